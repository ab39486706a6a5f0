//! GitLab's security reports of category secret detection (S8, O38, O40).
//!
//! A report of another category is refused: nothing in it may be taken for clean.

use crate::model::{Class, Evidence, RunReason, SecretId, Suppression, TextId, UntrustedText};

use super::Ingest;
use super::detect::{self, Members, Poor, Shape};
use super::item::Item;
use super::report::Report;
use super::run::{RunFacts, SecretRun, Spot};
use super::window::{Kind, Refusal, Scalar};

/// The format `gitlab`.
pub(super) struct Gitlab;

const WORD: &str = "gitlab";

/// The category whose findings are read.
const SECRETS: &str = "secret_detection";

impl Ingest for Gitlab {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .object()
            .is_some_and(|o| o.is("scan", Kind::Object) && o.is("vulnerabilities", Kind::Array))
    }

    fn accepts(&self, poor: Poor) -> bool {
        poor == Poor::NoScan
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut members = Members::default();
        let mut scan = Scan::default();
        let mut uncategorised = false;
        report.window.enter_object()?;
        while let Some(name) = report.known_member(&mut members, &["vulnerabilities", "scan"])? {
            match name {
                "vulnerabilities" => {
                    report.each_item(&mut run, "vulnerabilities", |report, run| {
                        uncategorised |= !read_vulnerability(report, run)?;
                        Ok(())
                    })?;
                }
                "scan" => read_scan(report, &mut run, &mut scan)?,
                _ => report.window.skip()?,
            }
        }
        detect::only_one(WORD, &members)?;
        report.last_document(&mut run.lines)?;
        if uncategorised || run.item() == 0 {
            // Only the scan, or where there is none the policy, tells what it is of.
            let of_secrets = if members.has("scan") {
                scan.of_secrets
            } else {
                report.expected.class == Some(Class::Secrets)
            };
            if !of_secrets {
                return Err(detect::unsupported("gitlab-other-categories"));
            }
        }
        let facts = scan.facts(report, &mut run);
        run.finish(report, facts);
        Ok(())
    }
}

/// What `scan` says.
#[derive(Debug, Default)]
struct Scan {
    of_secrets: bool,
    /// Whether it went well, if it says.
    success: Option<bool>,
    scanner: Option<UntrustedText>,
    version: Option<UntrustedText>,
    ended: Option<jiff::Timestamp>,
}

impl Scan {
    fn facts(self, report: &Report<'_, '_>, run: &mut SecretRun) -> RunFacts {
        let mut facts = RunFacts::of(WORD);
        if let Some(scanner) = self.scanner {
            facts.tool = scanner;
        }
        facts.version = self.version;
        facts.ended = self.ended;
        match self.success {
            Some(true) => facts.evidence = Evidence::Strong,
            Some(false) => {
                run.note_incomplete(report.shown, "the scan failed, as the report says", 1);
                facts.fail(RunReason::ReportedFailure);
            }
            None => {}
        }
        facts
    }
}

fn read_scan(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    scan: &mut Scan,
) -> Result<(), Refusal> {
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "type" => {
                let of_secrets = report.deciding_word("scan.type", |word| word == SECRETS)?;
                scan.of_secrets = of_secrets.unwrap_or(false);
            }
            "status" => {
                scan.success = report.deciding_word("scan.status", |word| word == "success")?;
            }
            "end_time" => scan.ended = report.time()?,
            "scanner" => {
                if !report.enter_part(run, "scan.scanner")? {
                    continue;
                }
                while let Some(name) = report.window.member()? {
                    match name {
                        "name" => scan.scanner = report.plain_text()?,
                        "version" => scan.version = report.plain_text()?,
                        _ => report.window.skip()?,
                    }
                }
            }
            _ => report.window.skip()?,
        }
    }
    Ok(())
}

/// Reads a finding; false if it does not say its own category.
fn read_vulnerability(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<bool, Refusal> {
    let mut item = Item::default();
    let mut category: Option<bool> = None;
    let mut false_positive = false;
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "category" => category = report.deciding_word("category", |word| word == SECRETS)?,
            "name" => item.title = report.text(run, "name")?,
            "identifiers" => item.rule = read_identifiers(report, run)?,
            "location" => item.spot = read_location(report, run)?,
            "raw_source_code_extract" => {
                item.value = report.value(run, "raw_source_code_extract")?;
            }
            "cve" => item.own_hash = read_hash(report)?,
            "flags" => false_positive = read_flags(report, run)?,
            // `description` and `message` can hold the secret.
            _ => report.window.skip()?,
        }
    }
    if category == Some(false) {
        return Err(detect::unsupported("gitlab-other-categories"));
    }
    let mut found = item.found(report);
    if false_positive {
        found.suppression = Suppression::External;
    }
    run.push(report.builder, &found)?;
    Ok(category.is_some())
}

/// The value of the first identifier.
fn read_identifiers(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
) -> Result<Option<TextId>, Refusal> {
    let mut first: Option<TextId> = None;
    let mut seen = false;
    report.each_part(run, "identifiers", |report, run| {
        if std::mem::replace(&mut seen, true) {
            return report.window.skip();
        }
        first = report.the_member(run, "identifiers", "value", |report, run| {
            report.text(run, "identifiers.value")
        })?;
        Ok(())
    })?;
    Ok(first)
}

fn read_location(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Spot, Refusal> {
    let mut spot = Spot::default();
    if !report.enter_part(run, "location")? {
        return Ok(spot);
    }
    while let Some(name) = report.window.member()? {
        match name {
            "file" => spot.path = report.path(run, "location.file", true)?,
            "start_line" => spot.region.line = report.position(run, "location.start_line")?,
            "end_line" => spot.region.end_line = report.position(run, "location.end_line")?,
            "commit" => {
                spot.commit = report.the_member(run, "location.commit", "sha", |report, run| {
                    report.text(run, "location.commit.sha")
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    // All zeros: the work tree, no commit.
    spot.commit = spot.commit.filter(|commit| {
        let sha = report.builder.intake.texts.get(*commit).raw();
        !sha.bytes().all(|byte| byte == b'0')
    });
    Ok(spot)
}

/// The middle of `path:hash:rule`, a plain hash of the secret.
fn read_hash(report: &mut Report<'_, '_>) -> Result<Option<SecretId>, Refusal> {
    let Scalar::Text(cve) = report.window.scalar()? else {
        return Ok(None);
    };
    let is_hash = |part: &&str| part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let hash = cve.split(':').find(is_hash);
    Ok(hash.and_then(|hash| report.builder.vault.refer(WORD, hash)))
}

/// True if a flag says that it is a false positive (rule O6).
fn read_flags(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<bool, Refusal> {
    let mut any = false;
    report.each_part(run, "flags", |report, run| {
        let is_one = report.the_member(run, "flags", "type", |report, _| {
            report.deciding_word("flags.type", |word| {
                matches!(word, "flagged-as-likely-false-positive" | "false-positive")
            })
        })?;
        any |= is_one.unwrap_or(false);
        Ok(())
    })?;
    Ok(any)
}
