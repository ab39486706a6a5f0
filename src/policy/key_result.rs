//! Objectives and key results as validated values.

use std::fmt;

use jiff::Timestamp;

use super::{FigureMeasure, FigureSource, Filter, Meaning, Op, PastKind, PastMeasure};
use crate::model::{Class, Quantity};

/// An objective: a direction, with the key results that show whether it is reached.
#[derive(Debug, Clone)]
pub struct Objective {
    /// Its id, for ever.
    pub id: String,
    /// What people read.
    pub title: String,
    /// Who answers for it.
    pub owner: String,
    /// `risk`, `trust`, `governance` or `empowerment`.
    pub pillar: Option<String>,
    /// Threats, risks and requirements that it comes from; names, here or elsewhere.
    pub derived_from: Vec<String>,
    /// Objectives that it serves.
    pub contributes_to: Vec<String>,
    /// True if it counts in those of them that are objectives of this policy, like a key
    /// result of weight 1 (rule K17).
    pub rollup: bool,
    /// Its own key results, in the order of the policy.
    pub key_results: Vec<KeyResult>,
    /// Key results of other objectives: (objective index, key result index, weight).
    pub uses: Vec<(usize, usize, Quantity)>,
    /// What is done to get there (rule F45), in the order of the policy.
    pub actions: Vec<Action>,
}

/// Something that is to be done for an objective.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Who does it; the objective's owner where it names nobody.
    pub who: String,
    /// What is done.
    pub what: String,
    /// The begin of the day by which it is to be done.
    pub due: Option<Timestamp>,
    /// How.
    pub how: Option<String>,
}

/// A key result: a measure, a target, and what a miss does.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the key result"
)]
pub struct KeyResult {
    /// Its id, for ever; unique in the policy.
    pub id: String,
    /// What people read.
    pub title: String,
    /// Who answers for it; the objective's owner where it names none.
    pub owner: String,
    /// What is measured.
    pub measure: Measure,
    /// What the policy's text says of that (rule K29).
    pub meaning: Meaning,
    /// The unit of its figures: start, target and value.
    pub unit: Unit,
    /// What must be reached.
    pub target: Target,
    /// Where it starts from, in the unit of the measure; `None` for a guardrail, and where a
    /// baseline of the ledger is meant.
    pub start: Option<Quantity>,
    /// Where the ledger has its start, if that is a figure of the ledger (rules Q3, K27).
    pub baseline: Option<Baseline>,
    /// True if it moves: it has a `start` of any kind or a `due`.
    pub moves: bool,
    /// Until when it must be reached.
    pub due: Option<Timestamp>,
    /// Weight in its objective.
    pub weight: Quantity,
    /// Committed or aspirational.
    pub ambition: Ambition,
    /// True if it stays out of the objective's score.
    pub health: bool,
    /// What a miss does; the default was filled in.
    pub on_miss: Enforcement,
    /// True if `on_miss` was written, so that it does not wait for `due`.
    pub on_miss_stated: bool,
    /// What an unknown does; `None` means as a miss.
    pub on_unknown: Option<Enforcement>,
    /// Until when a block is only a warning.
    pub enforce_from: Option<Timestamp>,
    /// What a change is judged on.
    pub judge: Judge,
    /// What a figure does that is worse than the last one (rule Q9).
    pub on_regress: Option<Enforcement>,
    /// The period that it was carried over from (rule K27).
    pub carried_from: Option<String>,
    /// Threats, risks and requirements that it comes from; names, here or elsewhere.
    pub derived_from: Vec<String>,
    /// Objectives that it serves beside its own; names, here or elsewhere.
    pub contributes_to: Vec<String>,
    /// True if its links name a postmortem (rules K26, K27).
    pub has_postmortem: bool,
    /// Who may check in besides the owner (`roles.check_in`); `None`: anyone (rule Q6).
    pub may_check_in: Option<Vec<String>>,
}

/// The figure of the ledger that a key result starts from (rule Q3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Baseline {
    /// The first known measurement of this period.
    First,
    /// The close of the period before this one.
    Previous,
    /// The close or baseline of the period with this name.
    Period(String),
}

/// What is expected of a key result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ambition {
    /// Expected at 1.0.
    Committed,
    /// Expected at 0.7.
    Aspirational,
}

/// What a miss does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Enforcement {
    /// It is shown.
    Observe,
    /// It is shown as a warning.
    Warn,
    /// It fails the gate.
    Block,
}

impl Enforcement {
    /// The word of the policy and of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Warn => "warn",
            Self::Block => "block",
        }
    }
}

/// What a change is judged on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judge {
    /// What the change introduced (where nothing tells, every finding counts as introduced).
    Introduced,
    /// Everything.
    All,
}

/// What is measured: a closed set.
#[derive(Debug, Clone)]
pub enum Measure {
    /// How many findings pass a filter.
    Count(Filter, Distinct),
    /// How many of them are new since the base of the change (rule M31).
    Introduced(Filter, Distinct),
    /// The highest score among those that pass.
    MaxCvss(Filter),
    /// Which share of the demanded tools ran.
    Tools(ToolsDemand),
    /// How many findings were silenced.
    Suppressed {
        /// Which.
        filter: Filter,
        /// The ways of silencing that are looked at.
        by: Vec<SuppressedBy>,
        /// Count or share.
        shown_as: SuppressedAs,
    },
    /// Which share of findings has an owner by CODEOWNERS (rule M32).
    Routed(Filter),
    /// Findings per so many lines (rule M15).
    Density {
        /// Which findings.
        filter: Filter,
        /// What one is.
        distinct: Distinct,
        /// The file with the number of lines.
        source: FigureSource,
        /// The JSON pointer to it.
        pointer: String,
        /// Per how many lines.
        per: u32,
    },
    /// Whether the tools that ran are those that the policy lists (rule M27).
    Inventory,
    /// A measure from a file of figures, and its unit.
    Figure(FigureMeasure, Unit),
    /// A measure from the ledger.
    Past(Box<PastMeasure>),
    /// A figure that a person reports (rule K25).
    CheckIn(CheckInDemand),
    /// Which share of the windows that are over holds enough events (rule K9).
    Events(EventsDemand),
    /// Which share of the steps is done, by weight (rule K8).
    Milestones(Vec<Milestone>),
}

impl Measure {
    /// The unit of its figures; those that count findings are told without one.
    pub const fn unit(&self) -> Unit {
        match self {
            Measure::Count(..)
            | Measure::Introduced(..)
            | Measure::Density { .. }
            | Measure::Suppressed {
                shown_as: SuppressedAs::Count,
                ..
            } => Unit::None,
            Measure::MaxCvss(_) => Unit::Cvss,
            Measure::Tools(_)
            | Measure::Inventory
            | Measure::Routed(_)
            | Measure::Events(_)
            | Measure::Milestones(_)
            | Measure::Suppressed {
                shown_as: SuppressedAs::Share,
                ..
            } => Unit::Percent,
            Measure::Figure(_, unit) => *unit,
            Measure::Past(past) => past.unit,
            Measure::CheckIn(demand) => demand.unit,
        }
    }

    /// The name of the measure.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Count(..) => "count",
            Self::Introduced(..) => "introduced",
            Self::MaxCvss(_) => "max_cvss",
            Self::Tools(_) | Self::Inventory => "tools",
            Self::Suppressed { .. } => "suppressed",
            Self::Routed(_) => "routed",
            Self::Density { .. } => "density",
            Self::Figure(figure, _) => figure.name(),
            Self::Past(past) => past.kind.name(),
            Self::CheckIn(_) => "check_in",
            Self::Events(_) => "events",
            Self::Milestones(_) => "milestones",
        }
    }

    /// Which findings of this run it looks at; `None` for a measure that looks at none of
    /// them one by one.
    pub const fn filter(&self) -> Option<&Filter> {
        match self {
            Self::Count(filter, _)
            | Self::Introduced(filter, _)
            | Self::MaxCvss(filter)
            | Self::Suppressed { filter, .. }
            | Self::Routed(filter)
            | Self::Density { filter, .. } => Some(filter),
            Self::Tools(_)
            | Self::Inventory
            | Self::Figure(..)
            | Self::Past(_)
            | Self::CheckIn(_)
            | Self::Events(_)
            | Self::Milestones(_) => None,
        }
    }

    /// True if a change can move it: what it cannot move is only shown on one (rule K31).
    pub fn moves_on_change(&self) -> bool {
        match self {
            Self::Count(..)
            | Self::Introduced(..)
            | Self::MaxCvss(_)
            | Self::Tools(_)
            | Self::Inventory
            | Self::Suppressed { .. }
            | Self::Routed(_)
            | Self::Density { .. } => true,
            Self::Figure(FigureMeasure::Checklist(list), _) => {
                list.cwe.is_some() || list.standard.is_some()
            }
            Self::Figure(..) | Self::CheckIn(_) | Self::Events(_) | Self::Milestones(_) => false,
            Self::Past(past) => matches!(past.kind, PastKind::Introduced { .. }),
        }
    }
}

/// The demand of `check_in`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckInDemand {
    /// The unit of the figure.
    pub unit: Unit,
    /// How often one is due, in seconds, where the policy says so.
    pub stated_every: Option<u64>,
}

impl CheckInDemand {
    /// How often one is due, in seconds; 7 days by default.
    pub fn every(self) -> u64 {
        self.stated_every.unwrap_or(7 * 86_400)
    }
}

/// The demand of `events`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsDemand {
    /// The name of the event.
    pub name: String,
    /// How time is cut into windows.
    pub per: Per,
    /// How many events a window must hold.
    pub at_least: u32,
}

/// How `events` cuts time into windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// ISO weeks.
    Week,
    /// Months of the calendar.
    Month,
    /// The policy's iterations (rule Q8).
    Iteration,
    /// So many seconds, from the begin of the period on.
    Every(u64),
}

/// A step of `milestones`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// Its id, for ever.
    pub id: String,
    /// What people read.
    pub title: String,
    /// Its weight.
    pub weight: Quantity,
    /// By when it should be done.
    pub due: Option<Timestamp>,
    /// From when on it does not count as done any more: the end of its `valid_to`.
    pub expires: Option<Timestamp>,
}

/// What "one" is when findings are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distinct {
    /// Secrets by secret, the rest by finding.
    Default,
    /// Each finding.
    Finding,
    /// Each vulnerability: advisory and package.
    Vulnerability,
    /// Each secret.
    Secret,
    /// Each path.
    Path,
}

/// The demand of `tools`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolsDemand {
    /// How many distinct tools of each class must have run, in the order of the policy.
    pub legs: Vec<(Class, u32)>,
}

/// A way of silencing a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressedBy {
    /// The report's own suppressions, and what a tool set aside itself.
    Source,
    /// A waiver.
    Waiver,
    /// A VEX document.
    Vex,
}

/// How `suppressed` is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressedAs {
    /// How many.
    Count,
    /// Which share of all that pass the filter.
    Share,
}

/// The unit of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    None,
    /// Findings.
    Findings,
    /// Secrets.
    Secrets,
    /// Paths.
    Paths,
    /// CVSS, one decimal.
    Cvss,
    /// A share, kept as a fraction of one and shown in percent.
    Percent,
    /// A duration, kept in seconds and shown in the named unit.
    Duration(&'static str),
}

/// What must be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The value compares so.
    Compare(Op, Quantity),
    /// The value lies within, both ends included.
    Within(Quantity, Quantity),
    /// A share of the start (`<= 50% of start`), which must be known first.
    OfStart(Op, Quantity),
    /// To be measured at all.
    Measured,
}

impl Target {
    /// Whether a value reaches the target; `None` where the target itself is not known yet,
    /// and where a baseline must be recorded first (`measured`, rule K10).
    pub fn is_met_by(&self, value: Quantity) -> Option<bool> {
        match self {
            Self::Compare(op, than) => Some(op.holds(&value, than)),
            Self::Within(low, high) => Some(*low <= value && value <= *high),
            Self::OfStart(..) | Self::Measured => None,
        }
    }

    /// What every figure from `low` to `high` comes to; `None` if that depends.
    pub fn decided_between(&self, low: Quantity, high: Quantity) -> Option<bool> {
        let (low, high) = (self.is_met_by(low)?, self.is_met_by(high)?);
        match self {
            // What lies between two figures outside a range may be in it.
            Self::Within(..) | Self::Compare(Op::Equal, _) if !low => None,
            _ => (low == high).then_some(low),
        }
    }

    /// What every figure from `value` upward comes to: `Some(true)` if all reach the target,
    /// `Some(false)` if none does, `None` if that depends (lower bounds).
    pub fn decided_from(&self, value: Quantity) -> Option<bool> {
        match self {
            Self::Compare(Op::More | Op::AtLeast, _) => self.is_met_by(value).filter(|met| *met),
            Self::Compare(Op::Less | Op::AtMost, _) => self.is_met_by(value).filter(|met| !*met),
            Self::Compare(Op::Equal, than) => (value > *than).then_some(false),
            Self::Within(_, high) => (value > *high).then_some(false),
            Self::OfStart(..) | Self::Measured => None,
        }
    }
}

impl Unit {
    /// A value in this unit as people read it: `3`, `7.5`, `62%`, `31 d`.
    pub fn show(self, value: Quantity) -> String {
        match self {
            Self::None | Self::Findings | Self::Secrets | Self::Paths => value.to_string(),
            Self::Cvss => value.to_decimal(1),
            Self::Percent => {
                let percent = value.times(Quantity::whole(100));
                format!(
                    "{}%",
                    Quantity::parse(&percent.to_decimal(2)).unwrap_or(percent)
                )
            }
            Self::Duration(unit) => {
                let seconds = match unit {
                    "d" => 86_400,
                    "h" => 3_600,
                    "min" => 60,
                    _ => 1,
                };
                let shown = Quantity::ratio(1, seconds).map_or(value, |r| value.times(r));
                let rounded = Quantity::parse(&shown.to_decimal(2)).unwrap_or(shown);
                format!("{rounded} {unit}")
            }
        }
    }

    /// A target in this unit as people read it: `<= 0`, `>= 100%`, `10..20`.
    pub fn show_target(self, target: &Target) -> String {
        match target {
            Target::Compare(op, than) => format!("{op} {}", self.show(*than)),
            Target::Within(low, high) => format!("{}..{}", self.show(*low), self.show(*high)),
            Target::OfStart(op, share) => {
                format!("{op} {} of start", Self::Percent.show(*share))
            }
            Target::Measured => "measured".to_owned(),
        }
    }
}

impl fmt::Display for Enforcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_bound_decides_only_what_every_higher_figure_decides() {
        let n = Quantity::whole;
        let at_most = Target::Compare(Op::AtMost, n(0));
        assert_eq!(at_most.decided_from(n(1)), Some(false));
        assert_eq!(at_most.decided_from(n(0)), None);
        let at_least = Target::Compare(Op::AtLeast, n(3));
        assert_eq!(at_least.decided_from(n(3)), Some(true));
        assert_eq!(at_least.decided_from(n(2)), None);
        assert_eq!(Target::Within(n(1), n(2)).decided_from(n(3)), Some(false));
        assert_eq!(Target::Within(n(1), n(2)).decided_from(n(1)), None);
        assert_eq!(Target::Compare(Op::Equal, n(2)).decided_from(n(2)), None);
    }

    #[test]
    fn values_are_shown_with_their_unit() {
        let share = Quantity::ratio(41, 46).unwrap();
        assert_eq!(Unit::Percent.show(share), "89.13%");
        assert_eq!(Unit::Percent.show(Quantity::ONE), "100%");
        assert_eq!(
            Unit::Duration("d").show(Quantity::whole(31 * 86_400)),
            "31 d"
        );
        assert_eq!(Unit::Cvss.show(Quantity::whole(7)), "7.0");
    }
}
