//! `introduced_by: changed_lines` and `--changed-since`, as the binary judges them.

use super::gate::{ended, sast, write_report};
use super::support::lines;
use crate::rules_github::support::Repository;

const BY_LINES: &str = "introduced_by: changed_lines\n";

/// Two commits: ten lines, then line 3 rewritten and one file more.
fn repository(head: &str) -> Repository {
    let repository = Repository::new();
    repository
        .file("krgate.yaml", sast(head))
        .file("a.py", lines(10));
    repository.commit();
    repository
        .file("a.py", lines(10).replace("line 3\n", "other\n"))
        .file("b.py", lines(2));
    repository.commit();
    repository
}

#[test]
fn github_g131_a_finding_on_a_touched_line_is_introduced() {
    let repository = repository(BY_LINES);
    for (path, line, code) in [
        ("a.py", 3, 1),
        ("a.py", 4, 0),
        ("b.py", 2, 1),
        // No file of the commit: nobody knows what the change did to it.
        ("elsewhere/a.py", 4, 1),
    ] {
        write_report(&repository, &[("r", path, line)]);
        for arguments in [["--changed-since", "HEAD~1"], ["--base", "HEAD~1"]] {
            let ended = ended(&repository, &[], &arguments);
            assert_eq!(
                ended.code,
                code,
                "{path}:{line} {arguments:?}\n{}",
                ended.all()
            );
        }
    }
    write_report(&repository, &[("r", "a.py", 3), ("r", "a.py", 4)]);
    let ended = ended(&repository, &[], &["--changed-since", "HEAD~1"]);
    let said = "compared with the lines that this change touches: 1 introduced (judged), 1 \
                existing (recorded)";
    assert!(ended.words().contains(said), "{}", ended.all());
}

#[test]
fn github_g131_by_hand_what_is_not_committed_is_part_of_the_change() {
    let repository = repository("");
    repository.file("a.py", lines(10)).file("new.py", lines(3));
    for path in ["a.py", "new.py"] {
        write_report(&repository, &[("r", path, 2)]);
        let ended = ended(&repository, &[], &["--changed-since", "HEAD"]);
        assert_eq!(ended.code, 1, "{path}\n{}", ended.all());
    }
}

#[test]
fn github_g143_nothing_to_compare_with_is_said_and_never_guessed() {
    let repository = repository(BY_LINES);
    write_report(&repository, &[("r", "a.py", 4)]);
    for (arguments, code, said) in [
        (
            ["--event", "change"],
            2,
            "nothing says where the change began",
        ),
        (["--changed-since", "no-such"], 4, "no commit is called"),
        (["--changed-since", "--upload-pack=x"], 2, ""),
    ] {
        let ended = ended(&repository, &[], &arguments);
        assert_eq!(ended.code, code, "{arguments:?}\n{}", ended.all());
        assert!(ended.words().contains(said), "{}", ended.all());
    }
    let bare = Repository::new();
    bare.file("krgate.yaml", sast(""));
    write_report(&bare, &[("r", "a.py", 4)]);
    let unborn = ended(&bare, &[], &["--changed-since", "HEAD"]);
    assert_eq!(unborn.code, 4, "{}", unborn.all());
    assert!(
        unborn.words().contains("nothing is committed"),
        "{}",
        unborn.all()
    );
    std::fs::remove_dir_all(bare.path().join(".git")).unwrap();
    let none = ended(&bare, &[], &["--changed-since", "HEAD"]);
    assert_eq!(none.code, 4, "{}", none.all());
    assert!(none.words().contains("no git repository"), "{}", none.all());
}

#[test]
fn github_g144_a_clone_that_is_too_shallow_ends_with_the_remedy() {
    let full = repository("");
    full.git(&["checkout", "--quiet", "-b", "feature", "HEAD~1"]);
    full.file("c.py", lines(2));
    full.commit();
    let clone = Repository::new();
    clone.git(&["remote", "add", "origin", &full.url()]);
    clone.git(&["fetch", "--quiet", "--depth=1", "origin", "main", "feature"]);
    clone.git(&[
        "fetch",
        "--quiet",
        "--depth=1",
        "origin",
        "+main:refs/remotes/origin/main",
    ]);
    clone.git(&["fetch", "--quiet", "--depth=1", "origin", "feature"]);
    clone.git(&["checkout", "--quiet", "FETCH_HEAD"]);
    clone.file("krgate.yaml", sast(""));
    write_report(&clone, &[("r", "a.py", 4)]);
    let ended = ended(&clone, &[], &["--changed-since", "origin/main"]);
    assert_eq!(ended.code, 4, "{}", ended.all());
    assert!(
        ended.words().contains("git fetch --deepen=50"),
        "{}",
        ended.all()
    );
}
