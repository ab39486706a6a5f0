//! A streaming writer of JSON, compact or indented, so that a huge input never stands in
//! memory.

use std::collections::BTreeSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// How a tool lays out its JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// No white space at all.
    Compact,
    /// One member a line, so many spaces a level.
    Indented(usize),
}

/// What was written: the figures that budgets are reckoned from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Written {
    /// Bytes of the file.
    pub(crate) bytes: u64,
    /// Findings in it.
    pub(crate) findings: u64,
    /// Bytes of the distinct strings that a gate has to keep of them: paths, rule ids and
    /// titles, messages, commits.
    pub(crate) kept: u64,
}

/// Writes one file, value after value.
pub(crate) struct Json {
    to: BufWriter<File>,
    layout: Layout,
    /// For each open object or array: true once something stands in it.
    open: Vec<bool>,
    /// True between a key and its value.
    after_key: bool,
    written: Written,
    seen: BTreeSet<u64>,
}

impl Json {
    /// Starts a file.
    pub(crate) fn create(path: &Path, layout: Layout) -> io::Result<Self> {
        Ok(Self {
            to: BufWriter::with_capacity(1 << 20, File::create(path)?),
            layout,
            open: Vec::new(),
            after_key: false,
            written: Written::default(),
            seen: BTreeSet::new(),
        })
    }

    /// Ends the file and says what was written.
    pub(crate) fn finish(mut self) -> io::Result<Written> {
        self.put(b"\n")?;
        self.to.flush()?;
        Ok(self.written)
    }

    /// Ends a line of a file that holds one document a line.
    pub(crate) fn end_line(&mut self) -> io::Result<()> {
        self.put(b"\n")
    }

    /// Counts one finding.
    pub(crate) fn count_finding(&mut self) {
        self.written.findings += 1;
    }

    /// Counts a string that a gate keeps, once however often it comes; gives it back.
    pub(crate) fn keep<'a>(&mut self, text: &'a str) -> &'a str {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if self.seen.insert(hasher.finish()) {
            self.written.kept += length(text.as_bytes());
        }
        text
    }

    /// An object; `members` writes what is in it.
    pub(crate) fn object(
        &mut self,
        members: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.group(b"{", b"}", members)
    }

    /// An array; `items` writes what is in it.
    pub(crate) fn array(
        &mut self,
        items: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.group(b"[", b"]", items)
    }

    /// The key of a member, whose value comes next.
    pub(crate) fn key(&mut self, key: &str) -> io::Result<&mut Self> {
        self.separate()?;
        self.quoted(key)?;
        self.put(if self.layout == Layout::Compact {
            b":"
        } else {
            b": "
        })?;
        self.after_key = true;
        Ok(self)
    }

    /// A string, escaped.
    pub(crate) fn string(&mut self, text: &str) -> io::Result<()> {
        self.separate()?;
        self.quoted(text)
    }

    /// A whole number.
    pub(crate) fn number(&mut self, number: u64) -> io::Result<()> {
        self.literal(&number.to_string())
    }

    /// `true`, `null` or a number with a fraction.
    pub(crate) fn literal(&mut self, literal: &str) -> io::Result<()> {
        self.separate()?;
        self.put(literal.as_bytes())
    }

    /// A member whose value is a string.
    pub(crate) fn text(&mut self, key: &str, text: &str) -> io::Result<()> {
        self.key(key)?.string(text)
    }

    /// A member whose value is an object with a text of its own, SARIF's message.
    pub(crate) fn message(&mut self, key: &str, text: &str) -> io::Result<()> {
        self.key(key)?.object(|json| json.text("text", text))
    }

    fn group(
        &mut self,
        start: &[u8],
        end: &[u8],
        inside: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.separate()?;
        self.put(start)?;
        self.open.push(false);
        inside(self)?;
        if self.open.pop() == Some(true) {
            self.new_line()?;
        }
        self.put(end)
    }

    /// What stands before a value or a key: comma, line feed and indentation.
    fn separate(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.after_key) {
            return Ok(());
        }
        let Some(filled) = self.open.last_mut() else {
            return Ok(());
        };
        if std::mem::replace(filled, true) {
            self.put(b",")?;
        }
        self.new_line()
    }

    fn new_line(&mut self) -> io::Result<()> {
        let Layout::Indented(spaces) = self.layout else {
            return Ok(());
        };
        self.put(b"\n")?;
        for _ in 0..spaces * self.open.len() {
            self.put(b" ")?;
        }
        Ok(())
    }

    fn quoted(&mut self, text: &str) -> io::Result<()> {
        let quoted = serde_json::to_string(text)?;
        self.put(quoted.as_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written.bytes += length(bytes);
        self.to.write_all(bytes)
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
