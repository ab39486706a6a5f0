//! The course of one key result over any time: its figure of each week, and the line through
//! them (rule K22).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::forecast::Insufficient;
use super::series::{Step, steps};
use super::trend::{Trend, trend};
use crate::model::Quantity;
use crate::model::calendar::{Cadence, Window};
use crate::model::history::Definition;

/// The course of a key result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The weeks that have a figure: their first day's begin, and the last figure of each.
    pub weeks: Vec<(Timestamp, Quantity)>,
    /// How many weeks there are, those without a figure too.
    pub of: usize,
    /// Where the last definition began, if there was another one before it (rule K29).
    pub redefined: Option<Timestamp>,
    /// The line through the weeks.
    pub trend: Result<Trend, Insufficient>,
}

/// The course of figures in a window, in weeks of a zone. They come in the order of time, each
/// with what it meant; `None` where it was not known, or only as a bound. Those before the last
/// change of the definition are another thing, and are left out.
pub fn course(
    figures: &[(Timestamp, Definition, Option<Quantity>)],
    window: Window,
    zone: &TimeZone,
) -> Course {
    let last = figures.last().map(|(_, definition, _)| *definition);
    let begin = figures
        .iter()
        .rposition(|(_, definition, _)| Some(*definition) != last)
        .map_or(0, |place| place + 1);
    let redefined = figures.get(begin).filter(|_| begin > 0).map(|(at, ..)| *at);
    let known: Vec<(Timestamp, Quantity)> = figures
        .iter()
        .skip(begin)
        .filter_map(|(at, _, value)| Some((*at, (*value)?)))
        .collect();
    let (steps, left) = steps(&known, window, Cadence::Week, zone);
    let of = steps.last().map_or(0, |step| step.number + 1);
    let of = usize::try_from(of).unwrap_or(0).saturating_add(left);
    Course {
        weeks: begins(&steps, window, zone),
        of,
        redefined,
        trend: trend(&steps),
    }
}

/// When each of the steps begins.
fn begins(steps: &[Step], window: Window, zone: &TimeZone) -> Vec<(Timestamp, Quantity)> {
    let mut weeks = Vec::new();
    let mut rest = steps.iter().peekable();
    let mut at = window.start;
    let mut number = 0;
    while let (Some(step), Some(week)) = (rest.peek(), Cadence::Week.window_of(at, zone)) {
        if step.number == number {
            weeks.push((week.start, step.value));
            rest.next();
        }
        number += 1;
        if week.end <= at {
            break;
        }
        at = week.end;
    }
    weeks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        let monday: Timestamp = "2026-10-05T00:00:00Z".parse().unwrap();
        monday + jiff::SignedDuration::from_hours(24 * day)
    }

    /// The worked line, with a gap, an earlier figure of a week and another definition before.
    #[test]
    fn key_result_k22_the_course_has_a_figure_a_week_and_the_line_through_them() {
        let (one, other) = (Definition([1; 16]), Definition([2; 16]));
        let mut figures = vec![(at(0), other, Some(Quantity::whole(900)))];
        for (week, value) in (1..).zip([40, 37, 36, 30, 60, 26]) {
            figures.push((at(week * 7), one, Some(Quantity::whole(value + 1))));
            figures.push((at(week * 7 + 3), one, Some(Quantity::whole(value))));
        }
        figures.push((at(7 * 7), one, None));
        let window = Window {
            start: at(0),
            end: at(9 * 7),
        };
        let course = course(&figures, window, &TimeZone::UTC);
        assert_eq!((course.weeks.len(), course.of), (6, 9));
        assert_eq!(course.weeks[0], (at(7), Quantity::whole(40)));
        assert_eq!(course.redefined, Some(at(7)));
        let trend = course.trend.unwrap();
        assert_eq!(trend.slope, Quantity::ratio(-11, 4).unwrap());
        // The line of the table begins one week before the first figure here.
        assert_eq!(trend.at(1), Quantity::ratio(319, 8).unwrap());
        assert_eq!(trend.at(13), Quantity::ratio(55, 8).unwrap());
    }
}
