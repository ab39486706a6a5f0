//! Compares each measurement with its target and comes to an [`Evaluation`].
//!
//! The evaluation is complete before anything is rendered or sent, so that no limit and no
//! failure of an output can change a verdict. [`evaluate`] is the door.

mod enforcement;
mod evaluation;
mod score;
mod waivers;

pub use crate::model::{Event, Verdict};
pub use evaluation::{
    About, Counts, Evaluation, ExitCode, KeyResultOutcome, ObjectiveOutcome, PolicyCommit,
    Proposed, ProposedOutcome, Score,
};

use crate::diagnostic::{Diagnostic, Message};
use crate::measure::{Bound, Measurement, Reason, Sight, forbidden, unknown_columns};
use crate::model::Quantity;
use crate::policy::{Enforcement, KeyResult, Objective, Policy, Target, Unit};
use crate::scope::Scoped;

/// Judges every key result of a policy on marked findings.
///
/// `diagnostics` are those of reading; they end in the evaluation, errors first, and one of
/// level error decides the exit code before any verdict does.
pub fn evaluate(
    policy: &Policy,
    mut scoped: Scoped,
    about: About,
    mut diagnostics: Vec<Diagnostic>,
    mut notices: Vec<Message>,
) -> Evaluation {
    scoped.forbid(forbidden(&scoped, policy));
    diagnostics.extend(waivers::warnings(&scoped));
    diagnostics.extend(unknown_columns(policy, &scoped.intake.figures));
    notices.extend(waivers::notices(&scoped));
    let sight = Sight::new(&scoped, policy, about.event == Event::Change);
    let mut objectives: Vec<ObjectiveOutcome> = policy
        .objectives
        .iter()
        .map(|objective| judge_objective(objective, &sight, policy, &about))
        .collect();
    score::fill_in(policy, &mut objectives);
    let counts = count(&objectives);
    diagnostics.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.level));
    let exit = exit_code(&counts, &diagnostics);
    Evaluation {
        about,
        scoped,
        severity: policy.severity.clone(),
        accepted: policy
            .reports
            .iter()
            .map(|entry| entry.accept_degraded.clone())
            .collect(),
        objectives,
        diagnostics,
        proposed: None,
        notices,
        counts,
        exit,
    }
}

fn judge_objective(
    objective: &Objective,
    sight: &Sight<'_>,
    policy: &Policy,
    about: &About,
) -> ObjectiveOutcome {
    ObjectiveOutcome {
        id: objective.id.clone(),
        title: objective.title.clone(),
        owner: objective.owner.clone(),
        pillar: objective.pillar.clone(),
        key_results: objective
            .key_results
            .iter()
            .map(|key_result| judge(key_result, sight, policy, about))
            .collect(),
        score: Score {
            value: None,
            known: Quantity::ZERO,
        },
    }
}

fn judge(
    key_result: &KeyResult,
    sight: &Sight<'_>,
    policy: &Policy,
    about: &About,
) -> KeyResultOutcome {
    let mut measurement = sight.measure(key_result);
    measurement.reasons.extend(no_baseline(key_result));
    let verdict = if key_result.start_from_ledger {
        Verdict::Unknown
    } else {
        verdict(&measurement, &key_result.target)
    };
    let (enforcement, softened) = enforcement::here_and_now(key_result, verdict, policy, about);
    let blocks = verdict != Verdict::Met && enforcement == Enforcement::Block;
    let (raw, score) = score::of(key_result, &measurement, verdict);
    KeyResultOutcome {
        id: key_result.id.clone(),
        title: key_result.title.clone(),
        owner: key_result.owner.clone(),
        measure: key_result.measure.name(),
        shown_value: shown_value(&measurement),
        shown_target: measurement.unit.show_target(&key_result.target),
        shown_start: key_result.start.map(|start| measurement.unit.show(start)),
        target: key_result.target,
        start: key_result.start,
        judge: key_result.judge,
        measurement,
        verdict,
        enforcement,
        softened,
        blocks,
        raw,
        score,
        weight: key_result.weight,
        ambition: key_result.ambition,
        health: key_result.health,
    }
}

/// Why a key result that needs a recorded baseline is unknown: this version keeps no records
/// (rules Q3, Q4, K10).
fn no_baseline(key_result: &KeyResult) -> Option<Reason> {
    let message = match key_result.target {
        Target::OfStart(..) => "its start is not known yet, so neither is its target",
        Target::Measured => "no baseline is recorded yet",
        _ if key_result.start_from_ledger => "its start is not known yet",
        Target::Compare(..) | Target::Within(..) => return None,
    };
    Some(Reason {
        code: "no-baseline",
        message: message.into(),
        remedy: Some("this version keeps no records; write start and target as numbers".into()),
    })
}

/// The verdict on a figure. A lower bound decides only what every higher figure decides;
/// everything else that is not exact is unknown (invariant 1).
fn verdict(measurement: &Measurement, target: &Target) -> Verdict {
    let met = match (measurement.value, measurement.bound) {
        (None, _) => None,
        (Some(value), Bound::Exact) => target.is_met_by(value),
        (Some(value), Bound::AtLeast) => target.decided_from(value).or_else(|| {
            let most = measurement.at_most?;
            target.decided_between(value, most)
        }),
    };
    match met {
        Some(true) => Verdict::Met,
        Some(false) => Verdict::Missed,
        None => Verdict::Unknown,
    }
}

/// `3 findings`, `at least 1 secret`, `7.5 (n = 14)`, `unknown`.
fn shown_value(measurement: &Measurement) -> String {
    let Some(value) = measurement.value else {
        return "unknown".to_owned();
    };
    let bound = match measurement.bound {
        Bound::Exact => "",
        Bound::AtLeast => "at least ",
    };
    let one = value == Quantity::ONE;
    let noun = match measurement.unit {
        Unit::Findings if one => " finding",
        Unit::Findings => " findings",
        Unit::Secrets if one => " secret",
        Unit::Secrets => " secrets",
        Unit::Paths if one => " path",
        Unit::Paths => " paths",
        Unit::None | Unit::Cvss | Unit::Percent | Unit::Duration(_) => "",
    };
    let n = match (measurement.unit, measurement.n) {
        (Unit::Cvss, Some(n)) => format!(" (n = {n})"),
        _ => String::new(),
    };
    format!("{bound}{}{noun}{n}", measurement.unit.show(value))
}

fn count(objectives: &[ObjectiveOutcome]) -> Counts {
    let mut counts = Counts::default();
    for key_result in objectives.iter().flat_map(|o| &o.key_results) {
        let number = match (key_result.verdict, key_result.enforcement) {
            (Verdict::Met, _) => &mut counts.met,
            (Verdict::Missed, Enforcement::Block) => &mut counts.missed_blocking,
            (Verdict::Unknown, Enforcement::Block) => &mut counts.unknown_blocking,
            (_, Enforcement::Warn) => &mut counts.warnings,
            (_, Enforcement::Observe) => &mut counts.observed,
        };
        *number += 1;
    }
    counts
}

fn exit_code(counts: &Counts, diagnostics: &[Diagnostic]) -> ExitCode {
    let gate = if counts.missed_blocking + counts.unknown_blocking > 0 {
        ExitCode::Failed
    } else {
        ExitCode::Passed
    };
    gate.max(ExitCode::of_faults(diagnostics))
}

#[cfg(test)]
mod tests;
