//! `krgate findings`: what is open, by what the ledger holds.

use jiff::Timestamp;

use super::args::{FindingsArguments, InspectFormat};
use super::check::CheckRequest;
use super::ledger::{Ledger, repository};
use super::trust::{self, Refusal};
use super::{Voice, drawn, figures, output, refuse};
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::measure::{Wish, backlog};
use crate::model::{FindingId, Owners, Untrusted};
use crate::policy::{Filter, Policy, Term, nearest_name};
use crate::record::store::Wanted;
use crate::record::{Union, history};
use crate::render::findings::{Findings, write_json, write_text};
use crate::render::text::Verbosity;

/// Runs the subcommand. It decides nothing: exit 0 whatever is open, exit 4 where the ledger
/// cannot be read, or is not whole, after what is known was written.
pub(super) fn run(
    arguments: &FindingsArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    match listed(arguments, surroundings, now, voice) {
        Ok(code) => code,
        Err(Refusal {
            diagnostics,
            sources,
        }) => refuse(&diagnostics, &sources, voice),
    }
}

fn listed(
    arguments: &FindingsArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> Result<ExitCode, Refusal> {
    let request = CheckRequest::of_policy(arguments.policy.as_ref(), arguments.now.as_ref(), now);
    let now = request.now;
    let ground = trust::ground(&request, surroundings)?;
    let owners = figures::owners(&ground, surroundings);
    let Some(policy) = ground.loaded.policy else {
        return Err(Refusal {
            diagnostics: ground.loaded.diagnostics,
            sources: ground.loaded.sources,
        });
    };
    let wish = wish(arguments, &policy, owners.as_ref())?;
    let place = arguments.place.ledger.as_deref();
    let ledger = Ledger::open(place, Some(&policy), surroundings, now)?;
    let scan = ledger.records().scan(&Wanted::all(now));
    let union = Union::of([scan.map_err(|error| Box::new(error.diagnostic()))?]);
    let (here, environment) = (&surroundings.directory, &surroundings.environment);
    let git = Git::open(here, environment).ok();
    let origin = ci::origin(environment, &ground.context, git.as_ref(), here);
    let repository = repository(&origin, Some(&union)).key();
    let history = history::history(&union, Some(&repository), now);
    let ids: Vec<FindingId> = history.lives.iter().map(|life| life.id).collect();
    let zone = policy.time_zone();
    let findings = Findings {
        backlog: &backlog(&history, &policy, owners.as_ref(), &wish, now),
        doubts: &history.doubts,
        ids: &ids,
        most: arguments.limit,
        now,
        version: env!("CARGO_PKG_VERSION"),
        policy_path: &policy.path,
        policy_sha256: &policy.sha256,
        ledger: &ledger.shown,
        ledger_exists: union.exists,
        zone: &zone,
    };
    let verbosity = match voice {
        Voice { quiet: true, .. } => Verbosity::Quiet,
        Voice { .. } => Verbosity::Normal,
    };
    let written = output::stream(|out| match arguments.format {
        InspectFormat::Text => write_text(&findings, (verbosity, voice.styled), out),
        InspectFormat::Json => write_json(&findings, out),
    });
    let faults = union.diagnostics();
    if !faults.is_empty() {
        voice.log.say(&drawn(&faults, &[], voice.styled));
    }
    let damaged = if history.doubts.is_empty() {
        ExitCode::Passed
    } else {
        ExitCode::Environment
    };
    Ok(written.max(damaged).max(ExitCode::of_faults(&faults)))
}

/// What is asked for, by the names of the policy.
fn wish(
    arguments: &FindingsArguments,
    policy: &Policy,
    owners: Option<&Owners>,
) -> Result<Wish, Box<Diagnostic>> {
    let mut terms = Vec::new();
    if !arguments.scope.is_empty() {
        let places = arguments.scope.iter().map(|name| scope(name, policy));
        terms.push(Term::Scope(places.collect::<Result<_, _>>()?));
    }
    if !arguments.class.is_empty() {
        terms.push(Term::Class(arguments.class.iter().copied().collect()));
    }
    if !arguments.severity.is_empty() {
        terms.push(Term::Severity(arguments.severity.clone()));
    }
    if !arguments.owner.is_empty() {
        if owners.is_none() {
            let words = "there is no CODEOWNERS that can be read, so no finding has an owner";
            let hint = format!("GitHub reads {}", Owners::PLACES.join(", "));
            return Err(Box::new(Diagnostic::new(Code::Usage, words).hint(hint)));
        }
        terms.push(Term::Owner(arguments.owner.clone()));
    }
    Ok(Wish {
        filter: Filter { terms },
        overdue: arguments.overdue,
    })
}

/// The place of a scope in the policy.
fn scope(name: &str, policy: &Policy) -> Result<usize, Box<Diagnostic>> {
    let names = || policy.scopes.iter().map(|scope| scope.name.as_str());
    if let Some(place) = names().position(|known| known == name) {
        return Ok(place);
    }
    let message = Message::from("the policy has no scope ").foreign(Untrusted::new(name));
    let known: Vec<&str> = names().collect();
    let hint = match (nearest_name(name, names()), &known[..]) {
        (Some(near), _) => Message::from("did you mean ").foreign(Untrusted::new(near)),
        (None, []) => "it has none at all: `scopes` defines them".into(),
        (None, known) => {
            let mut hint = Message::from("it has ");
            for (place, name) in known.iter().enumerate() {
                hint = hint.own(if place == 0 { "" } else { ", " });
                hint = hint.foreign(Untrusted::new(name));
            }
            hint
        }
    };
    Err(Box::new(Diagnostic::new(Code::Usage, message).hint(hint)))
}
