//! What names values: a keyed hash, whose key is the project's or one of this run.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::model::{KeyCheck, SecretHash};

/// What is hashed, so that a value and a tool's id with the same bytes have different names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    /// The value of a secret.
    Secret,
    /// A tool's own id of a secret.
    Reference,
    /// A tool's own hash of something that is no secret.
    Print,
}

impl Subject {
    /// What the hash by a project's key begins with: other programs can make the same.
    const fn documented(self) -> &'static [u8] {
        match self {
            Self::Secret => b"krgate/secret/v1\0",
            Self::Reference => b"krgate/secret-ref/v1\0",
            Self::Print => b"krgate/secret-hash/v1\0",
        }
    }

    /// What the hash by a run's key begins with.
    const fn brief(self) -> &'static [u8] {
        match self {
            Self::Secret => b"s",
            Self::Reference => b"r",
            Self::Print => b"h",
        }
    }
}

/// A key with which values are hashed (rule S70).
pub(super) enum Key {
    /// The project's: HMAC-SHA-256.
    Project(Hmac<Sha256>),
    /// A random one, for this run alone: SHA-256 after a block of random bytes. What comes out
    /// is never printed, stored or used for order, so nobody can lengthen it, and what HMAC adds
    /// against that, two more blocks a value, is left out.
    Run(Sha256),
}

impl Key {
    /// The project's key, or a new one for this run.
    pub(super) fn new(project_key: Option<&[u8]>) -> Self {
        if let Some(key) = project_key {
            return Self::Project(keyed(key));
        }
        let mut random = Zeroizing::new([0; 64]);
        // If the system gives no random bytes they still tell secrets apart, so that the gate
        // can judge.
        let _ = getrandom::fill(&mut *random);
        Self::Run(Sha256::new_with_prefix(*random))
    }

    /// True for the project's.
    pub(super) const fn is_of_project(&self) -> bool {
        matches!(self, Self::Project(_))
    }

    /// The first 16 bytes of the hash of some bytes, given part by part.
    pub(super) fn hash(&self, subject: Subject, parts: &[&[u8]]) -> SecretHash {
        let full = match self {
            Self::Project(key) => {
                let mut mac = key.clone();
                Mac::update(&mut mac, subject.documented());
                for part in parts {
                    Mac::update(&mut mac, part);
                }
                mac.finalize().into_bytes()
            }
            Self::Run(key) => {
                let mut hash = key.clone();
                Digest::update(&mut hash, subject.brief());
                for part in parts {
                    Digest::update(&mut hash, part);
                }
                hash.finalize()
            }
        };
        SecretHash::new(full.first_chunk::<16>().copied().unwrap_or_default())
    }
}

/// Eight bytes that are the same for the same key, and tell nothing of it.
pub(in crate::ingest) fn key_check(key: &[u8]) -> KeyCheck {
    let bytes = keyed(key).chain_update(b"krgate/key-check/v1").finalize();
    let half = bytes.into_bytes().first_chunk::<8>().copied();
    KeyCheck(half.unwrap_or_default())
}

/// HMAC takes keys of any length.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&[0; 64].into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECTS: [Subject; 3] = [Subject::Secret, Subject::Reference, Subject::Print];

    #[test]
    fn a_name_is_of_its_subject_and_of_its_key() {
        let key = || Key::new(Some(b"0123456789abcdef"));
        let run = Key::new(None);
        for key in [&key(), &run] {
            let names = SUBJECTS.map(|subject| key.hash(subject, &[b"value"]));
            assert!(names[0] != names[1] && names[1] != names[2] && names[2] != names[0]);
            for (subject, name) in SUBJECTS.into_iter().zip(names) {
                assert_eq!(key.hash(subject, &[b"va", b"", b"lue"]), name);
                assert_ne!(key.hash(subject, &[b"values"]), name);
                assert_ne!(Key::new(None).hash(subject, &[b"value"]), name);
            }
        }
        let named = |key: Key| key.hash(Subject::Secret, &[b"value"]);
        assert_eq!(named(key()), named(key()));
        assert!(key().is_of_project() && !run.is_of_project());
    }
}
