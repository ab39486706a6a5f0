//! Open findings that a scan did not see (rules L12 to L18).

use super::{Admitted, Carried, Seen, carried};
use crate::model::ChangedLines;
use crate::model::history::Cause;
use crate::record::lifecycle::event::{Event, Look, Scanned, Uncovered, What};
use crate::record::lifecycle::state::Tracked;

/// How many findings must go at once for a cliff (rule L14).
const CLIFF: usize = 5;

/// Says what became of every open finding that was not seen.
pub(super) fn missed(
    admitted: &Admitted<'_>,
    seen: &Seen,
    change: Option<&ChangedLines>,
    cause: Cause,
    scanned: &mut Scanned,
    events: &mut Vec<Event>,
) {
    let mut missing: Vec<(&Tracked, Look)> = Vec::new();
    for tracked in admitted.known.open_findings() {
        if seen.ids.contains(&tracked.id) {
            continue;
        }
        if admitted.ran.doubtful {
            scanned.uncovered.ids.push(tracked.id);
            if let Carried::Here(now) = carried(&tracked.look, change) {
                events.extend(moved(tracked, now));
            }
            continue;
        }
        match carried(&tracked.look, change) {
            Carried::Gone => events.push(Event {
                cause: Cause::Removed,
                since: tracked.misses.as_ref().map(|misses| misses.since),
                ..Event::of(tracked.id, What::Fixed)
            }),
            Carried::Here(now) if !ran(admitted, &now) => {
                note(&mut scanned.uncovered, admitted, seen, tracked, &now);
                events.extend(moved(tracked, now));
            }
            Carried::Here(now) => missing.push((tracked, now)),
        }
    }
    let newly = missing
        .iter()
        .filter(|(tracked, _)| tracked.misses.is_none());
    let newly = newly.count();
    let open = usize::try_from(admitted.known.open()).unwrap_or(usize::MAX);
    let cliff = !seen.any || (newly >= CLIFF && newly.saturating_mul(2) >= open);
    for (tracked, now) in missing {
        events.push(miss(tracked, now, cliff, cause, admitted.ran.stable_after));
    }
    let uncovered = &mut scanned.uncovered;
    uncovered.paths.sort_unstable();
    uncovered.paths.dedup();
    uncovered.rules.sort_unstable();
    uncovered.rules.dedup();
    uncovered.ids.sort_unstable();
}

/// One more miss: of one that was missed before, or of one that goes now. Those of a cliff need
/// one scan more, once (rule L14).
fn miss(tracked: &Tracked, now: Look, cliff: bool, cause: Cause, stable_after: u32) -> Event {
    let before = tracked.misses.as_ref();
    let raised = cliff || before.is_some_and(|misses| misses.of > stable_after);
    let of = stable_after.saturating_add(u32::from(raised));
    let count = before.map_or(1, |misses| misses.count.saturating_add(1));
    let cause = before.map_or(cause, |misses| misses.cause);
    if count >= of {
        return Event {
            cause,
            since: before.map(|misses| misses.since),
            ..Event::of(tracked.id, What::Fixed)
        };
    }
    Event {
        cause,
        misses: Some((count, of)),
        look: (now != tracked.look).then_some(now),
        ..Event::of(tracked.id, What::Missing)
    }
}

/// True if the scan would have seen a finding that looks like this (rules L4, L16).
fn ran(admitted: &Admitted<'_>, look: &Look) -> bool {
    let path = look.path.as_ref().filter(|_| look.in_repository);
    admitted.ran.ran_rule(look.rule.raw())
        && admitted
            .ran
            .looked_at(path.map(crate::model::UntrustedText::raw))
}

/// Notes that a finding was not covered: by its rule or its path, unless the scan saw others of
/// these.
fn note(
    uncovered: &mut Uncovered,
    admitted: &Admitted<'_>,
    seen: &Seen,
    tracked: &Tracked,
    now: &Look,
) {
    if !admitted.ran.ran_rule(now.rule.raw()) && !seen.rules.contains(&now.rule) {
        uncovered.rules.push(now.rule.clone());
        return;
    }
    match &now.path {
        Some(path) if !seen.paths.contains(path) => uncovered.paths.push(path.clone()),
        _ => uncovered.ids.push(tracked.id),
    }
}

/// Git alone says that it stands elsewhere: its place is kept up to date, so that it is found
/// again when a scan covers it.
fn moved(tracked: &Tracked, now: Look) -> Option<Event> {
    (now != tracked.look).then(|| Event {
        look: Some(now),
        ..Event::of(tracked.id, What::Moved)
    })
}
