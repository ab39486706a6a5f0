//! Encoders: the parser of each sink must see one literal text and nothing else (G25).

use krgate::diagnostic::Message;
use krgate::model::{RepoPath, Untrusted, visible};
use krgate::render::encode::csv::CsvField;
use krgate::render::encode::dot::DotLabel;
use krgate::render::encode::html::HtmlText;
use krgate::render::encode::json::{JsonText, write_compact};
use krgate::render::encode::mermaid::MermaidLabel;
use krgate::render::encode::openmetrics::LabelValue;
use krgate::render::encode::terminal::TerminalText;
use krgate::render::encode::workflow::{
    Kind, Lines, MOST_TITLE_UNITS, MOST_UNITS, WorkflowCommand,
};
use krgate::render::encode::xml::XmlText;
use krgate::render::encode::{MOST_CHARS, markdown, sarif};
use pulldown_cmark::{Event, Options, Parser, Tag};
use quick_xml::XmlVersion;
use quick_xml::events::Event as XmlEvent;

use super::runner::{assert_no_command, decode};
use super::texts::assert_harmless;
use super::visible_form::read_visible;

/// Any text through every encoder and back through a reader of its sink.
pub(crate) fn encoders(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    json(&text);
    path(&text);
    if text.chars().count() <= MOST_CHARS {
        let shown = visible(&text);
        assert_harmless("the visible form", &shown);
        assert!(!shown.contains('\n'));
        assert_eq!(
            read_visible(&shown),
            text,
            "the visible form is unambiguous"
        );
        terminal(&text, &shown);
        workflow(&text, &shown);
        code_spans(&text, &shown);
        cells(&text, &shown);
        markup(&text, &shown);
        sarif_text(&text);
        diagrams(&text);
    }
    series(&text);
}

/// A label of a diagram is one string in quotes.
fn diagrams(text: &str) {
    let line = [Message::default().foreign(Untrusted::new(text))];
    let label = MermaidLabel::of(&line).to_string();
    assert_harmless("Mermaid", &label);
    let inner = &label[1..label.len() - 1];
    assert!(
        !inner.contains(['"', '<', '>', '[', ']', '{', '}', '%', '`']),
        "{label}"
    );
    let label = DotLabel::of(&line).to_string();
    assert_harmless("DOT", &label);
    let plain = label[1..label.len() - 1]
        .replace("\\\\", "")
        .replace("\\\"", "");
    assert!(!plain.contains(['"', '\\']), "{label}");
}

/// A field of CSV is no formula, and a label of metrics is one string in quotes.
fn series(text: &str) {
    let field = CsvField::foreign(Untrusted::new(text));
    assert_harmless("CSV", field.as_str());
    assert!(!field.as_str().starts_with(['=', '+', '-', '@', '\t', '\r']));
    let label = LabelValue::foreign(Untrusted::new(text)).to_string();
    assert_harmless("OpenMetrics", &label);
    let plain = label[1..label.len() - 1]
        .replace("\\\\", "")
        .replace("\\\"", "");
    assert!(!plain.contains(['"', '\\', '\n']), "{label}");
}

fn json(text: &str) {
    let mut line = Vec::new();
    write_compact(&JsonText::from(Untrusted::new(text)), &mut line).unwrap();
    let line = String::from_utf8(line).unwrap();
    assert_harmless("JSON", &line);
    assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
}

fn path(text: &str) {
    let Some(path) = RepoPath::from_normal(text) else {
        return;
    };
    let uri = sarif::uri(path.borrowed());
    assert!(uri.is_ascii() && !uri.contains([' ', '?', '#', ':', '\\']));
    let mut decoded = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next().unwrap(), rest.next().unwrap()];
            let hex = std::str::from_utf8(&hex).unwrap();
            decoded.push(u8::from_str_radix(hex, 16).unwrap());
        } else {
            decoded.push(byte);
        }
    }
    assert_eq!(decoded, path.as_str().as_bytes());
    // Rule G25: the runner drops a `=` at the start of a value, so such a path is never named.
    if path.as_str().starts_with('=') {
        return;
    }
    let command = WorkflowCommand::new(Kind::Error, &Message::from("x"))
        .at(&path, Lines::new(3, Some(2)))
        .to_string();
    let read = decode(&command).unwrap();
    assert_eq!(read.properties["file"], path.as_str());
    assert_eq!(read.properties.len(), 2, "{command:?}");
}

fn terminal(text: &str, shown: &str) {
    let whole = TerminalText::label(Untrusted::new(text));
    assert_eq!(whole.as_str(), shown);
    for columns in [1, 2, 7, 40] {
        let cut = whole.clone().cut(columns);
        assert!(cut.width() <= columns);
        assert_harmless("a cut text", cut.as_str());
        if whole.width() > columns {
            let kept = cut.as_str().strip_suffix('…').unwrap();
            assert!(text.starts_with(&read_visible(kept)), "cut in an escape");
        }
    }
}

fn workflow(text: &str, shown: &str) {
    let message = Message::default().foreign(Untrusted::new(text));
    let line = WorkflowCommand::new(Kind::Warning, &message)
        .title(&message)
        .to_string();
    assert!(!line.contains(['\n', '\r']) && !line.contains("##["));
    let read = decode(&line).unwrap();
    assert_eq!(read.name, "warning");
    assert_eq!(read.properties.len(), 1);
    let whole = format!("`{shown}`");
    assert_cut(&read.properties["title"], &whole, MOST_TITLE_UNITS);
    assert_cut(&read.data, &whole, MOST_UNITS);
    assert_no_command(&format!("- {shown}"));
}

/// Rule G28: the whole, or as much of it as fits and a mark.
fn assert_cut(seen: &str, whole: &str, most: usize) {
    if whole.encode_utf16().count() <= most {
        assert_eq!(seen, whole);
    } else {
        assert!(seen.encode_utf16().count() <= most);
        assert!(whole.starts_with(seen.strip_suffix('…').unwrap()));
    }
}

fn events(markdown: &str) -> Vec<Event<'_>> {
    Parser::new_ext(markdown, Options::all()).collect()
}

/// What a code span of the text holds once it was parsed.
fn as_code(shown: &str) -> String {
    if shown.is_empty() {
        "(empty)".to_owned()
    } else if shown.trim_matches(' ').is_empty() {
        format!(" {shown} ")
    } else {
        shown.to_owned()
    }
}

fn code_spans(text: &str, shown: &str) {
    let line = format!("x {} y", markdown::span(Untrusted::new(text)));
    let parsed = events(&line);
    let others: Vec<_> = parsed
        .iter()
        .filter(|event| !matches!(event, Event::Text(_)))
        .collect();
    assert_eq!(others.len(), 3, "{others:?}");
    assert_eq!(others[1], &Event::Code(as_code(shown).into()));
    let block = markdown::fence(&[Untrusted::new(text)]);
    let parsed = events(&block);
    assert!(matches!(parsed[0], Event::Start(Tag::CodeBlock(_))));
    let inside: String = parsed[1..parsed.len() - 1]
        .iter()
        .map(|event| match event {
            Event::Text(text) => text.as_ref(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(inside.strip_suffix('\n'), Some(shown));
}

fn cells(text: &str, shown: &str) {
    let cell = markdown::cell(Untrusted::new(text));
    let table = format!("| a | b |\n| --- | --- |\n| {cell} | end |\n");
    let parsed = events(&table);
    let count = parsed
        .iter()
        .filter(|event| matches!(event, Event::Start(Tag::TableCell)))
        .count();
    assert_eq!(count, 4, "{table}");
    let codes: Vec<_> = parsed
        .iter()
        .filter(|event| !matches!(event, Event::Start(_) | Event::End(_) | Event::Text(_)))
        .collect();
    // A backslash before a pipe is taken off inside a table, also where it is the text's own.
    assert_eq!(codes.len(), 1, "{codes:?}");
    if !shown.contains("\\|") {
        assert_eq!(codes[0], &Event::Code(as_code(shown).into()));
    }
}

fn markup(text: &str, shown: &str) {
    let html = HtmlText::label(Untrusted::new(text));
    assert_eq!(through_a_parser(html.as_str()), shown);
    let xml = XmlText::label(Untrusted::new(text));
    let mut report = quick_junit::Report::new("r");
    report.add_test_suite(quick_junit::TestSuite::new(xml.as_str()));
    let page = report.to_string().unwrap();
    let mut reader = quick_xml::Reader::from_str(&page);
    loop {
        match reader.read_event().unwrap() {
            XmlEvent::Start(tag) | XmlEvent::Empty(tag) if tag.name().as_ref() == b"testsuite" => {
                let name = tag.try_get_attribute("name").unwrap().unwrap();
                let name = name.normalized_value(XmlVersion::Explicit1_0).unwrap();
                assert_eq!(name, xml.as_str());
                break;
            }
            XmlEvent::Eof => panic!("no suite"),
            _ => {}
        }
    }
}

/// The value of the one attribute of the one element, as a parser reads it.
fn through_a_parser(html: &str) -> String {
    let page = format!("<p title=\"{html}\">{html}</p>");
    let mut reader = quick_xml::Reader::from_str(&page);
    let XmlEvent::Start(tag) = reader.read_event().unwrap() else {
        panic!("no element");
    };
    let values: Vec<String> = tag
        .attributes()
        .map(|attribute| {
            let attribute = attribute.unwrap();
            let value = attribute.normalized_value(XmlVersion::Explicit1_0);
            value.unwrap().into_owned()
        })
        .collect();
    assert_eq!(values.len(), 1);
    values.concat()
}

fn sarif_text(text: &str) {
    let mut escaped = false;
    for c in sarif::text(Untrusted::new(text)).chars() {
        match c {
            '\\' => escaped = !escaped,
            '[' | ']' => {
                assert!(escaped, "a bracket that could open a link");
                escaped = false;
            }
            _ => escaped = false,
        }
    }
}
