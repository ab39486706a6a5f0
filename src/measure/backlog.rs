//! What is open by the ledger, with what is known of each finding.
//!
//! It decides nothing and leaves nothing out: what a wish cannot be decided on is in, and what
//! the ledger does not know of is said beside.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::filter::Pass;
use super::lives::{Ending, PastLens, case, seconds_between};
use super::sight::Sight;
use crate::model::history::{History, Life, LifeState, PastStream};
use crate::model::{ClassSet, Figures, Intake, Owners, UntrustedText};
use crate::policy::{Filter, Measure, PastKind, Policy, Term};
use crate::scope::{self, RunFacts, Scoped};

/// Which findings are asked for.
#[derive(Debug, Default)]
pub struct Wish {
    /// What they pass, or might.
    pub filter: Filter,
    /// True for those alone whose time is up, or might be.
    pub overdue: bool,
}

/// What is open.
#[derive(Debug)]
pub struct Backlog<'a> {
    /// The findings that were asked for: overdue ones first, then by severity from the worst,
    /// then by age from the oldest, then by place.
    pub findings: Vec<OpenFinding<'a>>,
    /// How many of those that were asked for are set aside as of their last scan (rule L19).
    pub set_aside: u64,
    /// How many are open besides.
    pub others: u64,
    /// The streams, in the order of the history.
    pub streams: Vec<StreamSight<'a>>,
    /// Classes that a report entry of the policy names and no stream has.
    pub never_scanned: ClassSet,
    /// What is not known of the scopes and so taken for inside, as words.
    pub assumed: Vec<String>,
    /// True if CODEOWNERS was read.
    pub owners_known: bool,
    /// True if a key result of the policy limits how long a finding may stay open.
    pub has_limits: bool,
}

/// A stream, and whether its last scan still stands.
#[derive(Debug, Clone, Copy)]
pub struct StreamSight<'a> {
    /// The stream.
    pub stream: &'a PastStream,
    /// When its last scan that counts was.
    pub last: Option<Timestamp>,
    /// True if that is no longer ago than `fresh`.
    pub stands: bool,
    /// How many findings of it are open.
    pub open: u64,
}

/// An open finding.
#[derive(Debug)]
pub struct OpenFinding<'a> {
    /// What happened to it.
    pub life: &'a Life,
    /// Where it came in.
    pub stream: &'a PastStream,
    /// Seconds since it was seen first; at least so many where it is left-truncated.
    pub age: u64,
    /// What is known of it now.
    pub state: OpenState,
    /// Who owns its path: nobody where it is empty; `None` where that is not known.
    pub owners: Option<Vec<UntrustedText>>,
    /// How long it may stay open.
    pub limit: Limit,
    /// True if the wish could not be decided on it: a fact is not recorded.
    pub undecided: bool,
}

/// What is known of an open finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenState {
    /// The last scan that could see it saw it.
    Open,
    /// The same, after it was fixed before.
    Reopened,
    /// No scan has covered it since then, for longer than `fresh` (rule L16).
    Unknown(Timestamp),
}

impl OpenState {
    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reopened => "reopened",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// How long a finding may stay open, by the `sla` key results of the policy (rule M9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// No key result has a limit for it.
    Nothing,
    /// One might; which one cannot be told, for a fact is not recorded.
    NotKnown,
    /// The earliest end that a key result sets.
    At {
        /// `objective/key-result`.
        key_result: String,
        /// Its limit, in seconds.
        seconds: u64,
        /// The last moment at which it is kept.
        due: Timestamp,
        /// True once that is over.
        overdue: bool,
    },
}

impl Limit {
    /// True if the time is up.
    pub const fn is_overdue(&self) -> bool {
        matches!(self, Self::At { overdue: true, .. })
    }
}

/// Looks at what is open at a moment.
pub fn backlog<'a>(
    history: &'a History,
    policy: &Policy,
    owners: Option<&Owners>,
    wish: &Wish,
    now: Timestamp,
) -> Backlog<'a> {
    let streams = streams(history, now);
    let mut backlog = Backlog {
        findings: Vec::new(),
        set_aside: 0,
        others: 0,
        never_scanned: never_scanned(policy, &streams),
        streams,
        assumed: Vec::new(),
        owners_known: owners.is_some(),
        has_limits: policy.key_results().any(|(_, kr)| is_limit(&kr.measure)),
    };
    let references: BTreeSet<&str> = history
        .streams
        .iter()
        .map(|stream| stream.reference.as_str())
        .collect();
    // A scope that names `refs` holds on these alone, so each ref is looked at by itself.
    for reference in references {
        let scoped = scoped(policy, reference, owners.cloned(), now);
        backlog.assume(&scoped, &wish.filter);
        backlog.take(history, (reference, &scoped), policy, wish, now);
    }
    backlog
        .findings
        .sort_by(|one, other| order(one).cmp(&order(other)));
    backlog
}

impl<'a> Backlog<'a> {
    /// Takes what is open on one ref.
    fn take(
        &mut self,
        history: &'a History,
        (reference, scoped): (&str, &Scoped),
        policy: &Policy,
        wish: &Wish,
        now: Timestamp,
    ) {
        let sight = Sight::new(scoped, policy, false).with_past(history, now);
        let lens = PastLens::new(&sight, history, now);
        let open = history.lives.iter().filter(|life| life.is_open());
        for life in open {
            let stream = stream_of(history, life).filter(|stream| stream.reference == reference);
            let Some(stream) = stream else {
                continue;
            };
            let pass = lens.passes(&wish.filter, life);
            if life.left.is_some() {
                self.set_aside += u64::from(pass != Pass::No);
                continue;
            }
            let limit = limit(&lens, policy, life, now);
            let is_in_time = wish.overdue && !limit.is_overdue() && limit != Limit::NotKnown;
            if pass == Pass::No || is_in_time {
                self.others += 1;
                continue;
            }
            self.findings.push(OpenFinding {
                life,
                stream,
                age: seconds_between(life.first_seen, now),
                state: state(life),
                owners: owned(scoped, life),
                limit,
                undecided: pass != Pass::Yes,
            });
        }
    }

    /// Notes what of the scopes that are asked for is not known.
    fn assume(&mut self, scoped: &Scoped, filter: &Filter) {
        let places = filter.terms.iter().filter_map(|term| match term {
            Term::Scope(places) => Some(places),
            _ => None,
        });
        for marks in places
            .flatten()
            .filter_map(|place| scoped.scopes.get(*place))
        {
            for assumed in &marks.assumed {
                let said = format!("scope {}: {assumed}", marks.name);
                if !self.assumed.contains(&said) {
                    self.assumed.push(said);
                }
            }
        }
    }
}

/// The scopes and owners of a policy, as they stand on a ref.
fn scoped(policy: &Policy, reference: &str, owners: Option<Owners>, now: Timestamp) -> Scoped {
    let short = reference
        .strip_prefix("refs/heads/")
        .or_else(|| reference.strip_prefix("refs/tags/"))
        .unwrap_or(reference);
    let intake = Intake {
        figures: Figures {
            owners,
            ..Figures::default()
        },
        ..Intake::default()
    };
    let facts = RunFacts {
        reference: Some(short.to_owned()).filter(|short| !short.is_empty()),
        now: Some(now),
        ..RunFacts::default()
    };
    scope::mark(intake, policy, &facts)
}

fn stream_of<'a>(history: &'a History, life: &Life) -> Option<&'a PastStream> {
    let place = usize::try_from(life.stream).ok()?;
    history.streams.get(place)
}

fn streams(history: &History, now: Timestamp) -> Vec<StreamSight<'_>> {
    let of = |(place, stream)| {
        let is_of = |number: u32| usize::try_from(number) == Ok(place);
        let scans = history.scans.iter();
        let last = scans
            .filter(|scan| is_of(scan.stream) && scan.unadmitted.is_none())
            .map(|scan| scan.at)
            .next_back();
        let stream: &PastStream = stream;
        let open = history
            .lives
            .iter()
            .filter(|life| is_of(life.stream) && life.is_open() && life.left.is_none());
        StreamSight {
            stream,
            last,
            stands: last.is_some_and(|at| seconds_between(at, now) <= stream.fresh),
            open: u64::try_from(open.count()).unwrap_or(u64::MAX),
        }
    };
    history.streams.iter().enumerate().map(of).collect()
}

/// Streams in which no scan was ever admitted know nothing either.
fn never_scanned(policy: &Policy, streams: &[StreamSight<'_>]) -> ClassSet {
    let scanned = |class| {
        let mut streams = streams.iter();
        streams.any(|sight| sight.stream.class == class && sight.last.is_some())
    };
    let named = policy.reports.iter().filter_map(|entry| entry.class);
    named.filter(|class| !scanned(*class)).collect()
}

fn state(life: &Life) -> OpenState {
    match life.state {
        LifeState::Unknown(last) => OpenState::Unknown(last),
        _ if life.episodes.len() > 1 => OpenState::Reopened,
        _ => OpenState::Open,
    }
}

fn owned(scoped: &Scoped, life: &Life) -> Option<Vec<UntrustedText>> {
    let owners = scoped.intake.figures.owners.as_ref()?;
    let path = life.path.as_ref()?;
    let rule = owners.deciding(path.raw());
    Some(rule.map_or_else(Vec::new, |rule| rule.owners.clone()))
}

const fn is_limit(measure: &Measure) -> bool {
    matches!(measure, Measure::Past(past) if matches!(past.kind, PastKind::Sla { .. }))
}

/// The earliest end that an `sla` key result sets for a finding. Exactly at the limit is kept
/// (rule M9), and one clock runs through all episodes (rule M7).
fn limit(lens: &PastLens<'_>, policy: &Policy, life: &Life, now: Timestamp) -> Limit {
    let mut least = Limit::Nothing;
    for (objective, key_result) in policy.key_results() {
        let Measure::Past(wanted) = &key_result.measure else {
            continue;
        };
        let PastKind::Sla { limits, until, .. } = &wanted.kind else {
            continue;
        };
        let ended = case(life, *until).is_none_or(|case| case.end != Ending::Open);
        let pass = lens.passes(&wanted.filter, life);
        if ended || pass == Pass::No {
            continue;
        }
        let (Pass::Yes, Some(band)) = (pass, life.severity) else {
            if least == Limit::Nothing {
                least = Limit::NotKnown;
            }
            continue;
        };
        let Some((_, seconds)) = limits.iter().find(|(of, _)| *of == band) else {
            continue;
        };
        let length = SignedDuration::from_secs(i64::try_from(*seconds).unwrap_or(i64::MAX));
        let due = life
            .first_seen
            .checked_add(length)
            .unwrap_or(Timestamp::MAX);
        let is_earlier = match &least {
            Limit::At { due: before, .. } => due < *before,
            _ => true,
        };
        if is_earlier {
            least = Limit::At {
                key_result: format!("{}/{}", objective.id, key_result.id),
                seconds: *seconds,
                due,
                overdue: now > due,
            };
        }
    }
    least
}

/// Worst first; the id makes it a total order.
fn order<'a>(finding: &'a OpenFinding<'_>) -> impl Ord + use<'a> {
    let life = finding.life;
    (
        !finding.limit.is_overdue(),
        // Unscored could be anything.
        life.severity.is_some(),
        Reverse(life.severity),
        life.first_seen,
        life.path.as_ref().map(UntrustedText::raw),
        life.line,
        life.rule.raw(),
        (life.id, life.stream),
    )
}
