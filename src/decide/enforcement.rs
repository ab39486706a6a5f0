//! What a verdict other than met does, here and now.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{About, Event, Verdict};
use crate::policy::{Enforcement, KeyResult, Measure, Policy};

/// Where and when a verdict is to do something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here {
    /// Change or state.
    pub(super) event: Event,
    /// False on the change that brings the first policy (rule G127).
    pub(super) enforced: bool,
    /// The clock.
    pub(super) now: Timestamp,
}

impl Here {
    /// That of an evaluation.
    pub(super) const fn of(about: &About) -> Self {
        Self {
            event: about.event,
            enforced: about.enforced,
            now: about.now,
        }
    }
}

/// What the verdict does, and in words why it does less than the policy's `on_miss` says.
///
/// A shadow period (`enforce_from`, rule K32) and the time until `due` of a key result that
/// moves turn a block into a warning, and so does a first policy on the change that brings it
/// (rule G127); on a change, what no change can move and what is not
/// computed yet is only shown (rule K31), and on a state what only a change has (rule M31).
/// A miss that is also `worse` than before does what `on_regress` says if that is more, also
/// while it is not due (rule Q9).
pub(super) fn here_and_now(
    key_result: &KeyResult,
    verdict: Verdict,
    worse: bool,
    policy: &Policy,
    here: Here,
) -> (Enforcement, Option<String>) {
    let (enforcement, softened) = without_history(key_result, verdict, policy, here);
    let Some(on_regress) = key_result.on_regress.filter(|_| worse) else {
        return (enforcement, softened);
    };
    if verdict != Verdict::Missed || on_regress <= enforcement {
        return (enforcement, softened);
    }
    // A step back waits for no `due`; all else that softens a miss softens it too.
    let stepped_back = KeyResult {
        on_miss: on_regress,
        on_miss_stated: true,
        ..key_result.clone()
    };
    without_history(&stepped_back, verdict, policy, here)
}

fn without_history(
    key_result: &KeyResult,
    verdict: Verdict,
    policy: &Policy,
    here: Here,
) -> (Enforcement, Option<String>) {
    let stated = match verdict {
        Verdict::Unknown => key_result.on_unknown.unwrap_or(key_result.on_miss),
        Verdict::Met | Verdict::Missed => key_result.on_miss,
    };
    if stated == Enforcement::Observe || verdict == Verdict::Met {
        return (stated, None);
    }
    if here.event == Event::Change && !key_result.measure.moves_on_change() {
        let why = "no change can move it";
        return (Enforcement::Observe, Some(why.to_owned()));
    }
    if let (Measure::Introduced(..), Event::State) = (&key_result.measure, here.event) {
        let why = "a state has no base: changes are judged on it";
        return (Enforcement::Observe, Some(why.to_owned()));
    }
    if stated != Enforcement::Block {
        return (stated, None);
    }
    if !here.enforced {
        let why = "not blocking: the base of the change has no policy yet";
        return (Enforcement::Warn, Some(why.to_owned()));
    }
    let zone = policy
        .period
        .as_ref()
        .map_or(TimeZone::UTC, |period| period.time_zone.clone());
    match shadow_until(key_result, verdict, policy) {
        Shadow::None => (stated, None),
        Shadow::Until(end) if here.now >= end => (stated, None),
        Shadow::Until(end) => {
            let day = zone.to_datetime(end).date();
            (
                Enforcement::Warn,
                Some(format!("not blocking before {day}")),
            )
        }
        Shadow::Open => (
            Enforcement::Warn,
            Some("not blocking: it has no `due`, and the policy no period".to_owned()),
        ),
    }
}

enum Shadow {
    None,
    Until(Timestamp),
    Open,
}

/// Until when a block is only a warning: the later of `enforce_from` and, for a key result
/// that moves and whose `on_miss` is the default, `due` or else the period's end.
fn shadow_until(key_result: &KeyResult, verdict: Verdict, policy: &Policy) -> Shadow {
    let stated = key_result.on_miss_stated
        || (verdict == Verdict::Unknown && key_result.on_unknown.is_some());
    let moving = key_result.moves && !stated;
    let due = key_result
        .due
        .or_else(|| policy.period.as_ref().map(|period| period.end));
    match (key_result.enforce_from, moving, due) {
        (None, false, _) => Shadow::None,
        (Some(from), false, _) => Shadow::Until(from),
        (from, true, Some(due)) => Shadow::Until(from.map_or(due, |from| from.max(due))),
        (_, true, None) => Shadow::Open,
    }
}
