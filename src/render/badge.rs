//! One line for a readme: how many key results are met (rules P35 to P37).

use std::io::{self, Write};

use jiff::civil::Date;
use maud::{Markup, html};
use serde::Serialize;

use super::encode::html::HtmlText;
use super::encode::json::{self, JsonText};
use super::palette::badge as colour;
use super::text_width;
use crate::decide::Verdict;
use crate::decide::okr::Progress;
use crate::decide::report::Report;
use crate::model::{Untrusted, visible};

/// A badge.
#[derive(Debug, Clone, Copy)]
pub struct Badge<'a> {
    /// What stands on its left; foreign text.
    pub label: Untrusted<'a>,
    /// What it tells.
    pub standing: Standing,
    /// The day of the last record: a file cannot know how old it is, so its title says that.
    pub as_of: Option<Date>,
}

/// How the key results stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// How many are met.
    pub met: u64,
    /// How many there are.
    pub of: u64,
    /// True if one that blocks is missed.
    pub is_failing: bool,
    /// True if one that blocks is unknown.
    pub is_unknown: bool,
    /// True if the last record is older than eight days, or there is none.
    pub is_stale: bool,
}

/// Seconds after which the last record is too old to say anything (rule P37).
const STALE_AFTER: i64 = 8 * 86_400;

impl<'a> Badge<'a> {
    /// The badge of the part of a policy that `progress` holds; `report` says which of it
    /// blocks, and how old its records are.
    pub fn of(progress: &Progress, report: &Report, label: Untrusted<'a>) -> Self {
        let mut standing = Standing::default();
        let mut last = report.appendix.last_run.map(|run| run.at);
        let all = report.progress.objectives.iter().zip(&report.facts);
        let all = all.flat_map(|(objective, facts)| objective.key_results.iter().zip(facts));
        for (key_result, facts) in all {
            let mut held = progress.objectives.iter().flat_map(|o| &o.key_results);
            if !held.any(|held| held.record_name == key_result.record_name) {
                continue;
            }
            let verdict = key_result.figure.verdict;
            standing.of += 1;
            standing.met += u64::from(verdict == Verdict::Met);
            standing.is_failing |= facts.blocks && verdict == Verdict::Missed;
            standing.is_unknown |= facts.blocks && verdict == Verdict::Unknown;
            last = last.max(facts.record.map(|record| record.at));
        }
        let age = last.map(|at| report.about.now.as_second().saturating_sub(at.as_second()));
        standing.is_stale = age.is_none_or(|age| age > STALE_AFTER);
        Self {
            label,
            standing,
            as_of: last.map(|at| report.day(at)),
        }
    }
}

/// The colours that a badge can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Met,
    Failing,
    Unknown,
    Warning,
}

impl Tone {
    const fn colour(self) -> &'static str {
        match self {
            Self::Met => colour::MET,
            Self::Failing => colour::FAILING,
            Self::Unknown => colour::UNKNOWN,
            Self::Warning => colour::WARNING,
        }
    }

    /// The name that an endpoint gives.
    const fn name(self) -> &'static str {
        match self {
            Self::Met => "brightgreen",
            Self::Failing => "red",
            Self::Unknown => "lightgrey",
            Self::Warning => "orange",
        }
    }
}

impl Standing {
    /// Stale wins over all, for nothing is known; then what blocks. An unknown key result
    /// that blocks wins over all that are met.
    fn told(self) -> (String, Tone) {
        if self.is_stale {
            return ("stale".to_owned(), Tone::Unknown);
        }
        if self.is_failing {
            return ("failing".to_owned(), Tone::Failing);
        }
        if self.is_unknown || self.of == 0 {
            return ("unknown".to_owned(), Tone::Unknown);
        }
        let tone = if self.met == self.of {
            Tone::Met
        } else {
            Tone::Warning
        };
        (format!("{} of {} met", self.met, self.of), tone)
    }
}

#[derive(Serialize)]
struct Endpoint<'a> {
    #[serde(rename = "schemaVersion")]
    schema_version: u8,
    label: JsonText<'a>,
    message: &'a str,
    color: &'static str,
    #[serde(rename = "isError", skip_serializing_if = "std::ops::Not::not")]
    is_error: bool,
}

/// Writes what a badge service asks an endpoint for (rule P36).
///
/// # Errors
/// If the output cannot be written.
pub fn write_endpoint(badge: &Badge<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (message, tone) = badge.standing.told();
    let endpoint = Endpoint {
        schema_version: 1,
        label: JsonText::from(badge.label),
        message: &message,
        color: tone.name(),
        is_error: tone == Tone::Failing,
    };
    json::write_compact(&endpoint, out)
}

/// Writes the drawing.
///
/// # Errors
/// If the output cannot be written.
pub fn write_svg(badge: &Badge<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (message, tone) = badge.standing.told();
    writeln!(out, "{}", drawing(badge, &message, tone).0)
}

/// The size of its text.
const TEXT: u32 = 11;
/// Air on both sides of a text, in tenths.
const AIR: i64 = 60;

fn drawing(badge: &Badge<'_>, message: &str, tone: Tone) -> Markup {
    let label = HtmlText::label(badge.label);
    let shown = visible(badge.label.raw());
    let of_label = text_width::tenths(&shown, TEXT);
    let of_message = text_width::tenths(message, TEXT);
    let units = |tenths: i64| tenths / 10 + i64::from(tenths % 10 != 0);
    let left = units(of_label + 2 * AIR);
    let right = units(of_message + 2 * AIR);
    let (label_at, message_at) = (AIR / 10, left + AIR / 10);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" width=(left + right) height="20"
            aria-labelledby="name" {
            title id="name" {
                (label) ": " (message)
                @if let Some(day) = badge.as_of { ", " (day) }
            }
            rect width=(left + right) height="20" rx="3" fill=(tone.colour()) {}
            rect width=(left) height="20" rx="3" fill=(colour::LABEL) {}
            rect x=(left - 3) width="3" height="20" fill=(colour::LABEL) {}
            g fill=(colour::TEXT) font-family="Verdana,DejaVu Sans,sans-serif" font-size=(TEXT) {
                text x=(label_at) y="14" textLength=(units(of_label)) { (label) }
                text x=(message_at) y="14" textLength=(units(of_message)) { (message) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(met: u64, of: u64) -> Standing {
        Standing {
            met,
            of,
            ..Standing::default()
        }
    }

    fn told(standing: Standing) -> (String, &'static str) {
        let (words, tone) = standing.told();
        (words, tone.name())
    }

    #[test]
    fn report_p35_unknown_wins_over_met() {
        assert_eq!(
            told(standing(11, 11)),
            ("11 of 11 met".into(), "brightgreen")
        );
        assert_eq!(told(standing(9, 11)), ("9 of 11 met".into(), "orange"));
        let unknown = Standing {
            is_unknown: true,
            ..standing(10, 11)
        };
        assert_eq!(told(unknown), ("unknown".into(), "lightgrey"));
        let failing = Standing {
            is_failing: true,
            ..unknown
        };
        assert_eq!(told(failing), ("failing".into(), "red"));
        assert_eq!(told(standing(0, 0)), ("unknown".into(), "lightgrey"));
    }

    #[test]
    fn report_p37_an_old_record_is_stale_whatever_it_said() {
        let stale = Standing {
            is_stale: true,
            is_failing: true,
            ..standing(11, 11)
        };
        assert_eq!(told(stale), ("stale".into(), "lightgrey"));
    }

    fn written(badge: &Badge<'_>) -> (String, String) {
        let (mut svg, mut endpoint) = (Vec::new(), Vec::new());
        write_svg(badge, &mut svg).unwrap();
        write_endpoint(badge, &mut endpoint).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(svg), text(endpoint))
    }

    #[test]
    fn report_p35_the_badge_is_the_same_bytes_everywhere() {
        let (svg, _) = written(&Badge {
            label: Untrusted::new("krgate"),
            standing: standing(9, 11),
            as_of: Some(jiff::civil::date(2026, 12, 28)),
        });
        // krgate is 35.6 wide, "9 of 11 met" 61.7 (1302·3 + 720·3 + 1243 + 720 + 1992 + 1220
        // + 807 = 12048, less one 1302 · 0), each with 6 on both sides.
        assert_eq!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"125\" height=\"20\" \
             aria-labelledby=\"name\"><title id=\"name\">krgate: 9 of 11 met, 2026-12-28</title>\
             <rect width=\"125\" height=\"20\" rx=\"3\" fill=\"#8a5a00\"></rect>\
             <rect width=\"48\" height=\"20\" rx=\"3\" fill=\"#24292f\"></rect>\
             <rect x=\"45\" width=\"3\" height=\"20\" fill=\"#24292f\"></rect>\
             <g fill=\"#ffffff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\
             <text x=\"6\" y=\"14\" textLength=\"36\">krgate</text>\
             <text x=\"54\" y=\"14\" textLength=\"65\">9 of 11 met</text></g></svg>\n"
        );
    }

    #[test]
    fn report_p36_the_endpoint_says_what_failed() {
        let badge = |standing| Badge {
            label: Untrusted::new("gate \"x\"\u{202e}"),
            standing,
            as_of: None,
        };
        let failing = Standing {
            is_failing: true,
            ..standing(1, 2)
        };
        let read = |standing| -> serde_json::Value {
            serde_json::from_str(&written(&badge(standing)).1).unwrap()
        };
        assert_eq!(
            read(failing),
            serde_json::json!({"schemaVersion": 1, "label": "gate \"x\"\u{202e}",
                "message": "failing", "color": "red", "isError": true})
        );
        assert_eq!(
            read(standing(2, 2)),
            serde_json::json!({"schemaVersion": 1, "label": "gate \"x\"\u{202e}",
                "message": "2 of 2 met", "color": "brightgreen"})
        );
    }

    #[test]
    fn report_p06_a_hostile_label_is_one_text() {
        let (svg, _) = written(&Badge {
            label: Untrusted::new("<script>'\"&\u{1b}"),
            standing: standing(1, 1),
            as_of: None,
        });
        assert_eq!(
            svg.matches("&lt;script&gt;&#39;&quot;&amp;\\u{1b}").count(),
            2
        );
        assert!(!svg.contains("<script"));
    }
}
