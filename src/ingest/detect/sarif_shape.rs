//! The shape of SARIF.

use super::Shape;

/// True for SARIF by the section "Recognition" of its rules: broad enough to say what is
/// wrong with a file that is nearly SARIF (rules 2, 18).
pub(in crate::ingest) fn is_sarif(shape: &Shape, complete: bool) -> bool {
    let Some(members) = shape.object() else {
        return false;
    };
    let by_names = members.has_all(&["version", "runs"]);
    let by_run = members
        .first_of("runs")
        .is_some_and(|run| run.has_any(&["tool", "results"]));
    let alone = [
        "version",
        "$schema",
        "runs",
        "inlineExternalProperties",
        "properties",
    ];
    let by_version = complete && members.word("version") == Some("2.1.0") && members.only(&alone);
    by_names || by_run || by_version
}
