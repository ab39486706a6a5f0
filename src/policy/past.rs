//! Measures over the history.

use super::{Distinct, Filter, Unit};
use crate::model::{ClassSet, Severity};

/// A measure that is made from the ledger.
#[derive(Debug, Clone)]
pub struct PastMeasure {
    /// Which findings, for a measure over findings.
    pub filter: Filter,
    /// What one finding is, for a measure over findings.
    pub distinct: Distinct,
    /// The unit of the figure; of a length of time the one that the target names.
    pub unit: Unit,
    /// What is made of them.
    pub kind: PastKind,
}

/// What is made of the history. Lengths of time are in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastKind {
    /// How long findings stay open (rules M1 to M7, M19).
    TimeToFix {
        /// Which figure of the distribution; `None` for the restricted mean.
        statistic: Option<Statistic>,
        /// The time that is looked at, up to now.
        window: u64,
        /// What ends the clock.
        until: Until,
        /// Up to where the restricted mean looks.
        horizon: u64,
        /// Fewer findings than this are too few.
        min_n: u64,
        /// What having none means.
        if_none: IfNone,
    },
    /// How long findings stay unseen (rule M8).
    TimeToDetect {
        /// What begins the clock.
        from: Begin,
        /// Which figure of the distribution.
        statistic: Statistic,
        /// The time that is looked at, up to now.
        window: u64,
        /// Fewer findings than this are too few.
        min_n: u64,
    },
    /// How old the open findings are (rule M10).
    Age {
        /// Which figure of the distribution.
        statistic: Statistic,
    },
    /// Share that was closed in time (rule M9).
    Sla {
        /// How long a finding of each band may stay open.
        limits: Vec<(Severity, u64)>,
        /// The time that is looked at, up to now.
        window: u64,
        /// What ends the clock.
        until: Until,
        /// What having none means.
        if_none: IfNone,
    },
    /// Fixed per new (rule M11).
    FixRate {
        /// The time that is looked at, up to now.
        window: u64,
    },
    /// New less fixed (rule M12).
    NetFlow {
        /// The time that is looked at, up to now.
        window: u64,
    },
    /// Share of fixes that did not last (rule M13).
    Recurrence {
        /// The time that is looked at, up to now.
        window: u64,
        /// How long a fix must last.
        within: u64,
    },
    /// Share that no change showed first (rule M14).
    EscapeRate {
        /// The time that is looked at, up to now.
        window: u64,
    },
    /// Time since the last scan or event (rule M16).
    Freshness {
        /// Of what.
        of: FreshnessOf,
        /// True if the worst repository of the inventory counts.
        inventory: bool,
    },
    /// Share of repositories that were scanned (rule M17).
    Coverage {
        /// The classes that a repository must have been scanned for.
        classes: ClassSet,
        /// How long ago at most.
        within: u64,
        /// True if only scans of the whole history count.
        of_history: bool,
    },
    /// What the gate costs (rule M26).
    Friction {
        /// Which cost.
        of: Cost,
        /// Which figure of the distribution; the overturned blocks are a share.
        statistic: Statistic,
        /// The time that is looked at, up to now.
        window: u64,
        /// Fewer runs than this are too few.
        min_n: u64,
    },
    /// How many findings are new since the last record or the period's begin (rule M31).
    Introduced {
        /// True since the begin of the period.
        of_period: bool,
    },
}

impl PastKind {
    /// True if it looks at the scans of every repository of an inventory.
    pub const fn is_of_inventory(&self) -> bool {
        matches!(
            self,
            Self::Coverage { .. }
                | Self::Freshness {
                    inventory: true,
                    ..
                }
        )
    }

    /// The name of the measure.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TimeToFix { .. } => "time_to_fix",
            Self::TimeToDetect { .. } => "time_to_detect",
            Self::Age { .. } => "age",
            Self::Sla { .. } => "sla",
            Self::FixRate { .. } => "fix_rate",
            Self::NetFlow { .. } => "net_flow",
            Self::Recurrence { .. } => "recurrence",
            Self::EscapeRate { .. } => "escape_rate",
            Self::Freshness { .. } => "freshness",
            Self::Coverage { .. } => "coverage",
            Self::Friction { .. } => "friction",
            Self::Introduced { .. } => "introduced",
        }
    }
}

/// A quantile, in hundredths; 100 is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistic(pub u32);

impl Statistic {
    /// The word of the policy.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(Self(match word {
            "median" => 50,
            "p75" => 75,
            "p90" => 90,
            "p95" => 95,
            "max" => 100,
            _ => return None,
        }))
    }
}

/// What ends the clock of a finding (rule M35).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// It is gone.
    Fixed,
    /// The secret does not work any more.
    Revoked,
    /// Somebody fixed, waived, dismissed or accepted it.
    Triaged,
    /// The fix is deployed.
    Deployed,
}

impl Until {
    /// The word of the policy.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "fixed" => Self::Fixed,
            "revoked" => Self::Revoked,
            "triaged" => Self::Triaged,
            "deployed" => Self::Deployed,
            _ => return None,
        })
    }
}

/// What having nothing to measure means (rule Q7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfNone {
    /// Nothing was measured.
    Unknown,
    /// There was nothing to do, and that is fine.
    Met,
}

/// What begins the clock of a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// The commit that brought the finding in.
    Introduced,
    /// The day on which its advisory came out.
    Advisory,
}

/// What must be fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreshnessOf {
    /// The scans of each of these classes.
    Classes(ClassSet),
    /// The last event of this name.
    Event(String),
}

/// Which cost of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Blocks that were waived as false.
    Overturned,
    /// The time that a run takes.
    Duration,
    /// The time from push to first annotation.
    Feedback,
}
