//! The primary location of a result (rules 98 to 100, 110).

use std::io::Read;
use std::num::NonZeroU32;

use crate::diagnostic::Code;
use crate::model::{Region, Validity};

use super::super::window::{Refusal, Window};
use super::component::{github_limit, interned};
use super::field::{self, Field};
use super::invocation::artifact_location;
use super::notes::Notes;
use super::pending::{Pending, Snippets};
use super::result::{Part, Reading, outcome};
use super::tables::{NONE, PlaceKey};

/// GitHub's limit on locations of a result (rule 14), which is none of the gate's.
const GITHUB_LOCATIONS: usize = 1_000;

/// Takes `locations`; the first is the primary one.
pub(super) fn locations<R: Read>(
    w: &mut Window<R>,
    pending: &mut Pending,
    index: usize,
    part: &mut Part,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    match field::array(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(()),
        Field::Wrong => {
            unusable(reading.notes, || format!("results[{index}].locations"));
            return Ok(());
        }
    }
    let mut seen = 0;
    while w.element()? {
        if seen == 0 {
            location(w, pending, index, part, reading)?;
        } else {
            w.skip()?;
        }
        seen += 1;
    }
    if seen > GITHUB_LOCATIONS {
        github_limit(reading.notes, "results");
    }
    Ok(())
}

fn unusable(notes: &mut Notes<'_>, place: impl FnOnce() -> String) {
    notes.note(Code::SarifLocationUnusable, place, || {
        "a location cannot be used; the result counts without it".into()
    });
}

fn location<R: Read>(
    w: &mut Window<R>,
    pending: &mut Pending,
    index: usize,
    part: &mut Part,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(()),
        Field::Wrong => {
            unusable(reading.notes, || format!("results[{index}].locations[0]"));
            return Ok(());
        }
    }
    while let Some(name) = w.member_bytes()? {
        match name {
            b"physicalLocation" => physical(w, pending, index, part, reading)?,
            b"properties" => properties(w, pending, index, reading)?,
            _ => w.skip()?,
        }
    }
    Ok(())
}

fn physical<R: Read>(
    w: &mut Window<R>,
    pending: &mut Pending,
    index: usize,
    part: &mut Part,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    let place = || format!("results[{index}].locations[0].physicalLocation");
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(()),
        Field::Wrong => {
            unusable(reading.notes, place);
            return Ok(());
        }
    }
    while let Some(name) = w.member_bytes()? {
        match name {
            b"artifactLocation" => match artifact_location(w, reading.tables)? {
                Field::Is(key) if key.uri.is_some() || key.artifact.is_some() => {
                    pending.place = reading.tables.places.number(key);
                }
                Field::Is(_) | Field::Absent => {}
                Field::Wrong => {
                    unusable(reading.notes, || format!("{}.artifactLocation", place()));
                }
            },
            b"region" => region(w, pending, part, reading, place)?,
            _ => w.skip()?,
        }
    }
    Ok(())
}

fn region<R: Read>(
    w: &mut Window<R>,
    pending: &mut Pending,
    part: &mut Part,
    reading: &mut Reading<'_, '_>,
    place: impl Fn() -> String,
) -> Result<(), Refusal> {
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(()),
        Field::Wrong => {
            unusable(reading.notes, || format!("{}.region", place()));
            return Ok(());
        }
    }
    let mut region = Region::default();
    while let Some(name) = w.member_bytes()? {
        match name {
            b"startLine" => match field::integer(w)? {
                Field::Absent => {}
                number => {
                    region.line = position(number);
                    if region.line.is_none() {
                        unusable(reading.notes, || format!("{}.region.startLine", place()));
                    }
                }
            },
            b"startColumn" => region.column = position(field::integer(w)?),
            b"endLine" => region.end_line = position(field::integer(w)?),
            b"endColumn" => region.end_column = position(field::integer(w)?),
            b"snippet" if !part.no_snippets => {
                let snippets: &mut Snippets = &mut part.snippets;
                let snippet = field::message(w, |text| snippets.add(text))?;
                pending.snippet = snippet.right().unwrap_or(NONE);
            }
            _ => w.skip()?,
        }
    }
    pending.region = in_order(region);
    Ok(())
}

/// A line or column: an integer of 1 or more.
fn position(number: Field<i64>) -> Option<NonZeroU32> {
    let number = u32::try_from(number.right()?).ok()?;
    NonZeroU32::new(number)
}

/// A region that ends before it begins has no end (rule 110).
fn in_order(mut region: Region) -> Region {
    if region.line.is_none() {
        return Region::default();
    }
    if region.end_line < region.line {
        region.end_line = None;
    }
    let one_line = region.end_line.is_none() || region.end_line == region.line;
    if one_line && region.column.is_some() && region.end_column < region.column {
        region.end_column = None;
    }
    region
}

/// Takes what Kingfisher says of a secret beside its location (rule 88): whether it works,
/// and the commit. Nothing else of these properties is kept (S48).
fn properties<R: Read>(
    w: &mut Window<R>,
    pending: &mut Pending,
    index: usize,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    if field::object(w)? != Field::Is(()) {
        return Ok(());
    }
    let (mut newer, mut older) = (Field::Absent, Field::Absent);
    while let Some(name) = w.member()? {
        match name {
            "validation_outcome" => newer = validity(w)?,
            "validation_status" => older = validity(w)?,
            "git_metadata" => commit(w, pending, reading)?,
            _ => w.skip()?,
        }
    }
    let stated = if newer == Field::Absent { older } else { newer };
    pending.validity = match stated {
        Field::Absent => return Ok(()),
        Field::Is(validity) => validity,
        Field::Wrong => {
            reading.notes.note(
                Code::UnknownValidityWord,
                || format!("results[{index}].locations[0].properties"),
                || "a word for the validity of a secret is not known; it counts as unknown".into(),
            );
            Validity::Unknown
        }
    };
    Ok(())
}

/// `Wrong` for a word that is not known.
fn validity<R: Read>(w: &mut Window<R>) -> Result<Field<Validity>, Refusal> {
    Ok(match field::text(w)? {
        Field::Absent => Field::Absent,
        Field::Is(word) => outcome(word).map_or(Field::Wrong, Field::Is),
        Field::Wrong => Field::Wrong,
    })
}

fn commit<R: Read>(
    w: &mut Window<R>,
    pending: &mut Pending,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    if field::object(w)? != Field::Is(()) {
        return Ok(());
    }
    while let Some(name) = w.member()? {
        if name != "commit" {
            w.skip()?;
        } else if field::object(w)? == Field::Is(()) {
            while let Some(name) = w.member()? {
                if name == "id" {
                    pending.commit = interned(w, &mut reading.tables.pool)?;
                } else {
                    w.skip()?;
                }
            }
        }
    }
    Ok(())
}

/// The place of an artifact: its location's, without an index of its own.
pub(super) fn of_artifact(key: PlaceKey) -> PlaceKey {
    PlaceKey {
        artifact: None,
        ..key
    }
}
