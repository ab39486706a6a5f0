//! Passes over a value that nobody wants, as strictly as if it were wanted.
//!
//! Skipped parts are held to grammar, UTF-8 and depth (rules 112, 113, G16). The scan keeps
//! its whole state in [`Scan`], so that it can stop at the end of a piece and go on in the
//! next; it never recurses.

use super::token::{End, blank_end, literal_end, number_end, string_end};

/// Deepest nesting that is read (limit L3). One bit of [`Nesting`] a level.
pub(super) const DEPTH: u32 = 128;

/// The open objects and arrays, innermost in the lowest bit; a set bit is an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Nesting {
    kinds: u128,
    depth: u32,
}

impl Nesting {
    /// How many are open.
    pub(super) const fn depth(self) -> u32 {
        self.depth
    }

    /// True if the innermost is an object.
    pub(super) const fn in_object(self) -> bool {
        self.kinds & 1 == 1
    }

    /// Opens one more; false if that is too deep.
    pub(super) const fn open(&mut self, object: bool) -> bool {
        if self.depth >= DEPTH {
            return false;
        }
        self.depth += 1;
        self.kinds <<= 1;
        if object {
            self.kinds |= 1;
        }
        true
    }

    /// Closes the innermost.
    pub(super) const fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.kinds >>= 1;
    }
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    Colon,
    CommaOrEnd,
}

/// Why the scan stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The value is complete.
    Done,
    /// The piece ends between tokens.
    Starved,
    /// The piece ends inside the token that begins here.
    Cut,
    /// One level too many opens here.
    TooDeep,
    /// The byte does not belong here; with what was expected.
    Unexpected(&'static str),
}

/// The state of passing over one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan {
    next: Next,
    floor: u32,
}

impl Scan {
    /// Before a value inside what is open now.
    pub(super) const fn new(nesting: Nesting) -> Self {
        Self {
            next: Next::Value,
            floor: nesting.depth(),
        }
    }

    /// Words for what may come next.
    const fn expected(self) -> &'static str {
        match self.next {
            Next::Value => "a value",
            Next::ValueOrEnd => "a value or `]`",
            Next::Name => "a member name",
            Next::NameOrEnd => "a member name or `}`",
            Next::Colon => "`:`",
            Next::CommaOrEnd => "`,` or a closing bracket",
        }
    }

    /// Notes that the token at which the scan was cut has been passed over; true if that was
    /// the whole value.
    pub(super) const fn after_token(&mut self, nesting: Nesting) -> bool {
        self.next = match self.next {
            Next::Name | Next::NameOrEnd => Next::Colon,
            _ => Next::CommaOrEnd,
        };
        matches!(self.next, Next::CommaOrEnd) && nesting.depth() == self.floor
    }

    /// Goes on from `from` as far as the piece allows; the index is where it stopped.
    pub(super) fn run(&mut self, open: &mut Nesting, bytes: &[u8], from: usize) -> (usize, Stop) {
        let mut nesting = *open;
        let mut at = from;
        let stop = loop {
            match self.step(&mut nesting, bytes, &mut at) {
                Ok(()) => {}
                Err(stop) => break stop,
            }
        };
        *open = nesting;
        (at, stop)
    }

    /// One token, and what nearly always follows it.
    #[inline]
    fn step(&mut self, nesting: &mut Nesting, bytes: &[u8], at: &mut usize) -> Result<(), Stop> {
        match self.next {
            Next::Value | Next::ValueOrEnd => self.value(nesting, bytes, at),
            Next::Name | Next::NameOrEnd => self.name(nesting, bytes, at),
            Next::Colon => match glance(bytes, at)? {
                b':' => {
                    *at += 1;
                    self.next = Next::Value;
                    Ok(())
                }
                _ => Err(Stop::Unexpected(self.expected())),
            },
            Next::CommaOrEnd => self.after(nesting, bytes, at),
        }
    }

    #[inline]
    fn value(&mut self, nesting: &mut Nesting, bytes: &[u8], at: &mut usize) -> Result<(), Stop> {
        let end = match glance(bytes, at)? {
            b'"' => string_end(bytes, *at + 1),
            byte @ (b'{' | b'[') => {
                let object = byte == b'{';
                if !nesting.open(object) {
                    return Err(Stop::TooDeep);
                }
                *at += 1;
                self.next = if object {
                    Next::NameOrEnd
                } else {
                    Next::ValueOrEnd
                };
                return Ok(());
            }
            b'-' | b'0'..=b'9' => number_end(bytes, *at, false),
            b't' | b'f' | b'n' => literal_end(bytes, *at),
            b']' if self.next == Next::ValueOrEnd => return self.close(nesting, at),
            _ => return Err(Stop::Unexpected(self.expected())),
        };
        *at = token(end, at)?;
        self.next = Next::CommaOrEnd;
        if nesting.depth() == self.floor {
            return Err(Stop::Done);
        }
        Ok(())
    }

    #[inline]
    fn name(&mut self, nesting: &mut Nesting, bytes: &[u8], at: &mut usize) -> Result<(), Stop> {
        match glance(bytes, at)? {
            b'"' => {}
            b'}' if self.next == Next::NameOrEnd => return self.close(nesting, at),
            _ => return Err(Stop::Unexpected(self.expected())),
        }
        *at = token(string_end(bytes, *at + 1), at)?;
        self.next = Next::Colon;
        if bytes.get(*at) == Some(&b':') {
            *at += 1;
            self.next = Next::Value;
        }
        Ok(())
    }

    #[inline]
    fn after(&mut self, nesting: &mut Nesting, bytes: &[u8], at: &mut usize) -> Result<(), Stop> {
        let object = nesting.in_object();
        match glance(bytes, at)? {
            b',' => {
                *at += 1;
                self.next = if object { Next::Name } else { Next::Value };
                Ok(())
            }
            b'}' if object => self.close(nesting, at),
            b']' if !object => self.close(nesting, at),
            _ => Err(Stop::Unexpected(self.expected())),
        }
    }

    #[inline]
    fn close(&mut self, nesting: &mut Nesting, at: &mut usize) -> Result<(), Stop> {
        nesting.close();
        *at += 1;
        self.next = Next::CommaOrEnd;
        if nesting.depth() == self.floor {
            Err(Stop::Done)
        } else {
            Ok(())
        }
    }
}

/// The next byte that is no white space.
#[inline]
fn glance(bytes: &[u8], at: &mut usize) -> Result<u8, Stop> {
    match bytes.get(*at) {
        Some(byte) if *byte > b' ' => Ok(*byte),
        _ => {
            *at = blank_end(bytes, *at);
            bytes.get(*at).copied().ok_or(Stop::Starved)
        }
    }
}

#[inline]
fn token(end: End, at: &mut usize) -> Result<usize, Stop> {
    match end {
        End::At(end) => Ok(end),
        End::Cut(_) => Err(Stop::Cut),
        End::Bad(bad) => {
            *at = bad;
            Err(Stop::Unexpected("valid JSON"))
        }
    }
}
