//! The ledger in a folder (rules R20, R21, R32 to R35).

use std::fs;
use std::path::Path;

use krgate::record::store::dir::DirStore;
use krgate::record::store::{Appended, RecordStore, StoreError, Wanted};
use krgate::record::{Digest, Flaw};
use tempfile::TempDir;

use super::suite::{self, Ground};
use super::support::{bytes, check_in, now, sealed, time};

struct Folder(TempDir);

impl Ground for Folder {
    fn open(&self) -> Box<dyn RecordStore> {
        Box::new(DirStore::new(self.0.path().join("ledger")))
    }
}

#[test]
fn record_r20_a_folder_passes_the_suite() {
    suite::passes(&|| Box::new(Folder(TempDir::new().unwrap())));
}

/// A ledger with one record, and the record's file.
fn with_one() -> (TempDir, DirStore, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    let store = DirStore::new(folder.path().join("a/b/ledger"));
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    assert_eq!(store.append(&record), Ok(Appended::Stored));
    let file = store
        .root()
        .join("records/2026-11")
        .join(format!("{}.json", record.id()));
    (folder, store, file)
}

#[test]
fn record_r20_a_file_is_named_by_month_and_id_and_nothing_else_is_there() {
    let (_folder, store, file) = with_one();
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    assert_eq!(fs::read(&file).unwrap(), record.to_bytes());
    let names: Vec<_> = fs::read_dir(file.parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 1);
    assert_eq!(fs::read_dir(store.root()).unwrap().count(), 1);
}

#[test]
fn record_r20_of_a_large_ledger_every_file_is_read_once_and_in_its_order() {
    let (_folder, store, first) = with_one();
    let month = first.parent().unwrap();
    let mut written = vec![sealed("octo", 41, "2026-11-02T09:00:00Z")];
    // Enough for several threads, whatever the machine has.
    for number in 0..2_500 {
        let at = format!("2026-11-03T{:02}:{:02}:00Z", number / 60 % 24, number % 60);
        let record = sealed(&format!("writer {number}"), 41, &at);
        fs::write(
            month.join(format!("{}.json", record.id())),
            record.to_bytes(),
        )
        .unwrap();
        written.push(record);
    }
    let name = |digit: char| format!("{}.json", String::from(digit).repeat(64));
    for digit in ['0', '7', 'f'] {
        fs::write(month.join(name(digit)), "{}\n").unwrap();
    }
    let scan = store.scan(&Wanted::all(now())).unwrap();
    written.sort_by_key(|record| (record.at(), record.id()));
    assert_eq!(bytes(&scan.records), bytes(&written));
    let damaged: Vec<&str> = scan.damage.iter().map(|damage| damage.path.raw()).collect();
    let expected = ['0', '7', 'f'].map(|digit| format!("records/2026-11/{}", name(digit)));
    assert_eq!(damaged, expected);
}

#[cfg(unix)]
#[test]
fn record_r20_others_may_read_what_is_stored() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, _store, file) = with_one();
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
    assert_eq!(mode(&file), mode(&plain));
}

#[test]
fn record_r21_what_a_crash_leaves_is_not_read() {
    let (_folder, store, file) = with_one();
    let month = file.parent().unwrap();
    let whole = fs::read(&file).unwrap();
    fs::write(month.join(".krgate-Xy12.tmp"), &whole[..40]).unwrap();
    fs::write(month.join("README"), "hello").unwrap();
    fs::create_dir(store.root().join("records/other")).unwrap();
    let scan = store.scan(&Wanted::all(now())).unwrap();
    assert_eq!((scan.records.len(), scan.damage.len()), (1, 0));
}

#[test]
fn record_r33_checkpoints_without_records_are_no_empty_history() {
    let (_folder, store, _file) = with_one();
    fs::create_dir(store.root().join("checkpoints")).unwrap();
    fs::write(store.root().join("checkpoints/x.json"), "{}").unwrap();
    fs::remove_dir_all(store.root().join("records")).unwrap();
    let answer = store.scan(&Wanted::all(now()));
    assert!(matches!(answer, Err(StoreError::Vanished(_))), "{answer:?}");
    // Nor does a writer begin a new one in its place.
    let answer = store.append(&sealed("octo", 41, "2026-11-02T09:00:00Z"));
    assert!(matches!(answer, Err(StoreError::Vanished(_))), "{answer:?}");
    assert!(!store.root().join("records").exists());
}

#[test]
fn record_r34_whatever_happens_to_a_file_is_named_by_path_and_digest() {
    let (_folder, store, file) = with_one();
    let whole = fs::read(&file).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let path = format!(
        "records/2026-11/{}",
        file.file_name().unwrap().to_str().unwrap()
    );
    let damaged: [(Vec<u8>, &str); 6] = [
        (Vec::new(), "empty"),
        (whole[..whole.len() / 2].to_vec(), "truncated"),
        (whole[..whole.len() - 1].to_vec(), "without its line feed"),
        (
            text.replace("\"num\":41", "\"num\":42").into_bytes(),
            "edited",
        ),
        (
            text.replace("/1\"}", "/9\"}").into_bytes(),
            "of a later schema",
        ),
        (
            sealed("hubot", 41, "2026-11-02T09:00:00Z").to_bytes(),
            "another record",
        ),
    ];
    for (bytes, what) in damaged {
        assert_ne!(bytes, whole, "{what}");
        fs::write(&file, &bytes).unwrap();
        let scan = store.scan(&Wanted::all(now())).unwrap();
        assert!(scan.records.is_empty(), "{what}");
        let [damage] = &scan.damage[..] else {
            panic!("{what}: {scan:?}");
        };
        assert_eq!(damage.path.raw(), path, "{what}");
        assert_eq!(damage.digest, Some(Digest::of(&bytes)), "{what}");
        // Nothing is written over it, and nothing is taken for stored.
        let again = store.append(&sealed("octo", 41, "2026-11-02T09:00:00Z"));
        assert!(matches!(again, Err(StoreError::Damaged(_))), "{what}");
        assert_eq!(fs::read(&file).unwrap(), bytes, "{what}");
    }
}

#[test]
fn record_r34_a_record_in_the_folder_of_another_month_is_damaged() {
    let (_folder, store, file) = with_one();
    let other = store.root().join("records/2026-10");
    fs::create_dir(&other).unwrap();
    fs::rename(&file, other.join(file.file_name().unwrap())).unwrap();
    let scan = store.scan(&Wanted::all(now())).unwrap();
    assert_eq!(scan.damage[0].flaw, Flaw::Month);
}

#[test]
fn record_r13_a_record_of_the_future_is_damaged_for_a_reader() {
    let (_folder, store, _file) = with_one();
    let scan = store
        .scan(&Wanted::all(time("2026-11-01T08:00:00Z")))
        .unwrap();
    assert_eq!((scan.records.len(), scan.damage.len()), (0, 1));
    assert_eq!(scan.damage[0].flaw, Flaw::Future);
}

#[cfg(unix)]
#[test]
fn record_r49_links_and_pipes_are_not_followed() {
    let (folder, store, file) = with_one();
    let whole = fs::read(&file).unwrap();
    let elsewhere = folder.path().join("elsewhere.json");
    fs::rename(&file, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    let scan = store.scan(&Wanted::all(now())).unwrap();
    assert_eq!(scan.damage[0].flaw, Flaw::Unreadable);
    assert_eq!(scan.damage[0].digest, None);

    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let month = store.root().join("records/2026-12");
    std::os::unix::fs::symlink(&outside, &month).unwrap();
    let answer = store.append(&sealed("octo", 50, "2026-12-02T09:00:00Z"));
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(fs::read(&elsewhere).unwrap(), whole);
}

#[test]
fn record_r35_a_folder_that_is_a_file_refuses() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("ledger");
    fs::write(&root, "").unwrap();
    let store = DirStore::new(&root);
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    for answer in [
        store.append(&record).map(drop),
        store.scan(&Wanted::all(now())).map(drop),
    ] {
        assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    }
    assert_eq!(fs::read(&root).unwrap(), b"");
}

/// No file may be larger than a few blocks, which is how a full disk looks to a writer: the
/// beginning can be written, the rest cannot.
#[cfg(unix)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test starts itself again under a limit"
)]
#[test]
fn record_r35_without_space_nothing_is_left_behind() {
    let large = || {
        let mut draft = check_in("octo", 41, "2026-11-02T09:00:00Z");
        draft.fields.set("note", "x".repeat(100_000));
        draft.seal().unwrap()
    };
    if let Some(root) = std::env::var_os("KRGATE_TEST_NO_SPACE") {
        let answer = DirStore::new(root).append(&large());
        assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
        return;
    }
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("ledger");
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let status = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "rules_records::dir::record_r35_without_space_nothing_is_left_behind",
        ])
        .env_clear()
        .env("KRGATE_TEST_NO_SPACE", &root)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let month = root.join("records/2026-11");
    assert_eq!(fs::read_dir(month).unwrap().count(), 0);
    // With space the same record is stored.
    assert_eq!(DirStore::new(&root).append(&large()), Ok(Appended::Stored));
}

#[test]
fn record_r03_the_set_is_the_same_whatever_the_order() {
    let records: Vec<_> = (0..8)
        .map(|n| {
            sealed(
                &format!("writer {n}"),
                n,
                &format!("2026-{:02}-02T09:00:00Z", 9 + n % 3),
            )
        })
        .collect();
    let views: Vec<_> = [0_usize, 3, 5]
        .map(|turn| {
            let folder = TempDir::new().unwrap();
            let store = DirStore::new(folder.path());
            for n in 0..records.len() {
                store.append(&records[(n + turn) % records.len()]).unwrap();
                store.append(&records[turn]).unwrap();
            }
            bytes(&store.scan(&Wanted::all(now())).unwrap().records)
        })
        .into();
    assert_eq!(views[0].len(), 8);
    assert!(views.iter().all(|view| *view == views[0]));
}
