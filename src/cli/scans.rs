//! Before a push: reports that are missing or not of the commit are made by the commands that
//! the policy names for them, if these are trusted here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::check::CheckRequest;
use super::consent::{self, Commands};
use super::trust::{Ground, Refusal};
use super::{judge, output, reports};
use crate::ci::Surroundings;
use crate::ci::git::Git;
use crate::ci::scan::{self, ScanFault};
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::ingest;
use crate::model::{RunReason, Untrusted, visible};
use crate::policy::{Policy, ReportEntry};

/// What came of the commands.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Paths of the entries whose command failed.
    pub(super) failed: BTreeSet<String>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Runs what has to be run. Outside a hook that is nothing.
///
/// # Errors
/// If nobody can say whether the commands are trusted.
pub(super) fn made(
    policy: &Policy,
    request: &CheckRequest,
    surroundings: &Surroundings,
    ground: &Ground,
) -> Result<Made, Refusal> {
    let mut made = Made::default();
    let Some(limit) = request.push.as_ref().and_then(|push| push.limit) else {
        return Ok(made);
    };
    let wanted = wanted(policy, request, surroundings, ground);
    if wanted.is_empty() {
        return Ok(made);
    }
    let git = Git::open(&surroundings.directory, &surroundings.environment)?;
    let commands = Commands::of(policy);
    if !consent::is_trusted(&commands, &git, &surroundings.environment)? {
        made.diagnostics.push(not_trusted(&commands, ground));
        return Ok(made);
    }
    for entry in wanted {
        if let Err(why) = run(entry, surroundings, limit) {
            made.failed.insert(entry.path.clone());
            made.diagnostics.push(failed(entry, why, limit));
        }
    }
    Ok(made)
}

/// The entries with a command whose report is missing, or not of the commit.
fn wanted<'a>(
    policy: &'a Policy,
    request: &CheckRequest,
    surroundings: &Surroundings,
    ground: &Ground,
) -> Vec<&'a ReportEntry> {
    let context = judge::context(policy, request, surroundings, ground);
    let with_command = policy.reports.iter().enumerate();
    let with_command = with_command.filter(|(_, entry)| !entry.run.is_empty());
    let wanted = with_command.filter(|(index, entry)| {
        let requests = reports::of_entry(*index, entry, &surroundings.directory);
        let (intake, said) = ingest::read(&requests, &context);
        let is_old = |reason: &RunReason| {
            matches!(
                reason,
                RunReason::OlderThanCommit | RunReason::OtherCommit | RunReason::TooOld
            )
        };
        requests.is_empty()
            || said.iter().any(|said| said.level == Level::Error)
            || intake.runs.is_empty()
            || intake.runs.iter().any(|run| run.reasons.iter().any(is_old))
    });
    wanted.map(|(_, entry)| entry).collect()
}

/// Runs one command, and tells of it where somebody waits at a terminal.
fn run(entry: &ReportEntry, surroundings: &Surroundings, limit: Duration) -> Result<(), ScanFault> {
    let directory = &surroundings.directory;
    if !entry.path.contains(['*', '?', '[', '{']) {
        // What cannot be made or taken away is told by the command itself.
        let report = directory.join(&entry.path);
        let _ = report.parent().map(fs::create_dir_all);
        let _ = take_away(&report);
    }
    let words = entry.command();
    let name = visible(&entry.name);
    output::to_terminal(&format!("{name}: running {}\n", shown(&words)));
    let begun = Instant::now();
    let ended = scan::run(&words, directory, &surroundings.environment, limit);
    let word = if ended.is_ok() { "done" } else { "failed" };
    let seconds = begun.elapsed().as_secs();
    output::to_terminal(&format!("{name}: {word} after {seconds} s\n"));
    ended
}

/// A report of before must not be taken for one of this run, should the command write none.
fn take_away(report: &Path) -> std::io::Result<()> {
    if fs::symlink_metadata(report)?.is_file() {
        fs::remove_file(report)?;
    }
    Ok(())
}

/// A command as a person would type it.
pub(super) fn shown(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| in_shell(word)).collect();
    visible(&words.join(" ")).into_owned()
}

fn in_shell(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn failed(entry: &ReportEntry, why: ScanFault, limit: Duration) -> Diagnostic {
    let message = Message::from("report ")
        .foreign(Untrusted::new(&entry.name))
        .own(" counts as missing: its command ")
        .foreign(Untrusted::new(&shown(&entry.command())));
    let message = match why {
        ScanFault::NotStarted => message.own(" cannot be started"),
        ScanFault::Ended(Some(code)) => message.own(format!(" ended with exit code {code}")),
        ScanFault::Ended(None) => message.own(" was ended by a signal"),
        ScanFault::TooLong => message.own(format!(" took longer than {} s", limit.as_secs())),
    };
    let hint = match why {
        ScanFault::TooLong => Message::from("give it more time with --run-limit, or run it before"),
        ScanFault::NotStarted => Message::from("see that its program is installed here"),
        ScanFault::Ended(_) => Message::from(
            "let it end with 0 also where it finds something (gitleaks has --exit-code 0); run \
             it by hand to see what it says",
        ),
    };
    Diagnostic::new(Code::ReportCommandFailed, message).hint(hint)
}

fn not_trusted(commands: &Commands, ground: &Ground) -> Diagnostic {
    let mut message = Message::from(
        "a report is missing or not of this commit, and none was made, for the commands of the \
         policy are not trusted here: ",
    );
    for (index, (name, words)) in commands.list().enumerate() {
        let before = if index == 0 { "" } else { "; " };
        message = message
            .own(before)
            .foreign(Untrusted::new(name))
            .own(" by ")
            .foreign(Untrusted::new(&shown(words)));
    }
    let from = match &ground.commit {
        Some(commit) => format!("krgate trust --base {}", commit.id.short()),
        None => "krgate trust".to_owned(),
    };
    Diagnostic::new(Code::CommandsNotTrusted, message).hint(format!(
        "read them, then run `{from}`; or make the reports before you push"
    ))
}
