//! secretlint (S12, S51).

use krgate::model::Evidence;
use serde_json::{Value, json};

use super::support::*;

fn entry(content: &str, range: &Value) -> Value {
    json!([{
        "filePath": "/w/repo/config/a.env", "sourceContent": content, "sourceContentType": "text",
        "messages": [{
            "message": "found: ****", "range": range, "type": "message",
            "ruleId": "@secretlint/secretlint-rule-x",
            "loc": {"start": {"line": 1, "column": 0}, "end": {"line": 1, "column": 9}},
            "severity": "error", "data": {"KEY": "****"},
        }],
    }])
}

#[test]
fn the_real_report_of_secretlint() {
    let outcome = Bench::new()
        .with(fixture("scanners/secretlint.json"))
        .within(|context| context.roots = vec!["/builds/shop/pay".to_owned()])
        .read()
        .clean();
    assert_eq!(outcome.intake.reports[0].format, Some("secretlint"));
    assert_eq!(outcome.paths(), ["config/mirror.json"]);
    assert!(outcome.view(0).repo_path().is_some());
    assert_eq!(
        outcome.view(0).rule_id().raw(),
        "@secretlint/secretlint-rule-basicauth"
    );
    assert_eq!(outcome.view(0).line(), Some(2));
    let column = outcome.view(0).finding.region.column.unwrap();
    assert_eq!(
        column.get(),
        14,
        "columns count from 0 there, as its SARIF shows"
    );
    let run = &outcome.intake.runs[0];
    assert_eq!(run.evidence, Evidence::Strong);
    assert!(outcome.secrets()[0].identified);
    assert!(!outcome.everything().contains("quiet-Lantern"));
}

#[test]
fn secrets_rule_051_the_range_counts_utf_16_units() {
    let value = "ghx_0123456789";
    let named = read_one(gitleaks(&[value])).clean().view(0).finding.secret;
    for (before, units) in [
        ("", 0),
        ("key=", 4),
        ("ünï ", 4),
        ("🔑🔑 ", 5),
        ("日本 🔑", 5),
    ] {
        let content = format!("{before}{value}\nmore 🔑\n");
        let range = json!([units, units + value.len()]);
        let outcome = read_one(entry(&content, &range).to_string()).clean();
        assert_eq!(outcome.view(0).finding.secret, named, "{before}");
    }
}

#[test]
fn secrets_rule_051_a_range_that_fits_nothing_names_nothing() {
    for range in [
        json!([1, 4]),
        json!([4, 3]),
        json!([0, 99]),
        json!([3, 3]),
        json!([0]),
        json!("0-4"),
        json!(null),
    ] {
        let outcome = read_one(entry("🔑🔑x", &range).to_string()).clean();
        assert_eq!(outcome.view(0).finding.secret, None, "{range}");
        assert_eq!(outcome.secrets().len(), 1);
    }
    let outcome = read_one(entry("-----BEGIN PRIVATE KEY-----\n", &json!([0, 27])).to_string());
    assert_eq!(outcome.clean().view(0).finding.secret, None);
}

#[test]
fn secrets_rule_051_the_content_may_come_last_and_paths_are_relative() {
    let report = r#"[{"filePath":"/w/repo/a","sourceContentType":"text",
        "messages":[{"ruleId":"r","range":[0,8],"loc":{"start":{"line":1,"column":2}}}],
        "sourceContent":"abcdefgh"}]"#;
    let outcome = read_one(report).clean();
    assert!(outcome.view(0).finding.secret.is_some());
    assert_eq!(outcome.paths(), ["a"]);
    assert!(!outcome.everything().contains("abcdefgh"));
}

#[test]
fn secrets_rule_061_secretlint_lists_every_file_that_it_read() {
    let clean = r#"[{"filePath":"a","sourceContent":"","sourceContentType":"text","messages":[]}]"#;
    let outcome = read_one(clean).clean();
    assert_eq!(outcome.intake.runs[0].evidence, Evidence::Strong);
    read_one("[]").refused("report-needs-format");
    let outcome = read_as("secretlint", "[]").clean();
    let run = &outcome.intake.runs[0];
    assert_eq!(run.evidence, Evidence::Weak);
    assert!(run.is_exact());
}
