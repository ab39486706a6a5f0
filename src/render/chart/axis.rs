//! What the charts over time have in common: axes, words on the drawing, a legend.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::length::{Area, Length, Spot};
use super::scale::{Measured, Scale, Time};
use crate::model::Quantity;
use crate::render::encode::html::HtmlText;
use crate::render::text_width;

/// How wide a drawing is, in units. At 288 pixels, all that a screen of 320 leaves, a unit is
/// a pixel and text has its least size.
pub(super) const WIDTH: Length = Length::units(288);
/// The size of text, in units: 12 pixels on the narrowest screen (rule P26).
pub(super) const TEXT: u32 = 12;
/// Where a line of text sits below its top.
pub(super) const LINE: Length = Length::units(15);
/// Half of a shape.
pub(super) const HALF: Length = Length::tenths(35);

/// How wide own words are.
pub(super) fn width(words: &str) -> Length {
    Length::tenths(text_width::tenths(words, TEXT))
}

/// A figure as people read it, with the minus sign of typography (rule P2).
pub(super) fn number(figure: Quantity) -> String {
    figure.to_string().replace('-', "\u{2212}")
}

/// The element that a reader of the page meets: an image with a name and with what it says
/// (rule P23).
pub(super) fn drawing(
    (id, title, says): (&str, &HtmlText, &str),
    height: Length,
    inside: &Markup,
) -> Markup {
    html! {
        svg role="img" viewBox={ "0 0 " (WIDTH) " " (height) }
            aria-labelledby={ "chart-" (id) "-name chart-" (id) "-says" } {
            title id={ "chart-" (id) "-name" } { (title) }
            desc id={ "chart-" (id) "-says" } { (says) }
            (inside)
        }
    }
}

/// Where the plot lies: right of its tick labels, below the unit.
pub(super) fn plot(measured: &Measured, figures: &[Quantity], height: Length) -> (Area, Scale) {
    let top = if measured.unit.is_empty() {
        Length::units(8)
    } else {
        Length::units(20)
    };
    let bottom = top + height;
    let scale = Scale::over(figures.iter().copied(), measured, (bottom, top));
    let labels = scale.ticks.iter().map(|tick| width(&number(*tick)));
    let left = labels.max().unwrap_or_default() + Length::units(6);
    let area = Area {
        left: left.max(Length::units(18)),
        top,
        right: WIDTH - Length::units(8),
        bottom,
    };
    (area, scale)
}

/// Lines and labels of the value axis, with its unit on top (rule P29).
pub(super) fn value_axis(area: Area, scale: &Scale, measured: &Measured) -> Markup {
    html! {
        @for tick in &scale.ticks {
            @let y = scale.place(*tick);
            line class="grid" x1=(area.left) x2=(area.right) y1=(y) y2=(y) {}
            text class="label end" x=(area.left - Length::units(4)) y=(y + Length::units(4)) {
                (number(*tick))
            }
        }
        @if !measured.unit.is_empty() {
            text class="label" x="0" y="11" { (measured.unit) }
        }
    }
}

/// The weeks under the plot.
pub(super) fn time_axis(area: Area, time: Time, zone: &TimeZone) -> Markup {
    let weeks = time.weeks(zone);
    let few = weeks.len() <= 60;
    let half = |name: &str| Length::tenths(width(name).in_tenths() / 2);
    html! {
        line class="axis" x1=(area.left) x2=(area.right) y1=(area.bottom) y2=(area.bottom) {}
        @for week in &weeks {
            @if few || week.name.is_some() {
                @let long = if week.name.is_some() { 5 } else { 3 };
                line class="axis" x1=(week.x) x2=(week.x) y1=(area.bottom)
                    y2=(area.bottom + Length::units(long)) {}
            }
            @if let Some(name) = &week.name {
                @let x = week.x.max(half(name)).min(WIDTH - half(name));
                text class="label middle" x=(x) y=(area.bottom + Length::units(17)) { (name) }
            }
        }
    }
}

/// A sample of how something is drawn, and its word.
pub(super) struct Sample {
    /// The classes of the line.
    pub(super) class: &'static str,
    /// Its word.
    pub(super) word: &'static str,
}

/// The samples in as many lines as they need, and where the drawing ends below them.
pub(super) fn legend(samples: &[Sample], top: Length) -> (Markup, Length) {
    const LONG: Length = Length::units(22);
    let (mut x, mut y) = (Length::default(), top);
    let mut placed = Vec::new();
    for sample in samples {
        let wide = LONG + Length::units(4) + width(sample.word);
        if x > Length::default() && x + wide > WIDTH {
            x = Length::default();
            y = y + LINE;
        }
        placed.push((sample, Spot { x, y }));
        x = x + wide + Length::units(10);
    }
    let drawn = html! {
        @for (sample, spot) in placed {
            @let middle = spot.y + Length::units(8);
            line class=(sample.class) x1=(spot.x) x2=(spot.x + LONG) y1=(middle) y2=(middle) {}
            text class="label" x=(spot.x + LONG + Length::units(4))
                y=(spot.y + Length::units(12)) { (sample.word) }
        }
    };
    let end = if samples.is_empty() { top } else { y + LINE };
    (drawn, end + Length::units(2))
}

/// Words in lines of at most so many characters, broken at spaces.
pub(super) fn wrapped(words: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_p26_a_legend_breaks_where_the_drawing_ends() {
        let sample = |word| Sample {
            class: "value",
            word,
        };
        let one = [sample("value"), sample("ideal pace")];
        let (drawn, end) = legend(&one, Length::units(100));
        assert_eq!(end, Length::units(117), "one line of 15 and a rest");
        assert_eq!(drawn.into_string().matches("y=\"112\"").count(), 2);
        let four = ["value", "ideal pace", "trend", "likely range"].map(sample);
        let (_, end) = legend(&four, Length::units(100));
        assert_eq!(end, Length::units(132));
        assert_eq!(
            wrapped("2 of 4 changes between neighbouring weeks", 18),
            ["2 of 4 changes", "between", "neighbouring weeks"]
        );
    }

    #[test]
    fn report_p02_a_minus_sign_is_no_hyphen() {
        assert_eq!(number(Quantity::whole(-3)), "−3");
        assert_eq!(number(Quantity::ratio(5, 2).unwrap()), "2.5");
    }
}
