//! What findings were compared with, and what came of it, for people (rules L5, L18, M31).

use super::words;
use crate::decide::Evaluation;
use crate::diagnostic::Message;
use crate::model::{ObjectId, Untrusted};
use crate::scope::{Compared, Known, Novelty, Standing, Told};

/// How many findings that count are new.
pub(super) fn introduced(evaluation: &Evaluation) -> u64 {
    count(evaluation, Novelty::Introduced)
}

/// How many findings that count were there before.
pub(super) fn existing(evaluation: &Evaluation) -> u64 {
    count(evaluation, Novelty::Existing)
}

fn count(evaluation: &Evaluation, novelty: Novelty) -> u64 {
    let scoped = &evaluation.scoped;
    let counted = (0..scoped.intake.findings.len())
        .filter(|index| scoped.standing(*index) == Standing::Counted)
        .filter(|index| scoped.novelty(*index) == novelty);
    words::number(counted.count())
}

/// What is said on a change: what it was compared with, how much is new, old and gone.
pub(super) fn compared(evaluation: &Evaluation, existing: u64) -> Vec<Message> {
    let introduced = introduced(evaluation);
    let sides = format!(
        "{} introduced (judged), {} existing (recorded)",
        words::thousands(introduced),
        words::thousands(existing)
    );
    let mut list = Vec::new();
    match &evaluation.scoped.compared {
        Compared::Nothing => {
            let by_report = evaluation
                .scoped
                .told
                .iter()
                .any(|told| *told != Told::Nothing);
            if by_report && existing > 0 {
                list.push(
                    format!(
                        "{} existed before this change by the report's own baseline",
                        words::count(existing, "finding")
                    )
                    .into(),
                );
            } else if !by_report && introduced > 0 {
                list.push(
                    "there is no baseline to compare with, so every finding counts as introduced; \
                     write one with: krgate baseline write"
                        .into(),
                );
            }
            return list;
        }
        Compared::Unknown => {
            list.push(
                "which lines changed is not known, so every finding counts as introduced".into(),
            );
            return list;
        }
        Compared::Lines => {
            list.push(format!("compared with the lines that this change touches: {sides}").into());
        }
        baseline @ Compared::Baseline { .. } => by_baseline(baseline, sides, &mut list),
    }
    if existing > 0 {
        let said = words::count(existing, "finding");
        let pronoun = if existing == 1 { "it is" } else { "they are" };
        list.push(
            format!("{said} existed before this change; {pronoun} recorded, not judged").into(),
        );
    }
    list
}

fn by_baseline(compared: &Compared, sides: String, list: &mut Vec<Message>) {
    let Compared::Baseline {
        known,
        gone,
        unseen,
        ambiguous,
        tools,
        ..
    } = compared
    else {
        return;
    };
    let mut said = name(known, Message::from("compared with "))
        .own(": ")
        .own(sides);
    if !gone.is_empty() {
        let gone = words::thousands(words::number(gone.len()));
        said = said.own(format!(", {gone} gone"));
    }
    if *unseen > 0 {
        let unseen = words::thousands(*unseen);
        said = said.own(format!(", {unseen} not looked for by this run"));
    }
    list.push(said);
    if *ambiguous > 0 {
        let pairs = words::count(*ambiguous, "finding");
        list.push(format!("{pairs} stood among equals and went by the order of lines").into());
    }
    for tool in tools.iter().filter(|tool| tool.excused > 0) {
        let mut said = Message::from(format!(
            "{} changed identity with ",
            words::count(tool.excused, "finding")
        ))
        .foreign(Untrusted::new(&tool.tool));
        said = said
            .own(" ")
            .foreign(Untrusted::new(&tool.before.join(", ")));
        said = said
            .own(" -> ")
            .foreign(Untrusted::new(&tool.now.join(", ")));
        list.push(
            said.own(", in files that this change does not touch; they are recorded, not judged"),
        );
    }
}

fn name(known: &Known, said: Message) -> Message {
    let said = said.foreign(Untrusted::new(&known.path));
    match known.commit.as_ref().map(ObjectId::short) {
        Some(commit) => said.own(format!(" of the base {commit}")),
        None => said,
    }
}

/// Whether one finding is new, and how that is known.
pub(super) fn told(evaluation: &Evaluation, index: usize) -> Message {
    let scoped = &evaluation.scoped;
    let baseline = |said: &'static str| match &scoped.compared {
        Compared::Baseline { known, .. } => name(known, Message::from(said)),
        _ => Message::from(said).own("the baseline"),
    };
    match scoped.told(index) {
        Told::Matched(id, step) => baseline("existing: in ")
            .own(format!(" as {}, known by ", id.short(8)))
            .own(step.explain()),
        Told::OtherTool => baseline("existing: not in ").own(
            ", but another version of its tool wrote that, and the change does not touch its file",
        ),
        Told::NotInBaseline => baseline("introduced: not in "),
        Told::Touched => "introduced: the change touches its lines".into(),
        Told::Untouched => "existing: the change does not touch its lines".into(),
        Told::NoPlace => {
            "introduced: it is in no file of the commit that is judged, so nothing tells that it \
             is old"
                .into()
        }
        Told::KnownToReport => "existing: the report's own baseline knows it".into(),
        Told::NewToReport => "introduced: the report's own baseline does not know it".into(),
        Told::Nothing => match scoped.compared {
            Compared::Unknown => "introduced: which lines the change touches is not known".into(),
            _ => "introduced: there is no baseline, so nothing tells that it is old".into(),
        },
    }
}
