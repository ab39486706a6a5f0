//! `share`: which share of the rows of a file fulfils a condition (rule M21).

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Calendar, Rows, Unclear, holds, unknown};
use super::{Measurement, Reason};
use crate::diagnostic::Message;
use crate::model::{Figures, Quantity, TableRow, Untrusted};
use crate::policy::{Condition, FigureSource, Share, Unit};

/// What a row says of the numerator.
type Said = Result<bool, Unclear>;

/// The sums of a share.
struct Sums {
    yes: Quantity,
    all: Quantity,
    /// People or rows in the denominator.
    number: u64,
    unclear: Vec<Unclear>,
}

impl Sums {
    fn new() -> Self {
        Self {
            yes: Quantity::ZERO,
            all: Quantity::ZERO,
            number: 0,
            unclear: Vec::new(),
        }
    }

    /// Adds a row. What is not clear takes the side on which the share is lower, so that the
    /// figure is a lower bound.
    fn add(&mut self, weight: Quantity, inside: Said, counts: Said) {
        self.unclear.extend(inside.err());
        if inside == Ok(false) || (inside.is_err() && counts == Ok(true)) {
            return;
        }
        self.number += 1;
        self.all = self.all.plus(weight);
        match counts {
            Ok(true) => self.yes = self.yes.plus(weight),
            Ok(false) => {}
            Err(unclear) => self.unclear.push(unclear),
        }
    }
}

/// Rows that count over rows, or people with such a row over the people of the roster.
pub(super) fn measure(figures: &Figures, share: &Share, calendar: &Calendar) -> Measurement {
    match measured(figures, share, calendar) {
        Ok(measurement) => measurement,
        Err(reason) => unknown(Unit::Percent, reason),
    }
}

fn measured(figures: &Figures, share: &Share, calendar: &Calendar) -> Result<Measurement, Reason> {
    let rows = Rows::open(figures, &share.source, calendar)?;
    let num = rows.bind(&share.num)?;
    let mut measurement = Measurement::empty(Unit::Percent);
    let mut sums = Sums::new();
    // Where a cell that is not clear stands: in the file, or in the roster.
    let mut of_cells = rows;
    match &share.roster {
        None => {
            let den = rows.bind(&share.den)?;
            let weight = weight_column(rows, share)?;
            for row in &rows.table.rows {
                let inside = holds(row, &den, calendar);
                let weight = weight_of(rows, row, weight)?;
                sums.add(weight, inside, holds(row, &num, calendar));
            }
        }
        Some((roster, key)) => {
            let said = by_key(rows, key, &num, calendar)?;
            let people = Rows::open(figures, roster, calendar)?;
            of_cells = people;
            sums = over_people(people, key, share, &said, calendar)?;
            measurement.notes = said.notes(people, key, roster, rows)?;
            if let Some(first) = sums.unclear.iter().find(|u| said.unclear.contains(u)) {
                let first = *first;
                sums.unclear.insert(0, first);
                sums.unclear.dedup();
                of_cells = rows;
            }
        }
    }
    if let [first, others @ ..] = sums.unclear.as_slice() {
        let expected = "what the policy compares it with";
        let reason = of_cells.not_a(expected, *first, others.len());
        measurement.reasons.push(reason);
    }
    measurement.n = Some(sums.number);
    measurement.value = sums.yes.over(sums.all);
    if measurement.value.is_none() && measurement.reasons.is_empty() {
        return Err(Reason {
            code: "no-rows",
            message: super::rows::subject(rows.path).own(": no row is in the denominator"),
            remedy: Some("look at `den`, or at the export".into()),
        });
    }
    Ok(measurement.bounded())
}

/// What the rows of a file say of each key, the best row of each (rule M21).
struct ByKey<'a> {
    best: BTreeMap<&'a str, Said>,
    repeated: BTreeSet<&'a str>,
    unclear: Vec<Unclear>,
    keyless: u64,
}

fn by_key<'a>(
    rows: Rows<'a>,
    key: &str,
    num: &[(usize, &Condition)],
    calendar: &Calendar,
) -> Result<ByKey<'a>, Reason> {
    let column = rows.column(key)?;
    let mut said = ByKey {
        best: BTreeMap::new(),
        repeated: BTreeSet::new(),
        unclear: Vec::new(),
        keyless: 0,
    };
    let rank = |said: &Said| match said {
        Ok(true) => 2,
        Err(_) => 1,
        Ok(false) => 0,
    };
    for row in &rows.table.rows {
        let Some(name) = row.cell(column) else {
            said.keyless += 1;
            continue;
        };
        let now = holds(row, num, calendar);
        said.unclear.extend(now.err());
        match said.best.get_mut(name) {
            Some(best) => {
                said.repeated.insert(name);
                if rank(&now) > rank(best) {
                    *best = now;
                }
            }
            None => {
                said.best.insert(name, now);
            }
        }
    }
    Ok(said)
}

/// Sums over the people of the roster, each once; one without a row is in the denominator.
fn over_people(
    people: Rows<'_>,
    key: &str,
    share: &Share,
    said: &ByKey<'_>,
    calendar: &Calendar,
) -> Result<Sums, Reason> {
    let den = people.bind(&share.den)?;
    let column = people.column(key)?;
    let weight = weight_column(people, share)?;
    let mut sums = Sums::new();
    let mut seen = BTreeSet::new();
    for row in &people.table.rows {
        let name = row.cell(column);
        if name.is_some_and(|name| !seen.insert(name)) {
            continue;
        }
        let counts = name.and_then(|name| said.best.get(name).copied());
        let weight = weight_of(people, row, weight)?;
        sums.add(
            weight,
            holds(row, &den, calendar),
            counts.unwrap_or(Ok(false)),
        );
    }
    Ok(sums)
}

impl ByKey<'_> {
    /// What a reader should know of the join.
    fn notes(
        &self,
        people: Rows<'_>,
        key: &str,
        roster: &FigureSource,
        rows: Rows<'_>,
    ) -> Result<Vec<Message>, Reason> {
        let column = people.column(key)?;
        let known: BTreeSet<&str> = people
            .table
            .rows
            .iter()
            .filter_map(|row| row.cell(column))
            .collect();
        let strangers = self.best.keys().filter(|name| !known.contains(*name));
        let without = known.iter().filter(|name| !self.best.contains_key(*name));
        let mut notes = Vec::new();
        let mut note = |number: usize, what: &'static str| {
            if number > 0 {
                notes.push(super::rows::subject(rows.path).own(format!(": {number} {what}")));
            }
        };
        note(
            strangers.count(),
            "that the roster does not name, which are not counted",
        );
        note(without.count(), "of the roster without a row");
        note(
            usize::try_from(self.keyless).unwrap_or(usize::MAX),
            "without a key, which are not counted",
        );
        if let Some(first) = self.repeated.first() {
            notes.push(
                Message::from(format!(
                    "{} of several rows, each counted once by its best row: ",
                    self.repeated.len()
                ))
                .foreign(Untrusted::new(first)),
            );
        }
        if roster.as_of.is_none() {
            notes.push(
                super::rows::subject(people.path)
                    .own(" has no `as_of`, so its age was not looked at"),
            );
        }
        Ok(notes)
    }
}

fn weight_column(rows: Rows<'_>, share: &Share) -> Result<Option<usize>, Reason> {
    let column = share.weight.as_deref().map(|name| rows.column(name));
    column.transpose()
}

fn weight_of(rows: Rows<'_>, row: &TableRow, column: Option<usize>) -> Result<Quantity, Reason> {
    let Some(column) = column else {
        return Ok(Quantity::ONE);
    };
    let what = "a decimal that is not negative";
    match Rows::number(row, column) {
        Ok(weight) if weight >= Quantity::ZERO => Ok(weight),
        Ok(_) => {
            let unclear = Unclear {
                row: row.number,
                column,
            };
            Err(rows.not_a(what, unclear, 0))
        }
        Err(unclear) => Err(rows.not_a(what, unclear, 0)),
    }
}
