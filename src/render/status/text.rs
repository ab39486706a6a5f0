//! The status for people, in 80 columns (rules P21, V1, V6).

use std::io::{self, Write};

use super::{Status, facts};
use crate::decide::okr::{Band, KeyResultProgress, ObjectiveProgress};
use crate::decide::{ExitCode, Verdict};
use crate::diagnostic::Message;
use crate::model::history::Frozen;
use crate::model::{Bound, Untrusted};
use crate::render::text::Verbosity;
use crate::render::text::page::{COLUMNS, Cell, Page, Role, widths};
use crate::render::words;

/// Writes the status as text. The last line says how many key results came to what.
///
/// # Errors
/// If the output cannot be written.
pub fn write(
    status: &Status<'_>,
    (verbosity, styled): (Verbosity, bool),
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, styled);
    if verbosity != Verbosity::Quiet {
        header(status, &mut page)?;
        let rows: Vec<Vec<Cell>> = status.key_results().map(cells).collect();
        let widths = widths(&rows);
        for objective in &status.progress.objectives {
            page.blank()?;
            heading(objective, &mut page)?;
            for key_result in &objective.key_results {
                page.row(2, 8, &cells(key_result), &widths)?;
                below(status, objective, key_result, &mut page)?;
            }
        }
        page.blank()?;
        for pillar in &status.progress.pillars {
            let score = facts::score(pillar.score.value, pillar.band.map(Band::as_str));
            let known = facts::percent(pillar.score.known);
            let basis = pillar.basis.words();
            let line = format!("{} {score}, {known} known, {basis}", pillar.name);
            page.words(0, &Cell::own("pillar"), &line.into())?;
        }
    }
    last_line(status, &mut page)
}

fn header(status: &Status<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let about = &status.about;
    let line = Message::from(format!(
        "{} · status at {} · policy ",
        about.version, status.progress.now
    ))
    .foreign(Untrusted::new(about.policy_path))
    .own(" · ledger ")
    .foreign(Untrusted::new(about.ledger));
    page.words(0, &Cell::own("krgate").role(Role::Strong), &line)?;
    if let Some(mission) = about.mission {
        page.row(
            0,
            2,
            &[Cell::own("mission"), Cell::label(Untrusted::new(mission))],
            &[],
        )?;
    }
    if let Some(period) = &status.progress.period {
        let mut line = Message::default()
            .foreign(Untrusted::new(&period.name))
            .own(format!(
                ": {} to {}, {} over",
                status.day(period.window.start),
                status.day(period.window.end),
                facts::percent(period.elapsed)
            ));
        if let Some(fiscal) = &period.fiscal {
            line = line.own(format!(", fiscal Q{} of {}", fiscal.number, fiscal.year));
        }
        if period.closed {
            line = line.own(", closed");
        }
        page.words(0, &Cell::own("period"), &line)?;
    }
    for said in facts::on_top(status) {
        page.words(0, &Cell::own("notice").role(Role::Odd), &said)?;
    }
    Ok(())
}

/// `exposure  Nothing exploitable reaches production  score 0.67 amber, 75% known  @acme`
fn heading(objective: &ObjectiveProgress, page: &mut Page<'_>) -> io::Result<()> {
    let owner = Cell::label(Untrusted::new(&objective.owner))
        .at_most(24)
        .role(Role::Dim);
    let id = Cell::own(&objective.id).role(Role::Strong);
    let score = facts::score(objective.score.value, objective.band.map(Band::as_str));
    let known = facts::percent(objective.score.known);
    let score = Cell::own(format!("score {score}, {known} known"));
    let taken = id.width() + owner.width() + score.width() + 6;
    let room = COLUMNS.saturating_sub(taken).max(12);
    let title = Cell::label(Untrusted::new(&objective.title)).at_most(room);
    page.row(0, 2, &[id, title, score, owner], &[])?;
    let mut said = Vec::new();
    said.extend(
        objective
            .uses
            .iter()
            .map(|(used, weight)| Message::from(format!("uses {used} with weight {weight}"))),
    );
    said.extend(
        objective
            .rolled_up
            .iter()
            .map(|id| Message::from(format!("{id} counts in it"))),
    );
    said.extend(
        objective
            .contributes_to
            .iter()
            .map(|name| Message::from("contributes to ").foreign(Untrusted::new(name))),
    );
    said.iter()
        .try_for_each(|said| page.words(2, &Cell::own("*").role(Role::Dim), said))
}

/// The shape that carries the meaning without colour (rule V6).
const fn shape(verdict: Verdict) -> (&'static str, Role) {
    match verdict {
        Verdict::Met => ("ok", Role::Good),
        Verdict::Missed => ("MISS", Role::Bad),
        Verdict::Unknown => ("?", Role::Open),
    }
}

fn cells(key_result: &KeyResultProgress) -> Vec<Cell> {
    let (shape, role) = shape(key_result.figure.verdict);
    let figure = &key_result.figure;
    let unit = key_result.unit;
    let target = unit.show_target(&key_result.target);
    let start = key_result
        .start
        .map_or(String::new(), |start| format!(" from {}", unit.show(start)));
    let score = facts::score(key_result.score, key_result.band.map(Band::as_str));
    vec![
        Cell::own(format!("{shape:<4}")).role(role),
        Cell::own(&key_result.id),
        Cell::own(facts::figure(unit, figure.value, figure.bound)),
        Cell::own(format!("target {target}{start}")),
        Cell::own(format!("score {score}")),
    ]
}

/// What stands below the line of a key result.
fn below(
    status: &Status<'_>,
    objective: &ObjectiveProgress,
    key_result: &KeyResultProgress,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let owner = Untrusted::new(&key_result.owner);
    let mut first = vec![Cell::label(Untrusted::new(&key_result.title))];
    if key_result.owner != objective.owner {
        let owner = Cell::label(owner).at_most(24).role(Role::Dim);
        let room = COLUMNS.saturating_sub(8 + 2 + 2 + owner.width()).max(12);
        first = first.into_iter().map(|title| title.at_most(room)).collect();
        first.push(owner);
    }
    page.row(8, 8, &first, &[])?;
    let line = facts_of(status, key_result).join(" · ");
    if !line.is_empty() {
        page.words(8, &Cell::own(""), &line.into())?;
    }
    for reason in &key_result.reasons {
        page.words(8, &Cell::own("?").role(Role::Open), &reason.message)?;
        if let Some(remedy) = &reason.remedy {
            page.words(10, &Cell::own("->").role(Role::Dim), remedy)?;
        }
    }
    starred(status, key_result)
        .iter()
        .try_for_each(|said| page.words(8, &Cell::own("*").role(Role::Dim), said))
}

/// Age, pace, forecast and confidence, side by side and never mixed (rules K19 to K21).
fn facts_of(status: &Status<'_>, key_result: &KeyResultProgress) -> Vec<String> {
    let mut facts: Vec<String> = facts::traits(key_result).map(str::to_owned).collect();
    let figure = &key_result.figure;
    if let Some(at) = figure.at.filter(|_| figure.value.is_some()) {
        let stale = if figure.stale { ", stale" } else { "" };
        let age = if at == status.progress.now {
            "measured now".to_owned()
        } else {
            format!("{} d ago{stale}", status.age(at).to_decimal(1))
        };
        facts.push(format!("as of {} ({age})", status.day(at)));
    } else if let Some(at) = figure.last_known {
        facts.push(format!("last known on {}", status.day(at)));
    }
    if let Some(held) = &key_result.in_bounds {
        facts.push(format!(
            "{} of the period known",
            facts::percent(held.known())
        ));
    }
    if !status.is_over() {
        facts.extend(facts::pace(key_result));
        facts.extend(facts::forecast(
            key_result.forecast,
            key_result.step.plural(),
        ));
    }
    if let Some(due) = key_result.due {
        facts.push(format!("due {}", status.day(due)));
    }
    if let Some(confidence) = &key_result.confidence {
        let stale = if confidence.stale { ", stale" } else { "" };
        facts.push(format!(
            "confidence {} ({}{stale})",
            facts::percent(confidence.value),
            status.day(confidence.at)
        ));
    }
    facts
}

/// Changes of the definition, the grade and what a reader should know.
fn starred(status: &Status<'_>, key_result: &KeyResultProgress) -> Vec<Message> {
    let mut said = Vec::new();
    said.extend(facts::changes(&key_result.segments).map(|(before, after)| {
        Message::from(format!(
            "definition changed on {}: {} -> {}",
            status.day(after.from),
            before.definition,
            after.definition
        ))
    }));
    let figure = |value| facts::figure(key_result.unit, value, Bound::Exact);
    if let Some(closed) = &key_result.closed {
        said.push(closed_words(status, closed, &figure(closed.value)).into());
    }
    if let Some(amended) = &key_result.amended {
        said.push(
            format!(
                "with what came after the close it would be {}, {}, score {}",
                figure(amended.value),
                amended.verdict.as_str(),
                facts::score(Some(amended.score), Some(Band::of(amended.score).as_str()))
            )
            .into(),
        );
    }
    said.extend(
        key_result
            .remarks
            .iter()
            .map(|remark| remark.as_str().into()),
    );
    said.extend(key_result.notes.iter().cloned());
    said
}

fn closed_words(status: &Status<'_>, closed: &Frozen, figure: &str) -> String {
    let score = facts::score(closed.score, closed.score.map(Band::of).map(Band::as_str));
    let verdict = closed.verdict.map_or("unknown", Verdict::as_str);
    format!(
        "closed on {} at {figure}, {verdict}, score {score}",
        status.day(closed.at)
    )
}

fn last_line(status: &Status<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let counts = status.counts();
    let total = words::count(counts.met + counts.missed + counts.unknown, "key result");
    let (head, exit, role) = if status.progress.doubts.is_empty() {
        ("STATUS", ExitCode::Passed, Role::Strong)
    } else {
        ("THE LEDGER IS DAMAGED", ExitCode::Environment, Role::Bad)
    };
    let sentence = format!(
        "{head}: {total}, {} met, {} missed, {} unknown (exit {})",
        counts.met,
        counts.missed,
        counts.unknown,
        exit.number()
    );
    page.verdict(&sentence.into(), role)
}
