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
                // As it stands: a broken escape is for the reader of the format to refuse.
                let quoted = window.value_bytes()?;
                let word = quoted.get(1..quoted.len().saturating_sub(1));
                member.word = word
                    .filter(|word| word.len() <= LONGEST && !word.contains(&b'\\'))
                    .and_then(|word| std::str::from_utf8(word).ok())
                    .map(Box::from);
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
