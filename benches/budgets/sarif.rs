//! SARIF as `CodeQL`, Trivy and Semgrep write it: their order of keys, their layout, their
//! proportion of what a gate reads to what it skips.

use std::io;
use std::path::Path;

use crate::json::{Json, Layout, Written};
use crate::seed::Seed;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

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
    let steps = seed.between(3, 22);
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

/// A report of packages: indented by two, many rules with long help, small results.
pub(crate) fn trivy(path: &Path, results: u64, rules: u64) -> io::Result<Written> {
    let mut json = Json::create(path, Layout::Indented(2))?;
    let mut seed = Seed::new(0x7121_0002);
    json.object(|json| {
        json.text("version", "2.1.0")?;
        json.text("$schema", SCHEMA)?;
        json.key("runs")?.array(|json| {
            json.object(|json| {
                json.key("tool")?.object(|json| {
                    json.key("driver")?.object(|json| {
                        json.text("fullName", "Trivy Vulnerability Scanner")?;
                        json.text("informationUri", "https://example.com/trivy")?;
                        json.text("name", "Trivy")?;
                        json.key("rules")?.array(|json| {
                            (0..rules).try_for_each(|rule| trivy_rule(json, &mut seed, rule))
                        })?;
                        json.text("version", "0.74.0")
                    })
                })?;
                json.key("results")?.array(|json| {
                    (0..results).try_for_each(|_| trivy_result(json, &mut seed, rules))
                })?;
                json.text("columnKind", "utf16CodeUnits")?;
                json.key("originalUriBaseIds")?.object(|json| {
                    json.key("ROOTPATH")?
                        .object(|json| json.text("uri", "file:///"))
                })
            })
        })
    })?;
    json.finish()
}

fn trivy_rule(json: &mut Json, seed: &mut Seed, rule: u64) -> io::Result<()> {
    let id = advisory(rule);
    let title = seed.prose(45);
    let long = seed.prose(560);
    let score = format!("{}.{}", seed.between(2, 9), seed.below(10));
    json.keep(&id);
    json.keep(&title);
    json.object(|json| {
        json.text("id", &id)?;
        json.text("name", "OsPackageVulnerability")?;
        json.message("shortDescription", &title)?;
        json.message("fullDescription", &long)?;
        json.key("defaultConfiguration")?
            .object(|json| json.text("level", seed.pick(&["error", "warning", "note"])))?;
        json.text("helpUri", &format!("https://example.com/nvd/{id}"))?;
        json.key("help")?.object(|json| {
            json.text(
                "text",
                &format!("Vulnerability {id}\nSeverity: MEDIUM\n{long}"),
            )?;
            json.text(
                "markdown",
                &format!("**Vulnerability {id}**\n| Severity |\n| --- |\n|MEDIUM|\n\n{long}"),
            )
        })?;
        json.key("properties")?.object(|json| {
            json.key("cvssv3_baseScore")?.literal(&score)?;
            json.text(
                "cvssv3_vector",
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
            )?;
            json.text("precision", "very-high")?;
            json.text("security-severity", &score)?;
            json.key("tags")?.array(|json| {
                ["vulnerability", "security", "MEDIUM"]
                    .iter()
                    .try_for_each(|tag| json.string(tag))
            })
        })
    })
}

fn trivy_result(json: &mut Json, seed: &mut Seed, rules: u64) -> io::Result<()> {
    let rule = seed.below(rules);
    let id = advisory(rule);
    let package = format!("{}{}", seed.prose(6).trim_end(), seed.below(900));
    let target = format!("{}/package-lock.json", Seed::path(seed.below(400), "d"));
    let message = format!(
        "Package: {package}\nInstalled Version: {}.{}.1\nVulnerability {id}\nSeverity: MEDIUM\n\
         Fixed Version: 9.9.9\nLink: [{id}](https://example.com/nvd/{id})",
        seed.below(9),
        seed.below(30),
    );
    json.count_finding();
    json.keep(&message);
    json.keep(&target);
    json.object(|json| {
        json.text("ruleId", &id)?;
        json.key("ruleIndex")?.number(rule)?;
        json.text("level", seed.pick(&["error", "warning", "note"]))?;
        json.message("message", &message)?;
        json.key("locations")?.array(|json| {
            json.object(|json| {
                json.key("physicalLocation")?.object(|json| {
                    json.key("artifactLocation")?.object(|json| {
                        json.text("uri", &target)?;
                        json.text("uriBaseId", "ROOTPATH")
                    })?;
                    json.key("region")?.object(|json| {
                        ["startLine", "startColumn", "endLine", "endColumn"]
                            .iter()
                            .try_for_each(|key| json.key(key)?.number(1))
                    })
                })?;
                json.message("message", &format!("{target}: {package}@1.1.1c-r0"))
            })
        })
    })
}

fn advisory(rule: u64) -> String {
    format!("CVE-{}-{}", 2010 + rule % 16, 10_000 + rule)
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

fn invocations(json: &mut Json) -> io::Result<()> {
    json.key("invocations")?.array(|json| {
        json.object(|json| {
            json.key("executionSuccessful")?.literal("true")?;
            json.key("toolExecutionNotifications")?.array(|_| Ok(()))
        })
    })
}
