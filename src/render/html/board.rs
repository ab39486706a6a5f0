//! The overview: every key result in one line, by objective (rules P14, P21).

use maud::{Markup, html};

use super::page::{foreign, shape};
use super::score::linked;
use super::view::{Entry, Ground, Group, sparkline, target_words, typographic};
use crate::decide::okr::{Band, Insufficient, PaceState};
use crate::model::Bound;
use crate::render::chart::Mark;
use crate::render::report::facts::{figure, number};
use crate::render::status::facts;

/// One table an objective. `change` tells what became of a figure within seven days; a status
/// does not know it.
pub(super) fn board(
    ground: Ground<'_>,
    groups: &[Group<'_>],
    change: Option<&dyn Fn(&Entry<'_>) -> Markup>,
) -> Markup {
    html! {
        @for group in groups {
            (heading(group))
            @if !group.entries.is_empty() { (table(ground, group, change)) }
        }
        @if groups.is_empty() {
            p { "No key result is shown." }
        }
    }
}

fn table(
    ground: Ground<'_>,
    group: &Group<'_>,
    change: Option<&dyn Fn(&Entry<'_>) -> Markup>,
) -> Markup {
    html! {
        table class="board" role="table"
            aria-labelledby={ "objective-" (group.objective.id) "-name" } {
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" { "Verdict" }
                    th scope="col" role="columnheader" { "Key result" }
                    th scope="col" role="columnheader" { "Now" }
                    @if change.is_some() {
                        th scope="col" role="columnheader" { "In 7 days" }
                    }
                    th scope="col" role="columnheader" { "Score" }
                    th scope="col" role="columnheader" { "Pace" }
                    th scope="col" role="columnheader" { "Will it be made?" }
                    th scope="col" role="columnheader" { "13 weeks" }
                    th scope="col" role="columnheader" { "Evidence" }
                }
            }
            tbody role="rowgroup" {
                @for entry in &group.entries {
                    (row(ground, entry, change.map(|change| change(entry))))
                }
            }
        }
    }
}

/// The title of an objective, and below it `code · score 0.90 green, 100% known · @acme/payments`.
fn heading(group: &Group<'_>) -> Markup {
    let objective = group.objective;
    html! {
        div class="objective" id={ "objective-" (objective.id) } {
            h3 id={ "objective-" (objective.id) "-name" } { (foreign(&objective.title)) }
            p class="small muted" {
                (objective.id) " · " (linked(group)) " · " (foreign(&objective.owner))
                @for (used, weight) in &objective.uses {
                    " · uses " (used) " with weight " (weight.to_string())
                }
                @for id in &objective.rolled_up { " · " (id) " counts in it" }
                @for name in &objective.contributes_to { " · contributes to " (foreign(name)) }
                @if group.hidden > 0 {
                    " · " (group.hidden)
                    " of its key results are not shown, and count in the score"
                }
            }
        }
    }
}

fn row(ground: Ground<'_>, entry: &Entry<'_>, change: Option<Markup>) -> Markup {
    let kr = entry.kr;
    let owner = (kr.owner != entry.objective.owner).then_some(&kr.owner);
    html! {
        tr role="row" {
            td role="cell" class="tight" {
                (shape(kr.figure.verdict))
                @if entry.facts.is_some_and(|facts| facts.blocks) {
                    " " span class="small missed blocks" { "blocks" }
                }
            }
            th scope="row" role="rowheader" class="wide" {
                a class="name" href={ "#kr-" (kr.id) } { (foreign(&kr.title)) }
                br;
                span class="small muted" {
                    (kr.id)
                    @if let Some(owner) = owner { " · " (foreign(owner)) }
                    @for word in facts::traits(kr) { " · " (word) }
                }
            }
            td role="cell" data-label="Now" {
                a class="figure big" href={ "#data-" (kr.id) } {
                    (figure(kr.unit, kr.figure.value, kr.figure.bound))
                }
                br;
                span class="small muted tight" { (target_words(kr)) }
                @if let Some(start) = kr.start {
                    br;
                    span class="small muted tight" { "from " (number(kr.unit, start)) }
                }
            }
            @if let Some(change) = change {
                td role="cell" data-label="In 7 days" { (change) }
            }
            td role="cell" class="tight" data-label="Score" { (score(entry)) }
            td role="cell" class="tight" data-label="Pace" { (pace(ground, entry)) }
            td role="cell" data-label="Will it be made?" { (outlook(ground, entry)) }
            td role="cell" data-label="13 weeks" { (sparkline(entry).drawing()) }
            td role="cell" data-label="Evidence" { (evidence(ground, entry)) }
        }
    }
}

/// The closing grade once the period is closed, and what it would be beside it (rule P15).
fn score(entry: &Entry<'_>) -> Markup {
    let kr = entry.kr;
    let words =
        |score, band: Option<Band>| typographic(&facts::score(score, band.map(Band::as_str)));
    html! {
        @if let Some(closed) = &kr.closed {
            span class="big" { (words(closed.score, closed.score.map(Band::of))) }
            br;
            span class="small muted" { "closing grade" }
            @if let Some(amended) = &kr.amended {
                br;
                span class="small warning" {
                    "amended: " (words(Some(amended.score), Some(Band::of(amended.score))))
                }
            }
        } @else if kr.health {
            span class="muted" { "none: health" }
        } @else {
            (words(kr.score, kr.band))
        }
    }
}

fn pace(ground: Ground<'_>, entry: &Entry<'_>) -> Markup {
    match entry.kr.pace.filter(|_| !ground.is_over()) {
        None => html! { span class="muted" { "–" } },
        Some(pace) => {
            let mark = match pace.state {
                PaceState::OnTrack => Mark::Met,
                PaceState::Behind => Mark::Warning,
                PaceState::AtRisk => Mark::Missed,
            };
            html! {
                (super::page::bare(mark)) " " (pace.state.as_str())
                @if pace.state != PaceState::OnTrack {
                    br;
                    span class="small muted" { (pace.gap.to_decimal(1)) " points behind" }
                }
            }
        }
    }
}

/// How likely the target is reached, or what is missing to say so (rules K21, K23).
fn outlook(ground: Ground<'_>, entry: &Entry<'_>) -> Markup {
    if ground.is_over() {
        return html! { span class="muted" { "the period is over" } };
    }
    match entry.kr.forecast {
        Ok(forecast) => html! {
            (forecast.likelihood().as_str())
            br;
            span class="small muted" { "P(hit) " (forecast.shown_percent()) "%" }
        },
        Err(Insufficient::NoTarget) => html! { span class="muted" { "–" } },
        Err(lack) => html! {
            span class="muted" { "too little is known" }
            br;
            span class="small muted" { (lack.words(entry.kr.step.plural())) }
        },
    }
}

/// How old the figure is, what a person thinks, and why it is unknown.
fn evidence(ground: Ground<'_>, entry: &Entry<'_>) -> Markup {
    let kr = entry.kr;
    html! {
        (ground.age(kr))
        @if let Some(confidence) = &kr.confidence {
            br;
            span class="small muted" {
                "confidence " (facts::percent(confidence.value))
                @if confidence.stale { ", stale" }
            }
        }
        @for reason in kr.reasons.iter().take(1) {
            br;
            span class="small unknown" {
                "unknown: " (crate::render::encode::html::message(&reason.message))
            }
        }
        @if kr.reasons.len() > 1 {
            br;
            span class="small muted" { "and " (kr.reasons.len() - 1) " more reasons below" }
        }
        @if kr.figure.bound == Bound::AtLeast {
            br;
            span class="small muted" { "a lower bound" }
        }
    }
}
