//! What is typed to see how far everything has come: `status` and `report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Clock, LedgerPlace, clock, day, path};
use crate::decide::report::ReportFilter;

#[derive(Debug, Args)]
pub(in crate::cli) struct StatusArguments {
    /// Show this objective or key result alone, with what belongs to it: its id, or
    /// OBJECTIVE/ID.
    #[arg(value_name = "ID")]
    pub(in crate::cli) root: Option<String>,

    /// The format on standard output.
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: StatusFormat,

    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) place: LedgerPlace,

    /// Show it as at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(in crate::cli) now: Option<Clock>,
}

/// The formats of a status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum StatusFormat {
    /// For people, in 80 columns.
    #[default]
    Text,
    /// For machines: krgate.status/1.
    Json,
    /// For a page.
    Markdown,
    /// The tree as a diagram of Mermaid.
    Mermaid,
    /// The tree as a graph of Graphviz.
    Dot,
    /// One file for a browser.
    Html,
    /// A picture for a page: how many key results are met.
    Badge,
    /// The same for a service that draws badges.
    Shields,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReportArguments {
    /// The format on standard output [default: markdown, and nothing where --output is given].
    #[arg(long, value_enum)]
    pub(in crate::cli) format: Option<ReportFormat>,

    /// Write this format to a file; may be repeated.
    #[arg(long, value_name = "FORMAT=PATH")]
    pub(in crate::cli) output: Vec<ReportOutput>,

    /// Tell what changed in the whole period of the policy, of this name [default: in the last
    /// seven days].
    #[arg(long, value_name = "NAME", conflicts_with = "since")]
    pub(in crate::cli) period: Option<String>,

    /// Tell what changed since this day or moment, and begin series there.
    #[arg(long, value_name = "DAY", value_parser = begin)]
    pub(in crate::cli) since: Option<Begin>,

    /// Show only findings of these weaknesses, and the key results that name one of them:
    /// cwe=284,639. It changes no verdict.
    #[arg(long, value_name = "cwe=NUMBERS", value_parser = filter)]
    pub(in crate::cli) filter: Option<ReportFilter>,

    /// Give the report a name, and record that it was written, for `events` of report.NAME.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(in crate::cli) name: Option<String>,

    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) place: LedgerPlace,

    /// Write it as at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(in crate::cli) now: Option<Clock>,
}

/// The formats of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReportFormat {
    /// For a page.
    #[default]
    Markdown,
    /// One file for a browser.
    Html,
    /// For machines: krgate.report/1.
    Json,
    /// A row a key result and week.
    Csv,
    /// The figures of now, for a collector of metrics.
    Openmetrics,
}

/// A format, and the file that it is written to.
#[derive(Debug, Clone)]
pub(in crate::cli) struct ReportOutput {
    pub(in crate::cli) format: ReportFormat,
    pub(in crate::cli) path: PathBuf,
}

impl std::str::FromStr for ReportOutput {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (word, path) = text
            .split_once('=')
            .ok_or("expected FORMAT=PATH, such as markdown=report.md")?;
        let format = ReportFormat::from_str(word, false)
            .map_err(|_| "the format is one of markdown, html, json, csv, openmetrics")?;
        if path.is_empty() {
            return Err("the path after = is empty");
        }
        Ok(Self {
            format,
            path: path.into(),
        })
    }
}

/// The begin of a span: of a day in the zone of the policy, or a moment.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum Begin {
    Day(Date),
    Moment(Timestamp),
}

fn begin(text: &str) -> Result<Begin, &'static str> {
    if let Ok(day) = day(text) {
        return Ok(Begin::Day(day));
    }
    let moment = text.parse().map(Begin::Moment);
    moment
        .map_err(|_| "expected a day such as 2026-10-01, or a moment such as 2026-10-01T12:00:00Z")
}

fn filter(text: &str) -> Result<ReportFilter, &'static str> {
    const EXPECTED: &str = "expected numbers of weaknesses, such as cwe=284,639";
    let list = text.strip_prefix("cwe=").ok_or(EXPECTED)?;
    let numbers: Result<Vec<u32>, _> = list
        .split(',')
        .map(|number| number.strip_prefix("CWE-").unwrap_or(number).parse())
        .collect();
    let numbers = numbers.ok().filter(|numbers| !numbers.contains(&0));
    numbers.and_then(ReportFilter::of_cwe).ok_or(EXPECTED)
}

/// The name of a report: what stands behind `report.` in the name of its event.
fn name(text: &str) -> Result<String, &'static str> {
    let is_of_the_alphabet =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    let is_name = (1..=57).contains(&text.len()) && text.bytes().all(is_of_the_alphabet);
    match is_name {
        false => Err("expected a name such as access-control: a-z, 0-9, -, . and _"),
        true if text.starts_with("report.") => Err("the name stands without report. here"),
        true => Ok(text.to_owned()),
    }
}
