//! One key result.

use super::reach::Domain;
use super::target::Start;
use super::{Reader, texts};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Quantity, Untrusted};
use crate::policy::node::Node;
use crate::policy::{Ambition, Baseline, Enforcement, Judge, KeyResult, Meaning, scalar};

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
        self.carried_over(node, ambition);
        self.steps_back_from_something(node);
        if moves && stated.is_none() && ambition == Ambition::Committed {
            self.says_until_when(node);
        }
        let on_miss = stated.unwrap_or(match ambition {
            Ambition::Committed => Enforcement::Block,
            Ambition::Aspirational => Enforcement::Warn,
        });
        let (measure, unit) = measured?;
        Some(KeyResult {
            id: node.text_of("id")?.to_owned(),
            title: node.text_of("title")?.to_owned(),
            owner: node.text_of("owner").unwrap_or(owner).to_owned(),
            measure,
            meaning: Meaning::of(node.get("measure")?, &self.scopes),
            unit,
            target: target?,
            start,
            moves,
            baseline: baseline(node),
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
            on_regress: node.text_of("on_regress").and_then(enforcement),
            carried_from: node.text_of("carried_from").map(str::to_owned),
            derived_from: texts(node.get("derived_from")),
            contributes_to: texts(node.get("contributes_to")),
            has_postmortem: node
                .get("links")
                .is_some_and(|links| links.get("postmortem").is_some()),
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

    /// Rule K27.
    fn carried_over(&mut self, node: &Node, ambition: Ambition) {
        let Some(carried) = node.entry("carried_from") else {
            return;
        };
        let at = carried.key_mark.place();
        if let Some(start) = node.entry("start") {
            self.fault(
                Diagnostic::new(
                    Code::WrongType,
                    "a key result that is carried over starts at the figure that it closed with, \
                     and here is a `start` too",
                )
                .at(start.key_mark.place())
                .label("remove it, or `carried_from`"),
            );
        }
        if ambition == Ambition::Aspirational {
            return;
        }
        let links = node.get("links");
        for (is_there, label) in [
            (node.get("due").is_some(), "add a new `due: …`"),
            (
                links.is_some_and(|links| links.get("postmortem").is_some()),
                "add `links: { postmortem: … }`",
            ),
        ] {
            if !is_there {
                self.fault(
                    Diagnostic::new(
                        Code::MissingKey,
                        "a committed key result is carried over only with a new day and its \
                         postmortem",
                    )
                    .at(at.clone())
                    .label(label),
                );
            }
        }
    }

    /// Without a ledger there is no last figure (rule Q9).
    fn steps_back_from_something(&mut self, node: &Node) {
        let Some(entry) = node.entry("on_regress").filter(|_| !self.has_ledger) else {
            return;
        };
        self.fault(
            Diagnostic::new(
                Code::NoEffect,
                "`on_regress` looks at the last recorded figure, and the policy names no ledger",
            )
            .at(entry.key_mark.place())
            .label("add `ledger: …`; without one every miss counts as a step back"),
        );
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

/// The figure of the ledger that a key result starts from, if it names one.
fn baseline(node: &Node) -> Option<Baseline> {
    if !matches!(Start::of(node), Start::Baseline(_)) {
        return None;
    }
    let named = node
        .get("start")
        .and_then(|start| start.text_of("baseline"))
        .or_else(|| node.text_of("carried_from"))?;
    Some(match named {
        "first" => Baseline::First,
        "previous" => Baseline::Previous,
        period => Baseline::Period(period.to_owned()),
    })
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
