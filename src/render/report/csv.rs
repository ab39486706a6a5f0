//! The series as CSV: a row a key result and week (rule P44).

use std::io::{self, Write};

use crate::decide::report::{Report, ShownKeyResult, Week, WeekPoint};
use crate::model::{Bound, Quantity, Untrusted};
use crate::policy::Unit;
use crate::render::encode::csv::CsvField;
use crate::render::json::{decimal, unit};

const COLUMNS: [&str; 13] = [
    "period",
    "week",
    "objective",
    "kr",
    "def",
    "value",
    "unit",
    "num",
    "den",
    "n",
    "verdict",
    "score",
    "known",
];

/// Writes the weeks of the report's span and period, in the order of the policy and of time.
///
/// Figures are decimals in the base unit, as in JSON. A field is empty where nothing is known:
/// also the figure of a bound, which a column of figures would make exact.
///
/// # Errors
/// If the output cannot be written.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::WriterBuilder::new().from_writer(out);
    rows.write_record(COLUMNS)?;
    let period = report.progress.period.as_ref().map_or_else(
        || CsvField::foreign(Untrusted::new("")),
        |period| CsvField::foreign(Untrusted::new(&period.name)),
    );
    for objective in report.objectives() {
        for key_result in &objective.key_results {
            for week in &key_result.facts.weeks {
                if report.lists(week) {
                    let id = &objective.progress.id;
                    rows.write_record(row(&period, id, *key_result, week))?;
                }
            }
        }
    }
    rows.flush()
}

fn row(
    period: &CsvField,
    objective: &str,
    key_result: ShownKeyResult<'_>,
    week: &Week,
) -> [String; COLUMNS.len()] {
    let progress = key_result.progress;
    let point = week.point.as_ref();
    let exact = point.filter(|point| point.bound == Bound::Exact);
    let (num, den) = parts(exact, progress.unit);
    [
        if week.in_period { period.as_str() } else { "" }.to_owned(),
        week.week.to_string(),
        objective.to_owned(),
        progress.id.clone(),
        point.map_or_else(String::new, |point| point.definition.to_string()),
        or_empty(exact.map(|point| point.value)),
        unit(progress.unit).to_owned(),
        num,
        den,
        point
            .and_then(|point| point.n)
            .map_or_else(String::new, |n| n.to_string()),
        week.verdict().as_str().to_owned(),
        or_empty(point.and_then(|point| point.score)),
        decimal(week.known),
    ]
}

fn or_empty(value: Option<Quantity>) -> String {
    value.map_or_else(String::new, decimal)
}

/// A share as the exact fraction, for a reader who pools (rule K18).
fn parts(point: Option<&WeekPoint>, unit: Unit) -> (String, String) {
    match point.filter(|_| unit == Unit::Percent) {
        Some(point) => (
            point.value.numerator().to_string(),
            point.value.denominator().to_string(),
        ),
        None => (String::new(), String::new()),
    }
}
