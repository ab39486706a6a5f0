//! Objectives.

use super::key_result::{ambition_of, weight};
use super::{Reader, is_true, texts};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Quantity, Untrusted};
use crate::policy::node::Node;
use crate::policy::{Action, KeyResult, Objective};

impl Reader<'_> {
    pub(super) fn objectives(&mut self, root: &Node) -> Vec<Objective> {
        let items = root.get("objectives").map(Node::items).unwrap_or_default();
        let mut objectives: Vec<Objective> = Vec::new();
        for node in items {
            let owner = node.text_of("owner").unwrap_or_default();
            let ambition = ambition_of(node);
            let actions = node.get("actions").map(Node::items).unwrap_or_default();
            let actions = actions.iter().map(|action| self.action(action, owner));
            let actions = actions.collect();
            let key_results: Vec<KeyResult> = node
                .get("key_results")
                .map(Node::items)
                .unwrap_or_default()
                .iter()
                .filter_map(|item| self.key_result(item, owner, ambition))
                .collect();
            objectives.push(Objective {
                id: node.text_of("id").unwrap_or_default().to_owned(),
                title: node.text_of("title").unwrap_or_default().to_owned(),
                owner: owner.to_owned(),
                pillar: node.text_of("pillar").map(str::to_owned),
                derived_from: texts(node.get("derived_from")),
                contributes_to: texts(node.get("contributes_to")),
                rollup: is_true(node, "rollup"),
                key_results,
                uses: Vec::new(),
                actions,
            });
        }
        self.links(items, &mut objectives);
        for node in items {
            self.some_weight(node);
        }
        self.something_is_judged(root, items);
        objectives
    }

    fn action(&mut self, node: &Node, owner: &str) -> Action {
        Action {
            who: node.text_of("who").unwrap_or(owner).to_owned(),
            what: node.text_of("what").unwrap_or_default().to_owned(),
            due: self.moment_of(node, "due"),
            how: node.text_of("how").map(str::to_owned),
        }
    }

    /// Rule K33.
    fn some_weight(&mut self, node: &Node) {
        let own = node.get("key_results").map(Node::items).unwrap_or_default();
        let uses = node.get("uses").map(Node::items).unwrap_or_default();
        let weights: Vec<Quantity> = own
            .iter()
            .filter(|item| item.text_of("kind") != Some("health"))
            .chain(uses)
            .map(weight)
            .collect();
        if weights.is_empty() || weights.iter().any(|weight| *weight > Quantity::ZERO) {
            return;
        }
        let id = node.text_of("id").unwrap_or_default();
        self.fault(
            Diagnostic::new(
                Code::BadWeight,
                Message::from("every weight in objective ")
                    .foreign(Untrusted::new(id))
                    .own(" is zero, so that it can have no score"),
            )
            .at(node.head().place())
            .label("give one of its key results a weight above zero"),
        );
    }

    /// A policy without a key result would pass whatever was found.
    fn something_is_judged(&mut self, root: &Node, items: &[Node]) {
        let has_one = |node: &Node| {
            node.get("key_results")
                .is_some_and(|list| !list.items().is_empty())
        };
        if items.iter().any(has_one) {
            return;
        }
        // Without the key its absence was said already.
        let Some(entry) = root.entry("objectives") else {
            return;
        };
        self.fault(
            Diagnostic::new(
                Code::MissingKey,
                "the policy has no key result, so that nothing would be judged",
            )
            .at(entry.key_mark.place())
            .label(
                "add `key_results` to one of them, each with `id`, `title`, `measure`, `target`",
            ),
        );
    }
}
