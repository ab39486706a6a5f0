//! Graphviz: labels in quotes (rule P6).

use std::fmt;

use super::{Piece, pieces};
use crate::diagnostic::Message;
use crate::model::visible;

/// The label of a node with its quotes. A backslash is doubled, so that no escape of Graphviz
/// (`\N`, `\G`, `\l`) is read out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DotLabel(String);

impl DotLabel {
    /// A label of several lines.
    pub fn of(lines: &[Message]) -> Self {
        let lines: Vec<String> = lines.iter().map(line).collect();
        Self(format!("\"{}\"", lines.join("\\n")))
    }
}

impl fmt::Display for DotLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn line(message: &Message) -> String {
    let mut label = String::new();
    for piece in pieces(message) {
        match piece {
            Piece::Own(words) => escape(&words, &mut label),
            Piece::Foreign(text) => escape(&visible(&super::cut(text)), &mut label),
        }
    }
    label
}

fn escape(text: &str, label: &mut String) {
    for c in text.chars() {
        match c {
            '\\' => label.push_str("\\\\"),
            '"' => label.push_str("\\\""),
            // Entities are read in every label.
            '&' => label.push_str("&amp;"),
            '\n' | '\r' => label.push(' '),
            c => label.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Untrusted;

    #[test]
    fn report_p06_a_dot_label_is_text() {
        let label = |text| DotLabel::of(&[Message::default().foreign(Untrusted::new(text))]).0;
        assert_eq!(label("a b"), "\"a b\"");
        assert_eq!(
            label("\"]; x [URL=\"javascript:y\"]"),
            "\"\\\"]; x [URL=\\\"javascript:y\\\"]\""
        );
        assert_eq!(label("\\N a\nb"), "\"\\\\N a\\\\nb\"");
        assert_eq!(label("&lt;b&gt;"), "\"&amp;lt;b&amp;gt;\"");
        let two = DotLabel::of(&["one".into(), "two".into()]);
        assert_eq!(two.0, "\"one\\ntwo\"");
    }
}
