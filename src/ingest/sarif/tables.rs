//! What results of a run share, kept once: texts, rule references, places.
//!
//! A result refers to these by number, so that what waits for the end of its run is small.

use std::hash::Hash;
use std::num::NonZeroU32;

use indexmap::IndexSet;

use crate::model::{Strings, TextId, Texts};

use super::score::ScoreProps;

/// A text of the report, by its place in [`Pool`]; as small when it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Local(NonZeroU32);

impl Local {
    fn new(index: usize) -> Self {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        Self(NonZeroU32::MIN.saturating_add(number))
    }

    pub(super) fn index(self) -> usize {
        usize::try_from(self.0.get() - 1).unwrap_or(usize::MAX)
    }
}

/// A number of one of the tables, which is never the greatest `u32`.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// An index as the report gives it: an integer of 0 or more.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Distinct texts.
#[derive(Debug, Default)]
pub(super) struct Pool {
    texts: Strings,
    /// The last text of each [`Often`].
    last: [Option<Local>; 2],
}

/// Texts that are nearly always equal to the last of their sort.
#[derive(Debug, Clone, Copy)]
pub(super) enum Often {
    /// The name of a folder.
    Base,
    /// The key of a fingerprint.
    Key,
}

impl Pool {
    pub(super) fn intern(&mut self, text: &str) -> Local {
        Local::new(self.texts.intern(text))
    }

    /// As [`Pool::intern`], quick for one that was the last of its sort.
    pub(super) fn intern_often(&mut self, text: &str, sort: Often) -> Local {
        let slot = match sort {
            Often::Base => 0,
            Often::Key => 1,
        };
        let last = self.last.get(slot).copied().flatten();
        if let Some(last) = last.filter(|last| self.get(*last) == text) {
            return last;
        }
        let local = self.intern(text);
        if let Some(slot) = self.last.get_mut(slot) {
            *slot = Some(local);
        }
        local
    }

    pub(super) fn find(&self, text: &str) -> Option<Local> {
        self.texts.find(text.as_bytes()).map(Local::new)
    }

    pub(super) fn get(&self, text: Local) -> &str {
        self.texts.get(text.index()).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}

/// The places in [`Texts`] of texts that go into the intake.
#[derive(Debug)]
pub(super) struct Promoted(Vec<Option<TextId>>);

impl Promoted {
    pub(super) fn new(pool: &Pool) -> Self {
        Self(vec![None; pool.len()])
    }

    pub(super) fn text(&mut self, pool: &Pool, texts: &mut Texts, local: Local) -> TextId {
        match self.0.get_mut(local.index()) {
            Some(Some(known)) => *known,
            Some(unknown) => *unknown.insert(texts.intern(pool.get(local))),
            None => texts.intern(pool.get(local)),
        }
    }
}

/// How a result, an override or a notification names its rule or descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct RuleRef {
    /// `ruleId`, else `rule.id`.
    pub(super) id: Option<Local>,
    /// `rule.index`, else `ruleIndex`; `None` for −1.
    pub(super) index: Option<u32>,
    /// `rule.guid`.
    pub(super) guid: Option<Local>,
    /// `rule.toolComponent`.
    pub(super) component: ComponentRef,
}

/// How a component is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct ComponentRef {
    pub(super) index: Option<u32>,
    pub(super) guid: Option<Local>,
    pub(super) name: Option<Local>,
}

/// Where a result lies, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct PlaceKey {
    pub(super) uri: Option<Local>,
    pub(super) base: Option<Local>,
    /// Index of an artifact, for a place without a URI of its own.
    pub(super) artifact: Option<u32>,
}

/// What few results have of their own: properties and taxa.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Extra {
    pub(super) score: ScoreProps,
    pub(super) cwe: Vec<u32>,
    pub(super) tags: Vec<Local>,
    /// Targets of `taxa`: component and id.
    pub(super) taxa: Vec<Taxon>,
    pub(super) exposure: bool,
    /// Property `type`.
    pub(super) kind: Option<Local>,
}

/// An entry of a taxonomy that a rule or result points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Taxon {
    pub(super) component: ComponentRef,
    pub(super) id: Local,
}

/// A table of distinct values that are referred to by number.
#[derive(Debug)]
pub(super) struct Distinct<T> {
    values: IndexSet<T, Seed>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self {
            values: IndexSet::default(),
        }
    }
}

impl<T: Hash + Eq> Distinct<T> {
    pub(super) fn number(&mut self, value: T) -> u32 {
        number(self.values.insert_full(value).0)
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.values.get_index(place(number))
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}

/// Stands for "none" where a number of a table may be missing.
pub(super) const NONE: u32 = u32::MAX;

/// The tables of a document, or of one run of it.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) pool: Pool,
    pub(super) rules: Distinct<RuleRef>,
    pub(super) places: Distinct<PlaceKey>,
    pub(super) extras: Distinct<Extra>,
}

/// The hasher of the tables: quick, seeded by the process, of no effect on any output.
pub(super) type Seed = foldhash::fast::RandomState;
