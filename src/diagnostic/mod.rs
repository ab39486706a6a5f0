//! What is wrong with the user's data, in a form that every output can show.
//!
//! A [`Diagnostic`] has a stable [`Code`], a level, a message whose foreign parts are marked,
//! a place, and a hint that says what to do. Rooms return diagnostics beside their value;
//! `cli` turns them into text and an exit code. Nothing of a report stands in a message but
//! names that go through the encoder of the sink (rule E27).

mod code;
mod message;
mod snippet;

pub use code::{Code, Fault};
pub use message::{Message, Part};
pub use snippet::{SourceFile, Span, draw, refusal};

use crate::model::UntrustedText;

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing is wrong; a reader may want to know.
    Note,
    /// Something is odd; no verdict changes by the diagnostic itself.
    Warning,
    /// The run ends with the exit code of the code's [`Fault`].
    Error,
}

impl Level {
    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where a diagnostic points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Nowhere in particular.
    None,
    /// Into a text file of the user's (policy, waivers) whose lines may be shown.
    Source {
        /// Index in the list of sources that stands beside the diagnostics.
        file: usize,
        /// The bytes in question.
        span: Span,
    },
    /// Into a report, whose content is never shown.
    Report {
        /// The report's path.
        path: UntrustedText,
        /// Byte offset, 0-based, where known.
        offset: Option<u64>,
        /// Line and column, 1-based, where known.
        line_column: Option<(u64, u64)>,
        /// Path of known field names: `runs[0].results[17].level`.
        field: Option<String>,
    },
}

impl Place {
    /// A report as a whole.
    pub fn report(path: &UntrustedText) -> Self {
        Self::Report {
            path: path.clone(),
            offset: None,
            line_column: None,
            field: None,
        }
    }

    /// A field of a report.
    pub fn field(path: &UntrustedText, field: impl Into<String>) -> Self {
        Self::Report {
            path: path.clone(),
            offset: None,
            line_column: None,
            field: Some(field.into()),
        }
    }
}

/// One thing that is wrong, odd, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What it is, for ever under one name.
    pub code: Code,
    /// How serious it is; [`Code::level`] unless the policy says otherwise.
    pub level: Level,
    /// What is wrong: lower case, no full stop, no blame.
    pub message: Message,
    /// Where.
    pub place: Place,
    /// What stands under the marked place of a source, or after the message elsewhere:
    /// what was expected.
    pub label: Option<Message>,
    /// What to do next.
    pub hint: Option<Message>,
    /// How many places of this kind there are; `place` is the first.
    pub count: u64,
}

impl Diagnostic {
    /// A diagnostic of the code's own level, at no place.
    pub fn new(code: Code, message: impl Into<Message>) -> Self {
        Self {
            code,
            level: code.level(),
            message: message.into(),
            place: Place::None,
            label: None,
            hint: None,
            count: 1,
        }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same with what was expected.
    #[must_use]
    pub fn label(mut self, label: impl Into<Message>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same with the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Message>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same for several places.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = count;
        self
    }
}
