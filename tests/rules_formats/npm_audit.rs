//! npm audit (O15, O35 to O37).

use krgate::model::{Class, Cvss, Level, RunReason, RunStatus};
use serde_json::json;

use super::support::*;

const SEVEN: &str = "written/npm-audit.json";
const SIX: &str = "written/npm-audit-6.json";

#[test]
fn formats_rule_035_strings_in_via_are_chains_and_no_findings() {
    let outcome = read_one(&fixture(SEVEN));
    assert_eq!(
        (outcome.run().alias.raw(), outcome.count()),
        ("npm-audit", 3)
    );
    let critical = outcome.of("GHSA-xvch-5gv4-984h");
    assert_eq!(critical.package(), "npm/minimist");
    assert_eq!(critical.ids(), ["GHSA-xvch-5gv4-984h", "npm:1097678"]);
    assert_eq!(
        (critical.tenths(), critical.0.cwe()),
        (Some(98), &[1321][..])
    );
    assert_eq!(critical.finding().level, Level::Error);
    assert_eq!(critical.path(), None);
    assert_eq!(
        critical.text(critical.facts().places[0]),
        "node_modules/minimist"
    );
    assert_eq!(outcome.of("GHSA-vh95-rmgr-6w4m").tenths(), Some(56));
}

#[test]
fn formats_rule_011_an_upgrade_to_another_major_version_is_a_fix() {
    let outcome = read_one(&fixture(SEVEN));
    assert_eq!(
        outcome.of("GHSA-pfrx-2q88-qq97").facts().fix_available,
        Some(true)
    );
    for (given, known) in [
        (json!(false), Some(false)),
        (json!(null), None),
        (json!(7), None),
    ] {
        let outcome = changed(SEVEN, |r| {
            r["vulnerabilities"]["got"]["fixAvailable"] = given.clone();
        });
        assert_eq!(
            outcome.of("GHSA-pfrx-2q88-qq97").facts().fix_available,
            known,
            "{given}"
        );
    }
}

#[test]
fn formats_rule_036_packages_are_counted_and_not_advisories() {
    let empty = changed(SEVEN, |r| r["vulnerabilities"] = json!({}));
    empty.refused("report-count-mismatch");
    let chains = changed(SEVEN, |r| {
        for package in r["vulnerabilities"].as_object_mut().unwrap().values_mut() {
            package["via"] = json!(["other"]);
        }
    });
    chains.refused("report-count-mismatch");
    changed(SEVEN, |r| {
        r["metadata"]["vulnerabilities"]["total"] = json!("3");
    })
    .refused("report-wrong-type");
    assert_eq!(
        read_one(&fixture(SEVEN)).errors(),
        [""; 0],
        "3 packages, 3 advisories"
    );
}

#[test]
fn formats_rule_037_npm_6() {
    let outcome = read_one(&fixture(SIX));
    assert_eq!(outcome.run().class, Some(Class::Sca));
    let old = outcome.of("CVE-2020-7598");
    assert_eq!((old.rule(), old.tenths()), ("npm:1179", None));
    assert_eq!(
        (old.finding().level, old.0.cwe()),
        (Level::Note, &[471][..])
    );
    assert_eq!(old.text(old.facts().version.unwrap()), "0.0.8");
    let bare = outcome.of("CVE-2021-44906");
    assert_eq!(bare.rule(), "GHSA-xvch-5gv4-984h");
    assert!(
        matches!(bare.finding().cvss, Cvss::BareZero(_)),
        "unscored, not 0.0"
    );
    assert_eq!(bare.facts().fix_available, Some(false));
    assert_eq!(old.facts().fix_available, Some(true));
    changed(SIX, |r| r["advisories"] = json!({})).refused("report-count-mismatch");
}

#[test]
fn formats_rule_015_an_error_document_is_a_failed_scan() {
    // As npm 11 wrote it where the registry refused, and as it does without a lock file.
    let real = fixture("scanners/npm-audit-error.json");
    let no_lock = json!({"error": {"code": "ENOLOCK", "summary": "s", "detail": "d"}});
    for report in [real, no_lock.to_string()] {
        let outcome = read_one(&report);
        let run = outcome.run();
        assert_eq!(run.status, RunStatus::Failed);
        assert_eq!(run.reasons, [RunReason::ReportedFailure]);
        assert!(!run.is_exact());
        let accepted = read_all(&[&report], |entry| entry.accept_degraded = true);
        assert_eq!(
            (accepted.run().status, accepted.run().accepted),
            (RunStatus::Ok, true)
        );
    }
}

#[test]
fn formats_rule_013_malformed_packages_and_advisories_stay() {
    let outcome = changed(SEVEN, |r| {
        r["vulnerabilities"]["odd"] = json!([]);
        r["vulnerabilities"]["got"]["via"] = json!([7]);
    });
    assert_eq!(outcome.count(), 4);
    assert!(outcome.says("item-wrong-type"));
    changed(SEVEN, |r| {
        r["vulnerabilities"]["got"]["severity"] = json!(3);
    })
    .refused("report-wrong-type");
}

#[test]
fn formats_rule_016_a_clean_report_is_believed() {
    let outcome = read_one(&fixture("scanners/npm-audit-clean.json"));
    assert!(outcome.run().is_exact());
    assert_eq!(outcome.count(), 0);
}

#[test]
fn formats_rule_035_as_npm_11_itself_wrote_it() {
    let outcome = read_one(&fixture("scanners/npm-audit.json"));
    assert_eq!(outcome.count(), 3, "the chain of mkdirp is none");
    assert_eq!(outcome.of("GHSA-35jh-r3h4-6jhm").tenths(), Some(72));
    let minimist = outcome.of("GHSA-xvch-5gv4-984h");
    assert_eq!(minimist.package(), "npm/minimist");
    assert_eq!(minimist.facts().fix_available, Some(true));
}
