//! `introduced` since the last record or the period's begin (rule M31).

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::past::Past;
use super::{Measurement, Reason, count};
use crate::model::history::LifeState;
use crate::model::{FindingId, Quantity};
use crate::policy::{Distinct, Filter};

/// Findings of this run that the history does not know from before the begin. A finding that
/// moved under another id counts as new.
pub(super) fn measure(
    past: &Past<'_>,
    filter: &Filter,
    of_period: bool,
    distinct: Distinct,
) -> Result<Measurement, Reason> {
    let begin = begin(past, of_period)?;
    let known: BTreeSet<FindingId> = past
        .history
        .lives
        .iter()
        .filter(|life| match begin {
            Some(begin) => life.first_seen < begin,
            None => life.state == LifeState::Open,
        })
        .flat_map(|life| life.aliases.iter().chain([&life.id]).copied())
        .collect();
    let sight = past.sight;
    let is_known = |place: u32| {
        let view = sight.view(place);
        view.and_then(|view| view.id())
            .is_some_and(|id| known.contains(&id))
    };
    let mut sorted = sight.sort(filter, false);
    let before = sorted.counted.len();
    sorted.counted.retain(|place| !is_known(*place));
    sorted.retain_undecided(|place| !is_known(place));
    sorted.existing = u64::try_from(before - sorted.counted.len()).unwrap_or(u64::MAX);
    let counted = count::one_of_each(sight, std::mem::take(&mut sorted.counted), distinct);
    let mut measurement = past.empty();
    let value = Quantity::count(u64::try_from(counted.len()).unwrap_or(u64::MAX));
    measurement.counted = sight.worst_first(counted);
    Ok(count::fill_in(sight, filter, sorted, measurement, value))
}

/// The begin of the period; `None` for what was open at the last record.
fn begin(past: &Past<'_>, of_period: bool) -> Result<Option<Timestamp>, Reason> {
    if of_period {
        let period = past.sight.policy.period.as_ref();
        return period
            .map(|period| Some(period.start))
            .ok_or_else(|| Reason {
                code: "no-history",
                message: "the policy has no period".into(),
                remedy: Some("add `period: …`, or say `since: previous`".into()),
            });
    }
    if past.history.scans.is_empty() {
        return Err(Reason {
            code: "no-history",
            message: "nothing is recorded yet to compare with".into(),
            remedy: Some("record a state first".into()),
        });
    }
    Ok(None)
}
