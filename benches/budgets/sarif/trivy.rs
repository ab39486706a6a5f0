//! SARIF as Trivy writes it.

use std::io;
use std::path::Path;

use super::SCHEMA;
use crate::json::{Json, Layout, Written};
use crate::seed::Seed;

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
