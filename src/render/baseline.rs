//! `krgate.baseline/1`: one finding a line, sorted by place, so that a person can read the
//! difference of two. No message, no snippet, no secret (R10, S79).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::num::NonZeroU32;

use serde::Serialize;

use super::encode::json::{JsonText, write_compact};
use crate::model::{Baseline, FindingId, Row, SecretHash, Untrusted};

#[derive(Serialize, PartialEq, Eq)]
struct ToolRow<'a> {
    tool: JsonText<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<JsonText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<JsonText<'a>>,
}

#[derive(Serialize)]
struct FindingRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<JsonText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<JsonText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<NonZeroU32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<NonZeroU32>,
    rule: JsonText<'a>,
    tool: JsonText<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<JsonText<'a>>,
    class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    advisory: Option<JsonText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ecosystem: Option<JsonText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<JsonText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    set_aside: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    of_history: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    prints: BTreeMap<&'a str, String>,
    id: String,
}

/// Writes a baseline.
///
/// # Errors
/// If the output cannot be written.
pub fn write(baseline: &Baseline, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\n\"schema\": \"krgate.baseline/1\",\n\"commit\": ")?;
    write_compact(
        &baseline.commit.as_ref().map(crate::model::ObjectId::as_str),
        out,
    )?;
    out.write_all(b", \"secret_key\": ")?;
    write_compact(&baseline.key.map(|key| hex(&key.0)), out)?;
    out.write_all(b", \"tools\": [\n")?;
    let mut tools: Vec<(&str, Option<&str>, Option<&str>)> = baseline
        .rows
        .streams
        .iter()
        .map(|stream| {
            let category = stream.category.as_deref();
            (stream.tool.as_str(), category, stream.version.as_deref())
        })
        .collect();
    tools.sort_unstable();
    tools.dedup();
    list(&tools, out, |(tool, category, version)| ToolRow {
        tool: text(tool),
        category: category.map(text),
        version: version.map(text),
    })?;
    out.write_all(b"], \"findings\": [\n")?;
    let mut rows: Vec<&Row> = baseline.rows.rows.iter().collect();
    rows.sort_by_cached_key(|row| place(baseline, row));
    list(&rows, out, |row| finding(baseline, row))?;
    out.write_all(b"]}\n")
}

fn list<T, R: Serialize>(
    items: &[T],
    out: &mut dyn Write,
    row: impl Fn(&T) -> R,
) -> io::Result<()> {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write_compact(&row(item), out)?;
    }
    Ok(())
}

/// What the rows are sorted by.
fn place(baseline: &Baseline, row: &Row) -> (String, u32, u32, String, FindingId) {
    let raw = |id| baseline.texts.get(id).raw().to_owned();
    let number = |line: Option<NonZeroU32>| line.map_or(0, NonZeroU32::get);
    let path = row.path.map_or_else(String::new, raw);
    (
        path,
        number(row.line),
        number(row.column),
        raw(row.rule),
        row.id,
    )
}

fn finding<'a>(baseline: &'a Baseline, row: &Row) -> FindingRow<'a> {
    let known = |id| JsonText::from(baseline.texts.get(id));
    let path = row.path.map(known);
    let stream = baseline.rows.stream_of(row);
    let package = row.dependency.map(|dependency| dependency.package);
    let prints = baseline.rows.prints_of(row).iter();
    FindingRow {
        path: path.filter(|_| row.in_repository),
        place: path.filter(|_| !row.in_repository),
        line: row.line,
        column: row.column,
        rule: known(row.rule),
        tool: text(stream.map_or("", |stream| stream.tool.as_str())),
        category: stream
            .and_then(|stream| stream.category.as_deref())
            .map(text),
        class: row.class.as_str(),
        advisory: row.dependency.map(|dependency| known(dependency.advisory)),
        ecosystem: package.and_then(|package| package.ecosystem).map(known),
        package: package.map(|package| known(package.name)),
        secret: row.secret.map(|secret: SecretHash| hex(&secret.bytes())),
        set_aside: row.set_aside,
        of_history: row.of_history,
        prints: prints
            .map(|print| (baseline.texts.get(print.key).raw(), hex(&print.value)))
            .collect(),
        id: row.id.to_string(),
    }
}

fn text(text: &str) -> JsonText<'_> {
    Untrusted::new(text).into()
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to memory does not fail.
        let _ = std::fmt::Write::write_fmt(&mut digits, format_args!("{byte:02x}"));
    }
    digits
}
