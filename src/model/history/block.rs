//! Changes that the gate blocked, and what was waived as a false positive since (rule M26).

use jiff::Timestamp;

use super::RecordId;
use crate::model::{FindingId, ObjectId};

/// A run that blocked a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The repository, `host/id`.
    pub repository: String,
    /// The head of the change; `None` where nobody knew the commit.
    pub head: Option<ObjectId>,
    /// When it was judged.
    pub at: Timestamp,
    /// The record that holds it.
    pub record: RecordId,
    /// The findings that blocked, by their ids in that run, each once.
    pub findings: Vec<FindingId>,
    /// True if something else blocked too, such as a scan that did not run.
    pub by_other: bool,
    /// True if not every finding that blocked is named: the record is of a krgate that did not
    /// say so, or secrets had no ids that last (rule R10).
    pub is_partial: bool,
}

/// A finding that was waived as a false positive, under one of its ids, as records show it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FalsePositive {
    /// The repository, `host/id`.
    pub repository: String,
    /// The finding.
    pub id: FindingId,
    /// The first record that has it so.
    pub from: Timestamp,
    /// The first record that does not any more, or that of a change; `None` while it lasts.
    pub until: Option<Timestamp>,
}
