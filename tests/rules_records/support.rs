//! Records to try stores with.

#[cfg(unix)]
use std::io::Write as _;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::civil::date;
use krgate::record::canonical::{Object, Value, Whole};
use krgate::record::{Draft, Idem, Record, Repository, Target};

pub(crate) fn shop() -> Repository {
    Repository {
        host: "example.org".into(),
        id: "4711".into(),
        name: "acme/shop".into(),
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The reader's clock, after all records.
pub(crate) fn now() -> Timestamp {
    time("2026-12-15T00:00:00Z")
}

/// A check-in by someone, of a figure, at a moment of November 2026.
pub(crate) fn check_in(who: &str, value: i64, at: &str) -> Draft {
    let as_of = date(2026, 11, 2);
    let kr = Object::new()
        .with("def", "0123456789abcdef0123456789abcdef")
        .with("den", Whole::new(100).unwrap())
        .with("kr", "speed/trained")
        .with("num", Whole::new(value).unwrap())
        .with("unit", "%")
        .with("value", value.to_string());
    let claim = Object::new()
        .with("as_of", as_of.to_string())
        .with("who", who);
    Draft {
        repository: shop(),
        idem: Idem::Checkin {
            kr: "speed/trained".into(),
            as_of,
            who: who.into(),
        },
        at: time(at),
        parents: None,
        fields: Object::new()
            .with("claim", claim)
            .with("krs", vec![Value::Object(kr)])
            .with("period", "2026-Q4"),
    }
}

pub(crate) fn sealed(who: &str, value: i64, at: &str) -> Record {
    check_in(who, value, at).seal().unwrap()
}

pub(crate) fn bytes(records: &[Record]) -> Vec<Vec<u8>> {
    records.iter().map(Record::to_bytes).collect()
}

/// An amendment that says that a record counts, and no other one of its id (rule R41).
pub(crate) fn choice(counts: &Record) -> Record {
    let target = Target::Record(counts.id());
    let draft = Draft {
        repository: shop(),
        idem: Idem::Amend { target, n: 1 },
        at: time("2026-12-04T09:00:00Z"),
        parents: None,
        fields: Object::new()
            .with("target", target.to_string())
            .with("counts", counts.digest().to_string())
            .with("reason", "the other one is wrong"),
    };
    draft.seal().unwrap()
}

/// Writes a program for `sh`. Another process does it: where this one had the file open, a
/// process that another test starts at that moment would keep it so, and nothing could be run
/// from it.
#[cfg(unix)]
pub(crate) fn program(file: &Path, script: &str) {
    let mut writer = Command::new("sh")
        .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
        .arg(file)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = writer.stdin.take().unwrap();
    input.write_all(script.as_bytes()).unwrap();
    drop(input);
    assert!(writer.wait().unwrap().success());
}
