//! Scores: how far a key result has come, and what an objective makes of its own.

use super::{KeyResultOutcome, ObjectiveOutcome, Score, Verdict};
use crate::measure::{Bound, Measurement};
use crate::model::Quantity;
use crate::policy::{KeyResult, Policy, Target};

/// The raw progress of a key result that moves, and its score 0 … 1 (rules K2, K6).
///
/// A guardrail has 1 or 0; what is unknown has no score. A lower bound gives a score only
/// where it decides the verdict of a guardrail.
pub(super) fn of(
    key_result: &KeyResult,
    measurement: &Measurement,
    verdict: Verdict,
) -> (Option<Quantity>, Option<Quantity>) {
    if key_result.start.is_none() {
        let score = match verdict {
            Verdict::Met => Some(Quantity::ONE),
            Verdict::Missed => Some(Quantity::ZERO),
            Verdict::Unknown => None,
        };
        return (None, score);
    }
    let raw = match (key_result.start, &key_result.target, measurement.bound) {
        (Some(start), Target::Compare(_, target), Bound::Exact) => measurement
            .value
            .and_then(|value| value.minus(start).over(target.minus(start))),
        _ => None,
    };
    (raw, raw.map(Quantity::clamp_to_unit))
}

/// Fills in the score of every objective: the weighted mean over what is known, with the
/// share of weight that is known; unknown below one half (rules K13 to K16).
pub(super) fn fill_in(policy: &Policy, objectives: &mut [ObjectiveOutcome]) {
    let scores: Vec<Score> = policy
        .objectives
        .iter()
        .zip(objectives.iter())
        .map(|(objective, outcome)| {
            let own = outcome.key_results.iter().map(|kr| (kr, kr.weight));
            let used = objective.uses.iter().filter_map(|(o, kr, weight)| {
                let kr = objectives.get(*o)?.key_results.get(*kr)?;
                Some((kr, *weight))
            });
            mean(own.chain(used))
        })
        .collect();
    for (outcome, score) in objectives.iter_mut().zip(scores) {
        outcome.score = score;
    }
}

fn mean<'a>(parts: impl Iterator<Item = (&'a KeyResultOutcome, Quantity)>) -> Score {
    let (mut all, mut known, mut sum) = (Quantity::ZERO, Quantity::ZERO, Quantity::ZERO);
    for (key_result, weight) in parts.filter(|(kr, _)| !kr.health) {
        all = all.plus(weight);
        if let Some(score) = key_result.score {
            known = known.plus(weight);
            sum = sum.plus(weight.times(score));
        }
    }
    let share = known.over(all).unwrap_or(Quantity::ZERO);
    let enough = Quantity::ratio(1, 2).is_some_and(|half| share >= half);
    Score {
        value: sum.over(known).filter(|_| enough),
        known: share,
    }
}
