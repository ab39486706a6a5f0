//! `krgate.evaluation/1`: valid by its schema, whole, and enough to judge again.

use krgate::decide::Evaluation;
use krgate::model::{Quantity, is_hidden};
use krgate::render::encode::json::write_pretty;
use krgate::render::json::write;
use serde_json::Value;

use crate::sample::{self, HOSTILE, failing, passing, written, wrong_evidence};

fn document(evaluation: &Evaluation) -> (String, Value) {
    let text = written(|out| write(evaluation, out));
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

/// Fails with every place at which the document is not what the schema says.
pub(crate) fn assert_valid(schema: &str, document: &Value) {
    let path = format!("{}/schemas/{schema}", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn output_json_is_what_its_schema_says() {
    for evaluation in [failing(), passing(), wrong_evidence()] {
        assert_valid("evaluation.schema.json", &document(&evaluation).1);
    }
}

#[test]
fn output_json_schema_refuses_what_it_does_not_name() {
    let (_, mut value) = document(&passing());
    value["findings"][0]["surprise"] = Value::Bool(true);
    let path = format!(
        "{}/schemas/evaluation.schema.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(!jsonschema::is_valid(&schema, &value));
}

#[test]
fn report_p41_same_inputs_same_bytes_and_one_line_feed_at_the_end() {
    let (text, _) = document(&failing());
    assert_eq!(text, document(&failing()).0);
    assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
}

#[test]
fn report_p42_every_finding_is_there_and_foreign_text_has_its_value() {
    let evaluation = failing();
    let (text, value) = document(&evaluation);
    let findings = value["findings"].as_array().unwrap();
    assert_eq!(findings.len(), evaluation.scoped.intake.findings.len());
    for hostile in HOSTILE {
        assert!(
            findings
                .iter()
                .any(|f| f["rule"] == *hostile && f["path"] == *hostile),
            "{hostile:?}"
        );
    }
    assert!(!text.contains("##[") && !text.contains("##vso["));
    assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'));
}

#[test]
fn secrets_rule_084_nothing_of_a_secret_but_place_and_validity() {
    let (text, value) = document(&failing());
    let secret = value["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["class"] == "secrets")
        .unwrap();
    assert_eq!(secret["validity"], "not_attempted");
    assert_eq!(secret["counted_by"][0], "no-live-secret");
    // The keyed ids of the sample are repeated bytes; none may be written (S70).
    assert!(!text.contains("01010101") && !text.contains("02020202"));
}

#[test]
fn report_p43_every_verdict_can_be_computed_again() {
    let mut judged = 0;
    for evaluation in [failing(), passing()] {
        let (_, value) = document(&evaluation);
        let objectives = value["objectives"].as_array().unwrap();
        for kr in objectives
            .iter()
            .flat_map(|o| o["key_results"].as_array().unwrap())
        {
            let again = judge(kr);
            assert_eq!(kr["verdict"], again, "{}", kr["id"]);
            assert_eq!(
                kr["blocks"],
                again != "met" && kr["enforcement"] == "block",
                "{}",
                kr["id"]
            );
            judged += 1;
        }
    }
    assert_eq!(judged, 13);
}

fn number(value: &Value) -> Option<Quantity> {
    Some(Quantity::parse(value.as_str()?).unwrap())
}

fn figure(kr: &Value) -> Option<Quantity> {
    let Some(fraction) = kr["fraction"].as_str() else {
        return number(&kr["value"]);
    };
    let (num, den) = fraction.split_once('/').unwrap();
    Quantity::ratio(num.parse().unwrap(), den.parse().unwrap())
}

/// A second judge, by the words of the documentation alone.
fn judge(kr: &Value) -> &'static str {
    let target = &kr["target"];
    let (Some(value), "compare") = (figure(kr), target["kind"].as_str().unwrap()) else {
        return "unknown";
    };
    let than = number(&target["value"]).unwrap();
    let met = match target["op"].as_str().unwrap() {
        "<=" => value <= than,
        ">=" => value >= than,
        other => panic!("the sample has no {other}"),
    };
    // A lower bound can only miss an upper limit, or meet a lower one.
    let is_exact = kr["bound"] == "exact";
    match (met, target["op"].as_str().unwrap()) {
        (true, op) if is_exact || op == ">=" => "met",
        (false, op) if is_exact || op == "<=" => "missed",
        _ => "unknown",
    }
}

#[test]
fn output_json_snapshot_with_three_findings() {
    let (_, mut value) = document(&failing());
    let findings = value["findings"].as_array_mut().unwrap();
    *findings = [0, 5, findings.len() - 1]
        .map(|i| findings[i].take())
        .to_vec();
    for objective in value["objectives"].as_array_mut().unwrap() {
        for kr in objective["key_results"].as_array_mut().unwrap() {
            kr["counted"].as_array_mut().unwrap().truncate(2);
        }
    }
    value["policy"]["sha256"] = "…".into();
    insta::assert_snapshot!(written(|out| write_pretty(&value, out)));
}

#[test]
fn output_json_names_the_findings_that_a_figure_counts() {
    let (_, value) = document(&failing());
    let few = value["objectives"][1]["key_results"]
        .as_array()
        .unwrap()
        .iter()
        .find(|kr| kr["id"] == "few-errors")
        .unwrap();
    assert_eq!(
        few["value"],
        few["counted"].as_array().unwrap().len().to_string()
    );
    let ids = sample::intake().ids;
    for id in few["counted"].as_array().unwrap() {
        assert!(ids.iter().any(|known| known.to_string() == *id));
    }
}

#[test]
fn output_json_of_a_warning_of_the_policy_expects_nothing() {
    let mut evaluation = passing();
    evaluation.diagnostics = vec![sample::of_the_policy()];
    let (_, value) = document(&evaluation);
    assert_valid("evaluation.schema.json", &value);
    let row = &value["diagnostics"][0];
    assert_eq!(row["expected"], Value::Null);
    assert_eq!(row["detail"], "the report is read as a scan of everything");
}

#[test]
fn output_json_names_paths_as_what_they_are() {
    let (_, value) = document(&sample::by_path());
    assert_valid("evaluation.schema.json", &value);
    let kr = &value["objectives"][0]["key_results"][0];
    assert_eq!((&kr["value"], &kr["unit"]), (&"3".into(), &"paths".into()));
    assert_eq!(kr["shown"]["value"], "3 paths");
}

#[test]
fn output_json_says_what_was_judged_here() {
    let judged = |evaluation: &Evaluation| -> Vec<String> {
        let (_, value) = document(evaluation);
        let objectives = value["objectives"].as_array().unwrap().clone();
        objectives
            .iter()
            .flat_map(|o| o["key_results"].as_array().unwrap().clone())
            .map(|kr| kr["judged"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(judged(&passing()).iter().all(|word| word == "all"), "state");
    let change = judged(&failing());
    assert_eq!(
        change.iter().filter(|word| *word == "all").count(),
        1,
        "tools"
    );
}
