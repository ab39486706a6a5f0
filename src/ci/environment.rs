//! The environment of the process, taken once.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// Variables by name. Read from the process once, or made by hand in a test.
///
/// `Debug` prints names alone: values hold tokens.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// That of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the room that reads the environment"
    )]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// One of these variables alone.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// The text of a variable; `None` if it is not there, empty, or not UTF-8: pipelines set
    /// variables to the empty text where they have nothing to say.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(OsStr::new(name))?
            .to_str()
            .filter(|value| !value.is_empty())
    }

    /// True if a variable is there with any other text than the empty one.
    pub fn has(&self, name: &str) -> bool {
        self.0
            .get(OsStr::new(name))
            .is_some_and(|value| !value.is_empty())
    }

    /// A path that a variable names from the root; one from anywhere else names nothing that
    /// stays.
    pub fn folder(&self, name: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.0.get(OsStr::new(name))?);
        path.is_absolute().then_some(path)
    }

    /// Every variable, in the order of the names.
    pub(super) fn all(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_says_nothing_and_no_value_is_printed() {
        let environment = Environment::from_pairs([("A", ""), ("TOKEN", "not-to-be-seen")]);
        assert_eq!(environment.text("A"), None);
        assert!(!environment.has("A") && environment.has("TOKEN"));
        assert_eq!(format!("{environment:?}"), r#"{"A", "TOKEN"}"#);
    }
}
