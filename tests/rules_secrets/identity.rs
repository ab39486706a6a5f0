//! Which secret is which, and how findings are called (S70 to S78, L9).

use krgate::model::{Evidence, SecretId};

use super::support::*;

fn ids(outcome: &Outcome) -> Vec<Option<SecretId>> {
    outcome.intake.findings.iter().map(|f| f.secret).collect()
}

#[test]
fn secrets_rule_070_without_a_project_key_output_does_not_depend_on_the_run() {
    let read = || {
        Bench::new()
            .with(gitleaks(&["abcdefgh", "ijklmnop", "abcdefgh"]))
            .within(|context| context.secret_key = None)
            .read()
    };
    let (one, two) = (read(), read());
    assert!(one.intake.secrets.is_empty(), "their key is random");
    assert_eq!(ids(&one)[0], ids(&one)[2]);
    assert_eq!(one.intake.ids, two.intake.ids, "finding ids do not use it");
    assert_eq!(one.everything(), two.everything());
}

#[test]
fn secrets_rule_070_with_a_project_key_the_secret_is_part_of_the_id() {
    let read = |secret: &str, key: Option<&[u8]>| {
        let outcome = Bench::new()
            .with(gitleaks(&[secret]))
            .within(|context| context.secret_key = key.map(<[u8]>::to_vec))
            .read();
        outcome.intake.ids[0]
    };
    let key: Option<&[u8]> = Some(b"0123456789abcdef");
    assert_ne!(read("abcdefgh", key), read("ijklmnop", key));
    assert_eq!(read("abcdefgh", None), read("ijklmnop", None));
}

#[test]
fn secrets_rule_072_and_075_tools_that_give_the_value_agree_on_the_secret() {
    let outcome = Bench::new()
        .with(gitleaks(&["abcdefgh"]))
        .with(trufflehog(" abcdefgh ", &serde_json::json!({})))
        .read()
        .clean();
    assert_eq!(ids(&outcome)[0], ids(&outcome)[1]);
    let secrets = outcome.secrets();
    assert_eq!((secrets.len(), secrets[0].occurrences()), (1, 2));
}

#[test]
fn secrets_rule_073_placeholders_name_nothing() {
    let placeholders = [
        "REDACTED",
        "",
        "****",
        "[REDACTED]",
        "[REDACTED:00ff]",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ];
    let outcome = read_one(gitleaks(&placeholders)).clean();
    assert!(ids(&outcome).iter().all(Option::is_none));
    assert_eq!(outcome.secrets().len(), placeholders.len());
    assert_eq!(outcome.paths()[0], "src/f0.py", "they blank nothing");
}

#[test]
fn secrets_rule_074_a_hash_is_a_reference_of_its_own_kind() {
    let hash = "7f6abb4018b2d53e22f110d32624d2d8e6d65e3e";
    let baseline = format!(
        r#"{{"plugins_used":[],"results":{{"a":[{{"type":"t","hashed_secret":"{hash}","line_number":1}}]}}}}"#
    );
    let outcome = Bench::new()
        .with(baseline)
        .with(gitleaks(&[hash]))
        .read()
        .clean();
    assert!(ids(&outcome)[0].is_some());
    assert_ne!(ids(&outcome)[0], ids(&outcome)[1]);
    assert!(!outcome.everything().contains(hash), "rule S71");
}

#[test]
fn secrets_rule_076_a_redacted_report_counts_places() {
    let outcome = read_one(gitleaks(&["REDACTED", "REDACTED"])).clean();
    let secrets = outcome.secrets();
    assert_eq!(secrets.len(), 2);
    assert!(secrets.iter().all(|secret| !secret.identified));
}

#[test]
fn hostile_g10_secrets_rule_078_two_reports_of_one_scan_are_not_counted_twice() {
    let secrets = ["abcdefgh", "ijklmnop"];
    let redacted = ["REDACTED", "REDACTED"];
    let outcome = Bench::new()
        .with(gitleaks(&secrets))
        .with(gitleaks(&redacted))
        .read()
        .clean();
    assert_eq!(outcome.secrets().len(), 2);
    assert!(!outcome.codes().contains(&"same-tool-twice"));
    // Neither identity nor position agree.
    let elsewhere = gitleaks(&redacted).replace("src/", "lib/");
    let outcome = Bench::new()
        .with(gitleaks(&secrets))
        .with(elsewhere)
        .read()
        .clean();
    assert_eq!(outcome.secrets().len(), 4);
    outcome.diagnostic("same-tool-twice");
}

#[test]
fn record_rule_l09_ids_ignore_line_and_commit_and_tell_equals_apart() {
    let report = gitleaks(&["REDACTED", "REDACTED"]);
    let one_file = report.replace("src/f1.py", "src/f0.py");
    let before = read_one(&one_file).clean().intake.ids;
    assert_ne!(before[0], before[1], "ordinals");
    let moved = one_file
        .replace("\"StartLine\":1", "\"StartLine\":41")
        .replace("\"StartLine\":2", "\"StartLine\":42")
        .replace("\"Commit\":\"\"", "\"Commit\":\"c0ffee\"");
    assert_eq!(read_one(moved).clean().intake.ids, before);
    // The other way round in the report: the same ids at the same places.
    let mut items: Vec<serde_json::Value> = serde_json::from_str(&one_file).unwrap();
    items.reverse();
    let turned = read_one(serde_json::to_string(&items).unwrap()).clean();
    assert_eq!(turned.intake.ids, [before[1], before[0]]);
    let elsewhere = one_file.replace("src/f0.py", "src/f9.py");
    assert_ne!(read_one(elsewhere).clean().intake.ids[0], before[0]);
}

#[test]
fn reading_twice_gives_the_same() {
    let read = || {
        Bench::new()
            .with(gitleaks(&["abcdefgh", "ijklmnop"]))
            .with(FINISHED)
            .with("{")
            .read()
    };
    assert_eq!(read().everything(), read().everything());
    assert_eq!(read().intake.runs[1].evidence, Evidence::Strong);
}
