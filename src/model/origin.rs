//! Where a run took place, as records of it say: repository, workflow, job, who started it.

use super::UntrustedText;

/// What the CI system, or git by hand, says of the origin of a run. All of it is foreign text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The name of the repository's host; `local` where there is none.
    pub host: UntrustedText,
    /// The host's number of the repository, which survives a rename (rule R45).
    pub repository_id: Option<UntrustedText>,
    /// `owner/name`, or the folder's name where there is no host.
    pub repository: UntrustedText,
    /// Which run this is; `None` by hand.
    pub run: Option<RunOrigin>,
    /// The full ref: `refs/heads/main`.
    pub reference: Option<UntrustedText>,
    /// Whether the ref is the default branch; `None` where nothing says.
    pub is_default_branch: Option<bool>,
    /// Who started the run; by hand the name that git knows.
    pub actor: Option<UntrustedText>,
}

/// A run as the CI system counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOrigin {
    /// The workflow.
    pub workflow: UntrustedText,
    /// Its run.
    pub id: UntrustedText,
    /// A rerun has a higher one (rule R8).
    pub attempt: u64,
    /// The job.
    pub job: UntrustedText,
}
