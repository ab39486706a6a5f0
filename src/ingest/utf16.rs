//! UTF-16 text as a stream of UTF-8, for what PowerShell's `>` writes.

use std::io::{self, Read};

use crate::diagnostic::Code;

use super::window::SourceFault;

/// Which byte of a unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The low one.
    Little,
    /// The high one.
    Big,
}

/// Decodes UTF-16; the byte order mark becomes the one of UTF-8, which the window drops.
///
/// A lone surrogate or half a unit ends in an error: there is no lossy replacement, since it
/// would rename paths (rule 6).
#[derive(Debug)]
pub(super) struct Utf16Reader<R> {
    inner: R,
    order: Order,
    /// Raw bytes; those before `raw_from` are done.
    raw: Vec<u8>,
    raw_from: usize,
    raw_to: usize,
    /// Decoded bytes that nobody has taken.
    out: Vec<u8>,
    out_from: usize,
    ended: bool,
}

impl<R: Read> Utf16Reader<R> {
    pub(super) fn new(inner: R, order: Order) -> Self {
        Self {
            inner,
            order,
            raw: vec![0; 32 * 1024],
            raw_from: 0,
            raw_to: 0,
            out: Vec::new(),
            out_from: 0,
            ended: false,
        }
    }

    fn unit(&self, at: usize) -> Option<u16> {
        let pair = self.raw.get(..self.raw_to)?.get(at..at + 2)?;
        let pair = *pair.first_chunk::<2>()?;
        Some(match self.order {
            Order::Little => u16::from_le_bytes(pair),
            Order::Big => u16::from_be_bytes(pair),
        })
    }

    fn refill(&mut self) -> io::Result<()> {
        self.raw.copy_within(self.raw_from..self.raw_to, 0);
        self.raw_to -= self.raw_from;
        self.raw_from = 0;
        let free = self.raw.get_mut(self.raw_to..).unwrap_or_default();
        let read = self.inner.read(free)?;
        self.ended = read == 0;
        self.raw_to += read;
        Ok(())
    }

    fn decode(&mut self) -> io::Result<()> {
        self.out.clear();
        self.out_from = 0;
        let mut buffer = [0; 4];
        while let Some(unit) = self.unit(self.raw_from) {
            let surrogate = (0xd800..0xe000).contains(&unit);
            let next = if surrogate {
                self.unit(self.raw_from + 2)
            } else {
                None
            };
            if surrogate && next.is_none() && !self.ended {
                break;
            }
            let mut decoded = char::decode_utf16([unit].into_iter().chain(next));
            let Some(Ok(c)) = decoded.next() else {
                return Err(not_text());
            };
            self.raw_from += if surrogate { 4 } else { 2 };
            self.out
                .extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        }
        if self.ended && self.raw_from < self.raw_to && self.out.is_empty() {
            return Err(not_text());
        }
        Ok(())
    }
}

fn not_text() -> io::Error {
    io::Error::other(SourceFault(Code::ReportNotUtf8))
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.out_from == self.out.len() && !self.ended {
            self.refill()?;
            self.decode()?;
        }
        let ready = self.out.get(self.out_from..).unwrap_or_default();
        let taken = ready.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..taken), ready.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.out_from += taken;
        Ok(taken)
    }
}

/// True if the first characters look like UTF-16 or UTF-32 without a byte order mark.
pub(super) fn looks_like_it(first: &[u8]) -> bool {
    first.iter().take(4).any(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str, order: Order) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| match order {
                Order::Little => unit.to_le_bytes(),
                Order::Big => unit.to_be_bytes(),
            })
            .collect()
    }

    /// Gives one byte at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let (Some((first, rest)), Some(slot)) = (self.0.split_first(), into.first_mut()) else {
                return Ok(0);
            };
            *slot = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn sarif_rule_005_both_orders_are_decoded_however_the_bytes_arrive() {
        let text = "\u{feff}[\"é 😀 \u{ffff}\"]".repeat(3000);
        for order in [Order::Little, Order::Big] {
            let bytes = encode(&text, order);
            let mut whole = String::new();
            Utf16Reader::new(bytes.as_slice(), order)
                .read_to_string(&mut whole)
                .unwrap();
            assert!(whole == text);
            let mut dripped = String::new();
            Utf16Reader::new(Drip(&bytes), order)
                .read_to_string(&mut dripped)
                .unwrap();
            assert!(dripped == text);
        }
    }

    #[test]
    fn a_lone_surrogate_and_half_a_unit_are_errors() {
        let broken: [&[u8]; 4] = [b"\x00\xd8a\0", b"\x00\xdca\0", b"a\0\x3d\xd8", b"a\0b"];
        for bytes in broken {
            let mut text = String::new();
            let result = Utf16Reader::new(bytes, Order::Little).read_to_string(&mut text);
            assert!(result.is_err(), "{bytes:?}");
        }
    }
}
