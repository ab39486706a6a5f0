//! What `krgate doctor` found: `krgate.doctor/1`.

use std::io::{self, Write};

use serde::Serialize;

use super::encode::json::{JsonText, write_pretty};
use super::located::Row;
use crate::diagnostic::{Diagnostic, Level, SourceFile};
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
        diagnostics: diagnostics.iter().map(|it| Row::of(it, sources)).collect(),
    };
    write_pretty(&document, out)
}
