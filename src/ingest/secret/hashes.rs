//! The keyed hashes of secrets, each once.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::model::{SecretHash, SecretId};

/// A table from hash to number, as small as it can be: ten or sixteen bytes a hash and five to
/// ten in the table.
pub(super) struct Hashes {
    known: Known,
    numbers: HashTable<u32>,
}

/// What is kept of the hashes, by their number.
enum Known {
    /// All of each, which is asked for in the end.
    Whole(Vec<SecretHash>),
    /// 80 bits, where they only tell secrets apart: of a million secrets two are alike once in
    /// 2^41 times.
    Short(Vec<[u8; 10]>),
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

    fn is(&self, number: u32, hash: SecretHash) -> bool {
        let number = wide(number);
        match self {
            Self::Whole(list) => list.get(number) == Some(&hash),
            Self::Short(list) => list.get(number) == Some(&short(hash)),
        }
    }

    /// Where a hash stands in the table. The hashes are keyed, so nobody can choose secrets
    /// that crowd one place.
    fn place(&self, number: u32) -> u64 {
        let number = wide(number);
        let hash = match self {
            Self::Whole(list) => list.get(number).map(|hash| short(*hash)),
            Self::Short(list) => list.get(number).copied(),
        };
        place(hash.unwrap_or_default())
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
            numbers: HashTable::new(),
        }
    }

    /// The number of a hash, and whether it is new.
    pub(super) fn insert(&mut self, hash: SecretHash) -> (SecretId, bool) {
        let known = &mut self.known;
        let next = known.len();
        let entry = self.numbers.entry(
            place(short(hash)),
            |number| known.is(*number, hash),
            |number| known.place(*number),
        );
        match entry {
            Entry::Occupied(found) => (SecretId::new(wide(*found.get())), false),
            Entry::Vacant(free) => {
                free.insert(u32::try_from(next).unwrap_or(u32::MAX));
                known.push(hash);
                (SecretId::new(next), true)
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
}

fn short(hash: SecretHash) -> [u8; 10] {
    hash.bytes().first_chunk().copied().unwrap_or_default()
}

fn place(hash: [u8; 10]) -> u64 {
    u64::from_le_bytes(hash.first_chunk().copied().unwrap_or_default())
}

fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
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
            bytes[6..10].copy_from_slice(&n.to_be_bytes());
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
