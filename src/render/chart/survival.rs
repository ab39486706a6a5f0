//! How many findings are not fixed yet, over their age (section 5 of the rules).

use maud::{Markup, html};

use super::axis::{self, number, width};
use super::length::{Area, Length, Path, Spot};
use super::scale::{Measured, Scale};
use crate::model::Quantity;
use crate::render::encode::html::HtmlText;

/// A survival curve. Ages are in the unit that is shown, shares are fractions of one.
pub struct SurvivalCurve<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// What it is.
    pub title: HtmlText,
    /// What it says, in one sentence.
    pub says: String,
    /// The unit of ages: `d`, `h`.
    pub unit: &'static str,
    /// The share that is not fixed from an age on, by age.
    pub steps: Vec<(Quantity, Quantity)>,
    /// The greatest age that anything was seen at.
    pub until: Quantity,
    /// How many findings were in view at an age.
    pub at_risk: &'a dyn Fn(Quantity) -> u64,
    /// The ages of findings that are open.
    pub open: Vec<Quantity>,
    /// The age by which half is fixed, where that is reached.
    pub median: Option<Quantity>,
    /// The age that the target asks for, with the words at its line.
    pub target: Option<(Quantity, String)>,
}

/// The height of the plot.
const HEIGHT: Length = Length::units(110);
/// More ticks than this are one band.
const MOST_TICKS: usize = 200;

/// A drawing in the making.
struct Plot<'a> {
    of: &'a SurvivalCurve<'a>,
    area: Area,
    shares: Scale,
    ages: Scale,
}

fn percent(share: Quantity) -> Quantity {
    share.times(Quantity::whole(100))
}

impl SurvivalCurve<'_> {
    /// The figure.
    pub fn figure(&self) -> Markup {
        let shares = Measured {
            unit: "% not fixed",
            finest: Quantity::ONE,
            from_zero: true,
            most: Some(Quantity::whole(100)),
        };
        let (area, scale) = axis::plot(&shares, &[Quantity::whole(100)], HEIGHT);
        let target = self.target.as_ref().map(|(age, _)| *age);
        let ages = [Some(self.until), self.median, target];
        let of_ages = Measured {
            finest: Quantity::ratio(1, 10).unwrap_or(Quantity::ONE),
            ..Measured::count("")
        };
        let plot = Plot {
            of: self,
            area,
            shares: scale,
            ages: Scale::of_ages(
                ages.into_iter().flatten(),
                &of_ages,
                (area.left, area.right),
            ),
        };
        let below = area.bottom + Length::units(52);
        let inside = html! {
            (axis::value_axis(area, &plot.shares, &shares))
            (plot.age_axis())
            (plot.marked())
            (plot.curve())
            (plot.open())
        };
        html! {
            figure class="chart" {
                (axis::drawing((self.id, &self.title, &self.says), below, &inside))
            }
        }
    }
}

impl Plot<'_> {
    /// Ages, and under four of them how many were in view.
    fn age_axis(&self) -> Markup {
        let Area {
            left,
            right,
            bottom,
            ..
        } = self.area;
        let last = self.ages.ticks.len().saturating_sub(1);
        html! {
            line class="axis" x1=(left) x2=(right) y1=(bottom) y2=(bottom) {}
            @for (place, tick) in self.ages.ticks.iter().enumerate() {
                @let x = self.ages.place(*tick);
                line class="axis" x1=(x) x2=(x) y1=(bottom) y2=(bottom + Length::units(5)) {}
                @let unit = if place == last { self.of.unit } else { "" };
                @let words = if unit.is_empty() { number(*tick) } else { format!("{} {unit}", number(*tick)) };
                @let class = if place == last { "label end" } else { "label middle" };
                @let at = if place == last { axis::WIDTH } else { x };
                text class=(class) x=(at) y=(bottom + Length::units(17)) { (words) }
                @if (1..=4).contains(&place) {
                    @let n = (self.of.at_risk)(*tick).to_string();
                    @let half = Length::tenths(width(&n).in_tenths() / 2);
                    text class="label middle" x=(x.min(axis::WIDTH - half))
                        y=(bottom + Length::units(46)) { (n) }
                }
            }
            text class="label" x="0" y=(bottom + Length::units(32)) { "in view at that age" }
            @if !self.of.open.is_empty() {
                text class="label end" x=(axis::WIDTH) y=(bottom + Length::units(32)) { "+ still open" }
            }
        }
    }

    /// Where half is fixed, and what the target asks for.
    fn marked(&self) -> Markup {
        html! {
            @if let Some(median) = self.of.median {
                @let half = self.shares.place(Quantity::whole(50));
                @let x = self.ages.place(median);
                @let mut path = Path::default();
                @let _ = path.go(Spot { x: self.area.left, y: half }).line(Spot { x, y: half })
                    .line(Spot { x, y: self.area.bottom });
                path class="ideal" d=(path) {}
                (self.upright(x, &format!("median {} {}", number(median), self.of.unit), 3))
            }
            @if let Some((age, words)) = &self.of.target {
                @let x = self.ages.place(*age);
                line class="target" x1=(x) x2=(x) y1=(self.area.top) y2=(self.area.bottom) {}
                (self.upright(x, words, 1))
            }
        }
    }

    /// Words beside an upright line, on the side with more room.
    fn upright(&self, x: Length, words: &str, row: i64) -> Markup {
        let is_left = x + Length::units(4) + width(words) > self.area.right;
        let (class, x) = if is_left {
            ("label end halo", x - Length::units(4))
        } else {
            ("label halo", x + Length::units(4))
        };
        let y = self.area.top + Length::units(row * 15 - 4);
        html! { text class=(class) x=(x) y=(y) { (words) } }
    }

    /// The share as steps: it falls where something was fixed, and ends where nobody was in
    /// view any more.
    fn curve(&self) -> Markup {
        let mut path = Path::default();
        let mut at = Spot {
            x: self.ages.place(Quantity::ZERO),
            y: self.shares.place(Quantity::whole(100)),
        };
        path.go(at);
        for (age, share) in &self.of.steps {
            at.x = self.ages.place(*age);
            path.line(at);
            at.y = self.shares.place(percent(*share));
            path.line(at);
        }
        at.x = self.ages.place(self.of.until);
        path.line(at);
        html! { path class="value" d=(path) {} }
    }

    /// A cross on the curve for each finding that is open at its age: an upright tick would
    /// vanish where the curve falls.
    fn open(&self) -> Markup {
        let mut path = Path::default();
        for age in self.of.open.iter().take(MOST_TICKS) {
            let fallen = self.of.steps.iter().rfind(|(at, _)| at <= age);
            let share = fallen.map_or(Quantity::ONE, |(_, share)| *share);
            let (x, y) = (self.ages.place(*age), self.shares.place(percent(share)));
            let tick = |right, down| Spot {
                x: x + Length::tenths(right),
                y: y + Length::tenths(down),
            };
            path.go(tick(0, -45)).line(tick(0, 45));
            path.go(tick(-45, 0)).line(tick(45, 0));
        }
        html! { path class="open" d=(path) {} }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Untrusted;

    /// The table of rule M1: median 9 d, four open.
    fn table() -> String {
        let of = |age| Quantity::whole(age);
        let share = |num, den| Quantity::ratio(num, den).unwrap();
        let at_risk = |age: Quantity| if age < Quantity::whole(60) { 5 } else { 1 };
        let curve = SurvivalCurve {
            id: "fix",
            title: HtmlText::label(Untrusted::new("time to fix")),
            says: "half is fixed by 9 d".to_owned(),
            unit: "d",
            steps: vec![
                (of(2), share(7, 8)),
                (of(5), share(5, 8)),
                (of(9), share(1, 2)),
                (of(14), share(3, 8)),
                (of(24), share(9, 32)),
            ],
            until: of(150),
            at_risk: &at_risk,
            open: vec![of(10), of(30), of(60), of(150)],
            median: Some(of(9)),
            target: Some((of(20), "target <= 20 d".to_owned())),
        };
        curve.figure().into_string()
    }

    #[test]
    fn report_p23_the_survival_curve_of_rule_m1() {
        let drawn = table();
        // 0 to 150 d over 256 units from 24 on; 100 % at 20, 0 at 130.
        let scale = |x: &str| drawn.contains(x);
        assert!(drawn.contains("<path class=\"value\" d=\"M"), "{drawn}");
        let path = drawn.split("class=\"value\" d=\"").nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        assert_eq!(path.matches('L').count(), 11, "two a step and the end");
        assert!(
            scale(">median 9 d<") && scale(">target &lt;= 20 d<"),
            "{drawn}"
        );
        assert!(scale(">in view at that age<"), "{drawn}");
        assert!(scale("<title id=\"chart-fix-name\">time to fix</title>"));
        assert!(scale(">0<") && scale(">200 d<"), "{drawn}");
    }

    #[test]
    fn report_p23_four_ages_have_their_number_in_view() {
        let drawn = table();
        assert_eq!(drawn.matches(">5<").count(), 1, "at 50 d: {drawn}");
        assert_eq!(
            drawn.matches(">1<").count(),
            3,
            "at 100, 150, 200 d: {drawn}"
        );
        let ticks = drawn.split("class=\"open\" d=\"").nth(1).unwrap();
        let ticks = ticks.split('"').next().unwrap();
        assert_eq!(ticks.matches('M').count(), 8, "a cross each");
    }
}
