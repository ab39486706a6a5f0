//! SHA-256 as the ledger uses it: ids of records and digests of what was judged (rules R2, R5).

use std::fmt;

use sha2::{Digest as _, Sha256};

/// SHA-256 of some bytes.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Reads hexadecimal digits in lower case, two a byte.
pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    let lower = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != 2 * N || !digits.iter().all(lower) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair.iter().fold(0, |sum, digit| sum << 4 | nibble(*digit));
    }
    Some(bytes)
}

/// The value of a digit in lower case.
const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.wrapping_sub(b'a').wrapping_add(10),
    }
}

fn hex(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = String::with_capacity(64);
    for byte in bytes {
        for four in [byte >> 4, byte & 0xf] {
            text.extend(char::from_digit(u32::from(four), 16));
        }
    }
    f.write_str(&text)
}

/// The id of a record: SHA-256 of its canonical `idem`, 64 hexadecimal digits (rule R5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 32]);

impl RecordId {
    /// The id of a canonical `idem`.
    pub fn of(canonical: &[u8]) -> Self {
        Self(sha256(canonical))
    }

    /// Reads 64 hexadecimal digits in lower case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    pub(super) const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// The first eight digits, for people.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(8);
        text
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

/// A digest as records write it: `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }

    /// The digest of some bytes, part by part.
    pub(super) fn of_parts<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        parts.for_each(|part| hash.update(part));
        Self::finished(hash)
    }

    /// A digest by its bytes.
    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of what a hash was fed with.
    pub(super) fn finished(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }

    /// Reads `sha256:` and 64 hexadecimal digits in lower case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text.strip_prefix("sha256:")?).map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        hex(&self.0, f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_r05_only_64_lower_case_digits_are_an_id() {
        let digits = "e7c8f47a1ab370d0f33750e6442c3546c1058816cef3d1f7fa6733f58320e805";
        let id = RecordId::parse(digits).unwrap();
        assert_eq!(id.to_string(), digits);
        assert_eq!(id.short(), "e7c8f47a");
        for bad in [
            "",
            &digits[1..],
            &digits.to_uppercase(),
            &digits.replace('e', "g"),
        ] {
            assert_eq!(RecordId::parse(bad), None, "{bad}");
            assert_eq!(Digest::parse(&format!("sha256:{bad}")), None, "{bad}");
        }
        assert_eq!(Digest::parse(digits), None);
        let digest = format!("sha256:{digits}");
        assert_eq!(Digest::parse(&digest).unwrap().to_string(), digest);
    }
}
