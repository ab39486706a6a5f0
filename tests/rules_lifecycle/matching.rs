//! Which findings were there before (rules L5, L6, L8, L18, M31).

use krgate::model::ObjectId;

use super::support::{Hit, as_it_is, baseline, change, hit, letters, over, read, sarif};
use crate::rules_github::support::Repository;

const TEN: &str = "a1\na2\na3\na4\na5\na6\na7\na8\na9\na10\n";

/// A repository with files of ten different lines each.
fn repository(files: &[&str]) -> (Repository, ObjectId) {
    let repository = Repository::new();
    for name in files {
        repository.file(name, ten(name));
    }
    let commit = repository.commit();
    (repository, commit)
}

fn ten(name: &str) -> String {
    TEN.replace('a', &format!("{name} "))
}

/// What becomes of the findings of a base: letters of the head's findings, and how many of the
/// base are gone.
fn judged(
    repository: &Repository,
    base_commit: &ObjectId,
    base: &[Hit],
    head: &[Hit],
) -> (String, usize) {
    let head_commit = repository.commit();
    let change = change(repository, base_commit, &head_commit);
    let before = read(&sarif("1.0", &[], base), None);
    let baseline = baseline(before, Some(base_commit.clone()), None);
    let after = read(&sarif("1.0", &[], head), None);
    let compared = over(&baseline, &change, &after);
    assert_eq!(compared.unseen, 0);
    (letters(&compared), compared.gone.len())
}

#[test]
fn lifecycle_l05_lines_that_moved_are_the_same_finding() {
    let (repository, base) = repository(&["a.py"]);
    repository.file("a.py", format!("new 1\nnew 2\n{}", ten("a.py")));
    let before = [hit("r", "a.py", 3), hit("q", "a.py", 7)];
    let after = [hit("r", "a.py", 5), hit("q", "a.py", 9)];
    assert_eq!(
        judged(&repository, &base, &before, &after),
        ("pp".into(), 0)
    );
}

#[test]
fn lifecycle_l06_who_edits_the_line_of_an_old_finding_answers_for_it() {
    let (repository, base) = repository(&["a.py"]);
    repository.file("a.py", ten("a.py").replace("a.py 3\n", "edited\n"));
    let before = [hit("r", "a.py", 3)];
    let after = [hit("r", "a.py", 3)];
    assert_eq!(judged(&repository, &base, &before, &after), (".".into(), 1));
}

#[test]
fn lifecycle_l05_the_tool_s_own_name_holds_where_its_line_was_edited() {
    let (repository, base) = repository(&["a.py"]);
    repository.file("a.py", ten("a.py").replace("a.py 3\n", "edited\n"));
    let before = [hit("r", "a.py", 3).print("matchBasedId/v1", "x1")];
    let after = [hit("r", "a.py", 3).print("matchBasedId/v1", "x1")];
    assert_eq!(judged(&repository, &base, &before, &after), ("f".into(), 0));
}

#[test]
fn lifecycle_l05_a_moved_file_takes_its_findings_along_and_a_copy_does_not() {
    let (repository, base) = repository(&["old/a.py", "b.py"]);
    std::fs::create_dir(repository.path().join("new")).unwrap();
    repository.git(&["mv", "old/a.py", "new/a.py"]);
    repository.file("copy.py", ten("b.py"));
    let before = [
        hit("r", "old/a.py", 3),
        hit("r", "b.py", 3),
        hit("n", "old/a.py", 0),
    ];
    let after = [
        hit("r", "new/a.py", 3),
        hit("r", "b.py", 3),
        hit("r", "copy.py", 3),
        hit("n", "new/a.py", 0),
    ];
    assert_eq!(
        judged(&repository, &base, &before, &after),
        ("pp.p".into(), 0)
    );
}

#[test]
fn lifecycle_l05_a_moved_file_with_shifted_lines_keeps_them_apart() {
    let (repository, base) = repository(&["old.py"]);
    let text = format!("head\n{}", ten("old.py")).replace("old.py 6\n", "other\n");
    std::fs::remove_file(repository.path().join("old.py")).unwrap();
    repository.file("new.py", text);
    let before = [
        hit("r", "old.py", 2),
        hit("r", "old.py", 6),
        hit("r", "old.py", 9),
    ];
    let after = [
        hit("r", "new.py", 3),
        hit("r", "new.py", 7),
        hit("r", "new.py", 10),
    ];
    assert_eq!(
        judged(&repository, &base, &before, &after),
        ("p.p".into(), 1)
    );
}

#[test]
fn measure_m31_one_fixed_and_one_added_are_one_introduced_and_one_gone() {
    let (repository, base) = repository(&["a.py", "b.py"]);
    repository.file("a.py", ten("a.py").replace("a.py 3\n", "mended\n"));
    repository.file("b.py", ten("b.py").replace("b.py 8\n", "worse\n"));
    let before = [hit("r", "a.py", 3), hit("r", "a.py", 5)];
    let elsewhere = [hit("r", "a.py", 5), hit("r", "b.py", 8)];
    assert_eq!(
        judged(&repository, &base, &before, &elsewhere),
        ("p.".into(), 1)
    );
    // The same in one file: rule, path and message are equal, the lines are not.
    let same_file = [hit("r", "a.py", 5), hit("r", "a.py", 9)];
    assert_eq!(
        judged(&repository, &base, &before, &same_file),
        ("p.".into(), 1)
    );
}

#[test]
fn lifecycle_l06_of_equals_on_one_line_what_is_over_is_new_or_gone() {
    let (repository, base) = repository(&["a.py"]);
    let one = [hit("r", "a.py", 3)];
    let three = [
        hit("r", "a.py", 3),
        hit("r", "a.py", 3),
        hit("r", "a.py", 3),
    ];
    assert_eq!(judged(&repository, &base, &one, &three), ("p..".into(), 0));
    assert_eq!(judged(&repository, &base, &three, &one), ("p".into(), 2));
}

#[test]
fn lifecycle_l06_pairs_among_equals_are_counted() {
    let before = read(&sarif("1", &[], &[hit("r", "a.py", 3)]), None);
    let after = read(
        &sarif("1", &[], &[hit("r", "a.py", 3), hit("r", "a.py", 3)]),
        None,
    );
    let compared = as_it_is(&baseline(before, None, None), &after, None);
    assert_eq!((letters(&compared).as_str(), compared.ambiguous), ("p.", 1));
}

#[test]
fn lifecycle_l17_a_file_that_is_gone_takes_its_findings_along() {
    let (repository, base) = repository(&["a.py", "b.py"]);
    std::fs::remove_file(repository.path().join("a.py")).unwrap();
    let before = [hit("r", "a.py", 3), hit("r", "b.py", 3)];
    // A report that still names the file shows nothing that was there before.
    let after = [hit("r", "a.py", 3), hit("r", "b.py", 3)];
    assert_eq!(
        judged(&repository, &base, &before, &after),
        (".p".into(), 1)
    );
}

#[test]
fn lifecycle_l21_a_finding_that_comes_back_counts_as_introduced() {
    let (repository, base) = repository(&["a.py"]);
    repository.file("a.py", ten("a.py").replace("a.py 3\n", "edited\n"));
    let mended = repository.commit();
    repository.file("a.py", ten("a.py"));
    let _ = base;
    let before: [Hit; 0] = [];
    let after = [hit("r", "a.py", 3)];
    assert_eq!(
        judged(&repository, &mended, &before, &after),
        (".".into(), 0)
    );
}

#[test]
fn lifecycle_l05_a_renamed_rule_is_known_by_its_former_id() {
    let (repository, base_commit) = repository(&["a.py"]);
    repository.file("a.py", format!("x\n{}", ten("a.py")));
    let head_commit = repository.commit();
    let change = change(&repository, &base_commit, &head_commit);
    let before = [hit("old-rule", "a.py", 3), hit("other", "a.py", 4)];
    let after = [hit("new-rule", "a.py", 4), hit("stranger", "a.py", 5)];
    let baseline = baseline(read(&sarif("1.0", &[], &before), None), None, None);
    let head = sarif(
        "1.0",
        &[("new-rule", &["older", "old-rule"]), ("stranger", &[])],
        &after,
    );
    assert_eq!(letters(&over(&baseline, &change, &read(&head, None))), "p.");
}

#[test]
fn lifecycle_l18_a_tool_change_excuses_only_files_that_the_change_leaves_alone() {
    let (repository, base_commit) = repository(&["a.py", "b.py"]);
    repository.file("b.py", ten("b.py").replace("b.py 9\n", "edited\n"));
    let head_commit = repository.commit();
    let change = change(&repository, &base_commit, &head_commit);
    let before: Vec<Hit> = [3, 5]
        .iter()
        .map(|line| hit("OLD-1", "a.py", *line))
        .collect();
    // Renamed rule on the old lines, a new rule on others, and all of it in a touched file too.
    let after = [
        hit("NEW-1", "a.py", 3),
        hit("NEW-1", "a.py", 5),
        hit("NEW-2", "a.py", 8),
        hit("NEW-2", "b.py", 2),
        hit("NEW-2", "generated.py", 2),
    ];
    let old = baseline(read(&sarif("1.4", &[], &before), None), None, None);
    let compared = over(&old, &change, &read(&sarif("2.0", &[], &after), None));
    assert_eq!(letters(&compared), "tto..");
    let tool = &compared.tools[0];
    assert_eq!(tool.before, ["1.4"]);
    assert_eq!(tool.now, ["2.0"]);
    assert_eq!((tool.excused, compared.gone.len()), (3, 0));
    // The same version excuses nothing, and neither does one that nobody states.
    let compared = over(&old, &change, &read(&sarif("1.4", &[], &after), None));
    assert_eq!(letters(&compared), ".....");
}

#[test]
fn lifecycle_l16_what_nobody_looked_for_is_not_gone() {
    let before = read(&sarif("1", &[], &[hit("r", "a.py", 3)]), None);
    let baseline = baseline(before, None, None);
    let clean = sarif("1", &[], &[]);
    let compared = as_it_is(&baseline, &read(&clean, None), None);
    assert_eq!((compared.gone.len(), compared.unseen), (1, 0));
    let failed = clean.replace("true", "false");
    let compared = as_it_is(&baseline, &read(&failed, None), None);
    assert_eq!((compared.gone.len(), compared.unseen), (0, 1));
    let other = clean.replace("Semgrep", "Bandit");
    let compared = as_it_is(&baseline, &read(&other, None), None);
    assert_eq!((compared.gone.len(), compared.unseen), (0, 1));
}

#[test]
fn lifecycle_l01_another_tool_s_finding_is_another() {
    let hits = [hit("r", "a.py", 3)];
    let baseline = baseline(read(&sarif("1", &[], &hits), None), None, None);
    let other = sarif("1", &[], &hits).replace("Semgrep", "Bandit");
    assert_eq!(
        letters(&as_it_is(&baseline, &read(&other, None), None)),
        "."
    );
}

#[test]
fn sarif_rule_092_the_highest_version_that_both_sides_have_decides() {
    let print = |one: &'static str, two: &'static str| {
        hit("r", "a.py", 0)
            .print("hash/v1", one)
            .print("hash/v2", two)
    };
    let old = hit("r", "a.py", 1)
        .print("hash/v1", "a")
        .print("hash/v2", "b");
    let baseline = baseline(read(&sarif("1", &[], &[old]), None), None, None);
    let mut known = Vec::new();
    for mut now in [
        print("a", "b"),
        print("x", "b"),
        print("a", "x"),
        hit("r", "a.py", 9).print("hash/v1", "a"),
        hit("r", "a.py", 9).print("hash/v3", "a"),
        hit("s", "a.py", 9).print("hash/v2", "b"),
    ] {
        now.line = 9;
        known.push(letters(&as_it_is(
            &baseline,
            &read(&sarif("1", &[], &[now]), None),
            None,
        )));
    }
    assert_eq!(known.concat(), "ff.f..");
}

#[test]
fn lifecycle_l19_what_a_report_set_aside_excuses_nothing_that_counts() {
    let (repository, base) = repository(&["a.py"]);
    let quiet = [hit("r", "a.py", 3).suppressed()];
    let loud = [hit("r", "a.py", 3)];
    assert_eq!(judged(&repository, &base, &quiet, &loud), (".".into(), 0));
    assert_eq!(judged(&repository, &base, &loud, &quiet), ("p".into(), 0));
}

#[test]
fn lifecycle_l09_a_finding_without_a_place_is_known_by_its_id() {
    let before = [hit("r", "", 0), hit("q", "a.py", 0)];
    let baseline = baseline(read(&sarif("1", &[], &before), None), None, None);
    let after = [
        hit("q", "a.py", 0),
        hit("r", "", 0),
        hit("r", "", 0),
        hit("r", "a.py", 0),
    ];
    let compared = as_it_is(&baseline, &read(&sarif("1", &[], &after), None), None);
    assert_eq!(letters(&compared), "ii..");
}

#[test]
fn formats_rule_o08_a_package_is_the_same_in_another_version_and_place() {
    let report = |version: &str, advisory: &str, lock: &str| {
        serde_json::json!({ "results": [{
            "source": { "path": lock, "type": "lockfile" },
            "packages": [{
                "package": { "name": "left-pad", "version": version, "ecosystem": "npm" },
                "groups": [{ "ids": [advisory], "aliases": [advisory] }],
                "vulnerabilities": [{ "id": advisory, "modified": "2026-01-01T00:00:00Z" }],
            }],
        }]})
        .to_string()
    };
    let (repository, base) = repository(&["web/package-lock.json"]);
    repository.git(&["mv", "web/package-lock.json", "package-lock.json"]);
    let head = repository.commit();
    let change = change(&repository, &base, &head);
    let old = report("1.0.0", "GHSA-aaaa-bbbb-cccc", "web/package-lock.json");
    let baseline = baseline(read(&old, None), None, None);
    for (now, expected) in [
        (
            report("1.0.1", "GHSA-aaaa-bbbb-cccc", "package-lock.json"),
            "d",
        ),
        (
            report("1.0.0", "GHSA-dddd-eeee-ffff", "package-lock.json"),
            ".",
        ),
        (
            report("1.0.0", "GHSA-aaaa-bbbb-cccc", "other/package-lock.json"),
            ".",
        ),
    ] {
        let compared = over(&baseline, &change, &read(&now, None));
        assert_eq!(letters(&compared), expected, "{now}");
    }
}
