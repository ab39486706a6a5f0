//! What gives the figure of a key result its meaning, as one digest (rule K29).
//!
//! It is made from the text of the policy and not from the values that this version of krgate
//! reads from it, so that it stays when krgate changes. Spaces in comparisons, the order of a
//! set and a list of one instead of its item change nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::policy::node::{Node, Value};

/// Keys whose list has an order that matters.
const ORDERED: &[&str] = &["score_source", "milestones"];

/// The digest, 32 hexadecimal digits: measure with its filters and unit, start, target, and
/// the scopes and the reading of severity that they lean on.
pub(super) fn of(key_result: &Node, root: &Node) -> String {
    let mut text = String::new();
    for key in ["measure", "start", "target"] {
        part(key, key_result.get(key), &mut text);
    }
    if let Some(measure) = key_result.get("measure") {
        let mut scopes = BTreeSet::new();
        let leans_on_severity = look(measure, &mut scopes);
        for scope in scopes {
            let defined = root.get("scopes").and_then(|scopes| scopes.get(&scope));
            part(&format!("scope {scope}"), defined, &mut text);
        }
        if leans_on_severity {
            part("severity", root.get("severity"), &mut text);
        }
    }
    let mut digest = String::with_capacity(32);
    for byte in Sha256::digest(text.as_bytes()).iter().take(16) {
        // Writing to memory does not fail.
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

fn part(name: &str, node: Option<&Node>, text: &mut String) {
    if let Some(node) = node {
        quoted(name, text);
        text.push(':');
        written(node, false, text);
        text.push('\n');
    }
}

/// Gathers the scopes that a measure names; true if it looks at scores.
fn look(node: &Node, scopes: &mut BTreeSet<String>) -> bool {
    let mut looks = false;
    for entry in node.entries() {
        match entry.key.as_str() {
            "scope" => {
                let names = entry.node.one_or_items().iter();
                scopes.extend(names.filter_map(|name| name.text().map(str::to_owned)));
            }
            "cvss" | "severity" | "max_cvss" | "limits" => looks = true,
            _ => {}
        }
        looks |= look(&entry.node, scopes);
    }
    for item in node.items() {
        looks |= look(item, scopes);
    }
    looks
}

fn written(node: &Node, ordered: bool, text: &mut String) {
    match &node.value {
        Value::Scalar(scalar) => quoted(&without_spaces(&scalar.text), text),
        Value::List(items) => {
            if let [item] = items.as_slice() {
                return written(item, ordered, text);
            }
            let mut parts: Vec<String> = items
                .iter()
                .map(|item| {
                    let mut part = String::new();
                    written(item, false, &mut part);
                    part
                })
                .collect();
            if !ordered {
                parts.sort_unstable();
                parts.dedup();
            }
            text.push('[');
            text.push_str(&parts.join(","));
            text.push(']');
        }
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by(|one, other| one.key.cmp(&other.key));
            text.push('{');
            for entry in entries {
                quoted(&entry.key, text);
                text.push(':');
                let ordered = ORDERED.contains(&entry.key.as_str());
                written(&entry.node, ordered, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}

/// A comparison without its spaces; any other text as it is.
fn without_spaces(text: &str) -> String {
    if text.starts_with(['<', '>', '=', '!']) {
        text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
    } else {
        text.to_owned()
    }
}

/// Text in quotes, so that no two trees have one form.
fn quoted(text: &str, out: &mut String) {
    // Writing to memory does not fail.
    let _ = write!(out, "{text:?}");
}

#[cfg(test)]
mod tests {
    use crate::policy::parse;

    const POLICY: &str = "
version: 1
scopes:
  prod: { paths: [\"services/**\", \"infra/**\"] }
  other: { paths: [docs] }
severity: { unscored: unknown }
objectives:
  - id: a
    title: A
    owner: \"@x\"
    key_results:
      - id: b
        title: B
        measure: { count: { scope: prod, class: [sast, sca], cvss: \"> 4.0\" } }
        target: \"<= 0\"
";

    fn def(text: &str) -> String {
        let loaded = parse("krgate.yaml", text);
        let policy = loaded
            .policy
            .unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        policy.objectives[0].key_results[0].def.clone()
    }

    fn with(from: &str, to: &str) -> String {
        assert!(POLICY.contains(from), "{from}");
        def(&POLICY.replace(from, to))
    }

    #[test]
    fn key_result_k29_what_gives_the_number_its_meaning_changes_the_definition() {
        let first = def(POLICY);
        assert_eq!(first.len(), 32);
        assert!(
            first
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        );
        for (from, to) in [
            ("\"> 4.0\"", "\"> 5.0\""),
            ("\"<= 0\"", "\"<= 1\""),
            ("[sast, sca]", "[sast]"),
            ("scope: prod, ", ""),
            ("scope: prod", "scope: other"),
            ("\"infra/**\"", "\"infra/prod/**\""),
            ("unscored: unknown", "unscored: fail"),
            (
                "target: \"<= 0\"",
                "start: 9\n        target: \"<= 0\"\n        on_miss: warn",
            ),
        ] {
            assert_ne!(with(from, to), first, "{from} -> {to}");
        }
    }

    #[test]
    fn key_result_k29_the_rest_does_not() {
        let first = def(POLICY);
        for (from, to) in [
            ("\"> 4.0\"", "\">4.0\""),
            ("\"<= 0\"", "\"<=0\""),
            ("[sast, sca]", "[sca, sast]"),
            ("scope: prod", "scope: [prod]"),
            ("title: B", "title: Another"),
            ("paths: [docs]", "paths: [elsewhere]"),
            (
                "target: \"<= 0\"",
                "target: \"<= 0\"\n        on_miss: warn\n        weight: 3",
            ),
        ] {
            assert_eq!(with(from, to), first, "{from} -> {to}");
        }
    }
}
