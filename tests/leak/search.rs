//! Finds a value in a text in any form that an output could give it.

use std::fmt::Write as _;

use krgate::model::visible;

/// From this many bytes on a value is searched for anywhere and in every form.
const ANYWHERE: usize = 8;
/// Shorter values are words of everyday texts and are not searched for, nor are words of
/// small letters below [`ANYWHERE`], which krgate says itself (H14).
const SHORTEST: usize = 4;

/// The forms of one secret.
pub(crate) struct Needle {
    /// The form and its name.
    forms: Vec<(&'static str, String)>,
    whole_words: bool,
}

impl Needle {
    /// `None` for a value that is too short to be searched for.
    pub(crate) fn new(value: &str) -> Option<Self> {
        let whole_words = value.len() < ANYWHERE;
        let is_word = whole_words && value.bytes().all(|b| b.is_ascii_lowercase());
        if value.trim().len() < SHORTEST || is_word {
            return None;
        }
        let mut forms = vec![("raw", value.to_owned())];
        if !whole_words {
            forms.extend(encoded(value));
            let lines = value.split(['\n', '\r']).map(str::trim);
            let lines = lines.filter(|line| line.len() >= ANYWHERE && *line != value);
            forms.extend(lines.map(|line| ("a line of it", line.to_owned())));
        }
        forms.dedup_by(|a, b| a.1 == b.1);
        Some(Self { forms, whole_words })
    }

    /// The name of the first form that stands in the text.
    pub(crate) fn found_in(&self, text: &str) -> Option<&'static str> {
        let found = self.forms.iter().find(|(_, form)| {
            text.match_indices(form.as_str())
                .any(|(at, _)| !self.whole_words || is_word(text, at, at + form.len()))
        });
        found.map(|(name, _)| *name)
    }
}

fn is_word(text: &str, from: usize, to: usize) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    !text[..from].chars().next_back().is_some_and(in_word)
        && !text[to..].chars().next().is_some_and(in_word)
}

fn encoded(value: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::to_string(value).unwrap();
    let xml = quick_xml::escape::escape(value).into_owned();
    let mut forms = vec![
        ("JSON", json[1..json.len() - 1].to_owned()),
        ("XML", xml),
        ("visible form", visible(value).into_owned()),
        (
            "brackets escaped",
            value.replace('[', "\\[").replace(']', "\\]"),
        ),
        ("percent", percent(value, |b| b.is_ascii_alphanumeric())),
        (
            "percent",
            percent(value, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)),
        ),
        (
            "percent",
            percent(value, |b| {
                b.is_ascii_alphanumeric() || b"-._~/".contains(&b)
            }),
        ),
        ("percent", percent(value, |_| false)),
        ("hex", hex(value).to_lowercase()),
        ("hex", hex(value).to_uppercase()),
    ];
    for before in 0..3 {
        let standard = base64_inside(value.as_bytes(), before);
        forms.push(("base64url", standard.replace('+', "-").replace('/', "_")));
        forms.push(("base64", standard));
    }
    forms
}

fn percent(value: &str, plain: impl Fn(u8) -> bool) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn hex(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digits of base64 that are the value's alone where `before` bytes of something else,
/// modulo three, stand in front of it.
fn base64_inside(value: &[u8], before: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = |at: usize| -> Option<usize> {
        // Bit `at` counts from the beginning of the group that the value begins in.
        let byte = (at / 8).checked_sub(before)?;
        value.get(byte).map(|b| usize::from(b >> (7 - at % 8)) & 1)
    };
    let mut text = String::new();
    for digit in 0..(before + value.len()) * 8 / 6 {
        let number = (0..6).try_fold(0, |number, bit| Some(number << 1 | bits(digit * 6 + bit)?));
        if let Some(number) = number {
            text.push(char::from(DIGITS[number]));
        }
    }
    text
}

/// Put together, so that the value itself stands in no file.
fn value() -> String {
    ["ghx_Some", "Thing[Long]", "/and?odd=", "\"1\"<é>"].concat()
}

#[track_caller]
fn assert_found(value: &str, text: &str) {
    let needle = Needle::new(value).unwrap();
    assert!(needle.found_in(text).is_some(), "{text}");
}

#[test]
fn every_form_of_a_value_is_found() {
    let value = value();
    assert_found(&value, &format!("x{value}y"));
    assert_found(&value, &serde_json::json!({"a": [value]}).to_string());
    assert_found(
        &value,
        &format!("<a b=\"{}\"/>", quick_xml::escape::escape(&value)),
    );
    assert_found(&value, "see ghx_SomeThing\\[Long\\]/and?odd=\"1\"<é>.");
    assert_found(
        &value,
        "ghx_SomeThing%5BLong%5D/and%3Fodd%3D%221%22%3C%C3%A9%3E",
    );
    assert_found(&value, &percent(&value, |_| false));
    assert_found(&value, &format!("0x{}", hex(&value)));
    assert_found(&value, &hex(&value).to_uppercase());
    let lines = ["first-of-the-lines\nsecond", "-of-the-lines"].concat();
    assert_found(&lines, "first-of-the-lines\\nsecond-of-the-lines");
    assert_found(&lines, "only second-of-the-lines");
}

#[test]
fn base64_is_found_at_every_place_in_a_text() {
    let value = value();
    // printf '%s' 'ghx_…' | base64, with no, one, two and three bytes before it.
    for (before, digits) in [
        ("", "Z2h4X1NvbWVUaGluZ1tMb25nXS9hbmQ/b2RkPSIxIjzDqT4="),
        ("a", "YWdoeF9Tb21lVGhpbmdbTG9uZ10vYW5kP29kZD0iMSI8w6k+"),
        ("ab", "YWJnaHhfU29tZVRoaW5nW0xvbmddL2FuZD9vZGQ9IjEiPMOpPg=="),
        (
            "abc",
            "YWJjZ2h4X1NvbWVUaGluZ1tMb25nXS9hbmQ/b2RkPSIxIjzDqT4=",
        ),
    ] {
        let needle = Needle::new(&value).unwrap();
        assert!(needle.found_in(digits).is_some(), "after {before:?}");
        let url = digits.replace('+', "-").replace('/', "_");
        assert!(needle.found_in(&url).is_some(), "after {before:?}");
    }
}

#[test]
fn hostile_h14_short_values_are_whole_words_or_nothing() {
    assert!(Needle::new("abc").is_none());
    assert!(Needle::new("").is_none());
    assert!(Needle::new("secret").is_none());
    let needle = Needle::new("pass1").unwrap();
    assert_eq!(needle.found_in("pass1word pass12"), None);
    assert_eq!(needle.found_in("the-pass1: x"), Some("raw"));
}

#[test]
fn what_is_not_there_is_not_found() {
    let needle = Needle::new(&value()).unwrap();
    assert_eq!(needle.found_in("ghx_SomeThing ‹secret› /and?odd="), None);
}
