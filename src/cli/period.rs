//! `krgate period`: the end of a period (rules K26 to K28).

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::{PeriodArguments, PeriodCommand};
use super::check::CheckRequest;
use super::ledger::{Ledger, Recorded, repository, unsealed};
use super::trust::{self, Refusal};
use super::{Voice, output, refuse};
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::ExitCode;
use crate::decide::okr::{self, Band, Close};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Event, Untrusted, visible};
use crate::policy::Policy;
use crate::record::frozen::Freezing;
use crate::record::store::Wanted;
use crate::record::{Union, history};

/// Runs the subcommand.
pub(super) fn run(
    command: &PeriodCommand,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let PeriodCommand::Close(arguments) = command;
    match close(arguments, surroundings, now) {
        Ok(said) => output::to_stdout(said.as_bytes()),
        Err(Refusal {
            diagnostics,
            sources,
        }) => refuse(&diagnostics, &sources, voice),
    }
}

/// Closes the period of the policy; gives what is to be said of it.
fn close(
    arguments: &PeriodArguments,
    surroundings: &Surroundings,
    now: Timestamp,
) -> Result<String, Refusal> {
    let request = CheckRequest::of_policy(arguments.policy.as_ref(), arguments.now.as_ref(), now);
    let now = request.now;
    let ground = trust::ground(&request, surroundings)?;
    if let (Some(why), Event::Change) = (ground.context.read_only, ground.event) {
        return Err(Box::new(Diagnostic::new(Code::CloseRefused, why.why())).into());
    }
    let Some(policy) = ground.loaded.policy else {
        return Err(Refusal {
            diagnostics: ground.loaded.diagnostics,
            sources: ground.loaded.sources,
        });
    };
    let place = arguments.place.ledger.as_deref();
    let ledger = Ledger::open(place, Some(&policy), surroundings, now)?;
    let scan = ledger.records().scan(&Wanted::all(now));
    let union = Union::of([scan.map_err(|error| Box::new(error.diagnostic()))?]);
    let (here, environment) = (&surroundings.directory, &surroundings.environment);
    let git = Git::open(here, environment).ok();
    let origin = ci::origin(environment, &ground.context, git.as_ref(), here);
    let repository = repository(&origin, Some(&union));
    let mut past = history::history(&union, Some(&repository.key()), now);
    // Without a single record everything would close at 0.
    past.read = union.exists;
    let closed = okr::close(&policy, &past, now).map_err(|refusals| Refusal {
        diagnostics: refusals
            .iter()
            .map(|refusal| diagnostic(refusal, &policy))
            .collect(),
        sources: Vec::new(),
    })?;
    let draft = Freezing {
        policy: &policy,
        read_from: ground.commit.as_ref(),
        repository: &repository,
        at: now,
        parents: union.heads(&repository.key()),
    }
    .close(&closed);
    let record = draft.seal().map_err(|why| Box::new(unsealed(&why)))?;
    let mut recorded = Recorded::default();
    ledger.keep(&record, here, &mut recorded);
    if !recorded.faults.is_empty() {
        return Err(Refusal {
            diagnostics: recorded.faults,
            sources: Vec::new(),
        });
    }
    Ok(said(&closed, &recorded.said.unwrap_or_default()))
}

/// Each objective with its grade, and the record.
fn said(closed: &Close, recorded: &str) -> String {
    let mut text = format!("closed: {}\n", visible(&closed.period));
    for (objective, score) in &closed.objectives {
        let grade = score.value.map_or("unknown".to_owned(), |value| {
            format!("{} {}", value.to_decimal(4), Band::of(value).as_str())
        });
        // Writing to memory does not fail.
        let _ = writeln!(text, "- {objective}: {grade}");
    }
    text + recorded + "\n"
}

/// Why the period is not closed, and what would let it be.
fn diagnostic(refusal: &okr::Refusal, policy: &Policy) -> Diagnostic {
    let zone = policy.time_zone();
    let name = policy.period.as_ref().map_or("", |period| &*period.name);
    let period = || Message::from("the period ").foreign(Untrusted::new(name));
    let request = |message: Message| Diagnostic::new(Code::CloseRefused, message);
    match refusal {
        okr::Refusal::NoPeriod => request("the policy has no period to close".into())
            .hint("write `period: { name: …, start: …, end: … }`"),
        okr::Refusal::Running(end) => {
            request(period().own(format!(" runs until {}", begin(*end, &zone))))
                .hint("close it then; a grade is given once")
        }
        okr::Refusal::Closed(at) => {
            request(period().own(format!(" was closed on {}", begin(*at, &zone))))
                .hint("the grade does not move; late evidence is shown beside it: krgate checkin")
        }
        okr::Refusal::NoPostmortem(id) => request(Message::from(format!(
            "{id} is committed and missed, and links no postmortem"
        )))
        .hint("write one, and `links: { postmortem: … }` to the key result"),
        okr::Refusal::NoHistory => Diagnostic::new(
            Code::HistoryDamaged,
            "there is no ledger to close the period by",
        )
        .hint("name the one that holds its records: --ledger"),
        okr::Refusal::Damaged(doubt) => Diagnostic::new(
            Code::HistoryDamaged,
            format!("the ledger is not whole: {}", doubt.what),
        )
        .hint("`krgate records verify` names every fault, and what to do about it"),
    }
}

/// The day on which something begins.
fn begin(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).date().to_string()
}
