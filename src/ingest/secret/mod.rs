//! Raw secrets: named by a keyed hash, searched for in everything that was kept, then wiped.
//!
//! A [`RawSecret`] is the only owner of a raw value and does not leave `ingest` (rule S81).
//! Readers give each value to the [`Vault`], which answers with the [`SecretId`]; when all
//! reports are read the vault becomes a [`Scrubber`] (rule S82).

mod scrub;

use std::borrow::Cow;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use indexmap::IndexSet;
use serde::de::{Deserialize, Deserializer, Visitor};
use sha2::Sha256;
use zeroize::Zeroize;

pub(in crate::ingest) use scrub::Scrubber;

use crate::model::SecretId;

/// A raw value, wiped when it is dropped. It has no `Display`, `Serialize` or `Clone`.
pub(in crate::ingest) struct RawSecret(Vec<u8>);

impl RawSecret {
    fn new(value: &str) -> Self {
        Self(value.as_bytes().to_vec())
    }

    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for RawSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for RawSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹secret›")
    }
}

/// A raw value as it stands in a report that is being decoded: borrowed where JSON allows
/// it, and wiped on drop where an escape forced a copy.
pub(in crate::ingest) struct RawText<'a>(Cow<'a, str>);

impl<'a> RawText<'a> {
    /// Takes text that is or may be a raw secret.
    pub(in crate::ingest) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into())
    }

    /// The value, for the vault alone.
    pub(in crate::ingest) fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for RawText<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(copy) = &mut self.0 {
            copy.zeroize();
        }
    }
}

impl fmt::Debug for RawText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹secret›")
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = RawText<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(RawText::new(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(RawText::new(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// All raw values of all reports, each once, and the key that names them.
pub(in crate::ingest) struct Vault {
    keyed: Hmac<Sha256>,
    project_key: bool,
    seen: IndexSet<[u8; 16]>,
    values: Vec<RawSecret>,
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
            seen: IndexSet::new(),
            values: Vec::new(),
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
        Some(SecretId::new(self.keep(value)))
    }

    /// Takes a raw value that is to be scrubbed and gives no identity (rules S24, S29).
    pub(in crate::ingest) fn conceal(&mut self, value: &str) {
        let value = value.trim_matches(' ');
        if !is_placeholder(value) && !is_bare_pem_header(value) {
            self.keep(value);
        }
    }

    /// Names a secret by the tool's own id for it, which may be a plain hash of the value and
    /// is concealed like one (rules S71, S74); `None` for a placeholder.
    pub(in crate::ingest) fn refer(&mut self, tool: &str, own_id: &str) -> Option<SecretId> {
        let own_id = own_id.trim_matches(' ');
        if is_placeholder(own_id) {
            return None;
        }
        self.keep(own_id);
        let parts: [&[u8]; 4] = [
            b"krgate/secret-ref/v1\0",
            tool.as_bytes(),
            b"\0",
            own_id.as_bytes(),
        ];
        Some(SecretId::new(self.hash(&parts)))
    }

    /// The keyed hash of a tool's fingerprint that is made of a secret (rule S71).
    pub(in crate::ingest) fn digest_of_hash(&self, key: &str, value: &str) -> [u8; 16] {
        self.hash(&[
            b"krgate/secret-hash/v1\0",
            key.as_bytes(),
            b"\0",
            value.as_bytes(),
        ])
    }

    /// Ends the reading: what is left to do with raw values is to search for them.
    pub(in crate::ingest) fn into_scrubber(self) -> Scrubber {
        Scrubber::new(self.values)
    }

    fn keep(&mut self, value: &str) -> [u8; 16] {
        let hash = self.hash(&[b"krgate/secret/v1\0", value.as_bytes()]);
        if self.seen.insert(hash) {
            self.values.push(RawSecret::new(value));
        }
        hash
    }

    fn hash(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = self.keyed.clone();
        parts.iter().for_each(|part| mac.update(part));
        let full = mac.finalize().into_bytes();
        full.first_chunk::<16>().copied().unwrap_or_default()
    }
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
fn is_bare_pem_header(value: &str) -> bool {
    let value = value.trim();
    let inner = value
        .strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.strip_suffix("-----"));
    inner.is_some_and(|label| !label.is_empty() && !label.contains(['\n', '\r', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef";

    #[test]
    fn secrets_rule_070_a_project_key_names_a_value_for_ever() {
        let mut one = Vault::new(Some(KEY));
        let mut two = Vault::new(Some(KEY));
        let mut run = Vault::new(None);
        let id = one.identify("ghx_0123456789").unwrap();
        assert_eq!(two.identify("ghx_0123456789"), Some(id));
        assert_ne!(run.identify("ghx_0123456789"), Some(id));
        assert!(one.has_project_key() && !run.has_project_key());
    }

    #[test]
    fn the_id_is_the_documented_hash() {
        // printf 'krgate/secret/v1\0ghx_0123456789' |
        //   openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef | cut -c1-32
        let id = Vault::new(Some(KEY)).identify("ghx_0123456789").unwrap();
        let hex: String = id.bytes().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "a39709e371d47d3e5847e5d919c8fb21");
        let id = Vault::new(Some(KEY))
            .refer("detect-secrets", "00ff")
            .unwrap();
        let hex: String = id.bytes().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "4cbb9ae4dfcb1f5d88597f7c5b56e2f2");
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
            "-----BEGIN RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n",
        ] {
            assert_eq!(vault.identify(value), None, "{value:?}");
        }
        assert!(vault.values.is_empty());
        let whole_key = "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----";
        assert!(vault.identify(whole_key).is_some());
    }

    #[test]
    fn secrets_rule_081_nothing_prints_a_value() {
        let mut vault = Vault::new(Some(KEY));
        vault.identify("ghx_0123456789");
        let text = RawText::new("ghx_0123456789");
        let printed = format!("{vault:?} {text:?} {:?}", vault.values);
        assert!(!printed.contains("ghx"), "{printed}");
        assert!(printed.contains("‹secret›"));
    }
}
