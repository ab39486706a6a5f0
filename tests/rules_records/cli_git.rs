//! The commands of a ledger in git, with the built binary (rules R4, R24, R25, R27, R33, R35,
//! R42).

use std::fs;
use std::process::Command;

use super::cli::LEAK;
use super::ground::{Clone, Server, search_path};
use super::support::sealed;

const POLICY: &str = r#"version: 1
ledger: git:origin
reports:
  - { name: secrets, path: "reports/*.json", format: gitleaks, class: secrets }
objectives:
  - id: exposure
    title: Nothing exploitable reaches production
    owner: "@acme/appsec"
    key_results:
      - id: no-secret
        title: No secret
        measure: { count: { class: secrets } }
        target: "<= 0"
        on_miss: block
"#;

struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

/// A clone with a policy and a report without findings.
fn shop(server: &Server) -> Clone {
    let clone = server.clone();
    fs::write(clone.path.join("krgate.yaml"), POLICY).unwrap();
    fs::create_dir(clone.path.join("reports")).unwrap();
    fs::write(clone.path.join("reports/gitleaks.json"), "[]").unwrap();
    clone
}

fn run(clone: &Clone, at: &str, arguments: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_krgate"))
        .current_dir(&clone.path)
        .env_clear()
        .env("PATH", search_path())
        .env("HOME", &clone.path)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("KRGATE_NOW", at)
        .args(arguments)
        .output()
        .unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const CHECK: [&str; 4] = ["check", "--record", "--event", "state"];
const DAY: &str = "2026-11-16T12:00:00Z";
const NEXT_DAY: &str = "2026-11-17T12:00:00Z";

#[test]
fn record_r22_r24_a_check_is_recorded_gathered_and_verified_in_git() {
    let server = Server::new();
    let clone = shop(&server);
    let first = run(&clone, DAY, &["records", "list"]);
    assert!(first.stderr.contains("ledger-empty"), "{}", first.stderr);
    for at in [DAY, NEXT_DAY] {
        let ended = run(&clone, at, &CHECK);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("recorded: run "), "{}", ended.stderr);
    }
    assert_eq!(server.waiting(), 2);
    let again = run(&clone, DAY, &CHECK);
    assert!(
        again.stderr.contains("recorded already: run "),
        "{}",
        again.stderr
    );

    let listed = run(&clone, NEXT_DAY, &["records", "list"]);
    assert_eq!((listed.code, listed.stdout.lines().count()), (0, 2));
    // The second names the first as its parent.
    let verified = run(&clone, NEXT_DAY, &["records", "verify"]);
    assert_eq!(
        verified.stdout,
        "whole: 2 records and 0 checkpoints (exit 0)\n"
    );

    let folded = run(&clone, NEXT_DAY, &["records", "compact"]);
    assert_eq!(folded.code, 0, "{}", folded.stderr);
    let (line, checkpoint) = folded.stdout.split_once('\n').unwrap();
    assert_eq!(
        line,
        "folded: 2 records on the branch krgate-records, 2 refs taken away, 0 left"
    );
    let digest = checkpoint.trim().strip_prefix("checkpoint: ").unwrap();
    let expected = ["records", "verify", "--expect", digest];
    let verified = run(&shop(&server), NEXT_DAY, &expected);
    assert_eq!(
        verified.stdout,
        "whole: 2 records and 1 checkpoint (exit 0)\n"
    );
    let other = ["sha256:", &"0".repeat(64)].concat();
    let verified = run(&clone, NEXT_DAY, &["records", "verify", "--expect", &other]);
    assert_eq!(verified.code, 4);
    assert!(
        verified.stderr.contains("checkpoint-mismatch"),
        "{}",
        verified.stderr
    );
    let nothing = run(&clone, NEXT_DAY, &["records", "compact"]);
    assert!(
        nothing.stdout.starts_with("folded: 0 records"),
        "{}",
        nothing.stdout
    );
}

#[test]
fn record_r24_r25_a_run_gathers_twenty_refs_and_its_failure_is_a_note() {
    let server = Server::new();
    let clone = shop(&server);
    let records: Vec<_> = (0..20)
        .map(|n| sealed(&format!("writer {n}"), 1, "2026-11-02T09:00:00Z"))
        .collect();
    clone.append_all(&records);
    #[cfg(unix)]
    {
        server.hook(
            "update",
            "case $1 in */krgate-records) echo no folding >&2; exit 1;; esac",
        );
        let ended = run(&clone, DAY, &CHECK);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        for part in ["note[ledger-not-folded]", "no folding", "recorded: run "] {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
        let compact = run(&clone, DAY, &["records", "compact"]);
        assert_eq!(compact.code, 4);
        assert!(
            compact.stderr.contains("error[ledger-not-folded]"),
            "{}",
            compact.stderr
        );
        server.without_hook("update");
    }
    let ended = run(&clone, NEXT_DAY, &CHECK);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(server.refs(), ["refs/heads/krgate-records"]);
}

#[test]
fn record_r35_a_record_waits_for_a_remote_and_is_pushed_later() {
    let server = Server::new();
    let clone = shop(&server);
    let away = server.path().with_extension("away");
    fs::rename(server.path(), &away).unwrap();
    let ended = run(&clone, DAY, &CHECK);
    assert_eq!(ended.code, 4);
    for part in ["ledger-unreachable", ".krgate/spool/", "passed"] {
        let said = [ended.stdout.as_str(), &ended.stderr].concat();
        assert!(said.to_lowercase().contains(part), "{part}: {said}");
    }
    fs::rename(&away, server.path()).unwrap();
    let pushed = run(&clone, DAY, &["records", "push"]);
    assert!(pushed.stdout.starts_with("stored: "), "{}", pushed.stderr);
    assert_eq!(server.waiting(), 1);
}

#[test]
fn record_r33_r42_a_ledger_that_lost_records_is_said_by_each_command() {
    let server = Server::new();
    let clone = shop(&server);
    for at in [DAY, NEXT_DAY] {
        assert_eq!(run(&clone, at, &CHECK).code, 0);
        assert_eq!(run(&clone, at, &["records", "compact"]).code, 0);
    }
    let branch = "refs/heads/krgate-records";
    server.git(&["update-ref", branch, &format!("{branch}~1")]);
    let later = "2026-11-18T12:00:00Z";
    let ended = run(&clone, later, &CHECK);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("warning[ledger-rewritten]"),
        "{}",
        ended.stderr
    );
    let verified = run(&clone, later, &["records", "verify"]);
    assert_eq!(verified.code, 4);
    assert!(
        verified.stderr.contains("error[ledger-rewritten]"),
        "{}",
        verified.stderr
    );

    server.git(&["update-ref", "-d", branch]);
    let refs = server.refs();
    for arguments in [&["records", "list"][..], &["records", "verify"], &CHECK] {
        let ended = run(&clone, "2026-11-19T12:00:00Z", arguments);
        assert_eq!(ended.code, 4, "{arguments:?}: {}", ended.stderr);
        assert_eq!(
            ended.stderr.matches("error[ledger-vanished]").count(),
            1,
            "{arguments:?}: {}",
            ended.stderr
        );
    }
    // What was judged waits; no new ledger begins.
    assert_eq!(server.refs(), refs);
    assert_eq!(
        fs::read_dir(clone.path.join(".krgate/spool"))
            .unwrap()
            .count(),
        1
    );
}

#[cfg(unix)]
#[test]
fn record_r26_the_doctor_asks_the_host_only_where_it_is_told_to() {
    let server = Server::new();
    let clone = shop(&server);
    server.hook("pre-receive", "cat >>pushes; echo nobody may >&2; exit 1");
    let pushes = || fs::read_to_string(server.path().join("pushes")).unwrap_or_default();
    // It finds no gate, asked or not.
    let plain = run(&clone, DAY, &["doctor"]);
    assert_eq!(
        (plain.code, pushes()),
        (1, String::new()),
        "{}",
        plain.stdout
    );
    assert!(
        !plain.stdout.contains("asked the ledger"),
        "{}",
        plain.stdout
    );
    let refused = run(&clone, DAY, &["doctor", "--ledger"]);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    assert!(refused.stderr.contains("nobody may"), "{}", refused.stderr);
    assert!(refused.stdout.ends_with("(exit 4)\n"), "{}", refused.stdout);
    assert_eq!(pushes().lines().count(), 2);
    server.hook(
        "pre-receive",
        "cat >now; if grep -q refs/krgate now; then echo branches alone >&2; exit 1; fi",
    );
    for arguments in [
        &["doctor", "--ledger"][..],
        &["doctor", "--ledger", "git:origin"],
    ] {
        let asked = run(&clone, DAY, arguments);
        assert_eq!(asked.code, 1, "{}", asked.stderr);
        for part in [
            "note[ledger-branches]",
            "branches alone",
            "asked the ledger git:origin\n",
            "2 things let a change past the gate, 0 warnings, 1 note (exit 1)",
        ] {
            assert!(asked.stdout.contains(part), "{part}: {}", asked.stdout);
        }
    }
    assert_eq!(server.refs(), [""; 0]);
}

/// A token that may read and not write, and a rule of the host: the run goes on to its verdict,
/// says what the host said, and loses nothing.
#[test]
#[cfg(unix)]
fn record_r27_r35_a_host_that_takes_the_right_away_is_quoted_and_the_record_waits() {
    let server = Server::new();
    let clone = shop(&server);
    assert_eq!(run(&clone, DAY, &CHECK).code, 0);
    fs::write(clone.path.join("reports/gitleaks.json"), LEAK).unwrap();
    server.hook(
        "pre-receive",
        "printf 'GH013: rule violations \\033[2J\\n::error::no right\\n' >&2; exit 1",
    );
    let ended = run(&clone, NEXT_DAY, &CHECK);
    // The failed gate is told, and 4 wins over its 1.
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(ended.stdout.contains("MISS"), "{}", ended.stdout);
    for part in [
        "record-not-stored",
        "GH013: rule violations",
        ".krgate/spool/",
    ] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    assert!(!ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
    let is_command = |line: &str| line.trim_start().starts_with("::");
    assert!(!ended.stderr.lines().any(is_command), "{}", ended.stderr);
    assert_eq!(server.waiting(), 1);
    let spool = clone.path.join(".krgate/spool");
    let waiting = fs::read_dir(&spool).unwrap().next().unwrap().unwrap();
    let bytes = fs::read(waiting.path()).unwrap();
    // It still waits where the right is still away, and is sent as it is once it is back.
    let kept = run(&clone, NEXT_DAY, &["records", "push"]);
    assert_eq!((kept.code, kept.stdout.starts_with("kept: ")), (4, true));
    server.without_hook("pre-receive");
    let pushed = run(&clone, NEXT_DAY, &["records", "push"]);
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    assert_eq!(
        (server.waiting(), fs::read_dir(&spool).unwrap().count()),
        (2, 0)
    );
    let sent: Vec<Vec<u8>> = clone
        .scan()
        .records
        .iter()
        .map(krgate::record::Record::to_bytes)
        .collect();
    assert!(sent.contains(&bytes));
    assert_eq!(run(&clone, NEXT_DAY, &["records", "verify"]).code, 0);
}
