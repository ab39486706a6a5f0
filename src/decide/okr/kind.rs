//! What kind of key result it is: derived from its measure, start and target (rule K1).

use crate::policy::{KeyResult, Measure, Op, Target};

/// The kind of a key result. Nobody declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From a start up to a target.
    Up,
    /// From a start down to a target.
    Down,
    /// A guardrail that is not to be passed upward.
    Below,
    /// A guardrail that is not to be passed downward.
    Above,
    /// A guardrail of one figure.
    Fixed,
    /// A guardrail with two sides, both inclusive (rule K7).
    Range,
    /// Steps that are done or not (rule K8).
    Steps,
    /// Something that is to happen again and again (rule K9).
    Count,
    /// To be measured at all (rule K10).
    Base,
}

impl Kind {
    /// The kind of a key result.
    pub fn of(key_result: &KeyResult) -> Self {
        let starts = key_result.start.is_some() || key_result.baseline.is_some();
        match (&key_result.target, &key_result.measure) {
            (Target::Measured, _) => Self::Base,
            (_, Measure::Milestones(_)) => Self::Steps,
            (_, Measure::Events(_)) => Self::Count,
            (Target::Within(..), _) => Self::Range,
            (Target::Compare(op, _) | Target::OfStart(op, _), _) => match (op, starts) {
                (Op::AtLeast | Op::More, true) => Self::Up,
                (Op::AtMost | Op::Less, true) => Self::Down,
                (Op::AtLeast | Op::More, false) => Self::Above,
                (Op::AtMost | Op::Less, false) => Self::Below,
                (Op::Equal, _) => Self::Fixed,
            },
        }
    }

    /// True for the kinds that hold or do not, now and over the period (rules K6, K7).
    pub const fn is_guardrail(self) -> bool {
        matches!(self, Self::Below | Self::Above | Self::Fixed | Self::Range)
    }

    /// True for the kinds that come nearer to their target with time (rule K19).
    pub const fn has_pace(self) -> bool {
        matches!(self, Self::Up | Self::Down | Self::Steps | Self::Count)
    }

    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Below => "below",
            Self::Above => "above",
            Self::Fixed => "fixed",
            Self::Range => "range",
            Self::Steps => "steps",
            Self::Count => "count",
            Self::Base => "base",
        }
    }
}
