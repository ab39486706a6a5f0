//! Why the figure of a key result is unknown when its progress is looked at, and what would
//! make it known (rules P3, V5).

use jiff::tz::TimeZone;

use super::baseline::Resolved;
use super::progress::Figure;
use crate::decide::Verdict;
use crate::diagnostic::Message;
use crate::measure::{Measurement, Reason};
use crate::model::history::History;

/// Of a figure that was measured now.
pub(super) fn measured(
    verdict: Verdict,
    measurement: Measurement,
    resolved: &Resolved,
) -> Vec<Reason> {
    if verdict != Verdict::Unknown {
        return Vec::new();
    }
    let mut reasons = measurement.reasons;
    reasons.extend(resolved.lack.clone().filter(|lack| !reasons.contains(lack)));
    reasons
}

/// Of a key result that has no record under today's definition; it may have others.
pub(super) fn never(history: &History, had_others: bool) -> Reason {
    if let Some(doubt) = crate::measure::doubt(history) {
        return doubt;
    }
    let (code, message): (_, Message) = if !history.read {
        ("no-ledger", "no ledger was read".into())
    } else if had_others {
        (
            "definition-changed",
            "nothing was recorded since its definition changed".into(),
        )
    } else {
        ("never-recorded", "nothing of it was recorded yet".into())
    };
    let remedy = if history.read {
        "record a state: krgate check --record on the default branch"
    } else {
        "name one under `ledger` in the policy"
    };
    Reason {
        code,
        message,
        remedy: Some(remedy.into()),
    }
}

/// Of the last record of a state.
pub(super) fn recorded(figure: &Figure, resolved: &Resolved, zone: &TimeZone) -> Vec<Reason> {
    if figure.verdict != Verdict::Unknown {
        return Vec::new();
    }
    if let Some(lack) = &resolved.lack {
        return vec![lack.clone()];
    }
    let day = figure.at.map_or_else(String::new, |at| {
        format!(" of {}", zone.to_datetime(at).date())
    });
    let (code, message, remedy) = if figure.stale {
        (
            "record-stale",
            format!("the last record{day} is older than its reports stand for"),
            "scan, and record a state again: krgate check --record",
        )
    } else {
        (
            "recorded-unknown",
            format!("the last recorded run{day} did not know it"),
            "`krgate check` says why",
        )
    };
    vec![Reason {
        code,
        message: message.into(),
        remedy: Some(remedy.into()),
    }]
}
