//! What a policy's words come to: exact values, defaults, days in a zone.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use krgate::diagnostic::{Code, draw};
use krgate::model::{Class, ClassSet, Level, Quantity, Severity, Tenths, Validity};
use krgate::policy::{
    self, Ambition, Distinct, Enforcement, Filter, Judge, KevWord, KeyResult, Measure, Op, Policy,
    SuppressionMode, Target, Term, Unit, Unscored,
};

fn read(text: &str) -> Policy {
    let loaded = policy::parse("krgate.yaml", text);
    let drawn = draw(&loaded.diagnostics, &loaded.sources, false);
    loaded.policy.unwrap_or_else(|| panic!("{drawn}"))
}

fn with(top: &str, key_result: &str) -> String {
    format!(
        "version: 1\n{top}\nobjectives:\n- id: o\n  title: T\n  owner: \"@a\"\n  key_results:\n  - {{ id: kr, title: T, {key_result} }}\n"
    )
}

fn key_result(top: &str, text: &str) -> KeyResult {
    read(&with(top, text))
        .objectives
        .remove(0)
        .key_results
        .remove(0)
}

fn codes(top: &str, text: &str) -> Vec<Code> {
    let loaded = policy::parse("krgate.yaml", &with(top, text));
    loaded.diagnostics.iter().map(|d| d.code).collect()
}

fn number(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

const COUNT: &str = "measure: { count: {} }";
const PERIOD: &str =
    "period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01, time_zone: Europe/Berlin }";

#[test]
fn the_example_of_the_documentation_reads_as_it_says() {
    let policy = read(include_str!("../fixtures/policies/valid/example.yaml"));
    assert_eq!(policy.severity.unscored, Unscored::ByLevel);
    assert_eq!(policy.severity.score_of(Level::Error), Tenths::new(80));
    assert_eq!(policy.severity.score_of(Level::None), None);
    assert_eq!(
        policy.scopes[0].paths,
        ["services/**", "infra/prod/**", "!**/tests/**"]
    );
    let all: Vec<_> = policy.key_results().map(|(_, kr)| kr).collect();
    let by = |id: &str| *all.iter().find(|kr| kr.id == id).unwrap();

    let prod = by("prod-cvss-4");
    let Measure::Count(filter, Distinct::Default) = &prod.measure else {
        panic!("{:?}", prod.measure)
    };
    assert!(matches!(&filter.terms[0], Term::Scope(places) if places == &[0]));
    let classes: ClassSet = [Class::Sast, Class::Sca, Class::Container]
        .into_iter()
        .collect();
    assert!(matches!(&filter.terms[1], Term::Class(set) if *set == classes));
    assert!(
        matches!(&filter.terms[2], Term::Cvss(c) if c.op == Op::More && Some(c.than) == Tenths::new(40))
    );
    assert_eq!(prod.target, Target::Compare(Op::AtMost, Quantity::ZERO));
    assert_eq!(prod.owner, "@acme/appsec");

    let fix = by("time-to-fix-critical");
    let Measure::Past(past) = &fix.measure else {
        panic!("{:?}", fix.measure)
    };
    assert_eq!(
        (past.kind.name(), past.unit, fix.measure.moves_on_change()),
        ("time_to_fix", Unit::Duration("d"), false)
    );
    assert_eq!(fix.start, Some(number("3456000")));
    assert_eq!(fix.target, Target::Compare(Op::AtMost, number("1728000")));
    assert_eq!(fix.on_miss, Enforcement::Warn);
    assert!(fix.moves);

    let trained = by("trained");
    assert_eq!(trained.owner, "@acme/enablement");
    assert_eq!(trained.start, Some(number("0.35")));
    assert_eq!(trained.target, Target::Compare(Op::AtLeast, number("0.8")));
    assert_eq!(trained.due.unwrap().to_string(), "2026-12-31T00:00:00Z");
    assert!((trained.on_miss, trained.on_miss_stated) == (Enforcement::Block, false));
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let policy = read(include_str!("../fixtures/policies/valid/smallest.yaml"));
    assert_eq!(policy.severity.unscored, Unscored::Unknown);
    assert_eq!(policy.suppressions.mode, SuppressionMode::Honour);
    assert_eq!(policy.suppressions.max_severity, None);
    let kr = &policy.objectives[0].key_results[0];
    assert_eq!(kr.owner, policy.objectives[0].owner);
    assert_eq!(kr.weight, Quantity::ONE);
    assert_eq!(
        (kr.ambition, kr.judge),
        (Ambition::Committed, Judge::Introduced)
    );
    assert_eq!(
        (kr.on_miss, kr.on_miss_stated, kr.on_unknown),
        (Enforcement::Block, false, None)
    );
    assert!(!kr.moves && !kr.health && kr.start.is_none() && kr.due.is_none());
}

#[test]
fn every_key_of_a_filter_becomes_a_term() {
    let policy = read(include_str!("../fixtures/policies/valid/every-filter.yaml"));
    let Measure::Count(Filter { terms }, Distinct::Path) =
        &policy.objectives[0].key_results[0].measure
    else {
        panic!("a count by path");
    };
    assert_eq!(terms.len(), 20);
    for term in terms {
        match term {
            Term::Scope(places) => assert_eq!(places, &[0]),
            Term::Class(set) => assert_eq!(*set, ClassSet::of(Class::Sast).with(Class::Sca)),
            Term::Severity(bands) => assert_eq!(bands, &[Severity::High, Severity::Critical]),
            Term::Cvss(c) => assert_eq!((c.op, Some(c.than)), (Op::AtLeast, Tenths::new(70))),
            Term::Level(levels) => assert_eq!(levels, &[Level::Error, Level::Warning]),
            Term::Cwe(numbers) => assert_eq!(numbers, &[79, 89]),
            Term::Tool(tools) => assert_eq!(tools, &["acme-scan"]),
            Term::Rule(globs) => {
                assert!(globs[0].is_match("auth/x/y") && !globs[0].is_match("author"));
                assert!(globs[1].is_match("exact-rule"));
            }
            Term::Tag(tags) => assert_eq!(tags, &["security"]),
            Term::Path { within, without } => {
                assert!(
                    within[0].is_match("services/a/b") && without[0].is_match("services/old/x")
                );
            }
            Term::Introduced(wanted) | Term::FixAvailable(wanted) => assert!(*wanted),
            Term::Validity(all) => assert_eq!(all.len(), Validity::ALL.len()),
            Term::Epss(c) => assert_eq!((c.op, c.than), (Op::AtLeast, number("0.1"))),
            Term::Kev(word) => assert_eq!(*word, KevWord::PastDue),
            Term::Age(c) => assert_eq!((c.op, c.than), (Op::More, 30 * 86_400)),
            Term::Package(globs) => {
                assert!(globs.iter().all(|glob| glob.is_match("pkg:npm/left-pad")));
                assert_eq!(globs.len(), 1);
            }
            Term::Owner(names) => assert_eq!(names, &["@acme/team"]),
            Term::Not(filter) => assert!(matches!(filter.terms[..], [Term::Path { .. }])),
            Term::Any(filters) => assert_eq!(filters.len(), 2),
        }
    }
    let report = &policy.reports[0];
    assert_eq!((report.name.as_str(), report.line), ("reports/*.sarif", 5));
    assert!(!report.required && report.strong_evidence && report.absent_results_mean_none);
    assert_eq!(report.max_age, Some(86_400));
    assert_eq!(
        report.accept_degraded.as_ref().unwrap().owner,
        "@acme/appsec"
    );
    assert!(policy.reports[1].verification_attempted && policy.reports[1].required);
    assert_eq!(policy.tools[0].names, ["acme-scan", "ACME Scan 2"]);
    assert_eq!(policy.tools[0].classes, [Class::Sast, Class::Secrets]);
    assert_eq!(policy.suppressions.max_severity, Some(Severity::High));
}

fn named(measure: &Measure, unit: Unit) -> String {
    format!("{} {unit:?} {}", measure.name(), measure.moves_on_change())
}

/// The unit of each measure, as its target and start are read in.
#[test]
fn key_result_m0d_every_measure_has_its_unit() {
    let policy = read(include_str!(
        "../fixtures/policies/valid/every-measure.yaml"
    ));
    let units: Vec<_> = policy.objectives[0]
        .key_results
        .iter()
        .map(|kr| match &kr.measure {
            Measure::Count(..) => "count".to_owned(),
            Measure::Introduced(..) => "introduced".to_owned(),
            Measure::MaxCvss(_) => "max_cvss".to_owned(),
            Measure::Suppressed { by, shown_as, .. } => {
                format!("suppressed {} {shown_as:?}", by.len())
            }
            Measure::Tools(demand) => format!("tools {:?}", demand.legs),
            Measure::Past(past) => named(&kr.measure, past.unit),
            Measure::Figure(_, unit) => named(&kr.measure, *unit),
            Measure::Density { .. } => named(&kr.measure, Unit::None),
            Measure::Routed(_) | Measure::Inventory => named(&kr.measure, Unit::Percent),
            Measure::CheckIn(demand) => format!("check_in {:?} {}", demand.unit, demand.every()),
            Measure::Events(demand) => {
                format!(
                    "events {} {:?} {}",
                    demand.name, demand.per, demand.at_least
                )
            }
            Measure::Milestones(steps) => format!("milestones {}", steps.len()),
        })
        .collect();
    assert_eq!(
        units,
        [
            "introduced",
            "suppressed 1 Share",
            "routed Percent true",
            "tools Percent true",
            "density None true",
            "time_to_fix Duration(\"h\") false",
            "time_to_detect Duration(\"d\") false",
            "age Duration(\"d\") false",
            "sla Percent false",
            "fix_rate Percent false",
            "net_flow Findings false",
            "recurrence Percent false",
            "escape_rate Percent false",
            "freshness Duration(\"d\") false",
            "coverage Percent false",
            "events report.access-control Iteration 1",
            "friction Duration(\"s\") false",
            "check_in None 604800",
            "checklist Percent true",
            "milestones 1",
            "share Percent false",
            "value Duration(\"min\") false",
            "value None false",
            "max_cvss",
            "count",
        ]
    );
    let targets: Vec<_> = policy.objectives[0]
        .key_results
        .iter()
        .map(|kr| kr.target)
        .collect();
    assert_eq!(targets[2], Target::Compare(Op::AtLeast, number("0.95")));
    assert_eq!(targets[5], Target::Compare(Op::AtMost, number("14400")));
    assert_eq!(targets[6], Target::OfStart(Op::AtMost, number("0.5")));
    assert_eq!(targets[20], Target::Within(number("0.3"), number("0.5")));
    assert_eq!(targets[22], Target::Measured);
    assert_eq!(targets[23], Target::Compare(Op::AtMost, number("6.9")));
    // `uses` names the key result of the other objective with a weight of its own (K16).
    assert_eq!(policy.objectives[0].uses, [(1, 0, number("0.5"))]);
    // The objective's ambition holds for its key results.
    assert_eq!(
        policy.objectives[1].key_results[0].ambition,
        Ambition::Aspirational
    );
}

#[test]
fn key_result_m0d_ninety_percent_is_nine_tenths() {
    let target = |text: &str| {
        key_result(
            "",
            &format!("measure: {{ tools: {{ sast: 1 }} }}, target: \"{text}\""),
        )
        .target
    };
    assert_eq!(target(">= 90%"), target(">=0.9"));
    assert_eq!(target(">= 90 %"), target(">= 0.90"));
    assert_eq!(
        target("90%..100%"),
        Target::Within(number("0.9"), Quantity::ONE)
    );
}

#[test]
fn key_result_k01_a_start_moves_to_at_most_or_at_least_alone() {
    for (target, fits) in [
        ("<= 5", true),
        (">= 50", true),
        ("< 5", false),
        ("> 50", false),
        ("== 5", false),
        ("1..5", false),
        ("measured", false),
    ] {
        let codes = codes(PERIOD, &format!("{COUNT}, start: 10, target: \"{target}\""));
        assert_eq!(codes.is_empty(), fits, "{target}: {codes:?}");
        if !fits {
            assert_eq!(codes, [Code::BadTarget], "{target}");
        }
    }
}

#[test]
fn key_result_k03_a_start_at_or_beyond_the_target_is_refused() {
    for (start, target, code) in [
        ("10", "<= 10", Some(Code::StartEqualsTarget)),
        ("10", "<= 20", Some(Code::StartBeyondTarget)),
        ("10", ">= 5", Some(Code::StartBeyondTarget)),
        ("10", "<= 9", None),
        ("10", "<= 50% of start", None),
        ("10", "<= 100% of start", Some(Code::StartEqualsTarget)),
        ("10", "<= 130% of start", Some(Code::StartBeyondTarget)),
        ("10", ">= 130% of start", None),
        ("0", "<= 50% of start", Some(Code::StartEqualsTarget)),
        ("{ baseline: first }", "<= 50% of start", None),
        (
            "{ baseline: first }",
            ">= 50% of start",
            Some(Code::StartBeyondTarget),
        ),
        ("{ baseline: first }", "<= 20", None),
    ] {
        let codes = codes(
            PERIOD,
            &format!("{COUNT}, start: {start}, target: \"{target}\""),
        );
        assert_eq!(codes, Vec::from_iter(code), "{start} {target}");
    }
}

#[test]
fn key_result_q04_a_share_of_a_known_start_is_a_figure() {
    let kr = key_result(
        PERIOD,
        &format!("{COUNT}, start: 40, target: \"<= 50% of start\""),
    );
    assert_eq!(kr.target, Target::Compare(Op::AtMost, number("20")));
    let kr = key_result(
        PERIOD,
        &format!("{COUNT}, start: {{ baseline: previous }}, target: \"<= 20\""),
    );
    assert!(kr.moves && kr.start.is_none());
}

#[test]
fn key_result_k12_what_a_miss_does_follows_from_the_ambition() {
    for (extra, on_miss, stated) in [
        ("", Enforcement::Block, false),
        (", ambition: aspirational", Enforcement::Warn, false),
        (
            ", ambition: aspirational, on_miss: block",
            Enforcement::Block,
            true,
        ),
        (
            ", on_miss: observe, on_unknown: block",
            Enforcement::Observe,
            true,
        ),
        (", due: 2026-12-31", Enforcement::Block, false),
    ] {
        let kr = key_result("", &format!("{COUNT}, target: \"<= 0\"{extra}"));
        assert_eq!(
            (kr.on_miss, kr.on_miss_stated),
            (on_miss, stated),
            "{extra}"
        );
    }
}

#[test]
fn key_result_k15_a_health_key_result_has_no_weight() {
    assert!(key_result("", &format!("{COUNT}, target: \"<= 0\", kind: health")).health);
    assert_eq!(
        codes(
            "",
            &format!("{COUNT}, target: \"<= 0\", kind: health, weight: 1")
        ),
        [Code::BadWeight]
    );
}

#[test]
fn key_result_k24_days_begin_in_the_zone_of_the_policy() {
    let policy = read(&with(
        PERIOD,
        &format!("{COUNT}, target: \"<= 0\", due: 2026-12-31, enforce_from: 2026-11-01"),
    ));
    let period = policy.period.as_ref().unwrap();
    assert_eq!(period.start.to_string(), "2026-09-30T22:00:00Z");
    assert_eq!(period.end.to_string(), "2026-12-31T23:00:00Z");
    let kr = &policy.objectives[0].key_results[0];
    assert_eq!(kr.due.unwrap().to_string(), "2026-12-30T23:00:00Z");
    assert_eq!(kr.enforce_from.unwrap().to_string(), "2026-10-31T23:00:00Z");
    let moment = key_result(
        PERIOD,
        &format!("{COUNT}, target: \"<= 0\", due: 2026-12-31T12:00:00Z"),
    );
    assert_eq!(moment.due.unwrap().to_string(), "2026-12-31T12:00:00Z");
    let local = key_result(
        PERIOD,
        &format!("{COUNT}, target: \"<= 0\", due: 2026-12-31T12:00"),
    );
    assert_eq!(local.due.unwrap().to_string(), "2026-12-31T11:00:00Z");
}

#[test]
fn key_result_k33_weights_are_decimals_that_are_not_all_zero() {
    assert_eq!(
        key_result("", &format!("{COUNT}, target: \"<= 0\", weight: 0.25")).weight,
        number("0.25")
    );
    assert_eq!(
        codes("", &format!("{COUNT}, target: \"<= 0\", weight: 0")),
        [Code::BadWeight]
    );
    assert_eq!(
        codes("", &format!("{COUNT}, target: \"<= 0\", weight: -1")),
        [Code::BadNumber]
    );
}

/// YAML 1.2: text stays as it was written.
#[test]
fn scalars_keep_their_text() {
    let policy = read(
        "version: 1\nmission: 2026-10-01\nseverity: { unscored: by_level, by_level: { error: 8.0 } }\nobjectives:\n- id: 1.0\n  title: yes\n  owner: no\n  key_results:\n  - { id: 0x1, title: on, measure: { count: {} }, target: <= 0 }\n",
    );
    let objective = &policy.objectives[0];
    assert_eq!(policy.mission.as_deref(), Some("2026-10-01"));
    assert_eq!(
        (
            objective.id.as_str(),
            objective.title.as_str(),
            objective.owner.as_str()
        ),
        ("1.0", "yes", "no")
    );
    assert_eq!(objective.key_results[0].id, "0x1");
}

/// A filter that could hold for nothing, or a list that could match nothing, is refused:
/// it would count nothing and pass.
#[test]
fn invariant_05_what_could_only_count_nothing_is_refused() {
    for (measure, code) in [
        ("count: { not: {} }", Code::MissingKey),
        ("count: { any: [] }", Code::EmptyList),
        ("count: { any: [{}] }", Code::MissingKey),
        ("count: { class: [] }", Code::EmptyList),
        ("count: { path: \"!a/**\" }", Code::BadGlob),
        ("count: { path: [] }", Code::EmptyList),
        ("count:", Code::WrongType),
        ("tools: {}", Code::MissingKey),
        ("tools: { sast: 0 }", Code::BadNumber),
        ("tools: { inventory: false }", Code::EmptyList),
    ] {
        let codes = codes("", &format!("measure: {{ {measure} }}, target: \">= 1\""));
        assert_eq!(codes, [code], "{measure}");
    }
}

/// Each measure with the own keys that it cannot do without, and nothing else.
const DEMANDS: &[(&str, &[&str])] = &[
    (
        "density",
        &["lines: { file: l.json, pointer: /code, as_of: run }"],
    ),
    ("time_to_fix", &["statistic: median", "window: 90d"]),
    (
        "time_to_detect",
        &["from: introduced", "statistic: median", "window: 90d"],
    ),
    ("age", &["statistic: p90"]),
    ("sla", &["limits: { high: 30d }", "window: 90d"]),
    ("fix_rate", &["window: 30d"]),
    ("net_flow", &["window: 30d"]),
    ("recurrence", &["window: 30d"]),
    ("escape_rate", &["window: 30d"]),
    ("freshness", &["class: sast"]),
    ("coverage", &["class: sast", "within: 7d"]),
    ("events", &["name: drill", "per: month"]),
    ("friction", &["of: duration", "window: 30d"]),
    ("check_in", &["unit: none"]),
    ("checklist", &["file: a.csv"]),
    ("share", &["file: a.csv", "num: { a: \"1\" }", "as_of: run"]),
    ("value", &["file: a.json", "as_of: run"]),
];

#[test]
fn metric_m00e_a_key_without_a_default_is_demanded() {
    let of = |measure: &str, keys: &[&str]| {
        let target = match measure {
            "time_to_fix" | "time_to_detect" | "age" | "freshness" => "<= 9d",
            "friction" => "<= 9s",
            "density" | "net_flow" | "check_in" | "value" => "<= 1",
            _ => ">= 50%",
        };
        let mut keys = keys.join(", ");
        // What is asked for beside the keys that stand alone.
        keys += match measure {
            "friction" => ", statistic: p90",
            "value" => ", pointer: /a",
            _ => "",
        };
        let top = "data: { inventory: { file: r.csv } }";
        let text = format!("measure: {{ {measure}: {{ {keys} }} }}, target: \"{target}\"");
        codes(top, &text)
    };
    for (measure, keys) in DEMANDS {
        assert_eq!(of(measure, keys), [], "{measure}");
        for left_out in *keys {
            let rest: Vec<&str> = keys.iter().copied().filter(|key| key != left_out).collect();
            let codes = of(measure, &rest);
            assert!(
                codes.contains(&Code::MissingKey),
                "{measure} without {left_out}: {codes:?}"
            );
        }
    }
    // The words of `statistic`; the mean up to a horizon is one of `time_to_fix` alone.
    for (word, of_fixes, of_ages) in [
        ("median", true, true),
        ("p75", true, true),
        ("p90", true, true),
        ("p95", true, true),
        ("max", true, true),
        ("restricted_mean", true, false),
        ("mean", false, false),
    ] {
        let statistic = format!("statistic: {word}");
        let fixes = of("time_to_fix", &[&statistic, "window: 90d"]);
        assert_eq!(fixes.is_empty(), of_fixes, "{word}: {fixes:?}");
        let ages = of("age", &[&statistic]);
        assert_eq!(ages.is_empty(), of_ages, "{word}: {ages:?}");
    }
}

#[test]
fn key_result_q01_keys_are_strict_and_an_owner_is_inherited() {
    let owned = |more: &str| key_result("", &format!("{COUNT}, target: \"<= 0\"{more}")).owner;
    assert_eq!(owned(""), "@a");
    assert_eq!(owned(", owner: \"@b\""), "@b");
    // A key that the language lacks is an error wherever it stands.
    let kr = "measure: { count: {} }, target: \"<= 0\"";
    for (top, text) in [
        ("recrod: { changes: true }", kr.to_owned()),
        ("record: { change: true }", kr.to_owned()),
        (
            "period: { name: Q, start: 2026-10-01, end: 2027-01-01, zone: UTC }",
            kr.to_owned(),
        ),
        ("data: { inventary: { file: a.csv } }", kr.to_owned()),
        ("", format!("{kr}, decison: D-1")),
        ("", format!("{kr}, roles: {{ checkin: [\"@a\"] }}")),
        (
            "",
            "measure: { count: { sevrity: high } }, target: \"<= 0\"".to_owned(),
        ),
    ] {
        assert_eq!(codes(top, &text), [Code::UnknownKey], "{top} {text}");
    }
}

#[test]
fn key_result_q10_what_is_recorded_and_how_a_stream_is_scanned() {
    let kr = format!("{COUNT}, target: \"<= 0\"");
    let silent = read(&with("reports:\n- { name: a, path: a.json }", &kr));
    assert!(!silent.record_changes);
    let report = &silent.reports[0];
    assert!(report.covers.is_none());
    assert_eq!((report.stable_after, report.fresh), (None, None));
    let said = read(&with(
        "record: { changes: true }\nreports:\n- { name: a, path: a.json, covers: [\"**\", \
         \"!docs/**\"], stable_after: 2, fresh: 30d }",
        &kr,
    ));
    assert!(said.record_changes);
    let report = &said.reports[0];
    assert_eq!(
        (report.stable_after, report.fresh),
        (Some(2), Some(30 * 86_400))
    );
    let covers = report.covers.as_ref().unwrap();
    assert!(covers.holds("src/a.py") && !covers.holds("docs/a.md"));
    for bad in ["stable_after: 0", "fresh: 0d", "fresh: soon", "covers: []"] {
        let top = format!("reports:\n- {{ name: a, path: a.json, {bad} }}");
        assert_eq!(codes(&top, &kr).len(), 1, "{bad}");
    }
}
