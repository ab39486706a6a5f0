//! `OpenMetrics`: values of labels (rule P6).

use std::fmt;

use crate::model::{Untrusted, visible};

/// The value of a label with its quotes: visible form, then `\`, `"` and line feed escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelValue(String);

impl LabelValue {
    /// Text of the policy, foreign as all of it.
    pub fn foreign(text: Untrusted<'_>) -> Self {
        let shown = visible(text.raw());
        let mut value = String::with_capacity(shown.len() + 2);
        value.push('"');
        for c in shown.chars() {
            match c {
                '\\' => value.push_str("\\\\"),
                '"' => value.push_str("\\\""),
                '\n' => value.push_str("\\n"),
                c => value.push(c),
            }
        }
        value.push('"');
        Self(value)
    }
}

impl fmt::Display for LabelValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_p06_a_label_is_one_value_on_one_line() {
        let label = |text| LabelValue::foreign(Untrusted::new(text)).0;
        assert_eq!(label("exposure/prod"), "\"exposure/prod\"");
        assert_eq!(label("a\"} 1\n# EOF"), "\"a\\\"} 1\\\\n# EOF\"");
        assert_eq!(label("c:\\x"), "\"c:\\\\x\"");
        assert_eq!(label("\u{202e}"), "\"\\\\u{202e}\"");
    }
}
