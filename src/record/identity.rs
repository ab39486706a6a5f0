//! SHA-256 as the ledger uses it: ids of records and digests of what was judged (rules R2, R5).

use std::fmt;

use sha2::{Digest as _, Sha256};

/// SHA-256 of some bytes.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Reads 64 hexadecimal digits in lower case.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64
        || !digits
            .iter()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

fn hex(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// The id of a record: SHA-256 of its canonical `idem`, 64 hexadecimal digits (rule R5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 32]);

impl RecordId {
    /// The id of a canonical `idem`.
    pub fn of(canonical: &str) -> Self {
        Self(sha256(canonical.as_bytes()))
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
