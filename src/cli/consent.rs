//! `krgate trust`: which commands of a policy may be started on this machine.
//!
//! What was agreed to is kept outside the repository, in the user's folder for data: a file a
//! list of commands, named after the repository and the SHA-256 of the list. Any change of the
//! commands has another SHA-256, so that it has to be agreed to anew.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::args::TrustArguments;
use super::trust::{Refusal, policy_of};
use super::{Voice, output, policy, refuse, scans};
use crate::ci::git::Git;
use crate::ci::{Environment, Surroundings};
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Untrusted, visible};
use crate::policy::Policy;

/// The commands of a policy, each with the name of its report entry.
#[derive(Debug)]
pub(super) struct Commands {
    list: Vec<(String, Vec<String>)>,
    /// SHA-256 of the policy file, for people.
    policy: String,
}

impl Commands {
    pub(super) fn of(policy: &Policy) -> Self {
        let with = policy.reports.iter().filter(|entry| !entry.run.is_empty());
        Self {
            list: with
                .map(|entry| (entry.name.clone(), entry.command()))
                .collect(),
            policy: policy.sha256.clone(),
        }
    }

    pub(super) fn list(&self) -> impl Iterator<Item = (&str, &[String])> {
        let list = self.list.iter();
        list.map(|(name, words)| (name.as_str(), words.as_slice()))
    }

    /// Each text goes in with its length, so that no two lists are alike.
    fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        let mut take = |text: &str| {
            digest.update(text.len().to_string());
            digest.update([0]);
            digest.update(text);
        };
        for (name, words) in &self.list {
            take(name);
            take(&words.len().to_string());
            for word in words {
                take(word);
            }
        }
        hex(&digest.finalize())
    }

    /// The commands, a line each.
    fn text(&self) -> String {
        let mut text = String::new();
        for (name, words) in self.list() {
            // Writing to memory does not fail.
            let _ = writeln!(text, "  {}: {}", visible(name), scans::shown(words));
        }
        text
    }
}

/// Runs the subcommand: shows the commands of the policy, and agrees to them. Exit 0 if that
/// is done, 2 if there is nothing to agree to.
pub(super) fn run(
    arguments: &TrustArguments,
    surroundings: &Surroundings,
    voice: Voice,
) -> ExitCode {
    match trust(arguments, surroundings) {
        Ok(said) => output::to_stdout(said.as_bytes()),
        Err(refusal) => refuse(&refusal.diagnostics, &refusal.sources, voice),
    }
}

fn trust(arguments: &TrustArguments, surroundings: &Surroundings) -> Result<String, Refusal> {
    let environment = &surroundings.environment;
    let git = Git::open(&surroundings.directory, environment)?;
    let folder = folder_of(&git, environment)?;
    if arguments.revoke {
        return match fs::remove_dir_all(&folder) {
            Ok(()) => Ok("no command of this repository is trusted any more\n".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok("no command of this repository was trusted\n".to_owned())
            }
            Err(error) => Err(not_kept(&folder, &error).into()),
        };
    }
    let named = arguments.policy.as_deref();
    let named = named.filter(|path| !path.as_os_str().is_empty());
    let loaded = match &arguments.base {
        Some(base) => policy_of(&git, base, named, surroundings)?,
        None => policy::load(named, surroundings),
    };
    let Some(policy) = &loaded.policy else {
        return Err(Refusal {
            diagnostics: loaded.diagnostics,
            sources: loaded.sources,
        });
    };
    let commands = Commands::of(policy);
    if commands.list.is_empty() {
        return Err(Box::new(
            Diagnostic::new(
                Code::Usage,
                "the policy names no command, so there is nothing to trust",
            )
            .hint("give a report entry the command that writes it: `run: \"scanner -o {path}\"`"),
        )
        .into());
    }
    let digest = commands.sha256();
    let short = digest.get(..12).unwrap_or_default();
    let path = visible(&policy.path);
    let mut said = format!("commands of {path} (sha256 {short}):\n{}", commands.text());
    if arguments.show {
        let is_trusted = is_trusted(&commands, &git, environment)?;
        let not = if is_trusted { "" } else { "not " };
        let _ = writeln!(said, "they are {not}trusted in this repository");
        return Ok(said);
    }
    keep(&folder, &digest, &commands).map_err(|error| not_kept(&folder, &error))?;
    said.push_str(
        "trusted: `krgate hook pre-push` may start them in this repository, until one of them \
         changes\n",
    );
    Ok(said)
}

/// True if somebody agreed to this very list of commands in this repository.
///
/// # Errors
/// If nobody can say where that would be kept.
pub(super) fn is_trusted(
    commands: &Commands,
    git: &Git,
    environment: &Environment,
) -> Result<bool, Box<Diagnostic>> {
    let file = folder_of(git, environment)?.join(commands.sha256());
    Ok(fs::symlink_metadata(file).is_ok_and(|about| about.is_file()))
}

/// What stands in the file is for people; that it is there says all.
fn keep(folder: &Path, digest: &str, commands: &Commands) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let text = format!("policy sha256 {}\n{}", commands.policy, commands.text());
    let new = folder.join([digest, ".new"].concat());
    fs::write(&new, text)?;
    fs::rename(new, folder.join(digest))
}

/// Where the trust in the commands of a repository is kept. All work trees of a repository
/// share it.
fn folder_of(git: &Git, environment: &Environment) -> Result<PathBuf, Box<Diagnostic>> {
    let home = || Some(environment.folder("HOME")?.join(".local/share"));
    let base = environment
        .folder("XDG_DATA_HOME")
        .or_else(|| environment.folder("LOCALAPPDATA"))
        .or_else(home)
        .ok_or_else(|| {
            Box::new(
                Diagnostic::new(
                    Code::OutputNotWritten,
                    "nothing says where the trust in commands is kept",
                )
                .hint("set HOME or XDG_DATA_HOME to a folder of yours"),
            )
        })?;
    let repository = git.common_folder()?;
    let name = hex(&Sha256::digest(repository.as_os_str().as_encoded_bytes()));
    Ok(base.join("krgate").join("trust").join(name))
}

fn not_kept(folder: &Path, error: &io::Error) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            Code::OutputNotWritten,
            Message::from("the trust in commands cannot be kept in ")
                .foreign(Untrusted::new(&folder.to_string_lossy()))
                .own(": ")
                .own(output::reason(error.kind())),
        )
        .hint("set XDG_DATA_HOME to a folder of yours that can be written"),
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
