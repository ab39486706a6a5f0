//! Advice on a policy that has no faults: what makes it a poor set of objectives and key
//! results (rule Q5).
//!
//! Values in, diagnostics out: nothing is opened here, and nothing that is said changes a
//! verdict. [`advise`] is the door; each subject has a file.

mod people;
mod risks;
mod shape;
mod targets;
mod texts;

use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic, Level, Message, Place};
use crate::model::history::History;
use crate::model::{FigureFile, Untrusted};
use crate::policy::{Loaded, Mark, Node, Objective, Policy};

/// What the advice is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Premises<'a> {
    /// The policy as it was read.
    pub loaded: &'a Loaded,
    /// The roster, if the policy names one.
    pub roster: Option<&'a FigureFile>,
    /// What the ledger says of the past; `None` if none was read.
    pub history: Option<&'a History>,
    /// The clock.
    pub now: Timestamp,
}

/// Everything that is to be said, by file and line. What was said when the policy was read is
/// not among it. Empty for a policy with faults.
pub fn advise(premises: Premises<'_>) -> Vec<Diagnostic> {
    let (Some(policy), Some(tree)) = (&premises.loaded.policy, premises.loaded.tree()) else {
        return Vec::new();
    };
    let mut advice = Advice {
        policy,
        tree,
        now: premises.now,
        said: Vec::new(),
    };
    advice.shape();
    advice.texts();
    advice.risks();
    advice.people(premises.roster);
    advice.targets(premises.history);
    let mut said = advice.said;
    said.sort_by_key(|diagnostic| match &diagnostic.place {
        Place::Source { file, span } => (1, *file, span.start),
        Place::None | Place::Report { .. } => (0, 0, 0),
    });
    said
}

/// How many diagnostics have a level.
pub fn count(diagnostics: &[Diagnostic], level: Level) -> usize {
    let all = diagnostics.iter();
    all.filter(|diagnostic| diagnostic.level == level).count()
}

struct Advice<'a> {
    policy: &'a Policy,
    tree: &'a Node,
    now: Timestamp,
    said: Vec<Diagnostic>,
}

impl<'a> Advice<'a> {
    /// Says something at a place, with what to do about it.
    fn say(
        &mut self,
        code: Code,
        message: impl Into<Message>,
        mark: Mark,
        label: impl Into<Message>,
    ) {
        let said = Diagnostic::new(code, message).at(mark.place());
        self.said.push(said.label(label));
    }

    /// Says something of the policy as a whole.
    fn say_of_all(&mut self, code: Code, message: impl Into<Message>, hint: impl Into<Message>) {
        self.said.push(Diagnostic::new(code, message).hint(hint));
    }

    /// The objectives of the policy, each as it was read and as it was written.
    fn objectives(&self) -> impl Iterator<Item = (&'a Objective, &'a Node)> + use<'a> {
        let items = items(self.tree, "objectives");
        self.policy.objectives.iter().zip(items)
    }
}

/// The items of the list under a key; none without the key.
fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map(Node::items).unwrap_or_default()
}

/// The texts under a key that holds one or a list.
fn texts<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let list = node.get(key).map(Node::one_or_items).unwrap_or_default();
    list.iter().filter_map(Node::text)
}

/// The place of the id of an objective, a key result or a risk.
fn id_mark(node: &Node) -> Mark {
    node.get("id").map_or_else(|| node.head(), |id| id.mark)
}

/// A sentence about something that has an id.
fn about(before: &'static str, id: &str, after: &'static str) -> Message {
    let message = Message::from(before).foreign(Untrusted::new(id));
    message.own(after)
}

#[cfg(test)]
mod tests;
