//! Waivers that name an id which a finding had before (rule L9).

use super::judge::Occasion;
use super::ledger::Past;
use crate::ci::git::Git;
use crate::ingest;
use crate::model::history::Aliases;
use crate::policy::Policy;
use crate::record::lifecycle::{self, Advisories, Circumstances, GitLineage, NoLineage};
use crate::scope::{Scoped, WaiverState};

impl Occasion<'_> {
    /// The ids that findings had, where a waiver names one that nothing is found under: this run
    /// is followed from the last state that was recorded, as its own record will. What was moved
    /// by the very commit that is judged is known only so.
    pub(super) fn retraced(
        &self,
        past: &Past,
        policy: &Policy,
        scoped: &Scoped,
    ) -> Option<Aliases> {
        let state = past.state.as_ref()?;
        let is_lost = |finds_nothing: WaiverState| finds_nothing == WaiverState::Unused;
        let mut waivers = scoped.waivers.iter();
        if !waivers.any(|one| one.waiver.subject.finding.is_some() && is_lost(one.state)) {
            return None;
        }
        let surroundings = self.surroundings;
        let git = Git::open(&surroundings.directory, &surroundings.environment).ok();
        let head = git.as_ref().and_then(|git| git.head().ok().flatten());
        let commit = self.ground.context.head.clone().or(head);
        let lineage = git.as_ref().map(GitLineage::new);
        let advisories = Advisories::default();
        let circumstances = Circumstances {
            at: self.request.now,
            event: self.ground.event,
            commit: commit.as_ref(),
            key: surroundings.secret_key.as_deref().map(ingest::key_check),
            lineage: match &lineage {
                Some(lineage) => lineage,
                None => &NoLineage,
            },
            advisories: &advisories,
        };
        let advanced = lifecycle::advance(state, scoped, policy, &circumstances);
        Some(advanced.state.aliases())
    }
}
