//! `krgate hook`: judges what is about to be pushed, on the machine of whoever pushes it
//! (rules G133 to G142).
//!
//! No network, no view of a CI system, no question. Whoever wants to can push all the same;
//! it is CI that decides.

mod install;

use std::time::Duration;

use jiff::Timestamp;

use super::args::{Circumstances, HookCommand, PrePushArguments};
use super::check::{CheckRequest, Outcome, Push, evaluate};
use super::trust::Refusal;
use super::{Voice, output, refuse};
use crate::ci::git::Git;
use crate::ci::push::{PreCommit, Pushed, is_no_code, read_lines};
use crate::ci::{self, Surroundings};
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Untrusted, visible};
use crate::render::text::{self, TextOptions, Verbosity};

/// Most bytes that git may write to the hook: some hundred thousand refs.
const MOST_LINES: u64 = 64 << 20;

/// Runs the subcommand.
pub(super) fn run(
    command: &HookCommand,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    match command {
        HookCommand::Install => install::run(surroundings, voice),
        HookCommand::PrePush(arguments) => {
            // Before anything else, for git waits for whoever reads it (rule G133).
            let input = match &arguments.from {
                Some(_) => Ok(None),
                None => output::from_stdin(MOST_LINES),
            };
            let asked = Asked {
                arguments,
                surroundings,
                now,
                voice,
            };
            asked.judge_all(input.map_err(|error| unread(error.kind())))
        }
    }
}

/// What is pushed, and what it is judged against, if that is known beforehand.
struct Subject {
    pushed: Pushed,
    base: Base,
}

/// How the base of a subject is found.
enum Base {
    /// By what the remote has (rule G135).
    OfRemote,
    /// As by hand (rule G143).
    ByHand,
}

/// A run of the hook.
struct Asked<'a> {
    arguments: &'a PrePushArguments,
    surroundings: &'a Surroundings,
    now: Timestamp,
    voice: Voice,
}

impl Asked<'_> {
    /// Judges each ref; the worst code wins (rule G134).
    fn judge_all(&self, input: Result<Option<Vec<u8>>, Box<Diagnostic>>) -> ExitCode {
        let found = input
            .map_err(Refusal::from)
            .and_then(|input| self.subjects(input));
        let (git, subjects) = match found {
            Ok(None) => return ExitCode::Passed,
            Ok(Some(found)) => found,
            Err(refusal) => return refuse(&refusal.diagnostics, &refusal.sources, self.voice),
        };
        let codes = subjects
            .iter()
            .map(|subject| match self.judge(&git, subject) {
                Ok(code) => code,
                Err(refusal) => refuse(&refusal.diagnostics, &refusal.sources, self.voice),
            });
        let worst = codes.max().unwrap_or(ExitCode::Passed);
        if worst != ExitCode::Passed {
            self.voice.log.say(&format!(
                "nothing was pushed (exit {}); `git push --no-verify` pushes all the same, and \
                 CI decides\n",
                worst.number()
            ));
        }
        worst
    }

    /// What is pushed: by the arguments, by what git wrote, by what pre-commit says. `None` if
    /// nothing is.
    fn subjects(&self, input: Option<Vec<u8>>) -> Result<Option<(Git, Vec<Subject>)>, Refusal> {
        let (here, environment) = (&self.surroundings.directory, &self.surroundings.environment);
        let arguments = self.arguments;
        if let (Some(from), Some(to)) = (&arguments.from, &arguments.to) {
            let git = Git::open(here, environment)?;
            let pushed = range(&git, Some(from), to, to)?;
            return Ok(Some((git, vec![Subject::of_remote(pushed)])));
        }
        let at_terminal = input.is_none();
        let lines = input.unwrap_or_default();
        if lines.iter().any(|byte| !byte.is_ascii_whitespace()) {
            let list = read_lines(&lines)?;
            if list.is_empty() {
                return Ok(None);
            }
            let git = Git::open(here, environment)?;
            let subjects = list.into_iter().map(Subject::of_remote).collect();
            return Ok(Some((git, subjects)));
        }
        let said = PreCommit::of(environment);
        if said.reference.as_deref().is_some_and(is_no_code) {
            return Ok(None);
        }
        let name = said.reference.as_deref();
        let subject = |git: &Git| -> Result<Option<Subject>, Refusal> {
            Ok(match (&said.from, &said.to, &said.local) {
                (from, Some(to), _) => {
                    let pushed = range(git, from.as_deref(), to, name.unwrap_or(to))?;
                    Some(Subject::of_remote(pushed))
                }
                // A new branch with nothing to compare with has no range.
                (_, None, Some(local)) => {
                    let pushed = range(git, None, local, name.unwrap_or(local))?;
                    Some(Subject::of_remote(pushed))
                }
                (_, None, None) if said.runs => Some(Subject {
                    pushed: range(git, None, "HEAD", "HEAD")?,
                    base: Base::ByHand,
                }),
                _ => None,
            })
        };
        if said.to.is_none() && said.local.is_none() && !said.runs {
            return if at_terminal {
                Err(Refusal::from(Box::new(called_by_hand())))
            } else {
                Ok(None)
            };
        }
        let git = Git::open(here, environment)?;
        Ok(subject(&git)?.map(|subject| (git, vec![subject])))
    }

    fn remote(&self) -> Option<String> {
        let given = self.arguments.remote.as_deref();
        let given = given.map(|remote| remote.to_string_lossy().into_owned());
        given.or_else(|| PreCommit::of(&self.surroundings.environment).remote)
    }

    /// Judges one ref, and says which.
    fn judge(&self, git: &Git, subject: &Subject) -> Result<ExitCode, Refusal> {
        let (pushed, arguments) = (&subject.pushed, self.arguments);
        let base = match subject.base {
            Base::OfRemote => ci::base_of_push(git, self.remote().as_deref(), pushed),
            Base::ByHand => {
                ci::usual_base(git, &pushed.commit).map(|usual| usual.map(|usual| usual.base))
            }
        };
        let onto = match &base {
            Ok(Some(base)) => format!(", against {}", base.commit.short()),
            _ => String::new(),
        };
        if !self.voice.quiet {
            self.voice.log.say(&format!(
                "pre-push: {} at {}{onto}\n",
                visible(&pushed.reference),
                pushed.commit.short()
            ));
        }
        let base = base?;
        let how = Circumstances {
            policy: arguments.policy.clone(),
            environment: arguments.environment.clone(),
            now: arguments.now.clone(),
            ..Circumstances::default()
        };
        let mut request = CheckRequest::new(&[], &how, self.now);
        request.reference = branch(&pushed.reference);
        let is_here = match git.head()? {
            Some(head) => git.same_files(&head, &pushed.commit)?,
            None => false,
        };
        if !is_here {
            request.upstream.push(not_checked_out(pushed));
        }
        let limit = Duration::from_secs(arguments.run_limit);
        request.push = Some(Push {
            head: pushed.commit.clone(),
            base,
            limit: Some(limit).filter(|_| is_here && !arguments.no_run),
        });
        match evaluate(&request, self.surroundings) {
            Outcome::Refused {
                diagnostics,
                sources,
            } => Ok(refuse(&diagnostics, &sources, self.voice)),
            Outcome::Judged(judged) => {
                let mut text = Vec::new();
                // Writing to memory does not fail.
                let _ = text::write(&judged.evaluation, self.options(), &mut text);
                self.voice.log.say(&String::from_utf8_lossy(&text));
                Ok(judged.evaluation.exit)
            }
        }
    }

    fn options(&self) -> TextOptions {
        TextOptions {
            verbosity: if self.voice.quiet {
                Verbosity::Quiet
            } else if self.voice.verbose {
                Verbosity::Verbose
            } else {
                Verbosity::Normal
            },
            all: false,
            styled: self.voice.styled,
        }
    }
}

impl Subject {
    fn of_remote(pushed: Pushed) -> Self {
        Self {
            pushed,
            base: Base::OfRemote,
        }
    }
}

/// What is pushed where two revisions say it. A commit to begin with that is not here is as
/// one that the remote has and the clone does not (rule G135).
fn range(git: &Git, from: Option<&str>, to: &str, name: &str) -> Result<Pushed, Box<Diagnostic>> {
    let onto = match from {
        Some(from) => match git.resolve(from)? {
            Some(commit) => Some(commit),
            None => match crate::model::ObjectId::new(from) {
                Some(unknown) => Some(unknown),
                None if from.bytes().all(|byte| byte == b'0') => None,
                None => return Err(no_commit(from)),
            },
        },
        None => None,
    };
    let commit = git.resolve(to)?.ok_or_else(|| no_commit(to))?;
    Ok(Pushed {
        reference: name.to_owned(),
        commit,
        onto,
    })
}

/// The branch that scopes compare with; `None` where no branch is named.
fn branch(reference: &str) -> Option<String> {
    reference.strip_prefix("refs/heads/").map(str::to_owned)
}

fn no_commit(name: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            Code::BaseNotPresent,
            Message::from("no commit is called ")
                .foreign(Untrusted::new(name))
                .own(" here"),
        )
        .hint("--from and --to take a commit, a tag or a branch such as origin/main"),
    )
}

fn not_checked_out(pushed: &Pushed) -> Diagnostic {
    Diagnostic::new(
        Code::NotCheckedOut,
        Message::from(format!("commit {} of ", pushed.commit.short()))
            .foreign(Untrusted::new(&pushed.reference))
            .own(" is not what is checked out, so the reports here are not of it"),
    )
    .hint("check it out, make the reports, and push again")
}

fn called_by_hand() -> Diagnostic {
    Diagnostic::new(
        Code::Usage,
        "git gives this command what is pushed on standard input, and here is a terminal",
    )
    .hint("by hand say what is pushed with --from REF --to REF, or run `krgate check`")
}

fn unread(kind: std::io::ErrorKind) -> Box<Diagnostic> {
    let why = match kind {
        std::io::ErrorKind::FileTooLarge => "it is longer than 64 MiB",
        kind => output::reason(kind),
    };
    Box::new(Diagnostic::new(
        Code::BadPushLine,
        Message::from("standard input cannot be read: ").own(why),
    ))
}
