//! Files of figures: CSV with a line of names, or JSON (rules M0a, Q2, Q11).
//!
//! Nothing of a file is judged here: it becomes rows and scalars, or the reason why it
//! cannot be used, which never holds its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::model::{FigureContent, FigureFile, Table, TableRow, UntrustedText};

/// Most bytes of a file of figures.
pub const MOST_FIGURE_BYTES: usize = 32 << 20;

/// A file of figures that is asked for.
#[derive(Debug, Clone)]
pub struct FigureRequest {
    /// Its path from the repository's root, as the policy names it.
    pub path: String,
    /// True for the file of the work tree, false for that of a commit.
    pub of_run: bool,
    /// The JSON pointers that are looked at.
    pub pointers: Vec<String>,
}

/// Makes rows and scalars of a file's bytes, or of the reason why there are none: the rest
/// of "the file …".
pub fn read_figures(request: FigureRequest, bytes: Result<&[u8], &'static str>) -> FigureFile {
    let content = bytes.and_then(|bytes| {
        let text = std::str::from_utf8(bytes).map_err(|_| "has bytes that are not UTF-8")?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let json = request
            .path
            .rsplit_once('.')
            .is_some_and(|(_, end)| end.eq_ignore_ascii_case("json"));
        if text.trim().is_empty() {
            Err("is empty")
        } else if json {
            of_json(text, &request.pointers)
        } else {
            of_csv(text)
        }
    });
    FigureFile {
        sha256: bytes.ok().map(hex),
        path: request.path,
        of_run: request.of_run,
        content,
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn of_csv(text: &str) -> Result<FigureContent, &'static str> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| why(&error))?.clone();
    let columns: Vec<UntrustedText> = header
        .iter()
        .map(|name| UntrustedText::new(name.trim()))
        .collect();
    let header_line = header.position().map_or(1, csv::Position::line);
    no_twins(&columns)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| why(&error))?;
        rows.push(TableRow {
            number: record.position().map_or(0, |at| line_of(text, at)),
            cells: record
                .iter()
                .map(|cell| Some(UntrustedText::new(cell)))
                .collect(),
        });
    }
    Ok(FigureContent {
        table: Some(Table {
            columns,
            header_line: Some(header_line),
            rows,
        }),
        scalars: BTreeMap::new(),
    })
}

/// The line of a row: its position is that of the reader before it passed over empty lines.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let empty = rest
        .iter()
        .take_while(|byte| matches!(byte, b'\n' | b'\r'))
        .filter(|byte| **byte == b'\n');
    at.line() + u64::try_from(empty.count()).unwrap_or(0)
}

/// Two columns of one name: nobody can say which is meant.
fn no_twins(columns: &[UntrustedText]) -> Result<(), &'static str> {
    let mut names: Vec<&str> = columns.iter().map(UntrustedText::raw).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err("names two columns alike");
    }
    Ok(())
}

fn why(error: &csv::Error) -> &'static str {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { .. } => {
            "has a row with more or fewer fields than its line of names"
        }
        csv::ErrorKind::Utf8 { .. } => "has bytes that are not UTF-8",
        _ => "is not CSV",
    }
}

fn of_json(text: &str, pointers: &[String]) -> Result<FigureContent, &'static str> {
    let root: Value = serde_json::from_str(text).map_err(|_| "is not JSON")?;
    let scalars = pointers
        .iter()
        .map(|pointer| (pointer.clone(), root.pointer(pointer).and_then(scalar)))
        .collect();
    let table = root.as_array().and_then(|list| table(list));
    Ok(FigureContent { table, scalars })
}

/// The objects of a list as rows; columns in the order in which they come first.
fn table(list: &[Value]) -> Option<Table> {
    let mut table = Table::default();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, element) in list.iter().enumerate() {
        let object = element.as_object()?;
        let mut cells = vec![None; table.columns.len()];
        for (name, value) in object {
            let place = *places.entry(name).or_insert_with(|| {
                table.columns.push(UntrustedText::new(name));
                table.columns.len() - 1
            });
            if place >= cells.len() {
                cells.resize(place + 1, None);
            }
            if let Some(cell) = cells.get_mut(place) {
                *cell = scalar(value);
            }
        }
        table.rows.push(TableRow {
            number: u64::try_from(index).ok()? + 1,
            cells,
        });
    }
    Some(table)
}

/// A text, number or truth value as text.
fn scalar(value: &Value) -> Option<UntrustedText> {
    match value {
        Value::String(text) => Some(UntrustedText::new(text)),
        Value::Number(number) => Some(UntrustedText::new(number.to_string())),
        Value::Bool(truth) => Some(UntrustedText::new(truth.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str, pointers: &[&str]) -> FigureFile {
        let request = FigureRequest {
            path: path.to_owned(),
            of_run: false,
            pointers: pointers.iter().map(|p| (*p).to_owned()).collect(),
        };
        read_figures(request, Ok(text.as_bytes()))
    }

    #[test]
    fn metric_m00a_csv_becomes_rows_with_their_lines() {
        let file = read(
            "a.csv",
            "\u{feff}login, course\n\nann,\"a, b\"\nbob,\n",
            &[],
        );
        let table = file.content.unwrap().table.unwrap();
        let names: Vec<&str> = table.columns.iter().map(UntrustedText::raw).collect();
        assert_eq!(names, ["login", "course"]);
        assert_eq!(table.header_line, Some(1));
        let cells: Vec<_> = table
            .rows
            .iter()
            .map(|row| (row.number, row.cell(1)))
            .collect();
        assert_eq!(cells, [(3, Some("a, b")), (4, None)]);
        assert_eq!(file.sha256.map(|hex| hex.len()), Some(64));
    }

    #[test]
    fn metric_m00a_json_becomes_rows_and_scalars() {
        let list = r#"[{"a": 1, "b": "x"}, {"b": true, "c": 0.25, "d": [1]}]"#;
        let table = read("a.json", list, &[]).content.unwrap().table.unwrap();
        let names: Vec<&str> = table.columns.iter().map(UntrustedText::raw).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        let cells: Vec<_> = (0..4).map(|place| table.rows[1].cell(place)).collect();
        assert_eq!(cells, [None, Some("true"), Some("0.25"), None]);
        let object = read(
            "a.JSON",
            r#"{"n": {"code": 120000}}"#,
            &["/n/code", "/n", "/x"],
        );
        let content = object.content.unwrap();
        let at = |pointer: &str| content.scalars[pointer].as_ref().map(UntrustedText::raw);
        assert_eq!(
            (at("/n/code"), at("/n"), at("/x")),
            (Some("120000"), None, None)
        );
        assert_eq!(content.table, None);
    }

    #[test]
    fn metric_m00a_a_damaged_file_is_no_figure() {
        for (path, text, why) in [
            ("a.csv", "", "is empty"),
            ("a.csv", "a,a\n1,2\n", "names two columns alike"),
            (
                "a.csv",
                "a,b\n1\n",
                "has a row with more or fewer fields than its line of names",
            ),
            ("a.json", "{", "is not JSON"),
        ] {
            assert_eq!(read(path, text, &[]).content, Err(why), "{text}");
        }
    }
}
