//! Which repository was scanned for what (section 5 of the rules).

use maud::{Markup, html};

use super::Mark;
use super::axis::{self, width};
use super::length::{Length, Spot};
use crate::model::{Untrusted, UntrustedText};
use crate::render::encode::html::HtmlText;

/// How scans of one class stand in one repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scanned {
    /// They ran in time.
    InTime,
    /// The last one is too old.
    Stale,
    /// The last one failed.
    Failed,
    /// There was none.
    Never,
}

impl Scanned {
    /// Its shape; the words stand in the legend.
    pub const fn mark(self) -> Mark {
        match self {
            Self::InTime => Mark::Met,
            Self::Stale => Mark::Warning,
            Self::Failed => Mark::Missed,
            Self::Never => Mark::Unknown,
        }
    }

    /// Its words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InTime => "in time",
            Self::Stale => "stale",
            Self::Failed => "failed",
            Self::Never => "never",
        }
    }
}

/// Repositories by classes.
#[derive(Debug)]
pub struct CoverageGrid<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// What it is.
    pub title: HtmlText,
    /// What it says, in one sentence.
    pub says: String,
    /// The classes.
    pub classes: Vec<&'static str>,
    /// The repositories with a cell a class, in the order in which they are drawn: those that
    /// need somebody first, for of many the first are drawn.
    pub rows: Vec<(UntrustedText, Vec<Scanned>)>,
}

/// The most repositories that are drawn.
pub const MOST_ROWS: usize = 40;

const ROW: Length = Length::units(20);
/// Room of a name.
const NAMES: Length = Length::units(128);
/// Room of slanted heads.
const HEADS: Length = Length::units(52);

impl CoverageGrid<'_> {
    /// The figure; what has no room is counted (rule P4).
    pub fn figure(&self) -> Markup {
        let rows = self.rows.get(..MOST_ROWS).unwrap_or(&self.rows);
        let more = self.rows.len() - rows.len();
        let columns = i64::try_from(self.classes.len()).unwrap_or(1).max(1);
        let column = (axis::WIDTH - NAMES - Length::units(20)).in_tenths() / columns;
        let x = |place: usize| {
            let place = i64::try_from(place).unwrap_or(0);
            NAMES + Length::tenths(column.min(400) * place) + Length::units(14)
        };
        let y = |row: usize| {
            let row = i64::try_from(row).unwrap_or(0);
            HEADS + Length::tenths(ROW.in_tenths() * row) + Length::units(12)
        };
        let below = y(rows.len());
        let (legend, height) = legend(below);
        let inside = html! {
            @for (place, class) in self.classes.iter().enumerate() {
                @let turned = format!("rotate(-50 {} {})", x(place), HEADS - Length::units(2));
                text class="label" x=(x(place)) y=(HEADS - Length::units(2)) transform=(turned) {
                    (class)
                }
            }
            @for (row, (name, cells)) in rows.iter().enumerate() {
                line class="grid" x1="0" x2=(axis::WIDTH) y1=(y(row) + Length::units(10))
                    y2=(y(row) + Length::units(10)) {}
                text class="label" x="0" y=(y(row) + Length::units(4)) {
                    (fitted(name.as_untrusted()))
                }
                @for (place, cell) in cells.iter().enumerate() {
                    (cell.mark().at(Spot { x: x(place), y: y(row) }, Length::tenths(45)))
                }
            }
            (legend)
        };
        html! {
            figure class="chart" {
                (axis::drawing((self.id, &self.title, &self.says), height, &inside))
                @if more > 0 {
                    figcaption { "and " (more) " more repositories, in the table" }
                }
            }
        }
    }
}

fn legend(top: Length) -> (Markup, Length) {
    let mut x = Length::default();
    let states = [
        Scanned::InTime,
        Scanned::Stale,
        Scanned::Failed,
        Scanned::Never,
    ];
    let mut placed = Vec::new();
    for state in states {
        placed.push((state, x));
        x = x + Length::units(26) + width(state.as_str());
    }
    let drawn = html! {
        @for (state, x) in placed {
            (state.mark().at(Spot { x: x + Length::units(5), y: top + Length::units(9) }, Length::tenths(45)))
            text class="label" x=(x + Length::units(13)) y=(top + Length::units(13)) { (state.as_str()) }
        }
    };
    (drawn, top + Length::units(20))
}

/// As much of the end of a name as its room holds: repositories differ there.
fn fitted(name: Untrusted<'_>) -> HtmlText {
    HtmlText::tail(name, &|shown| width(shown) <= NAMES - Length::units(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: Vec<(UntrustedText, Vec<Scanned>)>) -> String {
        let grid = CoverageGrid {
            id: "cover",
            title: HtmlText::label(Untrusted::new("coverage")),
            says: "1 of 2".to_owned(),
            classes: vec!["sast", "secrets"],
            rows,
        };
        grid.figure().into_string()
    }

    #[test]
    fn report_p24_each_state_of_a_scan_has_its_shape_and_its_word() {
        let all = [
            Scanned::InTime,
            Scanned::Stale,
            Scanned::Failed,
            Scanned::Never,
        ];
        let rows = all.map(|state| {
            (
                UntrustedText::new("example.org/acme/pay"),
                vec![state, state],
            )
        });
        let drawn = drawn(rows.into());
        for class in ["met", "warning", "missed", "unknown"] {
            let mark = format!("class=\"mark {class}\"");
            assert_eq!(
                drawn.matches(&mark).count(),
                3,
                "two cells and a legend: {class}"
            );
        }
        for word in ["in time", "stale", "failed", "never"] {
            assert!(drawn.contains(&format!(">{word}<")), "{word}");
        }
    }

    #[test]
    fn report_p04_repositories_without_room_are_counted() {
        let rows = (0..43).map(|n| (UntrustedText::new(format!("r{n}")), vec![Scanned::Never]));
        let drawn = drawn(rows.collect());
        assert!(drawn.contains(">r39<") && !drawn.contains(">r40<"));
        assert!(drawn.contains("and 3 more repositories, in the table"));
    }

    #[test]
    fn report_p06_a_hostile_name_is_one_short_text() {
        let name = format!("{}<script>&\u{202e}x", "m".repeat(300));
        let drawn = drawn(vec![(UntrustedText::new(name), vec![Scanned::Never])]);
        assert!(
            drawn.contains(">…cript&gt;&amp;\\u{202e}x</text>"),
            "{drawn}"
        );
    }
}
