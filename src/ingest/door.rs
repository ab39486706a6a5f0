//! From requests to an intake: one report after the other, then what concerns all of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Code, Diagnostic, Message, Part, Place};
use crate::model::{
    Class, ClassSet, Concealed, Evidence, Gap, Intake, ReportFile, ReportId, SecretGroup,
    Untrusted, UntrustedText, group_secrets,
};

use super::builder::Builder;
use super::detect::{self, Detected, Lines, Poor};
use super::report::Report;
use super::secret::{Scrubber, Vault};
use super::source::{self, OpenedFile};
use super::window::{Refusal, Window};
use super::{Context, Expected, FORMATS, Ingest, Request, identity};

/// Bytes of the beginning that recognition looks at first; it asks for more where these do
/// not tell.
const FIRST_HEAD: usize = 64 << 10;

/// Reads every report, then scrubs and names what was found.
pub(super) fn read(requests: &[Request], context: &Context) -> (Intake, Vec<Diagnostic>) {
    let mut builder = Builder::new(context);
    let mut known = Known::default();
    for request in requests {
        read_one(request, &mut builder, &mut known);
    }
    let (intake, mut diagnostics, vault) = builder.finish();
    note_weak_evidence(&intake, &mut diagnostics);
    note_tools_twice(&intake, &mut diagnostics);
    scrub_and_name(intake, diagnostics, vault)
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
    if let Some(twin) = known.twin(&request.path, &opened.file) {
        outcome.format = Some(twin);
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
    known.add(&request.path, &opened.file, outcome.format);
    Ok(())
}

/// The reader for a report whose window stands before its document.
struct Chosen {
    format: &'static dyn Ingest,
    before: Lines,
    declared: bool,
}

impl Chosen {
    fn at<R: Read>(
        window: &mut Window<R>,
        format: &'static dyn Ingest,
        start: usize,
        before: Lines,
        declared: bool,
    ) -> Self {
        let from_the_top = format.reads_lines();
        if !from_the_top {
            window.pass(start);
        }
        Self {
            format,
            before: if from_the_top {
                Lines::default()
            } else {
                before
            },
            declared,
        }
    }
}

/// Recognises the format and holds it against what the entry declares.
fn recognise<R: Read>(window: &mut Window<R>, expected: &Expected) -> Result<Chosen, Refusal> {
    let declared = expected.format.as_deref();
    let mut most = FIRST_HEAD;
    loop {
        let head = window.head(most)?;
        let (whole, more) = (head.whole, head.more);
        match detect::detect(head.bytes, whole) {
            Detected::Formats {
                words,
                start,
                before,
            } => {
                let word = match words.as_slice() {
                    [word] => *word,
                    several => return Err(detect::ambiguous(several)),
                };
                if let Some(declared) = declared
                    && declared != word
                {
                    return Err(mismatch(declared, word));
                }
                return Ok(Chosen::at(window, reader(word)?, start, before, false));
            }
            Detected::Poor {
                what,
                start,
                before,
            } => {
                let format = declared_for(declared, what)?;
                return Ok(Chosen::at(window, format, start, before, true));
            }
            Detected::Unknown(refusal) => {
                // A format that is not read may have content that is not recognised either.
                let declared = declared.map(known_word).map(reader);
                return Err(declared.and_then(Result::err).unwrap_or(refusal));
            }
            Detected::Broken(start, refusal) => {
                // The window itself knows the place of what is wrong.
                window.pass(start);
                window.skip()?;
                return Err(refusal);
            }
            Detected::NeedsMore if more => most = most.saturating_mul(4),
            Detected::NeedsMore => {
                // The beginning ends at bytes that are no text, or is larger than limit L2.
                while window.line()?.is_some() {}
                return Err(Refusal::new(
                    Code::ReportUnknownFormat,
                    "the report is of no format that krgate knows, as far as it was looked at",
                ));
            }
        }
    }
}

fn reader(word: &'static str) -> Result<&'static dyn Ingest, Refusal> {
    FORMATS
        .iter()
        .find(|format| format.word() == word)
        .copied()
        .ok_or_else(|| detect::unsupported(word))
}

fn mismatch(declared: &str, word: &'static str) -> Refusal {
    Refusal::new(
        Code::ReportFormatMismatch,
        Message::from("the report entry declares ")
            .own(known_word(declared))
            .own(", but the content is ")
            .own(word),
    )
    .hint("correct `format:`, or leave it out: content tells")
}

/// The reader that the entry declares for content that cannot tell.
fn declared_for(declared: Option<&str>, what: Poor) -> Result<&'static dyn Ingest, Refusal> {
    let Some(declared) = declared else {
        return Err(Refusal::new(
            Code::ReportNeedsFormat,
            format!(
                "the report is {}, from which no format can be told",
                what.as_str()
            ),
        )
        .hint(
            "say `format:` in the report entry if this is what the tool writes on a clean scan",
        ));
    };
    let format = reader(known_word(declared))?;
    if format.accepts(what) {
        return Ok(format);
    }
    Err(Refusal::new(
        Code::ReportFormatMismatch,
        format!(
            "the report entry declares {}, but the content is {}, which that tool does not write",
            format.word(),
            what.as_str()
        ),
    ))
}

/// The word of ours that is equal to a declared one.
fn known_word(declared: &str) -> &'static str {
    super::format_words()
        .into_iter()
        .find(|word| *word == declared)
        .unwrap_or("another format")
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

/// Reports that were read, to notice one that is given twice (rule 45, G8).
#[derive(Debug, Default)]
struct Known {
    /// By size: path, digest once one was needed, format.
    by_size: BTreeMap<u64, Vec<KnownFile>>,
}

#[derive(Debug)]
struct KnownFile {
    path: std::path::PathBuf,
    digest: Option<[u8; 32]>,
    format: &'static str,
}

impl Known {
    /// The format of a report with the same bytes that was read before. Bytes are compared
    /// by digest, and only where two files have one size.
    fn twin(&mut self, path: &Path, file: &OpenedFile) -> Option<&'static str> {
        let same_size = self.by_size.get_mut(&file.size()?)?;
        let digest = digest_of(path)?;
        for known in same_size {
            if known.digest.is_none() {
                known.digest = digest_of(&known.path);
            }
            if known.digest == Some(digest) {
                return Some(known.format);
            }
        }
        None
    }

    fn add(&mut self, path: &Path, file: &OpenedFile, format: Option<&'static str>) {
        if let (Some(size), Some(format)) = (file.size(), format) {
            self.by_size.entry(size).or_default().push(KnownFile {
                path: path.to_owned(),
                digest: None,
                format,
            });
        }
    }
}

fn digest_of(path: &Path) -> Option<[u8; 32]> {
    let mut file = File::open(path).ok()?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        match file.read(&mut piece).ok()? {
            0 => return Some(hash.finalize().into()),
            read => hash.update(piece.get(..read)?),
        }
    }
}

/// Says which runs nothing proves (rule S61).
fn note_weak_evidence(intake: &Intake, diagnostics: &mut Vec<Diagnostic>) {
    for run in &intake.runs {
        if run.evidence != Evidence::Weak {
            continue;
        }
        let Some(report) = intake.reports.get(run.report.index()) else {
            continue;
        };
        let message = Message::from("nothing in the report proves that the scan by ")
            .foreign(run.name.as_untrusted())
            .own(if run.believed {
                " ran to its end; it is believed"
            } else {
                " ran to its end; it is not believed if it shows nothing"
            });
        diagnostics
            .push(Diagnostic::new(Code::WeakEvidence, message).at(Place::report(&report.path)));
    }
}

/// Says which tools brought two reports whose findings add up (rules 45, S78).
fn note_tools_twice(intake: &Intake, diagnostics: &mut Vec<Diagnostic>) {
    let mut by_tool: BTreeMap<(&str, Option<&str>), Vec<usize>> = BTreeMap::new();
    for (index, run) in intake.runs.iter().enumerate() {
        let category = run.category.as_ref().map(UntrustedText::raw);
        by_tool
            .entry((run.alias.raw(), category))
            .or_default()
            .push(index);
    }
    for runs in by_tool.into_values().filter(|runs| runs.len() > 1) {
        let last = runs.last().and_then(|run| intake.runs.get(*run));
        let Some((run, report)) =
            last.and_then(|run| Some((run, intake.reports.get(run.report.index())?)))
        else {
            continue;
        };
        if run.class == Some(Class::Secrets) && are_one_scan(intake, &runs) {
            continue;
        }
        let message = Message::from("several runs are by ")
            .foreign(run.alias.as_untrusted())
            .own(" with the same category; their findings add up");
        diagnostics.push(
            Diagnostic::new(Code::SameToolTwice, message)
                .at(Place::report(&report.path))
                .hint("give one report of a scan; parts of a scan may be given each, with a category of their own"),
        );
    }
}

/// True if no secret is counted twice over these runs: one of them has all of them.
fn are_one_scan(intake: &Intake, runs: &[usize]) -> bool {
    let secrets = |wanted: &[usize]| -> Vec<SecretGroup> {
        group_secrets(intake, |index| {
            intake
                .findings
                .get(index)
                .is_some_and(|finding| wanted.contains(&finding.run.index()))
        })
    };
    let all = secrets(runs).len();
    runs.iter().any(|run| secrets(&[*run]).len() == all)
}

/// Scrubs every kept string of every report and makes the ids (rules S82, L9).
fn scrub_and_name(
    mut intake: Intake,
    mut diagnostics: Vec<Diagnostic>,
    vault: Vault,
) -> (Intake, Vec<Diagnostic>) {
    let project_key = vault.has_project_key();
    let scrubber = vault.into_scrubber();
    if !scrubber.is_idle() {
        for rule in &mut intake.rules {
            let id = intake.texts.get(rule.id).raw();
            rule.concealed_id = scrubber.scrub(id).map(|_| Concealed::new(id));
        }
        intake.texts.seal(|text| scrubber.scrub(text));
        for run in &mut intake.runs {
            // Words of ours are no secret, whatever a report calls one.
            if !super::format_words().contains(&run.alias.raw()) {
                scrub_text(&scrubber, &mut run.alias);
            }
            scrub_text(&scrubber, &mut run.name);
            run.version
                .iter_mut()
                .for_each(|v| scrub_text(&scrubber, v));
            run.category
                .iter_mut()
                .for_each(|c| scrub_text(&scrubber, c));
        }
        for diagnostic in &mut diagnostics {
            scrub_message(&scrubber, &mut diagnostic.message);
            let more = [&mut diagnostic.label, &mut diagnostic.hint];
            more.into_iter()
                .flatten()
                .for_each(|message| scrub_message(&scrubber, message));
        }
    }
    drop(scrubber);
    intake.ids = identity::make_ids(&intake, project_key);
    (intake, diagnostics)
}

fn scrub_text(scrubber: &Scrubber, text: &mut UntrustedText) {
    if let Some(clean) = scrubber.scrub(text.raw()) {
        *text = UntrustedText::new(clean);
    }
}

fn scrub_message(scrubber: &Scrubber, message: &mut Message) {
    let foreign = |part: &Part| matches!(part, Part::Foreign(_));
    if !message.parts().iter().any(foreign) {
        return;
    }
    let mut clean = Message::default();
    for part in message.parts() {
        clean = match part {
            Part::Own(words) => clean.own(words.clone()),
            Part::Foreign(text) => {
                let mut text = text.clone();
                scrub_text(scrubber, &mut text);
                clean.foreign(text.as_untrusted())
            }
        };
    }
    *message = clean;
}
