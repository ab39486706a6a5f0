//! SARIF as Semgrep writes it.

use std::io;
use std::path::Path;

use super::{SCHEMA, invocations};
use crate::json::{Json, Layout, Written};
use crate::seed::Seed;

/// How many rules, results and bytes of message a Semgrep-like report has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Results.
    pub(crate) results: u64,
    /// Rules, of which each result names one.
    pub(crate) rules: u64,
    /// Bytes of a rule's message, which each of its results repeats.
    pub(crate) message: usize,
    /// Seed, also of the paths, so that two files share none.
    pub(crate) seed: u64,
}

/// A report whose results come before its rules: compact, keys sorted, long messages.
pub(crate) fn semgrep(path: &Path, shape: Shape) -> io::Result<Written> {
    let mut json = Json::create(path, Layout::Compact)?;
    let mut seed = Seed::new(shape.seed);
    let files = shape.results / 4 + 1;
    json.object(|json| {
        json.text("$schema", SCHEMA)?;
        json.key("runs")?.array(|json| {
            json.object(|json| {
                invocations(json)?;
                json.key("results")?.array(|json| {
                    (0..shape.results)
                        .try_for_each(|_| semgrep_result(json, &mut seed, shape, files))
                })?;
                json.key("tool")?.object(|json| {
                    json.key("driver")?.object(|json| {
                        json.text("name", "Semgrep OSS")?;
                        json.key("rules")?.array(|json| {
                            (0..shape.rules).try_for_each(|rule| semgrep_rule(json, shape, rule))
                        })?;
                        json.text("semanticVersion", "1.140.0")
                    })
                })
            })
        })?;
        json.text("version", "2.1.0")
    })?;
    json.finish()
}

fn semgrep_result(json: &mut Json, seed: &mut Seed, shape: Shape, files: u64) -> io::Result<()> {
    let rule = seed.below(shape.rules);
    let path = Seed::path(shape.seed % 1_000 * 1_000_000 + seed.below(files), "ts");
    let line = seed.between(1, 900);
    let message = semgrep_message(shape, rule);
    json.count_finding();
    json.keep(&path);
    json.keep(&message);
    json.object(|json| {
        json.key("fingerprints")?.object(|json| {
            let id = format!("{}_0", seed.hex(128));
            json.text("matchBasedId/v1", &id)
        })?;
        json.key("locations")?.array(|json| {
            json.object(|json| {
                json.key("physicalLocation")?.object(|json| {
                    json.key("artifactLocation")?.object(|json| {
                        json.text("uri", &path)?;
                        json.text("uriBaseId", "%SRCROOT%")
                    })?;
                    json.key("region")?.object(|json| {
                        json.key("endColumn")?.number(seed.between(41, 90))?;
                        json.key("endLine")?.number(line + 2)?;
                        json.key("snippet")?
                            .object(|json| json.text("text", &seed.code(3)))?;
                        json.key("startColumn")?.number(seed.between(1, 40))?;
                        json.key("startLine")?.number(line)
                    })
                })
            })
        })?;
        json.message("message", &message)?;
        json.key("properties")?.object(|_| Ok(()))?;
        json.text("ruleId", &semgrep_id(rule))
    })
}

fn semgrep_rule(json: &mut Json, shape: Shape, rule: u64) -> io::Result<()> {
    let id = semgrep_id(rule);
    let title = format!("Semgrep Finding: {id}");
    json.keep(&id);
    json.keep(&title);
    json.object(|json| {
        json.key("defaultConfiguration")?
            .object(|json| json.text("level", "warning"))?;
        json.message("fullDescription", &semgrep_message(shape, rule))?;
        json.text("helpUri", &format!("https://example.com/r/{id}"))?;
        json.text("id", &id)?;
        json.text("name", &id)?;
        json.key("properties")?.object(|json| {
            json.text("precision", "very-high")?;
            json.key("tags")?.array(|json| {
                json.string(&format!("CWE-{}: Improper Neutralization", 20 + rule))?;
                json.string("MEDIUM CONFIDENCE")?;
                json.string("security")
            })
        })?;
        json.message("shortDescription", &title)
    })
}

fn semgrep_message(shape: Shape, rule: u64) -> String {
    Seed::new(rule ^ 0x6d73_6700).prose(shape.message)
}

fn semgrep_id(rule: u64) -> String {
    let name = Seed::new(rule)
        .prose(20)
        .trim_end()
        .replace([' ', '.', ','], "-");
    format!("javascript.express.security.audit.{name}.{name}-{rule}")
}
