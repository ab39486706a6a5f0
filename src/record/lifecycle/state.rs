//! What is known of every stream of a ref after some scans.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::event::{Look, Stream};
use crate::model::history::{Aliased, Aliases, Cause, Episode};
use crate::model::{Class, FindingId, KeyCheck, ObjectId, UntrustedText};

/// The streams of one ref of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// By stream.
    pub streams: BTreeMap<Stream, StreamState>,
    /// Records whose count of open findings is another than that of the replay.
    pub drift: Vec<Drift>,
    /// What changes showed, by stream, with the first time (rule M14).
    pub on_changes: BTreeMap<(Stream, FindingId), Timestamp>,
    /// When changes showed a finding that was waived as a false positive (rule M26).
    pub waived_on_changes: BTreeSet<(FindingId, Timestamp)>,
}

/// A record that counts otherwise than the replay (rule L23, `state-drift`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The stream.
    pub stream: Stream,
    /// When the record was judged.
    pub at: Timestamp,
    /// How many open findings it counts.
    pub recorded: u64,
    /// How many the replay does.
    pub replayed: u64,
}

/// The last admitted scan of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastScan {
    /// When it was judged.
    pub at: Timestamp,
    /// Its commit.
    pub commit: Option<ObjectId>,
    /// The version of the tool.
    pub version: Option<UntrustedText>,
    /// The digest of its rules.
    pub rules: Option<[u8; 16]>,
    /// Of secrets: which key made their ids.
    pub key: Option<KeyCheck>,
    /// How long it stands, in seconds.
    pub fresh: u64,
}

/// A stream after some scans.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamState {
    /// The last scan that was admitted.
    pub last: Option<LastScan>,
    /// What was ever found, by first id.
    pub findings: BTreeMap<FindingId, Tracked>,
    /// Open findings that the last admitted scan did not cover.
    pub(super) uncovered: BTreeSet<FindingId>,
    /// How many are open.
    pub(super) open: u64,
}

impl State {
    /// The findings with every id that they had (rule L9); secrets are left out, see
    /// [`Aliases`].
    pub fn aliases(&self) -> Aliases {
        let streams = self.streams.iter();
        let streams = streams.filter(|(stream, _)| stream.class != Class::Secrets);
        let all = streams.flat_map(|(_, known)| known.findings.values());
        let all = all.map(|tracked| Aliased {
            first: tracked.id,
            others: tracked.aliases.iter().copied().collect(),
            rule: tracked.look.rule.clone(),
            path: tracked.look.path.clone(),
            is_open: tracked.is_open(),
        });
        all.collect()
    }
}

impl StreamState {
    /// How many findings are open.
    pub const fn open(&self) -> u64 {
        self.open
    }

    /// The open findings, by first id.
    pub fn open_findings(&self) -> impl Iterator<Item = &Tracked> {
        self.findings.values().filter(|tracked| tracked.is_open())
    }
}

/// A finding with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// Its first id.
    pub id: FindingId,
    /// Ids that it had later.
    pub aliases: BTreeSet<FindingId>,
    /// What it looked like when it was last seen; its place is carried on with the file's.
    pub look: Look,
    /// When it was seen first.
    pub first_seen: Timestamp,
    /// When the commit was made that brought it in, where that is known (rule M8).
    pub introduced: Option<Timestamp>,
    /// True if it was there at the first scan of its stream (rule L2).
    pub left_truncated: bool,
    /// True if it came with another version of the tool or its rules (rule L18).
    pub by_tool_change: bool,
    /// The stretches in which it was open.
    pub episodes: Vec<Episode>,
    /// How often it was missed since it was last seen.
    pub misses: Option<Misses>,
    /// When a scan covered it last, if the last admitted one did not.
    pub covered: Option<Timestamp>,
    /// Since when it is set aside.
    pub set_aside: Option<Timestamp>,
    /// When it was set aside first.
    pub first_set_aside: Option<Timestamp>,
    /// From when until when it was set aside as a false positive; the last one may last.
    pub false_positive: Vec<(Timestamp, Option<Timestamp>)>,
    /// When the secret was first seen not to work (rule M19).
    pub revoked: Option<Timestamp>,
}

/// Scans that missed a finding, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misses {
    /// How many.
    pub count: u32,
    /// How many it takes.
    pub of: u32,
    /// When the first of them was.
    pub since: Timestamp,
    /// Its commit.
    pub commit: Option<ObjectId>,
    /// Whether the tool changed with it.
    pub cause: Cause,
}

impl Tracked {
    /// True if it is open, or nobody knows.
    pub fn is_open(&self) -> bool {
        self.episodes
            .last()
            .is_some_and(|episode| episode.fixed.is_none())
    }
}
