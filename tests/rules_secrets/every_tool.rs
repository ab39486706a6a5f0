//! What holds for each format of a secrets scanner: wrong types (S55 to S57), what may be
//! absent (S52), ends of scans (S63), and that no value is kept (S81).

use krgate::ingest::Head;
use krgate::model::{Class, RunReason};
use serde_json::{Value, json};

use super::support::*;

/// The reports of one JSON value, each with a finding first.
const REPORTS: [&str; 9] = [
    "written/betterleaks.json",
    "written/ggshield.json",
    "written/github-alerts.json",
    "written/gitlab.json",
    "written/kingfisher.json",
    "written/noseyparker.jsonl",
    "written/talisman.json",
    "written/trivy.json",
    "written/semgrep.json",
];

/// The first value of a report.
fn first_value(file: &str) -> Value {
    let text = fixture(file);
    let is_lines = std::path::Path::new(file)
        .extension()
        .is_some_and(|ext| ext == "jsonl");
    let text = if is_lines {
        text.lines().next().unwrap()
    } else {
        &text
    };
    serde_json::from_str(text).unwrap()
}

fn read_secrets(report: &Value) -> Outcome {
    Bench::new()
        .with_entry(report.to_string(), |expected| {
            expected.class = Some(Class::Secrets);
        })
        .read()
}

fn changed(file: &str, pointer: &str, value: Value) -> Value {
    let mut report = first_value(file);
    *report
        .pointer_mut(pointer)
        .unwrap_or_else(|| panic!("{file}: {pointer}")) = value;
    report
}

/// Fields that only describe.
const DESCRIPTIVE: &[(&str, &[&str])] = &[
    (
        "written/betterleaks.json",
        &[
            "/findings/0/rule_id",
            "/findings/0/description",
            "/findings/0/match",
            "/findings/0/match/value",
            "/findings/0/match/fingerprint",
            "/findings/0/location",
            "/findings/0/location/path",
            "/findings/0/location/start_line",
            "/findings/0/attributes",
            "/findings/0/attributes/git.sha",
            "/findings/1/component_sets",
        ],
    ),
    (
        "written/ggshield.json",
        &[
            "/scans/0/entities_with_incidents/0/incidents/0/type",
            "/scans/0/entities_with_incidents/0/incidents/0/occurrences/0/line_start",
            "/scans/0/id",
            "/scans/0/entities_with_incidents/0/filename",
        ],
    ),
    (
        "written/github-alerts.json",
        &[
            "/0/secret_type",
            "/0/secret",
            "/0/first_location_detected",
            "/0/first_location_detected/path",
            "/0/first_location_detected/start_line",
            "/0/first_location_detected/commit_sha",
        ],
    ),
    (
        "written/gitlab.json",
        &[
            "/vulnerabilities/0/name",
            "/vulnerabilities/0/identifiers",
            "/vulnerabilities/0/identifiers/0/value",
            "/vulnerabilities/0/location",
            "/vulnerabilities/0/location/file",
            "/vulnerabilities/0/location/start_line",
            "/vulnerabilities/0/location/commit/sha",
            "/vulnerabilities/0/raw_source_code_extract",
        ],
    ),
    (
        "written/kingfisher.json",
        &[
            "/findings/0/rule",
            "/findings/0/rule/id",
            "/findings/0/finding",
            "/findings/0/finding/path",
            "/findings/0/finding/line",
            "/findings/0/finding/snippet",
            "/findings/0/finding/git_metadata/commit/id",
        ],
    ),
    (
        "written/noseyparker.jsonl",
        &[
            "/rule_text_id",
            "/finding_id",
            "/groups",
            "/matches/0/groups/0",
            "/matches/0/provenance",
            "/matches/0/provenance/1/first_commit/blob_path",
            "/matches/0/location",
            "/matches/0/location/source_span/start/line",
        ],
    ),
    (
        "written/talisman.json",
        &[
            "/results/0/filename",
            "/results/0/failure_list/0/type",
            "/results/0/failure_list/0/commits",
        ],
    ),
    (
        "written/trivy.json",
        &[
            "/Results/0/Secrets/0/RuleID",
            "/Results/0/Secrets/0/Title",
            "/Results/0/Secrets/0/StartLine",
            "/Metadata",
        ],
    ),
    (
        "written/semgrep.json",
        &[
            "/results/0/check_id",
            "/results/0/path",
            "/results/0/start",
            "/results/0/start/line",
            "/results/0/extra/message",
            "/results/0/extra/metadata",
        ],
    ),
];

#[test]
fn secrets_rule_055_a_descriptive_field_of_the_wrong_type_is_absent() {
    for (file, pointers) in DESCRIPTIVE {
        let whole = read_secrets(&first_value(file)).clean();
        for pointer in *pointers {
            let wrong = changed(file, pointer, json!(true));
            let outcome = read_secrets(&wrong).clean();
            let count = |outcome: &Outcome| outcome.intake.findings.len();
            assert_eq!(count(&outcome), count(&whole), "{file}: {pointer}");
            let diagnostic = outcome.diagnostic("item-wrong-type");
            assert!(place(diagnostic).0.is_some(), "{file}: {pointer}");
        }
    }
}

/// Fields that decide.
const DECIDING: &[(&str, &[&str])] = &[
    (
        "written/betterleaks.json",
        &[
            "/findings",
            "/scan",
            "/scan/state",
            "/scan/num_findings",
            "/scan/status_counts",
            "/scan/status_counts/none",
        ],
    ),
    (
        "written/ggshield.json",
        &[
            "/scans/0/entities_with_incidents/0/incidents/0/validity",
            "/scans",
            "/scans/0/entities_with_incidents",
        ],
    ),
    ("written/github-alerts.json", &["/0/state", "/0/validity"]),
    (
        "written/gitlab.json",
        &["/vulnerabilities/0/category", "/scan/type", "/scan/status"],
    ),
    (
        "written/kingfisher.json",
        &[
            "/findings/0/finding/validation",
            "/findings/0/finding/validation/outcome",
            "/audit/summary",
            "/audit/summary/scan_failed",
            "/metadata/summary/findings",
            "/metadata/summary/successful_validations",
        ],
    ),
    (
        "written/noseyparker.jsonl",
        &["/matches", "/matches/0/status"],
    ),
    (
        "written/talisman.json",
        &["/results", "/results/0/failure_list"],
    ),
    (
        "written/trivy.json",
        &["/Results", "/Results/0/Class", "/Results/0/Secrets"],
    ),
    (
        "written/semgrep.json",
        &[
            "/results/0/extra/validation_state",
            "/results/0/extra/severity",
            "/errors",
            "/errors/0/level",
        ],
    ),
];

#[test]
fn secrets_rule_056_a_deciding_field_of_the_wrong_type_refuses_the_report() {
    for (file, pointers) in DECIDING {
        for pointer in *pointers {
            let outcome = read_secrets(&changed(file, pointer, json!(true)));
            assert_eq!(outcome.errors(), ["report-wrong-type"], "{file}: {pointer}");
            assert!(outcome.intake.findings.is_empty(), "{file}: {pointer}");
        }
    }
}

#[test]
fn secrets_rule_057_an_unknown_word_is_unknown_and_counts() {
    for (file, pointer) in [
        (
            "written/ggshield.json",
            "/scans/0/entities_with_incidents/0/incidents/0/validity",
        ),
        ("written/github-alerts.json", "/0/validity"),
        (
            "written/kingfisher.json",
            "/findings/0/finding/validation/outcome",
        ),
        ("written/semgrep.json", "/results/0/extra/validation_state"),
    ] {
        let outcome = read_secrets(&changed(file, pointer, json!("perhaps"))).clean();
        let finding = outcome.view(0).finding;
        assert_eq!(finding.validity, krgate::model::Validity::Unknown, "{file}");
        let noted = words(outcome.diagnostic("unknown-validity-word"));
        assert!(!noted.contains("perhaps"));
    }
}

#[test]
fn secrets_rule_052_what_only_describes_may_be_absent() {
    fn strip(value: &mut Value, names: &[&str]) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| strip(item, names)),
            Value::Object(members) => {
                members.retain(|name, _| !names.contains(&name.as_str()));
                members.values_mut().for_each(|member| strip(member, names));
            }
            _ => {}
        }
    }
    for file in REPORTS {
        let whole = read_secrets(&first_value(file)).clean();
        let mut bare = first_value(file);
        strip(
            &mut bare,
            &[
                "description",
                "message",
                "date",
                "generated_at",
                "title",
                "Title",
                "name",
                "metadata",
                "extra_info",
                "Metadata",
                "CreatedAt",
                "attributes",
                "git_metadata",
                "created_at",
            ],
        );
        let outcome = read_secrets(&bare).clean();
        assert_eq!(
            outcome.intake.findings.len(),
            whole.intake.findings.len(),
            "{file}"
        );
    }
}

#[test]
fn hostile_g11_secrets_rule_063_the_end_of_a_scan_is_held_against_the_commit() {
    for file in [
        "written/betterleaks.json",
        "written/gitlab.json",
        "written/kingfisher.json",
        "written/trivy.json",
    ] {
        let read = |committed: &str| {
            let outcome = Bench::new()
                .with(fixture(file))
                .within(|context| {
                    context.head = Some(Head {
                        commits: Vec::new(),
                        committed: committed.parse().unwrap(),
                    });
                })
                .read()
                .clean();
            outcome.intake.runs[0].reasons.clone()
        };
        assert_eq!(read("2026-11-02T09:05:00Z"), [], "{file}");
        assert_eq!(
            read("2026-11-02T09:05:01Z"),
            [RunReason::OlderThanCommit],
            "{file}"
        );
    }
}

/// Values and hashes of values that stand in the reports.
const NEVER_KEPT: [&str; 6] = [
    "b7Qx0vWm3ZkT9rLs2NfYc8HdJg5PuEa1",
    "moss-Anvil-31-harbour",
    "ledger-Heron-writer",
    "quiet-Lantern-7",
    "sam@example.test",
    "Add the mirror",
];

#[test]
fn secrets_rule_081_no_value_of_any_report_is_kept() {
    let mut bench = Bench::new();
    for file in REPORTS {
        bench = bench.with_entry(fixture(file), |expected| {
            expected.class = Some(Class::Secrets);
        });
    }
    let outcome = bench.read().clean();
    let everything = outcome.everything();
    for value in NEVER_KEPT {
        assert!(!everything.contains(value), "{value}");
    }
    assert_eq!(outcome.intake.runs.len(), REPORTS.len());
}

#[test]
fn secrets_rule_075_one_value_in_reports_of_four_tools_is_one_secret() {
    let mut bench = Bench::new();
    for file in [
        "written/betterleaks.json",
        "written/github-alerts.json",
        "written/gitlab.json",
        "written/kingfisher.json",
    ] {
        bench = bench.with(fixture(file));
    }
    let outcome = bench.read().clean();
    let open: Vec<_> = outcome
        .secrets()
        .into_iter()
        .filter(|s| !s.dismissed)
        .collect();
    assert_eq!(open.len(), 2);
    let occurrences: u64 = open.iter().map(|secret| secret.occurrences()).sum();
    assert_eq!(occurrences, 8);
}

#[test]
fn secrets_rule_016_two_formats_at_once_also_late() {
    for file in REPORTS {
        let mut report = first_value(file);
        let Some(members) = report.as_object_mut() else {
            continue;
        };
        members.insert("runs".to_owned(), json!([]));
        if !members.contains_key("version") {
            members.insert("version".to_owned(), json!("2.1.0"));
        }
        let outcome = read_one(report.to_string());
        let refusal = outcome.refused("report-ambiguous-format");
        assert!(words(refusal).contains("sarif"), "{file}");
    }
}

#[test]
fn every_report_that_is_cut_is_refused_or_has_its_secrets() {
    for file in REPORTS {
        let text = fixture(file);
        for cut in (1..text.len())
            .step_by(7)
            .filter(|cut| text.is_char_boundary(*cut))
        {
            let outcome = Bench::new()
                .with_entry(&text[..cut], |expected| {
                    expected.class = Some(Class::Secrets);
                })
                .read();
            let read = outcome.intake.reports[0].read;
            let clean = read && outcome.secrets().iter().all(|secret| secret.dismissed);
            assert!(!clean, "{file} cut at {cut}");
        }
    }
}
