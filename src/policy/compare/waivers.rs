//! What two policies set aside, side by side.

use super::{Shift, Way};
use crate::policy::{Policy, VexStatement, Waiver, WaiverPart};

/// What differs in waivers, in what is demanded of them, and in VEX documents.
pub(super) fn of(before: &Policy, after: &Policy) -> Vec<Way> {
    let (old, new) = (&before.waivers, &after.waivers);
    let mut ways = listed(
        "waiver",
        old.list.iter().map(waiver),
        new.list.iter().map(waiver),
    );
    ways.extend(demands(&old.require, &new.require));
    let days = |most: Option<u32>| most.map_or("no limit".to_owned(), |days| days.to_string());
    // Without a limit every number of days is allowed.
    let most = |days: Option<u32>| days.unwrap_or(u32::MAX);
    if old.max_days != new.max_days {
        let shift = if most(new.max_days) > most(old.max_days) {
            Shift::Weakened
        } else {
            Shift::Strengthened
        };
        ways.push((
            shift,
            format!(
                "max_days: {}, now {}",
                days(old.max_days),
                days(new.max_days)
            ),
        ));
    }
    let forbid = match (&old.forbid, &new.forbid) {
        (Some(_), None) => Some((Shift::Weakened, "forbid removed")),
        (None, Some(_)) => Some((Shift::Strengthened, "forbid added")),
        (Some(old), Some(new)) if format!("{old:?}") != format!("{new:?}") => {
            Some((Shift::Changed, "forbid changed"))
        }
        _ => None,
    };
    ways.extend(forbid.map(|(shift, words)| (shift, words.to_owned())));
    ways
}

/// What differs in the statements that excuse.
pub(super) fn of_statements(before: &Policy, after: &Policy) -> Vec<Way> {
    let all = |policy: &Policy| -> Vec<String> { policy.vex.iter().map(statement).collect() };
    listed(
        "VEX statement",
        all(before).into_iter(),
        all(after).into_iter(),
    )
}

fn listed(
    noun: &str,
    before: impl Iterator<Item = String>,
    after: impl Iterator<Item = String>,
) -> Vec<Way> {
    let (before, after): (Vec<String>, Vec<String>) = (before.collect(), after.collect());
    let missing = |from: &[String], within: &[String]| {
        within.iter().filter(|one| !from.contains(one)).count()
    };
    let s = |number: usize| if number == 1 { "" } else { "s" };
    let mut ways = Vec::new();
    let added = missing(&before, &after);
    if added > 0 {
        let words = format!("{added} {noun}{} added or changed", s(added));
        ways.push((Shift::Weakened, words));
    }
    let removed = missing(&after, &before);
    if removed > added {
        let removed = removed - added;
        let words = format!("{removed} {noun}{} removed", s(removed));
        ways.push((Shift::Strengthened, words));
    }
    ways
}

fn demands(before: &[WaiverPart], after: &[WaiverPart]) -> Vec<Way> {
    let words = |parts: &[WaiverPart], than: &[WaiverPart]| -> String {
        let gone: Vec<&str> = parts
            .iter()
            .filter(|part| !than.contains(part))
            .map(|part| part.as_str())
            .collect();
        gone.join(", ")
    };
    let mut ways = Vec::new();
    let gone = words(before, after);
    if !gone.is_empty() {
        let words = format!("require: {gone} no longer demanded");
        ways.push((Shift::Weakened, words));
    }
    let new = words(after, before);
    if !new.is_empty() {
        ways.push((Shift::Strengthened, format!("require: {new} demanded")));
    }
    ways
}

/// All that decides what a waiver sets aside, whether it holds and what figures over time make
/// of it; its words do not.
fn waiver(waiver: &Waiver) -> String {
    let subject = &waiver.subject;
    let glob = |glob: &Option<crate::policy::NamedGlob>| glob.as_ref().map(|g| g.text.clone());
    let paths = subject.path.as_ref().map(|globs| globs.texts.clone());
    format!(
        "{:?} {:?} {:?} {paths:?} {:?} {:?} {:?} {:?}",
        subject.finding,
        waiver.kind,
        glob(&subject.rule),
        glob(&subject.package),
        waiver.created,
        waiver.expires,
        waiver.lacks(&[
            WaiverPart::Reason,
            WaiverPart::Owner,
            WaiverPart::ApprovedBy
        ]),
    )
}

fn statement(statement: &VexStatement) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {}",
        statement.ids,
        statement.products,
        statement.status,
        statement.timestamp,
        statement.lacks_reason()
    )
}
