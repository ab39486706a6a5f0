//! `krgate.status/1`: the tree for machines (rule P22).
//!
//! Figures are decimal strings in the base unit (a share as a fraction of one, a length of time
//! in seconds), with the exact fraction beside them where that rounds.
//! `schemas/status.schema.json` describes the document.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::{Status, facts};
use crate::decide::Verdict;
use crate::decide::okr::{
    Band, Grade, InBounds, KeyResultProgress, ObjectiveProgress, Pace, PeriodProgress,
    PillarProgress, Segment, StepLength,
};
use crate::measure::Bound;
use crate::model::history::{Doubt, Frozen};
use crate::render::encode::json::{self, JsonText};
use crate::render::json::{ReasonRow, TargetRow, decimal, fraction, text, unit};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    krgate: &'a str,
    clock: String,
    policy: PolicyRow<'a>,
    ledger: LedgerRow<'a>,
    period: Option<PeriodRow<'a>>,
    counts: CountsRow,
    pillars: Vec<PillarRow>,
    objectives: Vec<ObjectiveRow<'a>>,
}

#[derive(Serialize)]
struct PolicyRow<'a> {
    path: JsonText<'a>,
    sha256: &'a str,
    mission: Option<JsonText<'a>>,
}

#[derive(Serialize)]
pub(in crate::render) struct LedgerRow<'a> {
    place: JsonText<'a>,
    exists: bool,
    whole: bool,
    doubts: Vec<DoubtRow<'a>>,
}

#[derive(Serialize)]
struct DoubtRow<'a> {
    code: &'static str,
    message: &'a str,
    since: Option<String>,
}

#[derive(Serialize)]
pub(in crate::render) struct PeriodRow<'a> {
    name: JsonText<'a>,
    start: String,
    end: String,
    elapsed: String,
    fiscal: Option<String>,
    closed: bool,
}

#[derive(Serialize)]
struct CountsRow {
    met: u64,
    missed: u64,
    unknown: u64,
}

#[derive(Serialize)]
struct PillarRow {
    name: &'static str,
    objectives: usize,
    basis: &'static str,
    score: Option<String>,
    score_known: String,
    band: Option<&'static str>,
}

#[derive(Serialize)]
struct ObjectiveRow<'a> {
    #[serde(flatten)]
    head: ObjectiveHead<'a>,
    key_results: Vec<KeyResultRow<'a>>,
}

/// An objective without its key results.
#[derive(Serialize)]
pub(in crate::render) struct ObjectiveHead<'a> {
    id: &'a str,
    title: JsonText<'a>,
    owner: JsonText<'a>,
    pillar: Option<JsonText<'a>>,
    score: Option<String>,
    score_known: String,
    band: Option<&'static str>,
    rolled_up: &'a [String],
    contributes_to: Vec<JsonText<'a>>,
    rolls_up: bool,
    derived_from: Vec<JsonText<'a>>,
    uses: Vec<UseRow<'a>>,
}

#[derive(Serialize)]
struct UseRow<'a> {
    key_result: &'a str,
    weight: String,
}

#[derive(Serialize)]
pub(in crate::render) struct KeyResultRow<'a> {
    id: &'a str,
    record_name: &'a str,
    title: JsonText<'a>,
    owner: JsonText<'a>,
    kind: &'static str,
    unit: &'static str,
    start: Option<String>,
    target: TargetRow,
    due: Option<String>,
    weight: String,
    ambition: &'static str,
    health: bool,
    contributes_to: Vec<JsonText<'a>>,
    derived_from: Vec<JsonText<'a>>,
    verdict: &'static str,
    value: Option<String>,
    fraction: Option<String>,
    bound: &'static str,
    at: Option<String>,
    last_known: Option<String>,
    stale: bool,
    reasons: Vec<ReasonRow>,
    shown: ShownRow,
    raw: Option<String>,
    score: Option<String>,
    score_fraction: Option<String>,
    band: Option<&'static str>,
    in_bounds: Option<InBoundsRow>,
    pace: Option<PaceRow>,
    step_seconds: Option<u64>,
    steps: Vec<StepRow>,
    forecast: Option<ForecastRow>,
    insufficient: Option<String>,
    trend: Option<TrendRow>,
    confidence: Option<ConfidenceRow>,
    segments: Vec<SegmentRow>,
    closed: Option<GradeRow>,
    amended: Option<GradeRow>,
    remarks: Vec<&'static str>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct ShownRow {
    value: String,
    target: String,
    start: Option<String>,
}

#[derive(Serialize)]
struct InBoundsRow {
    met_seconds: i64,
    missed_seconds: i64,
    unknown_seconds: i64,
    known: String,
}

#[derive(Serialize)]
struct PaceRow {
    state: &'static str,
    elapsed: String,
    gap_points: String,
}

#[derive(Serialize)]
struct StepRow {
    number: i64,
    value: String,
}

#[derive(Serialize)]
struct ForecastRow {
    probability: String,
    percent: u8,
    word: &'static str,
    p10: String,
    p50: String,
    p90: String,
    steps_left: usize,
}

#[derive(Serialize)]
struct TrendRow {
    slope: String,
    intercept: String,
}

#[derive(Serialize)]
struct ConfidenceRow {
    value: String,
    at: String,
    stale: bool,
}

#[derive(Serialize)]
struct SegmentRow {
    definition: String,
    from: String,
    until: String,
    points: usize,
    current: bool,
}

#[derive(Serialize)]
struct GradeRow {
    at: Option<String>,
    definition: String,
    value: Option<String>,
    verdict: &'static str,
    score: Option<String>,
    band: Option<&'static str>,
    known: Option<String>,
}

/// Writes the status as `krgate.status/1`.
///
/// # Errors
/// If the output cannot be written.
pub fn write(status: &Status<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (about, progress) = (&status.about, status.progress);
    let counts = status.counts();
    let document = Document {
        schema: "krgate.status/1",
        krgate: about.version,
        clock: moment(progress.now),
        policy: PolicyRow {
            path: text(about.policy_path),
            sha256: about.policy_sha256,
            mission: about.mission.map(text),
        },
        ledger: LedgerRow::new(about.ledger, about.ledger_exists, &progress.doubts),
        period: progress.period.as_ref().map(PeriodRow::from),
        counts: CountsRow {
            met: counts.met,
            missed: counts.missed,
            unknown: counts.unknown,
        },
        pillars: progress.pillars.iter().map(PillarRow::from).collect(),
        objectives: progress.objectives.iter().map(ObjectiveRow::from).collect(),
    };
    json::write_pretty(&document, out)
}

impl<'a> LedgerRow<'a> {
    pub(in crate::render) fn new(place: &'a str, exists: bool, doubts: &'a [Doubt]) -> Self {
        let rows = doubts.iter().map(|doubt| DoubtRow {
            code: doubt.code,
            message: &doubt.what,
            since: doubt.since.map(moment),
        });
        Self {
            place: text(place),
            exists,
            whole: doubts.is_empty(),
            doubts: rows.collect(),
        }
    }
}

fn texts(names: &[String]) -> Vec<JsonText<'_>> {
    names.iter().map(|name| text(name)).collect()
}

fn moment(at: Timestamp) -> String {
    at.to_string()
}

impl<'a> From<&'a PeriodProgress> for PeriodRow<'a> {
    fn from(period: &'a PeriodProgress) -> Self {
        Self {
            name: text(&period.name),
            start: moment(period.window.start),
            end: moment(period.window.end),
            elapsed: decimal(period.elapsed),
            fiscal: period
                .fiscal
                .map(|fiscal| format!("{}-Q{}", fiscal.year, fiscal.number)),
            closed: period.closed,
        }
    }
}

impl From<&PillarProgress> for PillarRow {
    fn from(pillar: &PillarProgress) -> Self {
        Self {
            name: pillar.name,
            objectives: pillar.objectives,
            basis: pillar.basis.as_str(),
            score: pillar.score.value.map(decimal),
            score_known: decimal(pillar.score.known),
            band: pillar.band.map(Band::as_str),
        }
    }
}

impl<'a> From<&'a ObjectiveProgress> for ObjectiveRow<'a> {
    fn from(objective: &'a ObjectiveProgress) -> Self {
        let key_results = objective.key_results.iter();
        Self {
            head: objective.into(),
            key_results: key_results.map(KeyResultRow::from).collect(),
        }
    }
}

impl<'a> From<&'a ObjectiveProgress> for ObjectiveHead<'a> {
    fn from(objective: &'a ObjectiveProgress) -> Self {
        Self {
            id: &objective.id,
            title: text(&objective.title),
            owner: text(&objective.owner),
            pillar: objective.pillar.as_deref().map(text),
            score: objective.score.value.map(decimal),
            score_known: decimal(objective.score.known),
            band: objective.band.map(Band::as_str),
            rolled_up: &objective.rolled_up,
            contributes_to: objective.contributes_to.iter().map(|to| text(to)).collect(),
            rolls_up: objective.rolls_up,
            derived_from: texts(&objective.derived_from),
            uses: objective
                .uses
                .iter()
                .map(|(key_result, weight)| UseRow {
                    key_result,
                    weight: decimal(*weight),
                })
                .collect(),
        }
    }
}

impl<'a> From<&'a KeyResultProgress> for KeyResultRow<'a> {
    fn from(key_result: &'a KeyResultProgress) -> Self {
        let figure = &key_result.figure;
        let (forecast, insufficient) = forecast(key_result);
        Self {
            id: &key_result.id,
            record_name: &key_result.record_name,
            title: text(&key_result.title),
            owner: text(&key_result.owner),
            kind: key_result.kind.as_str(),
            unit: unit(key_result.unit),
            start: key_result.start.map(decimal),
            target: key_result.target.into(),
            due: key_result.due.map(moment),
            weight: decimal(key_result.weight),
            ambition: facts::ambition(key_result.ambition),
            health: key_result.health,
            contributes_to: texts(&key_result.contributes_to),
            derived_from: texts(&key_result.derived_from),
            verdict: figure.verdict.as_str(),
            value: figure.value.map(decimal),
            fraction: figure.value.and_then(fraction),
            bound: match figure.bound {
                Bound::Exact => "exact",
                Bound::AtLeast => "at_least",
            },
            at: figure.at.map(moment),
            last_known: figure.last_known.map(moment),
            stale: figure.stale,
            reasons: key_result.reasons.iter().map(ReasonRow::from).collect(),
            shown: shown(key_result),
            raw: key_result.raw.map(decimal),
            score: key_result.score.map(decimal),
            score_fraction: key_result.score.and_then(fraction),
            band: key_result.band.map(Band::as_str),
            in_bounds: key_result.in_bounds.map(InBoundsRow::from),
            pace: key_result.pace.map(PaceRow::from),
            step_seconds: match key_result.step {
                StepLength::Week => None,
                StepLength::Every(seconds) => Some(seconds),
            },
            steps: steps(key_result),
            forecast,
            insufficient,
            trend: key_result.trend.ok().map(|trend| TrendRow {
                slope: decimal(trend.slope),
                intercept: decimal(trend.intercept),
            }),
            confidence: key_result.confidence.map(|confidence| ConfidenceRow {
                value: decimal(confidence.value),
                at: moment(confidence.at),
                stale: confidence.stale,
            }),
            segments: key_result.segments.iter().map(SegmentRow::from).collect(),
            closed: key_result.closed.as_ref().map(GradeRow::from),
            amended: key_result.amended.as_ref().map(GradeRow::from),
            remarks: key_result.remarks.iter().map(|r| r.as_str()).collect(),
            notes: key_result.notes.iter().map(json::message).collect(),
        }
    }
}

fn shown(key_result: &KeyResultProgress) -> ShownRow {
    let (unit, figure) = (key_result.unit, &key_result.figure);
    ShownRow {
        value: facts::figure(unit, figure.value, figure.bound),
        target: unit.show_target(&key_result.target),
        start: key_result.start.map(|start| unit.show(start)),
    }
}

fn steps(key_result: &KeyResultProgress) -> Vec<StepRow> {
    let steps = key_result.steps.iter();
    steps
        .map(|step| StepRow {
            number: step.number,
            value: decimal(step.value),
        })
        .collect()
}

/// The forecast, or what is missing to make one.
fn forecast(key_result: &KeyResultProgress) -> (Option<ForecastRow>, Option<String>) {
    match key_result.forecast {
        Ok(forecast) => {
            let row = ForecastRow {
                probability: decimal(forecast.probability()),
                percent: forecast.shown_percent(),
                word: forecast.likelihood().as_str(),
                p10: decimal(forecast.p10),
                p50: decimal(forecast.p50),
                p90: decimal(forecast.p90),
                steps_left: forecast.steps_left,
            };
            (Some(row), None)
        }
        Err(lack) => (None, Some(lack.words(key_result.step.plural()))),
    }
}

impl From<InBounds> for InBoundsRow {
    fn from(held: InBounds) -> Self {
        Self {
            met_seconds: held.met,
            missed_seconds: held.missed,
            unknown_seconds: held.unknown,
            known: decimal(held.known()),
        }
    }
}

impl From<Pace> for PaceRow {
    fn from(pace: Pace) -> Self {
        Self {
            state: pace.state.as_str(),
            elapsed: decimal(pace.elapsed),
            gap_points: decimal(pace.gap),
        }
    }
}

impl From<&Segment> for SegmentRow {
    fn from(segment: &Segment) -> Self {
        Self {
            definition: segment.definition.to_string(),
            from: moment(segment.from),
            until: moment(segment.until),
            points: segment.points,
            current: segment.current,
        }
    }
}

impl From<&Frozen> for GradeRow {
    fn from(closed: &Frozen) -> Self {
        Self {
            at: Some(moment(closed.at)),
            definition: closed.definition.to_string(),
            value: closed.value.map(decimal),
            verdict: closed.verdict.map_or("unknown", Verdict::as_str),
            score: closed.score.map(decimal),
            band: closed.score.map(Band::of).map(Band::as_str),
            known: None,
        }
    }
}

impl From<&Grade> for GradeRow {
    fn from(grade: &Grade) -> Self {
        Self {
            at: None,
            definition: grade.definition.to_string(),
            value: grade.value.map(decimal),
            verdict: grade.verdict.as_str(),
            score: Some(decimal(grade.score)),
            band: Some(Band::of(grade.score).as_str()),
            known: Some(decimal(grade.known)),
        }
    }
}
