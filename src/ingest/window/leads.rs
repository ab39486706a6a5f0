//! What leads from the end of one value to the beginning of the next, as it stood in an object
//! before: where it stands again, a name need not be looked for, compared and looked up.

use super::names::{FEW, MODELS};

/// Bytes of the longest lead that is remembered.
const LONGEST: usize = 48;

/// Leads of a model, and one that is never known: no object has a name after the last.
const STRIDE: usize = FEW + 1;

/// Leads of all models, by model and place of the name in it.
#[derive(Debug, Default)]
pub(super) struct Leads(Vec<Lead>);

/// Comma, name and colon before a value, with the white space between, as they stood the last
/// time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lead {
    bytes: [u8; LONGEST],
    /// All ones over the bytes that count.
    mask: [u8; LONGEST],
    hit: Hit,
    /// The model of the last object that was a value of the name.
    inner: u8,
}

/// What a lead tells where it stands again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hit {
    /// How many bytes lead to the value; 0 if no lead is known.
    len: u8,
    /// Where in them the name begins.
    name: u8,
    name_len: u8,
    /// The place of the name in a list of names; beyond it if it does not stand there.
    place: u8,
    /// The address of that list, by which it is known again; 0 if none was looked in.
    list: usize,
}

impl Hit {
    /// How many bytes lead to the value.
    pub(super) fn len(self) -> usize {
        self.len.into()
    }

    /// Where in them the name begins, and how long it is.
    pub(super) fn name(self) -> (usize, usize) {
        (self.name.into(), self.name_len.into())
    }

    /// Where the name stands in a list of names, beyond it if it does not, if that is known.
    pub(super) fn place_in(self, list: usize) -> Option<usize> {
        (self.list == list).then_some(self.place.into())
    }
}

impl Leads {
    /// The lead to a name of a model.
    #[inline]
    pub(super) fn get(&self, model: usize, name: usize) -> Option<&Lead> {
        self.0.get(model * STRIDE + name)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, model: usize, name: usize) -> Option<&mut Lead> {
        if name >= FEW {
            return None;
        }
        if self.0.is_empty() {
            self.0 = vec![Lead::default(); MODELS * STRIDE];
        }
        self.0.get_mut(model * STRIDE + name)
    }

    /// A model has other names now.
    pub(super) fn forget(&mut self, model: usize) {
        let range = model * STRIDE..(model + 1) * STRIDE;
        let leads = self.0.get_mut(range).unwrap_or_default();
        leads.fill(Lead::default());
    }
}

impl Default for Lead {
    fn default() -> Self {
        Self {
            bytes: [0; LONGEST],
            mask: [0; LONGEST],
            hit: Hit::default(),
            inner: 0,
        }
    }
}

impl Lead {
    /// Learns what led to a name, which begins at `name` in it.
    pub(super) fn learn(&mut self, lead: &[u8], name: usize, name_len: usize) {
        let (Some(bytes), Some((mask, rest))) = (
            self.bytes.get_mut(..lead.len()),
            self.mask.split_at_mut_checked(lead.len()),
        ) else {
            return;
        };
        bytes.copy_from_slice(lead);
        mask.fill(0xff);
        rest.fill(0);
        let brief = |number: usize| u8::try_from(number).unwrap_or_default();
        self.hit = Hit {
            len: brief(lead.len()),
            name: brief(name),
            name_len: brief(name_len),
            ..Hit::default()
        };
    }

    /// Learns where the name stands in a list of names.
    pub(super) fn learn_place(&mut self, list: usize, place: usize) {
        if let Ok(place) = u8::try_from(place) {
            (self.hit.list, self.hit.place) = (list, place);
        }
    }

    /// What it tells if a text goes on with it. All bytes are compared, so that the compiler
    /// makes vector code of it.
    #[inline]
    pub(super) fn begins(&self, text: &[u8]) -> Option<Hit> {
        let text = text.first_chunk::<LONGEST>()?;
        let differs = |(byte, (own, mask)): (&u8, (&u8, &u8))| (byte ^ own) & mask;
        let own = self.bytes.iter().zip(&self.mask);
        let all = text
            .iter()
            .zip(own)
            .map(differs)
            .fold(0, |all, one| all | one);
        (all == 0 && self.hit.len > 0).then_some(self.hit)
    }

    /// The model of the last object that was a value of the name.
    pub(super) fn inner(&self) -> usize {
        self.inner.into()
    }

    /// Remembers it.
    pub(super) fn set_inner(&mut self, model: usize) {
        self.inner = u8::try_from(model).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: &[u8] = b",\n      \"a-name-of-some-length\" : ";

    #[test]
    fn a_lead_is_known_again_by_each_of_its_bytes() {
        let mut lead = Lead::default();
        assert!(lead.begins(&[0; LONGEST]).is_none());
        lead.learn(NAMED, 9, 21);
        let text = [NAMED, b"7,      and whatever follows after that"].concat();
        let hit = lead.begins(&text).unwrap();
        assert_eq!((hit.len(), hit.name()), (NAMED.len(), (9, 21)));
        assert_eq!(text[9..30], *b"a-name-of-some-length");
        for at in 0..text.len() {
            let mut other = text.clone();
            other[at] ^= 1;
            assert_eq!(lead.begins(&other).is_some(), at >= NAMED.len(), "{at}");
        }
        assert!(lead.begins(&text[..LONGEST - 1]).is_none());
        // One that is too long is not learnt, and a shorter one leaves nothing of the longer.
        lead.learn(&[b'x'; LONGEST + 1], 0, 1);
        assert!(lead.begins(&text).is_some());
        lead.learn(b",\"b\":", 2, 1);
        assert!(
            lead.begins(&[b",\"b\":".as_slice(), &text].concat())
                .is_some()
        );
    }

    #[test]
    fn no_name_follows_the_last_of_a_model() {
        let mut leads = Leads::default();
        for model in 0..MODELS {
            for name in 0..FEW {
                leads.get_mut(model, name).unwrap().learn(b"\"a\":", 1, 1);
            }
        }
        let text = [b"\"a\":".as_slice(), &[b' '; LONGEST]].concat();
        for model in 0..MODELS {
            assert!(leads.get_mut(model, FEW).is_none());
            assert!(leads.get(model, FEW - 1).unwrap().begins(&text).is_some());
            let after = leads.get(model, FEW);
            assert!(after.is_none_or(|lead| lead.begins(&text).is_none()));
        }
        leads.forget(1);
        let known = |model| leads.get(model, 0).unwrap().begins(&text).is_some();
        assert!(known(0) && !known(1) && known(2));
    }
}
