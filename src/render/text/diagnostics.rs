//! Diagnostics about reports: what, where, what to do (rules V7, E27).

use std::io;

use super::page::{Cell, Page, Role};
use super::{Sheet, words};
use crate::diagnostic::{Diagnostic, Level, Message, Place};

/// True if a diagnostic is worth a place on this sheet: errors and warnings always, notes
/// where more was asked for.
fn is_shown(sheet: &Sheet<'_>, diagnostic: &Diagnostic) -> bool {
    sheet.is_verbose() || diagnostic.level > Level::Note
}

/// Writes those that are shown; true if there was one.
pub(super) fn write(sheet: &Sheet<'_>, page: &mut Page<'_>) -> io::Result<bool> {
    let mut any = false;
    for diagnostic in &sheet.evaluation.diagnostics {
        if is_shown(sheet, diagnostic) {
            if !any && !sheet.is_short() {
                page.blank()?;
            }
            any = true;
            one(diagnostic, !sheet.is_short(), page)?;
        }
    }
    Ok(any)
}

/// Says how many notes were left out.
pub(super) fn left_out(sheet: &Sheet<'_>) -> Option<Message> {
    let notes = sheet
        .evaluation
        .diagnostics
        .iter()
        .filter(|diagnostic| !is_shown(sheet, diagnostic))
        .count();
    let notes = words::number(notes);
    (notes > 0).then(|| {
        format!(
            "{} about the reports: see --verbose",
            words::count(notes, "note")
        )
        .into()
    })
}

pub(super) fn one(diagnostic: &Diagnostic, whole: bool, page: &mut Page<'_>) -> io::Result<()> {
    let role = match diagnostic.level {
        Level::Error => Role::Bad,
        Level::Warning => Role::Odd,
        Level::Note => Role::Dim,
    };
    let head = format!(
        "{}[{}]:",
        diagnostic.level.as_str(),
        diagnostic.code.as_str()
    );
    page.words(0, &Cell::own(head).role(role), &diagnostic.message)?;
    if let Some(place) = place(diagnostic) {
        page.words(2, &Cell::own("at"), &place)?;
    }
    if words::is_in_policy(diagnostic) {
        // What stands under the marked place there is a sentence of its own here.
        if let Some(label) = &diagnostic.label {
            page.words(2, &Cell::own(""), label)?;
        }
        page.words(2, &Cell::own("in"), &words::IN_POLICY.into())?;
    } else if let Some(label) = &diagnostic.label {
        page.words(2, &Cell::own("expected"), label)?;
    }
    if let (true, Some(hint)) = (whole, &diagnostic.hint) {
        page.words(2, &Cell::own("->").role(Role::Dim), hint)?;
    }
    Ok(())
}

/// `reports/x.sarif, byte 1,048,576, line 20,114, column 3, runs[0].results[3] and 4 more places`
fn place(diagnostic: &Diagnostic) -> Option<Message> {
    let Place::Report {
        path,
        offset,
        line_column,
        field,
    } = &diagnostic.place
    else {
        return None;
    };
    let mut said = Message::default().foreign(path.as_untrusted());
    if let Some(offset) = offset {
        said = said.own(format!(", byte {}", words::thousands(*offset)));
    }
    if let Some((line, column)) = line_column {
        said = said.own(format!(
            ", line {}, column {}",
            words::thousands(*line),
            words::thousands(*column)
        ));
    }
    if let Some(field) = field {
        said = said.own(format!(", {field}"));
    }
    let more = diagnostic.count.saturating_sub(1);
    if more > 0 {
        said = said.own(format!(" and {}", words::count(more, "more place")));
    }
    Some(said)
}
