//! The texts and remarks of a check run.

use krgate::decide::{Evaluation, Event};
use krgate::model::{ChangedLines, Level as ReportLevel, RepoPath};
use krgate::render::annotations::{Asked, Budget, MOST_OF_A_CHECK_RUN, Show};
use krgate::render::check_run::{CheckRunPage, page};
use krgate::render::markdown::{CHECK_RUN_BYTES, MarkdownOptions};

use crate::sample::{HOSTILE, Maker, RUN_OF_CODE, Shape, failing, made};

const BLOCKS: &str = r#"{ id: no-code, title: T, measure: { count: { class: sast } }, target: "<= 0", on_miss: block }"#;

const ASKED: Asked<'_> = Asked {
    show: Show::Diff,
    changed: None,
    faults: &[],
    budget: Budget::EachLevel(1),
    rest_is_in: "the summary",
    folder: "",
};

fn shape(path: Option<&str>) -> Shape<'_> {
    Shape {
        run: RUN_OF_CODE,
        rule: "r",
        title: None,
        path,
        line: 3,
        message: None,
        score: Some(50),
        level: ReportLevel::Error,
    }
}

fn many(number: usize) -> Evaluation {
    let make = |maker: &mut Maker| {
        for index in 0..number {
            maker.add(&shape(Some(&format!("f{index:04}"))));
        }
        maker.add(&shape(None));
    };
    made(Event::Change, &[BLOCKS], make, Vec::new())
}

fn of(evaluation: &Evaluation, asked: Asked<'_>) -> CheckRunPage {
    page(evaluation, asked, MarkdownOptions::default())
}

#[test]
fn github_g071_what_a_check_run_leaves_out_is_counted_in_its_summary() {
    let few = of(&many(3), ASKED);
    assert_eq!(few.annotations.len(), 3, "the budget is its own");
    let last = few.summary.lines().last().unwrap();
    assert_eq!(
        last,
        "Annotations: 3 of 4 findings that decide; 1 at no file that can be named."
    );
    let many = many(150);
    let all = of(&many, ASKED);
    assert!(all.annotations.len() <= MOST_OF_A_CHECK_RUN);
    assert!(
        all.summary.contains("of 151 findings that decide; "),
        "{}",
        all.summary
    );
    let mut changed = ChangedLines::default();
    changed.add_whole(RepoPath::from_normal("f0007").unwrap());
    let asked = Asked {
        changed: Some(&changed),
        ..ASKED
    };
    let one = of(&many, asked);
    assert_eq!(one.annotations.len(), 1);
    assert!(
        one.summary.contains("149 outside the changed lines"),
        "{}",
        one.summary
    );
    assert_eq!(one.title, "FAILED: 1 key result missed (exit 1)");
}

#[test]
fn github_g025_a_file_is_named_from_the_root_of_the_repository() {
    let asked = Asked {
        folder: "services/pay/",
        ..ASKED
    };
    let page = of(&many(1), asked);
    let (path, _) = page.annotations[0].place.as_ref().unwrap();
    assert_eq!(path.as_str(), "services/pay/f0000");
}

#[test]
fn github_g045_a_check_run_counts_bytes() {
    for evaluation in [failing(), many(3_000)] {
        let page = of(&evaluation, ASKED);
        assert!(
            page.summary.len() <= CHECK_RUN_BYTES,
            "{}",
            page.summary.len()
        );
        assert!(page.title.chars().count() <= 255);
        assert!(
            page.annotations
                .iter()
                .all(|annotation| annotation.place.is_some())
        );
    }
}

#[test]
fn github_g009_foreign_text_is_encoded_in_a_check_run() {
    for hostile in HOSTILE {
        let make = |maker: &mut Maker| {
            maker.add(&Shape {
                rule: hostile,
                title: Some(hostile),
                ..shape(Some("a"))
            });
        };
        let page = of(&made(Event::State, &[BLOCKS], make, Vec::new()), ASKED);
        for text in [&page.title, &page.summary] {
            assert!(!text.contains("##[") && !text.contains('\r'), "{text}");
            assert!(
                !text.lines().any(|line| line.trim_start().starts_with("::")),
                "{text}"
            );
        }
    }
}
