//! GitHub's list of secret scanning alerts (S7, S44, S45).

use krgate::model::{Evidence, RunReason, RunStatus, Triage, Validity, Verification};
use serde_json::{Value, json};

use super::support::*;

fn written() -> Value {
    fixture_json("written/github-alerts.json")
}

/// So many alerts, each of a secret of its own.
fn page(number: usize, first: usize) -> String {
    let mut alert = written()[0].clone();
    let alerts: Vec<Value> = (first..first + number)
        .map(|index| {
            alert["number"] = json!(index);
            alert["secret"] = json!(format!("ghx_value_of_alert_{index}"));
            alert.clone()
        })
        .collect();
    json!(alerts).to_string()
}

#[test]
fn github_alerts_are_read() {
    let outcome = read_one(fixture("written/github-alerts.json")).clean();
    assert_eq!(outcome.intake.reports[0].format, Some("github-alerts"));
    assert_eq!(
        outcome.paths(),
        ["config/mirror.json", "config/old.json", "-"]
    );
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "mirror_session_key");
    assert_eq!(view.title().unwrap().raw(), "Mirror Session Key");
    assert_eq!(view.line(), Some(3));
    assert!(view.commit().unwrap().raw().starts_with("3f1c9a7d"));
    let states: Vec<_> = outcome.intake.findings.iter().map(|f| f.validity).collect();
    assert_eq!(
        states,
        [
            Validity::Unknown,
            Validity::Inactive,
            Validity::NotAttempted
        ]
    );
    let run = &outcome.intake.runs[0];
    assert_eq!(run.evidence, Evidence::Weak);
    assert_eq!(run.verification, Verification::Proven);
}

#[test]
fn secrets_rule_044_a_resolved_alert_is_dismissed_also_where_it_is_active() {
    let outcome = read_changed(written(), |alerts| alerts[1]["validity"] = json!("active"));
    let outcome = outcome.clean();
    let finding = outcome.view(1).finding;
    assert_eq!(
        (finding.triage, finding.validity),
        (Triage::Dismissed, Validity::Active)
    );
    let live = outcome
        .secrets()
        .into_iter()
        .find(|s| s.validity == Validity::Active);
    assert!(live.unwrap().dismissed);
}

#[test]
fn secrets_rule_057_an_unknown_state_sets_nothing_aside() {
    let outcome = read_changed(written(), |alerts| alerts[1]["state"] = json!("archived"));
    let outcome = outcome.clean();
    assert_eq!(outcome.view(1).finding.triage, Triage::Open);
    outcome.diagnostic("unknown-validity-word");
    read_changed(written(), |alerts| alerts[1]["state"] = json!(1)).refused("report-wrong-type");
}

#[test]
fn secrets_rule_045_a_full_page_may_not_be_all() {
    for (number, is_page) in [(29, false), (30, true), (31, false), (100, true)] {
        let outcome = read_one(page(number, 0)).clean();
        let run = &outcome.intake.runs[0];
        let failed = run.status == RunStatus::Failed;
        assert_eq!(failed, is_page, "{number}");
        assert_eq!(run.reasons.contains(&RunReason::MayBePage), is_page);
        assert_eq!(outcome.codes().contains(&"list-may-be-a-page"), is_page);
        assert_eq!(outcome.secrets().len(), number);
    }
}

#[test]
fn secrets_rule_045_unless_a_later_file_of_the_entry_has_fewer() {
    let read = |entries: [usize; 2], sizes: [usize; 2]| {
        let mut bench = Bench::new();
        for (index, (entry, size)) in entries.into_iter().zip(sizes).enumerate() {
            bench = bench.with_entry(page(size, 100 * index), |expected| {
                expected.entry = Some(entry);
                expected.format = Some("github-alerts".to_owned());
            });
        }
        let outcome = bench.read().clean();
        let failed = |run: &krgate::model::ToolRun| run.status == RunStatus::Failed;
        outcome.intake.runs.iter().map(failed).collect::<Vec<_>>()
    };
    assert_eq!(read([0, 0], [30, 3]), [false, false]);
    assert_eq!(read([0, 0], [30, 0]), [false, false]);
    assert_eq!(read([0, 0], [100, 100]), [true, true]);
    assert_eq!(
        read([0, 0], [3, 30]),
        [false, true],
        "a later file, not an earlier one"
    );
    assert_eq!(read([0, 1], [30, 3]), [true, false], "of the same entry");
}

#[test]
fn secrets_rule_045_pages_in_one_file_are_one_list() {
    let outcome = read_one(format!("{}{}", page(30, 0), page(2, 30))).clean();
    assert_eq!(outcome.intake.runs[0].status, RunStatus::Ok);
    assert_eq!(outcome.secrets().len(), 32);
}

#[test]
fn secrets_rule_017_no_alerts_need_a_format() {
    read_one("[]").refused("report-needs-format");
    let outcome = read_as("github-alerts", "[]").clean();
    assert!(outcome.intake.runs[0].is_exact());
}
