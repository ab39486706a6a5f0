//! Diagnostics that point into text files of the user's, as JSON: file, line and column.

use serde::Serialize;

use super::encode::json::{JsonText, message};
use crate::diagnostic::{Diagnostic, Place, SourceFile};
use crate::model::Untrusted;

/// A diagnostic with its place, 1-based.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    code: &'static str,
    level: &'static str,
    message: String,
    file: Option<JsonText<'a>>,
    line: Option<usize>,
    column: Option<usize>,
    detail: Option<String>,
    hint: Option<String>,
}

impl<'a> Row<'a> {
    /// The row of a diagnostic; `sources` are the files that it may point into.
    pub(super) fn of(diagnostic: &Diagnostic, sources: &'a [SourceFile]) -> Self {
        let place = match diagnostic.place {
            Place::Source { file, span } => sources.get(file).map(|source| (source, span.start)),
            Place::None | Place::Report { .. } => None,
        };
        let position = place.map(|(source, start)| {
            let at = source
                .text
                .floor_char_boundary(start.min(source.text.len()));
            let before = source.text.get(..at).unwrap_or_default();
            let line = before.rsplit('\n').next().unwrap_or_default();
            (1 + before.matches('\n').count(), 1 + line.chars().count())
        });
        Self {
            code: diagnostic.code.as_str(),
            level: diagnostic.level.as_str(),
            message: message(&diagnostic.message),
            file: place.map(|(source, _)| Untrusted::new(&source.name).into()),
            line: position.map(|(line, _)| line),
            column: position.map(|(_, column)| column),
            detail: diagnostic.label.as_ref().map(message),
            hint: diagnostic.hint.as_ref().map(message),
        }
    }
}
