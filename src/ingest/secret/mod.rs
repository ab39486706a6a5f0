//! Raw secrets: named by a keyed hash and searched for in everything that was kept.
//!
//! Readers give each value to the [`Vault`], which answers with the [`SecretId`]; when all
//! reports are read the vault becomes a [`Scrubber`] (rule S82). Nothing keeps a raw value:
//! both go by hashes of it (rule S81).

mod hashes;
mod patterns;
mod scrub;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

pub(in crate::ingest) use scrub::Scrubber;

use hashes::Hashes;
use patterns::Patterns;

use crate::model::{KeyCheck, SecretHash, SecretId};

/// What the raw values of all reports are named by and found by, and the key that names them.
pub(in crate::ingest) struct Vault {
    keyed: Hmac<Sha256>,
    project_key: bool,
    hashes: Hashes,
    patterns: Patterns,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(‹secrets›)")
    }
}

/// Eight bytes that are the same for the same key, and tell nothing of it.
pub(in crate::ingest) fn key_check(key: &[u8]) -> KeyCheck {
    let keyed = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&[0; 64].into()));
    let bytes = keyed.chain_update(b"krgate/key-check/v1").finalize();
    let half = bytes.into_bytes().first_chunk::<8>().copied();
    KeyCheck(half.unwrap_or_default())
}

impl Vault {
    /// A vault whose ids are made with the project's key, or with a random one for this run
    /// (rule S70).
    pub(in crate::ingest) fn new(project_key: Option<&[u8]>) -> Self {
        let mut random = [0; 32];
        let key = project_key.unwrap_or_else(|| {
            // Ids made with a run's own key are never printed, stored or used for order. If
            // the system gives no random bytes they still tell secrets apart, so that the
            // gate can judge.
            let _ = getrandom::fill(&mut random);
            &random
        });
        let keyed = Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&[0; 64].into()));
        random.zeroize();
        Self {
            keyed,
            project_key: project_key.is_some(),
            hashes: Hashes::new(project_key.is_some()),
            patterns: Patterns::default(),
        }
    }

    /// True if ids are those of the project's key, so that they mean the same in another run.
    pub(in crate::ingest) fn has_project_key(&self) -> bool {
        self.project_key
    }

    /// Takes a raw value and names it; `None` where the value names nothing: a placeholder,
    /// a bare PEM header (rules S72, S73). ASCII space around it is no part of it.
    pub(in crate::ingest) fn identify(&mut self, value: &str) -> Option<SecretId> {
        let value = value.trim_matches(' ');
        if is_placeholder(value) || is_bare_pem_header(value) {
            return None;
        }
        let hash = self.hash(&[b"krgate/secret/v1\0", value.as_bytes()]);
        let (id, is_new) = self.hashes.insert(hash);
        if is_new {
            scrub::add_forms(&mut self.patterns, value.as_bytes());
        }
        Some(id)
    }

    /// Takes the parts of one raw value and names it as they stand joined by NUL; each is
    /// scrubbed on its own (rule S72). `None` where none of them names anything.
    pub(in crate::ingest) fn identify_parts(&mut self, parts: &[RawPart]) -> Option<SecretId> {
        if let [part] = parts
            && let Ok(text) = std::str::from_utf8(part)
        {
            return self.identify(text);
        }
        let names_something = |part: &&RawPart| {
            let text = std::str::from_utf8(part).map(|text| text.trim_matches(' '));
            !text.is_ok_and(|text| is_placeholder(text) || is_bare_pem_header(text))
        };
        parts.iter().find(names_something)?;
        let joined = Zeroizing::new(
            parts
                .iter()
                .map(|part| part.as_slice())
                .collect::<Vec<_>>()
                .join(&0),
        );
        let hash = self.hash(&[b"krgate/secret/v1\0", &joined]);
        for part in parts.iter().filter(names_something) {
            scrub::add_forms(&mut self.patterns, part);
        }
        // So that whoever has this id is searched for.
        self.patterns.push(&joined);
        Some(self.hashes.insert(hash).0)
    }

    /// Takes a raw value that is to be scrubbed and gives no identity (rules S24, S29).
    pub(in crate::ingest) fn conceal(&mut self, value: &str) {
        let value = value.trim_matches(' ');
        if !is_placeholder(value) && !is_bare_pem_header(value) {
            scrub::add_forms(&mut self.patterns, value.as_bytes());
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
        let parts: [&[u8]; 4] = [
            b"krgate/secret-ref/v1\0",
            tool.as_bytes(),
            b"\0",
            own_id.as_bytes(),
        ];
        let hash = self.hash(&parts);
        Some(self.hashes.insert(hash).0)
    }

    /// The keyed hash of a tool's fingerprint that is made of a secret (rule S71).
    pub(in crate::ingest) fn digest_of_hash(&self, key: &str, value: &str) -> [u8; 16] {
        self.hash(&[
            b"krgate/secret-hash/v1\0",
            key.as_bytes(),
            b"\0",
            value.as_bytes(),
        ])
        .bytes()
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

    fn hash(&self, parts: &[&[u8]]) -> SecretHash {
        let mut mac = self.keyed.clone();
        for part in parts {
            mac.update(part);
        }
        let full = mac.finalize().into_bytes();
        SecretHash::new(full.first_chunk::<16>().copied().unwrap_or_default())
    }
}

/// A part of a raw value, wiped when it is dropped.
pub(in crate::ingest) type RawPart = Zeroizing<Vec<u8>>;

/// What a text in base64 stands for; the text itself where it is none.
pub(in crate::ingest) fn of_base64(text: &str) -> RawPart {
    let bytes = scrub::base64_bytes(text);
    Zeroizing::new(bytes.unwrap_or_else(|| text.as_bytes().to_vec()))
}

/// True for what tools write in place of a value (rules S73, 93).
pub(in crate::ingest) fn is_placeholder(value: &str) -> bool {
    let redacted_hex = |text: &str| {
        text.strip_prefix("[REDACTED:")
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    matches!(value, "REDACTED" | "[REDACTED]" | "requires login")
        || value.bytes().all(|b| b == b'*')
        || redacted_hex(value)
}

/// True for the first line of a PEM block alone: every private key has it (rule S73).
pub(in crate::ingest) fn is_bare_pem_header(value: &str) -> bool {
    let value = value.trim();
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
        assert_ne!(run.hash(&[b"krgate/secret/v1\0", b"ghx_0123456789"]), hash);
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
