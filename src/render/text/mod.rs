//! What a person sees in a terminal or a job log (rules V1 to V10).
//!
//! The order is fixed: circumstances, evidence, key results from the worst to the best, the
//! findings that decide, diagnostics, notices, and last the verdict in one sentence. A
//! passing run is short. Colour adorns; the text is the same without.

mod diagnostics;
mod evidence;
mod findings;
mod key_results;
pub(super) mod page;

use std::io::{self, Write};

use self::page::{Cell, Page, Role};
use super::{ShortIds, notices, order, proposed, words};
use crate::decide::{Evaluation, Event, ExitCode, KeyResultOutcome};
use crate::diagnostic::{Diagnostic, Message};
use crate::model::Untrusted;

pub(super) use self::findings::describe;

/// How much is shown; nothing else changes by it (rule V10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbosity {
    /// The verdict line alone.
    Quiet,
    /// What a reader of the log needs.
    #[default]
    Normal,
    /// Evidence, scopes, notes and every diagnostic as well, also on a passing run.
    Verbose,
}

/// How the text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextOptions {
    /// How much is shown.
    pub verbosity: Verbosity,
    /// True if every finding that decides is shown, not only the first 20 a key result.
    pub all: bool,
    /// True if colour codes are written.
    pub styled: bool,
}

/// What the parts of the text share.
struct Sheet<'a> {
    evaluation: &'a Evaluation,
    ids: ShortIds<'a>,
    options: TextOptions,
}

impl Sheet<'_> {
    fn is_verbose(&self) -> bool {
        self.options.verbosity == Verbosity::Verbose
    }

    /// True if only one line a key result is shown (rule V2).
    fn is_short(&self) -> bool {
        self.evaluation.exit == ExitCode::Passed && !self.is_verbose()
    }
}

/// Writes an evaluation as text.
///
/// # Errors
/// If the output cannot be written.
pub fn write(evaluation: &Evaluation, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, options.styled);
    let sheet = Sheet {
        evaluation,
        ids: ShortIds::new(&evaluation.scoped.intake),
        options,
    };
    if options.verbosity == Verbosity::Quiet {
        return verdict_line(&sheet, &mut page);
    }
    header(&sheet, &mut page)?;
    if !sheet.is_short() {
        page.blank()?;
        evidence::write(&sheet, &mut page)?;
        page.blank()?;
    }
    key_results::write(&sheet, &mut page)?;
    if !sheet.is_short() {
        findings::write(&sheet, &mut page)?;
    }
    proposed_policy(&sheet, &mut page)?;
    let shown = diagnostics::write(&sheet, &mut page)?;
    all_notices(&sheet, &mut page, shown)?;
    if !sheet.is_short() {
        page.blank()?;
    }
    verdict_line(&sheet, &mut page)
}

/// Writes one key result with all that it rests on.
///
/// # Errors
/// If the output cannot be written.
pub(super) fn write_key_result(
    evaluation: &Evaluation,
    key_result: &KeyResultOutcome,
    besides: &[(&'static str, Message)],
    styled: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, styled);
    let sheet = Sheet {
        evaluation,
        ids: ShortIds::new(&evaluation.scoped.intake),
        options: TextOptions {
            verbosity: Verbosity::Verbose,
            styled,
            ..TextOptions::default()
        },
    };
    key_results::alone(&sheet, key_result, besides, &mut page)?;
    page.blank()?;
    findings::block(&sheet, key_result, &mut page)
}

/// Writes diagnostics alone, each with place, expectation and next step (rule V7).
///
/// # Errors
/// If the output cannot be written.
pub fn write_diagnostics(list: &[Diagnostic], styled: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, styled);
    list.iter()
        .try_for_each(|diagnostic| diagnostics::one(diagnostic, true, &mut page))
}

fn header(sheet: &Sheet<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let about = &sheet.evaluation.about;
    let mut line = Message::from(format!("{} · policy ", about.version))
        .foreign(Untrusted::new(&about.policy_path))
        .own(proposed::origin(sheet.evaluation));
    line = match (about.event, &about.reference) {
        (Event::Change, Some(onto)) => line.own(" · change onto ").foreign(Untrusted::new(onto)),
        (Event::Change, None) => line.own(" · change"),
        (Event::State, Some(of)) => line.own(" · state of ").foreign(Untrusted::new(of)),
        (Event::State, None) => line.own(" · state"),
    };
    if let Some(environment) = &about.environment {
        line = line
            .own(" · environment ")
            .foreign(Untrusted::new(environment));
    }
    if let (true, Some(period)) = (sheet.is_verbose(), &about.period) {
        line = line.own(" · period ").foreign(Untrusted::new(period));
    }
    page.words(0, &Cell::own("krgate").role(Role::Strong), &line)?;
    if let (true, Some(mission)) = (sheet.is_verbose(), &about.mission) {
        let mission = Cell::label(Untrusted::new(mission));
        page.row(0, 2, &[Cell::own("mission"), mission], &[])?;
    }
    Ok(())
}

/// What the change makes of the policy, if it edits it; shown on a passing run too.
fn proposed_policy(sheet: &Sheet<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let Some(proposed) = &sheet.evaluation.proposed else {
        return Ok(());
    };
    page.blank()?;
    let head = Cell::own("proposed policy:").role(Role::Strong);
    page.words(0, &head, &proposed::sentence(proposed))?;
    for difference in &proposed.differences {
        let role = if difference.shift.may_weaken() {
            Role::Odd
        } else {
            Role::Plain
        };
        let word = Cell::own(format!("{:<12}", difference.shift.as_str())).role(role);
        page.words(2, &word, &proposed::difference(difference))?;
    }
    Ok(())
}

fn all_notices(sheet: &Sheet<'_>, page: &mut Page<'_>, already: bool) -> io::Result<()> {
    let mut list = Vec::new();
    if sheet.is_short() {
        // Otherwise the table of the evidence says both.
        list.extend(notices::weak_evidence(sheet.evaluation));
        list.extend(notices::acceptances(sheet.evaluation));
        list.extend(notices::exploit_data(sheet.evaluation));
    }
    list.extend(notices::set_aside(sheet.evaluation));
    list.extend(sheet.evaluation.notices.iter().cloned());
    list.extend(diagnostics::left_out(sheet));
    if !list.is_empty() && !already && !sheet.is_short() {
        page.blank()?;
    }
    list.iter()
        .try_for_each(|notice| page.words(0, &Cell::own("notice ").role(Role::Dim), notice))
}

fn verdict_line(sheet: &Sheet<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let evaluation = sheet.evaluation;
    let mut sentence = words::verdict(evaluation);
    if evaluation.exit == ExitCode::Failed
        && let Some(subject) = explainable(sheet)
    {
        let again = match words::plain_arguments(&evaluation.about.again) {
            Some(words) => words,
            None => ", with the same policy and reports".to_owned(),
        };
        sentence = sentence.own(format!(". Details: krgate explain {subject}{again}"));
    }
    let role = match evaluation.exit {
        ExitCode::Passed => Role::Good,
        _ => Role::Bad,
    };
    page.verdict(&sentence, role)
}

/// What `krgate explain` can say most about: the worst finding that decides, or else the
/// worst key result.
fn explainable(sheet: &Sheet<'_>) -> Option<String> {
    let worst = order::not_met(sheet.evaluation).into_iter().next()?;
    let measurement = &worst.measurement;
    let place = measurement
        .counted
        .first()
        .or(measurement.undecided.first());
    place
        .and_then(|place| usize::try_from(*place).ok())
        .and_then(|index| sheet.evaluation.scoped.intake.ids.get(index))
        .map(|id| sheet.ids.of(*id))
        .or_else(|| Some(worst.id.clone()))
}
