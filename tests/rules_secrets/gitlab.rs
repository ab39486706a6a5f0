//! GitLab's secret detection report (S8, O6, O38, O40).

use krgate::model::{Class, Evidence, RunReason, RunStatus, Suppression};
use serde_json::{Value, json};

use super::support::*;

fn written() -> Value {
    fixture_json("written/gitlab.json")
}

#[test]
fn gitlab_secret_detection_is_read() {
    let outcome = read_one(fixture("written/gitlab.json")).clean();
    assert_eq!(outcome.intake.reports[0].format, Some("gitlab"));
    assert_eq!(outcome.paths(), ["config/mirror.json", "config/app.ini"]);
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "generic-api-key");
    assert_eq!(view.line(), Some(3));
    assert!(view.commit().unwrap().raw().starts_with("3f1c9a7d"));
    assert!(
        outcome.view(1).commit().is_none(),
        "all zeros are no commit"
    );
    let run = &outcome.intake.runs[0];
    assert_eq!((run.alias.raw(), run.name.raw()), ("gitleaks", "Gitleaks"));
    assert_eq!(run.version.as_ref().unwrap().raw(), "8.18.2");
    assert_eq!(run.evidence, Evidence::Strong);
    assert_eq!(outcome.secrets().len(), 2);
}

#[test]
fn secrets_rule_008_each_category_is_a_run_of_its_own() {
    let outcome = read_changed(written(), |report| {
        report["vulnerabilities"][1]["category"] = json!("sast");
    });
    let outcome = outcome.clean();
    let runs: Vec<_> = outcome.intake.runs.iter().map(|run| run.class).collect();
    assert_eq!(runs, [Some(Class::Secrets), Some(Class::Sast)]);
    assert_eq!(outcome.secrets().len(), 1);
    assert_eq!(outcome.view(1).finding.class, Class::Sast);
    // Nothing was found, so the scan's own word stands.
    let outcome = read_changed(written(), |report| {
        report["vulnerabilities"] = json!([]);
        report["scan"]["type"] = json!("dependency_scanning");
    });
    assert_eq!(outcome.clean().intake.runs[0].class, Some(Class::Sca));
    // A finding without a category is of the scan's.
    let outcome = read_changed(written(), |report| {
        let first = report["vulnerabilities"][0].as_object_mut().unwrap();
        first.remove("category");
        report["scan"]["type"] = json!("sast");
    });
    let outcome = outcome.clean();
    assert_eq!(outcome.secrets().len(), 1);
    // Neither says.
    let outcome = read_changed(written(), |report| {
        report["vulnerabilities"] = json!([]);
        report["scan"].as_object_mut().unwrap().remove("type");
    });
    let refusal = outcome.refused("report-unsupported-format");
    assert!(words(refusal).contains("category"));
}

#[test]
fn secrets_rule_008_the_category_of_a_finding_goes_before_the_scan_s() {
    let outcome = read_changed(written(), |report| report["scan"]["type"] = json!("sast"));
    assert_eq!(outcome.clean().secrets().len(), 2);
    let outcome = read_changed(written(), |report| {
        report["vulnerabilities"][0]
            .as_object_mut()
            .unwrap()
            .remove("category");
    });
    assert_eq!(outcome.clean().secrets().len(), 2);
}

#[test]
fn secrets_rule_062_a_failed_gitlab_scan() {
    let outcome = read_changed(written(), |report| {
        report["scan"]["status"] = json!("failure");
    });
    let outcome = outcome.clean();
    let run = &outcome.intake.runs[0];
    assert_eq!(
        (run.evidence, run.status),
        (Evidence::Failed, RunStatus::Failed)
    );
    assert_eq!(run.reasons, [RunReason::ReportedFailure]);
    outcome.diagnostic("scan-incomplete");
    let outcome = read_changed(written(), |report| {
        report["scan"].as_object_mut().unwrap().remove("status");
    });
    assert_eq!(outcome.clean().intake.runs[0].evidence, Evidence::Weak);
}

#[test]
fn secrets_rule_074_the_hash_in_cve_stands_in_for_a_missing_value() {
    let named = read_one(written().to_string()).clean();
    let outcome = read_changed(written(), |report| {
        for item in report["vulnerabilities"].as_array_mut().unwrap() {
            item.as_object_mut()
                .unwrap()
                .remove("raw_source_code_extract");
        }
    });
    let outcome = outcome.clean();
    assert_eq!(outcome.secrets().len(), 2);
    for (one, other) in outcome.intake.views().zip(named.intake.views()) {
        assert!(one.secret().is_some() && one.secret() != other.secret());
    }
    let outcome = read_changed(written(), |report| {
        report["vulnerabilities"][0]["raw_source_code_extract"] =
            json!("-----BEGIN OPENSSH PRIVATE KEY-----");
    });
    assert!(outcome.clean().view(0).finding.secret.is_none());
}

#[test]
fn secrets_rule_071_the_hash_in_cve_is_kept_nowhere() {
    let cve = written()["vulnerabilities"][0]["cve"]
        .as_str()
        .unwrap()
        .to_owned();
    let hash = cve.split(':').nth(1).unwrap().to_owned();
    let outcome = read_changed(written(), |report| {
        report["vulnerabilities"][1]["name"] = json!(hash.clone());
    });
    assert!(!outcome.clean().everything().contains(&hash));
}

#[test]
fn formats_rule_006_a_false_positive_of_gitlab_is_suppressed() {
    let outcome = read_changed(written(), |report| {
        report["vulnerabilities"][0]["flags"] =
            json!([{"type": "flagged-as-likely-false-positive", "origin": "x"}]);
    });
    let outcome = outcome.clean();
    assert_eq!(outcome.view(0).finding.suppression, Suppression::External);
    let counts = &outcome.intake.runs[0].counts;
    assert_eq!((counts.findings, counts.suppressed), (1, 1));
}

#[test]
fn formats_rule_038_a_report_without_scan_needs_its_format() {
    let mut old = written();
    old.as_object_mut().unwrap().remove("scan");
    let refusal = read_one(old.to_string());
    refusal.refused("report-needs-format");
    let outcome = read_as("gitlab", old.to_string()).clean();
    assert_eq!(outcome.intake.runs[0].evidence, Evidence::Weak);
    assert_eq!(outcome.secrets().len(), 2);
    // Nothing says what an empty one is of.
    old["vulnerabilities"] = json!([]);
    read_as("gitlab", old.to_string()).refused("report-unsupported-format");
    let outcome = Bench::new()
        .with_entry(old.to_string(), |expected| {
            expected.format = Some("gitlab".to_owned());
            expected.class = Some(Class::Secrets);
        })
        .read()
        .clean();
    assert!(outcome.intake.runs[0].is_exact());
}
