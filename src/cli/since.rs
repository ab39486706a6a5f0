//! What the findings of a run are compared with: a baseline, the lines of a change, or nothing
//! (rules 41, L21, G122, G131, G143, G144).

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::rc::Rc;

use super::check::CheckRequest;
use super::output;
use super::trust::{Ground, Refusal, in_repository};
use crate::ci::git::Git;
use crate::ci::{Base, Change, Surroundings};
use crate::decide::Event;
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::ingest::{self, Context, Expected, Limits, MOST_BASELINE_BYTES, Request};
use crate::model::{Baseline, ChangedLines, KeyCheck, ObjectId, Untrusted, UntrustedText};
use crate::policy::{IntroducedBy, Policy};
use crate::scope::{Earlier, Known, Since};

/// The name under which a baseline is looked for.
pub(super) const NAME: &str = "krgate.baseline.json";

/// What is compared with, and what is to be said of it.
pub(super) struct Comparison {
    pub(super) since: Since,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A baseline that was found.
struct Found {
    bytes: Vec<u8>,
    known: Known,
}

/// Finds what the findings of this run are compared with.
///
/// A baseline goes first. On a change it is that of the base: one that the change brings or
/// edits has no say (rule G122). Without one, changed lines tell where the request or the
/// policy asks for them; else what the reports say.
///
/// # Errors
/// If a baseline or a commit was asked for and cannot be had.
pub(super) fn since(
    request: &CheckRequest,
    surroundings: &Surroundings,
    ground: &Ground,
    policy: &Policy,
) -> Result<Comparison, Refusal> {
    let place = Place {
        request,
        surroundings,
        ground,
    };
    let mut diagnostics = Vec::new();
    let by_lines = request.changed_since.is_some()
        || (policy.introduced_by == IntroducedBy::ChangedLines && ground.event == Event::Change);
    let found = match &request.baseline {
        Some(given) => Some(place.given(given)?),
        None if request.changed_since.is_some() => None,
        None => place.usual(&mut diagnostics)?,
    };
    if let Some(found) = found {
        let change = match &ground.change {
            Some(change) => lines_of(change, ground, &mut diagnostics)?,
            None => None,
        };
        let earlier = place.earlier(found, change, &mut diagnostics)?;
        return Ok(Comparison {
            since: Since::Baseline(earlier),
            diagnostics,
        });
    }
    let is_first_push = ground.change.is_none() && request.push.is_some();
    let since = if by_lines && is_first_push {
        Since::Unknown
    } else if by_lines {
        let change = place.change_since()?;
        match lines_of(&change, ground, &mut diagnostics)? {
            Some(lines) => Since::Lines(lines),
            None => Since::Unknown,
        }
    } else {
        Since::Nothing
    };
    Ok(Comparison { since, diagnostics })
}

/// The lines of a change; `None` where git does not say them, which is told.
fn lines_of(
    change: &Change,
    ground: &Ground,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Option<Rc<ChangedLines>>, Refusal> {
    let mut lines = match change.lines_from_root(&ground.context) {
        Ok(lines) => lines,
        Err(why) if why.level == Level::Error => return Err(why.into()),
        Err(why) => {
            diagnostics.push(*why);
            return Ok(None);
        }
    };
    if !change.with_work_tree {
        lines.set_head(change.git.files(&change.head)?);
        not_committed(change, ground, &mut lines)?;
    }
    Ok(Some(Rc::new(lines.seen_from(change.git.prefix()))))
}

/// What is not committed is part of the work that a person looks at. Its lines are those of the
/// work tree and not of the commit, so that the files count throughout; `--worktree` tells them
/// by their lines.
fn not_committed(
    change: &Change,
    ground: &Ground,
    lines: &mut ChangedLines,
) -> Result<(), Box<Diagnostic>> {
    if ground.context.is_ci() {
        return Ok(());
    }
    for path in change.git.uncommitted()? {
        lines.add_whole(path);
    }
    Ok(())
}

struct Place<'a> {
    request: &'a CheckRequest,
    surroundings: &'a Surroundings,
    ground: &'a Ground,
}

impl Place<'_> {
    /// The baseline that `--baseline` names: a file, or a commit that holds one.
    fn given(&self, given: &str) -> Result<Found, Refusal> {
        if let Some(change) = self.ground.trusted() {
            for path in self.names_in_repository(&change.git, given) {
                if let Some(found) = blob(&change.git, &change.base.commit, &path, given)? {
                    return Ok(found);
                }
                if change.git.has(&change.head, &path).unwrap_or(true) {
                    return Err(of_the_change(&change.base.commit, given));
                }
            }
        }
        if let Some(found) = self.file(given)? {
            return Ok(found);
        }
        let commit = match self.git() {
            Ok(git) => git.resolve(given)?,
            Err(_) => None,
        };
        if let Some(commit) = commit {
            if let Some(found) = self.committed(&commit)? {
                return Ok(found);
            }
            return Err(refusal(
                Code::BaselineNotFound,
                Message::from(format!("commit {} has no {NAME}", commit.short())),
                "write one there with `krgate baseline write` and commit it".into(),
            ));
        }
        Err(refusal(
            Code::BaselineNotFound,
            Message::from("there is neither a file nor a commit ").foreign(Untrusted::new(given)),
            "write a baseline with `krgate baseline write`, or name a commit that is here \
             (`git fetch origin` first)"
                .into(),
        ))
    }

    /// The paths from the root that a file has in commits: as it is written, and as it is once
    /// links are followed. A file that no commit has may be read where it lies.
    fn names_in_repository(&self, git: &Git, given: &str) -> Vec<String> {
        let directory = &self.surroundings.directory;
        let path = Path::new(given);
        let written = path.strip_prefix(directory).unwrap_or(path);
        let mut names = Vec::from_iter(in_repository(git.prefix(), &written.to_string_lossy()));
        let depth = git.prefix().matches('/').count();
        let home = directory.canonicalize().ok();
        let root = home.as_deref().and_then(|home| home.ancestors().nth(depth));
        if let (Some(root), Ok(real)) = (root, directory.join(path).canonicalize())
            && let Some(name) = real.strip_prefix(root).ok().and_then(Path::to_str)
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
        names
    }

    /// The baseline of the usual name, if there is one: on a change in the base, else in the
    /// working directory.
    fn usual(&self, diagnostics: &mut Vec<Diagnostic>) -> Result<Option<Found>, Refusal> {
        let Some(change) = self.ground.trusted() else {
            return match &self.ground.commit {
                // Where the policy is read from a commit, so is the baseline.
                Some(commit) => self.committed(&commit.id),
                None => self.file(NAME),
            };
        };
        if let Some(found) = self.committed(&change.base.commit)? {
            return Ok(Some(found));
        }
        let paths = usual_paths(&change.git);
        let brought = |path: &String| change.git.has(&change.head, path).unwrap_or(false);
        if paths.iter().any(brought) {
            diagnostics.push(
                Diagnostic::new(
                    Code::BaselineOfChange,
                    format!(
                        "the change brings {NAME}, and its base {} has none: every finding \
                         counts as introduced",
                        change.base.commit.short()
                    ),
                )
                .hint("merge the baseline; changes after that are compared with it"),
            );
        }
        Ok(None)
    }

    fn committed(&self, commit: &ObjectId) -> Result<Option<Found>, Refusal> {
        let git = self.git()?;
        for path in usual_paths(&git) {
            if let Some(found) = blob(&git, commit, &path, NAME)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// A file of the working directory; `None` if it is not there.
    fn file(&self, name: &str) -> Result<Option<Found>, Refusal> {
        let path = self.surroundings.directory.join(name);
        match read_file(&path) {
            Ok(bytes) => Ok(Some(Found {
                bytes,
                known: Known {
                    path: name.to_owned(),
                    commit: None,
                },
            })),
            Err(ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(kind) => Err(unreadable(name, kind)),
        }
    }

    fn git(&self) -> Result<Git, Box<Diagnostic>> {
        match &self.ground.change {
            Some(change) => Ok(change.git.clone()),
            None => Git::open(&self.surroundings.directory, &self.surroundings.environment),
        }
    }

    /// The change whose lines are looked at: since `--changed-since`, else the one that is
    /// judged.
    fn change_since(&self) -> Result<Change, Refusal> {
        let Some(since) = &self.request.changed_since else {
            return match &self.ground.change {
                Some(change) => Ok(change.clone()),
                None => Err(refusal(
                    Code::Usage,
                    "the policy tells introduced findings by changed lines, and nothing says \
                     where the change began"
                        .into(),
                    "name its target with `--base origin/main`, or the commit with \
                     `--changed-since REV`"
                        .into(),
                )),
            };
        };
        let git = self.git()?;
        let Some(head) = git.head()? else {
            return Err(refusal(
                Code::BaseNotPresent,
                "nothing is committed in this repository yet, so nothing has changed since a \
                 commit"
                    .into(),
                "commit first, or leave --changed-since out".into(),
            ));
        };
        let Some(commit) = git.resolve(since)? else {
            return Err(refusal(
                Code::BaseNotPresent,
                Message::from("no commit is called ")
                    .foreign(Untrusted::new(since))
                    .own(" here"),
                "run `git fetch origin` first, in a shallow clone with `--deepen=50`; \
                 --changed-since takes a commit, a tag or a branch such as origin/main"
                    .into(),
            ));
        };
        let base = Base {
            commit,
            is_merged_into: false,
        };
        Ok(Change {
            git,
            base,
            head,
            with_work_tree: self.request.work_tree,
        })
    }

    /// Reads what was found, and looks for the way from its commit to the one that is judged.
    fn earlier(
        &self,
        found: Found,
        change: Option<Rc<ChangedLines>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Earlier, Refusal> {
        let key = self.surroundings.secret_key.as_deref();
        let key = key.map(ingest::key_check);
        let known = found.known;
        let baseline = match ingest::read_baseline(&found.bytes, &known.path) {
            Some(read) => read?,
            None => self.report(&known)?,
        };
        let has_secrets = baseline
            .rows
            .rows
            .iter()
            .any(|row| row.class == crate::model::Class::Secrets);
        if has_secrets && baseline.key != key {
            diagnostics.push(other_key(baseline.key, key));
        }
        let carry = self.carry(&baseline, change.as_ref(), diagnostics)?;
        Ok(Earlier {
            baseline: Rc::new(baseline),
            known,
            carry,
            change,
            key,
        })
    }

    /// A report that stands in for a baseline. It is read where it lies, never from a commit.
    fn report(&self, known: &Known) -> Result<Baseline, Refusal> {
        if known.commit.is_some() {
            return Err(refusal(
                Code::BaselineBroken,
                Message::from("the baseline ")
                    .foreign(Untrusted::new(&known.path))
                    .own(
                        " of the base is a report, and of a commit only krgate's own file is read",
                    ),
                "make one of it with `krgate baseline write REPORT`, and commit that".into(),
            ));
        }
        let request = Request {
            path: self.surroundings.directory.join(&known.path),
            shown: UntrustedText::new(&known.path),
            by_hand: true,
            expected: Expected::default(),
        };
        let context = Context {
            now: self.request.now,
            roots: self.surroundings.roots(),
            secret_key: self.surroundings.secret_key.clone(),
            tools: Vec::new(),
            head: None,
            limits: Limits::default(),
        };
        let (intake, read) = ingest::read(&[request], &context);
        let errors: Vec<Diagnostic> = read
            .into_iter()
            .filter(|diagnostic| diagnostic.level == Level::Error)
            .collect();
        if !errors.is_empty() {
            return Err(Refusal {
                diagnostics: errors,
                sources: Vec::new(),
            });
        }
        let key = self.surroundings.secret_key.as_deref();
        Ok(Baseline::of(intake, None, key.map(ingest::key_check)))
    }

    /// What happened between the commit of a baseline and the one that is judged. Where that
    /// commit is not here, the change itself is what is known of the way (rule L10).
    fn carry(
        &self,
        baseline: &Baseline,
        change: Option<&Rc<ChangedLines>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Option<Rc<ChangedLines>>, Refusal> {
        let Some(commit) = &baseline.commit else {
            return Ok(change.cloned());
        };
        let Ok(git) = self.git() else {
            return Ok(change.cloned());
        };
        let head = match &self.request.push {
            Some(push) => push.head.clone(),
            None => match git.head()? {
                Some(head) => head,
                None => return Ok(None),
            },
        };
        if git.commit(commit)?.is_none() {
            diagnostics.push(lines_old(commit));
            return Ok(change.cloned());
        }
        let way = Change {
            git: git.clone(),
            base: Base::part_of_head(commit.clone()),
            head,
            with_work_tree: self.request.work_tree,
        };
        let lines = match way.lines_from_root(&self.ground.context) {
            Ok(mut lines) => {
                if !way.with_work_tree {
                    not_committed(&way, self.ground, &mut lines)?;
                }
                lines.seen_from(git.prefix())
            }
            Err(why) => {
                diagnostics.push(*why);
                return Ok(change.cloned());
            }
        };
        Ok(Some(Rc::new(lines)))
    }
}

fn of_the_change(base: &ObjectId, given: &str) -> Refusal {
    refusal(
        Code::BaselineNotFound,
        Message::from("the base ")
            .own(base.short().to_owned())
            .own(" has no baseline ")
            .foreign(Untrusted::new(given))
            .own("; that of the change itself does not count"),
        "merge the baseline first, or leave --baseline out until it is merged".into(),
    )
}

/// A file of a commit, from the repository's root; `None` if it has none there.
fn blob(git: &Git, commit: &ObjectId, path: &str, shown: &str) -> Result<Option<Found>, Refusal> {
    match git.text(commit, path, MOST_BASELINE_BYTES) {
        Ok(text) => Ok(Some(Found {
            bytes: text.into_bytes(),
            known: Known {
                path: shown.to_owned(),
                commit: Some(commit.clone()),
            },
        })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(shown, error.kind())),
    }
}

/// Beside the policy is where krgate runs; the root of the repository comes after it.
fn usual_paths(git: &Git) -> Vec<String> {
    let mut paths = vec![[git.prefix(), NAME].concat()];
    if !git.prefix().is_empty() {
        paths.push(NAME.to_owned());
    }
    paths
}

/// The bytes of a file, if they are not too many.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, ErrorKind> {
    let file = File::open(path).map_err(|error| error.kind())?;
    let most = u64::try_from(MOST_BASELINE_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.kind())?;
    if bytes.len() > MOST_BASELINE_BYTES {
        return Err(ErrorKind::FileTooLarge);
    }
    Ok(bytes)
}

pub(super) fn unreadable(name: &str, kind: ErrorKind) -> Refusal {
    let why = match kind {
        ErrorKind::FileTooLarge => "it is larger than 256 MiB",
        kind => output::reason(kind),
    };
    refusal(
        Code::BaselineBroken,
        Message::from("cannot read the baseline ")
            .foreign(Untrusted::new(name))
            .own(": ")
            .own(why),
        "name a file of `krgate baseline write`".into(),
    )
}

pub(super) fn refusal(code: Code, message: Message, hint: Message) -> Refusal {
    Refusal::from(Box::new(Diagnostic::new(code, message).hint(hint)))
}

fn other_key(of_baseline: Option<KeyCheck>, of_run: Option<KeyCheck>) -> Diagnostic {
    let (message, hint) = match (of_baseline, of_run) {
        (None, Some(_)) => (
            "the baseline was written without KRGATE_SECRET_KEY, so secrets are known by rule, \
             path and line alone",
            "write the baseline again where the key is set",
        ),
        (Some(_), None) => (
            "KRGATE_SECRET_KEY is not set, so secrets of the baseline are known by rule, path \
             and line alone",
            "give the gate the key that the baseline was written with",
        ),
        _ => (
            "the baseline was written with another KRGATE_SECRET_KEY, so its secrets are known \
             by rule, path and line alone",
            "write the baseline again with the key of the gate",
        ),
    };
    Diagnostic::new(Code::BaselineOtherKey, message).hint(hint)
}

fn lines_old(commit: &ObjectId) -> Diagnostic {
    Diagnostic::new(
        Code::BaselineLinesOld,
        format!(
            "the baseline is of commit {}, which is not in this clone: findings whose lines \
             moved since then, and that the tool gives no fingerprint, count as introduced",
            commit.short()
        ),
    )
    .hint("check out with `fetch-depth: 0`, or run `git fetch --unshallow`")
}
