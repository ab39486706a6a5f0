//! By hand in a clone: what a change is judged against, and what belongs to it (rules G143 to
//! G145).

use serde_json::Value;

use super::clone::{Clone, Ended, fed, policy};
use super::support::Repository;

const JSON: [&str; 3] = ["check", "--format", "json"];

fn document(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}\n{}", ended.all()))
}

fn has(document: &Value, code: &str) -> bool {
    let list = document["diagnostics"].as_array().unwrap();
    list.iter().any(|d| d["code"] == code)
}

/// `check --format json` with these arguments: event, and the findings that count.
fn judged(clone: &Clone, arguments: &[&str]) -> (String, String, Value) {
    let document = document(&clone.krgate(&[&JSON, arguments].concat()));
    let value = &document["objectives"][0]["key_results"][0]["value"];
    (
        document["event"].as_str().unwrap().to_owned(),
        value.as_str().unwrap_or_default().to_owned(),
        document.clone(),
    )
}

#[test]
fn github_g143_the_base_by_hand_is_where_head_left_its_branch() {
    let clone = Clone::new(&policy(""));
    clone.change();
    clone.report(&[("a.py", 3), ("a.py", 7)]);
    let expect = |event: &str, value: &str, arguments: &[&str]| {
        let (is_event, is_value, document) = judged(&clone, arguments);
        assert_eq!((is_event.as_str(), is_value.as_str()), (event, value));
        document
    };
    // No upstream, and no origin/HEAD: origin/main.
    let document = expect("change", "1", &[]);
    assert_eq!(document["policy"]["read_from"], "work_tree");
    assert!(!has(&document, "no-base"));
    assert_eq!(
        expect("change", "1", &["--base", "origin/main"])["policy"]["read_from"],
        "base"
    );
    expect("state", "2", &["--event", "state"]);
    // origin/master, where there is no main.
    clone.git(&["update-ref", "refs/remotes/origin/master", "HEAD~1"]);
    clone.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    expect("change", "1", &[]);
    // origin/HEAD goes before both, and the upstream before that.
    clone.git(&["update-ref", "refs/remotes/origin/trunk", "HEAD"]);
    clone.git(&[
        "symbolic-ref",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/trunk",
    ]);
    let document = expect("change", "0", &[]);
    assert!(has(&document, "empty-change"));
    clone.git(&["update-ref", "refs/remotes/origin/mine", "HEAD~1"]);
    clone.git(&["branch", "--quiet", "--set-upstream-to=origin/mine"]);
    assert!(!has(&expect("change", "1", &[]), "empty-change"));
    // A detached HEAD has no upstream.
    clone.git(&["checkout", "--quiet", "--detach"]);
    expect("change", "0", &[]);
}

#[test]
fn github_g122_and_g143_by_hand_the_baseline_is_that_of_the_work_tree() {
    let clone = Clone::new(&policy(""));
    clone.change();
    clone.report(&[("a.py", 7)]);
    assert_eq!(judged(&clone, &[]).1, "1");
    clone
        .krgate(&["baseline", "write"])
        .assert(0, &["1 finding"]);
    assert_eq!(judged(&clone, &[]).1, "0");
    // As CI does it: one that the change brings has no say.
    let (_, value, document) = judged(&clone, &["--base", "origin/main"]);
    assert_eq!(value, "1");
    assert!(!has(&document, "baseline-of-change"));
    clone.commit();
    let (_, value, document) = judged(&clone, &["--base", "origin/main"]);
    assert_eq!(value, "1");
    assert!(has(&document, "baseline-of-change"));
    assert_eq!(judged(&clone, &[]).1, "0");
}

#[test]
fn github_g143_an_empty_change_is_said_and_names_the_way_to_judge_all() {
    let clone = Clone::new(&policy(""));
    clone.report(&[("a.py", 3)]);
    let ended = clone.krgate(&["check"]);
    ended.assert(
        0,
        &[
            "HEAD holds nothing that origin/main does not hold",
            "--event state",
        ],
    );
    // What is not committed is work too.
    clone.work.file("a.py", "1\n2\nthree\n4\n5\n");
    let ended = clone.krgate(&["check"]);
    ended.assert(1, &["MISS none"]);
    assert!(!ended.all().contains("empty-change"), "{}", ended.all());
}

#[test]
fn github_g143_without_a_base_every_finding_counts_and_the_note_names_base() {
    // No remote.
    let clone = Clone::empty(&policy(""));
    clone.report(&[("a.py", 3)]);
    clone.git(&["remote", "remove", "origin"]);
    let (event, value, document) = judged(&clone, &[]);
    assert_eq!((event.as_str(), value.as_str()), ("state", "1"));
    assert!(has(&document, "no-base"));
    clone
        .krgate(&["check", "--verbose"])
        .assert(1, &["no-base", "--base"]);
    assert!(!has(&judged(&clone, &["--event", "state"]).2, "no-base"));
    let asked = clone.krgate(&["check", "--event", "change"]);
    asked.assert(
        2,
        &["nothing says where the change began", "--base origin/main"],
    );
    // A branch that shares no commit with the remote's.
    let apart = Clone::new(&policy(""));
    apart.git(&["checkout", "--quiet", "--orphan", "apart"]);
    apart.work.file("b.py", "1\n");
    apart.commit();
    apart.report(&[("a.py", 3)]);
    let (event, value, document) = judged(&apart, &[]);
    assert_eq!((event.as_str(), value.as_str()), ("state", "1"));
    assert!(has(&document, "no-base"));
    // Nothing is committed.
    let unborn = Clone::new(&policy(""));
    unborn.report(&[("a.py", 3)]);
    unborn.git(&["checkout", "--quiet", "--orphan", "unborn"]);
    let (event, _, document) = judged(&unborn, &[]);
    assert_eq!(event, "state");
    assert!(has(&document, "no-base"));
    // No repository.
    std::fs::remove_dir_all(clone.work.path().join(".git")).unwrap();
    let (event, _, document) = judged(&clone, &[]);
    assert_eq!(event, "state");
    assert!(has(&document, "no-base"));
    let asked = clone.krgate(&["check", "--event", "change"]);
    asked.assert(2, &["nothing says where the change began"]);
}

#[test]
fn github_g143_a_repository_that_git_cannot_read_is_judged_as_a_state() {
    let clone = Clone::new(&policy(""));
    clone.change();
    clone.report(&[("a.py", 3)]);
    let krgate = env!("CARGO_BIN_EXE_krgate");
    let mut command = clone.command(krgate, &["check"]);
    let ended = fed(command.env("PATH", "/nonexistent"), b"");
    ended.assert(1, &["MISS none", "git cannot be started"]);
    let mut command = clone.command(krgate, &["check", "--event", "change"]);
    fed(command.env("PATH", "/nonexistent"), b"").assert(4, &["git cannot be started"]);
}

#[test]
fn github_g145_worktree_adds_what_is_not_committed_by_its_lines() {
    let clone = Clone::new(&policy(""));
    clone
        .work
        .file("b c.py", "1\n2\n3\n")
        .file("gone.py", "1\n");
    clone.commit();
    clone.git(&["push", "--quiet", "origin", "HEAD:main"]);
    clone.change();
    // Staged, not staged, not tracked, ignored, deleted.
    clone.work.file("a.py", "zero\n1\n2\n3\n4\n5\n6\n7\n8\n");
    clone.git(&["add", "a.py"]);
    clone.work.file("b c.py", "1\ntwo\n3\n");
    clone
        .work
        .file("new/d.py", "1\n2\n")
        .file("reports/e.py", "1\n");
    std::fs::remove_file(clone.work.path().join("gone.py")).unwrap();
    for (path, line, with, without) in [
        ("a.py", 1, "1", "1"),
        // Line 5 of the work tree is line 4 of the commit, which the change left alone.
        ("a.py", 5, "0", "1"),
        // Committed in the change as line 7.
        ("a.py", 8, "1", "1"),
        ("b c.py", 2, "1", "1"),
        ("b c.py", 3, "0", "1"),
        ("new/d.py", 2, "1", "1"),
        ("krgate.yaml", 1, "0", "0"),
    ] {
        clone.report(&[(path, line)]);
        assert_eq!(judged(&clone, &["--worktree"]).1, with, "{path}:{line}");
        assert_eq!(judged(&clone, &[]).1, without, "{path}:{line}");
    }
    clone.report(&[("new/d.py", 2)]);
    let ended = clone.krgate(&["check", "--worktree"]);
    ended.assert(1, &["new/d.py:2", "explain", "--worktree"]);
    // From a folder below, and against a named base.
    clone.work.file(
        "new/reports/scan.sarif",
        super::clone::report(&[("d.py", 1)]),
    );
    clone.work.file("new/krgate.yaml", policy(""));
    let at = clone.work.path().join("new");
    let mut command = clone.command_in(&at, env!("CARGO_BIN_EXE_krgate"), &["check", "--worktree"]);
    fed(&mut command, b"").assert(1, &["MISS none", "d.py:1"]);
    clone.report(&[("b c.py", 2)]);
    let (event, value, _) = judged(&clone, &["--worktree", "--base", "origin/main"]);
    assert_eq!((event.as_str(), value.as_str()), ("change", "1"));
}

#[test]
fn github_g145_names_that_are_hard_to_write() {
    let clone = Clone::new(&policy(""));
    let odd = [
        "with\nbreak.py",
        "t\tab.py",
        "quo\"te.py",
        "$(x) `y`.py",
        "-dash.py",
    ];
    for name in odd {
        clone.work.file(name, "1\n2\n");
    }
    clone.commit();
    clone.git(&["push", "--quiet", "origin", "HEAD:main"]);
    clone.work.file("-dash.py", "1\r\n2\r\n");
    for name in odd {
        clone.work.file(name, "1\n2\n3\n");
        clone.report(&[(name, 3)]);
        assert_eq!(judged(&clone, &["--worktree"]).1, "1", "{name:?}");
        clone.report(&[(name, 1)]);
        assert_eq!(judged(&clone, &["--worktree"]).1, "0", "{name:?}");
    }
    // Other ends of lines change every line.
    clone.work.file("a.py", "1\r\n2\r\n3\r\n4\r\n5\r\n");
    clone.report(&[("a.py", 2)]);
    assert_eq!(judged(&clone, &["--worktree"]).1, "1");
}

#[cfg(unix)]
#[test]
fn github_g135_paths_that_are_no_utf8_and_names_that_differ_in_case_alone() {
    use std::os::unix::ffi::OsStrExt as _;
    let clone = Clone::hooked();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.py");
    std::fs::write(clone.work.path().join(name), "1\n").unwrap();
    clone.git(&["mv", "a.py", "A.py"]);
    clone.commit();
    clone.report(&[("A.py", 2)]);
    // A file that was only moved has no new line.
    clone.push(&["origin", "feature"]).assert(0, &["PASSED"]);
    std::fs::write(clone.work.path().join("A.py"), "1\n2\n3\n4\n5\n6\n").unwrap();
    clone.commit();
    clone.report(&[("A.py", 6)]);
    clone.push(&["origin", "feature"]).assert(1, &["MISS none"]);
}

#[test]
fn github_g143_a_bare_folder_beside_a_clone_is_no_part_of_it() {
    let plain = Repository::new();
    std::fs::remove_dir_all(plain.path().join(".git")).unwrap();
    let clone = Clone::new(&policy(""));
    plain
        .file("krgate.yaml", policy(""))
        .file("reports/scan.sarif", super::clone::report(&[("a.py", 1)]));
    let krgate = env!("CARGO_BIN_EXE_krgate");
    let mut command = clone.command_in(plain.path(), krgate, &["hook", "install"]);
    fed(&mut command, b"").assert(4, &["no git repository"]);
    let mut command = clone.command_in(plain.path(), krgate, &["trust"]);
    fed(&mut command, b"").assert(4, &["no git repository"]);
    let push = ["hook", "pre-push", "--from", "a", "--to", "b"];
    let mut command = clone.command_in(plain.path(), krgate, &push);
    fed(&mut command, b"").assert(4, &["no git repository"]);
}
