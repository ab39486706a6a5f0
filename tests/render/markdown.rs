//! The job summary, read by a parser of Markdown with GitHub's extensions.

use krgate::decide::Evaluation;
use krgate::model::visible;
use krgate::render::markdown::{MarkdownOptions, SUMMARY_BYTES, write};
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::sample::{
    HOSTILE, failing, loosened, of_the_policy, passing, repeated, written, wrong_evidence,
};

fn page(evaluation: &Evaluation) -> String {
    written(|out| write(evaluation, MarkdownOptions::default(), out))
}

#[test]
fn encoder_e17_hostile_text_is_one_literal_code_span_each() {
    let page = page(&failing());
    let codes: Vec<String> = Parser::new_ext(&page, Options::all())
        .filter_map(|event| match event {
            Event::Code(code) => Some(code.to_string()),
            _ => None,
        })
        .collect();
    // Those without a path in the repository are undecided and so stand in a table.
    for hostile in [HOSTILE[5], HOSTILE[6], HOSTILE[7], HOSTILE[10]] {
        let shown = visible(hostile).into_owned();
        assert!(codes.contains(&shown), "{shown:?} in {codes:#?}");
    }
    assert!(codes.contains(&"its | plugin is `broken`".to_owned()));
}

#[test]
fn encoder_e05_and_e19_nothing_is_linked_and_no_html_but_our_own() {
    for evaluation in [failing(), passing(), wrong_evidence()] {
        let page = page(&evaluation);
        for event in Parser::new_ext(&page, Options::all()) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => {
                    let own = ["<br>", "<details>", "</details>", "<summary>"];
                    assert!(own.iter().any(|tag| html.starts_with(tag)), "{html}");
                }
                Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link"),
                Event::Text(text) => {
                    assert!(!text.contains('@'), "{text}: an owner outside a code span");
                    assert!(!text.contains("::error"), "{text}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn encoder_e18_every_row_has_the_cells_of_its_head() {
    for evaluation in [failing(), passing(), wrong_evidence()] {
        let page = page(&evaluation);
        let (mut head, mut cells) = (0, 0);
        for event in Parser::new_ext(&page, Options::all()) {
            match event {
                Event::Start(Tag::TableHead) => (head, cells) = (0, 0),
                Event::Start(Tag::TableRow) => cells = 0,
                Event::Start(Tag::TableCell) => cells += 1,
                Event::End(pulldown_cmark::TagEnd::TableHead) => head = cells,
                Event::End(pulldown_cmark::TagEnd::TableRow) => assert_eq!(cells, head),
                _ => {}
            }
        }
    }
    // The parser fills short rows and drops long ones: count the pipes too.
    for line in page(&failing())
        .lines()
        .filter(|line| line.starts_with("| "))
    {
        let pipes = line.replace("\\|", "").matches('|').count();
        assert!([5, 6, 7].contains(&pipes), "{line}");
    }
}

#[test]
fn limit_l09_the_page_is_cut_between_blocks_and_says_so() {
    let evaluation = failing();
    let whole = page(&evaluation);
    assert!(whole.len() <= SUMMARY_BYTES);
    for bytes in [500, 2_000, 4_000, 9_000] {
        let options = MarkdownOptions {
            bytes,
            ..MarkdownOptions::default()
        };
        let cut = written(|out| write(&evaluation, options, out));
        assert!(cut.starts_with("## krgate: failed\n"));
        assert!(cut.contains("Left out for want of room: "), "{bytes}");
        assert_eq!(
            cut.matches("<details>").count(),
            cut.matches("</details>").count()
        );
        if bytes >= 2_000 {
            assert!(cut.len() <= bytes, "{} of {bytes}", cut.len());
        }
        let last = cut.lines().last().unwrap();
        assert!(last.ends_with("has all."), "{last}");
    }
}

#[test]
fn output_markdown_shows_fewer_findings_before_it_leaves_out_a_key_result() {
    let cut = |bytes| {
        let options = MarkdownOptions {
            bytes,
            ..MarkdownOptions::default()
        };
        written(|out| write(&failing(), options, out))
    };
    let some = cut(6_000);
    assert!(some.contains("### `few-errors`: 432 findings"));
    let rows = some.matches("| `web/src/file").count();
    assert!(rows > 0 && rows < 50, "{rows}");
    assert!(some.contains(&format!("\nand {} more: `krgate", 432 - rows)));
    let tight = cut(2_000);
    let last = tight.lines().last().unwrap();
    assert_eq!(
        last,
        "Left out for want of room: 7 blocks with 438 findings. `krgate check --format json` has all."
    );
}

#[test]
fn output_markdown_of_a_gate_that_fails() {
    let options = MarkdownOptions {
        findings: 3,
        ..MarkdownOptions::default()
    };
    insta::assert_snapshot!(written(|out| write(&failing(), options, out)));
}

#[test]
fn output_markdown_of_a_gate_that_passes() {
    insta::assert_snapshot!(page(&passing()));
}

#[test]
fn report_o04_a_note_that_loosens_stands_on_the_page() {
    let page = page(&loosened());
    assert!(
        page.contains("\n- `no-container`: 12 findings are left out for want of a score"),
        "{page}"
    );
}

#[test]
fn output_markdown_says_of_a_copy_that_it_repeats() {
    let page = page(&repeated());
    assert!(
        page.contains(
            "| `reports/copy.sarif` | `code scan` | | REPEAT | \
             the same report was given before; it is read once |"
        ),
        "{page}"
    );
}

#[test]
fn output_markdown_of_a_warning_of_the_policy_says_where_to_look() {
    let mut evaluation = passing();
    evaluation.diagnostics = vec![of_the_policy()];
    let page = page(&evaluation);
    assert!(
        page.contains(
            "### Warnings\n\n- `no-effect`: report `images` names no class; \
             the report is read as a scan of everything; in the policy; see \
             `krgate policy check` for where"
        ),
        "{page}"
    );
}
