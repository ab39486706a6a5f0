//! Trivy of every class (O17 to O22, and O6, O8 to O11 where Trivy is the example).

use krgate::model::{Class, CvssVersion, Evidence, Severity, Suppression};
use serde_json::json;

use super::support::*;

const FOLDER: &str = "written/trivy-repository.json";
const IMAGE: &str = "written/trivy-image.json";
const CLEAN: &str = "written/trivy-clean.json";

fn runs(outcome: &Outcome) -> Vec<(Option<Class>, Evidence, u64)> {
    let runs = outcome.intake.runs.iter();
    runs.map(|run| (run.class, run.evidence, run.counts.findings))
        .collect()
}

#[test]
fn formats_rule_017_a_document_of_several_classes_is_a_run_of_each() {
    let outcome = read_one(&fixture(FOLDER));
    assert_eq!(outcome.errors(), [""; 0]);
    let strong = Evidence::Strong;
    for (class, count) in [
        (Class::Sca, 2),
        (Class::Secrets, 1),
        (Class::Iac, 1),
        (Class::License, 1),
    ] {
        assert!(
            runs(&outcome).contains(&(Some(class), strong, count)),
            "{class}"
        );
    }
    assert_eq!(outcome.intake.runs.len(), 4);
    assert!(!outcome.says("same-tool-twice"));
    for view in outcome.intake.views() {
        let run = &outcome.intake.runs[view.finding.run.index()];
        assert_eq!(run.class, Some(view.finding.class));
    }
}

#[test]
fn formats_rule_017_a_target_without_findings_is_clean_and_strong() {
    let outcome = read_one(&fixture(CLEAN));
    assert_eq!(runs(&outcome), [(Some(Class::Sca), Evidence::Strong, 0)]);
    // It says nothing of secrets; only the entry can.
    let outcome = read_all(&[&fixture(CLEAN)], |e| e.class = Some(Class::Secrets));
    assert_eq!(
        runs(&outcome),
        [
            (Some(Class::Sca), Evidence::Strong, 0),
            (Some(Class::Secrets), Evidence::Weak, 0),
        ]
    );
    let outcome = read_all(&[&fixture(CLEAN)], |e| e.class = Some(Class::Sast));
    assert_eq!(runs(&outcome), [(Some(Class::Sca), Evidence::Strong, 0)]);
    assert!(outcome.says("tool-class-conflict"));
}

#[test]
fn formats_rule_018_a_check_that_passed_is_no_finding() {
    let iac = |status: serde_json::Value| {
        let outcome = changed(FOLDER, |r| {
            r["Results"][2]["Misconfigurations"][0]["Status"] = status;
        });
        let all = outcome.intake.findings.iter();
        all.filter(|f| f.class == Class::Iac).count()
    };
    assert_eq!(iac(json!("FAIL")), 1);
    assert_eq!(iac(json!(null)), 1);
    assert_eq!(iac(json!("SOMETHING")), 1, "what nobody knows counts");
    assert_eq!(iac(json!("PASS")), 0);
    assert_eq!(iac(json!("EXCEPTION")), 0);
    let outcome = read_one(&fixture(FOLDER));
    let mut views = outcome.intake.views();
    let failed = Seen(views.find(|v| v.finding.class == Class::Iac).unwrap());
    assert_eq!(failed.rule(), "DS-0002");
    assert_eq!(
        (failed.path(), failed.0.line()),
        (Some("Dockerfile"), Some(3))
    );
    assert_eq!(failed.facts().severity, Some(Severity::High));
    assert!(failed.0.message().unwrap().raw().starts_with("Specify"));
}

#[test]
fn formats_rule_019_and_011_status_and_fix() {
    let outcome = read_one(&fixture(FOLDER));
    let lodash = outcome.of("CVE-2021-23337");
    assert_eq!(lodash.facts().fix_available, Some(true));
    assert_eq!(lodash.text(lodash.facts().fixed_in[0]), "4.17.21");
    assert_eq!(lodash.text(lodash.facts().version.unwrap()), "4.17.15");
    let left = outcome.of("CVE-2020-28500");
    assert_eq!(left.finding().suppression, Suppression::None);
    assert_eq!(left.facts().fix_available, Some(false));
    let aside = outcome.of("CVE-2022-23529");
    assert_eq!(aside.finding().suppression, Suppression::External);
    for (status, fix) in [
        (json!("under_investigation"), None),
        (json!("unknown"), None),
        (json!("end_of_life"), Some(false)),
        (json!("fix_deferred"), Some(false)),
        (json!(null), Some(false)),
    ] {
        let outcome = changed(FOLDER, |r| {
            r["Results"][0]["Vulnerabilities"][1]["Status"] = status.clone();
        });
        let seen = outcome.of("CVE-2020-28500");
        assert_eq!(seen.facts().fix_available, fix, "{status}");
        assert_eq!(seen.finding().suppression, Suppression::None, "{status}");
    }
}

#[test]
fn formats_rule_006_what_trivy_ignores_is_suppressed_in_any_order() {
    let outcome = read_one(&fixture(FOLDER));
    let aside = outcome.of("CVE-2022-25883");
    assert_eq!(aside.finding().suppression, Suppression::External);
    assert_eq!(aside.package(), "npm/semver");
    // The word that tells what it is may come last; what describes a secret can show it.
    let finding = r#"{"Finding": {"RuleID": "x", "Message": "ledger-Heron"}, "Type": "secret"}"#;
    let result = format!(
        r#"{{"Class": "lang-pkgs", "Target": "a", "ExperimentalModifiedFindings": [{finding}]}}"#
    );
    let text = format!(r#"{{"SchemaVersion": 2, "ArtifactName": ".", "Results": [{result}]}}"#);
    let secret = read_one(&text);
    assert_eq!(secret.errors(), [""; 0]);
    assert_eq!(secret.count(), 1);
    assert_eq!(secret.at(0).finding().class, Class::Secrets);
    assert_eq!(secret.at(0).finding().suppression, Suppression::External);
    assert!(!format!("{:?}", secret.intake).contains("ledger-Heron"));
}

#[test]
fn formats_rule_020_scores_of_all_vendors_and_whose_word_the_severity_is() {
    let outcome = read_one(&fixture(FOLDER));
    let lodash = outcome.of("CVE-2021-23337");
    assert_eq!(lodash.tenths(), Some(72));
    let all: Vec<(u8, &str)> = (lodash.facts().scores.iter())
        .map(|s| (s.score.tenths.get(), lodash.text(s.by.unwrap())))
        .collect();
    assert_eq!(
        all,
        [(72, "ghsa"), (72, "nvd"), (65, "nvd"), (64, "redhat")]
    );
    assert_eq!(lodash.facts().scores[2].score.version, CvssVersion::V20);
    assert_eq!(lodash.text(lodash.facts().severity_by.unwrap()), "ghsa");
    // It names a vendor that need not be among them, and chooses no score.
    let other = changed(FOLDER, |r| {
        r["Results"][0]["Vulnerabilities"][0]["SeveritySource"] = json!("redhat");
    });
    assert_eq!(other.of("CVE-2021-23337").tenths(), Some(72));
}

#[test]
fn formats_rule_021_a_zero_beside_an_empty_vector_is_absent() {
    let outcome = read_one(&fixture(FOLDER));
    let seen = outcome.of("CVE-2020-28500");
    assert_eq!((seen.tenths(), seen.facts().scores.len()), (Some(53), 1));
    let none = changed(FOLDER, |r| {
        r["Results"][0]["Vulnerabilities"][1]["CVSS"] =
            json!({"nvd": {"V3Vector": "", "V3Score": 0}});
    });
    let cvss = none.of("CVE-2020-28500").finding().cvss;
    assert_eq!(cvss, krgate::model::Cvss::Unscored);
    for absent in [json!(null), json!({})] {
        let none = changed(FOLDER, |r| {
            r["Results"][0]["Vulnerabilities"][1]["CVSS"] = absent.clone();
        });
        assert_eq!(none.of("CVE-2020-28500").tenths(), None);
        assert!(!none.says("item-wrong-type"));
    }
}

#[test]
fn formats_rule_010_022_the_place_is_a_lock_file_or_the_image() {
    let outcome = read_one(&fixture(FOLDER));
    let lodash = outcome.of("CVE-2021-23337");
    assert_eq!(lodash.path(), Some("web/package-lock.json"));
    assert!(lodash.0.repo_path().is_some());
    let outside = changed(FOLDER, |r| {
        r["Results"][0]["Target"] = json!("../shared/package-lock.json");
    });
    let lodash = outside.of("CVE-2021-23337");
    assert_eq!(lodash.path(), Some("../shared/package-lock.json"));
    assert!(lodash.0.repo_path().is_none());
    // What gathers packages of a whole folder is no file of that name.
    let gathered = changed(FOLDER, |r| r["Results"][0]["Target"] = json!("Node.js"));
    assert!(gathered.of("CVE-2021-23337").0.repo_path().is_none());
    let own = changed(FOLDER, |r| {
        r["Results"][0]["Target"] = json!("Node.js");
        r["Results"][0]["Vulnerabilities"][0]["PkgPath"] = json!("web/lodash/package.json");
    });
    let path = own.of("CVE-2021-23337").0.repo_path().unwrap();
    assert_eq!(path.as_str(), "web/lodash/package.json");
}

#[test]
fn formats_rule_008_009_an_image_is_the_place_of_its_packages_whatever_its_tag() {
    let outcome = read_one(&fixture(IMAGE));
    assert_eq!(outcome.count(), 2);
    let zlib = outcome.of("CVE-2023-45853");
    assert_eq!(zlib.finding().class, Class::Container);
    assert_eq!(zlib.package(), "deb/debian/zlib1g");
    let log4j = outcome.of("CVE-2021-44228");
    assert_eq!(log4j.finding().class, Class::Sca);
    assert_eq!(log4j.package(), "maven/org.apache.logging.log4j/log4j-core");
    assert_eq!((log4j.tenths(), log4j.facts().places.len()), (Some(100), 2));
    for seen in [zlib, log4j] {
        assert_eq!(seen.path(), Some("registry.test/shop/pay:1.4.2"));
        assert!(seen.0.repo_path().is_none());
    }
    let retagged = changed(IMAGE, |r| {
        r["ArtifactName"] = json!("registry.test/shop/pay:1.5.0");
    });
    let renamed = changed(IMAGE, |r| {
        r["ArtifactName"] = json!("registry.test/shop/web:1.4.2");
    });
    for advisory in ["CVE-2023-45853", "CVE-2021-44228"] {
        let id = |outcome: &Outcome| outcome.of(advisory).0.id().unwrap();
        assert_eq!(id(&outcome), id(&retagged), "{advisory}");
        assert_ne!(id(&outcome), id(&renamed), "{advisory}");
    }
}

#[test]
fn formats_rule_013_what_is_scanned_may_come_last() {
    let value = value(IMAGE);
    let parts: Vec<String> = ["SchemaVersion", "Results", "ArtifactName", "ArtifactType"]
        .map(|name| format!("\"{name}\":{}", value[name]))
        .to_vec();
    let outcome = read_one(&format!("{{{}}}", parts.join(",")));
    assert_eq!(outcome.errors(), [""; 0]);
    let zlib = outcome.of("CVE-2023-45853");
    assert_eq!(zlib.finding().class, Class::Container);
}
