//! A key result week by week: what charts and series are made from (rules K21, K29, P30, P44).

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::decide::Verdict;
use crate::decide::okr::{Segment, in_bounds};
use crate::model::calendar::{Cadence, Window, iso_week};
use crate::model::history::{Definition, Point, RecordId};
use crate::model::{Bound, Quantity, UntrustedText};

/// How many weeks a sparkline shows.
pub(super) const SPARK_WEEKS: i64 = 13;
/// More weeks than this are never listed: ten years.
const MOST_WEEKS: usize = 523;

/// An ISO week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IsoWeek {
    /// The year that it belongs to.
    pub year: i16,
    /// Its number in it, 1 to 53.
    pub number: i8,
}

impl IsoWeek {
    /// The week of a moment.
    pub fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let (year, number) = iso_week(at, zone);
        Self { year, number }
    }
}

impl fmt::Display for IsoWeek {
    /// `2026-W45`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.number)
    }
}

/// A key result in one week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// Which week.
    pub week: IsoWeek,
    /// From when to when, in the zone of the policy.
    pub window: Window,
    /// True if it lies in the period, wholly or in part.
    pub in_period: bool,
    /// The last figure that was known in it; `None` for a gap (rule P30).
    pub point: Option<WeekPoint>,
    /// Why the last record of the week had no figure, as it says; `None` also where there is
    /// no record.
    pub reason: Option<UntrustedText>,
    /// The share of the week, as far as it is over, in which a verdict stood (rule K6).
    pub known: Quantity,
}

/// A figure that was known in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekPoint {
    /// When it was judged; for a check-in the begin of the day that it stands for.
    pub at: Timestamp,
    /// The record; `None` where it was measured at the clock.
    pub record: Option<RecordId>,
    /// What the number means.
    pub definition: Definition,
    /// The place of its stretch in the progress's `segments`: a line is broken between two.
    pub segment: usize,
    /// The figure in the base unit.
    pub value: Quantity,
    /// Whether it is exact.
    pub bound: Bound,
    /// What became of it.
    pub verdict: Verdict,
    /// Its score then, 0 to 1.
    pub score: Option<Quantity>,
    /// How many things it was made from, where that is not the figure itself.
    pub n: Option<u64>,
}

impl Week {
    /// What became of the figure; unknown without one.
    pub fn verdict(&self) -> Verdict {
        self.point.map_or(Verdict::Unknown, |point| point.verdict)
    }
}

/// Which weeks are listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) period: Option<Window>,
    pub(super) now: Timestamp,
    pub(super) zone: &'a TimeZone,
}

impl Frame<'_> {
    /// The windows of the weeks, in the order of time; of more than ten years the last.
    pub(super) fn windows(self) -> Vec<Window> {
        let mut windows = Vec::new();
        let mut at = self.from;
        while let Some(window) = Cadence::Week.window_of(at, self.zone) {
            windows.push(window);
            if window.end > self.until || window.end <= at {
                break;
            }
            at = window.end;
        }
        windows.split_off(windows.len().saturating_sub(MOST_WEEKS))
    }
}

/// A key result's points week by week. `all` are those of states in the order of time, `now`
/// the figure that was measured at the clock, if there is one.
pub(super) fn weeks(
    frame: Frame<'_>,
    all: &[&Point],
    segments: &[Segment],
    measured_now: Option<WeekPoint>,
    fresh: u64,
) -> Vec<Week> {
    let place = |at: Timestamp| {
        segments
            .iter()
            .rposition(|segment| segment.from <= at)
            .unwrap_or(0)
    };
    frame
        .windows()
        .into_iter()
        .map(|window| {
            let inside = all.iter().filter(|point| window.contains(point.at));
            let inside: Vec<&&Point> = inside.collect();
            let known = inside.iter().rev().find_map(|point| {
                Some(WeekPoint {
                    at: point.at,
                    record: Some(point.record),
                    definition: point.definition,
                    segment: place(point.at),
                    value: point.value?,
                    bound: point.bound,
                    verdict: point.verdict,
                    score: point.score,
                    n: point.n,
                })
            });
            let last = inside.last().filter(|point| point.value.is_none());
            let now = measured_now.filter(|point| window.contains(point.at));
            Week {
                week: IsoWeek::of(window.start, frame.zone),
                window,
                in_period: frame
                    .period
                    .is_some_and(|period| period.start < window.end && window.start < period.end),
                point: now.or(known),
                reason: last.and_then(|point| point.reason.clone()),
                known: known_share(all, window, frame.now, fresh),
            }
        })
        .collect()
}

/// The share of a week in which a verdict stood, under whatever definition.
fn known_share(all: &[&Point], week: Window, now: Timestamp, fresh: u64) -> Quantity {
    let mut definitions: Vec<Definition> = all.iter().map(|point| point.definition).collect();
    definitions.sort_unstable();
    definitions.dedup();
    let held = definitions
        .into_iter()
        .map(|definition| in_bounds(all, definition, week, now, fresh))
        .fold(0, |sum, held| sum + held.met + held.missed);
    let over = Window {
        start: week.start,
        end: week.end.min(now.max(week.start)),
    };
    Quantity::ratio(held, over.seconds()).unwrap_or(Quantity::ZERO)
}
