//! Section C: which results are findings.

use krgate::diagnostic::Code;
use krgate::ingest::Expected;
use krgate::model::{BaselineState, Level, RunReason, RunStatus, Suppression};
use serde_json::{Value, json};

use crate::support::{
    Report, Seen, bytes, context, log, merged, named_tool, one, place, read, read_reports,
    read_reports_in, result, ruled, run, run_of, without,
};

const PAST: &str = "2025-12-31T23:59:59Z";
const FUTURE: &str = "2026-01-01T00:00:01Z";

fn of_kind(kind: Value, level: Value) -> Seen {
    read(&one(result(json!({"kind": kind, "level": level}))))
}

fn suppressed_by(suppressions: Value) -> Seen {
    read(&one(result(json!({ "suppressions": suppressions }))))
}

fn expiring(expiry: Value) -> Value {
    json!({"kind": "external", "properties": {"expiryUtc": expiry}})
}

#[test]
fn sarif_rule_030_no_kind_is_fail() {
    for over in [json!({}), json!({"kind": null}), json!({"kind": "fail"})] {
        let seen = read(&one(result(over)));
        assert_eq!(seen.only().level, Level::Warning);
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_031_pass_and_not_applicable_are_no_findings() {
    for kind in ["pass", "notApplicable"] {
        for level in [json!(null), json!("none")] {
            let seen = of_kind(json!(kind), level);
            assert!(seen.facts().is_empty(), "{kind}: {seen}");
            assert_eq!(seen.run().counts.passed, 1, "{kind} is counted");
            assert_eq!(seen.run().counts.results, Some(1));
            seen.assert_codes(&[]);
        }
    }
}

#[test]
fn sarif_rule_031_not_even_with_a_level() {
    for kind in ["pass", "notApplicable"] {
        for level in ["error", "warning", "note"] {
            let seen = of_kind(json!(kind), json!(level));
            assert!(seen.facts().is_empty(), "{kind} {level}: {seen}");
            seen.assert_codes(&[(Code::SarifKindLevelConflict, 1)]);
        }
    }
}

#[test]
fn sarif_rule_032_kinds_to_review_without_a_level_are_no_findings() {
    for kind in ["open", "review", "informational"] {
        for level in [json!(null), json!("none")] {
            let seen = of_kind(json!(kind), level);
            assert!(seen.facts().is_empty(), "{kind}: {seen}");
            assert_eq!(seen.run().counts.needs_review, 1, "{kind} is counted");
            seen.assert_codes(&[]);
        }
        let absent = read(&one(result(json!({ "kind": kind }))));
        assert!(absent.facts().is_empty(), "{kind}: {absent}");
    }
}

#[test]
fn sarif_rule_032_the_default_of_the_rule_is_no_level_of_the_result() {
    let rule = json!({"id": "R1", "defaultConfiguration": {"level": "error"}});
    let seen = read(&ruled(rule, result(json!({"kind": "review"}))));
    assert!(seen.facts().is_empty(), "{seen}");
    assert_eq!(seen.run().counts.needs_review, 1);
}

#[test]
fn sarif_rule_032_the_highest_score_to_review_is_kept() {
    let scored = |score: &str| {
        result(json!({
            "kind": "open", "level": "none", "properties": {"security-severity": score}
        }))
    };
    let seen = read(&log(&[run(
        json!({"results": [scored("3.1"), scored("9.5"), scored("7.0")]}),
    )]));
    assert!(seen.facts().is_empty());
    let highest = seen
        .run()
        .max_needs_review
        .and_then(krgate::model::Cvss::judged);
    assert_eq!(highest.map(|s| s.tenths.get()), Some(95), "{seen}");
    let none = read(&one(result(json!({"kind": "open"}))));
    assert_eq!(
        none.run()
            .max_needs_review
            .and_then(krgate::model::Cvss::judged),
        None
    );
}

#[test]
fn sarif_rule_033_review_with_a_level_counts() {
    for kind in ["open", "review", "informational"] {
        for (word, level) in [
            ("error", Level::Error),
            ("warning", Level::Warning),
            ("note", Level::Note),
        ] {
            let seen = of_kind(json!(kind), json!(word));
            assert_eq!(seen.only().level, level, "{kind} {word}");
            seen.assert_codes(&[(Code::SarifKindLevelConflict, 1)]);
            assert_eq!(seen.run().counts.needs_review, 0);
        }
    }
}

#[test]
fn sarif_rule_033_a_level_of_an_unknown_word_counts_too() {
    let seen = of_kind(json!("review"), json!("dire"));
    assert_eq!(seen.only().level, Level::Error);
    assert_eq!(seen.count(Code::SarifLevelUnknown), 1);
    assert_eq!(seen.count(Code::SarifKindLevelConflict), 1);
}

#[test]
fn sarif_rule_034_an_unknown_kind_reads_as_fail() {
    for kind in [
        json!("failure"),
        json!("Pass"),
        json!("PASS"),
        json!("pass "),
        json!("not_applicable"),
        json!(""),
        json!(5),
        json!(false),
        json!(["pass"]),
        json!({"kind": "pass"}),
    ] {
        let seen = of_kind(kind.clone(), json!("note"));
        assert_eq!(seen.only().level, Level::Note, "{kind}: {seen}");
        assert_eq!(seen.count(Code::SarifKindUnknown), 1, "{kind}: {seen}");
        assert_eq!(seen.count(Code::SarifKindLevelConflict), 0, "{kind}");
        assert_eq!(seen.statuses(), [RunStatus::Ok], "{kind}: nothing was lost");
    }
}

#[test]
fn sarif_rule_035_no_suppressions_do_not_suppress() {
    for suppressions in [json!(null), json!([])] {
        let seen = suppressed_by(suppressions);
        assert_eq!(seen.only().suppression, Suppression::None);
        seen.assert_codes(&[]);
    }
    assert_eq!(
        read(&one(result(json!({})))).only().suppression,
        Suppression::None
    );
}

#[test]
fn sarif_rule_036_no_status_or_accepted_suppresses() {
    for suppressions in [
        json!([{"kind": "external"}]),
        json!([{"kind": "external", "status": null}]),
        json!([{"kind": "external", "status": "accepted"}]),
        json!([{"kind": "external", "status": "accepted"}, {"kind": "external"}]),
    ] {
        let seen = suppressed_by(suppressions.clone());
        assert!(seen.counted().is_empty(), "{suppressions}: {seen}");
        assert_eq!(seen.facts().len(), 1, "never dropped");
        assert_eq!(seen.run().counts.suppressed, 1);
        assert_eq!(seen.run().counts.findings, 0);
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_037_an_open_or_refused_suppression_does_not_suppress() {
    for status in ["underReview", "rejected"] {
        for suppressions in [
            json!([{"kind": "external", "status": status}]),
            json!([{"kind": "external", "status": "accepted"}, {"kind": "external", "status": status}]),
            json!([{"kind": "inSource", "status": status}, {"kind": "inSource"}]),
        ] {
            let seen = suppressed_by(suppressions.clone());
            assert_eq!(
                seen.only().suppression,
                Suppression::NotEffective,
                "{suppressions}"
            );
            assert_eq!(seen.run().counts.suppressed, 0);
            seen.assert_codes(&[]);
        }
    }
}

#[test]
fn sarif_rule_037_what_cannot_be_understood_does_not_suppress() {
    for suppressions in [
        json!([{"kind": "external", "status": "approved"}]),
        json!([{"kind": "external", "status": "Accepted"}]),
        json!([{"kind": "external", "status": ""}]),
        json!([{"kind": "external", "status": 5}]),
        json!([{"kind": "external"}, {"kind": "external", "status": "approved"}]),
    ] {
        let seen = suppressed_by(suppressions.clone());
        assert!(!seen.only().suppression.holds(), "{suppressions}");
        assert_eq!(
            seen.count(Code::SarifSuppressionUnknown),
            1,
            "{suppressions}: {seen}"
        );
    }
    for suppressions in [
        json!(["accepted"]),
        json!([null]),
        json!([{"kind": "external"}, true]),
        json!([[]]),
    ] {
        let seen = suppressed_by(suppressions.clone());
        assert!(!seen.only().suppression.holds(), "{suppressions}: {seen}");
    }
}

#[test]
fn sarif_rule_037_suppressions_of_the_wrong_type_do_not_suppress() {
    for suppressions in [
        json!({"kind": "external"}),
        json!("all"),
        json!(true),
        json!(1),
    ] {
        let seen = suppressed_by(suppressions.clone());
        assert!(!seen.only().suppression.holds(), "{suppressions}: {seen}");
        assert_eq!(
            seen.count(Code::SarifSuppressionUnknown),
            1,
            "never taken as absent without a word: {suppressions}: {seen}"
        );
    }
}

#[test]
fn sarif_rule_038_in_source_and_external_are_told_apart() {
    let source = json!({"kind": "inSource"});
    let external = json!({"kind": "external"});
    for (suppressions, expected) in [
        (json!([source]), Suppression::InSource),
        (json!([external]), Suppression::External),
        (json!([source, external]), Suppression::Both),
        (json!([external, source, source]), Suppression::Both),
    ] {
        let seen = suppressed_by(suppressions.clone());
        assert_eq!(seen.facts()[0].suppression, expected, "{suppressions}");
    }
}

#[test]
fn sarif_rule_039_an_expired_suppression_does_not_suppress() {
    for (expiry, holds) in [
        (json!(FUTURE), true),
        (json!("2030-06-01T00:00:00.000Z"), true),
        (json!(null), true),
        (json!(PAST), false),
        (json!("2022-09-08T00:00:00.000Z"), false),
        (json!("soon"), false),
        (json!(""), false),
        (json!(4_102_444_800_u64), false),
        (json!({}), false),
    ] {
        let seen = suppressed_by(json!([expiring(expiry.clone())]));
        let fact = &seen.facts()[0];
        assert_eq!(fact.suppression.holds(), holds, "{expiry}: {seen}");
        if !holds {
            assert_eq!(fact.suppression, Suppression::NotEffective, "{expiry}");
        }
    }
}

#[test]
fn sarif_rule_039_only_the_expired_element_falls_away() {
    let (past, future) = (expiring(json!(PAST)), expiring(json!(FUTURE)));
    for (suppressions, holds) in [
        (json!([past, future]), true),
        (json!([past, {"kind": "inSource"}]), true),
        (json!([past, past]), false),
        (
            json!([past, {"kind": "external", "status": "underReview"}]),
            false,
        ),
    ] {
        let seen = suppressed_by(suppressions.clone());
        assert_eq!(
            seen.facts()[0].suppression.holds(),
            holds,
            "{suppressions}: {seen}"
        );
    }
    let seen = suppressed_by(json!([past, {"kind": "inSource"}]));
    assert_eq!(
        seen.facts()[0].suppression,
        Suppression::InSource,
        "the expired one lends no kind"
    );
}

#[test]
fn sarif_rule_039_the_clock_is_an_argument() {
    let document = one(result(json!({"suppressions": [expiring(json!(FUTURE))]})));
    let mut later = context();
    later.now = "2026-01-02T00:00:00Z".parse().unwrap();
    let report = || [Report::new("r.sarif", bytes(&document))];
    assert!(read_reports(&report(), &context()).counted().is_empty());
    assert_eq!(read_reports(&report(), &later).counted().len(), 1);
}

#[test]
fn sarif_rule_040_absent_is_no_finding() {
    let seen = read(&one(result(
        json!({"baselineState": "absent", "level": "error"}),
    )));
    assert!(seen.counted().is_empty(), "{seen}");
    assert_eq!(seen.run().counts.resolved, 1);
    assert_eq!(seen.run().counts.findings, 0);
    seen.assert_codes(&[]);
}

#[test]
fn sarif_rule_040_kind_then_suppression_then_baseline() {
    let passed = read(&one(result(json!({
        "kind": "pass", "suppressions": [{"kind": "external"}], "baselineState": "absent"
    }))));
    let counts = passed.run().counts;
    assert_eq!(
        (counts.passed, counts.suppressed, counts.resolved),
        (1, 0, 0)
    );
    let suppressed = read(&one(result(json!({
        "suppressions": [{"kind": "external"}], "baselineState": "absent"
    }))));
    let counts = suppressed.run().counts;
    assert_eq!(
        (counts.passed, counts.suppressed, counts.resolved),
        (0, 1, 0)
    );
    let refused = read(&one(result(json!({
        "suppressions": [{"kind": "external", "status": "rejected"}], "baselineState": "absent"
    }))));
    let counts = refused.run().counts;
    assert_eq!(
        (counts.passed, counts.suppressed, counts.resolved),
        (0, 0, 1)
    );
    assert!(refused.counted().is_empty());
}

fn baseline(states: &[Value]) -> Seen {
    let results: Vec<_> = states
        .iter()
        .map(|state| result(json!({ "baselineState": state })))
        .collect();
    read(&log(&[run(json!({ "results": results }))]))
}

#[test]
fn sarif_rule_041_new_is_introduced_and_the_rest_exists() {
    let seen = baseline(&[json!("new"), json!("unchanged"), json!("updated")]);
    let states: Vec<_> = seen.counted().iter().map(|f| f.baseline).collect();
    assert_eq!(
        states,
        [
            BaselineState::New,
            BaselineState::Existing,
            BaselineState::Existing
        ]
    );
    seen.assert_codes(&[]);
}

#[test]
fn sarif_rule_041_nothing_said_at_all_is_unstated_without_a_word() {
    let seen = baseline(&[json!(null), json!(null)]);
    let states: Vec<_> = seen.counted().iter().map(|f| f.baseline).collect();
    assert_eq!(states, [BaselineState::Unstated, BaselineState::Unstated]);
    seen.assert_codes(&[]);
}

#[test]
fn sarif_rule_041_missing_or_unknown_beside_others_is_introduced() {
    for odd in [
        json!(null),
        json!("existing"),
        json!("Unchanged"),
        json!(""),
        json!(5),
        json!([]),
    ] {
        for states in [
            [odd.clone(), json!("unchanged")],
            [json!("unchanged"), odd.clone()],
        ] {
            let seen = baseline(&states);
            let place = states.iter().position(|s| *s == odd).unwrap();
            let facts = seen.counted();
            assert_eq!(facts.len(), 2, "{odd}: {seen}");
            assert_eq!(facts[place].baseline, BaselineState::New, "{odd}: {seen}");
            assert_eq!(facts[1 - place].baseline, BaselineState::Existing);
            assert_eq!(seen.count(Code::SarifBaselineUnknown), 1, "{odd}: {seen}");
        }
    }
    // A state on a result that is no finding is a state all the same.
    let seen = baseline(&[json!(null), json!("absent")]);
    assert_eq!(seen.only().baseline, BaselineState::New);
    assert_eq!(seen.count(Code::SarifBaselineUnknown), 1, "{seen}");
}

#[test]
fn sarif_rule_041_another_run_does_not_matter() {
    let with = run(json!({"results": [result(json!({"baselineState": "unchanged"}))]}));
    let without = run(json!({
        "results": [result(json!({}))], "automationDetails": {"id": "other/"}
    }));
    let seen = read(&log(&[with, without]));
    let states: Vec<_> = seen.counted().iter().map(|f| f.baseline).collect();
    assert_eq!(states, [BaselineState::Existing, BaselineState::Unstated]);
    assert_eq!(seen.count(Code::SarifBaselineUnknown), 0);
}

#[test]
fn sarif_rule_041_an_unknown_word_is_never_existing() {
    let seen = baseline(&[json!("existing"), json!("existing")]);
    assert_eq!(seen.counted().len(), 2);
    for fact in seen.counted() {
        assert_ne!(fact.baseline, BaselineState::Existing, "{seen}");
    }
}

#[test]
fn sarif_rule_042_equal_results_count_each() {
    let twin = result(json!({"level": "error", "message": {"text": "same"}}));
    let seen = read(&log(&[run(json!({"results": [twin, twin, twin]}))]));
    assert_eq!(seen.counted().len(), 3);
    assert_eq!(seen.run().counts.findings, 3);
    let ids: std::collections::BTreeSet<_> = seen.facts().iter().map(|f| f.id).collect();
    assert_eq!(ids.len(), 3, "each has an id of its own");
}

#[test]
fn sarif_rule_043_occurrence_count_has_no_effect() {
    let plain = read(&one(result(json!({}))));
    for count in [json!(0), json!(50), json!("many"), json!(-1)] {
        let seen = read(&one(result(json!({ "occurrenceCount": count }))));
        assert_eq!(seen.debug(), plain.debug(), "{count}");
    }
}

fn category(id: Value) -> Option<String> {
    let seen = read(&log(&[run(json!({"automationDetails": {"id": id}}))]));
    seen.run().category.as_ref().map(|c| c.raw().to_owned())
}

#[test]
fn sarif_rule_044_the_category_ends_at_the_last_slash() {
    for (id, expected) in [
        (json!("Snyk/Code/2025-01-01T00:00:00Z"), Some("Snyk/Code")),
        (json!("Fortify/"), Some("Fortify")),
        (json!("a/b/"), Some("a/b")),
        (json!("no-slash"), None),
        (json!(""), None),
        (json!(null), None),
        (json!(7), None),
    ] {
        assert_eq!(category(id.clone()).as_deref(), expected, "{id}");
    }
    assert_eq!(read(&log(&[run(json!({}))])).run().category, None);
}

#[test]
fn sarif_rule_044_several_runs_of_one_tool_add_up() {
    let with = |id: &str, results: Vec<Value>| {
        run(json!({"results": results, "automationDetails": {"id": id}}))
    };
    let seen = read(&log(&[
        with("a/1", vec![result(json!({}))]),
        with("b/1", vec![result(json!({})), result(json!({}))]),
    ]));
    assert_eq!(seen.counted().len(), 3);
    assert_eq!(seen.intake.runs.len(), 2);
    seen.assert_codes(&[]);
}

fn two_reports(first: &Value, second: &Value) -> Seen {
    read_reports(
        &[
            Report::new("a.sarif", bytes(first)),
            Report::new("b.sarif", bytes(second)),
        ],
        &context(),
    )
}

#[test]
fn sarif_rule_045_the_same_tool_and_category_twice_adds_up() {
    let first = log(&[run(json!({"results": [result(json!({}))]}))]);
    let second = log(&[run(
        json!({"results": [result(json!({})), result(json!({}))]}),
    )]);
    let seen = two_reports(&first, &second);
    assert_eq!(seen.counted().len(), 3, "added, never overwritten");
    assert_eq!(seen.of(Code::SameToolTwice).count(), 1, "{seen}");
    let inside = read(&log(&[
        run(json!({"results": [result(json!({}))]})),
        run(json!({"results": [result(json!({"level": "note"}))]})),
    ]));
    assert_eq!(inside.counted().len(), 2);
    assert_eq!(inside.of(Code::SameToolTwice).count(), 1, "{inside}");
}

#[test]
fn sarif_rule_045_another_tool_or_category_is_not_the_same() {
    let of = |name: &str, category: &str| {
        log(&[run(json!({
            "tool": named_tool(name, &[]),
            "results": [result(json!({}))],
            "automationDetails": {"id": format!("{category}/1")}
        }))])
    };
    for (first, second, told) in [
        (of("CodeQL", "a"), of("CodeQL", "b"), 0),
        (of("CodeQL", "a"), of("Bandit", "a"), 0),
        (
            of("CodeQL", "a"),
            merged(of("CodeQL", "a"), json!({"x": 1})),
            1,
        ),
        // One tool under two of its names.
        (of("CodeQL", "a"), of("Semmle QL", "a"), 1),
    ] {
        let seen = two_reports(&first, &second);
        assert_eq!(seen.counted().len(), 2);
        assert_eq!(seen.of(Code::SameToolTwice).count(), told, "{seen}");
    }
}

#[test]
fn sarif_rule_045_the_same_bytes_are_read_once() {
    let document = one(result(json!({})));
    let seen = two_reports(&document, &document);
    assert_eq!(seen.counted().len(), 1, "{seen}");
    assert_eq!(seen.of(Code::ReportRepeated).count(), 1);
    assert_eq!(seen.of(Code::SameToolTwice).count(), 0);
    // One byte of difference, and they are two.
    let mut other = bytes(&document);
    other.push(b'\n');
    let reports = [
        Report::new("a.sarif", bytes(&document)),
        Report::new("b.sarif", other),
    ];
    let seen = read_reports(&reports, &context());
    assert_eq!(seen.counted().len(), 2, "{seen}");
    assert_eq!(seen.of(Code::ReportRepeated).count(), 0);
}

const GUID: &str = "00001111-2222-3333-4444-555566667777";

fn with_inline(reference: Value, run_over: Value) -> Value {
    let base = run(merged(
        json!({"externalPropertyFileReferences": {"results": [reference]}}),
        run_over,
    ));
    merged(
        log(&[base]),
        json!({"inlineExternalProperties": [
            {"guid": "99990000-0000-0000-0000-000000000000", "results": []},
            {"guid": GUID,
             "results": [result(json!({"level": "error"})), result(json!({"kind": "pass"}))]}
        ]}),
    )
}

#[test]
fn sarif_rule_046_inline_results_belong_to_the_run() {
    for reference in [
        json!({"location": {"uri": "sarif:/inlineExternalProperties/1"}}),
        json!({"guid": GUID}),
        json!({"location": {"uri": "sarif:/inlineExternalProperties/1"}, "guid": GUID}),
    ] {
        let own = json!({"results": [result(json!({"level": "warning"}))]});
        let seen = read(&with_inline(reference.clone(), own));
        let levels: Vec<_> = seen.counted().iter().map(|f| f.level).collect();
        assert_eq!(
            levels,
            [Level::Warning, Level::Error],
            "{reference}: {seen}"
        );
        assert_eq!(seen.run().counts.results, Some(3), "all kinds are counted");
        seen.assert_run(RunStatus::Ok, &[]);
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_046_then_results_are_not_absent() {
    let reference = json!({"location": {"uri": "sarif:/inlineExternalProperties/1"}});
    let absent = with_inline(reference.clone(), json!({}));
    let mut absent = absent;
    absent["runs"][0] = without(absent["runs"][0].clone(), "results");
    for document in [absent, with_inline(reference, json!({"results": null}))] {
        let seen = read(&document);
        assert_eq!(seen.only().level, Level::Error);
        seen.assert_run(RunStatus::Ok, &[]);
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_046_wherever_the_inline_part_stands() {
    let document = with_inline(
        json!({"location": {"uri": "sarif:/inlineExternalProperties/1"}}),
        json!({}),
    );
    let before = format!(
        r#"{{"inlineExternalProperties": {}, "version": "2.1.0", "runs": {}}}"#,
        document["inlineExternalProperties"], document["runs"]
    );
    let after = format!(
        r#"{{"version": "2.1.0", "runs": {}, "inlineExternalProperties": {}}}"#,
        document["runs"], document["inlineExternalProperties"]
    );
    for text in [before, after] {
        let seen = crate::support::read_bytes(text.clone());
        assert_eq!(seen.only().level, Level::Error, "{text}");
        seen.assert_run(RunStatus::Ok, &[]);
    }
}

#[test]
fn sarif_rule_046_inline_results_find_the_rules_of_the_run() {
    let rules = [json!({"id": "R1", "defaultConfiguration": {"level": "error"}})];
    let base = merged(
        run_of(&rules, &[]),
        json!({"externalPropertyFileReferences": {
            "results": [{"location": {"uri": "sarif:/inlineExternalProperties/0"}}]
        }}),
    );
    let document = merged(
        log(&[base]),
        json!({"inlineExternalProperties": [{"results": [result(json!({}))]}]}),
    );
    assert_eq!(read(&document).only().level, Level::Error);
}

#[test]
fn sarif_rule_046_an_inline_part_that_is_not_there_is_not_read() {
    for reference in [
        json!({"location": {"uri": "sarif:/inlineExternalProperties/2"}}),
        json!({"location": {"uri": "sarif:/inlineExternalProperties/x"}}),
        json!({"location": {"uri": "sarif:/inlineExternalProperties/-1"}}),
        json!({"guid": "11111111-1111-1111-1111-111111111111"}),
    ] {
        let seen = read(&with_inline(reference.clone(), json!({})));
        assert_eq!(seen.statuses(), [RunStatus::Failed], "{reference}: {seen}");
        // What the run misses, and what no run has.
        assert_eq!(seen.count(Code::SarifExternalNotRead), 2, "{reference}");
    }
}

fn with_external(external: Value) -> Seen {
    let over = json!({
        "results": [result(json!({}))], "externalPropertyFileReferences": external
    });
    read(&log(&[run(over)]))
}

#[test]
fn sarif_rule_047_external_parts_that_decide_fail_the_run() {
    let elsewhere = json!({"location": {"uri": "more.sarif-external-properties"}, "guid": GUID});
    for external in [
        json!({"results": [elsewhere]}),
        json!({"driver": elsewhere}),
        json!({"extensions": [elsewhere]}),
        json!({"invocations": [elsewhere]}),
    ] {
        let seen = with_external(external.clone());
        seen.assert_run(RunStatus::Failed, &[RunReason::ExternalNotRead]);
        assert_eq!(
            seen.count(Code::SarifExternalNotRead),
            1,
            "{external}: {seen}"
        );
        assert_eq!(seen.counted().len(), 1, "what is there counts");
    }
}

#[test]
fn sarif_rule_047_other_external_parts_are_ignored() {
    let elsewhere = json!([{"location": {"uri": "more.sarif-external-properties"}}]);
    for member in [
        "taxonomies",
        "graphs",
        "artifacts",
        "addresses",
        "logicalLocations",
        "policies",
        "threadFlowLocations",
        "translations",
        "webRequests",
        "webResponses",
    ] {
        let seen = with_external(json!({ member: elsewhere }));
        seen.assert_run(RunStatus::Ok, &[]);
        seen.assert_codes(&[]);
    }
    for external in [
        json!({"conversion": {"location": {"uri": "c.json"}}}),
        json!({"results": []}),
        json!({"results": null, "driver": null}),
        json!({}),
    ] {
        with_external(external).assert_run(RunStatus::Ok, &[]);
    }
}

#[test]
fn sarif_rule_047_references_of_the_wrong_type_are_not_taken_as_none() {
    for external in [
        json!([]),
        json!("more.json"),
        json!({"results": "more.json"}),
        json!({"results": {"location": {"uri": "more.json"}}}),
        json!({"results": ["more.json"]}),
        json!({"results": [{}]}),
        json!({"driver": "more.json"}),
        json!({"extensions": {"location": {"uri": "more.json"}}}),
    ] {
        let seen = with_external(external.clone());
        assert_eq!(seen.statuses(), [RunStatus::Failed], "{external}: {seen}");
        assert_eq!(seen.counted().len(), 1, "{external}");
    }
}

#[test]
fn sarif_rule_047_results_that_stand_elsewhere_alone_are_not_clean() {
    let external = json!({"results": [{"location": {"uri": "more.json"}}]});
    let base = run(json!({ "externalPropertyFileReferences": external }));
    for run in [
        without(base.clone(), "results"),
        merged(base, json!({"results": null})),
    ] {
        let seen = read(&log(&[run]));
        assert_ne!(seen.statuses(), [RunStatus::Ok], "{seen}");
        assert!(seen.run().reasons.contains(&RunReason::ExternalNotRead));
    }
}

#[test]
fn sarif_rule_048_a_name_in_a_report_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let beside = folder.path().join("more.sarif-external-properties");
    let external = json!({
        "version": "2.1.0", "guid": GUID, "results": [result(json!({"level": "error"}))]
    });
    std::fs::write(&beside, external.to_string()).unwrap();
    let absolute = beside.to_str().unwrap();
    for uri in [
        "more.sarif-external-properties".to_owned(),
        absolute.to_owned(),
        format!("file://{absolute}"),
        "http://127.0.0.1:9/more".to_owned(),
    ] {
        let references = json!({"results": [{"location": {"uri": uri}, "guid": GUID}]});
        let document = log(&[run(json!({ "externalPropertyFileReferences": references }))]);
        let reports = [Report::new("report.sarif", bytes(&document))];
        let seen = read_reports_in(folder.path(), &reports, &context());
        assert!(seen.facts().is_empty(), "{uri}: {seen}");
        seen.assert_run(RunStatus::Failed, &[RunReason::ExternalNotRead]);
    }
}

#[test]
fn sarif_rule_048_a_finding_in_a_folder_or_device_is_only_a_label() {
    for uri in ["/dev/zero", "file:///dev/zero", "..", "", "src"] {
        let seen = read(&one(result(json!({"locations": [place(uri, 1)]}))));
        assert_eq!(seen.counted().len(), 1, "{uri}");
    }
}

#[test]
fn sarif_rule_045_the_same_bytes_are_read_for_each_entry_that_asks_for_more() {
    let document = bytes(&log(&[run(json!({"results": [result(json!({}))]}))]));
    let strict = Expected {
        strong_evidence: true,
        ..Expected::default()
    };
    for entries in [
        [Expected::default(), strict.clone()],
        [strict, Expected::default()],
    ] {
        let reports = entries.map(|expected| {
            let name = format!("strict-{}.sarif", expected.strong_evidence);
            let mut report = Report::new(&name, document.clone());
            report.expected = expected;
            report
        });
        let seen = read_reports(&reports, &context());
        assert_eq!(seen.of(Code::ReportRepeated).count(), 0, "{seen}");
        assert_eq!(seen.of(Code::SameToolTwice).count(), 1, "{seen}");
        let mut believed: Vec<_> = seen.intake.runs.iter().map(|run| run.believed).collect();
        believed.sort_unstable();
        assert_eq!(believed, [false, true], "{seen}");
    }
}

#[test]
fn sarif_rule_047_inline_results_of_no_run_fail_the_runs() {
    let lost = json!({"results": [result(json!({"level": "error"}))]});
    for (inline, lost) in [
        (json!([lost]), 1),
        (json!([{"guid": GUID}, lost, lost]), 2),
        (json!([{"results": [17]}]), 1),
        (
            json!([{"results": []}, {"results": null}, {"guid": GUID}, 3]),
            0,
        ),
    ] {
        let own = json!({"results": []});
        let document = log(&[run(own.clone()), run(own)]);
        let before = format!(
            r#"{{"inlineExternalProperties": {inline}, "version": "2.1.0", "runs": {}}}"#,
            document["runs"]
        );
        let after = merged(document, json!({ "inlineExternalProperties": inline }));
        for text in [before.into_bytes(), bytes(&after)] {
            let mut report = Report::new("report.sarif", text);
            report.expected.accept_degraded = true;
            let seen = read_reports(&[report], &context());
            assert_eq!(
                seen.count(Code::SarifExternalNotRead),
                lost,
                "{inline}: {seen}"
            );
            let status = if lost > 0 {
                RunStatus::Failed
            } else {
                RunStatus::Ok
            };
            assert_eq!(seen.statuses(), [status; 2], "{inline}: {seen}");
            assert!(
                seen.intake
                    .runs
                    .iter()
                    .all(|run| run.is_exact() == (lost == 0)),
                "{seen}"
            );
        }
    }
}
