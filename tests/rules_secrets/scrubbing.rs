//! No raw value leaves (S80 to S85).

use serde_json::json;

use super::support::*;

#[test]
fn secrets_rule_082_values_of_one_report_are_scrubbed_from_all() {
    let other = json!([{
        "RuleID": "finds ghx_0123456789 often", "Description": "like ghx_0123456789",
        "StartLine": 1, "Secret": "another-one", "File": "keys/ghx_0123456789.txt",
        "Commit": "ghx_0123456789",
    }]);
    // The value comes in the report that is read last.
    let outcome = Bench::new()
        .with(other.to_string())
        .with(gitleaks(&["ghx_0123456789"]))
        .read()
        .clean();
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "finds ‹secret› often");
    assert_eq!(view.title().unwrap().raw(), "like ‹secret›");
    assert_eq!(view.shown_path().unwrap().raw(), "keys/‹secret›.txt");
    assert_eq!(view.commit().unwrap().raw(), "‹secret›");
}

#[test]
fn secrets_rule_082_a_refused_report_s_values_are_scrubbed_too() {
    let broken = gitleaks(&["ghx_0123456789"]);
    let broken = &broken[..broken.len() - 1];
    let other = gitleaks(&["another-one"]).replace("src/f0.py", "src/ghx_0123456789");
    let outcome = Bench::new().with(broken).with(other).read();
    assert_eq!(outcome.errors(), ["report-truncated"]);
    assert_eq!(outcome.paths(), ["src/‹secret›"]);
}

#[test]
fn secrets_rule_082_tool_versions_and_parts_of_secrets() {
    let log = json!({
        "level": "info", "logger": "trufflehog", "msg": "finished scanning",
        "trufflehog_version": "3.97 part-one-of-it",
    });
    let line = trufflehog(
        "whole-value-raw",
        &json!({
            "RawV2": "whole-value-v2",
            "SecretParts": {"key": "part-one-of-it", "secret": "part-two-of-it"},
            "DetectorDescription": "whole-value-raw whole-value-v2 part-two-of-it",
        }),
    );
    let outcome = read_one(format!("{line}{log}\n")).clean();
    let run = &outcome.intake.runs[0];
    assert_eq!(run.version.as_ref().unwrap().raw(), "3.97 ‹secret›");
    assert_eq!(
        outcome.view(0).title().unwrap().raw(),
        "‹secret› ‹secret› ‹secret›"
    );
}

#[test]
fn secrets_rule_083_a_secret_of_one_letter_blanks_nothing() {
    let outcome = read_one(gitleaks(&["a", "src", "test"])).clean();
    assert_eq!(outcome.paths(), ["src/f0.py", "src/f1.py", "src/f2.py"]);
    // Four letters are a secret as a word.
    assert_eq!(outcome.view(0).rule_id().raw(), "‹secret›-rule");
    assert_eq!(outcome.view(0).title().unwrap().raw(), "A ‹secret› rule");
}

#[test]
fn filters_see_a_rule_as_it_is_though_a_secret_blanks_it_in_outputs() {
    // Otherwise a planted "secret" with the name of a rule would take that rule's findings
    // out of every key result that selects by rule.
    let outcome = read_one(gitleaks(&["test-rule"])).clean();
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "‹secret›");
    assert_eq!(view.rule_for_filters(), "test-rule");
    assert!(!outcome.everything().contains("test-rule"));
    let other = read_one(gitleaks(&["abcdefgh"])).clean();
    assert_eq!(other.view(0).rule_for_filters(), "test-rule");
}

#[test]
fn filters_see_a_tag_as_it_is_though_a_secret_blanks_it_in_outputs() {
    let sarif = json!({"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "Unheard of", "rules": [
            {"id": "x", "properties": {"tags": ["security", "other"]}},
        ]}},
        "results": [{"ruleId": "x", "message": {"text": "m"}}],
    }]});
    let outcome = Bench::new()
        .with(sarif.to_string())
        .with(gitleaks(&["security"]))
        .read()
        .clean();
    let view = outcome.view(0);
    let tags: Vec<&str> = view.tags().map(krgate::model::Untrusted::raw).collect();
    assert_eq!(tags, ["other", "‹secret›"]);
    assert!(view.has_tag("security") && view.has_tag("other"));
    assert!(!view.has_tag("‹secret›") && !view.has_tag("secure"));
}

#[test]
fn a_secret_with_the_name_of_a_tool_does_not_hide_the_tool() {
    let outcome = read_one(gitleaks(&["gitleaks"])).clean();
    assert_eq!(outcome.intake.runs[0].alias.raw(), "gitleaks");
    assert_eq!(outcome.intake.runs[0].name.raw(), "gitleaks");
}

#[test]
fn secrets_rule_085_errors_say_where_and_never_what() {
    let value = "ghx_0123456789";
    let broken = [
        format!(r#"[{{"RuleID":"r","StartLine":1,"Secret":"{value}" "File":1}}]"#),
        format!(r#"[{{"RuleID":"r","StartLine":{value},"Secret":"x"}}]"#),
        format!(
            r#"[{{"RuleID":"r","StartLine":1,"Secret":"{value}","ValidationStatus":["{value}"]}}]"#
        ),
        format!(r#"{{"SourceMetadata":{{}},"DetectorName":"d","Verified":"{value}"}}"#),
        format!("{value}\n{value}\n"),
        format!(r#"{{"{value}":1}}"#),
    ];
    for content in broken {
        let outcome = read_one(&content);
        assert_eq!(outcome.errors().len(), 1, "{content}");
        assert!(!outcome.everything().contains(value), "{content}");
    }
}

#[test]
fn secrets_rule_081_debug_of_everything_shows_no_value() {
    let secrets = [
        "first-secret",
        "second%20secret",
        "-----BEGIN X-----\nlinelineline\n",
    ];
    let report = gitleaks(&secrets).replace("src/f0", "first-secret/linelineline/second secret");
    let outcome = read_one(report).clean();
    let everything = outcome.everything();
    for value in ["first-secret", "second secret", "second%20", "linelineline"] {
        let real_path = everything.matches("repo: Other").count();
        assert!(real_path > 0);
        let shown = outcome.paths().join(" ");
        assert!(!shown.contains(value), "{value}");
    }
}
