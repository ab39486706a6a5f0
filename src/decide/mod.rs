//! Compares each measurement with its target and comes to an [`Evaluation`].
//!
//! The evaluation is complete before anything is rendered or sent, so that no limit and no
//! failure of an output can change a verdict.

mod evaluation;

pub use evaluation::{
    About, Counts, Evaluation, Event, ExitCode, KeyResultOutcome, ObjectiveOutcome, Score, Verdict,
};
