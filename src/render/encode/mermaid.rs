//! Mermaid: labels in quotes (rule P6).

use std::fmt;

use super::{Piece, pieces};
use crate::diagnostic::Message;
use crate::model::visible;

/// The label of a node with its quotes. Whatever Mermaid or a browser behind it would read as
/// more than text stands as the number of the character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MermaidLabel(String);

impl MermaidLabel {
    /// A label of several lines.
    pub fn of(lines: &[Message]) -> Self {
        let lines: Vec<String> = lines.iter().map(line).collect();
        Self(format!("\"{}\"", lines.join("<br/>")))
    }
}

impl fmt::Display for MermaidLabel {
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
        let is_plain = c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | ':' | '/' | '-' | '_');
        if is_plain || !c.is_ascii() {
            label.push(c);
        } else {
            let number = u32::from(c).to_string();
            label.extend(["#", &number, ";"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Untrusted;
    use proptest::prelude::*;

    fn label(text: &str) -> String {
        MermaidLabel::of(&[Message::default().foreign(Untrusted::new(text))]).0
    }

    #[test]
    fn report_p06_a_mermaid_label_is_text() {
        assert_eq!(label("a b-c: 1.0, d/e_f"), "\"a b-c: 1.0, d/e_f\"");
        assert_eq!(
            label("\"]; click n0 \"javascript:x\""),
            "\"#34;#93;#59; click n0 #34;javascript:x#34;\""
        );
        assert_eq!(
            label("<b>%%{init}%%"),
            "\"#60;b#62;#37;#37;#123;init#125;#37;#37;\""
        );
        assert_eq!(label("a\nb"), "\"a#92;nb\"");
        let two = MermaidLabel::of(&["one".into(), "two".into()]);
        assert_eq!(two.0, "\"one<br/>two\"");
    }

    proptest! {
        #[test]
        fn report_p06_any_text_stays_in_its_quotes(text in r"(\PC|\pC|[\x22#;<>\]\[%{}]){0,12}") {
            let label = label(&text);
            let inner = &label[1..label.len() - 1];
            let acts = inner.contains(['"', '<', '>', '\n', '\r', '[', ']', '{', '}', '%', '`']);
            prop_assert!(!acts);
        }
    }
}
