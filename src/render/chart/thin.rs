//! At most 400 points a chart (rules P11, P34).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Reading;
use crate::model::calendar::Cadence;

/// The most points that are drawn.
pub const MOST_POINTS: usize = 400;

/// The readings, in the order of time, or where they are too many the last one of each week,
/// then of each month; and what is to be said of that.
pub(super) fn thin(readings: &[Reading], zone: &TimeZone) -> (Vec<Reading>, Option<&'static str>) {
    if readings.len() <= MOST_POINTS {
        return (readings.to_vec(), None);
    }
    let weekly = last_of_each(readings, Cadence::Week, zone);
    if weekly.len() <= MOST_POINTS {
        return (weekly, Some("one point a week, the last known"));
    }
    let monthly = last_of_each(&weekly, Cadence::Month, zone);
    (monthly, Some("one point a month, the last known"))
}

fn last_of_each(readings: &[Reading], cadence: Cadence, zone: &TimeZone) -> Vec<Reading> {
    let mut kept: Vec<Reading> = Vec::new();
    let mut until: Option<Timestamp> = None;
    for reading in readings {
        match kept.last_mut() {
            Some(last) if until.is_some_and(|until| reading.at < until) => *last = *reading,
            _ => {
                until = cadence.window_of(reading.at, zone).map(|window| window.end);
                kept.push(*reading);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Quantity;
    use crate::render::chart::Mark;

    fn daily(days: i64) -> Vec<Reading> {
        // 2024-01-01 is a Monday.
        let monday: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        (0..days)
            .map(|day| Reading {
                at: Timestamp::from_second(monday.as_second() + day * 86_400).unwrap(),
                value: Quantity::whole(day),
                mark: Mark::Met,
            })
            .collect()
    }

    #[test]
    fn report_p34_more_than_400_points_become_one_a_week_and_then_a_month() {
        let (kept, said) = thin(&daily(400), &TimeZone::UTC);
        assert_eq!((kept.len(), said), (400, None));
        let (kept, said) = thin(&daily(401), &TimeZone::UTC);
        assert_eq!(said, Some("one point a week, the last known"));
        assert_eq!(kept.len(), 58, "57 whole weeks and two days");
        assert_eq!(kept[0].value, Quantity::whole(6), "the last of its week");
        assert_eq!(kept[57].value, Quantity::whole(400));
        let (kept, said) = thin(&daily(401 * 7), &TimeZone::UTC);
        assert_eq!(said, Some("one point a month, the last known"));
        assert!(kept.len() <= 94, "{}", kept.len());
        assert_eq!(kept.last().unwrap().value, Quantity::whole(401 * 7 - 1));
    }
}
