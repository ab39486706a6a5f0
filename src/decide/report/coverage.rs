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
    /// What people call it, where the ledger knows and no other is called so; else the same.
    /// Foreign text.
    pub name: String,
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
    let of_ledger: BTreeSet<&str> = everywhere
        .streams
        .iter()
        .map(|stream| stream.repository.as_str())
        .collect();
    // A line of the inventory means a repository of the ledger by its number or by its name.
    let called = |repository: &str| {
        let mut fleet = everywhere.fleet.iter();
        fleet.find(|scan| scan.repository == repository)
    };
    let means = |written: &str, repository: &str| {
        written == repository || called(repository).is_some_and(|scan| scan.is_called(written))
    };
    let listed = listed.as_ref();
    let mut rows: Vec<CoverageRow> = of_ledger
        .iter()
        .map(|repository| CoverageRow {
            repository: (*repository).to_owned(),
            name: called(repository).map_or_else(
                || (*repository).to_owned(),
                |scan| scan.name.raw().to_owned(),
            ),
            is_listed: listed.is_none_or(|all| all.iter().any(|name| means(name, repository))),
            cells: classes
                .iter()
                .map(|class| cell(everywhere, repository, *class, now))
                .collect(),
        })
        .collect();
    let unseen = listed.into_iter().flatten();
    let unseen = unseen.filter(|name| !of_ledger.iter().any(|known| means(name, known)));
    rows.extend(unseen.map(|name| {
        CoverageRow {
            repository: name.clone(),
            name: name.clone(),
            is_listed: true,
            cells: classes
                .iter()
                .map(|class| cell(everywhere, name, *class, now))
                .collect(),
        }
    }));
    // Two hosts may have repositories of one name.
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    for row in &mut rows {
        let alike = names.iter().filter(|name| **name == row.name).count();
        if alike > 1 {
            row.name.clone_from(&row.repository);
        }
    }
    rows.sort_by(|a, b| (&a.name, &a.repository).cmp(&(&b.name, &b.repository)));
    Coverage {
        classes,
        rows,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UntrustedText;
    use crate::model::history::{FleetScan, PastStream};
    use crate::policy::parse;

    #[test]
    fn report_p04_a_repository_of_the_inventory_is_that_of_the_ledger() {
        let text = "version: 1\nreports: [{ path: x, class: sast }]\nobjectives:\n  - { id: o, \
                    title: T, owner: \"@o\", key_results: [{ id: k, title: T, measure: { count: \
                    { class: sast } }, target: \"<= 0\" }] }\n";
        let policy = parse("krgate.yaml", text).policy.unwrap();
        let stream = |repository: &str| PastStream {
            repository: repository.to_owned(),
            reference: "refs/heads/main".to_owned(),
            tool: UntrustedText::new("t"),
            category: None,
            class: Class::Sast,
            fresh: 7 * 86_400,
        };
        let called = |repository: &str, host: &str, name: &str| FleetScan {
            repository: repository.to_owned(),
            name: UntrustedText::new(name),
            host: UntrustedText::new(host),
            class: Class::Sast,
            at: Timestamp::UNIX_EPOCH,
            history_at: None,
        };
        let history = History {
            streams: [
                "github.com/4711",
                "example.org/7",
                "example.org/8",
                "a.test/9",
            ]
            .map(stream)
            .to_vec(),
            fleet: vec![
                called("a.test/9", "a.test", "acme/pay"),
                called("example.org/7", "example.org", "acme/pay"),
                called("github.com/4711", "github.com", "acme/shop"),
            ],
            ..History::default()
        };
        let listed = ["acme/shop", "acme/mobile", "example.org/acme/pay"];
        let listed = listed.map(str::to_owned).into();
        let made = coverage(&policy, &history, Some(Ok(listed)), Timestamp::UNIX_EPOCH);
        let rows: Vec<(&str, &str, bool)> = made
            .rows
            .iter()
            .map(|row| (row.name.as_str(), row.repository.as_str(), row.is_listed))
            .collect();
        assert_eq!(
            rows,
            [
                // Of two hosts with a repository of one name, each has its own.
                ("a.test/9", "a.test/9", false),
                ("acme/mobile", "acme/mobile", true),
                ("acme/shop", "github.com/4711", true),
                ("example.org/7", "example.org/7", true),
                // Nothing but failed scans: nobody knows what it is called.
                ("example.org/8", "example.org/8", false),
            ]
        );
    }
}
