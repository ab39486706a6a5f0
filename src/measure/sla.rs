//! `sla`: which share was closed in time (rule M9).

use super::lives::{Case, Ending, cases, seconds_between};
use super::past::{Past, Window};
use super::{Measurement, Reason};
use crate::model::{Quantity, Severity};
use crate::policy::{IfNone, Until};

/// Closed within the limit over closed and overdue; closed in the window. The clock of a
/// finding that was there at the first scan starts then, when the promise was made.
pub(super) fn measure(
    past: &Past<'_>,
    limits: &[(Severity, u64)],
    window: Window,
    until: Until,
    if_none: IfNone,
) -> Result<Measurement, Reason> {
    let cases = cases(&past.lives, until);
    of_cases(&cases, limits, window, if_none, past.empty())
}

fn of_cases(
    cases: &[Case],
    limits: &[(Severity, u64)],
    window: Window,
    if_none: IfNone,
    mut measurement: Measurement,
) -> Result<Measurement, Reason> {
    let unscored = cases.iter().filter(|case| case.severity.is_none()).count();
    if unscored > 0 {
        return Err(Reason {
            code: "unscored",
            message: format!("{unscored} findings of the past have no severity, so no limit")
                .into(),
            remedy: Some("give their level a number in `severity.by_level`".into()),
        });
    }
    let (mut kept, mut closed, mut overdue, mut adopted) = (0_i64, 0_i64, 0_i64, 0_u64);
    for case in cases {
        let limit = limits
            .iter()
            .find(|(band, _)| Some(*band) == case.severity)
            .map(|(_, limit)| *limit);
        let Some(limit) = limit else {
            continue;
        };
        let counts = match case.end {
            Ending::Reached(at) if window.holds(at) => {
                closed += 1;
                kept += i64::from(seconds_between(case.first_seen, at) <= limit);
                true
            }
            Ending::Reached(at) if at < window.end => false,
            Ending::Left(at) if at < window.end => false,
            _ => {
                let late = seconds_between(case.first_seen, window.end) > limit;
                overdue += i64::from(late);
                late
            }
        };
        adopted += u64::from(counts && case.left_truncated);
    }
    measurement.n = u64::try_from(closed + overdue).ok();
    measurement
        .notes
        .push(format!("{kept} of {closed} closed in time, {overdue} open past the limit").into());
    if adopted > 0 {
        measurement.notes.push(
            format!("the clock of {adopted} starts at the first scan, which found them").into(),
        );
    }
    measurement.value = match (Quantity::ratio(kept, closed + overdue), if_none) {
        (Some(share), _) => Some(share),
        (None, IfNone::Met) => Some(Quantity::ONE),
        (None, IfNone::Unknown) => {
            return Err(Reason {
                code: "insufficient-data",
                message: "nothing was closed in the window, and nothing is overdue".into(),
                remedy: Some("say `if_none: met` if that is fine".into()),
            });
        }
    };
    Ok(measurement)
}
