//! Words on the drawing, where they lie on as little as can be.

use maud::{Markup, html};

use super::super::axis::{self, width};
use super::super::length::{Area, Length, Spot};
use super::super::room::Taken;
use super::{Goal, Outlook, Plot, Reading};
use crate::model::Quantity;

/// The height of a line of words, and what of it lies below the letters.
const TALL: Length = Length::units(13);
pub(super) const DESCENT: Length = Length::units(3);
/// From one line of words to the next, in units.
const ROW: i64 = 14;

impl Plot<'_> {
    /// Where the words of the goal stand: above its line or below it, as far to the left as
    /// they lie on nothing.
    pub(super) fn goal_words(&self, at: Quantity, words: &str) -> Option<Area> {
        let line = self.scale.place(at);
        let (wide, room) = (width(words), Length::units(4));
        let mut places = Vec::new();
        for top in [line - Length::units(3) - TALL, line + Length::units(2)] {
            if top < self.area.top - room || top + TALL > self.area.bottom {
                continue;
            }
            let mut left = self.area.left + room;
            while left + wide <= self.area.right {
                let place = Area {
                    left,
                    top,
                    right: left + wide,
                    bottom: top + TALL,
                };
                places.push((place, ()));
                left = left + Length::units(6);
            }
        }
        // A bit of line under the words is worse than words further to the right.
        self.taken(false).freest(places).map(|(place, ())| place)
    }

    /// What words would lie on: figures, lines and what is not known, and where they are of
    /// the forecast also the goal with its words.
    fn taken(&self, with_goal: bool) -> Taken {
        let mut taken = Taken::default();
        let mut before: Option<Reading> = None;
        for reading in &self.readings {
            let spot = self.spot(reading.at, reading.value);
            taken.shape(spot, Length::units(5), 5);
            if let Some(before) = before.filter(|one| self.joined(one.at, reading.at)) {
                taken.line(self.spot(before.at, before.value), spot, 5);
            }
            before = Some(*reading);
        }
        for gap in &self.of.unknown {
            let band = Area {
                left: self.time.place(gap.start),
                right: self.time.place(gap.end),
                ..self.area
            };
            taken.area(band, 1);
            taken.shape(self.unknown_at(band), Length::units(5), 5);
        }
        if let Some((start, goal)) = self.ideal_ends() {
            let (from, to) = (self.of.window.start, self.of.window.end);
            taken.line(self.spot(from, start), self.spot(to, goal), 2);
        }
        if let Some([from, to]) = self.of.trend {
            taken.line(self.spot(from.0, from.1), self.spot(to.0, to.1), 2);
        }
        if let Outlook::Fan { from, low, high } = self.of.outlook {
            for figure in [low, high] {
                let end = Spot {
                    x: self.area.right,
                    y: self.scale.place(figure),
                };
                taken.line(self.spot(from.0, from.1), end, 2);
            }
        }
        let changes = self.of.tool_changes.iter().map(|change| &change.at);
        for at in self.of.redefined.iter().chain(changes) {
            let x = self.time.place(*at);
            let ends = [self.area.top, self.area.bottom].map(|y| Spot { x, y });
            taken.line(ends[0], ends[1], 2);
        }
        if with_goal {
            self.take_goal(&mut taken);
        }
        taken
    }

    fn take_goal(&self, taken: &mut Taken) {
        let (figures, words) = match &self.of.goal {
            Goal::None => return,
            Goal::Line(figure, words) => (vec![*figure], words),
            Goal::Between(low, high, words) => (vec![*low, *high], words),
        };
        for figure in &figures {
            let y = self.scale.place(*figure);
            let ends = [self.area.left, self.area.right].map(|x| Spot { x, y });
            taken.line(ends[0], ends[1], 3);
        }
        let words = figures.last().and_then(|at| self.goal_words(*at, words));
        if let Some(place) = words {
            taken.area(place, 5);
        }
    }

    /// The words stand where the fan would be (rule P31).
    pub(super) fn insufficient(&self, words: &str) -> Markup {
        let said = format!("no forecast: {words}");
        let mut places = Vec::new();
        for most in [22, 28, 36] {
            let lines = axis::wrapped(&said, most);
            let rows = i64::try_from(lines.len()).unwrap_or(0);
            let tall = Length::units(rows * ROW + 2);
            let wide = lines.iter().map(|line| width(line)).max();
            let right = self.area.right - Length::units(2);
            let mut top = self.area.top + Length::units(1);
            while top + tall <= self.area.bottom - Length::units(1) {
                let place = Area {
                    left: right - wide.unwrap_or_default(),
                    top,
                    right,
                    bottom: top + tall,
                };
                places.push((place, lines.clone()));
                top = top + Length::units(3);
            }
        }
        let Some((place, lines)) = self.taken(true).freest(places) else {
            return html! {};
        };
        html! {
            @for (row, line) in (1_i64..).zip(&lines) {
                text class="label end halo" x=(place.right)
                    y=(place.top + Length::units(row * ROW) - DESCENT + Length::units(2)) { (line) }
            }
        }
    }
}
