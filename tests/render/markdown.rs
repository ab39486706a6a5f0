//! The job summary, read by a parser of Markdown with GitHub's extensions.

use krgate::decide::Evaluation;
use krgate::model::{ChangedLines, LineRange, RepoPath, visible};
use krgate::render::markdown::{
    COMMENT_BYTES, MarkdownOptions, SUMMARY_BYTES, comment, refused, summary, write,
};
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::sample::{
    HOSTILE, failing, loosened, of_the_policy, passing, repeated, written, wrong_evidence,
};

fn page(evaluation: &Evaluation) -> String {
    written(|out| write(evaluation, MarkdownOptions::default(), out))
}

#[test]
fn encoder_e17_and_github_g047_hostile_text_is_one_literal_code_span_each() {
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
fn encoder_e05_e19_and_github_g046_g048_g049_nothing_is_linked_and_no_html_but_our_own() {
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
        assert!(cut.contains("\nNot shown for want of room: "), "{bytes}");
        assert_eq!(
            cut.matches("<details>").count(),
            cut.matches("</details>").count()
        );
        if bytes >= 2_000 {
            assert!(cut.len() <= bytes, "{} of {bytes}", cut.len());
        }
        let last = cut.lines().last().unwrap();
        assert!(last.ends_with("shows all."), "{last}");
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
}

#[test]
fn github_g036_and_g037_the_last_line_of_a_cut_has_the_counts_of_the_whole() {
    let evaluation = failing();
    let sha256 = &evaluation.about.policy_sha256;
    let options = MarkdownOptions {
        bytes: 2_000,
        ..MarkdownOptions::default()
    };
    let tight = summary(&evaluation, options).unwrap();
    assert_eq!(
        tight.lines().last().unwrap(),
        format!(
            "Not shown for want of room: 3 key results and 438 findings. Of all: 440 counted, 1 \
             outside the change, 0 waived. Policy, sha256 `{sha256}`. `krgate check --format json` \
             shows all."
        )
    );
    let with_report = MarkdownOptions {
        bytes: 1_000,
        report: Some("/t/a`b\n.json"),
        ..options
    };
    let tighter = summary(&evaluation, with_report).unwrap();
    assert!(tighter.contains("\nand 3 more key results\n"), "{tighter}");
    let last = tighter.lines().last().unwrap();
    assert!(last.starts_with("Not shown for want of room: 6 key results and 440 findings. "));
    assert!(
        last.ends_with("The full report is ``/t/a`b\\n.json``."),
        "{last}"
    );
    assert!(tighter.len() <= 1_000);
}

#[test]
fn github_g036_without_room_for_the_beginning_there_is_no_page() {
    for bytes in (0..700).step_by(41) {
        let options = MarkdownOptions {
            bytes,
            ..MarkdownOptions::default()
        };
        let page = summary(&failing(), options);
        assert!(page.is_none_or(|page| page.len() <= bytes), "{bytes}");
    }
}

#[test]
fn github_g045_budgets_are_bytes() {
    let evaluation = wrong_evidence();
    let whole = page(&evaluation).len();
    for bytes in (700..=whole).step_by(971).chain([whole - 1, whole]) {
        let options = MarkdownOptions {
            bytes,
            ..MarkdownOptions::default()
        };
        let page = summary(&evaluation, options).unwrap();
        assert!(page.len() <= bytes, "{} of {bytes}", page.len());
        let is_cut = page.contains("Not shown for want of room");
        assert_eq!(is_cut, bytes < whole, "{bytes} of {whole}");
    }
}

#[test]
fn github_g038_the_counts_are_those_of_the_evaluation() {
    let page = page(&failing());
    assert!(
        page.contains(
            "Of all: 440 counted, 1 outside the change, 0 waived, 4 suppressed or dismissed, 10 \
             in no figure."
        ),
        "{page}"
    );
}

#[test]
fn github_g039_with_wrong_evidence_every_missed_key_result_is_listed() {
    let page = page(&wrong_evidence());
    assert!(page.contains("### Errors\n\n- `report-truncated`: "));
    for missed in ["no-live-secret", "few-errors", "worst-dependency"] {
        assert!(page.contains(&format!("missed | `{missed}` ")), "{missed}");
    }
}

fn on_lines(path: &str, first: u32, last: u32) -> ChangedLines {
    let mut changed = ChangedLines::default();
    let path = RepoPath::from_normal(path).unwrap();
    changed.add_lines(path, [LineRange { first, last }]);
    changed
}

#[test]
fn report_p18_a_comment_shows_what_blocks_and_what_the_change_touches() {
    let changed = on_lines("web/src/file007.js", 7, 7);
    let options = MarkdownOptions {
        changed: Some(&changed),
        findings: 2,
        ..MarkdownOptions::default()
    };
    let comment = comment(&failing(), Some("4f1c2d9"), options);
    assert!(comment.worth_creating);
    let body = &comment.body;
    for shown in [
        "no-live-secret",
        "prod-cvss-4",
        "images-clean",
        "few-errors",
    ] {
        assert!(body.contains(&format!("| `{shown}` ")), "{shown}: {body}");
    }
    for hidden in ["scanners-in-pipeline", "fuzzed", "worst-dependency"] {
        assert!(!body.contains(hidden), "{hidden}: {body}");
    }
    assert!(body.contains("\nJudged at commit `4f1c2d9`\n"), "{body}");
    assert!(
        body.contains(" On changed lines or at no known place: "),
        "{body}"
    );
    assert!(!body.contains("<details>"), "no evidence");
}

#[test]
fn report_p20_a_passing_change_that_touches_nothing_is_not_worth_a_comment() {
    let mut evaluation = passing();
    evaluation.about.event = krgate::decide::Event::Change;
    let none = ChangedLines::default();
    let options = |changed| MarkdownOptions {
        changed,
        ..MarkdownOptions::default()
    };
    let silent = comment(&evaluation, None, options(Some(&none)));
    assert!(!silent.worth_creating);
    assert!(silent.body.starts_with("## krgate: passed\n"));
    assert!(!silent.body.contains('|'), "no table: {}", silent.body);
    let touched = on_lines("web/src/file007.js", 7, 7);
    let said = comment(&evaluation, None, options(Some(&touched)));
    assert!(said.worth_creating);
    assert!(said.body.contains("| `few-errors` "), "{}", said.body);
    assert!(!said.body.contains("`fuzzed`"), "{}", said.body);
}

#[test]
fn github_g080_a_comment_leaves_room_for_its_marker() {
    let options = MarkdownOptions {
        findings: 50_000,
        ..MarkdownOptions::default()
    };
    let long = comment(&failing(), None, options);
    assert!(
        long.body.len() <= COMMENT_BYTES - 256,
        "{}",
        long.body.len()
    );
    assert!(long.body.len() > COMMENT_BYTES / 2, "{}", long.body.len());
    let last = long.body.lines().last().unwrap();
    assert!(last.starts_with("Not shown for want of room: "), "{last}");
}

#[test]
fn github_g039_a_refusal_is_shown_as_the_log_has_it() {
    let log = "error[unknown-key]: a ``` b \\u{1b}\n  --> krgate.yaml:3\n";
    let page = refused(krgate::decide::ExitCode::Request, log);
    assert_eq!(
        page,
        "## krgate: the request is wrong\n\n**Nothing was judged (exit 2)**\n\n\
         ````text\nerror[unknown-key]: a ``` b \\u{1b}\n  --> krgate.yaml:3\n````\n"
    );
    let cut = refused(krgate::decide::ExitCode::Request, &"x\n".repeat(401));
    assert!(
        cut.ends_with("\n```\n\nand 1 more line in the log\n"),
        "{cut}"
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
