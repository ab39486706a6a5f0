//! A ledger in a git repository: a ref a record, and now and then a commit that gathers them
//! on a branch (rules R22 to R27).
//!
//! Writers never meet: each pushes a ref of its own, with the lease that there is none of that
//! name. Whatever reads takes the refs first and the branch after them, so that a record which
//! is folded in between is read twice and not missed.

mod address;
mod fold;
mod names;
mod probe;
mod verify;
mod view;

use std::cell::Cell;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use self::names::{Names, RECORD};
use self::view::View;
use super::pause::pause;
use super::{Appended, Damage, RecordStore, Scan, StoreError, Wanted};
use crate::ci::Environment;
use crate::ci::git::{Became, Content, Git, NewCommit, RefChange, Remote, RemoteError};
use crate::diagnostic::{Diagnostic, Message};
use crate::model::{ObjectId, Untrusted, UntrustedText};
use crate::record::canonical::MOST_BYTES;
use crate::record::{Digest, Flaw, Record, RecordId};

pub use address::{Address, BadAddress, Inbox};
pub use fold::{Folded, NotFolded};

/// How often a record is pushed where other pushes hold the host's locks.
const TRIES: u32 = 6;

/// The ledger in a repository that the working directory's repository can reach.
pub struct GitStore {
    git: Git,
    remote: Remote,
    names: Names,
    /// Where the next record is pushed; settled by the host's answer to the first push.
    inbox: Cell<Inbox>,
    /// True if only that will do (rule R26).
    fixed: bool,
    /// The refs that the last scan saw.
    waiting: Cell<usize>,
    /// True if the last scan found the branch gone (rule R33).
    gone: Cell<bool>,
}

impl GitStore {
    /// The ledger at an address, read and written by way of a repository; nothing is opened
    /// yet. `now` only tells refs that a killed run left behind from those of a running one.
    ///
    /// # Errors
    /// If the remote's name is none, or the system gives no randomness.
    pub fn open(
        git: Git,
        address: &Address,
        environment: &Environment,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let name = address.remote();
        let remote = git.remote(name, environment).ok_or_else(|| {
            StoreError::Unreachable(
                Message::from("this is no name of a remote, path or URL: ")
                    .foreign(Untrusted::new(name)),
            )
        })?;
        Ok(Self {
            names: Names::new(name, now).ok_or_else(|| {
                StoreError::Unreachable("the system gives no random number".into())
            })?,
            git,
            remote,
            inbox: Cell::new(address.inbox().unwrap_or(Inbox::Refs)),
            fixed: address.inbox().is_some(),
            waiting: Cell::new(0),
            gone: Cell::new(false),
        })
    }

    /// Pushes a record's commit to its ref, in the other namespace too where the host refuses
    /// the first one (rule R26).
    fn push(&self, record: &Record, commit: &ObjectId) -> Result<Became, StoreError> {
        let (became, words) = self.push_to(self.inbox.get(), record, commit)?;
        let Became::Refused(reason) = became else {
            return Ok(became);
        };
        let of_the_name = !reason.raw().contains("unpacker error");
        if self.fixed || self.inbox.get() == Inbox::Heads || !of_the_name {
            return Err(self.refused(&reason, &words));
        }
        let (became, words) = self.push_to(Inbox::Heads, record, commit)?;
        if let Became::Refused(reason) = &became {
            return Err(self.refused(reason, &words));
        }
        self.inbox.set(Inbox::Heads);
        Ok(became)
    }

    fn push_to(
        &self,
        inbox: Inbox,
        record: &Record,
        commit: &ObjectId,
    ) -> Result<(Became, UntrustedText), StoreError> {
        let name = inbox.name(record.id());
        self.became(RefChange {
            name: &name,
            was: None,
            to: Some(commit),
        })
    }

    /// What becomes of one ref that is pushed, and the host's words.
    fn became(&self, change: RefChange<'_>) -> Result<(Became, UntrustedText), StoreError> {
        let pushed = self.remote.push(&[change]).map_err(|e| self.no(e))?;
        let became = pushed.refs.into_iter().find(|(of, _)| of == change.name);
        let (_, became) = became.ok_or_else(|| self.no(silent()))?;
        Ok((became, pushed.words))
    }

    /// What the ledger has under a record's id, compared with it (rule R6); `None` if nothing.
    fn look(&self, record: &Record) -> Result<Option<Appended>, StoreError> {
        let one = format!("{}*", record.id());
        let mut view = View::fetch(self, &one, Timestamp::MAX)?;
        let name = |damage: &Damage| {
            let name = damage.path.raw().rsplit('/').next().unwrap_or_default();
            name.strip_suffix(".json").unwrap_or(name) == record.id().to_string()
        };
        if let Some(at) = view.damage.iter().position(name) {
            return Err(StoreError::Damaged(Box::new(view.damage.swap_remove(at))));
        }
        let waiting = view.inbox.iter().map(|waiting| &waiting.record);
        let filed = view.branch.iter().filter_map(|filed| filed.record.as_ref());
        let mut there = waiting.chain(filed).filter(|r| r.id() == record.id());
        there.next().map(|there| compare(there, record)).transpose()
    }

    /// The same for the branch as it was last seen, without asking the remote.
    fn look_here(&self, record: &Record) -> Result<Option<Appended>, StoreError> {
        let seen = self.git.of_ref(&self.names.seen).map_err(|e| local(&e))?;
        let Some(seen) = seen else { return Ok(None) };
        let name = format!("{}.json", record.id());
        let listing = self.git.listing(&seen).map_err(|e| local(&e))?;
        let file = listing
            .into_iter()
            .find(|file| file.path.starts_with("records/") && file.path.ends_with(&name));
        let Some(file) = file else { return Ok(None) };
        let found = self
            .git
            .object(file.id.to_string(), MOST_BYTES)
            .map_err(|e| local(&e))?;
        let Some(Content::Bytes(bytes)) = found.map(|found| found.content) else {
            // A look at the ledger as it is now will say what is wrong.
            return Ok(None);
        };
        match Record::read(&bytes, Timestamp::MAX) {
            Ok(there) => compare(&there, record).map(Some),
            Err(flaw) => Err(StoreError::Damaged(Box::new(Damage {
                path: UntrustedText::new(file.path),
                digest: Some(Digest::of(&bytes)),
                flaw,
            }))),
        }
    }

    fn vanished(&self) -> StoreError {
        StoreError::Vanished(
            self.about()
                .own(" has no branch krgate-records, and had one before (")
                .foreign(Untrusted::new(&self.names.seen))
                .own(")"),
        )
    }

    /// The host's words on a ref that it refuses.
    fn refused(&self, reason: &UntrustedText, words: &UntrustedText) -> StoreError {
        let mut message = self.about().own(" answers ").foreign(reason.as_untrusted());
        if !words.raw().is_empty() {
            message = message.own(": ").foreign(words.as_untrusted());
        }
        StoreError::Refused(message)
    }

    fn no(&self, error: RemoteError) -> StoreError {
        match error {
            RemoteError::Refused(words) => {
                StoreError::Refused(self.about().own(" answers ").foreign(words.as_untrusted()))
            }
            RemoteError::Unreachable(words) => {
                StoreError::Unreachable(self.about().own(": ").foreign(words.as_untrusted()))
            }
            RemoteError::Failed(message) => {
                StoreError::Unreachable(self.about().own(": ").join(&message))
            }
        }
    }

    fn about(&self) -> Message {
        Message::from("the remote ").foreign(Untrusted::new(self.remote.name()))
    }
}

impl RecordStore for GitStore {
    fn append(&self, record: &Record) -> Result<Appended, StoreError> {
        // No new ledger begins where one is gone.
        if self.gone.get() {
            return Err(self.vanished());
        }
        if let Some(there) = self.look_here(record)? {
            return Ok(there);
        }
        let commit = self.commit(record).map_err(|e| local(&e))?;
        for attempt in 0..TRIES {
            match self.push(record, &commit)? {
                Became::Changed => return Ok(Appended::Stored),
                Became::AsBefore => return Ok(Appended::Duplicate),
                Became::Raced | Became::Refused(_) => {}
            }
            if let Some(there) = self.look(record)? {
                return Ok(there);
            }
            // It was there and was taken away, or another push held the host's locks.
            thread::sleep(pause(Duration::from_millis(50), attempt));
        }
        Err(StoreError::Unreachable(self.about().own(
            " was busy with other pushes each time that this record was sent",
        )))
    }

    fn scan(&self, wanted: &Wanted<'_>) -> Result<Scan, StoreError> {
        let view = View::fetch(self, "*", wanted.now)?;
        self.waiting.set(view.waiting);
        self.gone.set(view.has_vanished());
        view.not_vanished(self)?;
        if let (false, Some(tip)) = (view.rewritten, &view.tip) {
            // Where another process is quicker, it has seen as much.
            self.git.set_ref(&self.names.seen, tip);
        }
        Ok(view.into_scan(wanted))
    }
}

impl GitStore {
    /// The commit of a record: the same one, whoever makes it and whenever (rule R22).
    fn commit(&self, record: &Record) -> Result<ObjectId, Box<Diagnostic>> {
        let blob = self.git.write_blob(&record.to_bytes())?;
        let tree = self.git.write_tree(RECORD, &blob)?;
        self.git.write_commit(&NewCommit {
            tree: &tree,
            parent: None,
            at: record.at(),
            message: format!("krgate record\n\n{}\n", record.id()),
        })
    }
}

fn compare(there: &Record, offered: &Record) -> Result<Appended, StoreError> {
    if there.digest() == offered.digest() {
        return Ok(Appended::Duplicate);
    }
    Err(StoreError::Conflict {
        id: offered.id(),
        stored: there.digest(),
        offered: offered.digest(),
    })
}

/// The repository that objects are made in does not do its part.
fn local(diagnostic: &Diagnostic) -> StoreError {
    StoreError::Unreachable(diagnostic.message.clone())
}

fn silent() -> RemoteError {
    RemoteError::Failed("it does not say what became of the record".into())
}

impl std::fmt::Debug for GitStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GitStore({:?})", Untrusted::new(self.remote.name()))
    }
}

/// A file of the branch by its path, or a ref.
fn damage(path: &str, bytes: Option<&[u8]>, flaw: Flaw) -> Damage {
    Damage {
        path: UntrustedText::new(path),
        digest: bytes.map(Digest::of),
        flaw,
    }
}

/// `records/<month>/<id>.json` taken apart; `None` for any other path.
fn record_path(path: &str) -> Option<(&str, RecordId)> {
    let (month, name) = path.strip_prefix("records/")?.split_once('/')?;
    let id = RecordId::parse(name.strip_suffix(".json")?)?;
    let digits = month.bytes().enumerate().all(|(at, byte)| match at {
        4 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (digits && month.len() == 7).then_some((month, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_r24_only_paths_of_records_are_read() {
        let id = "e7c8f47a1ab370d0f33750e6442c3546c1058816cef3d1f7fa6733f58320e805";
        let path = format!("records/2026-11/{id}.json");
        assert_eq!(
            record_path(&path),
            Some(("2026-11", RecordId::parse(id).unwrap()))
        );
        for other in [
            format!("records/2026-1/{id}.json"),
            format!("records/2026-111/{id}.json"),
            format!("records/{id}.json"),
            format!("records/2026-11/{id}"),
            format!("x/records/2026-11/{id}.json"),
            format!("records/2026-11/x/{id}.json"),
            "README.md".to_owned(),
        ] {
            assert_eq!(record_path(&other), None, "{other}");
        }
    }
}
