//! gitleaks and Betterleaks 1 (S22 to S28, S52, S55 to S57).

use krgate::model::{Triage, Untrusted, Validity, Verification};
use serde_json::{Value, json};

use super::support::*;

/// An item of version 8 with these members changed; `null` leaves a member out.
fn item(changes: &Value) -> Value {
    let mut item = json!({
        "RuleID": "test-rule", "Description": "A test rule", "StartLine": 7, "EndLine": 8,
        "StartColumn": 5, "EndColumn": 9, "Match": "m", "Secret": "ghx_0123456789",
        "File": "src/a.py", "SymlinkFile": "", "Commit": "c0ffee", "Entropy": 3.5,
        "Author": "A", "Email": "a@example.com", "Date": "d", "Message": "m",
        "Tags": ["one", "two"], "Fingerprint": "f",
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            item.as_object_mut().unwrap().remove(name);
        } else {
            item[name] = value.clone();
        }
    }
    item
}

fn read_items(items: &[Value]) -> Outcome {
    read_one(serde_json::to_string(items).unwrap())
}

#[test]
fn as_gitleaks_itself_wrote_it() {
    for (file, with_commit, secrets) in [
        ("gitleaks.json", true, 2),
        ("gitleaks-dir.json", false, 2),
        ("gitleaks-redacted.json", true, 0),
    ] {
        let outcome = read_one(fixture(&format!("scanners/{file}"))).clean();
        assert_eq!(outcome.intake.findings.len(), 2, "{file}");
        let mut rules = [0, 1].map(|at| outcome.view(at).rule_id().raw());
        rules.sort_unstable();
        assert_eq!(rules, ["pay-database-password", "pay-session-key"]);
        assert_eq!(outcome.view(0).commit().is_some(), with_commit, "{file}");
        let named = outcome
            .intake
            .findings
            .iter()
            .filter(|f| f.secret.is_some());
        assert_eq!(named.count(), secrets, "{file}");
    }
    read_one(fixture("scanners/gitleaks-clean.json")).refused("report-needs-format");
    let clean = read_as("gitleaks", fixture("scanners/gitleaks-clean.json")).clean();
    assert!(clean.intake.findings.is_empty());
}

/// What was said of a rule before never stands for what is said now.
#[test]
fn a_rule_has_the_title_that_each_finding_gives_it() {
    // Twice the report has for a title what the text of the one before it is.
    let titles = [
        "A rule",
        "A rule",
        "A rule.",
        "A",
        "",
        "A \"rule\"",
        "A \"rule\"",
        "A \\\"rule\\\"",
        "A \"rule\"",
        "A\\trule",
        "A\trule",
        "A rule",
    ];
    let long = "long ".repeat(30);
    let titles: Vec<&str> = titles
        .into_iter()
        .chain([long.as_str(), long.trim()])
        .collect();
    // In the order in which gitleaks writes them: the rule before its title.
    let written = |between: &str| {
        let items = titles.iter().map(|title| {
            let title = serde_json::to_string(title).unwrap();
            [
                r#""RuleID": "test-rule""#.to_owned(),
                format!(r#""Description": {title}"#),
                r#""StartLine": 7"#.to_owned(),
                r#""Secret": "ghx_0123456789""#.to_owned(),
                format!(r#""Fingerprint": "{}""#, "f".repeat(60)),
            ]
            .join(&format!(",{between}"))
        });
        let items: Vec<String> = items.map(|item| format!("{{{between}{item}}}")).collect();
        format!("[{}]", items.join(","))
    };
    let [compact, indented] = ["", "\n  "].map(written);
    for text in [compact, indented] {
        let outcome = read_one(text).clean();
        let title = |at: usize| outcome.view(at).title().map_or("", |title| title.raw());
        let read: Vec<&str> = (0..titles.len()).map(title).collect();
        assert_eq!(read, titles);
    }
}

/// An empty text stays none where another report made it known: here by an empty tag.
#[test]
fn an_empty_field_is_absent_whatever_was_read_before() {
    let sarif = json!({
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "semgrep", "rules": [
                { "id": "r", "properties": { "tags": ["", "security"] } },
            ] } },
            "results": [{ "ruleId": "r", "message": { "text": "m" } }],
        }],
    });
    let empty = item(&json!({ "RuleID": "", "Description": "", "Commit": "" }));
    let outcome = Bench::new()
        .with(sarif.to_string())
        .with(json!([empty]).to_string())
        .read();
    assert!(outcome.view(0).tags().any(|tag| tag.raw().is_empty()));
    let view = outcome.view(1);
    assert_eq!(view.rule_id().raw(), "(no rule)");
    assert!(view.title().is_none() && view.commit().is_none());
}

/// Objects that nearly look alike, in one report: names that come, go and change places, and
/// white space that does.
#[test]
fn each_finding_is_read_by_its_own_names() {
    let whole = item(&json!({}));
    let without = item(&json!({ "Description": null, "Commit": null }));
    let more = item(&json!({ "Line": "x", "Another": { "RuleID": "inner", "Secret": "no" } }));
    let mut reversed = serde_json::Map::new();
    for (name, value) in whole.as_object().unwrap().iter().rev() {
        reversed.insert(name.clone(), value.clone());
    }
    let kinds = [whole, without, more, Value::Object(reversed)];
    let mut texts = Vec::new();
    for turn in 0..24 {
        let kind = &kinds[(turn / 3 + turn % 2) % kinds.len()];
        texts.push(if turn % 5 == 0 {
            serde_json::to_string_pretty(kind).unwrap()
        } else {
            serde_json::to_string(kind).unwrap()
        });
    }
    let outcome = read_one(format!("[{}]", texts.join(",\n"))).clean();
    assert_eq!(outcome.intake.findings.len(), texts.len());
    for (at, text) in texts.iter().enumerate() {
        let view = outcome.view(at);
        let wrote: Value = serde_json::from_str(text).unwrap();
        assert_eq!(view.rule_id().raw(), "test-rule");
        assert_eq!(
            view.title().map(Untrusted::raw),
            wrote["Description"].as_str()
        );
        assert_eq!(view.commit().map(Untrusted::raw), wrote["Commit"].as_str());
        assert_eq!(view.repo_path().unwrap().as_str(), "src/a.py");
        assert_eq!(view.line(), Some(7));
        assert!(view.finding.secret.is_some());
    }
    assert_eq!(outcome.intake.paths.len(), 1);
}

#[test]
fn the_fields_of_version_8() {
    let outcome = read_items(&[item(&json!({}))]).clean();
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "test-rule");
    assert_eq!(view.title().unwrap().raw(), "A test rule");
    assert_eq!(view.repo_path().unwrap().as_str(), "src/a.py");
    assert_eq!(view.line(), Some(7));
    assert_eq!(view.finding.region.column.unwrap().get(), 5);
    assert_eq!(view.commit().unwrap().raw(), "c0ffee");
    assert_eq!(view.finding.validity, Validity::NotAttempted);
    assert_eq!(view.finding.triage, Triage::Open);
    assert!(view.message().is_none() && view.tags().count() == 0);
    let run = &outcome.intake.runs[0];
    assert_eq!((run.alias.raw(), run.named), ("gitleaks", true));
    assert_eq!(run.verification, Verification::NotProven);
    assert_eq!(run.counts.with_line, 1);
    // Personal data and what may hold the secret is not kept.
    assert!(!outcome.everything().contains("example.com"));
}

#[test]
fn the_fields_of_version_7() {
    let old = json!([{
        "line": "k = old-secret-1", "lineNumber": 3, "offender": "old-secret-1", "commit": "c1",
        "rule": "Generic", "file": "a.txt", "tags": "key, Generic", "commitMessage": "m",
        "leakURL": "https://example.com/old-secret-1",
    }]);
    let outcome = read_one(old.to_string()).clean();
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "Generic");
    assert_eq!(
        (view.line(), view.shown_path().unwrap().raw()),
        (Some(3), "a.txt")
    );
    assert!(view.finding.secret.is_some());
}

#[test]
fn secrets_rule_023_tags_are_text_or_a_list() {
    let text = item(&json!({"Tags": "one, two"}));
    let outcome = read_items(&[text, item(&json!({"Tags": []}))]).clean();
    assert!(!outcome.codes().contains(&"item-wrong-type"));
}

#[test]
fn secrets_rule_024_a_redacted_prefix_is_no_identity_and_is_concealed() {
    let redacted = item(&json!({"Secret": "ghx_0123...", "File": "k/ghx_0123..."}));
    let outcome = read_items(&[redacted]).clean();
    assert!(outcome.view(0).finding.secret.is_none());
    assert_eq!(outcome.paths(), ["k/‹secret›"]);
}

#[test]
fn secrets_rule_025_an_empty_commit_is_none() {
    let outcome = read_items(&[item(&json!({"Commit": ""}))]).clean();
    assert!(outcome.view(0).commit().is_none());
}

#[test]
fn secrets_rule_027_a_template_with_the_whole_line_is_read() {
    let with_line = item(&json!({"Line": "token = ghx_0123456789"}));
    let outcome = read_items(&[with_line]).clean();
    assert!(!outcome.everything().contains("ghx_0123456789"));
    assert_eq!(outcome.intake.findings.len(), 1);
}

#[test]
fn secrets_rule_028_betterleaks_1_says_whether_a_secret_works() {
    let words = [
        ("valid", Validity::Active),
        ("invalid", Validity::Inactive),
        ("revoked", Validity::Inactive),
        ("unknown", Validity::Unknown),
        ("error", Validity::Unknown),
        ("needs_validation", Validity::Unsupported),
        ("none", Validity::NotAttempted),
        ("", Validity::NotAttempted),
    ];
    for (word, validity) in words {
        let outcome = read_items(&[
            item(&json!({"ValidationStatus": word})),
            item(&json!({"Secret": "other-secret"})),
        ])
        .clean();
        assert_eq!(outcome.view(0).finding.validity, validity, "{word}");
        assert_eq!(outcome.view(1).finding.validity, Validity::NotAttempted);
        let run = &outcome.intake.runs[0];
        assert_eq!(run.alias.raw(), "betterleaks");
        let tried = !matches!(word, "needs_validation" | "none" | "");
        assert_eq!(run.verification == Verification::Proven, tried, "{word}");
    }
    let attributes = item(&json!({"Attributes": {"git.sha": "x"}}));
    let outcome = read_items(&[attributes]).clean();
    assert_eq!(outcome.intake.runs[0].alias.raw(), "betterleaks");
}

#[test]
fn secrets_rule_028_the_entry_names_the_tool_that_content_does_not() {
    let outcome = Bench::new()
        .with_entry("[]", |expected| {
            expected.format = Some("gitleaks".to_owned());
            expected.tool = Some("betterleaks".to_owned());
        })
        .read()
        .clean();
    assert_eq!(outcome.intake.runs[0].alias.raw(), "betterleaks");
}

#[test]
fn secrets_rule_052_a_finding_needs_next_to_nothing() {
    let bare = json!([{"RuleID": "r", "StartLine": 1, "Secret": "abcdefgh"}]);
    let outcome = read_one(bare.to_string()).clean();
    assert_eq!(outcome.paths(), ["-"]);
    assert_eq!(outcome.secrets().len(), 1);
}

#[test]
fn secrets_rule_055_a_descriptive_field_of_the_wrong_type_is_absent() {
    let wrong = json!([{
        "RuleID": 1, "Secret": {"a": 1}, "File": ["private-x"], "StartLine": "7",
        "Description": null, "Commit": true,
    }]);
    let outcome = read_one(wrong.to_string()).clean();
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "(no rule)");
    assert_eq!((view.line(), view.commit().is_none()), (None, true));
    assert_eq!(outcome.paths(), ["-"]);
    let odd = outcome.diagnostic("item-wrong-type");
    assert_eq!(odd.count, 5);
    let (field, ..) = place(odd);
    assert!(field.unwrap().starts_with("[0]."));
    assert!(words(odd).contains("is not a"));
    assert!(!outcome.everything().contains("private-x"));
}

#[test]
fn secrets_rule_056_a_deciding_field_of_the_wrong_type_spoils_the_report() {
    let wrong = item(&json!({"ValidationStatus": true}));
    let outcome = read_items(&[item(&json!({})), wrong]);
    let refusal = outcome.refused("report-wrong-type");
    assert!(refusal.label.is_some());
}

#[test]
fn secrets_rule_057_an_unknown_word_counts_as_unknown() {
    let outcome = read_items(&[item(&json!({"ValidationStatus": "sparkling"}))]).clean();
    assert_eq!(outcome.view(0).finding.validity, Validity::Unknown);
    assert_eq!(outcome.diagnostic("unknown-validity-word").count, 1);
    assert!(!outcome.everything().contains("sparkling"));
}

#[test]
fn the_target_of_a_link_is_not_the_place_of_a_finding() {
    let linked = item(&json!({"SymlinkFile": "link/a.py", "File": "target/a.py"}));
    assert_eq!(read_items(&[linked]).clean().paths(), ["link/a.py"]);
}

#[test]
fn secrets_rule_080_paths_are_judged_as_they_are_and_shown_scrubbed() {
    let secret = item(&json!({"File": "src/ghx_0123456789/a.py"}));
    let outcome = read_items(&[secret]).clean();
    let view = outcome.view(0);
    assert_eq!(
        view.repo_path().unwrap().as_str(),
        "src/ghx_0123456789/a.py"
    );
    assert_eq!(view.shown_path().unwrap().raw(), "src/‹secret›/a.py");
    // Rule S88: no annotation names it.
    assert!(!view.path_can_be_linked());
}

#[test]
fn absolute_paths_below_a_root_become_those_of_the_repository() {
    let below = item(&json!({"File": "/w/repo/src/a.py"}));
    let outside = item(&json!({"File": "/etc/shadow"}));
    let outcome = read_items(&[below, outside]).clean();
    assert_eq!(outcome.paths(), ["src/a.py", "/etc/shadow"]);
    assert!(outcome.view(1).repo_path().is_none());
    assert_eq!(outcome.diagnostic("path-outside-repository").count, 1);
}

#[test]
fn numbers_that_no_reader_holds_spoil_the_report() {
    for number in ["99999999999999999999", "1e400", "-99999999999999999999"] {
        let content =
            format!(r#"[{{"RuleID":"r","Secret":"abcdefgh","StartLine":{number},"File":"f"}}]"#);
        let outcome = read_one(content);
        let refusal = outcome.refused("report-syntax");
        assert!(!words(refusal).contains(number));
    }
    for number in ["-1", "1.5", "4294967296"] {
        let content = format!(r#"[{{"RuleID":"r","Secret":"abcdefgh","StartLine":{number}}}]"#);
        let outcome = read_one(content).clean();
        assert_eq!(outcome.view(0).line(), None);
        outcome.diagnostic("item-wrong-type");
    }
}
