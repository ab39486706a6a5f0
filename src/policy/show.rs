//! The merged policy as text, with the origin of each line.

use std::fmt::Write as _;

use super::Loaded;
use super::node::{Entry, Mark, Node, Scalar, Value};
use super::syntax::line_of;
use crate::diagnostic::SourceFile;
use crate::model::visible;

/// The merged policy as YAML, each line followed by the file and line it is from.
///
/// The text is a policy itself and says the same, without `extends`. It is empty if the
/// policy has faults.
pub fn show(loaded: &Loaded) -> String {
    let Some(root) = &loaded.merged else {
        return String::new();
    };
    let names: Vec<_> = loaded
        .sources
        .iter()
        .map(|source| visible(&source.name))
        .collect();
    let mut writer = Writer {
        out: format!("# merged from: {}\n", names.join(", ")),
        sources: &loaded.sources,
    };
    writer.entries(root.entries(), 0, false);
    writer.out
}

struct Writer<'a> {
    out: String,
    sources: &'a [SourceFile],
}

impl Writer<'_> {
    /// Writes the entries of a map; the first one goes on in the line if `after_dash`.
    fn entries(&mut self, entries: &[Entry], indent: usize, after_dash: bool) {
        let mut in_line = after_dash;
        for entry in entries.iter().filter(|entry| !says_nothing(&entry.node)) {
            if !in_line {
                self.indent(indent);
            }
            in_line = false;
            self.out.push_str(&quoted(&entry.key, true));
            self.out.push(':');
            self.value(&entry.node, indent + 2, entry.key_mark);
        }
    }

    /// Writes a value after its key.
    fn value(&mut self, node: &Node, indent: usize, at: Mark) {
        if let Some(text) = in_line(node) {
            self.out.push(' ');
            self.out.push_str(&text);
            self.origin(at);
            return;
        }
        self.origin(at);
        match &node.value {
            Value::Map(entries) => self.entries(entries, indent, false),
            Value::List(items) => {
                for item in items {
                    self.item(item, indent);
                }
            }
            Value::Scalar(_) => {}
        }
    }

    fn item(&mut self, item: &Node, indent: usize) {
        self.indent(indent);
        self.out.push('-');
        match &item.value {
            Value::Map(entries) if !entries.is_empty() => {
                self.out.push(' ');
                self.entries(entries, indent + 2, true);
            }
            _ => self.value(item, indent + 2, item.mark),
        }
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn origin(&mut self, mark: Mark) {
        if let Some(source) = self.sources.get(mark.file) {
            let line = line_of(&source.text, mark.span.start);
            let _ = write!(self.out, "  # {}:{line}", visible(&source.name));
        }
        self.out.push('\n');
    }
}

/// A list that merging emptied is left out.
fn says_nothing(node: &Node) -> bool {
    matches!(&node.value, Value::List(items) if items.is_empty())
}

/// What fits behind its key: scalars, lists of scalars, empty maps.
fn in_line(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(scalar) => Some(scalar_text(scalar)),
        Value::Map(entries) => entries.is_empty().then(|| "{}".to_owned()),
        Value::List(items) => {
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| match &item.value {
                    Value::Scalar(scalar) => Some(scalar_text(scalar)),
                    Value::List(_) | Value::Map(_) => None,
                })
                .collect();
            Some(format!("[{}]", texts?.join(", ")))
        }
    }
}

fn scalar_text(scalar: &Scalar) -> String {
    quoted(&scalar.text, scalar.plain)
}

/// A scalar as YAML: as it was where that is safe everywhere, else in double quotes.
fn quoted(text: &str, plain: bool) -> String {
    let safe =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | ' ');
    let edges = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if plain && text.chars().all(safe) && edges(text.chars().next()) && edges(text.chars().last()) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let mut buffer = [0; 4];
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if visible(c.encode_utf8(&mut buffer)).len() != c.len_utf8() => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
