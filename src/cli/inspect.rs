//! `krgate inspect`: what krgate sees in a report, without a policy.

use std::path::Path;

use jiff::Timestamp;

use super::args::{InspectArguments, InspectFormat};
use super::{Voice, output, refuse};
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::ingest::{self, Context, Expected, Limits, Request};
use crate::model::{Untrusted, UntrustedText};
use crate::render;

/// Runs the subcommand. A report that cannot be read is exit 3; findings never are.
pub(super) fn run(
    arguments: &InspectArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    if let Some(word) = &arguments.declared
        && !ingest::format_words().contains(&word.as_str())
    {
        let known = ingest::format_words().join(", ");
        let diagnostic = Diagnostic::new(
            Code::Usage,
            Message::from("no format is called ").foreign(Untrusted::new(word)),
        )
        .hint(format!("the formats are {known}"));
        return refuse(&[diagnostic], &[], voice);
    }
    let requests: Vec<Request> = arguments
        .reports
        .iter()
        .map(|path| request(path, arguments.declared.as_deref()))
        .collect();
    let context = Context {
        now: arguments
            .now
            .as_ref()
            .and_then(|given| given.0)
            .unwrap_or(now),
        roots: surroundings.roots(),
        secret_key: surroundings.secret_key.clone(),
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    };
    let (intake, diagnostics) = ingest::read_unnamed(&requests, &context);
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = match arguments.format {
        InspectFormat::Text => {
            render::inspect::write_text(&intake, &diagnostics, voice.styled, &mut bytes)
        }
        InspectFormat::Json => render::inspect::write_json(&intake, &diagnostics, &mut bytes),
    };
    output::to_stdout(&bytes).max(ExitCode::of_faults(&diagnostics))
}

fn request(path: &Path, format: Option<&str>) -> Request {
    Request {
        path: path.to_path_buf(),
        shown: UntrustedText::new(path.to_string_lossy()),
        by_hand: true,
        expected: Expected {
            format: format.map(str::to_owned),
            ..Expected::default()
        },
    }
}
