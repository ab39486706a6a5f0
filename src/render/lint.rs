//! What `krgate policy lint` advises: `krgate.lint/1`.

use std::io::{self, Write};

use serde::Serialize;

use super::encode::json::{JsonText, write_pretty};
use super::located::Row;
use crate::diagnostic::{Diagnostic, Level, SourceFile};
use crate::model::Untrusted;

/// What the advice was drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    /// The path of the policy as it was given.
    pub policy_path: &'a str,
    /// SHA-256 of the policy's bytes.
    pub policy_sha256: &'a str,
    /// The roster, if one was looked at.
    pub roster: Option<&'a str>,
    /// The ledger, if one was looked at.
    pub ledger: Option<&'a str>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    policy: Policy<'a>,
    looked_at: LookedAt<'a>,
    errors: usize,
    warnings: usize,
    notes: usize,
    diagnostics: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Policy<'a> {
    path: JsonText<'a>,
    sha256: &'a str,
}

#[derive(Serialize)]
struct LookedAt<'a> {
    roster: Option<JsonText<'a>>,
    ledger: Option<JsonText<'a>>,
}

/// Writes the document; `sources` are the files that the diagnostics point into.
///
/// # Errors
/// If the output cannot be written.
pub fn write_json(
    drawn: Drawn<'_>,
    diagnostics: &[Diagnostic],
    sources: &[SourceFile],
    out: &mut dyn Write,
) -> io::Result<()> {
    let of = |level| diagnostics.iter().filter(|it| it.level == level).count();
    let text = |text| JsonText::from(Untrusted::new(text));
    let document = Document {
        schema: "krgate.lint/1",
        policy: Policy {
            path: text(drawn.policy_path),
            sha256: drawn.policy_sha256,
        },
        looked_at: LookedAt {
            roster: drawn.roster.map(text),
            ledger: drawn.ledger.map(text),
        },
        errors: of(Level::Error),
        warnings: of(Level::Warning),
        notes: of(Level::Note),
        diagnostics: diagnostics.iter().map(|it| Row::of(it, sources)).collect(),
    };
    write_pretty(&document, out)
}
