//! The tree as a diagram of Mermaid (rule P21).

use std::io::{self, Write};

use super::Status;
use super::graph::{EdgeKind, Graph, NodeKind};
use crate::render::encode::mermaid::MermaidLabel;

/// Writes the tree. Ids of nodes are made here, and every text stands in quotes.
///
/// # Errors
/// If the output cannot be written.
pub fn write(status: &Status<'_>, out: &mut dyn Write) -> io::Result<()> {
    let graph = Graph::of(status);
    writeln!(out, "flowchart TD")?;
    for (id, node) in graph.nodes.iter().enumerate() {
        let label = MermaidLabel::of(&node.lines);
        let (left, right) = match node.kind {
            NodeKind::Mission => ("([", "])"),
            NodeKind::Objective => ("[", "]"),
            NodeKind::KeyResult => ("(", ")"),
            NodeKind::Outside => ("[/", "/]"),
        };
        writeln!(out, "  n{id}{left}{label}{right}")?;
    }
    for edge in &graph.edges {
        let line = match edge.kind {
            EdgeKind::Holds => "---",
            EdgeKind::RollsUp => "-->",
            EdgeKind::Uses(_) => "==>",
            EdgeKind::Contributes | EdgeKind::DerivedFrom => "-.->",
        };
        let words = edge.kind.words().map_or_else(String::new, |words| {
            format!("|{}|", MermaidLabel::of(&[words.into()]))
        });
        writeln!(out, "  n{} {line}{words} n{}", edge.from, edge.to)?;
    }
    // Mermaid has one broken line; of the two that there are one is dashed, one dotted.
    for (place, edge) in graph.edges.iter().enumerate() {
        let dashes = match edge.kind {
            EdgeKind::Contributes => "8 4",
            EdgeKind::DerivedFrom => "2 3",
            EdgeKind::Holds | EdgeKind::Uses(_) | EdgeKind::RollsUp => continue,
        };
        writeln!(out, "  linkStyle {place} stroke-dasharray: {dashes}")?;
    }
    Ok(())
}
