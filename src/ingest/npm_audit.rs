//! `npm audit --json`, of npm 7 and later and of npm 6 (O35 to O37).

use crate::diagnostic::Code;
use crate::model::{Class, RunReason, ScoreSource, TextId};

use super::Ingest;
use super::detect::{Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Item, PackageName, Scan, ScoreParts};
use super::window::{Kind, Refusal, Scalar};

/// The format `npm-audit`.
pub(super) struct NpmAudit;

const WORD: &str = "npm-audit";

impl Ingest for NpmAudit {
    fn word(&self) -> &'static str {
        WORD
    }

    /// A document about an error is recognised too: it is a scan that failed (rule O15).
    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.object().is_some_and(|o| {
            let seven = o.has("auditReportVersion") && o.is("vulnerabilities", Kind::Object);
            let six = o.is("advisories", Kind::Object) && o.has("metadata");
            let error = o
                .object("error")
                .is_some_and(|e| e.has_all(&["summary", "detail"]));
            seven || six || error
        })
    }

    fn accepts(&self, _poor: Poor) -> bool {
        false
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "vulnerabilities", report);
        let mut total = None;
        let known = ["vulnerabilities", "advisories", "metadata", "error"];
        report.window.enter_object()?;
        while let Some(name) = scan.member(report, &known)? {
            match name {
                "vulnerabilities" => read_seven(&mut scan, report)?,
                "advisories" => read_six(&mut scan, report)?,
                "metadata" => total = read_total(&mut scan, report)?,
                "error" => {
                    if report.window.scalar()? != Scalar::Null {
                        scan.fail(RunReason::ReportedFailure);
                    }
                }
                _ => report.window.skip()?,
            }
        }
        if total.is_some_and(|total| total > 0) && scan.count() == 0 && !scan.failed() {
            return Err(Refusal::new(
                Code::ReportCountMismatch,
                "the report counts vulnerabilities and holds none",
            )
            .hint("write the report anew, with `npm audit --json` alone"));
        }
        scan.finish(report, End::of("npm audit", Class::Sca))
    }
}

/// The number of vulnerabilities by `metadata`: of packages in npm 7, of advisories in npm 6.
fn read_total(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<Option<u64>, Refusal> {
    let mut total: Option<u64> = None;
    if !scan.enters_object(report, "metadata")? {
        return Ok(total);
    }
    while let Some(name) = report.window.member()? {
        if name != "vulnerabilities" || report.window.kind()? != Kind::Object {
            report.window.skip()?;
            continue;
        }
        report.window.enter_object()?;
        while report.window.member()?.is_some() {
            let count = report.deciding_count("metadata.vulnerabilities")?;
            total = total.max(count);
        }
    }
    Ok(total)
}

/// npm 7: by package; its `via` has advisories, and names of packages that lead to one.
fn read_seven(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        let package = name.to_owned();
        report.window.begin_item();
        if scan.enters_object(report, "package")? {
            read_package(scan, report, &package)?;
        } else {
            scan.malformed(report)?;
        }
        report.window.end_item()?;
    }
    Ok(())
}

fn read_package(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    package: &str,
) -> Result<(), Refusal> {
    let mut items: Vec<Item> = Vec::new();
    let mut places = Vec::new();
    let mut fix = None;
    while let Some(name) = report.window.member()? {
        match name {
            "via" => {
                if scan.enters_array(report, "via")? {
                    while report.window.element()? {
                        // A string names another package: a chain, no finding (rule O35).
                        if report.window.kind()? == Kind::Text {
                            report.window.skip()?;
                            continue;
                        }
                        let mut item = Item::default();
                        if scan.enters_object(report, "via")? {
                            read_advisory(scan, report, &mut item)?;
                        }
                        items.push(item);
                    }
                }
            }
            "severity" => {
                // It decides, and is that of the worst advisory below.
                scan.severity(report, "severity")?;
            }
            "fixAvailable" => {
                fix = match report.window.scalar()? {
                    Scalar::Bool(fix) => Some(fix),
                    Scalar::Object => Some(true),
                    Scalar::Null => None,
                    _ => {
                        scan.wrong_type(report, "fixAvailable", "true, false or an object");
                        None
                    }
                };
            }
            "nodes" => places = scan.texts(report, "nodes")?,
            _ => report.window.skip()?,
        }
    }
    for mut item in items {
        item.package = Some(PackageName::of_ecosystem("npm", package));
        item.fix_available = fix;
        item.places.clone_from(&places);
        scan.push(report, item)?;
    }
    Ok(())
}

/// An advisory in `via` of npm 7.
fn read_advisory(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    let mut number = None;
    while let Some(name) = report.window.member()? {
        match name {
            "source" => number = number_as_id(scan, report)?,
            "title" => item.title = scan.text(report, "via.title")?,
            "url" => {
                if let Some(url) = scan.owned(report, "via.url")? {
                    item.ids.extend(ghsa_of(report, &url));
                }
            }
            "severity" => {
                let severity = scan.severity(report, "via.severity")?;
                item.add_severity(severity);
            }
            "cwe" => item.cwe.extend(scan.cwe_numbers(report, "via.cwe")?),
            "cvss" => read_score(scan, report, item)?,
            _ => report.window.skip()?,
        }
    }
    item.ids.extend(number);
    item.rule = item.ids.first().copied();
    Ok(())
}

/// npm 6: by number of the advisory.
fn read_six(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    report.window.enter_object()?;
    while report.window.member()?.is_some() {
        report.window.begin_item();
        if scan.enters_object(report, "advisory")? {
            read_old_advisory(scan, report)?;
        } else {
            scan.malformed(report)?;
        }
        report.window.end_item()?;
    }
    Ok(())
}

fn read_old_advisory(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    let mut item = Item::default();
    let (mut number, mut ghsa, mut linked) = (None, None, None);
    while let Some(name) = report.window.member()? {
        match name {
            "id" => number = number_as_id(scan, report)?,
            "github_advisory_id" => ghsa = scan.text(report, "github_advisory_id")?,
            "cves" => item.ids.extend(scan.texts(report, "cves")?),
            "url" => {
                if let Some(url) = scan.owned(report, "url")? {
                    linked = ghsa_of(report, &url);
                }
            }
            "module_name" => {
                let name = scan.owned(report, "module_name")?;
                item.package = name.map(|name| PackageName::of_ecosystem("npm", &name));
            }
            "title" => item.title = scan.text(report, "title")?,
            "severity" => {
                let severity = scan.severity(report, "severity")?;
                item.add_severity(severity);
            }
            "cwe" => item.cwe.extend(scan.cwe_numbers(report, "cwe")?),
            "cvss" => read_score(scan, report, &mut item)?,
            "patched_versions" => {
                // `<0.0.0` is how it says that there is none.
                let patched = scan.owned(report, "patched_versions")?;
                item.fix_available = patched.map(|range| range != "<0.0.0");
            }
            "findings" => {
                scan.objects(report, "findings", |scan, report| {
                    while let Some(name) = report.window.member()? {
                        match name {
                            "version" => {
                                let version = scan.text(report, "findings.version")?;
                                item.version = item.version.or(version);
                            }
                            "paths" => item.places.extend(scan.texts(report, "findings.paths")?),
                            _ => report.window.skip()?,
                        }
                    }
                    Ok(())
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    let own = ghsa.or(linked).or(number);
    item.ids.splice(0..0, own);
    item.ids.extend(number);
    item.rule = item.ids.first().copied();
    scan.push(report, item)
}

/// `cvss`: absent and null are no score, and so is 0 without a vector (rule O37).
fn read_score(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    if !scan.enters_object(report, "cvss")? {
        return Ok(());
    }
    let mut parts = ScoreParts::default();
    while let Some(name) = report.window.member()? {
        match name {
            "score" => parts.number = scan.score_number(report, "cvss.score")?,
            "vectorString" => parts.vector = scan.owned(report, "cvss.vectorString")?,
            _ => report.window.skip()?,
        }
    }
    scan.add_score(report, &mut item.scores, &parts, ScoreSource::Vulnerability);
    Ok(())
}

/// npm's own number of an advisory, as an id: `npm:1523`.
fn number_as_id(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<Option<TextId>, Refusal> {
    let id = match report.window.scalar()? {
        Scalar::Number(number) | Scalar::Text(number) if !number.is_empty() => {
            format!("npm:{number}")
        }
        Scalar::Null | Scalar::Text(_) => return Ok(None),
        _ => {
            scan.wrong_type(report, "id", "a number");
            return Ok(None);
        }
    };
    Ok(Some(report.builder.intake.texts.intern(&id)))
}

/// The GitHub advisory at the end of a link.
fn ghsa_of(report: &mut Report<'_, '_>, url: &str) -> Option<TextId> {
    let last = url.trim_end_matches('/').rsplit('/').next()?;
    let is_one = last.starts_with("GHSA-") && last.len() <= 32;
    is_one.then(|| report.builder.intake.texts.intern(last))
}
