//! From requests to an intake: one report after the other, then what concerns all of them.

mod conclude;
mod recognise;
mod twins;

use crate::diagnostic::{Code, Diagnostic, Message, Place};
use crate::model::{ClassSet, Gap, Intake, ReportFile, ReportId, Untrusted};

use super::builder::Builder;
use super::github_alerts;
use super::report::Report;
use super::source;
use super::window::{Refusal, Window};
use super::{Context, Expected, Request, identity};
use recognise::recognise;
use twins::Known;

/// Reads every report, then scrubs what was found, and makes its ids if they are wanted.
pub(super) fn read(
    requests: &[Request],
    context: &Context,
    ids: bool,
) -> (Intake, Vec<Diagnostic>) {
    let mut builder = Builder::new(context);
    let mut known = Known::default();
    for request in requests {
        read_one(request, &mut builder, &mut known);
    }
    let (mut intake, mut diagnostics, vault) = builder.finish();
    github_alerts::settle_pages(&mut intake, &mut diagnostics);
    conclude::note_weak_evidence(&intake, &mut diagnostics);
    conclude::note_tools_twice(&intake, &mut diagnostics);
    let project_key = vault.has_project_key();
    conclude::scrub(&mut intake, &mut diagnostics, vault, &context.tools);
    if ids {
        intake.ids = identity::make_ids(&intake, project_key);
    }
    (intake, diagnostics)
}

/// Reads one report, or leaves a diagnostic of level error and a gap.
fn read_one(request: &Request, builder: &mut Builder<'_>, known: &mut Known) {
    let id = ReportId::new(builder.intake.reports.len());
    builder.intake.reports.push(ReportFile {
        path: request.shown.clone(),
        format: None,
        format_declared: false,
        entry: request.expected.entry,
        read: false,
    });
    let mark = builder.mark();
    let mut outcome = Outcome::default();
    match open_and_read(request, builder, known, id, &mut outcome) {
        Ok(()) => outcome.read = true,
        Err(refusal) => {
            builder.back_to(mark);
            builder.intake.gaps.push(Gap {
                entry: request.expected.entry,
                path: request.shown.clone(),
                classes: request.expected.class.map_or(ClassSet::ALL, ClassSet::of),
                why: why(refusal.code()),
            });
            let diagnostic = refusal.into_diagnostic(&request.shown);
            builder.diagnostics.push(diagnostic);
        }
    }
    if let Some(report) = builder.intake.reports.get_mut(id.index()) {
        report.format = outcome.format;
        report.format_declared = outcome.declared;
        report.read = outcome.read;
    }
}

/// What became of a report.
#[derive(Debug, Default)]
struct Outcome {
    format: Option<&'static str>,
    declared: bool,
    read: bool,
}

fn open_and_read(
    request: &Request,
    builder: &mut Builder<'_>,
    known: &mut Known,
    id: ReportId,
    outcome: &mut Outcome,
) -> Result<(), Refusal> {
    let limits = builder.context.limits;
    let opened = source::open(request, limits.report_bytes)?;
    if let Some(twin) = known.twin(request, &opened.file) {
        outcome.format = Some(twin.format);
        outcome.declared = twin.declared;
        builder.diagnostics.push(
            Diagnostic::new(
                Code::ReportRepeated,
                "the same report was given before; it is read once",
            )
            .at(Place::report(&request.shown)),
        );
        return Ok(());
    }
    let mut window = Window::new(opened.reader, limits.item_bytes);
    let chosen = recognise(&mut window, &request.expected);
    if let Ok(chosen) = &chosen {
        outcome.format = Some(chosen.format.word());
        outcome.declared = chosen.declared;
    }
    let first_run = builder.intake.runs.len();
    let read = chosen.and_then(|chosen| {
        let mut report = Report {
            window,
            builder: &mut *builder,
            expected: &request.expected,
            shown: &request.shown,
            id,
            before: chosen.before,
        };
        chosen.format.read(&mut report)
    });
    // A file that changed explains whatever else is wrong with it.
    if !opened.file.is_unchanged() {
        return Err(Refusal::new(
            Code::ReportChangedWhileRead,
            "the report changed while it was read",
        )
        .hint("let the step that writes it end before the gate begins"));
    }
    read?;
    check_tool(&request.expected, builder, first_run)?;
    known.add(request, &opened.file, outcome.format, outcome.declared);
    Ok(())
}

/// Refuses a report none of whose runs is by the tool that its entry names.
fn check_tool(expected: &Expected, builder: &Builder<'_>, first_run: usize) -> Result<(), Refusal> {
    let Some(tool) = &expected.tool else {
        return Ok(());
    };
    let mut runs = builder.intake.runs.iter().skip(first_run);
    if runs.any(|run| run.alias.raw() == tool) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::ReportToolMismatch,
        Message::from("no run of the report is by ")
            .foreign(Untrusted::new(tool))
            .own(", the tool that its entry names"),
    )
    .hint("correct `tool:` of the report entry, or the step that writes the report"))
}

/// What happened to a report that is not read, as the rest of "report `x`: …".
fn why(code: Code) -> &'static str {
    match code {
        Code::ReportMissing => "it is not there",
        Code::ReportUnreadable => "it cannot be opened or read",
        Code::ReportNotAFile => "it is not a file",
        Code::ReportEmpty => "it is empty",
        Code::ReportTruncated => "it ends in the middle",
        Code::ReportUnknownFormat | Code::ReportNeedsFormat | Code::ReportAmbiguousFormat => {
            "its format cannot be told"
        }
        Code::ReportUnsupportedFormat => "its format is not read",
        Code::ReportFormatMismatch => "its format is another than declared",
        Code::ReportToolMismatch => "it is by another tool",
        Code::TooManyFindings => "it has too many findings",
        _ => "it cannot be trusted as a whole",
    }
}
