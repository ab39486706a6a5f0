//! `events`: whether something happens as often as it should (rules K9, M25).

use jiff::Timestamp;

use super::{Measurement, Reason, ledger};
use crate::diagnostic::Message;
use crate::model::calendar::{Cadence, Window};
use crate::model::history::{History, PastEvent};
use crate::model::{Quantity, Untrusted};
use crate::policy::{EventsDemand, Per, Policy, Unit};

/// Complete windows that hold enough events, over complete windows.
///
/// A window counts in the period in which it ends; without a period all count from the first
/// event on. The running window is never missed. An event that is a search and found nothing
/// counts only with the scope that was searched (rule F18).
pub(super) fn measure(
    policy: &Policy,
    demand: &EventsDemand,
    history: &History,
    now: Timestamp,
) -> Measurement {
    let mut measurement = Measurement::empty(Unit::Percent);
    if let Some(reason) = ledger::unreadable(history) {
        measurement.reasons.push(reason);
        return measurement;
    }
    let zone = policy.time_zone();
    let events: Vec<&PastEvent> = history
        .events
        .iter()
        .filter(|event| event.name == demand.name && event.at <= now)
        .collect();
    let (begin, until) = match (&policy.period, events.first()) {
        (Some(period), _) => (period.start, now.min(period.end)),
        (None, Some(first)) => (first.at, now),
        (None, None) => (now, now),
    };
    let windows = cadence(policy, demand.per, begin)
        .map(|cadence| cadence.windows_ended(begin, until, &zone))
        .unwrap_or_default();
    let enough = |window: &&Window| {
        let held = events
            .iter()
            .filter(|e| window.contains(e.at) && says_something(e));
        u32::try_from(held.count()).unwrap_or(u32::MAX) >= demand.at_least
    };
    let nothing_said = events.iter().filter(|e| !says_something(e)).count();
    if nothing_said > 0 {
        measurement.notes.push(
            format!("{nothing_said} found nothing and name no scope: they do not count").into(),
        );
    }
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let held = windows.iter().filter(enough).count();
    measurement.n = u64::try_from(windows.len()).ok();
    measurement.value = Quantity::ratio(count(held), count(windows.len()));
    if measurement.value.is_none() {
        measurement.reasons.push(Reason {
            code: "no-complete-window",
            message: "no window is complete yet".into(),
            remedy: Some("it is known when the first one is over".into()),
        });
    } else {
        measurement.notes.push(
            Message::from(format!("{held} of {} windows hold ", windows.len()))
                .foreign(Untrusted::new(&demand.name)),
        );
    }
    measurement
}

/// True unless it is a search that found nothing and does not say where.
fn says_something(event: &PastEvent) -> bool {
    event.found != Some(0) || event.scope.is_some()
}

/// How time is cut; stretches of a length of their own begin with the period.
fn cadence(policy: &Policy, per: Per, begin: Timestamp) -> Option<Cadence> {
    Some(match per {
        Per::Week => Cadence::Week,
        Per::Month => Cadence::Month,
        Per::Iteration => {
            let iteration = policy.iteration?;
            Cadence::Every {
                from: iteration.start,
                seconds: iteration.every,
            }
        }
        Per::Every(seconds) => Cadence::Every {
            from: begin,
            seconds,
        },
    })
}
