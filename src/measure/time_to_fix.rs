//! `time_to_fix`: how long findings stay open (rules M1 to M7, M19, M35).

use super::lives::{Case, Ending, cases, seconds_between};
use super::past::{Past, Window, too_little};
use super::survival::{Curve, Interval, Survival};
use super::{Bound, Measurement, Reason};
use crate::model::Quantity;
use crate::policy::{IfNone, Statistic, Until};

/// What is made of the curve.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    /// Which quantile; `None` for the restricted mean.
    pub(super) statistic: Option<Statistic>,
    pub(super) horizon: u64,
    pub(super) min_n: u64,
    pub(super) if_none: IfNone,
}

/// A Kaplan–Meier quantile with delayed entry, or the mean up to a horizon.
pub(super) fn measure(
    past: &Past<'_>,
    window: Window,
    until: Until,
    how: How,
) -> Result<Measurement, Reason> {
    let cases = cases(&past.lives, until);
    of_cases(&cases, window, how, past.empty())
}

/// The curve that the figure is read from.
pub(super) fn survival(past: &Past<'_>, window: Window, until: Until) -> Survival {
    let cases = cases(&past.lives, until);
    let (aged, truncated): (Vec<Case>, Vec<Case>) =
        cases.iter().partition(|case| !case.left_truncated);
    let seen = aged.iter().map(|case| (case, interval(case, window)));
    let seen: Vec<_> = seen.filter(|(_, i)| i.entry < i.exit).collect();
    let open = seen.iter().filter(|(case, _)| case.end == Ending::Open);
    let mut open: Vec<u64> = open.map(|(_, interval)| interval.exit).collect();
    open.sort_unstable();
    let intervals: Vec<Interval> = seen.into_iter().map(|(_, interval)| interval).collect();
    Survival::of(&intervals, open, truncated.len())
}

fn of_cases(
    cases: &[Case],
    window: Window,
    how: How,
    mut measurement: Measurement,
) -> Result<Measurement, Reason> {
    let (aged, truncated): (Vec<Case>, Vec<Case>) =
        cases.iter().partition(|case| !case.left_truncated);
    let intervals: Vec<(Case, Interval)> = aged
        .iter()
        .map(|case| (*case, interval(case, window)))
        .filter(|(_, interval)| interval.entry < interval.exit)
        .collect();
    measurement.n = u64::try_from(intervals.len()).ok();
    if !truncated.is_empty() {
        let number = truncated.len();
        measurement.notes.push(
            format!(
                "{number} that were there at the first scan are left out: their age is not known"
            )
            .into(),
        );
    }
    let young = intervals
        .iter()
        .filter(|(case, _)| window.holds(case.first_seen))
        .count();
    let young = u64::try_from(young).unwrap_or(u64::MAX);
    if intervals.is_empty() && how.if_none == IfNone::Met {
        measurement.value = Some(Quantity::ZERO);
        measurement.notes.push("there was nothing to fix".into());
        return Ok(measurement);
    }
    if young < how.min_n {
        return Err(too_little(
            young,
            how.min_n,
            "findings that were first seen in the window",
        ));
    }
    let curve = Curve::of(&intervals.iter().map(|(_, i)| *i).collect::<Vec<_>>());
    let seconds = |seconds: u64| Quantity::count(seconds);
    let value = match how.statistic {
        None => curve
            .restricted_mean(how.horizon)
            .ok_or_else(|| beyond_the_horizon(how.horizon))?,
        Some(statistic) => {
            if let Some(age) = curve.quantile(statistic.0) {
                seconds(age)
            } else {
                // It lies beyond: the next second is the least that it can be.
                measurement.bound = Bound::AtLeast;
                measurement.reasons.push(not_reached());
                seconds(curve.in_view_until().saturating_add(1))
            }
        }
    };
    measurement.value = Some(value);
    measurement.notes.push(backlog(&intervals, value).into());
    Ok(measurement)
}

/// The ages at which a finding came into view of the window, or of the first scan, and left it.
/// What ended after the
/// window's end has not ended yet.
fn interval(case: &Case, window: Window) -> Interval {
    let age = |at| seconds_between(case.first_seen, at);
    let (exit, fixed) = match case.end {
        Ending::Reached(at) if at < window.end => (at, true),
        Ending::Left(at) if at < window.end => (at, false),
        _ => (window.end, false),
    };
    Interval {
        entry: age(window.start.max(case.watched_from)),
        exit: age(exit),
        fixed,
    }
}

/// The backlog stands beside the speed (rule M2).
fn backlog(intervals: &[(Case, Interval)], value: Quantity) -> String {
    let (mut fixed, mut open, mut left, mut older) = (0, 0, 0, 0);
    for (case, interval) in intervals {
        match (interval.fixed, case.end) {
            (true, _) => fixed += 1,
            (false, Ending::Left(_)) => left += 1,
            (false, _) => {
                open += 1;
                older += i32::from(Quantity::count(interval.exit) > value);
            }
        }
    }
    format!(
        "{fixed} fixed, {open} open, {left} left without a fix; open and older than the value: {older}"
    )
}

fn not_reached() -> Reason {
    Reason {
        code: "not-reached",
        message: "so many are still open that the figure is not reached".into(),
        remedy: None,
    }
}

fn beyond_the_horizon(horizon: u64) -> Reason {
    Reason {
        code: "insufficient-data",
        message: format!("nothing was in view for as long as {} d", horizon / 86_400).into(),
        remedy: Some("choose a shorter `horizon`".into()),
    }
}
