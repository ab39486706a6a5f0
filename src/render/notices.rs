//! What every output says beside the verdict: weak evidence, accepted failures, what is set
//! aside (rules 28, 38, 41, S61, S67).

use super::words;
use crate::decide::{Evaluation, Event};
use crate::diagnostic::{Code, Message, Place};
use crate::model::{Evidence, ReportFile, Suppression, ToolRun, Untrusted};
use crate::scope::{Novelty, Standing};

/// How many findings are set aside or existed before, and in which way.
pub(super) fn set_aside(evaluation: &Evaluation) -> Vec<Message> {
    let scoped = &evaluation.scoped;
    let (mut in_source, mut outside, mut both) = (0_u64, 0_u64, 0_u64);
    let (mut dismissed, mut waived, mut existing) = (0_u64, 0_u64, 0_u64);
    for (index, finding) in scoped.intake.findings.iter().enumerate() {
        let number = match (scoped.standing(index), finding.suppression) {
            (Standing::Counted, _) if scoped.novelty(index) == Novelty::Existing => &mut existing,
            (Standing::Counted, _) => continue,
            (Standing::SuppressedInReport, Suppression::External) => &mut outside,
            (Standing::SuppressedInReport, Suppression::Both) => &mut both,
            (Standing::SuppressedInReport, _) => &mut in_source,
            (Standing::Dismissed, _) => &mut dismissed,
            (Standing::Waived, _) => &mut waived,
        };
        *number += 1;
    }
    let mut list = Vec::new();
    let ways: Vec<String> = [
        (in_source, "in the source"),
        (outside, "outside it"),
        (both, "both ways"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, way)| format!("{} {way}", words::thousands(number)))
    .collect();
    if !ways.is_empty() {
        let all = are(in_source + outside + both);
        list.push(format!(
            "{all} suppressed in the reports: {}",
            ways.join(", ")
        ));
    }
    if dismissed > 0 {
        list.push(format!("{} dismissed in the tool", are(dismissed)));
    }
    if waived > 0 {
        list.push(format!("{} waived", are(waived)));
    }
    if existing > 0 && evaluation.about.event == Event::Change {
        list.push(format!(
            "{} existed before this change by the report's own baseline",
            words::count(existing, "finding")
        ));
    }
    list.into_iter().map(Message::from).collect()
}

/// `1 finding is`, `3 findings are`.
fn are(number: u64) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} {verb}", words::count(number, "finding"))
}

/// Which runs rest on weak evidence, each tool once.
pub(super) fn weak_evidence(evaluation: &Evaluation) -> Option<Message> {
    let mut tools: Vec<Untrusted<'_>> = Vec::new();
    for run in &evaluation.scoped.intake.runs {
        let name = run.name.as_untrusted();
        if run.evidence == Evidence::Weak && !tools.contains(&name) {
            tools.push(name);
        }
    }
    if tools.is_empty() {
        return None;
    }
    let mut message = Message::from("weak evidence: ");
    for (index, tool) in tools.into_iter().enumerate() {
        message = message.own(if index > 0 { ", " } else { "" }).foreign(tool);
    }
    Some(message.own(" (nothing in the report proves that the scan ran to its end)"))
}

/// What is said of a report without runs that repeats another, which is read once.
pub(super) fn twin<'a>(evaluation: &'a Evaluation, report: &ReportFile) -> Option<&'a Message> {
    evaluation
        .diagnostics
        .iter()
        .find(|diagnostic| {
            diagnostic.code == Code::ReportRepeated
                && matches!(&diagnostic.place, Place::Report { path, .. } if *path == report.path)
        })
        .map(|diagnostic| &diagnostic.message)
}

/// What a run reports and who accepts it, and why (rule 28); `None` if nobody had to.
pub(super) fn acceptance(evaluation: &Evaluation, run: &ToolRun) -> Option<Message> {
    if !run.accepted {
        return None;
    }
    let report = evaluation.scoped.intake.reports.get(run.report.index());
    let accepted = report
        .and_then(|report| evaluation.accepted.get(report.entry?))
        .and_then(Option::as_ref);
    let message = Message::from(words::run_reasons(run)).own("; accepted");
    Some(match accepted {
        Some(accepted) => message
            .own(" by ")
            .foreign(Untrusted::new(&accepted.owner))
            .own(": ")
            .foreign(Untrusted::new(&accepted.reason)),
        None => message,
    })
}

/// The same for all runs, each with its tool.
pub(super) fn acceptances(evaluation: &Evaluation) -> Vec<Message> {
    evaluation
        .scoped
        .intake
        .runs
        .iter()
        .filter_map(|run| {
            let said = acceptance(evaluation, run)?;
            let start = Message::default()
                .foreign(run.name.as_untrusted())
                .own(": ");
            Some(start.join(&said))
        })
        .collect()
}
