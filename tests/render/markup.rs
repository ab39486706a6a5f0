//! A strict reader of pages and drawings, on an XML parser that is not ours: every element is
//! closed, every attribute is quoted and stands once, and nothing stands there that is not
//! allowed by name (rules P7, P45).

use std::collections::BTreeSet;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

/// Elements without an end tag.
const VOID: &[&str] = &["meta", "br"];

/// What may stand in a page: an element, and the attributes that it may have beside those of
/// [`EVERYWHERE`].
const ELEMENTS: &[(&str, &[&str])] = &[
    ("html", &["lang"]),
    ("head", &[]),
    ("meta", &["charset", "http-equiv", "content", "name"]),
    ("style", &[]),
    ("title", &[]),
    ("body", &[]),
    ("header", &[]),
    ("nav", &[]),
    ("main", &[]),
    ("section", &[]),
    ("footer", &[]),
    ("div", &["tabindex"]),
    ("h1", &[]),
    ("h2", &[]),
    ("h3", &[]),
    ("p", &[]),
    ("br", &[]),
    ("a", &["href"]),
    ("b", &[]),
    ("bdi", &[]),
    ("code", &[]),
    ("span", &["aria-hidden"]),
    ("ul", &[]),
    ("ol", &[]),
    ("li", &[]),
    ("dl", &[]),
    ("dt", &[]),
    ("dd", &[]),
    ("table", &[]),
    ("caption", &[]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tr", &[]),
    ("th", &["scope"]),
    ("td", &["colspan", "data-label"]),
    ("figure", &[]),
    ("figcaption", &[]),
    (
        "svg",
        &["xmlns", "viewBox", "preserveAspectRatio", "width", "height"],
    ),
    ("desc", &[]),
    ("g", &["fill", "font-family", "font-size"]),
    ("path", &["d"]),
    ("line", &["x1", "x2", "y1", "y2"]),
    ("rect", &["x", "y", "width", "height", "rx", "fill"]),
    ("circle", &["cx", "cy", "r"]),
    ("text", &["x", "y", "transform", "textLength"]),
];
const EVERYWHERE: &[&str] = &["id", "class", "role", "aria-label", "aria-labelledby"];

/// What a page was found to be.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// All text that is shown, a space between two pieces.
    pub(crate) text: String,
    /// Headings with their level.
    pub(crate) headings: Vec<(u8, String)>,
    /// Ids, each once.
    pub(crate) ids: BTreeSet<String>,
    /// Where links lead.
    pub(crate) links: Vec<String>,
    /// How often each element stands there.
    pub(crate) elements: Vec<String>,
    /// The value of the policy's `content`.
    pub(crate) policy: Option<String>,
    named_by: Vec<String>,
}

impl Read {
    /// How many elements of a name there are.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.elements.iter().filter(|found| *found == name).count()
    }
}

/// Reads a page or a drawing; panics at the first thing that is wrong with it.
pub(crate) fn read(page: &str) -> Read {
    let mut reader = quick_xml::Reader::from_str(page);
    // The ends of void elements are not there: the stack below matches the others.
    reader.config_mut().check_end_names = false;
    let mut read = Read::default();
    let mut open: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event();
        let event = event.unwrap_or_else(|error| panic!("{error} at {}", reader.buffer_position()));
        match event {
            Event::Start(tag) => {
                let name = element(&tag, &mut read, &open);
                if !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
            }
            Event::End(tag) => {
                let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
                let of = open.pop();
                assert_eq!(
                    of.as_deref(),
                    Some(name.as_str()),
                    "an end of another element"
                );
            }
            Event::Text(text) => piece(&text.decode().unwrap(), &open, &mut read),
            Event::GeneralRef(entity) => {
                let entity = format!("&{};", entity.decode().unwrap());
                let text = quick_xml::escape::unescape(&entity).unwrap().into_owned();
                piece(&text, &open, &mut read);
            }
            Event::DocType(kind) => assert_eq!(kind.decode().unwrap(), "html"),
            Event::Eof => break,
            other => panic!("nothing of this kind may stand there: {other:?}"),
        }
    }
    assert_eq!(open, Vec::<String>::new(), "left open");
    for link in &read.links {
        let anchor = link.strip_prefix('#');
        let anchor = anchor.unwrap_or_else(|| panic!("a link that leads away: {link}"));
        assert!(read.ids.contains(anchor), "{link} leads nowhere");
    }
    for id in &read.named_by {
        assert!(read.ids.contains(id), "{id} names nothing");
    }
    let mut before = 0;
    for (level, words) in &read.headings {
        assert!(*level <= before + 1, "{words} skips a level");
        before = *level;
    }
    read
}

fn element(tag: &BytesStart<'_>, read: &mut Read, open: &[String]) -> String {
    let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
    let allowed = ELEMENTS.iter().find(|(element, _)| *element == name);
    let Some((_, allowed)) = allowed else {
        panic!("<{name}> in {open:?}");
    };
    let mut found = Vec::new();
    let mut is_policy = false;
    for attribute in tag.attributes() {
        let attribute = attribute.unwrap_or_else(|error| panic!("<{name}>: {error}"));
        let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
        assert!(
            allowed.contains(&key.as_str()) || EVERYWHERE.contains(&key.as_str()),
            "<{name} {key}=\"{value}\">"
        );
        match key.as_str() {
            "id" => assert!(read.ids.insert(value.to_string()), "{value} stands twice"),
            "href" => read.links.push(value.to_string()),
            "aria-labelledby" => read.named_by.extend(value.split(' ').map(str::to_owned)),
            "http-equiv" => is_policy = true,
            "content" if is_policy => read.policy = Some(value.to_string()),
            _ => {}
        }
        found.push(key);
    }
    match name.as_str() {
        "svg" => assert!(
            found.contains(&"aria-labelledby".to_owned()),
            "a nameless svg"
        ),
        "th" => assert!(found.contains(&"scope".to_owned()), "a head without scope"),
        _ => {}
    }
    if let Some(level) = name.strip_prefix('h').and_then(|level| level.parse().ok()) {
        read.headings.push((level, String::new()));
    }
    read.elements.push(name.clone());
    name
}

fn piece(text: &str, open: &[String], read: &mut Read) {
    if open.last().is_some_and(|name| name == "style") {
        return;
    }
    if open
        .iter()
        .any(|name| ["h1", "h2", "h3"].contains(&name.as_str()))
        && let Some((_, words)) = read.headings.last_mut()
    {
        words.push_str(text);
    }
    read.text.push_str(text);
}

/// Every drawing of a page by itself is XML, whose own parser must accept it.
pub(crate) fn drawings_are_xml(page: &str) {
    for rest in page.split("<svg").skip(1) {
        let (inside, _) = rest.split_once("</svg>").unwrap();
        let drawing = format!("<svg{inside}</svg>");
        let mut reader = quick_xml::Reader::from_str(&drawing);
        reader.config_mut().check_end_names = true;
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(error) => panic!("{error}: {drawing}"),
            }
        }
    }
}

#[test]
fn report_p45_the_strict_reader_can_fail() {
    let fails = |page: &str| std::panic::catch_unwind(|| read(page)).is_err();
    assert!(!fails("<!DOCTYPE html><p class=\"x\">a<br>b &amp; c</p>"));
    for page in [
        "<p>",
        "<p></b>",
        "<p>&nbsp;</p>",
        "<p onclick=\"x\"></p>",
        "<p class=x></p>",
        "<p class=\"x\" class=\"y\"></p>",
        "<script></script>",
        "<!-- x -->",
        "<a href=\"https://example.org\">x</a>",
        "<a href=\"#x\">x</a>",
        "<p id=\"x\"></p><p id=\"x\"></p>",
        "<h1>a</h1><h3>b</h3>",
        "<svg></svg>",
        "<td style=\"x\"></td>",
        "<img src=\"x\">",
    ] {
        assert!(fails(page), "{page}");
    }
}
