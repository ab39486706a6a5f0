//! From a URI of a report to what is shown and, where it is one, a path in the repository.
//!
//! Rules 98 to 109: a place is a label, nothing is opened or asked for (E28). [`Bases`] holds
//! what a run says of its folders; [`Bases::place`] resolves one URI.

use std::collections::BTreeMap;

use crate::model::RepoPath;

/// What is odd about a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It lies outside the repository (rules 105, 107).
    Outside,
    /// It cannot be used as a path (rules 101, 104).
    Unusable,
}

/// A URI that was resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// What outputs show: the path in the repository, or what the report wrote.
    pub(super) shown: String,
    /// The path in the repository, if it is one.
    pub(super) repo: Option<RepoPath>,
    /// What is odd about it.
    pub(super) trouble: Option<Trouble>,
}

/// A folder that a run names: its URI and the folder that this is relative to.
#[derive(Debug, Clone, Default)]
pub(super) struct Base {
    /// Its URI, if it is defined by one.
    pub(super) uri: Option<String>,
    /// The name of another folder that it is relative to.
    pub(super) parent: Option<String>,
}

/// The folders that URIs of a run are relative to.
#[derive(Debug, Clone, Default)]
pub(super) struct Bases {
    /// `originalUriBaseIds`.
    pub(super) named: BTreeMap<String, Base>,
    /// Folders whose files are files of the repository, in the order in which they are
    /// tried (rule 105).
    roots: Vec<Vec<String>>,
    /// True if the run looked into a container, whose files are none of the repository
    /// (rule 103).
    pub(super) container: bool,
}

/// A URI in parts.
#[derive(Debug, PartialEq, Eq)]
enum Reference {
    /// Below some folder; parts as written.
    Relative(Vec<String>),
    /// From the root of a machine, a drive being the first part; parts as written.
    Absolute(Vec<String>),
    /// With a scheme that names no file (rule 108).
    Foreign,
}

/// Where a folder leads.
enum Folder {
    /// Below the root of the repository.
    Repository(Vec<String>),
    /// From the root of a machine.
    Machine(Vec<String>),
    /// To no file system.
    Foreign,
    /// In a circle.
    Loop,
}

impl Bases {
    /// Adds a folder whose files are files of the repository: an absolute path or `file:`
    /// URI; anything else is ignored.
    pub(super) fn add_root(&mut self, folder: &str) {
        if let Reference::Absolute(parts) = split(folder) {
            // A path has no escapes, a URI has.
            let is_uri = strip_scheme(folder, "file").is_some();
            self.push_root(if is_uri { decoded(&parts) } else { Some(parts) });
        }
    }

    /// Adds the folder that an artifact location names, in the same way.
    pub(super) fn add_root_at(&mut self, uri: &str, base: Option<&str>) {
        let parts = match (split(uri), base.map(|base| self.folder(base))) {
            (Reference::Absolute(parts), _) => parts,
            (Reference::Relative(parts), Some(Folder::Machine(folder))) => joined(folder, parts),
            _ => return,
        };
        self.push_root(decoded(&parts));
    }

    fn push_root(&mut self, parts: Option<Vec<String>>) {
        if let Some(parts) = parts.and_then(normal)
            && !parts.is_empty()
        {
            self.roots.push(parts);
        }
    }

    /// Resolves a URI, relative to a named folder where it is relative.
    pub(super) fn place(&self, uri: &str, base: Option<&str>) -> Place {
        let as_written = |trouble| Place {
            shown: uri.to_owned(),
            repo: None,
            trouble,
        };
        if self.container {
            return as_written(None);
        }
        // Most are written in the normal form, below a folder without a definition.
        let is_below_root = base.is_none_or(|base| !self.named.contains_key(base));
        if is_below_root
            && !uri.contains(['%', ':'])
            && let Some(path) = RepoPath::from_normal(uri)
        {
            return Place {
                shown: uri.to_owned(),
                repo: Some(path),
                trouble: None,
            };
        }
        let mut odd = None;
        let (absolute, parts) = match split(uri) {
            Reference::Foreign => return as_written(None),
            Reference::Absolute(parts) => (true, parts),
            Reference::Relative(parts) => match base.map(|base| self.folder(base)) {
                None => (false, parts),
                Some(Folder::Loop) => {
                    odd = Some(Trouble::Unusable);
                    (false, parts)
                }
                Some(Folder::Foreign) => return as_written(None),
                // The root of a machine: an image that was looked into (rule 103).
                Some(Folder::Machine(folder)) if folder.is_empty() => return as_written(None),
                Some(Folder::Machine(folder)) => (true, joined(folder, parts)),
                Some(Folder::Repository(folder)) => (false, joined(folder, parts)),
            },
        };
        let Some(parts) = decoded(&parts) else {
            return as_written(Some(Trouble::Unusable));
        };
        let inside = normal(parts).and_then(|parts| {
            if absolute {
                self.below_a_root(parts)
            } else {
                Some(parts)
            }
        });
        let Some(parts) = inside else {
            return as_written(Some(Trouble::Outside));
        };
        match RepoPath::from_normal(&parts.join("/")) {
            Some(path) => Place {
                shown: path.as_str().to_owned(),
                repo: Some(path),
                trouble: odd,
            },
            // The repository itself.
            None => as_written(odd),
        }
    }

    fn below_a_root(&self, parts: Vec<String>) -> Option<Vec<String>> {
        let root = self.roots.iter().find(|root| {
            root.len() <= parts.len()
                && root
                    .iter()
                    .zip(&parts)
                    .enumerate()
                    .all(|(index, (a, b))| is_same_part(index, a, b))
        })?;
        Some(parts.into_iter().skip(root.len()).collect())
    }

    /// Goes up the chain of a named folder (rule 101). A name without a definition is the
    /// root of the repository (rule 102).
    fn folder(&self, name: &str) -> Folder {
        let mut below: Vec<String> = Vec::new();
        let mut name = Some(name);
        let mut steps = 0;
        while let Some(base) = name.and_then(|name| self.named.get(name)) {
            steps += 1;
            if steps > self.named.len() {
                return Folder::Loop;
            }
            let reference = base.uri.as_deref().map(split);
            match reference {
                None => {}
                Some(Reference::Foreign) => return Folder::Foreign,
                Some(Reference::Relative(parts)) => below = joined(parts, below),
                Some(Reference::Absolute(parts)) => {
                    let whole = joined(parts, below);
                    return Folder::Machine(
                        whole.into_iter().filter(|part| !part.is_empty()).collect(),
                    );
                }
            }
            name = base.parent.as_deref();
        }
        Folder::Repository(below)
    }
}

fn joined(mut folder: Vec<String>, parts: Vec<String>) -> Vec<String> {
    folder.extend(parts);
    folder
}

/// Drives are compared without case; all else as it is.
fn is_same_part(index: usize, a: &str, b: &str) -> bool {
    if index == 0 && is_drive(a) {
        a.eq_ignore_ascii_case(b)
    } else {
        a == b
    }
}

fn is_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

/// Splits a URI or path; backslashes are separators, and a drive letter is no scheme (rule
/// 106).
fn split(uri: &str) -> Reference {
    let text = uri.replace('\\', "/");
    if let Some(rest) = strip_scheme(&text, "file") {
        return split_file(rest);
    }
    if has_drive(&text) || text.starts_with('/') {
        return Reference::Absolute(parts_of(&text));
    }
    if has_scheme(&text) {
        return Reference::Foreign;
    }
    Reference::Relative(parts_of(&text))
}

/// `///w/x`, `/w/x`, `//C:/x`, `///C:/x`, `//localhost/w/x`; another host is no file here.
fn split_file(rest: &str) -> Reference {
    let Some(authority) = rest.strip_prefix("//") else {
        return if rest.starts_with('/') || has_drive(rest) {
            Reference::Absolute(parts_of(rest))
        } else {
            Reference::Relative(parts_of(rest))
        };
    };
    let host = authority.split('/').next().unwrap_or_default();
    let path = if host.eq_ignore_ascii_case("localhost") {
        authority.get(host.len()..).unwrap_or_default()
    } else if host.is_empty() || is_drive(host) {
        authority
    } else {
        return Reference::Foreign;
    };
    Reference::Absolute(parts_of(path))
}

fn parts_of(path: &str) -> Vec<String> {
    let path = path.strip_prefix('/').unwrap_or(path);
    match path.get(..2).filter(|drive| is_drive(drive)) {
        Some(drive) => {
            let rest = path.get(2..).unwrap_or_default();
            std::iter::once(drive)
                .chain(rest.split('/'))
                .map(str::to_owned)
                .collect()
        }
        None => path.split('/').map(str::to_owned).collect(),
    }
}

fn has_drive(text: &str) -> bool {
    text.get(..2).is_some_and(is_drive)
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.split_once(':')?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// True for two letters or more, then a colon, before any separator.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    })
}

/// Decodes each part once; `None` if one then holds a separator, a NUL, or is no text.
fn decoded(parts: &[String]) -> Option<Vec<String>> {
    parts.iter().map(|part| decoded_part(part)).collect()
}

fn decoded_part(part: &str) -> Option<String> {
    if !part.contains('%') {
        return (!part.contains('\0')).then(|| part.to_owned());
    }
    let mut out = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = tail
            .first_chunk::<2>()
            .filter(|_| *first == b'%')
            .and_then(|hex| Some(hex_digit(hex[0])? * 16 + hex_digit(hex[1])?));
        if let Some(byte) = escape {
            out.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    let text = String::from_utf8(out).ok()?;
    (!text.contains(['/', '\\', '\0'])).then_some(text)
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Takes `.`, `..` and empty parts out; `None` if the path leaves its root.
fn normal(parts: Vec<String>) -> Option<Vec<String>> {
    let mut out: Vec<String> = Vec::with_capacity(parts.len());
    for part in parts {
        match part.as_str() {
            "" | "." => {}
            ".." => {
                out.pop().filter(|gone| !is_drive(gone))?;
            }
            _ => out.push(part),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases() -> Bases {
        let mut bases = Bases::default();
        let mut name = |name: &str, uri: Option<&str>, parent: Option<&str>| {
            bases.named.insert(
                name.to_owned(),
                Base {
                    uri: uri.map(str::to_owned),
                    parent: parent.map(str::to_owned),
                },
            );
        };
        name("ROOTPATH", Some("file:///"), None);
        name("SRCROOT", Some("file:///w/repo"), None);
        name("SUB", Some("sub"), Some("SRCROOT"));
        name("HERE", None, None);
        name("GEN", Some("gen/"), Some("HERE"));
        name("A", Some("a/"), Some("B"));
        name("B", Some("b/"), Some("A"));
        name("WEB", Some("https://host.example/"), None);
        bases.add_root("/w/repo");
        bases.add_root("C:\\build");
        bases
    }

    fn repo(uri: &str, base: Option<&str>) -> Result<String, Option<Trouble>> {
        let place = bases().place(uri, base);
        if let Some(path) = place.repo {
            assert_eq!(place.shown, path.as_str());
            Ok(place.shown)
        } else {
            assert_eq!(place.shown, uri);
            Err(place.trouble)
        }
    }

    #[test]
    fn sarif_rule_101_a_base_is_followed_up_its_chain() {
        assert_eq!(repo("x.c", Some("SUB")).as_deref(), Ok("sub/x.c"));
        assert_eq!(repo("x.c", Some("GEN")).as_deref(), Ok("gen/x.c"));
        let place = bases().place("x.c", Some("A"));
        assert_eq!(place.shown, "x.c");
        assert_eq!(place.trouble, Some(Trouble::Unusable));
        assert!(place.repo.is_some());
        assert_eq!(repo("x.c", Some("WEB")), Err(None));
    }

    #[test]
    fn sarif_rule_102_a_base_without_a_definition_is_the_repository() {
        for base in ["%SRCROOT%", "NOT THERE", "HERE"] {
            assert_eq!(repo("src/x.c", Some(base)).as_deref(), Ok("src/x.c"));
        }
    }

    #[test]
    fn sarif_rule_103_files_of_a_machine_or_container_are_none_of_the_repository() {
        assert_eq!(repo("usr/lib/x", Some("ROOTPATH")), Err(None));
        let container = Bases {
            container: true,
            ..bases()
        };
        let place = container.place("app/x", None);
        assert_eq!((place.shown.as_str(), place.repo), ("app/x", None));
    }

    #[test]
    fn sarif_rule_104_parts_are_decoded_once() {
        assert_eq!(repo("a%23b/c%20d.js", None).as_deref(), Ok("a#b/c d.js"));
        assert_eq!(repo("100%/é.js", None).as_deref(), Ok("100%/é.js"));
        assert_eq!(repo("a%2520b", None).as_deref(), Ok("a%20b"));
        for uri in ["a%2Fb", "a%5cb", "a%00b", "a%ff", "a\0b"] {
            assert_eq!(repo(uri, None), Err(Some(Trouble::Unusable)), "{uri:?}");
        }
    }

    #[test]
    fn sarif_rule_105_absolute_paths_belong_to_the_first_root_that_holds_them() {
        for uri in [
            "file:///w/repo/x",
            "file:/w/repo/x",
            "/w/repo/x",
            "file://localhost/w/repo/./x",
            "file://C:/build/x",
            "file:///c:/build/x",
            "C:\\build\\x",
        ] {
            assert_eq!(repo(uri, None).as_deref(), Ok("x"), "{uri}");
        }
        for uri in [
            "/w/repository/x",
            "file:///etc/passwd",
            "D:/build/x",
            "//server/x",
        ] {
            assert_eq!(repo(uri, None), Err(Some(Trouble::Outside)), "{uri}");
        }
    }

    #[test]
    fn sarif_rule_106_backslashes_separate() {
        assert_eq!(repo("src\\a\\b.cs", None).as_deref(), Ok("src/a/b.cs"));
    }

    #[test]
    fn sarif_rule_107_what_leaves_the_root_is_outside() {
        for uri in ["../x", "a/../../x", "/w/repo/../x", "%2e%2e/x", "C:/../x"] {
            assert_eq!(repo(uri, None), Err(Some(Trouble::Outside)), "{uri}");
        }
        assert_eq!(repo("a/../b", None).as_deref(), Ok("b"));
        assert_eq!(repo("../x", Some("SUB")).as_deref(), Ok("x"));
    }

    #[test]
    fn sarif_rule_108_other_schemes_name_no_file_of_the_repository() {
        for uri in [
            "https://host.example/x",
            "host:a",
            "benchmark:1",
            "file://server/x",
        ] {
            assert_eq!(repo(uri, None), Err(None), "{uri}");
        }
    }
}
