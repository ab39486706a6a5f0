//! How a record changes the state (rules L11 to L17, L20, L23).

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::event::{Event, Scanned, What};
use super::state::{Drift, LastScan, Misses, State, StreamState, Tracked};
use crate::model::history::{Cause, Episode, Unadmitted};
use crate::model::{ObjectId, Validity};

/// When and of what a record was judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct When<'a> {
    pub(super) at: Timestamp,
    pub(super) commit: Option<&'a ObjectId>,
}

impl State {
    /// Takes what a record says of its streams. Records come in the order of (`at`, `id`), each
    /// once; one that says what is known already changes nothing but the time of the last scan.
    pub fn take(&mut self, at: Timestamp, commit: Option<&ObjectId>, scans: &[Scanned]) {
        let when = When { at, commit };
        for scanned in scans {
            match scanned.unadmitted {
                None => self.take_admitted(when, scanned),
                Some(Unadmitted::Change) => {
                    for event in &scanned.events {
                        let key = (scanned.stream.clone(), event.id);
                        self.on_changes.entry(key).or_insert(at);
                    }
                    let waived = scanned.false_positives.iter().map(|id| (*id, at));
                    self.waived_on_changes.extend(waived);
                }
                Some(_) => {}
            }
        }
    }

    /// The same for one stream of a run that is being recorded, whose count nobody knows yet.
    pub(super) fn add(&mut self, at: Timestamp, commit: Option<&ObjectId>, scanned: &Scanned) {
        let drift = self.drift.len();
        self.take(at, commit, std::slice::from_ref(scanned));
        self.drift.truncate(drift);
    }

    fn take_admitted(&mut self, when: When<'_>, scanned: &Scanned) {
        let stream = self.streams.entry(scanned.stream.clone()).or_default();
        for event in &scanned.events {
            stream.take_event(when, scanned, event);
        }
        stream.cover(scanned);
        stream.last = Some(LastScan {
            at: when.at,
            commit: when.commit.cloned(),
            version: scanned.version.clone(),
            rules: scanned.rules,
            key: scanned.key,
            fresh: scanned.fresh,
        });
        if stream.open != scanned.open {
            self.drift.push(Drift {
                stream: scanned.stream.clone(),
                at: when.at,
                recorded: scanned.open,
                replayed: stream.open,
            });
        }
    }
}

impl StreamState {
    fn take_event(&mut self, when: When<'_>, scanned: &Scanned, event: &Event) {
        if !self.findings.contains_key(&event.id) {
            self.begin(when, scanned, event);
            return;
        }
        let Some(tracked) = self.findings.get_mut(&event.id) else {
            return;
        };
        let was_open = tracked.is_open();
        match event.what {
            What::New | What::Seen | What::Reopened => tracked.sighted(when),
            // That a finding moved or changed can be known without seeing it: git carries its
            // place.
            What::Moved | What::Changed => {}
            What::Missing => tracked.missed(when, event),
            What::Fixed => tracked.fixed(when, event),
        }
        tracked.look_as(when, event);
        match (was_open, tracked.is_open()) {
            (false, true) => self.open += 1,
            (true, false) => self.open = self.open.saturating_sub(1),
            _ => {}
        }
    }

    /// The first that is heard of a finding. Only a sighting begins a life: a `fixed` of what
    /// was never open is nothing.
    fn begin(&mut self, when: When<'_>, scanned: &Scanned, event: &Event) {
        let Some(look) = &event.look else { return };
        if !matches!(event.what, What::New | What::Seen | What::Reopened) {
            return;
        }
        // Only the scan that adopts is told when (rule L2); nobody sees what is yet to come.
        let detected = event.detected.filter(|at| scanned.adopts && *at <= when.at);
        let mut tracked = Tracked {
            id: event.id,
            aliases: event.aliases.iter().copied().collect(),
            look: look.clone(),
            first_seen: detected.unwrap_or(when.at),
            introduced: event.introduced,
            left_truncated: scanned.adopts && detected.is_none(),
            by_tool_change: event.cause == Cause::ToolChange,
            episodes: vec![Episode {
                opened: when.at,
                fixed: None,
                fixing_commit: None,
            }],
            misses: None,
            covered: None,
            set_aside: None,
            first_set_aside: None,
            false_positive: Vec::new(),
            revoked: None,
        };
        tracked.look_as(when, event);
        self.findings.insert(event.id, tracked);
        self.open += 1;
    }

    /// Notes which open findings the scan did not cover (rule L16).
    fn cover(&mut self, scanned: &Scanned) {
        let covered_before = self.last.as_ref().map(|last| last.at);
        let now: BTreeSet<_> = if scanned.uncovered.is_empty() {
            BTreeSet::new()
        } else {
            let open = self.findings.values().filter(|tracked| tracked.is_open());
            let without = &scanned.uncovered;
            open.filter(|tracked| {
                let look = &tracked.look;
                let path = look.path.as_ref();
                path.is_some_and(|path| without.paths.binary_search(path).is_ok())
                    || without.rules.binary_search(&look.rule).is_ok()
                    || without.ids.binary_search(&tracked.id).is_ok()
            })
            .map(|tracked| tracked.id)
            .collect()
        };
        for id in self.uncovered.difference(&now) {
            if let Some(tracked) = self.findings.get_mut(id) {
                tracked.covered = None;
            }
        }
        for id in &now {
            if let Some(tracked) = self.findings.get_mut(id) {
                tracked.covered = tracked.covered.or(covered_before);
            }
        }
        self.uncovered = now;
    }
}

impl Tracked {
    /// Rule L11.
    fn sighted(&mut self, when: When<'_>) {
        self.misses = None;
        self.first_seen = self.first_seen.min(when.at);
        if !self.is_open() {
            self.episodes.push(Episode {
                opened: when.at,
                fixed: None,
                fixing_commit: None,
            });
        }
    }

    /// Rule L12.
    fn missed(&mut self, when: When<'_>, event: &Event) {
        if !self.is_open() {
            return;
        }
        let (count, of) = event.misses.unwrap_or((1, 1));
        match &mut self.misses {
            Some(misses) => {
                misses.count = count;
                misses.of = of;
            }
            None => {
                self.misses = Some(Misses {
                    count,
                    of,
                    since: when.at,
                    commit: when.commit.cloned(),
                    cause: event.cause,
                });
            }
        }
    }

    /// Rule L15: it was fixed when it was missed first. Fixed once more is nothing (rule L23).
    fn fixed(&mut self, when: When<'_>, event: &Event) {
        let misses = self.misses.take();
        let since = misses.as_ref().map(|misses| misses.since);
        let since = event.since.or(since).unwrap_or(when.at);
        let commit = match misses {
            Some(misses) => misses.commit,
            None => when.commit.cloned(),
        };
        if let Some(episode) = self.episodes.last_mut()
            && episode.fixed.is_none()
        {
            episode.fixed = Some((since, event.cause));
            episode.fixing_commit = commit;
            self.covered = None;
        }
    }

    fn look_as(&mut self, when: When<'_>, event: &Event) {
        let own = self.id;
        let others = event.aliases.iter().filter(|id| **id != own);
        self.aliases.extend(others);
        let Some(look) = &event.look else { return };
        self.look = look.clone();
        self.set_aside = if look.set_aside {
            self.set_aside.or(Some(when.at))
        } else {
            None
        };
        self.first_set_aside = self.first_set_aside.or(self.set_aside);
        let last = self.false_positive.last_mut();
        match (
            last.filter(|(_, until)| until.is_none()),
            look.false_positive,
        ) {
            (None, true) => self.false_positive.push((when.at, None)),
            (Some((_, until)), false) => *until = Some(when.at),
            _ => {}
        }
        if look.validity == Some(Validity::Inactive) {
            self.revoked = self.revoked.or(Some(when.at));
        } else if look.validity == Some(Validity::Active) {
            // It works again, or still.
            self.revoked = None;
        }
    }
}
