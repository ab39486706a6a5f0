//! Paths as secrets scanners write them: names of files, no URIs.

use crate::model::RepoPath;

/// The path in the repository; `None` if the text names no file in it (rules 105 to 109).
///
/// Backslashes are separators; a leading folder of `roots` is taken off an absolute path;
/// what leaves the repository, has a scheme, or lies elsewhere is no repository path. Nothing
/// is opened or asked for (E28).
pub(super) fn repo_path(text: &str, roots: &[String]) -> Option<RepoPath> {
    if !is_absolute(text)
        && !has_scheme(text)
        && let Some(normal) = RepoPath::from_normal(text)
    {
        return Some(normal);
    }
    let slashed = text.replace('\\', "/");
    let relative = if is_absolute(&slashed) {
        roots
            .iter()
            .find_map(|root| below(&slashed, &root.replace('\\', "/")))?
    } else if has_scheme(&slashed) {
        return None;
    } else {
        slashed.as_str()
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    RepoPath::from_normal(&parts.join("/"))
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || has_drive(path)
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// True for `file:x`, `https://x`, `host:x`: letters and a colon before any separator.
fn has_scheme(path: &str) -> bool {
    path.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn below<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    let root = root.trim_end_matches('/');
    if root.is_empty() {
        return None;
    }
    path.strip_prefix(root)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Option<String> {
        let roots = ["/w/repo".to_owned(), "C:\\build".to_owned()];
        repo_path(text, &roots).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn a_plain_path_is_normalised_and_not_decoded() {
        assert_eq!(path("src/a.py").as_deref(), Some("src/a.py"));
        assert_eq!(path("./src//a%20b.py").as_deref(), Some("src/a%20b.py"));
        assert_eq!(path("a/../b/c").as_deref(), Some("b/c"));
        assert_eq!(path("src\\win.py").as_deref(), Some("src/win.py"));
        assert_eq!(path("a b:c d/e").as_deref(), Some("a b:c d/e"));
    }

    #[test]
    fn absolute_paths_belong_to_the_first_root_that_holds_them() {
        assert_eq!(path("/w/repo/src/a").as_deref(), Some("src/a"));
        assert_eq!(path("C:\\build\\src\\a").as_deref(), Some("src/a"));
        assert_eq!(path("/w/repository/a"), None);
        assert_eq!(path("/etc/passwd"), None);
        assert_eq!(path("D:\\x"), None);
    }

    #[test]
    fn what_leaves_the_repository_is_no_path_in_it() {
        for outside in [
            "../a",
            "a/../../b",
            "",
            ".",
            "file:///a",
            "s3://b/k",
            "a\0b",
        ] {
            assert_eq!(path(outside), None, "{outside:?}");
        }
    }
}
