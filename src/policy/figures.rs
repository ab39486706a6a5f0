//! Measures from files of figures: which rows, which columns, how old (rules M0a, M0b).

use jiff::Timestamp;
use jiff::civil::Date;

use super::scalar::{self, Read, WrittenDate};
use super::{Op, Standard};
use crate::model::Quantity;

/// A condition on a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// How its cells compare.
    pub op: CellOp,
    /// With what.
    pub than: Than,
}

/// How a cell compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellOp {
    /// It is this text: a bare word.
    Is,
    /// It is not.
    IsNot,
    /// It stands in this order.
    Order(Op),
}

/// What a cell is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Than {
    /// A text.
    Text(String),
    /// A decimal.
    Number(Quantity),
    /// A day in the policy's zone.
    Day(Date),
    /// A moment.
    Moment(Timestamp),
    /// The day of the run, and so many days later (or earlier, below zero).
    Today(i32),
}

/// What says how old a file is (rule M0b).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsOf {
    /// It is made in this run.
    Run,
    /// The newest date in a column.
    Column(String),
    /// The date at a JSON pointer.
    Pointer(String),
}

/// A file of figures, and how old it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureSource {
    /// Its path from the repository's root.
    pub file: String,
    /// What says how old it is; `None` where nothing does.
    pub as_of: Option<AsOf>,
    /// Oldest that it may be, in seconds.
    pub max_age: u64,
}

impl FigureSource {
    /// True if it is made in this run, and so never of a commit.
    pub fn of_run(&self) -> bool {
        self.as_of == Some(AsOf::Run)
    }
}

/// `share` (rule M21).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The file.
    pub source: FigureSource,
    /// Which rows count; all must hold.
    pub num: Vec<Condition>,
    /// Out of which; of the roster where there is one.
    pub den: Vec<Condition>,
    /// The people of the policy's roster, and the column that joins rows with them.
    pub roster: Option<(FigureSource, String)>,
    /// The column with the weight of a row.
    pub weight: Option<String>,
}

/// `value` (rule M22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureValue {
    /// The file.
    pub source: FigureSource,
    /// Where the figure stands.
    pub of: FigureOf,
}

/// Where a figure stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FigureOf {
    /// At a JSON pointer.
    Pointer(String),
    /// In rows.
    Rows {
        /// How they become one figure.
        aggregate: Aggregate,
        /// In which column; `None` for a count.
        column: Option<String>,
        /// Which rows; all must hold.
        filter: Vec<Condition>,
    },
}

/// How rows become one figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The newest row's, by the column of `as_of`; of several the last.
    Last,
    /// The sum.
    Sum,
    /// How many rows.
    Count,
    /// The least.
    Min,
    /// The quantile by nearest rank, in hundredths; 100 is the greatest.
    Rank(u32),
}

impl Aggregate {
    /// The word of the policy.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "last" => Self::Last,
            "sum" => Self::Sum,
            "count" => Self::Count,
            "min" => Self::Min,
            "max" => Self::Rank(100),
            "median" => Self::Rank(50),
            "p90" => Self::Rank(90),
            _ => return None,
        })
    }
}

/// `checklist` (rule M23).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist {
    /// The file; its age does not matter, its rows say until when they hold.
    pub file: String,
    /// The standard whose requirements the rows are.
    pub standard: Option<StandardPart>,
    /// Which rows pass; all must hold.
    pub pass: Vec<Condition>,
    /// Which rows do not apply; empty: none of them.
    pub skip: Vec<Condition>,
    /// The column with the last day on which a row passes.
    pub expires: Option<String>,
    /// The column with the CWE whose findings make a row fail.
    pub cwe: Option<String>,
    /// The column with the key result that must be met.
    pub key_result: Option<String>,
}

/// A part of a standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardPart {
    /// The standard.
    pub standard: &'static Standard,
    /// Its chapters.
    pub chapters: Vec<String>,
    /// Its levels.
    pub levels: Vec<u32>,
}

/// A measure that a file of figures holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FigureMeasure {
    /// Share of rows.
    Share(Box<Share>),
    /// A figure, and its unit.
    Value(Box<FigureValue>),
    /// Share of a list that passes.
    Checklist(Box<Checklist>),
}

impl FigureMeasure {
    /// The name of the measure.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Share(_) => "share",
            Self::Value(_) => "value",
            Self::Checklist(_) => "checklist",
        }
    }
}

/// `data`: files that are named once (rule Q2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataFiles {
    /// The repositories that there are.
    pub inventory: Option<FigureSource>,
    /// The people that there are.
    pub roster: Option<FigureSource>,
    /// Advisories with their dates.
    pub advisories: Option<FigureSource>,
}

/// `true`, `!= x`, `> 30`, `> today - 180d` (rule M0a).
pub(super) fn condition(text: &str) -> Read<(CellOp, Than)> {
    let text = text.trim();
    let operators = [
        ("<=", CellOp::Order(Op::AtMost)),
        (">=", CellOp::Order(Op::AtLeast)),
        ("!=", CellOp::IsNot),
        ("<", CellOp::Order(Op::Less)),
        (">", CellOp::Order(Op::More)),
    ];
    for (sign, op) in operators {
        if let Some(rest) = text.strip_prefix(sign) {
            return than(rest.trim()).map(|than| (op, than));
        }
    }
    if text.starts_with('=') || text.starts_with('!') {
        return Err(
            "expected a word that the cell must be, or a comparison with `<`, `<=`, `>`, `>=` or `!=`",
        );
    }
    if text.is_empty() {
        return Err("expected a word or a comparison, and here is none");
    }
    Ok((CellOp::Is, Than::Text(text.to_owned())))
}

fn than(text: &str) -> Read<Than> {
    if text.is_empty() || text.starts_with(['<', '>', '=', '!']) {
        return Err("expected a date, a number, `today` or a text after the comparison");
    }
    if let Some(rest) = text.strip_prefix("today") {
        return today(rest.trim())
            .map(Than::Today)
            .ok_or("expected `today`, or `today - 180d`, in whole days");
    }
    if let Ok(number) = Quantity::parse(text) {
        return Ok(Than::Number(number));
    }
    if let Ok(day) = scalar::day(text) {
        return Ok(Than::Day(day));
    }
    match scalar::date(text) {
        Ok(WrittenDate::Moment(moment)) => Ok(Than::Moment(moment)),
        Ok(WrittenDate::Local(_)) => {
            Err("expected a day, or a moment with its zone such as `2026-10-01T09:00:00Z`")
        }
        Err(_) => Ok(Than::Text(text.to_owned())),
    }
}

fn today(rest: &str) -> Option<i32> {
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, length) = match rest.strip_prefix('-') {
        Some(length) => (-1, length),
        None => (1, rest.strip_prefix('+')?),
    };
    let seconds = scalar::duration(length.trim()).ok()?;
    let days = i32::try_from(seconds / 86_400).ok()?;
    (seconds % 86_400 == 0).then_some(sign * days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_m00a_conditions_are_words_and_comparisons() {
        let read = |text| condition(text).ok();
        let text = |text: &str| Than::Text(text.to_owned());
        let day = |text: &str| Than::Day(text.parse().unwrap());
        for (written, op, than) in [
            ("true", CellOp::Is, text("true")),
            ("access-control", CellOp::Is, text("access-control")),
            ("!= na", CellOp::IsNot, text("na")),
            ("> today", CellOp::Order(Op::More), Than::Today(0)),
            (">today - 180d", CellOp::Order(Op::More), Than::Today(-180)),
            ("<= today + 2d", CellOp::Order(Op::AtMost), Than::Today(2)),
            (
                ">= 100",
                CellOp::Order(Op::AtLeast),
                Than::Number(Quantity::whole(100)),
            ),
            ("< 2026-10-01", CellOp::Order(Op::Less), day("2026-10-01")),
            ("> b", CellOp::Order(Op::More), text("b")),
        ] {
            assert_eq!(read(written), Some((op, than)), "{written}");
        }
        for bad in [
            "",
            " ",
            ">",
            "== x",
            "= x",
            "! x",
            ">> 3",
            "> =3",
            "> todai".replace("ai", "ay-").as_str(),
            "> today - 12h",
            "> today 3d",
            "> 2026-10-01T09:00",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
