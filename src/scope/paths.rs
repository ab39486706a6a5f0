//! Globs over repository paths and refs.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::{Intake, Owners, PathId, RepoPathRef};
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
/// without paths and owners gets an empty list: everything is inside. (A policy whose globs only take
/// away is refused when it is read.)
pub(super) fn inside_by_scope(intake: &Intake, scopes: &[Scope]) -> Vec<Vec<bool>> {
    let mut inside = vec![Vec::new(); scopes.len()];
    if scopes.iter().all(|scope| !cuts_paths(scope)) {
        return inside;
    }
    let owners = intake.figures.owners.as_ref();
    let (set, globs) = all_globs(scopes);
    let mut hits = Vec::new();
    for place in 0..intake.paths.len() {
        let path = intake.repo_path(PathId::new(place));
        let mut wanted = vec![path.is_none(); scopes.len()];
        let mut unwanted = vec![false; scopes.len()];
        if let Some(path) = path {
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
            let named = scope.paths.is_empty() || wanted.get(index) == Some(&true);
            let is_owned = match (path, owners) {
                _ if scope.owners.is_empty() => true,
                (Some(path), Some(owners)) => owners.is_owned_by(path.as_str(), &scope.owners),
                // What is not known counts as inside.
                _ => true,
            };
            let is_in = named && is_owned && unwanted.get(index) == Some(&false);
            if let Some(list) = inside.get_mut(index).filter(|_| cuts_paths(scope)) {
                list.push(is_in);
            }
        }
    }
    inside
}

/// True if a scope holds some paths and not others.
pub(super) fn cuts_paths(scope: &Scope) -> bool {
    !scope.paths.is_empty() || !scope.owners.is_empty()
}

/// The part of a scope that paths decide, for findings that are in no intake.
#[derive(Debug)]
pub struct PathScope {
    set: GlobSet,
    globs: Vec<ScopeGlob>,
    owners: Vec<String>,
    named: bool,
}

impl PathScope {
    /// That of a scope.
    pub fn new(scope: &Scope) -> Self {
        let (set, globs) = all_globs(std::slice::from_ref(scope));
        Self {
            set,
            globs,
            owners: scope.owners.clone(),
            named: !scope.paths.is_empty(),
        }
    }

    /// True if a path of the repository is inside; `None` where owners decide and nobody
    /// knows them.
    pub fn holds(&self, path: &str, owners: Option<&Owners>) -> Option<bool> {
        let mut wanted = !self.named;
        for hit in self.set.matches(path) {
            match self.globs.get(hit) {
                Some(glob) if glob.takes_away => return Some(false),
                Some(_) => wanted = true,
                None => {}
            }
        }
        if !wanted || self.owners.is_empty() {
            return Some(wanted);
        }
        Some(owners?.is_owned_by(path, &self.owners))
    }
}

#[derive(Debug)]
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
pub fn deciding_glob<'a>(scope: &'a Scope, path: RepoPathRef<'_>) -> Option<&'a str> {
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
