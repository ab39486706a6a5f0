//! Which number of a result or its rule is the score (rules 72 to 82, C24 to C28).

use std::io::Read;

use crate::diagnostic::{Code, Message};
use crate::model::{
    Cvss, CvssKind, CvssScore, CvssVersion, ScoreHow, ScoreSource, Severity, Tenths,
};

use super::super::cvss;
use super::super::window::{Refusal, Scalar, Window};
use super::notes::Notes;
use super::tables::{Local, Pool};

/// What a bag of properties says of scores, as far as it is a property of this kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct ScoreProps {
    /// `security-severity`.
    pub(super) severity: Given,
    /// Other keys; few bags have any.
    others: Option<Box<Others>>,
}

/// A number, or a word in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Given {
    /// Absent, or nothing that could be read.
    #[default]
    Nothing,
    /// A number from 0.0 to 10.0.
    Number(Tenths),
    /// A band (rule 77).
    Word(Severity),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Others {
    unscored: bool,
    /// In the order of [`KEYS`].
    numbers: [Option<Tenths>; 4],
    vectors: [Option<Local>; 4],
}

/// The keys beside `security-severity`, best first: number, vector, version of a vector
/// without a prefix, source.
const KEYS: [(&str, &str, CvssVersion, ScoreSource); 4] = [
    (
        "cvssv40_baseScore",
        "cvssv40_vector",
        CvssVersion::V40,
        ScoreSource::CvssV40,
    ),
    (
        "cvssv3_baseScore",
        "cvssv3_vector",
        CvssVersion::V31,
        ScoreSource::CvssV3,
    ),
    (
        "cvss3BaseScore",
        "cvss3Vector",
        CvssVersion::V31,
        ScoreSource::CvssV3,
    ),
    (
        "cvssv2_score",
        "cvssv2_vector",
        CvssVersion::V20,
        ScoreSource::CvssV2,
    ),
];

/// The key of 2.0, which comes last of all (rule 79).
const OLDEST: usize = 3;

/// A property that says something of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScoreKey {
    Severity,
    Unscored,
    Number(usize),
    Vector(usize),
}

impl ScoreKey {
    /// The key of this name, if it is one.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "security-severity" => return Some(Self::Severity),
            "unscored" => return Some(Self::Unscored),
            _ if !name.starts_with("cvss") => return None,
            _ => {}
        }
        KEYS.iter().enumerate().find_map(|(index, key)| {
            if key.0 == name {
                Some(Self::Number(index))
            } else {
                (key.1 == name).then_some(Self::Vector(index))
            }
        })
    }
}

impl ScoreProps {
    /// True if nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.severity == Given::Nothing && self.others.is_none()
    }

    /// Takes the value of a key.
    pub(super) fn take<R: Read>(
        &mut self,
        w: &mut Window<R>,
        key: ScoreKey,
        pool: &mut Pool,
        notes: &mut Notes<'_>,
        place: impl Fn() -> String,
    ) -> Result<(), Refusal> {
        let value = w.scalar()?;
        if value == Scalar::Null {
            return Ok(());
        }
        match key {
            ScoreKey::Severity => self.severity = severity(value, notes, place),
            ScoreKey::Unscored => {
                let says_so = matches!(value, Scalar::Bool(true))
                    || matches!(value, Scalar::Text(text) if text.trim() == "true");
                if says_so {
                    self.others().unscored = true;
                }
            }
            ScoreKey::Number(index) => {
                let number = number(value, notes, place);
                if let Some(slot) = self.others().numbers.get_mut(index) {
                    *slot = number;
                }
            }
            ScoreKey::Vector(index) => match value {
                Scalar::Text(text) if !text.trim().is_empty() => {
                    let vector = pool.intern(text);
                    if let Some(slot) = self.others().vectors.get_mut(index) {
                        *slot = Some(vector);
                    }
                }
                Scalar::Text(_) => {}
                _ => note_vector(notes, place),
            },
        }
        Ok(())
    }

    fn others(&mut self) -> &mut Others {
        self.others.get_or_insert_default()
    }
}

fn severity(value: Scalar<'_>, notes: &mut Notes<'_>, place: impl Fn() -> String) -> Given {
    if let Scalar::Text(text) = value
        && let Some(band) = cvss::read_word(text)
    {
        notes.note(Code::SarifScoreWord, place, || {
            Message::from(
                "a word stands where a score should; it counts as the upper end of its band",
            )
        });
        return Given::Word(band);
    }
    number(value, notes, place).map_or(Given::Nothing, Given::Number)
}

fn number(value: Scalar<'_>, notes: &mut Notes<'_>, place: impl Fn() -> String) -> Option<Tenths> {
    let read = match value {
        Scalar::Text(text) | Scalar::Number(text) => cvss::read_number(text),
        _ => None,
    };
    let Some(read) = read else {
        notes.note(Code::CvssScoreInvalid, place, || {
            Message::from("a score is no number from 0.0 to 10.0; it is not read")
        });
        return None;
    };
    if read.raised {
        notes.note(Code::CvssScoreRounded, place, || {
            Message::from("a score has more than one decimal; it went up to the next tenth")
        });
    }
    Some(read.tenths)
}

fn note_vector(notes: &mut Notes<'_>, place: impl Fn() -> String) {
    notes.note(Code::CvssVectorInvalid, place, || {
        Message::from("a CVSS vector is no text; it is not read")
    });
}

/// The number in `security-severity`: the result's, or else the rule's. 0.0 is one.
pub(super) fn severity_number(result: &ScoreProps, rule: Option<&ScoreProps>) -> Option<Tenths> {
    let number = |props: &ScoreProps| match props.severity {
        Given::Number(number) => Some(number),
        Given::Nothing | Given::Word(_) => None,
    };
    number(result).or_else(|| number(rule?))
}

/// Chooses the score; `derived` says that the tool makes its numbers out of words (rule 85).
pub(super) fn choose(
    result: &ScoreProps,
    rule: Option<&ScoreProps>,
    derived: bool,
    pool: &Pool,
    notes: &mut Notes<'_>,
    place: impl Fn() -> String,
) -> Cvss {
    let of_result = of_severity(result, ScoreSource::ResultSecuritySeverity, derived);
    let of_rule = || of_severity(rule?, ScoreSource::RuleSecuritySeverity, derived);
    let severity = of_result.or_else(of_rule);
    if let Some(scored @ Cvss::Scored(_)) = severity {
        return scored;
    }
    let bags = [Some(result), rule];
    let bags = || {
        bags.into_iter()
            .flatten()
            .filter_map(|bag| bag.others.as_deref())
    };
    if bags().any(|others| others.unscored) {
        return severity.unwrap_or(Cvss::Unscored);
    }
    // A zero that stands for "unknown" (rule 76) hides no number that another key has.
    let newer = bags().flat_map(|others| (0..OLDEST).map(move |key| (others, key)));
    let oldest = bags().map(|others| (others, OLDEST));
    for (others, key) in newer.chain(oldest) {
        let judged = others.judge(key, pool, notes, &place);
        if let Cvss::Scored(_) = judged {
            return judged;
        }
    }
    severity.unwrap_or(Cvss::Unscored)
}

fn of_severity(props: &ScoreProps, source: ScoreSource, derived: bool) -> Option<Cvss> {
    let (tenths, how) = match props.severity {
        Given::Nothing => return None,
        Given::Number(Tenths::ZERO) => return Some(Cvss::BareZero(source)),
        Given::Number(number) if derived => (number, ScoreHow::Derived),
        Given::Number(number) => (number, ScoreHow::Given),
        Given::Word(band) => (band.upper_end(), ScoreHow::Band),
    };
    Some(Cvss::Scored(CvssScore {
        tenths,
        version: CvssVersion::Unstated,
        kind: CvssKind::Unstated,
        how,
        source,
    }))
}

impl Others {
    fn judge(
        &self,
        key: usize,
        pool: &Pool,
        notes: &mut Notes<'_>,
        place: &impl Fn() -> String,
    ) -> Cvss {
        let Some((_, _, version, source)) = KEYS.get(key) else {
            return Cvss::Unscored;
        };
        let number = self.numbers.get(key).copied().flatten();
        let vector = self.vectors.get(key).copied().flatten();
        let vector =
            vector.and_then(
                |text| match cvss::parse_vector(pool.get(text), Some(*version)) {
                    Ok(vector) => Some(vector),
                    Err(rejection) => {
                        notes.note(Code::CvssVectorInvalid, place, || {
                            Message::from(format!("a CVSS vector is not read: {rejection}"))
                        });
                        None
                    }
                },
            );
        let (judged, differs) = cvss::judge(number, vector, *source);
        if differs {
            notes.note(Code::CvssScoreMismatch, place, || {
                Message::from("a CVSS vector and the score beside it differ; the higher is judged")
            });
        }
        // Rule 80: a zero beside no vector says nothing.
        match judged {
            Cvss::BareZero(_) => Cvss::Unscored,
            judged => judged,
        }
    }
}
