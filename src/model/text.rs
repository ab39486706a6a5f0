//! Text that came from outside, and the table that keeps each distinct string once.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::num::NonZeroU32;

use super::strings::Strings;

/// A borrowed piece of foreign text: a path, a rule id, a message, a tool's name.
///
/// It has no `Display` and does not deref to `str`, so that it cannot reach an output by
/// accident; `Debug` prints the visible form. Only an encoder of a sink, and code that
/// compares or hashes, may call [`Untrusted::raw`] (rule E1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted<'a>(&'a str);

impl<'a> Untrusted<'a> {
    /// Marks text as foreign.
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The text as it was written, for comparing, hashing and for the encoder of a sink.
    pub const fn raw(self) -> &'a str {
        self.0
    }

    /// Copies the text.
    pub fn to_owned(self) -> UntrustedText {
        UntrustedText(self.0.to_owned())
    }
}

impl fmt::Debug for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "‹{}›", visible(self.0))
    }
}

/// Foreign text that owns its bytes; see [`Untrusted`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UntrustedText(String);

impl UntrustedText {
    /// Marks text as foreign.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Borrows the text, still foreign.
    pub fn as_untrusted(&self) -> Untrusted<'_> {
        Untrusted(&self.0)
    }

    /// The text as it was written; see [`Untrusted::raw`].
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UntrustedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_untrusted().fmt(f)
    }
}

/// Text that outputs show scrubbed and that filters compare as it was written (rule S80).
///
/// It may hold a secret, so `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Concealed(Box<str>);

impl Concealed {
    /// Conceals text.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text, for comparing with the policy alone: it must reach no output and no record.
    pub fn for_filters(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Concealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹concealed›")
    }
}

/// Writes out what a terminal or a log would act on or hide (rule E3).
///
/// Control and format characters become `\u{…}`, line feed, carriage return and tab
/// `\n`, `\r`, `\t`; backslashes that could be mistaken for one of these are doubled, so the
/// form is unambiguous; `##[` and `##vso[` lose their bracket.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !needs_visible_form(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    loop {
        let (plain, marked) = rest.split_at(plain_end(rest));
        out.push_str(plain);
        let mut chars = marked.chars();
        let Some(c) = chars.next() else {
            return Cow::Owned(out);
        };
        rest = chars.as_str();
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => {
                let others = rest.trim_start_matches('\\');
                let mut run = 1 + rest.len() - others.len();
                rest = others;
                // A run is doubled before a letter that would make it an escape, and before
                // what becomes one: an odd run then always ends in an escape.
                let next = rest.chars().next();
                if next.is_some_and(|c| matches!(c, 'u' | 'n' | 'r' | 't') || is_hidden(c)) {
                    run *= 2;
                }
                out.extend(std::iter::repeat_n('\\', run));
            }
            '[' if out.ends_with("##") || ends_with_vso(&out) => out.push_str("\\u{5b}"),
            c if is_hidden(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// True for ASCII that stands for itself wherever it stands.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'\\' | b'[')
}

/// Where the plain beginning of a text ends, which is always between characters.
fn plain_end(text: &str) -> usize {
    let end = text.bytes().position(|byte| !is_plain(byte));
    end.unwrap_or(text.len())
}

fn ends_with_vso(text: &str) -> bool {
    let start = text.len().saturating_sub(5);
    text.get(start..)
        .is_some_and(|tail| tail.eq_ignore_ascii_case("##vso"))
}

fn needs_visible_form(text: &str) -> bool {
    // Nearly all text is plain, and all of a piece is looked at, so that the compiler makes
    // vector code of it.
    let is_plain_piece = |piece: &[u8]| piece.iter().fold(true, |all, b| all & is_plain(*b));
    if text.as_bytes().chunks(64).all(is_plain_piece) {
        return false;
    }
    text.chars().any(|c| c == '\\' || is_hidden(c)) || text.contains("##")
}

/// True for controls (C0, DEL, C1), line and paragraph separators, and every format
/// character (category Cf): bidirectional controls, zero-width characters, soft hyphen, tags.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

/// Place of a string in [`Texts`]; as small when it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(NonZeroU32);

impl TextId {
    /// The first place of every table.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    fn new(index: usize) -> Self {
        // Four thousand million distinct strings do not fit the reader's other limits.
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        Self(NonZeroU32::MIN.saturating_add(number))
    }

    /// The index in its table, below [`Texts::len`].
    pub fn index(self) -> usize {
        usize::try_from(self.0.get() - 1).unwrap_or(usize::MAX)
    }

    /// Its number, from 1, for [`super::Findings`].
    pub(super) fn number(self) -> NonZeroU32 {
        self.0
    }

    /// That of a number.
    pub(super) fn numbered(number: NonZeroU32) -> Self {
        Self(number)
    }
}

/// Every distinct foreign string of an evaluation, kept once.
///
/// It is open while reports are read; [`Texts::seal`] ends that, after which strings may be
/// equal without sharing a place.
#[derive(Debug, Default)]
pub struct Texts {
    strings: Strings,
    sealed: bool,
}

impl Texts {
    /// Most bytes of one text that are kept (limit L6).
    pub const MOST_BYTES: usize = 64 * 1024;

    /// Puts a string in and returns its place; while the table is open an equal string has
    /// one place.
    ///
    /// A string over [`Texts::MOST_BYTES`] is cut at a character boundary and ends in `…`
    /// (limit L6). Identities are made from the whole text, before it comes here.
    pub fn intern(&mut self, text: &str) -> TextId {
        let kept = if text.len() > Self::MOST_BYTES {
            let cut = text.floor_char_boundary(Self::MOST_BYTES);
            Cow::Owned(format!("{}…", text.get(..cut).unwrap_or_default()))
        } else {
            Cow::Borrowed(text)
        };
        TextId::new(if self.sealed {
            self.strings.push(&kept)
        } else {
            self.strings.intern(&kept)
        })
    }

    /// The text at a place; empty where the place is of another table.
    pub fn get(&self, id: TextId) -> Untrusted<'_> {
        Untrusted(self.strings.get(id.index()).unwrap_or_default())
    }

    /// The place of a string, by its bytes, while the table is open.
    pub fn find(&self, text: &[u8]) -> Option<TextId> {
        self.strings.find(text).map(TextId::new)
    }

    /// How many strings there are.
    pub fn len(&self) -> usize {
        self.strings.len()
    }

    /// True if nothing was kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Ends the reading: every string passes `change` once, with its place, and it returns what
    /// shall stand there (used to scrub secrets, rule S82). Places stay valid.
    pub fn seal(&mut self, mut change: impl FnMut(TextId, &str) -> Option<String>) {
        self.sealed = true;
        self.strings.close();
        for number in 0..self.strings.len() {
            let text = self.strings.get(number);
            if let Some(changed) = text.and_then(|text| change(TextId::new(number), text)) {
                self.strings.replace(number, &changed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoder_e03_visible_form_writes_out_what_a_terminal_hides() {
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(visible("a\r\n\tb"), "a\\r\\n\\tb");
        assert_eq!(visible("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(visible("C:\\new\\x"), "C:\\\\new\\x");
        assert_eq!(visible("\\\\host\\x"), "\\\\host\\x");
        assert_ne!(visible("\\\n"), visible("\\n"));
        assert_eq!(visible("##[error]"), "##\\u{5b}error]");
        assert_eq!(visible("##VSO[task]"), "##VSO\\u{5b}task]");
        assert_eq!(visible("plain é 😀"), "plain é 😀");
    }

    #[test]
    fn a_text_has_one_place() {
        let mut texts = Texts::default();
        let a = texts.intern("a");
        assert_eq!(texts.intern("a"), a);
        assert_ne!(texts.intern("b"), a);
        assert_eq!(texts.get(a).raw(), "a");
    }

    #[test]
    fn limit_l06_long_text_is_cut_at_a_character() {
        let mut texts = Texts::default();
        let long = "é".repeat(Texts::MOST_BYTES);
        let id = texts.intern(&long);
        let kept = texts.get(id).raw();
        assert!(kept.len() <= Texts::MOST_BYTES + '…'.len_utf8());
        assert!(kept.ends_with("é…"));
    }

    #[test]
    fn sealing_keeps_places() {
        let mut texts = Texts::default();
        let (a, b, c) = (texts.intern("x1"), texts.intern("x2"), texts.intern("y"));
        texts.seal(|_, t| t.starts_with('x').then(|| "‹secret›".to_owned()));
        assert_eq!(texts.get(a).raw(), "‹secret›");
        assert_eq!(texts.get(b).raw(), "‹secret›");
        assert_eq!(texts.get(c).raw(), "y");
    }
}
