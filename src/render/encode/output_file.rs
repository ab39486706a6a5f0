//! Lines of the file that `GITHUB_OUTPUT` names (rules E16, G32).

use std::fmt;

/// A line `KEY=VALUE`; its `Display` ends in a line feed.
///
/// There is no form over several lines: it would need a delimiter that no value can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine(String);

impl OutputLine {
    /// A line, or `None` where the value is more than one: such a value is refused, not
    /// written. Keys are krgate's own words.
    pub fn new(key: &'static str, value: &str) -> Option<Self> {
        let is_one_line = !value.contains(['\n', '\r', '\0']);
        is_one_line.then(|| Self(format!("{key}={value}\n")))
    }
}

impl fmt::Display for OutputLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
