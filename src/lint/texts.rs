//! What readers are told beside the figures (rules F24 to F26, F29, F37, F45).

use super::{Advice, about, id_mark, items, texts};
use crate::diagnostic::Code;
use crate::policy::Node;

const CONTEXT: [&str; 5] = ["stack", "organisation", "people", "requirements", "horizon"];

const QUESTIONS: [&str; 7] = [
    "risks",
    "mitigations",
    "customer",
    "difficulty",
    "staff",
    "compliance",
    "mission",
];

/// Most sentences of a mission.
const MOST_SENTENCES: usize = 2;

impl Advice<'_> {
    pub(super) fn texts(&mut self) {
        self.context();
        self.mission();
        for (objective, node) in self.objectives() {
            let id = &objective.id;
            if node.text_of("business_reason").is_none() {
                self.say(
                    Code::MissingBusinessReason,
                    about("objective ", id, " has no `business_reason`"),
                    id_mark(node),
                    "say in a sentence why it makes sense to people outside security",
                );
            }
            let plan = lacking(node, &["actions", "budget"]);
            if !plan.is_empty() {
                self.say(
                    Code::MissingPlan,
                    about("objective ", id, " is no plan yet"),
                    id_mark(node),
                    format!("it lacks {}", quoted(&plan)),
                );
            }
            let has_origin = texts(node, "derived_from").next().is_some();
            let key_results = objective.key_results.iter();
            for (key_result, node) in key_results.zip(items(node, "key_results")) {
                self.reasons_of(&key_result.id, node, has_origin);
            }
        }
    }

    /// Rules F25 and F37, of one key result.
    fn reasons_of(&mut self, id: &str, node: &Node, objective_has_origin: bool) {
        if !objective_has_origin && texts(node, "derived_from").next().is_none() {
            self.say(
                Code::KeyResultWithoutOrigin,
                about(
                    "key result ",
                    id,
                    " comes from no threat, risk or requirement",
                ),
                id_mark(node),
                "add `derived_from: […]` here or on its objective",
            );
        }
        let open = match node.get("decision") {
            Some(decision) => lacking(decision, &QUESTIONS),
            None => QUESTIONS.to_vec(),
        };
        if !open.is_empty() {
            self.say(
                Code::MissingDecision,
                about(
                    "key result ",
                    id,
                    " leaves questions behind its `decision` open",
                ),
                id_mark(node),
                format!("nothing is said of {}", quoted(&open)),
            );
        }
    }

    /// Rule F24.
    fn context(&mut self) {
        let hint = "say what the objectives were chosen for: \
                    `context: { stack, organisation, people, requirements, horizon }`";
        let Some(entry) = self.tree.entry("context") else {
            self.say_of_all(Code::MissingContext, "the policy has no `context`", hint);
            return;
        };
        let open = lacking(&entry.node, &CONTEXT);
        if !open.is_empty() {
            self.say(
                Code::MissingContext,
                "the `context` of the policy is not whole",
                entry.key_mark,
                format!("nothing is said of {}", quoted(&open)),
            );
        }
    }

    /// Rule F26.
    fn mission(&mut self) {
        let Some(entry) = self.tree.entry("mission") else {
            self.say_of_all(
                Code::MissingMission,
                "the policy has no `mission`",
                "add one of two sentences at most; it stands on top of every report",
            );
            return;
        };
        let number = sentences(entry.node.text().unwrap_or_default());
        if number > MOST_SENTENCES {
            self.say(
                Code::MissionTooLong,
                "the mission is too long to be remembered",
                entry.key_mark,
                format!("it has {number} sentences, and two are enough"),
            );
        }
    }
}

/// Those of some keys that a map does not have, or has without a word.
fn lacking(node: &Node, keys: &[&'static str]) -> Vec<&'static str> {
    let says = |key: &str| match node.get(key) {
        Some(value) => {
            value.text().is_some() || !value.items().is_empty() || !value.entries().is_empty()
        }
        None => false,
    };
    keys.iter().copied().filter(|key| !says(key)).collect()
}

/// Keys as a list: `` `risks`, `staff` and `mission` ``.
pub(super) fn quoted(keys: &[&str]) -> String {
    let mut keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match keys.pop() {
        Some(last) if !keys.is_empty() => format!("{} and {last}", keys.join(", ")),
        Some(last) => last,
        None => String::new(),
    }
}

/// How many sentences a text has: ends of them before white space, and a rest that has none.
fn sentences(text: &str) -> usize {
    let ends = |c: char| matches!(c, '.' | '!' | '?');
    let mut number = 0;
    let mut is_open = false;
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let is_last = chars.peek().is_none_or(|next| next.is_whitespace());
        if ends(c) && is_last {
            number += 1;
            is_open = false;
        } else if !c.is_whitespace() {
            is_open = true;
        }
    }
    number + usize::from(is_open)
}
