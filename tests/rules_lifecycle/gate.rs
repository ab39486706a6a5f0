//! The gate with a baseline, as the binary judges (rules 41, G122, L21, M31).

use serde_json::Value;

use super::support::{hit, lines, sarif};
use crate::rules_github::support::{PullRequest, Repository, actions, search_path};

/// A policy that lets no finding of SAST in, with these lines at its top.
pub(crate) fn sast(head: &str) -> String {
    format!(
        "version: 1\n{head}reports:\n  - {{ name: scan, path: reports/scan.sarif, class: sast \
         }}\nobjectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    key_results:\n      - {{ \
         id: none, title: No finding, measure: {{ count: {{ class: sast }} }}, target: \"<= 0\", \
         on_miss: block }}\n      - {{ id: new, title: No new one, measure: {{ introduced: {{ \
         class: sast }} }}, target: \"<= 0\", on_miss: block }}\n"
    )
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    pub(crate) fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// All of it with single blanks, so that where lines break does not matter.
    pub(crate) fn words(&self) -> String {
        self.all().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The evaluation, which is as its schema says.
    fn json(&self) -> Value {
        let document =
            serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}\n{}", self.all()));
        let schema = include_str!("../../schemas/evaluation.schema.json");
        let schema = serde_json::from_str(schema).unwrap();
        jsonschema::validate(&schema, &document).unwrap();
        document
    }
}

pub(crate) fn write_report(at: &Repository, hits: &[(&'static str, &'static str, u32)]) {
    let hits: Vec<_> = hits
        .iter()
        .map(|(rule, path, line)| hit(rule, path, *line))
        .collect();
    at.file("reports/scan.sarif", sarif("1.0", &[], &hits));
}

/// `krgate check` with these arguments.
pub(crate) fn ended(at: &Repository, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut all = vec!["check"];
    all.extend(arguments);
    krgate(at, variables, &all)
}

fn krgate(at: &Repository, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_krgate"))
        .current_dir(at.path())
        .env_clear()
        .env("PATH", search_path())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("KRGATE_NOW", "2026-11-16T00:00:00Z")
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .args(arguments)
        .output()
        .unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A repository of one file with an old finding at line 3, and its baseline.
fn with_baseline(repository: &Repository) {
    repository.file(".gitignore", "reports/\nevent.json\n");
    repository
        .file("krgate.yaml", sast(""))
        .file("a.py", lines(10));
    repository.commit();
    write_report(repository, &[("r", "a.py", 3)]);
    let written = krgate(repository, &[], &["baseline", "write"]);
    assert_eq!(written.code, 0, "{}", written.all());
    assert!(
        written
            .stdout
            .starts_with("wrote krgate.baseline.json: 1 finding of commit")
    );
}

/// A pull request that puts two lines on top, and what its run finds.
fn pull() -> PullRequest {
    PullRequest::new(with_baseline, |host| {
        host.file("a.py", format!("x\ny\n{}", lines(10)));
    })
}

fn in_actions(
    pull: &PullRequest,
    depth: u32,
    arguments: &[&str],
    hits: &[(&'static str, &'static str, u32)],
) -> Ended {
    let clone = pull.checkout(&pull.merge, depth);
    write_report(&clone, hits);
    clone.file("event.json", pull.payload());
    let event = clone.path().join("event.json");
    let mut variables = actions(pull.merge.as_str());
    variables.push(("GITHUB_EVENT_PATH", event.to_str().unwrap()));
    ended(&clone, &variables, arguments)
}

#[test]
fn measure_m31_a_change_is_judged_on_what_the_baseline_of_its_base_does_not_have() {
    let pull = pull();
    for depth in [2, 0] {
        let old = in_actions(&pull, depth, &[], &[("r", "a.py", 5)]);
        assert_eq!(old.code, 0, "{}", old.all());
        let said = "0 introduced (judged), 1 existing (recorded)";
        assert!(old.words().contains(said), "{}", old.all());
        let said = "1 finding existed before this change; it is recorded, not judged";
        assert!(old.words().contains(said), "{}", old.all());
        let new = in_actions(
            &pull,
            depth,
            &["--format", "json"],
            &[("r", "a.py", 5), ("r", "a.py", 1)],
        );
        assert_eq!(new.code, 1, "{}", new.all());
        let document = new.json();
        let compared = &document["compared_with"];
        assert_eq!(compared["kind"], "baseline");
        assert_eq!(compared["commit"], pull.base.as_str());
        assert_eq!(
            (&compared["introduced"], &compared["existing"]),
            (&1.into(), &1.into())
        );
        let told: Vec<_> = document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["told_by"].clone())
            .collect();
        assert_eq!(told, ["place", "not_in_baseline"]);
        for key_result in document["objectives"][0]["key_results"].as_array().unwrap() {
            assert_eq!(key_result["value"], "1", "{key_result}");
            assert_eq!(key_result["judged"], "introduced");
        }
    }
}

#[test]
fn github_g122_a_baseline_that_the_change_brings_or_edits_has_no_say() {
    // The change finds something new and writes it into the baseline itself.
    let pull = PullRequest::new(with_baseline, |host| {
        host.file("a.py", lines(10).replace("line 7\n", "worse\n"));
        write_report(host, &[("r", "a.py", 3), ("r", "a.py", 7)]);
        krgate(host, &[], &["baseline", "write"]);
    });
    let hits = [("r", "a.py", 3), ("r", "a.py", 7)];
    for arguments in [
        vec![],
        vec!["--baseline", "krgate.baseline.json"],
        vec!["--baseline", "./krgate.baseline.json"],
    ] {
        let ended = in_actions(&pull, 2, &arguments, &hits);
        assert_eq!(ended.code, 1, "{arguments:?}\n{}", ended.all());
        assert!(
            ended.words().contains("1 introduced (judged), 1 existing"),
            "{}",
            ended.all()
        );
    }
    let first = PullRequest::new(
        |host| {
            host.file(".gitignore", "reports/\nevent.json\n");
            host.file("krgate.yaml", sast("")).file("a.py", lines(10));
        },
        |host| {
            write_report(host, &[("r", "a.py", 3)]);
            krgate(host, &[], &["baseline", "write"]);
        },
    );
    let brought = in_actions(&first, 2, &[], &[("r", "a.py", 3)]);
    assert_eq!(brought.code, 1, "{}", brought.all());
    assert!(
        brought.words().contains("baseline-of-change"),
        "{}",
        brought.all()
    );
    let asked = in_actions(
        &first,
        2,
        &["--baseline", "krgate.baseline.json"],
        &[("r", "a.py", 3)],
    );
    assert_eq!(asked.code, 2, "{}", asked.all());
    // Neither a full path nor a link is a way around that.
    let clone = first.checkout(&first.merge, 2);
    write_report(&clone, &[("r", "a.py", 3)]);
    std::os::unix::fs::symlink("krgate.baseline.json", clone.path().join("link.json")).unwrap();
    let full = clone.path().join("krgate.baseline.json");
    for name in [
        full.to_str().unwrap(),
        "reports/../krgate.baseline.json",
        "link.json",
    ] {
        let arguments = ["--base", first.base.as_str(), "--baseline", name];
        let ended = ended(&clone, &[], &arguments);
        assert_eq!(ended.code, 2, "{name}\n{}", ended.all());
        assert!(
            ended.words().contains("does not count"),
            "{name}\n{}",
            ended.all()
        );
    }
    // A file that no commit has is an artefact of the pipeline.
    std::fs::copy(&full, clone.path().join("artefact.json")).unwrap();
    let arguments = ["--base", first.base.as_str(), "--baseline", "artefact.json"];
    let ended = ended(&clone, &[], &arguments);
    assert!(
        ended.words().contains("0 introduced (judged), 1 existing"),
        "{}",
        ended.all()
    );
}

#[test]
fn measure_m31_a_state_has_no_base_and_judges_all() {
    let repository = Repository::new();
    with_baseline(&repository);
    let state = ended(&repository, &[], &["--format", "json"]);
    let document = state.json();
    assert_eq!(state.code, 1);
    let key_results = &document["objectives"][0]["key_results"];
    assert_eq!(
        (&key_results[0]["id"], &key_results[0]["value"]),
        (&"none".into(), &"1".into())
    );
    assert_eq!(key_results[1]["blocks"], false);
    // Without a baseline the measure of a state has no figure, and blocks nothing.
    std::fs::remove_file(repository.path().join("krgate.baseline.json")).unwrap();
    write_report(&repository, &[]);
    let clean = ended(&repository, &[], &["--format", "json"]);
    assert_eq!(clean.code, 0, "{}", clean.all());
    let document = clean.json();
    let new = &document["objectives"][0]["key_results"][1];
    assert_eq!(
        (&new["verdict"], &new["blocks"]),
        (&"unknown".into(), &false.into())
    );
    assert_eq!(new["reasons"][0]["code"], "no-base");
}

#[test]
fn sarif_rule_041_a_report_may_stand_in_for_a_baseline() {
    let repository = Repository::new();
    repository
        .file("krgate.yaml", sast(""))
        .file("a.py", lines(10));
    repository.commit();
    write_report(&repository, &[("r", "a.py", 3)]);
    std::fs::copy(
        repository.path().join("reports/scan.sarif"),
        repository.path().join("before.sarif"),
    )
    .unwrap();
    write_report(&repository, &[("r", "a.py", 3), ("q", "a.py", 4)]);
    let change = ["--event", "change", "--baseline", "before.sarif"];
    let ended = ended(&repository, &[], &change);
    assert_eq!(ended.code, 1, "{}", ended.all());
    assert!(
        ended
            .words()
            .contains("1 introduced (judged), 1 existing (recorded)"),
        "{}",
        ended.all()
    );
    let explained = krgate(
        &repository,
        &[],
        &[
            "explain",
            "a.py:3",
            "--event",
            "change",
            "--baseline",
            "before.sarif",
        ],
    );
    assert!(
        explained.words().contains("known by rule, path and line"),
        "{}",
        explained.all()
    );
}

#[test]
fn lifecycle_l10_a_baseline_of_a_commit_and_one_that_is_not_there() {
    let repository = Repository::new();
    with_baseline(&repository);
    repository.commit();
    std::fs::remove_file(repository.path().join("krgate.baseline.json")).unwrap();
    write_report(&repository, &[("r", "a.py", 3)]);
    let at = |revision: &str| {
        ended(
            &repository,
            &[],
            &["--event", "change", "--baseline", revision],
        )
    };
    assert_eq!(at("HEAD").code, 0, "{}", at("HEAD").all());
    assert_eq!(at("HEAD~1").code, 2, "{}", at("HEAD~1").all());
    assert!(at("HEAD~1").words().contains("has no krgate.baseline.json"));
    assert_eq!(at("no-such").code, 2);
    assert!(
        at("no-such")
            .words()
            .contains("neither a file nor a commit")
    );
}

#[test]
fn lifecycle_l09_the_difference_of_two_baselines_can_be_read() {
    let repository = Repository::new();
    repository.file("krgate.yaml", sast(""));
    for (name, hits) in [
        ("old.json", vec![("r", "a.py", 3), ("r", "b.py", 1)]),
        ("new.json", vec![("r", "a.py", 5), ("q", "c.py", 2)]),
    ] {
        write_report(&repository, &hits);
        let written = krgate(&repository, &[], &["baseline", "write", "--output", name]);
        assert_eq!(written.code, 0, "{}", written.all());
    }
    let diff = krgate(
        &repository,
        &[],
        &["baseline", "diff", "old.json", "new.json"],
    );
    assert_eq!(diff.code, 0);
    let lines: Vec<&str> = diff.stdout.lines().collect();
    assert!(
        lines[0].starts_with("~ a.py:5  r  semgrep  "),
        "{}",
        diff.stdout
    );
    assert!(
        lines[1].starts_with("- b.py:1  r  semgrep  "),
        "{}",
        diff.stdout
    );
    assert!(
        lines[2].starts_with("+ c.py:2  q  semgrep  "),
        "{}",
        diff.stdout
    );
    assert_eq!(lines[3], "1 more, 1 fewer, 1 on another line");
    let same = krgate(
        &repository,
        &[],
        &["baseline", "diff", "old.json", "old.json"],
    );
    assert_eq!(same.stdout, "0 more, 0 fewer, 0 on another line\n");
    repository.file(
        "broken.json",
        "{\"schema\": \"krgate.baseline/1\", \"tools\": [",
    );
    let broken = krgate(
        &repository,
        &[],
        &["baseline", "diff", "old.json", "broken.json"],
    );
    assert_eq!(broken.code, 2, "{}", broken.all());
    assert!(
        broken.words().contains("line 1, column"),
        "{}",
        broken.all()
    );
}

#[test]
fn output_explain_points_at_the_finding_in_its_report() {
    let scanners = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scanners");
    for (name, member) in [
        ("bandit.json", "test_id"),
        ("bandit.sarif", "ruleId"),
        ("semgrep.json", "check_id"),
        ("semgrep.sarif", "ruleId"),
        ("gitleaks.json", "RuleID"),
    ] {
        let repository = Repository::new();
        let report = std::fs::read_to_string(scanners.join(name)).unwrap();
        repository.file("krgate.yaml", sast("")).file(name, &report);
        repository.commit();
        let report: Value = serde_json::from_str(&report).unwrap();
        let judged = ended(&repository, &[], &[name, "--format", "json"]);
        let document: Value = serde_json::from_str(&judged.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap();
        assert!(!findings.is_empty(), "{name}");
        for finding in findings {
            let id = finding["id"].as_str().unwrap();
            let ended = krgate(&repository, &[], &["explain", id, name, "--format", "json"]);
            let document: Value = serde_json::from_str(&ended.stdout).unwrap();
            let pointer = document["findings"][0]["pointer"].as_str().unwrap();
            let item = report.pointer(pointer).unwrap();
            assert_eq!(item[member], finding["rule"], "{name} {pointer}");
        }
    }
}
