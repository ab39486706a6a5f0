//! Compares each measurement with its target and comes to an [`Evaluation`].
//!
//! The evaluation is complete before anything is rendered or sent, so that no limit and no
//! failure of an output can change a verdict. [`evaluate`] is the door.

mod before;
mod enforcement;
mod evaluation;
pub mod okr;
pub mod report;
mod score;
mod waivers;

use jiff::Timestamp;

pub use self::before::{Base, BaseFigure, Before};
pub use crate::model::{Event, Verdict};
pub use evaluation::{
    About, Counts, Evaluation, ExitCode, KeyResultOutcome, ObjectiveOutcome, PolicyCommit,
    Proposed, ProposedOutcome, Score,
};

use self::enforcement::Here;
use crate::diagnostic::{Diagnostic, Message};
use crate::measure::{
    Bound, Measurement, Reason, Sight, forbidden, unknown_columns, unknown_requirements,
};
use crate::model::Quantity;
use crate::model::history::History;
use crate::policy::{Enforcement, KeyResult, Objective, Policy, Target, Unit, definition};
use crate::scope::Scoped;

/// Judges every key result of a policy on marked findings.
///
/// `diagnostics` are those of reading; they end in the evaluation, errors first, and one of
/// level error decides the exit code before any verdict does. `history` is what the ledger
/// says of the past, the default one where none was read.
pub fn evaluate(
    policy: &Policy,
    mut scoped: Scoped,
    about: About,
    history: &History,
    mut diagnostics: Vec<Diagnostic>,
    mut notices: Vec<Message>,
) -> Evaluation {
    scoped.forbid(forbidden(&scoped, policy));
    diagnostics.extend(waivers::warnings(&scoped));
    diagnostics.extend(unknown_columns(policy, &scoped.intake.figures));
    diagnostics.extend(unknown_requirements(policy, &scoped.intake.figures));
    notices.extend(waivers::notices(&scoped));
    let sight =
        Sight::new(&scoped, policy, about.event == Event::Change).with_past(history, about.now);
    let ground = Ground {
        sight: &sight,
        policy,
        history,
        about: &about,
    };
    let mut objectives: Vec<ObjectiveOutcome> = policy
        .objectives
        .iter()
        .map(|objective| judge_objective(objective, &ground))
        .collect();
    fill_in_scores(policy, &mut objectives);
    let counts = count(&objectives);
    let measured = objectives
        .iter()
        .flat_map(|objective| &objective.key_results);
    let measured = measured
        .map(|kr| (kr.id.as_str(), &kr.measurement))
        .collect();
    let base = before::base(policy, &sight, history, about.event, &measured);
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
        base,
        notices,
        counts,
        exit,
    }
}

/// What key results are judged on.
struct Ground<'a> {
    sight: &'a Sight<'a>,
    policy: &'a Policy,
    history: &'a History,
    about: &'a About,
}

fn judge_objective(objective: &Objective, ground: &Ground<'_>) -> ObjectiveOutcome {
    ObjectiveOutcome {
        id: objective.id.clone(),
        title: objective.title.clone(),
        owner: objective.owner.clone(),
        pillar: objective.pillar.clone(),
        key_results: objective
            .key_results
            .iter()
            .map(|key_result| judge(key_result, ground))
            .collect(),
        score: Score {
            value: None,
            known: Quantity::ZERO,
        },
    }
}

fn fill_in_scores(policy: &Policy, objectives: &mut [ObjectiveOutcome]) {
    let of_key_results: Vec<Vec<Option<Quantity>>> = objectives
        .iter()
        .map(|objective| objective.key_results.iter().map(|kr| kr.score).collect())
        .collect();
    let scores = score::of_objectives(policy, &of_key_results);
    for (outcome, score) in objectives.iter_mut().zip(scores) {
        outcome.score = score;
    }
}

fn judge(key_result: &KeyResult, ground: &Ground<'_>) -> KeyResultOutcome {
    let (policy, history, about) = (ground.policy, ground.history, ground.about);
    let mut measurement = ground.sight.measure(key_result);
    let resolved = okr::resolve(policy, history, key_result);
    let verdict = verdict_of(
        policy,
        history,
        key_result,
        &resolved,
        (&measurement, about.now),
    );
    let figure = (&measurement, &resolved.target);
    let regress = match (key_result.on_regress, verdict) {
        (Some(_), Verdict::Missed) => {
            okr::regressed(policy, history, key_result, figure, about.event)
        }
        _ => okr::Regress::No,
    };
    measurement.reasons.extend(resolved.lack.clone());
    if verdict == Verdict::Unknown {
        measurement
            .reasons
            .extend(not_measured(key_result, history));
    }
    measurement.notes.extend(resolved.notes.iter().cloned());
    measurement.notes.extend(step_back(regress, &measurement));
    let (enforcement, softened) = enforcement::here_and_now(
        key_result,
        verdict,
        regress != okr::Regress::No,
        policy,
        Here::of(about),
    );
    let blocks = verdict != Verdict::Met && enforcement == Enforcement::Block;
    let (raw, score) = score::of(
        okr::Kind::of(key_result),
        &resolved,
        measurement.value,
        measurement.bound,
        verdict,
    );
    KeyResultOutcome {
        id: key_result.id.clone(),
        title: key_result.title.clone(),
        owner: key_result.owner.clone(),
        measure: key_result.measure.name(),
        shown_value: shown_value(&measurement),
        shown_target: measurement.unit.show_target(&resolved.target),
        shown_start: resolved.start.map(|start| measurement.unit.show(start)),
        target: resolved.target,
        start: resolved.start,
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

/// What became of a key result: its figure against its target (rule K4), or, where it is only
/// to be measured, whether a baseline is recorded (rule K10).
fn verdict_of(
    policy: &Policy,
    history: &History,
    key_result: &KeyResult,
    resolved: &okr::Resolved,
    (measurement, now): (&Measurement, Timestamp),
) -> Verdict {
    if key_result.target != Target::Measured {
        return match resolved.lack {
            Some(_) => Verdict::Unknown,
            None => verdict(measurement, &resolved.target),
        };
    }
    base_verdict(policy, history, key_result, now)
}

/// Whether a key result that is only to be measured has its baseline (rule K10).
fn base_verdict(
    policy: &Policy,
    history: &History,
    key_result: &KeyResult,
    now: Timestamp,
) -> Verdict {
    if !history.read || !history.doubts.is_empty() {
        return Verdict::Unknown;
    }
    let period = policy.period.as_ref();
    let there = okr::first_baseline(
        history,
        &policy.record_name(key_result),
        period.map_or("", |period| period.name.as_str()),
        definition(policy, key_result),
    );
    let due = key_result.due.or(period.map(|period| period.end));
    match there {
        Some(_) => Verdict::Met,
        None if due.is_some_and(|due| due <= now) => Verdict::Missed,
        None => Verdict::Unknown,
    }
}

/// Why a key result that is only to be measured is unknown.
fn not_measured(key_result: &KeyResult, history: &History) -> Option<Reason> {
    (key_result.target == Target::Measured).then(|| {
        crate::measure::doubt(history).unwrap_or_else(|| Reason {
            code: "no-baseline",
            message: "no baseline is recorded yet".into(),
            remedy: Some(if history.read {
                "it is known once a run has recorded a first figure".into()
            } else {
                "name a `ledger` in the policy, so that a first figure can be recorded".into()
            }),
        })
    })
}

/// What `on_regress` saw, in words.
fn step_back(regress: okr::Regress, measurement: &Measurement) -> Option<Message> {
    match regress {
        okr::Regress::No => None,
        okr::Regress::From(before) => Some(
            format!(
                "this is a step back: the last figure was {}",
                measurement.unit.show(before)
            )
            .into(),
        ),
        okr::Regress::Unknown => Some(
            "whether this is a step back cannot be told: there is no history to rely on".into(),
        ),
    }
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
    let Measurement {
        value,
        bound,
        unit,
        n,
        ..
    } = measurement;
    shown_figure(*value, *bound, *unit, *n)
}

fn shown_figure(value: Option<Quantity>, bound: Bound, unit: Unit, n: Option<u64>) -> String {
    let Some(value) = value else {
        return "unknown".to_owned();
    };
    let bound = match bound {
        Bound::Exact => "",
        Bound::AtLeast => "at least ",
    };
    let one = value == Quantity::ONE;
    let noun = match unit {
        Unit::Findings if one => " finding",
        Unit::Findings => " findings",
        Unit::Secrets if one => " secret",
        Unit::Secrets => " secrets",
        Unit::Paths if one => " path",
        Unit::Paths => " paths",
        Unit::None | Unit::Cvss | Unit::Percent | Unit::Duration(_) => "",
    };
    let n = match (unit, n) {
        (Unit::Cvss, Some(n)) => format!(" (n = {n})"),
        _ => String::new(),
    };
    format!("{bound}{}{noun}{n}", unit.show(value))
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
