//! Which findings are announced beside the lines of a change, and in which words (rules G21 to
//! G29, G40 to G45).
//!
//! [`select`] gives plain values, worst first and within a budget; a sink writes them: workflow
//! commands through [`Annotation::command`], a check run through its fields. What is left out
//! for want of room is counted, never dropped in silence (invariant 2).

use std::cmp::Reverse;

use super::encode::workflow::{Kind, Lines, WorkflowCommand};
use super::text::describe;
use super::{ShortIds, words};
use crate::decide::{Evaluation, KeyResultOutcome, Verdict};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{ChangedLines, FindingView, RepoPath, Untrusted, visible};
use crate::policy::Enforcement;
use crate::scope::{Novelty, Standing, judged_score};

/// Annotations of one level that GitHub keeps of a step; more are dropped without a word (L8).
pub const MOST_A_LEVEL: usize = 10;
/// Annotations that a check run gets: two requests of 50 (rule G71).
pub const MOST_OF_A_CHECK_RUN: usize = 100;
/// Slots for key results that block without a finding to point at (rule G42).
const MOST_WITHOUT_FINDINGS: usize = 3;

/// How bad an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Only observed.
    Notice,
    /// It warns.
    Warning,
    /// It blocks.
    Error,
}

impl Level {
    /// From the worst, in which order they are written.
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    /// What the key result that counts a finding does (rule G24).
    const fn of(enforcement: Enforcement) -> Self {
        match enforcement {
            Enforcement::Block => Self::Error,
            Enforcement::Warn => Self::Warning,
            Enforcement::Observe => Self::Notice,
        }
    }

    /// The word of the checks API, which has another for an error (rule G71).
    pub const fn of_a_check_run(self) -> &'static str {
        match self {
            Self::Error => "failure",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::Error => Kind::Error,
            Self::Warning => Kind::Warning,
            Self::Notice => Kind::Notice,
        }
    }
}

/// One remark, at a place of the repository where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub level: Level,
    /// The file, and the lines in it where they are known.
    pub place: Option<(RepoPath, Option<Lines>)>,
    /// krgate's own words; nothing important stands here alone (G62).
    pub title: String,
    /// What is said; it begins with a key result's id or `krgate` (rule G21).
    pub message: Message,
}

impl Annotation {
    /// The workflow command that makes it.
    pub fn command(&self) -> WorkflowCommand {
        let title = Message::from(self.title.clone());
        let command = WorkflowCommand::new(self.level.kind(), &self.message).title(&title);
        match &self.place {
            Some((path, lines)) => command.at(path, *lines),
            None => command,
        }
    }
}

/// Which findings get one (`--annotations`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Those on changed lines, where the change is known.
    #[default]
    Diff,
    /// Every finding that decides.
    All,
    /// None, but key results without a finding and what is wrong with the run (rule G44).
    None,
}

/// How many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// So many of each level, the last of which counts what is left (rule G41).
    EachLevel(usize),
    /// So many together; the caller says how many are left.
    Together(usize),
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Which findings.
    pub show: Show,
    /// The lines that the change touches, where they are known.
    pub changed: Option<&'a ChangedLines>,
    /// How many.
    pub budget: Budget,
    /// What went wrong after the evaluation was made.
    pub faults: &'a [Diagnostic],
    /// Where the rest can be read: `the job summary`.
    pub rest_is_in: &'static str,
    /// The folder that findings' paths begin in, from the repository's root: empty, or ending
    /// in `/`.
    pub folder: &'a str,
}

/// What was chosen, and what was not.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The annotations, worst first.
    pub annotations: Vec<Annotation>,
    /// How many of them are findings.
    pub findings: u64,
    /// Findings that decide and got none for want of room.
    pub left: u64,
    /// Findings that decide and lie outside the changed lines.
    pub outside: u64,
}

/// Chooses what is announced of an evaluation.
pub fn select(evaluation: &Evaluation, asked: Asked<'_>) -> Selection {
    let ids = ShortIds::new(&evaluation.scoped.intake);
    let mut selection = Selection::default();
    let mut room_together = match asked.budget {
        Budget::EachLevel(_) => usize::MAX,
        Budget::Together(most) => most,
    };
    let mut deciding = deciding(evaluation);
    for level in Level::ALL {
        let before = match level {
            Level::Error => first_errors(evaluation, asked.faults),
            Level::Warning => not_enforced(evaluation).into_iter().collect(),
            Level::Notice => Vec::new(),
        };
        let (mut inside, outside) = of_level(evaluation, &mut deciding, level, asked);
        let room = match asked.budget {
            Budget::EachLevel(most) => room_of_a_level(most, before.len(), inside.len(), outside),
            Budget::Together(_) => room_together.saturating_sub(before.len()),
        };
        let shown = inside.len().min(room);
        worst(evaluation, &mut inside, shown);
        let left = words::number(inside.len() - shown);
        selection.annotations.extend_from_slice(&before);
        for place in inside.iter().take(shown) {
            selection.annotations.extend(of_finding(
                evaluation,
                &ids,
                (*place, level),
                asked.folder,
            ));
        }
        if let Budget::EachLevel(_) = asked.budget {
            let rest = more(level, left, outside, asked.rest_is_in);
            selection.annotations.extend(rest);
        }
        room_together = room_together.saturating_sub(before.len() + shown);
        selection.findings += words::number(shown);
        selection.left += left;
        selection.outside += outside;
    }
    if let Budget::Together(most) = asked.budget {
        selection.annotations.truncate(most);
    }
    selection
}

/// How many findings of a level fit: all of them, or one fewer than there is room for, since
/// one says how many are left.
const fn room_of_a_level(most: usize, before: usize, inside: usize, outside: u64) -> usize {
    let room = most.saturating_sub(before);
    if inside <= room && outside == 0 {
        room
    } else {
        room.saturating_sub(1)
    }
}

/// What takes the first error slots: what is wrong with the run, then key results that block
/// without a finding (rules G42, G43).
fn first_errors(evaluation: &Evaluation, faults: &[Diagnostic]) -> Vec<Annotation> {
    let all = [evaluation.diagnostics.as_slice(), faults].concat();
    let mut first: Vec<Annotation> = of_faults(&all, |_| None).into_iter().collect();
    let without: Vec<&KeyResultOutcome> = super::order::not_met(evaluation)
        .into_iter()
        .filter(|kr| kr.blocks)
        .filter(|kr| places(evaluation, kr).next().is_none())
        .collect();
    let others = without.len().saturating_sub(MOST_WITHOUT_FINDINGS);
    for (index, kr) in without.iter().take(MOST_WITHOUT_FINDINGS).enumerate() {
        let mut message = without_findings(kr);
        if others > 0 && index + 1 == MOST_WITHOUT_FINDINGS {
            let others = words::count(words::number(others), "more key result");
            message = message.own(format!("; and {others} without a finding"));
        }
        first.push(Annotation {
            level: Level::Error,
            place: None,
            title: title(kr),
            message,
        });
    }
    first
}

/// The first of the errors that decide the exit code, and how many others there are
/// (rule G43). `at` says where one points, if that is a file of the repository.
pub fn of_faults(
    diagnostics: &[Diagnostic],
    at: impl FnOnce(&Diagnostic) -> Option<(RepoPath, Option<Lines>)>,
) -> Option<Annotation> {
    let worst = words::errors(diagnostics).map(|d| d.code.fault()).max()?;
    let first = words::errors(diagnostics).find(|d| d.code.fault() == worst)?;
    let place = at(first).filter(|(path, _)| may_be_named(path));
    let mut message = Message::from("krgate: ").join(&words::diagnosed(first));
    if let Some(hint) = &first.hint {
        message = message.own("; ").join(hint);
    }
    let others = words::number(words::errors(diagnostics).count()).saturating_sub(1);
    if others > 0 {
        let others = words::count(others, "more error");
        message = message.own(format!("; and {others}"));
    }
    Some(Annotation {
        level: Level::Error,
        place,
        title: "krgate: nothing is known for sure".to_owned(),
        message,
    })
}

/// That nothing blocks on the change that brings the first policy (rule G127).
fn not_enforced(evaluation: &Evaluation) -> Option<Annotation> {
    let missing = |diagnostic: &&Diagnostic| diagnostic.code == Code::BasePolicyMissing;
    let diagnostic = evaluation.diagnostics.iter().find(missing)?;
    Some(Annotation {
        level: Level::Warning,
        place: None,
        title: "krgate: nothing is enforced yet".to_owned(),
        message: Message::from("krgate: ").join(&words::diagnosed(diagnostic)),
    })
}

fn title(key_result: &KeyResultOutcome) -> String {
    format!("krgate: {} is {}", key_result.id, key_result.verdict)
}

/// `images-clean: unknown (target <= 10): no scan of class container ran; add a report …`.
fn without_findings(key_result: &KeyResultOutcome) -> Message {
    let measurement = &key_result.measurement;
    let mut message = Message::from(format!(
        "{}: {} (target {})",
        key_result.id, key_result.shown_value, key_result.shown_target
    ));
    if let Some(reason) = measurement.reasons.first() {
        message = message.own(": ").join(&reason.message);
        if let Some(remedy) = &reason.remedy {
            message = message.own("; ").join(remedy);
        }
    } else if let Some(note) = measurement.notes.first() {
        message = message.own(": ").join(note);
    }
    message
}

/// What a key result counts, or would count if more were known. What is set aside is not
/// announced, also where a key result counts just that (rule G24).
fn places<'a>(
    evaluation: &'a Evaluation,
    key_result: &'a KeyResultOutcome,
) -> impl Iterator<Item = u32> + 'a {
    let measurement = &key_result.measurement;
    let places = measurement.counted.iter().chain(&measurement.undecided);
    places.copied().filter(|place| {
        usize::try_from(*place)
            .is_ok_and(|place| evaluation.scoped.standing(place) == Standing::Counted)
    })
}

/// Every finding that a key result rests on which is not met, once, with the worst that a key
/// result makes of it.
fn deciding(evaluation: &Evaluation) -> Vec<(u32, Level)> {
    let mut deciding: Vec<(u32, Level)> = Vec::new();
    for (_, kr) in evaluation.key_results() {
        if kr.verdict != Verdict::Met {
            let level = Level::of(kr.enforcement);
            deciding.extend(places(evaluation, kr).map(|place| (place, level)));
        }
    }
    deciding.sort_unstable_by_key(|(place, level)| (*place, Reverse(*level)));
    deciding.dedup_by_key(|(place, _)| *place);
    deciding
}

/// Takes the findings of a level out: those that are announced, and how many are not because
/// they lie outside the changed lines.
fn of_level(
    evaluation: &Evaluation,
    deciding: &mut Vec<(u32, Level)>,
    level: Level,
    asked: Asked<'_>,
) -> (Vec<u32>, u64) {
    if asked.show == Show::None {
        return (Vec::new(), 0);
    }
    let mut inside = Vec::new();
    let mut outside = 0;
    deciding.retain(|(place, of)| {
        if *of == level {
            match view(evaluation, *place) {
                Some(view) if is_announced(&view, asked) => inside.push(*place),
                Some(_) => outside += 1,
                None => {}
            }
        }
        *of != level
    });
    (inside, outside)
}

fn view(evaluation: &Evaluation, place: u32) -> Option<FindingView<'_>> {
    evaluation.scoped.intake.view(usize::try_from(place).ok()?)
}

/// True if a finding lies on changed lines, or may: one without a path or a line is not known
/// to lie elsewhere. Without a change to compare with, all are (rule G44).
fn is_announced(view: &FindingView<'_>, asked: Asked<'_>) -> bool {
    match (asked.show, asked.changed) {
        (Show::Diff, Some(changed)) => words::is_on_changed_lines(changed, view),
        _ => true,
    }
}

/// Brings the worst to the front, in their order (rule G40).
fn worst(evaluation: &Evaluation, places: &mut [u32], number: usize) {
    let key = |place: &u32| {
        let view = view(evaluation, *place)?;
        let score = judged_score(view.finding, &evaluation.severity).tenths();
        Some((
            evaluation.scoped.novelty(view.index) == Novelty::Existing,
            // What is not known comes first: it may be the worst.
            score.is_some(),
            Reverse(score),
            view.shown_path(),
            view.line(),
            view.rule_id(),
            view.id(),
            *place,
        ))
    };
    if number > 0 && number < places.len() {
        places.select_nth_unstable_by(number - 1, |a, b| key(a).cmp(&key(b)));
    }
    if let Some(front) = places.get_mut(..number) {
        front.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    }
}

/// `no-live-secret: rule …, secret, never checked · introduced (finding 7f3a91c2)`.
fn of_finding(
    evaluation: &Evaluation,
    ids: &ShortIds<'_>,
    (place, level): (u32, Level),
    folder: &str,
) -> Option<Annotation> {
    let view = view(evaluation, place)?;
    let key_results = || {
        super::order::not_met(evaluation)
            .into_iter()
            .filter(|kr| Level::of(kr.enforcement) == level)
    };
    let counting: Vec<&KeyResultOutcome> = key_results()
        .filter(|kr| kr.measurement.counted.contains(&place))
        .collect();
    let undecided = counting.is_empty();
    let reading: Vec<&KeyResultOutcome> = if undecided {
        key_results()
            .filter(|kr| kr.measurement.undecided.contains(&place))
            .collect()
    } else {
        counting
    };
    let names: Vec<&str> = reading.iter().map(|kr| kr.id.as_str()).collect();
    let mut message = Message::from(names.join(", ")).own(if undecided {
        ": would count if more were known: "
    } else {
        ": "
    });
    message = message.foreign(view.rule_id());
    if let Some(title) = view
        .title()
        .filter(|title| says_more(*title, view.rule_id()))
    {
        message = message.own(" ").foreign(title);
    }
    message = message.own(", ").join(&describe(evaluation, &view));
    let file = file(&view, folder);
    if let (None, Some(path)) = (&file, view.shown_path()) {
        message = message.own("; at ").foreign(path).own(words::line(&view));
    }
    if let Some(id) = view.id() {
        message = message.own(format!(" (finding {})", ids.of(id)));
    }
    Some(Annotation {
        level,
        place: file.map(|path| (path, lines(&view))),
        title: title(reading.first()?),
        message,
    })
}

/// True if a rule's title is more than its id in other words: `Semgrep Finding: ID`.
fn says_more(title: Untrusted<'_>, id: Untrusted<'_>) -> bool {
    let (title, id) = (title.raw(), id.raw());
    !title.contains(id) && !id.contains(title)
}

/// The file as from the repository's root, where neither scrubbing nor the visible form
/// changed its path (rules E9, G25).
fn file(view: &FindingView<'_>, folder: &str) -> Option<RepoPath> {
    let path = view.repo_path().filter(|_| view.path_can_be_linked())?;
    let path = RepoPath::from_normal(&[folder, path.as_str()].concat())?;
    may_be_named(&path).then_some(path)
}

/// True if the runner can take a path as it is: no drive, no `=` that would be read away, and
/// nothing that a log acts on (rule G25).
fn may_be_named(path: &RepoPath) -> bool {
    let text = path.as_str();
    let is_drive = text.as_bytes().get(1) == Some(&b':');
    !is_drive && !text.starts_with('=') && visible(text) == text
}

fn lines(view: &FindingView<'_>) -> Option<Lines> {
    let region = view.finding.region;
    let number = |number: Option<std::num::NonZeroU32>| number.map(std::num::NonZeroU32::get);
    let lines = Lines::new(number(region.line)?, number(region.end_line))?;
    Some(lines.columns(number(region.column), number(region.end_column)))
}

/// `12 more, 3 outside the changed lines: see the job summary` (rules G41, G44).
fn more(level: Level, left: u64, outside: u64, rest_is_in: &str) -> Option<Annotation> {
    let said = match (left, outside) {
        (0, 0) => return None,
        (left, 0) => format!("{} more", words::thousands(left)),
        (0, outside) => format!(
            "{} outside the changed lines",
            words::count(outside, "finding")
        ),
        (left, outside) => format!(
            "{} more, and {} outside the changed lines",
            words::thousands(left),
            words::thousands(outside)
        ),
    };
    Some(Annotation {
        level,
        place: None,
        title: "krgate: more findings".to_owned(),
        message: format!("krgate: {said}: see {rest_is_in}").into(),
    })
}
