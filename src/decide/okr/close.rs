//! What a period came to when it is closed (rules K26 to K28).

use jiff::Timestamp;

use super::baseline::{Resolved, resolve};
use super::bounds::in_bounds;
use super::fresh;
use super::kind::Kind;
use super::series::current;
use crate::decide::{ExitCode, Score, Verdict, base_verdict, score, verdict_of};
use crate::measure::Measurement;
use crate::model::calendar::Window;
use crate::model::history::{Definition, Doubt, Frozen, History, Point};
use crate::model::{Bound, Quantity};
use crate::policy::{Ambition, KeyResult, Measure, Period, Policy, Target, definition};

/// What one key result came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    /// `objective/key-result`.
    pub key_result: String,
    /// What the number means.
    pub definition: Definition,
    /// The last figure of the period, known or not, in the base unit.
    pub value: Option<Quantity>,
    /// The start as a figure.
    pub start: Option<Quantity>,
    /// The target as a figure.
    pub target: Target,
    /// What became of it by that figure.
    pub verdict: Verdict,
    /// 0 to 1; what is unknown scores 0 here.
    pub score: Quantity,
    /// The share that is known: of the period for a guardrail, else 1 or 0.
    pub known: Quantity,
}

/// What a period came to: the content of its `close` record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The period by its name.
    pub period: String,
    /// From when to when it ran.
    pub window: Window,
    /// Every key result of the policy, in its order.
    pub grades: Vec<Grade>,
    /// Every objective by its id, in the order of the policy.
    pub objectives: Vec<(String, Score)>,
}

/// Why a period is not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The policy has no period.
    NoPeriod,
    /// It runs until this moment.
    Running(Timestamp),
    /// It was closed at this moment; the grade does not move (rule K28).
    Closed(Timestamp),
    /// A missed key result is committed and links no postmortem; by its id.
    NoPostmortem(String),
    /// There is no history to close it by.
    NoHistory,
    /// The history is damaged.
    Damaged(Doubt),
}

impl Refusal {
    /// What the process ends with: 4 where the history is at fault, else 2.
    pub const fn exit(&self) -> ExitCode {
        match self {
            Self::NoHistory | Self::Damaged(_) => ExitCode::Environment,
            _ => ExitCode::Request,
        }
    }

    /// Stable word in kebab case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoPeriod => "no-period",
            Self::Running(_) => "period-running",
            Self::Closed(_) => "period-closed",
            Self::NoPostmortem(_) => "no-postmortem",
            Self::NoHistory => "no-ledger",
            Self::Damaged(_) => "history-damaged",
        }
    }
}

/// Closes the period of a policy by what was recorded in it.
///
/// # Errors
/// Every reason against it: each is to be named, and the highest exit code counts.
pub fn close(policy: &Policy, history: &History, now: Timestamp) -> Result<Close, Vec<Refusal>> {
    let Some(period) = &policy.period else {
        return Err(vec![Refusal::NoPeriod]);
    };
    let mut refusals = Vec::new();
    if now < period.end {
        refusals.push(Refusal::Running(period.end));
    }
    if !history.read {
        refusals.push(Refusal::NoHistory);
    }
    refusals.extend(history.doubts.iter().cloned().map(Refusal::Damaged));
    if let Some(closed) = closed(history, &period.name) {
        refusals.push(Refusal::Closed(closed.at));
    }
    let grades: Vec<Grade> = policy
        .key_results()
        .map(|(_, key_result)| grade(policy, history, key_result, period))
        .collect();
    let missed = policy
        .key_results()
        .zip(&grades)
        .filter(|((_, kr), grade)| {
            grade.verdict == Verdict::Missed
                && kr.ambition == Ambition::Committed
                && !kr.has_postmortem
        });
    refusals.extend(missed.map(|((_, kr), _)| Refusal::NoPostmortem(kr.id.clone())));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let mut place = grades.iter();
    let by_objective: Vec<Vec<Option<Quantity>>> = policy
        .objectives
        .iter()
        .map(|objective| {
            let own = place.by_ref().take(objective.key_results.len());
            own.map(|grade| Some(grade.score)).collect()
        })
        .collect();
    let scores = score::of_objectives(policy, &by_objective);
    Ok(Close {
        period: period.name.clone(),
        window: window(period),
        objectives: policy
            .objectives
            .iter()
            .map(|objective| objective.id.clone())
            .zip(scores)
            .collect(),
        grades,
    })
}

/// The record that closed a period, if it is closed.
pub fn closed<'a>(history: &'a History, period: &str) -> Option<&'a Frozen> {
    history
        .frozen
        .iter()
        .filter(|frozen| frozen.at_close && frozen.period == period)
        .min_by_key(|frozen| (frozen.at, frozen.record))
}

/// The grade of a key result, once its period is closed.
pub fn closed_grade<'a>(history: &'a History, name: &str, period: &str) -> Option<&'a Frozen> {
    history
        .frozen
        .iter()
        .filter(|frozen| frozen.at_close && frozen.period == period && frozen.key_result == name)
        .min_by_key(|frozen| (frozen.at, frozen.record))
}

/// What the closed grade would be with all that is recorded of the period today; `None`
/// where that is the same, and before the close (rule K28).
pub fn amended(policy: &Policy, history: &History, key_result: &KeyResult) -> Option<Grade> {
    let period = policy.period.as_ref()?;
    let closed = closed_grade(history, &policy.record_name(key_result), &period.name)?;
    let now = grade(policy, history, key_result, period);
    // A record has six places of a figure and four of a score (rule K2).
    let value = |value: Option<Quantity>| value.map(|value| value.to_string());
    let score = |score: Quantity| score.to_decimal(4);
    let moved = value(closed.value) != value(now.value)
        || closed.verdict != Some(now.verdict)
        || closed.score.map(score) != Some(score(now.score));
    (moved && now.definition == closed.definition).then_some(now)
}

/// From when to when a period runs.
pub(super) fn window(period: &Period) -> Window {
    Window {
        start: period.start,
        end: period.end,
    }
}

/// What the records of a period give a key result: the last state in it decides, and of
/// check-ins, events and steps what they tell of its end.
fn grade(policy: &Policy, history: &History, key_result: &KeyResult, period: &Period) -> Grade {
    let name = policy.record_name(key_result);
    let meaning = definition(policy, key_result);
    let all: Vec<&Point> = history.points_of(&name).collect();
    let resolved = resolve(policy, history, key_result);
    let last = last_of(&current(&all, meaning), window(period));
    let kind = Kind::of(key_result);
    let (value, bound, mut verdict) = match at_the_end(policy, history, key_result, period) {
        Some((measurement, moment)) => {
            let figure = (&measurement, moment);
            let verdict = verdict_of(policy, history, key_result, &resolved, figure);
            (measurement.value, measurement.bound, verdict)
        }
        None => last.map_or((None, Bound::Exact, Verdict::Unknown), |point| {
            (point.value, point.bound, point.verdict)
        }),
    };
    if kind == Kind::Base {
        verdict = base_verdict(policy, history, key_result, period.end);
    }
    let (score, known) = if kind.is_guardrail() {
        let end = period.end;
        let held = in_bounds(
            &all,
            meaning,
            window(period),
            end,
            fresh(policy, key_result),
        );
        (held.score(), held.known())
    } else {
        let (_, score) = score::of(kind, &resolved, value, bound, verdict);
        let known = score.map_or(Quantity::ZERO, |_| Quantity::ONE);
        (score, known)
    };
    let Resolved { start, target, .. } = resolved;
    Grade {
        key_result: name,
        definition: meaning,
        value,
        start,
        target,
        verdict,
        score: score.unwrap_or(Quantity::ZERO),
        known,
    }
}

/// What the ledger alone tells of the end of a period: a day that a check-in stands for
/// decides, and not when it arrived (rule K25), and a window that ends with the period counts.
fn at_the_end(
    policy: &Policy,
    history: &History,
    key_result: &KeyResult,
    period: &Period,
) -> Option<(Measurement, Timestamp)> {
    let moment = match key_result.measure {
        Measure::Events(_) => period.end,
        _ => Timestamp::from_second(period.end.as_second().saturating_sub(1)).ok()?,
    };
    let measurement = crate::measure::from_ledger(policy, key_result, history, moment)?;
    Some((measurement, moment))
}

/// The last state that was recorded in a window; a record at its very end is of the next.
fn last_of<'a>(points: &[&'a Point], window: Window) -> Option<&'a Point> {
    points
        .iter()
        .rfind(|point| point.of_state && window.contains(point.at))
        .copied()
}
