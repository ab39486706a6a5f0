//! Changes of tools: another version, or other rules (rules L18, P32).

use jiff::Timestamp;

use crate::model::calendar::Window;
use crate::model::history::{Cause, History, PastScan, PastStream, RecordId};
use crate::model::{Class, UntrustedText};

/// A scan by another version of a tool, or with other rules, than the scan before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolChange {
    /// When the scan was judged.
    pub at: Timestamp,
    /// The record of its run.
    pub record: RecordId,
    /// The tool by its alias.
    pub tool: UntrustedText,
    /// What it looks for.
    pub class: Class,
    /// The version before, where the records tell it.
    pub from: Option<UntrustedText>,
    /// The version since. The same as before means other rules.
    pub to: Option<UntrustedText>,
    /// How many findings came with it (rule L18).
    pub came: usize,
    /// How many went with it.
    pub went: usize,
}

/// The changes of tools in a span, in the order of time.
pub(super) fn tool_changes(history: &History, span: Window) -> Vec<ToolChange> {
    let changed = history.scans.iter().enumerate().filter(|(_, scan)| {
        scan.tool_change
            && scan.unadmitted.is_none()
            && span.start <= scan.at
            && scan.at <= span.end
    });
    changed
        .filter_map(|(place, scan)| {
            let stream = stream(history, scan)?;
            let before = history.scans.get(..place)?.iter();
            let before = before
                .rev()
                .find(|other| other.stream == scan.stream && other.unadmitted.is_none());
            let of_stream = || history.lives.iter().filter(|l| l.stream == scan.stream);
            let went = of_stream()
                .flat_map(|life| &life.episodes)
                .filter(|episode| episode.fixed == Some((scan.at, Cause::ToolChange)));
            let came = of_stream().filter(|life| life.by_tool_change && life.first_seen == scan.at);
            Some(ToolChange {
                at: scan.at,
                record: scan.record,
                tool: stream.tool.clone(),
                class: stream.class,
                from: before.and_then(|scan| version(history, scan, stream)),
                to: version(history, scan, stream),
                came: came.count(),
                went: went.count(),
            })
        })
        .collect()
}

fn stream<'a>(history: &'a History, scan: &PastScan) -> Option<&'a PastStream> {
    history.streams.get(usize::try_from(scan.stream).ok()?)
}

/// The version of the tool in the run of a scan.
fn version(history: &History, scan: &PastScan, stream: &PastStream) -> Option<UntrustedText> {
    let run = history.runs.iter().find(|run| run.record == scan.record)?;
    let mut reports = run.reports.iter();
    let report = reports.find(|report| {
        report.class == Some(stream.class) && report.tool.as_ref() == Some(&stream.tool)
    })?;
    report.version.clone()
}
