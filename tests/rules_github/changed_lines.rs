//! Which lines a change touched, by git's own diff (rules G131, G152).

use krgate::model::{ChangedLines, RepoPath};

use super::support::Repository;

fn touches(change: &ChangedLines, path: &str, line: u32) -> bool {
    change.touches(&RepoPath::from_normal(path).unwrap(), Some(line), None)
}

/// The change between the last two commits.
fn change(repository: &Repository) -> ChangedLines {
    let git = repository.open();
    let head = git.head().unwrap().unwrap();
    let base = git.resolve("HEAD~1").unwrap().unwrap();
    git.changed_lines(&base, &head).unwrap()
}

const TEN: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";

#[test]
fn github_g131_new_and_rewritten_lines_are_touched() {
    let repository = Repository::new();
    repository.file("a.rs", TEN).file("gone.rs", TEN);
    repository.commit();
    let text = TEN
        .replace("3\n", "three\n")
        .replace("7\n", "")
        .replace("9\n", "9\nnew\n");
    repository.file("a.rs", text).file("fresh.rs", "x\ny\n");
    std::fs::remove_file(repository.path().join("gone.rs")).unwrap();
    repository.commit();
    let change = change(&repository);
    let touched: Vec<u32> = (1..12)
        .filter(|line| touches(&change, "a.rs", *line))
        .collect();
    assert_eq!(touched, [3, 9]);
    assert!(touches(&change, "fresh.rs", 2) && !touches(&change, "fresh.rs", 3));
    let gone = RepoPath::from_normal("gone.rs").unwrap();
    assert!(change.is_changed(&gone) && !touches(&change, "gone.rs", 1));
    assert!(!touches(&change, "b.rs", 1));
}

#[test]
fn github_g131_a_change_cannot_hide_its_lines_by_calling_its_files_binary() {
    let repository = Repository::new();
    repository.file("a.py", TEN).file("blob", b"\0\x01\n");
    repository.commit();
    repository
        .file(".gitattributes", "*.py binary\n*.rs -diff\n")
        .file("a.py", TEN.replace("3\n", "evil\n"))
        .file("b.rs", "evil\n")
        .file("blob", b"\0\x02\n");
    repository.commit();
    let change = change(&repository);
    assert!(touches(&change, "a.py", 3) && !touches(&change, "a.py", 4));
    assert!(touches(&change, "b.rs", 1));
    assert!(touches(&change, "blob", 1));
}

#[test]
fn github_g131_settings_of_an_earlier_step_change_nothing() {
    let repository = Repository::new();
    repository.file("a.py", TEN);
    repository.commit();
    repository
        .file(".gitattributes", "*.py diff=odd\n")
        .file("a.py", TEN.replace("3\n", "evil\n"));
    repository.commit();
    for (name, value) in [
        ("diff.external", "true"),
        ("diff.odd.command", "true"),
        ("diff.odd.textconv", "true"),
        ("diff.odd.binary", "true"),
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.relative", "true"),
        ("diff.context", "9"),
        ("diff.interHunkContext", "9"),
        ("color.ui", "always"),
        ("core.pager", "false"),
        ("core.abbrev", "4"),
        ("diff.renames", "false"),
    ] {
        repository.git(&["config", name, value]);
    }
    let change = change(&repository);
    assert!(touches(&change, "a.py", 3));
    assert!(!touches(&change, "a.py", 2) && !touches(&change, "a.py", 4));
}

#[test]
fn github_g131_odd_names_are_names() {
    let names = [
        "with space.rs",
        "tab\there.rs",
        "quote\"d.rs",
        "line\nbreak.rs",
        "é.rs",
        "-x",
    ];
    let repository = Repository::new();
    for name in names {
        repository.file(name, TEN);
    }
    repository.commit();
    for name in names {
        repository.file(name, TEN.replace("5\n", "five\n"));
    }
    repository.commit();
    let change = change(&repository);
    assert_eq!(change.files().count(), names.len());
    for name in names {
        assert!(
            touches(&change, name, 5) && !touches(&change, name, 6),
            "{name}"
        );
    }
}

#[test]
fn github_g131_a_moved_file_keeps_its_old_lines() {
    let repository = Repository::new();
    repository
        .file("old/a.rs", TEN)
        .file("old/b.rs", TEN.repeat(3));
    repository.commit();
    repository.git(&["mv", "old/a.rs", "new.rs"]);
    repository.git(&["mv", "old/b.rs", "b 2.rs"]);
    repository.file("b 2.rs", TEN.repeat(3) + "added\n");
    repository.commit();
    let change = change(&repository);
    let path = |text| RepoPath::from_normal(text).unwrap();
    assert_eq!(change.renamed(&path("old/a.rs")), Some(&path("new.rs")));
    assert_eq!(change.renamed(&path("old/b.rs")), Some(&path("b 2.rs")));
    assert!(change.is_changed(&path("new.rs")) && !touches(&change, "new.rs", 1));
    assert!(touches(&change, "b 2.rs", 31) && !touches(&change, "b 2.rs", 30));
}

#[cfg(unix)]
#[test]
fn github_g131_a_file_that_becomes_a_link_counts_throughout() {
    let repository = Repository::new();
    repository
        .file("a.rs", TEN)
        .file("b.rs", TEN)
        .file("mode.sh", TEN);
    repository.commit();
    std::fs::remove_file(repository.path().join("a.rs")).unwrap();
    std::os::unix::fs::symlink("b.rs", repository.path().join("a.rs")).unwrap();
    repository.file("b.rs", TEN.replace("2\n", "two\n"));
    repository.git(&["update-index", "--chmod=+x", "mode.sh"]);
    let script = repository.path().join("mode.sh");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(script, executable).unwrap();
    repository.commit();
    let change = change(&repository);
    assert!(touches(&change, "a.rs", 9));
    assert!(touches(&change, "b.rs", 2) && !touches(&change, "b.rs", 3));
    let mode = RepoPath::from_normal("mode.sh").unwrap();
    assert!(change.is_changed(&mode) && !touches(&change, "mode.sh", 1));
}

#[test]
fn github_g131_what_git_does_not_say_is_an_error() {
    let repository = Repository::new();
    let first = repository.commit();
    let git = repository.open();
    let missing = krgate::model::ObjectId::new(&"1".repeat(40)).unwrap();
    let fault = git.changed_lines(&first, &missing).unwrap_err();
    assert_eq!(fault.code, krgate::diagnostic::Code::ChangeUnknown);
    assert_eq!(
        git.changed_lines(&first, &first).unwrap().files().count(),
        0
    );
}
