//! The records of any number of repositories as the lives that measures read (rules L16, L20,
//! L23).

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::event::{KeyKind, Scanned, Stream};
use super::state::{Drift, State, StreamState, Tracked};
use crate::model::history::{
    Close, Episode, FalsePositive, Life, LifeState, PastScan, PastStream, RecordId,
};
use crate::model::{FindingId, ObjectId};

/// A record with what it says of its streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRecord {
    /// The record.
    pub record: RecordId,
    /// The repository, `host/id`.
    pub repository: String,
    /// The full ref.
    pub reference: String,
    /// When it was judged.
    pub at: Timestamp,
    /// The commit.
    pub commit: Option<ObjectId>,
    /// What it says.
    pub scans: Vec<Scanned>,
}

/// What records come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lives {
    /// The streams.
    pub streams: Vec<PastStream>,
    /// Every scan, by time and then record.
    pub scans: Vec<PastScan>,
    /// The findings, by first id, then stream.
    pub lives: Vec<Life>,
    /// What was waived as a false positive, by repository, finding and time.
    pub false_positives: Vec<FalsePositive>,
    /// Records whose count of open findings is another than that of the replay.
    pub drift: Vec<Drift>,
}

/// Replays records, each once and in any order, and looks at what they came to at `now`.
pub fn lives(mut records: Vec<PastRecord>, now: Timestamp) -> Lives {
    records.sort_by_key(|record| (record.at, record.record));
    records.dedup_by_key(|record| record.record);
    let mut all = Lives::default();
    let mut places: BTreeMap<(String, String, Stream), u32> = BTreeMap::new();
    let mut states: BTreeMap<(String, String), State> = BTreeMap::new();
    for record in &records {
        let of = (record.repository.clone(), record.reference.clone());
        let state = states.entry(of).or_default();
        state.take(record.at, record.commit.as_ref(), &record.scans);
        for scanned in &record.scans {
            let place = all.stream(&mut places, record, scanned);
            all.scans.push(PastScan {
                record: record.record,
                stream: place,
                at: record.at,
                commit: record.commit.clone(),
                unadmitted: scanned.unadmitted,
                of_history: scanned.of_history,
                tool_change: scanned.tool_change,
            });
        }
    }
    // A change's ref is another one: what it showed is looked up in the whole repository.
    let mut on_changes: BTreeMap<(&str, &Stream, FindingId), Timestamp> = BTreeMap::new();
    for ((repository, _), state) in &states {
        for ((stream, id), at) in &state.on_changes {
            let first = on_changes
                .entry((repository.as_str(), stream, *id))
                .or_insert(*at);
            *first = (*first).min(*at);
        }
    }
    all.false_positives = false_positives(&states);
    for ((repository, reference), state) in &states {
        all.drift.extend(state.drift.iter().cloned());
        for (stream, known) in &state.streams {
            let of = (repository.clone(), reference.clone(), stream.clone());
            let Some(place) = places.get(&of).copied() else {
                continue;
            };
            for tracked in known.findings.values() {
                let shown = |id: &FindingId| {
                    let at = on_changes.get(&(repository.as_str(), stream, *id));
                    at.is_some_and(|at| *at < tracked.first_seen)
                };
                let mut ids = std::iter::once(&tracked.id).chain(&tracked.aliases);
                let seen_on_change = ids.any(shown);
                let mut life = life(tracked, known, now);
                life.stream = place;
                life.seen_on_change = seen_on_change;
                all.lives.push(life);
            }
        }
    }
    all.lives.sort_by_key(|life| (life.id, life.stream));
    all
}

/// What was waived as a false positive in each repository, on any ref, under each of its ids.
fn false_positives(states: &BTreeMap<(String, String), State>) -> Vec<FalsePositive> {
    let mut all = BTreeSet::new();
    for ((repository, _), state) in states {
        let waived = |id: FindingId, from, until| FalsePositive {
            repository: repository.clone(),
            id,
            from,
            until,
        };
        let streams = state.streams.values();
        for tracked in streams.flat_map(|stream| stream.findings.values()) {
            for (from, until) in &tracked.false_positive {
                let ids = std::iter::once(&tracked.id).chain(&tracked.aliases);
                all.extend(ids.map(|id| waived(*id, *from, *until)));
            }
        }
        let on_changes = state.waived_on_changes.iter();
        all.extend(on_changes.map(|(id, at)| waived(*id, *at, Some(*at))));
    }
    all.into_iter().collect()
}

impl Lives {
    /// The place of a stream, which is new or known; the last admitted scan says how long it
    /// stands.
    fn stream(
        &mut self,
        places: &mut BTreeMap<(String, String, Stream), u32>,
        record: &PastRecord,
        scanned: &Scanned,
    ) -> u32 {
        let of = (
            record.repository.clone(),
            record.reference.clone(),
            scanned.stream.clone(),
        );
        let next = u32::try_from(self.streams.len()).unwrap_or(u32::MAX);
        let place = *places.entry(of).or_insert(next);
        let index = usize::try_from(place).unwrap_or(usize::MAX);
        match self.streams.get_mut(index) {
            Some(stream) if scanned.unadmitted.is_none() => stream.fresh = scanned.fresh,
            Some(_) => {}
            None => self.streams.push(PastStream {
                repository: record.repository.clone(),
                reference: record.reference.clone(),
                tool: scanned.stream.tool.clone(),
                category: scanned.stream.category.clone(),
                class: scanned.stream.class,
                fresh: scanned.fresh,
            }),
        }
        place
    }
}

fn life(tracked: &Tracked, known: &StreamState, now: Timestamp) -> Life {
    let look = &tracked.look;
    let first_fix = tracked.episodes.iter().find_map(Episode::fixed_at);
    Life {
        id: tracked.id,
        aliases: tracked.aliases.iter().copied().collect(),
        stream: 0,
        rule: look.rule.clone(),
        path: look.path.clone(),
        line: look.line,
        package: look.package.clone(),
        secret: look.secret(),
        vulnerability: look.key(KeyKind::Dependency),
        validity: look.validity,
        revoked: tracked.revoked,
        cvss: look.cvss,
        severity: look.severity,
        cwe: look.cwe.clone(),
        first_seen: tracked.first_seen,
        introduced: tracked.introduced,
        advisory_published: look.advisory,
        left_truncated: tracked.left_truncated,
        by_tool_change: tracked.by_tool_change,
        seen_on_change: false,
        episodes: tracked.episodes.clone(),
        left: left(tracked),
        triaged: earliest(first_fix, tracked.first_set_aside),
        deployed: None,
        state: state_of(tracked, known, now),
    }
}

/// Rule M5: what a waiver calls a false positive is told apart from what is lived with.
fn left(tracked: &Tracked) -> Option<Close> {
    match tracked.false_positive.last() {
        Some((since, None)) => Some(Close::FalsePositive(*since)),
        _ => tracked.set_aside.map(Close::Accepted),
    }
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// Rule L16: unknown is no event, it follows from the clock.
fn state_of(tracked: &Tracked, known: &StreamState, now: Timestamp) -> LifeState {
    if !tracked.is_open() {
        return LifeState::Fixed;
    }
    let Some(last) = &known.last else {
        return LifeState::Open;
    };
    let covered = tracked.covered.unwrap_or(last.at);
    let fresh = i64::try_from(last.fresh).unwrap_or(i64::MAX);
    if now.duration_since(covered) > SignedDuration::from_secs(fresh) {
        LifeState::Unknown(covered)
    } else {
        LifeState::Open
    }
}
