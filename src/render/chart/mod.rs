//! Charts as inline SVG (rules P23 to P34).
//!
//! Plain values come in, each in the unit that is shown, and nothing here calculates a figure.
//! Coordinates are whole tenths of a unit, made without floating point, so that the same
//! values are the same bytes. Colours come by class from the page's style, and nothing is told
//! by colour alone. A drawing has no identity but the `id` that it is given, which must be
//! unique on its page and of the alphabet of the policy's ids.

mod age_bands;
mod axis;
mod burn_down;
mod coverage;
mod length;
mod room;
mod scale;
mod shape;
mod sparkline;
mod survival;
mod thin;

use jiff::Timestamp;

pub use self::age_bands::{AgeBands, BANDS};
pub use self::burn_down::{BurnDown, Goal, Outlook, ToolChange};
pub use self::coverage::{CoverageGrid, MOST_ROWS, Scanned};
pub use self::scale::Measured;
pub use self::shape::Mark;
pub use self::sparkline::{Sparkline, WEEKS};
pub use self::survival::SurvivalCurve;
pub use self::thin::MOST_POINTS;
use crate::model::Quantity;

/// A figure at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// When it was.
    pub at: Timestamp,
    /// The figure.
    pub value: Quantity,
    /// What became of it.
    pub mark: Mark,
}
