//! Hostile text through the sinks that a log or a browser acts on.

use krgate::decide::{Counts, Evaluation, ExitCode, Proposed, ProposedOutcome, Verdict};
use krgate::diagnostic::Message;
use krgate::model::{RepoPath, Untrusted, is_hidden, visible};
use krgate::policy::{Difference, Shift, Subject};
use krgate::render::encode::terminal::TerminalText;
use krgate::render::encode::workflow::{Kind, WorkflowCommand, data, property};
use krgate::render::text::{TextOptions, Verbosity};
use krgate::render::{json, junit, markdown, sarif, text};
use proptest::prelude::*;

use crate::runner::{assert_no_command, decode};
use crate::sample::{HOSTILE, failing, passing, written, wrong_evidence};

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
fn encoder_e11_and_e12_no_line_of_any_output_is_a_command() {
    for (name, output) in all_outputs() {
        eprintln!("{name}");
        assert_no_command(&output);
        assert!(!output.contains("##["), "{name}");
    }
}

#[test]
fn encoder_e25_no_output_holds_a_character_that_acts_or_hides() {
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
        .at(&path, Some(3), Some(2))
        .to_string();
    let read = decode(&command).unwrap();
    assert_eq!(read.properties["file"], path.as_str());
    assert_eq!(read.properties["line"], "3");
    assert_eq!(
        read.properties.get("endLine"),
        None,
        "an end before the start is dropped"
    );
    assert_eq!(read.properties["title"], "x: `y,z\\n`");
    assert_eq!(read.properties.len(), 3);
    assert_eq!(read.data, "bad");
}

#[test]
fn limit_l08_a_message_has_4000_units_and_is_cut_at_a_character() {
    let long = "😀".repeat(3_000);
    let message = Message::from(long);
    let command = WorkflowCommand::new(Kind::Notice, &message).to_string();
    let read = decode(&command).unwrap();
    assert_eq!(read.data.encode_utf16().count(), 4_000);
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

/// Reads the visible form back: a run of backslashes before `u`, `n`, `r` or `t` stands for
/// half as many, and an odd one ends in an escape.
fn read_visible(shown: &str) -> String {
    let mut text = String::new();
    let mut rest = shown;
    while let Some(c) = rest.chars().next() {
        if c != '\\' {
            text.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let run = rest.chars().take_while(|c| *c == '\\').count();
        rest = &rest[run..];
        let Some(letter) = rest.chars().next().filter(|c| "unrt".contains(*c)) else {
            text.extend(std::iter::repeat_n('\\', run));
            continue;
        };
        text.extend(std::iter::repeat_n('\\', run / 2));
        if run % 2 == 0 {
            continue;
        }
        rest = &rest[1..];
        match letter {
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            _ => {
                let (hex, after) = rest[1..].split_once('}').unwrap();
                text.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
                rest = after;
            }
        }
    }
    text
}
