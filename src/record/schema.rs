//! The JSON Schema of `krgate.record/1`, made from the tables that readers hold records to, so
//! that neither can drift. It says less than a reader asks for: the canonical form, `id` and
//! `digest` are beyond a schema.

use serde_json::{Map, Value, json};

use super::Kind;
use super::entry::SCHEMA;
use super::shape::{COMMON, Field, Form, of_kind};

/// The schema; `schemas/record.schema.json` is this.
pub fn schema() -> Value {
    let kinds = Kind::ALL.map(Kind::as_str);
    let mut properties = members(COMMON);
    properties.insert("schema".to_owned(), json!({ "const": SCHEMA }));
    properties.insert("kind".to_owned(), json!({ "enum": kinds }));
    properties.insert("idem".to_owned(), json!({ "type": "object" }));
    properties.insert("findings".to_owned(), json!({ "type": "object" }));
    let mut required = must(COMMON);
    required.extend(["schema", "idem"]);
    required.sort_unstable();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "description": "A record of the ledger. A field that is not described here is of a later \
                        version, kept and ignored. There is no null: what is absent is not there. \
                        Numbers are whole, decimals are text.",
        "type": "object",
        "properties": properties,
        "required": required,
        "allOf": Kind::ALL.map(of_one_kind),
    })
}

/// What records of a kind have besides.
fn of_one_kind(kind: Kind) -> Value {
    let (of_idem, of_record) = of_kind(kind);
    let word = kind.as_str();
    let mut idem = members(of_idem);
    idem.insert("kind".to_owned(), json!({ "const": word }));
    idem.insert("repo".to_owned(), json!({ "type": "string" }));
    let mut required = must(of_idem);
    required.extend(["kind", "repo"]);
    required.sort_unstable();
    json!({
        "if": { "properties": { "kind": { "const": word } } },
        "then": {
            "properties": { "idem": {
                "properties": idem,
                "required": required,
                "additionalProperties": { "type": ["string", "integer"] },
            } },
            "required": of_record,
        },
    })
}

fn members(fields: &'static [Field]) -> Map<String, Value> {
    let pairs = fields.iter();
    pairs
        .map(|field| (field.key.to_owned(), form(&field.form)))
        .collect()
}

fn must(fields: &'static [Field]) -> Vec<&'static str> {
    let must = fields.iter().filter(|field| field.must);
    must.map(|field| field.key).collect()
}

fn form(form: &'static Form) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match form {
        Form::Text => json!({ "type": "string" }),
        Form::Number => json!({ "type": "integer" }),
        Form::Bool => json!({ "type": "boolean" }),
        Form::Decimal => text(r"^(?!-0$)-?(0|[1-9][0-9]{0,17})(\.[0-9]{0,5}[1-9])?$"),
        Form::Definition => text("^[0-9a-f]{32}$"),
        Form::Digest => text("^sha256:[0-9a-f]{64}$"),
        Form::Id => text("^[0-9a-f]{64}$"),
        Form::Target => text("^(sha256:)?[0-9a-f]{64}$"),
        Form::Moment => text("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
        Form::Day => text("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        Form::Commit => text("^([0-9a-f]{40}|[0-9a-f]{64})$"),
        Form::Word(words) => json!({ "enum": words }),
        Form::List(of) => json!({ "type": "array", "items": self::form(of) }),
        Form::Map(fields) => json!({
            "type": "object",
            "properties": members(fields),
            "required": must(fields),
        }),
    }
}
