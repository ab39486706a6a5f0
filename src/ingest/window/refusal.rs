//! Why a report is refused as a whole.

use std::fmt;
use std::io;

use crate::diagnostic::{Code, Diagnostic, Message, Place};
use crate::model::UntrustedText;

/// A report that cannot be trusted as a whole: what is wrong, and where.
///
/// It holds no text of the report but the name of a member that stands twice, and that as
/// [`UntrustedText`]. It is one pointer wide, since every step of the walker returns one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ingest) struct Refusal(Box<Detail>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Detail {
    code: Code,
    offset: Option<u64>,
    line_column: Option<(u64, u64)>,
    field: Option<String>,
    message: Message,
    label: Option<&'static str>,
    hint: Option<Message>,
}

impl Refusal {
    /// A refusal of the whole report, at no place in it.
    pub(in crate::ingest) fn new(code: Code, message: impl Into<Message>) -> Self {
        Self(Box::new(Detail {
            code,
            offset: None,
            line_column: None,
            field: None,
            message: message.into(),
            label: None,
            hint: None,
        }))
    }

    /// The same at a byte, 0-based, with its line and column, 1-based.
    #[must_use]
    pub(in crate::ingest) fn at(mut self, offset: u64, line_column: (u64, u64)) -> Self {
        self.0.offset = Some(offset);
        self.0.line_column = Some(line_column);
        self
    }

    /// The same in other words.
    #[must_use]
    pub(in crate::ingest) fn saying(mut self, message: Message) -> Self {
        self.0.message = message;
        self
    }

    /// The same with what was expected there.
    #[must_use]
    pub(in crate::ingest) fn expected(mut self, label: &'static str) -> Self {
        self.0.label = Some(label);
        self
    }

    /// The same with what to do next.
    #[must_use]
    pub(in crate::ingest) fn hint(mut self, hint: impl Into<Message>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same inside a member whose name is one of the format's own, never one that the
    /// report made up: `results`, with the index where it is a list.
    #[must_use]
    pub(in crate::ingest) fn inside(mut self, name: &'static str, index: Option<usize>) -> Self {
        let step = match index {
            Some(index) => format!("{name}[{index}]"),
            None => name.to_owned(),
        };
        self.0.field = Some(match self.0.field.take() {
            Some(rest) if rest.starts_with('[') => format!("{step}{rest}"),
            Some(rest) => format!("{step}.{rest}"),
            None => step,
        });
        self
    }

    /// What it is.
    pub(in crate::ingest) fn code(&self) -> Code {
        self.0.code
    }

    /// The byte at which it was noticed, 0-based.
    #[cfg(test)]
    pub(in crate::ingest) fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// Line and column, 1-based, columns counted in bytes.
    #[cfg(test)]
    pub(in crate::ingest) fn line_column(&self) -> Option<(u64, u64)> {
        self.0.line_column
    }

    /// The path of known names.
    #[cfg(test)]
    pub(in crate::ingest) fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The diagnostic for a report that is shown under this name.
    pub(in crate::ingest) fn into_diagnostic(self, report: &UntrustedText) -> Diagnostic {
        let detail = *self.0;
        let mut diagnostic = Diagnostic::new(detail.code, detail.message).at(Place::Report {
            path: report.clone(),
            offset: detail.offset,
            line_column: detail.line_column,
            field: detail.field,
        });
        diagnostic.label = detail.label.map(Message::from);
        diagnostic.hint = detail.hint.or_else(|| Some(next_step(detail.code).into()));
        diagnostic
    }
}

/// What to do about a report that is refused, where the reader knows nothing better (rule V7).
fn next_step(code: Code) -> &'static str {
    match code {
        Code::ReportTruncated => {
            "the scanner or the upload was probably stopped: run it again; nothing in this file was counted"
        }
        Code::ReportEmpty => "look at the step that writes it; nothing was counted",
        Code::ReportNotUtf8 => "let the tool write UTF-8, or UTF-16 with a byte order mark",
        Code::ReportSyntax => {
            "let the tool write its report to a file of its own, and run it again; nothing in this file was counted"
        }
        Code::ReportTooLarge | Code::ItemTooLarge | Code::ReportTooDeep => {
            "no scanner writes such a report on purpose: look at what it was made from"
        }
        Code::SarifVersionMissing | Code::SarifVersionUnsupported => {
            "let the tool write SARIF 2.1.0"
        }
        _ => "nothing in this file was counted: repair the step that writes it, and run it again",
    }
}

/// What the source of bytes found wrong, carried through [`io::Error`].
///
/// A `Read` below the window wraps it (`io::Error::other(SourceFault(…))`) to say which code
/// the refusal shall have: too large, changed while it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) struct SourceFault(pub(in crate::ingest) Code);

impl fmt::Display for SourceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl std::error::Error for SourceFault {}

/// The code and words for a failure to read; the system's own text may name files, so only
/// its kind is looked at.
pub(in crate::ingest) fn of_read(error: &io::Error) -> Refusal {
    let stated = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<SourceFault>())
        .map(|fault| fault.0);
    let code = stated.unwrap_or(match error.kind() {
        // What a decompressor says of a stream that is cut or damaged (rule 7).
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Code::ReportTruncated
        }
        _ => Code::ReportUnreadable,
    });
    Refusal::new(
        code,
        match code {
            Code::ReportTooLarge => "the report is larger than the limit, after decompression",
            Code::ReportChangedWhileRead => "the report changed while it was read",
            Code::ReportNotUtf8 => "the report has a character that UTF-16 does not allow",
            Code::ReportTruncated => "the compressed report is cut off or damaged",
            _ => "the report cannot be read to its end",
        },
    )
}
