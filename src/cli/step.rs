//! `krgate check` from its arguments to its exit code: what is judged is written, then told to
//! the runner, then published (rule G2).

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use super::args::{CheckArguments, Clock, EventChoice, FormatChoice};
use super::check::{CheckRequest, Judged, Outcome, evaluate};
use super::ledger::{Ledger, Recorded, Recording, no_place};
use super::output::Log;
use super::publish::Publication;
use super::trust::in_repository;
use super::views::{Outputs, Told, Views};
use super::{Voice, needs, output, publish, settings};
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::{Evaluation, ExitCode};
use crate::diagnostic::{Code, Diagnostic, Message, SourceFile};
use crate::model::{CiContext, Untrusted};
use crate::policy::PLACES;
use crate::publish::Views as Pages;
use crate::record::store::place::Place;
use crate::render;
use crate::render::markdown::MarkdownOptions;
use crate::render::text::{TextOptions, Verbosity};

/// Runs the subcommand: judges, writes what was asked for, then what the runner gets, and
/// publishes last (rule G2).
pub(super) fn run(
    arguments: &CheckArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let step = Step::new(arguments, surroundings, now, voice);
    let mut request = CheckRequest::new(&arguments.reports, &arguments.circumstances, now);
    request.ledger = step.place();
    match needs::missing(arguments.needs.as_deref()) {
        Ok(missing) => request.upstream = missing,
        Err(diagnostic) => return step.refused(&request, &[*diagnostic], &[]),
    }
    let judged = match evaluate(&request, surroundings) {
        Outcome::Refused {
            diagnostics,
            sources,
        } => return step.refused(&request, &diagnostics, &sources),
        Outcome::Judged(judged) => judged,
    };
    if let Some(diagnostic) = overwritten(arguments, &step.views, &judged, surroundings) {
        return step.refused(&request, &[diagnostic], &[]);
    }
    match step.ledger(&judged) {
        Ok(ledger) => step.judged(&judged, ledger.as_ref()),
        Err(diagnostic) => step.refused(&request, &[*diagnostic], &[]),
    }
}

/// Refuses a request before anything was judged.
pub(super) fn refuse(
    arguments: &CheckArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    diagnostic: &Diagnostic,
    voice: Voice,
) -> ExitCode {
    let request = CheckRequest::new(&arguments.reports, &arguments.circumstances, now);
    let step = Step::new(arguments, surroundings, now, voice);
    step.refused(&request, std::slice::from_ref(diagnostic), &[])
}

/// A run of the subcommand: what was asked for, and where it goes.
struct Step<'a> {
    arguments: &'a CheckArguments,
    surroundings: &'a Surroundings,
    now: Timestamp,
    voice: Voice,
    views: Views,
    publication: Publication,
    started: Instant,
}

impl<'a> Step<'a> {
    fn new(
        arguments: &'a CheckArguments,
        surroundings: &'a Surroundings,
        now: Timestamp,
        voice: Voice,
    ) -> Self {
        Self {
            arguments,
            surroundings,
            now,
            voice,
            views: Views::new(&arguments.views, surroundings, voice),
            publication: Publication::new(&arguments.publish),
            started: Instant::now(),
        }
    }

    /// Where the past is read from, if the command line says so: a ledger that is written to is
    /// read as well.
    fn place(&self) -> Option<String> {
        let asked = &self.arguments.ledger;
        let given = asked.place.ledger.clone().filter(|place| !place.is_empty());
        let records = asked.record.as_ref().and_then(|given| given.0) == Some(true);
        given.or_else(|| records.then(String::new))
    }

    /// The ledger that a record is asked for in.
    fn ledger(&self, judged: &Judged) -> Result<Option<Ledger>, Box<Diagnostic>> {
        let asked = &self.arguments.ledger;
        let given = asked
            .place
            .ledger
            .as_deref()
            .filter(|text| !text.is_empty());
        if asked.record.as_ref().and_then(|given| given.0) != Some(true) {
            // What is written wrong is an error, also where it is not needed.
            return match given.map(Place::parse) {
                Some(None) => Err(no_place()),
                _ => Ok(None),
            };
        }
        let now = judged.evaluation.about.now;
        Ledger::open(given, Some(&judged.policy), self.surroundings, now).map(Some)
    }

    /// Records the run where that was asked for, and says what became of it. What is judged
    /// does not wait for it (rules R4, R19).
    fn record(&self, judged: &Judged, ledger: Option<&Ledger>) -> Recorded {
        let Some(ledger) = ledger else {
            return Recorded::default();
        };
        let how = &self.arguments.circumstances;
        let is_given = |clock: &Clock| clock.0.is_some();
        let took = u64::try_from(self.started.elapsed().as_millis()).ok();
        let recording = Recording {
            ledger,
            instance: self
                .arguments
                .ledger
                .instance
                .as_deref()
                .filter(|text| !text.is_empty()),
            is_state_by_hand: how.event.as_ref().and_then(|given| given.0)
                == Some(EventChoice::State),
            took: took.filter(|_| !how.now.as_ref().is_some_and(is_given)),
        };
        let recorded = recording.record(judged, self.surroundings);
        let mut said = super::drawn(&recorded.notes, &[], self.voice.styled);
        if let Some(line) = recorded.said.as_ref().filter(|_| !self.voice.quiet) {
            said.push_str(line);
            said.push('\n');
        }
        if !said.is_empty() {
            self.voice.log.say(&said);
        }
        recorded
    }

    /// Everything that an evaluation is written to.
    fn judged(&self, judged: &Judged, ledger: Option<&Ledger>) -> ExitCode {
        let (arguments, surroundings, voice) = (self.arguments, self.surroundings, self.voice);
        let (views, evaluation) = (&self.views, &judged.evaluation);
        if voice.log == Log::Apart {
            let settings = settings::of_judged(judged, views, &self.publication);
            voice.log.say(&settings);
        }
        let mut faults = to_files(arguments, evaluation, surroundings, voice);
        let report = views.report(evaluation).unwrap_or_else(|fault| {
            faults.push(*fault);
            None
        });
        let mut code = evaluation.exit.max(speak(arguments, evaluation, voice));
        let recorded = self.record(judged, ledger);
        faults.extend(recorded.faults);
        let lines_wanted = views.want_lines() || self.publication.is_asked_for();
        let changed = judged.lines(lines_wanted, voice);
        let told = Told {
            evaluation,
            changed: changed.as_ref(),
            faults: &faults.clone(),
            report: report.as_deref(),
            folder: &judged.folder,
        };
        faults.extend(views.summary(told).err().map(|fault| *fault));
        if !faults.is_empty() {
            code = code.max(super::refuse(&faults, &[], voice));
        }
        let told = Told {
            faults: &faults,
            ..told
        };
        let errors = views.annotate(told);
        let blocking: Vec<&str> = evaluation
            .key_results()
            .filter(|(_, key_result)| key_result.blocks)
            .map(|(_, key_result)| key_result.id.as_str())
            .collect();
        let outputs = |code| Outputs {
            code,
            blocking: &blocking,
            report: report.as_deref(),
            record: recorded.id.as_deref(),
        };
        let code = views.outputs(outputs(code));
        if !self.publication.is_asked_for() {
            return code;
        }
        let policy = in_repository(&judged.folder, &evaluation.about.policy_path);
        let policy = policy.as_deref().unwrap_or(&evaluation.about.policy_path);
        let show = views.show();
        let pages = self
            .publication
            .of_judged(judged, told, (code, show), policy);
        self.publish(&pages, &judged.context, code, errors, outputs)
    }

    /// Says what is wrong with a request, everywhere that somebody looks.
    fn refused(
        &self,
        request: &CheckRequest,
        diagnostics: &[Diagnostic],
        sources: &[SourceFile],
    ) -> ExitCode {
        let context = ci::context(&self.surroundings.environment).ok();
        if self.voice.log == Log::Apart {
            let (views, publication) = (&self.views, &self.publication);
            let settings = settings::of_refused(request, context.as_ref(), views, publication);
            self.voice.log.say(&settings);
        }
        super::refuse(diagnostics, sources, self.voice);
        let code = self.views.refused(diagnostics, sources);
        // Without a context nothing says where to publish, and the log says why there is none.
        let Some(context) = context.filter(|_| self.publication.is_asked_for()) else {
            return code;
        };
        let log = super::refusal(diagnostics, sources, false);
        let policy = self.policy_asked_for(request);
        let pages = self.publication.of_refused(code, &log, &context, &policy);
        self.publish(&pages, &context, code, 1, |code| Outputs {
            code,
            blocking: &[],
            report: None,
            record: None,
        })
    }

    /// The path in the repository of the policy that a request means, as far as it says.
    fn policy_asked_for(&self, request: &CheckRequest) -> String {
        let (here, environment) = (&self.surroundings.directory, &self.surroundings.environment);
        let git = Git::open(here, environment).ok();
        let folder = git.as_ref().map_or("", Git::prefix);
        let named = request.policy.as_deref();
        let named = named.map(|path| path.strip_prefix(here).unwrap_or(path).to_string_lossy());
        let name = named.as_deref().unwrap_or(PLACES[0]);
        in_repository(folder, name).unwrap_or_else(|| name.to_owned())
    }

    /// Publishes, tells what became of it, and writes the outputs again, for it may change the
    /// exit code (rule G34). Until it is over they say that it failed, so that whoever stops
    /// the run leaves no verdict behind that was not published (rule G102).
    fn publish<'o>(
        &self,
        pages: &Pages,
        context: &CiContext,
        code: ExitCode,
        errors: usize,
        outputs: impl Fn(ExitCode) -> Outputs<'o>,
    ) -> ExitCode {
        self.views.outputs(outputs(code.max(ExitCode::Environment)));
        let said = publish::send(pages, context, self.surroundings, self.now);
        let fault = ExitCode::of_faults(&said);
        if fault == ExitCode::Passed {
            let notes = super::drawn(&said, &[], self.voice.styled);
            self.voice.log.say(&notes);
        } else {
            super::refuse(&said, &[], self.voice);
            self.views.annotate_late(&said, errors);
        }
        self.views.outputs(outputs(code.max(fault)))
    }
}

/// What people read goes to standard output if it is all that was asked for. In GitHub
/// Actions it goes to standard error, between lines that keep the runner from reading it, and
/// standard output has what `--format` asked for and nothing else (rules G8, G16).
fn speak(arguments: &CheckArguments, evaluation: &Evaluation, voice: Voice) -> ExitCode {
    let options = options(arguments, voice);
    let mut shown = ExitCode::Passed;
    if voice.log == Log::Apart && arguments.format != Some(FormatChoice::Text) {
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = render::text::write(evaluation, options, &mut text);
        voice.log.say(&String::from_utf8_lossy(&text));
        if arguments.format.is_none() {
            return shown;
        }
    }
    let format = arguments.format.unwrap_or_default();
    shown = shown.max(output::stream(|out| {
        write(evaluation, format, options, out)
    }));
    shown
}

/// Writes every `--output`; gives back what could not be written.
fn to_files(
    arguments: &CheckArguments,
    evaluation: &Evaluation,
    surroundings: &Surroundings,
    voice: Voice,
) -> Vec<Diagnostic> {
    let plain = TextOptions {
        styled: false,
        ..options(arguments, voice)
    };
    let files = arguments.output.iter();
    let written = files.map(|file| {
        output::to_file(&file.path, &surroundings.directory, |out| {
            write(evaluation, file.format, plain, out)
        })
    });
    written
        .filter_map(Result::err)
        .map(|fault| *fault)
        .collect()
}

/// An output that would take the place of the policy or of a file that was read.
fn overwritten(
    arguments: &CheckArguments,
    views: &Views,
    judged: &Judged,
    surroundings: &Surroundings,
) -> Option<Diagnostic> {
    let place = |path: &Path| surroundings.directory.join(path).canonicalize().ok();
    let intake = &judged.evaluation.scoped.intake;
    let kev = intake.exploit.kev.as_ref().map(|file| file.path.raw());
    let epss = intake.exploit.epss.as_ref().map(|file| file.path.raw());
    let reports = intake.reports.iter().map(|report| report.path.raw());
    let read: Vec<PathBuf> = reports
        .chain(kev)
        .chain(epss)
        .chain([judged.evaluation.about.policy_path.as_str()])
        // What it extends, the waiver file, VEX documents.
        .chain(
            judged
                .policy
                .sources
                .iter()
                .map(|source| source.name.as_str()),
        )
        .filter_map(|path| place(Path::new(path)))
        .collect();
    let outputs = arguments.output.iter().map(|file| file.path.as_path());
    let file = outputs
        .chain(views.named_report())
        .find(|file| place(file).is_some_and(|path| path.is_file() && read.contains(&path)))?;
    Some(
        Diagnostic::new(
            Code::Usage,
            Message::from("an output would overwrite what was read: ")
                .foreign(Untrusted::new(&file.to_string_lossy())),
        )
        .hint("give the output another path; nothing was written"),
    )
}

fn options(arguments: &CheckArguments, voice: Voice) -> TextOptions {
    TextOptions {
        verbosity: if voice.quiet {
            Verbosity::Quiet
        } else if voice.verbose {
            Verbosity::Verbose
        } else {
            Verbosity::Normal
        },
        all: arguments.all,
        styled: voice.styled,
    }
}

fn write(
    evaluation: &Evaluation,
    format: FormatChoice,
    options: TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        FormatChoice::Text => render::text::write(evaluation, options, out),
        FormatChoice::Json => render::json::write(evaluation, out),
        FormatChoice::Sarif => render::sarif::write(evaluation, out),
        FormatChoice::Junit => render::junit::write(evaluation, out),
        FormatChoice::Markdown => {
            render::markdown::write(evaluation, MarkdownOptions::default(), out)
        }
    }
}
