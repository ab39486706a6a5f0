//! Section H: identity of a finding.

use krgate::model::Class;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{
    Fact, Report, Seen, bytes, context, log, merged, named_tool, place, read, read_reports, result,
    run,
};

/// The finding of a tool whose result has these members.
fn of(tool: &str, over: Value) -> Fact {
    document(tool, &[over]).only()
}

fn document(tool: &str, overs: &[Value]) -> Seen {
    read(&log(&[run_with(tool, overs)]))
}

fn run_with(tool: &str, overs: &[Value]) -> Value {
    let results: Vec<_> = overs.iter().cloned().map(result).collect();
    run(json!({"tool": named_tool(tool, &[]), "results": results}))
}

fn partial(pairs: &[(&str, &str)]) -> Value {
    let map: Map<_, _> = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect();
    json!({ "partialFingerprints": map })
}

fn keys(fact: &Fact) -> Vec<&str> {
    fact.fingerprints.keys().map(String::as_str).collect()
}

fn digest(value: &str) -> [u8; 16] {
    Sha256::digest(value.as_bytes())[..16].try_into().unwrap()
}

#[test]
fn sarif_rule_092_keys_are_kept_with_their_version() {
    let fact = of(
        "CodeQL",
        partial(&[("some/v1", "aaa"), ("some/v2", "bbb"), ("other/v1", "aaa")]),
    );
    assert_eq!(keys(&fact), ["other/v1", "some/v1", "some/v2"]);
    assert_eq!(fact.fingerprints["some/v1"], digest("aaa"));
    assert_eq!(fact.fingerprints["some/v2"], digest("bbb"));
}

#[test]
fn sarif_rule_092_both_members_are_read() {
    let over = json!({
        "fingerprints": {"whole/v1": "w"}, "partialFingerprints": {"part/v1": "p"}
    });
    assert_eq!(keys(&of("CodeQL", over)), ["part/v1", "whole/v1"]);
}

#[test]
fn sarif_rule_093_placeholders_are_no_identity() {
    for placeholder in ["requires login", "REDACTED", "***", "*", "", "0"] {
        let over = partial(&[("matchBasedId/v1", placeholder), ("other/v1", "real")]);
        let fact = of("Semgrep OSS", over);
        assert_eq!(keys(&fact), ["other/v1"], "{placeholder:?} is ignored");
    }
    for real in ["00", "requires", "REDACTED-7f", "a*", "10"] {
        let fact = of("Semgrep OSS", partial(&[("matchBasedId/v1", real)]));
        assert_eq!(keys(&fact), ["matchBasedId/v1"], "{real:?} is kept");
    }
}

#[test]
fn sarif_rule_094_a_value_that_results_of_a_run_share_is_ignored() {
    let seen = document(
        "CodeQL",
        &[
            partial(&[("a/v1", "same"), ("b/v1", "one")]),
            partial(&[("a/v1", "same"), ("b/v1", "two")]),
            partial(&[("a/v1", "own"), ("b/v1", "three")]),
        ],
    );
    let facts = seen.facts();
    assert_eq!(keys(&facts[0]), ["b/v1"], "{seen}");
    assert_eq!(keys(&facts[1]), ["b/v1"]);
    assert_eq!(
        keys(&facts[2]),
        ["a/v1", "b/v1"],
        "only the shared value falls"
    );
}

#[test]
fn sarif_rule_094_another_key_or_run_shares_nothing() {
    let seen = document(
        "CodeQL",
        &[partial(&[("a/v1", "x")]), partial(&[("b/v1", "x")])],
    );
    assert_eq!(keys(&seen.facts()[0]), ["a/v1"], "{seen}");
    assert_eq!(keys(&seen.facts()[1]), ["b/v1"]);
    let one = run_with("CodeQL", &[partial(&[("a/v1", "x")])]);
    let two = merged(one.clone(), json!({"automationDetails": {"id": "b/"}}));
    let seen = read(&log(&[one, two]));
    for fact in seen.facts() {
        assert_eq!(keys(&fact), ["a/v1"], "for that run alone: {seen}");
    }
}

#[test]
fn sarif_rule_094_a_value_is_no_identity_by_itself() {
    let one = json!({"ruleId": "R1", "locations": [place("src/a.c", 1)]});
    let print = partial(&[("a/v1", "x")]);
    let base = of("CodeQL", merged(one.clone(), print.clone()));
    for (what, tool, over) in [
        ("rule", "CodeQL", json!({"ruleId": "R2"})),
        (
            "path",
            "CodeQL",
            json!({"locations": [place("src/b.c", 1)]}),
        ),
        ("tool", "Bandit", json!({})),
    ] {
        let other = of(tool, merged(merged(one.clone(), print.clone()), over));
        assert_eq!(other.fingerprints, base.fingerprints, "{what}");
        assert_ne!(other.id, base.id, "another {what} is another finding");
    }
    let moved = merged(
        merged(one, print),
        json!({"locations": [place("src/a.c", 99)]}),
    );
    assert_eq!(of("CodeQL", moved).id, base.id, "the line is no part of it");
}

#[test]
fn sarif_rule_095_the_line_hash_is_one_key_among_others() {
    let over = partial(&[
        ("primaryLocationLineHash", "39fa2ee980eb94b0:1"),
        ("some/v1", "x"),
    ]);
    let fact = of("CodeQL", over);
    assert_eq!(keys(&fact), ["primaryLocationLineHash", "some/v1"]);
    let without = of("CodeQL", partial(&[("some/v1", "x")]));
    assert_eq!(keys(&without), ["some/v1"], "none is made up");
}

#[test]
fn sarif_rule_096_keys_that_serve() {
    for (tool, key) in [
        ("Grype", "primaryLocationLineHash"),
        ("detekt", "signature/v1"),
        ("QDJVM", "equalIndicator/v1"),
        ("JFrog SAST", "jfrogFingerprintHash"),
        ("Semgrep OSS", "matchBasedId/v1"),
        ("FxCop", "UniqueId"),
        ("Fortify", "InstanceId"),
        ("Python Security Analysis", "scanPrimaryLocationHash"),
    ] {
        let fact = of(tool, partial(&[(key, "value-1")]));
        assert_eq!(keys(&fact), [key], "{tool}");
    }
    let flawfinder = of(
        "Flawfinder",
        json!({"fingerprints": {"contextHash/v1": "2db5"}}),
    );
    assert_eq!(keys(&flawfinder), ["contextHash/v1"]);
}

#[test]
fn sarif_rule_096_snyk_has_one_of_three() {
    for (fingerprints, expected) in [
        (json!({"0": "a", "1": "b", "identity": "c"}), "identity"),
        (json!({"0": "a", "1": "b"}), "1"),
        (json!({"0": "a"}), "0"),
    ] {
        let fact = of("SnykCode", json!({ "fingerprints": fingerprints }));
        assert_eq!(keys(&fact), [expected], "{fingerprints}");
    }
}

#[test]
fn sarif_rule_096_cargo_denys_checks_are_told_apart_by_crate() {
    for key in ["cargo-deny/id", "cargo-deny/advisory-id"] {
        let of = |krate: &str| {
            let pairs = [
                (key, "a:unmaintained"),
                ("cargo-deny/krate", krate),
                ("cargo-deny/loc", "x"),
            ];
            of("cargo-deny", partial(&pairs)).fingerprints
        };
        let (one, two) = (of("registry#a@1.0.0"), of("registry#b@1.0.0"));
        assert_eq!(one.keys().collect::<Vec<_>>(), [key]);
        assert_ne!(one, two, "{key} goes with the crate");
        assert_eq!(one, of("registry#a@1.0.0"));
    }
}

#[test]
fn sarif_rule_096_kingfishers_changes_from_run_to_run() {
    let over = merged(
        json!({"level": "error"}),
        partial(&[("fingerprint", "1590378064936384215")]),
    );
    assert_eq!(keys(&of("kingfisher", over)), [""; 0]);
}

#[test]
fn sarif_rule_096_what_gitleaks_writes_is_never_stored() {
    let over = json!({
        "level": "error",
        "partialFingerprints": {
            "commitSha": "6db278a7b2e77493b94fd01fb88d6a3a90f4d65e",
            "email": "canary-mail@example.com", "author": "Canary Author",
            "date": "2001-02-03T04:05:06Z", "commitMessage": "canary message"
        }
    });
    let seen = document("gitleaks", &[over]);
    assert_eq!(keys(&seen.only()), [""; 0]);
    let all = seen.everything();
    for personal in [
        "canary-mail",
        "Canary Author",
        "2001-02-03",
        "canary message",
    ] {
        assert!(!all.contains(personal), "{personal} is kept: {seen}");
    }
}

#[test]
fn sarif_rule_096_a_hash_of_a_secret_is_hashed_again_with_the_key() {
    let hash = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
    for (tool, key) in [
        ("ggshield", "secret/v1"),
        ("noseyparker-cli", "match_group_content/sha256/v1"),
    ] {
        let over = merged(json!({"level": "error"}), partial(&[(key, hash)]));
        let base = json!({"tool": named_tool(tool, &[]), "results": [result(over)]});
        let document = log(&[run(base)]);
        let with_key = |secret: &[u8]| {
            let mut context = context();
            context.secret_key = Some(secret.to_vec());
            read_reports(&[Report::new("r.sarif", bytes(&document))], &context)
        };
        let (one, two) = (with_key(b"0123456789abcdef"), with_key(b"fedcba9876543210"));
        assert_eq!(one.only().class, Class::Secrets, "{tool}");
        assert!(
            !one.everything().contains(hash),
            "{tool}: never stored as it is"
        );
        let kept = one.only().fingerprints.get(key).copied();
        assert_ne!(
            kept,
            Some(digest(hash)),
            "{tool}: a plain digest can be guessed"
        );
        let known = |seen: &Seen| (seen.only().fingerprints, seen.only().secret);
        assert_ne!(known(&one), known(&two), "{tool}: the key matters");
        assert_eq!(known(&one), known(&with_key(b"0123456789abcdef")), "{tool}");
    }
}

#[test]
fn sarif_rule_097_a_value_that_is_no_string_is_ignored() {
    for odd in [
        json!({"value": "x"}),
        json!(5),
        json!(["x"]),
        json!(null),
        json!(true),
    ] {
        let over = json!({"partialFingerprints": {"odd/v1": odd, "fine/v1": "x"}});
        assert_eq!(keys(&of("Black Duck", over)), ["fine/v1"], "{odd}");
    }
    for odd in [json!("x"), json!(5), json!(["x"]), json!(true)] {
        let over = json!({"partialFingerprints": odd, "fingerprints": {"fine/v1": "x"}});
        let seen = document("Black Duck", &[over]);
        assert_eq!(keys(&seen.only()), ["fine/v1"], "{odd}: {seen}");
    }
}
