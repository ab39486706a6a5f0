//! The forms that a scalar of the language can have.
//!
//! Each form knows how a text is read ([`super::scalar`]), what a person is told when it
//! cannot be, and the pattern that editors check.

use serde_json::{Value as Json, json};

use super::{address, figures, scalar};
use crate::diagnostic::Code;

/// The form of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lexeme {
    /// Any text that says something.
    Text,
    /// The name of a report, as in `NAME=FILE`.
    ReportName,
    /// The number of the language, 1.
    Version,
    /// The id of an objective, key result, scope or tool.
    Id,
    /// A key result elsewhere: `objective/id`, or its id alone.
    KeyResultRef,
    /// `true` or `false`.
    Bool,
    /// A decimal that is not negative.
    Number,
    /// A whole number of at least 1.
    Whole,
    /// A number of the CWE list.
    Cwe,
    /// A CVSS score, 0.0 to 10.0, at most one decimal place.
    Cvss,
    /// A length of time in whole units.
    Duration,
    /// A day, or a moment.
    Date,
    /// A day.
    Day,
    /// The id of a finding, or its first digits.
    FindingId,
    /// A day of a year (`02-01`).
    DayOfYear,
    /// A name of the time zone database.
    TimeZone,
    /// A glob over paths, that takes away if it begins with `!`.
    PathGlob,
    /// A glob over report paths.
    ReportGlob,
    /// A glob over names that are no paths.
    NameGlob,
    /// A comparison of CVSS scores.
    CvssComparison,
    /// A comparison of decimals.
    NumberComparison,
    /// A comparison of lengths of time.
    DurationComparison,
    /// What a measure must reach.
    Target,
    /// A number with the unit of a measure.
    Figure,
    /// A file or folder of the repository.
    File,
    /// What a cell of a data file must be.
    Cell,
    /// Where records are kept.
    Store,
    /// `week`, `month`, `iteration`, or a length of time.
    Cadence,
    /// An address of the web.
    Web,
    /// The name of an environment variable that holds a secret of `sync`.
    Variable,
}

/// Why a scalar cannot be read.
pub(super) struct Unreadable {
    /// The kind of fault.
    pub(super) code: Code,
    /// What was expected, as the words under the marked place.
    pub(super) expected: &'static str,
}

const ID: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$";
const REFERENCE: &str = "^([A-Za-z0-9][A-Za-z0-9._-]{0,79}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,79}$";
const DURATION: &str = "^[0-9]{1,9} ?(d|h|min|s)$";
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$";
const COMPARISON: &str = "^(<=|<|>=|>|==) *[+]?[0-9]{1,12}(\\.[0-9]{1,6})?$";
const TARGET: &str = concat!(
    "^(measured|(<=|<|>=|>|==) *[-+]?[0-9.]+ ?(%|d|h|min|s)?( +of start)?",
    "|[-+]?[0-9.]+ ?(%|d|h|min|s)? *\\.\\. *[-+]?[0-9.]+ ?(%|d|h|min|s)?)$"
);

impl Lexeme {
    /// Looks whether a text has the form; `plain` is false for text in quotes.
    pub(super) fn check(self, text: &str, plain: bool) -> Result<(), Unreadable> {
        let fail = |code, expected| Err(Unreadable { code, expected });
        let read = |code, result: Result<(), &'static str>| {
            result.map_err(|expected| Unreadable { code, expected })
        };
        match self {
            Self::Text | Self::File => {
                if text.trim().is_empty() {
                    fail(Code::WrongType, "expected text, and here is none")
                } else if self == Self::File && !scalar::is_inside(text) {
                    fail(
                        Code::WrongType,
                        "expected a file of this repository, as a path without `..` from its root",
                    )
                } else {
                    Ok(())
                }
            }
            Self::Version if !plain || text != "1" => fail(
                Code::BadNumber,
                "expected 1, the one version of the language so far",
            ),
            Self::Bool if !plain || !matches!(text, "true" | "false") => fail(
                Code::WrongType,
                "expected `true` or `false`, without quotes",
            ),
            Self::Number | Self::Whole | Self::Cwe | Self::Cvss if !plain => {
                fail(Code::BadNumber, "expected a number without quotes")
            }
            Self::Version | Self::Bool => Ok(()),
            Self::ReportName => read(Code::BadId, scalar::report_name(text)),
            Self::Id => read(Code::BadId, scalar::id(text)),
            Self::KeyResultRef => read(Code::BadId, scalar::reference(text)),
            Self::Number => read(Code::BadNumber, scalar::number(text).map(drop)),
            Self::Whole => read(Code::BadNumber, scalar::whole(text).map(drop)),
            Self::Cwe => read(Code::BadNumber, scalar::cwe(text).map(drop)),
            Self::Cvss => read(Code::BadNumber, scalar::tenths(text).map(drop)),
            Self::Duration => read(Code::BadDuration, scalar::duration(text).map(drop)),
            Self::Date => read(Code::BadDate, scalar::date(text).map(drop)),
            Self::Day => read(Code::BadDate, scalar::day(text).map(drop)),
            Self::FindingId => read(Code::BadId, scalar::finding_id(text).map(drop)),
            Self::DayOfYear => read(Code::BadDate, scalar::day_of_year(text)),
            Self::TimeZone => read(Code::UnknownWord, scalar::time_zone(text).map(drop)),
            Self::PathGlob => read(Code::BadGlob, scalar::path_glob(text).map(drop)),
            Self::ReportGlob => read(Code::BadGlob, scalar::report_glob(text)),
            Self::NameGlob => read(Code::BadGlob, scalar::name_glob(text).map(drop)),
            Self::CvssComparison => {
                read(Code::BadComparison, scalar::cvss_comparison(text).map(drop))
            }
            Self::NumberComparison => read(
                Code::BadComparison,
                scalar::number_comparison(text).map(drop),
            ),
            Self::DurationComparison => read(
                Code::BadComparison,
                scalar::duration_comparison(text).map(drop),
            ),
            Self::Target => read(Code::BadTarget, scalar::target(text).map(drop)),
            Self::Figure => read(Code::BadNumber, scalar::figure(text).map(drop)),
            Self::Cell => read(Code::BadComparison, figures::condition(text).map(drop)),
            Self::Store => read(Code::UnknownWord, scalar::store(text)),
            Self::Web => read(Code::UnknownWord, address::web(text)),
            Self::Variable => read(Code::BadId, address::variable(text)),
            Self::Cadence => match text {
                "week" | "month" | "iteration" => Ok(()),
                _ => scalar::duration(text).map(drop).map_err(|_| Unreadable {
                    code: Code::BadDuration,
                    expected: "expected `week`, `month`, `iteration`, or a duration such as `7d`",
                }),
            },
        }
    }

    /// What was to be read, with its article: `` `7 days` cannot be read as a duration ``.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::ReportName => "the name of a report",
            Self::Version => "a version of the policy language",
            Self::Id => "an id",
            Self::KeyResultRef => "the id of a key result",
            Self::Bool => "`true` or `false`",
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Cwe => "a CWE number",
            Self::Cvss => "a CVSS score",
            Self::Duration => "a duration",
            Self::Date => "a date",
            Self::Day => "a day",
            Self::FindingId => "the id of a finding",
            Self::DayOfYear => "a day of a year",
            Self::TimeZone => "a time zone",
            Self::PathGlob | Self::ReportGlob | Self::NameGlob => "a glob",
            Self::CvssComparison | Self::NumberComparison | Self::DurationComparison => {
                "a comparison"
            }
            Self::Target => "a target",
            Self::Figure => "a figure",
            Self::File => "a file of this repository",
            Self::Cell => "a condition on a column",
            Self::Store => "a place for records",
            Self::Web => "an address of the web",
            Self::Variable => "the name of a variable",
            Self::Cadence => "a stretch of time",
        }
    }

    /// The JSON Schema of the form. It is never stricter than [`Lexeme::check`].
    pub(super) fn schema(self) -> Json {
        match self {
            // YAML hands `2026` or `true` to editors as a number or a truth value.
            Self::Text | Self::File | Self::Cell => {
                json!({ "type": ["string", "number", "boolean"] })
            }
            Self::ReportName => {
                json!({ "type": ["string", "number", "boolean"], "pattern": "^[^=-][^=]*$" })
            }
            Self::Version => json!({ "const": 1 }),
            Self::Id => json!({ "type": ["string", "number", "boolean"], "pattern": ID }),
            Self::KeyResultRef => {
                json!({ "type": ["string", "number", "boolean"], "pattern": REFERENCE })
            }
            Self::Bool => json!({ "type": "boolean" }),
            Self::Number => json!({ "type": "number", "minimum": 0 }),
            Self::Whole | Self::Cwe => json!({ "type": "integer", "minimum": 1 }),
            Self::Cvss => json!({ "type": "number", "minimum": 0, "maximum": 10 }),
            Self::Duration => json!({ "type": "string", "pattern": DURATION }),
            Self::Date => json!({ "type": "string", "pattern": DATE }),
            Self::Day => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
            // YAML hands an id of decimal digits alone to editors as a number.
            Self::FindingId => {
                json!({ "type": ["string", "number"], "pattern": "^[0-9A-Fa-f]{8,32}$" })
            }
            Self::DayOfYear => json!({ "type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$" }),
            Self::TimeZone | Self::PathGlob | Self::ReportGlob | Self::NameGlob => {
                json!({ "type": ["string", "number", "boolean"], "minLength": 1 })
            }
            Self::CvssComparison | Self::NumberComparison => {
                json!({ "type": "string", "pattern": COMPARISON })
            }
            Self::DurationComparison => {
                json!({ "type": "string", "pattern": "^(<=|<|>=|>|==) *[0-9]{1,9} ?(d|h|min|s)$" })
            }
            Self::Target => json!({ "type": "string", "pattern": TARGET }),
            Self::Figure => json!({
                "type": ["string", "number"],
                "pattern": "^[-+]?[0-9]{1,12}(\\.[0-9]{1,6})? ?(%|d|h|min|s)?$",
            }),
            Self::Store => json!({ "type": "string", "pattern": "^(dir:|git:|postgres://).+$" }),
            Self::Web => json!({ "type": "string", "pattern": "^https?://.+$" }),
            Self::Variable => json!({ "type": "string", "pattern": address::VARIABLE }),
            Self::Cadence => json!({
                "type": "string",
                "pattern": "^(week|month|iteration|[0-9]{1,9} ?(d|h|min|s))$",
            }),
        }
    }
}
