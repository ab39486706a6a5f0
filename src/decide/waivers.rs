//! What is to be said of waivers: those that hold no longer, end soon, or match nothing.

use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::scope::{Scoped, WaiverOutcome, WaiverRefusal, WaiverState};

/// Waivers that the reader may rely on and that do not hold.
pub(super) fn warnings(scoped: &Scoped) -> Vec<Diagnostic> {
    scoped.waivers.iter().filter_map(warning).collect()
}

/// Waivers that end soon, and those that nobody needs.
pub(super) fn notices(scoped: &Scoped) -> Vec<Message> {
    let mut list: Vec<Message> = scoped.waivers.iter().filter_map(notice).collect();
    list.extend(unused_statements(scoped));
    list
}

/// A document of a vendor speaks of much that is not here: one line for each file.
fn unused_statements(scoped: &Scoped) -> Vec<Message> {
    let mut files: Vec<(&str, usize, usize)> = Vec::new();
    let statements = scoped
        .waivers
        .iter()
        .filter(|outcome| outcome.waiver.subject.statement.is_some());
    for outcome in statements {
        let source = outcome.waiver.source.as_str();
        let unused = usize::from(outcome.state == WaiverState::Unused);
        match files.iter_mut().find(|(file, ..)| *file == source) {
            Some((_, all, none)) => {
                *all += 1;
                *none += unused;
            }
            None => files.push((source, 1, unused)),
        }
    }
    files.retain(|(_, _, unused)| *unused > 0);
    files
        .into_iter()
        .map(|(file, all, unused)| {
            Message::from(format!("{unused} of {all} excusing statements of "))
                .foreign(Untrusted::new(file))
                .own(" match no finding of these reports")
        })
        .collect()
}

fn warning(outcome: &WaiverOutcome) -> Option<Diagnostic> {
    let matches = outcome.matches.len();
    match (outcome.state, &outcome.refusal) {
        // As it should be: the later word counts.
        (_, Some(WaiverRefusal::Superseded)) => None,
        (WaiverState::Refused, Some(refusal)) => Some(
            Diagnostic::new(
                Code::WaiverRefused,
                named(outcome)
                    .own(" does not hold: ")
                    .own(refusal.explain())
                    .join(&place(outcome)),
            )
            .hint(refusal.remedy()),
        ),
        (WaiverState::Expired, _) if matches > 0 => {
            let (noun, verb) = if matches == 1 {
                ("finding", "counts")
            } else {
                ("findings", "count")
            };
            Some(
                Diagnostic::new(
                    Code::WaiverExpired,
                    named(outcome)
                        .own(" ended")
                        .own(last_day(outcome))
                        .own(format!("; {matches} {noun} {verb} again"))
                        .join(&place(outcome)),
                )
                .hint("repair what it excused, or have it renewed with a new last day"),
            )
        }
        _ => None,
    }
}

fn notice(outcome: &WaiverOutcome) -> Option<Message> {
    match outcome.state {
        WaiverState::EndsSoon => {
            let when = match outcome.days_left? {
                0 => "ends today".to_owned(),
                1 => "ends in 1 day".to_owned(),
                days => format!("ends in {days} days"),
            };
            let day = outcome.waiver.expires?;
            let said = named(outcome).own(format!(" {when} ({day}"));
            let said = match &outcome.waiver.owner {
                Some(owner) => said.own(", ").foreign(Untrusted::new(owner)),
                None => said,
            };
            Some(said.own(")"))
        }
        WaiverState::Expired if outcome.matches.is_empty() => Some(
            named(outcome)
                .own(" ended")
                .own(last_day(outcome))
                .own(" and matches no finding; remove it")
                .join(&place(outcome)),
        ),
        WaiverState::Unused if outcome.waiver.subject.statement.is_none() => Some(
            named(outcome)
                .own(" matches no finding of these reports")
                .join(&place(outcome)),
        ),
        WaiverState::Active | WaiverState::Expired | WaiverState::Unused | WaiverState::Refused => {
            None
        }
    }
}

fn named(outcome: &WaiverOutcome) -> Message {
    let what = match outcome.waiver.subject.statement {
        Some(_) => "VEX statement ",
        None => "waiver ",
    };
    Message::from(what).foreign(Untrusted::new(&outcome.waiver.label()))
}

fn place(outcome: &WaiverOutcome) -> Message {
    let waiver = &outcome.waiver;
    Message::from(" (")
        .foreign(Untrusted::new(&waiver.source))
        .own(format!(" {})", waiver.place()))
}

fn last_day(outcome: &WaiverOutcome) -> String {
    outcome
        .waiver
        .expires
        .map_or(String::new(), |day| format!(" on {day}"))
}
