//! `friction`: what the gate costs those whom it stops (rule M26).

use super::past::{Past, Window, too_little};
use super::{Measurement, Reason, overturned, rank};
use crate::model::Quantity;
use crate::policy::{Cost, Statistic};

/// A quantile, by nearest rank, of how long runs take or how soon they answer; or the share of
/// blocks that were overturned.
pub(super) fn measure(
    past: &Past<'_>,
    of: Cost,
    statistic: Statistic,
    window: Window,
    min_n: u64,
) -> Result<Measurement, Reason> {
    let runs = past.history.runs.iter().filter(|run| window.holds(run.at));
    // In milliseconds.
    let mut times: Vec<u64> = match of {
        Cost::Duration => runs.filter_map(|run| run.milliseconds).collect(),
        Cost::Feedback => runs
            .filter_map(|run| run.feedback_seconds?.checked_mul(1000))
            .collect(),
        Cost::Overturned => return overturned::measure(past, window, min_n),
    };
    times.sort_unstable();
    let number = u64::try_from(times.len()).unwrap_or(u64::MAX);
    if number < min_n {
        return Err(too_little(
            number,
            min_n,
            "runs of known length in the window",
        ));
    }
    let mut measurement = past.empty();
    measurement.n = Some(number);
    measurement.value = rank::nearest(&times, statistic.0)
        .and_then(|time| Quantity::ratio(i64::try_from(*time).ok()?, 1000));
    Ok(measurement)
}
