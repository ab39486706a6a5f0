//! What must not stand in the source, or in any file of the project.

use crate::assert_none;
use crate::source::{
    File, code_of, is_test_file, line_of, matching, production_of, rust_files, tracked_files,
    words_at,
};

/// Marks of what is not finished, in code or in comments. Put together here, so that this
/// file does not hold them.
const UNFINISHED: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimpl", "emented!("),
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X"),
];

/// Paths of the machine that a file was written on.
const MACHINE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/wo", "rk/"),
    concat!("/tmp/", "wt"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
];

/// Macros that make text of their arguments.
const FORMATTING: &[&str] = &[
    "format",
    "write",
    "writeln",
    "print",
    "println",
    "eprint",
    "eprintln",
    "format_args",
    "panic",
];

fn lines_with(file: &File, words: &[&str]) -> Vec<String> {
    file.text
        .lines()
        .enumerate()
        .flat_map(|(line, text)| {
            words
                .iter()
                .filter(|word| stands_in(text, word))
                .map(move |word| format!("{}:{}: `{word}`", file.path, line + 1))
        })
        .collect()
}

/// True if a mark stands in a line; one of letters alone as a whole word.
fn stands_in(text: &str, mark: &str) -> bool {
    if mark.bytes().all(|b| b.is_ascii_alphabetic()) {
        words_at(text, mark).next().is_some()
    } else {
        text.contains(mark)
    }
}

/// Places where foreign text could reach an output without an encoder.
fn foreign_text_formatted(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    let code = production_of(&file.text);
    for name in ["Untrusted", "UntrustedText"] {
        for at in words_at(&code, name) {
            let line = code[..at]
                .rfind(['\n', ';', '}'])
                .map_or(0, |start| start + 1);
            let head = code[line..at].trim_start();
            let forbidden = [
                "Display for ",
                "Deref for ",
                "Into<String> for ",
                "AsRef<str> for ",
            ];
            if head.starts_with("impl") && forbidden.iter().any(|with| head.ends_with(with)) {
                faults.push(format!(
                    "{}:{}: `{head}{name}`",
                    file.path,
                    line_of(&code, at)
                ));
            }
        }
    }
    if file.path.starts_with("src/render/encode") {
        return faults;
    }
    for name in FORMATTING {
        for at in words_at(&code, name) {
            let rest = &code[at + name.len()..];
            let open = at + name.len() + 1;
            if !(rest.starts_with("!(") || rest.starts_with("![") || rest.starts_with("!{")) {
                continue;
            }
            let Some(end) = matching(&code, open) else {
                continue;
            };
            if code[open..end].contains(".raw()") {
                faults.push(format!(
                    "{}:{}: `{name}!` of raw text",
                    file.path,
                    line_of(&code, at)
                ));
            }
        }
    }
    faults
}

/// The one place that has the standard streams (rule G13).
const STREAMS: &str = "src/cli/output/mod.rs";

fn streams_elsewhere(file: &File) -> Vec<String> {
    let code = production_of(&file.text);
    ["stdout", "stderr"]
        .iter()
        .flat_map(|name| words_at(&code, name).map(move |at| (name, at)))
        .filter(|(name, at)| {
            code[at + name.len()..].starts_with("()") && !code[..*at].ends_with('.')
        })
        .filter(|_| file.path != STREAMS)
        .map(|(name, at)| format!("{}:{}: `{name}()`", file.path, line_of(&code, at)))
        .collect()
}

#[test]
fn tidy_one_writer_has_both_streams() {
    let faults: Vec<_> = rust_files("src")
        .iter()
        .filter(|file| !is_test_file(&file.path))
        .flat_map(streams_elsewhere)
        .collect();
    assert_none(&faults, "ways round the guarded writer");
    let file = |path: &str, text: &str| File {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let writes = "fn f() { io::stdout().lock(); std::io::stderr(); child.stderr(); }";
    assert_eq!(streams_elsewhere(&file("src/cli/x.rs", writes)).len(), 2);
    assert_eq!(streams_elsewhere(&file(STREAMS, writes)).len(), 0);
}

#[test]
fn tidy_nothing_is_left_unfinished() {
    let faults: Vec<_> = rust_files("src")
        .iter()
        .flat_map(|file| lines_with(file, UNFINISHED))
        .collect();
    assert_none(&faults, "marks of what is not finished");
}

#[test]
fn tidy_foreign_text_meets_its_encoder() {
    let faults: Vec<_> = rust_files("src")
        .iter()
        .filter(|file| !is_test_file(&file.path))
        .flat_map(foreign_text_formatted)
        .collect();
    assert_none(&faults, "ways round the encoders");
}

#[test]
fn tidy_no_file_knows_the_machine_it_was_written_on() {
    let faults: Vec<_> = tracked_files()
        .iter()
        .flat_map(|file| lines_with(file, MACHINE_PATHS))
        .collect();
    assert_none(&faults, "paths of a machine");
}

#[test]
fn tidy_tests_are_not_switched_off() {
    let mut files = rust_files("src");
    files.extend(rust_files("tests"));
    let faults: Vec<_> = files
        .iter()
        .filter(|file| code_of(&file.text).contains("#[ignore"))
        .map(|file| file.path.clone())
        .collect();
    assert_none(&faults, "files with tests that are switched off");
}

#[test]
fn tidy_words_check_can_fail() {
    let file = |path: &str, text: &str| File {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    for word in UNFINISHED {
        let text = format!("fn f() {{\n    {word}\n}}");
        assert_eq!(
            lines_with(&file("src/x.rs", &text), UNFINISHED).len(),
            1,
            "{word}"
        );
    }
    let escape = format!("a \\u{}X", UNFINISHED[4]);
    assert_eq!(lines_with(&file("src/x.rs", &escape), UNFINISHED), [""; 0]);
    let text = "a\nb /wo".to_owned() + "rk/shared";
    assert_eq!(
        lines_with(&file("README.md", &text), MACHINE_PATHS),
        [format!("README.md:2: `{}`", MACHINE_PATHS[1])]
    );
    assert_eq!(
        lines_with(&file("README.md", "a/work"), MACHINE_PATHS),
        [""; 0]
    );
}

#[test]
fn tidy_foreign_text_check_can_fail() {
    for (path, text, count) in [
        (
            "src/model/text.rs",
            "impl fmt::Display for Untrusted<'_> {}",
            1,
        ),
        (
            "src/model/text.rs",
            "impl fmt::Display for UntrustedText {}",
            1,
        ),
        ("src/model/text.rs", "impl Deref for UntrustedText {}", 1),
        (
            "src/model/text.rs",
            "impl fmt::Debug for UntrustedText {}",
            0,
        ),
        ("src/model/text.rs", "impl Clone for UntrustedText {}", 0),
        (
            "src/cli/check.rs",
            "fn f() { format!(\"{}\", path.raw()); }",
            1,
        ),
        (
            "src/cli/check.rs",
            "fn f() {\n  writeln!(\n    out,\n    \"{}\",\n    t.raw()\n  );\n}",
            1,
        ),
        (
            "src/render/encode/json.rs",
            "fn f() { write!(f, \"{}\", t.raw()); }",
            0,
        ),
        (
            "src/render/text.rs",
            "fn f() { write!(f, \"{}\", t.raw()); }",
            1,
        ),
        (
            "src/render/text.rs",
            "fn f() { encode(t.raw()); format!(\".raw()\"); }",
            0,
        ),
        (
            "src/render/text.rs",
            "#[cfg(test)]\nmod tests { fn f() { format!(\"{}\", t.raw()); } }",
            0,
        ),
    ] {
        let file = File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(foreign_text_formatted(&file).len(), count, "{path}: {text}");
    }
}
