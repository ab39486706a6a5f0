//! What was read, one line a run, and what is to be said of it.

use std::io;

use super::page::{Cell, Page, Role, widths};
use super::{Sheet, words};
use crate::decide::Event;
use crate::diagnostic::Message;
use crate::model::{Evidence, ReportFile, RunStatus, Suppression, ToolRun, Untrusted};
use crate::scope::{Novelty, Standing};

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
            lines.push(Line {
                cells: cells(sheet, report.entry, report, None, "NO RUN", Role::Bad),
                below: vec!["it holds no run of a tool".into()],
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
        return page.row(2, 2, &[Cell::own("no report was given")], &[]);
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
    if sheet.is_verbose() {
        scopes(sheet, page)?;
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
        cells.push(Cell::own(words::run_results(run)));
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
    let reasons = words::run_reasons(run);
    if run.accepted {
        let accepted = report
            .entry
            .and_then(|entry| sheet.evaluation.accepted.get(entry))
            .and_then(Option::as_ref);
        let mut message = Message::from(reasons).own("; accepted");
        if let Some(accepted) = accepted {
            message = message
                .own(" by ")
                .foreign(Untrusted::new(&accepted.owner))
                .own(": ")
                .foreign(Untrusted::new(&accepted.reason));
        }
        below.push(message);
    } else if run.status != RunStatus::Ok {
        let still = if run.counts.findings > 0 {
            "; its findings still count"
        } else {
            ""
        };
        below.push(Message::from(reasons).own(still));
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

/// What every output says of the evidence (rules 38, 41, S61, S67): on a failing run the
/// table says the first already.
pub(super) fn notices(sheet: &Sheet<'_>) -> Vec<Message> {
    let mut list = Vec::new();
    if sheet.is_short() {
        list.extend(weak_evidence(sheet));
        list.extend(accepted_failures(sheet));
    }
    let scoped = &sheet.evaluation.scoped;
    let (mut in_source, mut outside, mut dismissed, mut waived, mut existing) = (0, 0, 0, 0, 0);
    for (index, finding) in scoped.intake.findings.iter().enumerate() {
        match scoped.standing(index) {
            Standing::Counted => {
                existing += u64::from(scoped.novelty(index) == Novelty::Existing);
            }
            Standing::SuppressedInReport if finding.suppression == Suppression::External => {
                outside += 1;
            }
            Standing::SuppressedInReport => in_source += 1,
            Standing::Dismissed => dismissed += 1,
            Standing::Waived => waived += 1,
        }
    }
    if in_source + outside > 0 {
        list.push(
            format!(
                "{} suppressed in the reports: {} in the source, {} outside it",
                be(in_source + outside),
                words::thousands(in_source),
                words::thousands(outside)
            )
            .into(),
        );
    }
    if dismissed > 0 {
        list.push(format!("{} dismissed in the tool", be(dismissed)).into());
    }
    if waived > 0 {
        list.push(format!("{} waived", be(waived)).into());
    }
    if existing > 0 && sheet.evaluation.about.event == Event::Change {
        list.push(
            format!(
                "{} existed before this change by the report's own baseline",
                words::count(existing, "finding")
            )
            .into(),
        );
    }
    list
}

fn be(number: u64) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} {verb}", words::count(number, "finding"))
}

fn weak_evidence(sheet: &Sheet<'_>) -> Option<Message> {
    let intake = &sheet.evaluation.scoped.intake;
    let mut weak = intake
        .runs
        .iter()
        .filter(|run| run.evidence == Evidence::Weak);
    let mut message = Message::from("weak evidence: ").foreign(weak.next()?.name.as_untrusted());
    for run in weak {
        message = message.own(", ").foreign(run.name.as_untrusted());
    }
    Some(message.own(" (nothing in the report proves that the scan ran to its end)"))
}

fn accepted_failures(sheet: &Sheet<'_>) -> Vec<Message> {
    let intake = &sheet.evaluation.scoped.intake;
    intake
        .runs
        .iter()
        .filter(|run| run.accepted)
        .filter_map(|run| {
            let report = intake.reports.get(run.report.index())?;
            let said = below_run(sheet, report, run).into_iter().next()?;
            Some(append(
                Message::default()
                    .foreign(run.name.as_untrusted())
                    .own(": "),
                &said,
            ))
        })
        .collect()
}

fn append(message: Message, more: &Message) -> Message {
    more.parts()
        .iter()
        .fold(message, |message, part| match part {
            crate::diagnostic::Part::Own(words) => message.own(words.clone()),
            crate::diagnostic::Part::Foreign(text) => message.foreign(text.as_untrusted()),
        })
}
