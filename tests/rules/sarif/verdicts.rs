//! Rules that show only in a verdict: the whole gate, from policy and reports to exit code.

use serde_json::{Value, json};

use crate::support::{
    ENTRY, Judged, bytes, check, judge, judge_with, kr, log, merged, named_tool, one, place,
    policy, result, run, without,
};

const ALL: &str = "{ count: {} }";
const SAST: &str = "{ count: { class: sast } }";
const SECRETS: &str = "{ count: { class: secrets } }";
const ONE_SAST: &str = "{ tools: { sast: 1 } }";

/// Judges one document by key results of these measures and targets, all over one entry.
fn judged(head: &str, key_results: &[(&str, &str, &str)], document: &Value) -> Judged {
    let head = format!("{ENTRY}{head}");
    of(&head, key_results, &[("report.sarif", document.clone())])
}

/// Judges documents by key results under this head of a policy.
fn of(head: &str, key_results: &[(&str, &str, &str)], documents: &[(&str, Value)]) -> Judged {
    let key_results: Vec<_> = key_results
        .iter()
        .map(|(id, measure, target)| kr(id, measure, target))
        .collect();
    let reports: Vec<_> = documents
        .iter()
        .map(|(name, document)| (*name, bytes(document)))
        .collect();
    judge(&policy(head, &key_results), &reports)
}

fn entry(more: &str) -> String {
    format!("{ENTRY}{more}")
}

fn run_by(tool: &str, results: &[Value], over: Value) -> Value {
    let base = json!({"tool": named_tool(tool, &[]), "results": results});
    run(merged(base, over))
}

fn success() -> Value {
    json!({"invocations": [{"executionSuccessful": true}]})
}

fn failure() -> Value {
    json!({"invocations": [{"executionSuccessful": false}]})
}

/// The verdicts of `<= 0`, of one tool of class sast, over one run of a SAST tool.
fn none_and_one_tool(results: &[Value], over: Value, head: &str) -> (String, String) {
    let document = log(&[run_by("CodeQL", results, over)]);
    let head = entry(head);
    let judged = of(
        &head,
        &[("none", SAST, "<= 0"), ("tool", ONE_SAST, ">= 100%")],
        &[("report.sarif", document)],
    );
    (
        judged.verdicts["none"].clone(),
        judged.verdicts["tool"].clone(),
    )
}

fn pair(none: &str, tool: &str) -> (String, String) {
    (none.to_owned(), tool.to_owned())
}

#[test]
fn sarif_terms_what_a_status_does_to_a_verdict() {
    let found = [result(json!({}))];
    let strict = "    evidence: strong\n";
    for (what, over, head, clean, with_finding) in [
        (
            "strong",
            success(),
            "",
            pair("met", "met"),
            pair("missed", "met"),
        ),
        (
            "weak, believed",
            json!({}),
            "",
            pair("met", "met"),
            pair("missed", "met"),
        ),
        (
            "weak, not believed",
            json!({}),
            strict,
            pair("unknown", "missed"),
            pair("missed", "missed"),
        ),
        (
            "strong, demanded",
            success(),
            strict,
            pair("met", "met"),
            pair("missed", "met"),
        ),
        (
            "failed",
            failure(),
            "",
            pair("unknown", "missed"),
            pair("missed", "missed"),
        ),
    ] {
        assert_eq!(
            none_and_one_tool(&[], over.clone(), head),
            clean,
            "{what}, clean"
        );
        assert_eq!(
            none_and_one_tool(&found, over, head),
            with_finding,
            "{what}, with a finding"
        );
    }
    let not_run = json!({"results": null});
    assert_eq!(
        none_and_one_tool(&[], not_run, ""),
        pair("unknown", "missed"),
        "not run"
    );
}

#[test]
fn sarif_terms_a_lower_bound_decides_only_what_no_more_could_change() {
    let three: Vec<_> = std::iter::repeat_n(result(json!({})), 3).collect();
    let document = |over| log(&[run_by("CodeQL", &three, over)]);
    for (target, exact, bound) in [
        ("<= 2", "missed", "missed"),
        ("<= 3", "met", "unknown"),
        ("<= 4", "met", "unknown"),
        ("< 3", "missed", "missed"),
        ("< 4", "met", "unknown"),
        (">= 3", "met", "met"),
        (">= 4", "missed", "unknown"),
        ("> 2", "met", "met"),
        ("> 3", "missed", "unknown"),
        ("== 3", "met", "unknown"),
        ("== 2", "missed", "missed"),
        ("== 4", "missed", "unknown"),
        ("0..2", "missed", "missed"),
        ("0..3", "met", "unknown"),
        ("4..9", "missed", "unknown"),
    ] {
        let krs = [("k", SAST, target)];
        judged("", &krs, &document(success())).assert("k", exact);
        judged("", &krs, &document(failure())).assert("k", bound);
    }
}

#[test]
fn sarif_terms_a_lower_bound_of_max_cvss() {
    let scored = [result(json!({"properties": {"security-severity": "7.5"}}))];
    let measure = "{ max_cvss: { class: sast } }";
    for (target, exact, bound) in [
        ("<= 7.0", "missed", "missed"),
        ("<= 7.5", "met", "unknown"),
        (">= 7.5", "met", "met"),
        ("> 7.5", "missed", "unknown"),
    ] {
        let krs = [("k", measure, target)];
        let document = |over| log(&[run_by("CodeQL", &scored, over)]);
        judged("", &krs, &document(success())).assert("k", exact);
        judged("", &krs, &document(failure())).assert("k", bound);
    }
    let krs = [("k", measure, "<= 7.0")];
    let clean = |over| log(&[run_by("CodeQL", &[], over)]);
    judged("", &krs, &clean(success())).assert("k", "met");
    judged("", &krs, &clean(failure())).assert("k", "unknown");
}

#[test]
fn sarif_terms_only_classes_that_the_run_could_produce_are_touched() {
    let krs = [
        ("sast", SAST, "<= 0"),
        ("secrets", SECRETS, "<= 0"),
        ("sca", "{ count: { class: sca } }", "<= 0"),
        ("iac", "{ count: { class: iac } }", "<= 0"),
        ("any", ALL, "<= 0"),
    ];
    let clean = [
        run_by("CodeQL", &[], success()),
        run_by("Snyk Open Source", &[], success()),
        run_by("KICS", &[], success()),
    ];
    let with = |tool: &str| {
        let mut runs = clean.to_vec();
        runs.push(run_by(tool, &[], failure()));
        judged("", &krs, &log(&runs))
    };
    let gitleaks = with("gitleaks");
    gitleaks.assert("sast", "met");
    gitleaks.assert("sca", "met");
    gitleaks.assert("secrets", "unknown");
    gitleaks.assert("any", "unknown");
    let trivy = with("Trivy");
    trivy.assert("sast", "met");
    for touched in ["sca", "iac", "secrets", "any"] {
        trivy.assert(touched, "unknown");
    }
}

#[test]
fn sarif_terms_unknown_and_missed_block_and_met_passes() {
    let krs = [("k", SAST, "<= 0")];
    let found = [result(json!({}))];
    let exit =
        |results: &[Value], over| judged("", &krs, &log(&[run_by("CodeQL", results, over)])).exit;
    assert_eq!(exit(&[], success()), 0);
    assert_eq!(exit(&found, success()), 1);
    assert_eq!(exit(&[], failure()), 1);
}

#[test]
fn sarif_rule_001_a_refused_file_ends_with_3_and_the_rest_is_judged() {
    let krs = [("sast", SAST, "<= 0"), ("secrets", SECRETS, "<= 0")];
    let head = concat!(
        "reports:\n",
        "  - name: code\n    path: code.sarif\n    class: sast\n",
        "  - name: keys\n    path: keys.sarif\n    class: secrets\n",
    );
    let keys = log(&[run_by("gitleaks", &[result(json!({}))], json!({}))]);
    let old = merged(log(&[run(json!({}))]), json!({"version": "2.0.0"}));
    let judged = of(
        head,
        &krs,
        &[("code.sarif", old), ("keys.sarif", keys.clone())],
    );
    assert_eq!(judged.exit, 3, "{}", judged.output);
    judged.assert("sast", "unknown");
    judged.assert("secrets", "missed");
    let clean = log(&[run_by("CodeQL", &[], json!({}))]);
    let judged = of(head, &krs, &[("code.sarif", clean), ("keys.sarif", keys)]);
    assert_eq!(judged.exit, 1, "{}", judged.output);
    judged.assert("sast", "met");
}

#[test]
fn sarif_rule_016_results_null_are_never_clean() {
    let krs = [("k", ALL, "<= 0")];
    for document in [
        log(&[run_by("CodeQL", &[], json!({"results": null}))]),
        log(&[without(run_by("CodeQL", &[], success()), "results")]),
    ] {
        let judged = judged("", &krs, &document);
        judged.assert("k", "unknown");
        assert_eq!(judged.exit, 1);
    }
}

#[test]
fn sarif_rule_017_absent_results_pass_only_where_the_entry_says_so() {
    let absent = || json!({"results": null});
    let says = "    absent_results_mean_none: true\n";
    assert_eq!(
        none_and_one_tool(&[], absent(), ""),
        pair("unknown", "missed")
    );
    assert_eq!(none_and_one_tool(&[], absent(), says), pair("met", "met"));
    let both = "    absent_results_mean_none: true\n    evidence: strong\n";
    let strong = merged(success(), absent());
    assert_eq!(
        none_and_one_tool(&[], strong, both),
        pair("unknown", "missed"),
        "it is weak, whatever the invocation says"
    );
    let failed = merged(failure(), absent());
    assert_eq!(
        none_and_one_tool(&[], failed, says),
        pair("unknown", "missed")
    );
}

#[test]
fn sarif_rule_018_no_runs_leave_the_class_of_the_entry_unknown() {
    let head = concat!(
        "reports:\n",
        "  - name: code\n    path: code.sarif\n    class: sast\n",
        "  - name: keys\n    path: keys.sarif\n    class: secrets\n",
    );
    let krs = [
        ("sast", SAST, "<= 0"),
        ("secrets", SECRETS, "<= 0"),
        ("tool", ONE_SAST, ">= 100%"),
    ];
    let keys = log(&[run_by("gitleaks", &[], json!({}))]);
    for empty in [
        json!({"version": "2.1.0"}),
        json!({"version": "2.1.0", "runs": null}),
        json!({"version": "2.1.0", "runs": []}),
    ] {
        let judged = of(
            head,
            &krs,
            &[("code.sarif", empty), ("keys.sarif", keys.clone())],
        );
        judged.assert("sast", "unknown");
        judged.assert("tool", "missed");
        judged.assert("secrets", "met");
        assert_eq!(judged.exit, 1, "read, and it says nothing");
    }
}

#[test]
fn sarif_rule_027_a_failed_run_can_only_make_a_verdict_worse() {
    let found = [result(json!({}))];
    assert_eq!(
        none_and_one_tool(&found, failure(), ""),
        pair("missed", "missed")
    );
}

#[test]
fn sarif_rule_028_a_failed_run_ran_for_nobody() {
    assert_eq!(
        none_and_one_tool(&[], failure(), ""),
        pair("unknown", "missed")
    );
    let accepted = "    accept_degraded: { reason: \"always says so\", owner: \"@a\" }\n";
    assert_eq!(
        none_and_one_tool(&[], failure(), accepted),
        pair("met", "met")
    );
    let signal = json!({"invocations": [
        {"executionSuccessful": true, "exitSignalName": "SIGKILL"}
    ]});
    assert_eq!(
        none_and_one_tool(&[], signal, accepted),
        pair("unknown", "missed"),
        "a signal is not excused"
    );
}

#[test]
fn sarif_rule_028_kube_linter_counts_with_results_alone() {
    let krs = [("k", "{ tools: { iac: 1 } }", ">= 100%")];
    let of =
        |results: &[Value]| judged("", &krs, &log(&[run_by("kube-linter", results, failure())]));
    of(&[result(json!({}))]).assert("k", "met");
    of(&[]).assert("k", "missed");
}

#[test]
fn sarif_rule_029_one_failed_run_leaves_the_file_incomplete() {
    let krs = [("k", SAST, "<= 0")];
    let of = |second| {
        let runs = [
            run_by("CodeQL", &[], success()),
            run_by("Bandit", &[], second),
        ];
        judged("", &krs, &log(&runs))
    };
    of(success()).assert("k", "met");
    of(failure()).assert("k", "unknown");
    of(json!({"results": null})).assert("k", "unknown");
}

#[test]
fn sarif_rule_032_what_needs_review_is_no_verdict() {
    let krs = [("k", SAST, "<= 0")];
    let of = |over| {
        judged(
            "",
            &krs,
            &log(&[run_by("CodeQL", &[result(over)], success())]),
        )
    };
    of(json!({"kind": "review"})).assert("k", "met");
    of(json!({"kind": "review", "level": "note"})).assert("k", "missed");
}

fn suppressed(over: Value) -> Value {
    log(&[run_by("CodeQL", &[result(over)], success())])
}

#[test]
fn sarif_rule_038_the_policy_says_what_suppressions_are_worth() {
    let krs = [("k", SAST, "<= 0")];
    let source = suppressed(json!({"suppressions": [{"kind": "inSource"}]}));
    let external = suppressed(json!({"suppressions": [{"kind": "external"}]}));
    for (head, in_source, outside) in [
        ("", "met", "met"),
        ("suppressions: { mode: honour }\n", "met", "met"),
        ("suppressions: { mode: honour_external }\n", "missed", "met"),
        ("suppressions: { mode: ignore }\n", "missed", "missed"),
    ] {
        judged(head, &krs, &source).assert("k", in_source);
        judged(head, &krs, &external).assert("k", outside);
    }
}

#[test]
fn sarif_rule_038_nothing_is_honoured_above_max_severity() {
    let krs = [("k", SAST, "<= 0")];
    let scored = |score: &str| {
        suppressed(json!({
            "suppressions": [{"kind": "external"}],
            "properties": {"security-severity": score}
        }))
    };
    let head = "suppressions: { mode: honour, max_severity: medium }\n";
    judged(head, &krs, &scored("6.9")).assert("k", "met");
    judged(head, &krs, &scored("7.0")).assert("k", "missed");
    judged("", &krs, &scored("7.0")).assert("k", "met");
}

#[test]
fn sarif_rule_040_a_resolved_result_stays_so_where_its_suppression_is_refused() {
    let krs = [("k", SAST, "<= 0")];
    let both = suppressed(json!({
        "suppressions": [{"kind": "external"}], "baselineState": "absent"
    }));
    judged("suppressions: { mode: ignore }\n", &krs, &both).assert("k", "met");
}

#[test]
fn sarif_rule_041_the_tools_baseline_tells_introduced_from_existing() {
    let introduced = "{ count: { class: sast, state: introduced } }";
    let existing = "{ count: { class: sast, state: existing } }";
    let krs = [
        ("introduced", introduced, "== 2"),
        ("existing", existing, "== 2"),
    ];
    let results: Vec<_> = ["new", "unchanged", "updated", "odd"]
        .iter()
        .map(|state| result(json!({ "baselineState": state })))
        .collect();
    let judged_states = judged("", &krs, &log(&[run_by("CodeQL", &results, success())]));
    judged_states.assert("introduced", "met");
    judged_states.assert("existing", "met");
    let unstated = log(&[run_by("CodeQL", &[result(json!({}))], success())]);
    let krs = [
        ("introduced", introduced, "== 1"),
        ("existing", existing, "== 0"),
    ];
    let judged = judged("", &krs, &unstated);
    judged.assert("introduced", "met");
    judged.assert("existing", "met");
}

#[test]
fn sarif_rule_042_equal_results_count_each_and_secrets_once() {
    let twin = result(json!({}));
    let krs = [("k", SAST, "== 2")];
    judged(
        "",
        &krs,
        &log(&[run_by("CodeQL", &[twin.clone(), twin], success())]),
    )
    .assert("k", "met");
    let secret = |path: &str, value: &str| {
        result(json!({"locations": [{"physicalLocation": {
            "artifactLocation": {"uri": path},
            "region": {"startLine": 1, "snippet": {"text": value}}
        }}]}))
    };
    let secrets = [
        secret("a.env", "ghx_first000000000"),
        secret("b.env", "ghx_first000000000"),
        secret("c.env", "ghx_second00000000"),
    ];
    let krs = [("k", SECRETS, "== 2")];
    judged("", &krs, &log(&[run_by("gitleaks", &secrets, json!({}))])).assert("k", "met");
}

#[test]
fn sarif_rule_045_two_reports_of_one_tool_add_up() {
    let krs = [("k", SAST, "== 3")];
    let first = log(&[run_by("CodeQL", &[result(json!({}))], success())]);
    let second = log(&[run_by(
        "CodeQL",
        &[result(json!({})), result(json!({}))],
        success(),
    )]);
    of(
        ENTRY,
        &krs,
        &[("a.sarif", first.clone()), ("b.sarif", second)],
    )
    .assert("k", "met");
    let krs = [("k", SAST, "== 1")];
    of(
        ENTRY,
        &krs,
        &[("a.sarif", first.clone()), ("b.sarif", first)],
    )
    .assert("k", "met");
}

#[test]
fn sarif_rule_047_a_run_whose_results_stand_elsewhere_is_not_clean() {
    let external = json!({
        "externalPropertyFileReferences": {"results": [{"location": {"uri": "more.json"}}]}
    });
    let over = merged(success(), external);
    assert_eq!(none_and_one_tool(&[], over, ""), pair("unknown", "missed"));
}

const BY_LEVEL: &str =
    "severity: { unscored: by_level, by_level: { error: 8.0, warning: 5.0, note: 2.0 } }\n";
const ABOVE_7: &str = "{ count: { class: sast, cvss: \"> 7\" } }";

fn with_result(over: Value) -> Value {
    log(&[run_by("CodeQL", &[result(over)], success())])
}

fn scored(level: &str, score: &str) -> Value {
    with_result(json!({"level": level, "properties": {"security-severity": score}}))
}

#[test]
fn sarif_rule_067_level_none_is_unknown_unless_the_policy_scores_it() {
    let krs = [("k", ABOVE_7, "<= 0")];
    let none = with_result(json!({"level": "none"}));
    judged(BY_LEVEL, &krs, &none).assert("k", "unknown");
    let with_none = BY_LEVEL.replace("note: 2.0", "note: 2.0, none: 1.0");
    judged(&with_none, &krs, &none).assert("k", "met");
    judged(BY_LEVEL, &krs, &scored("none", "9.8")).assert("k", "missed");
    judged(BY_LEVEL, &krs, &scored("none", "3.0")).assert("k", "met");
    let levels = [(
        "k",
        "{ count: { class: sast, level: [error, warning, note] } }",
        "<= 0",
    )];
    judged("", &levels, &none).assert("k", "met");
}

#[test]
fn sarif_rule_076_zero_is_no_measured_zero() {
    let krs = [("k", ABOVE_7, "<= 0")];
    for score in ["0.0", "0"] {
        let zero = scored("error", score);
        judged("", &krs, &zero).assert("k", "unknown");
        judged("severity: { unscored: fail }\n", &krs, &zero).assert("k", "missed");
        judged("severity: { unscored: ignore }\n", &krs, &zero).assert("k", "met");
        judged(BY_LEVEL, &krs, &zero).assert("k", "missed");
    }
    judged("", &krs, &scored("error", "0.1")).assert("k", "met");
}

#[test]
fn sarif_rule_077_a_word_is_compared_by_its_upper_end() {
    for (word, op, verdict) in [
        ("HIGH", "> 7", "missed"),
        ("HIGH", "> 8.9", "met"),
        ("HIGH", ">= 8.9", "missed"),
        ("CRITICAL", "> 9.9", "missed"),
        ("MEDIUM", "> 6.9", "met"),
        ("MEDIUM", ">= 6.9", "missed"),
        ("LOW", "> 3.8", "missed"),
        ("LOW", ">= 4", "met"),
    ] {
        let measure = format!("{{ count: {{ class: sast, cvss: \"{op}\" }} }}");
        judged("", &[("k", &measure, "<= 0")], &scored("warning", word)).assert("k", verdict);
    }
}

#[test]
fn sarif_rule_078_a_severity_filter_takes_the_band_of_the_number() {
    for (score, band, counted) in [
        ("9.0", "critical", true),
        ("8.9", "critical", false),
        ("8.9", "high", true),
        ("7.0", "high", true),
        ("6.9", "high", false),
        ("4.0", "medium", true),
        ("3.9", "medium", false),
        ("0.1", "low", true),
    ] {
        let measure = format!("{{ count: {{ class: sast, severity: {band} }} }}");
        let verdict = if counted { "missed" } else { "met" };
        // The level says nothing once there is a number.
        judged("", &[("k", &measure, "<= 0")], &scored("note", score)).assert("k", verdict);
    }
}

#[test]
fn sarif_rule_082_no_score_is_not_0() {
    let krs = [("k", ABOVE_7, "<= 0")];
    let bare = with_result(json!({"level": "error"}));
    judged("", &krs, &bare).assert("k", "unknown");
    judged("severity: { unscored: unknown }\n", &krs, &bare).assert("k", "unknown");
    judged("severity: { unscored: fail }\n", &krs, &bare).assert("k", "missed");
    judged("severity: { unscored: ignore }\n", &krs, &bare).assert("k", "met");
    let without_cvss = [("k", SAST, "<= 0")];
    judged("", &without_cvss, &bare).assert("k", "missed");
    let clean = log(&[run_by("CodeQL", &[], success())]);
    judged("", &krs, &clean).assert("k", "met");
}

#[test]
fn sarif_rule_082_what_is_unscored_cannot_hide_a_miss() {
    let krs = [("k", ABOVE_7, "<= 0")];
    let results = [
        result(json!({"level": "note"})),
        result(json!({"properties": {"security-severity": "9.8"}})),
    ];
    judged("", &krs, &log(&[run_by("CodeQL", &results, success())])).assert("k", "missed");
}

#[test]
fn sarif_rule_083_the_score_is_looked_at_first() {
    let krs = [("k", ABOVE_7, "<= 0")];
    for level in ["warning", "note", "none"] {
        judged(BY_LEVEL, &krs, &scored(level, "9.8")).assert("k", "missed");
        judged("", &krs, &scored(level, "9.8")).assert("k", "missed");
    }
    judged(BY_LEVEL, &krs, &scored("error", "2.0")).assert("k", "met");
    judged(BY_LEVEL, &krs, &with_result(json!({"level": "error"}))).assert("k", "missed");
    judged(BY_LEVEL, &krs, &with_result(json!({"level": "warning"}))).assert("k", "met");
}

#[test]
fn sarif_rule_084_above_7_excludes_7_0_and_includes_7_1() {
    for (op, score, counted) in [
        ("> 7", "7.0", false),
        ("> 7", "7.1", true),
        ("> 7.0", "7.0", false),
        (">= 7", "7.0", true),
        (">= 7", "6.9", false),
        ("< 7", "6.9", true),
        ("< 7", "7.0", false),
        ("<= 7", "7.0", true),
        ("<= 7", "7.1", false),
        ("== 7", "7.0", true),
        ("== 7", "7.1", false),
        // Up to the next tenth.
        ("> 7", "7.01", true),
        ("> 7", "7.0004", false),
    ] {
        let measure = format!("{{ count: {{ class: sast, cvss: \"{op}\" }} }}");
        let verdict = if counted { "missed" } else { "met" };
        judged("", &[("k", &measure, "<= 0")], &scored("error", score)).assert("k", verdict);
    }
    for (target, verdict) in [
        ("<= 7", "met"),
        ("< 7", "missed"),
        (">= 7", "met"),
        ("> 7", "missed"),
    ] {
        let krs = [("k", "{ max_cvss: { class: sast } }", target)];
        judged("", &krs, &scored("error", "7.0")).assert("k", verdict);
    }
}

#[test]
fn sarif_rule_088_active_secrets_alone_are_unknown_where_nobody_checks() {
    let active = "{ count: { class: secrets, validity: active } }";
    let not_dead = "{ count: { class: secrets, not: { validity: inactive } } }";
    let krs = [("active", active, "<= 0"), ("not-dead", not_dead, "<= 0")];
    let of =
        |tool: &str, results: &[Value]| judged("", &krs, &log(&[run_by(tool, results, success())]));
    let found = [result(json!({"level": "warning"}))];
    for tool in ["gitleaks", "ggshield", "trufflehog"] {
        let clean = of(tool, &[]);
        clean.assert("active", "unknown");
        let found = of(tool, &found);
        found.assert("active", "unknown");
        found.assert("not-dead", "missed");
    }
    let live = of("trufflehog", &[result(json!({"level": "error"}))]);
    live.assert("active", "missed");
}

#[test]
fn sarif_rule_090_an_unnamed_run_satisfies_nothing_and_is_not_believed() {
    let krs = [("none", SAST, "<= 0"), ("tool", ONE_SAST, ">= 100%")];
    let nameless = |results: &[Value]| {
        let base = json!({"tool": {"driver": {}}, "results": results});
        log(&[run(merged(base, success()))])
    };
    let head = |more: &str| entry(&format!("    class: sast\n{more}"));
    let of = |head: &str, results: &[Value]| of(head, &krs, &[("r.sarif", nameless(results))]);
    let clean = of(&head(""), &[]);
    clean.assert("none", "unknown");
    clean.assert("tool", "missed");
    let found = of(&head(""), &[result(json!({}))]);
    found.assert("none", "missed");
    let named = of(&head("    tool: bandit\n"), &[]);
    named.assert("none", "met");
    named.assert("tool", "met");
}

#[test]
fn sarif_tool_class_what_a_run_counts_as() {
    let legs = [
        ("sast", ONE_SAST, ">= 100%"),
        ("secrets", "{ tools: { secrets: 1 } }", ">= 100%"),
        ("other", "{ tools: { other: 1 } }", ">= 100%"),
    ];
    let of = |head: &str, tool: &str| {
        let document = log(&[run_by(tool, &[], success())]);
        of(&entry(head), &legs, &[("r.sarif", document)])
    };
    let unknown = of("", "acme-scan");
    unknown.assert("sast", "missed");
    unknown.assert("other", "met");
    of("    class: sast\n", "acme-scan").assert("sast", "met");
    let mixed = of("", "Trivy");
    mixed.assert("secrets", "missed");
    let declared = of("    class: secrets\n", "Trivy");
    declared.assert("secrets", "met");
    let conflict = of("    class: sast\n", "gitleaks");
    conflict.assert("sast", "missed");
    conflict.assert("secrets", "met");
    of("", "not CodeQL").assert("sast", "missed");
}

const PROD: &str = "scopes:\n  prod: { paths: [\"services/**\", \"!**/tests/**\"] }\n";

#[test]
fn sarif_rule_109_without_a_repository_path_a_finding_is_in_every_scope() {
    let scoped = "{ count: { scope: prod } }";
    let krs = [("k", scoped, "<= 0")];
    let at = |locations: Value| with_result(json!({ "locations": locations }));
    for (what, locations, verdict) in [
        ("inside", json!([place("services/a.c", 1)]), "missed"),
        ("outside", json!([place("web/a.c", 1)]), "met"),
        ("taken away", json!([place("services/tests/a.c", 1)]), "met"),
        (
            "normalised",
            json!([place("services/x/../../web/a.c", 1)]),
            "met",
        ),
        ("none", json!([]), "missed"),
        (
            "logical",
            json!([{"logicalLocations": [{"name": "f"}]}]),
            "missed",
        ),
        (
            "outside the repository",
            json!([place("../web/a.c", 1)]),
            "missed",
        ),
        (
            "absolute elsewhere",
            json!([place("file:///elsewhere/web/a.c", 1)]),
            "missed",
        ),
        (
            "another scheme",
            json!([place("https://example.com/web/a.c", 1)]),
            "missed",
        ),
        ("unusable", json!([place("web%2Fa.c", 1)]), "missed"),
    ] {
        let judged = judged(PROD, &krs, &at(locations));
        assert_eq!(judged.verdicts["k"], verdict, "{what}: {}", judged.output);
    }
    // A class filter leaves it out.
    let krs = [("k", "{ count: { scope: prod, class: secrets } }", "<= 0")];
    let both = log(&[
        run_by("CodeQL", &[result(json!({"locations": []}))], success()),
        run_by("gitleaks", &[], json!({})),
    ]);
    judged(PROD, &krs, &both).assert("k", "met");
}

#[test]
fn sarif_rule_109_of_an_image_too() {
    let krs = [("k", "{ count: { scope: prod } }", "<= 0")];
    let image = log(&[run_by(
        "Dockle",
        &[result(json!({"locations": [place("web/a", 1)]}))],
        success(),
    )]);
    judged(PROD, &krs, &image).assert("k", "missed");
}

#[test]
fn sarif_rule_061_and_066_a_level_filter_sees_the_effective_level() {
    let krs = [("k", "{ count: { class: sast, level: error } }", "<= 0")];
    let rule = json!({"id": "R1", "defaultConfiguration": {"level": "error"}});
    let base = json!({"tool": named_tool("CodeQL", &[rule]), "results": [result(json!({}))]});
    judged("", &krs, &log(&[run(merged(base, success()))])).assert("k", "missed");
    judged("", &krs, &one(result(json!({})))).assert("k", "met");
}

#[test]
fn sarif_rule_041_on_a_change_what_exists_is_not_judged() {
    let policy = policy(ENTRY, &[kr("k", SAST, "<= 0")]);
    for (state, change, whole) in [
        (json!("new"), "missed", "missed"),
        (json!("unchanged"), "met", "missed"),
        (json!("updated"), "met", "missed"),
        // Nothing tells, so it counts as introduced.
        (json!(null), "missed", "missed"),
        (json!("existing"), "missed", "missed"),
    ] {
        let document = with_result(json!({ "baselineState": state }));
        let reports = [("r.sarif", bytes(&document))];
        judge_with(&["--base", "HEAD"], &policy, &reports).assert("k", change);
        judge_with(&["--event", "state"], &policy, &reports).assert("k", whole);
    }
    let beside = log(&[run_by(
        "CodeQL",
        &[
            result(json!({"baselineState": "unchanged"})),
            result(json!({})),
        ],
        success(),
    )]);
    let reports = [("r.sarif", bytes(&beside))];
    let judged = judge_with(&["--base", "HEAD"], &policy, &reports);
    judged.assert("k", "missed");
    assert_eq!(judged.json["objectives"][0]["key_results"][0]["value"], "1");
}

#[test]
fn sarif_rules_the_exit_code_is_that_of_the_verdict_in_every_format() {
    let policy = policy(ENTRY, &[kr("k", SAST, "<= 0")]);
    let clean = log(&[run_by("CodeQL", &[], success())]);
    let found = with_result(json!({}));
    let failed = log(&[run_by("CodeQL", &[], failure())]);
    let refused = merged(clean.clone(), json!({"version": "2.2"}));
    for (document, expected) in [(clean, 0), (found, 1), (failed, 1), (refused, 3)] {
        for format in ["json", "text", "sarif", "junit", "markdown"] {
            let reports = [("r.sarif", bytes(&document))];
            let (exit, _, _) = check(&["--format", format], &policy, &reports);
            assert_eq!(exit, expected, "{format}");
        }
    }
}

/// The row of the one run.
fn run_row(judged: &Judged) -> &Value {
    &judged.json["runs"][0]
}

#[test]
fn sarif_rule_028_reason_and_owner_are_shown_with_the_failure() {
    let head = entry("    accept_degraded: { reason: \"beta parser\", owner: \"@ann\" }\n");
    let policy = policy(&head, &[kr("k", SAST, "<= 0")]);
    let document = log(&[run_by("CodeQL", &[], failure())]);
    let reports = [("r.sarif", bytes(&document))];
    let judged = judge(&policy, &reports);
    judged.assert("k", "met");
    let (exit, text, errors) = check(&["--format", "text"], &policy, &reports);
    assert_eq!(exit, 0);
    for output in [&judged.output, &format!("{text}{errors}")] {
        for shown in ["beta parser", "@ann"] {
            assert!(output.contains(shown), "{shown} is shown:\n{output}");
        }
    }
    assert_eq!(
        run_row(&judged)["reasons"],
        json!(["execution-unsuccessful"])
    );
}

#[test]
fn sarif_rule_032_and_036_and_040_what_does_not_count_is_still_counted() {
    let results = [
        result(json!({"kind": "review", "properties": {"security-severity": "9.5"}})),
        result(json!({"kind": "pass"})),
        result(json!({"suppressions": [{"kind": "inSource"}]})),
        result(json!({"baselineState": "absent"})),
        result(json!({"baselineState": "new"})),
    ];
    let document = log(&[run_by("CodeQL", &results, success())]);
    let judged = judged("", &[("k", SAST, "== 1")], &document);
    judged.assert("k", "met");
    let row = run_row(&judged);
    for (member, count) in [
        ("results", 5),
        ("findings", 1),
        ("needs_review", 1),
        ("passed", 1),
        ("suppressed", 1),
        ("resolved", 1),
    ] {
        assert_eq!(row[member], count, "{member}: {row}");
    }
    let reports = [("r.sarif", bytes(&document))];
    let policy = policy(ENTRY, &[kr("k", SAST, "== 1")]);
    let (_, text, _) = check(&["--format", "text", "--verbose"], &policy, &reports);
    for shown in ["needs review", "9.5", "suppressed"] {
        assert!(text.contains(shown), "{shown} is shown:\n{text}");
    }
}

#[test]
fn sarif_rule_109_it_is_shown_as_no_path() {
    let policy = policy(
        &format!("{ENTRY}{PROD}"),
        &[kr("k", "{ count: { scope: prod } }", "<= 0")],
    );
    let document = with_result(json!({"locations": []}));
    let (_, text, _) = check(
        &["--format", "text"],
        &policy,
        &[("r.sarif", bytes(&document))],
    );
    assert!(text.contains("no path"), "{text}");
}

#[test]
fn sarif_rule_082_how_many_are_unscored_is_said() {
    let results: Vec<_> = std::iter::repeat_n(result(json!({"level": "error"})), 17).collect();
    let document = log(&[run_by("CodeQL", &results, success())]);
    let policy = policy(ENTRY, &[kr("k", ABOVE_7, "<= 0")]);
    let (_, text, _) = check(
        &["--format", "text"],
        &policy,
        &[("r.sarif", bytes(&document))],
    );
    assert!(text.contains("17"), "{text}");
    assert!(
        text.contains("unscored") || text.contains("no score"),
        "{text}"
    );
}

#[test]
fn sarif_rule_110_sarif_output_states_no_column_whose_kind_is_unknown() {
    let at = |kind: Value| {
        let location = json!({"physicalLocation": {
            "artifactLocation": {"uri": "src/a.c"},
            "region": {"startLine": 3, "startColumn": 5, "endColumn": 9}
        }});
        let found = result(json!({"locations": [location]}));
        log(&[run_by("CodeQL", &[found], json!({ "columnKind": kind }))])
    };
    let policy = policy(ENTRY, &[kr("k", SAST, "<= 0")]);
    let (_, text, _) = check(
        &["--format", "sarif"],
        &policy,
        &[("r.sarif", bytes(&at(json!(null))))],
    );
    assert!(text.contains("\"startLine\""), "{text}");
    assert!(!text.contains("Column"), "{text}");
}

#[test]
fn sarif_rule_082_the_highest_score_of_unscored_findings_is_not_known() {
    let measure = "{ max_cvss: { class: sast } }";
    let with = |score: &str| {
        let scored = result(json!({"properties": {"security-severity": score}}));
        log(&[run_by("CodeQL", &[scored, result(json!({}))], success())])
    };
    let krs = [("k", measure, "<= 7.0")];
    judged("", &krs, &with("9.8")).assert("k", "missed");
    judged("", &krs, &with("3.0")).assert("k", "unknown");
    judged("severity: { unscored: ignore }\n", &krs, &with("3.0")).assert("k", "met");
    judged("severity: { unscored: fail }\n", &krs, &with("3.0")).assert("k", "missed");
    judged(BY_LEVEL, &krs, &with("3.0")).assert("k", "met");
}

#[test]
fn sarif_rule_082_negation_does_not_decide_what_is_unscored() {
    let measure = "{ count: { class: sast, not: { cvss: \"> 7\" } } }";
    let krs = [("k", measure, "<= 0")];
    judged("", &krs, &with_result(json!({"level": "error"}))).assert("k", "unknown");
    judged("", &krs, &scored("error", "9.8")).assert("k", "met");
    judged("", &krs, &scored("error", "3.0")).assert("k", "missed");
    let any = "{ count: { class: sast, any: [ { cvss: \"> 7\" }, { level: error } ] } }";
    let krs = [("k", any, "<= 0")];
    judged("", &krs, &with_result(json!({"level": "error"}))).assert("k", "missed");
    judged("", &krs, &with_result(json!({"level": "note"}))).assert("k", "unknown");
}

#[test]
fn sarif_rule_078_a_severity_filter_over_unscored_findings_is_unknown() {
    let krs = [(
        "k",
        "{ count: { class: sast, severity: critical } }",
        "<= 0",
    )];
    let bare = with_result(json!({"level": "error"}));
    judged("", &krs, &bare).assert("k", "unknown");
    judged("severity: { unscored: fail }\n", &krs, &bare).assert("k", "missed");
    judged(BY_LEVEL, &krs, &bare).assert("k", "met");
    let high = [("k", "{ count: { class: sast, severity: high } }", "<= 0")];
    judged(BY_LEVEL, &high, &bare).assert("k", "missed");
}

#[test]
fn sarif_terms_a_report_that_is_not_there_leaves_a_clean_one_a_lower_bound() {
    let head = concat!(
        "reports:\n",
        "  - name: first\n    path: first.sarif\n    class: sast\n",
        "  - name: second\n    path: second.sarif\n    class: sast\n",
        "  - name: keys\n    path: keys.sarif\n    class: secrets\n",
    );
    let krs = [
        ("sast", SAST, "<= 0"),
        ("secrets", SECRETS, "<= 0"),
        ("any", ALL, "<= 0"),
    ];
    let first = |results: &[Value]| log(&[run_by("CodeQL", results, success())]);
    let keys = log(&[run_by("gitleaks", &[], json!({}))]);
    let judge = |first: Value, second: Value| {
        of(
            head,
            &krs,
            &[
                ("first.sarif", first),
                ("second.sarif", second),
                ("keys.sarif", keys.clone()),
            ],
        )
    };
    let whole = judge(first(&[]), log(&[run_by("Bandit", &[], success())]));
    whole.assert("sast", "met");
    whole.assert("any", "met");
    for (what, second, exit) in [
        ("no runs", json!({"version": "2.1.0", "runs": []}), 1),
        (
            "another version",
            json!({"version": "2.0.0", "runs": []}),
            3,
        ),
        ("another format", json!({"some": "thing"}), 3),
    ] {
        let clean = judge(first(&[]), second.clone());
        assert_eq!(clean.exit, exit, "{what}: {}", clean.output);
        clean.assert("sast", "unknown");
        clean.assert("any", "unknown");
        clean.assert("secrets", "met");
        let found = judge(first(&[result(json!({}))]), second);
        found.assert("sast", "missed");
    }
}
