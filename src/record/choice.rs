//! Which side of a conflict counts, by the amendments that say so (rule R41).
//!
//! Nothing is taken away: every side stays where it is stored, and readers that judge by the
//! history pass over those that do not count.

use std::collections::{BTreeMap, BTreeSet};

use super::{Digest, Kind, Record, RecordId, Target};
use crate::diagnostic::{Code, Diagnostic};

/// Records of one id that say different things, or one that is not the record which counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The id.
    pub id: RecordId,
    /// The digests that are there, in their order.
    pub digests: Vec<Digest>,
    /// What amendments say of it.
    pub chosen: Chosen,
    /// The amendments that say so, by id: those that no other one stands instead of.
    pub amendments: Vec<RecordId>,
}

/// What amendments say of a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// Nothing yet.
    Nothing,
    /// This one counts.
    Side(Digest),
    /// One counts that is not there.
    Absent(Digest),
    /// Different things.
    Contradiction,
}

/// An amendment that says which side counts.
struct Choice<'a> {
    amendment: &'a Record,
    target: RecordId,
    counts: Digest,
}

impl Choice<'_> {
    fn of(record: &Record) -> Option<Choice<'_>> {
        if record.kind() != Kind::Amend {
            return None;
        }
        let counts = Digest::parse(record.body().text("counts")?)?;
        match Target::parse(record.body().text("target")?)? {
            Target::Record(target) => Some(Choice {
                amendment: record,
                target,
                counts,
            }),
            Target::File(_) => None,
        }
    }

    /// The amendments that it stands instead of.
    fn instead_of(&self) -> impl Iterator<Item = RecordId> {
        let ids = self.amendment.body().list("instead").iter();
        ids.filter_map(|id| RecordId::parse(id.as_text()?))
    }
}

/// What makes one side of a conflict.
type Side = (RecordId, Digest);

/// The conflicts of some records with what amendments say of them. `sides` are the digests of
/// each id under which several stand.
pub(super) fn conflicts(
    records: &[Record],
    sides: BTreeMap<RecordId, Vec<Digest>>,
) -> Vec<Conflict> {
    let mut choices: Vec<Choice<'_>> = records.iter().filter_map(Choice::of).collect();
    let sides = with_targets(records, &mut choices, sides);
    // Which side of an amendment counts may be said by another one, so that it takes as many
    // rounds as there are amendments at most, unless they go round in a circle.
    let mut lost: BTreeSet<Side> = BTreeSet::new();
    for _ in 0..=choices.len() {
        let stand = |choice: &&Choice<'_>| {
            let of = choice.amendment;
            !lost.contains(&(of.id(), of.digest()))
        };
        let standing: Vec<&Choice<'_>> = choices.iter().filter(stand).collect();
        let all: Vec<Conflict> = sides
            .iter()
            .filter_map(|(id, digests)| settled(*id, digests, &standing))
            .collect();
        let now: BTreeSet<Side> = all.iter().flat_map(Conflict::lost).collect();
        if now == lost {
            return all;
        }
        lost = now;
    }
    let undecided = |(id, digests)| Conflict {
        id,
        digests,
        chosen: Chosen::Contradiction,
        amendments: Vec::new(),
    };
    sides.into_iter().map(undecided).collect()
}

/// The sides that stand, and those of every record that an amendment is about: alone it may
/// be the one that does not count. An amendment of another repository says nothing.
fn with_targets(
    records: &[Record],
    choices: &mut Vec<Choice<'_>>,
    mut sides: BTreeMap<RecordId, Vec<Digest>>,
) -> BTreeMap<RecordId, Vec<Digest>> {
    if choices.is_empty() {
        return sides;
    }
    let targets: BTreeSet<RecordId> = choices.iter().map(|choice| choice.target).collect();
    let about = records.iter().filter(|r| targets.contains(&r.id()));
    let about: BTreeMap<RecordId, &Record> = about.map(|r| (r.id(), r)).collect();
    choices.retain(|choice| {
        let target = about.get(&choice.target);
        target.is_some_and(|r| r.repository_key() == choice.amendment.repository_key())
    });
    for choice in choices.iter() {
        if let Some(record) = about.get(&choice.target) {
            let alone = || vec![record.digest()];
            sides.entry(choice.target).or_insert_with(alone);
        }
    }
    sides
}

/// What the standing amendments say of an id; `None` if nothing is wrong with it.
fn settled(id: RecordId, digests: &[Digest], standing: &[&Choice<'_>]) -> Option<Conflict> {
    let about = || standing.iter().filter(|choice| choice.target == id);
    let replaced: BTreeSet<RecordId> = about().flat_map(|choice| choice.instead_of()).collect();
    let last = || about().filter(|choice| !replaced.contains(&choice.amendment.id()));
    let named: BTreeSet<Digest> = last().map(|choice| choice.counts).collect();
    let mut amendments: Vec<RecordId> = last().map(|choice| choice.amendment.id()).collect();
    amendments.sort_unstable();
    amendments.dedup();
    let mut named = named.into_iter();
    let chosen = match (about().next(), named.next(), named.next()) {
        (None, ..) => Chosen::Nothing,
        (Some(_), Some(digest), None) if digests.contains(&digest) => Chosen::Side(digest),
        (Some(_), Some(digest), None) => Chosen::Absent(digest),
        (Some(_), ..) => Chosen::Contradiction,
    };
    let is_one = digests.len() < 2 && matches!(chosen, Chosen::Nothing | Chosen::Side(_));
    (!is_one).then(|| Conflict {
        id,
        digests: digests.to_vec(),
        chosen,
        amendments,
    })
}

impl Conflict {
    /// True once it is said which side counts, and that one is there.
    pub const fn is_settled(&self) -> bool {
        matches!(self.chosen, Chosen::Side(_))
    }

    /// The sides that do not count; none before it is settled.
    pub(super) fn lost(&self) -> impl Iterator<Item = (RecordId, Digest)> {
        let counts = match self.chosen {
            Chosen::Side(digest) => Some(digest),
            _ => None,
        };
        let sides = self.digests.iter().copied();
        let lost = sides.filter(move |side| counts.is_some_and(|counts| counts != *side));
        lost.map(|side| (self.id, side))
    }

    /// What is the matter, in words.
    pub(super) fn what(&self) -> String {
        let what = match &self.digests[..] {
            [one] => format!("the ledger has the record {}: {one}", self.id),
            several => {
                let digests: Vec<String> = several.iter().map(Digest::to_string).collect();
                format!(
                    "the ledger has records of different content under the id {}: {}",
                    self.id,
                    digests.join(", ")
                )
            }
        };
        let amendments: Vec<String> = self.amendments.iter().map(RecordId::to_string).collect();
        let amendments = amendments.join(", ");
        let said = match self.chosen {
            Chosen::Nothing => return what,
            Chosen::Side(digest) => format!("by the amendment {amendments} {digest} counts"),
            Chosen::Absent(digest) => {
                format!("by the amendment {amendments} {digest} counts, which is not there")
            }
            Chosen::Contradiction if amendments.is_empty() => {
                "the amendments that say which one counts replace each other".to_owned()
            }
            Chosen::Contradiction => {
                format!("the amendments {amendments} contradict each other on which one counts")
            }
        };
        [what.as_str(), "; ", &said].concat()
    }

    /// The conflict as a diagnostic: a note once it is settled.
    pub fn diagnostic(&self) -> Diagnostic {
        if self.is_settled() {
            return Diagnostic::new(Code::RecordConflictSettled, self.what());
        }
        let again = match self.chosen {
            Chosen::Nothing => "",
            _ => " --instead",
        };
        Diagnostic::new(Code::RecordConflict, self.what()).hint(format!(
            "find out which one is true, and say so: krgate records choose {} --digest \
             sha256:… --reason \"…\"{again}; until then key results over this history are unknown",
            self.id.short()
        ))
    }
}
