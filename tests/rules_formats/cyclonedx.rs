//! `CycloneDX` (O43, O44, C6).

use krgate::model::{CvssVersion, Level, Severity, Suppression};
use serde_json::json;

use super::support::*;

const REPORT: &str = "written/cyclonedx.json";

fn jackson(outcome: &Outcome) -> Seen<'_> {
    let found = outcome.intake.views().find(|view| {
        Seen(*view).path().is_none()
            && Seen(*view).package_or_none() == "maven/com.fasterxml.jackson.core/jackson-databind"
    });
    Seen(found.unwrap())
}

#[test]
fn formats_rule_043_the_method_says_what_a_rating_is() {
    let outcome = read_one(&fixture(REPORT));
    assert_eq!(outcome.run().name.raw(), "acme-scan");
    assert_eq!(outcome.run().version.as_ref().unwrap().raw(), "4.2.0");
    let seen = jackson(&outcome);
    let score = seen.finding().cvss.judged().unwrap();
    assert_eq!((score.tenths.get(), score.version), (98, CvssVersion::V30));
    assert_eq!(seen.facts().scores.len(), 2, "OWASP is no CVSS");
    assert_eq!(seen.facts().severity, Some(Severity::Critical));
    assert_eq!(seen.0.cwe(), [184, 502]);
    assert!(
        !outcome.says("cvss-score-invalid"),
        "42.5 is a score of OWASP"
    );
    let word = outcome.of("CVE-2021-44228");
    assert_eq!((word.tenths(), word.finding().level), (None, Level::Error));
    let other = changed(REPORT, |r| {
        r["vulnerabilities"][0]["ratings"] =
            json!([{"score": 9.1, "method": "SSVC"}, {"score": 9.0}]);
    });
    assert_eq!(jackson(&other).tenths(), None);
    let bare = changed(REPORT, |r| {
        r["vulnerabilities"][0]["ratings"] =
            json!([{"vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]);
    });
    assert_eq!(jackson(&bare).tenths(), Some(98));
}

#[test]
fn formats_rule_044_the_analysis_sets_aside_and_affects_names_the_part() {
    let outcome = read_one(&fixture(REPORT));
    assert_eq!(outcome.count(), 4);
    let aside = outcome.of("CVE-2021-44228");
    assert_eq!(aside.finding().suppression, Suppression::External);
    assert_eq!(aside.package(), "maven/org.apache.logging.log4j/log4j-core");
    assert_eq!(jackson(&outcome).finding().suppression, Suppression::None);
    let shaded = outcome.at(1);
    assert_eq!(
        shaded.package(),
        "?/com.acme/shaded-jackson",
        "by a link into this document"
    );
    let unknown = outcome.of("ACME-2026-7");
    assert_eq!(unknown.facts().package, None);
    assert_eq!(unknown.text(unknown.facts().places[0]), "no-such-part");
    for state in ["exploitable", "in_triage", "something"] {
        let outcome = changed(REPORT, |r| {
            r["vulnerabilities"][1]["analysis"]["state"] = json!(state);
        });
        let seen = outcome.of("CVE-2021-44228");
        assert_eq!(seen.finding().suppression, Suppression::None, "{state}");
    }
    changed(REPORT, |r| {
        r["vulnerabilities"][1]["analysis"]["state"] = json!(1);
    })
    .refused("report-wrong-type");
}

#[test]
fn formats_rule_044_parts_may_come_first() {
    // The order of members decides nothing.
    let text = fixture(REPORT);
    let sorted = value(REPORT).to_string();
    let ids = |text: &str| {
        let outcome = read_one(text);
        let ids: Vec<_> = outcome.intake.views().map(|view| view.id()).collect();
        ids
    };
    assert_eq!(ids(&text), ids(&sorted));
}

#[test]
fn formats_rule_016_no_vulnerability_is_clean_and_no_list_is_no_scan() {
    let clean = read_one(&fixture("written/cyclonedx-clean.json"));
    assert!(clean.run().is_exact());
    assert_eq!((clean.run().name.raw(), clean.count()), ("acme-scan", 0));
    changed("written/cyclonedx-clean.json", |r| {
        r.as_object_mut().unwrap().remove("vulnerabilities");
    })
    .refused("report-unsupported-format");
    let null = changed(REPORT, |r| r["vulnerabilities"] = json!(null));
    assert!(!null.run().is_exact());
}
