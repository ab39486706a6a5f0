//! Trivy JSON of schema 2: vulnerabilities, misconfigurations, secrets and licences (S13,
//! O17 to O22).
//!
//! A result says its class, so one document can be the report of several scans; each becomes
//! a run of its own, and what one of them shows proves nothing of the others.

mod found;
mod target;

use crate::diagnostic::Code;
use crate::model::{Class, ClassSet, Evidence, UntrustedText};

use super::Ingest;
use super::detect::Shape;
use super::report::Report;
use super::vulnerability::{End, Scan};
use super::window::{Kind, Refusal};
use target::{Artifact, Target};

/// The format `trivy`.
pub(super) struct Trivy;

const WORD: &str = "trivy";

/// The classes that Trivy has scanners of.
const CLASSES: [Class; 5] = [
    Class::Sca,
    Class::Container,
    Class::Iac,
    Class::Secrets,
    Class::License,
];

impl Ingest for Trivy {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.object().is_some_and(|o| {
            o.has("SchemaVersion") && o.has_any(&["ArtifactName", "ArtifactType", "Results"])
        })
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let known = [
            "Trivy",
            "CreatedAt",
            "ArtifactName",
            "ArtifactType",
            "Metadata",
            "Results",
        ];
        let mut scan = Scan::new(WORD, "Results", report);
        let mut end = End::of("Trivy", Class::Other);
        let mut artifact = Artifact::default();
        let mut ran = ClassSet::EMPTY;
        // Where results come before what they are of.
        let mut waiting: Vec<Target> = Vec::new();
        report.window.enter_object()?;
        while let Some(name) = scan.member(report, &known)? {
            match name {
                "Trivy" => end.version = read_version(&mut scan, report)?,
                "CreatedAt" => end.ended = report.time()?,
                "ArtifactName" => artifact.name = scan.owned(report, "ArtifactName")?,
                "ArtifactType" => {
                    let kind = report.deciding_text("ArtifactType")?;
                    artifact.kind = Some(kind.unwrap_or_default());
                }
                "Metadata" => read_metadata(&mut scan, report, &mut end.commits)?,
                "Results" => read_results(&mut scan, report, &artifact, &mut ran, &mut waiting)?,
                _ => report.window.skip()?,
            }
        }
        for target in waiting {
            ran = ran.with(target.push(&mut scan, report, &artifact)?);
        }
        end.each = Some(classes_of_runs(&mut scan, report, ran));
        scan.finish(report, end)
    }
}

/// What the results show ran, and what the report entry says ran: Trivy leaves out the
/// results of a scan for secrets that found none.
fn classes_of_runs(
    scan: &mut Scan,
    report: &Report<'_, '_>,
    ran: ClassSet,
) -> Vec<(Class, Evidence)> {
    let mut runs: Vec<(Class, Evidence)> =
        ran.iter().map(|class| (class, Evidence::Strong)).collect();
    let declared = report.expected.class;
    if let Some(class) = declared.filter(|class| CLASSES.contains(class) && !ran.contains(*class)) {
        runs.push((class, Evidence::Weak));
    }
    if ran.is_empty() {
        scan.note_report(
            report,
            Code::NoTargets,
            "the report has no results: nothing was found that could be scanned",
            None,
        );
        if runs.is_empty() {
            scan.note_report(
                report,
                Code::ToolClassUndeclared,
                "Trivy has scanners of several classes, and a report without results does not say which ran",
                Some("say `class: secrets` (or another) in the report entry if that is what it scanned for"),
            );
        }
    }
    runs
}

fn read_version(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
) -> Result<Option<UntrustedText>, Refusal> {
    let mut version = None;
    if scan.enters_object(report, "Trivy")? {
        while let Some(name) = report.window.member()? {
            if name == "Version" {
                version = report.plain_text()?;
            } else {
                report.window.skip()?;
            }
        }
    }
    Ok(version)
}

/// The commit that was scanned, where Trivy knows it.
fn read_metadata(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    commits: &mut Vec<String>,
) -> Result<(), Refusal> {
    if scan.enters_object(report, "Metadata")? {
        while let Some(name) = report.window.member()? {
            if name == "Commit" {
                commits.extend(scan.owned(report, "Metadata.Commit")?);
            } else {
                report.window.skip()?;
            }
        }
    }
    Ok(())
}

/// Null is an empty list (rule O17).
fn read_results(
    scan: &mut Scan,
    report: &mut Report<'_, '_>,
    artifact: &Artifact,
    ran: &mut ClassSet,
    waiting: &mut Vec<Target>,
) -> Result<(), Refusal> {
    if report.window.kind()? == Kind::Null {
        return report.window.skip();
    }
    (report.window.enter_array()).map_err(|refusal| refusal.inside("Results", None))?;
    while report.window.element()? {
        report.window.begin_item();
        if scan.enters_object(report, "result")? {
            let target = Target::read(scan, report)?;
            if artifact.kind.is_some() {
                *ran = ran.with(target.push(scan, report, artifact)?);
            } else {
                waiting.push(target);
            }
        } else {
            scan.malformed(report)?;
            *ran = ran.with(Class::Other);
        }
        report.window.end_item()?;
    }
    Ok(())
}
