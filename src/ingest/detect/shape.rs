//! What a JSON value looks like from outside: names and types, no content.

use std::io::Read;

use super::super::window::{Kind, Refusal, Window};

/// Longer names and words are of no known format.
const LONGEST: usize = 64;

/// A value as far as recognition looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::ingest) enum Shape {
    /// `null`, or nothing yet.
    #[default]
    Null,
    /// A string, number or boolean.
    Scalar,
    /// An object.
    Object(Members),
    /// An array, with its first element.
    Array(Option<Box<Shape>>),
}

/// The members of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::ingest) struct Members(Vec<Member>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    name: Box<str>,
    kind: Kind,
    /// The value of a short string.
    word: Option<Box<str>>,
    /// Of an object its members, of an array those of its first element.
    inner: Option<Members>,
    /// Of an array: true if it has an element.
    filled: bool,
}

impl Members {
    /// Notes a member that a reader came by.
    pub(in crate::ingest) fn note(&mut self, name: &str, kind: Kind) {
        if name.len() <= LONGEST {
            self.0.push(Member {
                name: name.into(),
                kind,
                word: None,
                inner: None,
                filled: false,
            });
        } else {
            // It still counts as a member that no format has.
            self.note("…", kind);
        }
    }

    /// Says of which type the member is that was noted last.
    pub(in crate::ingest) fn set_kind(&mut self, kind: Kind) {
        if let Some(last) = self.0.last_mut() {
            last.kind = kind;
        }
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.0.iter().find(|member| *member.name == *name)
    }

    /// True if there is such a member, whatever its type.
    pub(in crate::ingest) fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// True if there are all of these members.
    pub(in crate::ingest) fn has_all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.has(name))
    }

    /// True if there is one of these members.
    pub(in crate::ingest) fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    /// True if there is no member but these.
    pub(in crate::ingest) fn only(&self, names: &[&str]) -> bool {
        self.0.iter().all(|member| names.contains(&&*member.name))
    }

    /// True if there is no member.
    pub(in crate::ingest) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if the member is of this type.
    pub(in crate::ingest) fn is(&self, name: &str, kind: Kind) -> bool {
        self.member(name).is_some_and(|member| member.kind == kind)
    }

    /// True if the member is an array without an element.
    pub(in crate::ingest) fn is_empty_array(&self, name: &str) -> bool {
        self.member(name)
            .is_some_and(|member| member.kind == Kind::Array && !member.filled)
    }

    /// The member's value, if that is a short string.
    pub(in crate::ingest) fn word(&self, name: &str) -> Option<&str> {
        self.member(name)?.word.as_deref()
    }

    /// The members of an object that is a member.
    pub(in crate::ingest) fn object(&self, name: &str) -> Option<&Self> {
        let member = self.member(name)?;
        member
            .inner
            .as_ref()
            .filter(|_| member.kind == Kind::Object)
    }

    /// The members of the first element of an array that is a member.
    pub(in crate::ingest) fn first_of(&self, name: &str) -> Option<&Self> {
        let member = self.member(name)?;
        member.inner.as_ref().filter(|_| member.kind == Kind::Array)
    }
}

impl Shape {
    /// The members, if this is an object.
    pub(in crate::ingest) fn object(&self) -> Option<&Members> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The members of the first element, if this is an array of objects.
    pub(in crate::ingest) fn first_item(&self) -> Option<&Members> {
        match self {
            Self::Array(Some(first)) => first.object(),
            _ => None,
        }
    }

    /// True if nothing was seen inside.
    pub(in crate::ingest) fn is_bare(&self) -> bool {
        match self {
            Self::Null | Self::Array(None) => true,
            Self::Scalar => false,
            Self::Object(members) => members.is_empty(),
            Self::Array(Some(first)) => matches!(**first, Self::Null) || first.is_bare(),
        }
    }
}

/// Takes the shape of the next value. What was seen before an error stays in `shape`.
pub(super) fn take<R: Read>(window: &mut Window<R>, shape: &mut Shape) -> Result<(), Refusal> {
    match window.kind()? {
        Kind::Object => {
            *shape = Shape::Object(Members::default());
            if let Shape::Object(members) = shape {
                take_members(window, members, 2)?;
            }
            Ok(())
        }
        Kind::Array => {
            *shape = Shape::Array(None);
            window.enter_array()?;
            if !window.element()? {
                return Ok(());
            }
            let mut first = Box::new(Shape::Null);
            let taken = match window.kind() {
                Ok(Kind::Object) => {
                    *first = Shape::Object(Members::default());
                    match first.as_mut() {
                        Shape::Object(members) => take_members(window, members, 2),
                        _ => Ok(()),
                    }
                }
                Ok(Kind::Array) => {
                    *first = Shape::Array(None);
                    window.skip()
                }
                Ok(kind) => {
                    *first = if kind == Kind::Null {
                        Shape::Null
                    } else {
                        Shape::Scalar
                    };
                    window.skip()
                }
                Err(refusal) => return Err(refusal),
            };
            *shape = Shape::Array(Some(first));
            taken?;
            while window.element()? {
                window.skip()?;
            }
            Ok(())
        }
        kind => {
            *shape = if kind == Kind::Null {
                Shape::Null
            } else {
                Shape::Scalar
            };
            window.skip()
        }
    }
}

/// The string that begins here, if it is short and says what it stands for as it is. Long ones
/// are not kept: they may be most of a report (limit L2).
fn short_word(bytes: &[u8]) -> Option<Box<str>> {
    let text = bytes.strip_prefix(b"\"")?;
    let end = text.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    let word = text.get(..end).filter(|word| word.len() <= LONGEST)?;
    let closed = text.get(end) == Some(&b'"');
    std::str::from_utf8(word)
        .ok()
        .filter(|_| closed)
        .map(Box::from)
}

/// Takes the members of the object that comes next, `depth` levels of them.
fn take_members<R: Read>(
    window: &mut Window<R>,
    members: &mut Members,
    depth: u8,
) -> Result<(), Refusal> {
    window.enter_object()?;
    loop {
        let Some(name) = window.member()? else {
            return Ok(());
        };
        members.note(name, Kind::Null);
        let kind = window.kind()?;
        let Some(member) = members.0.last_mut() else {
            continue;
        };
        member.kind = kind;
        match kind {
            Kind::Text => {
                member.word = short_word(window.head(LONGEST + 2)?.bytes);
                window.skip()?;
            }
            Kind::Object if depth > 1 => {
                take_members(window, member.inner.insert(Members::default()), depth - 1)?;
            }
            Kind::Array if depth > 1 => {
                window.enter_array()?;
                let mut more = window.element()?;
                if more {
                    member.filled = true;
                    if window.kind()? == Kind::Object {
                        take_members(window, member.inner.insert(Members::default()), depth - 1)?;
                    } else {
                        window.skip()?;
                    }
                    more = window.element()?;
                }
                while more {
                    window.skip()?;
                    more = window.element()?;
                }
            }
            _ => window.skip()?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_l02_recognition_keeps_no_long_string() {
        let long = "é".repeat(1 << 20);
        for text in [
            format!(r#"{{"a": "{long}", "b": "word"}}"#),
            // As a compressed report without an end looks from its beginning.
            format!(r#"{{"b": "word", "a": "{long}"#),
        ] {
            let mut window = Window::with_size(text.as_bytes(), text.len(), 1 << 12);
            let mut shape = Shape::default();
            let whole = take(&mut window, &mut shape).is_ok();
            assert_eq!(whole, text.ends_with('}'));
            assert_eq!(window.held(), 1 << 12);
            let members = shape.object().unwrap();
            assert_eq!(members.word("b"), Some("word"));
            assert!(members.has("a") && members.word("a").is_none());
        }
    }

    #[test]
    fn words_are_short_and_stand_for_themselves() {
        let word = |text: &str| {
            let text = format!(r#"{{"a": {text}}}"#);
            let mut window = Window::with_size(text.as_bytes(), text.len(), 16);
            let mut shape = Shape::default();
            take(&mut window, &mut shape).unwrap();
            shape.object().unwrap().word("a").map(str::to_owned)
        };
        assert_eq!(word(r#""""#).as_deref(), Some(""));
        assert_eq!(word(r#""2.1.0""#).as_deref(), Some("2.1.0"));
        let longest = "x".repeat(LONGEST);
        assert_eq!(word(&format!(r#""{longest}""#)), Some(longest.clone()));
        assert_eq!(word(&format!(r#""{longest}y""#)), None);
        assert_eq!(word(r#""a\"b""#), None);
        assert_eq!(word(r#""a\n""#), None);
    }
}
