//! Which key results a change of the policy weakens (rules G51, G129).

use krgate::policy::{Difference, Policy, Shift, Subject, compare, parse};

/// A policy with this head and these key results.
fn policy(head: &str, key_results: &[&str]) -> Policy {
    let list: Vec<String> = key_results
        .iter()
        .map(|kr| format!("      - {{ title: T, {kr} }}\n"))
        .collect();
    let text = format!(
        "version: 1\n{head}objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    \
         key_results:\n{}",
        list.concat()
    );
    let loaded = parse("krgate.yaml", &text);
    let Some(policy) = loaded.policy else {
        panic!("{:?}\n{text}", loaded.diagnostics);
    };
    policy
}

fn of(before: (&str, &str), after: (&str, &str)) -> Vec<Difference> {
    compare(&policy(before.0, &[before.1]), &policy(after.0, &[after.1]))
}

/// What one key result becomes, and in which ways; `None` if nothing is said of it.
fn shift(head: &str, before: &str, now: &str, after: &str) -> Option<(Shift, String)> {
    let list = of(
        (head, &format!("id: k, {before}")),
        (now, &format!("id: k, {after}")),
    );
    assert!(list.len() < 2, "{list:?}");
    let difference = list.into_iter().next()?;
    assert_eq!(difference.subject, Subject::KeyResult("k".to_owned()));
    Some((difference.shift, difference.ways.join("; ")))
}

const SAST: &str = "measure: { count: { class: sast } }";

fn target(before: &str, after: &str) -> Option<(Shift, String)> {
    let with = |target: &str| format!("{SAST}, target: \"{target}\"");
    shift("", &with(before), "", &with(after))
}

#[test]
fn github_g051_a_target_that_lets_more_pass_is_loosened() {
    use Shift::{Changed, Strengthened, Weakened};
    for (before, after, expected) in [
        ("<= 0", "<= 99", Weakened),
        ("<= 5", "<= 4", Strengthened),
        ("< 5", "<= 5", Weakened),
        (">= 5", "> 5", Strengthened),
        (">= 5", ">= 4", Weakened),
        ("== 0", "<= 0", Weakened),
        ("1..3", "0..3", Weakened),
        ("1..3", "2..3", Strengthened),
        ("1..3", "2..4", Changed),
        ("<= 5", ">= 5", Changed),
        ("<= 5", "0..5", Strengthened),
    ] {
        let (shift, ways) = target(before, after).unwrap();
        assert_eq!(shift, expected, "{before} to {after}");
        assert!(ways.ends_with(&format!("{before}, now {after}")), "{ways}");
    }
    assert_eq!(target("<= 5", "<= 5"), None);
}

#[test]
fn github_g051_enforcement_that_does_less_is_weaker() {
    use Shift::{Strengthened, Weakened};
    let with = |more: &str| format!("{SAST}, target: \"<= 0\", {more}");
    for (before, after, expected) in [
        ("on_miss: block", "on_miss: warn", Weakened),
        ("on_miss: observe", "on_miss: warn", Strengthened),
        (
            "on_miss: block",
            "on_miss: block, on_unknown: warn",
            Weakened,
        ),
        (
            "on_miss: block",
            "on_miss: block, enforce_from: 2027-01-01",
            Weakened,
        ),
        (
            "on_miss: block, enforce_from: 2027-01-01",
            "on_miss: block, enforce_from: 2026-01-01",
            Strengthened,
        ),
        (
            "on_miss: block, judge: all",
            "on_miss: block, judge: introduced",
            Weakened,
        ),
        // Without `on_miss` a key result that moves waits for its day.
        ("on_miss: block", "due: 2027-01-01", Weakened),
        ("due: 2027-01-01", "due: 2027-02-01", Weakened),
    ] {
        let found = shift("", &with(before), "", &with(after));
        assert_eq!(found.map(|(shift, _)| shift), Some(expected), "{after}");
    }
}

#[test]
fn github_g051_looking_at_fewer_findings_is_weaker_under_an_upper_bound() {
    use Shift::{Changed, Strengthened, Weakened};
    let with = |filter: &str| format!("measure: {{ count: {{ {filter} }} }}, target: \"<= 0\"");
    for (before, after, expected) in [
        ("class: [sast, sca]", "class: sast", Weakened),
        ("class: sast", "class: [sast, sca]", Strengthened),
        ("class: sast", "class: sca", Changed),
        ("class: sast", "class: sast, cvss: \"> 4\"", Weakened),
        ("cvss: \"> 4\"", "cvss: \">= 4\"", Strengthened),
        ("cvss: \"> 4\"", "cvss: \"> 7\"", Weakened),
        ("cvss: \"> 4\"", "cvss: \"< 4\"", Changed),
        (
            "path: \"src/**\"",
            "path: [\"src/**\", \"!src/x/**\"]",
            Weakened,
        ),
        ("path: [\"a/**\", \"b/**\"]", "path: \"a/**\"", Weakened),
        ("not: { tag: x }", "not: { tag: [x, y] }", Weakened),
        ("rule: [\"a*\", \"b*\"]", "rule: \"a*\"", Weakened),
        (
            "any: [{ tag: x }, { tag: y }]",
            "any: [{ tag: x }]",
            Changed,
        ),
    ] {
        let found = shift("", &with(before), "", &with(after));
        assert_eq!(
            found.map(|(shift, _)| shift),
            Some(expected),
            "{before} to {after}"
        );
    }
    // The order of terms means nothing.
    assert_eq!(
        shift(
            "",
            &with("class: sast, tag: x"),
            "",
            &with("tag: x, class: sast")
        ),
        None
    );
    // More findings are easier to have, where there must be some.
    let least = |filter: &str| with(filter).replace("<= 0", ">= 3");
    let found = shift("", &least("class: sast"), "", &least("class: sast, tag: x"));
    assert_eq!(found.unwrap().0, Strengthened);
}

#[test]
fn github_g051_a_scope_that_holds_less_weakens_what_counts_in_it() {
    use Shift::{Changed, Strengthened, Weakened};
    let scope = |text: &str| format!("scopes:\n  prod: {{ {text} }}\n");
    let within = "measure: { count: { scope: prod } }, target: \"<= 0\"";
    let without = "measure: { count: { not: { scope: prod } } }, target: \"<= 0\"";
    for (before, after, key_result, expected) in [
        (
            "paths: [\"a/**\", \"b/**\"]",
            "paths: [\"a/**\"]",
            within,
            Weakened,
        ),
        (
            "paths: [\"a/**\"]",
            "paths: [\"a/**\", \"!a/t/**\"]",
            within,
            Weakened,
        ),
        (
            "paths: [\"a/**\"]",
            "paths: [\"a/**\"], refs: [main]",
            within,
            Weakened,
        ),
        (
            "paths: [\"a/**\"], refs: [main]",
            "paths: [\"a/**\"]",
            within,
            Strengthened,
        ),
        ("paths: [\"a/**\"]", "paths: [\"b/**\"]", within, Changed),
        (
            "paths: [\"a/**\", \"b/**\"]",
            "paths: [\"a/**\"]",
            without,
            Strengthened,
        ),
    ] {
        let found = shift(&scope(before), key_result, &scope(after), key_result);
        assert_eq!(found.map(|(shift, _)| shift), Some(expected), "{after}");
    }
}

#[test]
fn github_g051_removed_and_added_key_results_are_named() {
    let with = |id: &str| format!("id: {id}, {SAST}, target: \"<= 0\"");
    let list = compare(
        &policy("", &[&with("a"), &with("b")]),
        &policy("", &[&with("b"), &with("c")]),
    );
    let named: Vec<_> = list.iter().map(|d| (d.subject.clone(), d.shift)).collect();
    let key_result = |id: &str| Subject::KeyResult(id.to_owned());
    assert_eq!(
        named,
        [
            (key_result("a"), Shift::Removed),
            (key_result("c"), Shift::Added)
        ]
    );
}

#[test]
fn github_g051_what_all_key_results_depend_on_is_looked_at() {
    use Shift::{Changed, Removed, Strengthened, Weakened};
    let kr = format!("id: k, {SAST}, target: \"<= 0\"");
    let report = |more: &str| format!("reports:\n  - {{ name: r, path: x, class: sast{more} }}\n");
    let plain = report("");
    let named = Subject::Report("r".to_owned());
    for (before, after, subject, expected) in [
        (
            plain.clone(),
            report(", required: false"),
            named.clone(),
            Weakened,
        ),
        (
            plain.clone(),
            report(", evidence: strong"),
            named.clone(),
            Strengthened,
        ),
        (
            plain.clone(),
            report(", max_age: 1d"),
            named.clone(),
            Strengthened,
        ),
        (
            report(", max_age: 1d"),
            report(", max_age: 2d"),
            named.clone(),
            Weakened,
        ),
        (
            plain.clone(),
            report(", accept_degraded: { reason: a, owner: \"@o\" }"),
            named.clone(),
            Weakened,
        ),
        (
            plain.clone(),
            plain.replace("path: x", "path: y"),
            named.clone(),
            Changed,
        ),
        (plain.clone(), String::new(), named.clone(), Removed),
        (String::new(), plain.clone(), named, Changed),
        (
            String::new(),
            "suppressions: { mode: ignore }\n".to_owned(),
            Subject::Key("suppressions"),
            Strengthened,
        ),
        (
            "suppressions: { max_severity: low }\n".to_owned(),
            "suppressions: { max_severity: high }\n".to_owned(),
            Subject::Key("suppressions"),
            Weakened,
        ),
        (
            "severity: { unscored: fail }\n".to_owned(),
            "severity: { unscored: ignore }\n".to_owned(),
            Subject::Key("severity"),
            Weakened,
        ),
    ] {
        let list = of((&before, &kr), (&after, &kr));
        let found: Vec<_> = list.into_iter().map(|d| (d.subject, d.shift)).collect();
        assert_eq!(found, [(subject, expected)], "{before} to {after}");
    }
}

#[test]
fn github_g051_titles_owners_and_weights_weaken_nothing() {
    let one = "id: k, measure: { count: { class: sast } }, target: \"<= 0\"";
    let other = "id: k, measure: { count: { class: sast } }, target: \"<= 0\", weight: 3, \
                 owner: \"@x\"";
    assert_eq!(of(("", one), ("mission: Other.\n", other)), []);
}
