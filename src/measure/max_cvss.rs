//! `max_cvss`: the highest score among the findings that pass a filter (rule M29).

use super::sight::Sight;
use super::{Measurement, Open, count};
use crate::model::{Quantity, Tenths};
use crate::policy::{Filter, Unit, Unscored};
use crate::scope::JudgedScore;

/// The highest score; 0.0 with n 0 where nothing was found.
///
/// A finding without a score makes it a lower bound, unless the policy reads it otherwise.
pub(super) fn measure(sight: &Sight<'_>, filter: &Filter, introduced_only: bool) -> Measurement {
    let mut sorted = sight.sort(filter, introduced_only);
    let lens = sight.lens();
    let mut highest = Tenths::ZERO;
    let mut scored = Vec::new();
    for place in std::mem::take(&mut sorted.counted) {
        let Some(view) = sight.view(place) else {
            continue;
        };
        match lens.score(&view) {
            JudgedScore::Unknown => sorted.leave_open(place, Open::Unscored),
            JudgedScore::Ignored => sorted.ignored += 1,
            JudgedScore::Known(tenths, _)
            | JudgedScore::FromLevel(tenths)
            | JudgedScore::Assumed(tenths) => {
                highest = highest.max(tenths);
                scored.push(place);
            }
        }
    }
    let mut measurement = Measurement::empty(Unit::Cvss);
    measurement.n = u64::try_from(scored.len()).ok();
    let by_level = sight.policy.severity.unscored == Unscored::ByLevel;
    if by_level {
        let derived = scored
            .iter()
            .filter_map(|place| sight.view(*place))
            .filter(|view| matches!(lens.score(view), JudgedScore::FromLevel(_)))
            .count();
        if derived > 0 {
            measurement
                .notes
                .push(format!("{derived} of {} by level, not by score", scored.len()).into());
        }
    }
    measurement.counted = sight.worst_first(scored);
    let value = Quantity::ratio(i64::from(highest.get()), 10).unwrap_or(Quantity::ZERO);
    count::fill_in(sight, filter, sorted, measurement, value)
}
