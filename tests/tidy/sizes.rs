//! How large a file and a function may be.

use crate::assert_none;
use crate::source::{
    File, code_of, is_test_file, is_word, line_of, matching, production_of, rust_files, words_at,
};

/// Production lines at which a file is worth a thought.
const MANY_LINES: usize = 400;
/// Production lines that no file may exceed.
const MOST_LINES: usize = 700;
/// Lines of code that no function may exceed.
const MOST_FUNCTION_LINES: usize = 80;
/// Lines that `main.rs` may have.
const MOST_MAIN_LINES: usize = 50;

/// Lines outside of tests, comments included.
fn production_lines(text: &str) -> usize {
    let production = production_of(text);
    let tested = code_of(text);
    let tests = production
        .lines()
        .zip(tested.lines())
        .filter(|(kept, all)| kept.trim().is_empty() && !all.trim().is_empty())
        .count();
    text.lines().count() - tests
}

/// Every function of production code with its line and its lines of code.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let code = production_of(text);
    let bytes = code.as_bytes();
    words_at(&code, "fn")
        .filter_map(|at| {
            let rest = code[at + 2..].trim_start();
            let name: String = rest
                .bytes()
                .take_while(|b| is_word(*b))
                .map(char::from)
                .collect();
            let mut open = code.len() - rest.len() + name.len();
            while !name.is_empty() && open < bytes.len() {
                match bytes[open] {
                    b'{' => {
                        let close = matching(&code, open)?;
                        let lines = code[open + 1..close]
                            .lines()
                            .filter(|line| !line.trim().is_empty())
                            .count();
                        return Some((name, line_of(&code, at), lines));
                    }
                    b';' => return None,
                    b'(' | b'[' => open = matching(&code, open)? + 1,
                    _ => open += 1,
                }
            }
            None
        })
        .collect()
}

fn long_functions(file: &File) -> Vec<String> {
    functions(&file.text)
        .into_iter()
        .filter(|(_, _, lines)| *lines > MOST_FUNCTION_LINES)
        .map(|(name, line, lines)| format!("{}:{line}: `{name}` has {lines} lines", file.path))
        .collect()
}

fn production_files() -> Vec<File> {
    let mut files = rust_files("src");
    files.retain(|file| !is_test_file(&file.path));
    files
}

#[test]
fn tidy_files_are_small() {
    let mut faults = Vec::new();
    for file in production_files() {
        let lines = production_lines(&file.text);
        if lines > MOST_LINES {
            faults.push(format!("{}: {lines} production lines", file.path));
        } else if lines > MANY_LINES {
            println!(
                "{}: {lines} production lines, think of two files",
                file.path
            );
        }
    }
    assert_none(&faults, "files over the limit");
}

#[test]
fn tidy_functions_are_short() {
    let faults: Vec<_> = production_files().iter().flat_map(long_functions).collect();
    assert_none(&faults, "functions over the limit");
}

#[test]
fn tidy_main_is_thin() {
    let files = production_files();
    let main = files
        .iter()
        .find(|file| file.path == "src/main.rs")
        .unwrap();
    assert!(
        main.text.lines().count() <= MOST_MAIN_LINES,
        "src/main.rs is thick"
    );
}

#[test]
fn tidy_sizes_check_can_fail() {
    let body = |lines: usize| "    let x = 1;\n".repeat(lines);
    let file = |text: String| File {
        path: "src/x.rs".to_owned(),
        text,
    };
    let long = file(format!(
        "impl X {{\n  fn f(a: [u8; 3]) -> u8 {{\n{}  }}\n}}\n",
        body(81)
    ));
    assert_eq!(long_functions(&long), ["src/x.rs:2: `f` has 81 lines"]);
    let fits = file(format!("fn f() {{\n{}\n// a comment\n\n}}\n", body(80)));
    assert_eq!(long_functions(&fits), [""; 0]);
    let tested = file(format!(
        "#[cfg(test)]\nmod tests {{\nfn f() {{\n{}}}\n}}\n",
        body(99)
    ));
    assert_eq!(long_functions(&tested), [""; 0]);
    let braces = file(format!(
        "fn f() {{ g(\"}}\", '}}'); // }}\n{}}}\n",
        body(81)
    ));
    assert_eq!(
        long_functions(&braces).len(),
        1,
        "strings and comments are skipped"
    );
    let declared = file(format!(
        "trait T {{ fn f(&self); }}\nfn g() {{\n{}}}\n",
        body(81)
    ));
    assert_eq!(long_functions(&declared), ["src/x.rs:2: `g` has 81 lines"]);

    let lines = format!(
        "// a\n\nfn f() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n",
        body(900)
    );
    assert_eq!(production_lines(&lines), 3);
    assert_eq!(production_lines(&"fn f() {}\n".repeat(701)), 701);
}
