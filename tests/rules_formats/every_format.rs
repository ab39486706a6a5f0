//! What holds for every format, over every fixture of it.

use std::path::{Path, PathBuf};

use krgate::diagnostic::Code;
use krgate::model::RunStatus;

use super::support::*;

/// Fixtures of formats that are read here, with their format.
pub(crate) const FIXTURES: &[(&str, &str)] = &[
    ("written/grype.json", "grype"),
    ("written/grype-image.json", "grype"),
    ("written/grype-clean.json", "grype"),
    ("written/osv-scanner.json", "osv-scanner"),
    ("written/osv-scanner-clean.json", "osv-scanner"),
    ("written/npm-audit.json", "npm-audit"),
    ("scanners/npm-audit-clean.json", "npm-audit"),
    ("written/npm-audit-6.json", "npm-audit"),
    ("scanners/npm-audit-error.json", "npm-audit"),
    ("written/cargo-audit.json", "cargo-audit"),
    ("written/cargo-audit-clean.json", "cargo-audit"),
    ("written/pip-audit.json", "pip-audit"),
    ("scanners/pip-audit-skipped.json", "pip-audit"),
    ("scanners/pip-audit-clean.json", "pip-audit"),
    ("written/pip-audit-1.json", "pip-audit"),
    ("scanners/bandit.json", "bandit"),
    ("scanners/bandit-clean.json", "bandit"),
    ("scanners/bandit-syntax-error.json", "bandit"),
    ("written/cyclonedx.json", "cyclonedx"),
    ("written/cyclonedx-clean.json", "cyclonedx"),
    ("written/snyk.json", "snyk"),
    ("written/snyk-container.json", "snyk"),
    ("written/snyk-mixed.json", "snyk"),
    ("written/snyk-clean.json", "snyk"),
    ("written/dependency-check.json", "dependency-check"),
    ("written/dependency-check-clean.json", "dependency-check"),
    ("written/trivy-repository.json", "trivy"),
    ("written/trivy-image.json", "trivy"),
    ("written/trivy-clean.json", "trivy"),
    ("written/gitlab-sast.json", "gitlab"),
    ("written/gitlab-dependency-scanning.json", "gitlab"),
    ("written/gitlab-container-scanning.json", "gitlab"),
    ("written/gitlab-dast.json", "gitlab"),
    ("written/gitlab-clean.json", "gitlab"),
];

/// True if the reports would let a key result pass that wants no finding.
fn is_clean(outcome: &Outcome) -> bool {
    outcome.errors().is_empty()
        && outcome.count() == 0
        && outcome.intake.gaps.is_empty()
        && outcome
            .intake
            .runs
            .iter()
            .all(krgate::model::ToolRun::is_exact)
}

#[test]
fn formats_rule_001_every_fixture_is_recognised_as_its_format() {
    for (path, word) in FIXTURES {
        let outcome = read_one(&fixture(path));
        assert_eq!(outcome.errors(), [""; 0], "{path}");
        assert_eq!(outcome.intake.reports[0].format, Some(*word), "{path}");
        assert!(!outcome.intake.reports[0].format_declared, "{path}");
    }
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "app" | "samples" | "policies" | "rules") {
                files(&path, into);
            }
        } else if ["json", "sarif", "jsonl"].iter().any(|e| name.ends_with(e)) {
            into.push(path);
        }
    }
}

#[test]
fn formats_rule_001_no_fixture_of_the_project_is_of_two_formats() {
    let mut all = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"),
        &mut all,
    );
    assert!(all.len() > 40);
    let mut recognised = 0;
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        let outcome = read_one(&text);
        let ambiguous = Code::ReportAmbiguousFormat.as_str();
        assert!(!outcome.says(ambiguous), "{}", path.display());
        recognised += usize::from(outcome.intake.reports[0].format.is_some());
    }
    assert!(recognised > 35, "{recognised}");
}

#[test]
fn hostile_g13_a_report_that_is_cut_anywhere_is_never_clean() {
    for (path, _) in FIXTURES {
        let whole = value(path).to_string();
        // Every place of a small report, 1,500 of a large one.
        for end in (0..whole.len()).step_by(1 + whole.len() / 1_500) {
            if !whole.is_char_boundary(end) {
                continue;
            }
            let outcome = read_one(&whole[..end]);
            assert!(!is_clean(&outcome), "{path} cut at {end}");
            assert!(!outcome.intake.reports[0].read, "{path} cut at {end}");
        }
    }
}

#[test]
fn formats_rule_013_a_skeleton_of_the_wrong_type_is_never_clean() {
    for (path, _) in FIXTURES {
        let value = value(path);
        for (name, own) in value.as_object().into_iter().flatten() {
            for wrong in ["null", "7", "\"x\"", "[]", "{}", "true", "[7]", "{\"a\":7}"] {
                let is_none =
                    (own.is_array() && wrong == "[]") || (own.is_object() && wrong == "{}");
                if is_none {
                    continue;
                }
                let mut changed = value.clone();
                changed[name] = serde_json::from_str(wrong).unwrap();
                let (before, after) =
                    (read_one(&value.to_string()), read_one(&changed.to_string()));
                // What had findings and now has none must say why, or be no longer the
                // report of that tool.
                let same = after.intake.reports[0].format == before.intake.reports[0].format;
                // A Trivy report without results is one of a scan that found nothing to scan
                // (rule O17), and says so.
                let said = after.says("no-targets");
                let hides = same && before.count() > 0 && is_clean(&after) && !said;
                assert!(!hides, "{path}: {name} = {wrong}");
            }
        }
    }
}

#[test]
fn formats_rule_013_an_item_that_cannot_be_read_is_never_lost() {
    // Every value below the lists of findings, replaced by one of another type: the number
    // of findings stays, or the report is refused.
    for (path, _) in FIXTURES {
        let value = value(path);
        let before = read_one(&value.to_string()).count();
        let mut places = Vec::new();
        pointers(&value, String::new(), &mut places);
        for place in places {
            for wrong in [serde_json::json!(7.5), serde_json::json!({"x": [1]})] {
                let own = value.pointer(&place).unwrap();
                if wrong.is_object() && (own.is_object() || own.is_array()) {
                    continue;
                }
                let mut changed = value.clone();
                *changed.pointer_mut(&place).unwrap() = wrong;
                let after = read_one(&changed.to_string());
                let refused = !after.intake.reports[0].read;
                let failed = after.intake.runs.iter().any(|r| r.status != RunStatus::Ok);
                let said = after
                    .diagnostics
                    .iter()
                    .any(|d| d.level != krgate::diagnostic::Level::Note);
                let lost = after.count() < before && !said;
                assert!(refused || failed || !lost, "{path}: {place}");
                if before > 0 {
                    assert!(!is_clean(&after), "{path}: {place}");
                }
            }
        }
    }
}

fn pointers(value: &serde_json::Value, at: String, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (name, inner) in map {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(inner, format!("{at}/{name}"), into);
            }
        }
        serde_json::Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                pointers(inner, format!("{at}/{index}"), into);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        into.push(at);
    }
}

#[test]
fn hostile_g19_the_order_of_reports_changes_no_finding() {
    let texts: Vec<String> = FIXTURES.iter().map(|(path, _)| fixture(path)).collect();
    let forward: Vec<&str> = texts.iter().map(String::as_str).collect();
    let backward: Vec<&str> = forward.iter().rev().copied().collect();
    let facts = |outcome: &Outcome| {
        let mut rows: Vec<String> = outcome
            .intake
            .views()
            .map(|view| {
                let seen = Seen(view);
                format!(
                    "{:?} {} {:?} {:?} {:?}",
                    view.id(),
                    seen.rule(),
                    seen.tenths(),
                    seen.finding().level,
                    view.facts().map(|_| seen.ids())
                )
            })
            .collect();
        rows.sort();
        rows
    };
    let (one, other) = (read_all(&forward, |_| {}), read_all(&backward, |_| {}));
    assert_eq!(facts(&one), facts(&other));
}

#[test]
fn secrets_rule_018_a_declared_format_is_a_check() {
    for (path, word) in FIXTURES {
        let right = read_all(&[&fixture(path)], |e| e.format = Some((*word).to_owned()));
        assert_eq!(right.errors(), [""; 0], "{path}");
        let wrong = read_all(&[&fixture(path)], |e| {
            e.format = Some("gitleaks".to_owned());
        });
        wrong.refused("report-format-mismatch");
    }
}

#[test]
fn secrets_rule_063_a_report_with_a_time_before_the_commit_is_failed() {
    let outcome = read_all(&[&fixture("written/grype-clean.json")], |e| {
        e.max_age = Some(3600);
    });
    assert_eq!(outcome.intake.runs[0].status, RunStatus::Failed);
    let outcome = read_all(&[&fixture("written/grype-clean.json")], |e| {
        e.max_age = Some(86_400);
    });
    assert_eq!(outcome.intake.runs[0].status, RunStatus::Ok);
    // It tells no time, so it cannot be young enough.
    let outcome = read_all(&[&fixture("scanners/npm-audit-clean.json")], |e| {
        e.max_age = Some(86_400);
    });
    assert_eq!(outcome.intake.runs[0].status, RunStatus::Failed);
}
