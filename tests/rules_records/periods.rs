//! Figures that are frozen: the first one of a period as a baseline, and the grades at its close
//! (rules K5, K26, K28, R6), with the built binary.

use std::fs;

use serde_json::{Value, json};

use super::cli::{Ended, LEAK, POLICY, Shop};

fn at(shop: &Shop, now: &str, arguments: &[&str]) -> Ended {
    Shop::end(shop.krgate(arguments).env("KRGATE_NOW", now))
}

const RECORD: &[&str] = &["check", "--record", "--event", "state", "--format", "json"];

fn of_kind(shop: &Shop, kind: &str) -> Vec<Value> {
    let records = shop.records().into_iter();
    records.filter(|record| record["kind"] == kind).collect()
}

fn status(shop: &Shop, now: &str) -> Value {
    let ended = at(shop, now, &["status", "--format", "json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// A shop whose number of secrets starts from the first figure of the period.
fn from_the_first() -> Shop {
    let shop = Shop::new();
    let start = "        start: { baseline: first }\n        target: \"<= 0\"\n";
    shop.file(
        "krgate.yaml",
        POLICY.replacen("        target: \"<= 0\"\n", start, 1),
    );
    shop
}

#[test]
fn key_result_k05_the_first_figure_is_frozen_by_the_run_and_known_to_the_next() {
    let shop = from_the_first();
    shop.file("reports/gitleaks.json", LEAK);
    let first = at(&shop, "2026-11-09T12:00:00Z", RECORD);
    assert_eq!(first.code, 1, "{}", first.stderr);
    let judged: Value = serde_json::from_str(&first.stdout).unwrap();
    let secret = &judged["objectives"][0]["key_results"][0];
    assert_eq!(
        (&secret["verdict"], &secret["value"]),
        (&"unknown".into(), &"1".into())
    );
    assert_eq!(secret["reasons"][0]["code"], "no-baseline");
    assert!(
        first.stderr.contains("of exposure/no-secret"),
        "{}",
        first.stderr
    );
    let [baseline] = &of_kind(&shop, "baseline")[..] else {
        panic!("one baseline: {}", first.stderr);
    };
    let run = &of_kind(&shop, "run")[0];
    assert_eq!(baseline["period"], "2026-Q4");
    assert_eq!(baseline["idem"]["kr"], "exposure/no-secret");
    assert_eq!(baseline["idem"]["def"], run["krs"][0]["def"]);
    assert_eq!(baseline["krs"][0]["value"], "1");
    assert_eq!(baseline["krs"][0]["unit"], "secrets");
    assert_eq!(baseline["parents"], json!([run["id"]]));
    assert_eq!(baseline["policy"]["source"], "worktree");

    shop.file("reports/gitleaks.json", "[]");
    let second = at(&shop, "2026-11-16T12:00:00Z", RECORD);
    assert_eq!(second.code, 0, "{}", second.stderr);
    let judged: Value = serde_json::from_str(&second.stdout).unwrap();
    let secret = &judged["objectives"][0]["key_results"][0];
    assert_eq!(
        (&secret["verdict"], &secret["start"], &secret["score"]),
        (&"met".into(), &"1".into(), &"1".into())
    );
    assert_eq!(of_kind(&shop, "baseline").len(), 1, "frozen once");
    let shown = status(&shop, "2026-11-16T12:00:00Z");
    let secret = &shown["objectives"][0]["key_results"][0];
    assert_eq!(
        (&secret["kind"], &secret["start"], &secret["score"]),
        (&"down".into(), &"1".into(), &"1".into())
    );
    let whole = at(&shop, "2026-11-16T12:00:00Z", &["records", "verify"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
}

#[test]
fn key_result_k05_another_definition_has_a_first_figure_of_its_own() {
    let shop = from_the_first();
    shop.file("reports/gitleaks.json", LEAK);
    at(&shop, "2026-11-09T12:00:00Z", RECORD);
    let policy = fs::read_to_string(shop.path("krgate.yaml")).unwrap();
    shop.file(
        "krgate.yaml",
        policy.replace("class: secrets } }", "class: secrets, path: \"**\" } }"),
    );
    at(&shop, "2026-11-10T12:00:00Z", RECORD);
    let baselines = of_kind(&shop, "baseline");
    assert_eq!(baselines.len(), 2);
    assert_ne!(baselines[0]["idem"]["def"], baselines[1]["idem"]["def"]);
}

#[test]
fn record_r06_of_two_baselines_the_stored_one_stands() {
    let shop = from_the_first();
    shop.file("reports/gitleaks.json", LEAK);
    at(&shop, "2026-11-09T12:00:00Z", RECORD);
    // A run beside it, which did not see that record, waits with another figure.
    shop.file("reports/gitleaks.json", "[]");
    let mut beside = shop.krgate(RECORD);
    beside.args(["--ledger", "dir:beside"]);
    Shop::end(beside.env("KRGATE_NOW", "2026-11-10T12:00:00Z"));
    let stored = of_kind(&shop, "baseline");
    let name = format!("{}.json", stored[0]["id"].as_str().unwrap());
    let late = fs::read(shop.path(&format!("beside/records/2026-11/{name}"))).unwrap();
    shop.file(&format!(".krgate/spool/{name}"), &late);
    let pushed = at(&shop, "2026-11-11T12:00:00Z", &["records", "push"]);
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    assert!(
        pushed.stdout.starts_with("stored already: "),
        "{}",
        pushed.stdout
    );
    assert_eq!(of_kind(&shop, "baseline"), stored);
    assert!(!shop.path(&format!(".krgate/spool/{name}")).exists());
}

const AFTER: &str = "2027-01-02T00:00:00Z";

/// A period of 92 days: a clean scan four days before its end, 62% two days before it.
fn quarter() -> Shop {
    let shop = Shop::new();
    let run = at(&shop, "2026-12-28T00:00:00Z", RECORD);
    assert!(run.stderr.contains("recorded: run "), "{}", run.stderr);
    let checked = at(
        &shop,
        "2026-12-30T12:00:00Z",
        &["checkin", "trained", "62%"],
    );
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    shop
}

fn with_postmortems(shop: &Shop) {
    let linked = "        on_miss: observe\n        links: { postmortem: \
                  \"https://example.org/postmortem\" }\n";
    shop.file(
        "krgate.yaml",
        POLICY.replace("        on_miss: observe\n", linked),
    );
}

#[test]
fn key_result_k26_a_close_is_refused_with_every_reason() {
    let shop = quarter();
    let close = &["period", "close"];
    let running = at(&shop, "2026-12-31T00:00:00Z", close);
    assert_eq!(running.code, 2, "{}", running.stderr);
    for words in [
        "the period `2026-Q4` runs until 2027-01-01",
        "trained is committed and missed, and links no postmortem",
        "certified is committed and missed, and links no postmortem",
    ] {
        assert!(
            running.stderr.replace("\n  ", " ").contains(words),
            "{words}: {}",
            running.stderr
        );
    }
    let over = at(&shop, AFTER, close);
    assert_eq!(over.code, 2, "{}", over.stderr);
    assert!(!over.stderr.contains("runs until"), "{}", over.stderr);
    assert!(of_kind(&shop, "close").is_empty());
    let nowhere = at(
        &shop,
        AFTER,
        &["period", "close", "--ledger", "dir:elsewhere"],
    );
    assert_eq!(nowhere.code, 4, "{}", nowhere.stderr);
    assert!(
        nowhere.stderr.contains("there is no ledger"),
        "{}",
        nowhere.stderr
    );
    fs::write(&shop.files()[0], "{}\n").unwrap();
    let damaged = at(&shop, "2026-12-31T00:00:00Z", close);
    assert_eq!(damaged.code, 4, "{}", damaged.stderr);
    for words in ["history-damaged", "runs until 2027-01-01"] {
        assert!(
            damaged.stderr.contains(words),
            "{words}: {}",
            damaged.stderr
        );
    }
    assert!(of_kind(&shop, "close").is_empty());
}

#[test]
fn key_result_k26_the_close_keeps_every_grade_and_unknown_is_0() {
    let shop = quarter();
    with_postmortems(&shop);
    let closed = at(&shop, AFTER, &["period", "close"]);
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    // (0 + 27/45 + 0) / 3.
    assert!(
        closed
            .stdout
            .starts_with("closed: 2026-Q4\n- exposure: 0.2000 red\nrecorded: close "),
        "{}",
        closed.stdout
    );
    let [record] = &of_kind(&shop, "close")[..] else {
        panic!("one close");
    };
    let row = |place: usize, key: &str| record["krs"][place][key].as_str().map(str::to_owned);
    let text = |text: &str| Some(text.to_owned());
    // Met on 4 of 92 days, which is too little to know: 4/92 = 0.0435.
    assert_eq!(row(0, "verdict"), text("met"));
    assert_eq!(
        (row(0, "score"), row(0, "known")),
        (text("0"), text("0.0435"))
    );
    assert_eq!(
        (row(1, "value"), row(1, "verdict")),
        (text("62"), text("missed"))
    );
    assert_eq!((row(1, "score"), row(1, "known")), (text("0.6"), text("1")));
    assert_eq!((row(2, "value"), row(2, "score")), (text("0"), text("0")));
    assert_eq!(record["objectives"][0]["score"], "0.2");
    assert_eq!(record["period"], "2026-Q4");
    assert_eq!(record["idem"]["period"], "2026-Q4");
    let again = at(&shop, "2027-01-03T00:00:00Z", &["period", "close"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert!(
        again.stderr.contains("was closed on 2027-01-02"),
        "{}",
        again.stderr
    );
    assert_eq!(of_kind(&shop, "close").len(), 1);
    let whole = at(&shop, AFTER, &["records", "verify"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
}

#[test]
fn key_result_k28_late_evidence_is_an_amendment_and_the_grade_stays() {
    let shop = quarter();
    with_postmortems(&shop);
    at(&shop, AFTER, &["period", "close"]);
    let unmoved = status(&shop, "2027-01-05T00:00:00Z");
    assert_eq!(unmoved["period"]["closed"], true);
    for key_result in unmoved["objectives"][0]["key_results"].as_array().unwrap() {
        assert!(key_result["closed"].is_object(), "{key_result}");
        assert_eq!(key_result["amended"], Value::Null);
    }
    let late = ["checkin", "trained", "80%", "--as-of", "2026-12-31"];
    for _ in 0..2 {
        let ended = at(&shop, "2027-01-05T00:00:00Z", &late);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(
            ended.stdout.starts_with("recorded: amend "),
            "{}",
            ended.stdout
        );
    }
    let close = &of_kind(&shop, "close")[0];
    let mut amendments = of_kind(&shop, "amend");
    amendments.sort_by_key(|amendment| amendment["idem"]["n"].as_i64());
    let numbers: Vec<_> = amendments.iter().map(|a| a["idem"]["n"].as_i64()).collect();
    assert_eq!(numbers, [Some(1), Some(2)]);
    assert_eq!(amendments[0]["target"], close["id"]);
    assert_eq!(amendments[0]["claim"]["as_of"], "2026-12-31");
    assert_eq!(amendments[0]["krs"][0]["value"], "80");

    let shown = status(&shop, "2027-01-05T00:00:00Z");
    let trained = &shown["objectives"][0]["key_results"][1];
    assert_eq!(
        (&trained["closed"]["score"], &trained["closed"]["verdict"]),
        (&"0.6".into(), &"missed".into())
    );
    assert_eq!(
        (&trained["amended"]["score"], &trained["amended"]["verdict"]),
        (&"1".into(), &"met".into())
    );
    let text = at(&shop, "2027-01-05T00:00:00Z", &["status"]).stdout;
    for words in [
        "closed on 2027-01-02 at 62%, missed, score 0.60 amber",
        "with what came after the close it would be 80%, met, score 1.00 green",
    ] {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(line.contains(words), "{words}: {text}");
    }
    // What is of a day after the end is no evidence for the period.
    let next = at(
        &shop,
        "2027-01-05T00:00:00Z",
        &["checkin", "trained", "81%"],
    );
    assert!(
        next.stdout.starts_with("recorded: checkin "),
        "{}",
        next.stdout
    );
}
