//! What there is in the repository that a policy would speak of.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::ci::Surroundings;
use crate::ingest::{self, Context, Expected, Limits, Request};
use crate::model::{Class, UntrustedText};

/// Folders that hold no evidence and no code of the project's own.
const PASSED_OVER: [&str; 9] = [
    ".git",
    "node_modules",
    "target",
    "vendor",
    "dist",
    "build",
    ".venv",
    "venv",
    "__pycache__",
];

/// Folders that usually hold what runs in production.
const PRODUCTION: [&str; 15] = [
    "src",
    "lib",
    "app",
    "apps",
    "cmd",
    "internal",
    "pkg",
    "packages",
    "server",
    "services",
    "web",
    "api",
    "infra",
    "deploy",
    "terraform",
];

/// Most files that are looked at.
const MOST_FILES: usize = 20_000;

/// Deepest folder that is looked at.
const DEEPEST: usize = 6;

/// A report that lies about already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundReport {
    pub(super) path: String,
    pub(super) class: Class,
    pub(super) tool: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Repository {
    /// Reports that krgate can read, by path.
    pub(super) reports: Vec<FoundReport>,
    /// Production folders at the root.
    pub(super) production: Vec<String>,
    /// True if there is Python and nothing else that a scanner of its own would fit.
    pub(super) python: bool,
    /// True if there are GitHub workflows.
    pub(super) workflows: bool,
    /// The branch that HEAD names.
    pub(super) branch: Option<String>,
    /// The owner of everything, by CODEOWNERS.
    pub(super) owner: Option<String>,
}

/// Looks at the working directory.
pub(super) fn at(surroundings: &Surroundings) -> Repository {
    let here = surroundings.directory.as_path();
    let files = files(here);
    Repository {
        reports: reports(&files, surroundings),
        production: PRODUCTION
            .iter()
            .filter(|name| here.join(name).is_dir())
            .map(|name| (*name).to_owned())
            .collect(),
        python: files
            .iter()
            .any(|file| file.extension().is_some_and(|ending| ending == "py")),
        workflows: here.join(".github/workflows").is_dir(),
        branch: branch(surroundings),
        owner: owner(here),
    }
}

fn files(here: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![(PathBuf::new(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = here.join(&folder).read_dir() else {
            continue;
        };
        for entry in entries.flatten() {
            let path = folder.join(entry.file_name());
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let name = entry.file_name();
            if kind.is_dir() {
                let passed_over = PASSED_OVER.iter().any(|folder| name == *folder);
                if !passed_over && depth < DEEPEST {
                    folders.push((path, depth + 1));
                }
            } else if kind.is_file() {
                found.push(path);
            }
            if found.len() >= MOST_FILES {
                break;
            }
        }
    }
    found.sort();
    found
}

/// Reports that krgate can read, among files that look like one by their name.
fn reports(files: &[PathBuf], surroundings: &Surroundings) -> Vec<FoundReport> {
    let requests: Vec<Request> = files
        .iter()
        .filter(|path| looks_like_a_report(path))
        .take(50)
        .map(|path| Request {
            path: surroundings.directory.join(path),
            shown: UntrustedText::new(path.to_string_lossy()),
            by_hand: false,
            expected: Expected::default(),
        })
        .collect();
    let context = Context {
        now: Timestamp::UNIX_EPOCH,
        roots: surroundings.roots(),
        secret_key: None,
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    };
    let (intake, _) = ingest::read(&requests, &context);
    let mut found: Vec<FoundReport> = Vec::new();
    for run in &intake.runs {
        let path = intake.reports.get(run.report.index()).map(|r| r.path.raw());
        if let (Some(path), Some(class)) = (path, run.class)
            && !found.iter().any(|report| report.path == path)
        {
            found.push(FoundReport {
                path: path.to_owned(),
                class,
                tool: run.alias.raw().to_owned(),
            });
        }
    }
    found.truncate(8);
    found
}

fn looks_like_a_report(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let words = ["gitleaks", "trufflehog", "detect-secrets"];
    let ends = |ending: &str| name.ends_with(ending);
    ends(".sarif")
        || ends(".sarif.json")
        || ends(".sarif.gz")
        || ((ends(".json") || ends(".jsonl")) && words.iter().any(|word| name.contains(word)))
}

fn branch(surroundings: &Surroundings) -> Option<String> {
    let head = fs::read_to_string(surroundings.repository()?.join(".git/HEAD")).ok()?;
    let branch = head.trim().strip_prefix("ref: refs/heads/")?;
    plain(branch).then(|| branch.to_owned())
}

/// The owner of `*` in the first CODEOWNERS file.
fn owner(here: &Path) -> Option<String> {
    let text = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"]
        .iter()
        .find_map(|place| fs::read_to_string(here.join(place)).ok())?;
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let owner = words.next().filter(|path| *path == "*").and(words.next())?;
        plain(owner).then(|| owner.to_owned())
    })
}

/// True if the text can stand in quotes in a YAML file as it is.
pub(super) fn plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "@/-_. +".contains(c))
}
