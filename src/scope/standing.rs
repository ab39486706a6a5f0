//! Whether a finding counts, and whether it is new.

use super::{Novelty, Standing, judged_score};
use crate::model::{BaselineState, Finding, Severity, Suppression, Triage};
use crate::policy::{Policy, SuppressionMode};

/// Why the finding counts or not, under the policy's stand on suppressions (rule 38).
pub(super) fn of(finding: &Finding, policy: &Policy) -> Standing {
    if finding.triage == Triage::Dismissed {
        return Standing::Dismissed;
    }
    let honoured = match policy.suppressions.mode {
        SuppressionMode::Honour => finding.suppression.holds(),
        SuppressionMode::HonourExternal => matches!(
            finding.suppression,
            Suppression::External | Suppression::Both
        ),
        SuppressionMode::Ignore => false,
    };
    if honoured && is_mild_enough(finding, policy) {
        Standing::SuppressedInReport
    } else {
        Standing::Counted
    }
}

/// True if `suppressions.max_severity` lets a report silence a finding as bad as this one;
/// what has no known score it may not silence.
fn is_mild_enough(finding: &Finding, policy: &Policy) -> bool {
    policy.suppressions.max_severity.is_none_or(|most| {
        judged_score(finding, &policy.severity)
            .tenths()
            .is_some_and(|tenths| Severity::of(tenths) <= most)
    })
}

/// Whether the finding is new by the report's own baseline (rule 41).
pub(super) fn novelty(finding: &Finding) -> Novelty {
    match finding.baseline {
        BaselineState::Existing => Novelty::Existing,
        BaselineState::New | BaselineState::Unstated => Novelty::Introduced,
    }
}
