//! The table that the benchmark prints. Whole numbers throughout: ratios are kept in
//! hundredths.

use std::fmt::Write as _;
use std::time::Duration;

use crate::measure::Figure;

/// How a row stands to its budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// There is no budget; the row is there to compare with.
    Shown,
    /// Within.
    Met,
    /// Not within.
    NotMet,
    /// There is no figure, for this reason.
    NotMeasured(String),
}

/// One line of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The budget it belongs to (`B1`).
    pub(crate) budget: &'static str,
    /// The input.
    pub(crate) input: String,
    /// What was measured.
    pub(crate) what: String,
    /// Figures, where there are some.
    pub(crate) figure: Option<Figure>,
    /// The figure that has the budget, as shown.
    pub(crate) ratio: String,
    /// The budget, as shown.
    pub(crate) limit: String,
    /// How they stand.
    pub(crate) standing: Standing,
}

impl Row {
    /// A row with figures and no budget.
    pub(crate) fn shown(budget: &'static str, input: &str, what: &str, figure: Figure) -> Self {
        Self {
            budget,
            input: input.to_owned(),
            what: what.to_owned(),
            figure: Some(figure),
            ratio: String::new(),
            limit: String::new(),
            standing: Standing::Shown,
        }
    }

    /// A row without figures.
    pub(crate) fn not_measured(budget: &'static str, input: &str, what: &str, why: &str) -> Self {
        Self {
            figure: None,
            standing: Standing::NotMeasured(why.to_owned()),
            ..Self::shown(budget, input, what, NOTHING)
        }
    }

    /// Adds a ratio that must be at most `limit` hundredths.
    #[must_use]
    pub(crate) fn at_most(mut self, ratio: u64, limit: u64, name: &str) -> Self {
        self.ratio = hundredths(ratio);
        self.limit = format!("<= {}{name}", hundredths(limit));
        self.standing = met(ratio <= limit);
        self
    }

    /// Adds a ratio that must be at least `limit` hundredths.
    #[must_use]
    pub(crate) fn at_least(mut self, ratio: u64, limit: u64, name: &str) -> Self {
        self.ratio = hundredths(ratio);
        self.limit = format!(">= {}{name}", hundredths(limit));
        self.standing = met(ratio >= limit);
        self
    }

    /// Adds a ratio that has no budget.
    #[must_use]
    pub(crate) fn against(mut self, ratio: u64) -> Self {
        self.ratio = hundredths(ratio);
        self
    }

    /// Adds a count that must be zero.
    #[must_use]
    pub(crate) fn none_of(mut self, count: u64) -> Self {
        self.ratio = count.to_string();
        self.limit.push('0');
        self.standing = met(count == 0);
        self
    }

    /// Adds bytes of memory that must be at most `limit` bytes.
    #[must_use]
    pub(crate) fn at_most_bytes(mut self, bytes: u64, limit: u64) -> Self {
        self.ratio = mebibytes(bytes);
        self.limit = format!("<= {}", mebibytes(limit));
        self.standing = met(bytes <= limit);
        self
    }
}

const NOTHING: Figure = Figure {
    cpu: Duration::ZERO,
    wall: Duration::ZERO,
    peak: 0,
    code: None,
};

/// How many times `part` goes into `whole`, in hundredths, rounded.
pub(crate) fn ratio(whole: u128, part: u128) -> u64 {
    let part = part.max(1);
    u64::try_from((whole * 100 + part / 2) / part).unwrap_or(u64::MAX)
}

/// The table as text, columns aligned.
pub(crate) fn render(rows: &[Row]) -> String {
    let header = [
        "", "input", "measured", "CPU", "wall", "peak", "figure", "budget", "",
    ];
    let mut lines = vec![header.map(str::to_owned)];
    for row in rows {
        let (cpu, wall, peak) = row.figure.map_or_else(Default::default, |figure| {
            (
                milliseconds(figure.cpu),
                milliseconds(figure.wall),
                mebibytes(figure.peak),
            )
        });
        lines.push([
            row.budget.to_owned(),
            row.input.clone(),
            row.what.clone(),
            cpu,
            wall,
            peak,
            row.ratio.clone(),
            row.limit.clone(),
            match &row.standing {
                Standing::Shown => String::new(),
                Standing::Met => "met".to_owned(),
                Standing::NotMet => "NOT MET".to_owned(),
                Standing::NotMeasured(why) => why.clone(),
            },
        ]);
    }
    let mut widths = [0; 9];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for line in &lines {
        let mut text = String::new();
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            let _ = if (3..=6).contains(&column) {
                write!(text, "{cell:>width$}  ")
            } else {
                write!(text, "{cell:<width$}  ")
            };
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

fn met(yes: bool) -> Standing {
    if yes { Standing::Met } else { Standing::NotMet }
}

fn hundredths(number: u64) -> String {
    format!("{}.{:02} x", number / 100, number % 100)
}

fn milliseconds(time: Duration) -> String {
    let tenths = (time.as_micros() + 50) / 100;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

fn mebibytes(bytes: u64) -> String {
    let tenths = (bytes * 10 + (1 << 19)) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
