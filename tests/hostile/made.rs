//! What no file can hold: names, streams, and the surroundings of a run.

use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::bench::Bench;

fn report() -> String {
    let secret = ["ghx_", "in-a-file-of-its-own"].concat();
    format!(
        r#"[{{"RuleID":"r","Description":"d","StartLine":1,"Match":"k={secret}","Secret":"{secret}","File":"a.py","Fingerprint":"a.py:r:1"}}]"#
    )
}

#[test]
fn hostile_g21_the_name_of_a_report_is_foreign_text() {
    for name in [
        "a\n::error::owned.json",
        "\u{1b}[31mred.json",
        "::add-mask::x.json",
        "-o.json",
        "##[error]x.json",
        "a|`b`<img src=x>.json",
    ] {
        let bench = Bench::new(None);
        bench.file(&format!("reports/{name}"), report());
        let ended = bench.check();
        assert_eq!(ended.code, 1, "{name:?}: {}", ended.streams[0]);
        // By hand, where it is refused, and by other commands.
        let path = format!("reports/{name}");
        bench.file(&path, "{");
        let broken = bench.check();
        assert_eq!(broken.code, 3, "{name:?}");
        assert!(broken.files["text"].contains("report-truncated"));
        let by_hand = bench.run(&["inspect", "--", &path]);
        assert_eq!(by_hand.code, 3, "{name:?}");
        for stream in by_hand.streams {
            crate::runner::assert_no_command(&stream);
            assert!(!stream.contains('\u{1b}'), "{stream:?}");
        }
    }
    let bench = Bench::new(None);
    bench.file("-o.json", report());
    assert_eq!(bench.run(&["check", "--", "-o.json"]).code, 1);
}

#[test]
fn hostile_g22_a_closed_pipe_changes_no_verdict() {
    let bench = Bench::new(None);
    bench.file("reports/r.json", report());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_krgate"));
    let mut child = command
        .args(["check", "--all"])
        .current_dir(bench.path(""))
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn hostile_g22_a_full_disk_is_exit_4() {
    let bench = Bench::new(None);
    bench.file("reports/r.json", report());
    let full = std::fs::File::create("/dev/full").unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_krgate"))
        .arg("check")
        .current_dir(bench.path(""))
        .env_clear()
        .stdout(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(4));
    let ended = bench.run(&["check", "--output=json=/dev/full"]);
    assert_eq!(ended.code, 4);
    assert!(ended.streams[0].contains("exit 1"), "{}", ended.streams[0]);
    assert!(
        ended.streams[1].contains("the disk is full"),
        "{}",
        ended.streams[1]
    );
}

#[test]
fn hostile_g22_an_output_behind_a_link_out_of_the_folder_is_not_written() {
    let bench = Bench::new(None);
    bench.file("reports/r.json", report());
    let elsewhere = tempfile::TempDir::new().unwrap();
    symlink(elsewhere.path(), bench.path("out")).unwrap();
    let ended = bench.run(&["check", "--output=json=out/x.json"]);
    assert_eq!(ended.code, 4);
    assert!(ended.streams[0].contains("exit 1"), "the verdict is told");
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
}

#[test]
fn hostile_g24_the_surroundings_change_no_verdict() {
    let bench = Bench::new(None);
    bench.file("reports/r.json", report());
    let plain = bench.run(&["check", "--format=json"]);
    assert_eq!(plain.code, 1);
    // What GitHub Actions sets is more than one variable: the tests of the command line run
    // whole jobs.
    for (name, value) in [
        ("TZ", "Pacific/Kiritimati"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("LANG", "ja_JP.eucJP"),
        ("TERM", "dumb"),
        ("NO_COLOR", "1"),
        ("FORCE_COLOR", "1"),
        ("COLUMNS", "7"),
        ("HOME", "/nowhere"),
    ] {
        let output = bench
            .command()
            .env(name, value)
            .args(["check", "--format=json"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            plain.streams[0],
            "{name}"
        );
        let text = bench
            .command()
            .env(name, value)
            .arg("check")
            .output()
            .unwrap();
        assert_eq!(text.status.code(), Some(1), "{name}");
        let text = String::from_utf8(text.stdout).unwrap();
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(
            text.ends_with(&bench.run(&["check", "--quiet"]).streams[0]),
            "{name}"
        );
    }
}

#[test]
fn the_limits_of_these_tests_can_be_reached() {
    let bench = Bench::new(None);
    let mut command = std::process::Command::new("/bin/sh");
    command
        .args([
            "-c",
            "ulimit -v 4096 && exec \"$0\" \"$@\"",
            env!("CARGO_BIN_EXE_krgate"),
        ])
        .args(["check"])
        .current_dir(bench.path(""));
    let code = command.output().unwrap().status.code();
    assert!(!matches!(code, Some(0..=4)), "{code:?}");
}
