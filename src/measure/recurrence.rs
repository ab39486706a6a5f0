//! `recurrence`: which share of fixes did not last (rule M13).

use jiff::{SignedDuration, Timestamp};

use super::past::{Past, Window};
use super::{Measurement, Reason};
use crate::model::Quantity;
use crate::model::history::{Cause, Life};

/// Of the fixes whose follow-up ended in the window: those that were reopened within it, or
/// followed by a new finding of the same CWE in the same repository. Younger fixes wait;
/// their early recurrences alone would bias the share upwards.
pub(super) fn measure(past: &Past<'_>, window: Window, within: u64) -> Result<Measurement, Reason> {
    let length = SignedDuration::from_secs(i64::try_from(within).unwrap_or(i64::MAX));
    let (mut fixes, mut back, mut waiting) = (0_i64, 0_i64, 0_u64);
    for life in &past.lives {
        for (place, episode) in life.episodes.iter().enumerate() {
            let Some((at, cause)) = episode.fixed else {
                continue;
            };
            if cause == Cause::ToolChange {
                continue;
            }
            let over = at.checked_add(length).unwrap_or(Timestamp::MAX);
            if over > window.end {
                waiting += 1;
                continue;
            }
            if over < window.start {
                continue;
            }
            fixes += 1;
            let reopened = life
                .episodes
                .get(place + 1)
                .is_some_and(|next| next.opened <= over);
            // A fix that did both counts once.
            back += i64::from(reopened || followed(past, life, at, over));
        }
    }
    let mut measurement = past.empty();
    measurement.n = u64::try_from(fixes).ok();
    measurement.value = Quantity::ratio(back, fixes);
    measurement
        .notes
        .push(format!("{back} of {fixes} fixes did not last; {waiting} younger ones wait").into());
    if measurement.value.is_none() {
        return Err(Reason {
            code: "insufficient-data",
            message: "no fix has been followed for so long".into(),
            remedy: Some("choose a shorter `within`, or wait".into()),
        });
    }
    Ok(measurement)
}

/// True if another finding of the same CWE came into the same repository after the fix. One
/// that came with another version of the tool is old code.
fn followed(past: &Past<'_>, fixed: &Life, after: Timestamp, until: Timestamp) -> bool {
    let repository = past.lens.stream(fixed).map(|stream| &stream.repository);
    past.history.lives.iter().any(|life| {
        life.id != fixed.id
            && !life.by_tool_change
            && !life.left_truncated
            && after < life.first_seen
            && life.first_seen <= until
            && life.cwe.iter().any(|cwe| fixed.cwe.contains(cwe))
            && past.lens.stream(life).map(|stream| &stream.repository) == repository
    })
}
