//! What a record says of a stream and its findings (rules L1, L4, L24).

use jiff::Timestamp;

use crate::model::history::{Cause, Unadmitted};
use crate::model::{
    Class, FindingId, KeyCheck, SecretHash, Severity, Tenths, UntrustedText, Validity,
};

/// What findings are compared within, in one ref of one repository (rule L1). The version of
/// the tool is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stream {
    /// The tool by its alias.
    pub tool: UntrustedText,
    /// The category of the run, where there is one.
    pub category: Option<UntrustedText>,
    /// What it looks for.
    pub class: Class,
}

/// One scan of a stream, as a record keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// The stream.
    pub stream: Stream,
    /// The version of the tool, as written.
    pub version: Option<UntrustedText>,
    /// The digest of the list of rules that ran, where the report has one.
    pub rules: Option<[u8; 16]>,
    /// How long the scan stands, in seconds (rule L16).
    pub fresh: u64,
    /// Why it opened and closed nothing; `None` if it was admitted (rule L3).
    pub unadmitted: Option<Unadmitted>,
    /// True if it is the first one of its stream: it adopts what it finds (rule L2).
    pub adopts: bool,
    /// True if the tool or its rules are others than at the last admitted scan (rule L18).
    pub tool_change: bool,
    /// True if something of it is from a commit of the history.
    pub of_history: bool,
    /// Of secrets: which key made their ids.
    pub key: Option<KeyCheck>,
    /// What of the open findings it could not have seen.
    pub uncovered: Uncovered,
    /// How many findings are open after it (rule L23).
    pub open: u64,
    /// Of a change: what it introduces and a waiver calls a false positive, by its id in that
    /// run; sorted (rule M26).
    pub false_positives: Vec<FindingId>,
    /// What happened; nothing for what is unchanged.
    pub events: Vec<Event>,
}

/// Open findings that a scan did not cover (rules L4, L16), said as shortly as it can be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uncovered {
    /// All in these paths, as the state has them after the scan; sorted.
    pub paths: Vec<UntrustedText>,
    /// All of these rules; sorted.
    pub rules: Vec<UntrustedText>,
    /// These ones; sorted.
    pub ids: Vec<FindingId>,
}

impl Uncovered {
    /// True if it is empty: the scan could have seen all.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.rules.is_empty() && self.ids.is_empty()
    }
}

/// What happened to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// It is seen for the first time.
    New,
    /// It stands elsewhere, or is called by another rule.
    Moved,
    /// Its score, its validity, one of its names or whether it counts is another.
    Changed,
    /// It was missed, and that is not often enough.
    Missing,
    /// It is seen again after it was missed.
    Seen,
    /// It is seen again after it was fixed.
    Reopened,
    /// It was missed often enough, or its file is gone.
    Fixed,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Moved,
        Self::Changed,
        Self::Missing,
        Self::Seen,
        Self::Reopened,
        Self::Fixed,
    ];

    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Moved => "moved",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Seen => "seen",
            Self::Reopened => "reopened",
            Self::Fixed => "fixed",
        }
    }
}

/// An event of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The finding, by its first id.
    pub id: FindingId,
    /// What happened.
    pub what: What,
    /// Why.
    pub cause: Cause,
    /// True if it was recognised by a step that serves the history alone (rule L6).
    pub weak: bool,
    /// What it looks like now; always there where it is new or reopened.
    pub look: Option<Look>,
    /// Ids that it has from now on, beside those that it had; sorted.
    pub aliases: Vec<FindingId>,
    /// Of `missing`: which miss it is, and how many it takes.
    pub misses: Option<(u32, u32)>,
    /// Of `new`: when the commit was made that brought it in, where that is known (rule M8).
    pub introduced: Option<Timestamp>,
    /// Of `new` at the first scan of a stream: when its report says that it was first detected
    /// (rule L2).
    pub detected: Option<Timestamp>,
    /// Of `fixed`: when it was missed first, if that was an earlier scan (rule L15).
    pub since: Option<Timestamp>,
}

impl Event {
    /// An event of which nothing else is known.
    pub const fn of(id: FindingId, what: What) -> Self {
        Self {
            id,
            what,
            cause: Cause::Scan,
            weak: false,
            look: None,
            aliases: Vec::new(),
            misses: None,
            introduced: None,
            detected: None,
            since: None,
        }
    }
}

/// What one can know a finding by, and what is judged of it. No message, and of a secret no
/// more than its keyed hash (rule R10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The rule.
    pub rule: UntrustedText,
    /// The path as outputs show it.
    pub path: Option<UntrustedText>,
    /// True if that is a path of the repository.
    pub in_repository: bool,
    /// The first line, 1-based.
    pub line: Option<u32>,
    /// What it is told by; sorted.
    pub keys: Vec<Key>,
    /// The package that is vulnerable.
    pub package: Option<UntrustedText>,
    /// The score as judged.
    pub cvss: Option<Tenths>,
    /// The band as judged.
    pub severity: Option<Severity>,
    /// CWE numbers, ascending.
    pub cwe: Vec<u32>,
    /// When its advisory was published, where that is known (rule L20).
    pub advisory: Option<Timestamp>,
    /// Of a secret: whether it works.
    pub validity: Option<Validity>,
    /// True if a suppression, a waiver or a statement sets it aside (rule L19).
    pub set_aside: bool,
    /// True if that is a waiver or a statement which says that it is none (rule M5).
    pub false_positive: bool,
}

impl Look {
    /// True if it is called by another rule, or stands elsewhere.
    pub fn is_elsewhere(&self, than: &Self) -> bool {
        (&self.rule, &self.path, self.line) != (&than.rule, &than.path, than.line)
    }

    /// The key of that kind; of several the first.
    pub fn key(&self, kind: KeyKind) -> Option<[u8; 16]> {
        let key = self.keys.iter().find(|key| key.kind == kind)?;
        Some(key.value)
    }

    /// The secret.
    pub fn secret(&self) -> Option<SecretHash> {
        self.key(KeyKind::Secret).map(SecretHash::new)
    }
}

/// What a key is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// Advisory and package (rule O8).
    Dependency,
    /// The message, scrubbed and visible (rule L7).
    Message,
    /// The secret, hashed with the project's key.
    Secret,
    /// A fingerprint of the tool, with its name.
    Tool,
}

impl KeyKind {
    /// All of them, in the order of their letters.
    pub const ALL: [Self; 4] = [Self::Dependency, Self::Message, Self::Secret, Self::Tool];

    /// The letter in a record.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Dependency => "d",
            Self::Message => "m",
            Self::Secret => "s",
            Self::Tool => "t",
        }
    }
}

/// A key of a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What it is made from.
    pub kind: KeyKind,
    /// 16 bytes of a hash.
    pub value: [u8; 16],
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // That of a secret is shown by nothing.
        write!(f, "Key({}:…)", self.kind.letter())
    }
}
