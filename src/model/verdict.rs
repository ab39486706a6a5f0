//! What became of a key result, and how far its figure can be relied on.

use std::fmt;

/// How far a value can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// It is the figure.
    Exact,
    /// The figure is this or more.
    AtLeast,
}

/// What became of a key result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The target is reached.
    Met,
    /// The target is not reached.
    Missed,
    /// It was not measured, or not well enough.
    Unknown,
}

impl Verdict {
    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
