//! Reports in the form that scanners write them, from a line of words.

use serde_json::{Value, json};

/// One finding as a story writes it: `name/high`, `name/7.1@web/x.js`, `name/high/79`,
/// `name/active`, `CVE-2026-1001/high`.
struct Found<'a> {
    name: &'a str,
    worth: &'a str,
    cwe: Option<&'a str>,
    path: Option<&'a str>,
}

impl<'a> Found<'a> {
    fn read(word: &'a str) -> Self {
        let (what, path) = match word.split_once('@') {
            Some((what, path)) => (what, Some(path)),
            None => (word, None),
        };
        let mut parts = what.split('/');
        Self {
            name: parts.next().unwrap(),
            worth: parts
                .next()
                .unwrap_or_else(|| panic!("how bad is it: {word}")),
            cwe: parts.next(),
            path,
        }
    }

    /// The score of a word, or the score itself; `none` is no score.
    fn score(&self) -> Option<&'a str> {
        match self.worth {
            "critical" => Some("9.5"),
            "high" => Some("8.0"),
            "medium" => Some("5.0"),
            "low" => Some("2.0"),
            "none" => None,
            score => Some(score),
        }
    }
}

/// The name and the text of a report of a kind of scan.
pub(crate) fn report(kind: &str, words: &[&str]) -> (&'static str, String) {
    let found: Vec<Found<'_>> = words.iter().map(|word| Found::read(word)).collect();
    match kind {
        "sast" => ("code.sarif", sarif(&found).to_string()),
        "secrets" => ("secrets.json", alerts(&found).to_string()),
        "history" => ("history.json", alerts(&found).to_string()),
        "sca" => ("packages.json", trivy(&found).to_string()),
        _ => panic!("no kind of scan: {kind}"),
    }
}

/// SARIF as Semgrep writes it; a rule and a file for each finding.
fn sarif(found: &[Found<'_>]) -> Value {
    let rule = |found: &Found<'_>| {
        let tags: Vec<String> = found
            .cwe
            .iter()
            .map(|cwe| format!("external/cwe/cwe-{cwe}"))
            .collect();
        let mut properties = json!({ "tags": tags });
        if let Some(score) = found.score() {
            properties["security-severity"] = json!(score);
        }
        json!({ "id": found.name, "properties": properties })
    };
    let result = |found: &Found<'_>| {
        let path = found
            .path
            .map_or_else(|| format!("services/{}.py", found.name), str::to_owned);
        json!({
            "ruleId": found.name,
            "message": { "text": "written for a test" },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": path },
                "region": { "startLine": 1 },
            } }],
        })
    };
    json!({
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Semgrep",
                "version": "1.0",
                "rules": found.iter().map(rule).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": true }],
            "results": found.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

/// The list of secret scanning alerts of GitHub's REST API: of all formats the one that says of
/// each secret whether it works.
fn alerts(found: &[Found<'_>]) -> Value {
    let alert = |found: &Found<'_>| {
        json!({
            "number": 1,
            "state": "open",
            "secret_type": "example_key",
            "secret_type_display_name": "Example Key",
            "secret": format!("an-invented-value-{}", found.name),
            "validity": found.worth,
            "first_location_detected": { "path": format!("/config/{}.json", found.name), "start_line": 1 },
        })
    };
    found.iter().map(alert).collect()
}

/// Trivy's report of a lock file; the package is called after the advisory.
fn trivy(found: &[Found<'_>]) -> Value {
    let vulnerability = |found: &Found<'_>| {
        let mut vulnerability = json!({
            "VulnerabilityID": found.name,
            "PkgName": format!("example-{}", found.name.to_lowercase()),
            "InstalledVersion": "1.0.0",
            "Severity": "UNKNOWN",
        });
        if let Some(score) = found.score() {
            let score: f64 = score.parse().unwrap();
            vulnerability["CVSS"] = json!({ "nvd": { "V3Score": score } });
        }
        vulnerability
    };
    json!({
        "SchemaVersion": 2,
        "CreatedAt": "2026-09-01T00:00:00Z",
        "ArtifactName": ".",
        "ArtifactType": "repository",
        "Results": [{
            "Target": "package-lock.json",
            "Class": "lang-pkgs",
            "Type": "npm",
            "Vulnerabilities": found.iter().map(vulnerability).collect::<Vec<_>>(),
        }],
    })
}
