//! Results that wait for the end of their run, when rules, tool and bases are known.

use zeroize::Zeroizing;

use crate::model::{Level, Region, Strings, Suppression, TextId, Texts, Validity};

use super::tables::{Local, NONE, place};

/// The kind of a result, as far as it decides (rules 30 to 34).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResultKind {
    /// `fail`, absent, unknown.
    Fail,
    /// `pass`, `notApplicable`.
    Pass,
    /// `open`, `review`, `informational`.
    Review,
}

/// `baselineState` as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Baseline {
    Unstated,
    New,
    Existing,
    Absent,
    Unknown,
}

/// One result, folded.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    /// Number of its [`super::tables::RuleRef`].
    pub(super) rule: u32,
    /// Number of its [`super::tables::PlaceKey`], or [`NONE`].
    pub(super) place: u32,
    /// Number of its [`super::tables::Extra`], or [`NONE`].
    pub(super) extra: u32,
    /// `provenance.invocationIndex`, or [`NONE`].
    pub(super) invocation: u32,
    /// Where in its part stands when it was first detected, or [`NONE`].
    pub(super) detected: u32,
    /// Its message in [`Messages`], or [`NONE`].
    pub(super) message: u32,
    /// Its snippet in [`Snippets`], or [`NONE`].
    pub(super) snippet: u32,
    pub(super) region: Region,
    pub(super) commit: Option<Local>,
    /// Where its fingerprints are.
    pub(super) prints: (u32, u16),
    pub(super) kind: ResultKind,
    /// Its own level.
    pub(super) level: Option<Level>,
    pub(super) suppression: Suppression,
    pub(super) baseline: Baseline,
    /// What a property of its location says of the secret.
    pub(super) validity: Validity,
}

impl Default for Pending {
    fn default() -> Self {
        Self {
            rule: NONE,
            place: NONE,
            extra: NONE,
            invocation: NONE,
            detected: NONE,
            message: NONE,
            snippet: NONE,
            region: Region::default(),
            commit: None,
            prints: (0, 0),
            kind: ResultKind::Fail,
            level: None,
            suppression: Suppression::None,
            baseline: Baseline::Unstated,
            validity: Validity::NotAttempted,
        }
    }
}

impl Pending {
    /// True if kind and level make it count (rules 30 to 34).
    pub(super) fn counts(&self) -> bool {
        match self.kind {
            ResultKind::Fail => true,
            ResultKind::Pass => false,
            ResultKind::Review => self.level.is_some_and(|level| level != Level::None),
        }
    }
}

/// A fingerprint that may be kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Print {
    pub(super) key: Local,
    pub(super) value: [u8; 16],
}

/// Results in blocks that are given back one by one.
#[derive(Debug, Default)]
pub(super) struct Pendings {
    blocks: Vec<Vec<Pending>>,
    len: usize,
}

/// Large enough that a block goes back to the system at once.
const BLOCK: usize = 32 << 10;

impl Pendings {
    pub(super) fn push(&mut self, pending: Pending) {
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(pending),
            Some(_) => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(pending);
                self.blocks.push(block);
            }
            // Most reports are small.
            None => self.blocks.push(vec![pending]),
        }
        self.len += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Pending> {
        self.blocks.iter().flatten()
    }

    /// All of them, giving memory back on the way.
    pub(super) fn drain(self) -> impl Iterator<Item = Pending> {
        self.blocks.into_iter().flatten()
    }
}

/// Messages of results, which may hold a secret until the class of each result is known
/// (rule 111): they leave only for the intake, and are wiped otherwise.
#[derive(Debug, Default)]
pub(super) struct Messages {
    texts: Strings,
    kept: Vec<Option<TextId>>,
    /// How many of a block are not kept yet.
    waiting: Vec<u32>,
}

impl Messages {
    pub(super) fn add(&mut self, text: &str) -> u32 {
        // More is cut in the intake (limit L6); a few bytes more let it leave its mark.
        let text = text
            .get(..text.floor_char_boundary(Texts::MOST_BYTES + 4))
            .unwrap_or_default();
        u32::try_from(self.texts.intern(text)).unwrap_or(NONE)
    }

    /// No more will be added.
    pub(super) fn close(&mut self) {
        self.texts.close();
        self.kept = vec![None; self.texts.len()];
        for block in (0..self.texts.len()).filter_map(|number| self.texts.block(number)) {
            if self.waiting.len() <= block {
                self.waiting.resize(block + 1, 0);
            }
            if let Some(waiting) = self.waiting.get_mut(block) {
                *waiting += 1;
            }
        }
    }

    /// Puts a message into the intake; memory is given back block by block.
    pub(super) fn keep(&mut self, message: u32, texts: &mut Texts) -> Option<TextId> {
        let number = place(message);
        let slot = self.kept.get_mut(number)?;
        if slot.is_none() {
            *slot = Some(texts.intern(self.texts.get(number)?));
            let block = self.texts.block(number)?;
            let waiting = self.waiting.get_mut(block)?;
            *waiting = waiting.saturating_sub(1);
            if *waiting == 0 {
                self.texts.drop_block(block);
            }
        }
        *slot
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        self.texts.wipe();
    }
}

/// Snippets that may be secrets, in blocks that never move, wiped on drop.
#[derive(Default)]
pub(super) struct Snippets {
    blocks: Vec<Zeroizing<Vec<u8>>>,
    places: Vec<(u32, u32, u32)>,
}

impl std::fmt::Debug for Snippets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snippets(‹secrets›)")
    }
}

impl Snippets {
    /// Most bytes of a snippet that is kept (rule 111).
    pub(super) const MOST: usize = 16 << 10;
    const BLOCK: usize = 256 << 10;

    /// Takes a snippet; [`NONE`] for one that is too long.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        if text.len() > Self::MOST || text.is_empty() {
            return NONE;
        }
        let fits = |block: &Zeroizing<Vec<u8>>| block.capacity() - block.len() >= text.len();
        if !self.blocks.last().is_some_and(fits) {
            let size = if self.blocks.is_empty() {
                Self::MOST
            } else {
                Self::BLOCK
            };
            self.blocks.push(Zeroizing::new(Vec::with_capacity(size)));
        }
        let number = |n: usize| u32::try_from(n).unwrap_or(NONE);
        let block = number(self.blocks.len() - 1);
        let Some(last) = self.blocks.last_mut() else {
            return NONE;
        };
        let start = number(last.len());
        last.extend_from_slice(text.as_bytes());
        self.places.push((block, start, number(text.len())));
        number(self.places.len() - 1)
    }

    /// The snippet of this number, for the vault alone.
    pub(super) fn expose(&self, snippet: u32) -> Option<&str> {
        let (block, start, len) = *self.places.get(place(snippet))?;
        let bytes = self.blocks.get(place(block))?;
        let bytes = bytes.get(place(start)..place(start) + place(len))?;
        std::str::from_utf8(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_come_back_as_they_were() {
        let mut snippets = Snippets::default();
        let texts: Vec<String> = (0..100).map(|n| "é".repeat(n * 20 + 1)).collect();
        let numbers: Vec<u32> = texts.iter().map(|text| snippets.add(text)).collect();
        for (text, number) in texts.iter().zip(numbers) {
            assert_eq!(snippets.expose(number), Some(text.as_str()));
        }
        assert_eq!(snippets.add(&"x".repeat(Snippets::MOST + 1)), NONE);
        assert_eq!(snippets.add(""), NONE);
        assert_eq!(snippets.expose(NONE), None);
    }

    #[test]
    fn a_pending_result_is_small() {
        assert!(size_of::<Pending>() <= 64);
        assert_eq!(size_of::<Option<Local>>(), 4);
    }
}
