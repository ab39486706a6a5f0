//! The raw secrets of a report, by the names of the fields that hold them: nothing of
//! krgate's readers is used here.

use std::collections::BTreeSet;

use serde_json::Value;

/// Fields whose text is a secret, with the object that they must stand in, where others are
/// called the same.
const FIELDS: &[(&str, Option<&str>)] = &[
    ("Secret", None),
    ("secret", None),
    ("Raw", None),
    ("RawV2", None),
    ("match_content", None),
    ("raw_source_code_extract", None),
    ("match", Some("occurrences")),
    ("value", Some("match")),
    ("full", Some("match")),
    ("password", Some("captures")),
    ("uri", Some("captures")),
    ("snippet", Some("finding")),
    ("matching", Some("snippet")),
    ("text", Some("snippet")),
    ("KEY", Some("data")),
    ("TOKEN", Some("data")),
    ("URI", Some("data")),
];

/// Fields all of whose texts are secrets, however deep.
const WHOLE: &[&str] = &["SecretParts", "groups", "dependent_captures", "secrets"];

/// What stands where a tool blanked a secret itself.
const BLANKED: &[&str] = &["REDACTED", "***", "requires login", "..."];

/// Every raw secret of a report, of whatever format.
pub(crate) fn of(bytes: &[u8]) -> BTreeSet<String> {
    let text = text_of(bytes);
    let mut found = BTreeSet::new();
    for document in documents(&text) {
        walk(&document, "", &mut found);
    }
    found.retain(|value| !BLANKED.iter().any(|mark| value.contains(mark)));
    found
}

fn text_of(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, rest @ ..] => {
            let units: Vec<u16> = rest
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes)
            .trim_start_matches('\u{feff}')
            .to_owned(),
    }
}

/// The documents of a file: the whole of it, or one document after another, or lines.
fn documents(text: &str) -> Vec<Value> {
    let stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Ok(all) = stream.collect::<Result<Vec<_>, _>>() {
        return all;
    }
    let lines = text.lines();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn walk(value: &Value, parent: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let is_secret = FIELDS.iter().any(|(field, within)| {
                    field == name && within.is_none_or(|within| within == parent)
                });
                match inner {
                    Value::String(text) if is_secret && !text.is_empty() => {
                        found.insert(text.clone());
                    }
                    _ if WHOLE.contains(&name.as_str()) && !lists_objects(inner) => {
                        every_text(inner, found);
                    }
                    _ => walk(inner, name, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| walk(inner, parent, found)),
        _ => {}
    }
}

/// The groups of OSV are no groups of a match.
fn lists_objects(value: &Value) -> bool {
    let mut list = value.as_array().into_iter().flatten();
    list.any(Value::is_object)
}

fn every_text(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if !text.is_empty() => {
            found.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|inner| every_text(inner, found)),
        Value::Object(map) => map.values().for_each(|inner| every_text(inner, found)),
        _ => {}
    }
}

#[test]
fn secrets_are_taken_by_the_names_of_their_fields() {
    let list = |bytes: &[u8]| of(bytes).into_iter().collect::<Vec<_>>();
    assert_eq!(list(br#"[{"Secret":"one","Match":"k=one"}]"#), ["one"]);
    assert_eq!(list(b"log\n{\"Raw\":\"two\",\"RawV2\":\"\"}\nend"), ["two"]);
    let nested = br#"{"match":{"value":"three"},"other":{"value":"no"},"groups":[["four"]]}"#;
    assert_eq!(list(nested), ["four", "three"]);
    assert_eq!(list(br#"{"Secret":"REDACTED"}"#), [""; 0]);
}
