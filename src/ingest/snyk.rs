//! Snyk JSON, from `snyk test --json` and `snyk container test --json` (O49 to O51).

use crate::diagnostic::Code;
use crate::model::{Class, ClassSet, CvssVersion, RunReason, ScoreSource, Suppression};

use super::Ingest;
use super::detect::{Members, Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Item, PackageName, Scan, ScoreParts};
use super::window::{Kind, Refusal, Scalar};

/// The format `snyk`.
pub(super) struct Snyk;

const WORD: &str = "snyk";

impl Ingest for Snyk {
    fn word(&self) -> &'static str {
        WORD
    }

    /// A document about an error is recognised too: it is a scan that failed (rule O15).
    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        let fits = |o: &Members| {
            let result = o.is("vulnerabilities", Kind::Array)
                && o.has("ok")
                && o.has_any(&["packageManager", "dependencyCount"]);
            let error = o.is("ok", Kind::Bool) && o.is("error", Kind::Text);
            result || error
        };
        shape.object().is_some_and(fits) || shape.first_item().is_some_and(fits)
    }

    fn accepts(&self, _poor: Poor) -> bool {
        false
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "vulnerabilities", report);
        let mut seen = Seen::default();
        if report.window.kind()? == Kind::Array {
            report.window.enter_array()?;
            while report.window.element()? {
                read_result(&mut scan, report, &mut seen, false)?;
            }
        } else {
            read_result(&mut scan, report, &mut seen, true)?;
        }
        // A folder of several projects may have images among them.
        let (tool, class) = if seen.images && !seen.projects {
            ("Snyk Container", Class::Container)
        } else {
            ("Snyk Open Source", Class::Sca)
        };
        let mut end = End::of(tool, class);
        if seen.images {
            end.besides = end.besides.with(Class::Container);
        }
        if seen.licenses {
            end.besides = end.besides.union(ClassSet::of(Class::License));
        }
        scan.finish(report, end)
    }
}

/// What the results tell of the run.
#[derive(Debug, Default)]
struct Seen {
    images: bool,
    projects: bool,
    licenses: bool,
}

/// One result, until all of it was read: a project, an image, or an error.
#[derive(Debug, Default)]
struct Project {
    items: Vec<Found>,
    listed: bool,
    ok: Option<bool>,
    failed: bool,
    image: bool,
    manager: Option<String>,
    target: Option<String>,
    file: Option<String>,
}

const MEMBERS: [&str; 10] = [
    "vulnerabilities",
    "ok",
    "error",
    "docker",
    "packageManager",
    "path",
    "displayTargetFile",
    "targetFile",
    "filtered",
    "licensesPolicy",
];

/// Each result is judged on its own (rule O51).
fn read_result(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    seen: &mut Seen,
    alone: bool,
) -> Result<(), Refusal> {
    let mut project = Project::default();
    report.window.enter_object()?;
    loop {
        let name = if alone {
            scan.member(report, &MEMBERS)?
        } else {
            let name = report.window.member()?;
            name.map(|name| MEMBERS.into_iter().find(|k| *k == name).unwrap_or_default())
        };
        match name {
            Some(name) => read_member(scan, report, seen, &mut project, name)?,
            None => return push(scan, report, seen, project),
        }
    }
}

fn read_member(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    seen: &mut Seen,
    project: &mut Project,
    name: &str,
) -> Result<(), Refusal> {
    match name {
        "vulnerabilities" => {
            project.listed = true;
            read_list(scan, report, &mut project.items, Suppression::None)?;
        }
        "filtered" => read_filtered(scan, report, &mut project.items)?,
        "ok" => project.ok = report.deciding_bool("ok")?,
        "error" => project.failed |= report.window.scalar()? != Scalar::Null,
        "docker" => {
            project.image = report.window.kind()? == Kind::Object;
            report.window.skip()?;
        }
        "packageManager" => project.manager = scan.owned(report, "packageManager")?,
        "path" => project.target = scan.owned(report, "path")?,
        "displayTargetFile" => {
            let file = scan.owned(report, "displayTargetFile")?;
            project.file = file.or(project.file.take());
        }
        "targetFile" => {
            let file = scan.owned(report, "targetFile")?;
            project.file = project.file.take().or(file);
        }
        "licensesPolicy" => {
            seen.licenses |= report.window.kind()? == Kind::Object;
            report.window.skip()?;
        }
        _ => report.window.skip()?,
    }
    Ok(())
}

/// Adds what a result has, now that its project is known.
fn push(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    seen: &mut Seen,
    project: Project,
) -> Result<(), Refusal> {
    if project.failed {
        scan.fail(RunReason::ReportedFailure);
    } else if !project.listed {
        scan.fail(RunReason::ResultsAbsent);
    } else if project.ok == Some(false) && project.items.is_empty() {
        return Err(Refusal::new(
            Code::ReportCountMismatch,
            "the report says that something was found and lists nothing",
        )
        .hint("write the report anew, with `snyk test --json-file-output=R`"));
    }
    let image = project.image;
    seen.images |= image;
    seen.projects |= !image && !project.failed;
    let path = match (image, project.file, project.target) {
        (true, _, Some(target)) => Some(report.builder.path(&target, None)),
        (false, Some(file), _) => Some(scan.path(report, &file)),
        _ => None,
    };
    for mut found in project.items {
        seen.licenses |= found.item.class == Some(Class::License);
        if found.item.class.is_none() && image {
            found.item.class = Some(Class::Container);
        }
        let ecosystem = found.manager.as_deref().or(project.manager.as_deref());
        found.item.package = PackageName::given(None, ecosystem, found.name.as_deref());
        found.item.path = path;
        scan.push(report, found.item)?;
    }
    Ok(())
}

/// One issue, until the ecosystem of its project is known.
#[derive(Debug, Default)]
struct Found {
    item: Item,
    name: Option<String>,
    manager: Option<String>,
}

fn read_list(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    items: &mut Vec<Found>,
    suppression: Suppression,
) -> Result<(), Refusal> {
    report.window.enter_array()?;
    while report.window.element()? {
        let mut found = Found::default();
        report.window.begin_item();
        if scan.enters_object(report, "vulnerabilities")? {
            found.item.suppression = suppression;
            read_issue(scan, report, &mut found)?;
        }
        report.window.end_item()?;
        items.push(found);
    }
    Ok(())
}

/// What the policy of the organisation or of the repository sets aside (rule O6).
fn read_filtered(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    items: &mut Vec<Found>,
) -> Result<(), Refusal> {
    if !scan.enters_object(report, "filtered")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        let aside = matches!(name, "ignore" | "patch");
        if aside && report.window.kind()? == Kind::Array {
            read_list(scan, report, items, Suppression::External)?;
        } else {
            report.window.skip()?;
        }
    }
    Ok(())
}

fn read_issue(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    found: &mut Found,
) -> Result<(), Refusal> {
    let item = &mut found.item;
    let mut own = ScoreParts::default();
    let (mut severity, mut with_critical) = (None, None);
    let (mut fixed, mut upgradable) = (None, None);
    let mut module = None;
    while let Some(name) = report.window.member()? {
        match name {
            "id" => {
                item.rule = scan.text(report, "id")?;
                let id = item
                    .rule
                    .map_or("", |id| report.builder.intake.texts.get(id).raw());
                if id.starts_with("snyk:lic") {
                    item.class = Some(Class::License);
                }
                item.ids.splice(0..0, item.rule);
            }
            "type" => {
                if scan.owned(report, "type")?.as_deref() == Some("license") {
                    item.class = Some(Class::License);
                }
            }
            "title" => item.title = scan.text(report, "title")?,
            "identifiers" => read_identifiers(scan, report, item)?,
            "severity" => severity = scan.severity(report, "severity")?,
            "severityWithCritical" => {
                with_critical = scan.severity(report, "severityWithCritical")?;
            }
            "cvssScore" => own.number = scan.score_number(report, "cvssScore")?,
            "CVSSv3" => own.vector = scan.owned(report, "CVSSv3")?,
            "cvssDetails" => read_details(scan, report, item)?,
            "cvssSources" => read_sources(scan, report, item)?,
            "epssDetails" => read_epss(scan, report, item)?,
            "packageName" => found.name = scan.owned(report, "packageName")?,
            "moduleName" => module = scan.owned(report, "moduleName")?,
            "packageManager" => found.manager = scan.owned(report, "packageManager")?,
            "version" => item.version = scan.text(report, "version")?,
            "from" => read_way(scan, report, item)?,
            "fixedIn" => {
                item.fixed_in = scan.texts(report, "fixedIn")?;
                fixed = Some(!item.fixed_in.is_empty());
            }
            "isUpgradable" => upgradable = report.deciding_bool("isUpgradable")?,
            "isPatched" => {
                if report.deciding_bool("isPatched")? == Some(true) {
                    item.suppression = Suppression::External;
                }
            }
            _ => report.window.skip()?,
        }
    }
    item.severity = with_critical.or(severity);
    item.fix_available = fixed.max(upgradable);
    found.name = found.name.take().or(module);
    scan.add_score(report, &mut item.scores, &own, ScoreSource::Vulnerability);
    Ok(())
}

/// The way from the project to the package, as one place (rule O50).
fn read_way(scan: &mut Scan, report: &mut Report<'_, '_>, item: &mut Item) -> Result<(), Refusal> {
    let steps = scan.texts(report, "from")?;
    let texts = &mut report.builder.intake.texts;
    let steps: Vec<&str> = steps.iter().map(|step| texts.get(*step).raw()).collect();
    if !steps.is_empty() {
        let way = steps.join(" > ");
        item.places.push(texts.intern(&way));
    }
    Ok(())
}

fn read_identifiers(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    if !scan.enters_object(report, "identifiers")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        match name {
            "CVE" => item.ids.extend(scan.texts(report, "identifiers.CVE")?),
            "GHSA" => item.ids.extend(scan.texts(report, "identifiers.GHSA")?),
            "CWE" => item
                .cwe
                .extend(scan.cwe_numbers(report, "identifiers.CWE")?),
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

/// Scores by assigner, of version 3.
fn read_details(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    scan.objects(report, "cvssDetails", |scan, report| {
        let mut parts = ScoreParts::default();
        while let Some(name) = report.window.member()? {
            match name {
                "assigner" => parts.by = scan.text(report, "cvssDetails.assigner")?,
                "cvssV3Vector" => parts.vector = scan.owned(report, "cvssDetails.cvssV3Vector")?,
                "cvssV3BaseScore" => {
                    parts.number = scan.score_number(report, "cvssDetails.cvssV3BaseScore")?;
                }
                _ => report.window.skip()?,
            }
        }
        scan.add_score(report, &mut item.scores, &parts, ScoreSource::Vulnerability);
        Ok(())
    })?;
    Ok(())
}

/// Scores by assigner, of every version.
fn read_sources(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    scan.objects(report, "cvssSources", |scan, report| {
        let mut parts = ScoreParts::default();
        while let Some(name) = report.window.member()? {
            match name {
                "assigner" => parts.by = scan.text(report, "cvssSources.assigner")?,
                "vector" => parts.vector = scan.owned(report, "cvssSources.vector")?,
                "baseScore" => parts.number = scan.score_number(report, "cvssSources.baseScore")?,
                "cvssVersion" => {
                    let version = scan.owned(report, "cvssSources.cvssVersion")?;
                    parts.version = version.as_deref().and_then(version_of);
                }
                _ => report.window.skip()?,
            }
        }
        scan.add_score(report, &mut item.scores, &parts, ScoreSource::Vulnerability);
        Ok(())
    })?;
    Ok(())
}

fn version_of(text: &str) -> Option<CvssVersion> {
    match text {
        "2.0" => Some(CvssVersion::V20),
        "3.0" => Some(CvssVersion::V30),
        "3.1" => Some(CvssVersion::V31),
        "4.0" => Some(CvssVersion::V40),
        _ => None,
    }
}

fn read_epss(scan: &mut Scan, report: &mut Report<'_, '_>, item: &mut Item) -> Result<(), Refusal> {
    if !scan.enters_object(report, "epssDetails")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        if name == "probability" {
            let probability = scan.probability(report, "epssDetails.probability")?;
            item.add_epss(probability);
        } else {
            report.window.skip()?;
        }
    }
    Ok(())
}
