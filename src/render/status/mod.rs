//! How far everything has come: `krgate status` (rules P1 to P4, P14, P15, P21, P22).
//!
//! Nothing is computed here; `decide::okr::progress` did. Objectives and key results stand in
//! the order of the policy, and all of them are shown.

pub(super) mod document;
mod dot;
pub(super) mod facts;
mod graph;
mod markdown;
mod mermaid;
mod text;

use jiff::tz::TimeZone;

use crate::decide::okr::Progress;

pub use self::document::write as write_json;
pub use self::dot::write as write_dot;
pub use self::markdown::write as write_markdown;
pub use self::mermaid::write as write_mermaid;
pub use self::text::write as write_text;

/// What a status is written from.
#[derive(Debug, Clone, Copy)]
pub struct Status<'a> {
    /// How far everything has come.
    pub progress: &'a Progress,
    /// Where that is known from.
    pub about: About<'a>,
}

/// Where a status is from.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The version of krgate.
    pub version: &'a str,
    /// The path of the policy as it was given.
    pub policy_path: &'a str,
    /// SHA-256 of the policy's bytes.
    pub policy_sha256: &'a str,
    /// What all of it is for.
    pub mission: Option<&'a str>,
    /// The ledger as it was written.
    pub ledger: &'a str,
    /// True if the ledger is there; an absent one is an empty one (rule R32).
    pub ledger_exists: bool,
    /// What days are told in.
    pub zone: &'a TimeZone,
}

/// How many key results came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) met: u64,
    pub(super) missed: u64,
    pub(super) unknown: u64,
}
