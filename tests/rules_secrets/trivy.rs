//! Secrets of Trivy (S13, S63, S64, O17, O22).

use krgate::ingest::Head;
use krgate::model::{Class, Evidence, RunReason, RunStatus, Validity};
use serde_json::{Value, json};

use super::support::*;

fn written() -> Value {
    fixture_json("written/trivy.json")
}

#[test]
fn secrets_of_trivy_are_read() {
    let outcome = read_one(written().to_string()).clean();
    assert_eq!(outcome.intake.reports[0].format, Some("trivy"));
    assert_eq!(outcome.paths(), ["config/app.ini"]);
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "pay-database-password");
    assert_eq!(view.title().unwrap().raw(), "Database password");
    assert_eq!(view.line(), Some(3));
    assert_eq!(view.finding.validity, Validity::NotAttempted);
    assert_eq!(view.finding.secret, None, "its match is censored");
    let run = &outcome.intake.runs[0];
    assert_eq!(run.evidence, Evidence::Strong);
    assert_eq!(run.version.as_ref().unwrap().raw(), "0.68.1");
    assert!(!outcome.everything().contains("ledger-Heron-writer"));
}

#[test]
fn secrets_rule_013_results_of_other_classes_are_runs_of_their_own() {
    // Also where the result found nothing: clean secrets are no clean dependencies.
    for (word, class) in [
        (json!("lang-pkgs"), Class::Sca),
        (json!("os-pkgs"), Class::Sca),
        (json!("config"), Class::Iac),
        (json!("license"), Class::License),
        (json!(null), Class::Other),
    ] {
        let outcome = read_changed(written(), |report| {
            let results = report["Results"].as_array_mut().unwrap();
            results.push(json!({"Target": "Cargo.lock", "Class": word}));
        });
        let outcome = outcome.clean();
        let mut runs: Vec<_> = outcome.intake.runs.iter().map(|run| run.class).collect();
        runs.sort();
        let mut both = vec![Some(class), Some(Class::Secrets)];
        both.sort();
        assert_eq!(runs, both);
        assert_eq!(outcome.intake.findings.len(), 1);
        let run = outcome.intake.findings.first().unwrap().run;
        assert_eq!(outcome.intake.runs[run.index()].class, Some(Class::Secrets));
    }
}

#[test]
fn formats_rule_017_without_results_only_the_entry_tells_what_was_scanned() {
    for results in [None, Some(json!(null)), Some(json!([]))] {
        let mut report = written();
        report.as_object_mut().unwrap().remove("Results");
        if let Some(results) = results {
            report["Results"] = results;
        }
        let read = |class: Option<Class>| {
            Bench::new()
                .with_entry(report.to_string(), |expected| expected.class = class)
                .read()
                .clean()
        };
        for class in [Class::Secrets, Class::Sca, Class::Iac] {
            let outcome = read(Some(class));
            let run = &outcome.intake.runs[0];
            assert_eq!((run.class, run.evidence), (Some(class), Evidence::Weak));
            assert!(run.is_exact());
            outcome.diagnostic("no-targets");
        }
        // Nothing says which of its scanners ran, and it has none of this class.
        for class in [None, Some(Class::Sast)] {
            let outcome = read(class);
            assert_eq!(outcome.intake.runs[0].class, None);
            outcome.diagnostic("tool-class-undeclared");
        }
    }
}

#[test]
fn formats_rule_022_a_target_outside_is_a_label() {
    let outcome = read_changed(written(), |report| {
        report["Results"][0]["Target"] = json!("../other/app.ini");
    });
    let outcome = outcome.clean();
    assert!(outcome.view(0).repo_path().is_none());
    outcome.diagnostic("path-outside-repository");
}

#[test]
fn formats_rule_010_a_file_of_an_image_is_no_file_of_the_repository() {
    let outcome = read_changed(written(), |report| {
        report["ArtifactType"] = json!("container_image");
    });
    let outcome = outcome.clean();
    assert_eq!(outcome.paths(), ["config/app.ini"]);
    assert!(outcome.view(0).repo_path().is_none());
}

#[test]
fn hostile_g11_secrets_rule_063_and_064_the_time_and_the_commit_of_trivy() {
    let read = |commit: &str, committed: &str| {
        Bench::new()
            .with(written().to_string())
            .within(|context| {
                context.head = Some(Head {
                    commits: vec![commit.to_owned()],
                    committed: committed.parse().unwrap(),
                });
            })
            .read()
            .clean()
    };
    let own = "3f1c9a7d5e2b8046c1d7a9e3f5b20846d7c1a9e3";
    let outcome = read(own, "2026-11-02T09:05:00Z");
    assert_eq!(outcome.intake.runs[0].status, RunStatus::Ok);
    let outcome = read(own, "2026-11-02T09:05:01Z");
    assert_eq!(outcome.intake.runs[0].reasons, [RunReason::OlderThanCommit]);
    let outcome = read(&"ab".repeat(20), "2026-11-02T09:00:00Z");
    assert_eq!(outcome.intake.runs[0].reasons, [RunReason::OtherCommit]);
    outcome.diagnostic("report-of-other-commit");
}
