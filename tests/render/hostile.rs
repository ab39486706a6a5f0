//! Hostile text through the sinks that a log or a browser acts on.

use krgate::decide::{Counts, Evaluation, ExitCode, Proposed, ProposedOutcome, Verdict};
use krgate::diagnostic::Message;
use krgate::model::{RepoPath, Untrusted, is_hidden, visible};
use krgate::policy::{Difference, Shift, Subject};
use krgate::render::encode::terminal::TerminalText;
use krgate::render::encode::workflow::{
    Kind, Lines, MOST_TITLE_UNITS, MOST_UNITS, WorkflowCommand, data, property,
};
use krgate::render::text::{TextOptions, Verbosity};
use krgate::render::{json, junit, markdown, sarif, text};
use proptest::prelude::*;

use crate::runner::{assert_no_command, decode};
use crate::sample::{HOSTILE, failing, passing, written, wrong_evidence};
use crate::visible_form::read_visible;

/// A change that edits the policy, with foreign text wherever a policy can put it.
fn proposed() -> Evaluation {
    let mut evaluation = failing();
    let difference = |subject, shift| Difference {
        subject,
        shift,
        ways: vec!["target loosened: <= 0, now <= 99".to_owned()],
    };
    let subjects = HOSTILE.iter().flat_map(|text| {
        let name = (*text).to_owned();
        [Subject::KeyResult(name.clone()), Subject::Report(name)]
    });
    evaluation.proposed = Some(Proposed {
        differences: subjects
            .map(|subject| difference(subject, Shift::Weakened))
            .collect(),
        outcome: ProposedOutcome::Judged {
            sha256: "0".repeat(64),
            exit: ExitCode::Passed,
            counts: Counts::default(),
            key_results: HOSTILE
                .iter()
                .map(|text| ((*text).to_owned(), Verdict::Met, false))
                .collect(),
        },
    });
    evaluation
}

fn all_outputs() -> Vec<(String, String)> {
    let mut outputs = Vec::new();
    for (name, evaluation) in [
        ("failing", failing()),
        ("passing", passing()),
        ("wrong evidence", wrong_evidence()),
        ("proposed", proposed()),
    ] {
        for (verbosity, all) in [
            (Verbosity::Quiet, false),
            (Verbosity::Normal, true),
            (Verbosity::Verbose, true),
        ] {
            let options = TextOptions {
                verbosity,
                all,
                styled: false,
            };
            outputs.push((
                format!("{name}, text {verbosity:?}"),
                written(|out| text::write(&evaluation, options, out)),
            ));
        }
        let options = markdown::MarkdownOptions::default();
        for (format, output) in [
            (
                "markdown",
                written(|out| markdown::write(&evaluation, options, out)),
            ),
            ("json", written(|out| json::write(&evaluation, out))),
            ("sarif", written(|out| sarif::write(&evaluation, out))),
            ("junit", written(|out| junit::write(&evaluation, out))),
        ] {
            outputs.push((format!("{name}, {format}"), output));
        }
    }
    outputs
}

#[test]
fn encoder_e11_e12_and_github_g012_g014_no_line_of_any_output_is_a_command() {
    for (name, output) in all_outputs() {
        eprintln!("{name}");
        assert_no_command(&output);
        assert!(!output.contains("##["), "{name}");
    }
}

#[test]
fn encoder_e25_and_github_g010_no_output_holds_a_character_that_acts_or_hides() {
    for (name, output) in all_outputs() {
        let hidden: Vec<char> = output
            .chars()
            .filter(|c| is_hidden(*c) && *c != '\n')
            .collect();
        assert!(hidden.is_empty(), "{name}: {hidden:?}");
    }
}

#[test]
fn invariant_08_same_inputs_same_bytes() {
    assert_eq!(all_outputs(), all_outputs());
}

#[test]
fn encoder_e25_colour_adorns_finished_cells_and_changes_no_word() {
    let evaluation = failing();
    let styled = TextOptions {
        styled: true,
        ..TextOptions::default()
    };
    let coloured = written(|out| text::write(&evaluation, styled, out));
    let plain = written(|out| text::write(&evaluation, TextOptions::default(), out));
    assert_ne!(coloured, plain);
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn output_v06_lines_have_80_columns_unless_a_path_or_a_name_needs_more() {
    let evaluation = passing();
    let output = written(|out| text::write(&evaluation, TextOptions::default(), out));
    for line in output.lines() {
        assert!(
            TerminalText::own(line).width() <= 80 || line.contains("reports/"),
            "{line}"
        );
    }
}

#[test]
fn output_v10_quiet_is_the_last_line_alone() {
    let evaluation = failing();
    let quiet = TextOptions {
        verbosity: Verbosity::Quiet,
        ..TextOptions::default()
    };
    let quiet = written(|out| text::write(&evaluation, quiet, out));
    let normal = written(|out| text::write(&evaluation, TextOptions::default(), out));
    assert_eq!(quiet.lines().count(), 1);
    assert!(normal.ends_with(&quiet));
}

#[test]
fn output_v04_all_shows_every_finding_and_no_more_are_left() {
    let evaluation = failing();
    let all = TextOptions {
        all: true,
        ..TextOptions::default()
    };
    let all = written(|out| text::write(&evaluation, all, out));
    assert_eq!(all.matches("  - web/src/file").count(), 432);
    assert!(!all.contains("more: krgate"));
    let some = written(|out| text::write(&evaluation, TextOptions::default(), out));
    assert_eq!(some.matches("  - web/src/file").count(), 5, "it only warns");
    assert!(some.contains("and 427 more: krgate check --format json, or --all"));
}

#[test]
fn output_v04_the_command_for_the_rest_can_be_pasted() {
    let mut evaluation = failing();
    evaluation.about.again = ["--policy", "p/krgate.yaml", "--event", "change"]
        .map(str::to_owned)
        .to_vec();
    let page = |evaluation: &Evaluation| {
        written(|out| text::write(evaluation, TextOptions::default(), out))
    };
    assert!(page(&evaluation).contains(
        "and 427 more: krgate check --policy p/krgate.yaml --event change --format json, or --all"
    ));
    evaluation.about.again = vec!["my report.sarif".to_owned()];
    assert!(page(&evaluation).contains(
        "and 427 more: krgate check --format json with the same policy and reports, or --all"
    ));
}

#[test]
fn encoder_e08_a_path_stays_one_property() {
    let path = RepoPath::from_normal("a,line=1::b:c%0A.rs").unwrap();
    let command = WorkflowCommand::new(Kind::Error, &Message::from("bad"))
        .title(&Message::from("x: ").foreign(Untrusted::new("y,z\n")))
        .at(&path, Lines::new(3, Some(2)))
        .to_string();
    let read = decode(&command).unwrap();
    assert_eq!(read.properties["file"], path.as_str());
    assert_eq!(read.properties["line"], "3");
    assert_eq!(
        read.properties.get("endline"),
        None,
        "an end before the start is dropped"
    );
    assert_eq!(read.properties["title"], "x: `y,z\\n`");
    assert_eq!(read.properties.len(), 3);
    assert_eq!(read.data, "bad");
}

#[test]
fn github_g028_long_text_is_cut_at_a_character_and_says_so() {
    let of = |text: &str| {
        let words = Message::from(text.to_owned());
        let command = WorkflowCommand::new(Kind::Notice, &words).title(&words);
        decode(&command.to_string()).unwrap()
    };
    // Two units each, and one of the mark.
    let read = of(&"😀".repeat(3_000));
    assert_eq!(read.data.encode_utf16().count(), MOST_UNITS - 1);
    assert!(read.data.ends_with("😀…"));
    assert_eq!(
        read.properties["title"].encode_utf16().count(),
        MOST_TITLE_UNITS
    );
    for (units, is_cut) in [(MOST_UNITS, false), (MOST_UNITS + 1, true)] {
        let read = of(&"x".repeat(units));
        assert_eq!(read.data.len(), MOST_UNITS + if is_cut { 2 } else { 0 });
        assert_eq!(read.data.ends_with('…'), is_cut);
    }
}

#[test]
fn github_g022_an_empty_value_is_not_written() {
    let command = WorkflowCommand::new(Kind::Error, &Message::from("x"));
    assert_eq!(command.to_string(), "::error::x");
    let path = RepoPath::from_normal("a").unwrap();
    let at = command.at(&path, None).to_string();
    assert_eq!(at, "::error file=a::x");
}

#[test]
fn github_g018_and_g019_data_and_properties_have_their_own_escapes() {
    assert_eq!(data(Untrusted::new("a:b,c%")), "a:b,c%25");
    assert_eq!(property(Untrusted::new("a:b,c%")), "a%3Ab%2Cc%25");
    let own = Message::from("a\r\n:,%0D");
    let command = WorkflowCommand::new(Kind::Error, &own).title(&own);
    assert_eq!(
        command.to_string(),
        "::error title=a%0D%0A%3A%2C%250D::a%0D%0A:,%250D"
    );
    let read = decode(&command.to_string()).unwrap();
    assert_eq!(read.data, "a\r\n:,%0D");
    assert_eq!(read.properties["title"], "a\r\n:,%0D");
}

#[test]
fn hostile_h04_an_escape_in_the_text_is_shown_as_written() {
    assert_eq!(data(Untrusted::new("%0A::error::x")), "%250A::error::x");
    assert_eq!(property(Untrusted::new("a:b,c%2C")), "a%3Ab%2Cc%252C");
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        r"\PC{0,6}",
        r"\pC{0,4}",
        prop::sample::select(HOSTILE).prop_map(str::to_owned),
        prop::sample::select(&["::", "##[error]", "%0A", "%25", ",", "=", "\\", "\n"][..])
            .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn github_g020_any_path_comes_back_through_the_runner(text in any_text()) {
        let path = RepoPath::from_normal(&text).filter(|_| visible(&text) == text);
        prop_assume!(path.is_some() && !text.starts_with('='));
        let command = WorkflowCommand::new(Kind::Error, &Message::from("x"))
            .title(&Message::from("krgate"))
            .at(&path.unwrap(), Lines::new(1, None));
        let read = decode(&command.to_string()).unwrap();
        prop_assert_eq!(read.properties.get("file"), Some(&text));
        prop_assert_eq!(read.properties.len(), 3);
    }

    #[test]
    fn encoder_e07_and_e08_any_text_comes_back_through_the_runner(
        text in any_text(), title in any_text()
    ) {
        prop_assume!(text.chars().count() <= 500 && title.chars().count() <= 500);
        let message = Message::default().foreign(Untrusted::new(&text));
        let title_message = Message::default().foreign(Untrusted::new(&title));
        let line = WorkflowCommand::new(Kind::Warning, &message)
            .title(&title_message)
            .to_string();
        prop_assert!(!line.contains(['\n', '\r']) && !line.contains("##["));
        let read = decode(&line).unwrap();
        prop_assert_eq!(&read.name, "warning");
        prop_assert_eq!(&read.data, &format!("`{}`", visible(&text)));
        let shown = format!("`{}`", visible(&title));
        prop_assert_eq!(read.properties.get("title"), Some(&shown));
        prop_assert_eq!(read.properties.len(), 1);
    }

    #[test]
    fn encoder_e03_the_visible_form_can_be_read_back(text in any_text()) {
        let shown = visible(&text);
        prop_assert!(!shown.chars().any(is_hidden));
        prop_assert_eq!(read_visible(&shown), text);
    }

    #[test]
    fn encoder_e25_a_cut_text_fits_and_is_a_beginning(text in any_text(), columns in 1_usize..60) {
        prop_assume!(text.chars().count() <= 500);
        let whole = TerminalText::label(Untrusted::new(&text));
        let cut = whole.clone().cut(columns);
        prop_assert!(cut.width() <= columns.max(1));
        match cut.as_str().strip_suffix('…') {
            Some(kept) if whole.width() > columns => {
                prop_assert!(whole.as_str().starts_with(kept));
                // Not through an escape: what is kept can be read back.
                prop_assert!(text.starts_with(&read_visible(kept)));
            }
            _ => prop_assert_eq!(cut.as_str(), whole.as_str()),
        }
    }
}
