//! Finding ids as people type them.

use crate::model::{FindingId, Intake};

/// Fewest digits of a short id (rule V3).
const FEWEST: usize = 8;

/// The ids of an evaluation, each once, so that a short form can be told from all others.
#[derive(Debug)]
pub struct ShortIds(Vec<FindingId>);

impl ShortIds {
    /// Looks at every id of an intake.
    pub fn new(intake: &Intake) -> Self {
        let mut ids = intake.ids.clone();
        ids.sort_unstable();
        ids.dedup();
        Self(ids)
    }

    /// The first 8 digits, and as many more as tell the id from every other.
    pub fn of(&self, id: FindingId) -> String {
        let (Ok(at) | Err(at)) = self.0.binary_search(&id);
        let before = at.checked_sub(1).and_then(|i| self.0.get(i));
        let after = self.0.iter().skip(at).find(|other| **other != id);
        let digits = before
            .into_iter()
            .chain(after)
            .map(|other| shared_digits(id, *other) + 1)
            .fold(FEWEST, usize::max);
        id.short(digits)
    }
}

fn shared_digits(a: FindingId, b: FindingId) -> usize {
    let digits = a.to_string();
    let other = b.to_string();
    digits
        .bytes()
        .zip(other.bytes())
        .take_while(|(x, y)| x == y)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(bytes: &[u8]) -> FindingId {
        let mut all = [0; 16];
        all[..bytes.len()].copy_from_slice(bytes);
        FindingId::new(all)
    }

    #[test]
    fn ids_have_eight_digits_and_more_where_two_are_alike() {
        let alike = [0xab, 0xcd, 0xef, 0x01, 0x23];
        let twin = [0xab, 0xcd, 0xef, 0x01, 0x24];
        let other = [0xff];
        let intake = Intake {
            ids: vec![id(&alike), id(&other), id(&twin), id(&other)],
            ..Intake::default()
        };
        let short = ShortIds::new(&intake);
        assert_eq!(short.of(id(&alike)), "abcdef0123");
        assert_eq!(short.of(id(&twin)), "abcdef0124");
        assert_eq!(short.of(id(&other)), "ff000000");
    }
}
