//! What is wrong with a text that is not YAML, in words of our own.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::node::Mark;
use crate::diagnostic::{Code, Diagnostic, Message, Place, Span};

/// The 1-based line of a byte.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    let upto = text.len().min(byte);
    1 + memchr::memchr_iter(b'\n', text.as_bytes().get(..upto).unwrap_or_default()).count()
}

/// The byte of a 1-based line and a 1-based column in bytes.
pub(super) fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before = line.saturating_sub(1);
    let start = match before.checked_sub(1) {
        None => 0,
        Some(nth) => memchr::memchr_iter(b'\n', text.as_bytes())
            .nth(nth)
            .map_or(text.len(), |newline| newline + 1),
    };
    let mut offset = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The fault at which the parser stopped; `bracket` is where the outermost open bracket
/// stands, if there is one.
pub(super) fn fault(
    file: usize,
    text: &str,
    error: &ScanError,
    bracket: Option<Mark>,
) -> Box<Diagnostic> {
    let start = error.marker().byte_offset().unwrap_or(0).min(text.len());
    let start = text.floor_char_boundary(start);
    if is_about_a_tab(error.kind()) {
        return at(file, tab(text, start), words(error.kind(), None, ""));
    }
    if let Some((place, odd)) = find_odd_space(text, start) {
        let hint = Some("replace it by a space; most editors show no difference");
        return at(file, place, (odd_space_in_words(odd), hint));
    }
    let line = line_of(text, start);
    let opened = bracket.map(|mark| (mark, line_of(text, mark.span.start)));
    if let Some((mark, _)) = opened.filter(|(_, opened)| *opened < line)
        && !matches!(error.kind(), ErrorKind::UnexpectedCharacter { .. })
    {
        return Box::new(
            Diagnostic::new(
                Code::PolicySyntax,
                "this bracket is not closed where it should be",
            )
            .at(mark.place())
            .label(format!("line {line} does not fit into it any more"))
            .hint("add the `]` or `}` that belongs to it, or a comma between two items"),
        );
    }
    let (start, wrong) = culprit(text, start, error.kind());
    let end = start + wrong.filter(|c| *c != '\n').map_or(0, char::len_utf8);
    let said = words(error.kind(), wrong, text.get(start..).unwrap_or_default());
    at(file, Span { start, end }, said)
}

fn at(
    file: usize,
    span: Span,
    (what, hint): (impl Into<Message>, Option<&'static str>),
) -> Box<Diagnostic> {
    let mut fault = Diagnostic::new(Code::PolicySyntax, what).at(Place::Source { file, span });
    if let Some(hint) = hint {
        fault = fault.hint(hint);
    }
    Box::new(fault)
}

fn is_about_a_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    )
}

/// The tab that the parser means: it stops before it, at the end of a line above, or after
/// it, at the word that is indented.
fn tab(text: &str, stopped: usize) -> Span {
    let before = text.get(..stopped).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let found = lines_from(text, line).find_map(|(start, line)| {
        let indented = line.len() - line.trim_start_matches([' ', '\t']).len();
        let at = line.get(..indented).and_then(|blank| blank.find('\t'));
        let at = at.map(|at| start + at);
        // A tab within the line, where the parser stopped at or before it.
        let inside = (start + line.len() >= stopped)
            .then(|| text.get(stopped.max(start)..start + line.len())?.find('\t'))
            .flatten()
            .map(|at| stopped.max(start) + at);
        at.or(inside)
    });
    let start = found.unwrap_or(stopped);
    Span {
        start,
        end: found.map_or(start, |at| at + 1),
    }
}

/// The lines from the beginning of one, each with its first byte.
fn lines_from(text: &str, from: usize) -> impl Iterator<Item = (usize, &str)> {
    let rest = text.get(from..).unwrap_or_default();
    rest.split_inclusive('\n').scan(from, |next, line| {
        let start = *next;
        *next += line.len();
        Some((start, line))
    })
}

/// True for what looks like a space, or like nothing, and is no space of YAML.
pub(super) fn odd_space(c: char) -> bool {
    (c.is_whitespace() && !c.is_ascii()) || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// What is to be said of such a character.
pub(super) fn odd_space_in_words(c: char) -> String {
    format!(
        "here stands U+{:04X}, which looks like a space and is none",
        u32::from(c)
    )
}

/// A character that only looks like a space where a line is indented, or after `-` or `:`,
/// in the line at which the parser stopped or in the one above, which it then took for text.
fn find_odd_space(text: &str, stopped: usize) -> Option<(Span, char)> {
    let before = text.get(..stopped).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let above = before
        .get(..line.saturating_sub(1))
        .unwrap_or_default()
        .trim_end()
        .rfind('\n')
        .map_or(0, |at| at + 1);
    lines_from(text, above)
        .take_while(|(start, _)| *start <= stopped)
        .find_map(|(start, line)| {
            let mut last = ' ';
            let mut indents = true;
            line.char_indices().find_map(|(at, c)| {
                let here = odd_space(c) && (indents || matches!(last, ':' | '-'));
                indents = indents && matches!(c, ' ' | '-');
                last = c;
                let start = start + at;
                let end = start + c.len_utf8();
                here.then_some((Span { start, end }, c))
            })
        })
}

/// Where the wrong character stands; the parser points at the value that holds it.
fn culprit(text: &str, start: usize, kind: &ErrorKind) -> (usize, Option<char>) {
    let rest = text.get(start..).unwrap_or_default();
    let found = match kind {
        ErrorKind::UnexpectedCharacter { character } => {
            rest.find(*character).map(|at| (start + at, *character))
        }
        _ => None,
    };
    match found {
        Some((at, character)) => (at, Some(character)),
        None => (start, rest.chars().next()),
    }
}

type Words = (&'static str, Option<&'static str>);

fn words(kind: &ErrorKind, first: Option<char>, rest: &str) -> Words {
    use ErrorKind as E;
    match kind {
        E::UnexpectedCharacter { .. } => at_character(first),
        E::InvalidBlockScalarHeader | E::ZeroBlockScalarIndent if rest.starts_with('>') => (
            "a value that begins with `>` must stand in quotes",
            Some("write `\">= 1\"` instead of `>= 1`"),
        ),
        E::UnexpectedEofFlowSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping
        | E::UnclosedFlowCollection { .. } => (
            "this bracket is never closed",
            Some("add the `]` or `}` that belongs to it"),
        ),
        E::ExpectedFlowMappingSeparator | E::ExpectedFlowSequenceSeparator => (
            "expected `,` or the closing bracket here",
            Some("items between brackets are separated by commas"),
        ),
        E::MisplacedFlowCollectionEnd | E::MismatchedFlowCollectionEnd { .. } => {
            ("this bracket closes nothing that is open", None)
        }
        E::UnclosedQuotedScalar => ("this quoted text is never closed", None),
        E::UnknownQuotedScalarEscape
        | E::InvalidQuotedScalarHexEscape
        | E::InvalidUnicodeEscape
        | E::InvalidLowSurrogate
        | E::InvalidLowSurrogateHexEscape
        | E::MissingLowSurrogate
        | E::UnpairedLowSurrogate => (
            "this quoted text has a `\\` that YAML does not understand",
            Some("write `\\\\`, or put the text in single quotes"),
        ),
        E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabInIndentation
        | E::TabAtBlockScalarStart
        | E::TabInPlainScalar => (
            "YAML is indented with spaces, and here stands a tab",
            Some("replace it by spaces"),
        ),
        E::MappingValueNotAllowed
        | E::InvalidColonPlacement
        | E::InvalidMappingValueWhitespace
        | E::MappingKeyNotAllowed
        | E::SimpleKeyExpected
        | E::InvalidSimpleKey => (
            "a `key: value` cannot stand here",
            Some("check the indentation; text that holds `: ` goes in quotes"),
        ),
        E::UnknownAnchor | E::MissingAnchorOrAliasName => (
            "anchors (`&name`) and aliases (`*name`) are no part of the policy language",
            Some("write the value out; text that begins with `*` or `&` goes in quotes"),
        ),
        E::ExpectedBlockMappingKey | E::ExpectedBlockSequenceEntry | E::InvalidIndentation => (
            "this line does not fit what stands above it",
            Some(
                "check the indentation: the keys of one map begin in one column, so do the `-` of one list",
            ),
        ),
        E::RecursionLimitExceeded => (
            "values nest deeper here than any policy needs",
            Some("a policy has at most 32 levels"),
        ),
        _ => ("the text is not YAML from here on", None),
    }
}

fn at_character(first: Option<char>) -> Words {
    match first {
        Some('@' | '`') => (
            "a value cannot begin with this character",
            Some("put the value in quotes, as in `owner: \"@team\"`"),
        ),
        Some('%') => (
            "a value cannot begin with `%`",
            Some("put the value in quotes"),
        ),
        Some(c) if c.is_control() => (
            "this control character cannot stand in a policy",
            Some("remove it; it does not show in most editors"),
        ),
        _ => (
            "a value cannot begin with this character",
            Some("put the value in quotes"),
        ),
    }
}
