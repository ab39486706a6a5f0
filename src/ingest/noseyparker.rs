//! Nosey Parker: a line for each finding, which lists its matches (S9, S49).

use crate::model::{Region, SecretId, TextId, Triage};

use super::Ingest;
use super::detect::{self, Members, Shape};
use super::item::Value;
use super::report::{Report, keep_path};
use super::run::{Found, RunFacts, SecretRun, Spot};
use super::secret;
use super::window::{Refusal, Scalar};

/// The format `noseyparker`.
pub(super) struct Noseyparker;

const WORD: &str = "noseyparker";

impl Ingest for Noseyparker {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .object()
            .is_some_and(|o| o.has_all(&["matches", "rule_name"]))
    }

    fn reads_lines(&self) -> bool {
        true
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        while report.next_object(&mut run.lines)? {
            read_line(report, &mut run)?;
        }
        run.finish(report, RunFacts::of(WORD));
        Ok(())
    }
}

/// The values of a secret of one or more parts.
#[derive(Debug, Default)]
struct Parts {
    /// `groups`, which are base64 of the parts.
    groups: Value,
    /// `match_content`, which older versions write.
    content: Value,
}

impl Parts {
    fn value(&self) -> Value {
        match self.groups {
            Value::Absent => self.content,
            groups => groups,
        }
    }
}

/// One place of a finding.
#[derive(Debug, Default)]
struct Match {
    parts: Parts,
    spot: Spot,
    rejected: bool,
}

fn read_line(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let known = [
        "finding_id",
        "rule_name",
        "rule_text_id",
        "groups",
        "match_content",
        "matches",
    ];
    let mut members = Members::default();
    let mut rule_id: Option<TextId> = None;
    let mut rule_name: Option<TextId> = None;
    let mut own: Option<SecretId> = None;
    let mut parts = Parts::default();
    let mut matches: Vec<Match> = Vec::new();
    report.window.begin_item();
    report.window.enter_object()?;
    while let Some(name) = report.known_member(&mut members, &known)? {
        match name {
            "finding_id" => own = report.reference(run, WORD, "finding_id")?,
            "rule_name" => rule_name = report.text(run, "rule_name")?,
            "rule_text_id" => rule_id = report.text(run, "rule_text_id")?,
            "groups" => parts.groups = read_groups(report, run)?,
            "match_content" => parts.content = report.value(run, "match_content")?,
            "matches" => {
                report.each_item(run, "matches", |report, run| {
                    matches.push(read_match(report, run)?);
                    Ok(())
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    report.window.end_item()?;
    if !members.has_all(&["matches", "rule_name"]) {
        return run.stray(WORD, &members);
    }
    detect::only_one(WORD, &members)?;
    let rule = report.rule(rule_id.or(rule_name), rule_name);
    if matches.is_empty() {
        // It was found all the same.
        matches.push(Match::default());
    }
    for one in matches {
        let value = match one.parts.value() {
            Value::Absent => parts.value(),
            value => value,
        };
        run.push(
            report.builder,
            &Found {
                triage: if one.rejected {
                    Triage::Dismissed
                } else {
                    Triage::Open
                },
                secret: value.or_refer(own),
                ..Found::at(rule, one.spot)
            },
        )?;
    }
    Ok(())
}

fn read_match(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Match, Refusal> {
    let mut found = Match::default();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "groups" => found.parts.groups = read_groups(report, run)?,
            "match_content" => {
                found.parts.content = report.value(run, "matches.match_content")?;
            }
            "provenance" => read_provenances(report, run, &mut found)?,
            "location" => found.spot.region = read_location(report, run)?,
            "status" => found.rejected = is_rejected(report, run)?,
            _ => report.window.skip()?,
        }
    }
    Ok(found)
}

/// What people said of a match.
fn is_rejected(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<bool, Refusal> {
    let known = report.deciding_word("status", |word| match word {
        "accept" => Some(false),
        "reject" => Some(true),
        _ => None,
    })?;
    match known {
        None => Ok(false),
        Some(Some(rejected)) => Ok(rejected),
        Some(None) => {
            let message = "a word for the triage of a match is not known; the match counts";
            report.note_unknown_word(run, "status", message);
            Ok(false)
        }
    }
}

/// Several groups are one secret. A group that is not base64 is taken as it is written.
fn read_groups(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Value, Refusal> {
    let mut groups = Vec::new();
    report.each_part(run, "groups", |report, run| {
        if let Scalar::Text(group) = report.window.scalar()? {
            groups.push(secret::of_base64(group));
        } else {
            run.wrong_type(report.shown, "groups", "a list of strings");
        }
        Ok(())
    })?;
    Ok(Value::of_parts(&mut report.builder.vault, &groups))
}

/// The last one wins (rule S49).
fn read_provenances(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    found: &mut Match,
) -> Result<(), Refusal> {
    let mut last: Option<String> = None;
    report.each_part(run, "matches.provenance", |report, run| {
        last = None;
        found.spot.commit = None;
        if !report.enter_part(run, "matches.provenance")? {
            return Ok(());
        }
        let mut in_git: Option<String> = None;
        while let Some(name) = report.window.member()? {
            match name {
                "path" => last = path_text(report, run)?,
                "first_commit" | "commit_provenance" => {
                    if report.enter_part(run, "matches.provenance.first_commit")? {
                        in_git = read_commit(report, run, found)?;
                    }
                }
                _ => report.window.skip()?,
            }
        }
        last = in_git.or(last.take());
        Ok(())
    })?;
    found.spot.path = last.map(|path| keep_path(report.builder, report.shown, run, &path, true));
    Ok(())
}

fn path_text(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Option<String>, Refusal> {
    match report.window.scalar()? {
        Scalar::Text(path) if !path.is_empty() => Ok(Some(path.to_owned())),
        Scalar::Text(_) | Scalar::Null => Ok(None),
        _ => {
            run.wrong_type(report.shown, "matches.provenance.path", "a string");
            Ok(None)
        }
    }
}

fn read_commit(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    found: &mut Match,
) -> Result<Option<String>, Refusal> {
    let mut path = None;
    while let Some(name) = report.window.member()? {
        match name {
            "blob_path" => path = path_text(report, run)?,
            "commit_metadata" => {
                let field = "matches.provenance.commit_metadata";
                found.spot.commit = report.the_member(run, field, "commit_id", |report, run| {
                    report.text(run, "matches.provenance.commit_metadata.commit_id")
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    Ok(path)
}

fn read_location(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Region, Refusal> {
    let field = "matches.location";
    report.the_member(run, field, "source_span", |report, run| {
        report.span(run, "matches.location.source_span", ["line", "column"])
    })
}
