//! What is known of a secret without the secret itself.

use std::fmt;
use std::num::NonZeroU32;

/// Names one secret within an evaluation: the place of its [`SecretHash`] in
/// [`super::Intake::secrets`].
///
/// It depends on what was read before, so it must not be printed, stored, or used for order.
/// `Debug` prints nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretId(NonZeroU32);

impl SecretId {
    /// The secret at this index; indices beyond `u32` collapse into the last one, which no
    /// table reaches.
    pub fn new(index: usize) -> Self {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        Self(NonZeroU32::MIN.saturating_add(number))
    }

    /// The index in its table.
    pub fn index(self) -> usize {
        usize::try_from(self.0.get() - 1).unwrap_or(usize::MAX)
    }

    /// Its number, from 1, for [`super::Findings`].
    pub(super) fn number(self) -> NonZeroU32 {
        self.0
    }

    /// That of a number.
    pub(super) fn numbered(number: NonZeroU32) -> Self {
        Self(number)
    }
}

impl fmt::Debug for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretId(‹keyed›)")
    }
}

/// A keyed hash of the value of a secret (rules S70 to S76).
///
/// Without a project key the key is random for the run, so it must not be printed, stored,
/// or used for order. `Debug` prints nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 16]);

impl SecretHash {
    /// The first 16 bytes of the keyed hash.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the ledger and for finding ids, where a project key is known.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(‹keyed›)")
    }
}

/// Whether a secret still works, in five states (section 6 of the secrets rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Validity {
    /// Checked, works.
    Active,
    /// A check was tried and gave no answer, or the word is not known.
    Unknown,
    /// Nobody checked, or the report does not say.
    NotAttempted,
    /// The tool says that it has no check for this kind.
    Unsupported,
    /// Checked, does not work.
    Inactive,
}

impl Validity {
    /// All states, worst first (rule S66).
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::Unknown,
        Self::NotAttempted,
        Self::Unsupported,
        Self::Inactive,
    ];

    /// The word of the policy and of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unknown => "unknown",
            Self::NotAttempted => "not_attempted",
            Self::Unsupported => "unsupported",
            Self::Inactive => "inactive",
        }
    }

    /// The state that a word of the policy names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.as_str() == word)
    }

    /// The worse of two states of one secret (rule S66).
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        let rank = |v: Self| Self::ALL.iter().position(|x| *x == v);
        if rank(other) < rank(self) {
            other
        } else {
            self
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What people decided about a secret, apart from its validity (rule S67).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Triage {
    /// Nobody has set it aside.
    Open,
    /// Set aside in the tool (audited as false, resolved, ignored).
    Dismissed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_rule_066_the_worst_validity_wins() {
        assert_eq!(
            Validity::Inactive.worst(Validity::Unsupported),
            Validity::Unsupported
        );
        assert_eq!(
            Validity::NotAttempted.worst(Validity::Active),
            Validity::Active
        );
        assert_eq!(
            Validity::Unknown.worst(Validity::NotAttempted),
            Validity::Unknown
        );
        assert_eq!(Validity::Active.worst(Validity::Inactive), Validity::Active);
    }
}
