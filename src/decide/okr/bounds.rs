//! A guardrail over a period: how much of the known time it held (rules K6, K7).

use jiff::Timestamp;

use crate::model::calendar::Window;
use crate::model::history::{Definition, Point};
use crate::model::{Quantity, Verdict};

/// How long a verdict stands when its reports do not say: a week.
pub const FRESH: u64 = 7 * 86_400;

/// How the time of a period was spent, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InBounds {
    /// Within bounds.
    pub met: i64,
    /// Out of bounds.
    pub missed: i64,
    /// Not known.
    pub unknown: i64,
}

impl InBounds {
    /// The share of the time that is known, 0 to 1; nothing is known of no time.
    pub fn known(self) -> Quantity {
        Quantity::ratio(
            self.met + self.missed,
            self.met + self.missed + self.unknown,
        )
        .unwrap_or(Quantity::ZERO)
    }

    /// Time in bounds over time known; `None` if less than half of the time is known.
    pub fn score(self) -> Option<Quantity> {
        let half = Quantity::ratio(1, 2)?;
        Quantity::ratio(self.met, self.met + self.missed).filter(|_| self.known() >= half)
    }
}

/// How a guardrail held from the begin of the period until `now` or the period's end.
///
/// `points` are those of the key result in the order of time, also from before the period. A
/// verdict holds from its record until the next one, but no longer than `fresh` seconds. Only
/// states count, and only under this definition: what was judged under another one, or on a
/// change, leaves the time unknown.
pub fn in_bounds(
    points: &[&Point],
    definition: Definition,
    period: Window,
    now: Timestamp,
    fresh: u64,
) -> InBounds {
    let until = now.min(period.end);
    let span = Window {
        start: period.start,
        end: until,
    };
    let mut spent = InBounds::default();
    let states: Vec<&&Point> = points.iter().filter(|point| point.of_state).collect();
    for (place, point) in states.iter().enumerate() {
        let next = states.get(place + 1).map_or(until, |next| next.at);
        let seconds = i64::try_from(fresh).unwrap_or(i64::MAX);
        let stale = Timestamp::from_second(point.at.as_second().saturating_add(seconds))
            .unwrap_or(Timestamp::MAX);
        let held = Window {
            start: point.at.max(span.start),
            end: next.min(stale).min(span.end),
        }
        .seconds();
        if point.definition == definition {
            match point.verdict {
                Verdict::Met => spent.met += held,
                Verdict::Missed => spent.missed += held,
                Verdict::Unknown => {}
            }
        }
    }
    spent.unknown = span.seconds() - spent.met - spent.missed;
    spent
}
