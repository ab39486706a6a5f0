//! The policy: what a team promised, as text and as validated values.
//!
//! Text becomes a tree of values with spans (`node`); each file is held against the one
//! description of the language (`language`, in the vocabulary of `shape` and `lexeme`) and
//! every fault is collected (`check`); the files that it extends are merged by id (`layers`,
//! `merge`); and what is left is read into a [`Policy`] (`read`). The description also makes
//! the JSON Schema ([`schema()`]), so a key is added in one place: there, and where it is
//! read. Whoever holds a `Policy` can rely on it: ids are unique, scopes resolve, globs
//! compile, targets fit their measures, and nothing that krgate does not do yet is passed
//! over where that would let something through.
//!
//! Begin with [`load()`] and [`Policy`].

mod address;
mod alias;
mod amend;
mod check;
mod command;
mod compare;
mod credential;
mod definition;
mod figure;
mod figures;
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
mod past;
mod read;
mod scalar;
mod schema;
mod shape;
mod show;
mod standard;
mod sync;
mod syntax;
mod types;
mod vex;
mod waiver;

pub use amend::{NewWaiver, add_waiver};
pub use compare::{Difference, Shift, Subject, all_removed, compare};
pub use definition::{Meaning, definition};
pub use figure::figure_in;
pub use figures::{
    Aggregate, AsOf, CellOp, Checklist, Condition, DataFiles, FigureMeasure, FigureOf,
    FigureSource, FigureValue, Share, StandardPart, Than,
};
pub use filter::{Comparison, Filter, KevWord, Op, Term};
pub use key_result::{
    Action, Ambition, Baseline, CheckInDemand, Distinct, Enforcement, EventsDemand, Judge,
    KeyResult, Measure, Milestone, Objective, Per, SuppressedAs, SuppressedBy, Target, ToolsDemand,
    Unit,
};
pub use load::{Loaded, PLACES, load, load_with, parse};
pub(crate) use near::nearest as nearest_name;
pub use node::MOST_BYTES;
pub(crate) use node::{Entry, Mark, Node, Value, parse_other};
pub use packs::{Need, PACKS, Pack, pack, pack_names};
pub use past::{Begin, Cost, FreshnessOf, IfNone, PastKind, PastMeasure, Statistic, Until};
pub use schema::{schema, schema_text, waiver_schema, waiver_schema_text};
pub use show::show;
pub use standard::{Requirement, Standard};
pub use sync::{HttpSync, PARTS, Piece, Sync, TabilitySync, pieces};
pub use types::{
    AcceptDegraded, Enrich, EnrichFile, IntroducedBy, Iteration, Period, Policy, ReportEntry,
    Scope, SeverityRule, SuppressionMode, SuppressionRule, ToolRow, Unscored,
};
pub use vex::{VexProduct, VexStatement, VexStatus};
pub use waiver::{
    NamedGlob, PathGlobs, Waiver, WaiverKind, WaiverPart, WaiverSubject, Waivers, waiver_id,
};
