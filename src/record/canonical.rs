//! Canonical JSON: one value, one text (rule R7).
//!
//! RFC 8785 with less: objects are sorted by key, keys are ASCII, there is no white space, no
//! `null` and no fraction, and what a log would act on or hide is escaped. A text that is not
//! the canonical form of its own value is refused, so that a digest over bytes is one over the
//! value.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::ops::Range;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use smol_str::SmolStr;

use crate::model::is_hidden;

/// Most bytes of a record, its line feed among them (rule R11).
pub const MOST_BYTES: usize = 64 << 20;

/// A whole number that every JSON reader keeps: within ±(2⁵³ − 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Whole(i64);

impl Whole {
    /// The largest one.
    pub const MOST: i64 = (1 << 53) - 1;

    /// Takes a number of that range.
    pub const fn new(number: i64) -> Option<Self> {
        if number >= -Self::MOST && number <= Self::MOST {
            Some(Self(number))
        } else {
            None
        }
    }

    /// A count; one that is larger than the range stays at its end.
    pub fn count(number: u64) -> Self {
        Self(i64::try_from(number).map_or(Self::MOST, |number| number.min(Self::MOST)))
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// A value that has a canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Members by key.
    Object(Object),
    /// Values in order.
    List(Vec<Self>),
    /// A text, also a decimal. Most are short, and stand here without a place of their own.
    Text(SmolStr),
    /// A whole number.
    Number(Whole),
    /// A truth value.
    Bool(bool),
}

impl Value {
    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The values, if it is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(number.get()),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The canonical text, without a line feed.
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        // Writing to memory does not fail.
        let _ = write(self, &mut out);
        out
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(SmolStr::new(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(SmolStr::from(text))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Whole> for Value {
    fn from(number: Whole) -> Self {
        Self::Number(number)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<Vec<Self>> for Value {
    fn from(values: Vec<Self>) -> Self {
        Self::List(values)
    }
}

/// Members by key, in the order of the keys. A key is ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object(Vec<Member>);

type Member = (SmolStr, Value);

/// Up to so many members are looked at in turn, which is quicker than a search.
const FEW: usize = 32;

impl Object {
    /// One without members.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets a member; the keys of krgate's own records are ASCII.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        debug_assert!(key.is_ascii(), "a key is ASCII");
        let value = value.into();
        match self.find(key) {
            Ok(place) => {
                if let Some((_, known)) = self.0.get_mut(place) {
                    *known = value;
                }
            }
            Err(place) => self.0.insert(place, (SmolStr::new_static(key), value)),
        }
    }

    /// Sets a member where there is a value; an absent member is absent, never `null`.
    pub fn set_some(&mut self, key: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    /// The same with a member.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    /// Where the member is, else where it belongs.
    fn find(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(key))
    }

    /// The value of a member.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let member = if self.0.len() > FEW {
            self.0.get(self.find(key).ok()?)
        } else {
            self.0.iter().find(|(known, _)| known == key)
        };
        member.map(|(_, value)| value)
    }

    /// The text of a member, if it is one.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text()
    }

    /// The number of a member, if it is one.
    pub fn number(&self, key: &str) -> Option<i64> {
        self.get(key)?.as_number()
    }

    /// The values of a member; none where it is absent or no list.
    pub fn list(&self, key: &str) -> &[Value] {
        self.get(key).and_then(Value::as_list).unwrap_or_default()
    }

    /// The members in the order of their keys.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// The same without these members.
    #[must_use]
    pub fn without(&self, keys: &[&str]) -> Self {
        let members = self.0.iter();
        let kept = members.filter(|(key, _)| !keys.contains(&&**key));
        Self(kept.cloned().collect())
    }

    /// The canonical text, without a line feed.
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        // Writing to memory does not fail.
        let _ = write_object(self, &mut out);
        out
    }

    /// Writes what a file of it holds: the canonical text and a line feed.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write_line(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut line = self.canonical();
        line.push('\n');
        out.write_all(line.as_bytes())
    }
}

fn write<W: fmt::Write>(value: &Value, out: &mut W) -> fmt::Result {
    match value {
        Value::Object(object) => write_object(object, out),
        Value::List(values) => {
            out.write_char('[')?;
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.write_char(',')?;
                }
                write(value, out)?;
            }
            out.write_char(']')
        }
        Value::Text(text) => write_text(text, out),
        Value::Number(number) => write!(out, "{}", number.get()),
        Value::Bool(truth) => write!(out, "{truth}"),
    }
}

fn write_object<W: fmt::Write>(object: &Object, out: &mut W) -> fmt::Result {
    out.write_char('{')?;
    for (index, (key, value)) in object.members().enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        write_member(key, value, out)?;
    }
    out.write_char('}')
}

fn write_member<W: fmt::Write>(key: &str, value: &Value, out: &mut W) -> fmt::Result {
    write_text(key, out)?;
    out.write_char(':')?;
    write(value, out)
}

fn write_text<W: fmt::Write>(text: &str, out: &mut W) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = text;
    loop {
        let end = rest.bytes().position(|b| !is_plain(b));
        let (plain, tail) = rest.split_at(end.unwrap_or(rest.len()));
        out.write_str(plain)?;
        let mut chars = tail.chars();
        let Some(c) = chars.next() else { break };
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\u{8}' => out.write_str("\\b")?,
            '\t' => out.write_str("\\t")?,
            '\n' => out.write_str("\\n")?,
            '\u{c}' => out.write_str("\\f")?,
            '\r' => out.write_str("\\r")?,
            // The hashes before it are plain.
            '[' if plain.ends_with("##") => out.write_str("\\u005b")?,
            c if is_hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            c => out.write_char(c)?,
        }
        rest = chars.as_str();
    }
    out.write_char('"')
}

/// True for what stands for itself, whatever stands around it.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\' | b'[')
}

/// Why bytes are no canonical JSON. The offset is that of the first byte that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// Nothing is there.
    #[error("it is empty")]
    Empty,
    /// It is larger than a record may be (rule R11).
    #[error("it is larger than 64 MiB")]
    TooLarge,
    /// It ends in the middle.
    #[error("it ends in the middle")]
    Truncated,
    /// It is no JSON, or has a member twice, a key that is not ASCII, `null`, a fraction or a
    /// number out of range, or nests deeper than 127 levels.
    #[error("byte {0} is not what canonical JSON has there")]
    Syntax(usize),
    /// It is JSON, and not in its canonical form.
    #[error("it is not in canonical form from byte {0} on")]
    Form(usize),
    /// It is no object.
    #[error("it is not an object")]
    NotAnObject,
}

/// The canonical text of an object, with the object and where in it each member stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Text<'a> {
    bytes: &'a [u8],
    /// The value.
    pub object: Object,
    /// Of each member of the object, in their order.
    members: Vec<Places>,
}

/// Where a member stands: from its key on, and from its value on.
#[derive(Debug, PartialEq, Eq)]
struct Places {
    member: Range<usize>,
    value: usize,
}

impl Text<'_> {
    /// The canonical text of a member's value.
    pub fn value(&self, key: &str) -> Option<&[u8]> {
        let places = self.members.get(self.object.find(key).ok()?)?;
        self.bytes.get(places.value..places.member.end)
    }

    /// The canonical text of the object without these members, in parts.
    pub fn without(&self, keys: &[&str]) -> impl Iterator<Item = &[u8]> {
        let members = self.object.members().zip(&self.members);
        let kept = members.filter(|((key, _), _)| !keys.contains(key));
        let parts = kept.enumerate().flat_map(|(index, (_, places))| {
            let comma: &[u8] = if index > 0 { b"," } else { b"" };
            let member = self.bytes.get(places.member.clone());
            [comma, member.unwrap_or_default()]
        });
        let begin: [&[u8]; 1] = [b"{"];
        let end: [&[u8]; 1] = [b"}"];
        begin.into_iter().chain(parts).chain(end)
    }
}

/// Reads what a file of an object holds: its canonical text and one line feed.
///
/// # Errors
/// If the bytes are anything else, however little.
pub fn read_line(bytes: &[u8]) -> Result<Text<'_>, NotCanonical> {
    if bytes.len() > MOST_BYTES {
        return Err(NotCanonical::TooLarge);
    }
    let text = read(bytes.strip_suffix(b"\n").unwrap_or(bytes))?;
    if bytes.ends_with(b"\n") {
        Ok(text)
    } else {
        Err(NotCanonical::Truncated)
    }
}

/// Reads the canonical text of an object.
///
/// # Errors
/// If the bytes are anything else, however little.
pub fn read(bytes: &[u8]) -> Result<Text<'_>, NotCanonical> {
    if bytes.len() > MOST_BYTES {
        return Err(NotCanonical::TooLarge);
    }
    if bytes.is_empty() {
        return Err(NotCanonical::Empty);
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_eof() {
            NotCanonical::Truncated
        } else {
            // A canonical text is one line, so the column says where.
            let before = bytes
                .split(|b| *b == b'\n')
                .take(error.line().saturating_sub(1));
            let before: usize = before.map(|line| line.len().saturating_add(1)).sum();
            NotCanonical::Syntax(before.saturating_add(error.column().saturating_sub(1)))
        }
    })?;
    let Value::Object(object) = value else {
        return Err(NotCanonical::NotAnObject);
    };
    let mut same = Same { bytes, at: 0 };
    match compare(&object, &mut same) {
        Ok(members) if same.at == bytes.len() => Ok(Text {
            bytes,
            object,
            members,
        }),
        _ => Err(NotCanonical::Form(same.at)),
    }
}

/// Writes an object over bytes that should be its text; gives back where its members stand.
fn compare(object: &Object, same: &mut Same<'_>) -> Result<Vec<Places>, fmt::Error> {
    let mut places = Vec::with_capacity(object.0.len());
    for (index, (key, value)) in object.members().enumerate() {
        same.write_char(if index > 0 { ',' } else { '{' })?;
        let begin = same.at;
        write_text(key, same)?;
        same.write_char(':')?;
        let at = same.at;
        write(value, same)?;
        places.push(Places {
            member: begin..same.at,
            value: at,
        });
    }
    same.write_str(if places.is_empty() { "{}" } else { "}" })?;
    Ok(places)
}

/// Takes what is written only as long as the bytes say the same.
struct Same<'a> {
    bytes: &'a [u8],
    /// How many bytes were the same.
    at: usize,
}

impl fmt::Write for Same<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(text.as_bytes()) {
            self.at = self.at.saturating_add(text.len());
            return Ok(());
        }
        let pairs = text.bytes().zip(rest);
        let same = pairs.take_while(|(one, other)| one == *other).count();
        self.at = self.at.saturating_add(same);
        Err(fmt::Error)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(object) => object.serialize(serializer),
            Self::List(values) => serializer.collect_seq(values),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(number.get()),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
        }
    }
}

impl Serialize for Object {
    /// For outputs, in the order of the keys; an encoder makes it harmless (rule E26).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.members())
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// A key, which like most texts is short.
struct Key(SmolStr);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfKey;

        impl Visitor<'_> for OfKey {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<Key, E> {
                Ok(Key(SmolStr::new(key)))
            }
        }

        deserializer.deserialize_str(OfKey)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of canonical JSON")
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        let number = Whole::new(number).ok_or_else(|| E::custom("out of range"))?;
        Ok(Value::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        let number = i64::try_from(number).map_err(|_| E::custom("out of range"))?;
        self.visit_i64(number)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members: Vec<Member> = Vec::with_capacity(10);
        while let Some((Key(key), value)) = map.next_entry()? {
            if !key.is_ascii() {
                return Err(de::Error::custom("a key that is not ASCII"));
            }
            members.push((key, value));
        }
        // A ledger is many of them.
        members.shrink_to_fit();
        // In canonical text they are in order; what is not is told from a key that stands
        // twice.
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        let pairs = members.iter().zip(members.iter().skip(1));
        if pairs.into_iter().any(|((one, _), (other, _))| one == other) {
            return Err(de::Error::custom("a member stands twice"));
        }
        Ok(Value::Object(Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Digest;
    use proptest::prelude::*;

    fn whole(number: i64) -> Value {
        Value::Number(Whole::new(number).unwrap())
    }

    fn vector() -> Object {
        let mut value = Object::new();
        value.set("b", "é€😀");
        value.set("z", vec![whole(1), whole(-2), Value::Bool(true)]);
        value.set("A", Object::new());
        value.set("a", "\u{0}\u{8}\t\n\u{1f}\"\\/\u{7f}\u{2028}\u{202e}###[");
        value
    }

    /// The vector of the ledger's page, byte for byte.
    const CANONICAL: &str = concat!(
        r#"{"A":{},"a":"\u0000\b\t\n\u001f\"\\/\u007f\u2028\u202e###\u005b","#,
        r#""b":"é€😀","z":[1,-2,true]}"#
    );

    #[test]
    fn record_r07_the_vector() {
        assert_eq!(vector().canonical(), CANONICAL);
        assert_eq!(
            Digest::of(CANONICAL.as_bytes()).to_string(),
            "sha256:2dc7cb513ef9eea274ebf3f252c0169aa0db723b83f224688f36ecfb7286a986"
        );
        assert_eq!(read(CANONICAL.as_bytes()).unwrap().object, vector());
    }

    #[test]
    fn record_r07_pairs_above_the_first_plane_and_commands() {
        let text = |text: &str| Value::from(text).canonical();
        assert_eq!(text("\u{e0041}"), r#""\udb40\udc41""#);
        assert_eq!(
            text("#[ ##[ ###[[ # #["),
            "\"#[ ##\\u005b ###\\u005b[ # #[\""
        );
        assert_eq!(text("\u{c}\r\u{9b}"), r#""\f\r\u009b""#);
    }

    #[test]
    fn record_r07_other_forms_of_a_value_are_refused() {
        use NotCanonical::{Empty, Form, NotAnObject, Syntax, Truncated};
        for (bytes, why) in [
            ("", Empty),
            ("[]", NotAnObject),
            ("{", Truncated),
            (r#"{"a":"x"#, Truncated),
            (r#"{"a":1"#, Truncated),
            (r#"{"a":1} "#, Form(7)),
            (r#"{ "a":1}"#, Form(1)),
            (r#"{"b":1,"a":2}"#, Form(2)),
            (r#"{"a":"\/"}"#, Form(6)),
            (r#"{"a":"\u00e9"}"#, Form(6)),
            (r#"{"a":"\u001F"}"#, Form(11)),
            (r#"{"a":-0}"#, Syntax(6)),
        ] {
            assert_eq!(read(bytes.as_bytes()), Err(why), "{bytes}");
        }
        for bytes in [
            r#"{"a":1.0}"#,
            r#"{"a":1e3}"#,
            r#"{"a":null}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"é":1}"#,
            r#"{"a":9007199254740992}"#,
            r#"{"a":-9007199254740992}"#,
            r#"{"a":18446744073709551615}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":01}"#,
            "{\"a\":\"\t\"}",
            "{\"a\":1}{}",
        ] {
            assert!(matches!(read(bytes.as_bytes()), Err(Syntax(_))), "{bytes}");
        }
        assert!(matches!(read(b"{\"a\":\"\xff\"}"), Err(Syntax(_))));
        let deep = ["{\"a\":", &"[".repeat(200), &"]".repeat(200), "}"].concat();
        assert!(matches!(read(deep.as_bytes()), Err(Syntax(_))));
        assert!(read(br#"{"a":9007199254740991,"b":-9007199254740991}"#).is_ok());
    }

    #[test]
    fn record_r05_the_text_of_members_is_what_they_alone_would_be_written_as() {
        let object = vector().with("idem", Object::new().with("n", whole(3)));
        let text = object.canonical();
        let read = read(text.as_bytes()).unwrap();
        for (key, value) in object.members() {
            assert_eq!(read.value(key), Some(value.canonical().as_bytes()), "{key}");
        }
        assert_eq!(read.value("none"), None);
        let all: Vec<&str> = object.members().map(|(key, _)| key).collect();
        for keys in [&[][..], &["A"], &["z", "none"], &["a", "b"], &all] {
            let parts: Vec<&[u8]> = read.without(keys).collect();
            let without = object.without(keys).canonical();
            assert_eq!(parts.concat(), without.as_bytes(), "{keys:?}");
        }
    }

    #[test]
    fn record_r07_a_file_is_the_text_and_one_line_feed() {
        assert!(read_line(b"{}\n").is_ok());
        assert_eq!(read_line(b"{}"), Err(NotCanonical::Truncated));
        assert_eq!(read_line(b"{}\n\n"), Err(NotCanonical::Form(2)));
        assert_eq!(read_line(b"{}\r\n"), Err(NotCanonical::Form(2)));
        assert_eq!(read_line(b"\n"), Err(NotCanonical::Empty));
    }

    #[test]
    fn record_r11_more_than_the_limit_is_not_looked_at() {
        let large = vec![b' '; MOST_BYTES + 1];
        assert_eq!(read(&large), Err(NotCanonical::TooLarge));
        assert_eq!(read_line(&large), Err(NotCanonical::TooLarge));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            (-Whole::MOST..=Whole::MOST).prop_map(whole),
            r"(\PC|\pC|##|\[|\\)*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
                prop::collection::btree_map("[ -~]{0,5}", inner, 0..5).prop_map(|members| {
                    let members = members.into_iter();
                    Value::Object(Object(members.map(|(k, v)| (k.into(), v)).collect()))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn record_r07_any_value_comes_back_and_another_reader_agrees(value in any_value()) {
            let object = Object::new().with("v", value);
            let text = object.canonical();
            prop_assert_eq!(read(text.as_bytes()).unwrap().object, object);
            let other: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(
                serde_json::from_str::<serde_json::Value>(&other.to_string()).unwrap(),
                other
            );
            prop_assert!(!text.contains("##[") && !text.chars().any(is_hidden));
        }

        #[test]
        fn record_r07_one_changed_byte_is_another_value_or_refused(at in 0..CANONICAL.len(), byte: u8) {
            let mut bytes = CANONICAL.as_bytes().to_vec();
            bytes[at] = byte;
            if bytes != CANONICAL.as_bytes() {
                prop_assert!(read(&bytes).map_or(true, |text| text.object != vector()));
            }
        }
    }
}
