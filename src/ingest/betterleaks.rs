//! Betterleaks 2: one document, or lines that end with a `scan` trailer (S3, S29, S30).

use jiff::Timestamp;

use crate::model::{Evidence, RunReason, UntrustedText, Validity};

use super::Ingest;
use super::detect::{self, Members, Shape};
use super::fields::{ValidityWords, check_count};
use super::item::Item;
use super::report::Report;
use super::run::{RunFacts, SecretRun};
use super::window::Refusal;

/// The format `betterleaks`. Betterleaks 1 wrote gitleaks' shape and is read there.
pub(super) struct Betterleaks;

const WORD: &str = "betterleaks";

/// Its words for the validity of a secret, which version 1 has too.
pub(super) const STATUS_WORDS: &ValidityWords = &[
    ("valid", Validity::Active, true),
    ("invalid", Validity::Inactive, true),
    ("revoked", Validity::Inactive, true),
    ("unknown", Validity::Unknown, true),
    ("error", Validity::Unknown, true),
    ("needs_validation", Validity::Unsupported, false),
    ("none", Validity::NotAttempted, false),
    ("", Validity::NotAttempted, false),
];

impl Ingest for Betterleaks {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .object()
            .is_some_and(|o| o.has("schema_version") && o.has_any(&["findings", "finding", "scan"]))
    }

    fn reads_lines(&self) -> bool {
        true
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut scan = Scan::default();
        while report.next_object(&mut run.lines)? {
            read_document(report, &mut run, &mut scan)?;
        }
        check_count(scan.stated, u64::from(run.item()))?;
        let mut facts = RunFacts::of(WORD);
        facts.version = scan.version;
        facts.ended = scan.ended;
        match scan.complete {
            Some(true) => facts.evidence = Evidence::Strong,
            Some(false) => {
                run.note_incomplete(report.shown, "the scan is not complete, as it says", 1);
                facts.fail(RunReason::Incomplete);
            }
            None => {
                let message = "the report ends without the part that says how the scan ended";
                run.note_incomplete(report.shown, message, 1);
                facts.fail(RunReason::Incomplete);
            }
        }
        run.finish(report, facts);
        Ok(())
    }
}

/// What the `scan` part says; of several, all of them.
#[derive(Debug, Default)]
struct Scan {
    complete: Option<bool>,
    stated: Option<u64>,
    version: Option<UntrustedText>,
    ended: Option<Timestamp>,
}

fn read_document(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    scan: &mut Scan,
) -> Result<(), Refusal> {
    let mut members = Members::default();
    report.window.enter_object()?;
    while let Some(name) = report.known_member(&mut members, &["findings", "finding", "scan"])? {
        match name {
            "findings" => {
                report.each_item(run, "findings", read_finding)?;
            }
            "finding" => read_finding(report, run)?,
            "scan" => read_scan(report, run, scan)?,
            _ => report.window.skip()?,
        }
    }
    if members.has_any(&["findings", "finding", "scan"]) {
        detect::only_one(WORD, &members)
    } else {
        run.stray(WORD, &members)
    }
}

fn read_scan(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    scan: &mut Scan,
) -> Result<(), Refusal> {
    let mut complete = false;
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "state" => {
                let is_complete = report.deciding_word("state", |word| word == "complete")?;
                complete = is_complete.unwrap_or(false);
            }
            "num_findings" => {
                if let Some(stated) = report.deciding_count("num_findings")? {
                    scan.stated = Some(scan.stated.unwrap_or(0).saturating_add(stated));
                }
            }
            "status_counts" => run.checked |= any_status(report)?,
            "betterleaks_version" => scan.version = report.plain_text()?,
            "finished" => scan.ended = report.time()?,
            _ => report.window.skip()?,
        }
    }
    scan.complete = Some(complete && scan.complete.unwrap_or(true));
    Ok(())
}

/// True if a status other than `none` has a count above 0 (rule S58).
fn any_status(report: &mut Report<'_, '_>) -> Result<bool, Refusal> {
    let mut any = false;
    report.window.enter_object()?;
    while let Some(status) = report.window.member()? {
        let is_none = status == "none";
        let count = report.deciding_count("status_counts")?;
        any |= !is_none && count.is_some_and(|count| count > 0);
    }
    Ok(any)
}

fn read_finding(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let mut item = Item::default();
    report.window.begin_item();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "rule_id" => item.rule = report.text(run, "rule_id")?,
            "description" => item.title = report.text(run, "description")?,
            "match" => read_match(report, run, &mut item)?,
            "location" => read_location(report, run, &mut item)?,
            "attributes" => {
                item.spot.commit =
                    report.the_member(run, "attributes", "git.sha", |report, run| {
                        report.text(run, "attributes.git.sha")
                    })?;
            }
            "validation" => read_validation(report, run, &mut item)?,
            "component_sets" => read_component_sets(report, run, &mut item)?,
            _ => report.window.skip()?,
        }
    }
    report.window.end_item()?;
    item.push(report, run)
}

/// The fingerprint is a plain hash of the value unless the tool was given a key.
fn read_match(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    item: &mut Item,
) -> Result<(), Refusal> {
    if !report.enter_part(run, "match")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        match name {
            "value" => item.value = report.value_or_prefix(run, "match.value")?,
            "fingerprint" => {
                item.own_hash = report.reference(run, WORD, "match.fingerprint")?;
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

fn read_location(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    item: &mut Item,
) -> Result<(), Refusal> {
    if !report.enter_part(run, "location")? {
        return Ok(());
    }
    while let Some(name) = report.window.member()? {
        match name {
            "path" => item.spot.path = report.path(run, "location.path", true)?,
            "start_line" => item.spot.region.line = report.position(run, "location.start_line")?,
            "end_line" => item.spot.region.end_line = report.position(run, "location.end_line")?,
            "start_column" => {
                item.spot.region.column = report.position(run, "location.start_column")?;
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

/// The field of one finding's validity, as the tool's source has it; no report with one was
/// seen. Its reason and metadata are not kept.
fn read_validation(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    item: &mut Item,
) -> Result<(), Refusal> {
    let status = report.the_member(run, "validation", "status", |report, run| {
        report.validity(run, "validation.status", STATUS_WORDS)
    })?;
    if let Some(status) = status {
        item.validity = Some(item.validity.map_or(status, |known| known.worst(status)));
    }
    Ok(())
}

/// The parts of a secret of several parts are no findings; their values are scrubbed too
/// (rule S29). A set can be checked on its own.
fn read_component_sets(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    item: &mut Item,
) -> Result<(), Refusal> {
    report.each_part(run, "component_sets", |report, run| {
        if !report.enter_part(run, "component_sets")? {
            return Ok(());
        }
        while let Some(name) = report.window.member()? {
            match name {
                "components" => {
                    report.each_part(run, "component_sets.components", conceal_component)?;
                }
                "validation" => read_validation(report, run, item)?,
                _ => report.window.skip()?,
            }
        }
        Ok(())
    })
}

fn conceal_component(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let field = "component_sets.components";
    report.the_member(run, field, "match", |report, run| {
        if !report.enter_part(run, field)? {
            return Ok(());
        }
        while let Some(name) = report.window.member()? {
            match name {
                "value" | "fingerprint" => report.conceal()?,
                _ => report.window.skip()?,
            }
        }
        Ok(())
    })
}
