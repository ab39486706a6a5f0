//! A path as a label: normalised, relative to the repository, never opened.

use std::borrow::Borrow;

use super::Untrusted;

/// Where a report says that something lies (rules 98 to 109, E28).
///
/// A `RepoPath` uses `/`, has no `.` and no `..` parts, no leading `/`, no drive and no
/// scheme. It names a file that the repository might have; nobody checks that it does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Box<str>);

/// A [`RepoPath`] whose text stands elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPathRef<'a>(&'a str);

impl RepoPath {
    /// Takes a path that is written in the normal form; `None` if it is not in it.
    pub fn from_normal(path: &str) -> Option<Self> {
        RepoPathRef::from_normal(path).map(|path| Self(path.0.into()))
    }

    /// The same without a text of its own.
    pub fn borrowed(&self) -> RepoPathRef<'_> {
        RepoPathRef(&self.0)
    }

    /// The path, still foreign text.
    pub fn as_untrusted(&self) -> Untrusted<'_> {
        Untrusted::new(&self.0)
    }

    /// The path as globs see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// They are equal, and in order, as their texts are.
impl Borrow<str> for RepoPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'a> RepoPathRef<'a> {
    /// As [`RepoPath::from_normal`].
    pub fn from_normal(path: &'a str) -> Option<Self> {
        let normal = !path.is_empty()
            && !path.starts_with('/')
            && !path.contains(['\\', '\0'])
            && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        normal.then_some(Self(path))
    }

    /// A path that was found to be in the normal form before.
    pub(super) const fn again(path: &'a str) -> Self {
        Self(path)
    }

    /// The path, still foreign text.
    pub const fn as_untrusted(self) -> Untrusted<'a> {
        Untrusted::new(self.0)
    }

    /// The path as globs see it.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Copies the path.
    pub fn to_owned(self) -> RepoPath {
        RepoPath(self.0.into())
    }
}

impl<'a> From<&'a RepoPath> for RepoPathRef<'a> {
    fn from(path: &'a RepoPath) -> Self {
        path.borrowed()
    }
}

/// The name of an image without tag and digest, which are another ones with each build.
///
/// What is none keeps its whole text: a file of `@scope/package`, a Windows path.
pub fn without_tag(image: &str) -> &str {
    let image = match image.rsplit_once('@') {
        Some((name, digest)) if digest.contains(':') => name,
        _ => image,
    };
    let is_tag = |tag: &str| {
        tag.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
    };
    match image.rsplit_once(':') {
        Some((name, tag)) if is_tag(tag) => name,
        _ => image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_normal_form_is_a_repository_path() {
        assert!(RepoPath::from_normal("src/a b/é.rs").is_some());
        for bad in ["", "/a", "a//b", "./a", "a/../b", "a\\b", "a/", "a\0b"] {
            assert_eq!(RepoPath::from_normal(bad), None, "{bad:?}");
        }
    }
}
