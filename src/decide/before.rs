//! What a change makes of each key result: the base's figure and the one with the change
//! (rule P19). It is shown and decides nothing.

use std::collections::BTreeMap;

use super::shown_figure;
use crate::measure::{Measurement, Sight};
use crate::model::history::{BaseRun, History, Point};
use crate::model::{Bound, Event, Quantity, UntrustedText, Verdict};
use crate::policy::{Filter, Judge, KeyResult, Measure, Policy, Term, definition};

/// What a change is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// A state is judged, which has none.
    State,
    /// There is nothing; why, as a clause.
    Lacking(&'static str),
    /// A recorded state.
    Recorded {
        /// The run that judged it.
        run: BaseRun,
        /// What it says of each key result, by its id; those that only a change has a figure
        /// of are not there.
        figures: BTreeMap<String, Before>,
    },
}

impl Base {
    /// What the base says of a key result, if there is a base and it may say something.
    pub fn of(&self, key_result: &str) -> Option<&Before> {
        match self {
            Self::Recorded { figures, .. } => figures.get(key_result),
            Self::State | Self::Lacking(_) => None,
        }
    }
}

/// What the base says of a key result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// Nothing under the definition that is judged by today.
    NotRecorded,
    /// A figure, or that it was unknown.
    Recorded(BaseFigure),
}

/// A figure of the base, and the one that it becomes with the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseFigure {
    /// In the unit of the measurement; `None` when it was unknown.
    pub value: Option<Quantity>,
    /// Whether it is exact.
    pub bound: Bound,
    /// As people read it.
    pub shown: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The code of why it was unknown.
    pub reason: Option<UntrustedText>,
    /// The figure of the whole with the change, existing findings too; `None` where it is
    /// unknown.
    pub after: Option<Quantity>,
    /// Whether that is exact.
    pub after_bound: Bound,
    /// That figure as people read it.
    pub shown_after: String,
    /// True if the change is judged on a part of that figure, which it introduced.
    pub judged_on_introduced: bool,
    /// True if the change made another figure of it: both are exact and differ, the record is
    /// of the very base, and the measure is one that a change can move.
    pub moved: bool,
}

/// Looks up every key result of a change in the record of its base.
pub(super) fn base(
    policy: &Policy,
    sight: &Sight<'_>,
    history: &History,
    event: Event,
    measured: &BTreeMap<&str, &Measurement>,
) -> Base {
    if event == Event::State {
        return Base::State;
    }
    if !history.read {
        return Base::Lacking("no ledger was read");
    }
    if !history.doubts.is_empty() {
        return Base::Lacking("the ledger cannot be relied on");
    }
    let Some(run) = &history.base else {
        return Base::Lacking("the ledger has no record of the base");
    };
    let figures = policy
        .key_results()
        .map(|(_, key_result)| key_result)
        .filter(|key_result| !is_of_changes_alone(&key_result.measure))
        .filter_map(|key_result| {
            let here = measured.get(key_result.id.as_str())?;
            let name = policy.record_name(key_result);
            let means = definition(policy, key_result);
            let point = history
                .points_of(&name)
                .find(|point| point.record == run.record && point.definition == means);
            let before = match point {
                Some(point) => Before::Recorded(compared(key_result, point, here, sight, run)),
                None => Before::NotRecorded,
            };
            Some((key_result.id.clone(), before))
        })
        .collect();
    Base::Recorded {
        run: run.clone(),
        figures,
    }
}

fn compared(
    key_result: &KeyResult,
    point: &Point,
    here: &Measurement,
    sight: &Sight<'_>,
    run: &BaseRun,
) -> BaseFigure {
    let of_part = key_result.judge == Judge::Introduced && key_result.measure.filter().is_some();
    let whole = of_part.then(|| sight.measure_whole(key_result));
    let after = whole.as_ref().unwrap_or(here);
    let is_exact = point.bound == Bound::Exact && after.bound == Bound::Exact;
    let differs = matches!((point.value, after.value), (Some(a), Some(b)) if a != b);
    BaseFigure {
        value: point.value,
        bound: point.bound,
        shown: shown_figure(point.value, point.bound, here.unit, point.n),
        verdict: point.verdict,
        reason: point.reason.clone(),
        after: after.value,
        after_bound: after.bound,
        shown_after: shown_figure(after.value, after.bound, after.unit, after.n),
        judged_on_introduced: of_part,
        moved: run.of_base && is_exact && differs && key_result.measure.moves_on_change(),
    }
}

/// True if a state has no such figure: it counts what is new or what is old.
fn is_of_changes_alone(measure: &Measure) -> bool {
    let by_novelty = |filter: &Filter| filter.uses(&|term| matches!(term, Term::Introduced(_)));
    matches!(measure, Measure::Introduced(..)) || measure.filter().is_some_and(by_novelty)
}
