//! Finding and reading the policy, and `krgate policy`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::PolicyCommand;
use super::{Voice, drawn, lint, output, refuse};
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::model::Untrusted;
use crate::policy::{self, Loaded};

/// Runs the subcommand.
pub(super) fn run(
    command: &PolicyCommand,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    match command {
        PolicyCommand::Lint(arguments) => lint::run(arguments, surroundings, now, voice),
        PolicyCommand::Check { policy } => check(policy.as_deref(), surroundings, voice),
        PolicyCommand::Show { policy } => {
            let loaded = load(policy.as_deref(), surroundings);
            if loaded.policy.is_none() {
                return refuse(&loaded.diagnostics, &loaded.sources, voice);
            }
            output::to_stdout(policy::show(&loaded).as_bytes())
        }
        PolicyCommand::Schema { waivers: false } => {
            output::to_stdout(policy::schema_text().as_bytes())
        }
        PolicyCommand::Schema { waivers: true } => {
            output::to_stdout(policy::waiver_schema_text().as_bytes())
        }
    }
}

fn check(path: Option<&Path>, surroundings: &Surroundings, voice: Voice) -> ExitCode {
    let loaded = load(path, surroundings);
    let Some(policy) = &loaded.policy else {
        return refuse(&loaded.diagnostics, &loaded.sources, voice);
    };
    if !voice.quiet {
        let text = drawn(&loaded.diagnostics, &loaded.sources, voice.styled);
        voice.log.say(&text);
    }
    let warnings = loaded
        .diagnostics
        .iter()
        .filter(|d| d.level == Level::Warning)
        .count();
    let line = format!(
        "ok: {} in {} of {}, {} (exit 0)\n",
        number(policy.key_results().count(), "key result"),
        number(policy.objectives.len(), "objective"),
        crate::model::visible(&policy.path),
        number(warnings, "warning"),
    );
    output::to_stdout(line.as_bytes())
}

fn number(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// Reads the policy that is named, or the first that is found.
pub(super) fn load(path: Option<&Path>, surroundings: &Surroundings) -> Loaded {
    // A variable that is there and empty names no file (rule G109).
    let path = match path.filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => path.to_path_buf(),
        None => match find(surroundings) {
            Ok(path) => path,
            Err(diagnostic) => return Loaded::failed(*diagnostic),
        },
    };
    policy::load(&path)
}

/// The first policy of [`policy::PLACES`], in the working directory and then at the repository's
/// root.
fn find(surroundings: &Surroundings) -> Result<PathBuf, Box<Diagnostic>> {
    let here = surroundings.directory.as_path();
    let root = surroundings.repository().filter(|root| *root != here);
    let mut looked_at = Vec::new();
    for folder in std::iter::once(here).chain(root) {
        for place in policy::PLACES {
            let path = folder.join(place);
            if path.is_file() {
                // Below the working directory the short form is what people typed.
                return Ok(path.strip_prefix(here).map_or(path.clone(), PathBuf::from));
            }
            looked_at.push(path);
        }
    }
    let mut message = Message::from("no policy found; looked at ");
    for (index, path) in looked_at.iter().enumerate() {
        if index > 0 {
            message = message.own(", ");
        }
        let shown = path.strip_prefix(here).unwrap_or(path);
        message = message.foreign(Untrusted::new(&shown.to_string_lossy()));
    }
    Err(Box::new(
        Diagnostic::new(Code::PolicyNotFound, message)
            .hint("write one with `krgate init`, or name it with `--policy PATH`"),
    ))
}
