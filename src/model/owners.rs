//! CODEOWNERS as GitHub reads it: the last line that matches a path decides, and a line
//! without owners takes them away (rule M32).

use std::ops::Range;

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::UntrustedText;

/// A line with a pattern.
#[derive(Debug, Clone)]
pub struct OwnersRule {
    matchers: Vec<GlobMatcher>,
    /// Those who own what it matches: `@user`, `@org/team`, or an address.
    pub owners: Vec<UntrustedText>,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

/// The lines of a CODEOWNERS file.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    rules: Vec<OwnersRule>,
}

impl Owners {
    /// Where GitHub looks for the file; the first one that is there counts.
    pub const PLACES: [&'static str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

    /// Reads a file; a line whose pattern GitHub does not take is passed over, as there.
    pub fn parse(text: &str) -> Self {
        let mut start = 0;
        let mut rules = Vec::new();
        for line in text.split_inclusive('\n') {
            let end = start + line.trim_end().len();
            let content = line.split(" #").next().unwrap_or_default();
            let mut words = content.split_whitespace();
            if let Some(pattern) = words.next().filter(|word| !word.starts_with('#')) {
                let matchers = matchers(pattern);
                let owners = words.take_while(|word| !word.starts_with('#'));
                if !matchers.is_empty() {
                    rules.push(OwnersRule {
                        matchers,
                        owners: owners
                            .filter(|word| word.contains('@'))
                            .map(UntrustedText::new)
                            .collect(),
                        span: start..end,
                    });
                }
            }
            start += line.len();
        }
        Self { rules }
    }

    /// The rule that decides a path.
    pub fn deciding(&self, path: &str) -> Option<&OwnersRule> {
        self.rules
            .iter()
            .rev()
            .find(|rule| rule.matchers.iter().any(|matcher| matcher.is_match(path)))
    }

    /// True if somebody owns a path.
    pub fn has_owner(&self, path: &str) -> bool {
        self.deciding(path)
            .is_some_and(|rule| !rule.owners.is_empty())
    }

    /// True if one of these owns a path; names of accounts are the same in any case.
    pub fn is_owned_by(&self, path: &str, wanted: &[String]) -> bool {
        self.deciding(path).is_some_and(|rule| {
            rule.owners.iter().any(|owner| {
                wanted
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(owner.raw()))
            })
        })
    }
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
        Owners::parse(text).has_owner(path)
    }

    #[test]
    fn metric_m32_codeowners_lines_match_as_on_github() {
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
    fn metric_m32_the_last_line_decides_and_may_take_owners_away() {
        let text = "# all\n* @a\n/docs/ # nobody\n/krgate.yaml\r\n";
        assert!(owned(text, "x"));
        assert!(!owned(text, "docs/x"));
        let owners = Owners::parse(text);
        let rule = owners.deciding("krgate.yaml").unwrap();
        assert!(rule.owners.is_empty());
        assert_eq!(&text[rule.span.clone()], "/krgate.yaml");
        assert!(!owned("* none\n", "x"), "a word that is no owner");
    }

    #[test]
    fn metric_m32_names_of_accounts_are_the_same_in_any_case() {
        let owners = Owners::parse("/a/ @Acme/AppSec sec@acme.example\n");
        let is = |name: &str| owners.is_owned_by("a/b.py", &[name.to_owned()]);
        assert!(is("@acme/appsec") && is("sec@acme.example"));
        assert!(!is("@acme/platform") && !is("appsec"));
        assert!(!owners.is_owned_by("b.py", &["@acme/appsec".to_owned()]));
    }
}
