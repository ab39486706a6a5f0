//! The numbers of the charts that a report has besides that of the period (rules P5, P23).

use maud::{Markup, html};

use super::super::view::Entry;
use crate::decide::report::AgeWeek;
use crate::measure::Survival;
use crate::model::{Bound, Quantity};
use crate::render::chart::BANDS;
use crate::render::report::facts::figure;

/// Rows of the steps of one curve; what comes after them is counted (rule P4).
const MOST_STEPS: usize = 100;

/// Those of one key result.
pub(super) fn of(entry: &Entry<'_>) -> Markup {
    let Some(facts) = entry.facts else {
        return html! {};
    };
    html! {
        @if let Some(Ok(curve)) = &facts.survival { (survival(entry, curve)) }
        @if facts.measure == "age" && let Some(weeks) = &facts.ages {
            p { "Open findings by age" }
            (ages(weeks))
        }
    }
}

fn survival(entry: &Entry<'_>, curve: &Survival) -> Markup {
    let age = |seconds: u64| figure(entry.kr.unit, Some(Quantity::count(seconds)), Bound::Exact);
    let more = curve.steps.len().saturating_sub(MOST_STEPS);
    html! {
        table class="data" {
            caption {
                "How long findings stay open: " (curve.n()) " findings, " (curve.open.len())
                " of them open"
            }
            thead {
                tr {
                    th scope="col" class="number" { "Fixed at the age of" }
                    th scope="col" class="number" { "In view" }
                    th scope="col" class="number" { "Fixed" }
                    th scope="col" class="number" { "Not fixed after it" }
                }
            }
            tbody {
                @for step in curve.steps.iter().take(MOST_STEPS) {
                    tr {
                        th scope="row" class="number" { (age(step.age)) }
                        td class="number" { (step.at_risk) }
                        td class="number" { (step.fixed) }
                        td class="number" { (step.share.times(Quantity::whole(100)).to_decimal(1)) "%" }
                    }
                }
                @if curve.steps.is_empty() {
                    tr { td colspan="4" { "none was fixed" } }
                }
            }
        }
        @if more > 0 { p class="muted" { "and " (more) " more, which the chart draws" } }
    }
}

/// Open findings by age, week by week.
pub(super) fn ages(weeks: &[AgeWeek]) -> Markup {
    html! {
        table class="data" {
            thead {
                tr {
                    th scope="col" { "Week" }
                    @for band in BANDS { th scope="col" class="number" { (band) } }
                    th scope="col" class="number" { "May be older" }
                }
            }
            tbody {
                @for week in weeks {
                    tr {
                        th scope="row" { (week.week.to_string()) }
                        @match week.open {
                            Some(open) => {
                                @for count in open { td class="number" { (count) } }
                                td class="number" { (week.may_be_older) }
                            }
                            None => td colspan="6" class="unknown" { "unknown" },
                        }
                    }
                }
            }
        }
    }
}
