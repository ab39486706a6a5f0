//! Marks on hand-made intakes.

use super::*;
use crate::model::Class;
use crate::model::testing::{IntakeBuilder, RunSpec};
use crate::policy;

fn marked(scope: &str, facts: &RunFacts, paths: &[&str]) -> Scoped {
    let text = format!(
        "version: 1\nscopes:\n  prod: {scope}\nobjectives:\n  - id: o\n    title: O\n    owner: \
         \"@o\"\n    key_results:\n      - {{ id: k, title: T, measure: {{ count: {{ scope: prod }} \
         }}, target: \"<= 0\" }}\n"
    );
    let loaded = policy::parse("krgate.yaml", &text);
    let Some(policy) = loaded.policy else {
        panic!("policy has faults: {:?}\n{text}", loaded.diagnostics);
    };
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("semgrep", Class::Sast));
    for path in paths {
        intake.finding(run, "r", path, 1);
    }
    mark(intake.build(), &policy, facts)
}

fn inside(scoped: &Scoped) -> Vec<bool> {
    (0..scoped.intake.findings.len())
        .map(|index| scoped.is_inside(index, 0))
        .collect()
}

#[test]
fn a_star_stays_in_its_folder_and_two_stars_cross() {
    let one = marked(
        "{ paths: [\"a/*.rs\"] }",
        &RunFacts::default(),
        &["a/x.rs", "a/b/x.rs"],
    );
    assert_eq!(inside(&one), [true, false]);
    let two = marked(
        "{ paths: [\"a/**/*.rs\"] }",
        &RunFacts::default(),
        &["a/x.rs", "a/b/x.rs"],
    );
    assert_eq!(inside(&two), [true, true]);
}

#[test]
fn a_glob_with_an_exclamation_mark_takes_away() {
    let paths = ["services/a.py", "services/tests/a.py", "web/a.js", ""];
    let both = marked(
        "{ paths: [\"services/**\", \"!**/tests/**\"] }",
        &RunFacts::default(),
        &paths,
    );
    assert_eq!(inside(&both), [true, false, false, true]);
}

#[test]
fn outside_an_environment_everything_is_out_and_unknown_counts_as_inside() {
    let scope = "{ environments: [production] }";
    let facts = |name: Option<&str>| RunFacts {
        environment: name.map(str::to_owned),
        reference: None,
        ..RunFacts::default()
    };
    let unknown = marked(scope, &facts(None), &["a.py"]);
    assert_eq!(inside(&unknown), [true]);
    assert_eq!(unknown.scopes[0].assumed, ["no --environment is given"]);
    let there = marked(scope, &facts(Some("production")), &["a.py"]);
    assert_eq!(inside(&there), [true]);
    assert!(there.scopes[0].assumed.is_empty());
    let elsewhere = marked(scope, &facts(Some("staging")), &["a.py", ""]);
    assert_eq!(inside(&elsewhere), [false, false]);
    assert!(elsewhere.scopes[0].run_outside.is_some());
}

#[test]
fn refs_are_globs_over_the_short_name() {
    let scope = "{ refs: [main, \"release/*\"] }";
    let on = |reference: &str| {
        let facts = RunFacts {
            environment: None,
            reference: Some(reference.to_owned()),
            ..RunFacts::default()
        };
        inside(&marked(scope, &facts, &["a.py"]))[0]
    };
    assert!(on("main"));
    assert!(on("refs/heads/main"));
    assert!(on("refs/heads/release/1.2"));
    assert!(!on("release/1/2"));
    assert!(!on("maintenance"));
    let full = RunFacts {
        environment: None,
        reference: Some("main".to_owned()),
        ..RunFacts::default()
    };
    assert_eq!(
        inside(&marked("{ refs: [refs/heads/main] }", &full, &["a.py"])),
        [true]
    );
}
