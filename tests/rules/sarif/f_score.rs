//! Section F: the score.

use krgate::diagnostic::Code;
use krgate::model::{Cvss, CvssKind, CvssVersion, Level, ScoreHow, ScoreSource, Severity};
use serde_json::{Map, Value, json};

use crate::support::{Seen, log, named_tool, one, read, read_bytes, result, ruled, run};

const V31: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const V31_ZERO: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N";
const V30: &str = "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H";
const V20: &str = "AV:N/AC:L/Au:N/C:P/I:P/A:P";
const V40: &str = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";

fn of_rule(properties: Value) -> Seen {
    read(&ruled(
        json!({"id": "R1", "properties": properties}),
        result(json!({})),
    ))
}

fn of_result(properties: Value) -> Seen {
    read(&one(result(json!({ "properties": properties }))))
}

fn of_both(rule: Value, own: Value) -> Seen {
    read(&ruled(
        json!({"id": "R1", "properties": rule}),
        result(json!({ "properties": own })),
    ))
}

fn severity(value: Value) -> Value {
    json!({ "security-severity": value })
}

/// A document whose rule has this raw text as `security-severity`: not through a float.
fn raw(value: &str) -> Seen {
    let text = ruled(
        json!({"id": "R1", "properties": {"security-severity": "HERE"}}),
        result(json!({})),
    )
    .to_string()
    .replace("\"HERE\"", value);
    read_bytes(text)
}

#[test]
fn sarif_rule_072_the_rule_is_the_documented_place() {
    let seen = of_rule(severity(json!("9.8")));
    let score = seen.only().score();
    assert_eq!(score.tenths.get(), 98);
    assert_eq!(score.source, ScoreSource::RuleSecuritySeverity);
    assert_eq!(score.how, ScoreHow::Given);
    assert_eq!(score.version, CvssVersion::Unstated);
    assert_eq!(score.kind, CvssKind::Unstated);
    seen.assert_codes(&[]);
    assert_eq!(seen.run().counts.numeric_scores, 1);
    // The rule of another result, and a key of another name, give nothing.
    let other = json!({"id": "R2", "properties": severity(json!("9.8"))});
    assert_eq!(
        read(&ruled(other, result(json!({})))).only().cvss,
        Cvss::Unscored
    );
    let named = of_rule(json!({"security_severity": "9.8", "Security-Severity": "9.8"}));
    assert_eq!(named.only().cvss, Cvss::Unscored);
}

#[test]
fn sarif_rule_073_the_result_beats_the_rule() {
    for (own, tenths) in [("3.1", 31), ("9.9", 99)] {
        let seen = of_both(severity(json!("7.5")), severity(json!(own)));
        let score = seen.only().score();
        assert_eq!(score.tenths.get(), tenths, "{own}");
        assert_eq!(score.source, ScoreSource::ResultSecuritySeverity);
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_073_unusable_on_the_result_falls_to_the_rule() {
    for own in [json!("11.0"), json!(true), json!("n/a"), json!("")] {
        let seen = of_both(severity(json!("7.5")), severity(own.clone()));
        let score = seen.only().score();
        assert_eq!(score.tenths.get(), 75, "{own}");
        assert_eq!(score.source, ScoreSource::RuleSecuritySeverity);
        assert_eq!(seen.count(Code::CvssScoreInvalid), 1, "{own}");
    }
    let seen = of_both(severity(json!("7.5")), severity(json!(null)));
    assert_eq!(seen.only().tenths(), Some(75));
    seen.assert_codes(&[]);
}

#[test]
fn sarif_rule_074_text_and_number_are_equal() {
    for (text, number, tenths) in [
        ("9.8", "9.8", 98),
        ("7", "7", 70),
        ("10.0", "10", 100),
        ("0.1", "0.10", 1),
        ("3.90", "3.9", 39),
    ] {
        let (text, number) = (raw(&format!("\"{text}\"")), raw(number));
        assert_eq!(text.only().cvss, number.only().cvss);
        assert_eq!(text.only().tenths(), Some(tenths));
        number.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_074_digits_are_not_read_through_a_float() {
    // A float rounds this to 7.0005, which is within the leftover of a tenth.
    for value in ["7.00050000000000000000001", "\"7.00050000000000000000001\""] {
        assert_eq!(raw(value).only().tenths(), Some(71), "{value}");
    }
    // A float takes both of these for 10.0, and only one of them is within the range.
    let within = raw("9.99999999999999999999999999");
    assert_eq!(within.only().tenths(), Some(100));
    let beyond = raw("10.00000000000000000000000001");
    assert_eq!(beyond.only().cvss, Cvss::Unscored);
    assert_eq!(beyond.count(Code::CvssScoreInvalid), 1);
}

#[test]
fn sarif_rule_075_valid_numbers() {
    for (value, tenths) in [
        ("0.1", 1),
        ("10", 100),
        ("10.0", 100),
        (" 9.8 ", 98),
        ("\t7.0", 70),
        ("5.5999999", 56),
        ("7.0004", 70),
    ] {
        let seen = of_rule(severity(json!(value)));
        assert_eq!(seen.only().tenths(), Some(tenths), "{value:?}");
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_075_more_decimals_go_up_to_the_next_tenth_with_a_word() {
    for (value, tenths) in [
        ("7.01", 71),
        ("7.0006", 71),
        ("6.95", 70),
        ("9.85", 99),
        ("3.99", 40),
    ] {
        for text in [format!("\"{value}\""), value.to_owned()] {
            let seen = raw(&text);
            assert_eq!(seen.only().tenths(), Some(tenths), "{text}");
            assert_eq!(seen.diagnostics_of_scores(), 1, "{text}: {seen}");
        }
    }
}

#[test]
fn sarif_rule_075_invalid_numbers_give_no_score() {
    for value in [
        "-1",
        "11.0",
        "1e1",
        "1E0",
        "-0.0",
        "10.1",
        "100",
        "\"-1\"",
        "\"11.0\"",
        "\"9,8\"",
        "\"1e1\"",
        "\"NaN\"",
        "\"inf\"",
        "\"+7\"",
        "\".5\"",
        "\"7.5.1\"",
        "\"0x7\"",
        "\"9.8/10\"",
        "\"N/A\"",
        "\"\"",
        "true",
        "false",
        "[]",
        "[9.8]",
        "{}",
        "{\"value\": 9.8}",
        "\"٧\"",
    ] {
        let seen = raw(value);
        assert_eq!(seen.only().cvss, Cvss::Unscored, "{value}: {seen}");
        assert_eq!(seen.count(Code::CvssScoreInvalid), 1, "{value}: {seen}");
        assert_eq!(seen.run().counts.numeric_scores, 0, "{value}");
    }
    let null = raw("null");
    assert_eq!(null.only().cvss, Cvss::Unscored);
    null.assert_codes(&[]);
}

#[test]
fn sarif_rule_075_the_value_is_not_echoed() {
    let seen = raw("\"CANARY-91ab\"");
    assert_eq!(seen.count(Code::CvssScoreInvalid), 1);
    assert!(!seen.everything().contains("CANARY"), "{seen}");
}

#[test]
fn sarif_rule_076_zero_is_shown_and_not_judged() {
    for value in ["0.0", "0", "0.00", "\"0.0\"", "\"0\""] {
        let seen = raw(value);
        let fact = seen.only();
        assert_eq!(
            fact.cvss,
            Cvss::BareZero(ScoreSource::RuleSecuritySeverity),
            "{value}"
        );
        assert_eq!(fact.tenths(), None, "{value}: unscored for the gate");
        assert_eq!(
            seen.run().counts.numeric_scores,
            1,
            "it is a number that is there"
        );
        seen.assert_codes(&[]);
    }
    assert_eq!(
        raw("0.1").only().tenths(),
        Some(1),
        "its neighbour is judged"
    );
    let own = of_result(severity(json!("0.0"))).only().cvss;
    assert_eq!(own, Cvss::BareZero(ScoreSource::ResultSecuritySeverity));
}

#[test]
fn sarif_rule_077_a_word_is_the_upper_end_of_its_band() {
    for (word, tenths) in [
        ("CRITICAL", 100),
        ("critical", 100),
        ("HIGH", 89),
        ("High", 89),
        ("MEDIUM", 69),
        ("moderate", 69),
        ("LOW", 39),
    ] {
        for seen in [
            of_rule(severity(json!(word))),
            of_result(severity(json!(word))),
        ] {
            let score = seen.only().score();
            assert_eq!(score.tenths.get(), tenths, "{word}");
            assert_eq!(score.how, ScoreHow::Band, "{word} is no number");
            seen.assert_codes(&[(Code::SarifScoreWord, 1)]);
            assert_eq!(seen.run().counts.numeric_scores, 0, "{word} is no number");
        }
    }
    for word in ["severe", "none", "unknown", "HIGHEST"] {
        let seen = of_rule(severity(json!(word)));
        assert_eq!(seen.only().cvss, Cvss::Unscored, "{word}");
        assert_eq!(seen.count(Code::CvssScoreInvalid), 1, "{word}");
    }
}

#[test]
fn sarif_rule_078_bands_of_a_number() {
    for (value, band) in [
        ("0.1", Severity::Low),
        ("3.9", Severity::Low),
        ("4.0", Severity::Medium),
        ("6.9", Severity::Medium),
        ("7.0", Severity::High),
        ("8.9", Severity::High),
        ("9.0", Severity::Critical),
        ("10.0", Severity::Critical),
    ] {
        let score = of_rule(severity(json!(value))).only().score();
        assert_eq!(Severity::of(score.tenths), band, "{value}");
    }
}

fn properties(pairs: &[(&str, Value)]) -> Value {
    let map: Map<_, _> = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    Value::Object(map)
}

#[test]
fn sarif_rule_079_other_keys_serve_where_security_severity_gives_nothing() {
    for (key, source) in [
        ("cvssv40_baseScore", ScoreSource::CvssV40),
        ("cvssv3_baseScore", ScoreSource::CvssV3),
        ("cvss3BaseScore", ScoreSource::CvssV3),
        ("cvssv2_score", ScoreSource::CvssV2),
    ] {
        for value in [json!(7.5), json!("7.5")] {
            let own = properties(&[(key, value.clone())]);
            for seen in [of_rule(own.clone()), of_result(own.clone())] {
                let score = seen.only().score();
                assert_eq!(score.tenths.get(), 75, "{key}: {value}");
                assert_eq!(score.source, source, "{key}: the source is kept");
            }
            let beside = of_both(severity(json!("5.0")), own);
            assert_eq!(
                beside.only().tenths(),
                Some(50),
                "{key} is not looked at beside security-severity"
            );
        }
    }
    let unusable = of_rule(properties(&[
        ("security-severity", json!("n/a")),
        ("cvssv3_baseScore", json!(7.5)),
    ]));
    assert_eq!(unusable.only().tenths(), Some(75));
    assert_eq!(unusable.count(Code::CvssScoreInvalid), 1);
}

#[test]
fn sarif_rule_079_in_their_order() {
    let v4 = ("cvssv40_baseScore", json!(9.1));
    let v3 = ("cvssv3_baseScore", json!(8.1));
    let v2 = ("cvssv2_score", json!(10.0));
    for (rule, own, tenths) in [
        (vec![v4.clone(), v3.clone()], vec![], 91),
        (vec![], vec![v4.clone(), v3.clone(), v2.clone()], 91),
        (vec![v3.clone(), v2.clone()], vec![], 81),
        // The result goes before the rule.
        (vec![v3.clone()], vec![v4.clone()], 91),
        // Version 2 is the last of all, wherever it stands.
        (vec![v3], vec![v2.clone()], 81),
        (vec![], vec![v2.clone()], 100),
        (vec![v2], vec![], 100),
    ] {
        let seen = of_both(properties(&rule), properties(&own));
        assert_eq!(
            seen.only().tenths(),
            Some(tenths),
            "{rule:?} {own:?}: {seen}"
        );
    }
}

#[test]
fn sarif_rule_079_stated_as_unscored() {
    for seen in [
        of_rule(json!({"unscored": "true"})),
        of_result(json!({"unscored": "true"})),
    ] {
        assert_eq!(seen.only().cvss, Cvss::Unscored);
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_080_zero_beside_no_vector_is_missing() {
    for (score, vector) in [
        ("cvssv40_baseScore", "cvssv40_vector"),
        ("cvssv3_baseScore", "cvssv3_vector"),
        ("cvssv2_score", "cvssv2_vector"),
    ] {
        for zero in [json!(0), json!(0.0), json!("0.0")] {
            for own in [
                properties(&[(score, zero.clone())]),
                properties(&[(score, zero.clone()), (vector, json!(""))]),
                properties(&[(score, zero.clone()), (vector, json!(null))]),
            ] {
                let seen = of_rule(own.clone());
                assert_eq!(seen.only().cvss, Cvss::Unscored, "{own}");
                seen.assert_codes(&[]);
            }
        }
    }
    let next = of_rule(properties(&[
        ("cvssv40_baseScore", json!(0)),
        ("cvssv40_vector", json!("")),
        ("cvssv3_baseScore", json!(7.5)),
        ("cvssv2_score", json!(0)),
        ("cvssv2_vector", json!("")),
    ]));
    assert_eq!(next.only().tenths(), Some(75), "the next key serves");
    let measured = of_rule(properties(&[
        ("cvssv3_baseScore", json!(0)),
        ("cvssv3_vector", json!(V31_ZERO)),
    ]));
    assert_eq!(
        measured.only().tenths(),
        Some(0),
        "a vector that scores 0 is 0.0"
    );
}

#[test]
fn sarif_rule_081_a_vector_alone_is_computed() {
    for (key, vector, tenths, version, source) in [
        (
            "cvssv3_vector",
            V31,
            98,
            CvssVersion::V31,
            ScoreSource::CvssV3,
        ),
        (
            "cvssv3_vector",
            V30,
            100,
            CvssVersion::V30,
            ScoreSource::CvssV3,
        ),
        (
            "cvss3Vector",
            V30,
            100,
            CvssVersion::V30,
            ScoreSource::CvssV3,
        ),
        (
            "cvssv40_vector",
            V40,
            93,
            CvssVersion::V40,
            ScoreSource::CvssV40,
        ),
        (
            "cvssv2_vector",
            V20,
            75,
            CvssVersion::V20,
            ScoreSource::CvssV2,
        ),
    ] {
        let own = properties(&[(key, json!(vector))]);
        for seen in [of_rule(own.clone()), of_result(own.clone())] {
            let score = seen.only().score();
            assert_eq!(score.tenths.get(), tenths, "{key}: {vector}");
            assert_eq!(score.version, version, "{key}");
            assert_eq!(score.how, ScoreHow::Vector, "{key}");
            assert_eq!(score.source, source, "{key}");
            seen.assert_codes(&[]);
        }
    }
}

#[test]
fn sarif_rule_081_the_key_names_the_version_without_a_prefix() {
    let bare = |vector: &str| vector.split_once('/').unwrap().1.to_owned();
    for (key, vector, tenths, version) in [
        ("cvssv3_vector", bare(V31), 98, CvssVersion::V31),
        ("cvss3Vector", bare(V31), 98, CvssVersion::V31),
        ("cvssv40_vector", bare(V40), 93, CvssVersion::V40),
    ] {
        let score = of_rule(properties(&[(key, json!(vector))])).only().score();
        assert_eq!(
            (score.tenths.get(), score.version),
            (tenths, version),
            "{key}"
        );
    }
}

#[test]
fn sarif_rule_081_an_incomplete_or_bad_vector_gives_no_score() {
    for (key, vector) in [
        ("cvssv3_vector", json!("CVSS:3.1/AV:N")),
        (
            "cvssv3_vector",
            json!("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H"),
        ),
        ("cvssv3_vector", json!(format!("{V31}/"))),
        ("cvssv3_vector", json!(format!("{V31}/AV:N"))),
        (
            "cvssv3_vector",
            json!("CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        ),
        ("cvssv3_vector", json!("high")),
        ("cvssv3_vector", json!(9.8)),
        ("cvssv2_vector", json!("AV:N/AC:L/Au:N")),
        ("cvssv40_vector", json!("CVSS:4.0/AV:N")),
    ] {
        let seen = of_rule(properties(&[(key, vector.clone())]));
        assert_eq!(seen.only().cvss, Cvss::Unscored, "{key}: {vector}: {seen}");
        assert_eq!(
            seen.count(Code::CvssVectorInvalid),
            1,
            "{key}: {vector}: {seen}"
        );
    }
    let empty = of_rule(properties(&[("cvssv3_vector", json!(""))]));
    assert_eq!(empty.only().cvss, Cvss::Unscored);
    empty.assert_codes(&[]);
}

#[test]
fn sarif_rule_081_the_base_score_is_judged() {
    for (key, vector, tenths) in [
        ("cvssv40_vector", format!("{V40}/E:U"), 93),
        ("cvssv40_vector", format!("{V40}/MAV:P"), 93),
        ("cvssv3_vector", format!("{V31}/E:U/RL:O"), 98),
    ] {
        let score = of_rule(properties(&[(key, json!(vector))])).only().score();
        assert_eq!(
            score.tenths.get(),
            tenths,
            "{vector} cannot talk itself down"
        );
    }
}

#[test]
fn sarif_rule_082_no_score_is_not_zero() {
    let seen = read(&one(result(json!({"level": "error"}))));
    assert_eq!(seen.only().cvss, Cvss::Unscored);
    assert_eq!(seen.run().counts.numeric_scores, 0);
    assert_eq!(seen.run().counts.max_numeric_score, None);
}

#[test]
fn sarif_rule_083_level_and_score_do_not_touch_each_other() {
    for level in ["error", "warning", "note", "none"] {
        let bare = read(&one(result(json!({ "level": level }))));
        assert_eq!(bare.only().cvss, Cvss::Unscored, "{level} gives no score");
        let own = json!({"level": level, "properties": {"security-severity": "9.8"}});
        let fact = read(&one(result(own))).only();
        assert_eq!(
            fact.level,
            Level::from_word(level).unwrap(),
            "the score lifts no level"
        );
        assert_eq!(fact.tenths(), Some(98));
    }
}

/// How a score is come by that this tool writes for a rule of this name, id and tags.
fn how(tool: &str, rule: Value) -> ScoreHow {
    let mut rule = rule;
    rule["properties"]["security-severity"] = json!("8.0");
    let id = rule["id"].clone();
    let over = json!({
        "tool": named_tool(tool, &[rule]),
        "results": [result(json!({"ruleId": id, "level": "error"}))]
    });
    let fact = read(&log(&[run(over)])).only();
    assert_eq!(fact.tenths(), Some(80), "{tool}: a score like any other");
    fact.score().how
}

#[test]
fn sarif_rule_085_a_number_out_of_a_table_of_words_is_marked() {
    let named = |name: &str| json!({"id": "R1", "name": name, "properties": {}});
    let plain = json!({"id": "R1", "properties": {}});
    for (tool, rule, expected) in [
        ("Trivy", named("Misconfiguration"), ScoreHow::Derived),
        ("Trivy", named("Secret"), ScoreHow::Derived),
        ("Trivy", named("License"), ScoreHow::Derived),
        (
            "Trivy",
            named("LanguageSpecificPackageVulnerability"),
            ScoreHow::Given,
        ),
        ("Trivy", named("OsPackageVulnerability"), ScoreHow::Given),
        ("Nuclei", plain.clone(), ScoreHow::Derived),
        ("Prowler", plain.clone(), ScoreHow::Derived),
        ("Scorecard", plain.clone(), ScoreHow::Derived),
        ("Grype", plain.clone(), ScoreHow::Given),
        ("CodeQL", plain, ScoreHow::Given),
    ] {
        assert_eq!(how(tool, rule.clone()), expected, "{tool} {rule}");
    }
}

#[test]
fn sarif_rule_084_the_tenth_is_kept_exactly() {
    for tenths in 1..=100_u8 {
        let text = format!("{}.{}", tenths / 10, tenths % 10);
        assert_eq!(raw(&text).only().tenths(), Some(tenths), "{text}");
    }
}

impl Seen {
    /// Diagnostics that speak of scores, whatever their code.
    fn diagnostics_of_scores(&self) -> u64 {
        self.count(Code::CvssScoreInvalid) + self.count(Code::CvssScoreRounded)
    }
}
