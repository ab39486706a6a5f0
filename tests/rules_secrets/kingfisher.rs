//! Kingfisher (S10, S30, S46, S47).

use krgate::model::{Evidence, RunReason, RunStatus, Validity, Verification};
use serde_json::{Value, json};

use super::support::*;

fn written() -> Value {
    fixture_json("written/kingfisher.json")
}

#[test]
fn secrets_rule_046_kingfisher_as_document_lines_and_two_documents() {
    for (file, evidence) in [
        ("kingfisher.json", Evidence::Strong),
        ("kingfisher-stdout.json", Evidence::Strong),
        ("kingfisher.jsonl", Evidence::Weak),
    ] {
        let outcome = read_one(fixture(&format!("written/{file}"))).clean();
        assert_eq!(outcome.intake.reports[0].format, Some("kingfisher"));
        let view = outcome.view(0);
        assert_eq!(view.rule_id().raw(), "pay.session-key");
        assert_eq!(view.title().unwrap().raw(), "A session-key was found");
        assert_eq!(view.line(), Some(3));
        assert!(view.commit().unwrap().raw().starts_with("3f1c9a7d"));
        let run = &outcome.intake.runs[0];
        assert_eq!(run.evidence, evidence, "{file}");
        assert!(run.is_exact());
        assert_eq!(run.verification, Verification::NotProven);
        assert_eq!(outcome.secrets().len(), 2);
    }
}

#[test]
fn secrets_rule_046_as_kingfisher_itself_wrote_it() {
    // Lines on standard output: findings, the account of the scan, the summary.
    for file in [
        "kingfisher.json",
        "kingfisher-stdout.json",
        "kingfisher.jsonl",
    ] {
        let outcome = read_one(fixture(&format!("scanners/{file}"))).clean();
        assert_eq!(
            outcome.paths(),
            ["config/app.ini", "config/mirror.json"],
            "{file}"
        );
        assert_eq!(outcome.secrets().len(), 2, "{file}");
        let run = &outcome.intake.runs[0];
        assert_eq!(run.evidence, Evidence::Strong, "{file}");
        assert!(run.is_exact(), "{file}");
        assert!(!outcome.codes().contains(&"lines-skipped"), "{file}");
    }
    let clean = read_one(fixture("scanners/kingfisher-clean.json")).clean();
    assert!(clean.intake.findings.is_empty() && clean.intake.runs[0].is_exact());
}

#[test]
fn secrets_rule_047_paths_are_kept_as_written() {
    let outcome = read_one(fixture("written/kingfisher.json")).clean();
    assert_eq!(
        outcome.paths(),
        ["config/mirror.json", "pay/config/app.ini"]
    );
}

#[test]
fn secrets_rule_030_kingfisher_states_how_many_it_wrote() {
    let outcome = read_changed(written(), |report| {
        report["metadata"]["summary"]["findings"] = json!(3);
    });
    outcome.refused("report-count-mismatch");
    let two = fixture("written/kingfisher-stdout.json");
    let wrong = two.replace("{\"findings\": 2,", "{\"findings\": 1,");
    assert_ne!(wrong, two);
    read_one(wrong).refused("report-count-mismatch");
    // The summary before the report is no other thing.
    let (report, summary) = two.trim_end().split_once('\n').unwrap();
    let summary = summary.replace("{\"findings\": 2,", "{\"findings\": 9,");
    read_one(format!("{summary}\n{report}\n")).refused("report-count-mismatch");
    read_one(two.replace("{\"findings\": 2,", "{\"findings\": \"2\","))
        .refused("report-wrong-type");
}

#[test]
fn hostile_h28_findings_alone_are_kingfisher_only_where_that_is_declared() {
    let report = r#"{"findings": []}"#;
    read_one(report).refused("report-unknown-format");
    let outcome = read_as("kingfisher", report).clean();
    assert!(outcome.intake.reports[0].format_declared);
    assert_eq!(outcome.intake.runs[0].evidence, Evidence::Weak);
    let with_summary = format!("{report}{{\"findings\": 5, \"findings_by_rule\": []}}");
    read_as("kingfisher", with_summary).refused("report-count-mismatch");
    read_as("kingfisher", r#"{"findings": 5}"#).refused("report-unknown-format");
}

#[test]
fn secrets_rule_062_the_audit_of_kingfisher_tells_whether_all_was_scanned() {
    for (field, value) in [
        ("scan_failed", 1),
        ("scan_partial", 1),
        ("scan_succeeded", 0),
    ] {
        let outcome = read_changed(written(), |report| {
            report["audit"]["summary"][field] = json!(value);
        });
        let outcome = outcome.clean();
        let run = &outcome.intake.runs[0];
        assert_eq!(run.evidence, Evidence::Failed, "{field}");
        assert_eq!(run.status, RunStatus::Failed);
        assert_eq!(run.reasons, [RunReason::Incomplete]);
        outcome.diagnostic("scan-incomplete");
    }
    let outcome = read_changed(written(), |report| report["audit"] = json!({}));
    assert_eq!(outcome.clean().intake.runs[0].evidence, Evidence::Weak);
}

#[test]
fn the_validity_of_kingfisher() {
    for (validation, validity, proven) in [
        (json!({"outcome": "active"}), Validity::Active, true),
        (json!({"outcome": "inactive"}), Validity::Inactive, true),
        (
            json!({"outcome": "invalid_material"}),
            Validity::Unknown,
            false,
        ),
        (
            json!({"outcome": "locally_derived"}),
            Validity::Unknown,
            false,
        ),
        (json!({"outcome": "assumed"}), Validity::NotAttempted, false),
        (
            json!({"outcome": "not_attempted", "status": "Active Credential"}),
            Validity::NotAttempted,
            false,
        ),
        (
            json!({"status": "Active Credential"}),
            Validity::Active,
            true,
        ),
        (
            json!({"status": "Inactive Credential"}),
            Validity::Inactive,
            true,
        ),
        (
            json!({"status": "Not Attempted"}),
            Validity::NotAttempted,
            false,
        ),
        (
            json!({"status": "Something Else"}),
            Validity::Unknown,
            false,
        ),
        (json!({}), Validity::NotAttempted, false),
    ] {
        let outcome = read_changed(written(), |report| {
            report["findings"][0]["finding"]["validation"] = validation.clone();
        });
        let outcome = outcome.clean();
        assert_eq!(outcome.view(0).finding.validity, validity, "{validation}");
        let proof = outcome.intake.runs[0].verification;
        assert_eq!(proof == Verification::Proven, proven, "{validation}");
    }
}

#[test]
fn secrets_rule_058_validations_of_kingfisher_prove_verification() {
    for field in ["successful_validations", "failed_validations"] {
        let outcome = read_changed(written(), |report| {
            report["metadata"]["summary"][field] = json!(1);
        });
        let run = &outcome.clean().intake.runs[0];
        assert_eq!(run.verification, Verification::Proven, "{field}");
    }
}

#[test]
fn secrets_rule_074_a_fingerprint_of_kingfisher_is_no_identity() {
    let outcome = read_changed(written(), |report| {
        for item in report["findings"].as_array_mut().unwrap() {
            item["finding"]["snippet"] = json!("[REDACTED:0fe1c2]");
        }
    });
    let outcome = outcome.clean();
    assert!(outcome.intake.findings.iter().all(|f| f.secret.is_none()));
}

#[test]
fn captures_of_kingfisher_are_scrubbed() {
    let outcome = read_changed(written(), |report| {
        report["findings"][0]["rule"]["description"] = json!("for ledger-Heron-writer");
    });
    let outcome = outcome.clean();
    assert_eq!(outcome.view(0).title().unwrap().raw(), "for ‹secret›");
}
