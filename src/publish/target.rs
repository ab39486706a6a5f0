//! Where the views go, as the CI system told it.

/// Where views go. The values are as the surroundings gave them; the publisher checks each
/// before anything is sent, and what it refuses is exit 2 or 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `GITHUB_API_URL`, also with a path (rules G62, G91).
    pub api_url: String,
    /// `GITHUB_REPOSITORY`: `owner/name`.
    pub repository: String,
    /// The head of the change, never the merge commit (rule G68): 40 or 64 hex digits.
    pub head_sha: String,
    /// The pull request, where the event has one (rule G57).
    pub pull_request: Option<u64>,
    /// Which run this is.
    pub run: RunAttempt,
    /// Why the event gives no right to write, if it gives none (rule G58).
    pub read_only: Option<ReadOnly>,
}

/// `GITHUB_RUN_ID` and `GITHUB_RUN_ATTEMPT`. A greater one is newer (rule G77).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunAttempt {
    /// The run, whose number grows over all workflows of a repository.
    pub run: u64,
    /// The attempt, from 1.
    pub attempt: u32,
}

/// Why an event's token may read at most (rule G58).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadOnly {
    /// The change comes from another repository.
    Fork,
    /// The change is by Dependabot.
    Dependabot,
}
