//! `krgate.inspect/1` and its text.

use krgate::model::{Tenths, Validity};
use krgate::render::inspect::{write_json, write_text};
use serde_json::{Value, json};

use crate::json::assert_valid;
use crate::runner::assert_no_command;
use crate::sample::{diagnostics, intake, unread, written};

fn document() -> Value {
    let (mut intake, diagnostics) = unread();
    intake.runs[0].counts.numeric_scores = 436;
    intake.runs[0].counts.max_numeric_score = Tenths::new(98);
    intake.runs[0].counts.with_path = 445;
    intake.runs[0].counts.with_line = 440;
    let text = written(|out| write_json(&intake, &diagnostics, out));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn output_inspect_is_what_its_schema_says() {
    assert_valid("inspect.schema.json", &document());
    let intake = intake();
    let text = written(|out| write_json(&intake, &diagnostics(), out));
    assert_valid("inspect.schema.json", &serde_json::from_str(&text).unwrap());
}

#[test]
fn output_inspect_counts_by_level_only_what_counts() {
    let code = &document()["reports"][0];
    // 432 and one of level error, 12 hostile warnings; three suppressed ones are left out.
    assert_eq!(
        code["by_level"],
        json!({ "error": 433, "warning": 12, "note": 0, "none": 0 })
    );
    assert_eq!(code["by_class"], json!({ "sast": 445 }));
    assert_eq!(code["findings"], 445);
    assert_eq!(code["runs"][0]["suppressed"], 3);
    assert_eq!(code["scored"], 436);
    assert_eq!(code["max_cvss"], "9.8");
    assert_eq!(
        (&code["with_path"], &code["with_line"]),
        (&json!(445), &json!(440))
    );
    assert_eq!(code["diagnostics"], json!({ "sarif-level-unknown": 5 }));
}

#[test]
fn secrets_rule_075_inspect_counts_each_secret_once() {
    let secrets = &document()["reports"][1]["secrets"];
    assert_eq!(
        secrets["distinct"], 3,
        "one at two places; a dismissed one is left out"
    );
    let mut states: Vec<(&str, u64)> = Vec::new();
    for validity in Validity::ALL {
        let number = secrets["by_validity"][validity.as_str()].as_u64().unwrap();
        states.push((validity.as_str(), number));
    }
    assert_eq!(
        states,
        [
            ("active", 1),
            ("unknown", 0),
            ("not_attempted", 1),
            ("unsupported", 0),
            ("inactive", 1)
        ]
    );
}

#[test]
fn output_inspect_says_why_a_report_was_not_read() {
    let value = document();
    let last = value["reports"].as_array().unwrap().last().unwrap();
    assert_eq!(last["status"], "unreadable");
    assert_eq!(last["error"]["code"], "report-truncated");
    assert_eq!(last["runs"], json!([]));
    assert_eq!(value["reports"][0]["error"], Value::Null);
}

#[test]
fn output_text_of_inspect() {
    let (intake, diagnostics) = unread();
    let text = written(|out| write_text(&intake, &diagnostics, false, out));
    assert_no_command(&text);
    insta::assert_snapshot!(text);
}
