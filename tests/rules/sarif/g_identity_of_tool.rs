//! Section G: CWE, validity, identity of the tool.

use krgate::diagnostic::Code;
use krgate::ingest::{Expected, ExtraTool};
use krgate::model::{Class, RunStatus, Validity};
use serde_json::{Value, json};

use crate::support::{
    Report, Seen, bytes, context, log, merged, named_tool, one, place, read, read_expecting,
    read_reports, result, ruled, run, without,
};

fn cwe_of_rule(over: Value) -> Vec<u32> {
    read(&ruled(merged(json!({"id": "R1"}), over), result(json!({}))))
        .only()
        .cwe
}

fn cwe_of_result(over: Value) -> Vec<u32> {
    read(&one(result(over))).only().cwe
}

#[test]
fn sarif_rule_086_cwe_in_tags() {
    for (tags, expected) in [
        (json!(["external/cwe/cwe-079"]), vec![79]),
        (json!(["external/cwe/cwe-1004", "security"]), vec![1004]),
        (json!(["CWE-79"]), vec![79]),
        (json!(["CWE-79: Cross-site scripting"]), vec![79]),
        (
            json!(["CWE-352", "external/cwe/cwe-022", "CWE-22"]),
            vec![22, 352],
        ),
        (json!(["external/cwe/cwe-"]), vec![]),
        (json!(["CWE-"]), vec![]),
        (json!(["CWE-79x"]), vec![]),
        (json!(["OWASP-79", "79", "cve-2024-79"]), vec![]),
        (json!([5, null, "CWE-79"]), vec![79]),
        (json!("CWE-79"), vec![]),
        (json!(null), vec![]),
    ] {
        let got = cwe_of_rule(json!({"properties": { "tags": tags }}));
        if tags.is_array() || tags.is_null() {
            assert_eq!(got, expected, "{tags}");
        }
    }
}

#[test]
fn sarif_rule_086_cwe_in_the_property() {
    for (cwe, expected) in [
        (json!("CWE-327: Use of a broken algorithm"), vec![327]),
        (json!("CWE-327"), vec![327]),
        (json!(["CWE-327: text", "CWE-79"]), vec![79, 327]),
        (json!("120, 129"), vec![120, 129]),
        (json!("120"), vec![120]),
        (json!("007"), vec![7]),
        (json!(["CWE-0079", "CWE-79"]), vec![79]),
        (json!("none"), vec![]),
        (json!({}), vec![]),
        (json!(null), vec![]),
    ] {
        let properties = json!({"properties": { "cwe": cwe }});
        assert_eq!(cwe_of_rule(properties.clone()), expected, "rule: {cwe}");
        assert_eq!(cwe_of_result(properties), expected, "result: {cwe}");
    }
}

#[test]
fn sarif_rule_086_cwe_in_relationships_and_taxa() {
    let target = |id: &str| json!({"id": id, "toolComponent": {"name": "CWE"}});
    for (id, expected) in [
        ("CWE-120", vec![120]),
        ("22", vec![22]),
        ("0022", vec![22]),
        ("x", vec![]),
    ] {
        let relationships = json!({"relationships": [{"target": target(id)}]});
        assert_eq!(cwe_of_rule(relationships), expected, "relationship: {id}");
        let taxa = json!({"taxa": [target(id)]});
        assert_eq!(cwe_of_result(taxa), expected, "taxon: {id}");
    }
}

#[test]
fn sarif_rule_086_all_sources_make_one_sorted_set() {
    let rule = json!({
        "id": "R1",
        "properties": {"tags": ["external/cwe/cwe-502", "CWE-79"], "cwe": "CWE-22"},
        "relationships": [{"target": {"id": "CWE-352", "toolComponent": {"name": "CWE"}}}]
    });
    let own = json!({
        "properties": {"cwe": ["CWE-22", "CWE-1"]},
        "taxa": [{"id": "89", "toolComponent": {"name": "CWE"}}]
    });
    let fact = read(&ruled(rule.clone(), result(own))).only();
    assert_eq!(fact.cwe, [1, 22, 79, 89, 352, 502]);
    let plain = read(&ruled(rule, result(json!({})))).only();
    assert_eq!(plain.cwe, [22, 79, 352, 502], "the result's are its own");
}

#[test]
fn sarif_rule_086_the_rule_id_of_veracode() {
    let of = |tool: &str, id: &str| {
        let over = json!({
            "tool": named_tool(tool, &[]), "results": [result(json!({ "ruleId": id }))]
        });
        read(&log(&[run(over)])).only().cwe
    };
    let veracode = "Veracode Static Analysis Pipeline Scan";
    assert_eq!(of(veracode, "327"), [327]);
    assert_eq!(of(veracode, "CWE-80"), [80]);
    assert_eq!(of(veracode, "x"), [0; 0]);
    assert_eq!(of("CodeQL", "327"), [0; 0], "only there");
}

#[test]
fn sarif_rule_087_other_taxonomies_are_no_cwe() {
    for component in [
        json!({"name": "NIST"}),
        json!({"name": "OWASP"}),
        json!({"name": "CWE-like"}),
        json!({"name": "cve"}),
        json!({}),
        json!(null),
    ] {
        let target = json!({"id": "79", "toolComponent": component});
        let relationships = json!({"relationships": [{"target": target}]});
        assert_eq!(cwe_of_rule(relationships), [0; 0], "{component}");
        let taxa = json!({"taxa": [{"id": "CM-3 (5)", "toolComponent": component}]});
        assert_eq!(cwe_of_result(taxa), [0; 0], "{component}");
    }
}

fn of_tool(name: &str, over: Value) -> Seen {
    let base = json!({"tool": named_tool(name, &[]), "results": [result(over)]});
    read(&log(&[run(base)]))
}

#[test]
fn sarif_rule_088_trufflehog_tells_by_level() {
    for (level, validity) in [
        ("error", Validity::Active),
        ("warning", Validity::NotAttempted),
        ("note", Validity::NotAttempted),
    ] {
        let fact = of_tool("trufflehog", json!({ "level": level })).only();
        assert_eq!(fact.class, Class::Secrets);
        assert_eq!(fact.validity, validity, "{level}");
    }
}

fn kingfisher(properties: Value) -> Seen {
    let location = merged(place("src/a.c", 3), json!({ "properties": properties }));
    of_tool(
        "kingfisher",
        json!({"kind": "review", "level": "error", "locations": [location]}),
    )
}

#[test]
fn sarif_rule_088_kingfisher_tells_by_a_property_of_the_location() {
    for (key, word, validity) in [
        ("validation_outcome", "active", Validity::Active),
        ("validation_outcome", "inactive", Validity::Inactive),
        (
            "validation_outcome",
            "not_attempted",
            Validity::NotAttempted,
        ),
        ("validation_outcome", "assumed", Validity::NotAttempted),
        ("validation_outcome", "invalid_material", Validity::Unknown),
        ("validation_outcome", "locally_derived", Validity::Unknown),
        ("validation_outcome", "brand new word", Validity::Unknown),
        ("validation_status", "Active Credential", Validity::Active),
        (
            "validation_status",
            "Inactive Credential",
            Validity::Inactive,
        ),
        ("validation_status", "Not Attempted", Validity::NotAttempted),
        ("validation_status", "Something", Validity::Unknown),
    ] {
        let seen = kingfisher(json!({ key: word }));
        assert_eq!(seen.only().validity, validity, "{key}: {word}");
    }
    assert_eq!(
        kingfisher(json!({})).only().validity,
        Validity::NotAttempted
    );
    let both = json!({"validation_outcome": "inactive", "validation_status": "Active Credential"});
    assert_eq!(
        kingfisher(both).only().validity,
        Validity::Inactive,
        "the newer one"
    );
}

#[test]
fn sarif_rule_088_every_other_tool_has_not_tried() {
    for tool in ["gitleaks", "ggshield", "titus", "JFrog Secrets scanner"] {
        let location = merged(
            place("src/a.c", 3),
            json!({"properties": {"validation_outcome": "active"}}),
        );
        let over = json!({
            "level": "error", "locations": [location],
            "properties": {"tokenValidation": "Active", "validity": "Active"}
        });
        assert_eq!(
            of_tool(tool, over).only().validity,
            Validity::NotAttempted,
            "{tool}"
        );
    }
}

#[test]
fn sarif_rule_089_the_json_and_the_sarif_of_one_scan_are_both_read() {
    let sarif = log(&[run(json!({
        "tool": named_tool("gitleaks", &[]), "results": [result(json!({"ruleId": "g1"}))]
    }))]);
    let native = json!([{
        "RuleID": "g2", "Description": "d", "StartLine": 9, "EndLine": 9, "StartColumn": 1,
        "EndColumn": 5, "Match": "REDACTED", "Secret": "REDACTED", "File": "src/b.c",
        "SymlinkFile": "", "Commit": "", "Entropy": 3.1, "Author": "", "Email": "", "Date": "",
        "Message": "", "Tags": [], "Fingerprint": "src/b.c:g2:9"
    }]);
    let seen = read_reports(
        &[
            Report::new("a.sarif", bytes(&sarif)),
            Report::new("b.json", bytes(&native)),
        ],
        &context(),
    );
    assert_eq!(seen.intake.runs.len(), 2, "{seen}");
    assert_eq!(seen.counted().len(), 2, "{seen}");
    assert_eq!(seen.of(Code::SameToolTwice).count(), 1, "{seen}");
}

fn unnamed() -> Vec<(&'static str, Value)> {
    vec![
        ("no tool", without(run(json!({})), "tool")),
        ("null tool", run(json!({"tool": null}))),
        ("no driver", run(json!({"tool": {}}))),
        ("no name", run(json!({"tool": {"driver": {}}}))),
        ("null", run(json!({"tool": {"driver": {"name": null}}}))),
        ("empty", run(json!({"tool": {"driver": {"name": ""}}}))),
        ("spaces", run(json!({"tool": {"driver": {"name": "  "}}}))),
        ("a number", run(json!({"tool": {"driver": {"name": 5}}}))),
        ("an object", run(json!({"tool": {"driver": {"name": {}}}}))),
    ]
}

#[test]
fn sarif_rule_090_a_run_without_a_name_counts_and_is_not_believed() {
    for (what, run) in unnamed() {
        let run = merged(run, json!({"results": [result(json!({"level": "error"}))]}));
        let seen = read(&log(&[run]));
        assert_eq!(seen.counted().len(), 1, "{what}: its findings count");
        assert_eq!(seen.run().name.raw(), "(unnamed)", "{what}");
        assert!(!seen.run().named, "{what}");
        assert!(!seen.run().believed, "{what}: not believed when clean");
        assert!(!seen.run().is_exact(), "{what}");
        assert_eq!(seen.count(Code::SarifToolUnnamed), 1, "{what}: {seen}");
        assert_eq!(seen.statuses(), [RunStatus::Ok], "{what}: {seen}");
    }
    let named = read(&log(&[run(json!({}))]));
    assert!(named.run().named && named.run().believed);
    assert_eq!(named.count(Code::SarifToolUnnamed), 0);
}

#[test]
fn sarif_rule_090_success_does_not_name_it() {
    let invocations = json!([{"executionSuccessful": true}]);
    let base = json!({"tool": {"driver": {}}, "invocations": invocations});
    let seen = read(&log(&[run(base)]));
    assert!(!seen.run().believed, "strong needs a named tool: {seen}");
}

#[test]
fn sarif_rule_090_the_entry_can_name_it() {
    for (what, run) in unnamed() {
        let expected = Expected {
            tool: Some("bandit".to_owned()),
            ..Expected::default()
        };
        let seen = read_expecting(&log(&[run]), expected);
        let run = seen.run();
        assert_eq!(run.alias.raw(), "bandit", "{what}");
        assert!(run.named && run.believed, "{what}: {seen}");
        assert_eq!(
            run.class,
            Some(Class::Sast),
            "{what}: the class of the name"
        );
    }
}

fn tool_of(name: &str, expected: Expected) -> Seen {
    let over = json!({
        "tool": named_tool(name, &[]), "results": [result(json!({"level": "error"}))]
    });
    read_expecting(&log(&[run(over)]), expected)
}

#[test]
fn sarif_rule_090_the_whole_name_is_looked_up_without_case() {
    for (name, alias, class) in [
        ("CodeQL", "codeql", Some(Class::Sast)),
        ("codeql", "codeql", Some(Class::Sast)),
        (
            "  CodeQL command-line toolchain ",
            "codeql",
            Some(Class::Sast),
        ),
        ("🐸 JFrog SAST", "jfrog-sast", Some(Class::Sast)),
        ("--gitleaks", "gitleaks", Some(Class::Secrets)),
        ("Snyk Container", "snyk-container", Some(Class::Container)),
        ("Trivy", "trivy", None),
        ("Grype", "grype", Some(Class::Sca)),
        ("ESLint", "eslint", Some(Class::Other)),
        ("OWASP ZAP", "zap", Some(Class::Dast)),
        ("FOSSA", "fossa", Some(Class::License)),
        ("KICS", "kics", Some(Class::Iac)),
    ] {
        let seen = tool_of(name, Expected::default());
        assert_eq!(seen.run().alias.raw(), alias, "{name}");
        assert_eq!(seen.run().class, class, "{name}");
        assert_eq!(seen.run().name.raw(), name, "as written");
        assert_eq!(seen.count(Code::ToolClassUnknown), 0, "{name}");
    }
    for name in [
        "not CodeQL",
        "CodeQL 2",
        "CodeQLx",
        "gitleaks-fork",
        "my trivy",
    ] {
        let seen = tool_of(name, Expected::default());
        assert_eq!(seen.run().class, Some(Class::Other), "{name}");
        assert_eq!(seen.only().class, Class::Other, "{name}");
        assert_eq!(seen.count(Code::ToolClassUnknown), 1, "{name}: {seen}");
        assert!(
            seen.words(Code::ToolClassUnknown).contains(name),
            "{name} is named"
        );
    }
}

fn class(class: Class) -> Expected {
    Expected {
        class: Some(class),
        ..Expected::default()
    }
}

#[test]
fn sarif_tool_class_the_entry_declares_what_the_table_leaves_open() {
    for (name, declared, expected, code) in [
        ("acme-scan", Class::Sast, Class::Sast, None),
        ("ESLint", Class::Sast, Class::Sast, None),
        ("shellcheck", Class::Sast, Class::Sast, None),
        ("Grype", Class::Container, Class::Container, None),
        ("Grype", Class::Sca, Class::Sca, None),
        (
            "gitleaks",
            Class::Sast,
            Class::Secrets,
            Some(Code::ToolClassConflict),
        ),
        (
            "CodeQL",
            Class::Secrets,
            Class::Sast,
            Some(Code::ToolClassConflict),
        ),
    ] {
        let seen = tool_of(name, class(declared));
        assert_eq!(seen.run().class, Some(expected), "{name} as {declared}");
        assert_eq!(seen.only().class, expected, "{name} as {declared}");
        let conflicts = u64::from(code.is_some());
        assert_eq!(
            seen.count(Code::ToolClassConflict),
            conflicts,
            "{name}: {seen}"
        );
        assert_eq!(seen.count(Code::ToolClassUnknown), 0, "{name}: {seen}");
    }
}

#[test]
fn sarif_tool_class_of_a_mixed_tool_is_declared_or_none() {
    let seen = tool_of("Trivy", Expected::default());
    assert_eq!(seen.run().class, None);
    assert_eq!(seen.count(Code::ToolClassUndeclared), 1, "{seen}");
    assert_eq!(seen.only().class, Class::Other, "fits no rule of its row");
    let seen = tool_of("Trivy", class(Class::Iac));
    assert_eq!(seen.run().class, Some(Class::Iac));
    assert_eq!(seen.only().class, Class::Iac, "the declared class");
    assert_eq!(seen.count(Code::ToolClassUndeclared), 0, "{seen}");
    let could = tool_of("Trivy", Expected::default()).run().could_find;
    for class in [
        Class::Sca,
        Class::Container,
        Class::Iac,
        Class::Secrets,
        Class::License,
    ] {
        assert!(could.contains(class), "{class} of {could:?}");
    }
    assert!(!could.contains(Class::Sast), "{could:?}");
}

/// The class of the finding of a tool with this rule, result and run.
fn class_of(tool: &str, rule: Value, over: Value, run_over: Value) -> Class {
    let id = rule["id"].clone();
    let base = json!({
        "tool": named_tool(tool, &[rule]),
        "results": [result(merged(json!({"ruleId": id, "level": "error"}), over))]
    });
    read(&log(&[run(merged(base, run_over))])).only().class
}

#[test]
fn sarif_tool_class_per_result_by_rule_id() {
    for (tool, id, expected) in [
        ("Checkov", "CKV_SECRET_6", Class::Secrets),
        ("Checkov", "CKV2_AWS_1", Class::Iac),
        ("Checkov", "CVE-2024-1", Class::Sca),
        ("Checkov", "GHSA-xxxx", Class::Sca),
        ("Checkov", "Apache-2.0", Class::License),
        ("cargo-deny", "a:vulnerability", Class::Sca),
        ("cargo-deny", "l:rejected", Class::License),
        ("cargo-deny", "b:banned", Class::Other),
        ("cargo-deny", "s:source", Class::Other),
        ("snyk-cli", "SNYK-JS-X-1", Class::Sca),
        ("snyk-cli", "javascript/NoSqli", Class::Sast),
        ("ruff", "S101", Class::Sast),
        ("ruff", "SIM101", Class::Other),
        ("ESLint", "security/detect-eval", Class::Sast),
        ("ESLint", "no-secrets/no-secrets", Class::Secrets),
        ("ESLint", "semi", Class::Other),
        ("golangci-lint", "gosec", Class::Sast),
        ("golangci-lint", "errcheck", Class::Other),
        ("clang-tidy", "clang-analyzer-core.x", Class::Sast),
        ("clang-tidy", "cert-err33-c", Class::Sast),
        ("clang-tidy", "readability-x", Class::Other),
        ("JFrog Policy Enforcer", "REQ.SECRET.KEYS", Class::Secrets),
        (
            "Microsoft.CodeAnalysis.Sarif.PatternMatcher",
            "SEC101/001",
            Class::Secrets,
        ),
    ] {
        let got = class_of(tool, json!({ "id": id }), json!({}), json!({}));
        assert_eq!(got, expected, "{tool} {id}");
    }
}

fn rule_named(name: &str) -> Value {
    json!({"id": "R1", "name": name})
}

fn rule_tagged(tag: &str) -> Value {
    json!({"id": "R1", "properties": {"tags": [tag]}})
}

#[test]
fn sarif_tool_class_per_result_of_trivy() {
    let of = |rule: Value, run_over: Value| class_of("Trivy", rule, json!({}), run_over);
    let image = || json!({"properties": {"imageName": "alpine:3"}});
    for (name, on_files, on_image) in [
        ("OsPackageVulnerability", Class::Sca, Class::Container),
        (
            "OS Package Vulnerability (Alpine)",
            Class::Container,
            Class::Container,
        ),
        (
            "LanguageSpecificPackageVulnerability",
            Class::Sca,
            Class::Sca,
        ),
        ("Programming Language Vulnerability", Class::Sca, Class::Sca),
        ("Misconfiguration", Class::Iac, Class::Iac),
        ("Secret", Class::Secrets, Class::Secrets),
        ("License", Class::License, Class::License),
        ("Something", Class::Other, Class::Other),
    ] {
        assert_eq!(of(rule_named(name), json!({})), on_files, "{name}");
        assert_eq!(
            of(rule_named(name), image()),
            on_image,
            "{name} of an image"
        );
    }
    for (tag, on_files, on_image) in [
        ("vulnerability", Class::Sca, Class::Container),
        ("misconfiguration", Class::Iac, Class::Iac),
        ("secret", Class::Secrets, Class::Secrets),
        ("license", Class::License, Class::License),
    ] {
        assert_eq!(of(rule_tagged(tag), json!({})), on_files, "tag {tag}");
        assert_eq!(
            of(rule_tagged(tag), image()),
            on_image,
            "tag {tag} of an image"
        );
    }
    let second = json!({"id": "R1", "properties": {"tags": ["security", "secret"]}});
    assert_eq!(
        of(second, json!({})),
        Class::Other,
        "only the first tag tells"
    );
}

#[test]
fn sarif_tool_class_per_result_by_name_tags_and_properties() {
    for (tool, rule, expected) in [
        (
            "KICS",
            rule_named("Passwords And Secrets - Generic"),
            Class::Secrets,
        ),
        ("KICS", rule_named("Run Block Injection"), Class::Iac),
        ("SpotBugs", rule_tagged("SECURITY"), Class::Sast),
        ("SpotBugs", rule_tagged("MALICIOUS_CODE"), Class::Sast),
        ("SpotBugs", rule_tagged("STYLE"), Class::Other),
        ("PMD", rule_tagged("Security"), Class::Sast),
        ("PMD", rule_tagged("Design"), Class::Other),
        ("Psalm", rule_tagged("security"), Class::Sast),
        ("Psalm", rule_named("TaintedSql"), Class::Sast),
        ("Psalm", rule_named("UnusedVariable"), Class::Other),
        ("Prowler", rule_tagged("prowler/iac"), Class::Iac),
        ("Prowler", rule_tagged("prowler"), Class::Other),
    ] {
        let got = class_of(tool, rule.clone(), json!({}), json!({}));
        assert_eq!(got, expected, "{tool} {rule}");
    }
    for (tool, properties, expected) in [
        ("Semgrep OSS", json!({"exposure": "reachable"}), Class::Sca),
        ("Semgrep OSS", json!({}), Class::Sast),
        ("JFrog Policy Enforcer", json!({"type": "cve"}), Class::Sca),
        ("JFrog Policy Enforcer", json!({"type": "x"}), Class::Other),
    ] {
        let over = json!({ "properties": properties });
        let got = class_of(tool, json!({"id": "R1"}), over, json!({}));
        assert_eq!(got, expected, "{tool} {properties}");
    }
}

#[test]
fn sarif_tool_class_rows_of_the_policy_go_first() {
    let mut context = context();
    context.tools = vec![
        ExtraTool {
            alias: "acme".to_owned(),
            names: vec!["Acme Scan".to_owned()],
            classes: vec![Class::Sast],
        },
        ExtraTool {
            alias: "eslint".to_owned(),
            names: vec!["ESLint".to_owned()],
            classes: vec![Class::Sast],
        },
    ];
    for (name, alias) in [("acme scan", "acme"), ("ESLint", "eslint")] {
        let over = json!({"tool": named_tool(name, &[]), "results": [result(json!({}))]});
        let reports = [Report::new("r.sarif", bytes(&log(&[run(over)])))];
        let seen = read_reports(&reports, &context);
        assert_eq!(seen.run().alias.raw(), alias);
        assert_eq!(seen.run().class, Some(Class::Sast), "{name}");
        assert_eq!(seen.count(Code::ToolClassUnknown), 0, "{name}: {seen}");
    }
}

#[test]
fn sarif_rule_091_the_version_is_shown_as_written() {
    for (driver, expected) in [
        (
            json!({"semanticVersion": "1.2.3", "version": "v9"}),
            Some("1.2.3"),
        ),
        (json!({"version": "development"}), Some("development")),
        (
            json!({"semanticVersion": null, "version": "v8.0.0"}),
            Some("v8.0.0"),
        ),
        (json!({"semanticVersion": "v8.0.0"}), Some("v8.0.0")),
        (
            json!({"semanticVersion": "not semantic at all"}),
            Some("not semantic at all"),
        ),
        (json!({}), None),
        (json!({"version": 5}), None),
    ] {
        let driver = merged(json!({"name": "gitleaks"}), driver);
        let seen = read(&log(&[run(json!({"tool": { "driver": driver }}))]));
        let version = seen.run().version.as_ref().map(|v| v.raw().to_owned());
        assert_eq!(version.as_deref(), expected, "{driver}");
    }
}

#[test]
fn sarif_rule_086_what_one_result_says_is_not_its_neighbours() {
    let rule = json!({"id": "R1", "properties": {"tags": ["CWE-79"]}});
    let own = json!({"properties": {"cwe": "CWE-22", "tags": ["own"]}});
    for order in [[false, true, false], [true, false, true]] {
        let results: Vec<_> = order
            .iter()
            .map(|has| result(if *has { own.clone() } else { json!({}) }))
            .collect();
        let seen = read(&log(&[crate::support::run_of(
            std::slice::from_ref(&rule),
            &results,
        )]));
        for (fact, has) in seen.counted().iter().zip(order) {
            let expected: &[u32] = if has { &[22, 79] } else { &[79] };
            assert_eq!(fact.cwe, expected, "{order:?}: {seen}");
            assert_eq!(fact.tags.contains(&"own".to_owned()), has, "{order:?}");
        }
    }
}
