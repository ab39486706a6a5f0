//! Scores: how far a key result has come, and what an objective makes of its own.

use super::okr::{Kind, Resolved};
use super::{Score, Verdict};
use crate::model::{Bound, Quantity};
use crate::policy::{Objective, Op, Policy, Target};

/// The raw progress of a key result, and its score 0 … 1 (rules K2, K3, K6 to K10).
///
/// One that moves has come so far from its start to its target; steps and counts are a share
/// already; a guardrail, and one that only is to be measured, has 1 or 0. What is unknown has
/// no score. A lower bound gives one only where it decides the verdict of a guardrail, and 0
/// where it lies behind the start (rule M6).
pub(super) fn of(
    kind: Kind,
    resolved: &Resolved,
    value: Option<Quantity>,
    bound: Bound,
    verdict: Verdict,
) -> (Option<Quantity>, Option<Quantity>) {
    let by_verdict = match verdict {
        Verdict::Met => Some(Quantity::ONE),
        Verdict::Missed => Some(Quantity::ZERO),
        Verdict::Unknown => None,
    };
    if resolved.lack.is_some() {
        return (None, None);
    }
    match (kind, resolved.start, resolved.target, bound) {
        (Kind::Base, ..) => (None, by_verdict),
        (_, Some(_), ..) if resolved.beyond => (None, by_verdict),
        (_, Some(start), Target::Compare(_, target), Bound::Exact) => {
            let way = target.minus(start);
            let raw = value.and_then(|value| value.minus(start).over(way));
            (raw, raw.map(Quantity::clamp_to_unit))
        }
        (_, Some(start), Target::Compare(Op::AtMost | Op::Less, _), Bound::AtLeast) => {
            let behind = value.filter(|value| *value >= start);
            (None, behind.map(|_| Quantity::ZERO))
        }
        (_, Some(_), ..) => (None, None),
        (Kind::Steps | Kind::Count, None, _, Bound::Exact) => {
            (None, value.map(Quantity::clamp_to_unit))
        }
        (_, None, ..) => (None, by_verdict),
    }
}

/// The score of every objective: the weighted mean over what is known, with the share of
/// weight that is known; unknown below one half (rules K13 to K17).
///
/// `scores` holds those of the key results by their place in the policy. An objective that
/// rolls up counts like a key result of weight 1, with what it comes to itself.
pub(super) fn of_objectives(policy: &Policy, scores: &[Vec<Option<Quantity>>]) -> Vec<Score> {
    let score_of = |objective: usize, place: usize| {
        let list = scores.get(objective)?;
        list.get(place).copied().flatten()
    };
    let mut done: Vec<Option<Score>> = vec![None; policy.objectives.len()];
    // Links do not lead in a circle, so that each round completes at least one.
    for _ in 0..policy.objectives.len() {
        let round: Vec<Option<Score>> = policy
            .objectives
            .iter()
            .enumerate()
            .map(|(place, objective)| {
                let mut parts: Vec<(Option<Quantity>, Quantity)> = Vec::new();
                let own = objective.key_results.iter().enumerate();
                parts.extend(
                    own.filter(|(_, kr)| !kr.health)
                        .map(|(at, kr)| (score_of(place, at), kr.weight)),
                );
                parts.extend(objective.uses.iter().filter_map(|(holder, at, weight)| {
                    let used = policy.objectives.get(*holder)?.key_results.get(*at)?;
                    (!used.health).then(|| (score_of(*holder, *at), *weight))
                }));
                for from in rolled_up(policy, objective) {
                    let score = done.get(from).copied().flatten()?;
                    parts.push((score.value, Quantity::ONE));
                }
                Some(mean(&parts))
            })
            .collect();
        done = round;
    }
    let none = Score {
        value: None,
        known: Quantity::ZERO,
    };
    done.into_iter()
        .map(|score| score.unwrap_or(none))
        .collect()
}

/// The score of a pillar: of its objectives, each like a key result of weight 1 (rule F28).
pub(super) fn of_pillar(objectives: impl Iterator<Item = Score>) -> Score {
    let parts: Vec<_> = objectives
        .map(|score| (score.value, Quantity::ONE))
        .collect();
    mean(&parts)
}

/// The places of the objectives that count in this one (rule K17).
fn rolled_up<'a>(policy: &'a Policy, into: &'a Objective) -> impl Iterator<Item = usize> + 'a {
    policy
        .objectives
        .iter()
        .enumerate()
        .filter(|(_, other)| other.rollup && other.contributes_to.contains(&into.id))
        .map(|(place, _)| place)
}

fn mean(parts: &[(Option<Quantity>, Quantity)]) -> Score {
    let (mut all, mut known, mut sum) = (Quantity::ZERO, Quantity::ZERO, Quantity::ZERO);
    for (score, weight) in parts {
        all = all.plus(*weight);
        if let Some(score) = score {
            known = known.plus(*weight);
            sum = sum.plus(weight.times(*score));
        }
    }
    let share = known.over(all).unwrap_or(Quantity::ZERO);
    let enough = Quantity::ratio(1, 2).is_some_and(|half| share >= half);
    Score {
        value: sum.over(known).filter(|_| enough),
        known: share,
    }
}
