//! Snyk (O15, O49 to O51).

use krgate::model::{Class, Cvss, Level, RunReason, RunStatus, Severity, Suppression};
use serde_json::json;

use super::support::*;

const REPORT: &str = "written/snyk.json";

#[test]
fn formats_rule_050_one_finding_however_many_ways_lead_to_it() {
    let outcome = read_one(&fixture(REPORT));
    let run = outcome.run();
    assert_eq!(
        (run.alias.raw(), run.class),
        ("snyk-open-source", Some(Class::Sca))
    );
    let lodash = outcome.of("CVE-2021-23337");
    assert_eq!(lodash.package(), "npm/lodash");
    assert_eq!(lodash.path(), Some("web/package-lock.json"));
    let ways: Vec<_> = lodash
        .facts()
        .places
        .iter()
        .map(|id| lodash.text(*id))
        .collect();
    assert_eq!(
        ways,
        [
            "shop-web@1.0.0 > lodash@4.17.15",
            "shop-web@1.0.0 > table@5.4.6 > lodash@4.17.15"
        ]
    );
    assert_eq!(lodash.tenths(), Some(88), "the highest of all assigners");
    assert_eq!(lodash.facts().fix_available, Some(true));
    let epss = lodash.facts().epss.map(|epss| epss.quantity().to_string());
    assert_eq!(epss.as_deref(), Some("0.00826"));
    let counts = run.counts;
    assert_eq!(
        (counts.results, counts.findings, counts.suppressed),
        (Some(4), 2, 1)
    );
}

#[test]
fn formats_rule_049_null_is_unscored_and_licences_are_of_their_class() {
    let outcome = read_one(&fixture(REPORT));
    let license = outcome.of("snyk:lic:npm:geo-tools:AGPL-3.0");
    assert_eq!(license.finding().class, Class::License);
    assert_eq!(
        (license.finding().cvss, license.finding().level),
        (Cvss::Unscored, Level::Error)
    );
    assert!(outcome.run().could_find.contains(Class::License));
    let worse = changed(REPORT, |r| {
        r["vulnerabilities"][0]["severityWithCritical"] = json!("critical");
        r["vulnerabilities"].as_array_mut().unwrap().remove(1);
    });
    assert_eq!(
        worse.of("CVE-2021-23337").facts().severity,
        Some(Severity::Critical)
    );
    let container = read_one(&fixture("written/snyk-container.json"));
    let zlib = container.of("CVE-2023-45853");
    assert_eq!(zlib.facts().severity, Some(Severity::Critical));
    assert_eq!(
        (zlib.finding().class, zlib.package().as_str()),
        (Class::Container, "deb/debian/zlib")
    );
    assert_eq!(container.run().alias.raw(), "snyk-container");
    assert!(zlib.0.repo_path().is_none());
}

#[test]
fn formats_rule_006_what_snyk_ignores_or_patches_is_suppressed() {
    let outcome = read_one(&fixture(REPORT));
    let ignored = outcome.of("CVE-2020-7598");
    assert_eq!(ignored.finding().suppression, Suppression::External);
    let patched = changed(REPORT, |r| {
        r["vulnerabilities"][2]["isPatched"] = json!(true);
    });
    let seen = patched.of("snyk:lic:npm:geo-tools:AGPL-3.0");
    assert_eq!(seen.finding().suppression, Suppression::External);
}

#[test]
fn formats_rule_051_one_error_among_results_fails_the_run() {
    let outcome = read_one(&fixture("written/snyk-mixed.json"));
    let run = outcome.run();
    assert_eq!(
        (run.status, &run.reasons[..]),
        (RunStatus::Failed, &[RunReason::ReportedFailure][..])
    );
    let alone = read_one(r#"{"ok":false,"error":"no","path":"."}"#);
    assert_eq!(alone.run().status, RunStatus::Failed);
    assert!(
        read_one(&fixture("written/snyk-clean.json"))
            .run()
            .is_exact()
    );
    let later = changed("written/snyk-mixed.json", |r| {
        r.as_array_mut().unwrap().reverse();
    });
    assert_eq!(later.run().status, RunStatus::Failed);
}

#[test]
fn formats_rule_013_ok_decides() {
    changed(REPORT, |r| r["ok"] = json!("false")).refused("report-wrong-type");
    changed("written/snyk-clean.json", |r| r["ok"] = json!(false)).refused("report-count-mismatch");
    changed("written/snyk-mixed.json", |r| r[1] = json!([])).refused("report-wrong-type");
    let absent = changed("written/snyk-mixed.json", |r| {
        r[0] = r[1].clone();
        r[1] = json!({"ok": true, "packageManager": "pip"});
    });
    assert_eq!(absent.run().status, RunStatus::NotRun);
}
