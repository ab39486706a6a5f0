//! Findings of class secrets become secrets: one per value, not one per place.

use std::num::NonZeroU32;

use foldhash::fast::RandomState as Seed;
use indexmap::{IndexMap, IndexSet};

use super::{Class, Finding, Intake, SecretId, TextId, Triage, Validity};

/// One secret with all places in which it was found (rules S66, S67, S75 to S77).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretGroup {
    /// Place in [`Intake::findings`] of its first finding that is not dismissed, or of its
    /// first one.
    finding: u32,
    occurrences: u32,
    /// The worst validity of its findings (rule S66).
    pub validity: Validity,
    /// True if each of its findings is dismissed (rule S67).
    pub dismissed: bool,
    /// True if its value, or a usable hash of it, is known; otherwise it is one by its place.
    pub identified: bool,
}

impl SecretGroup {
    /// Place in [`Intake::findings`] of its first finding that is not dismissed, or of its
    /// first one.
    pub fn finding(self) -> usize {
        usize::try_from(self.finding).unwrap_or(usize::MAX)
    }

    /// How many occurrences it has, exact repeats counted once (rule S77).
    pub fn occurrences(self) -> u64 {
        u64::from(self.occurrences)
    }

    fn new(index: u32, finding: &Finding) -> Self {
        Self {
            finding: index,
            occurrences: 0,
            validity: finding.validity,
            dismissed: finding.triage == Triage::Dismissed,
            identified: finding.secret.is_some(),
        }
    }

    fn add(&mut self, index: u32, finding: &Finding) {
        let open = finding.triage == Triage::Open;
        if (open && self.dismissed) || (open != self.dismissed && index < self.finding) {
            self.finding = index;
        }
        self.dismissed &= !open;
        self.validity = self.validity.worst(finding.validity);
    }
}

/// A place as one tool names it (rule S76). Texts are compared by their place in the table,
/// so that scrubbing cannot make two places one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Position {
    tool: u32,
    rule: Option<TextId>,
    path: Option<TextId>,
    line: Option<NonZeroU32>,
    column: Option<NonZeroU32>,
}

/// The secrets among the findings of class secrets that `pass` lets through, by the place of
/// their finding.
///
/// Findings of one [`SecretId`] are one secret over all tools, files and commits. A finding
/// without one is a secret by its tool, rule, path, line and column; it joins the identified
/// secrets that the same tool found at that very position (JSON and SARIF of one scan, of
/// which one is redacted: rule S78). Without a line, each finding is a secret. The numbers
/// do not depend on the order of the findings.
pub fn group_secrets(intake: &Intake, pass: impl Fn(usize) -> bool) -> Vec<SecretGroup> {
    let places = Places {
        intake,
        tools: tools_of_runs(intake),
        pass,
    };
    let mut identified = Identified::of(&places);
    let mut others = Vec::new();
    if places.without_id().next().is_some() {
        others = join_or_stand_alone(&places, &mut identified);
    }
    let mut groups = identified.groups;
    groups.append(&mut others);
    groups.sort_by_key(|group| (group.finding, !group.identified));
    groups
}

/// For each of the secrets that [`group_secrets`] would give, in its order, the place of the
/// finding, and no more: where every secret has an id this needs four bytes for each.
pub fn one_of_each_secret(intake: &Intake, pass: impl Fn(usize) -> bool) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let places = Places {
        intake,
        tools: Vec::new(),
        pass,
    };
    if places.without_id().next().is_some() {
        let groups = group_secrets(intake, places.pass);
        return groups.into_iter().map(|group| group.finding).collect();
    }
    let is_open = |place: u32| {
        let finding = intake.findings.get(usize::try_from(place).ok()?)?;
        Some(finding.triage == Triage::Open)
    };
    let mut chosen = vec![NONE; places.slots()];
    for (place, finding, id) in places.identified() {
        if let Some(first) = chosen.get_mut(id.index())
            && (*first == NONE
                || (finding.triage == Triage::Open && is_open(*first) == Some(false)))
        {
            *first = place;
        }
    }
    chosen.retain(|place| *place != NONE);
    chosen.sort_unstable();
    chosen
}

/// The secrets whose value, or a usable hash of it, is known.
struct Identified {
    groups: Vec<SecretGroup>,
    /// By [`SecretId`]: its place in `groups` and 1, or 0.
    numbers: Vec<u32>,
}

impl Identified {
    fn of(places: &Places<'_, impl Fn(usize) -> bool>) -> Self {
        let slots = places.slots();
        let mut all = Self {
            // Grown bit by bit it would leave holes as large as itself behind.
            groups: Vec::with_capacity(slots),
            numbers: vec![0; slots],
        };
        for (index, finding, id) in places.identified() {
            let Some(number) = all.numbers.get_mut(id.index()) else {
                continue;
            };
            if *number == 0 {
                all.groups.push(SecretGroup::new(index, &finding));
                *number = u32::try_from(all.groups.len()).unwrap_or(u32::MAX);
            }
            if let Some(group) = all.group_mut(id) {
                group.add(index, &finding);
                group.occurrences += 1;
            }
        }
        all.count_repeats_once(places);
        all
    }

    /// The findings of one secret are looked at side by side: most secrets have one alone,
    /// and a map of all places would outweigh the findings.
    fn count_repeats_once(&mut self, places: &Places<'_, impl Fn(usize) -> bool>) {
        if self.groups.iter().all(|group| group.occurrences == 1) {
            return;
        }
        let mut several: Vec<(SecretId, u32)> = places
            .identified()
            .filter(|(_, _, id)| self.group_mut(*id).is_some_and(|g| g.occurrences > 1))
            .map(|(index, _, id)| (id, index))
            .collect();
        several.sort_unstable();
        for findings in several.chunk_by(|one, other| one.0 == other.0) {
            let spots = findings.iter().filter_map(|(_, index)| {
                let index = usize::try_from(*index).ok()?;
                let finding = places.intake.findings.get(index)?;
                Some((places.position(&finding), finding.commit))
            });
            let mut spots: Vec<_> = spots.collect();
            spots.sort_unstable();
            spots.dedup();
            let id = findings.first().map(|(id, _)| *id);
            if let Some(group) = id.and_then(|id| self.group_mut(id)) {
                group.occurrences = u32::try_from(spots.len()).unwrap_or(u32::MAX);
            }
        }
    }

    fn group_mut(&mut self, id: SecretId) -> Option<&mut SecretGroup> {
        let number = self.numbers.get(id.index())?.checked_sub(1)?;
        self.groups.get_mut(usize::try_from(number).ok()?)
    }
}

/// Adds the findings without an id to the secrets at their positions, and returns the secrets
/// that they are where there is none.
fn join_or_stand_alone(
    places: &Places<'_, impl Fn(usize) -> bool>,
    identified: &mut Identified,
) -> Vec<SecretGroup> {
    let mut ids_at: IndexMap<Position, Vec<SecretId>, Seed> = IndexMap::default();
    let mut seen: IndexSet<(Position, Option<TextId>), Seed> = IndexSet::default();
    for (_, finding, id) in places.identified() {
        let position = places.position(&finding);
        seen.insert((position, finding.commit));
        let ids = ids_at.entry(position).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let mut by_place: IndexMap<Position, SecretGroup, Seed> = IndexMap::default();
    let mut alone: Vec<SecretGroup> = Vec::new();
    for (index, finding) in places.without_id() {
        let position = places.position(&finding);
        if position.line.is_none() {
            let mut group = SecretGroup::new(index, &finding);
            group.occurrences = 1;
            alone.push(group);
            continue;
        }
        let mut new = u32::from(seen.insert((position, finding.commit)));
        if let Some(ids) = ids_at.get(&position) {
            for id in ids {
                if let Some(group) = identified.group_mut(*id) {
                    group.add(index, &finding);
                    group.occurrences += std::mem::take(&mut new);
                }
            }
        } else {
            let group = by_place
                .entry(position)
                .or_insert_with(|| SecretGroup::new(index, &finding));
            group.add(index, &finding);
            group.occurrences += new;
        }
    }
    by_place.into_values().chain(alone).collect()
}

/// By run: a number that runs of one alias share.
fn tools_of_runs(intake: &Intake) -> Vec<u32> {
    let mut aliases: IndexSet<&str> = IndexSet::new();
    intake
        .runs
        .iter()
        .map(|run| aliases.insert_full(run.alias.raw()).0)
        .map(|tool| u32::try_from(tool).unwrap_or(u32::MAX))
        .collect()
}

/// The findings that are looked at, and what their positions are made from.
struct Places<'a, P> {
    intake: &'a Intake,
    tools: Vec<u32>,
    pass: P,
}

impl<P: Fn(usize) -> bool> Places<'_, P> {
    /// Looked through again each time: a list of them would be kept beside the groups.
    fn chosen(&self) -> impl Iterator<Item = (u32, Finding)> {
        let numbered = (0..).zip(self.intake.findings.iter().enumerate());
        numbered
            .filter(|(_, (index, finding))| finding.class == Class::Secrets && (self.pass)(*index))
            .map(|(number, (_, finding))| (number, finding))
    }

    /// Those of which it is known which secret they are.
    fn identified(&self) -> impl Iterator<Item = (u32, Finding, SecretId)> {
        self.chosen()
            .filter_map(|(index, finding)| Some((index, finding, finding.secret?)))
    }

    /// One more than the greatest index of a [`SecretId`].
    fn slots(&self) -> usize {
        let last = self.intake.findings.secrets().max();
        last.map_or(0, |last| last.index().saturating_add(1))
    }

    /// The others.
    fn without_id(&self) -> impl Iterator<Item = (u32, Finding)> {
        let findings = &self.intake.findings;
        let passing = findings
            .unnamed_secrets()
            .filter(|index| (self.pass)(*index));
        passing.filter_map(|index| Some((u32::try_from(index).ok()?, findings.get(index)?)))
    }

    fn position(&self, finding: &Finding) -> Position {
        let intake = self.intake;
        let path = finding.path.and_then(|id| intake.paths.get(id.index()));
        Position {
            tool: self.tools.get(finding.run.index()).copied().unwrap_or(0),
            rule: intake.rules.get(finding.rule.index()).map(|rule| rule.id),
            path: path.map(|entry| entry.shown),
            line: finding.region.line,
            column: finding.region.column,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        BaselineState, ClassSet, Cvss, Evidence, FingerprintRange, InRepository, Level, PathEntry,
        PathId, Region, ReportId, ResultCounts, Rule, RuleId, RunId, RunStatus, Suppression,
        ToolRun, UntrustedText, Verification,
    };

    fn intake(tools: &[&str]) -> Intake {
        let mut intake = Intake::default();
        for tool in tools {
            intake.runs.push(ToolRun {
                report: ReportId::new(0),
                alias: UntrustedText::new(*tool),
                name: UntrustedText::new(*tool),
                named: true,
                version: None,
                category: None,
                class: Some(Class::Secrets),
                could_find: ClassSet::of(Class::Secrets),
                status: RunStatus::Ok,
                reasons: Vec::new(),
                accepted: false,
                evidence: Evidence::Weak,
                believed: true,
                verification: Verification::NotProven,
                counts: ResultCounts::default(),
                rules: None,
                max_needs_review: None,
            });
        }
        for text in ["rule-a", "rule-b"] {
            let id = intake.texts.intern(text);
            intake.rules.push(Rule {
                id,
                title: None,
                cwe: Box::default(),
                tags: Box::default(),
                former_ids: Box::default(),
                concealed_id: None,
            });
        }
        for text in ["a.env", "b.env"] {
            let shown = intake.texts.intern(text);
            intake.paths.push(PathEntry {
                shown,
                repo: InRepository::Nothing,
            });
        }
        intake
    }

    fn found(tool: usize, path: usize, line: u32, secret: Option<u8>) -> Finding {
        Finding {
            run: RunId::new(tool),
            rule: RuleId::new(0),
            path: Some(PathId::new(path)),
            region: Region {
                line: NonZeroU32::new(line),
                ..Region::default()
            },
            message: None,
            cvss: Cvss::Unscored,
            class: Class::Secrets,
            level: Level::Error,
            suppression: Suppression::None,
            baseline: BaselineState::Unstated,
            validity: Validity::NotAttempted,
            triage: Triage::Open,
            secret: secret.map(|number| SecretId::new(usize::from(number))),
            commit: None,
            fingerprints: FingerprintRange::default(),
            facts: None,
            item: 0,
        }
    }

    #[test]
    fn secrets_rule_075_one_value_is_one_secret_over_tools_and_files() {
        let mut all = intake(&["one", "two"]);
        all.findings = [
            found(0, 0, 1, Some(7)),
            found(1, 0, 1, Some(7)),
            found(0, 1, 9, Some(7)),
            found(0, 1, 10, Some(8)),
        ]
        .into_iter()
        .collect();
        let groups = group_secrets(&all, |_| true);
        assert_eq!(groups.len(), 2);
        assert_eq!((groups[0].finding(), groups[0].occurrences()), (0, 3));
        assert_eq!((groups[1].finding(), groups[1].occurrences()), (3, 1));
    }

    #[test]
    fn secrets_rule_076_without_identity_the_place_is_the_secret() {
        let mut all = intake(&["one", "two", "one"]);
        all.findings = [
            found(0, 0, 1, None),
            found(0, 0, 1, None),
            found(2, 0, 1, None),
            found(1, 0, 1, None),
            found(0, 0, 0, None),
            found(0, 0, 0, None),
        ]
        .into_iter()
        .collect();
        let groups = group_secrets(&all, |_| true);
        let shape: Vec<_> = groups
            .iter()
            .map(|g| (g.finding(), g.occurrences()))
            .collect();
        assert_eq!(shape, [(0, 1), (3, 1), (4, 1), (5, 1)]);
        assert!(groups.iter().all(|group| !group.identified));
    }

    #[test]
    fn secrets_rule_077_exact_repeats_are_one_occurrence() {
        let mut all = intake(&["one"]);
        let other_commit = all.texts.intern("0f0f");
        let mut older = found(0, 0, 1, Some(7));
        older.commit = Some(other_commit);
        all.findings = [found(0, 0, 1, Some(7)), found(0, 0, 1, Some(7)), older]
            .into_iter()
            .collect();
        let groups = group_secrets(&all, |_| true);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].occurrences(), 2);
        // Another secret beside it changes nothing.
        all.findings.push(found(0, 1, 2, Some(8)));
        let groups = group_secrets(&all, |_| true);
        let counts: Vec<u64> = groups.iter().map(|group| group.occurrences()).collect();
        assert_eq!(counts, [2, 1]);
    }

    #[test]
    fn secrets_rule_078_a_redacted_twin_joins_the_secret_at_its_position() {
        let mut all = intake(&["one", "two"]);
        all.findings = [found(0, 0, 1, None), found(0, 0, 1, Some(7))]
            .into_iter()
            .collect();
        let groups = group_secrets(&all, |_| true);
        assert_eq!(groups.len(), 1);
        assert_eq!((groups[0].occurrences(), groups[0].identified), (1, true));
        all.findings = [found(1, 0, 1, None), found(0, 0, 1, Some(7))]
            .into_iter()
            .collect();
        assert_eq!(group_secrets(&all, |_| true).len(), 2);
    }

    #[test]
    fn secrets_rule_066_and_067_worst_validity_and_all_dismissed() {
        let mut all = intake(&["one"]);
        let mut dismissed = found(0, 0, 1, Some(7));
        dismissed.triage = Triage::Dismissed;
        dismissed.validity = Validity::Active;
        all.findings = [dismissed, found(0, 1, 2, Some(7))].into_iter().collect();
        let groups = group_secrets(&all, |_| true);
        assert_eq!(groups[0].validity, Validity::Active);
        assert!(!groups[0].dismissed);
        assert_eq!(groups[0].finding(), 1, "the open one is shown");
        all.findings = [dismissed, dismissed].into_iter().collect();
        assert!(group_secrets(&all, |_| true)[0].dismissed);
    }

    #[test]
    fn one_of_each_secret_is_what_the_groups_show() {
        let mut all = intake(&["one", "two"]);
        let dismissed = |finding: Finding| Finding {
            triage: Triage::Dismissed,
            ..finding
        };
        let mut list = vec![
            dismissed(found(0, 0, 1, Some(9))),
            found(0, 0, 2, Some(3)),
            dismissed(found(1, 0, 3, Some(9))),
            found(1, 1, 4, Some(9)),
            found(1, 1, 5, Some(9)),
            dismissed(found(1, 1, 6, Some(4))),
            dismissed(found(1, 1, 7, Some(4))),
        ];
        for _ in 0..2 {
            all.findings = list.iter().copied().collect();
            for left_out in 0..list.len() {
                let pass = |index: usize| index != left_out;
                let groups = group_secrets(&all, pass);
                let shown: Vec<u32> = groups.iter().map(|group| group.finding).collect();
                assert_eq!(one_of_each_secret(&all, pass), shown);
            }
            // Once more with some of which it is not known which secret they are.
            list.push(found(0, 0, 2, None));
            list.push(found(0, 0, 8, None));
        }
    }

    #[test]
    fn only_what_passes_is_grouped() {
        let mut all = intake(&["one"]);
        let mut sast = found(0, 0, 3, None);
        sast.class = Class::Sast;
        all.findings = [found(0, 0, 1, Some(7)), found(0, 0, 2, Some(8)), sast]
            .into_iter()
            .collect();
        let groups = group_secrets(&all, |index| index != 0);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].finding(), 1);
    }
}
