//! Formats that are recognised so that nothing is taken for something else, and refused.

use super::{Members, Shape};

/// A format that is recognised and not read.
pub(in crate::ingest) struct Unread {
    /// Its word.
    pub(in crate::ingest) word: &'static str,
    /// True if this version refuses it and a later one may read it, so that `format:` may
    /// name it.
    pub(in crate::ingest) planned: bool,
    /// True if the shape has all that the format asks for; see [`super::words_for`].
    pub(super) fits: fn(shape: &Shape, complete: bool) -> bool,
}

fn object(shape: &Shape, fits: impl Fn(&Members) -> bool) -> bool {
    shape.object().is_some_and(fits)
}

fn item(shape: &Shape, fits: impl Fn(&Members) -> bool) -> bool {
    shape.first_item().is_some_and(fits)
}

/// The rows of the format tables that this version does not read.
pub(in crate::ingest) static UNREAD: &[Unread] = &[
    Unread {
        word: "openvex",
        planned: true,
        fits: |shape, _| {
            object(shape, |o| {
                o.word("@context")
                    .is_some_and(|c| c.starts_with("https://openvex.dev/ns"))
                    && o.has("statements")
            })
        },
    },
    // From here on: never read, in no version.
    Unread {
        word: "detect-secrets-audit",
        planned: false,
        fits: |shape, _| {
            object(shape, |o| {
                o.first_of("results")
                    .is_some_and(|r| r.has_all(&["category", "filename", "secrets", "types"]))
            })
        },
    },
    Unread {
        word: "trufflehog-v2",
        planned: false,
        fits: |shape, _| {
            let fits = |o: &Members| o.has_all(&["commitHash", "printDiff", "stringsFound"]);
            object(shape, fits) || item(shape, fits)
        },
    },
    Unread {
        word: "trivy-kubernetes",
        planned: false,
        fits: |shape, _| {
            object(shape, |o| {
                o.has("ClusterName") && o.has_any(&["Resources", "Vulnerabilities", "Findings"])
            })
        },
    },
    Unread {
        word: "trivy-v1",
        planned: false,
        fits: |shape, _| item(shape, |i| i.has("Target") && !i.has("Secret")),
    },
    Unread {
        word: "cyclonedx-parts",
        planned: false,
        fits: |shape, complete| {
            object(shape, |o| {
                complete && o.word("bomFormat") == Some("CycloneDX") && !o.has("vulnerabilities")
            })
        },
    },
    Unread {
        word: "spdx",
        planned: false,
        fits: |shape, _| object(shape, |o| o.has_all(&["spdxVersion", "SPDXID"])),
    },
    Unread {
        word: "yarn-audit",
        planned: false,
        fits: |shape, complete| {
            object(shape, |o| {
                complete
                    && o.only(&["type", "data"])
                    && o.word("type").is_some_and(|word| {
                        word.starts_with("audit") || matches!(word, "error" | "info" | "warning")
                    })
            })
        },
    },
    Unread {
        word: "semgrep-platform",
        planned: false,
        fits: |shape, _| object(shape, |o| o.has_all(&["vulns", "hasMore"])),
    },
];

/// The words that [`text_format`] has.
#[cfg(test)]
pub(super) const TEXT_FORMATS: [&str; 6] = [
    "gitleaks-csv",
    "gitleaks-junit",
    "kingfisher-toon",
    "spdx",
    "dependency-check-xml",
    "cyclonedx-xml",
];

/// Formats that are not JSON, by how they begin.
pub(super) fn text_format(head: &[u8]) -> Option<&'static str> {
    let text = head.get(super::blank(head)..).unwrap_or_default();
    if text.starts_with(b"RuleID,Commit,File,") {
        return Some("gitleaks-csv");
    }
    if text.starts_with(b"schema: kingfisher.toon") {
        return Some("kingfisher-toon");
    }
    if text.starts_with(b"SPDXVersion:") {
        return Some("spdx");
    }
    if !text.starts_with(b"<") {
        return None;
    }
    let start = text.get(..text.len().min(4096)).unwrap_or_default();
    let has = |needle: &[u8]| memchr::memmem::find(start, needle).is_some();
    if has(b"<testsuite") && has(b"name=\"gitleaks\"") {
        Some("gitleaks-junit")
    } else if has(b"DependencyCheck/dependency-check.") {
        Some("dependency-check-xml")
    } else if has(b"cyclonedx.org/schema/bom") {
        Some("cyclonedx-xml")
    } else {
        None
    }
}
