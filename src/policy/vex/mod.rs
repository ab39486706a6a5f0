//! VEX documents: what somebody states of vulnerabilities in products (rules O44 to O48).
//!
//! `OpenVEX` and `CycloneDX` are read, in JSON. A statement that a product is not affected, or
//! repaired, acts as a waiver; every other one is kept too, since a later one takes an
//! earlier one back. A document that cannot be read as a whole is a fault of the request:
//! never "no statements".

mod cyclonedx;
mod openvex;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::syntax;
use crate::diagnostic::{Code, Diagnostic, Message, Place, Span};
use crate::model::{PackageName, Untrusted};

/// What a VEX document states of a vulnerability in some products.
#[derive(Debug, Clone)]
pub struct VexStatement {
    /// The names of the vulnerability.
    pub ids: Vec<String>,
    /// The products it is about.
    pub products: Vec<VexProduct>,
    /// What it states.
    pub status: VexStatus,
    /// True if it holds with a justification alone (rule O45).
    pub demands_reason: bool,
    /// Why, in the words of the document.
    pub justification: Option<String>,
    /// Who says so.
    pub author: Option<String>,
    /// When.
    pub timestamp: Option<Timestamp>,
    /// The file, as shown.
    pub source: String,
    /// Its place among the statements of the file, from 1.
    pub number: usize,
}

/// What a statement says of its products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VexStatus {
    /// The vulnerability does not matter there.
    NotAffected,
    /// The scanner was wrong; `CycloneDX` tells that apart.
    FalsePositive,
    /// It is repaired, in exactly the version that is named.
    Fixed,
    /// Anything else: it matters, or nobody knows yet.
    Open,
}

impl VexStatus {
    /// In words of people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::NotAffected => "not affected",
            Self::FalsePositive => "false positive",
            Self::Fixed => "fixed",
            Self::Open => "open",
        }
    }
}

/// A product of a statement, by its package URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VexProduct {
    /// The package.
    pub package: PackageName,
    /// The one version that is meant; `None` for all.
    pub version: Option<String>,
}

impl VexProduct {
    /// The product of a package URL; `None` for any other name, which no finding has.
    fn of(purl: &str) -> Option<Self> {
        let (package, version) = PackageName::of_purl(purl)?;
        Some(Self { package, version })
    }
}

impl VexStatement {
    /// True if it says "not affected" without saying why, where its format demands that.
    pub fn lacks_reason(&self) -> bool {
        self.demands_reason && self.justification.is_none()
    }

    /// True if it says that findings need not count.
    pub fn excuses(&self) -> bool {
        self.status != VexStatus::Open
    }
}

/// Reads a document. `file` is its place among the sources.
pub(super) fn read(
    file: usize,
    name: &str,
    text: &str,
    faults: &mut Vec<Diagnostic>,
) -> Vec<VexStatement> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        file,
        name,
        faults,
        statements: Vec::new(),
    };
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(document)) if is_cyclonedx(&document) => {
            cyclonedx::read(&document, &mut reader);
        }
        Ok(Value::Object(document)) if document.contains_key("statements") => {
            openvex::read(&document, &mut reader);
        }
        Ok(_) => reader.fault(
            "this is no VEX document",
            "expected OpenVEX with `statements`, or CycloneDX with `vulnerabilities`",
        ),
        Err(error) => {
            let start = syntax::offset_of(text, error.line(), error.column());
            let fault = Diagnostic::new(
                Code::VexUnreadable,
                Message::from("the VEX document ")
                    .foreign(Untrusted::new(name))
                    .own(" is not JSON"),
            );
            let span = Span { start, end: start };
            let fault = fault.at(Place::Source { file, span });
            reader
                .faults
                .push(fault.label("expected JSON from here on"));
        }
    }
    reader.statements
}

fn is_cyclonedx(document: &Map<String, Value>) -> bool {
    document.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX")
}

/// What both formats share while they are read.
struct Reader<'a> {
    file: usize,
    name: &'a str,
    faults: &'a mut Vec<Diagnostic>,
    statements: Vec<VexStatement>,
}

impl Reader<'_> {
    fn fault(&mut self, what: impl Into<Message>, expected: &'static str) {
        let place = Place::Source {
            file: self.file,
            span: Span::default(),
        };
        self.faults.push(
            Diagnostic::new(Code::VexUnreadable, what)
                .at(place)
                .label(expected),
        );
    }

    /// A statement that cannot be read: nobody knows what it would have taken back.
    fn malformed(&mut self, list: &str, number: usize, expected: &'static str) {
        let what = format!("`{list}[{}]` cannot be read", number.saturating_sub(1));
        self.fault(what, expected);
    }
}

/// The text under a key.
fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// The moment under the first of some keys that has one.
fn moment(object: &Map<String, Value>, keys: &[&str]) -> Option<Timestamp> {
    keys.iter().find_map(|key| text(object, key)?.parse().ok())
}

/// The items of a list under a key; `None` if it is there and no list.
fn list<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a [Value]> {
    match object.get(key) {
        None | Some(Value::Null) => Some(&[]),
        Some(Value::Array(items)) => Some(items),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
