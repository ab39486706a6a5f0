//! The commands that write records and look at them (rules R4, R8, R9, R17 to R19, R32, R34 to
//! R37, Q6, K25), with the built binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const NOW: &str = "2026-11-16T12:00:00Z";

pub(super) const POLICY: &str = r#"version: 1
period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }
reports:
  - { name: secrets, path: "reports/*.json", format: gitleaks, class: secrets }
objectives:
  - id: exposure
    title: Nothing exploitable reaches production
    owner: "@acme/appsec"
    key_results:
      - id: no-secret
        title: No secret
        measure: { count: { class: secrets } }
        target: "<= 0"
        on_miss: block
      - id: trained
        title: Developers are trained
        measure: { check_in: { unit: "%" } }
        start: 35%
        target: ">= 80%"
        on_miss: observe
        roles: { check_in: ["@octo"] }
      - id: certified
        title: Certificates
        measure: { milestones: [{ id: iso, title: ISO }, { id: soc, title: SOC }] }
        target: ">= 100%"
        on_miss: observe
"#;

pub(super) const LEAK: &str = r#"[{"RuleID":"generic-api-key","Description":"x","StartLine":3,"EndLine":3,
"StartColumn":1,"EndColumn":9,"Match":"key = moss-Anvil-31","Secret":"moss-Anvil-31",
"File":"a.py","Commit":"","Entropy":4.0,"Author":"","Email":"","Date":"","Message":"",
"Tags":[],"Fingerprint":"a.py:generic-api-key:3"}]"#;

pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// A repository with a policy and a report without findings.
pub(super) struct Shop(TempDir);

impl Shop {
    pub(super) fn new() -> Self {
        let shop = Self(TempDir::new().unwrap());
        shop.git(&["init", "--quiet", "-b", "main"]);
        shop.git(&["config", "user.name", "octo"]);
        shop.git(&["config", "user.email", "octo@example.org"]);
        shop.git(&[
            "remote",
            "add",
            "origin",
            "https://example.org/acme/shop.git",
        ]);
        shop.file("krgate.yaml", POLICY);
        shop.file("reports/gitleaks.json", "[]");
        shop.git(&["add", "--all"]);
        shop.git(&["commit", "--quiet", "-m", "a commit"]);
        shop
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let output = self.plain("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}");
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test finds programs where it was started"
    )]
    fn plain(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.0.path())
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    pub(super) fn krgate(&self, arguments: &[&str]) -> Command {
        let mut command = self.plain(env!("CARGO_BIN_EXE_krgate"));
        command.env("KRGATE_NOW", NOW).args(arguments);
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        Self::end(&mut self.krgate(arguments))
    }

    pub(super) fn end(command: &mut Command) -> Ended {
        let output = command.output().unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A job of GitHub Actions on a push to a branch.
    pub(super) fn job(&self, branch: &str, arguments: &[&str]) -> Command {
        self.file(
            ".git/event.json",
            r#"{"repository":{"id":4711,"default_branch":"main"}}"#,
        );
        let mut command = self.krgate(arguments);
        command
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", "push")
            .env("GITHUB_EVENT_PATH", self.path(".git/event.json"))
            .env("GITHUB_SERVER_URL", "https://example.org")
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_REPOSITORY_ID", "4711")
            .env("GITHUB_SHA", self.git(&["rev-parse", "HEAD"]))
            .env("GITHUB_REF", format!("refs/heads/{branch}"))
            .env("GITHUB_REF_NAME", branch)
            .env("GITHUB_WORKFLOW", "gate")
            .env("GITHUB_RUN_ID", "17")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_JOB", "check")
            .env("GITHUB_ACTOR", "octo");
        command
    }

    /// The files of the ledger, sorted.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        files(&self.path(".krgate/ledger/records"))
    }

    pub(super) fn records(&self) -> Vec<Value> {
        let read = |file: PathBuf| serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        self.files().into_iter().map(read).collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn record_r17_a_state_by_hand_is_recorded_only_when_it_is_called_one() {
    let shop = Shop::new();
    let ended = shop.run(&["check", "--record"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("record-skipped"), "{}", ended.stderr);
    assert!(!shop.path(".krgate").exists());
    let ended = shop.run(&["check", "--record", "--event", "state"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("recorded: run "), "{}", ended.stderr);
    let [record] = &shop.records()[..] else {
        panic!("one record");
    };
    let head = shop.git(&["rev-parse", "HEAD"]);
    assert_eq!(record["kind"], "run");
    assert_eq!(record["sha"], *head);
    assert_eq!(record["ref"], "refs/heads/main");
    assert_eq!(record["at"], NOW);
    assert_eq!(record["parents"], serde_json::json!([]));
    assert_eq!(record["repo"]["host"], "example.org");
    assert_eq!(record["repo"]["id"], "acme/shop");
    assert_eq!(record["idem"]["workflow"], "local");
    assert_eq!(record["idem"]["run_id"], NOW);
    assert_eq!(record["idem"]["instance"], "krgate.yaml");
    assert_eq!(record["period"], "2026-Q4");
    assert_eq!(record["policy"]["source"], "worktree");
    assert_eq!(
        (&record["verdict"], &record["exit"]),
        (&"passed".into(), &0.into())
    );
    let text = record.to_string();
    assert!(!text.contains("octo"), "no person by hand: {text}");
}

#[test]
fn record_r17_the_record_holds_what_was_judged() {
    let shop = Shop::new();
    shop.file("reports/gitleaks.json", LEAK);
    let ended = shop.run(&["check", "--record", "--event", "state"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let record = &shop.records()[0];
    assert_eq!(
        (&record["verdict"], &record["exit"]),
        (&"failed".into(), &1.into())
    );
    let kr = &record["krs"][0];
    assert_eq!(kr["kr"], "exposure/no-secret");
    assert_eq!(
        (&kr["value"], &kr["unit"]),
        (&"1".into(), &"secrets".into())
    );
    assert_eq!(
        (&kr["verdict"], &kr["enforce"]),
        (&"missed".into(), &"block".into())
    );
    assert_eq!(kr["judged"], "all");
    assert_eq!(kr["def"].as_str().unwrap().len(), 32);
    let unknown = &record["krs"][1];
    assert_eq!(unknown["verdict"], "unknown");
    assert!(unknown.get("value").is_none());
    assert!(unknown["reason"].is_string());
    let report = &record["reports"][0];
    assert_eq!(
        (&report["name"], &report["tool"]),
        (&"secrets".into(), &"gitleaks".into())
    );
    assert_eq!(
        (&report["evidence"], &report["results"]),
        (&"weak".into(), &1.into())
    );
    // Rule R10.
    let text = record.to_string();
    for secret in ["moss-Anvil-31", "octo", "generic-api-key", "a.py"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(
        record.get("timing").is_none(),
        "the clock was given: {text}"
    );
}

#[test]
fn record_r36_the_same_run_again_is_a_duplicate_and_leaves_the_same_bytes() {
    let shop = Shop::new();
    let mut job = shop.job("main", &["check", "--record"]);
    shop.file(".git/outputs", "");
    let first = Shop::end(job.env("GITHUB_OUTPUT", shop.path(".git/outputs")));
    assert_eq!(first.code, 0, "{}", first.stderr);
    let outputs = fs::read_to_string(shop.path(".git/outputs")).unwrap();
    let id = shop.records()[0]["id"].as_str().unwrap().to_owned();
    assert!(outputs.contains(&format!("record={id}\n")), "{outputs}");
    let before = fs::read(&shop.files()[0]).unwrap();
    let mut again = shop.job("main", &["check", "--record"]);
    let again = Shop::end(again.env("KRGATE_NOW", "2026-11-16T12:00:41Z"));
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("recorded already: run "),
        "{}",
        again.stderr
    );
    assert_eq!(shop.files().len(), 1);
    assert_eq!(fs::read(&shop.files()[0]).unwrap(), before);
}

#[test]
fn record_r08_r45_a_rerun_is_a_record_of_its_own_under_the_hosts_number() {
    let shop = Shop::new();
    for attempt in ["1", "2"] {
        let mut job = shop.job("main", &["check", "--record"]);
        let ended = Shop::end(job.env("GITHUB_RUN_ATTEMPT", attempt));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    let records = shop.records();
    assert_eq!(records.len(), 2);
    let mut attempts: Vec<i64> = records
        .iter()
        .map(|record| record["idem"]["attempt"].as_i64().unwrap())
        .collect();
    attempts.sort_unstable();
    assert_eq!(attempts, [1, 2]);
    assert_eq!(records[0]["idem"]["repo"], "example.org/4711");
    assert_eq!(records[0]["actor"], "octo");
    assert_eq!(records[0]["trigger"], "push");
    assert_eq!(records[0]["policy"]["source"], "ref");
    // By hand the repository of this host and name is the same.
    let ended = shop.run(&["event", "drill"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let event = shop
        .records()
        .into_iter()
        .find(|record| record["kind"] == "event");
    assert_eq!(event.unwrap()["repo"]["id"], "4711");
}

#[test]
fn record_r09_two_gates_of_one_name_collide_loudly() {
    let shop = Shop::new();
    let record = |instance: &str| {
        let mut job = shop.job("main", &["check", "--record"]);
        Shop::end(job.env("KRGATE_INSTANCE", instance))
    };
    assert_eq!(record("").code, 0);
    assert_eq!(record("1").code, 0);
    assert_eq!(shop.records().len(), 2);
    shop.file("reports/gitleaks.json", LEAK);
    let ended = record("1");
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    for words in [
        "record-conflict",
        "--instance",
        ".krgate/spool/",
        "krgate records push",
    ] {
        assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    }
    assert_eq!(shop.records().len(), 2);
    assert_eq!(files(&shop.path(".krgate/spool")).len(), 1);
    // Pushing it meets the same conflict, and it stays.
    let ended = shop.run(&["records", "push"]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(ended.stdout.starts_with("kept: "), "{}", ended.stdout);
    assert_eq!(files(&shop.path(".krgate/spool")).len(), 1);
}

#[test]
fn record_r17_a_branch_that_nobody_names_is_not_recorded() {
    let shop = Shop::new();
    let ended = Shop::end(&mut shop.job("topic", &["check", "--record"]));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("record-skipped"), "{}", ended.stderr);
    assert!(!shop.path(".krgate").exists());
    // A scope's `refs` name it, a tag, or a schedule.
    let scoped = POLICY.replace(
        "objectives:",
        "scopes: { rel: { refs: [\"release/*\"] } }\nobjectives:",
    );
    let scoped = scoped.replace(
        "{ class: secrets } }\n        target",
        "{ class: secrets, scope: rel } }\n        target",
    );
    shop.file("krgate.yaml", scoped);
    shop.git(&["commit", "--quiet", "-a", "-m", "scope"]);
    let ended = Shop::end(&mut shop.job("release/1", &["check", "--record"]));
    assert_eq!((ended.code, shop.files().len()), (0, 1), "{}", ended.stderr);
    let mut tag = shop.job("v1", &["check", "--record"]);
    tag.env("GITHUB_REF", "refs/tags/v1")
        .env("GITHUB_RUN_ID", "18");
    let ended = Shop::end(&mut tag);
    assert_eq!((ended.code, shop.files().len()), (0, 2), "{}", ended.stderr);
    let mut nightly = shop.job("topic", &["check", "--record"]);
    nightly
        .env("GITHUB_EVENT_NAME", "schedule")
        .env("GITHUB_RUN_ID", "19");
    let ended = Shop::end(&mut nightly);
    assert_eq!((ended.code, shop.files().len()), (0, 3), "{}", ended.stderr);
}

/// A pull request onto main whose head is of some repository.
pub(super) fn pull_request(shop: &Shop, head_repository: &str, arguments: &[&str]) -> Command {
    let base = shop.git(&["rev-parse", "main"]);
    shop.git(&["checkout", "--quiet", "-B", "topic"]);
    shop.git(&["commit", "--quiet", "--allow-empty", "-m", "change"]);
    let head = shop.git(&["rev-parse", "HEAD"]);
    let mut command = shop.job("topic", arguments);
    let event = format!(
        r#"{{"pull_request":{{"number":7,"head":{{"sha":"{head}","ref":"topic","repo":{head_repository}}},
        "base":{{"sha":"{base}","ref":"main","repo":{{"id":4711}}}}}},
        "repository":{{"id":4711,"default_branch":"main"}}}}"#
    );
    shop.file(".git/event.json", event);
    command
        .env("GITHUB_EVENT_NAME", "pull_request")
        .env("GITHUB_REF", "refs/pull/7/merge")
        .env("GITHUB_REF_NAME", "7/merge")
        .env("GITHUB_SHA", head);
    command
}

#[test]
fn github_g106_a_change_is_recorded_only_where_the_base_says_so() {
    let shop = Shop::new();
    let ended = Shop::end(&mut pull_request(
        &shop,
        r#"{"id":4711}"#,
        &["check", "--record"],
    ));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("record: { changes: true }"),
        "{}",
        ended.stderr
    );
    assert!(!shop.path(".krgate").exists());
    let shop = Shop::new();
    shop.file(
        "krgate.yaml",
        [POLICY, "record: { changes: true }\n"].concat(),
    );
    shop.git(&["commit", "--quiet", "-a", "-m", "record changes"]);
    let ended = Shop::end(&mut pull_request(
        &shop,
        r#"{"id":4711}"#,
        &["check", "--record"],
    ));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let record = &shop.records()[0];
    assert_eq!(record["policy"]["source"], "base");
    assert_eq!(record["krs"][0]["judged"], "introduced");
}

#[test]
fn record_r18_forks_never_record() {
    for head in ["null", r#"{"id":9}"#] {
        let shop = Shop::new();
        shop.file(
            "krgate.yaml",
            [POLICY, "record: { changes: true }\n"].concat(),
        );
        shop.git(&["commit", "--quiet", "-a", "-m", "record changes"]);
        let ended = Shop::end(&mut pull_request(&shop, head, &["check", "--record"]));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let lines = ended
            .stderr
            .lines()
            .filter(|line| line.contains("record-skipped"));
        assert_eq!(lines.count(), 1, "{}", ended.stderr);
        assert!(!shop.path(".krgate").exists());
        let ended = Shop::end(&mut pull_request(
            &shop,
            head,
            &["checkin", "trained", "62%"],
        ));
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(!shop.path(".krgate").exists());
    }
}

#[test]
fn record_r19_r35_what_cannot_be_stored_waits_and_the_exit_is_4() {
    let shop = Shop::new();
    shop.file("reports/gitleaks.json", LEAK);
    shop.file("ledger", "a file in the way");
    let arguments = [
        "check",
        "--record",
        "--event",
        "state",
        "--ledger",
        "dir:ledger",
    ];
    let ended = shop.run(&arguments);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    // The verdict is told all the same.
    assert!(ended.stdout.contains("MISS"), "{}", ended.stdout);
    let waiting = files(&shop.path(".krgate/spool"));
    let [waits] = &waiting[..] else {
        panic!("{waiting:?}");
    };
    let path = waits.strip_prefix(shop.0.path()).unwrap().to_str().unwrap();
    assert!(ended.stderr.contains(path), "{}", ended.stderr);
    let record: Value = serde_json::from_slice(&fs::read(waits).unwrap()).unwrap();
    assert_eq!(
        (&record["verdict"], &record["exit"]),
        (&"failed".into(), &1.into())
    );

    let bytes = fs::read(waits).unwrap();
    fs::remove_file(shop.path("ledger")).unwrap();
    let pushed = shop.run(&["records", "push", "--ledger", "dir:ledger"]);
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    assert_eq!(pushed.stdout, format!("stored: {path}\n"));
    let stored = files(&shop.path("ledger/records"));
    assert_eq!(fs::read(&stored[0]).unwrap(), bytes);
    assert!(files(&shop.path(".krgate/spool")).is_empty());
    let again = shop.run(&["records", "push", "--ledger", "dir:ledger"]);
    assert_eq!(again.stdout, "nothing waits in .krgate/spool\n");
}

#[test]
fn record_r19_stores_that_are_not_built_are_refused_before_anything_is_recorded() {
    let shop = Shop::new();
    for (place, word) in [
        ("git:origin?inbox=tags", "usage"),
        ("git:--upload-pack=x", "usage"),
        #[cfg(not(feature = "postgres"))]
        ("postgres://db.example/x", "not-built"),
        ("s3://x", "usage"),
    ] {
        let ended = shop.run(&["check", "--record", "--event", "state", "--ledger", place]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
    assert!(!shop.path(".krgate").exists());
    // The doctor says so too (rule R30), and asks nothing of a folder.
    if cfg!(not(feature = "postgres")) {
        let asked = shop.run(&["doctor", "--ledger", "postgres://db.example/x"]);
        assert_eq!(asked.code, 2, "{}", asked.stderr);
        assert!(asked.stderr.contains("not-built"), "{}", asked.stderr);
    }
    let asked = shop.run(&["doctor", "--ledger"]);
    assert_eq!(asked.code, 1, "{}", asked.stderr);
    let place = "asked the ledger dir:.krgate/ledger\n";
    assert!(asked.stdout.contains(place), "{}", asked.stdout);
    assert!(!shop.path(".krgate").exists());
}

#[test]
fn record_r20_the_policy_names_the_ledger() {
    let shop = Shop::new();
    shop.file("krgate.yaml", [POLICY, "ledger: dir:kept/here\n"].concat());
    let ended = shop.run(&["check", "--record", "--event", "state"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(files(&shop.path("kept/here/records")).len(), 1);
    let listed = shop.run(&["records", "list"]);
    assert_eq!(listed.stdout.lines().count(), 1, "{}", listed.stderr);
    assert!(listed.stdout.contains("run       "), "{}", listed.stdout);
    assert!(
        listed.stdout.contains("passed refs/heads/main"),
        "{}",
        listed.stdout
    );
}

#[cfg(unix)]
#[test]
fn record_r20_a_ledger_behind_a_link_out_of_the_folder_is_refused() {
    let shop = Shop::new();
    let outside = TempDir::new().unwrap();
    std::os::unix::fs::symlink(outside.path(), shop.path("kept")).unwrap();
    let ended = shop.run(&[
        "check",
        "--record",
        "--event",
        "state",
        "--ledger",
        "dir:kept/here",
    ]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn record_r32_an_absent_ledger_is_said_in_words() {
    let shop = Shop::new();
    let ended = shop.run(&["records", "list"]);
    assert_eq!((ended.code, &*ended.stdout), (0, ""));
    assert!(ended.stderr.contains("ledger-empty"), "{}", ended.stderr);
    let json = shop.run(&["records", "list", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["exists"], false);
    assert_eq!(json["diagnostics"][0]["code"], "ledger-empty");
    let ready = shop.run(&["records", "init"]);
    assert_eq!(
        (ready.code, &*ready.stdout),
        (0, "ready: dir:.krgate/ledger\n")
    );
    let ended = shop.run(&["records", "list"]);
    assert_eq!((ended.code, &*ended.stdout, &*ended.stderr), (0, "", ""));
    let ended = shop.run(&["records", "compact"]);
    assert_eq!((ended.code, &*ended.stdout), (0, "sealed: 0 records\n"));
}

#[test]
fn record_r34_damage_is_named_everywhere_until_it_is_set_aside() {
    let shop = Shop::new();
    assert_eq!(shop.run(&["event", "drill"]).code, 0);
    assert_eq!(shop.run(&["event", "pentest", "--found", "3"]).code, 0);
    assert_eq!(
        shop.run(&["records", "verify"]).stdout,
        "whole: 2 records and 0 checkpoints (exit 0)\n"
    );
    let first = shop.files().remove(0);
    let whole = fs::read(&first).unwrap();
    fs::write(&first, &whole[..100]).unwrap();
    let verified = shop.run(&["records", "verify", "--format", "json"]);
    assert_eq!(verified.code, 4);
    let json: Value = serde_json::from_str(&verified.stdout).unwrap();
    assert_eq!(json["whole"], false);
    assert!(
        json["diagnostics"].to_string().contains("record-damaged"),
        "{json}"
    );
    let listed = shop.run(&["records", "list"]);
    assert_eq!(listed.code, 4, "{}", listed.stderr);
    assert_eq!(listed.stdout.lines().count(), 1);
    assert!(
        listed.stderr.contains("record-damaged"),
        "{}",
        listed.stderr
    );
    let name = first.file_name().unwrap().to_str().unwrap();
    assert!(listed.stderr.contains(name), "{}", listed.stderr);
    // A check names it too, and records on.
    let ended = shop.run(&["check", "--record", "--event", "state"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("record-damaged"), "{}", ended.stderr);

    let at = listed.stderr.find("sha256:").unwrap();
    let digest = &listed.stderr[at..at + 71];
    let no_reason = shop.run(&["records", "quarantine", digest]);
    assert_eq!(no_reason.code, 2);
    let other = format!("sha256:{}", "0".repeat(64));
    let ended = shop.run(&["records", "quarantine", &other, "--reason", "x"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let ended = shop.run(&[
        "records",
        "quarantine",
        digest,
        "--reason",
        "the disk was full",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // The pentest's parent was the drill: it is excused, being known by its name.
    let listed = shop.run(&["records", "list"]);
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    assert!(
        listed.stderr.contains("record-quarantined"),
        "{}",
        listed.stderr
    );
    assert!(
        listed.stdout.contains("the disk was full"),
        "{}",
        listed.stdout
    );
    let ended = shop.run(&["records", "quarantine", digest, "--reason", "again"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}

#[test]
fn record_r07_show_and_export_give_what_is_stored() {
    let shop = Shop::new();
    assert_eq!(
        shop.run(&["event", "drill", "--note", "a ##vso[x] b"]).code,
        0
    );
    let record = &shop.records()[0];
    let id = record["id"].as_str().unwrap();
    let shown = shop.run(&["records", "show", &id[..8]]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert_eq!(
        serde_json::from_str::<Value>(&shown.stdout).unwrap(),
        *record
    );
    assert!(!shown.stdout.contains("##vso["), "{}", shown.stdout);
    let exported = shop.run(&["records", "export"]);
    assert_eq!(
        serde_json::from_str::<Value>(&exported.stdout).unwrap(),
        *record
    );
    let ended = shop.run(&["records", "export", "--output", "all.jsonl"]);
    assert_eq!(ended.code, 0);
    assert_eq!(
        fs::read_to_string(shop.path("all.jsonl")).unwrap(),
        exported.stdout
    );
    for bad in ["e7", "ffffffff"] {
        assert_eq!(shop.run(&["records", "show", bad]).code, 2);
    }
}

#[test]
fn key_result_q06_a_check_in_is_recorded_as_a_claim() {
    let shop = Shop::new();
    let ended = shop.run(&[
        "checkin",
        "exposure/trained",
        "62%",
        "--as-of",
        "2026-11-15",
        "--note",
        "second course",
        "--evidence",
        "https://example.org/lms/2",
        "--confidence",
        "amber",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.starts_with("recorded: checkin "),
        "{}",
        ended.stdout
    );
    let record = &shop.records()[0];
    assert_eq!(record["idem"]["kr"], "exposure/trained");
    assert_eq!(record["idem"]["who"], "octo");
    let kr = &record["krs"][0];
    assert_eq!((&kr["value"], &kr["unit"]), (&"62".into(), &"%".into()));
    assert_eq!((&kr["num"], &kr["den"]), (&31.into(), &50.into()));
    assert_eq!(kr["def"].as_str().unwrap().len(), 32);
    let claim = &record["claim"];
    assert_eq!(
        (&claim["as_of"], &claim["who"]),
        (&"2026-11-15".into(), &"octo".into())
    );
    assert_eq!(
        (&claim["confidence"], &claim["note"]),
        (&"0.5".into(), &"second course".into())
    );
    assert_eq!(claim["evidence"][0], "https://example.org/lms/2");
    assert_eq!(record["period"], "2026-Q4");
    // Steps.
    let steps = [
        "checkin",
        "certified",
        "--done",
        "iso",
        "--evidence",
        "https://example.org/iso",
    ];
    let ended = shop.run(&steps);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let records = shop.records();
    let record = records
        .iter()
        .find(|r| r["idem"]["kr"] == "exposure/certified")
        .unwrap();
    assert_eq!(record["claim"]["done"][0], "iso");
    assert!(record["krs"][0].get("value").is_none());
    // The same again is there already; another figure of that day is a conflict.
    let again = shop.run(&steps);
    assert!(
        again.stdout.starts_with("recorded already: "),
        "{}",
        again.stdout
    );
    let other = shop.run(&["checkin", "trained", "63%", "--as-of", "2026-11-15"]);
    assert_eq!(other.code, 4, "{}", other.stderr);
    assert!(other.stderr.contains("record-conflict"), "{}", other.stderr);
}

#[test]
fn key_result_q06_and_k25_what_is_not_allowed_writes_nothing() {
    let shop = Shop::new();
    for arguments in [
        &["checkin", "trained"][..],
        &["checkin", "trained", "62"],
        &["checkin", "trained", "2d"],
        &["checkin", "trained", "62%", "--done", "iso"],
        &["checkin", "trained", "62%", "--as-of", "2026-11-17"],
        &["checkin", "trained", "62%", "--as-of", "yesterday"],
        &["checkin", "trained", "62%", "--confidence", "2"],
        &["checkin", "trained", "62%", "--evidence", "ftp://x"],
        &[
            "checkin",
            "trained",
            "62%",
            "--evidence",
            "https://user:pass@example.org/",
        ],
        &["checkin", "trained", "62%", "--note", " "],
        &["checkin", "certified", "50%"],
        &["checkin", "certified", "--done", "iso"],
        &[
            "checkin",
            "certified",
            "--done",
            "pci",
            "--evidence",
            "https://example.org/",
        ],
        &["checkin", "no-secret", "0"],
        &["checkin", "nobody", "0"],
        &["checkin", "other/trained", "62%"],
        &["event", "Drill Two"],
        &["event", "report.weekly"],
        &["event", "pentest", "--found", "0"],
        &["event", "drill", "--as-of", "2026-11-17"],
    ] {
        let ended = shop.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(!shop.path(".krgate").exists(), "{arguments:?}");
    }
    // Somebody else, and nobody.
    shop.git(&["config", "user.name", "hubot"]);
    let ended = shop.run(&["checkin", "trained", "62%"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("roles.check_in"), "{}", ended.stderr);
    let ended = shop.run(&[
        "checkin",
        "certified",
        "--done",
        "iso",
        "--evidence",
        "https://example.org/",
    ]);
    assert_eq!(ended.code, 0, "without a list anyone may: {}", ended.stderr);
    shop.git(&["config", "--unset", "user.name"]);
    let ended = shop.run(&["event", "drill"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("git config user.name"),
        "{}",
        ended.stderr
    );
}

#[test]
fn record_r02_an_event_says_what_was_found_and_where() {
    let shop = Shop::new();
    let ended = shop.run(&[
        "event",
        "pentest",
        "--as-of",
        "2026-11-10",
        "--found",
        "0",
        "--scope",
        "the payment service",
        "--evidence",
        "https://example.org/pentest",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let record = &shop.records()[0];
    assert_eq!(record["kind"], "event");
    assert_eq!(record["idem"]["name"], "pentest");
    assert_eq!(record["claim"]["found"], 0);
    assert_eq!(record["claim"]["scope"], "the payment service");
    assert_eq!(record["sha"], *shop.git(&["rev-parse", "HEAD"]));
}

#[test]
fn record_r05_two_events_of_one_day_are_two_and_one_that_is_told_twice_is_one() {
    let shop = Shop::new();
    let told = |now: &str, more: &[&str]| {
        let mut command = shop.krgate(&[&["event", "deployment"], more].concat());
        let ended = Shop::end(command.env("KRGATE_NOW", now));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let is_new = ended.stdout.starts_with("recorded: event ");
        let hint = "--as-of 2026-12-31T14:30";
        assert_eq!(ended.stderr.contains(hint), !is_new, "{}", ended.stderr);
        (
            is_new,
            ended.stdout.trim().rsplit(' ').next().unwrap().to_owned(),
        )
    };
    let (morning, evening) = ("2026-11-16T09:00:00Z", "2026-11-16T18:00:00Z");
    let first = told(morning, &[]);
    assert!(first.0);
    // A job that is tried again tells the same, whenever.
    assert_eq!(told(evening, &[]), (false, first.1));
    assert_eq!(shop.files().len(), 1);
    // What says anything else is another event: its time, what was found, where, by what.
    for more in [
        &["--as-of", "2026-11-16T08:30"][..],
        &["--as-of", "2026-11-16T09:30:00+01:00", "--note", "again"],
        &["--as-of", "2026-11-16T08:30:01Z"],
        &["--scope", "shop"],
        &["--found", "1"],
        &["--note", "a second one"],
        &["--evidence", "https://example.org/deployments/2"],
        &["--as-of", "2026-11-15"],
    ] {
        assert!(told(evening, more).0, "{more:?}");
        assert!(!told(evening, more).0, "{more:?}");
    }
    // One moment is one event, however it is written.
    assert!(!told(evening, &["--as-of", "2026-11-16T09:30+01:00"]).0);
    // Another commit that was deployed is another deployment.
    shop.git(&["commit", "--quiet", "--allow-empty", "-m", "later"]);
    assert!(told(evening, &[]).0);
    let listed = shop.run(&["records", "list"]);
    assert_eq!(listed.stdout.lines().count(), 10);
    let time = "deployment 2026-11-16T08:30:00Z";
    assert!(listed.stdout.contains(time), "{}", listed.stdout);
    assert_eq!(shop.run(&["records", "verify"]).code, 0);
    // A time to come is none, and nothing but a day or a time is one.
    for bad in [
        "2026-11-16T12:00:01Z",
        "2026-11-16T12:01",
        "2026-11-17",
        "today",
        "2026-11",
    ] {
        let ended = shop.run(&["event", "deployment", "--as-of", bad]);
        assert_eq!(ended.code, 2, "{bad}: {}", ended.stderr);
    }
    assert_eq!(shop.files().len(), 10);
}

#[test]
fn key_result_f18_k09_m25_each_event_of_a_day_counts_by_the_clocks_of_the_policy() {
    let shop = Shop::new();
    let zone = "end: 2027-01-01, time_zone: Europe/Berlin }\nledger: dir:.krgate/ledger";
    let demand = r#"measure: { events: { name: drill, per: week, at_least: 2 } }
        target: ">= 100%""#;
    let policy = POLICY.replace("end: 2027-01-01 }", zone);
    let policy = policy.replace(
        "measure: { milestones: [{ id: iso, title: ISO }, { id: soc, title: SOC }] }\n        \
         target: \">= 100%\"",
        demand,
    );
    let policy = policy.replace("2026-10-01", "2026-11-02");
    assert!(policy.contains("at_least: 2") && policy.contains("Berlin"));
    shop.file("krgate.yaml", policy);
    let figure = || {
        let ended = shop.run(&["check", "--event", "state", "--format", "json"]);
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        let rows = document["objectives"][0]["key_results"].as_array().unwrap();
        rows[2]["value"].clone()
    };
    let say = |more: &[&str]| {
        let ended = shop.run(&[&["event", "drill"], more].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    };
    // Two weeks are over.
    say(&["--as-of", "2026-11-02"]);
    say(&["--as-of", "2026-11-02"]);
    assert_eq!(figure(), "0", "one event in the first");
    // Half past midnight on Monday there is Sunday evening in UTC.
    say(&["--as-of", "2026-11-02T00:30"]);
    assert_eq!(figure(), "0.5");
    let record = shop
        .records()
        .into_iter()
        .find(|r| r["claim"].get("moment").is_some());
    let claim = &record.unwrap()["claim"];
    assert_eq!(
        (claim["as_of"].as_str(), claim["moment"].as_str()),
        (Some("2026-11-02"), Some("2026-11-01T23:30:00Z"))
    );
}

#[test]
fn record_r14_each_record_names_the_heads_before_it() {
    let shop = Shop::new();
    for name in ["one", "two", "three"] {
        assert_eq!(shop.run(&["event", name]).code, 0);
    }
    let records = shop.records();
    let of = |name: &str| records.iter().find(|r| r["idem"]["name"] == name).unwrap();
    assert_eq!(of("one")["parents"], serde_json::json!([]));
    assert_eq!(of("two")["parents"], serde_json::json!([of("one")["id"]]));
    assert_eq!(of("three")["parents"], serde_json::json!([of("two")["id"]]));
    assert_eq!(shop.run(&["records", "verify"]).code, 0);
}

#[test]
fn record_r13_a_clock_that_goes_back_breaks_nothing() {
    let shop = Shop::new();
    for (name, now) in [
        ("one", "2026-11-16T12:00:00Z"),
        ("two", "2026-11-16T11:00:00Z"),
        ("three", "2026-11-16T12:00:00Z"),
    ] {
        let mut command = shop.krgate(&["event", name]);
        let ended = Shop::end(command.env("KRGATE_NOW", now));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    let listed = shop.run(&["records", "list"]);
    let first = listed.stdout.lines().next().unwrap();
    assert!(first.contains("two"), "{}", listed.stdout);
    assert_eq!(shop.run(&["records", "verify"]).code, 0);
    // A clock that is two days behind takes the rest for damaged, and says so.
    let mut command = shop.krgate(&["records", "list"]);
    let ended = Shop::end(command.env("KRGATE_NOW", "2026-11-14T00:00:00Z"));
    assert_eq!((ended.code, &*ended.stdout), (4, ""));
    assert!(
        ended.stderr.contains("ahead of the clock"),
        "{}",
        ended.stderr
    );
}

/// Writers are killed at any point of their work: no reader ever sees a damaged record, and
/// what was not stored can be stored by the next attempt.
#[test]
fn record_r21_r36_r37_killed_at_any_point_leaves_nothing_or_a_whole_record() {
    let shop = Shop::new();
    let started = std::time::Instant::now();
    let ended = shop.run(&["event", "first"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let usual = started.elapsed();
    let mut stored = 0;
    for n in 0..300_u32 {
        let name = format!("e{n}");
        let mut command = shop.krgate(&["event", &name]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over the whole run, and a little over its end.
        std::thread::sleep(usual * (n * 37 % 300) / 250);
        child.kill().unwrap();
        child.wait().unwrap();
        if n % 50 == 49 {
            let verified = shop.run(&["records", "verify"]);
            assert_eq!(verified.code, 0, "{}", verified.stderr);
        }
    }
    for file in shop.files() {
        let name = file.file_name().unwrap().to_str().unwrap();
        if name.strip_suffix(".json").is_some() {
            stored += 1;
        } else {
            assert!(
                name.starts_with(".krgate-") && name.strip_suffix(".tmp").is_some(),
                "{name}"
            );
        }
    }
    println!("{stored} of 301 were stored before they were killed");
    assert!(
        stored > 1 && stored < 301,
        "{stored}: the kills met no write"
    );
    for n in 0..300_u32 {
        if n % 60 == 0 {
            let ended = shop.run(&["event", &format!("e{n}")]);
            assert_eq!(ended.code, 0, "{}", ended.stderr);
        }
    }
    assert_eq!(shop.run(&["records", "verify"]).code, 0);
}
