//! The branch of a ledger in git: folding, and whether it is what it was (rules R16, R24, R25,
//! R33, R38 to R42).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use krgate::diagnostic::Code;
use krgate::record::checkpoint::{Checkpoint, Hash, months};
use krgate::record::store::git::{GitStore, NotFolded};
use krgate::record::store::{Appended, RecordStore, StoreError, Wanted};
use krgate::record::{Flaw, Record, Union};

use super::ground::{Clone, Server};
use super::support::{bytes, choice, now, sealed, time};

const BRANCH: &str = "refs/heads/krgate-records";

fn several(from: usize, to: usize) -> Vec<Record> {
    (from..to)
        .map(|n| {
            let at = format!("2026-{:02}-02T09:00:{n:02}Z", 10 + n % 2);
            sealed(&format!("writer {n}"), 41, &at)
        })
        .collect()
}

/// A server with some records on its branch, and the clone that folded them.
fn folded(count: usize) -> (Server, Clone) {
    let server = Server::new();
    let clone = server.clone();
    clone.append_all(&several(0, count));
    let folded = clone.store().fold(now()).unwrap();
    assert_eq!((folded.records, folded.left), (count, 0));
    (server, clone)
}

fn codes(store: &GitStore) -> Vec<Code> {
    let verified = store.verify(now()).unwrap();
    verified.diagnostics.iter().map(|d| d.code).collect()
}

fn checkpoint_files(server: &Server) -> Vec<String> {
    let list = server.git(&["ls-tree", "-r", "--name-only", BRANCH, "--", "checkpoints"]);
    list.lines().map(str::to_owned).collect()
}

fn file(server: &Server, path: &str) -> Vec<u8> {
    let text = server.git(&["cat-file", "blob", &format!("{BRANCH}:{path}")]);
    format!("{text}\n").into_bytes()
}

#[test]
fn record_r24_twenty_refs_are_folded_by_the_next_writer_that_sees_them() {
    let server = Server::new();
    let clone = server.clone();
    let records = several(0, 20);
    clone.append_all(&records[..19]);
    let store = clone.store();
    store.scan(&Wanted::all(now())).unwrap();
    assert_eq!(store.fold_when_due(now()), Ok(None));
    store.append(&records[19]).unwrap();
    // It has seen 19; a writer that looks again sees 20.
    assert_eq!(store.fold_when_due(now()), Ok(None));
    store.scan(&Wanted::all(now())).unwrap();
    let folded = store.fold_when_due(now()).unwrap().unwrap();
    assert_eq!((folded.records, folded.refs, folded.left), (20, 20, 0));
    assert_eq!(server.refs(), [BRANCH]);

    let listing = server.git(&["ls-tree", "-r", "--name-only", BRANCH, "--", "records"]);
    let mut expected: Vec<String> = records
        .iter()
        .map(|record| format!("records/{}/{}.json", record.month(), record.id()))
        .collect();
    expected.sort_unstable();
    assert_eq!(listing.lines().collect::<Vec<_>>(), expected);
    for record in &records {
        let path = format!("records/{}/{}.json", record.month(), record.id());
        assert_eq!(file(&server, &path), record.to_bytes());
    }
    let shown = server.git(&["log", "--format=%an %cn %at %s|%b", BRANCH]);
    let seconds = now().as_second();
    assert_eq!(
        shown,
        format!("krgate krgate {seconds} krgate fold|20 records")
    );

    let mut there = records;
    there.sort_by_key(|record| (record.at(), record.id()));
    assert_eq!(bytes(&server.clone().scan().records), bytes(&there));
    assert_eq!(store.fold_when_due(now()), Ok(None));
}

#[test]
fn record_r15_each_fold_writes_a_checkpoint_that_names_the_one_before() {
    let (server, clone) = folded(3);
    let first = checkpoint_files(&server);
    assert_eq!(first.len(), 1);
    let first_bytes = file(&server, &first[0]);
    let first = Checkpoint::read(&first_bytes).unwrap();
    assert_eq!(first.months, months(&several(0, 3)));
    assert_eq!(first.previous, None);
    let name = format!("checkpoints/{}", first.file_name());
    assert_eq!(checkpoint_files(&server), [name]);

    clone.append_all(&several(3, 5));
    let later = time("2026-12-15T01:00:00Z");
    let second = clone.store().compact(later).unwrap().checkpoint.unwrap();
    let files = checkpoint_files(&server);
    assert_eq!(files.len(), 2);
    let bytes = file(&server, &files[1]);
    assert_eq!(Hash::of_file(&bytes), second);
    let last = Checkpoint::read(&bytes).unwrap();
    assert_eq!(last.previous, Some(Hash::of_file(&first_bytes)));
    assert_eq!((last.count(), last.at), (5, later));
    assert_eq!(last.months, months(&several(0, 5)));
    assert_eq!(codes(&clone.store()), []);
    assert_eq!(codes(&server.clone().store()), []);
}

#[test]
fn record_r24_refs_of_both_namespaces_are_folded() {
    let server = Server::new();
    let records = several(0, 2);
    let clone = server.clone();
    clone.append_all(&records);
    let heads = clone.store_at("origin?inbox=heads");
    // The first one stands in both.
    assert_eq!(heads.append(&records[0]), Ok(Appended::Stored));
    assert_eq!(server.waiting(), 3);
    let folded = clone.store().compact(now()).unwrap();
    assert_eq!((folded.records, folded.refs, folded.left), (2, 3, 0));
    assert_eq!(server.refs(), [BRANCH]);
    assert_eq!(codes(&clone.store()), []);
}

#[test]
fn record_r23_no_reader_misses_what_is_folded_meanwhile() {
    let server = Server::new();
    let writer = server.clone();
    writer.append_all(&several(0, 4));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let store = writer.store();
            for n in 4..14 {
                store.append(&several(n, n + 1)[0]).unwrap();
                store.fold(now()).unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        });
        let reader = server.clone();
        let mut known = 4;
        while !stop.load(Ordering::Relaxed) {
            let scan = reader.scan();
            assert_eq!(scan.damage, []);
            let ids: BTreeSet<_> = scan.records.iter().map(Record::id).collect();
            assert_eq!(ids.len(), scan.records.len());
            assert!(ids.len() >= known, "{} after {known}", ids.len());
            known = ids.len();
        }
    });
    assert_eq!(server.clone().scan().records.len(), 14);
}

#[test]
fn record_r38_of_two_folds_at_once_one_changes_nothing() {
    let server = Server::new();
    server.clone().append_all(&several(0, 6));
    let answers: Vec<_> = thread::scope(|scope| {
        let folds: Vec<_> = (0..4)
            .map(|n| {
                let clone = server.clone();
                let at = now() + jiff::SignedDuration::from_secs(n);
                scope.spawn(move || clone.store().fold(at))
            })
            .collect();
        folds.into_iter().map(|fold| fold.join().unwrap()).collect()
    });
    let records: usize = answers.iter().flatten().map(|folded| folded.records).sum();
    assert_eq!(records, 6, "{answers:?}");
    for answer in answers {
        assert!(
            matches!(answer, Ok(_) | Err(NotFolded::Raced)),
            "{answer:?}"
        );
    }
    assert_eq!(server.git(&["rev-list", "--count", BRANCH]), "1");
    assert_eq!(codes(&server.clone().store()), []);
}

#[cfg(unix)]
#[test]
fn record_r38_a_fold_that_is_refused_changes_nothing_and_compact_tries_five_times() {
    let (server, clone) = folded(2);
    clone.append_all(&several(2, 4));
    // Another one moves the branch each time between the look and the push.
    server.hook(
        "pre-receive",
        "echo x >>tries\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/krgate-records \
         $(git commit-tree -p krgate-records -m x krgate-records^{tree})",
    );
    server.git(&["config", "user.name", "x"]);
    server.git(&["config", "user.email", "x@example.org"]);
    let tries = || {
        std::fs::read_to_string(server.path().join("tries"))
            .unwrap()
            .lines()
            .count()
    };
    assert_eq!(clone.store().fold(now()), Err(NotFolded::Raced));
    assert_eq!(tries(), 1);
    assert_eq!(clone.store().compact(now()), Err(NotFolded::Raced));
    assert_eq!(tries(), 6);
    server.without_hook("pre-receive");
    assert_eq!(server.waiting(), 2);
    server.hook("pre-receive", "echo no folding here >&2; exit 1");
    let refused = clone.store().compact(now());
    let Err(NotFolded::Store(StoreError::Refused(words))) = refused else {
        panic!("{refused:?}");
    };
    assert!(format!("{words:?}").contains("no folding here"));
    assert_eq!(server.waiting(), 2);
}

#[test]
fn record_r40_a_record_that_is_stored_again_is_one_and_its_ref_goes() {
    let (server, knowing) = folded(3);
    let record = several(0, 1).remove(0);
    // Who has seen the branch knows.
    assert_eq!(knowing.store().append(&record), Ok(Appended::Duplicate));
    // Who has not stores it again.
    let clone = server.clone();
    let later = sealed("writer 0", 41, "2026-10-02T11:00:00Z");
    assert_eq!(later.id(), record.id());
    assert_eq!(clone.store().append(&later), Ok(Appended::Stored));
    let union = Union::of([clone.scan()]);
    assert_eq!((union.records.len(), union.is_sound()), (3, true));
    let tip = server.git(&["rev-parse", BRANCH]);
    let folded = knowing.store().fold(now()).unwrap();
    assert_eq!((folded.records, folded.refs, folded.left), (0, 1, 0));
    assert_eq!(server.git(&["rev-parse", BRANCH]), tip);
    assert_eq!(server.waiting(), 0);
    // An earlier one would count before the copy on the branch: it stays.
    let earlier = sealed("writer 0", 41, "2026-10-02T08:00:00Z");
    assert_eq!(
        server.clone().store().append(&earlier),
        Ok(Appended::Stored)
    );
    let folded = knowing.store().fold(now()).unwrap();
    assert_eq!((folded.records, folded.refs, folded.left), (0, 0, 1));
    let union = Union::of([knowing.scan()]);
    assert!(bytes(&union.records).contains(&earlier.to_bytes()));
    assert_eq!((union.records.len(), codes(&knowing.store())), (3, vec![]));
}

#[test]
fn record_r41_a_conflict_that_is_found_late_stays_and_is_named() {
    let (server, knowing) = folded(2);
    let other = sealed("writer 0", 99, "2026-10-02T11:00:00Z");
    let known = knowing.store().append(&other);
    assert!(
        matches!(known, Err(StoreError::Conflict { .. })),
        "{known:?}"
    );
    assert_eq!(server.clone().store().append(&other), Ok(Appended::Stored));
    let folded = knowing.store().compact(now()).unwrap();
    assert_eq!((folded.records, folded.refs, folded.left), (0, 0, 1));
    let union = Union::of([knowing.scan()]);
    assert_eq!(union.conflicts.len(), 1);
    assert_eq!(codes(&knowing.store()), [Code::RecordConflict]);
    // Once it is said which one counts, both stay where they are.
    let chosen = choice(&other);
    assert_eq!(knowing.store().append(&chosen), Ok(Appended::Stored));
    for _ in 0..2 {
        assert_eq!(codes(&knowing.store()), [Code::RecordConflictSettled]);
        let union = Union::of([knowing.scan()]);
        assert!(union.is_sound() && union.records.len() == 4);
        let standing: Vec<Record> = union.standing().cloned().collect();
        assert_eq!(standing.len(), 3);
        assert!(bytes(&standing).contains(&other.to_bytes()));
        let folded = knowing.store().compact(now()).unwrap();
        assert_eq!(folded.left, 1);
    }
}

#[test]
fn record_r33_a_branch_that_was_deleted_is_no_empty_history() {
    let (server, clone) = folded(3);
    clone.append_all(&several(3, 4));
    assert_eq!(clone.scan().records.len(), 4);
    server.git(&["update-ref", "-d", BRANCH]);
    let store = clone.store();
    let scan = store.scan(&Wanted::all(now())).map(drop);
    let verified = store.verify(now()).map(drop);
    for answer in [scan, verified] {
        assert!(matches!(answer, Err(StoreError::Vanished(_))), "{answer:?}");
    }
    let fold = store.compact(now());
    assert!(
        matches!(fold, Err(NotFolded::Store(StoreError::Vanished(_)))),
        "{fold:?}"
    );
    // Nothing is begun anew either.
    let before = server.refs();
    let append = store.append(&several(4, 5)[0]);
    assert!(matches!(append, Err(StoreError::Vanished(_))), "{append:?}");
    assert_eq!(server.refs(), before);
    assert!(!before.contains(&BRANCH.to_owned()));
}

#[test]
fn record_r42_a_branch_that_was_forced_back_is_seen() {
    let (server, clone) = folded(3);
    let first = server.git(&["rev-parse", BRANCH]);
    clone.append_all(&several(3, 6));
    let folded = clone.store().compact(now()).unwrap();
    server.git(&["update-ref", BRANCH, &first]);
    let store = clone.store();
    let scan = clone.scan();
    assert_eq!(scan.records.len(), 3);
    let [damage] = &scan.damage[..] else {
        panic!("{:?}", scan.damage);
    };
    assert_eq!(damage.flaw, Flaw::Rewritten);
    assert!(!Union::of([scan]).is_sound());
    assert_eq!(codes(&store), [Code::LedgerRewritten]);
    // It does not become right by being looked at, and nobody builds on it.
    assert_eq!(codes(&store), [Code::LedgerRewritten]);
    clone.append_all(&several(6, 7));
    let fold = store.compact(now());
    assert!(
        matches!(fold, Err(NotFolded::Store(StoreError::Refused(_)))),
        "{fold:?}"
    );
    // Elsewhere the digest of a kept report tells.
    let fresh = server.clone().store();
    assert_eq!(codes(&fresh), []);
    let mut verified = fresh.verify(now()).unwrap();
    verified.expect(Hash::of_file(&file(&server, &checkpoint_files(&server)[0])));
    assert_eq!(verified.diagnostics, []);
    verified.expect(folded.checkpoint.unwrap());
    let codes: Vec<_> = verified.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, [Code::CheckpointMismatch]);
}

/// Puts a commit on the branch as somebody with the right to push could.
fn push_tree(server: &Server, change: impl Fn(&Clone), message: &str) {
    let clone = server.clone();
    clone.git(&["fetch", "--quiet", "origin", BRANCH]);
    clone.git(&["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    change(&clone);
    clone.git(&["add", "--all"]);
    clone.git(&["commit", "--quiet", "-m", message]);
    clone.git(&["push", "--quiet", "origin", &format!("HEAD:{BRANCH}")]);
}

/// Changes the branch in a clone's work tree.
type Change<'a> = &'a dyn Fn(&Clone);

#[test]
fn record_r16_every_commit_of_the_branch_is_held_to_its_checkpoint() {
    let path = |record: &Record| format!("records/{}/{}.json", record.month(), record.id());
    let victim = several(0, 1).remove(0);
    let added = sealed("intruder", 1, "2026-11-05T00:00:00Z");
    let write = |clone: &Clone, record: &Record| {
        std::fs::write(clone.path.join(path(record)), record.to_bytes()).unwrap();
    };
    let checkpoint = |clone: &Clone, records: &[Record]| {
        let folder = clone.path.join("checkpoints");
        let old = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
        let previous = Hash::of_file(&std::fs::read(old.path()).unwrap());
        let new = Checkpoint {
            at: now(),
            months: months(records),
            previous: Some(previous),
        };
        std::fs::write(folder.join(new.file_name()), new.to_bytes()).unwrap();
    };
    let with_added = [several(0, 4), vec![added.clone()]].concat();
    let cases: [(&str, Change<'_>, usize); 6] = [
        (
            "removed",
            &|clone| std::fs::remove_file(clone.path.join(path(&victim))).unwrap(),
            2,
        ),
        ("added by hand", &|clone| write(clone, &added), 1),
        (
            "removed, with a checkpoint that says so",
            &|clone| {
                std::fs::remove_file(clone.path.join(path(&victim))).unwrap();
                checkpoint(clone, &several(1, 4));
            },
            1,
        ),
        (
            "a checkpoint of other records",
            &|clone| {
                write(clone, &added);
                checkpoint(clone, &several(0, 4));
            },
            1,
        ),
        (
            "checkpoints taken away",
            &|clone| std::fs::remove_dir_all(clone.path.join("checkpoints")).unwrap(),
            1,
        ),
        (
            "as a fold does it",
            &|clone| {
                write(clone, &added);
                checkpoint(clone, &with_added);
            },
            0,
        ),
    ];
    for (what, change, faults) in cases {
        let (server, _) = folded(4);
        push_tree(&server, change, "x");
        let codes = codes(&server.clone().store());
        assert_eq!(codes, vec![Code::CheckpointMismatch; faults], "{what}");
    }
    let (server, clone) = folded(4);
    push_tree(
        &server,
        |clone| std::fs::write(clone.path.join("README"), "x").unwrap(),
        "x",
    );
    assert_eq!(codes(&clone.store()), [Code::LedgerForeignFile]);
    // It is no reason not to fold.
    clone.append_all(&[added]);
    assert_eq!(clone.store().compact(now()).unwrap().records, 1);
    assert_eq!(codes(&clone.store()), [Code::LedgerForeignFile]);
}

#[test]
fn record_r34_damage_on_the_branch_is_named_by_path_and_digest() {
    let (server, clone) = folded(3);
    let record = several(0, 1).remove(0);
    let path = format!("records/{}/{}.json", record.month(), record.id());
    push_tree(
        &server,
        |clone| {
            std::fs::write(clone.path.join(&path), "{}\n").unwrap();
            std::fs::create_dir_all(clone.path.join("records/2026-12")).unwrap();
            let other = several(1, 2).remove(0);
            let wrong = format!("records/2026-12/{}.json", other.id());
            std::fs::write(clone.path.join(wrong), other.to_bytes()).unwrap();
        },
        "x",
    );
    let scan = clone.scan();
    assert_eq!(scan.records.len(), 2);
    let named: Vec<_> = scan
        .damage
        .iter()
        .map(|d| (d.path.raw(), d.digest.is_some()))
        .collect();
    assert_eq!(named.len(), 2);
    assert!(named.contains(&(path.as_str(), true)), "{named:?}");
    assert!(scan.damage.iter().any(|d| d.flaw == Flaw::Month));
    // Nothing is written over it.
    let again = clone.store().append(&record);
    assert!(matches!(again, Err(StoreError::Damaged(_))), "{again:?}");
}
