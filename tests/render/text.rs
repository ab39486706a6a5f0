//! The terminal and the plain log.

use krgate::decide::Evaluation;
use krgate::render::text::{TextOptions, Verbosity, write};

use crate::sample::{failing, passing, written, wrong_evidence};

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
