//! `CycloneDX` with vulnerabilities, as a VEX document (rule O44).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Reader, VexProduct, VexStatement, VexStatus, list, moment, text};

const EXPECTED: &str = "expected an object with `id`, `analysis` and `affects`";

/// Deepest nesting of components that is followed.
const MOST_DEPTH: usize = 16;

type Parts = BTreeMap<String, String>;

pub(super) fn read(document: &Map<String, Value>, reader: &mut Reader<'_>) {
    let Some(Value::Array(items)) = document.get("vulnerabilities") else {
        return reader.fault(
            "this CycloneDX document says nothing of vulnerabilities",
            "expected a list under `vulnerabilities`",
        );
    };
    let mut parts = Parts::new();
    collect(document, MOST_DEPTH, &mut parts);
    let metadata = document.get("metadata").and_then(Value::as_object);
    if let Some(Value::Object(part)) = metadata.and_then(|metadata| metadata.get("component")) {
        keep(part, MOST_DEPTH, &mut parts);
    }
    let dated = metadata.and_then(|metadata| moment(metadata, &["timestamp"]));
    for (index, item) in items.iter().enumerate() {
        let number = index + 1;
        let statement = item
            .as_object()
            .and_then(|item| statement(item, &parts, reader.name, number));
        match statement {
            Some(mut statement) => {
                statement.timestamp = statement.timestamp.or(dated);
                reader.statements.push(statement);
            }
            None => reader.malformed("vulnerabilities", number, EXPECTED),
        }
    }
}

/// By `bom-ref`: the package URL of each component, at any depth.
fn collect(object: &Map<String, Value>, depth: usize, parts: &mut Parts) {
    let components = object.get("components").and_then(Value::as_array);
    for part in components
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
    {
        keep(part, depth, parts);
    }
}

fn keep(part: &Map<String, Value>, depth: usize, parts: &mut Parts) {
    if let (Some(reference), Some(purl)) = (text(part, "bom-ref"), text(part, "purl")) {
        parts.insert(reference.to_owned(), purl.to_owned());
    }
    if let Some(depth) = depth.checked_sub(1) {
        collect(part, depth, parts);
    }
}

fn statement(
    item: &Map<String, Value>,
    parts: &Parts,
    source: &str,
    number: usize,
) -> Option<VexStatement> {
    let mut ids = vec![text(item, "id")?.to_owned()];
    for reference in list(item, "references")? {
        let id = reference.as_object().and_then(|it| text(it, "id"));
        ids.extend(id.map(str::to_owned));
    }
    let nothing = Map::new();
    let analysis = match item.get("analysis") {
        None | Some(Value::Null) => &nothing,
        Some(analysis) => analysis.as_object()?,
    };
    let status = match text(analysis, "state") {
        Some("not_affected") => VexStatus::NotAffected,
        Some("false_positive") => VexStatus::FalsePositive,
        Some("resolved" | "resolved_with_pedigree") => VexStatus::Fixed,
        Some("exploitable" | "in_triage") | None => VexStatus::Open,
        Some(_) => return None,
    };
    let mut products = Vec::new();
    for affected in list(item, "affects")? {
        products.extend(affected_packages(affected.as_object()?, parts)?);
    }
    let words: Vec<&str> = ["justification", "detail"]
        .into_iter()
        .filter_map(|key| text(analysis, key))
        .collect();
    Some(VexStatement {
        ids,
        products,
        status,
        demands_reason: false,
        justification: (!words.is_empty()).then(|| words.join(": ")),
        author: None,
        timestamp: moment(analysis, &["lastUpdated", "firstIssued"])
            .or_else(|| moment(item, &["updated", "published", "created"])),
        source: source.to_owned(),
        number,
    })
}

/// The package that `ref` names, in the versions that are listed with it.
fn affected_packages(affected: &Map<String, Value>, parts: &Parts) -> Option<Vec<VexProduct>> {
    let reference = text(affected, "ref")?;
    // A link into another document ends in `#` and the reference there.
    let local = reference.rsplit('#').next().unwrap_or_default();
    let purl = parts.get(reference).or_else(|| parts.get(local));
    let product = match purl {
        Some(purl) => VexProduct::of(purl),
        None => VexProduct::of(reference).or_else(|| VexProduct::of(local)),
    };
    let versions = list(affected, "versions")?;
    let Some(product) = product else {
        return Some(Vec::new());
    };
    if versions.is_empty() {
        return Some(vec![product]);
    }
    let mut products = Vec::new();
    for version in versions.iter().filter_map(Value::as_object) {
        // A range is no version that can be compared.
        if let Some(one) = text(version, "version") {
            products.push(VexProduct {
                package: product.package.clone(),
                version: Some(one.to_owned()),
            });
        }
    }
    Some(products)
}
