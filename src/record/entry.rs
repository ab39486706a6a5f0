//! A record of the ledger: a canonical value that was checked, or one that was just sealed.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::canonical::{self, MOST_BYTES, Object, Value};
use super::flaw::Flaw;
use super::identity::{Digest, RecordId};
use super::kind::{Idem, Kind, Repository};
use super::shape;
use crate::model::UntrustedText;

/// The schema of every record that this version writes and reads.
pub const SCHEMA: &str = "krgate.record/1";

/// What does not enter `digest`: it says when and by whom, not what was judged.
const NOT_JUDGED: &[&str] = &["id", "digest", "at", "by", "parents", "timing", "sig"];

/// How far ahead of the reader's clock a record may be dated (rule R13).
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// A record, whole and checked. What was read is what is written again: fields that this
/// version does not know are kept (rule R12).
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    kind: Kind,
    id: RecordId,
    digest: Digest,
    at: Timestamp,
    body: Object,
}

/// What a record is made from.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The repository.
    pub repository: Repository,
    /// What makes it the same record as another.
    pub idem: Idem,
    /// The clock argument.
    pub at: Timestamp,
    /// The heads that the writer saw; `None` if it read no history (rule R14).
    pub parents: Option<Vec<RecordId>>,
    /// The fields of its kind.
    pub fields: Object,
}

/// Why no record was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsealed {
    /// It would be larger than any may be (rule R11): its size in bytes.
    #[error("it would be {0} bytes long, and a record has 64 MiB at most")]
    TooLarge(usize),
    /// A field has not the form that readers ask for.
    #[error("it would not be readable: {0}")]
    Flawed(#[from] Flaw),
}

impl Draft {
    /// Makes the record; from here on its bytes are final (rule R4).
    ///
    /// # Errors
    /// If it is larger than 64 MiB, or readers would refuse it.
    pub fn seal(self) -> Result<Record, Unsealed> {
        let idem = self.idem.to_object(&self.repository);
        let id = RecordId::of(idem.canonical().as_bytes());
        let mut body = self.fields;
        body.set("schema", SCHEMA);
        body.set("kind", self.idem.kind().as_str());
        body.set("idem", idem);
        body.set("repo", self.repository.to_object());
        let size = body.canonical().len();
        if size > MOST_BYTES {
            return Err(Unsealed::TooLarge(size));
        }
        let digest = Digest::of(body.without(NOT_JUDGED).canonical().as_bytes());
        body.set("id", id.to_string());
        body.set("digest", digest.to_string());
        body.set("at", shape::written(self.at));
        body.set("by", concat!("krgate ", env!("CARGO_PKG_VERSION")));
        let parents = self.parents.map(|parents| {
            let ids = parents.iter().map(|id| Value::from(id.to_string()));
            ids.collect::<Vec<_>>()
        });
        body.set_some("parents", parents);
        let at = shape::moment(&shape::written(self.at)).unwrap_or(self.at);
        let size = body.canonical().len().saturating_add(1);
        if size > MOST_BYTES {
            return Err(Unsealed::TooLarge(size));
        }
        Ok(Record {
            kind: shape::hold(&body)?,
            id,
            digest,
            at,
            body,
        })
    }
}

impl Record {
    /// Reads what a file of a record holds. `now` is the reader's clock (rule R13).
    ///
    /// # Errors
    /// What is wrong, however little: such bytes are damaged (rule R34).
    pub fn read(bytes: &[u8], now: Timestamp) -> Result<Self, Flaw> {
        let line = canonical::read_line(bytes)?;
        let body = &line.object;
        match body.get("schema").map(Value::as_text) {
            Some(Some(SCHEMA)) => {}
            Some(Some(other)) => return Err(Flaw::Schema(UntrustedText::new(other))),
            Some(None) => return Err(Flaw::Form("schema")),
            None => return Err(Flaw::Missing("schema")),
        }
        let kind = shape::hold(body)?;
        let text = |key: &'static str| body.text(key).ok_or(Flaw::Missing(key));
        let id = RecordId::parse(text("id")?).ok_or(Flaw::Form("id"))?;
        let digest = Digest::parse(text("digest")?).ok_or(Flaw::Form("digest"))?;
        let at = shape::moment(text("at")?).ok_or(Flaw::Form("at"))?;
        let idem = line.value("idem").ok_or(Flaw::Missing("idem"))?;
        if RecordId::of(idem) != id {
            return Err(Flaw::Id);
        }
        if Digest::of_parts(line.without(NOT_JUDGED)) != digest {
            return Err(Flaw::Digest);
        }
        let record = Self {
            kind,
            id,
            digest,
            at,
            body: line.object,
        };
        if record.repository_key() != record.repository().key() {
            return Err(Flaw::Form("idem.repo"));
        }
        if now.checked_add(AHEAD).is_ok_and(|latest| at > latest) {
            return Err(Flaw::Future);
        }
        Ok(record)
    }

    /// What a file of it holds: the canonical text and one line feed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut line = self.body.canonical();
        line.push('\n');
        line.into_bytes()
    }

    /// What it tells.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The digest of what makes it this record.
    pub const fn id(&self) -> RecordId {
        self.id
    }

    /// The digest of what was judged.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// When it was judged, in whole seconds.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// `at` as it is written.
    pub fn at_text(&self) -> &str {
        self.body.text("at").unwrap_or_default()
    }

    /// The month of `at` in UTC, such as `2026-11`.
    pub fn month(&self) -> &str {
        self.at_text().get(..7).unwrap_or_default()
    }

    /// The fields, also those that this version does not know. Text in them is foreign.
    pub const fn body(&self) -> &Object {
        &self.body
    }

    /// What makes it the same record as another. Text in it is foreign.
    pub fn idem(&self) -> &Object {
        const NONE: &Object = &Object::new();
        self.body
            .get("idem")
            .and_then(Value::as_object)
            .unwrap_or(NONE)
    }

    /// The repository. Its parts are foreign text.
    pub fn repository(&self) -> Repository {
        let part = |key| {
            let repo = self.body.get("repo").and_then(Value::as_object);
            repo.and_then(|repo| repo.text(key))
                .unwrap_or_default()
                .to_owned()
        };
        Repository {
            host: part("host"),
            id: part("id"),
            name: part("name"),
        }
    }

    /// `host/id` of the repository, as `idem` has it.
    pub fn repository_key(&self) -> &str {
        self.idem().text("repo").unwrap_or_default()
    }

    /// The heads that its writer saw; `None` if it read no history (rule R14).
    pub fn parents(&self) -> Option<Vec<RecordId>> {
        let parents = self.body.get("parents")?.as_list()?;
        Some(
            parents
                .iter()
                .filter_map(|id| RecordId::parse(id.as_text()?))
                .collect(),
        )
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Record({} {} {})",
            self.kind.as_str(),
            self.id.short(),
            self.at_text()
        )
    }
}

#[cfg(test)]
mod tests;
