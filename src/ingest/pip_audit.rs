//! `pip-audit --format json`, and the list that versions before 2.0 write (O52, O53).

use crate::diagnostic::{Code, Message};
use crate::model::{Class, RunReason, TextId};

use super::Ingest;
use super::detect::{Members, Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Item, PackageName, Scan};
use super::window::{Kind, Refusal};

/// The format `pip-audit`.
pub(super) struct PipAudit;

const WORD: &str = "pip-audit";

/// Names that one message shows.
const SHOWN: usize = 10;

impl Ingest for PipAudit {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        let audited = |d: &Members| d.has("name") && d.has_any(&["vulns", "skip_reason"]);
        let of_object = |o: &Members| o.first_of("dependencies").is_some_and(audited);
        shape.object().is_some_and(of_object) || shape.first_item().is_some_and(audited)
    }

    /// No dependency at all leaves an empty list (rule O1).
    fn accepts(&self, poor: Poor) -> bool {
        matches!(poor, Poor::EmptyDependencies | Poor::EmptyList)
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "dependencies", report);
        let mut skipped = Vec::new();
        if report.window.kind()? == Kind::Array {
            read_dependencies(&mut scan, report, &mut skipped)?;
        } else {
            report.window.enter_object()?;
            while let Some(name) = scan.member(report, &["dependencies"])? {
                if name == "dependencies" {
                    read_dependencies(&mut scan, report, &mut skipped)?;
                } else {
                    report.window.skip()?;
                }
            }
        }
        note_skipped(&mut scan, report, &skipped);
        scan.finish(report, End::of(WORD, Class::Sca))
    }
}

/// A dependency that was not audited is a scan that did not come to its end (rule O52).
fn note_skipped(scan: &mut Scan, report: &Report<'_, '_>, skipped: &[Option<TextId>]) {
    if skipped.is_empty() {
        return;
    }
    scan.fail(RunReason::ReportedFailure);
    let mut words = Message::from(format!(
        "{} of the packages were not audited",
        skipped.len()
    ));
    for (index, name) in skipped.iter().flatten().take(SHOWN).enumerate() {
        words = words.own(if index == 0 { ": " } else { ", " });
        words = words.foreign(report.builder.intake.texts.get(*name));
    }
    if skipped.len() > SHOWN {
        words = words.own(" and more");
    }
    scan.note_report(
        report,
        Code::ScanIncomplete,
        words,
        Some("give pip-audit packages that it can look up, or accept it with `accept_degraded`"),
    );
}

fn read_dependencies(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    skipped: &mut Vec<Option<TextId>>,
) -> Result<(), Refusal> {
    scan.items(report, |scan, report| {
        let (mut name_here, mut version, mut reason) = (None, None, false);
        let mut found = None;
        while let Some(name) = report.window.member()? {
            match name {
                "name" => name_here = scan.text(report, "name")?,
                "version" => version = scan.text(report, "version")?,
                "skip_reason" => {
                    reason = report.deciding_text("skip_reason")?.is_some();
                }
                "vulns" => found = read_vulnerabilities(scan, report)?,
                _ => report.window.skip()?,
            }
        }
        if reason || found.is_none() {
            skipped.push(name_here);
        }
        let package = name_here.map(|name| {
            let name = report.builder.intake.texts.get(name).raw();
            PackageName::of_ecosystem("pypi", name)
        });
        for mut item in found.unwrap_or_default() {
            item.package.clone_from(&package);
            item.version = version;
            scan.push(report, item)?;
        }
        Ok(())
    })
}

/// `None` where there is no list.
///
/// # Errors
/// If it is something else: whether a package is clean is told by nothing else.
fn read_vulnerabilities(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
) -> Result<Option<Vec<Item>>, Refusal> {
    let mut items = Vec::new();
    if report.window.kind()? == Kind::Null {
        report.window.skip()?;
        return Ok(None);
    }
    report.window.enter_array()?;
    while report.window.element()? {
        let mut item = Item::default();
        if scan.enters_object(report, "vulns")? {
            while let Some(name) = report.window.member()? {
                match name {
                    "id" => {
                        item.rule = scan.text(report, "vulns.id")?;
                        item.ids.splice(0..0, item.rule);
                    }
                    "aliases" => item.ids.extend(scan.texts(report, "vulns.aliases")?),
                    "fix_versions" => {
                        let versions = scan.texts(report, "vulns.fix_versions")?;
                        item.fix_available = Some(!versions.is_empty());
                        item.fixed_in = versions;
                    }
                    _ => report.window.skip()?,
                }
            }
        }
        items.push(item);
    }
    Ok(Some(items))
}
