//! One run, as it is read: its parts, in whatever order they come.

use std::io::Read;

use jiff::Timestamp;

use crate::diagnostic::Code;

use super::super::location::Base;
use super::super::window::{Kind, Refusal, Scalar, Window};
use super::component::{self, ToolPart, github_limit, interned};
use super::field::{self, Field};
use super::invocation::{self, Invocations, artifact_location, time};
use super::notes::Notes;
use super::result::{self, Part};
use super::spot::of_artifact;
use super::tables::{Local, PlaceKey};
use super::{Reader, keeps_snippets};

/// GitHub keeps this many results of a run (rule 14).
const GITHUB_RESULTS: usize = 5_000;

/// What a run has as `results` (rules 15 to 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ResultsGiven {
    #[default]
    Absent,
    Null,
    Array,
}

/// A run that was read and waits to be settled.
#[derive(Debug)]
pub(super) struct RunPart<'r> {
    pub(super) notes: Notes<'r>,
    pub(super) tool: ToolPart,
    pub(super) given: ResultsGiven,
    pub(super) part: Part,
    pub(super) invocations: Invocations,
    /// Definitions of `originalUriBaseIds`.
    pub(super) bases: Vec<(String, Base)>,
    pub(super) artifacts: Vec<PlaceKey>,
    pub(super) automation: Option<Local>,
    /// `versionControlProvenance[].revisionId`.
    pub(super) revisions: Vec<Local>,
    /// Name and guid of each taxonomy.
    pub(super) taxonomies: Vec<(Option<Local>, Option<Local>)>,
    /// True if `columnKind` is stated.
    pub(super) columns: bool,
    /// True if the run has a property `imageName`.
    pub(super) image: bool,
    pub(super) audit: Option<Audit>,
    /// Results that stand elsewhere.
    pub(super) elsewhere: Vec<Elsewhere>,
    /// True if something that is needed stands in another file (rule 47).
    pub(super) not_read: bool,
}

/// Kingfisher's account of its own scan.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Audit {
    /// `summary.scan_succeeded`, `.scan_failed`, `.scan_partial`, if there is a summary.
    pub(super) summary: Option<(i64, i64, i64)>,
    pub(super) completed: Option<Timestamp>,
}

/// A reference to results that stand elsewhere: the URI and the guid of it.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere {
    pub(super) uri: Option<String>,
    pub(super) guid: Option<String>,
}

impl<'r> RunPart<'r> {
    fn new(notes: Notes<'r>) -> Self {
        Self {
            notes,
            tool: ToolPart::default(),
            given: ResultsGiven::Absent,
            part: Part::default(),
            invocations: Invocations::default(),
            bases: Vec::new(),
            artifacts: Vec::new(),
            automation: None,
            revisions: Vec::new(),
            taxonomies: Vec::new(),
            columns: false,
            image: false,
            audit: None,
            elsewhere: Vec::new(),
            not_read: false,
        }
    }
}

/// Takes a run.
///
/// # Errors
/// If it is no object, or a skeleton member of it has the wrong type.
pub(super) fn run<'r, R: Read>(
    w: &mut Window<R>,
    reader: &mut Reader<'_, '_, 'r>,
    notes: Notes<'r>,
) -> Result<RunPart<'r>, Refusal> {
    let mut run = RunPart::new(notes);
    field::needed_object(w)?;
    while let Some(name) = w.member()? {
        match name {
            "tool" => {
                let mut reading = component::Reading {
                    pool: &mut reader.tables.pool,
                    notes: &mut run.notes,
                };
                run.tool = component::tool(w, &mut reading)
                    .map_err(|refusal| refusal.inside("tool", None))?;
                let name = run
                    .tool
                    .driver
                    .name
                    .map(|name| reader.tables.pool.get(name));
                run.part.no_snippets = !keeps_snippets(name, reader.context());
            }
            "results" => results(w, &mut run, reader)?,
            "invocations" => {
                run.invocations = invocation::invocations(w, &mut reader.tables, &mut run.notes)?;
            }
            "originalUriBaseIds" => bases(w, &mut run.bases)?,
            "artifacts" => artifacts(w, &mut run.artifacts, reader)?,
            "automationDetails" => run.automation = automation(w, reader)?,
            "versionControlProvenance" => revisions(w, &mut run.revisions, reader)?,
            "taxonomies" => taxonomies(w, &mut run.taxonomies, reader)?,
            "columnKind" => {
                let kind = field::text(w)?;
                run.columns = matches!(kind, Field::Is("utf16CodeUnits" | "unicodeCodePoints"));
            }
            "properties" => properties(w, &mut run)?,
            "externalPropertyFileReferences" => elsewhere(w, &mut run)?,
            _ => w.skip()?,
        }
    }
    Ok(run)
}

fn results<'r, R: Read>(
    w: &mut Window<R>,
    run: &mut RunPart<'r>,
    reader: &mut Reader<'_, '_, 'r>,
) -> Result<(), Refusal> {
    match w.kind()? {
        Kind::Array => w.enter_array()?,
        Kind::Null => {
            w.skip()?;
            run.given = ResultsGiven::Null;
            return Ok(());
        }
        _ => return Err(w.wrong_type("an array").inside("results", None)),
    }
    run.given = ResultsGiven::Array;
    let mut reading = reader.results(&mut run.notes);
    result::results(w, &mut run.part, &mut reading)?;
    if run.part.results.len() > GITHUB_RESULTS {
        github_limit(&mut run.notes, "results");
    }
    Ok(())
}

/// Takes `originalUriBaseIds`; a definition of another type is none (rule 102).
fn bases<R: Read>(w: &mut Window<R>, bases: &mut Vec<(String, Base)>) -> Result<(), Refusal> {
    if field::object(w)? != Field::Is(()) {
        return Ok(());
    }
    while let Some(name) = w.member()? {
        let name = name.to_owned();
        let mut base = Base::default();
        if field::object(w)? == Field::Is(()) {
            while let Some(name) = w.member()? {
                let slot = match name {
                    "uri" => &mut base.uri,
                    "uriBaseId" => &mut base.parent,
                    _ => {
                        w.skip()?;
                        continue;
                    }
                };
                *slot = field::text(w)?
                    .right()
                    .filter(|text| !text.is_empty())
                    .map(str::to_owned);
            }
        }
        bases.push((name, base));
    }
    Ok(())
}

fn artifacts<R: Read>(
    w: &mut Window<R>,
    artifacts: &mut Vec<PlaceKey>,
    reader: &mut Reader<'_, '_, '_>,
) -> Result<(), Refusal> {
    if field::array(w)? != Field::Is(()) {
        return Ok(());
    }
    while w.element()? {
        let mut key = PlaceKey::default();
        w.begin_item();
        if field::object(w)? == Field::Is(()) {
            while let Some(name) = w.member()? {
                if name == "location" {
                    let location = artifact_location(w, &mut reader.tables)?;
                    key = of_artifact(location.right().unwrap_or_default());
                } else {
                    w.skip()?;
                }
            }
        }
        w.end_item()?;
        artifacts.push(key);
    }
    Ok(())
}

fn automation<R: Read>(
    w: &mut Window<R>,
    reader: &mut Reader<'_, '_, '_>,
) -> Result<Option<Local>, Refusal> {
    let mut id = None;
    if field::object(w)? == Field::Is(()) {
        while let Some(name) = w.member()? {
            if name == "id" {
                id = interned(w, &mut reader.tables.pool)?;
            } else {
                w.skip()?;
            }
        }
    }
    Ok(id)
}

fn revisions<R: Read>(
    w: &mut Window<R>,
    revisions: &mut Vec<Local>,
    reader: &mut Reader<'_, '_, '_>,
) -> Result<(), Refusal> {
    if field::array(w)? != Field::Is(()) {
        return Ok(());
    }
    while w.element()? {
        if field::object(w)? != Field::Is(()) {
            continue;
        }
        while let Some(name) = w.member()? {
            if name == "revisionId" {
                revisions.extend(interned(w, &mut reader.tables.pool)?);
            } else {
                w.skip()?;
            }
        }
    }
    Ok(())
}

fn taxonomies<R: Read>(
    w: &mut Window<R>,
    taxonomies: &mut Vec<(Option<Local>, Option<Local>)>,
    reader: &mut Reader<'_, '_, '_>,
) -> Result<(), Refusal> {
    if field::array(w)? != Field::Is(()) {
        return Ok(());
    }
    let pool = &mut reader.tables.pool;
    while w.element()? {
        let mut taxonomy = (None, None);
        if field::object(w)? == Field::Is(()) {
            while let Some(name) = w.member()? {
                match name {
                    "name" => taxonomy.0 = interned(w, pool)?,
                    "guid" => taxonomy.1 = component::guid(w, pool)?,
                    _ => w.skip()?,
                }
            }
        }
        taxonomies.push(taxonomy);
    }
    Ok(())
}

fn properties<R: Read>(w: &mut Window<R>, run: &mut RunPart<'_>) -> Result<(), Refusal> {
    if field::object(w)? != Field::Is(()) {
        return Ok(());
    }
    while let Some(name) = w.member()? {
        match name {
            "imageName" => run.image = w.scalar()? != Scalar::Null,
            "repository_audit" => run.audit = audit(w)?,
            _ => w.skip()?,
        }
    }
    Ok(())
}

fn audit<R: Read>(w: &mut Window<R>) -> Result<Option<Audit>, Refusal> {
    if field::object(w)? != Field::Is(()) {
        return Ok(None);
    }
    let mut audit = Audit::default();
    while let Some(name) = w.member()? {
        match name {
            "completed_at" => audit.completed = field::text(w)?.right().and_then(time),
            "summary" => audit.summary = summary(w)?,
            _ => w.skip()?,
        }
    }
    Ok(Some(audit))
}

fn summary<R: Read>(w: &mut Window<R>) -> Result<Option<(i64, i64, i64)>, Refusal> {
    if field::object(w)? != Field::Is(()) {
        return Ok(None);
    }
    // A count that is missing or no number proves nothing: it reads as one failure.
    let (mut succeeded, mut failed, mut partial) = (0, 1, 1);
    while let Some(name) = w.member()? {
        match name {
            "scan_succeeded" => succeeded = field::integer(w)?.right().unwrap_or(0),
            "scan_failed" => failed = field::integer(w)?.right().unwrap_or(1),
            "scan_partial" => partial = field::integer(w)?.right().unwrap_or(1),
            _ => w.skip()?,
        }
    }
    Ok(Some((succeeded, failed, partial)))
}

/// Takes `externalPropertyFileReferences` (rules 46, 47). Nothing is opened (rule 48).
fn elsewhere<R: Read>(w: &mut Window<R>, run: &mut RunPart<'_>) -> Result<(), Refusal> {
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(()),
        Field::Wrong => {
            not_read(run);
            return Ok(());
        }
    }
    while let Some(name) = w.member()? {
        match name {
            "results" => match field::array(w)? {
                Field::Is(()) => {
                    while w.element()? {
                        let reference = reference(w)?;
                        run.elsewhere.push(reference);
                    }
                }
                Field::Absent => {}
                Field::Wrong => not_read(run),
            },
            "driver" | "extensions" | "invocations" => match w.kind()? {
                Kind::Null => w.skip()?,
                Kind::Array => {
                    w.enter_array()?;
                    while w.element()? {
                        w.skip()?;
                        not_read(run);
                    }
                }
                _ => {
                    w.skip()?;
                    not_read(run);
                }
            },
            _ => w.skip()?,
        }
    }
    Ok(())
}

/// Notes that a part of the run is missing.
pub(super) fn not_read(run: &mut RunPart<'_>) {
    run.not_read = true;
    run.notes.note(
        Code::SarifExternalNotRead,
        || "externalPropertyFileReferences".to_owned(),
        || "part of the run stands in another file, which is not read".into(),
    );
}

fn reference<R: Read>(w: &mut Window<R>) -> Result<Elsewhere, Refusal> {
    let mut reference = Elsewhere {
        uri: None,
        guid: None,
    };
    if field::object(w)? != Field::Is(()) {
        return Ok(reference);
    }
    while let Some(name) = w.member()? {
        match name {
            "guid" => reference.guid = field::text(w)?.right().map(str::to_ascii_lowercase),
            "location" => {
                if field::object(w)? == Field::Is(()) {
                    while let Some(name) = w.member()? {
                        if name == "uri" {
                            reference.uri = field::text(w)?.right().map(str::to_owned);
                        } else {
                            w.skip()?;
                        }
                    }
                }
            }
            _ => w.skip()?,
        }
    }
    Ok(reference)
}
