//! Anchors, aliases and merge keys of YAML that is not a policy.

use std::collections::BTreeMap;

use super::node::{Entry, Node, Value};

/// The key whose maps are merged into the one that it stands in.
const MERGE_KEY: &str = "<<";

/// What anchors stand for, by the parser's number of them.
#[derive(Default)]
pub(super) struct Anchors(BTreeMap<usize, Node>);

impl Anchors {
    /// Keeps a value under its anchor; 0 is none.
    pub(super) fn keep(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 {
            self.0.insert(anchor, node.clone());
        }
    }

    /// What an alias stands for; `None` if that is not there (an alias inside its own anchor),
    /// nests deeper than `depth`, or has more values than `budget` holds, from which it takes.
    pub(super) fn resolve(&self, anchor: usize, depth: usize, budget: &mut usize) -> Option<Node> {
        let node = self.0.get(&anchor)?;
        let (values, levels) = extent(node);
        *budget = budget.checked_sub(values)?;
        (levels <= depth).then(|| node.clone())
    }
}

/// How many values there are in a tree, and how many levels.
fn extent(node: &Node) -> (usize, usize) {
    let inner: Vec<(usize, usize)> = match &node.value {
        Value::Scalar(_) => Vec::new(),
        Value::List(items) => items.iter().map(extent).collect(),
        Value::Map(entries) => entries.iter().map(|entry| extent(&entry.node)).collect(),
    };
    let values: usize = inner.iter().map(|(values, _)| values + 1).sum();
    let levels = inner.iter().map(|(_, levels)| *levels).max().unwrap_or(0);
    (values + 1, levels + 1)
}

/// The entries with those of `<<` after them; what is written out wins.
pub(super) fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    let (merges, mut entries): (Vec<Entry>, Vec<Entry>) = entries
        .into_iter()
        .partition(|entry| entry.key == MERGE_KEY);
    for merge in &merges {
        for entry in merge.node.one_or_items().iter().flat_map(Node::entries) {
            if entries.iter().all(|own| own.key != entry.key) {
                entries.push(entry.clone());
            }
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::node::parse_other;

    #[test]
    fn anchors_aliases_and_merge_keys_are_followed() {
        let text = "a: &a { x: 1, y: 2 }\nb: *a\nc: { <<: *a, y: 3 }\nd: [&s one, *s]\n";
        let mut faults = Vec::new();
        let root = parse_other(0, text, &mut faults).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(root.get("b").unwrap().text_of("y"), Some("2"));
        let merged = root.get("c").unwrap();
        assert_eq!(merged.text_of("x"), Some("1"));
        assert_eq!(merged.text_of("y"), Some("3"));
        assert_eq!(root.get("d").unwrap().items()[1].text(), Some("one"));
    }

    #[test]
    fn hostile_aliases_that_grow_without_end_are_refused() {
        let mut bomb = "a: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        let mut deep = "a: &a0 [x]\n".to_owned();
        for n in 1..40 {
            let before = n - 1;
            let nine = format!("*a{before}, ").repeat(9);
            let _ = writeln!(bomb, "b{n}: &a{n} [{nine}x]");
            let _ = writeln!(deep, "b{n}: &a{n} [*a{before}]");
        }
        for text in [bomb.as_str(), &deep, "a: &a [*a]\n", "a: *nothing\n"] {
            let mut faults = Vec::new();
            assert!(parse_other(0, text, &mut faults).is_none());
            assert_eq!(faults.len(), 1);
        }
    }
}
