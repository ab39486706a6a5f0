//! Gathering the refs of records on the branch (rules R1, R24, R25, R38 to R41).

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::names::BRANCH;
use super::verify::{checkpoints, month_of};
use super::view::{View, Waiting};
use super::{GitStore, StoreError, local, pause};
use crate::ci::git::{Became, NewCommit, RefChange};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::ObjectId;
use crate::record::checkpoint::{self, Checkpoint, Hash, Month};
use crate::record::{Record, RecordId};

/// From so many refs on a writer folds them.
const DUE: usize = 20;
/// Most records of one fold. Each is named twice on a command line, which Windows keeps short.
const BATCH: usize = if cfg!(windows) { 100 } else { 500 };
/// How often `compact` tries where others are quicker.
const TRIES: u32 = 5;

/// What a fold came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folded {
    /// Records that are on the branch now, and were not before.
    pub records: usize,
    /// Refs that were taken away.
    pub refs: usize,
    /// Refs that stay: what is damaged or contradicts another record, and what did not fit.
    pub left: usize,
    /// SHA-256 of the checkpoint that was written.
    pub checkpoint: Option<Hash>,
}

/// Why nothing was folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFolded {
    /// Another push was quicker; nothing has changed (rule R38).
    Raced,
    /// The ledger cannot be read, or refuses.
    Store(StoreError),
}

impl NotFolded {
    /// Why, as a diagnostic of exit code 4.
    pub fn diagnostic(&self) -> Diagnostic {
        let message = match self {
            Self::Raced => "other pushes were quicker each time".into(),
            Self::Store(error) => error.diagnostic().message,
        };
        Diagnostic::new(
            Code::LedgerNotFolded,
            Message::from("the records that wait stay where they are: ").join(&message),
        )
        .hint("no record is lost; try again with: krgate records compact")
    }
}

impl From<StoreError> for NotFolded {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What is to be done with the refs.
#[derive(Default)]
struct Plan<'a> {
    /// Records that go onto the branch.
    add: Vec<&'a Waiting>,
    /// Refs that are then of no more use.
    refs: Vec<&'a Waiting>,
}

impl GitStore {
    /// Folds if the last scan saw 20 refs or more; `None` if it did not. What comes of it
    /// never touches a verdict (rule R25).
    ///
    /// # Errors
    /// If nothing was folded; then nothing has changed.
    pub fn fold_when_due(&self, now: Timestamp) -> Result<Option<Folded>, NotFolded> {
        if self.waiting.get() < DUE {
            return Ok(None);
        }
        self.fold(now).map(Some)
    }

    /// Folds until no ref is left that can be, and tries again where others are quicker.
    ///
    /// # Errors
    /// If the ledger cannot be read or refuses, or others were quicker five times.
    pub fn compact(&self, now: Timestamp) -> Result<Folded, NotFolded> {
        let mut all = Folded::default();
        let mut attempt = 0;
        loop {
            match self.fold(now) {
                Ok(folded) => {
                    attempt = 0;
                    all.records = all.records.saturating_add(folded.records);
                    all.refs = all.refs.saturating_add(folded.refs);
                    all.left = folded.left;
                    all.checkpoint = folded.checkpoint.or(all.checkpoint);
                    if folded.refs == 0 || folded.left == 0 {
                        return Ok(all);
                    }
                }
                Err(NotFolded::Raced) if attempt + 1 < TRIES => {
                    thread::sleep(pause(Duration::from_millis(500), attempt));
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Folds once: one commit, one atomic push that moves the branch and takes the refs away,
    /// each with its lease.
    ///
    /// # Errors
    /// If nothing was folded; then nothing has changed.
    pub fn fold(&self, now: Timestamp) -> Result<Folded, NotFolded> {
        let view = View::fetch(self, "*", now)?;
        view.not_vanished(self)?;
        view.not_rewritten(self)?;
        let plan = plan(&view);
        if plan.refs.is_empty() {
            self.waiting.set(view.waiting);
            return Ok(Folded {
                left: view.waiting,
                ..Folded::default()
            });
        }
        let (commit, checkpoint) = match &view.tip {
            Some(tip) if plan.add.is_empty() => (tip.clone(), None),
            _ => self.commit_of(&view, &plan, now)?,
        };
        self.push_fold(&view, &plan, &commit)?;
        self.git.set_ref(&self.names.seen, &commit);
        let left = view.waiting.saturating_sub(plan.refs.len());
        self.waiting.set(left);
        Ok(Folded {
            records: plan.add.len(),
            refs: plan.refs.len(),
            left,
            checkpoint,
        })
    }

    /// The commit on top of the branch: more records, and a checkpoint over all (rule R15).
    fn commit_of(
        &self,
        view: &View,
        plan: &Plan<'_>,
        now: Timestamp,
    ) -> Result<(ObjectId, Option<Hash>), StoreError> {
        let there = checkpoints(&self.git, &view.others)?;
        let previous = if there.damaged.is_empty() {
            checkpoint::latest(&there.chain)
        } else {
            Err("one is damaged")
        };
        let previous = previous.map_err(|why| {
            StoreError::Refused(Message::from("it cannot be folded: the checkpoints: ").own(why))
        })?;
        let previous = previous.map(|last| Hash::of_file(&last.to_bytes()));
        let checkpoint = Checkpoint {
            at: now,
            months: months(view, plan)?,
            previous,
        };
        let bytes = checkpoint.to_bytes();
        let written = |bytes: &[u8]| self.git.write_blob(bytes).map_err(|e| local(&e));
        let mut files = vec![(
            format!("checkpoints/{}", checkpoint.file_name()),
            written(&bytes)?,
        )];
        for waiting in &plan.add {
            let (month, id) = (waiting.record.month(), waiting.record.id());
            files.push((format!("records/{month}/{id}.json"), waiting.blob.clone()));
        }
        let tree = self.git.add_to_tree(view.tip.as_ref(), &files);
        let tree = tree.map_err(|e| local(&e))?;
        let commit = self.git.write_commit(&NewCommit {
            tree: &tree,
            parent: view.tip.as_ref(),
            at: now,
            message: format!("krgate fold\n\n{} records\n", plan.add.len()),
        });
        let commit = commit.map_err(|e| local(&e))?;
        Ok((commit, Some(Hash::of_file(&bytes))))
    }

    fn push_fold(&self, view: &View, plan: &Plan<'_>, commit: &ObjectId) -> Result<(), NotFolded> {
        let mut changes = vec![RefChange {
            name: BRANCH,
            was: view.tip.as_ref(),
            to: Some(commit),
        }];
        changes.extend(plan.refs.iter().map(|waiting| RefChange {
            name: &waiting.name,
            was: Some(&waiting.commit),
            to: None,
        }));
        let pushed = self.remote.push(&changes).map_err(|e| self.no(e))?;
        let mut raced = pushed.refs.len() < changes.len();
        for (_, became) in &pushed.refs {
            match became {
                // Of an atomic push that fails for one ref the others say so too.
                Became::Refused(reason) if reason.raw() != "atomic push failure" => {
                    return Err(self.refused(reason, &pushed.words).into());
                }
                Became::Raced | Became::Refused(_) => raced = true,
                Became::Changed | Became::AsBefore => {}
            }
        }
        if raced { Err(NotFolded::Raced) } else { Ok(()) }
    }
}

/// What may be folded: no damaged ref, none that contradicts another record of its id, and
/// none that would count before the copy which is on the branch (rules R6, R24, R40, R41).
fn plan(view: &View) -> Plan<'_> {
    let mut filed: BTreeMap<RecordId, Vec<Option<&Record>>> = BTreeMap::new();
    for file in &view.branch {
        filed.entry(file.id).or_default().push(file.record.as_ref());
    }
    let mut waiting: BTreeMap<RecordId, Vec<&Waiting>> = BTreeMap::new();
    for of in &view.inbox {
        waiting.entry(of.record.id()).or_default().push(of);
    }
    let mut plan = Plan::default();
    for (id, mut sides) in waiting {
        if plan.refs.len().saturating_add(sides.len()) > BATCH {
            break;
        }
        sides.sort_by_cached_key(|side| counts(&side.record));
        let Some((first, rest)) = sides.split_first() else {
            continue;
        };
        let same = |record: &Record| record.digest() == first.record.digest();
        if !rest.iter().all(|side| same(&side.record)) {
            continue;
        }
        match filed.get(&id) {
            None => plan.add.push(first),
            Some(copies) => {
                let stands = |copy: Option<&Record>| copy.is_some_and(same);
                let earlier = |copy: Option<&Record>| {
                    copy.is_some_and(|copy| counts(copy) <= counts(&first.record))
                };
                if !copies.iter().copied().all(stands) || !copies.iter().copied().any(earlier) {
                    continue;
                }
            }
        }
        plan.refs.extend(sides);
    }
    plan
}

/// Of duplicates the least counts (rule R6).
fn counts(record: &Record) -> (Timestamp, Vec<u8>) {
    (record.at(), record.to_bytes())
}

/// The months of the branch with what is added.
fn months(view: &View, plan: &Plan<'_>) -> Result<Vec<Month>, StoreError> {
    let mut months: BTreeMap<&str, BTreeMap<RecordId, Hash>> = BTreeMap::new();
    for file in &view.branch {
        let leaf = file.leaf.ok_or_else(|| {
            StoreError::Refused("it cannot be folded: a record on the branch is too large".into())
        })?;
        let leaves = months.entry(&file.month).or_default();
        leaves.insert(file.id, leaf);
    }
    for waiting in &plan.add {
        let record = &waiting.record;
        let leaves = months.entry(record.month()).or_default();
        leaves.insert(record.id(), Hash::leaf(&record.to_bytes()));
    }
    Ok(months
        .into_iter()
        .map(|(month, leaves)| month_of(month, &leaves))
        .collect())
}
