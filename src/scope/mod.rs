//! Marks each finding: counted or set aside, in or out of each scope, introduced or not,
//! always with the reason. Nothing is dropped (invariant 11).

use crate::model::Intake;

/// Why a finding counts, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Counted,
    /// The report suppresses it, and the policy honours that (rules 36, 38).
    SuppressedInReport,
    /// A secret that the tool's users dismissed (rule S67).
    Dismissed,
    /// A waiver holds.
    Waived,
}

/// Whether a finding is new on this change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// By the tool's own baseline, or because nothing tells (rule 41).
    Introduced,
    /// The tool's own baseline knows it.
    Existing,
}

/// One scope over all findings.
#[derive(Debug, Clone)]
pub struct ScopeMarks {
    /// The scope's name.
    pub name: String,
    /// Why the whole run is outside (environment, ref), as words; `None` if it is inside.
    pub run_outside: Option<String>,
    /// What is not known and so counts as inside (`no --environment was given`).
    pub assumed: Vec<&'static str>,
    /// By place in `Intake::findings`: inside by path. Empty if the scope has no paths, so
    /// that all are.
    pub inside: Vec<bool>,
}

impl ScopeMarks {
    /// True if the finding is inside.
    pub fn holds(&self, finding: usize) -> bool {
        self.run_outside.is_none()
            && (self.inside.is_empty() || self.inside.get(finding).copied().unwrap_or(true))
    }
}

/// The intake with its marks.
#[derive(Debug)]
pub struct Scoped {
    /// What the reports said.
    pub intake: Intake,
    /// By place in `intake.findings`.
    pub standing: Vec<Standing>,
    /// By place in `intake.findings`.
    pub novelty: Vec<Novelty>,
    /// By place in `Policy::scopes`.
    pub scopes: Vec<ScopeMarks>,
}
