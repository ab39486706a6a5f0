//! `suppressed`: how many findings were silenced (rule M30).

use super::sight::Sight;
use super::{Measurement, count};
use crate::model::Quantity;
use crate::policy::{Filter, SuppressedAs, SuppressedBy, Unit};
use crate::scope::Standing;

/// Counts findings that pass the filter and were silenced in one of the given ways.
pub(super) fn measure(
    sight: &Sight<'_>,
    filter: &Filter,
    by: &[SuppressedBy],
    shown_as: SuppressedAs,
    introduced_only: bool,
) -> Measurement {
    let mut sorted = sight.sort(filter, introduced_only);
    let all = sorted.set_aside.len() + sorted.counted.len();
    let silenced: Vec<u32> = sorted
        .set_aside
        .iter()
        .copied()
        .filter(|place| {
            let index = usize::try_from(*place).unwrap_or(usize::MAX);
            is_silenced(sight.scoped.standing(index), by)
        })
        .collect();
    let number = i64::try_from(silenced.len()).unwrap_or(i64::MAX);
    let mut measurement = match shown_as {
        SuppressedAs::Count => Measurement::empty(Unit::Findings),
        SuppressedAs::Share => Measurement::empty(Unit::Percent),
    };
    measurement.n = u64::try_from(all).ok();
    measurement.counted = sight.worst_first(silenced);
    let share = Quantity::ratio(number, i64::try_from(all).unwrap_or(i64::MAX));
    let value = match shown_as {
        SuppressedAs::Count => Quantity::whole(number),
        // Nothing found at all: nothing was silenced.
        SuppressedAs::Share => share.unwrap_or(Quantity::ZERO),
    };
    sorted.set_aside.clear();
    let mut measurement = count::fill_in(sight, filter, sorted, measurement, value);
    if shown_as == SuppressedAs::Share && !measurement.reasons.is_empty() {
        // A share can fall as well as rise when more is known: there is no bound.
        measurement.value = None;
    }
    measurement
}

/// True if the finding is silenced in one of the given ways.
pub(super) fn is_silenced(standing: Standing, by: &[SuppressedBy]) -> bool {
    match standing {
        Standing::Counted => false,
        Standing::Waived => by.contains(&SuppressedBy::Waiver),
        Standing::Vex => by.contains(&SuppressedBy::Vex),
        Standing::SuppressedInReport | Standing::Dismissed => by.contains(&SuppressedBy::Source),
    }
}
