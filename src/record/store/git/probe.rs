//! Whether the host of a ledger takes refs that are no branches (rule R26): what
//! `krgate doctor --ledger` asks it.

use jiff::Timestamp;

use super::names::FETCHED;
use super::{GitStore, Inbox, StoreError, local, silent};
use crate::ci::git::{Became, NewCommit, RefChange};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{ObjectId, Untrusted, UntrustedText};

/// Beside the refs of records, which readers look at.
const PROBES: &str = "refs/krgate/probe/";
/// The same where only branches are taken.
const BRANCHES: &str = "refs/heads/krgate-probe/";

impl GitStore {
    /// Pushes a ref beside those of records and takes it away again: a fold does both. Where
    /// the host refuses it a branch is tried in the same way. It is no record, and no reader
    /// looks at it.
    ///
    /// # Errors
    /// If the host cannot be reached, or refuses both.
    pub fn probe(&self, now: Timestamp) -> Result<Vec<Diagnostic>, StoreError> {
        let commit = self.probe_commit(now).map_err(|e| local(&e))?;
        if self.fixed && self.inbox.get() == Inbox::Heads {
            let left = self.tried(BRANCHES, &commit)?;
            let message = self.about();
            let note = branches(message.own(": records are branches there, as its address says"));
            return Ok(left.into_iter().chain([note]).collect());
        }
        let refused = match self.tried(PROBES, &commit) {
            Ok(left) => return Ok(left.into_iter().collect()),
            Err(StoreError::Refused(refused)) => refused,
            Err(error) => return Err(error),
        };
        let left = self.tried(BRANCHES, &commit)?;
        let message =
            Message::from("a ref that is no branch is refused, so that records are branches: ");
        let note = branches(message.join(&refused));
        Ok(left.into_iter().chain([note]).collect())
    }

    /// Pushes a ref and takes it away; a warning if it stays.
    fn tried(&self, prefix: &str, commit: &ObjectId) -> Result<Option<Diagnostic>, StoreError> {
        let name = [prefix, self.own()].concat();
        let (became, words) = self.became(RefChange {
            name: &name,
            was: None,
            to: Some(commit),
        })?;
        match became {
            Became::Changed | Became::AsBefore => {}
            Became::Refused(reason) => return Err(self.refused(&reason, &words)),
            Became::Raced => return Err(self.no(silent())),
        }
        let gone = self.became(RefChange {
            name: &name,
            was: Some(commit),
            to: None,
        });
        Ok(match gone {
            Ok((Became::Changed | Became::AsBefore, _)) => None,
            Ok((Became::Refused(reason), _)) => Some(self.stays(&name, &reason)),
            Ok((Became::Raced, _)) | Err(_) => {
                Some(self.stays(&name, &UntrustedText::new("no answer")))
            }
        })
    }

    fn probe_commit(&self, now: Timestamp) -> Result<ObjectId, Box<Diagnostic>> {
        let blob = self
            .git
            .write_blob(b"a ref of `krgate doctor`, no record\n")?;
        let tree = self.git.write_tree("README", &blob)?;
        self.git.write_commit(&NewCommit {
            tree: &tree,
            parent: None,
            at: now,
            message: "krgate probe\n".to_owned(),
        })
    }

    /// What no other process is called by.
    fn own(&self) -> &str {
        let fetched = self.names.fetched.strip_prefix(FETCHED);
        fetched.unwrap_or_default().trim_end_matches('/')
    }

    fn stays(&self, name: &str, reason: &UntrustedText) -> Diagnostic {
        let message = self
            .about()
            .own(" did not let the ref be taken away again that was tried, ")
            .foreign(Untrusted::new(name))
            .own(": ")
            .foreign(reason.as_untrusted());
        Diagnostic::new(Code::LedgerProbeLeft, message).hint(
            "gathering records takes their refs away too: without that right they stay refs, \
             one each, and every reader fetches all of them",
        )
    }
}

/// Records are branches, which people and workflows see.
fn branches(message: Message) -> Diagnostic {
    Diagnostic::new(Code::LedgerBranches, message).hint(
        "`ledger: git:REMOTE?inbox=heads` spares the attempt; give workflows that start on every \
         push `branches-ignore: [krgate-inbox/**, krgate-records]`",
    )
}
