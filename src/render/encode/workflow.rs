//! Workflow commands of the Actions runner (rules E7 to E10, AV7).

use std::fmt::{self, Write as _};

use super::{Piece, pieces};
use crate::diagnostic::Message;
use crate::model::{RepoPath, Untrusted, visible};

/// Most UTF-16 units of a command's message; the runner cuts at 4,096 (limit L8).
pub const MOST_UNITS: usize = 4_000;

/// What kind of annotation a command makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `::error`
    Error,
    /// `::warning`
    Warning,
    /// `::notice`
    Notice,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One annotation; its `Display` is one line without a line end.
#[derive(Debug, Clone)]
pub struct WorkflowCommand {
    kind: Kind,
    title: String,
    place: Option<(String, Option<(u32, u32)>)>,
    text: String,
}

impl WorkflowCommand {
    /// A command that says `message`.
    pub fn new(kind: Kind, message: &Message) -> Self {
        Self {
            kind,
            title: String::new(),
            place: None,
            text: shown(message),
        }
    }

    /// The same with a title.
    #[must_use]
    pub fn title(mut self, title: &Message) -> Self {
        self.title = shown(title);
        self
    }

    /// The same at a file that may be named ([`crate::model::FindingView::path_can_be_linked`],
    /// rule E9); an end before the start is dropped (rule E10).
    #[must_use]
    pub fn at(mut self, path: &RepoPath, line: Option<u32>, end_line: Option<u32>) -> Self {
        let lines = line.map(|line| (line, end_line.unwrap_or(line).max(line)));
        self.place = Some((path.as_str().to_owned(), lines));
        self
    }
}

impl fmt::Display for WorkflowCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "::{}", self.kind.as_str())?;
        let mut before = ' ';
        let mut put = |f: &mut fmt::Formatter<'_>, key: &str, value: &str| {
            if value.is_empty() {
                return Ok(());
            }
            f.write_char(std::mem::replace(&mut before, ','))?;
            write!(f, "{key}={value}")
        };
        if let Some((file, lines)) = &self.place {
            put(f, "file", &escape_property(file))?;
            if let Some((line, end_line)) = lines {
                put(f, "line", &line.to_string())?;
                if end_line > line {
                    put(f, "endLine", &end_line.to_string())?;
                }
            }
        }
        put(f, "title", &escape_property(&self.title))?;
        write!(f, "::{}", escape_data(cut_units(&self.text)))
    }
}

/// Foreign text as part of a command's data.
pub fn data(text: Untrusted<'_>) -> String {
    escape_data(&visible(&super::cut(text)))
}

/// Foreign text as the value of a property.
pub fn property(text: Untrusted<'_>) -> String {
    escape_property(&visible(&super::cut(text)))
}

fn shown(message: &Message) -> String {
    let mut text = String::new();
    for piece in pieces(message) {
        match piece {
            Piece::Own(words) => text.push_str(&words),
            Piece::Foreign(foreign) => {
                let _ = write!(text, "`{}`", visible(&super::cut(foreign)));
            }
        }
    }
    text
}

/// Rule E7: `%` first, so that nothing of the text is taken for an escape.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Rule E8.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

fn cut_units(text: &str) -> &str {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > MOST_UNITS {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}
