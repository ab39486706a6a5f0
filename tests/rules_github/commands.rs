//! Before a push: reports that are of the commit, and the commands that make them (policy.md
//! `reports[].run`, secrets rules S63 and S64).

use super::clone::{Clone, fed, policy, report};

const NEW: &str = "MISS none";

/// A clone with the hook, a scanner of its own on the remote, and a commit to push. The scanner
/// writes what it is told to, and counts how often it ran.
fn scanned(entry: &str) -> Clone {
    let clone = Clone::new(&policy(entry));
    clone.install();
    clone.change();
    clone
}

/// An entry whose command copies a file of the data folder to the report.
const COPY: &str = ", run: [sh, -c, 'cp \"$XDG_DATA_HOME/result\" \"$1\" && echo ran >> \
                    \"$XDG_DATA_HOME/ran\"', sh, '{path}']";

fn result(clone: &Clone, hits: &[(&str, u32)]) {
    std::fs::write(clone.data.path().join("result"), report(hits)).unwrap();
}

fn ran(clone: &Clone) -> usize {
    let text = std::fs::read_to_string(clone.data.path().join("ran")).unwrap_or_default();
    text.lines().count()
}

#[test]
fn github_g137_a_report_that_is_missing_is_made_by_its_trusted_command() {
    let clone = scanned(COPY);
    result(&clone, &[("a.py", 7)]);
    let ended = clone.push(&["origin", "feature"]);
    ended.assert(
        1,
        &[
            "commands-not-trusted",
            "`scan` by `sh -c 'cp",
            "krgate trust",
            "(exit 3)",
        ],
    );
    assert_eq!(ran(&clone), 0);
    clone
        .krgate(&["trust", "--show"])
        .assert(0, &["scan: sh -c", "they are not trusted"]);
    clone
        .push(&["origin", "feature"])
        .assert(1, &["commands-not-trusted"]);
    clone
        .krgate(&["trust"])
        .assert(0, &["scan: sh -c", "reports/scan.sarif", "trusted: "]);
    clone
        .krgate(&["trust", "--show"])
        .assert(0, &["they are trusted"]);
    clone
        .push(&["origin", "feature"])
        .assert(1, &[NEW, "a.py:7", "(exit 1)"]);
    assert_eq!(ran(&clone), 1);
    // The report is of the commit now.
    clone.push(&["origin", "feature"]).assert(1, &[NEW]);
    assert_eq!(ran(&clone), 1);
    result(&clone, &[]);
    clone.written("reports/scan.sarif", false);
    clone.push(&["origin", "feature"]).assert(0, &["PASSED"]);
    assert_eq!(ran(&clone), 2);
}

#[test]
fn invariant_13_no_run_and_check_start_nothing() {
    let clone = scanned(COPY);
    result(&clone, &[]);
    clone.krgate(&["trust"]).assert(0, &[]);
    let range = ["--no-run", "--from", "origin/main", "--to", "HEAD"];
    clone
        .hook_with(&range, b"", &[])
        .assert(3, &["report-missing"]);
    clone.krgate(&["check"]).assert(3, &["report-missing"]);
    clone
        .krgate(&["check", "--base", "origin/main"])
        .assert(3, &[]);
    assert_eq!(ran(&clone), 0);
    clone
        .hook_with(&range[1..], b"", &[])
        .assert(0, &["PASSED"]);
    assert_eq!(ran(&clone), 1);
}

#[test]
fn github_g137_any_change_of_the_commands_asks_anew() {
    let clone = scanned(COPY);
    result(&clone, &[]);
    clone.krgate(&["trust"]).assert(0, &[]);
    // A policy with other targets and the same commands is trusted still.
    let relaxed = policy(COPY).replace("<= 0", "<= 1");
    for (text, trusted) in [
        (relaxed.clone(), true),
        (policy(COPY).replace("echo ran", "echo run"), false),
        (policy(COPY).replace("name: scan,", "name: scan2,"), false),
        (
            policy(COPY).replace("path: reports/scan.sarif", "path: reports/x.sarif"),
            false,
        ),
    ] {
        clone.work.file("krgate.yaml", text);
        let word = if trusted {
            "they are trusted"
        } else {
            "they are not trusted"
        };
        clone.krgate(&["trust", "--show"]).assert(0, &[word]);
    }
    // What the push brings is not what runs: the policy of the remote decides.
    clone
        .work
        .file("krgate.yaml", policy(COPY).replace("echo ran", "echo evil"));
    clone.commit();
    clone.push(&["origin", "feature"]).assert(0, &[]);
    assert_eq!(ran(&clone), 1);
    // And once it is there, it has to be trusted.
    clone.git(&["push", "--quiet", "--no-verify", "origin", "feature:main"]);
    clone.work.file("b.py", "1\n");
    clone.commit();
    std::fs::remove_file(clone.work.path().join("reports/scan.sarif")).unwrap();
    let ended = clone.push(&["origin", "feature:new"]);
    ended.assert(1, &["commands-not-trusted", "echo evil"]);
    // The command that it shows works as it stands.
    let words = ended.words();
    let (_, trust) = words.split_once("run `krgate ").unwrap();
    let (trust, _) = trust.split_once('`').unwrap();
    let arguments: Vec<&str> = trust.split(' ').collect();
    clone
        .krgate(&arguments)
        .assert(0, &["echo evil", "trusted: "]);
    clone.push(&["origin", "feature:new"]).assert(0, &[]);
}

#[test]
fn github_g137_trust_is_of_one_repository_and_can_be_taken_back() {
    let clone = scanned(COPY);
    clone.krgate(&["trust"]).assert(0, &[]);
    let other = scanned(COPY);
    let mut there = other.command(env!("CARGO_BIN_EXE_krgate"), &["trust", "--show"]);
    fed(there.env("XDG_DATA_HOME", clone.data.path()), b"").assert(0, &["they are not trusted"]);
    clone
        .krgate(&["trust", "--revoke"])
        .assert(0, &["no command of this repository is trusted"]);
    clone
        .krgate(&["trust", "--revoke"])
        .assert(0, &["was trusted"]);
    clone
        .krgate(&["trust", "--show"])
        .assert(0, &["they are not trusted"]);
    // Nothing of it is kept in the repository.
    assert_eq!(clone.git(&["status", "--porcelain"]), "");
    // Without a folder for it nothing can be trusted, and that is said.
    let mut nowhere = clone.command(env!("CARGO_BIN_EXE_krgate"), &["trust"]);
    nowhere.env_remove("XDG_DATA_HOME").env_remove("HOME");
    fed(&mut nowhere, b"").assert(4, &["nothing says where the trust in commands is kept"]);
    let plain = Clone::new(&policy(""));
    plain.krgate(&["trust"]).assert(2, &["names no command"]);
}

#[test]
fn github_g137_a_command_that_fails_or_takes_too_long_leaves_its_report_missing() {
    for (command, said, limit) in [
        ("false", "ended with exit code 1", "300"),
        ("no-such-program-anywhere", "cannot be started", "300"),
        ("sleep 600", "took longer than 1 s", "1"),
    ] {
        let clone = scanned(&format!(", run: '{command}'"));
        clone.krgate(&["trust"]).assert(0, &[]);
        // What lies there is of before, and no report of this run.
        clone.report(&[]);
        clone.written("reports/scan.sarif", false);
        let range = [
            "--from",
            "origin/main",
            "--to",
            "HEAD",
            "--run-limit",
            limit,
        ];
        let ended = clone.hook_with(&range, b"", &[]);
        ended.assert(
            3,
            &[
                "report-command-failed",
                "report `scan` counts as missing",
                said,
            ],
        );
        assert!(!ended.all().contains("report-missing"), "{}", ended.all());
    }
    // One that ends well and writes nothing.
    let clone = scanned(", run: 'true'");
    clone.krgate(&["trust"]).assert(0, &[]);
    clone.report(&[]);
    clone.written("reports/scan.sarif", false);
    clone
        .push(&["origin", "feature"])
        .assert(1, &["report-missing", "(exit 3)"]);
}

#[test]
fn github_g137_the_path_is_one_argument_whatever_it_holds() {
    for path in [
        "reports/a b.sarif",
        "reports/$(touch evil);'\"&.sarif",
        "-o.sarif",
    ] {
        let quoted = path.replace('\'', "''");
        let text = policy(COPY).replace("path: reports/scan.sarif", &format!("path: '{quoted}'"));
        let clone = Clone::new(&text);
        clone.install();
        clone.change();
        result(&clone, &[("a.py", 7)]);
        clone.krgate(&["trust"]).assert(0, &[]);
        clone.push(&["origin", "feature"]).assert(1, &[NEW]);
        assert!(clone.work.path().join(path).is_file(), "{path}");
        assert!(!clone.work.path().join("evil").exists());
    }
}

#[test]
fn github_g137_a_report_that_is_not_of_the_commit_is_no_evidence() {
    let clone = Clone::hooked();
    let head = clone.change();
    let with = |member: &str, value: serde_json::Value| {
        let mut document: serde_json::Value = serde_json::from_str(&report(&[])).unwrap();
        if member == "endTimeUtc" {
            document["runs"][0]["invocations"][0][member] = value;
        } else {
            document["runs"][0][member] = value;
        }
        document.to_string()
    };
    let of = |commit: &str| serde_json::json!([{ "repositoryUri": "https://host.example/o/r", "revisionId": commit }]);
    let time = |text: &str| serde_json::Value::from(text);
    let provenance = "versionControlProvenance";
    for (text, written_after, said) in [
        // It tells nothing: the time of its file.
        (report(&[]), true, None),
        (report(&[]), false, Some("report-older-than-commit")),
        // Its own time goes before that of the file.
        (
            with("endTimeUtc", time("2020-01-01T00:10:00Z")),
            false,
            None,
        ),
        (
            with("endTimeUtc", time("2019-12-31T23:00:00Z")),
            true,
            Some("report-older-than-commit"),
        ),
        // So does its commit.
        (with(provenance, of(head.as_str())), false, None),
        (
            with(provenance, of(&"1".repeat(40))),
            true,
            Some("report-of-other-commit"),
        ),
    ] {
        clone.work.file("reports/scan.sarif", &text);
        clone.written("reports/scan.sarif", written_after);
        let ended = clone.push(&["origin", "feature:new"]);
        match said {
            None => assert_eq!(ended.code, 0, "{text}\n{}", ended.all()),
            Some(said) => ended.assert(1, &[said, "(exit 1)"]),
        }
        clone.push(&["--no-verify", "origin", ":new"]);
    }
}
