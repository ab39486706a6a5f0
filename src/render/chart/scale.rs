//! From figures and moments to coordinates, exactly (rules P29, P33).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::length::Length;
use crate::model::Quantity;
use crate::model::calendar::{Cadence, Window, iso_week};

/// What the figures of an axis are. All are in the unit that is shown: days, not seconds;
/// percent, not a fraction of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The word at the axis: `findings`, `%`, `d`; empty where there is none.
    pub unit: &'static str,
    /// The least step between two ticks: 1 of a count.
    pub finest: Quantity,
    /// True if the axis begins at 0, as that of a count does.
    pub from_zero: bool,
    /// The greatest figure that there can be, if there is one.
    pub most: Option<Quantity>,
}

impl Measured {
    /// Something that is counted.
    pub const fn count(unit: &'static str) -> Self {
        Self {
            unit,
            finest: Quantity::ONE,
            from_zero: true,
            most: None,
        }
    }
}

/// Where a figure lies beside the drawn range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// It is greater than the greatest drawn.
    Above,
    /// It is less than the least.
    Below,
}

/// The value axis of a drawing.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    /// What is marked, from low to high; the ends of the range are the first and the last.
    pub(super) ticks: Vec<Quantity>,
    low: Quantity,
    high: Quantity,
    /// Where `low` is drawn, and where `high` is.
    ends: (Length, Length),
}

/// The fewest ticks of an axis (rule P29).
const FEWEST: i128 = 4;
/// The most.
const MOST: i128 = 6;

impl Scale {
    /// The scale on which all of these figures are in range, drawn from one place to another.
    pub(super) fn over(
        figures: impl IntoIterator<Item = Quantity>,
        measured: &Measured,
        ends: (Length, Length),
    ) -> Self {
        let mut range: Option<(Quantity, Quantity)> = None;
        for figure in figures {
            let (low, high) = range.unwrap_or((figure, figure));
            range = Some((low.min(figure), high.max(figure)));
        }
        let (mut low, high) = range.unwrap_or((Quantity::ZERO, Quantity::ZERO));
        if measured.from_zero {
            low = low.min(Quantity::ZERO);
        }
        let ticks = ticks(low, high, measured, FEWEST);
        let low = ticks.first().copied().unwrap_or(low);
        let high = ticks.last().copied().unwrap_or(high);
        Self {
            ticks,
            low,
            high,
            ends,
        }
    }

    /// The scale of ages from 0 on, with a tick more: four of them are told something beside
    /// the first.
    pub(super) fn of_ages(
        ages: impl IntoIterator<Item = Quantity>,
        measured: &Measured,
        ends: (Length, Length),
    ) -> Self {
        let most = ages.into_iter().fold(Quantity::ZERO, Quantity::max);
        let ticks = ticks(Quantity::ZERO, most, measured, FEWEST + 1);
        Self {
            low: Quantity::ZERO,
            high: ticks.last().copied().unwrap_or(most),
            ticks,
            ends,
        }
    }

    /// The scale from one figure to another, without ticks.
    pub(super) fn between([low, high]: [Quantity; 2], ends: (Length, Length)) -> Self {
        Self {
            ticks: Vec::new(),
            low,
            high,
            ends,
        }
    }

    /// Where a figure is drawn; one beside the range at its edge.
    pub(super) fn place(&self, figure: Quantity) -> Length {
        let (from, to) = self.ends;
        let share = figure
            .minus(self.low)
            .over(self.high.minus(self.low))
            .unwrap_or(Quantity::ZERO)
            .clamp_to_unit();
        let way = Quantity::whole((to - from).in_tenths());
        from + Length::tenths(nearest(share.times(way)))
    }

    /// On which side of the range a figure lies, if beside it.
    pub(super) fn beside(&self, figure: Quantity) -> Option<Edge> {
        if figure > self.high {
            Some(Edge::Above)
        } else if figure < self.low {
            Some(Edge::Below)
        } else {
            None
        }
    }

    /// The end of the range on a side.
    pub(super) fn edge(&self, edge: Edge) -> Quantity {
        match edge {
            Edge::Above => self.high,
            Edge::Below => self.low,
        }
    }
}

/// The nearest whole number, half to even.
pub(super) fn nearest(number: Quantity) -> i64 {
    let (num, den) = (number.numerator(), number.denominator());
    let (whole, rest) = (num.div_euclid(den), num.rem_euclid(den));
    let twice = rest.saturating_mul(2);
    let up = twice > den || (twice == den && whole.rem_euclid(2) == 1);
    i64::try_from(whole + i128::from(up)).unwrap_or(i64::MAX)
}

fn floor(number: Quantity) -> i128 {
    number.numerator().div_euclid(number.denominator())
}

/// Ticks by steps of 1, 2 or 5 of a power of ten, 4 to 6 of them, that hold the range.
fn ticks(low: Quantity, high: Quantity, measured: &Measured, fewest: i128) -> Vec<Quantity> {
    for step in steps().filter(|step| *step >= measured.finest) {
        let places = |figure: Quantity| figure.over(step);
        let (Some(first), Some(last)) = (places(low), places(high)) else {
            continue;
        };
        let (mut first, mut last) = (floor(first), -floor(Quantity::ZERO.minus(last)));
        if last.saturating_sub(first) + 1 > MOST {
            continue;
        }
        let most = measured.most.and_then(places).map(floor);
        while last - first + 1 < fewest {
            if most.is_some_and(|most| last >= most) {
                first -= 1;
            } else {
                last += 1;
            }
        }
        return (first..=last)
            .filter_map(|place| i64::try_from(place).ok())
            .map(|place| step.times(Quantity::whole(place)))
            .collect();
    }
    vec![low, high]
}

/// 1, 2 and 5 of each power of ten from a millionth on, in ascending order.
fn steps() -> impl Iterator<Item = Quantity> {
    let ten = Quantity::whole(10);
    let first = Quantity::ratio(1, 1_000_000).unwrap_or(Quantity::ONE);
    let powers = std::iter::successors(Some(first), move |power| Some(power.times(ten)));
    powers
        .take(25)
        .flat_map(|power| [1, 2, 5].map(|times| power.times(Quantity::whole(times))))
}

/// The time axis of a drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    window: Window,
    ends: (Length, Length),
}

/// The begin of an ISO week on a time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Week {
    /// Where it is drawn.
    pub(super) x: Length,
    /// What stands there; most have nothing.
    pub(super) name: Option<String>,
}

impl Time {
    /// The axis of a window, drawn from one place to another.
    pub(super) const fn over(window: Window, ends: (Length, Length)) -> Self {
        Self { window, ends }
    }

    /// Where a moment is drawn; one outside of the window at its end.
    pub(super) fn place(&self, at: Timestamp) -> Length {
        let (from, to) = self.ends;
        let share = self.window.elapsed(at);
        let way = Quantity::whole((to - from).in_tenths());
        from + Length::tenths(nearest(share.times(way)))
    }

    /// The begins of ISO weeks in the window, at most six of them named.
    pub(super) fn weeks(&self, zone: &TimeZone) -> Vec<Week> {
        let mut begins = Vec::new();
        let mut at = self.window.start;
        while let Some(week) = Cadence::Week.window_of(at, zone) {
            if week.start >= self.window.start {
                begins.push(week.start);
            }
            if week.end >= self.window.end || week.end <= at || begins.len() >= 2_000 {
                break;
            }
            at = week.end;
        }
        let years = begins.len() > 53;
        let most_names = if years { 4 } else { 6 };
        // Steps that a reader can count in: weeks, a month, a quarter, half a year, years.
        let strides = [1, 2, 3, 4, 8, 13, 26, 52, 104, 208, 520];
        let stride = strides
            .into_iter()
            .find(|stride| begins.len().div_ceil(*stride) <= most_names)
            .unwrap_or(1_040);
        begins
            .iter()
            .enumerate()
            .map(|(place, begin)| {
                let (year, week) = iso_week(*begin, zone);
                let name = if years {
                    format!("{year}-W{week:02}")
                } else {
                    format!("W{week:02}")
                };
                Week {
                    x: self.place(*begin),
                    name: (place % stride == 0).then_some(name),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ends() -> (Length, Length) {
        (Length::units(100), Length::units(0))
    }

    fn shown(low: i64, high: i64, measured: &Measured) -> Vec<String> {
        let figures = [low, high].map(Quantity::whole);
        let scale = Scale::over(figures, measured, ends());
        scale.ticks.iter().map(ToString::to_string).collect()
    }

    fn share() -> Measured {
        Measured {
            unit: "%",
            finest: Quantity::ONE,
            from_zero: false,
            most: Some(Quantity::whole(100)),
        }
    }

    #[test]
    fn report_p29_a_count_begins_at_nought_and_has_whole_ticks() {
        let findings = Measured::count("findings");
        assert_eq!(shown(26, 40, &findings), ["0", "10", "20", "30", "40"]);
        assert_eq!(shown(1, 1, &findings), ["0", "1", "2", "3"]);
        assert_eq!(shown(0, 0, &findings), ["0", "1", "2", "3"]);
        assert_eq!(
            shown(7, 412, &findings),
            ["0", "100", "200", "300", "400", "500"]
        );
    }

    #[test]
    fn report_p29_a_share_ends_at_its_whole() {
        assert_eq!(
            shown(35, 80, &share()),
            ["30", "40", "50", "60", "70", "80"]
        );
        assert_eq!(shown(100, 100, &share()), ["97", "98", "99", "100"]);
        assert_eq!(shown(96, 100, &share()), ["96", "97", "98", "99", "100"]);
    }

    #[test]
    fn report_p33_what_lies_beside_the_range_is_drawn_at_its_edge() {
        let of = Measured::count("findings");
        let scale = Scale::over([26, 40].map(Quantity::whole), &of, ends());
        assert_eq!(scale.place(Quantity::whole(40)), Length::units(0));
        assert_eq!(scale.place(Quantity::whole(30)), Length::units(25));
        let third = Quantity::ratio(40, 3).unwrap();
        assert_eq!(scale.place(third), Length::tenths(667));
        assert_eq!(scale.beside(Quantity::whole(41)), Some(Edge::Above));
        assert_eq!(scale.place(Quantity::whole(41)), Length::units(0));
        assert_eq!(scale.beside(Quantity::whole(-1)), Some(Edge::Below));
        assert_eq!(scale.place(Quantity::whole(-1)), Length::units(100));
        assert_eq!(scale.beside(Quantity::whole(26)), None);
    }

    #[test]
    fn report_p29_time_axes_mark_iso_weeks() {
        let names = |start: &str, end: &str| -> (usize, Vec<String>) {
            let window = Window {
                start: start.parse().unwrap(),
                end: end.parse().unwrap(),
            };
            let time = Time::over(window, (Length::units(0), Length::units(92)));
            let weeks = time.weeks(&TimeZone::UTC);
            assert!(weeks.windows(2).all(|pair| pair[0].x < pair[1].x));
            let names = weeks.iter().filter_map(|week| week.name.clone());
            (weeks.len(), names.collect())
        };
        let quarter = names("2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let marked = ["W41", "W44", "W47", "W50", "W53"].map(str::to_owned);
        assert_eq!(quarter, (13, marked.into()));
        let (weeks, marked) = names("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
        assert_eq!(weeks, 104);
        assert_eq!(marked, ["2026-W02", "2026-W28", "2027-W01", "2027-W27"]);
        let day = names("2026-10-05T00:00:00Z", "2026-10-06T00:00:00Z");
        assert_eq!(day, (1, vec!["W41".to_owned()]));
    }

    proptest! {
        #[test]
        fn report_p29_any_range_has_four_to_six_ticks_by_1_2_5(
            low in -1_000_000_000_000_i64..1_000_000_000_000,
            span in 0_i64..1_000_000_000_000,
            den in 1_i64..2_000,
            from_zero: bool,
        ) {
            let low = Quantity::ratio(low, den).unwrap();
            let high = low.plus(Quantity::ratio(span, den).unwrap());
            let measured = Measured {
                from_zero,
                finest: Quantity::ratio(1, 10).unwrap(),
                ..Measured::count("")
            };
            let ticks = Scale::over([low, high], &measured, ends()).ticks;
            prop_assert!((4..=6).contains(&ticks.len()), "{ticks:?}");
            prop_assert!(ticks[0] <= low && high <= ticks[ticks.len() - 1]);
            let step = ticks[1].minus(ticks[0]);
            let digits = step.to_string().replace(['0', '.'], "");
            prop_assert!(["1", "2", "5"].contains(&digits.as_str()), "{step}");
            prop_assert!(ticks.windows(2).all(|pair| pair[1].minus(pair[0]) == step));
        }
    }
}
