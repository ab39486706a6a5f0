//! What the figures are from (section 7, rule P5).

use maud::{Markup, html};

use super::super::detail::numbers;
use super::super::page::{bare, foreign};
use super::super::score::scores;
use super::super::view::{Entry, Group};
use super::plots::{is_a_grid, scanned};
use super::tables;
use crate::decide::report::{KeyResultFacts, Report};
use crate::model::{Class, UntrustedText};
use crate::policy::Enforcement;
use crate::render::encode::html::message;
use crate::render::report::facts;
use crate::render::words;

pub(super) fn appendix(report: &Report, groups: &[Group<'_>]) -> Markup {
    html! {
        (sources(report))
        (tools(report))
        (data(report))
        (scores(groups))
        @for entry in groups.iter().flat_map(|group| &group.entries) {
            (numbers(entry, &evidence(report, entry), &tables::of(entry)))
        }
        (ages(report))
        (coverage(report))
    }
}

fn sources(report: &Report) -> Markup {
    let about = &report.about;
    html! {
        dl class="facts" {
            dt { "Policy" }
            dd {
                (foreign(&about.policy_path)) ", "
                @match &about.policy_commit {
                    Some(commit) => { "of commit " code { (commit.id.as_str()) } }
                    None => "from the work tree",
                }
            }
            dt { "Its digest" } dd { code { "sha256:" (about.policy_sha256) } }
            dt { "Ledger" }
            dd {
                (foreign(&about.ledger)) ", "
                @match (about.ledger_exists, report.progress.doubts.is_empty()) {
                    (false, _) => "nothing is recorded there",
                    (true, true) => "whole",
                    (true, false) => span class="missed" { "not whole" },
                }
                ", " (words::count(u64::try_from(report.appendix.runs).unwrap_or(u64::MAX), "recorded run"))
            }
            dt { "Checkpoint" }
            dd {
                @match &about.checkpoint {
                    Some(digest) => code { "sha256:" (digest) },
                    None => "none, this ledger has not been folded",
                }
            }
            @for (name, run) in [
                ("First run", report.appendix.first_run),
                ("Last run", report.appendix.last_run),
            ] {
                @if let Some(run) = run {
                    dt { (name) } dd { (report.day(run.at)) ", record " code { (run.id.to_string()) } }
                }
            }
            dt { "Clock" } dd { (about.now.to_string()) }
        }
    }
}

/// Formula, n, window, origin and record of a figure.
fn evidence(report: &Report, entry: &Entry<'_>) -> Markup {
    let Some(of) = entry.facts else {
        return html! {};
    };
    html! {
        dl class="facts" {
            dt { "Measure" } dd { (of.measure) ", " (of.origin.as_str()) }
            dt { "Formula" } dd { code { (foreign(&of.formula)) } }
            @if let Some(seconds) = of.window_seconds {
                dt { "Window" } dd { (seconds / 86_400) " d" }
            }
            dt { "A miss" } dd { (miss(of)) }
            dt { "Record" }
            dd {
                @match of.record {
                    Some(record) => {
                        code { (record.id.to_string()) } " of " (report.day(record.at))
                        @if let Some(n) = record.n { ", n = " (n) }
                    }
                    None => "none: it is measured at the clock, or unknown",
                }
            }
        }
    }
}

fn miss(of: &KeyResultFacts) -> Markup {
    html! {
        @match of.enforcement {
            Enforcement::Block => "blocks",
            Enforcement::Warn => "warns",
            Enforcement::Observe => "is only shown",
        }
        @if let Some(why) = &of.softened { ", " (why) }
    }
}

fn tools(report: &Report) -> Markup {
    let or = |text: Option<&UntrustedText>| {
        text.map_or_else(|| html! { "not said" }, |text| foreign(text.raw()))
    };
    html! {
        @if !report.appendix.tools.is_empty() {
            h3 { "Reports of the last recorded run of a state" }
            table class="data" {
                thead {
                    tr {
                        th scope="col" { "Report" }
                        th scope="col" { "Tool" }
                        th scope="col" { "Version" }
                        th scope="col" { "Class" }
                        th scope="col" { "Run" }
                    }
                }
                tbody {
                    @for tool in &report.appendix.tools {
                        tr {
                            th scope="row" { (foreign(tool.name.raw())) }
                            td { (or(tool.tool.as_ref())) }
                            td { (or(tool.version.as_ref())) }
                            td { (tool.class.map_or("not said", Class::as_str)) }
                            td { @if tool.ok { "ok" } @else { span class="missed" { "failed" } } }
                        }
                    }
                }
            }
        }
    }
}

fn data(report: &Report) -> Markup {
    html! {
        @if !report.appendix.data.is_empty() {
            h3 { "Data files as they were read last" }
            table class="data" {
                thead {
                    tr {
                        th scope="col" { "File" }
                        th scope="col" { "As of" }
                        th scope="col" { "Digest and record" }
                    }
                }
                tbody {
                    @for file in &report.appendix.data {
                        tr {
                            th scope="row" { (foreign(file.name.raw())) }
                            td {
                                @match &file.as_of {
                                    Some(day) => (foreign(day.raw())),
                                    None => "not said",
                                }
                            }
                            td { code { (file.digest) } " " code { (file.record.to_string()) } }
                        }
                    }
                }
            }
        }
    }
}

fn ages(report: &Report) -> Markup {
    html! {
        @if report.ages.iter().any(|week| week.open.is_some()) {
            div id="data-ages" {
                h3 { "Open findings by age" }
                (tables::ages(&report.ages))
                p class="back" { a href="#ages" { "Back to the chart" } }
            }
        }
    }
}

/// All repositories, in the order of their names (rule P4).
fn coverage(report: &Report) -> Markup {
    let coverage = &report.coverage;
    html! {
        @if !coverage.rows.is_empty() {
            div id="data-coverage" {
                h3 { "What was scanned" }
                div class="scroll" tabindex="0" role="group" aria-label="What was scanned" {
                    table class="data" {
                        thead {
                            tr {
                                th scope="col" { "Repository" }
                                @for class in &coverage.classes { th scope="col" { (class.as_str()) } }
                            }
                        }
                        tbody {
                            @for row in &coverage.rows {
                                tr {
                                    th scope="row" {
                                        (foreign(&row.name))
                                        @if !row.is_listed { span class="muted" { " not in the inventory" } }
                                    }
                                    @for cell in &row.cells {
                                        td class="tight" {
                                            (bare(scanned(cell.state).mark())) " " (cell.state.as_str())
                                            @if let Some(last) = cell.last {
                                                " " span class="muted" { (report.day(last)) }
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                @if let Some(reason) = &coverage.no_inventory {
                    p { "The inventory is not in it: " (message(&facts::reason(reason))) }
                }
                @if is_a_grid(report) {
                    p class="back" { a href="#coverage" { "Back to the chart" } }
                }
            }
        }
    }
}
