//! docs/founding-systems.md: every thing that the founding documents name is there, what it
//! names as its proof exists, and every snippet comes to what stands beside it.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const PAGE: &str = include_str!("../docs/founding-systems.md");
const BASE: &str = include_str!("../fixtures/founding/base.yaml");

/// How many things the documents name.
const ROWS: usize = 56;

/// One of them.
struct Row<'a> {
    title: &'a str,
    snippet: &'a str,
    /// Key results with verdict and figure, as the page has them.
    comes_to: Vec<(&'a str, &'a str, Option<&'a str>)>,
    held_by: Vec<&'a str>,
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn rows(page: &str) -> Vec<Row<'_>> {
    page.split("\n## ")
        .skip(1)
        .map(|section| {
            let line = |begin: &str| section.lines().find_map(|line| line.strip_prefix(begin));
            let snippet = section
                .split_once("```yaml\n")
                .and_then(|(_, rest)| rest.split_once("\n```"));
            let comes_to = line("On the fixture: ").unwrap_or_default();
            Row {
                title: section.lines().next().unwrap(),
                snippet: snippet.map_or("", |(snippet, _)| snippet),
                comes_to: comes_to
                    .trim_end_matches('.')
                    .split("; ")
                    .filter(|part| !part.is_empty())
                    .map(|part| {
                        let (id, said) = part[1..].split_once("` ").unwrap();
                        match said.split_once(", ") {
                            Some((verdict, figure)) => (id, verdict, Some(figure)),
                            None => (id, said, None),
                        }
                    })
                    .collect(),
                held_by: quoted(line("Held by ").unwrap_or_default()).collect(),
            }
        })
        .collect()
}

/// The blocks of a policy by their keys.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        let begins = line.starts_with(|c: char| c.is_ascii_lowercase());
        match (begins, blocks.last_mut()) {
            (true, _) => blocks.push((line.split(':').next().unwrap(), format!("{line}\n"))),
            (false, Some((_, block))) => {
                block.push_str(line);
                block.push('\n');
            }
            (false, None) => {}
        }
    }
    blocks
}

/// A snippet in the policy that the page says.
fn policy(snippet: &str) -> String {
    const OBJECTIVE: &str =
        "objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    key_results:\n";
    let lines: Vec<String> = snippet.lines().map(|l| format!("      {l}\n")).collect();
    let snippet = if snippet.starts_with("- ") {
        format!("{OBJECTIVE}{}", lines.concat())
    } else {
        format!("{snippet}\n")
    };
    let own: BTreeSet<&str> = blocks(&snippet).iter().map(|(key, _)| *key).collect();
    let kept = blocks(BASE)
        .into_iter()
        .filter(|(key, _)| !own.contains(key));
    let mut text: String = kept.map(|(_, block)| block).collect();
    text.push_str(&snippet);
    if !own.contains("objectives") {
        text.push_str(OBJECTIVE);
        text.push_str(
            "      - { id: k, title: K, measure: { count: { class: sast } }, target: \"<= 0\" }\n",
        );
    }
    text
}

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (
            entry.as_ref().unwrap().path(),
            to.join(entry.unwrap().file_name()),
        );
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Every function that is declared as a test, by name.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices("#[test]") {
                let name = text[at..]
                    .split_once("\nfn ")
                    .or(text[at..].split_once(" fn "));
                let name = name.map_or("", |(_, rest)| rest.split('(').next().unwrap());
                found.insert(name.trim().to_owned());
            }
        }
    }
}

#[test]
fn founding_all_fifty_six_are_there_in_their_order() {
    let rows = rows(PAGE);
    assert_eq!(rows.len(), ROWS);
    for (row, number) in rows.iter().zip(1..) {
        assert!(
            row.title.starts_with(&format!("F{number} ")),
            "{}",
            row.title
        );
        assert!(!row.snippet.is_empty(), "{} has no snippet", row.title);
        assert!(!row.held_by.is_empty(), "{} is held by nothing", row.title);
    }
}

#[test]
fn founding_what_is_named_as_proof_exists() {
    let mut found = BTreeSet::new();
    tests(&here("src"), &mut found);
    tests(&here("tests"), &mut found);
    let mut wrong = Vec::new();
    for row in rows(PAGE) {
        for proof in &row.held_by {
            let exists = match proof.strip_prefix("pack:") {
                Some(template) => {
                    let (pack, id) = template.split_once('/').unwrap();
                    let text = fs::read_to_string(here(&format!("policies/{pack}.yaml")));
                    text.is_ok_and(|text| text.contains(&format!("id: {id}")))
                }
                None => found.contains(*proof),
            };
            if !exists {
                wrong.push(format!("{}: `{proof}`", row.title));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "nothing of this name:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn founding_every_snippet_is_a_policy_that_comes_to_what_stands_beside_it() {
    let mut wrong = Vec::new();
    for row in rows(PAGE) {
        let text = policy(row.snippet);
        let folder = tempfile::tempdir().unwrap();
        copy(&here("fixtures/founding"), folder.path());
        fs::write(folder.path().join("krgate.yaml"), &text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_krgate"))
            .args(["check", "--event=state", "--format=json"])
            .current_dir(folder.path())
            .env_clear()
            .env("KRGATE_NOW", "2026-11-16T00:00:00Z")
            .output()
            .unwrap();
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{}\n{}\n{text}",
            row.title,
            String::from_utf8_lossy(&output.stderr)
        );
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let objectives = json["objectives"].as_array().unwrap();
        let all: Vec<&Value> = objectives
            .iter()
            .flat_map(|objective| objective["key_results"].as_array().unwrap())
            .collect();
        for (id, verdict, figure) in &row.comes_to {
            let key_result = all.iter().find(|kr| kr["id"] == *id);
            let key_result = key_result.unwrap_or_else(|| panic!("{}: no `{id}`", row.title));
            let shown = key_result["shown"]["value"].as_str();
            let same = key_result["verdict"] == *verdict
                && figure.is_none_or(|figure| shown == Some(figure));
            if !same {
                wrong.push(format!(
                    "{}: {id} {} {shown:?}",
                    row.title, key_result["verdict"]
                ));
            }
        }
        // Whatever the snippet holds stands on the page with its verdict.
        let told = row.snippet.matches("target: ").count();
        if told != row.comes_to.len() {
            wrong.push(format!("{}: {told} key results", row.title));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn founding_the_page_is_read_as_it_is_written() {
    let page = "# x\n\n## F1 A\n\nwords\n\n```yaml\n- { id: k }\n```\n\nOn the fixture: `k` met, \
                1 d; `l` unknown.\n\nHeld by `a`, `pack:b/c`.\n\n## F2 B\n";
    let rows = rows(page);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].snippet, "- { id: k }");
    assert_eq!(
        rows[0].comes_to,
        [("k", "met", Some("1 d")), ("l", "unknown", None)]
    );
    assert_eq!(rows[0].held_by, ["a", "pack:b/c"]);
    assert!(rows[1].held_by.is_empty() && rows[1].comes_to.is_empty());
}
