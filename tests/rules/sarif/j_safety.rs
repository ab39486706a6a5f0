//! Section J: safety.

use krgate::diagnostic::Code;
use krgate::model::{Class, Level};
use serde_json::{Value, json};

use crate::support::{
    Report, Seen, bytes, context, log, merged, named_tool, one, read, read_bytes, read_reports,
    result, run,
};

/// A place with a snippet.
fn snippet(path: &str, text: &str) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": path},
        "region": {"startLine": 3, "startColumn": 7, "endColumn": 20, "snippet": {"text": text}}
    }})
}

fn results_of(tool: &str, overs: &[Value]) -> Seen {
    let results: Vec<_> = overs
        .iter()
        .map(|over| result(merged(json!({"level": "error"}), over.clone())))
        .collect();
    read(&log(&[run(
        json!({"tool": named_tool(tool, &[]), "results": results}),
    )]))
}

/// Members of a result that can hold the secret itself.
fn leaky() -> Value {
    let location = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": "src/a.c"},
            "region": {"startLine": 3, "snippet": {"text": "CANARY-snippet-000"}},
            "contextRegion": {"startLine": 2, "snippet": {"text": "CANARY-context"}}
        },
        "properties": {"validate_command": "curl CANARY-command", "x": "CANARY-location"},
        "message": {"text": "CANARY-location-message"}
    });
    json!({
        "message": {"text": "found CANARY-message", "markdown": "CANARY-markdown"},
        "locations": [location],
        "relatedLocations": [snippet("src/b.c", "CANARY-related")],
        "properties": {
            "secret": "CANARY-property", "match": ["CANARY-list"], "tags": ["CANARY-tag"]
        },
        "fixes": [{"description": {"text": "CANARY-fix"}}],
        "codeFlows": [{"message": {"text": "CANARY-flow"}}],
        "stacks": [{"message": {"text": "CANARY-stack"}}],
        "webRequest": {"body": {"text": "CANARY-body"}}
    })
}

const SECRET_TOOLS: [&str; 8] = [
    "gitleaks",
    "kingfisher",
    "trufflehog",
    "ggshield",
    "noseyparker-cli",
    "secretlint",
    "titus",
    "JFrog Secrets scanner",
];

#[test]
fn sarif_rule_111_nothing_that_can_hold_the_secret_is_kept() {
    for tool in SECRET_TOOLS {
        let seen = results_of(tool, &[leaky()]);
        let fact = seen.only();
        assert_eq!(fact.class, Class::Secrets, "{tool}");
        assert_eq!(
            fact.path.as_deref(),
            Some("src/a.c"),
            "{tool}: the place is kept"
        );
        assert_eq!(
            fact.message, None,
            "{tool}: the message is rule id and tool"
        );
        assert!(
            !seen.everything().contains("CANARY"),
            "{tool}: {}",
            seen.debug()
        );
    }
}

#[test]
fn sarif_rule_111_nor_rule_texts_of_trivy() {
    let rule = json!({
        "id": "R1", "name": "Secret",
        "shortDescription": {"text": "A token"},
        "fullDescription": {"text": "CANARY-full"},
        "help": {"text": "CANARY-help", "markdown": "CANARY-help-markdown"},
        "properties": {"tags": ["secret"], "extra": "CANARY-extra"}
    });
    let over = json!({"tool": named_tool("Trivy", &[rule]), "results": [result(leaky())]});
    let seen = read(&log(&[run(over)]));
    assert_eq!(seen.only().class, Class::Secrets);
    assert!(!seen.everything().contains("CANARY"), "{}", seen.debug());
}

#[test]
fn sarif_rule_111_the_tool_may_come_after_the_results() {
    let tool = named_tool("gitleaks", &[json!({"id": "R1"})]);
    let results = json!([result(merged(leaky(), json!({"level": "error"})))]);
    let first = format!(r#""tool": {tool}, "results": {results}"#);
    let last = format!(r#""results": {results}, "tool": {tool}"#);
    let read =
        |order: &str| read_bytes(format!(r#"{{"version": "2.1.0", "runs": [{{{order}}}]}}"#));
    let (first, last) = (read(&first), read(&last));
    assert!(!last.everything().contains("CANARY"), "{}", last.debug());
    assert_eq!(last.debug(), first.debug(), "the order changes nothing");
    assert!(last.only().secret.is_some(), "its snippet names it");
}

#[test]
fn sarif_rule_111_a_semgrep_result_read_as_secrets_keeps_no_message() {
    let expected = krgate::ingest::Expected {
        class: Some(Class::Secrets),
        ..Default::default()
    };
    let over = json!({"tool": named_tool("Unheard Of", &[]), "results": [result(leaky())]});
    let seen = crate::support::read_expecting(&log(&[run(over)]), expected);
    assert_eq!(seen.only().class, Class::Secrets);
    assert!(!seen.everything().contains("CANARY"), "{}", seen.debug());
}

#[test]
fn sarif_rule_111_other_classes_keep_the_message_and_no_snippet_or_property() {
    let seen = results_of("CodeQL", &[leaky()]);
    assert_eq!(seen.only().message.as_deref(), Some("found CANARY-message"));
    assert_eq!(seen.only().tags, ["CANARY-tag"], "a tag is for filters");
    let all = seen.everything().replace("found CANARY-message", "");
    let all = all.replace("CANARY-tag", "");
    assert!(
        !all.contains("CANARY"),
        "kept for no class: {}",
        seen.debug()
    );
}

#[test]
fn sarif_rule_111_the_snippet_names_the_secret_for_gitleaks_and_kingfisher() {
    let at = |path: &str, text: &str| json!({"locations": [snippet(path, text)]});
    for tool in ["gitleaks", "kingfisher"] {
        let seen = results_of(
            tool,
            &[
                at("src/a.c", "ghx_first000000000"),
                at("src/b.c", "ghx_first000000000"),
                at("src/a.c", "  ghx_first000000000 "),
                at("src/a.c", "ghx_second00000000"),
            ],
        );
        let secrets: Vec<_> = seen.facts().iter().map(|f| f.secret).collect();
        assert!(secrets.iter().all(Option::is_some), "{tool}: {secrets:?}");
        assert_eq!(secrets[0], secrets[1], "{tool}: one value, one secret");
        assert_eq!(secrets[0], secrets[2], "{tool}: ASCII space is trimmed");
        assert_ne!(
            secrets[0], secrets[3],
            "{tool}: another value, another secret"
        );
        assert!(
            !seen.everything().contains("ghx_"),
            "{tool}: {}",
            seen.debug()
        );
    }
    let by_tool = |tool| {
        results_of(tool, &[at("src/a.c", "ghx_first000000000")])
            .only()
            .secret
    };
    assert_eq!(by_tool("gitleaks"), by_tool("kingfisher"), "over all tools");
    for tool in ["ggshield", "secretlint", "trufflehog", "titus"] {
        assert_eq!(by_tool(tool), None, "{tool}: its snippet is wiped");
    }
}

#[test]
fn sarif_rule_111_only_the_snippet_of_the_first_location_counts() {
    let locations = json!([
        {"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}}},
        snippet("src/b.c", "ghx_second00000000")
    ]);
    let seen = results_of("gitleaks", &[json!({ "locations": locations })]);
    assert_eq!(seen.only().secret, None, "{seen}");
    assert!(!seen.everything().contains("ghx_"));
}

#[test]
fn sarif_rule_111_placeholders_name_no_secret() {
    for text in ["REDACTED", "", "****", "[REDACTED]", "  ", "ghx_abc..."] {
        let over = json!({"locations": [snippet("src/a.c", text)]});
        assert_eq!(
            results_of("gitleaks", &[over]).only().secret,
            None,
            "{text:?}"
        );
    }
}

#[test]
fn sarif_rule_111_a_kept_text_that_holds_the_snippet_is_scrubbed() {
    let path = "conf/ghx_first000000000.yml";
    let over = json!({"locations": [snippet(path, "ghx_first000000000")]});
    let seen = results_of("gitleaks", &[over]);
    let fact = seen.only();
    assert_eq!(fact.shown.as_deref(), Some("conf/‹secret›.yml"));
    assert_eq!(fact.path.as_deref(), Some(path), "scopes see the real path");
    assert!(
        seen.intake.views().all(|view| !view.path_can_be_linked()),
        "no annotation"
    );
}

#[test]
fn sarif_rule_111_scrubbing_reaches_the_other_reports() {
    let secret = log(&[run(json!({
        "tool": named_tool("gitleaks", &[]),
        "results": [result(json!({"locations": [snippet("a", "ghx_first000000000")]}))]
    }))]);
    let other = one(result(
        json!({"message": {"text": "leaks ghx_first000000000 here"}}),
    ));
    for order in [[&secret, &other], [&other, &secret]] {
        let reports: Vec<_> = order
            .iter()
            .enumerate()
            .map(|(n, document)| Report::new(&format!("{n}.sarif"), bytes(document)))
            .collect();
        let seen = read_reports(&reports, &context());
        assert_eq!(seen.counted().len(), 2, "{seen}");
        assert!(!seen.everything().contains("ghx_first"), "{}", seen.debug());
    }
}

/// A small document in which a marked place of each decoded object can get more members.
fn marked() -> String {
    concat!(
        r#"{"version": "2.1.0"@log@, "runs": [{@run@"tool": {@tool@"driver": {@component@"#,
        r#""name": "CodeQL", "rules": [{@rule@"id": "R1", "#,
        r#""defaultConfiguration": {"level": "error"}}]}},"#,
        r#" "invocations": [{@invocation@"executionSuccessful": true}],"#,
        r#" "results": [{@result@"ruleId": "R1", "message": {"text": "m"},"#,
        r#" "codeFlows": [{@skipped@"threadFlows": []}]}]}]}"#
    )
    .to_owned()
}

fn fill(place: &str, members: &str) -> String {
    let mut text = marked().replace(&format!("@{place}@"), members);
    for other in [
        "log",
        "run",
        "tool",
        "component",
        "rule",
        "invocation",
        "result",
        "skipped",
    ] {
        text = text.replace(&format!("@{other}@"), "");
    }
    text
}

#[test]
fn sarif_rule_112_a_member_twice_in_a_decoded_object_refuses_the_file() {
    assert_eq!(
        read_bytes(fill("", "")).only().level,
        Level::Error,
        "the plain one"
    );
    for (place, members) in [
        ("log", r#", "version": "2.1.0""#),
        ("log", r#", "runs": []"#),
        ("run", r#""results": [], "#),
        ("run", r#""tool": {"driver": {"name": "gitleaks"}}, "#),
        ("tool", r#""driver": {"name": "gitleaks"}, "#),
        ("component", r#""name": "gitleaks", "#),
        ("component", r#""rules": [], "#),
        ("rule", r#""id": "R2", "#),
        ("rule", r#""defaultConfiguration": {"level": "note"}, "#),
        ("invocation", r#""executionSuccessful": false, "#),
        ("result", r#""ruleId": "R2", "#),
        ("result", r#""level": "none", "level": "error", "#),
        ("result", r#""kind": "pass", "kind": "fail", "#),
        ("result", r#""suppressions": [], "suppressions": [{}], "#),
    ] {
        let seen = read_bytes(fill(place, members));
        seen.assert_refused(Code::ReportDuplicateKey);
    }
}

#[test]
fn sarif_rule_112_an_escape_does_not_hide_the_twin() {
    for (place, members) in [
        ("result", r#""level": "none", "\u006cevel": "error", "#),
        ("result", r#""rule\u0049d": "R2", "#),
        ("log", r#", "\u0076ersion": "2.0.0""#),
        ("invocation", r#""\u0065xecutionSuccessful": false, "#),
    ] {
        let seen = read_bytes(fill(place, members));
        seen.assert_refused(Code::ReportDuplicateKey);
    }
}

#[test]
fn sarif_rule_112_also_a_member_that_is_not_known() {
    for place in ["run", "tool", "component", "rule", "invocation", "result"] {
        let seen = read_bytes(fill(place, r#""x": 1, "x": 2, "#));
        seen.assert_refused(Code::ReportDuplicateKey);
        let seen = read_bytes(fill(place, r#""x": 1, "X": 2, "#));
        assert_eq!(
            seen.only().level,
            Level::Error,
            "{place}: not the same name"
        );
    }
}

#[test]
fn sarif_rule_112_parts_that_are_skipped_are_held_to_grammar_alone() {
    let seen = read_bytes(fill("skipped", r#""x": 1, "x": 2, "#));
    assert_eq!(seen.only().level, Level::Error, "{seen}");
    for broken in [
        r#""x": 01, "#,
        r#""x": NaN, "#,
        r#""x": [1,], "#,
        "\"x\": \"\u{1}\", ",
    ] {
        let seen = read_bytes(fill("skipped", broken));
        seen.assert_refused(Code::ReportSyntax);
    }
}

/// Nested arrays that many levels deep.
fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn sarif_rule_113_nesting_beyond_the_limit_refuses_the_file() {
    for place in [
        "run",
        "tool",
        "component",
        "rule",
        "invocation",
        "result",
        "skipped",
    ] {
        for member in ["properties", "x"] {
            let members = |depth| format!("\"{member}\": {}, ", nested(depth));
            let fine = read_bytes(fill(place, &members(100)));
            assert_eq!(fine.only().level, Level::Error, "{place} {member}: {fine}");
            for depth in [129, 1_000, 100_000] {
                let seen = read_bytes(fill(place, &members(depth)));
                seen.assert_refused(Code::ReportTooDeep);
            }
        }
    }
    let seen = read_bytes(fill("log", &format!(", \"properties\": {}", nested(129))));
    seen.assert_refused(Code::ReportTooDeep);
    read_bytes(nested(100_000)).assert_refused(Code::ReportTooDeep);
    let objects = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let seen = read_bytes(fill("result", &format!("\"x\": {objects}, ")));
    seen.assert_refused(Code::ReportTooDeep);
}

#[test]
fn sarif_rule_113_brackets_in_a_string_are_no_nesting() {
    let text = "[{".repeat(5_000);
    let seen = read_bytes(fill("result", &format!("\"x\": \"{text}\", ")));
    assert_eq!(seen.only().level, Level::Error);
}

#[test]
fn sarif_rule_113_an_element_beyond_the_limit_refuses_the_file() {
    let big = |size: usize| bytes(&one(result(json!({"message": {"text": "x".repeat(size)}}))));
    let mut context = context();
    context.limits.item_bytes = 10_000;
    let read = |size| read_reports(&[Report::new("r.sarif", big(size))], &context);
    assert_eq!(read(9_000).counted().len(), 1);
    read(11_000).assert_refused(Code::ItemTooLarge);
    let rule = json!({"id": "R1", "help": {"text": "x".repeat(11_000)}});
    let document = crate::support::ruled(rule, result(json!({})));
    let seen = read_reports(&[Report::new("r.sarif", bytes(&document))], &context);
    seen.assert_refused(Code::ItemTooLarge);
    // Many small ones are no large one.
    let many: Vec<_> = std::iter::repeat_n(result(json!({})), 500).collect();
    let document = log(&[run(json!({ "results": many }))]);
    let seen = read_reports(&[Report::new("r.sarif", bytes(&document))], &context);
    assert_eq!(seen.counted().len(), 500);
}
