//! When a fix was deployed (rule M35): events, runs of an environment, and ancestry.

use jiff::Timestamp;
use krgate::model::history::{History, PastEvent, PastRun, RecordId};
use krgate::model::{Event, ObjectId, UntrustedText};
use krgate::record::lifecycle::{NoLineage, deployed};

use super::scans::{Found, Ledger, Line, Report, commit, day, found, policy, state_at};

const A: Found = found("ra", "src/a.py", 10);
const B: Found = found("rb", "src/b.py", 10);

fn event(name: &str, at: Timestamp, of: ObjectId) -> PastEvent {
    PastEvent {
        name: name.to_owned(),
        at,
        record: RecordId([9; 32]),
        commit: Some(of),
        environment: None,
        found: None,
        scope: None,
    }
}

fn run(at: Timestamp, of: ObjectId, environment: Option<&str>, event: Event) -> PastRun {
    PastRun {
        record: RecordId([8; 32]),
        repository: "example.org/4711".to_owned(),
        at,
        event,
        reference: None,
        commit: Some(of),
        environment: environment.map(UntrustedText::new),
        exit: 0,
        milliseconds: None,
        feedback_seconds: None,
        writer: UntrustedText::new("krgate"),
        policy: None,
        reports: Vec::new(),
        data: Vec::new(),
        waivers: Vec::new(),
    }
}

/// A is fixed by the commit of day 2, B stays.
fn history() -> History {
    let mut ledger = Ledger::default();
    for (number, found) in [(0, &[A, B][..]), (2, &[B]), (3, &[B])] {
        let at = state_at(number.into(), number);
        ledger.scan(at, &Report::of(found), &policy(""));
    }
    let lives = ledger.lives(3);
    History {
        read: true,
        streams: lives.streams,
        scans: lives.scans,
        lives: lives.lives,
        ..History::default()
    }
}

fn of(history: &History, rule: &str) -> Option<Timestamp> {
    let life = history.lives.iter().find(|life| life.rule.raw() == rule);
    life.unwrap().deployed
}

#[test]
fn metric_m35_a_fix_is_deployed_with_its_commit_or_a_later_one() {
    let line = Line::default();
    let mut past = history();
    past.events = vec![
        // An older commit, another event, and the first one that holds the fix.
        event("deployment", day(3), commit(1)),
        event("drill", day(3), commit(5)),
        event("deployment", day(6), commit(4)),
        event("deployment", day(7), commit(2)),
    ];
    deployed(&mut past, &line);
    assert_eq!(of(&past, "ra"), Some(day(6)));
    assert_eq!(of(&past, "rb"), None, "what is open is not deployed");
    // A run of an environment says it too; one of a change, and one of none, do not.
    past.runs = vec![
        run(day(4), commit(3), Some("production"), Event::Change),
        run(day(4), commit(3), None, Event::State),
        run(day(5), commit(3), Some("production"), Event::State),
    ];
    deployed(&mut past, &line);
    assert_eq!(of(&past, "ra"), Some(day(5)));
}

#[test]
fn metric_m35_what_cannot_be_told_has_not_got_there() {
    let mut past = history();
    past.events = vec![event("deployment", day(4), commit(3))];
    // Without a repository only the commit itself is known.
    deployed(&mut past, &NoLineage);
    assert_eq!(of(&past, "ra"), None);
    past.events = vec![event("deployment", day(4), commit(2))];
    deployed(&mut past, &NoLineage);
    assert_eq!(of(&past, "ra"), Some(day(4)));
    let shallow = Line {
        shallow: true,
        ..Line::default()
    };
    deployed(&mut past, &shallow);
    assert_eq!(of(&past, "ra"), None);
    // An event is known by its day, and no fix is deployed before it was seen.
    past.events = vec![event("deployment", day(1), commit(2))];
    deployed(&mut past, &NoLineage);
    assert_eq!(of(&past, "ra"), Some(day(2)));
}
