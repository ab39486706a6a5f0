//! Source as text: which files there are, and what of them is code.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the project, its path relative to the root, with `/`.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The project's page of that name.
pub(crate) fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|_| panic!("{name} is missing"))
}

/// The Rust files below a folder, in order of their paths.
pub(crate) fn rust_files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.retain(|path| path.extension().is_some_and(|ext| ext == "rs"));
    let files: Vec<_> = read_all(found);
    assert!(!files.is_empty(), "no source below {folder}");
    files
}

/// The files that are under version control, or every file where git cannot tell.
pub(crate) fn tracked_files() -> Vec<File> {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success() && !output.stdout.is_empty());
    let mut found = Vec::new();
    if let Some(output) = listed {
        let names = String::from_utf8_lossy(&output.stdout);
        found.extend(names.split_terminator('\0').map(|path| root().join(path)));
        found.retain(|path| path.is_file());
    } else {
        walk(&root(), &mut found);
    }
    read_all(found)
}

fn read_all(mut paths: Vec<PathBuf>) -> Vec<File> {
    paths.sort();
    let root = root();
    paths
        .into_iter()
        .map(|path| File {
            text: String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned(),
            path: path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/"),
        })
        .collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != ".git" {
                walk(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// The text with comments, strings and characters blanked, line for line and byte for byte.
pub(crate) fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = skip(bytes, at);
        if end == at {
            code.push(if bytes[at].is_ascii() {
                bytes[at]
            } else {
                b'_'
            });
            at += 1;
        } else {
            code.extend(
                bytes[at..end]
                    .iter()
                    .map(|b| if *b == b'\n' { b'\n' } else { b' ' }),
            );
            at = end;
        }
    }
    String::from_utf8(code).unwrap()
}

/// Where the comment, string or character that begins at `at` ends; `at` if none does.
fn skip(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return at + block_comment(rest);
    }
    if rest[0] == b'"' {
        return at + quoted(rest, 1);
    }
    let in_word = at > 0 && is_word(bytes[at - 1]);
    if !in_word && let Some(length) = raw_string(rest) {
        return at + length;
    }
    if rest[0] == b'\''
        && let Some(length) = character(rest)
    {
        return at + length;
    }
    at
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a quoted string whose content begins at `from`.
fn quoted(rest: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    if rest[at] == b'b' || rest[at] == b'c' {
        at += 1;
    }
    if *rest.get(at)? != b'r' {
        return None;
    }
    at += 1;
    let hashes = rest[at..].iter().take_while(|b| **b == b'#').count();
    at += hashes;
    if *rest.get(at)? != b'"' {
        return None;
    }
    let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    let end = rest[at + 1..]
        .windows(close.len())
        .position(|window| window == close)?;
    Some(at + 1 + end + close.len())
}

/// The length of a character literal; `None` for a lifetime.
fn character(rest: &[u8]) -> Option<usize> {
    if *rest.get(1)? == b'\\' {
        let close = rest.iter().skip(3).position(|b| *b == b'\'')?;
        return Some(3 + close + 1);
    }
    let first = std::str::from_utf8(&rest[1..rest.len().min(5)])
        .or_else(|error| std::str::from_utf8(&rest[1..=error.valid_up_to()]))
        .ok()?
        .chars()
        .next()?;
    let close = 1 + first.len_utf8();
    (rest.get(close) == Some(&b'\'')).then_some(close + 1)
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Code without the items that stand under `#[cfg(test)]`, line for line.
pub(crate) fn production_of(text: &str) -> String {
    let mut code = code_of(text);
    let mark = "#[cfg(test)]";
    while let Some(start) = code.find(mark) {
        let end = item_end(&code, start + mark.len());
        let blank: String = code[start..end]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        code.replace_range(start..end, &blank);
    }
    code
}

/// The end of the item that begins at `from`: its last brace or semicolon.
fn item_end(code: &str, from: usize) -> usize {
    let bytes = code.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b';' => return at + 1,
            b'{' => return matching(code, at).map_or(bytes.len(), |end| end + 1),
            b'(' | b'[' => at = matching(code, at).unwrap_or(bytes.len() - 1) + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The place of the bracket that closes the one at `open`.
pub(crate) fn matching(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The line of a byte, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].bytes().filter(|b| *b == b'\n').count()
}

/// True for a file that holds tests alone.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// Every place of a whole word.
pub(crate) fn words_at<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let bytes = code.as_bytes();
            let before = at.checked_sub(1).map(|i| bytes[i]);
            let after = bytes.get(at + word.len());
            !before.is_some_and(is_word) && !after.copied().is_some_and(is_word)
        })
}

#[test]
fn tidy_source_blanks_comments_strings_and_characters() {
    for (text, code) in [
        ("a // { b\nc", "a c"),
        ("a /* { /* } */ */ b", "a b"),
        ("a \"{ \\\" }\" b", "a b"),
        ("a r#\"{\"}\"# b", "a b"),
        ("a br\"{\" b", "a b"),
        ("f('{', '\\'', '\\u{7b}')", "f( , , )"),
        ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
        ("a 'é' b", "a b"),
    ] {
        let got = code_of(text);
        assert_eq!(
            got.split_whitespace().collect::<Vec<_>>().join(" "),
            code,
            "{text}"
        );
        assert_eq!(got.len(), text.len(), "byte for byte: {text}");
    }
    assert_eq!(code_of("for r in x").trim(), "for r in x");
}

#[test]
fn tidy_source_leaves_tests_out() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}\n";
    let code = production_of(text);
    assert!(code.contains("fn a") && code.contains("fn c"));
    assert!(!code.contains("fn b"));
    let declared = production_of("#[cfg(test)]\nmod tests;\nmod other;\n");
    assert!(!declared.contains("tests") && declared.contains("mod other;"));
}
