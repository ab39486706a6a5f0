//! What the figures are from (section 7 of the report, rule P5).

use std::fmt::Write as _;

use super::{Page, facts, foreign, words};
use crate::decide::report::{Report, ShownKeyResult, Week};
use crate::diagnostic::Message;
use crate::model::UntrustedText;
use crate::render::encode::markdown::{Inline, message, own};

pub(super) fn write(report: &Report, page: &mut Page) {
    page.heading(2, &own("Appendix"));
    page.list(sources(report));
    for objective in report.objectives() {
        for key_result in objective.key_results {
            of_key_result(report, key_result, page);
        }
    }
    tools(report, page);
    data(report, page);
}

fn sources(report: &Report) -> Vec<Inline> {
    let about = &report.about;
    let commit = about.policy_commit.as_ref().map_or_else(
        || ", from the work tree".to_owned(),
        |commit| format!(", of commit {}", commit.id.as_str()),
    );
    let policy = Message::from("policy ")
        .foreign(crate::model::Untrusted::new(&about.policy_path))
        .own(format!(": sha256:{}{commit}", about.policy_sha256));
    let whole = match (about.ledger_exists, report.progress.doubts.is_empty()) {
        (false, _) => "nothing is recorded there",
        (true, true) => "whole",
        (true, false) => "NOT WHOLE",
    };
    let ledger = Message::from("ledger ")
        .foreign(crate::model::Untrusted::new(&about.ledger))
        .own(format!(": {whole}, {} recorded runs", report.appendix.runs));
    let checkpoint = about.checkpoint.as_ref().map_or_else(
        || "checkpoint: none, this ledger has not been folded".to_owned(),
        |digest| format!("checkpoint: sha256:{digest}"),
    );
    let mut list = vec![message(&policy), message(&ledger), own(&checkpoint)];
    if let (Some(first), Some(last)) = (report.appendix.first_run, report.appendix.last_run) {
        list.push(own(&format!(
            "first run: record {} of {}; last run: record {} of {}",
            first.id,
            report.day(first.at),
            last.id,
            report.day(last.at)
        )));
    }
    list.push(own(&format!(
        "clock: {}; krgate {}",
        about.now, about.version
    )));
    list
}

/// Formula, n, window, record and the series of a key result.
fn of_key_result(report: &Report, key_result: ShownKeyResult<'_>, page: &mut Page) {
    let ShownKeyResult {
        progress,
        facts: of,
    } = key_result;
    page.heading(
        3,
        &Inline::anchor(&format!("kr-{}", progress.id), &own(&progress.id)),
    );
    let mut line = format!("{}, {}", of.measure, of.origin.as_str());
    if let Some(seconds) = of.window_seconds {
        let _ = write!(line, ", over {} d", seconds / 86_400);
    }
    let mut list = vec![own(&line)];
    list.push(message(
        &Message::from("formula: ").foreign(crate::model::Untrusted::new(&of.formula)),
    ));
    list.push(own(&of.record.map_or_else(
        || "record: none, it is measured at the clock or unknown".to_owned(),
        |record| {
            let n = record.n.map_or_else(String::new, |n| format!(" (n = {n})"));
            format!("record: {} of {}{n}", record.id, report.day(record.at))
        },
    )));
    page.list(list);
    let listed: Vec<&Week> = of.weeks.iter().filter(|week| report.lists(week)).collect();
    let rows: Vec<Vec<Inline>> = listed
        .iter()
        .map(|week| {
            let verdict = week.verdict();
            let value = week.point.map_or_else(
                || {
                    let reason = week.reason.as_ref();
                    reason.map_or_else(|| words("unknown"), |code| foreign(code.raw()))
                },
                |point| words(facts::figure(progress.unit, Some(point.value), point.bound)),
            );
            vec![
                words(week.week.to_string()),
                value,
                words(format!("{} {}", facts::shape(verdict), verdict.as_str())),
                words(crate::render::status::facts::percent(week.known)),
                week.point.map_or_else(
                    || words(""),
                    |point| {
                        let definition = point.definition.to_string();
                        words(definition.get(..8).unwrap_or_default())
                    },
                ),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let heads = ["week", "value", "verdict", "known", "definition"];
        page.table(&heads, &rows, false);
    }
}

fn tools(report: &Report, page: &mut Page) {
    let rows: Vec<Vec<Inline>> = report
        .appendix
        .tools
        .iter()
        .map(|tool| {
            let or = |text: Option<&UntrustedText>| {
                text.map_or_else(|| words("not said"), |text| foreign(text.raw()))
            };
            let class = tool.class.map_or("not said", crate::model::Class::as_str);
            vec![
                foreign(tool.name.raw()),
                or(tool.tool.as_ref()),
                or(tool.version.as_ref()),
                words(class),
                words(if tool.ok { "ok" } else { "FAILED" }),
            ]
        })
        .collect();
    if !rows.is_empty() {
        page.paragraph(&own("Reports of the last recorded run of a state:"));
        page.table(&["report", "tool", "version", "class", "run"], &rows, false);
    }
}

fn data(report: &Report, page: &mut Page) {
    let rows: Vec<Vec<Inline>> = report
        .appendix
        .data
        .iter()
        .map(|file| {
            let as_of = file.as_of.as_ref();
            vec![
                foreign(file.name.raw()),
                words(&file.digest),
                as_of.map_or_else(|| words("not said"), |day| foreign(day.raw())),
                words(file.record.to_string()),
            ]
        })
        .collect();
    if !rows.is_empty() {
        page.paragraph(&own("Data files as they were read last:"));
        page.table(&["file", "digest", "as of", "record"], &rows, false);
    }
}
