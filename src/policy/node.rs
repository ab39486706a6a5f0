//! YAML text as a tree of values that know where they stand.
//!
//! Scalars keep their text as written, so that `8.0`, `owner: no`, `2026-10-01` and
//! `>= 100%` reach the language unchanged. Anchors, aliases, tags and a second document are
//! no part of the language: with them gone, a tree is never larger than its text.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{
    Event, Parser, ScalarStyle, Span as YamlSpan, StructureStyle, options,
};

use super::syntax;
use crate::diagnostic::{Code, Diagnostic, Message, Place, Span};
use crate::model::Untrusted;

/// Most bytes of a policy file.
pub const MOST_BYTES: usize = 1 << 20;

/// Most values of a policy with all that it extends. Merging and linking compare ids with
/// one another, and this keeps a hostile policy from making that slow; a key result has
/// about fifteen values.
pub(super) const MOST_VALUES: usize = 20_000;

/// Deepest nesting of a policy; the language itself needs about ten levels, and filters in
/// filters a few more.
const MOST_DEPTH: usize = 32;

/// Where a value stands: bytes of one of the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    /// Index in the list of sources.
    pub(super) file: usize,
    /// The bytes.
    pub(super) span: Span,
}

impl Mark {
    /// The place that a diagnostic points to.
    pub(super) fn place(self) -> Place {
        Place::Source {
            file: self.file,
            span: self.span,
        }
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// The value itself; of a block map or list only its first byte.
    pub(super) mark: Mark,
    /// The value.
    pub(super) value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Text, number, word.
    Scalar(Scalar),
    /// Values in order.
    List(Vec<Node>),
    /// Keys with their values, in the order of the text, no key twice.
    Map(Vec<Entry>),
}

/// A scalar as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar {
    /// Its text after escapes were undone.
    pub(super) text: String,
    /// True without quotes and block markers, so that YAML may read it as a number.
    pub(super) plain: bool,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The key's text.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) key_mark: Mark,
    /// The value.
    pub(super) node: Node,
}

impl Scalar {
    /// True for what YAML reads as nothing: an empty value, `~`, `null`.
    pub(super) fn is_null(&self) -> bool {
        self.plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// The entries of a map; none of anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Scalar(_) | Value::List(_) => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Scalar(_) | Value::Map(_) => &[],
        }
    }

    /// The items of a list, or the value itself where one stands for a list of one.
    pub(super) fn one_or_items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Scalar(_) | Value::Map(_) => std::slice::from_ref(self),
        }
    }

    /// The entry of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The text of a scalar that is not null.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) if !scalar.is_null() => Some(&scalar.text),
            _ => None,
        }
    }

    /// The text under a key.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    /// A place of one line for the value as a whole: of a map its first key, of a list its
    /// first item.
    pub(super) fn head(&self) -> Mark {
        match &self.value {
            Value::Map(entries) => entries.first().map_or(self.mark, |entry| entry.key_mark),
            Value::List(items) => items.first().map_or(self.mark, Self::head),
            Value::Scalar(_) => self.mark,
        }
    }

    /// True if both say the same, wherever they stand and in whatever order their keys are.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Scalar(a), Value::Scalar(b)) => a.text == b.text,
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b))
            }
            (Value::Map(a), Value::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|entry| {
                        other
                            .get(&entry.key)
                            .is_some_and(|node| entry.node.says_the_same(node))
                    })
            }
            _ => false,
        }
    }
}

/// Reads one YAML document.
///
/// A text that is not YAML leaves one fault and no tree; a key that stands twice leaves a
/// fault, and the first one counts. `budget` is how many values there may still be.
pub(super) fn parse(
    file: usize,
    text: &str,
    budget: &mut usize,
    faults: &mut Vec<Diagnostic>,
) -> Option<Node> {
    if text.len() > MOST_BYTES {
        faults.push(
            Diagnostic::new(
                Code::PolicyUnreadable,
                "a policy file has at most 1 MiB, and this one is larger",
            )
            .at(whole(file)),
        );
        return None;
    }
    let mut options = options! {
        flow_nesting_limit: MOST_DEPTH,
        block_nesting_limit: MOST_DEPTH,
    };
    options.set_emit_comments(false);
    let mut builder = Builder {
        file,
        text,
        open: Vec::new(),
        root: None,
        documents: 0,
        budget,
        faults,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let done = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => Err(syntax::fault(file, text, &error, builder.open_bracket())),
        };
        if let Err(fault) = done {
            builder.faults.push(*fault);
            return None;
        }
    }
    match builder.root {
        Some(root) if !matches!(&root.value, Value::Scalar(scalar) if scalar.is_null()) => {
            Some(root)
        }
        _ => {
            builder.faults.push(
                Diagnostic::new(Code::PolicySyntax, "the file says nothing")
                    .at(whole(file))
                    .hint("`krgate init` writes a policy to begin with"),
            );
            None
        }
    }
}

fn whole(file: usize) -> Place {
    Place::Source {
        file,
        span: Span::default(),
    }
}

/// A list or map that is being read.
enum Open {
    List {
        mark: Mark,
        flow: bool,
        items: Vec<Node>,
    },
    Map {
        mark: Mark,
        flow: bool,
        entries: Vec<Entry>,
        seen: BTreeMap<String, Mark>,
        key: Option<(String, Mark)>,
    },
}

struct Builder<'a> {
    file: usize,
    text: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    budget: &'a mut usize,
    faults: &'a mut Vec<Diagnostic>,
}

type Step = Result<(), Box<Diagnostic>>;

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: YamlSpan) -> Step {
        let mark = self.mark(span);
        let Some(budget) = self.budget.checked_sub(1) else {
            return Err(Box::new(
                Diagnostic::new(
                    Code::PolicyUnreadable,
                    "a policy has at most 20,000 values with all that it extends",
                )
                .at(mark.place())
                .label("this is one too many"),
            ));
        };
        *self.budget = budget;
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(refused(
                        mark,
                        "a policy is one YAML document, and a second one begins here",
                        "put it in a file of its own and name that under `extends`",
                    ));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                refuse_extras(mark, anchor, tag.is_some())?;
                self.scalar(text.into_owned(), style == ScalarStyle::Plain, mark);
                Ok(())
            }
            Event::SequenceStart(style, anchor, tag) => {
                refuse_extras(mark, anchor, tag.is_some())?;
                self.begin(Open::List {
                    mark,
                    flow: style == StructureStyle::Flow,
                    items: Vec::new(),
                })
            }
            Event::MappingStart(style, anchor, tag) => {
                refuse_extras(mark, anchor, tag.is_some())?;
                self.begin(Open::Map {
                    mark,
                    flow: style == StructureStyle::Flow,
                    entries: Vec::new(),
                    seen: BTreeMap::new(),
                    key: None,
                })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                match self.open.pop() {
                    Some(Open::List { mark, items, .. }) => self.put(Node {
                        mark,
                        value: Value::List(items),
                    }),
                    Some(Open::Map { mark, entries, .. }) => self.put(Node {
                        mark,
                        value: Value::Map(entries),
                    }),
                    None => {}
                }
                Ok(())
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) | Event::Anchor(..) => {
                Err(no_aliases(mark))
            }
            _ => Ok(()),
        }
    }

    /// Where the outermost bracket opens that is still open.
    fn open_bracket(&self) -> Option<Mark> {
        self.open.iter().find_map(|open| match open {
            Open::List {
                mark, flow: true, ..
            }
            | Open::Map {
                mark, flow: true, ..
            } => Some(*mark),
            Open::List { .. } | Open::Map { .. } => None,
        })
    }

    /// A list or map as a key is no part of the language.
    fn begin(&mut self, next: Open) -> Step {
        let mark = match &next {
            Open::List { mark, .. } | Open::Map { mark, .. } => *mark,
        };
        if let Some(Open::Map { key: None, .. }) = self.open.last() {
            return Err(refused(
                mark,
                "a key is a word, and here stands a list or a map",
                "write `key: value`",
            ));
        }
        self.open.push(next);
        Ok(())
    }

    fn scalar(&mut self, text: String, plain: bool, mark: Mark) {
        match self.open.last_mut() {
            Some(Open::Map { key, .. }) if key.is_none() => *key = Some((text, mark)),
            _ => self.put(Node {
                mark,
                value: Value::Scalar(Scalar { text, plain }),
            }),
        }
    }

    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map {
                entries, seen, key, ..
            }) => {
                let Some((key, key_mark)) = key.take() else {
                    return;
                };
                if let Some(first) = seen.get(&key) {
                    let line = syntax::line_of(self.text, first.span.start);
                    self.faults.push(
                        Diagnostic::new(
                            Code::DuplicateKey,
                            Message::from("key ")
                                .foreign(Untrusted::new(&key))
                                .own(" stands twice in one map"),
                        )
                        .at(key_mark.place())
                        .label(format!("the first one is in line {line}; keep one of them")),
                    );
                    return;
                }
                seen.insert(key.clone(), key_mark);
                entries.push(Entry {
                    key,
                    key_mark,
                    node,
                });
            }
        }
    }

    fn mark(&self, span: YamlSpan) -> Mark {
        let start = span.start.byte_offset().unwrap_or(0).min(self.text.len());
        let end = span
            .end
            .byte_offset()
            .unwrap_or(start)
            .clamp(start, self.text.len());
        Mark {
            file: self.file,
            span: Span { start, end },
        }
    }
}

fn refuse_extras(mark: Mark, anchor: usize, tag: bool) -> Step {
    if anchor != 0 {
        return Err(no_aliases(mark));
    }
    if tag {
        return Err(refused(
            mark,
            "tags such as `!name` are no part of the policy language",
            "remove the tag; text that looks like a number goes in quotes",
        ));
    }
    Ok(())
}

fn no_aliases(mark: Mark) -> Box<Diagnostic> {
    refused(
        mark,
        "anchors (`&name`) and aliases (`*name`) are no part of the policy language",
        "write the value out; text that begins with `*` or `&` goes in quotes",
    )
}

fn refused(mark: Mark, what: &'static str, hint: &'static str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(Code::PolicySyntax, what)
            .at(mark.place())
            .hint(hint),
    )
}
