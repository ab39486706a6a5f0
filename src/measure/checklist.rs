//! `checklist`: which share of a list passes (rule M23).

use std::collections::BTreeSet;

use super::rows::{Rows, holds, unknown};
use super::sight::Sight;
use super::{Measurement, Reason};
use crate::model::{Quantity, TableRow, Verdict};
use crate::policy::{Checklist, Condition, FigureSource, Unit};
use crate::scope::Standing;

/// What became of a row that applies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    Passes,
    Fails,
    /// It would pass, and its last day is over, or it has none.
    Expired,
    /// It would pass, and a finding of its CWE is open.
    Refuted,
    /// It would pass, and the key result that it rests on is not met.
    Unbacked,
    /// It would pass, and nobody knows of the key result that it rests on.
    Unknown,
}

/// The columns of a list that mean something.
struct Columns<'c> {
    pass: Vec<(usize, &'c Condition)>,
    skip: Vec<(usize, &'c Condition)>,
    expires: Option<usize>,
    cwe: Option<usize>,
    key_result: Option<usize>,
}

/// Rows that pass over rows that apply. What is not shown as passing does not pass.
pub(super) fn measure(sight: &Sight<'_>, list: &Checklist) -> Measurement {
    measured(sight, list).unwrap_or_else(|reason| unknown(Unit::Percent, reason))
}

fn measured(sight: &Sight<'_>, list: &Checklist) -> Result<Measurement, Reason> {
    if list.standard.is_some() {
        return Err(Reason {
            code: "measure-not-built",
            message: "this version of krgate has no list of the requirements of a standard".into(),
            remedy: Some(
                "list them in the file, one a row, and leave `standard`, `chapters` and \
                 `levels` out"
                    .into(),
            ),
        });
    }
    let source = FigureSource {
        file: list.file.clone(),
        as_of: None,
        max_age: 0,
    };
    let calendar = sight.calendar()?;
    let rows = Rows::open(sight.figures(), &source, &calendar)?;
    let place = |name: &Option<String>| name.as_deref().map(|name| rows.column(name)).transpose();
    let columns = Columns {
        pass: rows.bind(&list.pass)?,
        skip: rows.bind(&list.skip)?,
        expires: place(&list.expires)?,
        cwe: place(&list.cwe)?,
        key_result: place(&list.key_result)?,
    };
    let open = open_cwes(sight);
    let mut outcome = Vec::new();
    for row in &rows.table.rows {
        if !columns.skip.is_empty() && holds(row, &columns.skip, &calendar) == Ok(true) {
            continue;
        }
        let what = if holds(row, &columns.pass, &calendar) != Ok(true) {
            Row::Fails
        } else if columns.expires.is_some_and(|column| {
            let day = row.cell(column).and_then(|text| calendar.day(text));
            day.is_none_or(|day| day < calendar.today)
        }) {
            Row::Expired
        } else if columns
            .cwe
            .is_some_and(|column| cwes(row, column).any(|cwe| open.contains(&cwe)))
        {
            Row::Refuted
        } else {
            match columns.key_result.and_then(|column| row.cell(column)) {
                Some(name) => backed(sight, name),
                None => Row::Passes,
            }
        };
        outcome.push(what);
    }
    summed(&outcome, rows)
}

fn summed(outcome: &[Row], rows: Rows<'_>) -> Result<Measurement, Reason> {
    let number = |what: Row| outcome.iter().filter(|row| **row == what).count();
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let share = Quantity::ratio(whole(number(Row::Passes)), whole(outcome.len()));
    let Some(share) = share else {
        return Err(Reason {
            code: "no-rows",
            message: super::rows::subject(rows.path).own(": no row applies"),
            remedy: Some("look at `skip`, or at the file".into()),
        });
    };
    let mut measurement = Measurement::empty(Unit::Percent);
    measurement.value = Some(share);
    measurement.n = u64::try_from(outcome.len()).ok();
    for (what, words) in [
        (Row::Expired, "expired, or without a last day"),
        (Row::Refuted, "refuted by an open finding of its CWE"),
        (Row::Unbacked, "whose key result is not met"),
    ] {
        let number = number(what);
        if number > 0 {
            let of = if number == 1 { "row" } else { "rows" };
            measurement
                .notes
                .push(format!("{number} {of} {words}").into());
        }
    }
    let unknown = number(Row::Unknown);
    if unknown > 0 {
        measurement.reasons.push(Reason {
            code: "no-ledger",
            message: format!("{unknown} rest on a key result of which nothing is recorded").into(),
            remedy: Some("keep a `ledger`, or name evidence in place of a key result".into()),
        });
    }
    Ok(measurement.bounded())
}

/// The CWE numbers of findings that count.
fn open_cwes(sight: &Sight<'_>) -> BTreeSet<u32> {
    let counts = |index| sight.scoped.standing(index) == Standing::Counted;
    let views = sight.intake().views();
    views
        .filter(|view| counts(view.index))
        .flat_map(|view| view.cwe().to_vec())
        .collect()
}

/// `79`, `CWE-79`, or several of them.
fn cwes(row: &TableRow, column: usize) -> impl Iterator<Item = u32> + '_ {
    let text = row.cell(column).unwrap_or_default();
    text.split([' ', ',', ';', '|', '/']).filter_map(|word| {
        let digits = word
            .split_at_checked(4)
            .filter(|(head, _)| head.eq_ignore_ascii_case("cwe-"))
            .map_or(word, |(_, digits)| digits);
        digits.parse().ok()
    })
}

/// Whether the last recorded verdict of a key result is met.
fn backed(sight: &Sight<'_>, name: &str) -> Row {
    let Some(history) = sight.history().filter(|history| history.read) else {
        return Row::Unknown;
    };
    let is_named =
        |full: &str| full == name || (!name.contains('/') && full.rsplit('/').next() == Some(name));
    let last = history
        .points
        .iter()
        .filter(|point| point.of_state && is_named(&point.key_result))
        .max_by_key(|point| (point.at, point.record));
    match last.map(|point| point.verdict) {
        Some(Verdict::Met) => Row::Passes,
        Some(Verdict::Missed | Verdict::Unknown) => Row::Unbacked,
        None => Row::Unknown,
    }
}
