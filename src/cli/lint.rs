//! `krgate policy lint`: advice on a policy that has no faults.

use jiff::Timestamp;

use super::args::{InspectFormat, LintArguments};
use super::ledger::{Ledger, repository};
use super::{Voice, drawn, figures, output, policy, refuse};
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::ExitCode;
use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{self, Premises};
use crate::model::history::History;
use crate::model::visible;
use crate::policy::Policy;
use crate::record::store::Wanted;
use crate::record::{Union, history};
use crate::render::lint::{Drawn, write_json};

/// Runs the subcommand: exit 0 on notes and warnings, 2 for a policy with faults and on an
/// error (rule F46), 4 for a ledger that was named and cannot be read. It changes no verdict.
pub(super) fn run(
    arguments: &LintArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let now = arguments.now.as_ref().and_then(|now| now.0).unwrap_or(now);
    let loaded = policy::load(arguments.policy.as_deref(), surroundings);
    let Some(policy) = &loaded.policy else {
        return refuse(&loaded.diagnostics, &loaded.sources, voice);
    };
    let past = match past(arguments, policy, surroundings, now) {
        Ok(past) => past,
        Err(diagnostic) => return refuse(&[*diagnostic], &[], voice),
    };
    let roster = figures::roster(policy, surroundings);
    let mut all = loaded.diagnostics.clone();
    all.extend(lint::advise(Premises {
        loaded: &loaded,
        roster: roster.as_ref(),
        history: past.history.as_ref(),
        now,
    }));
    let code = ExitCode::of_faults(&all);
    let written = match arguments.format {
        InspectFormat::Json => {
            let drawn = Drawn {
                policy_path: &policy.path,
                policy_sha256: &policy.sha256,
                roster: roster.as_ref().map(|file| file.path.as_str()),
                ledger: past.shown.as_deref(),
            };
            output::stream(|out| write_json(drawn, &all, &loaded.sources, out))
        }
        InspectFormat::Text => {
            let mut text = String::new();
            if !voice.quiet {
                text = drawn(&all, &loaded.sources, voice.styled);
                text.push_str(&past.said());
                if roster.is_none() {
                    text.push_str(
                        "owners were not looked up: the policy names no roster (`data.roster`)\n",
                    );
                }
            }
            text.push_str(&verdict(&all, policy, code));
            output::to_stdout(text.as_bytes())
        }
    };
    if !past.faults.is_empty() {
        voice.log.say(&drawn(&past.faults, &[], voice.styled));
    }
    code.max(written).max(ExitCode::of_faults(&past.faults))
}

/// What the ledger says of the past, if one was looked at.
#[derive(Default)]
struct Past {
    history: Option<History>,
    /// The ledger as it was written.
    shown: Option<String>,
    /// Why none was looked at.
    why_not: &'static str,
    faults: Vec<Diagnostic>,
}

impl Past {
    /// Whether targets were held against the past, in a line.
    fn said(&self) -> String {
        let why = match (&self.shown, &self.history) {
            (Some(shown), Some(history)) if history.doubts.is_empty() => {
                return format!("targets were held against the ledger {}\n", visible(shown));
            }
            (Some(_), _) => "the ledger is not whole",
            (None, _) => self.why_not,
        };
        format!("targets were not held against a ledger: {why}\n")
    }
}

/// Reads the ledger that `--ledger` names, else the policy. In CI the policy at hand may be
/// that of a change, which could send krgate and its credentials anywhere: there the ledger
/// is looked at only where the workflow names it.
fn past(
    arguments: &LintArguments,
    policy: &Policy,
    surroundings: &Surroundings,
    now: Timestamp,
) -> Result<Past, Box<Diagnostic>> {
    let without = |why_not| {
        Ok(Past {
            why_not,
            ..Past::default()
        })
    };
    let given = arguments.place.ledger.as_deref();
    let given = given.filter(|text| !text.is_empty());
    let (here, environment) = (&surroundings.directory, &surroundings.environment);
    if given.is_none() && policy.ledger.is_none() {
        return without("the policy names none, and neither does `--ledger`");
    }
    let context = ci::context(environment)?;
    if given.is_none() && context.is_ci() {
        return without("in CI only the one that `--ledger` or KRGATE_LEDGER names is read");
    }
    let ledger = Ledger::open(given, Some(policy), surroundings, now)?;
    let scan = ledger.records().scan(&Wanted::all(now));
    let union = Union::of([scan.map_err(|error| Box::new(error.diagnostic()))?]);
    let git = Git::open(here, environment).ok();
    let origin = ci::origin(environment, &context, git.as_ref(), here);
    let repository = repository(&origin, Some(&union)).key();
    Ok(Past {
        history: Some(history::history(&union, Some(&repository), now)),
        shown: Some(ledger.shown),
        why_not: "",
        faults: union.diagnostics(),
    })
}

fn verdict(all: &[Diagnostic], policy: &Policy, code: ExitCode) -> String {
    let number = |level: Level, noun: &str| {
        let count = lint::count(all, level);
        let s = if count == 1 { "" } else { "s" };
        format!("{count} {noun}{s}")
    };
    let word = if lint::count(all, Level::Error) == 0 {
        "ok"
    } else {
        "WRONG"
    };
    format!(
        "{word}: {}: {}, {}, {} (exit {})\n",
        visible(&policy.path),
        number(Level::Error, "error"),
        number(Level::Warning, "warning"),
        number(Level::Note, "note"),
        code.number(),
    )
}
