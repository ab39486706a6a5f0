//! Small reports in a folder of their own, read through the door.

use std::path::{Path, PathBuf};

use krgate::diagnostic::{Diagnostic, Level, Part, Place};
use krgate::ingest::{Context, Expected, Limits, Request, read};
use krgate::model::{FindingView, Intake, SecretGroup, UntrustedText, group_secrets};
use tempfile::TempDir;

/// What came out of a reading.
pub(crate) struct Outcome {
    pub(crate) intake: Intake,
    pub(crate) diagnostics: Vec<Diagnostic>,
    _folder: Option<TempDir>,
}

/// Reports to be read, and how.
pub(crate) struct Bench {
    folder: TempDir,
    requests: Vec<Request>,
    pub(crate) context: Context,
}

pub(crate) fn context() -> Context {
    Context {
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        roots: vec!["/w/repo".to_owned()],
        secret_key: Some(b"0123456789abcdef".to_vec()),
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    }
}

pub(crate) fn request(path: PathBuf) -> Request {
    Request {
        shown: UntrustedText::new(path.file_name().unwrap().to_string_lossy()),
        path,
        by_hand: false,
        expected: Expected::default(),
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            requests: Vec::new(),
            context: context(),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a report with these bytes.
    pub(crate) fn with(self, bytes: impl AsRef<[u8]>) -> Self {
        self.with_entry(bytes, |_| {})
    }

    /// Adds a report of which something is said beforehand.
    pub(crate) fn with_entry(
        mut self,
        bytes: impl AsRef<[u8]>,
        entry: impl FnOnce(&mut Expected),
    ) -> Self {
        let path = self.folder.path().join(format!("r{}", self.requests.len()));
        std::fs::write(&path, bytes).unwrap();
        let mut request = request(path);
        entry(&mut request.expected);
        self.requests.push(request);
        self
    }

    /// Adds a report that is, or is not, there already.
    pub(crate) fn with_path(mut self, path: PathBuf, by_hand: bool) -> Self {
        let mut request = request(path);
        request.by_hand = by_hand;
        self.requests.push(request);
        self
    }

    pub(crate) fn within(mut self, change: impl FnOnce(&mut Context)) -> Self {
        change(&mut self.context);
        self
    }

    pub(crate) fn read(self) -> Outcome {
        let (intake, diagnostics) = read(&self.requests, &self.context);
        Outcome {
            intake,
            diagnostics,
            _folder: Some(self.folder),
        }
    }
}

/// A report in the form of a tool, from `fixtures/`.
pub(crate) fn fixture(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// The same as one JSON value.
pub(crate) fn fixture_json(path: &str) -> serde_json::Value {
    serde_json::from_str(&fixture(path)).unwrap()
}

/// Reads a report after a change of its JSON.
pub(crate) fn read_changed(
    mut report: serde_json::Value,
    change: impl FnOnce(&mut serde_json::Value),
) -> Outcome {
    change(&mut report);
    read_one(report.to_string())
}

/// Reads one report.
pub(crate) fn read_one(bytes: impl AsRef<[u8]>) -> Outcome {
    Bench::new().with(bytes).read()
}

/// Reads one report whose entry declares its format.
pub(crate) fn read_as(format: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    let declare = |expected: &mut Expected| expected.format = Some(format.to_owned());
    Bench::new().with_entry(bytes, declare).read()
}

impl Outcome {
    /// Codes of level error.
    pub(crate) fn errors(&self) -> Vec<&'static str> {
        let errors = self.diagnostics.iter().filter(|d| d.level == Level::Error);
        errors.map(|d| d.code.as_str()).collect()
    }

    /// The codes of everything.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.diagnostics.iter().map(|d| d.code.as_str()).collect()
    }

    /// The diagnostic of this code.
    #[track_caller]
    pub(crate) fn diagnostic(&self, code: &str) -> &Diagnostic {
        let found = self.diagnostics.iter().find(|d| d.code.as_str() == code);
        found.unwrap_or_else(|| panic!("no {code} among {:?}", self.codes()))
    }

    /// Asserts that the only report was refused, and left nothing.
    #[track_caller]
    pub(crate) fn refused(&self, code: &str) -> &Diagnostic {
        assert_eq!(self.errors(), [code]);
        assert!(self.intake.findings.is_empty() && self.intake.runs.is_empty());
        assert_eq!(self.intake.gaps.len(), 1);
        assert!(!self.intake.reports[0].read);
        self.diagnostic(code)
    }

    /// Asserts that nothing was refused.
    #[track_caller]
    pub(crate) fn clean(self) -> Self {
        assert_eq!(self.errors(), [""; 0]);
        assert!(self.intake.reports.iter().all(|report| report.read));
        self
    }

    pub(crate) fn view(&self, index: usize) -> FindingView<'_> {
        self.intake.view(index).unwrap()
    }

    pub(crate) fn secrets(&self) -> Vec<SecretGroup> {
        group_secrets(&self.intake, |_| true)
    }

    /// Paths as outputs show them, `-` for none.
    pub(crate) fn paths(&self) -> Vec<&str> {
        let views = self.intake.views();
        views
            .map(|view| view.shown_path().map_or("-", |path| path.raw()))
            .collect()
    }

    /// Everything that could be printed, in one text.
    pub(crate) fn everything(&self) -> String {
        format!("{:?} {:?}", self.intake, self.diagnostics)
    }
}

/// A message with its foreign parts.
pub(crate) fn words(diagnostic: &Diagnostic) -> String {
    let parts = diagnostic.message.parts().iter();
    parts
        .map(|part| match part {
            Part::Own(own) => own.to_string(),
            Part::Foreign(text) => format!("‹{}›", text.raw()),
        })
        .collect()
}

/// The hint of a diagnostic.
pub(crate) fn hint(diagnostic: &Diagnostic) -> String {
    let hint = diagnostic.hint.as_ref().map(|hint| format!("{hint:?}"));
    hint.unwrap_or_default()
}

/// The field, the offset, and the line and column of a diagnostic.
pub(crate) fn place(diagnostic: &Diagnostic) -> (Option<&str>, Option<u64>, Option<(u64, u64)>) {
    match &diagnostic.place {
        Place::Report {
            field,
            offset,
            line_column,
            ..
        } => (field.as_deref(), *offset, *line_column),
        _ => (None, None, None),
    }
}

/// A report of gitleaks with these secrets, each in a file and line of its own.
pub(crate) fn gitleaks(secrets: &[&str]) -> String {
    let item = |(index, secret): (usize, &&str)| {
        serde_json::json!({
            "RuleID": "test-rule",
            "Description": "A test rule",
            "StartLine": index + 1,
            "StartColumn": 5,
            "Match": format!("key={secret}"),
            "Secret": secret,
            "File": format!("src/f{index}.py"),
            "SymlinkFile": "",
            "Commit": "",
            "Message": format!("add {secret}"),
            "Fingerprint": format!("{secret}:test-rule:1"),
        })
    };
    let items: Vec<_> = secrets.iter().enumerate().map(item).collect();
    serde_json::to_string(&items).unwrap()
}

/// A line of `TruffleHog`.
pub(crate) fn trufflehog(raw: &str, more: &serde_json::Value) -> String {
    let mut line = serde_json::json!({
        "SourceMetadata": {"Data": {"Git": {"file": "src/x.py", "line": 3, "commit": "c0ffee"}}},
        "DetectorName": "Test",
        "Verified": false,
        "Raw": raw,
    });
    for (name, value) in more.as_object().unwrap() {
        line[name] = value.clone();
    }
    format!("{line}\n")
}

pub(crate) const FINISHED: &str = concat!(
    r#"{"level":"info-0","logger":"trufflehog","msg":"finished scanning","#,
    r#""trufflehog_version":"3.97.0"}"#,
    "\n"
);
