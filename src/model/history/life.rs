//! The life of a finding across scans (part L of the ledger's rules).

use jiff::Timestamp;

use super::super::{
    Class, FindingId, ObjectId, SecretHash, Severity, Tenths, UntrustedText, Validity,
};
use super::RecordId;

/// What findings are compared within (rule L1). Streams never close each other's findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastStream {
    /// The repository, `host/id`.
    pub repository: String,
    /// The full ref.
    pub reference: String,
    /// The tool by its alias; its version is not part of the stream.
    pub tool: UntrustedText,
    /// The category of the run, where there is one.
    pub category: Option<UntrustedText>,
    /// What it looks for.
    pub class: Class,
    /// How long its last scan stands, in seconds (`fresh`, rule L16).
    pub fresh: u64,
}

/// Why a scan was only observed: it opened and closed nothing (rule L3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unadmitted {
    /// The run failed, or nobody knows whether it ran.
    RunFailed,
    /// It judged a change.
    Change,
    /// The commit is older than the last admitted one.
    OlderCommit,
    /// Whether the commit is newer cannot be told in a shallow clone.
    Shallow,
}

/// One scan of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastScan {
    /// The record that holds it.
    pub record: RecordId,
    /// The stream, by its place in [`super::History::streams`].
    pub stream: u32,
    /// When it was judged.
    pub at: Timestamp,
    /// The commit.
    pub commit: Option<ObjectId>,
    /// Why it opened and closed nothing; `None` if it was admitted.
    pub unadmitted: Option<Unadmitted>,
    /// True if it read the whole history and not only the newest commit.
    pub of_history: bool,
    /// True if the tool or its rules differed from those of the scan before (rule L18).
    pub tool_change: bool,
}

/// The repository of a run, as an inventory may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedRepository {
    /// `host/id`.
    pub repository: String,
    /// What people call it: `acme/shop`.
    pub name: UntrustedText,
    /// Its host.
    pub host: UntrustedText,
}

/// The last admitted scan of a repository for a class (rule M17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetScan {
    /// The repository, `host/id`.
    pub repository: String,
    /// What people call it: `acme/shop`.
    pub name: UntrustedText,
    /// Its host.
    pub host: UntrustedText,
    /// What was looked for.
    pub class: Class,
    /// When it was judged.
    pub at: Timestamp,
    /// When a scan of the whole history was, if there was one.
    pub history_at: Option<Timestamp>,
}

impl FleetScan {
    /// True if a line of an inventory means this repository: by its host's number, which
    /// survives a rename, or by its name, with its host or without.
    pub fn is_called(&self, written: &str) -> bool {
        is_called(&self.repository, &self.name, &self.host, written)
    }
}

impl JudgedRepository {
    /// True if a line of an inventory means it, as [`FleetScan::is_called`].
    pub fn is_called(&self, written: &str) -> bool {
        is_called(&self.repository, &self.name, &self.host, written)
    }
}

fn is_called(key: &str, name: &UntrustedText, host: &UntrustedText, written: &str) -> bool {
    let of_host = || written.strip_prefix(host.raw())?.strip_prefix('/');
    written == key || written == name.raw() || of_host() == Some(name.raw())
}

/// Why a finding appeared, moved or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was found, or it is not found any more.
    Scan,
    /// The tool or its rules changed (rule L18).
    ToolChange,
    /// Its file was deleted (rule L17).
    Removed,
}

/// One stretch in which a finding was open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// When it was seen first in this stretch.
    pub opened: Timestamp,
    /// When the first scan missed it that was not followed by a sighting (rule L15), and why;
    /// `None` while it is open.
    pub fixed: Option<(Timestamp, Cause)>,
    /// The commit of the scan that missed it first.
    pub fixing_commit: Option<ObjectId>,
}

impl Episode {
    /// When it ended; `None` while it is open.
    pub fn fixed_at(&self) -> Option<Timestamp> {
        self.fixed.map(|(at, _)| at)
    }
}

/// Why a finding left the count without a fix (rule M5), and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// It was no finding at all: a false positive.
    FalsePositive(Timestamp),
    /// The risk was accepted, by a waiver or a statement that it does not affect.
    Accepted(Timestamp),
}

/// What is known of a finding now (rules L11 to L17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifeState {
    /// The last scan that could have seen it saw it.
    Open,
    /// It was missing often enough.
    Fixed,
    /// No scan has covered it for longer than `fresh`; the moment of the last that did.
    Unknown(Timestamp),
}

/// A finding with all that happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// Its first id, which it keeps.
    pub id: FindingId,
    /// Ids that it had later.
    pub aliases: Vec<FindingId>,
    /// The stream, by its place in [`super::History::streams`].
    pub stream: u32,
    /// The rule as last seen.
    pub rule: UntrustedText,
    /// The path from the repository's root as last seen; `None` where the report has none.
    pub path: Option<UntrustedText>,
    /// The line as last seen, 1-based.
    pub line: Option<u32>,
    /// The package, for findings in dependencies.
    pub package: Option<UntrustedText>,
    /// The secret, for findings of class secrets where a key made an id of it.
    pub secret: Option<SecretHash>,
    /// The vulnerability, for findings in dependencies: advisory and package, whichever tool
    /// names them (rule O8).
    pub vulnerability: Option<[u8; 16]>,
    /// Whether the secret works, as last seen.
    pub validity: Option<Validity>,
    /// When the secret was first seen not to work (rule M19).
    pub revoked: Option<Timestamp>,
    /// The score as last judged, in tenths.
    pub cvss: Option<Tenths>,
    /// The band as last judged.
    pub severity: Option<Severity>,
    /// CWE numbers as last seen.
    pub cwe: Vec<u32>,
    /// When it was seen first: the least over all that it was matched with (rule L20).
    pub first_seen: Timestamp,
    /// When the commit that brought it in was made, where that is known (rule M8).
    pub introduced: Option<Timestamp>,
    /// When its advisory was published, where that is known.
    pub advisory_published: Option<Timestamp>,
    /// True if it was there at the first scan of its stream, so that its age is not known
    /// (rule L2).
    pub left_truncated: bool,
    /// True if it came with another version of the tool or its rules (rule L18).
    pub by_tool_change: bool,
    /// True if a change showed it before the state did (rule M14).
    pub seen_on_change: bool,
    /// The stretches in which it was open, in the order of time; never empty.
    pub episodes: Vec<Episode>,
    /// How it left without a fix, if it did (rule M5).
    pub left: Option<Close>,
    /// The first of fixed, waived, dismissed and accepted (rule M35).
    pub triaged: Option<Timestamp>,
    /// When the fix was deployed (rule M35).
    pub deployed: Option<Timestamp>,
    /// What is known of it now.
    pub state: LifeState,
}

impl Life {
    /// From when on scans of the ledger looked at it: later than `first_seen` where a report
    /// said that it had been detected before the first of them (rule L2).
    pub fn watched_from(&self) -> Timestamp {
        let first = self.episodes.first();
        first.map_or(self.first_seen, |episode| episode.opened)
    }

    /// True if it was there at the first scan of its stream: no change could have shown it, and
    /// no scan sooner.
    pub fn is_adopted(&self) -> bool {
        self.left_truncated || self.first_seen < self.watched_from()
    }

    /// True unless it is fixed: it is there, or nobody knows.
    pub fn is_open(&self) -> bool {
        self.state != LifeState::Fixed
    }
}
