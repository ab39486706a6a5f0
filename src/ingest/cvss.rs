//! CVSS: from text to a number in tenths.
//!
//! [`parse_vector`] scores a vector (rules C1 to C12), [`read_number`] reads a number that a
//! report gives (C13), [`read_word`] a word in its place (C27), and [`judge`] decides where
//! both a vector and a number are given (C14 to C16). This is the only file that names the
//! crate `cvss`; its error text echoes input and is never shown (C8).

use std::collections::BTreeSet;

use cvss::{v2, v3, v4};

use crate::model::{
    Cvss, CvssKind, CvssScore, CvssVersion, ScoreHow, ScoreSource, Severity, Tenths,
};

/// Why a vector is not read; the words are krgate's own (C8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum CvssRejection {
    /// C6, C7.
    #[error("it names no version of CVSS that is read: 2.0, 3.0, 3.1, 4.0")]
    Version,
    /// C3, C9.
    #[error("a part is empty, stands twice, or is no metric of its version")]
    Metric,
    /// C4.
    #[error("a base metric is missing")]
    Incomplete,
    /// C5.
    #[error("metrics are not written in their own letters")]
    Spelling,
}

/// What a vector says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct VectorScore {
    /// The base score, which is the one that is judged (C10).
    pub(super) base: Tenths,
    /// The score of all metrics that are given.
    pub(super) as_given: Tenths,
    /// The version.
    pub(super) version: CvssVersion,
    /// Which groups `as_given` includes, by the metrics whose value is not "not defined"
    /// (C11). The kind of `base` is always [`CvssKind::B`].
    pub(super) kind: CvssKind,
}

/// A number as a report gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberRead {
    /// The number in tenths.
    pub(super) tenths: Tenths,
    /// True if it had more decimals and went up to the next tenth.
    pub(super) raised: bool,
}

/// Base metrics of 3.x; all of them must be there (C4).
const BASE_3: [&str; 8] = ["AV", "AC", "PR", "UI", "S", "C", "I", "A"];
/// Base metrics of 4.0.
const BASE_4: [&str; 11] = [
    "AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA",
];
/// Threat metrics: temporal ones in 2.0 and 3.x.
const THREAT: [&str; 3] = ["E", "RL", "RC"];
/// Supplemental metrics of 4.0, which change no number.
const SUPPLEMENTAL_4: [&str; 6] = ["S", "AU", "R", "V", "RE", "U"];

/// Scores a vector of CVSS 2.0, 3.0, 3.1 or 4.0.
///
/// `assumed` is the version that the format names for a vector without a prefix (C6); such a
/// vector without it is read as 2.0.
///
/// # Errors
/// If the vector is not complete and well formed; nothing is repaired but white space around
/// it and one pair of parentheses (C2).
pub(super) fn parse_vector(
    text: &str,
    assumed: Option<CvssVersion>,
) -> Result<VectorScore, CvssRejection> {
    let text = text.trim_matches([' ', '\r', '\n']);
    let text = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(text);
    let (version, metrics) = match text.split_once('/') {
        Some(("CVSS:3.0", rest)) => (CvssVersion::V30, rest),
        Some(("CVSS:3.1", rest)) => (CvssVersion::V31, rest),
        Some(("CVSS:4.0", rest)) => (CvssVersion::V40, rest),
        Some((first, _)) if first.split(':').next().is_some_and(is_metric_name) => {
            (assumed.unwrap_or(CvssVersion::V20), text)
        }
        _ => return Err(CvssRejection::Version),
    };
    let metrics = Metrics::split(metrics)?;
    match version {
        CvssVersion::V20 => score_2(&metrics),
        CvssVersion::V30 => score_3(&metrics, "CVSS:3.0", version),
        CvssVersion::V31 => score_3(&metrics, "CVSS:3.1", version),
        CvssVersion::V40 => score_4(&metrics),
        CvssVersion::Unstated => Err(CvssRejection::Version),
    }
}

fn is_metric_name(text: &str) -> bool {
    !text.is_empty()
        && !text.eq_ignore_ascii_case("CVSS")
        && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The metrics of a vector, in the order given.
struct Metrics<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Metrics<'a> {
    /// # Errors
    /// If a part is no `name:value`, or a name stands twice (C3, C9).
    fn split(text: &'a str) -> Result<Self, CvssRejection> {
        let mut names = BTreeSet::new();
        let mut metrics = Vec::new();
        for part in text.split('/') {
            let (name, value) = part.split_once(':').ok_or(CvssRejection::Metric)?;
            if name.is_empty() || value.is_empty() || !names.insert(name) {
                return Err(CvssRejection::Metric);
            }
            metrics.push((name, value));
        }
        Ok(Self(metrics))
    }

    /// # Errors
    /// If one of the names is missing.
    fn need(&self, names: &[&str]) -> Result<(), CvssRejection> {
        let all = names
            .iter()
            .all(|name| self.0.iter().any(|(n, _)| n == name));
        if all {
            Ok(())
        } else {
            Err(CvssRejection::Incomplete)
        }
    }

    /// The vector in writing, of those metrics that are wanted.
    fn write(&self, prefix: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut out = prefix.to_owned();
        for (name, value) in self.0.iter().filter(|(name, _)| wanted(name)) {
            if !out.is_empty() {
                out.push('/');
            }
            out.push_str(name);
            out.push(':');
            out.push_str(value);
        }
        out
    }

    /// Holds what the crate understood against what was written: it reads lower case too.
    fn check_spelling(&self, prefix: &str, printed: &str) -> Result<(), CvssRejection> {
        let written = self.write(prefix, |_| true);
        let written: BTreeSet<&str> = written.split('/').collect();
        if printed.split('/').collect::<BTreeSet<_>>() == written {
            Ok(())
        } else {
            Err(CvssRejection::Spelling)
        }
    }

    fn kind(&self, base: &[&str], undefined: &str, others: &[&str]) -> CvssKind {
        let mut threat = false;
        let mut environmental = false;
        for (name, value) in &self.0 {
            if base.contains(name) || others.contains(name) || *value == undefined {
            } else if THREAT.contains(name) {
                threat = true;
            } else {
                environmental = true;
            }
        }
        match (threat, environmental) {
            (false, false) => CvssKind::B,
            (true, false) => CvssKind::Bt,
            (false, true) => CvssKind::Be,
            (true, true) => CvssKind::Bte,
        }
    }
}

fn score_2(metrics: &Metrics<'_>) -> Result<VectorScore, CvssRejection> {
    const BASE_2: [&str; 6] = ["AV", "AC", "Au", "C", "I", "A"];
    metrics.need(&BASE_2)?;
    let written = metrics.write("", |_| true);
    let vector: v2::Vector = written.parse().map_err(|_| CvssRejection::Metric)?;
    metrics.check_spelling("", &vector.to_string())?;
    let kind = metrics.kind(&BASE_2, "ND", &[]);
    let as_given = match kind {
        CvssKind::Unstated | CvssKind::B => vector.score(),
        CvssKind::Bt => vector.temporal_score(),
        CvssKind::Be | CvssKind::Bte => vector.environmental_score(),
    };
    Ok(VectorScore {
        base: tenths(vector.score().value()),
        as_given: tenths(as_given.value()),
        version: CvssVersion::V20,
        kind,
    })
}

fn score_3(
    metrics: &Metrics<'_>,
    prefix: &str,
    version: CvssVersion,
) -> Result<VectorScore, CvssRejection> {
    let written = metrics.write(prefix, |_| true);
    let vector: v3::Vector = written.parse().map_err(|_| CvssRejection::Metric)?;
    metrics.check_spelling(prefix, &vector.to_string())?;
    metrics.need(&BASE_3)?;
    let kind = metrics.kind(&BASE_3, "X", &[]);
    let as_given = match kind {
        CvssKind::Unstated | CvssKind::B => vector.base_score(),
        CvssKind::Bt | CvssKind::Be | CvssKind::Bte => vector.environmental_score(),
    };
    Ok(VectorScore {
        base: tenths(vector.base_score().value()),
        as_given: tenths(as_given.value()),
        version,
        kind,
    })
}

fn score_4(metrics: &Metrics<'_>) -> Result<VectorScore, CvssRejection> {
    const PREFIX: &str = "CVSS:4.0";
    metrics.need(&BASE_4)?;
    let parse = |text: &str| {
        text.parse::<v4::Vector>()
            .map_err(|_| CvssRejection::Metric)
    };
    let vector = parse(&metrics.write(PREFIX, |_| true))?;
    metrics.check_spelling(PREFIX, &vector.to_string())?;
    // The crate's score includes threat and environment; the one that is judged must not.
    let base = parse(&metrics.write(PREFIX, |name| BASE_4.contains(&name)))?;
    Ok(VectorScore {
        base: tenths(base.score().value()),
        as_given: tenths(vector.score().value()),
        version: CvssVersion::V40,
        kind: metrics.kind(&BASE_4, "X", &SUPPLEMENTAL_4),
    })
}

/// The one place where a float of the crate becomes tenths (C12).
#[expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the crate speaks in floats; `as` saturates, and −0.0 and NaN become 0"
)]
fn tenths(score: f64) -> Tenths {
    Tenths::new((score * 10.0).round() as u8).unwrap_or(Tenths::MAX)
}

/// Reads a number from 0 to 10 from its digits, never through a float (C13, rule 75).
///
/// `None` for anything but digits with an optional fraction, white space around them aside:
/// signs, exponents, commas, words, numbers above 10.
pub(super) fn read_number(text: &str) -> Option<NumberRead> {
    let text = text.trim_ascii();
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: u64 = match whole.trim_start_matches('0') {
        "" => 0,
        rest => rest.parse().ok().filter(|whole| *whole <= 10)?,
    };
    // Millionths, and whether anything stands beyond them.
    let mut millionths = whole * 1_000_000;
    let mut unit = 100_000;
    let mut beyond = false;
    for digit in fraction.bytes().map(|byte| u64::from(byte - b'0')) {
        millionths += digit * unit;
        beyond |= unit == 0 && digit != 0;
        unit /= 10;
    }
    if millionths > 10_000_000 || (millionths == 10_000_000 && beyond) {
        return None;
    }
    let tenth = 100_000;
    let (down, rest) = (millionths / tenth, millionths % tenth);
    // Single precision leaves 5.5999999 where 5.6 was meant: within 0.0005 of a tenth.
    let (tenths, raised) = match rest {
        0..500 => (down, false),
        500 if !beyond => (down, false),
        99_500.. => (down + 1, false),
        _ => (down + 1, true),
    };
    let tenths = u8::try_from(tenths).ok().and_then(Tenths::new)?;
    Some(NumberRead { tenths, raised })
}

/// The band that a word in the place of a score names (C27, rule 77).
pub(super) fn read_word(text: &str) -> Option<Severity> {
    let text = text.trim_ascii();
    [
        ("critical", Severity::Critical),
        ("high", Severity::High),
        ("medium", Severity::Medium),
        ("moderate", Severity::Medium),
        ("low", Severity::Low),
    ]
    .into_iter()
    .find(|(word, _)| text.eq_ignore_ascii_case(word))
    .map(|(_, severity)| severity)
}

/// What is judged where a report gives a number, a vector, or both (C10, C14 to C17), and
/// whether the two differ by more than a tenth.
///
/// A zero without a vector is [`Cvss::BareZero`].
pub(super) fn judge(
    number: Option<Tenths>,
    vector: Option<VectorScore>,
    source: ScoreSource,
) -> (Cvss, bool) {
    let score = |tenths, version, kind, how| {
        Cvss::Scored(CvssScore {
            tenths,
            version,
            kind,
            how,
            source,
        })
    };
    match (number.filter(|number| *number != Tenths::ZERO), vector) {
        (Some(given), Some(vector)) => {
            let differs = given.get().abs_diff(vector.as_given.get()) > 1;
            let judged = if differs && given > vector.base {
                score(given, vector.version, vector.kind, ScoreHow::Given)
            } else {
                score(vector.base, vector.version, CvssKind::B, ScoreHow::Vector)
            };
            (judged, differs)
        }
        (Some(given), None) => {
            let (version, kind) = (CvssVersion::Unstated, CvssKind::Unstated);
            (score(given, version, kind, ScoreHow::Given), false)
        }
        (None, Some(vector)) => {
            let differs = number.is_some() && vector.as_given.get() > 1;
            let judged = score(vector.base, vector.version, CvssKind::B, ScoreHow::Vector);
            (judged, differs)
        }
        (None, None) if number.is_some() => (Cvss::BareZero(source), false),
        (None, None) => (Cvss::Unscored, false),
    }
}

#[cfg(test)]
mod tests;
