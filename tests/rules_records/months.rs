//! The cache of closed months (rule R51): whatever it holds, the figures are those of the
//! records.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use krgate::record::canonical::{Object, Value, Whole};
use krgate::record::history::history;
use krgate::record::months::{Asked, Figure, Series, series};
use krgate::record::store::dir::DirStore;
use krgate::record::store::{RecordStore as _, Wanted};
use krgate::record::verify::{self, Sealed};
use krgate::record::{Draft, Idem, Record, RecordId, Repository, Target, Union};
use tempfile::TempDir;

use super::cli::Shop;
use super::support::{check_in, shop, time};

const NOW: &str = "2026-11-16T12:00:00Z";

fn other() -> Repository {
    Repository {
        id: "4712".into(),
        name: "acme/other".into(),
        ..shop()
    }
}

fn key_result(name: &str, value: Option<i64>, def: u8) -> Value {
    let mut row = Object::new()
        .with("def", format!("{def:032x}"))
        .with("kr", name)
        .with("unit", "%")
        .with(
            "verdict",
            if value.is_some() { "missed" } else { "unknown" },
        );
    if let Some(value) = value {
        row.set("value", value.to_string());
        row.set("num", Whole::new(value).unwrap());
        row.set("den", Whole::new(70).unwrap());
    }
    Value::Object(row)
}

/// A run, with two key results.
fn run(number: u64, attempt: u64, at: &str, value: Option<i64>, of: Repository) -> Record {
    let def = if at < "2025-06" { 1 } else { 2 };
    let draft = Draft {
        repository: of,
        idem: Idem::Run {
            workflow: "gate".into(),
            run_id: number.to_string(),
            attempt,
            job: "check".into(),
            instance: "krgate.yaml".into(),
        },
        at: time(at),
        parents: None,
        fields: Object::new()
            .with("event", if number % 7 == 3 { "change" } else { "state" })
            .with("exit", Whole::count(0))
            .with(
                "krs",
                vec![
                    key_result("speed/trained", value, def),
                    key_result("speed/other", Some(3), 9),
                ],
            )
            .with("verdict", "passed"),
    };
    draft.seal().unwrap()
}

fn amendment(target: RecordId, n: u64, at: &str, rows: Vec<Value>) -> Record {
    let target = Target::Record(target);
    let draft = Draft {
        repository: shop(),
        idem: Idem::Amend { target, n },
        at: time(at),
        parents: None,
        fields: Object::new()
            .with("target", target.to_string())
            .with("reason", "counted wrongly")
            .with("krs", rows),
    };
    draft.seal().unwrap()
}

/// Two years of a ledger with everything in it that makes months depend on each other.
fn two_years() -> Vec<Record> {
    let mut records = Vec::new();
    let begin: Timestamp = "2024-12-01T08:00:00Z".parse().unwrap();
    for number in 0..170_u64 {
        let at = begin + SignedDuration::from_hours(24 * 4 * i64::try_from(number).unwrap());
        let value = (number % 11 != 0).then(|| i64::try_from(number % 60).unwrap());
        records.push(run(number, 1, &at.to_string(), value, shop()));
        if number % 13 == 0 {
            let later =
                at + SignedDuration::from_hours(24 * i64::from(u8::from(number % 2 == 0)) * 30);
            records.push(run(number, 2, &later.to_string(), Some(61), shop()));
        }
        if number % 5 == 0 {
            records.push(run(number, 1, &at.to_string(), Some(7), other()));
        }
    }
    // Late evidence of the month before, and two corrections of one record.
    records.push(check_in("octo", 55, "2025-03-01T09:00:00Z").seal().unwrap());
    let first = records[0].id();
    let rows = |value| vec![key_result("speed/trained", Some(value), 1)];
    records.push(amendment(first, 1, "2025-04-01T00:00:00Z", rows(68)));
    records.push(amendment(first, 2, "2025-09-01T00:00:00Z", rows(69)));
    let third = records[4].id();
    records.push(amendment(third, 1, "2026-11-02T00:00:00Z", Vec::new()));
    records
}

struct Ground {
    folder: TempDir,
    store: DirStore,
}

impl Ground {
    fn new(records: &[Record]) -> Self {
        let folder = TempDir::new().unwrap();
        let store = DirStore::new(folder.path().join("ledger"));
        for record in records {
            store.append(record).unwrap();
        }
        Self { folder, store }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn seal(&self) {
        let sealed = verify::seal(&self.store, time(NOW)).unwrap();
        assert!(matches!(sealed, Sealed::Over(..)), "{sealed:?}");
    }

    fn asked(key_result: &str) -> Asked<'_> {
        Asked {
            repository: "example.org/4711",
            key_result,
            from: time("2024-11-16T00:00:00Z"),
            until: time(NOW),
            now: time(NOW),
        }
    }

    fn series(&self, key_result: &str) -> Series {
        series(&self.store, Some(&self.cache()), &Self::asked(key_result)).unwrap()
    }

    /// What all records say, without a cache.
    fn plain(&self, key_result: &str) -> Vec<Figure> {
        let union = Union::of([self.store.scan(&Wanted::all(time(NOW))).unwrap()]);
        let history = history(&union, Some("example.org/4711"), time(NOW));
        let asked = Self::asked(key_result);
        let points = history.points_of(key_result);
        let asked = points.filter(|point| asked.from <= point.at && point.at < asked.until);
        asked.map(Figure::from).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.cache()).into_iter().flatten();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }
}

#[test]
#[cfg(unix)]
fn record_r51_from_the_cache_come_the_figures_of_the_records() {
    let ground = Ground::new(&two_years());
    // Without a checkpoint no root is known, and nothing is kept.
    let unsealed = ground.series("speed/trained");
    assert_eq!((unsealed.cached, unsealed.read), (0, 24));
    assert!(ground.files().is_empty());
    ground.seal();
    let first = ground.series("speed/trained");
    assert_eq!((first.cached, first.read), (0, 24));
    assert_eq!(ground.files().len(), 23, "all but the month that runs");
    let second = ground.series("speed/trained");
    assert_eq!((second.cached, second.read), (23, 1));
    let plain = ground.plain("speed/trained");
    // 170 runs, of which one is emptied by an amendment; reruns take the place of 14.
    assert_eq!(plain.len(), 170);
    for series in [&unsealed, &first, &second] {
        assert_eq!(series.figures, plain);
        assert_eq!(series.doubts, []);
        assert!(series.exists);
    }
    // Another key result is in the same files.
    let other = ground.series("speed/other");
    assert_eq!(other.cached, 23);
    assert_eq!(other.figures, ground.plain("speed/other"));
    assert_eq!(ground.series("speed/none").figures, []);
    // They may go at any time.
    fs::remove_dir_all(ground.cache()).unwrap();
    assert_eq!(ground.series("speed/trained").figures, plain);
    assert_eq!(ground.files().len(), 23);
}

#[test]
#[cfg(unix)]
fn record_r51_a_month_that_changed_is_read_again() {
    let ground = Ground::new(&two_years());
    ground.seal();
    ground.series("speed/trained");
    // A record of a closed month that arrives late: its root is not known until the next seal.
    let late = run(900, 1, "2025-02-03T04:05:06Z", Some(13), shop());
    ground.store.append(&late).unwrap();
    let after = ground.series("speed/trained");
    assert_eq!((after.cached, after.read), (22, 2));
    assert_eq!(after.figures, ground.plain("speed/trained"));
    let times = |series: &Series| series.figures.iter().filter(|f| f.at == late.at()).count();
    assert_eq!(times(&after), 1);
    let again = ground.series("speed/trained");
    assert_eq!(
        (again.cached, again.read),
        (22, 2),
        "no root says that it is whole"
    );
    ground.seal();
    ground.series("speed/trained");
    let sealed = ground.series("speed/trained");
    assert_eq!((sealed.cached, sealed.read), (23, 1));
    assert_eq!(sealed.figures, ground.plain("speed/trained"));
    // One that is gone is missed, and said by whoever verifies.
    let file = ground
        .store
        .root()
        .join(format!("records/2025-02/{}.json", late.id()));
    fs::remove_file(file).unwrap();
    let gone = ground.series("speed/trained");
    assert_eq!((gone.cached, times(&gone)), (22, 0));
    let verified = verify::folder(&ground.store, time(NOW)).unwrap();
    assert_eq!(verified.diagnostics.len(), 1);
}

#[test]
#[cfg(unix)]
fn record_r51_a_file_that_is_damaged_is_none() {
    let ground = Ground::new(&two_years());
    ground.seal();
    ground.series("speed/trained");
    let plain = ground.plain("speed/trained");
    let file = &ground.files()[3];
    let whole = fs::read(file).unwrap();
    let mut tried = 0;
    for place in (0..whole.len()).step_by(whole.len() / 97) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x20;
        fs::write(file, &bytes).unwrap();
        assert_eq!(
            ground.series("speed/trained").figures,
            plain,
            "byte {place}"
        );
        tried += 1;
    }
    for length in [0, 1, 70, whole.len() / 2, whole.len() - 1] {
        fs::write(file, &whole[..length]).unwrap();
        assert_eq!(
            ground.series("speed/trained").figures,
            plain,
            "{length} bytes"
        );
    }
    assert!(tried > 90);
    // One that is read as damaged is made again.
    fs::write(file, &whole[1..]).unwrap();
    ground.series("speed/trained");
    assert_eq!(fs::read(file).unwrap(), whole);
}

#[test]
#[cfg(unix)]
fn record_r51_doubts_are_those_of_all_months_together() {
    let mut records = two_years();
    let first = records[0].id();
    let mut draft = check_in("hubot", 3, "2026-11-03T09:00:00Z");
    draft.parents = Some(vec![first]);
    records.push(draft.seal().unwrap());
    let ground = Ground::new(&records);
    ground.seal();
    ground.series("speed/trained");
    // Its parent is in a month that is kept.
    assert_eq!(ground.series("speed/trained").doubts, []);
    let stranger = check_in("x", 1, "2020-01-01T00:00:00Z").seal().unwrap();
    let mut draft = check_in("lost", 3, "2026-11-04T09:00:00Z");
    draft.parents = Some(vec![stranger.id()]);
    ground.store.append(&draft.seal().unwrap()).unwrap();
    let doubts = ground.series("speed/trained").doubts;
    assert_eq!((doubts.len(), doubts[0].code), (1, "missing-parent"));
    // A damaged file of the running month, until a record sets it aside.
    let folder = ground.store.root().join("records/2026-11");
    let name = format!("{}.json", "0".repeat(64));
    fs::write(folder.join(name), "half a rec").unwrap();
    let doubts = ground.series("speed/trained").doubts;
    assert_eq!(doubts[0].code, "damaged-record");
    let union = Union::of([ground.store.scan(&Wanted::all(time(NOW))).unwrap()]);
    assert_eq!(doubts, history(&union, None, time(NOW)).doubts);
    let target = Target::File(krgate::record::Digest::of(b"half a rec"));
    let draft = Draft {
        repository: shop(),
        idem: Idem::Amend { target, n: 1 },
        at: time("2026-11-05T00:00:00Z"),
        parents: None,
        fields: Object::new()
            .with("target", target.to_string())
            .with("reason", "a full disk"),
    };
    ground.store.append(&draft.seal().unwrap()).unwrap();
    let doubts = ground.series("speed/trained").doubts;
    assert_eq!((doubts.len(), doubts[0].code), (1, "missing-parent"));
}

/// One id in two months, by hand: all records are looked at, with and without a cache.
#[test]
#[cfg(unix)]
fn record_r51_an_id_that_stands_twice_is_told_as_ever() {
    let ground = Ground::new(&two_years());
    ground.seal();
    ground.series("speed/trained");
    let plain = ground.plain("speed/trained");
    let twin = |value: i64| run(60, 1, "2026-11-05T00:00:00Z", Some(value), shop());
    let put = |record: &Record| {
        let name = format!("records/2026-11/{}.json", record.id());
        fs::write(ground.store.root().join(name), record.to_bytes()).unwrap();
    };
    // The same content later is a duplicate, and the earlier one counts (rule R6).
    put(&twin(0));
    let series = ground.series("speed/trained");
    assert_eq!((&series.figures, series.doubts.len()), (&plain, 0));
    put(&twin(41));
    let series = ground.series("speed/trained");
    assert_eq!(series.figures, ground.plain("speed/trained"));
    assert_eq!(series.doubts[0].code, "record-conflict");
}

#[test]
#[cfg(unix)]
fn record_r15_a_folder_is_sealed_once_it_was_verified() {
    let ground = Ground::new(&[]);
    let seal = || verify::seal(&ground.store, time(NOW)).unwrap();
    assert!(matches!(seal(), Sealed::Nothing));
    for record in two_years().iter().take(9) {
        ground.store.append(record).unwrap();
    }
    let Sealed::Over(9, digest) = seal() else {
        panic!("nine records");
    };
    // The same again is the same checkpoint, also where many seal at once.
    let digests = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(seal)).collect();
        all.into_iter()
            .map(|one| one.join().unwrap())
            .collect::<Vec<_>>()
    });
    for sealed in digests {
        assert!(
            matches!(sealed, Sealed::Over(9, same) if same == digest),
            "{sealed:?}"
        );
    }
    ground.store.append(&two_years()[20]).unwrap();
    assert!(matches!(seal(), Sealed::Over(10, next) if next != digest));
    let verified = verify::folder(&ground.store, time(NOW)).unwrap();
    assert_eq!(
        (verified.diagnostics.len(), verified.checkpoints.len()),
        (0, 2)
    );
    // What is not whole is not sealed.
    let month = Path::new("records/2024-12");
    let file = fs::read_dir(ground.store.root().join(month))
        .unwrap()
        .next()
        .unwrap();
    fs::write(file.unwrap().path(), "{}\n").unwrap();
    let Sealed::Refused(faults) = seal() else {
        panic!("it is damaged");
    };
    assert!(!faults.is_empty());
    assert_eq!(
        verify::folder(&ground.store, time(NOW))
            .unwrap()
            .checkpoints
            .len(),
        2
    );
}

fn trend(shop: &Shop, arguments: &[&str]) -> (i32, String, String) {
    let ended = shop.run(&[&["records", "trend"], arguments].concat());
    (ended.code, ended.stdout, ended.stderr)
}

#[test]
fn record_r51_the_trend_of_a_key_result_is_told_week_by_week() {
    let shop = Shop::new();
    let (code, said, _) = trend(&shop, &["trained"]);
    assert_eq!(
        (code, &*said),
        (
            0,
            "TREND: exposure/trained unknown: there is no ledger yet\n"
        )
    );
    for (week, value) in [
        "2026-10-05",
        "2026-10-12",
        "2026-10-19",
        "2026-10-26",
        "2026-11-02",
    ]
    .iter()
    .zip(["40%", "43%", "44%", "50%", "20%"])
    {
        let done = shop.run(&["checkin", "trained", value, "--as-of", week]);
        assert_eq!(done.code, 0, "{}", done.stderr);
    }
    let (code, said, _) = trend(&shop, &["exposure/trained", "--since", "2026-10-01"]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "2026-10-05  40%");
    assert_eq!(lines.len(), 6);
    // Slopes 3, 2, 10/3, -5, 1, 7/2, -23/3, 6, -12, -30: the median of ten is 3/2.
    assert_eq!(
        lines[5],
        "TREND: exposure/trained +1.5% a week over 5 of 8 weeks"
    );
    let (code, json, _) = trend(
        &shop,
        &["trained", "--since", "2026-10-01", "--format", "json"],
    );
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let schema = include_str!("../../schemas/trend.schema.json");
    let schema = serde_json::from_str(schema).unwrap();
    jsonschema::validate(&schema, &document).unwrap();
    assert_eq!((code, &document["slope"]), (0, &"0.015".into()));
    assert_eq!(document["weeks"][4]["value"], "0.2");
    // A sealed ledger says the same, and once more from its cache.
    let sealed = shop.run(&["records", "compact"]);
    assert!(
        sealed.stdout.starts_with("sealed: 5 records\n"),
        "{}",
        sealed.stdout
    );
    for _ in 0..2 {
        let again = trend(&shop, &["trained", "--since", "2026-10-01"]);
        assert_eq!((again.0, &again.1), (0, &said));
    }
    let (code, few, _) = trend(&shop, &["trained", "--since", "2026-10-26"]);
    assert_eq!(code, 0);
    assert!(
        few.ends_with("TREND: exposure/trained insufficient data: 2 of 5 weeks\n"),
        "{few}"
    );
    let (code, _, wrong) = trend(&shop, &["taught"]);
    assert_eq!(code, 2);
    assert!(wrong.contains("no key result `taught`"), "{wrong}");
    fs::write(&shop.files()[0], "{}\n").unwrap();
    let (code, said, faults) = trend(&shop, &["trained", "--since", "2026-10-01"]);
    assert_eq!(code, 4, "{faults}");
    assert!(said.contains("TREND: "), "what is known is told: {said}");
    assert!(faults.contains("the ledger is not whole"), "{faults}");
}
