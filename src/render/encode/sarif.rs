//! SARIF: plain text that forms no link, and percent-encoded paths (rule E23).

use std::fmt::Write as _;

use crate::diagnostic::Message;
use crate::model::{RepoPathRef, Untrusted};

/// Foreign text as `message.text`, at most [`super::MOST_CHARS`] characters of it.
///
/// SARIF reads `[text](target)` in a plain message as a link; brackets get a backslash, and
/// backslashes before a bracket are doubled, so that none is left open.
pub fn text(text: Untrusted<'_>) -> String {
    without_links(&super::cut(text))
}

/// A message as `message.text`; foreign text stands in backticks.
pub fn message(message: &Message) -> String {
    without_links(&super::json::message(message))
}

fn without_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        if matches!(c, '[' | ']') {
            out.extend(std::iter::repeat_n('\\', run + 1));
        }
        run = if c == '\\' { run + 1 } else { 0 };
        out.push(c);
    }
    out
}

/// A repository path as a relative URI, percent-encoded by segment: all but letters, digits
/// and `-`, `.`, `_`, `~` of ASCII.
pub fn uri(path: RepoPathRef<'_>) -> String {
    let mut uri = String::with_capacity(path.as_str().len());
    for byte in path.as_str().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// True if a bracket stands without a backslash of its own.
    fn has_open_bracket(text: &str) -> bool {
        let mut escaped = false;
        for c in text.chars() {
            match c {
                '\\' => escaped = !escaped,
                '[' | ']' if !escaped => return true,
                _ => escaped = false,
            }
        }
        false
    }

    #[test]
    fn encoder_e23_brackets_form_no_link() {
        assert_eq!(
            text(Untrusted::new("see [x](http://e.test)")),
            "see \\[x\\](http://e.test)"
        );
        assert_eq!(text(Untrusted::new("\\[x\\](1)")), "\\\\\\[x\\\\\\](1)");
        assert_eq!(text(Untrusted::new("C:\\a")), "C:\\a");
    }

    #[test]
    fn encoder_e23_a_path_is_encoded_by_segment() {
        let path = RepoPathRef::from_normal("a b/é#1?/100%.rs").unwrap();
        assert_eq!(uri(path), "a%20b/%C3%A9%231%3F/100%25.rs");
    }

    proptest! {
        #[test]
        fn encoder_e23_no_text_leaves_a_bracket_open(raw in r"[\\\[\]()a]{0,20}") {
            prop_assert!(!has_open_bracket(&text(Untrusted::new(&raw))));
        }

        #[test]
        fn encoder_e23_a_uri_decodes_to_the_path(raw in r"[^/\\\x00]{1,8}(/[^/\\\x00]{1,8}){0,3}") {
            if let Some(path) = RepoPathRef::from_normal(&raw) {
                let uri = uri(path);
                prop_assert!(uri.is_ascii() && !uri.contains([' ', '?', '#', ':']));
                prop_assert_eq!(decode(&uri), raw);
            }
        }
    }

    fn decode(uri: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = uri.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                let hex = std::str::from_utf8(&hex).unwrap();
                bytes.push(u8::from_str_radix(hex, 16).unwrap());
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).unwrap()
    }
}
