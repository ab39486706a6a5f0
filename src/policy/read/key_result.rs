//! One key result.

use super::reach::Domain;
use super::target::Start;
use super::{Reader, texts};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Quantity, Untrusted};
use crate::policy::node::Node;
use crate::policy::{Ambition, Enforcement, Judge, KeyResult, scalar};

impl Reader<'_> {
    /// Reads a key result; `owner` and `ambition` are those of its objective.
    pub(super) fn key_result(
        &mut self,
        node: &Node,
        owner: &str,
        ambition: Option<Ambition>,
    ) -> Option<KeyResult> {
        let measured = node
            .get("measure")
            .and_then(|measure| self.measure(measure, node.text_of("target")));
        let (target, start) = match &measured {
            Some((measure, unit)) => self.target(node, *unit, Domain::of(measure, *unit)),
            None => (None, None),
        };
        let due = self.moment_of(node, "due");
        let enforce_from = self.moment_of(node, "enforce_from");
        let ambition = ambition_of(node)
            .or(ambition)
            .unwrap_or(Ambition::Committed);
        let moves = node.get("due").is_some() || !matches!(Start::of(node), Start::None);
        let stated = node.text_of("on_miss").and_then(enforcement);
        let health = node.text_of("kind") == Some("health");
        self.health_has_no_weight(node, health);
        if moves && stated.is_none() && ambition == Ambition::Committed {
            self.says_until_when(node);
        }
        let on_miss = stated.unwrap_or(match ambition {
            Ambition::Committed => Enforcement::Block,
            Ambition::Aspirational => Enforcement::Warn,
        });
        let (measure, _) = measured?;
        Some(KeyResult {
            id: node.text_of("id")?.to_owned(),
            def: String::new(),
            title: node.text_of("title")?.to_owned(),
            owner: node.text_of("owner").unwrap_or(owner).to_owned(),
            measure,
            target: target?,
            start,
            moves,
            start_from_ledger: matches!(Start::of(node), Start::Baseline(_)),
            due,
            weight: weight(node),
            ambition,
            health,
            on_miss,
            on_miss_stated: stated.is_some(),
            on_unknown: node.text_of("on_unknown").and_then(enforcement),
            enforce_from,
            judge: match node.text_of("judge") {
                Some("all") => Judge::All,
                _ => Judge::Introduced,
            },
            may_check_in: node
                .get("roles")
                .and_then(|roles| roles.get("check_in"))
                .map(|names| texts(Some(names))),
        })
    }

    /// Rule K15.
    fn health_has_no_weight(&mut self, node: &Node, health: bool) {
        if let Some(weight) = node.entry("weight").filter(|_| health) {
            self.fault(
                Diagnostic::new(
                    Code::BadWeight,
                    "a key result of kind `health` never enters a score, so it has no weight",
                )
                .at(weight.key_mark.place())
                .label("remove it, or `kind: health`"),
            );
        }
    }

    /// A committed key result that moves blocks from `due` or the period's end on; with
    /// neither it never would.
    fn says_until_when(&mut self, node: &Node) {
        if node.get("due").is_some() || self.has_period {
            return;
        }
        let (Some(id), Some(at)) = (
            node.text_of("id"),
            node.entry("start").or(node.entry("carried_from")),
        ) else {
            return;
        };
        self.fault(
            Diagnostic::new(
                Code::NeverBlocks,
                Message::from("key result ")
                    .foreign(Untrusted::new(id))
                    .own(" moves, and nothing says until when, so that it never blocks"),
            )
            .at(at.key_mark.place())
            .label("add `due: …`, or a `period` to the policy, or `on_miss: block`"),
        );
    }
}

/// Committed or aspirational, where it is said.
pub(super) fn ambition_of(node: &Node) -> Option<Ambition> {
    match node.text_of("ambition")? {
        "committed" => Some(Ambition::Committed),
        "aspirational" => Some(Ambition::Aspirational),
        _ => None,
    }
}

/// The weight of a key result or use; 1 where it is not said.
pub(super) fn weight(node: &Node) -> Quantity {
    node.text_of("weight")
        .and_then(|text| scalar::number(text).ok())
        .unwrap_or(Quantity::ONE)
}

fn enforcement(word: &str) -> Option<Enforcement> {
    [Enforcement::Block, Enforcement::Warn, Enforcement::Observe]
        .into_iter()
        .find(|enforcement| enforcement.as_str() == word)
}
