//! What became of the views.

use crate::diagnostic::Diagnostic;

/// What became of one view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It stands on the server as it was given.
    Published,
    /// Nothing had to be sent: the same text stands there, or there is nothing to say
    /// (rules G78, G79).
    Unchanged,
    /// It was not tried or not wanted there; the note says why (rules G57, G58, G77). The
    /// exit code stays as judged.
    Skipped(Diagnostic),
    /// It was asked for and did not happen (rule G5): an error.
    Failed(Diagnostic),
}

/// What became of all of them; `None` for a view that was not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// The check run.
    pub check_run: Option<Outcome>,
    /// The comment.
    pub comment: Option<Outcome>,
    /// What else is worth telling.
    pub notes: Vec<Diagnostic>,
}

impl Outcomes {
    /// All that is to be told, failures first; what both views say alike is told once.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        let [one, other] = [&self.check_run, &self.comment].map(|outcome| match outcome {
            Some(Outcome::Failed(diagnostic) | Outcome::Skipped(diagnostic)) => Some(diagnostic),
            _ => None,
        });
        let mut said: Vec<_> = one
            .into_iter()
            .chain(other.filter(|other| one != Some(other)))
            .collect();
        said.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.level));
        said.into_iter().chain(&self.notes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    #[test]
    fn github_g005_failures_come_first_and_once() {
        let failed = Outcome::Failed(Diagnostic::new(Code::PublishFailed, "x"));
        let skipped = Outcome::Skipped(Diagnostic::new(Code::PublishSkipped, "y"));
        let codes = |check_run: &Outcome, comment: &Outcome| -> Vec<Code> {
            let outcomes = Outcomes {
                check_run: Some(check_run.clone()),
                comment: Some(comment.clone()),
                notes: vec![Diagnostic::new(Code::TokenTrimmed, "z")],
            };
            outcomes.diagnostics().map(|d| d.code).collect()
        };
        let [fail, skip, trim] = [
            Code::PublishFailed,
            Code::PublishSkipped,
            Code::TokenTrimmed,
        ];
        assert_eq!(codes(&skipped, &failed), [fail, skip, trim]);
        assert_eq!(codes(&failed, &failed), [fail, trim]);
        assert_eq!(codes(&Outcome::Published, &Outcome::Unchanged), [trim]);
    }
}
