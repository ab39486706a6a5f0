//! CODEOWNERS as GitHub reads it: the last line that matches a path decides, and a line
//! without owners takes them away.

use globset::{Glob, GlobBuilder, GlobMatcher};

use crate::diagnostic::Span;

/// A line with a pattern.
pub(super) struct Rule {
    matchers: Vec<GlobMatcher>,
    /// True if it names an owner.
    pub(super) has_owner: bool,
    /// Its bytes in the file.
    pub(super) span: Span,
}

/// The lines of a file; one whose pattern GitHub does not take is passed over, as there.
pub(super) fn rules(text: &str) -> Vec<Rule> {
    let mut start = 0;
    let mut rules = Vec::new();
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        let content = line.split(" #").next().unwrap_or_default();
        let mut words = content.split_whitespace();
        if let Some(pattern) = words.next().filter(|word| !word.starts_with('#')) {
            let matchers = matchers(pattern);
            let mut owners = words.take_while(|word| !word.starts_with('#'));
            if !matchers.is_empty() {
                rules.push(Rule {
                    matchers,
                    // `@user`, `@org/team`, or an address.
                    has_owner: owners.any(|word| word.contains('@')),
                    span: Span { start, end },
                });
            }
        }
        start += line.len();
    }
    rules
}

/// The rule that decides a path.
pub(super) fn deciding<'a>(rules: &'a [Rule], path: &str) -> Option<&'a Rule> {
    rules
        .iter()
        .rev()
        .find(|rule| rule.matchers.iter().any(|matcher| matcher.is_match(path)))
}

/// A pattern as globs: it matches a file, and all below a folder; `docs/*` only what lies in
/// the folder itself. Negation and character ranges do not exist there.
fn matchers(pattern: &str) -> Vec<GlobMatcher> {
    if pattern.starts_with('!') || pattern.contains(['[', ']', '\\']) {
        return Vec::new();
    }
    let path = pattern.trim_start_matches('/');
    let folder = path.ends_with('/');
    let path = path
        .trim_end_matches('/')
        .replace('{', "[{]")
        .replace('}', "[}]");
    if path.is_empty() {
        return Vec::new();
    }
    let anchored = pattern.starts_with('/') || path.contains('/');
    let base = if anchored {
        path.clone()
    } else {
        format!("**/{path}")
    };
    let mut globs = Vec::new();
    if !folder {
        globs.push(base.clone());
    }
    if folder || path == "*" || !path.ends_with("/*") {
        globs.push(format!("{base}/**"));
    }
    globs.iter().filter_map(|glob| compile(glob)).collect()
}

fn compile(glob: &str) -> Option<GlobMatcher> {
    let built = GlobBuilder::new(glob).literal_separator(true).build();
    built.ok().as_ref().map(Glob::compile_matcher)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(text: &str, path: &str) -> bool {
        deciding(&rules(text), path).is_some_and(|rule| rule.has_owner)
    }

    #[test]
    fn codeowners_lines_match_as_on_github() {
        for (pattern, path, wanted) in [
            ("*", ".github/workflows/gate.yml", true),
            ("/krgate.yaml", "krgate.yaml", true),
            ("/krgate.yaml", "sub/krgate.yaml", false),
            ("krgate.yaml", "sub/krgate.yaml", true),
            ("*.yaml", "sub/krgate.yaml", true),
            (".github/", ".github/workflows/gate.yml", true),
            ("/.github/", ".github/workflows/gate.yml", true),
            ("/.github", ".github/workflows/gate.yml", true),
            (".github/*", ".github/CODEOWNERS", true),
            (".github/*", ".github/workflows/gate.yml", false),
            (".github/**", ".github/workflows/gate.yml", true),
            ("**/workflows", ".github/workflows/gate.yml", true),
            ("workflows/", ".github/workflows/gate.yml", true),
            ("/workflows/", ".github/workflows/gate.yml", false),
            ("!*", "krgate.yaml", false),
            ("/[k]rgate.yaml", "krgate.yaml", false),
        ] {
            assert_eq!(
                owned(&format!("{pattern} @a/b\n"), path),
                wanted,
                "{pattern}"
            );
        }
    }

    #[test]
    fn codeowners_the_last_line_decides_and_may_take_owners_away() {
        let text = "# all\n* @a\n/docs/ # nobody\n/krgate.yaml\r\n";
        assert!(owned(text, "x"));
        assert!(!owned(text, "docs/x"));
        let rules = rules(text);
        let rule = deciding(&rules, "krgate.yaml").unwrap();
        assert!(!rule.has_owner);
        assert_eq!(&text[rule.span.start..rule.span.end], "/krgate.yaml");
        assert!(!owned("* none\n", "x"), "a word that is no owner");
    }
}
