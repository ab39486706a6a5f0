//! The door: files, encodings, limits, what a refusal leaves (G1 to G20, L1 to L6).

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use krgate::model::{Class, ClassSet, Texts};
use serde_json::json;

use super::support::*;

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    let bytes = units.flat_map(|u| {
        if little {
            u.to_le_bytes()
        } else {
            u.to_be_bytes()
        }
    });
    bytes.collect()
}

#[test]
fn hostile_g01_limit_l01_gzip_is_counted_unpacked() {
    let report = gitleaks(&["abcdefgh"]);
    let large = format!("{}{report}", " ".repeat(100_000));
    let packed = gzip(&large);
    assert!(packed.len() < 2000);
    let limit = |bytes: &[u8], most: u64| {
        Bench::new()
            .with(bytes)
            .within(|context| context.limits.report_bytes = most)
            .read()
    };
    limit(&packed, 50_000).refused("report-too-large");
    limit(large.as_bytes(), 50_000).refused("report-too-large");
    let most = u64::try_from(large.len()).unwrap();
    limit(&packed, most).clean();
    limit(&packed, most - 1).refused("report-too-large");
}

#[test]
fn hostile_g01_limit_l02_one_endless_string_ends_at_the_first_limit() {
    let endless = |start: &str| gzip(format!("{start}{}", "x".repeat(3 << 20)));
    for start in [
        "[{\"RuleID\": \"",
        "{\"version\": \"2.1.0\", \"runs\": [{\"results\": [{\"ruleId\": \"",
        "{\"a\": \"",
        "x",
        "\"",
    ] {
        let refused = |report_bytes: u64, item_bytes: usize, code: &str| {
            Bench::new()
                .with(endless(start))
                .within(|context| {
                    context.limits.report_bytes = report_bytes;
                    context.limits.item_bytes = item_bytes;
                })
                .read()
                .refused(code);
        };
        refused(200_000, 64 << 20, "report-too-large");
        refused(2 << 20, 64 << 20, "report-too-large");
        refused(1 << 30, 1 << 20, "item-too-large");
    }
}

#[test]
fn hostile_g02_gzip_that_is_cut_or_damaged_is_truncated() {
    let report = gitleaks(&["abcdefgh"]);
    let packed = gzip(&report);
    read_one(&packed).clean();
    for cut in [packed.len() - 1, packed.len() - 8, packed.len() / 2, 12] {
        read_one(&packed[..cut]).refused("report-truncated");
    }
    let mut wrong = packed.clone();
    let checksum = wrong.len() - 6;
    wrong[checksum] ^= 1;
    read_one(&wrong).refused("report-truncated");
    // Several members are one stream.
    let (first, second) = report.split_at(40);
    let members = [gzip(first), gzip(second)].concat();
    assert_eq!(read_one(members).clean().intake.findings.len(), 1);
}

#[test]
fn hostile_g03_one_layer_of_gzip_is_undone() {
    let twice = gzip(gzip(gitleaks(&["abcdefgh"])));
    let outcome = read_one(twice);
    let refusal = outcome.refused("report-unknown-format");
    assert!(words(refusal).contains("gzip inside gzip"));
}

#[test]
fn hostile_g04_archives_are_named_and_not_unpacked() {
    let mut tar = vec![0; 1024];
    tar[..6].copy_from_slice(b"r.json");
    tar[257..262].copy_from_slice(b"ustar");
    let archives: [(&[u8], &str); 4] = [
        (b"PK\x03\x04\x14\0\0\0", "zip"),
        (b"\x28\xb5\x2f\xfd\0\0\0\0", "zstd"),
        (&tar, "tar"),
        (b"BZh91AY&SY", "bzip2"),
    ];
    for (bytes, kind) in archives {
        let outcome = read_one(bytes);
        let refusal = outcome.refused("report-unknown-format");
        assert!(words(refusal).contains(kind), "{}", words(refusal));
        assert!(hint(refusal).contains("unpack"));
    }
    let outcome = read_one(gzip(&tar));
    let refusal = outcome.refused("report-unknown-format");
    assert!(words(refusal).contains("tar archive inside gzip"));
}

#[test]
fn hostile_g05_a_directory_and_a_device_are_no_reports() {
    for by_hand in [false, true] {
        let bench = Bench::new();
        let folder = bench.folder().to_owned();
        let outcome = bench.with_path(folder, by_hand).read();
        let refusal = outcome.refused("report-not-a-file");
        assert!(words(refusal).contains("a directory"));
        if cfg!(unix) {
            let outcome = Bench::new()
                .with_path(PathBuf::from("/dev/zero"), by_hand)
                .read();
            assert!(words(outcome.refused("report-not-a-file")).contains("a device"));
        }
    }
}

#[cfg(unix)]
#[test]
fn hostile_g05_a_pipe_is_read_only_where_the_user_named_it() {
    let bench = Bench::new();
    let pipe = bench.folder().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let outcome = bench.with_path(pipe.clone(), false).read();
    assert!(words(outcome.refused("report-not-a-file")).contains("a named pipe"));

    let bench = Bench::new();
    let pipe = bench.folder().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::write(pipe, gitleaks(&["abcdefgh"])).unwrap())
    };
    let outcome = bench.with_path(pipe, true).read().clean();
    writer.join().unwrap();
    assert_eq!(outcome.intake.findings.len(), 1);
}

#[cfg(unix)]
#[test]
fn hostile_g05_a_socket_is_no_report() {
    let bench = Bench::new();
    let path = bench.folder().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let outcome = bench.with_path(path, true).read();
    assert!(words(outcome.refused("report-not-a-file")).contains("a socket"));
}

#[cfg(unix)]
#[test]
fn hostile_g06_links_that_lead_nowhere_are_unreadable() {
    for target in ["nowhere", "link"] {
        let bench = Bench::new();
        let link = bench.folder().join("link");
        std::os::unix::fs::symlink(target, &link).unwrap();
        bench
            .with_path(link, false)
            .read()
            .refused("report-unreadable");
    }
    let bench = Bench::new();
    let (file, link) = (bench.folder().join("file"), bench.folder().join("link"));
    std::fs::write(&file, gitleaks(&["abcdefgh"])).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    bench.with_path(link, false).read().clean();
}

#[test]
fn hostile_g07_a_report_that_is_not_there_leaves_a_gap() {
    let bench = Bench::new();
    let path = bench.folder().join("none.json");
    let outcome = bench
        .with_path(path, false)
        .with_entry("{", |expected| {
            expected.entry = Some(4);
            expected.class = Some(Class::Secrets);
        })
        .with(gitleaks(&["abcdefgh"]))
        .read();
    assert_eq!(outcome.errors(), ["report-missing", "report-truncated"]);
    let gaps = &outcome.intake.gaps;
    assert_eq!((gaps[0].entry, gaps[0].classes), (None, ClassSet::ALL));
    let secrets = ClassSet::of(Class::Secrets);
    assert_eq!((gaps[1].entry, gaps[1].classes), (Some(4), secrets));
    assert!(!gaps[0].why.is_empty());
    // The others are read all the same.
    assert_eq!(outcome.intake.findings.len(), 1);
    let read: Vec<bool> = outcome.intake.reports.iter().map(|r| r.read).collect();
    assert_eq!(read, [false, false, true]);
    assert_eq!(outcome.intake.runs[0].report.index(), 2);
}

#[test]
fn hostile_g08_the_same_bytes_are_read_once() {
    let report = gitleaks(&["abcdefgh"]);
    let outcome = Bench::new().with(&report).with(&report).read().clean();
    assert_eq!(outcome.intake.findings.len(), 1);
    assert_eq!(outcome.intake.runs.len(), 1);
    let note = outcome.diagnostic("report-repeated");
    assert_eq!(note.level, krgate::diagnostic::Level::Note);
    assert_eq!(outcome.intake.reports[1].format, Some("gitleaks"));
    // One file by two names, and another of the same size.
    let bench = Bench::new().with(&report);
    let path = bench.folder().join("r0");
    let outcome = bench
        .with_path(path, false)
        .with(report.replace("abcdefgh", "abcdefgi"))
        .read()
        .clean();
    assert_eq!(outcome.intake.findings.len(), 2);
    // A broken report is broken each time.
    let outcome = Bench::new().with("[{").with("[{").read();
    assert_eq!(outcome.errors(), ["report-truncated", "report-truncated"]);
}

#[test]
fn hostile_g12_a_file_that_changes_while_it_is_read_is_refused() {
    let bench = Bench::new();
    let path = bench.folder().join("touched");
    let many: Vec<String> = (0..10_000).map(|i| format!("secret-number-{i}")).collect();
    let refs: Vec<&str> = many.iter().map(String::as_str).collect();
    std::fs::write(&path, gitleaks(&refs)).unwrap();
    let time = {
        let path = path.clone();
        move || std::fs::metadata(&path).unwrap().modified().unwrap()
    };
    let before = time();
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (path, stop) = (path.clone(), stop.clone());
        std::thread::spawn(move || {
            let file = std::fs::OpenOptions::new().append(true).open(&path);
            let file = file.unwrap();
            let mut touched = before;
            while !stop.load(Ordering::Relaxed) {
                touched += std::time::Duration::from_secs(1);
                file.set_modified(touched).unwrap();
            }
        })
    };
    // The writer is at work, and goes on while megabytes are read.
    while time() == before {
        std::thread::yield_now();
    }
    let outcome = bench.with_path(path, false).read();
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    outcome.refused("report-changed-while-read");
}

#[test]
fn hostile_g15_two_documents_are_not_one_report() {
    let report = gitleaks(&["abcdefgh"]);
    read_one(format!("{report}{report}")).refused("report-syntax");
    read_one(format!("{report}{{}}")).refused("report-syntax");
    let baseline = r#"{"plugins_used":[],"results":{}}"#;
    read_one(format!("{baseline}\n{baseline}")).refused("report-syntax");
}

#[test]
fn hostile_g16_limit_l03_depth_in_parts_that_are_skipped() {
    let nest = |depth: usize| {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        format!(r#"[{{"RuleID":"r","StartLine":1,"Secret":"abcdefgh","Extra":{deep}}}]"#)
    };
    read_one(nest(126)).clean();
    read_one(nest(127)).refused("report-too-deep");
    read_one("[".repeat(100_000)).refused("report-too-deep");
    let deep = format!("{}1", r#"{"a":"#.repeat(200_000));
    read_one(deep).refused("report-too-deep");
}

#[test]
fn hostile_g17_line_ends_and_byte_order_marks_change_no_fact() {
    let lines = [
        trufflehog("abcdefgh", &json!({"Verified": true})),
        trufflehog("ijklmnop", &json!({})),
        FINISHED.to_owned(),
    ]
    .concat();
    let facts = |content: String| {
        let outcome = read_one(content).clean();
        let run = &outcome.intake.runs[0];
        format!(
            "{:?} {:?} {:?}",
            outcome.intake.findings, run, outcome.intake.ids
        )
    };
    let plain = facts(lines.clone());
    assert_eq!(facts(lines.replace('\n', "\r\n")), plain);
    assert_eq!(facts(lines.trim_end().to_owned()), plain);
    assert_eq!(facts(format!("\u{feff}{lines}")), plain);
    assert_eq!(facts(format!("{lines}\n\n")), plain);
}

#[test]
fn hostile_g18_utf_16_with_a_mark_is_decoded_and_without_one_named() {
    let report = gitleaks(&["abcdefgh"]).replace("src/f0.py", "src/ünïcode 😀.js");
    let facts = |bytes: Vec<u8>| {
        let outcome = read_one(bytes).clean();
        format!("{:?} {:?}", outcome.intake.findings, outcome.paths())
    };
    let plain = facts(report.clone().into_bytes());
    let marked = format!("\u{feff}{report}");
    assert_eq!(facts(marked.clone().into_bytes()), plain);
    assert_eq!(facts(utf16(&marked, true)), plain);
    assert_eq!(facts(utf16(&marked, false)), plain);
    assert_eq!(facts(gzip(utf16(&marked, true))), plain);
    for little in [true, false] {
        let outcome = read_one(utf16(&report, little));
        let refusal = outcome.refused("report-not-utf8");
        assert!(hint(refusal).contains("UTF-16"));
    }
    let mut broken = utf16(&marked, true);
    broken.truncate(broken.len() - 1);
    read_one(broken).refused("report-not-utf8");
    read_one(b"\xff\xfe\0\0[\0\0\0").refused("report-not-utf8");
}

#[test]
fn a_byte_that_is_no_text_is_told_with_its_offset() {
    let mut report = gitleaks(&["abcdefgh"]).into_bytes();
    let at = report.len() - 40;
    report[at] = 0xff;
    let outcome = read_one(&report);
    let (_, offset, line_column) = place(outcome.refused("report-not-utf8"));
    assert_eq!(offset, Some(u64::try_from(at).unwrap()));
    assert!(line_column.is_some());
    // Latin-1 in a skipped part is no better.
    let latin = b"[{\"RuleID\":\"r\",\"StartLine\":1,\"Secret\":\"s\",\"Author\":\"J\xfcrgen\"}]";
    read_one(latin).refused("report-not-utf8");
}

#[test]
fn hostile_g20_limit_l04_one_finding_too_many_refuses_the_report() {
    let limited = |most: usize| {
        Bench::new()
            .with(gitleaks(&["abcdefgh"]))
            .with(gitleaks(&["ijklmnop", "qrstuvwx"]))
            .within(|context| context.limits.findings = most)
            .read()
    };
    assert_eq!(limited(3).clean().intake.findings.len(), 3);
    let outcome = limited(2);
    assert_eq!(outcome.errors(), ["too-many-findings"]);
    assert_eq!(outcome.intake.findings.len(), 1);
    assert_eq!(outcome.intake.gaps.len(), 1);
}

#[test]
fn limit_l02_an_item_beyond_the_limit_is_refused() {
    let long = gitleaks(&["abcdefgh"]).replace("A test rule", &"x".repeat(100_000));
    let limited = |most: usize| {
        Bench::new()
            .with(&long)
            .within(|context| context.limits.item_bytes = most)
            .read()
    };
    limited(200_000).clean();
    limited(90_000).refused("item-too-large");
    let line = trufflehog(&"x".repeat(100_000), &json!({}));
    let outcome = Bench::new()
        .with(line)
        .within(|context| context.limits.item_bytes = 90_000)
        .read();
    outcome.refused("item-too-large");
}

#[test]
fn limit_l06_a_long_text_is_cut_with_a_mark_and_keeps_its_identity() {
    let long = "é".repeat(Texts::MOST_BYTES);
    let report = gitleaks(&[&long, &format!("{long}x")]).replace("A test rule", &long);
    let outcome = read_one(report).clean();
    let title = outcome.view(0).title().unwrap().raw().to_owned();
    assert!(
        title.ends_with('…') || title == "‹secret›",
        "{}",
        title.len()
    );
    assert!(title.len() <= Texts::MOST_BYTES + 3);
    assert_eq!(outcome.secrets().len(), 2);
}

#[test]
fn a_report_by_another_tool_than_its_entry_names_is_refused() {
    let by = |tool: &str| {
        Bench::new()
            .with_entry(gitleaks(&["abcdefgh"]), |expected| {
                expected.tool = Some(tool.to_owned());
            })
            .read()
    };
    by("gitleaks").clean();
    let outcome = by("trufflehog");
    assert!(words(outcome.refused("report-tool-mismatch")).contains("‹trufflehog›"));
}

#[test]
fn a_class_that_the_tool_does_not_have_is_no_override() {
    let outcome = Bench::new()
        .with_entry(gitleaks(&["abcdefgh"]), |expected| {
            expected.class = Some(Class::Sast);
        })
        .read()
        .clean();
    assert_eq!(
        outcome.intake.findings.first().unwrap().class,
        Class::Secrets
    );
    assert_eq!(outcome.intake.runs[0].class, Some(Class::Secrets));
    outcome.diagnostic("tool-class-conflict");
}

#[test]
fn a_member_that_stands_twice_spoils_the_report() {
    let twice = r#"[{"RuleID":"a","RuleID":"b","StartLine":1,"Secret":"abcdefgh"}]"#;
    let outcome = read_one(twice);
    assert!(words(outcome.refused("report-duplicate-key")).contains("‹RuleID›"));
    let inner = r#"{"results":{"a":[],"a":[]},"plugins_used":[]}"#;
    read_one(inner).refused("report-duplicate-key");
    let late = gitleaks(&["abcdefgh"]).replace("\"Match\"", "\"File\"");
    read_one(late).refused("report-duplicate-key");
}

#[test]
fn every_cut_of_a_report_is_refused_or_says_less() {
    let reports = [
        gitleaks(&["abcdefgh", "ijklmnop"]),
        format!("{}{FINISHED}", trufflehog("abcdefgh", &json!({}))),
        r#"{"plugins_used":[],"results":{"a":[{"type":"t","hashed_secret":"00ff","line_number":1}]}}"#.to_owned(),
    ];
    for report in reports {
        for cut in 0..report.len() {
            let outcome = read_one(&report[..cut]);
            // What is read of a cut report holds the finding; it is never read as clean.
            let read = outcome.intake.reports[0].read;
            assert!(!read || !outcome.intake.findings.is_empty(), "cut at {cut}");
            assert_eq!(read, outcome.errors().is_empty(), "cut at {cut}");
        }
    }
}

/// What one entry says otherwise.
type Change = fn(&mut krgate::ingest::Expected);

#[test]
fn hostile_g08_each_entry_has_its_demands_met_by_reading() {
    let report = gitleaks(&["abcdefgh"]);
    let changes: [(Change, &[&str]); 6] = [
        (
            |e| e.format = Some("kingfisher".into()),
            &["report-format-mismatch"],
        ),
        (
            |e| e.tool = Some("kingfisher".into()),
            &["report-tool-mismatch"],
        ),
        (|e| e.format = Some("gitleaks".into()), &[]),
        (|e| e.strong_evidence = true, &[]),
        (|e| e.max_age = Some(60), &[]),
        (|e| e.accept_degraded = true, &[]),
    ];
    for (change, errors) in changes {
        let outcome = Bench::new()
            .with(&report)
            .with_entry(&report, change)
            .read();
        assert!(!outcome.codes().contains(&"report-repeated"));
        let refused: Vec<_> = outcome.errors();
        let refused: Vec<_> = refused.iter().filter(|c| **c != "report-too-old").collect();
        assert_eq!(refused, errors.iter().collect::<Vec<_>>());
        // One secret, however often it was read.
        assert_eq!(outcome.secrets().len(), 1);
        assert_eq!(outcome.intake.runs.len(), 2 - errors.len());
    }
    // The place among the entries is no demand; a third that asks for the same is a repeat.
    let strict = |expected: &mut krgate::ingest::Expected| {
        expected.entry = Some(1);
        expected.strong_evidence = true;
    };
    let outcome = Bench::new()
        .with(&report)
        .with_entry(&report, strict)
        .with_entry(&report, |expected| {
            strict(expected);
            expected.entry = Some(2);
        })
        .read()
        .clean();
    assert_eq!(outcome.diagnostic("report-repeated").count, 1);
    let believed: Vec<bool> = outcome.intake.runs.iter().map(|run| run.believed).collect();
    assert_eq!(believed, [true, false]);
    // `[]` tells its format only where it is declared.
    let outcome = Bench::new()
        .with_entry("[]", |expected| expected.format = Some("gitleaks".into()))
        .with("[]")
        .read();
    assert_eq!(outcome.errors(), ["report-needs-format"]);
}
