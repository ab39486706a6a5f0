//! The same finding has the same id, whoever writes it down and in whatever order (rules L9,
//! L22, O8, O9, S75, G19).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use krgate::model::{FindingView, Intake};
use krgate::scope::matching::Match;
use serde_json::Value;

use super::support::{KEY, as_it_is, baseline, read, read_file, read_files};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(fixture(name)).unwrap()
}

/// A finding as people tell it from others, without what only one format says.
fn told(view: &FindingView<'_>) -> String {
    format!(
        "{} {} {} {}:{}",
        view.id().unwrap(),
        view.run().unwrap().alias.raw(),
        view.rule_id().raw(),
        view.shown_path().map_or("", |path| path.raw()),
        view.line().unwrap_or(0),
    )
}

fn all(intake: &Intake) -> Vec<String> {
    let mut all: Vec<String> = intake.views().map(|view| told(&view)).collect();
    all.sort();
    all
}

/// Reports of tools.
const REPORTS: [&str; 16] = [
    "scanners/bandit.json",
    "scanners/bandit.sarif",
    "scanners/semgrep.json",
    "scanners/semgrep.sarif",
    "scanners/gitleaks.json",
    "scanners/gitleaks.sarif",
    "scanners/kingfisher.json",
    "scanners/detect-secrets.json",
    "scanners/secretlint.json",
    "scanners/npm-audit.json",
    "scanners/pip-audit.json",
    "scanners/flawfinder.sarif",
    "scanners/checkov.sarif",
    "scanners/zizmor.sarif",
    "written/grype.json",
    "written/snyk.json",
];

/// Turns every list of objects around; a list of numbers may be a range.
fn turned(value: Value) -> Value {
    match value {
        Value::Array(list) if list.iter().all(Value::is_object) => {
            list.into_iter().rev().map(turned).collect()
        }
        Value::Object(members) => {
            let members = members.into_iter();
            Value::Object(members.map(|(name, value)| (name, turned(value))).collect())
        }
        other => other,
    }
}

/// Turns the lists of results around and nothing that they refer to by number.
fn shuffled(name: &str) -> String {
    let mut value: Value = serde_json::from_str(&text(name)).unwrap();
    if let Some(runs) = value.get_mut("runs").and_then(Value::as_array_mut) {
        for run in runs {
            run["results"].as_array_mut().unwrap().reverse();
        }
        return value.to_string();
    }
    turned(value).to_string()
}

#[test]
fn lifecycle_l09_the_same_run_again_and_shuffled_has_the_same_ids() {
    for key in [None, Some(KEY)] {
        for name in REPORTS {
            let once = read_file(&fixture(name), key);
            assert!(!once.findings.is_empty(), "{name}");
            assert_eq!(
                all(&once),
                all(&read_file(&fixture(name), key)),
                "{name} again"
            );
            assert_eq!(
                all(&once),
                all(&read(&shuffled(name), key)),
                "{name} shuffled"
            );
        }
    }
}

/// Reports of one scan of one tool, in two formats.
const FORMATS: [[&str; 2]; 9] = [
    ["scanners/bandit.json", "scanners/bandit.sarif"],
    ["scanners/semgrep.json", "scanners/semgrep.sarif"],
    ["scanners/semgrep.json", "scanners/semgrep-gitlab.json"],
    ["scanners/gitleaks.json", "scanners/gitleaks.sarif"],
    ["scanners/betterleaks.json", "scanners/betterleaks.jsonl"],
    ["scanners/kingfisher.json", "scanners/kingfisher.jsonl"],
    [
        "scanners/kingfisher.json",
        "scanners/kingfisher-stdout.json",
    ],
    ["written/kingfisher.json", "written/kingfisher.jsonl"],
    ["written/betterleaks.json", "written/betterleaks.jsonl"],
];

#[test]
fn lifecycle_l09_two_formats_of_one_scan_give_a_finding_one_id() {
    for key in [None, Some(KEY)] {
        for [one, other] in FORMATS {
            let [first, second] = [one, other].map(|name| read_file(&fixture(name), key));
            assert!(!first.findings.is_empty(), "{one}");
            assert_eq!(all(&first), all(&second), "{one} and {other}");
            // So a baseline of one of them holds for the other.
            let baseline = baseline(first, None, key);
            let compared = as_it_is(&baseline, &second, key.map(krgate::ingest::key_check));
            let is_known = |matched: &Match| matches!(matched, Match::Known(..));
            assert!(compared.matches.iter().all(is_known), "{one} and {other}");
            assert!(compared.gone.is_empty(), "{one} and {other}");
        }
    }
}

#[test]
fn lifecycle_l09_a_tool_by_another_name_gives_the_same_ids() {
    let named = |name: &str| {
        let mut report: Value = serde_json::from_str(&text("scanners/semgrep.sarif")).unwrap();
        report["runs"][0]["tool"]["driver"]["name"] = name.into();
        all(&read(&report.to_string(), None))
    };
    assert_eq!(named("Semgrep OSS"), named("Semgrep"));
    assert_eq!(named("Semgrep OSS"), named("Semgrep Pro"));
    assert_ne!(named("Semgrep OSS"), named("Bandit"));
}

/// By report and place in it, the id of each finding.
fn by_place(intake: &Intake) -> BTreeMap<(String, u32), String> {
    let views = intake.views();
    views
        .map(|view| {
            let report = view.report().unwrap().path.raw().to_owned();
            ((report, view.finding.item), view.id().unwrap().to_string())
        })
        .collect()
}

/// A later version, another score and another message, which are no part of an id.
fn scanned_later(name: &str) -> String {
    text(name)
        .replace("4.17.", "4.16.")
        .replace("\"score\": 7.2", "\"score\": 7.3")
        .replace("\"version\": \"2.7.2\"", "\"version\": \"2.7.1\"")
        .replace(
            "\"issue_severity\": \"LOW\"",
            "\"issue_severity\": \"HIGH\"",
        )
        .replace("\"2.", "\"1.")
}

#[test]
fn hostile_g19_the_order_of_reports_gives_no_finding_another_id() {
    let names = [
        "scanners/npm-audit.json",
        "scanners/pip-audit.json",
        "scanners/bandit.json",
        "scanners/detect-secrets.json",
        "written/grype.json",
        "written/snyk.json",
    ];
    let mut reports: Vec<(String, String)> = Vec::new();
    for name in names {
        // The same tool twice, as in two folders of one repository that it does not name.
        reports.push((format!("web/{name}"), text(name)));
        reports.push((format!("api/{name}"), scanned_later(name)));
    }
    for key in [None, Some(KEY)] {
        let forward = read_files(&reports, key);
        let mut backward = reports.clone();
        backward.reverse();
        let backward = read_files(&backward, key);
        // Of what is repeated exactly the first report has the place (rule S77).
        let told = |intake: &Intake| -> Vec<String> {
            let of_secrets = |place: &str| place.contains("detect-secrets");
            let places = by_place(intake).into_iter();
            let mut told: Vec<String> = places
                .map(|((report, item), id)| {
                    if of_secrets(&report) {
                        id
                    } else {
                        format!("{report} {item} {id}")
                    }
                })
                .collect();
            told.sort();
            told
        };
        assert_eq!(told(&forward), told(&backward));
        let mut ids = forward.ids.clone();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), forward.findings.len(), "one id, one finding");
    }
}

#[test]
fn formats_rule_008_tools_that_read_one_manifest_name_one_package_alike() {
    let names = [
        "written/grype.json",
        "written/trivy-repository.json",
        "written/snyk.json",
        "written/gitlab-dependency-scanning.json",
    ];
    let reports = names.map(|name| (name.to_owned(), text(name)));
    let intake = read_files(&reports, None);
    let text = |id| intake.texts.get(id).raw();
    let rows = krgate::model::Rows::of(&intake);
    let mut tools = Vec::new();
    let mut ids = Vec::new();
    for row in &rows.rows {
        let Some(dependency) = row.dependency else {
            continue;
        };
        if text(dependency.advisory) == "CVE-2021-23337" {
            let package = dependency.package;
            assert_eq!(package.ecosystem.map(text), Some("npm"));
            assert_eq!(text(package.name), "lodash");
            assert_eq!(row.path.map(text), Some("web/package-lock.json"));
            tools.push(rows.stream_of(row).unwrap().tool.clone());
            ids.push(row.id);
        }
    }
    tools.sort();
    assert_eq!(tools, ["gemnasium", "grype", "snyk-open-source", "trivy"]);
    // Rule L22: two tools, two findings; a key result may count them once.
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[test]
fn secrets_rule_075_tools_that_read_one_file_name_one_secret_alike() {
    let names = [
        "scanners/gitleaks.json",
        "scanners/gitleaks.sarif",
        "scanners/gitleaks-dir.json",
        "scanners/betterleaks.json",
        "scanners/kingfisher.json",
    ];
    let mut secrets: BTreeMap<[u8; 16], Vec<&str>> = BTreeMap::new();
    for name in names {
        for secret in read_file(&fixture(name), Some(KEY)).secrets {
            secrets.entry(secret.bytes()).or_default().push(name);
        }
    }
    let by_all: Vec<_> = secrets.values().filter(|found| found.len() == 5).collect();
    assert_eq!(by_all.len(), 2, "{secrets:?}");
    // Betterleaks names the parts of a secret beside it (rule S29), nobody names another one.
    for found in secrets.values().filter(|found| found.len() < 5) {
        assert_eq!(*found, ["scanners/betterleaks.json"]);
    }
}
