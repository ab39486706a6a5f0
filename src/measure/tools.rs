//! `tools`: which share of the demanded kinds of tool ran (rule M27).

use std::collections::BTreeSet;

use super::sight::Sight;
use super::{Measurement, Reason, evidence};
use crate::diagnostic::Message;
use crate::model::{Class, Quantity, ToolRun};
use crate::policy::{ToolsDemand, Unit};

/// Satisfied legs over legs. A leg is satisfied by so many distinct tools of its class that
/// ran to their end; one that cannot be shown is not satisfied, so nothing is unknown here.
pub(super) fn measure(sight: &Sight<'_>, demand: &ToolsDemand) -> Measurement {
    let mut measurement = Measurement::empty(Unit::Percent);
    let mut satisfied = 0_i64;
    let mut legs = 0_i64;
    for (class, wanted) in &demand.legs {
        legs += 1;
        let tools: BTreeSet<&str> = ran(sight, *class).collect();
        if u32::try_from(tools.len()).unwrap_or(u32::MAX) >= *wanted {
            satisfied += 1;
            measurement
                .notes
                .push(names(Message::from(format!("{class}: ")), &tools));
        } else {
            let why = shortfall(sight, *class, *wanted, &tools);
            measurement.notes.extend(why.into_iter().map(note));
        }
    }
    measurement.n = u64::try_from(legs).ok();
    measurement.value = Quantity::ratio(satisfied, legs);
    measurement
}

/// Aliases of the tools that count as the class and ran to their end.
fn ran<'a>(sight: &Sight<'a>, class: Class) -> impl Iterator<Item = &'a str> {
    let intake = sight.intake();
    intake
        .runs
        .iter()
        .filter(move |run| run.class == Some(class) && run.named && run.is_exact())
        .map(|run| run.alias.raw())
}

fn names(start: Message, tools: &BTreeSet<&str>) -> Message {
    let mut message = start;
    for (index, tool) in tools.iter().enumerate() {
        if index > 0 {
            message = message.own(", ");
        }
        message = message.foreign(crate::model::Untrusted::new(tool));
    }
    message
}

/// Why a leg is not satisfied: what ran and failed, what is undeclared, what is missing.
fn shortfall(sight: &Sight<'_>, class: Class, wanted: u32, tools: &BTreeSet<&str>) -> Vec<Reason> {
    let intake = sight.intake();
    let mut why = Vec::new();
    let mut need = Message::from(format!("{class}: {} of {wanted} ran", tools.len()));
    if !tools.is_empty() {
        need = names(need.own(": "), tools);
    }
    let candidates: Vec<&ToolRun> = intake
        .runs
        .iter()
        .filter(|run| run.could_find.contains(class))
        .collect();
    for run in &candidates {
        if run.class.is_none() {
            why.push(Reason {
                code: "class-undeclared",
                message: evidence::subject(intake, run, &|entry| sight.entry_name(entry))
                    .own(": a tool of several classes counts only as the one that its report entry declares"),
                remedy: Some(format!("write `class: {class}` in its report entry").into()),
            });
        } else if run.class == Some(class) {
            why.extend(evidence::weakness(intake, run, &|entry| {
                sight.entry_name(entry)
            }));
        }
    }
    why.insert(
        0,
        Reason {
            code: "tool-missing",
            message: need,
            remedy: None,
        },
    );
    why
}

fn note(reason: Reason) -> Message {
    reason.message
}

/// Tools that ran and are listed in the policy's `tools`, over all that ran or are listed.
/// What cannot be shown is not satisfied, so nothing is unknown here.
pub(super) fn inventory(sight: &Sight<'_>) -> Measurement {
    let intake = sight.intake();
    let listed: BTreeSet<&str> = sight
        .policy
        .tools
        .iter()
        .map(|row| row.alias.as_str())
        .collect();
    let there: BTreeSet<&str> = intake.runs.iter().map(|run| run.alias.raw()).collect();
    let ended: BTreeSet<&str> = intake
        .runs
        .iter()
        .filter(|run| run.named && run.is_exact())
        .map(|run| run.alias.raw())
        .collect();
    let all: BTreeSet<&str> = there.union(&listed).copied().collect();
    let good = ended.intersection(&listed).count();
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut measurement = Measurement::empty(Unit::Percent);
    measurement.n = u64::try_from(all.len()).ok();
    measurement.value =
        Some(Quantity::ratio(whole(good), whole(all.len())).unwrap_or(Quantity::ZERO));
    let mut note = |words: &'static str, tools: BTreeSet<&str>| {
        if !tools.is_empty() {
            measurement.notes.push(names(Message::from(words), &tools));
        }
    };
    note(
        "not listed in `tools`: ",
        there.difference(&listed).copied().collect(),
    );
    note(
        "listed, and no run: ",
        listed.difference(&there).copied().collect(),
    );
    note(
        "listed, and no run that ended well: ",
        listed
            .intersection(&there)
            .filter(|tool| !ended.contains(*tool))
            .copied()
            .collect(),
    );
    measurement
}
