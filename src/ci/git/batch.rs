//! Reading many objects with one process: `git cat-file --batch` (rule R48).

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::command::Fault;
use super::{Git, unreadable_answer, unusable, words};
use crate::diagnostic::Diagnostic;
use crate::model::ObjectId;

/// Most bytes of a line that tells an object's name, kind and size.
const HEADER: usize = 4096;

/// An entry of a tree: its mode, its name, and what is there.
pub type Entry = (String, Vec<u8>, ObjectId);

/// What git has under a name that it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The object's name.
    pub id: ObjectId,
    /// `blob`, `tree`, `commit` or `tag`.
    pub kind: String,
    /// What it holds.
    pub content: Content,
}

/// What an object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// Only the SHA-256 of its bytes, for they are more than were to be kept.
    TooLarge([u8; 32]),
}

impl Git {
    /// Reads objects by names as `git rev-parse` takes them, none of which holds a line's end,
    /// and gives each to `take` with its place in the list: `None` if there is none. No object
    /// of more than `most` bytes is kept.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn objects(
        &self,
        names: &[String],
        most: usize,
        take: &mut dyn FnMut(usize, Option<Found>),
    ) -> Result<(), Box<Diagnostic>> {
        if names.is_empty() {
            return Ok(());
        }
        let mut reader = Reader::new(most);
        let mut input = names.join("\n").into_bytes();
        input.push(b'\n');
        let arguments = words(&["cat-file", "--batch"]);
        self.runner
            .feed(&arguments, Some(input), &mut |piece| {
                reader.take(piece, take)
            })
            .map_err(|fault| unusable(&fault, &self.directory))?;
        if reader.next == names.len() && matches!(reader.state, State::Header(_)) {
            Ok(())
        } else {
            Err(unusable(&Fault::TooLarge, &self.directory))
        }
    }

    /// One object by a name.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn object(&self, name: String, most: usize) -> Result<Option<Found>, Box<Diagnostic>> {
        let mut found = None;
        self.objects(&[name], most, &mut |_, object| found = object)?;
        Ok(found)
    }
}

/// Takes the answer apart, in whatever pieces it comes.
struct Reader {
    most: usize,
    next: usize,
    state: State,
}

enum State {
    Header(Vec<u8>),
    Body(Body),
    /// An answer that is none: nothing more is read.
    Broken,
}

struct Body {
    id: ObjectId,
    kind: String,
    /// Bytes that are still to come, without the line feed after them.
    left: usize,
    kept: Kept,
}

enum Kept {
    Bytes(Vec<u8>),
    Hash(Sha256),
}

impl Reader {
    const fn new(most: usize) -> Self {
        Self {
            most,
            next: 0,
            state: State::Header(Vec::new()),
        }
    }

    /// Takes a piece; false if it cannot be read.
    fn take(&mut self, mut piece: &[u8], take: &mut dyn FnMut(usize, Option<Found>)) -> bool {
        while !piece.is_empty() {
            piece = match &mut self.state {
                State::Header(line) => match piece.iter().position(|byte| *byte == b'\n') {
                    None if line.len().saturating_add(piece.len()) > HEADER => {
                        self.state = State::Broken;
                        &[]
                    }
                    None => {
                        line.extend_from_slice(piece);
                        &[]
                    }
                    Some(at) => {
                        let (end, rest) = piece.split_at(at);
                        line.extend_from_slice(end);
                        let line = std::mem::take(line);
                        self.header(&String::from_utf8_lossy(&line), take);
                        rest.get(1..).unwrap_or_default()
                    }
                },
                State::Body(body) => {
                    let (own, rest) = piece.split_at(body.left.min(piece.len()));
                    body.left = body.left.saturating_sub(own.len());
                    match &mut body.kept {
                        Kept::Bytes(bytes) => bytes.extend_from_slice(own),
                        Kept::Hash(hash) => hash.update(own),
                    }
                    match rest.split_first() {
                        None => &[],
                        Some((b'\n', rest)) => {
                            self.end(take);
                            rest
                        }
                        Some(_) => {
                            self.state = State::Broken;
                            &[]
                        }
                    }
                }
                State::Broken => return false,
            };
        }
        !matches!(self.state, State::Broken)
    }

    /// `ID KIND SIZE`, or a name and why there is no object.
    fn header(&mut self, line: &str, take: &mut dyn FnMut(usize, Option<Found>)) {
        let parts: Vec<&str> = line.split(' ').collect();
        let known = match parts.as_slice() {
            [id, kind, size] => {
                ObjectId::new(id)
                    .zip(size.parse::<usize>().ok())
                    .map(|(id, size)| Body {
                        id,
                        kind: (*kind).to_owned(),
                        left: size,
                        kept: if size <= self.most {
                            Kept::Bytes(Vec::with_capacity(size))
                        } else {
                            Kept::Hash(Sha256::new())
                        },
                    })
            }
            _ => None,
        };
        match known {
            Some(body) => self.state = State::Body(body),
            None if line.ends_with(" missing") || line.ends_with(" ambiguous") => {
                take(self.next, None);
                self.next = self.next.saturating_add(1);
            }
            None => self.state = State::Broken,
        }
    }

    fn end(&mut self, take: &mut dyn FnMut(usize, Option<Found>)) {
        let state = std::mem::replace(&mut self.state, State::Header(Vec::new()));
        if let State::Body(body) = state {
            let content = match body.kept {
                Kept::Bytes(bytes) => Content::Bytes(bytes),
                Kept::Hash(hash) => Content::TooLarge(hash.finalize().into()),
            };
            let found = Found {
                id: body.id,
                kind: body.kind,
                content,
            };
            take(self.next, Some(found));
            self.next = self.next.saturating_add(1);
        }
    }
}

/// The entries of a tree object; `None` if they cannot be read. `digest` is the length of a name of an object in bytes.
fn entries(mut tree: &[u8], digest: usize) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !tree.is_empty() {
        let end = tree.iter().position(|byte| *byte == 0)?;
        let (head, rest) = (tree.get(..end)?, tree.get(end.checked_add(1)?..)?);
        let blank = head.iter().position(|byte| *byte == b' ')?;
        let mode = String::from_utf8(head.get(..blank)?.to_vec()).ok()?;
        let name = head.get(blank.checked_add(1)?..)?.to_vec();
        let id = rest.get(..digest)?;
        let mut hex = String::new();
        for byte in id {
            let _ = write!(hex, "{byte:02x}");
        }
        entries.push((mode, name, ObjectId::new(&hex)?));
        tree = rest.get(digest..)?;
    }
    Some(entries)
}

impl Found {
    /// The entries of a tree.
    ///
    /// # Errors
    /// If it is no tree.
    pub fn entries(&self) -> Result<Vec<Entry>, Box<Diagnostic>> {
        let bytes = match &self.content {
            Content::Bytes(bytes) if self.kind == "tree" => bytes,
            _ => return Err(Box::new(unreadable_answer())),
        };
        entries(bytes, self.id.as_str().len() / 2).ok_or_else(|| Box::new(unreadable_answer()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4ecffe2c7a8ad85ded5d038873646693a2c83cec";

    fn read(pieces: &[&[u8]], most: usize) -> (bool, Vec<Option<Found>>) {
        let mut reader = Reader::new(most);
        let mut found = Vec::new();
        let read = pieces
            .iter()
            .all(|piece| reader.take(piece, &mut |_, object| found.push(object)));
        (read, found)
    }

    #[test]
    fn record_r48_objects_are_read_in_whatever_pieces_they_come() {
        let text = format!("{ID} blob 3\na\nb\nx missing\n{ID} blob 0\n\n");
        let whole = read(&[text.as_bytes()], 10);
        let found = |bytes: &[u8]| {
            Some(Found {
                id: ObjectId::new(ID).unwrap(),
                kind: "blob".into(),
                content: Content::Bytes(bytes.to_vec()),
            })
        };
        assert_eq!(whole, (true, vec![found(b"a\nb"), None, found(b"")]));
        let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(read(&single, 10), whole);
        for broken in ["x\n", "y blob 3\nabc\n"] {
            assert!(!read(&[broken.as_bytes()], 10).0, "{broken}");
        }
        let long = format!("{ID} blob 1\nabc");
        assert!(!read(&[long.as_bytes()], 10).0);
    }

    #[test]
    fn record_r11_what_is_too_large_is_only_hashed() {
        let text = format!("{ID} blob 3\nabc\n");
        let (_, found) = read(&[text.as_bytes()], 2);
        let hash: [u8; 32] = Sha256::digest(b"abc").into();
        assert_eq!(found[0].as_ref().unwrap().content, Content::TooLarge(hash));
    }
}
