//! Bandit (O15, O53, O55).

use krgate::model::{Class, Cvss, Level, RunReason, RunStatus, Severity};
use serde_json::json;

use super::support::*;

const REPORT: &str = "scanners/bandit.json";

#[test]
fn formats_rule_055_the_native_report_agrees_with_the_sarif_of_the_same_scan() {
    let native = read_one(&fixture(REPORT));
    let sarif = read_one(&fixture("scanners/bandit.sarif"));
    let run = native.run();
    assert_eq!((run.alias.raw(), run.class), ("bandit", Some(Class::Sast)));
    assert_eq!(run.alias, sarif.run().alias);
    let rows = |outcome: &Outcome| {
        let mut rows: Vec<_> = outcome
            .intake
            .views()
            .map(|view| {
                let region = view.finding.region;
                let path = view.shown_path().map(|path| path.raw().to_owned());
                let message = view.message().map(|message| message.raw().to_owned());
                (
                    path,
                    region.line,
                    region.column,
                    view.rule_id().raw().to_owned(),
                    message,
                )
            })
            .collect();
        rows.sort();
        rows
    };
    assert_eq!(native.count(), 5);
    assert_eq!(rows(&native), rows(&sarif));
    let cwe = |outcome: &Outcome| outcome.at(0).0.cwe().to_vec();
    assert_eq!((cwe(&native), native.at(0).rule()), (vec![502], "B403"));
}

#[test]
fn formats_rule_055_severity_confidence_and_backslashes() {
    let outcome = changed(REPORT, |r| {
        r["results"][0]["filename"] = json!("src\\win\\report.py");
        r["results"][1]["issue_severity"] = json!("UNDEFINED");
    });
    let first = outcome.at(0);
    assert_eq!(first.path(), Some("src/win/report.py"));
    assert_eq!(first.finding().level, Level::Note);
    assert_eq!(first.facts().severity, Some(Severity::Low));
    let tags: Vec<_> = first.0.tags().map(krgate::model::Untrusted::raw).collect();
    assert_eq!(tags, ["confidence:high"]);
    let undefined = outcome.at(1);
    assert_eq!(
        (undefined.facts().severity, undefined.finding().level),
        (None, Level::None)
    );
    assert!(!outcome.says("unknown-severity-word"));
    changed(REPORT, |r| r["results"][0]["issue_severity"] = json!(3)).refused("report-wrong-type");
}

#[test]
fn formats_rule_053_bandit_never_gives_a_score() {
    let outcome = read_one(&fixture(REPORT));
    assert!(
        outcome
            .intake
            .findings
            .iter()
            .all(|f| f.cvss == Cvss::Unscored)
    );
}

#[test]
fn formats_rule_015_a_file_that_was_not_read_fails_the_scan() {
    let outcome = read_one(&fixture("scanners/bandit-syntax-error.json"));
    let run = outcome.run();
    assert_eq!(
        (run.status, &run.reasons[..]),
        (RunStatus::Failed, &[RunReason::ReportedFailure][..])
    );
    let clean = read_one(&fixture("scanners/bandit-clean.json"));
    assert!(clean.run().is_exact());
    assert_eq!(clean.count(), 0);
    changed(REPORT, |r| r["errors"] = json!("x")).refused("report-wrong-type");
}
