//! `checklist`: which share of a list passes (rule M23).

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Calendar, Rows, holds, unknown};
use super::sight::Sight;
use super::{Measurement, Reason};
use crate::diagnostic::Message;
use crate::model::{Quantity, Table, TableRow, Verdict};
use crate::policy::{Checklist, Condition, FigureSource, Requirement, StandardPart, Unit};
use crate::scope::Standing;

/// What became of a row that applies, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Passes,
    /// It would pass, and nobody knows of the key result that it rests on.
    Unknown,
    /// It would pass, and the key result that it rests on is not met.
    Unbacked,
    /// It would pass, and a finding of its CWE is open.
    Refuted,
    /// It would pass, and its last day is over, or it has none.
    Expired,
    Fails,
    /// A requirement of the standard that no row is of.
    Absent,
}

/// The columns of a list that mean something.
struct Columns<'c> {
    pass: Vec<(usize, &'c Condition)>,
    skip: Vec<(usize, &'c Condition)>,
    expires: Option<usize>,
    cwe: Option<usize>,
    key_result: Option<usize>,
}

/// What rows are judged by.
struct Judge<'a> {
    sight: &'a Sight<'a>,
    columns: Columns<'a>,
    calendar: &'a Calendar,
    /// The CWE numbers of findings that count.
    open: BTreeSet<u32>,
}

/// The columns in which the id of a requirement is looked for: one's own name for it, and that
/// of OWASP's table.
const ID_COLUMNS: [&str; 2] = ["id", "req_id"];

/// Rows that pass over rows that apply. What is not shown as passing does not pass.
pub(super) fn measure(sight: &Sight<'_>, list: &Checklist) -> Measurement {
    measured(sight, list).unwrap_or_else(|reason| unknown(Unit::Percent, reason))
}

fn measured(sight: &Sight<'_>, list: &Checklist) -> Result<Measurement, Reason> {
    let source = FigureSource {
        file: list.file.clone(),
        as_of: None,
        max_age: 0,
    };
    let calendar = sight.calendar()?;
    let rows = Rows::open(sight.figures(), &source, &calendar)?;
    let place = |name: &Option<String>| name.as_deref().map(|name| rows.column(name)).transpose();
    let judge = Judge {
        sight,
        columns: Columns {
            pass: rows.bind(&list.pass)?,
            skip: rows.bind(&list.skip)?,
            expires: place(&list.expires)?,
            cwe: place(&list.cwe)?,
            key_result: place(&list.key_result)?,
        },
        calendar: &calendar,
        open: open_cwes(sight),
    };
    let outcome = if let Some(part) = &list.standard {
        of_standard(&judge, rows, part)?
    } else {
        let all = rows.table.rows.iter();
        all.filter_map(|row| judge.row(row, None)).collect()
    };
    summed(&outcome, rows)
}

/// What became of each requirement that a part of a standard asks for. Of several rows of one
/// requirement the worst counts; one that no row is of does not pass.
fn of_standard(judge: &Judge<'_>, rows: Rows<'_>, part: &StandardPart) -> Result<Vec<Row>, Reason> {
    let column = id_column(rows.table).ok_or_else(|| Reason {
        code: "unknown-column",
        message: super::rows::subject(rows.path).own(" has no column `id`"),
        remedy: Some("add one with the ids of the standard, such as V2.1.1".into()),
    })?;
    let mut by_id: BTreeMap<String, Vec<&TableRow>> = BTreeMap::new();
    for row in &rows.table.rows {
        if let Some(id) = row.cell(column) {
            by_id.entry(part.standard.id_of(id)).or_default().push(row);
        }
    }
    let asked = |requirement: &Requirement| {
        let chapter = requirement.chapter();
        requirement.is_of(&part.levels) && part.chapters.iter().any(|name| name == chapter)
    };
    let requirements = part.standard.requirements().filter(asked);
    let outcome = requirements.filter_map(|requirement| {
        let Some(rows) = by_id.get(requirement.id) else {
            return Some(Row::Absent);
        };
        let judged = rows
            .iter()
            .filter_map(|row| judge.row(row, requirement.cwe));
        judged.max()
    });
    Ok(outcome.collect())
}

/// The column with the ids of requirements.
pub(super) fn id_column(table: &Table) -> Option<usize> {
    ID_COLUMNS.iter().find_map(|name| table.column(name))
}

impl Judge<'_> {
    /// What became of a row; `None` if it does not apply. `cwe` is one that stands for it
    /// beside those of the file.
    fn row(&self, row: &TableRow, cwe: Option<u32>) -> Option<Row> {
        let columns = &self.columns;
        let is_skipped = holds(row, &columns.skip, self.calendar) == Ok(true);
        if !columns.skip.is_empty() && is_skipped {
            return None;
        }
        Some(if holds(row, &columns.pass, self.calendar) != Ok(true) {
            Row::Fails
        } else if columns.expires.is_some_and(|column| {
            let day = row.cell(column).and_then(|text| self.calendar.day(text));
            day.is_none_or(|day| day < self.calendar.today)
        }) {
            Row::Expired
        } else if self.is_refuted(row, cwe) {
            Row::Refuted
        } else {
            match columns.key_result.and_then(|column| row.cell(column)) {
                Some(name) => backed(self.sight, name),
                None => Row::Passes,
            }
        })
    }

    fn is_refuted(&self, row: &TableRow, cwe: Option<u32>) -> bool {
        let named = self.columns.cwe.into_iter();
        let mut all = named.flat_map(|column| cwes(row, column)).chain(cwe);
        all.any(|cwe| self.open.contains(&cwe))
    }
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
    measurement.notes.extend(absent(number(Row::Absent)));
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

fn absent(number: usize) -> Option<Message> {
    let of = if number == 1 {
        "1 requirement of the standard is".to_owned()
    } else {
        format!("{number} requirements of the standard are")
    };
    (number > 0).then(|| format!("{of} not in the file").into())
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
