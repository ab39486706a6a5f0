//! The one place that runs `git` (rules G124, G126, G131, G132).
//!
//! [`Git`] answers questions about a repository, and none of them opens a socket. What writes
//! stands apart: the one fetch of [`Git::fetch`], and what a ledger needs. That adds objects
//! and refs below `refs/krgate/`, and touches neither branches nor work tree; only a
//! [`Remote`] talks to another repository.

mod batch;
mod command;
mod fetch;
mod hunks;
mod local;
mod objects;
mod remote;

pub use batch::{Content, Entry as TreeEntry, Found};
pub use objects::{Listed, NewCommit, Ref};
pub use remote::{Became, Pushed, RefChange, Remote, RemoteError};

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub(super) use self::command::is_passed_on;
use self::command::{Fault, Runner, TIME_LIMIT};
use self::hunks::DiffReader;
use super::Environment;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{ChangedLines, Committed, ObjectId, RepoPath, Untrusted};

/// Most bytes of a commit, of a list of names and of other short answers.
const SHORT: usize = 1 << 20;
/// Most bytes of a list of all files.
const LIST: usize = 256 << 20;

/// Arguments of every difference (rule G131), before the commits.
const DIFF: [&str; 18] = [
    "diff",
    "--raw",
    "-z",
    "--patch",
    "--no-abbrev",
    "--full-index",
    // Otherwise a change could hide its lines by calling its own files binary.
    "--text",
    "--unified=0",
    "--inter-hunk-context=0",
    "-M",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--submodule=short",
    "--ignore-submodules=none",
    "--src-prefix=a/",
    "--dst-prefix=b/",
];

/// A commit, as far as krgate looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: ObjectId,
    /// Its parents as the commit itself names them; in a shallow clone they need not be here.
    pub parents: Vec<ObjectId>,
    /// When it was committed.
    pub committed: Timestamp,
}

/// A repository and the place in it that krgate runs in.
#[derive(Debug, Clone)]
pub struct Git {
    runner: Runner,
    directory: PathBuf,
    /// The working directory from the repository's root, empty or ending in `/`.
    prefix: String,
}

impl Git {
    /// Looks for the repository that a folder lies in.
    ///
    /// # Errors
    /// `no-repository`, `git-unusable` (it is not installed, or took too long), or
    /// `git-ownership` with the line that makes git trust the folder.
    pub fn open(directory: &Path, environment: &Environment) -> Result<Self, Box<Diagnostic>> {
        let runner = Runner::new(directory, environment, TIME_LIMIT);
        let answer = runner.output(&words(&["rev-parse", "--show-prefix"]), SHORT);
        let prefix = answer.map_err(|fault| unusable(&fault, directory))?;
        let prefix = String::from_utf8(prefix).map_err(|_| {
            Box::new(Diagnostic::new(
                Code::GitUnusable,
                "the path of the working directory in the repository is not UTF-8",
            ))
        })?;
        Ok(Self {
            runner,
            directory: directory.to_path_buf(),
            prefix: prefix.strip_suffix('\n').unwrap_or(&prefix).to_owned(),
        })
    }

    /// The working directory from the repository's root: empty, or parts that each end in `/`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The commit that is checked out; `None` before the first one.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn head(&self) -> Result<Option<ObjectId>, Box<Diagnostic>> {
        self.resolve("HEAD")
    }

    /// The commit that a revision names; `None` if it names none that is here.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn resolve(&self, revision: &str) -> Result<Option<ObjectId>, Box<Diagnostic>> {
        // What begins with a dash is an option, and no name of a commit can.
        if revision.starts_with('-') || revision.is_empty() {
            return Ok(None);
        }
        let peeled = format!("{revision}^{{commit}}");
        self.id_of(&["rev-parse", "--verify", "--quiet", &peeled])
    }

    /// The commit of a branch of the remote `origin`, as it was last fetched.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn of_origin(&self, branch: Untrusted<'_>) -> Result<Option<ObjectId>, Box<Diagnostic>> {
        let name = ["refs/remotes/origin/", branch.raw()].concat();
        self.id_of(&["show-ref", "--verify", "--hash", "--", &name])
    }

    /// A commit; `None` if it is not here.
    ///
    /// # Errors
    /// If git cannot be asked, or what it answers is no commit.
    pub fn commit(&self, id: &ObjectId) -> Result<Option<Commit>, Box<Diagnostic>> {
        let Some(text) = self.ask(&["cat-file", "commit", id.as_str()], SHORT)? else {
            return Ok(None);
        };
        read_commit(id, &String::from_utf8_lossy(&text))
            .map(Some)
            .ok_or_else(|| Box::new(unreadable_answer()))
    }

    /// The best common ancestor of two commits; `None` if none is here.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn merge_base(
        &self,
        one: &ObjectId,
        other: &ObjectId,
    ) -> Result<Option<ObjectId>, Box<Diagnostic>> {
        self.id_of(&["merge-base", one.as_str(), other.as_str()])
    }

    /// True if the clone was cut off at some depth.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn is_shallow(&self) -> Result<bool, Box<Diagnostic>> {
        let answer = self.ask(&["rev-parse", "--is-shallow-repository"], SHORT)?;
        Ok(answer.is_some_and(|words| words.starts_with(b"true")))
    }

    /// The text of a file in a commit's tree. The path is from the repository's root.
    ///
    /// # Errors
    /// `NotFound` if the tree has no such path, `InvalidInput` for a link or a submodule (rule
    /// G124), `IsADirectory`, `FileTooLarge`, `InvalidData` if it is not UTF-8; anything else
    /// if git cannot be asked, or the object is not here.
    pub fn text(&self, commit: &ObjectId, path: &str, most: usize) -> io::Result<String> {
        let entry = self.entry(commit, path)?.ok_or(io::ErrorKind::NotFound)?;
        match (entry.mode.as_slice(), &entry.id) {
            (b"100644" | b"100755" | b"100664", Some(id)) => {
                let bytes = self
                    .runner
                    .output(&words(&["cat-file", "blob", id.as_str()]), most)
                    .map_err(|fault| match fault {
                        Fault::TooLarge => io::ErrorKind::FileTooLarge,
                        _ => io::ErrorKind::Other,
                    })?;
                String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
            }
            (b"040000", _) => Err(io::ErrorKind::IsADirectory.into()),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// True if a commit's tree has anything at a path.
    ///
    /// # Errors
    /// If git cannot be asked, or the tree is not here.
    pub fn has(&self, commit: &ObjectId, path: &str) -> io::Result<bool> {
        Ok(self.entry(commit, path)?.is_some())
    }

    fn entry(&self, commit: &ObjectId, path: &str) -> io::Result<Option<Entry>> {
        if path.is_empty() || path.contains('\0') {
            return Ok(None);
        }
        let list = self
            .runner
            .output(
                &words(&["ls-tree", "-z", "--full-tree", commit.as_str(), "--", path]),
                SHORT,
            )
            .map_err(|_| io::ErrorKind::Other)?;
        Ok(list
            .split(|byte| *byte == 0)
            .filter_map(entry)
            .find(|(name, _)| *name == path.as_bytes())
            .map(|(_, entry)| entry))
    }

    /// What changed from one commit to another (rule G131).
    ///
    /// # Errors
    /// `change-unknown` if git does not say it within the time limit, or says it in a way that
    /// cannot be read.
    pub fn changed_lines(
        &self,
        base: &ObjectId,
        head: &ObjectId,
    ) -> Result<ChangedLines, Box<Diagnostic>> {
        let mut reader = DiffReader::new();
        let arguments = [&DIFF[..], &[base.as_str(), head.as_str(), "--"]].concat();
        let read = self.runner.stream(&words(&arguments), &mut |piece| {
            reader.take(piece);
            true
        });
        read.ok()
            .and_then(|()| reader.finish())
            .ok_or_else(|| change_unknown(base, head.short()))
    }

    /// The commits after one up to another, each with the files that it changed; of a merge
    /// what it merged.
    ///
    /// # Errors
    /// `git-unusable` if git does not list them, or in a way that cannot be read.
    pub fn commits_between(
        &self,
        from: &ObjectId,
        to: &ObjectId,
    ) -> Result<Vec<Committed>, Box<Diagnostic>> {
        let range = format!("{from}..{to}");
        // Each commit is `\x01`, its time, `\x02`, and its files between zero bytes.
        let arguments = [
            "log",
            "-z",
            "--name-only",
            "--no-renames",
            "--no-show-signature",
            "--no-color",
            "--no-ext-diff",
            "--format=%x01%ct%x02",
            &range,
            "--",
        ];
        let list = self
            .runner
            .output(&words(&arguments), LIST)
            .map_err(|fault| unusable(&fault, &self.directory))?;
        let commits = list.split(|byte| *byte == 1).skip(1);
        commits
            .map(committed)
            .collect::<Option<_>>()
            .ok_or_else(|| Box::new(unreadable_answer()))
    }

    /// Every file of a commit, from the root.
    ///
    /// # Errors
    /// `git-unusable` if git does not list them.
    pub fn files(&self, commit: &ObjectId) -> Result<BTreeSet<RepoPath>, Box<Diagnostic>> {
        let arguments = [
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            "--full-tree",
            commit.as_str(),
        ];
        self.paths(&arguments, &mut |path| Some(path))
    }

    /// Every file that is not as the commit that is checked out has it, ignored ones left out.
    ///
    /// # Errors
    /// `git-unusable` if git does not list them.
    pub fn uncommitted(&self) -> Result<BTreeSet<RepoPath>, Box<Diagnostic>> {
        // Without detection of renames each part is two letters, a blank and one path.
        let arguments = [
            "status",
            "--porcelain=v1",
            "-z",
            "--no-renames",
            "--untracked-files=all",
            "--ignore-submodules=none",
        ];
        self.paths(&arguments, &mut |part| part.get(3..))
    }

    fn paths(
        &self,
        arguments: &[&str],
        path: &mut dyn FnMut(&[u8]) -> Option<&[u8]>,
    ) -> Result<BTreeSet<RepoPath>, Box<Diagnostic>> {
        let list = self
            .runner
            .output(&words(arguments), LIST)
            .map_err(|fault| unusable(&fault, &self.directory))?;
        let parts = list.split(|byte| *byte == 0).filter_map(path);
        let texts = parts.map(String::from_utf8_lossy);
        // Where a report writes a name otherwise its findings are of no known file.
        Ok(texts
            .filter_map(|text| RepoPath::from_normal(&text))
            .collect())
    }

    /// The URL of the remote `origin`, as it is written; it may hold a token.
    pub(in crate::ci) fn origin_url(&self) -> Option<String> {
        self.line(&["remote", "get-url", "origin"])
    }

    /// The full name of the branch that is checked out.
    pub(in crate::ci) fn branch(&self) -> Option<String> {
        self.line(&["symbolic-ref", "--quiet", "HEAD"])
    }

    /// The name that `git config` has for the user (rule Q6).
    pub(in crate::ci) fn user(&self) -> Option<String> {
        self.line(&["config", "--get", "user.name"])
    }

    /// A line that git answers; `None` if it has nothing to say.
    fn line(&self, arguments: &[&str]) -> Option<String> {
        let answer = self.ask(arguments, SHORT).ok()??;
        let text = String::from_utf8(answer).ok()?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }

    /// An answer that is the name of an object; `None` if git has none to give.
    fn id_of(&self, arguments: &[&str]) -> Result<Option<ObjectId>, Box<Diagnostic>> {
        let Some(answer) = self.ask(arguments, SHORT)? else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&answer);
        ObjectId::new(text.lines().next().unwrap_or_default().trim_end())
            .map(Some)
            .ok_or_else(|| Box::new(unreadable_answer()))
    }

    /// An answer; `None` if git says no.
    fn ask(&self, arguments: &[&str], most: usize) -> Result<Option<Vec<u8>>, Box<Diagnostic>> {
        match self.runner.output(&words(arguments), most) {
            Ok(answer) => Ok(Some(answer)),
            Err(Fault::Ended(Some(_), words)) if !is_about_ownership(&words) => Ok(None),
            Err(fault) => Err(unusable(&fault, &self.directory)),
        }
    }
}

/// A commit of a log, from its time on.
fn committed(text: &[u8]) -> Option<Committed> {
    let at = text.iter().position(|byte| *byte == 2)?;
    let (time, paths) = text.split_at_checked(at)?;
    let second = std::str::from_utf8(time).ok()?.parse().ok()?;
    let paths = paths.get(1..)?.split(|byte| *byte == 0);
    // A line break stands before the first one.
    let paths = paths.map(|path| path.strip_prefix(b"\n").unwrap_or(path));
    let paths = paths.map(String::from_utf8_lossy);
    Some(Committed {
        at: Timestamp::from_second(second).ok()?,
        paths: paths
            .filter_map(|path| RepoPath::from_normal(&path))
            .collect(),
    })
}

/// What a tree says of a path.
struct Entry {
    mode: Vec<u8>,
    id: Option<ObjectId>,
}

/// `100644 blob ID<tab>path`.
fn entry(line: &[u8]) -> Option<(&[u8], Entry)> {
    let at = line.iter().position(|byte| *byte == b'\t')?;
    let (head, name) = (line.get(..at)?, line.get(at + 1..)?);
    let mut parts = head.split(|byte| *byte == b' ');
    let mode = parts.next()?.to_vec();
    let id = std::str::from_utf8(parts.nth(1)?).ok()?;
    let id = ObjectId::new(id);
    Some((name, Entry { mode, id }))
}

fn words<'a>(words: &'a [&'a str]) -> Vec<&'a OsStr> {
    words.iter().map(OsStr::new).collect()
}

/// The head of a commit object, up to the empty line.
fn read_commit(id: &ObjectId, text: &str) -> Option<Commit> {
    let mut parents = Vec::new();
    let mut committed = None;
    for line in text.lines().take_while(|line| !line.is_empty()) {
        if let Some(parent) = line.strip_prefix("parent ") {
            parents.push(ObjectId::new(parent)?);
        } else if let Some(committer) = line.strip_prefix("committer ") {
            // The name may hold anything, so the seconds are looked for from the end.
            let seconds = committer.rsplit(' ').nth(1)?.parse().ok()?;
            committed = Some(Timestamp::from_second(seconds).ok()?);
        }
    }
    Some(Commit {
        id: id.clone(),
        parents,
        committed: committed?,
    })
}

fn change_unknown(base: &ObjectId, until: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            Code::ChangeUnknown,
            format!(
                "git does not say which lines changed between {} and {until}",
                base.short()
            ),
        )
        .hint(
            "every finding counts as introduced; check out with `fetch-depth: 0`, or see what \
             `git diff` says",
        ),
    )
}

fn is_about_ownership(words: &str) -> bool {
    words.contains("dubious ownership")
}

fn unreadable_answer() -> Diagnostic {
    Diagnostic::new(Code::GitUnusable, "an answer of git cannot be read")
        .hint("see that `git --version` is a plain git of version 2.31 or later")
}

fn unusable(fault: &Fault, directory: &Path) -> Box<Diagnostic> {
    let shown = directory.to_string_lossy();
    let folder = Untrusted::new(&shown);
    Box::new(match fault {
        Fault::NotStarted => Diagnostic::new(Code::GitUnusable, "git cannot be started")
            .hint("install git 2.31 or later where the gate runs"),
        Fault::TooLong => Diagnostic::new(Code::GitUnusable, "git took too long")
            .hint("run the gate again; if it stays so, see what `git status` does there"),
        Fault::TooLarge => unreadable_answer(),
        Fault::Ended(_, words) if is_about_ownership(words) => Diagnostic::new(
            Code::GitOwnership,
            Message::from("git does not trust this repository, for another user owns it: ")
                .foreign(folder),
        )
        .hint(
            Message::from("run: git config --global --add safe.directory ")
                .foreign(Untrusted::new(&root_of(directory).to_string_lossy())),
        ),
        Fault::Ended(_, words) if words.contains("not a git repository") => Diagnostic::new(
            Code::NoRepository,
            Message::from("this folder lies in no git repository: ").foreign(folder),
        )
        .hint(
            "check the repository out before the gate runs, with its `.git`, and run krgate inside it",
        ),
        Fault::Ended(..) => Diagnostic::new(Code::GitUnusable, "git cannot read this repository")
            .hint("see what `git status` says there"),
    })
}

/// The folder that git would have to trust.
fn root_of(directory: &Path) -> &Path {
    directory
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .unwrap_or(directory)
}
