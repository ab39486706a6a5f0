//! The union of records: what a set of them says, in whatever order they came (rules R3, R6,
//! R8, R14, R41).

use std::collections::{BTreeMap, BTreeSet};

use super::choice::{self, Conflict};
use super::store::{Damage, Scan};
use super::{Digest, Kind, Record, RecordId, Target};
use crate::diagnostic::{Code, Diagnostic, Message};

/// Most heads that a record names as its parents (rule R14).
pub const MOST_PARENTS: usize = 32;

/// A set of records, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Union {
    /// False if nothing was ever recorded (rule R32).
    pub exists: bool,
    /// The records by (`at`, `id`), duplicates once. Of a conflict all sides are here.
    pub records: Vec<Record>,
    /// Ids under which records with different content stand, settled ones too (rule R41).
    pub conflicts: Vec<Conflict>,
    /// What is no record, and was not set aside.
    pub damage: Vec<Damage>,
    /// What is no record, and was set aside by an amendment (rule R34).
    pub quarantined: Vec<Damage>,
}

impl Union {
    /// The union of what stores hold. It does not depend on their order.
    pub fn of(scans: impl IntoIterator<Item = Scan>) -> Self {
        let mut union = Self::default();
        let mut by_id: BTreeMap<RecordId, Vec<Record>> = BTreeMap::new();
        let mut damage = Vec::new();
        let mut several = BTreeMap::new();
        for scan in scans {
            union.exists |= scan.exists;
            damage.extend(scan.damage);
            for record in scan.records {
                by_id.entry(record.id()).or_default().push(record);
            }
        }
        for (id, mut sides) in by_id {
            // The earlier `at` counts, then the smaller bytes (rule R6).
            if sides.len() > 1 {
                sides.sort_by_cached_key(|side| (side.at(), side.to_bytes()));
            }
            if sides
                .first()
                .is_some_and(|side| side.kind() == Kind::Baseline)
            {
                sides.truncate(1);
            }
            let mut seen = BTreeSet::new();
            sides.retain(|side| seen.insert(side.digest()));
            if seen.len() > 1 {
                several.insert(id, seen.into_iter().collect());
            }
            union.records.extend(sides);
        }
        let order = |record: &Record| (record.at(), record.id(), record.digest());
        union.records.sort_by_key(order);
        union.conflicts = choice::conflicts(&union.records, several);
        let set_aside = quarantined(&union.records);
        damage.sort_by(|one, other| (&one.path, one.digest).cmp(&(&other.path, other.digest)));
        damage.dedup();
        for bad in damage {
            let is_set_aside = bad.digest.is_some_and(|digest| set_aside.contains(&digest));
            let list = if is_set_aside {
                &mut union.quarantined
            } else {
                &mut union.damage
            };
            list.push(bad);
        }
        union
    }

    /// True if nothing stands against relying on the whole history.
    pub fn is_sound(&self) -> bool {
        self.conflicts.iter().all(Conflict::is_settled)
            && self.damage.is_empty()
            && self.missing_parents().is_empty()
    }

    /// The records that count, by (`at`, `id`): all but the sides of conflicts of which an
    /// amendment says that another one does (rule R41).
    pub fn standing(&self) -> impl Iterator<Item = &Record> {
        let lost: BTreeSet<_> = self.conflicts.iter().flat_map(Conflict::lost).collect();
        let stands = move |record: &&Record| {
            lost.is_empty() || !lost.contains(&(record.id(), record.digest()))
        };
        self.records.iter().filter(stands)
    }

    /// The records of a repository that no other names as its parent: at most 32, the latest
    /// by (`at`, `id`), in that order (rule R14).
    pub fn heads(&self, repository: &str) -> Vec<RecordId> {
        let ours = || {
            let all = self.records.iter();
            all.filter(|record| record.repository_key() == repository)
        };
        let named: BTreeSet<RecordId> = ours().filter_map(Record::parents).flatten().collect();
        let mut heads: Vec<RecordId> = ours().map(Record::id).collect();
        heads.retain(|id| !named.contains(id));
        heads.dedup();
        heads.split_off(heads.len().saturating_sub(MOST_PARENTS))
    }

    /// Records that name a parent which is not here, with that parent: it was removed, or has
    /// not arrived (rule R14). Only of a whole scan does this mean anything.
    pub fn missing_parents(&self) -> Vec<(RecordId, RecordId)> {
        let mut here: BTreeSet<RecordId> = self.records.iter().map(Record::id).collect();
        here.extend(self.set_aside_ids());
        let mut missing = Vec::new();
        for record in &self.records {
            let parents = record.parents().unwrap_or_default().into_iter();
            let lacking = parents.filter(|parent| !here.contains(parent));
            missing.extend(lacking.map(|parent| (record.id(), parent)));
        }
        missing
    }

    /// The ids that files which were set aside are named by.
    pub(super) fn set_aside_ids(&self) -> impl Iterator<Item = RecordId> {
        self.quarantined.iter().filter_map(|damage| {
            let name = damage.path.raw().rsplit('/').next()?;
            RecordId::parse(name.strip_suffix(".json").unwrap_or(name))
        })
    }

    /// Everything that stands against the history, and notes on what was set aside.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let damage = self.damage.iter().map(Damage::diagnostic);
        let conflicts = self.conflicts.iter().map(Conflict::diagnostic);
        let missing = self.missing_parents();
        let missing = missing
            .iter()
            .map(|(id, parent)| missing_parent(*id, *parent));
        let aside = self.quarantined.iter().map(set_aside);
        damage
            .chain(conflicts)
            .chain(missing)
            .chain(aside)
            .collect()
    }
}

fn missing_parent(id: RecordId, parent: RecordId) -> Diagnostic {
    Diagnostic::new(
        Code::MissingParent,
        format!("record {id} came after record {parent}, which is not in the ledger"),
    )
    .hint("it was removed, or has not arrived: look in the spool, and in copies of the ledger")
}

fn set_aside(damage: &Damage) -> Diagnostic {
    let digest = damage.digest.map(|digest| format!(" ({digest})"));
    let message = Message::from("the ledger's ")
        .foreign(damage.path.as_untrusted())
        .own(" is no record, and was set aside")
        .own(digest.unwrap_or_default());
    Diagnostic::new(Code::RecordQuarantined, message)
}

/// The digests of the files that amendments set aside.
fn quarantined(records: &[Record]) -> BTreeSet<Digest> {
    let amendments = records.iter().filter(|record| record.kind() == Kind::Amend);
    amendments
        .filter_map(
            |record| match Target::parse(record.body().text("target")?)? {
                Target::File(digest) => Some(digest),
                Target::Record(_) => None,
            },
        )
        .collect()
}
