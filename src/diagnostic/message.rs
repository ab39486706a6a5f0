//! Sentences of our own with marked places for foreign text.

use std::borrow::Cow;

use crate::model::{Untrusted, UntrustedText};

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// krgate's own words.
    Own(Cow<'static, str>),
    /// Foreign text, to be shown as code by the sink's encoder.
    Foreign(UntrustedText),
}

/// A message: krgate's own words with foreign text in marked places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message(Vec<Part>);

impl Message {
    /// The pieces in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Adds words of krgate's own. Never pass text of a report or a policy here.
    #[must_use]
    pub fn own(mut self, words: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Part::Own(words.into()));
        self
    }

    /// Adds foreign text.
    #[must_use]
    pub fn foreign(mut self, text: Untrusted<'_>) -> Self {
        self.0.push(Part::Foreign(text.to_owned()));
        self
    }

    /// Adds the pieces of another message.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
    }
}

impl From<&'static str> for Message {
    fn from(words: &'static str) -> Self {
        Self::default().own(words)
    }
}

impl From<String> for Message {
    /// For sentences of krgate's own words and numbers; foreign text goes through
    /// [`Message::foreign`].
    fn from(words: String) -> Self {
        Self::default().own(words)
    }
}
