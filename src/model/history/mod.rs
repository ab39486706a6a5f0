//! What the ledger says of the past, as plain values.
//!
//! The records of a repository become one [`History`] before anything is judged; measures and
//! the arithmetic of key results read it and never open a store. Everything here is in the
//! order of time, so that the same set of records gives the same history (rule R3).

mod aliases;
mod block;
mod life;
mod series;

pub use aliases::{Aliased, Aliases};
pub use block::{Block, FalsePositive};
pub use life::{
    Cause, Close, Episode, FleetScan, JudgedRepository, Life, LifeState, PastScan, PastStream,
    Unadmitted,
};
pub use series::{
    BaseRun, CheckIn, Definition, Frozen, PastData, PastEvent, PastPolicy, PastReport, PastRun,
    Point, RecordId,
};

use jiff::Timestamp;

/// Why measures over the history are unknown though there is one (rules R12, R32 to R34, R41,
/// R42, M34).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// Stable word in kebab case: `damaged-record`, `missing-parent`, `record-conflict`,
    /// `unknown-schema`, `history-rewritten`, …
    pub code: &'static str,
    /// What it is about, in words of our own and digests only.
    pub what: String,
    /// From when on the history cannot be trusted; `None` for all of it.
    pub since: Option<Timestamp>,
}

/// The past of one repository, with the last scans of all others beside it.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// True if a ledger was read; an empty one that was read is an empty history (rule R32).
    pub read: bool,
    /// Why it is not whole; empty if it is.
    pub doubts: Vec<Doubt>,
    /// The runs that were recorded, by time and then id; of several attempts the last
    /// (rule R8).
    pub runs: Vec<PastRun>,
    /// Of a change, the run that judged what it is to be merged into, where one is recorded.
    pub base: Option<BaseRun>,
    /// What was measured, by key result, then time, then record.
    pub points: Vec<Point>,
    /// Figures that were frozen as starts (rule K5) or at the close of a period (rule K26).
    pub frozen: Vec<Frozen>,
    /// What people reported, by the day that it stands for (rule K25).
    pub check_ins: Vec<CheckIn>,
    /// Deployments, drills, penetration tests, reports, by the day that they stand for.
    pub events: Vec<PastEvent>,
    /// The streams that findings came in (rule L1).
    pub streams: Vec<PastStream>,
    /// Every scan of these streams, by time and then record.
    pub scans: Vec<PastScan>,
    /// The last scans of every repository that the ledger has, by repository and class
    /// (rule M17).
    pub fleet: Vec<FleetScan>,
    /// The findings, by their first id.
    pub lives: Vec<Life>,
    /// The repository that is judged, where a scan of it now is one that a record would admit
    /// (rule L3): a state, at a commit that is not older than the last one.
    pub judged: Option<JudgedRepository>,
    /// The runs that blocked a change, every attempt of them, by time and then record.
    pub blocks: Vec<Block>,
    /// What was waived as a false positive, by repository, finding and time.
    pub false_positives: Vec<FalsePositive>,
}

impl History {
    /// The points of one key result, in the order of time.
    pub fn points_of<'a>(&'a self, key_result: &'a str) -> impl Iterator<Item = &'a Point> {
        self.points
            .iter()
            .filter(move |point| point.key_result == key_result)
    }
}
