//! What was measured and reported in the past.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::{Bound, Class, Event, ObjectId, Quantity, UntrustedText, Verdict};

/// The id of a record: SHA-256 of what makes it the same record (rule R5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub [u8; 32]);

/// The digest of everything that gives a key result's number its meaning (rule K29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Definition(pub [u8; 16]);

/// A key result as a record holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// `objective/key-result`.
    pub key_result: String,
    /// When it was judged; for a check-in the begin of the day that it stands for (rule K25).
    pub at: Timestamp,
    /// The record that holds it.
    pub record: RecordId,
    /// What the number meant then; another one begins a new segment (rule K29).
    pub definition: Definition,
    /// The figure in the base unit (a share as a fraction of one, a duration in seconds);
    /// `None` when it was unknown.
    pub value: Option<Quantity>,
    /// Whether the figure is exact.
    pub bound: Bound,
    /// What became of it.
    pub verdict: Verdict,
    /// Its score then, 0 to 1.
    pub score: Option<Quantity>,
    /// How many things the figure was made from, where that is not the figure itself.
    pub n: Option<u64>,
    /// The code of why it was unknown.
    pub reason: Option<UntrustedText>,
    /// True where a state was judged, false for a change.
    pub of_state: bool,
}

/// A figure that stays what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// `objective/key-result`.
    pub key_result: String,
    /// The period by its name.
    pub period: String,
    /// True for the close of the period, false for a baseline.
    pub at_close: bool,
    /// When it was written.
    pub at: Timestamp,
    /// The record that holds it.
    pub record: RecordId,
    /// What the number meant then.
    pub definition: Definition,
    /// The figure in the base unit; `None` when it was unknown at the close.
    pub value: Option<Quantity>,
    /// What became of it; baselines have none.
    pub verdict: Option<Verdict>,
    /// Its score at the close; an unknown key result scores 0 there (rule K26).
    pub score: Option<Quantity>,
}

/// A figure, or steps, that a person reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckIn {
    /// `objective/key-result`.
    pub key_result: String,
    /// The day that it stands for.
    pub as_of: Date,
    /// When it arrived; decides only among those of one day.
    pub at: Timestamp,
    /// The record that holds it.
    pub record: RecordId,
    /// What the number meant then.
    pub definition: Definition,
    /// The figure in the base unit.
    pub value: Option<Quantity>,
    /// The ids of the steps that are done.
    pub done: Vec<String>,
    /// Who says so; a claim, not a proof (rule Q6).
    pub who: UntrustedText,
    /// Where it can be looked up.
    pub evidence: Vec<UntrustedText>,
    /// How sure the person is that the target will be reached, 0 to 1 (rule K20).
    pub confidence: Option<Quantity>,
    /// What the person adds.
    pub note: Option<UntrustedText>,
}

/// Something that happened: a deployment, a drill, a penetration test, a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastEvent {
    /// Its name (`pentest`, `deployment`, `report.access-control`).
    pub name: String,
    /// The moment that it stands for, where only a day is told its begin; or when a report was
    /// written.
    pub at: Timestamp,
    /// The record that holds it.
    pub record: RecordId,
    /// The commit that it concerns.
    pub commit: Option<ObjectId>,
    /// The environment that it concerns.
    pub environment: Option<UntrustedText>,
    /// How many criticals were found, where it is a search for them.
    pub found: Option<u64>,
    /// What was searched; a report of nothing needs it (rule F18).
    pub scope: Option<UntrustedText>,
}

/// A run of the gate that left a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// The record that holds it.
    pub record: RecordId,
    /// The repository, `host/id`.
    pub repository: String,
    /// When it was judged.
    pub at: Timestamp,
    /// Whether a change or a state was judged.
    pub event: Event,
    /// The full ref.
    pub reference: Option<UntrustedText>,
    /// The commit that was judged.
    pub commit: Option<ObjectId>,
    /// The environment that was judged.
    pub environment: Option<UntrustedText>,
    /// What the process ended with.
    pub exit: u8,
    /// How long the run took, in milliseconds.
    pub milliseconds: Option<u64>,
    /// From the push to the first annotation, in seconds (rule M26).
    pub feedback_seconds: Option<u64>,
    /// The version of krgate that wrote it, as it calls itself.
    pub writer: UntrustedText,
    /// The policy that it was judged under.
    pub policy: Option<PastPolicy>,
    /// The reports that were read, or were to be.
    pub reports: Vec<PastReport>,
    /// The data files that were read.
    pub data: Vec<PastData>,
    /// The digests of the waivers that set something aside, and how much each.
    pub waivers: Vec<(String, u64)>,
}

/// The recorded state that a change is compared with (rule P19).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseRun {
    /// The record that holds it.
    pub record: RecordId,
    /// When it was judged.
    pub at: Timestamp,
    /// The commit that was judged.
    pub commit: Option<ObjectId>,
    /// True if that is the very commit that the change is to be merged into; otherwise it is
    /// the last one before it that is known.
    pub of_base: bool,
}

/// The policy that a run was judged under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPolicy {
    /// `sha256:` and the digest of its file.
    pub digest: String,
    /// The commit that it was read from; `None` for a work tree.
    pub commit: Option<ObjectId>,
}

/// One report of a run, or one run of a tool in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastReport {
    /// The entry of the policy, else the path.
    pub name: UntrustedText,
    /// The tool by its alias.
    pub tool: Option<UntrustedText>,
    /// Its version.
    pub version: Option<UntrustedText>,
    /// What it looks for.
    pub class: Option<Class>,
    /// True if it ran to its end.
    pub ok: bool,
}

/// A data file that a run read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastData {
    /// What it is called.
    pub name: UntrustedText,
    /// `sha256:` and the digest of its bytes.
    pub digest: String,
    /// The day that it stands for, where it says so.
    pub as_of: Option<UntrustedText>,
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
