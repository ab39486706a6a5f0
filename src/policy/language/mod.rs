//! The policy language, described once.
//!
//! Begin with [`POLICY`]. Whatever stands here is checked, stands in the JSON Schema, and is
//! explained in editors; whatever does not is an unknown key.

mod basics;
mod evidence;
mod figures;
mod filter;
mod history;
mod measure;
mod objective;
mod root;
mod sync;
mod waiver;

pub(super) use filter::FILTER_MAP;
pub(super) use root::POLICY;
pub(super) use waiver::WAIVER_FILE;
