//! What changed, what is overdue, which waivers need somebody, what is to be done (sections 3
//! to 6).

use maud::{Markup, html};

use super::super::page::foreign;
use crate::decide::report::{DueAction, FindingChange, FindingEvent, Report, StaleScan};
use crate::diagnostic::Message;
use crate::model::{Untrusted, UntrustedText};
use crate::render::chart::Mark;
use crate::render::encode::html::{HtmlText, message};
use crate::render::report::facts;
use crate::render::words;

/// Rows of one list; the rest is counted (rule P4).
const MOST_ROWS: usize = 100;

fn more(of: usize) -> Markup {
    let more = of.saturating_sub(MOST_ROWS);
    html! {
        @if more > 0 {
            p class="muted" { "and " (more) " more: " code { "krgate report --format json" } " has all" }
        }
    }
}

fn list(said: &[HtmlText]) -> Markup {
    html! {
        @if !said.is_empty() {
            ul class="plain" { @for said in said.iter().take(MOST_ROWS) { li { (said) } } }
            (more(said.len()))
        }
    }
}

pub(super) fn changes(report: &Report) -> Markup {
    let changes = &report.changes;
    html! {
        p class="muted" {
            "Since " (report.day(report.span.start)) " until " (report.day(report.span.end)) "."
        }
        @if !changes.is_known {
            p { "No run is recorded, so that nobody can say what changed." }
        } @else {
            ul class="counts" {
                @for event in FindingEvent::ALL {
                    li { b { (changes.counts.of(event)) } " " (event.as_str()) }
                }
            }
            (findings(report))
            (list(&definitions(report)))
        }
    }
}

fn findings(report: &Report) -> Markup {
    let all = &report.changes.findings;
    html! {
        @if !all.is_empty() {
            div class="scroll" tabindex="0" role="group" aria-label="Findings that changed" {
                table class="rows" {
                    thead {
                        tr {
                            th scope="col" { "What" }
                            th scope="col" { "Finding" }
                            th scope="col" { "Class" }
                            th scope="col" { "Severity" }
                            th scope="col" { "Id" }
                        }
                    }
                    tbody { @for change in all.iter().take(MOST_ROWS) { (finding(report, change)) } }
                }
            }
            (more(all.len()))
        }
    }
}

fn finding(report: &Report, change: &FindingChange) -> Markup {
    let mark = match change.event {
        FindingEvent::New | FindingEvent::Reopened => Mark::Missed,
        FindingEvent::Fixed | FindingEvent::Left => Mark::Met,
        FindingEvent::Unknown => Mark::Unknown,
    };
    html! {
        tr {
            td class="tight" { (super::bare(mark)) " " (facts::event(report, change)) }
            th scope="row" { (message(&facts::finding(&change.finding))) }
            td { (change.finding.class.as_str()) }
            td class="tight" { (facts::badness(&change.finding)) }
            td { code { (facts::short_id(&change.finding)) } }
        }
    }
}

/// Definitions, tools, policies and versions of krgate that changed.
fn definitions(report: &Report) -> Vec<HtmlText> {
    let changes = &report.changes;
    let mut told: Vec<Message> = Vec::new();
    told.extend(changes.definitions.iter().map(|change| {
        Message::from(format!(
            "{} was defined anew on {}: {} before, {} since",
            change.key_result,
            report.day(change.at),
            change.before,
            change.after
        ))
    }));
    let tools = changes.tools.iter();
    told.extend(tools.map(|change| facts::tool_change(report, change)));
    told.extend(changes.policies.iter().map(|change| {
        let commit = change.commit.as_ref();
        let commit = commit.map_or_else(String::new, |id| format!(", of commit {}", id.as_str()));
        Message::from(format!(
            "the policy changed on {}: {} before, {} since{commit}",
            report.day(change.at),
            change.before,
            change.after
        ))
    }));
    told.extend(changes.writers.iter().map(|change| {
        Message::from(format!(
            "krgate and its packs changed on {}: ",
            report.day(change.at)
        ))
        .foreign(change.before.as_untrusted())
        .own(" before, ")
        .foreign(change.after.as_untrusted())
        .own(" since")
    }));
    told.iter().map(message).collect()
}

/// Whoever answers for it must find it here: all of it is shown.
pub(super) fn overdue(report: &Report) -> Markup {
    let overdue = &report.overdue;
    let nothing = overdue.check_ins.is_empty()
        && overdue.scans.is_empty()
        && overdue.missing.is_empty()
        && overdue.unknown.is_empty();
    html! {
        @if nothing { p { "Nothing is overdue, stale or unknown." } }
        ul class="plain" {
            @for check_in in &overdue.check_ins {
                li {
                    b { (foreign(&check_in.owner)) } ": " (check_in.key_result)
                    @match (check_in.last, check_in.days) {
                        (Some(last), Some(days)) => {
                            ", check-in overdue by " (words::count(days.into(), "day"))
                            ", the last one is of " (last)
                        }
                        _ => { ", nobody has checked in yet" }
                    }
                }
            }
            @for scan in &overdue.scans { li { (message(&stale(report, scan))) } }
            @for missing in &overdue.missing {
                li {
                    "report " (foreign(&missing.name))
                    @if missing.is_optional { " (optional)" }
                    ": no recorded run read it whole"
                }
            }
        }
        @for of in &overdue.unknown {
            h3 { "Unknown, to be made known by " (foreign(&of.owner)) }
            ul class="plain" {
                @for (key_result, reasons) in &of.key_results {
                    li {
                        (super::bare(Mark::Unknown)) " " (key_result) ": unknown"
                        @for reason in reasons { "; " (message(&facts::reason(reason))) }
                    }
                }
            }
        }
    }
}

fn stale(report: &Report, scan: &StaleScan) -> Message {
    let mut line = Message::from("scan of ")
        .foreign(scan.tool.as_untrusted())
        .own(format!(" ({}) in ", scan.class))
        .foreign(Untrusted::new(&scan.repository));
    if let Some(category) = &scan.category {
        line = line.own(", category ").foreign(category.as_untrusted());
    }
    line = match scan.last {
        Some(last) => line.own(format!(
            ": the last good one is {} old and stands for {} d",
            facts::age(report, last),
            scan.fresh / 86_400
        )),
        None => line.own(": none was good yet"),
    };
    match scan.failed {
        Some(failed) => line.own(format!("; one failed on {}", report.day(failed))),
        None => line,
    }
}

pub(super) fn waivers(report: &Report) -> Markup {
    html! {
        @if report.waivers.is_empty() {
            p { "No waiver has ended, ends within 14 days or matched nothing." }
        } @else {
            div class="scroll" tabindex="0" role="group" aria-label="Waivers that need somebody" {
                table class="rows" {
                    thead {
                        tr {
                            th scope="col" { "Waiver" }
                            th scope="col" { "Owner" }
                            th scope="col" { "Why" }
                            th scope="col" { "Where" }
                        }
                    }
                    tbody {
                        @for notice in report.waivers.iter().take(MOST_ROWS) {
                            @let owner = notice.owner.as_ref().map_or("", UntrustedText::raw);
                            tr {
                                th scope="row" { (foreign(notice.label.raw())) }
                                td { @if owner.is_empty() { "nobody" } @else { (foreign(owner)) } }
                                td { (facts::waiver_why(notice)) }
                                td { (foreign(notice.source.raw())) " line " (notice.line) }
                            }
                        }
                    }
                }
            }
            (more(report.waivers.len()))
        }
    }
}

pub(super) fn actions(report: &Report) -> Markup {
    let actions = &report.actions;
    html! {
        @if actions.due.is_empty() {
            p { "No action is late or due within 14 days." }
        } @else {
            div class="scroll" tabindex="0" role="group" aria-label="Actions that are due" {
                table class="rows" {
                    thead {
                        tr {
                            th scope="col" { "Due" }
                            th scope="col" { "What" }
                            th scope="col" { "Who" }
                            th scope="col" { "How" }
                            th scope="col" { "Objective" }
                        }
                    }
                    tbody { @for action in &actions.due { (due(action)) } }
                }
            }
        }
        @if actions.later + actions.undated > 0 {
            p class="muted" {
                "Not shown: " (actions.later) " due later, " (actions.undated) " without a day."
            }
        }
        (repairs(report))
    }
}

fn due(action: &DueAction) -> Markup {
    let class = if action.days < 0 {
        "tight missed"
    } else {
        "tight"
    };
    html! {
        tr {
            td class=(class) { (action.due) ", " (facts::due(action.days)) }
            th scope="row" { (foreign(&action.what)) }
            td { (foreign(&action.who)) }
            td { @match &action.how { Some(how) => (foreign(how)), None => "not said" } }
            td { (action.objective) }
        }
    }
}

fn repairs(report: &Report) -> Markup {
    let actions = &report.actions;
    let more = actions.candidates.saturating_sub(actions.repairs.len());
    html! {
        @if actions.repairs.is_empty() {
            p { "No repair of one finding moves a missed key result." }
        } @else {
            h3 { "The repairs that move missed key results most" }
            ol {
                @for repair in &actions.repairs {
                    li {
                        (message(&facts::finding(&repair.finding)))
                        span class="muted" {
                            ", " (facts::badness(&repair.finding)) ", "
                            code { (facts::short_id(&repair.finding)) }
                        }
                        ": moves " (repair.key_results.join(", "))
                    }
                }
            }
            @if more > 0 {
                p class="muted" {
                    "and " (more) " more findings that a missed key result counts: "
                    code { "krgate check --all" } " lists them"
                }
            }
        }
    }
}
