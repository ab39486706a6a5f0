//! What the measures of the ledger share: whether there is one, and whether it is whole.

use jiff::Timestamp;

use super::{Measurement, Reason, check_in, events, milestones};
use crate::model::history::History;
use crate::policy::{KeyResult, Measure, Policy};

/// Measures what the ledger alone can tell of now: check-ins, events and steps. `None` for
/// every other measure.
pub fn from_ledger(
    policy: &Policy,
    key_result: &KeyResult,
    history: &History,
    now: Timestamp,
) -> Option<Measurement> {
    match &key_result.measure {
        Measure::CheckIn(demand) => {
            Some(check_in::measure(policy, key_result, *demand, history, now))
        }
        Measure::Events(demand) => Some(events::measure(policy, demand, history, now)),
        Measure::Milestones(steps) => {
            Some(milestones::measure(policy, key_result, steps, history, now))
        }
        _ => None,
    }
}

/// Why a history that was read cannot be relied on (rule M34); `None` if it is whole.
pub fn doubt(history: &History) -> Option<Reason> {
    history.doubts.first().map(|doubt| Reason {
        code: doubt.code,
        message: format!("the history is not whole: {}", doubt.what).into(),
        remedy: Some("repair the ledger; nothing of it is relied on before that".into()),
    })
}

/// Why nothing can be said from the ledger: there is none, or it is not whole.
pub(super) fn unreadable(history: &History) -> Option<Reason> {
    if !history.read {
        return Some(Reason {
            code: "no-ledger",
            message: "no ledger was read".into(),
            remedy: Some("name one under `ledger` in the policy".into()),
        });
    }
    doubt(history)
}
