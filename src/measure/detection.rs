//! `time_to_detect`: how long findings stay unseen (rule M8).
//!
//! Only what was detected is measured: the undetected are invisible, and the output says so.

use super::lives::seconds_between;
use super::past::{Past, Window, too_little};
use super::{Measurement, Reason, rank};
use crate::model::{Class, Quantity};
use crate::policy::{Begin, Statistic};

/// When something began that a scan then saw.
#[derive(Debug, Clone, Copy)]
struct Detection {
    began: jiff::Timestamp,
    seen: jiff::Timestamp,
    by_tool_change: bool,
}

/// A quantile, by nearest rank, of what was detected in the window.
pub(super) fn measure(
    past: &Past<'_>,
    from: Begin,
    statistic: Statistic,
    window: Window,
    min_n: u64,
) -> Result<Measurement, Reason> {
    if from == Begin::Introduced {
        return Err(Reason {
            code: "measure-not-built",
            message: "records do not say yet which commit brought a finding in".into(),
            remedy: Some("measure `from: advisory`, or how old findings get: `age`".into()),
        });
    }
    let seen = past
        .lives
        .iter()
        .filter(|life| window.holds(life.first_seen) && !life.left_truncated);
    let mut detections = Vec::new();
    let (mut undated, mut newcomers) = (0_u64, 0_u64);
    for life in seen {
        let class = past.lens.stream(life).map(|stream| stream.class);
        let Some(published) = life.advisory_published else {
            undated += u64::from(matches!(class, Some(Class::Sca | Class::Container)));
            continue;
        };
        let stream = usize::try_from(life.stream).unwrap_or(usize::MAX);
        let scan_before = past
            .admitted_scans(stream)
            .filter(|scan| scan.at < life.first_seen)
            .last();
        if scan_before.is_some_and(|scan| published < scan.at) {
            newcomers += 1;
            continue;
        }
        detections.push(Detection {
            began: published,
            seen: life.first_seen,
            by_tool_change: life.by_tool_change,
        });
    }
    if undated > 0 {
        return Err(Reason {
            code: "undecided",
            message: format!("{undated} findings of advisories whose date is not known").into(),
            remedy: Some("name a file with their dates in `data.advisories`".into()),
        });
    }
    let mut measurement = of_detections(&detections, statistic, min_n, past.empty())?;
    if newcomers > 0 {
        measurement.notes.push(
            format!(
                "{newcomers} of older advisories came in with a dependency since the last scan, \
                 and are left out"
            )
            .into(),
        );
    }
    Ok(measurement)
}

fn of_detections(
    detections: &[Detection],
    statistic: Statistic,
    min_n: u64,
    mut measurement: Measurement,
) -> Result<Measurement, Reason> {
    let (by_tool, found): (Vec<Detection>, Vec<Detection>) =
        detections.iter().partition(|one| one.by_tool_change);
    let early = found.iter().filter(|one| one.seen < one.began).count();
    let mut times: Vec<u64> = found
        .iter()
        .map(|one| seconds_between(one.began, one.seen))
        .collect();
    times.sort_unstable();
    let number = u64::try_from(times.len()).unwrap_or(u64::MAX);
    if number < min_n {
        return Err(too_little(number, min_n, "detections in the window"));
    }
    let time = rank::nearest(&times, statistic.0).copied();
    measurement.n = Some(number);
    measurement.value = time.map(Quantity::count);
    measurement
        .notes
        .push("what nobody detected is not in this figure".into());
    if !by_tool.is_empty() {
        let number = by_tool.len();
        measurement.notes.push(
            format!(
                "{number} came with another version of the tool or its rules, and are left out"
            )
            .into(),
        );
    }
    if early > 0 {
        measurement
            .notes
            .push(format!("{early} were seen before their begin, which counts as 0").into());
    }
    Ok(measurement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Unit;

    /// Half days from begin to detection; the last flag is for another version of the tool.
    fn detections(half_days: &[(i64, bool)]) -> Vec<Detection> {
        let began: jiff::Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
        half_days
            .iter()
            .map(|(half_days, by_tool_change)| Detection {
                began,
                seen: began + jiff::SignedDuration::from_hours(12 * half_days),
                by_tool_change: *by_tool_change,
            })
            .collect()
    }

    fn shown(half_days: &[(i64, bool)], hundredths: u32, min_n: u64) -> Option<String> {
        let empty = Measurement::empty(Unit::Duration("d"));
        let all = detections(half_days);
        let measured = of_detections(&all, Statistic(hundredths), min_n, empty).ok()?;
        measured.value.map(|value| measured.unit.show(value))
    }

    #[test]
    fn metric_m08_nearest_rank_of_what_was_detected() {
        let all = [
            (1, false),
            (2, false),
            (4, false),
            (60, false),
            (400, false),
        ];
        assert_eq!(shown(&all, 50, 5).as_deref(), Some("2 d"));
        assert_eq!(shown(&all, 90, 5).as_deref(), Some("200 d"));
        let by_new_rule = [(1, false), (2, false), (4, false), (60, false), (400, true)];
        assert_eq!(shown(&by_new_rule, 50, 4).as_deref(), Some("1 d"));
        assert_eq!(
            shown(&by_new_rule, 50, 5),
            None,
            "four are too few for five"
        );
    }

    #[test]
    fn metric_m08_a_negative_difference_is_zero_with_a_note() {
        let empty = Measurement::empty(Unit::Duration("d"));
        let all = detections(&[(-2, false)]);
        let measured = of_detections(&all, Statistic(50), 1, empty).unwrap();
        assert_eq!(measured.value, Some(Quantity::ZERO));
        assert!(format!("{:?}", measured.notes).contains("1 were seen before their begin"));
    }
}
