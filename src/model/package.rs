//! Names of packages in one form, whichever way a tool writes them (rule O8).
//!
//! The form is that of a package URL without version, qualifiers and subpath: two tools that
//! name one package in two ways name one package.

use super::{Package, Texts};

/// A package without its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageName {
    /// The type of its package URL, with the distribution where there is one.
    ecosystem: Option<String>,
    name: String,
}

/// Types of which the namespace is a distribution, not a part of the name.
const DISTRIBUTIONS: [&str; 5] = ["deb", "rpm", "apk", "alpm", "qpkg"];

/// Types whose names are the same in any case.
const CASELESS: [&str; 7] = [
    "pypi",
    "golang",
    "composer",
    "github",
    "githubactions",
    "bitbucket",
    "hex",
];

/// What tools call an ecosystem, in lower case, and the type of its package URLs.
const ECOSYSTEMS: &[(&str, &str)] = &[
    ("npm", "npm"),
    ("yarn", "npm"),
    ("pnpm", "npm"),
    ("javascript", "npm"),
    ("bun", "npm"),
    ("node-pkg", "npm"),
    ("pypi", "pypi"),
    ("pip", "pypi"),
    ("python", "pypi"),
    ("poetry", "pypi"),
    ("pipenv", "pypi"),
    ("uv", "pypi"),
    ("pylock", "pypi"),
    ("python-pkg", "pypi"),
    ("crates.io", "cargo"),
    ("rust", "cargo"),
    ("rust-crate", "cargo"),
    ("rustbinary", "cargo"),
    ("go", "golang"),
    ("go-module", "golang"),
    ("gomod", "golang"),
    ("gobinary", "golang"),
    ("gomodules", "golang"),
    ("golangdep", "golang"),
    ("govendor", "golang"),
    ("maven", "maven"),
    ("gradle", "maven"),
    ("sbt", "maven"),
    ("java", "maven"),
    ("java-archive", "maven"),
    ("jar", "maven"),
    ("pom", "maven"),
    ("packagist", "composer"),
    ("php-composer", "composer"),
    ("composer-vendor", "composer"),
    ("rubygems", "gem"),
    ("bundler", "gem"),
    ("gemspec", "gem"),
    ("dotnet", "nuget"),
    ("dotnet-core", "nuget"),
    ("packages-props", "nuget"),
    ("paket", "nuget"),
    ("github actions", "githubactions"),
    ("github-action", "githubactions"),
    ("swifturl", "swift"),
    ("conda-pkg", "conda"),
    ("conancenter", "conan"),
    ("debian", "deb/debian"),
    ("deb", "deb"),
    ("ubuntu", "deb/ubuntu"),
    ("alpine", "apk/alpine"),
    ("wolfi", "apk/wolfi"),
    ("chainguard", "apk/chainguard"),
    ("rocky linux", "rpm/rocky"),
    ("almalinux", "rpm/almalinux"),
    ("red hat", "rpm/redhat"),
    ("redhat", "rpm/redhat"),
    ("centos", "rpm/centos"),
    ("rocky", "rpm/rocky"),
    ("alma", "rpm/alma"),
    ("amazon", "rpm/amazon"),
    ("oracle", "rpm/oracle"),
    ("suse", "rpm/suse"),
    ("opensuse", "rpm/opensuse"),
];

impl PackageName {
    /// The package of a package URL, with its version where there is one.
    pub fn of_purl(purl: &str) -> Option<(Self, Option<String>)> {
        let rest = purl.trim_ascii().strip_prefix("pkg:")?;
        let rest = rest.split(['?', '#']).next()?.trim_matches('/');
        let (kind, path) = rest.split_once('/')?;
        let (path, version) = match path.rsplit_once('@') {
            Some((path, version)) if !path.is_empty() && !path.ends_with('/') => {
                (path, Some(decoded(version)))
            }
            _ => (path, None),
        };
        let kind = kind.to_ascii_lowercase();
        let path = path.trim_matches('/');
        let (namespace, name) = match path.rsplit_once('/') {
            Some((namespace, name)) => (Some(decoded(namespace)), decoded(name)),
            None => (None, decoded(path)),
        };
        if kind.is_empty() || name.is_empty() {
            return None;
        }
        let package = match namespace {
            Some(namespace) if DISTRIBUTIONS.contains(&kind.as_str()) => Self {
                ecosystem: Some(format!("{kind}/{}", namespace.to_lowercase())),
                name,
            },
            Some(namespace) => Self::in_its_form(kind, &format!("{namespace}/{name}")),
            None => Self::in_its_form(kind, &name),
        };
        Some((package, version))
    }

    /// The package of this name in an ecosystem, by whatever word a tool has for it.
    pub fn of_ecosystem(ecosystem: &str, name: &str) -> Self {
        let word = ecosystem.trim_ascii().to_lowercase();
        // `Debian:12`, `Alpine:v3.18`: a release is no part of what a package is.
        let word = word.split(':').next().unwrap_or_default();
        let known = ECOSYSTEMS.iter().find(|(known, _)| *known == word);
        let kind = known.map_or(word, |(_, kind)| kind);
        if kind.is_empty() {
            return Self {
                ecosystem: None,
                name: name.to_owned(),
            };
        }
        Self::in_its_form(kind.to_owned(), name)
    }

    /// The package of its URL, else of its name; `None` without either.
    pub fn given(purl: Option<&str>, ecosystem: Option<&str>, name: Option<&str>) -> Option<Self> {
        let by_url = purl.and_then(Self::of_purl).map(|(package, _)| package);
        by_url.or_else(|| Some(Self::of_ecosystem(ecosystem.unwrap_or_default(), name?)))
    }

    fn in_its_form(kind: String, name: &str) -> Self {
        let mut name = match kind.as_str() {
            "maven" => name.replace(':', "/"),
            _ => name.to_owned(),
        };
        if CASELESS.contains(&kind.as_str()) {
            name = name.to_lowercase();
        }
        if kind == "pypi" {
            let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
            let joined = parts.collect::<Vec<_>>().join("-");
            if !joined.is_empty() {
                name = joined;
            }
        }
        Self {
            ecosystem: Some(kind),
            name,
        }
    }

    /// The type of its package URL, with the distribution where there is one.
    pub fn ecosystem(&self) -> Option<&str> {
        self.ecosystem.as_deref()
    }

    /// Its name with the namespace before it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name in `ecosystem/name`, as records have a package: without the type of its URL,
    /// and the distribution where there is one. What has no ecosystem stays as it is.
    pub fn without_ecosystem(written: &str) -> &str {
        let is_kind = |word: &str| !word.is_empty() && !word.contains(['@', '.']);
        match written.split_once('/') {
            Some((kind, rest)) if DISTRIBUTIONS.contains(&kind) => {
                rest.split_once('/').map_or(rest, |(_, name)| name)
            }
            Some((kind, name)) if is_kind(kind) => name,
            _ => written,
        }
    }

    /// Keeps the name.
    pub fn keep(&self, texts: &mut Texts) -> Package {
        Package {
            ecosystem: self.ecosystem.as_deref().map(|word| texts.intern(word)),
            name: texts.intern(&self.name),
        }
    }
}

/// Percent-encoding undone, where that gives text.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = byte {
            out.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purl(text: &str) -> Option<(String, String, Option<String>)> {
        let (package, version) = PackageName::of_purl(text)?;
        Some((package.ecosystem?, package.name, version))
    }

    #[test]
    fn formats_rule_008_a_package_url_has_no_version_and_no_qualifiers() {
        let of = |kind: &str, name: &str, version: Option<&str>| {
            Some((kind.to_owned(), name.to_owned(), version.map(str::to_owned)))
        };
        for text in [
            "pkg:npm/%40babel/core@7.0.0",
            "pkg:npm/@babel/core@7.0.0?x=y#z",
        ] {
            assert_eq!(
                purl(text),
                of("npm", "@babel/core", Some("7.0.0")),
                "{text}"
            );
        }
        assert_eq!(purl("pkg:npm/@babel/core"), of("npm", "@babel/core", None));
        assert_eq!(
            purl("pkg:deb/debian/openssl@1.1.1?arch=amd64&distro=debian-11"),
            of("deb/debian", "openssl", Some("1.1.1"))
        );
        assert_eq!(
            purl("pkg:maven/org.acme/core@1.0"),
            of("maven", "org.acme/core", Some("1.0"))
        );
        for none in ["", "pkg:", "pkg:npm", "pkg:npm/", "npm/lodash@1"] {
            assert_eq!(purl(none), None, "{none}");
        }
    }

    #[test]
    fn formats_rule_008_one_package_has_one_name_whoever_names_it() {
        for (url, ecosystem, name) in [
            ("pkg:npm/%40babel/core@1", "npm", "@babel/core"),
            ("pkg:pypi/Zope.Interface@1", "PyPI", "zope-interface"),
            ("pkg:cargo/time@0.1", "crates.io", "time"),
            ("pkg:maven/org.acme/core@1", "Maven", "org.acme:core"),
            ("pkg:golang/github.com/Acme/x@v1", "Go", "github.com/acme/x"),
            ("pkg:deb/debian/zlib@1", "Debian:12", "zlib"),
        ] {
            let (package, _) = PackageName::of_purl(url).unwrap();
            assert_eq!(package, PackageName::of_ecosystem(ecosystem, name), "{url}");
        }
    }
}
