//! The last thirteen weeks of a key result at a glance (section 5 of the rules, P30).

use maud::{Markup, html};

use super::length::{Area, Length, Path, Spot};
use super::scale::Scale;
use super::{Mark, Reading};
use crate::model::Quantity;
use crate::render::encode::html::HtmlText;

/// How many weeks are drawn.
pub const WEEKS: usize = 13;

/// The figures of the last weeks.
#[derive(Debug)]
pub struct Sparkline<'a> {
    /// Unique among the sparklines of the page.
    pub id: &'a str,
    /// What it is.
    pub title: HtmlText,
    /// What it says.
    pub says: String,
    /// The last known figure of each week, the oldest first; `None` where none is known. Of
    /// more than [`WEEKS`] the last are drawn.
    pub weeks: Vec<Option<Reading>>,
}

const WIDTH: Length = Length::units(96);
const HEIGHT: Length = Length::units(24);
const EDGE: Length = Length::units(5);

impl Sparkline<'_> {
    /// The drawing.
    pub fn drawing(&self) -> Markup {
        let weeks = self.last_weeks();
        let values: Vec<Quantity> = weeks.iter().flatten().map(|week| week.value).collect();
        let scale = scale(&values);
        let step = (WIDTH - EDGE - EDGE).in_tenths() / 12;
        let x = |place: usize| {
            let place = i64::try_from(place).unwrap_or(0);
            EDGE + Length::tenths(step * place)
        };
        let mut path = Path::default();
        let mut joined = false;
        for (place, week) in weeks.iter().enumerate() {
            if let Some(week) = week {
                let spot = Spot {
                    x: x(place),
                    y: scale.place(week.value),
                };
                if joined {
                    path.line(spot);
                } else {
                    path.go(spot);
                }
            }
            joined = week.is_some();
        }
        let half = Length::tenths(step / 2);
        let band = |place| Area {
            left: x(place) - half,
            top: Length::units(2),
            right: x(place) + half,
            bottom: HEIGHT - Length::units(2),
        };
        let last = weeks.iter().enumerate().rev();
        let last = last.filter_map(|(place, week)| week.map(|week| (place, week)));
        let first = weeks
            .iter()
            .position(Option::is_some)
            .unwrap_or(weeks.len());
        let name = format!("spark-{}-name", self.id);
        let says = format!("spark-{}-says", self.id);
        html! {
            svg role="img" class="spark" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) }
                aria-labelledby={ (name) " " (says) } {
                title id=(name) { (self.title) }
                desc id=(says) { (self.says) }
                @for (place, week) in weeks.iter().enumerate() {
                    @if week.is_none() && place > first {
                        path class="hatch" d=(band(place).hatch(Length::units(4))) {}
                    }
                }
                path class="value" d=(path) {}
                @for (place, week) in last.take(1) {
                    (week.mark.at(Spot { x: x(place), y: scale.place(week.value) }, Length::tenths(30)))
                }
                @if weeks.last().is_some_and(Option::is_none) {
                    (Mark::Unknown.at(Spot {
                        x: x(WEEKS - 1), y: HEIGHT.middle(Length::default())
                    }, Length::tenths(35)))
                }
            }
        }
    }

    /// Thirteen weeks; those before the first one that is given are unknown.
    fn last_weeks(&self) -> Vec<Option<Reading>> {
        let absent = WEEKS.saturating_sub(self.weeks.len());
        let skipped = self.weeks.len().saturating_sub(WEEKS);
        std::iter::repeat_n(None, absent)
            .chain(self.weeks.iter().skip(skipped).copied())
            .collect()
    }
}

/// From the least figure to the greatest; one figure alone in the middle.
fn scale(values: &[Quantity]) -> Scale {
    let ends = (HEIGHT - EDGE, EDGE);
    let least = values.iter().min().copied().unwrap_or(Quantity::ZERO);
    let most = values.iter().max().copied().unwrap_or(Quantity::ZERO);
    if least == most {
        let around = [least.minus(Quantity::ONE), most.plus(Quantity::ONE)];
        return Scale::between(around, ends);
    }
    Scale::between([least, most], ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spark(values: &[Option<i64>]) -> String {
        let weeks = values
            .iter()
            .map(|value| {
                value.map(|value| Reading {
                    at: jiff::Timestamp::UNIX_EPOCH,
                    value: Quantity::whole(value),
                    mark: Mark::Missed,
                })
            })
            .collect();
        let spark = Sparkline {
            id: "a",
            title: HtmlText::label(crate::model::Untrusted::new("x")),
            says: "from 3 to 1".to_owned(),
            weeks,
        };
        spark.drawing().into_string()
    }

    #[test]
    fn report_p30_an_unknown_week_is_a_gap_with_a_hatched_band() {
        let drawn = spark(&[Some(3), Some(2), None, Some(1)]);
        // The four weeks are the last of thirteen, 7.1 units apart.
        assert!(
            drawn.contains(r#"<path class="value" d="M68.9 5L76 12M90.2 19"></path>"#),
            "{drawn}"
        );
        assert_eq!(drawn.matches("class=\"hatch\"").count(), 1, "{drawn}");
        assert!(drawn.contains("class=\"mark missed\""), "{drawn}");
        assert!(!drawn.contains("mark unknown"), "{drawn}");
        let ends_unknown = spark(&[Some(3), None]);
        assert!(ends_unknown.contains("mark unknown"), "{ends_unknown}");
    }

    #[test]
    fn report_p34_more_than_thirteen_weeks_show_the_last_thirteen() {
        let values: Vec<_> = (0..40).map(Some).collect();
        let drawn = spark(&values);
        assert_eq!(drawn.matches('L').count(), 12 + 2, "a line and a cross");
        assert!(drawn.contains("M5 19L"), "{drawn}");
    }

    #[test]
    fn report_p23_a_drawing_has_a_name_and_says_something() {
        let drawn = spark(&[]);
        assert!(drawn.starts_with("<svg role=\"img\""), "{drawn}");
        assert!(drawn.contains("aria-labelledby=\"spark-a-name spark-a-says\""));
        assert!(drawn.contains("<title id=\"spark-a-name\">x</title>"));
        assert!(drawn.contains("<desc id=\"spark-a-says\">from 3 to 1</desc>"));
    }
}
