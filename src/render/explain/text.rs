//! The answer for people.

use std::io::{self, Write};

use super::{Answer, Exception, FindingFacts, needed, pointer};
use crate::decide::{Evaluation, Event};
use crate::diagnostic::Message;
use crate::model::{Class, FindingView, SecretGroup, Untrusted, group_secrets};
use crate::render::text::page::{Cell, Page, Role};
use crate::render::text::write_key_result;
use crate::render::{ShortIds, notices, package, since, words};

/// Widest word on the left.
const LEFT: usize = 10;

/// Writes the answer.
///
/// # Errors
/// If the output cannot be written.
pub fn write(
    evaluation: &Evaluation,
    answer: &Answer<'_>,
    styled: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let list = match answer {
        Answer::KeyResult(key_result, formula) => {
            let besides = [
                (
                    "formula",
                    Message::default().foreign(Untrusted::new(formula)),
                ),
                ("figures", needed::figures(key_result).into()),
                ("met by", needed::met_by(key_result).into()),
            ];
            return write_key_result(evaluation, key_result, &besides, styled, out);
        }
        Answer::Findings(list) => list,
    };
    let ids = ShortIds::new(&evaluation.scoped.intake);
    let mut page = Page::new(out, styled);
    let views = list
        .iter()
        .filter_map(|facts| Some((facts, evaluation.scoped.intake.view(facts.finding)?)));
    for (index, (facts, view)) in views.enumerate() {
        if index > 0 {
            page.blank()?;
        }
        finding(evaluation, &ids, facts, &view, &mut page)?;
    }
    Ok(())
}

fn finding(
    evaluation: &Evaluation,
    ids: &ShortIds<'_>,
    facts: &FindingFacts<'_>,
    view: &FindingView<'_>,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let id = view.id().map_or(String::new(), |id| ids.of(id));
    let head = format!("finding {id}:");
    let place = view.shown_path().map_or(Cell::own("no path"), |path| {
        Cell::path(path, &words::line(view))
    });
    let cells = [
        Cell::own(head).role(Role::Strong),
        Cell::label(view.rule_id()),
        Cell::own("at"),
        place,
    ];
    page.sentence(&cells)?;
    for (word, message) in rows(evaluation, facts, view) {
        row(word, &message, page)?;
    }
    let (counted, not): (Vec<_>, Vec<_>) =
        facts.key_results.iter().partition(|(_, said)| said.counted);
    for (id, explanation) in counted.into_iter().chain(not) {
        let word = if explanation.counted {
            "counted by"
        } else {
            "not by"
        };
        let start = Message::from(format!("{id}: "));
        row(word, &start.join(&explanation.because), page)?;
    }
    match facts.exception {
        Some(exception) => page.verdict(&except(evaluation, &id, exception), Role::Plain),
        None => Ok(()),
    }
}

/// The command that excepts the finding, as it can be pasted (rule V9).
fn except(evaluation: &Evaluation, id: &str, exception: Exception) -> Message {
    let approval = if exception.needs_approval {
        " --approved-by @them"
    } else {
        ""
    };
    let kind = if exception.needs_kind {
        " --kind accepted_risk"
    } else {
        ""
    };
    let (again, with) = match words::plain_arguments(&evaluation.about.again) {
        Some(again) => (again, ""),
        None => (String::new(), ", with the same policy and reports"),
    };
    format!(
        "To except it: krgate waive {id} --reason \"…\" --owner @you --expires {}{approval}{kind}{again}{with}",
        exception.expires
    )
    .into()
}

fn row(word: &str, message: &Message, page: &mut Page<'_>) -> io::Result<()> {
    let word = Cell::own(format!("{word:<LEFT$}")).role(Role::Dim);
    page.words(2, &word, message)
}

/// What was read and what it was taken for, in the order in which a datum passes the rooms.
fn rows(
    evaluation: &Evaluation,
    facts: &FindingFacts<'_>,
    view: &FindingView<'_>,
) -> Vec<(&'static str, Message)> {
    let of_secrets = view.finding.class == Class::Secrets;
    let mut rows = vec![
        ("read", read(evaluation, view)),
        ("class", class(facts, view)),
    ];
    if let Some(run) = view.run()
        && let Some(accepted) = notices::acceptance(evaluation, run)
    {
        rows.push(("run", accepted));
    }
    rows.extend(package::package(view).map(|said| ("package", said)));
    if let Some(title) = view.title() {
        rows.push(("title", Message::default().foreign(title)));
    }
    if let Some(message) = view.message().filter(|_| !of_secrets) {
        rows.push(("message", Message::default().foreign(message)));
    }
    if of_secrets {
        let validity = words::validity(view.finding.validity);
        rows.push(("validity", validity.into()));
    } else {
        let score = words::score(view.finding, &evaluation.severity);
        rows.push(("score", score.into()));
        rows.extend(package::other_scores(view).map(|said| ("", said)));
        rows.extend(package::severity_word(view).map(|said| ("severity", said)));
        rows.push(("level", view.finding.level.as_str().into()));
    }
    if let Some(exploits) = words::exploits(view, evaluation.scoped.today) {
        rows.push(("exploits", exploits.into()));
    }
    if !view.cwe().is_empty() {
        let list: Vec<String> = view.cwe().iter().map(ToString::to_string).collect();
        rows.push(("CWE", list.join(", ").into()));
    }
    if let Some(commit) = view.commit() {
        rows.push(("commit", Message::default().foreign(commit)));
    }
    rows.push(("identity", identity(evaluation, view)));
    rows.push(("state", state(evaluation, view)));
    let standing = evaluation.scoped.standing(view.index);
    rows.push((
        "standing",
        words::set_aside(view.finding, standing)
            .unwrap_or("counts, nothing sets it aside")
            .into(),
    ));
    rows.extend(scopes(evaluation, facts, view));
    rows.push(("waiver", waiver(evaluation, view)));
    rows
}

/// The waiver that holds for the finding, or those that would and do not.
fn waiver(evaluation: &Evaluation, view: &FindingView<'_>) -> Message {
    let scoped = &evaluation.scoped;
    if let Some(outcome) = scoped.waiver(view.index) {
        let waiver = &outcome.waiver;
        return words::waiver(outcome)
            .own("; ")
            .foreign(Untrusted::new(&waiver.source))
            .own(format!(" {}", waiver.place()));
    }
    if scoped.is_forbidden(view.index) {
        return "none, and the policy lets nothing set it aside (`waivers.forbid`)".into();
    }
    let others = scoped.waivers.iter();
    others
        .filter(|outcome| outcome.matches.contains(&view.index))
        .fold(Message::from("none"), |said, outcome| {
            let said = said
                .own("; ")
                .foreign(Untrusted::new(&outcome.waiver.label()));
            match (&outcome.refusal, outcome.waiver.expires) {
                (Some(refusal), _) => said.own(" does not hold: ").own(refusal.explain()),
                (None, Some(day)) => said.own(format!(" ended on {day}")),
                (None, None) => said.own(" does not hold"),
            }
        })
}

fn read(evaluation: &Evaluation, view: &FindingView<'_>) -> Message {
    let Some(report) = view.report() else {
        return "from no report".into();
    };
    let entry = report
        .entry
        .and_then(|entry| evaluation.about.entries.get(entry));
    let said = Message::default().foreign(report.path.as_untrusted());
    let mut said = match pointer::pointer(&evaluation.scoped.intake, view) {
        Some(pointer) => said.own(format!(" at {pointer}")),
        None => said.own(format!(", item {}", view.finding.item)),
    };
    if let Some(format) = report.format {
        let how = if report.format_declared {
            "declared"
        } else {
            "recognised"
        };
        said = said.own(format!(" (format {format}, {how})"));
    }
    match entry {
        Some(name) => said.own(", report entry ").foreign(Untrusted::new(name)),
        None => said,
    }
}

fn class(facts: &FindingFacts<'_>, view: &FindingView<'_>) -> Message {
    let class = Message::from(view.finding.class.as_str())
        .own(", ")
        .own(facts.class_by.explain());
    match view.run() {
        Some(run) => class.own("; found by ").foreign(run.name.as_untrusted()),
        None => class,
    }
}

/// Never the secret's id itself: without a project key it is random (rule S70).
fn identity(evaluation: &Evaluation, view: &FindingView<'_>) -> Message {
    let id = view.id().map_or("no id".to_owned(), |id| id.to_string());
    if view.finding.class != Class::Secrets {
        return id.into();
    }
    let Some(group) = group(evaluation, view) else {
        return id.into();
    };
    let by = if group.identified {
        "one secret by its value"
    } else {
        "one secret by its place, for its value is not known"
    };
    format!(
        "{id}; {by}, seen at {}, counted once",
        words::count(group.occurrences(), "place")
    )
    .into()
}

/// The secret that a finding belongs to, over all reports.
fn group(evaluation: &Evaluation, view: &FindingView<'_>) -> Option<SecretGroup> {
    let intake = &evaluation.scoped.intake;
    let own = view.finding;
    let groups = group_secrets(intake, |index| {
        intake.findings.get(index).is_some_and(|other| {
            index == view.index
                || (own.secret.is_some() && other.secret == own.secret)
                || (own.secret.is_none()
                    && (own.path, own.region, own.rule) == (other.path, other.region, other.rule))
        })
    });
    groups.into_iter().next()
}

fn state(evaluation: &Evaluation, view: &FindingView<'_>) -> Message {
    match evaluation.about.event {
        Event::State => "a state is judged, so new and old count alike".into(),
        Event::Change => since::told(evaluation, view.index),
    }
}

fn scopes(
    evaluation: &Evaluation,
    facts: &FindingFacts<'_>,
    view: &FindingView<'_>,
) -> Vec<(&'static str, Message)> {
    let scoped = &evaluation.scoped;
    let glob = |index: usize| facts.globs.get(index).copied().flatten();
    scoped
        .scopes
        .iter()
        .enumerate()
        .map(|(index, scope)| {
            let name = Message::default().foreign(Untrusted::new(&scope.name));
            let said = match &scope.run_outside {
                Some(outside) => name.own(": outside, for ").foreign(Untrusted::new(outside)),
                None if !scoped.is_inside(view.index, index) => match glob(index) {
                    Some(glob) => name.own(": outside by ").foreign(Untrusted::new(glob)),
                    None => name.own(": outside, for none of its globs names the path"),
                },
                None if view.repo_path().is_none() => {
                    name.own(": inside, for it has no path in the repository")
                }
                None => match glob(index) {
                    Some(glob) => name.own(": inside by ").foreign(Untrusted::new(glob)),
                    None => name.own(": inside, for it names no paths"),
                },
            };
            let said = scope
                .assumed
                .iter()
                .fold(said, |said, assumed| said.own(" (").own(*assumed).own(")"));
            ("scope", said)
        })
        .collect()
}
