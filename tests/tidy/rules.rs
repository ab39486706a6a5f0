//! Every rule of key results, of the ledger, of the life of a finding and of reports has a test of
//! its name.

use std::collections::BTreeSet;

use crate::names::all_tests;

/// A page's rules of one letter.
struct Family {
    letter: char,
    most: u32,
    /// The words before the letter in the names of its tests.
    words: &'static [&'static str],
    /// Rules that no test here is named after, and why.
    excused: &'static [(u32, &'static str)],
    /// Rules whose tests have the name of another rule that says the same.
    elsewhere: &'static [(u32, &'static str)],
}

const FAMILIES: &[Family] = &[
    Family {
        letter: 'q',
        most: 11,
        words: &["key_result"],
        excused: &[],
        elsewhere: &[],
    },
    Family {
        letter: 'k',
        most: 36,
        words: &["key_result"],
        excused: &[],
        elsewhere: &[],
    },
    Family {
        letter: 'm',
        most: 35,
        words: &["metric", "key_result"],
        excused: &[],
        elsewhere: &[(24, "key_result_k08_"), (25, "key_result_k09_")],
    },
    Family {
        letter: 'r',
        most: 51,
        words: &["record", "records"],
        excused: &[],
        elsewhere: &[],
    },
    Family {
        letter: 'l',
        most: 24,
        words: &["lifecycle", "records"],
        excused: &[],
        elsewhere: &[],
    },
    Family {
        letter: 'p',
        most: 48,
        words: &["report"],
        excused: &[],
        elsewhere: &[],
    },
];

/// The rules of a family that a test's name lists: `record_r05_r08_…`,
/// `key_result_q06_and_k25_…`, `lifecycle_l07_record_r10_…`. They stand before all other words;
/// a number has two digits.
fn rules_of(family: &Family, name: &str) -> Vec<u32> {
    let mut rules = Vec::new();
    let mut rest = name;
    let mut letter_may_follow = false;
    loop {
        let of_words = family.words.iter();
        let mut of_words = of_words.filter_map(|words| rest.strip_prefix(words)?.strip_prefix('_'));
        if let Some(after) = of_words.next() {
            rest = after;
            letter_may_follow = true;
        } else if let Some(after) = other_words(rest) {
            rest = after;
            letter_may_follow = false;
        } else if let Some(after) = rest.strip_prefix("and_") {
            rest = after;
        } else if let Some((letter, number, after)) = numbered(rest) {
            if letter_may_follow && letter == family.letter {
                rules.push(number);
            }
            rest = after;
        } else {
            return rules;
        }
    }
}

/// The rest after the words of some other family.
fn other_words(name: &str) -> Option<&str> {
    let mut words = FAMILIES.iter().flat_map(|family| family.words);
    words.find_map(|words| name.strip_prefix(words)?.strip_prefix('_'))
}

/// `r05_rest` as its letter, its number and the rest.
fn numbered(name: &str) -> Option<(char, u32, &str)> {
    let (word, rest) = name.split_once('_')?;
    let letter = word.chars().next().filter(char::is_ascii_lowercase)?;
    let digits = word.get(1..).filter(|digits| digits.len() == 2)?;
    Some((letter, digits.parse().ok()?, rest))
}

/// The rules of a family that ought to have a test, and have none.
fn without_a_test(family: &Family, tests: &[String]) -> Vec<u32> {
    let named = tests.iter().flat_map(|name| rules_of(family, name));
    let mut held: BTreeSet<u32> = named.collect();
    for (rule, prefix) in family.elsewhere {
        if tests.iter().any(|name| name.starts_with(prefix)) {
            held.insert(*rule);
        }
    }
    (1..=family.most)
        .filter(|rule| !held.contains(rule) && !family.excused.iter().any(|(e, _)| e == rule))
        .collect()
}

#[track_caller]
fn assert_every_rule(letter: char) {
    let family = FAMILIES.iter().find(|family| family.letter == letter);
    let family = family.expect("a family of that letter");
    let tests = all_tests();
    assert_eq!(without_a_test(family, &tests), [0_u32; 0], "rules {letter}");
    // An excuse that is none any more is taken out.
    let named = tests.iter().flat_map(|name| rules_of(family, name));
    let held: BTreeSet<u32> = named.collect();
    for (rule, why) in family.excused {
        assert!(!held.contains(rule), "{letter}{rule} has a test: {why}");
    }
}

#[test]
fn tidy_every_rule_of_the_policy_keys_has_a_test() {
    assert_every_rule('q');
}

#[test]
fn tidy_every_rule_of_the_arithmetic_of_key_results_has_a_test() {
    assert_every_rule('k');
}

#[test]
fn tidy_every_rule_of_the_measures_has_a_test() {
    assert_every_rule('m');
    // M0a to M0e stand before the others.
    let tests = all_tests();
    for part in ['a', 'b', 'c', 'd', 'e'] {
        let prefix = format!("metric_m00{part}_");
        assert!(
            tests.iter().any(|name| name.starts_with(&prefix)),
            "{prefix}"
        );
    }
}

#[test]
fn tidy_every_rule_of_the_ledger_has_a_test() {
    assert_every_rule('r');
}

#[test]
fn tidy_every_rule_of_the_life_of_a_finding_has_a_test() {
    assert_every_rule('l');
}

#[test]
fn tidy_every_rule_of_the_reports_has_a_test() {
    assert_every_rule('p');
}

#[test]
fn tidy_rules_check_can_fail() {
    let rules = |letter: char, name: &str| {
        let family = FAMILIES
            .iter()
            .find(|family| family.letter == letter)
            .unwrap();
        rules_of(family, name)
    };
    assert_eq!(rules('r', "record_r05_r08_x"), [5, 8]);
    assert_eq!(rules('r', "record_r5_x"), [0_u32; 0]);
    assert_eq!(rules('r', "record_r05x"), [0_u32; 0]);
    assert_eq!(rules('r', "x_record_r05_x"), [0_u32; 0]);
    assert_eq!(rules('r', "record_r05_x_r08_y"), [5]);
    assert_eq!(rules('r', "lifecycle_l07_record_r10_x"), [10]);
    assert_eq!(rules('l', "lifecycle_l07_record_r10_x"), [7]);
    assert_eq!(
        rules('l', "lifecycle_l11_to_l18_x"),
        [11],
        "a range names its ends alone"
    );
    assert_eq!(rules('l', "lifecycle_l12_l13_x"), [12, 13]);
    assert_eq!(rules('k', "key_result_q06_and_k25_x"), [25]);
    assert_eq!(rules('q', "key_result_q06_and_k25_x"), [6]);
    assert_eq!(rules('p', "report_p05_p23_x"), [5, 23]);
    assert_eq!(rules('m', "metric_m18_x"), [18]);
    assert_eq!(rules('m', "key_result_m20_x"), [20]);
    assert_eq!(rules('m', "metric_m00a_x"), [0_u32; 0]);
    let family = FAMILIES.iter().find(|family| family.letter == 'l').unwrap();
    let names = ["lifecycle_l01_x", "records_l09_x", "lifecycle_l2_x"];
    let missing = without_a_test(family, &names.map(str::to_owned));
    assert!(![1, 9].iter().any(|rule| missing.contains(rule)));
    assert!([2, 10, 24].iter().all(|rule| missing.contains(rule)));
}
