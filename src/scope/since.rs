//! Whether each finding is new: by a baseline, by the lines of a change, or by what the report
//! itself says (rule 41, L6, G63).

use std::rc::Rc;

use super::Novelty;
use super::matching::{self, Match, Step, ToolChange};
use crate::model::{
    Baseline, BaselineState, ChangedLines, FindingId, FindingView, Intake, KeyCheck, ObjectId,
};

/// What the findings of a run are compared with.
#[derive(Debug, Clone, Default)]
pub enum Since {
    /// Nothing of krgate's: what the report says of its own baseline decides, and what it says
    /// nothing of is new.
    #[default]
    Nothing,
    /// A baseline.
    Baseline(Earlier),
    /// The lines that a change touches.
    Lines(Rc<ChangedLines>),
    /// The lines of a change that nobody knows: everything is new.
    Unknown,
}

/// A baseline and the way from it to the commit that is judged.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The baseline.
    pub baseline: Rc<Baseline>,
    /// Where it was read from.
    pub known: Known,
    /// What happened between its commit and the one that is judged, where git knows.
    pub carry: Option<Rc<ChangedLines>>,
    /// What the change touches that is judged.
    pub change: Option<Rc<ChangedLines>>,
    /// The key that made the ids of this run's secrets.
    pub key: Option<KeyCheck>,
}

/// Where a baseline was read from, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its path, or the revision whose file it is.
    pub path: String,
    /// The commit whose tree it was read from; `None` for the work tree.
    pub commit: Option<ObjectId>,
}

/// What findings were compared with, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Compared {
    /// With nothing.
    #[default]
    Nothing,
    /// With a baseline.
    Baseline {
        /// Which.
        known: Known,
        /// How many findings it has.
        findings: usize,
        /// Ids of those that are gone though their tool ran to its end, sorted.
        gone: Vec<FindingId>,
        /// How many nobody looked for.
        unseen: u64,
        /// How many pairs were made in the order of their lines.
        ambiguous: u64,
        /// Tools whose version changed, with what that excuses.
        tools: Vec<ToolChange>,
    },
    /// With the lines that the change touches.
    Lines,
    /// With a change whose lines are not known.
    Unknown,
}

/// How it is known whether a finding is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Told {
    /// The baseline has it under this id.
    Matched(FindingId, Step),
    /// The baseline does not have it; another version of the tool found it in a file that the
    /// change leaves alone (rule L18).
    OtherTool,
    /// The baseline does not have it.
    NotInBaseline,
    /// The change touches its lines.
    Touched,
    /// The change does not touch its lines.
    Untouched,
    /// It has no place in the repository that a change could touch or leave alone.
    NoPlace,
    /// The report's own baseline knows it.
    KnownToReport,
    /// The report's own baseline does not know it.
    NewToReport,
    /// Nothing tells.
    Nothing,
}

impl Told {
    /// Old or new; what nothing tells is new.
    pub const fn novelty(self) -> Novelty {
        match self {
            Self::Matched(..) | Self::OtherTool | Self::Untouched | Self::KnownToReport => {
                Novelty::Existing
            }
            Self::NotInBaseline
            | Self::Touched
            | Self::NoPlace
            | Self::NewToReport
            | Self::Nothing => Novelty::Introduced,
        }
    }

    /// The word of the JSON output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched(_, step) => step.as_str(),
            Self::OtherTool => "other_tool",
            Self::NotInBaseline => "not_in_baseline",
            Self::Touched => "touched",
            Self::Untouched => "untouched",
            Self::NoPlace => "no_place",
            Self::KnownToReport => "known_to_report",
            Self::NewToReport => "new_to_report",
            Self::Nothing => "nothing_tells",
        }
    }
}

/// Tells old from new. krgate's own baseline alone decides where there is one (rule 41).
pub(super) fn tell(intake: &Intake, since: &Since) -> (Vec<Told>, Compared) {
    match since {
        Since::Nothing => (by_reports(intake), Compared::Nothing),
        Since::Unknown => (
            vec![Told::Nothing; intake.findings.len()],
            Compared::Unknown,
        ),
        Since::Lines(change) => {
            let told = intake.views().map(|view| by_lines(&view, change));
            (told.collect(), Compared::Lines)
        }
        Since::Baseline(earlier) => by_baseline(intake, earlier),
    }
}

/// Empty where no report says anything.
fn by_reports(intake: &Intake) -> Vec<Told> {
    let mut findings = intake.findings.iter();
    if findings.all(|finding| finding.baseline == BaselineState::Unstated) {
        return Vec::new();
    }
    intake.views().map(|view| by_report(&view)).collect()
}

fn by_report(view: &FindingView<'_>) -> Told {
    match view.finding.baseline {
        BaselineState::Existing => Told::KnownToReport,
        BaselineState::New => Told::NewToReport,
        BaselineState::Unstated => Told::Nothing,
    }
}

/// A finding in a package, or in a commit of the history, has no line in the file of the head:
/// any change of its file touches it.
fn by_lines(view: &FindingView<'_>, change: &ChangedLines) -> Told {
    let Some(path) = view.repo_path() else {
        return Told::NoPlace;
    };
    let finding = view.finding;
    let of_lines = view.facts().is_none_or(|facts| facts.package.is_none());
    let line = view.line().filter(|_| of_lines && finding.commit.is_none());
    let last = finding.region.end_line.map(std::num::NonZeroU32::get);
    if change.touches(path, line, last) {
        Told::Touched
    } else if finding.commit.is_some() || !(change.is_changed(path) || change.leaves_alone(path)) {
        // What stood in a commit of the change and is gone again leaves no line behind, and of
        // a path that is no file of the head nobody knows what the change did to it.
        Told::NoPlace
    } else {
        Told::Untouched
    }
}

fn by_baseline(intake: &Intake, earlier: &Earlier) -> (Vec<Told>, Compared) {
    let compared = matching::compare(
        &matching::Earlier {
            baseline: &earlier.baseline,
            carry: earlier.carry.as_deref(),
            change: earlier.change.as_deref(),
            key: earlier.key,
        },
        intake,
    );
    let told = compared.matches.iter().map(|matched| match matched {
        Match::Known(id, step) => Told::Matched(*id, *step),
        Match::OtherTool => Told::OtherTool,
        Match::New => Told::NotInBaseline,
    });
    (
        told.collect(),
        Compared::Baseline {
            known: earlier.known.clone(),
            findings: earlier.baseline.rows.rows.len(),
            gone: compared.gone,
            unseen: compared.unseen,
            ambiguous: compared.ambiguous,
            tools: compared.tools,
        },
    )
}
