//! Semgrep JSON: class sast, and secrets where the policy or a result says so (S14, S54,
//! O32 to O34).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Code, Message};
use crate::model::{
    BaselineState, Class, ClassSet, Cvss, Evidence, Finding, Fingerprint, FingerprintRange, Level,
    PathId, Region, Rule, RunReason, Suppression, TextId, Triage, Validity,
};

use super::Ingest;
use super::analysed::Analysed;
use super::cwe;
use super::detect::{self, Members, Poor, Shape};
use super::fields::ValidityWords;
use super::report::Report;
use super::run::{Found, RunFacts, SecretRun, Spot};
use super::secret::is_placeholder;
use super::vulnerability::level_of;
use super::window::{Kind, Refusal, Scalar};

/// The format `semgrep`.
pub(super) struct Semgrep;

const WORD: &str = "semgrep";

/// The key under which Semgrep's SARIF has what its JSON calls the fingerprint.
const FINGERPRINT_KEY: &str = "matchBasedId/v1";

/// The word of a result whose rule has no check; open rules have it too.
const NO_VALIDATOR: &str = "NO_VALIDATOR";

const VALIDATION_WORDS: &ValidityWords = &[
    ("CONFIRMED_VALID", Validity::Active, true),
    ("CONFIRMED_INVALID", Validity::Inactive, true),
    ("VALIDATION_ERROR", Validity::Unknown, true),
    (NO_VALIDATOR, Validity::Unsupported, false),
];

impl Ingest for Semgrep {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .object()
            .is_some_and(|o| o.is("results", Kind::Array) && o.has_all(&["errors", "paths"]))
    }

    fn accepts(&self, poor: Poor) -> bool {
        poor == Poor::EmptyResults
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let known = ["version", "results", "errors", "paths"];
        let mut run = SecretRun::default();
        let mut members = Members::default();
        let mut seen = Seen::default();
        let mut facts = RunFacts::of(WORD);
        let (mut errors, mut warnings, mut scanned) = (0, 0, false);
        let mut analysed = Analysed::default();
        let first = report.builder.intake.runs.len();
        report.window.enter_object()?;
        while let Some(name) = report.known_member(&mut members, &known)? {
            match name {
                "version" => facts.version = report.plain_text()?,
                "results" => {
                    report.each_item(&mut run, "results", |report, run| {
                        read_result(report, run, &mut seen)
                    })?;
                }
                "errors" => {
                    report.each_item(&mut run, "errors", |report, run| {
                        if is_warning(report, run)? {
                            warnings += 1;
                        } else {
                            errors += 1;
                        }
                        Ok(())
                    })?;
                }
                "paths" => {
                    report.the_member(&mut run, "paths", "scanned", |report, run| {
                        analysed.begin();
                        report.each_part(run, "paths.scanned", |report, _| {
                            scanned = true;
                            if let Scalar::Text(file) = report.window.scalar()? {
                                analysed.add(file, &report.builder.context.roots);
                            }
                            Ok(())
                        })
                    })?;
                }
                _ => report.window.skip()?,
            }
        }
        detect::only_one(WORD, &members)?;
        report.last_document(&mut run.lines)?;
        seen.drop_shared_fingerprints(report);
        if warnings > 0 {
            let message = "parts of files could not be scanned, as the report says";
            run.note_incomplete(report.shown, message, warnings);
        }
        if errors > 0 {
            let message = "the scan had errors, as the report says";
            run.note_incomplete(report.shown, message, errors);
            facts.fail(RunReason::ReportedFailure);
        } else if scanned {
            facts.evidence = Evidence::Strong;
        }
        if report.expected.class != Some(Class::Secrets) {
            facts.class = Some(Class::Sast);
            facts.could_find = ClassSet::of(Class::Sast);
            if seen.secrets {
                facts.could_find = facts.could_find.with(Class::Secrets);
            }
        }
        run.finish(report, facts);
        analysed.keep(report.builder, first);
        Ok(())
    }
}

/// What results tell of the run.
#[derive(Debug, Default)]
struct Seen {
    /// One is of class secrets by its own words.
    secrets: bool,
    /// Digests of fingerprints, with the finding that has them.
    fingerprints: Vec<([u8; 16], usize)>,
}

impl Seen {
    /// A fingerprint that several results share tells none of them (rule O34).
    fn drop_shared_fingerprints(&self, report: &mut Report<'_, '_>) {
        let mut counts: BTreeMap<[u8; 16], u32> = BTreeMap::new();
        for (digest, _) in &self.fingerprints {
            *counts.entry(*digest).or_default() += 1;
        }
        for (digest, finding) in &self.fingerprints {
            let shared = counts.get(digest).is_some_and(|count| *count > 1);
            let findings = &mut report.builder.intake.findings;
            if let Some(mut finding) = findings.get_mut(*finding).filter(|_| shared) {
                finding.fingerprints = FingerprintRange::default();
            }
        }
    }
}

/// One result as far as it was read.
#[derive(Debug, Default)]
struct Item {
    rule: Option<TextId>,
    path: Option<PathId>,
    start: Region,
    end: Region,
    extra: Extra,
}

/// What a result has under `extra`.
#[derive(Debug, Default)]
struct Extra {
    message: Option<Box<str>>,
    level: Option<Level>,
    cwe: Vec<u32>,
    fingerprint: Option<[u8; 16]>,
    validity: Option<Validity>,
    has_validator: bool,
    ignored: bool,
    commit: Option<TextId>,
}

fn read_result(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    seen: &mut Seen,
) -> Result<(), Refusal> {
    let mut item = Item::default();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "check_id" => item.rule = report.text(run, "check_id")?,
            "path" => item.path = report.path(run, "path", true)?,
            "start" => {
                (item.start.line, item.start.column) =
                    report.point(run, "start", ["line", "col"])?;
            }
            "end" => {
                (item.end.line, item.end.column) = report.point(run, "end", ["line", "col"])?;
            }
            "extra" => {
                if report.enter_part(run, "extra")? {
                    item.extra = read_extra(report, run)?;
                }
            }
            _ => report.window.skip()?,
        }
    }
    let by_policy = report.expected.class == Some(Class::Secrets);
    seen.secrets |= item.extra.has_validator;
    if by_policy || item.extra.has_validator {
        push_secret(report, run, &item)
    } else {
        push_weakness(report, run, seen, item)
    }
}

impl Item {
    fn spot(&self) -> Spot {
        Spot {
            path: self.path,
            region: Region {
                line: self.start.line,
                column: self.start.column,
                end_line: self.end.line,
                end_column: self.end.column,
            },
            commit: self.extra.commit,
        }
    }

    fn suppression(&self) -> Suppression {
        if self.extra.ignored {
            Suppression::InSource
        } else {
            Suppression::None
        }
    }
}

/// Its message and lines show the value, and its fingerprint is no identity (rules S53, S74).
fn push_secret(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    item: &Item,
) -> Result<(), Refusal> {
    let rule = report.rule(item.rule, None);
    run.push(
        report.builder,
        &Found {
            validity: item.extra.validity.unwrap_or(Validity::NotAttempted),
            suppression: item.suppression(),
            ..Found::at(rule, item.spot())
        },
    )
}

fn push_weakness(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    seen: &mut Seen,
    mut item: Item,
) -> Result<(), Refusal> {
    let texts = &mut report.builder.intake.texts;
    let id = item.rule.unwrap_or_else(|| texts.intern("(no rule)"));
    let message = item.extra.message.take().map(|text| texts.intern(&text));
    let key = texts.intern(FINGERPRINT_KEY);
    let rule = report.builder.rule(Rule {
        id,
        title: None,
        cwe: std::mem::take(&mut item.extra.cwe).into(),
        tags: Box::default(),
        former_ids: Box::default(),
        concealed_id: None,
    });
    let spot = item.spot();
    let mut finding = Finding {
        run: report.builder.next_run(),
        rule,
        path: spot.path,
        region: spot.region,
        message,
        cvss: Cvss::Unscored,
        class: Class::Sast,
        level: item.extra.level.unwrap_or(Level::Error),
        suppression: item.suppression(),
        baseline: BaselineState::Unstated,
        validity: Validity::NotAttempted,
        triage: Triage::Open,
        secret: None,
        commit: spot.commit,
        fingerprints: FingerprintRange::default(),
        facts: None,
        item: run.item(),
    };
    if item.extra.level.is_none() {
        note_severity(report, run);
    }
    if let Some(value) = item.extra.fingerprint {
        let prints = &mut report.builder.intake.fingerprints;
        finding.fingerprints = FingerprintRange {
            start: u32::try_from(prints.len()).unwrap_or(u32::MAX),
            len: 1,
        };
        prints.push(Fingerprint { key, value });
        let index = report.builder.intake.findings.len();
        seen.fingerprints.push((value, index));
    }
    run.push_finding(report.builder, finding)
}

fn note_severity(report: &Report<'_, '_>, run: &mut SecretRun) {
    let item = run.item();
    run.tally.note(
        Code::UnknownSeverityWord,
        report.shown,
        || format!("results[{item}].extra.severity"),
        || Message::from("a severity is missing or not known; the finding counts as `error`"),
    );
}

fn read_extra(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Extra, Refusal> {
    let mut extra = Extra::default();
    while let Some(name) = report.window.member()? {
        match name {
            "message" => match report.window.scalar()? {
                Scalar::Text(text) => extra.message = Some(text.into()),
                Scalar::Null => {}
                _ => run.wrong_type(report.shown, "extra.message", "a string"),
            },
            "severity" => {
                extra.level = report.deciding_word("extra.severity", level_of)?.flatten();
            }
            "metadata" => {
                extra.cwe = report
                    .the_member(run, "extra.metadata", "cwe", |report, _| read_cwe(report))?;
            }
            "fingerprint" => match report.window.scalar()? {
                Scalar::Text(text) if !is_placeholder(text) => {
                    let digest = Sha256::digest(text.as_bytes());
                    extra.fingerprint = digest.first_chunk::<16>().copied();
                }
                _ => {}
            },
            "validation_state" => {
                let field = "extra.validation_state";
                extra.validity = report.validity(run, field, VALIDATION_WORDS)?;
                extra.has_validator = extra
                    .validity
                    .is_some_and(|validity| validity != Validity::Unsupported);
            }
            "is_ignored" => {
                extra.ignored = report.deciding_bool("extra.is_ignored")?.unwrap_or(false);
            }
            "historical_info" => {
                let field = "extra.historical_info";
                extra.commit = report.the_member(run, field, "git_commit", |report, run| {
                    report.text(run, "extra.historical_info.git_commit")
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    Ok(extra)
}

/// A text or a list of them (rule O32).
fn read_cwe(report: &mut Report<'_, '_>) -> Result<Vec<u32>, Refusal> {
    let mut numbers = Vec::new();
    let is_list = report.window.kind()? == Kind::Array;
    if is_list {
        report.window.enter_array()?;
    }
    while !is_list || report.window.element()? {
        if let Scalar::Text(text) = report.window.scalar()? {
            numbers.extend(cwe::of_tag(text));
        }
        if !is_list {
            break;
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// True for an error of a level below error: a part of one file was not read (rule O33).
fn is_warning(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<bool, Refusal> {
    let is_warning = report.the_member(run, "errors", "level", |report, _| {
        report.deciding_word("errors.level", |word| {
            matches!(word, "warn" | "warning" | "info")
        })
    })?;
    Ok(is_warning.unwrap_or(false))
}
