//! `TruffleHog` version 3: a line for each finding, mixed with its log; an array; one object
//! (S4, S31 to S36).

use crate::model::{Evidence, PathId, Region, SecretId, TextId, UntrustedText, Validity};

use super::Ingest;
use super::detect::{self, Members, Poor, Shape};
use super::report::Report;
use super::run::{Found, RunFacts, SecretRun, Spot};
use super::window::{Kind, Member, Refusal, Scalar};

/// The format `trufflehog`.
pub(super) struct Trufflehog;

const WORD: &str = "trufflehog";

/// Kinds of sources whose paths are files of a repository or of the working folder. Objects
/// in a store and files in an image are not (rules 103, 108).
static REPOSITORIES: &[(&str, Option<()>)] = &[
    ("Git", Some(())),
    ("Github", Some(())),
    ("Gitlab", Some(())),
    ("Bitbucket", Some(())),
    ("AzureRepos", Some(())),
    ("Gerrit", Some(())),
    ("Huggingface", Some(())),
    ("Filesystem", Some(())),
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

/// What a member of an object is for.
#[derive(Debug, Clone, Copy)]
enum Field {
    Metadata,
    Detector,
    Title,
    Verified,
    Failed,
    FromCache,
    Secret,
    /// A longer form of the secret.
    Long,
    Parts,
    /// Of a log line.
    Log(LogField),
}

/// What a member of a log line is for.
#[derive(Debug, Clone, Copy)]
enum LogField {
    Level,
    Message,
    Version,
    Cache,
}

static FIELDS: &[(&str, Option<Field>)] = &[
    ("SourceMetadata", Some(Field::Metadata)),
    ("DetectorName", Some(Field::Detector)),
    ("DetectorDescription", Some(Field::Title)),
    ("Verified", Some(Field::Verified)),
    ("VerificationError", Some(Field::Failed)),
    ("VerificationFromCache", Some(Field::FromCache)),
    ("Raw", Some(Field::Secret)),
    ("RawV2", Some(Field::Long)),
    ("SecretParts", Some(Field::Parts)),
    ("level", Some(Field::Log(LogField::Level))),
    ("msg", Some(Field::Log(LogField::Message))),
    ("trufflehog_version", Some(Field::Log(LogField::Version))),
    ("verification_caching", Some(Field::Log(LogField::Cache))),
    ("SourceID", None),
    ("SourceType", None),
    ("SourceName", None),
    ("DetectorType", None),
    ("DecoderName", None),
    ("Redacted", None),
    ("ExtraData", None),
    ("StructuredData", None),
    ("ts", None),
    ("logger", None),
];

fn read_object(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    signs: &mut Signs,
) -> Result<(), Refusal> {
    let mut item = Item::default();
    report.window.begin_item();
    report.window.enter_object()?;
    while let Some(member) = report.window.member_of(FIELDS)? {
        let (name, field) = match member {
            Member::Known(name, field) => (name, field),
            Member::Other(strange) => {
                let strange = String::from_utf8_lossy(strange);
                item.strange.note(&strange, Kind::Null);
                item.strange.set_kind(report.window.kind()?);
                report.window.skip()?;
                continue;
            }
        };
        match field {
            Field::Metadata => {
                item.is_finding = true;
                item.source = read_metadata(report, run)?;
            }
            Field::Detector => {
                item.is_finding = true;
                item.detector = report.text(run, name)?;
            }
            Field::Title => item.title = report.title(run, name, item.detector)?,
            Field::Verified => {
                // Null is no answer that TruffleHog gives (rule S56).
                let verified = report.deciding_bool(name)?;
                item.check.verified = verified.ok_or_else(|| {
                    let refusal = report.window.wrong_type("true or false");
                    refusal.inside(name, None)
                })?;
            }
            Field::Failed => {
                item.check.failed = !matches!(
                    report.window.scalar()?,
                    Scalar::Null | Scalar::Text("") | Scalar::Bool(false)
                );
            }
            Field::FromCache => {
                item.check.from_cache = report.window.scalar()? == Scalar::Bool(true);
            }
            Field::Secret => item.secret = report.value(run, name)?.name(),
            Field::Long => report.conceal()?,
            Field::Parts => report.conceal_members()?,
            Field::Log(field) => read_log(report, &mut item.log, field)?,
        }
    }
    report.window.end_item()?;
    keep(report, run, signs, item)
}

fn read_log(
    report: &mut Report<'_, '_>,
    log: &mut LogLine,
    field: LogField,
) -> Result<(), Refusal> {
    match field {
        LogField::Level => {
            log.has_level = true;
            report.window.skip()?;
        }
        LogField::Message => {
            let says = report.window.scalar()?;
            log.finished = Some(says == Scalar::Text("finished scanning"));
        }
        LogField::Version => {
            if let Scalar::Text(version) = report.window.scalar()? {
                log.version = Some(UntrustedText::new(version));
            }
        }
        LogField::Cache => log.cache_used = has_figure(report)?,
    }
    Ok(())
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
    static DATA: &[(&str, Option<()>)] = &[("Data", Some(()))];
    let mut source = Source::default();
    if report.window.kind()? != Kind::Object {
        run.wrong_type(report.shown, "SourceMetadata", "an object");
        report.window.skip()?;
        return Ok(source);
    }
    report.window.enter_object()?;
    while let Some(member) = report.window.member_of(DATA)? {
        let is_data = matches!(member, Member::Known(..));
        if !is_data || report.window.kind()? != Kind::Object {
            report.window.skip()?;
            continue;
        }
        report.window.enter_object()?;
        while let Some(kind) = report.window.member_of(REPOSITORIES)? {
            let in_repository = matches!(kind, Member::Known(..));
            if report.window.kind()? == Kind::Object {
                source = read_source(report, run, in_repository)?;
            } else {
                report.window.skip()?;
            }
        }
    }
    Ok(source)
}

/// What a member of a place is for.
#[derive(Debug, Clone, Copy)]
enum Spotted {
    File,
    Filename,
    Path,
    Line,
    Commit,
}

static SPOT: &[(&str, Option<Spotted>)] = &[
    ("file", Some(Spotted::File)),
    ("filename", Some(Spotted::Filename)),
    ("path", Some(Spotted::Path)),
    ("line", Some(Spotted::Line)),
    ("commit", Some(Spotted::Commit)),
    ("email", None),
    ("repository", None),
    ("timestamp", None),
];

fn read_source(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    in_repository: bool,
) -> Result<Source, Refusal> {
    let mut source = Source::default();
    report.window.enter_object()?;
    while let Some(member) = report.window.member_of(SPOT)? {
        let Member::Known(name, field) = member else {
            report.window.skip()?;
            continue;
        };
        match field {
            Spotted::File => source.file = report.path(run, name, in_repository)?,
            Spotted::Filename => source.filename = report.path(run, name, in_repository)?,
            Spotted::Path => source.path = report.path(run, name, in_repository)?,
            Spotted::Line => source.region.line = report.position(run, name)?,
            Spotted::Commit => source.commit = report.text(run, name)?,
        }
    }
    Ok(source)
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
