//! Fixed findings, looked up by what cannot be another's (rule L11): a place alone does not
//! bring one back.

use std::collections::BTreeMap;

use crate::model::FindingId;
use crate::model::history::Episode;
use crate::record::lifecycle::event::{KeyKind, Look};
use crate::record::lifecycle::look::Unit;
use crate::record::lifecycle::state::{StreamState, Tracked};

/// Key, rule and path; of secrets the key alone, of dependencies key and path.
type Name<'a> = (KeyKind, [u8; 16], &'a str, &'a str);

/// The fixed findings of a stream.
#[derive(Debug, Default)]
pub(super) struct Fixed<'a> {
    by_name: BTreeMap<Name<'a>, &'a Tracked>,
    by_id: BTreeMap<FindingId, &'a Tracked>,
}

impl<'a> Fixed<'a> {
    pub(super) fn of(known: &'a StreamState) -> Self {
        let mut fixed: Vec<&Tracked> = known
            .findings
            .values()
            .filter(|tracked| !tracked.is_open())
            .collect();
        // Of several of one name the one that was fixed last.
        fixed.sort_by_key(|tracked| tracked.episodes.last().and_then(Episode::fixed_at));
        let mut index = Self::default();
        for tracked in fixed {
            for name in names(&tracked.look) {
                index.by_name.insert(name, tracked);
            }
            index
                .by_id
                .extend(tracked.aliases.iter().map(|id| (*id, tracked)));
            index.by_id.insert(tracked.id, tracked);
        }
        index
    }

    /// The fixed finding that a unit is.
    pub(super) fn find(&self, unit: &Unit, look: &Look) -> Option<&'a Tracked> {
        names(look)
            .find_map(|name| self.by_name.get(&name))
            .or_else(|| unit.ids.iter().find_map(|id| self.by_id.get(id)))
            .copied()
    }
}

fn names(look: &Look) -> impl Iterator<Item = Name<'_>> {
    let path = look.path.as_ref().map_or("", |path| path.raw());
    let rule = look.rule.raw();
    look.keys.iter().filter_map(move |key| match key.kind {
        KeyKind::Secret => Some((key.kind, key.value, "", "")),
        KeyKind::Dependency => Some((key.kind, key.value, "", path)),
        KeyKind::Tool => Some((key.kind, key.value, rule, path)),
        KeyKind::Message => None,
    })
}
