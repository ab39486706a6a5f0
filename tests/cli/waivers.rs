//! Waivers: what they do to a gate, `krgate waive`, `krgate waivers`.

use std::process::Command;

use serde_json::Value;

use crate::support::{Ended, Place, policy};

const ENTRY: &str = r#"{ name: secrets, path: "reports/*", class: secrets }"#;
const NO_SECRET: &str = r#"{ id: no-secret, title: No secret, measure: { count: { class: secrets } }, target: "<= 0", on_miss: block }"#;
const FILE: &str = "krgate.waivers.yaml";

/// A policy with two secrets in its report; the clock says 2026-11-16.
fn place(waivers: &str) -> Place {
    let place = Place::new();
    let text = policy(ENTRY, &[NO_SECRET]);
    place
        .file(
            "krgate.yaml",
            text.replacen("version: 1\n", &format!("version: 1\n{waivers}"), 1),
        )
        .fixture("written/gitleaks.json", "reports/g.json");
    place
}

const NAMED: &str = "waivers: { file: krgate.waivers.yaml }\n";

/// The ids of the two findings.
fn ids(place: &Place) -> [String; 2] {
    let json = place.run(&["inspect", "reports/g.json", "--format", "json"]);
    assert_eq!(json.code, 0, "{}", json.stderr);
    let json = place.run(&["explain", "config/mirror.json", "--format", "json"]);
    let other = place.run(&["explain", "config/app.ini", "--format", "json"]);
    [json, other].map(|ended| {
        let id = &ended.json()["findings"][0]["finding"]["id"];
        id.as_str().unwrap().to_owned()
    })
}

fn waiver_file(entries: &[String]) -> String {
    format!("version: 1\nlist:\n{}", entries.concat())
}

fn entry(finding: &str, rest: &str) -> String {
    format!("  - {{ finding: \"{finding}\", {rest} }}\n")
}

fn read(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path(name)).unwrap()
}

/// The document as its schema describes it.
fn valid(ended: &Ended, schema: &str) -> Value {
    let path = format!("{}/schemas/{schema}", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let document = ended.json();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    document
}

#[test]
fn records_l19_waived_findings_pass_the_gate_until_the_last_day_and_are_named() {
    let place = place(NAMED);
    place.file(FILE, "version: 1\nlist: []\n");
    let [mirror, app] = ids(&place);
    place.file(
        FILE,
        waiver_file(&[
            entry(
                &mirror[..8],
                "id: w-mirror, reason: it is rotated, owner: \"@acme/pay\", expires: 2026-11-25",
            ),
            entry(&app, "reason: a false alarm, expires: 2026-12-31"),
            entry("0123456789", "reason: gone, expires: 2026-12-31"),
        ]),
    );
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 0, "{}\n{}", ended.stdout, ended.stderr);
    for line in [
        "notice  2 findings are waived",
        "notice  waiver `w-mirror` ends in 9 days (2026-11-25, `@acme/pay`)",
        "notice  waiver `finding 01234567` matches no finding of these reports",
    ] {
        assert!(ended.stdout.contains(line), "{line}\n{}", ended.stdout);
    }
    let late = place.run(&["check", "--now", "2026-11-26T00:00:00Z"]);
    assert_eq!(late.code, 1, "{}", late.stdout);
    let words: Vec<&str> = late.stdout.split_whitespace().collect();
    let expired =
        "warning[waiver-expired]: waiver `w-mirror` ended on 2026-11-25; 1 finding counts again";
    assert!(words.join(" ").contains(expired), "{}", late.stdout);
    let document = valid(
        &place.run(&["check", "--format", "json"]),
        "evaluation.schema.json",
    );
    let states: Vec<&str> = document["waivers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["ends_soon", "active", "unused"]);
    assert_eq!(document["waivers"][0]["days_left"], 9);
    assert_eq!(
        document["waivers"][0]["findings"],
        serde_json::json!([mirror])
    );
    assert_eq!(document["waivers"][2]["line"], 5);
    let finding = |id: &str| {
        let findings = document["findings"].as_array().unwrap();
        findings.iter().find(|f| f["id"] == id).unwrap().clone()
    };
    assert_eq!(finding(&app)["standing"], "waived");
    assert_eq!(finding(&app)["waiver"], 1);
    let sarif = place.run(&["check", "--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let result = results
        .iter()
        .find(|r| r["partialFingerprints"]["krgateFindingId/v1"] == mirror)
        .unwrap();
    assert_eq!(result["suppressions"][0]["kind"], "external");
    assert_eq!(
        result["suppressions"][0]["justification"],
        "waived by `w-mirror`: `it is rotated`, `@acme/pay`, until 2026-11-25"
    );
}

#[test]
fn explain_names_the_waiver_of_a_finding() {
    let place = place(NAMED);
    place.file(FILE, "version: 1\nlist: []\n");
    let [mirror, app] = ids(&place);
    let row = |id: &str| {
        let text = place.run(&["explain", id]).stdout;
        let row = text
            .lines()
            .find(|line| line.starts_with("  waiver"))
            .unwrap()
            .to_owned();
        (row, text.contains("To except it: krgate waive"))
    };
    assert_eq!(row(&mirror), ("  waiver     none".to_owned(), true));
    place.file(
        FILE,
        waiver_file(&[
            entry(&mirror, "reason: rotated, expires: 2026-12-31"),
            entry(&app, "id: w-app, expires: 2026-11-01"),
        ]),
    );
    let (waived, offered) = row(&mirror);
    assert!(
        waived.contains("`rotated`, until 2026-12-31;") && !offered,
        "{waived}"
    );
    assert_eq!(
        row(&app),
        (
            "  waiver     none; `w-app` ended on 2026-11-01".to_owned(),
            true
        )
    );
    let json = place.run(&["explain", &mirror, "--format", "json"]);
    let document = valid(&json, "explain.schema.json");
    assert_eq!(document["findings"][0]["waiver"]["reason"], "rotated");
}

/// Rule V9: the last line of `explain` can be pasted.
#[test]
fn output_v09_the_command_that_explain_shows_works_as_pasted() {
    let place = place(
        "waivers: { file: krgate.waivers.yaml, require: [owner, approved_by, kind], max_days: 14 }\n",
    );
    place.file(FILE, "version: 1\nlist: []\n");
    for id in ids(&place) {
        let text = place.run(&["explain", &id[..8]]).stdout;
        let last = text.lines().next_back().unwrap();
        let command = last.strip_prefix("To except it: krgate ").unwrap();
        assert!(
            command.contains("--expires 2026-11-30 --approved-by @them --kind accepted_risk"),
            "{command}"
        );
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("\"{}\" {command}", env!("CARGO_BIN_EXE_krgate")))
            .current_dir(place.path(""))
            .env_clear()
            .env("KRGATE_NOW", crate::support::NOW)
            .output()
            .unwrap();
        let ended = Ended::of(&output);
        assert_eq!(ended.code, 0, "{command}\n{}", ended.stderr);
        assert_eq!(
            ended.stdout,
            format!(
                "waived: finding {}, until 2026-11-30 (added to {FILE})\n",
                &id[..8]
            )
        );
    }
    assert_eq!(place.run(&["check"]).code, 0);
}

#[test]
fn waive_begins_a_file_and_says_which_line_the_policy_needs() {
    let place = place("");
    let [mirror, app] = ids(&place);
    let ended = place.run(&["waive", &mirror[..8], "--reason", "rotated: \"yes\""]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let line = "waivers: { file: krgate.waivers.yaml }\n";
    assert!(ended.stdout.ends_with(line), "{}", ended.stdout);
    let policy = read(&place, "krgate.yaml");
    place.file(
        "krgate.yaml",
        policy.replacen("version: 1\n", &format!("version: 1\n{line}"), 1),
    );
    let kept = format!("# by hand\n{}", read(&place, FILE));
    place.file(FILE, &kept);
    let more = place.run(&[
        "waive",
        &app,
        "--reason",
        "a false alarm",
        "--owner",
        "@acme/pay",
        "--expires",
        "2026-12-31",
        "--id",
        "w-app",
    ]);
    assert_eq!(more.code, 0, "{}", more.stderr);
    let after = read(&place, FILE);
    let added = after.strip_prefix(&kept).unwrap();
    assert_eq!(
        added,
        format!(
            "  - id: \"w-app\"\n    finding: \"{app}\" # pay-database-password at config/app.ini:3\n    \
             reason: \"a false alarm\"\n    owner: \"@acme/pay\"\n    created: 2026-11-16\n    \
             expires: 2026-12-31\n"
        )
    );
    assert_eq!(place.run(&["check"]).code, 0);
}

/// Rules M5, M26: a waiver may say that the finding is none.
#[test]
fn waive_says_what_the_finding_is_and_every_output_does_too() {
    let place = place("waivers: { file: krgate.waivers.yaml, require: kind }\n");
    place.file(FILE, "version: 1\nlist: []\n");
    let [mirror, app] = ids(&place);
    let waive = |id: &str, kind: &[&str]| {
        place.run(&[&["waive", id, "--reason", "an example"], kind].concat())
    };
    let without = waive(&mirror, &[]);
    assert_eq!(without.code, 2);
    let said: Vec<&str> = without.stderr.split_whitespace().collect();
    let said = said.join(" ");
    assert!(
        said.contains("would not hold: the policy demands `kind`"),
        "{said}"
    );
    let misspelt = waive(&mirror, &["--kind", "false-positive"]);
    assert_eq!(misspelt.code, 2);
    let words = "expected false_positive, accepted_risk, mitigating_control or used_in_tests";
    assert!(misspelt.stderr.contains(words), "{}", misspelt.stderr);
    assert_eq!(read(&place, FILE), "version: 1\nlist: []\n");

    let words = ["false_positive", "used_in_tests"];
    for (id, word) in [&mirror, &app].into_iter().zip(words) {
        assert_eq!(waive(id, &["--kind", word]).code, 0);
        assert!(read(&place, FILE).contains(&format!("    kind: {word}\n    reason:")));
    }
    assert_eq!(place.run(&["check"]).code, 0);
    let text = place.run(&["waivers"]).stdout;
    for line in ["  a false positive\n", "  used in tests alone\n"] {
        assert!(text.contains(line), "{text}");
    }
    let json = valid(
        &place.run(&["waivers", "--format", "json"]),
        "waivers.schema.json",
    );
    let said = json["waivers"].as_array().unwrap().iter();
    let said: Vec<&str> = said.map(|w| w["waived_as"].as_str().unwrap()).collect();
    assert_eq!(said, words);
    // A word that nobody knows is a fault of the file, at its place.
    place.file(FILE, waiver_file(&[entry(&mirror, "kind: false_positiv")]));
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("false_positive"), "{}", ended.stderr);
}

#[test]
fn waive_refuses_what_would_not_hold_and_writes_nothing() {
    let place = place(
        "waivers: { file: krgate.waivers.yaml, require: [owner, expires], max_days: 30, forbid: { rule: pay-* } }\n",
    );
    place.file(FILE, "version: 1\nlist: []\n");
    let [mirror, app] = ids(&place);
    let refused = |arguments: &[&str]| {
        let ended = place.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}\n{}", ended.stdout);
        assert_eq!(read(&place, FILE), "version: 1\nlist: []\n");
        ended.stderr
    };
    let whole = |id: &str, expires: &str| {
        refused(&[
            "waive",
            id,
            "--reason",
            "x",
            "--owner",
            "@a",
            "--expires",
            expires,
        ])
    };
    for (said, expected) in [
        (
            refused(&["waive", &mirror, "--reason", "x", "--owner", "@a"]),
            "the policy demands `expires`",
        ),
        (
            whole(&mirror, "2026-12-17"),
            "it would last 31 days, and the policy allows 30",
        ),
        (whole(&mirror, "2026-11-15"), "is over already"),
        (whole(&app, "2026-12-01"), "waivers.forbid"),
        (
            whole("0123456789abcdef", "2026-12-01"),
            "no finding of these reports is called `0123456789abcdef`",
        ),
        (
            whole("no-secret", "2026-12-01"),
            "no finding of these reports",
        ),
        (
            refused(&["waive", &mirror, "--reason", " "]),
            "expected text",
        ),
        (whole(&mirror, "soon"), "expected a day"),
    ] {
        let words: Vec<&str> = said.split_whitespace().collect();
        assert!(words.join(" ").contains(expected), "{expected}\n{said}");
    }
    let ok = [
        "waive",
        &mirror,
        "--reason",
        "x",
        "--owner",
        "@a",
        "--expires",
        "2026-12-16",
    ];
    assert_eq!(place.run(&ok).code, 0);
    let again = place.run(&ok);
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("it is waived already"),
        "{}",
        again.stderr
    );
}

#[test]
fn waivers_lists_all_with_their_states() {
    let place = place("waivers: { file: krgate.waivers.yaml, require: [reason] }\n");
    place.file(FILE, "version: 1\nlist: []\n");
    let [mirror, app] = ids(&place);
    place.file(
        FILE,
        waiver_file(&[
            entry(
                &mirror,
                "id: w-mirror, reason: rotated, owner: \"@acme/pay\", expires: 2026-12-31",
            ),
            entry(&app, "expires: 2026-12-31"),
            entry(&app, "reason: x, expires: 2026-11-20"),
            entry(&app, "reason: x, expires: 2026-11-15"),
            entry("0123456789", "reason: x"),
        ]),
    );
    let text = place.run(&["waivers"]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    insta::assert_snapshot!(
        text.stdout
            .replace(&app[..8], "aaaaaaaa")
            .replace(&mirror[..8], "bbbbbbbb")
    );
    let json = valid(
        &place.run(&["waivers", "--format", "json"]),
        "waivers.schema.json",
    );
    assert_eq!(json["schema"], "krgate.waivers/1");
    let states: Vec<&str> = json["waivers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        ["active", "refused", "ends_soon", "expired", "unused"]
    );
    assert_eq!(
        json["waivers"][1]["refused_because"],
        "the policy demands `reason`"
    );
}

const NO_VULNERABILITY: &str = r#"{ id: none, title: None, measure: { count: { class: sca } }, target: "<= 0", on_miss: block }"#;
const BY_VEX: &str = r#"{ id: stated, title: Stated, measure: { suppressed: { class: sca, by: [vex] } }, target: "<= 9" }"#;
const LODASH: &str = r#""vulnerability": { "name": "CVE-2021-23337" }, "products": [{ "@id": "pkg:npm/lodash@4.17.15" }]"#;
const LOG4J: &str = r#""vulnerability": { "name": "GHSA-jfh8-c2jp-5v3q" }, "products": [{ "@id": "pkg:maven/org.apache.logging.log4j/log4j-core" }]"#;
const BECAUSE: &str =
    r#""status": "not_affected", "justification": "vulnerable_code_not_in_execute_path""#;

/// A policy over two vulnerabilities, with a VEX document; the figures of both key results.
fn stated(policy_lines: &str, statements: &[String]) -> (Place, Vec<String>) {
    let place = Place::new();
    let entry = r#"{ name: deps, path: "reports/*", class: sca }"#;
    let text = policy(entry, &[NO_VULNERABILITY, BY_VEX]);
    let lines = format!("version: 1\nvex: [vex/shop.json]\n{policy_lines}");
    let document = format!(
        r#"{{ "author": "Acme", "timestamp": "2026-10-01T00:00:00Z", "statements": [{}] }}"#,
        statements.join(", ")
    );
    place
        .file("krgate.yaml", text.replacen("version: 1\n", &lines, 1))
        .file("vex/shop.json", document)
        .fixture("written/grype.json", "reports/g.json");
    let json = valid(
        &place.run(&["check", "--format", "json"]),
        "evaluation.schema.json",
    );
    let key_results = json["objectives"][0]["key_results"].as_array().unwrap();
    let figures = key_results
        .iter()
        .map(|kr| kr["value"].as_str().unwrap_or("unknown").to_owned())
        .collect();
    (place, figures)
}

#[test]
fn formats_rule_047_statements_hold_for_the_package_the_version_and_any_id() {
    let figures = |statements: &[String]| stated("", statements).1;
    assert_eq!(figures(&[]), ["2", "0"]);
    let one = |about: &str, status: &str| format!("{{ {about}, {status} }}");
    assert_eq!(figures(&[one(LODASH, BECAUSE)]), ["1", "1"]);
    assert_eq!(
        figures(&[one(LODASH, BECAUSE), one(LOG4J, BECAUSE)]),
        ["0", "2"]
    );
    for (about, status) in [
        (LODASH.replace("4.17.15", "4.17.16"), BECAUSE),
        (LODASH.replace("npm", "pypi"), BECAUSE),
        (LODASH.replace("23337", "23338"), BECAUSE),
        (LODASH.to_owned(), r#""status": "affected""#),
        (LODASH.to_owned(), r#""status": "under_investigation""#),
        (LODASH.to_owned(), r#""status": "not_affected""#),
        // Fixed is one version, and none is named.
        (LOG4J.to_owned(), r#""status": "fixed""#),
    ] {
        assert_eq!(
            figures(&[one(&about, status)]),
            ["2", "0"],
            "{about} {status}"
        );
    }
    let fixed = one(LODASH, r#""status": "fixed""#);
    assert_eq!(figures(&[fixed]), ["1", "1"]);
}

#[test]
fn formats_rule_047_the_later_statement_wins() {
    let figures = |first: &str, second: &str| {
        let at = |time: &str, status: &str| {
            format!("{{ {LODASH}, {status}, \"timestamp\": \"2026-{time}T00:00:00Z\" }}")
        };
        stated(
            "",
            &[at(first, BECAUSE), at(second, r#""status": "affected""#)],
        )
        .1
    };
    assert_eq!(figures("10-01", "10-02"), ["2", "0"]);
    assert_eq!(figures("10-02", "10-01"), ["1", "1"]);
    // Of one time: the one that excuses nothing.
    assert_eq!(figures("10-01", "10-01"), ["2", "0"]);
}

#[test]
fn formats_rule_045_a_statement_is_shown_with_its_reason_and_refused_without() {
    let statements = [
        format!("{{ {LODASH}, {BECAUSE} }}"),
        format!("{{ {LOG4J}, \"status\": \"not_affected\" }}"),
        format!("{{ {}, {BECAUSE} }}", LODASH.replace("23337", "1")),
    ];
    let (place, _) = stated("", &statements);
    let text = place.run(&["check"]).stdout;
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    for said in [
        "warning[waiver-refused]: VEX statement `GHSA-jfh8-c2jp-5v3q, not affected` does not hold: it states `not_affected` without `justification` or `impact_statement` (`vex/shop.json` statement 2)",
        "notice 1 finding is set aside by VEX documents",
        "notice 1 of 3 excusing statements of `vex/shop.json` match no finding of these reports",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let explained = place.run(&["explain", "CVE-2021-23337"]);
    assert_eq!(explained.code, 2, "an alias is no name of a finding");
    let json = place.run(&["check", "--format", "json"]).json();
    let findings = json["findings"].as_array().unwrap();
    let finding = findings.iter().find(|f| f["standing"] == "vex").unwrap();
    let explained = place
        .run(&["explain", finding["id"].as_str().unwrap()])
        .stdout;
    assert!(
        explained.contains("standing   set aside by a VEX document")
            && explained.contains("`vulnerable_code_not_in_execute_path`"),
        "{explained}"
    );
    let sarif = place.run(&["check", "--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let justification = results
        .iter()
        .find_map(|r| r["suppressions"][0]["justification"].as_str());
    assert_eq!(
        justification,
        Some(
            "by a VEX document: `CVE-2021-23337, not affected`: `vulnerable_code_not_in_execute_path`, `Acme`"
        )
    );
}

/// `forbid` is for statements too; `require` and `max_days` are not: a statement has no end.
#[test]
fn sarif_rule_038_what_is_forbidden_no_statement_sets_aside() {
    let statements = [
        format!("{{ {LODASH}, {BECAUSE} }}"),
        format!("{{ {LOG4J}, {BECAUSE} }}"),
    ];
    let figures = |lines: &str| stated(lines, &statements).1;
    assert_eq!(
        figures("waivers: { require: [expires], max_days: 1 }\n"),
        ["0", "2"]
    );
    assert_eq!(
        figures("waivers: { forbid: { package: \"*log4j-core\" } }\n"),
        ["1", "1"]
    );
}

#[test]
fn formats_rule_048_a_damaged_vex_document_is_exit_2() {
    let (place, _) = stated("", &[]);
    place.file("vex/shop.json", "[]");
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("error[vex-unreadable]")
            && ended.stderr.contains("vex/shop.json:1:1"),
        "{}",
        ended.stderr
    );
    std::fs::remove_file(place.path("vex/shop.json")).unwrap();
    assert_eq!(place.run(&["check"]).code, 2);
}
