//! A check in a job of GitHub Actions: what each stream, the summary and the outputs hold, as
//! the runner reads them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::runner::{Log, assert_no_command, outputs, read};
use crate::support::{Ended, Place, fixture, policy};

const SECRETS: &str = r#"{ name: secrets, path: "reports/*", class: secrets }"#;
const DECLARED: &str = r#"{ name: secrets, path: "reports/*", class: secrets, format: gitleaks }"#;
const NO_SECRET: &str = r#"{ id: no-secret, title: No secret, measure: { count: { class: secrets } }, target: "<= 0", on_miss: block }"#;

/// A folder with a policy, and the files of a runner beside it.
struct Job {
    place: Place,
}

/// What a step left.
struct Step {
    ended: Ended,
    log: Log,
    outputs: BTreeMap<String, String>,
    summary: String,
}

impl Job {
    fn new(entry: &str, reports: &[(&str, &[u8])]) -> Self {
        let place = Place::new();
        place
            .file("krgate.yaml", policy(entry, &[NO_SECRET]))
            .file("runner/output", "")
            .file("runner/summary", "")
            .file("runner/temp/.keep", "");
        for (name, bytes) in reports {
            place.file(&format!("reports/{name}"), bytes);
        }
        git(&place, &["init", "-q"]);
        Self { place }
    }

    /// A job whose gate fails on one report of gitleaks.
    fn failing() -> Self {
        let bytes = std::fs::read(fixture("written/gitleaks.json")).unwrap();
        Self::new(SECRETS, &[("g.json", &bytes)])
    }

    fn passing() -> Self {
        Self::new(DECLARED, &[("g.json", b"[]")])
    }

    fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        // In CI the policy is that of the commit.
        git(&self.place, &["add", "*.yaml"]);
        if !git(&self.place, &["status", "--porcelain", "-uno"]).is_empty() {
            git(&self.place, &["commit", "-qm", "policy"]);
        }
        let mut command = self.place.command(&[&["check"], arguments].concat());
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", "schedule")
            .env("GITHUB_REF", "refs/heads/main")
            .env(
                "GITHUB_SHA",
                git(&self.place, &["rev-parse", "HEAD"]).trim(),
            )
            .env("PATH", search_path())
            .env("NO_COLOR", "1")
            .env("GITHUB_OUTPUT", self.place.path("runner/output"))
            .env("GITHUB_STEP_SUMMARY", self.place.path("runner/summary"))
            .env("RUNNER_TEMP", self.place.path("runner/temp"));
        command
    }

    fn step(&self, arguments: &[&str]) -> Step {
        self.end(&mut self.command(arguments))
    }

    fn end(&self, command: &mut assert_cmd::Command) -> Step {
        let ended = Ended::of(&command.output().unwrap());
        let file = |name: &str| std::fs::read_to_string(self.place.path(name)).unwrap_or_default();
        Step {
            log: read(&ended.stderr),
            outputs: outputs(&file("runner/output")).unwrap(),
            summary: file("runner/summary"),
            ended,
        }
    }
}

impl Step {
    fn output(&self, key: &str) -> &str {
        &self.outputs[key]
    }

    fn messages(&self) -> Vec<&str> {
        self.log
            .kept
            .iter()
            .map(|kept| kept.message.as_str())
            .collect()
    }
}

#[test]
fn github_g008_standard_output_has_what_was_asked_for() {
    let job = Job::failing();
    let silent = job.step(&[]);
    assert_eq!(silent.ended.stdout, "");
    assert!(silent.ended.stderr.contains("FAILED: 1 key result missed"));
    let json = job.step(&["--format", "json"]);
    assert_eq!(json.ended.json()["exit"], 1);
    assert_eq!(json.ended.stderr, silent.ended.stderr);
    let text = job.step(&["--format", "text"]);
    assert!(text.ended.verdict().starts_with("FAILED: "));
    assert!(!text.ended.stderr.contains("FAILED: "), "not twice");
    assert_eq!(text.log.kept, silent.log.kept);
    for step in [&silent, &json, &text] {
        assert_no_command(&step.ended.stdout);
    }
}

#[test]
fn github_g016_the_text_stands_apart_and_the_commands_behind_it() {
    let step = Job::failing().step(&[]);
    assert!(!step.log.is_deaf);
    assert!(step.log.others.is_empty(), "{:?}", step.log.others);
    assert!(
        step.log
            .lines
            .iter()
            .any(|line| line.starts_with("FAILED: "))
    );
    assert!(
        step.messages()
            .iter()
            .all(|message| message.starts_with("no-secret: "))
    );
    assert!(!step.messages().is_empty());
    let first = step.ended.stderr.lines().next().unwrap();
    assert!(first.starts_with("::stop-commands::"), "{first}");
    // The same run has the same token (invariant 8).
    assert_eq!(Job::failing().step(&[]).ended.stderr, step.ended.stderr);
}

#[test]
fn github_g031_commands_are_written_in_actions_or_when_asked_for() {
    let job = Job::failing();
    let by_hand = job.place.run(&["check"]);
    assert_no_command(&by_hand.stderr);
    assert_eq!(by_hand.stderr, "");
    assert!(by_hand.verdict().starts_with("FAILED: "));
    let asked = job.place.run(&["check", "--annotations", "all"]);
    assert!(!read(&asked.stderr).kept.is_empty());
    assert_eq!(asked.stdout, by_hand.stdout);
    let none = job.step(&["--annotations", "none"]);
    assert!(none.log.kept.is_empty());
}

#[test]
fn github_g033_every_exit_code_has_its_outputs() {
    let rows: [(Job, &[&str], i32, &str, &str); 5] = [
        (Job::passing(), &[], 0, "pass", "[]"),
        (Job::failing(), &[], 1, "fail", r#"["no-secret"]"#),
        (Job::failing(), &["--policy", "none.yaml"], 2, "error", "[]"),
        (Job::new(SECRETS, &[]), &[], 3, "error", r#"["no-secret"]"#),
        (
            Job::failing(),
            &["--output", "json=no/such/folder.json"],
            4,
            "error",
            r#"["no-secret"]"#,
        ),
    ];
    for (job, arguments, code, status, blocking) in rows {
        let step = job.step(arguments);
        assert_eq!(step.ended.code, code, "{}", step.ended.stderr);
        assert_eq!(step.output("status"), status);
        assert_eq!(step.output("exit-code"), code.to_string());
        assert_eq!(step.output("blocking"), blocking);
        assert_eq!(step.output("record"), "");
        let report = step.output("report");
        if code == 2 {
            assert_eq!(report, "", "nothing was judged");
        } else {
            let text = std::fs::read(report).unwrap();
            let report: serde_json::Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(report["schema"], "krgate.evaluation/1");
        }
    }
}

#[test]
fn github_g033_the_report_lies_where_the_user_wants_it() {
    let job = Job::failing();
    let step = job.step(&["--report", "out/r.json"]);
    assert_eq!(step.ended.code, 4, "the folder is not there");
    std::fs::create_dir(job.place.path("out")).unwrap();
    let step = job.step(&["--report", "out/r.json"]);
    assert_eq!(step.ended.code, 1);
    assert!(PathBuf::from(step.output("report")).ends_with("out/r.json"));
    assert!(!job.place.path("runner/temp/krgate-report.json").exists());
    // Reports of several steps lie beside one another.
    let first = job.step(&[]).output("report").to_owned();
    let second = job.step(&[]).output("report").to_owned();
    assert_ne!(first, second);
    assert!(std::fs::read(first).unwrap() == std::fs::read(second).unwrap());
    // It takes the place of nothing that was read.
    let step = job.step(&["--report", "krgate.yaml"]);
    assert_eq!(step.ended.code, 2);
    let by_hand = job.place.run(&["check", "--report", "out/by-hand.json"]);
    assert_eq!(by_hand.code, 1);
    assert!(job.place.path("out/by-hand.json").exists());
}

#[test]
fn github_g034_and_g035_outputs_are_added_on_lines_of_their_own() {
    let job = Job::failing();
    job.place.file("runner/output", "mine=1");
    let step = job.step(&[]);
    assert_eq!(step.output("mine"), "1");
    assert_eq!(step.output("status"), "fail");
    // Written again, the later ones count.
    let step = job.step(&["--policy", "none.yaml"]);
    assert_eq!(step.output("status"), "error");
    assert_eq!(step.output("mine"), "1");
    let text = std::fs::read(job.place.path("runner/output")).unwrap();
    assert!(text.starts_with(b"mine=1\nstatus="));
}

#[test]
fn github_g032_every_output_is_one_line() {
    let job = Job::failing();
    std::fs::create_dir(job.place.path("a\nstatus=pass")).unwrap();
    let step = job.step(&["--report", "a\nstatus=pass/r.json"]);
    assert_eq!(step.ended.code, 4);
    assert_eq!(step.output("status"), "error");
    assert_eq!(step.output("report"), "");
}

#[test]
fn github_g006_a_view_that_is_named_and_cannot_be_written_is_exit_4() {
    let job = Job::passing();
    for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
        let folder = job.place.path("runner/temp");
        let step = job.end(job.command(&[]).env(name, &folder));
        assert_eq!(step.ended.code, 4, "{name}");
        assert!(
            step.ended.stderr.contains("output-not-written"),
            "{}",
            step.ended.stderr
        );
        assert!(step.ended.stderr.contains("PASSED: "), "the verdict stands");
        let unset = job.end(job.command(&[]).env_remove(name));
        assert_eq!(unset.ended.code, 0, "{name}");
        let empty = job.end(job.command(&[]).env(name, ""));
        assert_eq!(empty.ended.code, 0, "{name}");
    }
    let folder = job.place.path("runner/temp");
    let step = job.end(job.command(&[]).env("GITHUB_STEP_SUMMARY", &folder));
    assert_eq!(
        step.output("exit-code"),
        "4",
        "outputs come after the summary"
    );
    assert!(step.messages()[0].starts_with("krgate: `output-not-written`: "));
    let no_temp = job.end(job.command(&[]).env_remove("RUNNER_TEMP"));
    assert_eq!((no_temp.ended.code, no_temp.output("report")), (0, ""));
}

#[test]
fn github_g036_the_summary_has_room_with_what_is_there() {
    let job = Job::failing();
    let line = "x".repeat(1023);
    let there = format!("{line}\n").repeat(900);
    job.place.file("runner/summary", &there);
    let full = job.step(&[]);
    assert_eq!(full.ended.code, 1);
    assert_eq!(full.summary, there, "nothing is added");
    assert!(
        full.ended
            .stderr
            .contains("the job summary is full already")
    );
    job.place
        .file("runner/summary", &there[..there.len() - 1_024]);
    let cut = job.step(&[]);
    assert!(cut.summary.len() <= 900 * 1024, "{}", cut.summary.len());
    assert!(
        cut.summary.contains("xx\n## krgate: failed\n"),
        "on a line of its own"
    );
    let last = cut.summary.lines().last().unwrap();
    assert!(last.starts_with("Not shown for want of room: "), "{last}");
    assert!(
        last.contains(" counted, ") && last.contains("sha256 `"),
        "{last}"
    );
    assert!(last.contains("krgate-report"), "{last}");
}

#[test]
fn github_g039_the_summary_says_what_is_wrong() {
    let unread = Job::new(SECRETS, &[("g.json", b"")]).step(&[]);
    assert_eq!(unread.ended.code, 3);
    assert!(
        unread
            .summary
            .starts_with("## krgate: the evidence is wrong\n")
    );
    assert!(
        unread.summary.contains("- `report-empty`: "),
        "{}",
        unread.summary
    );
    assert!(unread.summary.contains("| ❓ unknown | `no-secret` "));
    assert!(unread.messages()[0].starts_with("krgate: `report-empty`: "));
    let job = Job::failing();
    let text = policy(SECRETS, &[NO_SECRET]).replace("on_miss", "on_mis");
    job.place.file("krgate.yaml", text);
    let mut by_hand = job.place.command(&["check", "--annotations", "none"]);
    by_hand.env("GITHUB_WORKSPACE", job.place.path(""));
    let by_hand = job.end(&mut by_hand);
    let properties = &by_hand.log.kept[0].properties;
    assert_eq!(properties["file"], "krgate.yaml");
    assert_eq!(properties["line"], "9", "the line of `on_mis`");
    // The text of a commit need not be that of the file.
    let refused = job.step(&[]);
    assert_eq!(refused.ended.code, 2);
    assert_eq!(refused.log.kept[0].properties.get("file"), None);
    assert!(
        refused
            .summary
            .starts_with("## krgate: the request is wrong\n")
    );
    assert!(
        refused.summary.contains("error[unknown-key]"),
        "{}",
        refused.summary
    );
    assert!(refused.messages()[0].starts_with("krgate: `unknown-key`: "));
    assert_eq!(refused.log.kept.len(), 1);
    assert!(
        refused
            .log
            .lines
            .iter()
            .any(|line| line.contains("nothing was evaluated (exit 2)"))
    );
}

#[test]
fn github_g112_the_log_begins_with_what_the_run_goes_by() {
    let job = Job::failing();
    let step = job.step(&["--annotations", "all", "--check-run=false"]);
    let settings: Vec<&String> = step
        .log
        .lines
        .iter()
        .filter(|line| line.starts_with("settings: "))
        .collect();
    let head = git(&job.place, &["rev-parse", "HEAD"]);
    let head = head.trim();
    let [line] = settings[..] else {
        panic!("{settings:?}");
    };
    assert!(
        line.starts_with(&format!(
            "settings: policy `krgate.yaml` of commit {head} (sha256 "
        )),
        "{line}"
    );
    assert!(
        line.ends_with(&format!(
            "); state (`schedule`), head {head}; views: annotations all, summary"
        )),
        "{line}"
    );
    assert_eq!(
        step.log.lines.first(),
        Some(line),
        "nothing comes before it"
    );
    // What could not be judged says what was asked for.
    let refused = job.step(&["--policy", "none.yaml"]);
    assert_eq!(
        refused.log.lines.first().unwrap(),
        &format!(
            "settings: policy `none.yaml`; state (`schedule`), head {head}; views: annotations \
             diff, summary"
        )
    );
    assert!(!job.place.run(&["check"]).stderr.contains("settings"));
}

#[test]
fn github_g113_a_job_that_did_not_succeed_is_missing_evidence() {
    let job = Job::passing();
    let good = r#"{"scan": {"result": "success", "outputs": {}}}"#;
    assert_eq!(
        job.end(job.command(&[]).env("KRGATE_NEEDS", good))
            .ended
            .code,
        0
    );
    let bad = r#"{"scan": {"result": "failure"}, "::error::x": {"result": "skipped"}}"#;
    let step = job.end(job.command(&[]).env("KRGATE_NEEDS", bad));
    assert_eq!(step.ended.code, 3);
    assert_eq!(step.output("status"), "error");
    assert!(step.summary.contains("`scan`"), "{}", step.summary);
    let first = step.messages()[0];
    assert!(
        first
            .starts_with("krgate: `upstream-job-not-successful`: the job `::error::x` was skipped"),
        "{first}"
    );
    let report = std::fs::read_to_string(step.output("report")).unwrap();
    assert!(report.contains("upstream-job-not-successful"));
    let wrong = job.end(job.command(&[]).env("KRGATE_NEEDS", "ghx_not_to_be_echoed"));
    assert_eq!(wrong.ended.code, 2);
    assert!(!wrong.ended.stderr.contains("ghx_not_to_be_echoed"));
    assert!(wrong.ended.stderr.contains("toJSON(needs)"));
}

#[cfg(not(feature = "postgres"))]
#[test]
fn github_g111_a_ledger_that_is_not_built_is_refused() {
    let job = Job::passing();
    let mut command = job.command(&[]);
    command
        .env("KRGATE_RECORD", "true")
        .env("KRGATE_LEDGER", "postgres://db.example/x");
    let step = job.end(&mut command);
    assert_eq!(step.ended.code, 2);
    assert!(
        step.ended.stderr.contains("error[not-built]"),
        "{}",
        step.ended.stderr
    );
    assert_eq!(step.output("status"), "error");
    let step = job.end(job.command(&[]).env("KRGATE_RECORD", "false"));
    assert_eq!(step.ended.code, 0);
}

/// A step that is to publish, with all that the runner says of it.
fn publishing(job: &Job, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = job.command(arguments);
    command
        .env("GITHUB_API_URL", "https://api.github.example")
        .env("GITHUB_REPOSITORY", "acme/shop")
        .env("GITHUB_RUN_ID", "11")
        .env("GITHUB_RUN_ATTEMPT", "1");
    command
}

#[test]
fn github_g002_and_g034_outputs_come_before_the_network_and_again_after_it_failed() {
    let job = Job::failing();
    let asked = job.end(&mut publishing(&job, &["--check-run"]));
    let code = if cfg!(feature = "github") { 4 } else { 2 };
    assert_eq!(asked.ended.code, code, "{}", asked.ended.stderr);
    let text = std::fs::read_to_string(job.place.path("runner/output")).unwrap();
    let codes: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("exit-code="))
        .collect();
    assert_eq!(codes.first(), Some(&"1"));
    assert_eq!(codes.last(), Some(&code.to_string().as_str()));
    assert_eq!(asked.output("blocking"), r#"["no-secret"]"#);
    // The verdict and its report stand as they were (rule G3).
    let report = std::fs::read_to_string(asked.output("report")).unwrap();
    let alone = job.step(&[]);
    assert_eq!(
        report,
        std::fs::read_to_string(alone.output("report")).unwrap()
    );
    let last = *asked.messages().last().unwrap();
    if cfg!(feature = "github") {
        assert!(
            last.starts_with("krgate: `publish-failed`: there is no token for GitHub"),
            "{last}"
        );
    } else {
        assert!(last.contains("without GitHub"), "{last}");
    }
    assert_eq!(asked.log.dropped, 0);
}

#[test]
#[cfg(all(unix, feature = "github"))]
fn github_g102_a_run_that_is_stopped_while_it_publishes_leaves_no_pass_behind() {
    let job = Job::passing();
    git(&job.place, &["add", "*.yaml"]);
    git(&job.place, &["commit", "-qm", "policy"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let head = git(&job.place, &["rev-parse", "HEAD"]);
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_krgate"))
        .args(["check", "--check-run"])
        .current_dir(job.place.path(""))
        .env_clear()
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_EVENT_NAME", "schedule")
        .env("GITHUB_SHA", head.trim())
        .env("GITHUB_REPOSITORY", "acme/shop")
        .env("GITHUB_RUN_ID", "11")
        .env("GITHUB_API_URL", api)
        .env("GITHUB_TOKEN", "made-up-token")
        .env("PATH", search_path())
        .env("GITHUB_OUTPUT", job.place.path("runner/output"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Somebody listens, and never answers.
    let (_connection, _) = listener.accept().unwrap();
    let process = nix::unistd::Pid::from_raw(run.id().try_into().unwrap());
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert!(!run.wait().unwrap().success());
    let text = std::fs::read_to_string(job.place.path("runner/output")).unwrap();
    assert!(
        text.contains("status=pass\n"),
        "the verdict was there before"
    );
    let outputs = outputs(&text).unwrap();
    assert_eq!(outputs["status"], "error");
    assert_eq!(outputs["exit-code"], "4");
}

#[test]
#[cfg(feature = "github")]
fn github_g057_without_a_pull_request_a_comment_is_left_out() {
    let job = Job::failing();
    let step = job.end(&mut publishing(&job, &["--comment"]));
    assert_eq!(step.ended.code, 1, "{}", step.ended.stderr);
    assert!(step.ended.stderr.contains("note[publish-skipped]"));
}

#[test]
fn github_g001_no_view_is_needed_to_enforce() {
    for (job, code) in [(Job::failing(), 1), (Job::passing(), 0)] {
        let mut bare = job.command(&["--annotations", "none"]);
        for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "RUNNER_TEMP"] {
            bare.env_remove(name);
        }
        assert_eq!(job.end(&mut bare).ended.code, code);
        assert_eq!(job.step(&["--annotations", "all"]).ended.code, code);
    }
}

#[test]
fn github_g004_what_is_wrong_wins_over_a_key_result_that_is_missed() {
    let job = Job::failing();
    let both = r#"{"scan": {"result": "failure"}}"#;
    let step = job.end(job.command(&[]).env("KRGATE_NEEDS", both));
    assert_eq!(step.ended.code, 3);
    assert_eq!(step.output("blocking"), r#"["no-secret"]"#);
    let output = ["--output", "json=no/such/folder.json"];
    let step = job.end(job.command(&output).env("KRGATE_NEEDS", both));
    assert_eq!(step.ended.code, 4);
}

#[test]
fn github_g023_and_g029_only_annotations_are_written_and_debug_logging_says_more() {
    let job = Job::failing();
    let usual = job.step(&[]);
    let debugged = job.end(job.command(&[]).env("RUNNER_DEBUG", "1"));
    let asked = job.step(&["--verbose"]);
    assert_eq!(debugged.ended.stderr, asked.ended.stderr);
    assert!(debugged.ended.stderr.len() > usual.ended.stderr.len());
    for step in [&usual, &debugged] {
        // The runner's copy lists every other command that it met.
        assert!(step.log.others.is_empty(), "{:?}", step.log.others);
        for word in [
            "::debug",
            "::group",
            "::set-output",
            "::save-state",
            "::add-mask",
        ] {
            assert!(!step.ended.stderr.contains(word), "{word}");
        }
    }
}

#[test]
fn github_g109_variables_without_a_value_disturb_no_command() {
    let job = Job::failing();
    let names = [
        "KRGATE_POLICY",
        "KRGATE_BASE",
        "KRGATE_ENVIRONMENT",
        "KRGATE_NEEDS",
        "KRGATE_KEV",
        "KRGATE_EPSS",
        "KRGATE_ANNOTATIONS",
        "KRGATE_SUMMARY",
        "KRGATE_COMMENT",
        "KRGATE_COMMENT_AUTHOR",
        "KRGATE_CHECK_RUN",
        "KRGATE_RECORD",
        "KRGATE_INSTANCE",
        "KRGATE_LEDGER",
        "KRGATE_TOKEN",
        "KRGATE_EVENT",
        "KRGATE_REF",
    ];
    for arguments in [
        &["check"][..],
        &["explain", "no-secret"],
        &["policy", "check"],
        &["policy", "show"],
        &["inspect", "reports/g.json"],
    ] {
        let alone = job.place.run(arguments);
        let mut with = job.place.command(arguments);
        for name in names {
            with.env(name, "");
        }
        let with = Ended::of(&with.output().unwrap());
        assert_eq!(with.stdout, alone.stdout, "{arguments:?}: {}", with.stderr);
        assert_eq!(with.code, alone.code, "{arguments:?}");
    }
    // Nor do those of a check: `explain` publishes nothing.
    let mut explain = job.place.command(&["explain", "no-secret"]);
    explain
        .env("KRGATE_COMMENT", "maybe")
        .env("KRGATE_NEEDS", "x");
    assert_eq!(Ended::of(&explain.output().unwrap()).code, 0);
}

#[test]
fn github_g146_colour_goes_by_its_order() {
    let job = Job::failing();
    let is_styled = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = job.command(arguments);
        command.env_remove("NO_COLOR");
        for (name, value) in variables {
            command.env(name, value);
        }
        job.end(&mut command).ended.stderr.contains("\u{1b}[")
    };
    assert!(is_styled(&[], &[]), "Actions renders it");
    assert!(!is_styled(&[], &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")]));
    assert!(is_styled(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!is_styled(&["--color", "never"], &[("FORCE_COLOR", "1")]));
}

#[test]
fn github_g025_files_are_named_from_the_root_of_the_repository() {
    let finding = |line: u32| {
        format!(
            r#"{{"RuleID":"r","Description":"d","StartLine":{line},"EndLine":{line},"StartColumn":1,"EndColumn":2,"Match":"m{line}","Secret":"invented{line}","File":"config.py","SymlinkFile":"","Commit":"","Entropy":5.0,"Author":"","Email":"","Date":"","Message":"","Tags":[],"Fingerprint":"config.py:r:{line}"}}"#
        )
    };
    let job = Job::new(SECRETS, &[]);
    let place = &job.place;
    let report = format!("[{},{}]", finding(2), finding(5));
    place.file("app/reports/g.json", report);
    place.file(".gitignore", "reports\nrunner\n");
    place.file("app/config.py", "1\n2\n3\n");
    git(place, &["add", "."]);
    git(place, &["commit", "-qm", "base"]);
    place.file("app/config.py", "1\n2\n3\n4\n5\n");
    git(place, &["commit", "-qam", "change"]);
    let mut command = place.command(&["check", "--base", "HEAD~1", "--annotations", "diff"]);
    command
        .current_dir(place.path("app"))
        .env("PATH", search_path());
    let ended = Ended::of(&command.output().unwrap());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let log = read(&ended.stderr);
    assert_eq!(log.kept.len(), 2, "{:?}", log.kept);
    assert_eq!(log.kept[0].properties["file"], "app/config.py");
    assert_eq!(log.kept[0].properties["line"], "5");
    assert!(log.kept[1].message.contains("1 finding outside"));
}

/// Runs git in a folder, whatever the machine is set up like.
fn git(place: &Place, arguments: &[&str]) -> String {
    let done = std::process::Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.test"])
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .current_dir(place.path(""))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "git is found where the test run finds it"
)]
fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

#[test]
fn github_g044_findings_on_lines_of_the_change_are_announced() {
    let finding = |line: u32| {
        format!(
            r#"{{"RuleID":"r","Description":"d","StartLine":{line},"EndLine":{line},"StartColumn":1,"EndColumn":2,"Match":"m{line}","Secret":"invented{line}","File":"app/config.py","SymlinkFile":"","Commit":"","Entropy":5.0,"Author":"","Email":"","Date":"","Message":"","Tags":[],"Fingerprint":"app/config.py:r:{line}"}}"#
        )
    };
    let report = format!("[{},{}]", finding(2), finding(5));
    let job = Job::new(SECRETS, &[("g.json", report.as_bytes())]);
    let place = &job.place;
    place.file(".gitignore", "reports\nrunner\n");
    place.file("app/config.py", "1\n2\n3\n");
    git(place, &["add", "."]);
    git(place, &["commit", "-qm", "base"]);
    place.file("app/config.py", "1\n2\n3\n4\n5\n");
    git(place, &["commit", "-qam", "change"]);
    let change = ["check", "--event", "change", "--base", "HEAD~1"];
    let run = |more: &[&str]| {
        let arguments = [&change[..], more].concat();
        let mut command = place.command(&arguments);
        command
            .env("PATH", search_path())
            .env("GITHUB_STEP_SUMMARY", place.path("runner/summary"));
        Ended::of(&command.output().unwrap())
    };
    let ended = run(&["--annotations", "diff"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let log = read(&ended.stderr);
    let lines: Vec<_> = log
        .kept
        .iter()
        .map(|kept| kept.properties.get("line").map(String::as_str))
        .collect();
    assert_eq!(lines, [Some("5"), None], "{:?}", log.kept);
    assert_eq!(
        log.kept[1].message,
        "krgate: 1 finding outside the changed lines: see the job summary"
    );
    let summary = std::fs::read_to_string(place.path("runner/summary")).unwrap();
    assert!(
        summary.contains("On changed lines or at no known place: 1 of those that decide."),
        "{summary}"
    );
    assert!(summary.contains("Policy of base `"), "{summary}");
    let all = run(&["--annotations", "all"]);
    assert_eq!(read(&all.stderr).kept.len(), 2);
}

#[test]
fn github_g109_an_empty_variable_is_not_given() {
    let job = Job::failing();
    let given = job.step(&[]);
    let empty = job.end(
        job.command(&[])
            .env("KRGATE_ANNOTATIONS", "")
            .env("KRGATE_SUMMARY", "")
            .env("KRGATE_REPORT", ""),
    );
    assert_eq!(empty.ended.code, 1);
    assert_eq!(empty.log.kept, given.log.kept);
    assert!(empty.output("report").ends_with("krgate-report-2.json"));
    let none = job.end(job.command(&[]).env("KRGATE_ANNOTATIONS", "none"));
    assert!(none.log.kept.is_empty());
}

#[test]
fn github_g110_booleans_are_spelt_as_in_yaml() {
    let job = Job::failing();
    for (word, is_written) in [
        ("true", true),
        ("True", true),
        ("TRUE", true),
        ("false", false),
        ("False", false),
        ("FALSE", false),
    ] {
        job.place.file("runner/summary", "");
        let step = job.end(job.command(&[]).env("KRGATE_SUMMARY", word));
        assert_eq!(!step.summary.is_empty(), is_written, "{word}");
        assert_eq!(step.ended.code, 1);
    }
    for (name, value) in [
        ("KRGATE_SUMMARY", "yes"),
        ("KRGATE_SUMMARY", "tRUE"),
        ("KRGATE_ANNOTATIONS", "Diff"),
    ] {
        let step = job.end(job.command(&[]).env(name, value));
        assert_eq!(step.ended.code, 2, "{name}={value}");
        assert_eq!(step.output("status"), "error");
        assert_eq!(step.output("exit-code"), "2");
        assert_eq!(step.messages().len(), 1, "{:?}", step.log);
        assert!(
            step.ended.stderr.contains("expected "),
            "{}",
            step.ended.stderr
        );
    }
}

#[test]
fn github_g147_a_closed_pipe_leaves_the_exit_code() {
    let job = Job::failing();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_krgate"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    git(&job.place, &["add", "*.yaml"]);
    git(&job.place, &["commit", "-qm", "policy"]);
    let status = command
        .args(["check", "--format", "json"])
        .current_dir(job.place.path(""))
        .env_clear()
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_EVENT_NAME", "schedule")
        .env("GITHUB_REF", "refs/heads/main")
        .env("GITHUB_SHA", git(&job.place, &["rev-parse", "HEAD"]).trim())
        .env("PATH", search_path())
        .env("GITHUB_OUTPUT", job.place.path("runner/output"))
        .stdout(writer.try_clone().unwrap())
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
    let text = std::fs::read_to_string(job.place.path("runner/output")).unwrap();
    assert_eq!(outputs(&text).unwrap()["status"], "fail");
}

#[test]
fn github_g015_a_fault_says_where_it_is_and_nothing_else() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test runs itself again, told so by a variable"
    )]
    let is_again = std::env::var_os("KRGATE_TEST_FAULT").is_some();
    if is_again {
        krgate::cli::speak_of_faults();
        panic!("::error::ghx_secret\n##[error]ghx_secret");
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("actions::github_g015_a_fault_says_where_it_is_and_nothing_else")
        .env("KRGATE_TEST_FAULT", "1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let line = said
        .lines()
        .find(|line| line.starts_with("krgate "))
        .unwrap();
    assert!(line.contains(env!("CARGO_PKG_VERSION")), "{said}");
    assert!(line.contains(" at tests/cli/actions.rs:"), "{said}");
    assert!(!said.contains("ghx_secret"), "{said}");
    assert_no_command(&said);
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the corpus lies is told by the environment"
)]
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var("KRGATE_CORPUS").ok();
    if folder.is_none() {
        eprintln!("skipped: KRGATE_CORPUS is not set");
    }
    folder.map(|folder| PathBuf::from(folder).join("hostile"))
}

#[test]
fn hostile_h01_to_h40_have_no_effect_on_the_runner() {
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("expected.tsv")).unwrap();
    let mut seen = 0;
    for row in table.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [id, file, _, feed, exit, ..] = columns[..] else {
            panic!("{row}");
        };
        let entry = match feed.strip_prefix("declare=") {
            Some(format) => SECRETS.replace('}', &format!(", format: {format} }}")),
            None => SECRETS.to_owned(),
        };
        let bytes = std::fs::read(corpus.join(file)).unwrap();
        let job = Job::new(&entry, &[("report", &bytes)]);
        let step = job.step(&["--annotations", "all"]);
        assert_eq!(
            step.ended.code.to_string(),
            exit,
            "{id}: {}",
            step.ended.stderr
        );
        assert_eq!(step.ended.stdout, "", "{id}");
        assert!(!step.log.is_deaf, "{id}");
        assert!(step.log.others.is_empty(), "{id}: {:?}", step.log.others);
        assert_eq!(step.log.dropped, 0, "{id}");
        for kept in &step.log.kept {
            let message = &kept.message;
            let is_ours = ["no-secret: ", "krgate: "]
                .iter()
                .any(|own| message.starts_with(own));
            assert!(is_ours, "{id}: {message}");
            let known = ["file", "line", "endline", "col", "endcolumn", "title"];
            let mut keys = kept.properties.keys();
            assert!(
                keys.all(|key| known.contains(&key.as_str())),
                "{id}: {kept:?}"
            );
        }
        assert_no_command(&step.summary);
        assert_eq!(step.outputs.len(), 5, "{id}");
        assert_no_command(&std::fs::read_to_string(step.output("report")).unwrap());
        let again = job.end(
            job.command(&["--annotations", "all"])
                .env_remove("GITHUB_STEP_SUMMARY"),
        );
        assert_eq!(again.ended.code, step.ended.code, "{id}");
        seen += 1;
    }
    assert!(seen >= 40, "{seen}");
}

#[test]
fn output_of_the_demo_in_actions() {
    let job = Job::failing();
    for name in [
        "krgate.yaml",
        "reports/semgrep.sarif",
        "reports/bandit.sarif",
        "reports/zizmor.sarif",
        "reports/detect-secrets.json",
    ] {
        let name = format!("demo/{name}");
        job.place.fixture(&name, &format!("fixtures/{name}"));
    }
    let step = job.step(&["--policy", "fixtures/demo/krgate.yaml"]);
    assert_eq!(step.ended.code, 1);
    insta::assert_snapshot!("actions_log", step.ended.stderr);
    insta::assert_snapshot!("actions_summary", step.summary);
}
