//! The list for people, in 80 columns (rules V1, V3 to V6).

use std::io::{self, Write};

use super::{Counts, Findings, days};
use crate::decide::ExitCode;
use crate::diagnostic::Message;
use crate::measure::{Limit, OpenFinding, OpenState};
use crate::model::{Severity, Untrusted};
use crate::render::short_id::ShortIds;
use crate::render::text::Verbosity;
use crate::render::text::page::{COLUMNS, Cell, Page, Role};
use crate::render::words;

/// Writes the list as text. The last line says how many there are.
///
/// # Errors
/// If the output cannot be written.
pub fn write(
    findings: &Findings<'_>,
    (verbosity, styled): (Verbosity, bool),
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, styled);
    if verbosity != Verbosity::Quiet {
        header(findings, &mut page)?;
        list(findings, &mut page)?;
        page.blank()?;
        beside(findings, &mut page)?;
    }
    last_line(findings, &mut page)
}

fn header(findings: &Findings<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let line = Message::from(format!(
        "{} · open findings at {} · policy ",
        findings.version, findings.now
    ))
    .foreign(Untrusted::new(findings.policy_path))
    .own(" · ledger ")
    .foreign(Untrusted::new(findings.ledger));
    page.words(0, &Cell::own("krgate").role(Role::Strong), &line)?;
    let notices = findings.on_top();
    notices
        .iter()
        .try_for_each(|said| page.words(0, &Cell::own("notice").role(Role::Odd), said))
}

fn list(findings: &Findings<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let ids = ShortIds::among(findings.ids);
    let all = &findings.backlog.findings;
    if !all.is_empty() {
        page.blank()?;
    }
    for finding in all.iter().take(findings.most) {
        entry(findings, finding, &ids, page)?;
    }
    let more = words::number(all.len().saturating_sub(findings.most));
    if more > 0 {
        let said = format!(
            "and {} more: --limit {}, or --format json",
            words::thousands(more),
            all.len()
        );
        page.words(2, &Cell::own(said), &Message::default())?;
    }
    Ok(())
}

/// Where, what and id on the first line if they fit, what is known of it below.
fn entry(
    findings: &Findings<'_>,
    finding: &OpenFinding<'_>,
    ids: &ShortIds<'_>,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let life = finding.life;
    let at = life.line.map_or(String::new(), |line| format!(":{line}"));
    let place = life.path.as_ref().map_or(Cell::own("(no path)"), |path| {
        Cell::path(path.as_untrusted(), &at)
    });
    let id = Cell::own(ids.of(life.id)).role(Role::Strong);
    let rule = Cell::label(life.rule.as_untrusted());
    let fits = 8 + place.width() + rule.width() + id.width() <= COLUMNS;
    let dash = Cell::own("-");
    if fits {
        page.finding(2, &[dash, place, rule, id])?;
    } else {
        page.finding(2, &[dash, place, id])?;
        page.row(6, 6, &[Cell::own("rule"), rule], &[])?;
    }
    page.words(6, &Cell::own(""), &known(findings, finding))?;
    if findings.backlog.has_limits {
        let (word, rest) = due(findings, &finding.limit);
        let is_bad = finding.limit.is_overdue();
        let word = Cell::own(word).role(if is_bad { Role::Bad } else { Role::Plain });
        page.words(6, &word, &rest.into())?;
    }
    if let OpenState::Unknown(last) = finding.state {
        let said = format!(
            "no scan has covered it since {}: whether it is still there is not known",
            findings.day(last)
        );
        page.words(6, &Cell::own("?").role(Role::Open), &said.into())?;
    }
    Ok(())
}

/// How bad, how old, by which tool, whose: `high 8.1 · 40 d, first seen 2026-10-07 · …`.
fn known(findings: &Findings<'_>, finding: &OpenFinding<'_>) -> Message {
    let life = finding.life;
    let mut bad = severity(life.severity).to_owned();
    if let Some(score) = life.cvss {
        bad = format!("{bad} {score}");
    }
    let first = findings.day(life.first_seen);
    let mut said = Message::from(bad).own(if life.left_truncated {
        format!(
            " · at least {}: first seen at adoption, {first}",
            days(finding.age)
        )
    } else {
        format!(" · {}, first seen {first}", days(finding.age))
    });
    match finding.state {
        OpenState::Open => {}
        OpenState::Reopened => {
            said = said.own(format!(" · reopened, episode {}", life.episodes.len()));
        }
        OpenState::Unknown(_) => said = said.own(" · unknown"),
    }
    said = said
        .own(" · ")
        .foreign(finding.stream.tool.as_untrusted())
        .own(format!(" ({})", finding.stream.class));
    if findings.has_several_refs() {
        said = said
            .own(" on ")
            .foreign(Untrusted::new(&finding.stream.reference));
    }
    match &finding.owners {
        None => said.own(" · owner not known"),
        Some(owners) if owners.is_empty() => said.own(" · owned by nobody"),
        Some(owners) => owners.iter().fold(said.own(" ·"), |said, owner| {
            said.own(" ").foreign(owner.as_untrusted())
        }),
    }
}

const fn severity(band: Option<Severity>) -> &'static str {
    match band {
        Some(band) => band.as_str(),
        None => "no severity",
    }
}

/// The state of its limit: the word, and the rest.
fn due(findings: &Findings<'_>, limit: &Limit) -> (&'static str, String) {
    match limit {
        Limit::Nothing => ("no limit", "of an `sla` key result holds for it".to_owned()),
        Limit::NotKnown => (
            "limit not known:",
            "its severity, or what a filter asks for, is not recorded".to_owned(),
        ),
        Limit::At {
            key_result,
            seconds,
            due,
            overdue,
        } => {
            let (from, to, word) = if *overdue {
                (*due, findings.now, "overdue")
            } else {
                (findings.now, *due, "due")
            };
            let apart = u64::try_from(to.duration_since(from).as_secs()).unwrap_or(0);
            let apart = days(apart);
            let rest = format!(
                "{key_result} allows {}, until {}",
                days(*seconds),
                findings.day(*due)
            );
            match overdue {
                true => (word, format!("by {apart}: {rest}")),
                false => (word, format!("in {apart}: {rest}")),
            }
        }
    }
}

/// What is not listed, and why.
fn beside(findings: &Findings<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let backlog = findings.backlog;
    let undecided = findings.counts().undecided;
    for (number, what) in [
        (
            undecided,
            "listed though not all that was asked for is known of them",
        ),
        (
            backlog.set_aside,
            "set aside as of their last scan (suppressed, waived or dismissed), and not listed",
        ),
        (backlog.others, "open besides, and not asked for"),
    ] {
        if number > 0 {
            let said = format!("{} {what}", words::count(number, "finding"));
            page.words(0, &Cell::own("*").role(Role::Dim), &said.into())?;
        }
    }
    Ok(())
}

fn last_line(findings: &Findings<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let (head, exit, role) = if findings.doubts.is_empty() {
        ("FINDINGS", ExitCode::Passed, Role::Strong)
    } else {
        ("THE LEDGER IS DAMAGED", ExitCode::Environment, Role::Bad)
    };
    let sentence = format!("{head}: {} (exit {})", counted(findings), exit.number());
    page.verdict(&sentence.into(), role)
}

fn counted(findings: &Findings<'_>) -> String {
    let Counts {
        listed,
        reopened,
        unknown,
        overdue,
        ..
    } = findings.counts();
    if listed == 0 && !findings.is_known() {
        return "not known, nothing is recorded".to_owned();
    }
    let least = if findings.is_whole() { "" } else { "at least " };
    format!(
        "{least}{} open, {overdue} overdue, {reopened} reopened, {unknown} unknown",
        words::count(listed, "finding")
    )
}
