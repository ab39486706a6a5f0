//! Workflow commands of the Actions runner (rules E7 to E10, G17 to G28, AV7).
//!
//! Data and titles begin with words of krgate's own, so that nothing foreign stands beside a
//! separator (G21): the runner looks for `::` with a comparison that skips and joins characters.

use std::fmt::{self, Write as _};

use super::{Piece, pieces};
use crate::diagnostic::Message;
use crate::model::{RepoPath, Untrusted, visible};

/// Most UTF-16 units of a command's message; the runner cuts at 4,096 (limit L8, G28).
pub const MOST_UNITS: usize = 4_000;
/// Most UTF-16 units of a title (G28).
pub const MOST_TITLE_UNITS: usize = 255;

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

/// Lines and columns of a place, 1-based and in order (rule G26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lines {
    first: u32,
    last: u32,
    columns: Option<(u32, Option<u32>)>,
}

impl Lines {
    /// One line, or all of the first to the last; an end before the start is dropped, and
    /// there is no line 0.
    pub fn new(first: u32, last: Option<u32>) -> Option<Self> {
        (first > 0).then(|| Self {
            first,
            last: last.unwrap_or(first).max(first),
            columns: None,
        })
    }

    /// The same with columns, where they lie in one line and are in order.
    #[must_use]
    pub fn columns(mut self, first: Option<u32>, last: Option<u32>) -> Self {
        if let Some(first) = first.filter(|first| *first > 0 && self.first == self.last) {
            self.columns = Some((first, last.filter(|last| *last >= first)));
        }
        self
    }

    /// The first line.
    pub const fn first(self) -> u32 {
        self.first
    }

    /// The last line, which may be the first.
    pub const fn last(self) -> u32 {
        self.last
    }

    /// The first column, and the last where it is known.
    pub const fn column(self) -> Option<(u32, Option<u32>)> {
        self.columns
    }
}

/// One annotation; its `Display` is one line without a line end.
#[derive(Debug, Clone)]
pub struct WorkflowCommand {
    kind: Kind,
    title: String,
    place: Option<(String, Option<Lines>)>,
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
    /// rules E9, G25).
    #[must_use]
    pub fn at(mut self, path: &RepoPath, lines: Option<Lines>) -> Self {
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
            if let Some(lines) = lines {
                put(f, "line", &lines.first.to_string())?;
                if lines.last > lines.first {
                    put(f, "endLine", &lines.last.to_string())?;
                }
                if let Some((first, last)) = lines.columns {
                    put(f, "col", &first.to_string())?;
                    if let Some(last) = last {
                        put(f, "endColumn", &last.to_string())?;
                    }
                }
            }
        }
        let title = cut_units(&self.title, MOST_TITLE_UNITS);
        put(f, "title", &escape_property(&title))?;
        write!(f, "::{}", escape_data(&cut_units(&self.text, MOST_UNITS)))
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

/// A message as annotations show it, on the log and in a check run: one line, foreign text in
/// its visible form between backticks.
pub fn shown(message: &Message) -> String {
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

/// The text, or as many characters of it as leave room for `…` (rule G28).
fn cut_units(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    let mut units = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units < most {
            end = at + c.len_utf8();
        }
        if units > most {
            return format!("{}…", text.get(..end).unwrap_or_default()).into();
        }
    }
    text.into()
}

/// The two lines between which the runner takes nothing for a command (rules E14, G16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopCommands(String);

impl StopCommands {
    /// The lines for a text: their token is 32 digits of its SHA-256, so that no text can hold
    /// its own, and the same text has the same one.
    pub fn around(text: &[u8]) -> Self {
        use sha2::{Digest as _, Sha256};
        let digest = Sha256::digest(text);
        let mut token = String::with_capacity(32);
        for byte in digest.iter().take(16) {
            let _ = write!(token, "{byte:02x}");
        }
        Self(token)
    }

    /// The line before the text.
    pub fn stop(&self) -> String {
        format!("::stop-commands::{}\n", self.0)
    }

    /// The line after it.
    pub fn resume(&self) -> String {
        format!("::{}::\n", self.0)
    }
}
