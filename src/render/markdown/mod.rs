//! Markdown for a job summary, a comment and a check run (rules E17 to E21, G36 to G39, P17 to
//! P20): the verdict, what decided it, then the evidence, folded.
//!
//! A page is made of blocks and cut between them alone ([`page`]); what was left out stands in
//! its last line, with the counts of the whole evaluation and the digest of the policy, which
//! no cut can take. Foreign text stands in code spans alone, and no message of a tool is shown
//! (rule E5).

mod affected;
mod evidence;
mod key_results;
mod page;

use std::fmt::Write as _;
use std::io::{self, Write};

use self::page::{Block, Shown};
use super::encode::markdown::{fence_log, message};
use super::encode::terminal::TerminalText;
use super::tally::Tally;
use super::{ShortIds, order, proposed, words};
use crate::decide::{Evaluation, Event, ExitCode, KeyResultOutcome, Verdict};
use crate::diagnostic::{Diagnostic, Message};
use crate::model::{ChangedLines, Untrusted};

/// Bytes that GitHub takes of a job summary are 1,048,576, and one more loses the whole; this
/// many are used (limit L9, rule G36).
pub const SUMMARY_BYTES: usize = 900 * 1024;
/// Bytes of a comment, the line of its marker included; GitHub takes 65,536 characters
/// (limit L10, rules G45, G80).
pub const COMMENT_BYTES: usize = 64_000;
/// Bytes of the summary of a check run, and of its text.
pub const CHECK_RUN_BYTES: usize = 64_000;
/// Room that a comment leaves for the line of its marker (rule G74).
const MARKER_BYTES: usize = 512;
/// Lines of a refusal that a page shows.
const MOST_REFUSAL_LINES: usize = 400;

/// How much of an evaluation a page holds.
#[derive(Debug, Clone, Copy)]
pub struct MarkdownOptions<'a> {
    /// Most bytes of the page.
    pub bytes: usize,
    /// Most findings a key result.
    pub findings: usize,
    /// The lines that the change touches, where they are known.
    pub changed: Option<&'a ChangedLines>,
    /// What went wrong after the evaluation was made.
    pub faults: &'a [Diagnostic],
    /// Where the JSON report lies, if one is written.
    pub report: Option<&'a str>,
}

impl Default for MarkdownOptions<'_> {
    fn default() -> Self {
        Self {
            bytes: SUMMARY_BYTES,
            findings: 50,
            changed: None,
            faults: &[],
            report: None,
        }
    }
}

/// The body of a comment, without the line of its marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The Markdown.
    pub body: String,
    /// False if it says no more than that the gate passed: none is created for that, and one
    /// that is there is updated (rule G79).
    pub worth_creating: bool,
}

/// Writes the evaluation as Markdown.
///
/// # Errors
/// If the output cannot be written.
pub fn write(
    evaluation: &Evaluation,
    options: MarkdownOptions<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = summary(evaluation, options).unwrap_or_else(|| {
        let all = key_results::all(evaluation);
        let with_block = |kr: &&KeyResultOutcome| key_results::has_block(kr);
        let detailed: Vec<_> = all.iter().copied().filter(with_block).collect();
        let last = last_line(evaluation, options, (&all, &detailed), &Shown::default());
        format!("{}\n{last}", headline(evaluation))
    });
    out.write_all(page.as_bytes())
}

/// The page of the whole evaluation, or `None` where there is no room for its beginning.
pub fn summary(evaluation: &Evaluation, options: MarkdownOptions<'_>) -> Option<String> {
    let ids = ShortIds::new(&evaluation.scoped.intake);
    let all = key_results::all(evaluation);
    let is_shown = |kr: &&KeyResultOutcome| {
        evaluation.about.event == Event::State
            || affected::is_affected(evaluation, kr, options.changed)
    };
    let (shown, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_shown);
    let mut blocks = match evaluation.about.event {
        Event::State => vec![key_results::table(&shown)],
        Event::Change => affected::table(evaluation, &shown),
    };
    let detailed: Vec<&KeyResultOutcome> = order::not_met(evaluation)
        .into_iter()
        .filter(|kr| key_results::has_block(kr) && shown.iter().any(|one| one.id == kr.id))
        .collect();
    let rows: Vec<&KeyResultOutcome> = shown.iter().chain(&others).copied().collect();
    blocks.extend(key_results::notes(evaluation, &detailed).map(Block::plain));
    blocks.extend(evidence::errors(evaluation, options.faults).map(Block::plain));
    let most = options.findings;
    for kr in &detailed {
        blocks.push(key_results::details(evaluation, &ids, kr, most));
    }
    blocks.extend(of_change(evaluation, &ids, options));
    blocks.extend(evidence::all_notices(evaluation).map(Block::plain));
    blocks.extend(evidence::warnings(evaluation).map(Block::plain));
    blocks.extend(affected::others(&others));
    blocks.push(Block::plain(evidence::evidence(
        evaluation,
        options.changed,
    )));
    page::cut(&headline(evaluation), &blocks, options.bytes, |shown| {
        last_line(evaluation, options, (&rows, &detailed), shown)
    })
}

/// What a change fixes, what it makes of the policy, and what is set aside in its files.
fn of_change<'a>(
    evaluation: &Evaluation,
    ids: &ShortIds<'_>,
    options: MarkdownOptions<'_>,
) -> impl Iterator<Item = Block<'a>> {
    let (changed, most) = (options.changed, options.findings);
    let parts = [
        affected::fixed(evaluation),
        evidence::proposed_policy(evaluation),
        affected::set_aside(evaluation, ids, changed, most),
    ];
    parts.into_iter().flatten().map(Block::plain)
}

/// What is said on a pull request: the key results that block or that this change touches, and
/// nothing else (rules P18, P20). `head` is the commit that is judged.
pub fn comment(
    evaluation: &Evaluation,
    head: Option<&str>,
    options: MarkdownOptions<'_>,
) -> Comment {
    let options = MarkdownOptions {
        bytes: options.bytes.min(COMMENT_BYTES - MARKER_BYTES),
        ..options
    };
    let touched: Vec<&KeyResultOutcome> = key_results::all(evaluation)
        .into_iter()
        .filter(|kr| affected::is_affected(evaluation, kr, options.changed))
        .collect();
    let mut beginning = headline(evaluation);
    if let Some(head) = head {
        let of = Message::from("Judged at commit ").foreign(Untrusted::new(head));
        let _ = write!(beginning, "\n{}\n", message(&of));
    }
    let worth_creating =
        !touched.is_empty() || evaluation.proposed.is_some() || evaluation.exit != ExitCode::Passed;
    let mut blocks = Vec::new();
    blocks.extend(affected::table(evaluation, &touched));
    blocks.extend(evidence::errors(evaluation, options.faults).map(Block::plain));
    let ids = ShortIds::new(&evaluation.scoped.intake);
    let open = touched.iter().copied();
    let open: Vec<_> = open.filter(|kr| kr.verdict != Verdict::Met).collect();
    for kr in &open {
        let block = key_results::details(evaluation, &ids, kr, options.findings);
        blocks.push(block);
    }
    if worth_creating {
        blocks.extend(of_change(evaluation, &ids, options));
        blocks.push(Block::plain(evidence::counts(evaluation, options.changed)));
    }
    let last = |shown: &Shown<'_>| last_line(evaluation, options, (&touched, &open), shown);
    let body = page::cut(&beginning, &blocks, options.bytes, last).unwrap_or(beginning);
    Comment {
        body,
        worth_creating,
    }
}

/// The page of a run that judged nothing: what the log says of it (rule G39).
pub fn refused(exit: ExitCode, log: &str) -> String {
    let lines: Vec<TerminalText> = log
        .lines()
        .take(MOST_REFUSAL_LINES)
        .map(TerminalText::own)
        .collect();
    let mut page = format!(
        "## krgate: {}\n\n**Nothing was judged (exit {})**\n\n{}",
        outcome(exit),
        exit.number(),
        fence_log(&lines)
    );
    let more = words::number(log.lines().count().saturating_sub(MOST_REFUSAL_LINES));
    if more > 0 {
        let more = words::count(more, "more line");
        let _ = write!(page, "\nand {more} in the log\n");
    }
    page
}

const fn outcome(exit: ExitCode) -> &'static str {
    match exit {
        ExitCode::Passed => "passed",
        ExitCode::Failed => "failed",
        ExitCode::Request => "the request is wrong",
        ExitCode::Evidence => "the evidence is wrong",
        ExitCode::Environment => "the environment failed",
    }
}

/// What a cut says: how much is not shown of the key results that have a row and of the findings
/// of those that have a block, the counts of the whole, the policy, and where all of it stands
/// (rules G36, G37, P17).
fn last_line(
    evaluation: &Evaluation,
    options: MarkdownOptions<'_>,
    (rows, detailed): (&[&KeyResultOutcome], &[&KeyResultOutcome]),
    shown: &Shown<'_>,
) -> String {
    let hidden = rows
        .iter()
        .filter(|kr| !shown.key_results.contains(kr.id.as_str()))
        .count();
    let findings: usize = detailed
        .iter()
        .map(|kr| kr.measurement.counted.len() + kr.measurement.undecided.len())
        .sum();
    let findings = words::number(findings).saturating_sub(shown.findings);
    let (command, with) = words::list_all(evaluation);
    let mut last = Message::from(format!(
        "Not shown for want of room: {} and {}. Of all: {}. {}. ",
        words::count(words::number(hidden), "key result"),
        words::count(findings, "finding"),
        Tally::of(evaluation).in_short(),
        evidence::policy(evaluation),
    ));
    last = match options.report {
        Some(path) => last
            .own("The full report is ")
            .foreign(Untrusted::new(path)),
        None => last.own(format!("`{command}`{with} shows all")),
    };
    format!("{}.\n", message(&last))
}

fn headline(evaluation: &Evaluation) -> String {
    let word = outcome(evaluation.exit);
    let about = &evaluation.about;
    let mut of = Message::from(match about.event {
        Event::Change => "A change",
        Event::State => "The state",
    });
    if let Some(reference) = &about.reference {
        of = of
            .own(match about.event {
                Event::Change => " onto ",
                Event::State => " of ",
            })
            .foreign(Untrusted::new(reference));
    }
    if let Some(environment) = &about.environment {
        of = of
            .own(", environment ")
            .foreign(Untrusted::new(environment));
    }
    of = of
        .own(", judged by policy ")
        .foreign(Untrusted::new(&about.policy_path))
        .own(format!(
            "{}, krgate {}",
            proposed::origin(evaluation),
            about.version
        ));
    format!(
        "## krgate: {word}\n\n**{}**\n\n{}\n",
        message(&words::verdict(evaluation)),
        message(&of)
    )
}

/// A list, after an empty line.
fn points(points: impl IntoIterator<Item = String>, page: &mut String) {
    for (index, point) in points.into_iter().enumerate() {
        let before = if index == 0 { "\n" } else { "" };
        let _ = writeln!(page, "{before}- {point}");
    }
}
