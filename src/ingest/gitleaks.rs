//! gitleaks JSON: version 8, up to 7, and Betterleaks 1, which kept its shape (S2, S22 to S28).

use crate::model::PathId;

use super::Ingest;
use super::betterleaks::STATUS_WORDS;
use super::detect::{Poor, Shape};
use super::item::Item;
use super::report::Report;
use super::run::{RunFacts, SecretRun};
use super::window::{Kind, Refusal};

/// The format `gitleaks`.
pub(super) struct Gitleaks;

impl Ingest for Gitleaks {
    fn word(&self) -> &'static str {
        "gitleaks"
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.first_item().is_some_and(|item| {
            item.has_all(&["RuleID", "StartLine", "Secret"])
                || item.has_all(&["rule", "offender", "commit"])
        })
    }

    /// Older versions write `null` for an empty list (rule S19).
    fn accepts(&self, poor: Poor) -> bool {
        matches!(poor, Poor::EmptyList | Poor::Null)
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut by_betterleaks = false;
        if report.window.kind()? == Kind::Null {
            report.window.skip()?;
        } else {
            report.window.enter_array()?;
            while report.window.element()? {
                report.window.begin_item();
                read_item(report, &mut run, &mut by_betterleaks)?;
                report.window.end_item()?;
            }
        }
        report.last_document(&mut run.lines)?;
        let asked_for = report.expected.tool.as_deref();
        let betterleaks = by_betterleaks || asked_for == Some("betterleaks");
        run.finish(
            report,
            RunFacts::of(if betterleaks {
                "betterleaks"
            } else {
                "gitleaks"
            }),
        );
        Ok(())
    }
}

/// `by_betterleaks` becomes true at a field that only Betterleaks writes.
fn read_item(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    by_betterleaks: &mut bool,
) -> Result<(), Refusal> {
    let mut item = Item::default();
    let mut link: Option<PathId> = None;
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "RuleID" => item.rule = report.text(run, "RuleID")?,
            "rule" => item.rule = report.text(run, "rule")?,
            "Description" => item.title = report.text(run, "Description")?,
            "File" => item.spot.path = report.path(run, "File", true)?,
            "file" => item.spot.path = report.path(run, "file", true)?,
            "SymlinkFile" => link = report.path(run, "SymlinkFile", true)?,
            "StartLine" => item.spot.region.line = report.position(run, "StartLine")?,
            "lineNumber" => item.spot.region.line = report.position(run, "lineNumber")?,
            "EndLine" => item.spot.region.end_line = report.position(run, "EndLine")?,
            "StartColumn" => item.spot.region.column = report.position(run, "StartColumn")?,
            "Commit" => item.spot.commit = report.text(run, "Commit")?,
            "commit" => item.spot.commit = report.text(run, "commit")?,
            "Secret" => item.value = report.value_or_prefix(run, "Secret")?,
            "offender" => item.value = report.value_or_prefix(run, "offender")?,
            "ValidationStatus" => {
                *by_betterleaks = true;
                item.validity = report.validity(run, "ValidationStatus", STATUS_WORDS)?;
            }
            "Attributes" => {
                *by_betterleaks = true;
                report.window.skip()?;
            }
            // `Match`, `Message`, `Line` and others can hold the secret; tags, author and
            // mail are nobody's business.
            _ => report.window.skip()?,
        }
    }
    item.spot.path = link.or(item.spot.path);
    item.push(report, run)
}
