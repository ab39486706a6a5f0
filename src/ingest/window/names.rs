//! The member names of the objects that are open, to notice one that stands twice.

use std::collections::BTreeSet;

use super::leads::{Hit, Lead, Leads};

/// More names than this in one object are looked up in a tree.
pub(super) const FEW: usize = 32;

/// Kinds of objects that are remembered, by their first name.
pub(super) const MODELS: usize = 16;

/// Names of the open objects, outermost first, as unescaped bytes.
///
/// Most objects of a report have the names of one before, in its order, its model. As long as
/// that holds no name can stand twice, and one comparison a name tells that it does.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: Vec<u8>,
    seen: Vec<Seen>,
    frames: Vec<Frame>,
    models: [Model; MODELS],
    leads: Leads,
    /// Of the innermost object how many names it has, while these are the first of its model and
    /// stand there alone.
    alike: Option<usize>,
    /// Its model, chosen by its first name; before that the one of the last object in its place.
    model: usize,
    /// The model of the last object that no other one is around.
    outermost: usize,
}

/// The names of an object that closed, each once.
#[derive(Debug, Default)]
struct Model {
    text: Vec<u8>,
    seen: Vec<Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    /// The first bytes, which tell most names apart.
    brief: u64,
    len: usize,
    /// Where the rest is, of a name of more than eight bytes.
    start: usize,
}

/// An open object.
#[derive(Debug)]
struct Frame {
    text: usize,
    seen: usize,
    /// What [`Names::alike`] and [`Names::model`] are of the object around it.
    outer: (Option<usize>, usize),
    /// Names beyond the few.
    many: Option<BTreeSet<Box<[u8]>>>,
}

impl Names {
    /// An object opens.
    pub(super) fn open(&mut self) {
        let outer = (self.alike, self.model);
        let model = match self.last_lead() {
            Some(lead) if !self.frames.is_empty() => lead.inner(),
            _ => self.outermost,
        };
        self.frames.push(Frame {
            text: self.text.len(),
            seen: self.seen.len(),
            outer,
            many: None,
        });
        (self.alike, self.model) = (Some(0), model);
    }

    /// The innermost object closes.
    pub(super) fn close(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let (alike, chosen) = (self.alike, self.model);
        (self.alike, self.model) = frame.outer;
        if alike.is_none() && frame.many.is_none() && !self.is_used(chosen) {
            let own = self.seen.get(frame.seen..).unwrap_or_default();
            if let Some(model) = self.models.get_mut(chosen) {
                model.text.clear();
                model.seen.clear();
                copy_names(own, &self.text, &mut model.seen, &mut model.text);
                self.leads.forget(chosen);
            }
        }
        self.text.truncate(frame.text);
        self.seen.truncate(frame.seen);
    }

    /// True if the names of an open object stand in a model alone: meanwhile it stays as it is.
    fn is_used(&self, model: usize) -> bool {
        let uses =
            |(alike, of): (Option<usize>, usize)| of == model && alike.is_some_and(|n| n > 0);
        let innermost = (self.alike, self.model);
        let mut outer = self.frames.iter().map(|frame| frame.outer);
        !self.frames.is_empty() && (uses(innermost) || outer.any(uses))
    }

    /// Notes the next name of the innermost object where the text goes on as it did in an object
    /// before.
    #[inline]
    pub(super) fn next_alike(&mut self, text: &[u8]) -> Option<Hit> {
        let at = self.alike?;
        let hit = self.leads.get(self.model, at)?.begins(text)?;
        self.alike = Some(at + 1);
        Some(hit)
    }

    /// What led to the last name of the innermost object, while it is like its model.
    fn last_lead(&self) -> Option<&Lead> {
        self.leads.get(self.model, self.alike?.checked_sub(1)?)
    }

    /// The same, to be changed.
    pub(super) fn last_lead_mut(&mut self) -> Option<&mut Lead> {
        self.leads.get_mut(self.model, self.alike?.checked_sub(1)?)
    }

    /// Notes a name of the innermost object; false if it was there before.
    #[inline]
    pub(super) fn add(&mut self, name: &[u8]) -> bool {
        if self.frames.is_empty() {
            return true;
        }
        let brief = brief(name);
        if self.alike == Some(0) {
            self.choose(kind(brief));
        }
        if let Some(at) = self.alike
            && let Some(model) = self.models.get(self.model)
            && let Some(next) = model.seen.get(at)
            && next.is(name, brief, &model.text)
        {
            self.alike = Some(at + 1);
            return true;
        }
        self.add_unlike(name, brief)
    }

    /// Chooses the model of the innermost object, also as a guess for the next in its place.
    fn choose(&mut self, model: usize) {
        self.model = model;
        match self.frames.as_slice() {
            [.., frame] if self.frames.len() > 1 => {
                let (alike, outer) = frame.outer;
                let last = alike.and_then(|names| names.checked_sub(1));
                if let Some(lead) = last.and_then(|last| self.leads.get_mut(outer, last)) {
                    lead.set_inner(model);
                }
            }
            _ => self.outermost = model,
        }
    }

    /// As [`Names::add`] in an object that is not, or no longer, like its model.
    fn add_unlike(&mut self, name: &[u8], brief: u64) -> bool {
        let Some(frame) = self.frames.last_mut() else {
            return true;
        };
        if let Some(alike) = self.alike.take()
            && let Some(model) = self.models.get(self.model)
        {
            let first = model.seen.get(..alike).unwrap_or_default();
            copy_names(first, &model.text, &mut self.seen, &mut self.text);
        }
        let few = self.seen.get(frame.seen..).unwrap_or_default();
        if few.iter().any(|seen| seen.is(name, brief, &self.text)) {
            return false;
        }
        if few.len() < FEW {
            self.seen.push(Seen {
                brief,
                len: name.len(),
                start: self.text.len(),
            });
            if name.len() > 8 {
                self.text.extend_from_slice(name);
            }
            return true;
        }
        frame.many.get_or_insert_default().insert(name.into())
    }
}

impl Seen {
    /// True for this name; `text` is where it stands if it is long.
    #[inline]
    fn is(&self, name: &[u8], brief: u64, text: &[u8]) -> bool {
        self.brief == brief && self.len == name.len() && (self.len <= 8 || self.rest(text) == name)
    }

    fn rest<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        text.get(self.start..self.start + self.len)
            .unwrap_or_default()
    }
}

/// Copies names, with the text of long ones.
fn copy_names(names: &[Seen], text: &[u8], to: &mut Vec<Seen>, to_text: &mut Vec<u8>) {
    for name in names {
        to.push(Seen {
            start: to_text.len(),
            ..*name
        });
        if name.len > 8 {
            to_text.extend_from_slice(name.rest(text));
        }
    }
}

/// The model that a first name chooses.
#[inline]
fn kind(brief: u64) -> usize {
    let mixed = brief.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    usize::try_from(mixed).unwrap_or(0) % MODELS
}

/// The first bytes of a name; all of it, given its length, up to eight.
#[inline]
fn brief(name: &[u8]) -> u64 {
    if let Some(head) = name.first_chunk::<8>() {
        return u64::from_le_bytes(*head);
    }
    if let (Some(head), Some(tail)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        let word = |half: &[u8; 4]| u64::from(u32::from_le_bytes(*half));
        return word(head) | (word(tail) << 32);
    }
    name.iter()
        .fold(0, |word, byte| (word << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_like_one_before_may_differ_from_it_at_any_name() {
        let all: [&[u8]; 5] = [b"id", b"a-long-name", b"name", b"another-long-name", b"x"];
        let mut names = Names::default();
        for like in 0..all.len() {
            for _ in 0..2 {
                names.open();
                assert!(all.iter().all(|name| names.add(name)));
                assert!(all.iter().all(|name| !names.add(name)));
                names.close();
            }
            names.open();
            assert!(all[..like].iter().all(|name| names.add(name)));
            assert!(names.add(b"other"));
            assert!(!names.add(b"other"));
            assert!(all[..like].iter().all(|name| !names.add(name)));
            assert!(all[like..].iter().all(|name| names.add(name)));
            names.close();
        }
    }

    #[test]
    fn an_object_inside_does_not_change_what_the_outer_one_had() {
        let mut names = Names::default();
        let of_one_object = |names: &mut Names, all: &[&[u8]]| {
            names.open();
            assert!(all.iter().all(|name| names.add(name)));
            names.close();
        };
        of_one_object(&mut names, &[b"id", b"inner", b"end"]);
        for _ in 0..2 {
            names.open();
            assert!(names.add(b"id") && names.add(b"inner"));
            of_one_object(&mut names, &[b"id", b"other"]);
            of_one_object(&mut names, &[b"id", b"inner", b"other"]);
            assert!(!names.add(b"inner"));
            assert!(names.add(b"other") && names.add(b"end"));
            assert!(!names.add(b"id"));
            names.close();
        }
        assert!((0..MODELS).all(|model| !names.is_used(model)));
    }

    #[test]
    fn a_model_stays_while_an_open_object_is_like_it() {
        let mut names = Names::default();
        for _ in 0..2 {
            names.open();
            assert!(names.add(b"id") && names.add(b"inner"));
            names.close();
        }
        names.open();
        assert!(names.add(b"id") && names.add(b"inner"));
        // An object inside that begins alike and goes on otherwise.
        names.open();
        assert!(names.add(b"id") && names.add(b"other"));
        names.close();
        assert!(names.add(b"other") && !names.add(b"inner"));
        names.close();
    }

    #[test]
    fn a_name_is_new_once_in_its_object() {
        let mut names = Names::default();
        names.open();
        for index in 0..100 {
            assert!(names.add(format!("a-long-name-{index}").as_bytes()));
        }
        assert!(names.add(b"id"));
        assert!(names.add(b"di"));
        names.open();
        assert!(names.add(b"id"));
        assert!(!names.add(b"id"));
        names.close();
        assert!(!names.add(b"id"));
        for index in 0..100 {
            assert!(!names.add(format!("a-long-name-{index}").as_bytes()));
        }
    }
}
