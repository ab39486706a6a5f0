//! What was read, what is odd about it, and what is wrong.

use std::fmt::Write as _;

use super::points;
use crate::decide::Evaluation;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::{ChangedLines, RunStatus, ToolRun, Untrusted};
use crate::render::encode::markdown::{cell, cell_message, message, own};
use crate::render::tally::{self, Tally};
use crate::render::{notices, proposed, words};

/// What the change makes of the policy, if it edits it (rules G51, G129).
pub(super) fn proposed_policy(evaluation: &Evaluation) -> Option<String> {
    let proposed = evaluation.proposed.as_ref()?;
    let mut page = format!(
        "### Proposed policy\n\n{}\n",
        message(&proposed::sentence(proposed))
    );
    let list = proposed.differences.iter().map(|difference| {
        let what = message(&proposed::difference(difference)).to_string();
        format!("{}: {what}", difference.shift.as_str())
    });
    points(list, &mut page);
    Some(page)
}

pub(super) fn all_notices(evaluation: &Evaluation) -> Option<String> {
    let mut list = notices::acceptances(evaluation);
    list.extend(notices::weak_evidence(evaluation));
    list.extend(notices::exploit_data(evaluation));
    list.extend(notices::set_aside(evaluation));
    list.extend(evaluation.notices.iter().cloned());
    if list.is_empty() {
        return None;
    }
    let mut page = String::from("### Notices\n");
    points(
        list.iter().map(|notice| message(notice).to_string()),
        &mut page,
    );
    Some(page)
}

/// What is wrong, and what went wrong after the evaluation was made.
pub(super) fn errors(evaluation: &Evaluation, faults: &[Diagnostic]) -> Option<String> {
    diagnostics(
        "Errors",
        Level::Error,
        evaluation.diagnostics.iter().chain(faults),
    )
}

pub(super) fn warnings(evaluation: &Evaluation) -> Option<String> {
    diagnostics("Warnings", Level::Warning, evaluation.diagnostics.iter())
}

fn diagnostics<'a>(
    head: &str,
    level: Level,
    list: impl Iterator<Item = &'a Diagnostic>,
) -> Option<String> {
    let mut list = list
        .filter(|diagnostic| diagnostic.level == level)
        .peekable();
    list.peek()?;
    let mut page = format!("### {head}\n");
    points(list.map(diagnostic_point), &mut page);
    Some(page)
}

fn diagnostic_point(diagnostic: &Diagnostic) -> String {
    let mut said = message(&words::diagnosed(diagnostic)).to_string();
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(said, "<br>→ {}", message(hint));
    }
    said
}

/// The counts of all that was judged, whatever is shown (rules G38, P17), and how to ask for
/// more.
pub(super) fn counts(evaluation: &Evaluation, changed: Option<&ChangedLines>) -> String {
    let mut said = format!("Of all: {}.", Tally::of(evaluation).in_full());
    if let Some(changed) = changed {
        let on = tally::deciding(evaluation)
            .filter(|view| words::is_on_changed_lines(changed, view))
            .count();
        let _ = write!(
            said,
            " On changed lines or at no known place: {} of those that decide.",
            words::thousands(words::number(on))
        );
    }
    format!(
        "{said} {}. `krgate explain ID` says why a finding counts or not.\n",
        policy(evaluation)
    )
}

/// The policy's commit and digest, which tell whoever asks later what decided (rule G130).
pub(super) fn policy(evaluation: &Evaluation) -> String {
    let about = &evaluation.about;
    let commit = match &about.policy_commit {
        Some(commit) if commit.is_base => format!(" of base `{}`", commit.id),
        Some(commit) => format!(" of commit `{}`", commit.id),
        None => String::new(),
    };
    format!("Policy{commit}, sha256 `{}`", about.policy_sha256)
}

/// What was read, folded (rule E20): closed before any cut, since it is one block.
pub(super) fn evidence(evaluation: &Evaluation, changed: Option<&ChangedLines>) -> String {
    let intake = &evaluation.scoped.intake;
    let mut page = format!(
        "<details><summary>Evidence: {}, {}</summary>\n\n{}\n\
         | report | entry | tool | outcome | results |\n| --- | --- | --- | --- | --- |\n",
        words::count(words::number(intake.reports.len()), "report"),
        words::count(words::number(intake.findings.len()), "finding"),
        counts(evaluation, changed),
    );
    for (index, report) in intake.reports.iter().enumerate() {
        let entry = report
            .entry
            .and_then(|entry| evaluation.about.entries.get(entry))
            .map_or(String::new(), |name| cell(Untrusted::new(name)).to_string());
        let path = cell(report.path.as_untrusted());
        let mut runs = intake
            .runs
            .iter()
            .filter(|run| run.report.index() == index)
            .peekable();
        if runs.peek().is_none() {
            let (outcome, why) = match notices::twin(evaluation, report) {
                Some(twin) => ("REPEAT", cell_message(twin).to_string()),
                None if report.read => ("NO RUN", String::new()),
                None => ("UNREAD", String::new()),
            };
            let _ = writeln!(page, "| {path} | {entry} | | {outcome} | {why} |");
        }
        for run in runs {
            let _ = writeln!(
                page,
                "| {path} | {entry} | {} | {} | {} |",
                tool(run),
                words::run_status(run),
                own(&results(run)),
            );
        }
    }
    for gap in &intake.gaps {
        let _ = writeln!(
            page,
            "| {} | | | MISSING | {} |",
            cell(gap.path.as_untrusted()),
            own(gap.why)
        );
    }
    page.push_str("\n</details>\n");
    page
}

/// What a run left, and why it is not ok.
fn results(run: &ToolRun) -> String {
    let left = words::run_results(run);
    if run.status == RunStatus::Ok {
        left
    } else {
        let why = words::run_reasons(run);
        let between = if left.is_empty() { "" } else { "; " };
        format!("{left}{between}{why}")
    }
}

fn tool(run: &ToolRun) -> String {
    let version = run
        .version
        .as_ref()
        .map_or(String::new(), |v| format!(" {}", cell(v.as_untrusted())));
    format!("{}{version}", cell(run.name.as_untrusted()))
}
