//! Dependency-Check JSON (O54).

use crate::model::{Class, CvssVersion, RunReason, ScoreSource, Suppression, UntrustedText};

use super::Ingest;
use super::detect::{Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Item, PackageName, Scan, ScoreParts};
use super::window::{Kind, Refusal, Scalar};

/// The format `dependency-check`.
pub(super) struct DependencyCheck;

const WORD: &str = "dependency-check";

impl Ingest for DependencyCheck {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .object()
            .is_some_and(|o| o.has_all(&["reportSchema", "scanInfo", "dependencies"]))
    }

    fn accepts(&self, _poor: Poor) -> bool {
        false
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "dependencies.vulnerabilities", report);
        let mut end = End::of(WORD, Class::Sca);
        report.window.enter_object()?;
        while let Some(name) = scan.member(report, &["scanInfo", "projectInfo", "dependencies"])? {
            match name {
                "scanInfo" => read_scan_info(&mut scan, report, &mut end)?,
                "projectInfo" => {
                    if scan.enters_object(report, "projectInfo")? {
                        while let Some(name) = report.window.member()? {
                            if name == "reportDate" {
                                let time = scan.owned(report, "projectInfo.reportDate")?;
                                end.ended = time.and_then(|time| time.parse().ok());
                            } else {
                                report.window.skip()?;
                            }
                        }
                    }
                }
                "dependencies" => read_dependencies(&mut scan, report)?,
                _ => report.window.skip()?,
            }
        }
        scan.finish(report, end)
    }
}

/// An exception of the analysis is a scan that failed (rule O15).
fn read_scan_info(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    end: &mut End,
) -> Result<(), Refusal> {
    if !scan.enters_object(report, "scanInfo")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        if name == "engineVersion" {
            let version = scan.owned(report, "scanInfo.engineVersion")?;
            end.version = version.map(UntrustedText::new);
        } else if name.to_ascii_lowercase().contains("exception") {
            if says_something(report)? {
                scan.fail(RunReason::ReportedFailure);
            }
        } else {
            report.window.skip()?;
        }
    }
    Ok(())
}

/// False for null, an empty list, an empty object and an empty text.
fn says_something(report: &mut Report<'_, '_>) -> Result<bool, Refusal> {
    let mut filled = false;
    match report.window.kind()? {
        Kind::Array => {
            report.window.enter_array()?;
            while report.window.element()? {
                filled = true;
                report.window.skip()?;
            }
        }
        Kind::Object => {
            report.window.enter_object()?;
            while report.window.member()?.is_some() {
                filled = true;
                report.window.skip()?;
            }
        }
        _ => filled = !matches!(report.window.scalar()?, Scalar::Null | Scalar::Text("")),
    }
    Ok(filled)
}

/// # Errors
/// If it is no list; null means that the scan did not run.
fn read_dependencies(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    if report.window.kind()? == Kind::Null {
        scan.fail(RunReason::ResultsNull);
        return report.window.skip();
    }
    report.window.enter_array()?;
    while report.window.element()? {
        if scan.enters_object(report, "dependencies")? {
            read_dependency(scan, report)?;
        } else {
            scan.malformed(report)?;
        }
    }
    Ok(())
}

fn read_dependency(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    let mut items = Vec::new();
    let (mut file, mut path, mut purl) = (None, None, None);
    while let Some(name) = report.window.member()? {
        match name {
            "fileName" => file = scan.owned(report, "fileName")?,
            "filePath" => path = scan.owned(report, "filePath")?,
            "packages" => {
                scan.objects(report, "packages", |scan, report| {
                    while let Some(name) = report.window.member()? {
                        if name == "id" {
                            let id = scan.owned(report, "packages.id")?;
                            purl = purl.take().or(id.filter(|id| id.starts_with("pkg:")));
                        } else {
                            report.window.skip()?;
                        }
                    }
                    Ok(())
                })?;
            }
            "vulnerabilities" => read_list(scan, report, &mut items, Suppression::None)?,
            "suppressedVulnerabilities" => {
                read_list(scan, report, &mut items, Suppression::External)?;
            }
            // Related dependencies are the same finding (rule O54).
            _ => report.window.skip()?,
        }
    }
    let by_url = purl.as_deref().and_then(PackageName::of_purl);
    let version = by_url.as_ref().and_then(|(_, version)| version.clone());
    let version = version.map(|text| report.builder.intake.texts.intern(&text));
    let package = PackageName::given(purl.as_deref(), None, file.as_deref());
    // A path of a file within an archive is written `a.jar/META-INF/…` or `a.jar: pom.xml`.
    let path = match path {
        Some(path) if !items.is_empty() => Some(scan.path(report, &path)),
        _ => None,
    };
    for mut item in items {
        item.package.clone_from(&package);
        item.version = version;
        item.path = path;
        scan.push(report, item)?;
    }
    Ok(())
}

fn read_list(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    items: &mut Vec<Item>,
    suppression: Suppression,
) -> Result<(), Refusal> {
    if report.window.kind()? == Kind::Null {
        return report.window.skip();
    }
    report.window.enter_array()?;
    while report.window.element()? {
        let mut item = Item::default();
        report.window.begin_item();
        if scan.enters_object(report, "vulnerabilities")? {
            item.suppression = suppression;
            read_vulnerability(scan, report, &mut item)?;
        }
        report.window.end_item()?;
        items.push(item);
    }
    Ok(())
}

fn read_vulnerability(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    while let Some(name) = report.window.member()? {
        match name {
            "name" => {
                item.rule = scan.text(report, "name")?;
                item.ids.splice(0..0, item.rule);
            }
            "severity" => item.severity = scan.severity(report, "severity")?,
            "cwes" => item.cwe.extend(scan.cwe_numbers(report, "cwes")?),
            "cvssv2" => read_score(scan, report, item, CvssVersion::V20)?,
            "cvssv3" => read_score(scan, report, item, CvssVersion::V30)?,
            "cvssv4" => read_score(scan, report, item, CvssVersion::V40)?,
            "knownExploitedVulnerability" => {
                if says_something(report)? {
                    item.kev = Some(true);
                }
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

/// A number beside its metrics one by one; there is no vector in the versions that are
/// known, and one that is there is read.
fn read_score(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
    version: CvssVersion,
) -> Result<(), Refusal> {
    if !scan.enters_object(report, "cvss")? {
        return Ok(());
    }
    let mut parts = ScoreParts {
        version: Some(version),
        ..ScoreParts::default()
    };
    while let Some(name) = report.window.member()? {
        match name {
            "score" | "baseScore" => parts.number = scan.score_number(report, "cvss.baseScore")?,
            "vectorString" => parts.vector = scan.owned(report, "cvss.vectorString")?,
            "version" => {
                if scan.owned(report, "cvss.version")?.as_deref() == Some("3.1") {
                    parts.version = Some(CvssVersion::V31);
                }
            }
            _ => report.window.skip()?,
        }
    }
    scan.add_score(report, &mut item.scores, &parts, ScoreSource::Vulnerability);
    Ok(())
}
