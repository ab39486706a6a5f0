//! What a change is judged against where no CI system says it: by hand, and before a push
//! (rules G135, G138, G139, G143, G144).

use super::base::{Base, too_shallow};
use super::git::Git;
use super::push::Pushed;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{ObjectId, Untrusted};

/// Branches that most likely are the one that changes are merged into.
const USUAL_BRANCHES: [&str; 3] = ["HEAD", "main", "master"];

/// The base of a change that is judged by hand, and by which name it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usual {
    /// The commit where HEAD and that branch part.
    pub base: Base,
    /// What people call the branch: `origin/main`, or `@{upstream}`.
    pub name: &'static str,
}

/// Looks for what the work in a clone is to be merged into: the upstream of the branch, then
/// the usual branches of `origin` (rule G143). `None` if there is no such branch, or none that
/// HEAD has a commit in common with.
///
/// # Errors
/// `no-merge-base` in a shallow clone (rule G144), or what [`Git`] says.
pub fn usual_base(git: &Git, head: &ObjectId) -> Result<Option<Usual>, Box<Diagnostic>> {
    for (revision, name) in [
        ("@{upstream}", "@{upstream}"),
        ("refs/remotes/origin/HEAD", "origin/HEAD"),
        ("refs/remotes/origin/main", "origin/main"),
        ("refs/remotes/origin/master", "origin/master"),
    ] {
        let Some(tip) = git.resolve(revision)? else {
            continue;
        };
        if let Some(commit) = parting(git, &tip, head)? {
            let base = Base::part_of_head(commit);
            return Ok(Some(Usual { base, name }));
        }
    }
    Ok(None)
}

/// The base of what is pushed (rule G135): the remote's commit where it is an ancestor, else
/// the merge base with it; for a new branch, and where that commit is not here, the merge base
/// with the remote's default branch. `None` if nothing of the remote is known here, as on the
/// first push to an empty one.
///
/// # Errors
/// `no-merge-base` in a shallow clone, `base-not-present` where the remote has branches and
/// none of them is known to be its default; or what [`Git`] says.
pub fn base_of_push(
    git: &Git,
    remote: Option<&str>,
    pushed: &Pushed,
) -> Result<Option<Base>, Box<Diagnostic>> {
    let there = match &pushed.onto {
        Some(onto) => git.commit(onto)?.map(|commit| commit.id),
        None => None,
    };
    if let Some(tip) = there {
        return with(git, tip, &pushed.commit).map(Some);
    }
    let remotes = git.remotes()?;
    // A push to a URL is most likely to a host that `origin` names too.
    let remote = remote.filter(|name| remotes.iter().any(|known| known == name));
    let remote = remote.unwrap_or("origin");
    for branch in USUAL_BRANCHES {
        let name = format!("refs/remotes/{remote}/{branch}");
        if let Some(tip) = git.resolve(&name)? {
            return with(git, tip, &pushed.commit).map(Some);
        }
    }
    if git.knows_branches_of(remote)? {
        return Err(no_default_branch(remote));
    }
    Ok(None)
}

/// The merge base with a commit; where the two have nothing in common, that commit, whose
/// difference shows at least what is pushed.
fn with(git: &Git, tip: ObjectId, head: &ObjectId) -> Result<Base, Box<Diagnostic>> {
    Ok(match parting(git, &tip, head)? {
        Some(commit) => Base::part_of_head(commit),
        None => Base {
            commit: tip,
            is_merged_into: false,
        },
    })
}

fn parting(
    git: &Git,
    tip: &ObjectId,
    head: &ObjectId,
) -> Result<Option<ObjectId>, Box<Diagnostic>> {
    let commit = git.merge_base(tip, head)?;
    if commit.is_none() && git.is_shallow()? {
        return Err(too_shallow(tip));
    }
    Ok(commit)
}

fn no_default_branch(remote: &str) -> Box<Diagnostic> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let command = Message::from("run: git remote set-head ");
    let command = if remote.bytes().all(plain) {
        command.own(remote.to_owned())
    } else {
        command.foreign(Untrusted::new(remote))
    };
    Box::new(
        Diagnostic::new(
            Code::BaseNotPresent,
            Message::from("nothing says which branch of ")
                .foreign(Untrusted::new(remote))
                .own(" this is to be merged into: its default branch is not known here"),
        )
        .hint(command.own(" --auto")),
    )
}
