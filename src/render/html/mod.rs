//! Pages: one file each, without script and without network (rules P7, P8, P26 to P28).
//!
//! Nothing here decides or calculates. What is foreign is encoded by
//! [`super::encode::html`], colours come from one palette, and the one style is named by its
//! hash in the page's own policy.

mod board;
mod detail;
mod page;
mod report;
mod score;
mod status;
mod view;

pub use self::report::write_report;
pub use self::status::write_status;
