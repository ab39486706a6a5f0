//! A workflow file as its tree, with names for what the checks ask it.

use crate::policy::{Entry, Mark, Node, Value};

/// The events that start a workflow for a change.
const CHANGE_EVENTS: [&str; 3] = ["pull_request", "pull_request_target", "merge_group"];

/// A workflow file that could be read.
pub(super) struct Workflow {
    /// Its place in the list of sources.
    pub(super) file: usize,
    /// Its path from the repository's root.
    pub(super) path: String,
    /// Its tree.
    pub(super) root: Node,
}

/// What starts a workflow.
#[derive(Clone, Copy)]
pub(super) struct Event<'a> {
    /// `pull_request`, `push`, …
    pub(super) name: &'a str,
    /// Where it stands.
    pub(super) mark: Mark,
    /// Its filters, where it has any.
    pub(super) filters: Option<&'a Node>,
}

/// A job.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    /// Its id.
    pub(super) id: &'a str,
    /// Where the id stands.
    pub(super) mark: Mark,
    /// What it says.
    pub(super) node: &'a Node,
}

/// A step of a job.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    /// What it says.
    pub(super) node: &'a Node,
}

impl Workflow {
    /// What starts it: a word, a list of words, or a map.
    pub(super) fn events(&self) -> Vec<Event<'_>> {
        let Some(on) = self.root.get("on") else {
            return Vec::new();
        };
        match &on.value {
            Value::Map(entries) => entries
                .iter()
                .map(|entry| Event {
                    name: &entry.key,
                    mark: entry.key_mark,
                    filters: Some(&entry.node),
                })
                .collect(),
            Value::Scalar(_) | Value::List(_) => on
                .one_or_items()
                .iter()
                .filter_map(|item| {
                    Some(Event {
                        name: item.text()?,
                        mark: item.mark,
                        filters: None,
                    })
                })
                .collect(),
        }
    }

    /// One of its events.
    pub(super) fn event(&self, name: &str) -> Option<Event<'_>> {
        self.events().into_iter().find(|event| event.name == name)
    }

    /// True if a change starts it.
    pub(super) fn starts_on_a_change(&self) -> bool {
        let events = self.events();
        events
            .iter()
            .any(|event| CHANGE_EVENTS.contains(&event.name))
    }

    /// Its jobs in the order of the file.
    pub(super) fn jobs(&self) -> impl Iterator<Item = Job<'_>> {
        let jobs = self.root.get("jobs").map(Node::entries).unwrap_or_default();
        jobs.iter().map(|entry| Job {
            id: &entry.key,
            mark: entry.key_mark,
            node: &entry.node,
        })
    }

    /// The jobs that a job waits for, by however many steps.
    pub(super) fn upstream(&self, job: Job<'_>) -> Vec<Job<'_>> {
        let mut wanted: Vec<&str> = job.needs();
        let mut reached: Vec<Job<'_>> = Vec::new();
        while let Some(id) = wanted.pop() {
            if reached.iter().any(|job| job.id == id) {
                continue;
            }
            if let Some(found) = self.jobs().find(|job| job.id == id) {
                wanted.extend(found.needs());
                reached.push(found);
            }
        }
        reached
    }
}

impl<'a> Job<'a> {
    /// The ids of the jobs that it waits for.
    pub(super) fn needs(self) -> Vec<&'a str> {
        let needs = self.node.get("needs").map(Node::one_or_items);
        needs
            .unwrap_or_default()
            .iter()
            .filter_map(Node::text)
            .collect()
    }

    /// Its steps.
    pub(super) fn steps(self) -> impl Iterator<Item = Step<'a>> {
        let steps = self.node.get("steps").map(Node::items).unwrap_or_default();
        steps.iter().map(|node| Step { node })
    }

    /// The workflow of this repository that it calls, by its path from the root.
    pub(super) fn calls(self) -> Option<&'a str> {
        self.node.text_of("uses")?.strip_prefix("./")
    }
}

impl<'a> Step<'a> {
    /// The action that it uses.
    pub(super) fn uses(self) -> Option<&'a Node> {
        self.node.get("uses").filter(|node| node.text().is_some())
    }

    /// The action's name without its version.
    pub(super) fn action(self) -> Option<&'a str> {
        let text = self.uses()?.text()?;
        Some(text.split_once('@').map_or(text, |(name, _)| name))
    }

    /// What it runs.
    pub(super) fn run(self) -> Option<&'a Node> {
        self.node.get("run").filter(|node| node.text().is_some())
    }

    /// An input of its action.
    pub(super) fn input(self, name: &str) -> Option<&'a str> {
        let with = self.node.get("with")?.entries();
        // GitHub reads the names of inputs without regard to case.
        let entry = with
            .iter()
            .find(|entry| entry.key.eq_ignore_ascii_case(name));
        entry?.node.text()
    }

    /// All inputs of its action.
    pub(super) fn inputs(self) -> &'a [Entry] {
        self.node.get("with").map(Node::entries).unwrap_or_default()
    }

    /// A place for the step as a whole.
    pub(super) fn mark(self) -> Mark {
        let named = self.uses().or_else(|| self.run());
        named.map_or_else(|| self.node.head(), |node| node.mark)
    }
}

/// A key that is not `false`: with an expression it may be true.
pub(super) fn may_be_true(node: &Node, key: &str) -> bool {
    node.text_of(key)
        .is_some_and(|text| !text.trim().eq_ignore_ascii_case("false"))
}
