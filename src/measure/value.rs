//! `value`: a figure from a data file (rule M22).

use super::rows::{Calendar, Rows, Unclear, holds, number_at, unknown};
use super::{Measurement, Reason, rank};
use crate::model::{Figures, Quantity, TableRow};
use crate::policy::{Aggregate, AsOf, FigureOf, FigureValue, Unit};

/// The figure at a pointer, or of rows.
pub(super) fn measure(
    figures: &Figures,
    wanted: &FigureValue,
    unit: Unit,
    calendar: &Calendar,
) -> Measurement {
    match measured(figures, wanted, unit, calendar) {
        Ok(measurement) => measurement,
        Err(reason) => unknown(unit, reason),
    }
}

fn measured(
    figures: &Figures,
    wanted: &FigureValue,
    unit: Unit,
    calendar: &Calendar,
) -> Result<Measurement, Reason> {
    let mut measurement = Measurement::empty(unit);
    let (aggregate, column, filter) = match &wanted.of {
        FigureOf::Pointer(pointer) => {
            let value = number_at(figures, &wanted.source, pointer, calendar)?;
            measurement.value = Some(in_base_unit(value, unit));
            return Ok(measurement);
        }
        FigureOf::Rows {
            aggregate,
            column,
            filter,
        } => (*aggregate, column.as_deref(), filter),
    };
    let rows = Rows::open(figures, &wanted.source, calendar)?;
    let filter = rows.bind(filter)?;
    let mut chosen: Vec<&TableRow> = Vec::new();
    let mut open: Vec<Unclear> = Vec::new();
    for row in &rows.table.rows {
        match holds(row, &filter, calendar) {
            Ok(true) => chosen.push(row),
            Ok(false) => {}
            Err(unclear) => open.push(unclear),
        }
    }
    measurement.n = u64::try_from(chosen.len()).ok();
    if let [first, others @ ..] = open.as_slice() {
        let expected = "what the policy compares it with";
        let reason = rows.not_a(expected, *first, others.len());
        if aggregate != Aggregate::Count {
            return Err(reason);
        }
        measurement.reasons.push(reason);
    }
    let value = match column {
        Some(column) => {
            let column = rows.column(column)?;
            of_column(rows, &chosen, aggregate, column, wanted, calendar)?
        }
        None => Quantity::count(measurement.n.unwrap_or_default()),
    };
    measurement.value = Some(in_base_unit(value, unit));
    Ok(measurement.bounded())
}

fn of_column(
    rows: Rows<'_>,
    chosen: &[&TableRow],
    aggregate: Aggregate,
    column: usize,
    wanted: &FigureValue,
    calendar: &Calendar,
) -> Result<Quantity, Reason> {
    let number = |row: &TableRow| {
        Rows::number(row, column)
            .map_err(|unclear| rows.not_a("a decimal number with `.`", unclear, 0))
    };
    if aggregate == Aggregate::Last {
        return number(newest(rows, chosen, wanted, calendar)?);
    }
    let mut values = Vec::with_capacity(chosen.len());
    for row in chosen {
        values.push(number(row)?);
    }
    let figure = match aggregate {
        Aggregate::Sum => Some(values.iter().fold(Quantity::ZERO, |sum, v| sum.plus(*v))),
        Aggregate::Count => Some(Quantity::count(
            u64::try_from(values.len()).unwrap_or(u64::MAX),
        )),
        Aggregate::Min => values.iter().copied().min(),
        Aggregate::Rank(hundredths) => {
            values.sort_unstable();
            rank::nearest(&values, hundredths).copied()
        }
        Aggregate::Last => None,
    };
    figure.ok_or_else(|| no_rows(rows))
}

/// The row with the newest date; of several the last.
fn newest<'a>(
    rows: Rows<'_>,
    chosen: &[&'a TableRow],
    wanted: &FigureValue,
    calendar: &Calendar,
) -> Result<&'a TableRow, Reason> {
    let Some(AsOf::Column(name)) = &wanted.source.as_of else {
        return Err(no_rows(rows));
    };
    let column = rows.column(name)?;
    let mut newest = None;
    for row in chosen {
        let moment = row.cell(column).and_then(|text| calendar.moment(text));
        let Some(moment) = moment else {
            let unclear = Unclear {
                row: row.number,
                column,
            };
            return Err(rows.not_a("a date", unclear, 0));
        };
        if newest.is_none_or(|(before, _)| before <= moment) {
            newest = Some((moment, *row));
        }
    }
    newest.map(|(_, row)| row).ok_or_else(|| no_rows(rows))
}

fn no_rows(rows: Rows<'_>) -> Reason {
    Reason {
        code: "no-rows",
        message: super::rows::subject(rows.path).own(": no row is left to make a figure of"),
        remedy: Some("look at `where`, or at the export".into()),
    }
}

/// The figure of a file in the unit that every figure is kept in (rule M0d).
pub(super) fn in_base_unit(value: Quantity, unit: Unit) -> Quantity {
    let factor = match unit {
        Unit::Percent => Quantity::ratio(1, 100),
        Unit::Duration("d") => Some(Quantity::whole(86_400)),
        Unit::Duration("h") => Some(Quantity::whole(3_600)),
        Unit::Duration("min") => Some(Quantity::whole(60)),
        _ => None,
    };
    factor.map_or(value, |factor| value.times(factor))
}
