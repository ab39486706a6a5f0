//! The vocabulary in which the policy language is described.
//!
//! One description serves the checker ([`super::check`]), the JSON Schema
//! ([`super::schema`]) and the documentation, so that none of them can forget a key. The
//! description itself stands in [`super::language`].

use super::lexeme::Lexeme;
use crate::diagnostic::Code;

/// What a value may be.
#[derive(Debug)]
pub(super) enum Shape {
    /// A scalar of some form.
    Scalar(Lexeme),
    /// One of some words.
    Words(&'static WordList),
    /// A map of known keys.
    Map(&'static MapShape),
    /// A map with exactly one of the known keys.
    Choice(&'static MapShape),
    /// A map whose keys the user names.
    Table(&'static TableShape),
    /// A list.
    List {
        /// What each item is.
        of: &'static Shape,
        /// How many there must be at least.
        least: usize,
    },
    /// A value, or a list of at least one.
    OneOrList(&'static Shape),
    /// A scalar of one shape, or a map of another.
    Either {
        /// The scalar.
        scalar: &'static Shape,
        /// The map.
        map: &'static Shape,
    },
    /// Whatever it is, it is kept as written (free registers).
    Free,
}

/// A map of known keys.
#[derive(Debug)]
pub(super) struct MapShape {
    /// Its name in the JSON Schema, unique.
    pub(super) name: &'static str,
    /// What people call it (`a report entry`).
    pub(super) noun: &'static str,
    /// Its keys, in groups that several maps share.
    pub(super) keys: &'static [&'static [Key]],
    /// How many keys must be there at least.
    pub(super) least: usize,
}

/// A map whose keys the user names.
#[derive(Debug)]
pub(super) struct TableShape {
    /// What people call a key (`scope name`).
    pub(super) noun: &'static str,
    /// The form of its keys.
    pub(super) key: &'static Shape,
    /// What each value is.
    pub(super) value: &'static Shape,
    /// How many entries there must be at least.
    pub(super) least: usize,
}

/// A key of a map.
#[derive(Debug)]
pub(super) struct Key {
    /// The key.
    pub(super) name: &'static str,
    /// What it is, in a sentence for editors and documentation.
    pub(super) about: &'static str,
    /// Whether it must be there.
    pub(super) need: Need,
    /// What its value is.
    pub(super) shape: &'static Shape,
}

/// Whether a key must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It may be left out.
    Never,
    /// It must be there in every file.
    Always,
    /// It must be there once all files are merged; a file that overrides may leave it out.
    /// The code names its absence.
    Merged(Code),
}

/// Words that may stand in a place.
#[derive(Debug)]
pub(super) struct WordList {
    /// What people call one of them (`class`).
    pub(super) noun: &'static str,
    /// The words.
    pub(super) words: &'static [Word],
}

/// A word with its meaning.
#[derive(Debug)]
pub(super) struct Word {
    /// The word.
    pub(super) text: &'static str,
    /// What it means.
    pub(super) about: &'static str,
}

impl Key {
    /// A key that may be left out.
    pub(super) const fn may(
        name: &'static str,
        shape: &'static Shape,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            about,
            need: Need::Never,
            shape,
        }
    }

    /// A key that every file must have.
    pub(super) const fn must(
        name: &'static str,
        shape: &'static Shape,
        about: &'static str,
    ) -> Self {
        Self {
            need: Need::Always,
            ..Self::may(name, shape, about)
        }
    }

    /// A key that the merged policy must have.
    pub(super) const fn whole(
        name: &'static str,
        shape: &'static Shape,
        about: &'static str,
    ) -> Self {
        Self {
            need: Need::Merged(Code::MissingKey),
            ..Self::may(name, shape, about)
        }
    }

    /// The same with another code for its absence.
    pub(super) const fn missing(self, code: Code) -> Self {
        Self {
            need: Need::Merged(code),
            ..self
        }
    }
}

impl Word {
    /// A word.
    pub(super) const fn new(word: &'static str, about: &'static str) -> Self {
        Self { text: word, about }
    }
}

impl WordList {
    /// The words alone.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.words.iter().map(|word| word.text).collect()
    }
}

impl MapShape {
    /// All keys, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().flat_map(|group| group.iter())
    }

    /// The key of a name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.all().find(|key| key.name == name)
    }

    /// The names of all keys, in order.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.all().map(|key| key.name).collect()
    }
}
