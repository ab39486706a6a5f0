//! Whether a figure is worse than the one before it (rule Q9).

use super::series::current;
use crate::decide::Event;
use crate::measure::Measurement;
use crate::model::history::{History, Point};
use crate::model::{Bound, Quantity};
use crate::policy::{Judge, KeyResult, Measure, Op, Policy, Target, definition};

/// How a figure stands to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regress {
    /// It is not worse, or nothing came before it.
    No,
    /// It is worse than this.
    From(Quantity),
    /// Nobody can tell, since there is no history to look at, or none that is whole.
    Unknown,
}

/// Compares what was measured with the last recorded state under the same definition.
///
/// On a change that is the last one that was recorded of what it is to be merged into; where
/// the change is judged on what it introduced, it is nothing at all, since the figure itself
/// is what it made worse. A bound is worse only if every figure that it allows is.
pub fn regressed(
    policy: &Policy,
    history: &History,
    key_result: &KeyResult,
    (measurement, target): (&Measurement, &Target),
    event: Event,
) -> Regress {
    let Some(value) = measurement.value else {
        return Regress::No;
    };
    let introduced = event == Event::Change && key_result.judge == Judge::Introduced;
    let before = match &key_result.measure {
        Measure::Count(..) if introduced => Quantity::ZERO,
        _ if !history.read || !history.doubts.is_empty() => return Regress::Unknown,
        _ => match last(policy, history, key_result) {
            Some(before) => before,
            None => return Regress::No,
        },
    };
    // How far a figure lies from where people want it.
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
    let decided = match (measurement.bound, target) {
        (Bound::Exact, _)
        | (
            _,
            Target::Compare(Op::AtMost | Op::Less, _) | Target::OfStart(Op::AtMost | Op::Less, _),
        ) => true,
        (Bound::AtLeast, _) => false,
    };
    if decided && off(value) > off(before) {
        Regress::From(before)
    } else {
        Regress::No
    }
}

fn distance(value: Quantity, low: Quantity, high: Quantity) -> Quantity {
    low.minus(value).max(value.minus(high)).max(Quantity::ZERO)
}

/// The last exact figure of a state.
fn last(policy: &Policy, history: &History, key_result: &KeyResult) -> Option<Quantity> {
    let name = policy.record_name(key_result);
    let points: Vec<&Point> = history.points_of(&name).collect();
    current(&points, definition(policy, key_result))
        .iter()
        .rev()
        .filter(|point| point.of_state && point.bound == Bound::Exact)
        .find_map(|point| point.value)
}
