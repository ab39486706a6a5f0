//! The same inputs give the same bytes, whatever the machine is like (rules P1, P46).

use std::fs;
use std::process::Command;

use super::formats::{WRITERS, written};
use super::sample::running;
use super::shop::Shop;

/// Two ways of being a machine.
const SURROUNDINGS: [&[(&str, &str)]; 2] = [
    &[
        ("LANG", "C"),
        ("TZ", "UTC"),
        ("COLUMNS", "80"),
        ("TERM", "dumb"),
    ],
    &[
        ("LANG", "ar_EG.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Pacific/Kiritimati"),
        ("COLUMNS", "20"),
        ("TERM", "xterm-256color"),
        ("FORCE_COLOR", "1"),
        ("HOME", "/nonexistent/home"),
        ("USER", "somebody"),
        ("HOSTNAME", "elsewhere"),
    ],
];

/// Nothing by itself: the test below starts it in other processes.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test that starts it says where to write"
)]
fn write_the_sample() {
    let Some(folder) = std::env::var_os("KRGATE_SAMPLE_FOLDER") else {
        return;
    };
    let report = running();
    for (format, write) in WRITERS {
        let path = std::path::Path::new(&folder).join(format);
        fs::write(path, written(&report, write)).unwrap();
    }
}

#[test]
fn report_p46_two_processes_write_the_sample_with_the_same_bytes() {
    let folders = SURROUNDINGS.map(|variables| {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "rules_reports::bytes::write_the_sample"])
            .env_clear()
            .envs(variables.iter().copied())
            .env("KRGATE_SAMPLE_FOLDER", folder.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        folder
    });
    let report = running();
    for (format, write) in WRITERS {
        let here = written(&report, write);
        for folder in &folders {
            let there = fs::read_to_string(folder.path().join(format)).unwrap();
            assert_eq!(there, here, "{format}");
        }
    }
}

#[test]
fn report_p01_the_binary_writes_the_same_bytes_wherever_it_runs() {
    let shop = Shop::with_weeks();
    let views: Vec<Vec<&str>> = ["markdown", "json", "csv", "openmetrics"]
        .iter()
        .map(|format| vec!["report", "--format", format])
        .chain(
            ["text", "json", "markdown", "mermaid", "dot"]
                .iter()
                .map(|format| vec!["status", "--color", "never", "--format", format]),
        )
        .collect();
    for view in views {
        let texts = SURROUNDINGS.map(|variables| {
            let mut command = shop.program(env!("CARGO_BIN_EXE_krgate"));
            command
                .args(&view)
                .env("KRGATE_NOW", "2026-11-09T12:00:00Z")
                .envs(variables.iter().copied());
            let ended = Shop::end(&mut command);
            assert_eq!(ended.code, 0, "{view:?}: {}", ended.stderr);
            ended.stdout
        });
        assert_eq!(texts[0], texts[1], "{view:?}");
        assert!(texts[0].ends_with('\n'));
    }
}
