//! Whether the branch of a ledger is what it was: the part of verification that needs git
//! (rules R15, R16, R42).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::view::View;
use super::{GitStore, StoreError, Wanted, local, record_path};
use crate::ci::git::{Content, Found, Git, Listed};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{ObjectId, Untrusted};
use crate::record::canonical::MOST_BYTES;
use crate::record::checkpoint::{self, Checkpoint, Hash, Month};
use crate::record::verify::{Verified, mismatch};
use crate::record::{Flaw, RecordId, Union};

/// Checkpoints, each under the digest of its file, and what is none, by its path.
pub(super) struct Checkpoints {
    pub(super) chain: BTreeMap<Hash, Checkpoint>,
    pub(super) damaged: Vec<(String, Flaw)>,
}

/// The checkpoints among the files of the branch.
pub(super) fn checkpoints(git: &Git, others: &[Listed]) -> Result<Checkpoints, StoreError> {
    let files: Vec<&Listed> = others.iter().filter(|file| is_checkpoint(file)).collect();
    let asked: Vec<String> = files.iter().map(|file| file.id.to_string()).collect();
    let mut chain = BTreeMap::new();
    let mut damaged = Vec::new();
    git.objects(&asked, MOST_BYTES, &mut |at, found| {
        let bytes = bytes_of(found);
        match Checkpoint::read(&bytes) {
            Ok(checkpoint) => {
                chain.insert(Hash::of_file(&bytes), checkpoint);
            }
            Err(flaw) => damaged.extend(files.get(at).map(|file| (file.path.clone(), flaw))),
        }
    })
    .map_err(|e| local(&e))?;
    Ok(Checkpoints { chain, damaged })
}

fn is_checkpoint(file: &Listed) -> bool {
    file.mode == "100644" && file.path.starts_with("checkpoints/")
}

fn bytes_of(found: Option<Found>) -> Vec<u8> {
    match found.map(|found| found.content) {
        Some(Content::Bytes(bytes)) => bytes,
        _ => Vec::new(),
    }
}

/// A month over the leaves of its records.
pub(super) fn month_of(month: &str, leaves: &BTreeMap<RecordId, Hash>) -> Month {
    let sorted: Vec<Hash> = leaves.values().copied().collect();
    Month {
        month: month.to_owned(),
        count: u64::try_from(sorted.len()).unwrap_or(u64::MAX),
        root: Hash::root(&sorted),
    }
}

impl GitStore {
    /// The digest of the last checkpoint of the branch; `None` without one, and where they are
    /// no chain, which [`GitStore::verify`] names.
    ///
    /// # Errors
    /// If it cannot be read as a whole.
    pub fn last_checkpoint(&self, now: Timestamp) -> Result<Option<Hash>, StoreError> {
        let view = View::fetch(self, "*", now)?;
        let there = checkpoints(&self.git, &view.others)?;
        let last = checkpoint::latest(&there.chain).ok().flatten();
        Ok(last.map(|last| Hash::of_file(&last.to_bytes())))
    }

    /// Verifies the ledger: its records as every store's, and the branch commit by commit.
    /// Each commit comes after the one before alone, takes no record away and changes none,
    /// and its checkpoint is of its own tree; and the branch holds what was last seen of it.
    ///
    /// # Errors
    /// If it cannot be read as a whole.
    pub fn verify(&self, now: Timestamp) -> Result<Verified, StoreError> {
        let mut view = View::fetch(self, "*", now)?;
        view.not_vanished(self)?;
        let others = std::mem::take(&mut view.others);
        let tip = view.tip.clone();
        let sound = !view.rewritten;
        let union = Union::of([view.into_scan(&Wanted::all(now))]);
        let mut diagnostics = union.diagnostics();
        let checkpoints = checkpoints(&self.git, &others)?;
        for (path, flaw) in &checkpoints.damaged {
            diagnostics.push(mismatch(
                Message::from("the ledger's ")
                    .foreign(Untrusted::new(path))
                    .own(format!(" is no checkpoint: {flaw}")),
            ));
        }
        if let Err(why) = checkpoint::latest(&checkpoints.chain) {
            diagnostics.push(mismatch(Message::from("the checkpoints: ").own(why)));
        }
        if let Some(tip) = &tip {
            let history = History::read(&self.git, tip).map_err(|e| local(&e))?;
            diagnostics.extend(history.faults());
            if sound {
                self.git.set_ref(&self.names.seen, tip);
            }
        }
        for file in others.iter().filter(|file| !is_checkpoint(file)) {
            diagnostics.push(Diagnostic::new(
                Code::LedgerForeignFile,
                Message::from("the ledger's ")
                    .foreign(Untrusted::new(&file.path))
                    .own(" is named like no record, and is not read"),
            ));
        }
        diagnostics.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.level));
        Ok(Verified {
            records: union.records.len(),
            checkpoints: checkpoints.chain.into_keys().collect(),
            diagnostics,
        })
    }
}

/// The names in a tree, each with its object.
type Names = BTreeMap<String, ObjectId>;

/// Every commit of the branch, the first one first.
#[derive(Default)]
struct History {
    commits: Vec<Step>,
    /// What the trees of months hold.
    months: BTreeMap<ObjectId, BTreeMap<RecordId, ObjectId>>,
    /// The leaves of records.
    leaves: BTreeMap<ObjectId, Hash>,
    checkpoints: BTreeMap<ObjectId, Option<Checkpoint>>,
}

/// A commit of the branch.
struct Step {
    id: ObjectId,
    parents: Vec<String>,
    months: Names,
    checkpoints: Names,
}

impl History {
    /// Reads it with a process a layer, whatever its length.
    fn read(git: &Git, tip: &ObjectId) -> Result<Self, Box<Diagnostic>> {
        let mut history = Self::default();
        let ids = git.history(tip)?;
        let asked = ids.iter().flat_map(|id| {
            [
                id.to_string(),
                format!("{id}:records"),
                format!("{id}:checkpoints"),
            ]
        });
        let asked: Vec<String> = asked.collect();
        let mut parts: Vec<Option<Found>> = Vec::with_capacity(3);
        git.objects(&asked, MOST_BYTES, &mut |at, found| {
            parts.push(found);
            if let (3, Some(id)) = (parts.len(), ids.get(at / 3)) {
                let mut parts = parts.drain(..);
                let mut next = || parts.next().flatten();
                history.commits.push(Step {
                    id: id.clone(),
                    parents: parents(&bytes_of(next())),
                    months: names(next(), "40000"),
                    checkpoints: names(next(), "100644"),
                });
            }
        })?;
        history.read_months(git)?;
        history.read_files(git)?;
        Ok(history)
    }

    fn read_months(&mut self, git: &Git) -> Result<(), Box<Diagnostic>> {
        let trees: BTreeMap<&ObjectId, &str> = self
            .commits
            .iter()
            .flat_map(|step| step.months.iter().map(|(month, id)| (id, month.as_str())))
            .collect();
        let (trees, months): (Vec<&ObjectId>, Vec<&str>) = trees.into_iter().unzip();
        let asked: Vec<String> = trees.iter().map(ToString::to_string).collect();
        let mut read = BTreeMap::new();
        git.objects(&asked, MOST_BYTES, &mut |at, found| {
            let (Some(tree), Some(month)) = (trees.get(at), months.get(at)) else {
                return;
            };
            let files = names(found, "100644").into_iter();
            let records = files.filter_map(|(name, blob)| {
                let path = format!("records/{month}/{name}");
                record_path(&path).map(|(_, id)| (id, blob))
            });
            read.insert((*tree).clone(), records.collect());
        })?;
        self.months = read;
        Ok(())
    }

    fn read_files(&mut self, git: &Git) -> Result<(), Box<Diagnostic>> {
        let blobs: BTreeSet<&ObjectId> = self.months.values().flat_map(BTreeMap::values).collect();
        let (blobs, asked): (Vec<_>, Vec<_>) = blobs
            .into_iter()
            .map(|blob| (blob, blob.to_string()))
            .unzip();
        git.objects(&asked, MOST_BYTES, &mut |at, found| {
            if let (Some(blob), Some(Content::Bytes(bytes))) =
                (blobs.get(at), found.map(|found| found.content))
            {
                self.leaves.insert((*blob).clone(), Hash::leaf(&bytes));
            }
        })?;
        let files = self
            .commits
            .iter()
            .flat_map(|step| step.checkpoints.values());
        let files: BTreeSet<&ObjectId> = files.collect();
        let (files, asked): (Vec<_>, Vec<_>) = files
            .into_iter()
            .map(|file| (file, file.to_string()))
            .unzip();
        git.objects(&asked, MOST_BYTES, &mut |at, found| {
            if let Some(file) = files.get(at) {
                let checkpoint = Checkpoint::read(&bytes_of(found)).ok();
                self.checkpoints.insert((*file).clone(), checkpoint);
            }
        })
    }

    /// What is wrong with it.
    fn faults(&self) -> Vec<Diagnostic> {
        let none = Step {
            id: match self.commits.first() {
                Some(first) => first.id.clone(),
                None => return Vec::new(),
            },
            parents: Vec::new(),
            months: Names::new(),
            checkpoints: Names::new(),
        };
        let mut of_tree = BTreeMap::new();
        let mut faults = Vec::new();
        let mut before = &none;
        for (at, step) in self.commits.iter().enumerate() {
            let mut fault = |what: &'static str| {
                faults.push(mismatch(Message::from(format!(
                    "the commit {} of the branch krgate-records {what}",
                    step.id.short()
                ))));
            };
            let expected: &[String] = &match at {
                0 => Vec::new(),
                _ => vec![before.id.to_string()],
            };
            if step.parents != expected {
                fault("does not come after the one before it alone");
            }
            if !self.keeps(before, step) {
                fault("takes records away or changes them");
            }
            let kept = before.checkpoints.iter();
            if kept
                .clone()
                .any(|(name, id)| step.checkpoints.get(name) != Some(id))
            {
                fault("takes checkpoints away or changes them");
            }
            let mut added = step.checkpoints.iter();
            let new = added
                .clone()
                .any(|(name, _)| !before.checkpoints.contains_key(name));
            if step.months != before.months && !new {
                fault("adds records, and no checkpoint");
            }
            let here = self.months_of(step, &mut of_tree);
            let fits = added.all(|(name, id)| {
                before.checkpoints.contains_key(name)
                    || matches!(self.checkpoints.get(id), Some(Some(of)) if of.months == here)
            });
            if !fits {
                fault("has a checkpoint that is not of its own records");
            }
            before = step;
        }
        faults
    }

    /// True if a commit has every record of another one as it is there.
    fn keeps(&self, before: &Step, after: &Step) -> bool {
        let nothing = BTreeMap::new();
        let records = |of: Option<&ObjectId>| of.and_then(|id| self.months.get(id));
        before.months.iter().all(|(month, tree)| {
            let now = after.months.get(month);
            let here = records(now).unwrap_or(&nothing);
            let mut there = records(Some(tree)).unwrap_or(&nothing).iter();
            now == Some(tree) || there.all(|(id, blob)| here.get(id) == Some(blob))
        })
    }

    /// The months of a commit. What was worked out for a tree once is kept.
    fn months_of(&self, step: &Step, of_tree: &mut BTreeMap<ObjectId, Month>) -> Vec<Month> {
        let months = step.months.iter().filter_map(|(name, tree)| {
            let records = self.months.get(tree)?;
            let month = of_tree.entry(tree.clone()).or_insert_with(|| {
                let leaves = records.iter();
                let leaves = leaves.filter_map(|(id, blob)| Some((*id, *self.leaves.get(blob)?)));
                month_of(name, &leaves.collect())
            });
            (month.count > 0).then(|| Month {
                month: name.clone(),
                ..month.clone()
            })
        });
        months.collect()
    }
}

/// The parents that a commit names.
fn parents(commit: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(commit);
    let head = text.lines().take_while(|line| !line.is_empty());
    head.filter_map(|line| line.strip_prefix("parent "))
        .map(str::to_owned)
        .collect()
}

/// The entries of one mode in a tree; none if there is no tree.
fn names(tree: Option<Found>, mode: &str) -> Names {
    let entries = tree
        .and_then(|tree| tree.entries().ok())
        .unwrap_or_default();
    let of_mode = entries.into_iter().filter(|(of, ..)| of == mode);
    of_mode
        .map(|(_, name, id)| (String::from_utf8_lossy(&name).into_owned(), id))
        .collect()
}
