//! The objectives and their key results (section 2 of the report).

use super::{Page, facts, foreign, said, words};
use crate::decide::okr::Band;
use crate::decide::report::{Report, ShownKeyResult, ShownObjective};
use crate::diagnostic::Message;
use crate::model::Untrusted;
use crate::render::encode::markdown::{Inline, message, own};
use crate::render::status::facts as status;

const HEADS: [&str; 12] = [
    "verdict",
    "key result",
    "title",
    "owner",
    "value",
    "target",
    "score",
    "7 days",
    "pace",
    "P(hit)",
    "confidence",
    "evidence",
];

pub(super) fn write(report: &Report, page: &mut Page) {
    page.heading(2, &own("Objectives"));
    let objectives = report.objectives();
    if objectives.is_empty() {
        page.paragraph(&own("No key result names what the filter asks for."));
    }
    for objective in &objectives {
        heading(objective, page);
        let rows: Vec<Vec<Inline>> = objective
            .key_results
            .iter()
            .map(|key_result| row(report, *key_result))
            .collect();
        if !rows.is_empty() {
            page.table(&HEADS, &rows, false);
        }
        let notes = objective.key_results.iter();
        page.list(notes.flat_map(|key_result| notes_of(report, *key_result)));
    }
    pillars(report, page);
}

fn heading(objective: &ShownObjective<'_>, page: &mut Page) {
    let progress = objective.progress;
    page.heading(3, &own(&progress.id));
    let mut line = Message::default()
        .foreign(Untrusted::new(&progress.title))
        .own(", of ")
        .foreign(Untrusted::new(&progress.owner))
        .own(format!(
            ": score {}",
            facts::objective_score(progress.score)
        ));
    if objective.hidden > 0 {
        line = line.own(format!(
            " ({} of its key results are not shown, and count in the score)",
            objective.hidden
        ));
    }
    page.paragraph(&message(&line));
    let uses = progress.uses.iter();
    let mut links: Vec<Message> = uses
        .map(|(used, weight)| Message::from(format!("uses {used} with weight {weight}")))
        .collect();
    links.extend(
        progress
            .rolled_up
            .iter()
            .map(|id| Message::from(format!("{id} counts in it"))),
    );
    links.extend(
        progress
            .contributes_to
            .iter()
            .map(|name| Message::from("contributes to ").foreign(Untrusted::new(name))),
    );
    page.list(links.iter().map(message));
}

fn row(report: &Report, key_result: ShownKeyResult<'_>) -> Vec<Inline> {
    let ShownKeyResult {
        progress,
        facts: of,
    } = key_result;
    let verdict = progress.figure.verdict;
    let blocks = if of.blocks { ", blocks" } else { "" };
    vec![
        words(format!(
            "{} {}{blocks}",
            facts::shape(verdict),
            verdict.as_str()
        )),
        words(&progress.id),
        foreign(&progress.title),
        foreign(&progress.owner),
        words(facts::value(report, progress)),
        words(facts::target(progress)),
        words(facts::score(progress.score)),
        words(facts::change(report, progress.unit, of.change)),
        words(facts::pace(report, progress)),
        words(facts::forecast(report, progress)),
        words(facts::confidence(report, progress)),
        words(facts::evidence_age(report, progress)),
    ]
}

/// Why it is unknown, the grade, and what a reader should know.
fn notes_of(report: &Report, key_result: ShownKeyResult<'_>) -> Vec<Inline> {
    let ShownKeyResult {
        progress,
        facts: of,
    } = key_result;
    let mut notes: Vec<Message> = Vec::new();
    notes.extend(
        progress
            .reasons
            .iter()
            .map(|reason| Message::from("unknown: ").join(&facts::reason(reason))),
    );
    notes.extend(of.softened.iter().cloned().map(Message::from));
    notes.extend(progress.in_bounds.map(|held| {
        Message::from(format!(
            "{} of the period so far is known",
            status::percent(held.known())
        ))
    }));
    let closed = progress.closed.as_ref();
    notes.extend(closed.map(|closed| facts::closed(report, progress.unit, closed).into()));
    let amended = progress.amended.as_ref();
    notes.extend(amended.map(|grade| facts::amended(progress.unit, grade).into()));
    let remarks = progress.remarks.iter();
    notes.extend(remarks.map(|remark| remark.as_str().into()));
    notes.extend(status::traits(progress).map(Message::from));
    notes.extend(progress.notes.iter().cloned());
    let id = Message::from(format!("{}: ", progress.id));
    notes
        .iter()
        .map(|note| said(&id.clone().join(note)))
        .collect()
}

/// Rule F28.
fn pillars(report: &Report, page: &mut Page) {
    if report.pillars.is_empty() {
        return;
    }
    let rows: Vec<Vec<Inline>> = report
        .pillars
        .iter()
        .map(|pillar| {
            vec![
                foreign(&pillar.pillar),
                words(status::score(
                    pillar.score.value,
                    pillar.score.value.map(Band::of).map(Band::as_str),
                )),
                words(format!("{} known", status::percent(pillar.score.known))),
                words(pillar.basis.words()),
                words(pillar.objectives.join(", ")),
            ]
        })
        .collect();
    page.table(
        &["pillar", "score", "known", "figures", "objectives"],
        &rows,
        false,
    );
}
