//! The findings that decide, worst first (rules V3, V4).

use std::io;

use super::page::{COLUMNS, Cell, Page, Role};
use super::{Sheet, key_results, order, words};
use crate::decide::{Evaluation, Event, KeyResultOutcome, Verdict};
use crate::diagnostic::Message;
use crate::model::{Class, FindingView, Untrusted};
use crate::policy::Enforcement;
use crate::render::package;
use crate::scope::Novelty;

/// Most findings a key result that blocks (rule V4).
const MOST: usize = 20;

/// Most findings a key result that only warns: whoever reads a red build looks for what
/// made it red.
const MOST_OF_A_WARNING: usize = 5;

/// True if a key result has a block of its own on this sheet: one that is not met and not
/// only observed, and where more was asked for also the others that have something to say.
pub(super) fn has_block(sheet: &Sheet<'_>, key_result: &KeyResultOutcome) -> bool {
    !sheet.is_short()
        && match (key_result.verdict, key_result.enforcement) {
            (Verdict::Met, _) => sheet.is_verbose() && !key_result.measurement.notes.is_empty(),
            (_, Enforcement::Observe) => sheet.is_verbose(),
            (_, Enforcement::Warn | Enforcement::Block) => true,
        }
}

/// The blocks, worst first, those that are met in the order of the policy.
pub(super) fn write(sheet: &Sheet<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let met = sheet
        .evaluation
        .key_results()
        .map(|(_, key_result)| key_result)
        .filter(|key_result| key_result.verdict == Verdict::Met);
    for key_result in order::not_met(sheet.evaluation).into_iter().chain(met) {
        if has_block(sheet, key_result) {
            page.blank()?;
            block(sheet, key_result, page)?;
        }
    }
    Ok(())
}

pub(super) fn block(
    sheet: &Sheet<'_>,
    key_result: &KeyResultOutcome,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let head = format!(
        "{}: {} (target {})",
        key_result.id, key_result.shown_value, key_result.shown_target
    );
    let title = Cell::label(Untrusted::new(&key_result.title)).role(Role::Dim);
    page.row(0, 2, &[Cell::own(head).role(Role::Strong), title], &[])?;
    let measurement = &key_result.measurement;
    if key_result.verdict == Verdict::Unknown || !measurement.reasons.is_empty() {
        key_results::reasons(&measurement.reasons, 2, page)?;
    }
    for note in &measurement.notes {
        page.words(2, &Cell::own("*"), note)?;
    }
    for (number, what) in [
        (
            measurement.set_aside,
            "set aside: suppressed, dismissed or waived",
        ),
        (
            measurement.existing,
            "there before this change, so not judged",
        ),
    ] {
        if number > 0 {
            let said = format!("{} {what}", words::count(number, "finding"));
            page.words(2, &Cell::own("*"), &said.into())?;
        }
    }
    list(sheet, key_result, &measurement.counted, page)?;
    if !measurement.undecided.is_empty() && key_result.verdict != Verdict::Met {
        let number = words::number(measurement.undecided.len());
        let said = format!(
            "{} would count if more were known:",
            words::count(number, "finding")
        );
        page.words(2, &Cell::own("?").role(Role::Open), &said.into())?;
        list(sheet, key_result, &measurement.undecided, page)?;
    }
    Ok(())
}

fn list(
    sheet: &Sheet<'_>,
    key_result: &KeyResultOutcome,
    places: &[u32],
    page: &mut Page<'_>,
) -> io::Result<()> {
    let most = match key_result.enforcement {
        _ if sheet.options.all => usize::MAX,
        Enforcement::Block => MOST,
        Enforcement::Warn | Enforcement::Observe => MOST_OF_A_WARNING,
    };
    let intake = &sheet.evaluation.scoped.intake;
    for place in places.iter().take(most) {
        let view = usize::try_from(*place).ok().and_then(|i| intake.view(i));
        if let Some(view) = view {
            finding(sheet, &view, page)?;
        }
    }
    let more = words::number(places.len().saturating_sub(most));
    if more > 0 {
        let (command, with) = words::list_all(sheet.evaluation);
        let said = format!(
            "and {} more: {command}{with}, or --all",
            words::thousands(more)
        );
        page.words(2, &Cell::own(said), &Message::default())?;
    }
    Ok(())
}

/// Where, what and id on the first line if they fit, how bad and why it counts below, then
/// the tool's message in quotation marks, cut to one line.
fn finding(sheet: &Sheet<'_>, view: &FindingView<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let place = view.shown_path().map_or(Cell::own("(no path)"), |path| {
        Cell::path(path, &words::line(view))
    });
    let id = Cell::own(view.id().map_or(String::new(), |id| sheet.ids.of(id))).role(Role::Strong);
    let rule = Cell::label(view.rule_id());
    let fits = 8 + place.width() + rule.width() + id.width() <= COLUMNS;
    let dash = Cell::own("-");
    if fits {
        page.finding(2, &[dash, place, rule, id])?;
    } else {
        page.finding(2, &[dash, place, id])?;
        page.row(6, 6, &[Cell::own("rule"), rule], &[])?;
    }
    page.words(6, &Cell::own(""), &describe(sheet.evaluation, view))?;
    let lines = [package::package(view), package::other_scores(view)];
    for said in lines.into_iter().flatten() {
        page.words(6, &Cell::own(""), &said)?;
    }
    if let Some(message) = view
        .message()
        .filter(|_| view.finding.class != Class::Secrets)
    {
        let room = COLUMNS.saturating_sub(8);
        page.row(
            6,
            6,
            &[Cell::label(message).at_most(room).quoted().role(Role::Dim)],
            &[],
        )?;
    }
    Ok(())
}

/// How bad it is and why it counts, in one sentence.
pub(in crate::render) fn describe(evaluation: &Evaluation, view: &FindingView<'_>) -> Message {
    let mut said = Message::from(words::badness(view.finding, &evaluation.severity));
    if evaluation.about.event == Event::Change {
        said = said.own(match evaluation.scoped.novelty(view.index) {
            Novelty::Introduced => " · introduced",
            Novelty::Existing => " · existing",
        });
    }
    let standing = evaluation.scoped.standing(view.index);
    if let Some(aside) = words::set_aside(view.finding, standing) {
        said = said.own(" · ").own(aside);
    }
    if view.repo_path().is_none() {
        return said.own(" · no path in the repository, so in every scope");
    }
    let scopes = words::scopes(evaluation, view.index);
    for (index, scope) in scopes.iter().take(3).enumerate() {
        said = said
            .own(if index == 0 { " · in scope " } else { ", " })
            .foreign(Untrusted::new(scope));
    }
    match scopes.len() {
        0..=3 => said,
        number => said.own(format!(" and {} more", number - 3)),
    }
}
