//! Findings of the past as measures look at them: which ones pass a filter, and what ended
//! their clocks (rules M5, M7, M18, M19, M35).

use std::borrow::Cow;

use jiff::Timestamp;

use super::filter::{Open, Pass};
use super::sight::Sight;
use crate::model::history::{Cause, Close, History, Life, LifeState, PastStream};
use crate::model::{Class, PackageName, Severity, UntrustedText};
use crate::policy::{Filter, Term, Until};
use crate::scope::PathScope;

/// What a filter looks at besides the life itself.
pub(super) struct PastLens<'a> {
    history: &'a History,
    sight: &'a Sight<'a>,
    scopes: Vec<PathScope>,
    now: Timestamp,
}

impl<'a> PastLens<'a> {
    pub(super) fn new(sight: &'a Sight<'a>, history: &'a History, now: Timestamp) -> Self {
        Self {
            history,
            sight,
            scopes: sight.policy.scopes.iter().map(PathScope::new).collect(),
            now,
        }
    }

    /// The stream that a finding came in.
    pub(super) fn stream(&self, life: &Life) -> Option<&'a PastStream> {
        let place = usize::try_from(life.stream).ok()?;
        self.history.streams.get(place)
    }

    /// Whether a finding of the past passes a filter. What the records do not hold leaves a
    /// term open, as with findings of a run.
    pub(super) fn passes(&self, filter: &Filter, life: &Life) -> Pass {
        self.all(filter, life, false)
    }

    fn all(&self, filter: &Filter, life: &Life, negated: bool) -> Pass {
        let terms = filter.terms.iter();
        terms
            .map(|term| self.term(term, life, negated))
            .fold(Pass::Yes, Pass::and)
    }

    fn term(&self, term: &Term, life: &Life, negated: bool) -> Pass {
        let stream = self.stream(life);
        let path = life.path.as_ref().map(UntrustedText::raw);
        let open = |key| Pass::Open(Open::NotRead(key));
        match term {
            Term::Scope(scopes) => scopes
                .iter()
                .map(|scope| self.inside(*scope, path, negated))
                .fold(Pass::No, Pass::or),
            Term::Class(classes) => {
                Pass::of(stream.is_some_and(|stream| classes.contains(stream.class)))
            }
            Term::Severity(bands) => match life.severity {
                Some(band) => Pass::of(bands.contains(&band)),
                None => Pass::Open(Open::Unscored),
            },
            Term::Cvss(comparison) => match life.cvss {
                Some(score) => Pass::of(comparison.holds(&score)),
                None => Pass::Open(Open::Unscored),
            },
            Term::Cwe(_) if life.cwe.is_empty() => Pass::Open(Open::NoCwe),
            Term::Cwe(wanted) => Pass::of(wanted.iter().any(|cwe| life.cwe.contains(cwe))),
            Term::Tool(names) => Pass::of(stream.is_some_and(|stream| {
                let tool = stream.tool.raw();
                names.iter().any(|name| name.eq_ignore_ascii_case(tool))
            })),
            Term::Rule(globs) => Pass::of(globs.iter().any(|g| g.is_match(life.rule.raw()))),
            Term::Path { within, without } => match path {
                None => Pass::of(!negated),
                Some(path) => Pass::of(
                    (within.is_empty() || within.iter().any(|g| g.is_match(path)))
                        && !without.iter().any(|g| g.is_match(path)),
                ),
            },
            Term::Validity(wanted) => match life.validity {
                _ if stream.is_some_and(|stream| stream.class != Class::Secrets) => Pass::No,
                Some(validity) => Pass::of(wanted.contains(&validity)),
                None => open("validity"),
            },
            Term::Package(globs) => match &life.package {
                Some(name) => {
                    let full = name.raw();
                    let url = ["pkg:", full].concat();
                    let forms = [PackageName::without_ecosystem(full), full, &url];
                    let mut globs = globs.iter();
                    Pass::of(globs.any(|glob| forms.iter().any(|name| glob.is_match(name))))
                }
                None => open("package"),
            },
            Term::Age(comparison) if !life.left_truncated => {
                Pass::of(comparison.holds(&seconds_between(life.first_seen, self.now)))
            }
            Term::Owner(wanted) => match (&self.sight.figures().owners, path) {
                (None, _) => open("owner"),
                (Some(_), None) => Pass::of(!negated),
                (Some(owners), Some(path)) => Pass::of(owners.is_owned_by(path, wanted)),
            },
            Term::Age(_) => open("age"),
            Term::Level(_) => open("level"),
            Term::Tag(_) => open("tag"),
            Term::Introduced(_) => open("state"),
            Term::Epss(_) => open("epss"),
            Term::Kev(_) => open("kev"),
            Term::FixAvailable(_) => open("fix_available"),
            Term::Not(filter) => self.all(filter, life, !negated).not(),
            Term::Any(filters) => filters
                .iter()
                .map(|filter| self.all(filter, life, negated))
                .fold(Pass::No, Pass::or),
        }
    }

    /// Like a finding of this run: what is not known takes the side on which it counts.
    fn inside(&self, scope: usize, path: Option<&str>, negated: bool) -> Pass {
        let marks = self.sight.scoped.scopes.get(scope);
        if marks.is_some_and(|marks| marks.run_outside.is_some()) {
            return Pass::No;
        }
        let owners = self.sight.figures().owners.as_ref();
        let held = match (self.scopes.get(scope), path) {
            (Some(scope), Some(path)) => scope.holds(path, owners),
            _ if marks.is_some_and(|marks| !marks.names_paths()) => Some(true),
            _ => None,
        };
        Pass::of(held.unwrap_or(!negated))
    }
}

/// Seconds from one moment to a later one; 0 the other way round.
pub(super) fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_secs()).unwrap_or(0)
}

/// What one thing that is counted comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    /// When it was seen first (rule M7: one finding, one clock).
    pub(super) first_seen: Timestamp,
    /// From when on it was looked at: what was fixed before then nobody would know of.
    pub(super) watched_from: Timestamp,
    /// What ended its clock, if anything did.
    pub(super) end: Ending,
    /// True if its age is not known.
    pub(super) left_truncated: bool,
    /// The band, as last judged.
    pub(super) severity: Option<Severity>,
}

/// How a clock ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It runs.
    Open,
    /// What was awaited happened.
    Reached(Timestamp),
    /// It left without (rule M5): accepted, or by another version of the tool.
    Left(Timestamp),
}

/// The cases that lives make. False positives are none (rule M5).
pub(super) fn cases(lives: &[Cow<'_, Life>], until: Until) -> Vec<Case> {
    let all = lives.iter();
    all.filter_map(|life| case(life, until)).collect()
}

/// What a life comes to; `None` for a false positive.
pub(super) fn case(life: &Life, until: Until) -> Option<Case> {
    let accepted = match life.left {
        Some(Close::FalsePositive(_)) if until != Until::Triaged => return None,
        Some(Close::Accepted(at)) => Some(at),
        _ => None,
    };
    let gone = last_fix(life);
    let reached = match (until, gone) {
        (Until::Fixed, Some((at, cause))) if cause != Cause::ToolChange => Some(at),
        (Until::Fixed, _) => None,
        (Until::Revoked, _) => life.revoked,
        (Until::Triaged, _) => life.triaged,
        (Until::Deployed, _) => life.deployed,
    };
    let by_tool = gone.filter(|(_, cause)| *cause == Cause::ToolChange && until != Until::Revoked);
    let left = match until {
        Until::Triaged => None,
        _ => accepted.into_iter().chain(by_tool.map(|(at, _)| at)).min(),
    };
    let end = match (reached, left) {
        (Some(at), Some(left)) if left < at => Ending::Left(left),
        (Some(at), _) => Ending::Reached(at),
        (None, Some(left)) => Ending::Left(left),
        (None, None) => Ending::Open,
    };
    Some(Case {
        first_seen: life.first_seen,
        watched_from: life.watched_from(),
        end,
        left_truncated: life.left_truncated,
        severity: life.severity,
    })
}

/// When it was missed for good, and why; `None` while it is there. A fix that did not last is
/// none (rule M7).
pub(super) fn last_fix(life: &Life) -> Option<(Timestamp, Cause)> {
    if life.state != LifeState::Fixed {
        return None;
    }
    life.episodes.last()?.fixed
}
