//! What a key result's number means, as a digest (rule K29).

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::node::{Node, Value};
use super::{Baseline, KeyResult, Op, Policy, Scope, SeverityRule, Target, Unit, Unscored};
use crate::model::Quantity;
use crate::model::history::Definition;

/// What a policy's text says of a measure, in a form that does not depend on the order of
/// keys and lists: what a definition is made from, and compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    measure: String,
    /// Places in `Policy::scopes`.
    scopes: BTreeSet<usize>,
    /// True if it depends on how findings are scored.
    by_severity: bool,
    /// True if it counts by iterations.
    by_iteration: bool,
}

impl Meaning {
    /// The meaning of what stands under `measure:`; `scopes` are the names of those defined.
    pub(super) fn of(measure: &Node, scopes: &[String]) -> Self {
        let mut keys = BTreeSet::new();
        let mut named = BTreeSet::new();
        look(measure, scopes, &mut keys, &mut named);
        let per = measure
            .entries()
            .first()
            .and_then(|entry| entry.node.text_of("per"));
        Self {
            measure: of_measure(measure),
            scopes: named,
            by_severity: ["cvss", "severity", "limits", "max_cvss"]
                .iter()
                .any(|key| keys.contains(key)),
            by_iteration: per == Some("iteration"),
        }
    }
}

/// The digest of everything that gives a key result's number its meaning: measure, filters,
/// start, target, unit, the scopes that it names, and what scores and iterations are where
/// it depends on them (rule K29).
///
/// The order of keys and lists is nothing to it, nor are titles, owners, weights, days by
/// which something is due, and how often somebody checks in. Records keep this digest for
/// ever: a change of what goes in begins a new segment in every chart.
pub fn definition(policy: &Policy, key_result: &KeyResult) -> Definition {
    let mut digest = Sha256::new();
    let mut part = |name: &str, text: &str| {
        for bytes in [name.as_bytes(), text.as_bytes()] {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            digest.update(length.to_be_bytes());
            digest.update(bytes);
        }
    };
    let meaning = &key_result.meaning;
    part("krgate definition", "1");
    part("measure", &meaning.measure);
    part("unit", base_unit(key_result.unit));
    part("target", &target(&key_result.target));
    part("start", &start(key_result));
    let mut scopes: Vec<&Scope> = meaning
        .scopes
        .iter()
        .filter_map(|place| policy.scopes.get(*place))
        .collect();
    scopes.sort_unstable_by_key(|scope| &scope.name);
    for scope in scopes {
        part(&format!("scope {}", scope.name), &of_scope(scope));
    }
    if meaning.by_severity {
        part("severity", &severity(&policy.severity));
    }
    if let Some(iteration) = policy.iteration.as_ref().filter(|_| meaning.by_iteration) {
        part(
            "iteration",
            &format!("{} {}", iteration.start, iteration.every),
        );
    }
    let whole: [u8; 32] = digest.finalize().into();
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(whole) {
        *to = from;
    }
    Definition(short)
}

/// Finds the keys at any depth, and the scopes that stand under `scope`.
fn look<'a>(
    node: &'a Node,
    scopes: &[String],
    keys: &mut BTreeSet<&'a str>,
    named: &mut BTreeSet<usize>,
) {
    for entry in node.entries() {
        keys.insert(&entry.key);
        if entry.key == "scope" {
            let texts = entry.node.one_or_items().iter().filter_map(Node::text);
            named.extend(texts.filter_map(|text| scopes.iter().position(|s| s == text)));
        }
        look(&entry.node, scopes, keys, named);
    }
    for item in node.items() {
        look(item, scopes, keys, named);
    }
}

fn of_measure(measure: &Node) -> String {
    let Some(entry) = measure.entries().first() else {
        return String::new();
    };
    // When something is due, and what it is called, says nothing of the figure.
    let left_out: &[&str] = match entry.key.as_str() {
        "check_in" => &["every"],
        "milestones" => &["title", "due"],
        _ => &[],
    };
    format!(
        "{}:{}",
        quoted(&entry.key),
        canonical(&entry.node, left_out)
    )
}

/// A value whatever the order of its keys and lists; a list of one is that one. `left_out`
/// are keys of the value itself, or of the items of a list.
fn canonical(node: &Node, left_out: &[&str]) -> String {
    match &node.value {
        Value::Scalar(scalar) => quoted(&scalar.text),
        Value::List(items) => {
            let items: BTreeSet<String> =
                items.iter().map(|item| canonical(item, left_out)).collect();
            let mut items: Vec<String> = items.into_iter().collect();
            match (items.len(), items.pop()) {
                (1, Some(only)) => only,
                (_, last) => {
                    items.extend(last);
                    format!("[{}]", items.join(","))
                }
            }
        }
        Value::Map(entries) => {
            let mut entries: Vec<String> = entries
                .iter()
                .filter(|entry| !left_out.contains(&entry.key.as_str()))
                .map(|entry| format!("{}:{}", quoted(&entry.key), canonical(&entry.node, &[])))
                .collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
    }
}

/// A text between quotes, so that no text looks like several.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The unit that figures are kept in: how they are shown is nothing to their meaning.
const fn base_unit(unit: Unit) -> &'static str {
    match unit {
        Unit::None | Unit::Findings | Unit::Secrets | Unit::Paths => "number",
        Unit::Cvss => "cvss",
        Unit::Percent => "share",
        Unit::Duration(_) => "seconds",
    }
}

fn exact(quantity: Quantity) -> String {
    format!("{}/{}", quantity.numerator(), quantity.denominator())
}

fn target(target: &Target) -> String {
    let compare = |op: &Op, than: Quantity| format!("{op} {}", exact(than));
    match target {
        Target::Compare(op, than) => compare(op, *than),
        Target::Within(low, high) => format!("{}..{}", exact(*low), exact(*high)),
        Target::OfStart(op, share) => format!("{} of start", compare(op, *share)),
        Target::Measured => "measured".to_owned(),
    }
}

fn start(key_result: &KeyResult) -> String {
    match (&key_result.baseline, key_result.start) {
        (Some(Baseline::First), _) => "first".to_owned(),
        (Some(Baseline::Previous), _) => "previous".to_owned(),
        (Some(Baseline::Period(name)), _) => format!("period {name}"),
        (None, Some(start)) => exact(start),
        (None, None) => String::new(),
    }
}

fn of_scope(scope: &Scope) -> String {
    [
        &scope.paths,
        &scope.environments,
        &scope.refs,
        &scope.owners,
    ]
    .map(|texts| {
        let texts: BTreeSet<String> = texts.iter().map(|text| quoted(text)).collect();
        format!("{texts:?}")
    })
    .concat()
}

fn severity(rule: &SeverityRule) -> String {
    let unscored = match rule.unscored {
        Unscored::Unknown => "unknown",
        Unscored::ByLevel => "by_level",
        Unscored::Ignore => "ignore",
        Unscored::Fail => "fail",
    };
    let mut levels: Vec<String> = rule
        .by_level
        .iter()
        .map(|(level, tenths)| format!("{level} {}", tenths.get()))
        .collect();
    levels.sort_unstable();
    let sources: Vec<String> = rule.score_source.iter().map(|s| quoted(s)).collect();
    let bands = [
        rule.bands.low,
        rule.bands.medium,
        rule.bands.high,
        rule.bands.critical,
    ]
    .map(|tenths| tenths.get().to_string());
    [
        unscored,
        &levels.join(","),
        &sources.join(","),
        &bands.join(","),
    ]
    .join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of the only key result of a policy.
    fn of(key_result: &str, head: &str) -> String {
        let text = format!(
            "version: 1\n{head}objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    \
             key_results:\n      - {{ id: k, title: K, on_miss: warn, {key_result} }}\n"
        );
        let loaded = crate::policy::parse("krgate.yaml", &text);
        let Some(policy) = loaded.policy else {
            panic!("{:?}\n{text}", loaded.diagnostics);
        };
        definition(&policy, &policy.objectives[0].key_results[0]).to_string()
    }

    const COUNT: &str =
        r#"measure: { count: { class: [sast, sca], cvss: "> 4.0" } }, target: "<= 0""#;

    #[test]
    fn key_result_k29_the_digest_is_the_same_for_ever() {
        // Records hold it: if this figure changes, every chart breaks in two.
        assert_eq!(of(COUNT, ""), "0361049b4be4b946c263aef6f60be6f7");
    }

    #[test]
    fn key_result_k29_order_and_what_people_read_are_nothing_to_it() {
        let plain = of(COUNT, "");
        for same in [
            r#"measure: { count: { cvss: "> 4.0", class: [sca, sast] } }, target: "<= 0""#,
            r#"measure: { count: { class: [sast, sca], cvss: "> 4.0" } }, target: "<= 0.0", owner: "@p", weight: 3, note: N"#,
        ] {
            assert_eq!(of(same, ""), plain, "{same}");
        }
        let one = r#"measure: { count: { class: [sast] } }, target: "<= 0""#;
        assert_eq!(of(one, ""), of(&one.replace("[sast]", "sast"), ""));
        let check_in = r#"measure: { check_in: { unit: d, every: 7d } }, target: "<= 20d""#;
        assert_eq!(
            of(check_in, ""),
            of(
                &check_in
                    .replace("every: 7d", "every: 14d")
                    .replace("20d", "480h"),
                ""
            )
        );
        let steps = r#"measure: { milestones: [{ id: a, title: A }, { id: b, title: B, due: 2026-12-01 }] }, target: ">= 100%""#;
        assert_eq!(
            of(steps, ""),
            of(
                &steps.replace("title: A", "title: C").replace("-01", "-02"),
                ""
            )
        );
    }

    #[test]
    fn key_result_k29_another_definition_is_another_digest() {
        let plain = of(COUNT, "");
        for other in [
            COUNT.replace("> 4.0", "> 5.0"),
            COUNT.replace(", sca]", "]"),
            COUNT.replace("<= 0", "<= 1"),
            format!("{COUNT}, start: 9"),
            format!("{COUNT}, start: 8"),
            format!("{COUNT}, start: {{ baseline: previous }}"),
            format!("{COUNT}, start: {{ baseline: first }}"),
            format!("{COUNT}, start: {{ baseline: 2026-Q3 }}"),
            COUNT.replace("count", "introduced"),
        ] {
            assert_ne!(
                of(
                    &other,
                    "period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }\n"
                ),
                plain,
                "{other}"
            );
        }
        let by_unit = |unit: &str, target: &str| {
            of(
                &format!(r#"measure: {{ check_in: {{ unit: "{unit}" }} }}, target: "<= {target}""#),
                "",
            )
        };
        assert_ne!(by_unit("%", "1"), by_unit("none", "1"));
        let scoped = r#"measure: { count: { scope: prod } }, target: "<= 0""#;
        let scope = |paths: &str| {
            of(
                scoped,
                &format!("scopes: {{ prod: {{ paths: {paths} }} }}\n"),
            )
        };
        assert_eq!(scope("[a/**, b/**]"), scope("[b/**, a/**]"));
        assert_ne!(scope("[a/**]"), scope("[b/**]"));
        assert_ne!(of(COUNT, "severity: { unscored: ignore }\n"), plain);
        let all = r#"measure: { count: { class: sast } }, target: "<= 0""#;
        assert_eq!(of(all, "severity: { unscored: ignore }\n"), of(all, ""));
        let drills = r#"measure: { events: { name: drill, per: iteration } }, target: ">= 100%""#;
        let every = |every: &str| {
            of(
                drills,
                &format!("iteration: {{ start: 2026-10-05, every: {every} }}\n"),
            )
        };
        assert_ne!(every("14d"), every("7d"));
    }
}
