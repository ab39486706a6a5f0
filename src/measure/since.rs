//! `introduced` since the last record or the period's begin (rule M31).

use std::collections::BTreeSet;

use indexmap::IndexSet;
use jiff::Timestamp;

use super::past::Past;
use super::{Measurement, Reason, count, vulnerability};
use crate::model::history::{Life, LifeState};
use crate::model::{Class, Dependency, FindingId, FindingView, Quantity, SecretHash, Texts};
use crate::policy::{Distinct, Filter};

/// Findings of this run that the history does not know from before the begin. A finding that
/// moved under another id counts as new; a secret, and where it is asked for a vulnerability,
/// that any tool had seen does not (rule L22).
pub(super) fn measure(
    past: &Past<'_>,
    filter: &Filter,
    of_period: bool,
    distinct: Distinct,
) -> Result<Measurement, Reason> {
    let begin = begin(past, of_period)?;
    let known = Known::of(past, begin, distinct);
    let sight = past.sight;
    let is_known = |place: u32| sight.view(place).is_some_and(|view| known.has(&view));
    let mut sorted = sight.sort(filter, false);
    let before = sorted.counted.len();
    sorted.counted.retain(|place| !is_known(*place));
    sorted.retain_undecided(|place| !is_known(place));
    sorted.existing = u64::try_from(before - sorted.counted.len()).unwrap_or(u64::MAX);
    let mut measurement = past.empty();
    let counted = if distinct == Distinct::Vulnerability {
        measurement
            .notes
            .extend(vulnerability::once_each(sight, &mut sorted));
        std::mem::take(&mut sorted.counted)
    } else {
        count::one_of_each(sight, std::mem::take(&mut sorted.counted), distinct)
    };
    let value = Quantity::count(u64::try_from(counted.len()).unwrap_or(u64::MAX));
    measurement.counted = sight.worst_first(counted);
    Ok(count::fill_in(sight, filter, sorted, measurement, value))
}

/// What was there before.
struct Known<'a> {
    texts: &'a Texts,
    ids: BTreeSet<FindingId>,
    secrets: IndexSet<SecretHash>,
    vulnerabilities: BTreeSet<[u8; 16]>,
}

impl<'a> Known<'a> {
    fn of(past: &Past<'a>, begin: Option<Timestamp>, distinct: Distinct) -> Self {
        let was_there = |life: &&Life| match begin {
            Some(begin) => life.first_seen < begin,
            None => life.state == LifeState::Open,
        };
        let lives = || past.history.lives.iter().filter(was_there);
        let by_secret = !matches!(distinct, Distinct::Finding | Distinct::Path);
        let by_vulnerability = distinct == Distinct::Vulnerability;
        Self {
            texts: &past.sight.intake().texts,
            ids: lives()
                .flat_map(|life| life.aliases.iter().chain([&life.id]).copied())
                .collect(),
            secrets: lives()
                .filter_map(|life| life.secret.filter(|_| by_secret))
                .collect(),
            vulnerabilities: lives()
                .filter_map(|life| life.vulnerability.filter(|_| by_vulnerability))
                .collect(),
        }
    }

    fn has(&self, view: &FindingView<'_>) -> bool {
        let is_vulnerability = || {
            let key = Dependency::of(view).map(|dependency| dependency.key(self.texts));
            key.is_some_and(|key| self.vulnerabilities.contains(&key))
        };
        let secret = view
            .secret()
            .filter(|_| view.finding.class == Class::Secrets);
        view.id().is_some_and(|id| self.ids.contains(&id))
            || secret.is_some_and(|secret| self.secrets.contains(&secret))
            || (!self.vulnerabilities.is_empty() && is_vulnerability())
    }
}

/// The begin of the period; `None` for what was open at the last record.
fn begin(past: &Past<'_>, of_period: bool) -> Result<Option<Timestamp>, Reason> {
    if of_period {
        let period = past.sight.policy.period.as_ref();
        return period
            .map(|period| Some(period.start))
            .ok_or_else(|| Reason {
                code: "no-history",
                message: "the policy has no period".into(),
                remedy: Some("add `period: …`, or say `since: previous`".into()),
            });
    }
    if past.history.scans.is_empty() {
        return Err(Reason {
            code: "no-history",
            message: "nothing is recorded yet to compare with".into(),
            remedy: Some("record a state first".into()),
        });
    }
    Ok(None)
}
