//! The member names of the objects that are open, to notice one that stands twice.

use std::collections::BTreeSet;

/// More names than this in one object are looked up in a tree.
const FEW: usize = 32;

/// Names of the open objects, outermost first, as unescaped bytes.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: Vec<u8>,
    seen: Vec<Seen>,
    frames: Vec<Frame>,
}

#[derive(Debug)]
struct Seen {
    /// The first bytes, which tell most names apart.
    brief: u64,
    len: usize,
    /// Where the rest is, of a name of more than eight bytes.
    start: usize,
}

#[derive(Debug)]
struct Frame {
    text: usize,
    seen: usize,
    /// Names beyond the few.
    many: Option<BTreeSet<Box<[u8]>>>,
}

impl Names {
    /// An object opens.
    pub(super) fn open(&mut self) {
        self.frames.push(Frame {
            text: self.text.len(),
            seen: self.seen.len(),
            many: None,
        });
    }

    /// The innermost object closes.
    pub(super) fn close(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.text.truncate(frame.text);
            self.seen.truncate(frame.seen);
        }
    }

    /// Notes a name of the innermost object; false if it was there before.
    pub(super) fn add(&mut self, name: &[u8]) -> bool {
        let Some(frame) = self.frames.last_mut() else {
            return true;
        };
        let brief = brief(name);
        let few = self.seen.get(frame.seen..).unwrap_or_default();
        for seen in few {
            if seen.brief == brief && seen.len == name.len() {
                let end = seen.start + seen.len;
                if name.len() <= 8 || self.text.get(seen.start..end) == Some(name) {
                    return false;
                }
            }
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
