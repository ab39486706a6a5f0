//! The first figure of a period (rule K34).

use jiff::Timestamp;
use jiff::civil::Time;

use super::baseline::resolve;
use super::close::window;
use super::series::current;
use crate::measure;
use crate::model::history::{History, Point};
use crate::model::{Bound, Quantity};
use crate::policy::{KeyResult, Measure, Policy, definition};

/// Where a key result stood when its period began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstFigure {
    /// The figure, in the base unit.
    pub value: Quantity,
    /// When it was judged; of a check-in the begin of its day.
    pub at: Timestamp,
    /// True if it reaches the target.
    pub reaches: bool,
}

/// The first exact figure of the period under today's definition; `None` where there is none,
/// where the target is not known as a figure, and without a period.
pub fn first_figure(
    policy: &Policy,
    history: &History,
    key_result: &KeyResult,
    now: Timestamp,
) -> Option<FirstFigure> {
    let period = window(policy.period.as_ref()?);
    let known: Vec<(Timestamp, Quantity)> = if matches!(key_result.measure, Measure::CheckIn(_)) {
        let zone = policy.time_zone();
        let all = measure::checked_in(policy, key_result, history, now);
        let dated = all.into_iter().filter_map(|check_in| {
            let begin = check_in.as_of.to_datetime(Time::midnight());
            let begin = zone.to_ambiguous_timestamp(begin).compatible().ok()?;
            Some((begin, check_in.value?))
        });
        dated.collect()
    } else {
        let name = policy.record_name(key_result);
        let all: Vec<&Point> = history.points_of(&name).collect();
        let points = current(&all, definition(policy, key_result));
        let exact = points
            .into_iter()
            .filter(|point| point.of_state && point.bound == Bound::Exact);
        exact
            .filter_map(|point| Some((point.at, point.value?)))
            .collect()
    };
    let (at, value) = known.into_iter().find(|(at, _)| period.contains(*at))?;
    let target = resolve(policy, history, key_result).target;
    Some(FirstFigure {
        value,
        at,
        reaches: target.is_met_by(value)?,
    })
}
