//! What to do instead of giving a report that is recognised and not read.

use crate::diagnostic::{Code, Message};

use super::super::window::Refusal;

/// The word of a format, its name for people, and the way to a readable report.
static ADVICE: &[(&str, &str, &str)] = &[
    (
        "gitleaks-csv",
        "gitleaks CSV",
        "write JSON: `gitleaks git --report-format json --report-path R`",
    ),
    (
        "gitleaks-junit",
        "gitleaks JUnit",
        "write JSON: `gitleaks git --report-format json --report-path R`",
    ),
    (
        "kingfisher-toon",
        "Kingfisher TOON",
        "write JSON: `kingfisher scan … --format json --output R`",
    ),
    (
        "detect-secrets-audit",
        "a detect-secrets audit report",
        "it holds secrets in clear text; write `detect-secrets scan > R`",
    ),
    (
        "trufflehog-v2",
        "TruffleHog version 2 or legacy JSON",
        "use version 3: `trufflehog git … --json > R 2>&1`",
    ),
    (
        "gitlab-no-category",
        "a GitLab report that does not say its category",
        "say `class: …` in its report entry",
    ),
    (
        "trivy-v1",
        "Trivy JSON before schema 2",
        "write SARIF: `trivy … --format sarif --output R`",
    ),
    (
        "trivy-kubernetes",
        "Trivy's Kubernetes report",
        "write SARIF: `trivy … --format sarif --output R`",
    ),
    (
        "semgrep-platform",
        "an export of the Semgrep platform",
        "write SARIF: `semgrep ci --sarif -o R`",
    ),
    (
        "dependency-check-xml",
        "Dependency-Check XML",
        "write JSON: `dependency-check … --format JSON`",
    ),
    (
        "yarn-audit",
        "Yarn's audit lines",
        "scan the lock file with OSV-Scanner: `osv-scanner … --format json`",
    ),
    ("cyclonedx-xml", "CycloneDX XML", "write CycloneDX as JSON"),
    (
        "cyclonedx-parts",
        "CycloneDX without vulnerabilities",
        "a list of parts is no scan: give the report of the scanner that read it",
    ),
    (
        "spdx",
        "an SPDX document",
        "a list of parts is no scan: give the report of the scanner that read it",
    ),
    (
        "openvex",
        "OpenVEX",
        "statements are no findings, and no report",
    ),
];

/// The refusal of a format that is recognised and not read, with the way to a readable report.
pub(in crate::ingest) fn unsupported(word: &'static str) -> Refusal {
    let row = ADVICE.iter().find(|(known, ..)| *known == word);
    let (_, shown, hint) = row
        .copied()
        .unwrap_or((word, word, "let the tool write SARIF"));
    Refusal::new(
        Code::ReportUnsupportedFormat,
        Message::from("the report is recognised as ")
            .own(shown)
            .own(", which this version does not read"),
    )
    .hint(hint)
}

#[cfg(test)]
mod tests {
    use super::super::{UNREAD, unread};
    use super::*;

    #[test]
    fn every_format_that_is_refused_has_advice() {
        let words = UNREAD.iter().map(|row| row.word);
        for word in words.chain(unread::TEXT_FORMATS) {
            assert!(ADVICE.iter().any(|(known, ..)| *known == word), "{word}");
        }
    }
}
