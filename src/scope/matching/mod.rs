//! Which findings were there before (rules L5, L6, L8, L18, M31).
//!
//! [`compare`] pairs the findings of a baseline with those of this run, one to one but for
//! secrets, and says of each of them by which step. It sorts and merges numbers, so that its
//! time grows as n log n and nothing depends on the order of the reports.

mod history;
mod keyed;
mod pairing;
mod steps;

pub use history::{Past, trace};

use std::num::NonZeroU32;

use crate::model::{Baseline, ChangedLines, FindingId, Intake, KeyCheck, Rows};

/// By what a finding was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It is the same secret.
    Secret,
    /// It is the same advisory of the same package in the same file.
    Dependency,
    /// The tool gives it the same name, with rule and path.
    Fingerprint,
    /// Rule, path and line are the same, carried through the change.
    Place,
    /// It has no line, and its id is the same.
    Id,
    /// The tool changed: path and line are the same, on a change in a file that it does not
    /// touch.
    ToolChange,
    /// Rule, carried path and message are the same, and nothing else is like it. This step and
    /// the next two serve the history alone (rule L6).
    Message,
    /// Rule and carried path are the same, and of all within 20 lines each is the other's
    /// nearest.
    Nearest,
    /// It is the last one of its rule in its file, then as now.
    OnlyOne,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 9] = [
        Self::Secret,
        Self::Dependency,
        Self::Fingerprint,
        Self::Place,
        Self::Id,
        Self::ToolChange,
        Self::Message,
        Self::Nearest,
        Self::OnlyOne,
    ];

    /// The word of `explain` and of the JSON output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Dependency => "dependency",
            Self::Fingerprint => "fingerprint",
            Self::Place => "place",
            Self::Id => "id",
            Self::ToolChange => "tool_change",
            Self::Message => "message",
            Self::Nearest => "nearest",
            Self::OnlyOne => "only_one",
        }
    }

    /// What it means, as the end of "known from the baseline by …".
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Secret => "its secret",
            Self::Dependency => "advisory, package and file",
            Self::Fingerprint => "the tool's own fingerprint, with rule and path",
            Self::Place => "rule, path and line, carried through the change",
            Self::Id => "its id, for it has no line",
            Self::ToolChange => {
                "path and line; the tool changed its rules, and the change does not touch the file"
            }
            Self::Message => "rule, path and message",
            Self::Nearest => "rule and path, with the nearest line",
            Self::OnlyOne => "rule and path, of which it is the only one",
        }
    }

    /// True if it serves the history alone: on a change such a finding is new (rule L6).
    pub const fn is_weak(self) -> bool {
        matches!(self, Self::Message | Self::Nearest | Self::OnlyOne)
    }
}

/// What became of one finding of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Match {
    /// The baseline has it, under this id, which a waiver may name.
    Known(FindingId, Step),
    /// The baseline does not have it, but another version of the tool found it, in a file
    /// that the change does not touch (rule L18).
    OtherTool,
    /// The baseline does not have it.
    New,
}

/// A baseline with what is known of the way from it to this run.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// The findings.
    pub baseline: &'a Baseline,
    /// What happened between the commit of the baseline and the one that is judged; without it
    /// paths and lines are taken as they are (rule L10).
    pub carry: Option<&'a ChangedLines>,
    /// What the change touches that is judged; without it no change of a tool excuses anything.
    pub change: Option<&'a ChangedLines>,
    /// The key that made the ids of this run's secrets.
    pub key: Option<KeyCheck>,
}

/// What a comparison came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// By place in `Intake::findings`.
    pub matches: Vec<Match>,
    /// Ids of the baseline that this run no longer has though their tool ran to its end,
    /// sorted.
    pub gone: Vec<FindingId>,
    /// How many of the baseline nobody looked for: their tool did not run to its end.
    pub unseen: u64,
    /// How many pairs were made in the order of their lines among equals of which one side
    /// has more than the other.
    pub ambiguous: u64,
    /// Tools whose version changed, by alias, with what that excused.
    pub tools: Vec<ToolChange>,
}

/// Another version of a tool, and how many findings are old for that reason alone (L18).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToolChange {
    /// Its alias.
    pub tool: String,
    /// The versions that wrote the baseline, sorted.
    pub before: Vec<String>,
    /// Those of this run, sorted.
    pub now: Vec<String>,
    /// How many findings of this run it excuses.
    pub excused: u64,
}

/// Pairs the findings of a run with those of a baseline.
pub fn compare(earlier: &Earlier<'_>, intake: &Intake) -> Compared {
    let head = Rows::of(intake);
    let mut work = steps::Work::new(earlier, intake, &head);
    work.secrets();
    work.dependencies();
    work.fingerprints();
    work.places();
    work.ids();
    work.tool_change();
    work.finish()
}

/// A line as a number that sorts: 0 where there is none.
fn number(line: Option<NonZeroU32>) -> u32 {
    line.map_or(0, NonZeroU32::get)
}
