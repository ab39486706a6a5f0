//! The tree of a status as nodes and edges, the same for every diagram (rule P21).

use super::{Status, facts};
use crate::decide::Verdict;
use crate::decide::okr::{Band, KeyResultProgress, ObjectiveProgress};
use crate::diagnostic::Message;
use crate::model::{Quantity, Untrusted};

/// Nodes by their number, and what leads from one to another.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    /// Names that are no nodes of the policy, with theirs.
    outside: Vec<(String, usize)>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// The lines of its label.
    pub(super) lines: Vec<Message>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeKind {
    Mission,
    Objective,
    KeyResult,
    /// A name that stands for something elsewhere (rule K30).
    Outside,
}

#[derive(Debug)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: EdgeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeKind {
    /// Holds: a mission its objectives, an objective its key results.
    Holds,
    /// Uses a key result of another objective, with a weight.
    Uses(Quantity),
    /// Contributes to, and counts in its score.
    RollsUp,
    /// Contributes to, and counts nowhere.
    Contributes,
    /// Comes from a threat, a risk or a requirement.
    DerivedFrom,
}

impl EdgeKind {
    /// What stands beside it; nothing beside what only holds.
    pub(super) fn words(self) -> Option<String> {
        match self {
            Self::Holds => None,
            Self::Uses(weight) => Some(format!("uses, weight {weight}")),
            Self::RollsUp => Some("contributes to, counts in it".to_owned()),
            Self::Contributes => Some("contributes to".to_owned()),
            Self::DerivedFrom => Some("derived from".to_owned()),
        }
    }
}

impl Graph {
    pub(super) fn of(status: &Status<'_>) -> Self {
        let mut graph = Self::default();
        let mission = status.about.mission.map(|mission| {
            let line = Message::default().foreign(Untrusted::new(mission));
            graph.node(NodeKind::Mission, vec![line])
        });
        let progress = status.progress;
        let mut objectives: Vec<(&ObjectiveProgress, usize)> = Vec::new();
        let mut key_results: Vec<(&KeyResultProgress, usize)> = Vec::new();
        for objective in &progress.objectives {
            let node = graph.node(NodeKind::Objective, of_objective(objective));
            objectives.push((objective, node));
            if let Some(mission) = mission {
                graph.edge(mission, node, EdgeKind::Holds);
            }
            for key_result in &objective.key_results {
                let below = graph.node(NodeKind::KeyResult, of_key_result(key_result));
                key_results.push((key_result, below));
                graph.edge(node, below, EdgeKind::Holds);
            }
        }
        for (objective, node) in &objectives {
            for (used, weight) in &objective.uses {
                let used = key_results.iter().find(|(kr, _)| kr.record_name == *used);
                if let Some((_, used)) = used {
                    graph.edge(*node, *used, EdgeKind::Uses(*weight));
                }
            }
            for name in &objective.contributes_to {
                let inside = objectives.iter().find(|(other, _)| other.id == *name);
                let kind = match inside {
                    Some(_) if objective.rolls_up => EdgeKind::RollsUp,
                    _ => EdgeKind::Contributes,
                };
                let to = inside.map_or_else(|| graph.outside(name), |(_, to)| *to);
                graph.edge(*node, to, kind);
            }
            graph.derived(*node, &objective.derived_from);
        }
        for (key_result, node) in &key_results {
            for name in &key_result.contributes_to {
                let inside = objectives.iter().find(|(other, _)| other.id == *name);
                let to = inside.map_or_else(|| graph.outside(name), |(_, to)| *to);
                graph.edge(*node, to, EdgeKind::Contributes);
            }
            graph.derived(*node, &key_result.derived_from);
        }
        graph
    }

    fn node(&mut self, kind: NodeKind, lines: Vec<Message>) -> usize {
        self.nodes.push(Node { kind, lines });
        self.nodes.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize, kind: EdgeKind) {
        self.edges.push(Edge { from, to, kind });
    }

    fn derived(&mut self, node: usize, names: &[String]) {
        for name in names {
            let from = self.outside(name);
            self.edge(node, from, EdgeKind::DerivedFrom);
        }
    }

    fn outside(&mut self, name: &str) -> usize {
        if let Some((_, node)) = self.outside.iter().find(|(known, _)| known == name) {
            return *node;
        }
        let line = Message::default().foreign(Untrusted::new(name));
        let node = self.node(NodeKind::Outside, vec![line]);
        self.outside.push((name.to_owned(), node));
        node
    }
}

fn of_objective(objective: &ObjectiveProgress) -> Vec<Message> {
    let score = facts::score(objective.score.value, objective.band.map(Band::as_str));
    let known = facts::percent(objective.score.known);
    vec![
        Message::from(objective.id.clone()),
        Message::default().foreign(Untrusted::new(&objective.title)),
        Message::from(format!("score {score}, {known} known")),
    ]
}

fn of_key_result(key_result: &KeyResultProgress) -> Vec<Message> {
    let figure = &key_result.figure;
    let word = match figure.verdict {
        Verdict::Met => "ok",
        Verdict::Missed => "MISS",
        Verdict::Unknown => "?",
    };
    let target = key_result.unit.show_target(&key_result.target);
    let shown = facts::figure(key_result.unit, figure.value, figure.bound);
    let stale = if figure.stale && figure.value.is_some() {
        ", stale"
    } else {
        ""
    };
    vec![
        Message::from(format!("[{word}] {}", key_result.id)),
        Message::default().foreign(Untrusted::new(&key_result.title)),
        Message::from(format!("{shown}{stale}, target {target}")),
    ]
}
