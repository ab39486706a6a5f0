//! `TruffleHog` (S31 to S36) and detect-secrets (S37 to S40), evidence and verification
//! (S58, S61, S63).

use krgate::ingest::Head;
use krgate::model::{Evidence, RunReason, RunStatus, Triage, Validity, Verification};
use serde_json::{Value, json};

use super::support::*;

#[test]
fn secrets_rule_031_findings_among_logs_are_read_and_lines_counted_apart() {
    let content = format!(
        "npm warn foo\n{{\"level\":\"info-0\",\"msg\":\"x\"}}\n{}not json {{\n",
        trufflehog("abcdefgh", &json!({"Verified": true}))
    );
    let outcome = read_one(content).clean();
    let counts = &outcome.intake.runs[0].counts;
    assert_eq!((counts.log_lines, counts.skipped_lines), (1, 2));
    assert_eq!(outcome.view(0).finding.validity, Validity::Active);
}

#[test]
fn secrets_rule_031_a_log_line_before_the_first_finding_counts() {
    let finding = trufflehog("abcdefgh", &json!({}));
    let outcome = read_one(format!("[0000] INFO start\n{FINISHED}{finding}")).clean();
    let run = &outcome.intake.runs[0];
    assert_eq!(run.evidence, Evidence::Strong);
    assert_eq!((run.counts.log_lines, run.counts.skipped_lines), (1, 1));
}

#[test]
fn secrets_rule_016_a_line_of_another_format_is_no_skipped_line() {
    let finding = trufflehog("abcdefgh", &json!({}));
    let outcome = read_one(format!("{finding}{{\"rule_name\":\"r\",\"matches\":[]}}\n"));
    let refusal = outcome.refused("report-ambiguous-format");
    assert!(words(refusal).contains("noseyparker"));
}

#[test]
fn secrets_rule_031_terminal_sequences_and_crlf_lose_no_finding() {
    let lines = [
        trufflehog("abcdefgh", &json!({})),
        trufflehog("ijklmnop", &json!({})),
    ];
    let content = format!(
        "\u{1b}]11;?\u{1b}\\\u{1b}[6n{}\r\n\u{1b}[0m{}\r\n",
        lines[0].trim(),
        lines[1].trim()
    );
    let outcome = read_one(content).clean();
    assert_eq!(outcome.intake.findings.len(), 2);
    assert_eq!(outcome.intake.runs[0].counts.skipped_lines, 0);
}

#[test]
fn secrets_rule_032_identical_lines_are_one_occurrence() {
    let line = trufflehog("abcdefgh", &json!({}));
    let outcome = read_one(line.repeat(3)).clean();
    assert_eq!(outcome.intake.runs[0].counts.results, Some(3));
    assert_eq!(outcome.secrets()[0].occurrences(), 1);
}

#[test]
fn secrets_rule_033_a_base64_value_is_scrubbed_in_both_forms() {
    // printf 'plain-token-value' | base64
    let description = json!({"DetectorDescription": "plain-token-value, cGxhaW4tdG9rZW4tdmFsdWU="});
    let outcome = read_one(trufflehog("cGxhaW4tdG9rZW4tdmFsdWU=", &description)).clean();
    assert_eq!(outcome.view(0).title().unwrap().raw(), "‹secret›, ‹secret›");
}

fn place_of(data: &Value) -> Outcome {
    read_one(trufflehog(
        "abcdefgh",
        &json!({"SourceMetadata": {"Data": data}}),
    ))
    .clean()
}

#[test]
fn secrets_rule_034_a_source_without_a_file_has_no_path() {
    let outcome = place_of(&json!({"Jira": {"issue": "X-1", "link": "https://example.com"}}));
    assert_eq!(outcome.paths(), ["-"]);
    assert!(outcome.view(0).repo_path().is_none());
}

#[test]
fn the_place_is_the_one_value_of_data_whatever_its_key() {
    let paths = [
        (json!({"Git": {"file": "a", "line": 2}}), "a", true),
        (json!({"Filesystem": {"file": "/w/repo/b"}}), "b", true),
        (json!({"GCS": {"filename": "c", "bucket": "x"}}), "c", false),
        (
            json!({"Artifactory": {"path": "d", "repo": "x"}}),
            "d",
            false,
        ),
        (
            json!({"Docker": {"file": "/usr/e", "image": "x"}}),
            "/usr/e",
            false,
        ),
        (json!({"SomethingNew": {"file": "f"}}), "f", false),
    ];
    for (data, path, in_repository) in paths {
        let outcome = place_of(&data);
        assert_eq!(outcome.paths(), [path]);
        assert_eq!(
            outcome.view(0).repo_path().is_some(),
            in_repository,
            "{path}"
        );
    }
    let outcome = place_of(&json!({"Git": {"file": "a", "line": 2, "commit": "c0ffee"}}));
    assert_eq!(outcome.view(0).line(), Some(2));
    assert_eq!(outcome.view(0).commit().unwrap().raw(), "c0ffee");
}

#[test]
fn trufflehog_as_an_array_and_as_one_pretty_object() {
    let line = trufflehog("abcdefgh", &json!({}));
    let other = trufflehog("ijklmnop", &json!({}));
    let outcome = read_one(format!("[{line},{other}]")).clean();
    assert_eq!(outcome.intake.findings.len(), 2);
    let value: Value = serde_json::from_str(&line).unwrap();
    let outcome = read_one(serde_json::to_string_pretty(&value).unwrap()).clean();
    assert_eq!(outcome.intake.findings.len(), 1);
}

#[test]
fn the_validity_of_trufflehog() {
    let cases = [
        (json!({"Verified": true}), false, Validity::Active, true),
        (
            json!({"VerificationError": "timeout"}),
            false,
            Validity::Unknown,
            true,
        ),
        (
            json!({"VerificationError": "timeout"}),
            true,
            Validity::Unknown,
            true,
        ),
        (json!({}), false, Validity::NotAttempted, false),
        (
            json!({"VerificationError": null}),
            false,
            Validity::NotAttempted,
            false,
        ),
        (
            json!({"VerificationFromCache": true}),
            false,
            Validity::NotAttempted,
            true,
        ),
        (json!({}), true, Validity::Inactive, true),
    ];
    for (more, attempted, validity, proven) in cases {
        let outcome = Bench::new()
            .with_entry(trufflehog("abcdefgh", &more), |expected| {
                expected.verification_attempted = attempted;
            })
            .read()
            .clean();
        assert_eq!(outcome.view(0).finding.validity, validity, "{more}");
        let run = &outcome.intake.runs[0];
        assert_eq!(run.verification == Verification::Proven, proven, "{more}");
    }
}

#[test]
fn secrets_rule_056_verified_is_not_read_by_guess() {
    for wrong in [json!("true"), json!(1), json!([])] {
        let good = trufflehog("abcdefgh", &json!({}));
        let bad = trufflehog("abcdefgh", &json!({"Verified": wrong}));
        let outcome = read_one(format!("{good}{bad}"));
        let (field, ..) = place(outcome.refused("report-wrong-type"));
        assert_eq!(field, Some("Verified"));
    }
}

#[test]
fn secrets_rule_058_a_cache_with_a_figure_proves_verification() {
    let line = trufflehog("abcdefgh", &json!({}));
    for (caching, proven) in [
        (json!({"hits": 0, "misses": 3}), true),
        (json!({"hits": 0, "misses": 0}), false),
    ] {
        let last = json!({
            "level": "info-0", "logger": "trufflehog", "msg": "finished scanning",
            "verification_caching": caching,
        });
        let outcome = read_one(format!("{line}{last}\n")).clean();
        let run = &outcome.intake.runs[0];
        assert_eq!(
            run.verification == Verification::Proven,
            proven,
            "{caching}"
        );
    }
}

#[test]
fn secrets_rule_061_the_last_line_of_trufflehog_is_strong() {
    let outcome = read_one(FINISHED).clean();
    let run = &outcome.intake.runs[0];
    assert_eq!(outcome.intake.reports[0].format, Some("trufflehog"));
    assert_eq!(run.evidence, Evidence::Strong);
    assert!(run.is_exact());
    assert_eq!(run.version.as_ref().unwrap().raw(), "3.97.0");
    assert!(!outcome.codes().contains(&"weak-evidence"));
    let with_finding = format!("{}{FINISHED}", trufflehog("abcdefgh", &json!({})));
    let outcome = read_one(with_finding).clean();
    assert_eq!(outcome.intake.runs[0].evidence, Evidence::Strong);
    // Log lines of another tool among them: content cannot tell.
    let mixed = format!("{{\"level\":\"info\",\"msg\":\"x\"}}\n{FINISHED}");
    read_one(mixed).refused("report-needs-format");
}

#[test]
fn secrets_rule_061_log_lines_alone_are_not_believed() {
    let logs = "{\"level\":\"info-0\",\"logger\":\"trufflehog\",\"msg\":\"running source\"}\n";
    let outcome = read_as("trufflehog", logs).clean();
    let run = &outcome.intake.runs[0];
    assert_eq!(run.evidence, Evidence::Weak);
    assert!(!run.believed && !run.is_exact());
    let outcome = read_as("trufflehog", "[]").clean();
    assert!(outcome.intake.runs[0].believed);
}

#[test]
fn secrets_rule_061_strong_evidence_can_be_asked_for() {
    let outcome = Bench::new()
        .with_entry(gitleaks(&["abcdefgh"]), |expected| {
            expected.strong_evidence = true;
        })
        .with_entry(FINISHED, |expected| expected.strong_evidence = true)
        .read()
        .clean();
    assert!(!outcome.intake.runs[0].believed);
    assert!(outcome.intake.runs[1].believed);
}

#[test]
fn a_line_of_trufflehog_that_is_cut_is_an_error() {
    let line = trufflehog("abcdefgh", &json!({}));
    let whole = line.repeat(2);
    for cut in [whole.len() - 2, whole.len() - 30, line.len() + 1] {
        let outcome = read_one(&whole[..cut]);
        outcome.refused("report-truncated");
    }
}

fn baseline(results: &Value, more: &Value) -> String {
    let mut report = json!({
        "version": "1.5.0", "plugins_used": [], "filters_used": [], "results": results,
        "generated_at": "2026-03-01T11:00:00Z",
    });
    for (name, value) in more.as_object().unwrap() {
        report[name] = value.clone();
    }
    report.to_string()
}

fn entry(kind: &str, hash: &str, line: u64) -> Value {
    json!({
        "type": kind, "filename": "a", "hashed_secret": hash, "is_verified": false,
        "line_number": line,
    })
}

const HASH: &str = "7f6abb4018b2d53e22f110d32624d2d8e6d65e3e";

#[test]
fn secrets_rule_037_one_secret_under_several_types_is_one() {
    let results = json!({"src/a.py": [
        entry("AWS Access Key", HASH, 2),
        entry("Base64 High Entropy String", HASH, 2),
        entry("Secret Keyword", HASH, 2),
    ]});
    let outcome = read_one(baseline(&results, &json!({}))).clean();
    let run = &outcome.intake.runs[0];
    assert_eq!(run.counts.results, Some(3));
    assert_eq!(run.version.as_ref().unwrap().raw(), "1.5.0");
    let secrets = outcome.secrets();
    assert_eq!((secrets.len(), secrets[0].occurrences()), (1, 3));
    assert_eq!(
        outcome.view(1).rule_id().raw(),
        "Base64 High Entropy String"
    );
    assert_eq!(outcome.paths(), ["src/a.py"; 3]);
}

#[test]
fn secrets_rule_038_constant_hashes_are_no_identity() {
    let results = json!({
        "a": [entry("GitHub Token", HASH, 1), entry("Private Key", HASH, 9)],
        "b": [entry("GitHub Token", HASH, 1)],
    });
    let outcome = read_one(baseline(&results, &json!({}))).clean();
    assert!(outcome.intake.findings.iter().all(|f| f.secret.is_none()));
    assert_eq!(outcome.secrets().len(), 3);
}

#[test]
fn secrets_rule_039_audited_as_false_is_dismissed() {
    let mut audited = entry("Secret Keyword", HASH, 1);
    audited["is_secret"] = json!(false);
    let mut confirmed = entry("Secret Keyword", &HASH.replace('7', "8"), 2);
    confirmed["is_secret"] = json!(true);
    let outcome = read_one(baseline(&json!({"a": [audited, confirmed]}), &json!({}))).clean();
    assert_eq!(outcome.view(0).finding.triage, Triage::Dismissed);
    assert_eq!(outcome.view(1).finding.triage, Triage::Open);
    let counts = &outcome.intake.runs[0].counts;
    assert_eq!((counts.findings, counts.suppressed), (1, 1));
}

#[test]
fn secrets_rule_040_the_filter_tells_whether_verification_was_on() {
    let results = json!({"a": [entry("Secret Keyword", HASH, 1)]});
    let filter = "detect_secrets.filters.common.is_ignored_due_to_verification_policies";
    let on = json!({"filters_used": [{"path": filter, "min_level": 2}]});
    let outcome = read_one(baseline(&results, &on)).clean();
    assert_eq!(outcome.view(0).finding.validity, Validity::Unknown);
    assert_eq!(outcome.intake.runs[0].verification, Verification::Proven);
    let outcome = read_one(baseline(&results, &json!({}))).clean();
    assert_eq!(outcome.view(0).finding.validity, Validity::NotAttempted);
    assert_eq!(outcome.intake.runs[0].verification, Verification::NotProven);
    let mut live = entry("Secret Keyword", HASH, 1);
    live["is_verified"] = json!(true);
    // The order of members says nothing.
    let report = format!(
        r#"{{"generated_at":"t","results":{{"a":[{live},{}]}},"filters_used":[{{"path":"{filter}"}}]}}"#,
        entry("Secret Keyword", &HASH.replace('7', "8"), 2)
    );
    let outcome = read_one(report).clean();
    assert_eq!(outcome.view(0).finding.validity, Validity::Active);
    assert_eq!(outcome.view(1).finding.validity, Validity::Unknown);
}

#[test]
fn secrets_rule_056_deciding_fields_of_detect_secrets() {
    for field in ["is_verified", "is_secret"] {
        let mut wrong = entry("Secret Keyword", HASH, 1);
        wrong[field] = json!("false");
        let outcome = read_one(baseline(&json!({"a": [wrong]}), &json!({})));
        outcome.refused("report-wrong-type");
    }
    read_one(r#"{"results":{"a":{}},"plugins_used":[]}"#).refused("report-wrong-type");
}

#[test]
fn secrets_rule_063_a_committed_baseline_is_no_scan_of_this_commit() {
    let read = |committed: &str| {
        Bench::new()
            .with(baseline(&json!({}), &json!({})))
            .within(|context| {
                context.head = Some(Head {
                    commits: vec!["ab".repeat(20)],
                    committed: committed.parse().unwrap(),
                });
            })
            .read()
    };
    let outcome = read("2026-03-01T11:05:00Z");
    assert_eq!(outcome.intake.runs[0].status, RunStatus::Ok);
    let outcome = read("2026-03-01T11:05:01Z");
    let run = &outcome.intake.runs[0];
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(run.reasons, [RunReason::OlderThanCommit]);
    assert!(!run.is_exact());
    outcome.diagnostic("report-older-than-commit");
}

#[test]
fn max_age_makes_a_report_without_a_time_too_old() {
    let outcome = Bench::new()
        .with_entry(gitleaks(&["abcdefgh"]), |expected| {
            expected.max_age = Some(60);
        })
        .read();
    let run = &outcome.intake.runs[0];
    assert_eq!(run.reasons, [RunReason::TooOld]);
    assert_eq!(run.status, RunStatus::Failed);
    outcome.diagnostic("report-too-old");
}
