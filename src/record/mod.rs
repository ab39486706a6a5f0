//! The ledger: records that are only ever added, and the stores that keep them.
//!
//! Read [`Record`] first. A record is complete before it is sent ([`Draft::seal`]); a store
//! appends and scans, and nothing else ([`store::RecordStore`]). No code path changes or
//! deletes a record: a correction is a new record (rule R1).

mod blocks;
pub mod canonical;
pub mod checkpoint;
mod choice;
mod entry;
mod files;
mod flaw;
mod fleet;
pub mod frozen;
pub mod history;
mod identity;
mod kind;
pub mod lifecycle;
pub mod months;
pub mod run;
mod schema;
mod shape;
pub mod spool;
pub mod store;
pub mod sync;
mod union;
pub mod verify;

pub use choice::{Chosen, Conflict};
pub use entry::{Draft, Record, SCHEMA, Unsealed};
pub use flaw::Flaw;
pub use identity::{Digest, RecordId};
pub use kind::{Idem, Kind, Repository, Target};
pub use schema::schema;
pub use shape::written;
pub use union::{MOST_PARENTS, Union};
