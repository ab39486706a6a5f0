//! A small history with what Bandit says of each commit (`fixtures/history`), replayed on a real
//! repository: what is introduced, what stays, what is gone (rules L5, L6, L18, L21, M31).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use krgate::model::ObjectId;
use krgate::model::history::Cause;
use krgate::record::lifecycle::GitLineage;

use super::scans::{Ledger, policy, scoped_file, state_at};
use super::support::{baseline, change, letters, over, read_file};
use crate::rules_github::support::Repository;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/history")
}

/// Makes the work tree that of a step, and commits it.
fn step(repository: &Repository, name: &str) -> ObjectId {
    for part in ["app", "lib"] {
        let _ = std::fs::remove_dir_all(repository.path().join(part));
    }
    let root = folder().join("steps").join(name);
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let short = path.strip_prefix(&root).unwrap();
                repository.file(short.to_str().unwrap(), std::fs::read(&path).unwrap());
            }
        }
    }
    repository.commit()
}

fn report(name: &str) -> krgate::model::Intake {
    let sarif = folder().join(format!("reports/{name}.sarif"));
    let json = folder().join(format!("reports/{name}.json"));
    read_file(if sarif.exists() { &sarif } else { &json }, None)
}

/// A step, the one before it, what is new in it, how many were there before, how many are
/// gone, and how many nobody looked for.
type Expected = (
    &'static str,
    &'static str,
    &'static [&'static str],
    usize,
    usize,
    u64,
);

const HISTORY: [Expected; 8] = [
    ("02-lines-move", "01-start", &[], 8, 0, 0),
    ("03-file-moves", "02-lines-move", &[], 8, 0, 0),
    (
        "04-copy",
        "03-file-moves",
        &["B608 app/archive.py:2", "B608 app/archive.py:7"],
        8,
        0,
        0,
    ),
    (
        "05-one-mended-one-added",
        "04-copy",
        &["B608 app/net.py:14"],
        9,
        1,
        0,
    ),
    (
        "06-file-splits",
        "05-one-mended-one-added",
        &[
            "B404 app/clean.py:3",
            "B602 app/clean.py:7",
            "B607 app/clean.py:7",
        ],
        8,
        2,
        0,
    ),
    // The other B704, in a file that the change does not touch, came with the new version.
    (
        "07-tool-upgrade",
        "06-file-splits",
        &["B704 app/clean.py:13"],
        12,
        0,
        0,
    ),
    // The line of two findings is edited; and as a file cannot be read nothing is gone.
    (
        "08-scan-breaks",
        "07-tool-upgrade",
        &["B602 app/clean.py:7", "B607 app/clean.py:7"],
        11,
        0,
        2,
    ),
    (
        "09-revert",
        "07-tool-upgrade",
        &["B608 app/db.py:2"],
        13,
        0,
        0,
    ),
];

#[test]
fn lifecycle_l21_a_history_is_told_as_it_happened() {
    for (name, before, new, old, gone, unseen) in HISTORY {
        let repository = Repository::new();
        let base = step(&repository, before);
        let head = step(&repository, name);
        let baseline = baseline(report(before), Some(base.clone()), None);
        let now = report(name);
        let compared = over(&baseline, &change(&repository, &base, &head), &now);
        let letters = letters(&compared);
        let mut introduced: Vec<String> = now
            .views()
            .zip(letters.chars())
            .filter(|(_, letter)| *letter == '.')
            .map(|(view, _)| {
                let path = view.shown_path().unwrap().raw();
                format!("{} {path}:{}", view.rule_id().raw(), view.line().unwrap())
            })
            .collect();
        introduced.sort();
        assert_eq!(introduced, new, "{name}: {letters}");
        assert_eq!(letters.len() - introduced.len(), old, "{name}: {letters}");
        assert_eq!(compared.gone.len(), gone, "{name}");
        assert_eq!(compared.unseen, unseen, "{name}");
        let excused: u64 = compared.tools.iter().map(|tool| tool.excused).sum();
        assert_eq!(
            excused,
            u64::from(name == "07-tool-upgrade"),
            "{name}: {letters}"
        );
    }
}

#[test]
fn lifecycle_l06_the_same_commit_again_is_all_old() {
    for name in ["01-start", "07-tool-upgrade", "09-revert"] {
        let repository = Repository::new();
        let commit = step(&repository, name);
        let baseline = baseline(report(name), None, None);
        let again = step(&repository, name);
        let compared = over(
            &baseline,
            &change(&repository, &commit, &again),
            &report(name),
        );
        assert_eq!(letters(&compared).replace('p', ""), "", "{name}");
    }
}

/// The same history as scans of a state: what is open after each, and what happened.
#[test]
fn lifecycle_l11_to_l18_a_real_history_is_followed_by_git() {
    let repository = Repository::new();
    let git = repository.open();
    let policy = policy("");
    let mut ledger = Ledger::default();
    let mut told = Vec::new();
    for (number, name) in (0_u32..).zip([
        "01-start",
        "02-lines-move",
        "03-file-moves",
        "04-copy",
        "05-one-mended-one-added",
        "06-file-splits",
        "07-tool-upgrade",
        "09-revert",
    ]) {
        let commit = step(&repository, name);
        let report = folder().join(format!("reports/{name}.sarif"));
        let scan = scoped_file(&report, &policy, None);
        let lineage = GitLineage::new(&git);
        let at = state_at(number.into(), number);
        ledger.scan_on(at, &commit, &lineage, &scan, &policy, None);
        let stream = ledger.state.streams.values().next().unwrap();
        let mut counts = BTreeMap::new();
        for event in &ledger.records.last().unwrap().scans[0].events {
            let cause = if event.cause == Cause::ToolChange {
                " by tool"
            } else {
                ""
            };
            let word = format!("{}{cause}", event.what.as_str());
            *counts.entry(word).or_insert(0) += 1;
        }
        let counts: Vec<String> = counts.iter().map(|(w, n)| format!("{n} {w}")).collect();
        told.push(format!(
            "{name}: {} open; {}",
            stream.open(),
            counts.join(", ")
        ));
    }
    assert_eq!(
        told,
        [
            "01-start: 8 open; 8 new",
            "02-lines-move: 8 open; 4 moved",
            "03-file-moves: 8 open; 2 moved",
            "04-copy: 10 open; 2 new",
            "05-one-mended-one-added: 10 open; 1 changed, 1 fixed, 1 new",
            "06-file-splits: 11 open; 2 fixed, 3 new",
            "07-tool-upgrade: 13 open; 2 new by tool",
            "09-revert: 14 open; 1 reopened",
        ]
    );
}
