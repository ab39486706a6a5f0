//! Which blocks of changes were overturned, from the record of the block to the figure (rules
//! M26, Q10, R8, R10), with the built binary.

use std::process::Command;

use krgate::model::ObjectId;
use krgate::model::history::Block;
use krgate::record::store::dir::DirStore;
use krgate::record::store::{RecordStore, Wanted};
use krgate::record::{Union, history};
use serde_json::Value;

use super::cli::{POLICY, Shop, pull_request};

const MEASURE: &str = r#"
  - id: gate
    title: The gate is right
    owner: "@acme/appsec"
    key_results:
      - id: overturned
        title: Few blocks are overturned
        measure: { friction: { of: overturned, window: 90d, min_n: 1 } }
        target: "<= 5%"
        on_miss: warn
record: { changes: true }
ledger: dir:.krgate/ledger
waivers: { file: krgate.waivers.yaml }
"#;

/// A report of one finding each in these files.
fn report(files: &[&str]) -> String {
    let rows: Vec<String> = files
        .iter()
        .map(|file| {
            format!(
                r#"{{"ruleId":"python.ssrf","message":{{"text":"a request to a host of the caller"}},
                "locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"{file}"}},"region":{{"startLine":3}}}}}}]}}"#
            )
        })
        .collect();
    format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"Semgrep","version":"1.0"}}}},
        "invocations":[{{"executionSuccessful":true}}],"results":[{}]}}]}}"#,
        rows.join(",")
    )
}

/// A shop whose gate looks at static analysis.
fn shop() -> Shop {
    let shop = Shop::new();
    let policy = POLICY
        .replace(
            r#"{ name: secrets, path: "reports/*.json", format: gitleaks, class: secrets }"#,
            r#"{ name: code, path: "reports/*.json", class: sast }"#,
        )
        .replace("class: secrets", "class: sast");
    shop.file("krgate.yaml", [&policy, MEASURE].concat());
    shop.file("krgate.waivers.yaml", "version: 1\nlist: []\n");
    shop.file(".gitignore", "reports\n.krgate\n");
    shop.git(&["rm", "--quiet", "--cached", "-r", "reports"]);
    std::fs::remove_dir_all(shop.path("reports")).unwrap();
    commit(&shop, "a gate");
    shop
}

fn commit(shop: &Shop, message: &str) {
    shop.git(&["add", "--all"]);
    shop.git(&["commit", "--quiet", "-m", message]);
}

/// Judges a pull request whose report has findings in these files, in an attempt of a run.
fn change(shop: &Shop, at: &str, run: &str, files: &[&str]) -> i32 {
    let mut command = pull_request(shop, r#"{"id":4711}"#, &["check", "--record", "--now", at]);
    shop.file("reports/code.json", report(files));
    ended(command.env("GITHUB_RUN_ID", run))
}

fn ended(command: &mut Command) -> i32 {
    let ended = Shop::end(command);
    assert!(ended.code <= 1, "{}{}", ended.stdout, ended.stderr);
    ended.code
}

/// Judges main, and records it.
fn state(shop: &Shop, at: &str, run: &str, files: &[&str]) {
    shop.git(&["checkout", "--quiet", "main"]);
    shop.file("reports/code.json", report(files));
    let mut command = shop.job("main", &["check", "--record", "--now", at]);
    command.env("GITHUB_RUN_ID", run);
    ended(&mut command);
}

/// The figure on main at a moment, with why it is not known.
fn figure(shop: &Shop, at: &str) -> (Value, Vec<String>) {
    shop.git(&["checkout", "--quiet", "main"]);
    let mut command = shop.job("main", &["check", "--format", "json", "--now", at]);
    let ended = Shop::end(&mut command);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let of_gate = &document["objectives"][1]["key_results"][0];
    let reasons = of_gate["reasons"].as_array().unwrap();
    let codes = reasons.iter().map(|reason| reason["code"].as_str());
    (
        of_gate["value"].clone(),
        codes.map(|code| code.unwrap().to_owned()).collect(),
    )
}

/// The rows that blocked, of the records of changes.
fn blocking(shop: &Shop) -> Vec<Value> {
    let records = shop.records();
    let changes = records.iter().filter(|record| record["event"] == "change");
    let rows = changes.flat_map(|record| record["krs"].as_array().unwrap().clone());
    rows.filter(|row| row.get("blocking").is_some()).collect()
}

#[test]
fn metric_m26_key_result_q10_blocks_that_were_overturned_are_told_from_the_ledger_alone() {
    let shop = shop();
    state(&shop, "2026-10-05T08:00:00Z", "1", &[]);
    assert_eq!(change(&shop, "2026-10-05T09:00:00Z", "2", &["a.py"]), 1);
    let rows = blocking(&shop);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["kr"], "exposure/no-secret");
    let id = rows[0]["blocking"][0].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    assert_eq!(figure(&shop, "2026-10-06T00:00:00Z").0, "0");

    // Somebody looks at it, main gets the waiver, and the change is merged.
    let waiver = format!(
        "version: 1\nlist:\n  - {{ finding: {id}, kind: false_positive, reason: the host is fixed }}\n"
    );
    shop.git(&["checkout", "--quiet", "main"]);
    shop.file("krgate.waivers.yaml", waiver);
    commit(&shop, "it was none");
    state(&shop, "2026-10-09T08:00:00Z", "3", &["a.py"]);
    let (share, reasons) = figure(&shop, "2026-10-10T00:00:00Z");
    assert_eq!((share, reasons), (Value::from("1"), Vec::new()));

    // Another change is blocked by it, which is waived now, and by one that is real.
    assert_eq!(
        change(&shop, "2026-10-12T09:00:00Z", "4", &["a.py", "b.py"]),
        1
    );
    let rows = blocking(&shop);
    let last = rows.iter().find(|row| row["blocking"][0] != id.as_str());
    assert_eq!(last.unwrap()["blocking"].as_array().unwrap().len(), 1);
    assert_eq!(figure(&shop, "2026-10-13T00:00:00Z").0, "0.5");
}

#[test]
fn metric_m26_record_r08_a_later_attempt_that_passes_takes_back_no_block() {
    let shop = shop();
    state(&shop, "2026-10-05T08:00:00Z", "1", &[]);
    assert_eq!(change(&shop, "2026-10-05T09:00:00Z", "2", &["a.py"]), 1);
    let id = blocking(&shop)[0]["blocking"][0]
        .as_str()
        .unwrap()
        .to_owned();
    shop.git(&["checkout", "--quiet", "main"]);
    shop.file(
        "krgate.waivers.yaml",
        format!("version: 1\nlist:\n  - {{ finding: {id}, kind: false_positive }}\n"),
    );
    commit(&shop, "it was none");
    // The same run again, on the new base: it passes, and says why, before anything is merged.
    let mut again = pull_request(
        &shop,
        r#"{"id":4711}"#,
        &["check", "--record", "--now", "2026-10-06T09:00:00Z"],
    );
    again
        .env("GITHUB_RUN_ID", "2")
        .env("GITHUB_RUN_ATTEMPT", "2");
    shop.file("reports/code.json", report(&["a.py"]));
    assert_eq!(ended(&mut again), 0);
    let (share, reasons) = figure(&shop, "2026-10-07T00:00:00Z");
    assert_eq!((share, reasons), (Value::from("1"), Vec::new()));
}

#[test]
fn metric_m26_record_r10_secrets_without_a_key_leave_a_bound() {
    let secrets = |key: Option<&str>| {
        let shop = Shop::new();
        shop.file("krgate.yaml", [POLICY, MEASURE].concat());
        shop.file("krgate.waivers.yaml", "version: 1\nlist: []\n");
        commit(&shop, "a gate");
        let run = |command: &mut Command| {
            command.envs(key.map(|key| ("KRGATE_SECRET_KEY", key)));
            ended(command)
        };
        let at = "2026-10-05T08:00:00Z";
        run(&mut shop.job("main", &["check", "--record", "--now", at]));
        let mut command = pull_request(
            &shop,
            r#"{"id":4711}"#,
            &["check", "--record", "--now", "2026-10-05T09:00:00Z"],
        );
        shop.file("reports/gitleaks.json", super::cli::LEAK);
        assert_eq!(run(command.env("GITHUB_RUN_ID", "2")), 1);
        let rows = blocking(&shop);
        shop.file("reports/gitleaks.json", "[]");
        (rows[0].clone(), figure(&shop, "2026-10-06T00:00:00Z"))
    };
    let (row, (share, reasons)) = secrets(Some("sixteen-bytes-and-more"));
    assert_eq!(row["blocking"].as_array().unwrap().len(), 1);
    assert!(row.get("unnamed").is_none());
    assert_eq!((share, reasons), (Value::from("0"), Vec::new()));
    let (row, (share, reasons)) = secrets(None);
    assert_eq!(row["blocking"].as_array().unwrap().len(), 0);
    assert_eq!(row["unnamed"], 1);
    assert_eq!(
        (share, reasons),
        (Value::from("0"), vec!["undecided".to_owned()])
    );
}

#[test]
fn metric_m26_a_scan_that_failed_is_no_finding_that_blocked() {
    let shop = shop();
    state(&shop, "2026-10-05T08:00:00Z", "1", &[]);
    let mut command = pull_request(
        &shop,
        r#"{"id":4711}"#,
        &["check", "--record", "--now", "2026-10-05T09:00:00Z"],
    );
    let failed = report(&["a.py"]).replace("Successful\":true", "Successful\":false");
    shop.file(
        "reports/code.json",
        failed.replace(r#""results":[{"#, r#""results":[],"x":[{"#),
    );
    assert_eq!(ended(command.env("GITHUB_RUN_ID", "2")), 1);
    let rows = blocking(&shop);
    assert_eq!(rows[0]["verdict"], "unknown");
    assert_eq!(rows[0]["blocking"].as_array().unwrap().len(), 0);
    assert!(rows[0].get("unnamed").is_none());
    assert_eq!(figure(&shop, "2026-10-06T00:00:00Z").0, "0");
    let blocks = blocks(&shop);
    assert_eq!(blocks.len(), 1);
    assert!(blocks[0].by_other && !blocks[0].is_partial);
    assert_eq!(blocks[0].head, Some(head(&shop)));
}

/// The blocks as the past has them.
fn blocks(shop: &Shop) -> Vec<Block> {
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let store = DirStore::new(shop.path(".krgate/ledger"));
    let union = Union::of([store.scan(&Wanted::all(now)).unwrap()]);
    history::history(&union, None, now).blocks
}

fn head(shop: &Shop) -> ObjectId {
    ObjectId::new(&shop.git(&["rev-parse", "topic"])).unwrap()
}

#[test]
fn metric_m26_what_is_set_aside_already_did_not_block() {
    let shop = shop();
    let silenced = "      - { id: silenced, title: Nothing is silenced, measure: { suppressed: {} }, \
                    target: \"<= 0\", on_miss: block }\n  - id: gate\n";
    let policy = std::fs::read_to_string(shop.path("krgate.yaml")).unwrap();
    shop.file(
        "krgate.yaml",
        policy.replacen("  - id: gate\n", silenced, 1),
    );
    shop.file(
        "krgate.waivers.yaml",
        "version: 1\nlist:\n  - { rule: python.ssrf, path: a.py, kind: false_positive }\n",
    );
    commit(&shop, "a waiver from the beginning");
    state(&shop, "2026-10-05T08:00:00Z", "1", &[]);
    assert_eq!(change(&shop, "2026-10-05T09:00:00Z", "2", &["a.py"]), 1);
    let rows = blocking(&shop);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["kr"], "exposure/silenced");
    assert_eq!(rows[0]["blocking"].as_array().unwrap().len(), 0);
    assert_eq!(figure(&shop, "2026-10-06T00:00:00Z").0, "0");
}
