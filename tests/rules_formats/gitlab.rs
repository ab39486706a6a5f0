//! GitLab's reports of other categories than secrets (row 7, O6, O15, O38 to O40).

use krgate::model::{Class, Evidence, Level, RunReason, Severity, Suppression};
use serde_json::json;

use super::support::*;

const SAST: &str = "written/gitlab-sast.json";
const DEPENDENCIES: &str = "written/gitlab-dependency-scanning.json";
const CONTAINER: &str = "written/gitlab-container-scanning.json";

#[test]
fn formats_rule_007_each_category_has_its_class() {
    for (file, class, alias) in [
        (SAST, Class::Sast, "semgrep"),
        (DEPENDENCIES, Class::Sca, "gemnasium"),
        (CONTAINER, Class::Container, "trivy"),
        ("written/gitlab-dast.json", Class::Dast, "zap"),
        ("written/gitlab.json", Class::Secrets, "gitleaks"),
        ("scanners/semgrep-gitlab.json", Class::Sast, "semgrep"),
    ] {
        let outcome = read_one(&fixture(file));
        let run = outcome.run();
        assert_eq!(
            (run.class, run.evidence),
            (Some(class), Evidence::Strong),
            "{file}"
        );
        assert_eq!(run.alias.raw(), alias, "{file}");
        assert!(
            outcome.intake.findings.iter().all(|f| f.class == class),
            "{file}"
        );
    }
    for (word, class) in [
        ("api_fuzzing", Class::Dast),
        ("coverage_fuzzing", Class::Other),
    ] {
        let outcome = changed(SAST, |r| r["scan"]["type"] = json!(word));
        assert_eq!(outcome.run().class, Some(class), "{word}");
    }
}

#[test]
fn formats_rule_016_the_real_report_of_semgrep_agrees_with_its_sarif() {
    let (native, sarif) = (
        read_one(&fixture("scanners/semgrep-gitlab.json")),
        read_one(&fixture("scanners/semgrep.sarif")),
    );
    let places = |outcome: &Outcome| {
        let views = outcome.intake.views();
        let mut places: Vec<_> = views
            .map(|v| {
                (
                    v.rule_id().raw().to_owned(),
                    v.repo_path().unwrap().as_str().to_owned(),
                    v.line(),
                )
            })
            .collect();
        places.sort();
        places
    };
    assert!(!places(&native).is_empty());
    assert_eq!(places(&native), places(&sarif));
}

#[test]
fn formats_rule_039_a_severity_that_is_not_there_is_unknown() {
    let outcome = read_one(&fixture(SAST));
    let (eval, assert, hash) = (outcome.at(0), outcome.at(1), outcome.at(2));
    assert_eq!((eval.rule(), eval.0.cwe()), ("bandit.B307", &[95][..]));
    assert_eq!(
        (eval.path(), eval.0.line()),
        (Some("src/report.py"), Some(14))
    );
    assert_eq!(eval.facts().severity, Some(Severity::Critical));
    assert_eq!(eval.finding().level, Level::Error);
    assert_eq!(assert.finding().level, Level::Note);
    assert_eq!(
        (hash.facts().severity, hash.finding().level),
        (None, Level::None)
    );
    assert!(!outcome.says("unknown-severity-word"));
}

#[test]
fn formats_rule_006_a_flag_of_a_false_positive_suppresses() {
    let outcome = read_one(&fixture(SAST));
    assert_eq!(outcome.at(1).finding().suppression, Suppression::External);
    let counts = outcome.run().counts;
    assert_eq!(
        (counts.results, counts.findings, counts.suppressed),
        (Some(3), 2, 1)
    );
}

#[test]
fn formats_rule_008_a_dependency_by_cve_package_and_lock_file() {
    let outcome = read_one(&fixture(DEPENDENCIES));
    let lodash = outcome.of("CVE-2021-23337");
    assert_eq!(lodash.rule(), "CVE-2021-23337");
    assert_eq!(lodash.package(), "npm/lodash");
    assert_eq!(lodash.ids().len(), 3);
    assert_eq!(lodash.0.cwe(), [94]);
    assert_eq!(lodash.path(), Some("web/package-lock.json"));
    assert_eq!(
        lodash.facts().fix_available,
        None,
        "a solution is text (O11)"
    );
    assert_eq!(
        (lodash.tenths(), lodash.facts().scores.len()),
        (Some(72), 2)
    );
    assert_eq!(lodash.text(lodash.facts().scores[0].by.unwrap()), "GitLab");
    let image = read_one(&fixture(CONTAINER));
    let zlib = image.of("CVE-2023-45853");
    assert_eq!(zlib.package(), "deb/debian/zlib1g");
    assert_eq!(zlib.path(), Some("registry.test/shop/web:1.4.2"));
    assert!(zlib.0.repo_path().is_none());
}

#[test]
fn formats_rule_015_a_scan_that_failed() {
    for file in [SAST, "written/gitlab-clean.json"] {
        let outcome = changed(file, |r| r["scan"]["status"] = json!("failure"));
        let run = &outcome.intake.runs[0];
        assert_eq!(run.reasons, [RunReason::ReportedFailure], "{file}");
        assert!(!run.is_exact() && outcome.says("scan-incomplete"), "{file}");
    }
}

#[test]
fn formats_rule_038_an_old_report_needs_its_format_and_is_weak() {
    let mut old = value(SAST);
    old.as_object_mut().unwrap().remove("scan");
    for one in old["vulnerabilities"].as_array_mut().unwrap() {
        one["category"] = json!("sast");
    }
    read_one(&old.to_string()).refused("report-needs-format");
    let outcome = read_all(&[&old.to_string()], |e| {
        e.format = Some("gitlab".to_owned());
    });
    let run = outcome.run();
    assert_eq!(
        (run.class, run.evidence),
        (Some(Class::Sast), Evidence::Weak)
    );
    assert_eq!(outcome.count(), 3);
}

#[test]
fn formats_rule_040_the_value_of_a_secret_is_kept_nowhere_whatever_comes_first() {
    // Schema 15 gives a finding no category: the scan, which comes last, says what it is.
    let outcome = changed("written/gitlab.json", |r| {
        for one in r["vulnerabilities"].as_array_mut().unwrap() {
            one.as_object_mut().unwrap().remove("category");
            one["description"] = json!("moss-Anvil-31-harbour was found");
        }
    });
    assert_eq!(outcome.run().class, Some(Class::Secrets));
    assert!(outcome.intake.findings.iter().all(|f| f.secret.is_some()));
    assert!(!format!("{:?}", outcome.intake).contains("moss-Anvil-31-harbour"));
}
