//! Holds a tree against the description of the language and collects every fault.
//!
//! Two passes: [`given`] looks at what each file says, [`complete`] at what the merged
//! policy leaves out. Neither stops at a fault.

use std::collections::BTreeMap;

use super::near::{expected, meant, nearest, with_article};
use super::node::{Entry, Mark, Node, Scalar, Value};
use super::shape::{Key, MapShape, Need, Shape, TableShape, WordList};
use super::syntax::{odd_space, odd_space_in_words};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;

/// Checks one file: keys, types, words and forms of all that it says.
pub(super) fn given(node: &Node, language: &'static MapShape, faults: &mut Vec<Diagnostic>) {
    let mut checker = Checker {
        faults,
        unknown: BTreeMap::new(),
    };
    checker.map(node, node.head(), language, false);
}

/// Checks that the merged policy has every key it must have.
pub(super) fn complete(node: &Node, language: &'static MapShape, faults: &mut Vec<Diagnostic>) {
    Completeness { faults }.map(node, node.head(), language);
}

struct Checker<'a> {
    faults: &'a mut Vec<Diagnostic>,
    /// How many unknown keys each map has had so far, by its name.
    unknown: BTreeMap<&'static str, usize>,
}

/// How often the keys of one map are listed; a reader knows them by then.
const MOST_LISTS: usize = 3;

impl Checker<'_> {
    /// `at` is a place of one line that stands for the whole value.
    fn shape(&mut self, node: &Node, at: Mark, shape: &'static Shape) {
        match shape {
            Shape::Scalar(_) | Shape::Words(_) => self.scalar(node, at, shape),
            Shape::Map(map) => self.map(node, at, map, false),
            Shape::Choice(map) => self.map(node, at, map, true),
            Shape::Table(table) => self.table(node, at, table),
            Shape::List { of, least } => match &node.value {
                Value::List(items) if items.len() < *least => self.empty_list(at),
                Value::List(items) => {
                    for item in items {
                        self.shape(item, item.head(), of);
                    }
                }
                _ => self.wrong_type(node, at, shape),
            },
            Shape::OneOrList(of) => match &node.value {
                Value::List(items) if items.is_empty() => self.empty_list(at),
                Value::List(items) => {
                    for item in items {
                        self.shape(item, item.head(), of);
                    }
                }
                _ => self.shape(node, at, of),
            },
            Shape::Either { scalar, map } => match &node.value {
                Value::Map(_) => self.shape(node, at, map),
                _ => self.shape(node, at, scalar),
            },
            Shape::Free => {}
        }
    }

    fn scalar(&mut self, node: &Node, at: Mark, shape: &'static Shape) {
        let scalar = match &node.value {
            Value::Scalar(scalar) if !scalar.is_null() => scalar,
            _ => return self.wrong_type(node, at, shape),
        };
        match shape {
            Shape::Words(list) => self.word(scalar, node.mark, list),
            Shape::Scalar(lexeme) => {
                if let Err(unreadable) = lexeme.check(&scalar.text, scalar.plain) {
                    self.faults.push(
                        Diagnostic::new(
                            unreadable.code,
                            Message::default()
                                .foreign(Untrusted::new(&scalar.text))
                                .own(format!(" cannot be read as {}", lexeme.noun())),
                        )
                        .at(node.mark.place())
                        .label(unreadable.expected),
                    );
                }
            }
            _ => {}
        }
    }

    fn word(&mut self, scalar: &Scalar, at: Mark, list: &'static WordList) {
        if list.words.iter().all(|word| word.text != scalar.text) {
            self.faults.push(
                Diagnostic::new(
                    Code::UnknownWord,
                    Message::from(format!("unknown {} ", list.noun))
                        .foreign(Untrusted::new(&scalar.text)),
                )
                .at(at.place())
                .label(meant(&scalar.text, &list.names())),
            );
        }
    }

    fn map(&mut self, node: &Node, at: Mark, map: &'static MapShape, choice: bool) {
        let Value::Map(entries) = &node.value else {
            self.faults.push(
                Diagnostic::new(
                    Code::WrongType,
                    format!("{} is a map of keys, and here is {}", map.noun, found(node)),
                )
                .at(at.place())
                .label(expected(&map.names())),
            );
            return;
        };
        for entry in entries {
            match map.key(&entry.key) {
                Some(key) => self.shape(&entry.node, value_place(entry), key.shape),
                None => self.unknown_key(entry, map),
            }
        }
        for key in map.all().filter(|key| key.need == Need::Always) {
            if node.get(key.name).is_none() && !is_misspelt(key, entries, map) {
                missing(self.faults, key, map, at, Code::MissingKey);
            }
        }
        if entries.len() < map.least {
            self.faults.push(
                Diagnostic::new(
                    Code::MissingKey,
                    format!("{} must say something, and here it says nothing", map.noun),
                )
                .at(at.place())
                .label(expected(&map.names())),
            );
        }
        if choice && let [first, second, ..] = entries.as_slice() {
            self.faults.push(
                Diagnostic::new(
                    Code::WrongType,
                    format!(
                        "{} is exactly one key, and here are {}",
                        map.noun,
                        entries.len()
                    ),
                )
                .at(second.key_mark.place())
                .label(Message::from("the first is ").foreign(Untrusted::new(&first.key))),
            );
        }
    }

    fn unknown_key(&mut self, entry: &Entry, map: &'static MapShape) {
        let so_far = self.unknown.entry(map.name).or_insert(0);
        *so_far += 1;
        let names = map.names();
        let fault = Diagnostic::new(
            Code::UnknownKey,
            Message::from("unknown key ").foreign(Untrusted::new(&entry.key)),
        )
        .at(entry.key_mark.place());
        let is_near = nearest(&entry.key, names.iter().copied()).is_some();
        self.faults
            .push(match entry.key.chars().find(|c| odd_space(*c)) {
                Some(odd) => fault
                    .label(odd_space_in_words(odd))
                    .hint("replace it by a space"),
                None if is_near || *so_far <= MOST_LISTS => fault.label(meant(&entry.key, &names)),
                None => fault,
            });
    }

    fn table(&mut self, node: &Node, at: Mark, table: &'static TableShape) {
        let Value::Map(entries) = &node.value else {
            self.faults.push(
                Diagnostic::new(
                    Code::WrongType,
                    format!("expected a map, and here is {}", found(node)),
                )
                .at(at.place())
                .label(format!("expected `{}: …`", table.noun)),
            );
            return;
        };
        if entries.len() < table.least {
            self.faults.push(
                Diagnostic::new(Code::EmptyList, "this map is empty")
                    .at(at.place())
                    .label(format!(
                        "expected at least one `{}: …`, or nothing at all",
                        table.noun
                    )),
            );
        }
        for entry in entries {
            let key = Node {
                mark: entry.key_mark,
                value: Value::Scalar(Scalar {
                    text: entry.key.clone(),
                    plain: true,
                }),
            };
            self.scalar(&key, entry.key_mark, table.key);
            self.shape(&entry.node, value_place(entry), table.value);
        }
    }

    fn empty_list(&mut self, at: Mark) {
        self.faults.push(
            Diagnostic::new(Code::EmptyList, "this list is empty")
                .at(at.place())
                .label("expected at least one entry; leave the key out where nothing is meant"),
        );
    }

    fn wrong_type(&mut self, node: &Node, at: Mark, shape: &'static Shape) {
        self.faults.push(
            Diagnostic::new(
                Code::WrongType,
                format!("expected {}, and here is {}", described(shape), found(node)),
            )
            .at(at.place())
            .label(match shape {
                Shape::Words(list) => expected(&list.names()),
                Shape::List { .. } => {
                    "a list is written `[a, b]`, or with `- ` in lines of its own".to_owned()
                }
                _ => format!("expected {}", described(shape)),
            }),
        );
    }
}

/// Where a value is pointed at: a scalar at itself, what may cross lines at its key.
fn value_place(entry: &Entry) -> Mark {
    match &entry.node.value {
        Value::Scalar(scalar) if scalar.is_null() => entry.key_mark,
        Value::Scalar(_) => entry.node.mark,
        Value::List(_) | Value::Map(_) => entry.key_mark,
    }
}

fn missing(
    faults: &mut Vec<Diagnostic>,
    key: &'static Key,
    map: &'static MapShape,
    at: Mark,
    code: Code,
) {
    faults.push(
        Diagnostic::new(code, format!("{} has no `{}`", map.noun, key.name))
            .at(at.place())
            .label(format!("add `{}: …`", key.name))
            .hint(as_message(key.about)),
    );
}

/// True if an unknown key was probably meant to be this one, which its own fault says.
fn is_misspelt(key: &Key, entries: &[Entry], map: &'static MapShape) -> bool {
    entries.iter().any(|entry| {
        map.key(&entry.key).is_none() && nearest(&entry.key, map.names()) == Some(key.name)
    })
}

/// A sentence of the description in the form of a message: lower case, no full stop.
fn as_message(sentence: &'static str) -> String {
    let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    match chars.clone().next() {
        // An abbreviation keeps its capitals.
        Some(second) if second.is_uppercase() => sentence.to_owned(),
        _ => first.into_iter().chain(chars).collect(),
    }
}

fn found(node: &Node) -> &'static str {
    match &node.value {
        Value::Scalar(scalar) if scalar.is_null() => "nothing",
        Value::Scalar(_) => "a single value",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}

fn described(shape: &'static Shape) -> String {
    match shape {
        Shape::Scalar(lexeme) => lexeme.noun().to_owned(),
        Shape::Words(list) => with_article(list.noun),
        Shape::Map(map) | Shape::Choice(map) => map.noun.to_owned(),
        Shape::Table(table) => format!("a map from {} to its value", table.noun),
        Shape::List { .. } => "a list".to_owned(),
        Shape::OneOrList(of) => format!("{} or a list", described(of)),
        Shape::Either { scalar, map } => format!("{} or {}", described(scalar), described(map)),
        Shape::Free => "anything".to_owned(),
    }
}

struct Completeness<'a> {
    faults: &'a mut Vec<Diagnostic>,
}

impl Completeness<'_> {
    fn map(&mut self, node: &Node, at: Mark, map: &'static MapShape) {
        let Value::Map(entries) = &node.value else {
            return;
        };
        for key in map.all() {
            if let Need::Merged(code) = key.need
                && node.get(key.name).is_none()
                && !is_misspelt(key, entries, map)
            {
                missing(self.faults, key, map, at, code);
            }
        }
        for entry in entries {
            if let Some(key) = map.key(&entry.key) {
                self.shape(&entry.node, value_place(entry), key.shape);
            }
        }
    }

    fn shape(&mut self, node: &Node, at: Mark, shape: &'static Shape) {
        match shape {
            Shape::Map(map) | Shape::Choice(map) => self.map(node, at, map),
            Shape::Table(table) => {
                for entry in node.entries() {
                    self.shape(&entry.node, value_place(entry), table.value);
                }
            }
            Shape::List { of, .. } => {
                for item in node.items() {
                    self.shape(item, item.head(), of);
                }
            }
            Shape::OneOrList(of) => {
                for item in node.one_or_items() {
                    self.shape(item, item.head(), of);
                }
            }
            Shape::Either { map, .. } => self.shape(node, at, map),
            Shape::Scalar(_) | Shape::Words(_) | Shape::Free => {}
        }
    }
}
