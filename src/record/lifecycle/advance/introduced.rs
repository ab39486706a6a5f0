//! Which commit brought a finding in (rule M8).
//!
//! Git is asked for the whole range since the last admitted scan, never for the path that a
//! report names (rule E28): a path is looked up in what it answers.

use std::rc::Rc;

use jiff::Timestamp;

use super::super::event::{Scanned, What};
use crate::model::{Committed, UntrustedText};

/// Dates the new findings of a scan, where there are any.
pub(super) fn date(scanned: &mut Scanned, commits: impl FnOnce() -> Option<Rc<[Committed]>>) {
    let is_new = |what: What| what == What::New;
    if scanned.adopts || !scanned.events.iter().any(|event| is_new(event.what)) {
        return;
    }
    let Some(commits) = commits() else { return };
    for event in &mut scanned.events {
        if !is_new(event.what) {
            continue;
        }
        let look = event.look.as_ref().filter(|look| look.in_repository);
        let path = look.and_then(|look| look.path.as_ref());
        event.introduced = first(&commits, path.map(UntrustedText::raw));
    }
}

/// When the first commit was made that changed a file; else the first one of all.
fn first(commits: &[Committed], path: Option<&str>) -> Option<Timestamp> {
    let changed = |one: &&Committed| {
        path.is_some_and(|path| one.paths.iter().any(|changed| changed.as_str() == path))
    };
    let of_file = commits.iter().filter(changed).map(|one| one.at).min();
    of_file.or_else(|| commits.iter().map(|one| one.at).min())
}
