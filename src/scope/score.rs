//! The score that the gate judges a finding by.

use crate::model::{Cvss, Finding, ScoreHow, Tenths};
use crate::policy::{SeverityRule, Unscored};

/// The score of a finding under the policy's `severity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JudgedScore {
    /// A number from the report: given, computed, or the upper end of a band.
    Known(Tenths, ScoreHow),
    /// The policy reads the finding's level as this number.
    FromLevel(Tenths),
    /// The policy counts what has no score as 10.0.
    Assumed(Tenths),
    /// The policy leaves out what has no score.
    Ignored,
    /// Nothing says how bad it is.
    Unknown,
}

impl JudgedScore {
    /// The number, where there is one.
    pub const fn tenths(self) -> Option<Tenths> {
        match self {
            Self::Known(tenths, _) | Self::FromLevel(tenths) | Self::Assumed(tenths) => {
                Some(tenths)
            }
            Self::Ignored | Self::Unknown => None,
        }
    }
}

/// What the gate takes as the finding's score.
///
/// A score goes first; the level stands in only where the policy says so (rules 82, 83, O4),
/// and only for levels that it names (rule 67).
pub fn judged_score(finding: &Finding, rule: &SeverityRule) -> JudgedScore {
    if let Cvss::Scored(score) = finding.cvss {
        return JudgedScore::Known(score.tenths, score.how);
    }
    match rule.unscored {
        Unscored::Unknown => JudgedScore::Unknown,
        Unscored::Ignore => JudgedScore::Ignored,
        Unscored::Fail => JudgedScore::Assumed(Tenths::MAX),
        Unscored::ByLevel => rule
            .score_of(finding.level)
            .map_or(JudgedScore::Unknown, JudgedScore::FromLevel),
    }
}
