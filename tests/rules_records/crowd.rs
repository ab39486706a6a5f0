//! Many writers and a compactor at once (rules R2, R23, R24, R38, R39).
//!
//! `KRGATE_CROWD=300` runs three hundred writers, all at once, and prints what it took; without
//! it there are few, so that an ordinary run stays short.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use krgate::record::store::git::NotFolded;
use krgate::record::store::{Appended, RecordStore};
use krgate::record::{Record, RecordId, Union};

use super::ground::Server;
use super::support::{now, sealed};

/// How many there are, and how many of them write at once.
#[expect(
    clippy::disallowed_methods,
    reason = "how long the tests may take is up to whoever runs them"
)]
pub(crate) fn writers() -> (usize, usize) {
    let asked = std::env::var("KRGATE_CROWD").ok();
    let asked = asked.and_then(|count| count.parse().ok());
    asked.map_or((30, 20), |count| (count, count))
}

fn record(n: usize) -> Record {
    let at = format!(
        "2026-{:02}-02T09:{:02}:{:02}Z",
        9 + n % 3,
        n / 60 % 60,
        n % 60
    );
    sealed(&format!("writer {n}"), 41, &at)
}

/// Folds as long as there are writers; how often it did, and how often others were quicker.
fn compact(server: &Server, done: &AtomicBool) -> (usize, usize) {
    let clone = server.clone();
    let (mut folds, mut raced) = (0, 0);
    while !done.load(Ordering::Relaxed) {
        match clone.store().fold(now()) {
            Ok(folded) if folded.refs > 0 => folds += 1,
            Ok(_) => {}
            Err(NotFolded::Raced) => raced += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    (folds, raced)
}

#[test]
fn record_r02_r39_of_many_writers_and_a_compactor_nothing_is_lost_or_doubled() {
    let (server, (count, at_once)) = (Server::new(), writers());
    let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let began = Instant::now();
    let (times, (folds, raced)) = thread::scope(|scope| {
        let compactor = scope.spawn(|| compact(&server, &done));
        let one = || {
            let mut times = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return times;
                }
                let store = server.clone().store();
                let began = Instant::now();
                assert_eq!(store.append(&record(n)), Ok(Appended::Stored), "{n}");
                times.push(began.elapsed());
            }
        };
        let all: Vec<_> = (0..at_once).map(|_| scope.spawn(one)).collect();
        let times: Vec<Duration> = all.into_iter().flat_map(|w| w.join().unwrap()).collect();
        done.store(true, Ordering::Relaxed);
        (times, compactor.join().unwrap())
    });
    let wall = began.elapsed();

    let clone = server.clone();
    let expected: BTreeSet<RecordId> = (0..count).map(|n| record(n).id()).collect();
    let kept = || {
        let union = Union::of([clone.scan()]);
        assert!(union.is_sound());
        let ids: Vec<RecordId> = union.records.iter().map(Record::id).collect();
        assert_eq!(ids.len(), count);
        ids.into_iter().collect::<BTreeSet<_>>()
    };
    assert_eq!(kept(), expected);
    clone.store().compact(now()).unwrap();
    assert_eq!(kept(), expected);
    assert_eq!(server.refs(), ["refs/heads/krgate-records"]);
    let verified = clone.store().verify(now()).unwrap();
    assert_eq!((verified.records, verified.diagnostics), (count, vec![]));
    let mean = times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap();
    println!(
        "{count} of {count} kept, {at_once} at once, in {wall:.1?}: {mean:.0?} a record on average, \
         {:.0?} at most; {folds} folds beside them, {raced} that lost a race",
        times.iter().max().unwrap()
    );
}
