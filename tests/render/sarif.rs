//! SARIF 2.1.0: valid by the OASIS schema, and the same facts for an independent reader.

use krgate::decide::Evaluation;
use krgate::model::is_hidden;
use krgate::render::encode::json::write_pretty;
use krgate::render::sarif::write;
use serde_json::Value;
use serde_sarif::sarif::{Result as SarifResult, ResultLevel, Sarif};

use crate::sample::{failing, passing, written, wrong_evidence};

fn document(evaluation: &Evaluation) -> String {
    written(|out| write(evaluation, out))
}

fn read_back(evaluation: &Evaluation) -> Sarif {
    serde_json::from_str(&document(evaluation)).unwrap()
}

fn place(result: &SarifResult) -> Option<(String, i64, Option<i64>)> {
    let location = result.locations.as_ref()?.first()?;
    let physical = location.physical_location.as_ref()?;
    let uri = physical.artifact_location.as_ref()?.uri.clone()?;
    let region = physical.region.as_ref();
    Some((
        uri,
        region.and_then(|r| r.start_line).unwrap_or(0),
        region.and_then(|r| r.end_line),
    ))
}

#[test]
fn output_sarif_is_what_the_schema_of_oasis_says() {
    let path = format!(
        "{}/tests/schemas/sarif-schema-2.1.0.json",
        env!("CARGO_MANIFEST_DIR")
    );
    // One pattern of the schema (`run.language`) has a stray bracket, which only lenient
    // readers of patterns take.
    let text = std::fs::read_to_string(path).unwrap();
    let mended = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    assert_ne!(text, mended);
    let schema: Value = serde_json::from_str(&mended).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for evaluation in [failing(), passing(), wrong_evidence()] {
        let value: Value = serde_json::from_str(&document(&evaluation)).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&value)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[test]
fn sarif_rule_110_an_independent_reader_sees_the_lines_of_the_report() {
    let evaluation = failing();
    let sarif = read_back(&evaluation);
    let results = sarif.runs[0].results.as_ref().unwrap();
    let views: Vec<_> = evaluation.scoped.intake.views().collect();
    let mut with_lines = 0;
    for result in results {
        let id = &result.partial_fingerprints.as_ref().unwrap()["krgateFindingId/v1"];
        let view = views
            .iter()
            .find(|view| view.id().unwrap().to_string() == *id)
            .unwrap();
        let Some((uri, line, end)) = place(result) else {
            assert!(!view.path_can_be_linked());
            continue;
        };
        assert_eq!(uri, view.repo_path().unwrap().as_str());
        assert_eq!(line, i64::from(view.line().unwrap_or(0)));
        if line > 0 {
            assert_eq!(end, Some(line + 1));
            with_lines += 1;
        }
    }
    assert_eq!(
        with_lines, 438,
        "432 of the code scan, 3 suppressed, 3 secrets"
    );
}

#[test]
fn encoder_e09_a_path_that_the_visible_form_changes_gets_no_location() {
    let sarif = read_back(&failing());
    let results = sarif.runs[0].results.as_ref().unwrap();
    let hostile = results
        .iter()
        .find(|result| {
            let text = result.message.text.as_ref().unwrap();
            text.contains("at a\n::error file=x::owned:1")
        })
        .unwrap();
    assert_eq!(hostile.locations, None);
}

#[test]
fn output_sarif_level_is_what_the_key_result_does() {
    let sarif = read_back(&failing());
    let results = sarif.runs[0].results.as_ref().unwrap();
    let level = |rule: &str| {
        results
            .iter()
            .find(|result| result.rule_id.as_deref() == Some(rule))
            .unwrap()
            .level
            .unwrap()
    };
    assert_eq!(level("gitleaks/generic-api-key"), ResultLevel::Error);
    assert_eq!(
        level("semgrep oss/javascript.lang.security.audit.detect-eval-with-expression"),
        ResultLevel::Warning
    );
    assert_eq!(level("osv-scanner/GHSA-aaaa-bbbb-cccc"), ResultLevel::Note);
    assert_eq!(
        level("trivy\u{1b}[31m\n::error::x/CVE-2026-0001"),
        ResultLevel::Error
    );
}

#[test]
fn sarif_rule_038_what_is_set_aside_is_a_suppressed_result() {
    let sarif = read_back(&failing());
    let kinds: Vec<Vec<String>> = sarif.runs[0]
        .results
        .as_ref()
        .unwrap()
        .iter()
        .filter_map(|result| result.suppressions.as_ref())
        .map(|list| {
            list.iter()
                .map(|s| s.kind.as_str().unwrap().to_owned())
                .collect()
        })
        .collect();
    assert_eq!(
        kinds,
        [
            vec!["external"],
            vec!["inSource"],
            vec!["external"],
            vec!["inSource", "external"]
        ],
        "one dismissed secret, three suppressed results"
    );
}

#[test]
fn output_sarif_rules_are_those_that_results_name() {
    let sarif = read_back(&failing());
    let run = &sarif.runs[0];
    let rules = run.tool.driver.rules.as_ref().unwrap();
    for result in run.results.as_ref().unwrap() {
        let index = usize::try_from(result.rule_index.unwrap()).unwrap();
        assert_eq!(Some(&rules[index].id), result.rule_id.as_ref());
    }
    let mut ids: Vec<&String> = rules.iter().map(|rule| &rule.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), rules.len());
}

#[test]
fn encoder_e22_sarif_is_harmless_in_a_log() {
    for evaluation in [failing(), wrong_evidence()] {
        let text = document(&evaluation);
        assert!(!text.contains("##[") && !text.to_lowercase().contains("##vso["));
        assert!(!text.trim_end_matches('\n').chars().any(is_hidden));
    }
}

#[test]
fn output_sarif_says_whether_it_could_judge() {
    let successful = |evaluation: &Evaluation| {
        read_back(evaluation).runs[0].invocations.as_ref().unwrap()[0].execution_successful
    };
    assert!(successful(&failing()));
    assert!(!successful(&wrong_evidence()));
}

#[test]
fn output_sarif_snapshot_of_what_decides() {
    let mut value: Value = serde_json::from_str(&document(&failing())).unwrap();
    value["runs"][0]["results"]
        .as_array_mut()
        .unwrap()
        .retain(|result| !result["ruleId"].as_str().unwrap().contains("javascript"));
    insta::assert_snapshot!(written(|out| write_pretty(&value, out)));
}
