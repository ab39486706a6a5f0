//! What a change does: the key results that it affects, from what they were to what they are
//! (rules P17 to P20), what it fixes, and what is set aside in its files.

use std::fmt::Write as _;

use super::key_results::{label, shape, table_of};
use super::page::{Block, Form};
use super::points;
use crate::decide::{Base, Before, Evaluation, Event, KeyResultOutcome, Verdict};
use crate::diagnostic::Message;
use crate::model::{ChangedLines, ObjectId};
use crate::render::encode::markdown::{cell, cell_message, message, own};
use crate::render::{ShortIds, words};
use crate::scope::{Compared, Novelty, Standing};

/// True if a change has to do with a key result: it blocks, it rests on a finding of the
/// change, or the change made another figure of it (rule P18).
pub(super) fn is_affected(
    evaluation: &Evaluation,
    key_result: &KeyResultOutcome,
    changed: Option<&ChangedLines>,
) -> bool {
    key_result.blocks
        || is_touched(evaluation, key_result, changed)
        || is_moved(evaluation, key_result)
}

fn is_moved(evaluation: &Evaluation, key_result: &KeyResultOutcome) -> bool {
    match evaluation.base.of(&key_result.id) {
        Some(Before::Recorded(figure)) => figure.moved,
        Some(Before::NotRecorded) | None => false,
    }
}

/// True if a finding that a key result rests on is of this change: on its lines where they are
/// known, else introduced by the report's own account.
fn is_touched(
    evaluation: &Evaluation,
    key_result: &KeyResultOutcome,
    changed: Option<&ChangedLines>,
) -> bool {
    let measurement = &key_result.measurement;
    let mut places = measurement.counted.iter().chain(&measurement.undecided);
    let scoped = &evaluation.scoped;
    evaluation.about.event == Event::Change
        && places.any(|place| {
            usize::try_from(*place)
                .ok()
                .and_then(|place| scoped.intake.view(place))
                .is_some_and(|view| match changed {
                    Some(changed) => words::is_on_changed_lines(changed, &view),
                    None => scoped.novelty(view.index) == Novelty::Introduced,
                })
        })
}

/// The key results that a change affects, and below them what they were compared with.
pub(super) fn table<'a>(
    evaluation: &Evaluation,
    affected: &[&'a KeyResultOutcome],
) -> Vec<Block<'a>> {
    if affected.is_empty() {
        return Vec::new();
    }
    let figures = match evaluation.base {
        Base::Recorded { .. } => "before → after",
        Base::State | Base::Lacking(_) => "value",
    };
    let head = format!("| | key result | {figures} | target | effect |\n");
    let row = |kr: &KeyResultOutcome| {
        format!(
            "| {} | {} | {} | {} | {} |\n",
            shape(kr),
            label(kr),
            cell_message(&figure(evaluation, kr)),
            own(&kr.shown_target),
            own(&super::key_results::effect(kr)),
        )
    };
    let mut blocks = vec![table_of(&format!("{head}{}", rule_below(5)), affected, row)];
    blocks.extend(base(evaluation).map(|said| Block::plain(format!("{}\n", message(&said)))));
    blocks
}

fn rule_below(columns: usize) -> String {
    format!("|{}\n", " --- |".repeat(columns))
}

/// `4 findings → 6 findings, 2 findings introduced`; the figure alone where nothing came before
/// it that it could be compared with.
fn figure(evaluation: &Evaluation, key_result: &KeyResultOutcome) -> Message {
    let here = &key_result.shown_value;
    match evaluation.base.of(&key_result.id) {
        None => Message::from(here.clone()),
        Some(Before::NotRecorded) => Message::from("no base to compare with → ").own(here.clone()),
        Some(Before::Recorded(figure)) => {
            let mut said = Message::from(figure.shown.clone());
            if let Some(code) = figure.reason.as_ref().filter(|_| figure.value.is_none()) {
                said = said.own(": ").foreign(code.as_untrusted());
            }
            said = said.own(format!(" → {}", figure.shown_after));
            if figure.judged_on_introduced {
                said = said.own(format!(", {here} introduced"));
            }
            said
        }
    }
}

/// What stood before the change, and where that is recorded (rules P5, P19).
fn base(evaluation: &Evaluation) -> Option<Message> {
    let run = match &evaluation.base {
        Base::State => return None,
        Base::Lacking(why) => {
            return Some(format!("Before this change: no base to compare with, for {why}.").into());
        }
        Base::Recorded { run, .. } => run,
    };
    let commit = run.commit.as_ref().map(ObjectId::short);
    let commit = commit.map_or_else(String::new, |commit| format!(" at commit `{commit}`"));
    let which = if run.of_base {
        format!("the base as it was recorded{commit}")
    } else {
        format!("the last record before the base, which has none of its own{commit}")
    };
    let at = run.at.strftime("%Y-%m-%dT%H:%M:%SZ");
    Some(
        format!(
            "Before this change: {which} as of {at}, record `{}`.",
            run.record
        )
        .into(),
    )
}

/// The key results that the change does not affect, folded: they are counted, and none of them
/// is lost (rules P4, P18, G39).
pub(super) fn others<'a>(others: &[&'a KeyResultOutcome]) -> Option<Block<'a>> {
    if others.is_empty() {
        return None;
    }
    let number = words::number(others.len());
    let met = others.iter().filter(|kr| kr.verdict == Verdict::Met);
    let mut page = format!(
        "<details><summary>{}, {} met</summary>\n\n",
        match number {
            1 => "1 key result that this change does not affect".to_owned(),
            _ => format!("{number} key results that this change does not affect"),
        },
        words::thousands(words::number(met.count())),
    );
    let table = super::key_results::table(others);
    if let Some(form) = table.0.first() {
        page.push_str(&form.markdown);
    }
    let reasons = others.iter().filter(|kr| kr.verdict != Verdict::Met);
    let reasons = reasons.flat_map(|kr| kr.measurement.reasons.iter().map(|why| (&kr.id, why)));
    let reasons = reasons.map(|(id, why)| {
        let mut point = format!("{}: {}", own(&format!("`{id}`")), message(&why.message));
        if let Some(remedy) = &why.remedy {
            let _ = write!(point, "<br>→ {}", message(remedy));
        }
        point
    });
    points(reasons, &mut page);
    page.push_str("\n</details>\n");
    Some(Block(vec![Form {
        markdown: page,
        findings: 0,
        key_results: others.iter().map(|kr| kr.id.as_str()).collect(),
    }]))
}

/// Thanks for what is gone, in a number.
pub(super) fn fixed(evaluation: &Evaluation) -> Option<String> {
    let Compared::Baseline { gone, .. } = &evaluation.scoped.compared else {
        return None;
    };
    let number = words::number(gone.len());
    (number > 0 && evaluation.about.event == Event::Change).then(|| {
        let verb = if number == 1 { "is" } else { "are" };
        let all = words::count(number, "finding");
        format!("### Fixed\n\n{all} of the baseline {verb} gone. Thank you.\n")
    })
}

/// What waivers and suppressions set aside in the files of the change, as many as asked for.
pub(super) fn set_aside(
    evaluation: &Evaluation,
    ids: &ShortIds<'_>,
    changed: Option<&ChangedLines>,
    most: usize,
) -> Option<String> {
    let changed = changed.filter(|_| evaluation.about.event == Event::Change)?;
    let scoped = &evaluation.scoped;
    let mut list: Vec<_> = scoped
        .intake
        .views()
        .filter(|view| scoped.standing(view.index) != Standing::Counted)
        .filter(|view| {
            view.repo_path()
                .is_some_and(|path| changed.is_changed(path))
        })
        .collect();
    if list.is_empty() {
        return None;
    }
    list.sort_by_cached_key(|view| {
        let path = view.shown_path().map(|path| path.raw().to_owned());
        (path, view.line(), view.index)
    });
    let mut page = String::from(
        "### Set aside in the files of this change\n\n\
         | finding | place | rule | why |\n| --- | --- | --- | --- |\n",
    );
    for view in list.iter().take(most) {
        let why = match scoped.waiver(view.index) {
            Some(waiver) => words::waiver(waiver),
            None => words::set_aside(view.finding, scoped.standing(view.index))
                .unwrap_or_default()
                .into(),
        };
        let id = view.id().map_or(String::new(), |id| ids.of(id));
        let place = view.shown_path().map_or_else(String::new, |path| {
            format!("{}{}", cell(path), words::line(view))
        });
        let rule = cell(view.rule_id());
        let _ = writeln!(
            page,
            "| `{id}` | {place} | {rule} | {} |",
            cell_message(&why)
        );
    }
    let more = words::number(list.len().saturating_sub(most));
    if more > 0 {
        let (command, with) = words::list_all(evaluation);
        let more = words::thousands(more);
        let _ = write!(page, "\nand {more} more: `{command}`{with}\n");
    }
    Some(page)
}
