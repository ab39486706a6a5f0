//! cargo-audit (O7, O41, O42).

use krgate::model::{Cvss, Level, RunReason, RunStatus};
use serde_json::json;

use super::support::*;

const REPORT: &str = "written/cargo-audit.json";

#[test]
fn formats_rule_041_null_is_unscored_and_a_vector_is_computed() {
    let outcome = read_one(&fixture(REPORT));
    assert_eq!(
        (outcome.run().alias.raw(), outcome.count()),
        ("cargo-audit", 5)
    );
    let time = outcome.of("CVE-2020-26235");
    assert_eq!(
        (time.rule(), time.tenths()),
        ("RUSTSEC-2020-0071", Some(55))
    );
    assert_eq!((time.package().as_str(), time.path()), ("cargo/time", None));
    assert_eq!(time.facts().fix_available, Some(true));
    let atty = outcome.of("RUSTSEC-2021-0145");
    assert_eq!(atty.finding().cvss, Cvss::Unscored);
    assert_eq!(
        (atty.finding().level, atty.facts().fix_available),
        (Level::None, Some(false))
    );
    let four = changed(REPORT, |r| {
        r["vulnerabilities"]["list"][1]["advisory"]["cvss"] =
            json!("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H");
    });
    assert_eq!(four.of("RUSTSEC-2021-0145").tenths(), Some(100));
}

#[test]
fn formats_rule_041_found_and_count_agree_with_the_list() {
    changed(REPORT, |r| r["vulnerabilities"]["count"] = json!(3)).refused("report-count-mismatch");
    changed(REPORT, |r| r["vulnerabilities"]["found"] = json!(false))
        .refused("report-count-mismatch");
    changed(REPORT, |r| r["vulnerabilities"]["list"] = json!([])).refused("report-count-mismatch");
    changed(REPORT, |r| r["vulnerabilities"]["found"] = json!("true")).refused("report-wrong-type");
    changed(REPORT, |r| r["vulnerabilities"]["count"] = json!(2.5)).refused("report-wrong-type");
}

#[test]
fn formats_rule_042_warnings_are_findings_of_their_kind() {
    let outcome = read_one(&fixture(REPORT));
    let unmaintained = outcome.of("RUSTSEC-2024-0320");
    assert_eq!(
        (unmaintained.rule(), unmaintained.finding().level),
        ("unmaintained", Level::Note)
    );
    let unsound = outcome.of("RUSTSEC-2022-0040");
    assert_eq!(
        (unsound.rule(), unsound.finding().level),
        ("unsound", Level::Warning)
    );
    let yanked = outcome.at(4);
    assert_eq!((yanked.rule(), yanked.facts().advisory), ("yanked", None));
    assert_eq!(yanked.package(), "cargo/futures-util");
    let none = changed(REPORT, |r| r["warnings"]["yanked"] = json!(null));
    assert_eq!((none.count(), none.run().status), (4, RunStatus::Ok));
}

#[test]
fn formats_rule_007_what_the_tool_was_told_to_ignore_is_shown() {
    let outcome = read_one(&fixture(REPORT));
    let told = outcome
        .diagnostics
        .iter()
        .find(|d| d.code.as_str() == "ignored-by-tool");
    assert!(format!("{:?}", told.unwrap().message).contains("RUSTSEC-2023-0071"));
    let clean = read_one(&fixture("written/cargo-audit-clean.json"));
    assert!(!clean.says("ignored-by-tool"));
    assert!(clean.run().is_exact());
}

#[test]
fn formats_rule_014_a_list_that_is_null_did_not_run() {
    let outcome = changed(REPORT, |r| {
        r["vulnerabilities"] = json!({"found": false, "count": 0, "list": null});
        r["warnings"] = json!({});
    });
    let run = outcome.run();
    assert_eq!(
        (run.status, &run.reasons[..]),
        (RunStatus::NotRun, &[RunReason::ResultsNull][..])
    );
}
