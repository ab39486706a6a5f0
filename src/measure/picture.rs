//! What a report draws and lists beside a figure: the findings of the past that a filter
//! admits, and the curve that a time to fix is read from.

use std::collections::BTreeSet;

use super::filter::Pass;
use super::lives::PastLens;
use super::past::{self, Past, Window};
use super::sight::Sight;
use super::survival::Survival;
use super::{Reason, coverage, time_to_fix};
use crate::model::history::{History, Life};
use crate::policy::{Filter, PastKind, PastMeasure, Unit};

/// The findings of the past that a filter admits.
#[derive(Debug, Clone, Default)]
pub struct Admitted<'a> {
    /// Those, in the order of the history.
    pub lives: Vec<&'a Life>,
    /// How many it cannot decide on, since the records do not hold what it asks for.
    pub undecided: usize,
}

impl<'a> Sight<'a> {
    /// The findings of a history that a filter admits, open or not.
    pub fn admitted(&'a self, history: &'a History, filter: &Filter) -> Admitted<'a> {
        let mut admitted = Admitted::default();
        let Ok(calendar) = self.calendar() else {
            return admitted;
        };
        let lens = PastLens::new(self, history, calendar.now);
        for life in &history.lives {
            match lens.passes(filter, life) {
                Pass::Yes => admitted.lives.push(life),
                Pass::No => {}
                Pass::Open(_) => admitted.undecided += 1,
            }
        }
        admitted
    }

    /// The curve of a time to fix; `None` for every other measure.
    ///
    /// # Errors
    /// Why there is none: the history is not whole, or does not hold what the filter asks for.
    pub fn survival(&'a self, wanted: &PastMeasure) -> Option<Result<Survival, Box<Reason>>> {
        let PastKind::TimeToFix { window, until, .. } = &wanted.kind else {
            return None;
        };
        Some(past::open(self, wanted).map(|past| {
            let window = Window::new(past.now, *window);
            time_to_fix::survival(&past, window, *until)
        }))
    }

    /// The active repositories of the policy's inventory.
    ///
    /// # Errors
    /// Why they are not known.
    pub fn inventory(&'a self, history: &'a History) -> Result<BTreeSet<String>, Reason> {
        let now = self.calendar()?.now;
        let past = Past {
            sight: self,
            history,
            lens: PastLens::new(self, history, now),
            lives: Vec::new(),
            streams: BTreeSet::new(),
            now,
            unit: Unit::Percent,
        };
        coverage::repositories(&past).map(|(active, _)| active)
    }
}
