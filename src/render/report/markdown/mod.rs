//! The report as Markdown (rules P1 to P6, P10, P12 to P16): headings that make stable anchors,
//! tables, and foreign text in code spans alone.

mod appendix;
mod key_results;
mod news;

use std::fmt::Write as _;
use std::io::{self, Write};

use super::facts;
use crate::decide::report::Report;
use crate::diagnostic::Message;
use crate::model::Untrusted;
use crate::render::encode::markdown::{Inline, cell, cell_message, message, own, span};

/// Rows of one list; the rest is counted (rule P4).
const MOST_ROWS: usize = 20;

/// Writes the report.
///
/// # Errors
/// If the output cannot be written.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::default();
    head(report, &mut page);
    key_results::write(report, &mut page);
    news::changes(report, &mut page);
    news::overdue(report, &mut page);
    news::waivers(report, &mut page);
    news::actions(report, &mut page);
    appendix::write(report, &mut page);
    out.write_all(page.0.as_bytes())
}

/// The title, what is to be said before any figure, and the verdict line.
fn head(report: &Report, page: &mut Page) {
    page.heading(1, &message(&facts::title(report)));
    if let Some(mission) = &report.about.mission {
        page.paragraph(&span(Untrusted::new(mission)));
    }
    page.heading(2, &own("Verdict"));
    page.paragraph(&Inline::strong(&message(&facts::verdict_line(report))));
    page.list(facts::on_top(report).iter().map(message));
    if let Some(period) = &report.progress.period {
        let closed = if period.closed { ", closed" } else { "" };
        let said = Message::from("Period ")
            .foreign(Untrusted::new(&period.name))
            .own(format!(
                ": {} to {}, {} over{closed}.",
                report.day(period.window.start),
                report.day(period.window.end),
                crate::render::status::facts::percent(period.elapsed)
            ));
        page.paragraph(&message(&said));
    }
}

/// Markdown that grows.
#[derive(Debug, Default)]
struct Page(String);

impl Page {
    fn gap(&mut self) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
    }

    fn heading(&mut self, level: usize, words: &Inline) {
        self.gap();
        let _ = writeln!(self.0, "{} {words}", "#".repeat(level));
    }

    fn paragraph(&mut self, words: &Inline) {
        self.gap();
        let _ = writeln!(self.0, "{words}");
    }

    /// A list, if it has anything in it.
    fn list(&mut self, items: impl IntoIterator<Item = Inline>) {
        let items: Vec<Inline> = items.into_iter().collect();
        if items.is_empty() {
            return;
        }
        self.gap();
        for item in items {
            let _ = writeln!(self.0, "- {item}");
        }
    }

    /// A table of at most [`MOST_ROWS`] rows where it is `cut`, else of all.
    fn table(&mut self, heads: &[&str], rows: &[Vec<Inline>], cut: bool) {
        self.gap();
        let _ = writeln!(self.0, "| {} |", heads.join(" | "));
        let _ = writeln!(self.0, "|{}", " --- |".repeat(heads.len()));
        let most = if cut { MOST_ROWS } else { usize::MAX };
        for row in rows.iter().take(most) {
            let cells: Vec<&str> = row.iter().map(Inline::as_str).collect();
            let _ = writeln!(self.0, "| {} |", cells.join(" | "));
        }
        if cut {
            self.more(rows.len());
        }
    }

    /// What a cut list leaves out, and where it stands (rule P4).
    fn more(&mut self, of: usize) {
        let more = of.saturating_sub(MOST_ROWS);
        if more > 0 {
            let said = format!("and {more} more: `krgate report --format json` has all");
            self.paragraph(&own(&said));
        }
    }
}

/// Own words for a cell.
fn words(text: impl AsRef<str>) -> Inline {
    own(text.as_ref())
}

fn foreign(text: &str) -> Inline {
    cell(Untrusted::new(text))
}

fn said(text: &Message) -> Inline {
    cell_message(text)
}
