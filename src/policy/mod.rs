//! The policy: what a team promised, as text and as validated values.
//!
//! Text becomes a tree of values with spans, the tree is checked against the shape of the
//! language (every fault at once, each with position and suggestion), and what is left is
//! validated into a [`Policy`]. Whoever holds a `Policy` can rely on it: ids are unique,
//! scopes resolve, globs compile, targets fit their measures.

mod filter;
mod key_result;
mod types;

pub use filter::{Comparison, Filter, Op, Term};
pub use key_result::{
    Ambition, Distinct, Enforcement, Judge, KeyResult, LaterMeasure, Measure, Objective,
    SuppressedAs, SuppressedBy, Target, ToolsDemand, Unit,
};
pub use types::{
    AcceptDegraded, IntroducedBy, Period, Policy, ReportEntry, Scope, SeverityRule,
    SuppressionMode, SuppressionRule, ToolRow, Unscored,
};
