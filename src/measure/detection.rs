//! `time_to_detect`: how long findings stay unseen (rule M8).
//!
//! Only what was detected is measured: the undetected are invisible, and the output says so.

use super::lives::seconds_between;
use super::past::{Past, Window, too_little};
use super::{Measurement, Reason, rank};
use crate::model::history::{Life, PastScan};
use crate::model::{Class, Quantity};
use crate::policy::{Begin, Statistic};

/// When something began that a scan then saw.
#[derive(Debug, Clone, Copy)]
struct Detection {
    began: jiff::Timestamp,
    seen: jiff::Timestamp,
    by_tool_change: bool,
}

/// What is known of the begin of a finding.
enum Began {
    /// It began then.
    At(jiff::Timestamp),
    /// It began otherwise than is asked for, so that it is left out.
    Otherwise,
    /// It is none of those that begin so.
    NotMeant,
    /// Nobody knows.
    Unknown,
}

/// A quantile, by nearest rank, of what was detected in the window.
pub(super) fn measure(
    past: &Past<'_>,
    from: Begin,
    statistic: Statistic,
    window: Window,
    min_n: u64,
) -> Result<Measurement, Reason> {
    let seen = past
        .lives
        .iter()
        .filter(|life| window.holds(life.first_seen) && !life.is_adopted());
    let mut detections = Vec::new();
    let (mut undated, mut otherwise) = (0_u64, 0_u64);
    for life in seen {
        let began = match from {
            Begin::Advisory => by_advisory(past, life),
            Begin::Introduced => by_commit(past, life),
        };
        match began {
            Began::At(began) => detections.push(Detection {
                began,
                seen: life.first_seen,
                by_tool_change: life.by_tool_change,
            }),
            Began::Otherwise => otherwise += 1,
            Began::NotMeant => {}
            Began::Unknown => undated += 1,
        }
    }
    if undated > 0 {
        return Err(not_dated(from, undated));
    }
    let mut measurement = of_detections(&detections, statistic, min_n, past.empty())?;
    if otherwise > 0 {
        let why = match from {
            Begin::Advisory => {
                "of older advisories came in with a dependency since the last scan, at a time \
                 that is not known"
            }
            Begin::Introduced => "were new at a commit that had been scanned before",
        };
        measurement
            .notes
            .push(format!("{otherwise} {why}, and are left out").into());
    }
    Ok(measurement)
}

/// From the advisory on; of one that is older than the scan before, the dependency came in
/// since, by the first commit that changed its file.
fn by_advisory(past: &Past<'_>, life: &Life) -> Began {
    let class = past.lens.stream(life).map(|stream| stream.class);
    let Some(published) = life.advisory_published else {
        return match class {
            Some(Class::Sca | Class::Container) => Began::Unknown,
            _ => Began::NotMeant,
        };
    };
    match scan_before(past, life) {
        Some(before) if published < before.at => match life.introduced {
            Some(at) => Began::At(at),
            None => Began::Otherwise,
        },
        _ => Began::At(published),
    }
}

/// From the commit on that brought it in. What is new where nothing was committed, no commit
/// brought in.
fn by_commit(past: &Past<'_>, life: &Life) -> Began {
    if let Some(at) = life.introduced {
        return Began::At(at);
    }
    let stream = usize::try_from(life.stream).unwrap_or(usize::MAX);
    let first = past
        .admitted_scans(stream)
        .find(|scan| scan.at == life.first_seen);
    let before = scan_before(past, life);
    match (first, before) {
        (Some(first), Some(before)) if first.commit.is_some() && first.commit == before.commit => {
            Began::Otherwise
        }
        _ if life.by_tool_change => Began::At(life.first_seen),
        _ => Began::Unknown,
    }
}

/// The last admitted scan before a finding was seen.
fn scan_before<'a>(past: &Past<'a>, life: &Life) -> Option<&'a PastScan> {
    let stream = usize::try_from(life.stream).ok()?;
    let scans = past.admitted_scans(stream);
    scans.filter(|scan| scan.at < life.first_seen).last()
}

fn not_dated(from: Begin, number: u64) -> Reason {
    let (what, remedy) = match from {
        Begin::Advisory => (
            "findings of advisories whose date is not known",
            "name a file with their dates in `data.advisories`",
        ),
        Begin::Introduced => (
            "findings of which no commit is known that brought them in",
            "record with the whole history in the clone (`fetch-depth: 0`)",
        ),
    };
    Reason {
        code: "undecided",
        message: format!("{number} {what}").into(),
        remedy: Some(remedy.into()),
    }
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
