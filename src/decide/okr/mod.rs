//! The arithmetic of objectives and key results (rules K1 to K29), over plain values.
//!
//! One file a subject; nothing here opens a store or knows a clock. [`progress()`] is the door
//! for whoever shows how far everything has come, [`close()`] for whoever closes a period,
//! [`resolve()`] and [`new_baselines()`] for starts that the ledger holds. Everything is exact
//! (rule M0c), and nothing here but `resolve` touches a verdict.

mod band;
mod baseline;
mod bounds;
mod close;
mod compose;
mod course;
mod event;
mod first;
mod forecast;
mod kind;
mod pace;
mod pool;
mod progress;
mod regress;
mod root;
mod series;
mod source;
mod trend;
mod unknown;

pub use band::{Band, expected};
pub use baseline::{
    NewBaseline, Resolved, asks_for_baseline, first_baseline, new_baselines, resolve,
};
pub use bounds::{FRESH, InBounds, in_bounds};
pub use close::{Close, Grade, Refusal, amended, close, closed, closed_grade};
pub use compose::progress;
pub use course::{Course, course};
pub use event::{ProgressEvent, external_id};
pub use first::{FirstFigure, first_figure};
pub use forecast::{
    Domain, Forecast, Insufficient, LEAST_DELTAS, LEAST_POINTS, Likelihood, PATHS, forecast,
};
pub use kind::Kind;
pub use pace::{Pace, PaceState};
pub use pool::{nearest_rank, pooled};
pub use progress::{
    Basis, Confidence, Figure, KeyResultProgress, ObjectiveProgress, PeriodProgress,
    PillarProgress, Progress, Remark, StepLength,
};
pub use regress::{Regress, regressed};
pub use series::{Segment, Step, current, segments, steps};
pub use source::rests_on;
pub use trend::{Trend, trend};

use crate::model::{ClassSet, Quantity};
use crate::policy::{KeyResult, Measure, Policy};

/// How long a recorded verdict of a key result stands, in seconds: as long as the reports
/// that it reads do (`fresh`, 7 days by default), of several the shortest (rule K6).
pub fn fresh(policy: &Policy, key_result: &KeyResult) -> u64 {
    let classes = match &key_result.measure {
        Measure::Count(filter, _)
        | Measure::Introduced(filter, _)
        | Measure::MaxCvss(filter)
        | Measure::Suppressed { filter, .. } => filter.admitted_classes(),
        Measure::Tools(demand) => demand.legs.iter().map(|(class, _)| *class).collect(),
        _ => ClassSet::EMPTY,
    };
    policy
        .reports
        .iter()
        .filter(|entry| entry.class.is_none_or(|class| classes.contains(class)))
        .filter(|_| classes != ClassSet::EMPTY)
        .map(|entry| entry.fresh.unwrap_or(FRESH))
        .min()
        .unwrap_or(FRESH)
}

/// What a person's word for confidence means: `red`, `amber` and `green`, or a number from 0
/// to 1 (rule K20).
pub fn confidence(word: &str) -> Option<Quantity> {
    match word {
        "red" => Quantity::ratio(2, 10),
        "amber" => Quantity::ratio(5, 10),
        "green" => Quantity::ratio(8, 10),
        number => Quantity::parse(number)
            .ok()
            .filter(|number| Quantity::ZERO <= *number && *number <= Quantity::ONE),
    }
}

#[cfg(test)]
mod tests;
