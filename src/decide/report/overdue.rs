//! What is overdue, stale or unknown, by owner (section 4 of the report).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::decide::Verdict;
use crate::decide::okr::{KeyResultProgress, Progress};
use crate::measure::{self, Reason};
use crate::model::history::{History, PastScan, Unadmitted};
use crate::model::{Class, Event, UntrustedText};
use crate::policy::{CheckInDemand, KeyResult, Measure, Policy};

/// What is overdue, stale or unknown.
#[derive(Debug, Clone, Default)]
pub struct Overdue {
    /// Check-ins that should be there, in the order of the policy.
    pub check_ins: Vec<OverdueCheckIn>,
    /// Streams whose last good scan does not stand any more, or after which one failed.
    pub scans: Vec<StaleScan>,
    /// Reports of the policy that no recorded run of a state read whole.
    pub missing: Vec<MissingScan>,
    /// Key results whose verdict is unknown, by owner in the order of the policy.
    pub unknown: Vec<UnknownOf>,
}

/// A check-in that should be there (rule K25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueCheckIn {
    /// `objective/key-result`.
    pub key_result: String,
    /// Who answers for it.
    pub owner: String,
    /// The day that the last one stands for; `None` if there is none.
    pub last: Option<Date>,
    /// How many days ago one was due; `None` if there is none yet.
    pub days: Option<u32>,
}

/// A stream whose last good scan does not stand any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleScan {
    /// The repository.
    pub repository: String,
    /// The tool by its alias.
    pub tool: UntrustedText,
    /// The category of the run, where there is one.
    pub category: Option<UntrustedText>,
    /// What it looks for.
    pub class: Class,
    /// The last good scan; `None` if there was none.
    pub last: Option<Timestamp>,
    /// How long one stands, in seconds.
    pub fresh: u64,
    /// The failed one after it, if one failed.
    pub failed: Option<Timestamp>,
}

/// A report of the policy that no recorded run read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingScan {
    /// The entry of the policy.
    pub name: String,
    /// Its class, where the policy says so.
    pub class: Option<Class>,
    /// True if it may be absent.
    pub is_optional: bool,
}

/// What is unknown of one owner.
#[derive(Debug, Clone)]
pub struct UnknownOf {
    /// Who answers for it.
    pub owner: String,
    /// `objective/key-result`, and why.
    pub key_results: Vec<(String, Vec<Reason>)>,
}

pub(super) fn overdue(
    policy: &Policy,
    history: &History,
    progress: &Progress,
    is_shown: impl Fn(&str) -> bool,
) -> Overdue {
    let shown: Vec<&KeyResultProgress> = progress
        .objectives
        .iter()
        .flat_map(|objective| &objective.key_results)
        .filter(|key_result| is_shown(&key_result.record_name))
        .collect();
    Overdue {
        check_ins: check_ins(policy, history, progress.now, &is_shown),
        scans: stale(history, progress.now),
        missing: missing(policy, history),
        unknown: unknown(&shown),
    }
}

fn check_ins(
    policy: &Policy,
    history: &History,
    now: Timestamp,
    is_shown: impl Fn(&str) -> bool,
) -> Vec<OverdueCheckIn> {
    let zone = policy.time_zone();
    let demanded = policy.key_results().filter_map(|(_, key_result)| {
        let Measure::CheckIn(demand) = &key_result.measure else {
            return None;
        };
        is_shown(&policy.record_name(key_result)).then_some((key_result, *demand))
    });
    demanded
        .filter_map(|(key_result, demand)| late(policy, history, key_result, demand, (now, &zone)))
        .collect()
}

fn late(
    policy: &Policy,
    history: &History,
    key_result: &KeyResult,
    demand: CheckInDemand,
    (now, zone): (Timestamp, &TimeZone),
) -> Option<OverdueCheckIn> {
    let last = measure::checked_in(policy, key_result, history, now);
    let last = last.last().map(|check_in| check_in.as_of);
    let days = match last {
        None => None,
        Some(day) if !measure::is_overdue(day, demand.every(), zone, now) => return None,
        Some(day) => {
            let begin = zone.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
            let age = now.as_second().saturating_sub(begin.as_second());
            let every = i64::try_from(demand.every()).unwrap_or(i64::MAX);
            u32::try_from(age.saturating_sub(every) / 86_400).ok()
        }
    };
    Some(OverdueCheckIn {
        key_result: policy.record_name(key_result),
        owner: key_result.owner.clone(),
        last,
        days,
    })
}

fn stale(history: &History, now: Timestamp) -> Vec<StaleScan> {
    let streams = history.streams.iter().enumerate();
    streams
        .filter_map(|(place, stream)| {
            let of_it = |scan: &&PastScan| usize::try_from(scan.stream) == Ok(place);
            let scans = || history.scans.iter().filter(of_it);
            let last = scans().filter(|scan| scan.unadmitted.is_none());
            let last = last.map(|scan| scan.at).max();
            let failed = scans().filter(|scan| scan.unadmitted == Some(Unadmitted::RunFailed));
            let failed = failed
                .map(|scan| scan.at)
                .max()
                .filter(|at| Some(*at) > last);
            let stands = last.is_some_and(|at| {
                let age = now.as_second().saturating_sub(at.as_second());
                u64::try_from(age).is_ok_and(|age| age <= stream.fresh)
            });
            (!stands || failed.is_some()).then(|| StaleScan {
                repository: stream.repository.clone(),
                tool: stream.tool.clone(),
                category: stream.category.clone(),
                class: stream.class,
                last,
                fresh: stream.fresh,
                failed,
            })
        })
        .collect()
}

fn missing(policy: &Policy, history: &History) -> Vec<MissingScan> {
    let states = history.runs.iter().filter(|run| run.event == Event::State);
    let read: Vec<&str> = states
        .flat_map(|run| &run.reports)
        .filter(|report| report.ok)
        .map(|report| report.name.raw())
        .collect();
    let never = policy
        .reports
        .iter()
        .filter(|entry| !read.contains(&entry.name.as_str()));
    never
        .map(|entry| MissingScan {
            name: entry.name.clone(),
            class: entry.class,
            is_optional: !entry.required,
        })
        .collect()
}

fn unknown(shown: &[&KeyResultProgress]) -> Vec<UnknownOf> {
    let mut owners: Vec<UnknownOf> = Vec::new();
    let unknown = shown
        .iter()
        .filter(|key_result| key_result.figure.verdict == Verdict::Unknown);
    for key_result in unknown {
        let told = (key_result.record_name.clone(), key_result.reasons.clone());
        match owners.iter_mut().find(|of| of.owner == key_result.owner) {
            Some(of) => of.key_results.push(told),
            None => owners.push(UnknownOf {
                owner: key_result.owner.clone(),
                key_results: vec![told],
            }),
        }
    }
    owners
}
