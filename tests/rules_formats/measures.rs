//! What key results make of the facts about vulnerabilities (O4, O5, O11, O12, C20).

use krgate::decide::{self, About, Evaluation, Event, Verdict};
use krgate::model::history::History;
use krgate::scope::{self, RunFacts};
use krgate::{policy, render};

use super::support::*;

/// Judges reports under one key result (a YAML flow map without its braces).
fn judge(reports: &[&str], head: &str, measure: &str) -> Evaluation {
    let text = format!(
        "version: 1\n{head}objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    \
         key_results:\n      - {{ id: k, title: K, measure: {measure}, target: \"<= 0\", \
         on_miss: block }}\n"
    );
    let loaded = policy::parse("krgate.yaml", &text);
    let policy = loaded
        .policy
        .unwrap_or_else(|| panic!("{:?}\n{text}", loaded.diagnostics));
    let texts: Vec<String> = reports.iter().map(|path| fixture(path)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let outcome = read_all(&texts, |_| {});
    let scoped = scope::mark(outcome.intake, &policy, &RunFacts::default());
    let about = About {
        version: "0",
        policy_path: "krgate.yaml".into(),
        policy_sha256: "0".repeat(64),
        policy_commit: None,
        enforced: true,
        mission: None,
        period: None,
        entries: Vec::new(),
        event: Event::State,
        reference: None,
        environment: None,
        now: "2026-11-02T12:00:00Z".parse().unwrap(),
        again: Vec::new(),
    };
    decide::evaluate(
        &policy,
        scoped,
        about,
        &History::default(),
        outcome.diagnostics,
        Vec::new(),
    )
}

fn one(reports: &[&str], measure: &str) -> (Verdict, String) {
    with(reports, "", measure)
}

fn with(reports: &[&str], head: &str, measure: &str) -> (Verdict, String) {
    let evaluation = judge(reports, head, measure);
    let (_, kr) = evaluation.key_results().next().unwrap();
    let value = kr.measurement.value.map(|value| value.to_string());
    (kr.verdict, value.unwrap_or_default())
}

fn missed(figure: &str) -> (Verdict, String) {
    (Verdict::Missed, figure.to_owned())
}

const GRYPE: &str = "written/grype.json";
const CARGO: &str = "written/cargo-audit.json";
const NPM: &str = "written/npm-audit.json";

#[test]
fn formats_rule_012_epss_and_kev_decide_where_the_report_says() {
    assert_eq!(
        one(&[GRYPE], r#"{ count: { epss: ">= 0.1" } }"#),
        missed("1")
    );
    assert_eq!(one(&[GRYPE], "{ count: { kev: listed } }"), missed("1"));
    let any = r#"{ count: { any: [{ kev: listed }, { epss: ">= 0.001" }] } }"#;
    assert_eq!(one(&[GRYPE], any), missed("2"));
}

#[test]
fn formats_rule_005_a_fact_that_is_not_there_is_neither_true_nor_false() {
    // npm audit gives neither.
    let (verdict, _) = one(&[NPM], r#"{ count: { epss: ">= 0.1" } }"#);
    assert_eq!(verdict, Verdict::Unknown);
    let (verdict, _) = one(&[NPM], "{ count: { kev: listed } }");
    assert_eq!(verdict, Verdict::Unknown);
    // What is listed may be past its due date or not; what is not listed is not.
    let (verdict, _) = one(&[GRYPE], "{ count: { kev: past_due } }");
    assert_eq!(verdict, Verdict::Unknown);
    let lodash = "{ count: { package: lodash, kev: past_due } }";
    assert_eq!(one(&[GRYPE], lodash).0, Verdict::Met);
    // Missed is missed, whatever else is not known.
    let both = r#"{ count: { any: [{ severity: critical }, { epss: ">= 0.9" }] } }"#;
    assert_eq!(one(&[NPM, GRYPE], both).0, Verdict::Missed);
}

#[test]
fn formats_rule_012_a_data_file_of_the_policy_goes_before_the_report() {
    let head = "enrich:\n  kev: { path: data/kev.json }\n";
    let (verdict, _) = with(&[GRYPE], head, "{ count: { kev: listed } }");
    assert_eq!(verdict, Verdict::Unknown, "nobody read the file");
    assert_eq!(
        with(&[GRYPE], head, r#"{ count: { epss: ">= 0.1" } }"#),
        missed("1")
    );
}

#[test]
fn formats_rule_011_fix_available() {
    assert_eq!(
        one(&[NPM], "{ count: { fix_available: true } }"),
        missed("3")
    );
    assert_eq!(
        one(&[NPM], "{ count: { fix_available: false } }").0,
        Verdict::Met
    );
    let cargo = "{ count: { fix_available: true, package: [time, atty] } }";
    assert_eq!(one(&[CARGO], cargo), missed("1"));
}

#[test]
fn packages_are_named_by_globs_with_or_without_the_ecosystem() {
    for (globs, figure) in [
        ("minimist", "2"),
        ("npm/minimist", "2"),
        ("[got, minimist]", "3"),
        ("\"mini*\"", "2"),
        ("\"pkg:npm/minimist\"", "2"),
    ] {
        let measure = format!("{{ count: {{ package: {globs} }} }}");
        assert_eq!(one(&[NPM], &measure), missed(figure), "{globs}");
    }
    assert_eq!(
        one(&[NPM], "{ count: { package: pypi/minimist } }").0,
        Verdict::Met
    );
}

#[test]
fn cvss_rule_020_severity_is_that_of_the_number_else_of_the_word() {
    assert_eq!(
        one(&[GRYPE], "{ count: { severity: critical } }"),
        missed("1")
    );
    let npm6 = "written/npm-audit-6.json";
    assert_eq!(
        one(&[npm6], "{ count: { severity: critical } }"),
        missed("1")
    );
    assert_eq!(
        one(&[npm6], "{ count: { severity: high } }").0,
        Verdict::Met
    );
    // A number that is mild beside a word that is more than one band worse.
    let image = "written/grype-image.json";
    assert_eq!(
        one(&[image], "{ count: { severity: critical } }"),
        missed("1")
    );
}

#[test]
fn formats_rule_004_a_word_is_no_number() {
    let npm6 = "written/npm-audit-6.json";
    let nine = r#"{ count: { cvss: ">= 9" } }"#;
    assert_eq!(one(&[npm6], nine).0, Verdict::Unknown);
    let unscored = |word: &str| format!("severity: {{ unscored: {word} }}\n");
    assert_eq!(with(&[npm6], &unscored("fail"), nine), missed("2"));
    assert_eq!(with(&[npm6], &unscored("ignore"), nine).0, Verdict::Met);
    let evaluation = judge(&[npm6], &unscored("ignore"), nine);
    let (_, kr) = evaluation.key_results().next().unwrap();
    assert!(format!("{:?}", kr.measurement.notes).contains("2 findings are left out"));
    // What has a word is not left out of what asks for the word.
    let words = "{ count: { severity: [low, critical] } }";
    assert_eq!(with(&[npm6], &unscored("ignore"), words), missed("2"));
    // By its level: critical is `error`.
    let by_level = "severity: { unscored: by_level, by_level: { error: 9.0, note: 2.0 } }\n";
    assert_eq!(with(&[npm6], by_level, nine), missed("1"));
    // A finding with neither word nor score has no level that could stand in.
    let atty = r#"{ count: { cvss: ">= 9", package: atty } }"#;
    assert_eq!(with(&[CARGO], by_level, atty).0, Verdict::Unknown);
    assert_eq!(
        one(&[CARGO], "{ count: { level: error, package: atty } }").0,
        Verdict::Unknown
    );
}

#[test]
fn formats_rule_029_malware_is_ten_whatever_unscored_says() {
    let measure = r#"{ count: { cvss: ">= 10" } }"#;
    for unscored in ["unknown", "ignore"] {
        let head = format!("severity: {{ unscored: {unscored} }}\n");
        let osv = &["written/osv-scanner.json"];
        let malware = r#"{ count: { cvss: ">= 10", package: "*/acme-test/*" , class: sca } }"#;
        assert_eq!(with(osv, &head, malware), missed("1"), "{unscored}");
        assert_eq!(with(osv, &head, measure).0, Verdict::Missed);
    }
}

#[test]
fn formats_rule_006_what_a_tool_sets_aside_counts_if_the_policy_says_so() {
    let all = "{ count: { class: sca } }";
    assert_eq!(one(&[GRYPE], all), missed("2"));
    let evaluation = judge(&[GRYPE], "", all);
    let (_, kr) = evaluation.key_results().next().unwrap();
    assert_eq!(kr.measurement.set_aside, 1);
    assert_eq!(
        with(&[GRYPE], "suppressions: { mode: ignore }\n", all),
        missed("3")
    );
    // The word alone says how bad it is.
    let mild = "suppressions: { mode: honour, max_severity: medium }\n";
    assert_eq!(with(&[GRYPE], mild, all), missed("3"));
}

#[test]
fn formats_rule_009_two_tools_are_two_findings_and_one_vulnerability() {
    // npm audit knows the GitHub advisory alone, npm 6 the CVE too.
    let both = &[NPM, "written/npm-audit-6.json"];
    assert_eq!(one(both, "{ count: { package: minimist } }"), missed("4"));
    let distinct = "{ count: { package: minimist, distinct: vulnerability } }";
    assert_eq!(one(both, distinct), missed("3"));
    let evaluation = judge(both, "", distinct);
    let (_, kr) = evaluation.key_results().next().unwrap();
    assert!(format!("{:?}", kr.measurement.notes).contains("4 findings are 3 vulnerabilities"));
    // What has no advisory is one of its own.
    let yanked = "{ count: { rule: yanked, distinct: vulnerability } }";
    assert_eq!(one(&[CARGO], yanked), missed("1"));
}

#[test]
fn the_document_for_machines_has_the_facts() {
    let evaluation = judge(&[GRYPE, CARGO, NPM], "", "{ count: { class: sca } }");
    let mut out = Vec::new();
    render::json::write(&evaluation, &mut out).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/evaluation.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&document)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(faults, [""; 0]);
    let row = &document["findings"][0]["vulnerability"];
    assert_eq!(row["advisory"], "CVE-2021-23337");
    assert_eq!(row["package"]["ecosystem"], "npm");
    assert_eq!(row["epss"], "0.00826");
    assert_eq!(row["kev"], false);
    assert_eq!(row["fixed_in"], serde_json::json!(["4.17.21"]));
    assert_eq!(row["scores"].as_array().unwrap().len(), 3);
    assert_eq!(document["findings"][0]["severity"], "high");
}

const TRIVY: &str = "written/trivy-repository.json";

#[test]
fn metric_m33_cvss_rule_018_the_policy_names_whose_score_is_judged() {
    // 7.2 by ghsa and nvd, 6.5 of version 2.0 by nvd, 6.4 by redhat; another one 5.3 by nvd.
    let above = |source: &str, figure: &str| {
        let head = format!("severity: {{ unscored: ignore, score_source: {source} }}\n");
        let measure = format!("{{ count: {{ class: sca, cvss: \"{figure}\" }} }}");
        with(&[TRIVY], &head, &measure)
    };
    assert_eq!(above("max", "> 7.1"), missed("1"));
    assert_eq!(above("[redhat, nvd]", "> 7.1").0, Verdict::Met);
    assert_eq!(above("[redhat, nvd]", "> 6.3"), missed("1"));
    assert_eq!(above("[RedHat]", "> 6.4").0, Verdict::Met);
    // The 2.0 of nvd counts for nothing beside its newer one.
    assert_eq!(above("[nvd, redhat]", "> 7.1"), missed("1"));
    // A name that gave none hides nothing: the highest of all is left.
    assert_eq!(above("[nobody]", "> 7.1"), missed("1"));
    assert_eq!(above("[redhat]", "> 5.2"), missed("2"));
    assert_eq!(above("[redhat, max]", "> 7.1").0, Verdict::Met);
}

#[test]
fn formats_rule_029_no_choice_of_a_source_lowers_malware() {
    let head = "severity: { unscored: ignore, score_source: [nvd] }\n";
    let measure = "{ count: { cvss: \">= 10.0\" } }";
    assert_eq!(
        with(&["written/osv-scanner.json"], head, measure),
        with(&["written/osv-scanner.json"], "", measure)
    );
}

#[test]
fn cvss_rule_019_bands_of_the_policy_make_the_severity() {
    let high = "{ count: { class: sca, severity: [high, critical] } }";
    let of = |bands: &str| with(&[TRIVY], &format!("severity: {{ bands: {bands} }}\n"), high);
    assert_eq!(with(&[TRIVY], "", high), missed("1"));
    assert_eq!(of("{ high: 5.0 }"), missed("2"));
    assert_eq!(of("{ high: 7.3 }").0, Verdict::Met);
    let flat = policy::parse(
        "krgate.yaml",
        "version: 1\nseverity: { bands: { high: 9.5 } }\nobjectives: []\n",
    );
    assert!(
        flat.diagnostics
            .iter()
            .any(|d| d.code.as_str() == "bad-number")
    );
}

#[test]
fn formats_rule_020_a_reader_sees_what_to_upgrade_and_who_else_scored_it() {
    let evaluation = judge(&[TRIVY], "", "{ count: { class: sca, cvss: \"> 7\" } }");
    let mut out = Vec::new();
    let options = render::text::TextOptions {
        verbosity: render::text::Verbosity::Normal,
        all: false,
        styled: false,
    };
    render::text::write(&evaluation, options, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    for line in [
        "`npm/lodash 4.17.15`, fixed in `4.17.21`",
        "also scored 7.2 by `nvd`, 6.5 (CVSS 2.0) by `nvd`, 6.4 by `redhat`",
        "sca: 2 findings, 2 suppressed",
        "secrets: 1 finding",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}
