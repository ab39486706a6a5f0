//! The views, as values. Texts are Markdown that `render` wrote, so foreign text in them has
//! met its encoder.

use std::fmt::Write as _;
use std::num::NonZeroU32;

use sha2::{Digest as _, Sha256};

use crate::model::RepoPath;

/// Most annotations of a check run: two requests of 50 (rule G71).
pub const MOST_ANNOTATIONS: usize = 100;

/// Most UTF-8 bytes of a comment, and of each text of a check run (rules G45, G80).
pub const MOST_TEXT_BYTES: usize = 64_000;

/// What is to be published; `None` for what was not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Views {
    /// The check run.
    pub check_run: Option<CheckRun>,
    /// The comment of the pull request.
    pub comment: Option<Comment>,
}

/// A check run, created as completed (rule G66).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// Its name, other than that of any job (rule G69).
    pub name: String,
    /// How the run ended.
    pub conclusion: Conclusion,
    /// One line above the summary.
    pub title: String,
    /// Markdown, at most [`MOST_TEXT_BYTES`].
    pub summary: String,
    /// More Markdown, below it, at most [`MOST_TEXT_BYTES`].
    pub text: Option<String>,
    /// At most [`MOST_ANNOTATIONS`], in the order in which they are shown. Whoever has more
    /// takes the first and counts the rest in the summary (rule G71, invariant 2).
    pub annotations: Vec<Annotation>,
}

impl CheckRun {
    /// The usual name (rule G69).
    pub const USUAL_NAME: &'static str = "krgate findings";
}

/// How a run ended. There is no neutral: it would satisfy a required check (rule G67).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conclusion {
    /// The gate passed.
    Success,
    /// The gate failed, or could not judge.
    Failure,
}

/// A finding at its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The file.
    pub path: RepoPath,
    /// The first line.
    pub start_line: NonZeroU32,
    /// The last line, not before the first.
    pub end_line: NonZeroU32,
    /// Columns; sent only if both lines are one (rule G71).
    pub columns: Option<Columns>,
    /// How serious it is.
    pub level: AnnotationLevel,
    /// Plain text.
    pub message: String,
    /// Plain text, at most 255 characters.
    pub title: Option<String>,
}

/// First and last column of an annotation on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Columns {
    /// The first column.
    pub start: NonZeroU32,
    /// The last column, not before the first.
    pub end: NonZeroU32,
}

/// The words of the checks API, which are not those of the log's commands (rule G71).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnnotationLevel {
    /// Of a key result that blocks.
    Failure,
    /// Of one that warns.
    Warning,
    /// Of one that is observed.
    Notice,
}

/// The comment on a pull request, one for each gate (rule G73).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Which gate's comment it is.
    pub key: CommentKey,
    /// Markdown, without the marker. With the marker line it has at most
    /// [`MOST_TEXT_BYTES`]; [`Comment::ROOM`] is what is left for it.
    pub body: String,
    /// The gate passed and there is nothing to say: no new comment is made for that
    /// (rule G79).
    pub nothing_to_say: bool,
    /// The account that the token writes as (rule G75); [`Comment::USUAL_AUTHOR`] for the
    /// token of the job.
    pub author: String,
}

impl Comment {
    /// The account of a job's own token.
    pub const USUAL_AUTHOR: &'static str = "github-actions[bot]";

    /// Most bytes of a body, so that it fits with any marker line above it.
    pub const ROOM: usize = MOST_TEXT_BYTES - 256;
}

/// Which gate's comment a comment is: 12 hex digits (rule G74).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommentKey(String);

impl CommentKey {
    /// The key of the gate whose policy has this path in the repository.
    pub fn of_policy(path: &str) -> Self {
        let digest = Sha256::digest(path.as_bytes());
        let first: [u8; 6] = std::array::from_fn(|i| digest.get(i).copied().unwrap_or_default());
        Self(first.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_g074_the_key_is_of_the_policys_path() {
        // printf krgate.yaml | sha256sum
        assert_eq!(
            CommentKey::of_policy("krgate.yaml").as_str(),
            "9e0cd92a0a39"
        );
        assert_ne!(CommentKey::of_policy("a"), CommentKey::of_policy("b"));
    }
}
