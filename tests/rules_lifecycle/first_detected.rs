//! When a report says that a finding was first detected (rule L2).

use krgate::diagnostic::Code;
use krgate::ingest::{self, Context, Expected, Limits, Request};
use krgate::model::{Intake, UntrustedText};
use krgate::record::lifecycle::write_streams;

use super::scans::{Found, Ledger, Report, day, found, policy, scoped, state_at};

const A: Found = found("ra", "src/a.py", 10);
const B: Found = found("rb", "src/b.py", 10);

/// The report of A and B whose results were first detected at these moments, as JSON.
fn detected(a: &str, b: &str) -> String {
    let mut text = Report::of(&[A, B]).text();
    for (rule, at) in [("ra", a), ("rb", b)] {
        let says = format!(r#""provenance":{{"firstDetectionTimeUtc":{at}}},"ruleId":"{rule}""#);
        assert!(text.contains(&format!(r#""ruleId":"{rule}""#)), "{text}");
        text = text.replacen(&format!(r#""ruleId":"{rule}""#), &says, 1);
    }
    text
}

/// What the first scan, on day 0, makes of A and B: days since they were first seen, and
/// whether they may be older.
fn adopted(text: &str) -> Vec<(i64, bool)> {
    let policy = policy("");
    let mut ledger = Ledger::default();
    ledger.scan_of(state_at(0, 0), &scoped(text, &policy, None), &policy, None);
    let letters = ledger.letters();
    let mut lives = ledger.lives(0).lives;
    lives.sort_by_key(|life| letters[&life.id]);
    let days = |life: &krgate::model::history::Life| {
        let age = day(0).duration_since(life.first_seen);
        (age.as_hours() / 24, life.left_truncated)
    };
    lives.iter().map(days).collect()
}

#[test]
fn lifecycle_l02_an_adopted_finding_was_first_seen_when_its_report_says_so() {
    let text = detected(r#""2026-10-02T08:00:00Z""#, "null");
    assert_eq!(adopted(&text), [(30, false), (0, true)]);
    // Without an offset it is UTC, as the standard demands; an offset is kept to.
    let text = detected(
        r#""2026-10-31T08:00:00""#,
        r#""2026-10-22T10:00:00.5+02:00""#,
    );
    assert_eq!(adopted(&text), [(1, false), (10, false)]);
}

#[test]
fn lifecycle_l02_only_the_scan_that_adopts_asks_the_report() {
    let policy = policy("");
    let mut ledger = Ledger::default();
    ledger.scan(state_at(0, 0), &Report::of(&[A]), &policy);
    let text = detected(r#""2026-10-02T08:00:00Z""#, r#""2026-10-02T08:00:00Z""#);
    let scan = scoped(&text, &policy, None);
    let advanced = ledger.scan_of(state_at(1, 1), &scan, &policy, None);
    let written = write_streams(&advanced.scans).canonical();
    assert!(!written.contains("detected"), "{written}");
    let letters = ledger.letters();
    for life in ledger.lives(1).lives {
        let (seen, truncated) = match letters[&life.id] {
            'A' => (day(0), true),
            _ => (day(1), false),
        };
        assert_eq!((life.first_seen, life.left_truncated), (seen, truncated));
    }
}

fn read(text: &str) -> (Intake, Vec<(Code, String)>) {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("report.sarif");
    std::fs::write(&path, text).unwrap();
    let request = Request {
        path,
        shown: UntrustedText::new("report.sarif"),
        by_hand: true,
        expected: Expected::default(),
    };
    let context = Context {
        now: day(0),
        roots: Vec::new(),
        secret_key: None,
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    };
    let (intake, diagnostics) = ingest::read(&[request], &context);
    let said = diagnostics.iter().map(|d| (d.code, format!("{d:?}")));
    (intake, said.collect())
}

#[test]
fn lifecycle_l02_what_is_no_time_of_the_past_is_ignored_and_said() {
    for bad in [
        r#""2026-11-01T08:00:01Z""#,
        r#""0001-01-01T00:00:00Z""#,
        r#""1970-01-01T00:00:00Z""#,
        r#""last week""#,
        "17",
        "{}",
        r#""""#,
    ] {
        let text = detected(bad, r#""2026-10-02T08:00:00Z""#);
        assert_eq!(adopted(&text), [(0, true), (30, false)], "{bad}");
        let (intake, said) = read(&text);
        assert_eq!(intake.findings.len(), 2);
        assert_eq!(intake.first_detected.len(), 1, "{bad}");
        let said: Vec<_> = said
            .iter()
            .filter(|(code, _)| *code == Code::SarifDetectionUnknown)
            .collect();
        assert_eq!(said.len(), 1, "{bad}");
        assert!(
            said[0]
                .1
                .contains("results[0].provenance.firstDetectionTimeUtc"),
            "{said:?}"
        );
        assert!(!said[0].1.contains("last week"), "{said:?}");
    }
    // At this very moment is no future.
    let text = detected(r#""2026-11-01T08:00:00Z""#, "null");
    assert_eq!(adopted(&text), [(0, false), (0, true)]);
    let (_, said) = read(&text);
    let unknown = |(code, _): &(Code, String)| *code == Code::SarifDetectionUnknown;
    assert!(!said.iter().any(unknown), "{said:?}");
}

/// A record that somebody else wrote may say anything.
#[test]
fn lifecycle_l02_record_r49_a_record_moves_no_first_sighting_into_the_future() {
    let policy = policy("");
    let mut ledger = Ledger::default();
    let text = detected(r#""2026-10-02T08:00:00Z""#, "null");
    ledger.scan_of(state_at(0, 0), &scoped(&text, &policy, None), &policy, None);
    let mut records = ledger.records.clone();
    for event in &mut records[0].scans[0].events {
        event.detected = event.detected.map(|_| day(3));
    }
    for life in krgate::record::lifecycle::lives(records, day(4)).lives {
        assert_eq!((life.first_seen, life.left_truncated), (day(0), true));
    }
}
