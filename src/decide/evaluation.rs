//! The one value that every output is made from.

use jiff::Timestamp;

use super::before::Base;
use crate::diagnostic::{Diagnostic, Fault, Level, Message};
use crate::measure::Measurement;
use crate::model::{Event, ObjectId, Quantity, Verdict};
use crate::policy::{
    AcceptDegraded, Ambition, Difference, Enforcement, Judge, SeverityRule, Target,
};
use crate::scope::Scoped;

/// The exit codes of krgate, the same for every subcommand and output format.
///
/// When several of 2 to 4 apply, the highest wins; each wins over 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// The gate passed: all blocking key results are met. Warnings may exist.
    Passed = 0,
    /// The gate failed: at least one blocking key result is missed or unknown.
    Failed = 1,
    /// The request is wrong: usage, policy, waiver file.
    Request = 2,
    /// The evidence is wrong: a report that is missing, unreadable or of no known format.
    Evidence = 3,
    /// The environment failed: store, network, file system, git.
    Environment = 4,
}

impl ExitCode {
    /// The number that the process ends with.
    pub const fn number(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Request => 2,
            Self::Evidence => 3,
            Self::Environment => 4,
        }
    }

    /// The code of the worst diagnostic of level error; [`ExitCode::Passed`] without one.
    pub fn of_faults(diagnostics: &[Diagnostic]) -> Self {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level == Level::Error)
            .map(|diagnostic| match diagnostic.code.fault() {
                Fault::Request => Self::Request,
                Fault::Evidence => Self::Evidence,
                Fault::Environment => Self::Environment,
                Fault::Gate => Self::Failed,
            })
            .fold(Self::Passed, Self::max)
    }
}

/// The circumstances of an evaluation.
#[derive(Debug, Clone)]
pub struct About {
    /// krgate's version.
    pub version: &'static str,
    /// The policy's path as given.
    pub policy_path: String,
    /// SHA-256 of the policy file, lower-case hexadecimal.
    pub policy_sha256: String,
    /// The commit that the policy was read from; `None` for the work tree (rule G130).
    pub policy_commit: Option<PolicyCommit>,
    /// False on the change that brings the first policy: nothing blocks (rule G127).
    pub enforced: bool,
    /// The policy's mission.
    pub mission: Option<String>,
    /// The policy's period, by name.
    pub period: Option<String>,
    /// Names of the policy's report entries, by their index.
    pub entries: Vec<String>,
    /// Change or state.
    pub event: Event,
    /// The ref that is judged, where known.
    pub reference: Option<String>,
    /// The environment that is judged, where known.
    pub environment: Option<String>,
    /// The clock.
    pub now: Timestamp,
    /// The arguments that another command needs to judge the same: `--policy PATH`, reports.
    pub again: Vec<String>,
}

/// The commit that a policy was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyCommit {
    /// The commit.
    pub id: ObjectId,
    /// True for the base of a change; otherwise it is the commit that is judged.
    pub is_base: bool,
}

/// The policy as a change would leave it, where the change edits it (rule G129). It decides
/// nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// What it does to key results and to what they depend on.
    pub differences: Vec<Difference>,
    /// What this run comes to under it.
    pub outcome: ProposedOutcome,
}

/// What a run comes to under a proposed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposedOutcome {
    /// It can be judged.
    Judged {
        /// SHA-256 of the proposed policy file, lower-case hexadecimal.
        sha256: String,
        /// What the process would end with.
        exit: ExitCode,
        /// How many key results came to what.
        counts: Counts,
        /// Each key result by its id, with its verdict and whether it blocks.
        key_results: Vec<(String, Verdict, bool)>,
    },
    /// It has faults; so many.
    Broken(usize),
    /// The change takes the policy away.
    Gone,
    /// It was not judged, and why, as a clause.
    NotJudged(&'static str),
}

/// A score with the share of weight that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// The weighted mean of the known scores, 0 to 1; `None` if less than half is known.
    pub value: Option<Quantity>,
    /// The share of the weight that is known, 0 to 1.
    pub known: Quantity,
}

/// A key result, judged.
#[derive(Debug, Clone)]
pub struct KeyResultOutcome {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who answers for it.
    pub owner: String,
    /// The measure's name.
    pub measure: &'static str,
    /// The figure as people read it (`3 findings`, `at least 2 findings`, `100%`), or `unknown`.
    pub shown_value: String,
    /// The target as people read it.
    pub shown_target: String,
    /// The start as people read it, where there is one.
    pub shown_start: Option<String>,
    /// The target, in the unit of the measurement.
    pub target: Target,
    /// The start, in the unit of the measurement.
    pub start: Option<Quantity>,
    /// What a change is judged on.
    pub judge: Judge,
    /// What was measured.
    pub measurement: Measurement,
    /// What became of it.
    pub verdict: Verdict,
    /// What a verdict other than met does here and now.
    pub enforcement: Enforcement,
    /// Why it does less than the policy's `on_miss` says, in words: `not blocking before …`.
    pub softened: Option<String>,
    /// True if this key result fails the gate.
    pub blocks: bool,
    /// Progress from start to target before it is limited to 0 … 1, where it moves.
    pub raw: Option<Quantity>,
    /// Score 0 … 1; `None` where the value is unknown.
    pub score: Option<Quantity>,
    /// Weight in its objective.
    pub weight: Quantity,
    /// Committed or aspirational.
    pub ambition: Ambition,
    /// True if it stays out of the objective's score.
    pub health: bool,
}

/// An objective, judged.
#[derive(Debug, Clone)]
pub struct ObjectiveOutcome {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who answers for it.
    pub owner: String,
    /// Its pillar.
    pub pillar: Option<String>,
    /// Its key results, in the order of the policy.
    pub key_results: Vec<KeyResultOutcome>,
    /// Its score.
    pub score: Score,
}

/// How many key results came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Met.
    pub met: u64,
    /// Missed and blocking.
    pub missed_blocking: u64,
    /// Unknown and blocking.
    pub unknown_blocking: u64,
    /// Missed or unknown, as a warning.
    pub warnings: u64,
    /// Missed or unknown, only observed.
    pub observed: u64,
}

/// Everything that was decided, with the evidence it was decided on.
#[derive(Debug)]
pub struct Evaluation {
    /// The circumstances.
    pub about: About,
    /// Reports, runs, findings and their marks.
    pub scoped: Scoped,
    /// How the policy reads a finding without a score.
    pub severity: SeverityRule,
    /// Why the runs of a report entry are good enough though they failed, by the entry's
    /// index; shown with every verdict (rule 28).
    pub accepted: Vec<Option<AcceptDegraded>>,
    /// Objectives with their key results, in the order of the policy.
    pub objectives: Vec<ObjectiveOutcome>,
    /// Everything that was wrong or odd, errors first.
    pub diagnostics: Vec<Diagnostic>,
    /// What the change makes of the policy, if it edits it.
    pub proposed: Option<Proposed>,
    /// What a change is compared with, and what it makes of it (rule P19).
    pub base: Base,
    /// What a reader should know besides (`no --environment was given; …`).
    pub notices: Vec<Message>,
    /// How many key results came to what.
    pub counts: Counts,
    /// What the process ends with.
    pub exit: ExitCode,
}

impl Evaluation {
    /// All key results with their objective, in the order of the policy.
    pub fn key_results(&self) -> impl Iterator<Item = (&ObjectiveOutcome, &KeyResultOutcome)> {
        self.objectives
            .iter()
            .flat_map(|o| o.key_results.iter().map(move |kr| (o, kr)))
    }
}
