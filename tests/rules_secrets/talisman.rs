//! Talisman (S11, S50).

use krgate::model::{Evidence, Triage};
use serde_json::json;

use super::support::*;

#[test]
fn secrets_rule_050_findings_without_line_or_commit_are_not_merged() {
    let outcome = read_one(fixture("written/talisman.json")).clean();
    assert_eq!(outcome.intake.reports[0].format, Some("talisman"));
    let mirror = "config/mirror.json";
    assert_eq!(outcome.paths(), [mirror, mirror, mirror, "config/pay.pem"]);
    assert_eq!(outcome.view(0).rule_id().raw(), "filecontent");
    assert!(outcome.view(0).commit().is_some());
    assert!(outcome.view(1).commit().is_none());
    let open: Vec<_> = outcome
        .secrets()
        .into_iter()
        .filter(|s| !s.dismissed)
        .collect();
    assert_eq!(open.len(), 3);
    assert!(open.iter().all(|secret| !secret.identified));
    assert_eq!(outcome.intake.runs[0].evidence, Evidence::Weak);
}

#[test]
fn what_talisman_itself_sets_aside_is_dismissed() {
    let outcome = read_changed(fixture_json("written/talisman.json"), |report| {
        let failure = report["results"][0]["failure_list"][0].clone();
        report["results"][0]["ignore_list"] = json!([failure]);
    });
    let outcome = outcome.clean();
    let triage: Vec<_> = outcome.intake.findings.iter().map(|f| f.triage).collect();
    let (open, dismissed) = (Triage::Open, Triage::Dismissed);
    assert_eq!(triage, [open, open, dismissed, dismissed, open]);
    let counts = &outcome.intake.runs[0].counts;
    assert_eq!((counts.findings, counts.suppressed), (3, 2));
}

#[test]
fn the_name_of_the_file_may_come_last() {
    let report = r#"{"summary":{"types":{}},"results":[
        {"failure_list":[{"type":"filesize","commits":null}],"filename":"big.bin"}]}"#;
    assert_eq!(read_one(report).clean().paths(), ["big.bin"]);
}
