//! How far everything has come, as one value: what `krgate status` shows.

use jiff::Timestamp;

use super::band::Band;
use super::bounds::InBounds;
use super::close::Grade;
use super::forecast::{Forecast, Insufficient};
use super::kind::Kind;
use super::pace::Pace;
use super::series::{Segment, Step};
use super::trend::Trend;
use crate::decide::{Score, Verdict};
use crate::diagnostic::Message;
use crate::measure::Reason;
use crate::model::calendar::{FiscalQuarter, Window};
use crate::model::history::{Doubt, Frozen};
use crate::model::{Bound, Quantity};
use crate::policy::{Ambition, KeyResult, Measure, Target, Unit};

/// How far the objectives of a policy have come.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The clock that it was made with.
    pub now: Timestamp,
    /// The period of the policy, if it has one.
    pub period: Option<PeriodProgress>,
    /// The objectives, in the order of the policy.
    pub objectives: Vec<ObjectiveProgress>,
    /// The pillars that objectives stand for, in the order of the policy language (rule F28).
    pub pillars: Vec<PillarProgress>,
    /// True if a ledger was read; without one there is no history to show.
    pub has_history: bool,
    /// Why the history is not whole; empty if it is. Figures of a damaged history are not to
    /// be relied on, and this is to be said on top.
    pub doubts: Vec<Doubt>,
}

/// How far a pillar has come: risk, trust, governance or empowerment (rule F28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PillarProgress {
    /// Its word.
    pub name: &'static str,
    /// How many objectives stand for it.
    pub objectives: usize,
    /// What its key results tell.
    pub basis: Basis,
    /// The mean of their scores that are known, with the share that is.
    pub score: Score,
    /// The band of that score; `None` if it has none.
    pub band: Option<Band>,
}

/// Whether figures tell what is or what people hold to be so: perceived risk and actual risk
/// are two things (rule F28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// All are measured.
    Actual,
    /// All are checked in by people.
    Perceived,
    /// Some are the one and some the other.
    Both,
}

impl Basis {
    /// Of key results; `None` if there are none.
    pub(super) fn of<'a>(mut key_results: impl Iterator<Item = &'a KeyResult>) -> Option<Self> {
        let one = |key_result: &KeyResult| match key_result.measure {
            Measure::CheckIn(_) => Self::Perceived,
            _ => Self::Actual,
        };
        let first = one(key_results.next()?);
        let is_same = key_results.all(|key_result| one(key_result) == first);
        Some(if is_same { first } else { Self::Both })
    }

    /// The word of JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Perceived => "perceived",
            Self::Both => "both",
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Perceived => "perceived",
            Self::Both => "actual and perceived",
        }
    }
}

/// How far a period has gone by.
#[derive(Debug, Clone)]
pub struct PeriodProgress {
    /// Its name.
    pub name: String,
    /// From when to when.
    pub window: Window,
    /// The share of it that is over, 0 to 1.
    pub elapsed: Quantity,
    /// The fiscal quarter that it begins in, where the policy says when fiscal years begin.
    pub fiscal: Option<FiscalQuarter>,
    /// True if it was closed.
    pub closed: bool,
}

/// How far an objective has come.
#[derive(Debug, Clone)]
pub struct ObjectiveProgress {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who answers for it.
    pub owner: String,
    /// Its pillar.
    pub pillar: Option<String>,
    /// The weighted mean over what is known, with the share of weight that is known (rules
    /// K13, K14, K16, K17). Guardrails come in with their score over the period.
    pub score: Score,
    /// The band of that score; `None` if it has none.
    pub band: Option<Band>,
    /// The ids of the objectives of this policy that count in it (`rollup: true`, rule K17).
    pub rolled_up: Vec<String>,
    /// The names of what it contributes to, here or elsewhere (rule K30).
    pub contributes_to: Vec<String>,
    /// True if it counts in those of them that are objectives of this policy (rule K17).
    pub rolls_up: bool,
    /// The names of threats, risks and requirements that it comes from.
    pub derived_from: Vec<String>,
    /// Its own key results, in the order of the policy.
    pub key_results: Vec<KeyResultProgress>,
    /// Key results of other objectives that count in it, as `objective/key-result`, each with
    /// the weight that it has here (rule K16).
    pub uses: Vec<(String, Quantity)>,
}

/// How far a key result has come.
#[derive(Debug, Clone)]
pub struct KeyResultProgress {
    /// Its id.
    pub id: String,
    /// `objective/key-result`, as records name it.
    pub record_name: String,
    /// Its title.
    pub title: String,
    /// Who answers for it.
    pub owner: String,
    /// Its kind.
    pub kind: Kind,
    /// The unit of every figure of it; [`Unit::show`] writes one.
    pub unit: Unit,
    /// Where it starts from; `None` for a guardrail, and while a baseline is not known.
    pub start: Option<Quantity>,
    /// What must be reached, as a figure where that is known.
    pub target: Target,
    /// The day by which it must be reached, if it has one of its own.
    pub due: Option<Timestamp>,
    /// Weight in its objective.
    pub weight: Quantity,
    /// Committed or aspirational.
    pub ambition: Ambition,
    /// True if it stays out of the objective's score (rule K15).
    pub health: bool,
    /// Where it stands.
    pub figure: Figure,
    /// Why its verdict is unknown, and what would make it known; empty where it is known.
    pub reasons: Vec<Reason>,
    /// From start to target before it is limited to 0 … 1; below zero it went back.
    pub raw: Option<Quantity>,
    /// The score, 0 to 1: of a guardrail that over the period where the history knows at
    /// least half of it, and `None` where it knows less; without a history 1 or 0 by the
    /// verdict. `None` if it is unknown.
    pub score: Option<Quantity>,
    /// The band of the score.
    pub band: Option<Band>,
    /// How a guardrail held over the period; `None` for other kinds, and without a history or
    /// a period (rule K6).
    pub in_bounds: Option<InBounds>,
    /// Whether it comes along as fast as time; `None` for guardrails, base and health key
    /// results, without a period, and where the score is unknown (rule K19).
    pub pace: Option<Pace>,
    /// The last known figure of each week (or step of `every`) of the period, under today's
    /// definition: what a chart draws, and what trend and forecast are made from.
    pub steps: Vec<Step>,
    /// What one of these steps is.
    pub step: StepLength,
    /// How likely the target is reached, or what is missing to say (rules K21, K23).
    pub forecast: Result<Forecast, Insufficient>,
    /// The line to draw, or what is missing to draw one (rules K22, K23).
    pub trend: Result<Trend, Insufficient>,
    /// The names of threats, risks and requirements that it comes from.
    pub derived_from: Vec<String>,
    /// The names of what it contributes to beside its objective (rule K30).
    pub contributes_to: Vec<String>,
    /// How sure a person is; stands apart from pace and forecast (rule K20).
    pub confidence: Option<Confidence>,
    /// The stretches of its history in which its number meant the same, in the order of time;
    /// each begin but the first is a change of the policy (rule K29).
    pub segments: Vec<Segment>,
    /// The grade of this period, once it is closed, as it was recorded: it does not move.
    pub closed: Option<Frozen>,
    /// What the grade would be with evidence that came after the close, where that is another
    /// one; it is shown beside the closed one (rule K28).
    pub amended: Option<Grade>,
    /// What a reader should know.
    pub remarks: Vec<Remark>,
    /// Facts that stand beside start and target.
    pub notes: Vec<Message>,
}

/// Where a key result stands, and how old that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// The figure in the base unit; `None` if it is unknown. A stale one is kept.
    pub value: Option<Quantity>,
    /// Whether it is exact.
    pub bound: Bound,
    /// What became of it; unknown if the figure is stale.
    pub verdict: Verdict,
    /// When it was judged: the clock where it was measured now, for a check-in the begin of
    /// the day that it stands for; `None` if it never was.
    pub at: Option<Timestamp>,
    /// When a figure was last known, now or in the records under any definition.
    pub last_known: Option<Timestamp>,
    /// True if it is a record older than its reports stand for (`fresh`, 7 days by default),
    /// or a check-in that is overdue.
    pub stale: bool,
}

/// The length of one step of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepLength {
    /// An ISO week.
    Week,
    /// So many seconds, as the key result's check-ins are due.
    Every(u64),
}

/// How sure a person is that the target will be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confidence {
    /// 0 to 1.
    pub value: Quantity,
    /// When the check-in arrived.
    pub at: Timestamp,
    /// True if a newer check-in is overdue.
    pub stale: bool,
}

/// What stands beside a key result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// An aspirational key result is at 1.0: set the next one further (rule K12).
    SetNextFurther,
    /// A committed key result is missed when the period is over, or past `due`, and links no
    /// postmortem (rules K12, K26).
    NeedsPostmortem,
    /// The figure is farther from the target than the start (rule K2).
    StepBack,
    /// The recorded start lies at the target or past it (rule K3).
    StartBeyondTarget,
    /// The last change of its definition lies within this period (rule K29).
    Redefined,
}

impl Remark {
    /// The words of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetNextFurther => "set the next one further",
            Self::NeedsPostmortem => "missed and committed: it needs a postmortem",
            Self::StepBack => "it went back behind its start",
            Self::StartBeyondTarget => "its start lies at the target or past it",
            Self::Redefined => "it was defined anew in this period",
        }
    }
}

impl StepLength {
    /// The noun of several steps.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Week => "weeks",
            Self::Every(_) => "steps",
        }
    }
}
