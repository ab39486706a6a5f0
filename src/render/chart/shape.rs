//! The shapes that tell verdicts without colour (rule P24).

use maud::{Markup, html};

use super::length::{Length, Path, Spot};
use crate::decide::Verdict;

/// What stands at a place of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A filled circle.
    Met,
    /// A cross.
    Missed,
    /// An open diamond.
    Unknown,
    /// A triangle.
    Warning,
}

impl From<Verdict> for Mark {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Met => Self::Met,
            Verdict::Missed => Self::Missed,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

impl Mark {
    /// The character of the same shape, where there is text and no drawing.
    pub const fn character(self) -> &'static str {
        match self {
            Self::Met => "●",
            Self::Missed => "✕",
            Self::Unknown => "◇",
            Self::Warning => "▲",
        }
    }

    /// The class that colours it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
        }
    }

    /// The shape round a point, `half` from it to its edge.
    pub(super) fn at(self, spot: Spot, half: Length) -> Markup {
        let corner = |x: i64, y: i64| Spot {
            x: spot.x + Length::tenths(x * half.in_tenths()),
            y: spot.y + Length::tenths(y * half.in_tenths()),
        };
        let mut path = Path::default();
        match self {
            Self::Met => {
                return html! {
                    circle class="mark met" cx=(spot.x) cy=(spot.y) r=(half) {}
                };
            }
            Self::Missed => {
                path.go(corner(-1, -1)).line(corner(1, 1));
                path.go(corner(-1, 1)).line(corner(1, -1));
            }
            Self::Unknown => {
                path.go(corner(0, -1)).line(corner(1, 0));
                path.line(corner(0, 1)).line(corner(-1, 0)).close();
            }
            Self::Warning => {
                path.go(corner(0, -1)).line(corner(1, 1));
                path.line(corner(-1, 1)).close();
            }
        }
        html! { path class={ "mark " (self.class()) } d=(path) {} }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_p24_each_verdict_has_a_shape_of_its_own() {
        let spot = Spot {
            x: Length::units(10),
            y: Length::units(20),
        };
        let drawn = [Mark::Met, Mark::Missed, Mark::Unknown, Mark::Warning]
            .map(|mark| mark.at(spot, Length::tenths(35)).into_string());
        assert_eq!(
            drawn,
            [
                r#"<circle class="mark met" cx="10" cy="20" r="3.5"></circle>"#,
                r#"<path class="mark missed" d="M6.5 16.5L13.5 23.5M6.5 23.5L13.5 16.5"></path>"#,
                r#"<path class="mark unknown" d="M10 16.5L13.5 20L10 23.5L6.5 20Z"></path>"#,
                r#"<path class="mark warning" d="M10 16.5L13.5 23.5L6.5 23.5Z"></path>"#,
            ]
        );
        let characters = [
            Mark::from(Verdict::Met),
            Mark::from(Verdict::Missed),
            Mark::from(Verdict::Unknown),
            Mark::Warning,
        ]
        .map(Mark::character);
        assert_eq!(characters, ["●", "✕", "◇", "▲"]);
    }
}
