//! What kind of scan a finding comes from.

use std::fmt;

/// The class of a tool or finding, as the policy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// Weaknesses in source code or binaries, by the tool's own rules.
    Sast,
    /// Known vulnerabilities in dependencies.
    Sca,
    /// Secrets in files or history.
    Secrets,
    /// Pipelines, Dockerfiles, infrastructure definitions.
    Iac,
    /// A built image.
    Container,
    /// A running application.
    Dast,
    /// Licences.
    License,
    /// Everything else: linters, hosts, benchmarks.
    Other,
}

impl Class {
    /// All classes, in the order in which outputs list them.
    pub const ALL: [Self; 8] = [
        Self::Sast,
        Self::Sca,
        Self::Secrets,
        Self::Iac,
        Self::Container,
        Self::Dast,
        Self::License,
        Self::Other,
    ];

    /// The word of the policy and of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sast => "sast",
            Self::Sca => "sca",
            Self::Secrets => "secrets",
            Self::Iac => "iac",
            Self::Container => "container",
            Self::Dast => "dast",
            Self::License => "license",
            Self::Other => "other",
        }
    }

    /// The class that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Sast => 1,
            Self::Sca => 2,
            Self::Secrets => 4,
            Self::Iac => 8,
            Self::Container => 16,
            Self::Dast => 32,
            Self::License => 64,
            Self::Other => 128,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of classes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ClassSet(u8);

impl ClassSet {
    /// No class.
    pub const EMPTY: Self = Self(0);
    /// Every class.
    pub const ALL: Self = Self(u8::MAX);

    /// The set of one class.
    pub const fn of(class: Class) -> Self {
        Self(class.bit())
    }

    /// This set and one class more.
    #[must_use]
    pub const fn with(self, class: Class) -> Self {
        Self(self.0 | class.bit())
    }

    /// The classes of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The classes of both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The classes that are not in this set.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(!self.0)
    }

    /// True if the class is in the set.
    pub const fn contains(self, class: Class) -> bool {
        self.0 & class.bit() != 0
    }

    /// True if the sets share a class.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// True if no class is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The classes, in the order of [`Class::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Class> {
        Class::ALL
            .into_iter()
            .filter(move |class| self.contains(*class))
    }
}

impl FromIterator<Class> for ClassSet {
    fn from_iter<I: IntoIterator<Item = Class>>(iter: I) -> Self {
        iter.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for ClassSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
