//! Several files become one tree; later ones override by id.
//!
//! Objectives and key results are merged key by key, so that a file can give a pack's
//! objective its owner or soften one of its key results; report entries, scopes, tools and the
//! parts of `waivers` are replaced as a whole, and so is every other key of a policy.

use super::language::POLICY;
use super::layers::Layer;
use super::node::{Entry, Mark, Node, Scalar, Value};
use super::syntax::line_of;
use crate::diagnostic::{Code, Diagnostic, Message, SourceFile};
use crate::model::Untrusted;

/// Merges the files, those that others override first.
pub(super) fn merge(
    layers: &[Layer],
    sources: &[SourceFile],
    faults: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let last = layers.last()?;
    let mut merger = Merger {
        entries: Vec::new(),
        sources,
        faults,
        file: 0,
        pack_files: layers
            .iter()
            .filter(|layer| layer.pack.is_some())
            .map(|layer| layer.file)
            .collect(),
    };
    for layer in layers {
        merger.file = layer.file;
        for entry in layer.root.entries() {
            merger.take(entry);
        }
    }
    let mut entries = merger.entries;
    entries.sort_by_key(|entry| POLICY.all().position(|key| key.name == entry.key));
    Some(Node {
        mark: last.root.head(),
        value: Value::Map(entries),
    })
}

struct Merger<'a> {
    entries: Vec<Entry>,
    sources: &'a [SourceFile],
    faults: &'a mut Vec<Diagnostic>,
    /// The file that is being merged.
    file: usize,
    pack_files: Vec<usize>,
}

impl Merger<'_> {
    fn take(&mut self, entry: &Entry) {
        match (entry.key.as_str(), &entry.node.value) {
            ("extends", _) => {}
            ("objectives", Value::List(items)) => {
                let mut objectives = self.open_list(entry);
                for item in items {
                    self.objective(&mut objectives, item);
                }
                self.close_list(entry, objectives);
            }
            ("reports", Value::List(items)) => {
                let mut reports = self.open_list(entry);
                for item in items {
                    self.report(&mut reports, item);
                }
                self.close_list(entry, reports);
            }
            ("scopes" | "tools" | "waivers", Value::Map(entries)) => {
                let mut table = match self.place(&entry.key) {
                    Some(Value::Map(there)) => std::mem::take(there),
                    _ => Vec::new(),
                };
                for entry in entries {
                    put(&mut table, entry.clone());
                }
                self.set(entry, Value::Map(table));
            }
            _ => put(&mut self.entries, entry.clone()),
        }
    }

    fn place(&mut self, key: &str) -> Option<&mut Value> {
        self.entries
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.node.value)
    }

    fn open_list(&mut self, entry: &Entry) -> Vec<Node> {
        match self.place(&entry.key) {
            Some(Value::List(there)) => std::mem::take(there),
            _ => Vec::new(),
        }
    }

    fn close_list(&mut self, entry: &Entry, items: Vec<Node>) {
        self.set(entry, Value::List(items));
    }

    fn set(&mut self, entry: &Entry, value: Value) {
        put(
            &mut self.entries,
            Entry {
                key: entry.key.clone(),
                key_mark: entry.key_mark,
                node: Node {
                    mark: entry.node.mark,
                    value,
                },
            },
        );
    }

    fn report(&mut self, reports: &mut Vec<Node>, item: &Node) {
        let name = |node: &Node| {
            node.get("name")
                .or_else(|| node.get("path"))
                .and_then(Node::text)
                .map(str::to_owned)
        };
        let wanted = name(item);
        let there = reports
            .iter_mut()
            .find(|report| wanted.is_some() && name(report) == wanted);
        match there {
            Some(report) if report.mark.file == self.file => {
                let (first, at) = (report.head(), item.get("name").or_else(|| item.get("path")));
                let at = at.map_or_else(|| item.head(), |node| node.mark);
                self.duplicate("report entries have this name", first, at);
            }
            Some(report) => *report = item.clone(),
            None => reports.push(item.clone()),
        }
    }

    fn objective(&mut self, objectives: &mut Vec<Node>, item: &Node) {
        let index = match position(objectives, item) {
            None => {
                objectives.push(Node {
                    mark: item.mark,
                    value: Value::Map(Vec::new()),
                });
                objectives.len() - 1
            }
            Some(index) => {
                let first = objectives.get(index).and_then(|there| there.get("id"));
                let first = first.map_or(item.mark, |id| id.mark);
                if first.file == self.file {
                    let at = item.get("id").map_or(item.mark, |id| id.mark);
                    self.duplicate("objectives have this id", first, at);
                    return;
                }
                index
            }
        };
        for entry in item.entries() {
            match (entry.key.as_str(), &entry.node.value) {
                ("key_results", Value::List(items)) => {
                    ensure_list(objectives, index, entry);
                    for item in items {
                        self.key_result(objectives, index, item);
                    }
                }
                _ => {
                    if let Some(Node {
                        value: Value::Map(entries),
                        ..
                    }) = objectives.get_mut(index)
                    {
                        put(entries, entry.clone());
                    }
                }
            }
        }
    }

    fn key_result(&mut self, objectives: &mut [Node], into: usize, item: &Node) {
        let there = objectives.iter().enumerate().find_map(|(o, objective)| {
            let list = objective.get("key_results")?.items();
            Some((o, position(list, item)?))
        });
        let Some((objective, place)) = there else {
            push(objectives, into, item.clone());
            return;
        };
        let Some(existing) = objectives
            .get(objective)
            .and_then(|node| node.get("key_results")?.items().get(place).cloned())
        else {
            return;
        };
        let first = existing.get("id").map_or(existing.mark, |id| id.mark);
        let at = item.get("id").map_or(item.mark, |id| id.mark);
        let both_of_packs =
            self.pack_files.contains(&first.file) && self.pack_files.contains(&self.file);
        if first.file == self.file {
            self.duplicate("key results have this id", first, at);
        } else if both_of_packs && !existing.says_the_same(item) {
            // Rule T1.
            self.duplicate("packs define this key result, and differently", first, at);
        } else if both_of_packs {
            if objective != into {
                use_instead(objectives, into, (objective, &existing), at);
            }
        } else {
            let mut merged = existing;
            merged.mark = item.mark;
            if let Value::Map(entries) = &mut merged.value {
                for entry in item.entries() {
                    put(entries, entry.clone());
                }
            }
            if objective == into {
                if let Some(slot) = list(objectives, into).and_then(|list| list.get_mut(place)) {
                    *slot = merged;
                }
            } else {
                if let Some(list) = list(objectives, objective) {
                    list.remove(place);
                }
                push(objectives, into, merged);
            }
        }
    }

    fn duplicate(&mut self, what: &'static str, first: Mark, at: Mark) {
        let name = self
            .sources
            .get(first.file)
            .map_or("", |source| &source.name);
        let line = self
            .sources
            .get(first.file)
            .map_or(1, |source| line_of(&source.text, first.span.start));
        let label = if first.file == at.file {
            Message::from(format!(
                "the first is in line {line}; ids and names are unique"
            ))
        } else {
            Message::from("the first is in ")
                .foreign(Untrusted::new(name))
                .own(format!(", line {line}"))
        };
        self.faults.push(
            Diagnostic::new(Code::DuplicateId, format!("two {what}"))
                .at(at.place())
                .label(label),
        );
    }
}

/// Puts an entry in the place of the one of the same key, or at the end.
fn put(entries: &mut Vec<Entry>, entry: Entry) {
    match entries.iter_mut().find(|there| there.key == entry.key) {
        Some(there) => *there = entry,
        None => entries.push(entry),
    }
}

/// The place of the item with the same id.
fn position(items: &[Node], item: &Node) -> Option<usize> {
    let id = item.text_of("id")?;
    items
        .iter()
        .position(|there| there.text_of("id") == Some(id))
}

fn ensure_list(objectives: &mut [Node], index: usize, entry: &Entry) {
    if let Some(Node {
        value: Value::Map(entries),
        ..
    }) = objectives.get_mut(index)
        && !entries.iter().any(|there| there.key == entry.key)
    {
        entries.push(Entry {
            key: entry.key.clone(),
            key_mark: entry.key_mark,
            node: Node {
                mark: entry.node.mark,
                value: Value::List(Vec::new()),
            },
        });
    }
}

/// The key results of an objective.
fn list(objectives: &mut [Node], index: usize) -> Option<&mut Vec<Node>> {
    let Value::Map(entries) = &mut objectives.get_mut(index)?.value else {
        return None;
    };
    let entry = entries
        .iter_mut()
        .find(|entry| entry.key == "key_results")?;
    match &mut entry.node.value {
        Value::List(items) => Some(items),
        Value::Scalar(_) | Value::Map(_) => None,
    }
}

fn push(objectives: &mut [Node], index: usize, item: Node) {
    if let Some(list) = list(objectives, index) {
        list.push(item);
    }
}

/// A key result that two packs share is measured once and used by the second (rule K16).
fn use_instead(objectives: &mut [Node], into: usize, held: (usize, &Node), at: Mark) {
    let (objective, key_result) = held;
    let holder = objectives
        .get(objective)
        .and_then(|node| node.text_of("id"))
        .unwrap_or_default();
    let reference = format!("{holder}/{}", key_result.text_of("id").unwrap_or_default());
    let item = map_of(
        "key_result",
        Node {
            mark: at,
            value: Value::Scalar(Scalar {
                text: reference,
                plain: false,
            }),
        },
    );
    let Some(Node {
        value: Value::Map(entries),
        ..
    }) = objectives.get_mut(into)
    else {
        return;
    };
    match entries.iter_mut().find(|entry| entry.key == "uses") {
        Some(Entry {
            node: Node {
                value: Value::List(items),
                ..
            },
            ..
        }) => items.push(item),
        _ => entries.push(Entry {
            key: "uses".to_owned(),
            key_mark: at,
            node: Node {
                mark: at,
                value: Value::List(vec![item]),
            },
        }),
    }
}

fn map_of(key: &str, node: Node) -> Node {
    Node {
        mark: node.mark,
        value: Value::Map(vec![Entry {
            key: key.to_owned(),
            key_mark: node.mark,
            node,
        }]),
    }
}
