//! Which share of blocks came to nothing: `friction: { of: overturned }` (rule M26).

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::past::{Past, Window, too_little};
use super::{Bound, Measurement, Reason};
use crate::model::history::{Block, FalsePositive, History};
use crate::model::{Event, FindingId, Quantity};

/// How long after a block its findings may be waived as false positives, in days.
const FOLLOW_UP_DAYS: i64 = 14;

/// Distinct heads of changes that were blocked, and whose blocking findings were all waived as
/// false positives within 14 days of the first block, over all that were first blocked in the
/// window. When a waiver took hold, records tell: the first one that shows it.
pub(super) fn measure(past: &Past<'_>, window: Window, min_n: u64) -> Result<Measurement, Reason> {
    let history = past.history;
    let recorded = |event: Event| {
        let mut runs = history.runs.iter();
        runs.any(|run| run.event == event && window.holds(run.at))
    };
    if !recorded(Event::Change) {
        return Err(Reason {
            code: "changes-not-recorded",
            message: "no change was recorded in the window".into(),
            remedy: Some("say `record: { changes: true }` in the policy".into()),
        });
    }
    if !recorded(Event::State) {
        return Err(Reason {
            code: "no-evidence",
            message: "no state was recorded in the window, so what was waived since is not known"
                .into(),
            remedy: Some("record states too".into()),
        });
    }
    let changes = changes(&history.blocks);
    let blocked: Vec<&Change<'_>> = changes.values().filter(|c| window.holds(c.at)).collect();
    let number = u64::try_from(blocked.len()).unwrap_or(u64::MAX);
    if number < min_n {
        return Err(too_little(number, min_n, "blocked changes in the window"));
    }
    let waived = waived(history);
    let (mut overturned, mut unsure, mut young) = (0_i64, 0_i64, 0_u64);
    for change in blocked {
        match change.outcome(&waived) {
            Outcome::Overturned => overturned += 1,
            Outcome::Unsure => unsure += 1,
            Outcome::Stands if change.last_day() > window.end => young += 1,
            Outcome::Stands => {}
        }
    }
    let all = i64::try_from(number).unwrap_or(i64::MAX);
    let mut measurement = past.empty();
    measurement.n = Some(number);
    measurement.value = Quantity::ratio(overturned, all);
    measurement.notes.push(
        format!(
            "{overturned} of {number} blocked changes were overturned; {young} younger ones may \
             still be"
        )
        .into(),
    );
    if unsure > 0 {
        measurement.bound = Bound::AtLeast;
        measurement.at_most = Quantity::ratio(overturned.saturating_add(unsure), all);
        measurement.reasons.push(Reason {
            code: "undecided",
            message: format!("of {unsure} blocked changes not every blocking finding is recorded")
                .into(),
            remedy: Some(
                "record with this version, and with KRGATE_SECRET_KEY where secrets block".into(),
            ),
        });
    }
    Ok(measurement)
}

/// A change that was blocked, in all its runs together.
struct Change<'a> {
    repository: &'a str,
    /// When it was blocked first.
    at: Timestamp,
    findings: BTreeSet<FindingId>,
    by_other: bool,
    is_partial: bool,
}

/// What became of a block.
enum Outcome {
    /// All that blocked was waived as a false positive.
    Overturned,
    /// Something that blocked was not, or was no finding.
    Stands,
    /// All that is known to have blocked was.
    Unsure,
}

/// The blocked changes by repository and head. Of a run whose commit nobody knew, the run is
/// the change. The blocks come in the order of time.
fn changes(blocks: &[Block]) -> BTreeMap<(&str, String), Change<'_>> {
    let mut changes = BTreeMap::new();
    for block in blocks {
        let head = match &block.head {
            Some(head) => head.to_string(),
            None => block.record.to_string(),
        };
        let change = changes
            .entry((block.repository.as_str(), head))
            .or_insert(Change {
                repository: &block.repository,
                at: block.at,
                findings: BTreeSet::new(),
                by_other: false,
                is_partial: false,
            });
        change.findings.extend(&block.findings);
        change.by_other |= block.by_other;
        change.is_partial |= block.is_partial;
    }
    changes
}

/// When findings were false positives, by repository and id.
type Waived<'a> = BTreeMap<(&'a str, FindingId), Vec<&'a FalsePositive>>;

fn waived(history: &History) -> Waived<'_> {
    let mut waived = Waived::new();
    for one in &history.false_positives {
        let of = (one.repository.as_str(), one.id);
        waived.entry(of).or_default().push(one);
    }
    waived
}

impl Change<'_> {
    /// The last moment at which a waiver still overturns the block.
    fn last_day(&self) -> Timestamp {
        let length = SignedDuration::from_hours(24 * FOLLOW_UP_DAYS);
        self.at.checked_add(length).unwrap_or(Timestamp::MAX)
    }

    fn outcome(&self, waived: &Waived<'_>) -> Outcome {
        let last_day = self.last_day();
        let in_time = |one: &&FalsePositive| {
            one.from <= last_day && one.until.is_none_or(|until| until >= self.at)
        };
        let is_waived = |id: &FindingId| {
            let of = waived.get(&(self.repository, *id));
            of.is_some_and(|times| times.iter().any(in_time))
        };
        if self.by_other || !self.findings.iter().all(is_waived) {
            Outcome::Stands
        } else if self.is_partial {
            Outcome::Unsure
        } else if self.findings.is_empty() {
            Outcome::Stands
        } else {
            Outcome::Overturned
        }
    }
}
