//! Draws a diagnostic of a policy file with the line it is about.
//!
//! A policy may come from a pull request, so everything of its text appears in visible
//! form (rules E3, E6): no control, format or bidirectional character reaches the output.

use std::borrow::Cow;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level as Drawn, Renderer, Snippet};

use super::{Diagnostic, Level, Message, Part, Place};
use crate::model::visible;

/// Widest source line that is drawn; longer ones are cut around the marked place.
const MOST_LINE: usize = 400;

/// A range of bytes of a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
}

/// A text file of the user's whose lines may be shown: a policy, a waiver file, a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as shown (`krgate.yaml`, `pack:baseline`).
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// Draws diagnostics that point into sources, in the order given, each followed by an empty
/// line. `styled` adds colour codes; the text is the same with and without.
///
/// Only the first line of a marked place is drawn. A diagnostic at no place, or at one in a
/// report, is drawn without lines.
pub fn draw(diagnostics: &[Diagnostic], sources: &[SourceFile], styled: bool) -> String {
    let renderer = if styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for diagnostic in diagnostics {
        let drawn = draw_one(diagnostic, sources, &renderer);
        for line in drawn.lines() {
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

/// The last line of a refused policy: `2 faults in krgate.yaml; nothing was evaluated (exit 2)`.
pub fn refusal(diagnostics: &[Diagnostic], policy: &str) -> String {
    let faults: u64 = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .map(|diagnostic| diagnostic.count)
        .sum();
    let noun = if faults == 1 { "fault" } else { "faults" };
    format!(
        "{faults} {noun} in {}; nothing was evaluated (exit 2)",
        visible(policy)
    )
}

fn draw_one(diagnostic: &Diagnostic, sources: &[SourceFile], renderer: &Renderer) -> String {
    let level = match diagnostic.level {
        Level::Error => Drawn::ERROR,
        Level::Warning => Drawn::WARNING,
        Level::Note => Drawn::NOTE,
    };
    let mut title = words(&diagnostic.message);
    if diagnostic.count > 1 {
        let _ = write!(title, " ({} places)", diagnostic.count);
    }
    let title = level.primary_title(title).id(diagnostic.code.as_str());
    let label = diagnostic.label.as_ref().map(words);
    let source = match diagnostic.place {
        Place::Source { file, span } => sources.get(file).map(|source| (source, span)),
        Place::None | Place::Report { .. } => None,
    };
    let mut group = match source {
        Some((source, span)) if !source.text.is_empty() => {
            let line = Line::at(&source.text, span);
            let mut mark = AnnotationKind::Primary.span(line.start..line.end);
            if let Some(label) = label {
                mark = mark.label(label);
            }
            title.element(
                Snippet::source(line.shown)
                    .path(visible(&source.name).into_owned())
                    .line_start(line.number)
                    .annotation(mark),
            )
        }
        _ => {
            let group = Group::with_title(title);
            match label {
                Some(label) => group.element(Drawn::NOTE.no_name().message(label)),
                None => group,
            }
        }
    };
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Drawn::HELP.message(words(hint)));
    }
    renderer.render(&[group])
}

/// One line of a source in visible form, with the marked bytes in it.
struct Line {
    shown: String,
    number: usize,
    start: usize,
    end: usize,
}

impl Line {
    fn at(text: &str, span: Span) -> Self {
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let whole = rest.split('\n').next().unwrap_or_default();
        let whole = whole.strip_suffix('\r').unwrap_or(whole);
        let from = (start - line_start).min(whole.len());
        let end = text.floor_char_boundary(span.end.min(text.len()));
        let to = end.saturating_sub(line_start).clamp(from, whole.len());
        let (whole, from, to) = cut(whole, from, to);
        let part = |range: std::ops::Range<usize>| whole.get(range).unwrap_or_default();
        let shown = visible(whole).into_owned();
        let start = shown.floor_char_boundary(visible(part(0..from)).len().min(shown.len()));
        let length = visible(part(from..to)).len();
        let end = shown.floor_char_boundary((start + length).min(shown.len()));
        Self {
            number: 1 + before.matches('\n').count(),
            shown,
            start,
            end: end.max(start),
        }
    }
}

/// Cuts a very long line around the marked place, so that a line of a megabyte does not
/// fill the log.
fn cut(line: &str, from: usize, to: usize) -> (&str, usize, usize) {
    if line.len() <= MOST_LINE {
        return (line, from, to);
    }
    let first = line.floor_char_boundary(from.saturating_sub(MOST_LINE / 4));
    let last = line.floor_char_boundary(first.saturating_add(MOST_LINE).min(line.len()));
    let shown = line.get(first..last).unwrap_or_default();
    let to = to.min(last).saturating_sub(first);
    (shown, from.saturating_sub(first), to)
}

/// A message as one text, foreign parts as code in visible form.
fn words(message: &Message) -> String {
    message
        .parts()
        .iter()
        .map(|part| match part {
            // Our own words are clean; the visible form is a second fence.
            Part::Own(words) => words
                .split('\n')
                .map(visible)
                .collect::<Vec<_>>()
                .join("\n"),
            Part::Foreign(text) => {
                let shown = shortened(text.raw());
                ["`", &visible(&shown), "`"].concat()
            }
        })
        .collect()
}

/// At most 80 characters of a foreign text.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(80) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::model::Untrusted;

    fn source(text: &str) -> Vec<SourceFile> {
        vec![SourceFile {
            name: "krgate.yaml".to_owned(),
            text: text.to_owned(),
        }]
    }

    fn at(start: usize, end: usize) -> Place {
        Place::Source {
            file: 0,
            span: Span { start, end },
        }
    }

    #[test]
    fn the_look_is_that_of_the_design() {
        let text = "version: 1\nserverity:\n  unscored: fail\n";
        let fault = Diagnostic::new(
            Code::UnknownKey,
            Message::from("unknown key ").foreign(Untrusted::new("serverity")),
        )
        .at(at(11, 20))
        .label("did you mean `severity`?");
        let expected = "\
error[unknown-key]: unknown key `serverity`
 --> krgate.yaml:2:1
  |
2 | serverity:
  | ^^^^^^^^^ did you mean `severity`?

";
        let faults = [fault];
        assert_eq!(draw(&faults, &source(text), false), expected);
        let styled = draw(&faults, &source(text), true);
        assert!(styled.contains("\u{1b}["), "colour");
    }

    #[test]
    fn encoder_e06_a_policy_cannot_draw_on_the_terminal() {
        let text = "a: \u{1b}[31m\u{202e}x ##[error]y\r\n";
        let fault = Diagnostic::new(
            Code::WrongType,
            Message::from("what ").foreign(Untrusted::new("\u{1b}]0;t\u{7}\n::error::x")),
        )
        .at(at(3, text.len()))
        .label(Message::from("is ").foreign(Untrusted::new("\u{202e}")));
        let drawn = draw(&[fault], &source(text), false);
        assert!(
            drawn
                .chars()
                .all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')),
            "{drawn}"
        );
        assert!(
            drawn.contains("\\u{1b}[31m\\u{202e}x ##\\u{5b}error]y"),
            "{drawn}"
        );
        assert!(!drawn.lines().any(|line| line.starts_with("::")), "{drawn}");
    }

    #[test]
    fn odd_places_do_not_panic() {
        for text in ["", "\n", "é", "a\nb", "\u{feff}x", "é\r\né"] {
            for start in 0..6 {
                for end in 0..8 {
                    let fault = Diagnostic::new(Code::WrongType, "x")
                        .at(at(start, end))
                        .label("y");
                    let drawn = draw(&[fault], &source(text), false);
                    assert!(drawn.starts_with("error[wrong-type]: x"));
                }
            }
        }
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut() {
        let text = format!("{}bad{}", "é".repeat(500_000), "x".repeat(500_000));
        let fault = Diagnostic::new(Code::WrongType, "x").at(at(1_000_000, 1_000_003));
        let drawn = draw(&[fault], &source(&text), false);
        assert!(drawn.contains("bad"), "{drawn}");
        assert!(drawn.len() < 2_000);
    }

    #[test]
    fn the_last_line_counts_what_blocks() {
        let mut note = Diagnostic::new(Code::UnusedScope, "x");
        note.level = Level::Note;
        let fault = Diagnostic::new(Code::WrongType, "x");
        assert_eq!(
            refusal(&[note, fault.clone()], "krgate.yaml"),
            "1 fault in krgate.yaml; nothing was evaluated (exit 2)"
        );
        assert_eq!(
            refusal(&[fault.clone(), fault], "a\nb"),
            "2 faults in a\\nb; nothing was evaluated (exit 2)"
        );
    }
}
