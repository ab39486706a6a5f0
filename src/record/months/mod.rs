//! The figures of one key result over years, from a ledger in a folder (rule R51).
//!
//! A month that is over and whose root a checkpoint names does not change any more, so what it
//! says of each key result is kept in a file of its own below `.krgate/cache/`. That file is
//! derived: it may be deleted at any time, and is made anew where the root or the folder is
//! another. What it leaves out is the proof of the bytes, which `krgate records verify` reads
//! again. A month without a known root, and the one that runs, are read record by record.
//!
//! [`series`] is the door.

mod file;
mod month;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use self::month::{Month, RunOf, superseded};
use super::checkpoint::Hash;
use super::history::{doubts, history, points_of};
use super::store::dir::DirStore;
use super::store::{Damage, RecordStore as _, Scan, StoreError, Wanted};
use super::union::Union;
use super::{Kind, Record, Repository, verify};
use crate::model::history::{Definition, Doubt, Point, RecordId};
use crate::model::{Bound, Quantity, Verdict};

/// Whose figures, and when.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// `host/id` of the repository.
    pub repository: &'a str,
    /// `objective/key-result`.
    pub key_result: &'a str,
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
    /// The reader's clock.
    pub now: Timestamp,
}

/// A recorded figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// When it was judged; of a check-in the begin of its day.
    pub at: Timestamp,
    /// The record that holds it.
    pub record: RecordId,
    /// What the number meant then.
    pub definition: Definition,
    /// The figure in the base unit; `None` when it was unknown.
    pub value: Option<Quantity>,
    /// Whether the figure is exact.
    pub bound: Bound,
    /// What became of it.
    pub verdict: Verdict,
    /// True where a state was judged.
    pub of_state: bool,
}

impl From<&Point> for Figure {
    fn from(point: &Point) -> Self {
        Self {
            at: point.at,
            record: point.record,
            definition: point.definition,
            value: point.value,
            bound: point.bound,
            verdict: point.verdict,
            of_state: point.of_state,
        }
    }
}

/// The figures of a key result.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// False if nothing was ever recorded.
    pub exists: bool,
    /// By time, then record: those of [`crate::record::history::history`].
    pub figures: Vec<Figure>,
    /// Why they are not to be relied on.
    pub doubts: Vec<Doubt>,
    /// How many months came from their caches.
    pub cached: usize,
    /// How many were read record by record.
    pub read: usize,
}

/// Reads the figures of a key result. `cache` is the folder of the caches; a file that cannot
/// be written there is done without.
///
/// # Errors
/// If the ledger cannot be read as a whole.
pub fn series(
    store: &DirStore,
    cache: Option<&Path>,
    asked: &Asked<'_>,
) -> Result<Series, StoreError> {
    let exists = store.exists()?;
    let roots = roots(store);
    let running = asked.now.strftime("%Y-%m").to_string();
    let mut series = Series {
        exists,
        ..Series::default()
    };
    let mut months: Vec<Month> = Vec::new();
    let mut kept_in = Vec::new();
    let mut damage = Vec::new();
    for name in store.months_there()? {
        let root = roots.get(&name).filter(|_| name < running).copied();
        let sealed = root.zip(cache).map(|(root, folder)| Sealed {
            root,
            stamp: store.stamp(&name),
            file: folder.join(format!("{name}-{}.month", short(root))),
        });
        let kept = sealed.as_ref().and_then(|sealed| sealed.open(asked));
        if let Some(month) = kept {
            series.cached += 1;
            months.push(month);
            kept_in.push((name, sealed));
            continue;
        }
        series.read += 1;
        let read = store.month(&name, asked.now)?;
        let month = Month::of(&read.records);
        if let (Some(sealed), true) = (sealed, read.damage.is_empty()) {
            sealed.keep(&month, store.names_of(&name)?.len());
        }
        months.push(month.about(asked));
        kept_in.push((name, None));
        damage.extend(read.damage);
    }
    let read: Vec<bool> = kept_in.iter().map(|(_, sealed)| sealed.is_none()).collect();
    // What settles a conflict is rare, and of all records at once.
    let mut amendments = months.iter().flat_map(|month| &month.amendments);
    let chooses = amendments.any(|record| record.body().get("counts").is_some());
    if chooses || has_twins(&months, &read) {
        return plain(store, asked);
    }
    series.doubts = doubts_of(damage, &months);
    let is_rare = months.iter().any(|month| !month.carried.is_empty())
        || !amended(&months, asked.repository).is_empty();
    let over = if is_rare {
        for (month, (name, sealed)) in months.iter_mut().zip(&kept_in) {
            if month.runs.is_none() {
                let kept = sealed.as_ref().and_then(Sealed::runs);
                month.runs = match kept {
                    Some(runs) => Some(runs),
                    None => Month::of(&store.month(name, asked.now)?.records).runs,
                };
            }
        }
        let runs = months.iter().filter_map(|month| month.runs.as_ref());
        let mut runs: Vec<RunOf> = runs.flatten().copied().collect();
        runs.sort_unstable();
        superseded(&runs)
    } else {
        BTreeSet::new()
    };
    series.figures = figures(store, months, over, asked);
    Ok(series)
}

/// The repository of a host and name as the newest record of it has it: by hand the host's
/// number is not known otherwise.
///
/// # Errors
/// If the ledger cannot be read as a whole.
pub fn known_repository(
    store: &DirStore,
    named: &Repository,
    now: Timestamp,
) -> Result<Option<Repository>, StoreError> {
    for month in store.months_there()?.iter().rev() {
        let record = store.first_of(month, now, |record| {
            let there = record.repository();
            there.host == named.host && there.name == named.name
        })?;
        if let Some(record) = record {
            return Ok(Some(record.repository()));
        }
    }
    Ok(None)
}

/// A month that is over, with what it is known by.
struct Sealed {
    root: Hash,
    /// When a name came or went last; `None` where that cannot be told.
    stamp: Option<String>,
    file: std::path::PathBuf,
}

impl Sealed {
    fn open(&self, asked: &Asked<'_>) -> Option<Month> {
        file::read(&self.file, self.root, self.stamp.as_ref()?, asked)
    }

    fn runs(&self) -> Option<Vec<RunOf>> {
        file::runs(&self.file, self.root, self.stamp.as_ref()?)
    }

    /// Keeps what a month says, if it is the one of the root and nothing came meanwhile.
    fn keep(&self, month: &Month, names: usize) {
        if let Some(stamp) = &self.stamp
            && month.root == Some(self.root)
            && month.ids.len() == names
        {
            // A cache that cannot be written is a slower look the next time.
            let _ = file::write(&self.file, month, stamp);
        }
    }
}

fn short(root: Hash) -> String {
    root.to_string().chars().take(16).collect()
}

/// The roots that the last checkpoint names; none where the checkpoints are no chain.
fn roots(store: &DirStore) -> BTreeMap<String, Hash> {
    let mut faults = Vec::new();
    let chain = verify::checkpoints(store, &mut faults);
    let latest = super::checkpoint::latest(&chain).ok().flatten();
    let months = latest.filter(|_| faults.is_empty());
    let months = months.map_or(&[][..], |latest| latest.months.as_slice());
    let pairs = months.iter();
    pairs
        .map(|month| (month.month.clone(), month.root))
        .collect()
}

/// True if an id of a month that was read stands in another month too. Months that are kept
/// have no twins: a checkpoint is over ids that stand once.
fn has_twins(months: &[Month], read: &[bool]) -> bool {
    let fresh = months.iter().zip(read).filter(|(_, read)| **read);
    let mut fresh = fresh.map(|(month, _)| month);
    fresh.any(|month| {
        let mut others = months.iter().filter(|other| !std::ptr::eq(*other, month));
        others.any(|other| month.ids.iter().any(|id| other.has(id)))
    })
}

/// The figures by all records at once, as everybody else reads them.
fn plain(store: &DirStore, asked: &Asked<'_>) -> Result<Series, StoreError> {
    let union = Union::of([store.scan(&Wanted::all(asked.now))?]);
    let history = history(&union, Some(asked.repository), asked.now);
    let points = history.points_of(asked.key_result);
    let is_asked = |point: &&Point| asked.from <= point.at && point.at < asked.until;
    Ok(Series {
        exists: union.exists,
        figures: points.filter(is_asked).map(Figure::from).collect(),
        doubts: history.doubts,
        cached: 0,
        read: store.months_there()?.len(),
    })
}

/// What stands against the whole (rules R12, R14, R34, R41): what is damaged, and parents that
/// no month has.
fn doubts_of(damage: Vec<Damage>, months: &[Month]) -> Vec<Doubt> {
    let named: BTreeSet<String> = damage
        .iter()
        .filter_map(|damage| Some(damage.digest?.to_string()))
        .collect();
    let of_files: Vec<Record> = months
        .iter()
        .flat_map(|month| &month.amendments)
        .filter(|record| {
            let target = record.body().text("target").unwrap_or_default();
            named.contains(target)
        })
        .cloned()
        .collect();
    let union = Union::of([Scan {
        exists: true,
        records: of_files,
        damage,
    }]);
    let mut all = doubts(&union);
    // Only all months together have all parents.
    all.retain(|doubt| doubt.code != "missing-parent");
    let excused: BTreeSet<RecordId> = union
        .set_aside_ids()
        .map(|id| RecordId(id.bytes()))
        .collect();
    let is_there = |id: &RecordId| months.iter().any(|month| month.has(id));
    let pairs = months.iter().flat_map(|month| &month.loose);
    let missing: BTreeSet<&(RecordId, RecordId)> = pairs
        .filter(|(_, parent)| !is_there(parent) && !excused.contains(parent))
        .collect();
    all.extend(missing.into_iter().map(|(id, parent)| Doubt {
        code: "missing-parent",
        what: format!("record {id} came after record {parent}, which is not there"),
        since: None,
    }));
    all.sort();
    all
}

/// The figures of all months, without the attempts that another one followed (`gone`, rule R8),
/// and those of amendments instead of what they amend.
fn figures(
    store: &DirStore,
    months: Vec<Month>,
    mut gone: BTreeSet<RecordId>,
    asked: &Asked<'_>,
) -> Vec<Figure> {
    let mut instead = Vec::new();
    for (target, rows) in amended(&months, asked.repository) {
        let Some(record) = store.record(target, asked.now) else {
            continue;
        };
        if record.kind() == Kind::Close || gone.contains(&target) {
            continue;
        }
        gone.insert(target);
        let points = points_of(&record, rows.body().list("krs"));
        let ours = points.iter().filter(|p| p.key_result == asked.key_result);
        instead.extend(ours.map(Figure::from));
    }
    let is_asked = |figure: &Figure| asked.from <= figure.at && figure.at < asked.until;
    let mut figures: Vec<Figure> = Vec::new();
    for month in months {
        let rows = month.figures.into_iter();
        figures
            .extend(rows.filter(|f| is_asked(f) && (gone.is_empty() || !gone.contains(&f.record))));
    }
    figures.extend(instead.into_iter().filter(is_asked));
    figures.sort_by_key(|figure| (figure.at, figure.record));
    figures
}

/// By the record that they amend: the last amendments that say other figures.
fn amended<'a>(months: &'a [Month], repository: &str) -> BTreeMap<RecordId, &'a Record> {
    let mut all: Vec<&Record> = months
        .iter()
        .flat_map(|month| &month.amendments)
        .filter(|record| record.repository_key() == repository)
        .filter(|record| record.body().get("krs").is_some())
        .collect();
    all.sort_by_key(|record| (record.at(), record.id()));
    let of_record = |record: &'a Record| {
        let target = super::Target::parse(record.body().text("target")?)?;
        match target {
            super::Target::Record(id) => Some((RecordId(id.bytes()), record)),
            super::Target::File(_) => None,
        }
    };
    all.into_iter().filter_map(of_record).collect()
}
