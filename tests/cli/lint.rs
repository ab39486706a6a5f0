//! `krgate policy lint`.

use std::ffi::OsString;

use crate::support::{Ended, Place, policy};

const ENTRY: &str = r#"{ name: code, path: "reports/*", class: sast, required: false }"#;
const KR: &str = r#"{ id: k, title: K, measure: { check_in: { unit: "%" } }, start: 10%, target: ">= 80%", on_miss: warn }"#;
const PERIOD: &str = "period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }\n";

fn place(more: &str) -> Place {
    let place = Place::new();
    let text = policy(ENTRY, &[KR]);
    place.file("krgate.yaml", format!("{text}{PERIOD}{more}"));
    place
}

#[expect(
    clippy::disallowed_methods,
    reason = "git is found as the shell of the test run finds it"
)]
fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

#[test]
fn key_result_q05_lint_exits_0_on_warnings_and_notes_and_says_what_it_did_not_look_at() {
    let ended = place("").run(&["policy", "lint"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let out = &ended.stdout;
    assert!(
        out.contains(
            "\n\nwarning[objectives-few-or-many]: the policy has 1 objective, and 2 to 4 are a\n  \
             focus\n  -> name what matters most"
        ),
        "{out}"
    );
    assert!(
        out.contains("note[missing-sponsor]: nobody but its owner stands for objective `o`\n --> krgate.yaml:5:9\n"),
        "{out}"
    );
    let end = "targets were not held against a ledger: the policy names none, and neither does \
               `--ledger`\nowners were not looked up: the policy names no roster \
               (`data.roster`)\nok: krgate.yaml: 0 errors, 2 warnings, 11 notes (exit 0)\n";
    assert!(out.ends_with(end), "{out}");
    let quiet = place("").run(&["policy", "lint", "--quiet"]);
    assert_eq!(
        quiet.stdout,
        "ok: krgate.yaml: 0 errors, 2 warnings, 11 notes (exit 0)\n"
    );
}

#[test]
fn key_result_f46_lint_exits_2_where_an_owner_is_not_in_the_roster() {
    let place = place("data: { roster: { file: people.csv } }\n");
    place.file("people.csv", "login\nann\n");
    let ended = place.run(&["policy", "lint"]);
    assert_eq!(ended.code, 2, "{}", ended.stdout);
    let expected = "error[owner-not-in-roster]: `@o` is not in the roster\n --> krgate.yaml:7:12\n";
    assert!(ended.stdout.contains(expected), "{}", ended.stdout);
    assert!(ended.verdict().starts_with("WRONG: krgate.yaml: 1 error, "));
    // It changes no verdict: the policy stands as it did.
    assert_eq!(place.run(&["policy", "check"]).code, 0);
    place.file("people.csv", "login\no\n");
    assert_eq!(place.run(&["policy", "lint"]).code, 0);
    std::fs::remove_file(place.path("people.csv")).unwrap();
    let gone = place.run(&["policy", "lint"]);
    assert_eq!(gone.code, 2);
    assert!(
        gone.stdout
            .contains("error[roster-unreadable]: the roster `people.csv` is not there\n"),
        "{}",
        gone.stdout
    );
}

#[test]
fn key_result_k34_lint_reads_the_ledger_that_is_named() {
    let place = place("ledger: dir:kept\n");
    for arguments in [vec!["init", "-q"], vec!["config", "user.name", "ann"]] {
        let mut git = std::process::Command::new("git");
        let folder = place.path(".");
        git.args(arguments).current_dir(folder).env_clear();
        git.env("PATH", search_path());
        assert!(git.status().unwrap().success());
    }
    let checkin = ["checkin", "k", "85%", "--as-of=2026-10-02"];
    let mut command = place.command(&checkin);
    let kept = Ended::of(&command.env("PATH", search_path()).output().unwrap());
    assert_eq!(kept.code, 0, "{}", kept.stderr);
    let ended = place.run(&["policy", "lint", "--format=json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let json = ended.json();
    assert_eq!(json["schema"], "krgate.lint/1");
    assert_eq!(json["looked_at"]["ledger"], "dir:kept");
    assert_eq!(json["looked_at"]["roster"], serde_json::Value::Null);
    assert_eq!(json["errors"], 0);
    let all = json["diagnostics"].as_array().unwrap();
    let met = all.iter().find(|it| it["code"] == "target-met-at-start");
    let met = met.unwrap_or_else(|| panic!("{}", ended.stdout));
    assert_eq!(
        (met["level"].as_str(), met["line"].as_u64()),
        (Some("note"), Some(9))
    );
    assert_eq!(
        met["detail"],
        "the first figure of the period, of 2026-10-02, is 85%; target >= 80%"
    );
    let text = place.run(&["policy", "lint"]).stdout;
    assert!(
        text.contains("\ntargets were held against the ledger dir:kept\n"),
        "{text}"
    );
    // In CI a change could name any ledger in its policy.
    let in_ci = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.envs([
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_SHA", &"5".repeat(40)),
            ("CI_COMMIT_BRANCH", "main"),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_PIPELINE_SOURCE", "push"),
        ]);
        Ended::of(&command.output().unwrap()).stdout
    };
    let unnamed = in_ci(&["policy", "lint"]);
    assert!(!unnamed.contains("target-met-at-start"), "{unnamed}");
    assert!(
        unnamed.contains("in CI only the one that `--ledger` or KRGATE_LEDGER names is read"),
        "{unnamed}"
    );
    let named = in_ci(&["policy", "lint", "--ledger=dir:kept"]);
    assert!(named.contains("target-met-at-start"), "{named}");
}

#[test]
fn key_result_q05_lint_of_a_policy_with_faults_is_exit_2_and_a_broken_ledger_exit_4() {
    let place = place("");
    place.file("bad.yaml", "version: 1\nobjektives: []\n");
    assert_eq!(place.run(&["policy", "lint", "--policy=bad.yaml"]).code, 2);
    place.file("kept", "no folder");
    let ended = place.run(&["policy", "lint", "--ledger=dir:kept"]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
}
