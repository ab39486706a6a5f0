//! Marks each finding: counted or set aside, in or out of each scope, introduced or not,
//! always with the reason. Nothing is dropped (invariant 11).
//!
//! [`mark`] is the door; [`Scoped`] is what it gives.

mod exploit;
mod former;
pub mod matching;
mod paths;
mod score;
mod since;
mod standing;
mod vex;
mod waiver;

pub use exploit::{JudgedEpss, JudgedKev, Lack, judged_epss, judged_kev};
pub use paths::{PathScope, deciding_glob};
pub use score::{JudgedScore, judged_score, judged_severity};
pub use since::{Compared, Earlier, Known, Since, Told};
pub use waiver::{WaiverOutcome, WaiverRefusal, WaiverState, days_between, refused_by_demands};

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::former::Former;
use crate::model::history::Aliases;
use crate::model::{DataFile, Intake, UntrustedText};
use crate::policy::{EnrichFile, Policy, Scope, WaiverKind};

/// Why a finding counts, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Counted,
    /// The report suppresses it, and the policy honours that (rules 36, 38).
    SuppressedInReport,
    /// A secret that the tool's users dismissed (rule S67).
    Dismissed,
    /// A waiver holds.
    Waived,
    /// A VEX document states that it need not count.
    Vex,
}

impl Standing {
    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::SuppressedInReport => "suppressed",
            Self::Dismissed => "dismissed",
            Self::Waived => "waived",
            Self::Vex => "vex",
        }
    }
}

/// Whether a finding is new on this change; [`Told`] says how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// It is new, or nothing tells that it is not (rule 41).
    Introduced,
    /// It was there before.
    Existing,
}

/// What is known of the run of krgate itself.
#[derive(Debug, Clone, Default)]
pub struct RunFacts {
    /// The environment that is deployed (`--environment`).
    pub environment: Option<String>,
    /// The ref that is judged; on a change its target branch.
    pub reference: Option<String>,
    /// The clock; without it no due date is known to be over.
    pub now: Option<Timestamp>,
    /// What findings are compared with to tell which are new.
    pub since: Since,
    /// The ids that findings had, as the ledger knows them (rule L9).
    pub aliases: Aliases,
}

/// One scope over all findings.
#[derive(Debug, Clone)]
pub struct ScopeMarks {
    /// The scope's name.
    pub name: String,
    /// Why the whole run is outside (environment, ref), as words; `None` if it is inside.
    pub run_outside: Option<String>,
    /// What is not known and so counts as inside, as words.
    pub assumed: Vec<&'static str>,
    /// By place in `Intake::paths`: inside by path. Empty if the scope names no path, so
    /// that all are.
    paths_inside: Vec<bool>,
    names_paths: bool,
}

impl ScopeMarks {
    /// True if the scope is cut by paths, or by who owns them.
    pub fn names_paths(&self) -> bool {
        self.names_paths
    }
}

/// The intake with its marks.
#[derive(Debug)]
pub struct Scoped {
    /// What the reports said.
    pub intake: Intake,
    /// By place in `intake.findings`.
    pub standing: Vec<Standing>,
    /// By place in `intake.findings`: whether it is new, and how that is known; empty
    /// where nothing tells of any.
    pub told: Vec<Told>,
    /// What findings were compared with, and what came of it.
    pub compared: Compared,
    /// By place in `Policy::scopes`.
    pub scopes: Vec<ScopeMarks>,
    /// The day on which the gate runs, in the time zone of the policy's period.
    pub today: Option<Date>,
    /// The moment at which the gate runs.
    pub now: Option<Timestamp>,
    /// What became of each waiver, in the order of `Waivers::list`.
    pub waivers: Vec<WaiverOutcome>,
    /// By place in `intake.findings`: the place in `waivers` of the one that holds for it.
    waived_by: BTreeMap<usize, usize>,
    /// Places of findings that nothing may set aside, ascending.
    forbidden: Vec<usize>,
}

impl Scoped {
    /// The place in `waivers` of the one that sets aside the finding at a place.
    pub fn waived_by(&self, finding: usize) -> Option<usize> {
        self.waived_by.get(&finding).copied()
    }

    /// The waiver that sets aside the finding at a place.
    pub fn waiver(&self, finding: usize) -> Option<&WaiverOutcome> {
        self.waivers.get(self.waived_by(finding)?)
    }

    /// True if what sets the finding at a place aside says that it is none (rules M5, M26).
    pub fn is_false_positive(&self, finding: usize) -> bool {
        self.waiver(finding)
            .is_some_and(|outcome| outcome.waiver.kind == Some(WaiverKind::FalsePositive))
    }

    /// True if the policy lets nothing set the finding at a place aside.
    pub fn is_forbidden(&self, finding: usize) -> bool {
        self.forbidden.binary_search(&finding).is_ok()
    }

    /// Lets findings count whatever would set them aside: `waivers.forbid` (rule 38). A waiver
    /// that matches nothing else is refused. The places are ascending.
    pub fn forbid(&mut self, findings: Vec<usize>) {
        for finding in &findings {
            if let Some(standing) = self.standing.get_mut(*finding) {
                *standing = Standing::Counted;
            }
            self.waived_by.remove(finding);
        }
        self.forbidden = findings;
        let forbidden = &self.forbidden;
        for outcome in self.waivers.iter_mut().filter(|outcome| outcome.holds()) {
            let is_forbidden = |place: &usize| forbidden.binary_search(place).is_ok();
            if outcome.matches.iter().all(is_forbidden) {
                outcome.state = WaiverState::Refused;
                outcome.refusal = Some(WaiverRefusal::Forbidden);
            }
        }
    }

    /// True if the finding at a place is in the scope at a place of `Policy::scopes`.
    ///
    /// A finding without a usable repository path is in every scope (rule 109).
    pub fn is_inside(&self, finding: usize, scope: usize) -> bool {
        let Some(marks) = self.scopes.get(scope) else {
            return true;
        };
        if marks.run_outside.is_some() {
            return false;
        }
        self.intake
            .findings
            .get(finding)
            .and_then(|finding| finding.path)
            .and_then(|path| marks.paths_inside.get(path.index()))
            .copied()
            .unwrap_or(true)
    }

    /// Why the finding at a place counts or not.
    pub fn standing(&self, finding: usize) -> Standing {
        self.standing
            .get(finding)
            .copied()
            .unwrap_or(Standing::Counted)
    }

    /// Whether the finding at a place is new.
    pub fn novelty(&self, finding: usize) -> Novelty {
        self.told(finding).novelty()
    }

    /// How it is known whether the finding at a place is new.
    pub fn told(&self, finding: usize) -> Told {
        self.told.get(finding).copied().unwrap_or(Told::Nothing)
    }
}

/// Marks every finding of an intake under a policy.
///
/// A data file that the policy names and nobody read cannot be relied on.
pub fn mark(mut intake: Intake, policy: &Policy, facts: &RunFacts) -> Scoped {
    intake.exploit.kev = intake
        .exploit
        .kev
        .or_else(|| unread(policy.enrich.kev.as_ref()));
    intake.exploit.epss = intake
        .exploit
        .epss
        .or_else(|| unread(policy.enrich.epss.as_ref()));
    score::choose(&mut intake, &policy.severity);
    let has_owners = intake.figures.owners.is_some();
    let inside = paths::inside_by_scope(&intake, &policy.scopes);
    let scopes = policy
        .scopes
        .iter()
        .zip(inside)
        .map(|(scope, paths_inside)| run_marks(scope, facts, paths_inside, has_owners))
        .collect();
    let today = facts.now.map(|now| {
        let zone = policy.period.as_ref().map(|period| &period.time_zone);
        let zone = zone.cloned().unwrap_or(TimeZone::UTC);
        now.to_zoned_datetime(zone).date()
    });
    let (told, compared) = since::tell(&intake, &facts.since);
    let former = Former {
        told: &told,
        aliases: &facts.aliases,
    };
    let (mut waivers, mut waived_by) = waiver::apply(&intake, &policy.waivers, today, &former);
    vex::apply(&intake, &policy.vex, &mut waivers, &mut waived_by);
    let standing = intake
        .findings
        .iter()
        .enumerate()
        .map(|(index, finding)| {
            // Before what the report says: a waiver has an owner and an end.
            if let Some(place) = waived_by.get(&index) {
                return match waivers.get(*place) {
                    Some(outcome) if outcome.waiver.subject.statement.is_some() => Standing::Vex,
                    _ => Standing::Waived,
                };
            }
            let facts = finding.facts.and_then(|id| intake.facts.get(id.index()));
            standing::of(finding, facts, policy)
        })
        .collect();
    Scoped {
        intake,
        standing,
        told,
        compared,
        scopes,
        today,
        now: facts.now,
        waivers,
        waived_by,
        forbidden: Vec::new(),
    }
}

fn unread<T>(named: Option<&EnrichFile>) -> Option<DataFile<T>> {
    let path = &named?.path;
    Some(DataFile::unread(
        UntrustedText::new(path),
        false,
        "was not read",
    ))
}

fn run_marks(
    scope: &Scope,
    facts: &RunFacts,
    paths_inside: Vec<bool>,
    has_owners: bool,
) -> ScopeMarks {
    let mut assumed = Vec::new();
    let mut run_outside = None;
    if !scope.environments.is_empty() {
        match &facts.environment {
            None => assumed.push("no --environment is given"),
            Some(here) if !scope.environments.contains(here) => {
                run_outside = Some(format!(
                    "its environments are {}",
                    scope.environments.join(", ")
                ));
            }
            Some(_) => {}
        }
    }
    if !scope.refs.is_empty() {
        match &facts.reference {
            None => assumed.push("no --ref is given"),
            Some(here) if !paths::ref_matches(&scope.refs, here) => {
                run_outside = Some(format!("its refs are {}", scope.refs.join(", ")));
            }
            Some(_) => {}
        }
    }
    if !scope.owners.is_empty() && !has_owners {
        assumed.push("there is no CODEOWNERS");
    }
    ScopeMarks {
        name: scope.name.clone(),
        run_outside,
        assumed,
        paths_inside,
        names_paths: paths::cuts_paths(scope),
    }
}

/// True if one of these globs, of which there must be one, names a ref (rule R17).
pub fn names_ref(globs: &[String], reference: &str) -> bool {
    !globs.is_empty() && paths::ref_matches(globs, reference)
}

#[cfg(test)]
mod tests;
