//! The recorded points of a key result as the arithmetic looks at them (rules K21, K29).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::Quantity;
use crate::model::calendar::{Cadence, Window};
use crate::model::history::{Definition, Point};

/// A stretch of points whose number means the same (rule K29).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What the number means.
    pub definition: Definition,
    /// When its first point was judged.
    pub from: Timestamp,
    /// When its last one was.
    pub until: Timestamp,
    /// How many points it has.
    pub points: usize,
    /// True if it is what the policy means today: scores and forecasts use it alone.
    pub current: bool,
}

/// Cuts the points of one key result, in the order of time, where their definition changes.
/// Two segments side by side are a change of the policy, with both definitions.
///
/// Only the last segment can be the current one: a definition that was left and came back
/// begins anew.
pub fn segments<'a>(
    points: impl IntoIterator<Item = &'a Point>,
    current: Definition,
) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for point in points {
        match segments.last_mut() {
            Some(last) if last.definition == point.definition => {
                last.until = point.at;
                last.points += 1;
            }
            _ => segments.push(Segment {
                definition: point.definition,
                from: point.at,
                until: point.at,
                points: 1,
                current: false,
            }),
        }
    }
    if let Some(last) = segments.last_mut() {
        last.current = last.definition == current;
    }
    segments
}

/// The points of the current segment: those at the end whose definition is this one.
pub fn current<'a>(points: &[&'a Point], definition: Definition) -> Vec<&'a Point> {
    let begin = points
        .iter()
        .rposition(|point| point.definition != definition)
        .map_or(0, |last_other| last_other + 1);
    points.iter().skip(begin).copied().collect()
}

/// A figure at a step of time: the week (or step of a cadence) of the period, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many steps after the first one of the period.
    pub number: i64,
    /// The last figure that was known in it.
    pub value: Quantity,
}

/// The last known figure of each step of the period, and how many steps the period has after
/// the last of them (rule K21, step 1). `known` is in the order of time.
pub fn steps(
    known: &[(Timestamp, Quantity)],
    period: Window,
    cadence: Cadence,
    zone: &TimeZone,
) -> (Vec<Step>, usize) {
    let mut steps: Vec<Step> = Vec::new();
    let mut left = 0;
    let mut number = 0;
    let mut at = period.start;
    while at < period.end
        && number < 10_000
        && let Some(window) = cadence.window_of(at, zone)
    {
        // In years of records the last one before the end is looked up, not searched for.
        let end = window.end.min(period.end);
        let before = known.partition_point(|(moment, _)| *moment < end);
        let last = before.checked_sub(1).and_then(|place| known.get(place));
        let last = last.filter(|(at, _)| window.contains(*at) && period.contains(*at));
        if let Some((_, value)) = last {
            left = 0;
            steps.push(Step {
                number,
                value: *value,
            });
        } else {
            left += 1;
        }
        number += 1;
        if window.end <= at {
            break;
        }
        at = window.end;
    }
    (steps, left)
}
