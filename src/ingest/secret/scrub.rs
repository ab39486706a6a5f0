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
    if memchr::memchr3(b'\n', b'\r', b'%', value).is_some()
        && let Ok(text) = std::str::from_utf8(value)
    {
        let lines = text.split(['\n', '\r']);
        if lines.clone().nth(1).is_some() {
            lines.for_each(|line| patterns.push(line.trim().as_bytes()));
        }
        if let Cow::Owned(decoded) = percent_decoded(text) {
            patterns.push(Zeroizing::new(decoded).as_bytes());
        }
    }
    if let Some(decoded) = base64_decoded(value) {
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
fn base64_decoded(text: &[u8]) -> Option<String> {
    if begins_like_no_text(text) {
        return None;
    }
    String::from_utf8(base64_bytes(text)?).ok()
}

/// True if the first digits of a text in base64 show that it stands for no UTF-8: many values
/// have digits of base64 alone, and few of these stand for a text.
fn begins_like_no_text(text: &[u8]) -> bool {
    let (quads, _) = text.as_chunks::<4>();
    // Bytes that the character still needs.
    let mut missing = 0;
    for quad in quads.iter().take(4) {
        let mut buffer = 0;
        for byte in quad {
            match base64_digit(*byte) {
                Some(digit) => buffer = buffer << 6 | u32::from(digit),
                // Padding, or no base64: whoever reads all of it sees which.
                None => return false,
            }
        }
        let [_, bytes @ ..] = buffer.to_be_bytes();
        for byte in bytes {
            missing = match (byte, missing) {
                (0x80..=0xbf, 1..) => missing - 1,
                (0x00..=0x7f, 0) => 0,
                (0xc2..=0xdf, 0) => 1,
                (0xe0..=0xef, 0) => 2,
                (0xf0..=0xf4, 0) => 3,
                _ => return true,
            };
        }
    }
    false
}

const fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// What the text is in base64 of either alphabet, with or without padding.
pub(super) fn base64_bytes(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|byte| *byte != b'=');
    let digits = text.get(..end.map_or(0, |last| last + 1))?;
    if digits.len() % 4 == 1 || text.len() - digits.len() > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in digits {
        buffer = buffer << 6 | u32::from(base64_digit(*byte)?);
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
    fn secrets_rule_083_whatever_is_text_in_base64_is_decoded() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
        let characters = [
            'a', '\u{7f}', '\u{80}', 'é', '\u{7ff}', '\u{800}', '語', '\u{ffff}',
        ];
        let beyond = ['\u{10000}', '😀', '\u{10ffff}'];
        let all: Vec<char> = characters.into_iter().chain(beyond).collect();
        for first in &all {
            for second in &all {
                for len in 1..12 {
                    // Every pair of lengths at every place of a group of digits.
                    let text: String = [*first, *second].iter().cycle().take(len).collect();
                    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE] {
                        let digits = engine.encode(&text);
                        let decoded = base64_decoded(digits.as_bytes());
                        assert_eq!(decoded.as_deref(), Some(text.as_str()), "{digits}");
                    }
                }
            }
        }
        for no_text in ["ghx_0123456789", "4JHz3k9xQ2", "Zm=v", "Zm9vY", ""] {
            let decoded = base64_decoded(no_text.as_bytes());
            assert!(decoded.is_none_or(|text| text.is_empty()), "{no_text}");
        }
    }

    #[test]
    fn what_stands_for_no_text_is_told_by_its_beginning() {
        // A character that is cut, a byte that none has, one that goes on with nothing.
        for digits in ["4JHz3k9xQ2", "gAAA", "YcKA8A==w4Bh", "YWJj/mFi"] {
            assert_eq!(base64_decoded(digits.as_bytes()), None, "{digits}");
        }
        assert!(begins_like_no_text(b"gAAAAAAA") && begins_like_no_text(b"w0FBQUFB"));
        assert!(!begins_like_no_text(b"YWJjZGVm") && !begins_like_no_text(b"YWJj"));
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
