//! What changed in a span (section 3 of the report).

use jiff::Timestamp;

use super::findings::findings;
use super::tools::tool_changes;
use super::{FindingChange, FindingCounts, ReportFilter, ToolChange};
use crate::decide::okr::Progress;
use crate::model::calendar::Window;
use crate::model::history::{Definition, History, PastPolicy};
use crate::model::{ObjectId, UntrustedText};

/// What changed in a span.
#[derive(Debug, Clone)]
pub struct Changes {
    /// What became of findings: new, reopened, fixed, left, unknown, the worst first. All of
    /// them; an output that shows fewer says how many.
    pub findings: Vec<FindingChange>,
    /// How many of each there are. Unknown are all that are so now.
    pub counts: FindingCounts,
    /// Key results whose number means something else since (rule K29).
    pub definitions: Vec<DefinitionChange>,
    /// Other versions of tools, or other rules (rule P32).
    pub tools: Vec<ToolChange>,
    /// Runs that were judged under another policy file than the run before.
    pub policies: Vec<PolicyChange>,
    /// Runs of another version of krgate, and with it of its packs.
    pub writers: Vec<WriterChange>,
    /// True if the history can tell: a ledger was read, and a run was recorded in it.
    pub is_known: bool,
    /// True if the history is whole; of one that is not, this is what the records that can be
    /// read tell, and there may be more.
    pub is_whole: bool,
}

/// A key result whose number means something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionChange {
    /// `objective/key-result`.
    pub key_result: String,
    /// When the first figure under the new one was judged.
    pub at: Timestamp,
    /// What it meant.
    pub before: Definition,
    /// What it means.
    pub after: Definition,
}

/// A run under another policy file than the run before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChange {
    /// When the run was judged.
    pub at: Timestamp,
    /// The digest before.
    pub before: String,
    /// The digest since.
    pub after: String,
    /// The commit that the new one was read from, if it was one.
    pub commit: Option<ObjectId>,
}

/// A run of another version of krgate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterChange {
    /// When the run was judged.
    pub at: Timestamp,
    /// The version before, as it calls itself.
    pub before: UntrustedText,
    /// The version since.
    pub after: UntrustedText,
}

pub(super) fn changes(
    history: &History,
    progress: &Progress,
    span: Window,
    filter: Option<&ReportFilter>,
    is_shown: impl Fn(&str) -> bool,
) -> Changes {
    let findings = findings(history, span, filter);
    let mut counts = FindingCounts::default();
    for change in &findings {
        counts.add(change.event);
    }
    let key_results = progress.objectives.iter().flat_map(|o| &o.key_results);
    let definitions = key_results
        .filter(|key_result| is_shown(&key_result.record_name))
        .flat_map(|key_result| {
            let pairs = key_result
                .segments
                .iter()
                .zip(key_result.segments.iter().skip(1));
            pairs.map(|(before, after)| DefinitionChange {
                key_result: key_result.record_name.clone(),
                at: after.from,
                before: before.definition,
                after: after.definition,
            })
        })
        .filter(|change| holds(span, change.at))
        .collect();
    Changes {
        findings,
        counts,
        definitions,
        tools: tool_changes(history, span),
        policies: policies(history, span),
        writers: writers(history, span),
        is_known: history.read && !history.runs.is_empty(),
        is_whole: history.doubts.is_empty(),
    }
}

fn holds(span: Window, at: Timestamp) -> bool {
    span.start <= at && at <= span.end
}

fn policies(history: &History, span: Window) -> Vec<PolicyChange> {
    let runs = history.runs.iter();
    let told: Vec<(Timestamp, &PastPolicy)> = runs
        .filter_map(|run| Some((run.at, run.policy.as_ref()?)))
        .collect();
    let pairs = told.windows(2).filter_map(|pair| match pair {
        [(_, before), (at, after)] if before.digest != after.digest => Some(PolicyChange {
            at: *at,
            before: before.digest.clone(),
            after: after.digest.clone(),
            commit: after.commit.clone(),
        }),
        _ => None,
    });
    pairs.filter(|change| holds(span, change.at)).collect()
}

fn writers(history: &History, span: Window) -> Vec<WriterChange> {
    let pairs = history.runs.windows(2).filter_map(|pair| match pair {
        [before, after] if before.writer != after.writer => Some(WriterChange {
            at: after.at,
            before: before.writer.clone(),
            after: after.writer.clone(),
        }),
        _ => None,
    });
    pairs.filter(|change| holds(span, change.at)).collect()
}
