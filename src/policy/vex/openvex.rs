//! `OpenVEX` (rules O45 to O48).

use serde_json::{Map, Value};

use super::{Reader, VexProduct, VexStatement, VexStatus, list, moment, text};

const EXPECTED: &str = "expected an object with `vulnerability`, `products` and `status`";

pub(super) fn read(document: &Map<String, Value>, reader: &mut Reader<'_>) {
    let Some(Value::Array(items)) = document.get("statements") else {
        return reader.fault("`statements` is no list", "expected a list of statements");
    };
    for (index, item) in items.iter().enumerate() {
        let number = index + 1;
        match item
            .as_object()
            .and_then(|item| statement(document, item, reader.name, number))
        {
            Some(statement) => reader.statements.push(statement),
            None => reader.malformed("statements", number, EXPECTED),
        }
    }
}

fn statement(
    document: &Map<String, Value>,
    item: &Map<String, Value>,
    source: &str,
    number: usize,
) -> Option<VexStatement> {
    let status = match text(item, "status")? {
        "not_affected" => VexStatus::NotAffected,
        "fixed" => VexStatus::Fixed,
        "affected" | "under_investigation" => VexStatus::Open,
        _ => return None,
    };
    let words: Vec<&str> = ["justification", "impact_statement"]
        .into_iter()
        .filter_map(|key| text(item, key))
        .collect();
    // Products may be said once for all statements.
    let named = match list(item, "products")? {
        [] => list(document, "products")?,
        own => own,
    };
    let mut products = Vec::new();
    for product in named {
        products.extend(packages(product)?);
    }
    Some(VexStatement {
        ids: ids(item.get("vulnerability")?)?,
        products,
        status,
        demands_reason: status == VexStatus::NotAffected,
        justification: (!words.is_empty()).then(|| words.join(": ")),
        author: text(document, "author").map(str::to_owned),
        timestamp: moment(item, &["last_updated", "timestamp"])
            .or_else(|| moment(document, &["last_updated", "timestamp"])),
        source: source.to_owned(),
        number,
    })
}

/// The names of a vulnerability: an object with `name` and `aliases`, or the name alone.
fn ids(value: &Value) -> Option<Vec<String>> {
    let mut ids = Vec::new();
    match value {
        Value::String(name) => ids.push(name.clone()),
        Value::Object(vulnerability) => {
            ids.extend(text(vulnerability, "name").map(str::to_owned));
            for alias in list(vulnerability, "aliases")? {
                ids.push(alias.as_str()?.to_owned());
            }
        }
        _ => return None,
    }
    (!ids.is_empty()).then_some(ids)
}

/// The packages that a product stands for: its parts where it names some, since findings are
/// in parts, else itself. `None` if it cannot be read.
fn packages(product: &Value) -> Option<Vec<VexProduct>> {
    let product = match product {
        Value::String(name) => return Some(Vec::from_iter(VexProduct::of(name))),
        Value::Object(product) => product,
        _ => return None,
    };
    let parts = list(product, "subcomponents")?;
    if parts.is_empty() {
        return Some(Vec::from_iter(package(product)));
    }
    let mut packages = Vec::new();
    for part in parts {
        match part {
            Value::String(name) => packages.extend(VexProduct::of(name)),
            Value::Object(part) => packages.extend(package(part)),
            _ => return None,
        }
    }
    Some(packages)
}

fn package(object: &Map<String, Value>) -> Option<VexProduct> {
    let identifiers = object.get("identifiers").and_then(Value::as_object);
    let purl = identifiers.and_then(|identifiers| text(identifiers, "purl"));
    text(object, "@id")
        .and_then(VexProduct::of)
        .or_else(|| purl.and_then(VexProduct::of))
}
