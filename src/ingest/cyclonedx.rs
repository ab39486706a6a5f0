//! `CycloneDX` JSON with vulnerabilities (O43, O44).

#[expect(
    clippy::disallowed_types,
    reason = "asked once for each part that is affected; never iterated"
)]
use std::collections::HashMap;

use crate::model::{Class, CvssVersion, ScoreSource, Suppression, TextId, UntrustedText};

use super::Ingest;
use super::detect::{Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Item, PackageName, Scan, ScoreParts};
use super::window::{Kind, Refusal};

/// The format `cyclonedx`.
pub(super) struct Cyclonedx;

const WORD: &str = "cyclonedx";

/// How deep parts of parts are looked at.
const DEEPEST: u8 = 32;

impl Ingest for Cyclonedx {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .object()
            .is_some_and(|o| o.word("bomFormat") == Some("CycloneDX") && o.has("vulnerabilities"))
    }

    fn accepts(&self, _poor: Poor) -> bool {
        false
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "vulnerabilities", report);
        let mut parts = Parts::default();
        let mut found: Vec<Found> = Vec::new();
        let mut end = End::of(WORD, Class::Sca);
        report.window.enter_object()?;
        while let Some(name) =
            scan.member(report, &["vulnerabilities", "components", "metadata"])?
        {
            match name {
                "vulnerabilities" => read_vulnerabilities(&mut scan, report, &mut found)?,
                "components" => read_components(&mut scan, report, &mut parts, DEEPEST)?,
                "metadata" => read_metadata(&mut scan, report, &mut parts, &mut end)?,
                _ => report.window.skip()?,
            }
        }
        for found in found {
            push(&mut scan, report, &parts, found)?;
        }
        scan.finish(report, end)
    }
}

/// A part that vulnerabilities name by its `bom-ref`.
#[derive(Debug, Clone)]
struct Part {
    package: Option<PackageName>,
    version: Option<TextId>,
}

#[expect(
    clippy::disallowed_types,
    reason = "asked once for each part that is affected; never iterated"
)]
type Parts = HashMap<String, Part>;

/// One vulnerability, until the parts are known.
#[derive(Debug, Default)]
struct Found {
    item: Item,
    affects: Vec<String>,
}

fn read_vulnerabilities(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    into: &mut Vec<Found>,
) -> Result<(), Refusal> {
    if report.window.kind()? == Kind::Null {
        scan.fail(crate::model::RunReason::ResultsNull);
        return report.window.skip();
    }
    report.window.enter_array()?;
    while report.window.element()? {
        let mut found = Found::default();
        report.window.begin_item();
        if scan.enters_object(report, "vulnerabilities")? {
            read_vulnerability(scan, report, &mut found)?;
        }
        report.window.end_item()?;
        into.push(found);
    }
    Ok(())
}

fn read_vulnerability(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    found: &mut Found,
) -> Result<(), Refusal> {
    let item = &mut found.item;
    while let Some(name) = report.window.member()? {
        match name {
            "id" => {
                item.rule = scan.text(report, "id")?;
                item.ids.splice(0..0, item.rule);
            }
            "references" => {
                scan.objects(report, "references", |scan, report| {
                    while let Some(name) = report.window.member()? {
                        if name == "id" {
                            item.ids.extend(scan.text(report, "references.id")?);
                        } else {
                            report.window.skip()?;
                        }
                    }
                    Ok(())
                })?;
            }
            "ratings" => {
                scan.objects(report, "ratings", |scan, report| {
                    read_rating(scan, report, item)
                })?;
            }
            "cwes" => item.cwe.extend(scan.cwe_numbers(report, "cwes")?),
            "analysis" => {
                if scan.enters_object(report, "analysis")? {
                    while let Some(name) = report.window.member()? {
                        if name == "state" {
                            let state = report.deciding_text("analysis.state")?;
                            item.suppression = stand(state.as_deref());
                        } else {
                            report.window.skip()?;
                        }
                    }
                }
            }
            "affects" => {
                scan.objects(report, "affects", |scan, report| {
                    while let Some(name) = report.window.member()? {
                        if name == "ref" {
                            found.affects.extend(scan.owned(report, "affects.ref")?);
                        } else {
                            report.window.skip()?;
                        }
                    }
                    Ok(())
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

/// What the analysis sets aside (rule O44). `in_triage`, `exploitable` and every other word
/// leave a finding.
fn stand(state: Option<&str>) -> Suppression {
    match state {
        Some("not_affected" | "false_positive" | "resolved" | "resolved_with_pedigree") => {
            Suppression::External
        }
        _ => Suppression::None,
    }
}

/// A rating is a score of CVSS by its `method`, of whichever other method only its word
/// (rule O43).
fn read_rating(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    let mut parts = ScoreParts::default();
    let (mut method, mut figure) = (None, None);
    while let Some(name) = report.window.member()? {
        match name {
            "source" => {
                if scan.enters_object(report, "ratings.source")? {
                    while let Some(name) = report.window.member()? {
                        if name == "name" {
                            parts.by = scan.text(report, "ratings.source.name")?;
                        } else {
                            report.window.skip()?;
                        }
                    }
                }
            }
            "score" => figure = report.figure()?,
            "vector" => parts.vector = scan.owned(report, "ratings.vector")?,
            "method" => method = scan.owned(report, "ratings.method")?,
            "severity" => {
                let severity = scan.severity(report, "ratings.severity")?;
                item.add_severity(severity);
            }
            _ => report.window.skip()?,
        }
    }
    parts.version = match method.as_deref() {
        Some("CVSSv2") => Some(CvssVersion::V20),
        Some("CVSSv3") => Some(CvssVersion::V30),
        Some("CVSSv31") => Some(CvssVersion::V31),
        Some("CVSSv4") => Some(CvssVersion::V40),
        // Without a method the vector may say that it is one; a number says nothing.
        None if parts.vector.is_some() => None,
        _ => return Ok(()),
    };
    parts.number = figure.and_then(|figure| scan.score_of(report, "ratings.score", &figure));
    scan.add_score(report, &mut item.scores, &parts, ScoreSource::Vulnerability);
    Ok(())
}

fn read_components(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    parts: &mut Parts,
    deepest: u8,
) -> Result<(), Refusal> {
    scan.objects(report, "components", |scan, report| {
        read_component(scan, report, parts, deepest)
    })?;
    Ok(())
}

fn read_component(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    parts: &mut Parts,
    deepest: u8,
) -> Result<(), Refusal> {
    let (mut reference, mut purl, mut group, mut own, mut version) = (None, None, None, None, None);
    while let Some(name) = report.window.member()? {
        match name {
            "bom-ref" => reference = scan.owned(report, "components.bom-ref")?,
            "purl" => purl = scan.owned(report, "components.purl")?,
            "group" => group = scan.owned(report, "components.group")?,
            "name" => own = scan.owned(report, "components.name")?,
            "version" => version = scan.text(report, "components.version")?,
            "components" if deepest > 0 => read_components(scan, report, parts, deepest - 1)?,
            _ => report.window.skip()?,
        }
    }
    let full = match (group, own) {
        (Some(group), Some(own)) => Some(format!("{group}/{own}")),
        (_, own) => own,
    };
    let package = PackageName::given(purl.as_deref(), None, full.as_deref());
    if let Some(reference) = reference.or(purl) {
        parts.insert(reference, Part { package, version });
    }
    Ok(())
}

/// Time and tool, and the part that the document is about.
fn read_metadata(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    parts: &mut Parts,
    end: &mut End,
) -> Result<(), Refusal> {
    if !scan.enters_object(report, "metadata")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        match name {
            "timestamp" => {
                let time = scan.owned(report, "metadata.timestamp")?;
                end.ended = time.and_then(|time| time.parse().ok());
            }
            "component" => {
                if scan.enters_object(report, "metadata.component")? {
                    read_component(scan, report, parts, 0)?;
                }
            }
            "tools" => {
                // A list up to version 1.4, an object with `components` from 1.5 on.
                if report.window.kind()? == Kind::Object {
                    report.window.enter_object()?;
                    while let Some(name) = report.window.member()? {
                        if name == "components" {
                            read_tools(scan, report, end)?;
                        } else {
                            report.window.skip()?;
                        }
                    }
                } else {
                    read_tools(scan, report, end)?;
                }
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

/// The first tool is the one that wrote the document.
fn read_tools(scan: &mut Scan, report: &mut Report<'_, '_>, end: &mut End) -> Result<(), Refusal> {
    let mut first = true;
    scan.objects(report, "metadata.tools", |scan, report| {
        let (mut own, mut version) = (None, None);
        while let Some(name) = report.window.member()? {
            match name {
                "name" => own = scan.owned(report, "metadata.tools.name")?,
                "version" => version = scan.owned(report, "metadata.tools.version")?,
                _ => report.window.skip()?,
            }
        }
        if let (true, Some(own)) = (std::mem::take(&mut first), own) {
            end.tool = UntrustedText::new(own);
            end.version = version.map(UntrustedText::new);
        }
        Ok(())
    })?;
    Ok(())
}

/// One finding for each part that is affected; one without a part where none is named.
fn push(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    parts: &Parts,
    found: Found,
) -> Result<(), Refusal> {
    if found.affects.is_empty() {
        return scan.push(report, found.item);
    }
    for reference in &found.affects {
        let mut item = found.item.clone();
        // A link into another document ends in `#` and the reference there.
        let local = reference.rsplit('#').next().unwrap_or_default();
        let part = parts.get(reference).or_else(|| parts.get(local));
        if let Some(part) = part {
            item.package.clone_from(&part.package);
            item.version = part.version;
        } else if let Some((package, version)) = PackageName::of_purl(reference) {
            item.package = Some(package);
            item.version = version.map(|text| report.builder.intake.texts.intern(&text));
        } else {
            item.places
                .push(report.builder.intake.texts.intern(reference));
        }
        scan.push(report, item)?;
    }
    Ok(())
}
