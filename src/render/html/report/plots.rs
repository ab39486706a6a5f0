//! The charts that a report has besides that of the period.

use maud::{Markup, html};

use super::super::view::{Entry, rounded, shown, target_words, typographic};
use crate::decide::report::{AgeWeek, CoverageState, Report};
use crate::measure::Survival;
use crate::model::{Quantity, Untrusted, UntrustedText};
use crate::policy::{Target, Unit};
use crate::render::chart::{AgeBands, CoverageGrid, Scanned, SurvivalCurve};
use crate::render::encode::html::{HtmlText, message};

/// What is drawn beside the chart of the period.
pub(super) fn of(report: &Report, entry: &Entry<'_>) -> Markup {
    let Some(facts) = entry.facts else {
        return html! {};
    };
    let id = &entry.kr.id;
    html! {
        @match &facts.survival {
            None => {}
            Some(Ok(curve)) => { (survival(entry, curve)) }
            Some(Err(reason)) => {
                p class="muted" { "No curve of how long findings stay open: " (message(&reason.message)) }
            }
        }
        @if facts.measure == "age" && let Some(weeks) = &facts.ages {
            (ages(report, &format!("{id}-ages"), weeks))
        }
    }
}

fn survival(entry: &Entry<'_>, curve: &Survival) -> Markup {
    let (Unit::Duration(unit), Some(until)) = (entry.kr.unit, curve.exits.last()) else {
        return html! {};
    };
    let days = |seconds: u64| shown(entry.kr.unit, Quantity::count(seconds));
    let half = Quantity::ratio(1, 2).unwrap_or(Quantity::ONE);
    let median = curve.steps.iter().find(|step| step.share <= half);
    let median = median.map(|step| days(step.age));
    let seconds_of_one = shown(entry.kr.unit, Quantity::ONE);
    let at_risk = |age: Quantity| {
        let seconds = age.over(seconds_of_one).unwrap_or(Quantity::ZERO);
        curve.at_risk(seconds.to_decimal(0).parse().unwrap_or(u64::MAX))
    };
    let target = match entry.kr.target {
        Target::Compare(_, than) => Some((shown(entry.kr.unit, than), target_words(entry.kr))),
        Target::Within(..) | Target::OfStart(..) | Target::Measured => None,
    };
    let reached = median.map_or("half are not fixed yet".to_owned(), |age| {
        format!("half are fixed by {} {unit}", typographic(&rounded(age)))
    });
    let id = format!("{}-survival", entry.kr.id);
    let curve = SurvivalCurve {
        id: &id,
        title: HtmlText::label(Untrusted::new("How long findings stay open")),
        says: format!(
            "{} findings, {} open: {reached}",
            curve.n(),
            curve.open.len()
        ),
        unit,
        steps: curve
            .steps
            .iter()
            .map(|step| (days(step.age), step.share))
            .collect(),
        until: days(*until),
        at_risk: &at_risk,
        open: curve.open.iter().map(|age| days(*age)).collect(),
        median,
        target,
    };
    curve.figure()
}

fn ages(report: &Report, id: &str, weeks: &[AgeWeek]) -> Markup {
    let last = weeks.iter().rev().find_map(|week| week.open);
    let says = last.map_or("nobody knows how many are open".to_owned(), |open| {
        let old: u64 = open.iter().skip(3).sum();
        format!(
            "{} open, {old} of them over 90 days old",
            open.iter().sum::<u64>()
        )
    });
    let bands = AgeBands {
        id,
        title: HtmlText::label(Untrusted::new("Open findings by age")),
        says,
        zone: &report.about.zone,
        weeks: weeks.iter().map(|week| (week.at, week.open)).collect(),
    };
    bands.figure()
}

/// What is of no key result: how old all open findings are, and what was scanned.
pub(super) fn of_all(report: &Report) -> Markup {
    let there = report.ages.iter().any(|week| week.open.is_some());
    html! {
        @if there {
            div class="detail" id="ages" {
                h3 { "Open findings by age" }
                div class="plots" { (ages(report, "ages", &report.ages)) }
                dl class="facts" {
                    dt { "What" } dd { "all open findings, whoever counts them" }
                    dt { "Evidence" } dd { a class="evidence" href="#data-ages" { "the same numbers" } }
                }
            }
        }
        @if is_a_grid(report) {
            div class="detail" id="coverage" {
                h3 { "What was scanned" }
                div class="plots" { (coverage(report)) }
                dl class="facts" {
                    dt { "What" } dd { "the last scan of each class in each repository of the ledger" }
                    @if let Some(reason) = &report.coverage.no_inventory {
                        dt { "Inventory" } dd { "not in it: " (message(&reason.message)) }
                    }
                    dt { "Evidence" } dd { a class="evidence" href="#data-coverage" { "the same facts" } }
                }
            }
        }
    }
}

/// One cell alone needs no drawing: its table tells it.
pub(super) fn is_a_grid(report: &Report) -> bool {
    let coverage = &report.coverage;
    coverage.rows.len().saturating_mul(coverage.classes.len()) > 1
}

/// The state of a cell, as the chart and the table have it.
pub(super) const fn scanned(state: CoverageState) -> Scanned {
    match state {
        CoverageState::InTime => Scanned::InTime,
        CoverageState::Stale => Scanned::Stale,
        CoverageState::Failed => Scanned::Failed,
        CoverageState::Never => Scanned::Never,
    }
}

fn coverage(report: &Report) -> Markup {
    let coverage = &report.coverage;
    let whole = |cells: &[Scanned]| cells.iter().all(|cell| *cell == Scanned::InTime);
    let mut rows: Vec<(UntrustedText, Vec<Scanned>)> = coverage
        .rows
        .iter()
        .map(|row| {
            let cells = row.cells.iter().map(|cell| scanned(cell.state)).collect();
            (UntrustedText::new(row.name.as_str()), cells)
        })
        .collect();
    // Those that need somebody first; a stable sort keeps the names in order.
    rows.sort_by_key(|(_, cells)| whole(cells));
    let good = rows.iter().filter(|(_, cells)| whole(cells)).count();
    let grid = CoverageGrid {
        id: "coverage",
        title: HtmlText::label(Untrusted::new("What was scanned")),
        says: format!(
            "{good} of {} repositories were scanned in time for every class",
            rows.len()
        ),
        classes: coverage
            .classes
            .iter()
            .map(|class| class.as_str())
            .collect(),
        rows,
    };
    grid.figure()
}
