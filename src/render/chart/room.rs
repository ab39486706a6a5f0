//! Where words lie on nothing, or on the least (rules P31, P33).

use super::length::{Area, Length, Spot};

/// How many points of a line are looked at.
const POINTS: i64 = 160;

/// What a drawing holds already, each with how bad it is to lie on it.
#[derive(Debug, Default)]
pub(super) struct Taken {
    lines: Vec<(Spot, Spot, u32)>,
    boxes: Vec<(Area, u32)>,
}

impl Taken {
    /// Adds a line.
    pub(super) fn line(&mut self, from: Spot, to: Spot, cost: u32) {
        self.lines.push((from, to, cost));
    }

    /// Adds a box.
    pub(super) fn area(&mut self, area: Area, cost: u32) {
        self.boxes.push((area, cost));
    }

    /// Adds a shape around a point.
    pub(super) fn shape(&mut self, at: Spot, half: Length, cost: u32) {
        let area = Area {
            left: at.x - half,
            top: at.y - half,
            right: at.x + half,
            bottom: at.y + half,
        };
        self.area(area, cost);
    }

    /// The first of those places for words that lie on the least.
    pub(super) fn freest<T>(
        &self,
        places: impl IntoIterator<Item = (Area, T)>,
    ) -> Option<(Area, T)> {
        places
            .into_iter()
            .min_by_key(|(words, _)| self.cost(*words))
    }

    fn cost(&self, words: Area) -> u32 {
        let lines = self.lines.iter();
        let lines = lines.filter(|(from, to, _)| crosses(words, *from, *to));
        let boxes = self.boxes.iter().filter(|(area, _)| overlaps(words, *area));
        let costs = lines.map(|line| line.2).chain(boxes.map(|area| area.1));
        costs.fold(0, u32::saturating_add)
    }
}

fn overlaps(one: Area, other: Area) -> bool {
    one.left < other.right
        && other.left < one.right
        && one.top < other.bottom
        && other.top < one.bottom
}

fn crosses(area: Area, from: Spot, to: Spot) -> bool {
    let between = |one: Length, other: Length, point: i64| {
        let way = (other - one).in_tenths().saturating_mul(point) / POINTS;
        one + Length::tenths(way)
    };
    (0..=POINTS).any(|point| {
        let (x, y) = (between(from.x, to.x, point), between(from.y, to.y, point));
        area.left <= x && x <= area.right && area.top <= y && y <= area.bottom
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(left: i64, top: i64, right: i64, bottom: i64) -> Area {
        Area {
            left: Length::units(left),
            top: Length::units(top),
            right: Length::units(right),
            bottom: Length::units(bottom),
        }
    }

    fn spot(x: i64, y: i64) -> Spot {
        Spot {
            x: Length::units(x),
            y: Length::units(y),
        }
    }

    #[test]
    fn report_p31_words_take_the_first_place_that_is_free() {
        let mut taken = Taken::default();
        taken.line(spot(0, 0), spot(100, 100), 3);
        taken.shape(spot(80, 20), Length::units(4), 4);
        taken.area(area(0, 60, 40, 100), 1);
        let places = [
            (area(40, 40, 60, 52), "on the line"),
            (area(70, 10, 95, 30), "on the shape"),
            (area(10, 70, 30, 90), "on the box"),
            (area(45, 80, 60, 95), "free"),
            (area(60, 0, 70, 9), "free too"),
        ];
        assert_eq!(taken.freest(places).unwrap().1, "free");
        // Where nothing is free, the least is taken.
        let taken_ones = places.into_iter().take(3);
        assert_eq!(taken.freest(taken_ones).unwrap().1, "on the box");
        assert!(taken.freest::<()>([]).is_none());
    }

    #[test]
    fn report_p31_a_level_line_and_an_upright_one_are_crossed() {
        let words = area(10, 10, 20, 20);
        assert!(crosses(words, spot(0, 15), spot(288, 15)));
        assert!(crosses(words, spot(15, 0), spot(15, 150)));
        assert!(!crosses(words, spot(0, 21), spot(288, 21)));
        assert!(!crosses(words, spot(9, 0), spot(9, 150)));
        assert!(!overlaps(words, area(20, 10, 30, 20)), "side by side");
    }
}
