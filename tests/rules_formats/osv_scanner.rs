//! OSV-Scanner (O28 to O31).

use krgate::model::{Class, Level, ScoreHow, ScoreSource, Severity};
use serde_json::json;

use super::support::*;

const REPORT: &str = "written/osv-scanner.json";

#[test]
fn formats_rule_028_vectors_words_and_the_group_s_number() {
    let outcome = read_one(&fixture(REPORT));
    let run = outcome.run();
    assert_eq!(
        (run.alias.raw(), run.class),
        ("osv-scanner", Some(Class::Sca))
    );
    let mercurial = outcome.of("CVE-2019-3902");
    assert_eq!(mercurial.tenths(), Some(71));
    assert_eq!(mercurial.path(), Some("api/requirements.txt"));
    assert_eq!(mercurial.facts().fix_available, Some(true));
    let protobuf = outcome.of("CVE-2021-3121").finding().cvss.judged().unwrap();
    assert_eq!(
        (protobuf.tenths.get(), protobuf.source),
        (86, ScoreSource::Group)
    );
    let word = changed(REPORT, |r| {
        let found = &mut r["results"][1]["packages"][0];
        found["vulnerabilities"][0]["severity"] = json!([{"type": "Ubuntu", "score": "medium"}]);
        found["groups"][0]["max_severity"] = json!("");
    });
    let seen = word.of("CVE-2021-3121");
    assert_eq!(seen.tenths(), None);
    assert_eq!(seen.facts().severity, Some(Severity::Medium));
    assert_eq!(seen.finding().level, Level::Warning);
}

#[test]
fn formats_rule_009_ids_of_one_group_are_one_vulnerability() {
    let outcome = read_one(&fixture(REPORT));
    let mercurial = outcome.of("CVE-2019-3902");
    assert_eq!(
        mercurial.ids(),
        ["CVE-2019-3902", "GHSA-mgxp-c4vm-8qwm", "PYSEC-2019-188"]
    );
    assert_eq!(mercurial.package(), "pypi/mercurial");
    let apart = changed(REPORT, |r| {
        let found = &mut r["results"][0]["packages"][0];
        found["vulnerabilities"][0]["aliases"] = json!([]);
        found["groups"] = json!([]);
    });
    assert_eq!(apart.of("PYSEC-2019-188").tenths(), None);
}

#[test]
fn formats_rule_029_malware_is_critical_and_ten() {
    let outcome = read_one(&fixture(REPORT));
    let malware = outcome.of("MAL-2026-0001");
    let score = malware.finding().cvss.judged().unwrap();
    assert_eq!((score.tenths.get(), score.how), (100, ScoreHow::Derived));
    assert_eq!(malware.facts().severity, Some(Severity::Critical));
    assert_eq!(malware.finding().level, Level::Error);
}

#[test]
fn formats_rule_030_what_is_never_called_is_tagged_and_stays() {
    let outcome = read_one(&fixture(REPORT));
    let tags = |advisory| {
        let seen = outcome.of(advisory);
        seen.0
            .tags()
            .map(|tag| tag.raw().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(tags("CVE-2021-3121"), ["unreachable"]);
    assert_eq!(tags("CVE-2019-3902"), [""; 0]);
}

#[test]
fn formats_rule_031_a_violation_of_licences_is_of_class_license() {
    let outcome = read_one(&fixture(REPORT));
    let license = outcome
        .intake
        .views()
        .find(|v| v.finding.class == Class::License);
    let license = Seen(license.unwrap());
    assert_eq!(license.rule(), "AGPL-3.0");
    assert_eq!(license.package(), "golang/github.com/acme-test/fast-json");
    assert!(outcome.run().could_find.contains(Class::License));
    let without = changed(REPORT, |r| {
        let package = r["results"][1]["packages"][1].as_object_mut().unwrap();
        package.remove("licenses");
        package.remove("license_violations");
    });
    assert!(!without.run().could_find.contains(Class::License));
}

#[test]
fn formats_rule_010_files_of_a_system_are_none_of_the_repository() {
    let outcome = changed(REPORT, |r| {
        for result in r["results"].as_array_mut().unwrap() {
            result["source"] = json!({"path": "/var/lib/dpkg/status", "type": "os"});
        }
    });
    assert_eq!(outcome.run().class, Some(Class::Container));
    let seen = outcome.of("CVE-2019-3902");
    assert_eq!(seen.finding().class, Class::Container);
    assert!(seen.0.repo_path().is_none());
}

#[test]
fn formats_rule_013_a_malformed_source_package_or_vulnerability_is_no_clean_one() {
    let source = changed(REPORT, |r| {
        r["results"].as_array_mut().unwrap().push(json!(7));
    });
    assert!(source.says("item-wrong-type"));
    let before = read_one(&fixture(REPORT)).count();
    assert_eq!(source.count(), before + 1);
    let vulnerability = changed(REPORT, |r| {
        let list = &mut r["results"][0]["packages"][0]["vulnerabilities"];
        list.as_array_mut().unwrap().push(json!("x"));
    });
    assert_eq!(vulnerability.count(), before + 1);
    let package = changed(REPORT, |r| {
        r["results"][0]["packages"]
            .as_array_mut()
            .unwrap()
            .push(json!("x"));
    });
    assert_eq!(package.count(), before + 1);
    let list = changed(REPORT, |r| {
        r["results"][0]["packages"][0]["vulnerabilities"] = json!("x");
    });
    assert!(list.count() > 0 && list.says("item-wrong-type"));
    changed(REPORT, |r| r["results"][0]["source"]["type"] = json!([])).refused("report-wrong-type");
}

#[test]
fn formats_rule_016_a_clean_report_is_believed() {
    let outcome = read_one(&fixture("written/osv-scanner-clean.json"));
    assert!(outcome.run().is_exact());
    assert_eq!(outcome.count(), 0);
}
