//! Where and why krgate runs, as a value: what the CI system says of the commit that is judged.

use std::fmt;

use super::UntrustedText;

/// What is judged: a change, or a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// A pull request, a merge queue, a push that is about to happen.
    Change,
    /// A branch as it is, a schedule, a release.
    State,
}

impl Event {
    /// The word of the command line and of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::State => "state",
        }
    }
}

/// The full name of an object of git: 40 or 64 hexadecimal digits in lower case (rule G55).
///
/// It can stand in an argument of git, in a URL and in any output as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(String);

impl ObjectId {
    /// Takes a full name; `None` for anything else, also for a shortened one.
    pub fn new(text: &str) -> Option<Self> {
        let full = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
        // Forty zeros are git's word for no object.
        let named = text.bytes().any(|b| b != b'0');
        (full && named).then(|| Self(text.to_ascii_lowercase()))
    }

    /// All digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which system runs krgate (rule G52).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum System {
    /// GitHub Actions, also on a GitHub Enterprise server.
    GitHubActions,
    /// GitLab CI.
    GitLab,
    /// Azure Pipelines.
    Azure,
    /// Jenkins.
    Jenkins,
    /// Another one that sets `CI`.
    OtherCi,
    /// Nobody but a person, or a hook.
    #[default]
    Local,
}

impl System {
    /// The name that people know it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GitHubActions => "GitHub Actions",
            Self::GitLab => "GitLab CI",
            Self::Azure => "Azure Pipelines",
            Self::Jenkins => "Jenkins",
            Self::OtherCi => "CI",
            Self::Local => "by hand",
        }
    }
}

/// Why the token of a run cannot write (rule G58).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadOnly {
    /// The change comes from another repository.
    Fork,
    /// The repository that the change came from is gone.
    ForkGone,
    /// Dependabot opened the change.
    Dependabot,
}

impl ReadOnly {
    /// The reason as a clause: `the change comes from a fork`.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Fork => "the change comes from a fork",
            Self::ForkGone => "the repository that the change came from is gone",
            Self::Dependabot => "the change is Dependabot's",
        }
    }
}

/// A run of the CI system; a repeated run keeps the id (rule G61).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CiRun {
    /// `GITHUB_RUN_ID`.
    pub id: u64,
    /// `GITHUB_RUN_ATTEMPT`, from 1.
    pub attempt: u64,
}

/// Everything that the CI system says of this run, read once (`ci` reads it).
///
/// By hand all is absent. Names and URLs are foreign: a branch is called what its author likes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CiContext {
    /// Who runs krgate.
    pub system: System,
    /// The name of what started the run (`pull_request`, `push`), where the system has one.
    pub event_name: Option<UntrustedText>,
    /// What is judged; `None` by hand, and where the system does not say.
    pub kind: Option<Event>,
    /// The commit that is judged: on a pull request the head of its branch.
    pub head: Option<ObjectId>,
    /// The commit that the system checks out: on a pull request often the merge commit.
    pub checkout: Option<ObjectId>,
    /// The commit that a change is to be merged into, as the system names it; it can be stale,
    /// and `ci::base` knows better ones (rule G123).
    pub base: Option<ObjectId>,
    /// The number of the pull or merge request.
    pub pull_request: Option<u64>,
    /// Short name of the branch or tag; on a change of its target branch.
    pub reference: Option<UntrustedText>,
    /// `owner/name`.
    pub repository: Option<UntrustedText>,
    /// Why this run has no token that can write; `None` if nothing speaks against it.
    pub read_only: Option<ReadOnly>,
    /// Which run this is.
    pub run: Option<CiRun>,
    /// `GITHUB_API_URL` as given, also with a path (rule G62).
    pub api_url: Option<UntrustedText>,
    /// `GITHUB_SERVER_URL` as given.
    pub server_url: Option<UntrustedText>,
}

impl CiContext {
    /// True if a system runs krgate, not a person.
    pub fn is_ci(&self) -> bool {
        self.system != System::Local
    }

    /// True if nothing speaks against writing to the repository's host (rule G58).
    pub fn is_writable(&self) -> bool {
        self.read_only.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_g055_only_full_names_are_objects() {
        let sha1 = "4F1c2d9e8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d";
        let id = ObjectId::new(sha1).unwrap();
        assert_eq!(id.as_str(), sha1.to_lowercase());
        assert_eq!(id.short(), "4f1c2d9");
        assert!(ObjectId::new(&"ab".repeat(32)).is_some());
        for bad in [
            "",
            "4f1c2d9",
            "main",
            "--upload-pack=x",
            &sha1.replace('F', "g"),
            &format!("{sha1} "),
            &"0".repeat(40),
            &"a".repeat(41),
        ] {
            assert_eq!(ObjectId::new(bad), None, "{bad}");
        }
    }
}
