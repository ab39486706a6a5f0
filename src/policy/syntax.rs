//! What is wrong with a text that is not YAML, in words of our own.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::node::Mark;
use crate::diagnostic::{Code, Diagnostic, Place, Span};

/// The 1-based line of a byte.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    let upto = text.len().min(byte);
    1 + memchr::memchr_iter(b'\n', text.as_bytes().get(..upto).unwrap_or_default()).count()
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
    let (what, hint) = words(error.kind(), wrong, text.get(start..).unwrap_or_default());
    let mut fault = Diagnostic::new(Code::PolicySyntax, what).at(Place::Source {
        file,
        span: Span { start, end },
    });
    if let Some(hint) = hint {
        fault = fault.hint(hint);
    }
    Box::new(fault)
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
