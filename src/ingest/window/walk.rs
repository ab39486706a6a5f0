//! The steps of a walk through a report.

use std::io::Read;

use crate::diagnostic::Code;

use super::skip::{Scan, Stop};
use super::token::{self, End};
use super::{Refusal, Window};

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    Text,
    /// An object.
    Object,
    /// An array.
    Array,
}

/// A value that was taken as far as it is a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum Scalar<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(&'a str),
    /// A string, unescaped.
    Text(&'a str),
    /// An object, which was skipped.
    Object,
    /// An array, which was skipped.
    Array,
}

impl<R: Read> Window<R> {
    /// The next byte that is no white space, not taken; `None` at the end of the report.
    #[inline]
    pub(super) fn glance(&mut self) -> Result<Option<u8>, Refusal> {
        if let Some(byte) = self.here().filter(|byte| *byte > b' ') {
            return Ok(Some(byte));
        }
        self.pass_blanks()
    }

    /// The next byte, if it is in the window.
    #[inline]
    pub(super) fn here(&self) -> Option<u8> {
        self.buffer.get(..self.end)?.get(self.pos).copied()
    }

    fn pass_blanks(&mut self) -> Result<Option<u8>, Refusal> {
        loop {
            let known = self.buffer.get(..self.end).unwrap_or_default();
            self.pos = token::blank_end(known, self.pos);
            if let Some(byte) = known.get(self.pos) {
                return Ok(Some(*byte));
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// As [`Window::glance`] where the report must go on.
    #[inline]
    pub(super) fn look(&mut self) -> Result<u8, Refusal> {
        match self.glance()? {
            Some(byte) => Ok(byte),
            None => Err(self.truncated()),
        }
    }

    /// The type of the next value, which is not taken.
    ///
    /// # Errors
    /// If no value comes next.
    #[inline]
    pub(in crate::ingest) fn kind(&mut self) -> Result<Kind, Refusal> {
        match self.look()? {
            b'"' => Ok(Kind::Text),
            b'{' => Ok(Kind::Object),
            b'[' => Ok(Kind::Array),
            b't' | b'f' => Ok(Kind::Bool),
            b'n' => Ok(Kind::Null),
            b'-' | b'0'..=b'9' => Ok(Kind::Number),
            _ => Err(self.syntax_at(self.pos, "a value")),
        }
    }

    /// Enters the next value, which [`Window::kind`] said is an object. Take its members
    /// with [`Window::member`] until there is none.
    ///
    /// # Errors
    /// If it is none, or nests too deep.
    pub(in crate::ingest) fn enter_object(&mut self) -> Result<(), Refusal> {
        self.enter(b'{', "an object")?;
        self.names.open();
        Ok(())
    }

    /// Enters the next value, which [`Window::kind`] said is an array. Ask
    /// [`Window::element`] before each of its elements, until it says no.
    ///
    /// # Errors
    /// If it is none, or nests too deep.
    pub(in crate::ingest) fn enter_array(&mut self) -> Result<(), Refusal> {
        self.enter(b'[', "an array")
    }

    fn enter(&mut self, bracket: u8, expected: &'static str) -> Result<(), Refusal> {
        if self.look()? != bracket {
            self.kind()?;
            return Err(self.wrong_type(expected));
        }
        if !self.nesting.open(bracket == b'{') {
            return Err(self.too_deep(self.pos));
        }
        self.pos += 1;
        self.fresh = true;
        Ok(())
    }

    fn too_deep(&self, index: usize) -> Refusal {
        self.refuse_at(
            index,
            Code::ReportTooDeep,
            "the report nests deeper than 128 levels",
        )
    }

    /// True if another element of the array that was entered comes next, which must then be
    /// taken, entered or skipped. False leaves the array.
    ///
    /// # Errors
    /// If the grammar is broken.
    pub(in crate::ingest) fn element(&mut self) -> Result<bool, Refusal> {
        self.step(b']', "`,` or `]`")
    }

    /// To the next member or element; false at the closing bracket, which is taken.
    #[inline]
    pub(super) fn step(&mut self, bracket: u8, expected: &'static str) -> Result<bool, Refusal> {
        let fresh = std::mem::replace(&mut self.fresh, false);
        let byte = self.look()?;
        if byte == bracket {
            self.pos += 1;
            self.nesting.close();
            return Ok(false);
        }
        if !fresh {
            if byte != b',' {
                return Err(self.syntax_at(self.pos, expected));
            }
            self.pos += 1;
            if self.look()? == bracket {
                return Err(self.syntax_at(self.pos, "a value after the comma"));
            }
        }
        Ok(true)
    }

    /// Takes the next value as far as it is a scalar; an object or array is skipped.
    ///
    /// # Errors
    /// If the grammar is broken.
    pub(in crate::ingest) fn scalar(&mut self) -> Result<Scalar<'_>, Refusal> {
        match self.kind()? {
            Kind::Text => {
                let text = self.string_token()?;
                self.text(text).map(Scalar::Text)
            }
            Kind::Number => {
                let len = self.bare(token::number_end)?;
                let start = self.pos - len;
                self.text(Text::Plain { start, len }).map(Scalar::Number)
            }
            Kind::Bool => {
                let len = self.bare(|known, at, _| token::literal_end(known, at))?;
                Ok(Scalar::Bool(len == 4))
            }
            Kind::Null => {
                self.bare(|known, at, _| token::literal_end(known, at))?;
                Ok(Scalar::Null)
            }
            Kind::Object => self.skip().map(|()| Scalar::Object),
            Kind::Array => self.skip().map(|()| Scalar::Array),
        }
    }

    /// Takes a whole number without sign that is short, as most are; `None` leaves whatever
    /// comes next where it is.
    ///
    /// # Errors
    /// If the report ends before a value.
    #[inline]
    pub(in crate::ingest) fn short_number(&mut self) -> Result<Option<u32>, Refusal> {
        self.look()?;
        let known = self.buffer.get(..self.end).unwrap_or_default();
        let mut at = self.pos;
        let mut number = 0;
        while let Some(digit @ b'0'..=b'9') = known.get(at)
            && at - self.pos < 9
        {
            number = number * 10 + u32::from(digit - b'0');
            at += 1;
        }
        let begins_well = matches!(known.get(self.pos), Some(b'1'..=b'9'));
        let ends_well = matches!(
            known.get(at),
            Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r')
        );
        if !begins_well || !ends_well {
            return Ok(None);
        }
        self.pos = at;
        Ok(Some(number))
    }

    /// What `taken` makes of the next value where that is a string without escapes, as most
    /// are, and then takes it; where it makes nothing of it, and for any other value, `None`
    /// leaves what comes next where it is. The bytes are UTF-8.
    ///
    /// # Errors
    /// If the report ends before a value.
    #[inline]
    pub(in crate::ingest) fn take_plain<T>(
        &mut self,
        taken: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        self.look()?;
        let Some((text, end)) = self.plain_text(self.pos) else {
            return Ok(None);
        };
        let found = taken(text);
        if found.is_some() {
            self.pos = end;
        }
        Ok(found)
    }

    /// Takes the next value, which nothing stands before, if it is a string with this text;
    /// otherwise nothing. The text has nothing that JSON escapes.
    #[inline]
    pub(in crate::ingest) fn take_same(&mut self, text: &str) -> bool {
        let window = self.buffer.get(self.pos..self.end).unwrap_or_default();
        let rest = window.strip_prefix(b"\"");
        let is_same = rest
            .and_then(|rest| rest.strip_prefix(text.as_bytes()))
            .is_some_and(|rest| rest.starts_with(b"\""));
        if is_same {
            self.pos += text.len() + 2;
        }
        is_same
    }

    /// The string without escapes that begins at an index, and the index after it, if all of
    /// it is in the window.
    #[inline]
    fn plain_text(&self, from: usize) -> Option<(&[u8], usize)> {
        let window = self.buffer.get(..self.end)?;
        if window.get(from) != Some(&b'"') {
            return None;
        }
        let end = token::plain_end(window, from + 1)?;
        if window.get(end) != Some(&b'"') {
            return None;
        }
        Some((window.get(from + 1..end)?, end + 1))
    }

    /// Passes over a short scalar that is in the window whole, as most values are; otherwise
    /// nothing.
    #[inline]
    fn skip_short(&mut self) -> bool {
        let window = self.buffer.get(..self.end).unwrap_or_default();
        let end = match window.get(self.pos) {
            Some(b'"') => self.plain_text(self.pos).map(|(_, end)| end),
            Some(b'1'..=b'9') => match token::number_end(window, self.pos, false) {
                End::At(end) => Some(end),
                End::Cut(_) | End::Bad(_) => None,
            },
            Some(b'n') if self.goes_on_with(b"null,") => Some(self.pos + 4),
            Some(b'f') if self.goes_on_with(b"false,") => Some(self.pos + 5),
            _ => None,
        };
        self.pos = end.unwrap_or(self.pos);
        end.is_some()
    }

    /// Passes over the next value, whatever it is, as strictly as if it were read.
    ///
    /// # Errors
    /// If the grammar is broken, or it nests too deep.
    #[inline]
    pub(in crate::ingest) fn skip(&mut self) -> Result<(), Refusal> {
        if self.skip_short() {
            return Ok(());
        }
        self.skip_any()
    }

    #[inline(never)]
    fn skip_any(&mut self) -> Result<(), Refusal> {
        let mut scan = Scan::new(self.nesting);
        loop {
            let known = self.buffer.get(..self.end).unwrap_or_default();
            let (at, stop) = scan.run(&mut self.nesting, known, self.pos);
            self.pos = at;
            match stop {
                Stop::Done => return Ok(()),
                Stop::Starved => {
                    if !self.more()? {
                        return Err(self.truncated());
                    }
                }
                Stop::Cut => {
                    self.skip_token()?;
                    if scan.after_token(self.nesting) {
                        return Ok(());
                    }
                }
                Stop::TooDeep => return Err(self.too_deep(at)),
                Stop::Unexpected(expected) => return Err(self.syntax_at(at, expected)),
            }
        }
    }

    /// True if the report has nothing more than white space.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub(in crate::ingest) fn at_end(&mut self) -> Result<bool, Refusal> {
        Ok(self.glance()?.is_none())
    }

    /// Ends a report of one document.
    ///
    /// # Errors
    /// `report-syntax` if anything but white space follows (rule 9).
    pub(in crate::ingest) fn finish(&mut self) -> Result<(), Refusal> {
        if self.at_end()? {
            return Ok(());
        }
        Err(self.syntax_at(self.pos, "nothing after the end of the document"))
    }

    /// The next line without its end (LF or CRLF), whatever is in it; `None` at the end of
    /// the report. Not to be mixed with the other steps.
    ///
    /// # Errors
    /// If the line is larger than limit L2, or not UTF-8.
    pub(in crate::ingest) fn line(&mut self) -> Result<Option<&[u8]>, Refusal> {
        self.begin_item();
        let mut scanned = 0;
        let (len, taken) = loop {
            let known = self.buffer.get(..self.end).unwrap_or_default();
            let rest = known.get(self.pos + scanned..).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', rest) {
                break (scanned + found, scanned + found + 1);
            }
            scanned += rest.len();
            if !self.more()? {
                if scanned == 0 {
                    self.item = None;
                    return Ok(None);
                }
                break (scanned, scanned);
            }
        };
        let start = self.pos;
        self.pos += taken;
        self.end_item()?;
        let line = self.buffer.get(start..start + len).unwrap_or_default();
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// Takes a string that is cut, or whose beginning is in the window, to its end.
    #[inline]
    pub(super) fn string_token(&mut self) -> Result<Text, Refusal> {
        let mut scanned = 1;
        let mut escaped = false;
        loop {
            let known = self.buffer.get(..self.end).unwrap_or_default();
            let end = if escaped {
                token::string_end(known, self.pos + scanned)
            } else {
                match token::plain_end(known, self.pos + scanned) {
                    None => End::Cut(known.len()),
                    Some(at) if known.get(at) == Some(&b'"') => End::At(at + 1),
                    Some(at) => {
                        escaped = true;
                        token::string_end(known, at)
                    }
                }
            };
            match end {
                End::At(end) => return self.string_between(self.pos + 1, end, escaped),
                End::Cut(at) => {
                    scanned = at - self.pos;
                    if !self.more()? {
                        return Err(self.truncated());
                    }
                }
                End::Bad(at) => return Err(self.syntax_at(at, "a valid string")),
            }
        }
    }

    #[inline]
    fn string_between(&mut self, start: usize, end: usize, escaped: bool) -> Result<Text, Refusal> {
        let len = end.saturating_sub(start + 1);
        self.pos = end;
        if !escaped {
            return Ok(Text::Plain { start, len });
        }
        let raw = self.buffer.get(start..start + len).unwrap_or_default();
        let raw = std::str::from_utf8(raw).unwrap_or_default();
        match token::unescape(raw, &mut self.scratch) {
            Ok(()) => Ok(Text::Unescaped),
            Err(at) => Err(self.syntax_at(start + at, "a whole surrogate pair")),
        }
    }

    /// Takes a number or literal, and says how many bytes it has; they end at `pos`.
    fn bare(&mut self, end: impl Fn(&[u8], usize, bool) -> End) -> Result<usize, Refusal> {
        let mut last = false;
        loop {
            let known = self.buffer.get(..self.end).unwrap_or_default();
            match end(known, self.pos, last) {
                End::At(end) => {
                    let len = end - self.pos;
                    self.pos = end;
                    return Ok(len);
                }
                End::Cut(_) if last => return Err(self.truncated()),
                End::Cut(_) => last = !self.more()?,
                End::Bad(at) => return Err(self.syntax_at(at, "valid JSON")),
            }
        }
    }

    /// Passes over a token that the window cuts.
    #[cold]
    fn skip_token(&mut self) -> Result<(), Refusal> {
        match self.buffer.get(self.pos) {
            Some(b'"') => {
                self.pos += 1;
                loop {
                    let known = self.buffer.get(..self.end).unwrap_or_default();
                    match token::string_end(known, self.pos) {
                        End::At(end) => {
                            self.pos = end;
                            return Ok(());
                        }
                        End::Cut(at) => {
                            self.pos = at;
                            if !self.more()? {
                                return Err(self.truncated());
                            }
                        }
                        End::Bad(at) => return Err(self.syntax_at(at, "a valid string")),
                    }
                }
            }
            Some(b't' | b'f' | b'n') => self
                .bare(|known, at, _| token::literal_end(known, at))
                .map(drop),
            _ => self.bare(token::number_end).map(drop),
        }
    }

    #[inline]
    pub(super) fn text(&self, text: Text) -> Result<&str, Refusal> {
        match text {
            Text::Unescaped => Ok(&self.scratch),
            Text::Plain { .. } => {
                std::str::from_utf8(part(&self.buffer, &self.scratch, text)).map_err(|_| {
                    // Cannot be: the window was checked, and quotes are no part of a character.
                    self.refuse(
                        Code::ReportNotUtf8,
                        "the report has bytes that are not UTF-8",
                    )
                })
            }
        }
    }
}

/// Where a text that was taken stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text {
    Plain { start: usize, len: usize },
    Unescaped,
}

#[inline]
pub(super) fn part<'a>(buffer: &'a [u8], scratch: &'a str, text: Text) -> &'a [u8] {
    match text {
        Text::Plain { start, len } => buffer.get(start..start + len).unwrap_or_default(),
        Text::Unescaped => scratch.as_bytes(),
    }
}
