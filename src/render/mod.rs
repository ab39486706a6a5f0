//! Pure writers of an [`crate::decide::Evaluation`], one file a format, and one encoder a sink.
//!
//! Nothing here decides: an output shows what was decided, cut where its sink has a limit,
//! and says how much it cut (invariant 2). Start at [`text`]; every other format is like it.

pub mod encode;
