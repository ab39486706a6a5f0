//! How many findings came to what, over the whole evaluation (rules G37, G38).

use super::words;
use crate::decide::{Evaluation, Event};
use crate::model::FindingView;
use crate::scope::{Novelty, Standing};

/// Every finding of an evaluation in one of five heaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    /// In the figure of a key result, or would be if more were known.
    counted: u64,
    /// There before the change, so that no key result that judges changes counts it.
    outside: u64,
    waived: u64,
    /// Suppressed in the report or dismissed in the tool.
    suppressed: u64,
    /// Read, and in no figure: of no key result, or another place of a secret.
    others: u64,
}

impl Tally {
    pub(super) fn of(evaluation: &Evaluation) -> Self {
        let scoped = &evaluation.scoped;
        let mut is_read = vec![false; scoped.intake.findings.len()];
        for (_, kr) in evaluation.key_results() {
            let measurement = &kr.measurement;
            for place in measurement.counted.iter().chain(&measurement.undecided) {
                let mark = usize::try_from(*place)
                    .ok()
                    .and_then(|place| is_read.get_mut(place));
                if let Some(mark) = mark {
                    *mark = true;
                }
            }
        }
        let on_a_change = evaluation.about.event == Event::Change;
        let mut tally = Self::default();
        for (place, is_read) in is_read.into_iter().enumerate() {
            let heap = match scoped.standing(place) {
                Standing::Waived | Standing::Vex => &mut tally.waived,
                Standing::SuppressedInReport | Standing::Dismissed => &mut tally.suppressed,
                Standing::Counted if is_read => &mut tally.counted,
                Standing::Counted if on_a_change && scoped.novelty(place) == Novelty::Existing => {
                    &mut tally.outside
                }
                Standing::Counted => &mut tally.others,
            };
            *heap += 1;
        }
        tally
    }

    /// `437 counted, 1 outside the change, 0 waived`.
    pub(super) fn in_short(self) -> String {
        format!(
            "{} counted, {} outside the change, {} waived",
            words::thousands(self.counted),
            words::thousands(self.outside),
            words::thousands(self.waived)
        )
    }

    /// The same with the heaps that need no room in a last line.
    pub(super) fn in_full(self) -> String {
        format!(
            "{}, {} suppressed or dismissed, {} in no figure",
            self.in_short(),
            words::thousands(self.suppressed),
            words::thousands(self.others)
        )
    }
}

/// The findings that a key result rests on which is not met, each once.
pub(super) fn deciding(evaluation: &Evaluation) -> impl Iterator<Item = FindingView<'_>> {
    let mut places: Vec<u32> = super::order::not_met(evaluation)
        .into_iter()
        .map(|kr| &kr.measurement)
        .flat_map(|measurement| measurement.counted.iter().chain(&measurement.undecided))
        .copied()
        .collect();
    places.sort_unstable();
    places.dedup();
    places
        .into_iter()
        .filter_map(|place| evaluation.scoped.intake.view(usize::try_from(place).ok()?))
}
