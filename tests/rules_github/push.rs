//! Before a push: the hook in real repositories, on real pushes (rules G133 to G142).

use super::clone::{Clone, Ended, fed, policy};
use super::support::git;

const ZERO: &str = "0000000000000000000000000000000000000000";
const NEW: &str = "MISS none";

fn assert_silent(ended: &Ended) {
    assert_eq!((ended.code, ended.all().trim()), (0, ""));
}

#[test]
fn github_g133_nothing_to_push_is_silent() {
    let clone = Clone::hooked();
    clone.report(&[("a.py", 3)]);
    assert_silent(&clone.hook(b"", &[]));
    assert_silent(&clone.hook(b"\n", &[]));
    let ended = clone.push(&["origin", "main"]);
    ended.assert(0, &["Everything up-to-date"]);
    assert!(!ended.all().contains("pre-push"), "{}", ended.all());
}

#[test]
fn github_g133_standard_input_is_read_to_its_end_before_anything_else() {
    let clone = Clone::hooked();
    // More than a pipe holds: whoever ends before the end breaks it, and git with it.
    let many = "not a line of git\n".repeat(100_000);
    let ended = clone.hook(many.as_bytes(), &[]);
    ended.assert(2, &["bad-push-line", "line 1 of standard input"]);
    assert_eq!(ended.stdout, "");
    // Also where there is no repository to judge.
    let nowhere = tempfile::TempDir::new().unwrap();
    let krgate = env!("CARGO_BIN_EXE_krgate");
    let mut command = clone.command_in(nowhere.path(), krgate, &["hook", "pre-push"]);
    let lines = format!("a {} refs/heads/a {ZERO}\n", "1".repeat(40)).repeat(5_000);
    fed(&mut command, lines.as_bytes()).assert(4, &["lies in no git repository"]);
}

#[test]
fn github_g134_tags_and_deletions_are_skipped() {
    let clone = Clone::hooked();
    // Were they judged, the missing report would stop them.
    clone.git(&["push", "--quiet", "--no-verify", "origin", "feature"]);
    clone.git(&["tag", "v1"]);
    for arguments in [
        &["origin", "v1"][..],
        &["origin", "--delete", "feature"],
        &["origin", ":v1"],
    ] {
        let ended = clone.push(arguments);
        assert_eq!(ended.code, 0, "{}", ended.all());
        assert!(!ended.all().contains("pre-push"), "{}", ended.all());
    }
    assert_eq!(clone.remote("v1"), "");
}

#[test]
fn github_g134_of_several_refs_the_worst_code_wins_and_each_is_named() {
    let clone = Clone::hooked();
    let head = clone.change();
    clone.git(&["branch", "same"]);
    clone.report(&[("a.py", 3)]);
    let ended = clone.push(&["origin", "feature", "same", "HEAD:refs/tags/v1"]);
    ended.assert(
        0,
        &[
            "pre-push: refs/heads/feature at",
            "pre-push: refs/heads/same at",
        ],
    );
    assert_eq!(clone.remote("same"), head.as_str());
    // One whose commit is not what is checked out, beside one that is missed.
    clone.git(&["checkout", "--quiet", "-b", "other", "main"]);
    clone.work.file("b.py", "1\n");
    clone.commit();
    clone.git(&["checkout", "--quiet", "feature"]);
    clone.work.file("a.py", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    clone.commit();
    clone.report(&[("a.py", 9)]);
    let ended = clone.push(&["origin", "feature", "other"]);
    ended.assert(
        1,
        &[
            "refs/heads/feature at",
            "refs/heads/other at",
            NEW,
            "not-checked-out",
            "nothing was pushed (exit 3)",
        ],
    );
    assert_eq!(clone.remote("other"), "");
    assert_eq!(clone.remote("feature"), head.as_str());
}

#[test]
fn github_g134_a_detached_head_is_judged_and_what_is_not_checked_out_is_told_apart() {
    let clone = Clone::hooked();
    clone.change();
    clone.work.file("b.py", "1\n");
    clone.commit();
    clone.report(&[("a.py", 7)]);
    clone.git(&["checkout", "--quiet", "--detach"]);
    let ended = clone.push(&["origin", "HEAD:refs/heads/x"]);
    ended.assert(1, &["pre-push: refs/heads/x at", NEW, "(exit 1)"]);
    clone.report(&[]);
    let ended = clone.push(&["origin", "HEAD~1:refs/heads/x"]);
    ended.assert(1, &["not-checked-out", "check it out", "(exit 3)"]);
    clone
        .push(&["origin", "HEAD:refs/heads/x"])
        .assert(0, &["PASSED"]);
    // Another commit of the same files is as good as the one that is checked out.
    clone.commit();
    clone
        .push(&["origin", "HEAD~1:refs/heads/y"])
        .assert(0, &["PASSED"]);
}

#[test]
fn github_g135_the_base_is_what_the_remote_has_if_it_is_an_ancestor() {
    let clone = Clone::hooked();
    clone.change();
    clone.report(&[("a.py", 7)]);
    clone.push(&["origin", "feature"]).assert(1, &[NEW]);
    clone.git(&["push", "--quiet", "--no-verify", "origin", "feature"]);
    let there = clone.work.head();
    clone.work.file("b.py", "1\n");
    clone.commit();
    // What was pushed before is not new any more.
    let ended = clone.push(&["origin", "feature"]);
    ended.assert(0, &[&format!("against {}", there.short())]);
}

#[test]
fn github_g135_a_forced_push_is_judged_from_where_the_two_part() {
    let clone = Clone::hooked();
    let main = clone.work.head();
    clone.change();
    clone.git(&["push", "--quiet", "--no-verify", "origin", "feature"]);
    clone.work.file("a.py", "1\n2\n3\n4\n5\nsix\n");
    clone.git(&["commit", "--quiet", "--all", "--amend", "-m", "other"]);
    clone.report(&[("a.py", 6)]);
    let from = format!("against {}", main.short());
    let ended = clone.push(&["--force", "origin", "feature"]);
    ended.assert(1, &[&from, NEW]);
    clone.report(&[("a.py", 5)]);
    let ended = clone.push(&["--force", "origin", "feature"]);
    ended.assert(0, &[&from]);
    assert_eq!(clone.remote("feature"), clone.work.head().as_str());
}

#[test]
fn github_g135_what_is_not_here_and_a_new_branch_take_the_default_branch() {
    let clone = Clone::hooked();
    let main = clone.work.head();
    clone.change();
    clone.report(&[("a.py", 7)]);
    let from = format!("against {}", main.short());
    clone
        .push(&["origin", "feature:new"])
        .assert(1, &[&from, NEW]);
    let unknown = "1".repeat(40);
    let line = format!("HEAD {} refs/heads/x {unknown}\n", clone.work.head());
    clone.hook(line.as_bytes(), &[]).assert(1, &[&from, NEW]);
    // By the name that the remote itself gives its default branch.
    clone.git(&["push", "--quiet", "--no-verify", "origin", "main:trunk"]);
    clone.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let ended = clone.push(&["origin", "feature:new"]);
    ended.assert(
        1,
        &[
            "git remote set-head origin --auto",
            "nothing was pushed (exit 4)",
        ],
    );
    clone.git(&["remote", "set-head", "origin", "trunk"]);
    clone
        .push(&["origin", "feature:new"])
        .assert(1, &[&from, NEW]);
    // A push to a URL has no remote of its own here.
    let url = clone.bare.path().to_str().unwrap();
    clone.push(&[url, "feature:new"]).assert(1, &[&from, NEW]);
}

#[test]
fn github_g135_the_policy_is_that_of_the_base() {
    let clone = Clone::hooked();
    let lax = policy("").replace("<= 0", "<= 99");
    clone.work.file("krgate.yaml", lax);
    clone.change();
    clone.report(&[("a.py", 7)]);
    let ended = clone.push(&["origin", "feature"]);
    ended.assert(1, &[NEW, "target loosened"]);
}

#[test]
fn github_g136_a_missed_key_result_stops_the_push_and_it_says_how_to_push_all_the_same() {
    let clone = Clone::hooked();
    let head = clone.change();
    clone.report(&[("a.py", 7)]);
    let ended = clone.push(&["origin", "feature"]);
    ended.assert(
        1,
        &[
            NEW,
            "a.py:7",
            "FAILED: 1 key result missed",
            "nothing was pushed (exit 1); `git push --no-verify` pushes all the same, and CI \
             decides",
        ],
    );
    assert_eq!(clone.remote("feature"), "");
    // The commands that it shows work as they stand.
    let words = ended.words();
    let (_, explain) = words.split_once("Details: krgate ").unwrap();
    let (explain, _) = explain.split_once(" nothing was pushed").unwrap();
    let arguments: Vec<&str> = explain.split(' ').collect();
    clone.krgate(&arguments).assert(0, &["counted by none"]);
    clone
        .push(&["--no-verify", "origin", "feature"])
        .assert(0, &[]);
    assert_eq!(clone.remote("feature"), head.as_str());
}

#[test]
fn github_g136_a_policy_with_faults_and_a_report_that_is_missing_have_the_codes_of_check() {
    let clone = Clone::hooked();
    let line = |clone: &Clone| format!("HEAD {} refs/heads/x {ZERO}\n", clone.change());
    let ended = clone.hook(line(&clone).as_bytes(), &[]);
    ended.assert(3, &["report-missing", "nothing was pushed (exit 3)"]);
    let broken = Clone::new("version: 1\nobjektives: []\n");
    let ended = broken.hook(line(&broken).as_bytes(), &[]);
    ended.assert(2, &["unknown-key", "nothing was pushed (exit 2)"]);
    let none = Clone::new("version: 1\n");
    none.git(&["rm", "--quiet", "krgate.yaml"]);
    none.commit();
    none.git(&["push", "--quiet", "origin", "HEAD:main"]);
    let ended = none.hook(line(&none).as_bytes(), &[]);
    ended.assert(2, &["policy-not-found"]);
}

#[test]
fn github_g137_a_hook_writes_for_no_ci_system() {
    let clone = Clone::hooked();
    clone.change();
    clone.report(&[("a.py", 7)]);
    let line = format!("HEAD {} refs/heads/x {ZERO}\n", clone.work.head());
    let summary = clone.work.path().join("reports/summary");
    let output = clone.work.path().join("reports/output");
    let ended = clone.hook(
        line.as_bytes(),
        &[
            ("GITHUB_ACTIONS", "true"),
            // A run of this event would be refused.
            ("GITHUB_EVENT_NAME", "pull_request_target"),
            ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
            ("GITHUB_OUTPUT", output.to_str().unwrap()),
            ("KRGATE_COMMENT", "true"),
            ("KRGATE_CHECK_RUN", "true"),
            ("KRGATE_RECORD", "true"),
        ],
    );
    ended.assert(1, &[NEW]);
    assert!(!ended.all().contains("::error"), "{}", ended.all());
    assert!(!summary.exists() && !output.exists());
    // All of it is for people: `git push --porcelain` keeps standard output to itself.
    assert_eq!(ended.stdout, "");
}

#[test]
fn github_g138_two_revisions_in_place_of_standard_input() {
    let clone = Clone::hooked();
    let main = clone.work.head();
    clone.change();
    clone.report(&[("a.py", 7)]);
    let from = format!("against {}", main.short());
    for (one, other) in [
        ("origin/main", "HEAD"),
        (main.as_str(), "feature"),
        (ZERO, "HEAD"),
    ] {
        let arguments = ["--from", one, "--to", other];
        // What stands on standard input is not looked at.
        let ended = clone.hook_with(&arguments, b"not a line of git\n", &[]);
        ended.assert(1, &[&from, NEW]);
    }
    let unknown = clone.hook_with(&["--from", "no-such", "--to", "HEAD"], b"", &[]);
    unknown.assert(4, &["no commit is called `no-such` here"]);
    clone
        .hook_with(&["--from", "HEAD"], b"", &[])
        .assert(2, &["--to"]);
    clone.report(&[("a.py", 5)]);
    let ended = clone.hook_with(&["--from", "origin/main", "--to", "HEAD"], b"", &[]);
    ended.assert(0, &["PASSED"]);
}

#[test]
fn github_g139_the_variables_of_pre_commit_where_standard_input_is_empty() {
    let clone = Clone::hooked();
    let main = clone.work.head();
    let head = clone.change();
    clone.report(&[("a.py", 7)]);
    let from = format!("against {}", main.short());
    let names = [
        ("PRE_COMMIT", "1"),
        ("PRE_COMMIT_REMOTE_NAME", "origin"),
        ("PRE_COMMIT_REMOTE_URL", "ssh://host.example/o/r"),
        ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/feature"),
        ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/theirs"),
    ];
    let range = [
        ("PRE_COMMIT_FROM_REF", main.as_str()),
        ("PRE_COMMIT_TO_REF", head.as_str()),
    ];
    let all = [&names[..], &range].concat();
    let ended = clone.hook_with(&[], b"", &all);
    ended.assert(1, &["refs/heads/theirs at", &from, NEW]);
    // A branch that shares no commit with the remote comes without a range.
    let ended = clone.hook_with(&[], b"", &names);
    ended.assert(1, &["refs/heads/theirs at", &from, NEW]);
    // `pre-commit run --hook-stage manual`: the work as by hand.
    let ended = clone.hook_with(&[], b"", &names[..1]);
    ended.assert(1, &["HEAD at", &from, NEW]);
    let tag = [
        ("PRE_COMMIT_TO_REF", "HEAD"),
        ("PRE_COMMIT_REMOTE_BRANCH", "refs/tags/v1"),
    ];
    assert_silent(&clone.hook_with(&[], b"", &tag));
    // `krgate check` in its place is judged against the same commit, and by its policy.
    let mut command = clone.command(env!("CARGO_BIN_EXE_krgate"), &["check"]);
    let ended = fed(command.envs(range), b"");
    ended.assert(1, &[&format!("base {}", main.short()), NEW]);
}

#[test]
fn github_g139_and_g140_the_hooks_that_pre_commit_is_offered() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let hooks: Vec<std::collections::BTreeMap<String, serde_json::Value>> =
        serde_saphyr::from_str(&text).unwrap();
    let languages: Vec<_> = hooks
        .iter()
        .map(|hook| {
            (
                hook["id"].as_str().unwrap(),
                hook["language"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(languages, [("krgate", "rust"), ("krgate-system", "system")]);
    for hook in &hooks {
        assert_eq!(hook["entry"], "krgate hook pre-push");
        assert_eq!(hook["pass_filenames"], false);
        assert_eq!(hook["always_run"], true);
        assert_eq!(hook["stages"], serde_json::json!(["pre-push", "manual"]));
    }
}

/// The first block of a language below a heading of the page.
fn recipe(heading: &str, language: &str) -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/local-hooks.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, below) = page.split_once(&format!("## {heading}\n")).unwrap();
    let below = below.split("\n## ").next().unwrap();
    let (_, block) = below.split_once(&format!("```{language}\n")).unwrap();
    block.split("```").next().unwrap().to_owned()
}

#[test]
fn github_g141_the_recipe_for_husky_hands_on_what_git_says() {
    let clone = Clone::new(&policy(""));
    clone.change();
    clone.report(&[("a.py", 7)]);
    // husky runs the file by `sh -e`, with git's arguments and standard input.
    clone.work.file("husky/pre-push", recipe("husky", "sh"));
    let wrapper = "#!/bin/sh\nexec sh -e \"$(dirname \"$0\")/../pre-push\" \"$@\"\n";
    clone.work.file("husky/_/pre-push", wrapper);
    clone.git(&["config", "core.hooksPath", "husky/_"]);
    let mode = std::process::Command::new("chmod")
        .args(["+x", "husky/_/pre-push"])
        .current_dir(clone.work.path())
        .status();
    assert!(mode.unwrap().success());
    let ended = clone.push(&["origin", "feature"]);
    ended.assert(1, &["refs/heads/feature at", NEW]);
    clone.report(&[]);
    clone.push(&["origin", "feature"]).assert(0, &["PASSED"]);
}

#[test]
fn github_g141_the_recipe_for_lefthook_gives_the_hook_its_standard_input() {
    let text = recipe("lefthook", "yaml");
    let file: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    let job = &file["pre-push"]["jobs"][0];
    assert_eq!(job["use_stdin"], true);
    assert_eq!(job["run"], "krgate hook pre-push {0}");
}

#[test]
fn github_g142_the_hook_is_written_once_and_never_over_another() {
    let clone = Clone::new(&policy(""));
    let hook = clone.work.path().join(".git/hooks/pre-push");
    let _ = std::fs::remove_file(&hook);
    clone.install();
    let text = std::fs::read_to_string(&hook).unwrap();
    assert!(
        text.ends_with("exec krgate hook pre-push \"$@\"\n"),
        "{text}"
    );
    clone
        .krgate(&["hook", "install"])
        .assert(0, &["is there already"]);
    for other in ["#!/bin/sh\nexit 0\n", ""] {
        std::fs::write(&hook, other).unwrap();
        let ended = clone.krgate(&["hook", "install"]);
        ended.assert(
            2,
            &["hook-is-there", "krgate hook pre-push \"$@\" || exit $?"],
        );
        assert_eq!(std::fs::read_to_string(&hook).unwrap(), other);
    }
    std::fs::remove_file(&hook).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", &hook).unwrap();
        clone
            .krgate(&["hook", "install"])
            .assert(2, &["hook-is-there"]);
        assert!(hook.symlink_metadata().unwrap().is_symlink());
    }
}

#[test]
fn github_g142_what_it_says_to_add_instead_works_in_a_hook_that_reads_too() {
    let clone = Clone::new(&policy(""));
    clone.work.file(".git/hooks/pre-push", "x");
    let ended = clone.krgate(&["hook", "install"]);
    let lines = ended.stderr.lines().filter(|line| line.starts_with("    "));
    let lines: Vec<&str> = lines.map(str::trim_start).collect();
    assert_eq!(lines.len(), 2, "{}", ended.all());
    let both = format!(
        "#!/bin/sh\n{}\nprintf '%s\\n' \"$pushed\" >reports/seen\n",
        lines.join("\n")
    );
    std::fs::remove_file(clone.work.path().join(".git/hooks/pre-push")).unwrap();
    clone.install();
    std::fs::write(clone.work.path().join(".git/hooks/pre-push"), both).unwrap();
    clone.change();
    clone.report(&[("a.py", 7)]);
    clone.push(&["origin", "feature"]).assert(1, &[NEW]);
    clone.report(&[]);
    clone.push(&["origin", "feature"]).assert(0, &["PASSED"]);
    let seen = std::fs::read_to_string(clone.work.path().join("reports/seen")).unwrap();
    assert!(seen.starts_with("refs/heads/feature "), "{seen}");
    clone
        .push(&["origin", "feature"])
        .assert(0, &["Everything up-to-date"]);
}

#[test]
fn github_g142_it_goes_where_git_looks_for_hooks() {
    let clone = Clone::new(&policy(""));
    clone.git(&["config", "core.hooksPath", "tools/git hooks"]);
    clone.work.file("deep/in/it", "");
    let deep = clone.work.path().join("deep/in");
    let mut command = clone.command_in(&deep, env!("CARGO_BIN_EXE_krgate"), &["hook", "install"]);
    fed(&mut command, b"").assert(0, &["tools/git hooks/pre-push"]);
    assert!(clone.work.path().join("tools/git hooks/pre-push").is_file());
    clone.report(&[("a.py", 7)]);
    clone.change();
    clone.push(&["origin", "feature"]).assert(1, &[NEW]);
    // Where hooks are switched off nothing is written elsewhere.
    clone.git(&["config", "core.hooksPath", "/dev/null"]);
    clone
        .krgate(&["hook", "install"])
        .assert(4, &["output-not-written", "core.hooksPath"]);
}

#[test]
fn github_g142_a_linked_work_tree_and_a_submodule_have_their_hooks_elsewhere() {
    let clone = Clone::hooked();
    let tree = tempfile::TempDir::new().unwrap();
    let linked = tree.path().join("with a blank");
    clone.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "linked",
        linked.to_str().unwrap(),
    ]);
    let krgate = env!("CARGO_BIN_EXE_krgate");
    let run = |at: &std::path::Path, program: &str, arguments: &[&str]| {
        fed(&mut clone.command_in(at, program, arguments), b"")
    };
    run(&linked, krgate, &["hook", "install"]).assert(0, &["is there already"]);
    std::fs::write(linked.join("a.py"), "1\n2\n3\n4\n5\n6\n").unwrap();
    run(&linked, "git", &["commit", "--quiet", "--all", "-m", "x"]).assert(0, &[]);
    std::fs::create_dir(linked.join("reports")).unwrap();
    let finding = super::clone::report(&[("a.py", 6)]);
    std::fs::write(linked.join("reports/scan.sarif"), finding).unwrap();
    run(&linked, "git", &["push", "origin", "linked"]).assert(1, &[NEW]);
    // A submodule's hooks lie in the repository around it.
    let outer = super::support::Repository::new();
    let url = clone.bare.path().to_str().unwrap();
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        url,
        "sub",
    ];
    assert!(git(outer.path(), &add).status().unwrap().success());
    let sub = outer.path().join("sub");
    run(&sub, krgate, &["hook", "install"]).assert(0, &[".git/modules/sub/hooks/pre-push"]);
    std::fs::write(sub.join("a.py"), "1\n2\n3\n4\n5\n6\n").unwrap();
    run(&sub, "git", &["commit", "--quiet", "--all", "-m", "x"]).assert(0, &[]);
    std::fs::create_dir(sub.join("reports")).unwrap();
    let finding = super::clone::report(&[("a.py", 6)]);
    std::fs::write(sub.join("reports/scan.sarif"), finding).unwrap();
    run(&sub, "git", &["push", "origin", "HEAD:refs/heads/sub"]).assert(1, &[NEW]);
}

#[test]
fn github_g143_the_first_push_to_an_empty_remote_is_advisory() {
    let clone = Clone::empty(&policy(""));
    clone.install();
    clone.report(&[("a.py", 3)]);
    let ended = clone.push(&["origin", "main"]);
    ended.assert(
        0,
        &[
            "base-policy-missing",
            "nothing of the remote is known here",
            "warn none",
        ],
    );
    assert_eq!(clone.remote("main"), clone.work.head().as_str());
    // 2 to 4 as ever.
    let missing = Clone::empty(&policy(""));
    missing.install();
    missing
        .push(&["origin", "main"])
        .assert(1, &["report-missing", "(exit 3)"]);
}

#[test]
fn github_g144_a_shallow_clone_without_a_merge_base_ends_with_the_remedy() {
    let clone = Clone::hooked();
    clone.change();
    clone.work.file("b.py", "1\n");
    clone.commit();
    clone.git(&["push", "--quiet", "--no-verify", "origin", "feature"]);
    let shallow = tempfile::TempDir::new().unwrap();
    let url = format!("file://{}", clone.bare.path().display());
    let at = shallow.path();
    for arguments in [
        &["init", "--quiet", "-b", "feature"][..],
        &["remote", "add", "origin", &url],
        &[
            "fetch",
            "--quiet",
            "--depth=1",
            "origin",
            "+main:refs/remotes/origin/main",
        ],
        &["fetch", "--quiet", "--depth=1", "origin", "feature"],
        &["checkout", "--quiet", "-B", "feature", "FETCH_HEAD"],
    ] {
        assert!(
            git(at, arguments).status().unwrap().success(),
            "{arguments:?}"
        );
    }
    let krgate = env!("CARGO_BIN_EXE_krgate");
    let run = |arguments: &[&str]| fed(&mut clone.command_in(at, krgate, arguments), b"");
    run(&["hook", "install"]).assert(0, &[]);
    std::fs::create_dir(at.join("reports")).unwrap();
    std::fs::write(at.join("reports/scan.sarif"), super::clone::report(&[])).unwrap();
    let said = ["no-merge-base", "git fetch --deepen=50"];
    let mut push = clone.command_in(at, "git", &["push", "origin", "feature:new"]);
    fed(&mut push, b"").assert(1, &said);
    run(&["check"]).assert(4, &said);
    run(&["check", "--event", "state"]).assert(0, &[]);
    let deepen = git(
        at,
        &[
            "fetch",
            "--quiet",
            "--deepen=50",
            "origin",
            "main",
            "feature",
        ],
    );
    let mut deepen = deepen;
    assert!(deepen.status().unwrap().success());
    fed(&mut push, b"").assert(0, &["PASSED"]);
}
