//! HTML: the visible form with entities, for text and quoted attribute values (rule E24).
//!
//! For those two places alone: in `href`, `src`, `style`, a script or a comment no foreign
//! text may stand, however it is written.

use std::fmt;

use super::{Piece, pieces};
use crate::diagnostic::Message;
use crate::model::{Untrusted, visible};

/// Text between tags, or the value of an attribute between quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HtmlText(String);

impl HtmlText {
    /// Foreign text, at most [`super::MOST_CHARS`] characters of it.
    pub fn label(text: Untrusted<'_>) -> Self {
        Self(entities(&visible(&super::cut(text))))
    }

    /// As much of the end of foreign text as fits, after `…` where something is cut; never
    /// a part of what one character is shown as.
    pub fn tail(text: Untrusted<'_>, fits: &dyn Fn(&str) -> bool) -> Self {
        let raw = super::cut(text);
        let whole = visible(&raw);
        if fits(&whole) {
            return Self(entities(&whole));
        }
        let mut kept = String::from("…");
        for (start, _) in raw.char_indices().rev() {
            let shown = format!("…{}", visible(raw.get(start..).unwrap_or_default()));
            if !fits(&shown) {
                break;
            }
            kept = shown;
        }
        Self(entities(&kept))
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HtmlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl maud::Render for HtmlText {
    /// As it is: it was encoded once, and nothing is encoded twice (rule E2).
    fn render_to(&self, buffer: &mut String) {
        buffer.push_str(&self.0);
    }
}

/// A message; foreign text stands in `<code>`, so it is for text and no attribute.
pub fn message(message: &Message) -> HtmlText {
    let mut html = String::new();
    for piece in pieces(message) {
        match piece {
            Piece::Own(words) => html.push_str(&entities(&words)),
            Piece::Foreign(text) => {
                html.push_str("<code>");
                html.push_str(HtmlText::label(text).as_str());
                html.push_str("</code>");
            }
        }
    }
    HtmlText(html)
}

/// A message as text alone, for where no element may stand: the title of a window.
pub fn plain(message: &Message) -> HtmlText {
    let mut html = String::new();
    for piece in pieces(message) {
        match piece {
            Piece::Own(words) => html.push_str(&entities(&words)),
            Piece::Foreign(text) => html.push_str(HtmlText::label(text).as_str()),
        }
    }
    HtmlText(html)
}

fn entities(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            // `&apos;` is none of HTML 4.
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quick_xml::XmlVersion;
    use quick_xml::events::Event;

    fn label(text: &str) -> String {
        HtmlText::label(Untrusted::new(text)).0
    }

    /// The attribute and the text of the one element, as a parser reads them.
    fn through_a_parser(html: &str) -> (String, String) {
        let page = format!("<p title=\"{html}\">{html}</p>");
        let mut reader = quick_xml::Reader::from_str(&page);
        let (mut attributes, mut text) = (Vec::new(), String::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) => {
                    assert_eq!(tag.name().as_ref(), b"p");
                    for attribute in tag.attributes() {
                        let attribute = attribute.unwrap();
                        let value = attribute.normalized_value(XmlVersion::Explicit1_0);
                        attributes.push(value.unwrap().into_owned());
                    }
                }
                Event::Text(part) => text.push_str(&part.decode().unwrap()),
                Event::GeneralRef(entity) => {
                    let entity = format!("&{};", entity.decode().unwrap());
                    text.push_str(&quick_xml::escape::unescape(&entity).unwrap());
                }
                Event::End(_) => {}
                Event::Eof => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(attributes.len(), 1);
        (attributes.remove(0), text)
    }

    #[test]
    fn encoder_e24_markup_and_quotes_are_entities() {
        assert_eq!(
            label("<img src=x onerror='a(1)'> & \"b\""),
            "&lt;img src=x onerror=&#39;a(1)&#39;&gt; &amp; &quot;b&quot;"
        );
        assert_eq!(label("&lt;\u{1b}\n"), "&amp;lt;\\u{1b}\\n");
        let message_of = Message::from("a < b in ").foreign(Untrusted::new("</code>"));
        assert_eq!(
            message(&message_of).as_str(),
            "a &lt; b in <code>&lt;/code&gt;</code>"
        );
        assert_eq!(plain(&message_of).as_str(), "a &lt; b in &lt;/code&gt;");
    }

    #[test]
    fn encoder_e24_the_end_of_a_text_is_cut_between_characters() {
        let tail = |text, most: usize| {
            let fits = |shown: &str| shown.chars().count() <= most;
            HtmlText::tail(Untrusted::new(text), &fits).0
        };
        assert_eq!(tail("acme/pay", 8), "acme/pay");
        assert_eq!(tail("acme/payments", 8), "…ayments");
        assert_eq!(tail("ab\u{202e}<b>", 12), "…\\u{202e}&lt;b&gt;");
        assert_eq!(tail("ab\u{202e}<b>", 11), "…&lt;b&gt;");
        assert_eq!(tail("abc", 0), "…");
    }

    proptest! {
        #[test]
        fn encoder_e24_any_text_is_one_literal_text(raw in r#"(\PC|\pC|[<>&"'=/;]|&#39;|-->){0,40}"#) {
            prop_assume!(raw.chars().count() <= super::super::MOST_CHARS);
            let shown = visible(&raw).into_owned();
            let (attribute, text) = through_a_parser(&label(&raw));
            prop_assert_eq!(&attribute, &shown);
            prop_assert_eq!(&text, &shown);
        }
    }
}
