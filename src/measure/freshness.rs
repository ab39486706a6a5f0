//! `freshness`: how long ago the last scan or event was (rule M16).

use jiff::Timestamp;

use super::coverage::repositories;
use super::lives::seconds_between;
use super::past::Past;
use super::{Measurement, Reason};
use crate::diagnostic::Message;
use crate::model::{Class, ClassSet, Quantity, Untrusted};
use crate::policy::FreshnessOf;

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
                worst = worst.min(of_classes(past, *classes, Some(repository))?);
            }
            worst
        }
        FreshnessOf::Classes(classes) => of_classes(past, *classes, None)?,
    };
    measurement.value = Some(Quantity::count(seconds_between(last, past.now)));
    Ok(measurement)
}

/// The oldest of the last scans of each class; a scan of this run stands for its class.
fn of_classes(
    past: &Past<'_>,
    classes: ClassSet,
    repository: Option<&str>,
) -> Result<Timestamp, Reason> {
    let mut worst = past.now;
    for class in classes.iter() {
        if repository.is_none() && past.class_ran_now(class) {
            continue;
        }
        let last = last_scan(past, class, repository, false);
        worst = worst.min(last.ok_or_else(|| {
            let mut message = Message::from(format!("never scanned for class {class}"));
            if let Some(repository) = repository {
                message = message.own(": ").foreign(Untrusted::new(repository));
            }
            Reason {
                code: "never-scanned",
                message,
                remedy: Some("run such a scan on a state that is recorded".into()),
            }
        })?);
    }
    Ok(worst)
}

/// When the last admitted scan of a class was, of a repository or of any.
pub(super) fn last_scan(
    past: &Past<'_>,
    class: Class,
    repository: Option<&str>,
    of_history: bool,
) -> Option<Timestamp> {
    let streams = past.history.streams.iter().enumerate();
    streams
        .filter(|(_, stream)| {
            stream.class == class && repository.is_none_or(|name| stream.repository == name)
        })
        .flat_map(|(place, _)| past.admitted_scans(place))
        .filter(|scan| scan.of_history || !of_history)
        .map(|scan| scan.at)
        .max()
}
