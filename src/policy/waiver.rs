//! Waivers: findings that are set aside, by whom, why and until when.

use std::fmt::Write as _;

use globset::GlobMatcher;
use jiff::civil::Date;

use super::{Filter, VexStatement, VexStatus, scalar};

/// The waivers of a policy and what they must carry.
#[derive(Debug, Clone, Default)]
pub struct Waivers {
    /// What stands before the name of a file that counts from the repository's root: nothing,
    /// or the folder of a policy elsewhere, with its `/`.
    pub root: String,
    /// The file that the policy names, from the repository's root.
    pub file: Option<String>,
    /// Those of the policy, then those of the file, in the order in which they are written.
    pub list: Vec<Waiver>,
    /// What each of them must carry.
    pub require: Vec<WaiverPart>,
    /// How many days one may hold.
    pub max_days: Option<u32>,
    /// Findings that nothing may set aside (rule 38).
    pub forbid: Option<Filter>,
}

/// What a waiver says that the finding is. It sets aside the same whatever it says; over time
/// a false positive is told apart from what is there and is lived with (rules M5, M26).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaiverKind {
    /// It is none: the scanner was wrong.
    FalsePositive,
    /// It is one, and somebody bears the risk.
    AcceptedRisk,
    /// It is one, and something else keeps it from being used.
    MitigatingControl,
    /// It is one, in what tests alone use.
    UsedInTests,
}

impl WaiverKind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::FalsePositive,
        Self::AcceptedRisk,
        Self::MitigatingControl,
        Self::UsedInTests,
    ];

    /// The word of the language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "false_positive",
            Self::AcceptedRisk => "accepted_risk",
            Self::MitigatingControl => "mitigating_control",
            Self::UsedInTests => "used_in_tests",
        }
    }

    /// In words of people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::FalsePositive => "a false positive",
            Self::AcceptedRisk => "an accepted risk",
            Self::MitigatingControl => "mitigated by something else",
            Self::UsedInTests => "used in tests alone",
        }
    }

    /// The kind of a word of the language.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A part of a waiver that a policy may demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaiverPart {
    /// What the finding is.
    Kind,
    /// Why.
    Reason,
    /// Who answers for it.
    Owner,
    /// Who agreed.
    ApprovedBy,
    /// Since when.
    Created,
    /// Until when.
    Expires,
}

impl WaiverPart {
    /// The key of the language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Reason => "reason",
            Self::Owner => "owner",
            Self::ApprovedBy => "approved_by",
            Self::Created => "created",
            Self::Expires => "expires",
        }
    }

    /// The part of a key of the language.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Kind,
            Self::Reason,
            Self::Owner,
            Self::ApprovedBy,
            Self::Created,
            Self::Expires,
        ]
        .into_iter()
        .find(|part| part.as_str() == word)
    }
}

/// One waiver. What it says of a finding is joined by AND, so that a key more never makes it
/// wider.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// What it is called.
    pub id: Option<String>,
    /// What it sets aside.
    pub subject: WaiverSubject,
    /// What it says that the finding is.
    pub kind: Option<WaiverKind>,
    /// Why.
    pub reason: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Who agreed.
    pub approved_by: Option<String>,
    /// The day on which it was given.
    pub created: Option<Date>,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// The file that it stands in, as shown.
    pub source: String,
    /// Its line in that file, 1-based; of a VEX document the number of the statement.
    pub line: usize,
}

/// What a waiver sets aside. It names a finding, or a rule with a path or a package.
#[derive(Debug, Clone, Default)]
pub struct WaiverSubject {
    /// The first digits of a finding id, 8 to 32, in lower case.
    pub finding: Option<String>,
    /// A glob over rule ids and the ids of vulnerabilities.
    pub rule: Option<NamedGlob>,
    /// Globs over paths of the repository.
    pub path: Option<PathGlobs>,
    /// A glob over packages.
    pub package: Option<NamedGlob>,
    /// What a VEX document states, instead of all the others.
    pub statement: Option<VexStatement>,
}

/// A glob with its text.
#[derive(Debug, Clone)]
pub struct NamedGlob {
    /// As written.
    pub text: String,
    /// Compiled.
    pub glob: GlobMatcher,
}

/// Globs of which one without `!` must match, and none with it.
#[derive(Debug, Clone)]
pub struct PathGlobs {
    /// As written.
    pub texts: Vec<String>,
    /// Those without `!`.
    pub within: Vec<GlobMatcher>,
    /// Those with `!`, without it.
    pub without: Vec<GlobMatcher>,
}

/// Reads what a waiver is to be called.
///
/// # Errors
/// With what was expected.
pub fn waiver_id(text: &str) -> Result<String, &'static str> {
    scalar::id(text).map(|()| text.to_owned())
}

impl PathGlobs {
    /// True if the path is in.
    pub fn holds(&self, path: &str) -> bool {
        self.within.iter().any(|glob| glob.is_match(path))
            && !self.without.iter().any(|glob| glob.is_match(path))
    }
}

impl Waiver {
    /// A statement of a VEX document as a waiver: it has no end, and its author answers for it.
    pub fn of_statement(statement: &VexStatement) -> Self {
        Self {
            id: None,
            subject: WaiverSubject {
                statement: Some(statement.clone()),
                ..WaiverSubject::default()
            },
            kind: (statement.status == VexStatus::FalsePositive)
                .then_some(WaiverKind::FalsePositive),
            reason: statement.justification.clone(),
            owner: statement.author.clone(),
            approved_by: None,
            created: None,
            expires: None,
            source: statement.source.clone(),
            line: statement.number,
        }
    }

    /// Where it stands in its file: `line 12`, `statement 3`.
    pub fn place(&self) -> String {
        let what = match self.subject.statement {
            Some(_) => "statement",
            None => "line",
        };
        format!("{what} {}", self.line)
    }

    /// What people call it: its id, else what it sets aside. Text of the policy, foreign to
    /// every output.
    pub fn label(&self) -> String {
        match &self.id {
            Some(id) => id.clone(),
            None => self.subject.in_words(),
        }
    }

    /// The parts that it does not carry, of those demanded.
    pub fn lacks(&self, demanded: &[WaiverPart]) -> Vec<WaiverPart> {
        let mut lacks = demanded.to_vec();
        lacks.retain(|part| match part {
            WaiverPart::Kind => self.kind.is_none(),
            WaiverPart::Reason => self.reason.is_none(),
            WaiverPart::Owner => self.owner.is_none(),
            WaiverPart::ApprovedBy => self.approved_by.is_none(),
            WaiverPart::Created => self.created.is_none(),
            WaiverPart::Expires => self.expires.is_none(),
        });
        lacks
    }
}

impl WaiverSubject {
    /// `finding 7f3a91c2`, `rule python.ssrf in services/pay/**`.
    pub fn in_words(&self) -> String {
        if let Some(statement) = &self.statement {
            let id = statement.ids.first().map_or("", String::as_str);
            return format!("{id}, {}", statement.status.in_words());
        }
        let mut words = String::new();
        if let Some(digits) = &self.finding {
            let _ = write!(words, "finding {}", digits.get(..8).unwrap_or(digits));
        }
        if let Some(rule) = &self.rule {
            let gap = if words.is_empty() { "" } else { ", " };
            let _ = write!(words, "{gap}rule {}", rule.text);
        }
        if let Some(path) = &self.path {
            let _ = write!(words, " in {}", path.texts.join(", "));
        }
        if let Some(package) = &self.package {
            let _ = write!(words, " of {}", package.text);
        }
        words
    }
}
