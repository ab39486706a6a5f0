//! What a change makes of the policy, in words (rules G51, G129).

use super::words;
use crate::decide::{Evaluation, Proposed, ProposedOutcome};
use crate::diagnostic::Message;
use crate::model::Untrusted;
use crate::policy::{Difference, Subject};

/// What the run comes to under the proposed policy, and that it does not decide.
pub(super) fn sentence(proposed: &Proposed) -> Message {
    let head = "the change edits the policy, and the base decides; as proposed: ";
    let message = Message::from(head);
    match &proposed.outcome {
        ProposedOutcome::Judged { exit, counts, .. } => message.own(format!(
            "{}: {} (exit {})",
            words::headline(*exit),
            words::key_results(counts),
            exit.number()
        )),
        ProposedOutcome::Broken(faults) => message.own(format!(
            "{}, so nothing could be judged (exit 2)",
            words::count(words::number(*faults), "fault")
        )),
        ProposedOutcome::Gone => message.own("there is no policy any more (exit 2)"),
        ProposedOutcome::NotJudged(why) => message.own("not judged, for ").own(*why),
    }
}

/// One difference without its word: `no-secret, target loosened: <= 0, now <= 99`.
pub(super) fn difference(difference: &Difference) -> Message {
    let mut message = match &difference.subject {
        Subject::KeyResult(id) => Message::default().foreign(Untrusted::new(id)),
        Subject::Report(name) => Message::from("report ").foreign(Untrusted::new(name)),
        Subject::Key(key) => Message::from(*key),
    };
    for way in &difference.ways {
        message = message.own(", ").own(way.clone());
    }
    message
}

/// Where the policy came from: ` (base 4f1c2d9, sha256 9a31b2c4…)`.
pub(super) fn origin(evaluation: &Evaluation) -> String {
    let about = &evaluation.about;
    let commit = match &about.policy_commit {
        Some(commit) if commit.is_base => format!("base {}, ", commit.id.short()),
        Some(commit) => format!("commit {}, ", commit.id.short()),
        None => String::new(),
    };
    let digits = about.policy_sha256.get(..8);
    format!(
        " ({commit}sha256 {}…)",
        digits.unwrap_or(&about.policy_sha256)
    )
}
