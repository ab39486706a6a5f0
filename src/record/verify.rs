//! Whether a ledger is what it was: everything that can be told without git (rule R16). The
//! rest is told by the store in git.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::checkpoint::{self, Checkpoint, Hash, months};
use super::files::{Contents, contents, names, sync_folder, written_beside};
use super::store::dir::DirStore;
use super::store::{RecordStore as _, StoreError, Wanted};
use super::union::Union;
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::model::Untrusted;

/// What verification came to.
#[derive(Debug)]
pub struct Verified {
    /// How many records stand.
    pub records: usize,
    /// The digests of the checkpoints that stand.
    pub checkpoints: BTreeSet<Hash>,
    /// Every fault, then notes.
    pub diagnostics: Vec<Diagnostic>,
}

impl Verified {
    /// Demands a checkpoint whose digest somebody kept: a ledger that lacks it was rewritten.
    pub fn expect(&mut self, digest: Hash) {
        if !self.checkpoints.contains(&digest) {
            self.diagnostics.insert(
                0,
                mismatch(Message::from(format!(
                    "the ledger has no checkpoint of the digest that is expected, sha256:{digest}"
                ))),
            );
        }
    }
}

/// Verifies a ledger in a folder: canonical form, ids, digests, names, months, conflicts,
/// parents, checkpoints; and names whatever else lies there.
///
/// # Errors
/// If it cannot be read as a whole.
pub fn folder(store: &DirStore, now: Timestamp) -> Result<Verified, StoreError> {
    let union = Union::of([store.scan(&Wanted::all(now))?]);
    let mut diagnostics = union.diagnostics();
    let chain = checkpoints(store, &mut diagnostics);
    match checkpoint::latest(&chain) {
        Err(why) => diagnostics.push(mismatch(Message::from("the checkpoints: ").own(why))),
        Ok(None) => {}
        Ok(Some(latest)) => {
            for (month, why) in latest.contradicted_by(&months(&union.records)) {
                diagnostics.push(mismatch(
                    Message::from("of ")
                        .foreign(Untrusted::new(month))
                        .own(" the last checkpoint says otherwise: ")
                        .own(why),
                ));
            }
        }
    }
    for other in store.others() {
        diagnostics.push(Diagnostic::new(
            Code::LedgerForeignFile,
            Message::from("the ledger's ")
                .foreign(Untrusted::new(&other))
                .own(" is named like no record, and is not read"),
        ));
    }
    diagnostics.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.level));
    Ok(Verified {
        records: union.records.len(),
        checkpoints: chain.into_keys().collect(),
        diagnostics,
    })
}

/// The digest of the last checkpoint that lies in a folder; `None` without one, and where
/// they are no chain, which [`folder`] names.
pub fn last_checkpoint(store: &DirStore) -> Option<Hash> {
    let chain = checkpoints(store, &mut Vec::new());
    let last = checkpoint::latest(&chain).ok().flatten()?;
    Some(Hash::of_file(&last.to_bytes()))
}

/// What became of a checkpoint that was asked for.
#[derive(Debug)]
pub enum Sealed {
    /// It was written, or the last one says the same: over how many records it is, and its
    /// digest.
    Over(usize, Hash),
    /// There is no record to seal.
    Nothing,
    /// The ledger is not whole, so none was written.
    Refused(Vec<Diagnostic>),
}

/// Writes a checkpoint over all that a folder holds, once all of it was verified (rule R15).
/// Who seals at the same time waits, so that checkpoints stay in one line.
///
/// # Errors
/// If the ledger cannot be read as a whole, or the checkpoint cannot be written.
pub fn seal(store: &DirStore, now: Timestamp) -> Result<Sealed, StoreError> {
    let refused = |error: &std::io::Error| store.refused(error);
    if !store.exists()? {
        return Ok(Sealed::Nothing);
    }
    let folder = store.root().join("checkpoints");
    std::fs::create_dir_all(&folder).map_err(|error| refused(&error))?;
    let _lock = locked(&folder).map_err(|error| refused(&error))?;
    let faults = folder_faults(store, now)?;
    if !faults.is_empty() {
        return Ok(Sealed::Refused(faults));
    }
    let union = Union::of([store.scan(&Wanted::all(now))?]);
    let chain = checkpoints(store, &mut Vec::new());
    let previous = checkpoint::latest(&chain).ok().flatten();
    let digest_of = |of: &Checkpoint| chain.iter().find(|(_, c)| *c == of).map(|(hash, _)| *hash);
    let months = months(&union.records);
    if let Some(last) = previous.filter(|last| last.months == months) {
        let digest = digest_of(last).unwrap_or_else(|| Hash::of_file(&last.to_bytes()));
        return Ok(Sealed::Over(union.records.len(), digest));
    }
    if months.is_empty() {
        return Ok(Sealed::Nothing);
    }
    let checkpoint = Checkpoint {
        at: now,
        months,
        previous: previous.and_then(digest_of),
    };
    let bytes = checkpoint.to_bytes();
    let written = written_beside(&folder, &bytes).map_err(|error| refused(&error))?;
    written
        .persist_noclobber(folder.join(checkpoint.file_name()))
        .map_err(|failed| refused(&failed.error))?;
    sync_folder(&folder).map_err(|error| refused(&error))?;
    Ok(Sealed::Over(union.records.len(), Hash::of_file(&bytes)))
}

/// The errors of a verification.
fn folder_faults(store: &DirStore, now: Timestamp) -> Result<Vec<Diagnostic>, StoreError> {
    let verified = folder(store, now)?;
    let faults = verified.diagnostics.into_iter();
    Ok(faults.filter(|fault| fault.level == Level::Error).collect())
}

/// Holds a folder against others that seal, until it is dropped.
fn locked(folder: &std::path::Path) -> std::io::Result<Option<std::fs::File>> {
    if cfg!(unix) {
        let file = std::fs::File::open(folder)?;
        file.lock()?;
        Ok(Some(file))
    } else {
        // Elsewhere a folder cannot be opened.
        Ok(None)
    }
}

/// A fault of a checkpoint, or one that checkpoints let be seen.
pub(super) fn mismatch(message: Message) -> Diagnostic {
    Diagnostic::new(Code::CheckpointMismatch, message)
        .hint("compare the ledger with a copy, and with the digest in a kept weekly report")
}

/// The checkpoints of a folder, each under the digest of its file.
pub(super) fn checkpoints(
    store: &DirStore,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<Hash, Checkpoint> {
    let folder = store.root().join("checkpoints");
    let mut chain = BTreeMap::new();
    let there = names(&folder).unwrap_or_default();
    // What a crash left is none (rule R21).
    for name in there.iter().filter(|name| !name.starts_with(".krgate-")) {
        let bytes = match contents(&folder.join(name)) {
            Ok(Contents::Bytes(bytes)) => bytes,
            Ok(Contents::TooLarge(_)) | Err(_) => Vec::new(),
        };
        match Checkpoint::read(&bytes) {
            Ok(checkpoint) => {
                chain.insert(Hash::of_file(&bytes), checkpoint);
            }
            Err(flaw) => diagnostics.push(mismatch(
                Message::from("the ledger's ")
                    .foreign(Untrusted::new(&format!("checkpoints/{name}")))
                    .own(format!(" is no checkpoint: {flaw}")),
            )),
        }
    }
    chain
}
