//! Where a token of JSON ends, in a piece of text that may stop in the middle of it.
//!
//! These functions know the grammar of RFC 8259 and nothing of windows. They see bytes that
//! are known to be UTF-8, and say how far they came.

/// Where a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The index after its last byte.
    At(usize),
    /// The piece ends first; a scan of a string may go on from this index.
    Cut(usize),
    /// The byte at this index does not belong there.
    Bad(usize),
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;
const SPACES: u64 = ONES * 0x20;
const BLOCK: usize = 32;
const SHORT: usize = 8;

/// The end of the string whose opening quote stands before `from`.
#[inline]
pub(super) fn string_end(bytes: &[u8], from: usize) -> End {
    match plain_end(bytes, from) {
        Some(at) if bytes.get(at) == Some(&b'"') => End::At(at + 1),
        Some(at) => special_end(bytes, at),
        None => End::Cut(bytes.len()),
    }
}

/// The end of a string that has something else than plain text and a quote at `from`.
#[inline(never)]
fn special_end(bytes: &[u8], from: usize) -> End {
    let mut at = from;
    loop {
        match bytes.get(at) {
            Some(b'"') => return End::At(at + 1),
            Some(b'\\') => match escape_end(bytes, at) {
                End::At(next) => at = next,
                other => return other,
            },
            _ => return End::Bad(at),
        }
        at = match plain_end(bytes, at) {
            Some(special) => special,
            None => return End::Cut(bytes.len()),
        };
    }
}

/// The next byte at or after `from` that ends a run of plain text: a quote, a backslash, or
/// a control character.
#[inline]
pub(super) fn plain_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    // Most strings are short: words first, blocks after that.
    for _ in 0..SHORT {
        let Some(word) = word_at(bytes, at) else {
            return tail_end(bytes, at);
        };
        let hits = specials(word);
        if hits != 0 {
            return Some(at + first(hits));
        }
        at += 8;
    }
    long_end(bytes, at)
}

/// As [`plain_end`], for a text of fewer than 32 bytes; `None` for any other.
#[inline]
pub(super) fn short_end(bytes: &[u8], from: usize) -> Option<usize> {
    for word in 0..4 {
        let at = from + word * 8;
        let hits = specials(word_at(bytes, at)?);
        if hits != 0 {
            return Some(at + first(hits));
        }
    }
    None
}

#[inline(never)]
fn long_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>) {
        if block_has_special(block) {
            break;
        }
        at += BLOCK;
    }
    while let Some(word) = word_at(bytes, at) {
        let hits = specials(word);
        if hits != 0 {
            return Some(at + first(hits));
        }
        at += 8;
    }
    tail_end(bytes, at)
}

#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..)
        .and_then(<[u8]>::first_chunk::<8>)
        .map(|chunk| u64::from_le_bytes(*chunk))
}

/// High bits over the bytes of a word that are special; exact for the lowest one.
#[inline]
fn specials(word: u64) -> u64 {
    let control = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
    // Bytes of 0x80 and more are never special: `!word` clears them for all three, since
    // neither mask sets the highest bit.
    (control | quote | backslash) & !word & HIGHS
}

#[inline]
fn first(hits: u64) -> usize {
    usize::try_from(hits.trailing_zeros() / 8).unwrap_or(0)
}

/// Written without an early end, so that the compiler makes vector code of it.
#[inline]
fn block_has_special(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(0_u8, |found, byte| {
        found | u8::from(*byte < 0x20) | u8::from(*byte == b'"') | u8::from(*byte == b'\\')
    }) != 0
}

#[inline]
fn tail_end(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = rest
        .iter()
        .position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\')?;
    Some(from + found)
}

/// The end of the escape whose backslash stands at `at`.
fn escape_end(bytes: &[u8], at: usize) -> End {
    match bytes.get(at + 1) {
        None => End::Cut(at),
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => End::At(at + 2),
        Some(b'u') => {
            for index in at + 2..at + 6 {
                match bytes.get(index) {
                    None => return End::Cut(at),
                    Some(byte) if byte.is_ascii_hexdigit() => {}
                    Some(_) => return End::Bad(index),
                }
            }
            End::At(at + 6)
        }
        Some(_) => End::Bad(at + 1),
    }
}

/// The next byte at or after `from` that is no white space.
#[inline]
pub(super) fn blank_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
        while word_at(bytes, at) == Some(SPACES) {
            at += 8;
        }
    }
}

/// The end of the number that begins at `from`; `last` says that no more text follows.
#[inline]
pub(super) fn number_end(bytes: &[u8], from: usize, last: bool) -> End {
    // Nearly all numbers are short, whole and positive, and something of JSON's follows.
    if matches!(bytes.get(from), Some(b'1'..=b'9')) {
        let at = digits_end(bytes, from + 1);
        if matches!(
            bytes.get(at),
            Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r')
        ) {
            return End::At(at);
        }
    }
    any_number_end(bytes, from, last)
}

#[inline(never)]
fn any_number_end(bytes: &[u8], from: usize, last: bool) -> End {
    let mut at = from;
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    match bytes.get(at) {
        None => return End::Cut(from),
        Some(b'0') => at += 1,
        Some(b'1'..=b'9') => at = digits_end(bytes, at),
        Some(_) => return End::Bad(at),
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        match bytes.get(at) {
            None => return End::Cut(from),
            Some(b'0'..=b'9') => at = digits_end(bytes, at),
            Some(_) => return End::Bad(at),
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(bytes.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        match bytes.get(at) {
            None => return End::Cut(from),
            Some(b'0'..=b'9') => at = digits_end(bytes, at),
            Some(_) => return End::Bad(at),
        }
    }
    match bytes.get(at) {
        None if !last => End::Cut(from),
        // `01`, `1x`: what follows is judged by whoever reads on, but not as a new token.
        Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'+' | b'-' | b'_') => End::Bad(at),
        _ => End::At(at),
    }
}

#[inline]
fn digits_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while matches!(bytes.get(at), Some(b'0'..=b'9')) {
        at += 1;
    }
    at
}

/// The end of `true`, `false` or `null` that begins at `from`.
#[inline]
pub(super) fn literal_end(bytes: &[u8], from: usize) -> End {
    let word: &[u8] = match bytes.get(from) {
        Some(b't') => b"true",
        Some(b'f') => b"false",
        Some(b'n') => b"null",
        _ => return End::Bad(from),
    };
    let rest = bytes.get(from..).unwrap_or_default();
    if rest.starts_with(word) {
        return match rest.get(word.len()) {
            Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => {
                End::Bad(from + word.len())
            }
            _ => End::At(from + word.len()),
        };
    }
    match rest.iter().zip(word).position(|(a, b)| a != b) {
        Some(differs) => End::Bad(from + differs),
        None => End::Cut(from),
    }
}

/// Writes the text of a string whose grammar was checked, without its quotes, in place of
/// what `out` holds. `Err` has the index of a surrogate that has no partner.
pub(super) fn unescape(bytes: &str, out: &mut String) -> Result<(), usize> {
    out.clear();
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let place = bytes.len() - escape.len();
        let (unescaped, len) = match escape.as_bytes().get(1) {
            Some(b'u') => unicode(escape).ok_or(place)?,
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(byte) => (char::from(*byte), 2),
            None => return Err(place),
        };
        out.push(unescaped);
        rest = escape.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(())
}

/// The character of `\u0041` or of a pair of them, with the length of the escape.
fn unicode(escape: &str) -> Option<(char, usize)> {
    let unit = |from: usize| {
        escape
            .get(from..from + 4)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
    };
    let high = unit(2)?;
    if let Some(single) = char::from_u32(high) {
        return Some((single, 6));
    }
    if !(0xd800..0xdc00).contains(&high) || escape.get(6..8) != Some("\\u") {
        return None;
    }
    let low = unit(8).filter(|low| (0xdc00..0xe000).contains(low))?;
    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)).map(|c| (c, 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_at_their_quote_whatever_their_length() {
        for length in 0..200 {
            let plain = format!("{}\",", "é".repeat(length));
            let end = string_end(plain.as_bytes(), 0);
            assert_eq!(end, End::At(plain.len() - 1), "{length}");
            let cut = "x".repeat(length);
            assert_eq!(string_end(cut.as_bytes(), 0), End::Cut(length));
            let control = format!("{cut}\u{1f}\"");
            assert_eq!(string_end(control.as_bytes(), 0), End::Bad(length));
            let escaped = format!("{cut}\\\"\\u00e9\\\\\"");
            assert_eq!(string_end(escaped.as_bytes(), 0), End::At(escaped.len()));
        }
    }

    #[test]
    fn escapes_are_checked_and_resumed_at_their_backslash() {
        assert_eq!(string_end(b"ab\\u00", 0), End::Cut(2));
        assert_eq!(string_end(b"ab\\", 0), End::Cut(2));
        assert_eq!(string_end(b"ab\\x\"", 0), End::Bad(3));
        assert_eq!(string_end(b"ab\\u00g0\"", 0), End::Bad(6));
    }

    #[test]
    fn numbers_follow_the_grammar() {
        for good in ["0", "-0", "10", "1.5", "1e5", "1E+5", "-1.25e-3"] {
            assert_eq!(number_end(good.as_bytes(), 0, true), End::At(good.len()));
            assert_eq!(number_end(good.as_bytes(), 0, false), End::Cut(0));
            let followed = format!("{good},");
            let end = number_end(followed.as_bytes(), 0, false);
            assert_eq!(end, End::At(good.len()), "{good}");
        }
        for (bad, at) in [
            ("01", 1),
            ("1.x", 2),
            ("-x", 1),
            ("1e,", 2),
            ("+1", 0),
            ("1x", 1),
        ] {
            assert_eq!(number_end(bad.as_bytes(), 0, true), End::Bad(at), "{bad}");
        }
        for cut in ["-", "1.", "1e", "1e+"] {
            assert_eq!(number_end(cut.as_bytes(), 0, true), End::Cut(0), "{cut}");
        }
    }

    #[test]
    fn literals_are_whole_words() {
        assert_eq!(literal_end(b"true,", 0), End::At(4));
        assert_eq!(literal_end(b"nul", 0), End::Cut(0));
        assert_eq!(literal_end(b"nulx", 0), End::Bad(3));
        assert_eq!(literal_end(b"falsey", 0), End::Bad(5));
        assert_eq!(literal_end(b"NaN", 0), End::Bad(0));
    }

    #[test]
    fn unescaping_gives_the_text() {
        let mut out = String::new();
        assert_eq!(
            unescape(r#"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00z"#, &mut out),
            Ok(())
        );
        assert_eq!(out, "a\"\\/\u{8}\u{c}\n\r\té😀z");
        assert_eq!(unescape(r"ab\ud83dx", &mut out), Err(2));
        assert_eq!(unescape(r"ab\ude00", &mut out), Err(2));
        assert_eq!(unescape(r"\ud83d\ud83d", &mut out), Err(0));
    }
}
