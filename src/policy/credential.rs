//! A password never stands in a policy.

use super::node::Node;
use crate::diagnostic::{Code, Diagnostic, SourceFile};

/// Refuses a `ledger` whose address holds a password, and blots it out of the source, so
/// that no drawn line shows it.
pub(super) fn refuse(root: &Node, source: &mut SourceFile, faults: &mut Vec<Diagnostic>) {
    let Some(node) = root.get("ledger") else {
        return;
    };
    let span = node.mark.span;
    let Some(written) = source.text.get(span.start..span.end) else {
        return;
    };
    let blotted = blot(written);
    if blotted == written {
        return;
    }
    faults.push(
        Diagnostic::new(Code::CredentialInPolicy, "the `ledger` holds a password")
            .at(node.mark.place())
            .label("a password comes from the environment alone")
            .hint("take it out, and change it: whoever can read the repository knows it"),
    );
    source.text.replace_range(span.start..span.end, &blotted);
}

/// The text with `*` for each byte of a password: what stands between `:` and `@` of an
/// address, all of its user part in an address of the web (where it is a token), and
/// whatever follows `password=`.
fn blot(text: &str) -> String {
    let mut hidden = Vec::new();
    if let Some(scheme) = text.find("://") {
        let from = scheme + 3;
        let rest = text.get(from..).unwrap_or_default();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if let Some(at) = authority.rfind('@') {
            let user = authority.get(..at).unwrap_or_default();
            let of_web = text
                .get(..scheme)
                .is_some_and(|s| s.ends_with("http") || s.ends_with("https"));
            match user.find(':') {
                Some(colon) => hidden.push(from + colon + 1..from + at),
                None if of_web => hidden.push(from..from + at),
                None => {}
            }
        }
    }
    for (at, word) in text.match_indices("password=") {
        let from = at + word.len();
        let value = text.get(from..).unwrap_or_default();
        let length = value.find(['&', '"', '\'', ' ']).unwrap_or(value.len());
        hidden.push(from..from + length);
    }
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if hidden.iter().any(|range| range.contains(&at)) {
            out.extend(std::iter::repeat_n('*', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_passwords_are_blotted_out() {
        for (text, expected) in [
            (
                "postgres://gate:hunter2@db/x", // pragma: allowlist secret
                "postgres://gate:*******@db/x",
            ),
            ("postgres://gate@db:5432/x", "postgres://gate@db:5432/x"),
            (
                "postgres://db/x?password=ab&y=1",
                "postgres://db/x?password=**&y=1",
            ),
            (
                "git:https://tok@example.org/x",
                "git:https://***@example.org/x",
            ),
            ("git:ssh://git@example.org/x", "git:ssh://git@example.org/x"),
            ("git:git@example.org:x.git", "git:git@example.org:x.git"),
            ("postgres://a:p@ss@db/x", "postgres://a:****@db/x"),
            ("dir:records", "dir:records"),
        ] {
            assert_eq!(blot(text), expected);
        }
    }
}
