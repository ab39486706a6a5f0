//! `escape_rate`: which share of findings no change showed first (rule M14).

use super::past::{Past, Window};
use super::{Measurement, Reason};
use crate::model::history::{Close, Life};
use crate::model::{Event, Quantity};

/// First seen on the state over all that were first seen in the window. What came with
/// another version of a tool, or by a new advisory on an old dependency, no change could have
/// shown.
pub(super) fn measure(past: &Past<'_>, window: Window) -> Result<Measurement, Reason> {
    let runs = &past.history.runs;
    if !runs
        .iter()
        .any(|run| run.event == Event::Change && window.holds(run.at))
    {
        return Err(Reason {
            code: "changes-not-recorded",
            message: "no change was recorded in the window".into(),
            remedy: Some("say `record: { changes: true }` in the policy".into()),
        });
    }
    let (mut all, mut escaped, mut left_out, mut undated) = (0_i64, 0_i64, 0_u64, 0_u64);
    for life in &past.lives {
        let is_new = window.holds(life.first_seen) && !life.is_adopted();
        if !is_new || matches!(life.left, Some(Close::FalsePositive(_))) {
            continue;
        }
        if life.by_tool_change {
            left_out += 1;
        } else if life.seen_on_change {
            all += 1;
        } else {
            match by_new_advisory(past, life) {
                Some(true) => left_out += 1,
                Some(false) => {
                    all += 1;
                    escaped += 1;
                }
                None => undated += 1,
            }
        }
    }
    if undated > 0 {
        return Err(Reason {
            code: "undecided",
            message: format!("{undated} findings in dependencies whose advisory has no known date")
                .into(),
            remedy: Some("name a file with their dates in `data.advisories`".into()),
        });
    }
    let mut measurement = past.empty();
    measurement.n = u64::try_from(all).ok();
    measurement.value = Quantity::ratio(escaped, all);
    if measurement.value.is_none() {
        return Err(Reason {
            code: "insufficient-data",
            message: "nothing was first seen in the window".into(),
            remedy: None,
        });
    }
    if left_out > 0 {
        measurement.notes.push(
            format!(
                "{left_out} came with another version of a tool or a new advisory, and are left out"
            )
            .into(),
        );
    }
    Ok(measurement)
}

/// True if its advisory came out after the scan before; `None` if nobody knows.
fn by_new_advisory(past: &Past<'_>, life: &Life) -> Option<bool> {
    if life.package.is_none() {
        return Some(false);
    }
    let published = life.advisory_published?;
    let stream = usize::try_from(life.stream).ok()?;
    let before = past
        .admitted_scans(stream)
        .filter(|scan| scan.at < life.first_seen)
        .last();
    Some(before.is_some_and(|scan| scan.at < published))
}
