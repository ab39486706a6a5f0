//! Markdown for a job summary (rules E17 to E21, P17): the verdict, what decided it, then the
//! evidence, folded.
//!
//! The page is made of blocks and cut between them alone (limit L9); how much was left out
//! stands in its last line. Foreign text stands in code spans alone, and no message of a
//! tool is shown (rule E5).

use std::fmt::Write as _;
use std::io::{self, Write};

use super::encode::markdown::{cell, cell_message, message, own, span};
use super::text::describe;
use super::{ShortIds, notices, order, proposed, words};
use crate::decide::{Evaluation, Event, ExitCode, KeyResultOutcome, Verdict};
use crate::diagnostic::{Diagnostic, Level, Message, Place};
use crate::model::{FindingView, RunStatus, ToolRun, Untrusted};
use crate::policy::Enforcement;

/// Bytes that GitHub takes of a job summary are 1,048,576, and one more loses the whole; this
/// many are used (limit L9).
pub const SUMMARY_BYTES: usize = 900 * 1024;

/// How much of an evaluation a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkdownOptions {
    /// Most bytes of the page.
    pub bytes: usize,
    /// Most findings a key result.
    pub findings: usize,
}

impl Default for MarkdownOptions {
    fn default() -> Self {
        Self {
            bytes: SUMMARY_BYTES,
            findings: 50,
        }
    }
}

/// Room for the last line.
const RESERVE: usize = 320;

/// Writes the evaluation as Markdown.
///
/// # Errors
/// If the output cannot be written.
pub fn write(
    evaluation: &Evaluation,
    options: MarkdownOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let ids = ShortIds::new(&evaluation.scoped.intake);
    let mut page = Page::new(options.bytes, headline(evaluation));
    page.add(Some(table(evaluation)));
    page.add(notes(evaluation));
    page.add(diagnostics(evaluation, Level::Error));
    for key_result in order::not_met(evaluation) {
        if has_block(key_result) {
            page.add_key_result(evaluation, &ids, key_result, options.findings);
        }
    }
    page.add(proposed_policy(evaluation));
    page.add(all_notices(evaluation));
    page.add(diagnostics(evaluation, Level::Warning));
    page.add(Some(evidence(evaluation)));
    out.write_all(page.finish(evaluation).as_bytes())
}

/// Blocks that are there whole or not at all, as many as fit, and how many did not.
struct Page {
    markdown: String,
    budget: usize,
    left_out: u64,
    findings: usize,
}

impl Page {
    /// A page that begins with a block, whatever its size.
    fn new(bytes: usize, first: String) -> Self {
        Self {
            markdown: first,
            budget: bytes.saturating_sub(RESERVE),
            left_out: 0,
            findings: 0,
        }
    }

    fn add(&mut self, block: Option<String>) {
        if let Some(block) = block
            && !self.put(&block)
        {
            self.left_out += 1;
        }
    }

    /// The block of a key result, with fewer findings where all do not fit.
    fn add_key_result(
        &mut self,
        evaluation: &Evaluation,
        ids: &ShortIds,
        key_result: &KeyResultOutcome,
        most: usize,
    ) {
        let mut most = most;
        while !self.put(&details(evaluation, ids, key_result, most)) {
            if most == 0 {
                let measurement = &key_result.measurement;
                self.left_out += 1;
                self.findings += measurement.counted.len() + measurement.undecided.len();
                return;
            }
            most /= 2;
        }
    }

    fn put(&mut self, block: &str) -> bool {
        let fits = self.markdown.len() + 1 + block.len() <= self.budget;
        if fits {
            self.markdown.push('\n');
            self.markdown.push_str(block);
        }
        fits
    }

    fn finish(mut self, evaluation: &Evaluation) -> String {
        if self.left_out > 0 {
            let (command, with) = words::list_all(evaluation);
            let _ = write!(
                self.markdown,
                "\nLeft out for want of room: {} with {}. `{command}`{with} has all.\n",
                words::count(self.left_out, "block"),
                words::count(words::number(self.findings), "finding")
            );
        }
        self.markdown
    }
}

fn headline(evaluation: &Evaluation) -> String {
    let word = match evaluation.exit {
        ExitCode::Passed => "passed",
        ExitCode::Failed => "failed",
        ExitCode::Request => "the request is wrong",
        ExitCode::Evidence => "the evidence is wrong",
        ExitCode::Environment => "the environment failed",
    };
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

/// All key results, worst first.
fn table(evaluation: &Evaluation) -> String {
    let mut table = String::from(
        "| | key result | value | target | effect | owner |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for objective in order::objectives(evaluation) {
        for kr in order::worst_first(objective) {
            let mut effect = words::effect(kr).to_owned();
            if let (Some(why), false) = (&kr.softened, effect.is_empty()) {
                effect.push_str(": ");
                effect.push_str(why);
            }
            let _ = writeln!(
                table,
                "| {} | {} {} | {} | {} | {} | {} |",
                shape(kr),
                own(&format!("`{}`", kr.id)),
                cell(Untrusted::new(&kr.title)),
                own(&kr.shown_value),
                own(&kr.shown_target),
                own(&effect),
                cell(Untrusted::new(&kr.owner)),
            );
        }
    }
    table
}

/// True if a key result has a block of its own.
fn has_block(key_result: &KeyResultOutcome) -> bool {
    key_result.verdict != Verdict::Met && key_result.enforcement != Enforcement::Observe
}

/// What stands beside the figures of key results without a block.
fn notes(evaluation: &Evaluation) -> Option<String> {
    let list: Vec<String> = evaluation
        .key_results()
        .filter(|(_, key_result)| !has_block(key_result))
        .flat_map(|(_, kr)| words::beside(kr).iter().map(|note| (&kr.id, note)))
        .map(|(id, note)| format!("{}: {}", own(&format!("`{id}`")), message(note)))
        .collect();
    if list.is_empty() {
        return None;
    }
    let mut page = String::from("### Beside the figures\n");
    points(list, &mut page);
    Some(page)
}

/// A word and an emblem; the word carries the meaning.
const fn shape(key_result: &KeyResultOutcome) -> &'static str {
    match (key_result.verdict, key_result.enforcement) {
        (Verdict::Met, _) => "✅ met",
        (Verdict::Missed, Enforcement::Block) => "❌ missed",
        (Verdict::Missed, _) => "⚠️ missed",
        (Verdict::Unknown, Enforcement::Block) => "❓ unknown",
        (Verdict::Unknown, _) => "❔ unknown",
    }
}

/// One key result with its reasons and its findings.
fn details(
    evaluation: &Evaluation,
    ids: &ShortIds,
    key_result: &KeyResultOutcome,
    most: usize,
) -> String {
    let measurement = &key_result.measurement;
    let mut page = format!(
        "### {}: {} (target {})\n\n{}\n",
        own(&format!("`{}`", key_result.id)),
        own(&key_result.shown_value),
        own(&key_result.shown_target),
        span(Untrusted::new(&key_result.title))
    );
    let mut said = Vec::new();
    for reason in &measurement.reasons {
        let mut point = message(&reason.message).to_string();
        if let Some(remedy) = &reason.remedy {
            let _ = write!(point, "<br>→ {}", message(remedy));
        }
        said.push(point);
    }
    said.extend(
        measurement
            .notes
            .iter()
            .map(|note| message(note).to_string()),
    );
    for (number, what) in [
        (
            measurement.set_aside,
            "set aside: suppressed, dismissed or waived",
        ),
        (
            measurement.existing,
            "there before this change, so not judged",
        ),
    ] {
        if number > 0 {
            said.push(format!("{} {what}", words::count(number, "finding")));
        }
    }
    points(said, &mut page);
    findings(evaluation, ids, &measurement.counted, most, &mut page);
    if !measurement.undecided.is_empty() {
        let number = words::number(measurement.undecided.len());
        let _ = write!(
            page,
            "\n{} would count if more were known:\n",
            words::count(number, "finding")
        );
        findings(evaluation, ids, &measurement.undecided, most, &mut page);
    }
    page
}

/// A list, after an empty line.
fn points(points: impl IntoIterator<Item = String>, page: &mut String) {
    for (index, point) in points.into_iter().enumerate() {
        let before = if index == 0 { "\n" } else { "" };
        let _ = writeln!(page, "{before}- {point}");
    }
}

fn findings(
    evaluation: &Evaluation,
    ids: &ShortIds,
    places: &[u32],
    most: usize,
    page: &mut String,
) {
    if places.is_empty() {
        return;
    }
    if most == 0 {
        let all = words::count(words::number(places.len()), "finding");
        let (command, with) = words::list_all(evaluation);
        let _ = write!(page, "\n{all}: `{command}`{with}\n");
        return;
    }
    page.push_str("\n| finding | place | rule | why |\n| --- | --- | --- | --- |\n");
    let intake = &evaluation.scoped.intake;
    let views = places
        .iter()
        .take(most)
        .filter_map(|place| intake.view(usize::try_from(*place).ok()?));
    for view in views {
        let _ = writeln!(page, "{}", row(evaluation, ids, &view));
    }
    let more = words::number(places.len().saturating_sub(most));
    if more > 0 {
        let (command, with) = words::list_all(evaluation);
        let more = words::thousands(more);
        let _ = write!(page, "\nand {more} more: `{command}`{with}\n");
    }
}

fn row(evaluation: &Evaluation, ids: &ShortIds, view: &FindingView<'_>) -> String {
    let id = view.id().map_or(String::new(), |id| ids.of(id));
    let place = view.shown_path().map_or("(no path)".to_owned(), |path| {
        format!("{}{}", cell(path), words::line(view))
    });
    format!(
        "| `{id}` | {place} | {} | {} |",
        cell(view.rule_id()),
        cell_message(&describe(evaluation, view))
    )
}

/// What the change makes of the policy, if it edits it.
fn proposed_policy(evaluation: &Evaluation) -> Option<String> {
    let proposed = evaluation.proposed.as_ref()?;
    let mut page = format!(
        "### Proposed policy\n\n{}\n",
        message(&proposed::sentence(proposed))
    );
    let list = proposed.differences.iter().map(|difference| {
        let what = message(&proposed::difference(difference)).to_string();
        format!("{}: {what}", difference.shift.as_str())
    });
    points(list, &mut page);
    Some(page)
}

fn all_notices(evaluation: &Evaluation) -> Option<String> {
    let mut list = notices::acceptances(evaluation);
    list.extend(notices::weak_evidence(evaluation));
    list.extend(notices::exploit_data(evaluation));
    list.extend(notices::set_aside(evaluation));
    list.extend(evaluation.notices.iter().cloned());
    if list.is_empty() {
        return None;
    }
    let mut page = String::from("### Notices\n");
    points(
        list.iter().map(|notice| message(notice).to_string()),
        &mut page,
    );
    Some(page)
}

fn diagnostics(evaluation: &Evaluation, level: Level) -> Option<String> {
    let mut list = evaluation
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level == level)
        .peekable();
    list.peek()?;
    let head = match level {
        Level::Error => "Errors",
        Level::Warning => "Warnings",
        Level::Note => "Notes",
    };
    let mut page = format!("### {head}\n");
    points(list.map(diagnostic_point), &mut page);
    Some(page)
}

fn diagnostic_point(diagnostic: &Diagnostic) -> String {
    let mut said = format!(
        "{}: {}",
        own(&format!("`{}`", diagnostic.code.as_str())),
        message(&diagnostic.message)
    );
    if let Place::Report {
        path,
        offset,
        line_column,
        field,
    } = &diagnostic.place
    {
        let _ = write!(said, ", at {}", span(path.as_untrusted()));
        if let Some(offset) = offset {
            let _ = write!(said, ", byte {}", words::thousands(*offset));
        }
        if let Some((line, column)) = line_column {
            let _ = write!(said, ", line {line}, column {column}");
        }
        if let Some(field) = field {
            let _ = write!(said, ", {}", own(&format!("`{field}`")));
        }
    }
    if words::is_in_policy(diagnostic) {
        if let Some(label) = &diagnostic.label {
            let _ = write!(said, "; {}", message(label));
        }
        let _ = write!(said, "; in {}", own(words::IN_POLICY));
    }
    if diagnostic.count > 1 {
        let more = words::count(diagnostic.count - 1, "more place");
        let _ = write!(said, " and {more}");
    }
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(said, "<br>→ {}", message(hint));
    }
    said
}

/// What was read, folded (rule E20): closed before any cut, since it is one block.
fn evidence(evaluation: &Evaluation) -> String {
    let intake = &evaluation.scoped.intake;
    let mut page = format!(
        "<details><summary>Evidence: {}, {}</summary>\n\n\
         | report | entry | tool | outcome | results |\n| --- | --- | --- | --- | --- |\n",
        words::count(words::number(intake.reports.len()), "report"),
        words::count(words::number(intake.findings.len()), "finding"),
    );
    for (index, report) in intake.reports.iter().enumerate() {
        let entry = report
            .entry
            .and_then(|entry| evaluation.about.entries.get(entry))
            .map_or(String::new(), |name| cell(Untrusted::new(name)).to_string());
        let path = cell(report.path.as_untrusted());
        let mut runs = intake
            .runs
            .iter()
            .filter(|run| run.report.index() == index)
            .peekable();
        if runs.peek().is_none() {
            let (outcome, why) = match notices::twin(evaluation, report) {
                Some(twin) => ("REPEAT", cell_message(twin).to_string()),
                None if report.read => ("NO RUN", String::new()),
                None => ("UNREAD", String::new()),
            };
            let _ = writeln!(page, "| {path} | {entry} | | {outcome} | {why} |");
        }
        for run in runs {
            let _ = writeln!(
                page,
                "| {path} | {entry} | {} | {} | {} |",
                tool(run),
                words::run_status(run),
                own(&results(run)),
            );
        }
    }
    for gap in &intake.gaps {
        let _ = writeln!(
            page,
            "| {} | | | MISSING | {} |",
            cell(gap.path.as_untrusted()),
            own(gap.why)
        );
    }
    page.push_str("\n</details>\n");
    page
}

/// What a run left, and why it is not ok.
fn results(run: &ToolRun) -> String {
    let left = words::run_results(run);
    if run.status == RunStatus::Ok {
        left
    } else {
        let why = words::run_reasons(run);
        let between = if left.is_empty() { "" } else { "; " };
        format!("{left}{between}{why}")
    }
}

fn tool(run: &ToolRun) -> String {
    let version = run
        .version
        .as_ref()
        .map_or(String::new(), |v| format!(" {}", cell(v.as_untrusted())));
    format!("{}{version}", cell(run.name.as_untrusted()))
}
