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

    /// Writes whole characters.
    fn text(&mut self, mut text: &str) -> io::Result<()> {
        while !text.is_empty() {
            let plain = self.plain_length(text);
            if let Some((run, rest)) = text.split_at_checked(plain).filter(|_| plain > 0) {
                self.inner.write_all(run.as_bytes())?;
                text = rest;
            } else {
                let mut chars = text.chars();
                let Some(c) = chars.next() else { break };
                text = chars.as_str();
                self.character(c)?;
            }
        }
        Ok(())
    }

    /// How much of a text can be written as it is.
    fn plain_length(&self, text: &str) -> usize {
        if self.place != Place::Middle || self.hashes != Hashes::None {
            return 0;
        }
        memchr::memchr3(b'\n', b'\r', b'#', text.as_bytes()).unwrap_or(text.len())
    }

    fn character(&mut self, c: char) -> io::Result<()> {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        if matches!(c, '\n' | '\r') {
            let held = std::mem::take(&mut self.held);
            self.inner.write_all(&held)?;
            self.place = Place::Start;
            self.hashes = Hashes::None;
            return self.inner.write_all(bytes);
        }
        let hidden = is_hidden(c);
        match self.place {
            Place::Start if hidden || c.is_whitespace() => {}
            Place::Start if c == ':' => {
                self.place = Place::Colon;
                self.held.extend_from_slice(bytes);
                return Ok(());
            }
            Place::Start | Place::Middle => self.place = Place::Middle,
            Place::Colon if hidden => {
                self.held.extend_from_slice(bytes);
                return Ok(());
            }
            Place::Colon => {
                let held = std::mem::take(&mut self.held);
                if c == ':' {
                    self.inner.write_all(b"- ")?;
                }
                self.inner.write_all(&held)?;
                self.place = Place::Middle;
            }
        }
        let opens = matches!(self.hashes, Hashes::Two | Hashes::Vso) && c == '[';
        if !hidden {
            self.hashes = after(self.hashes, c);
        }
        self.inner.write_all(if opens { br"\u{5b}" } else { bytes })
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
