//! The life of findings across records (part L of the ledger's rules).
//!
//! Read [`Scanned`] first: what one run says of one stream, as its record keeps it. [`State`] is
//! what any number of them come to; it is replayed from records ([`State::take`]) and nothing
//! else writes to it, so that the same set of records gives the same state (rule L23).
//! [`advance`] makes the next one from the reports of a run, and [`lives`] turns all of them
//! into the values that measures read.

mod admits;
mod advance;
mod advisories;
mod deployed;
mod event;
mod form;
mod git;
mod look;
mod past;
mod replay;
mod runs;
mod state;

pub use admits::admits;
pub use advance::{Advanced, Circumstances, Descent, Lineage, Note, advance};
pub use advisories::Advisories;
pub use deployed::deployed;
pub use event::{Event, Key, KeyKind, Look, Scanned, Stream, Uncovered, What};
pub use form::{FormError, read_streams, write_streams};
pub use git::{GitLineage, NoLineage};
pub use past::{Lives, PastRecord, lives};
pub use state::{Drift, Misses, State, StreamState, Tracked};
