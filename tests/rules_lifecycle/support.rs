//! Reports as scanners write them, read by krgate and compared over commits.

use std::path::{Path, PathBuf};

use krgate::diagnostic::Level;
use krgate::ingest::{self, Context, Expected, Limits, Request};
use krgate::model::{Baseline, ChangedLines, Intake, KeyCheck, ObjectId, UntrustedText};
use krgate::scope::matching::{Compared, Earlier, Match, Step, compare};
use serde_json::{Value, json};

use crate::rules_github::support::Repository;

/// The key of a project, obviously made up.
pub(crate) const KEY: &[u8] = b"an-example-key-for-tests";

/// One finding of a static analysis tool.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) rule: &'static str,
    pub(crate) path: &'static str,
    pub(crate) line: u32,
    pub(crate) prints: Vec<(&'static str, &'static str)>,
    pub(crate) suppressed: bool,
}

pub(crate) const fn hit(rule: &'static str, path: &'static str, line: u32) -> Hit {
    Hit {
        rule,
        path,
        line,
        prints: Vec::new(),
        suppressed: false,
    }
}

impl Hit {
    pub(crate) fn print(mut self, key: &'static str, value: &'static str) -> Self {
        self.prints.push((key, value));
        self
    }

    pub(crate) fn suppressed(mut self) -> Self {
        self.suppressed = true;
        self
    }

    fn result(&self) -> Value {
        let prints: serde_json::Map<String, Value> = self
            .prints
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        let mut location =
            json!({ "physicalLocation": { "artifactLocation": { "uri": self.path } } });
        if self.line > 0 {
            location["physicalLocation"]["region"] = json!({ "startLine": self.line });
        }
        let mut result = json!({
            "ruleId": self.rule,
            "message": { "text": "the same for every hit" },
            "locations": if self.path.is_empty() { json!([]) } else { json!([location]) },
            "partialFingerprints": prints,
        });
        if self.suppressed {
            result["suppressions"] = json!([{ "kind": "inSource" }]);
        }
        result
    }
}

/// A report of `scanner` of a version, whose rules had these ids before.
pub(crate) fn sarif(version: &str, former: &[(&str, &[&str])], hits: &[Hit]) -> String {
    let rules: Vec<Value> = former
        .iter()
        .map(|(id, former)| json!({ "id": id, "deprecatedIds": former }))
        .collect();
    let results: Vec<Value> = hits.iter().map(Hit::result).collect();
    json!({
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "Semgrep", "version": version, "rules": rules } },
            "invocations": [{ "executionSuccessful": true }],
            "results": results,
        }],
    })
    .to_string()
}

/// A file of so many different lines.
pub(crate) fn lines(count: u32) -> String {
    let lines: Vec<String> = (1..=count).map(|line| format!("line {line}\n")).collect();
    lines.concat()
}

/// What krgate reads of a report.
pub(crate) fn read(text: &str, key: Option<&[u8]>) -> Intake {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("report.json");
    std::fs::write(&path, text).unwrap();
    read_file(&path, key)
}

pub(crate) fn read_file(path: &Path, key: Option<&[u8]>) -> Intake {
    read_requests(&[request(path.to_path_buf(), "report.json")], key)
}

/// What krgate reads of several reports, each with its path and its text.
pub(crate) fn read_files(reports: &[(String, String)], key: Option<&[u8]>) -> Intake {
    let folder = tempfile::TempDir::new().unwrap();
    let requests: Vec<Request> = reports
        .iter()
        .map(|(name, text)| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            request(path, name)
        })
        .collect();
    read_requests(&requests, key)
}

fn request(path: PathBuf, shown: &str) -> Request {
    // Of an empty list nothing tells which tool wrote it.
    let format = shown.ends_with(".gitleaks.json").then(|| "gitleaks".into());
    Request {
        path,
        shown: UntrustedText::new(shown),
        by_hand: true,
        expected: Expected {
            format,
            ..Expected::default()
        },
    }
}

fn read_requests(requests: &[Request], key: Option<&[u8]>) -> Intake {
    let context = Context {
        now: "2026-11-16T00:00:00Z".parse().unwrap(),
        roots: Vec::new(),
        secret_key: key.map(<[u8]>::to_vec),
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    };
    let (intake, diagnostics) = ingest::read(requests, &context);
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|d| d.level == Level::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    intake
}

/// The file of a baseline, written and read again.
pub(crate) fn baseline(intake: Intake, commit: Option<ObjectId>, key: Option<&[u8]>) -> Baseline {
    let text = text(&Baseline::of(intake, commit, key.map(ingest::key_check)));
    reread(&text)
}

pub(crate) fn text(baseline: &Baseline) -> String {
    let mut bytes = Vec::new();
    krgate::render::baseline::write(baseline, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn reread(text: &str) -> Baseline {
    let document: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let schema = include_str!("../../schemas/baseline.schema.json");
    let schema = serde_json::from_str(schema).unwrap();
    jsonschema::validate(&schema, &document).unwrap();
    ingest::read_baseline(text.as_bytes(), "krgate.baseline.json")
        .unwrap()
        .unwrap()
}

/// What happened between two commits, with the files of the later one.
pub(crate) fn change(repository: &Repository, from: &ObjectId, to: &ObjectId) -> ChangedLines {
    let git = repository.open();
    let mut change = git.changed_lines(from, to).unwrap();
    change.set_head(git.files(to).unwrap());
    change
}

/// Compares a run with a baseline over a change.
pub(crate) fn over(baseline: &Baseline, change: &ChangedLines, head: &Intake) -> Compared {
    compare(
        &Earlier {
            baseline,
            carry: Some(change),
            change: Some(change),
            key: None,
        },
        head,
    )
}

/// A baseline of the beginning of a change, seen with a key.
pub(crate) fn earlier<'a>(
    baseline: &'a Baseline,
    change: &'a ChangedLines,
    key: Option<&[u8]>,
) -> Earlier<'a> {
    Earlier {
        baseline,
        carry: Some(change),
        change: Some(change),
        key: key.map(ingest::key_check),
    }
}

/// The same without a repository.
pub(crate) fn as_it_is(baseline: &Baseline, head: &Intake, key: Option<KeyCheck>) -> Compared {
    compare(
        &Earlier {
            baseline,
            carry: None,
            change: None,
            key,
        },
        head,
    )
}

/// A letter for each finding: `.` new, else the step by which it is known.
pub(crate) fn letters(compared: &Compared) -> String {
    let letter = |matched: &Match| match matched {
        Match::New => '.',
        Match::OtherTool => 'o',
        Match::Known(_, Step::Secret) => 's',
        Match::Known(_, Step::Dependency) => 'd',
        Match::Known(_, Step::Fingerprint) => 'f',
        Match::Known(_, Step::Place) => 'p',
        Match::Known(_, Step::Id) => 'i',
        Match::Known(_, Step::ToolChange) => 't',
        // These steps serve the history alone.
        Match::Known(_, Step::Message | Step::Nearest | Step::OnlyOne) => 'w',
    };
    compared.matches.iter().map(letter).collect()
}
