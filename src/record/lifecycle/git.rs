//! What git knows of commits (rules L3, L5, R44).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::advance::{Descent, Lineage};
use crate::ci::git::Git;
use crate::model::{ChangedLines, Committed, ObjectId};

type Pair = (ObjectId, ObjectId);

/// A repository that is asked for ancestry and differences. It is asked once for each pair of
/// commits, for the whole difference and never for a path that a report names (rule E28).
#[derive(Debug)]
pub struct GitLineage<'a> {
    git: &'a Git,
    asked: RefCell<BTreeMap<Pair, Option<Rc<ChangedLines>>>>,
    commits: RefCell<BTreeMap<Pair, Option<Rc<[Committed]>>>>,
}

impl<'a> GitLineage<'a> {
    /// Asks a repository.
    pub const fn new(git: &'a Git) -> Self {
        Self {
            git,
            asked: RefCell::new(BTreeMap::new()),
            commits: RefCell::new(BTreeMap::new()),
        }
    }
}

impl Lineage for GitLineage<'_> {
    fn descent(&self, from: &ObjectId, to: &ObjectId) -> Descent {
        if from == to {
            return Descent::Newer;
        }
        match self.git.merge_base(from, to) {
            Ok(Some(base)) if base == *from => Descent::Newer,
            // Where the history is cut off, a common ancestor may not be the nearest one.
            Ok(_) if self.git.is_shallow().is_ok_and(|shallow| !shallow) => Descent::Older,
            _ => Descent::Unknown,
        }
    }

    fn change(&self, from: &ObjectId, to: &ObjectId) -> Option<Rc<ChangedLines>> {
        let pair = (from.clone(), to.clone());
        let mut asked = self.asked.borrow_mut();
        let between = asked.entry(pair);
        between
            .or_insert_with(|| self.git.changed_lines(from, to).ok().map(Rc::new))
            .clone()
    }

    fn commits(&self, from: &ObjectId, to: &ObjectId) -> Option<Rc<[Committed]>> {
        let pair = (from.clone(), to.clone());
        let mut asked = self.commits.borrow_mut();
        let between = asked.entry(pair);
        between
            .or_insert_with(|| self.git.commits_between(from, to).ok().map(Rc::from))
            .clone()
    }
}

/// Where there is no repository nothing is known but what is the same.
#[derive(Debug, Clone, Copy)]
pub struct NoLineage;

impl Lineage for NoLineage {
    fn descent(&self, from: &ObjectId, to: &ObjectId) -> Descent {
        if from == to {
            Descent::Newer
        } else {
            Descent::Unknown
        }
    }

    fn change(&self, _: &ObjectId, _: &ObjectId) -> Option<Rc<ChangedLines>> {
        None
    }

    fn commits(&self, _: &ObjectId, _: &ObjectId) -> Option<Rc<[Committed]>> {
        None
    }
}
