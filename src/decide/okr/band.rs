//! Bands of scores, and what is expected of a score (rules K11, K12).

use crate::model::Quantity;
use crate::policy::Ambition;

/// A third of the way, roughly: half-open, so that no score lies between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// [0, 0.4)
    Red,
    /// [0.4, 0.7)
    Amber,
    /// [0.7, 1]
    Green,
}

impl Band {
    /// The band of an exact score; it is never made from a rounded one (rule K2).
    pub fn of(score: Quantity) -> Self {
        let below = |tenths| Quantity::ratio(tenths, 10).is_some_and(|bound| score < bound);
        if below(4) {
            Self::Red
        } else if below(7) {
            Self::Amber
        } else {
            Self::Green
        }
    }

    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Amber => "amber",
            Self::Green => "green",
        }
    }
}

/// The score that is expected: 1 of a committed key result, 0.7 of an aspirational one.
pub fn expected(ambition: Ambition) -> Quantity {
    match ambition {
        Ambition::Committed => Quantity::ONE,
        Ambition::Aspirational => Quantity::ratio(7, 10).unwrap_or(Quantity::ONE),
    }
}
