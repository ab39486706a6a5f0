//! The ids that a finding had before: a waiver on any of them holds (rule L9).

use std::collections::BTreeSet;

use super::Told;
use crate::model::history::Aliases;
use crate::model::{Class, FindingId, FindingView};

/// What is known of the ids that findings of a run had.
pub(super) struct Former<'a> {
    /// By place in `Intake::findings`: how the baseline knows it.
    pub(super) told: &'a [Told],
    /// What the ledger knows.
    pub(super) aliases: &'a Aliases,
}

impl Former<'_> {
    /// True if no finding had another id.
    pub(super) fn is_empty(&self) -> bool {
        let matched = |told: &Told| matches!(told, Told::Matched(..));
        self.aliases.is_empty() && !self.told.iter().any(matched)
    }

    /// Ids of a finding beside the one that it has now. A secret has none: each of its places is
    /// a finding, and a waiver on one place is none on another.
    pub(super) fn ids(&self, view: &FindingView<'_>) -> BTreeSet<FindingId> {
        let (Some(own), false) = (view.id(), view.finding.class == Class::Secrets) else {
            return BTreeSet::new();
        };
        let path = view.shown_path();
        let path = path.as_ref().map(|path| path.raw());
        let mut ids = self.aliases.ids(own, view.rule_id().raw(), path);
        if let Some(Told::Matched(id, _)) = self.told.get(view.index) {
            ids.insert(*id);
        }
        ids.remove(&own);
        ids
    }
}
