//! What a set of records says, and whether it is what it was (rules R3, R6, R14 to R16, R34,
//! R41).

use std::collections::BTreeMap;
use std::fs;

use jiff::civil::date;
use krgate::diagnostic::Code;
use krgate::record::canonical::{Object, Value};
use krgate::record::checkpoint::{Checkpoint, Hash, latest, months};
use krgate::record::spool::{Pushed, Spool};
use krgate::record::store::dir::DirStore;
use krgate::record::store::{Appended, Damage, RecordStore, Scan, StoreError, Wanted};
use krgate::record::{
    Digest, Draft, Flaw, Idem, MOST_PARENTS, Record, RecordId, Target, Union, verify,
};
use tempfile::TempDir;

use super::support::{bytes, check_in, now, sealed, shop, time};

fn scan(records: &[Record]) -> Scan {
    Scan {
        exists: true,
        records: records.to_vec(),
        damage: Vec::new(),
    }
}

#[test]
fn record_r03_union_is_one_whatever_the_order_and_how_often() {
    let a = sealed("a", 1, "2026-11-02T09:00:00Z");
    let b = sealed("b", 2, "2026-11-01T09:00:00Z");
    let c = sealed("c", 3, "2026-11-02T09:00:00Z");
    let later = sealed("a", 1, "2026-11-02T09:00:41Z");
    let one = Union::of([
        scan(&[a.clone(), b.clone()]),
        scan(&[c.clone(), later.clone()]),
    ]);
    let other = Union::of([
        scan(&[later.clone(), c.clone(), b.clone()]),
        scan(&[c, a.clone()]),
        scan(&[later]),
    ]);
    assert_eq!(one, other);
    assert_eq!(Union::of([scan(&one.records)]), one);
    // The duplicate that came first counts.
    assert_eq!(one.records.len(), 3);
    assert!(one.records.contains(&a) && one.is_sound());
    assert_eq!(one.records[0], b);
}

#[test]
fn record_r06_of_equal_times_the_smaller_bytes_count() {
    let a = sealed("a", 1, "2026-11-02T09:00:00Z");
    let mut draft = check_in("a", 1, "2026-11-02T09:00:00Z");
    draft.parents = Some(Vec::new());
    let b = draft.seal().unwrap();
    assert_eq!((a.id(), a.digest()), (b.id(), b.digest()));
    let smaller = if a.to_bytes() < b.to_bytes() { &a } else { &b };
    for order in [[&a, &b], [&b, &a]] {
        let union = Union::of(order.map(|record| scan(std::slice::from_ref(record))));
        assert_eq!(union.records, std::slice::from_ref(smaller));
    }
}

#[test]
fn record_r41_a_conflict_stays_and_is_named_with_all_digests() {
    let a = sealed("a", 1, "2026-11-02T09:00:00Z");
    let b = sealed("a", 2, "2026-11-03T09:00:00Z");
    let union = Union::of([
        scan(std::slice::from_ref(&b)),
        scan(std::slice::from_ref(&a)),
    ]);
    assert_eq!(union.records.len(), 2);
    assert!(!union.is_sound());
    let [conflict] = &union.conflicts[..] else {
        panic!("{union:?}");
    };
    let mut digests = vec![a.digest(), b.digest()];
    digests.sort();
    assert_eq!((conflict.id, &conflict.digests), (a.id(), &digests));
    let said = union.diagnostics();
    assert_eq!(said[0].code, Code::RecordConflict);
    let words = format!("{:?}", said[0].message);
    assert!(
        digests
            .iter()
            .all(|digest| words.contains(&digest.to_string()))
    );
}

#[test]
fn record_r06_of_two_baselines_the_one_that_is_there_stands() {
    let baseline = |value: &str, at: &str| {
        let def = "0123456789abcdef0123456789abcdef";
        let kr = Object::new()
            .with("kr", "a/b")
            .with("def", def)
            .with("unit", "%")
            .with("value", value);
        let draft = Draft {
            repository: shop(),
            idem: Idem::Baseline {
                period: "2026-Q4".into(),
                kr: "a/b".into(),
                def: def.into(),
            },
            at: time(at),
            parents: None,
            fields: Object::new().with("krs", vec![Value::Object(kr)]),
        };
        draft.seal().unwrap()
    };
    let first = baseline("40", "2026-11-02T09:00:00Z");
    let second = baseline("41", "2026-11-03T09:00:00Z");
    let union = Union::of([scan(&[second]), scan(std::slice::from_ref(&first))]);
    assert_eq!(union.records, [first]);
    assert!(union.is_sound());
}

fn with_parents(who: &str, at: &str, parents: &[RecordId]) -> Record {
    let mut draft = check_in(who, 1, at);
    draft.parents = Some(parents.to_vec());
    draft.seal().unwrap()
}

#[test]
fn record_r14_heads_are_what_no_other_names_and_a_missing_parent_is_named() {
    let a = with_parents("a", "2026-11-02T09:00:00Z", &[]);
    let b = with_parents("b", "2026-11-02T10:00:00Z", &[a.id()]);
    let c = with_parents("c", "2026-11-02T10:00:00Z", &[a.id()]);
    let all = Union::of([scan(&[a.clone(), b.clone(), c.clone()])]);
    let mut heads = vec![b.id(), c.id()];
    heads.sort();
    assert_eq!(all.heads("example.org/4711"), heads);
    assert_eq!(all.heads("example.org/4712"), []);
    let without = Union::of([scan(&[b.clone(), c.clone()])]);
    let mut missing = vec![(b.id(), a.id()), (c.id(), a.id())];
    missing.sort();
    assert_eq!(without.missing_parents(), missing);
    assert_eq!(without.diagnostics()[0].code, Code::MissingParent);
    // The latest 32 at most.
    let many: Vec<Record> = (0..40)
        .map(|n| with_parents(&format!("w{n}"), &format!("2026-11-02T09:00:{n:02}Z"), &[]))
        .collect();
    let heads = Union::of([scan(&many)]).heads("example.org/4711");
    let latest: Vec<RecordId> = many[8..].iter().map(Record::id).collect();
    assert_eq!((heads.len(), heads), (MOST_PARENTS, latest));
}

fn amend(target: Target, n: u64) -> Record {
    let draft = Draft {
        repository: shop(),
        idem: Idem::Amend { target, n },
        at: time("2026-11-20T09:00:00Z"),
        parents: None,
        fields: Object::new()
            .with("target", target.to_string())
            .with("reason", "the disk was full"),
    };
    draft.seal().unwrap()
}

#[test]
fn record_r34_damage_counts_until_an_amendment_sets_it_aside() {
    let digest = Digest::of(b"half a rec");
    let damage = Damage {
        path: krgate::model::UntrustedText::new("records/2026-11/x.json"),
        digest: Some(digest),
        flaw: Flaw::Id,
    };
    let with = |records: &[Record]| {
        Union::of([Scan {
            damage: vec![damage.clone(), damage.clone()],
            ..scan(records)
        }])
    };
    let before = with(&[]);
    assert!(!before.is_sound());
    assert_eq!(before.damage, std::slice::from_ref(&damage));
    let said = format!("{:?}", before.diagnostics());
    assert!(said.contains(&digest.to_string()) && said.contains("records/2026-11/x.json"));
    let other = with(&[amend(Target::File(Digest::of(b"other")), 1)]);
    assert!(!other.is_sound());
    let after = with(&[amend(Target::File(digest), 1)]);
    assert!(after.is_sound());
    assert_eq!((after.damage.len(), after.quarantined.len()), (0, 1));
    assert_eq!(after.diagnostics()[0].code, Code::RecordQuarantined);
}

/// The check-ins of the vectors.
fn vectors() -> [Record; 3] {
    [(2, 41), (9, 52), (16, 60)].map(|(day, value)| {
        let mut draft = check_in("octo", value, &format!("2026-11-{day:02}T09:00:00Z"));
        let as_of = date(2026, 11, day);
        let url = Value::from(format!("https://example.org/lms/{day}"));
        let claim = Object::new()
            .with("as_of", as_of.to_string())
            .with("evidence", vec![url])
            .with("who", "octo");
        draft.fields.set("claim", claim);
        draft.idem = Idem::Checkin {
            kr: "speed/trained".into(),
            as_of,
            who: "octo".into(),
        };
        draft.seal().unwrap()
    })
}

#[test]
fn record_r15_the_vectors_of_trees() {
    let [two, nine, sixteen] = vectors();
    for (record, leaf) in [
        (
            &sixteen,
            "e12b2bbc040052bc8202c3cd8e9e3129ededeb18a1d0e7a7f4b941c7344faa7a",
        ),
        (
            &nine,
            "f566145d77976aab3907dc3e452e55ffe4a47a2b1fa74a8710bb55054c3d15ff",
        ),
        (
            &two,
            "2acb2cfdc81bbf93808cc8cf20ff2bdda60edc8bddaf8ca34f0ec2f0dee57bd7",
        ),
    ] {
        assert_eq!(Hash::leaf(&record.to_bytes()).to_string(), leaf);
    }
    let months = months([&two, &nine, &sixteen]);
    assert_eq!(
        months[0].root.to_string(),
        "d6435a343f31eedeaf9440cf5f38a88d4e752e36d9579df21817d3a90543890e"
    );
    let checkpoint = Checkpoint {
        at: time("2026-11-17T00:00:00Z"),
        months,
        previous: None,
    };
    assert_eq!(
        checkpoint.root().to_string(),
        "c637bdaa292d53760059bafc4e0bb865919c0cdc4e46f4ec55fe103b516430b2"
    );
    assert_eq!(checkpoint.count(), 3);
    assert_eq!(Checkpoint::read(&checkpoint.to_bytes()), Ok(checkpoint));
}

/// RFC 6962, section 2.1: by its own recursive words, and by hand for small trees.
#[test]
fn record_r15_trees_split_at_the_largest_power_of_two() {
    use sha2::{Digest as _, Sha256};
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    };
    let leaf = |n: u8| Sha256::digest([0, n]).to_vec();
    let node = |l: &[u8], r: &[u8]| Sha256::digest([&[1], l, r].concat()).to_vec();
    let leaves: Vec<Hash> = (0..7).map(|n| Hash::leaf(&[n])).collect();
    let root = |n: usize| Hash::root(&leaves[..n]).to_string();
    assert_eq!(root(0), hex(&Sha256::digest([])));
    assert_eq!(root(1), hex(&leaf(0)));
    let three = node(&node(&leaf(0), &leaf(1)), &leaf(2));
    assert_eq!(root(3), hex(&three));
    let four = node(&node(&leaf(0), &leaf(1)), &node(&leaf(2), &leaf(3)));
    assert_eq!(root(4), hex(&four));
    assert_eq!(root(5), hex(&node(&four, &leaf(4))));
    let seven = node(&four, &node(&node(&leaf(4), &leaf(5)), &leaf(6)));
    assert_eq!(root(7), hex(&seven));
}

#[test]
fn record_r15_checkpoints_follow_one_another_in_one_line() {
    let [two, nine, sixteen] = vectors();
    let checkpoint = |records: &[&Record], previous| Checkpoint {
        at: time("2026-11-17T00:00:00Z"),
        months: months(records.iter().copied()),
        previous,
    };
    let first = checkpoint(&[&two], None);
    let first_hash = Hash::of_file(&first.to_bytes());
    let second = checkpoint(&[&two, &nine], Some(first_hash));
    let second_hash = Hash::of_file(&second.to_bytes());
    let fork = checkpoint(&[&two, &sixteen], Some(first_hash));
    let chain = BTreeMap::from([(first_hash, first.clone()), (second_hash, second.clone())]);
    assert_eq!(latest(&BTreeMap::new()), Ok(None));
    assert_eq!(latest(&chain), Ok(Some(&second)));
    let cut = BTreeMap::from([(second_hash, second.clone())]);
    assert!(latest(&cut).is_err());
    let mut forked = chain;
    forked.insert(Hash::of_file(&fork.to_bytes()), fork);
    assert!(latest(&forked).is_err());
    let now = |records: &[&Record]| months(records.iter().copied());
    assert_eq!(second.contradicted_by(&now(&[&two, &nine])), []);
    assert_eq!(second.contradicted_by(&now(&[&two, &nine, &sixteen])), []);
    assert_eq!(
        second.contradicted_by(&now(&[&two])),
        [("2026-11", "records are gone")]
    );
    assert_eq!(
        second.contradicted_by(&now(&[&two, &sixteen])),
        [("2026-11", "records are not those that were there")]
    );
    // A count or a root that does not follow from the months is no checkpoint.
    let text = String::from_utf8(first.to_bytes()).unwrap();
    let wrong = text.replacen("\"count\":1", "\"count\":2", 1);
    assert_eq!(Checkpoint::read(wrong.as_bytes()), Err(Flaw::Form("count")));
}

fn filled() -> (TempDir, DirStore) {
    let folder = TempDir::new().unwrap();
    let store = DirStore::new(folder.path().join("ledger"));
    for record in vectors() {
        store.append(&record).unwrap();
    }
    (folder, store)
}

fn write_checkpoint(store: &DirStore) {
    let records = store.scan(&Wanted::all(now())).unwrap().records;
    let checkpoint = Checkpoint {
        at: time("2026-11-17T00:00:00Z"),
        months: months(&records),
        previous: None,
    };
    let folder = store.root().join("checkpoints");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(checkpoint.file_name()), checkpoint.to_bytes()).unwrap();
}

fn codes(store: &DirStore) -> Vec<Code> {
    let verified = verify::folder(store, now()).unwrap();
    verified.diagnostics.iter().map(|d| d.code).collect()
}

#[test]
fn record_r16_verify_names_every_fault_and_passes_what_is_whole() {
    let (_folder, store) = filled();
    write_checkpoint(&store);
    let verified = verify::folder(&store, now()).unwrap();
    assert_eq!(verified.diagnostics, []);
    assert_eq!((verified.records, verified.checkpoints.len()), (3, 1));
    // One more is fine; one less is seen.
    store
        .append(&sealed("hubot", 7, "2026-11-18T00:00:00Z"))
        .unwrap();
    assert_eq!(codes(&store), []);
    let [two, ..] = vectors();
    let file = |record: &Record| {
        let name = format!("records/2026-11/{}.json", record.id());
        store.root().join(name)
    };
    let hubot = sealed("hubot", 7, "2026-11-18T00:00:00Z");
    fs::remove_file(file(&two)).unwrap();
    fs::remove_file(file(&hubot)).unwrap();
    assert_eq!(codes(&store), [Code::CheckpointMismatch]);
    store.append(&two).unwrap();
    assert_eq!(codes(&store), []);
    fs::write(store.root().join("records/2026-11/notes.txt"), "x").unwrap();
    assert_eq!(codes(&store), [Code::LedgerForeignFile]);
    fs::write(file(&two), "{}\n").unwrap();
    assert_eq!(
        codes(&store),
        [
            Code::RecordDamaged,
            Code::CheckpointMismatch,
            Code::LedgerForeignFile
        ]
    );
}

#[test]
fn record_r16_a_removed_parent_is_seen_without_a_checkpoint() {
    let (_folder, store) = filled();
    let [_, _, sixteen] = vectors();
    store
        .append(&with_parents("a", "2026-11-18T00:00:00Z", &[sixteen.id()]))
        .unwrap();
    assert_eq!(codes(&store), []);
    let name = format!("records/2026-11/{}.json", sixteen.id());
    fs::remove_file(store.root().join(name)).unwrap();
    assert_eq!(codes(&store), [Code::MissingParent]);
}

/// A store that is out of reach.
struct Nowhere;

impl RecordStore for Nowhere {
    fn append(&self, _: &Record) -> Result<Appended, StoreError> {
        Err(StoreError::Unreachable("nobody answers".into()))
    }

    fn scan(&self, _: &Wanted<'_>) -> Result<Scan, StoreError> {
        Err(StoreError::Unreachable("nobody answers".into()))
    }
}

#[test]
fn record_r04_r35_what_waits_in_the_spool_is_sent_byte_for_byte() {
    let folder = TempDir::new().unwrap();
    let spool = Spool::new(folder.path());
    assert_eq!(spool.waiting().unwrap().len(), 0);
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    let path = spool.put(&record).unwrap();
    assert_eq!(path, format!(".krgate/spool/{}.json", record.id()));
    assert_eq!(
        fs::read(folder.path().join(&path)).unwrap(),
        record.to_bytes()
    );
    // The same a little later: what waits stays as it is.
    let later = sealed("octo", 41, "2026-11-02T09:00:41Z");
    assert_eq!(spool.put(&later).unwrap(), path);
    assert_eq!(
        fs::read(folder.path().join(&path)).unwrap(),
        record.to_bytes()
    );
    // Another one under the id takes no place away.
    let other = sealed("octo", 42, "2026-11-02T09:00:00Z");
    let beside = spool.put(&other).unwrap();
    assert_ne!(beside, path);
    assert_eq!(spool.put(&other).unwrap(), beside);
    assert_eq!(spool.waiting().unwrap().len(), 2);

    let kept = spool.push(&Nowhere).unwrap();
    assert!(
        kept.iter()
            .all(|(_, became)| matches!(became, Pushed::Kept(_)))
    );
    assert_eq!(spool.waiting().unwrap().len(), 2);

    let store = DirStore::new(folder.path().join("ledger"));
    let pushed = spool.push(&store).unwrap();
    let stored = pushed
        .iter()
        .filter(|(_, b)| matches!(b, Pushed::Stored(Appended::Stored)));
    assert_eq!(stored.count(), 1);
    let kept = pushed
        .iter()
        .filter(|(_, b)| matches!(b, Pushed::Kept(StoreError::Conflict { .. })));
    assert_eq!(kept.count(), 1);
    assert_eq!(spool.waiting().unwrap().len(), 1);
    let there = store.scan(&Wanted::all(now())).unwrap().records;
    assert!(bytes(&there) == bytes(&[record]) || bytes(&there) == bytes(&[other]));
}

#[test]
fn record_r34_a_damaged_file_of_the_spool_stays_and_is_named() {
    let folder = TempDir::new().unwrap();
    let spool = Spool::new(folder.path());
    let path = spool
        .put(&sealed("octo", 41, "2026-11-02T09:00:00Z"))
        .unwrap();
    let file = folder.path().join(&path);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..50]).unwrap();
    let store = DirStore::new(folder.path().join("ledger"));
    let pushed = spool.push(&store).unwrap();
    assert!(matches!(&pushed[..], [(named, Pushed::Damaged(_))] if *named == path));
    assert!(file.exists());
    assert!(!store.scan(&Wanted::all(now())).unwrap().exists);
}

#[cfg(unix)]
#[test]
fn record_r35_a_spool_that_is_a_link_is_not_written_through() {
    let folder = TempDir::new().unwrap();
    let outside = TempDir::new().unwrap();
    fs::create_dir(folder.path().join(".krgate")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join(".krgate/spool")).unwrap();
    let spool = Spool::new(folder.path());
    assert!(
        spool
            .put(&sealed("octo", 41, "2026-11-02T09:00:00Z"))
            .is_err()
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}
