//! Which recorded run judged what a change is to be merged into (rule P19).

use std::collections::BTreeSet;

use super::check::CheckRequest;
use super::trust::Ground;
use crate::model::history::{BaseRun, History, PastRun, RecordId};
use crate::model::{Event, ObjectId, UntrustedText};
use crate::policy::Policy;
use crate::record::lifecycle::{Descent, Lineage};

/// Runs that git is asked about; a branch is recorded as often as it moves, and the base is
/// seldom far behind its end.
const MOST_ASKED: usize = 50;

/// The run of the base commit itself, else the last one of its branch that came before it.
///
/// A run counts if it judged a state in the same environment and says something of this
/// policy's key results. Without a branch's name, or beyond what a shallow clone holds, only
/// what is certain counts: of a branch whose name is known the last run then does.
pub(super) fn base_run(
    history: &History,
    policy: &Policy,
    ground: &Ground,
    request: &CheckRequest,
    lineage: &dyn Lineage,
) -> Option<BaseRun> {
    let change = ground.change.as_ref()?;
    if ground.event != Event::Change {
        return None;
    }
    let base = &change.base.commit;
    let records = of_policy(history, policy);
    let runs: Vec<&PastRun> = history
        .runs
        .iter()
        .rev()
        .filter(|run| run.event == Event::State && run.at <= request.now)
        .filter(|run| environment(run) == request.environment.as_deref())
        .filter(|run| records.contains(&run.record))
        .collect();
    let is_of_base = |run: &&&PastRun| run.commit.as_ref() == Some(base);
    if let Some(run) = runs.iter().find(is_of_base) {
        return Some(found(run, true));
    }
    let branch = ground.reference.as_deref();
    let of_branch = runs.iter().filter(|run| {
        branch.is_none_or(|branch| run.reference.as_ref().map(short) == Some(branch))
    });
    let before = |run: &&&PastRun| comes_before(run.commit.as_ref(), base, branch, lineage);
    let run = of_branch.take(MOST_ASKED).find(before)?;
    Some(found(run, false))
}

/// True if the base holds a commit, or nobody can tell and it is of the same branch.
fn comes_before(
    commit: Option<&ObjectId>,
    base: &ObjectId,
    branch: Option<&str>,
    lineage: &dyn Lineage,
) -> bool {
    let descent = commit.map_or(Descent::Unknown, |commit| lineage.descent(commit, base));
    match descent {
        Descent::Newer => true,
        Descent::Older => false,
        Descent::Unknown => branch.is_some(),
    }
}

fn found(run: &PastRun, of_base: bool) -> BaseRun {
    BaseRun {
        record: run.record,
        at: run.at,
        commit: run.commit.clone(),
        of_base,
    }
}

/// The records that say something of the key results of a policy.
fn of_policy(history: &History, policy: &Policy) -> BTreeSet<RecordId> {
    let names = policy.key_results().map(|(_, kr)| policy.record_name(kr));
    let names: BTreeSet<String> = names.collect();
    let points = history.points.iter().filter(|point| point.of_state);
    let points = points.filter(|point| names.contains(&point.key_result));
    points.map(|point| point.record).collect()
}

fn environment(run: &PastRun) -> Option<&str> {
    run.environment.as_ref().map(UntrustedText::raw)
}

/// `main` of `refs/heads/main`.
fn short(reference: &UntrustedText) -> &str {
    let raw = reference.raw();
    raw.strip_prefix("refs/heads/").unwrap_or(raw)
}
