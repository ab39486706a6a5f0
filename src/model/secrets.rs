//! Findings of class secrets become secrets: one per value, not one per place.

use indexmap::{IndexMap, IndexSet};

use super::{Class, Finding, Intake, SecretId, TextId, Triage, Validity};

/// One secret with all places in which it was found (rules S66, S67, S75 to S77).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretGroup {
    /// Place in [`Intake::findings`] of its first finding that is not dismissed, or of its
    /// first one.
    pub finding: usize,
    /// How many occurrences it has, exact repeats counted once (rule S77).
    pub occurrences: u64,
    /// The worst validity of its findings (rule S66).
    pub validity: Validity,
    /// True if each of its findings is dismissed (rule S67).
    pub dismissed: bool,
    /// True if its value, or a usable hash of it, is known; otherwise it is one by its place.
    pub identified: bool,
}

impl SecretGroup {
    fn new(index: usize, finding: &Finding) -> Self {
        Self {
            finding: index,
            occurrences: 0,
            validity: finding.validity,
            dismissed: finding.triage == Triage::Dismissed,
            identified: finding.secret.is_some(),
        }
    }

    fn add(&mut self, index: usize, finding: &Finding) {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Position {
    tool: usize,
    rule: Option<TextId>,
    path: Option<TextId>,
    line: Option<u32>,
    column: Option<u32>,
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
    let tools = tools_of_runs(intake);
    let chosen = || {
        let with_index = intake.findings.iter().enumerate();
        with_index.filter(|(index, f)| f.class == Class::Secrets && pass(*index))
    };

    let mut by_id: IndexMap<SecretId, SecretGroup> = IndexMap::new();
    let mut ids_at: IndexMap<Position, Vec<SecretId>> = IndexMap::new();
    let mut identified: IndexSet<(Position, Option<TextId>, SecretId)> = IndexSet::new();
    let mut seen: IndexSet<(Position, Option<TextId>)> = IndexSet::new();
    let any_without_id = chosen().any(|(_, f)| f.secret.is_none());
    for (index, finding) in chosen() {
        let Some(id) = finding.secret else { continue };
        let position = position(intake, &tools, finding);
        let group = by_id
            .entry(id)
            .or_insert_with(|| SecretGroup::new(index, finding));
        group.add(index, finding);
        group.occurrences += u64::from(identified.insert((position, finding.commit, id)));
        if any_without_id {
            seen.insert((position, finding.commit));
            let ids = ids_at.entry(position).or_default();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }

    let mut by_place: IndexMap<Position, SecretGroup> = IndexMap::new();
    let mut alone: Vec<SecretGroup> = Vec::new();
    for (index, finding) in chosen().filter(|(_, f)| f.secret.is_none()) {
        let position = position(intake, &tools, finding);
        if position.line.is_none() {
            let mut group = SecretGroup::new(index, finding);
            group.occurrences = 1;
            alone.push(group);
            continue;
        }
        let mut new = u64::from(seen.insert((position, finding.commit)));
        if let Some(ids) = ids_at.get(&position) {
            for id in ids {
                if let Some(group) = by_id.get_mut(id) {
                    group.add(index, finding);
                    group.occurrences += std::mem::take(&mut new);
                }
            }
        } else {
            let group = by_place
                .entry(position)
                .or_insert_with(|| SecretGroup::new(index, finding));
            group.add(index, finding);
            group.occurrences += new;
        }
    }

    let mut groups: Vec<SecretGroup> = by_id
        .into_values()
        .chain(by_place.into_values())
        .chain(alone)
        .collect();
    groups.sort_by_key(|group| (group.finding, !group.identified));
    groups
}

/// By run: a number that runs of one alias share.
fn tools_of_runs(intake: &Intake) -> Vec<usize> {
    let mut aliases: IndexSet<&str> = IndexSet::new();
    intake
        .runs
        .iter()
        .map(|run| aliases.insert_full(run.alias.raw()).0)
        .collect()
}

fn position(intake: &Intake, tools: &[usize], finding: &Finding) -> Position {
    let path = finding.path.and_then(|id| intake.paths.get(id.index()));
    Position {
        tool: tools.get(finding.run.index()).copied().unwrap_or_default(),
        rule: intake.rules.get(finding.rule.index()).map(|rule| rule.id),
        path: path.map(|entry| entry.shown),
        line: finding.region.line.map(std::num::NonZeroU32::get),
        column: finding.region.column.map(std::num::NonZeroU32::get),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::model::{
        BaselineState, ClassSet, Cvss, Evidence, FingerprintRange, Level, PathEntry, PathId,
        Region, ReportId, ResultCounts, Rule, RuleId, RunId, RunStatus, Suppression, ToolRun,
        UntrustedText, Verification,
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
            intake.paths.push(PathEntry { shown, repo: None });
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
            secret: secret.map(|byte| SecretId::new([byte; 16])),
            commit: None,
            fingerprints: FingerprintRange::default(),
            facts: None,
            item: 0,
        }
    }

    #[test]
    fn secrets_rule_075_one_value_is_one_secret_over_tools_and_files() {
        let mut all = intake(&["one", "two"]);
        all.findings = vec![
            found(0, 0, 1, Some(7)),
            found(1, 0, 1, Some(7)),
            found(0, 1, 9, Some(7)),
            found(0, 1, 10, Some(8)),
        ];
        let groups = group_secrets(&all, |_| true);
        assert_eq!(groups.len(), 2);
        assert_eq!((groups[0].finding, groups[0].occurrences), (0, 3));
        assert_eq!((groups[1].finding, groups[1].occurrences), (3, 1));
    }

    #[test]
    fn secrets_rule_076_without_identity_the_place_is_the_secret() {
        let mut all = intake(&["one", "two", "one"]);
        all.findings = vec![
            found(0, 0, 1, None),
            found(0, 0, 1, None),
            found(2, 0, 1, None),
            found(1, 0, 1, None),
            found(0, 0, 0, None),
            found(0, 0, 0, None),
        ];
        let groups = group_secrets(&all, |_| true);
        let shape: Vec<_> = groups.iter().map(|g| (g.finding, g.occurrences)).collect();
        assert_eq!(shape, [(0, 1), (3, 1), (4, 1), (5, 1)]);
        assert!(groups.iter().all(|group| !group.identified));
    }

    #[test]
    fn secrets_rule_077_exact_repeats_are_one_occurrence() {
        let mut all = intake(&["one"]);
        let other_commit = all.texts.intern("0f0f");
        let mut older = found(0, 0, 1, Some(7));
        older.commit = Some(other_commit);
        all.findings = vec![found(0, 0, 1, Some(7)), found(0, 0, 1, Some(7)), older];
        let groups = group_secrets(&all, |_| true);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].occurrences, 2);
    }

    #[test]
    fn secrets_rule_078_a_redacted_twin_joins_the_secret_at_its_position() {
        let mut all = intake(&["one", "two"]);
        all.findings = vec![found(0, 0, 1, None), found(0, 0, 1, Some(7))];
        let groups = group_secrets(&all, |_| true);
        assert_eq!(groups.len(), 1);
        assert_eq!((groups[0].occurrences, groups[0].identified), (1, true));
        all.findings = vec![found(1, 0, 1, None), found(0, 0, 1, Some(7))];
        assert_eq!(group_secrets(&all, |_| true).len(), 2);
    }

    #[test]
    fn secrets_rule_066_and_067_worst_validity_and_all_dismissed() {
        let mut all = intake(&["one"]);
        let mut dismissed = found(0, 0, 1, Some(7));
        dismissed.triage = Triage::Dismissed;
        dismissed.validity = Validity::Active;
        all.findings = vec![dismissed.clone(), found(0, 1, 2, Some(7))];
        let groups = group_secrets(&all, |_| true);
        assert_eq!(groups[0].validity, Validity::Active);
        assert!(!groups[0].dismissed);
        assert_eq!(groups[0].finding, 1, "the open one is shown");
        all.findings = vec![dismissed.clone(), dismissed];
        assert!(group_secrets(&all, |_| true)[0].dismissed);
    }

    #[test]
    fn only_what_passes_is_grouped() {
        let mut all = intake(&["one"]);
        let mut sast = found(0, 0, 3, None);
        sast.class = Class::Sast;
        all.findings = vec![found(0, 0, 1, Some(7)), found(0, 0, 2, Some(8)), sast];
        let groups = group_secrets(&all, |index| index != 0);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].finding, 1);
    }
}
