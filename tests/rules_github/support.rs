//! Real repositories in folders of their own, and an environment without surprises.

use std::path::{Path, PathBuf};
use std::process::Command;

use krgate::ci::Environment;
use krgate::ci::git::Git;
use krgate::model::{CiContext, ObjectId};
use tempfile::TempDir;

/// A repository with a work tree.
pub(crate) struct Repository {
    folder: TempDir,
}

/// A pull request at a host: `main`, a branch onto it, and the merge commit that the host made.
pub(crate) struct PullRequest {
    pub(crate) host: Repository,
    pub(crate) base: ObjectId,
    pub(crate) head: ObjectId,
    pub(crate) merge: ObjectId,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let new = Self {
            folder: TempDir::new().unwrap(),
        };
        new.git(&["init", "--quiet", "-b", "main"]);
        new
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What git writes, without the last line's end.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = git(self.path(), arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {words}");
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    /// Commits everything that is there.
    pub(crate) fn commit(&self) -> ObjectId {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", "a commit"]);
        self.head()
    }

    pub(crate) fn head(&self) -> ObjectId {
        ObjectId::new(&self.git(&["rev-parse", "HEAD"])).unwrap()
    }

    /// The repository as krgate sees it.
    pub(crate) fn open(&self) -> Git {
        Git::open(self.path(), &environment(&[])).unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }
}

impl PullRequest {
    /// `base` makes the files of main, `change` those of the branch.
    pub(crate) fn new(base: impl FnOnce(&Repository), change: impl FnOnce(&Repository)) -> Self {
        let host = Repository::new();
        host.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        host.file("README.md", "one\n");
        host.commit();
        base(&host);
        let base = host.commit();
        host.git(&["checkout", "--quiet", "-b", "feature"]);
        change(&host);
        let head = host.commit();
        host.git(&["checkout", "--quiet", "--detach", base.as_str()]);
        host.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "feature"]);
        let merge = host.head();
        host.git(&["update-ref", "refs/pull/7/merge", "HEAD"]);
        host.git(&["checkout", "--quiet", "main"]);
        Self {
            host,
            base,
            head,
            merge,
        }
    }

    /// A clone as actions/checkout makes it: the commit alone, with so much history. Depth 0
    /// is all.
    pub(crate) fn checkout(&self, of: &ObjectId, depth: u32) -> Repository {
        let clone = Repository::new();
        clone.git(&["remote", "add", "origin", &self.host.url()]);
        let depth = format!("--depth={depth}");
        let mut arguments = vec!["fetch", "--quiet", "--no-tags", depth.as_str(), "origin"];
        if depth == "--depth=0" {
            arguments.retain(|argument| *argument != "--depth=0");
            arguments.push("+refs/heads/*:refs/remotes/origin/*");
        }
        arguments.push(of.as_str());
        clone.git(&arguments);
        clone.git(&["checkout", "--quiet", "--detach", of.as_str()]);
        clone
    }

    /// The payload of the event.
    pub(crate) fn payload(&self) -> String {
        payload(&self.head, &self.base, 1, 1)
    }

    /// The context that GitHub Actions gives a run of this pull request.
    pub(crate) fn context(&self) -> CiContext {
        let payload = krgate::ci::Payload::Bytes(self.payload().into_bytes());
        krgate::ci::context_of(&environment(&actions(self.merge.as_str())), &payload).unwrap()
    }
}

/// The payload of a pull request from a repository of one id into that of another.
pub(crate) fn payload(head: &ObjectId, base: &ObjectId, from: u64, into: u64) -> String {
    format!(
        r#"{{"action": "opened", "number": 7, "pull_request": {{"number": 7,
        "head": {{"sha": "{head}", "ref": "feature", "repo": {{"id": {from}}}}},
        "base": {{"sha": "{base}", "ref": "main", "repo": {{"id": {into}}}}}}}}}"#
    )
}

/// The variables of a pull request's run in GitHub Actions.
pub(crate) fn actions(sha: &str) -> Vec<(&str, &str)> {
    vec![
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_SHA", sha),
        ("GITHUB_REF_NAME", "7/merge"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_RUN_ID", "123456789"),
        ("GITHUB_RUN_ATTEMPT", "2"),
        ("GITHUB_ACTOR", "octocat"),
        ("GITHUB_SERVER_URL", "https://github.example"),
        ("GITHUB_API_URL", "https://github.example/api/v3"),
    ]
}

/// These variables, and those without which git cannot run.
pub(crate) fn environment(pairs: &[(&str, &str)]) -> Environment {
    let path = search_path();
    let all = pairs.iter().copied().chain([
        ("PATH", path.to_str().unwrap()),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("HOME", "/nonexistent"),
    ]);
    Environment::from_pairs(all)
}

#[expect(
    clippy::disallowed_methods,
    reason = "where git is, and nothing else of the machine"
)]
pub(crate) fn search_path() -> PathBuf {
    std::env::var_os("PATH").unwrap_or_default().into()
}

/// git with an environment of its own: nothing of the machine's settings, fixed names and times.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env_clear().args(arguments);
    for (name, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("HOME", "/nonexistent"),
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@example.org"),
        ("GIT_COMMITTER_NAME", "C <c@evil> 1 +0000"),
        ("GIT_COMMITTER_EMAIL", "c@example.org"),
        ("GIT_AUTHOR_DATE", "2026-11-01T10:00:00Z"),
        ("GIT_COMMITTER_DATE", "2026-11-01T12:00:00+02:00"),
    ] {
        command.env(name, value);
    }
    command.env("PATH", search_path());
    command
}
