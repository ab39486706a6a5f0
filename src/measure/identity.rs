//! What one thing is in the past, whoever saw it: each secret, each vulnerability, else each
//! finding (rules M18, L22).
//!
//! Streams never close each other's findings. A key result that counts by secret or by
//! vulnerability looks at all of them together: one is open if it is open in any stream,
//! unknown if it is unknown in any and open in none, and fixed when it is fixed in all that
//! ever saw it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::model::history::{Cause, Close, Episode, History, Life, LifeState};
use crate::model::{FindingId, SecretHash, Validity};
use crate::policy::Distinct;

/// What two findings share that are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Identity<'a> {
    Secret(SecretHash),
    /// In its repository: each one mends its own.
    Vulnerability(&'a str, [u8; 16]),
    /// Nothing: it is one by itself.
    Finding(usize),
}

/// The findings as they are counted, each by the first of its kind in the order of the history.
pub(super) fn one_of_each<'a>(
    history: &History,
    lives: Vec<&'a Life>,
    distinct: Distinct,
) -> Vec<Cow<'a, Life>> {
    let mut all: IndexMap<Identity<'_>, Vec<&'a Life>> = IndexMap::with_capacity(lives.len());
    for (place, life) in lives.into_iter().enumerate() {
        let identity = identity(history, life, distinct, place);
        all.entry(identity).or_default().push(life);
    }
    let one = |lives: Vec<&'a Life>| match lives.split_first() {
        Some((one, [])) => Some(Cow::Borrowed(*one)),
        Some((one, _)) => Some(Cow::Owned(merged(one, &lives))),
        None => None,
    };
    all.into_values().filter_map(one).collect()
}

fn identity<'a>(
    history: &'a History,
    life: &Life,
    distinct: Distinct,
    place: usize,
) -> Identity<'a> {
    let stream = usize::try_from(life.stream).ok();
    let repository = stream
        .and_then(|place| history.streams.get(place))
        .map_or("", |stream| stream.repository.as_str());
    match (distinct, life.secret, life.vulnerability) {
        (Distinct::Default | Distinct::Secret | Distinct::Vulnerability, Some(secret), _) => {
            Identity::Secret(secret)
        }
        (Distinct::Vulnerability, None, Some(vulnerability)) => {
            Identity::Vulnerability(repository, vulnerability)
        }
        _ => Identity::Finding(place),
    }
}

/// What several findings of one identity come to. What is not judged anew (rule, place) is
/// that of the one that was seen first, whose clock is the clock of all (rule L20).
fn merged(one: &Life, lives: &[&Life]) -> Life {
    // One that was no finding at all says nothing of the others (rule M5).
    let is_false = |life: &&&Life| matches!(life.left, Some(Close::FalsePositive(_)));
    let told: Vec<&Life> = lives.iter().filter(|l| !is_false(l)).copied().collect();
    let told = if told.is_empty() {
        lives.to_vec()
    } else {
        told
    };
    let begin = |life: &&&Life| (life.first_seen, !life.left_truncated, life.id, life.stream);
    let first = told.iter().min_by_key(begin).copied().unwrap_or(one);
    let state = state(&told);
    let ids = told
        .iter()
        .flat_map(|life| life.aliases.iter().chain([&life.id]));
    let aliases: BTreeSet<FindingId> = ids.filter(|id| **id != first.id).copied().collect();
    let cwe: BTreeSet<u32> = told
        .iter()
        .flat_map(|life| life.cwe.iter().copied())
        .collect();
    let least = |of: fn(&Life) -> Option<Timestamp>| told.iter().filter_map(|life| of(life)).min();
    Life {
        aliases: aliases.into_iter().collect(),
        validity: told
            .iter()
            .filter_map(|life| life.validity)
            .reduce(Validity::worst),
        revoked: last_of_all(&told, |life| life.revoked),
        cvss: told.iter().filter_map(|life| life.cvss).max(),
        severity: told.iter().filter_map(|life| life.severity).max(),
        cwe: cwe.into_iter().collect(),
        introduced: least(|life| life.introduced),
        advisory_published: least(|life| life.advisory_published),
        seen_on_change: told.iter().any(|life| life.seen_on_change),
        episodes: episodes(&told),
        left: left(&told, state),
        triaged: last_of_all(&told, |life| life.triaged),
        deployed: last_of_all(&told, |life| life.deployed),
        state,
        ..first.clone()
    }
}

/// Rule L22.
fn state(lives: &[&Life]) -> LifeState {
    if lives.iter().any(|life| life.state == LifeState::Open) {
        return LifeState::Open;
    }
    let unknown = lives.iter().filter_map(|life| match life.state {
        LifeState::Unknown(last) => Some(last),
        LifeState::Open | LifeState::Fixed => None,
    });
    unknown.max().map_or(LifeState::Fixed, LifeState::Unknown)
}

/// The stretches in which any of them was open. Of two that end at once the one that was fixed
/// says why.
fn episodes(lives: &[&Life]) -> Vec<Episode> {
    let mut all: Vec<&Episode> = lives.iter().flat_map(|life| &life.episodes).collect();
    all.sort_by_key(|episode| episode.opened);
    let end = |episode: &Episode| {
        let mends = |cause: Cause| cause != Cause::ToolChange;
        episode
            .fixed
            .map_or((Timestamp::MAX, true), |(at, cause)| (at, mends(cause)))
    };
    let mut merged: Vec<Episode> = Vec::new();
    for episode in all {
        match merged.last_mut() {
            Some(last) if episode.opened <= end(last).0 => {
                if end(episode) > end(last) {
                    last.fixed = episode.fixed;
                    last.fixing_commit.clone_from(&episode.fixing_commit);
                }
            }
            _ => merged.push(episode.clone()),
        }
    }
    merged
}

/// It left without a fix when all left that are still there, and not before the others were
/// fixed (rule M5).
fn left(lives: &[&Life], state: LifeState) -> Option<Close> {
    let is_fixed = |life: &&&Life| life.state == LifeState::Fixed;
    let left = |life: &&Life| match life.left {
        Some(Close::FalsePositive(at) | Close::Accepted(at)) => Some(at),
        None => None,
    };
    let there = lives
        .iter()
        .filter(|l| state == LifeState::Fixed || !is_fixed(l));
    let last = there.map(left).collect::<Option<Vec<_>>>()?;
    let fixes = lives.iter().filter(is_fixed);
    let fixes = fixes.filter_map(|life| life.episodes.last()?.fixed_at());
    let fixes = fixes.filter(|_| state != LifeState::Fixed);
    let at = last.into_iter().chain(fixes).max()?;
    let all_false = lives
        .iter()
        .all(|life| matches!(life.left, Some(Close::FalsePositive(_))));
    Some(if all_false {
        Close::FalsePositive(at)
    } else {
        Close::Accepted(at)
    })
}

/// The last of moments that each of them has; `None` if one lacks it.
fn last_of_all(lives: &[&Life], of: fn(&Life) -> Option<Timestamp>) -> Option<Timestamp> {
    let all: Option<Vec<Timestamp>> = lives.iter().map(|life| of(life)).collect();
    all?.into_iter().max()
}
