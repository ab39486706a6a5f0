//! The score that the gate judges a finding by.

use crate::model::{Cvss, Facts, Finding, ScoreHow, Severity, Tenths};
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

/// The band that `severity:` filters compare: that of the number, else that of the report's
/// word, else what the policy takes as the score (rule C20, O4).
///
/// Where number and word are more than one band apart the higher one counts.
pub fn judged_severity(
    finding: &Finding,
    facts: Option<&Facts>,
    rule: &SeverityRule,
) -> Option<Severity> {
    let word = facts.and_then(|facts| facts.severity);
    let number = finding
        .cvss
        .judged()
        .map(|score| Severity::of(score.tenths));
    match (number, word) {
        (Some(number), Some(word)) if is_far_above(word, number) => Some(word),
        (Some(number), _) => Some(number),
        (None, Some(word)) => Some(word),
        (None, None) => judged_score(finding, rule).tenths().map(Severity::of),
    }
}

/// True if another band lies between the two.
fn is_far_above(higher: Severity, lower: Severity) -> bool {
    Severity::ALL
        .iter()
        .skip_while(|band| **band != lower)
        .skip(2)
        .any(|band| *band == higher)
}
