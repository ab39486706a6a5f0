//! `milestones`: how many steps are done (rules K8, M24).

use jiff::{Span, Timestamp};

use super::{Measurement, ledger};
use crate::diagnostic::Message;
use crate::model::history::History;
use crate::model::{Quantity, Untrusted};
use crate::policy::{KeyResult, Milestone, Policy, Unit};

/// From how many days before its end a step that expires is named (rule F9).
const NAMED_BEFORE: i64 = 60;

/// The weight of the steps that are done, over the weight of all.
///
/// A step is done if a check-in says so and names evidence, and it has not expired. It is
/// the step that is done, so that a policy which adds another one takes nothing away. What
/// is not shown as done is not done: nothing is unknown here.
pub(super) fn measure(
    policy: &Policy,
    key_result: &KeyResult,
    steps: &[Milestone],
    history: &History,
    now: Timestamp,
) -> Measurement {
    let mut measurement = Measurement::empty(Unit::Percent);
    if let Some(reason) = ledger::unreadable(history) {
        measurement
            .notes
            .push(reason.message.own(", so that no step is shown as done"));
    }
    let today = policy.time_zone().to_datetime(now).date();
    let name = policy.record_name(key_result);
    let reported = |id: &str, with_evidence: bool| {
        history.check_ins.iter().any(|check_in| {
            check_in.key_result == name
                && check_in.as_of <= today
                && check_in.done.iter().any(|done| done == id)
                && (!with_evidence || !check_in.evidence.is_empty())
        })
    };
    let whole = history.read && history.doubts.is_empty();
    let (mut all, mut done) = (Quantity::ZERO, Quantity::ZERO);
    for step in steps {
        all = all.plus(step.weight);
        let said = |words: &str| {
            Message::from("step ")
                .foreign(Untrusted::new(&step.id))
                .own(words.to_owned())
        };
        let expired = step.expires.is_some_and(|end| end <= now);
        if !whole || !reported(&step.id, false) {
            continue;
        }
        if !reported(&step.id, true) {
            measurement.notes.push(said(
                " is reported as done without evidence, and does not count",
            ));
        } else if expired {
            measurement
                .notes
                .push(said(" was done, and is not valid any more"));
        } else {
            done = done.plus(step.weight);
            if step.expires.is_some_and(|end| is_near(end, now)) {
                measurement
                    .notes
                    .push(said(" is done, and will not be valid for long"));
            }
        }
    }
    measurement.n = u64::try_from(steps.len()).ok();
    measurement.value = done.over(all).or(Some(Quantity::ZERO));
    measurement
}

fn is_near(end: Timestamp, now: Timestamp) -> bool {
    let hours = Span::new().try_hours(NAMED_BEFORE * 24);
    hours.is_ok_and(|span| now.checked_add(span).is_ok_and(|then| end <= then))
}
