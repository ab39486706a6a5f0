//! What is to be done (section 6 of the report).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::findings::label;
use super::request::findings_of;
use super::{FindingLabel, ReportFilter};
use crate::decide::Verdict;
use crate::decide::okr::{KeyResultProgress, Progress, nearest_rank};
use crate::measure::Sight;
use crate::model::history::{History, Life, LifeState};
use crate::model::{FindingId, Quantity, SecretHash, Severity, Tenths};
use crate::policy::{KeyResult, Measure, Op, PastKind, Policy, Statistic, Target};

/// Actions that are due within so many days are named.
const SOON: i64 = 14;
/// How many findings to repair are named.
const MOST_REPAIRS: usize = 3;

/// What is to be done.
#[derive(Debug, Clone, Default)]
pub struct Actions {
    /// Actions of the policy that are late or due within 14 days, by day.
    pub due: Vec<DueAction>,
    /// How many are due later.
    pub later: usize,
    /// How many have no day.
    pub undated: usize,
    /// The findings whose repair moves missed key results most, at most three.
    pub repairs: Vec<Repair>,
    /// How many findings would move one at all.
    pub candidates: usize,
}

/// An action that is late, or due soon. Its texts are of the policy, foreign to every output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAction {
    /// The objective that it is for, by its id.
    pub objective: String,
    /// Who does it.
    pub who: String,
    /// What is done.
    pub what: String,
    /// How.
    pub how: Option<String>,
    /// The day by which it is to be done.
    pub due: Date,
    /// In how many days that is; below zero it is late.
    pub days: i64,
}

/// A finding whose repair moves missed key results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Which finding.
    pub finding: FindingLabel,
    /// The key results that it moves, as `objective/key-result`, in the order of the policy.
    pub key_results: Vec<String>,
    /// The shares of their ways to the target that its repair goes, summed; each 0 to 1.
    pub moves: Quantity,
}

/// What is looked at.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) policy: &'a Policy,
    pub(super) history: &'a History,
    pub(super) progress: &'a Progress,
    pub(super) sight: &'a Sight<'a>,
    pub(super) filter: Option<&'a ReportFilter>,
    pub(super) zone: &'a TimeZone,
}

pub(super) fn actions(ground: Ground<'_>) -> Actions {
    let mut actions = Actions::default();
    let today = ground.zone.to_datetime(ground.progress.now).date();
    for objective in &ground.policy.objectives {
        for action in &objective.actions {
            let Some(due) = action.due else {
                actions.undated += 1;
                continue;
            };
            let due = ground.zone.to_datetime(due).date();
            let days = today
                .until(due)
                .map_or(i64::MAX, |span| span.get_days().into());
            if days > SOON {
                actions.later += 1;
                continue;
            }
            actions.due.push(DueAction {
                objective: objective.id.clone(),
                who: action.who.clone(),
                what: action.what.clone(),
                how: action.how.clone(),
                due,
                days,
            });
        }
    }
    actions.due.sort_by_key(|action| action.due);
    (actions.repairs, actions.candidates) = repairs(ground);
    actions
}

/// What the repair of one finding does.
struct Gain<'a> {
    moves: Quantity,
    key_results: Vec<&'a str>,
}

type Order = (
    Reverse<(Quantity, usize, Option<Severity>, Option<Tenths>)>,
    Timestamp,
    FindingId,
);

fn repairs(ground: Ground<'_>) -> (Vec<Repair>, usize) {
    let mut gains: BTreeMap<FindingId, (&Life, Gain<'_>)> = BTreeMap::new();
    let progress = ground
        .progress
        .objectives
        .iter()
        .flat_map(|o| &o.key_results);
    for ((_, key_result), progress) in ground.policy.key_results().zip(progress) {
        if ground
            .filter
            .is_some_and(|filter| !filter.shows(key_result))
        {
            continue;
        }
        for (life, moves) in gains_of(ground, key_result, progress) {
            let none = Gain {
                moves: Quantity::ZERO,
                key_results: Vec::new(),
            };
            let (_, gain) = gains.entry(life.id).or_insert((life, none));
            gain.moves = gain.moves.plus(moves);
            gain.key_results.push(&progress.record_name);
        }
    }
    let candidates = gains.len();
    let mut sorted: Vec<(&Life, Gain<'_>)> = gains.into_values().collect();
    sorted.sort_by_key(|(life, gain)| order(life, gain));
    let repairs = sorted.into_iter().take(MOST_REPAIRS);
    let repairs = repairs.filter_map(|(life, gain)| {
        Some(Repair {
            finding: label(ground.history, life)?,
            key_results: gain.key_results.into_iter().map(str::to_owned).collect(),
            moves: gain.moves,
        })
    });
    (repairs.collect(), candidates)
}

fn order(life: &Life, gain: &Gain<'_>) -> Order {
    let best = (gain.moves, gain.key_results.len(), life.severity, life.cvss);
    (Reverse(best), life.first_seen, life.id)
}

/// The open findings that a missed key result counts, and which share of the way to its
/// target the repair of each goes.
fn gains_of<'a>(
    ground: Ground<'a>,
    key_result: &KeyResult,
    progress: &KeyResultProgress,
) -> Vec<(&'a Life, Quantity)> {
    let figure = &progress.figure;
    let (Verdict::Missed, Some(value), Some(filter)) = (
        figure.verdict,
        figure.value,
        findings_of(&key_result.measure),
    ) else {
        return Vec::new();
    };
    let Some(limit) = upper_limit(&progress.target) else {
        return Vec::new();
    };
    let is_open = |life: &&Life| life.state == LifeState::Open && life.left.is_none();
    let lives = ground.sight.admitted(ground.history, filter).lives;
    let mut seen: Vec<SecretHash> = Vec::new();
    let mut open: Vec<&Life> = lives.into_iter().filter(is_open).collect();
    // A secret is one thing to repair, in however many places it stands.
    open.retain(|life| match life.secret {
        Some(secret) if seen.contains(&secret) => false,
        Some(secret) => {
            seen.push(secret);
            true
        }
        None => true,
    });
    match &key_result.measure {
        Measure::Count(..) => {
            let step = match progress.target {
                Target::Compare(Op::Less, _) => value.minus(limit).plus(Quantity::ONE),
                _ => value.minus(limit),
            };
            let share = Quantity::ONE.over(step).map(Quantity::clamp_to_unit);
            let share = share.filter(|share| *share > Quantity::ZERO);
            open.into_iter()
                .filter_map(|life| Some((life, share?)))
                .collect()
        }
        Measure::MaxCvss(_) => worst_alone(&open, value, limit),
        Measure::Past(past) => match past.kind {
            PastKind::Age { statistic } => oldest(&open, statistic, limit, ground.progress.now),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The figure that is not to be passed upward.
fn upper_limit(target: &Target) -> Option<Quantity> {
    match target {
        Target::Compare(Op::AtMost | Op::Less, limit) | Target::Within(_, limit) => Some(*limit),
        _ => None,
    }
}

/// Of the highest score the one finding that has it; of several none moves it alone.
fn worst_alone<'a>(
    open: &[&'a Life],
    value: Quantity,
    limit: Quantity,
) -> Vec<(&'a Life, Quantity)> {
    let mut scored: Vec<(Tenths, &Life)> =
        open.iter().filter_map(|l| Some((l.cvss?, *l))).collect();
    scored.sort_by_key(|(score, life)| (Reverse(*score), life.id));
    let next = scored.get(1).map(|(score, _)| tenths(*score));
    let Some((worst, life)) = scored.first() else {
        return Vec::new();
    };
    let way = value.minus(limit);
    let goes = tenths(*worst).minus(next.unwrap_or(Quantity::ZERO));
    let share = goes.over(way).map(Quantity::clamp_to_unit);
    let share = share.filter(|share| *share > Quantity::ZERO);
    share.map(|share| (*life, share)).into_iter().collect()
}

fn tenths(score: Tenths) -> Quantity {
    Quantity::ratio(score.get().into(), 10).unwrap_or(Quantity::ZERO)
}

/// Of ages those at the quantile or above: without any of them it falls to the same figure.
fn oldest<'a>(
    open: &[&'a Life],
    statistic: Statistic,
    limit: Quantity,
    now: Timestamp,
) -> Vec<(&'a Life, Quantity)> {
    let age = |life: &Life| {
        Quantity::whole(
            now.as_second()
                .saturating_sub(life.first_seen.as_second())
                .max(0),
        )
    };
    let mut ages: Vec<Quantity> = open.iter().map(|life| age(life)).collect();
    ages.sort_unstable();
    let hundredths = usize::try_from(statistic.0).unwrap_or(100);
    let Some(value) = nearest_rank(&ages, hundredths, 100) else {
        return Vec::new();
    };
    ages.pop();
    let then = nearest_rank(&ages, hundredths, 100).unwrap_or(Quantity::ZERO);
    let share = value.minus(then).over(value.minus(limit));
    let share = share.map(Quantity::clamp_to_unit);
    let Some(share) = share.filter(|share| *share > Quantity::ZERO) else {
        return Vec::new();
    };
    let old = open.iter().filter(|life| age(life) >= value);
    old.map(|life| (*life, share)).collect()
}
