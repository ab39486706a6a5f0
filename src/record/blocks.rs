//! Which findings blocked a change: written into its record, and read again (rule M26).

use std::collections::BTreeSet;

use super::canonical::{Object, Value, Whole};
use super::history::{commit, event_of, id_of, objects};
use super::identity::unhex;
use super::{Kind, Record};
use crate::decide::{Evaluation, ExitCode, KeyResultOutcome};
use crate::model::history::Block;
use crate::model::{Class, Event, FindingId, Verdict};
use crate::policy::Enforcement;
use crate::scope::Standing;

/// Puts the findings through which a key result blocks into its row: `blocking`, their ids, and
/// how many have none that lasts (`unnamed`, rule R10). An empty list says that something else
/// blocked: a scan that did not run, a figure that no finding makes.
pub(super) fn put(
    row: &mut Object,
    evaluation: &Evaluation,
    outcome: &KeyResultOutcome,
    secrets_have_ids: bool,
) {
    let scoped = &evaluation.scoped;
    let mut named: BTreeSet<FindingId> = BTreeSet::new();
    let mut unnamed = 0_u64;
    for place in places(outcome) {
        let Ok(place) = usize::try_from(*place) else {
            continue;
        };
        // What a measure of silenced findings counts is set aside already.
        if scoped.standing(place) != Standing::Counted {
            continue;
        }
        let finding = scoped.intake.findings.get(place);
        let lasts =
            secrets_have_ids || finding.is_some_and(|finding| finding.class != Class::Secrets);
        match scoped.intake.ids.get(place).filter(|_| lasts) {
            Some(id) => _ = named.insert(*id),
            None => unnamed += 1,
        }
    }
    let ids = named.iter().map(|id| Value::from(id.to_string()));
    row.set("blocking", ids.collect::<Vec<_>>());
    if unnamed > 0 {
        row.set("unnamed", Whole::count(unnamed));
    }
}

/// What is missed is so by what it counts. What is unknown is so by findings only where nothing
/// but they are undecided.
fn places(outcome: &KeyResultOutcome) -> &[u32] {
    let measurement = &outcome.measurement;
    match outcome.verdict {
        Verdict::Missed => &measurement.counted,
        Verdict::Unknown => {
            let mut reasons = measurement.reasons.iter();
            let by_findings = |code| matches!(code, "undecided" | "unscored");
            if reasons.all(|reason| by_findings(reason.code)) {
                &measurement.undecided
            } else {
                &[]
            }
        }
        Verdict::Met => &[],
    }
}

/// The runs that blocked a change, by time and then record. A later attempt of a run does not
/// undo that an earlier one blocked, so all of them are here (rule R8).
pub(super) fn of(records: &[&Record]) -> Vec<Block> {
    let blocks = records.iter().filter(|record| {
        record.kind() == Kind::Run
            && event_of(record) == Event::Change
            && record.body().number("exit") == Some(ExitCode::Failed.number().into())
    });
    let mut blocks: Vec<Block> = blocks.map(|record| block(record)).collect();
    blocks.sort_by_key(|block| (block.at, block.record));
    blocks
}

fn block(record: &Record) -> Block {
    let mut findings = BTreeSet::new();
    let (mut by_other, mut is_partial) = (false, false);
    for row in objects(record.body(), "krs").filter(|row| blocks(row)) {
        let ids = row.list("blocking");
        let unnamed = row.number("unnamed").unwrap_or(0);
        if row.get("blocking").is_none() || unnamed > 0 {
            is_partial = true;
        } else if ids.is_empty() {
            by_other = true;
        }
        let ids = ids.iter().filter_map(Value::as_text);
        findings.extend(ids.filter_map(unhex).map(FindingId::new));
    }
    Block {
        repository: record.repository_key().to_owned(),
        head: commit(record.body()),
        at: record.at(),
        record: id_of(record),
        findings: findings.into_iter().collect(),
        by_other,
        is_partial,
    }
}

fn blocks(row: &Object) -> bool {
    row.text("enforce") == Some(Enforcement::Block.as_str())
        && row.text("verdict") != Some(Verdict::Met.as_str())
}
