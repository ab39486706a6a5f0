//! Where krgate runs: read once from the environment, then passed on as a value.
//!
//! This is the one room that looks at environment variables (arguments that clap reads from
//! `KRGATE_…` variables are arguments), and [`git`] is the one place that runs git. Begin
//! with [`CiContext`](crate::model::CiContext), which [`context()`] makes.

mod base;
mod context;
mod environment;
pub mod git;
mod local;
mod origin;
mod payload;
pub mod push;
pub mod scan;
mod surroundings;

pub use base::{Base, Change, base, start_of_change};
pub use context::{context, context_of};
pub use environment::Environment;
pub use local::{Usual, base_of_push, usual_base};
pub use origin::origin;
pub use payload::Payload;
pub use surroundings::{RunnerFiles, Surroundings};
