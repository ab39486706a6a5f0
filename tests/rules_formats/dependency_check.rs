//! Dependency-Check (O54, O15).

use krgate::model::{CvssVersion, RunReason, RunStatus, Severity, Suppression};
use serde_json::json;

use super::support::*;

const REPORT: &str = "written/dependency-check.json";

#[test]
fn formats_rule_054_suppressed_and_related_ones() {
    let outcome = read_one(&fixture(REPORT));
    assert_eq!(
        (outcome.run().alias.raw(), outcome.count()),
        ("dependency-check", 2)
    );
    let seen = outcome.of("CVE-2018-7489");
    assert_eq!(
        seen.package(),
        "maven/com.fasterxml.jackson.core/jackson-databind"
    );
    assert_eq!(seen.text(seen.facts().version.unwrap()), "2.9.4");
    assert_eq!(seen.path(), Some("lib/jackson-databind-2.9.4.jar"));
    assert_eq!(seen.0.cwe(), [184, 502]);
    let aside = outcome.of("CVE-2020-8840");
    assert_eq!(aside.finding().suppression, Suppression::External);
}

#[test]
fn cvss_rule_018_the_number_of_version_3_goes_before_that_of_2() {
    let outcome = read_one(&fixture(REPORT));
    let seen = outcome.of("CVE-2018-7489");
    let score = seen.finding().cvss.judged().unwrap();
    assert_eq!((score.tenths.get(), score.version), (98, CvssVersion::V31));
    assert_eq!(seen.facts().scores.len(), 2);
    let old = changed(REPORT, |r| {
        r["dependencies"][0]["vulnerabilities"][0]["cvssv3"].take();
    });
    let score = old.of("CVE-2018-7489").finding().cvss.judged().unwrap();
    assert_eq!((score.tenths.get(), score.version), (75, CvssVersion::V20));
    assert_eq!(
        old.of("CVE-2018-7489").facts().severity,
        Some(Severity::Critical)
    );
}

#[test]
fn formats_rule_015_an_exception_of_the_analysis_fails_the_scan() {
    let outcome = changed(REPORT, |r| {
        r["scanInfo"]["analysisExceptions"] = json!([{"exception": {"message": "no index"}}]);
    });
    let run = outcome.run();
    assert_eq!(
        (run.status, &run.reasons[..]),
        (RunStatus::Failed, &[RunReason::ReportedFailure][..])
    );
    let none = changed(REPORT, |r| r["scanInfo"]["analysisExceptions"] = json!([]));
    assert_eq!(none.run().status, RunStatus::Ok);
    assert!(
        read_one(&fixture("written/dependency-check-clean.json"))
            .run()
            .is_exact()
    );
}

#[test]
fn formats_rule_013_lists_of_the_wrong_type_refuse() {
    changed(REPORT, |r| r["dependencies"] = json!({})).refused("report-wrong-type");
    changed(REPORT, |r| {
        r["dependencies"][0]["vulnerabilities"] = json!("x");
    })
    .refused("report-wrong-type");
    let item = changed(REPORT, |r| r["dependencies"][1] = json!(7));
    assert_eq!(item.count(), 3);
}
