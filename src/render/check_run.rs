//! What a check run shows of an evaluation: a line, a page, and remarks at lines (rules G45,
//! G71).

use super::annotations::{self, Annotation, Asked, Budget, MOST_OF_A_CHECK_RUN, Selection};
use super::encode::workflow::shown;
use super::markdown::{self, CHECK_RUN_BYTES, MarkdownOptions};
use super::words;
use crate::decide::Evaluation;

/// Most characters of the line above the page.
const MOST_TITLE: usize = 255;
/// Room for the sentence that counts the annotations.
const COUNTS_BYTES: usize = 512;

/// The texts and remarks of a check run.
#[derive(Debug, Clone)]
pub struct CheckRunPage {
    /// One line of plain text: the verdict.
    pub title: String,
    /// Markdown of at most [`CHECK_RUN_BYTES`] bytes.
    pub summary: String,
    /// At most [`MOST_OF_A_CHECK_RUN`], worst first, each at a file.
    pub annotations: Vec<Annotation>,
}

/// Makes the page. The budget of what is `asked` is the check run's own; what it leaves out is
/// counted in the summary (invariant 2).
pub fn page(
    evaluation: &Evaluation,
    asked: Asked<'_>,
    options: MarkdownOptions<'_>,
) -> CheckRunPage {
    let selection = annotations::select(
        evaluation,
        Asked {
            budget: Budget::Together(MOST_OF_A_CHECK_RUN),
            ..asked
        },
    );
    let options = MarkdownOptions {
        bytes: options.bytes.min(CHECK_RUN_BYTES - COUNTS_BYTES),
        ..options
    };
    let mut summary = markdown::summary(evaluation, options).unwrap_or_default();
    let (left, outside, findings) = (selection.left, selection.outside, selection.findings);
    let Selection { annotations, .. } = selection;
    // A check run has no remark without a file; what has none stands in the summary.
    let mut at_files = annotations;
    at_files.retain(|annotation| annotation.place.is_some());
    let shown_here = words::number(at_files.len());
    let homeless = findings.saturating_sub(shown_here);
    if left + outside + homeless > 0 {
        summary.push_str(&counts(shown_here, [left, outside, homeless]));
    }
    let title: String = shown(&words::verdict(evaluation))
        .chars()
        .take(MOST_TITLE)
        .collect();
    CheckRunPage {
        title,
        summary,
        annotations: at_files,
    }
}

/// `Annotations: 100 of 117 findings that decide; 17 had no room.`
fn counts(shown: u64, [left, outside, homeless]: [u64; 3]) -> String {
    let all = shown + left + outside + homeless;
    let why: Vec<String> = [
        (left, "had no room"),
        (outside, "outside the changed lines"),
        (homeless, "at no file that can be named"),
    ]
    .iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, why)| format!("{} {why}", words::thousands(*number)))
    .collect();
    format!(
        "\nAnnotations: {} of {} that decide; {}.\n",
        words::thousands(shown),
        words::count(all, "finding"),
        why.join(", ")
    )
}
