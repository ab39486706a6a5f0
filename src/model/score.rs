//! CVSS numbers in tenths, and the bands they fall in.

use std::fmt;

/// A score in tenths, 0 to 100: 7.0 is `Tenths(70)`. Comparison is exact (rules 84, C12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tenths(u8);

impl Tenths {
    /// The highest score, 10.0.
    pub const MAX: Self = Self(100);
    /// The lowest score, 0.0.
    pub const ZERO: Self = Self(0);

    /// Tenths from 0 to 100; `None` above.
    pub const fn new(tenths: u8) -> Option<Self> {
        if tenths <= 100 {
            Some(Self(tenths))
        } else {
            None
        }
    }

    /// The number of tenths.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Tenths {
    /// One decimal, always: `7.0` (rule C22).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.0 / 10, self.0 % 10))
    }
}

/// The version of CVSS that a number was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum CvssVersion {
    /// The report gives a number alone.
    Unstated,
    /// CVSS 2.0.
    V20,
    /// CVSS 3.0.
    V30,
    /// CVSS 3.1.
    V31,
    /// CVSS 4.0.
    V40,
}

/// Which metric groups a number includes, in the nomenclature of CVSS 4.0 (rule C11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum CvssKind {
    /// The report gives a number alone.
    Unstated,
    /// Base.
    B,
    /// Base and threat (temporal in 2.0 and 3.x).
    Bt,
    /// Base and environmental.
    Be,
    /// Base, threat and environmental.
    Bte,
}

/// How krgate came by a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ScoreHow {
    /// Computed from a vector.
    Vector,
    /// Written as a number.
    Given,
    /// A word stood in the place of the number: the upper end of its band (rules 77, C27).
    Band,
    /// Out of the tool's own table of words (rules 85, C29), or by a rule of krgate (O29).
    Derived,
}

/// Where in the report the number stands (rules 72, 73, 79, C24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ScoreSource {
    /// `properties["security-severity"]` of the result.
    ResultSecuritySeverity,
    /// `properties["security-severity"]` of the rule.
    RuleSecuritySeverity,
    /// `cvssv40_baseScore` or its vector.
    CvssV40,
    /// `cvssv3_baseScore`, `cvss3BaseScore` or a vector of version 3.
    CvssV3,
    /// `cvssv2_score` or its vector.
    CvssV2,
    /// The scores of the vulnerability itself.
    Vulnerability,
    /// The scores of a vulnerability that it is related to (rule O23).
    Related,
    /// The highest score of a group, where no vector could be read (rule O28).
    Group,
    /// The kind of advisory: malware has no score by design (rule O29).
    Malware,
}

impl ScoreSource {
    /// The words that outputs show for the source.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResultSecuritySeverity => "security-severity of the result",
            Self::RuleSecuritySeverity => "security-severity of the rule",
            Self::CvssV40 => "CVSS 4.0 properties",
            Self::CvssV3 => "CVSS 3 properties",
            Self::CvssV2 => "CVSS 2 properties",
            Self::Vulnerability => "CVSS of the vulnerability",
            Self::Related => "CVSS of a related vulnerability",
            Self::Group => "highest score of its group",
            Self::Malware => "being malware",
        }
    }
}

/// One number that a report gives for a finding, with where it is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CvssScore {
    /// The number.
    pub tenths: Tenths,
    /// Its version.
    pub version: CvssVersion,
    /// The metric groups in it.
    pub kind: CvssKind,
    /// How it was come by.
    pub how: ScoreHow,
    /// Where it stands.
    pub source: ScoreSource,
}

/// What a report says of a finding's CVSS score. No score is not 0 (rules 76, 82, C17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cvss {
    /// No number, no vector, or none that could be read.
    Unscored,
    /// A bare 0.0: shown, but unscored for the gate (rules 76, C14).
    BareZero(ScoreSource),
    /// A number that the gate judges.
    Scored(CvssScore),
}

impl Cvss {
    /// The number that the gate judges; `None` where the finding counts as unscored.
    pub const fn judged(self) -> Option<CvssScore> {
        match self {
            Self::Scored(score) => Some(score),
            Self::Unscored | Self::BareZero(_) => None,
        }
    }
}

/// A band of scores (rules 78, C19), or the band that a word names (O3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Severity {
    /// 0.0.
    None,
    /// 0.1 to 3.9.
    Low,
    /// 4.0 to 6.9.
    Medium,
    /// 7.0 to 8.9.
    High,
    /// 9.0 to 10.0.
    Critical,
}

impl Severity {
    /// All bands, from the lowest.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The band of a number.
    pub const fn of(score: Tenths) -> Self {
        match score.get() {
            0 => Self::None,
            1..=39 => Self::Low,
            40..=69 => Self::Medium,
            70..=89 => Self::High,
            _ => Self::Critical,
        }
    }

    /// The highest number of the band, with which a bare word is compared (rules 77, C27).
    pub const fn upper_end(self) -> Tenths {
        match self {
            Self::None => Tenths(0),
            Self::Low => Tenths(39),
            Self::Medium => Tenths(69),
            Self::High => Tenths(89),
            Self::Critical => Tenths(100),
        }
    }

    /// The word of the policy and of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The band that a word of the policy names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

/// The lowest score of each band; those of CVSS unless a policy says others (rule C19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bands {
    /// Of `low`; what is below is `none`.
    pub low: Tenths,
    /// Of `medium`.
    pub medium: Tenths,
    /// Of `high`.
    pub high: Tenths,
    /// Of `critical`.
    pub critical: Tenths,
}

impl Default for Bands {
    fn default() -> Self {
        Self {
            low: Tenths(1),
            medium: Tenths(40),
            high: Tenths(70),
            critical: Tenths(90),
        }
    }
}

impl Bands {
    /// The band of a number.
    pub fn of(self, score: Tenths) -> Severity {
        [
            (self.critical, Severity::Critical),
            (self.high, Severity::High),
            (self.medium, Severity::Medium),
            (self.low, Severity::Low),
        ]
        .into_iter()
        .find(|(lowest, _)| score >= *lowest)
        .map_or(Severity::None, |(_, band)| band)
    }

    /// True if each band begins above the one below it, and `low` above 0.0.
    pub fn rise(self) -> bool {
        let all = [
            Tenths::ZERO,
            self.low,
            self.medium,
            self.high,
            self.critical,
        ];
        all.is_sorted_by(|lower, higher| lower < higher)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cvss_rule_019_bands_are_half_open_at_the_spec_s_borders() {
        let band = |t| Severity::of(Tenths(t));
        assert_eq!(band(0), Severity::None);
        assert_eq!((band(1), band(39)), (Severity::Low, Severity::Low));
        assert_eq!((band(40), band(69)), (Severity::Medium, Severity::Medium));
        assert_eq!((band(70), band(89)), (Severity::High, Severity::High));
        assert_eq!(
            (band(90), band(100)),
            (Severity::Critical, Severity::Critical)
        );
    }

    #[test]
    fn cvss_rule_019_the_bands_of_no_policy_are_those_of_cvss() {
        for tenths in 0..=100 {
            let score = Tenths(tenths);
            assert_eq!(Bands::default().of(score), Severity::of(score), "{score}");
        }
        assert!(Bands::default().rise());
        let flat = Bands {
            high: Tenths(90),
            ..Bands::default()
        };
        assert!(!flat.rise());
    }

    #[test]
    fn cvss_rule_022_one_decimal_always() {
        assert_eq!(Tenths(70).to_string(), "7.0");
        assert_eq!(Tenths(100).to_string(), "10.0");
        assert_eq!(Tenths(5).to_string(), "0.5");
        assert_eq!(Tenths::new(101), None);
    }
}
