//! SARIF as `CodeQL` writes it.

use std::io;
use std::path::Path;

use super::{SCHEMA, invocations};
use crate::json::{Json, Layout, Written};
use crate::seed::Seed;

/// Rules of the query pack of [`codeql`].
const QUERIES: u64 = 180;

/// A report with code flows: compact, rules in an extension of the tool, most of the bytes
/// in steps and snippets that a gate skips (about 12.5 KB a result).
pub(crate) fn codeql(path: &Path, results: u64) -> io::Result<Written> {
    let mut json = Json::create(path, Layout::Compact)?;
    let mut seed = Seed::new(0xc0de_0001);
    let files = results / 5 + 1;
    json.object(|json| {
        json.text("$schema", SCHEMA)?;
        json.text("version", "2.1.0")?;
        json.key("runs")?.array(|json| {
            json.object(|json| {
                json.key("tool")?
                    .object(|json| codeql_tool(json, &mut seed))?;
                invocations(json)?;
                json.key("artifacts")?.array(|json| {
                    (0..files).try_for_each(|file| {
                        json.object(|json| {
                            json.key("location")?
                                .object(|json| codeql_artifact(json, file))
                        })
                    })
                })?;
                json.key("results")?.array(|json| {
                    (0..results).try_for_each(|_| codeql_result(json, &mut seed, files))
                })?;
                json.text("columnKind", "utf16CodeUnits")?;
                json.key("properties")?
                    .object(|json| json.text("semmle.formatSpecifier", "sarif-latest"))
            })
        })
    })?;
    json.finish()
}

fn codeql_tool(json: &mut Json, seed: &mut Seed) -> io::Result<()> {
    json.key("driver")?.object(|json| {
        json.text("name", "CodeQL")?;
        json.text("organization", "GitHub")?;
        json.text("semanticVersion", "2.23.0")?;
        json.key("rules")?.array(|_| Ok(()))
    })?;
    json.key("extensions")?.array(|json| {
        json.object(|json| {
            json.text("name", "codeql/python-queries")?;
            json.text("semanticVersion", "1.6.2")?;
            json.key("rules")?
                .array(|json| (0..QUERIES).try_for_each(|rule| codeql_rule(json, seed, rule)))
        })
    })
}

fn codeql_rule(json: &mut Json, seed: &mut Seed, rule: u64) -> io::Result<()> {
    let id = query(rule);
    let title = seed.prose(40);
    json.keep(&id);
    json.keep(&title);
    json.object(|json| {
        json.text("id", &id)?;
        json.text("name", &id)?;
        json.message("shortDescription", &title)?;
        json.message("fullDescription", &seed.prose(180))?;
        json.key("defaultConfiguration")?.object(|json| {
            json.key("enabled")?.literal("true")?;
            json.text("level", seed.pick(&["error", "warning", "note"]))
        })?;
        json.key("help")?.object(|json| {
            let help = seed.prose(1_800);
            json.text("text", &help)?;
            json.text("markdown", &help)
        })?;
        json.key("properties")?.object(|json| {
            json.key("tags")?.array(|json| {
                json.string("security")?;
                json.string(&format!("external/cwe/cwe-{:03}", seed.between(20, 900)))
            })?;
            json.text("kind", "path-problem")?;
            json.text("precision", "high")?;
            json.text("problem.severity", "error")?;
            let score = format!("{}.{}", seed.between(2, 9), seed.below(10));
            json.text("security-severity", &score)
        })
    })
}

fn codeql_result(json: &mut Json, seed: &mut Seed, files: u64) -> io::Result<()> {
    let rule = seed.below(QUERIES);
    let file = seed.below(files);
    let flows = if seed.below(5) < 2 {
        0
    } else {
        seed.between(1, 4)
    };
    let message = format!(
        "This {} depends on [a user-provided value](1).\nThis value reaches \"{}\".",
        seed.prose(20),
        seed.hex(6)
    );
    json.count_finding();
    json.keep(&Seed::path(file, "py"));
    json.keep(&message);
    json.object(|json| {
        json.text("ruleId", &query(rule))?;
        json.key("rule")?.object(|json| {
            json.text("id", &query(rule))?;
            json.key("index")?.number(rule)?;
            json.key("toolComponent")?
                .object(|json| json.key("index")?.number(0))
        })?;
        json.message("message", &message)?;
        json.key("locations")?
            .array(|json| json.object(|json| codeql_place(json, seed, file)))?;
        json.key("partialFingerprints")?.object(|json| {
            let hash = format!("{}:1", seed.hex(16));
            json.text("primaryLocationLineHash", &hash)?;
            json.text("primaryLocationStartColumnFingerprint", "4")
        })?;
        if flows == 0 {
            return Ok(());
        }
        json.key("codeFlows")?
            .array(|json| (0..flows).try_for_each(|_| codeql_flow(json, seed, files)))?;
        json.key("relatedLocations")?.array(|json| {
            json.object(|json| {
                json.key("id")?.number(1)?;
                codeql_place(json, seed, file)?;
                json.message("message", "a user-provided value")
            })
        })
    })
}

fn codeql_flow(json: &mut Json, seed: &mut Seed, files: u64) -> io::Result<()> {
    let steps = seed.between(3, 23);
    json.object(|json| {
        json.key("threadFlows")?.array(|json| {
            json.object(|json| {
                json.key("locations")?.array(|json| {
                    (0..steps).try_for_each(|_| {
                        json.object(|json| {
                            json.key("location")?.object(|json| {
                                let file = seed.below(files);
                                codeql_place(json, seed, file)?;
                                let step = format!("ControlFlowNode for {}", seed.prose(8));
                                json.message("message", &step)
                            })
                        })
                    })
                })
            })
        })
    })
}

fn codeql_place(json: &mut Json, seed: &mut Seed, file: u64) -> io::Result<()> {
    let line = seed.between(3, 900);
    json.key("physicalLocation")?.object(|json| {
        json.key("artifactLocation")?
            .object(|json| codeql_artifact(json, file))?;
        json.key("region")?.object(|json| {
            json.key("startLine")?.number(line)?;
            json.key("startColumn")?.number(seed.between(1, 40))?;
            json.key("endColumn")?.number(seed.between(41, 90))
        })?;
        json.key("contextRegion")?.object(|json| {
            json.key("startLine")?.number(line - 2)?;
            json.key("endLine")?.number(line + 2)?;
            json.key("snippet")?
                .object(|json| json.text("text", &seed.code(5)))
        })
    })
}

fn codeql_artifact(json: &mut Json, file: u64) -> io::Result<()> {
    json.text("uri", &Seed::path(file, "py"))?;
    json.text("uriBaseId", "%SRCROOT%")?;
    json.key("index")?.number(file)
}

fn query(rule: u64) -> String {
    format!("py/tainted-value-reaches-call-{rule}")
}
