//! `JUnit` XML, read by an XML parser that is not the writer's.

use std::collections::BTreeMap;

use krgate::decide::Evaluation;
use krgate::render::junit::write;
use krgate::render::markdown::MarkdownOptions;
use krgate::render::text::TextOptions;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use crate::sample::{failing, loosened, passing, written, wrong_evidence};

fn xml(evaluation: &Evaluation) -> String {
    written(|out| write(evaluation, out))
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).unwrap()?;
    let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
    Some(value.into_owned())
}

/// The cases by name: the element inside, or `success`.
fn cases(xml: &str) -> BTreeMap<String, String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut cases = BTreeMap::new();
    let mut open = None;
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return cases,
            Event::Empty(tag) | Event::Start(tag) => match tag.name().as_ref() {
                b"testcase" => {
                    let name = attribute(&tag, "name").unwrap();
                    cases.insert(name.clone(), "success".to_owned());
                    open = Some(name);
                }
                b"testsuites" | b"testsuite" => {}
                b"system-out" if cases[open.as_ref().unwrap()] != "success" => {}
                inside => {
                    let word = String::from_utf8(inside.to_vec()).unwrap();
                    cases.insert(open.clone().unwrap(), word);
                }
            },
            _ => {}
        }
    }
}

#[test]
fn output_junit_fails_what_blocks_and_skips_what_only_warns() {
    let cases = cases(&xml(&failing()));
    let of = |id: &str| {
        let name = cases.keys().find(|name| name.starts_with(id)).unwrap();
        cases[name].as_str()
    };
    assert_eq!(cases.len(), 9 + 5 + 1, "key results, runs, what is missing");
    assert_eq!(of("reports/trivy.sarif"), "skipped");
    assert_eq!(
        of("reports/gitleaks.json"),
        "system-out",
        "weak evidence is said"
    );
    assert_eq!(of("no-live-secret"), "failure");
    assert_eq!(of("prod-cvss-4"), "failure", "unknown blocks like missed");
    assert_eq!(of("images-clean"), "failure");
    assert_eq!(of("few-errors"), "skipped");
    assert_eq!(of("fuzzed"), "skipped");
    assert_eq!(of("time-to-fix"), "skipped");
    assert_eq!(of("scanners-in-pipeline"), "success");
}

#[test]
fn invariant_09_wrong_evidence_is_never_all_green_in_junit() {
    let cases = cases(&xml(&wrong_evidence()));
    let error = cases
        .iter()
        .find(|(name, _)| name.starts_with("report-truncated"))
        .unwrap();
    assert_eq!(error.0, "report-truncated: reports/fuzz\\n::error::.sarif");
    assert_eq!(error.1, "error");
}

#[test]
fn output_junit_holds_no_character_that_a_log_would_act_on() {
    let text = xml(&failing());
    assert!(!text.contains("##["));
    assert!(
        !text
            .chars()
            .any(|c| krgate::model::is_hidden(c) && c != '\n')
    );
}

#[test]
fn sarif_rule_028_reason_and_owner_of_accepted_failures_stand_in_every_output() {
    let evaluation = failing();
    let outputs = [
        xml(&evaluation),
        written(|out| krgate::render::json::write(&evaluation, out)),
        written(|out| krgate::render::sarif::write(&evaluation, out)),
        written(|out| {
            krgate::render::markdown::write(&evaluation, MarkdownOptions::default(), out)
        }),
        written(|out| krgate::render::text::write(&evaluation, TextOptions::default(), out)),
    ];
    for output in outputs {
        assert!(output.contains("@acme/build"), "{output}");
        assert!(output.contains("its | plugin is"), "{output}");
    }
}

#[test]
fn secrets_rule_061_every_output_says_weak_evidence() {
    for evaluation in [failing(), passing()] {
        let outputs = [
            xml(&evaluation),
            written(|out| krgate::render::sarif::write(&evaluation, out)),
            written(|out| {
                krgate::render::markdown::write(&evaluation, MarkdownOptions::default(), out)
            }),
            written(|out| krgate::render::text::write(&evaluation, TextOptions::default(), out)),
        ];
        for output in outputs {
            assert!(output.contains("weak evidence"), "{output}");
        }
        let json = written(|out| krgate::render::json::write(&evaluation, out));
        assert!(json.contains("\"evidence\": \"weak\""));
    }
}

#[test]
fn output_junit_of_a_gate_that_fails() {
    insta::assert_snapshot!(xml(&failing()));
}

#[test]
fn output_junit_of_a_gate_that_passes() {
    insta::assert_snapshot!(xml(&passing()));
}

#[test]
fn report_o04_a_note_that_loosens_stands_beside_a_green_case() {
    let xml = xml(&loosened());
    assert!(
        xml.contains("<system-out>* 12 findings are left out for want of a score"),
        "{xml}"
    );
}
