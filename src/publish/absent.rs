//! Stands where GitHub would, in a build without it.

use crate::diagnostic::{Code, Diagnostic};
use crate::publish::{Outcome, Outcomes, Publisher, Views};

/// A publisher that says that it is none.
pub(super) struct Absent;

impl Publisher for Absent {
    fn publish(&mut self, views: &Views) -> Outcomes {
        let missing = || {
            let fault = Diagnostic::new(
                Code::Usage,
                "this krgate was built without GitHub, so it cannot publish there",
            );
            Outcome::Failed(fault.hint(
                "take a build with the cargo feature `github`, or leave out the comment and the check run",
            ))
        };
        Outcomes {
            check_run: views.check_run.as_ref().map(|_| missing()),
            comment: views.comment.as_ref().map(|_| missing()),
            notes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::{Comment, CommentKey};

    #[test]
    fn github_g005_a_build_without_github_says_so() {
        let comment = Comment {
            key: CommentKey::of_policy("krgate.yaml"),
            body: "x".to_owned(),
            nothing_to_say: false,
            author: Comment::USUAL_AUTHOR.to_owned(),
        };
        let views = Views {
            check_run: None,
            comment: Some(comment),
        };
        let outcomes = Absent.publish(&views);
        assert_eq!(outcomes.check_run, None);
        let codes: Vec<_> = outcomes.diagnostics().map(|d| d.code).collect();
        assert_eq!(codes, [Code::Usage]);
    }
}
