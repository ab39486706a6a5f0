//! Whether a ledger is what it was: everything that can be told without git (rule R16). The
//! rest is told by the store in git.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::checkpoint::{self, Checkpoint, Hash, months};
use super::files::{Contents, contents, names};
use super::store::dir::DirStore;
use super::store::{RecordStore as _, StoreError, Wanted};
use super::union::Union;
use crate::diagnostic::{Code, Diagnostic, Message};
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

/// A fault of a checkpoint, or one that checkpoints let be seen.
pub(super) fn mismatch(message: Message) -> Diagnostic {
    Diagnostic::new(Code::CheckpointMismatch, message)
        .hint("compare the ledger with a copy, and with the digest in a kept weekly report")
}

/// The checkpoints of a folder, each under the digest of its file.
fn checkpoints(store: &DirStore, diagnostics: &mut Vec<Diagnostic>) -> BTreeMap<Hash, Checkpoint> {
    let folder = store.root().join("checkpoints");
    let mut chain = BTreeMap::new();
    for name in names(&folder).unwrap_or_default() {
        let bytes = match contents(&folder.join(&name)) {
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
