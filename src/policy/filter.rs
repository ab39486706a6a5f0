//! Filters: which findings a measure looks at.

use std::fmt;

use globset::GlobMatcher;

use crate::model::{Class, ClassSet, Level, Quantity, Severity, Tenths, Validity};

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
}

impl Op {
    /// The operator as written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
        }
    }

    /// True if `left op right`.
    pub fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
            Self::Equal => left == right,
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A comparison with a fixed right side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison<T> {
    /// The operator.
    pub op: Op,
    /// The right side.
    pub than: T,
}

impl<T: Ord> Comparison<T> {
    /// True if the value fulfils the comparison.
    pub fn holds(&self, value: &T) -> bool {
        self.op.holds(value, &self.than)
    }
}

impl<T: fmt::Display> fmt::Display for Comparison<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.op, self.than)
    }
}

/// What a filter asks of the catalogue of exploited vulnerabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KevWord {
    /// It is in it.
    Listed,
    /// It is in it, and the day by which it was to be repaired is over.
    PastDue,
    /// It is in it, and is known to be used for ransomware.
    Ransomware,
}

impl KevWord {
    /// The word of the policy.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "listed" => Some(Self::Listed),
            "past_due" => Some(Self::PastDue),
            "ransomware" => Some(Self::Ransomware),
            _ => None,
        }
    }
}

/// All terms must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The terms, in the order of the policy.
    pub terms: Vec<Term>,
}

/// One condition on a finding. Lists are joined by OR.
#[derive(Debug, Clone)]
pub enum Term {
    /// In one of these scopes (places in `Policy::scopes`).
    Scope(Vec<usize>),
    /// Of one of these classes.
    Class(ClassSet),
    /// In one of these bands.
    Severity(Vec<Severity>),
    /// The score compares so.
    Cvss(Comparison<Tenths>),
    /// Of one of these levels.
    Level(Vec<Level>),
    /// Of one of these CWE numbers.
    Cwe(Vec<u32>),
    /// By one of these tools: alias, or name as written.
    Tool(Vec<String>),
    /// The rule id matches one of these globs.
    Rule(Vec<GlobMatcher>),
    /// Has one of these tags.
    Tag(Vec<String>),
    /// The path matches: one glob without `!` and none with it.
    Path {
        /// Globs of which one must match; empty: every path.
        within: Vec<GlobMatcher>,
        /// Globs of which none may match.
        without: Vec<GlobMatcher>,
    },
    /// Introduced (`true`) or existing (`false`).
    Introduced(bool),
    /// Of one of these validities.
    Validity(Vec<Validity>),
    /// The EPSS probability compares so.
    Epss(Comparison<Quantity>),
    /// In the catalogue of exploited vulnerabilities.
    Kev(KevWord),
    /// A fixed version is known, or not.
    FixAvailable(bool),
    /// The age of the finding compares so, in seconds. No history yet: undecided.
    Age(Comparison<u64>),
    /// In one of these packages: a glob matches `name`, `ecosystem/name` or
    /// `pkg:ecosystem/name`.
    Package(Vec<GlobMatcher>),
    /// Owned by one of these, by CODEOWNERS; without that file undecided.
    Owner(Vec<String>),
    /// The filter does not hold.
    Not(Filter),
    /// One of the filters holds.
    Any(Vec<Filter>),
}

impl Filter {
    /// The classes of findings that can pass, whatever else is true of them.
    ///
    /// Terms on other facts are left open, but for one on validity, which only a secret has;
    /// so the set is never too small, and `not` and `any` are taken at their word.
    pub fn admitted_classes(&self) -> ClassSet {
        Class::ALL
            .into_iter()
            .filter(|class| self.by_class(*class) != Some(false))
            .collect()
    }

    /// Whether a finding of a class passes: `None` where that depends on other facts.
    fn by_class(&self, class: Class) -> Option<bool> {
        all(self.terms.iter().map(|term| match term {
            Term::Class(classes) => Some(classes.contains(class)),
            Term::Validity(_) if class != Class::Secrets => Some(false),
            Term::Not(filter) => filter.by_class(class).map(|passes| !passes),
            Term::Any(filters) => {
                let none = filters.iter().map(|f| f.by_class(class).map(|p| !p));
                all(none).map(|none_passes| !none_passes)
            }
            _ => None,
        }))
    }

    /// The classes that the filter names in so many words; empty if it names none.
    pub fn named_classes(&self) -> ClassSet {
        self.terms
            .iter()
            .map(|term| match term {
                Term::Class(set) => *set,
                Term::Any(filters) => filters
                    .iter()
                    .map(Self::named_classes)
                    .fold(ClassSet::EMPTY, ClassSet::union),
                _ => ClassSet::EMPTY,
            })
            .fold(ClassSet::EMPTY, ClassSet::union)
    }

    /// True if some term, at any depth, is of the kind that `is` looks for.
    pub fn uses(&self, is: &dyn Fn(&Term) -> bool) -> bool {
        self.terms.iter().any(|term| {
            is(term)
                || match term {
                    Term::Not(filter) => filter.uses(is),
                    Term::Any(filters) => filters.iter().any(|f| f.uses(is)),
                    _ => false,
                }
        })
    }

    /// True if the filter admits only findings of class secrets.
    pub fn is_of_secrets(&self) -> bool {
        self.admitted_classes() == ClassSet::of(Class::Secrets)
    }
}

/// Conjunction in three values.
fn all(values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for value in values {
        match value {
            Some(false) => return Some(false),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(terms: Vec<Term>) -> Filter {
        Filter { terms }
    }

    #[test]
    fn admitted_classes_are_never_too_few() {
        let secrets = ClassSet::of(Class::Secrets);
        let class = filter(vec![Term::Class(secrets)]);
        assert_eq!(class.admitted_classes(), secrets);
        assert!(class.is_of_secrets());
        let not = filter(vec![Term::Not(filter(vec![Term::Class(secrets)]))]);
        assert_eq!(not.admitted_classes(), secrets.complement());
        let not_both = filter(vec![Term::Not(filter(vec![
            Term::Class(secrets),
            Term::Level(vec![Level::Note]),
        ]))]);
        assert_eq!(not_both.admitted_classes(), ClassSet::ALL);
    }

    #[test]
    fn admitted_classes_see_through_not_and_any() {
        let class = |class| filter(vec![Term::Class(ClassSet::of(class))]);
        let not = |inner| filter(vec![Term::Not(inner)]);
        let secrets = ClassSet::of(Class::Secrets);
        assert_eq!(not(not(class(Class::Secrets))).admitted_classes(), secrets);
        let neither = not(filter(vec![Term::Any(vec![
            class(Class::Sast),
            class(Class::Sca),
        ])]));
        let sast_sca = ClassSet::of(Class::Sast).with(Class::Sca);
        assert_eq!(neither.admitted_classes(), sast_sca.complement());
        let active = filter(vec![Term::Validity(vec![Validity::Active])]);
        assert_eq!(active.admitted_classes(), secrets);
        assert_eq!(not(active).admitted_classes(), ClassSet::ALL);
        let nothing = filter(vec![Term::Class(secrets), Term::Not(class(Class::Secrets))]);
        assert_eq!(nothing.admitted_classes(), ClassSet::EMPTY);
    }

    #[test]
    fn sarif_rule_084_comparison_is_exact_in_tenths() {
        let seven = Tenths::new(70).unwrap();
        let above = Comparison {
            op: Op::More,
            than: seven,
        };
        let least = Comparison {
            op: Op::AtLeast,
            than: seven,
        };
        assert!(!above.holds(&seven));
        assert!(above.holds(&Tenths::new(71).unwrap()));
        assert!(least.holds(&seven));
    }
}
