//! A waiver on an id that a finding had before holds (rule L9), with the built binary on a real
//! repository.

use std::process::Command;

use krgate::record::store::dir::DirStore;
use krgate::record::store::{RecordStore, Wanted};
use krgate::record::{Union, history};

use super::scans::{Found, Report, found};
use super::support::lines;
use crate::rules_github::support::{Repository, search_path};

const POLICY: &str = r#"version: 1
reports: [{ name: scan, path: report.json }]
LEDGER
waivers: { file: krgate.waivers.yaml }
objectives:
  - id: o
    title: T
    owner: "@acme/appsec"
    key_results:
      - { id: k, title: T, measure: { count: {} }, target: "<= 0", on_miss: block }
"#;

const BEFORE: Found = found("ra", "src/a.py", 10);
const AFTER: Found = found("ra", "src/z.py", 10);

fn shop(ledger: &str) -> Repository {
    let repository = Repository::new();
    repository
        .file("krgate.yaml", POLICY.replace("LEDGER", ledger))
        .file("krgate.waivers.yaml", "version: 1\nlist: []\n")
        .file(".gitignore", "report.json\n.krgate\n")
        .file("src/a.py", lines(30));
    repository.commit();
    repository
}

/// Runs krgate over a report; the exit code, what it printed and what it said.
fn run(repository: &Repository, found: &[Found], arguments: &[&str]) -> (i32, String) {
    let report = Report::of(found).text();
    std::fs::write(repository.path().join("report.json"), report).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_krgate"))
        .args(arguments)
        .current_dir(repository.path())
        .env_clear()
        .env("PATH", search_path())
        .env("HOME", repository.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

/// Judges the state as of a day; true if the gate passed.
fn passes(repository: &Repository, day: &str, found: &[Found], more: &[&str]) -> bool {
    let now = format!("2026-11-{day}T12:00:00Z");
    let arguments = [&["check", "--event", "state", "--now", &now], more].concat();
    let (code, said) = run(repository, found, &arguments);
    assert!(code <= 1, "{said}");
    code == 0
}

/// The first id of the one finding that the ledger knows, and all that it has.
fn ids(repository: &Repository) -> (String, Vec<String>) {
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let store = DirStore::new(repository.path().join(".krgate/ledger"));
    let union = Union::of([store.scan(&Wanted::all(now)).unwrap()]);
    let past = history::history(&union, None, now);
    let life = &past.lives[0];
    let aliases = life.aliases.iter().map(ToString::to_string);
    (life.id.to_string(), aliases.collect())
}

fn waive(repository: &Repository, id: &str) {
    let text = format!("version: 1\nlist:\n  - {{ finding: {id}, reason: looked at }}\n");
    repository.file("krgate.waivers.yaml", text);
}

/// The file of the finding gets another name, and with it the finding another id.
fn rename(repository: &Repository) {
    std::fs::remove_file(repository.path().join("src/a.py")).unwrap();
    repository.file("src/z.py", lines(30));
    repository.commit();
}

const RECORD: &[&str] = &["--record"];

#[test]
fn lifecycle_l09_a_waiver_on_an_id_that_the_ledger_knows_as_an_alias_holds() {
    let repository = shop("ledger: dir:.krgate/ledger");
    assert!(!passes(&repository, "01", &[BEFORE], RECORD));
    let (first, aliases) = ids(&repository);
    assert!(aliases.is_empty());
    waive(&repository, &first[..12]);
    assert!(passes(&repository, "02", &[BEFORE], RECORD));
    repository.commit();
    rename(&repository);
    // In the very run that sees it moved, before any record says so.
    assert!(passes(&repository, "03", &[AFTER], RECORD));
    let (kept, aliases) = ids(&repository);
    assert_eq!(kept, first);
    assert_eq!(aliases.len(), 1);
    assert!(passes(&repository, "04", &[AFTER], &[]));
    // A change has no history of its own: what main recorded tells.
    for (base, expected) in [("HEAD~1", 0), ("HEAD~2", 1)] {
        // The commit before has the waiver, the one before that has none.
        let how = ["--event", "change", "--base", base];
        let now = ["check", "--now", "2026-11-04T13:00:00Z"];
        let (code, said) = run(&repository, &[AFTER], &[&now[..], &how].concat());
        assert_eq!(code, expected, "{said}");
    }
    // The later id will do as well, and neither is a waiver on anything else.
    waive(&repository, &aliases[0]);
    assert!(passes(&repository, "05", &[AFTER], &[]));
    let other = found("rb", "src/z.py", 10);
    assert!(!passes(&repository, "05", &[AFTER, other], &[]));
    // Another one that is found under the first id is the one that is named.
    waive(&repository, &first);
    assert!(!passes(&repository, "06", &[BEFORE, AFTER], &[]));
}

#[test]
fn lifecycle_l09_without_the_ledger_nobody_knows_what_the_id_was() {
    let repository = shop("ledger: dir:.krgate/ledger");
    assert!(!passes(&repository, "01", &[BEFORE], RECORD));
    waive(&repository, &ids(&repository).0);
    rename(&repository);
    std::fs::remove_dir_all(repository.path().join(".krgate")).unwrap();
    assert!(!passes(&repository, "03", &[AFTER], &[]));
}

#[test]
fn lifecycle_l09_a_waiver_on_the_id_that_the_baseline_has_holds() {
    let repository = shop("");
    let (code, said) = run(&repository, &[BEFORE], &["baseline", "write"]);
    assert_eq!(code, 0, "{said}");
    let baseline = std::fs::read_to_string(repository.path().join("krgate.baseline.json")).unwrap();
    let (_, rest) = baseline
        .split_once(r#""id": ""#)
        .or(baseline.split_once(r#""id":""#))
        .unwrap();
    waive(&repository, &rest[..32]);
    repository.commit();
    rename(&repository);
    let against = &["--baseline", "krgate.baseline.json"];
    assert!(passes(&repository, "03", &[AFTER], against));
    std::fs::remove_file(repository.path().join("krgate.baseline.json")).unwrap();
    assert!(!passes(&repository, "03", &[AFTER], &[]));
}
