//! Which repository was scanned for what.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::measure::Reason;
use crate::model::history::{History, PastScan, Unadmitted};
use crate::model::{Class, ClassSet};
use crate::policy::Policy;

/// Repositories and what they were scanned for.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The classes, in their own order: those of the policy's reports and of the ledger.
    pub classes: Vec<Class>,
    /// The repositories, by name.
    pub rows: Vec<CoverageRow>,
    /// Why the inventory is not in it; `None` where it is, and where the policy names none.
    pub no_inventory: Option<Reason>,
}

/// One repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRow {
    /// The repository, as the ledger or the inventory calls it. Foreign text.
    pub repository: String,
    /// False if an inventory was read that does not list it; such a one is named and counts
    /// nowhere.
    pub is_listed: bool,
    /// What it was scanned for, by the classes.
    pub cells: Vec<CoverageCell>,
}

/// One repository and one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoverageCell {
    /// The class.
    pub class: Class,
    /// How it stands.
    pub state: CoverageState,
    /// The last scan that counts.
    pub last: Option<Timestamp>,
}

/// How scans of a class stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverageState {
    /// The last one still stands.
    InTime,
    /// The last one is older than it stands for.
    Stale,
    /// One failed after the last good one, or none was good.
    Failed,
    /// There was none.
    Never,
}

impl CoverageState {
    /// The words of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InTime => "in time",
            Self::Stale => "stale",
            Self::Failed => "failed",
            Self::Never => "never",
        }
    }
}

pub(super) fn coverage(
    policy: &Policy,
    everywhere: &History,
    inventory: Option<Result<BTreeSet<String>, Reason>>,
    now: Timestamp,
) -> Coverage {
    let declared = policy.reports.iter().filter_map(|entry| entry.class);
    let seen = everywhere.streams.iter().map(|stream| stream.class);
    let classes: ClassSet = declared.chain(seen).collect();
    let classes: Vec<Class> = classes.iter().collect();
    let (listed, no_inventory) = match inventory {
        None => (None, None),
        Some(Ok(listed)) => (Some(listed), None),
        Some(Err(reason)) => (None, Some(reason)),
    };
    let mut repositories: BTreeSet<String> = everywhere
        .streams
        .iter()
        .map(|stream| stream.repository.clone())
        .collect();
    repositories.extend(listed.iter().flatten().cloned());
    let rows = repositories.into_iter().map(|repository| CoverageRow {
        is_listed: listed.as_ref().is_none_or(|l| l.contains(&repository)),
        cells: classes
            .iter()
            .map(|class| cell(everywhere, &repository, *class, now))
            .collect(),
        repository,
    });
    Coverage {
        rows: rows.collect(),
        classes,
        no_inventory,
    }
}

fn cell(history: &History, repository: &str, class: Class, now: Timestamp) -> CoverageCell {
    let streams = history.streams.iter().enumerate();
    let streams =
        streams.filter(|(_, stream)| stream.class == class && stream.repository == repository);
    let mut last_good: Option<(Timestamp, u64)> = None;
    let mut last_failed: Option<Timestamp> = None;
    for (place, stream) in streams {
        let of_it = |scan: &&PastScan| usize::try_from(scan.stream) == Ok(place);
        for scan in history.scans.iter().filter(of_it) {
            match scan.unadmitted {
                None => last_good = last_good.max(Some((scan.at, stream.fresh))),
                Some(Unadmitted::RunFailed) => last_failed = last_failed.max(Some(scan.at)),
                Some(Unadmitted::Change | Unadmitted::OlderCommit | Unadmitted::Shallow) => {}
            }
        }
    }
    let state = match (last_good, last_failed) {
        (None, None) => CoverageState::Never,
        (None, Some(_)) => CoverageState::Failed,
        (Some((good, _)), Some(failed)) if failed > good => CoverageState::Failed,
        (Some((good, fresh)), _) => {
            let age = now.as_second().saturating_sub(good.as_second());
            if u64::try_from(age).is_ok_and(|age| age > fresh) {
                CoverageState::Stale
            } else {
                CoverageState::InTime
            }
        }
    };
    CoverageCell {
        class,
        state,
        last: last_good.map(|(at, _)| at),
    }
}
