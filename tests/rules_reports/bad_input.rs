//! Ledgers and policies at which a report must not stumble: it says what it does not know,
//! and shows no figure that was not measured.

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use krgate::decide::report::{ReportRequest, Sources, report};
use krgate::model::Figures;
use krgate::model::history::History;
use krgate::policy::{Policy, parse};
use krgate::render::report::{write_csv, write_json, write_markdown, write_openmetrics};
use serde_json::Value;

use super::formats::{WRITERS, faults, is_harmless, written};
use super::sample::{RUNNING, at, history as sample_history, policy as sample_policy, sample};
use super::shop::{POLICY, Shop};

fn read(text: &str) -> Policy {
    let loaded = parse("krgate.yaml", text);
    match loaded.policy {
        Some(policy) => policy,
        None => panic!("policy has faults: {:?}", loaded.diagnostics),
    }
}

fn composed(policy: &Policy, history: &History) -> krgate::decide::report::Report {
    let sources = Sources {
        version: "0.1.0",
        policy_commit: None,
        ledger: "dir:x".to_owned(),
        ledger_exists: history.read,
        checkpoint: None,
        everywhere: history,
        waivers_used: None,
        figures: Figures::default(),
    };
    report(
        policy,
        history,
        sources,
        &ReportRequest::default(),
        at(RUNNING),
    )
}

/// Every format, and no figure of a key result in any.
fn shows_no_figure(shop: &Shop, now: &str) {
    let ended = shop.at(now, &["report", "--format", "openmetrics"]);
    assert!(
        !ended.stdout.contains("krgate_kr_value{"),
        "{}",
        ended.stdout
    );
    let ended = shop.at(now, &["report", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(ended.stdout.as_bytes());
    for row in reader.records().map(Result::unwrap) {
        assert_eq!((&row[5], &row[10]), ("", "unknown"), "{row:?}");
    }
    let ended = shop.at(now, &["report", "--format", "json"]);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let wrong = faults(&document, "report.schema.json");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for key_result in document["objectives"][0]["key_results"].as_array().unwrap() {
        assert_eq!(key_result["verdict"], "unknown");
        assert!(key_result["value"].is_null() && key_result["score"].is_null());
        assert!(!key_result["reasons"].as_array().unwrap().is_empty());
    }
    assert_eq!(document["actions"]["repairs"].as_array().unwrap().len(), 0);
}

/// Without the key result that counts reports: none written is a figure.
fn without_events() -> String {
    POLICY
        .split("      - id: weekly")
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn record_r32_an_empty_ledger_is_said_in_words() {
    let shop = Shop::new(&without_events());
    let ended = shop.at(RUNNING, &["report"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for words in [
        "there is no ledger yet at `dir:.krgate/ledger`",
        "**0 of 2 key results missed, 2 unknown; a release is blocked by `no-shell` (unknown).**",
        "No run is recorded, so that nobody can say what changed.",
        "nothing of it was recorded yet",
        "`@acme/payments`, code/no-shell: unknown",
    ] {
        assert!(ended.stdout.contains(words), "{words}\n{}", ended.stdout);
    }
    shows_no_figure(&shop, RUNNING);
}

#[test]
fn report_p15_a_period_without_records_has_no_figures() {
    let policy =
        without_events().replace("2026-10-01, end: 2027-01-01", "2026-11-10, end: 2027-01-01");
    let shop = Shop::new(&policy);
    shop.week("2026-10-26");
    // What was recorded before is not a figure of now.
    let ended = shop.at(RUNNING, &["report"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("10 findings as of 2026-10-26, stale"),
        "{}",
        ended.stdout
    );
    let csv = shop.at(RUNNING, &["report", "--format", "csv"]);
    for row in csv.stdout.lines().skip(1) {
        assert!(row.contains(",unknown,,0"), "{row}");
    }
    let metrics = shop.at(RUNNING, &["report", "--format", "openmetrics"]);
    assert!(
        !metrics.stdout.contains("krgate_kr_value{"),
        "{}",
        metrics.stdout
    );
}

#[test]
fn report_p13_one_key_result_with_one_record_is_new() {
    let shop = Shop::new(POLICY);
    shop.week("2026-11-16");
    let ended = shop.at("2026-11-16T12:00:00Z", &["report"]);
    let row = ended
        .stdout
        .lines()
        .find(|line| line.contains("| open-findings |"))
        .unwrap();
    assert!(row.contains("| new |"), "{row}");
    assert!(row.contains("insufficient data: 1 of 5 weeks"), "{row}");
}

#[test]
fn record_r34_a_ledger_damaged_in_the_middle_is_reported_with_what_is_wrong() {
    let shop = Shop::with_weeks();
    let folder = shop.path().join(".krgate/ledger/records/2026-11");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    let text = fs::read_to_string(&files[0]).unwrap();
    fs::write(&files[0], &text[..text.len() / 2]).unwrap();
    let now = "2026-11-09T12:00:00Z";
    for format in ["markdown", "json", "csv", "openmetrics"] {
        let ended = shop.at(now, &["report", "--format", format]);
        assert_eq!(ended.code, 0, "{format}: {}", ended.stderr);
        assert!(ended.stderr.contains("record-damaged"), "{format}");
        is_harmless(format, &ended.stdout);
    }
    let ended = shop.at(now, &["report"]);
    for words in [
        "the ledger is not whole, so the figures below are not to be relied on",
        "The ledger is not whole: this is what the records that can be read tell",
        "NOT WHOLE",
    ] {
        assert!(ended.stdout.contains(words), "{words}\n{}", ended.stdout);
    }
    let json = shop.at(now, &["report", "--format", "json"]);
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["ledger"]["whole"], false);
    assert_eq!(document["changes"]["whole"], false);
    for week in document["ages"].as_array().unwrap() {
        assert!(week["open"].is_null());
    }
}

/// A policy of so many key results with such titles.
fn many(number: usize, title: &str) -> Policy {
    let title = serde_json::to_string(title).unwrap();
    let mut text = String::from(
        "version: 1\nledger: dir:x\nperiod: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }\n\
         objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    key_results:\n",
    );
    for place in 0..number {
        let _ = writeln!(
            text,
            "      - {{ id: k-{place}, title: {title}, measure: {{ count: {{ class: sast }} }}, target: \"<= {place}\" }}"
        );
    }
    read(&text)
}

#[test]
fn report_p11_four_hundred_key_results_all_unknown() {
    let policy = many(400, "T");
    let history = History {
        read: true,
        ..History::default()
    };
    let begun = Instant::now();
    let report = composed(&policy, &history);
    let markdown = written(&report, write_markdown);
    let csv = written(&report, write_csv);
    let json = written(&report, write_json);
    let metrics = written(&report, write_openmetrics);
    // It takes a fraction of this; a square of 400 would not.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
    assert!(markdown.contains(
        "**0 of 400 key results missed, 400 unknown; a release is blocked by `k-0` (unknown), "
    ));
    assert!(markdown.contains(" and 390 more, all in the table below."));
    assert_eq!(markdown.matches("<a id=\"kr-").count(), 400);
    assert_eq!(csv.lines().count(), 1 + 400 * 8);
    assert_eq!(metrics.matches("=\"unknown\"} 1").count(), 400);
    assert!(!metrics.contains("krgate_kr_value{"));
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        document["verdict"]["blocked_by"].as_array().unwrap().len(),
        400
    );
}

#[test]
fn limit_l07_titles_of_two_thousand_characters_are_cut_where_people_read() {
    let title = "é".repeat(2_000);
    let policy = many(1, &title);
    let report = composed(&policy, &History::default());
    let markdown = written(&report, write_markdown);
    assert!(markdown.contains(&format!("`{}…`", "é".repeat(500))));
    assert!(!markdown.contains(&"é".repeat(501)));
    let json = written(&report, write_json);
    assert!(json.contains(&title), "a machine gets all of it");
}

#[test]
fn encoder_e03_right_to_left_and_emoji_titles_are_shown_as_they_are() {
    let title = "مرحبا \u{202e}abc\u{2066} 🔥👩‍🚀";
    let policy = many(1, title);
    let report = composed(&policy, &History::default());
    let markdown = written(&report, write_markdown);
    // Letters are letters; what would turn the line round is shown.
    assert!(
        markdown.contains("`مرحبا \\u{202e}abc\\u{2066} 🔥👩\\u{200d}🚀`"),
        "{markdown}"
    );
}

#[test]
fn report_p06_hostile_text_in_every_field_stays_text() {
    let policy = sample_policy();
    let history = sample_history(&policy);
    let report = sample(&history, &policy, &ReportRequest::default(), RUNNING);
    for (format, write) in WRITERS {
        is_harmless(format, &written(&report, write));
    }
}

#[test]
fn report_p02_no_period_and_no_ledger() {
    let text = "version: 1\nobjectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    key_results:\n      \
                - { id: k, title: T, measure: { count: { class: sast } }, target: \"<= 0\" }\n";
    let report = composed(&read(text), &History::default());
    let markdown = written(&report, write_markdown);
    assert!(
        markdown.contains("the policy has no `period`"),
        "{markdown}"
    );
    assert!(markdown.contains("no ledger was read"), "{markdown}");
    // The last thirteen weeks, of no period.
    let csv = written(&report, write_csv);
    assert_eq!(csv.lines().count(), 14);
    assert!(
        csv.lines()
            .nth(1)
            .unwrap()
            .starts_with(",2026-W35,o,k,,,findings,,,,unknown,,0")
    );
}
