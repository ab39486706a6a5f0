//! Semgrep JSON (S14, S53, S54, O32 to O34).

use krgate::model::{
    Class, Evidence, Level, RunReason, RunStatus, Suppression, Validity, Verification,
};
use serde_json::{Value, json};

use super::support::*;

fn written() -> Value {
    fixture_json("written/semgrep.json")
}

fn read_for(class: Option<Class>, report: &Value) -> Outcome {
    Bench::new()
        .with_entry(report.to_string(), |expected| expected.class = class)
        .read()
        .clean()
}

#[test]
fn secrets_rule_054_the_class_of_a_semgrep_result() {
    let outcome = read_for(None, &written());
    let classes: Vec<_> = outcome.intake.findings.iter().map(|f| f.class).collect();
    assert_eq!(classes, [Class::Sast, Class::Secrets]);
    let run = &outcome.intake.runs[0];
    assert_eq!(run.class, Some(Class::Sast));
    let could_find: Vec<_> = run.could_find.iter().collect();
    assert_eq!(could_find, [Class::Sast, Class::Secrets]);
    let outcome = read_for(Some(Class::Secrets), &written());
    assert!(
        outcome
            .intake
            .findings
            .iter()
            .all(|f| f.class == Class::Secrets)
    );
    assert_eq!(outcome.intake.runs[0].class, Some(Class::Secrets));
    let outcome = read_for(Some(Class::Sca), &written());
    outcome.diagnostic("tool-class-conflict");
    assert_eq!(outcome.intake.runs[0].class, Some(Class::Sast));
}

#[test]
fn a_weakness_of_semgrep_has_message_level_and_cwe() {
    let outcome = read_for(None, &written());
    assert_eq!(
        outcome.paths(),
        ["services/pay/app.py", "config/mirror.json"]
    );
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "python.shell-true");
    assert_eq!(
        view.message().unwrap().raw(),
        "python.shell-true found something"
    );
    assert_eq!(view.cwe(), [78]);
    assert_eq!(view.finding.level, Level::Error);
    assert_eq!(view.line(), Some(12));
    assert_eq!(
        outcome.intake.runs[0].version.as_ref().unwrap().raw(),
        "1.185.0"
    );
}

#[test]
fn secrets_rule_053_the_message_of_a_secret_is_not_kept() {
    let outcome = read_for(None, &written());
    assert!(outcome.view(1).message().is_none());
    assert!(!outcome.everything().contains("b7Qx0vWm"));
    assert_eq!(outcome.view(1).finding.secret, None);
}

#[test]
fn the_validity_of_semgrep() {
    for (state, validity, proven, secret) in [
        (json!("CONFIRMED_VALID"), Validity::Active, true, true),
        (json!("CONFIRMED_INVALID"), Validity::Inactive, true, true),
        (json!("VALIDATION_ERROR"), Validity::Unknown, true, true),
        (json!("SOMETHING_NEW"), Validity::Unknown, false, true),
        (json!("NO_VALIDATOR"), Validity::Unsupported, false, false),
        (json!(null), Validity::NotAttempted, false, false),
    ] {
        let mut report = written();
        report["results"].as_array_mut().unwrap().truncate(1);
        report["results"][0]["extra"]["validation_state"] = state.clone();
        let outcome = read_for(Some(Class::Secrets), &report);
        assert_eq!(outcome.view(0).finding.validity, validity, "{state}");
        let proof = outcome.intake.runs[0].verification;
        assert_eq!(proof == Verification::Proven, proven, "{state}");
        let outcome = read_for(None, &report);
        assert_eq!(
            outcome.view(0).finding.class == Class::Secrets,
            secret,
            "{state}"
        );
    }
}

#[test]
fn formats_rule_032_severities_and_cwe_in_each_form() {
    for (word, level) in [
        ("ERROR", Level::Error),
        ("WARNING", Level::Warning),
        ("INFO", Level::Note),
        ("CRITICAL", Level::Error),
        ("MEDIUM", Level::Warning),
        ("LOW", Level::Note),
    ] {
        let mut report = written();
        report["results"][0]["extra"]["severity"] = json!(word);
        report["results"][0]["extra"]["metadata"]["cwe"] = json!("CWE-079: text");
        let outcome = read_for(None, &report);
        assert_eq!(outcome.view(0).finding.level, level, "{word}");
        assert_eq!(outcome.view(0).cwe(), [79]);
    }
    let mut report = written();
    report["results"][0]["extra"]["severity"] = json!("EXPERIMENT");
    let outcome = read_for(None, &report);
    assert_eq!(outcome.view(0).finding.level, Level::Error);
    outcome.diagnostic("unknown-severity-word");
    report["results"][0]["extra"]["severity"] = json!(3);
    read_one(report.to_string()).refused("report-wrong-type");
}

#[test]
fn formats_rule_033_errors_fail_a_scan_and_warnings_are_counted() {
    let outcome = read_for(None, &written());
    assert_eq!(outcome.intake.runs[0].evidence, Evidence::Strong);
    assert_eq!(outcome.diagnostic("scan-incomplete").count, 1);
    let mut report = written();
    report["errors"][0]["level"] = json!("error");
    let outcome = read_for(None, &report);
    let run = &outcome.intake.runs[0];
    assert_eq!(
        (run.evidence, run.status),
        (Evidence::Failed, RunStatus::Failed)
    );
    assert_eq!(run.reasons, [RunReason::ReportedFailure]);
    report["errors"] = json!([]);
    report["paths"]["scanned"] = json!([]);
    let outcome = read_for(None, &report);
    assert_eq!(outcome.intake.runs[0].evidence, Evidence::Weak);
    let outcome = read_one(fixture("scanners/semgrep-clean.json")).clean();
    assert_eq!(outcome.intake.runs[0].evidence, Evidence::Strong);
    assert!(outcome.intake.runs[0].is_exact());
}

#[test]
fn formats_rule_032_as_semgrep_itself_wrote_it() {
    for (file, findings) in [("semgrep", 2), ("semgrep-syntax-error", 1)] {
        let outcome = read_one(fixture(&format!("scanners/{file}.json"))).clean();
        assert_eq!(outcome.intake.findings.len(), findings, "{file}");
        let run = &outcome.intake.runs[0];
        assert_eq!(run.evidence, Evidence::Strong, "{file}");
        let rules = outcome.intake.views().map(|view| view.cwe().to_vec());
        assert!(rules.into_iter().all(|cwe| cwe.len() == 1), "{file}");
    }
}

#[test]
fn formats_rule_034_a_shared_fingerprint_is_none() {
    let mut report = written();
    let mut again = report["results"][0].clone();
    again["path"] = json!("services/pay/other.py");
    report["results"] = json!([report["results"][0], again]);
    let lengths = |report: &Value| {
        let outcome = read_for(None, report);
        assert_eq!(outcome.intake.findings.len(), 2);
        let findings = outcome.intake.findings.iter();
        findings.map(|f| f.fingerprints.len).collect::<Vec<_>>()
    };
    assert_eq!(lengths(&report), [0, 0], "requires login");
    report["results"][0]["extra"]["fingerprint"] = json!("5e1f_0");
    assert_eq!(lengths(&report), [1, 0]);
    report["results"][1]["extra"]["fingerprint"] = json!("5e1f_0");
    assert_eq!(lengths(&report), [0, 0]);
}

#[test]
fn formats_rule_006_an_ignored_result_is_suppressed() {
    let mut report = written();
    report["results"][0]["extra"]["is_ignored"] = json!(true);
    let outcome = read_for(None, &report);
    assert_eq!(outcome.view(0).finding.suppression, Suppression::InSource);
    let counts = &outcome.intake.runs[0].counts;
    assert_eq!((counts.findings, counts.suppressed), (1, 1));
}

#[test]
fn secrets_rule_074_requires_login_is_no_identity() {
    let outcome = read_for(Some(Class::Secrets), &written());
    assert!(outcome.intake.findings.iter().all(|f| f.secret.is_none()));
    assert_eq!(outcome.secrets().len(), 2);
}

#[test]
fn formats_rule_001_an_old_empty_report_needs_its_format() {
    read_one(r#"{"results":[],"errors":[]}"#).refused("report-needs-format");
    let outcome = read_as("semgrep", r#"{"results":[],"errors":[]}"#).clean();
    assert_eq!(outcome.intake.runs[0].evidence, Evidence::Weak);
    read_as("semgrep", r#"{"dependencies":[]}"#).refused("report-format-mismatch");
}

#[test]
fn a_result_of_history_names_its_commit() {
    let mut report = written();
    report["results"][1]["extra"]["historical_info"] = json!({"git_commit": "c0ffee"});
    let outcome = read_for(None, &report);
    assert_eq!(outcome.view(1).commit().unwrap().raw(), "c0ffee");
}
