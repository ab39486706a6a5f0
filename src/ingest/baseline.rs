//! A baseline file: `krgate.baseline/1`, as `render::baseline` writes it.
//!
//! It decides what is not judged, so nothing of it is guessed: an unknown member, a word that
//! is none, two findings of one id or another version refuse the file as a whole.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{
    Baseline, Class, Dependency, FindingId, Fingerprint, FingerprintRange, KeyCheck, ObjectId,
    Package, Row, Rows, SecretHash, Stream, Texts, Untrusted,
};

/// Most bytes of a baseline that are read.
pub const MOST_BASELINE_BYTES: usize = 256 << 20;

/// The version that is read and written.
const SCHEMA: &str = "krgate.baseline/1";

/// Hexadecimal digits, exactly as many as the bytes need, in lower case.
#[derive(Debug, Clone, Copy)]
struct Hex<const N: usize>([u8; N]);

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        hex(&text).map(Self).ok_or_else(|| D::Error::custom(""))
    }
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, two) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = two else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[derive(Deserialize)]
struct Version<'a> {
    #[serde(borrow)]
    schema: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    #[serde(rename = "schema")]
    _schema: Cow<'a, str>,
    commit: Option<Cow<'a, str>>,
    secret_key: Option<Hex<8>>,
    #[serde(borrow)]
    tools: Vec<ToolRow<'a>>,
    #[serde(borrow)]
    findings: Vec<FindingRow<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolRow<'a> {
    #[serde(borrow)]
    tool: Cow<'a, str>,
    category: Option<Cow<'a, str>>,
    version: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingRow<'a> {
    id: Hex<16>,
    #[serde(borrow)]
    tool: Cow<'a, str>,
    category: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "class")]
    class: Class,
    rule: Cow<'a, str>,
    path: Option<Cow<'a, str>>,
    place: Option<Cow<'a, str>>,
    line: Option<NonZeroU32>,
    column: Option<NonZeroU32>,
    #[serde(default)]
    set_aside: bool,
    #[serde(default)]
    of_history: bool,
    secret: Option<Hex<16>>,
    advisory: Option<Cow<'a, str>>,
    ecosystem: Option<Cow<'a, str>>,
    package: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    prints: BTreeMap<Cow<'a, str>, Hex<16>>,
}

fn class<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Class, D::Error> {
    let word = Cow::<'de, str>::deserialize(deserializer)?;
    Class::from_word(&word).ok_or_else(|| D::Error::custom(""))
}

/// True if bytes begin as a document of krgate's own, whatever its version.
pub(super) fn is_own(bytes: &[u8]) -> bool {
    let version = serde_json::from_slice::<Version<'_>>(bytes);
    version.is_ok_and(|version| version.schema.is_some_and(|s| s.starts_with("krgate.")))
}

/// Reads a baseline; `None` if it is none of krgate's own, so that it may be a report.
///
/// # Errors
/// `baseline-broken`, with the line and column. Nothing of the content is in the message.
pub fn read_baseline(bytes: &[u8], shown: &str) -> Option<Result<Baseline, Box<Diagnostic>>> {
    let broken = |place: Option<(usize, usize)>, what: &'static str| {
        let file = Message::from("the baseline ").foreign(Untrusted::new(shown));
        let message = match place {
            Some((line, column)) => file.own(format!(", line {line}, column {column}: ")),
            None => file.own(": "),
        };
        Box::new(
            Diagnostic::new(Code::BaselineBroken, message.own(what)).hint(
                "write it again with `krgate baseline write` on the branch that changes are \
                 merged into; nothing of it was used",
            ),
        )
    };
    let begins_as_own = bytes
        .get(..bytes.len().min(200))
        .is_some_and(|head| memchr::memmem::find(head, b"krgate.baseline/").is_some());
    if !begins_as_own && !is_own(bytes) {
        return None;
    }
    let version = serde_json::from_slice::<Version<'_>>(bytes);
    if let Ok(Version { schema }) = &version
        && schema.as_deref() != Some(SCHEMA)
    {
        let what = "it is of a version that this krgate does not read; expected krgate.baseline/1";
        return Some(Err(broken(None, what)));
    }
    let document: Document<'_> = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(error) => {
            use serde_json::error::Category;
            let what = match error.classify() {
                Category::Eof => "it ends early",
                Category::Syntax | Category::Io => "it is not valid JSON",
                Category::Data => "a member is missing, unknown, given twice or not of its form",
            };
            return Some(Err(broken(Some((error.line(), error.column())), what)));
        }
    };
    Some(baseline(&document).map_err(|what| broken(None, what)))
}

fn baseline(document: &Document<'_>) -> Result<Baseline, &'static str> {
    let mut texts = Texts::default();
    let mut rows = Rows::default();
    let mut streams: BTreeMap<(&str, Option<&str>), u32> = BTreeMap::new();
    for tool in &document.tools {
        let place = u32::try_from(rows.streams.len()).unwrap_or(u32::MAX);
        streams
            .entry((&tool.tool, tool.category.as_deref()))
            .or_insert(place);
        rows.streams.push(Stream {
            tool: tool.tool.to_string(),
            category: tool.category.as_deref().map(str::to_owned),
            version: tool.version.as_deref().map(str::to_owned),
            exact: true,
        });
    }
    let mut ids = BTreeSet::new();
    for finding in &document.findings {
        let stream = streams.get(&(finding.tool.as_ref(), finding.category.as_deref()));
        let stream =
            *stream.ok_or("a finding is of a tool that the list of tools does not have")?;
        if !ids.insert(finding.id.0) {
            return Err("two findings have one id");
        }
        let row = row(finding, stream, &mut texts, &mut rows.prints)?;
        rows.rows.push(row);
    }
    let commit = match document.commit.as_deref() {
        Some(commit) => Some(ObjectId::new(commit).ok_or("`commit` is no full name of a commit")?),
        None => None,
    };
    Ok(Baseline {
        texts,
        rows,
        commit,
        key: document.secret_key.map(|key| KeyCheck(key.0)),
    })
}

fn row(
    finding: &FindingRow<'_>,
    stream: u32,
    texts: &mut Texts,
    prints: &mut Vec<Fingerprint>,
) -> Result<Row, &'static str> {
    let rule = texts.intern(&finding.rule);
    let dependency = match (&finding.package, &finding.advisory, &finding.ecosystem) {
        (None, None, None) => None,
        (Some(name), Some(advisory), ecosystem) => Some(Dependency {
            advisory: texts.intern(advisory),
            package: Package {
                ecosystem: ecosystem.as_ref().map(|text| texts.intern(text)),
                name: texts.intern(name),
            },
        }),
        _ => return Err("a finding has one of `package` and `advisory` and not both"),
    };
    let path = match (&finding.path, &finding.place) {
        (Some(_), Some(_)) => return Err("a finding has both `path` and `place`"),
        (path, place) => path.as_ref().or(place.as_ref()),
    };
    if finding.class == Class::Secrets && !finding.prints.is_empty() {
        return Err("a secret has fingerprints");
    }
    let start = u32::try_from(prints.len()).unwrap_or(u32::MAX);
    prints.extend(finding.prints.iter().map(|(key, value)| Fingerprint {
        key: texts.intern(key),
        value: value.0,
    }));
    Ok(Row {
        id: FindingId::new(finding.id.0),
        stream,
        class: finding.class,
        rule,
        path: path.map(|text| texts.intern(text)),
        in_repository: finding.path.is_some(),
        line: finding.line,
        column: finding.column,
        set_aside: finding.set_aside,
        of_history: finding.of_history,
        secret: finding.secret.map(|secret| SecretHash::new(secret.0)),
        dependency,
        prints: FingerprintRange {
            start,
            len: u16::try_from(finding.prints.len()).map_err(|_| "too many fingerprints")?,
        },
    })
}
