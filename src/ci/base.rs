//! Which commit a change is judged against (rules G56, G63, G123, G126, G144).

use super::Environment;
use super::git::{Commit, Git};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{ChangedLines, CiContext, Event, ObjectId, System, Untrusted};

/// The commit that the policy of a change is read from. It is here, with its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The commit.
    pub commit: ObjectId,
    /// True if the head is made of this very commit and the change (it is the merge of the two,
    /// or comes from it), so that the difference between them is the change, with no merge base
    /// to look for.
    pub is_merged_into: bool,
}

/// A change in a repository that is here: what it is to be merged into, and the commit that is
/// checked out, whose files the reports speak of.
#[derive(Debug, Clone)]
pub struct Change {
    /// The repository.
    pub git: Git,
    /// What it is to be merged into.
    pub base: Base,
    /// What is checked out, or pushed.
    pub head: ObjectId,
    /// True if what is not committed belongs to it (rule G145).
    pub with_work_tree: bool,
}

impl Base {
    /// A commit that the head of the change comes from, so that the difference between the two
    /// is the change.
    pub const fn part_of_head(commit: ObjectId) -> Self {
        Self {
            commit,
            is_merged_into: true,
        }
    }
}

impl Change {
    /// Which lines it touched, with paths as from the root and as from the working directory:
    /// reports name files either way.
    ///
    /// # Errors
    /// See [`start_of_change`] and [`Git::changed_lines`]; where the change is not known every
    /// finding counts as introduced (rule G63).
    pub fn lines(&self, context: &CiContext) -> Result<ChangedLines, Box<Diagnostic>> {
        Ok(self.lines_from_root(context)?.seen_from(self.git.prefix()))
    }

    /// The same with paths as from the root alone.
    ///
    /// # Errors
    /// As [`Change::lines`].
    pub fn lines_from_root(&self, context: &CiContext) -> Result<ChangedLines, Box<Diagnostic>> {
        let start = start_of_change(&self.git, &self.base, &self.head, context)?;
        if self.with_work_tree {
            self.git.changed_in_work_tree(&start)
        } else {
            self.git.changed_lines(&start, &self.head)
        }
    }
}

/// The base of a change, in the order of rule G123: what is `given` by `--base`, then the
/// first parent of the merge commit that is checked out, then what the event says, and where
/// it says nothing the target branch as it was fetched.
///
/// # Errors
/// `base-not-present` where the commit is not here and cannot be fetched, or nothing names
/// one; or what [`Git`] says.
pub fn base(
    git: &Git,
    context: &CiContext,
    given: Option<&str>,
    environment: &Environment,
) -> Result<Base, Box<Diagnostic>> {
    let head = match git.head()? {
        Some(id) => git.commit(&id)?,
        None => None,
    };
    let merged_into = head.and_then(|head| parent_of_merge(&head, context));
    let (commit, shown) = match (given, merged_into.clone(), context.base.clone()) {
        (Some(given), _, _) => (named(git, given)?, given.to_owned()),
        (None, Some(parent), _) => (Some(parent.clone()), parent.to_string()),
        (None, None, Some(base)) => (Some(base.clone()), base.to_string()),
        (None, None, None) => (of_target(git, context)?, target(context)),
    };
    let Some(commit) = commit else {
        return Err(not_here(&shown, context));
    };
    let is_here = git.commit(&commit)?.is_some()
        || (git.fetch(&commit, context, environment) && git.commit(&commit)?.is_some());
    if !is_here {
        return Err(not_here(&shown, context));
    }
    let is_merged_into = merged_into.as_ref() == Some(&commit);
    Ok(Base {
        commit,
        is_merged_into,
    })
}

/// Where the change began: the commit whose difference to HEAD is the change (rule G63). For a
/// base that HEAD is merged into it is the base itself, else the merge base, else the base,
/// which shows at least what the change did.
///
/// # Errors
/// `no-merge-base` in a shallow clone outside CI (rule G144), or what [`Git`] says.
pub fn start_of_change(
    git: &Git,
    base: &Base,
    head: &ObjectId,
    context: &CiContext,
) -> Result<ObjectId, Box<Diagnostic>> {
    if base.is_merged_into {
        return Ok(base.commit.clone());
    }
    if let Some(ancestor) = git.merge_base(&base.commit, head)? {
        return Ok(ancestor);
    }
    if !context.is_ci() && git.is_shallow()? {
        return Err(too_shallow(&base.commit));
    }
    Ok(base.commit.clone())
}

/// What a clone does not hold that was cut off before the commits part (rule G144).
pub(super) fn too_shallow(target: &ObjectId) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            Code::NoMergeBase,
            format!(
                "this clone is too shallow to hold where HEAD and {} part",
                target.short()
            ),
        )
        .hint("run `git fetch --deepen=50`, then run krgate again"),
    )
}

/// The first parent of a merge commit that the system made of the change and its target, if
/// that is what is checked out (rule G56).
fn parent_of_merge(head: &Commit, context: &CiContext) -> Option<ObjectId> {
    let change = context.kind == Some(Event::Change) && context.checkout.as_ref() == Some(&head.id);
    match head.parents.as_slice() {
        [into, of] if change && context.head.as_ref() == Some(of) => Some(into.clone()),
        _ => None,
    }
}

/// What `--base` names. A full name is taken as it is, for it may have to be fetched.
fn named(git: &Git, given: &str) -> Result<Option<ObjectId>, Box<Diagnostic>> {
    match ObjectId::new(given) {
        Some(id) => Ok(Some(id)),
        None => git.resolve(given),
    }
}

/// The target branch as the remote had it.
fn of_target(git: &Git, context: &CiContext) -> Result<Option<ObjectId>, Box<Diagnostic>> {
    match &context.reference {
        Some(target) => git.of_origin(target.as_untrusted()),
        None => Ok(None),
    }
}

fn target(context: &CiContext) -> String {
    let name = context.reference.as_ref().map_or("", |name| name.raw());
    ["origin/", name].concat()
}

fn not_here(shown: &str, context: &CiContext) -> Box<Diagnostic> {
    let message = Message::from("the commit that the policy is read from is not here: ")
        .foreign(Untrusted::new(shown));
    let hint = match context.system {
        System::GitHubActions => Message::from(
            "let actions/checkout fetch it: `fetch-depth: 2` is enough on `pull_request`, \
             `fetch-depth: 0` always",
        ),
        System::Local => match ObjectId::new(shown) {
            Some(id) => Message::from(format!("run: git fetch origin {id}")),
            None => Message::from(
                "`--base` takes a commit, a tag or a branch that is here, such as origin/main; \
                 run `git fetch origin` first if it is not",
            ),
        },
        _ => Message::from(
            "fetch the target branch before the gate, or name its commit with `--base`; a \
             shallow clone holds no other commit than its own",
        ),
    };
    Box::new(Diagnostic::new(Code::BaseNotPresent, message).hint(hint))
}
