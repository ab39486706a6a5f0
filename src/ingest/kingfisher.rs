//! Kingfisher: one document, a line for each finding, or what it writes to standard output,
//! the report and then a summary in which `findings` is a number (S10, S30, S46, S47).

use jiff::Timestamp;

use crate::model::{Evidence, RunReason, UntrustedText, Validity};

use super::Ingest;
use super::detect::{self, Members, Shape};
use super::fields::{ValidityWords, check_count};
use super::item::Item;
use super::report::Report;
use super::run::{RunFacts, SecretRun};
use super::window::{Kind, Refusal};

/// The format `kingfisher`.
pub(super) struct Kingfisher;

const WORD: &str = "kingfisher";

/// Words of `validation.outcome`. Only a check that came to an end proves that checks are
/// made (rule S58).
const OUTCOME_WORDS: &ValidityWords = &[
    ("active", Validity::Active, true),
    ("inactive", Validity::Inactive, true),
    ("not_attempted", Validity::NotAttempted, false),
    ("assumed", Validity::NotAttempted, false),
    ("invalid_material", Validity::Unknown, false),
    ("locally_derived", Validity::Unknown, false),
    ("unknown", Validity::Unknown, false),
];

/// Texts of `validation.status`, which versions before `outcome` have alone.
const STATUS_WORDS: &ValidityWords = &[
    ("Active Credential", Validity::Active, true),
    ("Inactive Credential", Validity::Inactive, true),
    ("Not Attempted", Validity::NotAttempted, false),
];

impl Ingest for Kingfisher {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.object().is_some_and(|o| {
            let report = o.is("findings", Kind::Array) && o.has("audit");
            report || o.has_all(&["rule", "finding"])
        })
    }

    /// Versions before `audit`.
    fn fits_if_declared(&self, shape: &Shape) -> bool {
        shape
            .object()
            .is_some_and(|o| o.is("findings", Kind::Array))
    }

    fn reads_lines(&self) -> bool {
        true
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut told = Told::default();
        while report.next_object(&mut run.lines)? {
            read_document(report, &mut run, &mut told)?;
        }
        for stated in &told.stated {
            check_count(Some(*stated), u64::from(run.item()))?;
        }
        let mut facts = RunFacts::of(WORD);
        facts.version = told.version;
        facts.ended = told.ended;
        match told.complete {
            Some(true) => facts.evidence = Evidence::Strong,
            Some(false) => {
                let message = "a repository was not scanned, or not to the end, as the report says";
                run.note_incomplete(report.shown, message, 1);
                facts.fail(RunReason::Incomplete);
            }
            None => {}
        }
        run.finish(report, facts);
        Ok(())
    }
}

/// What the report tells of its scan.
#[derive(Debug, Default)]
struct Told {
    /// By `audit.summary`: every repository was scanned to its end.
    complete: Option<bool>,
    /// How many findings there are, wherever that is said.
    stated: Vec<u64>,
    version: Option<UntrustedText>,
    ended: Option<Timestamp>,
}

/// A report, one finding, or the summary.
fn read_document(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    told: &mut Told,
) -> Result<(), Refusal> {
    let known = [
        "findings",
        "rule",
        "finding",
        "audit",
        "metadata",
        "successful_validations",
        "failed_validations",
    ];
    let mut members = Members::default();
    let mut item = Item::default();
    report.window.begin_item();
    report.window.enter_object()?;
    while let Some(name) = report.known_member(&mut members, &known)? {
        match name {
            "findings" if members.is("findings", Kind::Number) => {
                told.stated.extend(report.deciding_count("findings")?);
            }
            "findings" => {
                report.each_item(run, "findings", read_item)?;
            }
            "rule" => read_rule(report, run, &mut item)?,
            "finding" => read_finding(report, run, &mut item)?,
            "audit" => read_audit(report, run, told)?,
            "metadata" => read_metadata(report, run, told)?,
            "successful_validations" | "failed_validations" => {
                let tried = report.deciding_count(name)?;
                run.checked |= tried.is_some_and(|tried| tried > 0);
            }
            _ => report.window.skip()?,
        }
    }
    if members.has_all(&["rule", "finding"]) {
        report.window.end_item()?;
        detect::only_one(WORD, &members)?;
        item.push(report, run)
    } else if members.has_any(&["findings", "audit"]) {
        // As lines, the account of the scan is a document of its own.
        detect::only_one(WORD, &members)
    } else {
        run.stray(WORD, &members)
    }
}

fn read_audit(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    told: &mut Told,
) -> Result<(), Refusal> {
    if !report.enter_part(run, "audit")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        match name {
            "completed_at" => told.ended = report.time()?,
            "summary" => {
                let (mut succeeded, mut lost) = (0, 0);
                report.window.enter_object()?;
                while let Some(name) = report.window.member()? {
                    match name {
                        "scan_succeeded" => {
                            succeeded = report.deciding_count("scan_succeeded")?.unwrap_or(0);
                        }
                        "scan_failed" | "scan_partial" => {
                            lost = report
                                .deciding_count("audit.summary")?
                                .unwrap_or(0)
                                .max(lost);
                        }
                        _ => report.window.skip()?,
                    }
                }
                told.complete = Some(succeeded > 0 && lost == 0 && told.complete.unwrap_or(true));
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

fn read_metadata(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    told: &mut Told,
) -> Result<(), Refusal> {
    if !report.enter_part(run, "metadata")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        match name {
            "kingfisher_version" => told.version = report.plain_text()?,
            "summary" => {
                if !report.enter_part(run, "metadata.summary")? {
                    continue;
                }
                while let Some(name) = report.window.member()? {
                    match name {
                        "findings" => {
                            told.stated
                                .extend(report.deciding_count("metadata.summary.findings")?);
                        }
                        "successful_validations" | "failed_validations" => {
                            let tried = report.deciding_count("metadata.summary")?;
                            run.checked |= tried.is_some_and(|tried| tried > 0);
                        }
                        _ => report.window.skip()?,
                    }
                }
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

fn read_item(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let mut item = Item::default();
    report.window.begin_item();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "rule" => read_rule(report, run, &mut item)?,
            "finding" => read_finding(report, run, &mut item)?,
            _ => report.window.skip()?,
        }
    }
    report.window.end_item()?;
    item.push(report, run)
}

fn read_rule(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    item: &mut Item,
) -> Result<(), Refusal> {
    let mut short_name = None;
    if !report.enter_part(run, "rule")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        match name {
            "id" => item.rule = report.text(run, "rule.id")?,
            "name" => short_name = report.text(run, "rule.name")?,
            "description" => item.title = report.text(run, "rule.description")?,
            _ => report.window.skip()?,
        }
    }
    item.rule = item.rule.or(short_name);
    item.title = item.title.or(short_name);
    Ok(())
}

fn read_finding(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    item: &mut Item,
) -> Result<(), Refusal> {
    if !report.enter_part(run, "finding")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        match name {
            "path" => item.spot.path = report.path(run, "finding.path", true)?,
            "line" => item.spot.region.line = report.position(run, "finding.line")?,
            "column_start" => {
                item.spot.region.column = report.position(run, "finding.column_start")?;
            }
            "snippet" => item.value = report.value(run, "finding.snippet")?,
            "dependent_captures" => report.conceal_members()?,
            "validation" => read_validation(report, run, item)?,
            "git_metadata" => read_git(report, run, item)?,
            // Commands and the validation's response hold the value; the fingerprint is
            // another one in each run.
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

fn read_validation(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    item: &mut Item,
) -> Result<(), Refusal> {
    let (mut outcome, mut status) = (None, None);
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "outcome" => outcome = report.validity(run, "validation.outcome", OUTCOME_WORDS)?,
            "status" => {
                status = report.deciding_word("validation.status", |text| {
                    STATUS_WORDS.iter().find(|(known, ..)| *known == text)
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    item.validity = match (outcome, status) {
        (Some(outcome), _) => Some(outcome),
        (None, Some(Some((_, validity, tried)))) => {
            run.checked |= tried;
            Some(*validity)
        }
        (None, Some(None)) => Some(Validity::Unknown),
        (None, None) => None,
    };
    Ok(())
}

fn read_git(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    item: &mut Item,
) -> Result<(), Refusal> {
    let field = "finding.git_metadata";
    item.spot.commit = report.the_member(run, field, "commit", |report, run| {
        report.the_member(run, "finding.git_metadata.commit", "id", |report, run| {
            report.text(run, "finding.git_metadata.commit.id")
        })
    })?;
    Ok(())
}
