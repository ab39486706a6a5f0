//! Findings, packed: there may be a million of them, and they are most of what is kept.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut, Range};

use super::{
    BaselineState, Class, Cvss, FactsId, Finding, FingerprintRange, Level, PathId, Region, RuleId,
    RunId, SecretId, Suppression, TextId, Triage, Validity,
};

/// Findings in the order of the reports.
///
/// Each takes 40 bytes and is unpacked when it is looked at. What is rare and does not fit (a
/// column beyond 65,535, a secret with a message) is kept whole beside them.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    packed: Vec<Packed>,
    whole: BTreeMap<usize, Finding>,
}

/// Number of fingerprints of a finding that is kept whole.
const WHOLE: u8 = u8::MAX;

/// A finding in few bytes. Of a secret there is no message and there are no facts, of all else
/// no secret and no commit, and where there are fingerprints neither commit nor facts.
#[derive(Debug, Clone, Copy)]
struct Packed {
    rule: RuleId,
    path: Option<PathId>,
    line: Option<NonZeroU32>,
    /// Of a secret which one, else the message.
    subject: u32,
    /// Where there are fingerprints the first; of other secrets the commit, else the facts.
    source: u32,
    item: u32,
    run: u16,
    /// 0 without one, as the others.
    column: u16,
    end_column: u16,
    /// From the first line to the last.
    lines: u16,
    states: States,
    cvss: Cvss,
    prints_len: u8,
}

/// Six words, each one of few, in one number.
#[derive(Debug, Clone, Copy)]
struct States(u16);

/// All words that [`States`] holds, by their number.
mod words {
    use super::{BaselineState, Class, Level, Suppression, Triage, Validity};

    pub(super) const LEVEL: [Level; 4] = Level::ALL;
    pub(super) const SUPPRESSION: [Suppression; 5] = [
        Suppression::None,
        Suppression::NotEffective,
        Suppression::InSource,
        Suppression::External,
        Suppression::Both,
    ];
    pub(super) const BASELINE: [BaselineState; 3] = [
        BaselineState::Unstated,
        BaselineState::New,
        BaselineState::Existing,
    ];
    pub(super) const VALIDITY: [Validity; 5] = Validity::ALL;
    pub(super) const TRIAGE: [Triage; 2] = [Triage::Open, Triage::Dismissed];
    pub(super) const CLASS: [Class; 8] = Class::ALL;
}

impl States {
    fn of(finding: &Finding) -> Self {
        let mut states = Self(0);
        states.add(&words::TRIAGE, &finding.triage);
        states.add(&words::VALIDITY, &finding.validity);
        states.add(&words::BASELINE, &finding.baseline);
        states.add(&words::SUPPRESSION, &finding.suppression);
        states.add(&words::LEVEL, &finding.level);
        states.add(&words::CLASS, &finding.class);
        states
    }

    /// Puts a word in: as many numbers as there are words stand for each of those before.
    fn add<T: PartialEq, const N: usize>(&mut self, words: &[T; N], word: &T) {
        let number = words.iter().zip(0..).find(|(known, _)| *known == word);
        self.0 = self.0 * count(words) + number.map_or(0, |(_, number)| number);
    }

    /// Takes the word out that was put in last.
    #[inline]
    fn take<T: Copy, const N: usize>(&mut self, words: &[T; N]) -> Option<T> {
        let number = usize::from(self.0 % count(words));
        self.0 /= count(words);
        words.get(number).copied()
    }

    #[inline]
    fn class(mut self) -> Class {
        self.take(&words::CLASS).unwrap_or(Class::Other)
    }
}

/// How many words there are.
fn count<T, const N: usize>(_: &[T; N]) -> u16 {
    u16::try_from(N).unwrap_or(u16::MAX)
}

impl Packed {
    /// `None` if it does not fit.
    fn of(finding: &Finding) -> Option<Self> {
        let other = match finding.class {
            Class::Secrets => finding.message.is_some() || finding.facts.is_some(),
            _ => finding.secret.is_some() || finding.commit.is_some(),
        };
        let prints_len = u8::try_from(finding.fingerprints.len).ok()?;
        let has_both = prints_len > 0 && (finding.commit.is_some() || finding.facts.is_some());
        if other || has_both || prints_len == WHOLE {
            return None;
        }
        let region = finding.region;
        let lines = match (region.line, region.end_line) {
            (_, None) => 0,
            (Some(first), Some(last)) => last.get().checked_sub(first.get())?.checked_add(1)?,
            (None, Some(_)) => return None,
        };
        Some(Self {
            lines: u16::try_from(lines).ok()?,
            column: u16::try_from(number(region.column)).ok()?,
            end_column: u16::try_from(number(region.end_column)).ok()?,
            run: u16::try_from(finding.run.index()).ok()?,
            source: if prints_len > 0 {
                finding.fingerprints.start
            } else {
                number(match finding.class {
                    Class::Secrets => finding.commit.map(TextId::number),
                    _ => finding.facts.map(FactsId::number),
                })
            },
            prints_len,
            ..Self::begun(finding)
        })
    }

    /// What of any finding fits, marked as one that is kept whole.
    fn begun(finding: &Finding) -> Self {
        let subject = match finding.class {
            Class::Secrets => finding.secret.map(SecretId::number),
            _ => finding.message.map(TextId::number),
        };
        Self {
            rule: finding.rule,
            path: finding.path,
            line: finding.region.line,
            subject: number(subject),
            source: 0,
            item: finding.item,
            run: 0,
            column: 0,
            end_column: 0,
            lines: 0,
            states: States::of(finding),
            cvss: finding.cvss,
            prints_len: WHOLE,
        }
    }

    #[inline]
    fn finding(&self) -> Finding {
        let subject = NonZeroU32::new(self.subject);
        let source = NonZeroU32::new(self.source).filter(|_| self.prints_len == 0);
        let mut states = self.states;
        let class = states.take(&words::CLASS).unwrap_or(Class::Other);
        let is_secret = class == Class::Secrets;
        let (secret, message) = if is_secret {
            (subject.map(SecretId::numbered), None)
        } else {
            (None, subject.map(TextId::numbered))
        };
        let (commit, facts) = if is_secret {
            (source.map(TextId::numbered), None)
        } else {
            (None, source.map(FactsId::numbered))
        };
        let last = u32::from(self.lines).checked_sub(1);
        Finding {
            run: RunId::new(usize::from(self.run)),
            rule: self.rule,
            path: self.path,
            region: Region {
                line: self.line,
                column: NonZeroU32::new(self.column.into()),
                end_line: self
                    .line
                    .zip(last)
                    .map(|(line, more)| line.saturating_add(more)),
                end_column: NonZeroU32::new(self.end_column.into()),
            },
            message,
            cvss: self.cvss,
            class,
            // Of each a word was put in; what stands for none is never taken.
            level: states.take(&words::LEVEL).unwrap_or(Level::Error),
            suppression: states
                .take(&words::SUPPRESSION)
                .unwrap_or(Suppression::None),
            baseline: states
                .take(&words::BASELINE)
                .unwrap_or(BaselineState::Unstated),
            validity: states
                .take(&words::VALIDITY)
                .unwrap_or(Validity::NotAttempted),
            triage: states.take(&words::TRIAGE).unwrap_or(Triage::Open),
            secret,
            commit,
            fingerprints: FingerprintRange {
                start: if self.prints_len > 0 { self.source } else { 0 },
                len: self.prints_len.into(),
            },
            facts,
            item: self.item,
        }
    }
}

fn number(number: Option<NonZeroU32>) -> u32 {
    number.map_or(0, NonZeroU32::get)
}

impl Findings {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.packed.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// The finding at a place.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Finding> {
        let packed = self.packed.get(index)?;
        if packed.prints_len == WHOLE {
            return self.whole.get(&index).copied();
        }
        Some(packed.finding())
    }

    /// The first.
    pub fn first(&self) -> Option<Finding> {
        self.get(0)
    }

    /// All of them in order.
    pub fn iter(&self) -> FindingsIter<'_> {
        FindingsIter {
            findings: self,
            left: 0..self.len(),
        }
    }

    /// The secrets that findings name, in their order, without the rest of the findings.
    pub fn secrets(&self) -> impl Iterator<Item = SecretId> {
        self.packed.iter().filter_map(|packed| {
            let is_secret = packed.states.class() == Class::Secrets;
            let subject = NonZeroU32::new(packed.subject).filter(|_| is_secret);
            subject.map(SecretId::numbered)
        })
    }

    /// The places of the secrets of which it is not known which they are.
    pub fn unnamed_secrets(&self) -> impl Iterator<Item = usize> {
        let packed = self.packed.iter().enumerate();
        packed.filter_map(|(index, packed)| {
            (packed.states.class() == Class::Secrets && packed.subject == 0).then_some(index)
        })
    }

    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        let packed = self.pack(self.len(), &finding);
        self.packed.push(packed);
    }

    /// The finding at a place, to be changed.
    pub fn get_mut(&mut self, index: usize) -> Option<FindingMut<'_>> {
        let finding = self.get(index)?;
        Some(FindingMut {
            findings: self,
            index,
            finding,
        })
    }

    /// The last one, to be changed.
    pub fn last_mut(&mut self) -> Option<FindingMut<'_>> {
        self.get_mut(self.len().checked_sub(1)?)
    }

    /// Changes each from a place on.
    pub fn change_from(&mut self, first: usize, mut change: impl FnMut(&mut Finding)) {
        for index in first..self.len() {
            if let Some(mut finding) = self.get_mut(index) {
                change(&mut finding);
            }
        }
    }

    /// Makes room for so many more.
    pub fn reserve_exact(&mut self, more: usize) {
        self.packed.reserve_exact(more);
    }

    /// Drops all but the first so many.
    pub fn truncate(&mut self, len: usize) {
        self.packed.truncate(len);
        self.whole.retain(|index, _| *index < len);
    }

    fn set(&mut self, index: usize, finding: &Finding) {
        let packed = self.pack(index, finding);
        if packed.prints_len != WHOLE {
            self.whole.remove(&index);
        }
        if let Some(place) = self.packed.get_mut(index) {
            *place = packed;
        }
    }

    fn pack(&mut self, index: usize, finding: &Finding) -> Packed {
        Packed::of(finding).unwrap_or_else(|| {
            self.whole.insert(index, *finding);
            Packed::begun(finding)
        })
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<T: IntoIterator<Item = Finding>>(list: T) -> Self {
        let mut findings = Self::default();
        list.into_iter().for_each(|finding| findings.push(finding));
        findings
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = Finding;
    type IntoIter = FindingsIter<'a>;

    fn into_iter(self) -> FindingsIter<'a> {
        self.iter()
    }
}

/// Findings in their order.
#[derive(Debug, Clone)]
pub struct FindingsIter<'a> {
    findings: &'a Findings,
    left: Range<usize>,
}

impl Iterator for FindingsIter<'_> {
    type Item = Finding;

    #[inline]
    fn next(&mut self) -> Option<Finding> {
        self.findings.get(self.left.next()?)
    }

    fn nth(&mut self, skipped: usize) -> Option<Finding> {
        self.findings.get(self.left.nth(skipped)?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl DoubleEndedIterator for FindingsIter<'_> {
    fn next_back(&mut self) -> Option<Finding> {
        self.findings.get(self.left.next_back()?)
    }
}

impl ExactSizeIterator for FindingsIter<'_> {}

/// A finding that is put back, as it is then, when this is dropped.
#[derive(Debug)]
pub struct FindingMut<'a> {
    findings: &'a mut Findings,
    index: usize,
    finding: Finding,
}

impl Deref for FindingMut<'_> {
    type Target = Finding;

    fn deref(&self) -> &Finding {
        &self.finding
    }
}

impl DerefMut for FindingMut<'_> {
    fn deref_mut(&mut self) -> &mut Finding {
        &mut self.finding
    }
}

impl Drop for FindingMut<'_> {
    fn drop(&mut self) {
        self.findings.set(self.index, &self.finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CvssKind, CvssScore, CvssVersion, ScoreHow, ScoreSource, Tenths, Texts};

    /// Of class SAST, with nearly all that a finding can have.
    fn full() -> Finding {
        let mut texts = Texts::default();
        Finding {
            run: RunId::new(3),
            rule: RuleId::new(70_000),
            path: Some(PathId::new(9)),
            region: Region {
                line: NonZeroU32::new(4_000_000_000),
                column: NonZeroU32::new(65_535),
                end_line: NonZeroU32::new(4_000_065_534),
                end_column: NonZeroU32::new(1),
            },
            message: Some(texts.intern("message")),
            cvss: Cvss::Scored(CvssScore {
                tenths: Tenths::MAX,
                version: CvssVersion::V40,
                kind: CvssKind::Bte,
                how: ScoreHow::Derived,
                source: ScoreSource::Malware,
            }),
            class: Class::Sast,
            level: Level::Error,
            suppression: Suppression::Both,
            baseline: BaselineState::Existing,
            validity: Validity::Inactive,
            triage: Triage::Dismissed,
            secret: None,
            commit: None,
            fingerprints: FingerprintRange {
                start: 80_000,
                len: 254,
            },
            facts: None,
            item: 90_000,
        }
    }

    fn secret() -> Finding {
        Finding {
            class: Class::Secrets,
            message: None,
            secret: Some(SecretId::new(11)),
            commit: full().message,
            fingerprints: FingerprintRange::default(),
            ..full()
        }
    }

    #[test]
    fn a_finding_stays_small() {
        assert_eq!(size_of::<Packed>(), 40);
    }

    #[test]
    fn every_word_comes_back_whatever_stands_beside_it() {
        let mut list = Vec::new();
        // Of secrets there is no message, which `full` has.
        let classes = words::CLASS
            .into_iter()
            .filter(|class| *class != Class::Secrets);
        for level in words::LEVEL {
            for suppression in words::SUPPRESSION {
                for baseline in words::BASELINE {
                    for validity in words::VALIDITY {
                        list.extend(words::TRIAGE.map(|triage| Finding {
                            level,
                            suppression,
                            baseline,
                            validity,
                            triage,
                            ..full()
                        }));
                    }
                }
            }
        }
        let of_class = |class| {
            list.iter()
                .map(move |finding| Finding { class, ..*finding })
        };
        let list: Vec<Finding> = classes.flat_map(of_class).collect();
        let findings: Findings = list.iter().copied().collect();
        assert_eq!(list.len(), 7 * 4 * 5 * 3 * 5 * 2);
        assert!(findings.whole.is_empty() && findings.iter().eq(list));
    }

    #[test]
    fn secrets_are_told_without_unpacking_the_rest() {
        let unnamed = Finding {
            secret: None,
            ..secret()
        };
        // One that is kept whole is told as the others.
        let wide = |finding: Finding| Finding {
            run: RunId::new(65_536),
            ..finding
        };
        let list = [
            full(),
            secret(),
            unnamed,
            wide(secret()),
            wide(unnamed),
            wide(full()),
        ];
        let findings: Findings = list.into_iter().collect();
        let named: Vec<usize> = findings.secrets().map(SecretId::index).collect();
        assert_eq!(named, [11, 11]);
        assert_eq!(findings.unnamed_secrets().collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn what_fits_and_what_does_not_comes_back_as_it_was() {
        let region = |region| Finding { region, ..full() };
        let whole = full().region;
        let prints = |start, len| FingerprintRange { start, len };
        let facts = Some(FactsId::new(5));
        let fit = [
            full(),
            secret(),
            region(Region::default()),
            Finding {
                commit: None,
                fingerprints: prints(0, 1),
                ..secret()
            },
            Finding {
                facts,
                fingerprints: prints(0, 0),
                ..full()
            },
        ];
        let wide = [
            Finding {
                run: RunId::new(65_536),
                ..full()
            },
            region(Region {
                column: NonZeroU32::new(65_536),
                ..whole
            }),
            region(Region {
                end_column: NonZeroU32::new(65_536),
                ..whole
            }),
            region(Region {
                end_line: NonZeroU32::new(4_000_065_535),
                ..whole
            }),
            region(Region {
                end_line: NonZeroU32::new(1),
                ..whole
            }),
            region(Region {
                line: None,
                ..whole
            }),
            Finding {
                message: full().message,
                ..secret()
            },
            Finding { facts, ..secret() },
            Finding { facts, ..full() },
            Finding {
                fingerprints: prints(1, 1),
                ..secret()
            },
            Finding {
                secret: secret().secret,
                ..full()
            },
            Finding {
                commit: full().message,
                ..full()
            },
            Finding {
                fingerprints: prints(1, 255),
                ..full()
            },
            Finding {
                fingerprints: prints(1, 256),
                ..full()
            },
        ];
        let list: Vec<Finding> = fit.into_iter().chain(wide).collect();
        let findings: Findings = list.iter().copied().collect();
        assert_eq!(findings.whole.len(), wide.len());
        assert!(findings.iter().eq(list.iter().copied()));
        assert!(findings.iter().rev().eq(list.iter().rev().copied()));
        assert_eq!(findings.iter().nth(2), list.get(2).copied());
        assert_eq!(findings.get(list.len()), None);
    }

    #[test]
    fn a_change_is_kept_whether_it_fits_or_not() {
        let mut findings: Findings = [secret(), full()].into_iter().collect();
        findings.last_mut().unwrap().run = RunId::new(70_000);
        findings.get_mut(0).unwrap().triage = Triage::Open;
        assert_eq!(findings.get(1).unwrap().run, RunId::new(70_000));
        assert_eq!(
            (findings.get(0).unwrap().triage, findings.whole.len()),
            (Triage::Open, 1)
        );
        findings.change_from(1, |finding| finding.run = RunId::new(1));
        assert_eq!(
            (findings.get(1).unwrap().run, findings.whole.len()),
            (RunId::new(1), 0)
        );
        findings.change_from(0, |finding| finding.run = RunId::new(70_000));
        findings.truncate(1);
        assert_eq!((findings.len(), findings.whole.len()), (1, 1));
    }
}
