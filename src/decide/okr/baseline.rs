//! Starts that the ledger holds, and the targets that depend on them (rules K3, K5, K10, Q3,
//! Q4).

use crate::diagnostic::Message;
use crate::measure::Reason;
use crate::model::history::{Definition, Frozen, History};
use crate::model::{Bound, Quantity, Untrusted, Verdict};
use crate::policy::{Baseline, KeyResult, Op, Policy, Target, definition};

/// Start and target of a key result as figures.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Where it starts from; `None` for a guardrail, and while a baseline is not known.
    pub start: Option<Quantity>,
    /// What must be reached; a share of the start is a figure once the start is known, and is
    /// recorded as that figure (rule Q4).
    pub target: Target,
    /// True if a recorded start lies at the target or past it (rule K3): there is no way to
    /// go, so the score is 1 or 0 by the verdict.
    pub beyond: bool,
    /// Why start or target is not known; the key result is unknown then (rule Q3).
    pub lack: Option<Reason>,
    /// What a reader should know of the start.
    pub notes: Vec<Message>,
}

/// Resolves start and target by the frozen figures of the ledger.
pub fn resolve(policy: &Policy, history: &History, key_result: &KeyResult) -> Resolved {
    let mut resolved = Resolved {
        start: key_result.start,
        target: key_result.target,
        beyond: false,
        lack: None,
        notes: Vec::new(),
    };
    if key_result.target == Target::Measured {
        return resolved;
    }
    if let Some(baseline) = &key_result.baseline {
        match figure(policy, history, key_result, baseline) {
            Ok((start, notes)) => {
                resolved.start = Some(start);
                resolved.notes = notes;
            }
            Err(lack) => resolved.lack = Some(lack),
        }
    }
    if let (Target::OfStart(op, share), Some(start)) = (resolved.target, resolved.start) {
        resolved.target = Target::Compare(op, start.times(share));
    }
    if let (Some(_), Some(start), Target::Compare(op, target)) =
        (&key_result.baseline, resolved.start, resolved.target)
    {
        resolved.beyond = match op {
            Op::AtMost | Op::Less => start <= target,
            Op::AtLeast | Op::More => start >= target,
            Op::Equal => start == target,
        };
        if resolved.beyond {
            resolved.notes.push(
                "its recorded start lies at the target or past it: it has no way to go".into(),
            );
        }
    }
    resolved
}

/// The frozen figure that a baseline names, or why there is none.
fn figure(
    policy: &Policy,
    history: &History,
    key_result: &KeyResult,
    baseline: &Baseline,
) -> Result<(Quantity, Vec<Message>), Reason> {
    if let Some(doubt) = crate::measure::doubt(history) {
        return Err(doubt);
    }
    let name = policy.record_name(key_result);
    let here = policy.period.as_ref().map_or("", |p| p.name.as_str());
    let meaning = definition(policy, key_result);
    let of_it = || history.frozen.iter().filter(|f| f.key_result == name);
    let frozen = match baseline {
        Baseline::First => first_baseline(history, &name, here, meaning),
        Baseline::Previous => of_it()
            .filter(|frozen| frozen.at_close && frozen.period != here)
            .max_by_key(|frozen| (frozen.at, frozen.record)),
        Baseline::Period(period) => of_it()
            .filter(|frozen| frozen.period == *period)
            .filter(|frozen| frozen.at_close || key_result.carried_from.is_none())
            // Of a period with both its close counts; of several baselines the first.
            .min_by_key(|frozen| (!frozen.at_close, frozen.at, frozen.record)),
    };
    let Some((frozen, value)) = frozen.and_then(|frozen| Some((frozen, frozen.value?))) else {
        return Err(no_baseline(history, key_result, baseline));
    };
    let mut notes = Vec::new();
    if frozen.definition != meaning && *baseline != Baseline::First {
        notes.push(
            Message::from("its start is the figure of ")
                .foreign(Untrusted::new(&frozen.period))
                .own(", when the key result was defined otherwise"),
        );
    }
    if key_result.carried_from.is_some() && frozen.verdict == Some(Verdict::Met) {
        notes.push("it had reached its target: there was nothing to carry over".into());
    }
    Ok((value, notes))
}

/// The baseline that stands: the first one for this key result, period and definition. A
/// second one with another value is a conflict of records, and changes nothing (rule K5).
pub fn first_baseline<'a>(
    history: &'a History,
    name: &str,
    period: &str,
    definition: Definition,
) -> Option<&'a Frozen> {
    history
        .frozen
        .iter()
        .filter(|frozen| {
            !frozen.at_close
                && frozen.key_result == name
                && frozen.period == period
                && frozen.definition == definition
        })
        .min_by_key(|frozen| (frozen.at, frozen.record))
}

/// Why a key result that needs a recorded figure is unknown (rules Q3, Q4).
fn no_baseline(history: &History, key_result: &KeyResult, baseline: &Baseline) -> Reason {
    let message = match key_result.target {
        Target::OfStart(..) => "its start is not known yet, so neither is its target",
        _ => "its start is not known yet",
    };
    let remedy = match baseline {
        _ if !history.read => {
            "name a `ledger` in the policy, or write start and target as numbers".into()
        }
        Baseline::First => "it is known once a run has recorded a first figure".into(),
        Baseline::Previous => "it is known once the period before this one is closed".into(),
        Baseline::Period(period) => Message::from("it is known once ")
            .foreign(Untrusted::new(period))
            .own(" is closed, or has a baseline"),
    };
    Reason {
        code: "no-baseline",
        message: message.into(),
        remedy: Some(remedy),
    }
}

/// A figure that is to be frozen as a baseline, because nothing was yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBaseline {
    /// `objective/key-result`.
    pub key_result: String,
    /// What the number means.
    pub definition: Definition,
    /// The figure in the base unit.
    pub value: Quantity,
}

/// The baselines that a run on a state is to record: the first known figure of this period
/// for each key result that starts from it (`{ baseline: first }`) or is only to be measured
/// (rules K5, K10, Q3). A figure that is only a bound is none.
pub fn new_baselines(
    policy: &Policy,
    history: &History,
    objectives: &[crate::decide::ObjectiveOutcome],
) -> Vec<NewBaseline> {
    let period = policy.period.as_ref().map_or("", |p| p.name.as_str());
    let outcomes = objectives.iter().flat_map(|o| &o.key_results);
    outcomes
        .filter_map(|outcome| {
            let (_, key_result) = policy.key_results().find(|(_, kr)| kr.id == outcome.id)?;
            let asks = asks_for_baseline(key_result);
            let value = outcome.measurement.value.filter(|_| asks)?;
            let name = policy.record_name(key_result);
            let definition = definition(policy, key_result);
            let is_new = first_baseline(history, &name, period, definition).is_none();
            (is_new && outcome.measurement.bound == Bound::Exact).then_some(NewBaseline {
                key_result: name,
                definition,
                value,
            })
        })
        .collect()
}

/// True if the first figure of a key result is to be kept as a baseline (rules K5, K10, Q3).
pub fn asks_for_baseline(key_result: &KeyResult) -> bool {
    key_result.target == Target::Measured || key_result.baseline == Some(Baseline::First)
}
