//! Distinct strings, packed: the memory of a report is mostly these.

use std::hash::{BuildHasher, Hasher};

use zeroize::Zeroize;

/// Bytes of a block, unless one string is longer.
const BLOCK: usize = 64 * 1024;

/// Buckets of the first table.
const FEWEST: usize = 8;

/// A table that keeps each distinct string once, in blocks that never move.
///
/// A string costs its bytes, sixteen for its head and its place, and about twelve in the table.
/// Equal strings are found by 32 bits of a hash before a string is looked at. Its number stands
/// before it, so that finding one reads two places of the memory and no third.
#[derive(Default)]
pub(crate) struct Strings {
    /// Of each string its [`Head`] and then its text, from the next multiple of [`STEP`].
    blocks: Vec<String>,
    /// By number.
    places: Vec<Place>,
    /// A power of two of them.
    buckets: Vec<Bucket>,
    seed: foldhash::fast::RandomState,
}

/// Slots of the table that lie side by side in the memory and are looked at at once: in the upper
/// half of a slot a hash, in the lower a place and 1. Empty slots are 0 and come last.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Bucket([u64; 8]);

impl Bucket {
    /// Which slots have a hash, a bit for each.
    #[inline]
    fn with(&self, hash: u32) -> u32 {
        let bit = |(slot, place): (&u64, u32)| u32::from(slot >> 32 == u64::from(hash)) << place;
        self.0
            .iter()
            .zip(0..)
            .map(bit)
            .fold(0, |all, one| all | one)
    }

    fn is_full(&self) -> bool {
        !self.0.ends_with(&[0])
    }

    fn first_empty(&mut self) -> Option<&mut u64> {
        self.0.iter_mut().find(|slot| **slot == 0)
    }
}

/// Where a string begins: the block, and in the lowest bits the steps in it.
#[derive(Debug, Clone, Copy)]
struct Place(u32);

/// Bytes between two places at which a string may begin.
const STEP: usize = 8;

/// Bits for the steps of a block.
const STEPS: u32 = (BLOCK / STEP).ilog2();

impl Place {
    fn new(block: usize, start: usize) -> Self {
        Self(narrow((block << STEPS) | (start / STEP)))
    }

    fn block(self) -> usize {
        wide(self.0 >> STEPS)
    }

    fn start(self) -> usize {
        wide(self.0 & ((1 << STEPS) - 1)) * STEP
    }
}

/// What stands before the text of a string: its number and its length, in eight bytes of ASCII,
/// since it stands among text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    number: usize,
    /// `None` if it is the rest of the block.
    len: Option<usize>,
}

impl Head {
    const BYTES: usize = 8;
    const NUMBER_BITS: u32 = 35;
    /// Stands for no length; no string that shares a block is as long.
    const REST: u64 = (1 << 21) - 1;

    fn write(self, out: &mut String) {
        let len = self.len.and_then(|len| u64::try_from(len).ok());
        let len = len.map_or(Self::REST, |len| len.min(Self::REST));
        let word = len << Self::NUMBER_BITS | u64::from(narrow(self.number));
        let seven_bits = |place: u32| u8::try_from(word >> (place * 7) & 0x7f).unwrap_or(0);
        out.extend((0..8).map(|place| char::from(seven_bits(place))));
    }

    /// The head at the beginning of some bytes.
    fn read(bytes: &[u8]) -> Option<Self> {
        let word = u64::from_le_bytes(*bytes.first_chunk()?);
        // Seven bits of each byte, put together pair by pair.
        let word = word & 0x007f_007f_007f_007f | (word >> 8 & 0x007f_007f_007f_007f) << 7;
        let word = word & 0x3fff_0000_3fff | (word >> 16 & 0x3fff_0000_3fff) << 14;
        let word = word & 0x0fff_ffff | (word >> 32) << 28;
        let len = word >> Self::NUMBER_BITS;
        Some(Self {
            number: usize::try_from(word & ((1 << Self::NUMBER_BITS) - 1)).ok()?,
            len: usize::try_from(len).ok().filter(|_| len != Self::REST),
        })
    }
}

impl std::fmt::Debug for Strings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Strings(‹{}›)", self.len())
    }
}

impl Strings {
    /// Puts a string in, if it is not there, and returns its number, counted from 0.
    pub(crate) fn intern(&mut self, text: &str) -> usize {
        let hash = self.hash(text.as_bytes());
        match self.search(hash, text.as_bytes()) {
            Ok(number) => number,
            Err(bucket) => {
                let number = self.push(text);
                let place = self.places.last().map_or(0, |place| place.0);
                let entry = (u64::from(hash) << 32) | (u64::from(place) + 1);
                let bucket = bucket.and_then(|bucket| self.buckets.get_mut(bucket));
                if let Some(slot) = bucket.and_then(Bucket::first_empty) {
                    *slot = entry;
                }
                if self.places.len() > self.buckets.len() * 6 {
                    self.widen(entry);
                }
                number
            }
        }
    }

    /// The number of a string that is there, by its bytes: what is found need not be held to
    /// UTF-8 once more.
    pub(crate) fn find(&self, text: &[u8]) -> Option<usize> {
        self.search(self.hash(text), text).ok()
    }

    /// The string of a number.
    pub(crate) fn get(&self, number: usize) -> Option<&str> {
        self.at(*self.places.get(number)?).map(|(_, text)| text)
    }

    /// The number and the string at a place.
    fn at(&self, place: Place) -> Option<(usize, &str)> {
        let block = self.blocks.get(place.block())?;
        let start = place.start();
        let head = Head::read(block.as_bytes().get(start..)?)?;
        let start = start + Head::BYTES;
        let text = match head.len {
            Some(len) => block.get(start..start + len)?,
            None => block.get(start..)?,
        };
        Some((head.number, text))
    }

    /// How many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The block in which a string is, from 0.
    pub(crate) fn block(&self, number: usize) -> Option<usize> {
        self.places.get(number).map(|place| place.block())
    }

    /// Gives back the memory of a block; its strings are gone.
    pub(crate) fn drop_block(&mut self, block: usize) {
        if let Some(block) = self.blocks.get_mut(block) {
            *block = String::new();
        }
    }

    /// Gives back what only looking up needs: from now on every string is new.
    pub(crate) fn close(&mut self) {
        self.buckets = Vec::new();
    }

    /// Adds a string without looking whether it is there; no look-up will find it.
    pub(crate) fn push(&mut self, text: &str) -> usize {
        let number = self.places.len();
        let place = self.put(number, text);
        self.places.push(place);
        number
    }

    /// Puts another string in the place of one, whose bytes are wiped. No look-up may follow.
    pub(crate) fn replace(&mut self, number: usize, text: &str) {
        let new = self.put(number, text);
        let Some(place) = self.places.get_mut(number) else {
            return;
        };
        let old = std::mem::replace(place, new);
        let len = self.at(old).map_or(0, |(_, text)| text.len());
        let start = old.start() + Head::BYTES;
        if let Some(block) = self.blocks.get_mut(old.block())
            && block.get(start..start + len).is_some()
        {
            block.replace_range(start..start + len, &"\0".repeat(len));
        }
    }

    /// Overwrites all strings.
    pub(crate) fn wipe(&mut self) {
        self.blocks.iter_mut().for_each(Zeroize::zeroize);
    }

    fn put(&mut self, number: usize, text: &str) -> Place {
        let needed = Head::BYTES + text.len();
        let fits = |block: &String| {
            block.len() <= BLOCK && block.capacity() - block.len() >= gap(block) + needed
        };
        if !self.blocks.last().is_some_and(fits) {
            self.blocks.push(String::with_capacity(BLOCK.max(needed)));
        }
        let head = Head {
            number,
            len: (needed <= BLOCK).then_some(text.len()),
        };
        let mut start = 0;
        if let Some(last) = self.blocks.last_mut() {
            last.extend(std::iter::repeat_n('\0', gap(last)));
            start = last.len();
            head.write(last);
            last.push_str(text);
        }
        Place::new(self.blocks.len() - 1, start)
    }

    fn hash(&self, text: &[u8]) -> u32 {
        let mut hasher = self.seed.build_hasher();
        hasher.write(text);
        let hash = hasher.finish();
        narrow_half(hash ^ (hash >> 32))
    }

    /// The number of a string, or the bucket in which it belongs.
    fn search(&self, hash: u32, text: &[u8]) -> Result<usize, Option<usize>> {
        let mask = self.buckets.len().wrapping_sub(1);
        let mut at = wide(hash) & mask;
        while let Some(bucket) = self.buckets.get(at) {
            let mut candidates = bucket.with(hash);
            while candidates != 0 {
                let slot = bucket.0.get(wide(candidates.trailing_zeros()));
                candidates &= candidates - 1;
                let place = slot.and_then(|slot| narrow_half(*slot).checked_sub(1));
                if let Some((number, known)) = place.and_then(|place| self.at(Place(place)))
                    && known.as_bytes() == text
                {
                    return Ok(number);
                }
            }
            if !bucket.is_full() {
                return Err(Some(at));
            }
            at = (at + 1) & mask;
        }
        Err(None)
    }

    /// Doubles the table; `last` is the entry that came last, which may be in no bucket.
    fn widen(&mut self, last: u64) {
        let was_empty = self.buckets.is_empty();
        let size = (self.buckets.len() * 2).max(FEWEST);
        let old = std::mem::replace(&mut self.buckets, vec![Bucket::default(); size]);
        let last = was_empty.then_some(last);
        let old = old.into_iter().flat_map(|bucket| bucket.0);
        for entry in old.filter(|slot| *slot != 0).chain(last) {
            let mut at = wide(narrow_half(entry >> 32)) & (size - 1);
            while self.buckets.get(at).is_some_and(Bucket::is_full) {
                at = (at + 1) & (size - 1);
            }
            if let Some(slot) = self.buckets.get_mut(at).and_then(Bucket::first_empty) {
                *slot = entry;
            }
        }
    }
}

/// Bytes to the next step of a block.
fn gap(block: &str) -> usize {
    block.len().next_multiple_of(STEP) - block.len()
}

/// Four thousand million strings do not fit the reader's other limits.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The lower half.
fn narrow_half(word: u64) -> u32 {
    u32::try_from(word & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_comes_back_as_it_was_written() {
        let most = usize::try_from(u32::MAX).unwrap();
        for number in [0, 1, 127, 128, 1 << 21, most - 1, most] {
            for len in [None, Some(0), Some(1), Some(127), Some(128), Some(BLOCK)] {
                let (head, mut text) = (Head { number, len }, String::new());
                head.write(&mut text);
                assert_eq!(text.len(), Head::BYTES);
                assert_eq!(Head::read(text.as_bytes()), Some(head));
            }
        }
    }

    #[test]
    fn strings_of_every_length_stand_side_by_side() {
        let mut strings = Strings::default();
        // At the end of a block, and longer than one.
        let lengths = (0..300).chain([BLOCK - 9, BLOCK - 8, BLOCK - 7, BLOCK, 3 << 20]);
        let text = |n: usize, len: usize| "x".repeat(len) + &n.to_string();
        let all: Vec<String> = lengths
            .enumerate()
            .flat_map(|(n, len)| [text(n, len), "between".to_owned() + &n.to_string()])
            .collect();
        for (number, text) in all.iter().enumerate() {
            assert_eq!(strings.intern(text), number);
        }
        for (number, text) in all.iter().enumerate() {
            assert_eq!(strings.get(number), Some(text.as_str()));
            assert_eq!(strings.find(text.as_bytes()), Some(number));
        }
        assert_eq!(strings.find(b"\xff"), None);
    }

    #[test]
    fn strings_of_one_bucket_find_another() {
        let mut strings = Strings::default();
        strings.intern("first");
        // All of one hash, whatever the seed: more than any bucket has room for.
        let texts: Vec<String> = (0..30).map(|n| format!("text {n}")).collect();
        for (place, text) in texts.iter().enumerate() {
            let found = strings.search(7, text.as_bytes());
            let number = strings.push(text);
            assert_eq!(number, place + 1);
            let entry = (7 << 32) | (u64::from(strings.places[number].0) + 1);
            let bucket = found
                .unwrap_err()
                .and_then(|at| strings.buckets.get_mut(at));
            *bucket.and_then(Bucket::first_empty).unwrap() = entry;
        }
        for round in 0..2 {
            for (place, text) in texts.iter().enumerate() {
                let found = strings.search(7, text.as_bytes());
                assert_eq!(found, Ok(place + 1), "{round}");
            }
            strings.widen(0);
        }
    }

    #[test]
    fn each_string_has_one_number_and_comes_back_as_it_was() {
        let mut strings = Strings::default();
        let text = |n: usize| format!("{}é{n}", "x".repeat(n % 97));
        for n in 0..5000 {
            assert_eq!(strings.find(text(n).as_bytes()), None);
            assert_eq!(strings.intern(&text(n)), n);
        }
        for n in 0..5000 {
            assert_eq!(strings.intern(&text(n)), n);
            assert_eq!(strings.find(text(n).as_bytes()), Some(n));
            assert_eq!(strings.get(n), Some(text(n).as_str()));
        }
        assert_eq!(strings.len(), 5000);
        let long = "é".repeat(BLOCK);
        assert_eq!(strings.intern(&long), 5000);
        assert_eq!(strings.intern(""), 5001);
        assert_eq!(strings.get(5000), Some(long.as_str()));
        assert_eq!(strings.get(5001), Some(""));
        assert_eq!(strings.get(5002), None);
    }

    #[test]
    fn what_is_replaced_is_wiped() {
        let mut strings = Strings::default();
        strings.intern("before");
        let number = strings.intern("söcret");
        strings.intern("after");
        strings.replace(number, "‹secret›");
        assert_eq!(strings.get(number), Some("‹secret›"));
        assert_eq!(strings.get(0), Some("before"));
        assert_eq!(strings.get(2), Some("after"));
        assert!(!strings.blocks.concat().contains("söcret"));
    }
}
