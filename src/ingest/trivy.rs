//! Secrets in Trivy JSON (S13, O17, O22).
//!
//! Results of other classes are not read yet. A report that has one is refused as a whole:
//! what it found, or that it found nothing, must not be lost behind the secrets.

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::model::{Class, Evidence, UntrustedText};

use super::Ingest;
use super::detect::{self, Members, Shape};
use super::item::Item;
use super::report::{Report, keep_path};
use super::run::{RunFacts, SecretRun};
use super::window::{Refusal, Scalar};

/// The format `trivy`.
pub(super) struct Trivy;

const WORD: &str = "trivy";

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
        let known = ["Trivy", "CreatedAt", "ArtifactType", "Metadata", "Results"];
        let mut run = SecretRun::default();
        let mut members = Members::default();
        let mut facts = RunFacts::of(WORD);
        let mut in_repository = true;
        let mut targets = 0_u64;
        report.window.enter_object()?;
        while let Some(name) = report.known_member(&mut members, &known)? {
            match name {
                "Trivy" => {
                    facts.version =
                        report.the_member(&mut run, "Trivy", "Version", |report, _| {
                            report.plain_text()
                        })?;
                }
                "CreatedAt" => facts.ended = report.time()?,
                "ArtifactType" => {
                    in_repository = !matches!(
                        report.window.scalar()?,
                        Scalar::Text("container_image" | "vm")
                    );
                }
                "Metadata" => {
                    let commit =
                        report.the_member(&mut run, "Metadata", "Commit", |report, _| {
                            report.plain_text()
                        })?;
                    let commit = commit.map(|commit| commit.raw().to_owned());
                    facts.commits.extend(commit);
                }
                "Results" => {
                    targets = report.each_item_or_null(&mut run, "Results", |report, run| {
                        read_result(report, run, in_repository)
                    })?;
                }
                _ => report.window.skip()?,
            }
        }
        detect::only_one(WORD, &members)?;
        report.last_document(&mut run.lines)?;
        if targets > 0 {
            facts.evidence = Evidence::Strong;
        } else {
            no_targets(report, &mut run, &mut facts)?;
        }
        run.finish(report, facts);
        Ok(())
    }
}

/// A report without results does not tell which of Trivy's scanners ran: it counts as a scan
/// for secrets only where the entry says that it is one.
fn no_targets(
    report: &Report<'_, '_>,
    run: &mut SecretRun,
    facts: &mut RunFacts,
) -> Result<(), Refusal> {
    match report.expected.class {
        Some(Class::Secrets) => {}
        Some(_) => return Err(detect::unsupported("trivy-other-classes")),
        None => {
            facts.class = None;
            run.tally.add(
                Diagnostic::new(
                    Code::ToolClassUndeclared,
                    "Trivy has scanners of several classes, and a report without results does not say which ran",
                )
                .at(Place::report(report.shown))
                .hint("say `class: secrets` in the report entry if that is what it scanned for"),
            );
        }
    }
    run.tally.add(
        Diagnostic::new(
            Code::NoTargets,
            "the report has no results: nothing was found that could be scanned",
        )
        .at(Place::report(report.shown)),
    );
    Ok(())
}

/// What was found in one target, whose name may come last.
fn read_result(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    in_repository: bool,
) -> Result<(), Refusal> {
    let first = report.builder.intake.findings.len();
    let mut is_secrets = false;
    let mut target: Option<UntrustedText> = None;
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "Target" => target = report.plain_text()?,
            "Class" => {
                let class = report.deciding_word("Class", |word| word == "secret")?;
                is_secrets = class.unwrap_or(false);
            }
            "Secrets" => {
                report.each_item_or_null(run, "Secrets", read_secret)?;
            }
            _ => report.window.skip()?,
        }
    }
    if !is_secrets {
        return Err(detect::unsupported("trivy-other-classes"));
    }
    if let Some(target) = target {
        let text = target.raw();
        let path = keep_path(report.builder, report.shown, run, text, in_repository);
        let findings = &mut report.builder.intake.findings;
        for finding in findings.iter_mut().skip(first) {
            finding.path = Some(path);
        }
    }
    Ok(())
}

fn read_secret(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let mut item = Item::default();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "RuleID" => item.rule = report.text(run, "RuleID")?,
            "Title" => item.title = report.text(run, "Title")?,
            "StartLine" => item.spot.region.line = report.position(run, "StartLine")?,
            "EndLine" => item.spot.region.end_line = report.position(run, "EndLine")?,
            // `Match` and `Code` show lines of the file, and not all of them censored; the
            // layer of an image is no commit.
            _ => report.window.skip()?,
        }
    }
    item.push(report, run)
}
