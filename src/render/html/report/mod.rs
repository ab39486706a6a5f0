//! The weekly report as a page (section 2 of the rules): one screen first, detail after.

mod appendix;
mod news;
mod plots;
mod tables;

use std::io::{self, Write};

use maud::{Markup, html};

use super::board::board;
use super::detail::detail;
use super::page::{Page, Section, bare, foreign};
use super::status::{notices, over};
use super::view::{Entry, Ground, Group, target_words};
use crate::decide::Verdict;
use crate::decide::report::{Change, Course, Report};
use crate::render::chart::Mark;
use crate::render::encode::html::{message, plain};
use crate::render::report::facts;
use crate::render::status::facts as words;

/// Writes the report as one page.
///
/// # Errors
/// If the output cannot be written.
pub fn write_report(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let ground = Ground {
        progress: &report.progress,
        zone: &report.about.zone,
    };
    let groups = Ground::of_report(report);
    let section = |id, title, body| Section { id, title, body };
    let page = Page {
        title: plain(&facts::title(report)),
        about: about(report),
        sections: vec![
            section("verdict", "Verdict", verdict(report, ground, &groups)),
            section(
                "objectives",
                "Objectives",
                objectives(report, ground, &groups),
            ),
            section("changes", "Changes", news::changes(report)),
            section("overdue", "Overdue", news::overdue(report)),
            section("waivers", "Waivers", news::waivers(report)),
            section("actions", "Actions", news::actions(report)),
            section(
                "details",
                "Key results in detail",
                details(report, ground, &groups),
            ),
            section("appendix", "Appendix", appendix::appendix(report, &groups)),
        ],
        foot: html! {
            p {
                "krgate " (report.about.version) ", report at " (report.about.now.to_string())
                ". What is shown decides nothing: verdicts, scores and grades are those of the ledger."
            }
        },
    };
    out.write_all(page.document().as_bytes())
}

fn about(report: &Report) -> Markup {
    html! {
        @if let Some(mission) = &report.about.mission {
            p class="mission" { (foreign(mission)) }
        }
    }
}

/// What blocks, in one sentence, and what is not met.
fn verdict(report: &Report, ground: Ground<'_>, groups: &[Group<'_>]) -> Markup {
    let told = &report.verdict;
    let blocked = |verdict| {
        told.blockers
            .iter()
            .any(|blocker| blocker.verdict == verdict)
    };
    let mark = if blocked(Verdict::Missed) {
        Mark::Missed
    } else if blocked(Verdict::Unknown) {
        Mark::Unknown
    } else if told.missed > 0 {
        Mark::Warning
    } else if told.unknown > 0 || told.total == 0 {
        Mark::Unknown
    } else {
        Mark::Met
    };
    let each = [
        (Verdict::Missed, told.missed),
        (Verdict::Unknown, told.unknown),
        (Verdict::Met, told.met),
    ];
    html! {
        p class="sentence" { (bare(mark)) " " (message(&facts::verdict_line(report))) }
        ul class="counts" {
            @for (verdict, count) in each {
                li { (bare(Mark::from(verdict))) " " b { (count) } " " (verdict.as_str()) }
            }
        }
        @if let Some(period) = &report.progress.period { (over(ground, period)) }
        (notices(&facts::on_top(report)))
        @if told.total > FEW { (unmet(report, ground, groups)) }
    }
}

/// Up to so many key results the table below is on the first screen itself.
const FEW: usize = 6;
/// How many of those that are not met are named above the table.
const MOST_UNMET: usize = 8;

/// What is not met, the missed first, whether it moves and whether it will be made.
fn unmet(report: &Report, ground: Ground<'_>, groups: &[Group<'_>]) -> Markup {
    let entries = groups.iter().flat_map(|group| &group.entries);
    let rank = |entry: &Entry<'_>| match entry.kr.figure.verdict {
        Verdict::Missed => 0,
        Verdict::Unknown => 1,
        Verdict::Met => 2,
    };
    let mut unmet: Vec<&Entry<'_>> = entries.filter(|entry| rank(entry) < 2).collect();
    unmet.sort_by(|a, b| (rank(a), &a.kr.id).cmp(&(rank(b), &b.kr.id)));
    let more = unmet.len().saturating_sub(MOST_UNMET);
    html! {
        @if !unmet.is_empty() {
            ul class="unmet" {
                @for entry in unmet.iter().take(MOST_UNMET) {
                    li {
                        (bare(Mark::from(entry.kr.figure.verdict))) " "
                        a href={ "#kr-" (entry.kr.id) } { (foreign(&entry.kr.title)) } ": "
                        (facts::figure(entry.kr.unit, entry.kr.figure.value, entry.kr.figure.bound)) ", "
                        (target_words(entry.kr))
                        span class="muted" {
                            @if let Some(of) = entry.facts {
                                " · " (facts::change(report, entry.kr.unit, of.change))
                            }
                            @if !ground.is_over()
                                && let Some(said) = words::forecast(entry.kr.forecast, entry.kr.step.plural()) {
                                " · " (said)
                            }
                        }
                    }
                }
                @if more > 0 { li class="muted" { "and " (more) " more in the table below" } }
            }
        }
    }
}

fn objectives(report: &Report, ground: Ground<'_>, groups: &[Group<'_>]) -> Markup {
    let change = |entry: &Entry<'_>| changed(report, entry);
    html! {
        (board(ground, groups, Some(&change)))
        @if !report.pillars.is_empty() {
            table class="data" {
                caption { span class="title" { "By pillar" } }
                thead {
                    tr {
                        th scope="col" { "Pillar" }
                        th scope="col" { "Score" }
                        th scope="col" { "Figures" }
                        th scope="col" { "Objectives" }
                    }
                }
                tbody {
                    @for pillar in &report.pillars {
                        tr {
                            th scope="row" { (foreign(&pillar.pillar)) }
                            td { (facts::objective_score(pillar.score)) }
                            td { (pillar.basis.words()) }
                            td { (pillar.objectives.join(", ")) }
                        }
                    }
                }
            }
        }
    }
}

/// How the figure compares with that of seven days before (rule P13).
fn changed(report: &Report, entry: &Entry<'_>) -> Markup {
    let Some(of) = entry.facts else {
        return html! {};
    };
    let class = match of.change {
        Change::By { course, .. } => match course {
            Course::Better => "met",
            Course::Worse => "missed",
            Course::Same | Course::Neither => "muted",
        },
        Change::UnknownNow | Change::UnknownThen(_) | Change::Bound => "unknown",
        Change::New | Change::Redefined(_) => "muted",
    };
    html! { span class=(class) { (facts::change(report, entry.kr.unit, of.change)) } }
}

fn details(report: &Report, ground: Ground<'_>, groups: &[Group<'_>]) -> Markup {
    html! {
        @for entry in groups.iter().flat_map(|group| &group.entries) {
            (detail(ground, entry, &plots::of(report, entry)))
        }
        (plots::of_all(report))
    }
}
