//! What changed, what is overdue, which waivers need somebody, and what is to be done
//! (sections 3 to 6 of the report).

use super::{MOST_ROWS, Page, facts, foreign, said, words};
use crate::decide::report::{DueAction, FindingEvent, Repair, Report, StaleScan};
use crate::diagnostic::Message;
use crate::model::{Untrusted, UntrustedText};
use crate::render::encode::markdown::{Inline, message, own};

pub(super) fn changes(report: &Report, page: &mut Page) {
    let changes = &report.changes;
    page.heading(2, &own("Changes"));
    let since = format!(
        "Since {} until {}.",
        report.day(report.span.start),
        report.day(report.span.end)
    );
    page.paragraph(&own(&since));
    if !changes.is_known {
        page.paragraph(&own(
            "No run is recorded, so that nobody can say what changed.",
        ));
        return;
    }
    if !changes.is_whole {
        page.paragraph(&own(
            "The ledger is not whole: this is what the records that can be read tell, and there \
             may be more.",
        ));
    }
    let counts = FindingEvent::ALL.map(|event| {
        let number = changes.counts.of(event);
        format!("{number} {}", event.as_str())
    });
    page.paragraph(&own(&format!("Findings: {}.", counts.join(", "))));
    let rows: Vec<Vec<Inline>> = changes
        .findings
        .iter()
        .map(|change| {
            vec![
                words(facts::event(report, change)),
                said(&facts::finding(&change.finding)),
                words(change.finding.class.as_str()),
                words(facts::badness(&change.finding)),
                words(facts::short_id(&change.finding)),
            ]
        })
        .collect();
    if !rows.is_empty() {
        page.table(&["what", "finding", "class", "severity", "id"], &rows, true);
    }
    let mut told: Vec<Inline> = Vec::new();
    told.extend(changes.definitions.iter().map(|change| {
        own(&format!(
            "{} was defined anew on {}: {} before, {} since",
            change.key_result,
            report.day(change.at),
            change.before,
            change.after
        ))
    }));
    let tools = changes.tools.iter();
    told.extend(tools.map(|change| message(&facts::tool_change(report, change))));
    told.extend(changes.policies.iter().map(|change| {
        let commit = change.commit.as_ref();
        let commit = commit.map_or_else(String::new, |id| format!(", of commit {}", id.as_str()));
        own(&format!(
            "the policy changed on {}: {} before, {} since{commit}",
            report.day(change.at),
            change.before,
            change.after
        ))
    }));
    told.extend(changes.writers.iter().map(|change| {
        let said = Message::from(format!(
            "krgate and its packs changed on {}: ",
            report.day(change.at)
        ))
        .foreign(change.before.as_untrusted())
        .own(" before, ")
        .foreign(change.after.as_untrusted())
        .own(" since");
        message(&said)
    }));
    cut(page, told);
}

pub(super) fn overdue(report: &Report, page: &mut Page) {
    let overdue = &report.overdue;
    page.heading(2, &own("Overdue"));
    let mut told: Vec<Inline> = Vec::new();
    for check_in in &overdue.check_ins {
        let late = match (check_in.last, check_in.days) {
            (Some(last), Some(days)) => {
                let days = crate::render::words::count(days.into(), "day");
                format!(": check-in overdue by {days}, the last one is of {last}")
            }
            _ => ": nobody has checked in yet".to_owned(),
        };
        let line = Message::default()
            .foreign(Untrusted::new(&check_in.owner))
            .own(format!(", {}{late}", check_in.key_result));
        told.push(message(&line));
    }
    told.extend(
        overdue
            .scans
            .iter()
            .map(|scan| message(&stale(report, scan))),
    );
    told.extend(overdue.missing.iter().map(|missing| {
        let optional = if missing.is_optional {
            " (optional)"
        } else {
            ""
        };
        let line = Message::from("report ")
            .foreign(Untrusted::new(&missing.name))
            .own(format!("{optional}: no recorded run read it whole"));
        message(&line)
    }));
    for of in &overdue.unknown {
        for (key_result, reasons) in &of.key_results {
            let mut line = Message::default()
                .foreign(Untrusted::new(&of.owner))
                .own(format!(", {key_result}: unknown"));
            for reason in reasons {
                line = line.own(": ").join(&reason.message);
            }
            told.push(message(&line));
        }
    }
    if told.is_empty() {
        page.paragraph(&own("Nothing is overdue, stale or unknown."));
    }
    // Whoever answers for it must find it here: all of it is shown.
    page.list(told);
}

fn stale(report: &Report, scan: &StaleScan) -> Message {
    let mut line = Message::from("scan of ")
        .foreign(scan.tool.as_untrusted())
        .own(format!(" ({}) in ", scan.class))
        .foreign(Untrusted::new(&scan.repository));
    if let Some(category) = &scan.category {
        line = line.own(", category ").foreign(category.as_untrusted());
    }
    line = match scan.last {
        Some(last) => line.own(format!(
            ": the last good one is {} old and stands for {} d",
            facts::age(report, last),
            scan.fresh / 86_400
        )),
        None => line.own(": none was good yet"),
    };
    match scan.failed {
        Some(failed) => line.own(format!("; one failed on {}", report.day(failed))),
        None => line,
    }
}

pub(super) fn waivers(report: &Report, page: &mut Page) {
    page.heading(2, &own("Waivers"));
    if report.waivers.is_empty() {
        page.paragraph(&own(
            "No waiver has ended, ends within 14 days or matched nothing.",
        ));
        return;
    }
    let rows: Vec<Vec<Inline>> = report
        .waivers
        .iter()
        .map(|notice| {
            let owner = notice.owner.as_ref().map_or("", UntrustedText::raw);
            vec![
                foreign(notice.label.raw()),
                if owner.is_empty() {
                    words("nobody")
                } else {
                    foreign(owner)
                },
                words(facts::waiver_why(notice)),
                said(
                    &Message::default()
                        .foreign(notice.source.as_untrusted())
                        .own(format!(" line {}", notice.line)),
                ),
            ]
        })
        .collect();
    page.table(&["waiver", "owner", "why", "where"], &rows, true);
}

pub(super) fn actions(report: &Report, page: &mut Page) {
    let actions = &report.actions;
    page.heading(2, &own("Actions"));
    let rows: Vec<Vec<Inline>> = actions.due.iter().map(action).collect();
    if rows.is_empty() {
        page.paragraph(&own("No action is late or due within 14 days."));
    } else {
        page.table(&["due", "who", "what", "how", "objective"], &rows, false);
    }
    if actions.later + actions.undated > 0 {
        page.paragraph(&own(&format!(
            "Not shown: {} due later, {} without a day.",
            actions.later, actions.undated
        )));
    }
    if actions.repairs.is_empty() {
        page.paragraph(&own("No repair of one finding moves a missed key result."));
        return;
    }
    page.paragraph(&own("The repairs that move missed key results most:"));
    page.list(actions.repairs.iter().map(repair));
    let more = actions.candidates.saturating_sub(actions.repairs.len());
    if more > 0 {
        page.paragraph(&own(&format!(
            "and {more} more findings that a missed key result counts: `krgate check --all` lists them"
        )));
    }
}

fn action(action: &DueAction) -> Vec<Inline> {
    vec![
        words(format!("{}, {}", action.due, facts::due(action.days))),
        foreign(&action.who),
        foreign(&action.what),
        action
            .how
            .as_deref()
            .map_or_else(|| words("not said"), foreign),
        words(&action.objective),
    ]
}

fn repair(repair: &Repair) -> Inline {
    let finding = &repair.finding;
    let line = facts::finding(finding).own(format!(
        ", {}, {}: moves {}",
        facts::badness(finding),
        facts::short_id(finding),
        repair.key_results.join(", ")
    ));
    message(&line)
}

/// A list whose end is counted (rule P4).
fn cut(page: &mut Page, told: Vec<Inline>) {
    let all = told.len();
    page.list(told.into_iter().take(MOST_ROWS));
    page.more(all);
}
