//! A small window that moves over a report of any size.
//!
//! [`Window`] reads a source piece by piece into one reusable buffer and offers the report
//! as a tree to walk: enter an object or array, take the next member or element, take a
//! scalar, skip a value, or look at the bytes of one whole value. A reader asks for what it
//! knows and skips the rest, so a report of a gigabyte needs no more memory than its longest
//! string that is read. Everything is checked, skipped parts included: commas and brackets,
//! UTF-8, nesting (limit L3), bytes after the end; what is wrong comes back as a [`Refusal`]
//! with its place. In objects that are entered, a member name that stands twice is refused
//! (rule 112).
//!
//! No format lives here; readers of formats stand beside it.

mod leads;
mod member;
mod names;
mod refusal;
mod skip;
mod token;
mod walk;

use std::io::{self, Read};

use crate::diagnostic::{Code, Message};

pub(super) use member::Member;
use names::Names;
pub(super) use refusal::{Refusal, SourceFault, of_read};
use skip::Nesting;
pub(super) use walk::{Kind, Scalar};

/// Bytes of the buffer before a long string makes it grow: what a small report needs, since
/// hundreds of them are read one after the other.
const WINDOW: usize = 64 << 10;

/// Most bytes that are read at once, so that they are still near when they are looked at;
/// the rest of the buffer is untouched unless an element needs it.
const PIECE: usize = 256 << 10;

/// Moves over a report; see the [module](self).
#[derive(Debug)]
pub(super) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// The next byte that nobody has taken.
    pos: usize,
    /// The byte after the last one that is known to be UTF-8.
    end: usize,
    /// The byte after the last one that was read.
    filled: usize,
    /// The greatest that `filled` ever was: what must be wiped.
    touched: usize,
    /// True if the bytes at `end` are not UTF-8.
    spoilt: bool,
    /// True if the source has no more.
    ended: bool,
    /// First byte that must stay in the buffer, if that is before `pos`.
    mark: Option<usize>,
    /// Offset in the report of the first byte of the buffer.
    base: u64,
    /// Line feeds before the buffer.
    lines: u64,
    /// Offset of the byte after the last of them.
    line_start: u64,
    /// Offset at which the element that is being read began.
    item: Option<u64>,
    item_cap: usize,
    nesting: Nesting,
    /// True right after a bracket opened, when no comma may come.
    fresh: bool,
    names: Names,
    /// The last string that had escapes.
    scratch: String,
}

/// The first bytes of what is left of a report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    /// Text, as far as it was asked for and is UTF-8.
    pub(super) bytes: &'a [u8],
    /// True if the report ends here.
    pub(super) whole: bool,
    /// True if asking for more would give more.
    pub(super) more: bool,
}

impl<R: Read> Window<R> {
    /// A window over a source of bytes that shall be UTF-8; `item_cap` is limit L2.
    ///
    /// Nothing is read before it is needed. A byte order mark is passed over (rule 4).
    pub(super) fn new(source: R, item_cap: usize) -> Self {
        Self::with_size(source, item_cap, WINDOW)
    }

    /// A window over one short text that is in memory: a line, an element.
    pub(super) fn with_size(source: R, item_cap: usize, size: usize) -> Self {
        Self {
            source,
            buffer: vec![0; size.max(16)],
            pos: 0,
            end: 0,
            filled: 0,
            touched: 0,
            spoilt: false,
            ended: false,
            mark: None,
            base: 0,
            lines: 0,
            line_start: 0,
            item: None,
            item_cap,
            nesting: Nesting::default(),
            fresh: false,
            names: Names::default(),
            scratch: String::new(),
        }
    }

    /// About `most` bytes from here, without taking them, to recognise a format by. They may
    /// end in the middle of anything, and what stands after them may be wrong.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub(super) fn head(&mut self, most: usize) -> Result<Head<'_>, Refusal> {
        while !self.ended && !self.spoilt && self.end - self.pos < most {
            if !self.more()? {
                break;
            }
        }
        let bytes = self.buffer.get(self.pos..self.end).unwrap_or_default();
        Ok(Head {
            bytes,
            whole: self.ended && self.end == self.filled,
            more: !self.ended && !self.spoilt && bytes.len() < self.item_cap,
        })
    }

    /// True if these bytes come next and are in the window.
    pub(super) fn goes_on_with(&self, bytes: &[u8]) -> bool {
        let known = self.buffer.get(self.pos..self.end);
        known.is_some_and(|known| known.starts_with(bytes))
    }

    /// Passes over bytes that [`Window::head`] has shown.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.pos = (self.pos + bytes).min(self.end);
    }

    /// The next byte that is no white space, not taken; `None` at the end of the report.
    ///
    /// # Errors
    /// If the source cannot be read, or is not UTF-8 here.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Refusal> {
        self.glance()
    }

    /// Bytes that the window holds.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.buffer.capacity()
    }

    /// Offset in the report of the next byte.
    pub(super) fn offset(&self) -> u64 {
        self.base + wide(self.pos)
    }

    /// Marks the beginning of an element, which limit L2 then holds for.
    pub(super) fn begin_item(&mut self) {
        self.item = Some(self.offset());
    }

    /// Ends the element that [`Window::begin_item`] began.
    ///
    /// # Errors
    /// `item-too-large`.
    pub(super) fn end_item(&mut self) -> Result<(), Refusal> {
        self.check_item()?;
        self.item = None;
        Ok(())
    }

    fn check_item(&self) -> Result<(), Refusal> {
        match self.item {
            Some(start) if self.offset().saturating_sub(start) > wide(self.item_cap) => {
                Err(self.too_large())
            }
            _ => Ok(()),
        }
    }

    fn too_large(&self) -> Refusal {
        self.refuse(
            Code::ItemTooLarge,
            "one element of the report is larger than the limit",
        )
    }

    /// Reads more, so that `end` moves on; false if there is no more.
    ///
    /// Bytes before `mark`, or before `pos` without one, are given up; indices move.
    #[cold]
    fn more(&mut self) -> Result<bool, Refusal> {
        self.check_item()?;
        let before = self.end - self.pos;
        while self.end - self.pos == before {
            if self.spoilt {
                return Err(self.refuse_at(
                    self.end,
                    Code::ReportNotUtf8,
                    "the report has bytes that are not UTF-8",
                ));
            }
            if self.ended {
                return if self.end == self.filled {
                    Ok(false)
                } else {
                    // The last character is incomplete.
                    self.pos = self.end;
                    Err(self.truncated())
                };
            }
            self.slide();
            if self.filled == self.buffer.len() {
                self.grow()?;
            }
            self.read()?;
        }
        Ok(true)
    }

    fn slide(&mut self) {
        let keep = self.mark.unwrap_or(self.pos).min(self.pos);
        if keep == 0 {
            return;
        }
        let (lines, line_start) = self.lines_at(keep);
        self.lines = lines;
        self.line_start = line_start;
        self.base += wide(keep);
        self.buffer.copy_within(keep..self.filled, 0);
        self.pos -= keep;
        self.end -= keep;
        self.filled -= keep;
        self.mark = self.mark.map(|mark| mark - keep);
    }

    fn grow(&mut self) -> Result<(), Refusal> {
        let most = self.item_cap.saturating_add(WINDOW);
        if self.buffer.len() >= most {
            return Err(self.too_large());
        }
        let size = self.buffer.len().saturating_mul(2).min(most);
        // Exactly that: what a vector adds of its own accord is beyond the limit.
        self.buffer
            .reserve_exact(size.saturating_sub(self.buffer.len()));
        self.buffer.resize(size, 0);
        Ok(())
    }

    fn read(&mut self) -> Result<(), Refusal> {
        let most = self.buffer.len().min(self.filled + PIECE);
        let free = self.buffer.get_mut(self.filled..most).unwrap_or_default();
        let read = loop {
            match self.source.read(free) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let place = self.place(self.end);
                    return Err(of_read(&error).at(place.0, place.1));
                }
                Ok(read) => break read,
            }
        };
        self.ended = read == 0;
        let at_start = self.base == 0 && self.end == 0;
        self.filled = (self.filled + read).min(self.buffer.len());
        self.touched = self.touched.max(self.filled);
        let new = self.buffer.get(self.end..self.filled).unwrap_or_default();
        let (valid, spoilt) = valid_end(new);
        self.end += valid;
        self.spoilt = spoilt;
        if at_start && self.end >= 3 && self.buffer.starts_with("\u{feff}".as_bytes()) {
            self.pos = 3;
        }
        Ok(())
    }

    /// Line feeds before an index, and the offset after the last of them.
    fn lines_at(&self, index: usize) -> (u64, u64) {
        let before = self.buffer.get(..index).unwrap_or_default();
        let count = memchr::memchr_iter(b'\n', before).count();
        let start = memchr::memrchr(b'\n', before)
            .map_or(self.line_start, |last| self.base + wide(last) + 1);
        (self.lines + wide(count), start)
    }

    /// Offset, line and column of an index.
    fn place(&self, index: usize) -> (u64, (u64, u64)) {
        let offset = self.base + wide(index);
        let (lines, start) = self.lines_at(index);
        (offset, (lines + 1, offset - start + 1))
    }

    /// A refusal at the next byte.
    pub(super) fn refuse(&self, code: Code, message: impl Into<Message>) -> Refusal {
        self.refuse_at(self.pos, code, message)
    }

    fn refuse_at(&self, index: usize, code: Code, message: impl Into<Message>) -> Refusal {
        let (offset, line_column) = self.place(index);
        Refusal::new(code, message).at(offset, line_column)
    }

    /// The refusal for a value of the wrong type in a place that decides.
    pub(super) fn wrong_type(&self, expected: &'static str) -> Refusal {
        self.refuse(
            Code::ReportWrongType,
            "a part of the report has the wrong type",
        )
        .expected(expected)
    }

    fn syntax_at(&self, index: usize, expected: &'static str) -> Refusal {
        self.refuse_at(index, Code::ReportSyntax, "the report is not valid JSON")
            .expected(expected)
    }

    fn truncated(&self) -> Refusal {
        let empty = self.base == 0 && self.filled == 0;
        if empty {
            return self.refuse(Code::ReportEmpty, "the report is empty");
        }
        self.refuse_at(
            self.end,
            Code::ReportTruncated,
            "the report ends in the middle",
        )
    }
}

impl<R> Drop for Window<R> {
    /// Reports hold secrets; what was read of them is not left in freed memory.
    fn drop(&mut self) {
        self.buffer.truncate(self.touched);
        self.buffer.fill(0);
        let mut scratch = std::mem::take(&mut self.scratch).into_bytes();
        scratch.fill(0);
        std::hint::black_box((&self.buffer, &scratch));
    }
}

/// How many bytes from the start are UTF-8, and whether what follows never will be.
///
/// Nearly all pieces are ASCII, which is told several times faster than UTF-8.
fn valid_end(bytes: &[u8]) -> (usize, bool) {
    const BLOCK: usize = 4096;
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let piece = rest.get(..BLOCK).unwrap_or(rest);
        if piece.is_ascii() {
            at += piece.len();
            continue;
        }
        match std::str::from_utf8(piece) {
            Ok(_) => at += piece.len(),
            Err(error) => {
                at += error.valid_up_to();
                let spoilt = error.error_len().is_some();
                // A character that the piece cuts is looked at again in the next.
                if spoilt || piece.len() == rest.len() {
                    return (at, spoilt);
                }
            }
        }
    }
    (at, false)
}

/// Lossless on every machine that has files.
fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
