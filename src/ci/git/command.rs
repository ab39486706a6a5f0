//! Running `git`: one process, its flags and its environment, bounded in time and in what is
//! kept of its words (rule G132).

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use crate::ci::Environment;

/// How long one git command may take.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Most bytes that are kept of what git says is wrong.
const MOST_WORDS: u64 = 16 << 10;
/// Bytes that are read at a time.
const PIECE: usize = 64 << 10;

/// Variables of git's that are passed on: where its configuration and its way to a host are.
/// All others would let an earlier step change what git sees.
const PASSED_ON: [&str; 9] = [
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_COUNT",
    "GIT_EXEC_PATH",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
];

/// Flags of every call.
const FLAGS: [&str; 6] = [
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.quotePath=false",
];

/// What keeps git from running a hook, on every call but one that asks where hooks lie.
const NO_HOOKS: [&str; 2] = ["-c", "core.hooksPath=/dev/null"];

/// Why a command gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The program could not be started.
    NotStarted,
    /// It took longer than the limit.
    TooLong,
    /// It wrote more than was to be kept.
    TooLarge,
    /// It ended with an exit code other than 0, or by a signal; with its words.
    Ended(Option<i32>, String),
}

/// How to call git in a folder.
#[derive(Debug, Clone)]
pub(super) struct Runner {
    directory: PathBuf,
    variables: Vec<(OsString, OsString)>,
    limit: Duration,
    sees_hooks: bool,
}

impl Runner {
    pub(super) fn new(directory: &Path, environment: &Environment, limit: Duration) -> Self {
        let mut variables: Vec<(OsString, OsString)> = environment
            .all()
            .filter(|(name, _)| is_passed_on(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for (name, value) in [
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            // What git says is wrong is compared with its own words.
            ("LC_ALL", "C"),
            ("LANGUAGE", ""),
        ] {
            variables.push((name.into(), value.into()));
        }
        Self {
            directory: directory.to_path_buf(),
            variables,
            limit,
            sees_hooks: false,
        }
    }

    /// The same for a question about hooks, which runs none.
    pub(super) fn seeing_hooks(&self) -> Self {
        Self {
            sees_hooks: true,
            ..self.clone()
        }
    }

    /// The same with another limit of time.
    pub(super) fn within(&self, limit: Duration) -> Self {
        let mut within = self.clone();
        within.limit = limit;
        within
    }

    /// The same with more variables.
    pub(super) fn with(&self, more: Vec<(OsString, OsString)>) -> Self {
        let mut with = self.clone();
        with.variables.extend(more);
        with
    }

    /// What a command writes, if it is at most `most` bytes.
    pub(super) fn output(&self, arguments: &[&OsStr], most: usize) -> Result<Vec<u8>, Fault> {
        let mut kept = Vec::new();
        let mut fits = true;
        self.stream(arguments, &mut |piece| {
            fits = fits && piece.len() <= most.saturating_sub(kept.len());
            if fits {
                kept.extend_from_slice(piece);
            }
            fits
        })?;
        if fits { Ok(kept) } else { Err(Fault::TooLarge) }
    }

    /// Gives what a command writes to `take`, piece by piece, until that says that it has
    /// enough.
    pub(super) fn stream(
        &self,
        arguments: &[&OsStr],
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), Fault> {
        self.feed(arguments, None, take)
    }

    /// The same for a command that reads `input`.
    pub(super) fn feed(
        &self,
        arguments: &[&OsStr],
        input: Option<Vec<u8>>,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), Fault> {
        match self.drive(arguments, input, take)? {
            None | Some((Some(0), _)) => Ok(()),
            Some((code, words)) => Err(Fault::Ended(code, words)),
        }
    }

    /// Everything that a command says, also where it ends with another code than 0.
    pub(super) fn talk(&self, arguments: &[&OsStr], most: usize) -> Result<Talk, Fault> {
        let mut output = Vec::new();
        let ended = self.drive(arguments, None, &mut |piece| {
            let fits = piece.len() <= most.saturating_sub(output.len());
            if fits {
                output.extend_from_slice(piece);
            }
            fits
        })?;
        let (code, words) = ended.ok_or(Fault::TooLarge)?;
        Ok(Talk {
            worked: code == Some(0),
            output,
            words,
        })
    }

    /// Runs a command to its end; `None` if `take` had enough before.
    fn drive(
        &self,
        arguments: &[&OsStr],
        input: Option<Vec<u8>>,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Option<Ended>, Fault> {
        let end = Instant::now() + self.limit;
        let stdin = match input {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        };
        let mut child = Command::new("git")
            .args(FLAGS)
            .args(NO_HOOKS.iter().filter(|_| !self.sees_hooks))
            .args(arguments)
            .current_dir(&self.directory)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|_| Fault::NotStarted)?;
        if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
            // On a thread of its own: git answers before it has read everything. If it stops
            // reading, its end says why.
            let _ = thread::Builder::new().spawn(move || pipe.write_all(&input));
        }
        let ended = follow(&mut child, end, take);
        if !matches!(ended, Ok(Some(_))) {
            // It still runs: nothing more is wanted of it.
            let _ = child.kill();
            let _ = child.wait();
        }
        ended
    }
}

/// What a command said, whether or not it worked.
#[derive(Debug)]
pub(super) struct Talk {
    /// True if its exit code is 0.
    pub(super) worked: bool,
    /// What it wrote.
    pub(super) output: Vec<u8>,
    /// What it said beside that.
    pub(super) words: String,
}

/// How a process ended: its code, and what it said is wrong.
type Ended = (Option<i32>, String);

/// Reads a process to its end; `None` if `take` had enough before.
fn follow(
    child: &mut Child,
    end: Instant,
    take: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<Option<Ended>, Fault> {
    let words = child.stderr.take().map(|pipe| {
        read_aside(pipe, |mut pipe, send| {
            let mut words = Vec::new();
            let _ = pipe.by_ref().take(MOST_WORDS).read_to_end(&mut words);
            let _ = send.send(words);
            // What comes after is not kept, and must not hold git up.
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        })
    });
    let pieces = child.stdout.take().map(|pipe| {
        read_aside(pipe, |mut pipe, send| {
            let mut piece = vec![0; PIECE];
            while let Ok(length @ 1..) = pipe.read(&mut piece) {
                let read = piece.get(..length).unwrap_or_default().to_vec();
                if send.send(read).is_err() {
                    break;
                }
            }
        })
    });
    let (Some(Ok(words)), Some(Ok(pieces))) = (words, pieces) else {
        return Err(Fault::NotStarted);
    };
    while let Some(piece) = next(&pieces, end)? {
        if !take(&piece) {
            return Ok(None);
        }
    }
    let mut pause = Duration::from_millis(1);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < end => thread::sleep(pause),
            Ok(None) => return Err(Fault::TooLong),
            Err(_) => return Err(Fault::Ended(None, String::new())),
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    let words = next(&words, end)?.unwrap_or_default();
    Ok(Some((
        status.code(),
        String::from_utf8_lossy(&words).into_owned(),
    )))
}

/// The next piece; `None` after the last.
fn next(pieces: &Receiver<Vec<u8>>, end: Instant) -> Result<Option<Vec<u8>>, Fault> {
    match pieces.recv_timeout(end.saturating_duration_since(Instant::now())) {
        Ok(piece) => Ok(Some(piece)),
        Err(RecvTimeoutError::Disconnected) => Ok(None),
        Err(RecvTimeoutError::Timeout) => Err(Fault::TooLong),
    }
}

/// Reads a pipe on a thread of its own, for a pipe cannot be waited for with a limit.
fn read_aside<P: Read + Send + 'static>(
    pipe: P,
    read: impl FnOnce(P, SyncSender<Vec<u8>>) + Send + 'static,
) -> std::io::Result<Receiver<Vec<u8>>> {
    let (send, receive) = mpsc::sync_channel(2);
    thread::Builder::new().spawn(move || read(pipe, send))?;
    Ok(receive)
}

/// True for variables that another program gets: no token and key of krgate's, and nothing that
/// turns git to another repository.
pub(in crate::ci) fn is_passed_on(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    let of_configuration =
        name.starts_with("GIT_CONFIG_KEY_") || name.starts_with("GIT_CONFIG_VALUE_");
    let secret = name.starts_with("KRGATE_") || name == "GITHUB_TOKEN" || name == "GH_TOKEN";
    let of_git = name.starts_with("GIT_");
    !secret && (!of_git || of_configuration || PASSED_ON.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_g132_git_sees_neither_tokens_nor_another_repository() {
        for (name, passed) in [
            ("PATH", true),
            ("HOME", true),
            ("https_proxy", true),
            ("GIT_CONFIG_GLOBAL", true),
            ("GIT_CONFIG_KEY_0", true),
            ("GIT_DIR", false),
            ("GIT_INDEX_FILE", false),
            ("GIT_OBJECT_DIRECTORY", false),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", false),
            ("GIT_EXTERNAL_DIFF", false),
            ("GIT_TRACE", false),
            ("GITHUB_TOKEN", false),
            ("KRGATE_SECRET_KEY", false),
        ] {
            assert_eq!(is_passed_on(OsStr::new(name)), passed, "{name}");
        }
    }

    #[test]
    fn github_g132_a_command_ends_with_its_limit() {
        let environment = Environment::of_process();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let runner = Runner::new(here, &environment, Duration::ZERO);
        let long = ["-c", "alias.wait=!sleep 20", "wait"].map(OsStr::new);
        let ended = runner.output(&long, 1 << 10);
        assert_eq!(ended, Err(Fault::TooLong));
        let runner = Runner::new(here, &environment, TIME_LIMIT);
        let words = runner.output(&[OsStr::new("version")], 1 << 10).unwrap();
        assert!(words.starts_with(b"git version"));
        let ended = runner.output(&[OsStr::new("version")], 3);
        assert_eq!(ended, Err(Fault::TooLarge));
        let Err(Fault::Ended(Some(_), words)) = runner.output(&[OsStr::new("no-such-word")], 1)
        else {
            panic!("git does not know the word");
        };
        assert!(words.contains("no-such-word"), "{words}");
    }
}
