//! No socket where nobody asked for one (rule G7).

use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::Command;

use crate::support::{Ended, Place, policy};

const CODE: &str = r#"{ name: code, path: "r.sarif", class: sast }"#;
const NO_CODE: &str = r#"{ id: no-code, title: T, measure: { count: { class: sast } }, target: "<= 0", on_miss: block }"#;

fn place() -> Place {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(CODE, &[NO_CODE]))
        .fixture("demo/reports/semgrep.sarif", "r.sarif");
    place
}

#[test]
fn github_g007_outside_of_a_view_nobody_is_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let place = place();
    let by_hand = place.run(&["check"]);
    assert_eq!(by_hand.code, 1, "{}", by_hand.stderr);
    let mut tempted = place.command(&["check"]);
    for name in [
        "http_proxy",
        "https_proxy",
        "ALL_PROXY",
        "HTTPS_PROXY",
        "GITHUB_API_URL",
        "GITHUB_SERVER_URL",
    ] {
        tempted.env(name, &address);
    }
    tempted.env("GITHUB_TOKEN", "made-up-token");
    let tempted = Ended::of(&tempted.output().unwrap());
    assert_eq!(tempted.stdout, by_hand.stdout);
    assert_eq!(tempted.code, 1);
    let nobody = listener.accept().unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::WouldBlock);
}

#[test]
fn github_g007_a_view_outside_of_actions_has_nowhere_to_go() {
    for flag in ["--comment", "--check-run", "--comment=true"] {
        let ended = place().run(&["check", flag]);
        let code = if cfg!(feature = "github") { 4 } else { 2 };
        assert_eq!(ended.code, code, "{flag}: {}", ended.stderr);
        assert!(ended.stdout.contains("FAILED: "), "the verdict stands");
    }
    assert_eq!(place().run(&["check", "--comment=false"]).code, 1);
}

/// `check` for a tool that runs it, in the environment of [`Place::command`]: a test that
/// itself runs in CI must not look like CI to krgate.
fn scrubbed() -> [String; 5] {
    [
        "env".to_owned(),
        "-i".to_owned(),
        format!("KRGATE_NOW={}", crate::support::NOW),
        env!("CARGO_BIN_EXE_krgate").to_owned(),
        "check".to_owned(),
    ]
}

/// True if a tool runs here.
fn runs(tool: &str, arguments: &[&str]) -> bool {
    let done = Command::new(tool).args(arguments).output();
    let runs = done.is_ok_and(|output| output.status.success());
    if !runs {
        eprintln!("skipped: {tool} cannot be used here");
    }
    runs
}

#[test]
fn github_g007_by_hand_no_socket_is_opened() {
    if !runs("strace", &["-o", "/dev/null", "true"]) {
        return;
    }
    let place = place();
    let trace = place.path("trace");
    let done = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=%network", "-o"])
        .arg(&trace)
        .args(scrubbed())
        .current_dir(place.path(""))
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let calls = std::fs::read_to_string(&trace).unwrap();
    let opened: Vec<&str> = calls.lines().filter(|l| l.contains("socket(")).collect();
    assert_eq!(opened, [""; 0]);
}

#[test]
fn github_g007_no_network_is_needed() {
    if !runs("unshare", &["--map-root-user", "--net", "true"]) {
        return;
    }
    let place = place();
    let by_hand = place.run(&["check"]);
    let done = Command::new("unshare")
        .args(["--map-root-user", "--net"])
        .args(scrubbed())
        .current_dir(place.path(""))
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert_eq!(String::from_utf8(done.stdout).unwrap(), by_hand.stdout);
}
