//! From the beginning of a report to the reader of its format.

use std::io::Read;

use crate::diagnostic::{Code, Message};

use super::super::detect::{self, Detected, Lines, Poor};
use super::super::window::{Refusal, Window};
use super::super::{Expected, FORMATS, Ingest, format_words};

/// Bytes of the beginning that recognition looks at first; it asks for more where these do
/// not tell.
const FIRST_HEAD: usize = 64 << 10;

/// The reader for a report whose window stands before its document.
pub(super) struct Chosen {
    pub(super) format: &'static dyn Ingest,
    pub(super) before: Lines,
    pub(super) declared: bool,
}

impl Chosen {
    fn at<R: Read>(
        window: &mut Window<R>,
        format: &'static dyn Ingest,
        start: usize,
        before: Lines,
        declared: bool,
    ) -> Self {
        let from_the_top = format.reads_lines();
        if !from_the_top {
            window.pass(start);
        }
        Self {
            format,
            before: if from_the_top {
                Lines::default()
            } else {
                before
            },
            declared,
        }
    }
}

/// Recognises the format and holds it against what the entry declares.
pub(super) fn recognise<R: Read>(
    window: &mut Window<R>,
    expected: &Expected,
) -> Result<Chosen, Refusal> {
    let declared = expected.format.as_deref();
    let mut most = FIRST_HEAD;
    loop {
        let head = window.head(most)?;
        let (whole, more) = (head.whole, head.more);
        match detect::detect(head.bytes, whole) {
            Detected::Formats {
                words,
                start,
                before,
                strays,
            } => {
                let word = match words.as_slice() {
                    [word] => *word,
                    several => return Err(detect::ambiguous(several)),
                };
                if let Some(declared) = declared
                    && declared != word
                {
                    return Err(mismatch(declared, word));
                }
                let format = reader(word)?;
                let top = head.bytes.get(..start).unwrap_or_default();
                if let Some(at) = stray(format, top, strays) {
                    window.pass(at);
                    return Err(not_alone(window, word));
                }
                return Ok(Chosen::at(window, format, start, before, false));
            }
            Detected::Poor {
                what,
                start,
                before,
            } => {
                let format = declared_for(declared, what)?;
                return Ok(Chosen::at(window, format, start, before, true));
            }
            Detected::Unknown { refusal, first } => {
                // A format that is not read may have content that is not recognised either.
                let Some(declared) = declared else {
                    return Err(refusal);
                };
                let format = reader(known_word(declared))?;
                if !first.is_some_and(|shape| format.fits_if_declared(&shape)) {
                    return Err(refusal);
                }
                let before = Lines::default();
                return Ok(Chosen::at(window, format, 0, before, true));
            }
            Detected::Broken(start, refusal) => {
                // The window itself knows the place of what is wrong.
                window.pass(start);
                window.skip()?;
                return Err(refusal);
            }
            Detected::NeedsMore if more => most = most.saturating_mul(4),
            Detected::NeedsMore => {
                // The beginning ends at bytes that are no text, or is larger than limit L2.
                while window.line()?.is_some() {}
                return Err(Refusal::new(
                    Code::ReportUnknownFormat,
                    "the report is of no format that krgate knows, as far as it was looked at",
                ));
            }
        }
    }
}

/// Where something stands before the document that its format does not pass over; a format
/// that is read from its first line looks itself.
fn stray(format: &dyn Ingest, top: &[u8], strays: bool) -> Option<usize> {
    let is_stray = if format.follows_lines() {
        strays && !format.reads_lines()
    } else {
        true
    };
    let at = top.iter().position(|byte| !b" \t\r\n".contains(byte));
    at.filter(|_| is_stray)
}

fn not_alone<R: Read>(window: &Window<R>, word: &'static str) -> Refusal {
    window
        .refuse(
            Code::ReportSyntax,
            format!("something stands before the {word} document of the report"),
        )
        .hint("let the tool write its report to a file of its own, and give that")
}

fn reader(word: &'static str) -> Result<&'static dyn Ingest, Refusal> {
    FORMATS
        .iter()
        .find(|format| format.word() == word)
        .copied()
        .ok_or_else(|| detect::unsupported(word))
}

fn mismatch(declared: &str, word: &'static str) -> Refusal {
    Refusal::new(
        Code::ReportFormatMismatch,
        Message::from("the report entry declares ")
            .own(known_word(declared))
            .own(", but the content is ")
            .own(word),
    )
    .hint("correct `format:`, or leave it out: content tells")
}

/// The reader that the entry declares for content that cannot tell.
fn declared_for(declared: Option<&str>, what: Poor) -> Result<&'static dyn Ingest, Refusal> {
    let Some(declared) = declared else {
        return Err(Refusal::new(
            Code::ReportNeedsFormat,
            format!(
                "the report is {}, from which no format can be told",
                what.as_str()
            ),
        )
        .hint(
            "say `format:` in the report entry if this is what the tool writes on a clean scan",
        ));
    };
    let format = reader(known_word(declared))?;
    if format.accepts(what) {
        return Ok(format);
    }
    Err(Refusal::new(
        Code::ReportFormatMismatch,
        format!(
            "the report entry declares {}, but the content is {}, which that tool does not write",
            format.word(),
            what.as_str()
        ),
    ))
}

/// The word of ours that is equal to a declared one.
fn known_word(declared: &str) -> &'static str {
    format_words()
        .into_iter()
        .find(|word| *word == declared)
        .unwrap_or("another format")
}
