//! What reports hold, before any policy: `krgate.inspect/1` and its text.
//!
//! `scored` and `max_cvss` speak of numbers in `security-severity` that are there, 0.0
//! included; what the gate takes of them is another matter. `by_level` and `by_class` have
//! what counts, results suppressed in the report excluded.

mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

pub use self::text::write as write_text;
use super::encode::json::{JsonText, message, write_pretty};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::model::{
    Class, Intake, Level as FindingLevel, ReportFile, Tenths, ToolRun, Validity, group_secrets,
};

/// The document.
#[derive(Debug, Serialize)]
pub struct Inspection<'a> {
    schema: &'static str,
    reports: Vec<ReportFacts<'a>>,
    /// By place in `Intake::runs`: what counts of each run, by level.
    #[serde(skip)]
    by_run: Vec<LevelFacts>,
}

/// What one report holds.
#[derive(Debug, Serialize)]
struct ReportFacts<'a> {
    path: JsonText<'a>,
    format: Option<&'static str>,
    status: &'static str,
    error: Option<ErrorFacts>,
    runs: Vec<RunFacts<'a>>,
    findings: u64,
    by_level: LevelFacts,
    by_class: BTreeMap<&'static str, u64>,
    scored: u64,
    max_cvss: Option<String>,
    with_path: u64,
    with_line: u64,
    secrets: SecretFacts,
    diagnostics: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Serialize)]
struct ErrorFacts {
    code: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct RunFacts<'a> {
    tool: JsonText<'a>,
    tool_version: Option<JsonText<'a>>,
    class: Option<&'static str>,
    outcome: &'static str,
    reasons: Vec<&'static str>,
    results: Option<u64>,
    findings: u64,
    suppressed: u64,
}

#[derive(Debug, Default, Serialize)]
struct LevelFacts {
    error: u64,
    warning: u64,
    note: u64,
    none: u64,
}

impl LevelFacts {
    fn add(&mut self, level: FindingLevel) {
        let number = match level {
            FindingLevel::Error => &mut self.error,
            FindingLevel::Warning => &mut self.warning,
            FindingLevel::Note => &mut self.note,
            FindingLevel::None => &mut self.none,
        };
        *number += 1;
    }
}

/// Secrets that their tool's users did not dismiss (rule S67), each once (rule S75).
#[derive(Debug, Serialize)]
struct SecretFacts {
    distinct: u64,
    by_validity: BTreeMap<&'static str, u64>,
}

impl<'a> Inspection<'a> {
    /// Gathers the facts of every report that was asked for.
    pub fn new(intake: &'a Intake, diagnostics: &[Diagnostic]) -> Self {
        let mut reports: Vec<ReportFacts<'a>> = intake
            .reports
            .iter()
            .enumerate()
            .map(|(index, report)| facts(intake, index, report, diagnostics))
            .collect();
        let mut by_run = Vec::new();
        by_run.resize_with(intake.runs.len(), LevelFacts::default);
        for finding in intake.findings.iter().filter(|f| !f.suppression.holds()) {
            let run = intake.runs.get(finding.run.index());
            if let Some(levels) = by_run.get_mut(finding.run.index()) {
                levels.add(finding.level);
            }
            let report = run.and_then(|run| reports.get_mut(run.report.index()));
            if let Some(report) = report {
                report.by_level.add(finding.level);
                *report.by_class.entry(finding.class.as_str()).or_default() += 1;
            }
        }
        Self {
            schema: "krgate.inspect/1",
            reports,
            by_run,
        }
    }
}

fn facts<'a>(
    intake: &'a Intake,
    index: usize,
    report: &'a ReportFile,
    diagnostics: &[Diagnostic],
) -> ReportFacts<'a> {
    let runs: Vec<&ToolRun> = intake
        .runs
        .iter()
        .filter(|run| run.report.index() == index)
        .collect();
    let sum = |number: fn(&ToolRun) -> u64| runs.iter().map(|run| number(run)).sum();
    let mine = || of_report(diagnostics, report);
    let mut codes = BTreeMap::new();
    for diagnostic in mine() {
        *codes.entry(diagnostic.code.as_str()).or_insert(0) += diagnostic.count;
    }
    ReportFacts {
        path: report.path.as_untrusted().into(),
        format: report.format,
        status: if report.read { "read" } else { "unreadable" },
        error: mine()
            .find(|diagnostic| diagnostic.level == Level::Error)
            .map(|diagnostic| ErrorFacts {
                code: diagnostic.code.as_str(),
                message: message(&diagnostic.message),
            }),
        findings: sum(|run| run.counts.findings),
        by_level: LevelFacts::default(),
        by_class: BTreeMap::new(),
        scored: sum(|run| run.counts.numeric_scores),
        max_cvss: runs
            .iter()
            .filter_map(|run| run.counts.max_numeric_score)
            .max()
            .as_ref()
            .map(Tenths::to_string),
        with_path: sum(|run| run.counts.with_path),
        with_line: sum(|run| run.counts.with_line),
        secrets: secrets(intake, index),
        diagnostics: codes,
        runs: runs.iter().map(|run| run_facts(run)).collect(),
    }
}

fn run_facts(run: &ToolRun) -> RunFacts<'_> {
    RunFacts {
        tool: run.name.as_untrusted().into(),
        tool_version: run.version.as_ref().map(|v| v.as_untrusted().into()),
        class: run.class.map(Class::as_str),
        outcome: run.status.as_str(),
        reasons: run.reasons.iter().map(|reason| reason.as_str()).collect(),
        results: run.counts.results,
        findings: run.counts.findings,
        suppressed: run.counts.suppressed,
    }
}

/// Diagnostics whose place is in this report.
fn of_report<'d>(
    diagnostics: &'d [Diagnostic],
    report: &ReportFile,
) -> impl Iterator<Item = &'d Diagnostic> {
    let wanted = report.path.clone();
    diagnostics.iter().filter(
        move |diagnostic| matches!(&diagnostic.place, Place::Report { path, .. } if *path == wanted),
    )
}

fn secrets(intake: &Intake, report: usize) -> SecretFacts {
    let may_hold_secrets = intake
        .runs
        .iter()
        .any(|run| run.report.index() == report && run.could_find.contains(Class::Secrets));
    // Hundreds of reports of other classes need not look through all findings each.
    let groups = if may_hold_secrets {
        group_secrets(intake, |index| {
            intake.findings.get(index).is_some_and(|finding| {
                let run = intake.runs.get(finding.run.index());
                !finding.suppression.holds() && run.is_some_and(|run| run.report.index() == report)
            })
        })
    } else {
        Vec::new()
    };
    let mut by_validity: BTreeMap<&'static str, u64> = Validity::ALL
        .into_iter()
        .map(|validity| (validity.as_str(), 0))
        .collect();
    let mut distinct = 0;
    for group in groups.iter().filter(|group| !group.dismissed) {
        distinct += 1;
        *by_validity.entry(group.validity.as_str()).or_default() += 1;
    }
    SecretFacts {
        distinct,
        by_validity,
    }
}

/// Writes `krgate.inspect/1`.
///
/// # Errors
/// If the output cannot be written.
pub fn write_json(
    intake: &Intake,
    diagnostics: &[Diagnostic],
    out: &mut dyn Write,
) -> io::Result<()> {
    write_pretty(&Inspection::new(intake, diagnostics), out)
}
