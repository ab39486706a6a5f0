//! What the refs and the branch of a ledger hold (rules R23, R33, R34, R42).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::names::{BRANCH, FETCHED, RECORD};
use super::{Damage, GitStore, Inbox, Scan, StoreError, Wanted, damage, local, record_path};
use crate::ci::git::{Content, Found, Git, Listed, Ref};
use crate::diagnostic::{Diagnostic, Message};
use crate::model::{ObjectId, Untrusted};
use crate::record::canonical::{MOST_BYTES, NotCanonical};
use crate::record::checkpoint::Hash;
use crate::record::{Digest, Flaw, Record, RecordId};

/// A ledger as it was fetched.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The tip of the branch; `None` if there is no branch.
    pub(super) tip: Option<ObjectId>,
    /// True if the tip does not descend from the one that was last seen.
    pub(super) rewritten: bool,
    /// True if a tip was seen before.
    pub(super) seen: bool,
    /// The files of the branch that are named like records, by path.
    pub(super) branch: Vec<Filed>,
    /// Everything else on the branch.
    pub(super) others: Vec<Listed>,
    /// The refs that hold a record each, by name.
    pub(super) inbox: Vec<Waiting>,
    /// How many refs there are, damaged ones too.
    pub(super) waiting: usize,
    pub(super) damage: Vec<Damage>,
}

/// A file of the branch.
#[derive(Debug)]
pub(super) struct Filed {
    pub(super) month: String,
    pub(super) id: RecordId,
    /// Of its bytes; `None` if they are too many.
    pub(super) leaf: Option<Hash>,
    /// `None` if it is damaged.
    pub(super) record: Option<Record>,
}

/// A ref that holds a record.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Its name at the remote.
    pub(super) name: String,
    pub(super) commit: ObjectId,
    /// The record's bytes.
    pub(super) blob: ObjectId,
    pub(super) record: Record,
}

impl View {
    /// Fetches the refs of which the names end as `which` says, then the branch, and reads
    /// them. The other order could miss a record that is folded in between (rule R23).
    pub(super) fn fetch(store: &GitStore, which: &str, now: Timestamp) -> Result<Self, StoreError> {
        let here = &store.names.fetched;
        let inboxes = [(Inbox::Refs, "inbox"), (Inbox::Heads, "heads")];
        let refs = inboxes.map(|(inbox, folder)| {
            let prefix = inbox.prefix();
            format!("+{prefix}{which}:{here}{folder}/{which}")
        });
        // The star lets an absent branch be no error.
        let branch = [format!("+{BRANCH}*:{here}branch*")];
        let fetched = store
            .remote
            .fetch(&refs)
            .and_then(|()| store.remote.fetch(&branch))
            .map_err(|e| store.no(e));
        let all = store.git.refs(FETCHED).map_err(|e| local(&e));
        let read = fetched
            .and(all.as_deref().map_err(Clone::clone))
            .and_then(|all| Self::read(store, all, now));
        let done = |name: &String| name.starts_with(here) || store.names.is_left_behind(name);
        let names = all.unwrap_or_default().into_iter().map(|of| of.name);
        // If they stay, a later run takes them away.
        store.git.drop_refs(&names.filter(done).collect::<Vec<_>>());
        read
    }

    fn read(store: &GitStore, all: &[Ref], now: Timestamp) -> Result<Self, StoreError> {
        let here = &store.names.fetched;
        let mut view = Self::default();
        let mut refs = Vec::new();
        for of in all {
            let Some(rest) = of.name.strip_prefix(here.as_str()) else {
                continue;
            };
            if rest == "branch" {
                view.tip = Some(of.id.clone());
            } else if let Some(name) = rest.strip_prefix("inbox/") {
                refs.push((format!("{}{name}", Inbox::Refs.prefix()), &of.id));
            } else if let Some(name) = rest.strip_prefix("heads/") {
                refs.push((format!("{}{name}", Inbox::Heads.prefix()), &of.id));
            }
        }
        view.waiting = refs.len();
        let inbox = view.read_inbox(&store.git, &refs, now);
        inbox.map_err(|e| local(&e))?;
        if let Some(tip) = view.tip.clone() {
            view.read_branch(store, &tip, now)?;
        }
        let seen = store.git.of_ref(&store.names.seen).map_err(|e| local(&e))?;
        view.seen = seen.is_some();
        if let (Some(seen), Some(tip)) = (seen, &view.tip) {
            let descends = store.git.descends(tip, &seen);
            view.rewritten = !descends.map_err(|e| local(&e))?;
        }
        Ok(view)
    }

    /// Each ref holds a commit without parents, of a tree with one file (rules R22, R23).
    fn read_inbox(
        &mut self,
        git: &Git,
        refs: &[(String, &ObjectId)],
        now: Timestamp,
    ) -> Result<(), Box<Diagnostic>> {
        let asked = refs.iter().flat_map(|(_, id)| {
            [
                id.to_string(),
                format!("{id}^{{tree}}"),
                format!("{id}:{RECORD}"),
            ]
        });
        let asked: Vec<String> = asked.collect();
        let mut parts: Vec<Option<Found>> = Vec::with_capacity(3);
        git.objects(&asked, MOST_BYTES, &mut |at, found| {
            parts.push(found);
            if parts.len() < 3 {
                return;
            }
            let Some((name, commit)) = refs.get(at / 3) else {
                return;
            };
            match held(name, &parts, now) {
                Ok((record, blob)) => self.inbox.push(Waiting {
                    name: name.clone(),
                    commit: (*commit).clone(),
                    blob,
                    record,
                }),
                Err(damage) => self.damage.push(*damage),
            }
            parts.clear();
        })
    }

    fn read_branch(
        &mut self,
        store: &GitStore,
        tip: &ObjectId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let git = &store.git;
        let listing = git.listing(tip).map_err(|e| local(&e))?;
        let blobs: Vec<ObjectId> = listing.iter().map(|file| file.id.clone()).collect();
        let lacking = git.lacking(&blobs).map_err(|e| local(&e))?;
        if !lacking.is_empty() {
            store
                .remote
                .fetch_objects(&lacking)
                .map_err(|e| store.no(e))?;
        }
        let mut files = Vec::new();
        for file in listing {
            match record_path(&file.path) {
                Some((month, id)) if file.mode == "100644" => {
                    files.push((month.to_owned(), id, file));
                }
                Some(_) => self.damage.push(damage(&file.path, None, Flaw::Unreadable)),
                None => self.others.push(file),
            }
        }
        let asked: Vec<String> = files.iter().map(|(.., file)| file.id.to_string()).collect();
        git.objects(&asked, MOST_BYTES, &mut |at, found| {
            let Some((month, id, file)) = files.get(at) else {
                return;
            };
            let (leaf, record) = match found.map(|found| found.content) {
                Some(Content::Bytes(bytes)) => {
                    let record = filed(&bytes, month, *id, now);
                    let record = record.map_err(|flaw| damage(&file.path, Some(&bytes), flaw));
                    (Some(Hash::leaf(&bytes)), record)
                }
                Some(Content::TooLarge(hash)) => (None, Err(too_large(&file.path, hash))),
                None => (None, Err(damage(&file.path, None, Flaw::Unreadable))),
            };
            self.branch.push(Filed {
                month: month.clone(),
                id: *id,
                leaf,
                record: match record {
                    Ok(record) => Some(record),
                    Err(damage) => {
                        self.damage.push(damage);
                        None
                    }
                },
            });
        })
        .map_err(|e| local(&e))
    }

    /// A ledger whose branch is gone is never an empty one (rule R33).
    pub(super) fn not_vanished(&self, store: &GitStore) -> Result<(), StoreError> {
        if self.has_vanished() {
            return Err(store.vanished());
        }
        Ok(())
    }

    /// True if there was a branch, and is none.
    pub(super) const fn has_vanished(&self) -> bool {
        self.seen && self.tip.is_none()
    }

    /// The branch is not what it was (rule R42).
    pub(super) fn not_rewritten(&self, store: &GitStore) -> Result<(), StoreError> {
        if !self.rewritten {
            return Ok(());
        }
        Err(StoreError::Refused(
            Message::from("the branch krgate-records of ")
                .foreign(Untrusted::new(store.remote.name()))
                .own(" does not hold what was last seen of it"),
        ))
    }

    /// What of it is wanted.
    pub(super) fn into_scan(self, wanted: &Wanted<'_>) -> Scan {
        let mut scan = Scan {
            exists: self.tip.is_some() || self.waiting > 0,
            records: Vec::new(),
            damage: self.damage,
        };
        if self.rewritten {
            scan.damage.push(damage(BRANCH, None, Flaw::Rewritten));
        }
        let filed = self.branch.into_iter().filter_map(|filed| filed.record);
        let waiting = self.inbox.into_iter().map(|waiting| waiting.record);
        // What was folded in between, or stored again, is here twice.
        let mut unique: BTreeMap<(Timestamp, RecordId, Digest), Vec<Record>> = BTreeMap::new();
        for record in filed.chain(waiting).filter(|r| wanted.admits(r)) {
            let sides = unique
                .entry((record.at(), record.id(), record.digest()))
                .or_default();
            if !sides.contains(&record) {
                sides.push(record);
            }
        }
        scan.records = unique.into_values().flatten().collect();
        scan
    }
}

/// What a ref holds: its commit, that one's tree, and the file in it.
fn held(
    name: &str,
    parts: &[Option<Found>],
    now: Timestamp,
) -> Result<(Record, ObjectId), Box<Damage>> {
    let bytes = |part: Option<&Option<Found>>| match part {
        Some(Some(Found {
            content: Content::Bytes(bytes),
            ..
        })) => Some(bytes.clone()),
        _ => None,
    };
    let is_record = match parts.get(..2) {
        Some([Some(commit), Some(tree)]) => {
            let own = bytes(Some(&Some(commit.clone()))).unwrap_or_default();
            let own = String::from_utf8_lossy(&own);
            let mut head = own.lines().take_while(|line| !line.is_empty());
            let entries = tree.entries().unwrap_or_default();
            commit.kind == "commit"
                && head.all(|line| !line.starts_with("parent "))
                && matches!(
                    entries.as_slice(),
                    [(mode, file, _)] if mode == "100644" && file == RECORD.as_bytes()
                )
        }
        _ => false,
    };
    // It is set aside by the digest of the record, or of whatever else it holds.
    let file = parts.get(2);
    let found = match file {
        Some(Some(found)) if is_record => found,
        _ => {
            let first = bytes(file).or_else(|| bytes(parts.first()));
            return Err(Box::new(damage(name, first.as_deref(), Flaw::Ref)));
        }
    };
    let bytes = match &found.content {
        Content::Bytes(bytes) => bytes,
        Content::TooLarge(hash) => return Err(Box::new(too_large(name, *hash))),
    };
    let wrong = |flaw| Box::new(damage(name, Some(bytes), flaw));
    let record = Record::read(bytes, now).map_err(wrong)?;
    let of_name = name.rsplit('/').next().and_then(RecordId::parse);
    if of_name != Some(record.id()) {
        return Err(wrong(Flaw::Name));
    }
    Ok((record, found.id.clone()))
}

/// A file of the branch as a record.
fn filed(bytes: &[u8], month: &str, id: RecordId, now: Timestamp) -> Result<Record, Flaw> {
    let record = Record::read(bytes, now)?;
    if record.id() != id {
        return Err(Flaw::Name);
    }
    if record.month() != month {
        return Err(Flaw::Month);
    }
    Ok(record)
}

fn too_large(path: &str, hash: [u8; 32]) -> Damage {
    Damage {
        digest: Some(Digest::from_bytes(hash)),
        ..damage(path, None, NotCanonical::TooLarge.into())
    }
}
