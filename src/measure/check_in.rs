//! `check_in`: a figure that a person reports (rules K25, Q6).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::{Measurement, Reason, ledger};
use crate::diagnostic::Message;
use crate::model::history::{CheckIn, History};
use crate::policy::{CheckInDemand, KeyResult, Policy, Unit, definition};

/// How often a check-in is due where the policy does not say: each week.
pub const CHECK_IN_EVERY: u64 = 7 * DAY;

/// The reason of a figure that is too old.
pub const OVERDUE: &str = "check-in-overdue";

const DAY: u64 = 86_400;

/// The figure of the last day that somebody stood in for; of one day that which arrived last.
///
/// A check-in under another definition says nothing, and one for a day to come is passed
/// over. One day after the next is due the figure is unknown.
pub(super) fn measure(
    policy: &Policy,
    key_result: &KeyResult,
    demand: CheckInDemand,
    history: &History,
    now: Timestamp,
) -> Measurement {
    let mut measurement = Measurement::empty(demand.unit);
    if let Some(reason) = ledger::unreadable(history) {
        measurement.reasons.push(reason);
        return measurement;
    }
    let zone = policy.time_zone();
    let figures = figures(policy, key_result, history, now);
    let Some(last) = figures.last() else {
        let name = policy.record_name(key_result);
        let mut all = history.check_ins.iter();
        let otherwise = all.any(|c| c.key_result == name && c.value.is_some());
        measurement.reasons.push(none_yet(otherwise));
        return measurement;
    };
    measurement.notes.push(
        Message::from(format!("checked in for {} by ", last.as_of))
            .foreign(last.who.as_untrusted()),
    );
    if is_overdue(last.as_of, demand.every(), &zone, now) {
        measurement
            .reasons
            .push(overdue(last.as_of, demand.every()));
        return measurement;
    }
    measurement.value = last.value;
    measurement
}

/// The check-ins with a figure under today's definition, one a day (that which arrived last),
/// in the order of the days that they stand for; none for a day after `now`.
pub fn figures<'a>(
    policy: &Policy,
    key_result: &KeyResult,
    history: &'a History,
    now: Timestamp,
) -> Vec<&'a CheckIn> {
    let today = policy.time_zone().to_datetime(now).date();
    let name = policy.record_name(key_result);
    let meaning = definition(policy, key_result);
    let mut list: Vec<&CheckIn> = history
        .check_ins
        .iter()
        .filter(|c| c.key_result == name && c.definition == meaning)
        .filter(|c| c.value.is_some() && c.as_of <= today)
        .collect();
    list.sort_by_key(|c| (c.as_of, std::cmp::Reverse((c.at, c.record))));
    list.dedup_by_key(|c| c.as_of);
    list
}

fn none_yet(under_another_definition: bool) -> Reason {
    Reason {
        code: "no-check-in",
        message: if under_another_definition {
            "nobody has checked in since the key result was defined anew".into()
        } else {
            "nobody has checked in yet".into()
        },
        remedy: Some("check in: `krgate checkin`".into()),
    }
}

fn overdue(as_of: Date, every: u64) -> Reason {
    Reason {
        code: OVERDUE,
        message: format!(
            "the last check-in stands for {as_of}, and one is due every {}",
            Unit::Duration(if every.is_multiple_of(DAY) { "d" } else { "h" })
                .show(crate::model::Quantity::count(every))
        )
        .into(),
        remedy: Some("check in: `krgate checkin`".into()),
    }
}

/// True one day after the check-in that follows the one for `as_of` is due (rule K25): with
/// one a week on the eighth day, at the begin of that day in the zone.
pub fn is_overdue(as_of: Date, every: u64, zone: &TimeZone, now: Timestamp) -> bool {
    let begin = as_of.to_datetime(jiff::civil::Time::midnight());
    let late = i64::try_from(every.saturating_add(DAY))
        .ok()
        .and_then(|seconds| {
            let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
            let span = Span::new().try_days(days).ok()?.try_seconds(rest).ok()?;
            let local = begin.checked_add(span).ok()?;
            zone.to_ambiguous_timestamp(local).compatible().ok()
        });
    late.is_some_and(|late| now >= late)
}
