//! Where figures are sent to (rule K36).

use serde_json::Value;

/// The other tools that a policy names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sync {
    /// Where readers find more, with [`PARTS`] in it.
    pub page: Option<String>,
    /// A request of the user's own making.
    pub http: Option<HttpSync>,
    /// Tability's check-ins API.
    pub tability: Option<TabilitySync>,
}

/// A request of the user's own making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSync {
    /// The address, with [`PARTS`] in it.
    pub to: String,
    /// `POST`, `PUT` or `PATCH`.
    pub method: &'static str,
    /// What is sent, with [`PARTS`] in its texts; `None` for the whole event.
    pub body: Option<Value>,
    /// The environment variable that holds the token.
    pub token: Option<String>,
    /// The header that carries it; `None` for `Authorization: Bearer`.
    pub header: Option<String>,
    /// Which key results are sent, as records name them, with their ids there; empty: all.
    pub key_results: Vec<(String, String)>,
}

/// Tability's check-ins API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TabilitySync {
    /// The address.
    pub to: String,
    /// The environment variable that holds the personal API token.
    pub token: String,
    /// Which key results are sent, as records name them, with the variable that holds the
    /// token of their outcome.
    pub key_results: Vec<(String, String)>,
}

/// The parts of an event that a template may name, in braces.
pub const PARTS: [&str; 6] = ["external_id", "value", "at", "confidence", "comment", "url"];

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text that is taken as it is.
    Text(&'a str),
    /// A word in braces: the name of a part, or of none.
    Part(&'a str),
}

/// Cuts a template at the words that stand in braces. Braces round anything else are text.
pub fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let is_of_word = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|tail| tail.find('{')) {
        let open = from + at;
        let inside = rest.get(open + 1..).unwrap_or_default();
        let word = inside.split(|c| !is_of_word(c)).next().unwrap_or_default();
        let after = open + 1 + word.len();
        if word.is_empty() || !rest.get(after..).is_some_and(|tail| tail.starts_with('}')) {
            from = open + 1;
            continue;
        }
        let before = rest.get(..open).unwrap_or_default();
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Part(word));
        rest = rest.get(after + 1..).unwrap_or_default();
        from = 0;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_result_k36_a_template_is_cut_at_words_in_braces() {
        let text = Piece::Text;
        let part = Piece::Part;
        for (template, expected) in [
            ("", vec![]),
            ("plain", vec![text("plain")]),
            ("{value}", vec![part("value")]),
            (
                "a {value}{at} b",
                vec![text("a "), part("value"), part("at"), text(" b")],
            ),
            ("{ value }", vec![text("{ value }")]),
            ("{{value}}", vec![text("{"), part("value"), text("}")]),
            ("é{x}{", vec![text("é"), part("x"), text("{")]),
            ("{}", vec![text("{}")]),
        ] {
            assert_eq!(pieces(template), expected, "{template}");
        }
    }
}
