//! `fix_rate` and `net_flow`: what came and what went (rules M11, M12).

use std::collections::BTreeSet;

use super::lives::last_fix;
use super::past::{Past, Window};
use super::{Measurement, Reason};
use crate::diagnostic::Message;
use crate::model::history::{Cause, Close};
use crate::model::{Quantity, Untrusted};

/// What came and went in a window.
struct Flow {
    new: i64,
    fixed: i64,
    by_tool: u64,
    joined: BTreeSet<String>,
}

/// Fixed over new.
pub(super) fn fix_rate(past: &Past<'_>, window: Window) -> Result<Measurement, Reason> {
    let flow = flow(past, window)?;
    let mut measurement = said(&flow, past.empty());
    measurement.value = Quantity::ratio(flow.fixed, flow.new);
    if measurement.value.is_none() {
        return Err(Reason {
            code: "insufficient-data",
            message: format!("nothing new in the window, and {} fixed", flow.fixed).into(),
            remedy: Some("`net_flow` counts these too".into()),
        });
    }
    Ok(measurement)
}

/// New less fixed.
pub(super) fn net_flow(past: &Past<'_>, window: Window) -> Result<Measurement, Reason> {
    let flow = flow(past, window)?;
    let mut measurement = said(&flow, past.empty());
    measurement.value = Some(Quantity::whole(flow.new - flow.fixed));
    Ok(measurement)
}

fn said(flow: &Flow, mut measurement: Measurement) -> Measurement {
    measurement.n = u64::try_from(flow.new + flow.fixed).ok();
    measurement
        .notes
        .push(format!("{} new, {} fixed", flow.new, flow.fixed).into());
    if flow.by_tool > 0 {
        measurement.notes.push(
            format!(
                "{} came or went with another version of a tool, and are not counted",
                flow.by_tool
            )
            .into(),
        );
    }
    if let Some(first) = flow.joined.first() {
        measurement.notes.push(
            Message::from(format!(
                "{} repositories joined in the window and are left out: ",
                flow.joined.len()
            ))
            .foreign(Untrusted::new(first)),
        );
    }
    measurement
}

/// Counts over the streams that were there all the time: a repository that joined in the
/// window brings a backlog, which is no decay. A stream without a scan in the window leaves
/// no figure.
fn flow(past: &Past<'_>, window: Window) -> Result<Flow, Reason> {
    let joined: BTreeSet<String> = past
        .history
        .streams
        .iter()
        .map(|stream| stream.repository.clone())
        .filter(|repository| {
            let mut first = past.history.scans.iter().filter(|scan| {
                let stream = usize::try_from(scan.stream).ok();
                let stream = stream.and_then(|place| past.history.streams.get(place));
                stream.is_some_and(|stream| stream.repository == *repository)
            });
            first.all(|scan| scan.at >= window.start)
        })
        .collect();
    let mut flow = Flow {
        new: 0,
        fixed: 0,
        by_tool: 0,
        joined,
    };
    for life in &past.lives {
        let stays = past
            .lens
            .stream(life)
            .is_some_and(|stream| !flow.joined.contains(&stream.repository));
        if !stays || matches!(life.left, Some(Close::FalsePositive(_))) {
            continue;
        }
        if window.holds(life.first_seen) && !life.left_truncated {
            if life.by_tool_change {
                flow.by_tool += 1;
            } else {
                flow.new += 1;
            }
        }
        match last_fix(life) {
            Some((at, Cause::ToolChange)) if window.holds(at) => flow.by_tool += 1,
            Some((at, _)) if window.holds(at) => flow.fixed += 1,
            _ => {}
        }
    }
    for stream in &past.streams {
        let place = usize::try_from(*stream).unwrap_or(usize::MAX);
        let stays = past.history.streams.get(place);
        if stays.is_some_and(|stream| flow.joined.contains(&stream.repository)) {
            continue;
        }
        if !past.admitted_scans(place).any(|scan| window.holds(scan.at)) {
            let tool = past.history.streams.get(place);
            let mut message = Message::from("no scan in the window");
            if let Some(stream) = tool {
                message = message.own(" by ").foreign(stream.tool.as_untrusted());
            }
            return Err(Reason {
                code: "stream-stale",
                message,
                remedy: Some("run it again".into()),
            });
        }
    }
    Ok(flow)
}
