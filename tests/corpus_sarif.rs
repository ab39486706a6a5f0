//! Every file of the SARIF corpus, read and held against what must come out.
//!
//! The corpus is not part of the repository; `KRGATE_CORPUS` names its folder. A difference
//! is one line: file, field, expected, got. It is a question to settle: the facts follow the
//! rules, and some rules are choices.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use krgate::diagnostic::{Code, Diagnostic};
use krgate::ingest::{Context, Expected, Limits, Request, read};
use krgate::model::{Intake, Level, RunStatus, UntrustedText};
use serde_json::Value;

fn corpus() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the corpus is outside the repository"
    )]
    let folder = std::env::var_os("KRGATE_CORPUS")?;
    Some(PathBuf::from(folder).join("sarif"))
}

fn context() -> Context {
    Context {
        now: "2022-01-01T00:00:00Z".parse().unwrap(),
        roots: Vec::new(),
        secret_key: Some(b"0123456789abcdef".to_vec()),
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    }
}

fn read_file(path: &Path, name: &str) -> (Intake, Vec<Diagnostic>) {
    let request = Request {
        path: path.to_owned(),
        shown: UntrustedText::new(name),
        by_hand: true,
        expected: Expected::default(),
    };
    read(&[request], &context())
}

/// Differences of one file.
struct Differences<'a> {
    file: &'a str,
    lines: Vec<String>,
}

impl Differences<'_> {
    fn hold(&mut self, field: &str, expected: impl Display, got: impl Display) {
        let (expected, got) = (expected.to_string(), got.to_string());
        if expected != got {
            self.lines.push(format!(
                "{}: {field}: expected {expected}, got {got}",
                self.file
            ));
        }
    }
}

fn code_of(parse: &str) -> &'static [Code] {
    match parse {
        "missing-version" => &[Code::SarifVersionMissing],
        "unsupported-version" => &[Code::SarifVersionUnsupported],
        _ => &[Code::ReportEmpty, Code::ReportSyntax, Code::ReportTruncated],
    }
}

fn number(facts: &Value, field: &str) -> i64 {
    facts.get(field).and_then(Value::as_i64).unwrap_or(0)
}

fn compare(file: &str, facts: &Value, intake: &Intake, diagnostics: &[Diagnostic]) -> Vec<String> {
    let mut d = Differences {
        file,
        lines: Vec::new(),
    };
    let errors: Vec<Code> = diagnostics
        .iter()
        .filter(|one| one.code.level() == krgate::diagnostic::Level::Error)
        .map(|one| one.code)
        .collect();
    let parse = facts["parse"].as_str().unwrap();
    if parse != "ok" {
        let right = errors.len() == 1 && code_of(parse).contains(&errors[0]);
        d.hold("parse", parse, if right { parse } else { "something else" });
        d.hold("findings", 0, intake.findings.len());
        return d.lines;
    }
    d.hold("errors", "[]", format!("{errors:?}"));
    totals(&mut d, facts, intake);
    for (index, run) in facts["run_facts"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        run_facts(&mut d, index, run, intake);
    }
    d.lines
}

#[expect(clippy::too_many_lines, reason = "a line a fact")]
fn totals(d: &mut Differences<'_>, facts: &Value, intake: &Intake) {
    let runs = &intake.runs;
    let outcome = if runs.is_empty() {
        "no-scan"
    } else if runs.iter().all(|run| run.status == RunStatus::Ok) {
        "complete"
    } else {
        "incomplete"
    };
    d.hold("outcome", facts["outcome"].as_str().unwrap(), outcome);
    d.hold("runs", number(facts, "runs"), runs.len());
    let sum = |of: fn(&krgate::model::ResultCounts) -> u64| -> u64 {
        runs.iter().map(|run| of(&run.counts)).sum()
    };
    let findings = sum(|counts| counts.findings);
    d.hold(
        "results_total",
        number(facts, "results_total"),
        sum(|c| c.results.unwrap_or(0)),
    );
    d.hold("findings", number(facts, "findings"), findings);
    d.hold(
        "suppressed",
        number(facts, "suppressed"),
        sum(|c| c.suppressed),
    );
    d.hold(
        "baseline_absent",
        number(facts, "baseline_absent"),
        sum(|c| c.resolved),
    );
    d.hold(
        "secsev_numeric",
        number(facts, "secsev_numeric"),
        sum(|c| c.numeric_scores),
    );
    d.hold(
        "primary_file",
        number(facts, "primary_file"),
        sum(|c| c.with_path),
    );
    d.hold(
        "primary_file_line",
        number(facts, "primary_file_line"),
        sum(|c| c.with_line),
    );
    let max = runs
        .iter()
        .filter_map(|run| run.counts.max_numeric_score)
        .max();
    let expected = facts.get("secsev_max").and_then(Value::as_f64);
    d.hold(
        "secsev_max",
        expected.map_or("null".to_owned(), |max| format!("{max:.1}")),
        max.map_or("null".to_owned(), |max| max.to_string()),
    );
    let counted: Vec<_> = intake
        .findings
        .iter()
        .filter(|finding| !finding.suppression.holds())
        .collect();
    d.hold("findings held", findings, counted.len());
    if let Some(levels) = facts.get("by_level") {
        for level in Level::ALL {
            let got = counted
                .iter()
                .filter(|finding| finding.level == level)
                .count();
            d.hold(level.as_str(), number(levels, level.as_str()), got);
        }
    }
    let kinds = facts.get("kinds");
    let of = |words: &[&str]| {
        words
            .iter()
            .map(|w| kinds.map_or(0, |k| number(k, w)))
            .sum::<i64>()
    };
    d.hold("passed", of(&["pass", "notApplicable"]), sum(|c| c.passed));
    let review = of(&["open", "review", "informational"]);
    let counted = number(facts, "kind_level_conflict_counted");
    let suppressed_review = review - counted - i64::try_from(sum(|c| c.needs_review)).unwrap();
    // Suppressed results of these kinds are in neither number.
    if number(facts, "suppressed") == 0 {
        d.hold("needs review", 0, suppressed_review);
    }
}

fn run_facts(d: &mut Differences<'_>, index: usize, facts: &Value, intake: &Intake) {
    let Some(run) = intake.runs.get(index) else {
        d.hold("run", index, "none");
        return;
    };
    let name = |field: &str| format!("runs[{index}].{field}");
    let tool = facts["tool"]
        .as_str()
        .filter(|tool| !tool.trim().is_empty());
    d.hold(&name("tool"), tool.unwrap_or("(unnamed)"), run.name.raw());
    // An empty version says nothing, and is kept as none.
    let version = run.version.as_ref().map_or("null", UntrustedText::raw);
    d.hold(
        &name("version"),
        facts["version"]
            .as_str()
            .filter(|version| !version.is_empty())
            .unwrap_or("null"),
        version,
    );
    let category = facts["automation_id"]
        .as_str()
        .and_then(|id| Some(id.rsplit_once('/')?.0));
    d.hold(
        &name("category"),
        category.unwrap_or("null"),
        run.category.as_ref().map_or("null", UntrustedText::raw),
    );
    let results = run
        .counts
        .results
        .map_or("null".to_owned(), |n| n.to_string());
    d.hold(&name("results"), &facts["results"], results);
    d.hold(&name("findings"), &facts["findings"], run.counts.findings);
    let outcome = match run.status {
        RunStatus::Ok => "ok",
        RunStatus::Failed => "failed",
        RunStatus::NotRun => "not-run",
    };
    d.hold(
        &name("outcome"),
        facts["outcome"].as_str().unwrap(),
        outcome,
    );
    let expected: BTreeSet<&str> = facts["reasons"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let got: BTreeSet<&str> = run
        .reasons
        .iter()
        .map(|reason| match reason.as_str() {
            "execution-unsuccessful" => "executionSuccessful=false",
            "exit-signal" => "exitSignal",
            "execution-notification" => "toolExecutionNotification-error",
            "configuration-notification" => "toolConfigurationNotification-error",
            "external-not-read" => "external-results-not-loaded",
            word => word,
        })
        .collect();
    d.hold(
        &name("reasons"),
        format!("{expected:?}"),
        format!("{got:?}"),
    );
}

#[test]
fn every_file_of_the_corpus_is_read_as_expected() {
    let Some(folder) = corpus() else {
        println!("skipped: KRGATE_CORPUS is not set");
        return;
    };
    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let mut differences = Vec::new();
    let files = expected.as_object().unwrap();
    for (file, facts) in files {
        let (intake, diagnostics) = read_file(&folder.join(file), file);
        differences.extend(compare(file, facts, &intake, &diagnostics));
    }
    for line in &differences {
        println!("{line}");
    }
    assert_eq!(files.len(), 353);
    assert_eq!(differences.len(), 0, "differences are listed above");
}
