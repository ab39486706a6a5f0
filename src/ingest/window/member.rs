//! The names of members, and what is between one value and the next.

use std::io::Read;

use crate::diagnostic::{Code, Message};
use crate::model::Untrusted;

use super::leads::Hit;
use super::token;
use super::walk::{Text, part};
use super::{Refusal, Window};

/// The name of a member, as a reader knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum Member<'a, T> {
    /// A name that the reader knows, and what it is for.
    Known(&'static str, T),
    /// Any other, unescaped.
    Other(&'a [u8]),
}

impl<R: Read> Window<R> {
    /// The name of the next member of the object that was entered, unescaped; its value must
    /// then be taken, entered or skipped. `None` leaves the object.
    ///
    /// # Errors
    /// If the name stood in the object before (rule 112), or the grammar is broken.
    pub(in crate::ingest) fn member(&mut self) -> Result<Option<&str>, Refusal> {
        match self.name()? {
            Some(name) => self.text(name).map(Some),
            None => Ok(None),
        }
    }

    /// As [`Window::member`], with the name as bytes: for members that come by the million.
    #[inline]
    pub(in crate::ingest) fn member_bytes(&mut self) -> Result<Option<&[u8]>, Refusal> {
        Ok(match self.name()? {
            Some(name) => Some(part(&self.buffer, &self.scratch, name)),
            None => None,
        })
    }

    /// As [`Window::member`], by a table of the names that the reader knows, with what each is
    /// for, and `None` for those that are passed over. Of an object like one before the names
    /// are not looked up again.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub(in crate::ingest) fn member_of<T: Copy>(
        &mut self,
        known: &'static [(&'static str, Option<T>)],
    ) -> Result<Option<Member<'_, T>>, Refusal> {
        let list = known.as_ptr().addr();
        loop {
            let (name, place) = match self.next_alike() {
                Some((name, hit)) => (name, hit.place_in(list)),
                None => match self.any_name()? {
                    Some(name) => (name, None),
                    None => return Ok(None),
                },
            };
            let place = place.unwrap_or_else(|| {
                let name = part(&self.buffer, &self.scratch, name);
                let is_name = |entry: &(&str, Option<T>)| entry.0.as_bytes() == name;
                let place = known.iter().position(is_name).unwrap_or(known.len());
                if let Some(lead) = self.names.last_lead_mut() {
                    lead.learn_place(list, place);
                }
                place
            });
            match known.get(place) {
                Some((_, None)) => self.skip()?,
                Some((name, Some(is))) => return Ok(Some(Member::Known(name, *is))),
                None => {
                    let name = part(&self.buffer, &self.scratch, name);
                    return Ok(Some(Member::Other(name)));
                }
            }
        }
    }

    fn name(&mut self) -> Result<Option<Text>, Refusal> {
        match self.next_alike() {
            Some((name, _)) => Ok(Some(name)),
            None => self.any_name(),
        }
    }

    /// Takes a name that stands as it did in an object before, with what is around it;
    /// otherwise nothing.
    #[inline]
    fn next_alike(&mut self) -> Option<(Text, Hit)> {
        let window = self.buffer.get(self.pos..self.end)?;
        let hit = self.names.next_alike(window)?;
        let (start, len) = hit.name();
        let start = self.pos + start;
        self.pos += hit.len();
        self.fresh = false;
        Some((Text::Plain { start, len }, hit))
    }

    fn any_name(&mut self) -> Result<Option<Text>, Refusal> {
        if self.here() == Some(b'}') {
            self.pos += 1;
            self.fresh = false;
            self.nesting.close();
            self.names.close();
            return Ok(None);
        }
        let before = self.pos;
        if let Some(text @ Text::Plain { start, len }) = self.short_name() {
            if !self.names.add(part(&self.buffer, &self.scratch, text)) {
                return Err(self.duplicate(text));
            }
            let window = self.buffer.get(..self.end).unwrap_or_default();
            self.pos = token::blank_end(window, self.pos);
            let lead = window.get(before..self.pos).unwrap_or_default();
            if let Some(last) = self.names.last_lead_mut() {
                last.learn(lead, start - before, len);
            }
            return Ok(Some(text));
        }
        if !self.step(b'}', "`,` or `}`")? {
            self.names.close();
            return Ok(None);
        }
        if self.look()? != b'"' {
            return Err(self.syntax_at(self.pos, "a member name"));
        }
        let text = self.string_token()?;
        let name = part(&self.buffer, &self.scratch, text);
        if !self.names.add(name) {
            return Err(self.duplicate(text));
        }
        self.colon(text).map(Some)
    }

    /// Takes a short name without escapes, with the comma before and the colon after it, if
    /// all of it is in the window; otherwise nothing.
    #[inline]
    fn short_name(&mut self) -> Option<Text> {
        let known = self.buffer.get(..self.end)?;
        let mut at = token::blank_end(known, self.pos);
        if !self.fresh {
            if known.get(at) != Some(&b',') {
                return None;
            }
            at = token::blank_end(known, at + 1);
        }
        if known.get(at) != Some(&b'"') {
            return None;
        }
        let start = at + 1;
        let end = token::short_end(known, start)?;
        if known.get(end..end + 2) != Some(b"\":") {
            return None;
        }
        self.fresh = false;
        self.pos = end + 2;
        Some(Text::Plain {
            start,
            len: end - start,
        })
    }

    /// Takes the colon after a name; looking for it may move the name.
    #[inline]
    fn colon(&mut self, name: Text) -> Result<Text, Refusal> {
        if self
            .buffer
            .get(..self.end)
            .and_then(|known| known.get(self.pos))
            == Some(&b':')
        {
            self.pos += 1;
            return Ok(name);
        }
        self.mark = match name {
            Text::Plain { start, .. } => Some(start),
            Text::Unescaped => None,
        };
        let byte = self.look()?;
        let moved = self.mark.take();
        if byte != b':' {
            return Err(self.syntax_at(self.pos, "`:`"));
        }
        self.pos += 1;
        Ok(match (name, moved) {
            (Text::Plain { len, .. }, Some(start)) => Text::Plain { start, len },
            (name, _) => name,
        })
    }

    #[cold]
    fn duplicate(&self, text: Text) -> Refusal {
        let name = String::from_utf8_lossy(part(&self.buffer, &self.scratch, text)).into_owned();
        let message = Message::from("the member ")
            .foreign(Untrusted::new(&name))
            .own(" stands twice in one object");
        let (offset, line_column) = self.place(self.pos);
        Refusal::new(Code::ReportDuplicateKey, message)
            .at(offset, line_column)
            .hint("readers differ on which of the two counts; let the tool write the report again")
    }
}
