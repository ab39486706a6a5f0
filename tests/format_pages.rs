//! Every format has a page, and every page says what holds.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use krgate::diagnostic::{Code, draw};
use krgate::{ingest, policy};

/// The headings of a page, in their order.
const HEADINGS: [&str; 5] = [
    "## Make the report",
    "## In the policy",
    "## What is read",
    "## Evidence",
    "## Pitfalls",
];

/// A word that `format:` may have though no report of it is read: a page would have nothing
/// to say.
const NOT_READ: [&str; 1] = ["openvex"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|_| panic!("no file {}", path.display()))
}

fn formats() -> Vec<&'static str> {
    let words = ingest::format_words();
    words
        .into_iter()
        .filter(|word| !NOT_READ.contains(word))
        .collect()
}

fn page_path(format: &str) -> PathBuf {
    root().join("docs/formats").join(format!("{format}.md"))
}

fn pages() -> Vec<(&'static str, String)> {
    let formats = formats();
    let read_page = |format| (format, read(&page_path(format)));
    formats.into_iter().map(read_page).collect()
}

/// What stands below a heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, below) = page
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("no heading {heading}"));
    below
        .split_once("\n## ")
        .map_or(below, |(section, _)| section)
}

/// The blocks of code in a language.
fn blocks<'a>(section: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    let inside = section.split(&open).skip(1);
    inside
        .map(|rest| rest.split_once("\n```").unwrap().0)
        .collect()
}

#[test]
fn every_format_has_a_page_and_every_page_a_format() {
    let expected: BTreeSet<String> = formats()
        .into_iter()
        .chain(["README"])
        .map(|name| format!("{name}.md"))
        .collect();
    let there: BTreeSet<String> = std::fs::read_dir(root().join("docs/formats"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, expected);
}

#[test]
fn every_page_has_the_fixed_headings_and_names_its_format() {
    for (format, page) in pages() {
        let headings: Vec<&str> = page.lines().filter(|l| l.starts_with("## ")).collect();
        assert_eq!(headings, HEADINGS, "{format}");
        let mut lines = page.lines();
        assert!(lines.next().unwrap().starts_with("# "), "{format}");
        let facts = lines.find(|line| !line.is_empty()).unwrap();
        let start = format!("`format: {format}` · ");
        assert!(facts.starts_with(&start), "{format}: {facts}");
        for heading in HEADINGS {
            assert!(
                !section(&page, heading).trim().is_empty(),
                "{format}: {heading}"
            );
        }
    }
}

#[test]
fn every_format_has_its_row_in_the_index_and_in_the_readme() {
    for (file, folder) in [
        ("docs/formats/README.md", ""),
        ("README.md", "docs/formats/"),
    ] {
        let text = read(&root().join(file));
        let expected: Vec<String> = formats()
            .into_iter()
            .map(|format| format!("[`{format}`]({folder}{format}.md)"))
            .collect();
        for row in &expected {
            let start = format!("| {row} |");
            let rows = text.lines().filter(|line| line.starts_with(&start));
            assert_eq!(rows.count(), 1, "{file}: {row}");
        }
        let rows = text.lines().filter(|line| line.starts_with("| [`"));
        assert_eq!(rows.count(), expected.len(), "{file}: a row of no format");
    }
}

/// A policy with nothing in it but what stands on the page.
fn minimal(snippet: &str) -> String {
    format!(
        "version: 1\n{snippet}\nobjectives:\n  - id: o\n    title: T\n    owner: \"@acme/appsec\"\n    \
         key_results:\n      - id: k\n        title: T\n        measure: {{ count: {{}} }}\n        \
         target: \"<= 0\"\n"
    )
}

#[test]
fn every_policy_snippet_passes_the_checker() {
    let wrong = policy::parse("krgate.yaml", &minimal("reports: [{ paht: x }]"));
    assert!(wrong.policy.is_none(), "the checker finds what is wrong");
    for (format, page) in pages() {
        let snippets = blocks(section(&page, "## In the policy"), "yaml");
        assert_eq!(snippets.len(), 1, "{format}");
        let loaded = policy::parse("krgate.yaml", &minimal(snippets[0]));
        assert!(
            loaded.policy.is_some() && loaded.diagnostics.is_empty(),
            "{format}\n{}",
            draw(&loaded.diagnostics, &loaded.sources, false)
        );
        // Reports of one format at most are declared on its page.
        let declared = snippets[0].split("format: ").skip(1);
        for word in declared {
            assert!(word.starts_with(format), "{format}: declares another");
        }
    }
}

#[test]
fn every_diagnostic_that_a_page_names_exists() {
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let mut seen = 0;
    let index = read(&root().join("docs/formats/README.md"));
    for (format, page) in pages().into_iter().chain([("README", index)]) {
        for rest in page.split("(`").skip(1) {
            let word = rest.split('`').next().unwrap();
            let is_code = word.contains('-')
                && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                && !word.starts_with('-')
                && !formats().contains(&word);
            if is_code {
                assert!(known.contains(word), "{format}: {word}");
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "the pages name diagnostics: {seen}");
}

/// What hides a scanner that crashed is on no page as something to type.
#[test]
fn no_command_hides_a_failure() {
    for (format, page) in pages() {
        let commands = blocks(section(&page, "## Make the report"), "sh");
        assert!(!commands.is_empty() || format == "gitlab", "{format}");
        for command in commands {
            assert!(!command.contains("|| true"), "{format}");
        }
    }
}
