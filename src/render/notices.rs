//! What every output says beside the verdict: weak evidence, accepted failures, what is set
//! aside (rules 28, 38, 41, S61, S67).

use super::{since, words};
use crate::decide::{Evaluation, Event};
use crate::diagnostic::{Code, Message, Place};
use crate::model::{
    DataFile, DataKind, DataState, Evidence, ReportFile, Suppression, ToolRun, Untrusted,
    UntrustedText,
};
use crate::scope::{Novelty, Standing};

/// How many findings are set aside or existed before, and in which way.
pub(super) fn set_aside(evaluation: &Evaluation) -> Vec<Message> {
    let scoped = &evaluation.scoped;
    let (mut in_source, mut outside, mut both) = (0_u64, 0_u64, 0_u64);
    let (mut dismissed, mut waived, mut existing) = (0_u64, 0_u64, 0_u64);
    let mut by_vex = 0_u64;
    for (index, finding) in scoped.intake.findings.iter().enumerate() {
        let number = match (scoped.standing(index), finding.suppression) {
            (Standing::Counted, _) if scoped.novelty(index) == Novelty::Existing => &mut existing,
            (Standing::Counted, _) => continue,
            (Standing::SuppressedInReport, Suppression::External) => &mut outside,
            (Standing::SuppressedInReport, Suppression::Both) => &mut both,
            (Standing::SuppressedInReport, _) => &mut in_source,
            (Standing::Dismissed, _) => &mut dismissed,
            (Standing::Waived, _) => &mut waived,
            (Standing::Vex, _) => &mut by_vex,
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
    if by_vex > 0 {
        list.push(format!("{} set aside by VEX documents", are(by_vex)));
    }
    let mut list: Vec<Message> = list.into_iter().map(Message::from).collect();
    if evaluation.about.event == Event::Change {
        list.extend(since::compared(evaluation, existing));
    }
    list
}

/// `1 finding is`, `3 findings are`.
fn are(number: u64) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} {verb}", words::count(number, "finding"))
}

/// Which data about exploits was read, of which day, and by whom it is published (rule M20).
pub(super) fn exploit_data(evaluation: &Evaluation) -> Option<Message> {
    let data = &evaluation.scoped.intake.exploit;
    let epss = data.epss.as_ref().map(|file| {
        let day = file.day().map(|day| format!("EPSS of {day} (FIRST)"));
        stated(day.map(Message::from), "EPSS (FIRST)", file)
    });
    let kev = data.kev.as_ref().map(|file| {
        // Only a version of digits and dots is taken into the sentence.
        let version = file.version.as_ref().map(UntrustedText::raw);
        let plain = |text: &&str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let version = version.filter(plain).map(str::to_owned);
        let version = version.or_else(|| file.day().map(|day| format!("of {day}")));
        let of = version.map(|version| format!("KEV catalogue {version} (CISA)").into());
        stated(of, "KEV catalogue (CISA)", file)
    });
    match (epss, kev) {
        (Some(epss), Some(kev)) => Some(epss.own(", ").join(&kev)),
        (one, other) => one.or(other),
    }
}

fn stated<T>(dated: Option<Message>, name: &'static str, file: &DataFile<T>) -> Message {
    let subject = dated.unwrap_or_else(|| name.into());
    match file.state {
        DataState::Usable => subject,
        DataState::TooOld(why) | DataState::Unreadable(why) => {
            subject.own(" is not used: it ").own(why)
        }
    }
}

/// The same with paths and digests, a line for each file.
pub(super) fn exploit_files(evaluation: &Evaluation) -> Vec<Message> {
    let data = &evaluation.scoped.intake.exploit;
    let epss = data.epss.as_ref().map(|file| digest(DataKind::Epss, file));
    let kev = data.kev.as_ref().map(|file| digest(DataKind::Kev, file));
    epss.into_iter().chain(kev).collect()
}

fn digest<T>(kind: DataKind, file: &DataFile<T>) -> Message {
    let said = Message::from(kind.as_str())
        .own(": ")
        .foreign(file.path.as_untrusted());
    match &file.sha256 {
        Some(sha256) => said.own(format!(
            ", {}, sha256 {sha256}",
            words::count(file.entries, "CVE")
        )),
        None => said.own(", not read"),
    }
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
