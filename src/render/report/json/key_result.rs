//! Objectives and key results as rows: what a status says of them, and what stands beside.

use serde::Serialize;

use super::charts::{AgeRow, SurvivalRow};
use super::news::ToolChangeRow;
use super::{RecordRow, moment};
use crate::decide::report::{Change, ShownKeyResult, ShownObjective, Week};
use crate::model::Bound;
use crate::render::encode::json::JsonText;
use crate::render::json::{ReasonRow, decimal, fraction, text};
use crate::render::status::document::{KeyResultRow as StatusRow, ObjectiveHead};

#[derive(Serialize)]
pub(super) struct ObjectiveRow<'a> {
    #[serde(flatten)]
    head: ObjectiveHead<'a>,
    hidden: usize,
    key_results: Vec<KeyResultRow<'a>>,
}

#[derive(Serialize)]
struct KeyResultRow<'a> {
    #[serde(flatten)]
    status: StatusRow<'a>,
    measure: &'static str,
    formula: JsonText<'a>,
    origin: &'static str,
    window_seconds: Option<u64>,
    enforcement: &'static str,
    softened: Option<&'a str>,
    blocks: bool,
    change: ChangeRow,
    record: Option<RecordRow>,
    weeks: Vec<WeekRow<'a>>,
    tool_changes: Vec<ToolChangeRow<'a>>,
    survival: Option<SurvivalRow>,
    no_survival: Option<ReasonRow>,
    ages: Option<Vec<AgeRow>>,
}

/// How the figure compares with that of seven days before (rule P13).
#[derive(Serialize)]
struct ChangeRow {
    state: &'static str,
    course: Option<&'static str>,
    before: Option<String>,
    delta: Option<String>,
    at: Option<String>,
    record: Option<String>,
}

#[derive(Serialize)]
struct WeekRow<'a> {
    week: String,
    start: String,
    in_period: bool,
    verdict: &'static str,
    value: Option<String>,
    fraction: Option<String>,
    bound: &'static str,
    score: Option<String>,
    n: Option<u64>,
    definition: Option<String>,
    segment: Option<usize>,
    at: Option<String>,
    record: Option<String>,
    reason: Option<JsonText<'a>>,
    known: String,
}

impl<'a> From<&ShownObjective<'a>> for ObjectiveRow<'a> {
    fn from(objective: &ShownObjective<'a>) -> Self {
        let key_results = objective.key_results.iter();
        Self {
            head: objective.progress.into(),
            hidden: objective.hidden,
            key_results: key_results.map(|kr| KeyResultRow::from(*kr)).collect(),
        }
    }
}

impl<'a> From<ShownKeyResult<'a>> for KeyResultRow<'a> {
    fn from(ShownKeyResult { progress, facts }: ShownKeyResult<'a>) -> Self {
        let (survival, no_survival) = match &facts.survival {
            None => (None, None),
            Some(Ok(curve)) => (Some(SurvivalRow::from(curve)), None),
            Some(Err(reason)) => (None, Some(ReasonRow::from(reason))),
        };
        let ages = facts.ages.as_ref();
        Self {
            status: progress.into(),
            measure: facts.measure,
            formula: text(&facts.formula),
            origin: facts.origin.as_str(),
            window_seconds: facts.window_seconds,
            enforcement: facts.enforcement.as_str(),
            softened: facts.softened.as_deref(),
            blocks: facts.blocks,
            change: facts.change.into(),
            record: facts.record.map(RecordRow::from),
            weeks: facts.weeks.iter().map(WeekRow::from).collect(),
            tool_changes: facts.tool_changes.iter().map(ToolChangeRow::from).collect(),
            survival,
            no_survival,
            ages: ages.map(|weeks| weeks.iter().map(AgeRow::from).collect()),
        }
    }
}

impl From<Change> for ChangeRow {
    fn from(change: Change) -> Self {
        let (state, since) = match change {
            Change::New => ("new", None),
            Change::UnknownNow => ("unknown_now", None),
            Change::UnknownThen(at) => ("unknown_then", Some(at)),
            Change::Redefined(at) => ("redefined", Some(at)),
            Change::Bound => ("bound", None),
            Change::By { at, .. } => ("known", Some(at)),
        };
        let row = Self {
            state,
            course: None,
            before: None,
            delta: None,
            at: since.map(moment),
            record: None,
        };
        match change {
            Change::By {
                before,
                record,
                delta,
                course,
                ..
            } => Self {
                course: Some(course.as_str()),
                before: Some(decimal(before)),
                delta: Some(decimal(delta)),
                record: Some(record.to_string()),
                ..row
            },
            _ => row,
        }
    }
}

impl<'a> From<&'a Week> for WeekRow<'a> {
    fn from(week: &'a Week) -> Self {
        let point = week.point.as_ref();
        Self {
            week: week.week.to_string(),
            start: moment(week.window.start),
            in_period: week.in_period,
            verdict: week.verdict().as_str(),
            value: point.map(|point| decimal(point.value)),
            fraction: point.and_then(|point| fraction(point.value)),
            bound: match point.map(|point| point.bound) {
                Some(Bound::AtLeast) => "at_least",
                Some(Bound::Exact) | None => "exact",
            },
            score: point.and_then(|point| point.score).map(decimal),
            n: point.and_then(|point| point.n),
            definition: point.map(|point| point.definition.to_string()),
            segment: point.map(|point| point.segment),
            at: point.map(|point| moment(point.at)),
            record: point
                .and_then(|point| point.record)
                .map(|id| id.to_string()),
            reason: week.reason.as_ref().map(|code| code.as_untrusted().into()),
            known: decimal(week.known),
        }
    }
}
