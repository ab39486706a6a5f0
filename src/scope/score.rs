//! The score that the gate judges a finding by.

use crate::model::{
    Cvss, CvssScore, CvssVersion, Facts, Finding, Intake, NamedScore, ScoreHow, ScoreSource,
    Severity, Tenths, Texts,
};
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
pub fn judged_score(finding: Finding, rule: &SeverityRule) -> JudgedScore {
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
    finding: Finding,
    facts: Option<&Facts>,
    rule: &SeverityRule,
) -> Option<Severity> {
    let word = facts.and_then(|facts| facts.severity);
    let number = finding.cvss.judged().map(|score| match score.how {
        // A word in the place of a number is the band that it names (rule C27).
        ScoreHow::Band => Severity::of(score.tenths),
        _ => rule.bands.of(score.tenths),
    });
    match (number, word) {
        (Some(number), Some(word)) if is_far_above(word, number) => Some(word),
        (Some(number), _) => Some(number),
        (None, Some(word)) => Some(word),
        (None, None) => {
            let read = judged_score(finding, rule).tenths();
            read.map(|tenths| rule.bands.of(tenths))
        }
    }
}

/// Gives every finding the score of the source that the policy names, where several gave one
/// (rule C18, M33).
pub(super) fn choose(intake: &mut Intake, rule: &SeverityRule) {
    if rule.score_source.is_empty() {
        return;
    }
    let (facts, texts) = (&intake.facts, &intake.texts);
    intake.findings.change_from(0, |finding| {
        let facts = finding.facts.and_then(|id| facts.get(id.index()));
        let scores = facts.map(|facts| &*facts.scores).unwrap_or_default();
        if let Some(score) = of_named(scores, &rule.score_source, texts) {
            finding.cvss = Cvss::Scored(score);
        }
    });
}

/// The score of the first source that gave one: the highest of its newer versions, of 2.0
/// only where nobody gave a newer one. `None` leaves the highest of all, so that a name that
/// nobody has hides no finding; malware stays 10.0 whoever is named (rule O29). The list is
/// sorted, highest first.
fn of_named(scores: &[NamedScore], names: &[String], texts: &Texts) -> Option<CvssScore> {
    let is_newer = |named: &&NamedScore| named.score.version != CvssVersion::V20;
    if (scores.iter()).any(|named| named.score.source == ScoreSource::Malware) {
        return None;
    }
    let any_newer = scores.iter().any(|named| is_newer(&named));
    let is_by = |named: &NamedScore, name: &str| {
        named.by.is_some_and(|by| {
            let by = texts.get(by).raw();
            let short = by.split_once('@').map_or(by, |(short, _)| short);
            by.eq_ignore_ascii_case(name) || short.eq_ignore_ascii_case(name)
        })
    };
    names.iter().find_map(|name| {
        let mut of_them = scores.iter().filter(|named| !any_newer || is_newer(named));
        let found = of_them.find(|named| is_by(named, name))?;
        Some(found.score)
    })
}

/// True if another band lies between the two.
fn is_far_above(higher: Severity, lower: Severity) -> bool {
    Severity::ALL
        .iter()
        .skip_while(|band| **band != lower)
        .skip(2)
        .any(|band| *band == higher)
}
