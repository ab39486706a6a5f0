//! One finding. A million of them fit a small runner: see [`super::Findings`].
//!
//! Everything textual stands in tables of [`super::Intake`]; use
//! [`super::Intake::view`] to read a finding together with its texts.

use std::fmt;
use std::num::NonZeroU32;

use super::{Class, Cvss, FactsId, PathId, RuleId, RunId, SecretId, TextId, Triage, Validity};

/// The level of a result after rules 61 to 69.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Below every threshold, still judged on its score (rule 67).
    None,
    /// `note`.
    Note,
    /// `warning`, also where nothing says otherwise.
    Warning,
    /// `error`.
    Error,
}

impl Level {
    /// All levels, worst first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warning, Self::Note, Self::None];

    /// SARIF's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level that SARIF's word names, in SARIF's own spelling.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the report's own suppressions say of a finding (rules 35 to 39).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Suppression {
    /// Not suppressed.
    None,
    /// Suppressions are there, and one of them does not hold (rules 37, 39).
    NotEffective,
    /// Suppressed by a comment in the source alone.
    InSource,
    /// Suppressed outside the source alone.
    External,
    /// Suppressed both ways.
    Both,
}

impl Suppression {
    /// True if the report sets the finding aside.
    pub const fn holds(self) -> bool {
        matches!(self, Self::InSource | Self::External | Self::Both)
    }
}

/// What the report's own baseline says of a finding (rules 40, 41).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BaselineState {
    /// Nothing, in a run where no result says anything.
    Unstated,
    /// `new`, or nothing known while other results of the run say something: introduced.
    New,
    /// `unchanged` or `updated`: existing.
    Existing,
}

/// The lines and columns of a place, 1-based; `None` where the report gives none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Region {
    /// First line.
    pub line: Option<NonZeroU32>,
    /// First column, counted as the report counts (rule 110).
    pub column: Option<NonZeroU32>,
    /// Last line, if given.
    pub end_line: Option<NonZeroU32>,
    /// Column after the last character, if given.
    pub end_column: Option<NonZeroU32>,
}

/// A tool's own name for a result: a key and a digest of its value (rules 92 to 97).
///
/// Placeholders, values shared by several results of a run, and keys that change from run
/// to run are not here. Hashes of a secret are hashed again with the key of [`SecretId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint {
    /// The key with its version, as written (`matchBasedId/v1`).
    pub key: TextId,
    /// The first 16 bytes of SHA-256 (keyed for hashes of secrets) over the value.
    pub value: [u8; 16],
}

/// Where the fingerprints of a finding stand in [`super::Intake::fingerprints`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FingerprintRange {
    /// Index of the first.
    pub start: u32,
    /// How many.
    pub len: u16,
}

/// One thing that a scanner found, as far as reading alone can tell.
///
/// Whether it counts is decided later: by scopes, filters, waivers and the policy's stand
/// on suppressions. A finding is never dropped on the way (invariant 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The run it is from.
    pub run: RunId,
    /// The rule, with title, CWE numbers and tags.
    pub rule: RuleId,
    /// The primary place, `None` without a file.
    pub path: Option<PathId>,
    /// Lines and columns in that file.
    pub region: Region,
    /// The tool's message; `None` for class secrets (rules 111, S53) and where there is none.
    pub message: Option<TextId>,
    /// CVSS as the report has it.
    pub cvss: Cvss,
    /// Class, after the table of tools and the report entry.
    pub class: Class,
    /// Effective level.
    pub level: Level,
    /// What suppressions in the report say.
    pub suppression: Suppression,
    /// What the report's own baseline says.
    pub baseline: BaselineState,
    /// Of secrets: whether it works.
    pub validity: Validity,
    /// Of secrets: what people decided.
    pub triage: Triage,
    /// Of secrets: which one, where its value or a usable hash is known.
    pub secret: Option<SecretId>,
    /// The commit that holds it, for display and for telling occurrences apart.
    pub commit: Option<TextId>,
    /// The tool's own names for it.
    pub fingerprints: FingerprintRange,
    /// What is known of the vulnerability, of few findings.
    pub facts: Option<FactsId>,
    /// Index of the result in its run (SARIF) or of the item in the report.
    pub item: u32,
}

/// The finding id of rule L9: 32 hexadecimal digits that do not depend on line, commit,
/// author or date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId([u8; 16]);

impl FindingId {
    /// An id from the first 16 bytes of the hash.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// The first `digits` hexadecimal digits (at most 32).
    pub fn short(self, digits: usize) -> String {
        let mut hex = self.to_string();
        hex.truncate(digits);
        hex
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FindingId({self})")
    }
}
