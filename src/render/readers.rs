//! Which key results read which finding, and why the others do not.

use std::collections::BTreeMap;

use super::words;
use crate::decide::{Evaluation, KeyResultOutcome};
use crate::model::{Class, FindingView, SecretId};

/// From a finding to the key results whose figures it stands in.
#[derive(Debug, Default)]
pub(super) struct Readers<'a> {
    counted: BTreeMap<u32, Vec<&'a KeyResultOutcome>>,
    undecided: BTreeMap<u32, Vec<&'a KeyResultOutcome>>,
    secrets: BTreeMap<SecretId, Vec<&'a KeyResultOutcome>>,
}

impl<'a> Readers<'a> {
    pub(super) fn new(evaluation: &'a Evaluation) -> Self {
        let findings = &evaluation.scoped.intake.findings;
        let mut readers = Self::default();
        for (_, key_result) in evaluation.key_results() {
            for place in &key_result.measurement.counted {
                readers.counted.entry(*place).or_default().push(key_result);
                let finding = usize::try_from(*place).ok().and_then(|i| findings.get(i));
                let secret = finding.filter(|f| f.class == Class::Secrets);
                if let Some(secret) = secret.and_then(|finding| finding.secret) {
                    readers.secrets.entry(secret).or_default().push(key_result);
                }
            }
            for place in &key_result.measurement.undecided {
                readers
                    .undecided
                    .entry(*place)
                    .or_default()
                    .push(key_result);
            }
        }
        readers
    }

    /// Key results whose figure counts the finding.
    pub(super) fn counted(&self, index: usize) -> &[&'a KeyResultOutcome] {
        list(&self.counted, index)
    }

    /// Key results whose figure would count it if more were known.
    pub(super) fn undecided(&self, index: usize) -> &[&'a KeyResultOutcome] {
        list(&self.undecided, index)
    }

    /// Key results that count the same secret at another place.
    pub(super) fn elsewhere(&self, view: &FindingView<'_>) -> &[&'a KeyResultOutcome] {
        if !self.counted(view.index).is_empty() {
            return &[];
        }
        view.finding
            .secret
            .and_then(|id| self.secrets.get(&id))
            .map_or(&[], Vec::as_slice)
    }

    /// Why the finding counts or not, as far as the figures tell.
    pub(super) fn why(&self, evaluation: &Evaluation, view: &FindingView<'_>) -> String {
        let standing = evaluation.scoped.standing(view.index);
        let mut why = Vec::new();
        if let Some(aside) = words::set_aside(view.finding, standing) {
            why.push(aside.to_owned());
        }
        for (list, before, after) in [
            (self.counted(view.index), "counted by ", ""),
            (
                self.elsewhere(view),
                "another place of a secret that ",
                " counts",
            ),
            (
                self.undecided(view.index),
                "would count for ",
                " if more were known",
            ),
        ] {
            if !list.is_empty() {
                why.push(format!("{before}{}{after}", ids(list).join(", ")));
            }
        }
        if why.is_empty() {
            why.push("no key result counts it".to_owned());
        }
        why.join("; ")
    }
}

/// The ids of key results.
pub(super) fn ids<'a>(key_results: &[&'a KeyResultOutcome]) -> Vec<&'a str> {
    key_results.iter().map(|kr| kr.id.as_str()).collect()
}

fn list<'m, 'a>(
    map: &'m BTreeMap<u32, Vec<&'a KeyResultOutcome>>,
    index: usize,
) -> &'m [&'a KeyResultOutcome] {
    u32::try_from(index)
        .ok()
        .and_then(|place| map.get(&place))
        .map_or(&[], Vec::as_slice)
}
