//! A part of the tree: an objective or a key result, with what belongs to it (rule P21).

use super::progress::{ObjectiveProgress, Progress};

impl Progress {
    /// The part of the tree below a node: an objective by its id, with the objectives that
    /// contribute to it and the key results that it uses, or a key result by its id or as
    /// `objective/key-result`. Scores stay those of the whole. `None` if nothing is called so.
    #[must_use]
    pub fn rooted_at(&self, root: &str) -> Option<Self> {
        let is_objective = self.objectives.iter().any(|one| one.id == root);
        let objectives = if is_objective {
            self.below(root)
        } else {
            self.only(root)?
        };
        Some(Self {
            objectives,
            ..self.clone()
        })
    }

    /// The names that [`Progress::rooted_at`] knows, in the order of the policy.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.objectives.iter().flat_map(|objective| {
            let key_results = objective.key_results.iter();
            let ids = key_results.map(|key_result| key_result.id.as_str());
            [objective.id.as_str()].into_iter().chain(ids)
        })
    }

    fn below(&self, root: &str) -> Vec<ObjectiveProgress> {
        let mut inside: Vec<&str> = vec![root];
        // Each round follows one more link; there are no more than objectives.
        for _ in &self.objectives {
            let contributing = self.objectives.iter().filter(|one| {
                one.contributes_to
                    .iter()
                    .any(|to| inside.contains(&to.as_str()))
                    && !inside.contains(&one.id.as_str())
            });
            let more: Vec<&str> = contributing.map(|one| one.id.as_str()).collect();
            if more.is_empty() {
                break;
            }
            inside.extend(more);
        }
        let is_inside = |one: &ObjectiveProgress| inside.contains(&one.id.as_str());
        let used: Vec<&str> = self
            .objectives
            .iter()
            .filter(|one| is_inside(one))
            .flat_map(|one| one.uses.iter().map(|(used, _)| used.as_str()))
            .collect();
        let all = self.objectives.iter().cloned();
        all.filter_map(|mut objective| {
            if is_inside(&objective) {
                return Some(objective);
            }
            objective
                .key_results
                .retain(|key_result| used.contains(&key_result.record_name.as_str()));
            (!objective.key_results.is_empty()).then_some(objective)
        })
        .collect()
    }

    fn only(&self, root: &str) -> Option<Vec<ObjectiveProgress>> {
        self.objectives.iter().find_map(|objective| {
            let mut one = objective.clone();
            one.key_results
                .retain(|key_result| key_result.id == root || key_result.record_name == root);
            (!one.key_results.is_empty()).then(|| vec![one])
        })
    }
}
