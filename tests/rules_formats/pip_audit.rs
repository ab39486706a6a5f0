//! pip-audit (O52, O53).

use krgate::model::{Cvss, Level, RunReason, RunStatus};
use serde_json::json;

use super::support::*;

const REPORT: &str = "written/pip-audit.json";

#[test]
fn formats_rule_053_pip_audit_gives_neither_a_score_nor_a_severity() {
    let outcome = read_one(&fixture(REPORT));
    assert_eq!(
        (outcome.run().alias.raw(), outcome.count()),
        ("pip-audit", 2)
    );
    let seen = outcome.of("CVE-2014-1402");
    assert_eq!(
        (seen.rule(), seen.package().as_str()),
        ("PYSEC-2014-8", "pypi/jinja2")
    );
    assert_eq!(
        seen.ids(),
        ["CVE-2014-1402", "GHSA-8r7q-cvjq-x353", "PYSEC-2014-8"]
    );
    assert_eq!(seen.finding().cvss, Cvss::Unscored);
    assert_eq!(
        (seen.finding().level, seen.facts().severity),
        (Level::None, None)
    );
    assert_eq!(seen.facts().fix_available, Some(true));
    assert_eq!(
        outcome.of("CVE-2019-10906").facts().fix_available,
        Some(false)
    );
}

#[test]
fn formats_rule_052_a_package_that_was_not_audited_fails_the_scan() {
    let outcome = read_one(&fixture("scanners/pip-audit-skipped.json"));
    let run = outcome.run();
    assert_eq!(
        (run.status, &run.reasons[..]),
        (RunStatus::Failed, &[RunReason::ReportedFailure][..])
    );
    let said = outcome
        .diagnostics
        .iter()
        .find(|d| d.code.as_str() == "scan-incomplete");
    assert!(format!("{:?}", said.unwrap().message).contains("shop-pay"));
    let clean = read_one(&fixture("scanners/pip-audit-clean.json"));
    assert!(clean.run().is_exact());
    assert_eq!(clean.count(), 0);
    // Neither audited nor skipped is not audited.
    let neither = changed(REPORT, |r| {
        r["dependencies"]
            .as_array_mut()
            .unwrap()
            .push(json!({"name": "x"}));
    });
    assert_eq!(neither.run().status, RunStatus::Failed);
    changed(REPORT, |r| r["dependencies"][1]["vulns"] = json!({})).refused("report-wrong-type");
    changed(REPORT, |r| r["dependencies"][1]["skip_reason"] = json!(1))
        .refused("report-wrong-type");
}

#[test]
fn formats_rule_001_the_old_list_and_the_poor_shapes() {
    let old = read_one(&fixture("written/pip-audit-1.json"));
    assert_eq!((old.run().alias.raw(), old.count()), ("pip-audit", 1));
    for poor in ["[]", r#"{"dependencies":[]}"#] {
        read_one(poor).refused("report-needs-format");
        let declared = read_all(&[poor], |e| e.format = Some("pip-audit".to_owned()));
        assert!(declared.run().is_exact(), "{poor}");
    }
    let other = read_all(&[r#"{"results":[],"errors":[]}"#], |e| {
        e.format = Some("pip-audit".to_owned());
    });
    other.refused("report-format-mismatch");
}

#[test]
fn formats_rule_053_as_pip_audit_2_itself_wrote_it() {
    let outcome = read_one(&fixture("scanners/pip-audit.json"));
    assert_eq!(outcome.count(), 2);
    let seen = outcome.of("CVE-2019-10906");
    assert_eq!(seen.package(), "pypi/jinja2");
    assert_eq!(seen.facts().fix_available, Some(true));
    assert_eq!(seen.finding().cvss, Cvss::Unscored);
}
