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
