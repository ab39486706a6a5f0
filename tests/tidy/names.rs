//! Names: of files and modules, of tests, of diagnostics.

use std::collections::{BTreeMap, BTreeSet};

use krgate::diagnostic::Code;

use crate::assert_none;
use crate::source::{File, code_of, is_word, rust_files, words_at};

/// Words that no file and no module is named with: they say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "manager", "managers",
];

/// The reading rules of SARIF are numbered from 1 to this.
const SARIF_RULES: u32 = 113;

/// Families of test names and the highest number that their page has.
const FAMILIES: &[(&str, u32)] = &[
    ("sarif_rule_", SARIF_RULES),
    ("secrets_rule_", 88),
    ("formats_rule_", 55),
    ("cvss_rule_", 30),
    ("hostile_h", 40),
    ("hostile_g", 25),
    ("limit_l", 10),
    ("encoder_e", 30),
    ("github_g", 152),
    ("key_result_k", 36),
    ("key_result_q", 11),
    ("key_result_m", 35),
    ("metric_m", 35),
    ("record_r", 51),
    ("records_r", 51),
    ("lifecycle_l", 24),
    ("records_l", 24),
    ("report_p", 48),
];

fn is_empty_name(name: &str) -> bool {
    name.split('_').any(|part| EMPTY_NAMES.contains(&part))
}

/// Files and modules with a name that says nothing.
fn empty_names(file: &File) -> Vec<String> {
    let path = file.path.trim_end_matches(".rs");
    let code = code_of(&file.text);
    let modules = words_at(&code, "mod").map(|at| {
        code[at + 3..]
            .trim_start()
            .bytes()
            .take_while(|b| is_word(*b))
            .map(char::from)
            .collect::<String>()
    });
    path.split('/')
        .map(str::to_owned)
        .chain(modules)
        .filter(|name| is_empty_name(name))
        .map(|name| format!("{}: `{name}`", file.path))
        .collect()
}

/// The names of tests: functions one of whose attributes ends in `test]`.
fn tests_of(text: &str) -> Vec<String> {
    let code = code_of(text);
    words_at(&code, "fn")
        .filter(|at| {
            let before = code[..*at].trim_end();
            before.ends_with(']')
                && before
                    .rsplit(['{', '}', ';'])
                    .next()
                    .is_some_and(|attributes| attributes.contains("test]"))
        })
        .map(|at| {
            code[at + 2..]
                .trim_start()
                .bytes()
                .take_while(|b| is_word(*b))
                .map(char::from)
                .collect()
        })
        .collect()
}

pub(crate) fn all_tests() -> Vec<String> {
    let mut files = rust_files("src");
    files.extend(rust_files("tests"));
    files.iter().flat_map(|file| tests_of(&file.text)).collect()
}

/// The number that follows a prefix in a name, and whether a `_` follows the number.
fn number(name: &str, prefix: &str) -> Option<(u32, bool)> {
    let rest = name.strip_prefix(prefix)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, rest[digits.len()..].starts_with('_')))
}

/// Rules of SARIF that no test is named after.
fn rules_without_a_test(tests: &[String]) -> Vec<u32> {
    let held: BTreeSet<u32> = tests
        .iter()
        .filter(|name| {
            let digits = name.strip_prefix("sarif_rule_").unwrap_or_default();
            digits.bytes().take_while(u8::is_ascii_digit).count() == 3
        })
        .filter_map(|name| number(name, "sarif_rule_"))
        .filter_map(|(rule, named)| named.then_some(rule))
        .collect();
    (1..=SARIF_RULES)
        .filter(|rule| !held.contains(rule))
        .collect()
}

/// Rules of running on GitHub that no test is named after, and why.
const GITHUB_WITHOUT_A_TEST: &[(std::ops::RangeInclusive<u32>, &str)] = &[
    (
        103..=105,
        "tests of the ledger in git carry the numbers of the ledger, R22 to R27",
    ),
    (
        107..=107,
        "tests of the ledger in git carry the numbers of the ledger, R22 to R27",
    ),
];

/// The rules of running on GitHub that a test's name lists: `…github_g034_and_g035_…`.
fn github_rules_of(name: &str) -> Vec<u32> {
    let mut words = name.split('_').skip_while(|word| *word != "github").skip(1);
    let mut rules = Vec::new();
    for word in words.by_ref() {
        let digits = word.strip_prefix('g').filter(|digits| digits.len() == 3);
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(rule) => rules.push(rule),
            None if word == "and" => {}
            None => break,
        }
    }
    rules
}

/// Rules of running on GitHub that ought to have a test, and have none.
fn github_rules_without_a_test(tests: &[String]) -> Vec<u32> {
    let held: BTreeSet<u32> = tests
        .iter()
        .flat_map(|name| github_rules_of(name))
        .collect();
    let is_excused = |rule: &u32| {
        let mut excused = GITHUB_WITHOUT_A_TEST.iter();
        excused.any(|(rules, _)| rules.contains(rule))
    };
    (1..=152)
        .filter(|rule| !held.contains(rule) && !is_excused(rule))
        .collect()
}

/// Tests that are named after a rule that does not exist.
fn tests_without_a_rule(tests: &[String]) -> Vec<String> {
    tests
        .iter()
        .filter(|name| {
            FAMILIES.iter().any(|(prefix, most)| {
                // M0a to M0e are the only rules of a number 0.
                number(name, prefix)
                    .is_some_and(|(rule, _)| (rule == 0 && !prefix.ends_with("_m")) || rule > *most)
            })
        })
        .cloned()
        .collect()
}

/// Names that stand more than once.
fn repeated<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeMap::new();
    for name in names {
        *seen.entry(name).or_insert(0) += 1;
    }
    seen.into_iter()
        .filter(|(_, times)| *times > 1)
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn tidy_names_say_what_is_inside() {
    let mut files = rust_files("src");
    files.extend(rust_files("tests"));
    let faults: Vec<_> = files.iter().flat_map(empty_names).collect();
    assert_none(&faults, "names that say nothing");
}

#[test]
fn tidy_every_rule_of_sarif_has_a_test() {
    assert_eq!(rules_without_a_test(&all_tests()), [0_u32; 0]);
}

#[test]
fn tidy_every_rule_of_github_has_a_test() {
    assert_eq!(github_rules_without_a_test(&all_tests()), [0_u32; 0]);
}

#[test]
fn tidy_github_check_can_fail() {
    let names = [
        "github_g001_x",
        "github_g002_and_g003_x_g004",
        "encoder_e1_and_github_g005_g006_x",
        "github_g07_x",
        "g008_x",
    ];
    let missing = github_rules_without_a_test(&names.map(str::to_owned));
    for rule in [1, 2, 3, 5, 6, 103] {
        assert!(!missing.contains(&rule), "{rule}");
    }
    for rule in [4, 7, 8, 101, 140, 146] {
        assert!(missing.contains(&rule), "{rule}");
    }
}

#[test]
fn tidy_every_rule_that_a_test_names_exists() {
    assert_none(&tests_without_a_rule(&all_tests()), "tests of no rule");
}

#[test]
fn tidy_every_code_is_unique() {
    let names = Code::ALL.iter().map(|code| code.as_str());
    assert_none(&repeated(names), "codes twice");
    let meanings = Code::ALL.iter().map(|code| code.about());
    assert_none(&repeated(meanings), "meanings twice");
}

#[test]
fn tidy_names_check_can_fail() {
    let faults = |path: &str, text: &str| {
        empty_names(&File {
            path: path.to_owned(),
            text: text.to_owned(),
        })
        .len()
    };
    assert_eq!(faults("src/model/util.rs", ""), 1);
    assert_eq!(faults("src/common/run.rs", ""), 1);
    assert_eq!(faults("src/cli_util.rs", ""), 1);
    assert_eq!(faults("src/lib.rs", "pub mod run_manager;"), 1);
    assert_eq!(
        faults("src/lib.rs", "mod commons; // mod util;\nmod utility;"),
        0
    );
}

#[test]
fn tidy_tests_check_can_fail() {
    let text = "#[test]\nfn sarif_rule_001_x() {}\nfn sarif_rule_002_x() {}\n\
                #[test]\nfn sarif_rule_3_x() {}\n#[test]\nfn sarif_rule_0045_x() {}\n\
                #[cfg(x)]\nfn sarif_rule_005_x() {}\n#[test]\nfn sarif_rule_006x() {}";
    let tests = tests_of(text);
    assert_eq!(tests.len(), 4, "{tests:?}");
    let missing = rules_without_a_test(&tests);
    assert!(!missing.contains(&1));
    for rule in [2, 3, 5, 6, 45, 113] {
        assert!(missing.contains(&rule), "rule {rule}");
    }
    let odd = [
        "sarif_rule_114_x",
        "sarif_rule_000_x",
        "hostile_h41_x",
        "limit_l01_x",
    ];
    let odd: Vec<_> = odd.map(str::to_owned).into();
    assert_eq!(tests_without_a_rule(&odd).len(), 3);
    assert_eq!(repeated(["a", "b", "a"]), ["a"]);
}
