//! `krgate check`: reports in, key results judged, exit code out.

use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::{CheckArguments, Circumstances, EventChoice, FormatChoice};
use super::trust::{self, Ground, Proposal, Refusal};
use super::{Voice, exploit, output, refuse, reports, since};
use crate::ci::{Change, Surroundings};
use crate::decide::{self, About, Evaluation, Event, ExitCode, Proposed, ProposedOutcome};
use crate::diagnostic::{Code, Diagnostic, Level, Message, Part, SourceFile};
use crate::ingest::{self, Context, ExtraTool};
use crate::measure::Sight;
use crate::model::{CiContext, Untrusted};
use crate::policy::{KeyResult, Loaded, Measure, Policy, Term, all_removed, compare};
use crate::render;
use crate::render::markdown::MarkdownOptions;
use crate::render::text::{TextOptions, Verbosity};
use crate::scope::{self, RunFacts, Scoped, Since};

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

/// Runs the subcommand.
pub(super) fn run(
    arguments: &CheckArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let request = CheckRequest::new(&arguments.reports, &arguments.circumstances, now);
    let judged = match evaluate(&request, surroundings) {
        Outcome::Refused {
            diagnostics,
            sources,
        } => return refuse(&diagnostics, &sources, voice),
        Outcome::Judged(judged) => judged,
    };
    if let Some(diagnostic) = overwritten(arguments, &judged, surroundings) {
        return refuse(&[diagnostic], &[], voice);
    }
    let evaluation = &judged.evaluation;
    let mut unwritten = Vec::new();
    for file in &arguments.output {
        let plain = TextOptions {
            styled: false,
            ..options(arguments, voice)
        };
        let written = output::to_file(&file.path, &surroundings.directory, |out| {
            write(evaluation, file.format, plain, out)
        });
        if let Err(diagnostic) = written {
            unwritten.push(*diagnostic);
        }
    }
    let shown =
        output::stream(|out| write(evaluation, arguments.format, options(arguments, voice), out));
    let code = evaluation.exit.max(shown);
    if unwritten.is_empty() {
        code
    } else {
        code.max(refuse(&unwritten, &[], voice))
    }
}

/// An output that would take the place of the policy or of a file that was read.
fn overwritten(
    arguments: &CheckArguments,
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
        .filter_map(|path| place(Path::new(path)))
        .collect();
    let file = arguments.output.iter().find(|file| {
        place(&file.path).is_some_and(|path| path.is_file() && read.contains(&path))
    })?;
    Some(
        Diagnostic::new(
            Code::Usage,
            Message::from("an output would overwrite what was read: ")
                .foreign(Untrusted::new(&file.path.to_string_lossy())),
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

/// What this run comes to under the policy as a change would leave it (rules G128, G129).
fn proposed(
    policy: &Policy,
    proposal: &Proposal,
    occasion: &Occasion<'_>,
) -> (Proposed, Option<Diagnostic>) {
    let loaded = match proposal {
        Proposal::Gone => {
            let proposed = Proposed {
                differences: all_removed(policy),
                outcome: ProposedOutcome::Gone,
            };
            return (proposed, None);
        }
        Proposal::Edited(loaded) => loaded,
    };
    let Some(after) = &loaded.policy else {
        let proposed = Proposed {
            differences: Vec::new(),
            outcome: ProposedOutcome::Broken(loaded.faults()),
        };
        return (proposed, Some(broken_proposal(loaded)));
    };
    let outcome = if occasion.reads_once() {
        ProposedOutcome::NotJudged("a report comes from a pipe, which can be read only once")
    } else {
        match occasion.judge(after, loaded.diagnostics.clone()) {
            Ok(evaluation) => ProposedOutcome::Judged {
                sha256: after.sha256.clone(),
                exit: evaluation.exit,
                counts: evaluation.counts,
                key_results: evaluation
                    .key_results()
                    .map(|(_, kr)| (kr.id.clone(), kr.verdict, kr.blocks))
                    .collect(),
            },
            Err(diagnostics) => ProposedOutcome::Broken(diagnostics.len()),
        }
    };
    let differences = compare(policy, after);
    (
        Proposed {
            differences,
            outcome,
        },
        None,
    )
}

/// The first fault of a proposed policy, as a warning: the base decides as long as the change
/// is not merged.
fn broken_proposal(loaded: &Loaded) -> Diagnostic {
    let message = Message::from("the change leaves the policy with faults");
    let first = loaded.diagnostics.iter().find(|d| d.level == Level::Error);
    let message = match first {
        Some(first) => first
            .message
            .parts()
            .iter()
            .fold(message.own(": "), |message, part| match part {
                Part::Own(words) => message.own(words.clone()),
                Part::Foreign(text) => message.foreign(text.as_untrusted()),
            }),
        None => message,
    };
    Diagnostic::new(Code::ProposedPolicyBroken, message).hint(
        "run `krgate policy check` on the change; once it is merged the gate ends with exit 2",
    )
}

/// All that a policy is judged with.
struct Occasion<'a> {
    request: &'a CheckRequest,
    surroundings: &'a Surroundings,
    ground: &'a Ground,
    since: Since,
}

impl Occasion<'_> {
    /// True if a report cannot be read a second time.
    fn reads_once(&self) -> bool {
        let reports = self.request.reports.iter().map(|report| {
            let path = report.split_once('=').map(|(_, path)| path);
            Path::new(path.unwrap_or(report))
        });
        let data = [&self.request.kev, &self.request.epss]
            .into_iter()
            .flatten();
        reports.chain(data.map(PathBuf::as_path)).any(|path| {
            let there = self.surroundings.directory.join(path);
            path.as_os_str() == "-" || there.metadata().is_ok_and(|about| !about.is_file())
        })
    }

    /// Reads the reports that a policy names and judges its key results on them.
    ///
    /// # Errors
    /// If the request does not fit the policy.
    fn judge(&self, policy: &Policy, said: Vec<Diagnostic>) -> Result<Evaluation, Vec<Diagnostic>> {
        let directory = &self.surroundings.directory;
        let wanted = if self.request.reports.is_empty() {
            reports::by_policy(policy, directory)
        } else {
            reports::by_hand(policy, &self.request.reports, directory)
                .map_err(|diagnostic| vec![*diagnostic])?
        };
        let wrong: Vec<Diagnostic> = exploit::standard_input_twice(self.request)
            .iter()
            .chain(&wanted.diagnostics)
            .filter(|d| ExitCode::of_faults(std::slice::from_ref(d)) == ExitCode::Request)
            .cloned()
            .collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let context = self.context(policy);
        let (mut intake, read) = ingest::read(&wanted.requests, &context);
        intake.gaps.extend(wanted.gaps.iter().cloned());
        let not_given = reports::settle(wanted.open(), policy, &mut intake);
        let files = exploit::data_files(self.request, &policy.enrich, directory);
        let of_files = ingest::read_exploit_data(&mut intake, &files, &context);
        let facts = RunFacts {
            environment: self.request.environment.clone(),
            reference: self.ground.reference.clone(),
            now: Some(self.request.now),
            since: self.since.clone(),
        };
        let scoped = scope::mark(intake, policy, &facts);
        let notices = notices(&scoped, policy);
        let diagnostics = [said, wanted.diagnostics, read, not_given, of_files].concat();
        let about = self.about(policy);
        Ok(decide::evaluate(
            policy,
            scoped,
            about,
            diagnostics,
            notices,
        ))
    }

    fn context(&self, policy: &Policy) -> Context {
        Context {
            now: self.request.now,
            roots: self.surroundings.roots(),
            secret_key: self.surroundings.secret_key.clone(),
            tools: policy
                .tools
                .iter()
                .map(|row| ExtraTool {
                    alias: row.alias.clone(),
                    names: row.names.clone(),
                    classes: row.classes.clone(),
                })
                .collect(),
            head: self.ground.head.clone(),
            limits: ingest::Limits::default(),
        }
    }

    fn about(&self, policy: &Policy) -> About {
        About {
            version: env!("CARGO_PKG_VERSION"),
            policy_path: policy.path.clone(),
            policy_sha256: policy.sha256.clone(),
            policy_commit: self.ground.commit.clone(),
            enforced: self.ground.enforced,
            mission: policy.mission.clone(),
            period: policy.period.as_ref().map(|period| period.name.clone()),
            entries: policy
                .reports
                .iter()
                .map(|entry| entry.name.clone())
                .collect(),
            event: self.ground.event,
            reference: self.ground.reference.clone(),
            environment: self.request.environment.clone(),
            now: self.request.now,
            again: self.request.again(),
        }
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
        | Measure::Introduced(filter, _)
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
