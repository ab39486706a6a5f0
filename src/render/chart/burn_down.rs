//! The way of a key result through its period (section 5 of the rules, P30 to P34).

mod labels;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use self::labels::DESCENT;
use super::Reading;
use super::axis::{self, HALF, Sample, number};
use super::length::{Area, Length, Path, Spot};
use super::scale::{Edge, Measured, Scale, Time, nearest};
use super::shape::Mark;
use super::thin::{self, thin};
use crate::model::Quantity;
use crate::model::calendar::Window;
use crate::render::encode::html::HtmlText;

/// A key result over its period: what it was, what it should be and where it may end.
#[derive(Debug)]
pub struct BurnDown<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// What it is.
    pub title: HtmlText,
    /// What it says, in one sentence.
    pub says: String,
    /// What its figures are.
    pub measured: Measured,
    /// The period.
    pub window: Window,
    /// What weeks are told in.
    pub zone: &'a TimeZone,
    /// The known figures, in the order of time.
    pub readings: Vec<Reading>,
    /// Where no figure is known though there should be one.
    pub unknown: Vec<Window>,
    /// When its definition changed: the line is not drawn across (rule K29).
    pub redefined: Vec<Timestamp>,
    /// Where the ideal pace begins; `None` where there is none.
    pub start: Option<Quantity>,
    /// What is to be reached.
    pub goal: Goal,
    /// Two points of the trend, which is drawn from the first to the second.
    pub trend: Option<[(Timestamp, Quantity); 2]>,
    /// Where it is likely to end.
    pub outlook: Outlook,
    /// When the tool that finds changed.
    pub tool_changes: Vec<ToolChange>,
}

/// What is to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// A figure is not known, or there is none.
    None,
    /// A figure, with the words that stand at its line: `target <= 10`.
    Line(Quantity, String),
    /// Between two figures, both inclusive.
    Between(Quantity, Quantity, String),
}

/// Where a figure is likely to be at the end of the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlook {
    /// Eight of ten paths end between two figures.
    Fan {
        /// Where the paths begin.
        from: (Timestamp, Quantity),
        /// One path of ten ends here or below.
        low: Quantity,
        /// Nine of ten do.
        high: Quantity,
    },
    /// Too little is known; the words say what there is and what is needed (rule P31).
    Insufficient(String),
    /// Nothing to tell: the period is over, or there is nothing to reach.
    None,
}

/// A change of the tool that finds, so that a step of the line may be none of the team
/// (rule P32).
#[derive(Debug, Clone)]
pub struct ToolChange {
    /// When the first scan with it was.
    pub at: Timestamp,
    /// The tool.
    pub tool: HtmlText,
    /// Its version before, where that is known.
    pub from: Option<HtmlText>,
    /// Its version since.
    pub to: Option<HtmlText>,
    /// How many findings came with it.
    pub came: u64,
    /// How many went with it.
    pub went: u64,
}

/// The height of the plot.
const HEIGHT: Length = Length::units(124);

/// A drawing in the making.
struct Plot<'a> {
    of: &'a BurnDown<'a>,
    readings: Vec<Reading>,
    area: Area,
    scale: Scale,
    time: Time,
}

impl BurnDown<'_> {
    /// The figure: the drawing, and below it what has no room in it.
    pub fn figure(&self) -> Markup {
        let (readings, thinned) = thin(&self.readings, self.zone);
        let (area, scale) = axis::plot(&self.measured, &self.drawn(&readings), HEIGHT);
        let plot = Plot {
            of: self,
            readings,
            area,
            scale,
            time: Time::over(self.window, (area.left, area.right)),
        };
        let notes = self.notes(thinned);
        html! {
            figure class="chart" {
                (plot.drawing())
                @if !notes.is_empty() {
                    figcaption { ul { @for note in &notes { li { (note) } } } }
                }
            }
        }
    }

    /// The figures that the range must hold. The ends of the fan stretch it by its own height
    /// at most; beyond that they are cut (rule P33).
    fn drawn(&self, readings: &[Reading]) -> Vec<Quantity> {
        let mut drawn: Vec<Quantity> = readings.iter().map(|reading| reading.value).collect();
        drawn.extend(self.start);
        match self.goal {
            Goal::None => {}
            Goal::Line(figure, _) => drawn.push(figure),
            Goal::Between(low, high, _) => drawn.extend([low, high]),
        }
        let ends = drawn.iter().min().copied().zip(drawn.iter().max().copied());
        if let (Some((least, most)), Outlook::Fan { low, high, .. }) = (ends, &self.outlook) {
            let span = most.minus(least);
            let (least, most) = (least.minus(span), most.plus(span));
            drawn.extend(
                [*low, *high]
                    .into_iter()
                    .filter(|f| least <= *f && *f <= most),
            );
        }
        drawn
    }

    fn day(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// What stands below the drawing (rules P32, P34, K29).
    fn notes(&self, thinned: Option<&'static str>) -> Vec<Markup> {
        let mut notes = Vec::new();
        notes.extend(thinned.map(|said| {
            html! { "More than " (thin::MOST_POINTS) " figures: " (said) "." }
        }));
        for (letter, at) in letters().zip(&self.redefined) {
            notes.push(html! { b { (letter) } " defined anew on " (self.day(*at)) });
        }
        for (number, change) in (1_usize..).zip(&self.tool_changes) {
            notes.push(html! {
                b { (Mark::Warning.character()) (number) } " " (change.tool) " "
                @if let Some(from) = &change.from { (from) } @else { "?" }
                " → "
                @if let Some(to) = &change.to { (to) } @else { "?" }
                " on " (self.day(change.at)) ": " (change.came) " came and "
                (change.went) " went with it"
            });
        }
        notes
    }
}

/// A to Z, then again.
fn letters() -> impl Iterator<Item = char> {
    ('A'..='Z').cycle()
}

impl Plot<'_> {
    fn drawing(&self) -> Markup {
        let of = self.of;
        let below = self.area.bottom + Length::units(24);
        let (legend, height) = axis::legend(&self.samples(), below);
        let inside = html! {
            (self.gaps())
            (axis::value_axis(self.area, &self.scale, &of.measured))
            (axis::time_axis(self.area, self.time, of.zone))
            (self.outlook())
            (self.goal())
            (self.ideal())
            (self.trend())
            (self.values())
            (self.breaks())
            (legend)
        };
        axis::drawing((of.id, &of.title, &of.says), height, &inside)
    }

    fn samples(&self) -> Vec<Sample> {
        let sample = |there: bool, class, word| there.then_some(Sample { class, word });
        let fan = matches!(self.of.outlook, Outlook::Fan { .. });
        [
            sample(!self.readings.is_empty(), "value", "value"),
            sample(self.has_ideal(), "ideal", "ideal pace"),
            sample(self.of.trend.is_some(), "trend", "trend"),
            sample(fan, "fan-edge", "likely range (80 %)"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn spot(&self, at: Timestamp, figure: Quantity) -> Spot {
        Spot {
            x: self.time.place(at),
            y: self.scale.place(figure),
        }
    }

    /// Bands over what is not known (rule P30).
    fn gaps(&self) -> Markup {
        html! {
            @for gap in &self.of.unknown {
                @let band = Area {
                    left: self.time.place(gap.start),
                    right: self.time.place(gap.end),
                    ..self.area
                };
                path class="hatch" d=(band.hatch(Length::units(7))) {}
                @if band.width() >= Length::units(10) {
                    (Mark::Unknown.at(self.unknown_at(band), HALF))
                }
            }
        }
    }

    /// Where the shape of a band stands that is not known.
    fn unknown_at(&self, band: Area) -> Spot {
        Spot {
            x: band.left.middle(band.right),
            y: self.area.top + Length::units(8),
        }
    }

    fn goal(&self) -> Markup {
        let (lines, words, at) = match &self.of.goal {
            Goal::None => return html! {},
            Goal::Line(figure, words) => (vec![*figure], words, *figure),
            Goal::Between(low, high, words) => (vec![*low, *high], words, *high),
        };
        html! {
            @for figure in lines {
                @let y = self.scale.place(figure);
                line class="target" x1=(self.area.left) x2=(self.area.right) y1=(y) y2=(y) {}
            }
            @if let Some(place) = self.goal_words(at, words) {
                text class="label halo" x=(place.left) y=(place.bottom - DESCENT) { (words) }
            }
        }
    }

    /// The figures that the ideal pace joins: from the start to the nearer end of the goal.
    fn ideal_ends(&self) -> Option<(Quantity, Quantity)> {
        match self.of.goal {
            Goal::Line(figure, _) => self.of.start.map(|start| (start, figure)),
            Goal::Between(..) | Goal::None => None,
        }
    }

    fn has_ideal(&self) -> bool {
        self.ideal_ends().is_some()
    }

    fn ideal(&self) -> Markup {
        let Some((start, goal)) = self.ideal_ends() else {
            return html! {};
        };
        let mut path = Path::default();
        path.go(self.spot(self.of.window.start, start));
        path.line(self.spot(self.of.window.end, goal));
        html! { path class="ideal" d=(path) {} }
    }

    fn trend(&self) -> Markup {
        let Some([from, to]) = self.of.trend else {
            return html! {};
        };
        let ends = [from, to].map(|(at, figure)| (self.time.place(at), figure));
        let Some([begin, end]) = self.cut(ends) else {
            return html! {};
        };
        let mut path = Path::default();
        path.go(begin).line(end);
        html! {
            path class="trend" d=(path) {}
            @if let Some(edge) = self.scale.beside(to.1) {
                (self.beyond(edge, end.x, to.1))
            }
        }
    }

    /// The part of a line that is within the range; `None` if no part is.
    fn cut(&self, ends: [(Length, Quantity); 2]) -> Option<[Spot; 2]> {
        let [(x, from), (_, to)] = ends;
        let (one, two) = (self.scale.beside(from), self.scale.beside(to));
        if one.is_some() && one == two {
            return None;
        }
        let place = |(at, figure): (Length, Quantity), beside: Option<Edge>| match beside {
            None => Spot {
                x: at,
                y: self.scale.place(figure),
            },
            Some(edge) => {
                let edge = self.scale.edge(edge);
                Spot {
                    x: x_at(ends, edge).unwrap_or(x),
                    y: self.scale.place(edge),
                }
            }
        };
        Some([place(ends[0], one), place(ends[1], two)])
    }

    /// An arrow at the edge, with the figure that lies beyond it (rule P33).
    fn beyond(&self, edge: Edge, x: Length, figure: Quantity) -> Markup {
        let words = rounded(figure);
        let (tip, base, y) = match edge {
            Edge::Above => (self.area.top, Length::units(7), Length::units(12)),
            Edge::Below => (self.area.bottom, Length::units(-7), Length::units(-3)),
        };
        let mut path = Path::default();
        let x = x.min(self.area.right - Length::units(4));
        let corner = |away: i64| Spot {
            x: x + Length::units(away),
            y: tip + base,
        };
        path.go(Spot { x, y: tip })
            .line(corner(-4))
            .line(corner(4))
            .close();
        html! {
            path class="beyond" d=(path) {}
            text class="label end halo" x=(x - Length::units(6)) y=(tip + y) { (words) }
        }
    }

    fn outlook(&self) -> Markup {
        match &self.of.outlook {
            Outlook::None => html! {},
            Outlook::Insufficient(words) => self.insufficient(words),
            Outlook::Fan { from, low, high } => self.fan(*from, *low, *high),
        }
    }

    fn fan(&self, from: (Timestamp, Quantity), low: Quantity, high: Quantity) -> Markup {
        let end = self.area.right;
        let begin = self.spot(from.0, from.1);
        let edge_to = |figure: Quantity| -> Vec<Spot> {
            let last = Spot {
                x: end,
                y: self.scale.place(figure),
            };
            let line = [(begin.x, from.1), (end, figure)];
            match self.scale.beside(figure) {
                Some(edge) => {
                    let x = x_at(line, self.scale.edge(edge)).unwrap_or(begin.x);
                    vec![begin, Spot { x, y: last.y }, last]
                }
                None => vec![begin, last],
            }
        };
        let (upper, lower) = (edge_to(high), edge_to(low));
        let mut body = Path::default();
        body.go(begin);
        for spot in upper.iter().skip(1).chain(lower.iter().skip(1).rev()) {
            body.line(*spot);
        }
        body.close();
        let mut edges = Path::default();
        for side in [&upper, &lower] {
            edges.go(begin);
            for spot in side.iter().skip(1) {
                edges.line(*spot);
            }
        }
        html! {
            path class="fan" d=(body) {}
            path class="hatch" d=(self.uprights([(begin.x, from.1), (end, high)], low)) {}
            path class="fan-edge" d=(edges) {}
            @for figure in [high, low] {
                @if let Some(edge) = self.scale.beside(figure) {
                    (self.beyond(edge, end, figure))
                }
            }
        }
    }

    /// Upright lines between the upper edge of a fan and the lower one, which ends at `low`.
    fn uprights(&self, upper: [(Length, Quantity); 2], low: Quantity) -> Path {
        let [begin, (end, _)] = upper;
        let mut path = Path::default();
        let mut x = begin.0 + Length::units(5);
        while x < end {
            let y = |ends| Spot {
                x,
                y: self.scale.place(figure_at(ends, x)),
            };
            path.go(y(upper)).line(y([begin, (end, low)]));
            x = x + Length::units(5);
        }
        path
    }

    /// The line through the known figures, and their shapes.
    fn values(&self) -> Markup {
        let mut path = Path::default();
        let mut before: Option<Reading> = None;
        for reading in &self.readings {
            let spot = self.spot(reading.at, reading.value);
            match before {
                Some(before) if self.joined(before.at, reading.at) => path.line(spot),
                _ => path.go(spot),
            };
            before = Some(*reading);
        }
        let all = self.readings.len() <= MOST_SHAPES;
        let last = self.readings.len().saturating_sub(1);
        html! {
            path class="value" d=(path) {}
            @for (place, reading) in self.readings.iter().enumerate() {
                @if all || place == last {
                    (reading.mark.at(self.spot(reading.at, reading.value), HALF))
                }
            }
        }
    }

    /// True if a line may be drawn between the figures of two moments: nothing is unknown
    /// between them, and they mean the same.
    fn joined(&self, one: Timestamp, two: Timestamp) -> bool {
        let mut redefined = self.of.redefined.iter();
        let mut unknown = self.of.unknown.iter();
        !redefined.any(|at| one < *at && *at <= two)
            && !unknown.any(|gap| gap.start < two && one < gap.end)
    }

    /// Where the definition changed, and where the tool did.
    fn breaks(&self) -> Markup {
        html! {
            @for (letter, at) in letters().zip(&self.of.redefined) {
                @let x = self.time.place(*at);
                line class="break" x1=(x) x2=(x) y1=(self.area.top) y2=(self.area.bottom) {}
                text class="label middle halo" x=(x) y=(self.area.top - Length::units(3)) { (letter) }
            }
            @for (number, change) in (1_usize..).zip(&self.of.tool_changes) {
                @let x = self.time.place(change.at);
                @let y = self.area.bottom - Length::units(5);
                line class="break" x1=(x) x2=(x) y1=(self.area.top) y2=(self.area.bottom) {}
                (Mark::Warning.at(Spot { x, y }, Length::units(4)))
                text class="label halo" x=(x + Length::units(6)) y=(y + Length::units(3)) { (number) }
            }
        }
    }
}

/// More shapes than this would hide the line.
const MOST_SHAPES: usize = 60;

/// The figure that a line has at a place.
fn figure_at([(x, from), (end, to)]: [(Length, Quantity); 2], at: Length) -> Quantity {
    let whole = |length: Length| Quantity::whole(length.in_tenths());
    let share = whole(at - x).over(whole(end - x));
    from.plus(to.minus(from).times(share.unwrap_or(Quantity::ZERO)))
}

/// The place at which a line has a figure; `None` if it is level.
fn x_at([(x, from), (end, to)]: [(Length, Quantity); 2], figure: Quantity) -> Option<Length> {
    let share = figure.minus(from).over(to.minus(from))?;
    let way = Quantity::whole((end - x).in_tenths());
    Some(x + Length::tenths(nearest(share.times(way))))
}

/// A figure with one decimal place at most.
fn rounded(figure: Quantity) -> String {
    number(Quantity::parse(&figure.to_decimal(1)).unwrap_or(figure))
}

#[cfg(test)]
mod tests;
