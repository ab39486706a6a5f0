//! What few findings have beside a rule and a place: facts about a vulnerability.
//!
//! They stand in [`super::Intake::facts`], once for all findings that share them, so that a
//! finding grows by four bytes alone.

use std::num::NonZeroU32;

use super::{Concealed, Cve, CvssScore, Quantity, Severity, TextId};

/// Place of [`Facts`] in [`super::Intake::facts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactsId(NonZeroU32);

impl FactsId {
    /// The place with this index; indices beyond `u32` collapse into the last one, which no
    /// table reaches.
    pub fn new(index: usize) -> Self {
        let number = u32::try_from(index).map_or(u32::MAX, |index| index.saturating_add(1));
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX))
    }

    /// The index in its table.
    pub fn index(self) -> usize {
        usize::try_from(self.0.get() - 1).unwrap_or(usize::MAX)
    }

    /// Its number, from 1, for [`super::Findings`].
    pub(super) fn number(self) -> NonZeroU32 {
        self.0
    }

    /// That of a number.
    pub(super) fn numbered(number: NonZeroU32) -> Self {
        Self(number)
    }
}

/// A package without its version (rule O8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// The type of its package URL, with the distribution where there is one: `npm`, `pypi`,
    /// `deb/debian`; `None` where the report does not say.
    pub ecosystem: Option<TextId>,
    /// Its name with the namespace before it: `@babel/core`, `org.acme/core`.
    pub name: TextId,
}

/// The probability that a vulnerability is exploited within 30 days, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Probability(u32);

impl Probability {
    const ONE: u32 = 1_000_000_000;

    /// A decimal from 0 to 1, in digits with at most one point. Beyond nine places it goes up
    /// to the next, so that no comparison is passed by rounding.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return None;
        }
        let (kept, rest) = fraction.split_at_checked(9).unwrap_or((fraction, ""));
        let parts: u32 = format!("{kept:0<9}").parse().ok()?;
        let up = u32::from(rest.bytes().any(|byte| byte != b'0'));
        let whole: u32 = match whole.trim_start_matches('0') {
            "" => 0,
            "1" => Self::ONE,
            _ => return None,
        };
        let number = whole.checked_add(parts)?.checked_add(up)?;
        (number <= Self::ONE).then_some(Self(number))
    }

    /// The number.
    pub fn quantity(self) -> Quantity {
        Quantity::ratio(i64::from(self.0), i64::from(Self::ONE)).unwrap_or(Quantity::ZERO)
    }
}

/// One score of several, with who gave it (rule C18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NamedScore {
    /// The score.
    pub score: CvssScore,
    /// Who gave it, in the report's words.
    pub by: Option<TextId>,
}

/// What a report says of a vulnerability; nothing is here that it does not say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Facts {
    /// What is vulnerable.
    pub package: Option<Package>,
    /// The version that was found, for display alone: it is no part of any identity.
    pub version: Option<TextId>,
    /// The advisory by which it is told from others: the smallest CVE, else the tool's own
    /// id (rule O8).
    pub advisory: Option<TextId>,
    /// All ids of it, sorted by text, each once.
    pub ids: Box<[TextId]>,
    /// The CVE numbers among `ids`, ascending, each once: scrubbing changes texts, and a CVE
    /// that is lost would read as one that no catalogue lists.
    pub cves: Box<[Cve]>,
    /// True if a fixed version is named, false if the report says there is none (rule O11).
    pub fix_available: Option<bool>,
    /// The versions that mend it, in the report's words, sorted by text.
    pub fixed_in: Box<[TextId]>,
    /// The highest probability of exploitation (rule O12).
    pub epss: Option<Probability>,
    /// True if the report says that it is known to be exploited (rule O12).
    pub kev: Option<bool>,
    /// The band of the report's word for the severity (rule O3); `None` if it has none, or
    /// one that says nothing.
    pub severity: Option<Severity>,
    /// Whose word that is, where the report says (rule O20).
    pub severity_by: Option<TextId>,
    /// Every score that the report gives; one of them is the finding's (rule C18).
    pub scores: Box<[NamedScore]>,
    /// Places within what was scanned, as written: layers, folders of modules. No paths of
    /// the repository.
    pub places: Box<[TextId]>,
    /// The package's name as it was written, where scrubbing changed it; see
    /// [`super::Rule::concealed_id`].
    pub concealed_package: Option<Concealed>,
}

impl Facts {
    /// What makes two findings the same vulnerability: advisory and package.
    pub fn vulnerability(&self) -> Option<(TextId, Package)> {
        Some((self.advisory?, self.package?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_rule_012_probabilities_are_exact_and_never_rounded_down() {
        let parse = |text| Probability::parse(text).map(|p| p.quantity().to_decimal(9));
        assert_eq!(parse("0.94358").as_deref(), Some("0.943580000"));
        assert_eq!(parse("1").as_deref(), Some("1.000000000"));
        assert_eq!(parse("0.0000000001").as_deref(), Some("0.000000001"));
        for bad in [
            "",
            ".",
            "1.1",
            "-0.1",
            "1e-3",
            "NaN",
            "0,5",
            "1.0000000001",
            "9",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
