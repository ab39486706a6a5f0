//! `krgate doctor`: what would let a change past the gate.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use jiff::Timestamp;

use super::args::{DoctorArguments, InspectFormat};
use super::ledger::{Ledger, Store};
use super::{Voice, output, policy, refuse};
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{self, Code, Diagnostic, Level, Message, SourceFile};
use crate::doctor::{self, Checkup, Premises};
use crate::model::{Owners, Untrusted, visible};
use crate::policy::Policy;
use crate::render;

/// Where GitHub looks for workflows.
const WORKFLOWS: &str = ".github/workflows";

/// Most bytes of a file that is read.
const MOST_BYTES: u64 = 1 << 20;

/// Runs the subcommand: exit 0 if nothing lets a change past, 1 if something does, 2 for a
/// policy with faults, 4 for a folder or a ledger that cannot be read.
pub(super) fn run(
    arguments: &DoctorArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let named = arguments.policy.as_deref();
    let loaded = policy::load(
        named.filter(|path| !path.as_os_str().is_empty()),
        surroundings,
    );
    let Some(policy) = &loaded.policy else {
        return refuse(&loaded.diagnostics, &loaded.sources, voice);
    };
    let root = surroundings.repository().unwrap_or(&surroundings.directory);
    let mut unread = Vec::new();
    let workflows = match workflows(root, &mut unread) {
        Ok(workflows) => workflows,
        Err(error) => {
            let why = output::reason(error.kind());
            let diagnostic = Diagnostic::new(
                Code::WorkflowUnreadable,
                format!("the folder `{WORKFLOWS}` cannot be read: {why}"),
            );
            refuse(&[diagnostic], &[], voice);
            return ExitCode::Environment;
        }
    };
    let mut checkup = doctor::examine(Premises {
        workflows,
        codeowners: Owners::PLACES
            .iter()
            .find_map(|name| source(root, name).ok()),
        action_is_here: is_krgates_own(root),
        policy,
        policy_files: policy_files(policy, surroundings, root),
    });
    checkup.diagnostics.splice(0..0, unread);
    let place = arguments.ledger.as_deref();
    let asked = place.map(|place| ask(place, policy, surroundings, now));
    let mut told = Told {
        format: arguments.format,
        ledger: None,
        least: ExitCode::Passed,
    };
    match asked {
        None => {}
        Some(Ok((shown, found))) => {
            checkup.diagnostics.extend(found);
            let level = |diagnostic: &Diagnostic| std::cmp::Reverse(diagnostic.level);
            checkup.diagnostics.sort_by_key(level);
            told.ledger = Some(shown);
        }
        Some(Err(fault)) => told.least = refuse(&[*fault], &[], voice),
    }
    tell(&checkup, &told, voice)
}

/// How a checkup is told.
struct Told {
    format: InspectFormat,
    /// The ledger that was asked, as it was written.
    ledger: Option<String>,
    /// What went wrong beside it.
    least: ExitCode,
}

/// What a ledger says of itself: whether git's host takes the refs of records (rule R26),
/// whether the role of a database may do too much (rule R30). With its place as written.
fn ask(
    place: &str,
    policy: &Policy,
    surroundings: &Surroundings,
    now: Timestamp,
) -> Result<(String, Vec<Diagnostic>), Box<Diagnostic>> {
    let ledger = Ledger::open(Some(place), Some(policy), surroundings, now)?;
    let found = match &ledger.store {
        // Whoever may write there may do anything with its files.
        Store::Dir(_) => Ok(Vec::new()),
        Store::Git(store) => store.probe(now),
        #[cfg(feature = "postgres")]
        Store::Postgres(store) => store.rights().map(Vec::from_iter),
    };
    match found {
        Ok(found) => Ok((ledger.shown, found)),
        Err(error) => Err(Box::new(error.diagnostic())),
    }
}

fn tell(checkup: &Checkup, told: &Told, voice: Voice) -> ExitCode {
    let code = ExitCode::of_faults(&checkup.diagnostics).max(told.least);
    let written = match told.format {
        InspectFormat::Json => output::stream(|out| {
            let gates: Vec<_> = checkup
                .gates
                .iter()
                .map(|gate| (gate.file.as_str(), gate.job.as_str()))
                .collect();
            render::doctor::write_json(&checkup.diagnostics, &checkup.sources, &gates, out)
        }),
        InspectFormat::Text => {
            let mut text = String::new();
            if !voice.quiet {
                text = diagnostic::draw(&checkup.diagnostics, &checkup.sources, voice.styled);
                for gate in &checkup.gates {
                    text.push_str("looked at the gate ");
                    text.push_str(&visible(&gate.job));
                    text.push_str(" of ");
                    text.push_str(&visible(&gate.file));
                    text.push('\n');
                }
                if let Some(place) = &told.ledger {
                    text.push_str("asked the ledger ");
                    text.push_str(&visible(place));
                    text.push('\n');
                }
            }
            text.push_str(&verdict(checkup, code));
            output::to_stdout(text.as_bytes())
        }
    };
    code.max(written)
}

fn verdict(checkup: &Checkup, code: ExitCode) -> String {
    let number = |count: usize, one: &str, more: &str| {
        format!("{count} {}", if count == 1 { one } else { more })
    };
    let opens = checkup.count(Level::Error);
    let beside = format!(
        "{}, {}",
        number(checkup.count(Level::Warning), "warning", "warnings"),
        number(checkup.count(Level::Note), "note", "notes"),
    );
    let exit = code.number();
    if opens == 0 {
        format!(
            "SHUT: nothing was found that lets a change past the gate, {beside} (exit {exit})\n"
        )
    } else {
        let what = number(opens, "thing lets", "things let");
        format!("OPEN: {what} a change past the gate, {beside} (exit {exit})\n")
    }
}

/// The workflow files in the order of their names; those that cannot be read are named.
fn workflows(root: &Path, unread: &mut Vec<Diagnostic>) -> io::Result<Vec<SourceFile>> {
    let entries = match root.join(WORKFLOWS).read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_workflow = Path::new(&name)
            .extension()
            .is_some_and(|end| end == "yml" || end == "yaml");
        if is_workflow {
            names.push(format!("{WORKFLOWS}/{name}"));
        }
    }
    names.sort();
    let mut workflows = Vec::new();
    for name in names {
        match source(root, &name) {
            Ok(file) => workflows.push(file),
            Err(error) => unread.push(
                Diagnostic::new(
                    Code::WorkflowUnreadable,
                    Message::from("the workflow ")
                        .foreign(Untrusted::new(&name))
                        .own(" cannot be read: ")
                        .own(output::reason(error.kind())),
                )
                .hint("a workflow is a text file in UTF-8 of at most 1 MiB"),
            ),
        }
    }
    Ok(workflows)
}

/// A text file of the repository. Its type is asked for first: a pipe would block.
fn source(root: &Path, name: &str) -> io::Result<SourceFile> {
    let path = root.join(name);
    let about = path.metadata()?;
    if !about.is_file() || about.len() > MOST_BYTES {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    File::open(path)?
        .take(MOST_BYTES)
        .read_to_string(&mut text)?;
    Ok(SourceFile {
        name: name.to_owned(),
        text,
    })
}

/// True in krgate's own repository, where `uses: ./` is the action.
fn is_krgates_own(root: &Path) -> bool {
    ["action.yml", "action.yaml"]
        .iter()
        .filter_map(|name| source(root, name).ok())
        .any(|file| {
            file.text
                .lines()
                .any(|line| line.trim_end() == "name: krgate")
        })
}

/// The policy and the files that it extends, from the repository's root; packs are part of
/// krgate.
fn policy_files(policy: &Policy, surroundings: &Surroundings, root: &Path) -> Vec<String> {
    policy
        .sources
        .iter()
        .filter(|source| !source.name.starts_with("pack:"))
        .filter_map(|source| {
            let path = surroundings.directory.join(&source.name);
            let inside = path.strip_prefix(root).ok()?.to_str()?;
            let inside = inside.replace('\\', "/");
            Some(inside.trim_start_matches("./").to_owned())
        })
        .collect()
}
