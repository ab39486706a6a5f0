//! VEX documents as people write them.

use super::VexStatus::{FalsePositive, Fixed, NotAffected, Open};
use super::*;
use crate::diagnostic::Level;

fn parsed(text: &str) -> (Vec<VexStatement>, Vec<Diagnostic>) {
    let mut faults = Vec::new();
    let statements = read(0, "vex.json", text, &mut faults);
    (statements, faults)
}

fn statements(text: &str) -> Vec<VexStatement> {
    let (statements, faults) = parsed(text);
    assert!(faults.is_empty(), "{faults:?}");
    statements
}

fn openvex(statements: &str) -> String {
    format!(
        r#"{{ "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.test/vex/1",
             "author": "Acme Product Security", "timestamp": "2026-10-01T00:00:00Z", "version": 1,
             "statements": [{statements}] }}"#
    )
}

fn named(statement: &VexStatement) -> Vec<(Option<&str>, &str, Option<&str>)> {
    let products = statement.products.iter();
    products
        .map(|p| {
            (
                p.package.ecosystem(),
                p.package.name(),
                p.version.as_deref(),
            )
        })
        .collect()
}

#[test]
fn formats_rule_045_openvex_needs_a_reason_for_not_affected() {
    let of = |status: &str, more: &str| {
        statements(&openvex(&format!(
            r#"{{ "vulnerability": {{ "name": "CVE-2026-1" }}, "products": [{{ "@id": "pkg:npm/a@1" }}],
                 "status": "{status}"{more} }}"#
        )))
        .remove(0)
    };
    let bare = of("not_affected", "");
    assert!(bare.excuses() && bare.lacks_reason());
    for more in [
        r#", "justification": "vulnerable_code_not_present""#,
        r#", "impact_statement": "the parser is never called""#,
    ] {
        assert!(!of("not_affected", more).lacks_reason(), "{more}");
    }
    let both = of(
        "not_affected",
        r#", "justification": "component_not_present", "impact_statement": "removed""#,
    );
    assert_eq!(
        both.justification.as_deref(),
        Some("component_not_present: removed")
    );
    assert_eq!(both.author.as_deref(), Some("Acme Product Security"));
    assert!(of("fixed", "").excuses() && !of("fixed", "").lacks_reason());
    assert!(!of("affected", "").excuses());
    assert!(!of("under_investigation", "").excuses());
}

#[test]
fn formats_rule_046_openvex_is_read_in_both_of_its_forms() {
    let text = openvex(
        r#"{ "vulnerability": "CVE-2026-1", "products": ["pkg:npm/%40babel/core@7.0.0"], "status": "fixed" },
           { "vulnerability": { "@id": "https://acme.test/1", "name": "CVE-2026-2", "aliases": ["GHSA-aaaa-bbbb-cccc"] },
             "products": [{ "@id": "pkg:oci/shop", "subcomponents": [{ "@id": "pkg:deb/debian/zlib@1.2" }, "pkg:pypi/Zope.Interface"] }],
             "status": "fixed", "timestamp": "2026-11-01T00:00:00Z" },
           { "vulnerability": { "name": "CVE-2026-3" },
             "products": [{ "@id": "https://acme.test/shop", "identifiers": { "purl": "pkg:golang/acme.test/X" } }, { "@id": "https://acme.test/other" }],
             "status": "fixed" }"#,
    );
    let list = statements(&text);
    assert_eq!(list[0].ids, ["CVE-2026-1"]);
    assert_eq!(
        named(&list[0]),
        [(Some("npm"), "@babel/core", Some("7.0.0"))]
    );
    assert_eq!(list[1].ids, ["CVE-2026-2", "GHSA-aaaa-bbbb-cccc"]);
    assert_eq!(
        named(&list[1]),
        [
            (Some("deb/debian"), "zlib", Some("1.2")),
            (Some("pypi"), "zope-interface", None),
        ]
    );
    assert_eq!(named(&list[2]), [(Some("golang"), "acme.test/x", None)]);
    let at = |index: usize| list[index].timestamp.unwrap().to_string();
    assert_eq!(at(0), "2026-10-01T00:00:00Z");
    assert_eq!(at(1), "2026-11-01T00:00:00Z");
    assert_eq!(list[2].number, 3);
}

#[test]
fn formats_rule_044_cyclonedx_states_are_read_with_their_parts() {
    let text = r#"{ "bomFormat": "CycloneDX", "specVersion": "1.6",
      "metadata": { "timestamp": "2026-10-01T00:00:00Z", "component": { "bom-ref": "app", "purl": "pkg:npm/app@1" } },
      "components": [{ "bom-ref": "a", "purl": "pkg:npm/a@1", "components": [{ "bom-ref": "deep", "purl": "pkg:npm/deep@2" }] }],
      "vulnerabilities": [
        { "id": "CVE-2026-1", "references": [{ "id": "GHSA-aaaa-bbbb-cccc" }],
          "analysis": { "state": "not_affected", "justification": "code_not_reachable", "detail": "behind a flag", "lastUpdated": "2026-10-05T00:00:00Z" },
          "affects": [{ "ref": "a" }, { "ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#deep" }] },
        { "id": "CVE-2026-2", "analysis": { "state": "false_positive" }, "affects": [{ "ref": "pkg:npm/other@3" }] },
        { "id": "CVE-2026-3", "analysis": { "state": "resolved" }, "affects": [{ "ref": "app", "versions": [{ "version": "1" }, { "range": "vers:npm/<2" }] }] },
        { "id": "CVE-2026-4", "analysis": { "state": "resolved_with_pedigree" }, "affects": [] },
        { "id": "CVE-2026-5", "analysis": { "state": "exploitable" }, "affects": [] },
        { "id": "CVE-2026-6", "analysis": { "state": "in_triage" }, "affects": [] },
        { "id": "CVE-2026-7", "affects": [{ "ref": "nowhere" }] } ] }"#;
    let list = statements(text);
    let status: Vec<VexStatus> = list.iter().map(|s| s.status).collect();
    assert_eq!(
        status,
        [NotAffected, FalsePositive, Fixed, Fixed, Open, Open, Open]
    );
    assert_eq!(list[0].ids, ["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"]);
    assert_eq!(
        named(&list[0]),
        [
            (Some("npm"), "a", Some("1")),
            (Some("npm"), "deep", Some("2"))
        ]
    );
    assert_eq!(
        list[0].justification.as_deref(),
        Some("code_not_reachable: behind a flag")
    );
    assert!(!list[1].lacks_reason());
    assert_eq!(named(&list[1]), [(Some("npm"), "other", Some("3"))]);
    assert_eq!(named(&list[2]), [(Some("npm"), "app", Some("1"))]);
    assert_eq!(named(&list[6]), []);
    let at = |index: usize| list[index].timestamp.unwrap().to_string();
    assert_eq!(at(0), "2026-10-05T00:00:00Z");
    assert_eq!(at(1), "2026-10-01T00:00:00Z");
}

#[test]
fn formats_rule_048_what_is_no_vex_document_is_a_fault_and_never_no_waivers() {
    let open = openvex(r#"{ "vulnerability": "CVE-2026-1", "products": [], "status": "fixed" }"#);
    for text in [
        "",
        "[]",
        "{}",
        "null",
        r#"{ "vulnerabilities": [] }"#,
        r#"{ "bomFormat": "CycloneDX", "components": [] }"#,
        r#"{ "bomFormat": "CycloneDX", "vulnerabilities": {} }"#,
        r#"{ "statements": {} }"#,
        r#"{ "statements": [null] }"#,
        "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"/>",
        open.strip_suffix('}').unwrap(),
        &open.replace("fixed", "fixd"),
        &open.replace("\"vulnerability\"", "\"vulnerabilty\""),
        &open.replace("\"products\": []", "\"products\": \"pkg:npm/a\""),
        r#"{ "bomFormat": "CycloneDX", "vulnerabilities": [{ "id": "A", "analysis": { "state": "not_afected" } }] }"#,
        r#"{ "bomFormat": "CycloneDX", "vulnerabilities": [{ "analysis": { "state": "resolved" } }] }"#,
    ] {
        let (statements, faults) = parsed(text);
        assert!(statements.is_empty(), "{text}");
        assert_eq!(faults.len(), 1, "{text}");
        assert_eq!(faults[0].code, Code::VexUnreadable, "{text}");
        assert_eq!(faults[0].level, Level::Error, "{text}");
    }
    assert_eq!(statements(&openvex("")).len(), 0);
    assert_eq!(statements(&format!("\u{feff}{open}")).len(), 1);
}
