//! Reports, runs, scopes and diagnostics as rows of the document.

use serde::Serialize;

use super::text;
use crate::decide::Evaluation;
use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Class, Cvss, Verification};
use crate::render::encode::json::{JsonText, message};
use crate::render::words;

#[derive(Serialize)]
pub(super) struct ReportRow<'a> {
    path: JsonText<'a>,
    entry: Option<JsonText<'a>>,
    format: Option<&'static str>,
    format_declared: bool,
    status: &'static str,
}

pub(super) fn reports(evaluation: &Evaluation) -> Vec<ReportRow<'_>> {
    evaluation
        .scoped
        .intake
        .reports
        .iter()
        .map(|report| ReportRow {
            path: report.path.as_untrusted().into(),
            entry: entry(evaluation, report.entry),
            format: report.format,
            format_declared: report.format_declared,
            status: if report.read { "read" } else { "unreadable" },
        })
        .collect()
}

fn entry(evaluation: &Evaluation, index: Option<usize>) -> Option<JsonText<'_>> {
    evaluation
        .about
        .entries
        .get(index?)
        .map(|name| text(name.as_str()))
}

#[derive(Serialize)]
pub(super) struct RunRow<'a> {
    report: usize,
    tool: JsonText<'a>,
    tool_alias: JsonText<'a>,
    tool_named: bool,
    tool_version: Option<JsonText<'a>>,
    category: Option<JsonText<'a>>,
    class: Option<&'static str>,
    could_find: Vec<&'static str>,
    outcome: &'static str,
    reasons: Vec<&'static str>,
    accepted: Option<AcceptedRow<'a>>,
    evidence: &'static str,
    believed: bool,
    verification: &'static str,
    results: Option<u64>,
    findings: u64,
    suppressed: u64,
    needs_review: u64,
    max_needs_review: Option<String>,
    passed: u64,
    resolved: u64,
    log_lines: u64,
    skipped_lines: u64,
}

#[derive(Serialize)]
struct AcceptedRow<'a> {
    reason: Option<JsonText<'a>>,
    owner: Option<JsonText<'a>>,
}

pub(super) fn runs(evaluation: &Evaluation) -> Vec<RunRow<'_>> {
    let intake = &evaluation.scoped.intake;
    intake
        .runs
        .iter()
        .map(|run| {
            let counts = &run.counts;
            let entry = intake.reports.get(run.report.index()).and_then(|r| r.entry);
            let accepted = entry
                .and_then(|entry| evaluation.accepted.get(entry))
                .and_then(Option::as_ref);
            RunRow {
                report: run.report.index(),
                tool: run.name.as_untrusted().into(),
                tool_alias: run.alias.as_untrusted().into(),
                tool_named: run.named,
                tool_version: run.version.as_ref().map(|v| v.as_untrusted().into()),
                category: run.category.as_ref().map(|c| c.as_untrusted().into()),
                class: run.class.map(Class::as_str),
                could_find: run.could_find.iter().map(Class::as_str).collect(),
                outcome: run.status.as_str(),
                reasons: run.reasons.iter().map(|reason| reason.as_str()).collect(),
                accepted: run.accepted.then(|| AcceptedRow {
                    reason: accepted.map(|a| text(&a.reason)),
                    owner: accepted.map(|a| text(&a.owner)),
                }),
                evidence: run.evidence.as_str(),
                believed: run.believed,
                verification: match run.verification {
                    Verification::Proven => "proven",
                    Verification::NotProven => "not_proven",
                },
                results: counts.results,
                findings: counts.findings,
                suppressed: counts.suppressed,
                needs_review: counts.needs_review,
                max_needs_review: run
                    .max_needs_review
                    .and_then(Cvss::judged)
                    .map(|score| score.tenths.to_string()),
                passed: counts.passed,
                resolved: counts.resolved,
                log_lines: counts.log_lines,
                skipped_lines: counts.skipped_lines,
            }
        })
        .collect()
}

#[derive(Serialize)]
pub(super) struct GapRow<'a> {
    path: JsonText<'a>,
    entry: Option<JsonText<'a>>,
    classes: Vec<&'static str>,
    why: &'static str,
}

pub(super) fn missing(evaluation: &Evaluation) -> Vec<GapRow<'_>> {
    evaluation
        .scoped
        .intake
        .gaps
        .iter()
        .map(|gap| GapRow {
            path: gap.path.as_untrusted().into(),
            entry: entry(evaluation, gap.entry),
            classes: gap.classes.iter().map(Class::as_str).collect(),
            why: gap.why,
        })
        .collect()
}

#[derive(Serialize)]
pub(super) struct ScopeRow<'a> {
    name: JsonText<'a>,
    run_outside: Option<JsonText<'a>>,
    assumed: &'a [&'static str],
}

pub(super) fn scopes(evaluation: &Evaluation) -> Vec<ScopeRow<'_>> {
    evaluation
        .scoped
        .scopes
        .iter()
        .map(|scope| ScopeRow {
            name: text(&scope.name),
            run_outside: scope.run_outside.as_deref().map(text),
            assumed: &scope.assumed,
        })
        .collect()
}

#[derive(Serialize)]
pub(in crate::render) struct DiagnosticRow<'a> {
    code: &'static str,
    level: &'static str,
    message: String,
    report: Option<JsonText<'a>>,
    offset: Option<u64>,
    line: Option<u64>,
    column: Option<u64>,
    field: Option<&'a str>,
    expected: Option<String>,
    detail: Option<String>,
    hint: Option<String>,
    count: u64,
}

/// A diagnostic as a row. A place in a source of the policy is left to the drawing of the
/// policy itself.
pub(in crate::render) fn diagnostic_row(diagnostic: &Diagnostic) -> DiagnosticRow<'_> {
    let label = diagnostic.label.as_ref().map(message);
    let mut row = DiagnosticRow {
        code: diagnostic.code.as_str(),
        level: diagnostic.level.as_str(),
        message: message(&diagnostic.message),
        report: None,
        offset: None,
        line: None,
        column: None,
        field: None,
        expected: label.clone().filter(|_| !words::is_in_policy(diagnostic)),
        detail: label.filter(|_| words::is_in_policy(diagnostic)),
        hint: diagnostic.hint.as_ref().map(message),
        count: diagnostic.count,
    };
    if let Place::Report {
        path,
        offset,
        line_column,
        field,
    } = &diagnostic.place
    {
        row.report = Some(path.as_untrusted().into());
        row.offset = *offset;
        row.line = line_column.map(|(line, _)| line);
        row.column = line_column.map(|(_, column)| column);
        row.field = field.as_deref();
    }
    row
}
