//! Coordinates of a drawing, and the paths that are made of them.

use std::fmt::{self, Write as _};
use std::ops::{Add, Sub};

use maud::Render;

/// A coordinate or a length in whole tenths of a unit of the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Length(i64);

impl Length {
    /// So many units.
    pub(super) const fn units(units: i64) -> Self {
        Self(units.saturating_mul(10))
    }

    /// So many tenths of a unit.
    pub(super) const fn tenths(tenths: i64) -> Self {
        Self(tenths)
    }

    /// In tenths of a unit.
    pub(super) const fn in_tenths(self) -> i64 {
        self.0
    }

    /// The middle of two.
    pub(super) const fn middle(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0) / 2)
    }
}

impl Add for Length {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Length {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let tenths = self.0.unsigned_abs();
        match (tenths / 10, tenths % 10) {
            (units, 0) => write!(f, "{sign}{units}"),
            (units, rest) => write!(f, "{sign}{units}.{rest}"),
        }
    }
}

impl Render for Length {
    fn render_to(&self, buffer: &mut String) {
        let _ = write!(buffer, "{self}");
    }
}

/// A point of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// From the left.
    pub(super) x: Length,
    /// From the top.
    pub(super) y: Length,
}

/// The value of a `d` attribute.
#[derive(Debug, Default)]
pub(super) struct Path(String);

impl Path {
    /// Goes to a point without a line.
    pub(super) fn go(&mut self, to: Spot) -> &mut Self {
        let _ = write!(self.0, "M{} {}", to.x, to.y);
        self
    }

    /// Draws a line to a point.
    pub(super) fn line(&mut self, to: Spot) -> &mut Self {
        let _ = write!(self.0, "L{} {}", to.x, to.y);
        self
    }

    /// Draws a line back to where this part began.
    pub(super) fn close(&mut self) -> &mut Self {
        self.0.push('Z');
        self
    }

    /// True if nothing was drawn.
    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Render for Path {
    fn render_to(&self, buffer: &mut String) {
        // Letters, digits, points, spaces and minus signs of our own.
        buffer.push_str(&self.0);
    }
}

/// A box of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    /// Its left edge.
    pub(super) left: Length,
    /// Its upper edge.
    pub(super) top: Length,
    /// Its right edge.
    pub(super) right: Length,
    /// Its lower edge.
    pub(super) bottom: Length,
}

impl Area {
    /// Its width.
    pub(super) fn width(self) -> Length {
        self.right - self.left
    }

    /// Its height.
    pub(super) fn height(self) -> Length {
        self.bottom - self.top
    }

    /// Diagonal lines, `apart` from each other, cut at the edges: a pattern would need the
    /// `url()` that a page without network may not hold (rule P24).
    pub(super) fn hatch(self, apart: Length) -> Path {
        let mut path = Path::default();
        let (width, height) = (self.width().in_tenths(), self.height().in_tenths());
        if width <= 0 || height <= 0 || apart.in_tenths() <= 0 {
            return path;
        }
        // On each line x + y is the same, with both counted from the lower left.
        let mut sum = apart.in_tenths() / 2;
        while sum < width + height {
            let near = (sum - height).max(0);
            let far = sum.min(width);
            if near < far {
                let spot = |x: i64| Spot {
                    x: self.left + Length::tenths(x),
                    y: self.bottom - Length::tenths(sum - x),
                };
                path.go(spot(near)).line(spot(far));
            }
            sum += apart.in_tenths();
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_p23_coordinates_are_tenths() {
        let shown = [0, 5, 10, -3, -10, -12, 123].map(|t| Length::tenths(t).to_string());
        assert_eq!(shown, ["0", "0.5", "1", "-0.3", "-1", "-1.2", "12.3"]);
        let middle = Length::units(3).middle(Length::units(4));
        assert_eq!(middle.to_string(), "3.5");
    }

    #[test]
    fn report_p24_hatching_stays_within_its_box() {
        let area = Area {
            left: Length::units(10),
            top: Length::units(20),
            right: Length::units(22),
            bottom: Length::units(50),
        };
        let path = area.hatch(Length::units(6)).render().into_string();
        let ends: Vec<(i64, i64)> = path
            .split(['M', 'L'])
            .skip(1)
            .map(|spot| {
                let (x, y) = spot.split_once(' ').unwrap();
                (x.parse().unwrap(), y.parse().unwrap())
            })
            .collect();
        assert_eq!(ends.len(), 14, "seven lines: {path}");
        assert!(
            ends.iter()
                .all(|(x, y)| (10..=22).contains(x) && (20..=50).contains(y)),
            "{path}"
        );
        let flat = Area {
            bottom: area.top,
            ..area
        };
        assert!(flat.hatch(Length::units(6)).is_empty());
    }
}
