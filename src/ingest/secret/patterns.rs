//! What raw values are found by in a text. The values themselves are not kept.
//!
//! Equal bytes have equal hashes, so a value that stands in a text is always found. A text
//! that is no value is taken for one if it has the length of it, 32 equal bits in the hash of
//! its beginning and 48 in the hash of all of it: where they begin alike once in 2^48 times,
//! else once in 2^80, and what then happens is that a text is blanked without need. The seed
//! is random for the run, so a report cannot aim for it.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;

/// From this length on a value is searched for anywhere; below it only as a whole word.
pub(super) const ANYWHERE: usize = 8;
/// Shorter values are not searched for: a secret of one letter must not blank a report.
pub(super) const SHORTEST: usize = 4;

/// Longer values are searched for piece by piece: a length has two bytes. A text that is kept
/// has hardly more (limit L6).
const LONGEST: usize = 65_535;

/// Patterns before the first time that repeats are taken out: three megabytes.
const FEW: usize = 1 << 18;

/// Patterns as they come, in any order, some of them more than once.
///
/// Twelve bytes stand for a value: hashes of its beginning and of all of it, and its length.
/// A hundred thousand long values cost no more than that, and no raw value is there to be
/// wiped or leaked (rule S81).
#[derive(Default)]
pub(super) struct Patterns {
    list: Vec<Pattern>,
    seed: RandomState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Pattern {
    /// The length, and below it the first part of a hash of all bytes.
    len_and_check: u32,
    /// A hash of the first bytes.
    head: u32,
    /// The rest of the hash of all bytes.
    check: u32,
}

impl Pattern {
    fn new(head: u32, len: u16, (first, rest): (u16, u32)) -> Self {
        Self {
            len_and_check: u32::from(len) << 16 | u32::from(first),
            head,
            check: rest,
        }
    }

    fn len(self) -> usize {
        usize::try_from(self.len_and_check >> 16).unwrap_or_default()
    }

    fn check(self) -> (u16, u32) {
        let first = u16::try_from(self.len_and_check & 0xffff).unwrap_or_default();
        (first, self.check)
    }

    /// By beginning, then by length, as one number that lies so in memory: it is what sorting
    /// a hundred thousand of them goes by.
    fn order(self) -> u64 {
        u64::from(self.head) << 32 | u64::from(self.len_and_check)
    }
}

impl Patterns {
    /// Adds a value, unless it is too short to be searched for.
    pub(super) fn push(&mut self, value: &[u8]) {
        let pieces = value.len().saturating_sub(1) / LONGEST;
        for piece in 0..pieces {
            let from = piece * LONGEST;
            self.push_piece(value.get(from..from + LONGEST).unwrap_or_default());
        }
        // The last one overlaps the one before, so that it is not too short to be found.
        let from = if pieces > 0 { value.len() - LONGEST } else { 0 };
        self.push_piece(value.get(from..).unwrap_or_default());
    }

    fn push_piece(&mut self, value: &[u8]) {
        let Ok(len) = u16::try_from(value.len()) else {
            return;
        };
        let Some(head) = self.head(value, width(value.len())) else {
            return;
        };
        if self.list.len() == self.list.capacity() && self.list.len() >= FEW {
            self.sort();
            // As many again at least may come before it is sorted once more.
            self.list.reserve(self.list.len());
        }
        let check = self.check(value);
        self.list.push(Pattern::new(head, len, check));
    }

    /// Puts them in order, each once.
    fn sort(&mut self) {
        self.list.sort_unstable_by_key(|pattern| pattern.order());
        // Values that begin alike may be one in that number by chance.
        let alike = |one: &Pattern, other: &Pattern| one.order() == other.order();
        for alike in self.list.chunk_by_mut(alike) {
            alike.sort_unstable_by_key(|pattern| pattern.check);
        }
        self.list.dedup();
    }

    /// 48 bits of a hash.
    fn check(&self, bytes: &[u8]) -> (u16, u32) {
        let hash = self.seed.hash_one(bytes) >> 16;
        let first = u16::try_from(hash >> 32).unwrap_or_default();
        (first, u32::try_from(hash & 0xffff_ffff).unwrap_or_default())
    }

    /// How many there are, repeats included.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Ends the gathering.
    pub(super) fn into_index(mut self) -> Index {
        self.sort();
        let mut index = Index {
            long: Bitmap::default(),
            short: Bitmap::default(),
            patterns: self,
        };
        let list = &index.patterns.list;
        let is_long = |pattern: &&Pattern| pattern.len() >= ANYWHERE;
        let long = list.iter().filter(is_long).count();
        index.long = Bitmap::of(long);
        index.short = Bitmap::of(list.len() - long);
        for pattern in list {
            if is_long(&pattern) {
                index.long.set(pattern.head);
            } else {
                index.short.set(pattern.head);
            }
        }
        index
    }

    /// A hash of the first bytes; `None` if there are fewer.
    fn head(&self, bytes: &[u8], width: usize) -> Option<u32> {
        let mut first = [0; ANYWHERE];
        first.get_mut(..width)?.copy_from_slice(bytes.get(..width)?);
        let hash = self.seed.hash_one(u64::from_le_bytes(first));
        u32::try_from(hash >> 32).ok()
    }
}

/// How many bytes at the beginning of a value of a length are looked at first.
const fn width(len: usize) -> usize {
    if len >= ANYWHERE { ANYWHERE } else { SHORTEST }
}

/// All patterns, each once, to be looked up.
///
/// A bitmap of the hashes of first bytes says no for nearly every place of a text; behind it
/// the patterns stand in order.
pub(super) struct Index {
    patterns: Patterns,
    long: Bitmap,
    short: Bitmap,
}

impl Index {
    /// True if there is nothing to search for.
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.list.is_empty()
    }

    /// Finds the longest pattern at each place of a text where one stands; a short one only
    /// where it is `allowed`.
    pub(super) fn search(
        &self,
        text: &str,
        allowed: impl Fn(usize, usize) -> bool,
        hits: &mut Vec<(usize, usize)>,
    ) {
        self.search_for(ANYWHERE, &self.long, text, |_, _| true, hits);
        self.search_for(SHORTEST, &self.short, text, allowed, hits);
    }

    fn search_for(
        &self,
        width: usize,
        bitmap: &Bitmap,
        text: &str,
        allowed: impl Fn(usize, usize) -> bool,
        hits: &mut Vec<(usize, usize)>,
    ) {
        if bitmap.words.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        for from in 0..(bytes.len() + 1).saturating_sub(width) {
            let here = bytes.get(from..).unwrap_or_default();
            let Some(head) = self.patterns.head(here, width) else {
                return;
            };
            if bitmap.has(head) {
                let is_hit = |len: &usize| allowed(from, from + len);
                let lengths = self.lengths_at(here, head, width);
                hits.extend(lengths.rev().find(is_hit).map(|len| (from, from + len)));
            }
        }
    }

    /// The lengths of the patterns of one beginning that stand here, shortest first.
    fn lengths_at<'t>(
        &'t self,
        here: &'t [u8],
        head: u32,
        width: usize,
    ) -> impl DoubleEndedIterator<Item = usize> + 't {
        let list = &self.patterns.list;
        let lengths = if width == ANYWHERE {
            ANYWHERE..=here.len()
        } else {
            SHORTEST..=here.len().min(ANYWHERE - 1)
        };
        let key = |pattern: &Pattern| (pattern.head, pattern.len());
        let start = list.partition_point(|pattern| key(pattern) < (head, *lengths.start()));
        let end = list.partition_point(|pattern| key(pattern) <= (head, *lengths.end()));
        let found = list.get(start..end).unwrap_or_default();
        let mut hashed = None;
        found
            .iter()
            .map(|pattern| (pattern.len(), pattern.check()))
            .filter(move |(len, check)| {
                // Several patterns have one length: the text is hashed once for all of them.
                let known = hashed.filter(|(before, _)| before == len);
                let (_, hash) = known.unwrap_or_else(|| {
                    let part = here.get(..*len).unwrap_or_default();
                    (*len, self.patterns.check(part))
                });
                hashed = Some((*len, hash));
                hash == *check
            })
            .map(|(len, _)| len)
    }
}

/// Hashes that may be there.
#[derive(Default)]
struct Bitmap {
    words: Vec<u64>,
}

impl Bitmap {
    /// Thirty-two bits a pattern, of which it sets two: of the places of an unrelated text four
    /// of a thousand are looked up.
    fn of(patterns: usize) -> Self {
        let words = match patterns {
            0 => 0,
            some => some.next_power_of_two().div_ceil(2),
        };
        Self {
            words: vec![0; words],
        }
    }

    fn set(&mut self, head: u32) {
        let (word, bits) = self.place(head);
        if let Some(word) = self.words.get_mut(word) {
            *word |= bits;
        }
    }

    #[inline]
    fn has(&self, head: u32) -> bool {
        let (word, bits) = self.place(head);
        self.words.get(word).is_some_and(|word| word & bits == bits)
    }

    /// A word and two bits of it.
    #[inline]
    fn place(&self, head: u32) -> (usize, u64) {
        let mask = self.words.len().saturating_sub(1);
        let word = usize::try_from(head >> 6).unwrap_or(0) & mask;
        (word, 1 << (head & 63) | 1 << (head >> 26))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_and_again_is_kept_once() {
        let mut patterns = Patterns::default();
        for number in 0..(FEW * 4) {
            patterns.push(format!("value-{:03}-of-it", number % 500).as_bytes());
        }
        assert!(patterns.len() <= FEW * 2, "{}", patterns.len());
        let index = patterns.into_index();
        assert_eq!(index.patterns.list.len(), 500);
    }

    #[test]
    fn what_is_alike_by_chance_is_kept_apart_and_each_once() {
        let mut patterns = Patterns::default();
        for (check, rest) in [(5, 2), (5, 1), (5, 2), (4, 9), (5, 1), (5, 2)] {
            patterns.list.push(Pattern::new(7, 20, (check, rest)));
        }
        patterns.sort();
        let kept: Vec<(u16, u32)> = patterns.list.iter().map(|p| p.check()).collect();
        assert_eq!(kept, [(4, 9), (5, 1), (5, 2)]);
    }

    #[test]
    fn a_value_longer_than_a_length_is_found_piece_by_piece() {
        let byte = |n: usize| b'a' + u8::try_from(n * n % 7919 % 26).unwrap();
        for len in [LONGEST, LONGEST + 1, 2 * LONGEST, 2 * LONGEST + 9] {
            let value: Vec<u8> = (0..len).map(byte).collect();
            let mut patterns = Patterns::default();
            patterns.push(&value);
            assert_eq!(patterns.len(), len.div_ceil(LONGEST));
            let text = format!("-{}-", String::from_utf8(value).unwrap());
            let mut hits = Vec::new();
            let index = patterns.into_index();
            index.search(&text, |_, _| true, &mut hits);
            hits.sort_unstable();
            let (first, last) = (hits[0].0, hits[hits.len() - 1].1);
            assert_eq!((first, last), (1, len + 1));
            assert!(hits.windows(2).all(|two| two[1].0 <= two[0].1), "{len}");
        }
    }

    #[test]
    fn secrets_rule_081_a_value_is_not_kept() {
        let mut patterns = Patterns::default();
        patterns.push(b"ghx_0123456789");
        assert_eq!(size_of::<Pattern>(), 12);
        let [pattern] = patterns.list.as_slice() else {
            panic!("one pattern");
        };
        assert_eq!(pattern.len(), 14);
        // Hashes with a random seed: another run has others.
        let mut other = Patterns::default();
        other.push(b"ghx_0123456789");
        assert_ne!(other.list.first().map(|p| p.check()), Some(pattern.check()));
    }
}
