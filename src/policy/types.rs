//! The validated policy, apart from its objectives.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::command::PATH_WORD;
use super::{DataFiles, Objective, PathGlobs, Sync, VexStatement, Waivers};
use crate::diagnostic::SourceFile;
use crate::model::{Bands, Class, Level, Severity, Tenths};

/// A policy that was read whole and found free of faults.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The path that the policy was read from, as the user gave it.
    pub path: String,
    /// SHA-256 of the policy file's bytes, lower-case hexadecimal.
    pub sha256: String,
    /// The policy file, then the files and packs that it extends.
    pub sources: Vec<SourceFile>,
    /// At most two sentences.
    pub mission: Option<String>,
    /// The time in which the key results are to be reached.
    pub period: Option<Period>,
    /// What `per: iteration` means (rule Q8).
    pub iteration: Option<Iteration>,
    /// The evidence that must be there.
    pub reports: Vec<ReportEntry>,
    /// Rows before those of the built-in table of tools.
    pub tools: Vec<ToolRow>,
    /// The scopes that filters may name.
    pub scopes: Vec<Scope>,
    /// How a finding without a score is read.
    pub severity: SeverityRule,
    /// What suppressions in reports are worth.
    pub suppressions: SuppressionRule,
    /// Facts for which the policy names data files, which win over reports (rule O12).
    pub enrich: Enrich,
    /// Files that are named once (rule Q2).
    pub data: DataFiles,
    /// How introduced findings are told from existing ones on a change.
    pub introduced_by: IntroducedBy,
    /// Findings that are set aside, and what may be.
    pub waivers: Waivers,
    /// What VEX documents state, in the order of the files.
    pub vex: Vec<VexStatement>,
    /// Where records are kept, as written: `dir:…`, `git:…`, `postgres://…`.
    pub ledger: Option<String>,
    /// Other tools that are told of the figures (rule K36).
    pub sync: Option<Sync>,
    /// True if changes are recorded as well as states (rule R17).
    pub record_changes: bool,
    /// The objectives with their key results, in the order of the policy.
    pub objectives: Vec<Objective>,
}

/// A half-open span of time.
#[derive(Debug, Clone)]
pub struct Period {
    /// Its name (`2026-Q4`).
    pub name: String,
    /// First moment in it.
    pub start: Timestamp,
    /// First moment after it.
    pub end: Timestamp,
    /// The zone in which its dates and those of key results are read.
    pub time_zone: TimeZone,
    /// Month and day on which a fiscal year begins (rule K24).
    pub fiscal_start: Option<(i8, i8)>,
}

/// Windows of the same length, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Iteration {
    /// The begin of one of them.
    pub start: Timestamp,
    /// How long each is, in seconds.
    pub every: u64,
}

/// One piece of evidence that must be there.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the policy language"
)]
pub struct ReportEntry {
    /// What people call it; unique.
    pub name: String,
    /// Glob from the working directory.
    pub path: String,
    /// Line of the entry in its source, for messages, 1-based.
    pub line: usize,
    /// Declared format, for content that cannot tell.
    pub format: Option<String>,
    /// Declared class.
    pub class: Option<Class>,
    /// Alias of the tool that must have written it.
    pub tool: Option<String>,
    /// False if it may be absent.
    pub required: bool,
    /// True if weak evidence is not enough (`evidence: strong`).
    pub strong_evidence: bool,
    /// True if the policy says that the tool was told to verify secrets.
    pub verification_attempted: bool,
    /// True if the policy says that the tool was told to read every commit (rule M17).
    pub of_history: bool,
    /// Excuses a run that reports failures.
    pub accept_degraded: Option<AcceptDegraded>,
    /// True for a tool that omits an empty result list.
    pub absent_results_mean_none: bool,
    /// Oldest that the report may be by its own time, in seconds.
    pub max_age: Option<u64>,
    /// What a partial scan covers; `None` for a scan of everything (rule L4).
    pub covers: Option<PathGlobs>,
    /// After how many scans without it a finding is gone; `None` for what its class needs
    /// (rule L13).
    pub stable_after: Option<u32>,
    /// How long the last scan of a stream stands, in seconds; `None` for seven days (rules K6, L16).
    pub fresh: Option<u64>,
    /// The command that writes it, a program and its arguments; empty if there is none.
    pub run: Vec<String>,
}

impl ReportEntry {
    /// The command with the entry's path in it. The path is one argument, or part of one,
    /// whatever characters it has, and is never taken for an option.
    pub fn command(&self) -> Vec<String> {
        let path = if self.path.starts_with('-') {
            ["./", &self.path].concat()
        } else {
            self.path.clone()
        };
        let words = self.run.iter();
        words.map(|word| word.replace(PATH_WORD, &path)).collect()
    }
}

/// Why a failed run is good enough (rule 28).
#[derive(Debug, Clone)]
pub struct AcceptDegraded {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
}

/// A row that the policy adds to the table of tools.
#[derive(Debug, Clone)]
pub struct ToolRow {
    /// The alias that filters and entries use.
    pub alias: String,
    /// Names as the tool writes them.
    pub names: Vec<String>,
    /// Classes that its findings can have; the first is the class of the run.
    pub classes: Vec<Class>,
}

/// Part of the repository, of the environments and of the refs.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The name that filters use.
    pub name: String,
    /// Globs over repository paths; those with `!` take away. Empty: every path.
    pub paths: Vec<String>,
    /// Environments of the run. Empty: every one.
    pub environments: Vec<String>,
    /// Globs over refs. Empty: every one.
    pub refs: Vec<String>,
    /// Owners by CODEOWNERS. Empty: every one.
    pub owners: Vec<String>,
    /// Kind of data in it, shown beside its key results.
    pub data_class: Option<String>,
}

/// How a finding without a CVSS score is read by `cvss:` and `severity:`.
#[derive(Debug, Clone)]
pub struct SeverityRule {
    /// What becomes of it.
    pub unscored: Unscored,
    /// Scores by level, for [`Unscored::ByLevel`].
    pub by_level: Vec<(Level, Tenths)>,
    /// Whose score of several is judged, in order; empty: the highest (rule C18).
    pub score_source: Vec<String>,
    /// Which scores make which severity (rule C19).
    pub bands: Bands,
}

/// What becomes of a finding without a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unscored {
    /// It makes the key result unknown where it could decide.
    Unknown,
    /// It takes the score of its level.
    ByLevel,
    /// It is left out, and the output says how many were.
    Ignore,
    /// It counts as 10.0.
    Fail,
}

/// Data files about exploits, which win over what reports say (rules O12, M20).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Enrich {
    /// The catalogue of exploited vulnerabilities.
    pub kev: Option<EnrichFile>,
    /// Probabilities of exploitation.
    pub epss: Option<EnrichFile>,
}

/// A data file that the policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrichFile {
    /// Its path from the repository's root.
    pub path: String,
    /// Oldest that it may be by its own date, in seconds.
    pub max_age: Option<u64>,
}

/// What suppressions in reports are worth (rule 38).
#[derive(Debug, Clone)]
pub struct SuppressionRule {
    /// Which are honoured.
    pub mode: SuppressionMode,
    /// The band above which none is honoured.
    pub max_severity: Option<Severity>,
}

/// Which suppressions in reports are honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionMode {
    /// All.
    Honour,
    /// Those outside the source.
    HonourExternal,
    /// None.
    Ignore,
}

/// How introduced findings are told from existing ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntroducedBy {
    /// By a baseline.
    Baseline,
    /// By the lines that the change touches.
    ChangedLines,
}

impl Policy {
    /// The place of a scope in `scopes`.
    pub fn scope(&self, name: &str) -> Option<usize> {
        self.scopes.iter().position(|scope| scope.name == name)
    }

    /// The zone in which days begin.
    pub fn time_zone(&self) -> TimeZone {
        self.period
            .as_ref()
            .map_or(TimeZone::UTC, |period| period.time_zone.clone())
    }

    /// The name of a key result in records: `objective/key-result`.
    pub fn record_name(&self, key_result: &super::KeyResult) -> String {
        let objective = self
            .key_results()
            .find(|(_, other)| other.id == key_result.id)
            .map_or("", |(objective, _)| objective.id.as_str());
        format!("{objective}/{}", key_result.id)
    }

    /// All key results with their objective, in the order of the policy.
    pub fn key_results(&self) -> impl Iterator<Item = (&Objective, &super::KeyResult)> {
        self.objectives
            .iter()
            .flat_map(|o| o.key_results.iter().map(move |kr| (o, kr)))
    }
}

impl SeverityRule {
    /// The score that a level stands for, where the policy gives one.
    pub fn score_of(&self, level: Level) -> Option<Tenths> {
        self.by_level
            .iter()
            .find(|(l, _)| *l == level)
            .map(|(_, tenths)| *tenths)
    }
}
