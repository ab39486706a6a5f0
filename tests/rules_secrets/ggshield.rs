//! ggshield (S6, S41 to S43).

use krgate::model::{Evidence, RunReason, RunStatus, Triage, Validity, Verification};
use serde_json::{Value, json};

use super::support::*;

fn written() -> Value {
    fixture_json("written/ggshield.json")
}

fn incident(report: &mut Value) -> &mut Value {
    &mut report["scans"][0]["entities_with_incidents"][0]["incidents"][0]
}

#[test]
fn ggshield_is_read() {
    let outcome = read_one(fixture("written/ggshield.json")).clean();
    assert_eq!(outcome.intake.reports[0].format, Some("ggshield"));
    assert_eq!(outcome.paths(), ["config/mirror.json", "config/app.ini"]);
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "Generic High Entropy Secret");
    assert_eq!(view.line(), Some(3));
    assert!(view.commit().unwrap().raw().starts_with("3f1c9a7d"));
    let run = &outcome.intake.runs[0];
    assert_eq!(run.evidence, Evidence::Weak);
    assert_eq!(run.status, RunStatus::Ok);
    let counts = &run.counts;
    assert_eq!(
        (counts.findings, counts.suppressed, counts.with_path),
        (1, 1, 2)
    );
}

#[test]
fn secrets_rule_041_scans_in_scans_and_beside_incidents_are_read_once() {
    let outcome = read_changed(written(), |report| {
        let inner = report["scans"][0].clone();
        report["entities_with_incidents"] = inner["entities_with_incidents"].clone();
        report["entities_with_incidents"][0]["filename"] = json!("top.json");
        report["scans"][0]["scans"] = json!([inner]);
        report["scans"][0]["type"] = json!("path");
    });
    let outcome = outcome.clean();
    let mut paths = outcome.paths();
    paths.sort_unstable();
    let files = ["config/app.ini", "config/mirror.json"];
    assert_eq!(
        paths,
        [files[0], files[0], files[0], files[1], files[1], "top.json"]
    );
    let commits = outcome
        .intake
        .views()
        .filter(|view| view.commit().is_some());
    assert_eq!(commits.count(), 2, "only the scan of a commit has one");
}

#[test]
fn secrets_rule_042_files_that_could_not_be_scanned_fail_the_run() {
    let outcome = read_changed(written(), |report| {
        report["errors"] = json!([
            {"files": [{"mode": "NEW", "filename": "a"}, {"mode": "NEW", "filename": "b"}]},
            {"description": "quota"},
        ]);
    });
    let outcome = outcome.clean();
    let run = &outcome.intake.runs[0];
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(run.reasons, [RunReason::ReportedFailure]);
    assert_eq!(outcome.diagnostic("scan-incomplete").count, 3);
    assert_eq!(outcome.intake.findings.len(), 2);
}

#[test]
fn secrets_rule_042_accept_degraded_excuses_it() {
    let mut report = written();
    report["errors"] = json!([{"files": [{"filename": "a"}]}]);
    let outcome = Bench::new()
        .with_entry(report.to_string(), |expected| {
            expected.accept_degraded = true;
        })
        .read()
        .clean();
    let run = &outcome.intake.runs[0];
    assert_eq!(run.status, RunStatus::Ok);
    assert!(run.accepted && run.is_exact());
    assert_eq!(run.evidence, Evidence::Weak);
}

#[test]
fn secrets_rule_043_an_ignored_incident_is_dismissed() {
    let outcome = read_one(fixture("written/ggshield.json")).clean();
    assert_eq!(outcome.view(0).finding.triage, Triage::Open);
    assert_eq!(outcome.view(1).finding.triage, Triage::Dismissed);
    let outcome = read_changed(written(), |report| {
        incident(report)["ignore_reason"] = json!(false);
    });
    outcome.refused("report-wrong-type");
}

#[test]
fn the_validity_of_ggshield() {
    for (word, validity, proven) in [
        (json!("valid"), Validity::Active, true),
        (json!("invalid"), Validity::Inactive, true),
        (json!("failed_to_check"), Validity::Unknown, true),
        (json!("unknown"), Validity::Unknown, true),
        (json!("no_checker"), Validity::Unsupported, false),
        (json!("cannot_check"), Validity::Unsupported, false),
        (json!("not_checked"), Validity::NotAttempted, false),
        (json!(null), Validity::NotAttempted, false),
    ] {
        let outcome = read_changed(written(), |report| {
            incident(report)["validity"] = word.clone();
        });
        let outcome = outcome.clean();
        assert_eq!(outcome.view(0).finding.validity, validity, "{word}");
        let proof = outcome.intake.runs[0].verification;
        assert_eq!(proof == Verification::Proven, proven, "{word}");
    }
}

#[test]
fn secrets_rule_074_ignore_sha_names_the_secret_and_a_null_line_is_none() {
    let outcome = read_changed(written(), |report| {
        let mut again = report["scans"][0].clone();
        again["id"] = json!("77");
        let entities = again["entities_with_incidents"].as_array_mut().unwrap();
        entities.truncate(1);
        entities[0]["incidents"][0]["occurrences"][0]["line_start"] = json!(null);
        report["scans"].as_array_mut().unwrap().push(again);
    });
    let outcome = outcome.clean();
    assert_eq!(outcome.view(2).line(), None);
    let open: Vec<_> = outcome
        .secrets()
        .into_iter()
        .filter(|s| !s.dismissed)
        .collect();
    assert_eq!((open.len(), open[0].occurrences()), (1, 2));
    assert!(!outcome.codes().contains(&"item-wrong-type"));
}

#[test]
fn an_incident_without_occurrences_counts() {
    let outcome = read_changed(written(), |report| {
        incident(report)["occurrences"] = json!([]);
    });
    assert_eq!(outcome.clean().intake.findings.len(), 2);
}

#[test]
fn what_is_left_of_a_masked_match_is_scrubbed() {
    let outcome = read_changed(written(), |report| {
        incident(report)["occurrences"][0]["match"] = json!("mos-Anv*****our");
        report["scans"][0]["entities_with_incidents"][1]["filename"] = json!("x/mos-Anv*****our");
    });
    assert_eq!(outcome.clean().paths()[1], "x/‹secret›");
}
