//! The terminal and the plain log.

use krgate::decide::Evaluation;
use krgate::render::text::{TextOptions, Verbosity, write};

use crate::sample::{failing, loosened, of_the_policy, passing, repeated, written, wrong_evidence};

fn text(evaluation: &Evaluation, options: TextOptions) -> String {
    written(|out| write(evaluation, options, out))
}

fn normal(evaluation: &Evaluation) -> String {
    text(evaluation, TextOptions::default())
}

fn verbose() -> TextOptions {
    TextOptions {
        verbosity: Verbosity::Verbose,
        ..TextOptions::default()
    }
}

#[test]
fn output_text_of_a_gate_that_fails() {
    insta::assert_snapshot!(normal(&failing()));
}

#[test]
fn output_text_of_a_gate_that_passes() {
    insta::assert_snapshot!(normal(&passing()));
}

#[test]
fn output_text_of_evidence_that_is_wrong() {
    insta::assert_snapshot!(normal(&wrong_evidence()));
}

#[test]
fn output_text_that_says_more() {
    insta::assert_snapshot!(text(&passing(), verbose()));
}

#[test]
fn report_o04_a_note_that_loosens_is_never_hidden() {
    let page = normal(&loosened());
    assert!(
        page.contains(
            "  ok    no-container          0 findings    target <= 0\n        \
             * 12 findings are left out for want of a score (`severity.unscored:\n          \
             ignore`)\n"
        ),
        "{page}"
    );
    assert!(page.contains("PASSED"));
}

#[test]
fn output_text_says_of_a_copy_that_it_repeats() {
    let page = normal(&repeated());
    assert!(!page.contains("NO RUN"), "{page}");
    let mut lines = page
        .lines()
        .skip_while(|line| !line.starts_with("  REPEAT"));
    let first = lines.next().unwrap();
    assert!(first.contains("reports/copy.sarif"), "{first}");
    let why = "the same report was given before; it is read once";
    assert_eq!(lines.next().unwrap().trim(), why);
}

#[test]
fn output_text_of_a_warning_of_the_policy_expects_nothing() {
    let mut evaluation = passing();
    evaluation.diagnostics = vec![of_the_policy()];
    let page = normal(&evaluation);
    assert!(
        page.contains(
            "]: report `images` names no class\n  \
             the report is read as a scan of everything\n  \
             in the policy; see `krgate policy check` for where\n"
        ),
        "{page}"
    );
}
