//! Measures each key result on the marked findings.
//!
//! One file a measure. A [`Measurement`] says what the figure is, whether it is exact, and
//! what would make it exact; it knows no target and no verdict. [`Sight`] is the door.

mod age;
mod backlog;
mod check_in;
mod checklist;
mod columns;
mod count;
mod coverage;
mod density;
mod detection;
mod escape;
mod events;
mod evidence;
mod exploit;
mod filter;
mod flow;
mod forbidden;
mod formula;
mod freshness;
mod friction;
mod identity;
mod ledger;
mod lives;
mod max_cvss;
mod milestones;
mod overturned;
mod past;
mod picture;
mod rank;
mod recurrence;
mod routed;
mod rows;
mod share;
mod sight;
mod since;
mod sla;
mod suppressed;
mod survival;
mod time_to_fix;
mod tools;
mod value;
mod vulnerability;

pub use backlog::{Backlog, Limit, OpenFinding, OpenState, StreamSight, Wish, backlog};
pub use check_in::{CHECK_IN_EVERY, OVERDUE, figures as checked_in, is_overdue};
pub use columns::{unknown_columns, unknown_requirements};
pub use filter::{Lens, Open, Pass};
pub use forbidden::forbidden;
pub use formula::formula;
pub use ledger::{doubt, from_ledger};
pub use picture::Admitted;
pub use sight::{Explanation, Sight};
pub use survival::{Survival, SurvivalStep};

use crate::diagnostic::Message;
pub use crate::model::Bound;
use crate::model::Quantity;
use crate::policy::Unit;

/// Why a figure is missing or only a lower bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Stable word in kebab case: `no-evidence`, `no-ledger`, `scan-failed`, …
    pub code: &'static str,
    /// What was not measured.
    pub message: Message,
    /// What would make it known.
    pub remedy: Option<Message>,
}

/// What was measured for one key result.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// The figure; `None` where there is none at all.
    pub value: Option<Quantity>,
    /// Whether the figure is exact.
    pub bound: Bound,
    /// For a lower bound, the most that the figure can be, where that is known.
    pub at_most: Option<Quantity>,
    /// Its unit.
    pub unit: Unit,
    /// How many things the figure is made from, where that is not the figure itself.
    pub n: Option<u64>,
    /// Why the figure is missing or a lower bound; empty if it is exact.
    pub reasons: Vec<Reason>,
    /// Places in `Intake::findings` that the figure counts, worst first: one for each secret,
    /// one for each finding otherwise.
    pub counted: Vec<u32>,
    /// Places in `Intake::findings` that it would count if more were known, worst first.
    pub undecided: Vec<u32>,
    /// Findings that pass the filter and are set aside: suppressed, dismissed, waived.
    pub set_aside: u64,
    /// Findings that pass and existed before the change, so that they are not judged.
    pub existing: u64,
    /// Facts that stand beside the figure (`17 findings are unscored; …`).
    pub notes: Vec<Message>,
}

impl Measurement {
    /// A figure that nothing carries yet.
    fn empty(unit: Unit) -> Self {
        Self {
            value: None,
            bound: Bound::Exact,
            at_most: None,
            unit,
            n: None,
            reasons: Vec::new(),
            counted: Vec::new(),
            undecided: Vec::new(),
            set_aside: 0,
            existing: 0,
            notes: Vec::new(),
        }
    }

    /// Sets the bound by the reasons that were gathered.
    fn bounded(mut self) -> Self {
        self.bound = if self.reasons.is_empty() {
            Bound::Exact
        } else {
            Bound::AtLeast
        };
        self
    }
}

#[cfg(test)]
mod tests;
