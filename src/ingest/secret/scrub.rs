//! Searches kept text for raw secrets and blanks what it finds (rules S82, S83).
//!
//! A report can bring a hundred thousand distinct secrets, and every kept string is searched
//! for each of them. The search looks at every place of a text once: the first bytes of all
//! patterns stand in a table behind a bitmap, which says no for nearly every place.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::raw::RawSecrets;

/// What stands in the place of a secret.
const BLANK: &str = "‹secret›";
/// From this length on a pattern is searched for anywhere; below it only as a whole word.
const ANYWHERE: usize = 8;
/// Shorter patterns are not searched for: a secret of one letter must not blank a report.
const SHORTEST: usize = 4;

/// Blanks every raw secret in a text.
pub(in crate::ingest) struct Scrubber {
    raw: RawSecrets,
    long: Table,
    short: Table,
}

/// Where patterns stand in [`RawSecrets`], by a hash of their first bytes.
struct Table {
    /// How many bytes of a pattern make its key.
    width: usize,
    /// Bit per hash of a key; its length is a power of two, 0 without a pattern.
    bitmap: Vec<u64>,
    /// By hash: the first pattern, as its index and 1; 0 for none.
    heads: Vec<u32>,
    /// By pattern: its index in the raw secrets, and the next with this hash, like a head.
    chain: Vec<(u32, u32)>,
}

impl Scrubber {
    pub(super) fn new(mut raw: RawSecrets) -> Self {
        for index in 0..raw.len() {
            other_forms(&mut raw, index);
        }
        let of_length = |lengths: std::ops::Range<usize>| -> Vec<usize> {
            let all = 0..raw.len();
            all.filter(|index| lengths.contains(&raw.get(*index).len()))
                .collect()
        };
        let long = Table::new(ANYWHERE, &raw, of_length(ANYWHERE..usize::MAX));
        let short = Table::new(SHORTEST, &raw, of_length(SHORTEST..ANYWHERE));
        Self { raw, long, short }
    }

    /// True if there is nothing to search for.
    pub(in crate::ingest) fn is_idle(&self) -> bool {
        self.long.chain.is_empty() && self.short.chain.is_empty()
    }

    /// The text without its secrets; `None` if it has none.
    pub(in crate::ingest) fn scrub(&self, text: &str) -> Option<String> {
        let mut hits: Vec<(usize, usize)> = Vec::new();
        self.long.search(&self.raw, text, |_, _| true, &mut hits);
        let is_word = |from, to| is_whole_word(text, from, to);
        self.short.search(&self.raw, text, is_word, &mut hits);
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

impl Table {
    fn new(width: usize, raw: &RawSecrets, patterns: Vec<usize>) -> Self {
        let slots = if patterns.is_empty() {
            0
        } else {
            patterns.len().next_power_of_two()
        };
        let mut table = Self {
            width,
            // Thirty-two bits a pattern: few places of an unrelated text are looked up.
            bitmap: vec![0; slots.div_ceil(2)],
            heads: vec![0; slots],
            chain: Vec::with_capacity(patterns.len()),
        };
        for pattern in patterns {
            let key = key(raw.get(pattern), width);
            if let (Some(key), Ok(pattern)) = (key, u32::try_from(pattern)) {
                table.add(key, pattern);
            }
        }
        table
    }

    fn add(&mut self, key: u64, pattern: u32) {
        let hash = hash(key);
        let (word, bit) = self.bit(hash);
        if let Some(word) = self.bitmap.get_mut(word) {
            *word |= bit;
        }
        let slot = self.slot(hash);
        if let Some(head) = self.heads.get_mut(slot) {
            self.chain.push((pattern, *head));
            *head = u32::try_from(self.chain.len()).unwrap_or_default();
        }
    }

    fn search(
        &self,
        raw: &RawSecrets,
        text: &str,
        allowed: impl Fn(usize, usize) -> bool,
        hits: &mut Vec<(usize, usize)>,
    ) {
        if self.chain.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        for (from, window) in bytes.windows(self.width).enumerate() {
            let Some(key) = key(window, self.width) else {
                continue;
            };
            let hash = hash(key);
            let (word, bit) = self.bit(hash);
            if self.bitmap.get(word).is_none_or(|set| set & bit == 0) {
                continue;
            }
            let here = bytes.get(from..).unwrap_or_default();
            let mut next = self.heads.get(self.slot(hash)).copied().unwrap_or(0);
            while let Some((pattern, after)) = link(&self.chain, next) {
                let pattern = raw.get(pattern);
                let to = from + pattern.len();
                if here.starts_with(pattern) && allowed(from, to) {
                    hits.push((from, to));
                }
                next = after;
            }
        }
    }

    fn bit(&self, hash: u64) -> (usize, u64) {
        (below(hash >> 6, self.bitmap.len()), 1 << (hash & 63))
    }

    fn slot(&self, hash: u64) -> usize {
        below(hash >> 12, self.heads.len())
    }
}

/// The pattern that a head or a link names, and the next link.
fn link(chain: &[(u32, u32)], link: u32) -> Option<(usize, u32)> {
    let index = usize::try_from(link.checked_sub(1)?).ok()?;
    let (pattern, next) = chain.get(index)?;
    Some((usize::try_from(*pattern).ok()?, *next))
}

/// The low bits of a hash, below a power of two.
fn below(hash: u64, power: usize) -> usize {
    let mask = power.saturating_sub(1);
    usize::try_from(hash & u64::try_from(mask).unwrap_or_default()).unwrap_or_default()
}

fn hash(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32)
}

/// The first `width` bytes as a number.
fn key(bytes: &[u8], width: usize) -> Option<u64> {
    let mut first = [0; 8];
    first.get_mut(..width)?.copy_from_slice(bytes.get(..width)?);
    Some(u64::from_le_bytes(first))
}

/// Adds the other forms in which a value may stand in a text: each of its lines,
/// percent-decoded, base64-decoded.
fn other_forms(raw: &mut RawSecrets, index: usize) {
    let Ok(text) = std::str::from_utf8(raw.get(index)) else {
        return;
    };
    let mut forms: Vec<Zeroizing<String>> = Vec::new();
    if text.contains(['\n', '\r']) {
        let lines = text.split(['\n', '\r']).map(str::trim);
        forms.extend(lines.map(|line| Zeroizing::new(line.to_owned())));
    }
    if let Cow::Owned(decoded) = percent_decoded(text) {
        forms.push(Zeroizing::new(decoded));
    }
    if let Some(decoded) = base64_decoded(text) {
        forms.push(Zeroizing::new(decoded));
    }
    for form in forms {
        if form.len() >= SHORTEST {
            raw.push(form.as_bytes());
        }
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
        let mut raw = RawSecrets::default();
        for value in values {
            raw.push(value.as_bytes());
        }
        Scrubber::new(raw)
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
