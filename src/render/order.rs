//! In which order key results are shown (rule V2).

use crate::decide::{Evaluation, KeyResultOutcome, ObjectiveOutcome, Verdict};
use crate::policy::Enforcement;

/// Smaller is worse: what blocks, what is unknown and blocks, what warns, what is observed,
/// what is met.
pub(super) const fn rank(key_result: &KeyResultOutcome) -> u8 {
    match (key_result.verdict, key_result.enforcement) {
        (Verdict::Missed, Enforcement::Block) => 0,
        (Verdict::Unknown, Enforcement::Block) => 1,
        (Verdict::Missed, Enforcement::Warn) => 2,
        (Verdict::Unknown, Enforcement::Warn) => 3,
        (Verdict::Missed, Enforcement::Observe) => 4,
        (Verdict::Unknown, Enforcement::Observe) => 5,
        (Verdict::Met, _) => 6,
    }
}

/// The key results of an objective, worst first; those alike stay in the order of the policy.
pub(super) fn worst_first(objective: &ObjectiveOutcome) -> Vec<&KeyResultOutcome> {
    let mut key_results: Vec<&KeyResultOutcome> = objective.key_results.iter().collect();
    key_results.sort_by_key(|key_result| rank(key_result));
    key_results
}

/// The objectives by their worst key result; those alike stay in the order of the policy.
pub(super) fn objectives(evaluation: &Evaluation) -> Vec<&ObjectiveOutcome> {
    let mut objectives: Vec<&ObjectiveOutcome> = evaluation.objectives.iter().collect();
    objectives.sort_by_key(|objective| {
        objective
            .key_results
            .iter()
            .map(rank)
            .min()
            .unwrap_or(u8::MAX)
    });
    objectives
}

/// All key results that are not met, worst first.
pub(super) fn not_met(evaluation: &Evaluation) -> Vec<&KeyResultOutcome> {
    let mut key_results: Vec<&KeyResultOutcome> = evaluation
        .key_results()
        .map(|(_, key_result)| key_result)
        .filter(|key_result| key_result.verdict != Verdict::Met)
        .collect();
    key_results.sort_by_key(|key_result| rank(key_result));
    key_results
}
