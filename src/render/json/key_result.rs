//! Objectives and key results as rows of the document.

use serde::{Serialize, Serializer};

use super::text;
use crate::decide::{BaseFigure, Before, Evaluation, Event, KeyResultOutcome, ObjectiveOutcome};
use crate::measure::{Bound, Reason};
use crate::model::{Intake, Quantity};
use crate::policy::{Ambition, Judge, Target, Unit};
use crate::render::encode::json::{JsonText, message};

#[derive(Serialize)]
pub(in crate::render) struct ObjectiveRow<'a> {
    id: &'a str,
    title: JsonText<'a>,
    owner: JsonText<'a>,
    pillar: Option<JsonText<'a>>,
    score: Option<String>,
    score_known: String,
    key_results: Vec<KeyResultRow<'a>>,
}

impl<'a> ObjectiveRow<'a> {
    pub(in crate::render) fn new(
        objective: &'a ObjectiveOutcome,
        evaluation: &'a Evaluation,
    ) -> Self {
        Self {
            id: &objective.id,
            title: text(&objective.title),
            owner: text(&objective.owner),
            pillar: objective.pillar.as_deref().map(text),
            score: objective.score.value.map(decimal),
            score_known: decimal(objective.score.known),
            key_results: objective
                .key_results
                .iter()
                .map(|key_result| KeyResultRow::new(key_result, evaluation))
                .collect(),
        }
    }
}

#[derive(Serialize)]
pub(in crate::render) struct KeyResultRow<'a> {
    id: &'a str,
    title: JsonText<'a>,
    owner: JsonText<'a>,
    measure: &'static str,
    verdict: &'static str,
    enforcement: &'static str,
    blocks: bool,
    softened: Option<&'a str>,
    value: Option<String>,
    fraction: Option<String>,
    bound: &'static str,
    unit: &'static str,
    n: Option<u64>,
    target: TargetRow,
    start: Option<String>,
    shown: ShownRow<'a>,
    raw: Option<String>,
    score: Option<String>,
    weight: String,
    ambition: &'static str,
    health: bool,
    judged: &'static str,
    before: Option<BeforeRow<'a>>,
    reasons: Vec<ReasonRow>,
    notes: Vec<String>,
    counted: IdList<'a>,
    undecided: IdList<'a>,
    set_aside: u64,
    existing: u64,
}

#[derive(Serialize)]
struct ShownRow<'a> {
    value: &'a str,
    target: &'a str,
    start: Option<&'a str>,
}

#[derive(Serialize)]
pub(in crate::render) struct ReasonRow {
    code: &'static str,
    message: String,
    remedy: Option<String>,
}

impl From<&Reason> for ReasonRow {
    fn from(reason: &Reason) -> Self {
        Self {
            code: reason.code,
            message: message(&reason.message),
            remedy: reason.remedy.as_ref().map(message),
        }
    }
}

/// The figure of the base of a change, and what becomes of it with the change (rule P19).
#[derive(Serialize)]
pub(in crate::render) struct BeforeRow<'a> {
    value: Option<String>,
    fraction: Option<String>,
    bound: &'static str,
    verdict: &'static str,
    reason: Option<JsonText<'a>>,
    shown: &'a str,
    after: AfterRow<'a>,
    moved: bool,
}

/// The figure of the whole with the change, what existed before it included.
#[derive(Serialize)]
struct AfterRow<'a> {
    value: Option<String>,
    fraction: Option<String>,
    bound: &'static str,
    shown: &'a str,
}

impl<'a> From<&'a BaseFigure> for BeforeRow<'a> {
    fn from(figure: &'a BaseFigure) -> Self {
        Self {
            value: figure.value.map(decimal),
            fraction: figure.value.and_then(fraction),
            bound: bound(figure.bound),
            verdict: figure.verdict.as_str(),
            reason: figure
                .reason
                .as_ref()
                .map(|code| code.as_untrusted().into()),
            shown: &figure.shown,
            after: AfterRow {
                value: figure.after.map(decimal),
                fraction: figure.after.and_then(fraction),
                bound: bound(figure.after_bound),
                shown: &figure.shown_after,
            },
            moved: figure.moved,
        }
    }
}

const fn bound(bound: Bound) -> &'static str {
    match bound {
        Bound::Exact => "exact",
        Bound::AtLeast => "at_least",
    }
}

/// The target as a value, so that the verdict can be computed again (rule P43).
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::render) enum TargetRow {
    Compare { op: &'static str, value: String },
    Within { low: String, high: String },
    OfStart { op: &'static str, share: String },
    Measured,
}

impl From<Target> for TargetRow {
    fn from(target: Target) -> Self {
        match target {
            Target::Compare(op, value) => Self::Compare {
                op: op.as_str(),
                value: decimal(value),
            },
            Target::Within(low, high) => Self::Within {
                low: decimal(low),
                high: decimal(high),
            },
            Target::OfStart(op, share) => Self::OfStart {
                op: op.as_str(),
                share: decimal(share),
            },
            Target::Measured => Self::Measured,
        }
    }
}

impl<'a> KeyResultRow<'a> {
    pub(in crate::render) fn new(
        key_result: &'a KeyResultOutcome,
        evaluation: &'a Evaluation,
    ) -> Self {
        let intake = &evaluation.scoped.intake;
        let measurement = &key_result.measurement;
        Self {
            id: &key_result.id,
            title: text(&key_result.title),
            owner: text(&key_result.owner),
            measure: key_result.measure,
            verdict: key_result.verdict.as_str(),
            enforcement: key_result.enforcement.as_str(),
            blocks: key_result.blocks,
            softened: key_result.softened.as_deref(),
            value: measurement.value.map(decimal),
            fraction: measurement.value.and_then(fraction),
            bound: bound(measurement.bound),
            unit: unit(measurement.unit),
            n: measurement.n,
            target: key_result.target.into(),
            start: key_result.start.map(decimal),
            shown: ShownRow {
                value: &key_result.shown_value,
                target: &key_result.shown_target,
                start: key_result.shown_start.as_deref(),
            },
            raw: key_result.raw.map(decimal),
            score: key_result.score.map(decimal),
            weight: decimal(key_result.weight),
            ambition: match key_result.ambition {
                Ambition::Committed => "committed",
                Ambition::Aspirational => "aspirational",
            },
            health: key_result.health,
            judged: judged(key_result, evaluation.about.event),
            before: match evaluation.base.of(&key_result.id) {
                Some(Before::Recorded(figure)) => Some(BeforeRow::from(figure)),
                Some(Before::NotRecorded) | None => None,
            },
            reasons: measurement.reasons.iter().map(ReasonRow::from).collect(),
            notes: measurement.notes.iter().map(message).collect(),
            counted: IdList(intake, &measurement.counted),
            undecided: IdList(intake, &measurement.undecided),
            set_aside: measurement.set_aside,
            existing: measurement.existing,
        }
    }
}

/// What was judged here. A state is judged whole, and of which tools ran nothing is old.
fn judged(key_result: &KeyResultOutcome, event: Event) -> &'static str {
    if key_result.measure == "introduced" {
        return "introduced";
    }
    match (event, key_result.judge) {
        (Event::Change, Judge::Introduced) if key_result.measure != "tools" => "introduced",
        (Event::Change | Event::State, Judge::Introduced | Judge::All) => "all",
    }
}

/// The ids of findings at these places, written one at a time, so that their number costs no
/// memory; null for one without an id.
struct IdList<'a>(&'a Intake, &'a [u32]);

impl Serialize for IdList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(intake, places) = self;
        serializer.collect_seq(places.iter().map(|place| {
            let id = intake.ids.get(usize::try_from(*place).ok()?);
            id.map(ToString::to_string)
        }))
    }
}

/// At most six decimal places; `fraction` beside it is exact where that rounds.
pub(in crate::render) fn decimal(value: Quantity) -> String {
    value.to_string()
}

/// `41/46` where no decimal of six places is the value.
pub(in crate::render) fn fraction(value: Quantity) -> Option<String> {
    let is_exact = Quantity::parse(&value.to_string()) == Ok(value);
    (!is_exact).then(|| format!("{}/{}", value.numerator(), value.denominator()))
}

/// The unit in which `value`, `target` and `start` stand.
pub(in crate::render) const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::None => "number",
        Unit::Findings => "findings",
        Unit::Secrets => "secrets",
        Unit::Paths => "paths",
        Unit::Cvss => "cvss",
        Unit::Percent => "share",
        Unit::Duration(_) => "seconds",
    }
}
