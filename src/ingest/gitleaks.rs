//! gitleaks JSON: version 8, up to 7, and Betterleaks 1, which kept its shape (S2, S22 to S28).

use crate::diagnostic::{Code, Message};
use crate::model::{Evidence, PathId, Region, SecretId, TextId, Triage, Validity};

use super::Ingest;
use super::detect::{Poor, Shape};
use super::report::{Found, Report, RunFacts, SecretRun};
use super::window::{Kind, Refusal, Scalar};

/// The format `gitleaks`.
pub(super) struct Gitleaks;

impl Ingest for Gitleaks {
    fn word(&self) -> &'static str {
        "gitleaks"
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.first_item().is_some_and(|item| {
            item.has_all(&["RuleID", "StartLine", "Secret"])
                || item.has_all(&["rule", "offender", "commit"])
        })
    }

    /// Older versions write `null` for an empty list (rule S19).
    fn accepts(&self, poor: Poor) -> bool {
        matches!(poor, Poor::EmptyList | Poor::Null)
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut signs = Signs::default();
        if report.window.kind()? == Kind::Null {
            report.window.skip()?;
        } else {
            report.window.enter_array()?;
            while report.window.element()? {
                report.window.begin_item();
                read_item(report, &mut run, &mut signs)?;
                report.window.end_item()?;
            }
        }
        report.last_document(&mut run.lines)?;
        let asked_for = report.expected.tool.as_deref();
        let betterleaks = signs.betterleaks || asked_for == Some("betterleaks");
        run.finish(
            report,
            RunFacts {
                tool: if betterleaks {
                    "betterleaks"
                } else {
                    "gitleaks"
                },
                version: None,
                evidence: Evidence::Weak,
                believable: true,
                checked: signs.checked,
                ended: None,
            },
        );
        Ok(())
    }
}

/// What items tell of the tool that wrote them.
#[derive(Debug, Default)]
struct Signs {
    /// A field that only Betterleaks writes.
    betterleaks: bool,
    /// A word that says that a check was tried.
    checked: bool,
}

/// One item as far as it was read.
#[derive(Debug, Default)]
struct Item {
    rule: Option<TextId>,
    title: Option<TextId>,
    file: Option<PathId>,
    link: Option<PathId>,
    region: Region,
    commit: Option<TextId>,
    secret: Option<SecretId>,
    validity: Option<Validity>,
}

fn read_item(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    signs: &mut Signs,
) -> Result<(), Refusal> {
    let mut item = Item::default();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "RuleID" => item.rule = report.text(run, "RuleID")?,
            "rule" => item.rule = report.text(run, "rule")?,
            "Description" => item.title = report.text(run, "Description")?,
            "File" => item.file = report.path(run, "File", true)?,
            "file" => item.file = report.path(run, "file", true)?,
            "SymlinkFile" => item.link = report.path(run, "SymlinkFile", true)?,
            "StartLine" => item.region.line = report.position(run, "StartLine")?,
            "lineNumber" => item.region.line = report.position(run, "lineNumber")?,
            "EndLine" => item.region.end_line = report.position(run, "EndLine")?,
            "StartColumn" => item.region.column = report.position(run, "StartColumn")?,
            "Commit" => item.commit = report.text(run, "Commit")?,
            "commit" => item.commit = report.text(run, "commit")?,
            "Secret" => item.secret = read_value(report, run, "Secret")?,
            "offender" => item.secret = read_value(report, run, "offender")?,
            "ValidationStatus" => {
                signs.betterleaks = true;
                item.validity = read_status(report, run, signs)?;
            }
            "Attributes" => {
                signs.betterleaks = true;
                report.window.skip()?;
            }
            // `Match`, `Message`, `Line` and others can hold the secret; tags, author and
            // mail are nobody's business.
            _ => report.window.skip()?,
        }
    }
    let rule = report.rule(item.rule, item.title);
    run.push(
        report.builder,
        &Found {
            rule,
            path: item.link.or(item.file),
            region: item.region,
            commit: item.commit,
            validity: item.validity.unwrap_or(Validity::NotAttempted),
            triage: Triage::Open,
            secret: item.secret,
        },
    )
}

/// The raw value goes into the vault; its name comes back.
fn read_value(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    field: &'static str,
) -> Result<Option<SecretId>, Refusal> {
    match report.window.scalar()? {
        // What `--redact=20` leaves: a prefix of the secret (rule S24).
        Scalar::Text(value) if value.trim_end_matches(' ').ends_with("...") => {
            report.builder.vault.conceal(value);
            Ok(None)
        }
        Scalar::Text(value) => Ok(report.builder.vault.identify(value)),
        Scalar::Null => Ok(None),
        _ => {
            run.wrong_type(report.shown, field, "a string");
            Ok(None)
        }
    }
}

/// The validity by the words of Betterleaks; `None` where none is given (rules S28, S57).
fn read_status(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    signs: &mut Signs,
) -> Result<Option<Validity>, Refusal> {
    let (validity, checked, known) = match report.window.scalar()? {
        Scalar::Null => return Ok(None),
        Scalar::Text(word) => match word {
            "valid" => (Validity::Active, true, true),
            "invalid" | "revoked" => (Validity::Inactive, true, true),
            "unknown" | "error" => (Validity::Unknown, true, true),
            "needs_validation" => (Validity::Unsupported, false, true),
            "none" | "" => (Validity::NotAttempted, false, true),
            _ => (Validity::Unknown, false, false),
        },
        _ => {
            let refusal = report.window.wrong_type("a word for the validity");
            return Err(refusal.inside("ValidationStatus", None));
        }
    };
    signs.checked |= checked;
    if !known {
        let item = run.item();
        run.tally.note(
            Code::UnknownValidityWord,
            report.shown,
            || format!("[{item}].ValidationStatus"),
            || Message::from("a word for the validity of a secret is not known; it is `unknown`"),
        );
    }
    Ok(Some(validity))
}
