//! Terminal and plain log: the visible form, cut by display width (rules E3, E11, E25).

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Piece, pieces};
use crate::diagnostic::Message;
use crate::model::{Untrusted, visible};

/// One line of text that a terminal shows and does not act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalText(String);

impl TerminalText {
    /// Words of krgate's own. Never pass text of a report or a policy here.
    pub fn own(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// A path, whole (rule V6).
    pub fn path(text: Untrusted<'_>) -> Self {
        Self(visible(text.raw()).into_owned())
    }

    /// Any other foreign text, at most [`super::MOST_CHARS`] characters of it.
    pub fn label(text: Untrusted<'_>) -> Self {
        Self(visible(&super::cut(text)).into_owned())
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.0.width()
    }

    /// The text in at most `columns` columns; what was cut off is a `…`. Neither an escape of
    /// the visible form nor a character with its marks is cut through.
    #[must_use]
    pub fn cut(self, columns: usize) -> Self {
        if self.width() <= columns {
            return self;
        }
        let room = columns.saturating_sub(1);
        let mut kept = String::new();
        let mut used = 0;
        for unit in units(&self.0) {
            let width = unit.width();
            if used + width > room {
                break;
            }
            kept.push_str(unit);
            used += width;
        }
        kept.push('…');
        Self(kept)
    }

    /// The text as written to the terminal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TerminalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The words of a message. Foreign text stands in backticks and is never broken, so that no
/// line can begin with what follows a space in it (rule E11).
pub fn words(message: &Message) -> Vec<TerminalText> {
    let mut words = Vec::new();
    let mut open = String::new();
    for piece in pieces(message) {
        match piece {
            Piece::Own(text) => {
                for (index, word) in text.split([' ', '\n']).enumerate() {
                    if index > 0 {
                        push_word(&mut words, &mut open);
                    }
                    open.push_str(word);
                }
            }
            Piece::Foreign(text) => {
                open.push('`');
                open.push_str(TerminalText::label(text).as_str());
                open.push('`');
            }
        }
    }
    push_word(&mut words, &mut open);
    words
}

fn push_word(words: &mut Vec<TerminalText>, open: &mut String) {
    if !open.is_empty() {
        words.push(TerminalText(std::mem::take(open)));
    }
}

/// The message on one line.
pub fn message(message: &Message) -> TerminalText {
    let words: Vec<String> = words(message).into_iter().map(|word| word.0).collect();
    TerminalText(words.join(" "))
}

/// Splits a visible form where it may be cut: between escapes, and between characters
/// with the marks that follow them.
fn units(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let length = unit_length(rest)?;
        let (unit, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(unit)
    })
}

fn unit_length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first == '\\' {
        return Some(escape_length(text));
    }
    let marks = text
        .chars()
        .skip(1)
        .take_while(|c| c.width() == Some(0))
        .map(char::len_utf8)
        .sum::<usize>();
    Some(first.len_utf8() + marks)
}

/// Bytes of a run of backslashes with the letter that decides how it is read, and its braces.
fn escape_length(text: &str) -> usize {
    let run = text.bytes().take_while(|b| *b == b'\\').count();
    let after = text.get(run..).unwrap_or_default();
    let escape = if run % 2 == 1 && after.starts_with("u{") {
        after.find('}').map_or(0, |end| end + 1)
    } else {
        usize::from(after.starts_with(['u', 'n', 'r', 't']))
    };
    run + escape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, columns: usize) -> String {
        TerminalText::label(Untrusted::new(text))
            .cut(columns)
            .to_string()
    }

    #[test]
    fn encoder_e25_cut_never_breaks_an_escape_or_a_wide_character() {
        assert_eq!(shown("ab\u{1b}cd", 20), "ab\\u{1b}cd");
        assert_eq!(shown("ab\u{1b}cd", 9), "ab\\u{1b}…");
        assert_eq!(shown("ab\u{1b}cd", 8), "ab…");
        assert_eq!(shown("日本語", 6), "日本語");
        assert_eq!(shown("日本語", 5), "日本…");
        assert_eq!(shown("日本語", 4), "日…");
        assert_eq!(shown("ae\u{301}x", 2), "a…");
        assert_eq!(shown("a\nb", 3), "a…", "`\\n` is not cut to a backslash");
        assert_eq!(
            shown("C:\\new", 5),
            "C:…",
            "nor a doubled backslash from its `n`"
        );
        assert_eq!(shown("C:\\new", 6), "C:\\\\n…");
    }

    #[test]
    fn encoder_e11_a_space_in_foreign_text_is_no_place_to_break() {
        let message = Message::from("rule ")
            .foreign(Untrusted::new("a ::error::b"))
            .own(" is odd");
        let words: Vec<String> = words(&message).iter().map(ToString::to_string).collect();
        assert_eq!(words, ["rule", "`a ::error::b`", "is", "odd"]);
    }

    #[test]
    fn limit_l07_a_label_has_500_characters_and_a_path_all() {
        let long = "x".repeat(501);
        let text = Untrusted::new(&long);
        assert_eq!(TerminalText::label(text).width(), 501, "500 and the mark");
        assert!(TerminalText::label(text).as_str().ends_with("x…"));
        assert_eq!(TerminalText::path(text).as_str(), long);
    }
}
