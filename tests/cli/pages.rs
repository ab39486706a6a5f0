//! The pages under `docs/` and the README: each command that a block of code shows is run, in a
//! repository as they have it in mind, one after the other; each that stands in a sentence
//! exists.
//!
//! A line runs as it stands, in `sh`. Its exit code must be 0 or 1, or the one that its comment
//! names (`# exit 2`). In a block with lines that begin with `$ ` these are the commands, and
//! the rest is what they print.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const NOW: &str = "2026-11-16T12:00:00Z";

/// Lines that are not run here, by what they begin with, and where they are.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "krgate hook pre-push \"$@\"",
        "git gives it standard input: tests/rules_github",
    ),
    (
        "krgate inspect x.sarif",
        "a name that stands for any report",
    ),
    (
        "krgate init  ",
        "there is a policy already: docs/first-gate.md",
    ),
    (
        "krgate sync --to http",
        "needs a tool to send to: tests/cli/sync.rs",
    ),
    (
        "krgate sync --to tability",
        "needs a tool to send to: tests/cli/sync.rs",
    ),
    (
        "krgate records quarantine",
        "needs a damaged record: tests/rules_records/cli.rs",
    ),
    (
        "krgate records choose",
        "needs two records of one id: tests/rules_records/conflicts.rs",
    ),
    (
        "krgate records init --ledger postgres:",
        "needs a server: tests/rules_records/cli_postgres.rs",
    ),
];

struct Shop(TempDir);

impl Shop {
    /// A clone of a small application, with the reports that scanners wrote on it.
    fn new(has_policy: bool) -> Self {
        let shop = Self(TempDir::new().unwrap());
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let here = shop.path("shop");
        copy(&root.join("fixtures/demo"), &here.join("fixtures/demo"));
        copy(&root.join("fixtures/demo/app"), &here);
        copy(&root.join("fixtures/demo/reports"), &here.join("reports"));
        if has_policy {
            let policy = root.join("tests/cli/pages/krgate.yaml");
            fs::copy(policy, here.join("krgate.yaml")).unwrap();
            let waivers = "version: 1\nlist: []\n";
            fs::write(here.join("krgate.waivers.yaml"), waivers).unwrap();
        }
        fs::create_dir_all(here.join(".github")).unwrap();
        fs::write(here.join(".github/CODEOWNERS"), "* @acme/pay\n").unwrap();
        fs::write(here.join("kev.json"), KEV).unwrap();
        fs::write(here.join("epss.csv"), EPSS).unwrap();
        for command in [
            "git init -q --bare -b main ../origin.git",
            "git init -q -b main .",
            "git config user.name octo && git config user.email octo@example.org",
            "gzip -k epss.csv",
            "git add --all && git commit -qm 'the shop'",
            "git remote add origin ../origin.git && git push -q -u origin main",
            "git remote set-head origin main",
        ] {
            let output = shop.sh(command);
            assert!(output.status.success(), "{command}: {}", said(&output));
        }
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test finds programs where it was started"
    )]
    fn sh(&self, line: &str) -> Output {
        let krgate = Path::new(env!("CARGO_BIN_EXE_krgate")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        Command::new("sh")
            .args(["-c", line])
            .current_dir(self.path("shop"))
            .env_clear()
            .env("PATH", format!("{}:{path}", krgate.display()))
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("KRGATE_NOW", NOW)
            .output()
            .unwrap()
    }

    fn json(&self, line: &str) -> serde_json::Value {
        let output = self.sh(line);
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{line}: {error}\n{}", said(&output)))
    }

    /// The line with the ids of this shop in place of those of the page.
    fn with_own_ids(&self, line: &str) -> String {
        if !line.contains("7f3a91c2") {
            return line.to_owned();
        }
        let id = if line.contains("records show") {
            let list = said(&self.sh("krgate records list"));
            // Of the newest one: time, kind, id, subject.
            let newest = list.lines().rfind(|line| line.starts_with("20"));
            newest
                .and_then(|line| line.split_whitespace().nth(2))
                .expect("a record")
                .to_owned()
        } else {
            let seen = self.json("krgate check --event state --format json");
            let findings = seen["findings"].as_array().unwrap();
            let counted = findings
                .iter()
                .find(|one| one["class"] == "sast" && one["waiver"].is_null());
            counted.unwrap()["id"].as_str().unwrap()[..8].to_owned()
        };
        line.replace("7f3a91c2", &id)
    }
}

const KEV: &str = r#"{"title":"KEV","catalogVersion":"2026.11.16","dateReleased":"2026-11-16T00:00:00Z","count":1,"vulnerabilities":[{"cveID":"CVE-2021-44228","dateAdded":"2021-12-10","dueDate":"2021-12-24"}]}"#;
const EPSS: &str = "#model_version:v2025.03.14,score_date:2026-11-16T00:00:00Z\ncve,epss,percentile\nCVE-2021-44228,0.94,0.99\n";

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The pages, in the order of their names.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<PathBuf> = vec![root.join("README.md")];
    for folder in ["docs", "docs/formats"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The commands of a page's blocks, each without its remark and with what is said of its code.
fn commands(page: &str) -> Vec<(String, i32)> {
    let mut commands = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("\n```") {
        let Some((block, next)) = after.split_once("\n```") else {
            break;
        };
        rest = next;
        let (kind, lines) = block.split_once('\n').unwrap_or((block, ""));
        if !["", "sh", "console"].contains(&kind) {
            continue;
        }
        let is_session = lines.lines().any(|line| line.starts_with("$ "));
        for line in lines.lines() {
            let command = match line.strip_prefix("$ ") {
                Some(command) => command,
                None if is_session => continue,
                None => line,
            };
            if command.starts_with("krgate ") || command.starts_with("git ") {
                let (command, remark) = command.split_once(" #").unwrap_or((command, ""));
                let code = remark
                    .split_once("exit ")
                    .and_then(|(_, code)| code.get(..1));
                let code = code.and_then(|code| code.parse().ok()).unwrap_or(0);
                commands.push((command.to_owned(), code));
            }
        }
    }
    commands
}

#[test]
fn each_command_of_a_page_does_what_the_page_says() {
    let mut ran = 0;
    for (name, page) in pages() {
        let commands = commands(&page);
        if commands.is_empty() {
            continue;
        }
        // It begins where there is nothing yet; the others look back.
        let begins = name == "docs/first-gate.md";
        let shop = Shop::new(!begins);
        if !begins {
            let first = "krgate check --event state --record";
            let code = shop.sh(first).status.code();
            assert_eq!(code, Some(1), "{first}");
        }
        for (line, expected) in commands {
            if ELSEWHERE.iter().any(|(start, _)| line.starts_with(start)) {
                continue;
            }
            let line = shop.with_own_ids(line.trim_end());
            let output = shop.sh(&line);
            let code = output.status.code().unwrap_or(-1);
            assert!(
                code == expected || (expected == 0 && code == 1),
                "{name}: `{line}` ended with {code}\n{}",
                said(&output)
            );
            ran += 1;
        }
    }
    assert!(ran > 40, "only {ran} commands were found");
}

#[test]
fn each_command_in_a_sentence_exists() {
    let mut known = BTreeSet::new();
    let mut unknown = Vec::new();
    let shop = Shop::new(true);
    for (name, page) in pages() {
        for code in page.split('`').skip(1).step_by(2) {
            let Some(arguments) = code.strip_prefix("krgate ") else {
                continue;
            };
            let is_word = |word: &&str| {
                let mut letters = word.bytes();
                letters
                    .next()
                    .is_some_and(|first| first.is_ascii_lowercase())
                    && letters.all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            };
            let words: Vec<&str> = arguments.split(' ').take_while(is_word).take(2).collect();
            let Some(first) = words.first() else { continue };
            let all = words.join(" ");
            if known.contains(&all) {
                continue;
            }
            let is_there = |words: &str| {
                let line = format!("krgate {words} --help");
                shop.sh(&line).status.success()
            };
            if is_there(&all) || is_there(first) {
                known.insert(all);
            } else {
                unknown.push(format!("{name}: krgate {all}"));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(known.len() > 15, "{known:?}");
}
