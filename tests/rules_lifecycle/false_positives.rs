//! Findings that a waiver calls false positives (rules L19, M5, M26).

use krgate::model::Event as Judged;
use krgate::model::history::{Close, FalsePositive};
use krgate::policy::{self, Policy};
use krgate::record::lifecycle::write_streams;
use serde_json::Value;

use super::scans::{At, Found, Ledger, Report, day, found, state_at};

const A: Found = found("ra", "src/a.py", 10);
const B: Found = found("rb", "src/b.py", 10);

/// A policy that waives what this rule finds, in these words.
fn waiving(rule: &str, says: &str) -> Policy {
    let text = format!(
        "version: 1\nreports: [{{ name: scan, path: report.json }}]\n\
         waivers: {{ list: [{{ rule: {rule}, path: \"src/**\", reason: looked at{says} }}] }}\n\
         objectives: [{{ id: o, title: T, owner: \"@acme/appsec\", key_results: [{{ id: k, title: T, \
         measure: {{ count: {{}} }}, target: \"<= 0\" }}] }}]\n"
    );
    let loaded = policy::parse("krgate.yaml", &text);
    loaded
        .policy
        .unwrap_or_else(|| panic!("{:?}\n{text}", loaded.diagnostics))
}

const FALSE: &str = ", kind: false_positive";

/// How A left, after some states a day each.
fn left(policies: &[Policy]) -> (Ledger, Option<Close>) {
    let mut ledger = Ledger::default();
    for (number, policy) in (0_u32..).zip(policies) {
        ledger.scan(
            state_at(number.into(), number),
            &Report::of(&[A, B]),
            policy,
        );
    }
    let now = i64::try_from(policies.len()).unwrap();
    let letters = ledger.letters();
    let lives = ledger.lives(now).lives;
    let a = lives.iter().find(|life| letters[&life.id] == 'A').unwrap();
    let left = a.left;
    (ledger, left)
}

#[test]
fn metric_m05_lifecycle_l19_a_false_positive_is_told_apart_while_its_waiver_holds() {
    let none = || waiving("never", "");
    let accepted = || waiving("ra", ", kind: accepted_risk");
    let refuted = || waiving("ra", FALSE);
    assert_eq!(left(&[none(), none()]).1, None);
    let bare = left(&[none(), waiving("ra", "")]).1;
    assert_eq!(bare, Some(Close::Accepted(day(1))));
    let risk = left(&[none(), accepted(), accepted()]).1;
    assert_eq!(risk, Some(Close::Accepted(day(1))));
    let (ledger, left_as) = left(&[none(), refuted(), refuted()]);
    assert_eq!(left_as, Some(Close::FalsePositive(day(1))));
    assert_eq!(ledger.events(), [""; 0], "what is as it was has no event");
    // It is open all the same: a waiver closes nothing.
    assert_eq!(ledger.standing(3), "A o · B o");
    // Found out later, and taken back.
    let later = left(&[accepted(), accepted(), refuted()]).1;
    assert_eq!(later, Some(Close::FalsePositive(day(2))));
    let taken_back = left(&[refuted(), accepted()]).1;
    assert_eq!(taken_back, Some(Close::Accepted(day(0))));
    assert_eq!(left(&[refuted(), none()]).1, None);
}

#[test]
fn metric_m26_the_past_says_from_when_until_when_a_finding_was_a_false_positive() {
    let policies = [
        waiving("never", ""),
        waiving("ra", FALSE),
        waiving("ra", FALSE),
        waiving("ra", ""),
        waiving("ra", FALSE),
    ];
    let (ledger, _) = left(&policies);
    let times = |past: &[FalsePositive]| -> Vec<_> {
        past.iter().map(|one| (one.from, one.until)).collect()
    };
    let past = ledger.lives(5).false_positives;
    assert_eq!(
        times(&past),
        [(day(1), Some(day(3))), (day(4), None)],
        "{past:?}"
    );
    assert!(past.iter().all(|one| one.repository == "example.org/4711"));
    let letters = ledger.letters();
    assert!(past.iter().all(|one| letters[&one.id] == 'A'));
}

#[test]
fn metric_m26_a_change_says_what_it_introduces_and_is_waived_as_a_false_positive() {
    let mut ledger = Ledger::default();
    let at = At {
        day: 1,
        commit: 1,
        judged: Judged::Change,
    };
    let advanced = ledger.scan(at, &Report::of(&[A, B]), &waiving("ra", FALSE));
    let written: Value = serde_json::from_str(&write_streams(&advanced.scans).canonical()).unwrap();
    let stream = &written["streams"][0];
    assert_eq!(stream["events"].as_array().unwrap().len(), 2);
    let said = stream["false_positives"].as_array().unwrap();
    assert_eq!(said.len(), 1);
    let past = ledger.lives(2).false_positives;
    assert_eq!(past.len(), 1);
    assert_eq!(said[0], past[0].id.to_string());
    assert_eq!((past[0].from, past[0].until), (day(1), Some(day(1))));
    // A risk that is accepted is no false positive, and nothing is said.
    let advanced = ledger.scan(at, &Report::of(&[A, B]), &waiving("ra", ""));
    let written = write_streams(&advanced.scans).canonical();
    assert!(!written.contains("false_positive"), "{written}");
}
