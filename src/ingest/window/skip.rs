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
    pub(super) const fn expected(self) -> &'static str {
        match self.next {
            Next::Value => "a value",
            Next::ValueOrEnd => "a value or `]`",
            Next::Name => "a member name",
            Next::NameOrEnd => "a member name or `}`",
            Next::Colon => "`:`",
            Next::CommaOrEnd => "`,` or a closing bracket",
        }
    }

    /// True if a string may come next, which the caller passed over.
    const fn takes_string(self) -> bool {
        !matches!(self.next, Next::Colon | Next::CommaOrEnd)
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

    /// Goes on from `from` as far as the piece allows.
    pub(super) fn run(
        &mut self,
        nesting: &mut Nesting,
        bytes: &[u8],
        from: usize,
    ) -> (usize, Stop) {
        let mut at = from;
        loop {
            let Some(&byte) = bytes.get(at) else {
                return (at, Stop::Starved);
            };
            let token = match byte {
                b' ' | b'\n' | b'\r' | b'\t' => {
                    at = blank_end(bytes, at);
                    continue;
                }
                b'"' if self.takes_string() => string_end(bytes, at + 1),
                b':' if self.next == Next::Colon => {
                    self.next = Next::Value;
                    at += 1;
                    continue;
                }
                b',' if self.next == Next::CommaOrEnd => {
                    self.next = if nesting.in_object() {
                        Next::Name
                    } else {
                        Next::Value
                    };
                    at += 1;
                    continue;
                }
                b'{' | b'[' if self.takes_value() => {
                    if !nesting.open(byte == b'{') {
                        return (at, Stop::TooDeep);
                    }
                    self.next = if byte == b'{' {
                        Next::NameOrEnd
                    } else {
                        Next::ValueOrEnd
                    };
                    at += 1;
                    continue;
                }
                b'}' | b']' if self.may_close(*nesting, byte == b'}') => {
                    nesting.close();
                    self.next = Next::CommaOrEnd;
                    at += 1;
                    if nesting.depth() == self.floor {
                        return (at, Stop::Done);
                    }
                    continue;
                }
                b'-' | b'0'..=b'9' if self.takes_value() => number_end(bytes, at, false),
                b't' | b'f' | b'n' if self.takes_value() => literal_end(bytes, at),
                _ => return (at, Stop::Unexpected(self.expected())),
            };
            match token {
                End::At(end) => at = end,
                End::Cut(_) => return (at, Stop::Cut),
                End::Bad(bad) => return (bad, Stop::Unexpected("valid JSON")),
            }
            if self.after_token(*nesting) {
                return (at, Stop::Done);
            }
        }
    }

    const fn takes_value(self) -> bool {
        matches!(self.next, Next::Value | Next::ValueOrEnd)
    }

    const fn may_close(self, nesting: Nesting, object: bool) -> bool {
        let open = nesting.depth() > self.floor && nesting.in_object() == object;
        let allowed = match self.next {
            Next::CommaOrEnd => true,
            Next::ValueOrEnd => !object,
            Next::NameOrEnd => object,
            _ => false,
        };
        open && allowed
    }
}
