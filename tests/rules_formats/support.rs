//! Reports in a folder of their own, read through the door.

use std::path::PathBuf;

use krgate::diagnostic::{Diagnostic, Level};
use krgate::ingest::{Context, Expected, Limits, Request, read};
use krgate::model::{Facts, Finding, FindingView, Intake, Tenths, TextId, ToolRun, UntrustedText};
use serde_json::Value;
use tempfile::TempDir;

/// What came out of a reading.
pub(crate) struct Outcome {
    pub(crate) intake: Intake,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

pub(crate) fn context() -> Context {
    Context {
        now: "2026-11-02T12:00:00Z".parse().unwrap(),
        roots: vec!["/w/repo".to_owned()],
        secret_key: Some(b"0123456789abcdef".to_vec()),
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    }
}

/// A report of the fixtures, by its path in that folder.
pub(crate) fn fixture(path: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read_to_string(folder.join(path)).unwrap_or_else(|_| panic!("no fixture {path}"))
}

/// The same as a value, to be changed.
pub(crate) fn value(path: &str) -> Value {
    serde_json::from_str(&fixture(path)).unwrap()
}

/// Reads reports in this order, of which something is said beforehand.
pub(crate) fn read_all(reports: &[&str], entry: impl Fn(&mut Expected)) -> Outcome {
    let folder = TempDir::new().unwrap();
    let requests: Vec<Request> = reports
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let path = folder.path().join(format!("r{index}.json"));
            std::fs::write(&path, text).unwrap();
            let mut expected = Expected::default();
            entry(&mut expected);
            Request {
                shown: UntrustedText::new(format!("r{index}.json")),
                path,
                by_hand: false,
                expected,
            }
        })
        .collect();
    let (intake, diagnostics) = read(&requests, &context());
    Outcome {
        intake,
        diagnostics,
    }
}

/// Reads one report.
pub(crate) fn read_one(text: &str) -> Outcome {
    read_all(&[text], |_| {})
}

/// Reads one report after a change to it.
pub(crate) fn changed(path: &str, change: impl FnOnce(&mut Value)) -> Outcome {
    let mut value = value(path);
    change(&mut value);
    read_one(&value.to_string())
}

impl Outcome {
    /// Codes of level error.
    pub(crate) fn errors(&self) -> Vec<&'static str> {
        let errors = self.diagnostics.iter().filter(|d| d.level == Level::Error);
        errors.map(|d| d.code.as_str()).collect()
    }

    /// True if something of this code was said.
    pub(crate) fn says(&self, code: &str) -> bool {
        self.diagnostics.iter().any(|d| d.code.as_str() == code)
    }

    /// How many places a code has.
    pub(crate) fn times(&self, code: &str) -> u64 {
        let found = self.diagnostics.iter().filter(|d| d.code.as_str() == code);
        found.map(|d| d.count).sum()
    }

    /// Asserts that the report was refused, and left nothing.
    #[track_caller]
    pub(crate) fn refused(&self, code: &str) {
        assert_eq!(self.errors(), [code]);
        assert!(self.intake.findings.is_empty() && self.intake.runs.is_empty());
        assert_eq!(self.intake.gaps.len(), 1);
    }

    /// The only run, of a report that was read.
    #[track_caller]
    pub(crate) fn run(&self) -> &ToolRun {
        assert_eq!(self.errors(), [""; 0]);
        assert_eq!(self.intake.runs.len(), 1);
        &self.intake.runs[0]
    }

    /// The finding of this advisory, the only one of it.
    #[track_caller]
    pub(crate) fn of(&self, advisory: &str) -> Seen<'_> {
        let found: Vec<_> = self
            .intake
            .views()
            .filter(|view| {
                let id = view.facts().and_then(|facts| facts.advisory);
                id.is_some_and(|id| view.text(id).raw() == advisory)
            })
            .collect();
        assert_eq!(found.len(), 1, "{advisory}");
        Seen(found[0])
    }

    /// The finding at a place.
    pub(crate) fn at(&self, index: usize) -> Seen<'_> {
        Seen(self.intake.view(index).unwrap())
    }

    pub(crate) fn count(&self) -> usize {
        self.intake.findings.len()
    }
}

/// A finding as tests look at it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a>(pub(crate) FindingView<'a>);

impl<'a> Seen<'a> {
    pub(crate) fn finding(&self) -> Finding {
        self.0.finding
    }

    pub(crate) fn facts(&self) -> &'a Facts {
        self.0.facts().unwrap()
    }

    pub(crate) fn text(&self, id: TextId) -> &'a str {
        self.0.text(id).raw()
    }

    /// The score that is judged, in tenths.
    pub(crate) fn tenths(&self) -> Option<u8> {
        self.finding().cvss.judged().map(|s| Tenths::get(s.tenths))
    }

    /// `ecosystem/name`.
    pub(crate) fn package(&self) -> String {
        let package = self.facts().package.unwrap();
        let ecosystem = package.ecosystem.map_or("?", |id| self.text(id));
        format!("{ecosystem}/{}", self.text(package.name))
    }

    /// The same, `-` without one.
    pub(crate) fn package_or_none(&self) -> String {
        match self.facts().package {
            Some(_) => self.package(),
            None => "-".to_owned(),
        }
    }

    pub(crate) fn ids(&self) -> Vec<&'a str> {
        self.facts().ids.iter().map(|id| self.text(*id)).collect()
    }

    pub(crate) fn rule(&self) -> &'a str {
        self.0.rule_id().raw()
    }

    pub(crate) fn path(&self) -> Option<&'a str> {
        self.0.shown_path().map(krgate::model::Untrusted::raw)
    }
}
