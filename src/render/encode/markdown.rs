//! Markdown: foreign text stands in code spans and fenced blocks alone (rules E17 to E19).

use std::fmt;

use super::terminal::TerminalText;
use super::{Piece, pieces};
use crate::diagnostic::Message;
use crate::model::{Untrusted, visible};

/// A piece of one Markdown line: krgate's own words, or foreign text as a code span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inline(String);

impl fmt::Display for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Inline {
    /// The Markdown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, in bold.
    #[must_use]
    pub fn strong(inner: &Self) -> Self {
        Self(format!("**{inner}**"))
    }

    /// The same behind an anchor, whose name is of krgate's own alphabet: what else it holds
    /// is left out.
    #[must_use]
    pub fn anchor(name: &str, inner: &Self) -> Self {
        let is_ours = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name: String = name.chars().filter(is_ours).collect();
        Self(format!("<a id=\"{name}\"></a>{inner}"))
    }
}

/// Foreign text as a code span, for a paragraph, a list or a heading (rule E17).
pub fn span(text: Untrusted<'_>) -> Inline {
    Inline(code(&visible(&super::cut(text))))
}

/// Foreign text as a code span for the cell of a table, where a pipe needs a backslash even
/// inside a span (rule E18).
pub fn cell(text: Untrusted<'_>) -> Inline {
    Inline(code(&visible(&super::cut(text))).replace('|', "\\|"))
}

/// Own words in which backticks mark code, with foreign text as code spans.
pub fn message(message: &Message) -> Inline {
    Inline(
        pieces(message)
            .into_iter()
            .map(|piece| match piece {
                Piece::Own(words) => own(&words).0,
                Piece::Foreign(text) => span(text).0,
            })
            .collect(),
    )
}

/// The same for the cell of a table.
pub fn cell_message(message: &Message) -> Inline {
    Inline(
        pieces(message)
            .into_iter()
            .map(|piece| match piece {
                Piece::Own(words) => own(&words).0,
                Piece::Foreign(text) => cell(text).0,
            })
            .collect(),
    )
}

/// Words of krgate's own: what stands between two backticks becomes a code span, everything
/// else is shown letter by letter.
pub fn own(words: &str) -> Inline {
    let parts: Vec<&str> = words.split('`').collect();
    let last = parts.len().saturating_sub(1);
    let mut markdown = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index % 2 == 1 && index < last {
            markdown.push_str(&code(part).replace('|', "\\|"));
        } else {
            if index % 2 == 1 {
                markdown.push_str("\\`");
            }
            for c in part.chars() {
                if matches!(
                    c,
                    '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '~' | '#'
                ) {
                    markdown.push('\\');
                }
                markdown.push(if c == '\n' { ' ' } else { c });
            }
        }
    }
    Inline(markdown)
}

/// Lines of foreign text as one fenced block, its fence longer than any run of backticks
/// inside (rule E17). The info string is fixed.
pub fn fence(lines: &[Untrusted<'_>]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| visible(line.raw())).collect();
    fenced(lines.iter().map(AsRef::as_ref))
}

/// The same for lines that were made for the log, which are in their visible form already.
pub fn fence_log(lines: &[TerminalText]) -> String {
    fenced(lines.iter().map(TerminalText::as_str))
}

fn fenced<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> String {
    let longest = lines.clone().map(longest_run).max().unwrap_or(0);
    let fence = "`".repeat(longest.saturating_add(1).max(3));
    let mut block = format!("{fence}text\n");
    for line in lines {
        block.push_str(line);
        block.push('\n');
    }
    block.push_str(&fence);
    block.push('\n');
    block
}

fn code(visible: &str) -> String {
    if visible.is_empty() {
        return "`(empty)`".to_owned();
    }
    let delimiter = "`".repeat(longest_run(visible) + 1);
    let only_spaces = visible.trim_matches(' ').is_empty();
    // CommonMark takes one space off each end where both have one.
    let is_stripped = visible.starts_with(' ') && visible.ends_with(' ');
    let pad = if visible.starts_with('`') || visible.ends_with('`') || only_spaces || is_stripped {
        " "
    } else {
        ""
    };
    format!("{delimiter}{pad}{visible}{pad}{delimiter}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    /// What a parser of Markdown with GitHub's extensions makes of it.
    fn events(markdown: &str) -> Vec<Event<'_>> {
        Parser::new_ext(markdown, Options::all()).collect()
    }

    fn only_code(markdown: &str) -> Vec<String> {
        events(markdown)
            .into_iter()
            .filter_map(|event| match event {
                Event::Start(Tag::Paragraph) | Event::End(_) => None,
                Event::Code(code) => Some(code.to_string()),
                other => Some(format!("NOT CODE: {other:?}")),
            })
            .collect()
    }

    fn in_table(cell: &Inline) -> Vec<Event<'static>> {
        let table = format!("| a | b |\n| --- | --- |\n| {cell} | end |\n");
        events(&table)
            .into_iter()
            .filter(|event| {
                matches!(
                    event,
                    Event::Code(_) | Event::Html(_) | Event::InlineHtml(_)
                )
            })
            .map(Event::into_static)
            .chain([Event::Text(format!("{} cells", cells(&table)).into())])
            .collect()
    }

    fn cells(table: &str) -> usize {
        events(table)
            .iter()
            .filter(|event| matches!(event, Event::Start(Tag::TableCell)))
            .count()
    }

    fn expected(text: &str) -> String {
        let shown = visible(text).into_owned();
        if shown.is_empty() {
            "(empty)".to_owned()
        } else if shown.trim_matches(' ').is_empty() {
            // Padded by rule E17 though CommonMark would strip nothing here.
            format!(" {shown} ")
        } else {
            shown
        }
    }

    #[test]
    fn encoder_e17_the_delimiter_outlasts_the_longest_run() {
        let span = |text| span(Untrusted::new(text)).0;
        assert_eq!(span("a"), "`a`");
        assert_eq!(span("a``b`c"), "```a``b`c```");
        assert_eq!(span("`"), "`` ` ``");
        assert_eq!(span(""), "`(empty)`");
        assert_eq!(span(" "), "`   `");
        assert_eq!(span("<img src=x>@org/team #1"), "`<img src=x>@org/team #1`");
        assert_eq!(
            fence(&[Untrusted::new("a````b")]),
            "`````text\na````b\n`````\n"
        );
    }

    #[test]
    fn encoder_e18_a_pipe_in_a_table_keeps_the_cell_together() {
        let cell = cell(Untrusted::new("a|b\n\n# head"));
        assert_eq!(cell.0, "`a\\|b\\n\\n# head`");
        let events = in_table(&cell);
        assert_eq!(events[0], Event::Code("a|b\\n\\n# head".into()));
        assert_eq!(events[1], Event::Text("4 cells".into()));
    }

    #[test]
    fn own_words_keep_their_code_and_nothing_else() {
        assert_eq!(own("take `a_b` <= *2*").0, "take `a_b` \\<= \\*2\\*");
        assert_eq!(own("one ` alone").0, "one \\` alone");
        let mixed = Message::from("see ")
            .foreign(Untrusted::new("a`b"))
            .own(": `x`");
        assert_eq!(message(&mixed).0, "see ``a`b``: `x`");
    }

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            r"[`|\\ ]{1,4}",
            r"\PC{0,6}",
            r"\pC{0,3}",
            Just("<img src=x onerror=alert(1)>".to_owned()),
            Just("<!--".to_owned()),
            Just("[a](javascript:x)".to_owned()),
            Just("\n\n# x\n".to_owned()),
            Just("```\n".to_owned()),
            Just("@acme/team fixes #1 https://x.test".to_owned()),
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn encoder_e17_any_text_is_one_literal_code_span(text in hostile()) {
            prop_assume!(text.chars().count() <= super::super::MOST_CHARS);
            let line = format!("x {} y", span(Untrusted::new(&text)));
            let events = events(&line);
            let codes: Vec<&Event<'_>> =
                events.iter().filter(|event| !matches!(event, Event::Text(_))).collect();
            prop_assert_eq!(codes.len(), 3, "paragraph, code, end: {:?}", codes);
            prop_assert_eq!(codes[1], &Event::Code(expected(&text).into()));
        }

        #[test]
        fn encoder_e18_any_text_is_one_cell(text in hostile()) {
            prop_assume!(text.chars().count() <= super::super::MOST_CHARS);
            let events = in_table(&cell(Untrusted::new(&text)));
            prop_assert_eq!(events.len(), 2, "{:?}", events);
            prop_assert_eq!(&events[0], &Event::Code(expected(&text).into()));
            prop_assert_eq!(&events[1], &Event::Text("4 cells".into()));
        }

        #[test]
        fn encoder_e17_any_lines_are_one_fenced_block(a in hostile(), b in hostile()) {
            let block = fence(&[Untrusted::new(&a), Untrusted::new(&b)]);
            let text: String = events(&block)
                .into_iter()
                .filter_map(|event| match event {
                    Event::Text(text) => Some(text.to_string()),
                    Event::Start(Tag::CodeBlock(_)) | Event::End(_) => None,
                    other => Some(format!("NOT TEXT: {other:?}")),
                })
                .collect();
            prop_assert_eq!(text, format!("{}\n{}\n", visible(&a), visible(&b)));
        }
    }

    #[test]
    fn encoder_e19_nothing_of_a_span_is_acted_on() {
        let text = "@acme/team closes #1, ![x](http://x.test/y.png) :tada: <b>";
        let span = span(Untrusted::new(text));
        assert_eq!(only_code(span.as_str()), [text]);
    }
}
