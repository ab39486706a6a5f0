//! Why a finding counts or not, and what a key result rests on: `krgate explain`.
//!
//! [`find`] tells what was asked for; [`write_text`] and [`write_json`] answer. What each key
//! result makes of a finding is computed by `measure` under the policy and handed in.

mod code;
mod needed;
mod pointer;
mod subject;
mod text;

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;

pub use self::code::{find_code, write_code_json, write_code_text};
pub use self::subject::{Subject, find};
pub use self::text::write as write_text;
use super::encode::json::{JsonText, message, write_pretty};
use super::json::{FindingRow, KeyResultRow, WaiverRow};
use super::readers::Readers;
use crate::decide::{Evaluation, KeyResultOutcome};
use crate::measure::Explanation;
use crate::model::Untrusted;

/// What a finding has its class from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassBy {
    /// The report entry declares it.
    Entry,
    /// The policy's own rows of tools name it.
    Tools,
    /// The report says it of the result or of its scan.
    Report,
    /// krgate's table of tools has it.
    Table,
}

impl ClassBy {
    /// The word of the JSON output.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Tools => "tools",
            Self::Report => "report",
            Self::Table => "table",
        }
    }

    /// The rest of "secrets, …".
    const fn explain(self) -> &'static str {
        match self {
            Self::Entry => "as its report entry declares",
            Self::Tools => "by `tools` of the policy",
            Self::Report => "as the report itself says",
            Self::Table => "by krgate's table of tools",
        }
    }
}

/// A finding with what each key result makes of it.
#[derive(Debug, Clone)]
pub struct FindingFacts<'a> {
    /// Its place in `Intake::findings`.
    pub finding: usize,
    /// What it has its class from.
    pub class_by: ClassBy,
    /// By place in `Policy::scopes`: the glob that puts it in or out, where one does.
    pub globs: Vec<Option<&'a str>>,
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
    /// True if the policy demands that it says what the finding is.
    pub needs_kind: bool,
}

/// What is explained.
#[derive(Debug, Clone)]
pub enum Answer<'a> {
    /// One finding or several at one place.
    Findings(Vec<FindingFacts<'a>>),
    /// A key result, and what it measures in the words of the policy.
    KeyResult(&'a KeyResultOutcome, String),
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    findings: Vec<Explained<'a>>,
    key_result: Option<KeyResultRow<'a>>,
    formula: Option<JsonText<'a>>,
    met_by: Option<String>,
}

#[derive(Serialize)]
struct Explained<'a> {
    finding: FindingRow<'a>,
    pointer: Option<String>,
    class_by: &'static str,
    scopes: Vec<Within<'a>>,
    waiver: Option<WaiverRow<'a>>,
    key_results: Vec<Said<'a>>,
}

#[derive(Serialize)]
struct Within<'a> {
    name: JsonText<'a>,
    inside: bool,
    glob: Option<JsonText<'a>>,
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
pub fn write_json<'a>(
    evaluation: &'a Evaluation,
    answer: &'a Answer<'a>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let intake = &evaluation.scoped.intake;
    let readers = Readers::new(evaluation);
    let explained = |facts: &'a FindingFacts<'a>| {
        let view = intake.view(facts.finding)?;
        Some(Explained {
            finding: FindingRow::new(evaluation, &readers, &view),
            pointer: pointer::pointer(intake, &view),
            class_by: facts.class_by.as_str(),
            scopes: within(evaluation, facts),
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
            Answer::KeyResult(..) => Vec::new(),
        },
        key_result: match answer {
            Answer::Findings(_) => None,
            Answer::KeyResult(key_result, _) => Some(KeyResultRow::new(key_result, evaluation)),
        },
        formula: match answer {
            Answer::Findings(_) => None,
            Answer::KeyResult(_, formula) => Some(JsonText::from(Untrusted::new(formula))),
        },
        met_by: match answer {
            Answer::Findings(_) => None,
            Answer::KeyResult(key_result, _) => Some(needed::met_by(key_result)),
        },
    };
    write_pretty(&document, out)
}

fn within<'a>(evaluation: &'a Evaluation, facts: &'a FindingFacts<'a>) -> Vec<Within<'a>> {
    let scoped = &evaluation.scoped;
    let text = |text: &'a str| JsonText::from(Untrusted::new(text));
    let all = scoped.scopes.iter().enumerate();
    all.map(|(index, scope)| Within {
        name: text(&scope.name),
        inside: scoped.is_inside(facts.finding, index),
        glob: facts.globs.get(index).copied().flatten().map(text),
    })
    .collect()
}
