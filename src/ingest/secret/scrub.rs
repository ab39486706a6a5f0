//! Searches kept text for raw secrets and blanks what it finds (rules S82, S83).
//!
//! A report can bring a hundred thousand distinct secrets, and every kept string is searched
//! for each of them; see [`Index`].

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::patterns::{Index, Patterns};

/// What stands in the place of a secret.
const BLANK: &str = "‹secret›";

/// Blanks every raw secret in a text.
pub(in crate::ingest) struct Scrubber(Index);

impl Scrubber {
    pub(super) fn new(patterns: Patterns) -> Self {
        Self(patterns.into_index())
    }

    /// True if there is nothing to search for.
    pub(in crate::ingest) fn is_idle(&self) -> bool {
        self.0.is_empty()
    }

    /// The text without its secrets; `None` if it has none.
    pub(in crate::ingest) fn scrub(&self, text: &str) -> Option<String> {
        let mut hits: Vec<(usize, usize)> = Vec::new();
        let is_word = |from, to| is_whole_word(text, from, to);
        self.0.search(text, is_word, &mut hits);
        if hits.is_empty() {
            return None;
        }
        hits.sort_unstable();
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (from, to) in hits {
            if from >= done {
                out.push_str(text.get(done..from).unwrap_or_default());
                out.push_str(BLANK);
            }
            done = done.max(to);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Some(out)
    }
}

/// Adds a value and the other forms in which it may stand in a text: each of its lines,
/// percent-decoded, base64-decoded.
pub(super) fn add_forms(patterns: &mut Patterns, value: &[u8]) {
    patterns.push(value);
    let Ok(text) = std::str::from_utf8(value) else {
        return;
    };
    if text.contains(['\n', '\r']) {
        for line in text.split(['\n', '\r']) {
            patterns.push(line.trim().as_bytes());
        }
    }
    if let Cow::Owned(decoded) = percent_decoded(text) {
        patterns.push(Zeroizing::new(decoded).as_bytes());
    }
    if let Some(decoded) = base64_decoded(text) {
        patterns.push(Zeroizing::new(decoded).as_bytes());
    }
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = match bytes.get(at..at + 3) {
            Some([b'%', high, low]) => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            out.push(high << 4 | low);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// What the text is in base64 of either alphabet, with or without padding, if that is text.
fn base64_decoded(text: &str) -> Option<String> {
    String::from_utf8(base64_bytes(text)?).ok()
}

/// What the text is in base64 of either alphabet, with or without padding.
pub(super) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if digits.len() % 4 == 1 || text.len() - digits.len() > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in digits.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(buffer >> bits & 0xff).unwrap_or_default());
            buffer &= (1 << bits) - 1;
        }
    }
    Some(out)
}

fn is_whole_word(text: &str, from: usize, to: usize) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let before = text.get(..from).and_then(|t| t.chars().next_back());
    let after = text.get(to..).and_then(|t| t.chars().next());
    !before.is_some_and(in_word) && !after.is_some_and(in_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubber(values: &[&str]) -> Scrubber {
        let mut patterns = Patterns::default();
        for value in values {
            add_forms(&mut patterns, value.as_bytes());
        }
        Scrubber::new(patterns)
    }

    fn scrub(values: &[&str], text: &str) -> String {
        scrubber(values)
            .scrub(text)
            .unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn secrets_rule_083_eight_bytes_anywhere_four_as_a_word_less_never() {
        assert_eq!(scrub(&["hunter2hunter2"], "xhunter2hunter2x"), "x‹secret›x");
        assert_eq!(scrub(&["12345678"], "a12345678b"), "a‹secret›b");
        assert_eq!(
            scrub(&["1234567"], "a1234567b 1234567"),
            "a1234567b ‹secret›"
        );
        assert_eq!(
            scrub(&["pass"], "password pass-word pass"),
            "password ‹secret›-word ‹secret›"
        );
        assert_eq!(scrub(&["abc", "a", ""], "abc a"), "abc a");
    }

    #[test]
    fn secrets_rule_083_lines_and_decoded_forms() {
        let key = "-----BEGIN KEY-----\nQUJDREVGR0g\nx\n-----END KEY-----";
        assert_eq!(scrub(&[key], "k/QUJDREVGR0g.txt"), "k/‹secret›.txt");
        assert_eq!(
            scrub(&["a%20b%2Fcdefgh"], "see a b/cdefgh!"),
            "see ‹secret›!"
        );
        // printf 'token-in-plain' | base64
        assert_eq!(
            scrub(&["dG9rZW4taW4tcGxhaW4="], "token-in-plain"),
            "‹secret›"
        );
        assert_eq!(
            scrub(&["dG9rZW4taW4tcGxhaW4"], "token-in-plain"),
            "‹secret›"
        );
    }

    #[test]
    fn overlapping_secrets_leave_nothing_between_them() {
        assert_eq!(
            scrub(&["abcdefghij", "ghijklmnop"], "-abcdefghijklmnop-"),
            "-‹secret›-"
        );
        assert_eq!(
            scrub(&["abcdefgh", "abcdefghij"], "abcdefghijk"),
            "‹secret›k"
        );
        assert_eq!(scrub(&["abcdefgh"], "abcdefghabcdefgh"), "‹secret›‹secret›");
    }

    #[test]
    fn text_beyond_ascii_is_cut_at_characters() {
        assert_eq!(scrub(&["pässwörd"], "éépässwördéé"), "éé‹secret›éé");
        assert_eq!(scrub(&["schön"], "schön schöner"), "‹secret› schöner");
    }

    #[test]
    fn many_patterns_are_all_found() {
        let values: Vec<String> = (0..5000).map(|i| format!("value-{i:05}-of-it")).collect();
        let refs: Vec<&str> = values.iter().map(String::as_str).collect();
        let scrubber = scrubber(&refs);
        for value in &values {
            assert_eq!(scrubber.scrub(value).as_deref(), Some("‹secret›"));
        }
        assert_eq!(scrubber.scrub("value-5000x-of-it"), None);
        assert!(!scrubber.is_idle());
    }
}
