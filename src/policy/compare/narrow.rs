//! Whether a filter or scope looks at fewer findings than another.

use std::fmt::Debug;

use crate::model::Class;
use crate::policy::{Comparison, Filter, Op, Policy, Scope, Term};

/// How much one thing covers beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The same.
    Same,
    /// Less.
    Narrower,
    /// More.
    Wider,
    /// Something else.
    Unclear,
}

impl Extent {
    /// Both together, where each must hold.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, one) | (one, Self::Same) => one,
            (one, other) if one == other => one,
            _ => Self::Unclear,
        }
    }

    /// From what is in one but not the other.
    const fn of(only_before: bool, only_after: bool) -> Self {
        match (only_before, only_after) {
            (false, false) => Self::Same,
            (true, false) => Self::Narrower,
            (false, true) => Self::Wider,
            (true, true) => Self::Unclear,
        }
    }

    const fn reverse(self) -> Self {
        match self {
            Self::Narrower => Self::Wider,
            Self::Wider => Self::Narrower,
            same => same,
        }
    }
}

/// How much a filter covers beside the one before, by its terms alone; what the scopes of the
/// same name hold is [`scopes`]' matter.
pub(super) fn filters(before: &Filter, old: &Policy, after: &Filter, new: &Policy) -> Extent {
    let mut only_before: Vec<&Term> = before.terms.iter().collect();
    let mut only_after = Vec::new();
    for term in &after.terms {
        let words = words(term, new);
        match only_before
            .iter()
            .position(|was| self::words(was, old) == words)
        {
            Some(at) => {
                only_before.remove(at);
            }
            None => only_after.push(term),
        }
    }
    match (only_before.as_slice(), only_after.as_slice()) {
        ([was], [is]) => terms(was, old, is, new),
        // All terms must hold: one more is less.
        (was, is) if was.is_empty() || is.is_empty() => Extent::of(!is.is_empty(), !was.is_empty()),
        _ => Extent::Unclear,
    }
}

/// A term as text that is the same for terms that mean the same.
fn words(term: &Term, policy: &Policy) -> String {
    match term {
        Term::Scope(scopes) => format!("scope {:?}", names(scopes, policy)),
        Term::Rule(globs) => format!("rule {:?}", globs_of(globs)),
        Term::Package(globs) => format!("package {:?}", globs_of(globs)),
        Term::Path { within, without } => {
            format!("path {:?} {:?}", globs_of(within), globs_of(without))
        }
        Term::Not(filter) => format!("not {:?}", all_words(filter, policy)),
        Term::Any(filters) => {
            let all = filters.iter().map(|filter| all_words(filter, policy));
            format!("any {:?}", all.collect::<Vec<_>>())
        }
        other => format!("{other:?}"),
    }
}

fn all_words(filter: &Filter, policy: &Policy) -> Vec<String> {
    filter
        .terms
        .iter()
        .map(|term| words(term, policy))
        .collect()
}

fn globs_of(globs: &[globset::GlobMatcher]) -> Vec<&str> {
    globs.iter().map(|glob| glob.glob().glob()).collect()
}

fn names<'a>(scopes: &[usize], policy: &'a Policy) -> Vec<&'a str> {
    scopes
        .iter()
        .filter_map(|index| policy.scopes.get(*index))
        .map(|scope| scope.name.as_str())
        .collect()
}

/// Two terms of which one took the place of the other.
fn terms(was: &Term, old: &Policy, is: &Term, new: &Policy) -> Extent {
    match (was, is) {
        (Term::Class(was), Term::Class(is)) => Extent::of(
            Class::ALL
                .iter()
                .any(|c| was.contains(*c) && !is.contains(*c)),
            Class::ALL
                .iter()
                .any(|c| is.contains(*c) && !was.contains(*c)),
        ),
        (Term::Scope(was), Term::Scope(is)) => lists(&names(was, old), &names(is, new)),
        (Term::Severity(was), Term::Severity(is)) => lists(was, is),
        (Term::Level(was), Term::Level(is)) => lists(was, is),
        (Term::Cwe(was), Term::Cwe(is)) => lists(was, is),
        (Term::Tool(was), Term::Tool(is)) | (Term::Tag(was), Term::Tag(is)) => lists(was, is),
        (Term::Validity(was), Term::Validity(is)) => lists(was, is),
        (Term::Rule(was), Term::Rule(is)) | (Term::Package(was), Term::Package(is)) => {
            lists(&globs_of(was), &globs_of(is))
        }
        (
            Term::Path { within, without },
            Term::Path {
                within: now,
                without: no_longer,
            },
        ) => in_paths(&globs_of(within), &globs_of(now))
            .and(lists(&globs_of(without), &globs_of(no_longer)).reverse()),
        (Term::Cvss(was), Term::Cvss(is)) => comparisons(was, is),
        (Term::Epss(was), Term::Epss(is)) => comparisons(was, is),
        (Term::Not(was), Term::Not(is)) => filters(was, old, is, new).reverse(),
        _ => Extent::Unclear,
    }
}

/// Lists of which one entry is enough.
fn lists<T: PartialEq + Debug>(was: &[T], is: &[T]) -> Extent {
    Extent::of(
        was.iter().any(|one| !is.contains(one)),
        is.iter().any(|one| !was.contains(one)),
    )
}

/// The same where an empty list holds everything.
fn in_paths<T: PartialEq + Debug>(was: &[T], is: &[T]) -> Extent {
    match (was.is_empty(), is.is_empty()) {
        (true, true) => Extent::Same,
        (true, false) => Extent::Narrower,
        (false, true) => Extent::Wider,
        (false, false) => lists(was, is),
    }
}

fn comparisons<T: Ord + Copy>(was: &Comparison<T>, is: &Comparison<T>) -> Extent {
    // At one figure `>=` covers more than `>`, and `<=` more than `<`.
    match (was.op, is.op) {
        (Op::More | Op::AtLeast, Op::More | Op::AtLeast) => {
            let key = |c: &Comparison<T>| (c.than, c.op == Op::More);
            Extent::of(key(is) > key(was), key(is) < key(was))
        }
        (Op::Less | Op::AtMost, Op::Less | Op::AtMost) => {
            let key = |c: &Comparison<T>| (c.than, c.op == Op::AtMost);
            Extent::of(key(is) < key(was), key(is) > key(was))
        }
        _ => Extent::Unclear,
    }
}

/// How much the scopes that a filter names hold beside what they held before.
pub(super) fn scopes(filter: &Filter, old: &Policy, new: &Policy) -> Extent {
    filter
        .terms
        .iter()
        .map(|term| match term {
            Term::Scope(scopes) => scopes
                .iter()
                .filter_map(|index| old.scopes.get(*index))
                .map(
                    |was| match new.scopes.iter().find(|is| is.name == was.name) {
                        Some(is) => scope(was, is),
                        None => Extent::Unclear,
                    },
                )
                .fold(Extent::Same, Extent::and),
            Term::Not(inner) => scopes(inner, old, new).reverse(),
            Term::Any(inner) => inner
                .iter()
                .map(|filter| scopes(filter, old, new))
                .fold(Extent::Same, Extent::and),
            _ => Extent::Same,
        })
        .fold(Extent::Same, Extent::and)
}

fn scope(was: &Scope, is: &Scope) -> Extent {
    let split = |paths: &[String]| -> (Vec<String>, Vec<String>) {
        let (without, within) = paths.iter().cloned().partition(|p| p.starts_with('!'));
        (within, without)
    };
    let ((within, without), (now, no_longer)) = (split(&was.paths), split(&is.paths));
    in_paths(&within, &now)
        .and(lists(&without, &no_longer).reverse())
        .and(in_paths(&was.environments, &is.environments))
        .and(in_paths(&was.refs, &is.refs))
        .and(in_paths(&was.owners, &is.owners))
}
