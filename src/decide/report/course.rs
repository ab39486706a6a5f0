//! How a figure compares with that of seven days before (rule P13).

use jiff::Timestamp;

use crate::decide::okr::{Figure, Segment};
use crate::model::history::{Point, RecordId};
use crate::model::{Bound, Quantity};
use crate::policy::{Op, Target};

/// How a figure compares with the last one at or before seven days ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing was recorded then: it is new, which is not the same as unchanged.
    New,
    /// There is no figure now, or one that is too old.
    UnknownNow,
    /// The last record of then has no figure.
    UnknownThen(Timestamp),
    /// The number means something else since this moment (rule K29).
    Redefined(Timestamp),
    /// One of the two is only a bound, so that their difference is not known.
    Bound,
    /// Both are known.
    By {
        /// The figure of then.
        before: Quantity,
        /// When it was judged.
        at: Timestamp,
        /// The record that holds it.
        record: RecordId,
        /// The figure of now less that of then.
        delta: Quantity,
        /// Whether that is better; an arrow tells this and not up or down.
        course: Course,
    },
}

/// Whether a figure comes nearer to what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Nearer.
    Better,
    /// Farther.
    Worse,
    /// As near as before.
    Same,
    /// Nothing says what is better: it is only to be measured.
    Neither,
}

impl Course {
    /// The word that stands beside the arrow.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Same => "unchanged",
            Self::Neither => "changed",
        }
    }
}

/// Compares a figure with the last state at or before a moment. `all` are the states of the
/// key result in the order of time.
pub(super) fn change(
    figure: &Figure,
    target: &Target,
    all: &[&Point],
    segments: &[Segment],
    then: Timestamp,
) -> Change {
    let Some(before) = all.iter().rfind(|point| point.at <= then) else {
        return Change::New;
    };
    let begun = segments.last().filter(|segment| segment.from > then);
    if let Some(segment) = begun {
        return Change::Redefined(segment.from);
    }
    let Some(value) = figure.value.filter(|_| !figure.stale) else {
        return Change::UnknownNow;
    };
    let Some(old) = before.value else {
        return Change::UnknownThen(before.at);
    };
    if figure.bound != Bound::Exact || before.bound != Bound::Exact {
        return Change::Bound;
    }
    Change::By {
        before: old,
        at: before.at,
        record: before.record,
        delta: value.minus(old),
        course: course(target, old, value),
    }
}

fn course(target: &Target, before: Quantity, now: Quantity) -> Course {
    let distance = |value: Quantity, low: Quantity, high: Quantity| {
        low.minus(value).max(value.minus(high)).max(Quantity::ZERO)
    };
    // How far a figure lies from where people want it; the least is the best.
    let off =
        |value: Quantity| match target {
            Target::Compare(Op::AtMost | Op::Less, _)
            | Target::OfStart(Op::AtMost | Op::Less, _) => Some(value),
            Target::Compare(Op::AtLeast | Op::More, _)
            | Target::OfStart(Op::AtLeast | Op::More, _) => Some(Quantity::ZERO.minus(value)),
            Target::Compare(Op::Equal, than) => Some(distance(value, *than, *than)),
            Target::Within(low, high) => Some(distance(value, *low, *high)),
            Target::OfStart(Op::Equal, _) | Target::Measured => None,
        };
    match (off(before), off(now)) {
        (None, _) | (_, None) if before == now => Course::Same,
        (None, _) | (_, None) => Course::Neither,
        (Some(before), Some(now)) => match now.cmp(&before) {
            std::cmp::Ordering::Less => Course::Better,
            std::cmp::Ordering::Greater => Course::Worse,
            std::cmp::Ordering::Equal => Course::Same,
        },
    }
}
