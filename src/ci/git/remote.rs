//! Talking to the repository that a ledger is kept in: fetching refs and pushing them with
//! leases (rules R22 to R24, G103, G105, G107).

use std::fmt::Write as _;
use std::time::Duration;

use super::command::{Fault, Runner, Talk};
use super::fetch::{Way, credentials, way};
use super::{Git, SHORT, words};
use crate::ci::Environment;
use crate::diagnostic::Message;
use crate::model::{ObjectId, UntrustedText};

/// How long one conversation with a remote may take.
const TIME_LIMIT: Duration = Duration::from_mins(2);
/// Most bytes of an answer to a push.
const ANSWER: usize = 4 << 20;
/// Most letters that are kept of a host's words.
const MOST_LETTERS: usize = 1000;

/// Words of a remote, or of git about it, that say no rather than nothing.
const REFUSALS: [&str; 9] = [
    "error: 401",
    "error: 403",
    "authentication failed",
    "could not read username",
    "could not read password",
    "permission denied",
    "permission to",
    "not allowed to",
    "access denied",
];

/// Another repository: a remote of this one by its name, a path or a URL.
#[derive(Debug, Clone)]
pub struct Remote {
    runner: Runner,
    name: String,
}

/// Why a remote did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteError {
    /// It answered, and said no; with its words.
    Refused(UntrustedText),
    /// It did not answer; with git's words.
    Unreachable(UntrustedText),
    /// Nothing was tried, or it took too long.
    Failed(Message),
}

/// A ref of the remote that is to change if it is still what it was: the lease.
#[derive(Debug, Clone, Copy)]
pub struct RefChange<'a> {
    /// Its full name.
    pub name: &'a str,
    /// What it is; `None` if there is none.
    pub was: Option<&'a ObjectId>,
    /// What it will be; `None` to take it away.
    pub to: Option<&'a ObjectId>,
}

/// What became of one ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It is as it was to be, and was not before.
    Changed,
    /// It was so before.
    AsBefore,
    /// It is not what the lease says, or another push was under way: nothing was changed.
    Raced,
    /// The host refuses it, with its reason.
    Refused(UntrustedText),
}

/// The answer to a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Each ref that was named, and what became of it.
    pub refs: Vec<(String, Became)>,
    /// What the host said beside that.
    pub words: UntrustedText,
}

impl Git {
    /// A repository that refs are fetched from and pushed to; nothing is opened yet.
    ///
    /// The token of the environment goes to it if it is at the host that the CI system names,
    /// over https, and through git's environment alone (rule G105). Otherwise git's own
    /// settings are what opens it.
    pub fn remote(&self, name: &str, environment: &Environment) -> Option<Remote> {
        // What begins with a dash is an option; a line's end ends a name.
        if name.is_empty() || name.starts_with('-') || name.contains(['\n', '\0']) {
            return None;
        }
        let configured = self
            .ask(&["remote", "get-url", name], SHORT)
            .ok()
            .flatten()
            .map(|url| String::from_utf8_lossy(&url).trim_end().to_owned());
        let url = configured.as_deref().unwrap_or(name);
        let mut more = vec![("GIT_ALLOW_PROTOCOL".into(), "file:https:ssh".into())];
        let server = environment.text("GITHUB_SERVER_URL");
        if let (Some(server), Some(Way::Host("https", host))) = (server, way(url))
            && way(server) == Some(Way::Host("https", host))
        {
            more.extend(credentials(server, environment));
        }
        Some(Remote {
            runner: self.runner.within(TIME_LIMIT).with(more),
            name: name.to_owned(),
        })
    }
}

impl Remote {
    /// What it was named as.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Fetches refs by refspecs, and nothing else. A pattern that matches none is no error.
    ///
    /// # Errors
    /// If the remote gives nothing.
    pub fn fetch(&self, refspecs: &[String]) -> Result<(), RemoteError> {
        let mut arguments = vec![
            "fetch",
            "--quiet",
            "--no-tags",
            // Names of refs are those of the refspecs: the user's own stay as they are.
            "--refmap=",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            "--no-show-forced-updates",
            // Of a partial clone too the records are wanted whole.
            "--no-filter",
            "--end-of-options",
            &self.name,
        ];
        arguments.extend(refspecs.iter().map(String::as_str));
        let talk = self.talk(&arguments)?;
        if talk.worked {
            Ok(())
        } else {
            Err(no(&talk.words))
        }
    }

    /// Fetches objects by their names, whatever of them a partial clone lacks.
    ///
    /// # Errors
    /// If the remote does not give them.
    pub fn fetch_objects(&self, ids: &[ObjectId]) -> Result<(), RemoteError> {
        let arguments = [
            "-c",
            // What reaches them is here, and would be taken for a sign that they are too.
            "fetch.negotiationAlgorithm=noop",
            "fetch",
            "--quiet",
            "--no-tags",
            "--refmap=",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            "--no-filter",
            "--stdin",
            "--end-of-options",
            &self.name,
        ];
        let mut list = String::new();
        for id in ids {
            let _ = writeln!(list, "{id}");
        }
        let fed = self
            .runner
            .feed(&words(&arguments), Some(list.into_bytes()), &mut |_| true);
        fed.map_err(|fault| match fault {
            Fault::Ended(_, words) => no(&words),
            fault => failed(&fault),
        })
    }

    /// Pushes changes of refs, all or none of them if there are several; each with the lease
    /// that the ref is what it was.
    ///
    /// # Errors
    /// If the remote does not say what became of them.
    pub fn push(&self, changes: &[RefChange<'_>]) -> Result<Pushed, RemoteError> {
        let leases = changes.iter().map(|change| {
            let was = change.was.map(ObjectId::as_str).unwrap_or_default();
            format!("--force-with-lease={}:{was}", change.name)
        });
        let leases: Vec<String> = leases.collect();
        let refspecs = changes.iter().map(|change| {
            let to = change.to.map(ObjectId::as_str).unwrap_or_default();
            format!("{to}:{}", change.name)
        });
        let refspecs: Vec<String> = refspecs.collect();
        let mut arguments = vec![
            "-c",
            "push.pushOption=",
            "push",
            // A hook before pushes may be krgate itself.
            "--no-verify",
            "--porcelain",
            "--no-signed",
            "--no-follow-tags",
            "--recurse-submodules=no",
        ];
        if changes.len() > 1 {
            arguments.push("--atomic");
        }
        arguments.extend(leases.iter().map(String::as_str));
        arguments.extend(["--end-of-options", &self.name]);
        arguments.extend(refspecs.iter().map(String::as_str));
        let talk = self.talk(&arguments)?;
        let refs: Vec<(String, Became)> = String::from_utf8_lossy(&talk.output)
            .lines()
            .filter_map(became)
            .collect();
        if refs.is_empty() {
            return Err(no(&talk.words));
        }
        Ok(Pushed {
            refs,
            words: spoken(&talk.words, true),
        })
    }

    fn talk(&self, arguments: &[&str]) -> Result<Talk, RemoteError> {
        let talk = self.runner.talk(&words(arguments), ANSWER);
        talk.map_err(|fault| failed(&fault))
    }
}

fn failed(fault: &Fault) -> RemoteError {
    RemoteError::Failed(match fault {
        Fault::NotStarted => "git cannot be started".into(),
        Fault::TooLong => "git took longer than two minutes".into(),
        Fault::TooLarge | Fault::Ended(..) => "an answer of git cannot be read".into(),
    })
}

/// `FLAG<tab>FROM:TO<tab>SUMMARY (REASON)`.
fn became(line: &str) -> Option<(String, Became)> {
    let mut parts = line.splitn(3, '\t');
    let (flag, refs, summary) = (parts.next()?, parts.next()?, parts.next()?);
    let name = refs.rsplit_once(':')?.1.to_owned();
    let became = match flag {
        "=" => Became::AsBefore,
        "!" => {
            let reason = summary
                .split_once('(')
                .map_or(summary, |(_, reason)| reason.trim_end_matches(')'));
            let raced = summary.starts_with("[rejected]")
                || [
                    "cannot lock ref",
                    "failed to update ref",
                    "already exists",
                    "atomic transaction failed",
                ]
                .iter()
                .any(|words| reason.contains(words));
            if raced {
                Became::Raced
            } else {
                Became::Refused(UntrustedText::new(reason))
            }
        }
        _ => Became::Changed,
    };
    Some((name, became))
}

/// What a remote that did nothing meant.
fn no(words: &str) -> RemoteError {
    let lower = words.to_ascii_lowercase();
    let spoken = spoken(words, false);
    if REFUSALS.iter().any(|refusal| lower.contains(refusal)) {
        RemoteError::Refused(spoken)
    } else {
        RemoteError::Unreachable(spoken)
    }
}

/// The lines that say something, in one line: those of the host alone, or git's too.
fn spoken(words: &str, host_alone: bool) -> UntrustedText {
    let lines = words.lines().filter_map(|line| {
        let line = match line.strip_prefix("remote:") {
            Some(line) => line,
            None if host_alone || line.starts_with("hint:") => return None,
            None => line,
        };
        let line = line.trim();
        (!line.is_empty()).then_some(line)
    });
    let text = lines.collect::<Vec<_>>().join("; ");
    UntrustedText::new(text.chars().take(MOST_LETTERS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_r22_an_answer_tells_a_race_from_a_refusal() {
        let refused = |reason: &str| Became::Refused(UntrustedText::new(reason));
        for (line, expected) in [
            ("*\tabc:refs/x\t[new reference]", Became::Changed),
            (" \tabc:refs/x\tabc..def", Became::Changed),
            ("-\t:refs/x\t[deleted]", Became::Changed),
            ("=\tabc:refs/x\t[up to date]", Became::AsBefore),
            ("!\tabc:refs/x\t[rejected] (stale info)", Became::Raced),
            (
                "!\tabc:refs/x\t[rejected] (atomic push failed)",
                Became::Raced,
            ),
            (
                "!\tabc:refs/x\t[remote rejected] (failed to update ref)",
                Became::Raced,
            ),
            (
                "!\tabc:refs/x\t[remote rejected] (pre-receive hook declined)",
                refused("pre-receive hook declined"),
            ),
            (
                "!\tabc:refs/x\t[remote rejected] (deny updating a hidden ref)",
                refused("deny updating a hidden ref"),
            ),
        ] {
            assert_eq!(became(line), Some(("refs/x".into(), expected)), "{line}");
        }
        for line in ["To ../s.git", "Done", ""] {
            assert_eq!(became(line), None);
        }
    }

    #[test]
    fn record_r35_no_answer_and_a_no_are_told_apart() {
        let no_answer = no("fatal: unable to access 'https://x/': Could not resolve host: x\n");
        assert!(matches!(no_answer, RemoteError::Unreachable(_)));
        let denied = no(
            "remote: Write access to repository not granted.\nfatal: unable to \
                         access 'https://x/': The requested URL returned error: 403\n",
        );
        let RemoteError::Refused(words) = denied else {
            panic!("{denied:?}");
        };
        assert!(
            words
                .raw()
                .starts_with("Write access to repository not granted.; fatal")
        );
    }
}
