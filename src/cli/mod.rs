//! The command line: arguments as typed, what they ask for, and what is printed.
//!
//! The only room that prints, and the only one that knows all others. One file a
//! subcommand; [`run`] is the door.

mod aliases;
mod amend;
mod args;
mod base_run;
mod baseline;
pub mod check;
mod claim;
mod complete;
mod consent;
mod doctor;
mod explain;
mod exploit;
mod figures;
mod findings;
mod guard;
mod hook;
mod init;
mod inspect;
mod judge;
mod ledger;
mod lint;
mod needs;
mod output;
mod period;
mod policy;
mod publish;
mod records;
mod report;
mod reports;
mod scans;
mod settings;
mod since;
mod status;
mod step;
mod sync;
mod trend;
mod trust;
mod views;
mod waive;
mod waivers;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::panic;

use clap::Parser as _;
use jiff::Timestamp;

pub use self::guard::{guarded, speak_of_faults};

use self::args::{Arguments, ColorChoice, Command};
use self::output::Log;
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{self, Diagnostic, Place, SourceFile};
use crate::model::visible;
use crate::render;

/// Parses the arguments, does what they ask for, and says how it ended.
///
/// `now` is the clock that is used where `--now` does not set it. A fault of krgate's own ends
/// in exit 4; see [`speak_of_faults`].
pub fn run(arguments: impl IntoIterator<Item = OsString>, now: Timestamp) -> ExitCode {
    let typed: Vec<OsString> = arguments.into_iter().collect();
    let surroundings = Surroundings::read();
    let voice = Voice {
        log: if surroundings.github_actions {
            Log::Apart
        } else {
            Log::Plain
        },
        ..Voice::default()
    };
    let is_check = typed.get(1).is_some_and(|word| word == "check");
    let ended = panic::catch_unwind(|| match Arguments::try_parse_from(&typed) {
        Ok(arguments) => Some(obey(arguments, &surroundings, now, voice)),
        Err(error) if error.use_stderr() => {
            voice.log.say(&usage_error(&typed, &error));
            None
        }
        Err(help) => {
            let styled = is_styled(ColorChoice::Auto, &surroundings);
            let text = help.render();
            let text = if styled {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            // A closed pipe changes nothing about the request.
            output::to_stdout(text.as_bytes());
            Some(ExitCode::Passed)
        }
    });
    let code = match ended {
        Ok(Some(code)) => return code,
        Ok(None) => ExitCode::Request,
        Err(_) => ExitCode::Environment,
    };
    if is_check {
        views::without_arguments(&surroundings, code, voice)
    } else {
        code
    }
}

fn obey(
    arguments: Arguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let voice = Voice {
        styled: is_styled(arguments.look.color, surroundings),
        quiet: arguments.look.quiet,
        // Whoever runs a job again with debug logging wants to see more (rule G23).
        verbose: arguments.look.verbose || (surroundings.runner.debug && !arguments.look.quiet),
        ..voice
    };
    if let Some(short) = short_key(surroundings) {
        return match &arguments.command {
            Command::Check(check) => step::refuse(check, surroundings, now, &short, voice),
            _ => refuse(&[short], &[], voice),
        };
    }
    match arguments.command {
        Command::Check(check) => step::run(&check, surroundings, now, voice),
        Command::Inspect(inspect) => inspect::run(&inspect, surroundings, now, voice),
        Command::Explain(explain) => explain::run(&explain, surroundings, now, voice),
        Command::Baseline(command) => baseline::run(&command, surroundings, now, voice),
        Command::Waive(waive) => waive::run(&waive, surroundings, now, voice),
        Command::Waivers(waivers) => waivers::run(&waivers, surroundings, now, voice),
        Command::Checkin(checkin) => claim::checkin(&checkin, surroundings, now, voice),
        Command::Event(event) => claim::event(&event, surroundings, now, voice),
        Command::Status(status) => status::run(&status, surroundings, now, voice),
        Command::Findings(findings) => findings::run(&findings, surroundings, now, voice),
        Command::Sync(sync) => sync::run(&sync, surroundings, now, voice),
        Command::Report(report) => report::run(&report, surroundings, now, voice),
        Command::Period(command) => period::run(&command, surroundings, now, voice),
        Command::Records(command) => records::run(&command, surroundings, now, voice),
        Command::Policy(command) => policy::run(&command, surroundings, now, voice),
        Command::Doctor(doctor) => doctor::run(&doctor, surroundings, now, voice),
        Command::Init(init) => init::run(&init, surroundings, now, voice),
        Command::Hook(command) => hook::run(&command, surroundings, now, voice),
        Command::Trust(trust) => consent::run(&trust, surroundings, voice),
        Command::Completions { shell } => complete::completions(shell),
        Command::Man => complete::man(),
    }
}

/// What is wrong with the arguments. Branch names and the like reach a command line in CI, so
/// they are parsed again in their visible form, and no line begins with a command (rules E3,
/// E11).
fn usage_error(arguments: &[OsString], error: &clap::Error) -> String {
    let shown = arguments
        .iter()
        .map(|argument| visible(&argument.to_string_lossy()).into_owned());
    let again = Arguments::try_parse_from(shown).err();
    let text = again.as_ref().unwrap_or(error).render().to_string();
    let mut safe = String::with_capacity(text.len());
    for line in text.split('\n') {
        if line.trim_start().starts_with("::") {
            safe.push_str("- ");
        }
        safe.push_str(&visible(line));
        safe.push('\n');
    }
    safe.truncate(safe.trim_end().len() + 1);
    safe
}

/// A project key that is too short to keep secrets from being guessed (rule S70).
fn short_key(surroundings: &Surroundings) -> Option<Diagnostic> {
    let key = surroundings.secret_key.as_ref()?;
    (key.len() < 16).then(|| {
        Diagnostic::new(
            diagnostic::Code::Usage,
            "KRGATE_SECRET_KEY is shorter than 16 bytes",
        )
        .hint("make one with: openssl rand -hex 32")
    })
}

/// How krgate speaks.
#[derive(Debug, Clone, Copy, Default)]
struct Voice {
    styled: bool,
    quiet: bool,
    verbose: bool,
    log: Log,
}

/// Whether text gets colours: `--color`, then `NO_COLOR`, then what forces them, then GitHub
/// Actions, whose log renders them, then a terminal that can (G146).
fn is_styled(color: ColorChoice, surroundings: &Surroundings) -> bool {
    match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            !surroundings.no_color
                && (surroundings.force_color
                    || surroundings.github_actions
                    || (output::is_a_terminal() && !surroundings.dumb_terminal))
        }
    }
}

/// Says on standard error what is wrong and ends with the worst code among it.
fn refuse(diagnostics: &[Diagnostic], sources: &[SourceFile], voice: Voice) -> ExitCode {
    voice.log.say(&refusal(diagnostics, sources, voice.styled));
    ExitCode::of_faults(diagnostics)
}

/// What is wrong, and in the last line that the run stopped.
fn refusal(diagnostics: &[Diagnostic], sources: &[SourceFile], styled: bool) -> String {
    let code = ExitCode::of_faults(diagnostics);
    let mut text = drawn(diagnostics, sources, styled);
    let in_policy = diagnostics
        .iter()
        .any(|diagnostic| matches!(diagnostic.place, Place::Source { .. }));
    match sources.first().filter(|_| in_policy) {
        Some(policy) => text.push_str(&diagnostic::refusal(diagnostics, &policy.name)),
        None => {
            let _ = write!(text, "stopped (exit {})", code.number());
        }
    }
    text.push('\n');
    text
}

/// Diagnostics as text: those that point into a policy with its lines, the others with
/// place, expectation and next step.
fn drawn(diagnostics: &[Diagnostic], sources: &[SourceFile], styled: bool) -> String {
    let (in_policy, others): (Vec<Diagnostic>, Vec<Diagnostic>) = diagnostics
        .iter()
        .cloned()
        .partition(|diagnostic| matches!(diagnostic.place, Place::Source { .. }));
    let mut bytes = diagnostic::draw(&in_policy, sources, styled).into_bytes();
    // Writing to memory does not fail.
    let _ = render::text::write_diagnostics(&others, styled, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
