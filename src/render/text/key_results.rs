//! Objectives with their key results, worst first (rules V2, V8).

use std::io;

use super::page::{COLUMNS, Cell, Page, Role, widths};
use super::{Sheet, findings, order, words};
use crate::decide::{KeyResultOutcome, ObjectiveOutcome, Verdict};
use crate::diagnostic::Message;
use crate::measure::Reason;
use crate::model::Untrusted;
use crate::policy::Enforcement;

/// The shape that carries the meaning without colour (rule V6).
pub(super) const fn shape(key_result: &KeyResultOutcome) -> (&'static str, Role) {
    match (key_result.verdict, key_result.enforcement) {
        (Verdict::Met, _) => ("ok", Role::Good),
        (Verdict::Missed, Enforcement::Block) => ("MISS", Role::Bad),
        (Verdict::Missed, Enforcement::Warn) => ("warn", Role::Odd),
        (Verdict::Missed, Enforcement::Observe) => ("note", Role::Dim),
        (Verdict::Unknown, Enforcement::Block) => ("?", Role::Open),
        (Verdict::Unknown, _) => ("?", Role::Odd),
    }
}

pub(super) fn write(sheet: &Sheet<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let objectives = order::objectives(sheet.evaluation);
    let rows: Vec<Vec<Cell>> = objectives
        .iter()
        .flat_map(|objective| order::worst_first(objective))
        .map(cells)
        .collect();
    let widths = widths(&rows);
    for (index, objective) in objectives.iter().enumerate() {
        if !sheet.is_short() {
            if index > 0 {
                page.blank()?;
            }
            heading(sheet, objective, page)?;
        }
        for key_result in order::worst_first(objective) {
            page.row(2, 8, &cells(key_result), &widths)?;
            if sheet.is_short() && key_result.verdict == Verdict::Unknown {
                reasons(&key_result.measurement.reasons, 8, page)?;
            }
            if !findings::has_block(sheet, key_result) {
                notes(words::beside(key_result), page)?;
            }
        }
    }
    Ok(())
}

/// Most notes below a line of the table.
const MOST_NOTES: usize = 3;

/// What stands beside the figure of a key result that no block explains.
fn notes(notes: &[Message], page: &mut Page<'_>) -> io::Result<()> {
    let star = Cell::own("*").role(Role::Dim);
    for note in notes.iter().take(MOST_NOTES) {
        page.words(8, &star, note)?;
    }
    let more = words::number(notes.len().saturating_sub(MOST_NOTES));
    if more > 0 {
        let said = format!("and {}: see --verbose", words::count(more, "more note"));
        page.words(8, &star, &said.into())?;
    }
    Ok(())
}

/// `exposure  Nothing exploitable reaches production  @acme/appsec`
fn heading(sheet: &Sheet<'_>, objective: &ObjectiveOutcome, page: &mut Page<'_>) -> io::Result<()> {
    let owner = Cell::label(Untrusted::new(&objective.owner))
        .at_most(24)
        .role(Role::Dim);
    let id = Cell::own(&objective.id).role(Role::Strong);
    let score = if sheet.is_verbose() {
        Cell::own(score(objective)).role(Role::Dim)
    } else {
        Cell::own("")
    };
    let taken = id.width() + owner.width() + score.width() + 6;
    let title = Cell::label(Untrusted::new(&objective.title))
        .at_most(COLUMNS.saturating_sub(taken).max(12));
    page.row(0, 2, &[id, title, score, owner], &[])
}

/// `score 0.67, 75% known`
fn score(objective: &ObjectiveOutcome) -> String {
    let known = crate::policy::Unit::Percent.show(objective.score.known);
    objective
        .score
        .value
        .map_or(format!("score unknown, {known} known"), |value| {
            format!("score {}, {known} known", value.to_decimal(2))
        })
}

fn cells(key_result: &KeyResultOutcome) -> Vec<Cell> {
    let (shape, role) = shape(key_result);
    let effect = match &key_result.softened {
        Some(why) if key_result.verdict != Verdict::Met => {
            format!("{}: {why}", words::effect(key_result))
        }
        _ => words::effect(key_result).to_owned(),
    };
    vec![
        Cell::own(format!("{shape:<4}")).role(role),
        Cell::own(&key_result.id),
        Cell::own(&key_result.shown_value),
        Cell::own(format!("target {}", key_result.shown_target)),
        Cell::own(effect),
    ]
}

/// One key result with what the policy says of it.
pub(super) fn alone(
    sheet: &Sheet<'_>,
    key_result: &KeyResultOutcome,
    besides: &[(&'static str, Message)],
    page: &mut Page<'_>,
) -> io::Result<()> {
    let id = Cell::own(&key_result.id).role(Role::Strong);
    page.row(0, 2, &[Cell::own("key result"), id], &[])?;
    page.row(2, 8, &cells(key_result), &[])?;
    let objective = sheet
        .evaluation
        .objectives
        .iter()
        .find(|o| o.key_results.iter().any(|kr| kr.id == key_result.id))
        .map_or("", |objective| objective.id.as_str());
    let mut facts = vec![
        ("objective", Message::from(objective.to_owned())),
        (
            "owner",
            Message::default().foreign(Untrusted::new(&key_result.owner)),
        ),
        ("measure", key_result.measure.into()),
    ];
    facts.extend_from_slice(besides);
    if let Some(start) = &key_result.shown_start {
        facts.push(("start", start.clone().into()));
    }
    let score = key_result
        .score
        .map_or("unknown".to_owned(), |score| score.to_decimal(2));
    facts.push((
        "score",
        format!("{score}, weight {}", key_result.weight).into(),
    ));
    for (word, fact) in facts {
        page.words(2, &Cell::own(format!("{word:<10}")).role(Role::Dim), &fact)?;
    }
    Ok(())
}

/// What was not measured and what would make it known (rule V5).
pub(super) fn reasons(reasons: &[Reason], indent: usize, page: &mut Page<'_>) -> io::Result<()> {
    for reason in reasons {
        page.words(indent, &Cell::own("?").role(Role::Open), &reason.message)?;
        if let Some(remedy) = &reason.remedy {
            page.words(indent + 2, &Cell::own("->").role(Role::Dim), remedy)?;
        }
    }
    if reasons.is_empty() {
        page.words(
            indent,
            &Cell::own("?").role(Role::Open),
            &Message::from("nothing says why"),
        )?;
    }
    Ok(())
}
