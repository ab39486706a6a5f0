//! The diagnostics of one run.

use crate::diagnostic::{Code, Diagnostic, Message, Place};
use crate::model::UntrustedText;

use super::super::builder::Tally;

/// Collects what is odd in a run: one diagnostic for each code.
#[derive(Debug)]
pub(super) struct Notes<'r> {
    report: &'r UntrustedText,
    /// The path of what is read: `runs[0]`.
    prefix: String,
    tally: Tally,
}

impl<'r> Notes<'r> {
    /// For what stands at this path of the document.
    pub(super) fn new(report: &'r UntrustedText, prefix: String) -> Self {
        Self {
            report,
            prefix,
            tally: Tally::default(),
        }
    }

    /// Counts a place; `field` is the path inside the run.
    pub(super) fn note(
        &mut self,
        code: Code,
        field: impl FnOnce() -> String,
        message: impl FnOnce() -> Message,
    ) {
        let prefix = &self.prefix;
        self.tally
            .note(code, self.report, || joined(prefix, &field()), message);
    }

    /// As [`Notes::note`], with the next step.
    pub(super) fn note_with_hint(
        &mut self,
        code: Code,
        field: &str,
        message: Message,
        hint: Message,
    ) {
        let place = Place::field(self.report, joined(&self.prefix, field));
        self.tally
            .add(Diagnostic::new(code, message).at(place).hint(hint));
    }

    /// Counts what was made elsewhere.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        self.tally.add(diagnostic);
    }

    /// Hands them over.
    pub(super) fn flush(self, into: &mut Vec<Diagnostic>) {
        self.tally.flush(into);
    }
}

fn joined(prefix: &str, field: &str) -> String {
    if field.is_empty() {
        prefix.to_owned()
    } else {
        format!("{prefix}.{field}")
    }
}
