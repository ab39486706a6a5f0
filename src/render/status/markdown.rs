//! The status as Markdown (rules P2, P3, P14, P15, P21).

use std::io::{self, Write};

use super::{Status, facts};
use crate::decide::Verdict;
use crate::decide::okr::{Band, KeyResultProgress, ObjectiveProgress};
use crate::diagnostic::Message;
use crate::model::{Bound, Untrusted};
use crate::render::encode::markdown::{Inline, cell, cell_message, message, own, span};
use crate::render::words;

/// Writes the status. All of it is shown, and foreign text stands in code spans alone.
///
/// # Errors
/// If the output cannot be written.
pub fn write(status: &Status<'_>, out: &mut dyn Write) -> io::Result<()> {
    let progress = status.progress;
    writeln!(out, "# Status of {}", status.day(progress.now))?;
    if let Some(mission) = status.about.mission {
        writeln!(out, "\n{}", span(Untrusted::new(mission)))?;
    }
    let counts = status.counts();
    let total = counts.met + counts.missed + counts.unknown;
    writeln!(
        out,
        "\n**{}, {} met, {} missed, {} unknown.**",
        words::count(total, "key result"),
        counts.met,
        counts.missed,
        counts.unknown
    )?;
    if let Some(period) = &progress.period {
        let closed = if period.closed { ", closed" } else { "" };
        let line = Message::from("Period ")
            .foreign(Untrusted::new(&period.name))
            .own(format!(
                ": {} to {}, {} over{closed}.",
                status.day(period.window.start),
                status.day(period.window.end),
                facts::percent(period.elapsed)
            ));
        writeln!(out, "\n{}", message(&line))?;
    }
    list(&facts::on_top(status), out)?;
    for objective in &progress.objectives {
        of_objective(status, objective, out)?;
    }
    Ok(())
}

fn list(items: &[Message], out: &mut dyn Write) -> io::Result<()> {
    for (place, item) in items.iter().enumerate() {
        let gap = if place == 0 { "\n" } else { "" };
        writeln!(out, "{gap}- {}", message(item))?;
    }
    Ok(())
}

fn of_objective(
    status: &Status<'_>,
    objective: &ObjectiveProgress,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "\n## {}", own(&objective.id))?;
    let score = facts::score(objective.score.value, objective.band.map(Band::as_str));
    let line = Message::default()
        .foreign(Untrusted::new(&objective.title))
        .own(", of ")
        .foreign(Untrusted::new(&objective.owner))
        .own(format!(
            ": score {score}, {} known",
            facts::percent(objective.score.known)
        ));
    writeln!(out, "\n{}", message(&line))?;
    list(&links(objective), out)?;
    if objective.key_results.is_empty() {
        return Ok(());
    }
    let heads = [
        "verdict",
        "key result",
        "title",
        "value",
        "target",
        "score",
        "pace",
        "P(hit)",
    ];
    writeln!(out, "\n| {} |", heads.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(heads.len()))?;
    for key_result in &objective.key_results {
        let cells = row(status, key_result);
        let cells: Vec<&str> = cells.iter().map(Inline::as_str).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    let mut notes = Vec::new();
    for key_result in &objective.key_results {
        let id = Message::from(format!("{}: ", key_result.id));
        let all = notes_of(status, key_result);
        notes.extend(all.iter().map(|note| id.clone().join(note)));
    }
    list(&notes, out)
}

/// What it leads to, and what leads to it (rules K16, K17, K30).
fn links(objective: &ObjectiveProgress) -> Vec<Message> {
    let uses = objective.uses.iter();
    let mut links: Vec<Message> = uses
        .map(|(used, weight)| Message::from(format!("uses {used} with weight {weight}")))
        .collect();
    let rolled_up = objective.rolled_up.iter();
    links.extend(rolled_up.map(|id| Message::from(format!("{id} counts in it"))));
    let named = |words: &'static str, names: &[String]| -> Vec<Message> {
        let names = names.iter();
        names
            .map(|name| Message::from(words).foreign(Untrusted::new(name)))
            .collect()
    };
    links.extend(named("contributes to ", &objective.contributes_to));
    links.extend(named("derived from ", &objective.derived_from));
    links
}

fn row(status: &Status<'_>, key_result: &KeyResultProgress) -> Vec<Inline> {
    let figure = &key_result.figure;
    let shape = match figure.verdict {
        Verdict::Met => "●",
        Verdict::Missed => "✕",
        Verdict::Unknown => "◇",
    };
    let mut value = facts::figure(key_result.unit, figure.value, figure.bound);
    if let Some(at) = figure.at.filter(|_| figure.stale && figure.value.is_some()) {
        value = format!("{value} as of {}, stale", status.day(at));
    }
    let none = || "none".to_owned();
    let (pace, forecast) = if status.is_over() {
        ("period over".to_owned(), "period over".to_owned())
    } else {
        let forecast = facts::forecast(key_result.forecast, key_result.step.plural());
        (
            facts::pace(key_result).unwrap_or_else(none),
            forecast.map_or_else(none, |said| said.replace("P(hit) ", "")),
        )
    };
    vec![
        own(&format!("{shape} {}", figure.verdict.as_str())),
        own(&key_result.id),
        cell(Untrusted::new(&key_result.title)),
        own(&value),
        own(&key_result.unit.show_target(&key_result.target)),
        own(&facts::score(
            key_result.score,
            key_result.band.map(Band::as_str),
        )),
        own(&pace),
        cell_message(&forecast.into()),
    ]
}

fn notes_of(status: &Status<'_>, key_result: &KeyResultProgress) -> Vec<Message> {
    let mut notes: Vec<Message> = Vec::new();
    for reason in &key_result.reasons {
        let said = Message::from("unknown: ").join(&reason.message);
        notes.push(match &reason.remedy {
            Some(remedy) => said.own("; ").join(remedy),
            None => said,
        });
    }
    let figure = |value| facts::figure(key_result.unit, value, Bound::Exact);
    notes.extend(key_result.closed.as_ref().map(|closed| {
        Message::from(format!(
            "closed on {} at {}, {}, score {}",
            status.day(closed.at),
            figure(closed.value),
            closed.verdict.map_or("unknown", Verdict::as_str),
            facts::score(closed.score, closed.score.map(Band::of).map(Band::as_str))
        ))
    }));
    notes.extend(key_result.amended.as_ref().map(|grade| {
        Message::from(format!(
            "amended: with what came after the close it would be {}, {}, score {}",
            figure(grade.value),
            grade.verdict.as_str(),
            facts::score(Some(grade.score), Some(Band::of(grade.score).as_str()))
        ))
    }));
    notes.extend(facts::changes(&key_result.segments).map(|(before, after)| {
        Message::from(format!(
            "definition changed on {}: {} before, {} since",
            status.day(after.from),
            before.definition,
            after.definition
        ))
    }));
    notes.extend(
        key_result
            .remarks
            .iter()
            .map(|remark| remark.as_str().into()),
    );
    notes.extend(facts::traits(key_result).map(Message::from));
    notes.extend(key_result.notes.iter().cloned());
    notes
}
