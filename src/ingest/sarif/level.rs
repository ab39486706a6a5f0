//! Levels as they are written (rules 68, 69).

use std::io::Read;

use crate::diagnostic::{Code, Message};
use crate::model::{Level, Untrusted};

use super::super::window::{Refusal, Window};
use super::field::{self, Field};
use super::notes::Notes;

/// Most bytes of a word that a message shows.
const SHOWN: usize = 64;

/// Takes a level: `None` for null. A word that SARIF does not know is read as the next one
/// that it could mean, and as `error` where nothing fits.
pub(super) fn take<R: Read>(
    w: &mut Window<R>,
    notes: &mut Notes<'_>,
    place: impl FnOnce() -> String,
) -> Result<Option<Level>, Refusal> {
    let (level, word) = match field::text(w)? {
        Field::Absent => return Ok(None),
        Field::Is(word) => match Level::from_word(word) {
            Some(level) => return Ok(Some(level)),
            None => (of_unknown(word), Some(word)),
        },
        Field::Wrong => (Level::Error, None),
    };
    note_unknown(level, word, notes, place);
    Ok(Some(level))
}

/// Notes a level that is no level at all, and reads it as an error.
pub(super) fn wrong(notes: &mut Notes<'_>, place: impl FnOnce() -> String) -> Level {
    note_unknown(Level::Error, None, notes, place);
    Level::Error
}

#[cold]
fn note_unknown(
    level: Level,
    word: Option<&str>,
    notes: &mut Notes<'_>,
    place: impl FnOnce() -> String,
) {
    notes.note(Code::SarifLevelUnknown, place, || {
        let read_as = format!(" is read as `{}`", level.as_str());
        match word {
            Some(word) => Message::from("the level ")
                .foreign(Untrusted::new(shown(word)))
                .own(read_as),
            None => Message::from("a level that is no text").own(read_as),
        }
    });
}

/// The beginning of a word, for a message.
pub(super) fn shown(word: &str) -> &str {
    word.get(..word.floor_char_boundary(SHOWN))
        .unwrap_or_default()
}

fn of_unknown(word: &str) -> Level {
    let word = word.to_lowercase();
    match word.as_str() {
        "none" => Level::None,
        "note" | "info" | "informational" | "information" | "low" | "recommendation" => Level::Note,
        "warning" | "warn" | "medium" | "moderate" => Level::Warning,
        _ => Level::Error,
    }
}
