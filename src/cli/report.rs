//! `krgate report`: the weekly report, from what the ledger holds (rules F17, P9, P12 to P16).

use std::io::{self, Write};
use std::mem;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Time;

use super::args::{Begin, ReportArguments, ReportFormat};
use super::check::CheckRequest;
use super::ledger::{Ledger, Recorded, repository, unsealed};
use super::trust::{self, Ground, Refusal};
use super::{Voice, drawn, figures, output, refuse};
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::ExitCode;
use crate::decide::report::{IsoWeek, Report, ReportRequest, Sources, Span, report};
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::model::history::History;
use crate::model::{Event, Untrusted};
use crate::policy::Policy;
use crate::record::canonical::Object;
use crate::record::store::Wanted;
use crate::record::{Draft, Idem, Repository, Union, history, run as recorded_run};
use crate::render::html::write_report;
use crate::render::report::{write_csv, write_json, write_markdown, write_openmetrics};

/// Runs the subcommand. It decides nothing: exit 0 whatever the figures are, and whatever is
/// wrong with single records, which the report says on top; exit 4 where the ledger cannot be
/// read at all, or an output or the report's own record cannot be written.
pub(super) fn run(
    arguments: &ReportArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    match Desk::open(arguments, surroundings, now) {
        Ok(desk) => {
            let code = desk.deliver(arguments, voice);
            // The process ends here; to give back a large ledger record by record would take a
            // tenth of all the time.
            mem::forget(desk);
            code
        }
        Err(Refusal {
            diagnostics,
            sources,
        }) => refuse(&diagnostics, &sources, voice),
    }
}

/// A report that was composed, and where its record goes.
struct Desk<'a> {
    report: Report,
    ledger: Ledger,
    union: Union,
    repository: Repository,
    /// Why nothing is recorded, where that is so.
    silent: Option<&'static str>,
    surroundings: &'a Surroundings,
    now: Timestamp,
}

impl<'a> Desk<'a> {
    fn open(
        arguments: &ReportArguments,
        surroundings: &'a Surroundings,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let request =
            CheckRequest::of_policy(arguments.policy.as_ref(), arguments.now.as_ref(), now);
        let now = request.now;
        let ground = trust::ground(&request, surroundings)?;
        let Some(policy) = &ground.loaded.policy else {
            return Err(Refusal {
                diagnostics: ground.loaded.diagnostics,
                sources: ground.loaded.sources,
            });
        };
        let wanted = wanted(arguments, policy)?;
        not_overwriting(arguments, policy, surroundings)?;
        let place = arguments.place.ledger.as_deref();
        let ledger = Ledger::open(place, Some(policy), surroundings, now)?;
        let scan = ledger.records().scan(&Wanted::all(now));
        let union = Union::of([scan.map_err(|error| Box::new(error.diagnostic()))?]);
        let (here, environment) = (&surroundings.directory, &surroundings.environment);
        let git = Git::open(here, environment).ok();
        let origin = ci::origin(environment, &ground.context, git.as_ref(), here);
        let repository = repository(&origin, Some(&union));
        let past = history::history(&union, Some(&repository.key()), now);
        // Most ledgers are of one repository, and its past is told once.
        let key = repository.key();
        let has_others = union.records.iter().any(|r| r.repository_key() != key);
        let everywhere = has_others.then(|| history::history(&union, None, now));
        let sources = Sources {
            version: env!("CARGO_PKG_VERSION"),
            policy_commit: ground.commit.clone(),
            ledger: ledger.shown.clone(),
            ledger_exists: union.exists,
            checkpoint: ledger.checkpoint(now).map(|digest| digest.to_string()),
            everywhere: everywhere.as_ref().unwrap_or(&past),
            waivers_used: waivers_used(policy, &past),
            figures: figures::read(policy, &ground, surroundings),
        };
        Ok(Self {
            report: report(policy, &past, sources, &wanted, now),
            silent: silent(&ground),
            ledger,
            union,
            repository,
            surroundings,
            now,
        })
    }

    /// Writes every output, then the record that it was written.
    fn deliver(&self, arguments: &ReportArguments, voice: Voice) -> ExitCode {
        let mut faults: Vec<Diagnostic> = arguments
            .output
            .iter()
            .filter_map(|file| {
                let to = |out: &mut dyn Write| write(&self.report, file.format, out);
                output::to_file(&file.path, &self.surroundings.directory, to).err()
            })
            .map(|fault| *fault)
            .collect();
        let format = arguments.format;
        let format = format.or(arguments
            .output
            .is_empty()
            .then_some(ReportFormat::default()));
        let written = format.map_or(ExitCode::Passed, |format| {
            output::stream(|out| write(&self.report, format, out))
        });
        if let Some(name) = &arguments.name
            && faults.is_empty()
            && written == ExitCode::Passed
        {
            faults.extend(self.record(name, voice));
        }
        // What is wrong with single records stands on top of the report, and stops nothing.
        let mut said: Vec<Diagnostic> = self.union.diagnostics();
        for diagnostic in &mut said {
            diagnostic.level = diagnostic.level.min(Level::Warning);
        }
        said.extend(faults.iter().cloned());
        if !said.is_empty() {
            voice.log.say(&drawn(&said, &[], voice.styled));
        }
        written.max(ExitCode::of_faults(&faults))
    }

    /// The record by which `events` knows that the report was written (rule F17). It says
    /// nothing else, so that a second one of the same week is the same.
    fn record(&self, name: &str, voice: Voice) -> Vec<Diagnostic> {
        if let Some(why) = self.silent {
            let said = Message::from("not recorded: ").own(why);
            return vec![Diagnostic::new(Code::RecordSkipped, said)];
        }
        let draft = Draft {
            idem: Idem::Report {
                name: name.to_owned(),
                week: IsoWeek::of(self.now, &self.report.about.zone).to_string(),
            },
            repository: self.repository.clone(),
            at: self.now,
            parents: Some(self.union.heads(&self.repository.key())),
            fields: Object::new(),
        };
        let mut recorded = Recorded::default();
        match draft.seal() {
            Ok(record) => {
                self.ledger
                    .keep(&record, &self.surroundings.directory, &mut recorded);
            }
            Err(why) => recorded.faults.push(unsealed(&why)),
        }
        if let Some(said) = recorded.said.filter(|_| !voice.quiet) {
            voice.log.say(&(said + "\n"));
        }
        recorded.faults.extend(recorded.notes);
        recorded.faults
    }
}

/// Forks and tokens that cannot write never record (rule R18).
fn silent(ground: &Ground) -> Option<&'static str> {
    let why = ground.context.read_only?;
    (ground.event == Event::Change).then(|| why.why())
}

fn write(report: &Report, format: ReportFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Markdown => write_markdown(report, out),
        ReportFormat::Json => write_json(report, out),
        ReportFormat::Csv => write_csv(report, out),
        ReportFormat::Openmetrics => write_openmetrics(report, out),
        ReportFormat::Html => write_report(report, out),
    }
}

/// What the report is asked to be, under a policy.
fn wanted(arguments: &ReportArguments, policy: &Policy) -> Result<ReportRequest, Box<Diagnostic>> {
    let span = match (&arguments.period, arguments.since) {
        (Some(name), _) => of_period(name, policy)?,
        (None, Some(Begin::Moment(moment))) => Span::Since(moment),
        (None, Some(Begin::Day(day))) => {
            let midnight = day.to_datetime(Time::midnight());
            let begin = policy
                .time_zone()
                .to_ambiguous_timestamp(midnight)
                .compatible();
            Span::Since(begin.map_err(|_| {
                Diagnostic::new(Code::Usage, "`--since` is a day beyond the calendar")
            })?)
        }
        (None, None) => Span::LastWeek,
    };
    Ok(ReportRequest {
        span,
        filter: arguments.filter.clone(),
        name: arguments.name.clone(),
    })
}

/// Figures are those of a policy, and it has one period: that of another is told under the
/// policy of then.
fn of_period(name: &str, policy: &Policy) -> Result<Span, Box<Diagnostic>> {
    match &policy.period {
        Some(period) if period.name == name => Ok(Span::Period),
        Some(period) => {
            let message = Message::from("the period of this policy is ")
                .foreign(Untrusted::new(&period.name))
                .own(", and not ")
                .foreign(Untrusted::new(name));
            Err(Box::new(Diagnostic::new(Code::Usage, message).hint(
                "its key results were those of the policy of then: give that file with --policy, \
                 and --now for its end",
            )))
        }
        None => Err(Box::new(
            Diagnostic::new(Code::Usage, "the policy has no `period`")
                .hint("leave --period out, or give --since DAY"),
        )),
    }
}

/// How much each waiver set aside in the last recorded run of a state, if that was judged under
/// this policy.
fn waivers_used(policy: &Policy, past: &History) -> Option<Vec<u64>> {
    let last = past.runs.iter().rfind(|run| run.event == Event::State)?;
    let of_run = last.policy.as_ref()?;
    if of_run.digest.strip_prefix("sha256:") != Some(policy.sha256.as_str()) {
        return None;
    }
    let used = policy.waivers.list.iter().map(|waiver| {
        let digest = recorded_run::waiver_digest(waiver).to_string();
        let applied = last.waivers.iter().find(|(of, _)| *of == digest);
        applied.map_or(0, |(_, findings)| *findings)
    });
    Some(used.collect())
}

/// An output must not take the place of the policy or of what it extends.
fn not_overwriting(
    arguments: &ReportArguments,
    policy: &Policy,
    surroundings: &Surroundings,
) -> Result<(), Box<Diagnostic>> {
    let place = |path: &Path| surroundings.directory.join(path).canonicalize().ok();
    let sources = policy.sources.iter().map(|source| source.name.as_str());
    let read: Vec<_> = sources
        .chain([policy.path.as_str()])
        .filter_map(|path| place(Path::new(path)))
        .collect();
    let mut outputs = arguments.output.iter().map(|file| file.path.as_path());
    let taken = outputs.find(|file| place(file).is_some_and(|path| read.contains(&path)));
    match taken {
        None => Ok(()),
        Some(file) => {
            let message = Message::from("an output would overwrite what was read: ")
                .foreign(Untrusted::new(&file.to_string_lossy()));
            Err(Box::new(
                Diagnostic::new(Code::Usage, message)
                    .hint("give the output another path; nothing was written"),
            ))
        }
    }
}
