//! Properties of the policy language that hold for every text.

use krgate::diagnostic::{Level, draw};
use krgate::policy;
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../fixtures/policies/valid/example.yaml");
const MEASURES: &str = include_str!("../fixtures/policies/valid/every-measure.yaml");
const FILTERS: &str = include_str!("../fixtures/policies/valid/every-filter.yaml");

/// The places of all keys of a text, apart from remarks.
fn keys(text: &str) -> Vec<(usize, usize)> {
    let mut keys = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let code = if line.trim_start().starts_with('#') {
            ""
        } else {
            line
        };
        let mut quoted = false;
        for (at, c) in code.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '#' if !quoted => break,
                ':' if !quoted && code[at + 1..].starts_with([' ', '\n']) => {
                    let start = code[..at]
                        .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
                        .map_or(0, |i| i + 1);
                    if start < at {
                        keys.push((line_start + start, line_start + at));
                    }
                }
                _ => {}
            }
        }
        line_start += line.len();
    }
    keys
}

/// Whatever the text is, reading ends without a panic, and there is a policy exactly if
/// there is no error.
fn reads(text: &str) {
    let loaded = policy::parse("krgate.yaml", text);
    let errors = loaded
        .diagnostics
        .iter()
        .filter(|d| d.level == Level::Error)
        .count();
    assert_eq!(loaded.policy.is_some(), errors == 0);
    let drawn = draw(&loaded.diagnostics, &loaded.sources, false);
    assert!(
        drawn.chars().all(|c| c == '\n' || !c.is_control()),
        "{drawn:?}"
    );
    let _ = policy::show(&loaded);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        reads(&text);
    }

    #[test]
    fn no_yaml_like_text_panics(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "version: 1\n", "objectives:\n", "  - ", "id: a\n", "key_results:", "[", "]", "{", "}",
                ",", ": ", "\n", "  ", "\"", "'", "- ", "measure", "count", "target", "\"<= 0\"", "#x",
                "&a ", "*a", "!t ", "|\n", ">\n", "? ", "---\n", "...\n", "%YAML 1.2\n", "\t", "\r\n",
                "é", "\u{feff}", "\u{202e}", "\u{0}", "extends: pack:baseline\n", "scopes", "not", "any",
            ]),
            0..40,
        )
    ) {
        reads(&parts.concat());
    }

    #[test]
    fn no_damage_to_a_policy_panics(
        which in 0..3_usize,
        at in 0..10_000_usize,
        len in 0..30_usize,
        put in "\\PC{0,5}",
    ) {
        let mut text = [EXAMPLE, MEASURES, FILTERS][which].to_owned();
        let start = text.floor_char_boundary(at % text.len());
        let end = text.floor_char_boundary((start + len).min(text.len()));
        text.replace_range(start..end, &put);
        reads(&text);
    }

    /// Invariant 5: a key that is misspelt never passes.
    #[test]
    fn a_typo_in_any_key_is_a_fault(
        which in 0..3_usize,
        key in 0..10_000_usize,
        at in 0..100_usize,
        how in 0..3_usize,
    ) {
        let text = [EXAMPLE, MEASURES, FILTERS][which];
        let keys = keys(text);
        let (start, end) = keys[key % keys.len()];
        let mut word = text[start..end].to_owned();
        let at = at % word.len();
        match how {
            0 => word.insert(at, 'q'),
            1 => word.replace_range(at..=at, "q"),
            _ => { word.remove(at); }
        }
        // Names that the user chooses: a column of a data file and a link may be called
        // anything, a tool that no filter names too.
        let original = &text[start..end];
        prop_assume!(word != original);
        prop_assume!(!["course", "expires", "postmortem", "acme-scan"].contains(&original));
        let mut typo = text.to_owned();
        typo.replace_range(start..end, &word);
        let loaded = policy::parse("krgate.yaml", &typo);
        prop_assert!(loaded.policy.is_none(), "`{original}` as `{word}` was accepted");
    }
}

#[test]
fn the_test_finds_the_keys() {
    let found = keys("a: 1\n# b: 2\nc: { d-e: \"x: y\", f: 3 } # g: 1\n");
    let words: Vec<&str> = found
        .iter()
        .map(|(s, e)| &"a: 1\n# b: 2\nc: { d-e: \"x: y\", f: 3 } # g: 1\n"[*s..*e])
        .collect();
    assert_eq!(words, ["a", "c", "d-e", "f"]);
    assert!(keys(EXAMPLE).len() > 60);
    assert_eq!(keys("x:\n").first().copied().unwrap(), (0, 1));
}
