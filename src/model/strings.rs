//! Distinct strings, packed: the memory of a report is mostly these.

use std::hash::BuildHasher;

use zeroize::Zeroize;

/// Bytes of a block, unless one string is longer.
const BLOCK: usize = 64 * 1024;

/// Slots of the first table.
const FEWEST: usize = 64;

/// A table that keeps each distinct string once, in blocks that never move.
///
/// A string costs its bytes, twelve for its place, and about twelve in the table. Equal
/// strings are found by 32 bits of a hash before a string is looked at.
#[derive(Default)]
pub(crate) struct Strings {
    blocks: Vec<String>,
    places: Vec<Place>,
    /// In the upper half of a slot a hash, in the lower the number of a string, from 1; 0 is
    /// an empty slot. The length is a power of two.
    slots: Vec<u64>,
    seed: foldhash::fast::RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    block: u32,
    start: u32,
    len: u32,
}

impl std::fmt::Debug for Strings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Strings(‹{}›)", self.len())
    }
}

impl Strings {
    /// Puts a string in, if it is not there, and returns its number, counted from 0.
    pub(crate) fn intern(&mut self, text: &str) -> usize {
        let hash = self.hash(text);
        match self.search(hash, text) {
            Ok(number) => number,
            Err(slot) => {
                let number = self.push(text);
                let entry = (u64::from(hash) << 32) | u64::from(narrow(number + 1));
                if let Some(slot) = slot.and_then(|slot| self.slots.get_mut(slot)) {
                    *slot = entry;
                }
                if self.places.len() * 4 > self.slots.len() * 3 {
                    self.widen(entry);
                }
                number
            }
        }
    }

    /// The number of a string that is there.
    pub(crate) fn find(&self, text: &str) -> Option<usize> {
        self.search(self.hash(text), text).ok()
    }

    /// The string of a number.
    pub(crate) fn get(&self, number: usize) -> Option<&str> {
        let place = self.places.get(number)?;
        let start = wide(place.start);
        self.blocks
            .get(wide(place.block))?
            .get(start..start + wide(place.len))
    }

    /// How many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The block in which a string is, from 0.
    pub(crate) fn block(&self, number: usize) -> Option<usize> {
        self.places.get(number).map(|place| wide(place.block))
    }

    /// Gives back the memory of a block; its strings are gone.
    pub(crate) fn drop_block(&mut self, block: usize) {
        if let Some(block) = self.blocks.get_mut(block) {
            *block = String::new();
        }
    }

    /// Gives back what only looking up needs: from now on every string is new.
    pub(crate) fn close(&mut self) {
        self.slots = Vec::new();
    }

    /// Adds a string without looking whether it is there; no look-up will find it.
    pub(crate) fn push(&mut self, text: &str) -> usize {
        let place = self.put(text);
        self.places.push(place);
        self.places.len() - 1
    }

    /// Puts another string in the place of one, whose bytes are wiped.
    pub(crate) fn replace(&mut self, number: usize, text: &str) {
        let new = self.put(text);
        let Some(place) = self.places.get_mut(number) else {
            return;
        };
        let old = std::mem::replace(place, new);
        let (start, len) = (wide(old.start), wide(old.len));
        if let Some(block) = self.blocks.get_mut(wide(old.block))
            && block.get(start..start + len).is_some()
        {
            block.replace_range(start..start + len, &"\0".repeat(len));
        }
    }

    /// Overwrites all strings.
    pub(crate) fn wipe(&mut self) {
        self.blocks.iter_mut().for_each(Zeroize::zeroize);
    }

    fn put(&mut self, text: &str) -> Place {
        let fits = |block: &String| block.capacity() - block.len() >= text.len();
        if !self.blocks.last().is_some_and(fits) {
            let size = BLOCK.max(text.len());
            self.blocks.push(String::with_capacity(size));
        }
        let block = self.blocks.len() - 1;
        let mut start = 0;
        if let Some(last) = self.blocks.last_mut() {
            start = last.len();
            last.push_str(text);
        }
        Place {
            block: narrow(block),
            start: narrow(start),
            len: narrow(text.len()),
        }
    }

    fn hash(&self, text: &str) -> u32 {
        let hash = self.seed.hash_one(text);
        narrow_half(hash ^ (hash >> 32))
    }

    /// The number of a string, or the slot in which it belongs.
    fn search(&self, hash: u32, text: &str) -> Result<usize, Option<usize>> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = wide(hash) & mask;
        while let Some(slot) = self.slots.get(at).copied() {
            if slot == 0 {
                return Err(Some(at));
            }
            if slot >> 32 == u64::from(hash) {
                let number = wide(narrow_half(slot)) - 1;
                if self.get(number) == Some(text) {
                    return Ok(number);
                }
            }
            at = (at + 1) & mask;
        }
        Err(None)
    }

    /// Doubles the table; `last` is the entry that came last, which may be in no slot.
    fn widen(&mut self, last: u64) {
        let was_empty = self.slots.is_empty();
        let size = (self.slots.len() * 2).max(FEWEST);
        let old = std::mem::replace(&mut self.slots, vec![0; size]);
        let last = was_empty.then_some(last);
        for entry in old.into_iter().filter(|slot| *slot != 0).chain(last) {
            let mut at = wide(narrow_half(entry >> 32)) & (size - 1);
            while self.slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & (size - 1);
            }
            if let Some(slot) = self.slots.get_mut(at) {
                *slot = entry;
            }
        }
    }
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
    fn each_string_has_one_number_and_comes_back_as_it_was() {
        let mut strings = Strings::default();
        let text = |n: usize| format!("{}é{n}", "x".repeat(n % 97));
        for n in 0..5000 {
            assert_eq!(strings.find(&text(n)), None);
            assert_eq!(strings.intern(&text(n)), n);
        }
        for n in 0..5000 {
            assert_eq!(strings.intern(&text(n)), n);
            assert_eq!(strings.find(&text(n)), Some(n));
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
