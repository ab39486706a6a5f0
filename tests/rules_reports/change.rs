//! The summary of a change: what each key result was at the base and is with the change (rules
//! P17 to P20), over real repositories and reports of Bandit.

use std::fs;

use serde_json::Value;

use super::formats::faults;
use super::shop::{Ended, Shop};

const POLICY: &str = r#"version: 1
ledger: dir:.krgate/ledger
reports:
  - { name: python, path: "reports/*.json", format: bandit, class: sast }
objectives:
  - id: code
    title: Our code gives no one a way in
    owner: "@acme/payments"
    key_results:
      - id: no-shell
        title: No text of a user reaches a shell
        measure: { count: { class: sast, rule: "B605" } }
        target: "<= 0"
        on_miss: block
      - id: open-findings
        title: What the scanner finds is mended
        measure: { count: { class: sast } }
        judge: all
        target: "<= 12"
      - id: nothing-new
        title: No change adds to it
        measure: { count: { class: sast } }
        target: "<= 3"
        on_miss: warn
      - id: weekly
        title: A report each week
        measure: { events: { name: report.access-control, per: week } }
        target: ">= 100%"
        on_miss: warn
"#;

/// Ten findings, none of them B605.
const TEN: &str = "2026-10-26";
/// One of the ten is gone, and there is one of B605 in `app/shell.py`.
const WITH_SHELL: &str = "2026-11-09";
/// Five of the ten.
const FIVE: &str = "2026-12-14";

/// A repository whose main branch was recorded with ten findings.
fn recorded() -> Shop {
    let shop = Shop::new(POLICY);
    shop.report(TEN);
    shop.commit("main");
    let written = shop.at("2026-10-26T08:00:00Z", &["baseline", "write"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    shop.week(TEN);
    shop
}

/// A commit beside the main branch that adds a line to a file, with the report of a day.
fn changed(shop: &Shop, day: &str) {
    shop.git(&["switch", "--quiet", "-c", "feature"]);
    fs::create_dir_all(shop.path().join("app")).unwrap();
    fs::write(shop.path().join("app/shell.py"), "import os\n".repeat(20)).unwrap();
    shop.commit("a change");
    shop.report(day);
}

fn check(shop: &Shop, more: &[&str]) -> Ended {
    let arguments = [&["check", "--base", "main"], more].concat();
    shop.at("2026-11-10T12:00:00Z", &arguments)
}

fn page(shop: &Shop) -> String {
    check(shop, &["--format", "markdown"]).stdout
}

fn document(shop: &Shop) -> Value {
    let ended = check(shop, &["--format", "json"]);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        faults(&document, "evaluation.schema.json"),
        Vec::<String>::new()
    );
    document
}

/// The row of a key result in the first table, without its title.
fn row<'a>(page: &'a str, id: &str) -> Option<&'a str> {
    let head = page.split("<details>").next().unwrap();
    let start = format!(" | `{id}` ");
    head.lines().find(|line| line.contains(&start))
}

fn cells(page: &str, id: &str) -> Vec<String> {
    let row = row(page, id).unwrap_or_else(|| panic!("no row of {id} in {page}"));
    row.split(" | ").map(str::to_owned).collect()
}

fn before<'a>(document: &'a Value, id: &str) -> &'a Value {
    let all = document["objectives"][0]["key_results"].as_array().unwrap();
    &all.iter().find(|kr| kr["id"] == id).unwrap()["before"]
}

#[test]
fn report_p19_before_is_what_the_base_was_recorded_with() {
    let shop = recorded();
    changed(&shop, WITH_SHELL);
    let page = page(&shop);
    assert!(
        page.contains("\n| | key result | before → after | target | effect |\n"),
        "{page}"
    );
    // Judged on what it introduces, and shown with what was there.
    assert_eq!(
        cells(&page, "no-shell")[2..],
        [
            "0 findings → 1 finding, 1 finding introduced",
            "\\<= 0",
            "blocks |"
        ]
    );
    assert_eq!(
        cells(&page, "nothing-new")[2],
        "10 findings → 10 findings, 1 finding introduced"
    );
    // Judged on everything.
    assert_eq!(
        cells(&page, "open-findings")[2],
        "10 findings → 10 findings"
    );
    let base = shop.git(&["rev-parse", "--short=7", "main"]);
    let said = format!(
        "\nBefore this change: the base as it was recorded at commit `{}` as of \
         2026-10-26T09:00:00Z, record `",
        base.trim()
    );
    assert!(page.contains(&said), "{said}: {page}");
    assert!(page.contains("\n### Fixed\n\n1 finding of the baseline is gone. Thank you.\n"));

    let document = document(&shop);
    let base = &document["base"];
    assert_eq!(base["of_base"], true);
    assert_eq!(base["clock"], "2026-10-26T09:00:00Z");
    let record = base["record"].as_str().unwrap();
    assert!(page.contains(&format!("record `{record}`.")), "{page}");
    let shell = before(&document, "no-shell");
    assert_eq!(
        (&shell["value"], &shell["verdict"], &shell["moved"]),
        (&"0".into(), &"met".into(), &true.into())
    );
    assert_eq!(shell["after"]["value"], "1");
    let new = before(&document, "nothing-new");
    assert_eq!(
        (&new["value"], &new["after"]["value"], &new["moved"]),
        (&"10".into(), &"10".into(), &false.into())
    );
}

#[test]
fn report_p19_without_a_base_nothing_is_compared_and_nothing_is_nought() {
    // A ledger in which nothing is recorded.
    let shop = Shop::new(POLICY);
    shop.commit("main");
    changed(&shop, WITH_SHELL);
    let none = page(&shop);
    assert!(
        none.contains(
            "\nBefore this change: no base to compare with, for the ledger has no record of the \
             base.\n"
        ),
        "{none}"
    );
    assert!(!none.contains(" → "), "{none}");
    assert_eq!(cells(&none, "no-shell")[2], "1 finding");
    let said = document(&shop);
    assert_eq!(
        said["base"]["lacking"],
        "the ledger has no record of the base"
    );
    assert!(before(&said, "no-shell").is_null());

    // A policy that names none.
    let shop = Shop::new(&POLICY.replace("ledger: dir:.krgate/ledger\n", ""));
    shop.commit("main");
    changed(&shop, WITH_SHELL);
    let none = page(&shop);
    assert!(
        none.contains("no base to compare with, for no ledger was read.\n"),
        "{none}"
    );

    // A ledger with a hole in it.
    let shop = recorded();
    changed(&shop, WITH_SHELL);
    let ledger = shop.path().join(".krgate/ledger");
    for folder in walk(&ledger) {
        fs::write(folder, "{").unwrap();
    }
    let none = page(&shop);
    assert!(
        none.contains("no base to compare with, for the ledger cannot be relied on.\n"),
        "{none}"
    );
}

/// Every file below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn report_p19_a_figure_under_another_definition_is_none_of_the_base() {
    let shop = recorded();
    let tighter = POLICY.replace("target: \"<= 12\"", "target: \"<= 9\"");
    fs::write(shop.path().join("krgate.yaml"), &tighter).unwrap();
    shop.commit("another target");
    changed(&shop, WITH_SHELL);
    let page = page(&shop);
    assert_eq!(
        cells(&page, "open-findings")[2],
        "no base to compare with → 10 findings"
    );
    // The others mean what they meant; their record is of an older commit.
    assert_eq!(
        cells(&page, "no-shell")[2],
        "0 findings → 1 finding, 1 finding introduced"
    );
    assert!(
        page.contains(
            "\nBefore this change: the last record before the base, which has none of its own at \
             commit `"
        ),
        "{page}"
    );
    let document = document(&shop);
    assert_eq!(document["base"]["of_base"], false);
    assert!(before(&document, "open-findings").is_null());
    // What other commits may have done is not said of this one.
    assert_eq!(before(&document, "no-shell")["moved"], false);
}

#[test]
fn report_p19_the_policy_of_the_base_and_not_of_the_change_says_what_is_compared() {
    let shop = recorded();
    changed(&shop, WITH_SHELL);
    let looser = POLICY.replace("rule: \"B605\"", "rule: \"B999\"");
    fs::write(shop.path().join("krgate.yaml"), &looser).unwrap();
    shop.commit("a change of the policy");
    assert_eq!(
        cells(&page(&shop), "no-shell")[2],
        "0 findings → 1 finding, 1 finding introduced"
    );
}

#[test]
fn report_p19_a_record_after_the_base_is_none_of_the_base() {
    let shop = recorded();
    shop.commit("of which nothing is recorded");
    changed(&shop, WITH_SHELL);
    shop.git(&["switch", "--quiet", "main"]);
    shop.week(FIVE);
    let old = shop.git(&["rev-parse", "main~1"]);
    shop.git(&["switch", "--quiet", "feature"]);
    shop.report(WITH_SHELL);
    let ended = shop.at(
        "2026-12-20T12:00:00Z",
        &["check", "--base", old.trim(), "--format", "markdown"],
    );
    assert_eq!(
        cells(&ended.stdout, "open-findings")[2],
        "10 findings → 10 findings",
        "{}",
        ended.stdout
    );
}

#[test]
fn report_p19_a_record_of_another_environment_is_none_of_the_base() {
    let shop = recorded();
    changed(&shop, WITH_SHELL);
    let ended = check(&shop, &["--environment", "staging", "--format", "markdown"]);
    assert!(
        ended
            .stdout
            .contains("no base to compare with, for the ledger has no record of the base.\n"),
        "{}",
        ended.stdout
    );
}

#[test]
fn report_p18_what_the_change_moves_is_shown_and_nothing_else() {
    let shop = recorded();
    changed(&shop, FIVE);
    let page = page(&shop);
    // No finding lies on a line of the change, and it mended five.
    assert_eq!(cells(&page, "open-findings")[2], "10 findings → 5 findings");
    assert_eq!(
        cells(&page, "nothing-new")[2],
        "10 findings → 5 findings, 0 findings introduced"
    );
    // It did not and cannot move these.
    for id in ["no-shell", "weekly"] {
        assert_eq!(row(&page, id), None, "{page}");
    }
    assert!(
        page.contains(
            "\n<details><summary>2 key results that this change does not affect, 1 met</summary>\n"
        ),
        "{page}"
    );
    assert!(page.contains("\n- `weekly`: "), "its reason: {page}");
}

#[test]
fn report_p20_a_change_that_passes_and_moves_nothing_shows_no_key_result() {
    let shop = recorded();
    changed(&shop, TEN);
    let page = page(&shop);
    let head = page.split("<details>").next().unwrap();
    assert!(head.starts_with("## krgate: passed\n"), "{page}");
    assert!(!head.contains('|'), "{page}");
    assert!(!page.contains("Before this change"), "{page}");
}
