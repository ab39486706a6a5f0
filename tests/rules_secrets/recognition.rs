//! Which format a report is of (S1 to S21, O1).

use super::support::*;

/// The smallest content that each row of the tables asks for.
const SAMPLES: &[(&str, &str)] = &[
    ("sarif", r#"{"version":"2.1.0","runs":[]}"#),
    (
        "sarif",
        r#"{"runs":[{"results":[],"tool":{"driver":{"name":"x"}}}]}"#,
    ),
    ("sarif", r#"{"version":"2.1.0","properties":{}}"#),
    ("gitleaks", r#"[{"RuleID":"r","StartLine":1,"Secret":"s"}]"#),
    ("gitleaks", r#"[{"rule":"r","offender":"s","commit":"c"}]"#),
    ("betterleaks", r#"{"schema_version":1,"findings":[]}"#),
    (
        "betterleaks",
        "{\"schema_version\":1,\"finding\":{}}\n{\"schema_version\":1,\"scan\":{}}\n",
    ),
    (
        "trufflehog",
        r#"{"SourceMetadata":{},"DetectorName":"d","Verified":true}"#,
    ),
    (
        "trufflehog",
        r#"[{"SourceMetadata":{},"DetectorName":"d","Verified":true}]"#,
    ),
    (
        "trufflehog",
        "{\n \"SourceMetadata\": {},\n \"DetectorName\": \"d\",\n \"Verified\": true\n}",
    ),
    ("detect-secrets", r#"{"results":{},"plugins_used":[]}"#),
    ("detect-secrets", r#"{"generated_at":"t","results":{}}"#),
    (
        "ggshield",
        r#"{"type":"x","total_incidents":0,"total_occurrences":0}"#,
    ),
    (
        "github-alerts",
        r#"[{"number":1,"state":"open","secret_type":"t"}]"#,
    ),
    ("gitlab", r#"{"scan":{},"vulnerabilities":[]}"#),
    ("noseyparker", "{\"rule_name\":\"r\",\"matches\":[]}\n"),
    ("kingfisher", r#"{"findings":[],"audit":{}}"#),
    ("kingfisher", "{\"rule\":{},\"finding\":{}}\n"),
    ("talisman", r#"{"summary":{"types":{}},"results":[]}"#),
    (
        "secretlint",
        r#"[{"filePath":"f","messages":[],"sourceContentType":"text"}]"#,
    ),
    ("trivy", r#"{"SchemaVersion":2,"ArtifactName":"a"}"#),
    ("semgrep", r#"{"results":[],"errors":[],"paths":{}}"#),
    (
        "grype",
        r#"{"matches":[{"vulnerability":{},"artifact":{}}]}"#,
    ),
    ("grype", r#"{"matches":[],"descriptor":{"name":"grype"}}"#),
    (
        "osv-scanner",
        r#"{"results":[{"source":{},"packages":[]}]}"#,
    ),
    ("osv-scanner", r#"{"results":[],"experimental_config":{}}"#),
    (
        "npm-audit",
        r#"{"auditReportVersion":2,"vulnerabilities":{}}"#,
    ),
    ("npm-audit", r#"{"advisories":{},"metadata":{}}"#),
    (
        "cargo-audit",
        r#"{"database":{},"lockfile":{},"vulnerabilities":{"list":[]}}"#,
    ),
    (
        "cyclonedx",
        r#"{"bomFormat":"CycloneDX","vulnerabilities":[]}"#,
    ),
    (
        "openvex",
        r#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}"#,
    ),
    (
        "snyk",
        r#"{"vulnerabilities":[],"ok":true,"packageManager":"npm"}"#,
    ),
    (
        "snyk",
        r#"[{"vulnerabilities":[],"ok":true,"dependencyCount":1}]"#,
    ),
    ("pip-audit", r#"{"dependencies":[{"name":"a","vulns":[]}]}"#),
    (
        "dependency-check",
        r#"{"reportSchema":"1.1","scanInfo":{},"dependencies":[]}"#,
    ),
    (
        "bandit",
        r#"{"errors":[],"generated_at":"t","metrics":{},"results":[]}"#,
    ),
    (
        "detect-secrets-audit",
        r#"{"results":[{"category":"c","filename":"f","lines":{},"secrets":"s","types":[]}]}"#,
    ),
    (
        "trufflehog-v2",
        "{\"branch\":\"b\",\"commitHash\":\"c\",\"printDiff\":\"d\",\"stringsFound\":[]}\n",
    ),
    ("trivy-kubernetes", r#"{"ClusterName":"c","Resources":[]}"#),
    ("trivy-v1", r#"[{"Target":"t","Vulnerabilities":null}]"#),
    (
        "cyclonedx-parts",
        r#"{"bomFormat":"CycloneDX","components":[]}"#,
    ),
    (
        "spdx",
        r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT"}"#,
    ),
    ("yarn-audit", "{\"type\":\"auditSummary\",\"data\":{}}\n"),
    ("semgrep-platform", r#"{"vulns":[],"hasMore":false}"#),
    ("gitleaks-csv", "RuleID,Commit,File,SymlinkFile,Secret\n"),
    (
        "gitleaks-junit",
        "<?xml version=\"1.0\"?>\n<testsuites><testsuite name=\"gitleaks\"/></testsuites>",
    ),
    ("kingfisher-toon", "schema: kingfisher.toon.v1\n"),
];

const READ: &[&str] = &[
    "sarif",
    "gitleaks",
    "betterleaks",
    "trufflehog",
    "detect-secrets",
    "ggshield",
    "github-alerts",
    "gitlab",
    "noseyparker",
    "kingfisher",
    "talisman",
    "secretlint",
    "trivy",
    "semgrep",
    "grype",
    "osv-scanner",
    "npm-audit",
    "cargo-audit",
    "pip-audit",
    "bandit",
    "cyclonedx",
    "snyk",
    "dependency-check",
];

/// The format that content is recognised as, by what becomes of it.
fn recognised(content: &str) -> String {
    let outcome = read_one(content);
    if let Some(word) = outcome.intake.reports[0].format {
        return word.to_owned();
    }
    outcome.errors().join(" ")
}

#[test]
fn secrets_rule_001_to_014_every_row_is_recognised_and_nothing_else_with_it() {
    for (word, content) in SAMPLES {
        let wanted = if READ.contains(word) {
            word
        } else {
            "report-unsupported-format"
        };
        assert_eq!(recognised(content), wanted, "{content}");
    }
}

#[test]
fn unread_formats_are_refused_with_advice() {
    for (word, content) in SAMPLES.iter().filter(|(word, _)| !READ.contains(word)) {
        let outcome = read_one(content);
        let refusal = outcome.refused("report-unsupported-format");
        assert!(words(refusal).contains("does not read"), "{word}");
        assert!(hint(refusal).len() > 20, "{word}");
    }
    let outcome = read_one("RuleID,Commit,File,Secret\n");
    let refusal = outcome.refused("report-unsupported-format");
    assert!(hint(refusal).contains("--report-format json"));
}

#[test]
fn secrets_rule_010_a_summary_alone_is_no_report() {
    let outcome = read_one(r#"{"findings":5,"findings_by_rule":[]}"#);
    outcome.refused("report-unknown-format");
}

#[test]
fn secrets_rule_012_without_source_content_type_it_is_eslint() {
    let outcome = read_one(r#"[{"filePath":"f","messages":[],"errorCount":0}]"#);
    outcome.refused("report-unknown-format");
}

#[test]
fn secrets_rule_015_what_no_row_has_is_an_error() {
    for content in [
        r#"{"results":{}}"#,
        r#"{"a":1}"#,
        r#"[{"a":1}]"#,
        "[1,2]",
        "\"text\"",
        "12",
        "two lines\nof text\n",
        " \n\t\n",
        "key: value\n",
        "[INFO] Scanning for projects...\n[INFO] BUILD SUCCESS\n",
        "src/a.py:1:password = 1\n",
    ] {
        read_one(content).refused("report-unknown-format");
    }
    let html = read_one("<!DOCTYPE html>\n<html><body>Sign in</body></html>");
    let refusal = html.refused("report-unknown-format");
    assert!(words(refusal).contains("an HTML page"));
    assert!(hint(refusal).contains("was the download refused?"));
}

#[test]
fn secrets_rule_016_two_formats_at_once_are_both_named() {
    let outcome = read_one(r#"{"version":"2.1.0","runs":[],"SchemaVersion":2,"Results":[]}"#);
    let refusal = outcome.refused("report-ambiguous-format");
    assert!(words(refusal).contains("sarif") && words(refusal).contains("trivy"));
}

#[test]
fn secrets_rule_016_also_when_the_second_shows_only_late() {
    let long = "x".repeat(3 << 20);
    let content = format!(
        r#"{{"plugins_used":[],"results":{{}},"padding":"{long}","SchemaVersion":2,"Results":[]}}"#
    );
    let outcome = read_one(content);
    let refusal = outcome.refused("report-ambiguous-format");
    assert!(words(refusal).contains("detect-secrets") && words(refusal).contains("trivy"));
    let content = format!(
        r#"{{"version":"2.1.0","runs":[],"padding":"{long}","SchemaVersion":2,"Results":[]}}"#
    );
    read_one(content).refused("report-ambiguous-format");
}

#[test]
fn secrets_rule_017_content_that_cannot_tell_needs_a_format() {
    for content in [
        "[]",
        " [ ] \n",
        "null",
        "{}",
        r#"{"results":[],"errors":[]}"#,
        r#"{"dependencies":[]}"#,
        "{\"level\":\"info-0\",\"msg\":\"scanning\"}\n",
        "{\"level\":\"info-0\",\"msg\":\"a\"}\n{\"level\":\"info-0\",\"msg\":\"b\"}",
    ] {
        let outcome = read_one(content);
        let refusal = outcome.refused("report-needs-format");
        assert!(hint(refusal).contains("format:"), "{content}");
    }
}

#[test]
fn secrets_rule_018_a_declaration_is_a_check() {
    let outcome = read_as("trufflehog", gitleaks(&["abcdefgh"]));
    let refusal = outcome.refused("report-format-mismatch");
    assert!(words(refusal).contains("trufflehog") && words(refusal).contains("gitleaks"));
    let outcome = read_as("gitleaks", gitleaks(&["abcdefgh"])).clean();
    assert!(!outcome.intake.reports[0].format_declared);
    // Content of no format stays that, whatever is declared.
    read_as("gitleaks", r#"{"a":1}"#).refused("report-unknown-format");
    // Not read yet, and said so.
    let outcome = read_as(
        "openvex",
        r#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}"#,
    );
    outcome.refused("report-unsupported-format");
    read_as("openvex", "[]").refused("report-unsupported-format");
}

#[test]
fn secrets_rule_019_an_empty_list_of_gitleaks_is_weak_and_believed() {
    for content in ["[]", "null", "[\n]\n"] {
        let outcome = read_as("gitleaks", content).clean();
        assert!(outcome.intake.reports[0].format_declared);
        let run = &outcome.intake.runs[0];
        assert_eq!(run.evidence.as_str(), "weak");
        assert!(run.believed && run.is_exact());
        assert_eq!(run.counts.results, Some(0));
        outcome.diagnostic("weak-evidence");
    }
    read_as("gitleaks", "{}").refused("report-format-mismatch");
    read_as("trufflehog", "null").refused("report-format-mismatch");
    read_as("detect-secrets", "{}").refused("report-format-mismatch");
}

#[test]
fn secrets_rule_020_no_bytes_are_never_a_clean_report() {
    read_one("").refused("report-empty");
    read_as("gitleaks", "").refused("report-empty");
    let outcome = read_as("trufflehog", "");
    assert!(hint(outcome.refused("report-empty")).contains("standard error"));
}

#[test]
fn secrets_rule_021_the_name_of_a_file_decides_nothing() {
    let bench = Bench::new();
    let path = bench.folder().join("semgrep.sarif.gz");
    std::fs::write(&path, gitleaks(&["abcdefgh"])).unwrap();
    let outcome = bench.with_path(path, false).read().clean();
    assert_eq!(outcome.intake.reports[0].format, Some("gitleaks"));
}

#[test]
fn lines_of_text_around_a_document_are_skipped_and_counted() {
    let array = gitleaks(&["abcdefgh"]);
    let content = format!("9:45AM INF scanning\n[not json]\n\n{array}\n9:46AM INF done\n");
    let outcome = read_one(content).clean();
    assert_eq!(outcome.intake.findings.len(), 1);
    assert_eq!(outcome.intake.runs[0].counts.skipped_lines, 3);
    assert_eq!(outcome.diagnostic("lines-skipped").count, 3);
    // More JSON after the document is no line of text.
    read_one(format!("{array}\n{array}")).refused("report-syntax");
}

#[test]
fn a_document_of_a_megabyte_before_the_names_that_tell_is_recognised() {
    let long = "x".repeat(2 << 20);
    let content =
        format!(r#"[{{"Description":"{long}","RuleID":"r","StartLine":1,"Secret":"abcdefgh"}}]"#);
    let outcome = read_one(content).clean();
    assert_eq!(outcome.intake.findings.len(), 1);
    let logs = "{\"level\":\"info-0\",\"logger\":\"trufflehog\",\"msg\":\"chunk\"}\n".repeat(9000);
    let outcome = read_one(format!(
        "{logs}{}",
        trufflehog("abcdefgh", &serde_json::json!({}))
    ));
    assert_eq!(outcome.clean().intake.runs[0].counts.log_lines, 9000);
}

#[test]
fn json_before_the_report_is_never_passed_over() {
    for before in [
        "[]\n",
        "{}\n",
        "null\n",
        "{\"vulnerabilities\": [{\"id\": 1}]}\n",
        "[{\"id\": 1}]\n",
        "{\"a\": [1,]}\n",
    ] {
        for (word, report) in [
            ("gitleaks", gitleaks(&["abcdefgh"])),
            ("detect-secrets", DETECT_SECRETS.to_owned()),
        ] {
            let content = format!("{before}{report}");
            read_one(&content).refused("report-syntax");
            read_as(word, &content).refused("report-syntax");
        }
    }
}

#[test]
fn lines_before_a_report_of_one_document_are_told() {
    let outcome = read_one(format!("ERR no such file\n{DETECT_SECRETS}")).clean();
    assert_eq!(outcome.diagnostic("lines-skipped").count, 1);
    let run = &outcome.intake.runs[0];
    assert_eq!(run.counts.skipped_lines, 1);
    assert_eq!(run.evidence.as_str(), "weak");
}

const DETECT_SECRETS: &str =
    r#"{"version":"1.5.0","plugins_used":[],"filters_used":[],"results":{}}"#;

#[test]
fn secrets_rule_056_verified_is_true_or_false() {
    for value in [
        serde_json::json!(null),
        serde_json::json!("true"),
        serde_json::json!(1),
    ] {
        let line = trufflehog("abcdefgh", &serde_json::json!({"Verified": value}));
        let outcome = read_one(line);
        let refusal = outcome.refused("report-wrong-type");
        assert_eq!(place(refusal).0, Some("Verified"));
    }
}
