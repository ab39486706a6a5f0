//! Bandit JSON, from `bandit -f json` (O15, O53, O55).

use std::num::NonZeroU32;

use crate::model::{Class, RunReason};

use super::Ingest;
use super::analysed::Analysed;
use super::detect::{Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Item, Scan};
use super::window::{Kind, Refusal, Scalar};

/// The format `bandit`.
pub(super) struct Bandit;

const WORD: &str = "bandit";

impl Ingest for Bandit {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.object().is_some_and(|o| {
            o.is("results", Kind::Array) && o.has_all(&["metrics", "generated_at"])
        })
    }

    fn accepts(&self, _poor: Poor) -> bool {
        false
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "results", report);
        let mut end = End::of("Bandit", Class::Sast);
        let mut analysed = Analysed::default();
        let first = report.builder.intake.runs.len();
        report.window.enter_object()?;
        while let Some(name) =
            scan.member(report, &["results", "errors", "generated_at", "metrics"])?
        {
            match name {
                "results" => scan.items(report, read_item)?,
                "errors" => read_errors(&mut scan, report)?,
                "generated_at" => {
                    let time = scan.owned(report, "generated_at")?;
                    end.ended = time.and_then(|time| time.parse().ok());
                }
                "metrics" => read_metrics(&mut analysed, report)?,
                _ => report.window.skip()?,
            }
        }
        scan.finish(report, end)?;
        analysed.keep(report.builder, first);
        Ok(())
    }
}

/// A file that was not read is a scan that failed (rule O15); anything but an empty list
/// says so.
fn read_errors(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    match report.window.kind()? {
        Kind::Null => report.window.skip(),
        Kind::Array => {
            report.window.enter_array()?;
            while report.window.element()? {
                scan.fail(RunReason::ReportedFailure);
                report.window.skip()?;
            }
            Ok(())
        }
        _ => Err(report.window.wrong_type("a list").inside("errors", None)),
    }
}

/// Figures for each file that was read, and for all under `_totals`.
fn read_metrics(analysed: &mut Analysed, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    if report.window.kind()? != Kind::Object {
        return report.window.skip();
    }
    analysed.begin();
    report.window.enter_object()?;
    while let Some(file) = report.window.member()? {
        if file != "_totals" {
            analysed.add(file, &report.builder.context.roots);
        }
        report.window.skip()?;
    }
    Ok(())
}

fn read_item(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    let mut item = Item::default();
    while let Some(name) = report.window.member()? {
        match name {
            "test_id" => item.rule = scan.text(report, "test_id")?,
            "test_name" => item.title = scan.text(report, "test_name")?,
            "issue_text" => item.message = scan.text(report, "issue_text")?,
            "issue_severity" => item.severity = scan.severity(report, "issue_severity")?,
            "issue_confidence" => {
                if let Some(word) = scan.owned(report, "issue_confidence")? {
                    let tag = format!("confidence:{}", word.to_lowercase());
                    item.tags.push(report.builder.intake.texts.intern(&tag));
                }
            }
            "issue_cwe" => {
                if scan.enters_object(report, "issue_cwe")? {
                    while let Some(name) = report.window.member()? {
                        if name == "id" {
                            item.cwe.extend(scan.cwe_numbers(report, "issue_cwe.id")?);
                        } else {
                            report.window.skip()?;
                        }
                    }
                }
            }
            "filename" => {
                if let Some(path) = scan.owned(report, "filename")? {
                    item.path = Some(scan.path(report, &path));
                }
            }
            "line_number" => item.region.line = scan.position(report, "line_number")?,
            "line_range" => item.region.end_line = last_line(scan, report)?,
            "col_offset" => item.region.column = column(report)?,
            "end_col_offset" => item.region.end_column = column(report)?,
            _ => report.window.skip()?,
        }
    }
    if item.region.end_line < item.region.line {
        item.region.end_line = None;
        item.region.end_column = None;
    }
    scan.push(report, item)
}

fn last_line(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<Option<NonZeroU32>, Refusal> {
    let mut last = None;
    if scan.enters_array(report, "line_range")? {
        while report.window.element()? {
            last = last.max(scan.position(report, "line_range")?);
        }
    }
    Ok(last)
}

/// Bandit counts columns from 0, and writes −1 where it knows none.
fn column(report: &mut Report<'_, '_>) -> Result<Option<NonZeroU32>, Refusal> {
    let Scalar::Number(digits) = report.window.scalar()? else {
        return Ok(None);
    };
    let column = digits.parse::<u32>().ok().and_then(|c| c.checked_add(1));
    Ok(column.and_then(NonZeroU32::new))
}
