//! What was read, one line a run, and what is to be said of it.

use std::io;

use super::page::{Cell, Page, Role, widths};
use super::{Sheet, words};
use crate::diagnostic::Message;
use crate::model::{ReportFile, RunStatus, ToolRun, Untrusted};
use crate::render::notices;

/// A row of the table, with what stands below it.
struct Line {
    cells: Vec<Cell>,
    below: Vec<Message>,
}

pub(super) fn write(sheet: &Sheet<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let intake = &sheet.evaluation.scoped.intake;
    let mut lines = Vec::new();
    for (index, report) in intake.reports.iter().enumerate() {
        let runs = || intake.runs.iter().filter(|run| run.report.index() == index);
        if !report.read {
            let mut below = gap_of(sheet, report);
            below.extend(runs().map(|run| Message::default().foreign(run.name.as_untrusted())));
            lines.push(Line {
                cells: cells(sheet, report.entry, report, None, "UNREAD", Role::Bad),
                below,
            });
            continue;
        }
        if runs().next().is_none() {
            let (word, role, why) = match notices::twin(sheet.evaluation, report) {
                Some(twin) => ("REPEAT", Role::Dim, twin.clone()),
                None => ("NO RUN", Role::Bad, "it holds no run of a tool".into()),
            };
            lines.push(Line {
                cells: cells(sheet, report.entry, report, None, word, role),
                below: vec![why],
            });
        }
        for run in runs() {
            let role = match run.status {
                RunStatus::Ok => Role::Good,
                RunStatus::Failed | RunStatus::NotRun => Role::Bad,
            };
            lines.push(Line {
                cells: cells(
                    sheet,
                    report.entry,
                    report,
                    Some(run),
                    words::run_status(run),
                    role,
                ),
                below: below_run(sheet, report, run),
            });
        }
    }
    for gap in &intake.gaps {
        if !intake.reports.iter().any(|report| report.path == gap.path) {
            lines.push(Line {
                cells: vec![
                    Cell::own("MISSING").role(Role::Bad),
                    entry(sheet, gap.entry),
                    Cell::path(gap.path.as_untrusted(), ""),
                ],
                below: vec![gap.why.into()],
            });
        }
    }
    page.row(0, 2, &[Cell::own("evidence").role(Role::Strong)], &[])?;
    if lines.is_empty() {
        page.row(2, 2, &[Cell::own("no report was given")], &[])?;
        return exploit_data(sheet, page);
    }
    let rows: Vec<Vec<Cell>> = lines.iter().map(|line| line.cells.clone()).collect();
    let widths = widths(&rows);
    let indent = 4 + widths.first().copied().unwrap_or(0);
    for line in &lines {
        page.row(2, indent, &line.cells, &widths)?;
        for message in &line.below {
            page.words(indent, &Cell::own(""), message)?;
        }
    }
    exploit_data(sheet, page)?;
    if sheet.is_verbose() {
        scopes(sheet, page)?;
    }
    Ok(())
}

/// The data files beside the reports (rule M20).
fn exploit_data(sheet: &Sheet<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let Some(line) = notices::exploit_data(sheet.evaluation) else {
        return Ok(());
    };
    page.words(2, &Cell::own("exploits"), &line)?;
    if sheet.is_verbose() {
        for file in notices::exploit_files(sheet.evaluation) {
            page.words(4, &Cell::own("-"), &file)?;
        }
    }
    Ok(())
}

fn entry(sheet: &Sheet<'_>, index: Option<usize>) -> Cell {
    index
        .and_then(|index| sheet.evaluation.about.entries.get(index))
        .map_or(Cell::own("-"), |name| {
            Cell::label(Untrusted::new(name)).at_most(20)
        })
}

fn cells(
    sheet: &Sheet<'_>,
    entry_index: Option<usize>,
    report: &ReportFile,
    run: Option<&ToolRun>,
    word: &'static str,
    role: Role,
) -> Vec<Cell> {
    let mut cells = vec![
        Cell::own(word).role(role),
        entry(sheet, entry_index),
        Cell::path(report.path.as_untrusted(), ""),
    ];
    if let Some(run) = run {
        let mut name = run.name.raw().to_owned();
        if let Some(version) = &run.version {
            name.push(' ');
            name.push_str(version.raw());
        }
        cells.push(Cell::label(Untrusted::new(&name)).at_most(24));
        let results = words::run_results(run);
        // One report can be of several scans, which nothing else tells apart.
        let runs = &sheet.evaluation.scoped.intake.runs;
        let of_report = runs.iter().filter(|other| other.report == run.report);
        cells.push(Cell::own(
            match run.class.filter(|_| of_report.count() > 1) {
                Some(class) => format!("{class}: {results}"),
                None => results,
            },
        ));
    }
    cells
}

fn gap_of(sheet: &Sheet<'_>, report: &ReportFile) -> Vec<Message> {
    let gaps = &sheet.evaluation.scoped.intake.gaps;
    gaps.iter()
        .filter(|gap| gap.path == report.path)
        .map(|gap| gap.why.into())
        .collect()
}

/// Why a run is not ok, and who accepted that (rules 27, 28).
fn below_run(sheet: &Sheet<'_>, report: &ReportFile, run: &ToolRun) -> Vec<Message> {
    let mut below = Vec::new();
    if let Some(message) = notices::acceptance(sheet.evaluation, run) {
        below.push(message);
    } else if run.status != RunStatus::Ok {
        let still = if run.counts.findings > 0 {
            "; its findings still count"
        } else {
            ""
        };
        below.push(Message::from(words::run_reasons(run)).own(still));
    }
    if sheet.is_verbose() {
        let mut facts = Vec::new();
        if let Some(format) = report.format {
            let how = if report.format_declared {
                "declared"
            } else {
                "recognised"
            };
            facts.push(format!("format {format} ({how})"));
        }
        let class = run.class.map_or("undeclared", crate::model::Class::as_str);
        facts.push(format!("class {class}"));
        facts.push(format!("{} evidence", run.evidence.as_str()));
        below.push(facts.join(", ").into());
    }
    below
}

fn scopes(sheet: &Sheet<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let scoped = &sheet.evaluation.scoped;
    if scoped.scopes.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.row(0, 2, &[Cell::own("scopes").role(Role::Strong)], &[])?;
    for (index, scope) in scoped.scopes.iter().enumerate() {
        let inside = (0..scoped.intake.findings.len())
            .filter(|finding| scoped.is_inside(*finding, index))
            .count();
        let mut message = Message::default()
            .foreign(Untrusted::new(&scope.name))
            .own(format!(
                ": {}",
                words::count(words::number(inside), "finding")
            ));
        if let Some(outside) = &scope.run_outside {
            message = message
                .own("; the whole run is outside: ")
                .foreign(Untrusted::new(outside));
        }
        for assumed in &scope.assumed {
            message = message
                .own("; ")
                .own(*assumed)
                .own(", so all counts as inside");
        }
        page.words(2, &Cell::own("-"), &message)?;
    }
    Ok(())
}
