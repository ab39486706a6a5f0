//! `density`: findings per so many lines (rule M15).

use super::rows::{number_at, unknown};
use super::sight::Sight;
use super::{Measurement, Reason, count};
use crate::model::Quantity;
use crate::policy::{Distinct, FigureSource, Filter, Unit};

/// Where the number of lines stands.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) source: &'a FigureSource,
    pub(super) pointer: &'a str,
    pub(super) per: u32,
}

/// Findings over lines, times `per`.
pub(super) fn measure(
    sight: &Sight<'_>,
    filter: &Filter,
    distinct: Distinct,
    lines: Lines<'_>,
    introduced_only: bool,
) -> Measurement {
    let number = match of_file(sight, lines) {
        Ok(number) => number,
        Err(reason) => return unknown(Unit::None, reason),
    };
    let mut measurement = count::measure(sight, filter, distinct, introduced_only);
    measurement.unit = Unit::None;
    measurement.n = u64::try_from(measurement.counted.len()).ok();
    let per = Quantity::whole(i64::from(lines.per));
    measurement.value = measurement
        .value
        .and_then(|count| count.times(per).over(number));
    measurement
        .notes
        .push(format!("{number} lines, per {}", lines.per).into());
    measurement
}

fn of_file(sight: &Sight<'_>, lines: Lines<'_>) -> Result<Quantity, Reason> {
    let calendar = sight.calendar()?;
    let number = number_at(sight.figures(), lines.source, lines.pointer, &calendar)?;
    if number > Quantity::ZERO {
        return Ok(number);
    }
    Err(Reason {
        code: "no-rows",
        message: super::rows::subject(&lines.source.file).own(" says that there are no lines"),
        remedy: Some("count the lines again".into()),
    })
}
