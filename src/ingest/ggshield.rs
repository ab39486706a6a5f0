//! ggshield JSON, which nests scans in scans (S6, S41 to S43).

use crate::model::{PathId, Region, RunReason, SecretId, TextId, Triage, Validity};

use super::Ingest;
use super::detect::{self, Members, Shape};
use super::fields::ValidityWords;
use super::report::Report;
use super::run::{Found, RunFacts, SecretRun, Spot};
use super::window::{Refusal, Scalar};

/// The format `ggshield`.
pub(super) struct Ggshield;

const WORD: &str = "ggshield";

const VALIDITY_WORDS: &ValidityWords = &[
    ("valid", Validity::Active, true),
    ("invalid", Validity::Inactive, true),
    ("failed_to_check", Validity::Unknown, true),
    ("unknown", Validity::Unknown, true),
    ("no_checker", Validity::Unsupported, false),
    ("cannot_check", Validity::Unsupported, false),
    ("not_checked", Validity::NotAttempted, false),
];

impl Ingest for Ggshield {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .object()
            .is_some_and(|o| o.has_all(&["total_incidents", "total_occurrences", "type"]))
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut members = Members::default();
        let mut lost = 0;
        read_scan(report, &mut run, &mut members, &mut lost)?;
        detect::only_one(WORD, &members)?;
        report.last_document(&mut run.lines)?;
        let mut facts = RunFacts::of(WORD);
        if lost > 0 {
            run.note_incomplete(report.shown, "files could not be scanned", lost);
            facts.reasons.push(RunReason::ReportedFailure);
        }
        run.finish(report, facts);
        Ok(())
    }
}

/// A scan with the scans in it; `lost` counts the files that could not be scanned.
fn read_scan(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    members: &mut Members,
    lost: &mut u64,
) -> Result<(), Refusal> {
    let known = [
        "id",
        "type",
        "scans",
        "entities_with_incidents",
        "errors",
        "total_incidents",
    ];
    let mut id: Option<TextId> = None;
    let mut is_commit = false;
    let mut own: Vec<usize> = Vec::new();
    report.window.enter_object()?;
    while let Some(name) = report.known_member(members, &known)? {
        match name {
            "id" => id = report.text(run, "id")?,
            "type" => {
                is_commit = matches!(report.window.scalar()?, Scalar::Text("commit"));
            }
            "scans" => {
                report.each_item(run, "scans", |report, run| {
                    read_scan(report, run, &mut Members::default(), lost)
                })?;
            }
            "entities_with_incidents" => {
                report.each_item(run, "entities_with_incidents", |report, run| {
                    let first = report.builder.intake.findings.len();
                    read_entity(report, run)?;
                    own.extend(first..report.builder.intake.findings.len());
                    Ok(())
                })?;
            }
            "errors" => {
                report.each_item_or_null(run, "errors", |report, run| {
                    *lost += count_files(report, run)?;
                    Ok(())
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    if is_commit {
        for index in own {
            if let Some(mut finding) = report.builder.intake.findings.get_mut(index) {
                finding.commit = id;
            }
        }
    }
    Ok(())
}

/// How many files an error names; one where it names none.
fn count_files(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<u64, Refusal> {
    let mut files = 0_u64;
    report.the_member(run, "errors", "files", |report, run| {
        report.each_part(run, "errors.files", |report, _| {
            files += 1;
            report.window.skip()
        })
    })?;
    Ok(files.max(1))
}

/// The incidents of one file, whose name may come last.
fn read_entity(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let mut path: Option<PathId> = None;
    let first = report.builder.intake.findings.len();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "filename" => path = report.path(run, "filename", true)?,
            "incidents" => {
                report.each_item(run, "incidents", read_incident)?;
            }
            _ => report.window.skip()?,
        }
    }
    let findings = &mut report.builder.intake.findings;
    findings.change_from(first, |finding| finding.path = path);
    Ok(())
}

/// One incident: a finding for each of its occurrences.
fn read_incident(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let mut rule: Option<TextId> = None;
    let mut validity: Option<Validity> = None;
    let mut secret: Option<SecretId> = None;
    let mut triage = Triage::Open;
    let mut places: Vec<Region> = Vec::new();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "type" => rule = report.text(run, "type")?,
            "validity" => validity = report.validity(run, "validity", VALIDITY_WORDS)?,
            "ignore_sha" => secret = report.reference(run, WORD, "ignore_sha")?,
            "ignore_reason" => {
                triage = match report.window.scalar()? {
                    Scalar::Null => Triage::Open,
                    Scalar::Object | Scalar::Text(_) => Triage::Dismissed,
                    _ => {
                        let refusal = report.window.wrong_type("an object or null");
                        return Err(refusal.inside("ignore_reason", None));
                    }
                };
            }
            "occurrences" => {
                report.each_part(run, "occurrences", |report, run| {
                    places.push(read_occurrence(report, run)?);
                    Ok(())
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    if places.is_empty() {
        // It was found all the same.
        places.push(Region::default());
    }
    let rule = report.rule(rule, None);
    for region in places {
        let spot = Spot {
            region,
            ..Spot::default()
        };
        run.push(
            report.builder,
            &Found {
                validity: validity.unwrap_or(Validity::NotAttempted),
                triage,
                secret,
                ..Found::at(rule, spot)
            },
        )?;
    }
    Ok(())
}

fn read_occurrence(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Region, Refusal> {
    let mut region = Region::default();
    if !report.enter_part(run, "occurrences")? {
        return Ok(region);
    }
    while let Some(name) = report.window.member()? {
        match name {
            "line_start" => region.line = report.position(run, "occurrences.line_start")?,
            "line_end" => region.end_line = report.position(run, "occurrences.line_end")?,
            // A part of it is masked, the rest is the secret.
            "match" => report.conceal()?,
            _ => report.window.skip()?,
        }
    }
    Ok(region)
}
