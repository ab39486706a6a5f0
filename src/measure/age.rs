//! `age`: how old the open findings are (rule M10).

use super::lives::{Ending, cases, seconds_between};
use super::past::Past;
use super::{Bound, Measurement, Reason, rank};
use crate::model::Quantity;
use crate::model::history::Close;
use crate::policy::{Statistic, Until};

/// A quantile of the ages of what is open, by nearest rank. A finding that was there at the
/// first scan enters twice: with its age since then, and as infinitely old.
pub(super) fn measure(past: &Past<'_>, statistic: Statistic) -> Measurement {
    let mut measurement = past.empty();
    let cases = cases(&past.lives, Until::Fixed);
    let open = cases.iter().filter(|case| case.end == Ending::Open);
    let ages: Vec<(u64, bool)> = open
        .map(|case| {
            let age = seconds_between(case.first_seen, past.now);
            (age, case.left_truncated)
        })
        .collect();
    let dismissed = past
        .lives
        .iter()
        .filter(|life| {
            matches!(
                life.left,
                Some(Close::FalsePositive(_) | Close::Accepted(_))
            )
        })
        .count();
    measurement.n = u64::try_from(ages.len()).ok();
    if dismissed > 0 {
        measurement
            .notes
            .push(format!("{dismissed} were dismissed or accepted, and are not counted").into());
    }
    let (low, high) = bounds(&ages, statistic);
    measurement.value = Some(Quantity::count(low));
    if high != Some(low) {
        measurement.bound = Bound::AtLeast;
        measurement.at_most = high.map(Quantity::count);
        let truncated = ages.iter().filter(|(_, truncated)| *truncated).count();
        measurement.reasons.push(Reason {
            code: "age-before-adoption",
            message: format!("{truncated} were there at the first scan, and may be older").into(),
            remedy: Some("fix them first: until then only a bound is known".into()),
        });
    }
    measurement
}

/// The quantile with the ages since the first scan, and with unknown ages as infinite: `None`.
fn bounds(ages: &[(u64, bool)], statistic: Statistic) -> (u64, Option<u64>) {
    let mut low: Vec<u64> = ages.iter().map(|(age, _)| *age).collect();
    low.sort_unstable();
    let mut high: Vec<u64> = ages
        .iter()
        .map(|(age, truncated)| if *truncated { u64::MAX } else { *age })
        .collect();
    high.sort_unstable();
    let of = |ages: &[u64]| rank::nearest(ages, statistic.0).copied().unwrap_or(0);
    (of(&low), Some(of(&high)).filter(|age| *age != u64::MAX))
}
