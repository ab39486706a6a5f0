//! Rows of data files: which ones hold what a policy asks for, and how old they are
//! (rules M0a, M0b).
//!
//! A condition has three values, like a term of a filter: a cell that cannot be compared
//! decides nothing, and the figure is a lower bound or unknown, never wrong.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Measurement, Reason};
use crate::diagnostic::Message;
use crate::model::{FigureContent, Figures, Quantity, Table, TableRow, Untrusted};
use crate::policy::{AsOf, CellOp, Condition, FigureSource, Op, Than, Unit};

/// Clocks of machines differ by less; a date beyond that tells nothing of an age.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// What a day is here.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// The moment of the run.
    pub(super) now: Timestamp,
    /// Its day in `zone`.
    pub(super) today: Date,
    /// The zone of the policy's period.
    pub(super) zone: TimeZone,
}

impl Calendar {
    pub(super) fn new(now: Timestamp, zone: TimeZone) -> Self {
        let today = now.to_zoned_datetime(zone.clone()).date();
        Self { now, today, zone }
    }

    /// A day, a moment, or a time of day without a zone, which is then that of the policy.
    pub(super) fn moment(&self, text: &str) -> Option<Timestamp> {
        if let Ok(moment) = text.parse() {
            return Some(moment);
        }
        let local = match text.parse::<Date>() {
            Ok(day) if text.len() == 10 => day.to_datetime(Time::midnight()),
            _ => text.parse::<DateTime>().ok()?,
        };
        self.zone.to_timestamp(local).ok()
    }

    /// The day of a date or moment.
    pub(super) fn day(&self, text: &str) -> Option<Date> {
        let moment = self.moment(text)?;
        Some(moment.to_zoned_datetime(self.zone.clone()).date())
    }
}

/// A cell that a condition or a sum cannot use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclear {
    /// The number of its row.
    pub(super) row: u64,
    /// Its column.
    pub(super) column: usize,
}

/// The rows of a file that can be relied on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) table: &'a Table,
    pub(super) path: &'a str,
}

impl<'a> Rows<'a> {
    /// Opens a file of rows.
    pub(super) fn open(
        figures: &'a Figures,
        source: &'a FigureSource,
        calendar: &Calendar,
    ) -> Result<Self, Reason> {
        let content = content(figures, source)?;
        let table = content.table.as_ref().ok_or_else(|| Reason {
            code: "file-unusable",
            message: subject(&source.file).own(" holds no rows"),
            remedy: Some("expected CSV with a line of names, or a JSON list of objects".into()),
        })?;
        let rows = Self {
            table,
            path: &source.file,
        };
        if let Some(AsOf::Column(name)) = &source.as_of {
            let column = rows.column(name)?;
            rows.young_enough(column, source.max_age, calendar)?;
        }
        if let Some(AsOf::Pointer(pointer)) = &source.as_of {
            dated_at(content, pointer, source, calendar)?;
        }
        Ok(rows)
    }

    /// The place of a column; one that is not there is also an error of the request.
    pub(super) fn column(&self, name: &str) -> Result<usize, Reason> {
        self.table.column(name).ok_or_else(|| Reason {
            code: "unknown-column",
            message: subject(self.path)
                .own(" has no column ")
                .foreign(Untrusted::new(name)),
            remedy: Some("name one of its columns, or add this one to the file".into()),
        })
    }

    /// Conditions with the places of their columns.
    pub(super) fn bind<'c>(
        &self,
        conditions: &'c [Condition],
    ) -> Result<Vec<(usize, &'c Condition)>, Reason> {
        // A list without elements names no columns, and asks for none.
        if self.table.rows.is_empty() && self.table.header_line.is_none() {
            return Ok(Vec::new());
        }
        conditions
            .iter()
            .map(|condition| Ok((self.column(&condition.column)?, condition)))
            .collect()
    }

    /// The decimal in a cell.
    pub(super) fn number(row: &TableRow, column: usize) -> Result<Quantity, Unclear> {
        let read = |text| Quantity::parse(text).ok();
        row.cell(column).and_then(read).ok_or(Unclear {
            row: row.number,
            column,
        })
    }

    /// Why a figure is not known: a cell is not what it should be. It names the place and not
    /// the text.
    pub(super) fn not_a(&self, what: &'static str, unclear: Unclear, others: usize) -> Reason {
        let kind = if self.table.header_line.is_some() {
            "line"
        } else {
            "element"
        };
        let mut message = subject(self.path).own(format!(", {kind} {}, column ", unclear.row));
        if let Some(name) = self.table.columns.get(unclear.column) {
            message = message.foreign(name.as_untrusted());
        }
        message = message.own(": expected ").own(what);
        if others > 0 {
            message = message.own(format!("; {others} more like it"));
        }
        Reason {
            code: "cell-unusable",
            message,
            remedy: Some("repair the row, or leave it out".into()),
        }
    }

    fn young_enough(&self, column: usize, max_age: u64, calendar: &Calendar) -> Result<(), Reason> {
        let mut newest = None;
        for row in &self.table.rows {
            let Some(text) = row.cell(column) else {
                continue;
            };
            let unclear = Unclear {
                row: row.number,
                column,
            };
            let moment = calendar.moment(text);
            newest = newest.max(Some(
                moment.ok_or_else(|| self.not_a("a date", unclear, 0))?,
            ));
        }
        young(self.path, newest, max_age, calendar)
    }
}

/// What a file holds, if it can be used.
pub(super) fn content<'a>(
    figures: &'a Figures,
    source: &FigureSource,
) -> Result<&'a FigureContent, Reason> {
    let why = match figures.file(&source.file, source.of_run()) {
        Some(file) => match &file.content {
            Ok(content) => return Ok(content),
            Err(why) => why,
        },
        None => "was not read",
    };
    Err(Reason {
        code: "no-file",
        message: subject(&source.file).own(" ").own(why),
        remedy: Some(
            "put it there; on a change it must be in the base commit, unless it is `as_of: run`"
                .into(),
        ),
    })
}

/// The decimal at a JSON pointer of a file that is young enough.
pub(super) fn number_at(
    figures: &Figures,
    source: &FigureSource,
    pointer: &str,
    calendar: &Calendar,
) -> Result<Quantity, Reason> {
    let content = content(figures, source)?;
    match &source.as_of {
        Some(AsOf::Pointer(at)) => dated_at(content, at, source, calendar)?,
        Some(AsOf::Column(_)) => drop(Rows::open(figures, source, calendar)?),
        Some(AsOf::Run) | None => {}
    }
    let text = content.scalars.get(pointer).and_then(Option::as_ref);
    text.and_then(|text| Quantity::parse(text.raw().trim()).ok())
        .ok_or_else(|| Reason {
            code: "cell-unusable",
            message: subject(&source.file)
                .own(", at ")
                .foreign(Untrusted::new(pointer))
                .own(": expected a decimal number"),
            remedy: Some("name the place of the figure, from the root of the document".into()),
        })
}

fn dated_at(
    content: &FigureContent,
    pointer: &str,
    source: &FigureSource,
    calendar: &Calendar,
) -> Result<(), Reason> {
    let text = content.scalars.get(pointer).and_then(Option::as_ref);
    let moment = text.and_then(|text| calendar.moment(text.raw().trim()));
    young(&source.file, moment, source.max_age, calendar)
}

fn young(
    path: &str,
    dated: Option<Timestamp>,
    max_age: u64,
    calendar: &Calendar,
) -> Result<(), Reason> {
    let most = SignedDuration::from_secs(i64::try_from(max_age).unwrap_or(i64::MAX));
    let why = match dated.map(|dated| calendar.now.duration_since(dated)) {
        None => "does not say how old it is",
        Some(age) if age > most => "is older than its `max_age` allows",
        Some(age) if age < -SLACK => "is dated in the future, which tells nothing of its age",
        Some(_) => return Ok(()),
    };
    Err(Reason {
        code: "file-too-old",
        message: subject(path).own(" ").own(why),
        remedy: Some("export it again".into()),
    })
}

/// The file as the begin of a message.
pub(super) fn subject(path: &str) -> Message {
    Message::from("file ").foreign(Untrusted::new(path))
}

/// A measurement that has no figure.
pub(super) fn unknown(unit: Unit, reason: Reason) -> Measurement {
    let mut measurement = Measurement::empty(unit);
    measurement.reasons.push(reason);
    measurement.bounded()
}

/// Whether a row fulfils all conditions.
pub(super) fn holds(
    row: &TableRow,
    conditions: &[(usize, &Condition)],
    calendar: &Calendar,
) -> Result<bool, Unclear> {
    let mut unclear = None;
    for (column, condition) in conditions {
        match compares(row.cell(*column), condition, calendar) {
            Some(true) => {}
            Some(false) => return Ok(false),
            None => {
                unclear = unclear.or(Some(Unclear {
                    row: row.number,
                    column: *column,
                }));
            }
        }
    }
    unclear.map_or(Ok(true), Err)
}

/// Whether a cell fulfils a condition; `None` if it cannot be compared. An empty cell is no
/// word, and it stands in no order.
fn compares(cell: Option<&str>, condition: &Condition, calendar: &Calendar) -> Option<bool> {
    let Some(text) = cell else {
        return match condition.op {
            CellOp::Is => Some(false),
            CellOp::IsNot => Some(true),
            CellOp::Order(_) => None,
        };
    };
    let day = |than: Date| by(condition.op, calendar.day(text), than);
    match &condition.than {
        Than::Text(than) => by(condition.op, Some(text), than.as_str()),
        Than::Number(than) => by(condition.op, Quantity::parse(text).ok(), *than),
        Than::Moment(than) => by(condition.op, calendar.moment(text), *than),
        Than::Day(than) => day(*than),
        Than::Today(days) => {
            let span = jiff::Span::new().try_days(*days).ok()?;
            day(calendar.today.checked_add(span).ok()?)
        }
    }
}

fn by<T: Ord>(op: CellOp, cell: Option<T>, than: T) -> Option<bool> {
    match (op, cell) {
        (CellOp::Is, cell) => Some(cell == Some(than)),
        // What is no such thing at all is another one.
        (CellOp::IsNot, cell) => Some(cell != Some(than)),
        (CellOp::Order(op), Some(cell)) => Some(Op::holds(op, &cell, &than)),
        (CellOp::Order(_), None) => None,
    }
}
