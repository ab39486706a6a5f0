//! Grype (O23 to O27, and the general rules where Grype is the example).

use krgate::model::{Class, CvssVersion, Level, ScoreSource, Severity, Suppression};
use serde_json::json;

use super::support::*;

const FOLDER: &str = "written/grype.json";
const IMAGE: &str = "written/grype-image.json";

#[test]
fn formats_rule_008_advisory_and_package_are_the_identity() {
    let outcome = read_one(&fixture(FOLDER));
    let run = outcome.run();
    assert_eq!((run.alias.raw(), run.class), ("grype", Some(Class::Sca)));
    assert_eq!(run.version.as_ref().unwrap().raw(), "0.104.0");
    assert_eq!(outcome.count(), 3);
    let lodash = outcome.of("CVE-2021-23337");
    assert_eq!(lodash.rule(), "GHSA-35jh-r3h4-6jhm");
    assert_eq!(lodash.ids(), ["CVE-2021-23337", "GHSA-35jh-r3h4-6jhm"]);
    assert_eq!(lodash.package(), "npm/lodash");
    assert_eq!(lodash.text(lodash.facts().version.unwrap()), "4.17.15");
    assert_eq!(lodash.path(), Some("web/package-lock.json"));
    assert_eq!(lodash.0.cwe(), [94]);
    let log4j = outcome.of("CVE-2021-44228");
    assert_eq!(log4j.package(), "maven/org.apache.logging.log4j/log4j-core");
}

#[test]
fn formats_rule_008_the_id_does_not_depend_on_the_version() {
    let id = |outcome: &Outcome| outcome.of("CVE-2021-23337").0.id().unwrap();
    let before = read_one(&fixture(FOLDER));
    let upgraded = changed(FOLDER, |r| {
        r["matches"][0]["artifact"]["version"] = json!("4.17.19");
        r["matches"][0]["artifact"]["purl"] = json!("pkg:npm/lodash@4.17.19");
    });
    assert_eq!(id(&before), id(&upgraded));
    let elsewhere = changed(FOLDER, |r| {
        r["matches"][0]["artifact"]["locations"][0]["path"] = json!("/api/package-lock.json");
    });
    assert_ne!(id(&before), id(&elsewhere));
    let other = changed(FOLDER, |r| {
        r["matches"][0]["artifact"]["purl"] = json!("pkg:npm/lodash-es@4.17.15");
    });
    assert_ne!(id(&before), id(&other));
}

#[test]
fn formats_rule_008_an_image_keeps_its_findings_under_another_tag() {
    let id = |outcome: &Outcome| outcome.at(0).0.id().unwrap();
    let before = read_one(&fixture(IMAGE));
    let retagged =
        |name: &str| changed(IMAGE, |r| r["source"]["target"]["userInput"] = json!(name));
    assert_eq!(id(&before), id(&retagged("registry.test/shop/pay:1.5.0")));
    assert_eq!(
        id(&before),
        id(&retagged("registry.test/shop/pay@sha256:5f"))
    );
    assert_ne!(id(&before), id(&retagged("registry.test/shop/web:1.4.2")));
}

#[test]
fn formats_rule_009_one_finding_however_often_the_run_names_it() {
    let outcome = read_one(&fixture(IMAGE));
    let run = outcome.run();
    assert_eq!((run.counts.results, run.counts.findings), (Some(2), 1));
    let only = outcome.at(0);
    assert_eq!(only.tenths(), Some(98), "of the sighting that has a score");
    let places = only.facts().places.iter().map(|id| only.text(*id));
    assert_eq!(
        places.collect::<Vec<_>>(),
        ["/usr/share/doc/zlib1g/copyright", "/var/lib/dpkg/status"]
    );
}

#[test]
fn formats_rule_009_set_aside_only_if_every_sighting_is() {
    let outcome = changed(FOLDER, |r| {
        let again = r["ignoredMatches"][0].clone();
        r["matches"].as_array_mut().unwrap().push(again);
    });
    let seen = outcome.of("GHSA-p6mc-m468-83gw");
    assert_eq!(seen.finding().suppression, Suppression::None);
}

#[test]
fn formats_rule_010_a_place_in_a_layer_is_none_in_the_repository() {
    let outcome = read_one(&fixture(IMAGE));
    assert_eq!(outcome.run().class, Some(Class::Container));
    let only = outcome.at(0);
    assert_eq!(only.finding().class, Class::Container);
    assert_eq!(only.path(), Some("registry.test/shop/pay:1.4.2"));
    assert!(only.0.repo_path().is_none() && !only.0.path_can_be_linked());
    assert!(!outcome.says("path-outside-repository"));
}

#[test]
fn formats_rule_006_what_grype_ignores_is_suppressed() {
    let outcome = read_one(&fixture(FOLDER));
    let aside = outcome.of("GHSA-p6mc-m468-83gw");
    assert_eq!(aside.finding().suppression, Suppression::External);
    let counts = outcome.run().counts;
    assert_eq!((counts.findings, counts.suppressed), (2, 1));
}

#[test]
fn formats_rule_011_012_fix_epss_and_kev() {
    let outcome = read_one(&fixture(FOLDER));
    let lodash = outcome.of("CVE-2021-23337").facts();
    let epss = lodash.epss.map(|epss| epss.quantity().to_string());
    assert_eq!(epss.as_deref(), Some("0.00826"));
    assert_eq!(
        (lodash.fix_available, lodash.kev),
        (Some(true), Some(false))
    );
    assert_eq!(outcome.of("CVE-2021-44228").facts().kev, Some(true));
    let image = read_one(&fixture(IMAGE));
    let zlib = image.at(0).facts();
    assert_eq!((zlib.fix_available, zlib.epss), (Some(false), None));
    let several = changed(FOLDER, |r| {
        r["matches"][0]["vulnerability"]["epss"] = json!([{"epss": 0.2}, {"epss": 0.5}, {}]);
    });
    let highest = several.of("CVE-2021-23337").facts().epss.unwrap();
    assert_eq!(highest.quantity().to_string(), "0.5");
}

#[test]
fn formats_rule_023_related_scores_are_used_and_the_highest_newer_one_is_judged() {
    let outcome = read_one(&fixture(IMAGE));
    let only = outcome.at(0).finding().cvss.judged().unwrap();
    assert_eq!((only.tenths.get(), only.source), (98, ScoreSource::Related));
    let both = changed(FOLDER, |r| {
        r["matches"][0]["relatedVulnerabilities"][0]["cvss"][1]["vector"] =
            json!("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
        r["matches"][0]["relatedVulnerabilities"][0]["cvss"][1]["metrics"]["baseScore"] =
            json!(9.8);
    });
    let lodash = both.of("CVE-2021-23337");
    assert_eq!(lodash.tenths(), Some(98));
    let kept: Vec<u8> = lodash
        .facts()
        .scores
        .iter()
        .map(|s| s.score.tenths.get())
        .collect();
    assert_eq!(kept, [98, 72, 65]);
    assert_eq!(lodash.facts().scores[2].score.version, CvssVersion::V20);
    assert_eq!(
        lodash.text(lodash.facts().scores[0].by.unwrap()),
        "nvd@nist.gov"
    );
}

#[test]
fn formats_rule_014_null_absent_and_empty_lists_are_equal() {
    for cvss in [json!(null), json!([])] {
        let outcome = changed(FOLDER, |r| {
            r["matches"][1]["vulnerability"]["cvss"] = cvss.clone();
        });
        assert_eq!(outcome.of("CVE-2021-44228").tenths(), None);
        assert!(!outcome.says("item-wrong-type"));
    }
}

#[test]
fn formats_rule_024_negligible_is_a_note_and_unknown_no_level() {
    let outcome = read_one(&fixture(IMAGE));
    assert_eq!(outcome.at(0).finding().level, Level::Note);
    assert!(outcome.says("severity-disagrees"));
    let unknown = changed(FOLDER, |r| {
        r["matches"][1]["vulnerability"]["severity"] = json!("Unknown");
        r["matches"][1]["vulnerability"]["cvss"] = json!([]);
    });
    let seen = unknown.of("CVE-2021-44228");
    assert_eq!(
        (seen.facts().severity, seen.finding().level),
        (None, Level::None)
    );
    assert!(!unknown.says("unknown-severity-word"));
    let other = changed(FOLDER, |r| {
        r["matches"][1]["vulnerability"]["severity"] = json!("Dreadful");
    });
    assert_eq!(other.times("unknown-severity-word"), 1);
}

#[test]
fn formats_rule_025_scores_of_old_versions() {
    let outcome = changed(FOLDER, |r| {
        let vulnerability = &mut r["matches"][1]["vulnerability"];
        vulnerability["cvss"].take();
        vulnerability["cvssV2"] = json!({"baseScore": 9.3, "vector": "AV:N/AC:M/Au:N/C:C/I:C/A:C"});
        vulnerability["cvssV3"] =
            json!({"baseScore": 8.1, "vector": "CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H"});
    });
    let seen = outcome.of("CVE-2021-44228");
    assert_eq!(seen.tenths(), Some(81), "of 3.0, though 2.0 is higher");
    assert_eq!(seen.facts().scores.len(), 2);
}

#[test]
fn formats_rule_026_risk_is_no_score() {
    let outcome = changed(FOLDER, |r| {
        r["matches"][1]["vulnerability"]["cvss"] = json!([]);
    });
    assert_eq!(outcome.of("CVE-2021-44228").tenths(), None, "risk is 100");
}

#[test]
fn formats_rule_027_old_data_is_said_and_does_not_fail() {
    let fresh = read_one(&fixture(FOLDER));
    assert!(!fresh.says("old-vulnerability-data"));
    let old = read_one(&fixture(IMAGE));
    assert!(old.says("old-vulnerability-data"), "13 days");
    assert!(old.run().is_exact());
    let invalid = changed(FOLDER, |r| {
        r["descriptor"]["db"]["status"]["valid"] = json!(false);
    });
    assert!(invalid.says("old-vulnerability-data"));
    let five = changed(FOLDER, |r| {
        r["descriptor"]["db"]["status"]["built"] = json!("2026-10-28T09:00:00Z");
    });
    assert!(
        !five.says("old-vulnerability-data"),
        "not more than five days"
    );
    let over = changed(FOLDER, |r| r["alertsByPackage"] = json!([{"package": {}}]));
    assert!(over.says("old-vulnerability-data"));
}

#[test]
fn formats_rule_013_a_malformed_item_stays_a_finding() {
    let outcome = changed(FOLDER, |r| {
        r["matches"].as_array_mut().unwrap().push(json!("x"));
        r["matches"][0]["artifact"]["version"] = json!(4);
        r["matches"][0]["vulnerability"]["cvss"][0]["metrics"]["baseScore"] = json!("much");
    });
    assert_eq!(outcome.count(), 4);
    assert_eq!(outcome.at(3).rule(), "(no rule)");
    assert_eq!(outcome.of("CVE-2021-23337").facts().version, None);
    assert_eq!(
        outcome.of("CVE-2021-23337").tenths(),
        Some(72),
        "by the vector"
    );
    assert!(outcome.says("item-wrong-type") && outcome.says("cvss-score-invalid"));
}

#[test]
fn formats_rule_013_deciding_fields_of_the_wrong_type_refuse() {
    changed(FOLDER, |r| {
        r["matches"][0]["vulnerability"]["severity"] = json!(9);
    })
    .refused("report-wrong-type");
    changed(FOLDER, |r| r["source"]["type"] = json!(1)).refused("report-wrong-type");
    changed(FOLDER, |r| r["ignoredMatches"] = json!({})).refused("report-wrong-type");
}

#[test]
fn formats_rule_016_a_clean_report_is_weak_and_believed() {
    let outcome = read_one(&fixture("written/grype-clean.json"));
    assert!(outcome.run().is_exact());
    assert!(outcome.says("weak-evidence"));
    assert_eq!(outcome.count(), 0);
    let asked = read_all(&[&fixture("written/grype-clean.json")], |e| {
        e.strong_evidence = true;
    });
    assert!(!asked.run().is_exact());
}

#[test]
fn cvss_rule_020_a_word_far_above_the_number_is_kept_beside_it() {
    let outcome = changed(FOLDER, |r| {
        r["matches"][0]["vulnerability"]["severity"] = json!("Low");
        r["matches"][0]["relatedVulnerabilities"] = json!([]);
    });
    assert_eq!(
        outcome.times("severity-disagrees"),
        1,
        "high by number, low by word"
    );
    let seen = outcome.of("GHSA-35jh-r3h4-6jhm");
    assert_eq!(seen.facts().severity, Some(Severity::Low));
    assert_eq!(seen.tenths(), Some(72));
}
