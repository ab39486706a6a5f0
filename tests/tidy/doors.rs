//! Which room may look into which.

use std::collections::{BTreeMap, BTreeSet};

use crate::assert_none;
use crate::source::{
    File, is_test_file, is_word, line_of, matching, page, production_of, rust_files, words_at,
};

/// The doors of the house: a room, and the rooms that it may import.
const DOORS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &[]),
    (
        "cli",
        &[
            "ci",
            "decide",
            "diagnostic",
            "doctor",
            "ingest",
            "lint",
            "measure",
            "model",
            "policy",
            "publish",
            "record",
            "render",
            "scope",
        ],
    ),
    ("model", &[]),
    ("diagnostic", &["model"]),
    ("policy", &["diagnostic", "model"]),
    ("ingest", &["diagnostic", "model"]),
    ("scope", &["diagnostic", "model", "policy"]),
    ("measure", &["diagnostic", "model", "policy", "scope"]),
    (
        "decide",
        &["diagnostic", "measure", "model", "policy", "scope"],
    ),
    (
        "render",
        &[
            "decide",
            "diagnostic",
            "measure",
            "model",
            "policy",
            "scope",
        ],
    ),
    ("publish", &["diagnostic", "model"]),
    (
        "record",
        &[
            "ci",
            "decide",
            "diagnostic",
            "measure",
            "model",
            "policy",
            "scope",
        ],
    ),
    ("ci", &["diagnostic", "model"]),
    ("doctor", &["diagnostic", "model", "policy"]),
    ("lint", &["decide", "diagnostic", "model", "policy"]),
];

fn doors() -> BTreeMap<String, BTreeSet<String>> {
    DOORS
        .iter()
        .map(|(room, into)| {
            let into = into.iter().map(|room| (*room).to_owned()).collect();
            ((*room).to_owned(), into)
        })
        .collect()
}

/// The room that a file below `src` belongs to.
fn room_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let first = inside.split('/').next().unwrap_or(inside);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// How many `super` lead from a file to the root of the crate.
fn depth_of(path: &str) -> usize {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let parts = inside.split('/').count();
    if inside.ends_with("/mod.rs") {
        parts - 1
    } else {
        parts
    }
}

/// The rooms that production code names, each with its line.
fn imports(path: &str, text: &str) -> Vec<(usize, String)> {
    let code = production_of(text);
    let mut found = Vec::new();
    let own = if path == "src/main.rs" {
        "krgate"
    } else {
        "crate"
    };
    for at in words_at(&code, own) {
        heads(&code, at + own.len(), &mut found);
    }
    for at in words_at(&code, "super") {
        let mut rest = at;
        let mut steps = 0;
        let chained = code[..at].trim_end().ends_with("super::");
        while !chained && code[rest..].starts_with("super") {
            steps += 1;
            rest += "super".len();
            if steps == depth_of(path) {
                heads(&code, rest, &mut found);
            }
            if !code[rest..].starts_with("::") {
                break;
            }
            rest += 2;
        }
    }
    found
}

/// The first names after `::` at `from`: one, or those of a group in braces.
fn heads(code: &str, from: usize, found: &mut Vec<(usize, String)>) {
    let rest = code[from..].trim_start();
    let Some(rest) = rest.strip_prefix("::") else {
        return;
    };
    let rest = rest.trim_start();
    let at = code.len() - rest.len();
    let line = line_of(code, at);
    if !rest.starts_with('{') {
        let name: String = rest
            .bytes()
            .take_while(|b| is_word(*b))
            .map(char::from)
            .collect();
        found.push((line, name));
        return;
    }
    let end = matching(code, at).unwrap_or(code.len());
    let mut depth = 0;
    let mut name = String::new();
    for c in code[at + 1..end].chars().chain([',']) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let head: String = name
                    .trim()
                    .bytes()
                    .take_while(|b| is_word(*b))
                    .map(char::from)
                    .collect();
                if !head.is_empty() {
                    found.push((line, head));
                }
                name.clear();
                continue;
            }
            _ => {}
        }
        name.push(c);
    }
}

/// What is wrong with the doors that a file uses.
fn faults(file: &File, doors: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let room = room_of(&file.path);
    let Some(open) = doors.get(room) else {
        return vec![format!("{}: `{room}` is a room without a row", file.path)];
    };
    imports(&file.path, &file.text)
        .into_iter()
        .filter(|(_, into)| into != room && !open.contains(into))
        .map(|(line, into)| format!("{}:{line}: `{room}` has no door to `{into}`", file.path))
        .collect()
}

/// The doors in the table of the page.
fn doors_of_page(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| `src/"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let room = |cell: &str| {
        let path = cell.trim_matches('`').trim_end_matches('/');
        room_of(path).to_owned()
    };
    let rooms: BTreeSet<String> = rows.iter().map(|row| room(row[0])).collect();
    rows.iter()
        .map(|row| {
            let own = room(row[0]);
            let into = if row[2] == "all" {
                let mut all = rooms.clone();
                for not in [own.as_str(), "main", "lib"] {
                    all.remove(not);
                }
                all
            } else {
                row[2]
                    .split('`')
                    .skip(1)
                    .step_by(2)
                    .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
                    .map(str::to_owned)
                    .collect()
            };
            (own, into)
        })
        .collect()
}

#[test]
fn tidy_doors_are_those_of_the_table() {
    let doors = doors();
    let faults: Vec<_> = rust_files("src")
        .iter()
        .filter(|file| !is_test_file(&file.path))
        .flat_map(|file| faults(file, &doors))
        .collect();
    assert_none(&faults, "doors that the house does not have");
}

#[test]
fn tidy_doors_of_the_page_are_those_of_the_test() {
    assert_eq!(doors_of_page(&page("ARCHITECTURE.md")), doors());
}

/// What opens sockets, and the files that may name it: the client that the services share,
/// GitHub's wire and that of other tools for key results, and the database's.
const NETWORK: &[(&str, &[&str])] = &[
    ("octocrab", &[WIRE]),
    ("reqwest", &[CLIENT, WIRE, OKR]),
    ("rustls", &[CLIENT, DATABASE]),
    ("rustls_platform_verifier", &[DATABASE]),
    ("tokio", &[CLIENT, WIRE, OKR]),
    ("tokio_postgres_rustls", &[DATABASE]),
    ("use postgres", &[DATABASE]),
    ("TcpStream", &[]),
    ("UdpSocket", &[]),
    ("UnixStream", &[]),
];
const CLIENT: &str = "src/publish/client.rs";
const WIRE: &str = "src/publish/github/wire.rs";
const OKR: &str = "src/publish/okr/wire.rs";
const DATABASE: &str = "src/record/store/postgres/wire.rs";

fn names_the_network(file: &File) -> Vec<String> {
    let code = production_of(&file.text);
    NETWORK
        .iter()
        .filter(|(name, files)| {
            !files.contains(&file.path.as_str()) && words_at(&code, name).next().is_some()
        })
        .map(|(name, _)| format!("{}: `{name}`", file.path))
        .collect()
}

#[test]
fn tidy_one_file_a_service_knows_the_network() {
    let faults: Vec<_> = rust_files("src")
        .iter()
        .flat_map(names_the_network)
        .collect();
    assert_none(&faults, "files that know the network");
    let count = |path: &str, text: &str| {
        let file = File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        names_the_network(&file).len()
    };
    let of_github = "use tokio::net; // reqwest";
    assert_eq!(count("src/publish/github/session.rs", of_github), 1);
    assert_eq!(count(WIRE, of_github), 0);
    assert_eq!(count(DATABASE, of_github), 1);
    let of_database = "use postgres::Client; use rustls::ClientConfig;";
    assert_eq!(count("src/record/store/postgres/mod.rs", of_database), 2);
    assert_eq!(count(DATABASE, of_database), 0);
    assert_eq!(count(WIRE, of_database), 2);
    assert_eq!((count(OKR, of_github), count(CLIENT, of_github)), (0, 0));
    assert_eq!(count("src/publish/okr/session.rs", of_github), 1);
    assert_eq!(
        count("src/cli/ledger.rs", "use crate::record::store::postgres;"),
        0
    );
}

#[test]
fn tidy_nobody_imports_cli_and_model_imports_nobody() {
    let doors = doors();
    for (room, into) in &doors {
        assert!(!into.contains("cli") || room == "main", "{room}");
    }
    assert!(doors["model"].is_empty());
}

#[test]
fn tidy_doors_check_can_fail() {
    let wrong = |path: &str, text: &str| {
        let file = File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        faults(&file, &doors()).len()
    };
    for (path, text, count) in [
        ("src/model/run.rs", "use crate::policy::Policy;", 1),
        ("src/model/run.rs", "use crate::model::Class;", 0),
        (
            "src/policy/mod.rs",
            "use crate::{model::Class, ingest::{read, Request}};",
            1,
        ),
        (
            "src/policy/mod.rs",
            "use crate::{\n    ingest, render,\n    model,\n};",
            2,
        ),
        (
            "src/ingest/sarif/run.rs",
            "fn f() { crate::decide::g(); }",
            1,
        ),
        (
            "src/ingest/sarif/run.rs",
            "use super::super::super::decide::X;",
            1,
        ),
        ("src/ingest/sarif/run.rs", "use super::super::walk::X;", 0),
        ("src/ingest/mod.rs", "use super::decide::X;", 1),
        ("src/render/text.rs", "use crate::cli::X;", 1),
        (
            "src/render/text.rs",
            "use crate::decide::X; use crate::scope::Y;",
            0,
        ),
        ("src/scope/mod.rs", "use crate::measure::X;", 1),
        (
            "src/scope/mod.rs",
            "// use crate::measure::X;\n/// [`crate::cli::X`]\n",
            0,
        ),
        (
            "src/scope/mod.rs",
            "#[cfg(test)]\nmod tests { use crate::measure::X; }",
            0,
        ),
        ("src/main.rs", "use krgate::cli;", 0),
        ("src/main.rs", "use krgate::ingest;", 1),
        ("src/attic/mod.rs", "", 1),
    ] {
        assert_eq!(wrong(path, text), count, "{path}: {text}");
    }
}

#[test]
fn tidy_doors_of_a_page_are_read() {
    let page = "| room | lives | may |\n|---|---|---|\n| `src/main.rs` | x | `cli` |\n\
                | `src/cli/` | x | all |\n| `src/model/` | x | – |\n| `src/scope/` | x | `model`, of a `Value` |\n";
    let doors = doors_of_page(page);
    assert_eq!(doors["cli"], ["model", "scope"].map(str::to_owned).into());
    assert_eq!(doors["scope"], ["model"].map(str::to_owned).into());
    assert!(doors["model"].is_empty());
}
