//! `coverage`: which share of repositories was scanned (rule M17).

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::freshness::ran_now;
use super::lives::seconds_between;
use super::past::Past;
use super::rows::{Rows, Unclear};
use super::{Measurement, Reason};
use crate::diagnostic::Message;
use crate::model::{Class, ClassSet, Quantity, Untrusted};

/// Active repositories of the inventory with an admitted scan of every class in time, over
/// all active ones.
pub(super) fn measure(
    past: &Past<'_>,
    classes: ClassSet,
    within: u64,
    of_history: bool,
) -> Result<Measurement, Reason> {
    let (active, notes) = repositories(past)?;
    let covered = active.iter().filter(|repository| {
        classes.iter().all(|class| {
            last_scan(past, class, repository, of_history)
                .is_some_and(|at| seconds_between(at, past.now) <= within)
        })
    });
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut measurement = past.empty();
    measurement.n = u64::try_from(active.len()).ok();
    measurement.value = Quantity::ratio(whole(covered.count()), whole(active.len()));
    measurement.notes = notes;
    if measurement.value.is_none() {
        return Err(Reason {
            code: "no-rows",
            message: "the inventory lists no active repository".into(),
            remedy: Some("look at the export".into()),
        });
    }
    Ok(measurement)
}

/// When the last admitted scan of a repository for a class was; of its whole history, where
/// that is asked for. A scan of this run that a record would admit is one.
pub(super) fn last_scan(
    past: &Past<'_>,
    class: Class,
    repository: &str,
    of_history: bool,
) -> Option<Timestamp> {
    let judged = past.history.judged.as_ref();
    let is_judged = judged.is_some_and(|judged| judged.is_called(repository));
    if is_judged && ran_now(past.sight, class, of_history) {
        return Some(past.now);
    }
    let scans = past.history.fleet.iter();
    scans
        .filter(|scan| scan.class == class && scan.is_called(repository))
        .filter_map(|scan| {
            if of_history {
                scan.history_at
            } else {
                Some(scan.at)
            }
        })
        .max()
}

/// The active repositories of the inventory (columns `repository` and, where there is one,
/// `archived`), and what the ledger has beside them: named, not counted.
pub(super) fn repositories(past: &Past<'_>) -> Result<(BTreeSet<String>, Vec<Message>), Reason> {
    let source = past.sight.policy.data.inventory.as_ref();
    let source = source.ok_or_else(|| Reason {
        code: "no-inventory",
        message: "the policy names no inventory of repositories".into(),
        remedy: Some("add `data: { inventory: { file: data/repositories.csv } }`".into()),
    })?;
    let calendar = past.sight.calendar()?;
    let rows = Rows::open(past.sight.figures(), source, &calendar)?;
    let name = rows.column("repository")?;
    let archived = rows.table.column("archived");
    let (mut active, mut all) = (BTreeSet::new(), BTreeSet::new());
    for row in &rows.table.rows {
        let Some(repository) = row.cell(name) else {
            let unclear = Unclear {
                row: row.number,
                column: name,
            };
            return Err(rows.not_a("the name of a repository", unclear, 0));
        };
        all.insert(repository.to_owned());
        let is_archived = archived.and_then(|column| row.cell(column));
        if !is_archived.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            active.insert(repository.to_owned());
        }
    }
    let known = past.history.fleet.iter();
    let strangers: BTreeSet<&str> = known
        .filter(|scan| !all.iter().any(|name| scan.is_called(name)))
        .map(|scan| scan.repository.as_str())
        .collect();
    let notes = strangers.first().map(|first| {
        Message::from(format!(
            "{} in the ledger and not in the inventory, not counted: ",
            strangers.len()
        ))
        .foreign(Untrusted::new(first))
    });
    Ok((active, notes.into_iter().collect()))
}
