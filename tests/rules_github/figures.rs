//! Data files and CODEOWNERS of a change are those of its base, as the binary judges it
//! (rule Q2).

use serde_json::Value;

use super::support::{PullRequest, Repository, search_path};

const POLICY: &str = r#"version: 1
objectives:
  - id: o
    title: O
    owner: "@o"
    key_results:
      - id: trained
        title: T
        measure: { share: { file: data/people.csv, num: { trained: "yes" }, as_of: { column: at } } }
        target: ">= 80%"
      - id: drills
        title: T
        measure: { value: { file: out/drills.json, pointer: /minutes, unit: min, as_of: run } }
        target: "<= 15min"
      - id: claims
        title: T
        measure: { checklist: { file: data/claims.csv, cwe: cwe } }
        target: ">= 100%"
        on_miss: block
      - id: routed
        title: T
        measure: { routed: { class: secrets } }
        target: ">= 100%"
        on_miss: block
"#;

const GITLEAKS: &str = r#"[{"RuleID": "example-rule", "StartLine": 3, "EndLine": 3,
    "Match": "REDACTED", "Secret": "REDACTED", "File": "src/app.py", "Commit": "",
    "Fingerprint": "src/app.py:example-rule:3"}]"#;

fn people(trained: &str) -> String {
    format!("login,trained,at\na,yes,2026-11-15\nb,{trained},2026-11-15\n")
}

/// The base has an untrained person, a claim that fails and nobody who owns the code; the
/// change would mend all of it by itself.
fn pull() -> PullRequest {
    PullRequest::new(
        |host| {
            host.file("krgate.yaml", POLICY);
            host.file("data/people.csv", people("no"));
            host.file("data/claims.csv", "id,status,cwe\na,fail,79\nb,pass,89\n");
            host.file("CODEOWNERS", "/docs/ @acme/docs\n");
        },
        |host| {
            host.file("src/app.py", "1\n2\n3\n");
            host.file("data/people.csv", people("yes"));
            host.file("data/claims.csv", "id,status,cwe\na,pass,79\nb,pass,89\n");
            host.file("CODEOWNERS", "* @acme/dev\n");
        },
    )
}

/// By id: the verdict and the shown value.
fn judged(at: &Repository, arguments: &[&str]) -> (i32, Vec<(String, String, String)>) {
    at.file("reports/gitleaks.json", GITLEAKS);
    at.file("out/drills.json", "{\"minutes\": 12}");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_krgate"))
        .current_dir(at.path())
        .env_clear()
        .env("PATH", search_path())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("KRGATE_NOW", "2026-11-16T00:00:00Z")
        .args(["check", "--format", "json"])
        .args(arguments)
        .arg("reports/gitleaks.json")
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = document["objectives"][0]["key_results"].as_array().unwrap();
    let rows = list
        .iter()
        .map(|kr| {
            (
                text(&kr["id"]),
                text(&kr["verdict"]),
                text(&kr["shown"]["value"]),
            )
        })
        .collect();
    (output.status.code().unwrap(), rows)
}

fn row(id: &str, verdict: &str, value: &str) -> (String, String, String) {
    (id.to_owned(), verdict.to_owned(), value.to_owned())
}

#[test]
fn key_result_q02_a_change_cannot_improve_its_own_figures() {
    let pull = pull();
    let clone = pull.checkout(&pull.merge, 0);
    let (code, rows) = judged(&clone, &["--base", pull.base.as_str()]);
    let expected = [
        row("trained", "missed", "50%"),
        // Made in this run, so there is no other.
        row("drills", "met", "12 min"),
        row("claims", "missed", "50%"),
        row("routed", "missed", "0%"),
    ];
    assert_eq!(rows, expected);
    assert_eq!(code, 1);
    // Once it is merged, they count.
    let (code, rows) = judged(&clone, &[]);
    let expected = [
        row("trained", "met", "100%"),
        row("drills", "met", "12 min"),
        row("claims", "met", "100%"),
        row("routed", "met", "100%"),
    ];
    assert_eq!(rows, expected);
    assert_eq!(code, 0);
}

#[test]
fn key_result_m00a_an_unknown_column_ends_with_exit_2() {
    let here = Repository::new();
    here.file("krgate.yaml", POLICY);
    here.file("data/people.csv", "login,traind,at\na,yes,2026-11-15\n");
    here.file("data/claims.csv", "id,status,cwe\na,pass,79\n");
    here.commit();
    let (code, rows) = judged(&here, &[]);
    assert_eq!(code, 2);
    assert_eq!(rows[0], row("trained", "unknown", "unknown"));
}
