//! Where records are kept: what every store can do, and how it says no.

pub mod dir;
pub mod git;
mod pause;
pub mod place;
#[cfg(feature = "postgres")]
pub mod postgres;

use jiff::Timestamp;

use super::{Digest, Flaw, Kind, Record, RecordId};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::UntrustedText;

/// A place that keeps records. It adds and reads, and can do nothing else (rule R1).
///
/// Writers need not know of each other (rule R2): whatever they add at once, in one store or
/// in several, is all there afterwards. Every store passes the same suite of tests.
pub trait RecordStore {
    /// Adds a record. Its bytes are final, so a repeated attempt sends the same (rule R4).
    ///
    /// # Errors
    /// If nothing was stored, and why. An attempt whose answer was lost may have stored the
    /// record; the next one then says [`Appended::Duplicate`] (rule R36).
    fn append(&self, record: &Record) -> Result<Appended, StoreError>;

    /// Reads the records that are wanted, and names whatever is no record.
    ///
    /// # Errors
    /// If the store cannot be read as a whole. One bad record is [`Scan::damage`].
    fn scan(&self, wanted: &Wanted<'_>) -> Result<Scan, StoreError>;
}

/// What became of a record that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It was not there before.
    Stored,
    /// One of the same id and digest is there; its bytes stay (rule R6).
    Duplicate,
}

/// Which records a reader asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// `host/id` of their repository; `None` for all.
    pub repository: Option<&'a str>,
    /// Their kinds; empty for all.
    pub kinds: &'a [Kind],
    /// The first moment of `at`.
    pub from: Option<Timestamp>,
    /// The first moment after it.
    pub until: Option<Timestamp>,
    /// The reader's clock: what is dated more than a day ahead of it is damaged (rule R13).
    pub now: Timestamp,
}

impl Wanted<'_> {
    /// Everything, as seen at a moment.
    pub const fn all(now: Timestamp) -> Self {
        Self {
            repository: None,
            kinds: &[],
            from: None,
            until: None,
            now,
        }
    }

    /// True if it asks for this record.
    pub fn admits(&self, record: &Record) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&record.kind()))
            && self.from.is_none_or(|from| record.at() >= from)
            && self.until.is_none_or(|until| record.at() < until)
            && self
                .repository
                .is_none_or(|repository| record.repository_key() == repository)
    }
}

/// What a store holds of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// False if there is no ledger yet: the history is empty because nothing was ever
    /// recorded, and a reader says so (rule R32).
    pub exists: bool,
    /// The records by (`at`, `id`). One id can stand several times: the union sorts that out.
    pub records: Vec<Record>,
    /// Everything that is no record, whatever was asked for: what is damaged could have been
    /// any record (rule R34).
    pub damage: Vec<Damage>,
}

/// Something in a store that is no record of this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Where it is: a path, or the name of a ref.
    pub path: UntrustedText,
    /// The digest of its bytes, by which it is set aside; `None` if they cannot be read.
    pub digest: Option<Digest>,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl Damage {
    /// The damage as a diagnostic.
    pub fn diagnostic(&self) -> Diagnostic {
        let mut message = Message::from("the ledger's ").foreign(self.path.as_untrusted());
        message = match &self.flaw {
            Flaw::Schema(schema) => message
                .own(" is of schema ")
                .foreign(schema.as_untrusted())
                .own(", which this version of krgate does not read"),
            Flaw::Rewritten => {
                message.own(" was rewritten: it does not hold what was last seen of it")
            }
            flaw => message.own(format!(" is no record: {flaw}")),
        };
        let (code, hint) = match (&self.flaw, self.digest) {
            (Flaw::Schema(_), _) => (
                Code::RecordSchemaUnknown,
                "a newer krgate wrote it: use that version; until then key results over this \
                 history are unknown"
                    .to_owned(),
            ),
            (Flaw::Rewritten, _) => (
                Code::LedgerRewritten,
                "compare it with a copy, and find out who did it; if it is as it should be, \
                 delete the ref below refs/krgate/seen/ in this repository"
                    .to_owned(),
            ),
            (_, Some(digest)) => (
                Code::RecordDamaged,
                format!(
                    "if it is no tampering, set it aside with its reason: krgate records \
                     quarantine {digest} --reason \"…\""
                ),
            ),
            (_, None) => (
                Code::RecordDamaged,
                "let krgate read it, or find out who put it there".to_owned(),
            ),
        };
        if let Some(digest) = self.digest {
            message = message.own(format!(" ({digest})"));
        }
        Diagnostic::new(code, message).hint(hint)
    }
}

/// Why nothing was stored, or nothing can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Another record has this id (rule R6).
    Conflict {
        /// The id.
        id: RecordId,
        /// The digest of the one that is there.
        stored: Digest,
        /// The digest of the one that was offered.
        offered: Digest,
    },
    /// What stands under the record's name is damaged.
    Damaged(Box<Damage>),
    /// The store answered, and said no: no right to write, a rule of the host, no space.
    Refused(Message),
    /// The store did not answer, or is not there.
    Unreachable(Message),
    /// It was there before, and is not there now (rule R33).
    Vanished(Message),
}

impl StoreError {
    /// The error as a diagnostic of exit code 4.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Conflict {
                id,
                stored,
                offered,
            } => Diagnostic::new(
                Code::RecordConflict,
                format!(
                    "the ledger has another record under the id {id}: {stored} is stored, \
                     {offered} was offered, and nothing was changed"
                ),
            )
            .hint(
                "legs of a matrix and several gates of one job need a name each: --instance \
                 NAME; a correction of a check-in has another day, or is an amendment",
            ),
            Self::Damaged(damage) => damage.diagnostic(),
            Self::Refused(message) => Diagnostic::new(
                Code::RecordNotStored,
                Message::from("the ledger refuses: ").join(message),
            ),
            Self::Unreachable(message) => Diagnostic::new(
                Code::LedgerUnreachable,
                Message::from("the ledger cannot be reached: ").join(message),
            ),
            Self::Vanished(message) => Diagnostic::new(
                Code::LedgerVanished,
                Message::from("the ledger is gone: ").join(message),
            )
            .hint("records are never deleted: bring it back from a copy, or find out who took it"),
        }
    }
}
