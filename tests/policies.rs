//! Every policy under `fixtures/policies`: the valid ones load without a word, the warned
//! ones load with the text that stands beside them, the invalid ones leave exactly that text
//! and no policy (HB12). All of them are held against the JSON Schema too.
//!
//! `KRGATE_BLESS=1 cargo test --test policies` writes the expected texts and the schema
//! anew; read them line by line before they are committed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use krgate::diagnostic::{Code, draw, refusal};
use krgate::policy::{self, Loaded};

#[expect(
    clippy::disallowed_methods,
    reason = "a test may ask whether expected texts are to be written anew"
)]
fn bless() -> bool {
    std::env::var_os("KRGATE_BLESS").is_some()
}

fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/policies")
        .join(folder);
    let mut files: Vec<(PathBuf, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .map(|path| (path.clone(), fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn drawn(loaded: &Loaded) -> String {
    draw(&loaded.diagnostics, &loaded.sources, false)
}

/// Compares with the text beside the policy, or writes it; returns what differs.
fn differs(path: &Path, actual: &str) -> Option<String> {
    let expected = path.with_extension("expected");
    if bless() {
        fs::write(&expected, actual).unwrap();
        return None;
    }
    (fs::read_to_string(&expected).ok().as_deref() != Some(actual))
        .then(|| format!("{}\n{actual}", path.display()))
}

#[test]
fn valid_policies_load_without_a_word() {
    for (path, text) in files("valid") {
        let loaded = policy::parse("krgate.yaml", &text);
        assert!(
            loaded.policy.is_some() && loaded.diagnostics.is_empty(),
            "{}\n{}",
            path.display(),
            drawn(&loaded)
        );
    }
}

#[test]
fn warned_policies_load_and_say_what_is_odd() {
    let mut wrong = Vec::new();
    for (path, text) in files("warned") {
        let loaded = policy::parse("krgate.yaml", &text);
        let drawn = drawn(&loaded);
        assert!(loaded.policy.is_some(), "{}\n{drawn}", path.display());
        assert_eq!(loaded.faults(), 0);
        wrong.extend(differs(&path, &drawn));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn invalid_policies_say_all_that_is_wrong() {
    let mut wrong = Vec::new();
    for (path, text) in files("invalid") {
        let loaded = policy::parse("krgate.yaml", &text);
        assert!(loaded.policy.is_none(), "{} was accepted", path.display());
        let mut drawn = drawn(&loaded);
        drawn.push_str(&refusal(&loaded.diagnostics, "krgate.yaml"));
        drawn.push('\n');
        wrong.extend(differs(&path, &drawn));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every code of the policy's section has a fixture that shows it, but for those that need
/// files (tested in `policy_files.rs`) or the command line.
#[test]
fn every_code_of_the_policy_has_a_fixture() {
    let elsewhere = [
        Code::PolicyNotFound,
        Code::ExtendsCycle,
        Code::MoreFaults,
        Code::NotBuilt,
    ];
    let last = Code::ALL
        .iter()
        .position(|code| *code == Code::Usage)
        .unwrap();
    let shown: Vec<Code> = files("invalid")
        .into_iter()
        .chain(files("warned"))
        .flat_map(|(_, text)| policy::parse("krgate.yaml", &text).diagnostics)
        .map(|diagnostic| diagnostic.code)
        .collect();
    for code in Code::ALL.iter().take(last) {
        assert!(
            shown.contains(code) || elsewhere.contains(code),
            "no fixture shows {}",
            code.as_str()
        );
    }
}

/// HB13: the committed schema is the one that the language describes.
#[test]
fn the_committed_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("krgate.schema.json");
    let current = policy::schema_text();
    if bless() {
        fs::write(&path, &current).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == current,
        "krgate.schema.json is out of date: KRGATE_BLESS=1 cargo test --test policies"
    );
}

#[test]
fn the_committed_schema_of_waiver_files_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("krgate.waivers.schema.json");
    let current = policy::waiver_schema_text();
    if bless() {
        fs::write(&path, &current).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == current,
        "krgate.waivers.schema.json is out of date: KRGATE_BLESS=1 cargo test --test policies"
    );
    let validator = jsonschema::draft202012::new(&policy::waiver_schema()).unwrap();
    let file = |text: &str| serde_saphyr::from_str::<serde_json::Value>(text).unwrap();
    assert!(validator.is_valid(&file("version: 1\nlist: []\n")));
    assert!(validator.is_valid(&file(
        "version: 1\nlist: [{ finding: 7f3a91c2, expires: 2026-12-31 }]\n"
    )));
    for wrong in [
        "version: 1\n",
        "version: 1\nlist: [{ finding: 7f3a91c2, expire: 2026-12-31 }]\n",
        "version: 1\nlist: [{ finding: 7f3a }]\n",
    ] {
        assert!(!validator.is_valid(&file(wrong)), "{wrong}");
    }
}

/// HB12: the schema accepts what loads, and refuses what its first line says it refuses.
#[test]
fn the_schema_agrees_with_the_checker() {
    let schema = policy::schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors = |text: &str| -> Option<Vec<String>> {
        let options = serde_saphyr::options! { strict_booleans: true };
        let value: serde_json::Value = serde_saphyr::from_str_with_options(text, options).ok()?;
        let errors = validator.iter_errors(&value);
        Some(
            errors
                .map(|e| format!("{}: {e}", e.instance_path()))
                .collect(),
        )
    };
    for (path, text) in files("valid").into_iter().chain(files("warned")) {
        assert_eq!(errors(&text), Some(Vec::new()), "{}", path.display());
    }
    let mut wrong = Vec::new();
    for (path, text) in files("invalid") {
        let outcome = match errors(&text).map(|errors| errors.is_empty()) {
            _ if text.starts_with("# schema: cannot read\n") => continue,
            None => "cannot read",
            Some(true) => "accepts",
            Some(false) => "refuses",
        };
        if !text.starts_with(&format!("# schema: {outcome}\n")) {
            wrong.push(format!("{} {outcome}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `policy show` prints is a policy that says the same.
#[test]
fn the_merged_policy_is_a_policy_that_says_the_same() {
    for (path, text) in files("valid") {
        let loaded = policy::parse("krgate.yaml", &text);
        let shown = policy::show(&loaded);
        let again = policy::parse("krgate.yaml", &shown);
        assert!(
            again.policy.is_some(),
            "{}\n{shown}\n{}",
            path.display(),
            drawn(&again)
        );
        let essence = |loaded: Loaded| {
            let mut policy = loaded.policy.unwrap();
            policy.sources.clear();
            policy.sha256.clear();
            for report in &mut policy.reports {
                report.line = 0;
            }
            for waiver in &mut policy.waivers.list {
                waiver.line = 0;
            }
            format!("{policy:#?}")
        };
        assert_eq!(essence(loaded), essence(again), "{}", path.display());
    }
}

/// Every format that is read has its word in the language.
#[test]
fn every_format_that_is_read_may_be_declared() {
    for word in krgate::ingest::format_words() {
        let text = format!(
            "version: 1\nreports: [{{ path: x, format: {word} }}]\nobjectives:\n- {{ id: o, title: T, owner: A, key_results: [{{ id: k, title: T, measure: {{ count: {{}} }}, target: \"<= 0\" }}] }}\n"
        );
        assert!(
            policy::parse("krgate.yaml", &text).policy.is_some(),
            "{word}"
        );
    }
}
