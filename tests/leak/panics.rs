//! A fault of krgate's own: what it says must hold nothing of what it was working on.

use std::process::Command;

use krgate::cli::guarded;

use crate::search::Needle;

const MODE: &str = "KRGATE_TEST_PANIC";

fn value() -> String {
    ["ghx_", "in-the-middle", "-of-a-panic"].concat()
}

/// Runs this very test in a process of its own, which then panics.
fn panicking(mode: &str) -> (Option<i32>, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "panics::invariant_07_a_panic_shows_no_value",
            "--nocapture",
        ])
        .env(MODE, mode)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tells the process that panics from the one that looks at it"
)]
fn invariant_07_a_panic_shows_no_value() {
    match std::env::var(MODE).as_deref() {
        Ok("guarded") => {
            let code = guarded(|| panic!("{}", value()));
            assert_eq!(code.number(), 4);
            return;
        }
        Ok("bare") => panic!("{}", value()),
        _ => {}
    }
    let needle = Needle::new(&value()).unwrap();
    let (_, bare) = panicking("bare");
    assert_eq!(needle.found_in(&bare), Some("raw"), "the test can fail");
    let (code, text) = panicking("guarded");
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(needle.found_in(&text), None, "{text}");
    assert!(
        text.contains("a fault of krgate's own at tests/leak/panics.rs:"),
        "{text}"
    );
    assert!(text.contains("(exit 4)"), "{text}");
}
