//! Raw secrets: named by a keyed hash and searched for in everything that was kept.
//!
//! Readers give each value to the [`Vault`], which answers with the [`SecretId`]; when all
//! reports are read the vault becomes a [`Scrubber`] (rule S82). Nothing keeps a raw value:
//! both go by hashes of it (rule S81).

mod hashes;
mod key;
mod patterns;
mod scrub;

use std::fmt;

use zeroize::Zeroizing;

pub(in crate::ingest) use key::key_check;
pub(in crate::ingest) use scrub::Scrubber;

use hashes::Hashes;
use key::{Key, Subject};
use patterns::Patterns;

use crate::model::{SecretHash, SecretId};

/// What the raw values of all reports are named by and found by, and the key that names them.
pub(in crate::ingest) struct Vault {
    key: Key,
    hashes: Hashes,
    patterns: Patterns,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(‹secrets›)")
    }
}

impl Vault {
    /// A vault whose ids are made with the project's key, or with a random one for this run
    /// (rule S70).
    pub(in crate::ingest) fn new(project_key: Option<&[u8]>) -> Self {
        Self {
            key: Key::new(project_key),
            hashes: Hashes::new(project_key.is_some()),
            patterns: Patterns::default(),
        }
    }

    /// True if ids are those of the project's key, so that they mean the same in another run.
    pub(in crate::ingest) fn has_project_key(&self) -> bool {
        self.key.is_of_project()
    }

    /// Takes a raw value and names it; `None` where the value names nothing: a placeholder,
    /// a bare PEM header (rules S72, S73). ASCII space around it is no part of it.
    pub(in crate::ingest) fn identify(&mut self, value: impl AsRef<[u8]>) -> Option<SecretId> {
        let value = without_space(value.as_ref());
        if !names_something(value) {
            return None;
        }
        let hash = self.key.hash(Subject::Secret, &[value]);
        let (id, is_new) = self.hashes.insert(hash);
        if is_new {
            scrub::add_forms(&mut self.patterns, value);
        }
        Some(id)
    }

    /// Takes the parts of one raw value and names it as they stand joined by NUL; each is
    /// scrubbed on its own (rule S72). `None` where none of them names anything.
    pub(in crate::ingest) fn identify_parts(&mut self, parts: &[RawPart]) -> Option<SecretId> {
        if let [part] = parts {
            return self.identify(part);
        }
        let names_something = |part: &&RawPart| names_something(without_space(part));
        parts.iter().find(names_something)?;
        let joined = Zeroizing::new(
            parts
                .iter()
                .map(|part| part.as_slice())
                .collect::<Vec<_>>()
                .join(&0),
        );
        let hash = self.key.hash(Subject::Secret, &[&joined]);
        for part in parts.iter().filter(names_something) {
            scrub::add_forms(&mut self.patterns, part);
        }
        // So that whoever has this id is searched for.
        self.patterns.push(&joined);
        Some(self.hashes.insert(hash).0)
    }

    /// Takes a raw value that is to be scrubbed and gives no identity (rules S24, S29).
    pub(in crate::ingest) fn conceal(&mut self, value: impl AsRef<[u8]>) {
        let value = without_space(value.as_ref());
        if names_something(value) {
            scrub::add_forms(&mut self.patterns, value);
        }
    }

    /// Names a secret by the tool's own id for it, which may be a plain hash of the value and
    /// is concealed like one (rules S71, S74); `None` for a placeholder.
    pub(in crate::ingest) fn refer(&mut self, tool: &str, own_id: &str) -> Option<SecretId> {
        let own_id = own_id.trim_matches(' ');
        if is_placeholder(own_id) {
            return None;
        }
        scrub::add_forms(&mut self.patterns, own_id.as_bytes());
        let parts: [&[u8]; 3] = [tool.as_bytes(), b"\0", own_id.as_bytes()];
        let hash = self.key.hash(Subject::Reference, &parts);
        Some(self.hashes.insert(hash).0)
    }

    /// The keyed hash of a tool's fingerprint that is made of a secret (rule S71).
    pub(in crate::ingest) fn digest_of_hash(&self, key: &str, value: &str) -> [u8; 16] {
        let parts: [&[u8]; 3] = [key.as_bytes(), b"\0", value.as_bytes()];
        self.key.hash(Subject::Print, &parts).bytes()
    }

    /// The hashes that ids name, where they are those of the project's key; no id is given
    /// after that.
    pub(in crate::ingest) fn take_hashes(&mut self) -> Vec<SecretHash> {
        std::mem::replace(&mut self.hashes, Hashes::new(false)).into_list()
    }

    /// Ends the reading: what is left to do with raw values is to search for them.
    pub(in crate::ingest) fn into_scrubber(self) -> Scrubber {
        Scrubber::new(self.patterns)
    }
}

/// A part of a raw value, wiped when it is dropped.
pub(in crate::ingest) type RawPart = Zeroizing<Vec<u8>>;

/// What a text in base64 stands for; the text itself where it is none.
pub(in crate::ingest) fn of_base64(text: &str) -> RawPart {
    let bytes = scrub::base64_bytes(text.as_bytes());
    Zeroizing::new(bytes.unwrap_or_else(|| text.as_bytes().to_vec()))
}

/// A value without the ASCII space around it, which is no part of it (rule S72).
pub(in crate::ingest) fn without_space(value: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| *byte != b' ';
    let first = value.iter().position(is_part);
    let end = value.iter().rposition(is_part).map_or(0, |last| last + 1);
    value.get(first.unwrap_or(0)..end).unwrap_or_default()
}

fn names_something(value: &[u8]) -> bool {
    !is_placeholder(value) && !is_bare_pem_header(value)
}

/// True for what tools write in place of a value (rules S73, 93).
pub(in crate::ingest) fn is_placeholder(value: impl AsRef<[u8]>) -> bool {
    let value = value.as_ref();
    let redacted_hex = |text: &[u8]| {
        text.strip_prefix(b"[REDACTED:")
            .and_then(|rest| rest.strip_suffix(b"]"))
            .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    };
    matches!(value, b"REDACTED" | b"[REDACTED]" | b"requires login")
        || value.iter().all(|byte| *byte == b'*')
        || redacted_hex(value)
}

/// True for the first line of a PEM block alone: every private key has it (rule S73).
pub(in crate::ingest) fn is_bare_pem_header(value: impl AsRef<[u8]>) -> bool {
    let value = value.as_ref();
    // Nearly all values begin with a letter or a digit.
    if value.first().is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    let Ok(value) = std::str::from_utf8(value).map(str::trim) else {
        return false;
    };
    let inner = value
        .strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.strip_suffix("-----"));
    inner.is_some_and(|label| !label.is_empty() && !label.contains(['\n', '\r', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(mut vault: Vault, id: Option<SecretId>) -> SecretHash {
        vault.take_hashes()[id.unwrap().index()]
    }

    fn hex(hash: SecretHash) -> String {
        format!("{:032x}", u128::from_be_bytes(hash.bytes()))
    }

    const KEY: &[u8] = b"0123456789abcdef";

    #[test]
    fn secrets_rule_070_a_project_key_names_a_value_for_ever() {
        let mut one = Vault::new(Some(KEY));
        let mut two = Vault::new(Some(KEY));
        let mut run = Vault::new(None);
        assert!(one.has_project_key() && !run.has_project_key());
        two.identify("another");
        let ids = [&mut one, &mut two, &mut run].map(|vault| vault.identify("ghx_0123456789"));
        let hash = hash_of(one, ids[0]);
        assert_eq!(hash_of(two, ids[1]), hash);
        assert_ne!(run.key.hash(Subject::Secret, &[b"ghx_0123456789"]), hash);
        assert!(ids[2].is_some() && run.take_hashes().is_empty());
    }

    #[test]
    fn the_id_is_the_documented_hash() {
        // printf 'krgate/secret/v1\0ghx_0123456789' |
        //   openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef | cut -c1-32
        let mut vault = Vault::new(Some(KEY));
        let id = vault.identify("ghx_0123456789");
        assert_eq!(hex(hash_of(vault, id)), "a39709e371d47d3e5847e5d919c8fb21");
        let mut vault = Vault::new(Some(KEY));
        let id = vault.refer("detect-secrets", "00ff");
        assert_eq!(hex(hash_of(vault, id)), "4cbb9ae4dfcb1f5d88597f7c5b56e2f2");
    }

    #[test]
    fn secrets_rule_072_only_ascii_space_is_trimmed() {
        let mut vault = Vault::new(Some(KEY));
        let id = vault.identify("value-of-it");
        assert_eq!(vault.identify("  value-of-it "), id);
        assert_ne!(vault.identify("value-of-it\n"), id);
        assert_ne!(vault.identify("Value-of-it"), id);
    }

    #[test]
    fn secrets_rule_073_placeholders_have_no_identity() {
        let mut vault = Vault::new(Some(KEY));
        for value in [
            "",
            "   ",
            "REDACTED",
            "***",
            "[REDACTED]",
            "[REDACTED:0fe1]",
            "requires login",
            "-----BEGIN RSA PRIVATE KEY-----", // pragma: allowlist secret
            "-----BEGIN PRIVATE KEY-----\n",   // pragma: allowlist secret
        ] {
            assert_eq!(vault.identify(value), None, "{value:?}");
        }
        assert_eq!(vault.patterns.len(), 0);
        let whole_key = "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----"; // pragma: allowlist secret
        assert!(vault.identify(whole_key).is_some());
    }

    #[test]
    fn secrets_rule_081_nothing_prints_a_value() {
        let mut vault = Vault::new(Some(KEY));
        vault.identify("ghx_0123456789");
        let printed = format!("{vault:?}");
        assert_eq!(printed, "Vault(‹secrets›)");
    }
}
