//! `JUnit` XML: what a CI server shows in its list of tests.
//!
//! One suite an objective, one case a key result. A key result that blocks is a failure; one
//! that is missed or unknown and does not block is skipped with its reason, since `JUnit` has
//! no warning and a green case would hide it. The evidence is a suite of its own: a case for
//! each run of a tool, skipped where it failed, and an error for each diagnostic of level
//! error, so that a run whose evidence is wrong never shows all green (invariant 9).

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::encode::xml::{XmlText, message};
use super::text::describe;
use super::{ShortIds, notices, words};
use crate::decide::{Evaluation, KeyResultOutcome, ObjectiveOutcome, Verdict};
use crate::diagnostic::{Diagnostic, Message, Place};
use crate::model::{FindingView, RunStatus, Untrusted};

/// Most findings in the text of a case.
const MOST: usize = 20;

/// Writes the evaluation as `JUnit` XML.
///
/// # Errors
/// If the output cannot be written.
pub fn write(evaluation: &Evaluation, out: &mut dyn Write) -> io::Result<()> {
    let ids = ShortIds::new(&evaluation.scoped.intake);
    let mut report = Report::new("krgate");
    for objective in &evaluation.objectives {
        let mut suite = TestSuite::new(suite_name(objective));
        for key_result in &objective.key_results {
            suite.add_test_case(case(evaluation, &ids, objective, key_result));
        }
        report.add_test_suite(suite);
    }
    let about = &evaluation.about;
    let mut evidence = evidence(evaluation);
    evidence.add_property(("policy-sha256", about.policy_sha256.as_str()));
    if let Some(commit) = &about.policy_commit {
        evidence.add_property(("policy-commit", commit.id.as_str()));
    }
    report.add_test_suite(evidence);
    let xml = report.to_string().map_err(io::Error::other)?;
    out.write_all(xml.as_bytes())
}

fn suite_name(objective: &ObjectiveOutcome) -> String {
    let title = XmlText::label(Untrusted::new(&objective.title));
    format!("{}: {title}", objective.id)
}

fn case(
    evaluation: &Evaluation,
    ids: &ShortIds<'_>,
    objective: &ObjectiveOutcome,
    key_result: &KeyResultOutcome,
) -> TestCase {
    let value = match (key_result.verdict, key_result.measurement.value) {
        (verdict, None) => verdict.as_str().to_owned(),
        (verdict, Some(_)) => format!("{verdict}: {}", key_result.shown_value),
    };
    let head = format!("{value}, target {}", key_result.shown_target);
    let status = match (key_result.verdict, key_result.blocks) {
        (Verdict::Met, _) => TestCaseStatus::success(),
        (verdict, true) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_message(head)
                .set_type(verdict.as_str())
                .set_description(details(evaluation, ids, key_result));
            status
        }
        (_, false) => {
            let effect = words::effect(key_result);
            let why = key_result
                .softened
                .as_deref()
                .map_or(String::new(), |why| format!(": {why}"));
            let mut status = TestCaseStatus::skipped();
            status
                .set_message(format!("{head} ({effect}{why})"))
                .set_description(details(evaluation, ids, key_result));
            status
        }
    };
    let title = XmlText::label(Untrusted::new(&key_result.title));
    let mut case = TestCase::new(format!("{}: {title}", key_result.id), status);
    case.set_classname(format!("krgate.{}", objective.id));
    let beside = words::beside(key_result);
    if key_result.verdict == Verdict::Met && !beside.is_empty() {
        let mut lines = Vec::new();
        notes(beside, &mut lines);
        case.set_system_out(lines.join("\n"));
    }
    case
}

/// Reasons with remedies, notes, then the findings that decide, worst first.
fn details(evaluation: &Evaluation, ids: &ShortIds<'_>, key_result: &KeyResultOutcome) -> String {
    let measurement = &key_result.measurement;
    let mut lines = Vec::new();
    for reason in &measurement.reasons {
        lines.push(format!("? {}", message(&reason.message)));
        if let Some(remedy) = &reason.remedy {
            lines.push(format!("  -> {}", message(remedy)));
        }
    }
    notes(&measurement.notes, &mut lines);
    findings(evaluation, ids, &measurement.counted, &mut lines);
    if !measurement.undecided.is_empty() {
        let number = words::number(measurement.undecided.len());
        lines.push(format!(
            "? {} would count if more were known:",
            words::count(number, "finding")
        ));
        findings(evaluation, ids, &measurement.undecided, &mut lines);
    }
    lines.join("\n")
}

fn notes(notes: &[Message], lines: &mut Vec<String>) {
    lines.extend(notes.iter().map(|note| format!("* {}", message(note))));
}

fn findings(evaluation: &Evaluation, ids: &ShortIds<'_>, places: &[u32], lines: &mut Vec<String>) {
    let intake = &evaluation.scoped.intake;
    let views = places
        .iter()
        .take(MOST)
        .filter_map(|place| intake.view(usize::try_from(*place).ok()?));
    lines.extend(views.map(|view| line(evaluation, ids, &view)));
    let more = words::number(places.len().saturating_sub(MOST));
    if more > 0 {
        let (command, with) = words::list_all(evaluation);
        lines.push(format!(
            "and {} more: {command}{with}",
            words::thousands(more)
        ));
    }
}

fn line(evaluation: &Evaluation, ids: &ShortIds<'_>, view: &FindingView<'_>) -> String {
    let place = view.shown_path().map_or("(no path)".to_owned(), |path| {
        format!("{}{}", XmlText::label(path), words::line(view))
    });
    let id = view.id().map_or(String::new(), |id| ids.of(id));
    let rule = XmlText::label(view.rule_id());
    let described = message(&describe(evaluation, view));
    format!("- {place}  {rule}  {id}  {described}")
}

fn evidence(evaluation: &Evaluation) -> TestSuite {
    let intake = &evaluation.scoped.intake;
    let mut suite = TestSuite::new("evidence");
    for run in &intake.runs {
        let report = intake.reports.get(run.report.index());
        let path = report.map_or(String::new(), |report| {
            format!("{}: ", XmlText::label(report.path.as_untrusted()))
        });
        let mut left = words::run_results(run);
        if let Some(accepted) = notices::acceptance(evaluation, run) {
            left.push_str("; ");
            left.push_str(message(&accepted).as_str());
        }
        let status = if run.status == RunStatus::Ok {
            TestCaseStatus::success()
        } else {
            let mut status = TestCaseStatus::skipped();
            let word = words::run_status(run);
            status.set_message(format!("{word}: {}", words::run_reasons(run)));
            status
        };
        let name = format!("{path}{}", XmlText::label(run.name.as_untrusted()));
        let mut case = TestCase::new(name, status);
        case.set_classname("krgate.evidence").set_system_out(left);
        suite.add_test_case(case);
    }
    for gap in &intake.gaps {
        let mut status = TestCaseStatus::skipped();
        status.set_message(gap.why);
        let path = XmlText::label(gap.path.as_untrusted());
        let mut case = TestCase::new(path.as_str(), status);
        case.set_classname("krgate.evidence");
        suite.add_test_case(case);
    }
    for error in words::errors(&evaluation.diagnostics) {
        suite.add_test_case(error_case(error));
    }
    suite
}

fn error_case(diagnostic: &Diagnostic) -> TestCase {
    let mut name = diagnostic.code.as_str().to_owned();
    if let Place::Report { path, .. } = &diagnostic.place {
        name.push_str(": ");
        name.push_str(XmlText::label(path.as_untrusted()).as_str());
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status
        .set_message(message(&diagnostic.message).as_str())
        .set_type(diagnostic.code.as_str());
    if let Some(hint) = &diagnostic.hint {
        status.set_description(message(hint).as_str());
    }
    let mut case = TestCase::new(name, status);
    case.set_classname("krgate.evidence");
    case
}
