//! The bodies of `fuzz/` under changed fixtures and arbitrary bytes: short enough for every
//! run, and the place where what the fuzzers found once is kept.

#![cfg(test)]

mod fuzz_bodies;

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use fuzz_bodies::{SECRETS, VULNERABILITIES};

/// Cases of one property; a report passes through every output twenty times in each.
const CASES: u32 = 24;

/// Fixtures of the project with one of these ends, each at most 20 kB, in order.
fn seeds(folder: &str, ends: &[&str]) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && ends.iter().any(|end| path.to_string_lossy().ends_with(end)) {
            paths.push(path);
        }
    }
    paths.sort();
    let seeds = paths.iter().map(|path| std::fs::read(path).unwrap());
    let seeds: Vec<_> = seeds.filter(|bytes| bytes.len() < 20_000).collect();
    assert!(!seeds.is_empty(), "{folder}");
    seeds
}

/// Every hostile file of the corpus through every output, comment and check run among them.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "where the corpus lies is told by the environment"
)]
fn hostile_h01_to_h40_have_no_effect_on_any_page() {
    let Ok(corpus) = std::env::var("KRGATE_CORPUS") else {
        eprintln!("skipped: KRGATE_CORPUS is not set");
        return;
    };
    let mut seen = 0;
    for entry in std::fs::read_dir(Path::new(&corpus).join("hostile")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with('H') {
            fuzz_bodies::content(&std::fs::read(&path).unwrap());
            seen += 1;
        }
    }
    assert!(seen >= 40, "{seen} files");
}

/// What to do to a seed: a place by share of its length, and what happens there.
#[derive(Debug, Clone)]
enum Change {
    Byte(u16, u8),
    Cut(u16),
    Insert(u16, &'static str),
    Drop(u16, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let piece = prop::sample::select(
        &[
            "null",
            "{}",
            "[]",
            "\"\"",
            "-1",
            "1e999",
            "\\ud800",
            "\u{1b}[31m",
            "\u{202e}",
            ",",
            "\"",
            "{",
            "]",
            "\n",
            "\\u0000",
            "##[error]",
            "::error::",
            "9999999999999999999",
        ][..],
    );
    prop_oneof![
        (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        any::<u16>().prop_map(Change::Cut),
        (any::<u16>(), piece).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (any::<u16>(), any::<u8>()).prop_map(|(at, many)| Change::Drop(at, many)),
    ]
}

fn apply(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let length = bytes.len();
        let place = |at: u16| usize::from(at) * length / (usize::from(u16::MAX) + 1);
        match change {
            Change::Byte(at, new) => {
                let at = place(*at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = *new;
                }
            }
            Change::Cut(at) => bytes.truncate(place(*at)),
            Change::Insert(at, piece) => {
                let at = place(*at);
                bytes.splice(at..at, piece.bytes());
            }
            Change::Drop(at, many) => {
                let at = place(*at);
                let end = (at + usize::from(*many)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    bytes
}

fn changed(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let seed = prop::sample::select(seeds);
    let changes = prop::collection::vec(change(), 0..4);
    (seed, changes).prop_map(|(seed, changes)| apply(seed, &changes))
}

/// A report behind the byte that names its declared format.
fn declared(formats: &[&str], seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let most = u8::try_from(formats.len()).unwrap();
    (0..most, changed(seeds)).prop_map(|(format, mut bytes)| {
        bytes.insert(0, format);
        bytes
    })
}

fn reports() -> Vec<Vec<u8>> {
    let mut seeds = seeds("written", &[".json", ".jsonl"]);
    seeds.extend(self::seeds("scanners", &[".json", ".sarif"]));
    seeds
}

/// The check-in of the ledger's vectors, and a checkpoint over it: what is changed in them is
/// refused by its digest, unless it stands outside.
fn records() -> Vec<Vec<u8>> {
    const CHECK_IN: &str = r#"{"at":"2026-11-02T09:00:00Z","by":"krgate 0.1.0","claim":{"as_of":"2026-11-02","evidence":["https://example.org/lms/2"],"who":"octo"},"digest":"sha256:249b7f1d492bae129259de007760e13fcf14faf8a782a7a420de88a78edb7c4f","id":"e7c8f47a1ab370d0f33750e6442c3546c1058816cef3d1f7fa6733f58320e805","idem":{"as_of":"2026-11-02","kind":"checkin","kr":"speed/trained","repo":"example.org/4711","who":"octo"},"kind":"checkin","krs":[{"def":"0123456789abcdef0123456789abcdef","den":100,"kr":"speed/trained","num":41,"unit":"%","value":"41"}],"period":"2026-Q4","repo":{"host":"example.org","id":"4711","name":"acme/shop"},"schema":"krgate.record/1"}"#;
    let check_in = format!("{CHECK_IN}\n").into_bytes();
    let record = krgate::record::Record::read(&check_in, jiff::Timestamp::MAX).unwrap();
    let checkpoint = krgate::record::checkpoint::Checkpoint {
        at: record.at(),
        months: krgate::record::checkpoint::months([&record]),
        previous: None,
    };
    vec![check_in, checkpoint.to_bytes()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn hostile_g14_any_sarif(bytes in changed(seeds("scanners", &[".sarif"]))) {
        fuzz_bodies::sarif(&bytes);
    }

    #[test]
    fn hostile_g14_any_report_of_secrets(
        bytes in declared(SECRETS, seeds("written", &[".json", ".jsonl"]))
    ) {
        fuzz_bodies::secrets(&bytes);
    }

    #[test]
    fn hostile_g14_any_report_of_vulnerabilities(
        bytes in declared(VULNERABILITIES, seeds("written", &[".json"]))
    ) {
        fuzz_bodies::vulnerabilities(&bytes);
    }

    #[test]
    fn hostile_g14_any_report_by_content(bytes in changed(reports())) {
        fuzz_bodies::content(&bytes);
    }

    #[test]
    fn hostile_g14_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzz_bodies::content(&bytes);
        fuzz_bodies::secrets(&bytes);
        fuzz_bodies::policy(&bytes);
        fuzz_bodies::ledger(&bytes);
    }

    #[test]
    fn hostile_g14_any_policy(bytes in changed(seeds("policies/valid", &[".yaml"]))) {
        fuzz_bodies::policy(&bytes);
    }

    #[test]
    fn hostile_g14_any_record(bytes in changed(records())) {
        fuzz_bodies::ledger(&bytes);
    }

    #[test]
    fn hostile_g14_any_vector(
        bytes in changed(vec![
            b"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_vec(),
            b"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N".to_vec(),
            b"AV:N/AC:L/Au:N/C:P/I:P/A:P".to_vec(),
        ])
    ) {
        fuzz_bodies::cvss(&bytes);
    }

    #[test]
    fn hostile_g25_any_text_through_every_encoder(
        text in r"(\PC|\pC|[\\`|<>&'\[\]:%/ ]|##\[|##vso\[|::|\n){0,40}"
    ) {
        fuzz_bodies::encoders(text.as_bytes());
    }
}
