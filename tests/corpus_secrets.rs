//! Every file of the corpus of secrets reports against what it is known to hold.
//!
//! `KRGATE_CORPUS` names the corpus; without it these tests say that they were skipped.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use krgate::ingest::{Context, Expected, Limits, Request, read};
use krgate::model::{
    Class, Evidence, Intake, SecretGroup, UntrustedText, Validity, Verification, group_secrets,
};
use serde_json::{Map, Value, json};

fn corpus() -> Option<PathBuf> {
    let folder = option_env_or_skip()?;
    Some(PathBuf::from(folder).join("secrets"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the corpus lies is told by the environment"
)]
fn option_env_or_skip() -> Option<String> {
    let folder = std::env::var("KRGATE_CORPUS").ok();
    if folder.is_none() {
        eprintln!("skipped: KRGATE_CORPUS is not set");
    }
    folder
}

fn context() -> Context {
    Context {
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        roots: Vec::new(),
        secret_key: None,
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    }
}

/// What krgate reads from one file, in the terms of `expected.json`; the code of the first
/// error if it is refused.
fn facts(path: PathBuf, format: Option<&str>) -> Result<Map<String, Value>, String> {
    let request = Request {
        shown: UntrustedText::new(path.to_string_lossy()),
        path,
        by_hand: false,
        expected: Expected {
            format: format.map(str::to_owned),
            class: Some(Class::Secrets),
            ..Expected::default()
        },
    };
    let (intake, diagnostics) = read(&[request], &context());
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|d| d.level == krgate::diagnostic::Level::Error)
        .map(|d| d.code.as_str())
        .collect();
    if !intake.reports[0].read {
        assert!(intake.findings.is_empty() && intake.runs.is_empty());
        assert_eq!(intake.gaps.len(), 1);
        return Err(errors.first().expect("a refusal has a code").to_string());
    }
    assert!(errors.is_empty(), "{errors:?}");
    Ok(of_intake(&intake))
}

fn of_intake(intake: &Intake) -> Map<String, Value> {
    let is_secret = |class| class == Class::Secrets;
    let groups = group_secrets(intake, |_| true);
    let open: Vec<&SecretGroup> = groups.iter().filter(|group| !group.dismissed).collect();
    let mut validity = BTreeMap::new();
    for state in Validity::ALL {
        let count = open.iter().filter(|g| g.validity == state).count();
        if count > 0 {
            validity.insert(state.as_str(), count);
        }
    }
    let mut paths: BTreeMap<String, u64> = BTreeMap::new();
    for view in intake.views() {
        let path = view.repo_path().map(|path| path.as_str().to_owned());
        let path = path.or_else(|| view.shown_path().map(|path| path.raw().to_owned()));
        *paths.entry(path.unwrap_or_default()).or_default() += 1;
    }
    let findings = intake.findings.iter();
    let secrets = findings.filter(|f| is_secret(f.class));
    let unidentified = secrets.clone().filter(|f| f.secret.is_none()).count();
    let runs = &intake.runs;
    let total = |count: fn(&krgate::model::ResultCounts) -> u64| -> u64 {
        runs.iter().map(|run| count(&run.counts)).sum()
    };
    let evidence = runs
        .iter()
        .map(|run| run.evidence)
        .fold(Evidence::Strong, worse);
    let fields = json!({
        "detected": intake.reports[0].format,
        "results": total(|counts| counts.results.unwrap_or(0)),
        "occurrences": groups.iter().map(|group| group.occurrences()).sum::<u64>(),
        "secrets": open.len(),
        "dismissed": groups.len() - open.len(),
        "validity": validity,
        "unidentified": unidentified,
        "paths": paths,
        // An empty version is kept as written from SARIF; these facts have none.
        "tool_version": runs[0].version.as_ref().map(UntrustedText::raw).filter(|v| !v.is_empty()),
        "evidence": evidence.as_str(),
        "verification_proven": runs.iter().any(|r| r.verification == Verification::Proven),
        "log_lines": total(|counts| counts.log_lines),
        "skipped_lines": total(|counts| counts.skipped_lines),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => unreachable!(),
    }
}

fn worse(one: Evidence, other: Evidence) -> Evidence {
    let rank = |evidence| match evidence {
        Evidence::Strong => 0,
        Evidence::Weak => 1,
        Evidence::Failed => 2,
        Evidence::None => 3,
    };
    if rank(other) > rank(one) { other } else { one }
}

#[test]
fn every_file_holds_what_it_is_known_to_hold() {
    let Some(corpus) = corpus() else { return };
    let expected = std::fs::read_to_string(corpus.join("expected.json")).unwrap();
    let expected: Map<String, Value> = serde_json::from_str(&expected).unwrap();
    let mut differences = Vec::new();
    for (file, wanted) in &expected {
        let outcome = wanted["outcome"].as_str().unwrap();
        let declared = wanted["declare"].as_str();
        let by_content = facts(corpus.join(file), None);
        match (outcome, by_content) {
            ("read", Ok(found)) => compare(file, wanted, &found, &mut differences),
            ("read-if-declared", Err(code)) => {
                expect(file, &code, "report-needs-format", &mut differences);
                match facts(corpus.join(file), declared) {
                    Ok(found) => compare(file, wanted, &found, &mut differences),
                    Err(code) => differences.push(format!("{file}: declared, but {code}")),
                }
            }
            ("refused", Err(code)) => {
                expect(file, &code, "report-unsupported-format", &mut differences);
            }
            ("unknown-format", Err(code)) => {
                expect(file, &code, "report-unknown-format", &mut differences);
            }
            ("empty", Err(code)) => expect(file, &code, "report-empty", &mut differences),
            (outcome, found) => differences.push(format!("{file}: {outcome}, but {found:?}")),
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn secrets_rule_078_json_and_sarif_of_one_scan_are_not_counted_twice() {
    let Some(corpus) = corpus() else { return };
    let request = |name: &str| Request {
        path: corpus.join(name),
        shown: UntrustedText::new(name),
        by_hand: false,
        expected: Expected::default(),
    };
    let (one, other) = ("gitleaks/redact100.json", "gitleaks/redact100.sarif");
    for requests in [
        [request(one), request(other)],
        [request(other), request(one)],
    ] {
        let (intake, diagnostics) = read(&requests, &context());
        assert_eq!((intake.runs.len(), intake.findings.len()), (2, 16));
        let groups = group_secrets(&intake, |_| true);
        let occurrences: u64 = groups.iter().map(|group| group.occurrences()).sum();
        assert_eq!((groups.len(), occurrences), (8, 8));
        let twice = |d: &krgate::diagnostic::Diagnostic| d.code.as_str() == "same-tool-twice";
        assert!(!diagnostics.iter().any(twice));
    }
}

/// Reads bytes as the only report, from a file of their own.
fn read_bytes(folder: &std::path::Path, bytes: &[u8]) -> Intake {
    let path = folder.join("report");
    std::fs::write(&path, bytes).unwrap();
    let request = Request {
        shown: UntrustedText::new("report"),
        path,
        by_hand: false,
        expected: Expected {
            class: Some(Class::Secrets),
            ..Expected::default()
        },
    };
    let (intake, diagnostics) = read(&[request], &context());
    let refused = diagnostics
        .iter()
        .any(|d| d.level == krgate::diagnostic::Level::Error);
    assert_eq!(intake.reports[0].read, !refused);
    intake
}

fn has_open_secret(intake: &Intake) -> bool {
    group_secrets(intake, |_| true).iter().any(|g| !g.dismissed)
}

/// Files with a secret in them, of the formats that are read.
fn files_with_secrets() -> Vec<(String, Vec<u8>)> {
    let Some(corpus) = corpus() else {
        return Vec::new();
    };
    let expected = std::fs::read_to_string(corpus.join("expected.json")).unwrap();
    let expected: Map<String, Value> = serde_json::from_str(&expected).unwrap();
    let known = expected
        .into_iter()
        .filter(|(_, facts)| facts["secrets"].as_u64().is_some_and(|secrets| secrets > 0));
    known
        .map(|(file, _)| (file.clone(), std::fs::read(corpus.join(&file)).unwrap()))
        .collect()
}

/// A small generator with a seed, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

#[test]
fn hostile_g13_a_cut_report_is_never_clean() {
    let folder = tempfile::TempDir::new().unwrap();
    for (file, bytes) in files_with_secrets() {
        assert!(
            has_open_secret(&read_bytes(folder.path(), &bytes)),
            "{file}"
        );
        let mut dice = Dice(13);
        let cuts: Vec<usize> = if bytes.len() < 1500 {
            (0..bytes.len()).collect()
        } else {
            (0..200).map(|_| dice.below(bytes.len())).collect()
        };
        for cut in cuts {
            let intake = read_bytes(folder.path(), &bytes[..cut]);
            let clean = intake.reports[0].read && !has_open_secret(&intake);
            assert!(!clean, "{file} cut at {cut}");
        }
    }
}

#[test]
fn hostile_g14_a_changed_byte_is_no_panic() {
    let folder = tempfile::TempDir::new().unwrap();
    for (file, mut bytes) in files_with_secrets() {
        let mut dice = Dice(14);
        let rounds = if bytes.len() < 20_000 { 100 } else { 10 };
        for _ in 0..rounds {
            let at = dice.below(bytes.len());
            let before = bytes[at];
            bytes[at] = u8::try_from(dice.below(256)).unwrap();
            let intake = read_bytes(folder.path(), &bytes);
            let has_run = !intake.runs.is_empty();
            assert_eq!(intake.reports[0].read, has_run, "{file} at {at}");
            assert!(has_run || intake.findings.is_empty(), "{file} at {at}");
            bytes[at] = before;
        }
    }
}

fn expect(file: &str, code: &str, wanted: &str, differences: &mut Vec<String>) {
    if code != wanted {
        differences.push(format!("{file}: {code}, not {wanted}"));
    }
}

fn compare(
    file: &str,
    wanted_facts: &Value,
    found: &Map<String, Value>,
    differences: &mut Vec<String>,
) {
    for (field, value) in found {
        let missing = match field.as_str() {
            "log_lines" | "skipped_lines" => json!(0),
            _ => Value::Null,
        };
        let wanted = match wanted_facts.get(field) {
            Some(wanted) => wanted,
            None if matches!(field.as_str(), "log_lines" | "skipped_lines") => &missing,
            None if field == "tool_version" => &missing,
            None => continue,
        };
        let other_class = wanted_facts.get("class").is_some();
        if field == "occurrences" && other_class {
            // Only secrets have occurrences.
            continue;
        }
        if field == "detected" && wanted.is_null() {
            continue;
        }
        if wanted != value {
            differences.push(format!("{file}: {field} is {value}, not {wanted}"));
        }
    }
}
