//! `krgate check`: reports in, key results judged, exit code out.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::{CheckArguments, Circumstances, EventChoice, FormatChoice};
use super::output::Log;
use super::views::{Outputs, Told, Views};
use super::{Voice, output, reports};
use crate::ci::Surroundings;
use crate::decide::{self, About, Evaluation, Event, ExitCode};
use crate::diagnostic::{Code, Diagnostic, Message, SourceFile};
use crate::ingest::{self, Context, ExtraTool};
use crate::measure::Sight;
use crate::model::Untrusted;
use crate::policy::{KeyResult, Measure, Policy, Term};
use crate::render;
use crate::render::markdown::MarkdownOptions;
use crate::render::text::{TextOptions, Verbosity};
use crate::scope::{self, RunFacts, Scoped};

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
    /// Change or state.
    pub event: Event,
    /// The clock.
    pub now: Timestamp,
    /// True if the clock was set by the user.
    pub clock_given: bool,
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
            event: match how.event {
                EventChoice::Change => Event::Change,
                EventChoice::State => Event::State,
            },
            now: how.now.as_ref().and_then(|given| given.0).unwrap_or(now),
            clock_given: how.now.as_ref().is_some_and(|given| given.0.is_some()),
        }
    }
}

impl CheckRequest {
    /// The arguments with which `explain` judges the same.
    fn again(&self) -> Vec<String> {
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
        flag("--event", (self.event == Event::Change).then_some("change"));
        let now = self.clock_given.then(|| self.now.to_string());
        flag("--now", now.as_deref());
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
    let told = Told {
        evaluation,
        changed: None,
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

/// An output that would take the place of the policy or of a report that was read.
fn overwritten(
    arguments: &CheckArguments,
    views: &Views,
    judged: &Judged,
    surroundings: &Surroundings,
) -> Option<Diagnostic> {
    let place = |path: &Path| surroundings.directory.join(path).canonicalize().ok();
    let reports = judged.evaluation.scoped.intake.reports.iter();
    let read: Vec<PathBuf> = reports
        .map(|report| report.path.raw())
        .chain([judged.evaluation.about.policy_path.as_str()])
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
    let loaded = super::policy::load(request.policy.as_deref(), surroundings);
    let Some(policy) = loaded.policy else {
        return Outcome::Refused {
            diagnostics: loaded.diagnostics,
            sources: loaded.sources,
        };
    };
    let wanted = if request.reports.is_empty() {
        reports::by_policy(&policy, &surroundings.directory)
    } else {
        match reports::by_hand(&policy, &request.reports, &surroundings.directory) {
            Ok(wanted) => wanted,
            Err(diagnostic) => {
                return Outcome::Refused {
                    diagnostics: vec![*diagnostic],
                    sources: loaded.sources,
                };
            }
        }
    };
    let wrong: Vec<Diagnostic> = wanted
        .diagnostics
        .iter()
        .filter(|d| ExitCode::of_faults(std::slice::from_ref(d)) == ExitCode::Request)
        .cloned()
        .collect();
    if !wrong.is_empty() {
        return Outcome::Refused {
            diagnostics: wrong,
            sources: loaded.sources,
        };
    }
    let (mut intake, read) = ingest::read(
        &wanted.requests,
        &context(&policy, request.now, surroundings),
    );
    intake.gaps.extend(wanted.gaps.iter().cloned());
    let not_given = reports::settle(wanted.open(), &policy, &mut intake);
    let facts = RunFacts {
        environment: request.environment.clone(),
        reference: request.reference.clone(),
    };
    let scoped = scope::mark(intake, &policy, &facts);
    let notices = notices(&scoped, &policy);
    let diagnostics = [loaded.diagnostics, wanted.diagnostics, read, not_given].concat();
    let about = about(&policy, request);
    let evaluation = decide::evaluate(&policy, scoped, about, diagnostics, notices);
    Outcome::Judged(Box::new(Judged { policy, evaluation }))
}

fn context(policy: &Policy, now: Timestamp, surroundings: &Surroundings) -> Context {
    Context {
        now,
        roots: surroundings.roots(),
        secret_key: surroundings.secret_key.clone(),
        tools: policy
            .tools
            .iter()
            .map(|row| ExtraTool {
                alias: row.alias.clone(),
                names: row.names.clone(),
                classes: row.classes.clone(),
            })
            .collect(),
        head: None,
        limits: ingest::Limits::default(),
    }
}

fn about(policy: &Policy, request: &CheckRequest) -> About {
    About {
        version: env!("CARGO_PKG_VERSION"),
        policy_path: policy.path.clone(),
        policy_sha256: policy.sha256.clone(),
        mission: policy.mission.clone(),
        period: policy.period.as_ref().map(|period| period.name.clone()),
        entries: policy
            .reports
            .iter()
            .map(|entry| entry.name.clone())
            .collect(),
        event: request.event,
        reference: request.reference.clone(),
        environment: request.environment.clone(),
        now: request.now,
        again: request.again(),
    }
}

/// What a reader should know besides the verdicts: assumptions of scopes, scopes that the
/// run lies outside of, failures that the policy accepts.
fn notices(scoped: &Scoped, policy: &Policy) -> Vec<Message> {
    let mut notices = Vec::new();
    for (index, marks) in scoped.scopes.iter().enumerate() {
        if !policy.key_results().any(|(_, kr)| uses_scope(kr, index)) {
            continue;
        }
        let scope = || Message::from("scope ").foreign(Untrusted::new(&marks.name));
        if let Some(why) = &marks.run_outside {
            notices.push(
                scope()
                    .own(": this run is outside it, so no finding is in it: ")
                    .foreign(Untrusted::new(why)),
            );
        }
        for unknown in &marks.assumed {
            notices.push(
                scope()
                    .own(": ")
                    .own(*unknown)
                    .own(", so it counts as inside"),
            );
        }
    }
    for run in scoped.intake.runs.iter().filter(|run| run.accepted) {
        let entry = scoped
            .intake
            .reports
            .get(run.report.index())
            .and_then(|report| policy.reports.get(report.entry?));
        if let Some((entry, accepted)) =
            entry.and_then(|entry| Some((entry, entry.accept_degraded.as_ref()?)))
        {
            let why = run.reasons.first().map_or("", |reason| reason.explain());
            notices.push(
                Message::from("report ")
                    .foreign(Untrusted::new(&entry.name))
                    .own(": the scan did not finish (")
                    .own(why)
                    .own("), and the policy accepts that: ")
                    .foreign(Untrusted::new(&accepted.reason))
                    .own(", ")
                    .foreign(Untrusted::new(&accepted.owner)),
            );
        }
    }
    notices
}

fn uses_scope(key_result: &KeyResult, scope: usize) -> bool {
    let filter = match &key_result.measure {
        Measure::Count(filter, _)
        | Measure::MaxCvss(filter)
        | Measure::Suppressed { filter, .. } => filter,
        Measure::Tools(_) | Measure::Later(_) => return false,
    };
    filter.uses(&|term| matches!(term, Term::Scope(scopes) if scopes.contains(&scope)))
}

impl Judged {
    /// The marked findings as measures look at them, for `explain`.
    pub fn sight(&self) -> Sight<'_> {
        Sight::new(
            &self.evaluation.scoped,
            &self.policy,
            self.evaluation.about.event == Event::Change,
        )
    }
}
