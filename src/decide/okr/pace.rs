//! Whether a key result comes along as fast as time goes by (rule K19).

use crate::model::Quantity;

/// How a score stands to the time that has gone by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The share of the period that is over, 0 to 1.
    pub elapsed: Quantity,
    /// Elapsed less score, in points of a hundred; below zero it is ahead of time.
    pub gap: Quantity,
    /// What the gap comes to.
    pub state: PaceState,
}

/// What a gap comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaceState {
    /// The gap is below 16.5 points.
    OnTrack,
    /// The gap is at least 16.5 points and below 33.
    Behind,
    /// The gap is 33 points or more.
    AtRisk,
}

impl Pace {
    /// The pace of a score at a share of the period.
    pub fn of(elapsed: Quantity, score: Quantity) -> Self {
        let gap = elapsed.minus(score).times(Quantity::whole(100));
        let below = |halves| Quantity::ratio(halves, 2).is_some_and(|bound| gap < bound);
        let state = if below(33) {
            PaceState::OnTrack
        } else if below(66) {
            PaceState::Behind
        } else {
            PaceState::AtRisk
        };
        Self {
            elapsed,
            gap,
            state,
        }
    }
}

impl PaceState {
    /// The words of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnTrack => "on track",
            Self::Behind => "behind",
            Self::AtRisk => "at risk",
        }
    }
}
