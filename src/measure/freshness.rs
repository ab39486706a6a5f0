//! `freshness`: how long ago the last scan or event was (rule M16).

use jiff::Timestamp;

use super::coverage::{last_scan, repositories};
use super::lives::seconds_between;
use super::past::Past;
use super::sight::Sight;
use super::{Measurement, Reason};
use crate::diagnostic::Message;
use crate::model::{Class, ClassSet, Quantity, ToolRun, Untrusted};
use crate::policy::{FreshnessOf, PastKind, PastMeasure};

/// Now less the last admitted scan of each class, or the last event; the worst one counts.
pub(super) fn measure(
    past: &Past<'_>,
    of: &FreshnessOf,
    inventory: bool,
) -> Result<Measurement, Reason> {
    let mut measurement = past.empty();
    let last = match of {
        FreshnessOf::Event(name) => {
            let events = past.history.events.iter();
            let at = events
                .filter(|event| event.name == *name && event.at <= past.now)
                .map(|event| event.at)
                .max();
            at.ok_or_else(|| Reason {
                code: "no-event",
                message: "no such event is recorded".into(),
                remedy: Some("`krgate event` records one".into()),
            })?
        }
        FreshnessOf::Classes(classes) if inventory => {
            let (repositories, notes) = repositories(past)?;
            measurement.notes.extend(notes);
            let mut worst = past.now;
            for repository in &repositories {
                for class in classes.iter() {
                    let last = last_scan(past, class, repository, false);
                    let last = last.ok_or_else(|| never_scanned(class, Some(repository)))?;
                    worst = worst.min(last);
                }
            }
            worst
        }
        FreshnessOf::Classes(classes) => of_classes(past, *classes)?,
    };
    measurement.value = Some(Quantity::count(seconds_between(last, past.now)));
    Ok(measurement)
}

/// What this run alone shows: where a state was scanned for every class that is asked for,
/// nothing of the past is needed.
pub(super) fn of_this_run(sight: &Sight<'_>, wanted: &PastMeasure) -> Option<Measurement> {
    let PastKind::Freshness {
        of: FreshnessOf::Classes(classes),
        inventory: false,
    } = &wanted.kind
    else {
        return None;
    };
    classes
        .iter()
        .all(|class| ran_now(sight, class, false))
        .then(|| Measurement {
            value: Some(Quantity::ZERO),
            ..Measurement::empty(wanted.unit)
        })
}

/// The oldest of the last scans of each class; a scan of this run stands for its class.
fn of_classes(past: &Past<'_>, classes: ClassSet) -> Result<Timestamp, Reason> {
    let mut worst = past.now;
    for class in classes
        .iter()
        .filter(|class| !ran_now(past.sight, *class, false))
    {
        let streams = past.history.streams.iter().enumerate();
        let scans = streams
            .filter(|(_, stream)| stream.class == class)
            .flat_map(|(place, _)| past.admitted_scans(place));
        let last = scans.map(|scan| scan.at).max();
        worst = worst.min(last.ok_or_else(|| never_scanned(class, None))?);
    }
    Ok(worst)
}

fn never_scanned(class: Class, repository: Option<&str>) -> Reason {
    let mut message = Message::from(format!("never scanned for class {class}"));
    if let Some(repository) = repository {
        message = message.own(": ").foreign(Untrusted::new(repository));
    }
    Reason {
        code: "never-scanned",
        message,
        remedy: Some("run such a scan on a state that is recorded".into()),
    }
}

/// True if this run, where it judges a state, scanned for a class; the whole history, where
/// that is asked for: as a report entry says, or a finding of an old commit shows.
pub(super) fn ran_now(sight: &Sight<'_>, class: Class, of_history: bool) -> bool {
    let intake = sight.intake();
    let is_of_history = |place: usize, run: &ToolRun| {
        let report = intake.reports.get(run.report.index());
        let entry = report.and_then(|report| sight.policy.reports.get(report.entry?));
        entry.is_some_and(|entry| entry.of_history)
            || intake
                .findings
                .iter()
                .any(|finding| finding.run.index() == place && finding.commit.is_some())
    };
    let mut runs = intake.runs.iter().enumerate();
    !sight.is_change
        && runs.any(|(place, run)| {
            run.class == Some(class) && run.is_exact() && (!of_history || is_of_history(place, run))
        })
}
