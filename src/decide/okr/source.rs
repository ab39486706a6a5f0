//! Which record a figure rests on (rule K36).

use jiff::Timestamp;

use super::series::current;
use crate::measure;
use crate::model::history::{History, Point, RecordId};
use crate::policy::{KeyResult, Measure, Policy, definition};

/// The newest record that the figure of a key result rests on: a check-in, an event, or the
/// run that judged it as a state; `None` if it rests on none.
pub fn rests_on(
    policy: &Policy,
    history: &History,
    key_result: &KeyResult,
    now: Timestamp,
) -> Option<RecordId> {
    let name = policy.record_name(key_result);
    match &key_result.measure {
        Measure::CheckIn(_) => {
            let last = measure::checked_in(policy, key_result, history, now);
            last.last().map(|check_in| check_in.record)
        }
        Measure::Milestones(_) => {
            let all = history.check_ins.iter();
            let of_it = all.filter(|check_in| check_in.key_result == name);
            let last = of_it.max_by_key(|check_in| (check_in.at, check_in.record));
            last.map(|check_in| check_in.record)
        }
        Measure::Events(demand) => {
            let of_it = history.events.iter().filter(|it| it.name == demand.name);
            let last = of_it.max_by_key(|event| (event.at, event.record));
            last.map(|event| event.record)
        }
        _ => {
            let all: Vec<&Point> = history.points_of(&name).collect();
            let points = current(&all, definition(policy, key_result));
            let last = points.into_iter().rfind(|point| point.of_state);
            last.map(|point| point.record)
        }
    }
}
