//! What `krgate doctor` found: `krgate.doctor/1`.

use std::io::{self, Write};

use serde::Serialize;

use super::encode::json::{JsonText, message, write_pretty};
use crate::diagnostic::{Diagnostic, Level, Place, SourceFile};
use crate::model::Untrusted;

/// A job that is a gate: its file and its id.
pub type GateRow<'a> = (&'a str, &'a str);

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    gates: Vec<Gate<'a>>,
    opens: usize,
    diagnostics: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Gate<'a> {
    file: JsonText<'a>,
    job: JsonText<'a>,
}

#[derive(Serialize)]
struct Row<'a> {
    code: &'static str,
    level: &'static str,
    message: String,
    file: Option<JsonText<'a>>,
    line: Option<usize>,
    column: Option<usize>,
    detail: Option<String>,
    hint: Option<String>,
}

/// Writes the document; `sources` are the files that the diagnostics point into.
///
/// # Errors
/// If the output cannot be written.
pub fn write_json(
    diagnostics: &[Diagnostic],
    sources: &[SourceFile],
    gates: &[GateRow<'_>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let text = |text| JsonText::from(Untrusted::new(text));
    let opens = diagnostics.iter().filter(|it| it.level == Level::Error);
    let document = Document {
        schema: "krgate.doctor/1",
        gates: gates
            .iter()
            .map(|(file, job)| Gate {
                file: text(file),
                job: text(job),
            })
            .collect(),
        opens: opens.count(),
        diagnostics: diagnostics.iter().map(|it| row(it, sources)).collect(),
    };
    write_pretty(&document, out)
}

fn row<'a>(diagnostic: &Diagnostic, sources: &'a [SourceFile]) -> Row<'a> {
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
    Row {
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
