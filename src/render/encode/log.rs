//! The last line of defence of both standard streams (rule G13).
//!
//! The runner of GitHub Actions takes a line that begins with `::` for a command, and `##[`
//! anywhere in a line. The encoders of [`super::terminal`] and [`super::json`] leave neither;
//! whatever they let slip is made harmless here, in every environment, so that output does
//! not depend on where it is printed (G11). Only [`LogWriter::command`] and
//! [`LogWriter::apart`] pass.

use std::io::{self, Write};

use super::workflow::{StopCommands, WorkflowCommand};
use crate::model::is_hidden;

/// What the runner reads in place of bytes that are no UTF-8.
const REPLACEMENT: char = '\u{fffd}';
/// Longest sequence of bytes of one character, less one: what may wait for its rest.
const MOST_WAITING: usize = 3;

/// Where in a line the writer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing but white space and hidden characters so far.
    Start,
    /// After that one `:`, which is held back.
    Colon,
    /// After anything else.
    Middle,
}

/// How much of `##[` or `##vso[` stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hashes {
    None,
    One,
    Two,
    V,
    Vs,
    Vso,
}

/// A stream on which no line is a command but those that were meant.
#[derive(Debug)]
pub struct LogWriter<W: Write> {
    inner: W,
    place: Place,
    hashes: Hashes,
    /// The `:` that is held back, with hidden characters after it.
    held: Vec<u8>,
    /// The beginning of a character whose rest was not written yet.
    partial: Vec<u8>,
}

impl<W: Write> LogWriter<W> {
    /// A writer at the start of a line.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            place: Place::Start,
            hashes: Hashes::None,
            held: Vec::new(),
            partial: Vec::new(),
        }
    }

    /// Writes a command: one line, one write, flushed (rule G17).
    ///
    /// # Errors
    /// If the stream cannot be written.
    pub fn command(&mut self, command: &WorkflowCommand) -> io::Result<()> {
        self.end_line()?;
        self.inner.write_all(format!("{command}\n").as_bytes())?;
        self.inner.flush()
    }

    /// Writes text between the two lines that keep the runner from reading it (rules E14, G16).
    /// Nothing else can be written while they are open, and the second is written whatever
    /// became of the text.
    ///
    /// # Errors
    /// If the stream cannot be written.
    pub fn apart(&mut self, text: &[u8]) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.end_line()?;
        let lines = StopCommands::around(text);
        self.inner.write_all(lines.stop().as_bytes())?;
        let written = self.write_all(text).and_then(|()| self.end_line());
        let closed = self.inner.write_all(lines.resume().as_bytes());
        written.and(closed).and_then(|()| self.inner.flush())
    }

    /// Writes what was held back, as the end of the output or before a line of our own.
    ///
    /// # Errors
    /// If the stream cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.partial).is_empty() {
            self.character(REPLACEMENT)?;
        }
        if self.place == Place::Colon {
            self.place = Place::Middle;
        }
        let held = std::mem::take(&mut self.held);
        self.inner.write_all(&held)?;
        self.inner.flush()
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.finish()?;
        if self.place != Place::Start {
            self.inner.write_all(b"\n")?;
        }
        self.place = Place::Start;
        self.hashes = Hashes::None;
        Ok(())
    }

    /// Writes whole characters, as many as stay as they are at once.
    fn text(&mut self, text: &str) -> io::Result<()> {
        let mut rest = text;
        let mut length = 0;
        while let Some(after) = rest.get(length..).filter(|after| !after.is_empty()) {
            length += self.plain_length(after.as_bytes());
            let Some(c) = rest.get(length..).and_then(|after| after.chars().next()) else {
                break;
            };
            if self.stays(c) {
                length += c.len_utf8();
                continue;
            }
            let (run, after) = rest.split_at(length);
            self.inner.write_all(run.as_bytes())?;
            self.character(c)?;
            rest = after.get(c.len_utf8()..).unwrap_or_default();
            length = 0;
        }
        self.inner.write_all(rest.as_bytes())
    }

    /// How many bytes change nothing about where the writer is.
    fn plain_length(&self, text: &[u8]) -> usize {
        match (self.place, self.hashes) {
            (Place::Start, _) => text.iter().take_while(|byte| **byte == b' ').count(),
            (Place::Middle, Hashes::None) => {
                memchr::memchr3(b'\n', b'\r', b'#', text).unwrap_or(text.len())
            }
            _ => 0,
        }
    }

    /// True if nothing is held back, and nothing is to be written in place of a character or
    /// before it; it is then taken note of as written.
    fn stays(&mut self, c: char) -> bool {
        match (self.place, c) {
            (Place::Colon, _) | (Place::Start, ':') => return false,
            (_, '\n' | '\r') => {
                self.place = Place::Start;
                self.hashes = Hashes::None;
                return true;
            }
            (Place::Middle, '[') if matches!(self.hashes, Hashes::Two | Hashes::Vso) => {
                return false;
            }
            (Place::Start, c) if c.is_whitespace() || is_hidden(c) => return true,
            _ => {}
        }
        self.place = Place::Middle;
        if !is_hidden(c) {
            self.hashes = after(self.hashes, c);
        }
        true
    }

    /// Writes a character that may not stay as it is.
    fn character(&mut self, c: char) -> io::Result<()> {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        if self.place == Place::Start && c == ':' {
            self.place = Place::Colon;
            self.held.extend_from_slice(bytes);
            return Ok(());
        }
        if self.place == Place::Colon {
            if is_hidden(c) && !matches!(c, '\n' | '\r') {
                self.held.extend_from_slice(bytes);
                return Ok(());
            }
            if c == ':' {
                self.inner.write_all(b"- ")?;
            }
            let held = std::mem::take(&mut self.held);
            self.inner.write_all(&held)?;
            self.place = Place::Middle;
        }
        if self.stays(c) {
            self.inner.write_all(bytes)
        } else {
            self.hashes = Hashes::None;
            self.inner.write_all(br"\u{5b}")
        }
    }
}

/// What stands before the next character, after this one.
const fn after(before: Hashes, c: char) -> Hashes {
    match (before, c) {
        (Hashes::None | Hashes::V | Hashes::Vs | Hashes::Vso, '#') => Hashes::One,
        (Hashes::One | Hashes::Two, '#') => Hashes::Two,
        (Hashes::Two, 'v' | 'V') => Hashes::V,
        (Hashes::V, 's' | 'S') => Hashes::Vs,
        (Hashes::Vs, 'o' | 'O') => Hashes::Vso,
        _ => Hashes::None,
    }
}

impl<W: Write> Write for LogWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let joined;
        let mut rest = if self.partial.is_empty() {
            bytes
        } else {
            joined = [std::mem::take(&mut self.partial).as_slice(), bytes].concat();
            &joined
        };
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.text(text)?;
                    return Ok(bytes.len());
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    self.text(std::str::from_utf8(valid).unwrap_or_default())?;
                    let Some(wrong) = error.error_len() else {
                        debug_assert!(after.len() <= MOST_WAITING);
                        self.partial.extend_from_slice(after);
                        return Ok(bytes.len());
                    };
                    self.character(REPLACEMENT)?;
                    rest = after.get(wrong..).unwrap_or_default();
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
