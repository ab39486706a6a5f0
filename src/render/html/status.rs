//! The status as a page (rule P21).

use std::io::{self, Write};

use maud::{Markup, html};

use super::board::board;
use super::detail::{detail, numbers};
use super::page::{Page, Section, bare, foreign};
use super::score::scores;
use super::view::{Ground, Group};
use crate::decide::Verdict;
use crate::decide::okr::PeriodProgress;
use crate::diagnostic::Message;
use crate::model::Untrusted;
use crate::render::chart::Mark;
use crate::render::encode::html::{HtmlText, message, plain};
use crate::render::status::{Status, facts};
use crate::render::words;

/// Writes the status as one page.
///
/// # Errors
/// If the output cannot be written.
pub fn write_status(status: &Status<'_>, out: &mut dyn Write) -> io::Result<()> {
    let ground = Ground {
        progress: status.progress,
        zone: status.about.zone,
    };
    let groups = ground.of_status();
    let page = Page {
        title: title(ground),
        about: about(status),
        sections: vec![
            Section {
                id: "verdict",
                title: "Verdict",
                body: verdict(status, ground),
            },
            Section {
                id: "objectives",
                title: "Objectives and key results",
                body: board(ground, &groups, None),
            },
            Section {
                id: "details",
                title: "Key results in detail",
                body: details(ground, &groups),
            },
            Section {
                id: "appendix",
                title: "Appendix",
                body: appendix(status, ground, &groups),
            },
        ],
        foot: foot(status),
    };
    out.write_all(page.document().as_bytes())
}

fn title(ground: Ground<'_>) -> HtmlText {
    let mut title = Message::from("Status");
    if let Some(period) = &ground.progress.period {
        title = title.own(" of ").foreign(Untrusted::new(&period.name));
    }
    plain(&title.own(format!(", {}", ground.day(ground.progress.now))))
}

fn about(status: &Status<'_>) -> Markup {
    html! {
        @if let Some(mission) = status.about.mission {
            p class="mission" { (foreign(mission)) }
        }
    }
}

/// How many came to what, in one sentence.
fn verdict(status: &Status<'_>, ground: Ground<'_>) -> Markup {
    let counts = status.counts();
    let total = counts.met + counts.missed + counts.unknown;
    let mark = match (counts.missed, counts.unknown) {
        (0, 0) if total > 0 => Mark::Met,
        (0, _) => Mark::Unknown,
        (_, _) => Mark::Missed,
    };
    let each = [
        (Verdict::Missed, counts.missed),
        (Verdict::Unknown, counts.unknown),
        (Verdict::Met, counts.met),
    ];
    html! {
        p class="sentence" {
            (bare(mark)) " "
            (counts.met) " of " (words::count(total, "key result")) " met, "
            (counts.missed) " missed, " (counts.unknown) " unknown."
        }
        ul class="counts" {
            @for (verdict, count) in each {
                li { (bare(Mark::from(verdict))) " " b { (count) } " " (verdict.as_str()) }
            }
        }
        @if let Some(period) = &ground.progress.period { (over(ground, period)) }
        (notices(&facts::on_top(status)))
    }
}

/// What is to be said before any figure. Of a ledger with many faults the first are shown:
/// `krgate records verify` names all (rule P4).
pub(super) fn notices(said: &[Message]) -> Markup {
    const MOST: usize = 4;
    html! {
        @for said in said.iter().take(MOST) { p class="notice" { (message(said)) } }
        @if said.len() > MOST {
            p class="notice" {
                "and " (said.len() - MOST) " more: " code { "krgate records verify" } " names every fault"
            }
        }
    }
}

/// How far the period has gone by, as words and as a bar.
pub(super) fn over(ground: Ground<'_>, period: &PeriodProgress) -> Markup {
    let share = period.elapsed.times(crate::model::Quantity::whole(100));
    let percent = share.to_decimal(0);
    let words = format!("{percent}% over");
    html! {
        div class="period" {
            p class="small muted" {
                (foreign(&period.name)) ": " (ground.day(period.window.start)) " to "
                (ground.day(period.window.end)) ", " (words)
                @if let Some(fiscal) = &period.fiscal {
                    ", fiscal Q" (fiscal.number) " of " (fiscal.year)
                }
                @if period.closed { ", closed" }
            }
            svg role="img" viewBox="0 0 100 2" preserveAspectRatio="none"
                aria-labelledby="period-name period-says" {
                title id="period-name" { "How far the period has gone by" }
                desc id="period-says" { (words) }
                rect class="whole" width="100" height="2" {}
                rect class="part" width=(percent) height="2" {}
            }
        }
    }
}

fn details(ground: Ground<'_>, groups: &[Group<'_>]) -> Markup {
    let entries = || groups.iter().flat_map(|group| &group.entries);
    html! {
        @for entry in entries() { (detail(ground, entry, &html! {})) }
        @if entries().next().is_none() { p class="muted" { "The policy has no key results." } }
    }
}

fn appendix(status: &Status<'_>, ground: Ground<'_>, groups: &[Group<'_>]) -> Markup {
    let about = &status.about;
    html! {
        dl class="facts" {
            dt { "Policy" } dd { (foreign(about.policy_path)) }
            dt { "SHA-256" } dd { code { (about.policy_sha256) } }
            dt { "Ledger" } dd { (foreign(about.ledger)) }
            dt { "Clock" } dd { (ground.progress.now.to_string()) }
        }
        (scores(groups))
        @for entry in groups.iter().flat_map(|group| &group.entries) { (numbers(entry, &html! {}, &html! {})) }
    }
}

fn foot(status: &Status<'_>) -> Markup {
    html! {
        p { "krgate " (status.about.version) ", status at " (status.progress.now.to_string()) "." }
    }
}
