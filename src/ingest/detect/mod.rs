//! Which format a report is of, by its content alone (rules S1 to S21, O1).
//!
//! [`detect`] walks the beginning of a report with the same window that reads it, and
//! compares the names it saw with what each format asks for. The name of a file, and a
//! declaration, decide nothing here. Formats that are recognised and not read stand in
//! [`unread`].

mod advice;
mod sarif_shape;
mod shape;
mod unread;

pub(super) use advice::unsupported;
pub(super) use sarif_shape::is_sarif;
pub(super) use shape::{Members, Shape};
pub(super) use unread::UNREAD;

use crate::diagnostic::{Code, Message};

use super::FORMATS;
use super::window::{Kind, Refusal, Window};

/// The words of all formats that ask for nothing that the shape does not have. `complete` is
/// false where only the beginning of the value was seen.
fn words_for(shape: &Shape, complete: bool) -> Vec<&'static str> {
    let read = FORMATS
        .iter()
        .filter(|format| format.fits(shape, complete))
        .map(|format| format.word());
    let unread = UNREAD
        .iter()
        .filter(|row| (row.fits)(shape, complete))
        .map(|row| row.word);
    read.chain(unread).collect()
}

/// What stands before the first document, or between documents, and is no finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Lines {
    /// Log lines: JSON objects with `level` and `msg` (rule S31).
    pub(super) log: u64,
    /// Lines of text.
    pub(super) skipped: u64,
}

/// Content that no format can be told from (rule S17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Poor {
    /// `[]`.
    EmptyList,
    /// `{}`.
    EmptyObject,
    /// `null`.
    Null,
    /// Nothing but log lines.
    LogLines,
    /// `{"results": [], "errors": []}`, as an old Semgrep writes it (rule O1).
    EmptyResults,
    /// `{"dependencies": []}` (rule O1).
    EmptyDependencies,
    /// What GitLab's schemas before `scan` have (rule O38).
    NoScan,
}

impl Poor {
    /// It in words.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::EmptyList => "an empty list",
            Self::EmptyObject => "an empty object",
            Self::Null => "`null`",
            Self::LogLines => "nothing but log lines",
            Self::EmptyResults | Self::EmptyDependencies => {
                "an object with nothing but empty lists"
            }
            Self::NoScan => "a list of vulnerabilities that does not say what scan it is of",
        }
    }
}

/// What the beginning of a report tells.
#[derive(Debug)]
pub(super) enum Detected {
    /// It has what these formats ask for; more than one is ambiguous.
    Formats {
        /// Their words, in the order of the tables.
        words: Vec<&'static str>,
        /// Where the document begins.
        start: usize,
        /// What stands before it.
        before: Lines,
        /// True if JSON that is no log line stands before it.
        strays: bool,
    },
    /// Content cannot tell.
    Poor {
        /// What it is.
        what: Poor,
        /// Where the document begins.
        start: usize,
        /// What stands before it.
        before: Lines,
    },
    /// No format has this.
    Unknown {
        /// What it is.
        refusal: Refusal,
        /// The first object in it.
        first: Option<Shape>,
    },
    /// A document begins here that is broken before it could be recognised; reading on gives
    /// the reason, and where it does not, this is it.
    Broken(usize, Refusal),
    /// More of it has to be seen.
    NeedsMore,
}

/// Recognises the format of a report from its beginning; `whole` is true if that is all.
pub(super) fn detect(head: &[u8], whole: bool) -> Detected {
    if let Some(word) = unread::text_format(head) {
        return Detected::Formats {
            words: vec![word],
            start: 0,
            before: Lines::default(),
            strays: false,
        };
    }
    Search {
        head,
        whole,
        lines: Lines::default(),
        own_logs: 0,
        finished: false,
        poor: None,
        documents: 0,
        found: None,
        first: None,
        broken: None,
    }
    .run()
}

/// A walk over the documents and lines of the beginning.
struct Search<'a> {
    head: &'a [u8],
    whole: bool,
    lines: Lines,
    /// Log lines that `TruffleHog` wrote.
    own_logs: u64,
    /// True if one of them says that the scan ended.
    finished: bool,
    poor: Option<(Poor, usize, Lines)>,
    /// Values of no known format.
    documents: u64,
    /// Words for what was found that is no report.
    found: Option<&'static str>,
    /// The first object of no known format.
    first: Option<Shape>,
    broken: Option<(usize, Refusal)>,
}

impl Search<'_> {
    fn run(mut self) -> Detected {
        let mut at = 0;
        loop {
            at += blank(self.head.get(at..).unwrap_or_default());
            let rest = self.head.get(at..).unwrap_or_default();
            match rest.first() {
                None => break,
                Some(b'{' | b'[') => match self.document(at) {
                    Ok(next) => at = next,
                    Err(detected) => return detected,
                },
                Some(_) if starts_with_null(rest) => {
                    self.note_poor(Poor::Null, at);
                    at += 4;
                }
                Some(_) => {
                    self.lines.skipped += 1;
                    self.found.get_or_insert(kind_of_text(rest));
                    at += line_length(rest);
                }
            }
        }
        self.nothing_recognised()
    }

    /// Looks at the document at `at`; the place after it, or what it is.
    fn document(&mut self, at: usize) -> Result<usize, Detected> {
        let rest = self.head.get(at..).unwrap_or_default();
        let mut window = Window::with_size(rest, rest.len(), rest.len().min(1 << 16));
        let mut shape = Shape::default();
        let end = shape::take(&mut window, &mut shape);
        let words = words_for(&shape, end.is_ok());
        if !words.is_empty() {
            return Err(Detected::Formats {
                words,
                start: at,
                before: self.lines,
                strays: self.documents > 0 || self.poor.is_some() || self.broken.is_some(),
            });
        }
        match end {
            Ok(()) => {
                self.complete(&shape, at);
                let length = usize::try_from(window.offset()).unwrap_or(usize::MAX);
                Ok(at.saturating_add(length))
            }
            Err(refusal) if refusal.code() == Code::ReportTruncated => {
                if !self.whole {
                    return Err(Detected::NeedsMore);
                }
                self.broken.get_or_insert((at, refusal));
                Ok(self.head.len())
            }
            Err(refusal) => {
                let is_text = shape.is_bare() && refusal.code() == Code::ReportSyntax;
                if is_text {
                    self.found.get_or_insert("lines of text");
                } else if self.broken.is_none() && self.documents == 0 {
                    self.broken = Some((at, refusal));
                }
                self.lines.skipped += 1;
                Ok(at + line_length(rest))
            }
        }
    }

    /// Takes note of a complete value of no known format.
    fn complete(&mut self, shape: &Shape, at: usize) {
        if let Some(members) = shape.object()
            && is_log_line(members)
        {
            self.lines.log += 1;
            if members.word("logger") == Some("trufflehog") {
                self.own_logs += 1;
                self.finished |= members.word("msg") == Some("finished scanning");
            }
            return;
        }
        match shape {
            Shape::Array(None) => self.note_poor(Poor::EmptyList, at),
            Shape::Object(members) if members.is_empty() => {
                self.note_poor(Poor::EmptyObject, at);
            }
            Shape::Object(members) => {
                if let Some(poor) = poor_object(members) {
                    self.note_poor(poor, at);
                } else {
                    self.first.get_or_insert_with(|| shape.clone());
                    self.unknown("a JSON object");
                }
            }
            _ => self.unknown("a JSON array"),
        }
    }

    fn note_poor(&mut self, what: Poor, at: usize) {
        if self.poor.is_none() && self.documents == 0 {
            self.poor = Some((what, at, self.lines));
        } else {
            self.unknown("several JSON values");
        }
    }

    fn unknown(&mut self, what: &'static str) {
        self.documents += 1;
        self.found = Some(what);
    }

    fn nothing_recognised(self) -> Detected {
        if !self.whole {
            return Detected::NeedsMore;
        }
        if let Some((at, refusal)) = self.broken {
            return Detected::Broken(at, refusal);
        }
        if self.documents == 0 {
            if let Some((what, start, before)) = self.poor {
                return Detected::Poor {
                    what,
                    start,
                    before,
                };
            }
            if self.finished && self.own_logs == self.lines.log && self.lines.skipped == 0 {
                return Detected::Formats {
                    words: vec!["trufflehog"],
                    start: 0,
                    before: Lines::default(),
                    strays: false,
                };
            }
            if self.lines.log > 0 {
                return Detected::Poor {
                    what: Poor::LogLines,
                    start: 0,
                    before: Lines::default(),
                };
            }
        }
        let what = self.found.unwrap_or("only white space");
        let refusal = Refusal::new(
            Code::ReportUnknownFormat,
            Message::from("the report is of no format that krgate knows: it is ").own(what),
        );
        Detected::Unknown {
            refusal: refusal.hint(if what == HTML {
                "this is an HTML page; was the download refused?"
            } else {
                "let the tool write SARIF, or its own JSON if krgate reads that"
            }),
            first: self.first,
        }
    }
}

/// True for a log line of a tool among its findings (rule S31).
pub(super) fn is_log_line(members: &Members) -> bool {
    members.has_all(&["level", "msg"])
}

/// What an object is from whose names no format can be told.
fn poor_object(members: &Members) -> Option<Poor> {
    let empty = |names: &[&str]| {
        members.only(names) && names.iter().all(|name| members.is_empty_array(name))
    };
    let old_gitlab = [
        "version",
        "vulnerabilities",
        "remediations",
        "dependency_files",
    ];
    if empty(&["results", "errors"]) {
        Some(Poor::EmptyResults)
    } else if empty(&["dependencies"]) {
        Some(Poor::EmptyDependencies)
    } else if members.is("version", Kind::Text)
        && members.is("vulnerabilities", Kind::Array)
        && members.only(&old_gitlab)
    {
        Some(Poor::NoScan)
    } else {
        None
    }
}

/// Refuses a report whose members, now that all of them were seen, are those of another
/// format too (rule S16).
///
/// # Errors
/// `report-ambiguous-format`.
pub(super) fn only_one(own: &'static str, members: &Members) -> Result<(), Refusal> {
    let mut words = words_for(&Shape::Object(members.clone()), true);
    words.retain(|word| *word != own);
    if words.is_empty() {
        return Ok(());
    }
    words.insert(0, own);
    Err(ambiguous(&words))
}

/// The refusal of content that has what several formats ask for.
pub(super) fn ambiguous(words: &[&'static str]) -> Refusal {
    Refusal::new(
        Code::ReportAmbiguousFormat,
        format!("the report looks like {}", words.join(" and like ")),
    )
    .hint("give the report of one tool as it wrote it")
}

/// How many bytes of white space and terminal sequences come first.
pub(super) fn blank(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += match rest {
            [b' ' | b'\t' | b'\r' | b'\n', ..] => 1,
            [0xef, 0xbb, 0xbf, ..] => 3,
            [0x1b, ..] => terminal_sequence(rest),
            _ => return at,
        };
    }
}

/// The length of the CSI, OSC or two-byte sequence that begins with this escape.
pub(super) fn terminal_sequence(text: &[u8]) -> usize {
    let body = text.get(2..).unwrap_or_default();
    match text.get(1) {
        // Parameters and intermediates up to a final byte.
        Some(b'[') => body
            .iter()
            .position(|byte| (0x40..=0x7e).contains(byte))
            .map_or(text.len(), |at| at + 3),
        // A string up to BEL or ESC \, which does not go beyond its line.
        Some(b']') => {
            let end = body
                .iter()
                .position(|byte| matches!(byte, 0x07 | 0x1b | b'\n'));
            match end.map(|at| (at, body.get(at), body.get(at + 1))) {
                Some((at, Some(0x07), _)) => at + 3,
                Some((at, Some(0x1b), Some(b'\\'))) => at + 4,
                Some((at, ..)) => at + 2,
                None => text.len(),
            }
        }
        Some(_) => 2,
        None => 1,
    }
}

fn starts_with_null(text: &[u8]) -> bool {
    text.strip_prefix(b"null")
        .is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
}

/// The length of the first line, with its end.
pub(super) fn line_length(text: &[u8]) -> usize {
    memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1)
}

const HTML: &str = "an HTML page";

fn kind_of_text(text: &[u8]) -> &'static str {
    let start: Vec<u8> = text.iter().take(14).map(u8::to_ascii_lowercase).collect();
    if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
        HTML
    } else if start.starts_with(b"<") {
        "an XML document"
    } else if start.starts_with(b"\"") {
        "a JSON string"
    } else {
        "lines of text"
    }
}
