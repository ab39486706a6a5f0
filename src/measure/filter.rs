//! Filters on findings, in three values.
//!
//! A term over a fact that a finding does not carry is neither true nor false (rule O5);
//! what it would decide stays open, and the figure becomes a lower bound.

use crate::model::{Class, DataKind, FindingView, Level, Severity, Tenths, Validity};
use crate::policy::{Filter, Policy, SeverityRule, Term};
use crate::scope::{
    JudgedScore, Lack, Novelty, Scoped, judged_epss, judged_kev, judged_score, judged_severity,
};

/// Why a term could not be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open {
    /// The finding has no score, and the policy gives it none.
    Unscored,
    /// The finding names no CWE.
    NoCwe,
    /// The report gives neither a level nor a severity.
    NoLevel,
    /// The term needs a fact that the report does not give, or that this version does not
    /// read.
    NotRead(&'static str),
    /// The term needs what is known of exploits.
    Exploit(DataKind, Lack),
}

/// Whether a finding passes a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That depends on a fact that is not known.
    Open(Open),
}

impl Pass {
    pub(super) fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Open(why), _) | (_, Self::Open(why)) => Self::Open(why),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Open(why), _) | (_, Self::Open(why)) => Self::Open(why),
            (Self::No, Self::No) => Self::No,
        }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Open(why) => Self::Open(why),
        }
    }
}

/// What filters look at besides the finding itself.
#[derive(Debug, Clone, Copy)]
pub struct Lens<'a> {
    /// The marked findings.
    pub scoped: &'a Scoped,
    /// The policy's `severity`.
    pub severity: &'a SeverityRule,
    /// By place in `Intake::findings`: the worst validity of the secret that the finding is
    /// an occurrence of (rule S66); its own where it is none.
    pub validity: &'a [Validity],
    /// Tells whether terms on the score are left open, to see what else decides.
    pub scores_open: bool,
    /// Tells whether terms on validity are left open, to see what else decides.
    pub validity_open: bool,
}

impl<'a> Lens<'a> {
    /// The lens of a policy.
    pub fn new(scoped: &'a Scoped, policy: &'a Policy, validity: &'a [Validity]) -> Self {
        Self {
            scoped,
            severity: &policy.severity,
            validity,
            scores_open: false,
            validity_open: false,
        }
    }

    /// Whether a finding passes a filter: all its terms.
    ///
    /// A finding without a usable repository path passes every term on paths, under `not`
    /// too: it may lie anywhere, and leaving it out would open the gate (rule 109).
    pub fn passes(&self, filter: &Filter, view: &FindingView<'_>) -> Pass {
        self.all(filter, view, false)
    }

    fn all(&self, filter: &Filter, view: &FindingView<'_>, negated: bool) -> Pass {
        filter
            .terms
            .iter()
            .map(|term| self.term(term, view, negated))
            .fold(Pass::Yes, Pass::and)
    }

    /// The first term that a finding does not pass, for `explain`.
    pub fn first_refusal<'f>(
        &self,
        filter: &'f Filter,
        view: &FindingView<'_>,
    ) -> Option<&'f Term> {
        filter
            .terms
            .iter()
            .find(|term| self.term(term, view, false) != Pass::Yes)
    }

    /// The score that terms on the score compare.
    pub fn score(&self, view: &FindingView<'_>) -> JudgedScore {
        judged_score(view.finding, self.severity)
    }

    /// The validity that terms on validity compare.
    pub fn validity(&self, view: &FindingView<'_>) -> Validity {
        self.validity
            .get(view.index)
            .copied()
            .unwrap_or(view.finding.validity)
    }

    fn term(&self, term: &Term, view: &FindingView<'_>, negated: bool) -> Pass {
        let finding = view.finding;
        match term {
            Term::Scope(scopes) => Pass::of(
                scopes
                    .iter()
                    .any(|scope| self.is_inside(view, *scope, negated)),
            ),
            Term::Class(classes) => Pass::of(classes.contains(finding.class)),
            Term::Level(_) if has_no_level(view) => Pass::Open(Open::NoLevel),
            Term::Level(levels) => Pass::of(levels.contains(&finding.level)),
            Term::Severity(bands) => match self.band(view) {
                Some(band) if !self.scores_open => Pass::of(bands.contains(&band)),
                _ => Pass::Open(Open::Unscored),
            },
            Term::Cvss(comparison) => self.by_score(view, |tenths| comparison.holds(&tenths)),
            Term::Cwe(wanted) => match view.cwe() {
                [] => Pass::Open(Open::NoCwe),
                have => Pass::of(wanted.iter().any(|number| have.contains(number))),
            },
            Term::Tool(names) => Pass::of(names.iter().any(|name| is_tool(view, name))),
            Term::Rule(globs) => {
                Pass::of(globs.iter().any(|g| g.is_match(view.rule_for_filters())))
            }
            Term::Tag(tags) => Pass::of(tags.iter().any(|tag| view.has_tag(tag))),
            Term::Path { within, without } => match view.repo_path() {
                None => Pass::of(!negated),
                Some(path) => Pass::of(
                    (within.is_empty() || within.iter().any(|g| g.is_match(path.as_str())))
                        && !without.iter().any(|g| g.is_match(path.as_str())),
                ),
            },
            Term::Introduced(wanted) => {
                Pass::of((self.scoped.novelty(view.index) == Novelty::Introduced) == *wanted)
            }
            Term::Validity(wanted) => self.by_validity(view, wanted),
            Term::Epss(comparison) => by_exploit(
                DataKind::Epss,
                judged_epss(view).and_then(|epss| epss.holds(comparison)),
            ),
            Term::Kev(word) => by_exploit(
                DataKind::Kev,
                judged_kev(view, self.scoped.today).and_then(|kev| kev.is(*word)),
            ),
            Term::FixAvailable(_) | Term::Package(_) => by_facts(term, view),
            Term::Age(_) => Pass::Open(Open::NotRead("age")),
            Term::Owner(wanted) => match (&self.scoped.intake.figures.owners, view.repo_path()) {
                (None, _) => Pass::Open(Open::NotRead("owner")),
                (Some(_), None) => Pass::of(!negated),
                (Some(owners), Some(path)) => Pass::of(owners.is_owned_by(path.as_str(), wanted)),
            },
            Term::Not(filter) => self.all(filter, view, !negated).not(),
            Term::Any(filters) => filters
                .iter()
                .map(|filter| self.all(filter, view, negated))
                .fold(Pass::No, Pass::or),
        }
    }

    /// Whether the finding is in the scope. What is not known (its path, the environment or
    /// ref of the run) takes the side on which the finding counts.
    fn is_inside(&self, view: &FindingView<'_>, scope: usize, negated: bool) -> bool {
        let inside = self.scoped.is_inside(view.index, scope);
        let is_open = self.scoped.scopes.get(scope).is_some_and(|marks| {
            let no_path = view.repo_path().is_none() && marks.names_paths();
            inside && (no_path || !marks.assumed.is_empty())
        });
        if is_open { !negated } else { inside }
    }

    fn by_score(&self, view: &FindingView<'_>, holds: impl Fn(Tenths) -> bool) -> Pass {
        match self.score(view).tenths() {
            Some(tenths) if !self.scores_open => Pass::of(holds(tenths)),
            _ => Pass::Open(Open::Unscored),
        }
    }

    /// The band that terms on the severity compare.
    fn band(&self, view: &FindingView<'_>) -> Option<Severity> {
        judged_severity(view.finding, view.facts(), self.severity)
    }

    /// Only a secret has a validity; any other finding has none of those that are wanted.
    fn by_validity(&self, view: &FindingView<'_>, wanted: &[Validity]) -> Pass {
        if view.finding.class != Class::Secrets {
            return Pass::No;
        }
        if self.validity_open {
            return Pass::Open(Open::NotRead("validity"));
        }
        Pass::of(wanted.contains(&self.validity(view)))
    }
}

/// Terms on facts about a vulnerability: decided where the report says, open where it
/// does not (rule O5).
fn by_facts(term: &Term, view: &FindingView<'_>) -> Pass {
    let facts = view.facts();
    let (key, holds) = match term {
        Term::FixAvailable(wanted) => {
            let known = facts.and_then(|f| f.fix_available);
            ("fix_available", known.map(|known| known == *wanted))
        }
        Term::Package(globs) => {
            let holds = view.package_is(|name| globs.iter().any(|glob| glob.is_match(name)));
            ("package", holds)
        }
        _ => ("fact", None),
    };
    holds.map_or(Pass::Open(Open::NotRead(key)), Pass::of)
}

fn by_exploit(kind: DataKind, holds: Result<bool, Lack>) -> Pass {
    match holds {
        Ok(holds) => Pass::of(holds),
        Err(lack) => Pass::Open(Open::Exploit(kind, lack)),
    }
}

/// True if the name is the tool's alias, or its name as written in any case.
fn is_tool(view: &FindingView<'_>, name: &str) -> bool {
    view.run().is_some_and(|run| {
        run.alias.raw() == name || run.name.raw().trim().eq_ignore_ascii_case(name.trim())
    })
}

/// True for a finding of a format with words for the severity that has none, and no score
/// (rule O3).
fn has_no_level(view: &FindingView<'_>) -> bool {
    view.finding.level == Level::None && view.facts().is_some()
}

/// True if the filter leaves out secrets because nobody checked whether they are alive
/// (rule S59): a term on validity that does not admit `not_attempted`.
pub(super) fn leaves_out_unchecked(filter: &Filter) -> bool {
    leaves_out(filter, false)
}

fn leaves_out(filter: &Filter, negated: bool) -> bool {
    filter.terms.iter().any(|term| match term {
        Term::Validity(wanted) => wanted.contains(&Validity::NotAttempted) == negated,
        Term::Not(inner) => leaves_out(inner, !negated),
        Term::Any(filters) if negated => filters.iter().any(|inner| leaves_out(inner, true)),
        Term::Any(filters) => filters.iter().all(|inner| leaves_out(inner, false)),
        _ => false,
    })
}
