//! Which policy decides: that of the work tree, of the commit that is judged, or of the commit
//! that a change is to be merged into (rules G122 to G129).

use std::cell::Cell;
use std::io;
use std::path::{Component, Path};

use super::check::CheckRequest;
use super::policy;
use crate::ci::git::{Commit, Git};
use crate::ci::push::PreCommit;
use crate::ci::{self, Base, Change, Surroundings};
use crate::decide::PolicyCommit;
use crate::diagnostic::{Code, Diagnostic, Level, Message, SourceFile};
use crate::ingest::Head;
use crate::model::{CiContext, Event, ObjectId, Untrusted, UntrustedText};
use crate::policy::{Loaded, MOST_BYTES, PLACES, load_with};

/// What is judged, and the policy that decides on it.
#[derive(Debug)]
pub(super) struct Ground {
    /// What the CI system says.
    pub(super) context: CiContext,
    /// Change or state.
    pub(super) event: Event,
    /// The ref that is judged; on a change its target branch.
    pub(super) reference: Option<String>,
    /// The policy that decides.
    pub(super) loaded: Loaded,
    /// The commit that it was read from; `None` for the work tree.
    pub(super) commit: Option<PolicyCommit>,
    /// False on the change that brings the first policy (rule G127).
    pub(super) enforced: bool,
    /// What the change makes of the policy, if it edits it.
    pub(super) proposal: Option<Proposal>,
    /// The change that is judged, in its repository. By hand its base says what is new, and
    /// no more: see [`Ground::trusted`].
    pub(super) change: Option<Change>,
    /// The working directory from the repository's root: empty, or ending in `/`.
    pub(super) folder: String,
    /// The commit that reports must be of.
    pub(super) head: Option<Head>,
    /// What is to be said of all this.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Ground {
    /// The change, if what decides on it is read from its base and not from the work tree.
    pub(super) fn trusted(&self) -> Option<&Change> {
        self.change.as_ref().filter(|_| self.commit.is_some())
    }
}

/// The policy as a change leaves it.
#[derive(Debug)]
pub(super) enum Proposal {
    /// It can be read, or not.
    Edited(Box<Loaded>),
    /// There is none any more.
    Gone,
}

/// Why nothing can be judged.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) sources: Vec<SourceFile>,
}

impl From<Box<Diagnostic>> for Refusal {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self {
            diagnostics: vec![*diagnostic],
            sources: Vec::new(),
        }
    }
}

/// Reads the context of the run and the policy that decides in it.
///
/// By hand and without `--base` that is the policy of the work tree. In CI it is that of a
/// commit: on a change that of the base, and nothing else if there is one (rule G125). Before
/// a push it is that of the base too, whatever system the push is made in.
pub(super) fn ground(
    request: &CheckRequest,
    surroundings: &Surroundings,
) -> Result<Ground, Refusal> {
    let context = match &request.push {
        // A hook asks nothing of a CI system, and says nothing to it (rule G137).
        Some(_) => CiContext::default(),
        None => ci::context(&surroundings.environment)?,
    };
    let of_framework = PreCommit::of(&surroundings.environment).from;
    let given = request.base.clone().or(of_framework);
    let is_push = request.push.is_some();
    let is_change = is_push || context.kind == Some(Event::Change) || given.is_some();
    let is_since = is_change || request.changed_since.is_some();
    let event = request.event.or(context.kind).unwrap_or(if is_since {
        Event::Change
    } else {
        Event::State
    });
    let told = context.reference.as_ref().map(UntrustedText::raw);
    let ground = Ground {
        event,
        reference: request.reference.clone().or(told.map(str::to_owned)),
        loaded: Loaded::failed(nothing_committed()),
        commit: None,
        enforced: true,
        proposal: None,
        change: None,
        folder: String::new(),
        head: None,
        diagnostics: Vec::new(),
        context,
    };
    if !is_change {
        if !ground.context.is_ci() {
            return by_hand(request, surroundings, ground);
        }
        if request.event == Some(Event::Change) && !tells_what_was(request) {
            return Err(Box::new(no_base_for_change()).into());
        }
        if surroundings.repository().is_none() {
            // Nothing is committed here, so no commit could say otherwise.
            return Ok(Ground {
                loaded: policy::load(request.policy.as_deref(), surroundings),
                diagnostics: vec![without_repository()],
                ..ground
            });
        }
    }
    let git = Git::open(&surroundings.directory, &surroundings.environment)?;
    let head = match &request.push {
        Some(push) => push.head.clone(),
        None => git.head()?.ok_or_else(|| Box::new(nothing_committed()))?,
    };
    let ground = Ground {
        folder: git.prefix().to_owned(),
        head: commits_of_reports(&git, &head, &ground.context)?,
        ..ground
    };
    let shelf = Shelf {
        git: &git,
        policy: request.policy.as_deref(),
        work_tree: request.work_tree,
        surroundings,
    };
    match &request.push {
        Some(push) => match push.base.clone() {
            Some(base) => of_change(&shelf, &head, base, ground),
            None => of_first_push(&shelf, &head, ground),
        },
        None if is_change => {
            let environment = &surroundings.environment;
            let base = ci::base(&git, &ground.context, given.as_deref(), environment)?;
            of_change(&shelf, &head, base, ground)
        }
        None => of_state(&shelf, &head, ground),
    }
}

/// By hand the policy of the work tree decides, and what is judged is the work since HEAD left
/// the branch that it is to be merged into, where that is known (rule G143).
fn by_hand(
    request: &CheckRequest,
    surroundings: &Surroundings,
    ground: Ground,
) -> Result<Ground, Refusal> {
    let ground = Ground {
        loaded: policy::load(request.policy.as_deref(), surroundings),
        ..ground
    };
    if request.event == Some(Event::State) || request.changed_since.is_some() {
        return Ok(ground);
    }
    let must = request.event == Some(Event::Change) && !tells_what_was(request);
    let (git, head) = match here(surroundings) {
        Ok(Some(there)) => there,
        Ok(None) if must => return Err(Box::new(no_base_for_change()).into()),
        Ok(None) => return Ok(without_base(ground)),
        Err(why) if must => return Err(why.into()),
        // A repository that git cannot read has no base to tell; every finding counts then.
        Err(why) => {
            let mut why = *why;
            why.level = Level::Warning;
            let mut ground = without_base(ground);
            ground.diagnostics.push(why);
            return Ok(ground);
        }
    };
    let Some(usual) = ci::usual_base(&git, &head)? else {
        if must {
            return Err(Box::new(no_base_for_change()).into());
        }
        return Ok(without_base(ground));
    };
    let mut diagnostics = Vec::new();
    if usual.base.commit == head && !request.work_tree && git.uncommitted()?.is_empty() {
        diagnostics.push(empty_change(usual.name));
    }
    Ok(Ground {
        event: Event::Change,
        folder: git.prefix().to_owned(),
        change: Some(Change {
            git,
            base: usual.base,
            head,
            with_work_tree: request.work_tree,
        }),
        diagnostics,
        ..ground
    })
}

/// The repository and the commit that is checked out; `None` where there is none of the two.
fn here(surroundings: &Surroundings) -> Result<Option<(Git, ObjectId)>, Box<Diagnostic>> {
    if surroundings.repository().is_none() {
        return Ok(None);
    }
    let git = Git::open(&surroundings.directory, &surroundings.environment)?;
    Ok(git.head()?.map(|head| (git, head)))
}

/// True if the request says by itself what was there before.
fn tells_what_was(request: &CheckRequest) -> bool {
    request.baseline.is_some() || request.changed_since.is_some()
}

/// A run by hand that found no base: a state, unless the request says otherwise.
fn without_base(ground: Ground) -> Ground {
    let mut diagnostics = ground.diagnostics;
    if ground.event == Event::State {
        diagnostics.push(no_base(
            "no branch is known here that this work is to be merged into, so it was judged as a \
             state: every finding counts",
        ));
    }
    Ground {
        diagnostics,
        ..ground
    }
}

/// Nothing of the remote is known here, so nobody can say what is new (rule G143).
fn of_first_push(shelf: &Shelf<'_>, head: &ObjectId, ground: Ground) -> Result<Ground, Refusal> {
    let Some(name) = shelf.find(head)? else {
        return Err(shelf.no_policy(&[head]).into());
    };
    Ok(Ground {
        loaded: shelf.load(head, &name)?,
        commit: Some(PolicyCommit {
            id: head.clone(),
            is_base: false,
        }),
        enforced: false,
        diagnostics: vec![first_push()],
        ..ground
    })
}

/// The policy of the commit that is checked out.
fn of_state(shelf: &Shelf<'_>, head: &ObjectId, ground: Ground) -> Result<Ground, Refusal> {
    let Some(name) = shelf.find(head)? else {
        return Err(shelf.no_policy(&[head]).into());
    };
    let mut diagnostics = ground.diagnostics;
    if ground.context.kind.is_none() {
        diagnostics.push(no_base(
            "this CI system does not say whether a change runs, so it was judged as a state, by \
             the policy of the commit that is checked out",
        ));
    }
    Ok(Ground {
        diagnostics,
        loaded: shelf.load(head, &name)?,
        commit: Some(PolicyCommit {
            id: head.clone(),
            is_base: false,
        }),
        ..ground
    })
}

/// The policy of the base, beside which stands what the change makes of it.
fn of_change(
    shelf: &Shelf<'_>,
    head: &ObjectId,
    base: Base,
    ground: Ground,
) -> Result<Ground, Refusal> {
    let ground = Ground {
        change: Some(Change {
            git: shelf.git.clone(),
            base: base.clone(),
            head: head.clone(),
            with_work_tree: shelf.work_tree,
        }),
        ..ground
    };
    let base = base.commit;
    let proposed = shelf.find(head)?;
    let Some(name) = shelf.find(&base)? else {
        let Some(proposed) = proposed else {
            return Err(shelf.no_policy(&[&base, head]).into());
        };
        return Ok(Ground {
            loaded: shelf.load(head, &proposed)?,
            commit: Some(PolicyCommit {
                id: head.clone(),
                is_base: false,
            }),
            enforced: false,
            diagnostics: vec![first_adoption(&base)],
            ..ground
        });
    };
    let loaded = shelf.load(&base, &name)?;
    let proposal = match proposed {
        _ if loaded.policy.is_none() => None,
        None => Some(Proposal::Gone),
        Some(proposed) => {
            let now = shelf.load(head, &proposed)?;
            (name != proposed || texts(&now) != texts(&loaded))
                .then(|| Proposal::Edited(Box::new(now)))
        }
    };
    Ok(Ground {
        loaded,
        commit: Some(PolicyCommit {
            id: base,
            is_base: true,
        }),
        proposal,
        ..ground
    })
}

/// The texts that a policy is made of; their names hold the commit.
fn texts(loaded: &Loaded) -> Vec<&str> {
    let sources = loaded.sources.iter();
    sources.map(|source| source.text.as_str()).collect()
}

/// The policy of a commit, as a change onto it is judged by it.
pub(super) fn policy_of(
    git: &Git,
    commit: &str,
    named: Option<&Path>,
    surroundings: &Surroundings,
) -> Result<Loaded, Refusal> {
    let id = git.resolve(commit)?.ok_or_else(|| {
        Box::new(
            Diagnostic::new(
                Code::BaseNotPresent,
                Message::from("no commit is called ")
                    .foreign(Untrusted::new(commit))
                    .own(" here"),
            )
            .hint("--base takes a commit, a tag or a branch such as origin/main"),
        )
    })?;
    let shelf = Shelf {
        git,
        policy: named,
        work_tree: false,
        surroundings,
    };
    let Some(name) = shelf.find(&id)? else {
        return Err(shelf.no_policy(&[&id]).into());
    };
    shelf.load(&id, &name)
}

/// Every commit that a report of this run may name, and when the change or state was
/// committed (rules S63, S64).
fn commits_of_reports(
    git: &Git,
    checked_out: &ObjectId,
    context: &CiContext,
) -> Result<Option<Head>, Box<Diagnostic>> {
    let mut commits = vec![checked_out.to_string()];
    for named in [&context.head, &context.checkout].into_iter().flatten() {
        if !commits.contains(&named.to_string()) {
            commits.push(named.to_string());
        }
    }
    // The head of a change is often not in a shallow clone; the merge commit is, and it was
    // made before the scanners ran.
    let judged: Option<Commit> = match &context.head {
        Some(head) => git.commit(head)?,
        None => None,
    };
    let judged = match judged {
        Some(commit) => Some(commit),
        None => git.commit(checked_out)?,
    };
    Ok(judged.map(|commit| Head {
        commits,
        committed: commit.committed,
    }))
}

/// The policies of commits, as this run looks for them.
struct Shelf<'a> {
    git: &'a Git,
    /// What `--policy` says.
    policy: Option<&'a Path>,
    /// True if what is not committed belongs to a change.
    work_tree: bool,
    surroundings: &'a Surroundings,
}

impl Shelf<'_> {
    /// The name of the policy in a commit, as from the working directory: what `--policy` says,
    /// or the first of the usual places; `None` if nothing is there.
    fn find(&self, commit: &ObjectId) -> Result<Option<String>, Refusal> {
        for name in self.names()? {
            let path = self.in_repository(&name).unwrap_or_default();
            if self
                .git
                .has(commit, &path)
                .map_err(|_| unreadable_tree(commit))?
            {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn names(&self) -> Result<Vec<String>, Refusal> {
        let Some(path) = self.policy else {
            let up = "../".repeat(self.git.prefix().matches('/').count());
            let mut names: Vec<String> = PLACES.map(str::to_owned).to_vec();
            if !up.is_empty() {
                names.extend(PLACES.map(|place| format!("{up}{place}")));
            }
            return Ok(names);
        };
        // A full path into the repository is one from the working directory, or above it.
        let path = path
            .strip_prefix(&self.surroundings.directory)
            .unwrap_or(path);
        let name = path.to_string_lossy();
        if self.in_repository(&name).is_none() {
            return Err(Refusal::from(Box::new(
                Diagnostic::new(
                    Code::PolicyUnreadable,
                    Message::from("the policy ")
                        .foreign(Untrusted::new(&name))
                        .own(" lies outside the repository, so no commit holds it"),
                )
                .hint(
                    "in CI, and with --base, the policy is read from a commit; name a file of \
                     this repository",
                ),
            )));
        }
        Ok(vec![name.into_owned()])
    }

    fn in_repository(&self, name: &str) -> Option<String> {
        in_repository(self.git.prefix(), name)
    }

    /// Reads a policy and what it extends from a commit. The names of its sources say which.
    fn load(&self, commit: &ObjectId, name: &str) -> Result<Loaded, Refusal> {
        let lost = Cell::new(false);
        let mut loaded = load_with(name, &|wanted| {
            let path = self.in_repository(wanted).ok_or(io::ErrorKind::NotFound)?;
            let text = self.git.text(commit, &path, MOST_BYTES);
            if text
                .as_ref()
                .is_err_and(|e| e.kind() == io::ErrorKind::Other)
            {
                lost.set(true);
            }
            text
        });
        if lost.get() {
            return Err(unreadable_tree(commit));
        }
        for source in &mut loaded.sources {
            if !source.name.starts_with("pack:") {
                source.name = format!("{} (commit {})", source.name, commit.short());
            }
        }
        Ok(loaded)
    }

    fn no_policy(&self, commits: &[&ObjectId]) -> Box<Diagnostic> {
        let mut message = Message::from("no policy in ");
        for (index, commit) in commits.iter().enumerate() {
            let before = if index == 0 { "commit " } else { " nor in " };
            message = message.own(format!("{before}{}", commit.short()));
        }
        message = message.own("; looked for ");
        let names = self.names().unwrap_or_default();
        for (index, name) in names.iter().enumerate() {
            let before = if index == 0 { "" } else { ", " };
            message = message.own(before).foreign(Untrusted::new(name));
        }
        Box::new(Diagnostic::new(Code::PolicyNotFound, message).hint(
            "commit a policy: in CI, and with --base, it is read from the commit and not \
                 from the working directory",
        ))
    }
}

/// A path from the repository's root, where it is given from a folder of it; `None` outside
/// the repository.
pub(super) fn in_repository(folder: &str, name: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in Path::new(name).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// Nothing tells a change from a state (rule G143).
fn no_base(what: &'static str) -> Diagnostic {
    Diagnostic::new(Code::NoBase, what).hint(
        "to judge a change give --base with the commit or branch that it is to be merged into",
    )
}

fn no_base_for_change() -> Diagnostic {
    Diagnostic::new(
        Code::Usage,
        "a change is to be judged, and nothing says where the change began",
    )
    .hint(
        "name what it is to be merged into with `--base origin/main`, or what was there before \
         with `--baseline FILE` or `--changed-since REV`",
    )
}

fn without_repository() -> Diagnostic {
    let mut without = Diagnostic::new(
        Code::NoRepository,
        "there is no git repository here, so the policy was read from the working directory",
    )
    .hint("check the repository out with its `.git`, so that the policy of the commit decides");
    without.level = Level::Warning;
    without
}

fn empty_change(name: &'static str) -> Diagnostic {
    Diagnostic::new(
        Code::EmptyChange,
        format!(
            "HEAD holds nothing that {name} does not hold, so this change is empty; `--event \
             state` judges all that is there"
        ),
    )
}

fn first_push() -> Diagnostic {
    Diagnostic::new(
        Code::BasePolicyMissing,
        "nothing of the remote is known here, so every finding counts as introduced and nothing \
         was enforced; what the policy of this push would do is shown",
    )
    .hint("push it; from then on the policy that is there decides")
}

fn first_adoption(base: &ObjectId) -> Diagnostic {
    Diagnostic::new(
        Code::BasePolicyMissing,
        format!(
            "the base {} has no policy yet, so nothing was enforced; what the policy of this \
             change would do is shown",
            base.short()
        ),
    )
    .hint("merge the policy; from then on it decides")
}

fn unreadable_tree(commit: &ObjectId) -> Refusal {
    Refusal::from(Box::new(
        Diagnostic::new(
            Code::BaseNotPresent,
            format!("the files of commit {} are not all here", commit.short()),
        )
        .hint("check out without a filter, or run: git fetch --refetch --no-filter origin"),
    ))
}

fn nothing_committed() -> Diagnostic {
    Diagnostic::new(
        Code::BaseNotPresent,
        "nothing is committed in this repository yet",
    )
    .hint("commit first: what is judged, and the policy, are read from commits")
}
