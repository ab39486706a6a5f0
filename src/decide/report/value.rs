//! The report and what stands beside each key result.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{
    Actions, AgeWeek, Change, Changes, Coverage, Overdue, ReportFilter, ToolChange, VerdictFacts,
    WaiverNotice, Week,
};
use crate::decide::okr::{Basis, KeyResultProgress, ObjectiveProgress, Progress};
use crate::decide::{PolicyCommit, Score};
use crate::measure::{Reason, Survival};
use crate::model::calendar::Window;
use crate::model::history::RecordId;
use crate::model::{Class, UntrustedText};
use crate::policy::Enforcement;

/// The weekly report: one screen first, detail after (section 2 of the page on reports).
#[derive(Debug, Clone)]
pub struct Report {
    /// Where all of it is known from.
    pub about: About,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What is shown; `None` for all (rule P16).
    pub filter: Option<ReportFilter>,
    /// From when to when changes are told; it ends with the clock.
    pub span: Window,
    /// True if the begin of the span was asked for (`--since`), so that series begin there too.
    pub is_since: bool,
    /// What blocks (section 1).
    pub verdict: VerdictFacts,
    /// How far everything has come (section 2). It is of the whole policy, whatever the filter
    /// shows: iterate over [`Report::objectives`].
    pub progress: Progress,
    /// What stands beside each key result, by its place in `progress.objectives` and there in
    /// `key_results`.
    pub facts: Vec<Vec<KeyResultFacts>>,
    /// The score of each pillar that an objective names, in the order of the policy (rule F28).
    pub pillars: Vec<PillarScore>,
    /// What changed in the span (section 3).
    pub changes: Changes,
    /// What is overdue, stale or unknown (section 4).
    pub overdue: Overdue,
    /// Waivers that end soon, have ended, or matched nothing (section 5).
    pub waivers: Vec<WaiverNotice>,
    /// What is to be done (section 6).
    pub actions: Actions,
    /// How old the open findings were at the end of each week of the period.
    pub ages: Vec<AgeWeek>,
    /// Which repository was scanned for what.
    pub coverage: Coverage,
    /// What the figures are from (section 7).
    pub appendix: Appendix,
}

/// Where a report is known from.
#[derive(Debug, Clone)]
pub struct About {
    /// The version of krgate.
    pub version: &'static str,
    /// The clock.
    pub now: Timestamp,
    /// What days are told in.
    pub zone: TimeZone,
    /// The path of the policy as it was given.
    pub policy_path: String,
    /// SHA-256 of the policy's bytes, lower-case hexadecimal.
    pub policy_sha256: String,
    /// The commit that it was read from; `None` for the work tree.
    pub policy_commit: Option<PolicyCommit>,
    /// What all of it is for.
    pub mission: Option<String>,
    /// The ledger as it was written.
    pub ledger: String,
    /// False if nothing was ever recorded there: an absent ledger is an empty one (rule R32).
    pub ledger_exists: bool,
    /// The digest of the last checkpoint, 64 digits; `None` where the ledger has none (rule
    /// R16).
    pub checkpoint: Option<String>,
}

/// What stands beside a key result.
#[derive(Debug, Clone)]
pub struct KeyResultFacts {
    /// False if the filter does not show it (rule P16).
    pub is_shown: bool,
    /// The name of its measure.
    pub measure: &'static str,
    /// What is measured, in the words of the policy.
    pub formula: String,
    /// Where its figures come from (rule F28: what is measured and what people report are
    /// told apart).
    pub origin: FigureOrigin,
    /// How far back the measure looks, in seconds; `None` for one that looks at now.
    pub window_seconds: Option<u64>,
    /// What its verdict does on a state, at the clock.
    pub enforcement: Enforcement,
    /// Why that is less than the policy's `on_miss` says.
    pub softened: Option<String>,
    /// True if it fails the gate as it stands.
    pub blocks: bool,
    /// How the figure compares with that of seven days before (rule P13).
    pub change: Change,
    /// The record that the figure is from; `None` where it was measured at the clock, and
    /// where there is no figure.
    pub record: Option<LastRecord>,
    /// The ISO weeks, from the begin of the period or 13 weeks back, whichever is earlier, to
    /// that of the clock or the last one of the period. A week without a figure is there.
    pub weeks: Vec<Week>,
    /// Changes of tools that its measure reads, within these weeks.
    pub tool_changes: Vec<ToolChange>,
    /// The curve of a `time_to_fix`, or why there is none; `None` for every other measure.
    pub survival: Option<Result<Survival, Reason>>,
    /// Of a measure over open findings (`age`, `count`) how old they were, week by week.
    pub ages: Option<Vec<AgeWeek>>,
}

/// The record that a figure is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRecord {
    /// Its id.
    pub id: RecordId,
    /// When it was judged.
    pub at: Timestamp,
    /// How many things the figure is made from, where that is not the figure itself.
    pub n: Option<u64>,
}

/// Where the figures of a key result come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureOrigin {
    /// Reports of scanners, as they were recorded.
    Scans,
    /// The history of findings and runs.
    Ledger,
    /// A data file, or a checklist.
    DataFile,
    /// What people report: a claim, not a proof (rule Q6).
    People,
}

impl FigureOrigin {
    /// The words of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scans => "measured by scans",
            Self::Ledger => "computed from the ledger",
            Self::DataFile => "read from a data file",
            Self::People => "reported by people",
        }
    }
}

/// What the objectives of a pillar come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PillarScore {
    /// The pillar.
    pub pillar: String,
    /// The ids of its objectives.
    pub objectives: Vec<String>,
    /// What their key results tell.
    pub basis: Basis,
    /// The mean of those whose score is known, with the share of them that is; unknown below
    /// one half, as with objectives (rule K13).
    pub score: Score,
}

/// What the figures are from.
#[derive(Debug, Clone, Default)]
pub struct Appendix {
    /// How many records the ledger holds of this repository's runs.
    pub runs: usize,
    /// The first and the last of them.
    pub first_run: Option<LastRecord>,
    /// The last one.
    pub last_run: Option<LastRecord>,
    /// What the last run of a state read.
    pub tools: Vec<ToolUsed>,
    /// Each data file as it was read last, by name.
    pub data: Vec<DataUsed>,
}

/// A report that the last run read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolUsed {
    /// The entry of the policy, else the path.
    pub name: UntrustedText,
    /// The tool and its version, as far as the report says.
    pub tool: Option<UntrustedText>,
    /// Its version.
    pub version: Option<UntrustedText>,
    /// What it looks for.
    pub class: Option<Class>,
    /// True if it ran to its end.
    pub ok: bool,
}

/// A data file as it was read last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataUsed {
    /// What it is called.
    pub name: UntrustedText,
    /// `sha256:` and the digest of its bytes.
    pub digest: String,
    /// The day that it stands for, where it says so.
    pub as_of: Option<UntrustedText>,
    /// The record of the run that read it.
    pub record: RecordId,
}

/// An objective that is shown, with the key results of it that are.
#[derive(Debug)]
pub struct ShownObjective<'a> {
    /// How far it has come; its score is of all its key results.
    pub progress: &'a ObjectiveProgress,
    /// Its key results that are shown, in the order of the policy.
    pub key_results: Vec<ShownKeyResult<'a>>,
    /// How many of its key results the filter leaves out.
    pub hidden: usize,
}

/// A key result that is shown.
#[derive(Debug, Clone, Copy)]
pub struct ShownKeyResult<'a> {
    /// How far it has come.
    pub progress: &'a KeyResultProgress,
    /// What stands beside it.
    pub facts: &'a KeyResultFacts,
}

impl Report {
    /// The objectives with a key result that is shown, in the order of the policy.
    pub fn objectives(&self) -> Vec<ShownObjective<'_>> {
        let objectives = self.progress.objectives.iter().zip(&self.facts);
        objectives
            .map(|(progress, facts)| {
                let all = progress.key_results.iter().zip(facts);
                let key_results: Vec<ShownKeyResult<'_>> = all
                    .filter(|(_, facts)| facts.is_shown)
                    .map(|(progress, facts)| ShownKeyResult { progress, facts })
                    .collect();
                ShownObjective {
                    progress,
                    hidden: progress.key_results.len() - key_results.len(),
                    key_results,
                }
            })
            .filter(|objective| self.filter.is_none() || !objective.key_results.is_empty())
            .collect()
    }

    /// True for a week that a series lists: one of the span where its begin was asked for, else
    /// of the period, or every one where the policy has none.
    pub fn lists(&self, week: &Week) -> bool {
        if self.is_since {
            return week.window.end > self.span.start;
        }
        week.in_period || self.progress.period.is_none()
    }

    /// The day of a moment, in the zone of the policy.
    pub fn day(&self, at: Timestamp) -> Date {
        self.about.zone.to_datetime(at).date()
    }
}
