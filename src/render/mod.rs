//! Pure writers of an [`crate::decide::Evaluation`], one file a format, and one encoder a sink.
//!
//! Nothing here decides: an output shows what was decided, cut where its sink has a limit,
//! and says how much it cut (invariant 2). Start at [`text`]; [`json`] shows all there is.

pub mod annotations;
pub mod badge;
pub mod baseline;
pub mod chart;
pub mod check_run;
pub mod doctor;
pub mod encode;
pub mod explain;
pub mod findings;
pub mod html;
pub mod inspect;
pub mod json;
pub mod junit;
pub mod lint;
mod located;
pub mod markdown;
mod notices;
mod order;
mod package;
mod palette;
mod proposed;
mod readers;
pub mod report;
pub mod sarif;
mod short_id;
mod since;
pub mod status;
pub mod sync;
mod tally;
pub mod text;
mod text_width;
pub mod waivers;
mod words;

pub use short_id::ShortIds;
