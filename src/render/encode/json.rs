//! JSON: the real value, escaped so that a log that holds it stays harmless (rule E22).

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::{Piece, pieces};
use crate::diagnostic::Message;
use crate::model::{Untrusted, is_hidden};

/// Foreign text as a JSON string with its real value, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonText<'a>(Untrusted<'a>);

impl<'a> From<Untrusted<'a>> for JsonText<'a> {
    fn from(text: Untrusted<'a>) -> Self {
        Self(text)
    }
}

impl Serialize for JsonText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.raw())
    }
}

/// A message as a sentence; foreign text stands in backticks with its real value.
pub fn message(message: &Message) -> String {
    let mut sentence = String::new();
    for piece in pieces(message) {
        match piece {
            Piece::Own(words) => sentence.push_str(&words),
            Piece::Foreign(text) => {
                sentence.push('`');
                sentence.push_str(&super::cut(text));
                sentence.push('`');
            }
        }
    }
    sentence
}

/// Writes a document with indents and a line feed at the end (rule P41).
///
/// # Errors
/// If the output cannot be written.
pub fn write_pretty(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write(document, out, PrettyFormatter::new())
}

/// Writes a document on one line, with a line feed at the end.
///
/// # Errors
/// If the output cannot be written.
pub fn write_compact(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write(document, out, CompactFormatter)
}

fn write(document: &impl Serialize, out: &mut dyn Write, layout: impl Formatter) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Harmless { layout });
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// A layout of JSON in which strings hold nothing that a log would act on or hide.
struct Harmless<F> {
    layout: F,
}

impl<F: Formatter> Formatter for Harmless<F> {
    /// A fragment is a run of characters between those that JSON itself escapes, so `##[`
    /// always stands within one fragment.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices() {
            let before = fragment.get(..at).unwrap_or_default();
            if !(is_hidden(c) || (c == '[' && opens_a_command(before))) {
                continue;
            }
            write_part(writer, fragment.get(written..at))?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
        write_part(writer, fragment.get(written..))
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_array_value(w, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_object_key(w, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object_key(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object_value(writer)
    }
}

fn opens_a_command(before: &str) -> bool {
    let tail = before.as_bytes();
    tail.ends_with(b"##")
        || tail
            .last_chunk::<5>()
            .is_some_and(|tail| tail.eq_ignore_ascii_case(b"##vso"))
}

fn write_part<W: ?Sized + Write>(writer: &mut W, part: Option<&str>) -> io::Result<()> {
    match part {
        Some(part) if !part.is_empty() => writer.write_all(part.as_bytes()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compact(text: &str) -> String {
        let mut out = Vec::new();
        write_compact(&JsonText(Untrusted::new(text)), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn encoder_e22_same_value_and_harmless_in_a_log() {
        assert_eq!(compact("##[error]x"), "\"##\\u005berror]x\"\n");
        assert_eq!(compact("##VsO[x"), "\"##VsO\\u005bx\"\n");
        assert_eq!(compact("a\u{9b}b\u{7f}c"), "\"a\\u009bb\\u007fc\"\n");
        assert_eq!(
            compact("\u{2028}\u{202e}\u{e0041}"),
            "\"\\u2028\\u202e\\udb40\\udc41\"\n"
        );
        assert_eq!(compact("é\"\\\n"), "\"é\\\"\\\\\\n\"\n");
    }

    proptest! {
        #[test]
        fn encoder_e22_any_text_comes_back(text in r"(\PC|\pC|##|\[|##vso)*") {
            let line = compact(&text);
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), &*text);
            prop_assert!(!line.contains("##[") && !line.to_lowercase().contains("##vso["));
            prop_assert!(!line.trim_end_matches('\n').chars().any(is_hidden));
        }
    }
}
