//! What findings were compared with.

use serde::Serialize;

use super::text;
use crate::decide::{Base, Evaluation};
use crate::model::ObjectId;
use crate::render::encode::json::JsonText;
use crate::render::{since, words};
use crate::scope::Compared;

/// The comparison and its counts, of findings that count.
#[derive(Serialize)]
pub(super) struct ComparedRow<'a> {
    kind: &'static str,
    path: Option<JsonText<'a>>,
    commit: Option<&'a str>,
    introduced: u64,
    existing: u64,
    gone: Option<u64>,
    not_looked_for: Option<u64>,
    ambiguous: Option<u64>,
    changed_tools: Vec<ToolRow<'a>>,
}

/// The recorded state of the base that the figures of a change stand beside (rule P19).
#[derive(Serialize)]
pub(super) struct BaseRow<'a> {
    lacking: Option<&'static str>,
    record: Option<String>,
    clock: Option<String>,
    commit: Option<&'a str>,
    of_base: Option<bool>,
}

impl<'a> BaseRow<'a> {
    /// `None` for a state, which has no base.
    pub(super) fn new(base: &'a Base) -> Option<Self> {
        match base {
            Base::State => None,
            Base::Lacking(why) => Some(Self {
                lacking: Some(why),
                record: None,
                clock: None,
                commit: None,
                of_base: None,
            }),
            Base::Recorded { run, .. } => Some(Self {
                lacking: None,
                record: Some(run.record.to_string()),
                clock: Some(run.at.to_string()),
                commit: run.commit.as_ref().map(ObjectId::as_str),
                of_base: Some(run.of_base),
            }),
        }
    }
}

/// A tool of another version than the baseline's.
#[derive(Serialize)]
struct ToolRow<'a> {
    tool: JsonText<'a>,
    before: Vec<JsonText<'a>>,
    now: Vec<JsonText<'a>>,
    excused: u64,
}

impl<'a> ComparedRow<'a> {
    pub(super) fn new(evaluation: &'a Evaluation) -> Self {
        let row = Self {
            kind: match &evaluation.scoped.compared {
                Compared::Nothing => "nothing",
                Compared::Baseline { .. } => "baseline",
                Compared::Lines => "changed_lines",
                Compared::Unknown => "unknown_lines",
            },
            path: None,
            commit: None,
            introduced: since::introduced(evaluation),
            existing: since::existing(evaluation),
            gone: None,
            not_looked_for: None,
            ambiguous: None,
            changed_tools: Vec::new(),
        };
        let Compared::Baseline {
            known,
            gone,
            unseen,
            ambiguous,
            tools,
            ..
        } = &evaluation.scoped.compared
        else {
            return row;
        };
        Self {
            path: Some(text(&known.path)),
            commit: known.commit.as_ref().map(ObjectId::as_str),
            gone: Some(words::number(gone.len())),
            not_looked_for: Some(*unseen),
            ambiguous: Some(*ambiguous),
            changed_tools: tools
                .iter()
                .map(|tool| ToolRow {
                    tool: text(&tool.tool),
                    before: tool.before.iter().map(|version| text(version)).collect(),
                    now: tool.now.iter().map(|version| text(version)).collect(),
                    excused: tool.excused,
                })
                .collect(),
            ..row
        }
    }
}
