//! The policy: what a team promised, as text and as validated values.
//!
//! Text becomes a tree of values with spans, the tree is checked against the shape of the
//! language (every fault at once, each with position and suggestion), and what is left is
//! validated into a [`Policy`]. Whoever holds a `Policy` can rely on it: ids are unique,
//! scopes resolve, globs compile, targets fit their measures.

mod check;
mod credential;
mod filter;
mod key_result;
mod language;
mod layers;
mod lexeme;
mod load;
mod merge;
mod near;
mod node;
mod packs;
mod read;
mod scalar;
mod schema;
mod shape;
mod show;
mod syntax;
mod types;

pub use filter::{Comparison, Filter, Op, Term};
pub use key_result::{
    Ambition, Distinct, Enforcement, Judge, KeyResult, LaterMeasure, Measure, Objective,
    SuppressedAs, SuppressedBy, Target, ToolsDemand, Unit,
};
pub use load::{Loaded, PLACES, find, load, load_with, parse};
pub use schema::{schema, schema_text};
pub use show::show;
pub use types::{
    AcceptDegraded, IntroducedBy, Period, Policy, ReportEntry, Scope, SeverityRule,
    SuppressionMode, SuppressionRule, ToolRow, Unscored,
};
