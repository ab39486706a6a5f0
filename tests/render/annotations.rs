//! Annotations: which findings get one, in which order, and what the runner makes of them.

use std::num::NonZeroU32;

use krgate::decide::{Evaluation, Event};
use krgate::diagnostic::{Code, Diagnostic, Place};
use krgate::model::{
    BaselineState, ChangedLines, Level as ReportLevel, LineRange, RepoPath, Suppression,
    UntrustedText,
};
use krgate::render::annotations::{
    Annotation, Asked, Budget, Level, MOST_A_LEVEL, MOST_OF_A_CHECK_RUN, Selection, Show, select,
};
use krgate::render::encode::workflow::shown;
use krgate::render::json;
use krgate::render::markdown::{MarkdownOptions, summary};
use proptest::prelude::*;

use crate::runner::{Kept, Log, read};
use crate::sample::{
    HOSTILE, Maker, RUN_OF_CODE, RUN_OF_SECRETS, Shape, failing, made, written, wrong_evidence,
};

const BLOCKS: &str = r#"{ id: no-code, title: T, measure: { count: { class: sast } }, target: "<= 0", on_miss: block }"#;
const WARNS: &str = r#"{ id: few-code, title: T, measure: { count: { class: sast } }, target: "<= 0", on_miss: warn }"#;
const OBSERVES: &str = r#"{ id: see-code, title: T, measure: { count: { class: sast } }, target: "<= 0", on_miss: observe }"#;
const LATER: &str = r#"{ id: soon, title: T, measure: { count: { class: sast } }, target: "<= 0", on_miss: block, enforce_from: 2027-01-01 }"#;

const ASKED: Asked<'_> = Asked {
    show: Show::Diff,
    changed: None,
    faults: &[],
    budget: Budget::EachLevel(MOST_A_LEVEL),
    rest_is_in: "the job summary",
    folder: "",
};

fn shape(path: &str, line: u32) -> Shape<'_> {
    Shape {
        run: RUN_OF_CODE,
        rule: "r",
        title: None,
        path: Some(path),
        line,
        message: None,
        score: Some(50),
        level: ReportLevel::Error,
    }
}

/// One finding a path, on line 1.
fn at(paths: &[&str], key_results: &[&str]) -> Evaluation {
    let make = |maker: &mut Maker| {
        for path in paths {
            maker.add(&shape(path, 1));
        }
    };
    made(Event::Change, key_results, make, Vec::new())
}

fn many(number: usize, key_results: &[&str]) -> Evaluation {
    let paths: Vec<String> = (0..number).map(|index| format!("f{index:02}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    at(&paths, key_results)
}

/// The selection as the runner reads it.
fn through_the_runner(selection: &Selection) -> Log {
    let lines: Vec<String> = selection
        .annotations
        .iter()
        .map(|annotation| annotation.command().to_string())
        .collect();
    let log = read(&lines.join("\n"));
    assert_eq!(log.lines, [""; 0], "each line is a command");
    assert_eq!(log.others, []);
    log
}

fn files(log: &Log, level: &str) -> Vec<String> {
    let file = |kept: &&Kept| kept.properties.get("file").cloned().unwrap_or_default();
    log.of(level).iter().map(file).collect()
}

fn lines_of(path: &str, first: u32, last: u32) -> ChangedLines {
    let mut changed = ChangedLines::default();
    let path = RepoPath::from_normal(path).unwrap();
    changed.add_lines(path, [LineRange { first, last }]);
    changed
}

#[test]
fn github_g021_data_and_titles_begin_with_words_of_our_own() {
    for evaluation in [failing(), wrong_evidence()] {
        let ids: Vec<String> = evaluation
            .key_results()
            .map(|(_, kr)| kr.id.clone())
            .collect();
        for annotation in select(&evaluation, ASKED).annotations {
            let text = shown(&annotation.message);
            let first = text.split([':', ',']).next().unwrap();
            assert!(
                first == "krgate" || ids.contains(&first.to_owned()),
                "{text}"
            );
            assert!(
                annotation.title.starts_with("krgate"),
                "{}",
                annotation.title
            );
            assert!(!annotation.title.contains('`'), "{}", annotation.title);
        }
    }
}

#[test]
fn github_g024_the_level_is_what_the_key_result_does() {
    for (key_results, level, id) in [
        (&[BLOCKS][..], "error", "no-code"),
        (&[WARNS], "warning", "few-code"),
        (&[OBSERVES], "notice", "see-code"),
        (&[LATER], "warning", "soon"),
        // The worst of several.
        (&[OBSERVES, WARNS, BLOCKS], "error", "no-code"),
    ] {
        let log = through_the_runner(&select(&at(&["a"], key_results), ASKED));
        assert_eq!(log.kept.len(), 1, "{id}");
        assert_eq!(log.kept[0].level, level, "{id}");
        assert!(
            log.kept[0].message.starts_with(&format!("{id}: ")),
            "{:?}",
            log.kept[0]
        );
    }
}

#[test]
fn github_g024_what_is_set_aside_or_within_its_target_has_none() {
    let aside = made(
        Event::State,
        &[BLOCKS],
        |maker| {
            maker.add(&shape("a", 1)).suppression = Suppression::InSource;
            maker.add(&shape("b", 1));
        },
        Vec::new(),
    );
    assert_eq!(
        files(&through_the_runner(&select(&aside, ASKED)), "error"),
        ["b"]
    );
    // A key result that counts just what is suppressed blocks, without a place to point at.
    let share = r#"{ id: few, title: T, measure: { suppressed: { class: sast } }, target: "<= 0", on_miss: block }"#;
    let counts_them = made(
        Event::State,
        &[share],
        |maker| {
            maker.add(&shape("a", 1)).suppression = Suppression::InSource;
        },
        Vec::new(),
    );
    let log = through_the_runner(&select(&counts_them, ASKED));
    assert_eq!(files(&log, "error"), [""]);
    assert!(log.kept[0].message.starts_with("few: 1"), "{:?}", log.kept);
    let met = BLOCKS.replace("<= 0", "<= 5");
    assert_eq!(select(&at(&["a"], &[&met]), ASKED).annotations, []);
}

#[test]
fn github_g025_only_a_path_of_the_repository_is_a_file() {
    for path in [
        "a b/c.rs",
        "a,line=9::x%0A.rs",
        "é/😀.py",
        "-x",
        "a=b",
        " a",
        "a;b]",
    ] {
        let log = through_the_runner(&select(&at(&[path], &[BLOCKS]), ASKED));
        assert_eq!(files(&log, "error"), [path], "{path:?}");
        assert_eq!(log.kept[0].properties["line"], "1", "{path:?}");
    }
    for path in [
        "/etc/passwd",
        "../a",
        "a/../b",
        "a\\b",
        "C:/a",
        "file:///a",
        "=a",
        "a\n::error::b",
        "\u{202e}gpj.exe",
        "a\u{0}b",
        "##[error]",
    ] {
        let log = through_the_runner(&select(&at(&[path], &[BLOCKS]), ASKED));
        assert_eq!(files(&log, "error"), [""], "{path:?}");
        let said = format!("; at `{}`:1", krgate::model::visible(path));
        assert!(log.kept[0].message.contains(&said), "{:?}", log.kept[0]);
        assert_eq!(log.kept[0].properties.get("line"), None);
    }
}

/// A finding with these lines and columns, as the runner has it before it corrects anything.
fn positions(region: [u32; 4]) -> Vec<(String, String)> {
    let [line, end_line, column, end_column] = region.map(NonZeroU32::new);
    let evaluation = made(
        Event::State,
        &[BLOCKS],
        |maker| {
            let mut found = maker.add(&shape("a", 1));
            found.region.line = line;
            found.region.end_line = end_line;
            found.region.column = column;
            found.region.end_column = end_column;
        },
        Vec::new(),
    );
    let selection = select(&evaluation, ASKED);
    let line = selection.annotations[0].command().to_string();
    let command = crate::runner::decode(&line).unwrap();
    let before = command.properties.clone();
    assert_eq!(
        crate::runner::corrected(command.properties),
        before,
        "the runner had to mend {line}"
    );
    before
        .into_iter()
        .filter(|(key, _)| !["file", "title"].contains(&key.as_str()))
        .collect()
}

#[test]
fn github_g026_positions_need_no_repair_by_the_runner() {
    let at = |region: [u32; 4], expected: &[(&str, &str)]| {
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(positions(region), expected, "{region:?}");
    };
    at([0, 0, 0, 0], &[]);
    at([0, 7, 3, 4], &[]);
    at([5, 0, 0, 0], &[("line", "5")]);
    at([5, 5, 0, 0], &[("line", "5")]);
    at([5, 7, 0, 0], &[("endline", "7"), ("line", "5")]);
    at([5, 4, 0, 0], &[("line", "5")]);
    at([5, 7, 2, 3], &[("endline", "7"), ("line", "5")]);
    at(
        [5, 5, 2, 3],
        &[("col", "2"), ("endcolumn", "3"), ("line", "5")],
    );
    at([5, 0, 2, 0], &[("col", "2"), ("line", "5")]);
    at([5, 0, 0, 3], &[("line", "5")]);
    at([5, 0, 4, 3], &[("col", "4"), ("line", "5")]);
}

#[test]
fn github_g027_a_finding_without_a_place_is_announced_without_a_file() {
    let evaluation = made(
        Event::Change,
        &[BLOCKS],
        |maker| {
            maker.add(&Shape {
                path: None,
                ..shape("", 0)
            });
        },
        Vec::new(),
    );
    let changed = lines_of("other", 1, 1);
    let asked = Asked {
        changed: Some(&changed),
        ..ASKED
    };
    let log = through_the_runner(&select(&evaluation, asked));
    assert_eq!(files(&log, "error"), [""]);
    assert!(
        log.kept[0].message.starts_with("no-code: `r`, CVSS 5.0"),
        "{:?}",
        log.kept
    );
}

#[test]
fn github_g040_what_is_worst_comes_first() {
    let add = |maker: &mut Maker, path: &str, line, rule, score, existing| {
        let mut found = maker.add(&Shape {
            rule,
            score,
            ..shape(path, line)
        });
        if existing {
            found.baseline = BaselineState::Existing;
        }
    };
    let all = BLOCKS.replace("on_miss: block", "on_miss: block, judge: all");
    let evaluation = made(
        Event::Change,
        &[&all],
        |maker| {
            add(maker, "old", 1, "r", Some(99), true);
            add(maker, "b", 2, "r", Some(50), false);
            add(maker, "b", 1, "s", Some(50), false);
            add(maker, "b", 1, "r", Some(50), false);
            add(maker, "a", 9, "r", Some(50), false);
            add(maker, "high", 1, "r", Some(98), false);
            add(maker, "unscored", 1, "r", None, false);
        },
        Vec::new(),
    );
    let log = through_the_runner(&select(&evaluation, ASKED));
    assert_eq!(
        files(&log, "error"),
        ["unscored", "high", "a", "b", "b", "b", "old"]
    );
    let of_b: Vec<_> = log.kept[3..6]
        .iter()
        .map(|kept| {
            let rule = kept.message.contains("`s`");
            (kept.properties["line"].as_str(), rule)
        })
        .collect();
    assert_eq!(of_b, [("1", false), ("1", true), ("2", false)]);
}

#[test]
fn github_g041_ten_of_ten_and_nine_of_more() {
    let of = |number| through_the_runner(&select(&many(number, &[BLOCKS]), ASKED));
    let ten = of(10);
    assert_eq!((ten.of("error").len(), ten.dropped), (10, 0));
    assert!(files(&ten, "error").iter().all(|file| !file.is_empty()));
    let eleven = of(11);
    assert_eq!((eleven.of("error").len(), eleven.dropped), (10, 0));
    assert_eq!(files(&eleven, "error")[8..], ["f08", ""]);
    assert_eq!(
        eleven.kept[9].message,
        "krgate: 2 more: see the job summary"
    );
    // Each level has its ten.
    let levels = many(11, &[WARNS]);
    let log = through_the_runner(&select(&levels, ASKED));
    assert_eq!((log.of("warning").len(), log.of("error").len()), (10, 0));
}

#[test]
fn github_g042_key_results_without_a_finding_come_first_and_are_three_at_most() {
    let tools = |id: &str| {
        format!(
            "{{ id: {id}, title: T, measure: {{ tools: {{ iac: 1 }} }}, target: \">= 100%\", on_miss: block }}"
        )
    };
    let list: Vec<String> = ["t1", "t2", "t3", "t4", "t5"].map(tools).to_vec();
    let mut key_results: Vec<&str> = list.iter().map(String::as_str).collect();
    key_results.push(BLOCKS);
    let log = through_the_runner(&select(&many(20, &key_results), ASKED));
    let first: Vec<&str> = log
        .of("error")
        .iter()
        .map(|kept| kept.message.split(':').next().unwrap())
        .collect();
    assert_eq!(first[..4], ["t1", "t2", "t3", "no-code"]);
    assert_eq!((first.len(), log.dropped), (10, 0));
    assert!(
        log.kept[2]
            .message
            .ends_with("; and 2 more key results without a finding")
    );
    assert_eq!(log.kept[9].message, "krgate: 14 more: see the job summary");
    let three = through_the_runner(&select(&many(1, &key_results[..3]), ASKED));
    assert!(
        !three.kept[2].message.contains("more key result"),
        "{:?}",
        three.kept[2]
    );
}

fn unread(code: Code, path: &str) -> Diagnostic {
    Diagnostic::new(code, "the report ends in the middle of a string")
        .at(Place::report(&UntrustedText::new(path)))
        .hint("run it again")
}

#[test]
fn github_g043_what_is_wrong_with_the_run_comes_before_all() {
    let diagnostics = vec![
        unread(Code::ReportTruncated, "a\n::error::x"),
        unread(Code::ReportEmpty, "b"),
    ];
    let make = |maker: &mut Maker| {
        for line in 1..=20 {
            maker.add(&shape("a", line));
        }
    };
    let evaluation = made(Event::State, &[BLOCKS], make, diagnostics);
    let log = through_the_runner(&select(&evaluation, ASKED));
    assert_eq!(
        log.kept[0].message,
        "krgate: `report-truncated`: the report ends in the middle of a string, at \
         `a\\n::error::x`; run it again; and 1 more error"
    );
    assert_eq!((log.of("error").len(), log.dropped), (10, 0));
    assert_eq!(log.kept[9].message, "krgate: 12 more: see the job summary");
    // What went wrong later counts too, and the highest code wins.
    let later = [Diagnostic::new(Code::OutputNotWritten, "cannot write x")];
    let asked = Asked {
        faults: &later,
        ..ASKED
    };
    let log = through_the_runner(&select(&evaluation, asked));
    assert!(
        log.kept[0]
            .message
            .starts_with("krgate: `output-not-written`: cannot write x")
    );
    assert!(log.kept[0].message.ends_with("; and 2 more errors"));
}

#[test]
fn github_g044_on_a_change_the_lines_that_it_touches() {
    let make = |maker: &mut Maker| {
        for line in [3, 10, 20] {
            maker.add(&shape("a", line));
        }
        maker.add(&shape("b", 1));
        maker.add(&shape("a", 0));
    };
    let evaluation = made(Event::Change, &[BLOCKS], make, Vec::new());
    let changed = lines_of("a", 9, 11);
    let of = |show, changed| {
        let selection = select(
            &evaluation,
            Asked {
                show,
                changed,
                ..ASKED
            },
        );
        (through_the_runner(&selection), selection)
    };
    let (log, selection) = of(Show::Diff, Some(&changed));
    // The sample's findings end a line after they begin, and one has no line.
    let lines: Vec<_> = log
        .of("error")
        .iter()
        .map(|kept| kept.properties.get("line").map(String::as_str))
        .collect();
    assert_eq!(lines, [None, Some("10"), None]);
    assert_eq!(
        log.kept[2].message,
        "krgate: 3 findings outside the changed lines: see the job summary"
    );
    assert_eq!((selection.left, selection.outside), (0, 3));
    assert_eq!(of(Show::All, Some(&changed)).0.kept.len(), 5);
    assert_eq!(of(Show::Diff, None).0.kept.len(), 5, "a state has no lines");
    assert_eq!(of(Show::None, None).0.kept.len(), 0);
}

#[test]
fn github_g044_none_leaves_what_has_no_finding_and_what_is_wrong() {
    let tools =
        r#"{ id: t, title: T, measure: { tools: { iac: 1 } }, target: ">= 100%", on_miss: block }"#;
    let evaluation = made(
        Event::State,
        &[tools, BLOCKS],
        |maker| {
            maker.add(&shape("a", 1));
        },
        vec![unread(Code::ReportEmpty, "b")],
    );
    let asked = Asked {
        show: Show::None,
        ..ASKED
    };
    let log = through_the_runner(&select(&evaluation, asked));
    let first: Vec<&str> = log
        .kept
        .iter()
        .map(|kept| kept.message.split(':').next().unwrap())
        .collect();
    assert_eq!(first, ["krgate", "t"]);
}

#[test]
fn github_g071_a_check_run_has_a_hundred_of_all_levels() {
    let evaluation = many(60, &[BLOCKS]);
    let asked = |most| Asked {
        budget: Budget::Together(most),
        ..ASKED
    };
    let selection = select(&evaluation, asked(MOST_OF_A_CHECK_RUN));
    assert_eq!((selection.annotations.len(), selection.left), (60, 0));
    let few = select(&evaluation, asked(50));
    assert_eq!((few.annotations.len(), few.left), (50, 10));
    assert_eq!(selection.annotations[..50], few.annotations);
    let words = [Level::Error, Level::Warning, Level::Notice].map(Level::of_a_check_run);
    assert_eq!(words, ["failure", "warning", "notice"]);
    let warned = many(120, &[WARNS]);
    let warned = select(&warned, asked(MOST_OF_A_CHECK_RUN));
    assert_eq!((warned.annotations.len(), warned.left), (100, 20));
}

#[test]
fn github_g003_a_view_changes_no_verdict() {
    let report = |evaluation: &Evaluation| written(|out| json::write(evaluation, out));
    let evaluation = failing();
    let before = report(&evaluation);
    select(&evaluation, ASKED);
    summary(&evaluation, MarkdownOptions::default()).unwrap();
    assert_eq!(report(&evaluation), before);
}

#[test]
fn github_g050_the_order_of_the_reports_changes_no_annotation() {
    let paths = ["c", "a", "b"];
    let of = |paths: &[&str]| -> Vec<String> {
        let annotations = select(&at(paths, &[BLOCKS]), ASKED).annotations;
        // The ids of the sample go by place, not by content.
        let text = |annotation: &Annotation| {
            let message = shown(&annotation.message);
            let end = message.find(" (finding").unwrap();
            format!("{:?} {}", annotation.place, &message[..end])
        };
        annotations.iter().map(text).collect()
    };
    assert_eq!(of(&paths), of(&["a", "b", "c"]));
}

#[test]
fn output_annotations_of_a_gate_that_fails() {
    let annotations = select(&failing(), ASKED).annotations;
    let lines: Vec<String> = annotations
        .iter()
        .map(|annotation| annotation.command().to_string())
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        r"\PC{0,6}",
        r"\pC{0,4}",
        // Combining marks and what stands for nothing in a comparison by culture.
        prop::sample::select(&["\u{301}", "\u{200b}", "\u{34f}", "\u{ad}", "\u{e0001}"][..])
            .prop_map(str::to_owned),
        prop::sample::select(HOSTILE).prop_map(str::to_owned),
        prop::sample::select(
            &[
                "::",
                "##[",
                "##[error]",
                "%0A",
                "%25",
                ",",
                "=",
                ":",
                "\r",
                "\r\n",
                "\n",
                "\\"
            ][..]
        )
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn github_g148_a_hostile_evaluation_is_exactly_the_commands_that_were_meant(
        texts in proptest::collection::vec((hostile(), hostile(), hostile()), 1..14)
    ) {
        let make = |maker: &mut Maker| {
            for (index, (rule, title, path)) in texts.iter().enumerate() {
                let run = if index % 3 == 0 { RUN_OF_SECRETS } else { RUN_OF_CODE };
                maker.add(&Shape {
                    run,
                    rule,
                    title: Some(title),
                    path: Some(path),
                    message: Some(title),
                    ..shape("", 3)
                });
            }
        };
        let secrets = r#"{ id: no-secret, title: T, measure: { count: { class: secrets } }, target: "<= 0", on_miss: warn }"#;
        let evaluation = made(Event::Change, &[BLOCKS, secrets], make, Vec::new());
        let selection = select(&evaluation, ASKED);
        let log = through_the_runner(&selection);
        prop_assert_eq!(log.dropped, 0);
        prop_assert_eq!(log.kept.len(), selection.annotations.len());
        for (kept, meant) in log.kept.iter().zip(&selection.annotations) {
            prop_assert_eq!(&kept.message, &shown(&meant.message));
            prop_assert_eq!(&kept.properties["title"], &meant.title);
            let file = meant.place.as_ref().map(|(path, _)| path.as_str().to_owned());
            prop_assert_eq!(kept.properties.get("file").cloned(), file);
            let known = ["file", "line", "endline", "col", "endcolumn", "title"];
            let mut keys = kept.properties.keys();
            prop_assert!(keys.all(|key| known.contains(&key.as_str())));
        }
        let page = summary(&evaluation, MarkdownOptions::default()).unwrap();
        crate::runner::assert_no_command(&page);
    }
}
