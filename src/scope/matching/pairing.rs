//! Rows of two sides that are equal by some key, made into pairs.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::FixedState;

use super::keyed::{Keyed, NOTHING};
use super::steps::Work;
use super::{Match, Step, number};
use crate::model::{FindingId, Row};

/// The order among equals: what counts before what is set aside, then by place.
pub(super) type Tie = (bool, u32, u32, FindingId);

/// A row with its key.
pub(super) type Entry<K> = (K, Tie, usize);

/// A row by the hash of its key: one number, which sorts without a branch. Only rows of one
/// hash are looked at again, so that the order of hashes decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hashed(u128);

impl Hashed {
    fn new(hash: u64, row: u32) -> Self {
        Self((u128::from(hash) << 32) | u128::from(row))
    }

    fn hash(self) -> u128 {
        self.0 >> 32
    }

    fn row(self) -> Option<usize> {
        usize::try_from(self.0 & u128::from(u32::MAX)).ok()
    }
}

/// What a step goes by: the key of a row, `None` where it has no say in the row.
pub(super) type KeyOf<'k, K> = &'k dyn Fn(usize, &Row, &Keyed) -> Option<K>;

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Base,
    Head,
}

impl Work<'_> {
    /// Pairs the rows that are still open and of one key, but for those that an identity of
    /// their own tells: such a secret or package is not known by its place.
    pub(super) fn merge_placed<K: Ord + Hash + Copy>(
        &mut self,
        step: Step,
        of_base: KeyOf<'_, K>,
        of_head: KeyOf<'_, K>,
        accept: impl Fn(&Row, &Row) -> bool,
    ) {
        let one_key = self.one_key;
        let is_told = |row: &Row| row.dependency.is_some() || (one_key && row.secret.is_some());
        self.merge(
            step,
            &|index, row, key| {
                let is_told = is_told(row);
                if is_told {
                    None
                } else {
                    of_base(index, row, key)
                }
            },
            &|index, row, key| {
                let is_told = is_told(row);
                if is_told {
                    None
                } else {
                    of_head(index, row, key)
                }
            },
            accept,
        );
    }

    /// Pairs the rows that are still open and of one key, in their order.
    pub(super) fn merge<K: Ord + Hash + Copy>(
        &mut self,
        step: Step,
        of_base: KeyOf<'_, K>,
        of_head: KeyOf<'_, K>,
        accept: impl Fn(&Row, &Row) -> bool,
    ) {
        let base = self.hashed(Side::Base, of_base);
        if base.is_empty() {
            return;
        }
        let head = self.hashed(Side::Head, of_head);
        let mut rest = base.as_slice();
        // Nearly all of them: one and one, and nothing to put in order. They are looked at in
        // the order of the report, which is that of memory.
        let mut pairs: Vec<(usize, usize)> = Vec::with_capacity(head.len().min(base.len()));
        for equals in head.chunk_by(|one, other| one.hash() == other.hash()) {
            let Some(hash) = equals.first().map(|entry| entry.hash()) else {
                continue;
            };
            let from = rest.iter().take_while(|entry| entry.hash() < hash).count();
            let tail = rest.get(from..).unwrap_or_default();
            let same = tail.iter().take_while(|entry| entry.hash() == hash).count();
            let (same, after) = tail.split_at(same);
            rest = after;
            if let ([old], [new]) = (same, equals) {
                pairs.extend(new.row().zip(old.row()));
            } else if !same.is_empty() {
                let base = self.entries(Side::Base, same, of_base);
                let head = self.entries(Side::Head, equals, of_head);
                self.merge_entries(step, &base, &head, &accept);
            }
        }
        pairs.sort_unstable();
        for (new, old) in pairs {
            let old = self.entry(Side::Base, old, of_base);
            let new = self.entry(Side::Head, new, of_head);
            if let (Some(old), Some(new)) = (old, new)
                && old.0 == new.0
            {
                self.join(step, &old, &new, &accept);
            }
        }
    }

    /// The open rows of a side that a step of the history has a say in, by key and then in
    /// their order; without those that an identity of their own tells.
    pub(super) fn placed<K: Ord + Copy>(&self, side: Side, key_of: KeyOf<'_, K>) -> Vec<Entry<K>> {
        let (rows, keys) = self.side(side);
        let is_told =
            |row: &Row| row.dependency.is_some() || (self.one_key && row.secret.is_some());
        let all = rows.iter().zip(keys).enumerate();
        let open = all.filter(|(index, (row, keyed))| {
            self.is_open(side, *index) && keyed.path != NOTHING && !is_told(row)
        });
        let mut entries: Vec<Entry<K>> = open
            .filter_map(|(index, _)| self.entry(side, index, key_of))
            .collect();
        entries.sort_unstable();
        entries
    }

    /// The open rows of a side that a step has a say in, by hash.
    fn hashed<K: Hash>(&self, side: Side, key_of: KeyOf<'_, K>) -> Vec<Hashed> {
        let (rows, keys) = self.side(side);
        let state = FixedState::default();
        let all = rows.iter().zip(keys).enumerate();
        let mut hashed: Vec<Hashed> = all
            .filter(|(index, (_, keyed))| self.is_open(side, *index) && keyed.path != NOTHING)
            .filter_map(|(index, (row, keyed))| {
                let hash = state.hash_one(key_of(index, row, keyed)?);
                Some(Hashed::new(hash, u32::try_from(index).ok()?))
            })
            .collect();
        hashed.sort_unstable();
        hashed
    }

    /// The rows of one hash with their keys, sorted by key and then in their order.
    fn entries<K: Ord + Copy>(
        &self,
        side: Side,
        of: &[Hashed],
        key_of: KeyOf<'_, K>,
    ) -> Vec<Entry<K>> {
        let entry = |hashed: &Hashed| self.entry(side, hashed.row()?, key_of);
        let mut entries: Vec<Entry<K>> = of.iter().filter_map(entry).collect();
        entries.sort_unstable();
        entries
    }

    fn entry<K>(&self, side: Side, index: usize, key_of: KeyOf<'_, K>) -> Option<Entry<K>> {
        let (rows, keys) = self.side(side);
        let (row, keyed) = (rows.get(index)?, keys.get(index)?);
        let line = keyed.line.unwrap_or_else(|| number(row.line));
        let tie = (row.set_aside, line, number(row.column), row.id);
        Some((key_of(index, row, keyed)?, tie, index))
    }

    fn side(&self, side: Side) -> (&[Row], &[Keyed]) {
        match side {
            Side::Base => (&self.base.rows, &self.base_keys),
            Side::Head => (&self.head.rows, &self.head_keys),
        }
    }

    fn is_open(&self, side: Side, index: usize) -> bool {
        match side {
            Side::Base => self.taken.get(index) == Some(&false),
            Side::Head => self.matches.get(index) == Some(&Match::New),
        }
    }

    /// Pairs sorted entries of equal keys in their order.
    pub(super) fn merge_entries<K: Ord + Copy>(
        &mut self,
        step: Step,
        base: &[Entry<K>],
        head: &[Entry<K>],
        accept: &impl Fn(&Row, &Row) -> bool,
    ) {
        let mut rest = base;
        for equals in head.chunk_by(|one, other| one.0 == other.0) {
            let Some((key, ..)) = equals.first() else {
                continue;
            };
            let from = rest.partition_point(|entry| entry.0 < *key);
            let tail = rest.get(from..).unwrap_or_default();
            let (same, after) = tail.split_at(tail.partition_point(|entry| entry.0 == *key));
            rest = after;
            let made = self.group(step, same, equals, accept);
            if same.len() != equals.len() {
                self.ambiguous += made;
            }
        }
    }

    /// Pairs equals: where one side has more, those of one id first, so that what is known keeps
    /// its id; then in order.
    fn group<K>(
        &mut self,
        step: Step,
        base: &[Entry<K>],
        head: &[Entry<K>],
        accept: &impl Fn(&Row, &Row) -> bool,
    ) -> u64 {
        let mut made = 0;
        if base.len() != head.len() && !base.is_empty() {
            let by_id: BTreeMap<FindingId, &Entry<K>> =
                base.iter().map(|entry| (entry.1.3, entry)).collect();
            for new in head {
                if let Some(old) = by_id.get(&new.1.3) {
                    made += u64::from(self.join(step, old, new, accept));
                }
            }
        }
        let mut left = base.iter();
        let mut old = left.next();
        for new in head {
            while old.is_some_and(|old| self.taken.get(old.2) == Some(&true)) {
                old = left.next();
            }
            let Some(first) = old else { break };
            if self.join(step, first, new, accept) {
                made += 1;
                old = left.next();
            }
        }
        made
    }

    /// Pairs two rows that are open. What the report set aside before excuses nothing that
    /// counts now.
    pub(super) fn join<K>(
        &mut self,
        step: Step,
        old: &Entry<K>,
        new: &Entry<K>,
        accept: &impl Fn(&Row, &Row) -> bool,
    ) -> bool {
        let (Some(base), Some(head)) = (self.base.rows.get(old.2), self.head.rows.get(new.2))
        else {
            return false;
        };
        let (Some(taken), Some(matched)) = (self.taken.get_mut(old.2), self.matches.get_mut(new.2))
        else {
            return false;
        };
        let open = !*taken && *matched == Match::New;
        if !open || (old.1.0 && !new.1.0) || !accept(base, head) {
            return false;
        }
        *taken = true;
        *matched = Match::Known(base.id, step);
        true
    }
}
