//! One encoder per sink: the only way of foreign text into an output (rules E1, E2).
//!
//! Each takes [`Untrusted`] and gives a type of its own sink, so that text encoded for one
//! cannot be written to another. The order is always the same: cut (limit L7), visible form
//! (rule E3; JSON and SARIF keep the real value, E22), then what the sink itself asks for.

pub mod csv;
pub mod dot;
pub mod html;
pub mod json;
pub mod log;
pub mod markdown;
pub mod mermaid;
pub mod openmetrics;
pub mod output_file;
pub mod sarif;
pub mod terminal;
pub mod workflow;
pub mod xml;

use std::borrow::Cow;

use crate::diagnostic::{Message, Part};
use crate::model::Untrusted;

/// Most characters of one text in tables, annotations and messages (limit L7).
pub const MOST_CHARS: usize = 500;

/// The text, or its first [`MOST_CHARS`] characters and `…`.
fn cut(text: Untrusted<'_>) -> Cow<'_, str> {
    let raw = text.raw();
    match raw.char_indices().nth(MOST_CHARS) {
        None => Cow::Borrowed(raw),
        Some((end, _)) => Cow::Owned(format!("{}…", raw.get(..end).unwrap_or_default())),
    }
}

/// The pieces of a message, with krgate's own words that stand side by side made one.
enum Piece<'a> {
    Own(String),
    Foreign(Untrusted<'a>),
}

fn pieces(message: &Message) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for part in message.parts() {
        match (part, pieces.last_mut()) {
            (Part::Own(words), Some(Piece::Own(before))) => before.push_str(words),
            (Part::Own(words), _) => pieces.push(Piece::Own(words.clone().into_owned())),
            (Part::Foreign(text), _) => pieces.push(Piece::Foreign(text.as_untrusted())),
        }
    }
    pieces
}
