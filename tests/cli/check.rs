//! `krgate check`.

use crate::support::{Ended, NOW, Place, fixture, policy};

const SECRETS: &str = r#"{ name: secrets, path: "reports/*", class: secrets }"#;
const NO_SECRET: &str = r#"{ id: no-secret, title: No secret, measure: { count: { class: secrets } }, target: "<= 0", on_miss: block }"#;

/// Exit code and error codes of a check of one report under the reference policy.
fn gate(name: &str, bytes: &[u8], entry: &str) -> (i32, Vec<String>) {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(entry, &[NO_SECRET]))
        .file(&format!("reports/{name}"), bytes);
    let ended = place.run(&["check", "--format", "json"]);
    let codes = ended.json()["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|d| d["level"] == "error")
        .map(|d| d["code"].as_str().unwrap().to_owned())
        .collect();
    (ended.code, codes)
}

fn gitleaks(name: &str) -> Vec<u8> {
    std::fs::read(fixture(&format!("written/{name}"))).unwrap()
}

#[test]
fn a_finding_fails_the_gate_and_a_clean_report_passes_it() {
    assert_eq!(
        gate("g.json", &gitleaks("gitleaks.json"), SECRETS),
        (1, vec![])
    );
    let declared = r#"{ name: secrets, path: "reports/*", class: secrets, format: gitleaks }"#;
    assert_eq!(gate("g.json", b"[]", declared), (0, vec![]));
}

#[test]
fn wrong_evidence_is_exit_3_and_never_a_pass() {
    let rows: [(&str, &[u8], &str); 9] = [
        ("empty", b"", "report-empty"),
        (
            "truncated",
            b"[{\"RuleID\": \"a\", \"StartLine\": 1, \"Secret\": \"b",
            "report-truncated",
        ),
        ("undeclared", b"[]", "report-needs-format"),
        (
            "html",
            b"<!DOCTYPE html><html></html>",
            "report-unknown-format",
        ),
        (
            "zip",
            b"PK\x03\x04aaaaaaaaaaaaaaaaaaaa",
            "report-unknown-format",
        ),
        (
            "sarif 2.0.0",
            b"{\"version\":\"2.0.0\",\"runs\":[]}",
            "sarif-version-unsupported",
        ),
        (
            "two documents",
            b"{\"version\":\"2.1.0\",\"runs\":[]}{}",
            "report-syntax",
        ),
        (
            "latin 1",
            b"{\"version\":\"2.1.0\",\"runs\":[],\"a\":\"\xe9\"}",
            "report-not-utf8",
        ),
        ("other", b"{\"a\":1}", "report-unknown-format"),
    ];
    for (name, bytes, code) in rows {
        assert_eq!(
            gate(name, bytes, SECRETS),
            (3, vec![code.to_owned()]),
            "{name}"
        );
    }
}

#[test]
fn hostile_g07_a_glob_without_a_match_is_exit_3() {
    let place = Place::new();
    place.file("krgate.yaml", policy(SECRETS, &[NO_SECRET]));
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 3);
    assert!(ended.stdout.contains("report-missing"), "{}", ended.stdout);
    std::fs::create_dir_all(place.path("reports/folder")).unwrap();
    assert_eq!(place.run(&["check"]).code, 3, "a folder is no report");
}

#[test]
fn hostile_g07_an_optional_report_leaves_its_class_unmeasured() {
    let place = Place::new();
    let optional = r#"{ name: secrets, path: "reports/*", class: secrets, required: false }"#;
    place.file("krgate.yaml", policy(optional, &[NO_SECRET]));
    let ended = place.run(&["check", "--format", "json"]);
    assert_eq!(ended.code, 1);
    let kr = &ended.json()["objectives"][0]["key_results"][0];
    assert_eq!(kr["verdict"], "unknown");
}

#[test]
fn hostile_g09_one_file_of_two_entries_is_exit_2() {
    let place = Place::new();
    let two = "{ name: a, path: \"reports/*\", class: sast }\n  - { name: b, path: \"reports/*.sarif\", class: iac }";
    place
        .file("krgate.yaml", policy(two, &[NO_SECRET]))
        .fixture("scanners/zizmor.sarif", "reports/z.sarif");
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("report-claimed-twice"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("line 3") && ended.stderr.contains("line 4"),
        "{}",
        ended.stderr
    );
    assert_eq!(ended.stdout, "");
}

#[test]
fn invariant_05_a_faulty_policy_is_exit_2_before_any_report_is_opened() {
    let place = Place::new();
    place.file(
        "krgate.yaml",
        policy(SECRETS, &[NO_SECRET]).replace("on_miss", "on_mis"),
    );
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("unknown-key"), "{}", ended.stderr);
    assert!(ended.stderr.contains("on_miss"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("report-missing"), "{}", ended.stderr);
}

#[test]
fn without_a_policy_the_places_and_the_way_on_are_named() {
    let ended = Place::new().run(&["check"]);
    assert_eq!(ended.code, 2);
    for word in ["krgate.yaml", ".github/krgate.yaml", "krgate init"] {
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
}

#[test]
fn invariant_09_the_exit_code_does_not_depend_on_the_format() {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(SECRETS, &[NO_SECRET]))
        .fixture("written/gitleaks.json", "reports/g.json");
    for format in ["text", "json", "sarif", "junit", "markdown"] {
        let ended = place.run(&["check", "--format", format]);
        assert_eq!(ended.code, 1, "{format}");
        assert!(!ended.stdout.is_empty(), "{format}");
    }
}

#[test]
fn invariant_08_same_inputs_same_bytes() {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(SECRETS, &[NO_SECRET]))
        .fixture("written/gitleaks.json", "reports/g.json")
        .fixture("scanners/detect-secrets.json", "reports/d.json");
    for format in ["text", "json", "sarif", "junit", "markdown"] {
        let first = place.run(&["check", "--format", format, "--verbose"]);
        let second = place.run(&["check", "--format", format, "--verbose"]);
        assert_eq!(first.stdout, second.stdout, "{format}");
    }
}

#[test]
fn several_outputs_are_written_and_standard_output_stays() {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(SECRETS, &[NO_SECRET]))
        .fixture("written/gitleaks.json", "reports/g.json");
    let ended = place.run(&[
        "check",
        "--output",
        "sarif=out.sarif",
        "--output",
        "json=out.json",
        "--quiet",
    ]);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
    let sarif: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("out.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("out.json")).unwrap()).unwrap();
    assert_eq!(json["schema"], "krgate.evaluation/1");
}

#[test]
fn an_output_that_cannot_be_written_is_exit_4_and_the_verdict_stands() {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(SECRETS, &[NO_SECRET]))
        .fixture("written/gitleaks.json", "reports/g.json");
    let ended = place.run(&["check", "--output", "json=missing/out.json"]);
    assert_eq!(ended.code, 4);
    assert!(
        ended.stderr.contains("output-not-written"),
        "{}",
        ended.stderr
    );
    assert!(ended.verdict().starts_with("FAILED"), "{}", ended.stdout);
}

#[cfg(unix)]
#[test]
fn an_output_does_not_follow_a_link_out_of_the_folder() {
    let place = Place::new();
    let elsewhere = Place::new();
    place
        .file("krgate.yaml", policy(SECRETS, &[NO_SECRET]))
        .fixture("written/gitleaks.json", "reports/g.json");
    std::os::unix::fs::symlink(elsewhere.path(""), place.path("out")).unwrap();
    let ended = place.run(&["check", "--output", "json=out/a.json"]);
    assert_eq!(ended.code, 4);
    assert!(!elsewhere.path("a.json").exists());
}

#[test]
fn by_hand_a_file_is_read_by_content_and_stands_for_its_class() {
    let place = Place::new();
    let entries = "{ name: secrets, path: \"reports/gitleaks.json\", class: secrets }\n  - { name: code, path: \"reports/*.sarif\", class: sast }";
    let sast = r#"{ id: sast, title: S, measure: { count: { class: sast } }, target: "<= 0", on_miss: block }"#;
    place
        .file("krgate.yaml", policy(entries, &[NO_SECRET, sast]))
        .fixture("written/gitleaks.json", "elsewhere.json")
        .fixture("scanners/bandit-clean.sarif", "b.sarif");
    let ended = place.run(&["check", "elsewhere.json", "b.sarif", "--format", "json"]);
    let json = ended.json();
    let verdict = |i: usize| json["objectives"][0]["key_results"][i]["verdict"].clone();
    assert_eq!(
        (ended.code, verdict(0), verdict(1)),
        (1, "missed".into(), "met".into())
    );
    let one = place.run(&["check", "b.sarif", "--format", "json"]).json();
    assert_eq!(one["objectives"][0]["key_results"][0]["verdict"], "unknown");
    assert_eq!(one["objectives"][0]["key_results"][1]["verdict"], "met");
    assert_eq!(one["diagnostics"][0]["code"], "report-not-given");
    assert_eq!(
        one["exit"], 1,
        "a report that was not given is no wrong evidence"
    );
}

#[test]
fn by_hand_a_name_gives_a_file_to_its_entry() {
    let place = Place::new();
    let entry =
        r#"{ name: secrets, path: "reports/gitleaks.json", format: gitleaks, class: secrets }"#;
    place
        .file("krgate.yaml", policy(entry, &[NO_SECRET]))
        .file("empty.json", "[]");
    assert_eq!(place.run(&["check", "secrets=empty.json"]).code, 0);
    assert_eq!(
        place.run(&["check", "empty.json"]).code,
        3,
        "content cannot tell"
    );
    let unknown = place.run(&["check", "secret=empty.json"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("secrets"), "{}", unknown.stderr);
}

#[test]
fn standard_input_is_a_dash() {
    let place = Place::new();
    place.file("krgate.yaml", policy(SECRETS, &[NO_SECRET]));
    let output = place
        .command(&["check", "-"])
        .write_stdin(gitleaks("gitleaks.json"))
        .output()
        .unwrap();
    assert_eq!(Ended::of(&output).code, 1);
    let nothing = place
        .command(&["check", "-"])
        .write_stdin("")
        .output()
        .unwrap();
    assert_eq!(Ended::of(&nothing).code, 3);
}

#[test]
fn the_demo_fails_and_its_repaired_state_passes() {
    let root = fixture("..");
    let run = |arguments: &[&str]| {
        let mut command = Place::new().command(arguments);
        Ended::of(&command.current_dir(&root).output().unwrap())
    };
    let demo = ["check", "--policy", "fixtures/demo/krgate.yaml"];
    let failed = run(&demo);
    assert_eq!(failed.code, 1, "{}", failed.stdout);
    assert!(failed.verdict().starts_with("FAILED"), "{}", failed.stdout);
    let repaired = [
        "fixtures/demo/reports-fixed/semgrep.sarif",
        "fixtures/demo/reports-fixed/bandit.sarif",
        "fixtures/demo/reports-fixed/zizmor.sarif",
        "fixtures/demo/reports-fixed/detect-secrets.json",
    ];
    let passed = run(&[demo.as_slice(), repaired.as_slice()].concat());
    assert_eq!(passed.code, 0, "{}", passed.stdout);
    assert!(passed.verdict().starts_with("PASSED"), "{}", passed.stdout);
}

#[test]
fn exit_code_2_for_arguments_that_do_not_fit() {
    let place = Place::new();
    for arguments in [
        &["check", "--format", "xml"][..],
        &["check", "--output", "sarif"],
        &["check", "--event", "tuesday"],
        &["check", "--now", "yesterday"],
        &["check", "--quiet", "--verbose"],
        &["judge"],
        &[],
    ] {
        assert_eq!(place.run(arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(place.run(&["--help"]).code, 0);
    assert_eq!(place.run(&["--version"]).code, 0);
}

/// The command that the last line suggests, run as shown.
fn suggested(ended: &Ended, run: impl Fn(&[&str]) -> Ended) -> Ended {
    let (_, command) = ended.verdict().split_once("Details: krgate ").unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    run(&words)
}

#[test]
fn output_v09_the_suggested_command_works_as_shown() {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(SECRETS, &[NO_SECRET]))
        .fixture("written/gitleaks.json", "reports/g.json");
    let run = |arguments: &[&str]| place.run(arguments);
    let plain = suggested(&run(&["check"]), run);
    assert_eq!(plain.code, 0, "{}", plain.stderr);
    assert!(
        plain.stdout.contains("counted by no-secret"),
        "{}",
        plain.stdout
    );
    std::fs::rename(place.path("krgate.yaml"), place.path("other.yaml")).unwrap();
    std::fs::rename(place.path("reports"), place.path("out")).unwrap();
    let by_hand = [
        "check",
        "--policy",
        "other.yaml",
        "out/g.json",
        "--event",
        "state",
    ];
    let same = suggested(&run(&by_hand), run);
    assert_eq!(same.code, 0, "{}", same.stderr);
    assert!(
        same.stdout.contains("counted by no-secret"),
        "{}",
        same.stdout
    );
}

/// The first page of the README shows what the demo really prints; a line of three dots
/// stands for lines that were left out.
#[test]
fn the_readme_shows_real_output() {
    let root = fixture("..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (_, after) = readme
        .split_once("$ krgate check --policy fixtures/demo/krgate.yaml --event state\n")
        .unwrap();
    let (shown, _) = after.split_once("```").unwrap();
    let arguments = [
        "check",
        "--policy",
        "fixtures/demo/krgate.yaml",
        "--event",
        "state",
    ];
    let mut command = Place::new().command(&arguments);
    let real = Ended::of(&command.current_dir(&root).output().unwrap());
    // The clock of this test is repeated in the command that the last line suggests.
    let clock = format!(" --now {NOW}");
    let mut lines = real.stdout.lines();
    for line in shown.lines().filter(|line| line.trim() != "…") {
        assert!(
            lines.any(|real| real == line || real.strip_suffix(&clock) == Some(line)),
            "the README shows a line that krgate does not print there: {line}\n{}",
            real.stdout
        );
    }
}

/// The verdict of the only key result and the exit code.
fn one(place: &Place, arguments: &[&str]) -> (String, i32) {
    let ended = place.run(&[arguments, &["--format", "json"]].concat());
    let verdict = &ended.json()["objectives"][0]["key_results"][0]["verdict"];
    (verdict.as_str().unwrap().to_owned(), ended.code)
}

const SAST: &str = r#"{ name: code, path: "reports/*.sarif", class: sast }"#;
const NO_SAST: &str = r#"{ id: no-sast, title: S, measure: { count: { class: sast } }, target: "<= 0", on_miss: block }"#;

#[test]
fn invariant_01_a_clean_scan_of_one_class_meets_nothing_of_another() {
    let place = Place::new();
    let trivy = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Trivy"}},"results":[]}]}"#;
    place
        .file(
            "krgate.yaml",
            policy(
                r#"{ name: deps, path: "reports/*", class: sca }"#,
                &[NO_SECRET],
            ),
        )
        .file("reports/trivy.sarif", trivy);
    assert_eq!(one(&place, &["check"]), ("unknown".to_owned(), 1));
    let sca = NO_SECRET.replace("class: secrets", "class: sca");
    place.file(
        "krgate.yaml",
        policy(r#"{ name: deps, path: "reports/*", class: sca }"#, &[&sca]),
    );
    assert_eq!(one(&place, &["check"]), ("met".to_owned(), 0));
}

#[test]
fn invariant_01_an_empty_ref_or_environment_is_not_known() {
    let place = Place::new();
    let scoped =
        r#"{ id: k, title: K, measure: { count: { scope: p } }, target: "<= 0", on_miss: block }"#;
    for (cut, flag, name) in [
        ("refs: [main]", "--ref", "KRGATE_REF"),
        (
            "environments: [production]",
            "--environment",
            "KRGATE_ENVIRONMENT",
        ),
    ] {
        let text = policy(SAST, &[scoped]) + &format!("scopes: {{ p: {{ {cut} }} }}\n");
        place
            .file("krgate.yaml", &text)
            .fixture("scanners/bandit.sarif", "reports/b.sarif");
        assert_eq!(one(&place, &["check", flag, ""]).1, 1, "{flag}");
        assert_eq!(one(&place, &["check", flag, "other"]).1, 0, "{flag}");
        let from_environment = place.command(&["check"]).env(name, "").output().unwrap();
        assert_eq!(Ended::of(&from_environment).code, 1, "{name}");
        let negated = scoped.replace("scope: p", "not: { scope: p }");
        place.file(
            "krgate.yaml",
            policy(SAST, &[&negated]) + &format!("scopes: {{ p: {{ {cut} }} }}\n"),
        );
        assert_eq!(
            one(&place, &["check"]).1,
            1,
            "not known counts under `not` too"
        );
    }
}

#[test]
fn empty_variables_are_not_given() {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(SAST, &[NO_SAST]))
        .fixture("scanners/bandit-clean.sarif", "reports/b.sarif");
    let mut command = place.command(&["check"]);
    for name in [
        "KRGATE_POLICY",
        "KRGATE_EVENT",
        "KRGATE_NOW",
        "KRGATE_SECRET_KEY",
    ] {
        command.env(name, "");
    }
    assert_eq!(Ended::of(&command.output().unwrap()).code, 0);
}

#[test]
fn by_hand_another_spelling_of_a_path_is_the_same_file() {
    let place = Place::new();
    let strict = r#"{ name: code, path: "./reports/*.sarif", class: sast, tool: codeql }"#;
    place
        .file("krgate.yaml", policy(strict, &[NO_SAST]))
        .fixture("scanners/bandit-clean.sarif", "reports/b.sarif");
    let absolute = place.path("reports/b.sarif");
    for path in [
        "reports/b.sarif",
        "./reports/b.sarif",
        "reports//b.sarif",
        "reports/../reports/./b.sarif",
        absolute.to_str().unwrap(),
    ] {
        assert_eq!(
            place.run(&["check", path]).code,
            3,
            "{path}: it is not by codeql"
        );
    }
    assert_eq!(place.run(&["check"]).code, 3);
}

#[cfg(unix)]
#[test]
fn hostile_g06_a_folder_that_cannot_be_listed_is_no_empty_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place
        .file(
            "krgate.yaml",
            policy(
                r#"{ name: code, path: "reports/**/*.sarif", class: sast }"#,
                &[NO_SAST],
            ),
        )
        .fixture("scanners/bandit-clean.sarif", "reports/b.sarif")
        .fixture("scanners/bandit.sarif", "reports/locked/b.sarif");
    let locked = place.path("reports/locked");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let listed = std::fs::read_dir(&locked).is_ok();
    let ended = place.run(&["check"]);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
    if listed {
        println!("skipped: this user may list any folder");
        return;
    }
    assert_eq!(ended.code, 3);
    assert!(
        ended.stdout.contains("report-unreadable"),
        "{}",
        ended.stdout
    );
}

#[test]
fn formats_rule_004_ignore_leaves_out_only_what_nothing_else_decides() {
    let place = Place::new();
    let either = r#"{ id: k, title: K, measure: { count: { any: [{ cvss: "> 7.0" }, { class: secrets }] } }, target: "<= 0", on_miss: block }"#;
    place
        .file(
            "krgate.yaml",
            policy(SECRETS, &[either]) + "severity: { unscored: ignore }\n",
        )
        .fixture("written/gitleaks.json", "reports/g.json");
    assert_eq!(one(&place, &["check"]), ("missed".to_owned(), 1));
}

#[test]
fn encoder_e11_wrong_arguments_are_shown_in_their_visible_form() {
    let place = Place::new();
    for arguments in [
        ["check", "--event", "\n::error::x\u{1b}[31m"],
        ["check", "--now", "y##[error]z"],
        ["check", "--output", "a\r::warning::b"],
        ["check", "--format", "\u{202e}x"],
        ["check", "--x\n::error::", "y"],
    ] {
        let ended = place.run(&arguments);
        assert_eq!(ended.code, 2, "{arguments:?}");
        for line in ended.stderr.split(['\n', '\r']) {
            assert!(!line.trim_start().starts_with("::"), "{}", ended.stderr);
        }
        for hidden in ["\u{1b}", "\u{202e}", "##["] {
            assert!(!ended.stderr.contains(hidden), "{}", ended.stderr);
        }
    }
}

#[test]
fn an_output_never_takes_the_place_of_what_was_read() {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(SAST, &[NO_SAST]))
        .fixture("scanners/bandit-clean.sarif", "reports/b.sarif");
    for path in ["krgate.yaml", "./reports/b.sarif"] {
        let before = std::fs::read(place.path(path)).unwrap();
        let ended = place.run(&["check", "--output", &format!("json={path}")]);
        assert_eq!(ended.code, 2, "{path}");
        assert_eq!(std::fs::read(place.path(path)).unwrap(), before, "{path}");
    }
}

#[test]
fn secrets_rule_070_a_short_project_key_is_refused() {
    let place = Place::new();
    place.file("krgate.yaml", policy(SECRETS, &[NO_SECRET]));
    let short = place
        .command(&["check"])
        .env("KRGATE_SECRET_KEY", "short")
        .output()
        .unwrap();
    let ended = Ended::of(&short);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("16 bytes"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("short\""), "{}", ended.stderr);
}

#[test]
fn output_v07_a_refused_report_says_what_to_do_next() {
    let reports: [(&str, &[u8]); 6] = [
        ("cut", b"{\"version\":\"2.1.0\",\"runs\":["),
        ("empty", b""),
        ("comma", b"{\"version\":\"2.1.0\",\"runs\":[],}"),
        (
            "latin 1",
            b"{\"version\":\"2.1.0\",\"runs\":[],\"a\":\"\xe9\"}",
        ),
        ("old", b"{\"version\":\"2.0.0\",\"runs\":[]}"),
        (
            "twice",
            b"{\"version\":\"2.1.0\",\"version\":\"2.1.0\",\"runs\":[]}",
        ),
    ];
    for (name, bytes) in reports {
        let place = Place::new();
        place
            .file("krgate.yaml", policy(SECRETS, &[NO_SECRET]))
            .file("reports/r.sarif", bytes);
        let ended = place.run(&["check"]);
        let (_, after) = ended.stdout.split_once("error[").unwrap();
        assert!(after.contains("\n  -> "), "{name}: {}", ended.stdout);
    }
}

#[test]
fn key_result_m20_the_flags_give_the_data_and_win_over_the_policy() {
    const PIP: &str = r#"{ "dependencies": [{ "name": "a", "version": "1", "vulns": [
        { "id": "CVE-2021-44228", "fix_versions": [], "aliases": [], "description": "" }] }],
        "fixes": [] }"#;
    let enrich = "enrich: { kev: { path: data/kev.json, max_age: 2d } }\n";
    let listed = r#"{ id: listed, title: L, measure: { count: { kev: listed } }, target: "<= 0", on_miss: block }"#;
    let entry = r#"{ name: packages, path: "reports/*", class: sca }"#;
    let place = Place::new();
    place
        .file("krgate.yaml", policy(entry, &[listed]) + enrich)
        .file("reports/pip.json", PIP)
        .fixture("written/kev.json", "given/kev.json")
        .fixture("written/epss.csv", "given/epss.csv");
    let check = |more: &[&str]| {
        let mut arguments = vec!["check", "--format", "json"];
        arguments.extend(more);
        if !more.contains(&"--now") {
            arguments.extend(["--now", "2026-11-21T00:00:00Z"]);
        }
        let ended = place.run(&arguments);
        let verdict = ended.json()["objectives"][0]["key_results"][0]["verdict"].clone();
        let data = ended.json()["exploit_data"].clone();
        (ended.code, verdict.as_str().unwrap().to_owned(), data)
    };
    // The policy's file is not there: unknown, and no error.
    let (code, verdict, data) = check(&[]);
    assert_eq!((code, verdict.as_str()), (1, "unknown"));
    assert_eq!(data[0]["why"], "is not there");
    let (code, verdict, data) = check(&["--kev", "given/kev.json", "--epss", "given/epss.csv"]);
    assert_eq!((code, verdict.as_str()), (1, "missed"));
    assert_eq!(
        (&data[0]["path"], &data[0]["status"]),
        (&"given/kev.json".into(), &"used".into())
    );
    assert_eq!(
        (&data[1]["kind"], &data[1]["by_hand"]),
        (&"epss".into(), &true.into())
    );
    // What is given and cannot be read is an error, and `max_age` of the policy still holds.
    let (code, verdict, _) = check(&["--kev", "given/epss.csv"]);
    assert_eq!((code, verdict.as_str()), (3, "unknown"));
    let (code, verdict, data) =
        check(&["--kev", "given/kev.json", "--now", "2026-11-23T00:00:00Z"]);
    assert_eq!((code, verdict.as_str()), (1, "unknown"));
    assert_eq!(data[0]["status"], "too_old");
    let twice = place.run(&["check", "--kev", "-", "--epss", "-"]);
    assert_eq!(twice.code, 2, "{}", twice.stderr);
    let over = place.run(&[
        "check",
        "--kev",
        "given/kev.json",
        "--output",
        "json=given/kev.json",
    ]);
    assert_eq!(over.code, 2, "{}", over.stderr);
    let id = place
        .run(&["check", "--format", "json", "--kev", "given/kev.json"])
        .json();
    let id = id["findings"][0]["id"].as_str().unwrap().to_owned();
    let why = place.run(&[
        "explain",
        &id,
        "--kev",
        "given/kev.json",
        "--now",
        "2026-11-21T00:00:00Z",
    ]);
    let line = "KEV listed, due 2021-12-24 (over), used for ransomware";
    assert!(why.stdout.contains(line), "{}", why.stdout);
}
