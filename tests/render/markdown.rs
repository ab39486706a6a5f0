//! The job summary, read by a parser of Markdown with GitHub's extensions.

use krgate::decide::Evaluation;
use krgate::model::{ChangedLines, LineRange, RepoPath, visible};
use krgate::render::markdown::{
    COMMENT_BYTES, MarkdownOptions, SUMMARY_BYTES, comment, refused, summary, write,
};
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::sample::{
    HOSTILE, Maker, RUN_OF_CODE, Shape, failing, loosened, made, of_the_policy, passing, repeated,
    written, wrong_evidence,
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

/// How many key results the large change has.
const MANY: usize = 300;

/// A change with 300 key results that block, of which the first counts 3,000 findings and each
/// other one 10, some of them waived or suppressed.
fn large() -> Evaluation {
    let key_results: Vec<String> = (0..MANY)
        .map(|number| {
            format!(
                "{{ id: kr-{number:03}, title: \"Nothing is found in part {number} | `of` the \
                 code\", measure: {{ count: {{ class: sast, path: \"part{number:03}/**\" }} }}, \
                 target: \"<= 0\", on_miss: block }}"
            )
        })
        .collect();
    let key_results: Vec<&str> = key_results.iter().map(String::as_str).collect();
    let make = |maker: &mut Maker| {
        for number in 0..MANY {
            for line in 1..=(if number == 0 { 3_000 } else { 10 }) {
                let path = format!("part{number:03}/src/module/file{line:04}.js");
                maker.add(&Shape {
                    run: RUN_OF_CODE,
                    rule: "javascript.lang.security.audit.detect-eval-with-expression",
                    title: None,
                    path: Some(&path),
                    line,
                    message: Some("Detected the use of eval()."),
                    score: Some(39),
                    level: krgate::model::Level::Error,
                });
            }
        }
    };
    made(
        krgate::decide::Event::Change,
        &key_results,
        make,
        Vec::new(),
    )
}

/// What a page shows: rows of key results, and by key result how many rows of findings, held to
/// be whole: what a block does not show it counts.
fn shown(page: &str, evaluation: &Evaluation) -> (usize, usize) {
    let rows = page.lines().filter(|line| line.contains(" | `kr-"));
    let rows = rows.count();
    let mut findings = 0;
    // A block begins with its heading and ends before the next one.
    let mut blocks = page.split("\n### `kr-");
    blocks.next();
    for block in blocks {
        let block = block.split("\n### ").next().unwrap();
        let block = block.split("\n<details>").next().unwrap();
        let id = format!("kr-{}", block.split('`').next().unwrap());
        let mut all = evaluation.key_results();
        let (_, key_result) = all.find(|(_, kr)| kr.id == id).unwrap();
        let counted = key_result.measurement.counted.len();
        let here = block.matches("| `part").count();
        let more = counted - here;
        let number = if more >= 1_000 {
            format!("{},{:03}", more / 1_000, more % 1_000)
        } else {
            more.to_string()
        };
        let said = match (here, more) {
            (_, 0) => String::new(),
            (0, _) => format!("\n{number} findings: `krgate check "),
            _ => format!("\nand {number} more: `krgate check "),
        };
        assert!(block.contains(&said), "{id}: {here} of {counted}: {block}");
        findings += here;
    }
    (rows, findings)
}

#[test]
fn report_p17_a_large_change_is_cut_between_blocks_and_counted() {
    let evaluation = large();
    let all: usize = 3_000 + 299 * 10;
    let sizes = [
        ("comment", COMMENT_BYTES),
        ("whole", 4 << 20),
        ("summary", SUMMARY_BYTES),
        ("small", 9_000),
        ("tiny", 1_500),
    ];
    for (name, bytes) in sizes {
        let options = MarkdownOptions {
            bytes,
            findings: 10_000,
            ..MarkdownOptions::default()
        };
        let page = match name {
            "comment" => comment(&evaluation, Some("4f1c2d9"), options).body,
            _ => summary(&evaluation, options).unwrap(),
        };
        assert!(page.len() <= bytes, "{name}: {} bytes", page.len());
        let open = page.matches("<details>").count();
        assert_eq!(open, page.matches("</details>").count(), "{name}");
        let (rows, findings) = shown(&page, &evaluation);
        println!(
            "{name}: {} bytes, {rows} rows, {findings} findings",
            page.len()
        );
        let last = page.lines().last().unwrap();
        if name == "whole" {
            assert_eq!((rows, findings), (MANY, all), "{last}");
            assert!(!page.contains("Not shown for want of room"), "{last}");
            continue;
        }
        let left = |number: usize, noun: &str| {
            let plural = if number == 1 { "" } else { "s" };
            match number {
                1_000.. => format!("{},{:03} {noun}{plural}", number / 1_000, number % 1_000),
                _ => format!("{number} {noun}{plural}"),
            }
        };
        let said = format!(
            "Not shown for want of room: {} and {}. Of all: 5,990 counted, ",
            left(MANY - rows, "key result"),
            left(all - findings, "finding"),
        );
        assert!(last.starts_with(&said), "{name}: {said} in {last}");
        // The room that there is is used.
        if bytes >= COMMENT_BYTES {
            assert!(page.len() > bytes * 3 / 4, "{} bytes", page.len());
            assert_eq!(rows, MANY, "every key result has its row: {last}");
        }
    }
}

#[test]
fn report_p17_blocks_stand_in_order_and_the_least_important_goes_first() {
    let evaluation = failing();
    let changed = on_lines("services/pay/db.py", 1, 9);
    let options = MarkdownOptions {
        changed: Some(&changed),
        ..MarkdownOptions::default()
    };
    let page = summary(&evaluation, options).unwrap();
    let blocks = [
        "\n**FAILED: ",
        "\n| | key result | value | target | effect |\n",
        "\n### `no-live-secret`: 2 secrets",
        "\n### Set aside in the files of this change\n",
        "\n### Notices\n",
        "\n<details><summary>5 key results that this change does not affect, 1 met</summary>",
        "\n<details><summary>Evidence: ",
    ];
    let places = blocks.map(|block| {
        page.find(block)
            .unwrap_or_else(|| panic!("{block}: {page}"))
    });
    assert!(places.is_sorted(), "{places:?}");
    // What is set aside in the files of the change, each with its place and why.
    for row in [
        "`services/pay/db.py`:1 | `sql-injection` | suppressed in the source |",
        "`services/pay/db.py`:2 | `sql-injection` | suppressed outside the source |",
        "`services/pay/db.py`:3 | `sql-injection` | suppressed in the source and outside it |",
    ] {
        assert!(page.contains(row), "{row}: {page}");
    }
    // A file that the change leaves alone is not looked at.
    assert!(!page.contains("| `web/old.env`:9"), "{page}");
    // Less room takes the last blocks away first.
    let mut there = blocks.len();
    for bytes in (1_200..page.len()).rev().step_by(97) {
        let cut = summary(&evaluation, MarkdownOptions { bytes, ..options }).unwrap();
        assert!(cut.contains(blocks[0]), "{bytes}");
        let now = blocks.iter().filter(|block| cut.contains(*block)).count();
        there = there.min(now);
    }
    assert!(there <= 3, "{there}");
}
