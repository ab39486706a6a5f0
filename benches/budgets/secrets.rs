//! Reports of secrets scanners: gitleaks' array and `TruffleHog`'s lines. The "secrets" are
//! hexadecimal digits from the generator and open nothing.

use std::io;
use std::path::Path;

use crate::json::{Json, Layout, Written};
use crate::seed::Seed;

/// Rules of [`gitleaks`].
const RULES: u64 = 120;

/// An array of findings as gitleaks 8 writes it, indented by one space (about 850 bytes a
/// finding).
pub(crate) fn gitleaks(path: &Path, findings: u64) -> io::Result<Written> {
    let mut json = Json::create(path, Layout::Indented(1))?;
    let mut seed = Seed::new(0x6175_0003);
    json.array(|json| (0..findings).try_for_each(|_| gitleaks_finding(json, &mut seed, findings)))?;
    json.finish()
}

fn gitleaks_finding(json: &mut Json, seed: &mut Seed, findings: u64) -> io::Result<()> {
    let rule = seed.below(RULES);
    let id = format!("generic-key-{rule}");
    let title = format!("Found key {rule}, {}", Seed::new(rule).prose(70));
    let file = Seed::path(seed.below(findings / 8 + 1), "env");
    let commit = Seed::new(seed.below(findings / 20 + 1)).hex(40);
    let secret = seed.hex(40);
    let line = seed.between(1, 900);
    json.count_finding();
    for kept in [&id, &title, &file, &commit] {
        json.keep(kept);
    }
    json.object(|json| {
        json.text("RuleID", &id)?;
        json.text("Description", &title)?;
        json.key("StartLine")?.number(line)?;
        json.key("EndLine")?.number(line)?;
        json.key("StartColumn")?.number(9)?;
        json.key("EndColumn")?.number(48)?;
        json.text("Match", &format!("API_KEY={secret}"))?;
        json.text("Secret", &secret)?;
        json.text("File", &file)?;
        json.text("SymlinkFile", "")?;
        json.text("Commit", &commit)?;
        let entropy = format!("3.{}", seed.between(1_000, 9_999));
        json.key("Entropy")?.literal(&entropy)?;
        json.text("Author", "A Developer")?;
        json.text("Email", "dev@example.com")?;
        json.text("Date", "2026-11-23T08:05:34Z")?;
        let body = seed.prose(110);
        json.text("Message", &body)?;
        json.key("Tags")?.array(|_| Ok(()))?;
        json.text("Fingerprint", &format!("{commit}:{file}:{id}:{line}"))
    })
}

/// One finding a line as `TruffleHog` 3 writes it (about 700 bytes a line).
pub(crate) fn trufflehog(path: &Path, findings: u64) -> io::Result<Written> {
    let mut json = Json::create(path, Layout::Compact)?;
    let mut seed = Seed::new(0x7468_0004);
    for finding in 0..findings {
        if finding > 0 {
            json.end_line()?;
        }
        trufflehog_finding(&mut json, &mut seed, findings)?;
    }
    json.finish()
}

fn trufflehog_finding(json: &mut Json, seed: &mut Seed, findings: u64) -> io::Result<()> {
    let detector = seed.pick(&["URI", "Postgres", "PrivateKey", "Custom", "Box", "Mailer"]);
    let file = Seed::path(seed.below(findings / 8 + 1), "yaml");
    let commit = Seed::new(seed.below(findings / 20 + 1)).hex(40);
    let secret = seed.hex(48);
    json.count_finding();
    for kept in [detector, &file, &commit] {
        json.keep(kept);
    }
    json.object(|json| {
        json.key("SourceMetadata")?.object(|json| {
            json.key("Data")?.object(|json| {
                json.key("Git")?.object(|json| {
                    json.text("commit", &commit)?;
                    json.text("file", &file)?;
                    json.text("email", "A Developer <dev@example.com>")?;
                    json.text("repository", "https://git.example.com/acme/pay.git")?;
                    json.text("timestamp", "2026-06-16 10:17:40 +0000")?;
                    json.key("line")?.number(seed.between(1, 900))
                })
            })
        })?;
        json.key("SourceID")?.number(1)?;
        json.key("SourceType")?.number(16)?;
        json.text("SourceName", "trufflehog - git")?;
        json.key("DetectorType")?.number(17)?;
        json.text("DetectorName", detector)?;
        json.text("DetectorDescription", &Seed::new(7).prose(110))?;
        json.text("DecoderName", "PLAIN")?;
        json.key("Verified")?
            .literal(seed.pick(&["true", "false", "false", "false"]))?;
        json.key("VerificationFromCache")?.literal("false")?;
        json.text("Raw", &secret)?;
        json.text("RawV2", &format!("{secret}:{}", seed.hex(20)))?;
        json.text("Redacted", "********")?;
        json.key("ExtraData")?.literal("null")?;
        json.key("StructuredData")?.literal("null")
    })
}
