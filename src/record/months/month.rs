//! What a month says, as its records are read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, Figure};
use crate::model::history::RecordId;
use crate::record::checkpoint::{Hash, months};
use crate::record::history::points_of;
use crate::record::identity::sha256;
use crate::record::{Kind, Record};

/// A month of a ledger: all of it, or what was asked for.
#[derive(Debug, Default)]
pub(super) struct Month {
    /// The root over its records; `None` where that was not asked for.
    pub(super) root: Option<Hash>,
    /// The ids of its records, sorted.
    pub(super) ids: Vec<RecordId>,
    /// Records that name a parent which this month lacks, with that parent.
    pub(super) loose: Vec<(RecordId, RecordId)>,
    /// Runs with their attempts, sorted; of a file they are read when somebody asks.
    pub(super) runs: Option<Vec<RunOf>>,
    /// Runs of which an attempt is here and the first one is not.
    pub(super) carried: Vec<RunKey>,
    /// All amendments.
    pub(super) amendments: Vec<Record>,
    /// By repository and key result, in the order of time.
    pub(super) by_key_result: BTreeMap<(String, String), Vec<Figure>>,
    /// Those that were asked for.
    pub(super) figures: Vec<Figure>,
}

/// What the attempts of one run share: 16 bytes of a hash.
pub(super) type RunKey = [u8; 16];

/// A run: what its attempts share, which one it is, and its record.
pub(super) type RunOf = (RunKey, u32, RecordId);

impl Month {
    pub(super) fn of(records: &[Record]) -> Self {
        let id_of = |record: &Record| RecordId(record.id().bytes());
        let mut month = Self {
            root: match &months(records)[..] {
                [month] => Some(month.root),
                _ => None,
            },
            ids: records.iter().map(id_of).collect(),
            ..Self::default()
        };
        month.ids.sort_unstable();
        let here: BTreeSet<RecordId> = month.ids.iter().copied().collect();
        let mut runs: Vec<RunOf> = Vec::new();
        for record in records {
            let id = id_of(record);
            let parents = record.parents().unwrap_or_default();
            let parents = parents.iter().map(|parent| RecordId(parent.bytes()));
            let lacking = parents.filter(|parent| !here.contains(parent));
            month.loose.extend(lacking.map(|parent| (id, parent)));
            match record.kind() {
                Kind::Run => {
                    let attempt = record.idem().number("attempt").unwrap_or(0);
                    runs.push((run_key(record), u32::try_from(attempt).unwrap_or(0), id));
                }
                Kind::Amend => month.amendments.push(record.clone()),
                _ => {}
            }
            let repository = record.repository_key();
            for point in points_of(record, record.body().list("krs")) {
                let of = (repository.to_owned(), point.key_result.clone());
                let figures = month.by_key_result.entry(of).or_default();
                figures.push(Figure::from(&point));
            }
        }
        runs.sort_unstable();
        let over = superseded(&runs);
        month.carried = carried(&runs);
        month.runs = Some(runs);
        for figures in month.by_key_result.values_mut() {
            figures.retain(|figure| !over.contains(&figure.record));
            figures.sort_by_key(|figure| (figure.at, figure.record));
        }
        month
    }

    /// The same with the figures that are asked for.
    pub(super) fn about(mut self, asked: &Asked<'_>) -> Self {
        let of = (asked.repository.to_owned(), asked.key_result.to_owned());
        self.figures = self.by_key_result.remove(&of).unwrap_or_default();
        self.by_key_result.clear();
        self
    }

    /// True if a record is of this month.
    pub(super) fn has(&self, id: &RecordId) -> bool {
        self.ids.binary_search(id).is_ok()
    }
}

/// The records of attempts that another one followed (rule R8); the runs are sorted.
pub(super) fn superseded(runs: &[RunOf]) -> BTreeSet<RecordId> {
    let groups = runs.chunk_by(|(one, ..), (other, ..)| one == other);
    let earlier = groups.flat_map(|attempts| {
        let most = attempts.last().map_or(0, |(_, attempt, _)| *attempt);
        attempts
            .iter()
            .filter(move |(_, attempt, _)| *attempt < most)
    });
    earlier.map(|(.., record)| *record).collect()
}

/// Runs whose first attempt is in another month.
fn carried(runs: &[RunOf]) -> Vec<RunKey> {
    let groups = runs.chunk_by(|(one, ..), (other, ..)| one == other);
    let begun = groups.filter_map(|attempts| attempts.first());
    begun
        .filter(|(_, attempt, _)| *attempt > 1)
        .map(|(run, ..)| *run)
        .collect()
}

fn run_key(record: &Record) -> RunKey {
    let of_run = record.idem().without(&["attempt"]).canonical();
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(sha256(of_run.as_bytes())) {
        *to = from;
    }
    key
}
