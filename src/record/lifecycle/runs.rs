//! Which streams were scanned, and how far the scan can be relied on (rules L3, L4, L13).

use std::collections::{BTreeMap, BTreeSet};

use super::event::Stream;
use super::look::hash;
use super::state::State;
use crate::model::{Class, Intake, RepoPath, RunId, RunStatus, UntrustedText};
use crate::policy::{PathGlobs, Policy};

/// How long a scan stands where the policy does not say, in seconds (rule L16).
const FRESH: u64 = 7 * 24 * 60 * 60;

/// What the policy says that a run covers, and the files that it says it looked at; `None` for
/// all.
type Covers<'a> = (Option<&'a PathGlobs>, Option<&'a BTreeSet<RepoPath>>);

/// The runs of one stream, taken together.
#[derive(Debug, Clone, Default)]
pub(super) struct Ran<'a> {
    /// True if one of them failed, or did not run.
    pub(super) failed: bool,
    /// True if the policy says of one of them that it read every commit.
    pub(super) of_history: bool,
    /// True if one of them is only accepted as it is, or not believed: it closes nothing.
    pub(super) doubtful: bool,
    /// The versions, as written.
    versions: BTreeSet<&'a str>,
    /// The rules that ran, as long as every run lists them.
    pub(super) rules: Option<BTreeSet<&'a str>>,
    /// What each of them covers.
    covers: Vec<Covers<'a>>,
    /// After how many misses a finding is gone.
    pub(super) stable_after: u32,
    /// How long it stands, in seconds.
    pub(super) fresh: u64,
}

impl Ran<'_> {
    /// The version of the tool.
    pub(super) fn version(&self) -> Option<UntrustedText> {
        let mut versions = self.versions.iter().copied();
        let first = versions.next()?.to_owned();
        let all = versions.fold(first, |all, next| all + ", " + next);
        Some(UntrustedText::new(all))
    }

    /// The digest of the rules that ran.
    pub(super) fn rules_digest(&self) -> Option<[u8; 16]> {
        let rules = self.rules.as_ref()?;
        let mut parts: Vec<&[u8]> = vec![b"krgate/rules/v1"];
        parts.extend(rules.iter().map(|rule| rule.as_bytes()));
        Some(hash(&parts))
    }

    /// True if a rule ran, for all that is known. A hierarchical id is of the rule that it
    /// begins with.
    pub(super) fn ran_rule(&self, rule: &str) -> bool {
        self.rules.as_ref().is_none_or(|rules| {
            let whole = rules.contains(rule);
            whole
                || rule
                    .match_indices('/')
                    .any(|(at, _)| rule.get(..at).is_some_and(|rule| rules.contains(rule)))
        })
    }

    /// True if the scan looked at a path. What has none is in the scope of a full scan alone.
    pub(super) fn looked_at(&self, path: Option<&str>) -> bool {
        let path = path.and_then(RepoPath::from_normal);
        self.covers.iter().any(|(globs, files)| match &path {
            None => globs.is_none(),
            Some(path) => {
                globs.is_none_or(|globs| globs.holds(path.as_str()))
                    && files.is_none_or(|files| files.contains(path))
            }
        })
    }
}

/// The streams of the runs of an intake.
///
/// A run is a scan of every class that it counts as, that it found something of, and that it
/// could have found something of where the state knows such a stream.
pub(super) fn streams<'a>(
    intake: &'a Intake,
    policy: &'a Policy,
    state: &State,
) -> BTreeMap<Stream, Ran<'a>> {
    let mut found: BTreeMap<usize, BTreeSet<Class>> = BTreeMap::new();
    for finding in &intake.findings {
        let classes = found.entry(finding.run.index()).or_default();
        classes.insert(finding.class);
    }
    let mut streams: BTreeMap<Stream, Ran<'a>> = BTreeMap::new();
    for (index, run) in intake.runs.iter().enumerate() {
        let stream = |class| Stream {
            tool: run.alias.clone(),
            category: run.category.clone(),
            class,
        };
        let mut classes: BTreeSet<Class> = found.remove(&index).unwrap_or_default();
        classes.extend(run.class);
        let could = run.could_find.iter();
        classes.extend(could.filter(|class| state.streams.contains_key(&stream(*class))));
        let entry = intake.reports.get(run.report.index());
        let entry = entry.and_then(|report| policy.reports.get(report.entry?));
        let rules = run.rules.as_ref().map(|rules| {
            let texts = rules.iter().map(|id| intake.texts.get(*id).raw());
            texts.collect::<BTreeSet<_>>()
        });
        for class in classes {
            let is_first = !streams.contains_key(&stream(class));
            let ran = streams.entry(stream(class)).or_default();
            ran.failed |= run.status != RunStatus::Ok;
            ran.doubtful |= !run.believed || (run.accepted && !run.reasons.is_empty());
            ran.versions
                .extend(run.version.as_ref().map(UntrustedText::raw));
            ran.rules = match (is_first, ran.rules.take(), &rules) {
                (true, _, rules) => rules.clone(),
                (false, Some(known), Some(rules)) => Some(&known | rules),
                _ => None,
            };
            ran.of_history |= entry.is_some_and(|entry| entry.of_history);
            let globs = entry.and_then(|entry| entry.covers.as_ref());
            ran.covers
                .push((globs, intake.analysed.get(&RunId::new(index))));
            let needs = if class == Class::Dast { 2 } else { 1 };
            let stable = entry.and_then(|entry| entry.stable_after).unwrap_or(needs);
            ran.stable_after = ran.stable_after.max(stable.max(1));
            let fresh = entry.and_then(|entry| entry.fresh).unwrap_or(FRESH);
            ran.fresh = if is_first {
                fresh
            } else {
                ran.fresh.min(fresh)
            };
        }
    }
    streams
}
