//! The facts of reports for people.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Inspection, LevelFacts, ReportFacts};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Class, Cvss, Intake, ReportFile, RunStatus, ToolRun, Untrusted};
use crate::render::text::page::{Cell, Page, Role};
use crate::render::text::write_diagnostics;
use crate::render::words;

/// Writes the facts of every report, then every diagnostic.
///
/// # Errors
/// If the output cannot be written.
pub fn write(
    intake: &Intake,
    diagnostics: &[Diagnostic],
    styled: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let inspection = Inspection::new(intake, diagnostics);
    let mut page = Page::new(out, styled);
    let both = intake.reports.iter().zip(&inspection.reports);
    for (index, (report, facts)) in both.enumerate() {
        if index > 0 {
            page.blank()?;
        }
        head(report, facts, &mut page)?;
        let runs = intake.runs.iter().zip(&inspection.by_run);
        for (run, levels) in runs.filter(|(run, _)| run.report.index() == index) {
            one_run(run, levels, &mut page)?;
        }
        if report.read {
            sums(facts, &mut page)?;
        }
    }
    if !diagnostics.is_empty() {
        if !intake.reports.is_empty() {
            page.blank()?;
        }
        write_diagnostics(diagnostics, styled, out)?;
    }
    Ok(())
}

/// `report reports/semgrep.sarif  sarif  1 run`
fn head(report: &ReportFile, facts: &ReportFacts<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let declared = if report.format_declared {
        " (declared)"
    } else {
        ""
    };
    let format = match report.format {
        Some(format) => format!("{format}{declared}"),
        None => "format not recognised".to_owned(),
    };
    let state = if report.read {
        Cell::own(words::count(words::number(facts.runs.len()), "run"))
    } else {
        Cell::own("UNREAD, see below").role(Role::Bad)
    };
    let word = Cell::own("report").role(Role::Strong);
    let path = Cell::path(report.path.as_untrusted(), "");
    page.row(0, 2, &[word, path, Cell::own(format), state], &[])
}

/// `- Semgrep OSS 1.185.0  sast  ok (strong)` and below what it found.
fn one_run(run: &ToolRun, levels: &LevelFacts, page: &mut Page<'_>) -> io::Result<()> {
    let mut name = run.name.raw().to_owned();
    if let Some(version) = &run.version {
        name.push(' ');
        name.push_str(version.raw());
    }
    let role = match run.status {
        RunStatus::Ok => Role::Good,
        RunStatus::Failed | RunStatus::NotRun => Role::Bad,
    };
    let state = format!("{} ({})", words::run_status(run), run.evidence.as_str());
    let cells = [
        // Begins with `- `, for a name is foreign.
        Cell::label(Untrusted::new(&name)).at_most(40),
        Cell::own(run.class.map_or("class undeclared", Class::as_str)),
        Cell::own(state).role(role),
    ];
    page.row(2, 4, &cells, &[])?;
    if !run.reasons.is_empty() {
        let why = Message::from(words::run_reasons(run));
        page.words(4, &Cell::own(""), &why)?;
    }
    page.words(4, &Cell::own(""), &found(run, levels).into())
}

/// `214 findings: 12 error, 180 warning, 22 note; 3 suppressed; 2 need review`
fn found(run: &ToolRun, levels: &LevelFacts) -> String {
    let counts = &run.counts;
    if counts.results.is_none() && counts.findings == 0 {
        return "no results: they were not computed".to_owned();
    }
    let mut said = words::count(counts.findings, "finding");
    let by_level: Vec<String> = [
        (levels.error, "error"),
        (levels.warning, "warning"),
        (levels.note, "note"),
        (levels.none, "none"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, level)| format!("{} {level}", words::thousands(number)))
    .collect();
    if !by_level.is_empty() {
        said.push_str(": ");
        said.push_str(&by_level.join(", "));
    }
    for (number, what) in [
        (counts.suppressed, "suppressed"),
        (counts.needs_review, "of a kind that needs review"),
        (counts.passed, "passed"),
        (counts.resolved, "resolved since the baseline"),
        (counts.log_lines, "log lines"),
        (counts.skipped_lines, "lines skipped"),
    ] {
        if number > 0 {
            let _ = write!(said, "; {} {what}", words::thousands(number));
        }
    }
    if let Some(score) = run.max_needs_review.and_then(Cvss::judged) {
        let _ = write!(said, " (highest {})", score.tenths);
    }
    said
}

/// How much of the report can be scored, placed and counted as secrets.
fn sums(facts: &ReportFacts<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let mut scored = format!(
        "scored {} of {}",
        words::thousands(facts.scored),
        words::thousands(facts.findings)
    );
    if let Some(max) = &facts.max_cvss {
        let _ = write!(scored, ", highest {max}");
    }
    let code = Code::SarifScoreWord.as_str();
    if let Some(number) = facts.diagnostics.get(code) {
        let rules = words::count(*number, "score");
        let _ = write!(scored, " ({rules} given as a word: {code})");
    }
    page.words(2, &Cell::own(""), &scored.into())?;
    let mut placed = format!(
        "with path {}, with line {} · {}",
        words::thousands(facts.with_path),
        words::thousands(facts.with_line),
        words::count(facts.secrets.distinct, "secret"),
    );
    let validities: Vec<String> = facts
        .secrets
        .by_validity
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(validity, number)| format!("{} {validity}", words::thousands(*number)))
        .collect();
    if !validities.is_empty() {
        let _ = write!(placed, " ({})", validities.join(", "));
    }
    page.words(2, &Cell::own(""), &placed.into())
}
