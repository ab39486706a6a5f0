//! One run of one tool: did it happen, did it end well, what did it leave.

use std::fmt;

use super::{Class, ClassSet, Cvss, ReportId, TextId, UntrustedText};

/// Whether a run took place and ended well (rules 15 to 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// It ran to its end.
    Ok,
    /// It ran and says itself that something went wrong, or something of it was lost.
    Failed,
    /// It has no results: they were not computed.
    NotRun,
}

impl RunStatus {
    /// The word of `inspect --format json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::NotRun => "not_run",
        }
    }
}

/// Why a run is failed or not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunReason {
    /// `results` is absent (rule 16).
    ResultsAbsent,
    /// `results` is null (rule 16).
    ResultsNull,
    /// `processStartFailureMessage` (rule 25).
    StartFailure,
    /// `executionSuccessful` is false, or no boolean (rule 19).
    ExecutionUnsuccessful,
    /// `exitSignalName` or `exitSignalNumber` (rule 25).
    ExitSignal,
    /// A tool execution notification of level error (rule 22).
    ExecutionNotification,
    /// A tool configuration notification of level error (rule 23).
    ConfigurationNotification,
    /// Results, rules or invocations stand in another file (rule 47).
    ExternalNotRead,
    /// `invocations` is of the wrong type.
    InvocationsMalformed,
    /// A result could not be decoded, so something was lost.
    ResultMalformed,
    /// The format's own error list or status says so (other formats).
    ReportedFailure,
    /// The report says, or shows by what it lacks, that the scan did not come to its end.
    Incomplete,
    /// The report may be one page of a longer list (rule S45).
    MayBePage,
    /// The report is older than the commit that is judged (rule S63).
    OlderThanCommit,
    /// The report names another commit (rule S64).
    OtherCommit,
    /// The report is older than its entry allows, or tells no time (`max_age`).
    TooOld,
}

impl RunReason {
    /// The word of `inspect --format json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResultsAbsent => "results-absent",
            Self::ResultsNull => "results-null",
            Self::StartFailure => "start-failure",
            Self::ExecutionUnsuccessful => "execution-unsuccessful",
            Self::ExitSignal => "exit-signal",
            Self::ExecutionNotification => "execution-notification",
            Self::ConfigurationNotification => "configuration-notification",
            Self::ExternalNotRead => "external-not-read",
            Self::InvocationsMalformed => "invocations-malformed",
            Self::ResultMalformed => "result-malformed",
            Self::ReportedFailure => "reported-failure",
            Self::Incomplete => "incomplete",
            Self::MayBePage => "may-be-a-page",
            Self::OlderThanCommit => "older-than-commit",
            Self::OtherCommit => "other-commit",
            Self::TooOld => "too-old",
        }
    }

    /// What it means, as part of a sentence about the run.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::ResultsAbsent => "it has no `results`: they were not computed",
            Self::ResultsNull => "its `results` are null: they were not computed",
            Self::StartFailure => "the tool did not start",
            Self::ExecutionUnsuccessful => "it says that its execution was not successful",
            Self::ExitSignal => "the tool was stopped by a signal",
            Self::ExecutionNotification => "it reports an error of its execution",
            Self::ConfigurationNotification => "it reports an error of its configuration",
            Self::ExternalNotRead => "part of it stands elsewhere and is not read",
            Self::InvocationsMalformed => "its `invocations` cannot be read",
            Self::ResultMalformed => "one of its results cannot be read",
            Self::ReportedFailure => "it reports an error",
            Self::Incomplete => "it does not show that its scan came to its end",
            Self::MayBePage => "it may be one page of a longer list",
            Self::OlderThanCommit => "it is older than the commit that is judged",
            Self::OtherCommit => "it is of another commit than the one that is judged",
            Self::TooOld => "it is older than its entry allows, or does not say how old it is",
        }
    }

    /// True for a reason that makes the run not run rather than failed.
    pub const fn means_not_run(self) -> bool {
        matches!(
            self,
            Self::ResultsAbsent | Self::ResultsNull | Self::StartFailure
        )
    }

    /// True if a report entry's `accept_degraded` can excuse it (rule 28).
    pub const fn can_be_accepted(self) -> bool {
        matches!(
            self,
            Self::ExecutionUnsuccessful
                | Self::ExecutionNotification
                | Self::ConfigurationNotification
                | Self::ReportedFailure
        )
    }
}

impl fmt::Display for RunReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How well a report proves that the scan ran to its end (rules S61, S62).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// The report says so itself.
    Strong,
    /// Nothing speaks against it.
    Weak,
    /// The report says otherwise.
    Failed,
    /// There was no run.
    None,
}

impl Evidence {
    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Weak => "weak",
            Self::Failed => "failed",
            Self::None => "none",
        }
    }
}

/// Whether the report shows that secrets were checked for being alive (rule S58).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verification {
    /// A check was tried.
    Proven,
    /// Nothing shows that one was.
    NotProven,
}

/// How many results of a run came to what, before any policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ResultCounts {
    /// Results of all kinds; `None` where they were not computed.
    pub results: Option<u64>,
    /// Results that count as findings (suppressions honoured).
    pub findings: u64,
    /// Results that would count and are suppressed in the report.
    pub suppressed: u64,
    /// Kinds `open`, `review`, `informational` without a level (rule 32).
    pub needs_review: u64,
    /// Kinds `pass` and `notApplicable` (rule 31).
    pub passed: u64,
    /// `baselineState: absent` (rule 40).
    pub resolved: u64,
    /// Findings with a usable number in `security-severity`, 0.0 included.
    pub numeric_scores: u64,
    /// The greatest of these numbers.
    pub max_numeric_score: Option<super::Tenths>,
    /// Findings whose primary location names a file, of whatever scheme.
    pub with_path: u64,
    /// Those among them with a line.
    pub with_line: u64,
    /// Log lines of the tool among a line format (rule S31).
    pub log_lines: u64,
    /// Lines that are neither findings nor log lines.
    pub skipped_lines: u64,
}

/// One run of one tool, from one report.
#[derive(Debug, Clone)]
pub struct ToolRun {
    /// The report it stands in.
    pub report: ReportId,
    /// The tool's alias in the table of tools, or the name in lower case if it has none.
    pub alias: UntrustedText,
    /// The tool's name as written; `(unnamed)` without one (rule 90).
    pub name: UntrustedText,
    /// True if the report, or its entry in the policy, names the tool.
    pub named: bool,
    /// The version as written, for display only (rule 91).
    pub version: Option<UntrustedText>,
    /// `automationDetails.id` up to its last `/` (rule 44).
    pub category: Option<UntrustedText>,
    /// The class that the run counts as; `None` for a mixed tool without a declared class.
    pub class: Option<Class>,
    /// The classes that findings of such a run can have.
    pub could_find: ClassSet,
    /// Whether it ran and ended well, after `accept_degraded`.
    pub status: RunStatus,
    /// Why it did not, also where that was accepted; sorted, each once.
    pub reasons: Vec<RunReason>,
    /// True if the report entry accepted the reasons (rule 28).
    pub accepted: bool,
    /// Proof that the scan ran.
    pub evidence: Evidence,
    /// True if strong, or weak and believed (rule S61).
    pub believed: bool,
    /// Proof that secrets were checked.
    pub verification: Verification,
    /// What its results came to.
    pub counts: ResultCounts,
    /// The ids of the rules that ran, sorted by text, where the report lists more than those
    /// that found something; `None` where it tells nothing of rules without findings (rule L4).
    pub rules: Option<Box<[TextId]>>,
    /// The highest score among results that need review (rule 32).
    pub max_needs_review: Option<Cvss>,
}

impl ToolRun {
    /// Fails the run for a reason that nothing excuses; one that did not run stays so.
    pub fn fail(&mut self, reason: RunReason) {
        if let Err(at) = self.reasons.binary_search(&reason) {
            self.reasons.insert(at, reason);
        }
        if self.status == RunStatus::Ok {
            self.status = RunStatus::Failed;
            self.evidence = Evidence::Failed;
        }
        self.accepted = false;
        self.believed = false;
    }

    /// True if the run is evidence of a clean result as well as of findings: it ended well
    /// and is believed.
    pub fn is_exact(&self) -> bool {
        self.status == RunStatus::Ok && self.believed
    }
}
