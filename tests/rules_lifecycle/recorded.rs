//! What `krgate check --record` keeps of findings, with the built binary on a real repository.

use std::process::Command;

use jiff::Timestamp;
use krgate::model::history::{Cause, LifeState};
use krgate::record::store::dir::DirStore;
use krgate::record::store::{RecordStore, Wanted};
use krgate::record::{Union, history};

use super::scans::{Report, found};
use super::support::lines;
use crate::rules_github::support::Repository;

const POLICY: &str = r#"version: 1
reports: [{ name: scan, path: report.json }]
ledger: dir:.krgate/ledger
objectives:
  - id: o
    title: T
    owner: "@acme/appsec"
    key_results:
      - id: k
        title: T
        measure: { count: {} }
        target: "<= 9"
"#;

/// Checks the state as of a day and records it.
fn check(repository: &Repository, day: &str, report: &str) -> String {
    std::fs::write(repository.path().join("report.json"), report).unwrap();
    let now = format!("{day}T12:00:00Z");
    let output = Command::new(env!("CARGO_BIN_EXE_krgate"))
        .args(["check", "--record", "--event", "state", "--now", &now])
        .current_dir(repository.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", repository.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn lifecycle_l24_a_check_records_what_became_of_findings_and_the_next_one_reads_it() {
    let repository = Repository::new();
    repository.file("krgate.yaml", POLICY);
    repository.file(".gitignore", "report.json\n.krgate\n");
    repository
        .file("src/a.py", lines(30))
        .file("src/b.py", lines(30));
    repository.commit();
    let a = found("ra", "src/a.py", 10);
    let b = found("rb", "src/b.py", 10);
    check(&repository, "2026-11-01", &Report::of(&[a, b]).text());
    // Four lines on top, and the other one is mended.
    repository.file("src/a.py", format!("1\n2\n3\n4\n{}", lines(30)));
    let second = repository.commit();
    let moved = found("ra", "src/a.py", 14);
    check(&repository, "2026-11-03", &Report::of(&[moved]).text());
    check(&repository, "2026-11-04", &Report::of(&[moved]).text());

    let now = time("2026-11-05T00:00:00Z");
    let store = DirStore::new(repository.path().join(".krgate/ledger"));
    let union = Union::of([store.scan(&Wanted::all(now)).unwrap()]);
    let past = history::history(&union, None, now);
    assert!(past.read && past.doubts.is_empty(), "{:?}", past.doubts);
    assert_eq!(
        (past.runs.len(), past.points.len(), past.scans.len()),
        (3, 3, 3)
    );
    let values: Vec<String> = past
        .points
        .iter()
        .map(|point| point.value.unwrap().to_string())
        .collect();
    assert_eq!(values, ["2", "1", "1"]);
    assert!(past.points.iter().all(|point| point.of_state));
    assert_eq!(past.lives.len(), 2);
    let of = |rule: &str| {
        past.lives
            .iter()
            .find(|life| life.rule.raw() == rule)
            .unwrap()
    };
    assert_eq!((of("ra").line, of("ra").state), (Some(14), LifeState::Open));
    let fixed = &of("rb").episodes[0];
    let at = time("2026-11-03T12:00:00Z");
    assert_eq!(fixed.fixed, Some((at, Cause::Scan)));
    assert_eq!(fixed.fixing_commit, Some(second));
    assert_eq!(past.streams[0].reference, "refs/heads/main");
}

#[test]
fn lifecycle_l03_a_failed_scan_is_recorded_and_closes_nothing() {
    let repository = Repository::new();
    repository.file(
        "krgate.yaml",
        &POLICY.replace("<= 9\"", "<= 9\"\n        on_miss: observe"),
    );
    repository.file("src/a.py", lines(30));
    repository.commit();
    let a = found("ra", "src/a.py", 10);
    check(&repository, "2026-11-01", &Report::of(&[a]).text());
    let failed = Report {
        successful: false,
        ..Report::of(&[])
    };
    check(&repository, "2026-11-02", &failed.text());
    let now = time("2026-11-02T13:00:00Z");
    let store = DirStore::new(repository.path().join(".krgate/ledger"));
    let union = Union::of([store.scan(&Wanted::all(now)).unwrap()]);
    let past = history::history(&union, None, now);
    assert_eq!(past.scans.len(), 2);
    assert!(past.scans[1].unadmitted.is_some());
    assert_eq!(past.lives[0].state, LifeState::Open);
}
