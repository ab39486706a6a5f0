//! `cargo audit --json` (O7, O41, O42).

use crate::diagnostic::{Code, Message};
use crate::model::{Class, Level, RunReason, ScoreSource, TextId};

use super::Ingest;
use super::detect::{Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Item, PackageName, Scan, ScoreParts};
use super::window::{Kind, Refusal};

/// The format `cargo-audit`.
pub(super) struct CargoAudit;

const WORD: &str = "cargo-audit";

/// Ids that one message shows.
const SHOWN: usize = 10;

impl Ingest for CargoAudit {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.object().is_some_and(|o| {
            o.has_all(&["database", "lockfile"])
                && o.object("vulnerabilities").is_some_and(|v| v.has("list"))
        })
    }

    fn accepts(&self, _poor: Poor) -> bool {
        false
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "vulnerabilities.list", report);
        let known = ["vulnerabilities", "warnings", "settings"];
        report.window.enter_object()?;
        while let Some(name) = scan.member(report, &known)? {
            match name {
                "vulnerabilities" => read_vulnerabilities(&mut scan, report)?,
                "warnings" => read_warnings(&mut scan, report)?,
                "settings" => read_settings(&mut scan, report)?,
                _ => report.window.skip()?,
            }
        }
        scan.finish(report, End::of(WORD, Class::Sca))
    }
}

/// `found` and `count` must agree with the list (rule O41).
fn read_vulnerabilities(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    let (mut found, mut count, mut listed) = (None, None, None);
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "found" => found = report.deciding_bool("found")?,
            "count" => count = report.deciding_count("count")?,
            "list" => {
                let before = scan.count();
                scan.items(report, |scan, report| {
                    let item = read_item(scan, report)?;
                    scan.push(report, item)
                })?;
                listed = Some(u64::from(scan.count() - before));
            }
            _ => report.window.skip()?,
        }
    }
    let Some(listed) = listed else {
        scan.fail(RunReason::ResultsAbsent);
        return Ok(());
    };
    let agrees = found.is_none_or(|found| found == (listed > 0))
        && count.is_none_or(|count| count == listed);
    if agrees {
        return Ok(());
    }
    Err(Refusal::new(
        Code::ReportCountMismatch,
        "the report states another number of vulnerabilities than it lists",
    )
    .hint("write the report anew, with `cargo audit --json` alone"))
}

/// Warnings by kind: unmaintained, unsound, notice, yanked.
fn read_warnings(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    if !scan.enters_object(report, "warnings")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        let unsound = name == "unsound";
        let kind = report.builder.intake.texts.intern(name);
        if report.window.kind()? == Kind::Null {
            report.window.skip()?;
            continue;
        }
        scan.items(report, |scan, report| {
            let mut item = read_item(scan, report)?;
            item.rule = Some(kind);
            item.level = Some(if unsound { Level::Warning } else { Level::Note });
            scan.push(report, item)
        })?;
    }
    Ok(())
}

fn read_item(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<Item, Refusal> {
    let mut item = Item::default();
    while let Some(name) = report.window.member()? {
        match name {
            // Null for a crate that was yanked (rule O42).
            "advisory" => {
                if scan.enters_object(report, "advisory")? {
                    read_advisory(scan, report, &mut item)?;
                }
            }
            "versions" => {
                if scan.enters_object(report, "versions")? {
                    while let Some(name) = report.window.member()? {
                        if name == "patched" {
                            let patched = scan.texts(report, "versions.patched")?;
                            item.fix_available = Some(!patched.is_empty());
                        } else {
                            report.window.skip()?;
                        }
                    }
                }
            }
            "package" => {
                if scan.enters_object(report, "package")? {
                    while let Some(name) = report.window.member()? {
                        match name {
                            "name" => {
                                let name = scan.owned(report, "package.name")?;
                                item.package =
                                    name.map(|name| PackageName::of_ecosystem("crates.io", &name));
                            }
                            "version" => item.version = scan.text(report, "package.version")?,
                            _ => report.window.skip()?,
                        }
                    }
                }
            }
            _ => report.window.skip()?,
        }
    }
    Ok(item)
}

fn read_advisory(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    while let Some(name) = report.window.member()? {
        match name {
            "id" => {
                item.rule = scan.text(report, "advisory.id")?;
                item.ids.splice(0..0, item.rule);
            }
            "aliases" => item.ids.extend(scan.texts(report, "advisory.aliases")?),
            "title" => item.title = scan.text(report, "advisory.title")?,
            "cvss" => {
                let parts = ScoreParts {
                    vector: scan.owned(report, "advisory.cvss")?,
                    ..ScoreParts::default()
                };
                scan.add_score(report, &mut item.scores, &parts, ScoreSource::Vulnerability);
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

/// Advisories that the tool was told to ignore leave no other trace (rule O7).
fn read_settings(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    if !scan.enters_object(report, "settings")? {
        return Ok(());
    }
    let mut ignored: Vec<TextId> = Vec::new();
    while let Some(name) = report.window.member()? {
        if name == "ignore" {
            ignored = scan.texts(report, "settings.ignore")?;
        } else {
            report.window.skip()?;
        }
    }
    if ignored.is_empty() {
        return Ok(());
    }
    let mut words = Message::from("the tool was told to ignore ");
    for (index, id) in ignored.iter().take(SHOWN).enumerate() {
        if index > 0 {
            words = words.own(", ");
        }
        words = words.foreign(report.builder.intake.texts.get(*id));
    }
    if ignored.len() > SHOWN {
        words = words.own(format!(" and {} more", ignored.len() - SHOWN));
    }
    scan.note_report(report, Code::IgnoredByTool, words, None);
    Ok(())
}
