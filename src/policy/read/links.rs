//! What objectives say of one another (rules K16, K17, K30).

use super::key_result::weight;
use super::{Reader, ids, is_true};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::policy::Objective;
use crate::policy::near::nearest;
use crate::policy::node::{Mark, Node};

/// An edge between two objectives, with the place that states it.
struct Edge {
    from: usize,
    to: usize,
    at: Mark,
}

impl Reader<'_> {
    /// Resolves `uses` and the `contributes_to` of objectives that roll up.
    pub(super) fn links(&mut self, items: &[Node], objectives: &mut [Objective]) {
        let mut uses = Vec::new();
        let mut rollups = Vec::new();
        for (from, node) in items.iter().enumerate() {
            let mut seen: Vec<(usize, usize)> = Vec::new();
            for item in node.get("uses").map(Node::items).unwrap_or_default() {
                let Some(reference) = item.get("key_result") else {
                    continue;
                };
                let Some((to, key_result)) = self.used(reference, items) else {
                    continue;
                };
                if to == from || seen.contains(&(to, key_result)) {
                    self.used_twice(reference, to == from);
                    continue;
                }
                seen.push((to, key_result));
                uses.push(Edge {
                    from,
                    to,
                    at: reference.mark,
                });
                put_use(items, objectives, (from, to, key_result), item);
            }
            if is_true(node, "rollup") {
                self.rollups_of(items, from, &mut rollups);
            }
        }
        self.no_cycle(&uses, items, "uses");
        self.no_cycle(&rollups, items, "contributes_to");
    }

    /// The place of a used key result in the tree: objective, key result.
    fn used(&mut self, reference: &Node, items: &[Node]) -> Option<(usize, usize)> {
        let text = reference.text()?;
        let (objective, id) = match text.split_once('/') {
            Some((objective, id)) => (Some(objective), id),
            None => (None, text),
        };
        let all: Vec<Held<'_>> = items
            .iter()
            .enumerate()
            .flat_map(|(o, node)| {
                let name = node.text_of("id").unwrap_or_default();
                let list = node.get("key_results").map(Node::items).unwrap_or_default();
                list.iter()
                    .enumerate()
                    .filter_map(move |(k, item)| Some((o, k, name, item.text_of("id")?)))
            })
            .collect();
        let found = all
            .iter()
            .find(|(_, _, name, kr)| *kr == id && objective.is_none_or(|o| o == *name));
        if let Some((o, k, ..)) = found {
            return Some((*o, *k));
        }
        let label = suggestion(id, &all);
        self.undefined(reference, "key result", label);
        None
    }

    fn undefined(&mut self, reference: &Node, noun: &'static str, label: String) {
        self.fault(
            Diagnostic::new(
                Code::UndefinedReference,
                Message::from(format!("{noun} "))
                    .foreign(Untrusted::new(reference.text().unwrap_or_default()))
                    .own(" is not in this policy"),
            )
            .at(reference.mark.place())
            .label(label),
        );
    }

    fn used_twice(&mut self, reference: &Node, own: bool) {
        let label = if own {
            "the objective holds it itself; remove this use"
        } else {
            "remove one of the two"
        };
        self.fault(
            Diagnostic::new(
                Code::DuplicateId,
                "a key result stands twice in one objective",
            )
            .at(reference.mark.place())
            .label(label),
        );
    }

    fn rollups_of(&mut self, items: &[Node], from: usize, edges: &mut Vec<Edge>) {
        let Some(node) = items.get(from) else { return };
        let Some(targets) = node.get("contributes_to") else {
            if let Some(rollup) = node.entry("rollup") {
                self.fault(
                    Diagnostic::new(Code::MissingKey, "`rollup: true` needs `contributes_to`")
                        .at(rollup.key_mark.place())
                        .label("name the objectives in which it counts"),
                );
            }
            return;
        };
        for target in targets.one_or_items() {
            let Some(id) = target.text() else { continue };
            let position = items.iter().position(|node| node.text_of("id") == Some(id));
            if let Some(to) = position {
                let at = target.mark;
                edges.push(Edge { from, to, at });
                continue;
            }
            let ids = ids(items.iter().filter_map(|node| node.text_of("id")));
            let label = match nearest(id, ids.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("with `rollup: true` it must be one of: {}", ids.join(", ")),
            };
            self.undefined(target, "objective", label);
        }
    }

    /// Finds one way round and prints it.
    fn no_cycle(&mut self, edges: &[Edge], items: &[Node], key: &'static str) {
        for edge in edges {
            let Some(mut path) = way(edges, edge.to, edge.from, items.len()) else {
                continue;
            };
            path.insert(0, edge.from);
            let names: Vec<&str> = path
                .iter()
                .filter_map(|place| items.get(*place)?.text_of("id"))
                .collect();
            self.fault(
                Diagnostic::new(
                    Code::LinkCycle,
                    Message::from(format!("`{key}` leads in a circle: "))
                        .foreign(Untrusted::new(&names.join(" > "))),
                )
                .at(edge.at.place())
                .label("remove one of these links"),
            );
            return;
        }
    }
}

/// A key result: places of objective and key result, ids of both.
type Held<'a> = (usize, usize, &'a str, &'a str);

/// What was probably meant by an id that no key result has in that place.
fn suggestion(id: &str, all: &[Held<'_>]) -> String {
    let named: Vec<&Held<'_>> = all
        .iter()
        .filter(|(_, _, o, k)| ids([*o, *k].into_iter()).len() == 2)
        .collect();
    let near = nearest(id, named.iter().map(|(.., k)| *k)).unwrap_or(id);
    if let Some((_, _, o, k)) = named.iter().find(|(.., k)| *k == near) {
        return format!("did you mean `{o}/{k}`?");
    }
    let full: Vec<String> = named
        .iter()
        .take(8)
        .map(|(_, _, o, k)| format!("{o}/{k}"))
        .collect();
    match named.len() {
        0 => "no objective has a key result".to_owned(),
        1..=8 => format!("expected one of: {}", full.join(", ")),
        _ => format!("expected one such as {}", full.join(", ")),
    }
}

/// Places of the tree become places of the policy; they differ only where a key result was
/// at fault and left out, and then there is no policy.
fn put_use(
    items: &[Node],
    objectives: &mut [Objective],
    (from, to, key_result): (usize, usize, usize),
    item: &Node,
) {
    let id = items
        .get(to)
        .and_then(|node| node.get("key_results"))
        .and_then(|list| list.items().get(key_result))
        .and_then(|node| node.text_of("id"));
    let place = objectives.get(to).and_then(|objective| {
        objective
            .key_results
            .iter()
            .position(|kr| Some(kr.id.as_str()) == id)
    });
    if let (Some(place), Some(objective)) = (place, objectives.get_mut(from)) {
        objective.uses.push((to, place, weight(item)));
    }
}

/// A way from one objective to another, without any place twice.
fn way(edges: &[Edge], from: usize, to: usize, places: usize) -> Option<Vec<usize>> {
    let mut ways: Vec<Option<Vec<usize>>> = vec![None; places];
    *ways.get_mut(from)? = Some(vec![from]);
    let mut open = std::collections::VecDeque::from([from]);
    while let Some(place) = open.pop_front() {
        let path = ways.get(place).cloned().flatten()?;
        if place == to {
            return Some(path);
        }
        for edge in edges.iter().filter(|edge| edge.from == place) {
            if let Some(slot) = ways.get_mut(edge.to).filter(|slot| slot.is_none()) {
                let mut longer = path.clone();
                longer.push(edge.to);
                *slot = Some(longer);
                open.push_back(edge.to);
            }
        }
    }
    None
}
