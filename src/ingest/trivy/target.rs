//! One result of Trivy: a target, its class, and what was found in it.

use crate::model::{Class, PathId};

use super::super::report::Report;
use super::super::vulnerability::{Item, PackageName, Scan};
use super::super::window::{Kind, Refusal};
use super::found::{Found, Sort};

/// What was scanned.
#[derive(Debug, Default)]
pub(super) struct Artifact {
    /// Its name: of an image, what was asked for.
    pub(super) name: Option<String>,
    /// What it is, once the report said; empty where it says null.
    pub(super) kind: Option<String>,
}

impl Artifact {
    fn is(&self, word: &str) -> bool {
        self.kind.as_deref() == Some(word)
    }

    fn is_image(&self) -> bool {
        self.is("container_image")
    }

    /// True if its files are not those of the repository (rule O10).
    fn is_elsewhere(&self) -> bool {
        self.is_image() || self.is("vm")
    }
}

/// What Trivy calls a target that is no file: packages that it gathers over a whole folder or
/// system, each with a path of its own.
const NO_FILES: [&str; 8] = [
    "Python",
    "Conda",
    "Ruby",
    "Node.js",
    "Java",
    "Kubernetes",
    "OS Packages",
    "Loose File License(s)",
];

/// A result until it is known what it is of.
#[derive(Debug, Default)]
pub(super) struct Target {
    name: Option<String>,
    class: Option<String>,
    ecosystem: Option<String>,
    found: Vec<Found>,
}

impl Target {
    /// Reads a result, inside of its object.
    pub(super) fn read(scan: &mut Scan, report: &mut Report<'_, '_>) -> Result<Self, Refusal> {
        let mut target = Self::default();
        while let Some(name) = report.window.member()? {
            let (field, sort) = match name {
                "Target" => {
                    target.name = scan.owned(report, "Target")?;
                    continue;
                }
                "Class" => {
                    target.class = report.deciding_text("Class")?;
                    continue;
                }
                "Type" => {
                    target.ecosystem = scan.owned(report, "Type")?;
                    continue;
                }
                "Vulnerabilities" => ("Vulnerabilities", Sort::Vulnerability),
                "Misconfigurations" => ("Misconfigurations", Sort::Misconfiguration),
                "Secrets" => ("Secrets", Sort::Secret),
                "Licenses" => ("Licenses", Sort::License),
                "ExperimentalModifiedFindings" => {
                    target.read_modified(scan, report)?;
                    continue;
                }
                _ => {
                    report.window.skip()?;
                    continue;
                }
            };
            target.read_list(scan, report, field, sort)?;
        }
        Ok(target)
    }

    fn read_list(
        &mut self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
        field: &'static str,
        sort: Sort,
    ) -> Result<(), Refusal> {
        if report.window.kind()? == Kind::Null {
            return report.window.skip();
        }
        (report.window.enter_array()).map_err(|refusal| refusal.inside(field, None))?;
        while report.window.element()? {
            let mut found = Found::of(sort);
            if scan.enters_object(report, field)? {
                found.read(scan, report)?;
            }
            self.found.push(found);
        }
        Ok(())
    }

    /// What Trivy itself set aside (rule O6).
    fn read_modified(
        &mut self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
    ) -> Result<(), Refusal> {
        let field = "ExperimentalModifiedFindings";
        scan.objects(report, field, |scan, report| {
            let mut found = Found::set_aside();
            while let Some(name) = report.window.member()? {
                match name {
                    "Type" => {
                        let word = scan.owned(report, "ExperimentalModifiedFindings.Type")?;
                        found.sort = word.as_deref().and_then(Sort::of).or(found.sort);
                    }
                    "Finding" => {
                        if scan.enters_object(report, "ExperimentalModifiedFindings.Finding")? {
                            found.read(scan, report)?;
                        }
                    }
                    _ => report.window.skip()?,
                }
            }
            self.found.push(found);
            Ok(())
        })?;
        Ok(())
    }

    /// Adds what was found, and returns the class of the scan.
    pub(super) fn push(
        self,
        scan: &mut Scan,
        report: &mut Report<'_, '_>,
        artifact: &Artifact,
    ) -> Result<Class, Refusal> {
        let class = self.class_in(artifact);
        let Self {
            name,
            ecosystem,
            found: all,
            class: word,
        } = self;
        let is_file = word.as_deref() != Some("os-pkgs")
            && !name.as_deref().is_some_and(|name| NO_FILES.contains(&name));
        for found in all {
            let own = found.own_path().map(str::to_owned);
            let package = PackageName::given(
                found.purl.as_deref(),
                ecosystem.as_deref(),
                found.package.as_deref(),
            );
            let sort = found.sort.unwrap_or(Sort::Vulnerability);
            let Some(mut item) = found.into_item(report) else {
                continue;
            };
            item.class = Some(match sort {
                Sort::Secret => Class::Secrets,
                Sort::Misconfiguration => Class::Iac,
                Sort::License => Class::License,
                Sort::Vulnerability if class == Class::Container => class,
                Sort::Vulnerability => Class::Sca,
            });
            item.package = package;
            let place = own.as_deref().or(name.as_deref());
            let is_file = is_file || own.is_some();
            item.path = place_of(scan, report, artifact, &mut item, sort, place, is_file);
            scan.push(report, item)?;
        }
        Ok(class)
    }

    /// What scan the result is of: row 2 of the table of formats.
    fn class_in(&self, artifact: &Artifact) -> Class {
        match self.class.as_deref() {
            Some("os-pkgs") if artifact.is_image() => Class::Container,
            Some("os-pkgs" | "lang-pkgs") => Class::Sca,
            Some("config") => Class::Iac,
            Some("secret") => Class::Secrets,
            Some("license" | "license-file") => Class::License,
            _ => Class::Other,
        }
    }
}

/// The file; of an image the image, with the file in it as a place. A secret or a weakness in
/// an image has the file as a label, for nothing else tells it from its neighbours.
fn place_of(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    artifact: &Artifact,
    item: &mut Item,
    sort: Sort,
    place: Option<&str>,
    is_file: bool,
) -> Option<PathId> {
    let of_package = matches!(sort, Sort::Vulnerability | Sort::License);
    if let (true, true, Some(image)) = (artifact.is_image(), of_package, &artifact.name) {
        let texts = &mut report.builder.intake.texts;
        item.places.extend(place.map(|place| texts.intern(place)));
        return Some(report.builder.path(image, None));
    }
    let place = place?;
    if artifact.is_elsewhere() || !is_file {
        return Some(report.builder.path(place, None));
    }
    Some(scan.path(report, place))
}
