//! XML: the visible form, free of what XML 1.0 cannot hold.
//!
//! Escaping of markup is the XML writer's; quick-junit would drop control characters without
//! a word, so none may reach it.

use std::fmt::{self, Write as _};

use super::{Piece, pieces};
use crate::diagnostic::Message;
use crate::model::{Untrusted, visible};

/// Text for an XML writer that escapes markup itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlText(String);

impl XmlText {
    /// Foreign text, at most [`super::MOST_CHARS`] characters of it.
    pub fn label(text: Untrusted<'_>) -> Self {
        Self(representable(&visible(&super::cut(text))))
    }

    /// The text before markup is escaped.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for XmlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A message on one line; foreign text stands in backticks.
pub fn message(message: &Message) -> XmlText {
    let mut line = String::new();
    for piece in pieces(message) {
        match piece {
            Piece::Own(words) => line.push_str(&words),
            Piece::Foreign(text) => {
                let _ = write!(line, "`{}`", XmlText::label(text));
            }
        }
    }
    XmlText(line)
}

/// Writes out the two characters that are no controls and that XML 1.0 cannot hold.
fn representable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\u{fffe}' | '\u{ffff}') {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quick_junit::{Report, TestCase, TestCaseStatus, TestSuite};
    use quick_xml::XmlVersion;
    use quick_xml::events::Event;

    /// The name of the one test case, as an XML parser reads it.
    fn through_a_parser(text: &XmlText) -> String {
        let mut report = Report::new("r");
        let mut suite = TestSuite::new("s");
        suite.add_test_case(TestCase::new(text.as_str(), TestCaseStatus::success()));
        report.add_test_suite(suite);
        let xml = report.to_string().unwrap();
        let mut reader = quick_xml::Reader::from_str(&xml);
        loop {
            match reader.read_event().unwrap() {
                Event::Empty(tag) | Event::Start(tag) if tag.name().as_ref() == b"testcase" => {
                    let name = tag.try_get_attribute("name").unwrap().unwrap();
                    return name
                        .normalized_value(XmlVersion::Explicit1_0)
                        .unwrap()
                        .into_owned();
                }
                Event::Eof => panic!("no test case"),
                _ => {}
            }
        }
    }

    #[test]
    fn encoder_e03_xml_holds_the_visible_form() {
        let text = XmlText::label(Untrusted::new("a\u{1b}[31m<b>&\"'\u{0}\u{ffff}\n"));
        assert_eq!(text.as_str(), "a\\u{1b}[31m<b>&\"'\\u{0}\\u{ffff}\\n");
        assert_eq!(through_a_parser(&text), text.as_str());
    }

    proptest! {
        #[test]
        fn encoder_e03_any_text_comes_back_from_xml(raw in r"(\PC|\pC|[<>&\]]|\x1b\[0m){0,40}") {
            let text = XmlText::label(Untrusted::new(&raw));
            prop_assert_eq!(through_a_parser(&text), text.as_str());
        }
    }
}
