//! The first line of a report: what blocks.

use super::value::KeyResultFacts;
use crate::decide::Verdict;
use crate::decide::okr::{KeyResultProgress, Progress};

/// What the verdict line says. Filters show less of it and never change it (rule P16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictFacts {
    /// How many key results the policy has.
    pub total: usize,
    /// How many of them are met.
    pub met: usize,
    /// How many are missed.
    pub missed: usize,
    /// How many are unknown.
    pub unknown: usize,
    /// Those that fail the gate as they stand, in the order of the policy.
    pub blockers: Vec<Blocker>,
    /// Of those that the filter shows: met, missed, unknown; `None` without a filter.
    pub shown: Option<(usize, usize, usize)>,
}

/// A key result that fails the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Its id.
    pub id: String,
    /// `objective/key-result`.
    pub record_name: String,
    /// Missed, or unknown.
    pub verdict: Verdict,
    /// True if the filter shows it.
    pub is_shown: bool,
}

pub(super) fn verdict(
    progress: &Progress,
    facts: &[Vec<KeyResultFacts>],
    is_filtered: bool,
) -> VerdictFacts {
    let objectives = progress.objectives.iter().zip(facts);
    let all: Vec<(&KeyResultProgress, &KeyResultFacts)> = objectives
        .flat_map(|(objective, facts)| objective.key_results.iter().zip(facts))
        .collect();
    let count = |wanted: Verdict, shown_only: bool| {
        let is_it = |(kr, facts): &&(&KeyResultProgress, &KeyResultFacts)| {
            kr.figure.verdict == wanted && (facts.is_shown || !shown_only)
        };
        all.iter().filter(is_it).count()
    };
    let counts = |shown_only| {
        (
            count(Verdict::Met, shown_only),
            count(Verdict::Missed, shown_only),
            count(Verdict::Unknown, shown_only),
        )
    };
    let (met, missed, unknown) = counts(false);
    VerdictFacts {
        total: all.len(),
        met,
        missed,
        unknown,
        blockers: all
            .iter()
            .filter(|(_, facts)| facts.blocks)
            .map(|(key_result, facts)| Blocker {
                id: key_result.id.clone(),
                record_name: key_result.record_name.clone(),
                verdict: key_result.figure.verdict,
                is_shown: facts.is_shown,
            })
            .collect(),
        shown: is_filtered.then(|| counts(true)),
    }
}
