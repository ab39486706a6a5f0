//! Ten small repositories with scripted commits (`fixtures/history/repositories`) and what real
//! scanners say of each commit, against a table of what the commits did (rules L5, L6, L8, L16
//! to L18, L21).

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use krgate::model::{Baseline, Intake, ObjectId, Row};
use krgate::scope::matching::{Compared, Match, Step, compare};

use super::support::{KEY, baseline, change, earlier, read_files};
use crate::rules_github::support::{Repository, search_path};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/history")
}

/// The repository that a script of `git fast-import` makes; each commit has a branch.
fn made(name: &str) -> Repository {
    let repository = Repository::new();
    let script = std::fs::read(folder().join(format!("repositories/{name}.fi"))).unwrap();
    let mut git = Command::new("git")
        .current_dir(repository.path())
        .env_clear()
        .env("PATH", search_path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(&script).unwrap();
    assert!(git.wait().unwrap().success(), "{name}");
    repository
}

/// The reports of a commit: none where no scanner ran.
fn reports(repository: &str, commit: &str) -> Intake {
    let mut reports: Vec<(String, String)> = Vec::new();
    for entry in folder().join("scans").join(repository).read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with(&format!("{commit}.")) {
            reports.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    reports.sort();
    read_files(&reports, Some(KEY))
}

/// `RULE PATH:LINE`, without blanks in the rule.
fn named(rule: &str, path: &str, line: u32) -> String {
    format!("{} {path}:{line}", rule.replace(' ', "-"))
}

fn of_base(baseline: &Baseline, row: &Row) -> String {
    let text = |id| baseline.texts.get(id).raw();
    let line = row.line.map_or(0, std::num::NonZeroU32::get);
    named(text(row.rule), row.path.map_or("", text), line)
}

/// What krgate says became of each finding, as lines of the table.
fn said(baseline: &Baseline, head: &Intake, compared: &Compared) -> BTreeSet<String> {
    let by_id: BTreeMap<_, _> = baseline.rows.rows.iter().map(|row| (row.id, row)).collect();
    let mut said = BTreeSet::new();
    let mut known = BTreeSet::new();
    for (view, matched) in head.views().zip(&compared.matches) {
        let path = view.shown_path().map_or("", |path| path.raw());
        let now = named(view.rule_id().raw(), path, view.line().unwrap_or(0));
        said.insert(match matched {
            Match::New => format!("+ {now}"),
            Match::OtherTool => format!("~ {now}"),
            Match::Known(id, Step::Secret) => {
                // Every place of the secret is known.
                let of_secret = by_id.values().filter(|row| row.secret == by_id[id].secret);
                known.extend(of_secret.map(|row| row.id));
                format!("= {now} < secret")
            }
            Match::Known(id, _) => {
                assert!(known.insert(*id), "no finding of the base excuses two");
                let before = of_base(baseline, by_id[id]);
                if before == now {
                    format!("= {now}")
                } else {
                    format!("= {now} < {before}")
                }
            }
        });
    }
    let mut unseen = 0;
    for row in &baseline.rows.rows {
        if compared.gone.contains(&row.id) {
            said.insert(format!("- {}", of_base(baseline, row)));
        } else if !known.contains(&row.id) {
            unseen += 1;
            said.insert(format!("? {}", of_base(baseline, row)));
        }
    }
    assert_eq!(compared.unseen, unseen);
    said
}

/// A block of the table.
struct Block {
    repository: String,
    before: String,
    after: String,
    lines: BTreeSet<String>,
}

fn table() -> Vec<Block> {
    let text = std::fs::read_to_string(folder().join("expected.txt")).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["=" | "~" | "+" | "-" | "?", ..] => {
                let block = blocks.last_mut().unwrap();
                assert!(block.lines.insert(words.join(" ")), "twice: {line}");
            }
            [repository, before, after] => blocks.push(Block {
                repository: (*repository).to_owned(),
                before: (*before).to_owned(),
                after: (*after).to_owned(),
                lines: BTreeSet::new(),
            }),
            _ => panic!("not of the table: {line}"),
        }
    }
    blocks
}

fn commit(repository: &Repository, name: &str) -> ObjectId {
    ObjectId::new(&repository.git(&["rev-parse", name])).unwrap()
}

#[test]
fn lifecycle_l21_ten_histories_are_told_as_they_happened() {
    let blocks = table();
    let mut repositories: BTreeMap<&str, Repository> = BTreeMap::new();
    let mut wrong = Vec::new();
    for block in &blocks {
        let name = block.repository.as_str();
        let repository = repositories.entry(name).or_insert_with(|| made(name));
        let (from, to) = (
            commit(repository, &block.before),
            commit(repository, &block.after),
        );
        let baseline = baseline(reports(name, &block.before), Some(from.clone()), Some(KEY));
        let head = reports(name, &block.after);
        let lines = change(repository, &from, &to);
        let compared = compare(&earlier(&baseline, &lines, Some(KEY)), &head);
        let said = said(&baseline, &head, &compared);
        let title = format!("{name} {} {}", block.before, block.after);
        for line in said.symmetric_difference(&block.lines) {
            let who = if said.contains(line) {
                "said"
            } else {
                "expected"
            };
            wrong.push(format!("{title}: {who} {line}"));
        }
        assert_eq!(compared.ambiguous, 0, "{title}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((repositories.len(), blocks.len()), (10, 47));
}

#[test]
fn lifecycle_l06_each_commit_of_them_compared_with_itself_is_all_old() {
    let mut commits: BTreeSet<(String, String)> = BTreeSet::new();
    for block in table() {
        commits.insert((block.repository.clone(), block.before));
        commits.insert((block.repository, block.after));
    }
    for (name, commit) in commits {
        let baseline = baseline(reports(&name, &commit), None, Some(KEY));
        let head = reports(&name, &commit);
        let lines = krgate::model::ChangedLines::default();
        let compared = compare(&earlier(&baseline, &lines, Some(KEY)), &head);
        let said = said(&baseline, &head, &compared);
        assert!(
            said.iter().all(|line| line.starts_with('=')),
            "{name} {commit}: {said:?}"
        );
    }
}
