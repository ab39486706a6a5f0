//! Globs over repository paths and refs.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::{Intake, RepoPath};
use crate::policy::Scope;

/// A glob in which `*` stays within one folder and `**` crosses folders.
fn compile(pattern: &str) -> Option<Glob> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .ok()
}

/// For each scope, by place in `Intake::paths`: whether the path is inside.
///
/// One set holds the globs of all scopes and each distinct path is matched once. A scope
/// without paths gets an empty list: everything is inside. (A policy whose globs only take
/// away is refused when it is read.)
pub(super) fn inside_by_scope(intake: &Intake, scopes: &[Scope]) -> Vec<Vec<bool>> {
    let mut inside = vec![Vec::new(); scopes.len()];
    if scopes.iter().all(|scope| scope.paths.is_empty()) {
        return inside;
    }
    let (set, globs) = all_globs(scopes);
    let mut hits = Vec::new();
    for entry in &intake.paths {
        let mut wanted = vec![entry.repo.is_none(); scopes.len()];
        let mut unwanted = vec![false; scopes.len()];
        if let Some(path) = &entry.repo {
            set.matches_into(path.as_str(), &mut hits);
            for glob in hits.iter().filter_map(|hit| globs.get(*hit)) {
                let marks = if glob.takes_away {
                    &mut unwanted
                } else {
                    &mut wanted
                };
                if let Some(mark) = marks.get_mut(glob.scope) {
                    *mark = true;
                }
            }
        }
        for (index, scope) in scopes.iter().enumerate() {
            let is_in = wanted.get(index) == Some(&true) && unwanted.get(index) == Some(&false);
            if let Some(list) = inside.get_mut(index).filter(|_| !scope.paths.is_empty()) {
                list.push(is_in);
            }
        }
    }
    inside
}

struct ScopeGlob {
    scope: usize,
    takes_away: bool,
}

fn all_globs(scopes: &[Scope]) -> (GlobSet, Vec<ScopeGlob>) {
    let mut builder = GlobSetBuilder::new();
    let mut globs = Vec::new();
    for (index, scope) in scopes.iter().enumerate() {
        for pattern in &scope.paths {
            let (takes_away, bare) = match pattern.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, pattern.as_str()),
            };
            // Every glob of a policy compiled when it was validated.
            if let Some(glob) = compile(bare) {
                builder.add(glob);
                globs.push(ScopeGlob {
                    scope: index,
                    takes_away,
                });
            }
        }
    }
    (builder.build().unwrap_or_else(|_| GlobSet::empty()), globs)
}

/// The glob that puts a path in a scope, or out of it: the first with `!` that matches, else
/// the first without; `None` where none matches or the scope has no paths.
pub fn deciding_glob<'a>(scope: &'a Scope, path: &RepoPath) -> Option<&'a str> {
    let matches = |pattern: &str| {
        let bare = pattern.strip_prefix('!').unwrap_or(pattern);
        compile(bare).is_some_and(|glob| glob.compile_matcher().is_match(path.as_str()))
    };
    let of = |takes_away: bool| {
        let mut globs = scope.paths.iter().map(String::as_str);
        globs.find(|glob| glob.starts_with('!') == takes_away && matches(glob))
    };
    of(true).or_else(|| of(false))
}

/// True if one of the globs matches the ref, with or without `refs/heads/` and `refs/tags/`.
pub(super) fn ref_matches(globs: &[String], reference: &str) -> bool {
    globs
        .iter()
        .filter_map(|pattern| compile(short_ref(pattern)))
        .map(|glob| glob.compile_matcher())
        .any(|glob| glob.is_match(short_ref(reference)))
}

/// The name without `refs/heads/` or `refs/tags/`.
fn short_ref(name: &str) -> &str {
    name.strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"))
        .unwrap_or(name)
}
