//! Which ids are one finding's (rule L9).

use std::collections::{BTreeMap, BTreeSet};

use super::History;
use crate::model::{Class, FindingId, UntrustedText};

/// A finding of the past with every id that it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aliased {
    /// Its first id, which it keeps.
    pub first: FindingId,
    /// Ids that it had later.
    pub others: Vec<FindingId>,
    /// The rule as last seen.
    pub rule: UntrustedText,
    /// The path as last seen.
    pub path: Option<UntrustedText>,
    /// True unless it is fixed.
    pub is_open: bool,
}

/// Findings of the past that had several ids, to be asked by any of them.
///
/// Secrets are not among them: to the ledger all places of a secret are one finding, and a
/// waiver on one place is none on the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliases {
    findings: Vec<Aliased>,
    by_id: BTreeMap<FindingId, Vec<usize>>,
}

impl Aliases {
    /// Of the findings of a ref, by its full or its short name; of all where nobody knows which
    /// ref is judged.
    pub fn of(history: &History, reference: Option<&str>) -> Self {
        let is_meant = |full: &str| {
            let short = full
                .strip_prefix("refs/heads/")
                .or_else(|| full.strip_prefix("refs/tags/"));
            reference.is_none_or(|wanted| wanted == full || short == Some(wanted))
        };
        let lives = history.lives.iter().filter(|life| {
            let place = usize::try_from(life.stream).ok();
            let stream = place.and_then(|place| history.streams.get(place));
            stream
                .is_some_and(|stream| stream.class != Class::Secrets && is_meant(&stream.reference))
        });
        let findings = lives.map(|life| Aliased {
            first: life.id,
            others: life.aliases.clone(),
            rule: life.rule.clone(),
            path: life.path.clone(),
            is_open: life.is_open(),
        });
        findings.collect()
    }

    /// Every id of the finding that stands under this one now, at this place; none where it had
    /// no other, or where it may be any of several.
    pub fn ids(&self, id: FindingId, rule: &str, path: Option<&str>) -> BTreeSet<FindingId> {
        let places = self.by_id.get(&id).map_or(&[][..], Vec::as_slice);
        let there = places.iter().filter_map(|place| self.findings.get(*place));
        // An id says nothing of what has moved on: another one may stand there since.
        let mut there: Vec<&Aliased> = there
            .filter(|one| {
                let at = one.path.as_ref().map(UntrustedText::raw);
                one.rule.raw() == rule && at == path
            })
            .collect();
        let narrow = |there: &mut Vec<&Aliased>, is: &dyn Fn(&Aliased) -> bool| {
            if there.iter().any(|one| is(one)) {
                there.retain(|one| is(one));
            }
        };
        narrow(&mut there, &|one| one.is_open);
        narrow(&mut there, &|one| one.first == id);
        let firsts: BTreeSet<FindingId> = there.iter().map(|one| one.first).collect();
        if firsts.len() != 1 {
            return BTreeSet::new();
        }
        let others = there.iter().flat_map(|one| &one.others);
        firsts.iter().chain(others).copied().collect()
    }

    /// True if no finding had several ids.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }
}

impl FromIterator<Aliased> for Aliases {
    /// Takes what had several ids, and what has as its first one that another had too.
    fn from_iter<T: IntoIterator<Item = Aliased>>(all: T) -> Self {
        let all: Vec<Aliased> = all.into_iter().collect();
        let others: BTreeSet<FindingId> = all.iter().flat_map(|one| &one.others).copied().collect();
        let matters = |one: &Aliased| !one.others.is_empty() || others.contains(&one.first);
        let findings: Vec<Aliased> = all.into_iter().filter(matters).collect();
        let mut by_id: BTreeMap<FindingId, Vec<usize>> = BTreeMap::new();
        for (place, one) in findings.iter().enumerate() {
            let ids: BTreeSet<&FindingId> =
                std::iter::once(&one.first).chain(&one.others).collect();
            for id in ids {
                by_id.entry(*id).or_default().push(place);
            }
        }
        Self { findings, by_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> FindingId {
        FindingId::new([byte; 16])
    }

    fn aliased(first: u8, others: &[u8], path: &str) -> Aliased {
        Aliased {
            first: id(first),
            others: others.iter().copied().map(id).collect(),
            rule: UntrustedText::new("r"),
            path: Some(UntrustedText::new(path)),
            is_open: true,
        }
    }

    fn ids(aliases: &Aliases, of: u8, path: &str) -> Vec<u8> {
        let ids = aliases.ids(id(of), "r", Some(path)).into_iter();
        ids.map(|id| id.bytes()[0]).collect()
    }

    #[test]
    fn lifecycle_l09_all_ids_of_a_finding_are_known_by_any_of_them() {
        let moved = aliased(1, &[2, 3], "c.py");
        let aliases: Aliases = [moved, aliased(9, &[], "c.py")].into_iter().collect();
        assert_eq!(ids(&aliases, 3, "c.py"), [1, 2, 3]);
        assert_eq!(ids(&aliases, 1, "c.py"), [1, 2, 3]);
        assert_eq!(ids(&aliases, 9, "c.py"), [0_u8; 0], "it has one alone");
        assert_eq!(ids(&aliases, 4, "c.py"), [0_u8; 0]);
        // What stands where it was before is another one.
        assert_eq!(ids(&aliases, 2, "b.py"), [0_u8; 0]);
        assert!(aliases.ids(id(3), "other", Some("c.py")).is_empty());
    }

    #[test]
    fn lifecycle_l09_what_may_be_one_of_several_is_none() {
        let of = |all: &[Aliased]| {
            let aliases: Aliases = all.iter().cloned().collect();
            ids(&aliases, 3, "a.py")
        };
        let (one, two) = (aliased(1, &[3], "a.py"), aliased(2, &[3], "a.py"));
        assert_eq!(of(std::slice::from_ref(&one)), [1, 3]);
        assert_eq!(of(&[one.clone(), two.clone()]), [0_u8; 0]);
        // One that is fixed does not stand there.
        let gone = Aliased {
            is_open: false,
            ..two
        };
        assert_eq!(of(&[one.clone(), gone.clone()]), [1, 3]);
        assert_eq!(of(&[gone]), [2, 3], "it may come back");
        // Who has it as its first one has it.
        assert_eq!(of(&[one, aliased(3, &[], "a.py")]), [3]);
    }
}
