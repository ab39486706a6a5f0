//! Builders of small SARIF documents, the way through the door of `ingest`, and plain
//! values of what came out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use krgate::diagnostic::{Code, Diagnostic, Fault, Level as Severeness, Part, Place};
use krgate::ingest::{self, Context, Expected, Limits, Request};
use krgate::model::{
    BaselineState, Class, Cvss, CvssScore, FindingId, Intake, Level, Region, RunReason, RunStatus,
    SecretId, Suppression, ToolRun, UntrustedText, Validity,
};
use serde_json::{Value, json};

/// The clock of every test.
pub(crate) const NOW: &str = "2026-01-01T00:00:00Z";

/// A tool of class sast that the table knows and that has no quirk.
pub(crate) const TOOL: &str = "CodeQL";

/// `base` with the members of `over` put in or in place.
pub(crate) fn merged(base: Value, over: Value) -> Value {
    match (base, over) {
        (Value::Object(mut base), Value::Object(over)) => {
            base.extend(over);
            Value::Object(base)
        }
        (_, over) => over,
    }
}

/// `value` without one member.
pub(crate) fn without(mut value: Value, member: &str) -> Value {
    let removed = value
        .as_object_mut()
        .and_then(|object| object.remove(member));
    assert!(removed.is_some(), "nothing to remove: {member}");
    value
}

/// A location in a file, at a line.
pub(crate) fn place(uri: &str, line: u32) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri},
        "region": {"startLine": line}
    }})
}

/// A result of rule `R1` in `src/a.c`, line 3, with the members of `over`.
pub(crate) fn result(over: Value) -> Value {
    merged(
        json!({"ruleId": "R1", "message": {"text": "m"}, "locations": [place("src/a.c", 3)]}),
        over,
    )
}

/// A tool with a driver of the name [`TOOL`] and these rules.
pub(crate) fn tool(rules: &[Value]) -> Value {
    named_tool(TOOL, rules)
}

/// A tool with this driver name and these rules.
pub(crate) fn named_tool(name: &str, rules: &[Value]) -> Value {
    json!({"driver": {"name": name, "version": "1.0.0", "rules": rules}})
}

/// A run of [`TOOL`] with rule `R1` and no results, with the members of `over`.
pub(crate) fn run(over: Value) -> Value {
    merged(
        json!({"tool": tool(&[json!({"id": "R1"})]), "results": []}),
        over,
    )
}

/// A run of [`TOOL`] with these rules and results.
pub(crate) fn run_of(rules: &[Value], results: &[Value]) -> Value {
    run(json!({"tool": tool(rules), "results": results}))
}

/// A document of version 2.1.0 with these runs.
pub(crate) fn log(runs: &[Value]) -> Value {
    json!({"version": "2.1.0", "runs": runs})
}

/// A document with one run of [`TOOL`] that has one result.
pub(crate) fn one(result: Value) -> Value {
    log(&[run(json!({"results": [result]}))])
}

/// A document with one run that has one rule and one result.
pub(crate) fn ruled(rule: Value, result: Value) -> Value {
    log(&[run_of(&[rule], &[result])])
}

/// The document as bytes.
pub(crate) fn bytes(document: &Value) -> Vec<u8> {
    document.to_string().into_bytes()
}

/// A report to be read.
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) expected: Expected,
}

impl Report {
    pub(crate) fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            bytes: bytes.into(),
            expected: Expected::default(),
        }
    }
}

/// The circumstances of a reading: `/w` is the repository.
pub(crate) fn context() -> Context {
    Context {
        now: NOW.parse().unwrap(),
        roots: vec!["/w".to_owned()],
        secret_key: Some(b"0123456789abcdef".to_vec()),
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    }
}

/// Reads reports through the door, each from a file of its own.
pub(crate) fn read_reports(reports: &[Report], context: &Context) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    read_reports_in(folder.path(), reports, context)
}

/// The same in a folder of the test's own.
pub(crate) fn read_reports_in(folder: &Path, reports: &[Report], context: &Context) -> Seen {
    let requests: Vec<Request> = reports
        .iter()
        .map(|report| {
            let path = folder.join(&report.name);
            std::fs::write(&path, &report.bytes).unwrap();
            Request {
                path,
                shown: UntrustedText::new(report.name.clone()),
                by_hand: false,
                expected: report.expected.clone(),
            }
        })
        .collect();
    let (intake, diagnostics) = ingest::read(&requests, context);
    Seen {
        intake,
        diagnostics,
    }
}

/// Reads one report from bytes.
pub(crate) fn read_bytes(bytes: impl Into<Vec<u8>>) -> Seen {
    read_reports(&[Report::new("report.sarif", bytes)], &context())
}

/// Reads one document.
pub(crate) fn read(document: &Value) -> Seen {
    read_bytes(bytes(document))
}

/// Reads one document with what its report entry says.
pub(crate) fn read_expecting(document: &Value, expected: Expected) -> Seen {
    let mut report = Report::new("report.sarif", bytes(document));
    report.expected = expected;
    read_reports(&[report], &context())
}

/// What came out of a reading.
pub(crate) struct Seen {
    pub(crate) intake: Intake,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A finding with its texts looked up.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) rule: String,
    pub(crate) title: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) cwe: Vec<u32>,
    pub(crate) level: Level,
    pub(crate) class: Class,
    pub(crate) cvss: Cvss,
    pub(crate) path: Option<String>,
    pub(crate) shown: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) region: Region,
    pub(crate) suppression: Suppression,
    pub(crate) baseline: BaselineState,
    pub(crate) validity: Validity,
    pub(crate) secret: Option<SecretId>,
    pub(crate) fingerprints: BTreeMap<String, [u8; 16]>,
    pub(crate) id: Option<FindingId>,
    pub(crate) run: usize,
}

impl Fact {
    /// The number that the gate judges, in tenths.
    pub(crate) fn tenths(&self) -> Option<u8> {
        self.cvss.judged().map(|score| score.tenths.get())
    }

    /// The score that the gate judges.
    pub(crate) fn score(&self) -> CvssScore {
        self.cvss
            .judged()
            .unwrap_or_else(|| panic!("no score to judge: {:?}", self.cvss))
    }
}

impl Seen {
    /// Every finding, suppressed or not.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let intake = &self.intake;
        intake
            .views()
            .map(|view| {
                let finding = view.finding;
                let start = usize::try_from(finding.fingerprints.start).unwrap();
                let len = usize::from(finding.fingerprints.len);
                Fact {
                    rule: view.rule_id().raw().to_owned(),
                    title: view.title().map(|t| t.raw().to_owned()),
                    message: view.message().map(|t| t.raw().to_owned()),
                    tags: view.tags().map(|t| t.raw().to_owned()).collect(),
                    cwe: view.cwe().to_vec(),
                    level: finding.level,
                    class: finding.class,
                    cvss: finding.cvss,
                    path: view.repo_path().map(|p| p.as_str().to_owned()),
                    shown: view.shown_path().map(|t| t.raw().to_owned()),
                    line: view.line(),
                    region: finding.region,
                    suppression: finding.suppression,
                    baseline: finding.baseline,
                    validity: finding.validity,
                    secret: finding.secret,
                    fingerprints: intake
                        .fingerprints
                        .get(start..start + len)
                        .expect("the range lies in the table")
                        .iter()
                        .map(|f| (intake.texts.get(f.key).raw().to_owned(), f.value))
                        .collect(),
                    id: view.id(),
                    run: finding.run.index(),
                }
            })
            .collect()
    }

    /// The findings that count: those that the report does not suppress.
    pub(crate) fn counted(&self) -> Vec<Fact> {
        let mut facts = self.facts();
        facts.retain(|fact| !fact.suppression.holds());
        facts
    }

    /// The one finding that counts.
    pub(crate) fn only(&self) -> Fact {
        let mut counted = self.counted();
        assert_eq!(counted.len(), 1, "one finding must count: {self}");
        counted.remove(0)
    }

    /// The one run.
    pub(crate) fn run(&self) -> &ToolRun {
        assert_eq!(self.intake.runs.len(), 1, "there must be one run: {self}");
        &self.intake.runs[0]
    }

    /// The status of each run.
    pub(crate) fn statuses(&self) -> Vec<RunStatus> {
        self.intake.runs.iter().map(|run| run.status).collect()
    }

    /// Asserts the status of the one run and why.
    pub(crate) fn assert_run(&self, status: RunStatus, reasons: &[RunReason]) {
        let run = self.run();
        assert_eq!(run.status, status, "status of the run: {self}");
        assert_eq!(run.reasons, reasons, "reasons of the run: {self}");
    }

    /// How many places the diagnostics of a code stand for.
    pub(crate) fn count(&self, code: Code) -> u64 {
        self.of(code).map(|d| d.count).sum()
    }

    /// The diagnostics of a code.
    pub(crate) fn of(&self, code: Code) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(move |d| d.code == code)
    }

    /// Names and counts of all diagnostics but those that are of no concern here: what the
    /// table of tools and the strength of evidence have to say.
    pub(crate) fn codes(&self) -> BTreeMap<&'static str, u64> {
        let mut codes = BTreeMap::new();
        for diagnostic in &self.diagnostics {
            if !matches!(
                diagnostic.code,
                Code::ToolClassUnknown | Code::ToolClassUndeclared | Code::WeakEvidence
            ) {
                *codes.entry(diagnostic.code.as_str()).or_insert(0) += diagnostic.count;
            }
        }
        codes
    }

    /// Asserts that exactly these diagnostics stand there, with these counts.
    pub(crate) fn assert_codes(&self, expected: &[(Code, u64)]) {
        let expected: BTreeMap<_, _> = expected.iter().map(|(c, n)| (c.as_str(), *n)).collect();
        assert_eq!(self.codes(), expected, "diagnostics: {self}");
    }

    /// The field path of the first diagnostic of a code.
    pub(crate) fn field(&self, code: Code) -> String {
        let diagnostic = self
            .of(code)
            .next()
            .unwrap_or_else(|| panic!("no {} in {self}", code.as_str()));
        match &diagnostic.place {
            Place::Report {
                field: Some(field), ..
            } => field.clone(),
            other => panic!("{} has no field: {other:?}", code.as_str()),
        }
    }

    /// The words of the diagnostics of a code: message, label and hint, foreign text raw.
    pub(crate) fn words(&self, code: Code) -> String {
        self.of(code).map(words).collect()
    }

    /// Asserts that the file was refused with this code: an error that leads to exit 3,
    /// nothing measured, a gap.
    pub(crate) fn assert_refused(&self, code: Code) {
        let errors: Vec<_> = self
            .diagnostics
            .iter()
            .filter(|d| d.level == Severeness::Error)
            .collect();
        let names: Vec<_> = errors.iter().map(|d| d.code.as_str()).collect();
        assert_eq!(names, [code.as_str()], "the refusal: {self}");
        assert_eq!(code.fault(), Fault::Evidence, "leads to exit 3");
        assert!(self.intake.findings.is_empty(), "no finding: {self}");
        assert!(self.intake.runs.is_empty(), "no run: {self}");
        assert!(!self.intake.gaps.is_empty(), "a gap is left: {self}");
        assert!(
            self.intake.reports.iter().all(|report| !report.read),
            "the report does not count as read"
        );
    }

    /// Asserts that the file was refused, with any code, and names it.
    pub(crate) fn assert_refused_somehow(&self) -> &'static str {
        let code = self
            .diagnostics
            .iter()
            .find(|d| d.level == Severeness::Error)
            .unwrap_or_else(|| panic!("not refused: {self}"))
            .code;
        self.assert_refused(code);
        code.as_str()
    }

    /// Line and column of the first diagnostic of a code.
    pub(crate) fn line_column(&self, code: Code) -> Option<(u64, u64)> {
        match &self.of(code).next()?.place {
            Place::Report { line_column, .. } => *line_column,
            _ => None,
        }
    }

    /// Byte offset of the first diagnostic of a code.
    pub(crate) fn offset(&self, code: Code) -> Option<u64> {
        match &self.of(code).next()?.place {
            Place::Report { offset, .. } => *offset,
            _ => None,
        }
    }

    /// Everything that is kept or said, as one text to search.
    pub(crate) fn everything(&self) -> String {
        let mut all = format!("{:?}\n{:?}\n", self.intake, self.diagnostics);
        for diagnostic in &self.diagnostics {
            all.push_str(&words(diagnostic));
        }
        all
    }

    /// The intake as a text that is equal if the intakes are. There must be a finding in it:
    /// comparing nothing with nothing proves nothing.
    pub(crate) fn debug(&self) -> String {
        assert!(!self.intake.findings.is_empty(), "no finding: {self}");
        format!("{:#?}\n{:#?}", self.intake, self.diagnostics)
    }
}

/// The words of a diagnostic, foreign text raw.
pub(crate) fn words(diagnostic: &Diagnostic) -> String {
    let mut all = String::new();
    let messages = [
        Some(&diagnostic.message),
        diagnostic.label.as_ref(),
        diagnostic.hint.as_ref(),
    ];
    for message in messages.into_iter().flatten() {
        for part in message.parts() {
            match part {
                Part::Own(words) => all.push_str(words),
                Part::Foreign(text) => all.push_str(text.raw()),
            }
        }
        all.push('\n');
    }
    all
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\n  runs:")?;
        for run in &self.intake.runs {
            writeln!(
                f,
                "    {:?} {:?} {:?} {:?}",
                run.name, run.status, run.reasons, run.counts
            )?;
        }
        writeln!(f, "  findings:")?;
        for fact in self.facts() {
            writeln!(
                f,
                "    {} {:?} {:?} {:?}:{:?} {:?}",
                fact.rule, fact.level, fact.cvss, fact.shown, fact.line, fact.suppression
            )?;
        }
        writeln!(f, "  diagnostics:")?;
        for diagnostic in &self.diagnostics {
            writeln!(
                f,
                "    {} ×{} {:?} {}",
                diagnostic.code.as_str(),
                diagnostic.count,
                diagnostic.place,
                words(diagnostic).replace('\n', " | ")
            )?;
        }
        Ok(())
    }
}

/// What the whole gate made of a policy and reports.
#[derive(Debug)]
pub(crate) struct Judged {
    /// Verdicts by key result.
    pub(crate) verdicts: BTreeMap<String, String>,
    /// The whole output as a value.
    pub(crate) json: Value,
    /// The exit code.
    pub(crate) exit: i32,
    /// The whole output.
    pub(crate) output: String,
}

impl Judged {
    /// Asserts the verdict of a key result.
    pub(crate) fn assert(&self, key_result: &str, verdict: &str) {
        assert_eq!(
            self.verdicts.get(key_result).map(String::as_str),
            Some(verdict),
            "verdict of {key_result}: {}",
            self.output
        );
    }
}

/// A key result of a test policy.
pub(crate) struct Kr<'a> {
    pub(crate) id: &'a str,
    pub(crate) measure: &'a str,
    pub(crate) target: &'a str,
}

/// A key result by its id, measure and target.
pub(crate) fn kr<'a>(id: &'a str, measure: &'a str, target: &'a str) -> Kr<'a> {
    Kr {
        id,
        measure,
        target,
    }
}

/// A policy over `*.sarif` with these top-level lines and key results that all block.
pub(crate) fn policy(head: &str, key_results: &[Kr<'_>]) -> String {
    let mut text = format!(
        "version: 1\n{head}\nobjectives:\n  - id: o\n    title: o\n    owner: o\n    key_results:\n"
    );
    for kr in key_results {
        let _ = write!(
            text,
            "      - id: {}\n        title: t\n        measure: {}\n        target: \"{}\"\n        on_miss: block\n",
            kr.id, kr.measure, kr.target
        );
    }
    text
}

/// One report entry that takes every `*.sarif`.
pub(crate) const ENTRY: &str = "reports:\n  - name: all\n    path: \"*.sarif\"\n";

/// Judges reports with the built binary, without any environment, in a folder of its own.
pub(crate) fn judge(policy: &str, reports: &[(&str, Vec<u8>)]) -> Judged {
    judge_with(&[], policy, reports)
}

/// The same with more arguments.
pub(crate) fn judge_with(args: &[&str], policy: &str, reports: &[(&str, Vec<u8>)]) -> Judged {
    let args = [&["--format", "json"], args].concat();
    let (exit, text, errors) = check(&args, policy, reports);
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|_| {
        panic!("no JSON (exit {exit})\npolicy:\n{policy}\nstdout:\n{text}\nstderr:\n{errors}")
    });
    assert_eq!(json["exit"], exit, "the exit code stands in the output");
    let verdicts = json["objectives"]
        .as_array()
        .expect("objectives")
        .iter()
        .flat_map(|objective| objective["key_results"].as_array().expect("key results"))
        .map(|kr| {
            let word = |member: &str| kr[member].as_str().expect(member).to_owned();
            (word("id"), word("verdict"))
        })
        .collect();
    Judged {
        verdicts,
        json,
        exit,
        output: text,
    }
}

/// Runs `krgate check`: exit code, standard output, standard error.
pub(crate) fn check(
    args: &[&str],
    policy: &str,
    reports: &[(&str, Vec<u8>)],
) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("krgate.yaml"), policy).unwrap();
    for (name, bytes) in reports {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    if args.contains(&"--base") {
        commit(folder.path());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_krgate"))
        .args(["check", "--policy", "krgate.yaml", "--now", NOW])
        .args(args)
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", search_path())
        .output()
        .unwrap();
    (
        output.status.code().expect("the process ends by itself"),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// A commit of the policy, for a run that is judged against one.
fn commit(folder: &Path) {
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "krgate.yaml"],
        &["commit", "--quiet", "-m", "policy"],
    ] {
        let ended = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", search_path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.org")
            .env("GIT_COMMITTER_NAME", "C")
            .env("GIT_COMMITTER_EMAIL", "c@example.org")
            .status();
        assert!(ended.unwrap().success(), "git {arguments:?}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "where git is, and nothing else of the machine"
)]
fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}
