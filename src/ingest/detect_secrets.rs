//! detect-secrets baselines, from `detect-secrets scan` (S5, S37 to S40).

use crate::model::{PathId, SecretId, TextId, Triage, Validity};

use super::Ingest;
use super::detect::{self, Members, Shape};
use super::report::{Report, keep_path};
use super::run::{Found, RunFacts, SecretRun, Spot};
use super::window::{Kind, Refusal, Scalar};

/// The format `detect-secrets`.
pub(super) struct DetectSecrets;

const WORD: &str = "detect-secrets";

/// Types whose hash is the same for every secret: only the first group of their pattern is
/// hashed (rule S38).
const CONSTANT_HASH: [&str; 2] = ["GitHub Token", "Private Key"];

/// The filter that is there exactly if verification was on (rule S40).
const VERIFYING_FILTER: &str = "is_ignored_due_to_verification_policies";

impl Ingest for DetectSecrets {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.object().is_some_and(|o| {
            o.is("results", Kind::Object) && o.has_any(&["plugins_used", "generated_at"])
        })
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut members = Members::default();
        let mut facts = RunFacts::of(WORD);
        let first = report.builder.intake.findings.len();
        report.window.enter_object()?;
        let known = ["version", "generated_at", "filters_used", "results"];
        while let Some(name) = report.known_member(&mut members, &known)? {
            match name {
                "version" => facts.version = report.plain_text()?,
                "generated_at" => facts.ended = report.time()?,
                "filters_used" => facts.checked = read_filters(report)?,
                "results" => read_results(report, &mut run)?,
                _ => report.window.skip()?,
            }
        }
        detect::only_one(WORD, &members)?;
        report.last_document(&mut run.lines)?;
        if facts.checked {
            // Refuted secrets are gone already: what is not verified could not be confirmed.
            let findings = &mut report.builder.intake.findings;
            findings.change_from(first, |finding| {
                if finding.validity == Validity::NotAttempted {
                    finding.validity = Validity::Unknown;
                }
            });
        }
        run.finish(report, facts);
        Ok(())
    }
}

/// True if the filters say that verification was on.
fn read_filters(report: &mut Report<'_, '_>) -> Result<bool, Refusal> {
    if report.window.kind()? != Kind::Array {
        report.window.skip()?;
        return Ok(false);
    }
    let mut verifying = false;
    report.window.enter_array()?;
    while report.window.element()? {
        if report.window.kind()? != Kind::Object {
            report.window.skip()?;
            continue;
        }
        report.window.enter_object()?;
        while let Some(name) = report.window.member()? {
            if name == "path" {
                verifying |= matches!(report.window.scalar()?,
                    Scalar::Text(path) if path.ends_with(VERIFYING_FILTER));
            } else {
                report.window.skip()?;
            }
        }
    }
    Ok(verifying)
}

fn read_results(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        let path = keep_path(report.builder, report.shown, run, name, true);
        report.window.enter_array()?;
        while report.window.element()? {
            report.window.begin_item();
            read_item(report, run, path)?;
            report.window.end_item()?;
        }
    }
    Ok(())
}

fn read_item(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    path: PathId,
) -> Result<(), Refusal> {
    let mut rule: Option<TextId> = None;
    let mut constant_hash = false;
    let mut spot = Spot {
        path: Some(path),
        ..Spot::default()
    };
    let mut secret: Option<SecretId> = None;
    let mut verified = false;
    let mut dismissed = false;
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "type" => {
                rule = report.text(run, "type")?;
                constant_hash = rule.is_some_and(|rule| {
                    let rule = report.builder.intake.texts.get(rule);
                    CONSTANT_HASH.contains(&rule.raw())
                });
            }
            "line_number" => spot.region.line = report.position(run, "line_number")?,
            "hashed_secret" => secret = report.reference(run, WORD, "hashed_secret")?,
            "is_verified" => verified = report.deciding_bool("is_verified")?.unwrap_or(false),
            "is_secret" => dismissed = report.deciding_bool("is_secret")? == Some(false),
            _ => report.window.skip()?,
        }
    }
    let rule = report.rule(rule, None);
    run.push(
        report.builder,
        &Found {
            validity: if verified {
                Validity::Active
            } else {
                Validity::NotAttempted
            },
            triage: if dismissed {
                Triage::Dismissed
            } else {
                Triage::Open
            },
            secret: secret.filter(|_| !constant_hash),
            ..Found::at(rule, spot)
        },
    )
}
