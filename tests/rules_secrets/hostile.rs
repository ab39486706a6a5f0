//! The hostile files that concern these formats, against what is known of them.
//!
//! `KRGATE_CORPUS` names the corpus; without it this test says that it was skipped.

use std::path::PathBuf;

use krgate::ingest::{Expected, read};
use krgate::model::{Class, UntrustedText};

use super::support::*;

#[expect(
    clippy::disallowed_methods,
    reason = "where the corpus lies is told by the environment"
)]
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var("KRGATE_CORPUS").ok();
    if folder.is_none() {
        eprintln!("skipped: KRGATE_CORPUS is not set");
    }
    folder.map(|folder| PathBuf::from(folder).join("hostile"))
}

fn read_file(
    path: PathBuf,
    declared: Option<&str>,
) -> (krgate::model::Intake, Vec<krgate::diagnostic::Diagnostic>) {
    let mut request = request(path);
    request.expected = Expected {
        format: declared.map(str::to_owned),
        class: Some(Class::Secrets),
        ..Expected::default()
    };
    request.shown = UntrustedText::new("report");
    read(&[request], &context())
}

/// The code that the second part of the column `expected` names for exit 3.
fn named_code(expected: &str) -> Option<&str> {
    expected
        .split('`')
        .find(|part| part.starts_with("report-") || part.starts_with("item-"))
}

#[test]
fn hostile_h01_to_h40_hold_what_they_are_known_to_hold() {
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("expected.tsv")).unwrap();
    let mut differences = Vec::new();
    for row in table.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [id, file, _, feed, exit, secrets, occurrences, _, expected] = columns[..] else {
            panic!("{row}");
        };
        let declared = feed.strip_prefix("declare=");
        let (intake, diagnostics) = read_file(corpus.join(file), declared);
        let refused = !intake.reports[0].read;
        let code = diagnostics
            .iter()
            .find(|d| d.code.as_str().starts_with("report-") && refused);
        let code = code.map(|d| d.code.as_str());
        let groups = krgate::model::group_secrets(&intake, |_| true);
        let found = if refused {
            "3 - -".to_owned()
        } else {
            let occurrences: u64 = groups.iter().map(|g| g.occurrences()).sum();
            format!(
                "{} {} {occurrences}",
                u8::from(!groups.is_empty()),
                groups.len()
            )
        };
        if found != format!("{exit} {secrets} {occurrences}") {
            differences.push(format!("{id} ({feed}): {found} with {code:?}"));
        }
        if refused && code != named_code(expected) {
            differences.push(format!("{id} ({feed}): {code:?}, not {expected}"));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn hostile_h13_a_secret_in_a_path_is_in_no_text() {
    let Some(corpus) = corpus() else { return };
    let (intake, diagnostics) = read_file(corpus.join("H13_secret_in_path.json"), None);
    let view = intake.view(0).unwrap();
    assert!(view.shown_path().unwrap().raw().contains("‹secret›"));
    assert!(!view.path_can_be_linked());
    let real = view.repo_path().unwrap().as_str().to_owned();
    let shown = format!("{:?} {diagnostics:?}", intake.texts);
    assert!(!shown.contains(&real));
}

#[test]
fn hostile_h16_paths_outside_the_repository_are_labels() {
    let Some(corpus) = corpus() else { return };
    let (intake, _) = read_file(corpus.join("H16_traversal.json"), None);
    assert_eq!(intake.findings.len(), 4);
    for view in intake.views() {
        assert!(view.repo_path().is_none());
        assert!(!view.path_can_be_linked());
    }
}

#[test]
fn hostile_h18_and_h19_offsets() {
    let Some(corpus) = corpus() else { return };
    let (_, diagnostics) = read_file(corpus.join("H19_bad_utf8.json"), None);
    assert_eq!(place(&diagnostics[0]).1, Some(56));
    let (_, diagnostics) = read_file(corpus.join("H18_lone_surrogate.json"), None);
    assert!(
        place(&diagnostics[0])
            .1
            .is_some_and(|offset| (50..65).contains(&offset))
    );
    let (_, diagnostics) = read_file(corpus.join("H24_big_numbers.json"), None);
    assert!(
        place(&diagnostics[0])
            .2
            .is_some_and(|(line, column)| line == 1 && column > 40)
    );
}

#[test]
fn hostile_h37_a_long_text_is_cut() {
    let Some(corpus) = corpus() else { return };
    let (intake, _) = read_file(corpus.join("H37_long_string.json"), None);
    let title = intake.view(0).unwrap().title().unwrap().raw();
    assert!(title.ends_with("A…") && title.len() < 70_000);
}
