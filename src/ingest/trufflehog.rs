//! `TruffleHog` version 3: a line for each finding, mixed with its log; an array; one object
//! (S4, S31 to S36).

use crate::model::{Evidence, PathId, Region, SecretId, TextId, UntrustedText, Validity};

use super::Ingest;
use super::detect::{self, Members, Poor, Shape};
use super::report::Report;
use super::run::{Found, RunFacts, SecretRun, Spot};
use super::window::{Kind, Refusal, Scalar};

/// The format `trufflehog`.
pub(super) struct Trufflehog;

const WORD: &str = "trufflehog";

/// Kinds of sources whose paths are files of a repository or of the working folder. Objects
/// in a store and files in an image are not (rules 103, 108).
const REPOSITORIES: [&str; 8] = [
    "Git",
    "Github",
    "Gitlab",
    "Bitbucket",
    "AzureRepos",
    "Gerrit",
    "Huggingface",
    "Filesystem",
];

impl Ingest for Trufflehog {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        let object = shape.object().or_else(|| shape.first_item());
        object.is_some_and(|o| o.has_all(&["SourceMetadata", "DetectorName", "Verified"]))
    }

    fn accepts(&self, poor: Poor) -> bool {
        matches!(poor, Poor::EmptyList | Poor::LogLines)
    }

    /// Its log lines count, and one of them proves the scan.
    fn reads_lines(&self) -> bool {
        true
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut signs = Signs::default();
        let mut documents = 0_u64;
        while let Some(bracket) = report.next_document(&mut run.lines)? {
            if bracket == b'[' {
                documents += 1;
                report.window.enter_array()?;
                while report.window.element()? {
                    read_object(report, &mut run, &mut signs)?;
                }
            } else {
                read_object(report, &mut run, &mut signs)?;
            }
        }
        // Log lines alone, without the one that says that the scan ended, show nothing.
        let shows_something = run.item() > 0 || documents > 0;
        run.finish(
            report,
            RunFacts {
                version: signs.version,
                evidence: if signs.finished {
                    Evidence::Strong
                } else {
                    Evidence::Weak
                },
                believable: shows_something,
                checked: signs.checked,
                ..RunFacts::of(WORD)
            },
        );
        Ok(())
    }
}

/// What the report tells of the run.
#[derive(Debug, Default)]
struct Signs {
    finished: bool,
    checked: bool,
    version: Option<UntrustedText>,
}

/// One object as far as it was read: a finding, a log line, or neither.
#[derive(Debug, Default)]
struct Item {
    is_finding: bool,
    detector: Option<TextId>,
    title: Option<TextId>,
    source: Source,
    check: Check,
    secret: Option<SecretId>,
    log: LogLine,
    /// Members that `TruffleHog` does not write.
    strange: Members,
}

/// What a finding says of being checked.
#[derive(Debug, Default)]
struct Check {
    verified: bool,
    failed: bool,
    from_cache: bool,
}

/// What a log line says.
#[derive(Debug, Default)]
struct LogLine {
    has_level: bool,
    /// Of the message: whether it says that the scan ended.
    finished: Option<bool>,
    cache_used: bool,
    version: Option<UntrustedText>,
}

/// The one value of `SourceMetadata.Data`.
#[derive(Debug, Default)]
struct Source {
    file: Option<PathId>,
    filename: Option<PathId>,
    path: Option<PathId>,
    region: Region,
    commit: Option<TextId>,
}

impl Source {
    fn spot(&self) -> Spot {
        Spot {
            path: self.file.or(self.filename).or(self.path),
            region: self.region,
            commit: self.commit,
        }
    }
}

fn read_object(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    signs: &mut Signs,
) -> Result<(), Refusal> {
    let mut item = Item::default();
    report.window.begin_item();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "SourceMetadata" => {
                item.is_finding = true;
                item.source = read_metadata(report, run)?;
            }
            "DetectorName" => {
                item.is_finding = true;
                item.detector = report.text(run, "DetectorName")?;
            }
            "DetectorDescription" => item.title = report.text(run, "DetectorDescription")?,
            "Verified" => {
                // Null is no answer that TruffleHog gives (rule S56).
                let verified = report.deciding_bool("Verified")?;
                item.check.verified = verified.ok_or_else(|| {
                    let refusal = report.window.wrong_type("true or false");
                    refusal.inside("Verified", None)
                })?;
            }
            "VerificationError" => {
                item.check.failed = !matches!(
                    report.window.scalar()?,
                    Scalar::Null | Scalar::Text("") | Scalar::Bool(false)
                );
            }
            "VerificationFromCache" => {
                item.check.from_cache = report.window.scalar()? == Scalar::Bool(true);
            }
            "Raw" => {
                item.secret = match report.window.scalar()? {
                    Scalar::Text(value) => report.builder.vault.identify(value),
                    Scalar::Null => None,
                    _ => {
                        run.wrong_type(report.shown, "Raw", "a string");
                        None
                    }
                };
            }
            "RawV2" => {
                if let Scalar::Text(value) = report.window.scalar()? {
                    report.builder.vault.conceal(value);
                }
            }
            "SecretParts" => conceal_parts(report)?,
            "level" => {
                item.log.has_level = true;
                report.window.skip()?;
            }
            "msg" => {
                let says = report.window.scalar()?;
                item.log.finished = Some(says == Scalar::Text("finished scanning"));
            }
            "trufflehog_version" => {
                if let Scalar::Text(version) = report.window.scalar()? {
                    item.log.version = Some(UntrustedText::new(version));
                }
            }
            "verification_caching" => item.log.cache_used = has_figure(report)?,
            "SourceID" | "SourceType" | "SourceName" | "DetectorType" | "DecoderName"
            | "Redacted" | "ExtraData" | "StructuredData" | "ts" | "logger" => {
                report.window.skip()?;
            }
            strange => {
                item.strange.note(strange, Kind::Null);
                item.strange.set_kind(report.window.kind()?);
                report.window.skip()?;
            }
        }
    }
    report.window.end_item()?;
    keep(report, run, signs, item)
}

fn keep(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    signs: &mut Signs,
    item: Item,
) -> Result<(), Refusal> {
    if !item.is_finding {
        let log = item.log;
        match log.finished {
            Some(finished) if log.has_level => {
                run.lines.log += 1;
                if finished {
                    signs.finished = true;
                    signs.checked |= log.cache_used;
                    signs.version = log.version;
                }
            }
            _ => {
                detect::only_one(WORD, &item.strange)?;
                run.lines.skipped += 1;
            }
        }
        return Ok(());
    }
    let check = item.check;
    signs.checked |= check.verified || check.failed || check.from_cache;
    let validity = if check.verified {
        Validity::Active
    } else if check.failed {
        Validity::Unknown
    } else if report.expected.verification_attempted {
        Validity::Inactive
    } else {
        Validity::NotAttempted
    };
    let rule = report.rule(item.detector, item.title);
    run.push(
        report.builder,
        &Found {
            validity,
            secret: item.secret,
            ..Found::at(rule, item.source.spot())
        },
    )
}

/// The place of a finding: `SourceMetadata.Data` has one member, of any name.
fn read_metadata(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Source, Refusal> {
    let mut source = Source::default();
    if report.window.kind()? != Kind::Object {
        run.wrong_type(report.shown, "SourceMetadata", "an object");
        report.window.skip()?;
        return Ok(source);
    }
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        if name != "Data" || report.window.kind()? != Kind::Object {
            report.window.skip()?;
            continue;
        }
        report.window.enter_object()?;
        while let Some(kind) = report.window.member()? {
            let in_repository = REPOSITORIES.contains(&kind);
            if report.window.kind()? == Kind::Object {
                source = read_source(report, run, in_repository)?;
            } else {
                report.window.skip()?;
            }
        }
    }
    Ok(source)
}

fn read_source(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    in_repository: bool,
) -> Result<Source, Refusal> {
    let mut source = Source::default();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "file" => source.file = report.path(run, "file", in_repository)?,
            "filename" => source.filename = report.path(run, "filename", in_repository)?,
            "path" => source.path = report.path(run, "path", in_repository)?,
            "line" => source.region.line = report.position(run, "line")?,
            "commit" => source.commit = report.text(run, "commit")?,
            _ => report.window.skip()?,
        }
    }
    Ok(source)
}

/// The parts of a secret, by name; each is a secret of its own for scrubbing.
fn conceal_parts(report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    if report.window.kind()? != Kind::Object {
        return report.window.skip();
    }
    report.window.enter_object()?;
    while report.window.member()?.is_some() {
        if let Scalar::Text(value) = report.window.scalar()? {
            report.builder.vault.conceal(value);
        }
    }
    Ok(())
}

/// True if the value is, or holds on its first level, a number other than 0.
fn has_figure(report: &mut Report<'_, '_>) -> Result<bool, Refusal> {
    let positive = |scalar: Scalar<'_>| {
        matches!(scalar, Scalar::Number(digits)
            if !digits.starts_with('-') && digits.bytes().any(|b| matches!(b, b'1'..=b'9')))
    };
    if report.window.kind()? != Kind::Object {
        return Ok(positive(report.window.scalar()?));
    }
    let mut found = false;
    report.window.enter_object()?;
    while report.window.member()?.is_some() {
        found |= positive(report.window.scalar()?);
    }
    Ok(found)
}
