//! The weekly report as one value (reports, section 2): what its writers see, complete before
//! anything is written.
//!
//! [`report()`] composes it from a policy, the history of a ledger, a clock and what was asked
//! for; nothing here opens a store. It decides nothing either: verdicts, scores and grades are
//! those of [`okr::progress`](super::okr::progress()). A writer needs [`Report`] alone; charts
//! are drawn from [`KeyResultFacts`] beside the [`KeyResultProgress`](super::okr::KeyResultProgress)
//! that stands in the same place.

mod actions;
mod ages;
mod changes;
mod compose;
mod course;
mod coverage;
mod findings;
mod overdue;
mod request;
mod tools;
mod value;
mod verdict;
mod waivers;
mod weeks;

pub use actions::{Actions, DueAction, Repair};
pub use ages::{AGE_BANDS, AgeWeek};
pub use changes::{Changes, DefinitionChange, PolicyChange, WriterChange};
pub use compose::{Sources, report};
pub use course::{Change, Course};
pub use coverage::{Coverage, CoverageCell, CoverageRow, CoverageState};
pub use findings::{FindingCause, FindingChange, FindingCounts, FindingEvent, FindingLabel};
pub use overdue::{MissingScan, Overdue, OverdueCheckIn, StaleScan, UnknownOf};
pub use request::{ReportFilter, ReportRequest, Span};
pub use tools::ToolChange;
pub use value::{
    About, Appendix, DataUsed, FigureOrigin, KeyResultFacts, LastRecord, PillarScore, Report,
    ShownKeyResult, ShownObjective, ToolUsed,
};
pub use verdict::{Blocker, VerdictFacts};
pub use waivers::{WaiverNotice, WaiverWhy};
pub use weeks::{IsoWeek, Week, WeekPoint};

#[cfg(test)]
mod tests;
