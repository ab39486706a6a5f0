//! What a change makes of the policy, for machines.

use serde::Serialize;

use super::{CountsRow, text};
use crate::decide::{Proposed, ProposedOutcome};
use crate::policy::{Difference, Subject};
use crate::render::encode::json::JsonText;
use crate::render::words;

#[derive(Serialize)]
pub(super) struct ProposedRow<'a> {
    sha256: Option<&'a str>,
    verdict: &'static str,
    exit: Option<u8>,
    why_not: Option<&'static str>,
    counts: Option<CountsRow>,
    key_results: Vec<VerdictRow<'a>>,
    differences: Vec<DifferenceRow<'a>>,
}

#[derive(Serialize)]
struct VerdictRow<'a> {
    id: JsonText<'a>,
    verdict: &'static str,
    blocks: bool,
}

#[derive(Serialize)]
struct DifferenceRow<'a> {
    kind: &'static str,
    name: JsonText<'a>,
    shift: &'static str,
    ways: &'a [String],
}

impl<'a> From<&'a Difference> for DifferenceRow<'a> {
    fn from(difference: &'a Difference) -> Self {
        let (kind, name) = match &difference.subject {
            Subject::KeyResult(id) => ("key_result", id.as_str()),
            Subject::Report(name) => ("report", name.as_str()),
            Subject::Key(key) => ("key", *key),
        };
        Self {
            kind,
            name: text(name),
            shift: difference.shift.as_str(),
            ways: &difference.ways,
        }
    }
}

impl<'a> From<&'a Proposed> for ProposedRow<'a> {
    fn from(proposed: &'a Proposed) -> Self {
        let row = Self {
            sha256: None,
            verdict: "wrong_request",
            exit: Some(2),
            why_not: None,
            counts: None,
            key_results: Vec::new(),
            differences: proposed.differences.iter().map(Into::into).collect(),
        };
        match &proposed.outcome {
            ProposedOutcome::Judged {
                sha256,
                exit,
                counts,
                key_results,
            } => Self {
                sha256: Some(sha256),
                verdict: words::outcome(*exit),
                exit: Some(exit.number()),
                counts: Some((*counts).into()),
                key_results: key_results
                    .iter()
                    .map(|(id, verdict, blocks)| VerdictRow {
                        id: text(id),
                        verdict: verdict.as_str(),
                        blocks: *blocks,
                    })
                    .collect(),
                ..row
            },
            ProposedOutcome::Broken(_) => Self {
                why_not: Some("the policy has faults"),
                ..row
            },
            ProposedOutcome::Gone => Self {
                why_not: Some("there is no policy"),
                ..row
            },
            ProposedOutcome::NotJudged(why) => Self {
                verdict: "not_judged",
                exit: None,
                why_not: Some(why),
                ..row
            },
        }
    }
}
