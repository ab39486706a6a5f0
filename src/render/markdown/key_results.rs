//! Key results: the table of all, and a block for each that is not met.

use std::fmt::Write as _;

use super::page::{Block, Form};
use super::points;
use crate::decide::{Evaluation, KeyResultOutcome, Verdict};
use crate::model::{FindingView, Untrusted};
use crate::policy::Enforcement;
use crate::render::encode::markdown::{cell, cell_message, message, own, span};
use crate::render::text::describe;
use crate::render::{ShortIds, order, words};

/// All key results, worst first.
pub(super) fn all(evaluation: &Evaluation) -> Vec<&KeyResultOutcome> {
    let objectives = order::objectives(evaluation).into_iter();
    objectives.flat_map(order::worst_first).collect()
}

/// One row a key result, with its owner.
pub(super) fn table<'a>(list: &[&'a KeyResultOutcome]) -> Block<'a> {
    let head = "| | key result | value | target | effect | owner |\n\
                | --- | --- | --- | --- | --- | --- |\n";
    table_of(head, list, row_of)
}

/// One row a key result: of all, or where there is no room of the first.
pub(super) fn table_of<'a>(
    head: &str,
    list: &[&'a KeyResultOutcome],
    row: impl Fn(&KeyResultOutcome) -> String,
) -> Block<'a> {
    let rows: Vec<String> = list.iter().map(|kr| row(kr)).collect();
    let mut forms = Vec::new();
    let mut most = rows.len();
    while most > 0 {
        let mut markdown = head.to_owned();
        markdown.extend(rows.iter().take(most).map(String::as_str));
        let more = words::number(rows.len() - most);
        if more > 0 {
            let more = words::count(more, "more key result");
            let _ = write!(markdown, "\nand {more}\n");
        }
        let shown = list.iter().take(most);
        forms.push(Form {
            markdown,
            findings: 0,
            key_results: shown.map(|kr| kr.id.as_str()).collect(),
        });
        most /= 2;
    }
    Block(forms)
}

fn row_of(kr: &KeyResultOutcome) -> String {
    format!(
        "| {} | {} | {} | {} | {} | {} |\n",
        shape(kr),
        label(kr),
        own(&kr.shown_value),
        own(&kr.shown_target),
        own(&effect(kr)),
        cell(Untrusted::new(&kr.owner)),
    )
}

/// Id and title.
pub(super) fn label(kr: &KeyResultOutcome) -> String {
    let title = cell(Untrusted::new(&kr.title));
    format!("{} {title}", own(&format!("`{}`", kr.id)))
}

/// What it does, and why it does less than the policy says.
pub(super) fn effect(kr: &KeyResultOutcome) -> String {
    let mut effect = words::effect(kr).to_owned();
    if let (Some(why), false) = (&kr.softened, effect.is_empty()) {
        effect.push_str(": ");
        effect.push_str(why);
    }
    effect
}

/// True if a key result has a block of its own.
pub(super) fn has_block(key_result: &KeyResultOutcome) -> bool {
    key_result.verdict != Verdict::Met && key_result.enforcement != Enforcement::Observe
}

/// What stands beside the figures of key results without a block of these.
pub(super) fn notes(evaluation: &Evaluation, blocks: &[&KeyResultOutcome]) -> Option<String> {
    let list: Vec<String> = evaluation
        .key_results()
        .filter(|(_, key_result)| !blocks.iter().any(|shown| shown.id == key_result.id))
        .flat_map(|(_, kr)| words::beside(kr).iter().map(|note| (&kr.id, note)))
        .map(|(id, note)| format!("{}: {}", own(&format!("`{id}`")), message(note)))
        .collect();
    if list.is_empty() {
        return None;
    }
    let mut page = String::from("### Beside the figures\n");
    points(list, &mut page);
    Some(page)
}

/// A word and an emblem; the word carries the meaning.
pub(super) const fn shape(key_result: &KeyResultOutcome) -> &'static str {
    match (key_result.verdict, key_result.enforcement) {
        (Verdict::Met, _) => "✅ met",
        (Verdict::Missed, Enforcement::Block) => "❌ missed",
        (Verdict::Missed, _) => "⚠️ missed",
        (Verdict::Unknown, Enforcement::Block) => "❓ unknown",
        (Verdict::Unknown, _) => "❔ unknown",
    }
}

/// One key result with its reasons and its findings: as many as asked for, then fewer, so that
/// a page without room for all has some.
pub(super) fn details<'a>(
    evaluation: &Evaluation,
    ids: &ShortIds<'_>,
    key_result: &'a KeyResultOutcome,
    most: usize,
) -> Block<'a> {
    let measurement = &key_result.measurement;
    let mut forms = Vec::new();
    let mut most = most;
    loop {
        let shown = measurement.counted.len().min(most) + measurement.undecided.len().min(most);
        forms.push(Form {
            markdown: one(evaluation, ids, key_result, most),
            findings: words::number(shown),
            key_results: vec![key_result.id.as_str()],
        });
        if shown == 0 {
            break;
        }
        // Numbers of rows that would show no fewer than the last are passed over.
        most = most.min(measurement.counted.len().max(measurement.undecided.len())) / 2;
    }
    Block(forms)
}

fn one(
    evaluation: &Evaluation,
    ids: &ShortIds<'_>,
    key_result: &KeyResultOutcome,
    most: usize,
) -> String {
    let measurement = &key_result.measurement;
    let mut page = format!(
        "### {}: {} (target {})\n\n{}\n",
        own(&format!("`{}`", key_result.id)),
        own(&key_result.shown_value),
        own(&key_result.shown_target),
        span(Untrusted::new(&key_result.title))
    );
    let mut said = Vec::new();
    for reason in &measurement.reasons {
        let mut point = message(&reason.message).to_string();
        if let Some(remedy) = &reason.remedy {
            let _ = write!(point, "<br>→ {}", message(remedy));
        }
        said.push(point);
    }
    said.extend(
        measurement
            .notes
            .iter()
            .map(|note| message(note).to_string()),
    );
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
            said.push(format!("{} {what}", words::count(number, "finding")));
        }
    }
    points(said, &mut page);
    findings(evaluation, ids, &measurement.counted, most, &mut page);
    if !measurement.undecided.is_empty() {
        let number = words::number(measurement.undecided.len());
        let _ = write!(
            page,
            "\n{} would count if more were known:\n",
            words::count(number, "finding")
        );
        findings(evaluation, ids, &measurement.undecided, most, &mut page);
    }
    page
}

fn findings(
    evaluation: &Evaluation,
    ids: &ShortIds<'_>,
    places: &[u32],
    most: usize,
    page: &mut String,
) {
    if places.is_empty() {
        return;
    }
    if most == 0 {
        let all = words::count(words::number(places.len()), "finding");
        let (command, with) = words::list_all(evaluation);
        let _ = write!(page, "\n{all}: `{command}`{with}\n");
        return;
    }
    page.push_str("\n| finding | place | rule | why |\n| --- | --- | --- | --- |\n");
    let intake = &evaluation.scoped.intake;
    let views = places
        .iter()
        .take(most)
        .filter_map(|place| intake.view(usize::try_from(*place).ok()?));
    for view in views {
        let _ = writeln!(page, "{}", row(evaluation, ids, &view));
    }
    let more = words::number(places.len().saturating_sub(most));
    if more > 0 {
        let (command, with) = words::list_all(evaluation);
        let more = words::thousands(more);
        let _ = write!(page, "\nand {more} more: `{command}`{with}\n");
    }
}

fn row(evaluation: &Evaluation, ids: &ShortIds<'_>, view: &FindingView<'_>) -> String {
    let id = view.id().map_or(String::new(), |id| ids.of(id));
    let place = view.shown_path().map_or("(no path)".to_owned(), |path| {
        format!("{}{}", cell(path), words::line(view))
    });
    format!(
        "| `{id}` | {place} | {} | {} |",
        cell(view.rule_id()),
        cell_message(&describe(evaluation, view))
    )
}
