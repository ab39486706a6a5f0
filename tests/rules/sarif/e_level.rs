//! Section E: the level.

use krgate::diagnostic::Code;
use krgate::model::{Cvss, Level};
use serde_json::{Value, json};

use crate::support::{Seen, log, merged, named_tool, one, read, result, ruled, run, run_of};

fn defaulting(level: Value) -> Value {
    json!({"id": "R1", "defaultConfiguration": {"level": level}})
}

/// A run with rules `R1` (default error) and `R2`, these invocations, and one result.
fn overridden(invocations: Value, over: Value) -> Seen {
    let base = run_of(
        &[defaulting(json!("error")), json!({"id": "R2"})],
        &[result(over)],
    );
    read(&log(&[merged(base, json!({ "invocations": invocations }))]))
}

fn invocation(overrides: Value) -> Value {
    json!({"executionSuccessful": true, "ruleConfigurationOverrides": overrides})
}

/// An invocation that sets the level of the rule at an index.
fn to_note(index: u32) -> Value {
    invocation(json!([{"descriptor": {"index": index}, "configuration": {"level": "note"}}]))
}

fn first() -> Value {
    json!({"provenance": {"invocationIndex": 0}})
}

#[test]
fn sarif_rule_061_other_kinds_have_level_none_whatever_the_rule_says() {
    for kind in ["pass", "notApplicable", "open", "review", "informational"] {
        let seen = read(&ruled(
            defaulting(json!("error")),
            result(json!({ "kind": kind })),
        ));
        assert!(
            seen.counted().iter().all(|fact| fact.level == Level::None),
            "{kind}: {seen}"
        );
        assert_eq!(seen.run().counts.findings, 0, "{kind}");
    }
    let seen = read(&ruled(
        defaulting(json!("error")),
        result(json!({"kind": "fail"})),
    ));
    assert_eq!(seen.only().level, Level::Error);
}

#[test]
fn sarif_rule_062_the_results_own_level_beats_everything() {
    for (own, level) in [
        ("error", Level::Error),
        ("warning", Level::Warning),
        ("note", Level::Note),
        ("none", Level::None),
    ] {
        let seen = overridden(
            json!([to_note(0)]),
            merged(first(), json!({ "level": own })),
        );
        assert_eq!(seen.only().level, level, "{own}: {seen}");
        for default in ["error", "note"] {
            let seen = read(&ruled(
                defaulting(json!(default)),
                result(json!({ "level": own })),
            ));
            assert_eq!(seen.only().level, level, "{own} over {default}");
        }
    }
}

#[test]
fn sarif_rule_063_an_override_of_the_invocation_beats_the_default() {
    for descriptor in [
        json!({"index": 0}),
        json!({"id": "R1"}),
        json!({"index": 0, "id": "R1"}),
    ] {
        let overrides = json!([{"descriptor": descriptor, "configuration": {"level": "note"}}]);
        let seen = overridden(json!([invocation(overrides)]), first());
        assert_eq!(seen.only().level, Level::Note, "{descriptor}: {seen}");
    }
}

#[test]
fn sarif_rule_063_by_guid_and_in_an_extension() {
    let mut tools = named_tool(
        "CodeQL",
        &[merged(defaulting(json!("error")), json!({"guid": "g1"}))],
    );
    tools["extensions"] = json!([{"name": "e", "rules": [defaulting(json!("error"))]}]);
    let seen = |descriptor: Value, over: Value| {
        let overrides = json!([{"descriptor": descriptor, "configuration": {"level": "note"}}]);
        let base = run(json!({
            "tool": tools, "results": [result(merged(first(), over))],
            "invocations": [invocation(overrides)]
        }));
        read(&log(&[base])).only().level
    };
    let of_extension = json!({"rule": {"index": 0, "toolComponent": {"index": 0}}});
    let by_extension = json!({"index": 0, "toolComponent": {"index": 0}});
    assert_eq!(seen(json!({"guid": "g1"}), json!({})), Level::Note);
    assert_eq!(seen(json!({"guid": "g2"}), json!({})), Level::Error);
    assert_eq!(
        seen(by_extension.clone(), of_extension.clone()),
        Level::Note
    );
    // The same index in another component is another rule.
    assert_eq!(seen(by_extension, json!({"ruleIndex": 0})), Level::Error);
    assert_eq!(seen(json!({"index": 0}), of_extension), Level::Error);
}

#[test]
fn sarif_rule_063_the_provenance_picks_the_invocation() {
    let invocations = json!([invocation(json!([])), to_note(0)]);
    for (index, level) in [
        (0, Level::Error),
        (1, Level::Note),
        (2, Level::Error),
        (-1, Level::Error),
    ] {
        let over = json!({"provenance": {"invocationIndex": index}});
        let seen = overridden(invocations.clone(), over);
        assert_eq!(seen.only().level, level, "invocation {index}: {seen}");
    }
}

#[test]
fn sarif_rule_063_an_override_without_a_level_changes_nothing() {
    for configuration in [
        json!({"enabled": false}),
        json!({"level": null}),
        json!({}),
        json!({"rank": 1.0}),
    ] {
        let overrides = json!([{"descriptor": {"index": 0}, "configuration": configuration}]);
        let seen = overridden(json!([invocation(overrides)]), first());
        assert_eq!(seen.only().level, Level::Error, "{configuration}: {seen}");
    }
}

#[test]
fn sarif_rule_064_no_override_that_fits_falls_to_the_default() {
    for invocations in [
        json!([to_note(1)]),
        json!([invocation(json!([]))]),
        json!([{"executionSuccessful": true}]),
    ] {
        let seen = overridden(invocations.clone(), first());
        assert_eq!(seen.only().level, Level::Error, "{invocations}: {seen}");
    }
    let seen = overridden(json!([to_note(0)]), first());
    assert_eq!(seen.only().level, Level::Note, "one that fits is taken");
}

#[test]
fn sarif_rule_065_without_provenance_no_override_holds() {
    for over in [
        json!({}),
        json!({"provenance": null}),
        json!({"provenance": {}}),
        json!({"provenance": {"invocationIndex": null}}),
        json!({"provenance": {"invocationIndex": -1}}),
    ] {
        let seen = overridden(json!([to_note(0)]), over.clone());
        assert_eq!(seen.only().level, Level::Error, "{over}: {seen}");
    }
}

#[test]
fn sarif_rule_066_the_default_of_the_rule_then_warning() {
    for (rule, level) in [
        (defaulting(json!("error")), Level::Error),
        (defaulting(json!("note")), Level::Note),
        (defaulting(json!("none")), Level::None),
        (defaulting(json!("warning")), Level::Warning),
        (defaulting(json!(null)), Level::Warning),
        (
            json!({"id": "R1", "defaultConfiguration": {}}),
            Level::Warning,
        ),
        (json!({"id": "R1"}), Level::Warning),
        (
            json!({"id": "R2", "defaultConfiguration": {"level": "error"}}),
            Level::Warning,
        ),
    ] {
        let seen = read(&ruled(rule.clone(), result(json!({}))));
        assert_eq!(seen.only().level, level, "{rule}: {seen}");
        assert_eq!(seen.count(Code::SarifLevelUnknown), 0);
    }
}

#[test]
fn sarif_rule_067_level_none_of_a_failure_is_a_finding() {
    for over in [
        json!({"level": "none"}),
        json!({"level": "none", "kind": "fail"}),
        json!({"level": "none", "kind": null}),
    ] {
        let seen = read(&one(result(over.clone())));
        assert_eq!(seen.only().level, Level::None, "{over}");
        seen.assert_codes(&[]);
    }
    assert!(Level::None < Level::Note, "below every threshold");
    let scored = json!({"level": "none", "properties": {"security-severity": "9.8"}});
    let seen = read(&one(result(scored)));
    assert_eq!(seen.only().tenths(), Some(98), "still judged on its score");
}

#[test]
fn sarif_rule_068_a_null_level_is_absent() {
    let seen = read(&ruled(
        defaulting(json!("error")),
        result(json!({"level": null})),
    ));
    assert_eq!(seen.only().level, Level::Error);
    seen.assert_codes(&[]);
}

#[test]
fn sarif_rule_068_wrong_case_is_put_right_with_a_word() {
    for (word, level) in [
        ("ERROR", Level::Error),
        ("Error", Level::Error),
        ("Warning", Level::Warning),
        ("NOTE", Level::Note),
        ("None", Level::None),
    ] {
        let seen = read(&one(result(json!({ "level": word }))));
        assert_eq!(seen.only().level, level, "{word}");
        seen.assert_codes(&[(Code::SarifLevelUnknown, 1)]);
        let seen = read(&ruled(defaulting(json!(word)), result(json!({}))));
        assert_eq!(seen.only().level, level, "{word} as a default");
    }
}

#[test]
fn sarif_rule_069_words_outside_the_enum() {
    for (word, level) in [
        (json!("info"), Level::Note),
        (json!("informational"), Level::Note),
        (json!("information"), Level::Note),
        (json!("low"), Level::Note),
        (json!("recommendation"), Level::Note),
        (json!("warn"), Level::Warning),
        (json!("medium"), Level::Warning),
        (json!("moderate"), Level::Warning),
        (json!("high"), Level::Error),
        (json!("critical"), Level::Error),
        (json!("fatal"), Level::Error),
        (json!("unknown"), Level::Error),
        (json!("err"), Level::Error),
        (json!(""), Level::Error),
        (json!("note "), Level::Error),
        (json!(0), Level::Error),
        (json!(false), Level::Error),
        (json!([]), Level::Error),
        (json!({"level": "note"}), Level::Error),
    ] {
        let seen = read(&one(result(json!({ "level": word }))));
        assert_eq!(seen.only().level, level, "{word}: {seen}");
        seen.assert_codes(&[(Code::SarifLevelUnknown, 1)]);
        let seen = read(&ruled(defaulting(word.clone()), result(json!({}))));
        assert_eq!(seen.only().level, level, "{word} as a default: {seen}");
        assert_eq!(
            seen.count(Code::SarifLevelUnknown),
            1,
            "{word} as a default"
        );
        let overrides = json!([{"descriptor": {"index": 0}, "configuration": {"level": word}}]);
        let seen = overridden(json!([invocation(overrides)]), first());
        assert_eq!(seen.only().level, level, "{word} as an override: {seen}");
    }
}

#[test]
fn sarif_rule_070_a_disabled_rule_keeps_its_results() {
    let rule = json!({"id": "R1", "defaultConfiguration": {"enabled": false, "level": "error"}});
    let seen = read(&ruled(rule, result(json!({}))));
    assert_eq!(seen.only().level, Level::Error);
    let overrides = json!([{"descriptor": {"index": 0}, "configuration": {"enabled": false}}]);
    let seen = overridden(json!([invocation(overrides)]), first());
    assert_eq!(seen.only().level, Level::Error);
    seen.assert_codes(&[]);
}

#[test]
fn sarif_rule_071_rank_is_read_by_nobody() {
    let plain = read(&one(result(json!({}))));
    assert_eq!(plain.only().cvss, Cvss::Unscored);
    for rank in [
        json!(0.0),
        json!(100.0),
        json!(-1.0),
        json!("high"),
        json!(9.8),
    ] {
        let seen = read(&one(result(json!({ "rank": rank }))));
        assert_eq!(seen.debug(), plain.debug(), "{rank}");
        let rule = json!({"id": "R1", "defaultConfiguration": {"rank": rank}});
        let seen = read(&ruled(rule, result(json!({}))));
        assert_eq!(seen.debug(), plain.debug(), "{rank} as a default");
    }
}
