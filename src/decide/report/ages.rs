//! How old open findings were, week by week.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::IsoWeek;
use crate::model::ClassSet;
use crate::model::calendar::Window;
use crate::model::history::{Close, History, Life, LifeState};

/// The bands of age, in whole days, both ends inclusive.
pub const AGE_BANDS: [(&str, i64, i64); 5] = [
    ("0–7 d", 0, 7),
    ("8–30 d", 8, 30),
    ("31–90 d", 31, 90),
    ("91–180 d", 91, 180),
    ("over 180 d", 181, i64::MAX),
];

/// How old the open findings were at the end of a week, or at the clock in its last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeWeek {
    /// Which week.
    pub week: IsoWeek,
    /// The moment that is looked at.
    pub at: Timestamp,
    /// How many were open, by [`AGE_BANDS`]; `None` where a scan did not stand any more, or
    /// there was none yet, so that nobody knew.
    pub open: Option<[u64; 5]>,
    /// How many of them were there at the first scan of their stream, and may be older.
    pub may_be_older: u64,
}

/// The ages of some lives at the end of each week. `classes` are those of the streams that
/// must stand.
pub(super) fn ages(
    history: &History,
    lives: &[&Life],
    classes: ClassSet,
    windows: &[Window],
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<AgeWeek> {
    windows
        .iter()
        .map(|window| {
            let at = window.end.min(now);
            let mut open = [0_u64; 5];
            let mut may_be_older = 0;
            let there = lives.iter().filter(|life| is_open_at(life, at));
            for life in there {
                let days = at.as_second().saturating_sub(life.first_seen.as_second()) / 86_400;
                let band = AGE_BANDS
                    .iter()
                    .position(|(_, low, high)| *low <= days && days <= *high);
                if let Some(count) = band.and_then(|band| open.get_mut(band)) {
                    *count += 1;
                }
                may_be_older += u64::from(life.left_truncated);
            }
            let is_known = stands(history, classes, at);
            AgeWeek {
                week: IsoWeek::of(window.start, zone),
                at,
                open: is_known.then_some(open),
                may_be_older: if is_known { may_be_older } else { 0 },
            }
        })
        .collect()
}

fn is_open_at(life: &Life, at: Timestamp) -> bool {
    let left = life.left.map(|close| match close {
        Close::FalsePositive(when) | Close::Accepted(when) => when,
    });
    let is_lost = matches!(life.state, LifeState::Unknown(covered) if covered < at);
    let is_there = life
        .episodes
        .iter()
        .any(|episode| episode.opened <= at && episode.fixed_at().is_none_or(|fixed| fixed > at));
    is_there && !is_lost && left.is_none_or(|left| left > at)
}

/// True if every stream of these classes that had been scanned by then had a scan that stood.
/// Of a history that is not whole nobody knows what is missing.
fn stands(history: &History, classes: ClassSet, at: Timestamp) -> bool {
    if !history.doubts.is_empty() {
        return false;
    }
    let mut any = false;
    for (place, stream) in history.streams.iter().enumerate() {
        if !classes.contains(stream.class) {
            continue;
        }
        let scans = history.scans.iter().filter(|scan| {
            usize::try_from(scan.stream) == Ok(place) && scan.unadmitted.is_none() && scan.at <= at
        });
        let Some(last) = scans.map(|scan| scan.at).max() else {
            continue;
        };
        any = true;
        let age = at.as_second().saturating_sub(last.as_second());
        if u64::try_from(age).is_ok_and(|age| age > stream.fresh) {
            return false;
        }
    }
    any
}
