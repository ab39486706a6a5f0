//! When fixes were deployed (rule M35).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::advance::{Descent, Lineage};
use crate::model::history::{Cause, Episode, History, Life, LifeState};
use crate::model::{Event, ObjectId};

/// What an event is called that says that a commit was deployed.
const DEPLOYMENT: &str = "deployment";

/// Notes of each fixed finding when its fix was deployed: with the first `deployment` event, or
/// recorded run of an environment, at the commit of the fix or a descendant of it. A commit of
/// which that cannot be told has not got there, so that the clock runs on.
///
/// An event may be known by its day alone; a fix is deployed at the earliest when it was seen.
pub fn deployed(history: &mut History, lineage: &dyn Lineage) {
    let deployments = deployments(history);
    let mut asked: BTreeMap<(ObjectId, ObjectId), bool> = BTreeMap::new();
    let mut holds = |fix: &ObjectId, deployed: &ObjectId| {
        let pair = (fix.clone(), deployed.clone());
        let holds = asked.entry(pair);
        *holds.or_insert_with(|| lineage.descent(fix, deployed) == Descent::Newer)
    };
    for life in &mut history.lives {
        let Some((fixed, episode)) = fix(life) else {
            continue;
        };
        let Some(commit) = &episode.fixing_commit else {
            continue;
        };
        // Nothing that stood before it was there can hold its fix.
        let mut later = deployments.iter().filter(|(at, _)| *at >= episode.opened);
        let first = later.find(|(_, deployed)| holds(commit, deployed));
        life.deployed = first.map(|(at, _)| (*at).max(fixed));
    }
}

/// The moments and commits that were deployed, in the order of time.
fn deployments(history: &History) -> Vec<(Timestamp, ObjectId)> {
    let events = history.events.iter();
    let events = events.filter(|event| event.name == DEPLOYMENT);
    let events = events.filter_map(|event| Some((event.at, event.commit.clone()?)));
    let runs = history.runs.iter();
    let runs = runs.filter(|run| run.environment.is_some() && run.event == Event::State);
    let runs = runs.filter_map(|run| Some((run.at, run.commit.clone()?)));
    let mut all: Vec<(Timestamp, ObjectId)> = events.chain(runs).collect();
    all.sort();
    all
}

/// The fix of a finding that is gone for good; another version of the tool mends nothing.
fn fix(life: &Life) -> Option<(Timestamp, &Episode)> {
    let last = life.episodes.last()?;
    match last.fixed {
        Some((at, cause)) if life.state == LifeState::Fixed && cause != Cause::ToolChange => {
            Some((at, last))
        }
        _ => None,
    }
}
