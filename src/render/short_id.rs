//! Finding ids as people type them.

use crate::model::{FindingId, Intake};

/// Fewest digits of a short id (rule V3).
const FEWEST: usize = 8;

/// The ids of an evaluation in order, so that a short form can be told from all others.
#[derive(Debug)]
pub struct ShortIds<'a> {
    ids: &'a [FindingId],
    /// Places in `ids`, by the id.
    order: Vec<u32>,
}

impl<'a> ShortIds<'a> {
    /// Looks at every id of an intake.
    pub fn new(intake: &'a Intake) -> Self {
        Self::among(intake.ids.as_slice())
    }

    /// Looks at some ids.
    pub fn among(ids: &'a [FindingId]) -> Self {
        let mut order: Vec<u32> = (0..).take(ids.len()).collect();
        order.sort_unstable_by_key(|place| at(ids, *place));
        Self { ids, order }
    }

    /// The first 8 digits, and as many more as tell the id from every other.
    pub fn of(&self, id: FindingId) -> String {
        let id_of = |place: &u32| at(self.ids, *place);
        let first = self.order.partition_point(|place| id_of(place) < Some(id));
        let before = first.checked_sub(1).and_then(|i| self.order.get(i));
        let mut rest = self.order.iter().skip(first);
        let after = rest.find(|place| id_of(place) != Some(id));
        let digits = before
            .into_iter()
            .chain(after)
            .filter_map(id_of)
            .map(|other| shared_digits(id, other) + 1)
            .fold(FEWEST, usize::max);
        id.short(digits)
    }
}

fn at(ids: &[FindingId], place: u32) -> Option<FindingId> {
    ids.get(usize::try_from(place).ok()?).copied()
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
