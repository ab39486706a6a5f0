//! The marked findings as measures look at them, and the door of the room.

use std::cell::OnceCell;
use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::rows::{Calendar, unknown};
use super::{
    Lens, Measurement, Pass, Reason, checklist, count, density, exploit, ledger, max_cvss, past,
    routed, share, suppressed, tools, value,
};
use crate::diagnostic::Message;
use crate::model::history::History;
use crate::model::{Class, Figures, FindingView, Intake, PathId, TextId, Validity};
use crate::policy::{
    FigureMeasure, Filter, KevWord, KeyResult, Measure, Policy, SuppressedBy, Term, Unit,
};
use crate::scope::{Novelty, Scoped, Standing};

/// Everything that measures look at.
#[derive(Debug)]
pub struct Sight<'a> {
    /// The marked findings.
    pub scoped: &'a Scoped,
    /// The policy.
    pub policy: &'a Policy,
    /// True on a change: key results that judge what is introduced leave out what existed.
    pub is_change: bool,
    /// The past and the clock; without them measures of the ledger find no ledger.
    past: Option<(&'a History, Timestamp)>,
    validity: Vec<Validity>,
    /// By place in `Intake::paths` and `Intake::rules`: its rank by what a reader sees, so
    /// that sorting compares numbers and no texts.
    path_rank: Vec<u32>,
    rule_rank: Vec<u32>,
    /// The rank of every finding, once a key result sorts many of them.
    ranks: OnceCell<Vec<u32>>,
}

/// A list of less than one finding in so many is sorted by itself.
const FEW: usize = 16;

/// What a filter made of the findings.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Places of findings that count.
    pub(super) counted: Vec<u32>,
    /// Places of findings that might.
    pub(super) undecided: Vec<u32>,
    /// By place in `undecided`: what is not known of it, as its place in `open`.
    kinds: Vec<u8>,
    open: Vec<super::Open>,
    /// Places of findings that pass or might, and are set aside.
    pub(super) set_aside: Vec<u32>,
    /// Findings that pass or might, and existed before the change.
    pub(super) existing: u64,
    /// Findings that the policy leaves out for want of a score.
    pub(super) ignored: u64,
}

impl Sorted {
    /// Adds a finding that might count. There are a dozen kinds of things that may not be
    /// known; of a hundred thousand findings it is not kept in words.
    pub(super) fn leave_open(&mut self, place: u32, why: super::Open) {
        let known = self.open.iter().position(|open| *open == why);
        let kind = known.unwrap_or_else(|| {
            self.open.push(why);
            self.open.len() - 1
        });
        let kind = u8::try_from(kind).unwrap_or(u8::MAX);
        self.undecided.push(place);
        self.kinds.push(kind);
    }

    /// Leaves of what might count what is to stay.
    pub(super) fn retain_undecided(&mut self, mut stays: impl FnMut(u32) -> bool) {
        let mut kinds = std::mem::take(&mut self.kinds).into_iter();
        self.undecided.retain(|place| {
            let kind = kinds.next();
            let stays = stays(*place);
            self.kinds.extend(kind.filter(|_| stays));
            stays
        });
    }

    /// How many of what might count are open for which reason.
    pub(super) fn open(&self) -> Vec<(super::Open, u64)> {
        let mut open: Vec<_> = self.open.iter().map(|open| (*open, 0)).collect();
        for kind in &self.kinds {
            if let Some((_, number)) = open.get_mut(usize::from(*kind)) {
                *number += 1;
            }
        }
        open.retain(|(_, number)| *number > 0);
        open.sort_unstable();
        open
    }
}

/// Why one key result counts one finding, or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it counts.
    pub counted: bool,
    /// The rest of "counted because …" or "not counted because …".
    pub because: Message,
}

impl<'a> Sight<'a> {
    /// Looks at marked findings under a policy.
    pub fn new(scoped: &'a Scoped, policy: &'a Policy, is_change: bool) -> Self {
        Self {
            scoped,
            policy,
            is_change,
            past: None,
            validity: worst_validities(&scoped.intake),
            path_rank: ranks(scoped.intake.paths.iter().map(|entry| entry.shown), scoped),
            rule_rank: ranks(scoped.intake.rules.iter().map(|rule| rule.id), scoped),
            ranks: OnceCell::new(),
        }
    }

    /// Looks at the past as well, at a time.
    #[must_use]
    pub const fn with_past(mut self, history: &'a History, now: Timestamp) -> Self {
        self.past = Some((history, now));
        self
    }

    /// Measures one key result.
    pub fn measure(&self, key_result: &KeyResult) -> Measurement {
        self.measured(key_result, self.introduced_only(key_result))
    }

    /// Measures one key result as a state would have it: with what was there before, also
    /// where the change is judged on what it introduced alone.
    pub fn measure_whole(&self, key_result: &KeyResult) -> Measurement {
        self.measured(key_result, false)
    }

    fn measured(&self, key_result: &KeyResult, introduced_only: bool) -> Measurement {
        match &key_result.measure {
            Measure::Count(filter, distinct) => {
                count::measure(self, filter, *distinct, introduced_only)
            }
            Measure::Introduced(filter, distinct) => count::introduced(self, filter, *distinct),
            Measure::MaxCvss(filter) => max_cvss::measure(self, filter, introduced_only),
            Measure::Tools(demand) => tools::measure(self, demand),
            Measure::Suppressed {
                filter,
                by,
                shown_as,
            } => suppressed::measure(self, filter, by, *shown_as, introduced_only),
            Measure::Routed(filter) => routed::measure(self, filter, introduced_only),
            Measure::Density {
                filter,
                distinct,
                source,
                pointer,
                per,
            } => {
                let lines = density::Lines {
                    source,
                    pointer,
                    per: *per,
                };
                density::measure(self, filter, *distinct, lines, introduced_only)
            }
            Measure::Inventory => tools::inventory(self),
            Measure::Figure(figure, unit) => self.figure(figure, *unit),
            Measure::Past(wanted) => past::measure(self, wanted),
            Measure::CheckIn(_) | Measure::Events(_) | Measure::Milestones(_) => {
                self.of_ledger(key_result)
            }
        }
    }

    /// What the ledger says of the past; `None` where none is kept.
    pub(super) fn history(&self) -> Option<&'a History> {
        self.past.map(|(history, _)| history)
    }

    /// A measure from a file of figures.
    fn figure(&self, figure: &FigureMeasure, unit: Unit) -> Measurement {
        let calendar = match self.calendar() {
            Ok(calendar) => calendar,
            Err(reason) => return unknown(unit, reason),
        };
        match figure {
            FigureMeasure::Share(wanted) => share::measure(self.figures(), wanted, &calendar),
            FigureMeasure::Value(wanted) => value::measure(self.figures(), wanted, unit, &calendar),
            FigureMeasure::Checklist(list) => checklist::measure(self, list),
        }
    }

    /// What files of figures and CODEOWNERS say.
    pub(super) fn figures(&self) -> &'a Figures {
        &self.scoped.intake.figures
    }

    /// What a day is in this run.
    pub(super) fn calendar(&self) -> Result<Calendar, Reason> {
        let period = self.policy.period.as_ref();
        let zone = period.map_or(TimeZone::UTC, |period| period.time_zone.clone());
        let now = self.past.map(|(_, now)| now).or(self.scoped.now);
        let now = now.ok_or_else(|| Reason {
            code: "no-clock",
            message: "what day it is was not said".into(),
            remedy: None,
        })?;
        Ok(Calendar::new(now, zone))
    }

    /// Says why a key result counts a finding, or does not.
    pub fn explain(&self, key_result: &KeyResult, view: &FindingView<'_>) -> Option<Explanation> {
        let filter = key_result.measure.filter()?;
        if let Measure::Suppressed { by, .. } = &key_result.measure {
            return Some(self.explain_suppressed(filter, by, view));
        }
        let lens = self.lens();
        let standing = self.scoped.standing(view.index);
        let (counted, because) = match lens.passes(filter, view) {
            Pass::No => (false, refusal(&lens, filter, view)),
            Pass::Open(why) => (
                false,
                Message::from("it might, but ").join(&self.open_words(why)),
            ),
            Pass::Yes if standing != Standing::Counted => {
                (false, Message::from("it is ").own(standing.as_str()))
            }
            Pass::Yes if self.is_existing(view.index, key_result) => (
                false,
                "it existed before the change, which is judged on what it introduced".into(),
            ),
            Pass::Yes => (true, "it passes every term of the filter".into()),
        };
        Some(Explanation { counted, because })
    }

    fn of_ledger(&self, key_result: &KeyResult) -> Measurement {
        let none = History::default();
        let (history, now) = self.past.unwrap_or((&none, Timestamp::UNIX_EPOCH));
        ledger::from_ledger(self.policy, key_result, history, now)
            .unwrap_or_else(|| Measurement::empty(key_result.unit))
    }

    fn explain_suppressed(
        &self,
        filter: &Filter,
        by: &[SuppressedBy],
        view: &FindingView<'_>,
    ) -> Explanation {
        let lens = self.lens();
        let standing = self.scoped.standing(view.index);
        let (counted, because) = match lens.passes(filter, view) {
            Pass::No => (false, refusal(&lens, filter, view)),
            Pass::Open(why) => (
                false,
                Message::from("it might, but ").join(&self.open_words(why)),
            ),
            Pass::Yes if suppressed::is_silenced(standing, by) => {
                (true, Message::from("it is ").own(standing.as_str()))
            }
            Pass::Yes => (false, "nothing silences it".into()),
        };
        Explanation { counted, because }
    }

    /// What is not known of a finding, as the rest of "it might, but …".
    fn open_words(&self, open: super::Open) -> Message {
        match open {
            super::Open::Unscored => {
                "it has no score, and `severity.unscored` gives it none".into()
            }
            super::Open::NoCwe => "its rule names no CWE".into(),
            super::Open::NoLevel => "the report gives it neither a level nor a severity".into(),
            super::Open::NotRead(_) => "a fact that the filter asks for is not known".into(),
            super::Open::Exploit(kind, lack) => exploit::words(&self.intake().exploit, kind, lack),
        }
    }

    pub(super) fn lens(&self) -> Lens<'_> {
        Lens::new(self.scoped, self.policy, &self.validity)
    }

    pub(super) fn intake(&self) -> &'a Intake {
        &self.scoped.intake
    }

    /// The finding at a place.
    pub(super) fn view(&self, place: u32) -> Option<FindingView<'a>> {
        self.intake().view(usize::try_from(place).ok()?)
    }

    /// The name of a report entry.
    pub(super) fn entry_name(&self, entry: Option<usize>) -> Option<&str> {
        self.policy
            .reports
            .get(entry?)
            .map(|entry| entry.name.as_str())
    }

    /// Sorts every finding by a filter.
    pub(super) fn sort(&self, filter: &Filter, introduced_only: bool) -> Sorted {
        let lens = self.lens();
        let ignores = self.policy.severity.unscored == crate::policy::Unscored::Ignore;
        let mut sorted = Sorted::default();
        for (place, view) in (0..).zip(self.intake().views()) {
            let pass = lens.passes(filter, &view);
            if pass == Pass::No {
                continue;
            }
            if self.scoped.standing(view.index) != Standing::Counted {
                sorted.set_aside.push(place);
            } else if introduced_only && self.scoped.novelty(view.index) == Novelty::Existing {
                sorted.existing += 1;
            } else if ignores && pass == Pass::Open(super::Open::Unscored) {
                sorted.ignored += 1;
            } else if let Pass::Open(why) = pass {
                sorted.leave_open(place, why);
            } else {
                sorted.counted.push(place);
            }
        }
        sorted
    }

    /// Places of findings, worst first (rule G40): introduced before existing, unscored
    /// first, then by score from the highest, then by path, line, rule and id.
    pub(super) fn worst_first(&self, mut places: Vec<u32>) -> Vec<u32> {
        if places.len() > self.intake().findings.len() / FEW {
            let ranks = self.ranks.get_or_init(|| self.ranked());
            let rank = |place: &u32| ranks.get(usize::try_from(*place).ok()?);
            places.sort_unstable_by_key(rank);
        } else {
            places = self.in_order(places);
        }
        places.shrink_to_fit();
        places
    }

    /// By place in `Intake::findings`: how many come before it in [`Sight::worst_first`].
    fn ranked(&self) -> Vec<u32> {
        let all = self.in_order((0..).zip(&self.intake().findings).map(|(place, _)| place));
        let mut ranks = vec![0; all.len()];
        for (rank, place) in (0..).zip(all) {
            let slot = usize::try_from(place).ok();
            if let Some(slot) = slot.and_then(|slot| ranks.get_mut(slot)) {
                *slot = rank;
            }
        }
        ranks
    }

    fn in_order(&self, places: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let lens = self.lens();
        let places = places.into_iter();
        // Places alone, no views: of a hundred thousand findings these are kept aside.
        let mut keyed: Vec<((u32, u32), u32)> = Vec::with_capacity(places.size_hint().0);
        keyed.extend(places.filter_map(|place| {
            let view = self.view(place)?;
            Some(((self.badness(&lens, &view), self.path_rank(&view)), place))
        }));
        keyed.sort_unstable_by(|(a, left), (b, right)| {
            a.cmp(b)
                .then_with(|| match (self.view(*left), self.view(*right)) {
                    (Some(left), Some(right)) => self.within_path(&left, &right),
                    _ => left.cmp(right),
                })
        });
        keyed.into_iter().map(|(_, place)| place).collect()
    }

    /// How bad a finding is, before its place is looked at; the least is the worst.
    fn badness(&self, lens: &Lens<'_>, view: &FindingView<'_>) -> u32 {
        let validity = Validity::ALL
            .iter()
            .position(|v| *v == lens.validity(view))
            .and_then(|rank| u8::try_from(rank).ok())
            .unwrap_or(u8::MAX);
        let score = lens
            .score(view)
            .tenths()
            .map_or(u8::MAX, crate::model::Tenths::get);
        let existing = self.scoped.novelty(view.index) == Novelty::Existing;
        u32::from_be_bytes([0, u8::from(existing), u8::MAX - score, validity])
    }

    /// From 1; 0 without a path.
    fn path_rank(&self, view: &FindingView<'_>) -> u32 {
        let path = view.finding.path.map(PathId::index);
        let rank = path.and_then(|path| self.path_rank.get(path));
        rank.map_or(0, |rank| rank.saturating_add(1))
    }

    /// A total order by what a reader sees, and by the id and place where that is equal.
    fn within_path(&self, left: &FindingView<'_>, right: &FindingView<'_>) -> Ordering {
        let rule = |view: &FindingView<'_>| self.rule_rank.get(view.finding.rule.index());
        (left.finding.region.cmp(&right.finding.region))
            .then_with(|| rule(left).cmp(&rule(right)))
            .then_with(|| left.id().cmp(&right.id()))
            .then_with(|| left.index.cmp(&right.index))
    }

    fn is_existing(&self, index: usize, key_result: &KeyResult) -> bool {
        self.introduced_only(key_result) && self.scoped.novelty(index) == Novelty::Existing
    }

    /// True if what was there before is left out: of a change by default, and of a key result
    /// that asks for it by its measure.
    fn introduced_only(&self, key_result: &KeyResult) -> bool {
        matches!(key_result.measure, Measure::Introduced(..))
            || (self.is_change && key_result.judge == crate::policy::Judge::Introduced)
    }
}

/// The rank of each text among the distinct ones; equal texts share a rank.
fn ranks(texts: impl Iterator<Item = TextId>, scoped: &Scoped) -> Vec<u32> {
    let texts: Vec<&str> = texts.map(|id| scoped.intake.texts.get(id).raw()).collect();
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_unstable_by_key(|place| texts.get(*place));
    let mut ranks = vec![0; texts.len()];
    let mut rank = 0;
    let mut last = None;
    for place in order {
        let text = texts.get(place);
        if last.is_some_and(|last| last != text) {
            rank += 1;
        }
        last = Some(text);
        if let Some(slot) = ranks.get_mut(place) {
            *slot = rank;
        }
    }
    ranks
}

/// By place in `Intake::findings`: the worst validity among the places of the same secret.
fn worst_validities(intake: &Intake) -> Vec<Validity> {
    let mut worst: Vec<Option<Validity>> = vec![None; intake.secrets.len()];
    for finding in &intake.findings {
        if let (Class::Secrets, Some(id)) = (finding.class, finding.secret) {
            if id.index() >= worst.len() {
                worst.resize(id.index() + 1, None);
            }
            if let Some(entry) = worst.get_mut(id.index()) {
                let before = entry.unwrap_or(finding.validity);
                *entry = Some(before.worst(finding.validity));
            }
        }
    }
    intake
        .findings
        .iter()
        .map(|finding| {
            finding
                .secret
                .and_then(|id| worst.get(id.index()).copied()?)
                .unwrap_or(finding.validity)
        })
        .collect()
}

/// "class is sast", "it is outside scope prod" and the like: why a finding does not pass.
fn refusal(lens: &Lens<'_>, filter: &Filter, view: &FindingView<'_>) -> Message {
    match lens.first_refusal(filter, view) {
        Some(Term::Scope(_)) => "it is outside the scope".into(),
        Some(Term::Class(classes)) => Message::from("class is ")
            .own(view.finding.class.as_str())
            .own(", not ")
            .own(
                classes
                    .iter()
                    .map(Class::as_str)
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        Some(Term::Cvss(comparison)) => Message::from(format!("its score is not {comparison}")),
        Some(Term::Severity(_)) => "its severity is another".into(),
        Some(Term::Level(_)) => Message::from("its level is ").own(view.finding.level.as_str()),
        Some(Term::Cwe(_)) => "its CWE is another".into(),
        Some(Term::Tool(_)) => "its tool is another".into(),
        Some(Term::Rule(_)) => "its rule is another".into(),
        Some(Term::Tag(_)) => "its rule has no such tag".into(),
        Some(Term::Path { .. }) => "its path is not one of those".into(),
        Some(Term::Introduced(true)) => "it is not introduced".into(),
        Some(Term::Introduced(false)) => "it is introduced".into(),
        Some(Term::Validity(_)) => {
            Message::from("its validity is ").own(lens.validity(view).as_str())
        }
        Some(Term::Package(_)) => "its package is another".into(),
        Some(Term::FixAvailable(true)) => "no fixed version is known".into(),
        Some(Term::FixAvailable(false)) => "a fixed version is known".into(),
        Some(Term::Kev(KevWord::Listed)) => "it is not known to be exploited".into(),
        Some(Term::Kev(KevWord::PastDue)) => "its due date in the KEV catalogue is not over".into(),
        Some(Term::Kev(KevWord::Ransomware)) => "it is not known to be used for ransomware".into(),
        Some(Term::Epss(comparison)) => {
            Message::from(format!("its EPSS probability is not {comparison}"))
        }
        Some(Term::Not(_)) => "the filter leaves it out".into(),
        _ => "it does not pass the filter".into(),
    }
}
