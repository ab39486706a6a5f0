//! Why a finding counts or not, and what a key result rests on: `krgate explain`.
//!
//! [`find`] tells what was asked for; [`write_text`] and [`write_json`] answer. What each key
//! result makes of a finding is computed by `measure` under the policy and handed in.

mod subject;
mod text;

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;

pub use self::subject::{Subject, find};
pub use self::text::write as write_text;
use super::encode::json::{message, write_pretty};
use super::json::{FindingRow, KeyResultRow, WaiverRow};
use super::readers::Readers;
use crate::decide::{Evaluation, KeyResultOutcome};
use crate::measure::Explanation;

/// A finding with what each key result makes of it.
#[derive(Debug, Clone)]
pub struct FindingFacts<'a> {
    /// Its place in `Intake::findings`.
    pub finding: usize,
    /// By key result, in the order of the policy; those that look at no finding are left out.
    pub key_results: Vec<(&'a str, Explanation)>,
    /// How it can be excepted; `None` if it is set aside already or the policy forbids it.
    pub exception: Option<Exception>,
}

/// What `krgate waive` needs under the policy, beside the finding and a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception {
    /// A last day that the policy allows.
    pub expires: Date,
    /// True if the policy demands that somebody agrees.
    pub needs_approval: bool,
}

/// What is explained.
#[derive(Debug, Clone)]
pub enum Answer<'a> {
    /// One finding or several at one place.
    Findings(Vec<FindingFacts<'a>>),
    /// A key result.
    KeyResult(&'a KeyResultOutcome),
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    findings: Vec<Explained<'a>>,
    key_result: Option<KeyResultRow<'a>>,
}

#[derive(Serialize)]
struct Explained<'a> {
    finding: FindingRow<'a>,
    waiver: Option<WaiverRow<'a>>,
    key_results: Vec<Said<'a>>,
}

#[derive(Serialize)]
struct Said<'a> {
    id: &'a str,
    counted: bool,
    because: String,
}

/// Writes the answer as `krgate.explain/1`.
///
/// # Errors
/// If the output cannot be written.
pub fn write_json(
    evaluation: &Evaluation,
    answer: &Answer<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let intake = &evaluation.scoped.intake;
    let readers = Readers::new(evaluation);
    let explained = |facts: &FindingFacts<'_>| {
        let view = intake.view(facts.finding)?;
        Some(Explained {
            finding: FindingRow::new(evaluation, &readers, &view),
            waiver: evaluation
                .scoped
                .waiver(facts.finding)
                .map(|outcome| WaiverRow::new(evaluation, outcome)),
            key_results: facts
                .key_results
                .iter()
                .filter_map(|(id, said)| {
                    let (_, key_result) = evaluation.key_results().find(|(_, kr)| kr.id == *id)?;
                    Some(Said {
                        id: &key_result.id,
                        counted: said.counted,
                        because: message(&said.because),
                    })
                })
                .collect(),
        })
    };
    let document = Document {
        schema: "krgate.explain/1",
        findings: match answer {
            Answer::Findings(list) => list.iter().filter_map(explained).collect(),
            Answer::KeyResult(_) => Vec::new(),
        },
        key_result: match answer {
            Answer::Findings(_) => None,
            Answer::KeyResult(key_result) => Some(KeyResultRow::new(key_result, evaluation)),
        },
    };
    write_pretty(&document, out)
}
