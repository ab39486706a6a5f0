//! Stretches of time, half-open and in a zone (rule K24).

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};

use super::Quantity;

/// A stretch of time with its begin and without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// The first moment in it.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
}

impl Window {
    /// True if the moment is in it; its end is not.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// How long it is, in whole seconds; 0 if it ends before it begins.
    pub fn seconds(self) -> i64 {
        self.end
            .as_second()
            .saturating_sub(self.start.as_second())
            .max(0)
    }

    /// Which share of it is over at a moment, 0 to 1, counted in seconds (rule K19).
    pub fn elapsed(self, now: Timestamp) -> Quantity {
        let over = Self {
            start: self.start,
            end: now.clamp(self.start, self.end.max(self.start)),
        };
        Quantity::ratio(over.seconds(), self.seconds()).unwrap_or(Quantity::ONE)
    }
}

/// How time is cut into windows of which each begins where the last one ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// ISO weeks: Monday to Monday.
    Week,
    /// Months of the calendar.
    Month,
    /// So many seconds, one window of which begins at a moment. Whole days are days of the
    /// calendar, which an hour more or less in spring or autumn does not move.
    Every {
        /// The begin of one of them.
        from: Timestamp,
        /// How long each is, in seconds; at least one.
        seconds: u64,
    },
}

const DAY: u64 = 86_400;

impl Cadence {
    /// The window that holds a moment; `None` beyond the calendar.
    pub fn window_of(self, at: Timestamp, zone: &TimeZone) -> Option<Window> {
        let day = zone.to_datetime(at).date();
        match self {
            Self::Week => {
                let since_monday = i32::from(day.weekday().to_monday_zero_offset());
                let monday = day.checked_sub(since_monday.days()).ok()?;
                from_day_to_day(monday, 7.days(), zone)
            }
            Self::Month => from_day_to_day(day.first_of_month(), 1.month(), zone),
            Self::Every { from, seconds } if seconds % DAY == 0 => {
                let days = i64::try_from(seconds / DAY).ok().filter(|days| *days > 0)?;
                let origin = zone.to_datetime(from);
                let now = zone.to_datetime(at);
                let mut whole = i64::from((now.date() - origin.date()).get_days());
                if now.time() < origin.time() {
                    whole = whole.checked_sub(1)?;
                }
                let passed = whole.div_euclid(days).checked_mul(days)?;
                let start = origin
                    .checked_add(Span::new().try_days(passed).ok()?)
                    .ok()?;
                let end = start.checked_add(Span::new().try_days(days).ok()?).ok()?;
                window(start, end, zone)
            }
            Self::Every { from, seconds } => {
                let length = i64::try_from(seconds).ok().filter(|length| *length > 0)?;
                let passed = at.as_second().checked_sub(from.as_second())?;
                let start = from
                    .as_second()
                    .checked_add(passed.div_euclid(length).checked_mul(length)?)?;
                Some(Window {
                    start: Timestamp::from_second(start).ok()?,
                    end: Timestamp::from_second(start.checked_add(length)?).ok()?,
                })
            }
        }
    }

    /// The windows that end after one moment and not after another, in the order of time.
    /// So each window belongs to the one period in which it ends. At most ten thousand.
    pub fn windows_ended(self, after: Timestamp, until: Timestamp, zone: &TimeZone) -> Vec<Window> {
        let mut windows = Vec::new();
        let mut at = after;
        while let Some(window) = self.window_of(at, zone) {
            if window.end > until || window.end <= at || windows.len() >= 10_000 {
                break;
            }
            windows.push(window);
            at = window.end;
        }
        windows
    }
}

/// The ISO week of a moment: the year that it belongs to, and its number (rule K24).
pub fn iso_week(at: Timestamp, zone: &TimeZone) -> (i16, i8) {
    let week = zone.to_datetime(at).date().iso_week_date();
    (week.year(), week.week())
}

/// A quarter of a fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FiscalQuarter {
    /// The year in which its fiscal year begins.
    pub year: i16,
    /// 1 to 4.
    pub number: i8,
    /// From when to when.
    pub window: Window,
}

/// The fiscal quarter of a moment, where fiscal years begin on a month and day
/// (`period.fiscal_start`; January 1st shifts nothing). `None` beyond the calendar.
pub fn fiscal_quarter(
    at: Timestamp,
    (month, day): (i8, i8),
    zone: &TimeZone,
) -> Option<FiscalQuarter> {
    let today = zone.to_datetime(at).date();
    let begin_of = |year: i16| Date::new(year, month, day).ok();
    let this_year = begin_of(today.year())?;
    let begin = if today < this_year {
        begin_of(today.year().checked_sub(1)?)?
    } else {
        this_year
    };
    (0..4_i8).find_map(|quarter| {
        let first = begin.checked_add((i32::from(quarter) * 3).months()).ok()?;
        let next = begin
            .checked_add((i32::from(quarter) * 3 + 3).months())
            .ok()?;
        let holds = first <= today && today < next;
        let window = window(at_midnight(first), at_midnight(next), zone).filter(|_| holds)?;
        Some(FiscalQuarter {
            year: begin.year(),
            number: quarter + 1,
            window,
        })
    })
}

fn at_midnight(day: Date) -> DateTime {
    day.to_datetime(Time::midnight())
}

fn from_day_to_day(first: Date, length: Span, zone: &TimeZone) -> Option<Window> {
    let next = first.checked_add(length).ok()?;
    window(at_midnight(first), at_midnight(next), zone)
}

fn window(start: DateTime, end: DateTime, zone: &TimeZone) -> Option<Window> {
    let moment = |local| zone.to_ambiguous_timestamp(local).compatible().ok();
    Some(Window {
        start: moment(start)?,
        end: moment(end)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn shown(window: Window) -> String {
        format!("{} {}", window.start, window.end)
    }

    #[test]
    fn key_result_k24_windows_are_half_open_in_the_zone() {
        let quarter = Window {
            start: at("2026-09-30T22:00:00Z"),
            end: at("2026-12-31T23:00:00Z"),
        };
        assert_eq!(quarter.seconds(), 2_209 * 3_600);
        assert!(quarter.contains(quarter.start));
        assert!(!quarter.contains(quarter.end), "it is of the next period");
        let october = Cadence::Month.window_of(quarter.start, &berlin()).unwrap();
        assert_eq!(
            shown(october),
            "2026-09-30T22:00:00Z 2026-10-31T23:00:00Z",
            "an hour longer than 31 days"
        );
    }

    #[test]
    fn key_result_k24_weeks_are_iso_weeks() {
        assert_eq!(
            iso_week(at("2027-01-01T12:00:00Z"), &TimeZone::UTC),
            (2026, 53)
        );
        let week = Cadence::Week
            .window_of(at("2027-01-01T12:00:00Z"), &TimeZone::UTC)
            .unwrap();
        assert_eq!(shown(week), "2026-12-28T00:00:00Z 2027-01-04T00:00:00Z");
        // Sunday night in Berlin is Monday there before it is in UTC.
        assert_eq!(iso_week(at("2026-10-04T22:30:00Z"), &berlin()), (2026, 41));
        assert_eq!(
            iso_week(at("2026-10-04T22:30:00Z"), &TimeZone::UTC),
            (2026, 40)
        );
    }

    #[test]
    fn key_result_k24_fiscal_start_shifts_quarters() {
        let quarter = |moment: &str, start| {
            let quarter = fiscal_quarter(at(moment), start, &TimeZone::UTC).unwrap();
            (quarter.year, quarter.number, shown(quarter.window))
        };
        assert_eq!(
            quarter("2026-11-16T00:00:00Z", (2, 1)),
            (
                2026,
                4,
                "2026-11-01T00:00:00Z 2027-02-01T00:00:00Z".to_owned()
            )
        );
        assert_eq!(quarter("2027-01-31T23:59:59Z", (2, 1)).0, 2026);
        assert_eq!(
            quarter("2026-11-16T00:00:00Z", (1, 1)),
            (
                2026,
                4,
                "2026-10-01T00:00:00Z 2027-01-01T00:00:00Z".to_owned()
            )
        );
    }

    #[test]
    fn key_result_q08_iterations_follow_the_calendar() {
        let iterations = Cadence::Every {
            from: at("2026-10-04T22:00:00Z"),
            seconds: 14 * DAY,
        };
        let zone = berlin();
        // The clock goes back on 25 October: the iteration begins at midnight all the same.
        let second = iterations
            .window_of(at("2026-10-20T12:00:00Z"), &zone)
            .unwrap();
        assert_eq!(shown(second), "2026-10-18T22:00:00Z 2026-11-01T23:00:00Z");
        let before = iterations
            .window_of(at("2026-10-04T21:59:59Z"), &zone)
            .unwrap();
        assert_eq!(before.end, at("2026-10-04T22:00:00Z"));
        let hours = Cadence::Every {
            from: at("2026-10-01T00:00:00Z"),
            seconds: 6 * 3_600,
        };
        let third = hours.window_of(at("2026-10-01T13:00:00Z"), &zone).unwrap();
        assert_eq!(shown(third), "2026-10-01T12:00:00Z 2026-10-01T18:00:00Z");
    }

    #[test]
    fn key_result_k09_a_window_belongs_to_the_period_in_which_it_ends() {
        let weeks = |after: &str, until: &str| {
            Cadence::Week.windows_ended(at(after), at(until), &TimeZone::UTC)
        };
        // 2026-10-01 is a Thursday.
        let first = weeks("2026-10-01T00:00:00Z", "2026-10-12T00:00:00Z");
        assert_eq!(first.len(), 2);
        assert_eq!(first[0].start, at("2026-09-28T00:00:00Z"));
        assert_eq!(
            weeks("2026-10-01T00:00:00Z", "2026-10-11T23:59:59Z").len(),
            1
        );
        assert_eq!(
            weeks("2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z").len(),
            13
        );
        assert_eq!(
            weeks("2027-01-01T00:00:00Z", "2027-01-04T00:00:00Z").len(),
            1
        );
    }

    #[test]
    fn key_result_k19_elapsed_is_counted_in_seconds() {
        let quarter = Window {
            start: at("2026-10-01T00:00:00Z"),
            end: at("2027-01-01T00:00:00Z"),
        };
        let half = quarter.elapsed(at("2026-11-16T00:00:00Z"));
        assert_eq!((half.numerator(), half.denominator()), (1, 2));
        assert_eq!(quarter.elapsed(at("2026-09-01T00:00:00Z")), Quantity::ZERO);
        assert_eq!(quarter.elapsed(at("2027-09-01T00:00:00Z")), Quantity::ONE);
    }
}
