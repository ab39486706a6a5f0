//! The keyed hashes of secrets, each once.

use crate::model::{SecretHash, SecretId};

/// Slots of the first table.
const FEWEST: usize = 64;

/// A table from hash to number, as small as it can be: sixteen bytes a hash and five to nine
/// in the table.
#[derive(Default)]
pub(super) struct Hashes {
    known: Vec<SecretHash>,
    /// The number of a hash and 1; 0 is an empty slot. The length is a power of two.
    slots: Vec<u32>,
}

impl Hashes {
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

    /// All hashes, by their number.
    pub(super) fn into_list(self) -> Vec<SecretHash> {
        self.known
    }

    /// The number of a hash, or the slot in which it belongs. The hashes are keyed, so nobody
    /// can choose secrets that crowd one slot.
    fn search(&self, hash: SecretHash) -> Result<usize, usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = first_slot(hash) & mask;
        while let Some(number) = self.slots.get(at).and_then(|slot| slot.checked_sub(1)) {
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            if self.known.get(number) == Some(&hash) {
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
            let Some(hash) = self.known.get(number) else {
                continue;
            };
            let mut at = first_slot(*hash) & (size - 1);
            while self.slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & (size - 1);
            }
            self.fill(at, number);
        }
    }
}

fn first_slot(hash: SecretHash) -> usize {
    let [a, b, c, d, ..] = hash.bytes();
    usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hash_has_one_number() {
        let mut hashes = Hashes::default();
        // Half of them begin alike, as no keyed hashes do.
        let hash = |n: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&(n % 300).to_be_bytes());
            bytes[12..].copy_from_slice(&n.to_be_bytes());
            SecretHash::new(bytes)
        };
        for round in 0..2 {
            for n in 0..600 {
                let number = usize::try_from(n).unwrap();
                assert_eq!(hashes.insert(hash(n)), (SecretId::new(number), round == 0));
            }
        }
        assert_eq!(hashes.into_list().len(), 600);
    }
}
