//! Rows of two sides that are equal by some key, made into pairs.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hash};
use std::num::NonZeroUsize;

use foldhash::fast::FixedState;

use super::keyed::{Keyed, NOTHING};
use super::steps::Work;
use super::{Match, Step, number};
use crate::model::{FindingId, Row};

/// The order among equals: what counts before what is set aside, then by place.
pub(super) type Tie = (bool, u32, u32, FindingId);

/// A row with its key.
pub(super) type Entry<K> = (K, Tie, usize);

/// Rows by the hash of their keys: the hash in the upper bits of one number and the row in the
/// lower ones, which sorts without a branch. Only rows of one hash are looked at again, so that
/// neither the order of hashes nor two keys of one hash decide anything.
#[derive(Debug, Clone, Copy)]
struct Packing {
    /// How many bits a row has.
    bits: u32,
}

impl Packing {
    /// Room for so many rows.
    fn of(rows: usize) -> Self {
        let bits = usize::BITS.saturating_sub(rows.leading_zeros());
        Self { bits }
    }

    fn row_bits(self) -> u64 {
        1_u64.checked_shl(self.bits).map_or(u64::MAX, |end| end - 1)
    }

    fn pack(self, hash: u64, row: usize) -> Option<u64> {
        let row = u64::try_from(row).ok()?;
        Some((hash & !self.row_bits()) | row)
    }

    fn hash(self, packed: u64) -> u64 {
        packed & !self.row_bits()
    }

    fn row(self, packed: u64) -> usize {
        usize::try_from(packed & self.row_bits()).unwrap_or(usize::MAX)
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
        let rows = self.base.rows.len().max(self.head.rows.len());
        let packing = Packing::of(rows);
        let base = self.hashed(Side::Base, packing, of_base);
        if base.is_empty() {
            return;
        }
        let head = self.hashed(Side::Head, packing, of_head);
        let hash_of = |packed: &u64| packing.hash(*packed);
        let mut rest = base.as_slice();
        // Nearly all of them: one and one, and nothing to put in order. They are looked at in
        // the order of the report, which is that of memory.
        let mut partners = vec![None::<NonZeroUsize>; self.head.rows.len()];
        for equals in head.chunk_by(|one, other| hash_of(one) == hash_of(other)) {
            let Some(hash) = equals.first().map(hash_of) else {
                continue;
            };
            let from = rest.iter().take_while(|old| hash_of(old) < hash).count();
            let tail = rest.get(from..).unwrap_or_default();
            let same = tail.iter().take_while(|old| hash_of(old) == hash).count();
            let (same, after) = tail.split_at(same);
            rest = after;
            if let ([old], [new]) = (same, equals) {
                if let Some(partner) = partners.get_mut(packing.row(*new)) {
                    *partner = NonZeroUsize::new(packing.row(*old).saturating_add(1));
                }
            } else if !same.is_empty() {
                let rows = |of: &[u64]| of.iter().map(|packed| packing.row(*packed)).collect();
                let (same, equals): (Vec<usize>, Vec<usize>) = (rows(same), rows(equals));
                let base = self.entries(Side::Base, &same, of_base);
                let head = self.entries(Side::Head, &equals, of_head);
                self.merge_entries(step, &base, &head, &accept);
            }
        }
        for (new, partner) in partners.into_iter().enumerate() {
            let Some(old) = partner.map(|partner| partner.get() - 1) else {
                continue;
            };
            if self.key(Side::Base, old, of_base) == self.key(Side::Head, new, of_head) {
                self.join(step, old, new, &accept);
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
    fn hashed<K: Hash>(&self, side: Side, packing: Packing, key_of: KeyOf<'_, K>) -> Vec<u64> {
        let (rows, keys) = self.side(side);
        let state = FixedState::default();
        let all = rows.iter().zip(keys).enumerate();
        let mut hashed: Vec<u64> = all
            .filter(|(index, (_, keyed))| self.is_open(side, *index) && keyed.path != NOTHING)
            .filter_map(|(index, (row, keyed))| {
                let hash = state.hash_one(key_of(index, row, keyed)?);
                packing.pack(hash, index)
            })
            .collect();
        hashed.sort_unstable();
        hashed
    }

    /// Rows with their keys, sorted by key and then in their order.
    fn entries<K: Ord + Copy>(
        &self,
        side: Side,
        of: &[usize],
        key_of: KeyOf<'_, K>,
    ) -> Vec<Entry<K>> {
        let entry = |row: &usize| self.entry(side, *row, key_of);
        let mut entries: Vec<Entry<K>> = of.iter().filter_map(entry).collect();
        entries.sort_unstable();
        entries
    }

    fn key<K>(&self, side: Side, index: usize, key_of: KeyOf<'_, K>) -> Option<K> {
        let (rows, keys) = self.side(side);
        key_of(index, rows.get(index)?, keys.get(index)?)
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
                    made += u64::from(self.join(step, old.2, new.2, accept));
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
            if self.join(step, first.2, new.2, accept) {
                made += 1;
                old = left.next();
            }
        }
        made
    }

    /// Pairs two rows that are open. What the report set aside before excuses nothing that
    /// counts now.
    pub(super) fn join(
        &mut self,
        step: Step,
        old: usize,
        new: usize,
        accept: &impl Fn(&Row, &Row) -> bool,
    ) -> bool {
        let (Some(base), Some(head)) = (self.base.rows.get(old), self.head.rows.get(new)) else {
            return false;
        };
        let (Some(taken), Some(matched)) = (self.taken.get_mut(old), self.matches.get_mut(new))
        else {
            return false;
        };
        let open = !*taken && *matched == Match::New;
        if !open || (base.set_aside && !head.set_aside) || !accept(base, head) {
            return false;
        }
        *taken = true;
        *matched = Match::Known(base.id, step);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hasher;
    use std::num::NonZeroU32;

    use super::*;
    use crate::model::{Baseline, Class, FingerprintRange, Intake, Rows, TextId, Texts};
    use crate::scope::matching::Earlier;

    /// A key of which every one has the same hash.
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    struct Line(u32);

    impl Hash for Line {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }

    fn rows(lines: &[u32]) -> Rows {
        let rows = lines.iter().map(|line| Row {
            id: FindingId::new([u8::try_from(*line).unwrap(); 16]),
            stream: 0,
            class: Class::Sast,
            rule: TextId::FIRST,
            path: None,
            in_repository: false,
            line: NonZeroU32::new(*line),
            column: None,
            set_aside: false,
            of_history: false,
            secret: None,
            dependency: None,
            prints: FingerprintRange::default(),
        });
        Rows {
            rows: rows.collect(),
            ..Rows::default()
        }
    }

    /// The lines that are known, by place in the head.
    fn known(base: &[u32], head: &[u32]) -> Vec<Option<u32>> {
        let mut texts = Texts::default();
        texts.intern("rule");
        let baseline = Baseline {
            texts,
            rows: rows(base),
            ..Baseline::default()
        };
        let earlier = Earlier {
            baseline: &baseline,
            carry: None,
            change: None,
            key: None,
        };
        let (intake, head) = (Intake::default(), rows(head));
        let mut work = Work::new(&earlier, &intake, &head);
        let of = |_: usize, row: &Row, _: &Keyed| Some(Line(number(row.line)));
        work.merge(Step::Place, &of, &of, |_, _| true);
        let known = work.matches.iter().map(|matched| match matched {
            Match::Known(id, Step::Place) => Some(
                base.iter()
                    .copied()
                    .find(|line| *id == FindingId::new([u8::try_from(*line).unwrap(); 16]))?,
            ),
            _ => None,
        });
        known.collect()
    }

    #[test]
    fn keys_of_one_hash_are_told_apart() {
        assert_eq!(known(&[1], &[2]), [None]);
        assert_eq!(known(&[2], &[2]), [Some(2)]);
        assert_eq!(
            known(&[1, 2, 3], &[3, 9, 2, 1, 3]),
            [Some(3), None, Some(2), Some(1), None]
        );
    }

    #[test]
    fn a_hash_and_a_row_share_a_number() {
        for rows in [1, 2, 3, 100_000, usize::try_from(u32::MAX).unwrap()] {
            let packing = Packing::of(rows);
            for row in [0, rows / 2, rows - 1] {
                let packed = packing.pack(u64::MAX, row).unwrap();
                assert_eq!(packing.row(packed), row);
                assert_eq!(packing.hash(packed), packing.hash(u64::MAX));
                assert_ne!(packing.hash(packed), packing.hash(0));
            }
        }
    }
}
