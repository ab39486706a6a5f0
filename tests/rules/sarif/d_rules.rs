//! Section D: finding the rule of a result.

use krgate::diagnostic::Code;
use krgate::model::Level;
use serde_json::{Value, json};

use crate::support::{Seen, log, named_tool, read, result, ruled, run, run_of, without};

/// A rule whose default level tells it from others.
fn rule(id: &str, level: &str) -> Value {
    json!({"id": id, "defaultConfiguration": {"level": level}})
}

/// A run with a driver of these rules, extensions of these, and one result.
fn components(driver: &[Value], extensions: Value, over: Value) -> Seen {
    let mut tools = named_tool("CodeQL", driver);
    tools["driver"]["guid"] = json!("guid-driver");
    tools["extensions"] = extensions;
    read(&log(&[run(
        json!({"tool": tools, "results": [result(over)]}),
    )]))
}

/// Two extensions that have a rule `R1` each: one of level error, one of level note.
fn two_extensions() -> Value {
    json!([
        {"name": "first", "guid": "guid-first", "rules": [rule("R1", "error")]},
        {"name": "second", "guid": "guid-second", "rules": [rule("R1", "note")]}
    ])
}

fn by_component(component: Value) -> Seen {
    components(
        &[rule("R1", "none")],
        two_extensions(),
        json!({"rule": {"index": 0, "toolComponent": component}}),
    )
}

#[test]
fn sarif_rule_049_the_index_names_an_extension() {
    for (component, level) in [
        (json!({"index": 0}), Level::Error),
        (json!({"index": 1}), Level::Note),
        (json!({"index": -1}), Level::None),
        (json!(null), Level::None),
        (json!({}), Level::None),
    ] {
        let seen = by_component(component.clone());
        assert_eq!(seen.only().level, level, "{component}: {seen}");
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_049_the_guid_names_driver_or_extension() {
    for (component, level) in [
        (json!({"guid": "guid-second"}), Level::Note),
        (json!({"guid": "guid-first"}), Level::Error),
        (json!({"guid": "guid-driver"}), Level::None),
        // The index goes first.
        (json!({"index": 0, "guid": "guid-second"}), Level::Error),
    ] {
        let seen = by_component(component.clone());
        assert_eq!(seen.only().level, level, "{component}: {seen}");
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_049_a_component_that_is_not_there_is_the_driver_with_a_word() {
    for component in [json!({"index": 2}), json!({"guid": "guid-none"})] {
        let seen = by_component(component.clone());
        assert_eq!(seen.only().level, Level::None, "{component}: {seen}");
        seen.assert_codes(&[(Code::SarifRuleNotFound, 1)]);
    }
}

#[test]
fn sarif_rule_050_a_name_alone_serves_where_one_component_has_it() {
    let seen = by_component(json!({"name": "second"}));
    assert_eq!(seen.only().level, Level::Note, "{seen}");
    let twice = json!([
        {"name": "same", "rules": [rule("R1", "error")]},
        {"name": "same", "rules": [rule("R1", "note")]}
    ]);
    let over = json!({"rule": {"index": 0, "toolComponent": {"name": "same"}}});
    let seen = components(&[rule("R1", "none")], twice, over);
    assert_eq!(seen.only().level, Level::None, "two have it: {seen}");
    let seen = by_component(json!({"name": "CodeQL"}));
    assert_eq!(seen.only().level, Level::None, "the driver has a name too");
    let seen = by_component(json!({"name": "second", "index": 0}));
    assert_eq!(
        seen.only().level,
        Level::Error,
        "the name takes no part: {seen}"
    );
}

#[test]
fn sarif_rule_051_index_then_rule_index_then_guid_then_id() {
    let rules = [
        json!({"id": "A", "guid": "ga", "defaultConfiguration": {"level": "error"}}),
        json!({"id": "B", "guid": "gb", "defaultConfiguration": {"level": "note"}}),
        json!({"id": "C", "guid": "gc", "defaultConfiguration": {"level": "none"}}),
    ];
    for (over, id) in [
        (json!({"rule": {"index": 0}, "ruleIndex": 1}), "A"),
        (json!({"rule": {"index": 0, "guid": "gb", "id": "A"}}), "A"),
        (json!({"ruleIndex": 1}), "B"),
        (json!({"ruleIndex": 1, "rule": {"guid": "gc"}}), "B"),
        (json!({"rule": {"index": -1}, "ruleIndex": 2}), "C"),
        (json!({"rule": {"guid": "gb"}}), "B"),
        (
            json!({"rule": {"index": -1, "guid": "gb"}, "ruleIndex": -1}),
            "B",
        ),
        (json!({"rule": {"id": "C"}}), "C"),
        (
            json!({"rule": {"id": "C", "index": -1}, "ruleIndex": -1}),
            "C",
        ),
    ] {
        let result = crate::support::merged(without(result(json!({})), "ruleId"), over.clone());
        let seen = read(&log(&[run_of(&rules, &[result])]));
        let level = match id {
            "A" => Level::Error,
            "B" => Level::Note,
            _ => Level::None,
        };
        let fact = seen.only();
        assert_eq!(
            (fact.rule.as_str(), fact.level),
            (id, level),
            "{over}: {seen}"
        );
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_051_the_guid_goes_before_the_id() {
    let rules = [
        json!({"id": "A", "guid": "ga", "defaultConfiguration": {"level": "error"}}),
        json!({"id": "B", "guid": "gb", "defaultConfiguration": {"level": "note"}}),
    ];
    let over = json!({"ruleId": "A", "rule": {"guid": "gb"}});
    let seen = read(&log(&[run_of(&rules, &[result(over)])]));
    assert_eq!(seen.only().level, Level::Note, "{seen}");
}

#[test]
fn sarif_rule_052_an_id_alone_finds_its_rule_exactly() {
    let rules = [rule("r1", "note"), rule("R1", "error"), rule("R10", "none")];
    let seen = read(&log(&[run_of(&rules, &[result(json!({}))])]));
    assert_eq!(seen.only().level, Level::Error, "case is heeded: {seen}");
    seen.assert_codes(&[]);
    let seen = read(&log(&[run_of(&rules, &[result(json!({"ruleId": "R"}))])]));
    assert_eq!(seen.only().level, Level::Warning, "no rule `R`: {seen}");
}

#[test]
fn sarif_rule_053_then_the_driver_then_the_extensions_in_order() {
    let seen = components(
        &[rule("D", "note")],
        two_extensions(),
        json!({"ruleId": "R1"}),
    );
    assert_eq!(
        seen.only().level,
        Level::Error,
        "the first extension: {seen}"
    );
    let seen = components(
        &[rule("R1", "none")],
        two_extensions(),
        json!({"ruleId": "R1"}),
    );
    assert_eq!(seen.only().level, Level::None, "the driver: {seen}");
    // The component that is named is looked at first, then the driver.
    let named = |id: &str, component: Value| {
        let extensions = json!([
            {"name": "a", "rules": [rule("A", "error"), rule("X", "error")]},
            {"name": "b", "rules": [rule("B", "note"), rule("X", "note")]}
        ]);
        let over = json!({"ruleId": id, "rule": {"toolComponent": component}});
        components(&[rule("X", "none")], extensions, over)
    };
    assert_eq!(named("X", json!({"index": 1})).only().level, Level::Note);
    assert_eq!(named("A", json!({"index": 1})).only().level, Level::Error);
    assert_eq!(named("B", json!({"index": 0})).only().level, Level::Note);
}

#[test]
fn sarif_rule_054_leading_parts_of_an_id_find_a_parent() {
    let rules = [
        rule("CA5350", "error"),
        rule("R1", "error"),
        rule("A", "note"),
        rule("A/b", "error"),
    ];
    for (id, level) in [
        ("CA5350/md5", Level::Error),
        ("CA5350/md5/x", Level::Error),
        ("A/b/c", Level::Error),
        ("A/c/b", Level::Note),
        ("A/bc", Level::Note),
        ("R1/sub", Level::Error),
        ("R1x", Level::Warning),
        ("R1-sub", Level::Warning),
        ("xCA5350/md5", Level::Warning),
        ("md5/CA5350", Level::Warning),
    ] {
        let seen = read(&log(&[run_of(&rules, &[result(json!({ "ruleId": id }))])]));
        let fact = seen.only();
        assert_eq!(fact.level, level, "{id}: {seen}");
        assert_eq!(fact.rule, id, "the id stays as written");
    }
}

#[test]
fn sarif_rule_054_an_exact_id_elsewhere_goes_before_a_parent_here() {
    let extensions = json!([{"name": "e", "rules": [rule("A/b", "error")]}]);
    let seen = components(&[rule("A", "note")], extensions, json!({"ruleId": "A/b"}));
    assert_eq!(seen.only().level, Level::Error, "{seen}");
}

#[test]
fn sarif_rule_055_of_two_rules_with_one_id_the_index_decides() {
    let rules = [rule("R1", "note"), rule("R1", "error")];
    for (over, level) in [
        (json!({"ruleIndex": 1}), Level::Error),
        (json!({"ruleIndex": 0}), Level::Note),
        (json!({}), Level::Note),
        (json!({"rule": {"index": 1}}), Level::Error),
    ] {
        let seen = read(&log(&[run_of(&rules, &[result(over.clone())])]));
        assert_eq!(seen.only().level, level, "{over}: {seen}");
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_056_an_exact_id_elsewhere_beats_the_index() {
    let rules = [rule("R0", "note"), rule("R1", "error")];
    let seen = read(&log(&[run_of(&rules, &[result(json!({"ruleIndex": 0}))])]));
    let fact = seen.only();
    assert_eq!(
        (fact.rule.as_str(), fact.level),
        ("R1", Level::Error),
        "{seen}"
    );
    seen.assert_codes(&[(Code::SarifRuleMismatch, 1)]);
    // Elsewhere may be another component.
    let extensions = json!([{"name": "e", "rules": [rule("R1", "error")]}]);
    let seen = components(&[rule("R0", "note")], extensions, json!({"ruleIndex": 0}));
    assert_eq!(seen.only().level, Level::Error, "{seen}");
    seen.assert_codes(&[(Code::SarifRuleMismatch, 1)]);
}

#[test]
fn sarif_rule_056_else_the_index_wins() {
    for id in ["R1", "R0x", "B/sub"] {
        let rules = [rule("R0", "note"), rule("B", "error")];
        let over = json!({"ruleId": id, "ruleIndex": 0});
        let seen = read(&log(&[run_of(&rules, &[result(over)])]));
        assert_eq!(seen.only().level, Level::Note, "{id}: {seen}");
        seen.assert_codes(&[(Code::SarifRuleMismatch, 1)]);
    }
}

#[test]
fn sarif_rule_056_a_parent_is_no_mismatch() {
    let rules = [rule("CA5350", "error"), rule("CA5350/md5", "note")];
    let over = json!({"ruleId": "CA5350/md5", "ruleIndex": 0});
    let seen = read(&log(&[run_of(&rules, &[result(over)])]));
    assert_eq!(seen.only().level, Level::Error, "{seen}");
    seen.assert_codes(&[]);
}

#[test]
fn sarif_rule_057_an_index_out_of_range_falls_to_the_id() {
    let rules = [rule("R1", "error")];
    for index in [
        json!(1),
        json!(99),
        json!(-2),
        json!(4_294_967_296_u64),
        json!(u64::MAX),
    ] {
        for over in [
            json!({ "ruleIndex": index }),
            json!({"rule": { "index": index }}),
        ] {
            let seen = read(&log(&[run_of(&rules, &[result(over.clone())])]));
            assert_eq!(seen.only().level, Level::Error, "{over}: {seen}");
            seen.assert_codes(&[]);
            let mut nowhere = over.clone();
            nowhere["ruleId"] = json!("R2");
            let seen = read(&log(&[run_of(&rules, &[result(nowhere)])]));
            assert_eq!(seen.only().level, Level::Warning, "{over}: {seen}");
            seen.assert_codes(&[(Code::SarifRuleNotFound, 1)]);
        }
    }
}

#[test]
fn sarif_rule_057_an_index_of_the_wrong_type_loses_nothing() {
    for index in [json!("0"), json!(0.5), json!({}), json!(true)] {
        let seen = read(&ruled(
            rule("R1", "error"),
            result(json!({ "ruleIndex": index })),
        ));
        let fact = seen.only();
        assert_eq!(
            (fact.rule.as_str(), fact.level),
            ("R1", Level::Error),
            "{index}"
        );
    }
}

#[test]
fn sarif_rule_058_without_an_id_there_is_still_a_finding() {
    let bare = |over: Value| crate::support::merged(without(result(json!({})), "ruleId"), over);
    let rules = [rule("R1", "error")];
    for (over, id, level) in [
        (json!({"rule": {"id": "R1"}}), "R1", Level::Error),
        (json!({"rule": {"id": "R1/x"}}), "R1/x", Level::Error),
        (json!({"ruleIndex": 0}), "R1", Level::Error),
        (json!({"ruleId": null, "ruleIndex": 0}), "R1", Level::Error),
        (json!({}), "(no rule)", Level::Warning),
        (json!({"ruleIndex": 5}), "(no rule)", Level::Warning),
        (json!({"rule": {}}), "(no rule)", Level::Warning),
    ] {
        let seen = read(&log(&[run_of(&rules, &[bare(over.clone())])]));
        let fact = seen.only();
        assert_eq!(
            (fact.rule.as_str(), fact.level),
            (id, level),
            "{over}: {seen}"
        );
    }
    let seen = read(&log(&[run_of(
        &rules,
        &[result(json!({"rule": {"id": "R2"}}))],
    )]));
    assert_eq!(seen.only().rule, "R1", "`ruleId` goes before `rule.id`");
}

#[test]
fn sarif_rule_058_a_rule_without_an_id_gives_its_level() {
    let nameless = json!({"defaultConfiguration": {"level": "error"}});
    let bare = crate::support::merged(
        without(result(json!({})), "ruleId"),
        json!({"ruleIndex": 0}),
    );
    let seen = read(&ruled(nameless, bare));
    let fact = seen.only();
    assert_eq!(
        (fact.rule.as_str(), fact.level),
        ("(no rule)", Level::Error),
        "{seen}"
    );
}

#[test]
fn sarif_rule_058_an_id_of_the_wrong_type_loses_nothing() {
    for id in [json!(5), json!(["R1"]), json!({})] {
        let seen = read(&ruled(rule("R1", "error"), result(json!({ "ruleId": id }))));
        assert_eq!(seen.counted().len(), 1, "{id}: {seen}");
    }
}

#[test]
fn sarif_rule_059_no_rules_at_all_are_fine() {
    for driver in [
        json!({"driver": {"name": "CodeQL"}}),
        json!({"driver": {"name": "CodeQL", "rules": null}}),
        json!({"driver": {"name": "CodeQL", "rules": []}}),
    ] {
        let seen = read(&log(&[run(
            json!({"tool": driver, "results": [result(json!({}))]}),
        )]));
        let fact = seen.only();
        assert_eq!((fact.rule.as_str(), fact.level), ("R1", Level::Warning));
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_060_ids_and_names_are_opaque() {
    for id in [
        "javascript/NoSqli",
        "CVE-2024-1:npm/@scope/pkg@1.0.0",
        "a b  c",
        " lead and trail ",
        "🐸",
        "ünï/cödé",
        "x\n::error::y",
        "/",
        "a//b/",
    ] {
        let seen = read(&ruled(rule(id, "error"), result(json!({ "ruleId": id }))));
        let fact = seen.only();
        assert_eq!(
            (fact.rule.as_str(), fact.level),
            (id, Level::Error),
            "{id:?}"
        );
        seen.assert_codes(&[]);
    }
    for name in [
        "🐸 Frog",
        "a/b:c@d",
        "x\ny",
        "Microsoft (R) Visual C# Compiler",
    ] {
        let over = json!({"tool": named_tool(name, &[]), "results": [result(json!({}))]});
        let seen = read(&log(&[run(over)]));
        assert_eq!(seen.run().name.raw(), name, "as written");
        assert_eq!(seen.counted().len(), 1);
    }
}
