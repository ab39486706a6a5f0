//! The steps that serve the history alone (rules L5, L6, L8, L18): what they pair wrongly costs
//! a date, where on a change it would let a finding pass as old.

use std::collections::BTreeMap;

use super::keyed::Keyed;
use super::pairing::{Entry, Side};
use super::steps::Work;
use super::{Earlier, Match, Step};
use crate::model::{Baseline, ChangedLines, Intake, KeyCheck, Rows};

/// The first 16 bytes of the digest of each message, by place; `None` where there is none.
pub(super) type Messages<'a> = &'a [Option<[u8; 16]>];

/// How far a line may be from where it was (step 4 of rule L5).
const NEAR: u32 = 20;

/// What the ledger knows of one state of the repository.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// The findings that are open; one row for each secret of a stream.
    pub baseline: &'a Baseline,
    /// The messages of its rows.
    pub messages: Messages<'a>,
    /// By place in the streams of its rows: true if the tool or its rules changed since.
    pub changed: &'a [bool],
    /// What happened between its commit and the one that is judged; without it paths and lines
    /// are taken as they are (rule L10).
    pub carry: Option<&'a ChangedLines>,
    /// The key that made the ids of this run's secrets.
    pub key: Option<KeyCheck>,
}

/// Finds the findings of a run, of which `rows` are the rows, in the past: by place, under
/// which id each was known.
///
/// Every finding of a secret is known by its secret within its stream, so that several may
/// have one id; of the rest an id is given once.
pub fn trace(past: &Past<'_>, intake: &Intake, rows: &Rows, messages: Messages<'_>) -> Vec<Match> {
    let earlier = Earlier {
        baseline: past.baseline,
        carry: past.carry,
        change: None,
        key: past.key,
    };
    let mut work = Work::new(&earlier, intake, rows);
    work.secrets_of_streams();
    work.dependencies();
    work.fingerprints();
    work.places();
    work.ids();
    work.messages(past.messages, messages);
    work.nearest();
    work.only_ones();
    work.other_rules(past, messages);
    work.matches
}

impl Work<'_> {
    /// Rules L1, L8: a secret is known by its id alone, within its stream.
    fn secrets_of_streams(&mut self) {
        if !self.one_key {
            return;
        }
        let mut known = BTreeMap::new();
        for (index, (row, keyed)) in self.base.rows.iter().zip(&self.base_keys).enumerate() {
            if let Some(secret) = row.secret {
                known.insert((keyed.stream, secret.bytes()), (row.id, index));
            }
        }
        let heads = self.head.rows.iter().zip(&self.head_keys);
        for ((row, keyed), matched) in heads.zip(&mut self.matches) {
            let secret = row.secret.map(|secret| (keyed.stream, secret.bytes()));
            let Some((id, index)) = secret.and_then(|key| known.get(&key)) else {
                continue;
            };
            *matched = Match::Known(*id, Step::Secret);
            if let Some(taken) = self.taken.get_mut(*index) {
                *taken = true;
            }
        }
    }

    /// Step (3): rule, carried path and message.
    fn messages(&mut self, base: Messages<'_>, head: Messages<'_>) {
        let digest = |of: Messages<'_>, index: usize| of.get(index).copied().flatten();
        for round in 0..=self.rounds() {
            let olds = self.placed(Side::Base, &|index, _, key| {
                Some((key.stream, key.rule, key.path, digest(base, index)?))
            });
            let news = self.placed(Side::Head, &|index, _, key| {
                let rule = self.rule(index, key, round)?;
                Some((key.stream, rule, key.path, digest(head, index)?))
            });
            self.single(Step::Message, &olds, &news);
        }
    }

    /// Step (4): rule and carried path, each the other's nearest.
    fn nearest(&mut self) {
        for round in 0..=self.rounds() {
            let (olds, news) = self.by_rule(round);
            for (olds, news) in groups(&olds, &news) {
                for (old, new) in mutual(olds, news) {
                    self.join(Step::Nearest, old.2, new.2, &|_, _| true);
                }
            }
        }
    }

    /// Step (5): one left on each side.
    fn only_ones(&mut self) {
        for round in 0..=self.rounds() {
            let (olds, news) = self.by_rule(round);
            self.single(Step::OnlyOne, &olds, &news);
        }
    }

    /// Rule L18: another version of the tool may call it by another rule.
    fn other_rules(&mut self, past: &Past<'_>, head: Messages<'_>) {
        let changed = |stream: u32| {
            let place = usize::try_from(stream).ok();
            place.and_then(|place| past.changed.get(place)) == Some(&true)
        };
        let at = |key: &Keyed| key.line.filter(|line| *line > 0);
        let olds = self.placed(Side::Base, &|_, row, key| {
            let place = Some((key.stream, key.path, at(key)?));
            place.filter(|_| changed(row.stream))
        });
        let news = self.placed(Side::Head, &|_, _, key| {
            Some((key.stream, key.path, at(key)?))
        });
        self.merge_entries(Step::ToolChange, &olds, &news, &|_, _| true);
        let digest = |of: Messages<'_>, index: usize| of.get(index).copied().flatten();
        let olds = self.placed(Side::Base, &|index, row, key| {
            let said = Some((key.stream, key.path, digest(past.messages, index)?));
            said.filter(|_| changed(row.stream))
        });
        let news = self.placed(Side::Head, &|index, _, key| {
            Some((key.stream, key.path, digest(head, index)?))
        });
        self.single(Step::ToolChange, &olds, &news);
    }

    /// What is left, by stream, rule and path.
    fn by_rule(&self, round: usize) -> (ByRule, ByRule) {
        let olds = self.placed(Side::Base, &|_, _, key| {
            Some((key.stream, key.rule, key.path))
        });
        let news = self.placed(Side::Head, &|index, _, key| {
            Some((key.stream, self.rule(index, key, round)?, key.path))
        });
        (olds, news)
    }

    /// Pairs what stands alone under its key on both sides.
    fn single<K: Ord + Copy>(&mut self, step: Step, base: &[Entry<K>], head: &[Entry<K>]) {
        for (olds, news) in groups(base, head) {
            if let ([old], [new]) = (olds, news) {
                self.join(step, old.2, new.2, &|_, _| true);
            }
        }
    }
}

/// Entries by stream, rule and path.
type ByRule = Vec<Entry<(u32, u32, u32)>>;

/// The entries of one key on both sides.
type Group<'e, K> = (&'e [Entry<K>], &'e [Entry<K>]);

/// The entries of each key that both sides have.
fn groups<'e, K: Ord + Copy>(base: &'e [Entry<K>], head: &'e [Entry<K>]) -> Vec<Group<'e, K>> {
    let mut rest = base;
    let mut both = Vec::new();
    for news in head.chunk_by(|one, other| one.0 == other.0) {
        let Some((key, ..)) = news.first() else {
            continue;
        };
        let from = rest.partition_point(|entry| entry.0 < *key);
        let tail = rest.get(from..).unwrap_or_default();
        let (olds, after) = tail.split_at(tail.partition_point(|entry| entry.0 == *key));
        rest = after;
        if !olds.is_empty() {
            both.push((olds, news));
        }
    }
    both
}

/// Pairs of which each is the other's nearest, and neither has two that are as near.
fn mutual<'e, K>(base: &'e [Entry<K>], head: &'e [Entry<K>]) -> Vec<(&'e Entry<K>, &'e Entry<K>)> {
    let sorted = |entries: &'e [Entry<K>]| {
        let with_line = entries.iter().filter(|entry| line(entry) > 0);
        let mut sorted: Vec<&Entry<K>> = with_line.collect();
        sorted.sort_by_key(|entry| line(entry));
        sorted
    };
    let (base, head) = (sorted(base), sorted(head));
    let pairs = head.iter().filter_map(|new| {
        let old = nearest(&base, line(new))?;
        let back = nearest(&head, line(old))?;
        (back.2 == new.2).then_some((old, *new))
    });
    pairs.collect()
}

const fn line<K>(entry: &Entry<K>) -> u32 {
    entry.1.1
}

/// The one that is nearest to a line, of those sorted by line; `None` if none is near, or two
/// are as near.
fn nearest<'e, K>(sorted: &[&'e Entry<K>], to: u32) -> Option<&'e Entry<K>> {
    let at = sorted.partition_point(|entry| line(entry) < to);
    let near = sorted.get(at.saturating_sub(2)..at.saturating_add(2).min(sorted.len()))?;
    let mut near: Vec<(u32, &'e Entry<K>)> = near
        .iter()
        .map(|entry| (line(entry).abs_diff(to), *entry))
        .filter(|(distance, _)| *distance <= NEAR)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    match near.as_slice() {
        [(_, only)] => Some(only),
        [(first, one), (second, _), ..] if first < second => Some(one),
        _ => None,
    }
}
