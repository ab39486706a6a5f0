//! Which waiver sets which finding aside, and which hold no longer (rule L19).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::former::Former;
use crate::model::{FindingId, FindingView, Intake};
use crate::policy::{Waiver, WaiverPart, Waivers};

/// Days before its end from which a waiver is named.
const SOON: u32 = 14;

/// What became of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaiverState {
    /// It holds.
    Active,
    /// It holds, and ends within 14 days.
    EndsSoon,
    /// Its last day is over.
    Expired,
    /// It matches no finding.
    Unused,
    /// The policy does not let it hold.
    Refused,
}

impl WaiverState {
    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::EndsSoon => "ends_soon",
            Self::Expired => "expired",
            Self::Unused => "unused",
            Self::Refused => "refused",
        }
    }
}

/// Why the policy does not let a waiver hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaiverRefusal {
    /// It does not carry what `require` or `max_days` demand.
    Lacks(Vec<WaiverPart>),
    /// It holds for this many days, and `max_days` allows fewer.
    TooLong {
        /// From its begin to its last day.
        days: u32,
        /// What the policy allows.
        most: u32,
    },
    /// Its digits begin the ids of this many findings.
    Ambiguous(usize),
    /// All that it matches is what `forbid` names.
    Forbidden,
    /// A VEX statement that does not say why (rule O45).
    NoReason,
    /// Later statements say otherwise of all that it matches (rule O47).
    Superseded,
}

impl WaiverRefusal {
    /// The rest of "it does not hold: …".
    pub fn explain(&self) -> String {
        match self {
            Self::Lacks(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| format!("`{}`", part.as_str()))
                    .collect();
                format!("the policy demands {}", parts.join(", "))
            }
            Self::TooLong { days, most } => {
                format!("it would last {days} days, and the policy allows {most}")
            }
            Self::Ambiguous(findings) => format!("its digits begin the ids of {findings} findings"),
            Self::Forbidden => "the policy lets nothing set aside what it matches".to_owned(),
            Self::NoReason => {
                "it states `not_affected` without `justification` or `impact_statement`".to_owned()
            }
            Self::Superseded => "a later statement says otherwise".to_owned(),
        }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Lacks(_) => "add what is missing, or remove the waiver",
            Self::TooLong { .. } => "let it end sooner, and renew it then if it is still right",
            Self::Ambiguous(_) => "give more digits of the id",
            Self::Forbidden => "repair the finding and remove the waiver",
            Self::NoReason => "have its author say why",
            Self::Superseded => "remove it where nothing else needs it",
        }
    }
}

/// A waiver with what became of it.
#[derive(Debug, Clone)]
pub struct WaiverOutcome {
    /// The waiver.
    pub waiver: Waiver,
    /// What became of it.
    pub state: WaiverState,
    /// Why the policy refuses it; `None` in every other state.
    pub refusal: Option<WaiverRefusal>,
    /// Days until its last day; 0 on that day, `None` without an end or after it.
    pub days_left: Option<u32>,
    /// Findings that it matches, by their place in `Intake::findings`, whether it holds or not.
    pub matches: Vec<usize>,
}

/// Why the demands of a policy refuse a waiver, whatever it matches.
///
/// The days are counted from `created`, or from today where it is absent or yet to come, so
/// that a waiver cannot be dated ahead. Without a clock nothing is known to be too long.
pub fn refused_by_demands(
    waiver: &Waiver,
    demands: &Waivers,
    today: Option<Date>,
) -> Option<WaiverRefusal> {
    let mut demanded = demands.require.clone();
    if demands.max_days.is_some() && !demanded.contains(&WaiverPart::Expires) {
        demanded.push(WaiverPart::Expires);
    }
    let lacks = waiver.lacks(&demanded);
    if !lacks.is_empty() {
        return Some(WaiverRefusal::Lacks(lacks));
    }
    let (most, expires) = (demands.max_days?, waiver.expires?);
    let begin = match (waiver.created, today) {
        (Some(created), Some(today)) => created.min(today),
        (Some(day), None) | (None, Some(day)) => day,
        (None, None) => return None,
    };
    let days = days_between(begin, expires).unwrap_or(0);
    (days > most).then_some(WaiverRefusal::TooLong { days, most })
}

/// How many days the second day is after the first; `None` if it is before it.
pub fn days_between(first: Date, second: Date) -> Option<u32> {
    let days = first.until(second).ok()?.get_days();
    u32::try_from(days).ok()
}

/// What became of each waiver, and which one holds for which finding.
pub(super) fn apply(
    intake: &Intake,
    waivers: &Waivers,
    today: Option<Date>,
    former: &Former<'_>,
) -> (Vec<WaiverOutcome>, BTreeMap<usize, usize>) {
    let mut matches = matches(intake, &waivers.list);
    by_former_ids(intake, &waivers.list, former, &mut matches);
    let outcomes: Vec<WaiverOutcome> = waivers
        .list
        .iter()
        .zip(matches)
        .map(|(waiver, matches)| outcome(intake, waiver, waivers, today, matches))
        .collect();
    let mut waived_by = BTreeMap::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        if outcome.holds() {
            for finding in &outcome.matches {
                waived_by.entry(*finding).or_insert(index);
            }
        }
    }
    (outcomes, waived_by)
}

fn outcome(
    intake: &Intake,
    waiver: &Waiver,
    demands: &Waivers,
    today: Option<Date>,
    matches: Vec<usize>,
) -> WaiverOutcome {
    let days_left = waiver.expires.and_then(|last| days_between(today?, last));
    let refusal =
        refused_by_demands(waiver, demands, today).or_else(|| ambiguous(intake, waiver, &matches));
    let state = if refusal.is_some() {
        WaiverState::Refused
    } else if waiver.expires.is_some() && days_left.is_none() {
        // Without a clock nothing shows that it still holds.
        WaiverState::Expired
    } else if matches.is_empty() {
        WaiverState::Unused
    } else if days_left.is_some_and(|days| days <= SOON) {
        WaiverState::EndsSoon
    } else {
        WaiverState::Active
    };
    WaiverOutcome {
        waiver: waiver.clone(),
        state,
        refusal,
        days_left,
        matches,
    }
}

/// Digits that begin the ids of several findings name none of them.
fn ambiguous(intake: &Intake, waiver: &Waiver, matches: &[usize]) -> Option<WaiverRefusal> {
    waiver.subject.finding.as_ref()?;
    let ids: BTreeSet<_> = matches
        .iter()
        .filter_map(|place| intake.ids.get(*place))
        .collect();
    (ids.len() > 1).then_some(WaiverRefusal::Ambiguous(ids.len()))
}

/// By waiver: the findings that it matches.
fn matches(intake: &Intake, waivers: &[Waiver]) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new(); waivers.len()];
    if waivers.is_empty() {
        return found;
    }
    let mut candidates = Candidates::new(waivers);
    for view in intake.views() {
        for index in candidates.of(&view) {
            let Some(waiver) = waivers.get(index) else {
                continue;
            };
            if let Some(list) = found.get_mut(index).filter(|_| is_meant(waiver, &view)) {
                list.push(view.index);
            }
        }
    }
    found
}

/// Adds what waivers match under an id that it had before. One whose digits begin the id of
/// something that is found now names that, and nothing else.
fn by_former_ids(
    intake: &Intake,
    waivers: &[Waiver],
    former: &Former<'_>,
    found: &mut [Vec<usize>],
) {
    if former.is_empty() {
        return;
    }
    let by_digits = by_digits(waivers);
    let named = |id: &FindingId| -> Vec<usize> {
        let candidates = by_digits.get(id.short(8).as_str());
        let Some(candidates) = candidates else {
            return Vec::new();
        };
        let id = id.to_string();
        let names = |index: &&usize| {
            let digits = waivers
                .get(**index)
                .and_then(|waiver| waiver.subject.finding.as_ref());
            digits.is_some_and(|digits| id.starts_with(digits))
        };
        candidates.iter().filter(names).copied().collect()
    };
    let mut lost: BTreeSet<usize> = by_digits.values().flatten().copied().collect();
    for id in &intake.ids {
        for index in named(id) {
            lost.remove(&index);
        }
    }
    if lost.is_empty() {
        return;
    }
    for view in intake.views() {
        for index in former.ids(&view).iter().flat_map(named) {
            let Some(waiver) = waivers.get(index).filter(|_| lost.contains(&index)) else {
                continue;
            };
            if let Some(list) = found.get_mut(index)
                && list.last() != Some(&view.index)
                && suits(waiver, &view)
            {
                list.push(view.index);
            }
        }
    }
}

/// By the first 8 digits of a finding id: the waivers that begin so.
fn by_digits(waivers: &[Waiver]) -> BTreeMap<&str, Vec<usize>> {
    let mut by_digits: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, waiver) in waivers.iter().enumerate() {
        if let Some(digits) = waiver.subject.finding.as_deref().and_then(|id| id.get(..8)) {
            by_digits.entry(digits).or_default().push(index);
        }
    }
    by_digits
}

/// Which waivers a finding may be meant by, found without asking each of them: a report can
/// have a million findings, and a file a thousand waivers.
struct Candidates<'a> {
    waivers: &'a [Waiver],
    /// By the first 8 digits of a finding id.
    by_digits: BTreeMap<&'a str, Vec<usize>>,
    /// By place in `Intake::rules`: the waivers whose rule it is. Filled as they are met.
    by_rule: BTreeMap<usize, Vec<usize>>,
    /// Waivers that name no finding.
    by_glob: Vec<usize>,
}

impl<'a> Candidates<'a> {
    fn new(waivers: &'a [Waiver]) -> Self {
        let all = waivers.iter().enumerate();
        let by_glob = all.filter(|(_, waiver)| waiver.subject.finding.is_none());
        let by_glob = by_glob.map(|(index, _)| index).collect();
        Self {
            waivers,
            by_digits: by_digits(waivers),
            by_rule: BTreeMap::new(),
            by_glob,
        }
    }

    /// In ascending order, each once.
    fn of(&mut self, view: &FindingView<'_>) -> Vec<usize> {
        let mut list = Vec::new();
        if !self.by_digits.is_empty()
            && let Some(id) = view.id()
            && let Some(named) = self.by_digits.get(id.short(8).as_str())
        {
            list.extend(named);
        }
        if !self.by_glob.is_empty() {
            if view.facts().is_some_and(|facts| !facts.ids.is_empty()) {
                // What has ids beside its rule is asked one by one.
                list.extend(&self.by_glob);
            } else {
                let (waivers, by_glob) = (self.waivers, &self.by_glob);
                let of_rule = self
                    .by_rule
                    .entry(view.finding.rule.index())
                    .or_insert_with(|| {
                        let rule = view.rule_for_filters();
                        let is = |index: &usize| {
                            let waiver = waivers.get(*index);
                            let glob = waiver.and_then(|waiver| waiver.subject.rule.as_ref());
                            glob.is_none_or(|rule_glob| rule_glob.glob.is_match(rule))
                        };
                        by_glob.iter().copied().filter(is).collect()
                    });
                list.extend(of_rule.iter());
            }
        }
        list
    }
}

/// True if all that the waiver says is true of the finding. What the finding does not say is
/// not true: it has no path, or names no package.
fn is_meant(waiver: &Waiver, view: &FindingView<'_>) -> bool {
    let subject = &waiver.subject;
    let by_id = |digits: &String| {
        view.id()
            .is_some_and(|id| id.to_string().starts_with(digits))
    };
    let is_named = subject.finding.is_some() || subject.rule.is_some();
    is_named && subject.finding.as_ref().is_none_or(by_id) && suits(waiver, view)
}

/// The same but for the id.
fn suits(waiver: &Waiver, view: &FindingView<'_>) -> bool {
    let subject = &waiver.subject;
    subject
        .rule
        .as_ref()
        .is_none_or(|rule| names(view).any(|name| rule.glob.is_match(name)))
        && subject.path.as_ref().is_none_or(|globs| {
            view.repo_path()
                .is_some_and(|path| globs.holds(path.as_str()))
        })
        && subject
            .package
            .as_ref()
            .is_none_or(|package| view.package_is(|name| package.glob.is_match(name)) == Some(true))
}

/// The rule, and the ids of the vulnerability.
fn names<'a>(view: &FindingView<'a>) -> impl Iterator<Item = &'a str> {
    let ids = view.facts().map_or(&[][..], |facts| &facts.ids);
    let view = *view;
    std::iter::once(view.rule_for_filters()).chain(ids.iter().map(move |id| view.text(*id).raw()))
}

impl WaiverOutcome {
    /// True if it sets aside what it matches.
    pub fn holds(&self) -> bool {
        matches!(self.state, WaiverState::Active | WaiverState::EndsSoon)
    }
}

#[cfg(test)]
mod tests;
