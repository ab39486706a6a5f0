//! What `krgate status` shows of a ledger (rules P1, P3, P21, P22, K13, K23, K29, R32, R34),
//! with the built binary.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};

use super::cli::{Ended, POLICY, Shop};

/// The status at a moment, with more arguments.
fn at(shop: &Shop, now: &str, arguments: &[&str]) -> Ended {
    let mut command = shop.krgate(&["status"]);
    Shop::end(command.args(arguments).env("KRGATE_NOW", now))
}

/// The document, held to its schema.
fn document(shop: &Shop, now: &str) -> (i32, Value) {
    let ended = at(shop, now, &["--format", "json"]);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/status.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults = validator.iter_errors(&document);
    let faults: Vec<String> = faults
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    (ended.code, document)
}

fn recorded(shop: &Shop, now: &str) {
    let mut command = shop.krgate(&["check", "--record", "--event", "state"]);
    let ended = Shop::end(command.env("KRGATE_NOW", now));
    assert!(ended.stderr.contains("recorded: run "), "{}", ended.stderr);
}

#[test]
fn record_r32_status_of_an_absent_ledger_is_said_in_words() {
    let shop = Shop::new();
    let ended = at(&shop, "2026-11-16T00:00:00Z", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for words in [
        "there is no ledger yet at `dir:.krgate/ledger`",
        "period `2026-Q4`: 2026-10-01 to 2027-01-01, 50% over",
        "nothing of it was recorded yet",
        "insufficient data: 0 of 5 weeks",
        "nobody has checked in yet",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
    let last = ended.stdout.lines().last().unwrap();
    assert_eq!(
        last,
        "STATUS: 3 key results, 0 met, 1 missed, 2 unknown (exit 0)"
    );
    let (_, document) = document(&shop, "2026-11-16T00:00:00Z");
    assert_eq!(document["ledger"]["exists"], false);
    assert_eq!(document["period"]["elapsed"], "0.5");
    let secret = &document["objectives"][0]["key_results"][0];
    assert_eq!(
        (&secret["verdict"], &secret["value"], &secret["score"]),
        (&"unknown".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(secret["reasons"][0]["code"], "never-recorded");
    assert!(!shop.path(".krgate").exists(), "it only looks");
}

#[test]
fn report_p03_one_record_is_known_until_it_is_stale() {
    let shop = Shop::new();
    recorded(&shop, "2026-11-16T12:00:00Z");
    let checkin = ["checkin", "trained", "62%", "--confidence", "amber"];
    assert_eq!(shop.run(&checkin).code, 0);
    let (code, known) = document(&shop, "2026-11-18T12:00:00Z");
    assert_eq!(code, 0);
    let key_results = &known["objectives"][0]["key_results"];
    let secret = &key_results[0];
    assert_eq!(
        (&secret["verdict"], &secret["value"], &secret["stale"]),
        (&"met".into(), &"0".into(), &false.into())
    );
    // Two days of the 48.5 that are over are known (K6): too little for a score.
    assert_eq!(secret["in_bounds"]["met_seconds"], 172_800);
    assert_eq!(secret["in_bounds"]["unknown_seconds"], 4_017_600);
    assert_eq!(secret["score"], Value::Null);
    assert_eq!(secret["insufficient"], "1 of 5 weeks");
    // (62 - 35) / (80 - 35).
    let trained = &key_results[1];
    assert_eq!(
        (&trained["score"], &trained["band"]),
        (&"0.6".into(), &"amber".into())
    );
    assert_eq!(trained["confidence"]["value"], "0.5");
    assert_eq!(trained["pace"]["state"], "on track");
    // The mean of 0.6 and 0 over two of three that are known (K13).
    assert_eq!(known["objectives"][0]["score"], "0.3");
    assert_eq!(known["objectives"][0]["score_known"], "0.666667");

    let (code, stale) = document(&shop, "2026-11-25T12:00:00Z");
    assert_eq!(code, 0, "status decides nothing");
    let key_results = &stale["objectives"][0]["key_results"];
    let secret = &key_results[0];
    assert_eq!(
        (&secret["verdict"], &secret["value"], &secret["stale"]),
        (&"unknown".into(), &"0".into(), &true.into())
    );
    assert_eq!(secret["reasons"][0]["code"], "record-stale");
    assert_eq!(key_results[1]["reasons"][0]["code"], "check-in-overdue");
    assert_eq!(key_results[1]["confidence"]["stale"], true);
    let text = at(&shop, "2026-11-25T12:00:00Z", &[]).stdout;
    assert!(
        text.contains("as of 2026-11-16 (9.0 d ago, stale)"),
        "{text}"
    );
    assert!(
        text.contains("confidence 50% (2026-11-16, stale)"),
        "{text}"
    );
}

#[test]
fn report_p01_the_same_ledger_and_clock_give_the_same_bytes_and_80_columns() {
    let shop = Shop::new();
    recorded(&shop, "2026-11-09T12:00:00Z");
    recorded(&shop, "2026-11-16T12:00:00Z");
    for arguments in [&[][..], &["--format", "json"]] {
        let one = at(&shop, "2026-11-18T12:00:00Z", arguments);
        let mut other = shop.krgate(&["status"]);
        other
            .args(arguments)
            .env("KRGATE_NOW", "2026-11-18T12:00:00Z");
        other
            .env("LANG", "tr_TR.UTF-8")
            .env("TZ", "Asia/Tokyo")
            .env("COLUMNS", "40");
        assert_eq!(one.stdout, Shop::end(&mut other).stdout);
        assert!(one.stdout.ends_with('\n'), "{arguments:?}");
    }
    let text = at(&shop, "2026-11-18T12:00:00Z", &[]).stdout;
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{text}");
    let colour = at(&shop, "2026-11-18T12:00:00Z", &["--color", "always"]).stdout;
    assert!(colour.contains("\u{1b}["), "{colour}");
    let quiet = at(&shop, "2026-11-18T12:00:00Z", &["--quiet"]).stdout;
    assert_eq!(quiet.lines().count(), 1, "{quiet}");
}

#[test]
fn record_r34_a_damaged_ledger_is_exit_4_after_what_is_known() {
    let shop = Shop::new();
    recorded(&shop, "2026-11-16T12:00:00Z");
    recorded(&shop, "2026-11-17T12:00:00Z");
    fs::write(&shop.files()[0], "{}\n").unwrap();
    let ended = at(&shop, "2026-11-18T12:00:00Z", &[]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(ended.stderr.contains("record-damaged"), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("the ledger is not whole"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("no-secret"), "{}", ended.stdout);
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.starts_with("THE LEDGER IS DAMAGED: "), "{last}");
    assert!(last.ends_with("(exit 4)"), "{last}");
    let (code, document) = document(&shop, "2026-11-18T12:00:00Z");
    assert_eq!((code, &document["ledger"]["whole"]), (4, &false.into()));
    assert_eq!(document["ledger"]["doubts"][0]["code"], "damaged-record");
}

#[test]
fn key_result_k29_another_definition_begins_a_segment_and_is_listed() {
    let shop = Shop::new();
    recorded(&shop, "2026-11-09T12:00:00Z");
    shop.file(
        "krgate.yaml",
        POLICY.replace("target: \"<= 0\"", "target: \"<= 1\""),
    );
    let (_, before) = document(&shop, "2026-11-10T12:00:00Z");
    let secret = &before["objectives"][0]["key_results"][0];
    assert_eq!(secret["reasons"][0]["code"], "definition-changed");
    assert_eq!(secret["last_known"], "2026-11-09T12:00:00Z");
    recorded(&shop, "2026-11-16T12:00:00Z");
    let (_, after) = document(&shop, "2026-11-16T12:00:00Z");
    let secret = &after["objectives"][0]["key_results"][0];
    let segments = secret["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 2);
    assert_ne!(segments[0]["definition"], segments[1]["definition"]);
    assert_eq!(
        secret["steps"].as_array().unwrap().len(),
        1,
        "the last one alone"
    );
    let text = at(&shop, "2026-11-16T12:00:00Z", &[]).stdout;
    assert!(
        text.contains("definition changed on 2026-11-16: "),
        "{text}"
    );
    assert!(
        text.contains("it was defined anew in this period"),
        "{text}"
    );
}

#[test]
fn report_p06_400_key_results_with_hostile_titles_are_all_shown_and_harmless() {
    let shop = Shop::new();
    let long = "x".repeat(40_000);
    let mut policy = "version: 1\nperiod: { name: \"::error::p\", start: 2026-10-01, end: \
                      2027-01-01 }\nobjectives:\n"
        .to_owned();
    for objective in 0..80 {
        let _ = write!(
            policy,
            "  - id: o{objective}\n    title: \"::warning::\\e[2J\\n##[error]x \\u202E{}\"\n    \
             owner: \"\\e]8;;x\\a@acme\"\n    key_results:\n",
            if objective == 0 { &long } else { "" }
        );
        for key_result in 0..5 {
            let _ = write!(
                policy,
                "      - id: k{objective}-{key_result}\n        title: \"::set-output \
                 name=x::\\r\\n::error::y\"\n        measure: {{ check_in: {{ unit: \"%\" }} \
                 }}\n        target: \">= 80%\"\n        on_miss: observe\n"
            );
        }
    }
    shop.file("krgate.yaml", policy);
    let ended = at(&shop, "2026-11-16T00:00:00Z", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("k79-4 "), "all are shown");
    assert!(
        ended
            .stdout
            .lines()
            .last()
            .unwrap()
            .starts_with("STATUS: 400 key results, ")
    );
    for line in ended.stdout.lines() {
        let text = line.trim_start();
        assert!(
            !text.starts_with("::") && !text.starts_with("##["),
            "{line}"
        );
        assert!(line.chars().count() <= 80, "{line}");
    }
    let is_odd = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!ended.stdout.contains(is_odd));
    let json = at(&shop, "2026-11-16T00:00:00Z", &["--format", "json"]).stdout;
    assert!(!json.contains(is_odd) && !json.contains("##["));
    let (_, document) = document(&shop, "2026-11-16T00:00:00Z");
    assert_eq!(document["objectives"].as_array().unwrap().len(), 80);
    assert_eq!(
        document["counts"],
        json!({ "met": 0, "missed": 0, "unknown": 400 })
    );
    let title = document["objectives"][0]["title"].as_str().unwrap();
    assert!(
        title.ends_with("xxxx") && title.len() > 40_000,
        "JSON has the real value"
    );
}

#[test]
fn status_needs_a_policy_that_holds_and_a_ledger_that_is_a_place() {
    let shop = Shop::new();
    let ended = at(&shop, "2026-11-16T00:00:00Z", &["--ledger", "ftp:x"]);
    assert_eq!((ended.code, &*ended.stdout), (2, ""), "{}", ended.stderr);
    shop.file("krgate.yaml", "version: 1\nobjectivs: []\n");
    let ended = at(&shop, "2026-11-16T00:00:00Z", &[]);
    assert_eq!((ended.code, &*ended.stdout), (2, ""), "{}", ended.stderr);
}
