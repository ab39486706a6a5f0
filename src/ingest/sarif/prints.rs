//! The tool's own names for a result (rules 92 to 97).

use std::io::Read;

use sha2::{Digest, Sha256};

use super::super::secret;
use super::super::window::{Refusal, Window};
use super::field::{self, Field};
use super::pending::{Pending, Print};
use super::result::{Part, Reading};
use super::tables::Often;

/// Keys whose value is a hash of a secret without a key (S71).
const HASHES_OF_SECRETS: [&str; 3] = [
    "match_group_content/sha256/v1",
    "secret/v1",
    "SecretHash/v1",
];

/// Keys that name no result: personal data, and a column.
const NO_IDENTITY: [&str; 5] = [
    "email",
    "author",
    "date",
    "commitMessage",
    "primaryLocationStartColumnFingerprint",
];

/// Takes `fingerprints` or `partialFingerprints`: digests of their values, never the values.
pub(super) fn take<R: Read>(
    w: &mut Window<R>,
    pending: &mut Pending,
    part: &mut Part,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    if field::object(w)? != Field::Is(()) {
        return Ok(());
    }
    let mut cargo = CargoDeny::default();
    while let Some(name) = w.member()? {
        if name == "commitSha" {
            if let Field::Is(commit) = field::text(w)?
                && !commit.is_empty()
            {
                pending.commit = Some(reading.tables.pool.intern(commit));
            }
            continue;
        }
        if NO_IDENTITY.contains(&name) {
            w.skip()?;
            continue;
        }
        if name.starts_with("cargo-deny/") {
            match cargo.slot(name) {
                Some(slot) => *slot = field::text(w)?.right().map(str::to_owned),
                None => w.skip()?,
            }
            continue;
        }
        let key = reading.tables.pool.intern_often(name, Often::Key);
        let is_hash = HASHES_OF_SECRETS.contains(&name);
        if let Field::Is(value) = field::text(w)?
            && !is_placeholder(value)
        {
            let value = if is_hash {
                reading.vault.conceal(value);
                reading
                    .vault
                    .digest_of_hash(reading.tables.pool.get(key), value)
            } else {
                digest(&[value.as_bytes()])
            };
            add(pending, part, Print { key, value });
        }
    }
    if let Some((key, value)) = cargo.name() {
        let key = reading.tables.pool.intern(key);
        add(pending, part, Print { key, value });
    }
    Ok(())
}

/// One advisory, or one check, stands on every crate that it hits, so only the two together
/// name a result.
#[derive(Default)]
struct CargoDeny {
    id: Option<String>,
    advisory: Option<String>,
    krate: Option<String>,
}

impl CargoDeny {
    fn slot(&mut self, key: &str) -> Option<&mut Option<String>> {
        match key {
            "cargo-deny/id" => Some(&mut self.id),
            "cargo-deny/advisory-id" => Some(&mut self.advisory),
            "cargo-deny/krate" => Some(&mut self.krate),
            _ => None,
        }
    }

    fn name(&self) -> Option<(&'static str, [u8; 16])> {
        let krate = self.krate.as_deref()?.as_bytes();
        let (key, check) = match (&self.advisory, &self.id) {
            (Some(advisory), _) => ("cargo-deny/advisory-id", advisory),
            (None, Some(id)) => ("cargo-deny/id", id),
            (None, None) => return None,
        };
        Some((key, digest(&[check.as_bytes(), b"\0", krate])))
    }
}

fn add(pending: &mut Pending, part: &mut Part, print: Print) {
    let (start, len) = pending.prints;
    // `fingerprints` and `partialFingerprints` of one result stand side by side: nothing of
    // another result comes between.
    let start = if len == 0 {
        u32::try_from(part.prints.len()).unwrap_or(u32::MAX)
    } else {
        start
    };
    if let Some(len) = len.checked_add(1) {
        part.prints.push(print);
        pending.prints = (start, len);
    }
}

/// True for what stands on every result alike (rule 93).
fn is_placeholder(value: &str) -> bool {
    value.is_empty() || value == "0" || secret::is_placeholder(value)
}

/// The first 16 bytes of SHA-256.
fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let full: [u8; 32] = hash.finalize().into();
    full.first_chunk::<16>().copied().unwrap_or_default()
}

/// True if a key of a tool is kept. Kingfisher's changes from run to run; of Snyk's several,
/// the best one that a result has.
pub(super) fn is_kept(alias: &str, key: &str, keys: &[&str]) -> bool {
    if alias == "kingfisher" {
        return false;
    }
    if !alias.starts_with("snyk") {
        return true;
    }
    match key {
        "0" => !keys.contains(&"1") && !keys.contains(&"identity"),
        "1" => !keys.contains(&"identity"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sarif_rule_093_placeholders_name_nothing() {
        for text in ["", "0", "***", "REDACTED", "requires login"] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("00"));
    }

    #[test]
    fn sarif_rule_096_snyk_s_best_key_is_kept() {
        let keys = ["0", "1", "identity"];
        let kept = |keys: &[&str]| {
            let kept = keys.iter().filter(|key| is_kept("snyk-code", key, keys));
            kept.map(|key| (*key).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(kept(&keys), ["identity"]);
        assert_eq!(kept(&keys[..2]), ["1"]);
        assert_eq!(kept(&keys[..1]), ["0"]);
        assert!(is_kept("codeql", "0", &["0", "1"]));
        assert!(!is_kept("kingfisher", "fingerprint", &["fingerprint"]));
    }
}
