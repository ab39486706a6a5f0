//! OSV-Scanner JSON, from `osv-scanner … --format json` (O28 to O31).

use crate::model::{Class, ClassSet, Level, PathId, ScoreSource, Severity, Tenths, TextId};

use super::Ingest;
use super::detect::{Poor, Shape};
use super::report::Report;
use super::vulnerability::{End, Item, PackageName, Scan, ScoreParts};
use super::window::{Refusal, Scalar};

/// The format `osv-scanner`.
pub(super) struct OsvScanner;

const WORD: &str = "osv-scanner";

impl Ingest for OsvScanner {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.object().is_some_and(|o| {
            let found = o
                .first_of("results")
                .is_some_and(|r| r.has_all(&["source", "packages"]));
            let none = o.is_empty_array("results") && o.has("experimental_config");
            found || none
        })
    }

    fn accepts(&self, _poor: Poor) -> bool {
        false
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut scan = Scan::new(WORD, "results.packages.vulnerabilities", report);
        let mut end = End::of(WORD, Class::Sca);
        let mut seen = Seen::default();
        report.window.enter_object()?;
        while let Some(name) = scan.member(report, &["results"])? {
            if name == "results" {
                let mut sources = SourceClasses::default();
                read_results(&mut scan, report, &mut seen, &mut sources)?;
                // A report of nothing but system packages is a scan of a system.
                if sources.of_system && !sources.others {
                    end.class = Class::Container;
                } else if sources.of_system {
                    end.besides = end.besides.with(Class::Container);
                }
            } else {
                report.window.skip()?;
            }
        }
        if seen.licenses {
            end.besides = end.besides.union(ClassSet::of(Class::License));
        }
        scan.finish(report, end)
    }
}

/// What the packages tell of the run.
#[derive(Debug, Default)]
struct Seen {
    licenses: bool,
}

#[derive(Debug, Default)]
struct SourceClasses {
    of_system: bool,
    others: bool,
}

/// One package with all that was found in it, until its groups are known.
#[derive(Debug, Default)]
struct Package {
    name: Option<String>,
    ecosystem: Option<String>,
    version: Option<TextId>,
    found: Vec<Found>,
    groups: Vec<Group>,
    violations: Vec<TextId>,
}

/// One vulnerability.
#[derive(Debug, Default)]
struct Found {
    item: Item,
    malware: bool,
}

/// Ids that are one vulnerability.
#[derive(Debug, Default)]
struct Group {
    ids: Vec<TextId>,
    max_severity: Option<Tenths>,
    /// Ids of which the code that is vulnerable is never called.
    uncalled: Vec<TextId>,
}

/// The sources: an element, in the sense of the limits, is one vulnerability.
fn read_results(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    seen: &mut Seen,
    classes: &mut SourceClasses,
) -> Result<(), Refusal> {
    report.window.enter_array()?;
    while report.window.element()? {
        if scan.enters_object(report, "results")? {
            read_source(scan, report, seen, classes)?;
        } else {
            scan.malformed(report)?;
        }
    }
    Ok(())
}

fn read_source(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    seen: &mut Seen,
    classes: &mut SourceClasses,
) -> Result<(), Refusal> {
    let mut packages = Vec::new();
    let (mut path, mut kind) = (None, None);
    while let Some(name) = report.window.member()? {
        match name {
            "source" => {
                if scan.enters_object(report, "source")? {
                    while let Some(name) = report.window.member()? {
                        match name {
                            "path" => path = scan.owned(report, "source.path")?,
                            "type" => kind = report.deciding_text("source.type")?,
                            _ => report.window.skip()?,
                        }
                    }
                }
            }
            "packages" => {
                if scan.enters_array(report, "packages")? {
                    while report.window.element()? {
                        packages.push(if scan.enters_object(report, "packages")? {
                            read_package(scan, report, seen)?
                        } else {
                            Package {
                                found: vec![Found::default()],
                                ..Package::default()
                            }
                        });
                    }
                }
            }
            _ => report.window.skip()?,
        }
    }
    let of_system = kind.as_deref() == Some("os");
    classes.of_system |= of_system;
    classes.others |= !of_system;
    let path = path.map(|path| {
        if of_system {
            // A file of the system that was scanned is none of the repository (rule O10).
            report.builder.path(&path, None)
        } else {
            scan.path(report, &path)
        }
    });
    let class = of_system.then_some(Class::Container);
    for package in packages {
        push(scan, report, package, path, class)?;
    }
    Ok(())
}

fn read_package(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    seen: &mut Seen,
) -> Result<Package, Refusal> {
    let mut package = Package::default();
    while let Some(name) = report.window.member()? {
        match name {
            "package" => {
                if scan.enters_object(report, "package")? {
                    while let Some(name) = report.window.member()? {
                        match name {
                            "name" => package.name = scan.owned(report, "package.name")?,
                            "ecosystem" => {
                                package.ecosystem = scan.owned(report, "package.ecosystem")?;
                            }
                            "version" => package.version = scan.text(report, "package.version")?,
                            _ => report.window.skip()?,
                        }
                    }
                }
            }
            "vulnerabilities" => {
                if scan.enters_array(report, "vulnerabilities")? {
                    while report.window.element()? {
                        let mut found = Found::default();
                        report.window.begin_item();
                        if scan.enters_object(report, "vulnerabilities")? {
                            read_vulnerability(scan, report, &mut found)?;
                        }
                        report.window.end_item()?;
                        package.found.push(found);
                    }
                }
            }
            "groups" => {
                scan.objects(report, "groups", |scan, report| {
                    package.groups.push(read_group(scan, report)?);
                    Ok(())
                })?;
            }
            "licenses" => {
                seen.licenses = true;
                report.window.skip()?;
            }
            "license_violations" => {
                seen.licenses = true;
                package.violations = scan.texts(report, "license_violations")?;
            }
            _ => report.window.skip()?,
        }
    }
    Ok(package)
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
                let id = item
                    .rule
                    .map(|id| report.builder.intake.texts.get(id).raw());
                found.malware = id.is_some_and(|id| id.starts_with("MAL-"));
                // The tool's own id goes before the aliases.
                item.ids.splice(0..0, item.rule);
            }
            "aliases" => item.ids.extend(scan.texts(report, "aliases")?),
            "summary" => item.title = scan.text(report, "summary")?,
            "severity" => read_scores(scan, report, item)?,
            "affected" => {
                item.fix_available.get_or_insert(false);
                scan.objects(report, "affected", |scan, report| {
                    read_affected(scan, report, item)
                })?;
            }
            "database_specific" => {
                if scan.enters_object(report, "database_specific")? {
                    while let Some(name) = report.window.member()? {
                        match name {
                            // Each database has its own form for it, which is not OSV's.
                            "severity" => read_word(scan, report, item)?,
                            "cwe_ids" => item.cwe.extend(scan.cwe_numbers(report, "cwe_ids")?),
                            _ => report.window.skip()?,
                        }
                    }
                }
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

/// A word of one database; what is no word says nothing.
fn read_word(scan: &mut Scan, report: &mut Report<'_, '_>, item: &mut Item) -> Result<(), Refusal> {
    if report.window.kind()? == super::window::Kind::Text {
        let severity = scan.severity(report, "database_specific.severity")?;
        item.add_severity(severity);
        return Ok(());
    }
    report.window.skip()
}

/// Vectors by type; of other types a distribution's word (rule O28). Null for malware.
fn read_scores(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    scan.objects(report, "severity", |scan, report| {
        let (mut kind, mut score) = (None, None);
        while let Some(name) = report.window.member()? {
            match name {
                "type" => kind = scan.owned(report, "severity.type")?,
                "score" => score = scan.owned(report, "severity.score")?,
                _ => report.window.skip()?,
            }
        }
        let is_vector = kind.as_deref().is_none_or(|kind| kind.starts_with("CVSS"));
        if is_vector {
            let parts = ScoreParts {
                vector: score,
                ..ScoreParts::default()
            };
            scan.add_score(report, &mut item.scores, &parts, ScoreSource::Vulnerability);
        } else if let Some(word) = score {
            let severity = scan.severity_word(report, "severity.score", &word);
            item.add_severity(severity);
        }
        Ok(())
    })?;
    Ok(())
}

fn read_affected(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    item: &mut Item,
) -> Result<(), Refusal> {
    while let Some(name) = report.window.member()? {
        match name {
            "ranges" => {
                scan.objects(report, "affected.ranges", |scan, report| {
                    while let Some(name) = report.window.member()? {
                        if name != "events" {
                            report.window.skip()?;
                            continue;
                        }
                        scan.objects(report, "affected.ranges.events", |_, report| {
                            while let Some(name) = report.window.member()? {
                                let names_fix = name == "fixed";
                                let value = report.window.scalar()?;
                                if names_fix && matches!(value, Scalar::Text(v) if !v.is_empty()) {
                                    item.fix_available = Some(true);
                                }
                            }
                            Ok(())
                        })?;
                    }
                    Ok(())
                })?;
            }
            "severity" => read_scores(scan, report, item)?,
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

fn read_group(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<Group, Refusal> {
    let mut group = Group::default();
    while let Some(name) = report.window.member()? {
        match name {
            "ids" => group.ids.extend(scan.texts(report, "groups.ids")?),
            "aliases" => group.ids.extend(scan.texts(report, "groups.aliases")?),
            "max_severity" => {
                group.max_severity = scan.score_number(report, "groups.max_severity")?;
            }
            "experimental_analysis" | "experimentalAnalysis" => {
                if scan.enters_object(report, "groups.experimental_analysis")? {
                    while let Some(name) = report.window.member()? {
                        let id = name.to_owned();
                        if is_uncalled(scan, report)? {
                            group.uncalled.push(report.builder.intake.texts.intern(&id));
                        }
                    }
                }
            }
            _ => report.window.skip()?,
        }
    }
    Ok(group)
}

fn is_uncalled(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<bool, Refusal> {
    let mut uncalled = false;
    if scan.enters_object(report, "groups.experimental_analysis")? {
        while let Some(name) = report.window.member()? {
            if name == "called" {
                uncalled = report.window.scalar()? == Scalar::Bool(false);
            } else {
                report.window.skip()?;
            }
        }
    }
    Ok(uncalled)
}

/// Adds what was found in a package, now that its groups are known.
fn push(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    package: Package,
    path: Option<PathId>,
    class: Option<Class>,
) -> Result<(), Refusal> {
    let name = PackageName::given(None, package.ecosystem.as_deref(), package.name.as_deref());
    for found in package.found {
        let mut item = found.item;
        item.class = class;
        item.path = path;
        item.package.clone_from(&name);
        item.version = package.version;
        if let Some(rule) = item.rule {
            let groups = package.groups.iter().filter(|g| g.ids.contains(&rule));
            for group in groups {
                item.ids.extend(&group.ids);
                if let (true, Some(number)) = (item.scores.is_empty(), group.max_severity) {
                    let parts = ScoreParts {
                        number: Some(number),
                        ..ScoreParts::default()
                    };
                    scan.add_score(report, &mut item.scores, &parts, ScoreSource::Group);
                }
                if group.uncalled.contains(&rule) {
                    item.tags
                        .push(report.builder.intake.texts.intern("unreachable"));
                }
            }
        }
        if found.malware {
            item.severity = Some(Severity::Critical);
            item.scores.add_derived(Tenths::MAX, ScoreSource::Malware);
        }
        scan.push(report, item)?;
    }
    for license in package.violations {
        let item = Item {
            class: Some(Class::License),
            rule: Some(license),
            level: Some(Level::Warning),
            package: name.clone(),
            version: package.version,
            path,
            ..Item::default()
        };
        scan.push(report, item)?;
    }
    Ok(())
}
