//! Waivers with what became of each: `krgate waivers`.

use std::io::{self, Write};

use serde::Serialize;

use super::encode::json::write_pretty;
use super::json::{WaiverRow, waivers};
use super::text::page::{Cell, Page, Role, widths};
use super::words;
use crate::decide::Evaluation;
use crate::diagnostic::Message;
use crate::model::Untrusted;
use crate::scope::{WaiverOutcome, WaiverState};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    clock: String,
    waivers: Vec<WaiverRow<'a>>,
}

/// Writes the list as `krgate.waivers/1`.
///
/// # Errors
/// If the output cannot be written.
pub fn write_json(evaluation: &Evaluation, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: "krgate.waivers/1",
        clock: evaluation.about.now.to_string(),
        waivers: waivers(evaluation),
    };
    write_pretty(&document, out)
}

/// Writes the list for people, in the order of the policy and then of the waiver file.
///
/// # Errors
/// If the output cannot be written.
pub fn write_text(evaluation: &Evaluation, styled: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, styled);
    let outcomes = &evaluation.scoped.waivers;
    let rows: Vec<Vec<Cell>> = outcomes.iter().map(cells).collect();
    let widths = widths(&rows);
    for (outcome, row) in outcomes.iter().zip(&rows) {
        page.row(0, 2, row, &widths)?;
        for message in below(outcome) {
            page.words(2, &Cell::own(""), &message)?;
        }
    }
    page.verdict(&summary(outcomes), Role::Plain)
}

fn cells(outcome: &WaiverOutcome) -> Vec<Cell> {
    let waiver = &outcome.waiver;
    let (word, role) = match outcome.state {
        WaiverState::Active => ("active", Role::Good),
        WaiverState::EndsSoon => ("ends soon", Role::Open),
        WaiverState::Expired => ("expired", Role::Bad),
        WaiverState::Unused => ("unused", Role::Dim),
        WaiverState::Refused => ("refused", Role::Bad),
    };
    let until = match waiver.expires {
        Some(day) => format!("until {day}"),
        None => "without an end".to_owned(),
    };
    vec![
        Cell::own(word).role(role),
        Cell::label(Untrusted::new(&waiver.label())),
        Cell::own(until),
        Cell::own(words::count(
            words::number(outcome.matches.len()),
            "finding",
        )),
    ]
}

fn below(outcome: &WaiverOutcome) -> Vec<Message> {
    let waiver = &outcome.waiver;
    let mut below = Vec::new();
    if let Some(refusal) = &outcome.refusal {
        below.push(Message::from("does not hold: ").own(refusal.explain()));
    }
    if waiver.id.is_some() {
        let subject = waiver.subject.in_words();
        below.push(Message::from("sets aside ").foreign(Untrusted::new(&subject)));
    }
    if let Some(kind) = waiver.kind {
        below.push(kind.in_words().into());
    }
    if let Some(reason) = &waiver.reason {
        below.push(Message::from("reason ").foreign(Untrusted::new(reason)));
    }
    let mut who = Message::from("in ")
        .foreign(Untrusted::new(&waiver.source))
        .own(format!(" {}", waiver.place()));
    if let Some(owner) = &waiver.owner {
        who = who.own(", owner ").foreign(Untrusted::new(owner));
    }
    if let Some(by) = &waiver.approved_by {
        who = who.own(", approved by ").foreign(Untrusted::new(by));
    }
    below.push(who);
    below
}

/// `3 waivers: 1 active, 2 expired`.
fn summary(outcomes: &[WaiverOutcome]) -> Message {
    let states = [
        (WaiverState::Active, "active"),
        (WaiverState::EndsSoon, "ending soon"),
        (WaiverState::Expired, "expired"),
        (WaiverState::Unused, "unused"),
        (WaiverState::Refused, "refused"),
    ];
    let parts: Vec<String> = states
        .into_iter()
        .filter_map(|(state, word)| {
            let number = outcomes.iter().filter(|o| o.state == state).count();
            (number > 0).then(|| format!("{number} {word}"))
        })
        .collect();
    let all = words::count(words::number(outcomes.len()), "waiver");
    if parts.is_empty() {
        return all.into();
    }
    format!("{all}: {}", parts.join(", ")).into()
}
