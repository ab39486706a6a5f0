//! Every policy under `fixtures/policies`: the valid ones load, the invalid ones leave
//! exactly the text that stands beside them (HB12).
//!
//! `KRGATE_BLESS=1 cargo test --test policies` writes the expected texts anew; read them
//! line by line before they are committed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use krgate::diagnostic::{Level, draw, refusal};
use krgate::policy;

#[expect(
    clippy::disallowed_methods,
    reason = "a test may ask whether expected texts are to be written anew"
)]
fn bless() -> bool {
    std::env::var_os("KRGATE_BLESS").is_some()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/policies")
        .join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn valid_policies_load() {
    for path in files("valid") {
        let text = fs::read_to_string(&path).unwrap();
        let loaded = policy::parse("krgate.yaml", &text);
        let errors: Vec<_> = loaded
            .diagnostics
            .iter()
            .filter(|d| d.level == Level::Error)
            .cloned()
            .collect();
        assert!(
            loaded.policy.is_some(),
            "{}\n{}",
            path.display(),
            draw(&errors, &loaded.sources, false)
        );
    }
}

#[test]
fn invalid_policies_say_what_is_wrong() {
    let bless = bless();
    let mut wrong = Vec::new();
    for path in files("invalid") {
        let text = fs::read_to_string(&path).unwrap();
        let loaded = policy::parse("krgate.yaml", &text);
        assert!(loaded.policy.is_none(), "{} was accepted", path.display());
        let mut drawn = draw(&loaded.diagnostics, &loaded.sources, false);
        drawn.push_str(&refusal(&loaded.diagnostics, "krgate.yaml"));
        drawn.push('\n');
        let expected = path.with_extension("expected");
        if bless {
            fs::write(&expected, &drawn).unwrap();
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(drawn.as_str()) {
            wrong.push(format!("{}\n{drawn}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// HB13: the committed schema is the one that the language describes.
#[test]
fn the_committed_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("krgate.schema.json");
    let current = policy::schema_text();
    if bless() {
        fs::write(&path, &current).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        current,
        "krgate.schema.json is out of date: KRGATE_BLESS=1 cargo test --test policies"
    );
}
