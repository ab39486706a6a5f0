//! Members of any shape: what they are if they have the right type, and that they have not.
//!
//! A member that is used and has the wrong type is never taken as absent (the one rule of
//! leniency); so the answer has three cases.

use std::io::Read;

use super::super::window::{Kind, Refusal, Scalar, Window};

/// A member as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<T> {
    /// Null, which is as good as absent (rule 11).
    Absent,
    /// Of the right type.
    Is(T),
    /// Of another type.
    Wrong,
}

impl<T> Field<T> {
    /// The value, if it has the right type.
    pub(super) fn right(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Wrong => None,
        }
    }
}

/// Takes a string.
pub(super) fn text<R: Read>(w: &mut Window<R>) -> Result<Field<&str>, Refusal> {
    Ok(match w.scalar()? {
        Scalar::Text(text) => Field::Is(text),
        Scalar::Null => Field::Absent,
        _ => Field::Wrong,
    })
}

/// Takes an integer; `1.0` is one.
pub(super) fn integer<R: Read>(w: &mut Window<R>) -> Result<Field<i64>, Refusal> {
    if let Some(number) = w.short_number()? {
        return Ok(Field::Is(i64::from(number)));
    }
    Ok(match w.scalar()? {
        Scalar::Number(digits) => match whole(digits) {
            Some(number) => Field::Is(number),
            None => Field::Wrong,
        },
        Scalar::Null => Field::Absent,
        _ => Field::Wrong,
    })
}

/// Takes an index: `None` for −1 and null, which say that there is none.
pub(super) fn index<R: Read>(w: &mut Window<R>) -> Result<Field<u32>, Refusal> {
    Ok(match integer(w)? {
        Field::Is(-1) | Field::Absent => Field::Absent,
        Field::Is(number) => match u32::try_from(number) {
            // The greatest stands for "none" in tables; no list is that long.
            Ok(index) => Field::Is(index.min(u32::MAX - 1)),
            Err(_) => Field::Wrong,
        },
        Field::Wrong => Field::Wrong,
    })
}

fn whole(digits: &str) -> Option<i64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.bytes().any(|byte| byte != b'0') {
        return None;
    }
    whole.parse().ok()
}

/// Enters an object; null and other types are passed over.
pub(super) fn object<R: Read>(w: &mut Window<R>) -> Result<Field<()>, Refusal> {
    enter(w, Kind::Object)
}

/// Enters an array; null and other types are passed over.
pub(super) fn array<R: Read>(w: &mut Window<R>) -> Result<Field<()>, Refusal> {
    enter(w, Kind::Array)
}

fn enter<R: Read>(w: &mut Window<R>, wanted: Kind) -> Result<Field<()>, Refusal> {
    match w.kind()? {
        kind if kind == wanted => {
            if wanted == Kind::Object {
                w.enter_object()?;
            } else {
                w.enter_array()?;
            }
            Ok(Field::Is(()))
        }
        Kind::Null => {
            w.skip()?;
            Ok(Field::Absent)
        }
        _ => {
            w.skip()?;
            Ok(Field::Wrong)
        }
    }
}

/// Enters an array that the skeleton needs; false for null.
///
/// # Errors
/// `report-wrong-type` for anything else.
pub(super) fn needed_array<R: Read>(w: &mut Window<R>) -> Result<bool, Refusal> {
    match w.kind()? {
        Kind::Array => {
            w.enter_array()?;
            Ok(true)
        }
        Kind::Null => {
            w.skip()?;
            Ok(false)
        }
        _ => Err(w.wrong_type("an array")),
    }
}

/// Enters an object that the skeleton needs.
///
/// # Errors
/// `report-wrong-type` for anything else, null included.
pub(super) fn needed_object<R: Read>(w: &mut Window<R>) -> Result<(), Refusal> {
    match w.kind()? {
        Kind::Object => w.enter_object(),
        _ => Err(w.wrong_type("an object")),
    }
}

/// Takes the `text` of a message object; `Wrong` for a message of any other shape.
pub(super) fn message<R: Read, T>(
    w: &mut Window<R>,
    mut keep: impl FnMut(&str) -> T,
) -> Result<Field<T>, Refusal> {
    match object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(Field::Absent),
        Field::Wrong => return Ok(Field::Wrong),
    }
    let mut kept = Field::Wrong;
    while let Some(name) = w.member_bytes()? {
        if name == b"text" {
            if let Field::Is(text) = text(w)? {
                kept = Field::Is(keep(text));
            }
        } else {
            w.skip()?;
        }
    }
    Ok(kept)
}
