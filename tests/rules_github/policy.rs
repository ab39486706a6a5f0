//! The policy of a change is that of its base, as the binary judges it (rules G122 to G130).

use std::process::Output;

use serde_json::Value;

use super::support::{PullRequest, Repository, actions, payload, search_path};

const GITLEAKS: &str = r#"[{"RuleID": "example-rule", "StartLine": 3, "EndLine": 3,
    "Match": "REDACTED", "Secret": "REDACTED", "File": "src/app.py", "Commit": "",
    "Fingerprint": "src/app.py:example-rule:3"}]"#;

/// A policy with a key result of each of these ids and targets.
fn policy(key_results: &[(&str, &str)]) -> String {
    let list: Vec<String> = key_results
        .iter()
        .map(|(id, target)| {
            format!(
                "      - {{ id: {id}, title: No secret, measure: {{ count: {{ class: secrets }} }}, \
                 target: \"{target}\", on_miss: block }}\n"
            )
        })
        .collect();
    let list = list.concat();
    format!(
        "version: 1\nreports:\n  - {{ name: secrets, path: \"reports/*\", class: secrets, format: \
         gitleaks }}\nobjectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    \
         key_results:\n{list}"
    )
}

fn strict() -> String {
    policy(&[("no-secret", "<= 0")])
}

fn lax() -> String {
    policy(&[("no-secret", "<= 99")])
}

/// A pull request from one policy to another; `None` is no policy.
fn pull(base: Option<&str>, change: Option<&str>) -> PullRequest {
    let write = |host: &Repository, text: Option<&str>| match text {
        Some(text) => {
            host.file("krgate.yaml", text);
        }
        None => drop(std::fs::remove_file(host.path().join("krgate.yaml"))),
    };
    PullRequest::new(
        |host| write(host, base),
        |host| {
            host.file("src/app.py", "1\n2\n3\n");
            write(host, change);
        },
    )
}

/// How a run ended.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// The evaluation, which is as its schema says.
    fn json(&self) -> Value {
        let document = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}\n{}\n{}", self.stdout, self.stderr));
        let schema = include_str!("../../schemas/evaluation.schema.json");
        let schema = serde_json::from_str(schema).unwrap();
        jsonschema::validate(&schema, &document).unwrap();
        document
    }
}

fn krgate(at: &Repository, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    at.file("reports/gitleaks.json", GITLEAKS);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_krgate"));
    let output: Output = command
        .current_dir(at.path())
        .env_clear()
        .env("PATH", search_path())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("KRGATE_NOW", "2026-11-16T00:00:00Z")
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .args(arguments)
        .output()
        .unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The gate on a pull request, as a job of GitHub Actions runs it.
fn in_actions(pull: &PullRequest, depth: u32, arguments: &[&str]) -> Ended {
    let clone = pull.checkout(&pull.merge, depth);
    clone.file("event.json", pull.payload());
    let event = clone.path().join("event.json");
    let mut variables = actions(pull.merge.as_str());
    variables.push(("GITHUB_EVENT_PATH", event.to_str().unwrap()));
    krgate(&clone, &variables, arguments)
}

const JSON: [&str; 3] = ["check", "--format", "json"];

/// Codes of the diagnostics of an evaluation.
fn codes(document: &Value) -> Vec<&str> {
    let list = document["diagnostics"].as_array().unwrap();
    list.iter().map(|d| d["code"].as_str().unwrap()).collect()
}

#[test]
fn github_g122_a_pull_request_that_loosens_the_policy_is_still_blocked() {
    let pull = pull(Some(&strict()), Some(&lax()));
    for depth in [1, 2, 0] {
        let ended = in_actions(&pull, depth, &JSON);
        assert_eq!(ended.code, 1, "depth {depth}: {}", ended.stderr);
        let document = ended.json();
        assert_eq!(document["event"], "change");
        assert_eq!(document["ref"], "main");
        assert_eq!(document["enforced"], true);
        assert_eq!(document["policy"]["read_from"], "base");
        assert_eq!(document["policy"]["commit"], pull.base.as_str());
        let key_result = &document["objectives"][0]["key_results"][0];
        assert_eq!(key_result["shown"]["target"], "<= 0");
        let proposed = &document["proposed_policy"];
        assert_eq!(proposed["verdict"], "passed");
        assert_eq!(proposed["exit"], 0);
        assert_eq!(
            proposed["differences"],
            serde_json::json!([{
                "kind": "key_result",
                "name": "no-secret",
                "shift": "weakened",
                "ways": ["target loosened: <= 0, now <= 99"],
            }])
        );
        assert_eq!(proposed["key_results"][0]["verdict"], "met");
    }
}

#[test]
fn github_g122_the_work_tree_is_never_read_on_a_change() {
    let pull = pull(Some(&strict()), Some(&strict()));
    let clone = pull.checkout(&pull.merge, 2);
    clone
        .file("event.json", pull.payload())
        .file("krgate.yaml", lax())
        .file(".github/krgate.yaml", lax());
    let event = clone.path().join("event.json");
    let mut variables = actions(pull.merge.as_str());
    variables.push(("GITHUB_EVENT_PATH", event.to_str().unwrap()));
    let ended = krgate(&clone, &variables, &JSON);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(ended.json()["proposed_policy"], Value::Null);
    // Nor where the policy is named, by whatever path.
    for path in ["krgate.yaml", "./reports/../krgate.yaml"] {
        let arguments = [&JSON[..], &["--policy", path]].concat();
        assert_eq!(krgate(&clone, &variables, &arguments).code, 1, "{path}");
    }
    let full = clone.path().join("krgate.yaml");
    let arguments = [&JSON[..], &["--policy", full.to_str().unwrap()]].concat();
    assert_eq!(krgate(&clone, &variables, &arguments).code, 1);
    let outside = tempfile::TempDir::new().unwrap();
    let path = outside.path().join("lax.yaml");
    std::fs::write(&path, lax()).unwrap();
    let arguments = [&JSON[..], &["--policy", path.to_str().unwrap()]].concat();
    let ended = krgate(&clone, &variables, &arguments);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("outside the\n  repository"),
        "{}",
        ended.stderr
    );
    // `--event state` asks for all findings, not for another policy.
    let arguments = [&JSON[..], &["--event", "state"]].concat();
    let ended = krgate(&clone, &variables, &arguments);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.json()["policy"]["read_from"], "base");
}

#[test]
fn github_g122_what_the_policy_extends_is_of_the_base_too() {
    let root = "extends: [rules/base.yaml]\n";
    let with = |text: &str| text.replacen("version: 1\n", &format!("version: 1\n{root}"), 1);
    let pull = PullRequest::new(
        |host| {
            let head = with("version: 1\n");
            host.file("krgate.yaml", head)
                .file("rules/base.yaml", strict());
        },
        |host| {
            host.file("rules/base.yaml", lax());
        },
    );
    let ended = in_actions(&pull, 2, &JSON);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(
        ended.json()["proposed_policy"]["differences"][0]["shift"],
        "weakened"
    );
}

#[test]
fn github_g122_a_state_in_ci_is_judged_by_the_policy_of_its_commit() {
    let repository = Repository::new();
    repository.file("krgate.yaml", strict());
    let head = repository.commit();
    repository.file("krgate.yaml", lax());
    let mut variables = actions(head.as_str());
    variables.retain(|(name, _)| *name != "GITHUB_EVENT_NAME" && *name != "GITHUB_REF_NAME");
    variables.extend([("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF_NAME", "main")]);
    let ended = krgate(&repository, &variables, &JSON);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let document = ended.json();
    assert_eq!(document["event"], "state");
    assert_eq!(document["policy"]["read_from"], "head");
    assert_eq!(document["policy"]["commit"], head.as_str());
    // By hand it is the work tree, with and without a repository.
    let ended = krgate(&repository, &[], &JSON);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["policy"]["read_from"], "work_tree");
}

#[test]
fn github_g143_a_system_that_krgate_does_not_know_is_told_of_base() {
    let repository = Repository::new();
    repository.file("krgate.yaml", strict());
    repository.commit();
    repository.file("krgate.yaml", lax());
    repository.commit();
    let unknown = [("CI", "true")];
    let ended = krgate(&repository, &unknown, &JSON);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(codes(&ended.json()).contains(&"no-base"));
    let arguments = [&JSON[..], &["--base", "HEAD~1"]].concat();
    let ended = krgate(&repository, &unknown, &arguments);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(!codes(&ended.json()).contains(&"no-base"));
    // Without a repository no commit could say otherwise; a change needs one.
    let folder = Repository::new();
    folder.file("krgate.yaml", strict());
    std::fs::remove_dir_all(folder.path().join(".git")).unwrap();
    let ended = krgate(&folder, &unknown, &JSON);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(codes(&ended.json()).contains(&"no-repository"));
    let arguments = [&JSON[..], &["--base", "HEAD~1"]].concat();
    assert_eq!(krgate(&folder, &unknown, &arguments).code, 4);
}

#[test]
fn github_g123_by_hand_a_base_makes_it_a_change() {
    let repository = Repository::new();
    repository.file("krgate.yaml", strict());
    let base = repository.commit();
    repository.file("krgate.yaml", lax());
    repository.commit();
    for arguments in [["--base", "HEAD~1"], ["--policy-ref", base.as_str()]] {
        let arguments = [&JSON[..], &arguments].concat();
        let ended = krgate(&repository, &[], &arguments);
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        let document = ended.json();
        assert_eq!(document["event"], "change");
        assert_eq!(document["policy"]["commit"], base.as_str());
    }
    let arguments = [&JSON[..], &["--base", "mian"]].concat();
    let ended = krgate(&repository, &[], &arguments);
    assert_eq!(ended.code, 4);
    assert!(
        ended.stderr.contains("base-not-present"),
        "{}",
        ended.stderr
    );
    for none in ["", "auto"] {
        let arguments = [&JSON[..], &["--base", none]].concat();
        assert_eq!(krgate(&repository, &[], &arguments).code, 0, "{none:?}");
    }
}

#[test]
fn github_g125_a_base_that_is_not_here_is_exit_4_and_never_the_work_tree() {
    let pull = pull(Some(&strict()), Some(&lax()));
    let clone = pull.checkout(&pull.merge, 1);
    clone.git(&[
        "remote",
        "set-url",
        "origin",
        "https://elsewhere.invalid/o/r",
    ]);
    clone.file("event.json", pull.payload());
    let event = clone.path().join("event.json");
    let mut variables = actions(pull.merge.as_str());
    variables.push(("GITHUB_EVENT_PATH", event.to_str().unwrap()));
    let ended = krgate(&clone, &variables, &JSON);
    assert_eq!(ended.code, 4);
    assert!(
        ended.stderr.contains("base-not-present"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("fetch-depth: 2"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
}

#[test]
fn github_g132_a_clone_without_the_files_of_the_base_is_exit_4_and_fetches_none() {
    let pull = pull(Some(&strict()), Some(&lax()));
    pull.host.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = Repository::new();
    clone.git(&["remote", "add", "origin", &pull.host.url()]);
    let merge = pull.merge.as_str();
    clone.git(&["fetch", "--quiet", "--filter=blob:none", "origin", merge]);
    clone.git(&["checkout", "--quiet", "--detach", merge]);
    clone.file("event.json", pull.payload());
    let event = clone.path().join("event.json");
    let mut variables = actions(merge);
    variables.push(("GITHUB_EVENT_PATH", event.to_str().unwrap()));
    let ended = krgate(&clone, &variables, &JSON);
    assert_eq!(ended.code, 4, "{}", ended.stdout);
    assert!(
        ended.stderr.contains("base-not-present"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("--no-filter"), "{}", ended.stderr);
}

#[test]
fn github_g127_the_first_policy_is_advisory() {
    let pull = pull(None, Some(&strict()));
    let ended = in_actions(&pull, 2, &JSON);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let document = ended.json();
    assert_eq!(document["enforced"], false);
    assert!(codes(&document).contains(&"base-policy-missing"));
    let key_result = &document["objectives"][0]["key_results"][0];
    assert_eq!(key_result["verdict"], "missed");
    assert_eq!(key_result["blocks"], false);
    let text = in_actions(&pull, 2, &["check"]).stderr;
    assert!(text.contains("base-policy-missing"), "{text}");
    // What is wrong stays wrong.
    let broken = strict().replace("on_miss", "on_mis");
    let ended = in_actions(&super::policy::pull(None, Some(&broken)), 2, &JSON);
    assert_eq!(ended.code, 2);
    let ended = in_actions(&super::policy::pull(None, None), 2, &JSON);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("policy-not-found"),
        "{}",
        ended.stderr
    );
}

#[test]
fn github_g128_faults_of_the_base_name_commit_and_line() {
    let broken = strict().replace("on_miss", "on_mis");
    let base = pull(Some(&broken), Some(&strict()));
    let ended = in_actions(&base, 2, &JSON);
    assert_eq!(ended.code, 2);
    let place = format!("krgate.yaml (commit {}):9:", base.base.short());
    assert!(ended.stderr.contains(&place), "{place}: {}", ended.stderr);
    let proposed = pull(Some(&strict()), Some(&broken));
    let ended = in_actions(&proposed, 2, &JSON);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let document = ended.json();
    assert!(codes(&document).contains(&"proposed-policy-broken"));
    assert_eq!(document["proposed_policy"]["exit"], 2);
}

#[test]
fn github_g129_a_policy_that_is_taken_away_still_decides() {
    let pull = pull(Some(&strict()), None);
    let ended = in_actions(&pull, 2, &JSON);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let proposed = &ended.json()["proposed_policy"];
    assert_eq!(proposed["why_not"], "there is no policy");
    assert_eq!(proposed["differences"][0]["shift"], "removed");
}

#[test]
fn github_g130_every_format_says_which_policy_decided() {
    let pull = pull(
        Some(&policy(&[("no-secret", "<= 0"), ("other", "<= 5")])),
        Some(&policy(&[("no-secret", "<= 99"), ("fresh", "<= 5")])),
    );
    let of = |format: &str| in_actions(&pull, 2, &["check", "--format", format]).stdout;
    let text = of("text");
    let sha256 = in_actions(&pull, 2, &JSON).json()["policy"]["sha256"]
        .as_str()
        .unwrap()
        .to_owned();
    let origin = format!(
        "`krgate.yaml` (base {}, sha256 {}…)",
        pull.base.short(),
        &sha256[..8]
    );
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(one_line.contains(&origin), "{origin}: {text}");
    for words in [
        "proposed policy: the change edits the policy, and the base decides; as proposed: PASSED: 2 \
         met (exit 0)",
        "weakened `no-secret`, target loosened: <= 0, now <= 99",
        "removed `other`",
        "added `fresh`",
    ] {
        assert!(one_line.contains(words), "{words}: {text}");
    }
    let markdown = of("markdown");
    assert!(
        markdown.contains(&format!("base {}", pull.base.short())),
        "{markdown}"
    );
    assert!(markdown.contains("### Proposed policy"), "{markdown}");
    assert!(
        markdown.contains("- weakened: `no-secret`, target loosened"),
        "{markdown}"
    );
    for format in ["sarif", "junit"] {
        let output = of(format);
        assert!(
            output.contains(&sha256) && output.contains(pull.base.as_str()),
            "{format}: {output}"
        );
    }
}

#[test]
fn github_g053_pull_request_target_ends_with_2() {
    let pull = pull(Some(&strict()), Some(&strict()));
    let clone = pull.checkout(&pull.base, 2);
    let mut variables = actions(pull.base.as_str());
    variables.retain(|(name, _)| *name != "GITHUB_EVENT_NAME");
    variables.push(("GITHUB_EVENT_NAME", "pull_request_target"));
    let ended = krgate(&clone, &variables, &JSON);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("event-refused"), "{}", ended.stderr);
}

#[test]
fn github_g122_a_folder_of_the_repository_finds_the_policy_of_the_root() {
    let pull = pull(Some(&strict()), Some(&lax()));
    let clone = pull.checkout(&pull.merge, 2);
    clone.file("event.json", payload(&pull.head, &pull.base, 1, 1));
    let event = clone.path().join("event.json");
    clone.file("src/reports/gitleaks.json", GITLEAKS);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_krgate"));
    let mut variables = actions(pull.merge.as_str());
    variables.push(("GITHUB_EVENT_PATH", event.to_str().unwrap()));
    let output = command
        .current_dir(clone.path().join("src"))
        .env_clear()
        .env("PATH", search_path())
        .envs(variables)
        .args(JSON)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["policy"]["path"], "../krgate.yaml");
    assert_eq!(document["policy"]["commit"], pull.base.as_str());
}

#[test]
fn secrets_rule_63_and_64_reports_of_another_commit_are_no_evidence() {
    let pull = pull(Some(&strict()), Some(&strict()));
    let clone = pull.checkout(&pull.merge, 2);
    let sarif = |revision: &str, ended: &str| {
        format!(
            r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "gitleaks"}}}},
            "invocations": [{{"executionSuccessful": true, "endTimeUtc": "{ended}"}}],
            "versionControlProvenance": [{{"repositoryUri": "https://example.org/o/r",
            "revisionId": "{revision}"}}], "results": []}}]}}"#
        )
    };
    clone.file("event.json", pull.payload());
    let event = clone.path().join("event.json");
    let mut variables = actions(pull.merge.as_str());
    variables.push(("GITHUB_EVENT_PATH", event.to_str().unwrap()));
    let fresh = "2026-11-01T10:30:00Z";
    for (revision, ended, code) in [
        (pull.merge.as_str(), fresh, None),
        (pull.head.as_str(), fresh, None),
        (pull.base.as_str(), fresh, Some("report-of-other-commit")),
        (
            pull.head.as_str(),
            "2026-11-01T09:00:00Z",
            Some("report-older-than-commit"),
        ),
    ] {
        clone.file("given.sarif", sarif(revision, ended));
        let arguments = [&JSON[..], &["given.sarif"]].concat();
        let document = krgate(&clone, &variables, &arguments).json();
        let about_commit: Vec<&str> = codes(&document)
            .into_iter()
            .filter(|code| code.ends_with("commit"))
            .collect();
        assert_eq!(about_commit, code.into_iter().collect::<Vec<_>>());
    }
}
