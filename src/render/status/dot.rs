//! The tree as a graph of Graphviz (rule P21).

use std::io::{self, Write};

use super::Status;
use super::graph::{EdgeKind, Graph, NodeKind};
use crate::render::encode::dot::DotLabel;

/// Writes the tree. Ids of nodes are made here, and every text stands in quotes.
///
/// # Errors
/// If the output cannot be written.
pub fn write(status: &Status<'_>, out: &mut dyn Write) -> io::Result<()> {
    let graph = Graph::of(status);
    writeln!(out, "digraph krgate {{")?;
    writeln!(out, "  rankdir=TB;")?;
    for (id, node) in graph.nodes.iter().enumerate() {
        let label = DotLabel::of(&node.lines);
        let shape = match node.kind {
            NodeKind::Mission => "oval",
            NodeKind::Objective => "box",
            NodeKind::KeyResult => "box, style=rounded",
            NodeKind::Outside => "parallelogram",
        };
        writeln!(out, "  n{id} [shape={shape}, label={label}];")?;
    }
    for edge in &graph.edges {
        let style = match edge.kind {
            EdgeKind::Holds => "solid, arrowhead=none",
            EdgeKind::RollsUp => "solid",
            EdgeKind::Uses(_) => "bold",
            EdgeKind::Contributes => "dashed",
            EdgeKind::DerivedFrom => "dotted",
        };
        let words = edge.kind.words().map_or_else(String::new, |words| {
            format!(", label={}", DotLabel::of(&[words.into()]))
        });
        writeln!(
            out,
            "  n{} -> n{} [style={style}{words}];",
            edge.from, edge.to
        )?;
    }
    writeln!(out, "}}")
}
