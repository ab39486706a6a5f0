//! Pure values of the field. No input or output lives here, no clock, no environment.
//!
//! Read [`Intake`] first: it is all that the reports said, in a form whose size is
//! bounded by the number of findings and the distinct strings in them.

pub mod calendar;
mod change;
mod ci;
mod class;
mod exploit;
mod facts;
mod figures;
mod finding;
mod findings;
pub mod history;
mod intake;
mod origin;
mod owners;
mod package;
mod path;
mod quantity;
mod rows;
mod run;
mod score;
mod secret;
mod secrets;
mod strings;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod verdict;

pub use change::{CarriedLines, ChangedLines, Committed, Hunk, LineRange, Touched};
pub use ci::{CiContext, CiRun, Event, ObjectId, ReadOnly, System};
pub use class::{Class, ClassSet};
pub use exploit::{Cve, DataFile, DataKind, DataState, EpssEntry, ExploitData, KevEntry};
pub use facts::{Facts, FactsId, NamedScore, Package, Probability};
pub use figures::{FigureContent, FigureFile, Figures, Table, TableRow};
pub use finding::{
    BaselineState, Finding, FindingId, Fingerprint, FingerprintRange, Level, Region, Suppression,
};
pub use findings::{FindingMut, Findings, FindingsIter};
pub use intake::{
    CommitId, FindingView, Gap, InRepository, Intake, PathEntry, PathId, ReportFile, ReportId,
    Rule, RuleId, RunId,
};
pub use origin::{Origin, RunOrigin};
pub use owners::{Owners, OwnersRule};
pub use package::PackageName;
pub use path::{RepoPath, RepoPathRef, without_tag};
pub use quantity::{Quantity, QuantityError};
pub use rows::{Baseline, Dependency, KeyCheck, Row, Rows, Stream};
pub use run::{Evidence, ResultCounts, RunReason, RunStatus, ToolRun, Verification};
pub use score::{
    Bands, Cvss, CvssKind, CvssScore, CvssVersion, ScoreHow, ScoreSource, Severity, Tenths,
};
pub use secret::{SecretHash, SecretId, Triage, Validity};
pub use secrets::{SecretGroup, group_secrets, one_of_each_secret};
pub(crate) use strings::Strings;
pub use text::{Concealed, TextId, Texts, Untrusted, UntrustedText, is_hidden, visible};
pub use verdict::{Bound, Verdict};
