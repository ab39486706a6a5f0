//! One vulnerability and one secret across the streams of several tools (rules L22, M18), with
//! the built binary.

use serde_json::{Value, json};

use super::cli::Shop;

const HEAD: &str = r#"version: 1
ledger: dir:.krgate/ledger
reports:
  - { name: pip, path: "reports/pip.json", format: pip-audit, class: sca }
  - { name: osv, path: "reports/osv.json", format: osv-scanner, class: sca }
  - { name: leaks, path: "reports/gitleaks.json", format: gitleaks, class: secrets }
  - { name: more, path: "reports/betterleaks.json", format: betterleaks, class: secrets }
severity: { unscored: ignore }
objectives:
  - id: o
    title: O
    owner: "@acme/appsec"
    key_results:
"#;

/// Id, measure and target of each key result.
const MEASURES: [(&str, &str, &str); 9] = [
    (
        "rate",
        "fix_rate: { class: sca, package: flask, window: 7d",
        ">= 100%",
    ),
    (
        "rate-1",
        "fix_rate: { class: sca, package: flask, window: 7d, distinct: vulnerability",
        ">= 100%",
    ),
    (
        "age",
        "age: { class: sca, package: flask, statistic: max",
        "<= 60d",
    ),
    (
        "age-1",
        "age: { class: sca, package: flask, statistic: max, distinct: vulnerability",
        "<= 60d",
    ),
    ("new", "introduced: { class: sca, since: previous", "<= 0"),
    (
        "new-1",
        "introduced: { class: sca, since: previous, distinct: vulnerability",
        "<= 0",
    ),
    (
        "secret-rate",
        "fix_rate: { class: secrets, window: 7d, distinct: finding",
        ">= 100%",
    ),
    (
        "secret-rate-1",
        "fix_rate: { class: secrets, window: 7d",
        ">= 100%",
    ),
    (
        "secret-new-1",
        "introduced: { class: secrets, since: previous",
        "<= 0",
    ),
];

const FLASK: (&str, &str) = ("flask", "CVE-2019-1010083");
const JINJA: (&str, &str) = ("jinja2", "CVE-2020-28493");

fn shop() -> Shop {
    let rows = MEASURES.map(|(id, measure, target)| {
        format!(
            "      - {{ id: {id}, title: T, measure: {{ {measure} }} }}, target: \"{target}\", \
             on_miss: observe }}\n"
        )
    });
    let shop = Shop::new();
    shop.file("krgate.yaml", [HEAD, &rows.concat()].concat());
    shop
}

/// What pip-audit writes: it names its own advisories, with the CVE beside.
fn pip(found: &[(&str, &str)]) -> String {
    let all = found.iter().map(|(name, cve)| {
        let id = format!("PYSEC-{}", &cve[4..]);
        json!({ "name": name, "version": "0.5", "vulns": [{
            "id": id, "fix_versions": ["9"], "aliases": [cve],
            "description": "x",
        }] })
    });
    json!({ "dependencies": all.collect::<Vec<_>>(), "fixes": [] }).to_string()
}

/// What OSV-Scanner writes: those of GitHub, with the CVE beside.
fn osv(found: &[(&str, &str)]) -> String {
    let all = found.iter().map(|(name, cve)| {
        let id = ["GHSA-", &cve[4..]].concat();
        json!({
            "package": { "name": name, "version": "0.5", "ecosystem": "PyPI" },
            "vulnerabilities": [{ "id": id, "aliases": [cve], "modified": "2026-01-01T00:00:00Z" }],
            "groups": [{ "ids": [id], "aliases": [cve, id], "max_severity": "7.5" }],
        })
    });
    let source = json!({ "path": "requirements.txt", "type": "lockfile" });
    json!({ "results": [{ "source": source, "packages": all.collect::<Vec<_>>() }] }).to_string()
}

/// Secrets as gitleaks writes them, each in a file of its own.
fn leaks(found: &[&str]) -> String {
    let all = found.iter().map(|value| {
        let path = format!("{}.py", &value[value.len() - 3..]);
        json!({
            "RuleID": "example-rule", "Description": "x", "StartLine": 3, "EndLine": 3,
            "StartColumn": 1, "EndColumn": 9, "Match": value, "Secret": value,
            "File": path, "SymlinkFile": "", "Commit": "",
            "Entropy": 4.0, "Author": "", "Email": "", "Date": "", "Message": "", "Tags": [],
            "Fingerprint": format!("{value}:example-rule:3"),
        })
    });
    json!(all.collect::<Vec<_>>()).to_string()
}

/// The same, as Betterleaks writes it.
fn more_leaks(found: &[&str]) -> String {
    let all = found.iter().map(|value| {
        let path = format!("{}.py", &value[value.len() - 3..]);
        json!({
            "rule_id": "other-rule", "description": "x",
            "match": { "full": value, "value": value, "fingerprint": "0a" },
            "location": { "path": path, "start_line": 3, "end_line": 3 }, "tags": [],
        })
    });
    let all: Vec<Value> = all.collect();
    let scan = json!({ "state": "complete", "num_findings": all.len() });
    json!({ "schema_version": "1", "findings": all, "scan": scan }).to_string()
}

/// Judges a state on a day of November 2026 and records it; gives the figures as they are told.
fn judged(shop: &Shop, day: u32) -> Vec<(&'static str, String)> {
    let now = format!("2026-11-{day:02}T12:00:00Z");
    let check = ["check", "--record", "--event", "state", "--format", "json"];
    let mut command = shop.krgate(&check);
    command
        .env("KRGATE_NOW", now)
        .env("KRGATE_SECRET_KEY", "an-example-key-for-tests");
    let ended = Shop::end(&mut command);
    let document: Value = serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|_| panic!("{}{}", ended.stdout, ended.stderr));
    let rows = document["objectives"][0]["key_results"].as_array().unwrap();
    let figure = |row: &Value| match row["value"].as_str() {
        Some(_) => row["shown"]["value"].as_str().unwrap().to_owned(),
        None => row["reasons"][0]["code"].as_str().unwrap().to_owned(),
    };
    let ids = MEASURES.iter().map(|(id, ..)| *id);
    ids.zip(rows.iter().map(figure)).collect()
}

#[test]
fn lifecycle_l22_what_two_tools_see_is_counted_once_where_it_is_asked_for() {
    let shop = shop();
    let reports = |of_pip: &[_], of_osv: &[_], one: &[&str], other: &[&str]| {
        shop.file("reports/pip.json", pip(of_pip));
        shop.file("reports/osv.json", osv(of_osv));
        shop.file("reports/gitleaks.json", leaks(one));
        shop.file("reports/betterleaks.json", more_leaks(other));
    };
    let (old, new) = ("ghx_exampleexample_old", "ghx_exampleexample_new");
    let of = |figures: &[(&'static str, String)], id: &str| {
        let found = figures.iter().find(|(of, _)| *of == id);
        found.unwrap().1.clone()
    };
    let two = |figures: &[_], ids: [&str; 2]| ids.map(|id| of(figures, id));
    reports(&[JINJA], &[JINJA], &[old], &[old]);
    judged(&shop, 1);
    // One tool of each class sees one more.
    reports(&[JINJA, FLASK], &[JINJA], &[old, new], &[old]);
    let told = judged(&shop, 4);
    assert_eq!(two(&told, ["new", "new-1"]), ["1 finding", "1 finding"]);
    assert_eq!(of(&told, "secret-new-1"), "1 secret");
    // The other one sees it too: another finding, and nothing new.
    reports(&[JINJA, FLASK], &[JINJA, FLASK], &[old, new], &[old, new]);
    let told = judged(&shop, 6);
    assert_eq!(two(&told, ["new", "new-1"]), ["1 finding", "0 findings"]);
    assert_eq!(of(&told, "secret-new-1"), "0 secrets");
    // It is gone from the first alone, and so still there.
    reports(&[JINJA], &[JINJA, FLASK], &[old], &[old, new]);
    judged(&shop, 8);
    let told = judged(&shop, 9);
    assert_eq!(two(&told, ["rate", "rate-1"]), ["50%", "0%"]);
    assert_eq!(two(&told, ["secret-rate", "secret-rate-1"]), ["50%", "0%"]);
    // Its clock runs since the first tool saw it.
    assert_eq!(two(&told, ["age", "age-1"]), ["3 d", "5 d"]);
    // Gone from both it is fixed.
    reports(&[JINJA], &[JINJA], &[old], &[old]);
    judged(&shop, 10);
    let told = judged(&shop, 11);
    assert_eq!(two(&told, ["rate", "rate-1"]), ["100%", "100%"]);
    assert_eq!(
        two(&told, ["secret-rate", "secret-rate-1"]),
        ["100%", "100%"]
    );
    assert_eq!(two(&told, ["age", "age-1"]), ["0 d", "0 d"]);
}
