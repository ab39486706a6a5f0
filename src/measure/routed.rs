//! `routed`: which share of findings has someone to look at it (rule M32).

use super::rows::unknown;
use super::sight::Sight;
use super::{Measurement, Reason, count};
use crate::model::Quantity;
use crate::policy::{Filter, Unit};

/// Findings whose path somebody owns over all of them. One without a path of the repository
/// has nobody.
pub(super) fn measure(sight: &Sight<'_>, filter: &Filter, introduced_only: bool) -> Measurement {
    let Some(owners) = &sight.figures().owners else {
        return unknown(
            Unit::Percent,
            Reason {
                code: "no-owners",
                message: "there is no CODEOWNERS file in `.github/`, at the root or in `docs/`, \
                          or it cannot be read"
                    .into(),
                remedy: Some("commit one; on a change that of the base commit is read".into()),
            },
        );
    };
    let sorted = sight.sort(filter, introduced_only);
    let owned = |place: &u32| {
        let view = sight.view(*place);
        view.and_then(|view| view.repo_path())
            .is_some_and(|path| owners.has_owner(path.as_str()))
    };
    let (routed, lost): (Vec<u32>, Vec<u32>) = sorted
        .counted
        .iter()
        .copied()
        .partition(|place| owned(place));
    let (few, all) = (routed.len(), sorted.counted.len());
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut measurement = Measurement::empty(Unit::Percent);
    measurement.n = u64::try_from(all).ok();
    // Those that somebody has to do something about.
    measurement.counted = sight.worst_first(lost);
    // No finding: there is none that nobody looks at.
    let value = Quantity::ratio(whole(few), whole(all)).unwrap_or(Quantity::ONE);
    let mut measurement = count::fill_in(sight, filter, sorted, measurement, value);
    if !measurement.reasons.is_empty() {
        // A share can fall as well as rise when more is known: there is no bound.
        measurement.value = None;
    }
    measurement
}
