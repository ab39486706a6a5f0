//! `krgate check`: reports in, key results judged, exit code out.

use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::{CheckArguments, Circumstances, EventChoice, FormatChoice};
use super::judge::{Occasion, proposed};
use super::output::Log;
use super::trust::{self, Refusal};
use super::views::{Outputs, Told, Views};
use super::{Voice, output, since};
use crate::ci::{Change, Surroundings};
use crate::decide::{Evaluation, Event, ExitCode};
use crate::diagnostic::{Code, Diagnostic, Message, SourceFile};
use crate::measure::Sight;
use crate::model::{ChangedLines, CiContext, Untrusted};
use crate::policy::Policy;
use crate::render;
use crate::render::markdown::MarkdownOptions;
use crate::render::text::{TextOptions, Verbosity};

/// A judged policy, or what is wrong with the request.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing was evaluated.
    Refused {
        /// What is wrong.
        diagnostics: Vec<Diagnostic>,
        /// The files that the diagnostics point into.
        sources: Vec<SourceFile>,
    },
    /// Everything was evaluated.
    Judged(Box<Judged>),
}

/// An evaluation with the policy that it was made under.
#[derive(Debug)]
pub struct Judged {
    /// The policy.
    pub policy: Policy,
    /// What was decided.
    pub evaluation: Evaluation,
    /// What the CI system says of the run.
    pub context: CiContext,
    /// The change that was judged, where its base is known.
    pub change: Option<Change>,
}

/// What to judge.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// The policy file; `None` to look for it.
    pub policy: Option<PathBuf>,
    /// Reports given by hand; empty to take what the policy's globs match.
    pub reports: Vec<String>,
    /// The environment that is deployed.
    pub environment: Option<String>,
    /// The ref that is judged.
    pub reference: Option<String>,
    /// Change or state; `None` for what the context says.
    pub event: Option<Event>,
    /// The commit that a change is judged against; `None` for what the context says.
    pub base: Option<String>,
    /// The clock.
    pub now: Timestamp,
    /// True if the clock was set by the user.
    pub clock_given: bool,
    /// The catalogue of exploited vulnerabilities, in place of the policy's.
    pub kev: Option<PathBuf>,
    /// The probabilities of exploitation, in place of the policy's.
    pub epss: Option<PathBuf>,
    /// What was there before: a file, or a commit that holds one.
    pub baseline: Option<String>,
    /// The commit since which lines count as changed.
    pub changed_since: Option<String>,
}

impl CheckRequest {
    pub(super) fn new(reports: &[String], how: &Circumstances, now: Timestamp) -> Self {
        // What is there and empty is not known: it must not put the run outside a scope.
        let known = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let policy = how.policy.clone();
        Self {
            policy: policy.filter(|path| !path.as_os_str().is_empty()),
            reports: reports.to_vec(),
            environment: known(&how.environment),
            reference: known(&how.reference),
            event: how
                .event
                .as_ref()
                .and_then(|given| given.0)
                .map(|event| match event {
                    EventChoice::Change => Event::Change,
                    EventChoice::State => Event::State,
                }),
            base: known(&how.base).filter(|base| base != "auto"),
            now: how.now.as_ref().and_then(|given| given.0).unwrap_or(now),
            clock_given: how.now.as_ref().is_some_and(|given| given.0.is_some()),
            kev: how.kev.clone(),
            epss: how.epss.clone(),
            baseline: known(&how.baseline),
            changed_since: known(&how.changed_since),
        }
    }
}

impl CheckRequest {
    /// The arguments with which `explain` judges the same.
    pub(super) fn again(&self) -> Vec<String> {
        let mut words = self.reports.clone();
        let mut flag = |name: &str, value: Option<&str>| {
            words.extend(
                value
                    .into_iter()
                    .flat_map(|v| [name.to_owned(), v.to_owned()]),
            );
        };
        let policy = self.policy.as_ref().map(|path| path.to_string_lossy());
        flag("--policy", policy.as_deref());
        flag("--environment", self.environment.as_deref());
        flag("--ref", self.reference.as_deref());
        flag("--event", self.event.map(Event::as_str));
        flag("--base", self.base.as_deref());
        flag("--baseline", self.baseline.as_deref());
        flag("--changed-since", self.changed_since.as_deref());
        let now = self.clock_given.then(|| self.now.to_string());
        flag("--now", now.as_deref());
        for (name, path) in [("--kev", &self.kev), ("--epss", &self.epss)] {
            let path = path.as_ref().map(|path| path.to_string_lossy());
            flag(name, path.as_deref());
        }
        words
    }
}

/// Runs the subcommand: judges, writes what was asked for, then what the runner gets (G2).
pub(super) fn run(
    arguments: &CheckArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let views = Views::new(&arguments.views, surroundings, voice);
    let request = CheckRequest::new(&arguments.reports, &arguments.circumstances, now);
    let judged = match evaluate(&request, surroundings) {
        Outcome::Refused {
            diagnostics,
            sources,
        } => return refused(&views, &diagnostics, &sources, voice),
        Outcome::Judged(judged) => judged,
    };
    if let Some(diagnostic) = overwritten(arguments, &views, &judged, surroundings) {
        return refused(&views, &[diagnostic], &[], voice);
    }
    let evaluation = &judged.evaluation;
    let mut faults = to_files(arguments, evaluation, surroundings, voice);
    let report = views.report(evaluation).unwrap_or_else(|fault| {
        faults.push(*fault);
        None
    });
    let mut code = evaluation.exit.max(speak(arguments, evaluation, voice));
    let changed = judged.lines(&views, voice);
    let told = Told {
        evaluation,
        changed: changed.as_ref(),
        faults: &faults.clone(),
        report: report.as_deref(),
    };
    faults.extend(views.summary(told).err().map(|fault| *fault));
    if !faults.is_empty() {
        code = code.max(super::refuse(&faults, &[], voice));
    }
    views.annotate(Told {
        faults: &faults,
        ..told
    });
    let blocking: Vec<&str> = evaluation
        .key_results()
        .filter(|(_, key_result)| key_result.blocks)
        .map(|(_, key_result)| key_result.id.as_str())
        .collect();
    views.outputs(Outputs {
        code,
        blocking: &blocking,
        report: report.as_deref(),
    })
}

/// Refuses a request before anything was judged.
pub(super) fn refuse(
    arguments: &CheckArguments,
    surroundings: &Surroundings,
    diagnostics: &[Diagnostic],
    voice: Voice,
) -> ExitCode {
    let views = Views::new(&arguments.views, surroundings, voice);
    refused(&views, diagnostics, &[], voice)
}

fn refused(
    views: &Views,
    diagnostics: &[Diagnostic],
    sources: &[SourceFile],
    voice: Voice,
) -> ExitCode {
    super::refuse(diagnostics, sources, voice);
    views.refused(diagnostics, sources)
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

/// Reads the policy and the reports, and judges.
pub fn evaluate(request: &CheckRequest, surroundings: &Surroundings) -> Outcome {
    match judged(request, surroundings) {
        Ok(judged) => Outcome::Judged(Box::new(judged)),
        Err(refusal) => Outcome::Refused {
            diagnostics: refusal.diagnostics,
            sources: refusal.sources,
        },
    }
}

fn judged(request: &CheckRequest, surroundings: &Surroundings) -> Result<Judged, Refusal> {
    let mut ground = trust::ground(request, surroundings)?;
    let mut said = mem::take(&mut ground.loaded.diagnostics);
    let Some(policy) = ground.loaded.policy.take() else {
        said.append(&mut ground.diagnostics);
        return Err(Refusal {
            diagnostics: said,
            sources: ground.loaded.sources,
        });
    };
    said.append(&mut ground.diagnostics);
    let since = since::since(request, surroundings, &ground, &policy)?;
    said.extend(since.diagnostics);
    let occasion = Occasion {
        request,
        surroundings,
        ground: &ground,
        since: since.since,
    };
    let proposed = match &ground.proposal {
        Some(proposal) => {
            let (proposed, warning) = proposed(&policy, proposal, &occasion);
            said.extend(warning);
            Some(proposed)
        }
        None => None,
    };
    let mut evaluation = occasion
        .judge(&policy, said)
        .map_err(|diagnostics| Refusal {
            diagnostics,
            sources: ground.loaded.sources.clone(),
        })?;
    evaluation.proposed = proposed;
    Ok(Judged {
        policy,
        evaluation,
        context: ground.context,
        change: ground.change,
    })
}

impl Judged {
    /// The lines that the change touches, where a view asks for them. What git cannot tell is
    /// said in the log, and the views show all findings.
    fn lines(&self, views: &Views, voice: Voice) -> Option<ChangedLines> {
        let change = self.change.as_ref().filter(|_| views.want_lines())?;
        match change.lines(&self.context) {
            Ok(lines) => Some(lines),
            Err(unknown) => {
                let text = super::drawn(&[*unknown], &[], voice.styled);
                voice.log.say(&text);
                None
            }
        }
    }

    /// The marked findings as measures look at them, for `explain`.
    pub fn sight(&self) -> Sight<'_> {
        Sight::new(
            &self.evaluation.scoped,
            &self.policy,
            self.evaluation.about.event == Event::Change,
        )
    }
}
