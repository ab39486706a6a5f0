//! Which key results read which finding, and why the others do not.

use super::words;
use crate::decide::{Evaluation, KeyResultOutcome};
use crate::model::{Class, FindingView, SecretId};

/// From a finding to the key results whose figures it stands in.
#[derive(Debug, Default)]
pub(super) struct Readers<'a>(Vec<Reader<'a>>);

/// A key result, with what it reads in order, to be looked up: a map from each finding would
/// outweigh the findings.
#[derive(Debug)]
struct Reader<'a> {
    key_result: &'a KeyResultOutcome,
    counted: Vec<u32>,
    undecided: Vec<u32>,
    /// The secrets among what is counted.
    secrets: Vec<SecretId>,
}

impl<'a> Reader<'a> {
    fn new(evaluation: &Evaluation, key_result: &'a KeyResultOutcome) -> Self {
        let measurement = &key_result.measurement;
        let findings = &evaluation.scoped.intake.findings;
        let secrets = measurement.counted.iter().filter_map(|place| {
            let finding = findings.get(usize::try_from(*place).ok()?)?;
            finding.secret.filter(|_| finding.class == Class::Secrets)
        });
        Self {
            key_result,
            counted: in_order(measurement.counted.iter().copied()),
            undecided: in_order(measurement.undecided.iter().copied()),
            secrets: in_order(secrets),
        }
    }
}

fn in_order<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut list: Vec<T> = items.collect();
    list.sort_unstable();
    list
}

impl<'a> Readers<'a> {
    pub(super) fn new(evaluation: &'a Evaluation) -> Self {
        let key_results = evaluation.key_results();
        Self(
            key_results
                .map(|(_, key_result)| Reader::new(evaluation, key_result))
                .collect(),
        )
    }

    /// Key results whose figure counts the finding.
    pub(super) fn counted(&self, index: usize) -> Vec<&'a KeyResultOutcome> {
        self.with(|reader| has(&reader.counted, index))
    }

    /// Key results whose figure would count it if more were known.
    pub(super) fn undecided(&self, index: usize) -> Vec<&'a KeyResultOutcome> {
        self.with(|reader| has(&reader.undecided, index))
    }

    /// Key results that count the same secret at another place.
    pub(super) fn elsewhere(&self, view: &FindingView<'_>) -> Vec<&'a KeyResultOutcome> {
        match view.finding.secret {
            Some(id) if self.counted(view.index).is_empty() => {
                self.with(|reader| reader.secrets.binary_search(&id).is_ok())
            }
            _ => Vec::new(),
        }
    }

    fn with(&self, reads: impl Fn(&Reader<'_>) -> bool) -> Vec<&'a KeyResultOutcome> {
        let readers = self.0.iter().filter(|reader| reads(reader));
        readers.map(|reader| reader.key_result).collect()
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
                why.push(format!("{before}{}{after}", ids(&list).join(", ")));
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

fn has(places: &[u32], index: usize) -> bool {
    u32::try_from(index).is_ok_and(|place| places.binary_search(&place).is_ok())
}
