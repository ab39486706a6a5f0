//! A password never stands in a policy, and a report that was given for one shows nothing.

use super::node::Node;
use crate::diagnostic::{Code, Diagnostic, SourceFile};

/// Where an address may stand.
const ADDRESSES: [&[&str]; 4] = [
    &["ledger"],
    &["sync", "page"],
    &["sync", "http", "to"],
    &["sync", "tability", "to"],
];

/// Refuses an address that holds a password, and blots it out of the source, so that no drawn
/// line shows it.
pub(super) fn refuse(root: &Node, source: &mut SourceFile, faults: &mut Vec<Diagnostic>) {
    for path in ADDRESSES {
        let node = path
            .iter()
            .try_fold(root, |node, key| node.get(key))
            .map(|node| node.mark);
        let Some(mark) = node else { continue };
        let span = mark.span;
        let Some(written) = source.text.get(span.start..span.end) else {
            continue;
        };
        let blotted = blot(written);
        if blotted == written {
            continue;
        }
        let key = path.last().copied().unwrap_or_default();
        faults.push(
            Diagnostic::new(
                Code::CredentialInPolicy,
                format!("the `{key}` holds a password"),
            )
            .at(mark.place())
            .label("a password comes from the environment alone")
            .hint("take it out, and change it: whoever can read the repository knows it"),
        );
        source.text.replace_range(span.start..span.end, &blotted);
    }
}

/// Blots out all but the punctuation of a source that holds JSON, place for place. It may be
/// a report that was named as the policy by mistake, and its drawn lines would show what a
/// scanner found.
pub(super) fn blot_json(source: &mut SourceFile) {
    if !holds_json(&source.text) {
        return;
    }
    let mut out = String::with_capacity(source.text.len());
    for c in source.text.chars() {
        if c.is_ascii_whitespace() || "{}[]:,\"".contains(c) {
            out.push(c);
        } else {
            out.extend(std::iter::repeat_n('*', c.len_utf8()));
        }
    }
    source.text = out;
}

/// True if a line begins an object of JSON, or a list of them; lines of a tool may stand
/// before it.
fn holds_json(text: &str) -> bool {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    starts.filter_map(|at| text.get(at..)).any(|line| {
        let line = line.trim_start_matches(['\u{feff}', ' ', '\t', '\r']);
        let object = line.strip_prefix('[').map_or(line, str::trim_start);
        let inside = object.strip_prefix('{').map(str::trim_start);
        inside.is_some_and(|inside| inside.starts_with('"'))
    })
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
    fn json_keeps_its_punctuation_and_its_places() {
        let blotted = |text: &str| {
            let mut source = SourceFile {
                name: "r.json".to_owned(),
                text: text.to_owned(),
            };
            blot_json(&mut source);
            source.text
        };
        assert_eq!(blotted(" [ {\"a\": \"é1\"},\n"), " [ {\"*\": \"***\"},\n");
        assert_eq!(blotted("\u{feff}{\"a\":1}"), "***{\"*\":*}");
        assert_eq!(blotted("warn a\n{\"b\":1}"), "**** *\n{\"*\":*}");
        assert_eq!(blotted("[\n {\n  \"b\": 1"), "[\n {\n  \"*\": *");
        for policy in [
            "version: 1\n",
            "{ version: 1 }",
            "# {\n",
            "a:\n  [\"b\"]",
            "",
        ] {
            assert_eq!(blotted(policy), policy);
        }
    }

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
