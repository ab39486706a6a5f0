//! How old open findings are, week by week (section 5 of the rules).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::axis::{self, width};
use super::length::{Area, Length};
use super::scale::{Measured, Time};
use super::thin::MOST_POINTS;
use crate::model::Quantity;
use crate::model::calendar::Window;
use crate::render::encode::html::HtmlText;

/// The bands, the youngest first. Their order in a bar tells them apart without colour.
pub const BANDS: [&str; 5] = ["0–7 d", "8–30 d", "31–90 d", "91–180 d", "over 180 d"];

/// Open findings by age, a bar a week.
#[derive(Debug)]
pub struct AgeBands<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// What it is.
    pub title: HtmlText,
    /// What it says, in one sentence.
    pub says: String,
    /// What weeks are told in.
    pub zone: &'a TimeZone,
    /// The weeks that end at these moments, in the order of time, with how many are open by
    /// [`BANDS`]; `None` where nobody knows. Of more than [`MOST_POINTS`] the last are drawn.
    pub weeks: Vec<(Timestamp, Option<[u64; 5]>)>,
}

const HEIGHT: Length = Length::units(110);
const WEEK: i64 = 7 * 86_400;

impl AgeBands<'_> {
    /// The figure.
    pub fn figure(&self) -> Markup {
        let weeks = self.last_weeks();
        let (Some((first, _)), Some((last, _))) = (weeks.first(), weeks.last()) else {
            return html! {};
        };
        let measured = Measured::count("open findings");
        let totals: Vec<Quantity> = weeks
            .iter()
            .filter_map(|(_, open)| *open)
            .map(|open| Quantity::count(open.iter().sum()))
            .collect();
        let (area, scale) = axis::plot(&measured, &totals, HEIGHT);
        let window = Window {
            start: week_before(*first),
            end: *last,
        };
        let time = Time::over(window, (area.left, area.right));
        let below = area.bottom + Length::units(24);
        let (legend, height) = bands_legend(below);
        let inside = html! {
            (axis::value_axis(area, &scale, &measured))
            @for (end, open) in &weeks {
                @let bar = bar(area, time, *end);
                @match open {
                    None => { path class="hatch" d=(bar.hatch(Length::units(7))) {} }
                    Some(open) => {
                        @for (band, low, high) in stack(open) {
                            @let top = scale.place(high);
                            rect class={ "band band-" (band) } x=(bar.left) y=(top)
                                width=(bar.width()) height=(scale.place(low) - top) {}
                        }
                    }
                }
            }
            (axis::time_axis(area, time, self.zone))
            (legend)
        };
        html! {
            figure class="chart" {
                (axis::drawing((self.id, &self.title, &self.says), height, &inside))
            }
        }
    }
}

impl AgeBands<'_> {
    /// The weeks that are drawn: none before the first one that is known, and each as wide as
    /// the others, though the last one ends at the clock.
    fn last_weeks(&self) -> Vec<(Timestamp, Option<[u64; 5]>)> {
        let known = self.weeks.iter().position(|(_, open)| open.is_some());
        let skipped = self.weeks.len().saturating_sub(MOST_POINTS);
        let skipped = skipped.max(known.unwrap_or(0));
        let mut weeks: Vec<(Timestamp, Option<[u64; 5]>)> = Vec::new();
        for (end, open) in self.weeks.iter().skip(skipped) {
            let least = weeks.last().map(|(before, _)| week_after(*before));
            weeks.push((least.map_or(*end, |least| least.max(*end)), *open));
        }
        weeks
    }
}

fn week_after(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().saturating_add(WEEK)).unwrap_or(at)
}

fn week_before(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().saturating_sub(WEEK)).unwrap_or(at)
}

/// Where the bar of a week stands, with air between two.
fn bar(area: Area, time: Time, end: Timestamp) -> Area {
    let (left, right) = (time.place(week_before(end)), time.place(end));
    let air = Length::tenths((right - left).in_tenths() / 8);
    Area {
        left: left + air,
        right: right - air,
        ..area
    }
}

/// The bands that hold anything, each from where it begins to where it ends.
fn stack(open: &[u64; 5]) -> Vec<(usize, Quantity, Quantity)> {
    let mut below = 0;
    let mut stack = Vec::new();
    for (band, count) in open.iter().enumerate() {
        if *count > 0 {
            let above = below + count;
            stack.push((band, Quantity::count(below), Quantity::count(above)));
            below = above;
        }
    }
    stack
}

/// The bands with their boxes, in the order in which they stand on each other.
fn bands_legend(top: Length) -> (Markup, Length) {
    const BOX: Length = Length::units(11);
    let head = "from below:";
    let (mut x, mut y) = (width(head) + Length::units(8), top);
    let mut placed = Vec::new();
    for (band, name) in BANDS.iter().enumerate() {
        let wide = BOX + Length::units(4) + width(name);
        if x + wide > axis::WIDTH {
            x = Length::default();
            y = y + axis::LINE;
        }
        placed.push((band, *name, x, y));
        x = x + wide + Length::units(8);
    }
    let drawn = html! {
        text class="label" x="0" y=(top + Length::units(12)) { (head) }
        @for (band, name, x, y) in placed {
            rect class={ "band band-" (band) } x=(x) y=(y + Length::units(2)) width=(BOX) height=(BOX) {}
            text class="label" x=(x + BOX + Length::units(4)) y=(y + Length::units(12)) { (name) }
        }
    };
    (drawn, y + axis::LINE + Length::units(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Untrusted;

    fn drawn(weeks: &[Option<[u64; 5]>]) -> String {
        let monday: Timestamp = "2026-10-05T00:00:00Z".parse().unwrap();
        let weeks = (1_i64..).zip(weeks).map(|(week, open)| {
            let end = Timestamp::from_second(monday.as_second() + week * WEEK).unwrap();
            (end, *open)
        });
        let chart = AgeBands {
            id: "age",
            title: HtmlText::label(Untrusted::new("ages")),
            says: "12 open".to_owned(),
            zone: &TimeZone::UTC,
            weeks: weeks.collect(),
        };
        chart.figure().into_string()
    }

    #[test]
    fn report_p24_bands_stand_in_a_fixed_order_and_name_it() {
        let drawn = drawn(&[Some([5, 0, 3, 0, 2]), None]);
        for band in ["band-0", "band-2", "band-4"] {
            assert_eq!(drawn.matches(band).count(), 2, "a bar and a box: {drawn}");
        }
        assert_eq!(drawn.matches("band-1\"").count(), 1, "a box alone");
        assert_eq!(drawn.matches("class=\"hatch\"").count(), 1);
        assert!(drawn.contains(">from below:<"));
        // 0 to 10 over 110 units that end at 130: 5 are 55 high, 3 are 33.
        assert!(drawn.contains("y=\"75\""), "{drawn}");
        assert!(drawn.contains("height=\"55\""), "{drawn}");
        assert!(drawn.contains("height=\"33\""), "{drawn}");
        assert!(drawn.contains("height=\"22\""), "{drawn}");
    }

    #[test]
    fn report_p30_weeks_before_the_first_known_one_are_not_drawn() {
        let drawn = drawn(&[None, None, Some([1, 0, 0, 0, 0]), None]);
        assert_eq!(drawn.matches("class=\"hatch\"").count(), 1);
        assert!(
            drawn.contains(">W43<") && !drawn.contains(">W41<"),
            "{drawn}"
        );
    }

    #[test]
    fn report_p34_of_many_weeks_the_last_400_are_drawn() {
        let drawn = drawn(&vec![Some([1, 0, 0, 0, 0]); 450]);
        assert_eq!(drawn.matches("band band-0").count(), 401);
        assert_eq!(
            AgeBands {
                id: "x",
                title: HtmlText::label(Untrusted::new("")),
                says: String::new(),
                zone: &TimeZone::UTC,
                weeks: Vec::new(),
            }
            .figure()
            .into_string(),
            "",
            "nothing to draw"
        );
    }
}
