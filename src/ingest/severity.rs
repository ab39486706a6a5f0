//! Words for severities, as scanners other than SARIF's write them (rule O3).

use crate::model::Level;

/// The level of a severity word in any case; `None` for a word that nobody knows.
pub(super) fn level_of(word: &str) -> Option<Level> {
    match word.to_ascii_lowercase().as_str() {
        "critical" | "high" | "error" => Some(Level::Error),
        "medium" | "moderate" | "warning" => Some(Level::Warning),
        "low" | "info" | "informational" | "negligible" | "note" | "none" => Some(Level::Note),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_rule_003_words_become_levels() {
        for (word, level) in [
            ("CRITICAL", Some(Level::Error)),
            ("High", Some(Level::Error)),
            ("ERROR", Some(Level::Error)),
            ("MODERATE", Some(Level::Warning)),
            ("WARNING", Some(Level::Warning)),
            ("Negligible", Some(Level::Note)),
            ("INFO", Some(Level::Note)),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(level_of(word), level, "{word}");
        }
    }
}
