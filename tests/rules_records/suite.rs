//! What every store must pass. A store's own file calls [`passes`] and adds what is its own.

use std::thread;

use jiff::civil::date;
use krgate::record::canonical::Object;
use krgate::record::store::{Appended, RecordStore, StoreError, Wanted};
use krgate::record::{Digest, Draft, Idem, Kind, Record};

use super::support::{bytes, check_in, now, sealed, shop, time};

/// A place for one store, that several writers open at once.
pub(crate) trait Ground: Sync {
    /// Opens the store as another process would.
    fn open(&self) -> Box<dyn RecordStore>;
}

/// What must hold, and the test of it.
type Case = (&'static str, fn(&dyn Ground));

/// Runs the suite; `fresh` makes a place in which nothing was ever recorded.
pub(crate) fn passes(fresh: &dyn Fn() -> Box<dyn Ground>) {
    let cases: &[Case] = &[
        ("an absent ledger is an empty history", absent),
        ("what is stored is read as it was", stored_is_read),
        ("the same again is a duplicate", duplicate),
        ("other content under one id is a conflict", conflict),
        ("a reader gets what it wants", wanted),
        ("records come by time, then id", ordered),
        ("unknown fields stay", unknown_fields),
        ("writers at once lose and double nothing", many_writers),
        ("one record from many writers is stored once", one_record),
        ("of contradicting writers one wins", contradicting),
    ];
    for (name, case) in cases {
        println!("suite: {name}");
        case(&*fresh());
    }
}

fn scan(store: &dyn RecordStore) -> Vec<Record> {
    let scan = store.scan(&Wanted::all(now())).unwrap();
    assert!(scan.exists);
    assert_eq!(scan.damage, []);
    scan.records
}

/// Rule R32.
fn absent(ground: &dyn Ground) {
    let scan = ground.open().scan(&Wanted::all(now())).unwrap();
    assert!(!scan.exists);
    assert!(scan.records.is_empty() && scan.damage.is_empty());
}

/// Rules R3, R4.
fn stored_is_read(ground: &dyn Ground) {
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    assert_eq!(ground.open().append(&record), Ok(Appended::Stored));
    assert_eq!(bytes(&scan(&*ground.open())), bytes(&[record]));
}

/// Rules R6, R36: also a second later, and over the border of a month.
fn duplicate(ground: &dyn Ground) {
    let first = sealed("octo", 41, "2026-11-30T23:59:59Z");
    let store = ground.open();
    assert_eq!(store.append(&first), Ok(Appended::Stored));
    for at in ["2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z"] {
        let again = sealed("octo", 41, at);
        assert_eq!(
            ground.open().append(&again),
            Ok(Appended::Duplicate),
            "{at}"
        );
    }
    assert_eq!(bytes(&scan(&*store)), bytes(&[first]));
}

/// Rule R6.
fn conflict(ground: &dyn Ground) {
    let first = sealed("octo", 41, "2026-11-30T23:59:59Z");
    let store = ground.open();
    assert_eq!(store.append(&first), Ok(Appended::Stored));
    for at in ["2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z"] {
        let other = sealed("octo", 42, at);
        let expected = StoreError::Conflict {
            id: first.id(),
            stored: first.digest(),
            offered: other.digest(),
        };
        assert_eq!(ground.open().append(&other), Err(expected), "{at}");
    }
    assert_eq!(bytes(&scan(&*store)), bytes(&[first]));
}

fn drill(name: &str, at: &str) -> Draft {
    let claim = Object::new()
        .with("as_of", "2026-11-03")
        .with("who", "octo");
    Draft {
        repository: shop(),
        idem: Idem::Event {
            name: name.into(),
            as_of: date(2026, 11, 3),
            who: "octo".into(),
            content: Digest::of(name.as_bytes()),
        },
        at: time(at),
        parents: Some(Vec::new()),
        fields: Object::new().with("claim", claim),
    }
}

fn wanted(ground: &dyn Ground) {
    let store = ground.open();
    let figure = sealed("octo", 41, "2026-11-02T09:00:00Z");
    let event = drill("drill", "2026-11-03T09:00:00Z").seal().unwrap();
    let mut elsewhere = drill("drill", "2026-12-03T09:00:00Z");
    elsewhere.repository.id = "4712".into();
    let elsewhere = elsewhere.seal().unwrap();
    for record in [&figure, &event, &elsewhere] {
        assert_eq!(store.append(record), Ok(Appended::Stored));
    }
    let all = Wanted::all(now());
    let get = |wanted: Wanted<'_>| bytes(&store.scan(&wanted).unwrap().records);
    assert_eq!(get(all).len(), 3);
    let ours = Wanted {
        repository: Some("example.org/4711"),
        ..all
    };
    assert_eq!(get(ours), bytes(&[figure.clone(), event.clone()]));
    let events = Wanted {
        kinds: &[Kind::Event, Kind::Run],
        ..all
    };
    assert_eq!(get(events), bytes(&[event.clone(), elsewhere.clone()]));
    // Half-open: the first moment is in, the last is not.
    let span = Wanted {
        from: Some(event.at()),
        until: Some(elsewhere.at()),
        ..all
    };
    assert_eq!(get(span), bytes(&[event]));
}

/// Rules R3, R13: whatever the order of arrival, and also within one second.
fn ordered(ground: &dyn Ground) {
    let store = ground.open();
    let mut records: Vec<Record> = ["e", "d", "c", "b", "a"]
        .map(|who| sealed(who, 41, "2026-11-02T09:00:00Z"))
        .into();
    records.push(sealed("f", 41, "2026-10-31T23:00:00Z"));
    for record in &records {
        assert_eq!(store.append(record), Ok(Appended::Stored));
    }
    records.sort_by_key(|record| (record.at(), record.id()));
    assert_eq!(bytes(&scan(&*store)), bytes(&records));
}

/// Rule R12.
fn unknown_fields(ground: &dyn Ground) {
    let mut draft = check_in("octo", 41, "2026-11-02T09:00:00Z");
    draft.fields.set("mood", "##[group]\u{202e}good");
    let record = draft.seal().unwrap();
    assert_eq!(ground.open().append(&record), Ok(Appended::Stored));
    assert_eq!(bytes(&scan(&*ground.open())), bytes(&[record]));
}

const WRITERS: usize = 50;

/// What each of the writers was told, all of them at once.
fn at_once(
    ground: &dyn Ground,
    record: impl Fn(usize) -> Record + Sync,
) -> Vec<Result<Appended, StoreError>> {
    thread::scope(|scope| {
        let record = &record;
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| scope.spawn(move || ground.open().append(&record(n))))
            .collect();
        writers.into_iter().map(|w| w.join().unwrap()).collect()
    })
}

/// Rule R2.
fn many_writers(ground: &dyn Ground) {
    let record = |n| sealed(&format!("writer {n}"), 41, "2026-11-02T09:00:00Z");
    for answer in at_once(ground, record) {
        assert_eq!(answer, Ok(Appended::Stored));
    }
    let mut expected: Vec<Record> = (0..WRITERS).map(record).collect();
    expected.sort_by_key(|record| (record.at(), record.id()));
    assert_eq!(bytes(&scan(&*ground.open())), bytes(&expected));
}

/// Rules R2, R6.
fn one_record(ground: &dyn Ground) {
    let record = |_| sealed("octo", 41, "2026-11-02T09:00:00Z");
    let answers = at_once(ground, record);
    let count = |wanted| answers.iter().filter(|a| **a == Ok(wanted)).count();
    assert_eq!(count(Appended::Stored), 1);
    assert_eq!(count(Appended::Duplicate), WRITERS - 1);
    assert_eq!(bytes(&scan(&*ground.open())), bytes(&[record(0)]));
}

/// Rules R2, R6.
fn contradicting(ground: &dyn Ground) {
    let record = |n| sealed("octo", i64::try_from(n).unwrap(), "2026-11-02T09:00:00Z");
    let answers = at_once(ground, record);
    let kept = scan(&*ground.open());
    assert_eq!(kept.len(), 1);
    for (n, answer) in answers.into_iter().enumerate() {
        let offered = record(n);
        if offered.digest() == kept[0].digest() {
            assert_eq!(answer, Ok(Appended::Stored), "{n}");
        } else {
            let expected = StoreError::Conflict {
                id: offered.id(),
                stored: kept[0].digest(),
                offered: offered.digest(),
            };
            assert_eq!(answer, Err(expected), "{n}");
        }
    }
}
