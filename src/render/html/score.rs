//! What the score of an objective is made from, in the appendix (rules P5, P14).

use maud::{Markup, html};

use super::page::foreign;
use super::view::{Group, typographic};
use crate::decide::okr::{Band, KeyResultProgress};
use crate::render::status::facts;

/// One table an objective, linked to and back.
pub(super) fn scores(groups: &[Group<'_>]) -> Markup {
    html! { @for group in groups { (of(group)) } }
}

/// The score with the share of weight that is known, behind a link to what it is made from.
pub(super) fn linked(group: &Group<'_>) -> Markup {
    let objective = group.objective;
    let score = facts::score(objective.score.value, objective.band.map(Band::as_str));
    html! {
        a class="figure score" href={ "#score-" (objective.id) } { "score " (typographic(&score)) }
        ", " (facts::percent(objective.score.known)) " known"
    }
}

fn of(group: &Group<'_>) -> Markup {
    let objective = group.objective;
    html! {
        div id={ "score-" (objective.id) } {
            h3 { "Score of " (foreign(&objective.title)) }
            p {
                "The mean of the scores that are known, by weight: "
                (typographic(&facts::score(
                    objective.score.value,
                    objective.band.map(Band::as_str),
                )))
                ", " (facts::percent(objective.score.known))
                " of the weight known. Below one half it is unknown."
            }
            @if !objective.key_results.is_empty() || !objective.uses.is_empty() {
                table class="data" {
                    thead {
                        tr {
                            th scope="col" { "Key result" }
                            th scope="col" class="number" { "Weight" }
                            th scope="col" { "Score" }
                        }
                    }
                    tbody {
                        @for kr in &objective.key_results {
                            tr {
                                th scope="row" { (kr.id) }
                                td class="number" { (kr.weight.to_string()) }
                                td { (score(kr)) }
                            }
                        }
                        @for (used, weight) in &objective.uses {
                            tr {
                                th scope="row" { (used) }
                                td class="number" { (weight.to_string()) }
                                td { "as there" }
                            }
                        }
                    }
                }
            }
            @for id in &objective.rolled_up { p { "The score of " (id) " counts in it." } }
            p class="back" { a href={ "#objective-" (objective.id) } { "Back to " (objective.id) } }
        }
    }
}

fn score(kr: &KeyResultProgress) -> Markup {
    html! {
        @match kr.score {
            _ if kr.health => { "none: health" }
            Some(score) => { (typographic(&score.to_decimal(2))) }
            None => span class="unknown" { "unknown" }
        }
    }
}
