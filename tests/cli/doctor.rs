//! `krgate doctor`.

use crate::support::{Place, policy};

const ENTRY: &str = r#"{ name: code, path: "reports/semgrep.sarif", class: sast }"#;
const KR: &str =
    r#"{ id: k, title: K, measure: { count: { class: sast } }, target: "<= 0", on_miss: block }"#;
const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

fn gate(condition: &str) -> String {
    format!(
        "on:\n  pull_request:\n  merge_group:\npermissions: {{}}\njobs:\n  scan:\n    steps: [{{ \
         run: make }}]\n  gate:\n    needs: scan\n{condition}    steps:\n      - uses: \
         acme/krgate@{SHA}\n        with: {{ needs: \"${{{{ toJSON(needs) }}}}\" }}\n"
    )
}

fn place(condition: &str) -> Place {
    let place = Place::new();
    place
        .file("krgate.yaml", policy(ENTRY, &[KR]))
        .file(".github/CODEOWNERS", "* @acme/sec\n")
        .file(".github/workflows/gate.yml", gate(condition))
        .file(".github/workflows/notes.txt", "no workflow");
    place
}

#[test]
fn doctor_exits_0_when_the_gate_is_shut_and_says_what_it_looked_at() {
    let ended = place("    if: ${{ always() }}\n").run(&["doctor"]);
    assert_eq!(
        ended.stdout,
        "looked at the gate gate of .github/workflows/gate.yml\nSHUT: nothing was found that \
         lets a change past the gate, 0 warnings, 0 notes (exit 0)\n"
    );
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[test]
fn doctor_exits_1_with_file_line_and_fix() {
    let place = place("");
    let ended = place.run(&["doctor"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let expected = "\
error[gate-skippable]: the job `gate` is skipped when a job that it needs fails, and a skipped job counts as success
 --> .github/workflows/gate.yml:9:5
  |
9 |     needs: scan
  |     ^^^^^ it needs other jobs, and has no `if: ${{ always() }}`
  |
  = help: write `if: ${{ always() }}` in this job

looked at the gate gate of .github/workflows/gate.yml
OPEN: 1 thing lets a change past the gate, 0 warnings, 0 notes (exit 1)
";
    assert_eq!(ended.stdout, expected);
    let quiet = place.run(&["doctor", "--quiet"]);
    assert_eq!(quiet.stdout.lines().count(), 1, "{}", quiet.stdout);
    assert_eq!(quiet.code, 1);
    let ended = place.run(&["doctor", "--format", "json"]);
    assert_eq!(ended.code, 1);
    let json = ended.json();
    assert_eq!(json["schema"], "krgate.doctor/1");
    assert_eq!(json["opens"], 1);
    assert_eq!(json["gates"][0]["job"], "gate");
    let row = &json["diagnostics"][0];
    assert_eq!(row["code"], "gate-skippable");
    assert_eq!(row["level"], "error");
    assert_eq!(row["file"], ".github/workflows/gate.yml");
    assert_eq!((&row["line"], &row["column"]), (&9.into(), &5.into()));
}

#[test]
fn doctor_exits_2_without_a_policy_or_with_a_faulty_one() {
    let place = place("");
    place.file("krgate.yaml", "version: 1\nobjektives: []\n");
    let ended = place.run(&["doctor"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("unknown-key"), "{}", ended.stderr);
    assert_eq!(place.run(&["doctor", "--policy", "none.yaml"]).code, 2);
}

#[test]
fn doctor_names_a_workflow_that_it_cannot_read_and_goes_on() {
    let place = place("    if: ${{ always() }}\n");
    place.file(".github/workflows/odd.yaml", b"on: \xff\n");
    let ended = place.run(&["doctor"]);
    assert_eq!(ended.code, 1);
    for words in [
        "`.github/workflows/odd.yaml` cannot be read",
        "looked at the gate",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
}

#[test]
fn doctor_reads_the_repository_and_not_only_the_folder_that_it_runs_in() {
    let place = place("");
    place
        .file(".git/HEAD", "ref: refs/heads/main\n")
        .file("deep/in/x", "");
    let output = place
        .command(&["doctor"])
        .current_dir(place.path("deep/in"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("error[gate-skippable]"), "{text}");
    assert!(text.contains("OPEN: 1 thing"), "{text}");
}

#[test]
fn doctor_finds_nothing_in_this_repository() {
    let output = Place::new()
        .command(&["doctor"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("the gate krgate of .github/workflows/ci.yml"),
        "{text}"
    );
    assert!(text.contains("0 warnings, 0 notes"), "{text}");
}

#[test]
fn doctor_says_its_exit_codes_in_its_help() {
    let help = Place::new().run(&["doctor", "--help"]).stdout;
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("0 nothing was found that lets a change past"),
        "{help}"
    );
    assert!(words.contains("1 something does"), "{help}");
}
