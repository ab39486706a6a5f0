//! From the reports of a run to the events of its record (rules L2, L3, L11 to L18).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::Timestamp;

use super::advisories::Advisories;
use super::event::{Event, Look, Scanned, Stream, Uncovered, What};
use super::look::{self, Unit};
use super::runs::{self, Ran};
use super::state::{State, StreamState, Tracked};
use crate::model::history::{Cause, Unadmitted};
use crate::model::{
    ChangedLines, Class, Committed, Event as Judged, FindingId, KeyCheck, ObjectId, RepoPath, Rows,
    UntrustedText,
};
use crate::policy::Policy;
use crate::scope::matching::{Match, Step};
use crate::scope::{Novelty, Scoped};

mod fixed;
mod introduced;
mod missed;
mod traced;

/// How a commit stands to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Descent {
    /// It is the same, or a descendant.
    Newer,
    /// It is neither.
    Older,
    /// Nobody can tell: the history is not all here (rule R44).
    Unknown,
}

/// What is known of commits. Tests make it up; a repository answers by git.
pub trait Lineage {
    /// How `to` stands to `from`.
    fn descent(&self, from: &ObjectId, to: &ObjectId) -> Descent;

    /// What happened between them; `None` if it is not to be had (rule L10).
    fn change(&self, from: &ObjectId, to: &ObjectId) -> Option<Rc<ChangedLines>>;

    /// The commits after `from` up to `to`, in any order; `None` if they are not to be had
    /// (rule M8).
    fn commits(&self, from: &ObjectId, to: &ObjectId) -> Option<Rc<[Committed]>>;
}

/// When and of what a run judged.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// The clock argument.
    pub at: Timestamp,
    /// Whether a change or a state was judged.
    pub event: Judged,
    /// The commit.
    pub commit: Option<&'a ObjectId>,
    /// The key that made the ids of secrets; without it secrets are not recorded (rule R10).
    pub key: Option<KeyCheck>,
    /// What is known of commits.
    pub lineage: &'a dyn Lineage,
    /// When advisories were published.
    pub advisories: &'a Advisories,
}

/// What a reader of the run should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Secrets have no ids that last: `no-secret-key` (rule R10).
    NoSecretKey,
    /// Paths and lines were taken as they are, for the difference is not to be had (rule L10).
    NoDifference,
}

/// What a run comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advanced {
    /// What its record says, by stream.
    pub scans: Vec<Scanned>,
    /// The state after it.
    pub state: State,
    /// What a reader should know, each once.
    pub notes: BTreeSet<Note>,
}

/// Takes the reports of a run as the next scan of their streams.
pub fn advance(
    state: &State,
    scoped: &Scoped,
    policy: &Policy,
    circumstances: &Circumstances<'_>,
) -> Advanced {
    let intake = &scoped.intake;
    let rows = Rows::of(intake);
    let run = Run {
        scoped,
        policy,
        circumstances,
        units: look::units(intake, &rows, circumstances.key),
        rows,
    };
    let mut notes = BTreeSet::new();
    let mut scans = Vec::new();
    let nothing = StreamState::default();
    let mut admitted: BTreeMap<Origin, Vec<Admitted<'_>>> = BTreeMap::new();
    for (stream, ran) in runs::streams(intake, policy, state) {
        if stream.class == Class::Secrets && circumstances.key.is_none() {
            notes.insert(Note::NoSecretKey);
            continue;
        }
        let known = state.streams.get(&stream).unwrap_or(&nothing);
        match unadmitted(known, &ran, circumstances) {
            Some(why) => scans.push(run.observed(stream, &ran, known, why)),
            None => {
                admitted
                    .entry(origin(known))
                    .or_default()
                    .push(Admitted { stream, known, ran });
            }
        }
    }
    for ((from, _), streams) in admitted {
        let between = from
            .as_ref()
            .zip(circumstances.commit)
            .filter(|(from, to)| from != to);
        let change = between.and_then(|(from, to)| {
            let change = circumstances.lineage.change(from, to);
            if change.is_none() {
                notes.insert(Note::NoDifference);
            }
            change
        });
        let matches = run.trace(&streams, change.as_deref());
        for admitted in &streams {
            let mut scanned = run.settle(admitted, &matches, change.as_deref());
            if let Some((from, to)) = between {
                introduced::date(&mut scanned, || circumstances.lineage.commits(from, to));
            }
            scans.push(scanned);
        }
    }
    scans.sort_by(|one, other| one.stream.cmp(&other.stream));
    let mut next = state.clone();
    for scanned in &mut scans {
        next.add(circumstances.at, circumstances.commit, scanned);
        scanned.open = next
            .streams
            .get(&scanned.stream)
            .map_or(0, StreamState::open);
    }
    Advanced {
        scans,
        state: next,
        notes,
    }
}

/// The commit of the last admitted scan, and which key made its secrets: what scans share that
/// are compared at once.
type Origin = (Option<ObjectId>, Option<[u8; 8]>);

fn origin(known: &StreamState) -> Origin {
    let last = known.last.as_ref();
    (
        last.and_then(|last| last.commit.clone()),
        last.and_then(|last| last.key.map(|key| key.0)),
    )
}

/// Why a scan opens and closes nothing (rule L3).
fn unadmitted(
    known: &StreamState,
    ran: &Ran<'_>,
    circumstances: &Circumstances<'_>,
) -> Option<Unadmitted> {
    if circumstances.event == Judged::Change {
        return Some(Unadmitted::Change);
    }
    if ran.failed {
        return Some(Unadmitted::RunFailed);
    }
    let last = known.last.as_ref().and_then(|last| last.commit.as_ref())?;
    match circumstances.commit {
        None => Some(Unadmitted::Shallow),
        Some(commit) if commit == last => None,
        Some(commit) => match circumstances.lineage.descent(last, commit) {
            Descent::Newer => None,
            Descent::Older => Some(Unadmitted::OlderCommit),
            Descent::Unknown => Some(Unadmitted::Shallow),
        },
    }
}

/// The reports of a run, as the ledger looks at them.
struct Run<'a> {
    scoped: &'a Scoped,
    policy: &'a Policy,
    circumstances: &'a Circumstances<'a>,
    rows: Rows,
    units: Vec<Unit>,
}

/// A stream whose scan is admitted.
struct Admitted<'a> {
    stream: Stream,
    known: &'a StreamState,
    ran: Ran<'a>,
}

impl Admitted<'_> {
    /// True if the tool or its rules are others than before, as far as both are stated (L18).
    fn tool_changed(&self) -> bool {
        let differ = |one: Option<&UntrustedText>, other: Option<&UntrustedText>| {
            one.is_some() && other.is_some() && one != other
        };
        self.known.last.as_ref().is_some_and(|last| {
            let rules = self.ran.rules_digest();
            differ(last.version.as_ref(), self.ran.version().as_ref())
                || (last.rules.is_some() && rules.is_some() && last.rules != rules)
        })
    }
}

impl Run<'_> {
    fn units_of<'u>(&'u self, stream: &'u Stream) -> impl Iterator<Item = &'u Unit> {
        let from = self.units.partition_point(|unit| unit.stream < *stream);
        let units = self.units.get(from..).unwrap_or_default();
        units.iter().take_while(move |unit| unit.stream == *stream)
    }

    fn scanned(&self, stream: Stream, ran: &Ran<'_>) -> Scanned {
        let is_secrets = stream.class == Class::Secrets;
        let of_history = ran.of_history
            || self.units_of(&stream).any(|unit| {
                let row = self.rows.rows.get(unit.first());
                row.is_some_and(|row| row.of_history)
            });
        Scanned {
            version: ran.version(),
            rules: ran.rules_digest(),
            fresh: ran.fresh,
            unadmitted: None,
            adopts: false,
            tool_change: false,
            of_history,
            key: self.circumstances.key.filter(|_| is_secrets),
            uncovered: Uncovered::default(),
            open: 0,
            false_positives: Vec::new(),
            events: Vec::new(),
            stream,
        }
    }

    /// When the advisory of a finding was published.
    fn published(&self, unit: &Unit) -> Option<Timestamp> {
        let view = self.scoped.intake.view(unit.first())?;
        let ids = view.facts()?.ids.iter();
        self.circumstances
            .advisories
            .published(ids.map(|id| view.text(*id).raw()))
    }

    /// When a finding was first detected, where the report says so of each of its places.
    fn detected(&self, unit: &Unit) -> Option<Timestamp> {
        let known = &self.scoped.intake.first_detected;
        let times: Option<Vec<Timestamp>> = unit
            .places
            .iter()
            .map(|place| known.get(place).copied())
            .collect();
        // A record knows no less than a second.
        Timestamp::from_second(times?.into_iter().min()?.as_second()).ok()
    }

    /// A scan that opens and closes nothing; of a change, what it introduces (rule M14).
    fn observed(
        &self,
        stream: Stream,
        ran: &Ran<'_>,
        known: &StreamState,
        why: Unadmitted,
    ) -> Scanned {
        let mut scanned = self.scanned(stream, ran);
        scanned.unadmitted = Some(why);
        scanned.open = known.open();
        if why == Unadmitted::Change {
            let is_new = |place: &usize| self.scoped.novelty(*place) == Novelty::Introduced;
            let units = self.units_of(&scanned.stream);
            let mut events = Vec::new();
            let mut false_positives = Vec::new();
            for unit in units.filter(|unit| unit.places.iter().all(is_new)) {
                events.push(Event::of(unit.id(), What::New));
                if look::is_false_positive(self.scoped, unit) {
                    false_positives.extend(&unit.ids);
                }
            }
            events.sort_by_key(|event| event.id);
            false_positives.sort_unstable();
            scanned.events = events;
            scanned.false_positives = false_positives;
        }
        scanned
    }

    /// The events of an admitted scan.
    fn settle(
        &self,
        admitted: &Admitted<'_>,
        matches: &[Match],
        change: Option<&ChangedLines>,
    ) -> Scanned {
        let Admitted { stream, known, ran } = admitted;
        let mut scanned = self.scanned(stream.clone(), ran);
        scanned.adopts = known.last.is_none();
        scanned.tool_change = admitted.tool_changed();
        let cause = if scanned.tool_change {
            Cause::ToolChange
        } else {
            Cause::Scan
        };
        let mut seen = Seen::default();
        let fixed = fixed::Fixed::of(known);
        let mut events = Vec::new();
        for unit in self.units_of(stream) {
            let Some(mut look) = look::look(self.scoped, self.policy, &self.rows, unit) else {
                continue;
            };
            look.advisory = self.published(unit);
            seen.any = true;
            seen.rules.insert(look.rule.clone());
            seen.paths.extend(look.path.clone());
            let known_as = unit
                .places
                .iter()
                .find_map(|place| match matches.get(*place) {
                    Some(Match::Known(id, step)) => Some((*id, *step)),
                    _ => None,
                });
            let tracked = known_as.and_then(|(id, step)| Some((known.findings.get(&id)?, step)));
            let event = match tracked {
                Some((tracked, step)) if seen.ids.insert(tracked.id) => {
                    sighting(tracked, step, unit, look)
                }
                // Another place of a finding that was seen already.
                Some(_) => None,
                None => {
                    let detected = self.detected(unit).filter(|_| scanned.adopts);
                    let event = opened(unit, look, known, &fixed, &mut seen, cause);
                    Some(Event { detected, ..event })
                }
            };
            events.extend(event);
        }
        missed::missed(admitted, &seen, change, cause, &mut scanned, &mut events);
        events.sort_by_key(|event| event.id);
        scanned.events = events;
        scanned
    }
}

/// A finding that was not open: one that was fixed, or a new one.
fn opened(
    unit: &Unit,
    look: Look,
    known: &StreamState,
    fixed: &fixed::Fixed<'_>,
    seen: &mut Seen,
    cause: Cause,
) -> Event {
    let was = fixed.find(unit, &look);
    if let Some(tracked) = was.filter(|tracked| seen.ids.insert(tracked.id)) {
        let advisory = look.advisory.or(tracked.look.advisory);
        return Event {
            look: Some(Look { advisory, ..look }),
            aliases: others(unit, tracked),
            ..Event::of(tracked.id, What::Reopened)
        };
    }
    let mut id = unit.id();
    let mut ordinal = 0_u64;
    // Its like may have had this id first, for an id is told by the ordinal among equals.
    while known.findings.contains_key(&id) || seen.ids.contains(&id) {
        ordinal += 1;
        let parts: [&[u8]; 2] = [&unit.id().bytes(), &ordinal.to_be_bytes()];
        id = FindingId::new(look::hash(&parts));
    }
    seen.ids.insert(id);
    let mut aliases = unit.ids.clone();
    aliases.retain(|other| *other != id);
    aliases.sort_unstable();
    Event {
        look: Some(look),
        aliases,
        cause,
        ..Event::of(id, What::New)
    }
}

/// What a scan has seen of a stream.
#[derive(Debug, Default)]
struct Seen {
    any: bool,
    ids: BTreeSet<FindingId>,
    rules: BTreeSet<UntrustedText>,
    paths: BTreeSet<UntrustedText>,
}

/// The ids of a unit that a finding does not have yet.
fn others(unit: &Unit, tracked: &Tracked) -> Vec<FindingId> {
    let mut others = unit.ids.clone();
    others.retain(|id| *id != tracked.id && !tracked.aliases.contains(id));
    others.sort_unstable();
    others.dedup();
    others
}

/// What is to be said of an open finding that is seen; nothing if it is as it was.
fn sighting(tracked: &Tracked, step: Step, unit: &Unit, mut look: Look) -> Option<Event> {
    let aliases = others(unit, tracked);
    // A file of advisories that is not there any more takes back no date.
    look.advisory = look.advisory.or(tracked.look.advisory);
    let differs = look != tracked.look;
    let what = if tracked.misses.is_some() {
        What::Seen
    } else if look.is_elsewhere(&tracked.look) {
        What::Moved
    } else if differs || !aliases.is_empty() {
        What::Changed
    } else {
        return None;
    };
    Some(Event {
        cause: if step == Step::ToolChange {
            Cause::ToolChange
        } else {
            Cause::Scan
        },
        weak: step.is_weak(),
        look: differs.then_some(look),
        aliases,
        ..Event::of(tracked.id, what)
    })
}

/// Where the file of a finding stands now.
enum Carried {
    /// It is deleted (rule L17).
    Gone,
    /// It is there, and the finding's place in it is this.
    Here(Look),
}

/// Carries the place of a finding through what happened since.
fn carried(look: &Look, change: Option<&ChangedLines>) -> Carried {
    let mut now = look.clone();
    let path = look.path.as_ref().filter(|_| look.in_repository);
    let path = path.and_then(|path| RepoPath::from_normal(path.raw()));
    if let (Some(change), Some(path)) = (change, path) {
        let Some(new) = change.carried(&path) else {
            return Carried::Gone;
        };
        if *new != path {
            now.path = Some(UntrustedText::new(new.as_str()));
        }
        if let Some(line) = look.line {
            // Of a line that was edited the old number is the best guess.
            now.line = Some(change.carried_line(new, line).unwrap_or(line));
        }
    }
    Carried::Here(now)
}
