//! How many there are, and of which kinds (rules K35, F11, F27, F28).

use super::{Advice, about, id_mark, items};
use crate::diagnostic::Code;
use crate::policy::Ambition;

/// Fewest and most objectives of a policy that has a focus.
const OBJECTIVES: std::ops::RangeInclusive<usize> = 2..=4;

/// Most key results of an objective that has a focus.
const MOST_KEY_RESULTS: usize = 5;

const PILLARS: [&str; 4] = ["risk", "trust", "governance", "empowerment"];

impl Advice<'_> {
    /// Focus, align, track, stretch.
    pub(super) fn shape(&mut self) {
        self.focus();
        self.horizons();
        self.pillars();
        self.align();
        if self.policy.ledger.is_none() {
            self.say_of_all(
                Code::NothingTracked,
                "the policy names no ledger, so that nobody can see how its figures move",
                "add `ledger: …` and record on the default branch: docs/ledger.md",
            );
        }
        let mut all = self.policy.key_results();
        if !all.any(|(_, key_result)| key_result.ambition == Ambition::Aspirational) {
            self.say_of_all(
                Code::NoStretch,
                "every key result is committed, so that none asks for more than is sure",
                "write `ambition: aspirational` where 0.7 of the way would be a success",
            );
        }
    }

    /// Rule K35. Health key results are watched and not pursued, so they do not count.
    fn focus(&mut self) {
        let number = self.policy.objectives.len();
        if !OBJECTIVES.contains(&number) {
            let s = if number == 1 { "" } else { "s" };
            self.say_of_all(
                Code::ObjectivesFewOrMany,
                format!("the policy has {number} objective{s}, and 2 to 4 are a focus"),
                "name what matters most in this period, and leave the rest to the next one",
            );
        }
        for (objective, node) in self.objectives() {
            let pursued = objective.key_results.iter().filter(|kr| !kr.health);
            let number = pursued.count();
            let id = &objective.id;
            if number > MOST_KEY_RESULTS {
                self.say(
                    Code::KeyResultsMany,
                    about("objective ", id, " has too many key results"),
                    id_mark(node),
                    format!("it has {number}, and at most 5 are a focus"),
                );
            }
            if objective.key_results.is_empty() && objective.uses.is_empty() {
                self.say(
                    Code::ObjectiveWithoutKeyResult,
                    about("objective ", id, " has no key result"),
                    id_mark(node),
                    "add `key_results` or `uses`, or nothing shows whether it is reached",
                );
            }
        }
    }

    /// Rule F11.
    fn horizons(&mut self) {
        if self.policy.objectives.len() < 2 {
            return;
        }
        let list = items(self.tree, "objectives");
        let of = |word| {
            let mut all = list.iter();
            all.any(|node| node.text_of("horizon") == Some(word))
        };
        let message = match (of("strategic"), of("tactical")) {
            (true, true) => return,
            (true, false) => "every objective with a `horizon` is strategic",
            (false, true) => "every objective with a `horizon` is tactical",
            (false, false) => "no objective says whether it is strategic or tactical",
        };
        self.say_of_all(
            Code::OneHorizon,
            message,
            "write `horizon: strategic` or `horizon: tactical`; a good set has both",
        );
    }

    /// Rule F28.
    fn pillars(&mut self) {
        let has_one = |pillar: &str| {
            let mut all = self.policy.objectives.iter();
            all.any(|objective| {
                objective.pillar.as_deref() == Some(pillar)
                    && !(objective.key_results.is_empty() && objective.uses.is_empty())
            })
        };
        let without: Vec<_> = PILLARS.into_iter().filter(|word| !has_one(word)).collect();
        let noun = match without.len() {
            0 => return,
            1 => "the pillar",
            _ => "the pillars",
        };
        self.say_of_all(
            Code::PillarWithoutKeyResult,
            format!("no key result stands for {noun} {}", without.join(", ")),
            "write `pillar: …` on an objective, or decide that this one can wait",
        );
    }

    /// Rule F27.
    fn align(&mut self) {
        for (objective, node) in self.objectives() {
            if objective.contributes_to.is_empty() {
                self.say(
                    Code::ObjectiveUnaligned,
                    about(
                        "objective ",
                        &objective.id,
                        " does not say what it contributes to",
                    ),
                    id_mark(node),
                    "add `contributes_to: [company/…]`, here or in another policy",
                );
            }
        }
    }
}
