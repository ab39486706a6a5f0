//! Whether a finding counts.

use super::{Standing, judged_severity};
use crate::model::{Facts, Finding, Suppression, Triage};
use crate::policy::{Policy, SuppressionMode};

/// Why the finding counts or not, under the policy's stand on suppressions (rule 38).
pub(super) fn of(finding: Finding, facts: Option<&Facts>, policy: &Policy) -> Standing {
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
    if honoured && is_mild_enough(finding, facts, policy) {
        Standing::SuppressedInReport
    } else {
        Standing::Counted
    }
}

/// True if `suppressions.max_severity` lets a report silence a finding as bad as this one;
/// what has no known severity it may not silence.
fn is_mild_enough(finding: Finding, facts: Option<&Facts>, policy: &Policy) -> bool {
    policy.suppressions.max_severity.is_none_or(|most| {
        judged_severity(finding, facts, &policy.severity).is_some_and(|severity| severity <= most)
    })
}
