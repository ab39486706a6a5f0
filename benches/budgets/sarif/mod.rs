//! SARIF as `CodeQL`, Trivy and Semgrep write it: their order of keys, their layout, their
//! proportion of what a gate reads to what it skips. One file a tool.

mod codeql;
mod semgrep;
mod trivy;

use std::io;

use crate::json::Json;

pub(crate) use codeql::codeql;
pub(crate) use semgrep::{Shape, semgrep};
pub(crate) use trivy::trivy;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The one invocation of a run that went well.
fn invocations(json: &mut Json) -> io::Result<()> {
    json.key("invocations")?.array(|json| {
        json.object(|json| {
            json.key("executionSuccessful")?.literal("true")?;
            json.key("toolExecutionNotifications")?.array(|_| Ok(()))
        })
    })
}
