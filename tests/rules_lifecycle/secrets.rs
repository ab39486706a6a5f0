//! Secrets over time (rules L8, S70, S76, S79).

use krgate::ingest::key_check;
use serde_json::json;

use super::support::{KEY, as_it_is, baseline, letters, read, text};
use krgate::model::Baseline;

/// A gitleaks report of (value, path, line).
fn gitleaks(secrets: &[(&str, &str, u32)]) -> String {
    let list: Vec<_> = secrets
        .iter()
        .map(|(value, path, line)| {
            json!({
                "RuleID": "example-rule", "Description": "an example", "StartLine": line,
                "EndLine": line, "StartColumn": 1, "EndColumn": 9, "Match": value, "Secret": value,
                "File": path, "Commit": "", "Fingerprint": format!("{path}:example-rule:{line}"),
            })
        })
        .collect();
    json!(list).to_string()
}

const ONE: &str = "ghx_exampleexampleexample1";
const TWO: &str = "ghx_exampleexampleexample2";

#[test]
fn lifecycle_l08_with_a_key_a_secret_is_known_wherever_it_goes() {
    let old = read(&gitleaks(&[(ONE, "a.py", 3)]), Some(KEY));
    let baseline = baseline(old, None, Some(KEY));
    let now = gitleaks(&[(ONE, "b.py", 9), (TWO, "a.py", 3), (ONE, "a.py", 3)]);
    let compared = as_it_is(&baseline, &read(&now, Some(KEY)), Some(key_check(KEY)));
    assert_eq!(letters(&compared), "s.s");
    assert!(compared.gone.is_empty());
}

#[test]
fn secrets_rule_076_without_a_key_or_with_another_one_a_secret_is_known_by_its_place() {
    let old = || read(&gitleaks(&[(ONE, "a.py", 3)]), Some(KEY));
    let now = gitleaks(&[(ONE, "b.py", 9), (ONE, "a.py", 3)]);
    for (of_baseline, of_run) in [
        (None, None),
        (None, Some(KEY)),
        (Some(KEY), None),
        (Some(KEY), Some(b"another-example-key".as_slice())),
    ] {
        let baseline = baseline(old(), None, of_baseline);
        let head = read(&now, of_run);
        let compared = as_it_is(&baseline, &head, of_run.map(key_check));
        assert_eq!(letters(&compared), ".p");
    }
}

#[test]
fn secrets_rule_079_the_file_holds_no_secret_and_without_a_key_no_name_of_one() {
    let report = gitleaks(&[(ONE, "a.py", 3), (TWO, "ghx_exampleexampleexample2.txt", 3)]);
    let written = |key: Option<&[u8]>| {
        let intake = read(&report, key);
        text(&Baseline::of(intake, None, key.map(key_check)))
    };
    for text in [written(None), written(Some(KEY))] {
        assert!(!text.contains("ghx_"), "{text}");
        assert!(!text.contains("an example"), "{text}");
        assert!(!text.contains("prints"), "{text}");
    }
    assert!(!written(None).contains("\"secret\""));
    assert!(written(Some(KEY)).contains("\"secret\":\""));
    assert_eq!(written(None), written(None));
}
