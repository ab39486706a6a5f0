//! The keyed hashes of secrets, each once.

use crate::model::{SecretHash, SecretId};

/// Slots of the first table.
const FEWEST: usize = 64;

/// A table from hash to number, as small as it can be: twelve or sixteen bytes a hash and five
/// to nine in the table.
pub(super) struct Hashes {
    known: Known,
    /// The number of a hash and 1; 0 is an empty slot. The length is a power of two.
    slots: Vec<u32>,
}

/// What is kept of the hashes, by their number.
enum Known {
    /// All of each, which is asked for in the end.
    Whole(Vec<SecretHash>),
    /// 96 bits, where they only tell secrets apart: of a million secrets two are alike once in
    /// 2^57 times.
    Short(Vec<[u8; 12]>),
}

impl Known {
    fn len(&self) -> usize {
        match self {
            Self::Whole(list) => list.len(),
            Self::Short(list) => list.len(),
        }
    }

    fn push(&mut self, hash: SecretHash) {
        match self {
            Self::Whole(list) => list.push(hash),
            Self::Short(list) => list.push(short(hash)),
        }
    }

    fn is(&self, number: usize, hash: SecretHash) -> bool {
        match self {
            Self::Whole(list) => list.get(number) == Some(&hash),
            Self::Short(list) => list.get(number) == Some(&short(hash)),
        }
    }

    fn first_slot(&self, number: usize) -> Option<usize> {
        Some(match self {
            Self::Whole(list) => first_slot(short(*list.get(number)?)),
            Self::Short(list) => first_slot(*list.get(number)?),
        })
    }
}

impl Hashes {
    /// With all of the hashes, if they are asked for in the end.
    pub(super) fn new(whole: bool) -> Self {
        Self {
            known: if whole {
                Known::Whole(Vec::new())
            } else {
                Known::Short(Vec::new())
            },
            slots: Vec::new(),
        }
    }

    /// The number of a hash, and whether it is new.
    pub(super) fn insert(&mut self, hash: SecretHash) -> (SecretId, bool) {
        if (self.known.len() + 1) * 8 > self.slots.len() * 7 {
            self.widen();
        }
        match self.search(hash) {
            Ok(number) => (SecretId::new(number), false),
            Err(slot) => {
                let number = self.known.len();
                self.known.push(hash);
                self.fill(slot, number);
                (SecretId::new(number), true)
            }
        }
    }

    /// All hashes, by their number; none where they are not kept whole.
    pub(super) fn into_list(self) -> Vec<SecretHash> {
        match self.known {
            Known::Whole(list) => list,
            Known::Short(_) => Vec::new(),
        }
    }

    /// The number of a hash, or the slot in which it belongs. The hashes are keyed, so nobody
    /// can choose secrets that crowd one slot.
    fn search(&self, hash: SecretHash) -> Result<usize, usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = first_slot(short(hash)) & mask;
        while let Some(number) = self.slots.get(at).and_then(|slot| slot.checked_sub(1)) {
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            if self.known.is(number, hash) {
                return Ok(number);
            }
            at = (at + 1) & mask;
        }
        Err(at)
    }

    fn fill(&mut self, slot: usize, number: usize) {
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = u32::try_from(number + 1).unwrap_or(u32::MAX);
        }
    }

    fn widen(&mut self) {
        let size = (self.slots.len() * 2).max(FEWEST);
        // The old one is not needed to fill the new one.
        self.slots = Vec::new();
        self.slots = vec![0; size];
        for number in 0..self.known.len() {
            let Some(first) = self.known.first_slot(number) else {
                continue;
            };
            let mut at = first & (size - 1);
            while self.slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & (size - 1);
            }
            self.fill(at, number);
        }
    }
}

fn short(hash: SecretHash) -> [u8; 12] {
    hash.bytes().first_chunk().copied().unwrap_or_default()
}

fn first_slot([a, b, c, d, ..]: [u8; 12]) -> usize {
    usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hash_has_one_number() {
        // Half of them begin alike, as no keyed hashes do.
        let hash = |n: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&(n % 300).to_be_bytes());
            bytes[8..12].copy_from_slice(&n.to_be_bytes());
            bytes[15] = 1;
            SecretHash::new(bytes)
        };
        for (whole, kept) in [(true, 600), (false, 0)] {
            let mut hashes = Hashes::new(whole);
            for round in 0..2 {
                for n in 0..600 {
                    let number = usize::try_from(n).unwrap();
                    assert_eq!(hashes.insert(hash(n)), (SecretId::new(number), round == 0));
                }
            }
            let list = hashes.into_list();
            assert_eq!(list.len(), kept);
            assert!((0..).zip(&list).all(|(n, known)| *known == hash(n)));
        }
    }
}
