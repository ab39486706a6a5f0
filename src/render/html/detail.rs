//! Each key result in full: its chart, its facts, and the table with the same numbers.

use maud::{Markup, html};

use super::page::{foreign, shape};
use super::view::{Entry, Ground, step_name, target_words, typographic};
use crate::decide::okr::Band;
use crate::model::Bound;
use crate::render::encode::html::message;
use crate::render::report::facts::{figure, number};
use crate::render::status::facts;

/// A key result with its chart.
pub(super) fn detail(ground: Ground<'_>, entry: &Entry<'_>, more: &Markup) -> Markup {
    let kr = entry.kr;
    html! {
        div class="detail" id={ "kr-" (kr.id) } {
            h3 {
                (shape(kr.figure.verdict)) " "
                (foreign(&kr.title))
            }
            div class="plots" {
                @match ground.burn_down(entry) {
                    Some(chart) => { (chart.figure()) }
                    None => { p class="muted" { "Nothing to draw: no figure of this period is known yet." } }
                }
                (more)
            }
            (list(ground, entry))
        }
    }
}

fn list(ground: Ground<'_>, entry: &Entry<'_>) -> Markup {
    let kr = entry.kr;
    let score = facts::score(kr.score, kr.band.map(Band::as_str));
    html! {
        dl class="facts" {
            dt { "Now" } dd { (figure(kr.unit, kr.figure.value, kr.figure.bound)) ", " (ground.age(kr)) }
            dt { "Target" }
            dd {
                (target_words(kr))
                @if let Some(start) = kr.start { ", from " (number(kr.unit, start)) }
                @if let Some(due) = kr.due { ", due " (ground.day(due)) }
            }
            dt { "Score" }
            dd {
                (typographic(&score))
                @if kr.health { ", not in the objective's" }
                @if let Some(held) = &kr.in_bounds {
                    ", " (facts::percent(held.known())) " of the period known"
                }
            }
            @if let Some(pace) = facts::pace(kr).filter(|_| !ground.is_over()) {
                dt { "Pace" } dd { (pace) }
            }
            @if !ground.is_over() && let Some(words) = facts::forecast(kr.forecast, kr.step.plural()) {
                dt { "Forecast" }
                dd {
                    (words)
                    @if let Ok(forecast) = kr.forecast {
                        ", half of the paths end at "
                        (figure(kr.unit, Some(forecast.p50), Bound::Exact))
                        ", eight of ten from " (number(kr.unit, forecast.p10))
                        " to " (number(kr.unit, forecast.p90))
                    }
                }
            }
            @if let Some(confidence) = &kr.confidence {
                dt { "Confidence" }
                dd {
                    (facts::percent(confidence.value)) " (" (ground.day(confidence.at))
                    @if confidence.stale { ", stale" } ")"
                }
            }
            dt { "Owner" } dd { (foreign(&kr.owner)) }
            dt { "Kind" } dd { (kr.kind.as_str()) @for word in facts::traits(kr) { ", " (word) } }
            (said(ground, entry))
            dt { "Evidence" }
            dd { a class="evidence" href={ "#data-" (kr.id) } { "figures, formula and records" } }
        }
    }
}

/// Why it is unknown, what a reader should know, and the grade.
fn said(ground: Ground<'_>, entry: &Entry<'_>) -> Markup {
    let kr = entry.kr;
    html! {
        @for reason in &kr.reasons {
            dt { "Unknown" }
            dd {
                span class="unknown" { (message(&reason.message)) }
                @if let Some(remedy) = &reason.remedy { ": " (message(remedy)) }
            }
        }
        @for (before, after) in facts::changes(&kr.segments) {
            dt { "Defined anew" }
            dd { (ground.day(after.from)) ": " code { (before.definition.to_string()) } " → "
                code { (after.definition.to_string()) } }
        }
        @if let Some(closed) = &kr.closed {
            dt { "Closed" }
            dd {
                (ground.day(closed.at)) ": " (figure(kr.unit, closed.value, Bound::Exact)) ", score "
                (facts::score(closed.score, closed.score.map(Band::of).map(Band::as_str)))
            }
        }
        @if let Some(amended) = &kr.amended {
            dt { "Amended" }
            dd {
                "with what came after the close it would be "
                (figure(kr.unit, amended.value, Bound::Exact)) ", " (amended.verdict.as_str()) ", score "
                (facts::score(Some(amended.score), Some(Band::of(amended.score).as_str())))
            }
        }
        @for remark in &kr.remarks { dt { "Note" } dd { (remark.as_str()) } }
        @for note in &kr.notes { dt { "Note" } dd { (message(note)) } }
    }
}

/// The table with the numbers of the chart, in the appendix: what they are from stands before
/// it, those of other charts after it (rules P5, P23).
pub(super) fn numbers(entry: &Entry<'_>, evidence: &Markup, more: &Markup) -> Markup {
    let kr = entry.kr;
    let listed = || entry.cells.iter().filter(|cell| cell.is_listed);
    let has_records = listed().any(|cell| cell.record.is_some());
    let has_n = listed().any(|cell| cell.n.is_some());
    html! {
        div id={ "data-" (kr.id) } {
            h3 { (foreign(&kr.title)) }
            (evidence)
            @if listed().next().is_none() {
                p class="muted" { "No week of a period to list." }
            } @else {
                table class="data" {
                    thead {
                        tr {
                            th scope="col" { (step_name(kr)) }
                            th scope="col" class="number" { "Figure" }
                            @if has_n { th scope="col" class="number" { "n" } }
                            th scope="col" { "Verdict" }
                            @if has_records { th scope="col" class="hash" { "Record" } }
                        }
                    }
                    tbody {
                        @for cell in listed() {
                            tr {
                                th scope="row" { (cell.name) }
                                td class="number" { (figure(kr.unit, cell.value, cell.bound)) }
                                @if has_n { td class="number" { @if let Some(n) = cell.n { (n) } } }
                                td { (shape(cell.verdict)) }
                                @if has_records {
                                    td class="hash" {
                                        @if let Some(record) = cell.record {
                                            code { (record.to_string().get(..12).unwrap_or_default()) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            (more)
            p class="back" { a href={ "#kr-" (kr.id) } { "Back to " (kr.id) } }
        }
    }
}
