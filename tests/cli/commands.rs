//! The other subcommands.

use crate::support::{Place, policy};

const ENTRY: &str = r#"{ name: secrets, path: "reports/*", class: secrets }"#;
const NO_SECRET: &str = r#"{ id: no-secret, title: No secret, measure: { count: { class: secrets } }, target: "<= 0", on_miss: block }"#;

#[test]
fn inspect_says_what_is_in_a_report_and_exits_3_when_it_cannot_read_it() {
    let place = Place::new();
    place
        .fixture("scanners/bandit.sarif", "b.sarif")
        .file("broken.sarif", "{\"version\":\"2.1.0\",\"runs\":[");
    let read = place.run(&["inspect", "b.sarif", "--format", "json"]);
    assert_eq!(read.code, 0, "{}", read.stderr);
    let report = &read.json()["reports"][0];
    assert_eq!(report["status"], "read");
    assert_eq!(report["format"], "sarif");
    assert_eq!(report["findings"], 5);
    assert_eq!(report["runs"][0]["class"], "sast");
    let both = place.run(&["inspect", "b.sarif", "broken.sarif", "--format", "json"]);
    assert_eq!(both.code, 3);
    let json = both.json();
    assert_eq!(json["reports"][0]["status"], "read");
    assert_eq!(json["reports"][1]["status"], "unreadable");
    assert_eq!(json["reports"][1]["error"]["code"], "report-truncated");
}

#[test]
fn inspect_as_text_names_tool_class_and_numbers() {
    let place = Place::new();
    place.fixture("scanners/bandit.sarif", "b.sarif");
    let ended = place.run(&["inspect", "b.sarif"]);
    for word in ["b.sarif", "sarif", "Bandit", "sast", "5 findings"] {
        assert!(ended.stdout.contains(word), "{word}: {}", ended.stdout);
    }
}

#[test]
fn explain_says_which_key_result_counts_a_finding() {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(ENTRY, &[NO_SECRET]))
        .fixture("written/gitleaks.json", "reports/g.json");
    let json = place.run(&["check", "--format", "json"]).json();
    let id = json["findings"][0]["id"].as_str().unwrap().to_owned();
    let short = &id[..8];
    let by_id = place.run(&["explain", short]);
    assert_eq!(by_id.code, 0, "{}", by_id.stderr);
    assert!(by_id.stdout.contains("no-secret"), "{}", by_id.stdout);
    assert!(by_id.stdout.contains("counted"), "{}", by_id.stdout);
    let kr = place.run(&["explain", "no-secret"]);
    assert_eq!(kr.code, 0, "{}", kr.stderr);
    let nothing = place.run(&["explain", "no-such-thing"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("PATH:LINE"), "{}", nothing.stderr);
}

#[test]
fn explain_says_what_a_diagnostic_means_without_a_policy_and_suggests_a_near_one() {
    let place = Place::new();
    let ended = place.run(&["explain", "unknown-key"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(
        ended.stdout,
        "error[unknown-key]: The policy has a key that krgate does not know.\n  of        the \
         request or the policy\n  effect    the run ends with exit 2\nThe message beside it names \
         the place, what was expected and the next step; all of them: docs/diagnostics.md\n"
    );
    let json = place
        .run(&["explain", "[weak-evidence]", "--format=json"])
        .json();
    assert_eq!(json["schema"], "krgate.diagnostic/1");
    assert_eq!(
        (json["level"].as_str(), json["exit"].as_u64()),
        (Some("note"), None)
    );
    let near = place.run(&["explain", "unknown-kye"]);
    assert_eq!(near.code, 2);
    assert!(
        near.stderr
            .contains("did you mean the diagnostic `unknown-key`?"),
        "{}",
        near.stderr
    );
    place
        .file("krgate.yaml", policy(ENTRY, &[NO_SECRET]))
        .fixture("written/gitleaks.json", "reports/g.json");
    let near = place.run(&["explain", "weak-evidense"]);
    assert_eq!(near.code, 2);
    assert!(
        near.stderr
            .contains("did you mean the diagnostic `weak-evidence`?"),
        "{}",
        near.stderr
    );
}

#[test]
fn policy_check_show_and_schema() {
    let place = Place::new();
    place.file("krgate.yaml", policy(ENTRY, &[NO_SECRET]));
    let checked = place.run(&["policy", "check"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(
        checked
            .stdout
            .starts_with("ok: 1 key result in 1 objective"),
        "{}",
        checked.stdout
    );
    let shown = place.run(&["policy", "show"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("krgate.yaml:"), "{}", shown.stdout);
    let schema = place.run(&["policy", "schema"]);
    assert_eq!(schema.code, 0);
    assert!(schema.json()["properties"]["objectives"].is_object());
    place.file("krgate.yaml", "version: 1\nobjektives: []\n");
    let faulty = place.run(&["policy", "check"]);
    assert_eq!(faulty.code, 2);
    assert!(
        faulty.stderr.contains("did you mean `objectives`"),
        "{}",
        faulty.stderr
    );
    assert!(faulty.stderr.contains("(exit 2)"), "{}", faulty.stderr);
}

#[test]
fn init_writes_a_policy_once_and_it_holds() {
    let place = Place::new();
    place
        .fixture("scanners/bandit.sarif", "out/bandit.sarif")
        .file("services/pay.py", "");
    let wrote = place.run(&["init"]);
    assert_eq!(wrote.code, 0, "{}", wrote.stderr);
    let text = std::fs::read_to_string(place.path("krgate.yaml")).unwrap();
    assert!(
        text.starts_with("# yaml-language-server: $schema="),
        "{text}"
    );
    assert!(text.contains("path: \"out/bandit.sarif\""), "{text}");
    assert!(text.contains("services/**"), "{text}");
    assert_eq!(place.run(&["policy", "check"]).code, 0);
    let again = place.run(&["init"]);
    assert_eq!(again.code, 2);
    assert_eq!(
        std::fs::read_to_string(place.path("krgate.yaml")).unwrap(),
        text
    );
    assert_eq!(place.run(&["init", "--print"]).stdout, text);
    assert_eq!(
        place.run(&["init", "--print", "--pack", "nonsense"]).code,
        2
    );
    assert_eq!(place.run(&["init", "--print", "--pack", "secrets"]).code, 0);
}

#[test]
fn completions_and_manual_are_printed() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = place.run(&["completions", shell]);
        assert_eq!(ended.code, 0, "{shell}");
        assert!(ended.stdout.contains("krgate"), "{shell}");
    }
    let man = place.run(&["man"]);
    assert_eq!(man.code, 0);
    assert!(man.stdout.contains(".TH krgate"), "{}", man.stdout);
}

#[test]
fn a_policy_is_found_in_the_working_directory_and_at_the_repository_s_root() {
    let place = Place::new();
    let text = policy(ENTRY, &[NO_SECRET]);
    place
        .file("deep/er/x", "")
        .file(".git/HEAD", "ref: refs/heads/main\n");
    place.file(".github/krgate.yaml", &text);
    let checked = |folder: &str| {
        let mut command = place.command(&["policy", "check"]);
        let output = command.current_dir(place.path(folder)).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(
        checked("").contains("of .github/krgate.yaml"),
        "{}",
        checked("")
    );
    assert!(
        checked("deep/er").contains(".github/krgate.yaml"),
        "{}",
        checked("deep/er")
    );
    place.file("deep/er/krgate.yaml", &text);
    assert!(
        checked("deep/er").contains("of krgate.yaml"),
        "{}",
        checked("deep/er")
    );
}
