//! The weekly report: `krgate report` (rules P1 to P6, P10, P12 to P16, P38 to P44).
//!
//! Nothing is computed here; [`crate::decide::report`] did. Each writer takes a [`Report`] and
//! nothing else, one file a format; what all of them say in words is in `facts`.

mod csv;
pub(super) mod facts;
mod json;
mod markdown;
mod openmetrics;

pub use self::csv::write as write_csv;
pub use self::json::write as write_json;
pub use self::markdown::write as write_markdown;
pub use self::openmetrics::write as write_openmetrics;
pub use crate::decide::report::Report;
